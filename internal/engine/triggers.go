package engine

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// TriggerView is a trigger with what it did.
type TriggerView struct {
	Trigger mirror.Trigger
	Version int64
	Author  mirror.Authorship
	State   mirror.TriggerState
	Starts  int      // that count for the rate now
	Alive   []string // its sessions that copy, or are about to, by name
}

// PutTrigger creates or replaces a trigger. The sessions that it started go on as they are.
func (e *Engine) PutTrigger(ctx context.Context, w Write, t mirror.Trigger) (view TriggerView, created bool, err error) {
	if t, err = acceptTrigger(t); err != nil {
		return view, false, err
	}
	err = e.update(ctx, func(tx mirror.Tx) (err error) {
		if created, err = storeTrigger(tx, w, t); err == nil {
			view, err = viewTrigger(tx, t.Name, time.Now())
		}
		return err
	})
	return view, created, err
}

// acceptTrigger refuses what needs no look at what is stored.
func acceptTrigger(t mirror.Trigger) (mirror.Trigger, error) {
	t = t.WithDefaults()
	return t, mirror.Refuse(mirror.ErrInvalid, t.Validate())
}

// replacesTrigger is what a write replaces, where it may be made.
func replacesTrigger(tx mirror.Tx, w Write, t mirror.Trigger) (old mirror.Trigger, created bool, err error) {
	old, version, err := tx.Trigger(t.Name)
	if created = errors.Is(err, mirror.ErrNotFound); err != nil && !created {
		return old, false, err
	}
	if err := precondition(w, version, "trigger", t.Name); err != nil {
		return old, false, err
	}
	if created {
		if n, err := tx.Count(mirror.ResourceTrigger); err != nil || n >= mirror.MaxTriggers {
			return old, false, errors.Join(err, mirror.Refuse(mirror.ErrUnsupported, []mirror.Reason{{Code: "too-many", Message: fmt.Sprintf("there are %d triggers, and no more can be", n)}}))
		}
	}
	return old, created, nil
}

func storeTrigger(tx mirror.Tx, w Write, t mirror.Trigger) (created bool, err error) {
	old, created, err := replacesTrigger(tx, w, t)
	if err != nil || !created && reflect.DeepEqual(old, t) {
		return false, err
	}
	if _, err := tx.PutTrigger(t); err != nil {
		return false, err
	}
	if err := mirror.Sign(tx, mirror.ResourceTrigger, t.Name, w.Actor.Name, created); err != nil {
		return false, err
	}
	event := objectEvent("TriggerStored", w, mirror.ObjectTrigger, t.Name, "trigger %s: alerts of format %s, %d sessions at one time, %d starts an hour, each for %v", t.Name, t.Format, t.MaxSessions, t.Rate, t.Lease)
	if !created {
		event.Changed = changedFields(old, t)
	}
	return created, tx.AppendEvent(event)
}

// DeleteTrigger forgets a trigger. What it started ends with its lease.
func (e *Engine) DeleteTrigger(ctx context.Context, w Write, name string) error {
	return e.update(ctx, func(tx mirror.Tx) error {
		_, version, err := tx.Trigger(name)
		if err != nil {
			return err
		}
		if err := precondition(w, version, "trigger", name); err != nil {
			return err
		}
		if err := tx.DeleteTrigger(name); err != nil {
			return err
		}
		return tx.AppendEvent(objectEvent("TriggerDeleted", w, mirror.ObjectTrigger, name, "trigger %s", name))
	})
}

func viewTrigger(tx mirror.Tx, name string, now time.Time) (view TriggerView, err error) {
	if view.Trigger, view.Version, err = tx.Trigger(name); err != nil {
		return view, err
	}
	if view.Author, err = tx.Authorship(mirror.ResourceTrigger, name); err != nil {
		return view, err
	}
	if view.State, err = triggerState(tx, name); err != nil {
		return view, err
	}
	view.Starts = len(view.State.Counted(now))
	view.Alive, err = aliveOf(tx, name, now)
	return view, err
}

// triggerState is what a trigger did so far; one that did nothing has a state, too.
func triggerState(tx mirror.Tx, name string) (mirror.TriggerState, error) {
	s, err := tx.TriggerState(name)
	if errors.Is(err, mirror.ErrNotFound) {
		return mirror.TriggerState{Name: name}, nil
	}
	return s, err
}

// aliveOf are the sessions of a trigger that copy or shall copy, and those that are yet to
// leave their devices since they are deleted.
func aliveOf(tx mirror.Tx, trigger string, now time.Time) (names []string, err error) {
	for page := (mirror.Page{}); ; {
		found, next, err := tx.Select(mirror.ResourceSession, mirror.Selection{Trigger: trigger}, page)
		if err != nil {
			return nil, err
		}
		stored, err := tx.StoredSessions(found)
		if err != nil {
			return nil, err
		}
		for _, x := range stored {
			if x.Record.Deleting || !plan.Lapsed(x.Record, now) {
				names = append(names, x.Record.Session.Name)
			}
		}
		if next == "" {
			return names, nil
		}
		page.After = next
	}
}

// Trigger shows a trigger.
func (e *Engine) Trigger(ctx context.Context, name string) (view TriggerView, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		view, err = viewTrigger(tx, name, time.Now())
		return err
	})
	return view, err
}

// SelectTriggers lists triggers by name, as SelectDevices does.
func (e *Engine) SelectTriggers(ctx context.Context, s mirror.Selection, p mirror.Page) (views []TriggerView, next string, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		var found []mirror.Trigger
		found, next, err = selected(tx, mirror.ResourceTrigger, s, p, func(t mirror.Trigger) string { return t.Name }, tx.Triggers,
			func(name string) (mirror.Trigger, error) { t, _, err := tx.Trigger(name); return t, err })
		if err != nil {
			return err
		}
		views, err = shown(found, func(t mirror.Trigger) (TriggerView, error) {
			view, err := viewTrigger(tx, t.Name, time.Now())
			view.Version = 0
			return view, err
		})
		return err
	})
	return views, next, err
}

// A gate lets a trigger's write of a session through, in the transaction that stores it,
// or refuses it. old is the session before, nil = there was none.
type gate func(tx mirror.Tx, old, rec *mirror.SessionRecord, now time.Time) error

// marked notes whose a session is: of the trigger whose write this is, or, once somebody
// else changes the intent, of no trigger any more.
func (w Write) marked(tx mirror.Tx, old, rec *mirror.SessionRecord, now time.Time) error {
	if w.gate != nil {
		return w.gate(tx, old, rec, now)
	}
	if old != nil && !reflect.DeepEqual(old.Session.WithDefaults(), rec.Session) {
		rec.Triggered = nil
	}
	return nil
}

// roomFor refuses another session of a trigger that has as many as it may.
func roomFor(tx mirror.Tx, t mirror.Trigger, session string, now time.Time) error {
	alive, err := aliveOf(tx, t.Name, now)
	if err != nil {
		return err
	}
	if slices.Contains(alive, session) || len(alive) < t.MaxSessions {
		return nil
	}
	return mirror.Refuse(mirror.ErrConflict, []mirror.Reason{{Code: "too-many-sessions",
		Message: fmt.Sprintf("the trigger has %d sessions, as many as maxSessions allows", len(alive))}})
}
