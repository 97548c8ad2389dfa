package engine_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

func TestWhatIsAdoptedIsKeptAndGoesWithItsIntent(t *testing.T) {
	for _, numbers := range []bool{true, false} {
		t.Run(fmt.Sprint("numbers ", numbers), func(t *testing.T) {
			sw := newSwitch("p1", "p2", "d1", "d2")
			sw.numbered = numbers
			b := newBench(t, nil, map[string]*fakeSwitch{"sw1": sw})
			sw.quietly(func() {
				sw.natives["7"] = mirror.NativeSession{ID: "7", Handle: "row-7", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{"d1"},
					Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.RX}}, Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}}
			})
			res, err := b.Adopt(t.Context(), admin, "sw1", "7", mirror.Session{Name: "taken"})
			if err != nil {
				t.Fatal(err)
			}
			if op := b.wait(res.Operation.ID); op.State != mirror.OpSucceeded {
				t.Fatalf("%s %s", op.State, op.Message)
			}
			if numbers && sw.pushes != 0 {
				t.Errorf("%d pushes", sw.pushes)
			}
			if n := sw.native("7"); n.Spec.Sources[0].Direction != mirror.RX || (n.Mark == "") != numbers && !numbers {
				t.Errorf("on the device %+v", n)
			}
			list, err := b.Observed(t.Context(), engine.ObservedQuery{Device: "sw1"})
			if err != nil || len(list) != 1 || list[0].Owner != "netmirror" || list[0].Guess == "" || !slices.Equal(list[0].Sessions, []string{"taken"}) {
				t.Errorf("observed %+v, %v", list, err)
			}
			sw.damage("d1")
			testkit.Eventually(t, patience, "it is kept", func() bool { return sw.sources("d1") == "p1 rx" && slices.Equal(sw.ids(), []string{"7"}) })
			b.remove("taken")
			if ids := sw.ids(); len(ids) != 0 {
				t.Errorf("left on the device: %v", ids)
			}
		})
	}
}

// foreignSession puts a native session of another hand on a switch.
func (s *fakeSwitch) foreignSession(id, source, dest string) {
	s.quietly(func() {
		s.natives[id] = mirror.NativeSession{ID: id, Handle: "foreign-" + id, Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{mirror.PortName(dest)},
			Sources: []mirror.NativeSource{{Port: mirror.PortName(source), Direction: mirror.RX}}, Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}}
	})
}

// The device may be read again before the rollout of an adoption makes its first
// step: what was adopted is no leftover that has to go.
func TestAnAdoptionIsNoLeftoverBeforeItsFirstStep(t *testing.T) {
	var b *bench
	var armed atomic.Bool
	b = newBench(t, func(c *engine.Config) {
		c.Failpoint = func(step string) {
			if step == "accepted" && armed.Load() {
				b.settle("sw1")
			}
		}
	}, numbered())
	sw := b.switches["sw1"]
	sw.foreignSession("7", "p1", "d1")
	armed.Store(true)
	res, err := b.Adopt(t.Context(), admin, "sw1", "7", mirror.Session{Name: "taken"})
	if err != nil {
		t.Fatal(err)
	}
	b.wait(res.Operation.ID)
	b.settle("sw1")
	if ids := sw.ids(); sw.pushes != 0 || !slices.Equal(ids, []string{"7"}) {
		t.Errorf("%d pushes, on the device %v", sw.pushes, ids)
	}
	b.reach("taken", mirror.Active)
}

// A run that began before an adoption does not know of it, and must not forget
// it for that when it brings the ledger up to date.
func TestAnAdoptionOutlivesTheRunBesideIt(t *testing.T) {
	adopted := make(chan struct{})
	var armed atomic.Bool
	b := newBench(t, func(c *engine.Config) {
		c.Failpoint = func(step string) {
			switch {
			case !armed.Load():
			case step == "claimed": // the worker is about to push, on what it knew before
				<-adopted
			case step == "accepted":
				armed.Store(false)
				close(adopted)
			}
		}
	}, numbered())
	sw := b.switches["sw1"]
	b.submit("other", "sw1:d2", "sw1:p2")
	sw.foreignSession("7", "p1", "d1")
	sw.quietly(func() { sw.damageLocked("d2") })
	armed.Store(true)
	res, err := b.Adopt(t.Context(), admin, "sw1", "7", mirror.Session{Name: "taken"})
	if err != nil {
		t.Fatal(err)
	}
	b.wait(res.Operation.ID)
	b.settle("sw1")
	if ids := sw.ids(); len(ids) != 2 || sw.sources("d1") != "p1 rx" || !slices.Contains(ids, "7") {
		t.Errorf("on the device %v", ids)
	}
	for _, name := range []string{"taken", "other"} {
		b.reach(name, mirror.Active)
	}
	b.remove("taken")
	if ids := sw.ids(); slices.Contains(ids, "7") {
		t.Errorf("left on the device: %v", ids)
	}
}

// What is adopted stays on its device whatever is wrong with it: a rollout that
// fails goes back to what was, and that is the session itself.
func TestAnAdoptionThatIsNotProgrammedStays(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Timeouts.Settle = time.Millisecond }, numbered())
	sw := b.switches["sw1"]
	sw.foreignSession("7", "p1", "d1")
	sw.quietly(func() { sw.programmed = mirror.False })
	res, err := b.Adopt(t.Context(), admin, "sw1", "7", mirror.Session{Name: "taken"})
	if err != nil {
		t.Fatal(err)
	}
	if op := b.wait(res.Operation.ID); op.State != mirror.OpSucceeded {
		t.Errorf("%s: %s", op.State, op.Message)
	}
	b.settle("sw1")
	v := b.reach("taken", mirror.Degraded)
	if c := v.Record.Condition(mirror.CondProgrammed); c.Status != mirror.False {
		t.Errorf("%+v", c)
	}
	if ids := sw.ids(); sw.pushes != 0 || !slices.Equal(ids, []string{"7"}) {
		t.Errorf("%d pushes, on the device %v", sw.pushes, ids)
	}
}
