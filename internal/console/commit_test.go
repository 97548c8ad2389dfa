package console_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// A box is a device with named candidates and one timer. Its configuration is a set
// of lines "copy NAME PORT"; a candidate is a copy of all of it.
type box struct {
	running map[string]bool
	cands   map[string]map[string]bool
	waiting string          // the candidate whose timer runs
	before  map[string]bool // what it would put back

	refuse  string // the line that is refused
	foreign string // typed by another hand as soon as a candidate is opened
	noArm   bool   // the timer is refused
	locked  bool   // another hand locks it
	full    bool   // no candidate can be opened
	denied  string // commands that begin with this word are refused
	onLine  func(line string)
	sent    []string
}

func newBox() *box {
	return &box{running: map[string]bool{"copy theirs p7": true}, cands: map[string]map[string]bool{}}
}

func (b *box) lines() []string { return slices.Sorted(maps.Keys(b.running)) }

func difference(from, to map[string]bool) string {
	var out []string
	for l := range from {
		if !to[l] {
			out = append(out, "-"+l)
		}
	}
	for l := range to {
		if !from[l] {
			out = append(out, "+"+l)
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func (b *box) command(line string) string {
	b.sent = append(b.sent, line)
	if b.onLine != nil {
		b.onLine(line)
	}
	words := strings.Fields(line)
	name := words[len(words)-1]
	switch words[0] {
	case b.denied:
		return "no: not for you"
	case "hello":
		return "box 1"
	case "list":
		return strings.Join(b.lines(), "\n")
	case "waits":
		return strings.Join(append([]string{b.waiting}, slices.Sorted(maps.Keys(b.cands))...), " ") + map[bool]string{true: " LOCK"}[b.locked]
	case "arm":
		if b.noArm || b.waiting != "" {
			return "no: somebody waits"
		}
		b.before, b.running, b.waiting = b.running, b.cands[name], name
		delete(b.cands, name)
	case "confirm": // a device may take the confirmation of what is gone
		if b.waiting == name {
			b.waiting = ""
		}
	case "abort":
		if b.waiting == name {
			b.running, b.waiting = b.before, ""
		}
		delete(b.cands, name)
	}
	return ""
}

func (b *box) Run(_ context.Context, commands ...string) (out []cli.Reply, err error) {
	for _, c := range commands {
		out = append(out, cli.Reply{Command: c, Text: b.command(c)})
	}
	return out, nil
}

func (b *box) RunConfirmed(ctx context.Context, command string, _ *regexp.Regexp) (cli.Reply, error) {
	r, err := b.Run(ctx, command)
	return r[0], err
}

func (b *box) LineByLine() bool { return false }
func (b *box) Close() error     { return nil }

func (b *box) Configure(_ context.Context, blocks []cli.Block) (out []cli.BlockResult, err error) {
	for _, block := range blocks {
		r := cli.BlockResult{}
		enter := block.Enter[0]
		name := strings.TrimPrefix(enter, "open ")
		b.sent = append(b.sent, enter)
		if b.full {
			r.Err = &mirror.DeviceError{Sent: enter, Answer: "no: too many"}
			for _, l := range block.Lines {
				r.Lines = append(r.Lines, cli.LineResult{Text: l.Text, Sent: true, Answered: true, Answer: "no: what?", Refused: true})
			}
			out = append(out, r)
			continue
		}
		if b.cands[name] == nil {
			b.cands[name] = maps.Clone(b.running)
			if b.foreign != "" {
				b.running[b.foreign] = true
				b.foreign = ""
			}
		}
		for _, l := range block.Lines {
			b.sent = append(b.sent, l.Text)
			line := cli.LineResult{Text: l.Text, Sent: true, Answered: true}
			switch gone, no := strings.CutPrefix(l.Text, "no "); {
			case l.Text == "difference":
				line.Answer = difference(b.running, b.cands[name])
			case l.Text == b.refuse:
				line.Answer, line.Refused = "no: not that", true
				if r.Err == nil {
					r.Err = &mirror.DeviceError{Sent: l.Text, Answer: line.Answer}
				}
			case no:
				maps.DeleteFunc(b.cands[name], func(have string, _ bool) bool { return strings.HasPrefix(have, gone+" ") })
			default:
				b.cands[name][l.Text] = true
			}
			r.Lines = append(r.Lines, line)
		}
		out = append(out, r)
	}
	return out, nil
}

var boxNoise = &text.Noise{}

func boxRefusal(answer string) (string, bool) { return answer, strings.HasPrefix(answer, "no: ") }

// boxDriver is a driver of boxes.
func boxDriver(t *testing.T) *console.Driver {
	t.Helper()
	sessions := func(r console.Replies) (o mirror.Observation) {
		for _, l := range strings.Fields(strings.ReplaceAll(r["list"], "copy ", "copy-")) {
			if name, ok := strings.CutPrefix(l, "copy-"); ok {
				o.Natives = append(o.Natives, mirror.NativeSession{ID: name, Spec: mirror.NativeSpec{Role: mirror.RoleLocal}})
			}
		}
		return o
	}
	d, err := console.New(console.Platform{
		Key:   "cisco_iosxe", // whose templates are replaced
		Ports: &text.Grammar{Kinds: []text.Kind{{Full: "p", Short: "p"}}, Number: regexp.MustCompile(`^\d$`)},
		Noise: boxNoise,
		Can: func(mirror.Facts) mirror.Capabilities {
			yes := mirror.Support{Level: mirror.Yes}
			return mirror.Capabilities{Roles: map[mirror.Role]mirror.Support{mirror.RoleLocal: yes}, Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{mirror.SourcePort: {mirror.RX: yes}}}
		},
		Hello: console.Hello{Ask: []string{"hello"}, Facts: func(console.Replies) (mirror.Facts, error) { return mirror.Facts{Version: "1"}, nil }},
		Reads: console.Reads{Narrow: "list", Refused: boxRefusal, Absent: func(string) bool { return false },
			Observe: func(_ mirror.Facts, r console.Replies, _ any) (mirror.Observation, error) { return sessions(r), nil }},
		Words: console.Words{
			Write:   func(_ mirror.Facts, c mirror.Change) (string, any, error) { return "classic.tmpl", c, nil },
			Against: func(mirror.Facts, mirror.Observation, mirror.NativeSpec) []mirror.Reason { return nil },
			ID:      func(id string) bool { return id != "" },
		},
		Send: console.Send{Refused: boxRefusal, Allowed: func(mirror.Change, string, string) bool { return true }},
		Save: &console.Save{Compare: "unsaved", Write: "save", Done: func(string) bool { return true },
			Unsaved: func(reply string) (out []console.Difference, err error) {
				for l := range text.Raw(reply) {
					out = append(out, console.Difference{Line: l})
				}
				return out, nil
			},
			About: func(d console.Difference) console.About {
				return console.About{Session: strings.Fields(d.Line)[1], Subject: d.Line[1:]}
			}},
		Commit: &console.Commit{
			Enter: func(name string) string { return "open " + name }, Leave: "leave", Difference: "difference",
			Arm: func(_ mirror.Facts, name string, within time.Duration) string {
				return fmt.Sprintf("arm %v %s", within, name)
			},
			Copy:    true,
			Confirm: func(name string) []string { return []string{"confirm " + name} },
			Abort:   func(name string) []string { return []string{"abort " + name} },
			Ask:     []string{"waits"},
			Waits: func(_ mirror.Facts, r console.Replies, _ time.Time) (out []console.Wait, err error) {
				for i, name := range strings.Split(r["waits"], " ") {
					if name == "" {
						continue
					}
					if name == "LOCK" {
						out = append(out, console.Wait{Pending: mirror.Pending{Kind: mirror.WaitLock, Holder: "by alice"}})
						continue
					}
					w := console.Wait{Name: name}
					w.Kind = map[bool]mirror.WaitKind{true: mirror.WaitTimer, false: mirror.WaitCandidate}[i == 0]
					if w.Tx, w.Ours = console.TxOf(name); !w.Ours {
						w.Tx, w.Holder = "", "by "+name
					}
					out = append(out, w)
				}
				return out, nil
			},
		},
	}, fstest.MapFS{"cisco_iosxe/classic.tmpl": {Data: []byte(`{{if .After}}copy {{.After.ID}} p1
{{else}}no copy {{.Before.ID}}
{{end}}`)}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const window = 20 * time.Second

func connect(t *testing.T, b *box) (*console.Driver, *console.Conn) {
	t.Helper()
	d := boxDriver(t)
	device := mirror.Device{Name: "sw1", Confirm: mirror.ConfirmTimer, ConfirmWindow: mirror.Duration(window)}
	c, err := d.Over(t.Context(), b, mirror.Target{Device: device}, func() time.Time { return time.Unix(1000, 0) })
	if err != nil {
		t.Fatal(err)
	}
	b.sent = nil
	return d, c
}

func creates(ids ...string) (out []mirror.Change) {
	for _, id := range ids {
		spec := mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.RX}}, Destinations: []mirror.PortName{"p2"}}
		out = append(out, mirror.Change{Mark: id, After: &mirror.NativeSession{ID: id, Spec: spec}})
	}
	return out
}

func push(t *testing.T, d *console.Driver, c *console.Conn, changes []mirror.Change) mirror.PushReport {
	t.Helper()
	p, err := d.Render(mirror.Facts{}, mirror.Observation{}, changes)
	if err != nil {
		t.Fatal(err)
	}
	report, err := c.Push(t.Context(), "tx", p)
	if err != nil || len(report.Blocks) != len(changes) {
		t.Fatalf("%d results, %v", len(report.Blocks), err)
	}
	return report
}

func TestAllBlocksAreOneCommit(t *testing.T) {
	b := newBox()
	d, c := connect(t, b)
	report := push(t, d, c, creates("nm-a", "nm-b"))
	if report.Blocks[0].Err != nil || report.Blocks[1].Err != nil || !report.Until.Equal(time.Unix(1000, 0).Add(window)) {
		t.Errorf("got %+v", report)
	}
	want := []string{"open nm-tx", "copy nm-a p1", "copy nm-b p1", "difference", "arm 20s nm-tx"}
	if !slices.Equal(b.sent, want) || b.waiting != "nm-tx" {
		t.Errorf("sent %q", b.sent)
	}
}

func TestARefusedBlockIsLeftOut(t *testing.T) {
	b := newBox()
	b.refuse = "copy nm-a p1"
	d, c := connect(t, b)
	report := push(t, d, c, creates("nm-a", "nm-b"))
	var said *mirror.DeviceError
	if !errors.As(report.Blocks[0].Err, &said) || !errors.Is(said, mirror.ErrRejected) || said.Sent != "copy nm-a p1" || said.Answer != "no: not that" {
		t.Errorf("the refused block: %v", report.Blocks[0].Err)
	}
	if report.Blocks[1].Err != nil || !slices.Equal(b.lines(), []string{"copy nm-b p1", "copy theirs p7"}) || len(b.cands) != 0 || b.waiting != "nm-tx_2" {
		t.Errorf("the other: %v; %q waits, running %q, left over %v", report.Blocks[1].Err, b.waiting, b.lines(), b.cands)
	}
	// It is confirmed by its transaction, over another connection too.
	_, other := connect(t, b)
	if err := other.Confirm(t.Context(), "tx"); err != nil || b.waiting != "" {
		t.Errorf("confirm: %v, %q waits", err, b.waiting)
	}
}

func TestAloneRefusedNothingIsLeft(t *testing.T) {
	b := newBox()
	b.refuse = "copy nm-a p1"
	d, c := connect(t, b)
	report := push(t, d, c, creates("nm-a"))
	if !errors.Is(report.Blocks[0].Err, mirror.ErrRejected) || !report.Until.IsZero() || len(b.cands) != 0 || b.waiting != "" {
		t.Errorf("got %+v, candidates %v", report, b.cands)
	}
}

func TestLinesOfOthersRefuseTheCommit(t *testing.T) {
	b := newBox()
	b.foreign = "copy other p9"
	d, c := connect(t, b)
	report := push(t, d, c, creates("nm-a"))
	if err := report.Blocks[0].Err; !errors.Is(err, mirror.ErrChanged) || !strings.Contains(err.Error(), "copy other p9") {
		t.Errorf("got %v", err)
	}
	if !slices.Equal(b.lines(), []string{"copy other p9", "copy theirs p7"}) || len(b.cands) != 0 {
		t.Errorf("running %q, candidates %v", b.lines(), b.cands)
	}
}

func TestAnEmptyDifferenceIsNotCommitted(t *testing.T) {
	b := newBox()
	b.running["copy nm-a p1"] = true
	d, c := connect(t, b)
	report := push(t, d, c, creates("nm-a"))
	if report.Blocks[0].Err != nil || !report.Until.IsZero() || b.waiting != "" || len(b.cands) != 0 {
		t.Errorf("got %+v, candidates %v", report, b.cands)
	}
}

func TestADeviceThatIsBusy(t *testing.T) {
	for name, b := range map[string]*box{"no candidate": {full: true}, "another waits": {waiting: "theirs"}, "no timer": {noArm: true}} {
		b.running, b.cands = map[string]bool{}, map[string]map[string]bool{}
		d, c := connect(t, b)
		report := push(t, d, c, creates("nm-a"))
		var said *mirror.DeviceError
		if err := report.Blocks[0].Err; !errors.Is(err, mirror.ErrBusy) || !errors.As(err, &said) || !strings.HasPrefix(said.Answer, "no: ") {
			t.Errorf("%s: %v", name, err)
		}
		if len(b.cands) != 0 || len(b.running) != 0 || !report.Until.IsZero() {
			t.Errorf("%s: candidates %v, running %q", name, b.cands, b.lines())
		}
	}
}

// What the device refuses to drop, confirm or take back is told in its words, and stays
// what it is.
func TestAnEndThatIsRefused(t *testing.T) {
	b := newBox()
	b.refuse, b.denied = "copy nm-a p1", "abort"
	d, c := connect(t, b)
	report := push(t, d, c, creates("nm-a", "nm-b"))
	if err := report.Blocks[0].Err; !errors.Is(err, mirror.ErrRejected) || !strings.Contains(err.Error(), "no: not that") || !strings.Contains(err.Error(), "no: not for you") {
		t.Errorf("the refused block: %v", err)
	}
	var said *mirror.DeviceError
	if err := report.Blocks[1].Err; !errors.As(err, &said) || said.Sent != "abort nm-tx" || said.Answer != "no: not for you" {
		t.Errorf("its neighbour: %v", err)
	}
	if got := slices.Sorted(maps.Keys(b.cands)); !slices.Equal(got, []string{"nm-tx"}) || b.waiting != "" {
		t.Errorf("candidates %q, %q waits; typed %q", got, b.waiting, b.sent)
	}
	if err := c.Abort(t.Context(), "tx"); !errors.Is(err, mirror.ErrRejected) || !strings.Contains(err.Error(), "no: not for you") {
		t.Errorf("dropped later: %v", err)
	}

	b = newBox()
	b.running["copy nm-a p1"], b.denied = true, "abort" // nothing differs
	d, c = connect(t, b)
	if r := push(t, d, c, creates("nm-a")).Blocks[0]; r.Err != nil || !strings.Contains(r.Answer, "no: not for you") {
		t.Errorf("an empty candidate: %v, answer %q", r.Err, r.Answer)
	}

	b = newBox()
	d, c = connect(t, b)
	push(t, d, c, creates("nm-a"))
	b.denied = "confirm"
	if err := c.Confirm(t.Context(), "tx"); !errors.Is(err, mirror.ErrRejected) || !strings.Contains(err.Error(), "no: not for you") || b.waiting != "nm-tx" {
		t.Errorf("confirm: %v, %q waits", err, b.waiting)
	}
	b.denied = "abort"
	if err := c.Abort(t.Context(), "tx"); !errors.Is(err, mirror.ErrRejected) || !strings.Contains(err.Error(), "no: not for you") || b.waiting != "nm-tx" {
		t.Errorf("abort: %v, %q waits", err, b.waiting)
	}
	b.locked = true // by another hand, which is why
	for verb, end := range map[string]func(context.Context, string) error{"confirm": c.Confirm, "abort": c.Abort} {
		b.denied = verb
		if err := end(t.Context(), "tx"); !errors.Is(err, mirror.ErrBusy) || !strings.Contains(err.Error(), "no: not for you") || b.waiting != "nm-tx" {
			t.Errorf("%s while it is locked: %v, %q waits", verb, err, b.waiting)
		}
	}
}

// What is refused while it goes back by itself is not confirmed.
func TestAConfirmationThatComesTooLate(t *testing.T) {
	b := newBox()
	d, c := connect(t, b)
	push(t, d, c, creates("nm-a"))
	b.denied, b.onLine = "confirm", func(line string) {
		if line == "confirm nm-tx" {
			b.running, b.waiting = b.before, ""
		}
	}
	if err := c.Confirm(t.Context(), "tx"); !errors.Is(err, mirror.ErrNotFound) || !strings.Contains(err.Error(), "no: not for you") {
		t.Errorf("confirm: %v", err)
	}
}

// Who has something waiting is told by the device, which may say what it knows of us.
func TestASecretInWhoWaitsIsHidden(t *testing.T) {
	b := newBox()
	b.waiting = "theirs-hunter2"
	d := boxDriver(t)
	c, err := d.Over(t.Context(), hiding{b}, mirror.Target{Device: mirror.Device{Name: "sw1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if pending, err := c.Pending(t.Context()); err != nil || len(pending) != 1 || pending[0].Holder != "by theirs-****" {
		t.Errorf("pending %+v, %v", pending, err)
	}
}

// hiding is a box whose connection knows a secret.
type hiding struct{ *box }

func (hiding) Redact(said string) string { return strings.ReplaceAll(said, "hunter2", "****") }

func TestWhatWentBackIsNotConfirmed(t *testing.T) {
	b := newBox()
	d, c := connect(t, b)
	push(t, d, c, creates("nm-a"))
	b.running, b.waiting = b.before, "" // the timer
	if err := c.Confirm(t.Context(), "tx"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("confirm: %v", err)
	}
	if err := c.Abort(t.Context(), "tx"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("abort: %v", err)
	}
}

func TestAnArmedPushIsTakenBack(t *testing.T) {
	b := newBox()
	d, c := connect(t, b)
	push(t, d, c, creates("nm-a"))
	pending, err := c.Pending(t.Context())
	if err != nil || len(pending) != 1 || pending[0].Tx != "tx" || !pending[0].Ours || pending[0].Kind != mirror.WaitTimer {
		t.Errorf("pending %+v, %v", pending, err)
	}
	if err := c.Abort(t.Context(), "tx"); err != nil || !slices.Equal(b.lines(), []string{"copy theirs p7"}) {
		t.Errorf("abort: %v, running %q", err, b.lines())
	}
}

func TestADeletionIsCommitted(t *testing.T) {
	b := newBox()
	b.running["copy nm-a p1"] = true
	d, c := connect(t, b)
	gone := creates("nm-a")
	gone[0].Before, gone[0].After = gone[0].After, nil
	report := push(t, d, c, gone)
	if report.Blocks[0].Err != nil || report.Until.IsZero() || !slices.Equal(b.lines(), []string{"copy theirs p7"}) {
		t.Errorf("got %+v, running %q", report, b.lines())
	}
	if err := c.Confirm(t.Context(), "tx"); err != nil || b.waiting != "" {
		t.Errorf("confirm: %v", err)
	}
}
