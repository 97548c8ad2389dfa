package plan

import (
	"encoding/json"
	"reflect"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Progress is what a rollout has to do next. Indices are into the placements
// given to Advance. At most one of Moves, Waiting and Failed is non-empty; when
// all are empty the rollout is done.
type Progress struct {
	Moves   []int // goals to be set to their targets now
	Waiting []int // goals that their workers have not reached yet
	Failed  []int // goals that their devices refused for good
}

// Done reports whether every placement holds its target.
func (p Progress) Done() bool { return len(p.Moves)+len(p.Waiting)+len(p.Failed) == 0 }

// Advance finds the next step of a rollout over the placements of one session.
// Copies must have somewhere to go before they are made: destinations first,
// then transit, then sources; what is no longer wanted goes in reverse order
// after that. A stage begins when the one before is reached. What is replaced on
// the same device goes together with what replaces it: see stageIn.
func Advance(rows []mirror.Placement) Progress {
	for stage := range stages {
		var p Progress
		for i, r := range rows {
			if stageIn(r, rows) != stage {
				continue
			}
			switch {
			case !SameFragment(r.Goal, r.Target):
				p.Moves = append(p.Moves, i)
			case r.FailedGoal():
				p.Failed = append(p.Failed, i)
			case !r.Settled():
				p.Waiting = append(p.Waiting, i)
			}
		}
		switch {
		case len(p.Failed) > 0:
			return Progress{Failed: p.Failed}
		case len(p.Moves) > 0:
			return Progress{Moves: p.Moves}
		case len(p.Waiting) > 0:
			return Progress{Waiting: p.Waiting}
		}
	}
	return Progress{}
}

const stages = 6

// stageIn is the stage of a placement among the others of its session. A native
// session of another role that comes to the same device takes the place of the
// old one: it may need its number (a pin), its destination port, or its room in
// the device's table, so both goals move at once, and the worker deletes before
// it creates.
func stageIn(r mirror.Placement, rows []mirror.Placement) int {
	if r.Target == nil && !r.Role.OnlyFootings() {
		for _, o := range rows {
			if o.Target != nil && o.Device == r.Device && !o.Role.OnlyFootings() {
				return stageOf(o)
			}
		}
	}
	return stageOf(r)
}

func stageOf(r mirror.Placement) int {
	stage := 2 // local and sources
	switch r.Role {
	case mirror.RoleRSPANDestination, mirror.RoleERSPANDestination:
		stage = 0
	case mirror.RoleRSPANTransit:
		stage = 1
	}
	if r.Target == nil {
		return stages - 1 - stage
	}
	return stage
}

// SameFragment compares two fragments by value; nil is nothing.
func SameFragment(a, b *mirror.Fragment) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if reflect.DeepEqual(a, b) {
		return true // nearly always, and cheap
	}
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// Standing is the fragment that a placement's device shall hold now: its goal,
// or what was applied before when the device refused the goal for good.
func Standing(p mirror.Placement) *mirror.Fragment {
	if p.FailedGoal() {
		return p.Applied
	}
	return p.Goal
}
