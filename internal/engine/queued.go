package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// An intent is decided on devices that were read just now. Where that cannot be
// awaited it is stored undecided (mirror.Waiting) and decided later: when a device
// that is away is back (onUnreachable: queue), or when a slow one was read. It
// reserves nothing meanwhile: of two that fit each but not together, the one that
// is decided first is made, and the other fails with its reasons.

// undecided knows the stored intents that wait for devices that are away. It is
// a hint: the stored record decides.
type undecided struct {
	mu      sync.Mutex
	devices map[string][]string // by session, those that it waits for and all others of it
	running map[string]bool     // session and generation; true: somebody else wanted it decided meanwhile
}

func (u *undecided) set(session string, devices []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.devices == nil {
		u.devices = map[string][]string{}
	}
	if u.devices[session] = devices; devices == nil {
		delete(u.devices, session)
	}
}

// on lists the sessions that wait and have to do with a device, with their
// devices.
func (u *undecided) on(device string) map[string][]string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var out map[string][]string
	for session, devices := range u.devices {
		if slices.Contains(devices, device) {
			if out == nil {
				out = map[string][]string{}
			}
			out[session] = devices
		}
	}
	return out
}

// begin reports whether nobody decides about a generation yet; end must follow. Who is
// told no is remembered: what is decided on may have been read before the device that
// they heard of was back.
func (u *undecided) begin(key string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.running == nil {
		u.running = map[string]bool{}
	}
	if _, runs := u.running[key]; runs {
		u.running[key] = true
		return false
	}
	u.running[key] = false
	return true
}

// end reports whether somebody was told no meanwhile.
func (u *undecided) end(key string) (again bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	again = u.running[key]
	delete(u.running, key)
	return again
}

// reading has every device of a session read, for as long as the devices' own
// deadlines allow, and tells how it went. It outlives ctx: the answer may be
// wanted after the client has gone.
func (e *Engine) reading(ctx context.Context, s mirror.Session, whole bool) <-chan error {
	out := make(chan error, 1)
	ctx = context.WithoutCancel(ctx)
	go func() {
		var measured <-chan struct{}
		if !whole {
			measured = e.measure(ctx, s)
		}
		err := e.readDevices(ctx, s, whole)
		if err == nil {
			e.measuredInTime(ctx, measured)
		}
		if err == nil && whole {
			err = e.readAround(ctx, s)
		}
		out <- err
	}()
	return out
}

// admit decides about an intent: store is called with nil when its devices have
// been read, or with what it waits for. A refusal is decided once more on a read
// that takes nothing for granted. When wait passes first, the reading that is
// under way is handed to late.
func (e *Engine) admit(ctx context.Context, s mirror.Session, wait time.Duration, store func(*mirror.Waiting) error) (late <-chan error, err error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for _, whole := range []bool{false, true} {
		read := e.reading(ctx, s, whole)
		select {
		case err := <-read:
			if w := away(s, err); w != nil {
				return nil, store(w)
			}
			if err != nil {
				return nil, err
			}
		case <-timer.C:
			return read, store(&mirror.Waiting{Reason: mirror.ReasonReading, Since: time.Now().UTC(),
				Message: fmt.Sprintf("the devices are being read; they have not answered within %v", wait)})
		case <-ctx.Done():
			return nil, fmt.Errorf("the devices of session %s were not read in time: %w", s.Name, mirror.ErrTimeout)
		}
		err := store(nil)
		if refusal := (*mirror.Refusal)(nil); whole || !errors.As(err, &refusal) || guardAlone(refusal) {
			return nil, err
		}
	}
	return nil, nil
}

// away is what a session waits for that may wait for devices that are away, nil
// when it may not or the error is another.
func away(s mirror.Session, err error) *mirror.Waiting {
	if s.OnUnreachable != mirror.UnreachableQueue || !errors.Is(err, mirror.ErrUnreachable) && !errors.Is(err, mirror.ErrTimeout) {
		return nil
	}
	return &mirror.Waiting{Reason: mirror.ReasonDeviceUnreachable, Since: time.Now().UTC(),
		Message: "accepted on what was last known, decided when the device is back: " + reasonsText(err)}
}

// reasonsText is an error without the kind that a refusal begins with.
func reasonsText(err error) string {
	var r *mirror.Refusal
	if !errors.As(err, &r) {
		return err.Error()
	}
	reasons := mirror.CutReasons(r.Reasons)
	texts := make([]string, len(reasons))
	for i, x := range reasons {
		texts[i] = x.Message
	}
	return strings.Join(texts, "; ")
}

// await has a stored, undecided intent decided: on a reading that is under way,
// or when its devices are back.
func (e *Engine) await(ctx context.Context, rec mirror.SessionRecord, read <-chan error) {
	switch {
	case rec.Waiting == nil:
		e.undecided.set(rec.Session.Name, nil)
	case rec.Waiting.Reason == mirror.ReasonReading:
		e.decideLater(rec, read)
	default:
		looks, err := e.looks(ctx, rec.Session)
		if err != nil {
			e.log.Error("store", "session", rec.Session.Name, "err", err)
			return
		}
		e.undecided.set(rec.Session.Name, slices.Collect(maps.Keys(looks)))
		for name := range looks { // it may have come back meanwhile
			e.returned(name)
		}
	}
}

// returned has the intents decided that wait for a device that was read, unless
// they wait for another as well.
func (e *Engine) returned(device string) {
	for session, devices := range e.undecided.on(device) {
		if slices.ContainsFunc(devices, func(d string) bool {
			return e.worker(d) != nil && e.states.Known(d).Reachable.State != mirror.True
		}) {
			continue
		}
		e.decideLater(mirror.SessionRecord{Session: mirror.Session{Name: session}}, nil)
	}
}

// decideLater decides about a stored intent beside the caller. A session without
// a generation is decided as it is stored.
func (e *Engine) decideLater(rec mirror.SessionRecord, read <-chan error) {
	e.mu.Lock()
	ctx := e.ctx
	e.mu.Unlock()
	if ctx == nil || ctx.Err() != nil {
		return // the next start goes on
	}
	go func() {
		err := e.decide(ctx, rec, read)
		if err != nil && ctx.Err() == nil {
			e.log.Error("decide about a session that waited", "session", rec.Session.Name, "err", err)
		}
	}()
}

func (e *Engine) decide(ctx context.Context, rec mirror.SessionRecord, read <-chan error) error {
	name := rec.Session.Name
	err := e.store.View(ctx, func(tx mirror.Tx) error {
		stored, err := tx.Session(name)
		if err == nil && (rec.Generation == 0 || rec.Generation == stored.Generation) {
			rec = stored
		}
		return err
	})
	if errors.Is(err, mirror.ErrNotFound) {
		e.undecided.set(name, nil)
		return nil
	}
	if err != nil || rec.Waiting == nil {
		return err
	}
	key := fmt.Sprintf("%s@%d", name, rec.Generation)
	if !e.undecided.begin(key) {
		return nil
	}
	defer func() {
		if e.undecided.end(key) { // a device may be back since it was not reached
			e.decideLater(mirror.SessionRecord{Session: mirror.Session{Name: name}}, nil)
		}
	}()
	var moved []refiltered
	for _, whole := range []bool{false, true} {
		if read == nil {
			read = e.reading(ctx, rec.Session, whole)
		}
		select {
		case err = <-read:
		case <-ctx.Done():
			return nil
		}
		read = nil
		if ctx.Err() != nil {
			return nil // what did not answer was stopped
		}
		if w := away(rec.Session, err); w != nil {
			return e.keepWaiting(ctx, rec, *w)
		}
		if err == nil {
			err = e.update(ctx, func(tx mirror.Tx) error { moved = nil; return e.admitStored(tx, rec, &moved) })
		}
		if refusal := (*mirror.Refusal)(nil); err == nil || !errors.As(err, &refusal) || guardAlone(refusal) {
			break
		}
	}
	refused := err
	if refusal := (*mirror.Refusal)(nil); errors.As(err, &refusal) {
		err = e.update(ctx, func(tx mirror.Tx) error { return e.deny(tx, rec, refusal) })
	}
	if err != nil {
		return err
	}
	e.undecided.set(name, nil)
	e.sessions.add(name)
	e.setOff(moved)
	return e.crowd(ctx, name, refused)
}

// crowd has the ends of a session reckoned again, which was decided about just now;
// refused is why it was not accepted.
func (e *Engine) crowd(ctx context.Context, name string, refused error) error {
	return e.store.View(ctx, func(tx mirror.Tx) error {
		rec, err := tx.Session(name)
		if errors.Is(err, mirror.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		e.decided(rec.Judged, refused)
		e.readmits.remember(rec)
		for _, j := range rec.Judged {
			e.readmits.add(capacity.End{Device: j.Device, Port: j.Port, IP: j.IP, Link: j.Link})
		}
		return nil
	})
}

// waiting reads a stored intent again, ok when it is the one that was decided
// about and still waits.
func waiting(tx mirror.Tx, seen mirror.SessionRecord) (rec mirror.SessionRecord, ok bool, err error) {
	rec, err = tx.Session(seen.Session.Name)
	if errors.Is(err, mirror.ErrNotFound) {
		return rec, false, nil
	}
	return rec, err == nil && rec.Waiting != nil && rec.Generation == seen.Generation && !rec.Deleting, err
}

// keepWaiting notes that devices are away (again).
func (e *Engine) keepWaiting(ctx context.Context, seen mirror.SessionRecord, w mirror.Waiting) error {
	changed := false
	err := e.update(ctx, func(tx mirror.Tx) error {
		rec, ok, err := waiting(tx, seen)
		if changed = ok && (rec.Waiting.Reason != w.Reason || rec.Waiting.Message != w.Message); err != nil || !changed {
			return err
		}
		if rec.Waiting.Reason == w.Reason {
			w.Since = rec.Waiting.Since
		}
		rec.Waiting, seen = &w, rec
		return tx.PutSession(rec)
	})
	if err == nil && changed {
		e.sessions.add(seen.Session.Name)
		seen.Waiting = &w
	}
	if err == nil && seen.Waiting.Reason == mirror.ReasonDeviceUnreachable {
		looks, err := e.looks(ctx, seen.Session)
		if err == nil {
			e.undecided.set(seen.Session.Name, slices.Collect(maps.Keys(looks)))
		}
		return err
	}
	return err
}

// admitStored checks a stored intent against everything accepted so far, as
// storeSession does, and gives it its targets. moved are the sessions whose goals move
// with it.
func (e *Engine) admitStored(tx mirror.Tx, seen mirror.SessionRecord, moved *[]refiltered) error {
	now := time.Now().UTC()
	rec, ok, err := waiting(tx, seen)
	if err != nil || !ok {
		return err
	}
	rec.Waiting = nil
	read := remembering(tx) // nothing is written before it is decided
	want, ex, warnings, err := e.expandAndCheck(read, rec, now)
	if err != nil {
		return err
	}
	rec.Kind, rec.KindReason, rec.Kinds, rec.Warnings = ex.Kind, ex.Reason, ex.Several(), warnings
	was := rec // what an earlier generation left is there still
	if _, err := e.admitLoad(read, &was, &rec, ex, want.asked, now); err != nil {
		return err
	}
	others, err := e.keepRelief(read, &rec, &want, now)
	if err != nil {
		return err
	}
	op, err := tx.Operation(rec.Operation)
	if err != nil {
		return err
	}
	if err := e.retarget(tx, &rec, want, op, now); err != nil {
		return err
	}
	if *moved, err = e.followIntent(tx, rec, op, others, now); err != nil {
		return err
	}
	return mirror.Tell(tx, "SessionAdmitted", mirror.ActorSystem, rec.Session.Name, "", "generation %d: its devices have been read", rec.Generation)
}

// deny refuses a stored intent. What an earlier generation left on the devices
// stays; the rollout ends as one that was turned back.
func (e *Engine) deny(tx mirror.Tx, seen mirror.SessionRecord, why *mirror.Refusal) error {
	rec, ok, err := waiting(tx, seen)
	if err != nil || !ok {
		return err
	}
	op, err := tx.Operation(rec.Operation)
	if err != nil {
		return err
	}
	rec.Waiting = nil
	op.State, op.Message = mirror.OpRollingBack, reasonsText(why)
	rows, err := tx.Placements(rec.Session.Name)
	if err != nil {
		return err
	}
	for _, row := range rows {
		row.Target = row.Good
		if err := tx.PutPlacement(row); err != nil {
			return err
		}
	}
	if err := tx.PutOperation(op); err != nil {
		return err
	}
	if err := tx.PutSession(rec); err != nil {
		return err
	}
	return mirror.Tell(tx, "SessionRefused", mirror.ActorSystem, rec.Session.Name, "", "generation %d: %s", rec.Generation, reasonsText(why))
}
