package smon

import (
	"slices"
	"strconv"

	"github.com/netmirror/netmirror/internal/mib"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// rowOf is the row that an object belongs to; false where it is none of portCopyTable
// that can be set.
func rowOf(name snmp.OID) (index snmp.OID, ok bool) {
	for _, column := range []snmp.OID{copyDirection, copyStatus} {
		if index, below := column.Below(name); below {
			return index, true
		}
	}
	return "", false
}

// within refuses a block that would set anything but rows between the ports of its
// change: the names that it checks say which interface is which port.
func within(_ mirror.Facts, c mirror.Change, b mib.Block) error {
	names := map[string]mirror.NativeSource{}
	for index, name := range b.Ports() {
		names[strconv.FormatUint(uint64(index), 10)] = mirror.NativeSource{Port: name}
	}
	for _, o := range b.Checks {
		if rest, below := (capsIfIndex + "." + vlanDataSource).Below(o.Name); below {
			vid, _ := rest.Index()
			names[strconv.FormatUint(o.Number, 10)] = mirror.NativeSource{VLAN: int(vid)}
		}
	}
	rows := map[string]bool{}
	for _, n := range []*mirror.NativeSession{c.Before, c.After} {
		if n == nil {
			continue
		}
		for _, s := range n.Spec.Sources {
			for _, d := range n.Spec.Destinations {
				rows[sourceName(s)+" to "+string(d)] = true
			}
		}
	}
	return b.Only(func(o mib.Object) bool {
		index, ok := rowOf(o.Name)
		parts := mib.Parts(index)
		if !ok || len(parts) != 2 {
			return false
		}
		from, known := names[string(parts[0])]
		to := names[string(parts[1])]
		return known && to.Port != "" && rows[sourceName(from)+" to "+string(to.Port)]
	})
}

// split divides a message by rows.
func split(m mib.Message) []mib.Message {
	var out []mib.Message
	at := map[snmp.OID]int{}
	part := func(name snmp.OID) *mib.Message {
		index, _ := rowOf(name)
		i, known := at[index]
		if !known {
			i = len(out)
			at[index], out = i, append(out, mib.Message{})
		}
		return &out[i]
	}
	for _, o := range m.Set {
		p := part(o.Name)
		p.Set = append(p.Set, o)
	}
	for _, o := range m.Back {
		p := part(o.Name)
		p.Back = append(p.Back, o)
	}
	return out
}

// otherwise is how a row is made where the agent knows no createAndGo, and how the
// direction of one is changed that it does not change while the row is active (RFC 2579,
// RowStatus; RFC 2613 leaves that to the agent).
func otherwise(m mib.Message, status string) []mib.Message {
	if !slices.Contains([]string{snmp.StatusWrongValue, snmp.StatusInconsistentValue, snmp.StatusGenErr, snmp.StatusCommitFailed, "inconsistentName"}, status) {
		return nil
	}
	var direction, state *mib.Object
	for i := range m.Set {
		if _, below := copyStatus.Below(m.Set[i].Name); below {
			state = &m.Set[i]
		} else {
			direction = &m.Set[i]
		}
	}
	if direction == nil || len(m.Set) > 2 {
		return nil
	}
	index, _ := copyDirection.Below(direction.Name)
	at := place{index, index2text(index)}
	switch {
	case state != nil && state.Number == createAndGo:
		return []mib.Message{
			{Set: []mib.Object{at.status(createAndWait)}, Back: []mib.Object{at.status(destroy)}},
			{Set: []mib.Object{*direction}},
			{Set: []mib.Object{at.status(active)}},
		}
	case state == nil && len(m.Back) == 1: // of a row that is there
		return []mib.Message{
			{Set: []mib.Object{at.status(destroy)}, Back: []mib.Object{m.Back[0], at.status(createAndGo)}},
			{Set: []mib.Object{*direction, at.status(createAndGo)}, Back: []mib.Object{at.status(destroy)}},
		}
	}
	return nil
}

func index2text(index snmp.OID) string { return "of row " + string(index) }
