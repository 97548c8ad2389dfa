package lab

import "sync/atomic"

// A meter counts what passes a door.
type meter struct {
	open, total, logins, failures atomic.Int64 // connections and logins
	commands, configLines         atomic.Int64
	bytesIn, bytesOut             atomic.Int64 // on the wire, encrypted
	// roundTrips is how often a terminal waited for the client after having
	// answered it; wireRoundTrips the same below the protocol.
	roundTrips, wireRoundTrips atomic.Int64
}
