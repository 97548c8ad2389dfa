// Package iosxe drives Cisco IOS and IOS-XE over the command line: catalogue
// key platform "cisco_iosxe", protocol "cli". Catalyst 2960 to 9600, and the
// IOS-XE routers where they differ.
//
// # What it touches
//
// Monitor sessions of the numbers that are in a change, line by line. And of
// what they stand on, exactly what a footing names: a remote VLAN
// that did not exist, made and removed; that VLAN in the lists of the trunks
// named, added and removed, the list never replaced; "no shutdown" of a
// destination port on request, and "shutdown" again; the IP access list of a filter,
// which bears a name of netmirror's (lists.go). Before a footing is sent,
// VLANs, trunks, ports and our access lists are read once more: what another hand
// touched since is mirror.ErrChanged. Nothing else is written: no other access list, no
// other line of any interface. A list stands before a session refers to it.
// Sessions are changed and deleted with added lines and explicit "no", by the names
// of what is ours in them; by the number alone go an empty shell that the device
// keeps, and ERSPAN sessions, which have no other way.
//
// # How it is safe
//
// Each line takes effect at once; there is no candidate. When a line of a block
// is refused, the session is read again and taken back, at once, to what it was
// at the last observation. Destination lines come last in a new session, so that
// nothing is copied before its filter stands.
//
// Between the last read and the push a number can become another hand's, and lines
// typed ahead run whatever is there. So every write begins and ends with "do show
// monitor session N" (internal/console): what of ours landed in a stranger's session
// is taken out again, what our lines took from it because both had the same is put
// back where the first look has shown it, and the block is mirror.ErrChanged, or
// just done when it was to go. A stranger's session stands afterwards byte for byte
// when it shares no port, filter or remote VLAN with ours. A look cannot tell apart
// what both have: a shared port goes with ours when the stranger came between the
// first look and our line.
//
// Where only the number can go, the look before it is awaited, and it goes alone.
// What is typed between that look and the line is destroyed: a window of one round
// trip and the device's thinking time (make hands measures it).
//
// The classic form has no description, so there is no room for a mark: the
// ledger knows our sessions by number.
//
// Output that is not understood is mirror.ErrParse, never an empty list: one table
// says what may stand between the lines of any answer (parse_lines.go), and every
// other line must be known. Where show monitor and the configuration disagree about
// what a session copies and to where, both are asked again; what still differs
// makes that session opaque (sessions.go). A port whose name is not understood, or
// whose configuration is not shown, is listed as in use.
// Sessions of a form that cannot be expressed (service module, session mode,
// several access lists, a source that is no port) are opaque.
//
// What is sent is written by templates/cisco_iosxe. What every command line shares is
// in internal/console, on which platform.go puts this one.
//
// # What is read when
//
// Normally show monitor session all detail alone; where something of ours may
// stand on a remote VLAN, show vlan remote-span and show interfaces trunk in the
// same write, compared as text. The configuration, the ports
// and the hardware's state are read too at first, after a push, when that view
// changed, and when they are older than the worker bears (internal/console). What is unsaved is compared after
// a push, in the same write; Save rests on that comparison.
//
// What was read outlives the connection: the caller hands it to the next one,
// over which show version tells whether the device is the same, and the narrow
// view alone is read. Ports that a look names are asked for in the same write, by
// their own stanza and row, and on request what they learn, hear and receive
// (observe_named.go).
//
// # Conventions of a spec
//
// Options.Tags and Options.Ingress describe a destination port; they are empty
// for the roles rspan-source, erspan-source and erspan-destination, where the
// device has no such option. ERSPAN fields that are 0 or empty are the device's
// defaults: type II, TTL 255, the platform's MTU. Options.Filter is the name of
// an IP access list on the device; "mac:NAME" and "ipv6:NAME" are read and
// restored, and cannot be asked for.
//
// # What was seen
//
// The recorded outputs listed in testdata/SOURCES.md. General knowledge that no
// recording or document confirms, and on which the code relies: that
// "no monitor session N source interface X" removes X whatever its direction,
// the text "No SPAN configuration is present in the system.", the words of
// enabled ingress, the grammars of show mac address-table in its four layouts
// (and that older systems write it with a hyphen more), show version, show lldp
// neighbors, show cdp neighbors and of the archive differences, show vlan brief,
// show vtp status and the refusal of a VTP client, that show interfaces X status
// and show mac address-table dynamic interface X answer for one port as the whole
// tables do, that "do" runs a show command in configuration mode, that "section"
// takes a pattern with "|", that "no" and a line as it stands restore a default
// inside the ERSPAN sub-modes, and the words "ipv6 ttl" and "ipv6 dscp".
//
// # What cannot be known
//
// Whether a session is in the hardware, outside Catalyst 9000 (there: show
// platform software). Where it stops, once programmed: there is no counter of
// copies. Which port carries our own management path.
//
// Documents: the command references and configuration guides named as sources
// in capabilities.go and quirks.go. Known limits: SGT filters, packet-type
// filters and the session-mode form are not written.
//
// # Over a data model
//
// The same sessions are in Cisco-IOS-XE-native, over gNMI and NETCONF (models.go, and the
// files with _model in their names): same numbers, same ports, same specifications.
// What a release can say follows from the revision of that module, which the device
// announces. Not said over it, and so refused, are filters by rules and RSPAN (access lists
// and VLANs are other modules'), IPv6 and a VRF of tunnels; a session with a precedence, or
// with a MAC list in the classic form, is shown without it. Nothing tells of the
// hardware, of neighbours or of learned addresses. What Cisco-IOS-XE-switch, -ethernet and
// -vlan add to ports is read by its local names. Sessions go by the paths of their content, as over
// the command line; no look fits inside a transaction. gNMI cannot save; over NETCONF it is
// cisco-ia:save-config (general knowledge), which saves what others did, too, and so only
// with persist: always.
package iosxe
