package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// A session that the device shows in two ways is no drift: where it is ours
// nothing is repaired, and the status says why; where it is another hand's it
// holds up nothing.
func TestADisputedSessionIsNotRepaired(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Resync = 20 * time.Millisecond }, one())
	sw := b.switches["sw1"]
	sw.foreign("1", "p9", "p8")
	dispute := func(id string, on bool) {
		sw.edit(func() {
			n := sw.natives[id]
			if n.Disputed, n.Opaque = on, ""; on {
				n.Opaque = "two commands disagree"
			}
			sw.natives[id] = n
		})
	}
	dispute("1", true)
	b.submit("a", "sw1:d1", "sw1:p1")
	pushes, ours := sw.pushes, ""
	for _, id := range sw.ids() {
		if id != "1" {
			ours = id
		}
	}
	dispute(ours, true)
	v := b.reach("a", mirror.Uncertain)
	if c := v.Record.Condition(mirror.CondConfigured); c.Status != mirror.Unknown || c.Reason != "NotUnderstood" || !strings.Contains(c.Message, "two commands disagree") {
		t.Errorf("condition %+v", c)
	}
	dispute(ours, false)
	b.reach("a", mirror.Active)
	if sw.pushes != pushes {
		t.Errorf("%d pushes", sw.pushes-pushes)
	}
}

// dispute makes a switch show a session in two ways, or in one again with nil.
func (s *fakeSwitch) dispute(id string, other func(*mirror.NativeSpec)) {
	s.edit(func() {
		n := s.natives[id]
		n.Disputed, n.Opaque, n.Other = other != nil, "", nil
		if other != nil {
			spec := n.Spec.Normalize()
			other(&spec)
			n.Opaque, n.Other = "two commands disagree", &spec
		}
		s.natives[id] = n
	})
}

// A disputed session waits alone: others of the device are made, repaired and
// deleted, and a session that would end its copies there waits too.
func TestADisputedSessionWaitsAlone(t *testing.T) {
	for _, numbered := range []bool{true, false} {
		b := newBench(t, func(c *engine.Config) { c.Resync = 20 * time.Millisecond }, one())
		sw := b.switches["sw1"]
		sw.numbered = numbered
		b.change("sw1", func(d *mirror.Device) {
			if numbered {
				d.Platform = "numbered"
			}
		})
		b.submit("a", "sw1:d1", "sw1:p1")
		a := sw.ids()[0]
		sw.dispute(a, func(o *mirror.NativeSpec) { o.Sources = nil })
		waits := func(phase mirror.Phase) {
			t.Helper()
			v := b.reach("a", phase)
			if c := v.Record.Condition(mirror.CondConfigured); c.Status != mirror.Unknown || c.Reason != "NotUnderstood" || !strings.Contains(c.Message, "two commands disagree") {
				t.Errorf("condition %+v", c)
			}
		}
		waits(mirror.Uncertain)
		if c := b.reachable("sw1"); c.State != mirror.True {
			t.Errorf("the device: %+v", c)
		}
		if op := b.submit("b", "sw1:d2", "sw1:p2"); op.State != mirror.OpSucceeded {
			t.Errorf("another: %+v", op)
		}
		for _, id := range sw.ids() {
			if id != a {
				sw.edit(func() { delete(sw.natives, id) })
			}
		}
		testkit.Eventually(t, patience, "the repair of another", func() bool { return sw.sources("d2") == "p2 both" })
		if op := b.remove("b"); op.State != mirror.OpSucceeded {
			t.Errorf("deletion of another: %+v", op)
		}
		changed := intent("a", "sw1:d1", "sw1:p1")
		changed.Truncate = 128
		b.accepted(changed)
		res, err := b.Remove(t.Context(), admin, "a", "")
		if err != nil {
			t.Fatal(err)
		}
		waits(mirror.Deleting)
		b.settle("sw1")
		if ids := sw.ids(); len(ids) != 1 || ids[0] != a || sw.native(a).Spec.Options.Truncate != 0 {
			t.Errorf("the switch holds %v: %+v", ids, sw.native(a))
		}
		if n := len(b.events("DriftSeen")); n > 1 {
			t.Errorf("%d times drift", n)
		}
		sw.dispute(a, nil)
		if op := b.wait(res.Operation.ID); op.State != mirror.OpSucceeded || len(sw.ids()) != 0 {
			t.Errorf("deletion: %+v, left %v", op, sw.ids())
		}
	}
}

// What of a disputed session is ours goes by its content where both views show it
// alike; what another hand has there stays.
func TestADisputedSessionIsDeletedWhereOursIsCertain(t *testing.T) {
	switches := one()
	sw := switches["sw1"]
	sw.numbered = true
	b := newBench(t, func(c *engine.Config) { c.Resync = 20 * time.Millisecond }, switches)
	b.submit("a", "sw1:d1", "sw1:p1")
	id := sw.ids()[0]
	theirs := mirror.NativeSource{Port: "p3", Direction: mirror.RX}
	sw.edit(func() {
		n := sw.natives[id]
		n.Disputed, n.Opaque = true, "two commands disagree"
		other := n.Spec
		n.Spec.Sources = append(slices.Clone(n.Spec.Sources), theirs)
		n.Other = &other
		sw.natives[id] = n
	})
	b.reach("a", mirror.Uncertain)
	if op := b.remove("a"); op.State != mirror.OpSucceeded {
		t.Errorf("%+v", op)
	}
	if got := sw.native(id).Spec; len(got.Sources) != 1 || got.Sources[0] != theirs || len(got.Destinations) != 0 {
		t.Errorf("left: %+v", got)
	}
}
