package mirror

import "time"

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
	// Pinned keeps it as it is, no steps included, until an operator clears the pin;
	// By says who pinned it.
	Pinned bool      `json:"pinned,omitempty"`
	By     string    `json:"by,omitempty"`
	Since  time.Time `json:"since"` // the last step up or down
	Reason string    `json:"reason,omitempty"`
}

// A ReliefStep is one step of relief.
type ReliefStep struct {
	Rung     string   `json:"rung"`
	Truncate int      `json:"truncate,omitempty"` // octets, of RungTruncate
	Sample   int      `json:"sample,omitempty"`   // one of so many frames, of RungSample
	Shed     []Source `json:"shed,omitempty"`     // of RungShedSources
}
