package mirror

import (
	"strings"
	"time"
)

// A PlacementKey names a placement. A session has several on one device in one
// role where its destinations there take a native session each.
type PlacementKey struct {
	Session, Device string
	Role            Role
	Ends            string
}

// A Placement is one native session of one session on one device: what the
// accepted generation wants there (Target), what the device's worker is told to
// reach (Goal), what it was last seen to hold (Applied), and what the last
// successful rollout left (Good). A nil fragment means nothing. Only a coordinator
// writes Target, Asked, Planned, Ends, Goal and Good; only the device's worker writes the rest.
type Placement struct {
	Session string `json:"session"`
	Device  string `json:"device"`
	Role    Role   `json:"role"`
	// Ends is where the copies of Target end (NativeSpec.Ends); of a row without
	// a target, where those of the last one ended.
	Ends string `json:"ends,omitempty"`

	Target *Fragment `json:"target,omitempty"`
	// Asked is what the intent wants there where relief has made Target another, or
	// nothing; nil = Target is it. It stays reserved for the session.
	Asked *Fragment `json:"asked,omitempty"`
	Good  *Fragment `json:"good,omitempty"`
	// Planned is what the plan that is applied said, while its rollout is open; nil = no
	// plan did.
	Planned *Planned `json:"planned,omitempty"`

	Goal    *Fragment `json:"goal,omitempty"`
	GoalRev int64     `json:"goalRev"` // grows with every move of Goal

	Applied    *Fragment `json:"applied,omitempty"`
	AppliedRev int64     `json:"appliedRev"` // the GoalRev that Applied reached
	// FailedRev is the GoalRev that the device refused for good; Failure says
	// why, in its words.
	FailedRev int64  `json:"failedRev,omitempty"`
	Failure   string `json:"failure,omitempty"`

	// Missing are sources of Applied, in the directions that the last read showed not to
	// be copied; all of them where nothing of it is there, or it is shut down.
	Missing []NativeSource `json:"missing,omitempty"`

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
	return p.Target == nil && p.Asked == nil && p.Goal == nil && p.Applied == nil && p.Good == nil && p.Settled()
}

// Intended is what the intent wants there, whatever relief makes of it; nil = nothing.
func (p Placement) Intended() *Fragment {
	if p.Asked != nil {
		return p.Asked
	}
	return p.Target
}

// Key names the placement.
func (p Placement) Key() PlacementKey { return PlacementKey{p.Session, p.Device, p.Role, p.Ends} }

// Destinations lists what Ends names: ports, or the address of a collector.
func (p Placement) Destinations() []string { return endsList(p.Ends) }

func endsList(ends string) []string {
	if ends == "" {
		return nil
	}
	return strings.Split(ends, ",")
}

// Aim sets the target, and with it the key. Nil keeps the key.
func (p *Placement) Aim(f *Fragment) {
	p.Target = f
	if f != nil {
		p.Ends = f.Spec.Ends()
	}
}
