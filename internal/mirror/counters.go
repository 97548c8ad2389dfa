package mirror

import (
	"slices"
	"time"
)

// PortCounters are a port's counters as one read of a device gave them. Octets are
// those of frames with checksum, without preamble and gap.
type PortCounters struct {
	Port PortName
	// Uptime is that of what counts when it told this port, where a read has several
	// answers; 0 = that of the read.
	Uptime time.Duration
	// Up is the link by the platform's rule for a port that sends copies: there are some
	// on which a destination that is "down (monitoring)" is up. Unknown = not told.
	Up         State
	Bandwidth  BitsPerSecond // the link's speed unless somebody set another; 0 = not told
	InOctets   uint64
	InPackets  uint64
	OutOctets  uint64
	OutPackets uint64
	OutDrops   uint64 // frames that were to go out and were not sent
	Complete   bool   // every figure was told
	// Narrow says that the octets are counted with 32 bits: at 1 Gbit/s they go over
	// every 34 s.
	Narrow bool
	// NoDrops says that OutDrops is not told, and 0.
	NoDrops bool
	// Discontinuity changes when the counters of the port began anew (IF-MIB:
	// ifCounterDiscontinuityTime; a command line: the last clearing), "" = not told.
	Discontinuity string
	// Cleared is when they were, where the device tells an age in units of its own. A
	// worker makes Discontinuity of it; nil = not told, or told as a Discontinuity.
	Cleared *Span
	// In and Out are the device's own mean rates, nil = not told.
	In, Out *MeanRate
}

// A Span is between two times.
type Span struct{ From, To time.Time }

// Meets reports whether two spans can be of one event.
func (s Span) Meets(o Span) bool { return !s.From.After(o.To) && !o.From.After(s.To) }

// A MeanRate is what a device itself says that a port carried, a mean over a while.
type MeanRate struct {
	Bits    BitsPerSecond // of frames with checksum, without preamble and gap
	Packets float64       // per second
	Over    time.Duration // 0 = not told
}

// A CounterAsk says which counters are wanted. The zero value asks for nothing.
type CounterAsk struct {
	Ports   []PortName
	All     bool // of every port that is up
	Natives bool // those of the native sessions, where the platform has such
}

// Nothing reports whether no counter is wanted.
func (a CounterAsk) Nothing() bool { return len(a.Ports) == 0 && !a.All && !a.Natives }

// Same reports whether both want the same, in whatever order.
func (a CounterAsk) Same(b CounterAsk) bool {
	return a.All == b.All && a.Natives == b.Natives && slices.Equal(a.Distinct(), b.Distinct())
}

// Wants reports whether a reading of a port is asked for.
func (a CounterAsk) Wants(p PortCounters) bool {
	return a.All && p.Up == True || slices.Contains(a.Ports, p.Port)
}

// Distinct are the ports, each once and sorted.
func (a CounterAsk) Distinct() []PortName {
	return slices.Compact(slices.Sorted(slices.Values(a.Ports)))
}

// A CounterRead is what one read of counters gave.
type CounterRead struct {
	At time.Time // when the answer came
	// Uptime is that of what counts, the device or its agent, at At; the difference
	// of two is the interval. 0 = not told.
	Uptime time.Duration
	// Boot changes when what counts was started anew, "" = not told.
	Boot    string
	Ports   []PortCounters
	Natives []NativeCopies
	// Missing are ports that were asked for and are not among Ports, with the reason
	// where one is known.
	Missing map[PortName]string
}

// NativeCopies are the counters of one native session.
type NativeCopies struct {
	ID     string
	Mark   string // "" where the device does not bear it
	Copies Copies
}

// CountedAt says where a platform counts copies.
type CountedAt string

// The places.
const (
	CountedNowhere    CountedAt = ""                // or nobody knows
	CountedOutOctets  CountedAt = "out-counters"    // in the counters of the destination port, among what it sends
	CountedMirror     CountedAt = "mirror-counter"  // in a counter of the mirror
	CountedSession    CountedAt = "session-counter" // in a counter of the session, as the device shows it
	CountedUnverified CountedAt = "unverified"      // a document says the counters of the destination port; no recording shows it
)

// Counting says how a platform counts. Copies is the same as an ability.
type Counting struct {
	// At is where copies are counted; Remark and Source are the evidence.
	At     CountedAt `json:"at,omitempty"`
	Remark string    `json:"remark,omitempty"`
	Source string    `json:"source,omitempty"`
	// Once says that a frame that several sources match is copied once to a destination:
	// there are fewer copies than the sources carry frames.
	Once bool `json:"once,omitempty"`
	// Ports says that what leaves a destination port is counted too, beside the counter of
	// the mirror or session: copies that were made and did not leave are seen by it.
	Ports bool `json:"ports,omitempty"`
	// Drops says that frames that did not fit through a destination are counted there.
	Drops Support `json:"drops,omitzero"`
}

// Copies says whether copies are counted at all.
func (c Counting) Copies() Support {
	s := Support{Level: Yes, Remark: c.Remark, Source: c.Source}
	switch c.At {
	case CountedNowhere:
		s.Level = No
	case CountedUnverified:
		s.Level = Unverified
	}
	return s
}
