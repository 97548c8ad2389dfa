// Package eos drives Arista EOS over the command line: catalogue key platform
// "arista_eos", protocol "cli", or "gnmi" for the same command line as the origin "cli" of
// the switch's gNMI server (gnmi.go).
//
// # What it touches
//
// Monitor sessions by the names that are in a change, line by line; "no shutdown" of
// a destination port on request, and "shutdown" again; the IP access lists of filters,
// which bear names of netmirror's (lists.go). Nothing else: no other line of a port, no
// other access list. A list stands before a session refers to it.
// A session is changed with added lines and explicit "no"; it is deleted by its name,
// which is the mark, so that no other session can be meant.
//
// # How it is safe
//
// By default each line takes effect at once. When a line of a block is refused, the
// session is led back to what it was. While a filter, a truncation or a sampling
// changes, the session has no destination: nothing leaves that neither state would
// copy. Destination lines come last. An access list that is missing is taken by the
// device with a warning; that counts as a refusal, since nobody knows what is copied.
//
// With the device's setting confirm: timer all blocks are one commit of a configuration
// session that bears the transaction's name, and the switch takes it back unless it is
// confirmed (pending.go, decision 16). Such a session is a copy of the whole
// configuration, so its difference is read first, and one that holds another hand's
// line is not committed.
//
// Over gNMI a push is one Set, which the switch runs as a configuration session of its own
// and commits: all of it is in force or nothing. Its difference cannot be seen before, and
// no warning is told, so that access lists are looked for right before it. There is no
// timer, and no command that saves; "operation set persistence" on the switch saves each
// Set. Sources: openmgmt's pages of gnmic and of OpenConfig, and recorded Gets of
// 4.25.1F and 4.34.1F (the path is the command, the value its JSON or its text). How a server
// words a refusal, and in which code, no source shows.
//
// # Conventions of a spec
//
// A local session always has tags "preserve" and ingress "disabled": there are no
// options for them. A GRE destination is an erspan-source with encapsulation "gre"
// and id 0. Options.Filter is the name of the IP access list of the whole session;
// "mac:NAME" and "ipv6:NAME" are read, and cannot be asked for. The destination
// "Cpu" is read, and refused when asked for. A session with anything else is opaque:
// an access list of one source, truncation to the platform's own size, rate limits,
// removed headers, metadata, tunnel options, words that nobody knows.
//
// # What is read
//
// The configuration says what a session is, and is the narrow view of each resync
// ("show running-config section monitor session"). "show monitor session | json" says
// only whether it is in the hardware: a destination that is not "active" waits, in the
// device's words. Ports, neighbours and addresses are read as JSON, which has whole
// names. Output that is not understood is mirror.ErrParse, never an empty list; of the
// states alone it leaves Programmed Unknown, because no whole answer is public.
//
// # What was seen
//
// The folder fixtures/arista-eos, and what arista-eos.md, transactions.md and
// access-lists.md (in vendors/, beside the checkout) quote. General knowledge that
// nothing of it confirms: "no monitor session N source X", "no ... destination X" and
// "no ... truncate" (section 1.3), "show running-config interfaces X", "show
// running-config diffs" with three lines around a difference, "show startup-config", the
// words of a "write memory" that saved, "resequence" in an access list, whose lines take
// effect when it is left, that what an entry permits is what is copied, that frames are
// copied with their tags, and the JSON of show interfaces status, lldp neighbors, mac
// address-table, interfaces and version beyond the keys that public programs read.
//
// # What cannot be known
//
// How many sessions a model takes, whether a model can truncate or sample, where
// copies are counted, which port carries our own management path.
package eos
