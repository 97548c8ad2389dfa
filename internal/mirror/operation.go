package mirror

import "time"

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

// An Operation records one rollout: bringing one generation of one session to
// its devices.
type Operation struct {
	ID         string         `json:"id"`
	Session    string         `json:"session"`
	Generation int64          `json:"generation"`
	Type       string         `json:"type"` // apply, delete, expire, adopt or relief
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
}

// A Step moves one placement.
type Step struct {
	Device  string    `json:"device"`
	Role    Role      `json:"role"`
	Ends    string    `json:"ends,omitempty"` // of the placement, see Placement.Ends
	Action  string    `json:"action"`         // apply, remove or undo
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
}
