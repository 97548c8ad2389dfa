package worker

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// save writes running to startup after a push, where the platform has both and
// the device's policy says so. That it could not is told, and fails nothing:
// after a reboot the reconciler puts things back. What an earlier run could not
// save is tried again after a while, and when an operator has the device read.
func (p *pass) save(ctx context.Context) {
	waiting := len(p.s.States.Known(p.w.name).Unsaved) > 0
	due := p.w.asked || time.Since(p.w.saveTried) >= p.s.Timeouts.SaveRetry
	due = due || len(p.unheard) > 0 // lost before it was saved
	if len(p.pushed) == 0 && !(waiting && due && p.holdsBack() == "") || p.info.Capabilities.Persistent {
		return
	}
	p.w.saveTried = time.Now()
	saver, ok := p.w.conn.(Saver)
	policy := cmp.Or(p.info.Device.Persist, mirror.PersistIfClean)
	switch {
	case !ok:
		p.saved = mirror.Check{State: mirror.Unknown, Reason: "NotSaved", Message: "the driver cannot save"}
		return
	case policy == mirror.PersistNever:
		p.saved = mirror.Check{State: mirror.False, Reason: "NotSaved", Message: "the device's policy is persist: never"}
		return
	}
	pushCtx, cancel := context.WithTimeout(ctx, p.s.tuning(p.info.Device).Timeouts.Push.Std())
	defer cancel()
	saved, why, err := saver.Save(pushCtx, policy == mirror.PersistIfClean, p.ours())
	switch {
	case err != nil:
		p.saved = mirror.Check{State: mirror.False, Reason: "SaveFailed", Message: err.Error()}
		if !p.w.learn(ctx, err) {
			p.w.disconnect()
		}
	case !saved:
		p.saved = mirror.Check{State: mirror.False, Reason: "ForeignUnsavedChanges", Message: why}
	case why != "":
		p.saved = mirror.Check{State: mirror.True, Reason: "SavedForeignChanges", Message: why}
		p.s.Log.Warn("foreign changes were saved", "device", p.w.name, "detail", why)
		if err := p.s.States.Change(ctx, p.w.name, nil, func(st *mirror.DeviceState) { st.Unsaved = nil }, func(tx mirror.Tx) error {
			return mirror.Tell(tx, "ForeignChangesSaved", mirror.ActorSystem, "", p.w.name, "%s", why)
		}); err != nil {
			p.s.Log.Error("store", "device", p.w.name, "err", err)
		}
	default:
		p.saved = mirror.Check{State: mirror.True, Reason: "Saved"}
		p.w.saveState(ctx, func(st *mirror.DeviceState) { st.Unsaved = nil })
	}
}

// persisted tells whether a reboot would lose the session. What an earlier run
// found stands until another push; what was saved is all that runs.
func (p *pass) persisted(row, seen mirror.Placement, n *mirror.NativeSession) mirror.Check {
	footing := seen.Role.Footing() && p.standing(seen) != nil
	switch {
	case n == nil && !footing:
		return mirror.Check{}
	case p.info.Capabilities.Persistent:
		return mirror.Check{State: mirror.True, Reason: "WrittenAtOnce"}
	case p.saved.State == mirror.True,
		slices.ContainsFunc(p.pushed, func(c mirror.Change) bool { return p.touches(c, seen) }):
		return p.saved
	case len(p.s.States.Known(p.w.name).Unsaved) > 0 && slices.ContainsFunc(p.unheard, func(c mirror.Change) bool { return p.touches(c, seen) }):
		if p.saved.State == "" { // no save was tried, because nothing may be sent
			return mirror.Check{State: mirror.False, Reason: "NotSaved", Message: p.holdsBack()}
		}
		return p.saved
	case row.Persisted.State != "":
		return row.Persisted
	}
	for _, sharer := range p.rows { // it found there what it wants
		if sharer.Persisted.State != "" && p.carrier(sharer) == p.carrier(seen) {
			return sharer.Persisted
		}
	}
	return mirror.Check{State: mirror.Unknown, Reason: "NotSaved", Message: "configured before this controller looked"}
}

// carrier is the mark under which the device shall hold a placement, "" for none.
func (p *pass) carrier(row mirror.Placement) string {
	f := p.standing(row)
	if f == nil {
		return ""
	}
	return mirror.Mark(p.s.Instance, p.w.name, f.Spec)
}

// returned takes up again what a reload brought back: a native session or a part
// of a footing that was taken away, and the configuration without it never
// saved. It is ours as it was, and goes again.
func (p *pass) returned(ctx context.Context) error {
	started := p.facts.Started()
	var back []mirror.Native
	for _, u := range p.s.States.Known(p.w.name).Unsaved {
		if p.info.Capabilities.Persistent || started.IsZero() || !started.After(u.At) {
			continue
		}
		i := slices.IndexFunc(p.info.Ledger, func(l mirror.Native) bool { return l.Mark == u.Mark || l.ID == u.ID })
		line := mirror.Native{Device: p.w.name, Mark: u.Mark, ID: u.ID, Spec: u.Spec, Created: u.At}
		switch {
		case i < 0 && u.Set:
			continue // it was not taken away but released
		case i < 0:
		case u.Spec.Role == mirror.RoleRSPANTransit && p.info.Ledger[i].Mark == u.Mark:
			line = p.info.Ledger[i]
			line.Spec.Trunks = append(slices.Clone(line.Spec.Trunks), u.Spec.Trunks...)
			line.Spec.VLANMade = line.Spec.VLANMade || u.Spec.VLANMade
			line.Spec = line.Spec.Normalize()
		default:
			continue // the number is a session of ours, which is compared as always
		}
		alone := p.info
		alone.Ledger = []mirror.Native{line}
		if _, there := plan.Own(alone, nil)[line.Mark]; there && (i < 0 || !line.Spec.Equal(p.info.Ledger[i].Spec)) {
			back = append(back, line)
		}
	}
	if len(back) == 0 {
		return nil
	}
	err := p.s.Desk.Update(ctx, func(tx mirror.Tx) error {
		if err := tx.CheckClaim(p.w.claim); err != nil {
			return err
		}
		for _, line := range back {
			if err := tx.PutNative(line); err != nil {
				return err
			}
			is := mirror.TrafficOn(p.w.name, &mirror.NativeSession{ID: line.ID, Spec: line.Spec})
			err := tx.AppendEvent(mirror.Event{At: time.Now().UTC(), Type: "ReturnedByReload", Actor: mirror.ActorSystem, Device: p.w.name, After: is,
				Message: fmt.Sprintf("%s, which was removed and not saved, came back with a reload: %s", line.ID, is)})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, line := range back {
		p.info.Ledger = append(slices.DeleteFunc(p.info.Ledger, func(l mirror.Native) bool { return l.Mark == line.Mark }), line)
	}
	return nil
}
