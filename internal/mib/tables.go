package mib

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// Tables are columns as they were walked, by column and by index in dotted decimals.
type Tables map[snmp.OID]map[snmp.OID]snmp.Value

// Add puts in what a walk of columns gave.
func (t Tables) Add(columns []snmp.OID, rows [][]snmp.Row) {
	for i, column := range columns {
		t[column] = make(map[snmp.OID]snmp.Value, len(rows[i]))
		for _, r := range rows[i] {
			t[column][r.Index] = r.Value
		}
	}
}

// Integer is a number of an instance, false where it is missing or none.
func (t Tables) Integer(column, index snmp.OID) (uint64, bool) {
	v := t[column][index]
	return v.Number, v.Kind == snmp.Integer || v.Kind == snmp.Gauge32
}

// Text is the text of an instance, "" where it is missing or none.
func (t Tables) Text(column, index snmp.OID) string { return t[column][index].Text }

// Indexes are those of a column, in the order of a walk.
func (t Tables) Indexes(column snmp.OID) []snmp.OID {
	out := make([]snmp.OID, 0, len(t[column]))
	for index := range t[column] {
		out = append(out, index)
	}
	slices.SortFunc(out, compareOIDs)
	return out
}

func compareOIDs(a, b snmp.OID) int {
	x, errX := Numbers(a)
	y, errY := Numbers(b)
	if errX != nil || errY != nil {
		return strings.Compare(string(a), string(b))
	}
	return slices.Compare(x, y)
}

// Numbers are the sub-identifiers of an identifier.
func Numbers(id snmp.OID) ([]uint32, error) {
	var out []uint32
	for part := range strings.SplitSeq(string(id), ".") {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%q is no object identifier: %w", id, mirror.ErrParse)
		}
		out = append(out, uint32(n))
	}
	return out, nil
}

// Name makes a port's name canonical: as the agent says it, but for blanks, of which
// agents put in two to have columns.
func Name(text string) mirror.PortName {
	return mirror.PortName(strings.Join(strings.Fields(text), " "))
}

// maxName is the length of a name: ifDescr is a DisplayString of 255.
const maxName = 255

// Ports of a name: itself. Agents call their ports in their own ways ("gi1/0/1",
// "Ethernet 0/1", "7", "StackSub-St1-2"), so that without a device nobody can tell a range
// or an abbreviation from a name.
func Ports(text string) ([]mirror.PortName, error) {
	name := Name(text)
	bad := func(r rune) bool { return r < ' ' || r == 0x7f || r == '\ufffd' }
	if name == "" || len(name) > maxName || strings.ContainsFunc(string(name), bad) {
		return nil, fmt.Errorf("%q is no name of a port: it is given as the SNMP agent says it in ifName (1 to %d printable characters, no ranges): %w", text, maxName, mirror.ErrInvalid)
	}
	return []mirror.PortName{name}, nil
}

// An Interface is a row of the agent by which a port is named.
type Interface struct {
	Index uint32
	// Column is ifName, or ifDescr of agents that have none.
	Column snmp.OID
}

// Handle is what mirror.Port.Handle holds: the object that names the port.
func (i Interface) Handle() string { return string(i.Column.Row(i.Index)) }

// InterfaceOf reads a port's handle; false where the port is not known to be one row.
func InterfaceOf(p mirror.Port) (Interface, bool) {
	for _, column := range []snmp.OID{IfName, ifDescr} {
		if rest, below := column.Below(snmp.OID(p.Handle)); below {
			index, ok := rest.Index()
			return Interface{Index: index, Column: column}, ok
		}
	}
	return Interface{}, false
}

// ByIndex are the ports of an observation that are one row each, by ifIndex.
func ByIndex(ports []mirror.Port) map[uint32]mirror.Port {
	out := map[uint32]mirror.Port{}
	for _, p := range ports {
		if i, ok := InterfaceOf(p); ok {
			out[i.Index] = p
		}
	}
	return out
}

// Down says why frames do not pass a port, "" where they do or nobody knows.
func Down(p mirror.Port) string {
	switch {
	case p.Admin == mirror.False:
		return fmt.Sprintf("port %s is shut down (ifAdminStatus)", p.Name)
	case p.Up == mirror.False:
		return fmt.Sprintf("port %s is down (ifOperStatus)", p.Name)
	}
	return ""
}

func sortPorts(ports []mirror.Port) {
	slices.SortFunc(ports, func(a, b mirror.Port) int { return cmp.Compare(a.Name, b.Name) })
}

// Parts are the sub-identifiers of an index, as they are written.
func Parts(index snmp.OID) (out []snmp.OID) {
	for part := range strings.SplitSeq(string(index), ".") {
		out = append(out, snmp.OID(part))
	}
	return out
}
