package ifmib

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mib"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// Every is how often the counters are read: many agents bring them up to date every
// few seconds only.
const Every = 10 * time.Second

// A Platform is what must be known of the device beside its agent.
type Platform struct {
	// Ports makes names of the agent canonical, as worker.Driver.Ports does.
	Ports func(text string) ([]mirror.PortName, error)
	// CopiesReadDown says that a port that sends copies may be told as down: then a port
	// that is down and not shut down may be up.
	CopiesReadDown bool
}

// agent is what is used of a snmp.Conn.
type agent interface {
	Get(ctx context.Context, names ...snmp.OID) ([]snmp.Variable, error)
	Walk(ctx context.Context, columns ...snmp.OID) ([][]snmp.Row, error)
	Boots() (uint32, bool)
	Close() error
}

var _ agent = (*snmp.Conn)(nil)

const (
	// forget is how old the table of names may be when a port is not in it.
	forget = 5 * time.Minute
	// settle is how old it is at least before another ifTableLastChange has it read
	// anew: there are agents where that runs on.
	settle = 30 * time.Second
)

// A Conn reads the counters of one device. Its methods may be called concurrently;
// readings exclude each other.
type Conn struct {
	agent    agent
	platform Platform

	mu     sync.Mutex
	table  *table        // nil = not read, or not valid any more
	uptime time.Duration // the last that was told
	most   int           // ports in one message
}

// Connect opens a connection with the agent of a target. The errors are those of
// snmp.Open.
func Connect(ctx context.Context, t mirror.Target, p Platform) (*Conn, error) {
	a, err := snmp.Open(ctx, t)
	if err != nil {
		return nil, err
	}
	return newConn(a, p), nil
}

// Over reads counters over a connection that a driver has already; it is the driver's to
// close. ports are the driver's.
func Over(ports func(text string) ([]mirror.PortName, error)) func(*snmp.Conn) mib.Counter {
	return func(a *snmp.Conn) mib.Counter { return newConn(a, Platform{Ports: ports}) }
}

func newConn(a agent, p Platform) *Conn { return &Conn{agent: a, platform: p, most: snmp.MaxVariables} }

// Close ends the connection.
func (c *Conn) Close() error { return c.agent.Close() }

// Stats counts the messages that passed.
func (c *Conn) Stats() snmp.Stats {
	if a, ok := c.agent.(interface{ Stats() snmp.Stats }); ok {
		return a.Stats()
	}
	return snmp.Stats{}
}

// Counters reads the counters of ports, see worker.Counter. Native sessions have none
// here. A port whose name two rows have is Missing, since nobody knows which is meant.
func (c *Conn) Counters(ctx context.Context, ask mirror.CounterAsk) (mirror.CounterRead, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(ask.Ports) == 0 && !ask.All {
		return mirror.CounterRead{At: time.Now()}, nil
	}
	for final := false; ; final = true { // a second time with another table of names
		r, err := c.read(ctx, ask, final)
		if err == nil && !r.stale || final {
			return r.CounterRead, err
		}
		c.table = nil
		if err != nil {
			return mirror.CounterRead{}, err
		}
	}
}

// A reading is one under way.
type reading struct {
	mirror.CounterRead
	final bool // it is not done again
	stale bool // rows have moved since the table was read
}

func (c *Conn) read(ctx context.Context, ask mirror.CounterAsk, final bool) (*reading, error) {
	r := &reading{final: final}
	if t := c.table; t == nil || time.Since(t.at) > forget && slices.ContainsFunc(ask.Ports, func(p mirror.PortName) bool { return t.ports[p] == nil }) {
		fresh, err := readTable(ctx, c.agent, c.platform.Ports)
		if err != nil {
			return r, err
		}
		c.table = fresh
	}
	wanted := map[*iface]bool{}
	for _, p := range ask.Ports {
		if f := c.table.ports[p]; f != nil {
			wanted[f] = true
		} else {
			r.miss(p, cmp.Or(c.table.ambiguous[p], "the agent has no interface of this name"))
		}
	}
	if ask.All {
		if err := c.addUp(ctx, wanted); err != nil {
			return r, err
		}
	}
	rows := slices.SortedFunc(maps.Keys(wanted), func(a, b *iface) int { return cmp.Compare(a.index, b.index) })
	return r, c.readRows(ctx, r, rows)
}

func (r *reading) miss(p mirror.PortName, why string) {
	if r.Missing == nil {
		r.Missing = map[mirror.PortName]string{}
	}
	r.Missing[p] = why
}

// addUp adds the ports that are not known to be down.
func (c *Conn) addUp(ctx context.Context, wanted map[*iface]bool) error {
	columns, err := c.agent.Walk(ctx, ifOperStatus)
	if err != nil {
		return fmt.Errorf("read which interfaces are up: %w", err)
	}
	down := map[uint32]bool{}
	for _, row := range columns[0] {
		if index, ok := row.Index.Index(); ok {
			down[index] = mib.Link(row.Value) == mirror.False
		}
	}
	for _, f := range c.table.ports {
		if !down[f.index] {
			wanted[f] = true
		}
	}
	return nil
}

// readRows reads rows, as many in one message as fit into it. What is read with the
// wide columns in vain is read again with the narrow ones.
func (c *Conn) readRows(ctx context.Context, r *reading, rows []*iface) error {
	for first := true; first || len(rows) > 0; {
		names, n := c.message(rows, first)
		answer, err := c.agent.Get(ctx, names...)
		if errors.Is(err, snmp.ErrTooBig) && n > 1 {
			c.most = (n + 1) / 2
			continue
		}
		if err != nil {
			return fmt.Errorf("read counters: %w", err)
		}
		if c.moved(r, answer, first); r.stale && !r.final {
			return nil
		}
		first = false
		again := c.take(r, rows[:n], valuesOf(answer), ticks(answer[0].Value))
		if r.stale && !r.final {
			return nil
		}
		rows = append(again, rows[n:]...)
	}
	return nil
}

// take adds what one message told of rows, and returns those to be asked again.
func (c *Conn) take(r *reading, rows []*iface, values map[uint32]row, uptime time.Duration) (again []*iface) {
	for _, f := range rows {
		switch v := values[f.index]; {
		case v[f.column].Text != f.name:
			r.stale = true
			r.miss(f.port, "its row in the agent's table became another while it was read")
		case f.narrow(v):
			again = append(again, f)
		default:
			p := f.counters(v, c.platform.CopiesReadDown)
			p.Uptime = uptime
			r.Ports = append(r.Ports, p)
			if !p.Complete { // the row was not whole: that says nothing of its 64 bits
				f.narrowOctets, f.narrowPackets = false, false
			}
		}
	}
	return again
}

// message names the variables of the next message and counts the rows in it. The
// first has what tells whether rows have moved.
func (c *Conn) message(rows []*iface, first bool) (names []snmp.OID, n int) {
	names = []snmp.OID{sysUpTime}
	if first {
		names = append(names, ifTableLastChange, snmpEngineBoots)
	}
	_, version3 := c.agent.Boots()
	left := room(version3) - 24*len(names)
	for ; n < len(rows) && n < c.most; n++ {
		columns := rows[n].columns(c.platform.CopiesReadDown)
		need := 0
		for _, column := range columns {
			need += size(column, rows[n].index, rows[n].name)
		}
		if left -= need; n > 0 && (left < 0 || len(names)+len(columns) > snmp.MaxVariables) {
			break
		}
		for _, column := range columns {
			names = append(names, column.Row(rows[n].index))
		}
	}
	return names, n
}

// moved takes what a message tells of the agent, and notes whether rows may have other
// indexes than when the table was read.
func (c *Conn) moved(r *reading, answer []snmp.Variable, first bool) {
	uptime := ticks(answer[0].Value)
	r.stale = r.stale || uptime < c.uptime
	c.uptime = uptime
	if !first {
		return
	}
	r.At, r.Uptime = time.Now(), uptime
	now := stampOf(c.agent, answer)
	r.Boot = now.boots
	was := c.table.stamp
	r.stale = r.stale || now.boots != was.boots || now.change != was.change && time.Since(c.table.at) > settle
}
