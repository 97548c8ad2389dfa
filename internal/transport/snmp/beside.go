package snmp

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/gosnmp/gosnmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

// inFlight is how many requests one connection has on the way at most: the parts of one
// read, few enough for the receive buffer of a small agent.
const inFlight = 6

// A flight is what lets requests of one connection be on the way side by side. gosnmp waits
// for one answer at a time, so each further request has a socket of its own, made when it
// is needed first.
type flight struct {
	idle  chan *Conn // those that nobody uses
	all   []*Conn
	alone atomic.Bool // the agent is asked one thing at a time
}

func newFlight(c *Conn) *flight {
	f := &flight{idle: make(chan *Conn, inFlight-1)}
	for range inFlight - 1 {
		beside := &Conn{target: c.target, where: c.where, addr: c.addr, port: c.port, wait: c.wait, turn: make(chan struct{}, 1)}
		f.all = append(f.all, beside)
		f.idle <- beside
	}
	return f
}

type sending func(*gosnmp.GoSNMP) (*gosnmp.SnmpPacket, error)

// ask does one exchange of a question, beside others that are on the way. Where the answer
// to it does not come, as from an agent that drops what comes while it is busy, it is asked
// again when nothing else is on the way, and so is everything after it.
func (c *Conn) ask(ctx context.Context, names []OID, send sending) (*gosnmp.SnmpPacket, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
		return c.meet(ctx, names, send)
	default:
	}
	beside := c.place(ctx)
	if beside == nil {
		return c.inTurn(ctx, names, send)
	}
	reply, err := beside.inTurn(ctx, names, func(s *gosnmp.GoSNMP) (*gosnmp.SnmpPacket, error) {
		tries := s.Retries
		s.Retries = 0
		defer func() { s.Retries = tries }()
		return send(s)
	})
	c.beside.idle <- beside
	if errors.Is(err, mirror.ErrTimeout) && ctx.Err() == nil {
		c.beside.alone.Store(true)
		return c.inTurn(ctx, names, send)
	}
	return reply, err
}

// place is where a question goes that need not wait for the one before it; nil = it waits.
func (c *Conn) place(ctx context.Context) *Conn {
	if c.beside == nil || c.beside.alone.Load() {
		return nil
	}
	select {
	case beside := <-c.beside.idle:
		if err := beside.ready(ctx); err != nil {
			c.beside.idle <- beside
			return nil
		}
		return beside
	default:
		return nil
	}
}

// ready makes the socket where there is none yet.
func (c *Conn) ready(ctx context.Context) error {
	c.mu.Lock()
	made := c.sock != nil
	c.mu.Unlock()
	if made {
		return nil
	}
	return c.dial(ctx, c.target.SNMP)
}

// inTurn does one exchange when those before it are over.
func (c *Conn) inTurn(ctx context.Context, names []OID, send sending) (*gosnmp.SnmpPacket, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", kindOf(ctx, nil), ctx.Err())
	}
	return c.meet(ctx, names, send)
}

// meet does one exchange. An agent that has another engine now, as a spare in its place
// has, is met afresh once.
func (c *Conn) meet(ctx context.Context, names []OID, send sending) (*gosnmp.SnmpPacket, error) {
	reply, err := c.exchange(ctx, names, send)
	if errors.Is(err, errEngine) && ctx.Err() == nil {
		if err = c.dial(ctx, c.target.SNMP); err == nil {
			reply, err = c.exchange(ctx, names, send)
		}
	}
	return reply, err
}
