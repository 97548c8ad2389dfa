package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

const megabit = 1_000_000

// A loaded bench has ports that carry traffic, in frames of 1,000 octets, and a
// destination of 10 Mbit/s at d1 of sw1.
type loadedBench struct {
	*bench
	mu   sync.Mutex
	load map[string]map[mirror.Direction]float64 // bits per second by port of any switch
}

// newLoadedBench has a hold so short that no test waits for it.
func newLoadedBench(t *testing.T, switches map[string]*fakeSwitch) *loadedBench {
	t.Helper()
	return &loadedBench{load: map[string]map[mirror.Direction]float64{},
		bench: newBench(t, func(c *engine.Config) { c.Timeouts.Relief = time.Millisecond }, switches)}
}

func (b *loadedBench) carries(port string, rx, tx float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.load[port] = map[mirror.Direction]float64{mirror.RX: rx * megabit, mirror.TX: tx * megabit}
}

func (b *loadedBench) flow(port string, d mirror.Direction, truncate int) capacity.Flow {
	b.mu.Lock()
	defer b.mu.Unlock()
	frames := b.load[port][d] / 8 / 1020
	octets := 1000.0
	if truncate > 0 {
		octets = float64(min(truncate, 1000))
	}
	return capacity.Flow{Octets: frames * octets, Frames: frames}
}

// offered is what the switch really copies to a port.
func (b *loadedBench) offered(port string) (out mirror.BitsPerSecond) {
	sw := b.switches["sw1"]
	sw.mu.Lock()
	defer sw.mu.Unlock()
	for _, n := range sw.natives {
		if !slices.Contains(n.Spec.Destinations, mirror.PortName(port)) {
			continue
		}
		for _, s := range n.Spec.Sources {
			for _, d := range []mirror.Direction{mirror.RX, mirror.TX} {
				if s.Direction == d || s.Direction == mirror.Both {
					out += b.flow(string(s.Port), d, n.Spec.Options.Truncate).Wire()
				}
			}
		}
	}
	return out
}

// measure is one sample of the destination.
func (b *loadedBench) measure() {
	b.Measured([]capacity.EndLoad{{End: capacity.End{Device: "sw1", Port: "d1"}, At: time.Now(), Capacity: 10 * megabit, Offered: b.offered("d1"), Known: true}},
		func(_ string, port mirror.PortName) (in, out capacity.Flow, known bool) {
			return b.flow(string(port), mirror.RX, 0), b.flow(string(port), mirror.TX, 0), true
		})
}

// until measures until something is so.
func (b *loadedBench) until(what string, cond func() bool) {
	b.t.Helper()
	testkit.Eventually(b.t, patience, what, func() bool {
		b.measure()
		return cond()
	})
}

// settled waits until no rollout is open.
func (b *loadedBench) settled() {
	b.t.Helper()
	testkit.Eventually(b.t, patience, "rollouts end", func() bool {
		views, err := b.Sessions(b.t.Context(), mirror.Page{})
		if err != nil {
			b.t.Fatal(err)
		}
		for _, v := range views {
			op, err := b.Operation(b.t.Context(), v.Record.Operation)
			if err != nil {
				b.t.Fatal(err)
			}
			if op.State.Open() {
				return false
			}
		}
		return true
	})
}

func relievable(s mirror.Session, priority int, ladder ...string) mirror.Session {
	s.Priority = priority
	if len(ladder) > 0 {
		s.OnOverload = &mirror.OnOverload{Action: mirror.OverloadRelieve, Ladder: ladder}
	}
	return s
}

// inForce reads "rx-only, suspend".
func (b *bench) inForce(session string) string {
	b.t.Helper()
	v, err := b.Session(b.t.Context(), session)
	if err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, s := range v.Record.Relief.Clone().Steps {
		out = append(out, s.String())
	}
	return strings.Join(out, ", ")
}

// Too much is offered: rung by rung is taken until it fits; when the load is gone the
// session is as asked. A repair fights nothing of it.
func TestAnOversubscribedDestinationIsRelieved(t *testing.T) {
	b := newLoadedBench(t, one())
	sw := b.switches["sw1"]
	b.carries("p1", 6, 19)
	b.put(relievable(intent("a", "sw1:d1", "sw1:p1"), 50, "rx-only", "suspend"))
	b.until("what enters alone is copied", func() bool { return sw.sources("d1") == "p1 rx" })
	b.settled()
	v := b.reach("a", mirror.Active)
	op, err := b.Operation(t.Context(), v.Record.Operation)
	if err != nil || op.Type != "relief" || op.Actor != mirror.ActorSystem || op.State != mirror.OpSucceeded || v.Record.Generation != 1 || v.Record.ObservedGeneration != 1 {
		t.Errorf("operation %+v of %+v, %v", op, v.Record, err)
	}
	taken := b.events("ReliefTaken")
	if len(taken) != 1 || !strings.Contains(taken[0].Message, "takes rx-only: sw1 d1: 25 Mbit/s of 10 Mbit/s are offered, more than 95 % for 3 samples; with rx-only it will be 6 Mbit/s; in force: rx-only") ||
		taken[0].Session != "a" || taken[0].After.Sources[0].Direction != mirror.RX {
		t.Errorf("told %+v", taken)
	}

	// Drift is repaired to what relief makes of the intent, and nothing else is done.
	sw.edit(func() { clear(sw.natives) })
	testkit.Eventually(t, patience, "it is repaired", func() bool { return sw.sources("d1") == "p1 rx" })
	if got := b.inForce("a"); got != "rx-only" {
		t.Errorf("after a repair: %s", got)
	}

	b.carries("p1", 20, 20)
	b.until("nothing is copied", func() bool { return len(sw.ids()) == 0 })
	b.settled()
	v = b.reach("a", mirror.Suspended)
	if c := v.Record.Condition(mirror.CondConfigured); c.Reason != "Relieved" || !strings.Contains(c.Message, "suspended by relief: sw1 d1: 20 Mbit/s of 10 Mbit/s are offered") {
		t.Errorf("condition %+v", c)
	}

	b.carries("p1", 1, 1)
	b.until("all is copied again", func() bool { return sw.sources("d1") == "p1 both" })
	b.settled()
	b.reach("a", mirror.Active)
	if got := b.inForce("a"); got != "" {
		t.Errorf("left in force: %s", got)
	}
	if released := b.events("ReliefReleased"); len(released) != 2 || !strings.Contains(released[0].Message, "releases suspend") || !strings.Contains(released[1].Message, "in force: nothing, it is as asked") {
		t.Errorf("told %+v", released)
	}
	b.told("a") // each names what was and what is
}

// What is suspended keeps its place: nobody takes its destination in another way.
func TestWhatIsSuspendedIsReserved(t *testing.T) {
	b := newLoadedBench(t, one())
	b.carries("p1", 6, 19)
	b.put(relievable(intent("a", "sw1:d1", "sw1:p1"), 50, "suspend"))
	b.until("nothing is copied", func() bool { return len(b.switches["sw1"].ids()) == 0 })
	b.settled()
	other := intent("b", "sw1:d1", "sw1:p2")
	other.Truncate = 64
	if _, err := b.Submit(t.Context(), admin, other); !errors.Is(err, mirror.ErrConflict) || !strings.Contains(err.Error(), `session "a" copies to the same destination`) {
		t.Errorf("another one with other options: %v", err)
	}
	if _, err := b.Submit(t.Context(), admin, intent("c", "sw1:d2", "sw1:d1")); err == nil || !strings.Contains(err.Error(), "destination of session") {
		t.Errorf("its destination as a source: %v", err)
	}
}

// Options of a native session are taken by all of its sessions at once; the one of the
// lower priority goes first with the rest.
func TestSessionsOfOneNativeSessionAreRelievedTogether(t *testing.T) {
	b := newLoadedBench(t, one())
	sw := b.switches["sw1"]
	b.carries("p1", 30, 30)
	b.carries("p2", 4, 20)
	b.put(relievable(intent("a", "sw1:d1", "sw1:p1"), 20, "truncate", "rx-only", "suspend"))
	b.put(relievable(intent("b", "sw1:d1", "sw1:p2"), 80, "truncate", "rx-only"))
	// 84 Mbit/s; with 128 of 1,000 octets 12.2; without what leaves p1 7.8.
	b.until("it fits", func() bool { return b.offered("d1") < 9.5*megabit })
	b.settled()
	if got := b.inForce("a"); got != "truncate to 128 octets, rx-only" {
		t.Errorf("a: %s", got)
	}
	if got := b.inForce("b"); got != "truncate to 128 octets" {
		t.Errorf("b: %s", got)
	}
	if ids := sw.ids(); len(ids) != 1 || sw.native(ids[0]).Spec.Options.Truncate != 128 || sw.sources("d1") != "p1 rx, p2 both" {
		t.Errorf("the switch holds %v: %s", ids, sw.sources("d1"))
	}
	b.carries("p1", 1, 1)
	b.carries("p2", 1, 1)
	b.until("it is as asked", func() bool {
		ids := sw.ids()
		return len(ids) == 1 && sw.sources("d1") == "p1 both, p2 both" && sw.native(ids[0]).Spec.Options.Truncate == 0
	})
	b.settled()
	if a, z := b.inForce("a"), b.inForce("b"); a+z != "" {
		t.Errorf("in force %s / %s", a, z)
	}
}

// One that may not be truncated keeps that from all; it is told, once.
func TestWhyNoStepIsLeftIsTold(t *testing.T) {
	b := newLoadedBench(t, one())
	b.carries("p1", 10, 10)
	b.put(relievable(intent("a", "sw1:d1", "sw1:p1"), 20, "truncate", "rx-only"))
	b.put(intent("b", "sw1:d1", "sw1:p1"))
	b.until("it is told", func() bool { return len(b.events("ReliefExhausted")) > 0 })
	for range 20 {
		b.measure()
	}
	told := b.events("ReliefExhausted")
	if len(told) != 1 || !strings.Contains(told[0].Message, `truncate of a (session "b" shares the native session, and all of its sessions must agree: its ladder does not have it)`) ||
		!strings.Contains(told[0].Message, "rx-only of a (the native session would stay the same") {
		t.Errorf("%+v", told)
	}
}

// What the device refuses is undone, told, and gives way to the next rung.
func TestARefusedStepGivesWayToTheNext(t *testing.T) {
	b := newLoadedBench(t, one())
	sw := b.switches["sw1"]
	b.carries("p1", 6, 19)
	s := relievable(intent("a", "sw1:d1", "sw1:p1"), 50, "rx-only", "suspend")
	s.OnFailure = mirror.FailureRetry
	b.put(s)
	sw.edit(func() {
		sw.refuse = func(c mirror.Change) string {
			if c.After != nil && c.After.Spec.Sources[0].Direction == mirror.RX {
				return "% no such direction"
			}
			return ""
		}
	})
	b.until("it is suspended", func() bool { return len(sw.ids()) == 0 })
	b.settled()
	v := b.reach("a", mirror.Suspended)
	if r := v.Record.Relief; b.inForce("a") != "suspend" || len(r.Refused) != 1 || r.Refused[0].Rung != mirror.RungRXOnly || !strings.Contains(r.Refused[0].Message, "no such direction") || v.Record.Refused != 0 {
		t.Errorf("relief %+v, refused generation %d", r, v.Record.Refused)
	}
	if failed := b.events("RolloutFailed"); len(failed) != 1 || !strings.Contains(failed[0].Message, "no such direction") {
		t.Errorf("told %+v", failed)
	}
}

// Relief stands in the store: a restart changes nothing of it, and the release goes on.
func TestReliefSurvivesARestart(t *testing.T) {
	b := newLoadedBench(t, one())
	sw := b.switches["sw1"]
	b.carries("p1", 6, 19)
	b.put(relievable(intent("a", "sw1:d1", "sw1:p1"), 50, "rx-only"))
	b.until("what enters alone is copied", func() bool { return sw.sources("d1") == "p1 rx" })
	b.settled()
	b.stop()
	b.start()
	b.reach("a", mirror.Active)
	if got := sw.sources("d1"); got != "p1 rx" || b.inForce("a") != "rx-only" {
		t.Errorf("after a restart: %s, %s", got, b.inForce("a"))
	}
	b.carries("p1", 1, 1)
	b.until("it is as asked", func() bool { return sw.sources("d1") == "p1 both" })
}

// Steps that a changed intent has no use for go with the change; others stay.
func TestAnEditKeepsTheReliefThatMakesSense(t *testing.T) {
	b := newLoadedBench(t, one())
	sw := b.switches["sw1"]
	b.carries("p1", 6, 19)
	b.carries("p2", 0.1, 0.1)
	b.put(relievable(intent("a", "sw1:d1", "sw1:p1"), 50, "rx-only"))
	b.until("what enters alone is copied", func() bool { return sw.sources("d1") == "p1 rx" })
	b.settled()
	b.put(relievable(intent("a", "sw1:d1", "sw1:p1", "sw1:p2"), 50, "rx-only"))
	if got := sw.sources("d1"); got != "p1 rx, p2 rx" || b.inForce("a") != "rx-only" {
		t.Errorf("another source: %s, %s", got, b.inForce("a"))
	}
	b.put(relievable(intent("a", "sw1:d1", "sw1:p1", "sw1:p2"), 50))
	if got := sw.sources("d1"); got != "p1 both, p2 both" || b.inForce("a") != "" {
		t.Errorf("only reported: %s, %s", got, b.inForce("a"))
	}
	b.put(relievable(intent("a", "sw1:d1", "sw1:p1"), 50, "rx-only"))
	b.until("it is relieved again", func() bool { return sw.sources("d1") == "p1 rx" })
	b.settled()
	b.put(relievable(intent("a", "sw1:d2", "sw1:p1"), 50, "rx-only"))
	if got := sw.sources("d2"); got != "p1 both" || b.inForce("a") != "" {
		t.Errorf("another destination: %s, %s", got, b.inForce("a"))
	}
}

// One that comes to a native session whose frames are truncated takes that over where
// its ladder has it, and ends it for all where it has not.
func TestANewcomerTakesOverTheOptionsInForce(t *testing.T) {
	b := newLoadedBench(t, one())
	sw := b.switches["sw1"]
	b.carries("p1", 30, 30)
	truncated := func() int {
		ids := sw.ids()
		if len(ids) != 1 {
			return -1
		}
		return sw.native(ids[0]).Spec.Options.Truncate
	}
	b.put(relievable(intent("a", "sw1:d1", "sw1:p1"), 50, "truncate"))
	b.until("frames are truncated", func() bool { return truncated() == 128 })
	b.settled()
	if op := b.put(relievable(intent("b", "sw1:d1", "sw1:p2"), 50, "suspend", "truncate")); op.State != mirror.OpSucceeded || truncated() != 128 || b.inForce("b") != "truncate to 128 octets" {
		t.Errorf("with the rung: %+v, truncated to %d, in force %s", op, truncated(), b.inForce("b"))
	}
	if op := b.put(intent("c", "sw1:d1", "sw1:p3")); op.State != mirror.OpSucceeded || truncated() != 0 || sw.sources("d1") != "p1 both, p2 both, p3 both" {
		t.Errorf("without the rung: %+v, truncated to %d, %s", op, truncated(), sw.sources("d1"))
	}
	if a, z := b.inForce("a"), b.inForce("b"); a+z != "" {
		t.Errorf("in force %s / %s", a, z)
	}
	b.settled()
	b.reach("a", mirror.Active)
}

// A rung that the platform does not have is refused by name.
func TestARungThatThePlatformDoesNotHaveIsRefused(t *testing.T) {
	b := newLoadedBench(t, one())
	_, err := b.Submit(t.Context(), admin, relievable(intent("a", "sw1:d1", "sw1:p1"), 50, "rx-only", "sample", "truncate"))
	var refusal *mirror.Refusal
	if !errors.As(err, &refusal) || len(refusal.Reasons) != 1 || refusal.Reasons[0].Pointer != "/onOverload/ladder/1" ||
		!strings.Contains(refusal.Reasons[0].Message, "sample could never be taken: platform fake (device sw1) cannot sample") {
		t.Errorf("%v %+v", err, refusal)
	}
}

func (b *bench) order(session string, o engine.ReliefOrder) (mirror.Operation, error) {
	res, err := b.OrderRelief(b.t.Context(), admin, session, o)
	if err != nil {
		return mirror.Operation{}, err
	}
	if res.Operation.State.Open() {
		return b.wait(res.Operation.ID), nil
	}
	return res.Operation, nil
}

// An operator pins relief at a rung, whatever the load is, and clears it.
func TestAnOperatorPinsReliefAndClearsIt(t *testing.T) {
	b := newLoadedBench(t, one())
	sw := b.switches["sw1"]
	b.put(relievable(intent("a", "sw1:d1", "sw1:p1"), 50, "truncate", "rx-only", "suspend"))
	for _, c := range []struct {
		order       engine.ReliefOrder
		force, held string
	}{
		{engine.ReliefOrder{Rung: "rx-only"}, "rx-only", "p1 rx"},
		{engine.ReliefOrder{Rung: "suspend"}, "rx-only, suspend", ""},
		{engine.ReliefOrder{Rung: "truncate"}, "truncate to 128 octets", "p1 both"},
		{engine.ReliefOrder{Rung: "rx-only"}, "truncate to 128 octets, rx-only", "p1 rx"},
		{engine.ReliefOrder{}, "truncate to 128 octets, rx-only", "p1 rx"},
		{engine.ReliefOrder{Rung: "none"}, "", "p1 both"},
		{engine.ReliefOrder{Rung: "suspend"}, "suspend", ""},
		{engine.ReliefOrder{Clear: true}, "", "p1 both"},
	} {
		if _, err := b.order("a", c.order); err != nil {
			t.Fatalf("%+v: %v", c.order, err)
		}
		v, err := b.Session(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if r := v.Record.Relief; b.inForce("a") != c.force || sw.sources("d1") != c.held || r.Pinned == c.order.Clear || r.By != map[bool]string{false: admin.Actor.Name}[c.order.Clear] {
			t.Errorf("%+v: in force %s, on the switch %q, %+v", c.order, b.inForce("a"), sw.sources("d1"), r)
		}
	}
	if pinned, cleared := len(b.events("ReliefPinned")), len(b.events("ReliefCleared")); pinned != 6 || cleared != 1 {
		t.Errorf("%d pins and %d clearings are told", pinned, cleared)
	}

	// Pinned at none it is not relieved; cleared it is.
	b.carries("p1", 6, 19)
	if _, err := b.order("a", engine.ReliefOrder{Rung: "none"}); err != nil {
		t.Fatal(err)
	}
	b.put(relievable(intent("z", "sw1:d1", "sw1:p2"), 99, "suspend")) // takes nothing away
	b.until("that nothing is left is told", func() bool { return len(b.events("ReliefExhausted")) > 0 })
	if got := b.inForce("a"); got != "" {
		t.Errorf("pinned at none: %s", got)
	}
	b.remove("z")
	if _, err := b.order("a", engine.ReliefOrder{Clear: true}); err != nil {
		t.Fatal(err)
	}
	b.until("it is relieved", func() bool { return b.inForce("a") != "" })
}

// What cannot be ordered is refused with the reason.
func TestOrdersOfReliefThatAreRefused(t *testing.T) {
	b := newLoadedBench(t, one())
	b.put(intent("a", "sw1:d1", "sw1:p1"))
	b.put(intent("b", "sw1:d1", "sw1:p2"))
	b.put(off(intent("off", "sw1:d2", "sw1:p3")))
	stale := admin
	stale.IfMatch = new(int64)
	*stale.IfMatch = 7
	for name, c := range map[string]struct {
		write   engine.Write
		session string
		order   engine.ReliefOrder
		kind    error
		want    string
	}{
		"no rung":          {admin, "a", engine.ReliefOrder{Rung: "drop"}, mirror.ErrInvalid, "must be one of none, truncate"},
		"no session":       {admin, "x", engine.ReliefOrder{Rung: "suspend"}, mirror.ErrNotFound, ""},
		"another version":  {stale, "a", engine.ReliefOrder{Rung: "suspend"}, mirror.ErrPrecondition, ""},
		"switched off":     {admin, "off", engine.ReliefOrder{Rung: "suspend"}, mirror.ErrConflict, "switched off"},
		"an option of two": {admin, "a", engine.ReliefOrder{Rung: "truncate"}, mirror.ErrConflict, `"b" shares the native session`},
		"no such platform": {admin, "a", engine.ReliefOrder{Rung: "sample"}, mirror.ErrConflict, "device sw1 cannot"},
		"nothing to shed":  {admin, "a", engine.ReliefOrder{Rung: "shed-sources"}, mirror.ErrConflict, "no source is left that may be shed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := b.OrderRelief(t.Context(), c.write, c.session, c.order)
			if !errors.Is(err, c.kind) || !strings.Contains(fmt.Sprint(err), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := b.order("off", engine.ReliefOrder{Rung: "none"}); err != nil {
		t.Errorf("at none, of one that is off: %v", err)
	}
}

// A dry run says what is in force, and what devices would be sent with it and without.
func TestPlansTellOfRelief(t *testing.T) {
	b := newLoadedBench(t, one())
	s := relievable(intent("a", "sw1:d1", "sw1:p1"), 50, "rx-only")
	b.put(s)
	p, err := b.PlanRelief(t.Context(), admin, "a", engine.ReliefOrder{Rung: "rx-only"})
	if err != nil || p.Relief == nil || !p.Relief.Pinned || p.Fragments[0].Spec.Sources[0].Direction != mirror.RX ||
		len(p.Devices) != 1 || len(p.Devices[0].Changes) != 1 || len(p.Asked) != 1 || len(p.Asked[0].Changes) != 0 {
		t.Errorf("%+v %v", p, err)
	}
	if got := b.switches["sw1"].sources("d1"); got != "p1 both" || b.inForce("a") != "" {
		t.Errorf("a dry run has changed something: %s", got)
	}
	if _, err := b.order("a", engine.ReliefOrder{Rung: "rx-only"}); err != nil {
		t.Fatal(err)
	}
	s.Sources = append(s.Sources, mirror.Source{Device: "sw1", Interface: "p2"})
	p, err = b.Plan(t.Context(), admin, s)
	if err != nil || p.Relief == nil || len(p.Devices) != 1 || len(p.Asked) != 1 ||
		p.Devices[0].Changes[0].After.Spec.Sources[1].Direction != mirror.RX || p.Asked[0].Changes[0].After.Spec.Sources[1].Direction != mirror.Both {
		t.Errorf("%+v %v", p, err)
	}
}
