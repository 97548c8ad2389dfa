// Package mib is to devices that are configured over SNMP what internal/console is to
// command lines: reading as little as will do, ports by the standard MIBs, and pushing
// blocks of objects and taking them back. A driver is one value of Platform, data and
// pure functions; Conn does all I/O.
//
// # What is read of a port
//
// IF-MIB (RFC 2863), LAG membership by IEEE8023-LAG-MIB or ifStackTable, VLANs by
// BRIDGE-MIB and Q-BRIDGE-MIB (RFC 4188, 4363), addresses by IP-MIB, neighbours by
// LLDP-MIB. A port is called as its agent calls it in ifName; ifDescr names ports of
// agents that have no ifName at all. Tables need not join: a port that is in ifXTable
// alone is one.
//
// # What is sent
//
// The text of a block is exactly what is asked and set, see Block. Before anything is set
// the agent is asked for all of it in the same pass: the name of every interface must be
// the one meant, since the number of an interface may be another's by now, and every
// object as it was read. A read of all that, over the same connection and a moment ago,
// stands for the question. Nothing outside of the block's own rows is ever set.
package mib
