package mib

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// Subtypes of LldpPortId (IEEE 802.1AB) whose text names the port.
const (
	subtypeInterfaceName = 5
	subtypeLocal         = 7
)

// neighbours are the systems that LLDP hears. Its local port numbers are of its own: a
// port is found by the name that LLDP gives it, by a number that it gives instead, and
// only where it lists no ports of its own by the number itself.
func neighbours(t Tables, ports []mirror.Port, at map[uint32]int) {
	byName := map[mirror.PortName]int{}
	for i, p := range ports {
		if p.Handle != "" {
			byName[p.Name] = i
		}
	}
	local := func(id snmp.OID) (int, bool) {
		subtype, told := t.Integer(lldpLocPortIDSubtype, id)
		text := t.Text(lldpLocPortID, id)
		if i, ok := byName[Name(text)]; ok && subtype == subtypeInterfaceName {
			return i, true
		}
		if i, ok := byName[Name(t.Text(lldpLocPortDesc, id))]; ok {
			return i, true
		}
		if n, err := strconv.ParseUint(text, 10, 32); err == nil && subtype == subtypeLocal {
			if i, ok := at[uint32(n)]; ok {
				return i, true
			}
		}
		if i, ok := byName[Name(text)]; ok {
			return i, true
		}
		number, ok := id.Index()
		i, known := at[number]
		return i, ok && known && !told
	}
	heard := map[snmp.OID]bool{}
	for _, column := range []snmp.OID{lldpRemSysName, lldpRemPortID} {
		for _, id := range t.Indexes(column) {
			parts, err := Numbers(id)
			if err != nil || len(parts) != 3 || heard[id] {
				continue
			}
			heard[id] = true
			i, ok := local(snmp.OID(strconv.FormatUint(uint64(parts[1]), 10)))
			if !ok {
				continue
			}
			name := cmp.Or(t.Text(lldpRemSysName, id), "a system without a name")
			if !slices.ContainsFunc(ports[i].Neighbours, func(n mirror.Neighbour) bool { return n.System == name }) {
				ports[i].Neighbours = append(ports[i].Neighbours, mirror.Neighbour{System: name})
				ports[i].Uses = append(ports[i].Uses, mirror.PortUse{Kind: "neighbour", Detail: "LLDP hears " + name})
			}
		}
	}
}
