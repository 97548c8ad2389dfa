package mib

import (
	"fmt"
	"maps"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// PortsOf reads the ports, sorted by name. One name that two interfaces have is one port
// without a handle, whose use says so: nobody knows which is meant. An agent that shows no
// interface is mirror.ErrRejected, because its view may hide them.
func PortsOf(t Tables) ([]mirror.Port, error) {
	column := IfName
	if !named(t, IfName) {
		column = ifDescr
	}
	if !named(t, column) {
		return nil, fmt.Errorf("the agent names no interfaces (IF-MIB, ifName and ifDescr); its view may hide them: %w", mirror.ErrRejected)
	}
	found := map[mirror.PortName][]uint32{}
	for _, id := range t.Indexes(column) {
		index, ok := id.Index()
		name := Name(t.Text(column, id))
		if _, err := Ports(string(name)); !ok || index == 0 || err != nil || !isPort(t, id) {
			continue
		}
		found[name] = append(found[name], index)
	}
	names := map[uint32]mirror.PortName{}
	for name, at := range found {
		if len(at) == 1 {
			names[at[0]] = name
		}
	}
	var out []mirror.Port
	at := map[uint32]int{}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		rows := found[name]
		if len(rows) > 1 {
			out = append(out, mirror.Port{Name: name, Up: mirror.Unknown, Uses: []mirror.PortUse{{Kind: "unknown",
				Detail: fmt.Sprintf("the agent has %d interfaces of this name, ifIndex %d and %d among them, so that nobody knows which is meant", len(rows), rows[0], rows[1])}}})
			continue
		}
		at[rows[0]] = len(out)
		out = append(out, portOf(t, name, Interface{Index: rows[0], Column: column}))
	}
	members(t, out, at)
	if err := vlans(t, out, at); err != nil {
		return nil, err
	}
	addresses(t, out, at)
	neighbours(t, out, at)
	return out, nil
}

func named(t Tables, column snmp.OID) bool {
	for _, v := range t[column] {
		if v.Kind == snmp.Text && Name(v.Text) != "" {
			return true
		}
	}
	return false
}

// isPort: what ifTable has under the index is a port by its type, or ifTable does not
// have it and it is no part of another one. Where the tables do not join, ifXTable lists
// the ports.
func isPort(t Tables, index snmp.OID) bool {
	kind, told := t.Integer(ifType, index)
	return !told || portTypes[kind]
}

func portOf(t Tables, name mirror.PortName, i Interface) mirror.Port {
	row := snmp.OID(fmt.Sprint(i.Index))
	p := mirror.Port{Name: name, Handle: i.Handle()}
	kind, _ := t.Integer(ifType, row)
	p.LAG = kind == typeLAG
	p.Up, p.Admin = Link(t[ifOperStatus][row]), adminOf(t[ifAdminStatus][row])
	p.Speed = Speed(t[ifOperStatus][row], t[ifHighSpeed][row], t[ifSpeed][row])
	if mtu, told := t.Integer(ifMTU, row); told && mtu < 1<<16 {
		p.MTU = int(mtu)
	}
	if p.LAG {
		p.Uses = append(p.Uses, mirror.PortUse{Kind: "lag", Detail: "a port-channel (ifType ieee8023adLag)"})
	}
	return p
}

// Link is the state of a link by ifOperStatus: dormant, notPresent and lowerLayerDown pass
// nothing.
func Link(oper snmp.Value) mirror.State {
	switch {
	case oper.Kind != snmp.Integer || oper.Number == statusUnsure:
		return mirror.Unknown
	case oper.Number == statusUp:
		return mirror.True
	}
	return mirror.False
}

func adminOf(admin snmp.Value) mirror.State {
	switch {
	case admin.Kind != snmp.Integer:
		return ""
	case admin.Number == statusDown:
		return mirror.False
	}
	return mirror.True
}

// Speed is that of a link that is up, by ifHighSpeed, else by ifSpeed: agents tell anything
// of one that is not.
func Speed(oper, high, low snmp.Value) mirror.BitsPerSecond {
	const saturated = 1<<32 - 1
	switch {
	case Link(oper) != mirror.True:
		return 0
	case high.Number > 0:
		return mirror.BitsPerSecond(high.Number) * 1e6
	case low.Number < saturated:
		return mirror.BitsPerSecond(low.Number)
	}
	return 0
}

// members joins port-channels with their ports, by the aggregator that a port is attached
// to, and where that is not told by what lies below a port-channel.
func members(t Tables, ports []mirror.Port, at map[uint32]int) {
	join := func(lag, member uint64) {
		l, known := at[uint32(lag)]
		m, there := at[uint32(member)]
		if !known || !there || l == m || !ports[l].LAG || ports[m].LAG || slices.Contains(ports[l].Members, ports[m].Name) {
			return
		}
		ports[l].Members = append(ports[l].Members, ports[m].Name)
		ports[m].Uses = append(ports[m].Uses, mirror.PortUse{Kind: "lag-member", Detail: "a member of " + string(ports[l].Name)})
	}
	for _, id := range t.Indexes(attachedAggID) {
		if member, ok := id.Index(); ok {
			if lag, told := t.Integer(attachedAggID, id); told {
				join(lag, uint64(member))
			}
		}
	}
	for _, id := range t.Indexes(ifStackStatus) {
		if pair, err := Numbers(id); err == nil && len(pair) == 2 {
			join(uint64(pair[0]), uint64(pair[1]))
		}
	}
	for i := range ports {
		slices.Sort(ports[i].Members)
	}
}

// addresses: a port that has one is the device's own way out.
func addresses(t Tables, ports []mirror.Port, at map[uint32]int) {
	for _, column := range []snmp.OID{ipAdEntIfIndex, ipAddressIfIndex} {
		for _, id := range t.Indexes(column) {
			index, told := t.Integer(column, id)
			i, known := at[uint32(index)]
			if !told || !known || slices.ContainsFunc(ports[i].Uses, func(u mirror.PortUse) bool { return u.Kind == "addressed" }) {
				continue
			}
			ports[i].Uses = append(ports[i].Uses, mirror.PortUse{Kind: "addressed", Detail: "it has an IP address"})
		}
	}
}
