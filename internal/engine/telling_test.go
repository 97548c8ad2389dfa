package engine_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// A device that refuses to tell of changes is asked once, and its connection is given back
// when nothing needs it; one that stopped telling, too. One that was exchanged is asked anew.
func TestWhoTellsOfNothingKeepsNoConnection(t *testing.T) {
	for name, kind := range map[string]error{"not implemented": mirror.ErrUnsupported, "not permitted": mirror.ErrAuth, "refused": mirror.ErrRejected, "no": mirror.ErrInvalid} {
		t.Run(name, func(t *testing.T) {
			switches := one()
			sw := switches["sw1"]
			sw.facts.Serial = "A"
			var asked atomic.Int32
			b := newBench(t, func(c *engine.Config) {
				c.Timeouts.Idle = 30 * time.Millisecond
				for i := range c.Drivers {
					c.Drivers[i].Watch = func(context.Context, mirror.Target, func()) error {
						asked.Add(1)
						return fmt.Errorf("watch: %w", kind)
					}
				}
			}, switches)
			b.submit("s", "sw1:d1", "sw1:p1 rx")
			closed := func() bool { made, closed := sw.connections(); return made > 0 && made == closed }
			testkit.Eventually(t, patience, "the connection to be closed", closed)
			for range 3 {
				b.settle("sw1")
			}
			testkit.Eventually(t, patience, "the connection to be closed again", closed)
			if n := asked.Load(); n != 1 {
				t.Errorf("it was asked %d times to tell of changes", n)
			}
			sw.quietly(func() { sw.facts.Serial = "B" })
			b.settle("sw1")
			testkit.Eventually(t, patience, "the other device to be asked", func() bool { return asked.Load() == 2 })
			b.quiet("s")
		})
	}
}

// While a device tells of changes its connection stays; when that was lost, the connection
// may go.
func TestALostWatchLetsTheConnectionGo(t *testing.T) {
	switches := one()
	sw := switches["sw1"]
	lost, asked := make(chan struct{}), atomic.Int32{}
	b := newBench(t, func(c *engine.Config) {
		c.Timeouts.Idle, c.Resync, c.Timeouts.Backoff = 30*time.Millisecond, time.Hour, time.Hour
		for i := range c.Drivers {
			c.Drivers[i].Watch = func(ctx context.Context, _ mirror.Target, changed func()) error {
				if asked.Add(1) > 1 {
					return fmt.Errorf("watch: %w", mirror.ErrUnreachable)
				}
				changed()
				select {
				case <-lost:
				case <-ctx.Done():
				}
				return fmt.Errorf("watch: %w", mirror.ErrUnreachable)
			}
		}
	}, switches)
	b.submit("s", "sw1:d1", "sw1:p1 rx")
	testkit.Eventually(t, patience, "the watch", func() bool { return asked.Load() > 0 })
	b.settle("sw1")
	b.settle("sw1")
	if made, closed := sw.connections(); closed != 0 {
		t.Errorf("%d connections of %d are closed while it tells of changes", closed, made)
	}
	close(lost)
	testkit.Eventually(t, patience, "the connection to be closed", func() bool { made, closed := sw.connections(); return made == closed })
	b.quiet("s")
}
