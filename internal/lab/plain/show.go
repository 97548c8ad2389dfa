package plain

import (
	"github.com/netmirror/netmirror/internal/lab/mib"
)

// Objects of IF-MIB that can be set.
var (
	ifAdminStatus = mib.Must("1.3.6.1.2.1.2.2.1.7")
	ifAlias       = mib.Must("1.3.6.1.2.1.31.1.1.1.18")
)

// Objects of BRIDGE-MIB, Q-BRIDGE-MIB and LLDP-MIB. VLANs are read only: how an agent
// lets them be written differs too much to be assumed (fact sheet, 6.5).
var (
	dot1dBaseNumPorts    = mib.Must("1.3.6.1.2.1.17.1.2")
	dot1dBasePortIfIndex = mib.Must("1.3.6.1.2.1.17.1.4.1.2")
	vlanCurrentEgress    = mib.Must("1.3.6.1.2.1.17.7.1.4.2.1.4")
	vlanCurrentUntagged  = mib.Must("1.3.6.1.2.1.17.7.1.4.2.1.5")
	vlanStaticName       = mib.Must("1.3.6.1.2.1.17.7.1.4.3.1.1")
	vlanStaticEgress     = mib.Must("1.3.6.1.2.1.17.7.1.4.3.1.2")
	vlanStaticUntagged   = mib.Must("1.3.6.1.2.1.17.7.1.4.3.1.4")
	vlanStaticStatus     = mib.Must("1.3.6.1.2.1.17.7.1.4.3.1.5")
	pvid                 = mib.Must("1.3.6.1.2.1.17.7.1.4.5.1.1")
	lldpLocChassisType   = mib.Must("1.0.8802.1.1.2.1.3.1")
	lldpLocChassis       = mib.Must("1.0.8802.1.1.2.1.3.2")
	lldpLocSysName       = mib.Must("1.0.8802.1.1.2.1.3.3")
	lldpLocPort          = mib.Must("1.0.8802.1.1.2.1.3.7.1")
	lldpRem              = mib.Must("1.0.8802.1.1.2.1.4.1.1")

	bridgeObjects = []mib.OID{dot1dBaseNumPorts, dot1dBasePortIfIndex, vlanCurrentEgress, vlanCurrentUntagged, vlanStaticName, vlanStaticEgress, vlanStaticUntagged,
		vlanStaticStatus, pvid, lldpLocChassisType, lldpLocChassis, lldpLocSysName, lldpLocPort, lldpRem}
)

// bridge shows the ports and VLANs as a bridge counts them: base ports from 1 in the
// order of ports, whatever their ifIndex is.
func (v View) bridge(p *mib.Picture) {
	p.Add(dot1dBaseNumPorts, mib.Int(len(v.Names)), 0)
	for i, name := range v.Names {
		state := v.Config.State(name)
		p.Add(dot1dBasePortIfIndex, mib.Int(int(v.Index[name])), uint32(i+1))
		p.Add(pvid, mib.Unsigned(uint64(state.Untagged())), uint32(i+1))
	}
	for _, vlan := range v.Config.Known() {
		egress, untagged := v.members(vlan)
		id := uint32(vlan)
		p.Add(vlanCurrentEgress, mib.Text(egress), 0, id) // TimeMark 0
		p.Add(vlanCurrentUntagged, mib.Text(untagged), 0, id)
		p.Add(vlanStaticName, mib.Text(v.Config.VLANs[vlan]), id)
		p.Add(vlanStaticEgress, mib.Text(egress), id)
		p.Add(vlanStaticUntagged, mib.Text(untagged), id)
		p.Add(vlanStaticStatus, mib.Int(int(mib.Active)), id)
	}
}

// members are the ports of a VLAN as PortLists.
func (v View) members(vlan int) (egress, untagged string) {
	all, bare := make([]byte, (len(v.Names)+7)/8), make([]byte, (len(v.Names)+7)/8)
	for i, name := range v.Names {
		state := v.Config.State(name)
		bit := byte(0x80) >> (i % 8)
		if state.Untagged() == vlan {
			bare[i/8] |= bit
		}
		if state.Untagged() == vlan || state.Trunk && state.Allowed.Has(vlan) {
			all[i/8] |= bit
		}
	}
	return string(all), string(bare)
}

// neighbours shows what is heard over LLDP, and what the switch calls itself.
func (v View) neighbours(p *mib.Picture) {
	const macAddress, interfaceName = 4, 5
	numbers := map[string]uint32{}
	mac := v.host.Node().MAC
	p.Add(lldpLocChassisType, mib.Int(macAddress), 0)
	p.Add(lldpLocChassis, mib.Text(string(mac[:])), 0)
	p.Add(lldpLocSysName, mib.Text(v.host.Spec().Hostname), 0)
	for i, name := range v.Names {
		numbers[name] = uint32(i + 1)
		p.Add(lldpLocPort, mib.Int(interfaceName), 2, uint32(i+1))
		p.Add(lldpLocPort, mib.Text(name), 3, uint32(i+1))
		p.Add(lldpLocPort, mib.Text(v.Config.Ports[name].Alias), 4, uint32(i+1))
	}
	for i, n := range v.host.Fabric().Neighbours(v.host.Node(), "lldp") {
		id, kind := n.PortID, interfaceName
		if id == "" {
			id, kind = string(n.PortMAC[:]), 3
		}
		for column, value := range map[uint32]mib.Value{4: mib.Int(macAddress), 5: mib.Text(string(n.Chassis[:])), 6: mib.Int(kind), 7: mib.Text(id),
			8: mib.Text(n.PortDescription), 9: mib.Text(n.System), 10: mib.Text(n.Description)} {
			p.Add(lldpRem, value, column, 0, numbers[n.Local.Name], uint32(i+1))
		}
	}
}

// setPort sets what a plain switch lets be set; mine is false for all other objects.
func (v View) setPort(b mib.Binding) (mine bool, status mib.Status) {
	var set func(*Port)
	index, admin := ifAdminStatus.Below(b.Name)
	if admin {
		status = mib.Enumerated(b.Value, 2) // testing(3) is refused
		set = func(p *Port) { p.Shut = b.Value.N == 2 }
	} else if index, mine = ifAlias.Below(b.Name); mine {
		status = mib.Sized(b.Value, 0, 64)
		set = func(p *Port) { p.Alias = b.Value.S }
	} else {
		return false, mib.NoError
	}
	if status != mib.NoError {
		return true, status
	}
	if len(index) != 1 || v.At[index[0]] == "" {
		return true, mib.NoCreation
	}
	name := v.At[index[0]]
	p := v.Config.Ports[name]
	set(&p)
	if v.Config.Ports[name] = p; p == (Port{}) {
		delete(v.Config.Ports, name)
	}
	return true, mib.NoError
}
