package mirror

import (
	"strings"
	"time"
)

// A Brake stops the drift repairs of one device until an operator releases it.
type Brake struct {
	Scope   string    `json:"scope"` // device, or platform: many devices of one platform at once
	Message string    `json:"message"`
	Since   time.Time `json:"since"`
}

// The scopes of a brake.
const (
	BrakeDevice   = "device"
	BrakePlatform = "platform"
)

// A Hold keeps a controller from pushing anything until an operator resumes it:
// its database was put there from a backup, and another controller may still run
// on the original.
type Hold struct {
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"`
}

// DeviceState is what is known of a device apart from its entry.
type DeviceState struct {
	Device      string      `json:"device"`
	Reachable   Check       `json:"reachable"`
	Facts       Facts       `json:"facts"`
	Observation Observation `json:"observation"` // the last good one; At is zero before the first
	// View and Read complete what is known of the device, see Known.
	View    string    `json:"view,omitempty"`
	Read    time.Time `json:"read,omitzero"`
	Changed time.Time `json:"changed"` // when Reachable last changed

	Transport TransportState `json:"transport,omitzero"`

	// Brake is set while drift repairs have stopped and wait for an operator;
	// Released is when one let them go on, until nothing is left to repair.
	Brake    *Brake    `json:"brake,omitempty"`
	Released time.Time `json:"released,omitzero"`
	// Settled is when the device started, as far as that was known the last
	// time it held what it shall: a later start is a reboot that explains why
	// it does not.
	Settled time.Time `json:"settled,omitzero"`
	// Unsaved is what was changed since the running configuration was last
	// saved, sorted by id.
	Unsaved []Unsaved `json:"unsaved,omitempty"`
	// FirstSeen is when each native session of Observation was first read, by
	// NativeSession.SeenAs.
	FirstSeen map[string]time.Time `json:"firstSeen,omitempty"`
	// LastCheck is the last first-day check, nil = it was never checked.
	LastCheck *LastCheck `json:"lastCheck,omitempty"`
}

// A LastCheck is what a first-day check of a device came to.
type LastCheck struct {
	At    time.Time   `json:"at"`
	Actor string      `json:"actor"` // who asked
	OK    bool        `json:"ok"`
	Items []CheckItem `json:"items"`
}

// A CheckItem is one line of the first-day check of a device.
type CheckItem struct {
	Name    string `json:"name"` // reachable, model, slots, ...
	State   State  `json:"state"`
	Message string `json:"message,omitempty"`
}

// SeenAs tells native sessions of a device apart over time: one that has another name, mark
// or destination than before is another, whoever has made it.
func (n NativeSession) SeenAs() string {
	return strings.Join([]string{n.ID, n.Handle, n.Mark, n.Spec.DestinationKey()}, "\n")
}

// Since fills FirstSeen in: what was there before keeps its time, and what is new has that
// of the read. The map of before is not changed.
func (s *DeviceState) Since(before DeviceState) {
	same := len(s.Observation.Natives) == len(before.FirstSeen)
	now := make(map[string]time.Time, len(s.Observation.Natives))
	for _, n := range s.Observation.Natives {
		as := n.SeenAs()
		at, there := before.FirstSeen[as]
		if !there {
			at = s.Observation.At
		}
		now[as], same = at, same && there
	}
	switch {
	case same && len(now) == len(before.FirstSeen):
		s.FirstSeen = before.FirstSeen
	case len(now) == 0:
		s.FirstSeen = nil
	default:
		s.FirstSeen = now
	}
}

// A TransportState is what was learned of how a device may be spoken to, beyond
// its settings. The zero value: nothing.
type TransportState struct {
	// TypeAhead is off after the device lost some of what was typed ahead, or
	// when the first-day check found that it would.
	TypeAhead   string    `json:"typeAhead,omitempty"`
	NoKeepalive bool      `json:"noKeepalive,omitempty"` // a connection ended at a keepalive
	Reason      string    `json:"reason,omitempty"`      // of what was learned last
	Since       time.Time `json:"since,omitzero"`
}

// Words sum up what was learned.
func (s TransportState) Words() string {
	var out []string
	if s.TypeAhead != "" {
		out = append(out, "typing ahead is "+s.TypeAhead)
	}
	if s.NoKeepalive {
		out = append(out, "keepalives are off")
	}
	if len(out) == 0 {
		return "nothing keeps from typing ahead"
	}
	return strings.Join(out, ", ") + ": " + s.Reason
}
