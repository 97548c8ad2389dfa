package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

// A Conn is a connection to one device, used by one goroutine at a time.
type Conn struct {
	d      *Driver
	wire   Wire
	device string
	window time.Duration // within which pushes are confirmed, 0 = they stand
	facts  mirror.Facts
	last   mirror.Known // as the worker knows it, zero since a push
	seen   time.Time    // when the last read ended, zero since anything was sent
	pushed bool         // since everything was read
	taken  bool         // of the push that is under way: the device took a part of it
	now    func() time.Time
}

// Open reads who the device at the other end of a wire is. The wire is closed where that
// fails. window is mirror.Device.Window.
func (d *Driver) Open(ctx context.Context, t mirror.Target, wire Wire, window time.Duration) (*Conn, error) {
	c := &Conn{d: d, wire: wire, device: t.Device.Name, window: window, now: time.Now}
	answers := Answers{Config: &data.Node{}, State: &data.Node{}}
	var err error
	if len(d.p.Hello) > 0 {
		answers, err = wire.Read(ctx, d.p.Hello)
	}
	if err == nil {
		c.facts, err = d.p.Facts(wire.Server(), answers)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect to %s: %w", t.Transport.Address, err), wire.Close())
	}
	c.facts.LearnedAt = time.Now()
	return c, nil
}

// Facts learned at connect.
func (c *Conn) Facts() mirror.Facts { return c.facts }

// Observe reads the sessions, and what is around them where the look asks for it, where
// the sessions are not as before, or where it is too old.
func (c *Conn) Observe(ctx context.Context, look mirror.Look) (mirror.Known, error) {
	known, err := c.observe(ctx, look, c.wire.Read)
	if err == nil {
		c.last, c.seen = known, c.now()
	}
	return known, err
}

// observe is Observe, whose first questions read asks.
func (c *Conn) observe(ctx context.Context, look mirror.Look, read func(context.Context, []Read) (Answers, error)) (mirror.Known, error) {
	whole := c.pushed || look.Whole || look.Known.IsZero() || len(look.Ports) > 0 || look.Known.View == "" || look.Known.Read.Before(look.Oldest)
	reads := c.d.p.Narrow(c.facts)
	if whole {
		reads = slices.Concat(reads, c.d.p.Around(c.facts))
	}
	answers, err := read(ctx, reads)
	if err != nil {
		return mirror.Known{}, err
	}
	view := c.view(answers)
	if !whole && view == look.Known.View {
		known := look.Known
		known.Observation.At = c.now()
		return known, nil
	}
	if !whole {
		return c.observe(ctx, mirror.Look{Whole: true}, c.wire.Read)
	}
	o, err := c.d.p.Observe(c.facts, answers)
	if err != nil {
		return mirror.Known{}, fmt.Errorf("%s: %w", c.device, err)
	}
	o.At, c.pushed = c.now(), false
	return mirror.Known{Observation: o, View: view, Read: o.At}, nil
}

// view is what Narrow showed, as text. Where everything was read, the rest is left out.
func (c *Conn) view(a Answers) string {
	var b strings.Builder
	for _, r := range c.d.p.Narrow(c.facts) {
		root := a.Config
		if r.State {
			root = a.State
		}
		for _, n := range find(root, r.Path) {
			b.WriteString(steady(n, c.d.p.Volatile).Print())
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// find lists the nodes at a path.
func find(root *data.Node, p data.Path) []*data.Node {
	at := []*data.Node{root}
	for _, s := range p {
		var next []*data.Node
		_, local, ok := strings.Cut(s.Name, ":")
		if !ok {
			local = s.Name
		}
		for _, n := range at {
			for _, e := range n.All(local) {
				if !slices.ContainsFunc(s.Keys, func(k data.Key) bool { return k.Value != "*" && e.Text(k.Name) != k.Value }) {
					next = append(next, e)
				}
			}
		}
		at = next
	}
	return at
}

// steady is a copy without what changes by itself.
func steady(n *data.Node, volatile func(*data.Node) bool) *data.Node {
	if volatile == nil {
		return n
	}
	out := *n
	out.Children = nil
	for _, c := range n.Children {
		if !volatile(c) {
			out.Children = append(out.Children, steady(c, volatile))
		}
	}
	return &out
}

// Counters reads what is asked for; mirror.ErrUnsupported where the platform has none.
func (c *Conn) Counters(ctx context.Context, ask mirror.CounterAsk) (mirror.CounterRead, error) {
	if c.d.p.Count == nil {
		return mirror.CounterRead{}, fmt.Errorf("counters of %s: %w", c.device, mirror.ErrUnsupported)
	}
	answers, err := c.wire.Read(ctx, c.d.p.CountReads(c.facts, ask))
	if err != nil {
		return mirror.CounterRead{}, err
	}
	return c.d.p.Count(c.facts, ask, answers)
}

// Close ends the connection.
func (c *Conn) Close() error { return c.wire.Close() }
