package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// damage takes the sources of a session away, as another hand would.
func (s *fakeSwitch) damage(dest string) {
	s.edit(func() { s.damageLocked(dest) })
}

func (s *fakeSwitch) damageLocked(dest string) {
	for id, n := range s.natives {
		if slices.Contains(n.Spec.Destinations, mirror.PortName(dest)) {
			n.Spec.Sources = []mirror.NativeSource{{Port: "p9", Direction: mirror.RX}}
			s.natives[id] = n
		}
	}
}

func (b *bench) reason(name string) string {
	v, err := b.Session(b.t.Context(), name)
	if err != nil {
		return err.Error()
	}
	return v.Record.Condition(mirror.CondConfigured).Reason
}

func (b *bench) gives(name, reason string) {
	b.t.Helper()
	testkit.Eventually(b.t, patience, name+" says "+reason, func() bool { return b.reason(name) == reason })
}

func TestAFightEndsInContended(t *testing.T) {
	b := newBench(t, nil, numbered())
	sw := b.switches["sw1"]
	sw.quietly(func() { sw.lastChange = "Last configuration change at 09:00 by ansible" })
	b.submit("a", "sw1:d1", "sw1:p1")
	for i := range 3 {
		sw.damage("d1")
		testkit.Eventually(t, patience, fmt.Sprintf("repair %d", i+1), func() bool { return sw.sources("d1") == "p1 both" })
		b.reach("a", mirror.Active)
	}
	sw.damage("d1")
	b.gives("a", "Contended")
	v := b.reach("a", mirror.Degraded)
	if m := v.Record.Condition(mirror.CondConfigured).Message; !strings.Contains(m, "by ansible") || !strings.Contains(m, "released") {
		t.Errorf("message %q", m)
	}
	pushes := sw.pushes
	b.settle("sw1")
	if sw.sources("d1") != "p9 rx" || sw.pushes != pushes {
		t.Errorf("it was repaired again: %s", sw.sources("d1"))
	}
	if n := len(b.events("Contended")); n != 1 {
		t.Errorf("told %d times", n)
	}
	// It outlives the controller.
	b.stop()
	b.start()
	b.gives("a", "Contended")
	// The other hand gives way: nothing is left to fight over.
	sw.edit(func() {
		n := sw.natives["66"]
		n.Spec.Sources = []mirror.NativeSource{{Port: "p1", Direction: mirror.Both}}
		sw.natives["66"] = n
	})
	b.reach("a", mirror.Active)
}

func TestAContentionEndsByReleaseOrByAnotherIntent(t *testing.T) {
	for name, end := range map[string]func(*bench){
		"release": func(b *bench) {
			if _, err := b.Release(b.t.Context(), admin, "sw1"); err != nil {
				b.t.Fatal(err)
			}
		},
		"another intent": func(b *bench) { b.submit("a", "sw1:d1", "sw1:p1", "sw1:p2") },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil, numbered())
			sw := b.switches["sw1"]
			b.submit("a", "sw1:d1", "sw1:p1")
			for range 3 {
				sw.damage("d1")
				testkit.Eventually(t, patience, "repaired", func() bool { return strings.HasPrefix(sw.sources("d1"), "p1 both") })
				b.reach("a", mirror.Active)
			}
			sw.damage("d1")
			b.gives("a", "Contended")
			end(b)
			b.reach("a", mirror.Active)
			if !strings.HasPrefix(sw.sources("d1"), "p1 both") {
				t.Errorf("d1: %s", sw.sources("d1"))
			}
		})
	}
}

// crowd is one switch with n sessions, each of its own destination.
func crowd(t *testing.T, n int, facts mirror.Facts) (*bench, *fakeSwitch) {
	t.Helper()
	ports := []string{"p1", "p9"}
	for i := range n {
		ports = append(ports, fmt.Sprintf("d%d", i))
	}
	sw := newSwitch(ports...)
	sw.numbered, sw.facts = true, facts
	b := newBench(t, nil, map[string]*fakeSwitch{"sw1": sw})
	for i := range n {
		b.submit(fmt.Sprintf("s%d", i), fmt.Sprintf("sw1:d%d", i), "sw1:p1")
	}
	return b, sw
}

func (s *fakeSwitch) damageAll(n int) {
	s.edit(func() {
		for i := range n {
			s.damageLocked(fmt.Sprintf("d%d", i))
		}
	})
}

func TestTooManyRepairsAtOnceAskFirst(t *testing.T) {
	b, sw := crowd(t, 5, mirror.Facts{Model: "fake"})
	b.settle("sw1")
	pushes := sw.pushes
	sw.damageAll(4)
	b.gives("s0", "Brake")
	b.settle("sw1")
	if sw.pushes != pushes {
		t.Error("it was repaired without asking")
	}
	view, err := b.Device(t.Context(), "sw1")
	if err != nil || view.State.Brake == nil || view.State.Brake.Scope != mirror.BrakeDevice || !strings.Contains(view.State.Brake.Message, "4 of 5") {
		t.Fatalf("brake %+v, %v", view.State.Brake, err)
	}
	if b.phase("s4") != mirror.Active {
		t.Error("a session that is well is not Active")
	}
	// What a user asks for is no repair.
	if op := b.submit("s0", "sw1:d0", "sw1:p1", "sw1:p9"); op.State != mirror.OpSucceeded {
		t.Errorf("a rollout under the brake: %s %s", op.State, op.Message)
	}
	b.stop()
	b.start()
	b.gives("s1", "Brake")
	if _, err := b.Release(t.Context(), admin, "sw1"); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		b.reach(fmt.Sprintf("s%d", i), mirror.Active)
	}
	testkit.Eventually(t, patience, "nothing is remembered of it", func() bool {
		view, err := b.Device(t.Context(), "sw1")
		return err == nil && view.State.Brake == nil && view.State.Released.IsZero()
	})
}

// What vanished from one device is not made anew without asking either, and a
// device that lost it by a reboot is.
func TestEverythingGoneFromOneDeviceAsksFirst(t *testing.T) {
	b, sw := crowd(t, 8, mirror.Facts{Model: "fake", Uptime: 100 * time.Hour})
	b.settle("sw1")
	pushes := sw.pushes
	sw.edit(func() { clear(sw.natives) })
	b.gives("s0", "Brake")
	b.settle("sw1")
	if sw.pushes != pushes {
		t.Errorf("%d of 8 were made anew without asking", sw.pushes-pushes)
	}
	if on := b.events("BrakeOn"); len(on) != 1 || !strings.Contains(on[0].Message, "8 of 8") || on[0].Device != "sw1" {
		t.Errorf("events %+v", on)
	}
	if _, err := b.Release(t.Context(), admin, "sw1"); err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		b.reach(fmt.Sprintf("s%d", i), mirror.Active)
	}
	b.settle("sw1")
	sw.quietly(func() {
		clear(sw.natives)
		sw.facts.Uptime = time.Minute
		sw.down = true
	})
	_, _ = b.Sync(t.Context(), admin, "sw1")
	sw.quietly(func() { sw.down = false })
	testkit.Eventually(t, patience, "the rebooted device is repaired", func() bool { return len(sw.ids()) == 8 })
	if on := b.events("BrakeOn"); len(on) != 1 {
		t.Errorf("a reboot asked: %+v", on)
	}
}

func TestTheBrakeComesOffWhenNothingIsLeftToRepair(t *testing.T) {
	b, sw := crowd(t, 4, mirror.Facts{Model: "fake"})
	good := map[string]mirror.NativeSession{}
	sw.quietly(func() {
		for id, n := range sw.natives {
			good[id] = n
		}
	})
	sw.damageAll(4)
	b.gives("s0", "Brake")
	sw.edit(func() {
		for id, n := range good {
			sw.natives[id] = n
		}
	})
	b.reach("s0", mirror.Active)
	if len(b.events("BrakeOn")) != 1 || len(b.events("BrakeOff")) != 1 {
		t.Errorf("on %d, off %d", len(b.events("BrakeOn")), len(b.events("BrakeOff")))
	}
}

func TestARebootIsNoReasonToAsk(t *testing.T) {
	b, sw := crowd(t, 5, mirror.Facts{Model: "fake", Uptime: 100 * time.Hour})
	b.settle("sw1")
	sw.quietly(func() {
		for i := range 5 {
			sw.damageLocked(fmt.Sprintf("d%d", i)) // an older configuration
		}
		sw.facts.Uptime = time.Minute
		sw.down = true
	})
	_, _ = b.Sync(t.Context(), admin, "sw1")
	sw.quietly(func() { sw.down = false })
	for i := range 5 {
		b.reach(fmt.Sprintf("s%d", i), mirror.Active)
	}
	if n := len(b.events("BrakeOn")); n != 0 {
		t.Errorf("the brake was on %d times", n)
	}
	// The next time nothing explains it.
	b.settle("sw1")
	sw.damageAll(5)
	b.gives("s0", "Brake")
}

// A parser that suddenly finds nothing on a whole platform must not make the
// fleet be written anew.
func TestEverythingGoneFromManyDevicesAsksFirst(t *testing.T) {
	switches := map[string]*fakeSwitch{}
	for i := range 8 {
		switches[fmt.Sprintf("sw%d", i)] = newSwitch("p1", "d1")
	}
	b := newBench(t, nil, switches)
	for name := range switches {
		b.submit("on-"+name, name+":d1", name+":p1")
	}
	repaired, braked := 0, 0
	for i := range 8 {
		sw := switches[fmt.Sprintf("sw%d", i)]
		pushes := sw.pushes
		sw.quietly(func() { clear(sw.natives); sw.deaf = true }) // read as nothing, whatever is written
		b.settle(fmt.Sprintf("sw%d", i))
		view, err := b.Device(t.Context(), fmt.Sprintf("sw%d", i))
		switch {
		case err != nil:
			t.Fatal(err)
		case view.State.Brake != nil && view.State.Brake.Scope == mirror.BrakePlatform:
			braked++
		case sw.pushes == pushes:
			repaired++ // tried, and not held
		}
	}
	if braked != 3 || repaired != 5 {
		t.Errorf("%d devices braked, %d tried; want 3 and 5", braked, repaired)
	}
	b.gives("on-sw7", "Brake")
	// The parser is mended: all is well without a push.
	for i := range 8 {
		sw := switches[fmt.Sprintf("sw%d", i)]
		sw.quietly(func() { sw.deaf = false })
		if _, err := b.Release(t.Context(), admin, fmt.Sprintf("sw%d", i)); err != nil {
			t.Fatal(err)
		}
		b.reach(fmt.Sprintf("on-sw%d", i), mirror.Active)
	}
}

// Devices that lose more than a few sessions each stop at once, the first ones
// too, and count for the platform: then one that lost its only session stops as
// well.
func TestTheFirstDevicesThatLoseEverythingAskToo(t *testing.T) {
	switches := map[string]*fakeSwitch{}
	for i := range 6 {
		switches[fmt.Sprintf("sw%d", i)] = newSwitch("p1", "d0", "d1", "d2", "d3")
	}
	b := newBench(t, nil, switches)
	for i := range 6 {
		for d := range 4 {
			if i < 5 || d == 0 {
				b.submit(fmt.Sprintf("s%d-%d", i, d), fmt.Sprintf("sw%d:d%d", i, d), fmt.Sprintf("sw%d:p1", i))
			}
		}
	}
	for i := range 6 {
		name := fmt.Sprintf("sw%d", i)
		sw := switches[name]
		pushes := sw.pushes
		sw.quietly(func() { clear(sw.natives) })
		b.settle(name)
		view, err := b.Device(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		want := mirror.BrakeDevice
		if i == 5 {
			want = mirror.BrakePlatform
		}
		if sw.pushes != pushes || view.State.Brake == nil || view.State.Brake.Scope != want {
			t.Errorf("%s: %d pushes, brake %+v, want one of scope %s", name, sw.pushes-pushes, view.State.Brake, want)
		}
	}
}

// A mark whose instance the device does not tell, and that this controller would not
// give, is another's: it is said, and not taken over.
func TestAMarkThatNobodyKnowsIsAnothers(t *testing.T) {
	b := newBench(t, nil, map[string]*fakeSwitch{"sw1": newSwitch("p1", "d1")})
	sw := b.switches["sw1"]
	sw.foreignSession("nm-aaaaaaaaaa", "p1", "d1")
	sw.quietly(func() {
		n := sw.natives["nm-aaaaaaaaaa"]
		n.Mark = n.ID
		sw.natives[n.ID] = n
	})
	b.settle("sw1")
	list, err := b.Observed(t.Context(), engine.ObservedQuery{Device: "sw1"})
	if err != nil || len(list) != 1 || list[0].Owner != "netmirror-other" {
		t.Errorf("observed %+v, %v", list, err)
	}
	_, err = b.Adopt(t.Context(), admin, "sw1", "nm-aaaaaaaaaa", mirror.Session{Name: "taken"})
	var refusal *mirror.Refusal
	if !errors.As(err, &refusal) || refusal.Reasons[0].Code != "another-netmirror" {
		t.Errorf("got %v, want a refusal", err)
	}
}
