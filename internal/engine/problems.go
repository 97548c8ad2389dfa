package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Severity says how bad a problem is.
type Severity string

// The severities, the worst first.
const (
	Critical Severity = "critical" // copies are lost or missing now, or nothing is pushed at all
	Serious  Severity = "error"    // a device does not hold what it shall, or cannot be reached
	Warning  Severity = "warning"  // nothing is lost yet
	Notice   Severity = "notice"   // somebody will have to decide soon
)

// A Problem is something that needs somebody: the worst of one object.
type Problem struct {
	Object           mirror.Object
	Severity         Severity
	Condition        string // that is False; "" where it is about something else
	Reason, Message  string
	Since            time.Time
	Until            time.Time // when it comes about, of what is ahead
	Means, Do        string    // what such a case is, and what to do
	after            string    // where it stands among all
	session, brakeOf bool
}

// Problems that stand at no condition: their advice stands with them.
const (
	ProblemHeld         = "Held"
	ProblemLeaseEnding  = "LeaseEnding"
	ProblemGone         = "ReceiverGone"
	ProblemDeadLetters  = "DeadLetters"
	ProblemEventsBehind = "EventsBehind"
)

// leaseSoon is how long before its end a lease is told as a problem.
const leaseSoon = 30 * time.Minute

// weights of what may be False, the worst first: copies before configuration, and that
// before what has not hurt anybody yet.
var weights = map[string]struct {
	rank     int
	severity Severity
}{
	mirror.CondEffective:          {1, Critical},
	mirror.CondDestinationHealthy: {2, Critical},
	mirror.CondConfigured:         {3, Serious},
	mirror.CondProgrammed:         {4, Serious},
	mirror.CondReachable:          {6, Serious},
	mirror.CondAdmitted:           {7, Warning},
	mirror.CondPersisted:          {8, Warning},
}

const (
	rankHeld  = 0
	rankBrake = 5
	rankLease = 9
	rankTold  = 8 // what others are told is not known to hurt anybody
)

// problemHeads are all problems in order, without their messages. They are made anew
// when something that is counted changed, and once a second for the leases.
type problemHeads struct {
	mu                sync.Mutex
	sessions, devices uint64 // what they were made of
	made              time.Time
	held              bool
	list              []Problem
	counts            map[Severity]int
}

// madeHeads are heads as they were made; nobody changes them.
type madeHeads struct {
	list   []Problem
	counts map[Severity]int
}

func (e *Engine) problemHeads(ctx context.Context) (madeHeads, error) {
	if err := e.catchUp(ctx); err != nil {
		return madeHeads{}, err
	}
	h := &e.heads
	h.mu.Lock()
	defer h.mu.Unlock()
	sessions, devices, held := e.tally.version(), e.deviceTally.version(), e.hold.Load() != nil
	if h.counts == nil || sessions != h.sessions || devices != h.devices || held != h.held || time.Since(h.made) > time.Second {
		h.sessions, h.devices, h.held, h.made = sessions, devices, held, time.Now()
		outlets, err := e.outletProblems(ctx, h.made)
		if err != nil {
			return madeHeads{}, err
		}
		h.list = slices.Concat(e.heldProblem(), e.tally.problems(), e.deviceTally.problems(), e.leases.problems(h.made), outlets)
		slices.SortFunc(h.list, func(a, b Problem) int { return strings.Compare(a.after, b.after) })
		h.counts = map[Severity]int{}
		for _, p := range h.list {
			h.counts[p.Severity]++
		}
	}
	return madeHeads{h.list, h.counts}, nil
}

// place is what sorts problems: by rank, of one rank the newest first.
func (p Problem) place(rank int) Problem {
	p.after = fmt.Sprintf("%02d %020d %s %s %s", rank, max(0, 1<<62-p.Since.UnixNano()), p.Object.Kind, p.Object.Name, p.Condition)
	return p
}

func (e *Engine) heldProblem() []Problem {
	h := e.hold.Load()
	if h == nil {
		return nil
	}
	return []Problem{Problem{Object: mirror.Object{Kind: mirror.ObjectController}, Severity: Critical, Reason: ProblemHeld, Since: h.Since,
		Message: e.heldBack(), Means: "The database was put there from a backup; until somebody has looked, nothing is pushed to any device.",
		Do: "Make sure that no controller runs on the original of the database. Then: netmirror resume."}.place(rankHeld)}
}

// problems has the worst of each session. What a rollout is about to change is none.
func (t *tally) problems() (out []Problem) {
	t.counts.RLock()
	defer t.counts.RUnlock()
	for name := range t.faulty {
		s := t.by[name]
		if s.phase == mirror.Undecided || s.phase == mirror.Applying {
			continue
		}
		worst := slices.MinFunc(s.faults, func(a, b Fault) int { return cmp.Compare(weights[a.Condition].rank, weights[b.Condition].rank) })
		w := weights[worst.Condition]
		out = append(out, Problem{Object: mirror.Object{Kind: mirror.ObjectSession, Name: name}, Severity: w.severity, Condition: worst.Condition,
			Reason: worst.Reason, Since: worst.Since, session: true}.place(w.rank))
	}
	return out
}

func (t *tally) version() uint64 {
	t.counts.RLock()
	defer t.counts.RUnlock()
	return t.changed
}

// problems has devices that cannot be reached, and those whose repairs have stopped. What
// is in maintenance, or has gone from its source, is known to be away.
func (t *deviceTally) problems() (out []Problem) {
	t.counts.RLock()
	defer t.counts.RUnlock()
	for name, d := range t.by {
		object := mirror.Object{Kind: mirror.ObjectDevice, Name: name}
		switch {
		case !d.braked.IsZero():
			out = append(out, Problem{Object: object, Severity: Serious, Reason: "Brake", Since: d.braked, brakeOf: true}.place(rankBrake))
		case d.reachable == mirror.False && !d.maintenance && !d.retired:
			w := weights[mirror.CondReachable]
			out = append(out, Problem{Object: object, Severity: w.severity, Condition: mirror.CondReachable, Reason: d.reason, Since: d.since}.place(w.rank))
		}
	}
	return out
}

func (t *deviceTally) version() uint64 {
	t.counts.RLock()
	defer t.counts.RUnlock()
	return t.changed
}

// problems has the leases that end soon.
func (l *leases) problems(now time.Time) (out []Problem) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, end := range l.ends {
		if left := end.Sub(now); left > 0 && left < leaseSoon {
			out = append(out, Problem{Object: mirror.Object{Kind: mirror.ObjectSession, Name: name}, Severity: Notice, Reason: ProblemLeaseEnding, Since: end.Add(-leaseSoon), Until: end,
				Message: "the lease ends at " + end.UTC().Format(time.RFC3339), Means: "At the end of its lease the session leaves its devices; the intent stays.",
				Do: "netmirror renew " + name + ", or nothing."}.place(rankLease))
		}
	}
	return out
}

// Problems lists what needs somebody now, the worst first, one for each object. next is
// where to go on, "" at the end.
func (e *Engine) Problems(ctx context.Context, after string, limit int) (out []Problem, next string, err error) {
	heads, err := e.problemHeads(ctx)
	if err != nil {
		return nil, "", err
	}
	i, there := slices.BinarySearchFunc(heads.list, after, func(p Problem, after string) int { return strings.Compare(p.after, after) })
	if there {
		i++
	}
	page := heads.list[i:]
	if len(page) > limit {
		page, next = page[:limit], page[limit-1].after
	}
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		out = nil
		for _, p := range page {
			told, err := e.toldProblem(tx, p)
			if errors.Is(err, mirror.ErrNotFound) {
				continue // it is gone meanwhile, and so is the problem
			}
			if err != nil {
				return err
			}
			out = append(out, told)
		}
		return nil
	})
	return out, next, err
}

// ProblemsOf are the problems of one object: most often one, or none.
func (e *Engine) ProblemsOf(ctx context.Context, about mirror.Object) (out []Problem, err error) {
	heads, err := e.problemHeads(ctx)
	if err != nil {
		return nil, err
	}
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		out = nil
		for _, p := range heads.list {
			if p.Object != about {
				continue
			}
			told, err := e.toldProblem(tx, p)
			if errors.Is(err, mirror.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			out = append(out, told)
		}
		return nil
	})
	return out, err
}

// toldProblem completes a problem with its message and the advice on its reason.
func (e *Engine) toldProblem(tx mirror.Tx, p Problem) (Problem, error) {
	device := p.Object.Name
	switch {
	case p.Condition == mirror.CondReachable || p.brakeOf:
		st, err := e.toldState(tx, p.Object.Name)
		if err != nil {
			return p, err
		}
		if p.Message = st.Reachable.Message; p.brakeOf && st.Brake != nil {
			p.Message = st.Brake.Message
		}
	case p.session:
		rec, err := tx.Session(p.Object.Name)
		if err != nil {
			return p, err
		}
		view, err := e.viewSession(tx, rec)
		if err != nil {
			return p, err
		}
		p.Message = view.Record.Condition(p.Condition).Message
		device = placeAtFault(view)
	default:
		return p, nil
	}
	if advice, known := mirror.AdviceOn(p.Reason); known {
		names := []string{"DEVICE", device}
		if p.session {
			names = append(names, "SESSION", p.Object.Name)
		}
		p.Means, p.Do = advice.Means, strings.NewReplacer(names...).Replace(advice.Do)
	}
	return p, nil
}

// placeAtFault is the device that advice about a session is most likely about: the first
// that does not hold what it shall.
func placeAtFault(v SessionView) string {
	for _, row := range v.Placements {
		if row.Configured.State != mirror.True {
			return row.Device
		}
	}
	if len(v.Placements) > 0 {
		return v.Placements[0].Device
	}
	return "DEVICE"
}
