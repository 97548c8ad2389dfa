package engine

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/netmirror/netmirror/internal/mirror"
)

// tally remembers of each session what is counted. Who counts reads the sessions
// alone that were touched since the last time: with tens of thousands of them, reading
// all every few seconds would be most of what an idle controller does.
type tally struct {
	counting sync.Mutex // held by the one that counts
	by       map[string]tallied

	mu      sync.Mutex
	touched map[string]bool
}

// tallied is a session as it is counted.
type tallied struct {
	phase    mirror.Phase
	statuses []mirror.State // in the order of mirror.ConditionTypes
	faults   []Fault
	relief   ReliefFigure
}

// A Fault is a condition of a session that is False.
type Fault struct {
	Session, Condition, Reason string
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
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.touched == nil {
		t.touched = map[string]bool{}
	}
	for _, s := range sessions {
		t.touched[s] = true
	}
}

func (t *tally) take() map[string]bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	taken := t.touched
	t.touched = nil
	return taken
}

// count counts all sessions as they may be told now.
func (e *Engine) count(ctx context.Context) (Sums, error) {
	t := &e.tally
	t.counting.Lock()
	defer t.counting.Unlock()
	names := t.take()
	found := make(map[string]tallied, len(names))
	err := e.store.View(ctx, func(tx mirror.Tx) error {
		for name := range names {
			rec, err := tx.Session(name)
			if errors.Is(err, mirror.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			view, err := e.viewSession(tx, rec)
			if err != nil {
				return err
			}
			found[name] = tallyOf(view.Record)
		}
		return nil
	})
	if err != nil {
		t.touch(slices.Collect(maps.Keys(names))...)
		return Sums{}, err
	}
	if t.by == nil {
		t.by = map[string]tallied{}
	}
	for name := range names {
		delete(t.by, name)
	}
	maps.Copy(t.by, found)
	return t.sums(), nil
}

func tallyOf(rec mirror.SessionRecord) tallied {
	out := tallied{phase: rec.Phase, statuses: make([]mirror.State, len(mirror.ConditionTypes))}
	for i, typ := range mirror.ConditionTypes {
		c := rec.Condition(typ)
		out.statuses[i] = c.Status
		if c.Status == mirror.False {
			out.faults = append(out.faults, Fault{rec.Session.Name, typ, c.Reason})
		}
	}
	if r := rec.Relief; r != nil {
		out.relief = ReliefFigure{rec.Session.Name, len(r.Steps), r.Pinned}
	}
	return out
}

func (t *tally) sums() Sums {
	out := Sums{Phases: map[mirror.Phase]int{}, Conditions: map[string]map[mirror.State]int{}}
	for _, typ := range mirror.ConditionTypes {
		out.Conditions[typ] = map[mirror.State]int{}
	}
	for _, s := range t.by {
		out.Phases[s.phase]++
		for i, status := range s.statuses {
			out.Conditions[mirror.ConditionTypes[i]][status]++
		}
		out.Faults = append(out.Faults, s.faults...)
		if s.relief.Steps > 0 || s.relief.Pinned {
			out.Relieved = append(out.Relieved, s.relief)
		}
	}
	slices.SortFunc(out.Faults, func(a, b Fault) int {
		return cmp.Or(strings.Compare(a.Session, b.Session), strings.Compare(a.Condition, b.Condition))
	})
	slices.SortFunc(out.Relieved, func(a, b ReliefFigure) int { return strings.Compare(a.Session, b.Session) })
	return out
}
