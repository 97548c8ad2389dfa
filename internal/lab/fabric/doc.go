// Package fabric is the data plane of the lab: ports, links, traffic, counters,
// copies and drops. It knows no vendor, imports nothing of ours, and nothing in
// it ticks: counters are computed from the elapsed time when somebody reads them,
// and what patterns of traffic changed meanwhile is worked in then, at its own time.
//
// A new platform gives it, through Configure, a Plane whenever its configuration
// changes: the state of each port (PortState), the VLANs that flood without
// learning, its mirror sessions as CopySessions, and how it introduces itself
// over discovery protocols. It reads Counters and Neighbours, and writes
// addresses as it likes (MAC.Groups). A door for management agents reads
// Interfaces.
package fabric
