package console

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// A keeper is a flat device with ports, hardware and a startup configuration, which
// notes what it is asked.
type keeper struct {
	flat
	startup []string
	asked   []string
	before  func(command string) // another hand
}

func (k *keeper) Run(ctx context.Context, commands ...string) (out []cli.Reply, err error) {
	for _, c := range commands {
		if k.before != nil {
			k.before(c)
		}
		k.asked = append(k.asked, c)
		reply := ""
		switch {
		case c == "startup":
			reply = strings.Join(k.startup, "\n")
		case c == "unsaved":
			reply = strings.Join(slices.Concat(signed("+", k.lines, k.startup), signed("-", k.startup, k.lines)), "\n")
		case c == "save":
			k.startup, reply = slices.Clone(k.lines), "saved"
		case c == "ports":
			reply = "p1 p2 p9"
		case strings.HasPrefix(c, "hardware "):
			reply = "yes"
		default:
			r, err := k.flat.Run(ctx, c)
			if err != nil {
				return nil, err
			}
			reply = r[0].Text
		}
		out = append(out, cli.Reply{Command: c, Text: reply})
	}
	return out, nil
}

func (k *keeper) RunConfirmed(ctx context.Context, command string, _ *regexp.Regexp) (cli.Reply, error) {
	r, err := k.Run(ctx, command)
	return r[0], err
}

func (k *keeper) take() []string {
	defer func() { k.asked = nil }()
	return k.asked
}

func signed(sign string, have, not []string) (out []string) {
	for _, l := range text.Beyond(have, not) {
		out = append(out, sign+l)
	}
	return out
}

func keeperDriver(t *testing.T) *Driver {
	t.Helper()
	p := flatPlatform()
	p.Reads.Ports = []string{"ports"}
	p.Reads.Around = []string{"around"}
	p.Reads.Surroundings = func(any, mirror.Look, Replies) (any, error) { return "known", nil }
	p.Reads.Observe = func(_ mirror.Facts, r Replies, _ any) (mirror.Observation, error) {
		o := mirror.Observation{Natives: readFlat(r["list"])}
		for _, name := range strings.Fields(r["ports"]) {
			o.Ports = append(o.Ports, mirror.Port{Name: mirror.PortName(name), Uses: []mirror.PortUse{{Kind: useLearned}, {Kind: "trunk"}}})
		}
		return o, nil
	}
	p.Reads.Ask = func(_ mirror.Facts, n mirror.NativeSession, _ string) []string { return []string{"hardware " + n.ID} }
	p.Reads.Judge = func(_ mirror.Facts, n mirror.NativeSession, _ string, r Replies) Verdict {
		if reply, asked := r["hardware "+n.ID]; !asked {
			return Verdict{Ask: "hardware " + n.ID}
		} else if reply != "yes" {
			return Verdict{Programmed: mirror.False}
		}
		return Verdict{Programmed: mirror.True}
	}
	p.Save = &Save{Compare: "unsaved", Startup: "startup", Write: "save", Done: func(answer string) bool { return answer == "saved" },
		Unsaved: func(reply string) (out []Difference, err error) {
			for line := range text.Raw(reply) {
				out = append(out, Difference{Line: line})
			}
			return out, nil
		},
		Lines: func(reply string) map[Difference]int {
			out := map[Difference]int{}
			for line := range text.Raw(reply) {
				out[Difference{Line: line}]++
			}
			return out
		},
		About: func(d Difference) About { return About{Session: strings.Fields(d.Line)[1], Subject: d.Line[1:]} }}
	d, err := New(p, fstest.MapFS{"cisco_iosxe/classic.tmpl": {Data: []byte(flatTemplate)}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestWhatIsAskedBehindAPush: what proves it, and no more; a save behind it compares
// once more only as long as nobody knows whether startup is shown.
func TestWhatIsAskedBehindAPush(t *testing.T) {
	k := &keeper{flat: flat{lines: []string{"tap theirs from p7 rx", "tap theirs to p2"}}}
	k.startup = slices.Clone(k.lines)
	d := keeperDriver(t)
	c, err := d.Over(t.Context(), k, mirror.Target{Device: mirror.Device{Name: "sw1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	known := mirror.Known{}
	observe := func() {
		t.Helper()
		if known, err = c.Observe(t.Context(), mirror.Look{Known: known}); err != nil {
			t.Fatal(err)
		}
	}
	asked := func(what string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, k.take()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	push := func(change mirror.Change) {
		t.Helper()
		p, err := d.Render(c.Facts(), known.Observation, []mirror.Change{change})
		if err != nil {
			t.Fatal(err)
		}
		if report, err := c.Push(t.Context(), "tx", p); err != nil || report.Blocks[0].Err != nil {
			t.Fatal(report, err)
		}
	}
	save := func() string {
		t.Helper()
		saved, why, err := c.Save(t.Context(), true, nil)
		if !saved || err != nil {
			t.Fatalf("%v, %q, %v", saved, why, err)
		}
		return why
	}
	observe()
	k.take()
	ours := tap("nm-a", []mirror.PortName{"p9"}, from("p1", mirror.RX))
	push(mirror.Change{Mark: "nm-a", After: ours})
	k.take()
	observe()
	asked("behind a create", "list", "unsaved", "hardware nm-a")
	if o := known.Observation; len(o.Ports) != 3 || len(o.Natives) != 2 || o.Natives[0].Programmed != mirror.True || o.Natives[1].Programmed != mirror.True {
		t.Errorf("%+v", o)
	}
	if p, _ := known.Observation.Port("p9"); len(p.Uses) != 1 || p.Uses[0].Kind != "trunk" {
		t.Errorf("a port that copies go to: %+v", p.Uses)
	}
	if why := save(); why != "" {
		t.Error(why)
	}
	asked("the first save", "startup", "unsaved", "save", "startup")
	push(mirror.Change{Mark: "nm-a", Before: find(known.Observation.Natives, "nm-a")})
	k.take()
	observe()
	asked("behind a delete", "list", "unsaved")
	k.before = func(command string) {
		if command == "save" {
			k.lines = append(k.lines, "tap late from p2 rx")
		}
	}
	if why := save(); !strings.Contains(why, "a line of another hand, about tap late from p2 rx") {
		t.Errorf("saved with %q", why)
	}
	asked("a later save", "startup", "save", "startup")
	k.before = nil
	push(mirror.Change{Mark: "nm-a", After: ours})
	k.before = func(command string) {
		if command == "startup" {
			k.startup = nil // as a device that does not let us see it
		}
	}
	observe()
	k.take()
	if why := save(); !strings.Contains(why, "nobody knows") {
		t.Errorf("saved with %q", why)
	}
	k.take()
	if known, err = c.Observe(t.Context(), mirror.Look{Known: known, Whole: true}); err != nil {
		t.Fatal(err)
	}
	if all := k.take(); !slices.Contains(all, "ports") || !slices.Contains(all, "around") {
		t.Errorf("a whole read asked %q", all)
	}
}

// TestACommandIsAskedOnce: on some platforms one view also tells the hardware's state.
func TestACommandIsAskedOnce(t *testing.T) {
	k := &keeper{}
	c, err := keeperDriver(t).Over(t.Context(), k, mirror.Target{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	k.take()
	replies, err := c.run(t.Context(), "ports", "list", "ports")
	if err != nil || replies["ports"] != "p1 p2 p9" {
		t.Errorf("%q, %v", replies, err)
	}
	if d := cmp.Diff([]string{"ports", "list"}, k.take()); d != "" {
		t.Error(d)
	}
}
