package mib

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// A stamp tells whether interfaces may have other numbers by now.
type stamp struct {
	Change string `json:"change,omitempty"` // ifTableLastChange, "" = not told
	Boots  string `json:"boots,omitempty"`  // snmpEngineBoots
	Uptime uint64 `json:"uptime"`           // sysUpTime, hundredths of a second
}

var stampNames = []snmp.OID{sysUpTime, ifTableLastChange, snmpEngineBoots}

func (c *Conn) stampOf(said []snmp.Variable) (s stamp) {
	s.Uptime = said[0].Number
	if said[1].Kind == snmp.Ticks {
		s.Change = fmt.Sprint(said[1].Number)
	}
	if boots, ok := c.agent.Boots(); ok {
		s.Boots = fmt.Sprint(boots)
	} else if said[2].Kind == snmp.Integer {
		s.Boots = fmt.Sprint(said[2].Number)
	}
	return s
}

// same: nothing says that the agent started anew, or that its interfaces changed.
func (s stamp) same(now stamp) bool {
	return s.Change == now.Change && s.Boots == now.Boots && now.Uptime >= s.Uptime
}

const (
	// recent is for how long what a push asked, or a read of everything told, is of now.
	recent = 10 * time.Second
	// perMessage is how many objects one question has: with texts it fits into a frame.
	perMessage = 24
	// sideBySide is how many messages of one question are on the way at a time.
	sideBySide = 4
)

// Observe reads the device. Mirror sessions are walked each time. Ports are taken for
// granted until the agent says that its interfaces changed or that it started anew, but
// for the state of those that the look names and of those that sessions wait for; the
// traffic of a port, who is heard there, is read with everything else.
func (c *Conn) Observe(ctx context.Context, look mirror.Look) (mirror.Known, error) {
	c.seen = sight{}
	known, was := look.Known, stamp{}
	fresh := known.IsZero() || look.Whole || known.Read.Before(look.Oldest) || json.Unmarshal([]byte(known.View), &was) != nil ||
		len(look.Traffic) > 0 && c.now().Sub(known.Read) > recent
	if !fresh {
		o, now, ok, err := c.narrow(ctx, look, was)
		if err != nil {
			return mirror.Known{}, err
		}
		if ok {
			return knownOf(o, now, known.Read)
		}
	}
	o, now, err := c.whole(ctx)
	if err != nil {
		return mirror.Known{}, err
	}
	return knownOf(o, now, o.At)
}

func knownOf(o mirror.Observation, s stamp, read time.Time) (mirror.Known, error) {
	view, err := json.Marshal(s)
	return mirror.Known{Observation: o, View: string(view), Read: read}, err
}

// narrow reads the sessions and the state of some ports, side by side; not ok where
// everything has to be read.
func (c *Conn) narrow(ctx context.Context, look mirror.Look, was stamp) (o mirror.Observation, now stamp, ok bool, err error) {
	o = look.Known.Observation
	o.Ports, o.Handles = slices.Clone(o.Ports), maps.Clone(o.Handles)
	begun := c.now()
	ports := append(slices.Concat(look.Ports, look.Traffic), waiting(o.Natives)...)
	ask := asking{}
	if len(ports) > 0 || begun.Sub(c.named) > recent {
		ask = c.resting(c.about(o, ports), o, look.Sources)
	}
	var t Tables
	var said []snmp.Variable
	both, side := errgroup.WithContext(ctx)
	both.Go(func() (err error) { t, err = c.rows(side, o.Handles); return err })
	both.Go(func() (err error) { said, err = c.get(side, ask.names); return err })
	if err := both.Wait(); err != nil {
		return o, now, false, err
	}
	if err := c.sessions(t, &o); err != nil {
		return o, now, false, err
	}
	if more := c.about(o, waiting(o.Natives)); !ask.holds(more) { // waiting since now
		ask = c.about(o, append(ports, waiting(o.Natives)...))
		if said, err = c.get(ctx, ask.names); err != nil {
			return o, now, false, err
		}
	}
	now = was
	if len(ask.names) > 0 {
		if now, ok = c.states(&o, ask, said); !ok || !was.same(now) {
			return o, now, false, nil
		}
		if err := c.resay(&o); err != nil {
			return o, now, false, err
		}
		c.seen = sightOf(begun, t, said)
	}
	o.At = c.now()
	return o, now, true, nil
}

// waiting are the ports of native sessions that are not programmed.
func waiting(natives []mirror.NativeSession) (out []mirror.PortName) {
	for _, n := range natives {
		if n.Programmed == mirror.False {
			out = append(out, portsOf(n.Spec)...)
		}
	}
	return out
}

func portsOf(n mirror.NativeSpec) (out []mirror.PortName) {
	for _, s := range n.Sources {
		if s.Port != "" {
			out = append(out, s.Port)
		}
	}
	return append(out, n.Destinations...)
}

// rows walks the tables of mirror sessions. Where they were empty, or never read, an agent
// that says nothing of them is asked in the same breath whether it has them at all.
func (c *Conn) rows(ctx context.Context, before map[string]string) (Tables, error) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	t := Tables{}
	names := rowsOf(before)
	probed := func() error { return nil }
	if len(names) == 0 {
		done := make(chan error, 1)
		go func() {
			_, err := c.platform.Probe(ctx, c.agent)
			done <- err
		}()
		probed = func() error { return <-done }
	}
	err := c.walk(ctx, t, c.platform.Narrow(c.facts))
	if err != nil {
		end()
	}
	there := probed()
	if err != nil {
		return nil, fmt.Errorf("read mirror sessions: %w", err)
	}
	for _, rows := range t {
		if len(rows) > 0 {
			return t, nil
		}
	}
	if len(names) == 0 {
		return t, there
	}
	return t, c.emptyForSure(ctx, names)
}

// rowsOf are objects of rows that were there, by their handles.
func rowsOf(handles map[string]string) (names []snmp.OID) {
	for k := range handles {
		if name, ok := strings.CutPrefix(k, RowHandle); ok && len(names) < perMessage {
			names = append(names, snmp.OID(name))
		}
	}
	return names
}

// sessions makes native sessions of the rows.
func (c *Conn) sessions(t Tables, o *mirror.Observation) error {
	o.Natives = nil
	maps.DeleteFunc(o.Handles, func(k, _ string) bool { return strings.HasPrefix(k, RowHandle) })
	if o.Handles == nil {
		o.Handles = map[string]string{}
	}
	return c.platform.Sessions(c.facts, t, o)
}

// resay tells the sessions again, whose ports are read by now.
func (c *Conn) resay(o *mirror.Observation) error {
	for i, n := range o.Natives {
		o.Natives[i] = Waiting(n, o.Ports)
	}
	return nil
}

// Waiting says for which of its ports a native session waits that is not programmed: an
// agent programs no copies of a port that is down, nor to one (RFC 2613, portCopyStatus).
func Waiting(n mirror.NativeSession, ports []mirror.Port) mirror.NativeSession {
	n.Waits = ""
	if n.Programmed != mirror.False || n.Spec.Shut {
		return n
	}
	var why []string
	for _, name := range portsOf(n.Spec) {
		i := slices.IndexFunc(ports, func(p mirror.Port) bool { return p.Name == name })
		if i < 0 {
			continue
		}
		if down := Down(ports[i]); down != "" {
			why = append(why, down)
		}
	}
	n.Waits = strings.Join(why, "; ")
	return n
}

// emptyForSure: a walk that ends early gives an empty table and no error where an agent
// hides it. What was there before is asked for by name, and whether the agent has the
// table at all.
func (c *Conn) emptyForSure(ctx context.Context, names []snmp.OID) error {
	said, err := c.agent.Get(ctx, names...)
	if err != nil {
		return err
	}
	for _, v := range said {
		switch {
		case v.Kind != snmp.Missing:
			return fmt.Errorf("a walk of the table of mirror sessions showed none, and %s is there: %w", v.Name, mirror.ErrParse)
		case v.NoObject:
			_, err := c.platform.Probe(ctx, c.agent)
			return err
		}
	}
	return nil
}

func (c *Conn) walk(ctx context.Context, t Tables, columns []snmp.OID) error {
	if len(columns) == 0 {
		return nil
	}
	rows, err := c.agent.Walk(ctx, columns...)
	if err != nil {
		return err
	}
	t.Add(columns, rows)
	return nil
}

// whole reads everything.
func (c *Conn) whole(ctx context.Context) (o mirror.Observation, now stamp, err error) {
	said, err := c.agent.Get(ctx, stampNames...)
	if err != nil {
		return o, now, err
	}
	now = c.stampOf(said)
	t := Tables{}
	for _, columns := range append(slices.Clone(around), c.platform.Wide(c.facts)) {
		if err := c.walk(ctx, t, columns); err != nil {
			return o, now, fmt.Errorf("read interfaces: %w", err)
		}
	}
	if o.Ports, err = PortsOf(t); err != nil {
		return o, now, err
	}
	sortPorts(o.Ports)
	o.Handles = map[string]string{}
	if err := c.platform.Around(c.facts, t, &o); err != nil {
		return o, now, err
	}
	if t, err = c.rows(ctx, o.Handles); err != nil {
		return o, now, err
	}
	if err := c.sessions(t, &o); err != nil {
		return o, now, err
	}
	if err := c.resay(&o); err != nil {
		return o, now, err
	}
	o.At = c.now()
	return o, now, nil
}

// stateColumns are what is asked of a port that is named, beside its name.
var stateColumns = []snmp.OID{ifAdminStatus, ifOperStatus, ifHighSpeed, ifSpeed}

// An asking is what is asked of ports: the stamp, and of each the name and the state.
type asking struct {
	names []snmp.OID
	ports []int // places among those of the observation
	// sources are of the ports that are to be copied: their names are asked for, and all
	// else that a block checks.
	sources []int
}

// maxSources is how many ports to be copied are asked about before a push is written;
// the look before the Set asks for those of a change with more.
const maxSources = 24

// holds: it asks of all ports that another one does.
func (a asking) holds(other asking) bool {
	return !slices.ContainsFunc(other.ports, func(i int) bool { return !slices.Contains(a.ports, i) })
}

// about is what to ask of ports. One that the device has not is left out.
func (c *Conn) about(o mirror.Observation, ports []mirror.PortName) asking {
	a := asking{names: slices.Clone(stampNames)}
	ports = slices.Sorted(slices.Values(ports))
	for _, name := range slices.Compact(ports) {
		i := slices.IndexFunc(o.Ports, func(p mirror.Port) bool { return p.Name == name })
		if i < 0 {
			continue
		}
		row, known := InterfaceOf(o.Ports[i])
		if !known {
			continue
		}
		a.ports = append(a.ports, i)
		a.names = append(a.names, row.Column.Row(row.Index))
		for _, column := range stateColumns {
			a.names = append(a.names, column.Row(row.Index))
		}
	}
	return a
}

// resting adds to an asking what a change of these ports will rest on.
func (c *Conn) resting(a asking, o mirror.Observation, sources []mirror.PortName) asking {
	if len(sources) == 0 || len(sources) > maxSources {
		return a
	}
	for i, p := range o.Ports {
		row, known := InterfaceOf(p)
		if known && slices.Contains(sources, p.Name) {
			a.sources = append(a.sources, i)
			a.names = append(a.names, row.Column.Row(row.Index))
		}
	}
	for _, i := range slices.Concat(a.ports, a.sources) {
		if c.platform.Rests != nil {
			a.names = append(a.names, c.platform.Rests(o, o.Ports[i])...)
		}
	}
	return a
}

// states brings the state of ports up to date with what was said of them; not ok where
// one of them has another name by now.
func (c *Conn) states(o *mirror.Observation, a asking, said []snmp.Variable) (now stamp, ok bool) {
	now, said = c.stampOf(said), said[len(stampNames):]
	for _, i := range a.ports {
		v := said[:1+len(stateColumns)]
		said = said[len(v):]
		p := &o.Ports[i]
		if Name(v[0].Text) != p.Name {
			return now, false
		}
		p.Up, p.Admin, p.Speed = Link(v[2].Value), adminOf(v[1].Value), Speed(v[2].Value, v[3].Value, v[4].Value)
	}
	for n, i := range a.sources {
		if Name(said[n].Text) != o.Ports[i].Name {
			return now, false
		}
	}
	return now, true
}

// get asks for objects, in as many messages as they take, side by side.
func (c *Conn) get(ctx context.Context, names []snmp.OID) ([]snmp.Variable, error) {
	parts := slices.Collect(slices.Chunk(names, perMessage))
	said := make([][]snmp.Variable, len(parts))
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(sideBySide)
	for i, part := range parts {
		all.Go(func() (err error) {
			said[i], err = c.agent.Get(ctx, part...)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(said...), nil
}
