package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

func queue(s mirror.Session) mirror.Session {
	s.OnUnreachable = mirror.UnreachableQueue
	return s
}

// newAbsentBench is a switch that is away, read before or never.
func newAbsentBench(t *testing.T, known bool) (*bench, *fakeSwitch) {
	switches := one()
	sw := switches["sw1"]
	sw.down = !known
	b := newBench(t, func(c *engine.Config) { c.Resync = 50 * time.Millisecond }, switches)
	if known {
		testkit.Eventually(t, patience, "sw1 is read", func() bool { return b.reachable("sw1").State == mirror.True })
		sw.edit(func() { sw.down = true })
	}
	testkit.Eventually(t, patience, "sw1 is away", func() bool { return b.reachable("sw1").State == mirror.False })
	return b, sw
}

// pending checks that a session waits to be decided, and says for what.
func (b *bench) pending(name, reason string) {
	b.t.Helper()
	v, err := b.Session(b.t.Context(), name)
	if err != nil {
		b.t.Fatal(err)
	}
	c := v.Record.Condition(mirror.CondAdmitted)
	if v.Record.Phase != mirror.Undecided || c.Status != mirror.Unknown || c.Reason != reason || c.Message == "" {
		b.t.Errorf("%s: phase %s, %+v", name, v.Record.Phase, c)
	}
}

func TestAnIntentWaitsForADeviceThatIsAway(t *testing.T) {
	for _, known := range []bool{true, false} {
		t.Run(fmt.Sprintf("read before %v", known), func(t *testing.T) {
			b, sw := newAbsentBench(t, known)
			res := b.accepted(queue(intent("a", "sw1:d1", "sw1:p1")))
			if res.Operation.State != mirror.OpRunning || !res.Created {
				t.Errorf("%+v", res)
			}
			b.pending("a", mirror.ReasonDeviceUnreachable)
			if again := b.accepted(queue(intent("a", "sw1:d1", "sw1:p1"))); !again.Unchanged {
				t.Errorf("the same again: %+v", again)
			}
			sw.edit(func() { sw.down = false })
			if op := b.wait(res.Operation.ID); op.State != mirror.OpSucceeded || sw.sources("d1") != "p1 both" {
				t.Errorf("%+v; device has %s", op, sw.sources("d1"))
			}
			b.reach("a", mirror.Active)
		})
	}
}

func TestAQueuedIntentOutlivesARestart(t *testing.T) {
	b, sw := newAbsentBench(t, false)
	res := b.accepted(queue(intent("a", "sw1:d1", "sw1:p1")))
	b.stop()
	b.start()
	b.pending("a", mirror.ReasonDeviceUnreachable)
	sw.edit(func() { sw.down = false })
	if op := b.wait(res.Operation.ID); op.State != mirror.OpSucceeded || sw.sources("d1") != "p1 both" {
		t.Errorf("%+v; device has %s", op, sw.sources("d1"))
	}
}

func TestAQueuedIntentIsCheckedWhenItsDeviceIsBack(t *testing.T) {
	b, sw := newAbsentBench(t, false)
	res := b.accepted(queue(intent("a", "sw1:d1", "sw1:p1", "sw1:p9")))
	sw.edit(func() {
		sw.down = false
		for i := range sw.ports {
			if sw.ports[i].Name == "d1" {
				sw.ports[i].Uses = []mirror.PortUse{{Kind: "addressed", Detail: "10.0.0.1"}}
			}
		}
	})
	op := b.wait(res.Operation.ID)
	if op.State != mirror.OpFailed || !strings.Contains(op.Message, "no port p9") || !strings.Contains(op.Message, "10.0.0.1") {
		t.Errorf("%+v", op)
	}
	v := b.reach("a", mirror.Failed)
	if c := v.Record.Condition(mirror.CondAdmitted); c.Status != mirror.False || c.Reason != "Refused" || c.Message != op.Message {
		t.Errorf("condition %+v", c)
	}
	if len(sw.ids()) != 0 || len(sw.order) != 0 {
		t.Errorf("something was pushed: %v %v", sw.ids(), sw.order)
	}
	// Mended, the same body is a wish to try again.
	sw.edit(func() {
		sw.ports = append(slices.Clone(sw.ports), mirror.Port{Name: "p9", Up: mirror.True, Admin: mirror.True})
		for i := range sw.ports {
			sw.ports[i].Uses = nil
		}
	})
	if op := b.put(queue(intent("a", "sw1:d1", "sw1:p1", "sw1:p9"))); op.State != mirror.OpSucceeded {
		t.Errorf("second try %+v", op)
	}
}

// What was last known of a device refuses at once; so does what is no absence.
func TestQueueingIsNoWayAroundARefusal(t *testing.T) {
	b, sw := newAbsentBench(t, true)
	if codes := b.refused(queue(intent("a", "sw1:d1", "sw1:p9"))); !slices.Contains(codes, "/sources/0 unknown-port") {
		t.Errorf("codes %v", codes)
	}
	sw.edit(func() { sw.down, sw.unreadable = false, true })
	testkit.Eventually(t, patience, "it answers nonsense", func() bool { return b.reachable("sw1").Reason == "NotUnderstood" })
	if _, err := b.Submit(t.Context(), admin, queue(intent("a", "sw1:d1", "sw1:p1"))); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("a device that is there and not understood: %v", err)
	}
	if _, err := b.Submit(t.Context(), admin, intent("a", "sw1:d1", "sw1:p1")); err == nil {
		t.Error("accepted without onUnreachable")
	}
}

// Of two that fit each but not together, one is made and the other fails.
func TestTwoQueuedIntentsThatDoNotFitTogether(t *testing.T) {
	for _, known := range []bool{true, false} {
		t.Run(fmt.Sprintf("read before %v", known), func(t *testing.T) {
			b, sw := newAbsentBench(t, known)
			ops := map[string]string{}
			for _, tags := range []string{"preserve", "strip"} {
				s := queue(intent(tags, "sw1:d1", "sw1:p1"))
				s.Truncate = map[string]int{"preserve": 64, "strip": 128}[tags]
				ops[tags] = b.accepted(s).Operation.ID
			}
			sw.edit(func() { sw.down = false })
			states := map[mirror.OperationState]mirror.Operation{}
			for _, id := range ops {
				op := b.wait(id)
				states[op.State] = op
			}
			if len(states) != 2 || !strings.Contains(states[mirror.OpFailed].Message, "other options") || states[mirror.OpSucceeded].ID == "" || len(sw.ids()) != 1 {
				t.Errorf("%+v; device has %v", states, sw.ids())
			}
		})
	}
}

func TestAQueuedIntentCanBeTakenBack(t *testing.T) {
	for what, take := range map[string]func(*bench){
		"deleted":  func(b *bench) { b.remove("a") },
		"orphaned": func(b *bench) { b.release("a") },
		"disabled": func(b *bench) { b.put(off(queue(intent("a", "sw1:d1", "sw1:p1")))) },
		"replaced": func(b *bench) { b.accepted(queue(intent("a", "sw1:d2", "sw1:p2"))) },
	} {
		t.Run(what, func(t *testing.T) {
			b, sw := newAbsentBench(t, false)
			first := b.accepted(queue(intent("a", "sw1:d1", "sw1:p1"))).Operation.ID
			take(b)
			sw.edit(func() { sw.down = false })
			b.settle("sw1")
			if op := b.wait(first); op.State != mirror.OpSuperseded {
				t.Errorf("the first rollout %+v", op)
			}
			if what == "replaced" {
				b.reach("a", mirror.Active)
			} else if what == "disabled" {
				b.reach("a", mirror.Suspended)
			}
			if sw.sources("d1") != "" || (sw.sources("d2") != "") != (what == "replaced") {
				t.Errorf("device has %v", sw.ids())
			}
		})
	}
}

// A change of a session that is there leaves what is there until it is decided,
// and when it is refused.
func TestAQueuedChangeLeavesWhatIsThere(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Resync = 50 * time.Millisecond }, one())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	sw.edit(func() { sw.down = true })
	testkit.Eventually(t, patience, "sw1 is away", func() bool { return b.reachable("sw1").State == mirror.False })
	res := b.accepted(queue(intent("a", "sw1:d1", "sw1:p2")))
	b.pending("a", mirror.ReasonDeviceUnreachable)
	sw.edit(func() {
		sw.down = false
		sw.ports = slices.DeleteFunc(slices.Clone(sw.ports), func(p mirror.Port) bool { return p.Name == "p2" })
	})
	if op := b.wait(res.Operation.ID); op.State != mirror.OpFailed || !strings.Contains(op.Message, "no port p2") {
		t.Errorf("%+v", op)
	}
	b.reach("a", mirror.Degraded)
	if got := sw.sources("d1"); got != "p1 both" {
		t.Errorf("device has %s", got)
	}
}

// A device that is slow is not away: the write is answered when its client's wait
// is over, and decided on the device's own time.
func TestAWriteWaitsForASlowDevice(t *testing.T) {
	for name, c := range map[string]struct {
		port  string
		state mirror.OperationState
	}{"it fits": {"p1", mirror.OpSucceeded}, "it does not": {"p9", mirror.OpFailed}} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil, one())
			sw := b.switches["sw1"]
			testkit.Eventually(t, patience, "sw1 is read", func() bool { return b.reachable("sw1").State == mirror.True })
			speak := sw.quiet()
			w := admin
			w.Wait = time.Millisecond
			res, err := b.Submit(t.Context(), w, intent("a", "sw1:d1", "sw1:"+c.port))
			if err != nil || res.Operation.State != mirror.OpRunning {
				t.Fatalf("%+v %v", res, err)
			}
			b.pending("a", mirror.ReasonReading)
			speak()
			if op := b.wait(res.Operation.ID); op.State != c.state {
				t.Errorf("%+v", op)
			}
		})
	}
}

func TestAnIntentThatWaitedForASlowDeviceOutlivesARestart(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	testkit.Eventually(t, patience, "sw1 is read", func() bool { return b.reachable("sw1").State == mirror.True })
	speak := sw.quiet()
	w := admin
	w.Wait = time.Millisecond
	res, err := b.Submit(t.Context(), w, intent("a", "sw1:d1", "sw1:p1"))
	if err != nil {
		t.Fatal(err)
	}
	b.stop()
	b.start()
	b.pending("a", mirror.ReasonReading)
	speak()
	if op := b.wait(res.Operation.ID); op.State != mirror.OpSucceeded {
		t.Errorf("%+v", op)
	}
}

// A preview of an intent that would be queued says so.
func TestAPreviewOfAQueuedIntent(t *testing.T) {
	for _, known := range []bool{true, false} {
		b, _ := newAbsentBench(t, known)
		p, err := b.Plan(t.Context(), admin, queue(intent("a", "sw1:d1", "sw1:p1")))
		if err != nil || len(p.Warnings) != 1 || p.Warnings[0].Code != "undecided" || (len(p.Devices[0].Changes) == 1) != known {
			t.Errorf("read before %v: %+v %v", known, p, err)
		}
	}
}
