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

// use changes, past everybody's knowledge, what speaks against a port.
func (s *fakeSwitch) use(port mirror.PortName, uses ...mirror.PortUse) {
	s.quietly(func() {
		s.ports = slices.Clone(s.ports)
		for i := range s.ports {
			if s.ports[i].Name == port {
				s.ports[i].Uses = uses
			}
		}
	})
}

var (
	aTrunk = mirror.PortUse{Kind: "trunk", Detail: "switchport mode trunk"}
	aHost  = mirror.PortUse{Kind: "learned", Detail: "1 learned MAC address"}
)

// The read on which a session is accepted names its destination, with what
// passes there, and the push that follows needs no other.
func TestADestinationIsNamedInTheReadBeforeThePush(t *testing.T) {
	// Reads are counted, so nothing may ask for one but the test: neither a teller of
	// changes that begins late, nor a read that is old because the machine is slow.
	b, sw, l := newLookingBench(t, func(c *engine.Config) { polled(c); c.Timeouts.Fresh = time.Hour })
	b.settle("sw1")
	l.mu.Lock()
	l.all = nil
	l.mu.Unlock()
	b.submit("s", "sw1:d1", "sw1:p1 rx")
	l.mu.Lock()
	reads := slices.Clone(l.all)
	l.mu.Unlock()
	d1 := []mirror.PortName{"d1"}
	if len(reads) != 2 || !slices.Equal(reads[0].Ports, d1) || !slices.Equal(reads[0].Traffic, d1) || len(reads[1].Ports) != 0 {
		t.Errorf("reads %+v: want one that names d1, and one after the push", reads)
	}
	// Where copies of ours end already, or at a tool's port, traffic forbids nothing.
	if _, _, err := b.PutTool(t.Context(), admin, mirror.Tool{Name: "probe", Device: "sw1", Interface: "d2"}); err != nil {
		t.Fatal(err)
	}
	sw.use("d1", aHost)
	sw.use("d2", aHost)
	for _, s := range []mirror.Session{intent("s2", "sw1:d1", "sw1:p2 rx"), intent("s3", "sw1:d2", "sw1:p3 rx")} {
		if op := b.put(s); op.State != mirror.OpSucceeded {
			t.Errorf("%s: %+v", s.Name, op)
		}
		v, err := b.Session(t.Context(), s.Name)
		told := slices.DeleteFunc(slices.Clone(v.Record.Warnings), ofLoad)
		if err != nil || len(told) != 1 || !strings.Contains(told[0].Message, aHost.Detail) {
			t.Errorf("%s: warnings %+v, %v", s.Name, told, err)
		}
	}
	sw.quietly(func() {
		sw.ports = append(slices.Clone(sw.ports), mirror.Port{Name: "d3", Up: mirror.True, Admin: mirror.True, Uses: []mirror.PortUse{aHost}})
	})
	n := sw.readings()
	if got := b.refused(intent("s4", "sw1:d3", "sw1:p1 rx")); !slices.Contains(got, "/destinations/0 destination-guard") {
		t.Errorf("the first session on a busy port: %v", got)
	}
	if got := sw.readings(); got != n+1 {
		t.Errorf("%d reads for a refusal on facts of now, want one", got-n)
	}
}

// A goal that waited, and a repair, are decided about again before their push.
func TestTheGuardDecidesBeforeEachPush(t *testing.T) {
	switches := one()
	sw := switches["sw1"]
	b := newBench(t, nil, switches)
	b.maintain("sw1", true)
	res := b.accepted(intent("s", "sw1:d1", "sw1:p1 rx"))
	sw.use("d1", aTrunk)
	b.maintain("sw1", false)
	op := b.wait(res.Operation.ID)
	if op.State != mirror.OpFailed || !strings.Contains(op.Message, aTrunk.Detail) || len(sw.ids()) != 0 {
		t.Errorf("a queued goal: %+v, the switch holds %v", op, sw.ids())
	}
	b.reach("s", mirror.Failed)
	sw.use("d1")
	b.remove("s")
	b.submit("s", "sw1:d1", "sw1:p1 rx")
	id := sw.ids()[0]
	gone := func(uses ...mirror.PortUse) {
		sw.use("d1", uses...)
		sw.quietly(func() { delete(sw.natives, id) })
		b.settle("sw1")
	}
	gone(aTrunk)
	v := b.reach("s", mirror.Degraded)
	if c := v.Record.Condition(mirror.CondConfigured); c.Reason != "DestinationInUse" || !strings.Contains(c.Message, aTrunk.Detail) || len(sw.ids()) != 0 {
		t.Errorf("a repair: %+v, the switch holds %v", c, sw.ids())
	}
	gone(aHost)
	testkit.Eventually(t, patience, "the repair", func() bool { return len(sw.ids()) == 1 })
	b.reach("s", mirror.Active)
	// What another session says by force holds for the port that they share.
	forced := intent("s2", "sw1:d1", "sw1:p2 rx")
	forced.Force = true
	sw.use("d1", aTrunk)
	if op := b.put(forced); op.State != mirror.OpSucceeded {
		t.Errorf("by force: %+v", op)
	}
	gone(aTrunk)
	testkit.Eventually(t, patience, "the repair by force", func() bool { return len(sw.ids()) == 1 })
}
