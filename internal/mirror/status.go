package mirror

import (
	"slices"
	"time"
)

// The conditions of a session, in the order they are shown.
const (
	CondAdmitted           = "Admitted"
	CondConfigured         = "Configured"
	CondProgrammed         = "Programmed"
	CondEffective          = "Effective"
	CondDestinationHealthy = "DestinationHealthy"
	CondPersisted          = "Persisted"
)

// ConditionTypes lists them all.
var ConditionTypes = []string{CondAdmitted, CondConfigured, CondProgrammed, CondEffective, CondDestinationHealthy, CondPersisted}

// A Condition is one truth about a session.
type Condition struct {
	Type    string    `json:"type"`
	Status  State     `json:"status"`
	Reason  string    `json:"reason"`  // one CamelCase word
	Message string    `json:"message"` // for people; quotes the device where it spoke
	Since   time.Time `json:"since"`   // when Status last changed
}

// Phase sums a session up.
type Phase string

// The phases, DESIGN.md section 3.
const (
	Undecided Phase = "Pending" // accepted, and not decided or begun yet
	Applying  Phase = "Applying"
	Active    Phase = "Active"
	Degraded  Phase = "Degraded"
	Uncertain Phase = "Unknown" // nobody knows what the devices hold
	Suspended Phase = "Suspended"
	Expired   Phase = "Expired"
	Deleting  Phase = "Deleting"
	Failed    Phase = "Failed"
)

// Phases lists them.
var Phases = []Phase{Undecided, Applying, Active, Degraded, Uncertain, Suspended, Expired, Deleting, Failed}

// ReasonNotReadYet is why nothing is known of what a device holds: it was not
// read since the controller started.
const ReasonNotReadYet = "NotReadYet"

// ReasonNeverTried is why nothing is known of a device that is new.
const ReasonNeverTried = "NeverTried"

// ReasonRetired is why nothing is known of a device whose entry vanished.
const ReasonRetired = "Retired"

// ReasonPlanStale is why a goal of a plan failed: the device would have been sent what
// the plan did not say.
const ReasonPlanStale = "PlanStale"

// A Check is what a worker found out about one placement.
type Check struct {
	State   State  `json:"state"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

// Measured are the conditions of a session that rest on counters and links. They are
// those of the last change of a state or a reason: the figures of now are the watch's.
type Measured struct {
	Healthy   Check `json:"healthy"`   // DestinationHealthy
	Effective Check `json:"effective"` // Effective
}

// Moved is what is found now, with the old message where neither state nor reason has
// changed, so that figures that change at every reading are not written each time.
func (m Measured) Moved(now Measured) Measured {
	if m.Healthy.State == now.Healthy.State && m.Healthy.Reason == now.Healthy.Reason {
		now.Healthy = m.Healthy
	}
	if m.Effective.State == now.Effective.State && m.Effective.Reason == now.Effective.Reason {
		now.Effective = m.Effective
	}
	return now
}

// NotWatchedYet says that nothing was measured since the start, or since the session
// came to its devices.
func NotWatchedYet() Check {
	return Check{State: Unknown, Reason: ReasonNotWatchedYet, Message: "nothing was measured yet"}
}

// ReasonNotWatchedYet is why nothing is known of copies that nobody measured yet.
const ReasonNotWatchedYet = "NotWatchedYet"

// ReasonNotWatched is why nothing is known of copies that nobody measures.
const ReasonNotWatched = "NotWatched"

// A SessionRecord is a stored intent with its status.
type SessionRecord struct {
	Session    Session `json:"session"`
	Generation int64   `json:"generation"` // grows with every change of the intent
	// ObservedGeneration is the newest generation that every device was seen
	// to hold.
	ObservedGeneration int64 `json:"observedGeneration"`
	// Refused is the generation whose rollout failed and was undone; 0 = none.
	Refused  int64 `json:"refused,omitempty"`
	Deleting bool  `json:"deleting,omitempty"`
	// Waiting is set while the generation is accepted and not decided: devices
	// have to be read first.
	Waiting *Waiting `json:"waiting,omitempty"`
	// Expires is when the lease ends, zero = never; Expired says that it has
	// and that the session leaves, or has left, its devices.
	Expires time.Time `json:"expires,omitzero"`
	Expired bool      `json:"expired,omitempty"`
	// Kind is what auto became, and KindReason why; Warnings is what was
	// noticed at acceptance and forbids nothing.
	Kind       Kind   `json:"kind,omitempty"`
	KindReason string `json:"kindReason,omitempty"`
	// Kinds is the same of each destination, where there are several.
	Kinds    []DestinationKind `json:"kinds,omitempty"`
	Warnings []Reason          `json:"warnings,omitempty"`
	// Judged is what admission said of each end of the copies, nil = it was not asked.
	Judged []Judged `json:"judged,omitempty"`
	// Measured is what the watch found of the copies, nil = nothing yet.
	Measured *Measured `json:"measured,omitempty"`
	// Relief is what is reduced at present, nil = nothing, and no pin.
	Relief *Relief `json:"relief,omitempty"`
	// Triggered says which trigger started it, nil = none did, or somebody has changed
	// the intent since.
	Triggered  *Triggered  `json:"triggered,omitempty"`
	Operation  string      `json:"operation,omitempty"` // id of the newest rollout
	Phase      Phase       `json:"phase"`
	Conditions []Condition `json:"conditions,omitempty"`
	Created    time.Time   `json:"created"`
	Updated    time.Time   `json:"updated"` // last change of the intent
	// CreatedBy and UpdatedBy are who asked, "" = from before that was kept.
	CreatedBy string `json:"createdBy,omitempty"`
	UpdatedBy string `json:"updatedBy,omitempty"`
}

// Waiting says what the decision about an intent waits for.
type Waiting struct {
	Reason  string    `json:"reason"` // ReasonReading or ReasonDeviceUnreachable
	Message string    `json:"message"`
	Since   time.Time `json:"since"`
}

// What an intent may wait for before it is decided.
const (
	ReasonReading           = "Reading"           // a device is slow
	ReasonDeviceUnreachable = "DeviceUnreachable" // a device is away, and onUnreachable is queue
)

// Condition finds a condition by type.
func (r SessionRecord) Condition(typ string) Condition {
	i := slices.IndexFunc(r.Conditions, func(c Condition) bool { return c.Type == typ })
	if i < 0 {
		return Condition{Type: typ, Status: Unknown}
	}
	return r.Conditions[i]
}
