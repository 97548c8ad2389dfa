package engine_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// listed is a device as an inventory file lists it.
func listed(name, platform string) mirror.Device {
	return mirror.Device{Name: name, Platform: platform,
		Transports: mirror.Transports{Config: mirror.Transport{Protocol: "fake", Address: "127.0.0.1"}}}
}

func (b *bench) imports(devices ...mirror.Device) {
	b.t.Helper()
	if err := b.Import(b.t.Context(), "file", devices, nil); err != nil {
		b.t.Fatal(err)
	}
}

// newRetiredBench is a session on a device whose entry then vanished.
func newRetiredBench(t *testing.T) *bench {
	b := newBench(t, nil, map[string]*fakeSwitch{})
	b.switches["sw1"] = newSwitch("p1", "d1")
	b.imports(listed("sw1", "fake"))
	testkit.Eventually(t, patience, "sw1 is read", func() bool { return b.reachable("sw1").State == mirror.True })
	b.submit("a", "sw1:d1", "sw1:p1")
	b.reach("a", mirror.Active)
	b.imports()
	return b
}

func (b *bench) reachable(device string) mirror.Check {
	v, err := b.Device(b.t.Context(), device)
	if err != nil {
		return mirror.Check{Message: err.Error()}
	}
	return v.State.Reachable
}

func TestNothingIsKnownOfARetiredDevice(t *testing.T) {
	b := newRetiredBench(t)
	v := b.reach("a", mirror.Uncertain)
	if c := v.Record.Condition(mirror.CondConfigured); c.Status != mirror.Unknown || c.Reason != "Retired" {
		t.Errorf("condition %+v", c)
	}
	if c := b.reachable("sw1"); c.State != mirror.Unknown || c.Reason != "Retired" {
		t.Errorf("reachable %+v", c)
	}
}

func TestASessionOnARetiredDeviceIsLetGoOf(t *testing.T) {
	b := newRetiredBench(t)
	if op := b.release("a"); op.State != mirror.OpSucceeded {
		t.Errorf("release %+v", op)
	}
	if _, err := b.Session(t.Context(), "a"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("the intent is still there: %v", err)
	}
	if ids := b.switches["sw1"].ids(); len(ids) != 1 {
		t.Errorf("on the device: %v", ids)
	}
}

func TestAnImportBesideTheStartIsDriven(t *testing.T) {
	spy := &spyStore{}
	seen, resume := make(chan struct{}), make(chan struct{})
	open := sync.OnceFunc(func() { close(resume) })
	var again atomic.Bool
	spy.listed = func() { // Run has listed the devices, and has not started their workers
		if !again.Swap(true) {
			close(seen)
			<-resume
		}
	}
	sw := newSwitch("p1", "d1")
	sw.later = true
	b := newBench(t, nil, map[string]*fakeSwitch{"sw1": sw})
	b.stop()
	t.Cleanup(open)
	b.config = func(c *engine.Config) { spy.Store, c.Store = c.Store, spy }
	imported := make(chan error, 1)
	go func() {
		defer open()
		<-seen
		imported <- b.Import(context.WithoutCancel(t.Context()), "file", []mirror.Device{listed("sw1", "fake")}, nil)
	}()
	b.start()
	if err := <-imported; err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, patience, "sw1 is read", func() bool { return b.reachable("sw1").State == mirror.True })
}

func TestAnImportWithAFaultStoresNothing(t *testing.T) {
	b := newBench(t, nil, map[string]*fakeSwitch{})
	b.switches["x1"] = newSwitch("p1")
	err := b.Import(t.Context(), "file", []mirror.Device{listed("x1", "fake"), listed("x2", "nonesuch")}, nil)
	var refusal *mirror.Refusal
	if !errors.As(err, &refusal) || len(refusal.Reasons) != 1 || refusal.Reasons[0].Pointer != "/devices/1/platform" {
		t.Errorf("import: %v", err)
	}
	if _, err := b.Device(t.Context(), "x1"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("the device beside the fault was stored: %v", err)
	}
}

func TestTheEngineStopsWhileAWorkerIsReplaced(t *testing.T) {
	b, g := newGatedBench(t, nil, one())
	b.change("sw1", func(d *mirror.Device) { d.Labels = map[string]string{"site": "b"} })
	stopped := make(chan struct{})
	go func() { defer close(stopped); b.stop() }()
	testkit.Eventually(t, patience, "the engine is stopping", func() bool { return b.Ready(t.Context()) != nil })
	g.open()
	<-stopped
}

func TestADeviceThatIsMadeAgainHasOneWorkerAtATime(t *testing.T) {
	switches := one()
	switches["sw2"] = newSwitch("p1")
	b, g := newGatedBench(t, nil, switches)
	if err := b.DeleteDevice(t.Context(), admin, "sw1"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.PutDevice(t.Context(), admin, listed("sw1", "fake")); err != nil {
		t.Fatal(err)
	}
	// As long as it takes to replace another device's worker and have it read
	// several times, a second worker of sw1 would have begun as well.
	b.change("sw2", func(d *mirror.Device) { d.Labels = map[string]string{"site": "b"} })
	b.settle("sw2")
	b.settle("sw2")
	g.open()
	b.settle("sw1")
	if n := g.most.Load(); n != 1 {
		t.Errorf("%d workers read the device at a time", n)
	}
}

func TestASubmitOutlivesTheReplacementOfItsWorker(t *testing.T) {
	spy := &spyStore{}
	b, g := newGatedBench(t, func(c *engine.Config) { spy.Store, c.Store = c.Store, spy }, one())
	done := make(chan error, 1)
	views := spy.views.Load()
	go func() {
		_, err := b.Submit(context.Background(), admin, intent("a", "sw1:d1", "sw1:p1"))
		done <- err
	}()
	// It looks for the session, then for tools, then waits for the device.
	testkit.Eventually(t, patience, "the submit waits for its device", func() bool { return spy.views.Load() >= views+2 })
	b.change("sw1", func(d *mirror.Device) { d.Labels = map[string]string{"site": "b"} })
	g.open()
	if err := <-done; err != nil {
		t.Errorf("submit while a label of its device is changed: %v", err)
	}
}

func TestEmptyListsAreNoChange(t *testing.T) {
	b := newBench(t, nil, one())
	s := intent("a", "sw1:d1", "sw1:p1")
	b.put(s)
	s.Labels, s.FilterVLANs = map[string]string{}, []int{}
	if res := b.accepted(s); !res.Unchanged || res.View.Record.Generation != 1 {
		t.Errorf("session: unchanged %v, generation %d", res.Unchanged, res.View.Record.Generation)
	}
	before, err := b.Device(t.Context(), "sw1")
	if err != nil {
		t.Fatal(err)
	}
	b.change("sw1", func(d *mirror.Device) { d.Labels = map[string]string{} })
	after, err := b.Device(t.Context(), "sw1")
	if err != nil || after.Version != before.Version {
		t.Errorf("device: version %d, then %d, %v", before.Version, after.Version, err)
	}
}

func TestAVersionIsNotGivenToTheNextSessionOfThatName(t *testing.T) {
	b := newBench(t, nil, one())
	b.submit("a", "sw1:d1", "sw1:p1")
	stale := b.reach("a", mirror.Active).Record.Generation
	b.remove("a")
	b.submit("a", "sw1:d2", "sw1:p3")
	_, err := b.Submit(t.Context(), engine.Write{Actor: admin.Actor, IfMatch: &stale}, intent("a", "sw1:d1", "sw1:p1"))
	if !errors.Is(err, mirror.ErrPrecondition) {
		t.Errorf("a write on condition of the deleted session's version: %v", err)
	}
}
