// Package ovsdb is a small client of the Open vSwitch Database Management
// Protocol (RFC 7047): JSON-RPC 1.0 over a unix socket, TCP or TLS, with transact,
// monitor, list_dbs, get_schema and echo in both directions.
//
// It knows the protocol and no schema: what the tables mean is the business of
// drivers/ovs. It never retries and never reconnects, because after a lost
// connection only its owner knows what was in flight; a lost connection is
// mirror.ErrUnreachable for every call, then and later.
package ovsdb
