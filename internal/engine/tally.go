package engine

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// tally remembers of each session what is counted. Who counts reads the sessions
// alone that were touched since the last time: with tens of thousands of them, reading
// all every few seconds would be most of what an idle controller does.
type tally struct {
	counting sync.Mutex // held by the one that counts

	mu      sync.Mutex
	touched map[string]bool
	rung    chan struct{} // something was touched

	counts     sync.RWMutex // of what follows
	by         map[string]tallied
	phases     map[mirror.Phase][]string // names, sorted
	conditions map[string]map[mirror.State]int
	faulty     map[string]bool // sessions with a fault
	relieved   map[string]bool
	changed    uint64 // grows with every look
}

func newTally() *tally {
	t := &tally{rung: make(chan struct{}, 1), by: map[string]tallied{}, phases: map[mirror.Phase][]string{}, conditions: map[string]map[mirror.State]int{},
		faulty: map[string]bool{}, relieved: map[string]bool{}}
	for _, typ := range mirror.ConditionTypes {
		t.conditions[typ] = map[mirror.State]int{}
	}
	return t
}

// tallied is a session as it is counted.
type tallied struct {
	phase    mirror.Phase
	statuses []mirror.State // in the order of mirror.ConditionTypes
	faults   []Fault
	relief   ReliefFigure
	text     string // in which words are searched for
	tools    []string
	off      bool
	trigger  string // that started it
}

// A Fault is a condition of a session that is False.
type Fault struct {
	Session, Condition, Reason string
	Since                      time.Time
}

// A ReliefFigure says how far a session is relieved.
type ReliefFigure struct {
	Session string
	Steps   int
	Pinned  bool
}

// Sums count sessions.
type Sums struct {
	Phases map[mirror.Phase]int
	// Conditions counts by type and status.
	Conditions map[string]map[mirror.State]int
	// Faults and Relieved are sorted by session. A session that has no step of relief
	// and no pin is in no list.
	Faults   []Fault
	Relieved []ReliefFigure
}

// touch has sessions looked at the next time that sessions are counted.
func (t *tally) touch(sessions ...string) {
	if len(sessions) == 0 {
		return
	}
	t.mu.Lock()
	if t.touched == nil {
		t.touched = map[string]bool{}
	}
	for _, s := range sessions {
		t.touched[s] = true
	}
	t.mu.Unlock()
	select {
	case t.rung <- struct{}{}:
	default:
	}
}

// take takes the sessions that were touched, at most so many, sorted.
func (t *tally) take(most int) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.touched) <= most {
		names := slices.Sorted(maps.Keys(t.touched))
		t.touched = nil
		return names
	}
	names := make([]string, 0, most)
	for name := range t.touched {
		if len(names) == most {
			break
		}
		names = append(names, name)
		delete(t.touched, name)
	}
	slices.Sort(names)
	return names
}

func (t *tally) pending() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.touched)
}

// countedAtOnce bounds the sessions that are looked at in one transaction, and for which
// somebody who asks is kept waiting.
const countedAtOnce = 200

// count counts all sessions as they may be told now.
func (e *Engine) count(ctx context.Context) (Sums, error) {
	for {
		if more, err := e.countSome(ctx); err != nil {
			return Sums{}, err
		} else if !more {
			return e.tally.sums(), nil
		}
	}
}

// catchUp counts what was touched, unless it is so much that it is counted in the
// background: then what is told is of a moment ago.
func (e *Engine) catchUp(ctx context.Context) error {
	if n := e.deviceTally.pending(); n > 0 && n <= countedAtOnce {
		if err := e.countDevices(ctx); err != nil {
			return err
		}
	}
	if n := e.tally.pending(); n == 0 || n > countedAtOnce {
		return nil
	}
	_, err := e.countSome(ctx)
	return err
}

// keepCount counts in the background, so that nobody who asks has much to wait for.
func (e *Engine) keepCount(ctx context.Context) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.tally.rung:
		case <-e.deviceTally.rung:
		}
		if err := e.countDevices(ctx); err != nil && ctx.Err() == nil {
			e.log.Warn("devices are not counted", "err", err)
		}
		for more, err := e.countSome(ctx); more && ctx.Err() == nil; more, err = e.countSome(ctx) {
			if err != nil {
				e.log.Warn("sessions are not counted", "err", err)
				break
			}
		}
		// What changes all the time is looked at once a second.
		pause.Reset(time.Second)
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
	}
}

// countSome looks at some of the sessions that were touched, and tells whether there are
// more.
func (e *Engine) countSome(ctx context.Context) (more bool, err error) {
	t := e.tally
	t.counting.Lock()
	defer t.counting.Unlock()
	names := t.take(countedAtOnce)
	if len(names) == 0 {
		return false, nil
	}
	found := make(map[string]tallied, len(names))
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		views, err := e.viewSessions(tx, names)
		for _, view := range views {
			found[view.Record.Session.Name] = tallyOf(view.Record)
		}
		return err
	})
	if err != nil {
		t.touch(names...)
		return false, err
	}
	t.counts.Lock()
	defer t.counts.Unlock()
	for _, name := range names {
		now, there := found[name]
		t.replace(name, now, there)
	}
	return t.pending() > 0, nil
}

// replace counts a session as it is now. t.counts is held.
func (t *tally) replace(name string, now tallied, there bool) {
	old, counted := t.by[name]
	if counted == there && reflect.DeepEqual(old, now) {
		return
	}
	t.changed++
	if counted {
		if !there || old.phase != now.phase {
			t.unlist(old.phase, name)
		}
		for i, status := range old.statuses {
			t.conditions[mirror.ConditionTypes[i]][status]--
		}
		delete(t.by, name)
		delete(t.faulty, name)
		delete(t.relieved, name)
	}
	if !there {
		return
	}
	t.by[name] = now
	t.list(now.phase, name)
	for i, status := range now.statuses {
		t.conditions[mirror.ConditionTypes[i]][status]++
	}
	if len(now.faults) > 0 {
		t.faulty[name] = true
	}
	if now.relief.Steps > 0 || now.relief.Pinned {
		t.relieved[name] = true
	}
}

func (t *tally) list(phase mirror.Phase, name string) {
	if i, there := slices.BinarySearch(t.phases[phase], name); !there {
		t.phases[phase] = slices.Insert(t.phases[phase], i, name)
	}
}

func (t *tally) unlist(phase mirror.Phase, name string) {
	if i, there := slices.BinarySearch(t.phases[phase], name); there {
		t.phases[phase] = slices.Delete(t.phases[phase], i, i+1)
	}
}

func tallyOf(rec mirror.SessionRecord) tallied {
	out := tallied{phase: rec.Phase, statuses: make([]mirror.State, len(mirror.ConditionTypes)), text: searched(rec), off: !rec.Session.Enabled}
	if rec.Triggered != nil {
		out.trigger = rec.Triggered.Trigger
	}
	for _, d := range rec.Session.Destinations {
		if d.Tool != "" {
			out.tools = append(out.tools, d.Tool)
		}
	}
	for i, typ := range mirror.ConditionTypes {
		c := rec.Condition(typ)
		out.statuses[i] = c.Status
		if c.Status == mirror.False {
			out.faults = append(out.faults, Fault{rec.Session.Name, typ, c.Reason, c.Since})
		}
	}
	if r := rec.Relief; r != nil {
		out.relief = ReliefFigure{rec.Session.Name, len(r.Steps), r.Pinned}
	}
	return out
}

// numbers are the sums without the lists.
func (t *tally) numbers() (phases map[mirror.Phase]int, conditions map[string]map[mirror.State]int, total int) {
	t.counts.RLock()
	defer t.counts.RUnlock()
	phases, conditions = map[mirror.Phase]int{}, map[string]map[mirror.State]int{}
	for phase, names := range t.phases {
		if len(names) > 0 {
			phases[phase] = len(names)
		}
	}
	for typ, by := range t.conditions {
		conditions[typ] = map[mirror.State]int{}
		for status, n := range by {
			if n > 0 {
				conditions[typ][status] = n
			}
		}
	}
	return phases, conditions, len(t.by)
}

func (t *tally) sums() Sums {
	var out Sums
	out.Phases, out.Conditions, _ = t.numbers()
	out.Faults = t.faults()
	t.counts.RLock()
	defer t.counts.RUnlock()
	for _, name := range slices.Sorted(maps.Keys(t.relieved)) {
		out.Relieved = append(out.Relieved, t.by[name].relief)
	}
	return out
}

// faults are those of all sessions, by session and condition.
func (t *tally) faults() (out []Fault) {
	t.counts.RLock()
	defer t.counts.RUnlock()
	for name := range t.faulty {
		out = append(out, t.by[name].faults...)
	}
	slices.SortFunc(out, func(a, b Fault) int {
		return cmp.Or(strings.Compare(a.Session, b.Session), strings.Compare(a.Condition, b.Condition))
	})
	return out
}
