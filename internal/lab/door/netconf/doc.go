// Package netconf is the NETCONF server in front of the lab's switches (RFC 6241, 6242,
// 5277, 6470): hello, framing, the operations and their errors. It runs on a subsystem of
// the SSH door, is a view of the one configuration that a switch keeps, keeps nothing
// itself, and knows no vendor: a platform is a Device.
package netconf
