package lab

import (
	"sync/atomic"

	"github.com/netmirror/netmirror/internal/lab/door"
	snmpdoor "github.com/netmirror/netmirror/internal/lab/door/snmp"
)

// Stats is what one switch has seen since it was started.
type Stats struct {
	ConnectionsOpen  int64 `json:"connectionsOpen"`
	ConnectionsTotal int64 `json:"connectionsTotal"`
	Logins           int64 `json:"logins"`
	LoginFailures    int64 `json:"loginFailures"`
	// Commands is lines with text, configuration lines included; comment
	// lines are not counted.
	Commands int64 `json:"commands"`
	// ConfigLines are those that came, and SETs over SNMP that might be carried out.
	ConfigLines int64 `json:"configLines"`
	// Saves is how often the configuration was written to memory.
	Saves    int64 `json:"saves"`
	BytesIn  int64 `json:"bytesIn"`  // on the wire, encrypted
	BytesOut int64 `json:"bytesOut"` // on the wire, encrypted
	// RoundTrips is how often a terminal had to wait for the client after
	// having answered it: the echo of a line that is not yet finished counts
	// as an answer. The first input after the first prompt counts as one.
	// A client that sends lines one by one without waiting for any answer
	// may, at no latency, be counted more often than it waited.
	RoundTrips int64 `json:"roundTrips"`
	// WireRoundTrips counts the same below SSH, handshake and all.
	WireRoundTrips int64 `json:"wireRoundTrips"`
	// SNMPRequests are those that the SNMP agent took, SNMPUnknown those with another
	// community, which it does not answer.
	SNMPRequests int64 `json:"snmpRequests"`
	SNMPUnknown  int64 `json:"snmpUnknown"`
	// SNMPRoundTrips is how often the SNMP agent was asked when it had answered: what is
	// asked side by side is one. At no latency it may be counted more often.
	SNMPRoundTrips int64 `json:"snmpRoundTrips"`
}

// counters is Stats while it is being counted.
type counters struct {
	door  door.Meter
	agent snmpdoor.Meter
	saves atomic.Int64
}

func (c *counters) snapshot() Stats {
	d := &c.door
	return Stats{
		ConnectionsOpen: d.Open.Load(), ConnectionsTotal: d.Total.Load(),
		Logins: d.Logins.Load(), LoginFailures: d.Failures.Load(),
		Commands: d.Commands.Load(), ConfigLines: d.ConfigLines.Load() + c.agent.Sets.Load(), Saves: c.saves.Load(),
		BytesIn: d.BytesIn.Load(), BytesOut: d.BytesOut.Load(),
		RoundTrips: d.RoundTrips.Load(), WireRoundTrips: d.WireRoundTrips.Load(),
		SNMPRequests: c.agent.Requests.Load(), SNMPUnknown: c.agent.Unknown.Load(), SNMPRoundTrips: c.agent.RoundTrips.Load(),
	}
}
