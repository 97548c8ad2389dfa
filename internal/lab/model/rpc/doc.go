// Package rpc is what the lab's switches give to NETCONF (RFC 6241): a device with its
// sessions, what it announces, and the errors that it answers with. It knows no vendor and
// no wire; the server in front of it is a door.
package rpc
