package mirror

import (
	"slices"
	"time"
)

// OperationState is where a rollout stands.
type OperationState string

// The states of an operation. Running and RollingBack are the open ones.
const (
	OpRunning     OperationState = "running"
	OpRollingBack OperationState = "rolling-back"
	OpSucceeded   OperationState = "succeeded"
	OpFailed      OperationState = "failed"
	OpSuperseded  OperationState = "superseded"
)

// CodePlanStale is why a rollout was turned back that would have sent what its plan did
// not say.
const CodePlanStale = "plan-stale"

// Open reports whether the coordinator still has work.
func (s OperationState) Open() bool { return s == OpRunning || s == OpRollingBack }

// The types of operations that are no rollouts.
const (
	OpRepair = "repair"
	OpSave   = "save"
)

// OpRollout stands for the types of all rollouts in a query.
const OpRollout = "rollout"

// An Operation records one rollout: bringing one generation of one session to
// its devices; or what a device's worker did of its own accord: a repair, of what one
// session has on it, or a save of its running configuration.
type Operation struct {
	ID         string         `json:"id"`
	Session    string         `json:"session,omitempty"` // none of a save, or of what was repaired for no session
	Device     string         `json:"device,omitempty"`  // none of a rollout: its steps have them
	Generation int64          `json:"generation,omitempty"`
	Type       string         `json:"type"` // apply, delete, expire, adopt or relief, which are rollouts; OpRepair or OpSave
	Actor      string         `json:"actor"`
	State      OperationState `json:"state"`
	Message    string         `json:"message,omitempty"`
	Code       string         `json:"code,omitempty"` // why it was turned back, for programs: CodePlanStale or ""
	Plan       string         `json:"plan,omitempty"` // that was applied
	Steps      []Step         `json:"steps,omitempty"`
	Transcript []Exchange     `json:"transcript,omitempty"`
	Superseded string         `json:"supersededBy,omitempty"` // operation id
	Created    time.Time      `json:"created"`
	Finished   time.Time      `json:"finished,omitzero"`

	// Waits is why an open rollout goes on no further until somebody acts: nothing may be
	// sent to a device. It is worked out when the operation is read, and never stored.
	Waits string `json:"-"`
}

// Kind is OpRollout, OpRepair or OpSave.
func (o Operation) Kind() string {
	switch o.Type {
	case OpRepair, OpSave:
		return o.Type
	}
	return OpRollout
}

// Devices lists those that the operation has to do with, sorted, each once.
func (o Operation) Devices() (out []string) {
	if o.Device != "" {
		out = append(out, o.Device)
	}
	for _, s := range o.Steps {
		out = append(out, s.Device)
	}
	for _, x := range o.Transcript {
		out = append(out, x.Device)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// An OperationQuery asks for operations, the newest first. A field that is empty
// excludes none.
type OperationQuery struct {
	Session string
	Device  string // that the operation has to do with
	Kind    string // OpRollout, OpRepair or OpSave
	Before  int64  // number that the answer begins before; 0 = with the newest
	Limit   int    // at least 1
}

// Takes reports whether the query excludes an operation by none of its fields.
func (q OperationQuery) Takes(o Operation) bool {
	return (q.Session == "" || q.Session == o.Session) && (q.Kind == "" || q.Kind == o.Kind()) &&
		(q.Device == "" || slices.Contains(o.Devices(), q.Device))
}

// An OperationPage answers an OperationQuery.
type OperationPage struct {
	Operations []Operation
	Next       int64 // Before of the next page, 0 = there is none
}

// A Step moves one placement.
type Step struct {
	Device  string    `json:"device"`
	Role    Role      `json:"role"`
	Ends    string    `json:"ends,omitempty"` // of the placement, see Placement.Ends
	Action  string    `json:"action"`         // apply, remove, undo or repair
	State   string    `json:"state"`          // moving, done, failed or given up
	Message string    `json:"message,omitempty"`
	Rev     int64     `json:"rev"` // GoalRev of the move
	At      time.Time `json:"at"`
}

// Key names the placement of the operation's session that the step moves.
func (s Step) Key(session string) PlacementKey {
	return PlacementKey{session, s.Device, s.Role, s.Ends}
}

// Of reports whether the step moves a placement, which is one of the operation's
// session.
func (s Step) Of(p Placement) bool { return s.Key(p.Session) == p.Key() }

// Destinations lists what Ends names, as those of the placement.
func (s Step) Destinations() []string { return endsList(s.Ends) }

// An Exchange is what was sent to a device and what it answered, redacted.
type Exchange struct {
	Device string    `json:"device"`
	Mark   string    `json:"mark"`
	Sent   string    `json:"sent"`
	Answer string    `json:"answer,omitempty"`
	Error  string    `json:"error,omitempty"`
	At     time.Time `json:"at"`
}

// A Plan is a preview: nothing was stored or sent.
type Plan struct {
	Session   Session    `json:"session"`
	Fragments []Fragment `json:"fragments"`
	Devices   []PlanPart `json:"devices"`
	Warnings  []Reason   `json:"warnings,omitempty"`
	// Relief is what is in force, nil = nothing: then Fragments and Devices are as it
	// makes them, and Asked is what devices would be sent without it.
	Relief *Relief    `json:"relief,omitempty"`
	Asked  []PlanPart `json:"asked,omitempty"`
	Kind   Kind       `json:"kind"` // what auto became
	// KindReason says why it became that.
	KindReason string `json:"kindReason,omitempty"`
	// Kinds is the same of each destination, where there are several.
	Kinds []DestinationKind `json:"kinds,omitempty"`
}

// PlanPart is what one device would be sent.
type PlanPart struct {
	Device  string   `json:"device"`
	Changes []Change `json:"changes"`
	Forward Payload  `json:"forward"`
	Undo    Payload  `json:"undo"` // the rendered reverse; the executed undo is made from what is observed then
	// NoUndo is why there is no undo: what the device holds now is nothing that its driver makes.
	NoUndo string `json:"noUndo,omitempty"`
	// Hints are how a person sees on the device what it made.
	Hints []Hint `json:"hints,omitempty"`
}
