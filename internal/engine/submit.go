package engine

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
	"github.com/netmirror/netmirror/internal/worker"
)

// Submit accepts an intent: it is validated, the devices it touches are read
// anew, everything that forbids it is reported at once (a mirror.Refusal), and
// it is stored with a rollout to be made. The same body again changes nothing,
// and renews no lease.
func (e *Engine) Submit(ctx context.Context, w Write, s mirror.Session) (SubmitResult, error) {
	return e.submit(ctx, w, s, nil)
}

// submit is Submit; renewed, when not nil, is the new end of the lease.
func (e *Engine) submit(ctx context.Context, w Write, s mirror.Session, renewed *time.Time) (SubmitResult, error) {
	s = s.WithDefaults()
	if err := accept(s); err != nil {
		return SubmitResult{}, err
	}
	res, same, err := e.unchanged(ctx, w, s)
	if err != nil || same && renewed == nil {
		return res, err
	}
	next, err := intended(res.View.Record, s, renewed, time.Now().UTC())
	if err != nil {
		return SubmitResult{}, err
	}
	res = SubmitResult{}
	var first rollout
	store := func(waiting *mirror.Waiting) error {
		return e.update(ctx, func(tx mirror.Tx) (err error) {
			if res, err = e.storeSession(tx, w, s, renewed, waiting); err == nil {
				first, err = e.stepIn(tx, s.Name)
			}
			return err
		})
	}
	var late <-chan error
	if _, on := plan.Effective(plan.AsAsked(next), time.Now()); on {
		late, err = e.admit(ctx, s, cmp.Or(w.Wait, e.cfg.Timeouts.Submit), store)
	} else { // switching off must work while a device is away
		err = store(nil)
	}
	e.decided(res.View.Record.Judged, err)
	if err != nil {
		return SubmitResult{}, e.overloaded(ctx, s, err)
	}
	e.cfg.Failpoint("accepted")
	e.readmits.accepted(res)
	e.log.Info("session accepted", "session", s.Name, "generation", res.View.Record.Generation, "actor", w.Actor.Name, "op", res.Operation.ID)
	e.leases.set(res.View.Record)
	e.stepped(context.WithoutCancel(ctx), s.Name, first, true)
	e.setOff(res.moved)
	e.await(ctx, res.View.Record, late)
	return res, nil
}

// freshly decides about a session on devices that were read just now. What is
// refused is decided once more on a read that takes nothing for granted: what was
// in the way may have been mended on the device since it was last read whole. What
// the destination guard alone refuses rests on facts of now already.
func (e *Engine) freshly(ctx context.Context, s mirror.Session, decide func() error) error {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timeouts.Submit)
	defer cancel()
	for _, whole := range []bool{false, true} {
		if err := e.readDevices(ctx, s, whole); err != nil {
			return err
		}
		if whole {
			if err := e.readAround(ctx, s); err != nil {
				return err
			}
		}
		err := decide()
		if refusal := (*mirror.Refusal)(nil); whole || !errors.As(err, &refusal) || guardAlone(refusal) {
			return err
		}
	}
	return nil
}

// intended is the record of a session once an intent is accepted: the intent
// and its lease. A lease that would be over at once is refused.
func intended(rec mirror.SessionRecord, s mirror.Session, renewed *time.Time, now time.Time) (mirror.SessionRecord, error) {
	end := plan.LeaseEnd(rec, s, now)
	if renewed != nil {
		end = *renewed
	}
	moved := !end.Equal(rec.Expires)
	rec.Session, rec.Expires = s, end
	if rec.Expired = plan.Lapsed(rec, now); rec.Expired && moved {
		return rec, mirror.Refuse(mirror.ErrInvalid, []mirror.Reason{{Pointer: "/lease/until", Code: "in-the-past",
			Message: "the lease would be over already"}})
	}
	return rec, nil
}

// accept refuses what needs no look at any device.
func accept(s mirror.Session) error { return mirror.Refuse(mirror.ErrInvalid, s.Validate()) }

// unchanged finds a stored session with the same intent.
func (e *Engine) unchanged(ctx context.Context, w Write, s mirror.Session) (res SubmitResult, same bool, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		rec, err := tx.Session(s.Name)
		if errors.Is(err, mirror.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := precondition(w, rec.Generation, "session", s.Name); err != nil {
			return err
		}
		res.View.Record = rec
		if same = sameIntent(rec, s); !same {
			return nil
		}
		res.Unchanged = true
		res.View, err = e.viewSession(tx, rec)
		if err == nil && rec.Operation != "" {
			res.Operation, err = tx.Operation(rec.Operation)
		}
		return err
	})
	return res, same, err
}

// sameIntent reports whether a session is wanted as it is stored, and is not refused.
func sameIntent(rec mirror.SessionRecord, s mirror.Session) bool {
	return !rec.Deleting && reflect.DeepEqual(rec.Session.WithDefaults(), s) && rec.Refused != rec.Generation
}

func precondition(w Write, version int64, kind, name string) error {
	if w.IfMatch != nil && *w.IfMatch != version {
		return fmt.Errorf("%s %q is at version %d, not %d: %w", kind, name, version, *w.IfMatch, mirror.ErrPrecondition)
	}
	return nil
}

// readDevices has every device that the session names read anew, at once, and
// its destination ports, which the guard decides on; with whole, nothing of it is
// taken for granted from an earlier read. An unknown device is no fault here:
// Expand names it with its place.
func (e *Engine) readDevices(ctx context.Context, s mirror.Session, whole bool) error {
	looks, err := e.looks(ctx, s)
	if err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(looks))
	e.awaitStart(ctx)
	errs := make([]error, len(names))
	var wait sync.WaitGroup
	for i, name := range names {
		if e.worker(name) == nil {
			continue
		}
		look := looks[name]
		look.Whole = whole
		wait.Go(func() { errs[i] = e.observe(ctx, name, look) })
	}
	wait.Wait()
	var reasons []mirror.Reason
	kind := error(nil)
	for i, err := range errs {
		if err != nil {
			reasons = append(reasons, mirror.Reason{Pointer: devicePointer(s, names[i]), Code: "device-unreadable", Message: err.Error()})
			if k := kindOf(err); kind == nil || k != mirror.ErrUnreachable && k != mirror.ErrTimeout {
				kind = k // what is no absence goes before it
			}
		}
	}
	return mirror.Refuse(kind, reasons)
}

// observe has a device read anew, by whichever worker drives it: a device that
// is stored meanwhile gets a new one.
func (e *Engine) observe(ctx context.Context, name string, look mirror.Look) error {
	e.awaitStart(ctx)
	for {
		w := e.worker(name)
		if w == nil {
			return fmt.Errorf("device %s is not driven: %w", name, mirror.ErrUnreachable)
		}
		if err := w.Observe(ctx, look); !errors.Is(err, worker.ErrStopped) || ctx.Err() != nil {
			return err
		}
		<-w.Done()
	}
}

// looks are the devices that a session has to do with, those of its tools
// included, and what is to be read of each.
func (e *Engine) looks(ctx context.Context, s mirror.Session) (looks map[string]mirror.Look, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		looks, err = e.acceptLooks(tx, s)
		return err
	})
	return looks, err
}

func devicePointer(s mirror.Session, device string) string {
	for i, src := range s.Sources {
		if src.Device == device {
			return fmt.Sprintf("/sources/%d/device", i)
		}
	}
	for i, d := range s.Destinations {
		if d.Device == device || len(s.Destinations) == 1 {
			return fmt.Sprintf("/destinations/%d", i)
		}
	}
	return "/destinations" // of a tool
}

// kindOf is the kind an error has, ErrUnreachable when it has none.
func kindOf(err error) error {
	for _, k := range []error{mirror.ErrCredentials, mirror.ErrHostKeyChanged, mirror.ErrHostKey, mirror.ErrAuth, mirror.ErrTimeout, mirror.ErrParse, mirror.ErrUnsupported} {
		if errors.Is(err, k) {
			return k
		}
	}
	if errors.Is(err, mirror.ErrInvalid) { // the device's entry is, not the request
		return mirror.ErrUnsupported
	}
	return mirror.ErrUnreachable
}

// storeSession checks the intent against everything accepted so far and writes
// it, all in one transaction, so that two intents that fit each but not
// together are never both accepted.
func (e *Engine) storeSession(tx mirror.Tx, w Write, s mirror.Session, renewed *time.Time, waiting *mirror.Waiting) (SubmitResult, error) {
	now := time.Now().UTC()
	rec, err := tx.Session(s.Name)
	created := errors.Is(err, mirror.ErrNotFound)
	switch {
	case created && w.IfMatch != nil && *w.IfMatch != 0:
		return SubmitResult{}, fmt.Errorf("there is no session %q: %w", s.Name, mirror.ErrPrecondition)
	case created:
		rec = mirror.SessionRecord{Created: now, CreatedBy: w.Actor.Name}
	case err != nil:
		return SubmitResult{}, err
	case rec.Deleting:
		return SubmitResult{}, beingDeleted(rec)
	default:
		if err := precondition(w, rec.Generation, "session", s.Name); err != nil {
			return SubmitResult{}, err
		}
	}
	var old *mirror.SessionRecord
	if !created {
		before := rec
		old = &before
	}
	if rec, err = intended(rec, s, renewed, now); err != nil {
		return SubmitResult{}, err
	}
	if err := w.marked(tx, old, &rec, now); err != nil {
		return SubmitResult{}, err
	}
	rec.Waiting = waiting
	var want goals
	var load judgement
	var others map[string][]mirror.ReliefStep
	read := remembering(tx) // nothing is written before it is decided
	if _, on := plan.Effective(plan.AsAsked(rec), now); on || created {
		var ex plan.Expansion
		if want, ex, rec.Warnings, err = e.expandAndCheck(read, rec, now); err != nil {
			return SubmitResult{}, err
		}
		rec.Kind, rec.KindReason, rec.Kinds = ex.Kind, ex.Reason, ex.Several()
		if load, err = e.admitLoad(read, old, &rec, ex, want.asked, now); err != nil {
			return SubmitResult{}, err
		}
	} else {
		rec.Judged = nil // it is judged when it is switched on
	}
	if others, err = e.keepRelief(read, &rec, &want, now); err != nil {
		return SubmitResult{}, err
	}
	if rec.Generation, err = tx.NextGeneration(s.Name); err != nil {
		return SubmitResult{}, err
	}
	rec.Updated, rec.UpdatedBy = now, w.Actor.Name
	op, err := e.startRollout(tx, &rec, want, "apply", w.Actor.Name, now)
	if err != nil {
		return SubmitResult{}, err
	}
	if err := tellAccepted(tx, w.Actor.Name, old, rec); err != nil {
		return SubmitResult{}, err
	}
	moved, err := e.followIntent(tx, rec, op, others, now)
	if err != nil {
		return SubmitResult{}, err
	}
	view, err := e.viewSession(tx, rec)
	return SubmitResult{moved: moved, View: view, Operation: op, Created: created, Forecasts: load.forecasts, crowded: load.crowded}, err
}

// beingDeleted refuses a write of a session that goes.
func beingDeleted(rec mirror.SessionRecord) error {
	return fmt.Errorf("session %q is being deleted; wait for operation %s: %w", rec.Session.Name, rec.Operation, mirror.ErrConflict)
}

// startRollout writes the targets of a session and opens the operation that
// brings them to the devices. It ends an operation that is still open.
func (e *Engine) startRollout(tx mirror.Tx, rec *mirror.SessionRecord, want goals, typ, actor string, now time.Time) (mirror.Operation, error) {
	name := rec.Session.Name
	op := mirror.Operation{ID: "op-" + strings.ToLower(rand.Text()[:16]), Session: name, Generation: rec.Generation,
		Type: typ, Actor: actor, State: mirror.OpRunning, Created: now}
	if rec.Operation != "" {
		old, err := tx.Operation(rec.Operation)
		if err != nil {
			return op, err
		}
		if old.State.Open() {
			old.State, old.Superseded, old.Finished = mirror.OpSuperseded, op.ID, now
			if err := tx.PutOperation(old); err != nil {
				return op, err
			}
		}
	}
	rec.Operation = op.ID
	if typ != "apply" {
		rec.Waiting = nil // it is decided: it leaves
	}
	return op, e.retarget(tx, rec, want, op, now)
}

// retarget writes the targets of a session, its operation and its status. An
// intent that waits to be decided has no targets yet; those of before stay.
func (e *Engine) retarget(tx mirror.Tx, rec *mirror.SessionRecord, want goals, op mirror.Operation, now time.Time) error {
	name := rec.Session.Name
	rows, err := tx.Placements(name)
	if err != nil {
		return err
	}
	var renamed []mirror.PlacementKey
	if rec.Waiting == nil {
		rows, renamed = plan.Aim(name, rows, want.targets)
		rows = plan.Ask(name, rows, want.asked)
	}
	for i := range rows {
		rows[i].Planned = nil // it was said of another rollout
	}
	told, _, err := e.remembered(tx, rows)
	if err != nil {
		return err
	}
	*rec = plan.Status(*rec, told, op, now)
	if err := tx.PutOperation(op); err != nil {
		return err
	}
	if err := tx.PutSession(*rec); err != nil {
		return err
	}
	for _, key := range renamed {
		if err := tx.DeletePlacement(key); err != nil {
			return err
		}
	}
	for _, row := range rows {
		if err := tx.PutPlacement(row); err != nil {
			return err
		}
	}
	return nil
}
