package capacity

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// When relief is taken and released. A step is taken while more than ReliefOver of an
// end's capacity is offered for ReliefOverSamples samples, and released when, without
// it, less than ReliefUnder would be for ReliefUnderSamples; none within ReliefHold
// of the last one. What devices refused is not tried again before ReliefRetry.
// Where a step had to be taken again within ReliefCalm of a release, more than once,
// the samples before the next release double each time: a load that comes and goes
// leaves what is copied alone.
const (
	ReliefOver         = 0.95
	ReliefOverSamples  = 3
	ReliefUnder        = 0.80
	ReliefUnderSamples = 6
	ReliefHold         = time.Minute
	ReliefRetry        = time.Hour
	ReliefCalm         = 30 * time.Minute
)

// A Relievable is a session as relief sees it.
type Relievable struct {
	Session mirror.Session // as its user asked for it
	Relief  mirror.Relief
	// Here says that its copies come to the end; else it only shares a native session
	// with one of which that is so, or with one that shares with that one.
	Here bool
	// Busy is why it cannot be changed now, "" = it can.
	Busy string
	// Shares names the sessions with which it must agree on options, itself not.
	Shares []string
	// Truncate and Sample are the values that each device takes that makes copies of it;
	// Cannot is, by rung, why one of them takes none.
	Truncate, Sample []mirror.Values
	Cannot           map[string]string
}

func (r Relievable) name() string { return r.Session.Name }

// A ReliefQuestion is what is known of an end when its next step is decided.
type ReliefQuestion struct {
	End      End
	Now      time.Time
	Offered  mirror.BitsPerSecond // now, by what the devices hold
	Capacity mirror.BitsPerSecond // 0 = not known: nothing is decided
	Hold     time.Duration        // between two steps, 0 = ReliefHold
	// Moving says that a step is on its way to the devices still: what is measured
	// meanwhile tells nothing of it.
	Moving   bool
	Sessions []Relievable
	// Predict tells what would be with other steps of some sessions, nil = with those
	// in force.
	Predict func(map[string][]mirror.ReliefStep) Outlook
}

// An Outlook is what would be with certain steps of relief.
type Outlook struct {
	Offered mirror.BitsPerSecond
	// Known says that no load is missing in Offered.
	Known bool
	// Holds is a text of the native sessions that devices would hold.
	Holds string
	// Unable is why devices could not hold them, "" = they can.
	Unable string
	// Crowded is why another end could not take it, "" = all can; of a release alone.
	Crowded string
}

// A ReliefCount is what is counted from sample to sample of one end. The zero value
// begins anew.
type ReliefCount struct {
	Over  int    // samples in a row that were too much
	Under int    // samples in a row of which the next lower rung would have been little enough
	of    string // what was in force meanwhile
	// released is when the last move was, if that was a release; again counts the
	// steps in a row that came soon after one.
	released time.Time
	again    int
}

// Calm is a count at a sample that was not too much and with nothing to be released.
func (c ReliefCount) Calm() ReliefCount {
	c.Over, c.Under, c.of = 0, 0, ""
	return c
}

// enough is for how many samples a release has to be right.
func (c ReliefCount) enough() int { return ReliefUnderSamples << min(max(c.again-1, 0), 6) }

// taken is what is counted from now on, after a step.
func (c ReliefCount) taken(now time.Time) ReliefCount {
	switch {
	case c.released.IsZero():
	case now.Sub(c.released) < ReliefCalm:
		c.again++
	default:
		c.again = 0
	}
	return ReliefCount{again: c.again}
}

// A ReliefMove is one step of relief, up or down.
type ReliefMove struct {
	Release bool
	// Session is the one whose turn it is, Steps those in force from now on of each
	// session that changes.
	Session string
	Step    mirror.ReliefStep // that is taken, or released
	Steps   map[string][]mirror.ReliefStep
	// Now and Predicted are the load before and after it.
	Now, Predicted, Capacity mirror.BitsPerSecond
	Samples                  int // that a release was right for
}

// String is the sentence of the figures: "25 Mbit/s of 10 Mbit/s are offered ...".
func (m ReliefMove) String() string {
	if m.Release {
		return fmt.Sprintf("without %s %s of %s would be offered, less than %.0f %% for %d samples", m.Step, Rate(m.Predicted), Rate(m.Capacity), ReliefUnder*100, m.Samples)
	}
	return fmt.Sprintf("%s of %s are offered, more than %.0f %% for %d samples; with %s it will be %s", Rate(m.Now), Rate(m.Capacity), ReliefOver*100, ReliefOverSamples, m.Step, Rate(m.Predicted))
}

// A Passed is a rung that was passed over.
type Passed struct {
	Session, Rung, Why string
}

// NextStep decides about one end at one sample: the next step of relief, nil = none.
// One step goes at a time. An option of the native session is taken by all of its
// sessions at once, and only if each one's ladder has it; what else there is goes by
// the priority of the sessions, the lowest first, and among equals by the place in the
// ladder and by what it takes away. A step that would change nothing on the devices,
// or takes nothing away, is passed over. Steps are released in reverse order.
func NextStep(q ReliefQuestion, c ReliefCount) (*ReliefMove, []Passed, ReliefCount) {
	if inForce := q.inForce(); c.of != inForce {
		c.Over, c.Under, c.of = 0, 0, inForce
	}
	if q.Capacity <= 0 {
		c.Over, c.Under = 0, 0
		return nil, nil, c
	}
	if q.Moving {
		return nil, nil, c.Calm()
	}
	down, predicted := q.last()
	c.Over = counted(c.Over, utilized(q.Offered, q.Capacity) > ReliefOver)
	c.Under = counted(c.Under, down != nil && predicted.Known && predicted.Crowded == "" && utilized(predicted.Offered, q.Capacity) < ReliefUnder)
	if since := q.since(); !since.IsZero() && q.Now.Sub(since) < q.hold() {
		return nil, nil, c
	}
	switch {
	case c.Over >= ReliefOverSamples:
		move, passed := q.take()
		if move != nil {
			c = c.taken(q.Now)
		}
		return move, passed, c
	case c.Under >= c.enough() && q.Releasable(down):
		down.Samples = c.Under
		return down, nil, ReliefCount{released: q.Now, again: c.again}
	}
	return nil, nil, c
}

func counted(n int, more bool) int {
	if !more {
		return 0
	}
	return n + 1
}

func utilized(load, capacity mirror.BitsPerSecond) float64 { return float64(load) / float64(capacity) }

func (q ReliefQuestion) hold() time.Duration { return cmp.Or(q.Hold, ReliefHold) }

// inForce is a text of the steps in force at the end.
func (q ReliefQuestion) inForce() string {
	var out []string
	for _, s := range q.Sessions {
		for _, step := range s.Relief.Steps {
			out = append(out, s.name()+" "+step.String()+" "+step.End)
		}
		if s.Relief.Pinned {
			out = append(out, s.name()+" pinned")
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// since is when the last step was taken or released at the end.
func (q ReliefQuestion) since() (last time.Time) {
	for _, s := range q.Sessions {
		if s.Relief.Since.After(last) {
			last = s.Relief.Since
		}
	}
	return last
}

// last is the release of the newest step that was taken for the end.
func (q ReliefQuestion) last() (*ReliefMove, Outlook) {
	var move *ReliefMove
	for _, s := range q.Sessions {
		for _, step := range s.Relief.Steps {
			if step.End == q.End.Key() && !s.Relief.Pinned && (move == nil || step.At.After(move.Step.At)) {
				move = &ReliefMove{Release: true, Session: s.name(), Step: step, Steps: map[string][]mirror.ReliefStep{}, Now: q.Offered, Capacity: q.Capacity}
			}
		}
	}
	if move == nil {
		return nil, Outlook{}
	}
	for _, s := range q.Sessions {
		rest := slices.DeleteFunc(slices.Clone(s.Relief.Steps), func(x mirror.ReliefStep) bool { return together(x, move.Step) })
		if len(rest) < len(s.Relief.Steps) {
			move.Steps[s.name()] = rest
		}
	}
	predicted := q.Predict(move.Steps)
	move.Predicted = predicted.Offered
	return move, predicted
}

// together: both were taken in one step.
func together(a, b mirror.ReliefStep) bool {
	return a.Rung == b.Rung && a.End == b.End && a.At.Equal(b.At)
}

// Releasable reports whether a release may be made now: nobody pins one of its sessions,
// none is busy, and devices have not refused it of one not long ago.
func (q ReliefQuestion) Releasable(m *ReliefMove) bool {
	for _, s := range q.Sessions {
		if _, of := m.Steps[s.name()]; of && (s.Relief.Pinned || s.Busy != "" || s.refused(m.Step.Rung, true, q.Now, q.hold()) != "") {
			return false
		}
	}
	return true
}

// refused is what devices said to a change that they refused not long ago.
func (r Relievable) refused(rung string, release bool, now time.Time, hold time.Duration) string {
	for _, x := range r.Relief.Refused {
		wait := ReliefRetry
		if release { // it is as asked that is wanted, so that is tried sooner
			wait = min(hold<<min(x.Times, 10), ReliefRetry)
		}
		if x.Rung == rung && x.Release == release && now.Sub(x.At) < wait {
			return x.Message
		}
	}
	return ""
}

// Key names an end in what is stored: the port or the address, whoever is there.
func (e End) Key() string {
	if e.Port == "" {
		return e.IP
	}
	return e.Device + " " + string(e.Port)
}
