package mib

import "github.com/netmirror/netmirror/internal/transport/snmp"

// Scalars.
const (
	sysDescr          = snmp.OID("1.3.6.1.2.1.1.1.0")
	sysObjectID       = snmp.OID("1.3.6.1.2.1.1.2.0")
	sysUpTime         = snmp.OID("1.3.6.1.2.1.1.3.0")
	sysName           = snmp.OID("1.3.6.1.2.1.1.5.0")
	ifTableLastChange = snmp.OID("1.3.6.1.2.1.31.1.5.0")
	snmpEngineBoots   = snmp.OID("1.3.6.1.6.3.10.2.1.2.0")
	// Of the first physical entity, which is meant only where its class is a chassis or
	// a stack (RFC 6933).
	entPhysicalClass  = snmp.OID("1.3.6.1.2.1.47.1.1.1.1.5.1")
	entPhysicalSW     = snmp.OID("1.3.6.1.2.1.47.1.1.1.1.10.1")
	entPhysicalSerial = snmp.OID("1.3.6.1.2.1.47.1.1.1.1.11.1")
	entPhysicalModel  = snmp.OID("1.3.6.1.2.1.47.1.1.1.1.13.1")
)

// Columns.
const (
	IfName          = snmp.OID("1.3.6.1.2.1.31.1.1.1.1") // of IF-MIB
	BasePortIfIndex = snmp.OID("1.3.6.1.2.1.17.1.4.1.2") // dot1dBasePortIfIndex of BRIDGE-MIB

	ifDescr       = snmp.OID("1.3.6.1.2.1.2.2.1.2")
	ifType        = snmp.OID("1.3.6.1.2.1.2.2.1.3")
	ifMTU         = snmp.OID("1.3.6.1.2.1.2.2.1.4")
	ifSpeed       = snmp.OID("1.3.6.1.2.1.2.2.1.5")
	ifAdminStatus = snmp.OID("1.3.6.1.2.1.2.2.1.7")
	ifOperStatus  = snmp.OID("1.3.6.1.2.1.2.2.1.8")
	ifHighSpeed   = snmp.OID("1.3.6.1.2.1.31.1.1.1.15")
	ifStackStatus = snmp.OID("1.3.6.1.2.1.31.1.2.1.3") // higher.lower

	attachedAggID = snmp.OID("1.2.840.10006.300.43.1.2.1.1.13") // dot3adAggPortAttachedAggID

	currentEgress   = snmp.OID("1.3.6.1.2.1.17.7.1.4.2.1.4") // dot1qVlanCurrentEgressPorts, timeMark.vid
	currentUntagged = snmp.OID("1.3.6.1.2.1.17.7.1.4.2.1.5")
	staticEgress    = snmp.OID("1.3.6.1.2.1.17.7.1.4.3.1.2") // dot1qVlanStaticEgressPorts, vid
	staticUntagged  = snmp.OID("1.3.6.1.2.1.17.7.1.4.3.1.4")
	pvid            = snmp.OID("1.3.6.1.2.1.17.7.1.4.5.1.1") // dot1qPvid

	ipAdEntIfIndex   = snmp.OID("1.3.6.1.2.1.4.20.1.2") // by address
	ipAddressIfIndex = snmp.OID("1.3.6.1.2.1.4.34.1.3") // by type, length and address

	lldpLocPortIDSubtype = snmp.OID("1.0.8802.1.1.2.1.3.7.1.2") // by local port number
	lldpLocPortID        = snmp.OID("1.0.8802.1.1.2.1.3.7.1.3")
	lldpLocPortDesc      = snmp.OID("1.0.8802.1.1.2.1.3.7.1.4")
	lldpRemPortID        = snmp.OID("1.0.8802.1.1.2.1.4.1.1.7") // timeMark.localPort.index
	lldpRemSysName       = snmp.OID("1.0.8802.1.1.2.1.4.1.1.9")
)

// around are the columns that a read of everything walks, a group at a time.
var around = [][]snmp.OID{
	{IfName, ifDescr, ifType, ifMTU, ifSpeed, ifAdminStatus, ifOperStatus, ifHighSpeed},
	{attachedAggID, ifStackStatus, BasePortIfIndex, pvid, ipAdEntIfIndex, ipAddressIfIndex},
	{currentEgress, currentUntagged, staticEgress, staticUntagged},
	{lldpLocPortIDSubtype, lldpLocPortID, lldpLocPortDesc, lldpRemPortID, lldpRemSysName},
}

// Values of ifType (IANAifType-MIB) that are ports, and of the two states of one.
const (
	typeLAG      = 161 // ieee8023adLag
	statusUp     = 1
	statusDown   = 2
	statusUnsure = 4 // unknown
)

// portTypes: ethernetCsmacd and its deprecated relatives for 100 Mbit/s and 1 Gbit/s.
var portTypes = map[uint64]bool{6: true, 26: true, 62: true, 69: true, 117: true, typeLAG: true}
