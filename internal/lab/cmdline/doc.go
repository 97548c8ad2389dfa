// Package cmdline is the command line of the lab's switches without any words of
// theirs: how typed lines are matched, how a configuration of text lines is kept,
// how ports are named, and what a terminal has to know.
//
// A new platform gives:
//
//   - a Style: how the SSH server introduces itself, what begins a comment, the
//     pause of a full screen, the keys that edit a line;
//   - a Dialogue for each user who logs in. Its Run answers a line with a Reply;
//   - the table of its port names (PortNames), from which it gets abbreviations,
//     order, ranges and the parameter types that read them;
//   - patterns with what they do (Grammar): New with the parameter types, then
//     Add for each pattern. Keywords may be cut short by themselves;
//   - a Syntax where its configuration is a tree of indented lines (Node), and
//     Pipes where output can be filtered behind "|". Where the lines have an
//     order of their own, a Layout gives Documents that keep it, and Keys a Keyed,
//     whose lines take each other's place and which is shown as what was typed;
//   - Tables where a line may be of several modes, and a Typed that spells lines
//     out and helps with them; Edits for the lines of its blocks;
//   - EntryWords where access lists are given back in other words than they were
//     typed in, and to tell what they do with a packet.
package cmdline
