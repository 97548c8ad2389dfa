// Package snmp is an SNMP agent in front of a switch: versions 2c and 3 (user-based,
// RFC 3414) with the system group, the interfaces of IF-MIB (RFC 2863), the engine's
// restarts, and whatever the switch shows and takes itself as a mib.Agent. It is a view
// of the switch at the moment of the question and keeps nothing but counts.
//
// A wrong community is not answered (RFC 3584 section 5.2.1). Answers to GETBULK are
// cut to what fits into an Ethernet frame, and a GET whose answer does not fit is
// tooBig, as the packet size that many switches have by default makes it. A SET is
// carried out whole or not at all.
package snmp
