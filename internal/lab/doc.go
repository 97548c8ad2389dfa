// Package lab is a laboratory of virtual switches in one process: real
// protocols on loopback in front of a neutral data plane. It exists so that
// netmirror can be tried, tested and measured without hardware.
//
// IT IS A SIMULATION. No packet is ever switched. Text and behaviour follow
// public documents and recordings of real devices; where those are silent the
// source says "not recorded" and the wording is ours. A recording of a real
// device always outranks what this package prints.
//
// This package holds the description (Spec), the faults, the catalogue of
// platforms and the control API. Its rooms:
//
//   - fabric: ports, links, traffic, counters, copies and drops.
//   - plant: a control plane without a language: running and startup
//     configuration, candidates, the timer of an unconfirmed commit.
//   - cmdline: grammar, blocks, port names, parameter types, pipes; what a
//     terminal has to know.
//   - mib: what an SNMP agent shows and takes: objects, statuses, rows.
//   - model: schemas, data trees, their encodings and edits: what a switch with a data
//     model shares with its doors.
//   - door: what is spoken on the wire: door/ssh is a terminal behind SSH, door/snmp
//     an SNMP agent, door/gnmi a gNMI server. A door is a view of the switch and keeps
//     nothing.
//   - iosxe, eos, junos, nxos, iosxr, srl: a Cisco IOS-XE, an Arista EOS, a Juniper, a
//     Cisco NX-OS switch, a Cisco IOS-XR router and a Nokia SR Linux switch. plain is a switch without a command line,
//     smon and fastpath are two whose mirror sessions are rows of SMON-MIB and of the
//     FASTPATH MIB. Another platform is a further folder and one line in platforms; one
//     never imports another. The doc of each room says what a new platform has to give.
//
// Nothing here imports anything else of this module, least of all the drivers
// and the domain: it would share their misreadings (a guard test checks).
// The lab listens only where the Spec says, keeps no state on disk and starts no
// goroutine that polls; a stream of gNMI looks once a second while it is open.
package lab
