// Package fastpath drives switches that have the agentPortMirrorTable of one switch
// software below the numbers of several brands (FASTPATH-SWITCHING-MIB,
// NETGEAR-SWITCHING-MIB, EdgeSwitch-SWITCHING-MIB), over SNMP version 2c or 3: catalogue
// key platform "snmp_fastpath", protocol "snmp".
//
// # What it touches
//
// Of one row of agentPortMirrorTable, a session of a fixed set, the destination port, the
// mask of source ports, the source VLAN and the mode; of agentPortMirrorTypeTable the
// directions of those sources. Nothing else.
//
// # How it is safe
//
// A session has a number and no name: it is ours by the ledger and what is in it (decision
// 7). In front of each push the agent is asked in the same pass for the name and the
// number of every port and for the whole session, which must be as it was read. A mask is
// written in the length that was read, with the bits of other hands as they were. A
// session in which nothing but ours stands is wiped (mode delete), else what is ours is
// taken out of it.
//
// # Ports
//
// The MIB counts ports and says that agentPortDot1dBasePort tells their numbers; so they
// are those of dot1dBasePortTable, and ifIndex where an agent has no such table.
//
// # What cannot be known
//
// No public recording of an agent shows the table; all here rests on the texts of the
// MIBs and is unverified. There is no state of a session beside its mode. Sessions into
// and out of a remote VLAN, and with access lists, are read and never changed: the source
// side needs a reflector port, which netmirror does not choose.
package fastpath
