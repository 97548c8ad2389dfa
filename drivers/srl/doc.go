// Package srl drives the mirroring instances of Nokia SR Linux over gNMI.
//
// # What it is for
//
// SR Linux from 22.11 (/system/mirroring): local destinations and tunnels of transparent
// Ethernet in GRE (l2ogre), with interfaces and sub-interfaces as sources, and access
// lists at sub-interfaces. ../shared/vendors/nokia-srlinux.md, access-lists.md 6 and
// Nokia's YANG of 22.11 to 25.3 are what it rests on; "sheet" in comments is the first of
// them.
//
// # What it touches
//
// Mirroring instances that bear a mark as their name; sub-interface 0 of a destination
// port, which becomes one of type local-mirror-dest and is put back as it was; access lists
// that bear a name of netmirror's, and that they stand at sub-interfaces. Instances of
// others are never changed; one that holds what has no neutral words is opaque.
//
// # How it is safe
//
// One Set is one transaction of the device. Directions are always written, since without
// one an SR Linux source is copied as it leaves only. Every entry of an access list of
// ours accepts and the last one accepts all, so that no frame of the users is lost. A
// sub-interface 0 with an address or in a network-instance is refused as a destination,
// even by force: the device would refuse it, or traffic end.
//
// # What differs between releases
//
// The models were renamed at 24.3. What a device announces in its capabilities says
// which names are written, never its version; /system/features says what its hardware
// can, where the device lists names of mirroring there.
//
// # What cannot be known
//
// No answer of a device to a Get is recorded, nor are the names in /system/features;
// where LLDP, the version and the settings of the server stand is general knowledge, and
// what is not there is left out. Whether the commit-confirmed extension of gNMI works, and
// what a ninth instance is told, nobody has seen.
package srl
