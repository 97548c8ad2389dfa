// Package nxos drives Cisco NX-OS over the command line and over gNMI: catalogue key platform
// "cisco_nxos", protocol "cli". Nexus 9000 and 3000 first, then 7000, 5600 and 6000, 5000
// and 5500, 3548 where they differ (families in facts.go).
//
// # What it touches
//
// Monitor sessions of the numbers that are in a change, in their mode, line by line. And of
// what they stand on, exactly what a footing names: "switchport monitor" of a
// destination port, which no session works without, taken away again with the former "no
// switchport" and its layer 3 lines put back; "no shutdown" of one on request; the address
// that the whole switch sends ERSPAN from, where it has none or one of ours; the IP access
// list of a filter, which bears a name of netmirror's (lists.go). Nothing else is ever sent
// (allowed): a line that is typed in the mode of a session and belongs elsewhere would be
// carried out all the same.
//
// # How it is safe
//
// Each line takes effect at once; there is no candidate that is known to take monitor
// sessions (transactions.md 4). The line that opens a mode is awaited before anything is
// typed in it. A session is born shut and is opened by its last line, so it never comes up
// half built; while anything but its sources, its destinations and its description changes
// it is shut, so nothing is copied that neither state would copy. One of ours that
// somebody shut is opened by an ordinary change. When a line is refused the session is
// read again and led back to what it was. A checkpoint is never rolled back to: it holds
// the lines of others.
//
// Ids are numbers that anybody may take. So the configuration of monitor sessions is shown
// in the same write in front of the lines, which wait for it, and behind them. A session
// bears our mark as its description; what bears another one is left alone. What somebody
// wrote there is put back when we leave a session that was adopted.
//
// # Conventions of a spec
//
// A local session always has tags "preserve" and ingress "disabled": there are no options
// for them. Options.Truncate is the line "mtu", in local sessions and ERSPAN sources; an
// MTU of the tunnel cannot be asked for. The VRF "default" is "", and a tunnel that lacks
// the line has "-". ERSPAN.Origin is the address of the device. A type that nobody knows,
// a mode, a rate limit, marker packets, copies of dropped frames make a session opaque.
// What "show running-config monitor all" adds says the same as nothing.
//
// # What is read
//
// "show running-config monitor" says what there is, and is the narrow view of each resync;
// the time of day above it is left out. "show monitor session all" says whether it works:
// a session is down for a reason that passes (no route, no ARP, no port up) and waits, or
// it is not programmed, in the device's words; one that is up, and does not list what is
// configured, is not known to copy it. This view differs between families; what is not
// understood of it leaves the state unknown. Too many sessions are taken by the device
// and stay down ("No hardware resource"), so the state decides.
//
// No command is asked with "| json". Nexus 5000, 6000 and older 7000 do not have it, so
// the words have to be understood anyway, and they hold all that is needed; the keys for
// monitor sessions are not public, and a table of one row is an object where others are a
// list.
//
// NX-OS has no command for what is unsaved that is documented where ours come from, so
// running and startup are compared as texts.
//
// # What was seen
//
// The folder fixtures/cisco-nxos, and what cisco-nxos.md, access-lists.md and
// cli-transport.md (in vendors/, beside the checkout) quote. General knowledge that
// nothing of it confirms: that show commands are taken in configuration mode, "no source
// interface X" without a direction, "no filter vlan X", "no mtu N" and the like with the
// value as it stands, the layouts of show interface status, show version, show mac
// address-table, show lldp neighbors and show cdp neighbors, "show running-config
// interface", "resequence" at the top, and that frames are copied with their tags.
//
// # Over gNMI
//
// Catalogue key protocol "gnmi", on Nexus 9000 and 3000, whose model Cisco-NX-OS-device has
// sessions and the mode of ports (cisco-nxos.md 3); files *model.go. Everything that a
// spec is, and what speaks against a port, is the same as over the command line: ports are
// read as the lines that say the same. A Set is one transaction, so nothing is shut while it
// changes. Everything is read again right before it. Unverified, and general knowledge: the
// origin "device", that a replaced session may be of another type, that leaves that are
// deleted have their defaults again, and, from public clients, where names, versions,
// ports, neighbours and learned addresses stand. There is no way to save, and no list of
// what waits to be confirmed.
//
// # What cannot be known
//
// How many sessions are active at most on a model ("see the Verified Scalability Guide";
// four for each forwarding engine is taken), where copies are counted, which port
// carries our own management path. Remote VLANs are refused: NX-OS has no session that
// sends into one.
package nxos
