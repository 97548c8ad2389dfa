package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// Plan is the dry run of Submit: everything is checked against freshly read
// devices, nothing is stored, nothing is sent.
func (e *Engine) Plan(ctx context.Context, w Write, s mirror.Session) (Planned, error) {
	return e.preview(ctx, w, s, nil)
}

// preview is Plan; renewed, when not nil, is the new end of the lease.
func (e *Engine) preview(ctx context.Context, w Write, s mirror.Session, renewed *time.Time) (Planned, error) {
	s = s.WithDefaults()
	if err := accept(s); err != nil {
		return Planned{}, err
	}
	var out Planned
	look := func(waiting *mirror.Waiting) error {
		return e.store.View(ctx, func(tx mirror.Tx) (err error) {
			out, err = e.plan(tx, w, s, renewed, waiting)
			return err
		})
	}
	off, err := e.switchedOff(ctx, s, renewed)
	if err != nil {
		return Planned{}, err
	}
	if off {
		unread, err := e.readWhoAnswers(ctx, mirror.Manifest{Sessions: []mirror.Session{s}})
		if err == nil {
			err = look(nil)
		}
		out.Warnings = append(out.Warnings, unread...)
		return out, err
	}
	measured := e.measure(ctx, s)
	err = e.freshly(ctx, s, func() error { e.measuredInTime(ctx, measured); return look(nil) })
	if waiting := away(s, err); waiting != nil {
		err = look(waiting)
	}
	return out, e.overloaded(ctx, s, err)
}

// switchedOff reports whether a session as it is to be stored copies nothing: Submit
// accepts that while its devices are away.
func (e *Engine) switchedOff(ctx context.Context, s mirror.Session, renewed *time.Time) (off bool, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		now := time.Now().UTC()
		rec, err := tx.Session(s.Name)
		if err != nil && !errors.Is(err, mirror.ErrNotFound) {
			return err
		}
		if rec, err = intended(rec, s, renewed, now); err != nil {
			return err
		}
		_, on := plan.Effective(plan.AsAsked(rec), now)
		off = !on
		return nil
	})
	return off, err
}

// readWhoAnswers reads the devices of what is to be written, for a dry run that their
// silence does not refuse; the reasons say which gave no answer.
func (e *Engine) readWhoAnswers(ctx context.Context, m mirror.Manifest) (unread []mirror.Reason, err error) {
	var looks map[string]mirror.Look
	if err := e.store.View(ctx, func(tx mirror.Tx) (err error) {
		looks, err = e.planLooks(tx, m)
		return err
	}); err != nil {
		return nil, err
	}
	silent := e.readAll(ctx, looks, false)
	for _, device := range sortedKeys(silent) {
		unread = append(unread, mirror.Reason{Code: "device-unreadable", Message: silent[device].err.Error() + "; this is by what was last known of it"})
	}
	return unread, nil
}

func (e *Engine) plan(tx mirror.Tx, w Write, s mirror.Session, renewed *time.Time, waiting *mirror.Waiting) (Planned, error) {
	tx = remembering(tx)
	now := time.Now().UTC()
	rec, err := tx.Session(s.Name)
	created := errors.Is(err, mirror.ErrNotFound)
	var before *mirror.SessionRecord
	switch {
	case created:
	case err != nil:
		return Planned{}, err
	case rec.Deleting:
		return Planned{}, beingDeleted(rec)
	default:
		if err := precondition(w, rec.Generation, "session", s.Name); err != nil {
			return Planned{}, err
		}
		was := rec
		before = &was
	}
	if rec, err = intended(rec, s, renewed, now); err != nil {
		return Planned{}, err
	}
	rec.Waiting = waiting
	var want goals
	var load judgement
	if _, on := plan.Effective(plan.AsAsked(rec), now); on || created { // as storeSession
		var ex plan.Expansion
		if want, ex, rec.Warnings, err = e.expandAndCheck(tx, rec, now); err != nil {
			return Planned{}, err
		}
		rec.Kind, rec.KindReason, rec.Kinds = ex.Kind, ex.Reason, ex.Several()
		if load, err = e.admitLoad(tx, before, &rec, ex, want.asked, now); err != nil {
			return Planned{}, err
		}
	} else {
		rec.Judged = nil
	}
	others, err := e.keepRelief(tx, &rec, &want, now)
	if err != nil {
		return Planned{}, err
	}
	changed, err := e.otherFragments(tx, others, now)
	if err != nil {
		return Planned{}, err
	}
	fragments := want.targets
	out := Planned{Plan: mirror.Plan{Session: s, Fragments: fragments, Kind: rec.Kind, KindReason: rec.KindReason, Kinds: rec.Kinds, Warnings: rec.Warnings},
		Forecasts: load.forecasts}
	if waiting != nil {
		out.Warnings = append(out.Warnings, mirror.Reason{Pointer: "/onUnreachable", Code: "undecided", Message: waiting.Message})
	}
	changed[s.Name] = fragments
	var beside []mirror.Reason
	if out.Devices, beside, err = e.planDevices(tx, s.Name, want, changed); err != nil {
		return Planned{}, err
	}
	out.Warnings = append(out.Warnings, beside...)
	for _, part := range out.Devices {
		if part.NoUndo != "" {
			out.Warnings = append(out.Warnings, noWayBack(part.Device, part.NoUndo))
		}
	}
	return out, e.asAskedToo(tx, &out.Plan, rec, want)
}

// planDevices renders what the devices of a session would be sent; sessions whose
// fragments change are given with them.
func (e *Engine) planDevices(tx mirror.Tx, session string, want goals, changed map[string][]mirror.Fragment) (out []mirror.PlanPart, beside []mirror.Reason, err error) {
	old, err := tx.Placements(session)
	if err != nil {
		return nil, nil, err
	}
	devices := []string{}
	for _, f := range slices.Concat(want.targets, want.asked) {
		devices = append(devices, f.Device)
	}
	for _, row := range old {
		devices = append(devices, row.Device)
	}
	slices.Sort(devices)
	for _, name := range slices.Compact(devices) {
		part, not, err := e.planDevice(tx, name, changed)
		if err != nil {
			return nil, nil, err
		}
		out, beside = append(out, part), append(beside, not...)
	}
	return out, beside, nil
}

// planDevice renders what one device would be sent: the difference between all goals
// with those of the sessions that change, and all goals as they are. What it lacks and
// would not be sent is told beside.
func (e *Engine) planDevice(tx mirror.Tx, name string, changed map[string][]mirror.Fragment) (part mirror.PlanPart, beside []mirror.Reason, err error) {
	part.Device = name
	device, _, err := tx.Device(name)
	if err != nil {
		return part, nil, err
	}
	drv, err := e.driver(device)
	if err != nil {
		return part, nil, err
	}
	info, err := e.info(tx, device)
	if err != nil {
		return part, nil, err
	}
	st, err := e.states.Of(tx, name)
	if err != nil {
		return part, nil, err
	}
	if !info.Observed() {
		return part, nil, nil // what it would be sent is known when it has been read
	}
	rows, err := tx.PlacementsByDevice(name)
	if err != nil {
		return part, nil, err
	}
	with, pins := e.fragmentsWith(name, rows, changed)
	if part.Changes, beside, err = e.sendable(plan.Diff(plan.Compose(e.instance, name, with), info), pins, info, changed); err != nil {
		return part, nil, err
	}
	back, then := plan.Reverse(part.Changes), plan.After(info.Observation, part.Changes)
	part.Hints = hintsOn(drv, st.Facts, afters(part.Changes)...)
	if info.Capabilities.Atomic {
		part.Changes, back = plan.Together(part.Changes), plan.Together(back)
	}
	if part.Forward, err = drv.Render(st.Facts, info.Observation, part.Changes); err != nil {
		return part, nil, err
	}
	if part.Undo, err = drv.Render(st.Facts, then, back); err != nil {
		part.NoUndo = err.Error()
	}
	return part, beside, nil
}

// fragmentsWith are the fragments of a device once those of the sessions that change are,
// and the numbers that these pin, by mark.
func (e *Engine) fragmentsWith(name string, rows []mirror.Placement, changed map[string][]mirror.Fragment) (with []mirror.Fragment, pins map[string]string) {
	pins = map[string]string{}
	for _, row := range rows {
		if _, changes := changed[row.Session]; changes {
			continue
		}
		if f := plan.Standing(row); f != nil {
			with = append(with, *f)
		}
	}
	for _, session := range slices.Sorted(maps.Keys(changed)) {
		for _, f := range changed[session] {
			if f.Device == name {
				with = append(with, f)
				pins[mirror.Mark(e.instance, name, f.Spec)] = cmp.Or(f.Pin, pins[mirror.Mark(e.instance, name, f.Spec)])
			}
		}
	}
	return with, pins
}

// sendable gives the changes of a device their numbers, and leaves out what its worker would
// not send, with the reason: a native session that is somebody else's now, and one of another
// session that has no number. What the sessions that change themselves cannot have is the
// error.
func (e *Engine) sendable(changes []mirror.Change, pins map[string]string, info plan.DeviceInfo, changed map[string][]mirror.Fragment) (out []mirror.Change, beside []mirror.Reason, err error) {
	lost := plan.Lost(info)
	changes = slices.DeleteFunc(changes, func(c mirror.Change) bool {
		id, is := lost[c.Mark]
		if is {
			beside = append(beside, mirror.Reason{Code: "ownership-lost", Message: fmt.Sprintf(
				"native session %s of device %s is somebody else's now: it is left alone, and of netmirror's nothing is there to be changed or removed", id, info.Device.Name)})
		}
		return is
	})
	marks := map[string]bool{} // of the sessions that change
	for _, fragments := range changed {
		for _, f := range fragments {
			for _, mark := range mirror.Marks(e.instance, info.Device.Name, f.Spec) {
				marks[mark] = true
			}
		}
	}
	assigned, errs := plan.AssignIDs(changes, pins, info)
	var own []error
	for i, c := range assigned {
		switch {
		case errs[i] == nil:
			out = append(out, c)
		case marks[c.Mark]:
			own = append(own, errs[i])
		default:
			beside = append(beside, mirror.Reason{Code: "no-native-id", Message: errs[i].Error()})
		}
	}
	return out, beside, errors.Join(own...)
}
