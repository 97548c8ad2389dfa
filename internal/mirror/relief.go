package mirror

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// The rungs of a ladder of relief.
const (
	RungTruncate    = "truncate"     // the first octets of each frame alone are copied
	RungSample      = "sample"       // one of so many frames alone is copied
	RungRXOnly      = "rx-only"      // what enters the sources alone is copied
	RungShedSources = "shed-sources" // the source of the lowest priority is not copied, one a step
	RungSuspend     = "suspend"      // nothing is copied
)

// Rungs lists them, the mildest first.
var Rungs = []string{RungTruncate, RungSample, RungRXOnly, RungShedSources, RungSuspend}

// What happens when the destination is oversubscribed.
const (
	OverloadReport  = "report"
	OverloadRelieve = "relieve"
)

// How the predicted load is judged, and what it is made of.
const (
	AdmissionEnforce = "enforce"
	AdmissionWarn    = "warn"
	AdmissionOff     = "off"

	BasisMeasured  = "measured"
	BasisWorstCase = "worst-case"
)

// Relief is what of a session is reduced at present because its destination was
// oversubscribed. It stands beside the status and changes what is on the devices
// through plan.Effective alone.
type Relief struct {
	// Steps are in force, in the order in which they were taken.
	Steps []ReliefStep `json:"steps,omitempty"`
	// Before are those that were in force before the last change, and are again
	// where devices refuse it.
	Before []ReliefStep `json:"before,omitempty"`
	// Pinned keeps it as it is, no steps included, until an operator clears the pin;
	// By says who pinned it.
	Pinned bool      `json:"pinned,omitempty"`
	By     string    `json:"by,omitempty"`
	Since  time.Time `json:"since"` // the last step up or down
	Reason string    `json:"reason,omitempty"`
	// Refused are the changes that devices refused, the newest of each rung.
	Refused []ReliefRefusal `json:"refused,omitempty"`
}

// Clone is a copy that shares nothing; of nil, the zero value.
func (r *Relief) Clone() Relief {
	if r == nil {
		return Relief{}
	}
	out := *r
	out.Steps, out.Before, out.Refused = slices.Clone(r.Steps), slices.Clone(r.Before), slices.Clone(r.Refused)
	return out
}

// Suspends reports whether nothing is copied because of it.
func (r *Relief) Suspends() bool {
	return r != nil && slices.ContainsFunc(r.Steps, func(s ReliefStep) bool { return s.Rung == RungSuspend })
}

// A ReliefRefusal says that devices refused a change of relief, which was undone.
type ReliefRefusal struct {
	Rung string `json:"rung"`
	// Release says that the step was to be taken back.
	Release bool      `json:"release,omitempty"`
	At      time.Time `json:"at"`
	Times   int       `json:"times"` // in a row
	Message string    `json:"message"`
}

// A ReliefStep is one step of relief.
type ReliefStep struct {
	Rung     string   `json:"rung"`
	Truncate int      `json:"truncate,omitempty"` // octets, of RungTruncate
	Sample   int      `json:"sample,omitempty"`   // one of so many frames, of RungSample
	Shed     []Source `json:"shed,omitempty"`     // of RungShedSources
	// End names the destination that was oversubscribed, as capacity.End does, "" = an
	// operator took the step. The step is released when that end can take it.
	End string    `json:"end,omitempty"`
	At  time.Time `json:"at"` // sessions of one native session take an option at one time
}

// Same reports whether both reduce the same, whenever and for whatever end.
func (s ReliefStep) Same(o ReliefStep) bool {
	s.End, s.At, o.End, o.At = "", time.Time{}, "", time.Time{}
	return reflect.DeepEqual(s, o)
}

// String reads "truncate to 128 octets", "shed-sources (sw1 p1)".
func (s ReliefStep) String() string {
	switch s.Rung {
	case RungTruncate:
		return fmt.Sprintf("%s to %d octets", s.Rung, s.Truncate)
	case RungSample:
		return fmt.Sprintf("%s one of %d frames", s.Rung, s.Sample)
	case RungShedSources:
		var of []string
		for _, src := range s.Shed {
			of = append(of, src.at())
		}
		return fmt.Sprintf("%s (%s)", s.Rung, strings.Join(of, ", "))
	}
	return s.Rung
}

// SharedRung reports whether a rung is an option of the native session, which all of
// its sessions must agree on.
func SharedRung(rung string) bool { return rung == RungTruncate || rung == RungSample }
