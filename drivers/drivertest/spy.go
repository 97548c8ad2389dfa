package drivertest

import (
	"context"
	"errors"
	"sync"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// A spy counts what goes through the connections of a driver.
type spy struct {
	mu     sync.Mutex
	blocks int   // pushed
	lost   error // the first error of a connection
}

func (s *spy) pushed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.blocks
}

// takeLost gives the error with which a connection was lost since it was asked
// last, nil when none was.
func (s *spy) takeLost() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.lost
	s.lost = nil
	return err
}

func (s *spy) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost == nil {
		s.lost = err
	}
}

// watch wraps a driver. Device events are left out: the tests decide when a
// device is looked at.
func (s *spy) watch(d worker.Driver) worker.Driver {
	connect := d.Connect
	d.Watch = nil
	d.Connect = func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
		conn, err := connect(ctx, t)
		if err != nil {
			s.note(err)
			return nil, err
		}
		watched := &spiedConn{Conn: conn, spy: s}
		saver, saves := conn.(worker.Saver)
		confirmer, confirms := conn.(worker.Confirmer)
		switch {
		case saves && confirms:
			return struct {
				spiedSaver
				worker.Confirmer
			}{spiedSaver{watched, saver}, confirmer}, nil
		case confirms:
			return struct {
				*spiedConn
				worker.Confirmer
			}{watched, confirmer}, nil
		case saves:
			return spiedSaver{watched, saver}, nil
		}
		return watched, nil
	}
	return d
}

type spiedConn struct {
	worker.Conn
	spy *spy
}

// spiedSaver keeps an ability that the worker finds by type assertion.
type spiedSaver struct {
	*spiedConn
	worker.Saver
}

// Observe counts the loss of the connection.
func (c *spiedConn) Observe(ctx context.Context, look mirror.Look) (mirror.Known, error) {
	known, err := c.Conn.Observe(ctx, look)
	if err != nil {
		c.spy.note(err)
	}
	return known, err
}

// Push counts blocks and the loss of the connection.
func (c *spiedConn) Push(ctx context.Context, tx string, p mirror.Payload) (mirror.PushReport, error) {
	c.spy.mu.Lock()
	c.spy.blocks += len(p.Blocks)
	c.spy.mu.Unlock()
	report, err := c.Conn.Push(ctx, tx, p)
	if err != nil {
		c.spy.note(err)
	}
	return report, err
}

// broken reports whether an error means what worker.Conn says of a broken
// connection.
func broken(err error) bool {
	return errors.Is(err, mirror.ErrUnreachable) || errors.Is(err, mirror.ErrTimeout)
}
