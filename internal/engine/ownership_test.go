package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// numbered is one switch that numbers its native sessions from 1 to 66 and has
// no room for marks.
func numbered() map[string]*fakeSwitch {
	sw := newSwitch("p1", "p2", "p3", "d1", "d2", "d3")
	sw.numbered = true
	return map[string]*fakeSwitch{"sw1": sw}
}

func pinned(id, name, dest string, sources ...string) mirror.Session {
	s := intent(name, dest, sources...)
	s.NativeID = id
	return s
}

func orphaned(name, dest string, sources ...string) mirror.Session {
	s := intent(name, dest, sources...)
	s.DeletePolicy = mirror.DeleteOrphan
	return s
}

func TestAReleasedSessionThatIsTakenUpAgainIsRemovedWithItsIntent(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	b.put(orphaned("a", "sw1:d1", "sw1:p1"))
	b.remove("a")
	b.submit("a", "sw1:d1", "sw1:p1")
	if op := b.remove("a"); op.State != mirror.OpSucceeded || len(sw.ids()) != 0 {
		t.Errorf("delete %s; left on the device: %v", op.State, sw.ids())
	}
}

func TestASecondRowWithOurMarkIsLeftAlone(t *testing.T) {
	for _, theirs := range []string{"aa-theirs", "zz-theirs"} { // before and after ours
		t.Run(theirs, func(t *testing.T) {
			b := newBench(t, nil, one())
			sw := b.switches["sw1"]
			b.submit("a", "sw1:d1", "sw1:p1")
			ours := sw.ids()[0]
			sw.edit(func() {
				n := sw.natives[ours]
				n.ID, n.Handle = theirs, "row-theirs"
				n.Spec.Destinations = []mirror.PortName{"d2"}
				n.Spec.Sources = []mirror.NativeSource{{Port: "p3", Direction: mirror.Both}}
				sw.natives[theirs] = n
			})
			b.settle("sw1")
			b.settle("sw1")
			if !slices.Contains(sw.ids(), theirs) || sw.sources("d2") != "p3 both" || sw.sources("d1") != "p1 both" {
				t.Errorf("on the device: %v; d1: %s; d2: %s", sw.ids(), sw.sources("d1"), sw.sources("d2"))
			}
		})
	}
}

// takenNumber is a session of ours at number 66, which a human then gave to
// something else.
func takenNumber(t *testing.T) (*bench, *fakeSwitch) {
	b := newBench(t, nil, numbered())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	if ids := sw.ids(); !slices.Equal(ids, []string{"66"}) {
		t.Fatalf("on the device: %v", ids)
	}
	sw.foreign("66", "d3", "p3")
	v := b.reach("a", mirror.Degraded)
	if c := v.Record.Condition(mirror.CondConfigured); c.Status != mirror.False || c.Reason != "OwnershipLost" {
		t.Errorf("condition %+v", c)
	}
	return b, sw
}

func TestANumberThatSomebodyElseTookIsLeftToThem(t *testing.T) {
	b, sw := takenNumber(t)
	b.settle("sw1")
	if got := sw.sources("d3"); got != "p3 both" || !slices.Equal(sw.ids(), []string{"66"}) {
		t.Errorf("on the device: %v; d3: %s", sw.ids(), got)
	}
}

func TestANumberThatComesFreeAgainIsRepaired(t *testing.T) {
	b, sw := takenNumber(t)
	sw.edit(func() { delete(sw.natives, "66") })
	b.reach("a", mirror.Active)
	if got := sw.sources("d1"); got != "p1 both" {
		t.Errorf("d1: %s", got)
	}
}

func TestAPinnedSessionMovesToAnotherDestination(t *testing.T) {
	b := newBench(t, nil, numbered())
	sw := b.switches["sw1"]
	b.put(pinned("5", "a", "sw1:d1", "sw1:p1"))
	op := b.put(pinned("5", "a", "sw1:d2", "sw1:p1"))
	if op.State != mirror.OpSucceeded || !slices.Equal(sw.ids(), []string{"5"}) || sw.sources("d2") != "p1 both" {
		t.Errorf("%s %s; on the device: %v; d2: %s", op.State, op.Message, sw.ids(), sw.sources("d2"))
	}
}

func TestTheOnlyNumberOfARangeMovesToAnotherDestination(t *testing.T) {
	b := newBench(t, nil, numbered())
	sw := b.switches["sw1"]
	b.change("sw1", func(d *mirror.Device) { d.NativeIDs = &mirror.IDRange{From: 3, To: 3} })
	b.submit("a", "sw1:d1", "sw1:p1")
	op := b.submit("a", "sw1:d2", "sw1:p1")
	if op.State != mirror.OpSucceeded || !slices.Equal(sw.ids(), []string{"3"}) || sw.sources("d2") != "p1 both" {
		t.Errorf("%s %s; on the device: %v; d2: %s", op.State, op.Message, sw.ids(), sw.sources("d2"))
	}
}

func TestAPinThatCannotBeKeptIsRefused(t *testing.T) {
	free, five := intent("a", "sw1:d1", "sw1:p1"), pinned("5", "a", "sw1:d1", "sw1:p1")
	for name, c := range map[string]struct {
		first, then mirror.Session
		waiting     bool // the first is accepted and not on the device yet
	}{
		"the session has another number":               {first: free, then: five},
		"the shared native session has another number": {first: free, then: pinned("7", "c", "sw1:d1", "sw1:p2")},
		"the shared native session has another pin":    {first: five, then: pinned("7", "c", "sw1:d1", "sw1:p2")},
		"it shall have another pin":                    {first: five, then: pinned("7", "c", "sw1:d1", "sw1:p2"), waiting: true},
		"another session has the number":               {first: free, then: pinned("66", "c", "sw1:d2", "sw1:p2")},
		"another session pins it":                      {first: five, then: pinned("5", "c", "sw1:d2", "sw1:p2")},
		"another session shall have it":                {first: five, then: pinned("5", "c", "sw1:d2", "sw1:p2"), waiting: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil, numbered())
			sw := b.switches["sw1"]
			if b.maintain("sw1", c.waiting); c.waiting {
				b.accepted(c.first)
				b.reach("a", mirror.Applying)
			} else {
				b.put(c.first)
			}
			before := sw.ids()
			codes := b.refused(c.then)
			if !slices.Equal(slices.Compact(codes), []string{"/nativeId native-id-in-use"}) {
				t.Errorf("reasons %v", codes)
			}
			if got := sw.ids(); !slices.Equal(got, before) {
				t.Errorf("on the device: %v, before: %v", got, before)
			}
		})
	}
}

func TestSessionsOfOneNativeSessionShareItsPin(t *testing.T) {
	b := newBench(t, nil, numbered())
	sw := b.switches["sw1"]
	b.put(pinned("5", "a", "sw1:d1", "sw1:p1"))
	op := b.put(pinned("5", "c", "sw1:d1", "sw1:p2"))
	if op.State != mirror.OpSucceeded || !slices.Equal(sw.ids(), []string{"5"}) || sw.sources("d1") != "p1 both, p2 both" {
		t.Errorf("%s %s; on the device: %v; d1: %s", op.State, op.Message, sw.ids(), sw.sources("d1"))
	}
}

func TestADestinationThatAnOpenRolloutMayGoBackToIsNotFree(t *testing.T) {
	b := newBench(t, nil, one())
	b.submit("a", "sw1:d1", "sw1:p1")
	b.maintain("sw1", true)
	b.accepted(intent("a", "sw1:d2", "sw1:p1"))
	b.reach("a", mirror.Applying)
	s := intent("b", "sw1:d1", "sw1:p2")
	s.Truncate = 64
	if codes := b.refused(s); !slices.Contains(codes, "/destinations/0 options-differ") {
		t.Errorf("reasons %v", codes)
	}
}

func TestADeadDeviceIsLetGoOfWhileItsSessionIsDeleting(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Timeouts.Submit = time.Second }, one())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	sw.edit(func() { sw.down = true })
	res, err := b.Remove(t.Context(), admin, "a", "")
	if err != nil {
		t.Fatal(err)
	}
	b.reach("a", mirror.Deleting)
	if err := b.DeleteDevice(t.Context(), admin, "sw1"); !errors.Is(err, mirror.ErrConflict) {
		t.Errorf("its device was forgotten under it: %v", err)
	}
	if op := b.release("a"); op.State != mirror.OpSucceeded {
		t.Errorf("release %+v", op)
	}
	if op := b.wait(res.Operation.ID); op.State != mirror.OpSuperseded {
		t.Errorf("the deletion before %+v", op)
	}
	if _, err := b.Session(t.Context(), "a"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("the intent is still there: %v", err)
	}
	if err := b.DeleteDevice(t.Context(), admin, "sw1"); err != nil {
		t.Error(err)
	}
}

func TestASessionReleasedDuringARunStaysOnItsDevice(t *testing.T) {
	var b *bench
	var armed atomic.Bool
	var texts atomic.Int64
	released := make(chan error, 1)
	b = newBench(t, func(c *engine.Config) {
		render := c.Drivers[0].Render
		c.Drivers[0].Render = func(f mirror.Facts, o mirror.Observation, ch []mirror.Change) (mirror.Payload, error) {
			// The first text is the trial before acceptance, the second stands
			// between the read of the goals and the push.
			if armed.Load() && texts.Add(1) == 2 {
				_, err := b.Remove(context.Background(), admin, "a", "")
				released <- err
			}
			return render(f, o, ch)
		}
	}, one())
	sw := b.switches["sw1"]
	b.put(orphaned("a", "sw1:d1", "sw1:p1"))
	armed.Store(true)
	b.accepted(orphaned("a", "sw1:d1", "sw1:p1", "sw1:p2"))
	if err := <-released; err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, patience, "the intent is gone", func() bool {
		_, err := b.Session(t.Context(), "a")
		return errors.Is(err, mirror.ErrNotFound)
	})
	b.settle("sw1")
	b.settle("sw1")
	if got := sw.sources("d1"); got != "p1 both" {
		t.Errorf("on the device: %s in %v", got, sw.ids())
	}
}

// A release that comes between a push and what the run writes down afterwards is
// not undone by it: a line that came back would make the session a leftover.
func TestAReleaseOutlivesTheEndOfTheRunBesideIt(t *testing.T) {
	for _, numbers := range []bool{true, false} {
		t.Run(fmt.Sprint("numbers ", numbers), func(t *testing.T) {
			sw := newSwitch("p1", "d1")
			sw.numbered = numbers
			var b *bench
			var armed atomic.Bool
			b = newBench(t, func(c *engine.Config) {
				c.Failpoint = func(step string) {
					if step == "verified" && armed.Swap(false) {
						if _, err := b.Remove(context.Background(), admin, "a", "orphan"); err != nil {
							t.Error(err)
						}
					}
				}
			}, map[string]*fakeSwitch{"sw1": sw})
			b.submit("a", "sw1:d1", "sw1:p1")
			armed.Store(true)
			sw.damage("d1")
			testkit.Eventually(t, patience, "the intent is gone", func() bool {
				_, err := b.Session(t.Context(), "a")
				return errors.Is(err, mirror.ErrNotFound)
			})
			b.settle("sw1")
			b.settle("sw1")
			if got := sw.sources("d1"); got != "p1 both" {
				t.Errorf("on the device: %q in %v", got, sw.ids())
			}
			if list, err := b.Observed(t.Context(), engine.ObservedQuery{Device: "sw1"}); err != nil || len(list) != 1 || len(list[0].Sessions) != 0 {
				t.Errorf("observed %+v, %v", list, err)
			}
		})
	}
}

// An orphaned path keeps its remote VLAN and the trunks' lists: without them the
// sessions that are left would copy nowhere.
func TestAnOrphanedPathKeepsWhatItStandsOn(t *testing.T) {
	b := newBench(t, nil, map[string]*fakeSwitch{"sw1": newSwitch("p1", "p2", "t2", "t1"), "sw2": newSwitch("d1", "d2", "t1")})
	path := func(name, dest, source string, more ...string) mirror.Session {
		s := orphaned(name, "sw2:"+dest, "sw1:"+source)
		s.RSPAN = &mirror.RSPAN{VLAN: 900, Transit: []mirror.Transit{{Device: "sw1", Trunks: append([]string{"t1"}, more...)}, {Device: "sw2", Trunks: []string{"t1"}}}}
		return s
	}
	b.put(path("a", "d1", "p1"))
	b.put(path("b", "d2", "p2", "t2")) // by one more trunk
	if v, err := b.Session(t.Context(), "b"); err != nil || !slices.ContainsFunc(v.Record.Warnings, func(r mirror.Reason) bool { return r.Code == "shared-vlan" }) {
		t.Errorf("nobody is warned of the shared VLAN: %+v, %v", v.Record.Warnings, err)
	}
	for _, name := range []string{"b", "a"} {
		if op := b.release(name); op.State != mirror.OpSucceeded {
			t.Fatalf("%+v", op)
		}
		for _, sw := range []string{"sw1", "sw2"} {
			b.settle(sw)
			b.settle(sw)
		}
	}
	for _, sw := range b.switches {
		if !sw.ports[len(sw.ports)-1].Carries(900) || !sw.vlans[900] {
			t.Errorf("the path is cut: %v %+v", sw.vlans, sw.ports)
		}
	}
	if sw := b.switches["sw1"]; !sw.ports[2].Carries(900) {
		t.Errorf("the trunk that b alone had is cut: %+v", sw.ports)
	}
}

// Another hand takes the free number between the read and the push: the number
// is theirs, and the session gets another.
func TestANumberThatIsTakenBeforeThePushIsLeftToThem(t *testing.T) {
	t.Run("the device says so", func(t *testing.T) { takenBeforeThePush(t, 0) })
	t.Run("the connection is lost", func(t *testing.T) { takenBeforeThePush(t, 1) })
}

func takenBeforeThePush(t *testing.T, dropAfter int) {
	b := newBench(t, nil, numbered())
	sw := b.switches["sw1"]
	b.settle("sw1")
	sw.quietly(func() { sw.dropAfter = dropAfter })
	var once sync.Once
	sw.quietly(func() {
		sw.refuse = func(c mirror.Change) string {
			once.Do(func() {
				sw.natives[c.After.ID] = mirror.NativeSession{ID: c.After.ID, Spec: mirror.NativeSpec{Role: mirror.RoleLocal,
					Sources: []mirror.NativeSource{{Port: "p3", Direction: mirror.RX}}, Destinations: []mirror.PortName{"d3"}}}
			})
			return ""
		}
	})
	if op := b.submit("a", "sw1:d1", "sw1:p1"); op.State != mirror.OpSucceeded {
		t.Fatalf("%s: %s", op.State, op.Message)
	}
	b.reach("a", mirror.Active)
	if ids := sw.ids(); !slices.Equal(ids, []string{"65", "66"}) || sw.sources("d3") != "p3 rx" || sw.sources("d1") != "p1 both" {
		t.Errorf("on the device %v: %s, %s", ids, sw.sources("d3"), sw.sources("d1"))
	}
	b.remove("a")
	b.settle("sw1")
	if ids := sw.ids(); !slices.Equal(ids, []string{"66"}) || sw.sources("d3") != "p3 rx" {
		t.Errorf("left on the device: %v", ids)
	}
}

// Two sessions share a native session whose number a human then gave to something
// else: each of them can be deleted at once, and made anew, under another number.
func TestSharersOfANumberThatSomebodyElseTook(t *testing.T) {
	lost := func(t *testing.T) (*bench, *fakeSwitch) {
		b := newBench(t, nil, numbered())
		sw := b.switches["sw1"]
		b.submit("a", "sw1:d1", "sw1:p1")
		b.submit("c", "sw1:d1", "sw1:p2")
		sw.foreign("66", "d3", "p3")
		for _, name := range []string{"a", "c"} {
			if c := b.reach(name, mirror.Degraded).Record.Condition(mirror.CondConfigured); c.Reason != "OwnershipLost" {
				t.Errorf("condition %+v", c)
			}
		}
		return b, sw
	}
	theirs := func(t *testing.T, sw *fakeSwitch) {
		if n := sw.native("66"); !slices.Equal(n.Spec.Destinations, []mirror.PortName{"d3"}) || sw.sources("d3") != "p3 both" {
			t.Errorf("theirs was changed: %+v", n.Spec)
		}
	}
	for _, order := range [][]string{{"a", "c"}, {"c", "a"}} {
		t.Run("deleted, "+order[0]+" first", func(t *testing.T) {
			b, sw := lost(t)
			for _, name := range order {
				if op := b.remove(name); op.State != mirror.OpSucceeded {
					t.Errorf("%s: %s %s", name, op.State, op.Message)
				}
			}
			theirs(t, sw)
			if ids := sw.ids(); !slices.Equal(ids, []string{"66"}) {
				t.Errorf("on the device: %v", ids)
			}
		})
	}
	t.Run("made anew", func(t *testing.T) {
		b, sw := lost(t)
		b.remove("a")
		if op := b.submit("a", "sw1:d1", "sw1:p1"); op.State != mirror.OpSucceeded {
			t.Errorf("%s %s", op.State, op.Message)
		}
		b.reach("a", mirror.Active)
		b.reach("c", mirror.Active)
		theirs(t, sw)
		if got := sw.sources("d1"); got != "p1 both, p2 both" {
			t.Errorf("d1: %s", got)
		}
	})
}
