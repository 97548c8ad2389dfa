package engine_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// wrapConns puts something between the engine and every connection.
func wrapConns(c *engine.Config, wrap func(mirror.Target, worker.Conn) worker.Conn) {
	for i := range c.Drivers {
		connect := c.Drivers[i].Connect
		c.Drivers[i].Connect = func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
			conn, err := connect(ctx, t)
			if err != nil {
				return nil, err
			}
			return wrap(t, conn), nil
		}
	}
}

// A gate holds every read of one device until it is opened, deaf to
// cancellation as a hanging device is, and knows how many were made at a time.
type gate struct {
	entered chan struct{} // closed at the first read
	opened  chan struct{}
	open    func()
	once    sync.Once
	inside  atomic.Int64
	most    atomic.Int64
}

// newGatedBench is a bench whose sw1 hangs in its first read.
func newGatedBench(t *testing.T, config func(*engine.Config), switches map[string]*fakeSwitch) (*bench, *gate) {
	t.Helper()
	g := &gate{entered: make(chan struct{}), opened: make(chan struct{})}
	g.open = sync.OnceFunc(func() { close(g.opened) })
	b := newBench(t, func(c *engine.Config) {
		wrapConns(c, func(t mirror.Target, conn worker.Conn) worker.Conn {
			if t.Device.Name != "sw1" {
				return conn
			}
			return gatedConn{conn, g}
		})
		if config != nil {
			config(c)
		}
	}, switches)
	t.Cleanup(g.open) // before the bench stops, which waits for its workers
	<-g.entered
	return b, g
}

type gatedConn struct {
	worker.Conn
	g *gate
}

func (c gatedConn) Observe(ctx context.Context, look mirror.Look) (mirror.Known, error) {
	n := c.g.inside.Add(1)
	defer c.g.inside.Add(-1)
	for m := c.g.most.Load(); n > m && !c.g.most.CompareAndSwap(m, n); m = c.g.most.Load() {
	}
	c.g.once.Do(func() { close(c.g.entered) })
	<-c.g.opened
	return c.Conn.Observe(ctx, look)
}

// changedConn is a device whose pushes always rest on an old view.
type changedConn struct {
	worker.Conn
	answer string
}

func (c changedConn) Push(_ context.Context, _ string, p mirror.Payload) (mirror.PushReport, error) {
	var report mirror.PushReport
	for _, b := range p.Blocks {
		report.Blocks = append(report.Blocks, mirror.BlockResult{Mark: b.Mark(),
			Err: &mirror.DeviceError{Answer: c.answer, Kind: mirror.ErrChanged}})
	}
	return report, nil
}

// spyStore tells of reads of the store.
type spyStore struct {
	mirror.Store
	views  atomic.Int64
	listed func() // after a read that listed the devices
}

type spyTx struct {
	mirror.Tx
	listed *bool
}

func (t spyTx) Devices(p mirror.Page) ([]mirror.Device, error) {
	*t.listed = true
	return t.Tx.Devices(p)
}

func (s *spyStore) View(ctx context.Context, fn func(mirror.Tx) error) error {
	listed := false
	err := s.Store.View(ctx, func(tx mirror.Tx) error { return fn(spyTx{tx, &listed}) })
	s.views.Add(1)
	if listed && s.listed != nil {
		s.listed()
	}
	return err
}
