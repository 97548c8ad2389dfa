package engine

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// An intent may change while relief is in force. Its steps stay as far as they make
// sense of it, so that an edit under overload floods no destination. Options of a
// native session are those of all of its sessions: one that comes to it takes over the
// options that are in force there where its ladder has them, and ends them for all
// where it has not.

// keepRelief fits the relief that is in force to an accepted intent, and what it is
// aimed at to that. others are the steps that stay in force for sessions that have to
// change with it.
func (e *Engine) keepRelief(tx mirror.Tx, rec *mirror.SessionRecord, want *goals, now time.Time) (others map[string][]mirror.ReliefStep, err error) {
	if rec.Waiting != nil {
		return nil, nil // it is decided later
	}
	if rec.Relief, others, err = e.fitRelief(tx, *rec, want.asked, now); err != nil {
		return nil, err
	}
	*want, err = e.goals(tx, *rec, want.asked, now)
	return others, err
}

// fitRelief is the relief that stays in force for a changed intent, which asks for such
// fragments; none while it is off.
func (e *Engine) fitRelief(tx mirror.Tx, rec mirror.SessionRecord, asked []mirror.Fragment, now time.Time) (*mirror.Relief, map[string][]mirror.ReliefStep, error) {
	relief := rec.Relief.Clone()
	relief.Before, relief.Refused = nil, nil // what was refused was of another intent
	if len(asked) == 0 {
		relief.Steps = nil
		return reliefOrNone(rec, relief), nil, nil
	}
	way := e.sight(tx)
	relief.Steps = slices.DeleteFunc(plan.Fitting(rec.Session, relief), func(s mirror.ReliefStep) bool {
		return s.End != "" && !comesTo(rec.Session.Name, asked, s.End, way)
	})
	names, err := group(tx, rec.Session.Name, asked)
	if err != nil {
		return nil, nil, err
	}
	others := map[string][]mirror.ReliefStep{}
	var records []mirror.SessionRecord
	for _, name := range names {
		o, err := tx.Session(name)
		if err != nil {
			return nil, nil, err
		}
		records = append(records, o)
	}
	if len(records) > 0 {
		err = agree(rec.Session, &relief, records, others, now)
	}
	return reliefOrNone(rec, relief), others, err
}

// reliefOrNone is nil for a session that never had any.
func reliefOrNone(rec mirror.SessionRecord, r mirror.Relief) *mirror.Relief {
	if rec.Relief == nil && len(r.Steps) == 0 {
		return nil
	}
	return &r
}

// agree brings the options that are in force for a session and for those that share
// its native session together.
func agree(s mirror.Session, relief *mirror.Relief, records []mirror.SessionRecord, others map[string][]mirror.ReliefStep, now time.Time) error {
	for _, rung := range []string{mirror.RungTruncate, mirror.RungSample} {
		is := func(x mirror.ReliefStep) bool { return x.Rung == rung }
		mine := slices.IndexFunc(relief.Steps, is)
		var theirs *mirror.ReliefStep
		pinned := ""
		for _, o := range records {
			steps := o.Relief.Clone().Steps
			if i := slices.IndexFunc(steps, is); i >= 0 {
				theirs = &steps[i]
				if o.Relief.Pinned {
					pinned = o.Session.Name
				}
			}
		}
		allowed := slices.Contains(s.Relieves(), rung) && !relief.Pinned || mine >= 0 && relief.Pinned
		switch {
		case theirs == nil && mine >= 0:
			relief.Steps = slices.Delete(relief.Steps, mine, mine+1) // it came alone to them
		case theirs == nil:
		case allowed && mine >= 0:
			relief.Steps[mine] = *theirs
		case allowed:
			relief.Steps = append(relief.Steps, *theirs)
			relief.Since, relief.Reason = now, "as the sessions of its native session"
		case pinned != "":
			return mirror.Refuse(mirror.ErrConflict, []mirror.Reason{{Pointer: "/destinations/0", Code: "relief-pinned",
				Message: fmt.Sprintf("session %q copies to the same destination, with %s in force, which an operator has pinned; sessions that share a destination must agree on it", pinned, *theirs)}})
		default:
			for _, o := range records {
				steps, have := others[o.Session.Name]
				if !have {
					steps = o.Relief.Clone().Steps
				}
				if slices.ContainsFunc(steps, is) {
					others[o.Session.Name] = slices.DeleteFunc(steps, is)
				}
			}
		}
	}
	return nil
}

// comesTo reports whether copies of a session that asks for such fragments come to an
// end.
func comesTo(session string, asked []mirror.Fragment, end string, way capacity.Way) bool {
	return slices.ContainsFunc(capacity.FeedsOf(session, asked, way), func(f capacity.Feed) bool {
		return slices.ContainsFunc(f.Ends, func(e capacity.End) bool { return e.Key() == end })
	})
}

// followIntent moves the sessions whose relief an accepted intent has changed, and the
// intent's own rollout, all in the transaction that accepted it.
func (e *Engine) followIntent(tx mirror.Tx, rec mirror.SessionRecord, op mirror.Operation, others map[string][]mirror.ReliefStep, now time.Time) ([]refiltered, error) {
	if len(others) == 0 {
		return nil, nil
	}
	own := refiltered{rec: rec, op: op} // options of a native session change for all at once
	if err := e.moveNow(tx, &own, now); err != nil {
		return nil, err
	}
	moved, err := e.changeRelief(tx, others, reliefChange{typ: "ReliefReleased", actor: mirror.ActorSystem, now: now, what: "releases an option of the native session",
		reason: fmt.Sprintf("session %q copies to the same destination, and its ladder does not have it", rec.Session.Name)})
	return append(moved, own), err
}

// otherFragments are what other sessions would ask of devices with such steps.
func (e *Engine) otherFragments(tx mirror.Tx, others map[string][]mirror.ReliefStep, now time.Time) (map[string][]mirror.Fragment, error) {
	out := map[string][]mirror.Fragment{}
	for _, name := range slices.Sorted(maps.Keys(others)) {
		rec, err := tx.Session(name)
		if err != nil {
			return nil, err
		}
		relief := rec.Relief.Clone()
		relief.Steps = others[name]
		rec.Relief = &relief
		asked, err := intendedFragments(tx, name)
		if err != nil {
			return nil, err
		}
		want, err := e.goals(tx, rec, asked, now)
		if err != nil {
			return nil, err
		}
		out[name] = want.targets
	}
	return out, nil
}
