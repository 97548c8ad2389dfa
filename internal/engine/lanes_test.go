package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// narrow lets two devices be connected to at a time, and devices that are silent
// be waited for longer than any test lasts.
func narrow(c *engine.Config) {
	c.Parallel = 2
	c.Timeouts.Dial, c.Timeouts.Observe, c.Timeouts.Place = time.Hour, time.Hour, time.Hour
}

// fleet is n healthy switches and as many others.
func fleet(n int, other func() *fakeSwitch) map[string]*fakeSwitch {
	out := map[string]*fakeSwitch{}
	for i := range n {
		out[fmt.Sprintf("good%d", i)] = newSwitch("p1", "d1")
		out[fmt.Sprintf("dark%d", i)] = other()
	}
	return out
}

func muted() *fakeSwitch {
	s := newSwitch("p1", "d1")
	s.hush = make(chan struct{})
	return s
}

// creates puts a session on every healthy switch and waits for it to be there.
func (b *bench) creates(n int) {
	b.t.Helper()
	for i := range n {
		good := fmt.Sprintf("good%d", i)
		if op := b.submit(good, good+":d1", good+":p1"); op.State != mirror.OpSucceeded {
			b.t.Errorf("%s: %+v", good, op)
		}
	}
}

const fleetHalf = 10

func TestDevicesThatDoNotAnswerConnectionsStopNobodysWrites(t *testing.T) {
	b := newBench(t, narrow, fleet(fleetHalf, muted))
	b.creates(fleetHalf)
}

func TestDevicesThatFallSilentStopNobodysWrites(t *testing.T) {
	b := newBench(t, narrow, fleet(fleetHalf, func() *fakeSwitch { return newSwitch("p1", "d1") }))
	for name, s := range b.switches {
		testkit.Eventually(t, patience, name+" is read", func() bool { return b.reachable(name).State == mirror.True })
		if name[:4] != "dark" {
			continue
		}
		tried := s.tried()
		s.edit(func() { s.hush = make(chan struct{}) }) // its watcher asks for a read
		testkit.Eventually(t, patience, name+" is waited for", func() bool { return s.tried() > tried })
	}
	b.creates(fleetHalf)
}

func TestSilentDevicesStopNobodyAfterARestart(t *testing.T) {
	b := newBench(t, narrow, fleet(fleetHalf, func() *fakeSwitch { return newSwitch("p1", "d1") }))
	for name := range b.switches {
		testkit.Eventually(t, patience, name+" is read", func() bool { return b.reachable(name).State == mirror.True })
	}
	b.stop()
	for name, s := range b.switches {
		if name[:4] == "dark" {
			s.quietly(func() { s.hush = make(chan struct{}) })
		}
	}
	b.start()
	b.creates(fleetHalf)
}

// A place among the devices that are being connected to is held for a while
// only: devices that nobody asks for are read, too.
func TestASilentDeviceHandsItsPlaceOn(t *testing.T) {
	switches := fleet(fleetHalf, muted)
	b := newBench(t, func(c *engine.Config) { narrow(c); c.Timeouts.Place = time.Millisecond }, switches)
	for name := range switches {
		if name[:4] == "good" {
			testkit.Eventually(t, patience, name+" is read", func() bool { return b.reachable(name).State == mirror.True })
		}
	}
}

// What failed last time waits among its kind, and takes no place of those that
// answer.
func TestDevicesThatFailedWaitAmongThemselves(t *testing.T) {
	switches := fleet(fleetHalf, func() *fakeSwitch { s := newSwitch(); s.down = true; return s })
	for _, name := range []string{"new1", "new2"} {
		switches[name] = newSwitch("p1")
		switches[name].later = true
	}
	b := newBench(t, func(c *engine.Config) { narrow(c); c.Resync = time.Millisecond }, switches)
	for name := range switches {
		if name[:4] == "dark" {
			testkit.Eventually(t, patience, name+" failed", func() bool { return b.reachable(name).State == mirror.False })
		}
	}
	waiting := 0
	for name, s := range switches {
		if name[:4] == "dark" {
			s.quietly(func() { s.down, s.hush, s.asked = false, make(chan struct{}), 0 })
		}
	}
	testkit.Eventually(t, patience, "one of them is waited for", func() bool {
		waiting = 0
		for name, s := range switches {
			if name[:4] == "dark" && s.tried() > 0 {
				waiting++
			}
		}
		return waiting > 0
	})
	b.imports(listed("new1", "fake"), listed("new2", "fake"))
	for _, name := range []string{"new1", "new2"} {
		testkit.Eventually(t, patience, name+" is read", func() bool { return b.reachable(name).State == mirror.True })
	}
}
