package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// A whole device takes the lines of all blocks, or none.
type whole struct {
	flat
	bad   []string // lines that are refused
	named bool     // the refusal names the line
	kind  error    // of a refusal, nil = ErrRejected
	lose  int      // the Set during which the connection is lost, 0 = never
	done  bool     // that one is carried out
	sets  int
	unlog error // of a Run
}

func (w *whole) AllOrNothing() bool { return true }

func (w *whole) Run(ctx context.Context, commands ...string) ([]cli.Reply, error) {
	if w.unlog != nil {
		return nil, w.unlog
	}
	return w.flat.Run(ctx, commands...)
}

func (w *whole) Configure(_ context.Context, blocks []cli.Block) ([]cli.BlockResult, error) {
	w.sets++
	out, before := make([]cli.BlockResult, len(blocks)), slices.Clone(w.lines)
	if w.sets == w.lose && !w.done {
		return nil, fmt.Errorf("%w: %w", mirror.ErrNotSent, mirror.ErrUnreachable)
	}
	for i, b := range blocks {
		for _, l := range b.Lines {
			out[i].Lines = append(out[i].Lines, cli.LineResult{Text: l.Text, Sent: true, Answered: true})
			if words := w.line(l.Text); words != "" || slices.Contains(w.bad, l.Text) {
				w.lines = before
				said := &mirror.DeviceError{Sent: "all", Answer: "it is refused", Kind: w.kind}
				for k := range out {
					if !w.named || k == i {
						out[k].Err = said
					}
				}
				if w.named {
					last := &out[i].Lines[len(out[i].Lines)-1]
					last.Refused, said.Sent = true, l.Text
				}
				return out, nil
			}
		}
	}
	if w.sets == w.lose {
		return nil, mirror.ErrUnreachable
	}
	return out, nil
}

// wholePush connects, reads, renders and pushes.
func wholePush(t testing.TB, d *Driver, w *whole, changes ...mirror.Change) (*Conn, mirror.PushReport, error) {
	t.Helper()
	c, err := d.Over(t.Context(), w, mirror.Target{Device: mirror.Device{Name: "sw1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	known, err := c.Observe(t.Context(), mirror.Look{Whole: true})
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Render(c.Facts(), known.Observation, changes)
	if err != nil {
		t.Fatal(err)
	}
	report, err := c.Push(t.Context(), "tx", p)
	return c, report, err
}

func made(ids ...string) (changes []mirror.Change) {
	for i, id := range ids {
		changes = append(changes, mirror.Change{Mark: id, After: tap(id, []mirror.PortName{mirror.PortName(fmt.Sprintf("p%d", 50+i))}, from("p1", mirror.Both))})
	}
	return changes
}

func linesOf(ids ...string) (lines []string) {
	for i, id := range ids {
		lines = append(lines, "tap "+id+" from p1 both", fmt.Sprintf("tap %s to p%d", id, 50+i))
	}
	return lines
}

// TestAPushIsOneTransaction: several blocks go as one, and what is read behind it is what
// proves it.
func TestAPushIsOneTransaction(t *testing.T) {
	d := flatDriver(t, flatTemplate)
	w := &whole{}
	c, report, err := wholePush(t, d, w, made("a", "b")...)
	if err != nil || w.sets != 1 || !slices.Equal(w.lines, linesOf("a", "b")) {
		t.Fatalf("%d sets, %q, %v", w.sets, w.lines, err)
	}
	for _, b := range report.Blocks {
		if b.Err != nil {
			t.Error(b.Err)
		}
	}
	known, err := c.Observe(t.Context(), mirror.Look{})
	if err != nil || len(known.Observation.Natives) != 2 {
		t.Errorf("%d sessions, %v", len(known.Observation.Natives), err)
	}
}

// TestARefusalIsOfTheWhole: of what is not refused everything comes to be, whether the
// device names the line or not, and of what is refused nothing.
func TestARefusalIsOfTheWhole(t *testing.T) {
	d := flatDriver(t, flatTemplate)
	rapid.Check(t, func(r *rapid.T) {
		ids := []string{"a", "b", "c", "d", "e", "f"}[:rapid.IntRange(1, 6).Draw(r, "blocks")]
		w := &whole{named: rapid.Bool().Draw(r, "named")}
		wrong := map[string]bool{}
		for i, id := range ids {
			if rapid.Bool().Draw(r, "wrong "+id) {
				wrong[id] = true
				w.bad = append(w.bad, []string{"tap " + id + " from p1 both", fmt.Sprintf("tap %s to p%d", id, 50+i)}[rapid.IntRange(0, 1).Draw(r, "line")])
			}
		}
		_, report, err := wholePush(t, d, w, made(ids...)...)
		if err != nil {
			r.Fatal(err)
		}
		for i, b := range report.Blocks {
			if wrong[ids[i]] != errors.Is(b.Err, mirror.ErrRejected) || !wrong[ids[i]] && b.Err != nil {
				r.Errorf("%s: %v", ids[i], b.Err)
			}
			have := strings.Contains(strings.Join(w.lines, "\n"), "tap "+ids[i]+" ")
			if have == wrong[ids[i]] {
				r.Errorf("%s is there: %v", ids[i], have)
			}
		}
		if w.named && w.sets > len(w.bad)+1 {
			r.Errorf("%d transactions for %d refusals that name their line", w.sets, len(w.bad))
		}
	})
}

// TestARefusalThatIsNotOfTheBlocks is told once: halving would ask the same again.
func TestARefusalThatIsNotOfTheBlocks(t *testing.T) {
	w := &whole{bad: linesOf("b"), kind: mirror.ErrAuth}
	_, report, err := wholePush(t, flatDriver(t, flatTemplate), w, made("a", "b", "c")...)
	if err != nil || w.sets != 1 || len(w.lines) > 0 {
		t.Fatalf("%d sets, %q, %v", w.sets, w.lines, err)
	}
	for _, b := range report.Blocks {
		if !errors.Is(b.Err, mirror.ErrAuth) {
			t.Errorf("%s: %v", b.Mark, b.Err)
		}
	}
}

// TestWhatIsGoneAlreadyDoesNotKeepTheRest: a device may refuse to delete what is not there.
func TestWhatIsGoneAlreadyDoesNotKeepTheRest(t *testing.T) {
	for _, named := range []bool{true, false} {
		w := &whole{named: named, flat: flat{strict: true, lines: linesOf("a", "b")}}
		d := flatDriver(t, flatTemplate)
		c, err := d.Over(t.Context(), w, mirror.Target{Device: mirror.Device{Name: "sw1"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		known, err := c.Observe(t.Context(), mirror.Look{Whole: true})
		if err != nil {
			t.Fatal(err)
		}
		changes := append(made("c"), mirror.Change{Mark: "a", Before: find(known.Observation.Natives, "a")}, mirror.Change{Mark: "b", Before: find(known.Observation.Natives, "b")})
		p, err := d.Render(c.Facts(), known.Observation, changes)
		if err != nil {
			t.Fatal(err)
		}
		w.lines = w.lines[2:] // another hand
		report, err := c.Push(t.Context(), "tx", p)
		if err != nil || !slices.Equal(w.lines, linesOf("c")) {
			t.Fatalf("named %v: %q, %v", named, w.lines, err)
		}
		for _, b := range report.Blocks {
			if b.Err != nil {
				t.Errorf("named %v: %v", named, b.Err)
			}
		}
	}
}

// TestALostTransaction: whether it was carried out is not known, unless it was not sent.
func TestALostTransaction(t *testing.T) {
	d := flatDriver(t, flatTemplate)
	for name, tc := range map[string]struct {
		w       whole
		notSent bool
	}{
		"the first, before":  {whole{lose: 1}, true},
		"the first, behind":  {whole{lose: 1, done: true}, false},
		"a later, before":    {whole{lose: 3, bad: []string{"tap b from p1 both"}}, false},
		"a later, behind":    {whole{lose: 2, done: true, bad: []string{"tap b from p1 both"}}, false},
		"behind a refusal":   {whole{lose: 2, bad: []string{"tap b from p1 both"}}, true},
		"the read before it": {whole{}, true},
	} {
		w := tc.w
		changes := made("a", "b")
		if name == "the read before it" {
			changes[0].After.Spec.Options.Filter = "voice"
		}
		c, err := d.Over(t.Context(), &w, mirror.Target{Device: mirror.Device{Name: "sw1"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Observe(t.Context(), mirror.Look{Whole: true}); err != nil {
			t.Fatal(err)
		}
		p, err := d.Render(c.Facts(), mirror.Observation{}, changes)
		if err != nil {
			t.Fatal(err)
		}
		if name == "the read before it" {
			w.unlog = mirror.ErrUnreachable
		}
		_, err = c.Push(t.Context(), "tx", p)
		if !errors.Is(err, mirror.ErrUnreachable) || errors.Is(err, mirror.ErrNotSent) != tc.notSent {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAFilterIsLookedForRightBefore: a device that tells no warning takes a session whose
// list is gone, and copies everything.
func TestAFilterIsLookedForRightBefore(t *testing.T) {
	p := flatPlatform()
	p.Words.Against = func(_ mirror.Facts, o mirror.Observation, n mirror.NativeSpec) (out []mirror.Reason) {
		if list := n.Options.Filter; list != "" && o.Handles["lists"] != list {
			out = append(out, mirror.Reason{Code: "unsupported", Message: "there is no list " + list})
		}
		return out
	}
	lists := "voice"
	p.Reads.Observe = func(_ mirror.Facts, r Replies, _ any) (mirror.Observation, error) {
		return mirror.Observation{Natives: readFlat(r["list"]), Handles: map[string]string{"lists": lists}}, nil
	}
	d, err := New(p, flatTemplates())
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []bool{false, true} {
		w := &whole{}
		lists = "voice"
		c, err := d.Over(t.Context(), w, mirror.Target{Device: mirror.Device{Name: "sw1"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		known, err := c.Observe(t.Context(), mirror.Look{Whole: true})
		if err != nil {
			t.Fatal(err)
		}
		changes := made("a", "b")
		changes[0].After.Spec.Options.Filter = "voice"
		payload, err := d.Render(c.Facts(), known.Observation, changes)
		if err != nil {
			t.Fatal(err)
		}
		if gone {
			lists = "another"
		}
		report, err := c.Push(t.Context(), "tx", payload)
		if err != nil || gone != errors.Is(report.Blocks[0].Err, mirror.ErrChanged) || report.Blocks[1].Err != nil {
			t.Errorf("gone %v: %v, %v, %v", gone, report.Blocks[0].Err, report.Blocks[1].Err, err)
		}
		if have := strings.Contains(strings.Join(w.lines, "\n"), "tap a "); have == gone {
			t.Errorf("gone %v: %q", gone, w.lines)
		}
	}
}

// TestADeviceThatSavesByItself is looked at; where it does not, the reason says what does.
func TestADeviceThatSavesByItself(t *testing.T) {
	startup := ""
	p := flatPlatform()
	p.Save = &Save{Compare: "diff", Itself: "it saves with its own setting", About: func(l Difference) About {
		return About{Session: strings.Fields(l.Line[1:])[1], Subject: "taps"}
	}, Unsaved: func(reply string) (out []Difference, err error) {
		if reply == "no: never" {
			return nil, text.ParseError("diff", reply)
		}
		for line := range text.Raw(reply) {
			out = append(out, Difference{Line: line})
		}
		return out, nil
	}}
	d, err := New(p, flatTemplates())
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		diff  string
		saved bool
		want  error
	}{
		"saved":                       {"", true, nil},
		"saved, and a stranger's not": {"+tap their from p9 rx", true, nil},
		"not saved":                   {"+tap a from p1 both", false, mirror.ErrUnsupported},
		"not told":                    {"no: never", false, mirror.ErrParse},
	} {
		startup = tc.diff
		w := &differs{diff: &startup}
		c, err := d.Over(t.Context(), w, mirror.Target{Device: mirror.Device{Name: "sw1"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		known, err := c.Observe(t.Context(), mirror.Look{Whole: true})
		if err != nil {
			t.Fatal(err)
		}
		payload, err := d.Render(c.Facts(), known.Observation, made("a"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Push(t.Context(), "tx", payload); err != nil {
			t.Fatal(err)
		}
		saved, why, err := c.Save(t.Context(), true, nil)
		if saved != tc.saved || why != "" || !errors.Is(err, tc.want) || err != nil && !strings.Contains(err.Error(), "its own setting") {
			t.Errorf("%s: saved %v %q, %v", name, saved, why, err)
		}
	}
}

// differs tells what is unsaved.
type differs struct {
	whole
	diff *string
}

func (d *differs) Run(ctx context.Context, commands ...string) ([]cli.Reply, error) {
	out, err := d.whole.Run(ctx, commands...)
	for i := range out {
		if out[i].Command == "diff" {
			out[i].Text = *d.diff
		}
	}
	return out, err
}
