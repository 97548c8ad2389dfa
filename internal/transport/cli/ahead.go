package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Lines that are typed ahead: several in one write, the last of which is a
// marker.

// A reply is what a device said to the lines of one write.
type reply struct {
	answers []answer // one per line
	prompt  string   // at the end
}

// errStall is what a device is found in that stopped before the marker. The
// connection is not broken yet.
var errStall = errors.New("the device stopped")

var errDiffers = errors.New("the echo differs from what was sent")

var (
	// errIdle: it waits at its prompt, so that the marker, or more, was lost.
	errIdle = fmt.Errorf("%w at its prompt", errStall)
	// errAtQuestion: it asks for a secret, and what was typed before that was not
	// echoed as it was typed.
	errAtQuestion = fmt.Errorf("%w at a question", errStall)
	// errMidLine: the echo of a line ended before the line did. Nothing may be
	// typed then, a newline above all: what the device has of the line would run.
	errMidLine = fmt.Errorf("%w in the middle of a line", errStall)
)

// send writes lines, the last of which is a marker fit for where it is typed,
// and returns the answer of each. With an error about lines that were lost, or a device that fell silent,
// the answers that are known say so.
func (c *Conn) send(ctx context.Context, what string, at place, lines []string, ok isPrompt) (reply, error) {
	text := strings.Join(lines, "\n") + "\n"
	var m mark
	got, err := c.exchange(ctx, what, text, text, c.marked(lines[len(lines)-1], ok, &m))
	asked := lines
	if errors.Is(err, errIdle) { // the marker may be lost alone: it gets one more chance
		fresh := c.marker(at)
		asked = append(slices.Clone(lines), fresh)
		got, err = c.exchange(ctx, what, fresh+"\n", fresh+"\n", c.marked(fresh, ok, &m))
	}
	if err != nil {
		if errors.Is(err, errStall) {
			err = c.breakOff(ctx, what, c.lost(err), got)
		}
		return reply{answers: sift(got, lines, ok)}, err
	}
	answers, good := split(got, asked, m, ok)
	if extra := len(asked) - len(lines); !good && extra > 0 { // the first marker was lost whole
		answers, good = split(got, append(slices.Clone(lines[:len(lines)-1]), asked[len(lines):]...), m, ok)
	} else if good && extra > 0 {
		answers = slices.Delete(answers, len(lines)-1, len(lines))
	}
	if !good {
		err = c.breakOff(ctx, what, c.lost(errDiffers), got)
		return reply{answers: sift(got, lines, ok)}, err
	}
	return reply{answers: answers, prompt: strings.TrimRight(m.prompt, " ")}, nil
}

// lost gives the finding that lines were lost its kind: what was typed ahead
// can be typed line by line, what was typed line by line cannot.
func (c *Conn) lost(why error) error {
	if c.cfg.lineByLine() {
		return fmt.Errorf("the answers cannot be told apart: %w: %w", why, mirror.ErrUnreachable)
	}
	return fmt.Errorf("%w: %w", mirror.ErrInputLost, why)
}

// maxExamined bounds how much is looked at in search of a marker, in octets, all
// looks together.
const maxExamined = 512 << 20

// marked is a ready function: the reply is complete when the marker and the
// prompt after it have come. Where they were is left in m.
func (c *Conn) marked(marker string, ok isPrompt, m *mark) func([]byte) finding {
	search := &search{want: []byte(marker[strings.LastIndexByte(marker, ' ')+1:])}
	watch := c.watch(ok)
	seen, examined := 0, 0
	return func(raw []byte) finding {
		// Looking at everything is dear: it is done only when a prompt came.
		news := raw[max(0, seen-tailReach):]
		seen = len(raw)
		if search.in(raw) && holdsPrompt(partial(news), ok) {
			text := partial(raw)
			if found, done := findMark(text, marker, ok); done {
				*m = found
				return finding{done: true, after: found.after}
			}
			if examined += len(raw); examined > maxExamined {
				return finding{certain: fmt.Errorf("prompts without end: %w", mirror.ErrParse)}
			}
		}
		return watch.look(raw)
	}
}

// search looks for want in a text that grows, each part once.
type search struct {
	want  []byte
	from  int
	found bool
}

func (s *search) in(raw []byte) bool {
	if !s.found {
		at := max(0, s.from-len(s.want))
		s.found = bytes.Contains(raw[at:], s.want)
		s.from = len(raw)
	}
	return s.found
}

// A watch finds what keeps a device from answering: a pager, a question, or
// that it stands at its prompt, or in the middle of a line, and waits. It must
// be new for each wait.
type watch struct {
	pager       *pagerWatch
	question    questionWatch
	ok          isPrompt
	idle, stall time.Duration
}

func (c *Conn) watch(ok isPrompt) *watch {
	return &watch{pager: &pagerWatch{pager: c.platform.pager}, question: questionWatch{c.platform.question}, ok: ok,
		idle: c.cfg.Timeouts.Idle, stall: c.cfg.Timeouts.Stall}
}

func (w *watch) look(raw []byte) finding {
	if f := w.pager.look(raw); f != (finding{}) {
		return f
	}
	end := tail(raw)
	before, last := lastTwo(end)
	at := promptEnd(last, func(x string) bool { good, _ := w.ok(before, x); return good })
	switch {
	case strings.TrimSpace(last) == "":
		return finding{}
	case at >= 0 && strings.TrimSpace(last[at:]) == "":
		return finding{suspect: errIdle, within: w.idle}
	case at >= 0, !strings.Contains(end, "\n"): // at the first line of a write the prompt was read before
		return finding{suspect: errMidLine, within: w.stall}
	}
	return w.question.look(last)
}
