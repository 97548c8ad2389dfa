// Package iosxr drives Cisco IOS-XR over the command line and over NETCONF: catalogue key
// platform "cisco_iosxr", protocols "cli" and "netconf".
//
// # What it touches
//
// Monitor sessions by the names that are in a change, and what stands for them at
// interfaces: the session itself holds where copies go, each source its own line
// "monitor-session NAME" (cisco-iosxr.md 1). A name is the mark, so no other session can be
// meant; there is no description, and no shutdown. Beside them "no shutdown" of a
// destination port on request, and "shutdown" again; tunnel interfaces and access lists
// that bear numbers and names of netmirror's; "ipv4 access-group NAME ingress" of such a
// list at a source. Nothing else: no other line of an interface.
//
// What is left at interfaces of a session that is not configured any more is read as a
// session as well, one without a destination: ours is made whole or taken away, another's
// is told.
//
// # How it is safe
//
// Every push is one commit of the connection's own candidate, which another configuration
// session cannot join, and which takes itself back unless the same connection confirms
// it (transactions.md 3). So there is no way between two states, and a line that is
// refused leaves nothing behind. Up to 7.2.1 an interface holds one session of a kind and a
// second would take the place of the first: there a source that stands in a session of
// anybody's is refused for another.
//
// # Conventions of a spec
//
// A local session always has tags "preserve" and ingress "disabled": there are no
// options for them. Truncation and sampling are written at each source ("mirror first",
// "mirror interval"), where releases have them longest; a session whose sources differ in
// them, or that has them itself, is opaque. Options.Filter is the access list of IPv4 at
// the ingress of all sources, where each says "acl"; that word without a list copies
// nothing, and makes a session opaque. A source port is copied with its subinterfaces
// ("port-level") where the family can; one without is opaque where the port has some.
// ERSPAN leaves by a tunnel interface, which gives the collector, the origin, VRF, TTL and
// DSCP. Opaque is whatever else can be read: kinds but ethernet, two destinations for the
// two directions, pseudowires, files, addresses, rate limits, words that nobody knows, and
// what a group of the configuration gives a session; the ports that copies go to are told
// even then.
//
// # What is read
//
// The narrow view is "show running-config formal | include monitor-session": one command
// that shows every part of every session, wherever it stands, in lines that each say
// where (the sheet has it as general knowledge; public programs use "show running-config
// formal | include X" on this platform). The status of sessions would be cheaper, and does
// not show truncation, sampling, kinds and lists. "show running-config interface" is read
// beside it after a push and when the view changed: it has the lists and tunnels that
// sessions stand on, and what speaks against a destination. Lists that groups of the
// configuration put at ports are asked for as well: ours at the port would displace them,
// so that a filter is refused where there are any. "show monitor-session status"
// says whether sessions are in the hardware: "Operational" is, exactly; "Not operational
// (...)" waits where its reason is a link or an interface, and is broken elsewhere; a
// session whose destination is down waits whatever its sources are; "Error" is a failure
// of the platform. Output that is not understood is mirror.ErrParse, never an empty list;
// of the status alone it leaves Programmed Unknown.
//
// # Over NETCONF
//
// The same sessions in Cisco's unified models (cisco-iosxr.md 3.1), from release 7.4 on: what
// is read is turned into the words of lines, and read as the command line's. Each push is one
// commit that waits under a name (RFC 6241, persist), so that any connection confirms it or
// takes it back; the lock of the candidate is given back while it waits, since the device lets
// nobody else commit then. Nothing tells what another hand holds: the lock is asked for, and
// its refusal says whose it is. "Programmed" is what the tables of the hardware say
// (Ethernet-SPAN-oper), and unknown where they do not. No tunnel and no access list is
// written, since no text of their models was at hand; those that stand are read by the names
// that public programs use, and what is of modules that nobody looked at speaks against a
// port as a destination.
//
// # What was seen
//
// The folder fixtures/cisco-iosxr, and what cisco-iosxr.md, transactions.md,
// access-lists.md and cli-transport.md (in vendors/, beside the checkout) quote. No
// recording of a live device is public. General knowledge that nothing of it confirms:
// the words of "tunnel vrf", "tunnel ttl" and "tunnel tos", that a tunnel interface
// needs an address, that lines of a candidate find their mode from a mode below another,
// that a subinterface which carries frames is entered by its name alone, that frames are
// copied with their tags, the words for a part of the configuration that is empty, show
// version, show lldp and cdp neighbors, and all abbreviations of interfaces but three.
//
// # What cannot be known
//
// How an ERSPAN id is given (so it cannot be asked for), where copies are counted, what a
// card refuses beyond its family, which port carries our own management path.
package iosxr
