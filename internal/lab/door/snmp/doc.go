// Package snmp is an SNMP agent in front of a switch: version 2c, read only, with the
// system group, the interfaces of IF-MIB (RFC 2863) and the engine's restarts. It is
// a view of the switch's counters at the moment of the question and keeps nothing.
//
// A wrong community is not answered (RFC 3584 section 5.2.1). Answers to GETBULK are
// cut to what fits into an Ethernet frame, and a GET whose answer does not fit is
// tooBig, as the packet size that many switches have by default makes it.
package snmp
