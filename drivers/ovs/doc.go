// Package ovs drives Open vSwitch over OVSDB (RFC 7047): catalogue key platform
// "openvswitch", protocol "ovsdb". A device is one bridge of one database.
//
// # What it touches
//
// Its own rows of the Mirror table; the column mirrors of the device's Bridge
// row, by inserting or removing the uuid of such a row; and next_cfg of the one
// Open_vSwitch row, by adding 1, which is how the schema lets a client learn
// (from cur_cfg) that ovs-vswitchd has taken a change.
//
// For RSPAN also flood_vlans of the bridge and trunks of the ports that a
// session names: the one remote VLAN is inserted, and removed at the end only
// where netmirror inserted it. For ERSPAN and GRE a tunnel port of its own, made
// and removed with its mirror. On request (force) tag, vlan_mode and trunks of a
// destination port, whose former values come back at the end. Nothing else.
//
// # How it is safe
//
// Each change is one transaction, so a refusal leaves nothing behind. It begins
// with "wait" operations of timeout 0 that prove what the change rests on: that
// the bridge is the one observed and holds every port used, that each port
// still has its name (a port made anew has another uuid, and OVSDB would drop
// the stale reference in silence), that a row to be changed or removed still
// has exactly the content that was observed, and that a row to be made does not
// exist yet. A condition that fails is mirror.ErrChanged, and nothing was done.
//
// A row is ours by two external_ids: netmirror-mark and netmirror-instance,
// both. Foreign rows are read and never written.
//
// # What was seen
//
// With Open vSwitch 3.1.0 (schema 8.3.1, userspace datapath), by the tests of
// this package with real packets:
//
//   - select_src_port copies what arrives on a port, select_dst_port what leaves
//     by it; a packet is copied once per mirror, however many selections match.
//   - select_vlan narrows the selection. Alone it selects nothing. Hence a VLAN
//     as source is select_all with select_vlan: each packet of the VLAN once,
//     whether it is caught arriving or leaving. Only direction "both" says that
//     honestly, so rx and tx are refused for VLANs.
//   - Ports and VLANs as sources of one mirror cannot be expressed.
//   - The destination port decides about tags. If it is an access port (tag, or
//     vlan_mode dot1q-tunnel; whichever VLAN) the copies leave untagged.
//     Otherwise each copy bears the tag of its VLAN, also where the source is
//     an access port and the packet came without; only a native-untagged port
//     leaves out the tag of its own VLAN. The destination's trunks column does
//     not keep copies back. Port.Access of the destination tells, and the
//     session must ask for what the port gives.
//   - snaplen cuts the copies, not the packets; below the length of the headers
//     in question the tool sees less than a header.
//   - A bond can be a source, and as a destination gets the copies on its
//     active member.
//   - An established flow keeps the mirroring of the moment it began. The
//     switch does not look at its cached flows again when a mirror is made,
//     changed or removed, until the flow has been idle for ten seconds
//     (vswitch.xml, other_config:max-idle) or something else, such as a port
//     change, makes it look. cur_cfg does not tell. The issue
//     kubeovn/kube-ovn#2801 reports the same. Emptying the cache takes
//     ovs-appctl, which OVSDB does not offer.
//
// # What cannot be known
//
// OVSDB does not show learned MAC addresses, neighbours, or host addresses of
// internal ports, so the destination guard knows bonds, trunks, internal,
// patch and tunnel ports only. There is no counter of lost copies.
//
// Documents: vswitchd/vswitch.xml and vswitch.ovsschema of Open vSwitch,
// RFC 7047. Known limits: no TLS, no filter column, no end of an ERSPAN tunnel.
package ovs
