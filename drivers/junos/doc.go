// Package junos drives the analyzers of Juniper switches over their command line and over
// NETCONF.
//
// # What it is for
//
// Switches of ELS (EX, QFX, ACX7000: "forwarding-options analyzer") and EX switches before
// it ("ethernet-switching-options analyzer"); the device is asked which it is. Instances of
// port-mirroring, of MX and PTX, are read and never changed: filters of the customer's
// policy feed them. ../shared/vendors/juniper-junos.md, access-lists.md 5 and
// transactions.md 2 are what it rests on.
//
// # What it touches
//
// Analyzers that bear a mark as their name, and what they stand on: the unit of a
// destination port, remote VLANs that bear a mark, their membership in trunks, firewall
// filters that bear a name of netmirror's and the ports at which these stand. What is
// inherited from a group is opaque, and nothing there is ever deleted.
//
// # How it is safe
//
// Every push is one commit of the candidate that all share, locked (configure exclusive):
// where somebody has edits or the lock, nothing is sent. The device checks it, commits it
// with a timer and takes it back by itself unless it is confirmed; while another's commit
// waits nothing is even checked, because that would confirm theirs.
//
// # NETCONF
//
// What is sent are the statements of the command line as elements (files *_netconf.go), so
// that sessions are the same over both. The lock of the candidate stands for configure
// exclusive, and is given back while a push waits. Commits bear the transaction as their
// text, so that what waits can be settled over either. What Juniper's models document is read
// by operations of its own; commits, ports, neighbours and addresses by the text that the
// command line has for them. No look fits between an edit and what it finds: a filter that
// another hand has put in the place of ours since the last read may go with the edit.
//
// # What cannot be known
//
// Whether copies are among the output bytes of a port; the words of most refusals; how
// several ports are laid out in "show forwarding-options analyzer" (all likely ways are
// read, and the configuration says what an analyzer is); the layouts of "show interfaces",
// "show lldp neighbors" and "show ethernet-switching table", of which no recording is
// public in our sheets. What is not understood of them stays unknown.
package junos
