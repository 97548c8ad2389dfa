package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// viewSession shows a session as it may be told: what was found before the start
// says nothing about now.
func (e *Engine) viewSession(tx mirror.Tx, rec mirror.SessionRecord) (SessionView, error) {
	rows, err := tx.Placements(rec.Session.Name)
	if err != nil {
		return SessionView{}, err
	}
	return e.view(tx, mirror.StoredSession{Record: rec, Placements: rows})
}

// view shows a session as viewSession does. It changes nothing that the session reaches.
func (e *Engine) view(tx mirror.Tx, s mirror.StoredSession) (SessionView, error) {
	rec := s.Record
	told, unread, err := e.remembered(tx, s.Placements)
	if err != nil {
		return SessionView{}, err
	}
	load, measured := e.cfg.Watch.Load(rec.Session.Name)
	if !measured && rec.Measured != nil { // that was before the start
		rec.Measured, unread = nil, true
	}
	if unread {
		op := mirror.Operation{}
		if s.Rollout != nil {
			op = *s.Rollout
		} else if rec.Operation != "" {
			if op, err = tx.Operation(rec.Operation); err != nil {
				return SessionView{}, err
			}
		}
		rec = plan.Status(rec, told, op, e.started)
	}
	view := SessionView{Record: rec, Placements: told}
	if measured {
		view.Load = &load
		view.Record.Conditions = figuresOfNow(rec.Conditions, load)
	}
	return view, nil
}

// figuresOfNow are conditions whose messages tell what is measured now; what is stored
// tells what was when state or reason changed.
func figuresOfNow(conditions []mirror.Condition, load capacity.SessionLoad) []mirror.Condition {
	out := slices.Clone(conditions)
	for i := range out {
		now, ok := map[string]mirror.Check{mirror.CondDestinationHealthy: load.Healthy, mirror.CondEffective: load.Effective}[out[i].Type]
		if ok && now.State == out[i].Status && now.Reason == out[i].Reason {
			out[i].Message = now.Message
		}
	}
	return out
}

// Session shows a session with its placements.
func (e *Engine) Session(ctx context.Context, name string) (view SessionView, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		found, err := tx.StoredSessions([]string{name})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("session %q: %w", name, mirror.ErrNotFound)
		}
		view, err = e.view(tx, *found[0])
		return err
	})
	return view, err
}

// Sessions lists sessions by name.
func (e *Engine) Sessions(ctx context.Context, p mirror.Page) (views []SessionView, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		recs, err := tx.Sessions(p)
		if err != nil {
			return err
		}
		names := make([]string, len(recs))
		for i, rec := range recs {
			names[i] = rec.Session.Name
		}
		views, err = e.viewSessions(tx, names)
		return err
	})
	return views, err
}

// Operation shows a rollout, and what an open one waits for.
func (e *Engine) Operation(ctx context.Context, id string) (op mirror.Operation, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		if op, err = tx.Operation(id); err == nil {
			op.Waits, err = e.waitsFor(tx, op)
		}
		return err
	})
	return op, err
}

// waitsFor says why an open rollout goes on no further until somebody acts, "" when it
// may: the controller or a device whose turn it is pushes nothing, and its worker has found
// that there is something to be pushed.
func (e *Engine) waitsFor(tx mirror.Tx, op mirror.Operation) (string, error) {
	if !op.State.Open() || op.Session == "" {
		return "", nil
	}
	rows, err := tx.Placements(op.Session)
	if err != nil {
		return "", err
	}
	var whys []string
	for _, row := range rows {
		if !notPushed(row) {
			continue
		}
		if why := e.heldBack(); why != "" {
			return why, nil
		}
		d, _, err := tx.Device(row.Device)
		if err != nil {
			return "", err
		}
		why := ""
		switch {
		case d.Mode == mirror.ModeObserve:
			why = d.Name + " is in observe mode"
		case d.Maintenance:
			why = d.Name + " is under maintenance"
		}
		if why != "" && !slices.Contains(whys, why) {
			whys = append(whys, why)
		}
	}
	return strings.Join(whys, ", "), nil
}

// Operations lists the newest rollouts of a session, newest first.
func (e *Engine) Operations(ctx context.Context, session string, newest int) (ops []mirror.Operation, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		ops, err = tx.Operations(session, newest)
		return err
	})
	return ops, err
}

// FindOperations answers a query of operations, the newest first.
func (e *Engine) FindOperations(ctx context.Context, q mirror.OperationQuery) (page mirror.OperationPage, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		page, err = tx.FindOperations(q)
		return err
	})
	return page, err
}

// WaitOperation waits until a rollout has ended, or goes on no further until somebody
// acts, at most within, and shows it either way.
func (e *Engine) WaitOperation(ctx context.Context, id string, within time.Duration) (mirror.Operation, error) {
	timer := time.NewTimer(within)
	defer timer.Stop()
	ended, off := e.watched.on(id) // before the read: nothing can slip between
	defer off()
	op, err := e.Operation(ctx, id)
	for over := false; err == nil && op.State.Open() && op.Waits == "" && !over; {
		select {
		case <-ended:
		case <-timer.C:
			over = true
		case <-ctx.Done():
			over, ctx = true, context.WithoutCancel(ctx) // how far it came is told all the same
		}
		op, err = e.Operation(ctx, id)
	}
	return op, err
}

// FindEvents answers a query of events. The names of a session or a device in it need
// not be of ones that are there.
func (e *Engine) FindEvents(ctx context.Context, q mirror.EventQuery) (page mirror.EventPage, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		page, err = tx.FindEvents(q)
		return err
	})
	return page, err
}

// LastEvent is the number of the newest event, 0 when there never was one.
func (e *Engine) LastEvent(ctx context.Context) (seq int64, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		seq, err = tx.LastEvent()
		return err
	})
	return seq, err
}

// EventAdded is closed when the next event is stored by this process. Whoever asks
// before he reads misses none.
func (e *Engine) EventAdded() <-chan struct{} { return e.bell.next() }

// Events lists events after a sequence number, oldest first.
func (e *Engine) Events(ctx context.Context, after int64, limit int) (events []mirror.Event, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		events, err = tx.Events(after, limit)
		return err
	})
	return events, err
}
