package engine_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/worker"
)

// looks remembers what the reads of a device were asked for.
type looks struct {
	mu  sync.Mutex
	all []mirror.Look
}

func (l *looks) last() mirror.Look {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all[len(l.all)-1]
}

type lookingConn struct {
	worker.Conn
	l *looks
}

func (c lookingConn) Observe(ctx context.Context, look mirror.Look) (mirror.Known, error) {
	c.l.mu.Lock()
	c.l.all = append(c.l.all, look)
	c.l.mu.Unlock()
	known, err := c.Conn.Observe(ctx, look)
	known.View = "the view"
	return known, err
}

// newLookingBench is a bench with one switch whose reads are remembered.
func newLookingBench(t *testing.T, more ...func(*engine.Config)) (*bench, *fakeSwitch, *looks) {
	t.Helper()
	switches, l := one(), &looks{}
	sw := switches["sw1"]
	sw.facts = mirror.Facts{Model: "fake", Version: "1", Serial: "A", Uptime: 24 * time.Hour}
	b := newBench(t, func(c *engine.Config) {
		wrapConns(c, func(_ mirror.Target, conn worker.Conn) worker.Conn { return lookingConn{conn, l} })
		for _, set := range more {
			set(c)
		}
	}, switches)
	return b, sw, l
}

// What was read belongs to the worker: it is handed to the next read, over
// another connection and after a restart too, unless the device is not the same.
func TestWhatWasReadOutlivesTheConnection(t *testing.T) {
	b, sw, l := newLookingBench(t)
	// reconnect breaks the connection and has the device read over a new one.
	reconnect := func(what string, known bool) {
		t.Helper()
		sw.quietly(func() { sw.down = true })
		if _, err := b.Sync(t.Context(), admin, "sw1"); err == nil {
			t.Fatal("a device that is away was read")
		}
		sw.quietly(func() { sw.down = false })
		if _, err := b.Sync(t.Context(), admin, "sw1"); err != nil {
			t.Fatal(err)
		}
		if got := l.last().Known.View != ""; got != known {
			t.Errorf("%s: something was known %v, want %v", what, got, known)
		}
	}
	b.settle("sw1")
	if l.last().Known.View == "" || !l.last().Whole {
		t.Errorf("an operator's read: %+v", l.last())
	}
	reconnect("the same device", true)
	sw.quietly(func() { sw.facts.Version = "2" })
	reconnect("other software", false)
	sw.quietly(func() { sw.facts.Serial = "B" })
	reconnect("another device", false)
	sw.quietly(func() { sw.facts.Uptime = time.Minute })
	reconnect("a device that has restarted", false)
	sw.quietly(func() { sw.facts.Uptime = 0 })
	reconnect("a device that does not tell", false)
	sw.quietly(func() { sw.facts.Uptime = 24 * time.Hour })
	b.settle("sw1")
	b.stop()
	n := sw.readings()
	b.start()
	// The worker's own first read: one that the test asked for might become part of it.
	testkit.Eventually(t, patience, "the first read", func() bool { return sw.readings() > n })
	b.settle("sw1")
	l.mu.Lock()
	defer l.mu.Unlock()
	restored := false
	for _, look := range l.all {
		if age := time.Since(look.Oldest); age < 15*time.Minute || age > time.Hour {
			t.Errorf("a read bears an age of %v", age)
		}
		restored = restored || look.Known.View != "" && look.Known.Private == nil && !look.Whole
	}
	if !restored {
		t.Error("after a restart nothing was known")
	}
}

// After a push whose end is unknown nothing that was read before counts.
func TestAPushWithoutAnEndLeavesNothingKnown(t *testing.T) {
	b, sw, l := newLookingBench(t)
	b.settle("sw1")
	sw.quietly(func() { sw.dropAfter = 1 })
	b.submit("s", "sw1:d1", "sw1:p1 rx")
	l.mu.Lock()
	defer l.mu.Unlock()
	unknown := 0
	for _, look := range l.all[1:] {
		if look.Known.View == "" {
			unknown++
		}
	}
	if unknown != 1 {
		t.Errorf("%d reads after the first began from nothing, want that after the lost push", unknown)
	}
}
