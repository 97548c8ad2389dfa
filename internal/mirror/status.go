package mirror

import (
	"slices"
	"strings"
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
	Pending   Phase = "Pending"
	Applying  Phase = "Applying"
	Active    Phase = "Active"
	Degraded  Phase = "Degraded"
	Uncertain Phase = "Unknown" // nobody knows what the devices hold
	Suspended Phase = "Suspended"
	Expired   Phase = "Expired"
	Deleting  Phase = "Deleting"
	Failed    Phase = "Failed"
)

// ReasonNotReadYet is why nothing is known of what a device holds: it was not
// read since the controller started.
const ReasonNotReadYet = "NotReadYet"

// ReasonNeverTried is why nothing is known of a device that is new.
const ReasonNeverTried = "NeverTried"

// ReasonRetired is why nothing is known of a device whose entry vanished.
const ReasonRetired = "Retired"

// A Check is what a worker found out about one placement.
type Check struct {
	State   State  `json:"state"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

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
	Kind       Kind        `json:"kind,omitempty"`
	KindReason string      `json:"kindReason,omitempty"`
	Warnings   []Reason    `json:"warnings,omitempty"`
	Operation  string      `json:"operation,omitempty"` // id of the newest rollout
	Phase      Phase       `json:"phase"`
	Conditions []Condition `json:"conditions,omitempty"`
	Created    time.Time   `json:"created"`
	Updated    time.Time   `json:"updated"` // last change of the intent
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

// A Placement is one session on one device in one role: what the accepted
// generation wants there (Target), what the device's worker is told to reach
// (Goal), what it was last seen to hold (Applied), and what the last successful
// rollout left (Good). A nil fragment means nothing. Only a coordinator writes
// Target, Goal and Good; only the device's worker writes the rest.
type Placement struct {
	Session string `json:"session"`
	Device  string `json:"device"`
	Role    Role   `json:"role"`

	Target *Fragment `json:"target,omitempty"`
	Good   *Fragment `json:"good,omitempty"`

	Goal    *Fragment `json:"goal,omitempty"`
	GoalRev int64     `json:"goalRev"` // grows with every move of Goal

	Applied    *Fragment `json:"applied,omitempty"`
	AppliedRev int64     `json:"appliedRev"` // the GoalRev that Applied reached
	// FailedRev is the GoalRev that the device refused for good; Failure says
	// why, in its words.
	FailedRev int64  `json:"failedRev,omitempty"`
	Failure   string `json:"failure,omitempty"`

	Mark     string `json:"mark,omitempty"`     // of the native session that carries Applied
	NativeID string `json:"nativeId,omitempty"` // of the same

	Configured Check     `json:"configured"`
	Programmed Check     `json:"programmed"`
	Persisted  Check     `json:"persisted"`
	CheckedAt  time.Time `json:"checkedAt,omitzero"`
}

// Settled reports whether the worker has reached the goal.
func (p Placement) Settled() bool { return p.AppliedRev == p.GoalRev }

// FailedGoal reports whether the device refused the present goal for good.
func (p Placement) FailedGoal() bool { return p.FailedRev != 0 && p.FailedRev == p.GoalRev }

// AddMarks adds to a set the marks of what a placement holds or shall hold, and
// of what that stands on.
func (p Placement) AddMarks(set map[string]bool, instance string) {
	for _, f := range []*Fragment{p.Goal, p.Applied} {
		if f == nil {
			continue
		}
		for _, mark := range Marks(instance, p.Device, f.Spec) {
			set[mark] = true
		}
	}
}

// Empty reports whether nothing is wanted, held or remembered: the row may go.
func (p Placement) Empty() bool {
	return p.Target == nil && p.Goal == nil && p.Applied == nil && p.Good == nil && p.Settled()
}

// A Native is a line of the ledger: a native session that netmirror created
// (or adopted) on a device. ID is unique on its device.
type Native struct {
	Device string     `json:"device"`
	Mark   string     `json:"mark"`
	ID     string     `json:"id"`
	Handle string     `json:"handle,omitempty"` // row id, once read back, on platforms that have one
	Spec   NativeSpec `json:"spec"`             // as last claimed for a push; of a footing, what netmirror itself added
	// Sent is content that was in Spec before, and was not seen gone yet: after a
	// lost connection a device may still hold it.
	Sent    NativeSpec `json:"sent,omitzero"`
	Created time.Time  `json:"created"`
	Adopted bool       `json:"adopted,omitempty"` // made by another hand and taken over as it was, name included
	// Repairs are the times of the last repairs, oldest first, as many as it
	// takes to see that somebody else keeps changing it.
	Repairs []time.Time `json:"repairs,omitempty"`
	// Contended is set when repairing has stopped for that: since when and
	// what is known of who may be at it.
	Contended *Contention `json:"contended,omitempty"`
}

// A Contention is a fight over a native session that netmirror has given up
// until an operator releases the device or the session's intent changes.
type Contention struct {
	Since   time.Time `json:"since"`
	Message string    `json:"message"`
}

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

// Open reports whether the coordinator still has work.
func (s OperationState) Open() bool { return s == OpRunning || s == OpRollingBack }

// An Operation records one rollout: bringing one generation of one session to
// its devices.
type Operation struct {
	ID         string         `json:"id"`
	Session    string         `json:"session"`
	Generation int64          `json:"generation"`
	Type       string         `json:"type"` // apply or delete
	Actor      string         `json:"actor"`
	State      OperationState `json:"state"`
	Message    string         `json:"message,omitempty"`
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
	Action  string    `json:"action"` // apply, remove or undo
	State   string    `json:"state"`  // moving, done, failed or given up
	Message string    `json:"message,omitempty"`
	Rev     int64     `json:"rev"` // GoalRev of the move
	At      time.Time `json:"at"`
}

// An Exchange is what was sent to a device and what it answered, redacted.
type Exchange struct {
	Device string    `json:"device"`
	Mark   string    `json:"mark"`
	Sent   string    `json:"sent"`
	Answer string    `json:"answer,omitempty"`
	Error  string    `json:"error,omitempty"`
	At     time.Time `json:"at"`
}

// An Event is something worth knowing afterwards, in order, with the actor.
type Event struct {
	Seq     int64     `json:"seq"` // given by the store, from 1
	At      time.Time `json:"at"`
	Type    string    `json:"type"` // CamelCase: SessionAccepted, DriftRepaired, ...
	Actor   string    `json:"actor"`
	Session string    `json:"session,omitempty"`
	Device  string    `json:"device,omitempty"`
	Message string    `json:"message"` // a sentence
	// Before and After are what was copied and what is, or shall be, copied now;
	// nil = nothing, or the event is not about copies. Changed names the fields of
	// the intent that a change touched.
	Before  *Traffic `json:"was,omitempty"`
	After   *Traffic `json:"is,omitempty"`
	Changed []string `json:"changed,omitempty"`
}

// A Plan is a preview: nothing was stored or sent.
type Plan struct {
	Session   Session    `json:"session"`
	Fragments []Fragment `json:"fragments"`
	Devices   []PlanPart `json:"devices"`
	Warnings  []Reason   `json:"warnings,omitempty"`
	Kind      Kind       `json:"kind"` // what auto became
	// KindReason says why it became that.
	KindReason string `json:"kindReason,omitempty"`
}

// PlanPart is what one device would be sent.
type PlanPart struct {
	Device  string   `json:"device"`
	Changes []Change `json:"changes"`
	Forward Payload  `json:"forward"`
	Undo    Payload  `json:"undo"` // the rendered reverse; the executed undo is made from what is observed then
}

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

// Unsaved is a native session or footing that was changed since the device's
// running configuration was last saved.
type Unsaved struct {
	ID   string     `json:"id"`
	Mark string     `json:"mark"`
	At   time.Time  `json:"at"`   // of the last change
	Set  bool       `json:"set"`  // it is there; false = it was deleted
	Spec NativeSpec `json:"spec"` // what was sent, or taken away; of a footing every trunk that was touched
}

// Started is when the device started, zero when it does not tell.
func (f Facts) Started() time.Time {
	if f.Uptime == 0 || f.LearnedAt.IsZero() {
		return time.Time{}
	}
	return f.LearnedAt.Add(-f.Uptime)
}

// Same reports whether both are of one device with one software: it was neither
// exchanged nor upgraded. Facts of a device that was never read are the same as
// nothing.
func (f Facts) Same(o Facts) bool {
	return f.Model == o.Model && f.Version == o.Version && f.Serial == o.Serial && f.Version != ""
}

// A JournalEntry is written before a push and closed after its verification.
type JournalEntry struct {
	Device  string    `json:"device"`
	Tx      string    `json:"tx"`
	Epoch   int64     `json:"epoch"`
	Changes []Change  `json:"changes"`
	At      time.Time `json:"at"`
}

// A Claim is the right of one controller to drive one device. Every write of a
// worker checks the epoch; a push's deadline ends before the claim does.
type Claim struct {
	Device   string    `json:"device"`
	Owner    string    `json:"owner"`
	Epoch    int64     `json:"epoch"`
	Deadline time.Time `json:"deadline"`
}

// A HostKey is the pinned key of an SSH server, in authorized_keys form without
// comment.
type HostKey struct {
	Host   string    `json:"host"` // "address:port", with " via jump:port" behind a jump host
	Key    string    `json:"key"`
	Pinned time.Time `json:"pinned"`
}

// Access is what a token may do.
type Access string

// The access levels, each including the one before.
const (
	Viewer   Access = "viewer"
	Operator Access = "operator"
	Admin    Access = "admin"
)

// Allows reports whether a holder of a may do what needs asks for.
func (a Access) Allows(needs Access) bool {
	rank := map[Access]int{Viewer: 1, Operator: 2, Admin: 3}
	return rank[a] > 0 && rank[a] >= rank[needs]
}

// A Token is a bearer token as stored: its SHA-256, never its value.
type Token struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Access  Access    `json:"access"`
	Hash    string    `json:"-"` // hex SHA-256
	Created time.Time `json:"created"`
}
