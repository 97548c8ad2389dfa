package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// leases knows when the leases of sessions end. It is a hint: the stored record
// decides.
type leases struct {
	mu   sync.Mutex
	ends map[string]time.Time
	wake chan struct{}
}

// set notes the end of a session's lease; zero or expired: there is none to
// wait for.
func (l *leases) set(rec mirror.SessionRecord) {
	l.mu.Lock()
	if l.ends == nil {
		l.ends, l.wake = map[string]time.Time{}, make(chan struct{}, 1)
	}
	if rec.Expires.IsZero() || rec.Expired {
		delete(l.ends, rec.Session.Name)
	} else {
		l.ends[rec.Session.Name] = rec.Expires
	}
	wake := l.wake
	l.mu.Unlock()
	select {
	case wake <- struct{}{}:
	default:
	}
}

// due takes the sessions whose lease is over and tells how long the next one
// has.
func (l *leases) due(now time.Time) (names []string, wait time.Duration, wake <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ends == nil {
		l.ends, l.wake = map[string]time.Time{}, make(chan struct{}, 1)
	}
	wait = time.Hour // a clock that was set meanwhile is noticed by then
	for name, end := range l.ends {
		if left := end.Sub(now); left <= 0 {
			names = append(names, name)
			delete(l.ends, name)
		} else {
			wait = min(wait, left)
		}
	}
	return names, wait, l.wake
}

// expire takes sessions off their devices when their leases end, at once for
// those that ended while nobody ran, until ctx ends.
func (e *Engine) expire(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		names, wait, wake := e.leases.due(time.Now())
		for _, name := range names {
			if err := e.lapse(ctx, name); err != nil && ctx.Err() == nil {
				e.log.Error("lease", "session", name, "err", err)
				wait = min(wait, time.Second)
				e.relist(ctx, name)
			}
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-timer.C:
		}
	}
}

// relist puts a session back whose end could not be written.
func (e *Engine) relist(ctx context.Context, name string) {
	err := e.store.View(ctx, func(tx mirror.Tx) error {
		rec, err := tx.Session(name)
		if err == nil {
			e.leases.set(rec)
		}
		return err
	})
	if err != nil && !errors.Is(err, mirror.ErrNotFound) && ctx.Err() == nil {
		e.log.Error("lease", "session", name, "err", err)
	}
}

// lapse ends a lease: the session leaves its devices like one that is disabled,
// and its intent stays.
func (e *Engine) lapse(ctx context.Context, name string) error {
	done := false
	err := e.update(ctx, func(tx mirror.Tx) error {
		done = false
		now := time.Now().UTC()
		rec, err := tx.Session(name)
		if errors.Is(err, mirror.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if rec.Deleting || rec.Expired {
			return nil
		}
		if !plan.Lapsed(rec, now) { // renewed meanwhile
			e.leases.set(rec)
			return nil
		}
		before := rec
		rec.Expired, done = true, true
		if rec.Relief, _, err = e.fitRelief(tx, rec, nil, now); err != nil { // nothing is left to be relieved
			return err
		}
		if _, err := e.startRollout(tx, &rec, goals{}, "expire", mirror.ActorSystem, now); err != nil {
			return err
		}
		return tellLeaving(tx, "LeaseExpired", mirror.ActorSystem, before, "the lease ended at %s", rec.Expires.Format(time.RFC3339))
	})
	if err == nil && done {
		e.cfg.Failpoint("accepted")
		e.log.Info("lease expired", "session", name)
		e.sessions.add(name)
	}
	return err
}

// Renew lets a session live on. Without a lease it is the session's own
// duration again, from now; another lease becomes part of the intent. An
// expired session is checked anew and goes back to its devices.
func (e *Engine) Renew(ctx context.Context, w Write, name string, lease *mirror.Lease) (SubmitResult, error) {
	w, s, end, err := e.renewal(ctx, w, name, lease)
	if err != nil {
		return SubmitResult{}, err
	}
	return e.submit(ctx, w, s, &end)
}

// PlanRenew is the dry run of Renew.
func (e *Engine) PlanRenew(ctx context.Context, w Write, name string, lease *mirror.Lease) (Planned, error) {
	w, s, end, err := e.renewal(ctx, w, name, lease)
	if err != nil {
		return Planned{}, err
	}
	return e.preview(ctx, w, s, &end)
}

// renewal is the intent with its new lease, and when that ends.
func (e *Engine) renewal(ctx context.Context, w Write, name string, lease *mirror.Lease) (Write, mirror.Session, time.Time, error) {
	view, err := e.Session(ctx, name)
	if err != nil {
		return w, mirror.Session{}, time.Time{}, err
	}
	s := view.Record.Session
	now := time.Now().UTC()
	refuse := func(pointer, code, message string) (Write, mirror.Session, time.Time, error) {
		return w, s, now, mirror.Refuse(mirror.ErrUnsupported, []mirror.Reason{{Pointer: pointer, Code: code, Message: message}})
	}
	switch {
	case lease == nil && s.Lease == nil:
		return refuse("/lease", "no-lease", fmt.Sprintf("session %q has no lease; it needs no renewal", name))
	case lease == nil && s.Lease.Duration == 0:
		return refuse("/lease", "missing", "the lease ends at a set time; say until when, or for how long, it shall go on")
	case lease != nil:
		s.Lease = lease
	}
	if w.IfMatch == nil {
		w.IfMatch = &view.Record.Generation
	}
	end := s.Lease.Until
	if end.IsZero() {
		end = now.Add(s.Lease.Duration)
	}
	return w, s, end, nil
}
