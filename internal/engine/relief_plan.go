package engine

import (
	"context"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// asAskedToo adds to a plan of a session that is relieved what devices would be sent
// without: where sessions agree on options, without those of all of them.
func (e *Engine) asAskedToo(tx mirror.Tx, out *mirror.Plan, rec mirror.SessionRecord, want goals) (err error) {
	if rec.Relief == nil || len(rec.Relief.Steps) == 0 {
		return nil
	}
	relief := rec.Relief.Clone()
	out.Relief = &relief
	changed := map[string][]mirror.Fragment{rec.Session.Name: want.asked}
	others, err := group(tx, rec.Session.Name, want.asked)
	if err != nil {
		return err
	}
	for _, name := range others {
		if changed[name], err = intendedFragments(tx, name); err != nil {
			return err
		}
	}
	out.Asked, _, err = e.planDevices(tx, rec.Session.Name, want, changed)
	return err
}

// PlanRelief is the dry run of OrderRelief.
func (e *Engine) PlanRelief(ctx context.Context, w Write, name string, order ReliefOrder) (out Planned, err error) {
	if err := mirror.Refuse(mirror.ErrInvalid, order.validate()); err != nil {
		return out, err
	}
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		now := time.Now().UTC()
		rec, steps, err := e.ordered(tx, w, name, order, now)
		if err != nil {
			return err
		}
		changed, err := e.otherFragments(tx, steps, now)
		if err != nil {
			return err
		}
		relief := rec.Relief.Clone()
		relief.Steps, relief.Pinned, relief.By = steps[name], !order.Clear, ""
		if relief.Pinned {
			relief.By = w.Actor.Name
		}
		rec.Relief = &relief
		want := goals{targets: changed[name]}
		if want.asked, err = intendedFragments(tx, name); err != nil {
			return err
		}
		out.Plan = mirror.Plan{Session: rec.Session, Fragments: want.targets, Kind: rec.Kind, KindReason: rec.KindReason, Kinds: rec.Kinds, Warnings: rec.Warnings}
		if out.Devices, out.Warnings, err = e.planDevices(tx, name, want, changed); err != nil {
			return err
		}
		return e.asAskedToo(tx, &out.Plan, rec, want)
	})
	return out, err
}
