package engine_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/worker"
)

// picky is a connection that does not bear how it is spoken to.
type picky struct {
	worker.Conn
	lose func(push bool) error
}

func (c picky) Observe(ctx context.Context, l mirror.Look) (mirror.Known, error) {
	if err := c.lose(false); err != nil {
		return mirror.Known{}, err
	}
	return c.Conn.Observe(ctx, l)
}

func (c picky) Push(ctx context.Context, tx string, p mirror.Payload) (mirror.PushReport, error) {
	if err := c.lose(true); err != nil {
		return mirror.PushReport{}, err
	}
	return c.Conn.Push(ctx, tx, p)
}

// pickyBench has one switch whose connections fail as told, and the tuning of
// the newest one.
func pickyBench(t *testing.T, fails func(mirror.Tuning, bool) error) (*bench, *atomic.Pointer[mirror.Tuning], *atomic.Int64) {
	var newest atomic.Pointer[mirror.Tuning]
	var connects atomic.Int64
	b := newBench(t, func(c *engine.Config) {
		connect := c.Drivers[0].Connect
		c.Drivers[0].Connect = func(ctx context.Context, target mirror.Target) (worker.Conn, error) {
			conn, err := connect(ctx, target)
			if err != nil {
				return nil, err
			}
			connects.Add(1)
			newest.Store(&target.Transport.Tuning)
			return picky{conn, func(push bool) error { return fails(target.Transport.Tuning, push) }}, nil
		}
	}, one())
	return b, &newest, &connects
}

func TestADeviceThatLosesInputIsTypedToLineByLine(t *testing.T) {
	for _, when := range []string{"read", "push"} {
		t.Run(when, func(t *testing.T) {
			b, newest, connects := pickyBench(t, func(now mirror.Tuning, push bool) error {
				if now.TypeAhead == mirror.TypeAheadOff || push != (when == "push") {
					return nil
				}
				return fmt.Errorf("fake: the echo differs (taken: a; unknown: b): %w", mirror.ErrInputLost)
			})
			op := b.submit("s", "sw1:d1", "sw1:p1 rx")
			if op.State != mirror.OpSucceeded {
				t.Errorf("the rollout: %+v", op)
			}
			if n := connects.Load(); n != 2 || newest.Load().TypeAhead != mirror.TypeAheadOff {
				t.Errorf("%d connections, the last one with %+v", n, newest.Load())
			}
			view, err := b.Device(t.Context(), "sw1")
			if err != nil {
				t.Fatal(err)
			}
			learned := view.State.Transport
			if learned.TypeAhead != mirror.TypeAheadOff || learned.Since.IsZero() || view.State.Reachable.State != mirror.True {
				t.Errorf("status %+v, reachable %+v", learned, view.State.Reachable)
			}
			if !strings.Contains(learned.Reason, "the echo differs") || !strings.Contains(learned.Reason, "unknown: b") {
				t.Errorf("reason %q", learned.Reason)
			}
			b.stop() // it is known after a restart
			b.start()
			testkit.Eventually(t, patience, "connected again", func() bool { return connects.Load() == 3 })
			if newest.Load().TypeAhead != mirror.TypeAheadOff {
				t.Error("what was learned was forgotten")
			}
		})
	}
}

// A device that loses input even line by line is unreachable, and not dialled
// over and over: a third connection is made only by a later run, when the
// failure of the first has been told.
func TestALossThatTypingLineByLineDoesNotMend(t *testing.T) {
	var reason func() string // set when the bench stands
	stands := make(chan struct{})
	var reads atomic.Int64
	b, _, _ := pickyBench(t, func(mirror.Tuning, bool) error {
		<-stands
		if n := reads.Add(1); n > 2 {
			if r := reason(); r != "InputLost" {
				t.Errorf("read %d while the device is %q", n, r)
			}
		}
		return fmt.Errorf("fake: %w", mirror.ErrInputLost)
	})
	reason = func() string {
		view, err := b.Device(context.WithoutCancel(t.Context()), "sw1")
		if err != nil || view.State.Reachable.State != mirror.False {
			return ""
		}
		return view.State.Reachable.Reason
	}
	close(stands)
	testkit.Eventually(t, patience, "unreachable", func() bool { return reason() == "InputLost" })
}

func TestAConnectionThatEndsAtAKeepaliveIsMadeAnewWithout(t *testing.T) {
	b, newest, connects := pickyBench(t, func(now mirror.Tuning, push bool) error {
		if now.Keepalive == 0 {
			return nil
		}
		return fmt.Errorf("fake: %w: %w", mirror.ErrUnreachable, mirror.ErrProbed)
	})
	// A worker that is replaced before it has connected would read the new entry, and
	// learn what it cannot store any more.
	testkit.Eventually(t, patience, "it is read", func() bool { return b.reachable("sw1").State == mirror.True })
	_, _, err := b.PutDevice(t.Context(), admin, mirror.Device{Name: "sw1", Platform: "fake", Transports: mirror.Transports{Config: mirror.Transport{
		Protocol: "fake", Address: "127.0.0.1", Tuning: mirror.Tuning{Keepalive: mirror.Duration(30 * time.Second)}}}})
	if err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, patience, "without keepalives", func() bool {
		view, err := b.Device(t.Context(), "sw1")
		return err == nil && view.State.Transport.NoKeepalive && view.State.Reachable.State == mirror.True
	})
	if newest.Load().Keepalive != 0 || connects.Load() > 3 {
		t.Errorf("%d connections, the last one with %+v", connects.Load(), newest.Load())
	}
}
