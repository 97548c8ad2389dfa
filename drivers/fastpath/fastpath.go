package fastpath

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mib"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// The key of the catalogue.
const (
	Platform = "snmp_fastpath"
	Protocol = "snmp"
)

// brands are the agentPortMirroringGroup of each. Those of the last three are not
// confirmed by a text: they are asked for, and used where they answer.
var brands = []struct {
	group snmp.OID
	name  string
}{
	{"1.3.6.1.4.1.4526.10.1.2.10", "NETGEAR managed"},
	{"1.3.6.1.4.1.4413.1.1.1.2.10", "EdgeSwitch"},
	{"1.3.6.1.4.1.4526.11.1.2.10", "NETGEAR smart"},
	{"1.3.6.1.4.1.6132.1.1.1.2.10", "LVL7"},
	{"1.3.6.1.4.1.674.10895.5000.2.6132.1.1.1.2.10", "Dell"},
}

// Columns of agentPortMirrorTable, below group.4.1, and the one of
// agentPortMirrorTypeTable, below group.5.1.
const (
	colDestination = "4.1.2"
	colMask        = "4.1.3"
	colMode        = "4.1.4"
	colVLAN        = "4.1.5"
	colRemoteFrom  = "4.1.6"
	colRemoteTo    = "4.1.7"
	colReflector   = "4.1.8"
	colIPList      = "4.1.10"
	colMACList     = "4.1.11"
	colType        = "5.1.2"
)

// Values of agentPortMirrorAdminMode, and of agentPortMirrorTypeType, which counts in the
// other order than other MIBs.
const (
	modeEnable  = 1
	modeDisable = 2
	modeDelete  = 3

	typeTx   = 1
	typeRx   = 2
	typeTxRx = 3
)

// Keys of Facts.Extra.
const (
	factGroup    = "agentPortMirroringGroup"
	factBrand    = "brand"
	factSessions = "sessions" // the highest number
	factNewer    = "newer"    // "yes" where the table has the columns of VLANs
)

// handleNumber is the key of Observation.Handles that holds the number of a port in
// masks, by its ifIndex.
func handleNumber(index uint32) string { return "number " + strconv.FormatUint(uint64(index), 10) }

// handleCounted says that numbers are those of dot1dBasePortTable.
const handleCounted = "counted"

var platform = mib.Platform{
	Probe:      probe,
	Narrow:     columns,
	Wide:       func(mirror.Facts) []snmp.OID { return nil },
	Around:     around,
	Sessions:   sessions,
	Rests:      rests,
	Within:     within,
	Split:      split,
	Overwrites: true,
	Otherwise:  func(mib.Message, string) []mib.Message { return nil },
	Holds:      holds,
}

// Ports makes the name of a port canonical, see mib.Ports.
func Ports(text string) ([]mirror.PortName, error) { return mib.Ports(text) }

// Connect opens a connection, see mib.Connect. An agent without the table is
// mirror.ErrUnsupported.
func Connect(ctx context.Context, t mirror.Target, o mib.Options) (*mib.Conn, error) {
	return mib.Connect(ctx, t, platform, o)
}

// probe finds the brand by which the table answers, how many sessions it has, and whether
// it is of the newer text.
func probe(ctx context.Context, a mib.Agent) (map[string]string, error) {
	var names []snmp.OID
	for _, b := range brands {
		names = append(names, b.group+"."+colDestination, b.group+"."+colVLAN)
	}
	next, err := a.Next(ctx, names...)
	if err != nil {
		return nil, err
	}
	for i, b := range brands {
		if _, there := names[2*i].Below(next[2*i].Name); !there || next[2*i].Kind == snmp.Missing {
			continue
		}
		extra := map[string]string{factGroup: string(b.group), factBrand: b.name}
		if _, newer := names[2*i+1].Below(next[2*i+1].Name); newer && next[2*i+1].Kind != snmp.Missing {
			extra[factNewer] = "yes"
		}
		rows, err := a.Walk(ctx, names[2*i])
		if err != nil {
			return nil, err
		}
		last := uint32(0)
		for _, r := range rows[0] {
			if n, ok := r.Index.Index(); ok {
				last = max(last, n)
			}
		}
		extra[factSessions] = strconv.FormatUint(uint64(last), 10)
		return extra, nil
	}
	return nil, fmt.Errorf("the agent has no agentPortMirrorTable below the numbers of a known brand, or its view hides it: %w", mirror.ErrUnsupported)
}

func columns(f mirror.Facts) []snmp.OID {
	list := []string{colDestination, colMask, colMode, colType}
	if f.Extra[factNewer] == "yes" {
		list = append(list, colVLAN, colRemoteFrom, colRemoteTo, colReflector, colIPList, colMACList)
	}
	var out []snmp.OID
	for _, c := range list {
		out = append(out, column(f, c))
	}
	return out
}

// column is one of the agent's brand. Without an agent it is readable, and nobody's.
func column(f mirror.Facts, c string) snmp.OID {
	group := snmp.OID(f.Extra[factGroup])
	if group == "" {
		group = mib.Unknown("agentPortMirroringGroup")
	}
	return group + "." + snmp.OID(c)
}

// around puts in the numbers of ports.
func around(_ mirror.Facts, t mib.Tables, o *mirror.Observation) error {
	for _, id := range t.Indexes(mib.BasePortIfIndex) {
		number, ok := id.Index()
		index, told := t.Integer(mib.BasePortIfIndex, id)
		if !ok || !told || number == 0 {
			return fmt.Errorf("dot1dBasePortIfIndex.%s is %+v: %w", id, t[mib.BasePortIfIndex][id], mirror.ErrParse)
		}
		o.Handles[handleNumber(uint32(index))] = strconv.FormatUint(uint64(number), 10)
		o.Handles[handleCounted] = "dot1dBasePort"
	}
	return nil
}

// numberOf is the number of a port in masks; false where nobody knows it.
func numberOf(o mirror.Observation, p mirror.Port) (int, bool) {
	row, known := mib.InterfaceOf(p)
	if !known {
		return 0, false
	}
	if o.Handles[handleCounted] == "" {
		return int(row.Index), true
	}
	n, err := strconv.Atoi(o.Handles[handleNumber(row.Index)])
	return n, err == nil
}

// rests is the object that numbers a port.
func rests(o mirror.Observation, p mirror.Port) []snmp.OID {
	n, known := numberOf(o, p)
	if !known || o.Handles[handleCounted] == "" {
		return nil
	}
	return []snmp.OID{mib.BasePortIfIndex.Row(uint32(n))}
}

// numbered are the ports by their numbers.
func numbered(o mirror.Observation) map[int]mirror.Port {
	out := map[int]mirror.Port{}
	for _, p := range o.Ports {
		if n, ok := numberOf(o, p); ok {
			out[n] = p
		}
	}
	return out
}

var directions = map[uint64]mirror.Direction{typeTx: mirror.TX, typeRx: mirror.RX, typeTxRx: mirror.Both}

func typeOf(d mirror.Direction) uint64 {
	return map[mirror.Direction]uint64{mirror.TX: typeTx, mirror.RX: typeRx, mirror.Both: typeTxRx}[d]
}

// rowOf is the column and the session of an object of the tables, and of a direction the
// number of the port; false where it is none that is ever set.
func rowOf(f mirror.Facts, name snmp.OID) (column, session string, port int, ok bool) {
	rest, below := snmp.OID(f.Extra[factGroup]).Below(name)
	parts := mib.Parts(rest)
	if !below || len(parts) < 4 {
		return "", "", 0, false
	}
	column, session = strings.Join([]string{string(parts[0]), string(parts[1]), string(parts[2])}, "."), string(parts[3])
	switch {
	case column == colType && len(parts) == 5:
		n, _ := parts[4].Index()
		return column, session, int(n), true
	case len(parts) == 4 && slices.Contains([]string{colDestination, colMask, colMode, colVLAN}, column):
		return column, session, 0, true
	}
	return "", "", 0, false
}

// holds: delete wipes the session, and is never read.
func holds(set mib.Object, read snmp.Value) bool {
	if set.Kind == snmp.Integer && set.Number == modeDelete && strings.HasPrefix(set.Note, noteMode) {
		return read.Kind == snmp.Integer && read.Number == modeDisable
	}
	return mib.Same(set, read)
}
