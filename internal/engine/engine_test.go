package engine_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

func TestASessionReachesItsDeviceAndLeavesIt(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	sw.foreign("theirs", "d2", "p1")
	op := b.submit("a", "sw1:d1", "sw1:p1", "sw1:p2 rx")
	if op.State != mirror.OpSucceeded || len(op.Steps) != 1 || op.Steps[0].State != "done" || len(op.Transcript) != 1 {
		t.Fatalf("operation %+v", op)
	}
	if got := sw.sources("d1"); got != "p1 both, p2 rx" {
		t.Errorf("on the device: %s", got)
	}
	v := b.reach("a", mirror.Active)
	if v.Record.ObservedGeneration != 1 || v.Placements[0].Mark == "" || v.Placements[0].NativeID != v.Placements[0].Mark {
		t.Errorf("status %+v", v)
	}
	pushes := sw.pushes
	res, err := b.Submit(t.Context(), admin, intent("a", "sw1:d1", "sw1:p1", "sw1:p2 rx"))
	if err != nil || !res.Unchanged || res.View.Record.Generation != 1 || sw.pushes != pushes {
		t.Errorf("the same intent again: %+v %v", res, err)
	}
	if op := b.remove("a"); op.State != mirror.OpSucceeded {
		t.Fatalf("delete %+v", op)
	}
	if got := sw.ids(); !slices.Equal(got, []string{"theirs"}) {
		t.Errorf("left on the device: %v", got)
	}
	if _, err := b.Session(t.Context(), "a"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("the intent is still there: %v", err)
	}
}

func TestSessionsShareOneNativeSession(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1 rx", "sw1:p2")
	b.submit("b", "sw1:d1", "sw1:p1 tx")
	if got := sw.sources("d1"); got != "p1 both, p2 both" || len(sw.ids()) != 1 {
		t.Errorf("united: %s in %v", got, sw.ids())
	}
	b.remove("a")
	if got := sw.sources("d1"); got != "p1 tx" {
		t.Errorf("after deleting one: %s", got)
	}
	b.reach("b", mirror.Active)
	b.remove("b")
	if len(sw.ids()) != 0 {
		t.Errorf("left: %v", sw.ids())
	}
}

func TestOptionsChangeInPlace(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	handle := sw.native(sw.ids()[0]).Handle
	s := intent("a", "sw1:d1", "sw1:p1")
	s.Truncate = 128
	res, err := b.Submit(t.Context(), admin, s)
	if err != nil {
		t.Fatal(err)
	}
	b.wait(res.Operation.ID)
	if ids := sw.ids(); len(ids) != 1 || sw.native(ids[0]).Handle != handle || sw.native(ids[0]).Spec.Options.Truncate != 128 {
		t.Errorf("after the change: %v", ids)
	}
	b.remove("a")
	if len(sw.ids()) != 0 {
		t.Errorf("left: %v", sw.ids())
	}
}

func TestDriftIsRepairedWhenTheDeviceTells(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	id := sw.ids()[0]
	repaired := func() int {
		events, err := b.Events(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, e := range events {
			if e.Type == "DriftRepaired" && e.Session == "a" {
				n++
			}
		}
		return n
	}
	told := 0
	for name, change := range map[string]func(){
		"deleted": func() { delete(sw.natives, id) },
		"changed": func() {
			n := sw.natives[id]
			n.Spec.Sources = []mirror.NativeSource{{Port: "p3", Direction: mirror.RX}}
			sw.natives[id] = n
		},
		"mark wiped": func() {
			n := sw.natives[id]
			n.Mark, n.Instance = "", ""
			sw.natives[id] = n
		},
	} {
		sw.edit(change)
		testkit.Eventually(t, patience, name+" is repaired", func() bool {
			return sw.sources("d1") == "p1 both" && sw.native(id).Mark == id && len(sw.ids()) == 1
		})
		// Drift that comes while a repair is still being told may be told with it.
		told++
		testkit.Eventually(t, patience, name+" is told", func() bool { return repaired() == told })
	}
	b.reach("a", mirror.Active)
}

func TestDriftIsOnlyReportedWhereAskedFor(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	s := intent("a", "sw1:d1", "sw1:p1")
	s.DriftPolicy = mirror.DriftReport
	res, err := b.Submit(t.Context(), admin, s)
	if err != nil {
		t.Fatal(err)
	}
	b.wait(res.Operation.ID)
	pushes := sw.pushes
	sw.edit(func() { clear(sw.natives) })
	v := b.reach("a", mirror.Degraded)
	c := v.Record.Condition(mirror.CondConfigured)
	if c.Status != mirror.False || c.Reason != "Drift" || !strings.Contains(c.Message, "missing") || sw.pushes != pushes {
		t.Errorf("condition %+v, %d pushes", c, sw.pushes-pushes)
	}
}

func TestALostConnectionIsRepairedByTheNextRun(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	sw.edit(func() { sw.dropAfter = 1 })
	op := b.submit("a", "sw1:d1", "sw1:p1")
	if op.State != mirror.OpSucceeded || len(sw.ids()) != 1 {
		t.Fatalf("operation %+v, device %v", op, sw.ids())
	}
}

func TestAnUnreachableDeviceRefusesNewSessionsAndKeepsOldOnes(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Resync = 50 * time.Millisecond }, one())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	sw.edit(func() { sw.down = true })
	_, err := b.Submit(t.Context(), admin, intent("b", "sw1:d2", "sw1:p2"))
	if !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("submit: %v", err)
	}
	if _, err := b.Session(t.Context(), "b"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("it was stored: %v", err)
	}
	v := b.reach("a", mirror.Uncertain)
	if c := v.Record.Condition(mirror.CondConfigured); c.Status != mirror.Unknown || c.Reason != "Unreachable" {
		t.Errorf("condition %+v", c)
	}
	res, err := b.Remove(t.Context(), admin, "a", "")
	if err != nil {
		t.Fatal(err)
	}
	if b.phase("a") != mirror.Deleting {
		t.Errorf("phase %s", b.phase("a"))
	}
	sw.edit(func() { sw.down = false })
	if op := b.wait(res.Operation.ID); op.State != mirror.OpSucceeded || len(sw.ids()) != 0 {
		t.Errorf("delete %+v, device %v", op, sw.ids())
	}
}

func TestUnreadableOutputCostsNobodyASession(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Resync = 20 * time.Millisecond }, one())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	pushes := sw.pushes
	sw.edit(func() { sw.unreadable = true })
	v := b.reach("a", mirror.Uncertain)
	if c := v.Record.Condition(mirror.CondConfigured); c.Status != mirror.Unknown || c.Reason != "NotUnderstood" {
		t.Errorf("condition %+v", c)
	}
	sw.edit(func() { sw.unreadable = false })
	b.reach("a", mirror.Active)
	if sw.pushes != pushes {
		t.Errorf("%d pushes", sw.pushes-pushes)
	}
}

func TestOrphanReleasesWithoutTheDevice(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	s := intent("a", "sw1:d1", "sw1:p1")
	s.DeletePolicy = mirror.DeleteOrphan
	res, err := b.Submit(t.Context(), admin, s)
	if err != nil {
		t.Fatal(err)
	}
	b.wait(res.Operation.ID)
	sw.edit(func() { sw.down = true })
	if op := b.remove("a"); op.State != mirror.OpSucceeded {
		t.Errorf("delete %+v", op)
	}
	sw.edit(func() { sw.down = false })
	if _, err := b.Sync(t.Context(), admin, "sw1"); err != nil {
		t.Fatal(err)
	}
	if len(sw.ids()) != 1 {
		t.Errorf("on the device: %v", sw.ids())
	}
	// Asked for again, it is taken over, not doubled.
	b.submit("a", "sw1:d1", "sw1:p1", "sw1:p2")
	if got := sw.sources("d1"); got != "p1 both, p2 both" || len(sw.ids()) != 1 {
		t.Errorf("on the device: %s in %v", got, sw.ids())
	}
}

func TestObserveModePushesNothing(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Mode = mirror.ModeObserve }, one())
	res, err := b.Submit(t.Context(), admin, intent("a", "sw1:d1", "sw1:p1"))
	if err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, patience, "the wish is told", func() bool {
		v, err := b.Session(t.Context(), "a")
		return err == nil && v.Record.Condition(mirror.CondConfigured).Reason == "NotPushed"
	})
	if op := b.wait(res.Operation.ID); op.State != mirror.OpRunning || op.Waits != "the controller runs in observe mode" || b.switches["sw1"].pushes != 0 {
		t.Errorf("operation %+v, %d pushes", op, b.switches["sw1"].pushes)
	}
}

// Whoever waits for a rollout hears at once that nothing is pushed until somebody acts, and
// why; what was not pushed says nothing of what is asked for next.
func TestADeviceInObserveModeIsNotWaitedFor(t *testing.T) {
	b := newBench(t, nil, one())
	set := func(mode string, maintenance bool) {
		t.Helper()
		v, err := b.Device(t.Context(), "sw1")
		if err != nil {
			t.Fatal(err)
		}
		d := v.Device
		d.Mode, d.Maintenance = mode, maintenance
		if _, _, err := b.PutDevice(t.Context(), admin, d); err != nil {
			t.Fatal(err)
		}
	}
	set(mirror.ModeObserve, false)
	s := intent("a", "sw1:d1", "sw1:p1")
	for _, c := range []struct {
		enabled bool
		waits   string
		state   mirror.OperationState
	}{{true, "sw1 is in observe mode", mirror.OpRunning}, {false, "", mirror.OpSucceeded}, {true, "sw1 is in observe mode", mirror.OpRunning}} {
		s.Enabled = c.enabled
		if op := b.put(s); op.Waits != c.waits || op.State != c.state {
			t.Errorf("enabled %v: operation %+v", c.enabled, op)
		}
	}
	set(mirror.ModeFull, true)
	s.Truncate = 64
	op := b.put(s)
	if op.Waits != "sw1 is under maintenance" || b.switches["sw1"].pushes != 0 {
		t.Errorf("operation %+v, %d pushes", op, b.switches["sw1"].pushes)
	}
	set(mirror.ModeFull, false)
	testkit.Eventually(t, patience, "it goes on", func() bool {
		op, err := b.Operation(t.Context(), op.ID)
		return err == nil && op.State == mirror.OpSucceeded && op.Waits == ""
	})
}

func TestNumberedPlatformsCountFromTheTop(t *testing.T) {
	sw := newSwitch("p1", "p2", "p3", "d1", "d2", "d3")
	sw.numbered = true
	b := newBench(t, nil, map[string]*fakeSwitch{"sw1": sw})
	sw.foreign("66", "d2", "p2")
	b.submit("a", "sw1:d1", "sw1:p1")
	if got := sw.ids(); !slices.Equal(got, []string{"65", "66"}) {
		t.Fatalf("on the device: %v", got)
	}
	s := intent("a", "sw1:d1", "sw1:p1", "sw1:p2 rx")
	s.Truncate = 64 // another mark, the same number
	res, err := b.Submit(t.Context(), admin, s)
	if err != nil {
		t.Fatal(err)
	}
	b.wait(res.Operation.ID)
	if got := sw.ids(); !slices.Equal(got, []string{"65", "66"}) || sw.sources("d1") != "p1 both, p2 rx" {
		t.Errorf("on the device: %v %s", got, sw.sources("d1"))
	}
	sw.edit(func() { delete(sw.natives, "65") })
	testkit.Eventually(t, patience, "the same number again", func() bool { return slices.Equal(sw.ids(), []string{"65", "66"}) })
	b.reach("a", mirror.Active)
	b.remove("a")
	if got := sw.ids(); !slices.Equal(got, []string{"66"}) {
		t.Errorf("left: %v", got)
	}
}

func TestARestartContinues(t *testing.T) {
	sw := newSwitch("p1", "p2", "d1")
	b := newBench(t, nil, map[string]*fakeSwitch{"sw1": sw})
	sw.edit(func() { sw.dropAfter = 1; sw.refuse = func(mirror.Change) string { return "" } })
	res, err := b.Submit(t.Context(), admin, intent("a", "sw1:d1", "sw1:p1"))
	if err != nil {
		t.Fatal(err)
	}
	b.stop()
	b.start()
	if op := b.wait(res.Operation.ID); op.State != mirror.OpSucceeded || len(sw.ids()) != 1 {
		t.Errorf("operation %+v, device %v", op, sw.ids())
	}
	b.reach("a", mirror.Active)
}

func TestARolloutReadsTheDeviceTwice(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	b.settle("sw1")
	before := sw.readings()
	b.submit("a", "sw1:d1", "sw1:p1")
	if n := sw.readings() - before; n != 2 {
		t.Errorf("%d reads: one to check the intent on, one to verify the push", n)
	}
}

// What takes away rests on a read of now, however new the last one is.
func TestARemovalReadsFirst(t *testing.T) {
	for name, ask := range map[string]func(b *bench){
		"delete": func(b *bench) { b.remove("a") },
		"change": func(b *bench) { b.submit("a", "sw1:d1", "sw1:p2") },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(c *engine.Config) { c.Timeouts.Fresh = time.Hour }, one())
			sw := b.switches["sw1"]
			b.submit("a", "sw1:d1", "sw1:p1")
			b.settle("sw1")
			var mu sync.Mutex
			reads, pushed := 0, false // between the request and the push
			sw.quietly(func() {
				before := sw.reads
				sw.refuse = func(mirror.Change) string {
					mu.Lock()
					defer mu.Unlock()
					if !pushed {
						reads, pushed = sw.reads-before, true
					}
					return ""
				}
			})
			ask(b)
			mu.Lock()
			defer mu.Unlock()
			if want := map[string]int{"delete": 1, "change": 2}[name]; reads < want {
				t.Errorf("%d reads before the push, want %d", reads, want)
			}
		})
	}
}
