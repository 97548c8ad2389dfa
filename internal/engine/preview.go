package engine

import (
	"cmp"
	"context"
	"errors"
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
	measured := e.measure(ctx, s)
	err := e.freshly(ctx, s, func() error { e.measuredInTime(ctx, measured); return look(nil) })
	if waiting := away(s, err); waiting != nil {
		err = look(waiting)
	}
	return out, e.overloaded(ctx, s, err)
}

func (e *Engine) plan(tx mirror.Tx, w Write, s mirror.Session, renewed *time.Time, waiting *mirror.Waiting) (Planned, error) {
	tx = remembering(tx)
	now := time.Now().UTC()
	rec, err := tx.Session(s.Name)
	if err == nil {
		err = precondition(w, rec.Generation, "session", s.Name)
	}
	if err != nil && !errors.Is(err, mirror.ErrNotFound) {
		return Planned{}, err
	}
	var before *mirror.SessionRecord
	if err == nil {
		was := rec
		before = &was
	}
	if rec, err = intended(rec, s, renewed, now); err != nil {
		return Planned{}, err
	}
	rec.Waiting = waiting
	want, ex, warnings, err := e.expandAndCheck(tx, rec, now)
	if err != nil {
		return Planned{}, err
	}
	rec.Warnings = warnings
	load, err := e.admitLoad(tx, before, &rec, ex, want.asked, now)
	if err != nil {
		return Planned{}, err
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
	out := Planned{Plan: mirror.Plan{Session: s, Fragments: fragments, Kind: ex.Kind, KindReason: ex.Reason, Kinds: ex.Several(), Warnings: rec.Warnings},
		Forecasts: load.forecasts}
	if waiting != nil {
		out.Warnings = append(out.Warnings, mirror.Reason{Pointer: "/onUnreachable", Code: "undecided", Message: waiting.Message})
	}
	changed[s.Name] = fragments
	if out.Devices, err = e.planDevices(tx, s.Name, want, changed); err != nil {
		return Planned{}, err
	}
	for _, part := range out.Devices {
		if part.NoUndo != "" {
			out.Warnings = append(out.Warnings, noWayBack(part.Device, part.NoUndo))
		}
	}
	return out, e.asAskedToo(tx, &out.Plan, rec, want)
}

// planDevices renders what the devices of a session would be sent; sessions whose
// fragments change are given with them.
func (e *Engine) planDevices(tx mirror.Tx, session string, want goals, changed map[string][]mirror.Fragment) (out []mirror.PlanPart, err error) {
	old, err := tx.Placements(session)
	if err != nil {
		return nil, err
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
		part, err := e.planDevice(tx, name, changed)
		if err != nil {
			return nil, err
		}
		out = append(out, part)
	}
	return out, nil
}

// planDevice renders what one device would be sent: the difference between all goals
// with those of the sessions that change, and all goals as they are.
func (e *Engine) planDevice(tx mirror.Tx, name string, changed map[string][]mirror.Fragment) (mirror.PlanPart, error) {
	part := mirror.PlanPart{Device: name}
	device, _, err := tx.Device(name)
	if err != nil {
		return part, err
	}
	drv, err := e.driver(device)
	if err != nil {
		return part, err
	}
	info, err := e.info(tx, device)
	if err != nil {
		return part, err
	}
	st, err := e.states.Of(tx, name)
	if err != nil {
		return part, err
	}
	if !info.Observed() {
		return part, nil // what it would be sent is known when it has been read
	}
	rows, err := tx.PlacementsByDevice(name)
	if err != nil {
		return part, err
	}
	var with []mirror.Fragment
	pins := map[string]string{}
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
	var errs []error
	part.Changes, errs = plan.AssignIDs(plan.Diff(plan.Compose(e.instance, name, with), info), pins, info)
	if err := errors.Join(errs...); err != nil {
		return part, err
	}
	back, then := plan.Reverse(part.Changes), plan.After(info.Observation, part.Changes)
	if info.Capabilities.Atomic {
		part.Changes, back = plan.Together(part.Changes), plan.Together(back)
	}
	if part.Forward, err = drv.Render(st.Facts, info.Observation, part.Changes); err != nil {
		return part, err
	}
	if part.Undo, err = drv.Render(st.Facts, then, back); err != nil {
		part.NoUndo = err.Error()
	}
	return part, nil
}
