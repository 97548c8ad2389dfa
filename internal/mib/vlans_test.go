package mib

import (
	"fmt"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// TestWhatAPortIsInItsVLANs: access port, trunk, or none of both and in use all the same.
func TestWhatAPortIsInItsVLANs(t *testing.T) {
	number := func(n uint64) snmp.Value { return snmp.Number(snmp.Integer, n) }
	names := map[snmp.OID]snmp.Value{}
	types, base, pvids := map[snmp.OID]snmp.Value{}, map[snmp.OID]snmp.Value{}, map[snmp.OID]snmp.Value{}
	for i := 1; i <= 5; i++ {
		row := snmp.OID(fmt.Sprint(i))
		names[row], types[row], base[row], pvids[row] = snmp.Octets("p"+string(row)), number(6), number(uint64(i)), number(10)
	}
	ports, err := PortsOf(Tables{IfName: names, ifType: types, BasePortIfIndex: base, pvid: pvids,
		// p1 in 10, p2 in 10 and tagged in 20, p3 in 10 and 20, p4 tagged in 20, p5 in none
		staticEgress:   {"10": snmp.Octets("\xe0"), "20": snmp.Octets("\x70")},
		staticUntagged: {"10": snmp.Octets("\xe0"), "20": snmp.Octets("\x20")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		access int
		trunk  *mirror.Trunk
		uses   []mirror.PortUse
	}{
		{access: 10},
		{trunk: &mirror.Trunk{Allowed: mirror.VLANs(10, 20), Native: 10}, uses: []mirror.PortUse{{Kind: "trunk", Detail: "it carries 1 VLANs with tags"}}},
		{uses: []mirror.PortUse{{Kind: "trunk", Detail: "it sends 2 VLANs without tags"}}},
		{trunk: &mirror.Trunk{Allowed: mirror.VLANs(20)}, uses: []mirror.PortUse{{Kind: "trunk", Detail: "it carries 1 VLANs with tags"}}},
		{},
	} {
		p := ports[i]
		if p.Access != want.access || fmt.Sprintf("%+v %+v", p.Trunk, p.Uses) != fmt.Sprintf("%+v %+v", want.trunk, want.uses) {
			t.Errorf("%s: access %d, trunk %+v, uses %+v", p.Name, p.Access, p.Trunk, p.Uses)
		}
	}
}
