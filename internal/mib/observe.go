package mib

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

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
)

// Observe reads the device. Mirror sessions are walked each time. Ports are taken for
// granted until the agent says that its interfaces changed or that it started anew, but
// for the state of those that the look names and of those that sessions wait for; the
// traffic of a port, who is heard there, is read with everything else.
func (c *Conn) Observe(ctx context.Context, look mirror.Look) (mirror.Known, error) {
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

// narrow reads the sessions and the state of some ports; not ok where everything has to
// be read.
func (c *Conn) narrow(ctx context.Context, look mirror.Look, was stamp) (o mirror.Observation, now stamp, ok bool, err error) {
	o = look.Known.Observation
	o.Ports, o.Handles = slices.Clone(o.Ports), maps.Clone(o.Handles)
	if err := c.sessions(ctx, &o); err != nil {
		return o, now, false, err
	}
	ports := slices.Concat(look.Ports, look.Traffic)
	for _, n := range o.Natives {
		if n.Programmed == mirror.False {
			ports = append(ports, portsOf(n.Spec)...)
		}
	}
	now = was
	if len(ports) > 0 || c.now().Sub(c.named) > recent {
		if now, ok, err = c.states(ctx, &o, ports); err != nil || !ok || !was.same(now) {
			return o, now, false, err
		}
		if err := c.resay(&o); err != nil {
			return o, now, false, err
		}
	}
	o.At = c.now()
	return o, now, true, nil
}

func portsOf(n mirror.NativeSpec) (out []mirror.PortName) {
	for _, s := range n.Sources {
		if s.Port != "" {
			out = append(out, s.Port)
		}
	}
	return append(out, n.Destinations...)
}

// sessions walks the tables of mirror sessions.
func (c *Conn) sessions(ctx context.Context, o *mirror.Observation) error {
	t := Tables{}
	if err := c.walk(ctx, t, c.platform.Narrow(c.facts)); err != nil {
		return fmt.Errorf("read mirror sessions: %w", err)
	}
	if err := c.emptyForSure(ctx, t, o.Handles); err != nil {
		return err
	}
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
// hides it. What was there before is asked for by name, and where nothing was, whether
// the agent has the table at all.
func (c *Conn) emptyForSure(ctx context.Context, t Tables, before map[string]string) error {
	for _, rows := range t {
		if len(rows) > 0 {
			return nil
		}
	}
	var names []snmp.OID
	for k := range before {
		if name, ok := strings.CutPrefix(k, RowHandle); ok && len(names) < perMessage {
			names = append(names, snmp.OID(name))
		}
	}
	if len(names) == 0 {
		_, err := c.platform.Probe(ctx, c.agent)
		return err
	}
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
	if err := c.sessions(ctx, &o); err != nil {
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

// states brings the state of ports up to date; not ok where one of them has another name
// by now.
func (c *Conn) states(ctx context.Context, o *mirror.Observation, ports []mirror.PortName) (now stamp, ok bool, err error) {
	names := slices.Clone(stampNames)
	slices.Sort(ports)
	var asked []int
	for _, name := range slices.Compact(ports) {
		i := slices.IndexFunc(o.Ports, func(p mirror.Port) bool { return p.Name == name })
		if i < 0 {
			continue // the device has none, which is no error
		}
		row, known := InterfaceOf(o.Ports[i])
		if !known {
			continue
		}
		asked = append(asked, i)
		names = append(names, row.Column.Row(row.Index))
		for _, column := range stateColumns {
			names = append(names, column.Row(row.Index))
		}
	}
	said, err := c.get(ctx, names)
	if err != nil {
		return now, false, err
	}
	now, said = c.stampOf(said), said[len(stampNames):]
	for n, i := range asked {
		v := said[n*(1+len(stateColumns)):]
		p := &o.Ports[i]
		if Name(v[0].Text) != p.Name {
			return now, false, nil
		}
		p.Up, p.Admin, p.Speed = Link(v[2].Value), adminOf(v[1].Value), Speed(v[2].Value, v[3].Value, v[4].Value)
	}
	return now, true, nil
}

// get asks for objects, in as many messages as they take.
func (c *Conn) get(ctx context.Context, names []snmp.OID) ([]snmp.Variable, error) {
	var out []snmp.Variable
	for len(names) > 0 {
		n := min(perMessage, len(names))
		said, err := c.agent.Get(ctx, names[:n]...)
		if err != nil {
			return nil, err
		}
		out, names = append(out, said...), names[n:]
	}
	return out, nil
}
