package smon

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/netmirror/netmirror/internal/mib"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// rowsPerMessage is how many rows one message makes: two objects each, below
// snmp.MaxVariables, and short enough for a frame.
const rowsPerMessage = 24

// Render makes one block a change, in the form of mib.Block: a row for each source.
func Render(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	p := mirror.Payload{Format: mib.Format}
	for _, c := range changes {
		text, err := renderChange(f, o, c)
		if err != nil {
			return mirror.Payload{}, fmt.Errorf("%s %s: %w", c.Verb(), c.Mark, err)
		}
		p.Blocks = append(p.Blocks, mirror.Block{Change: c, Text: text.String()})
	}
	return p, nil
}

func renderChange(f mirror.Facts, o mirror.Observation, c mirror.Change) (mib.Block, error) {
	r := renderer{facts: f, observed: o, checked: map[string]bool{}}
	var before, after mirror.NativeSpec
	if c.Before != nil {
		before = c.Before.Spec
	}
	if c.After != nil {
		after = c.After.Spec
		if err := mirror.Refuse(mirror.ErrUnsupported, Capabilities(f).Forbids(after, o.Ports...)); err != nil {
			return mib.Block{}, err
		}
	}
	if before.Footing != nil || after.Footing != nil {
		return mib.Block{}, mirror.Unsupported("portCopyTable has rows of mirror sessions and nothing else")
	}
	if c.Before != nil && (len(before.Destinations) != 1 || before.Role != mirror.RoleLocal) {
		return mib.Block{}, fmt.Errorf("a native session of %d destinations in role %s is none of portCopyTable: %w", len(before.Destinations), before.Role, mirror.ErrInvalid)
	}
	rows := r.rows(before, after)
	if err := mirror.Refuse(mirror.ErrUnsupported, r.reasons); err != nil {
		return mib.Block{}, err
	}
	for len(rows) > 0 {
		n := min(rowsPerMessage, len(rows))
		var m mib.Message
		for _, one := range rows[:n] {
			m.Set, m.Back = append(m.Set, one.Set...), append(m.Back, one.Back...)
		}
		r.block.Messages, rows = append(r.block.Messages, m), rows[n:]
	}
	if len(r.block.Messages) == 0 {
		return mib.Block{}, fmt.Errorf("the rows are as they shall be already: %w", mirror.ErrChanged)
	}
	return r.block, nil
}

// A renderer writes one change.
type renderer struct {
	facts    mirror.Facts
	observed mirror.Observation
	block    mib.Block
	checked  map[string]bool
	reasons  []mirror.Reason
}

// rows are what is to be done to each row: those that go first, since an agent may have
// room for few.
func (r *renderer) rows(before, after mirror.NativeSpec) []mib.Message {
	before, after = before.Normalize(), after.Normalize()
	find := func(list []mirror.NativeSource, s mirror.NativeSource) (mirror.NativeSource, bool) {
		i := slices.IndexFunc(list, func(x mirror.NativeSource) bool { return x.Port == s.Port && x.VLAN == s.VLAN })
		if i < 0 {
			return s, false
		}
		return list[i], true
	}
	moved := len(before.Destinations) > 0 && len(after.Destinations) > 0 && before.Destinations[0] != after.Destinations[0]
	var gone, kept, made []mib.Message
	for _, s := range before.Sources {
		now, stays := find(after.Sources, s)
		if !stays || moved {
			gone = append(gone, r.remove(s, before.Destinations[0]))
			continue
		}
		if m := r.change(s, now, before.Destinations[0], before.Shut, after.Shut); len(m.Set) > 0 {
			kept = append(kept, m)
		}
	}
	for i, s := range after.Sources {
		if _, there := find(before.Sources, s); !there || moved {
			r.able(i, s, after.Destinations[0])
			made = append(made, r.create(s, after.Destinations[0], after.Shut))
		}
	}
	return slices.Concat(gone, kept, made)
}

// a place is a row with what it is for people.
type place struct {
	index snmp.OID
	text  string
}

func (p place) direction(n uint64) mib.Object {
	return mib.Set(copyDirection+"."+p.index, snmp.Number(snmp.Integer, n), "portCopyDirection "+p.text+" "+directionText(n))
}

func (p place) status(n uint64) mib.Object {
	return mib.Set(copyStatus+"."+p.index, snmp.Number(snmp.Integer, n), "portCopyStatus "+p.text+" "+statusText(n))
}

// at is the row of a source and a destination, whose names are checked.
func (r *renderer) at(s mirror.NativeSource, dest mirror.PortName) place {
	var src snmp.OID
	if s.VLAN != 0 {
		src = r.vlan(s.VLAN)
	} else {
		src = r.port(s.Port)
	}
	return place{src + "." + r.port(dest), sourceName(s) + " to " + string(dest)}
}

func (r *renderer) check(o mib.Object) {
	if !r.checked[string(o.Name)] {
		r.checked[string(o.Name)] = true
		r.block.Checks = append(r.block.Checks, o)
	}
}

// port is the ifIndex of a port.
func (r *renderer) port(name mirror.PortName) snmp.OID {
	p, _ := r.observed.Port(name)
	row, known := mib.InterfaceOf(p)
	if !known {
		for _, u := range p.Uses {
			if u.Kind == "unknown" {
				r.reasons = append(r.reasons, mirror.Reason{Code: "ambiguous-port", Message: fmt.Sprintf("port %s: %s", name, u.Detail)})
			}
		}
		index := mib.Unknown(string(name))
		r.check(mib.Set(mib.IfName+"."+index, snmp.Octets(string(name)), "ifName"))
		return index
	}
	note := "ifName"
	if row.Column != mib.IfName {
		note = "ifDescr"
	}
	r.check(mib.Set(row.Column.Row(row.Index), snmp.Octets(string(name)), note))
	return snmp.OID(strconv.FormatUint(uint64(row.Index), 10))
}

// vlan is the ifIndex that stands for a VLAN.
func (r *renderer) vlan(vid int) snmp.OID {
	index, there := r.observed.Handles[handleVLAN(vid)]
	source := capsIfIndex + "." + vlanDataSource.Row(uint32(vid))
	n, ok := snmp.OID(index).Index()
	if !there || !ok {
		if len(r.observed.Handles) > 0 { // the device was read
			r.reasons = append(r.reasons, mirror.Reason{Pointer: "/sources", Code: "unsupported", Source: sourceCaps,
				Message: fmt.Sprintf("the agent has no data source for VLAN %d (smonVlanDataSource)", vid)})
		}
		return mib.Unknown("VLAN " + strconv.Itoa(vid))
	}
	r.check(mib.Set(source, snmp.Number(snmp.Integer, uint64(n)), fmt.Sprintf("dataSourceCapsIfIndex of VLAN %d", vid)))
	return snmp.OID(index)
}

// able refuses what the agent says that a port cannot do. Ports of which it says nothing
// are tried.
func (r *renderer) able(i int, s mirror.NativeSource, dest mirror.PortName) {
	caps := func(index snmp.OID) (string, bool) {
		n, _ := index.Index()
		text, told := r.observed.Handles[handleCaps(n)]
		octets := make([]byte, len(text)/2)
		for i := range octets {
			b, err := strconv.ParseUint(text[2*i:2*i+2], 16, 8)
			if err != nil {
				return "", false
			}
			octets[i] = byte(b)
		}
		return string(octets), told && len(octets) > 0
	}
	at := r.at(s, dest)
	parts := mib.Parts(at.index)
	refuse := func(pointer, what string) {
		r.reasons = append(r.reasons, mirror.Reason{Pointer: pointer, Code: "unsupported", Message: what, Source: sourceCaps})
	}
	if octets, told := caps(parts[0]); told {
		pointer, name := "/sources/"+strconv.Itoa(i), sourceName(s)
		switch {
		case !bit(octets, bitSource):
			refuse(pointer, fmt.Sprintf("%s can be no source, as the agent says (dataSourceCopyCaps without copySourcePort)", name))
		case s.Direction != mirror.TX && !bit(octets, bitRx):
			refuse(pointer+"/direction", fmt.Sprintf("what %s receives cannot be copied, as the agent says (dataSourceCopyCaps without copySrcRxTraffic)", name))
		case s.Direction != mirror.RX && !bit(octets, bitTx):
			refuse(pointer+"/direction", fmt.Sprintf("what %s sends cannot be copied, as the agent says (dataSourceCopyCaps without copySrcTxTraffic)", name))
		}
	}
	if octets, told := caps(parts[1]); told && !bit(octets, bitDest) && i == 0 {
		refuse("/destinations/0", fmt.Sprintf("port %s can be no destination, as the agent says (dataSourceCopyCaps without copyDestPort)", dest))
	}
}

func (r *renderer) create(s mirror.NativeSource, dest mirror.PortName, shut bool) mib.Message {
	at := r.at(s, dest)
	make := uint64(createAndGo)
	if shut {
		make = createAndWait
	}
	if direction, status, there := rowAt(r.observed, at.index); there && status == notInService {
		// A row that a hand has stopped is started again: it has the index of ours.
		r.check(at.status(notInService))
		return mib.Message{Set: []mib.Object{at.direction(directionOf(s.Direction)), at.status(active)},
			Back: []mib.Object{at.status(notInService), at.direction(direction)}}
	}
	r.check(mib.Set(copyStatus+"."+at.index, snmp.Value{}, "portCopyStatus "+at.text))
	return mib.Message{Set: []mib.Object{at.direction(directionOf(s.Direction)), at.status(make)}, Back: []mib.Object{at.status(destroy)}}
}

func (r *renderer) remove(s mirror.NativeSource, dest mirror.PortName) mib.Message {
	at := r.at(s, dest)
	r.check(at.direction(directionOf(s.Direction)))
	return mib.Message{Set: []mib.Object{at.status(destroy)}, Back: []mib.Object{at.direction(directionOf(s.Direction)), at.status(createAndGo)}}
}

func (r *renderer) change(was, now mirror.NativeSource, dest mirror.PortName, wasShut, shut bool) (m mib.Message) {
	at := r.at(was, dest)
	r.check(at.direction(directionOf(was.Direction)))
	if was.Direction != now.Direction {
		m.Set, m.Back = append(m.Set, at.direction(directionOf(now.Direction))), append(m.Back, at.direction(directionOf(was.Direction)))
	}
	if wasShut != shut {
		to, from := at.status(active), at.status(notInService)
		if shut {
			to, from = from, to
		}
		m.Set, m.Back = append(m.Set, to), append(m.Back, from)
	}
	return m
}
