package smon

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mib"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// A row is one of portCopyTable.
type row struct {
	src, dst          uint32 // ifIndex
	direction, status uint64
}

func (r row) index() snmp.OID { return snmp.OID(fmt.Sprintf("%d.%d", r.src, r.dst)) }

// readRows reads the table, by destination and source.
func readRows(t mib.Tables) ([]row, error) {
	indexes := map[snmp.OID]bool{}
	for _, column := range []snmp.OID{copyDirection, copyStatus} {
		for _, id := range t.Indexes(column) {
			indexes[id] = true
		}
	}
	var out []row
	for id := range indexes {
		parts, err := mib.Numbers(id)
		if err != nil || len(parts) != 2 || parts[0] == 0 || parts[1] == 0 {
			return nil, fmt.Errorf("portCopyTable has a row of index %q, which is no source and destination: %w", id, mirror.ErrParse)
		}
		r := row{src: parts[0], dst: parts[1]}
		var directed, stated bool
		r.direction, directed = t.Integer(copyDirection, id)
		r.status, stated = t.Integer(copyStatus, id)
		if !directed || directions[r.direction] == "" {
			return nil, fmt.Errorf("portCopyDirection.%s is %+v: %w", id, t[copyDirection][id], mirror.ErrParse)
		}
		if !stated || r.status < active || r.status > notReady {
			return nil, fmt.Errorf("portCopyStatus.%s is %+v: %w", id, t[copyStatus][id], mirror.ErrParse)
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b row) int { return cmp.Or(cmp.Compare(a.dst, b.dst), cmp.Compare(a.src, b.src)) })
	return out, nil
}

// sessions folds the rows into native sessions.
func sessions(_ mirror.Facts, t mib.Tables, o *mirror.Observation) error {
	rows, err := readRows(t)
	if err != nil {
		return err
	}
	for _, r := range rows {
		o.Handles[mib.RowHandle+string(copyStatus+"."+r.index())] = fmt.Sprintf("%d %d", r.direction, r.status)
	}
	o.Natives = fold(rows, mib.ByIndex(o.Ports), vlansOf(*o))
	return nil
}

// rowAt is a row as the observation holds it.
func rowAt(o mirror.Observation, index snmp.OID) (direction, status uint64, there bool) {
	n, err := fmt.Sscanf(o.Handles[mib.RowHandle+string(copyStatus+"."+index)], "%d %d", &direction, &status)
	return direction, status, n == 2 && err == nil
}

// fold makes a native session of the rows of each destination. Rows between interfaces
// that are no ports with a name of their own are sessions that nobody can express.
func fold(rows []row, ports map[uint32]mirror.Port, vlans map[uint32]int) []mirror.NativeSession {
	var out []mirror.NativeSession
	byDest := map[uint32][]row{}
	for _, r := range rows {
		_, from := sourceOf(r, ports, vlans)
		if _, to := ports[r.dst]; from && to && r.src != r.dst {
			byDest[r.dst] = append(byDest[r.dst], r)
			continue
		}
		out = append(out, strange(r, ports, vlans))
	}
	for _, dst := range slices.Sorted(maps.Keys(byDest)) {
		out = append(out, session(byDest[dst], ports, vlans))
	}
	slices.SortFunc(out, func(a, b mirror.NativeSession) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

func sourceOf(r row, ports map[uint32]mirror.Port, vlans map[uint32]int) (mirror.NativeSource, bool) {
	if vid, ok := vlans[r.src]; ok {
		return mirror.NativeSource{VLAN: vid, Direction: directions[r.direction]}, true
	}
	p, ok := ports[r.src]
	return mirror.NativeSource{Port: p.Name, Direction: directions[r.direction]}, ok
}

// session is what is copied to one port. One that a hand has stopped whole is shut down;
// of one that was stopped in part the rest is there, and what was stopped is a source in
// no direction: a row that stands, and whose the ledger knows.
func session(rows []row, ports map[uint32]mirror.Port, vlans map[uint32]int) mirror.NativeSession {
	dest := ports[rows[0].dst].Name
	n := mirror.NativeSession{ID: string(dest), Programmed: mirror.True, Spec: mirror.NativeSpec{Role: mirror.RoleLocal,
		Destinations: []mirror.PortName{dest}, Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}}
	n.Spec.Shut = !slices.ContainsFunc(rows, func(r row) bool { return r.status != notInService })
	var why, text []string
	for _, r := range rows {
		src, _ := sourceOf(r, ports, vlans)
		from := sourceName(src)
		text = append(text, rowText(r, from, string(dest)))
		stopped := r.status == notInService && !n.Spec.Shut
		if stopped {
			src.Direction = ""
		}
		n.Spec.Sources = append(n.Spec.Sources, src)
		if r.status != active && !stopped {
			why = append(why, fmt.Sprintf("portCopyStatus of %s to %s is %s", from, dest, statusText(r.status)))
		}
	}
	if len(why) > 0 {
		n.Programmed, n.ProgrammedReason = mirror.False, strings.Join(why, "; ")
	}
	n.Spec, n.Text = n.Spec.Normalize(), strings.Join(text, "\n")
	return mib.Waiting(n, slices.Collect(maps.Values(ports)))
}

func sourceName(s mirror.NativeSource) string {
	if s.VLAN != 0 {
		return "VLAN " + strconv.Itoa(s.VLAN)
	}
	return string(s.Port)
}

func rowText(r row, from, to string) string {
	return fmt.Sprintf("portCopyDirection.%s = %s, portCopyStatus.%s = %s (%s to %s)", r.index(), directionText(r.direction), r.index(), statusText(r.status), from, to)
}

// strange is a row that nobody can express.
func strange(r row, ports map[uint32]mirror.Port, vlans map[uint32]int) mirror.NativeSession {
	name := func(index uint32) (string, string) {
		if p, ok := ports[index]; ok {
			return string(p.Name), ""
		}
		text := fmt.Sprintf("ifIndex %d", index)
		return text, text + " is no port with a name of its own"
	}
	src, known := sourceOf(r, ports, vlans)
	from, why := sourceName(src), ""
	if !known {
		from, why = name(r.src)
	}
	to, whyTo := name(r.dst)
	n := mirror.NativeSession{ID: from + " to " + to, Opaque: cmp.Or(why, whyTo, "a port that is copied to itself"), Text: rowText(r, from, to),
		Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}}
	if known {
		n.Spec.Sources = []mirror.NativeSource{src}
	}
	if whyTo == "" {
		n.Spec.Destinations = []mirror.PortName{mirror.PortName(to)}
	}
	if n.Programmed = mirror.True; r.status != active {
		n.Programmed, n.ProgrammedReason = mirror.False, "portCopyStatus is "+statusText(r.status)
	}
	return n
}
