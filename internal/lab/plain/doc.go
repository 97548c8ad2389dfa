// Package plain is a managed switch without a command line, which SNMP alone configures:
// its ports and VLANs, what it shows of them (BRIDGE-MIB, Q-BRIDGE-MIB, LLDP-MIB), and
// the few of them that can be set (ifAdminStatus, ifAlias). A platform adds the tables
// of its mirror sessions as a Kind.
//
// What such a switch keeps is written in lines of the lab's own, which no device prints:
// they are what a description's config holds and what RunningConfig gives.
//
//	vlan 10 office
//	port gi5 alias uplink to core
//	port gi5 shutdown
//	port gi5 access 10
//	port gi5 trunk 10,20-30
package plain
