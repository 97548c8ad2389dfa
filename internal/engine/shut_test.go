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

// shut shuts down what copies to a port, as a person would.
func (s *fakeSwitch) shut(dest string) {
	s.edit(func() {
		for id, n := range s.natives {
			if slices.Contains(n.Spec.Destinations, mirror.PortName(dest)) {
				n.Spec.Shut = true
				s.natives[id] = n
			}
		}
	})
}

// A session of ours that was shut by hand is opened again as it stands, by an
// ordinary change.
func TestASessionShutByHandIsOpenedInPlace(t *testing.T) {
	b := newBench(t, nil, numbered())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	ids := sw.ids()
	sw.shut("d1")
	testkit.Eventually(t, patience, "it is opened", func() bool { return len(b.events("DriftRepaired")) > 0 })
	b.reach("a", mirror.Active)
	n := sw.native(ids[0])
	if !slices.Equal(sw.ids(), ids) || n.Spec.Shut || !slices.Equal(sw.order, []string{"create local", "change local"}) {
		t.Errorf("on the device %v, shut %v, after %v", sw.ids(), n.Spec.Shut, sw.order)
	}
	if e := b.events("DriftRepaired")[0]; !strings.Contains(e.Message, "shut down") {
		t.Errorf("told %q", e.Message)
	}
}

// One that is to be reported only stays shut, and says so.
func TestASessionShutByHandIsReported(t *testing.T) {
	b := newBench(t, nil, numbered())
	sw := b.switches["sw1"]
	s := intent("a", "sw1:d1", "sw1:p1")
	s.DriftPolicy = mirror.DriftReport
	b.put(s)
	sw.shut("d1")
	v := b.reach("a", mirror.Degraded)
	if c := v.Record.Condition(mirror.CondConfigured); c.Reason != "Drift" || !strings.Contains(c.Message, "shut down") {
		t.Errorf("%+v", c)
	}
	if n := sw.native(sw.ids()[0]); !n.Spec.Shut {
		t.Error("it was opened")
	}
}

// A foreign session that is shut down can be adopted: it is opened, and that is said.
func TestAShutSessionCanBeAdopted(t *testing.T) {
	b := newBench(t, nil, numbered())
	sw := b.switches["sw1"]
	sw.foreignSession("7", "p1", "d1")
	sw.shut("d1")
	b.settle("sw1")
	res, err := b.Adopt(t.Context(), admin, "sw1", "7", mirror.Session{Name: "taken"})
	if err != nil {
		t.Fatal(err)
	}
	if op := b.wait(res.Operation.ID); op.State != mirror.OpSucceeded {
		t.Fatalf("%s: %s", op.State, op.Message)
	}
	v := b.reach("taken", mirror.Active)
	if n := sw.native("7"); n.Spec.Shut || !slices.Equal(sw.ids(), []string{"7"}) {
		t.Errorf("on the device %v, shut %v", sw.ids(), n.Spec.Shut)
	}
	if !slices.ContainsFunc(v.Record.Warnings, func(r mirror.Reason) bool { return r.Code == "shut-down" }) {
		t.Errorf("warnings %+v", v.Record.Warnings)
	}
}

// A device that waits for a route has done its part: the rollout succeeds, the
// session is neither drift nor failed, and its status has the device's words.
func TestADeviceThatWaitsFailsNoRollout(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Timeouts.Settle = time.Millisecond }, one())
	sw := b.switches["sw1"]
	sw.edit(func() { sw.programmed, sw.waits = mirror.False, "No route to destination IP address" })
	if op := b.submit("a", "sw1:d1", "sw1:p1"); op.State != mirror.OpSucceeded {
		t.Fatalf("operation %+v", op)
	}
	v := b.reach("a", mirror.Active)
	if c := v.Record.Condition(mirror.CondProgrammed); c.Status != mirror.Unknown || c.Reason != "Waiting" || !strings.Contains(c.Message, "No route to destination") {
		t.Errorf("%+v", c)
	}
	b.settle("sw1")
	if sw.pushes != 1 {
		t.Errorf("%d pushes", sw.pushes)
	}
	sw.edit(func() { sw.programmed, sw.waits = mirror.True, "" })
	testkit.Eventually(t, patience, "the route is there", func() bool {
		v, err := b.Session(t.Context(), "a")
		return err == nil && v.Record.Condition(mirror.CondProgrammed).Status == mirror.True
	})
}
