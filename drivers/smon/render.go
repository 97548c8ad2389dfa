package smon

import (
	"cmp"
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
	return mib.Render(changes, func(c mirror.Change) (mib.Block, error) { return renderChange(f, o, c) })
}

func renderChange(f mirror.Facts, o mirror.Observation, c mirror.Change) (mib.Block, error) {
	r := renderer{Grounds: mib.Grounds{Observed: o}}
	var before, after mirror.NativeSpec
	if c.Before != nil {
		before = c.Before.Spec
	}
	if c.After != nil {
		after = c.After.Spec
		if err := mirror.Refuse(mirror.ErrUnsupported, Capabilities(f).Forbids(running(after, before), o.Ports...)); err != nil {
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
	if err := cmp.Or(mirror.Refuse(mirror.ErrUnsupported, r.Reasons), mirror.Refuse(mirror.ErrConflict, r.theirs)); err != nil {
		return mib.Block{}, err
	}
	block := mib.Block{Checks: r.Checks}
	for len(rows) > 0 {
		n := min(rowsPerMessage, len(rows))
		var m mib.Message
		for _, one := range rows[:n] {
			m.Set, m.Back = append(m.Set, one.Set...), append(m.Back, one.Back...)
		}
		block.Messages, rows = append(block.Messages, m), rows[n:]
	}
	if len(block.Messages) == 0 {
		return mib.Block{}, fmt.Errorf("the rows are as they shall be already: %w", mirror.ErrChanged)
	}
	return block, nil
}

// A renderer writes one change.
type renderer struct {
	mib.Grounds
	theirs []mirror.Reason // rows of another hand in the place of ours
}

// running is a spec as if nothing of it were left stopped, which is what undoes a repair: a
// stopped row has no direction.
func running(after, before mirror.NativeSpec) mirror.NativeSpec {
	after.Sources = slices.Clone(after.Sources)
	for i, s := range after.Sources {
		if was, there := find(before.Sources, s); there {
			after.Sources[i].Direction = cmp.Or(s.Direction, was.Direction)
		}
	}
	return after
}

// find is the source of the same port or VLAN, s where there is none.
func find(list []mirror.NativeSource, s mirror.NativeSource) (mirror.NativeSource, bool) {
	i := slices.IndexFunc(list, func(x mirror.NativeSource) bool { return x.Port == s.Port && x.VLAN == s.VLAN })
	if i < 0 {
		return s, false
	}
	return list[i], true
}

// rows are what is to be done to each row: those that go first, since an agent may have
// room for few.
func (r *renderer) rows(before, after mirror.NativeSpec) []mib.Message {
	before, after = before.Normalize(), after.Normalize()
	moved := len(before.Destinations) > 0 && len(after.Destinations) > 0 && before.Destinations[0] != after.Destinations[0]
	var gone, kept, fresh []mib.Message
	for _, s := range before.Sources {
		now, stays := find(after.Sources, s)
		if !stays || moved {
			gone = append(gone, r.remove(s, before.Destinations[0], before.Shut))
			continue
		}
		if m := r.change(s, now, before.Destinations[0], before.Shut, after.Shut); len(m.Set) > 0 {
			kept = append(kept, m)
		}
	}
	for i, s := range after.Sources {
		if _, there := find(before.Sources, s); !there || moved {
			r.able(i, s, after.Destinations[0])
			fresh = append(fresh, r.create(i, s, after.Destinations[0], after.Shut))
		}
	}
	return slices.Concat(gone, kept, fresh)
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

// port is the ifIndex of a port.
func (r *renderer) port(name mirror.PortName) snmp.OID {
	row, known := r.Port(name)
	if !known {
		return mib.Unknown(string(name))
	}
	return snmp.OID(strconv.FormatUint(uint64(row.Index), 10))
}

// vlan is the ifIndex that stands for a VLAN.
func (r *renderer) vlan(vid int) snmp.OID {
	index, there := r.Observed.Handles[handleVLAN(vid)]
	source := capsIfIndex + "." + vlanDataSource.Row(uint32(vid))
	n, ok := snmp.OID(index).Index()
	if !there || !ok {
		if len(r.Observed.Handles) > 0 { // the device was read
			r.Refuse(mirror.Reason{Pointer: "/sources", Code: "unsupported", Source: sourceCaps,
				Message: fmt.Sprintf("the agent has no data source for VLAN %d (smonVlanDataSource)", vid)})
		}
		return mib.Unknown("VLAN " + strconv.Itoa(vid))
	}
	r.Check(mib.Set(source, snmp.Number(snmp.Integer, uint64(n)), fmt.Sprintf("dataSourceCapsIfIndex of VLAN %d", vid)))
	return snmp.OID(index)
}

// able refuses what the agent says that a port cannot do. Ports of which it says nothing
// are tried.
func (r *renderer) able(i int, s mirror.NativeSource, dest mirror.PortName) {
	caps := func(index snmp.OID) (string, bool) {
		n, _ := index.Index()
		text, told := r.Observed.Handles[handleCaps(n)]
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
		r.Refuse(mirror.Reason{Pointer: pointer, Code: "unsupported", Message: what, Source: sourceCaps})
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

// create makes a row. One that is there already and is none of the change is another
// hand's, whatever its status: the table cannot tell two rows of one index apart.
func (r *renderer) create(i int, s mirror.NativeSource, dest mirror.PortName, shut bool) mib.Message {
	at := r.at(s, dest)
	if _, status, there := rowAt(r.Observed, at.index); there && r.stands(at, s, dest) {
		r.theirs = append(r.theirs, mirror.Reason{Pointer: "/sources/" + strconv.Itoa(i), Code: "source-in-use", Source: sourceTable,
			Message: fmt.Sprintf("another hand copies %s already (portCopyStatus.%s is %s); the table has room for one row of this kind, and netmirror sets none that it has not made", at.text, at.index, statusText(status))})
	}
	r.Check(mib.Set(copyStatus+"."+at.index, snmp.Value{}, "portCopyStatus "+at.text))
	direction, stopped := r.was(at, s, shut)
	return mib.Message{Set: []mib.Object{at.direction(cmp.Or(direction, copyBoth)), at.status(made(stopped))}, Back: []mib.Object{at.status(destroy)}}
}

// stands: a native session of the observation is made of this row too. In one that tells
// what will be, what undoes a change is written, and the rows are as they were read.
func (r *renderer) stands(at place, s mirror.NativeSource, dest mirror.PortName) bool {
	return slices.ContainsFunc(r.Observed.Natives, func(n mirror.NativeSession) bool {
		if n.Opaque != "" {
			return n.ID == at.text
		}
		_, there := find(n.Spec.Sources, s)
		return there && slices.Contains(n.Spec.Destinations, dest)
	})
}

// made is the status that makes a row, which waits where it is stopped.
func made(stopped bool) uint64 {
	if stopped {
		return createAndWait
	}
	return createAndGo
}

// was is the direction of a row of ours and whether it is stopped: the whole session is,
// or this row, which has no direction then but that of its column.
func (r *renderer) was(at place, s mirror.NativeSource, shut bool) (direction uint64, stopped bool) {
	direction = directionOf(s.Direction)
	if s.Direction == "" {
		direction, _, _ = rowAt(r.Observed, at.index)
	}
	return direction, shut || s.Direction == ""
}

func (r *renderer) remove(s mirror.NativeSource, dest mirror.PortName, shut bool) mib.Message {
	at := r.at(s, dest)
	direction, stopped := r.was(at, s, shut)
	r.Check(at.direction(direction))
	return mib.Message{Set: []mib.Object{at.status(destroy)}, Back: []mib.Object{at.direction(direction), at.status(made(stopped))}}
}

func (r *renderer) change(was, now mirror.NativeSource, dest mirror.PortName, wasShut, shut bool) (m mib.Message) {
	at := r.at(was, dest)
	before, stopped := r.was(at, was, wasShut)
	r.Check(at.direction(before))
	if after := directionOf(now.Direction); now.Direction != "" && before != after {
		m.Set, m.Back = append(m.Set, at.direction(after)), append(m.Back, at.direction(before))
	}
	stop := shut || now.Direction == ""
	switch {
	case stopped == stop && stopped && len(m.Set) > 0: // it stays stopped, also where it is made anew
		m.Back = append(m.Back, at.status(notInService))
	case stopped == stop:
	case stop:
		m.Set, m.Back = append(m.Set, at.status(notInService)), append(m.Back, at.status(active))
	default:
		m.Set, m.Back = append(m.Set, at.status(active)), append(m.Back, at.status(notInService))
	}
	return m
}
