package fastpath

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mib"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

const noteMode = "agentPortMirrorAdminMode"

// Render makes one block a change, in the form of mib.Block.
func Render(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	return mib.Render(changes, func(c mirror.Change) (mib.Block, error) { return renderChange(f, o, c) })
}

func renderChange(f mirror.Facts, o mirror.Observation, c mirror.Change) (mib.Block, error) {
	var before, after mirror.NativeSpec
	number := ""
	if c.Before != nil {
		before, number = c.Before.Spec, c.Before.ID
	}
	if c.After != nil {
		after, number = c.After.Spec, c.After.ID
		if err := mirror.Refuse(mirror.ErrUnsupported, Capabilities(f).Forbids(after, o.Ports...)); err != nil {
			return mib.Block{}, err
		}
	}
	if before.Footing != nil || after.Footing != nil {
		return mib.Block{}, mirror.Unsupported("agentPortMirrorTable has mirror sessions and nothing else")
	}
	if n, err := strconv.ParseUint(number, 10, 32); err != nil || n == 0 {
		return mib.Block{}, fmt.Errorf("native session %q has no number of agentPortMirrorTable: %w", number, mirror.ErrInvalid)
	}
	r := renderer{Grounds: mib.Grounds{Observed: o}, facts: f, session: number}
	r.is, r.read = was(f, o, number)
	m := r.change(before.Normalize(), after.Normalize(), c)
	if err := mirror.Refuse(mirror.ErrUnsupported, r.Reasons); err != nil {
		return mib.Block{}, err
	}
	if len(m.Set) == 0 {
		return mib.Block{}, fmt.Errorf("session %s is as it shall be already: %w", number, mirror.ErrChanged)
	}
	return mib.Block{Checks: r.Checks, Messages: []mib.Message{m}}, nil
}

// A renderer writes one change.
type renderer struct {
	mib.Grounds
	facts   mirror.Facts
	session string
	is      session // as it was read
	read    bool    // it was
}

func (r *renderer) object(c string, v snmp.Value, note string) mib.Object {
	return mib.Set(column(r.facts, c)+"."+snmp.OID(r.session), v, note)
}

func (r *renderer) destination(n uint64, name string) mib.Object {
	return r.object(colDestination, snmp.Number(snmp.Gauge32, n), "agentPortMirrorDestinationPort "+name)
}

func (r *renderer) mask(octets string) mib.Object {
	return r.object(colMask, snmp.Octets(octets), "agentPortMirrorSourcePortMask")
}

func (r *renderer) mode(n uint64) mib.Object {
	return r.object(colMode, snmp.Number(snmp.Integer, n), fmt.Sprintf("%s %s(%d)", noteMode, map[uint64]string{modeEnable: "enable", modeDisable: "disable", modeDelete: "delete"}[n], n))
}

func (r *renderer) vlan(n uint64) mib.Object {
	return r.object(colVLAN, snmp.Number(snmp.Gauge32, n), "agentPortMirrorSourceVlan")
}

func (r *renderer) direction(number snmp.OID, s mirror.NativeSource) mib.Object {
	n := typeOf(s.Direction)
	return mib.Set(column(r.facts, colType)+"."+snmp.OID(r.session)+"."+number, snmp.Number(snmp.Integer, n),
		fmt.Sprintf("agentPortMirrorTypeType %s %s(%d)", s.Port, map[uint64]string{typeTx: "tx", typeRx: "rx", typeTxRx: "txrx"}[n], n))
}

// port is the number of a port, whose name and number are checked.
func (r *renderer) port(name mirror.PortName) snmp.OID {
	row, known := r.Port(name)
	if !known {
		return mib.Unknown(string(name))
	}
	p, _ := r.Observed.Port(name)
	number, counted := numberOf(r.Observed, p)
	if !counted {
		r.Refuse(mirror.Reason{Code: "unsupported", Source: sourceMask, Message: fmt.Sprintf("port %s has no number in dot1dBasePortTable, so that no mask can name it", name)})
		return mib.Unknown(string(name))
	}
	if r.Observed.Handles[handleCounted] != "" {
		r.Check(mib.Set(mib.BasePortIfIndex.Row(uint32(number)), snmp.Number(snmp.Integer, uint64(row.Index)), "dot1dBasePortIfIndex"))
	}
	return snmp.OID(strconv.Itoa(number))
}

// with is a mask with the bit of a port set or cleared.
func (r *renderer) with(mask string, name mirror.PortName, in bool) string {
	number, ok := r.port(name).Index()
	if !ok {
		return mask // a preview
	}
	out, fits := mib.WithPort(mask, int(number), in)
	if !fits && in && r.read {
		r.Refuse(mirror.Reason{Code: "unsupported", Source: sourceMask,
			Message: fmt.Sprintf("port %s is number %d, and the mask of the agent has room for %d", name, number, 8*len(mask))})
	}
	return out
}

// change is the one message: what is different of destination, mask, VLAN, directions and
// mode, in the order in which they go where the agent does not take them together.
func (r *renderer) change(before, after mirror.NativeSpec, c mirror.Change) (m mib.Message) {
	if !r.read { // a preview shows a mask of 32 ports
		r.is = session{mask: "\x00\x00\x00\x00", mode: modeDisable}
		if c.Before != nil {
			for _, s := range before.Sources {
				r.is.mask = r.with(r.is.mask, s.Port, true)
			}
		}
	}
	now := r.is
	for _, s := range before.Sources {
		if s.VLAN != 0 {
			now.vlan = 0
		} else {
			now.mask = r.with(now.mask, s.Port, false)
		}
	}
	for _, s := range after.Sources {
		if s.VLAN != 0 {
			now.vlan = uint64(s.VLAN)
		} else {
			now.mask = r.with(now.mask, s.Port, true)
		}
	}
	r.checks()
	name := func(list []mirror.PortName) string {
		if len(list) == 0 {
			return "none"
		}
		return string(list[0])
	}
	if c.After == nil && strings.Trim(now.mask, "\x00") == "" && now.vlan == 0 && len(r.is.others()) == 0 && slices.Equal(before.Destinations, r.lands()) {
		m.Set = append(m.Set, r.mode(modeDelete))
		m.Back = r.restored(before)
		return m
	}
	set := func(was, is mib.Object, differs bool) {
		if differs {
			m.Set, m.Back = append(m.Set, is), append(m.Back, was)
		}
	}
	if !slices.Equal(before.Destinations, after.Destinations) {
		to := uint64(0)
		if len(after.Destinations) > 0 {
			number := r.port(after.Destinations[0])
			n, _ := number.Index()
			to = uint64(n)
		}
		set(r.destination(r.is.destination, name(before.Destinations)), r.destination(to, name(after.Destinations)), true)
	}
	set(r.mask(r.is.mask), r.mask(now.mask), now.mask != r.is.mask || !r.read)
	set(r.vlan(r.is.vlan), r.vlan(now.vlan), now.vlan != r.is.vlan)
	for _, s := range after.Sources {
		if s.VLAN != 0 {
			continue
		}
		i := slices.IndexFunc(before.Sources, func(b mirror.NativeSource) bool { return b.Port == s.Port })
		number := r.port(s.Port)
		switch {
		case i < 0:
			m.Set = append(m.Set, r.direction(number, s))
		case before.Sources[i].Direction != s.Direction:
			set(r.direction(number, before.Sources[i]), r.direction(number, s), true)
		}
	}
	if c.After != nil {
		mode := uint64(modeEnable)
		if after.Shut {
			mode = modeDisable
		}
		set(r.mode(r.is.mode), r.mode(mode), mode != r.is.mode || c.Before == nil)
	}
	if c.Before == nil {
		m.Back = []mib.Object{r.mode(modeDelete)} // it was idle
	}
	return m
}

// lands are the destination ports as they were read.
func (r *renderer) lands() []mirror.PortName {
	if p, known := numbered(r.Observed)[int(r.is.destination)]; known {
		return []mirror.PortName{p.Name}
	}
	if !r.read {
		for _, n := range r.Observed.Natives {
			if n.ID == r.session {
				return n.Spec.Destinations
			}
		}
	}
	return nil
}

// restored is a session as it was before it was wiped.
func (r *renderer) restored(before mirror.NativeSpec) []mib.Object {
	out := []mib.Object{r.destination(r.is.destination, "as before"), r.mask(r.is.mask)}
	if r.is.vlan != 0 {
		out = append(out, r.vlan(r.is.vlan))
	}
	for _, s := range before.Sources {
		if s.VLAN == 0 {
			out = append(out, r.direction(r.port(s.Port), s))
		}
	}
	return append(out, r.mode(r.is.mode))
}

// checks are that the session is as it was read.
func (r *renderer) checks() {
	if !r.read {
		r.Check(mib.Set(column(r.facts, colDestination)+"."+mib.Unknown("session "+r.session), snmp.Number(snmp.Gauge32, 0), "agentPortMirrorDestinationPort as it was read"))
		return
	}
	r.Check(r.destination(r.is.destination, "as it was read"))
	r.Check(r.mask(r.is.mask))
	r.Check(r.mode(r.is.mode))
	if r.facts.Extra[factNewer] == "yes" {
		r.Check(r.vlan(r.is.vlan))
	}
	for i, k := range keptColumns { // mode delete wipes them, too
		if n, err := strconv.ParseUint(r.is.kept[i], 10, 32); err == nil {
			r.Check(r.object(k.column, snmp.Number(snmp.Gauge32, n), k.name+" as it was read"))
		}
	}
}

// within refuses a block that would set anything but the session of its change, and of
// the directions those of its sources.
func within(f mirror.Facts, c mirror.Change, b mib.Block) error {
	id, sources := "", map[mirror.PortName]bool{}
	for _, n := range []*mirror.NativeSession{c.Before, c.After} {
		if n == nil {
			continue
		}
		id = n.ID
		for _, s := range n.Spec.Sources {
			if s.Port != "" { // a VLAN has no direction of its own
				sources[s.Port] = true
			}
		}
	}
	names, index := b.Ports(), map[int]uint32{}
	for _, o := range b.Checks {
		if number, below := mib.BasePortIfIndex.Below(o.Name); below {
			n, _ := number.Index()
			index[int(n)] = uint32(o.Number)
		}
	}
	return b.Only(func(o mib.Object) bool {
		column, session, port, ok := rowOf(f, o.Name)
		at, counted := index[port]
		if !counted {
			at = uint32(port)
		}
		return ok && session == id && (column != colType || sources[names[at]])
	})
}

// split divides a message into what selects, the directions, which there may be none of
// before a port is selected, and the mode.
func split(m mib.Message) []mib.Message {
	stage := func(o mib.Object) int {
		switch {
		case strings.HasPrefix(o.Note, "agentPortMirrorTypeType"):
			return 1
		case strings.HasPrefix(o.Note, noteMode):
			return 2
		}
		return 0
	}
	parts := make([]mib.Message, 3)
	for _, o := range m.Set {
		at := &parts[stage(o)]
		at.Set = append(at.Set, o)
	}
	wipes := len(m.Back) == 1 && m.Back[0].Number == modeDelete && stage(m.Back[0]) == 2
	for _, o := range m.Back {
		at := &parts[stage(o)]
		if wipes {
			at = &parts[0]
		}
		at.Back = append(at.Back, o)
	}
	return slices.DeleteFunc(parts, func(p mib.Message) bool { return len(p.Set) == 0 })
}
