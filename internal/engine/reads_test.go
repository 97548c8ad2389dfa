package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// quiet silences switches without telling anybody, until the result is called.
func (s *fakeSwitch) quiet() (speak func()) {
	hush := make(chan struct{})
	s.quietly(func() { s.hush = hush })
	return func() { s.quietly(func() { s.hush = nil }); close(hush) }
}

// notReadYet checks that a session says of everything that it is unknown, and
// when its device was last read.
func notReadYet(t *testing.T, v engine.SessionView, from, to time.Time) {
	t.Helper()
	if v.Record.Phase != mirror.Uncertain {
		t.Errorf("phase %s", v.Record.Phase)
	}
	checks := map[string]mirror.Check{}
	for _, typ := range []string{mirror.CondConfigured, mirror.CondProgrammed, mirror.CondPersisted} {
		c := v.Record.Condition(typ)
		checks[typ] = mirror.Check{State: c.Status, Reason: c.Reason, Message: c.Message}
	}
	checks["fragment"] = v.Placements[0].Configured
	for what, c := range checks {
		_, text, _ := strings.Cut(c.Message, "last read at ")
		at, err := time.Parse(time.RFC3339, text)
		if c.State != mirror.Unknown || c.Reason != mirror.ReasonNotReadYet || err != nil || at.Before(from.Truncate(time.Second)) || at.After(to) {
			t.Errorf("%s %+v; read between %v and %v, %v", what, c, from, to, err)
		}
	}
}

func TestNothingIsActiveOnTheStrengthOfAnOldRead(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	before := time.Now()
	b.submit("a", "sw1:d1", "sw1:p1")
	b.reach("a", mirror.Active)
	b.settle("sw1")
	b.stop()
	after := time.Now()
	seen := 0
	speak := sw.quiet()
	tried := sw.tried()
	b.start()
	seen = len(b.events("PhaseChanged"))
	testkit.Eventually(t, patience, "the device is waited for", func() bool { return sw.tried() > tried })
	v, err := b.Session(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	notReadYet(t, v, before, after)
	list, err := b.Sessions(t.Context(), mirror.Page{})
	if err != nil {
		t.Fatal(err)
	}
	notReadYet(t, list[0], before, after)
	if c := b.reachable("sw1"); c.State != mirror.Unknown || c.Reason != mirror.ReasonNotReadYet {
		t.Errorf("reachable %+v", c)
	}
	speak()
	b.reach("a", mirror.Active)
	b.settle("sw1")
	if n := len(b.events("PhaseChanged")); n != seen {
		t.Errorf("%d changes of phase were told because of a restart", n-seen)
	}
}

// A device that was found wanting before is not believed to be well again
// because the other device of its session was read.
func TestAnOldReadMakesNoEvent(t *testing.T) {
	b := newBench(t, nil, map[string]*fakeSwitch{"acc": newSwitch("p1", "t1"), "dist": newSwitch("d1", "t1")})
	s := intent("a", "dist:d1", "acc:p1")
	s.RSPAN = &mirror.RSPAN{VLAN: 900, Transit: []mirror.Transit{{Device: "acc", Trunks: []string{"t1"}}, {Device: "dist", Trunks: []string{"t1"}}}}
	b.put(s)
	b.reach("a", mirror.Active)
	acc, dist := b.switches["acc"], b.switches["dist"]
	acc.edit(func() { acc.down = true })
	b.reach("a", mirror.Uncertain)
	b.stop()
	speak := dist.quiet()
	acc.quietly(func() { acc.down = false })
	b.start()
	seen := len(b.events("PhaseChanged"))
	testkit.Eventually(t, patience, "one device is read", func() bool { return b.reachable("acc").State == mirror.True })
	b.settle("acc")
	if v, err := b.Session(t.Context(), "a"); err != nil || v.Record.Phase != mirror.Uncertain {
		t.Errorf("phase %s, %v", v.Record.Phase, err)
	}
	if n := len(b.events("PhaseChanged")); n != seen {
		t.Errorf("told before all was read: %+v", b.events("PhaseChanged")[seen:])
	}
	speak()
	b.reach("a", mirror.Active)
	testkit.Eventually(t, patience, "it is told", func() bool { return len(b.events("PhaseChanged")) == seen+1 })
}

// However long a device may take to answer, what was read two intervals ago is
// not told as if it held now.
func TestSilenceInMidSessionShows(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Resync = 200 * time.Millisecond; c.Timeouts.Observe = time.Hour }, one())
	b.submit("a", "sw1:d1", "sw1:p1")
	b.reach("a", mirror.Active)
	speak := b.switches["sw1"].quiet()
	v := b.reach("a", mirror.Uncertain)
	if c := v.Record.Condition(mirror.CondConfigured); c.Status != mirror.Unknown || c.Reason != "NotAnswering" {
		t.Errorf("condition %+v", c)
	}
	if c := b.reachable("sw1"); c.State != mirror.False || c.Reason != "NotAnswering" {
		t.Errorf("reachable %+v", c)
	}
	speak()
	b.reach("a", mirror.Active)
}
