// Package snmplab runs a switch that somebody else has made, for tests: a network
// namespace whose links are its ports, a Linux bridge that forwards, Debian's snmpd with
// versions 2c and 3, and an AgentX sub-agent in Perl whose portCopyTable (RFC 2613) really
// copies frames with tc. Hosts are namespaces behind the ports, and what reaches one is
// captured.
//
// It needs Linux, root, and the programs ip, tc, ping, snmpd and perl with NetSNMP::agent
// (Debian's libsnmp-perl). It touches no namespace that it did not make, and it must not be
// imported by the program.
package snmplab
