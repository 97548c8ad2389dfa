package door

import "sync/atomic"

// A Meter counts what passes a door.
type Meter struct {
	Open, Total, Logins, Failures atomic.Int64 // connections and logins
	Commands, ConfigLines         atomic.Int64
	BytesIn, BytesOut             atomic.Int64 // on the wire, encrypted
	// RoundTrips is how often a terminal waited for the client after having
	// answered it; WireRoundTrips the same below the protocol.
	RoundTrips, WireRoundTrips atomic.Int64
}
