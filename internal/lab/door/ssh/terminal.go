package ssh

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/door"
)

// A terminal is one user's screen: it reads keys, echoes them as the device
// reads them (not before: input typed ahead is echoed when its turn comes),
// pages output and asks questions. It runs in one goroutine.
type terminal struct {
	ctx   context.Context
	s     *Server
	style cmdline.Style
	wire  *door.Wire
	ch    ssh.Channel

	in      []byte // read but not consumed
	scratch []byte
	out     []byte // answered but not sent
	spoke   bool   // something was sent since the last input
	said    int64  // position on the wire behind what was sent last
	lastCR  bool
	lost    bool // the connection is lost once in is consumed

	rows int // of the client's window, 0 = unknown

	echoed bool // what is in was echoed early

	idleMu sync.Mutex
	idle   *time.Timer
	since  time.Time // when it began to wait for a key; zero = it does not wait
}

// errCut ends a terminal whose connection a fault has cut.
var errCut = errors.New("connection cut by a fault")

func newTerminal(ctx context.Context, s *Server, w *door.Wire, ch ssh.Channel) *terminal {
	return &terminal{ctx: ctx, s: s, style: s.host.Settings().Style, wire: w, ch: ch, scratch: make([]byte, 8192)}
}

// pty reads the window size (RFC 4254, 6.2).
func (t *terminal) pty(payload []byte) {
	if len(payload) < 4 {
		return
	}
	if n := binary.BigEndian.Uint32(payload); uint64(len(payload)) >= uint64(n)+12 {
		t.rows = int(binary.BigEndian.Uint32(payload[n+8:]))
	}
}

// serve runs the command line until the user leaves or the connection ends.
func (t *terminal) serve(d cmdline.Dialogue) {
	t.print(d.Greeting())
	t.s.enters(t)
	defer t.s.leaves(t)
	for {
		t.prompt(d)
		line, key, err := t.readLine(d, true)
		if err != nil {
			return
		}
		var r cmdline.Reply
		if key != 0 {
			if t.style.Keys[key] == cmdline.LeaveModes && strings.TrimSpace(line) != "" {
				if r, err = t.execute(d, line); err == nil {
					err = t.finish(d, r)
				}
				if err != nil {
					return
				}
			}
			r = d.Control(key)
		} else if r, err = t.execute(d, line); err != nil {
			return
		}
		if t.finish(d, r) != nil {
			return
		}
	}
}

// once runs a single command without a terminal, as `ssh switch command` does.
func (t *terminal) once(d cmdline.Dialogue, line string) {
	r, err := t.execute(d, line)
	if err != nil {
		return
	}
	t.print(r.Text)
	t.flush()
	if r.Reboot {
		t.s.host.Reload()
	}
}

// execute runs a line with the switch's faults and thinking time.
func (t *terminal) execute(d cmdline.Dialogue, line string) (cmdline.Reply, error) {
	trimmed := strings.TrimSpace(line)
	_, faults := t.s.host.Trouble()
	if faults.Mutes(trimmed) {
		return cmdline.Reply{}, t.swallow()
	}
	if trimmed == "" || t.style.Ignores(trimmed) {
		return cmdline.Reply{}, nil
	}
	t.s.meter.Commands.Add(1)
	t.s.host.CommandArrives()
	fate := Happens
	if d.Configuring() {
		t.s.meter.ConfigLines.Add(1)
		if t.s.host.LineArrives() {
			return cmdline.Reply{}, t.cut()
		}
		if fate = faults.ConfigLine(); fate == LostBefore {
			return cmdline.Reply{}, t.cut()
		}
	}
	pace := t.s.host.Pace()
	for _, d := range []time.Duration{pace.Authorization, pace.ThinkTime} {
		if err := t.pause(d); err != nil {
			return cmdline.Reply{}, err
		}
	}
	forms := []string{trimmed, d.Canonical(trimmed)}
	r := cmdline.Reply{}
	if text, refused := faults.Refusal(forms...); refused {
		r.Text = text
	} else {
		run := func() cmdline.Reply {
			r := d.Run(line)
			r.Text = faults.Distort(r.Text, forms...)
			return r
		}
		if prompt, anyKey, ask := faults.Question(forms...); ask {
			r = asked(prompt, anyKey, run)
		} else {
			r = run()
		}
	}
	if fate == LostAfter {
		return r, t.cut()
	}
	return r, t.works(r)
}

// works lets the time pass in which a switch saves or commits.
func (t *terminal) works(r cmdline.Reply) error {
	switch {
	case r.Save:
		return t.pause(t.s.host.Pace().SaveTime)
	case r.Commit:
		return t.pause(t.s.host.Pace().CommitTime)
	}
	return nil
}

// finish prints a reply, asks its questions, and hangs up or reboots.
func (t *terminal) finish(d cmdline.Dialogue, r cmdline.Reply) error {
	for {
		if err := t.page(d, r.Text); err != nil {
			return err
		}
		if r.Ask == nil {
			break
		}
		t.print(r.Ask.Prompt)
		answer, err := t.answer(d, r.Ask)
		if err != nil {
			return err
		}
		r = r.Ask.Then(answer)
		if err := t.works(r); err != nil {
			return err
		}
	}
	if r.Reboot {
		t.flush()
		t.s.host.Reload()
		return io.EOF
	}
	if r.Hangup {
		t.flush()
		return io.EOF
	}
	return t.pause(t.s.host.Pace().PromptDelay)
}

func (t *terminal) answer(d cmdline.Dialogue, q *cmdline.Question) (string, error) {
	if q.AnyKey {
		b, err := t.readByte()
		t.print("\n")
		return string(b), err
	}
	line, key, err := t.readLine(nil, !q.Secret)
	if key != 0 {
		line = ""
	}
	return line, err
}

func (t *terminal) prompt(d cmdline.Dialogue) { t.print(t.style.BeforePrompt + d.Prompt()) }

// print queues text for the client; lines end on the wire as the style says.
func (t *terminal) print(s string) {
	t.out = append(t.out, strings.ReplaceAll(s, "\n", cmp.Or(t.style.Newline, "\r\n"))...)
}

// early is when what is typed ahead is echoed.
func (t *terminal) early() string {
	f, _ := t.s.host.Trouble()
	return cmp.Or(f.EarlyEcho, t.style.EarlyEcho)
}

// flush sends what was printed.
func (t *terminal) flush() {
	if len(t.out) > 0 {
		t.ch.Write(t.out) // a failure shows at the next read
		t.out = t.out[:0]
		t.spoke, t.said = true, t.wire.Accepted.Load()
	}
}

// pause lets time pass; what was printed before is visible meanwhile.
func (t *terminal) pause(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t.flush()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-t.ctx.Done():
		return t.ctx.Err()
	}
}

// cut loses the connection: answers given so far still arrive.
func (t *terminal) cut() error {
	t.flush()
	t.wire.Close()
	return errCut
}

// readByte waits for a key. Everything printed is sent first.
func (t *terminal) readByte() (byte, error) {
	for len(t.in) == 0 {
		if t.lost {
			return 0, t.cut()
		}
		t.flush()
		t.waits()
		n, err := t.ch.Read(t.scratch)
		t.reads()
		if n == 0 && err != nil {
			return 0, err
		}
		if n > 0 && t.spoke && t.wire.Delivered.Load() >= t.said {
			t.s.meter.RoundTrips.Add(1)
			t.spoke = false
		}
		_, faults := t.s.host.Trouble()
		n, lost := faults.Input(n)
		t.in, t.echoed = faults.Keep(t.scratch[:n]), false
		if t.early() == "all" && bytes.Count(t.in, []byte("\n")) > 1 {
			t.echoEarly(t.in)
			t.echoed = true
		}
		if lost {
			t.lost = true
		}
	}
	b := t.in[0]
	t.in = t.in[1:]
	return b, nil
}

// readLine reads a line with the editing keys of the style. It returns the key
// instead of a line end where one cancels the line or leaves modes. d is nil
// while a question is answered: then there is neither help nor completion.
func (t *terminal) readLine(d cmdline.Dialogue, echo bool) (string, byte, error) {
	var line []byte
	show := func(s string) {
		if echo {
			t.print(s)
		}
	}
	for first := true; ; first = false {
		b, err := t.readByte()
		if err != nil {
			return "", 0, err
		}
		if first && d != nil {
			_, faults := t.s.host.Trouble()
			rest, _, _ := bytes.Cut(t.in, []byte("\n"))
			if text := faults.Broadcast(string(b) + string(rest)); text != "" {
				t.print("\n" + text)
			}
		}
		if b == '\n' && t.lastCR { // CR LF is one line end
			t.lastCR = false
			continue
		}
		t.lastCR = b == '\r'
		action := t.style.Keys[b]
		switch {
		case b == '\r' || b == '\n':
			t.print("\n")
			if t.early() != "" && !t.echoed && len(t.in) > 0 {
				t.echoEarly(t.in)
				t.echoed = true
			}
			return string(line), 0, nil
		case action == cmdline.CancelLine || action == cmdline.LeaveModes:
			if action == cmdline.LeaveModes {
				show("^" + string(b|0x40))
			}
			t.print("\n")
			return string(line), b, nil
		case action == cmdline.EraseLetter:
			if len(line) > 0 {
				line = line[:len(line)-1]
				show("\b \b")
			}
		case action == cmdline.EraseLine:
			show(strings.Repeat("\b \b", len(line)))
			line = line[:0]
		case action == cmdline.EraseWord:
			keep := strings.LastIndexByte(strings.TrimRight(string(line), " "), ' ') + 1
			show(strings.Repeat("\b \b", len(line)-keep))
			line = line[:keep]
		case action == cmdline.CompleteWord && d != nil:
			line = []byte(d.Complete(string(line)))
			t.print("\n" + d.Prompt() + string(line))
		case action == cmdline.HelpWord && d != nil:
			t.print(string(b) + "\n" + d.Help(string(line)) + "\n" + d.Prompt() + string(line))
		case b == 27: // cursor keys and the like are ignored
			if err := t.skipEscape(); err != nil {
				return "", 0, err
			}
		case b >= 32:
			line = append(line, b)
			show(string(b))
		}
	}
}

// skipEscape consumes the rest of an escape sequence.
func (t *terminal) skipEscape() error {
	b, err := t.readByte()
	if err != nil || b != '[' {
		return err
	}
	for {
		if b, err = t.readByte(); err != nil || b >= 0x40 && b <= 0x7e {
			return err
		}
	}
}
