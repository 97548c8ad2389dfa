package ifmib

import (
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// Scalars.
const (
	sysUpTime         = snmp.OID("1.3.6.1.2.1.1.3.0")
	ifTableLastChange = snmp.OID("1.3.6.1.2.1.31.1.5.0")
	snmpEngineBoots   = snmp.OID("1.3.6.1.6.3.10.2.1.2.0")
)

const (
	ifEntry  = snmp.OID("1.3.6.1.2.1.2.2.1")
	ifXEntry = snmp.OID("1.3.6.1.2.1.31.1.1.1")
)

// Columns of IF-MIB, RFC 2863.
const (
	ifDescr        = ifEntry + ".2"
	ifAdminStatus  = ifEntry + ".7"
	ifOperStatus   = ifEntry + ".8"
	ifInOctets     = ifEntry + ".10"
	ifInUcast      = ifEntry + ".11"
	ifInNUcast     = ifEntry + ".12" // deprecated: what is neither, where the two are not told apart
	ifOutOctets    = ifEntry + ".16"
	ifOutUcast     = ifEntry + ".17"
	ifOutNUcast    = ifEntry + ".18"
	ifOutDiscards  = ifEntry + ".19"
	ifName         = ifXEntry + ".1"
	ifInMulticast  = ifXEntry + ".2"
	ifInBroadcast  = ifXEntry + ".3"
	ifOutMulticast = ifXEntry + ".4"
	ifOutBroadcast = ifXEntry + ".5"
	hcInOctets     = ifXEntry + ".6"
	hcInUcast      = ifXEntry + ".7"
	hcInMulticast  = ifXEntry + ".8"
	hcInBroadcast  = ifXEntry + ".9"
	hcOutOctets    = ifXEntry + ".10"
	hcOutUcast     = ifXEntry + ".11"
	hcOutMulticast = ifXEntry + ".12"
	hcOutBroadcast = ifXEntry + ".13"
	ifHighSpeed    = ifXEntry + ".15"
	discontinuity  = ifXEntry + ".19" // ifCounterDiscontinuityTime
)

// Sets of columns. Ports of up to 20 Mbit/s need not have 64-bit octets, nor those of
// up to 650 Mbit/s 64-bit packets (RFC 2863 section 3.1.6).
var (
	wideOctets    = []snmp.OID{hcInOctets, hcOutOctets}
	narrowOctets  = []snmp.OID{ifInOctets, ifOutOctets}
	widePackets   = []snmp.OID{hcInUcast, hcInMulticast, hcInBroadcast, hcOutUcast, hcOutMulticast, hcOutBroadcast}
	narrowPackets = []snmp.OID{ifInUcast, ifInMulticast, ifInBroadcast, ifInNUcast, ifOutUcast, ifOutMulticast, ifOutBroadcast, ifOutNUcast}
	always        = []snmp.OID{ifOperStatus, ifHighSpeed, ifOutDiscards, discontinuity}
)

// statusDown is a value of ifOperStatus and ifAdminStatus.
const statusDown = 2

// room is what the variables of an answer may take, in octets: with the headers of
// either version it fits into an Ethernet frame.
func room(version3 bool) int {
	if version3 {
		return 1270
	}
	return 1400
}

// size is what a variable takes in a message at most, in octets (BER).
func size(column snmp.OID, index uint32, name string) int {
	const tags = 6 // of the variable, its name and its value, with their lengths
	id := 10
	for n := index; n >= 1<<7; n >>= 7 {
		id++
	}
	switch column {
	case ifName, ifDescr:
		return tags + 1 + id + len(name)
	case hcInOctets, hcInUcast, hcInMulticast, hcInBroadcast, hcOutOctets, hcOutUcast, hcOutMulticast, hcOutBroadcast:
		return tags + id + 8 // nine octets are 2^63 and more
	}
	return tags + id + 5
}
