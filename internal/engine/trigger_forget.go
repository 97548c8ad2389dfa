package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A trigger makes sessions by the hundred in a year, and nobody deletes what he did not
// make. What a trigger started is deleted once its lease has been over for a while: the
// events and the report of copies tell of it as long as they tell of anything.

// forgetTriggered deletes such sessions. One that somebody has changed by hand is his, and
// stays; one whose devices are not clean yet stays until they are.
func (e *Engine) forgetTriggered(ctx context.Context, now time.Time) error {
	if err := e.catchUp(ctx); err != nil {
		return err
	}
	for names := range slices.Chunk(e.tally.triggeredOver(), countedAtOnce) {
		due := map[string]int64{} // generations
		err := e.store.View(ctx, func(tx mirror.Tx) error {
			for _, name := range names {
				rec, over, err := e.triggeredIsOver(tx, name, now)
				if err != nil {
					return err
				}
				if over {
					due[name] = rec.Generation
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, name := range sortedKeys(due) {
			generation := due[name]
			w := Write{Actor: Actor{Name: mirror.ActorSystem, Access: mirror.Admin}, IfMatch: &generation}
			if _, err := e.Remove(ctx, w, name, ""); err != nil && !errors.Is(err, mirror.ErrPrecondition) && !errors.Is(err, mirror.ErrNotFound) {
				return err
			}
			if err := pause(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// triggeredIsOver reports whether a session of a trigger is to be deleted. A trigger that is
// deleted itself leaves the default.
func (e *Engine) triggeredIsOver(tx mirror.Tx, name string, now time.Time) (rec mirror.SessionRecord, over bool, err error) {
	rec, err = tx.Session(name)
	if errors.Is(err, mirror.ErrNotFound) {
		return rec, false, nil
	}
	if err != nil || rec.Triggered == nil || !rec.Expired || rec.Deleting {
		return rec, false, err
	}
	t, _, err := tx.Trigger(rec.Triggered.Trigger)
	if err != nil && !errors.Is(err, mirror.ErrNotFound) {
		return rec, false, err
	}
	keep := max(cmp.Or(t.Keep, mirror.DefaultTriggerKeep), t.Rest) // Rest is told by what is stored
	if now.Before(rec.Expires.Add(keep)) {
		return rec, false, nil
	}
	rows, err := tx.Placements(name)
	clean := !slices.ContainsFunc(rows, func(p mirror.Placement) bool { return p.Goal != nil || p.Applied != nil })
	return rec, clean, err
}

// triggeredOver are the sessions of triggers whose lease has ended.
func (t *tally) triggeredOver() (names []string) {
	t.counts.RLock()
	defer t.counts.RUnlock()
	for _, name := range t.phases[mirror.Expired] {
		if t.by[name].trigger != "" {
			names = append(names, name)
		}
	}
	return names
}
