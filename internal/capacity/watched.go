package capacity

import (
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A WatchedDevice is what the watch must know of a device beside what was read of it.
type WatchedDevice struct {
	Name string
	// Every is how often its counters are read, 0 = never; Why says why not. Cheap
	// says that those of all its ports are easily read.
	Every time.Duration
	Cheap bool
	Why   string
	// Counting says where its platform counts copies.
	Counting mirror.Counting
}

// A WatchedSession is what the devices hold of a session.
type WatchedSession struct {
	Name  string
	Feeds []Feed
	// Asked is what it would feed without relief, nil where there is none: what its
	// sources carry has to be known before relief can end.
	Asked   []Feed
	Natives []WatchedNative
	Tools   []WatchedTool // that it names
}

// Nothing reports whether no device holds anything of it.
func (s WatchedSession) Nothing() bool { return len(s.Feeds)+len(s.Asked)+len(s.Natives) == 0 }

// A WatchedNative is a native session that carries a session on a device.
type WatchedNative struct {
	Device, ID, Mark string
	Role             mirror.Role
	Ports            []mirror.PortName // its destinations on the device
	Collector        string
	// Makes says that it makes copies of its sources, and does not only take them out of
	// a remote VLAN or a tunnel.
	Makes bool
}

// A WatchedTool is a tool with the end at which it is, and how much it takes; 0 = what
// its port takes.
type WatchedTool struct {
	Name     string
	End      End
	Capacity mirror.BitsPerSecond
}

// An EndLoad is what is measured at one end.
type EndLoad struct {
	End End `json:"end"`
	// At is when the newest of the figures was measured, zero = none was yet.
	At       time.Time            `json:"at,omitzero"`
	Sessions []string             `json:"sessions"`           // whose copies come to it, sorted
	Capacity mirror.BitsPerSecond `json:"capacity,omitempty"` // 0 = not known
	// CapacityFrom says what the capacity is: "speed of the port", "tool ids-1".
	CapacityFrom string `json:"capacityFrom,omitempty"`
	// Offered is what the sources feed to it, with encapsulation; Terms is of what it
	// consists. Known says that every term is known, Bound that it is an upper bound.
	Offered mirror.BitsPerSecond `json:"offered"`
	Known   bool                 `json:"known"`
	Bound   bool                 `json:"upperBound,omitempty"`
	Terms   []Term               `json:"terms"`
	Up      mirror.State         `json:"up,omitempty"` // of a port
	// Sent is what leaves the port, Drops the frames per second that were to leave and
	// did not. Counted says that both were read, NoDrops that Drops is not told.
	Sent    Flow    `json:"sent"`
	Drops   float64 `json:"drops"`
	NoDrops bool    `json:"noDrops,omitempty"`
	Counted bool    `json:"counted"`
	// Over says that the end is oversubscribed, Losing that its discards grow, both with
	// hysteresis. Steps counts the samples that they rest on.
	Over   bool  `json:"oversubscribed"`
	Losing bool  `json:"losing"`
	Steps  int64 `json:"-"`
}

// A CopyLoad says of a destination port, or of one native session, how much of what its
// sources carried was copied.
type CopyLoad struct {
	Device   string          `json:"device"`
	Native   string          `json:"nativeId,omitempty"`
	Port     mirror.PortName `json:"interface,omitempty"`
	Sessions []string        `json:"sessions"` // sorted
	Delivery Delivery        `json:"delivery"`
}

// A SessionLoad is what is measured of a session.
type SessionLoad struct {
	Healthy   mirror.Check // the condition DestinationHealthy, with figures of now
	Effective mirror.Check // the condition Effective, likewise
	Ends      []EndLoad
	Copies    []CopyLoad
}

// A PortLoad is what a port carries.
type PortLoad struct {
	Port  mirror.PortName      `json:"interface"`
	At    time.Time            `json:"at,omitzero"` // of the last reading, zero = none
	Up    mirror.State         `json:"up,omitempty"`
	Speed mirror.BitsPerSecond `json:"speed,omitempty"` // 0 = not known
	In    Flow                 `json:"in"`              // of the last interval that is known
	Out   Flow                 `json:"out"`
	Drops float64              `json:"drops"` // frames per second
	// NoDrops says that Drops is not told.
	NoDrops bool `json:"noDrops,omitempty"`
	// Known says that In, Out and Drops are; Why says why not.
	Known bool   `json:"known"`
	Why   string `json:"why,omitempty"`
}
