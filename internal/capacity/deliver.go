package capacity

import (
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Series is what one port, or the counter of one native session, counted.
type Series struct {
	Device string
	Port   mirror.PortName
	// Intervals are the newest, the oldest first; gaps may be among them.
	Intervals []Interval
}

// A Delivering is what copies of one native session, or of those that share a
// destination whose counters cannot tell them apart, are judged by.
type Delivering struct {
	// Picks are the sources of all of them, see Picks.
	Picks []Pick
	// Carried tells what a port counted, nil = nothing.
	Carried func(device string, port mirror.PortName) []Interval
	// Counted is what counts the copies: the destination port (its out direction), or
	// the counters of the native sessions (Meter.AddNative), one series each.
	Counted  []Series
	Counting mirror.Counting
	// Once says that the platform copies a frame once to a destination although several
	// sources match it (Open vSwitch).
	Once bool
	Now  time.Time
}

// A Delivery says how many of the expected copies were counted.
type Delivery struct {
	// State is True: copies flow; False: they do not; Unknown: nobody can tell.
	State   mirror.State     `json:"state"`
	Reason  string           `json:"reason"`
	Message string           `json:"message"`
	At      mirror.CountedAt `json:"countedAt,omitempty"`
	// Ratio is counted copies by expected ones, in frames; nil = not known.
	Ratio      *float64  `json:"ratio,omitempty"`
	Confidence float64   `json:"confidence"` // in it, 0..1
	Expected   float64   `json:"expected"`   // frames in the window, at most
	Counted    float64   `json:"counted"`    // frames in the window
	From       time.Time `json:"from,omitzero"`
	To         time.Time `json:"to,omitzero"` // the window
}

// The reasons of a Delivery.
const (
	ReasonCopiesFlow       = "CopiesFlow"
	ReasonCopiesLost       = "CopiesLost"       // some, by the ratio
	ReasonCopiesNotFlowing = "CopiesNotFlowing" // below 1 % while sources are busy
	ReasonNotCounted       = "NotCounted"       // the platform counts copies nowhere
	ReasonUnverified       = "CountingUnverified"
	ReasonSourcesIdle      = "SourcesIdle"
	ReasonFiltered         = "Filtered" // how many copies there should be is not known
	ReasonGaps             = "Gaps"     // too little was counted without disturbance
	ReasonOtherTraffic     = "OtherTraffic"
)

// Deliver reckons the delivery ratio over the newest minute or more.
func Deliver(d Delivering) Delivery {
	return Delivery{State: mirror.Unknown, Reason: ReasonGaps, At: d.Counting.At}
}
