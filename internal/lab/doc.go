// Package lab is a laboratory of virtual switches in one process: real
// protocols on loopback in front of a neutral data plane. It exists so that
// netmirror can be tried, tested and measured without hardware.
//
// IT IS A SIMULATION. No packet is ever switched. Text and behaviour follow
// public documents and recordings of real devices; where those are silent the
// source says "not recorded" and the wording is ours. A recording of a real
// device always outranks what this package prints.
//
// Layers, bottom up:
//
//   - fabric: ports, links, traffic, counters, copies and drops. Knows no
//     vendor. Counters are computed from elapsed time when somebody reads
//     them; nothing ticks.
//   - conftree, command: helpers for platforms whose configuration is a tree
//     of text lines, and whose commands may be abbreviated.
//   - wire, sshserver, shell: an SSH server with latency, faults and a
//     terminal (echo, editing, paging). Knows no vendor either.
//   - iosxe*.go: a Cisco IOS-XE switch. Another platform is a further set of
//     files that implements device and dialogue and one line in newDevice.
//
// The package must not import anything else of this module, least of all the
// drivers and the domain: it would share their misreadings (a guard test
// checks). It listens only where the Spec says, keeps no state on disk and
// starts no goroutine that polls.
package lab
