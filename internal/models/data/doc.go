// Package data is configuration and state as a data tree of a YANG model: nodes,
// paths and edits, written as JSON_IETF (RFC 7951) for gNMI and as XML (RFC 6241)
// for NETCONF, and read from both. It knows no model: which names a platform has,
// and of what type a leaf is, the platform's driver says by the nodes that it makes.
//
// What is read has no types: every leaf is text, whatever the encoding wrote it as,
// and the prefixes of names are kept apart from them, since devices differ in both.
package data
