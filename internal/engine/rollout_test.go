package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/worker"
)

func settling(d time.Duration) func(*engine.Config) {
	return func(c *engine.Config) { c.Timeouts.Settle = d }
}

func off(s mirror.Session) mirror.Session {
	s.Enabled = false
	return s
}

func TestADeletionKeepsItsDialogue(t *testing.T) {
	b := newBench(t, nil, one())
	b.submit("a", "sw1:d1", "sw1:p1")
	mark := b.switches["sw1"].ids()[0]
	op := b.remove("a")
	if len(op.Transcript) != 1 || op.Transcript[0].Mark != mark || op.Transcript[0].Sent == "" {
		t.Errorf("transcript %+v", op.Transcript)
	}
}

func TestARepairThatIsNotHeldIsNotTold(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	sw.edit(func() { sw.deaf = true; clear(sw.natives) })
	b.reach("a", mirror.Degraded)
	if told := b.events("DriftRepaired"); len(told) != 0 {
		t.Errorf("told %+v", told)
	}
	if told := b.events("DriftSeen"); len(told) == 0 {
		t.Error("the drift was not told")
	}
}

func TestASecondTryIsGivenItsSettlingTime(t *testing.T) {
	const settle = 400 * time.Millisecond
	b := newBench(t, settling(settle), one())
	sw := b.switches["sw1"]
	sw.edit(func() { sw.programmed = mirror.False })
	for range 2 {
		op := b.submit("a", "sw1:d1", "sw1:p1")
		if took := op.Finished.Sub(op.Created); op.State != mirror.OpFailed || took < settle {
			t.Errorf("%s %s after %v", op.State, op.Message, took)
		}
	}
}

func TestADeviceThatNothingWaitsForIsLeftAlone(t *testing.T) {
	switches := one()
	switches["sw2"] = newSwitch("p1", "d1")
	b := newBench(t, settling(200*time.Millisecond), switches)
	sw1, sw2 := switches["sw1"], switches["sw2"]
	for _, sw := range switches {
		sw.edit(func() { sw.programmed = mirror.False })
	}
	b.submit("a", "sw1:d1", "sw1:p1")
	b.submit("a", "sw1:d1", "sw1:p1")
	b.remove("a")
	b.settle("sw1")
	reads, others := sw1.readings(), sw2.readings()
	// While one device is looked at again and again until its session is
	// programmed, the other has no reason to be.
	if op := b.submit("b", "sw2:d1", "sw2:p1"); op.State != mirror.OpFailed {
		t.Fatalf("operation %+v", op)
	}
	if n := sw1.readings() - reads; n != 0 {
		t.Errorf("%d reads while %d of the device that was waited for", n, sw2.readings()-others)
	}
}

func TestProgrammingIsWatchedAfterTheRollout(t *testing.T) {
	b := newBench(t, settling(100*time.Millisecond), one())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	sw.edit(func() { sw.programmed = mirror.False })
	b.reach("a", mirror.Degraded)
	sw.quietly(func() { sw.programmed = mirror.True })
	b.reach("a", mirror.Active)
}

func TestSwitchingOffIsNoMatterOfTheDestinationGuard(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	sw.edit(func() {
		for i := range sw.ports {
			sw.ports[i].Uses = []mirror.PortUse{{Kind: "learned", Detail: "a MAC address"}}
		}
	})
	if op := b.put(off(intent("a", "sw1:d1", "sw1:p1"))); op.State != mirror.OpSucceeded || len(sw.ids()) != 0 {
		t.Errorf("operation %+v, device %v", op, sw.ids())
	}
}

func TestSwitchingOffIsTakenWhileTheDeviceIsAway(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Resync = 50 * time.Millisecond }, one())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	sw.edit(func() { sw.down = true })
	res := b.accepted(off(intent("a", "sw1:d1", "sw1:p1")))
	sw.edit(func() { sw.down = false })
	if op := b.wait(res.Operation.ID); op.State != mirror.OpSucceeded || len(sw.ids()) != 0 {
		t.Errorf("operation %+v, device %v", op, sw.ids())
	}
	b.reach("a", mirror.Suspended)
}

func TestARefusedSwitchingOffIsTriedAgain(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	words := "% busy, try later"
	sw.edit(func() {
		sw.refuse = func(c mirror.Change) string {
			if c.After == nil {
				return words
			}
			return ""
		}
	})
	res := b.accepted(off(intent("a", "sw1:d1", "sw1:p1")))
	testkit.Eventually(t, patience, "the refusal is told", func() bool {
		op, err := b.Operation(t.Context(), res.Operation.ID)
		return err == nil && strings.Contains(op.Message, words)
	})
	sw.edit(func() { sw.refuse = nil })
	if op := b.wait(res.Operation.ID); op.State != mirror.OpSucceeded || len(sw.ids()) != 0 {
		t.Errorf("operation %+v, device %v", op, sw.ids())
	}
}

// newUnpluggedBench is two sessions of one native session, one of which has
// lost its source port.
func newUnpluggedBench(t *testing.T) (*bench, *fakeSwitch) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	b.submit("b", "sw1:d1", "sw1:p2")
	sw.unplug("p1")
	v := b.reach("a", mirror.Degraded)
	if c := v.Record.Condition(mirror.CondConfigured); c.Reason != "PortMissing" || !strings.Contains(c.Message, "p1") {
		t.Errorf("condition %+v", c)
	}
	return b, sw
}

func TestAVanishedPortKeepsNoNewNeighbourOut(t *testing.T) {
	b, sw := newUnpluggedBench(t)
	op := b.submit("c", "sw1:d1", "sw1:p3")
	if op.State != mirror.OpSucceeded || sw.sources("d1") != "p2 both, p3 both" {
		t.Errorf("%s %s; d1: %s", op.State, op.Message, sw.sources("d1"))
	}
	b.reach("c", mirror.Active)
	b.reach("b", mirror.Active)
}

func TestAVanishedPortKeepsNoNeighbourIn(t *testing.T) {
	b, sw := newUnpluggedBench(t)
	op := b.remove("b")
	if op.State != mirror.OpSucceeded || sw.sources("d1") != "" {
		t.Errorf("%s %s; d1: %s", op.State, op.Message, sw.sources("d1"))
	}
}

func TestARemovalWaitsForWhatNobodyHeardOf(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Resync = 20 * time.Millisecond }, one())
	sw := b.switches["sw1"]
	sw.edit(func() { // it takes the session and is not heard of again
		sw.dropAfter = 1
		sw.refuse = func(mirror.Change) string { sw.down = true; return "" }
	})
	b.accepted(intent("a", "sw1:d1", "sw1:p1"))
	testkit.Eventually(t, patience, "the device has it", func() bool { return len(sw.ids()) == 1 })
	b.maintain("sw1", true)
	res, err := b.Remove(t.Context(), admin, "a", "")
	if err != nil {
		t.Fatal(err)
	}
	sw.edit(func() { sw.down, sw.refuse = false, nil })
	testkit.Eventually(t, patience, "it is seen that there is something to delete", func() bool {
		v, err := b.Session(t.Context(), "a")
		return err == nil && len(v.Placements) == 1 && strings.Contains(v.Placements[0].Configured.Message, "delete native session")
	})
	if op, err := b.Operation(t.Context(), res.Operation.ID); err != nil || op.State != mirror.OpRunning {
		t.Errorf("operation %+v %v", op, err)
	}
	b.maintain("sw1", false)
	if op := b.wait(res.Operation.ID); op.State != mirror.OpSucceeded || len(sw.ids()) != 0 {
		t.Errorf("operation %+v, device %v", op, sw.ids())
	}
}

func TestAPushThatAlwaysComesTooLateFailsInTheDevicesWords(t *testing.T) {
	words := "timed out: wait on name nm-x"
	b := newBench(t, func(c *engine.Config) {
		wrapConns(c, func(_ mirror.Target, conn worker.Conn) worker.Conn { return changedConn{conn, words} })
	}, one())
	op := b.submit("a", "sw1:d1", "sw1:p1")
	if op.State != mirror.OpFailed || strings.Contains(op.Message, "accepted") || !strings.Contains(op.Message, words) {
		t.Errorf("%s: %s", op.State, op.Message)
	}
}

// newDriftedBench is a session whose drift is only reported, gone from its
// device, and then given another description.
func newDriftedBench(t *testing.T) (*bench, *fakeSwitch, mirror.NativeSession) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	s := intent("a", "sw1:d1", "sw1:p1")
	s.DriftPolicy = mirror.DriftReport
	b.put(s)
	held := sw.native(sw.ids()[0])
	sw.edit(func() { clear(sw.natives) })
	b.reach("a", mirror.Degraded)
	s.Description = "other words"
	if op := b.put(s); op.State != mirror.OpSucceeded {
		t.Fatalf("operation %+v", op)
	}
	return b, sw, held
}

func TestAGenerationIsNotObservedWhileDriftIsOnlyReported(t *testing.T) {
	b, sw, _ := newDriftedBench(t)
	b.settle("sw1")
	v := b.reach("a", mirror.Degraded)
	if v.Record.ObservedGeneration != 1 || v.Record.Generation != 2 || len(sw.ids()) != 0 {
		t.Errorf("generation %d of %d, device %v", v.Record.ObservedGeneration, v.Record.Generation, sw.ids())
	}
}

func TestAGenerationIsObservedOnceReportedDriftIsOver(t *testing.T) {
	b, sw, held := newDriftedBench(t)
	sw.edit(func() { sw.natives[held.ID] = held })
	b.reach("a", mirror.Active)
	testkit.Eventually(t, patience, "generation 2 is observed", func() bool {
		v, err := b.Session(t.Context(), "a")
		return err == nil && v.Record.ObservedGeneration == 2
	})
}

// A refused removal says so for as long as it waits, and a release asks again at
// once, however long the pause is.
func TestARefusedRemovalIsToldAndAskedForAgain(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Timeouts.Retry = time.Hour }, map[string]*fakeSwitch{"sw1": newSwitch("p1", "d1")})
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	asked := 0
	sw.quietly(func() {
		sw.refuse = func(c mirror.Change) string {
			asked++
			return "% Configuration is locked"
		}
	})
	res, err := b.Remove(t.Context(), admin, "a", "")
	if err != nil {
		t.Fatal(err)
	}
	told := func() bool {
		v, err := b.Session(t.Context(), "a")
		c := v.Record.Condition(mirror.CondConfigured)
		return err == nil && c.Status == mirror.False && c.Reason == "Rejected" && strings.Contains(c.Message, "% Configuration is locked")
	}
	testkit.Eventually(t, patience, "the refusal is told", told)
	// The first pauses are short: it is asked again by itself before long.
	times := func() int { n := 0; sw.quietly(func() { n = asked }); return n }
	testkit.Eventually(t, patience, "it is asked again", func() bool { return times() >= 3 })
	b.settle("sw1")
	if !told() {
		t.Error("a later read hides the refusal")
	}
	sw.quietly(func() { sw.refuse = nil })
	if _, err := b.Release(t.Context(), admin, "sw1"); err != nil {
		t.Fatal(err)
	}
	if op := b.wait(res.Operation.ID); op.State != mirror.OpSucceeded {
		t.Errorf("%s: %s", op.State, op.Message)
	}
}
