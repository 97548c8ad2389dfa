package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// told are the events of a session about copies, each in a line: type, actor,
// what was and what is.
func (b *bench) told(session string) []string {
	b.t.Helper()
	all, err := b.Events(b.t.Context(), 0, 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, e := range all {
		if e.Session != session || e.Type == "PhaseChanged" {
			continue
		}
		line := fmt.Sprintf("%s %s: %s -> %s", e.Type, e.Actor, e.Before, e.After)
		if len(e.Changed) > 0 {
			line += " " + fmt.Sprint(e.Changed)
		}
		out = append(out, line)
		for _, t := range []*mirror.Traffic{e.Before, e.After} {
			if t != nil && !strings.Contains(e.Message, t.String()) {
				b.t.Errorf("%s says %q and not %q", e.Type, e.Message, t)
			}
		}
	}
	return out
}

func TestEventsSayWhatWasCopiedFromWhereToWhere(t *testing.T) {
	b := newBench(t, nil, numbered())
	sw := b.switches["sw1"]
	if _, _, err := b.PutTool(t.Context(), admin, mirror.Tool{Name: "ids", Device: "sw1", Interface: "d2"}); err != nil {
		t.Fatal(err)
	}
	b.submit("a", "sw1:d1", "sw1:p1 rx")
	s := intent("a", "", "sw1:p2 rx")
	s.Destinations, s.Truncate = []mirror.Destination{{Tool: "ids"}}, 64
	b.put(s)
	sw.edit(func() { clear(sw.natives) })
	testkit.Eventually(t, patience, "the repair is told", func() bool { return len(b.events("DriftRepaired")) == 1 })
	ann := engine.Write{Actor: engine.Actor{Name: "ann", Access: mirror.Operator}}
	res, err := b.Submit(t.Context(), ann, off(s))
	if err != nil {
		t.Fatal(err)
	}
	b.wait(res.Operation.ID)
	if res, err = b.Remove(t.Context(), ann, "a", ""); err != nil {
		t.Fatal(err)
	}
	b.wait(res.Operation.ID)
	const one, two = "sw1 p1 (rx) to sw1 d1, span", "sw1 p2 (rx) to tool ids at sw1 d2, span, cut to 64 octets"
	const held = "sw1 p2 (rx) to sw1 d2, span, cut to 64 octets"
	const native = "sw1 p2 (rx) to sw1 d2, local, native session 65, cut to 64 octets"
	want := []string{
		"SessionAccepted tester: nothing -> " + one,
		"RolloutSucceeded tester: nothing -> " + one,
		"SessionChanged tester: " + one + " -> " + two + " [destinations sources truncate]",
		"RolloutSucceeded tester: " + one + " -> " + held,
		"DriftRepaired system: nothing -> " + native,
		"SessionChanged ann: " + two + " -> nothing, switched off (" + two + ") [enabled]",
		"RolloutSucceeded ann: " + held + " -> nothing",
		"SessionDeleteAccepted ann: nothing, switched off (" + two + ") -> nothing",
		"SessionDeleted ann: nothing -> nothing",
	}
	if diff := cmp.Diff(want, b.told("a")); diff != "" {
		t.Errorf("-want +got: %s", diff)
	}
}

func TestEventsTellOfRefusalsLeasesReleasesAndAdoptions(t *testing.T) {
	b := newBench(t, nil, numbered())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	sw.quietly(func() {
		sw.refuse = func(c mirror.Change) string {
			if c.After != nil && strings.Contains(jsonText(c.After.Spec), "p3") {
				return "% no"
			}
			return ""
		}
	})
	b.submit("a", "sw1:d1", "sw1:p3")
	b.release("a")
	sw.quietly(func() { sw.refuse = nil })
	if _, err := b.Adopt(t.Context(), admin, "sw1", sw.ids()[0], mirror.Session{Name: "taken", Lease: &mirror.Lease{Duration: 100 * time.Millisecond}}); err != nil {
		t.Fatal(err)
	}
	b.reach("taken", mirror.Expired)
	const p1, p3 = "sw1 p1 (both) to sw1 d1, span", "sw1 p3 (both) to sw1 d1, span"
	want := []string{
		"SessionAccepted tester: nothing -> " + p1,
		"RolloutSucceeded tester: nothing -> " + p1,
		"SessionChanged tester: " + p1 + " -> " + p3 + " [sources]",
		"RolloutTurnedBack tester: " + p1 + " -> " + p1,
		"RolloutFailed tester: " + p1 + " -> " + p1,
		"SessionReleased tester: " + p1 + " -> nothing",
		"SessionDeleted tester: nothing -> nothing",
	}
	if diff := cmp.Diff(want, b.told("a")); diff != "" {
		t.Errorf("-want +got: %s", diff)
	}
	got := strings.Join(b.told("taken"), "\n")
	for _, want := range []string{"SessionAdopted tester: sw1 p1 (both) to sw1 d1, local, native session 66", "LeaseExpired system: sw1 p1 (both) to sw1 d1, span, until", "RolloutSucceeded system: " + p1 + " -> nothing"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing:\n%s", want, got)
		}
	}
}
