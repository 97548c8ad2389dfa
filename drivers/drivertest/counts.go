package drivertest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/worker"
)

// Wires are what a device is plugged to, where the test decides about it. A hook that
// is nil is explained in Suite.Unproved: "clear", "drops".
type Wires struct {
	// Nowhere is the name of a port that the device does not have.
	Nowhere mirror.PortName
	// Send has frames arrive at p1, all the time or some each time.
	Send func()
	// Unplug takes the cable out of d1.
	Unplug func()
	// Clear has the counters of p1 begin anew.
	Clear func()
	// Flood has more arrive at p1 and p2 than d2 can send.
	Flood func()
}

// counts: what the device tells of its ports.
func (s Suite) counts(t *testing.T) {
	if s.Driver.CountEvery == 0 {
		t.Log("not proved: the platform has no counters to be read")
		return
	}
	at := s.Driver.Capabilities(s.Facts).Counting
	for what, claim := range map[string]mirror.Support{"copies": at.Copies(), "drops": at.Drops} {
		if claim.OK() && claim.Source == "" {
			t.Errorf("%s: a claim without a source", what)
		}
	}
	r := s.newRig(t)
	if r.dev.Wires == nil {
		t.Fatal("the driver counts, and the device has no Wires")
	}
	ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience)
	defer cancel()
	conn, err := s.Driver.Connect(ctx, r.target())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	counter, ok := conn.(worker.Counter)
	if !ok {
		t.Fatal("the driver says how often counters are read, and its connections have none")
	}
	c := &tally{r, counter}
	c.onlyWhatIsAskedFor()
	c.grows()
	c.copies(at)
	c.link()
	c.clear()
	c.drops()
}

// A tally reads counters of a rig's device.
type tally struct {
	*rig
	counter worker.Counter
}

func (c *tally) read(ask mirror.CounterAsk) mirror.CounterRead {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	before := time.Now()
	read, err := c.counter.Counters(ctx, ask)
	if err != nil {
		c.t.Fatal(err)
	}
	if read.At.Before(before) || read.At.After(time.Now()) {
		c.t.Errorf("a reading of %v, taken at %v", read.At, before)
	}
	return read
}

// port reads one port, by its symbol.
func (c *tally) port(symbol string) mirror.PortCounters {
	c.t.Helper()
	read := c.read(mirror.CounterAsk{Ports: []mirror.PortName{c.s.port(symbol)}})
	if len(read.Ports) != 1 || read.Ports[0].Port != c.s.port(symbol) || !read.Ports[0].Complete {
		c.t.Fatalf("of %s was read: %+v", symbol, read)
	}
	return read.Ports[0]
}

// onlyWhatIsAskedFor, each port once, whatever the order; of a port that is not there,
// and of one that does not tell, that it was not told.
func (c *tally) onlyWhatIsAskedFor() {
	t := c.t
	t.Helper()
	p1, d1, nowhere := c.s.port("p1"), c.s.port("d1"), c.dev.Wires.Nowhere
	c.observe()
	read := c.read(mirror.CounterAsk{Ports: []mirror.PortName{d1, nowhere, p1, d1}})
	var names []mirror.PortName
	for _, p := range read.Ports {
		names = append(names, p.Port)
		if !p.Complete || p.Up != mirror.True {
			t.Errorf("%+v", p)
		}
	}
	slices.Sort(names)
	want := []mirror.PortName{p1, d1}
	slices.Sort(want)
	if _, told := read.Missing[nowhere]; !slices.Equal(names, want) || !told || len(read.Missing) != 1 || len(read.Natives) != 0 {
		t.Errorf("asked for %v and %s: %v, missing %v, %d native sessions", want, nowhere, names, read.Missing, len(read.Natives))
	}
	all := c.read(mirror.CounterAsk{All: true})
	if len(all.Ports) < 3 || slices.ContainsFunc(all.Ports, func(p mirror.PortCounters) bool { return p.Up != mirror.True || p.Port == "" }) {
		t.Errorf("of all ports that are up: %+v", all.Ports)
	}
}

// grows: what arrives is counted as such, in octets and frames that fit each other.
func (c *tally) grows() {
	c.t.Helper()
	before := c.port("p1")
	var now mirror.PortCounters
	testkit.Eventually(c.t, testkit.Patience, "frames that arrive to be counted", func() bool {
		c.dev.Wires.Send()
		now = c.port("p1")
		return now.InPackets > before.InPackets && now.InOctets > before.InOctets
	})
	frames, octets := now.InPackets-before.InPackets, now.InOctets-before.InOctets
	if octets < 60*frames || octets > 10000*frames {
		c.t.Errorf("%d frames of %d octets in all", frames, octets)
	}
	if now.OutDrops < before.OutDrops || now.Discontinuity != before.Discontinuity {
		c.t.Errorf("before %+v, now %+v", before, now)
	}
	for _, mean := range []*mirror.MeanRate{now.In, now.Out} {
		if mean != nil && (mean.Bits < 0 || mean.Packets < 0 || mean.Over <= 0) {
			c.t.Errorf("a mean of %+v", mean)
		}
	}
}

// copies of what arrives are counted where the platform says.
func (c *tally) copies(at mirror.Counting) {
	c.t.Helper()
	c.apply(c.local("d1", from("p1", mirror.RX)))
	mark := c.ledger[slices.IndexFunc(c.ledger, func(l mirror.Native) bool { return l.Spec.Footing == nil })].Mark
	out := func() uint64 {
		if at.At != mirror.CountedMirror && at.At != mirror.CountedSession {
			return c.port("d1").OutPackets
		}
		read := c.read(mirror.CounterAsk{Natives: true})
		i := slices.IndexFunc(read.Natives, func(n mirror.NativeCopies) bool { return n.Mark == mark })
		if i < 0 || len(read.Ports) != 0 {
			c.t.Fatalf("the native session %s is not among %+v", mark, read)
		}
		if natives := c.observe().Natives; !slices.ContainsFunc(natives, func(n mirror.NativeSession) bool { return n.ID == read.Natives[i].ID && n.Mark == mark }) {
			c.t.Fatalf("no native session is observed as %+v", read.Natives[i])
		}
		return read.Natives[i].Copies.Packets
	}
	first := out()
	testkit.Eventually(c.t, testkit.Patience, "copies to be counted", func() bool {
		c.dev.Wires.Send()
		return out() > first
	})
}

// link: a destination that sends copies is up, and one without a cable is not.
func (c *tally) link() {
	c.t.Helper()
	if p := c.port("d1"); p.Up != mirror.True || p.Bandwidth < 0 {
		c.t.Errorf("a destination that sends: %+v", p)
	}
	c.dev.Wires.Unplug()
	testkit.Eventually(c.t, testkit.Patience, "a destination without a cable to be down", func() bool { return c.port("d1").Up == mirror.False })
}

// clear: that counters began anew is told, or seen.
func (c *tally) clear() {
	c.t.Helper()
	if !c.s.can(c.t, "clear", c.dev.Wires.Clear != nil) {
		return
	}
	before := c.port("p1")
	c.dev.Wires.Clear()
	now := c.port("p1")
	if now.Cleared == nil && now.Discontinuity == before.Discontinuity {
		c.t.Errorf("nothing says that the counters were cleared: before %+v, now %+v", before, now)
	}
	if now.InPackets > before.InPackets {
		c.t.Errorf("%d frames after %d, and they were cleared", now.InPackets, before.InPackets)
	}
	again := c.port("p1")
	if again.Discontinuity != now.Discontinuity || now.Cleared != nil && (again.Cleared == nil || !again.Cleared.Meets(*now.Cleared)) {
		c.t.Errorf("cleared once, and of two names: %+v, %+v", now, again)
	}
}

// drops at a destination that is offered more than it can send.
func (c *tally) drops() {
	c.t.Helper()
	if !c.s.can(c.t, "drops", c.dev.Wires.Flood != nil) {
		return
	}
	c.apply(c.local("d2", from("p1", mirror.RX), from("p2", mirror.RX)))
	before := c.port("d2")
	c.dev.Wires.Flood()
	testkit.Eventually(c.t, testkit.Patience, "what does not fit to be counted", func() bool { return c.port("d2").OutDrops > before.OutDrops })
}
