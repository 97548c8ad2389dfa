package capacity

import "github.com/netmirror/netmirror/internal/mirror"

// The hysteresis of Oversubscribed: above RaiseAt of the capacity for RaiseAfter
// samples in a row it begins, below ClearAt of it for ClearAfter in a row it ends.
const (
	RaiseAt    = 0.95
	RaiseAfter = 3
	ClearAt    = 0.80
	ClearAfter = 6
)

// An Alarm says whether an end is oversubscribed. The zero value says no.
type Alarm struct {
	on     bool
	streak int // samples in a row that speak for the other state
}

// Step takes one sample and reports the state after it. What is offered while the
// capacity is not known (0) says nothing and changes nothing; a sample that is
// missing is no step.
func (a *Alarm) Step(offered, capacity mirror.BitsPerSecond) bool {
	if capacity == 0 {
		return a.on
	}
	used := float64(offered) / float64(capacity)
	need := RaiseAfter
	speaks := used > RaiseAt
	if a.on {
		need, speaks = ClearAfter, used < ClearAt
	}
	a.step(speaks, need)
	return a.on
}

// On is the state after the last step.
func (a *Alarm) On() bool { return a.on }

func (a *Alarm) step(speaks bool, need int) {
	if !speaks {
		a.streak = 0
		return
	}
	if a.streak++; a.streak >= need {
		a.on, a.streak = !a.on, 0
	}
}

// Drops says whether frames are lost at a port: from the first interval in which its
// discards grow until ClearAfter intervals in a row in which they do not. The zero
// value says no.
type Drops struct{ alarm Alarm }

// Step takes one interval and reports the state after it. A gap changes nothing.
func (d *Drops) Step(i Interval) bool {
	if i.Gap == "" {
		need, speaks := 1, i.DropFrames > 0
		if d.alarm.on {
			need, speaks = ClearAfter, !speaks
		}
		d.alarm.step(speaks, need)
	}
	return d.alarm.on
}

// On is the state after the last step.
func (d *Drops) On() bool { return d.alarm.on }
