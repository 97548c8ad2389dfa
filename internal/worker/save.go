package worker

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
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
	if !p.asked {
		if err := p.ask(ctx); err != nil {
			p.saved = mirror.Check{State: mirror.False, Reason: "SaveFailed", Message: err.Error()}
			p.w.disconnect()
			return
		}
	}
	if p.blocked != "" { // it would save what may still go back
		p.saved = mirror.Check{State: mirror.False, Reason: "NotSaved", Message: p.blocked}
		p.w.saveTried = time.Time{}
		return
	}
	pushCtx, cancel := context.WithTimeout(ctx, p.pushLimit())
	defer cancel()
	began := time.Now().UTC()
	end := p.w.timed(Save)
	saved, why, err := saver.Save(pushCtx, policy == mirror.PersistIfClean, p.ours())
	end(err)
	defer func() { p.keepSave(saver, began, err) }()
	switch {
	case errors.Is(err, mirror.ErrUnsupported): // nothing failed: it cannot be, over this transport
		p.saved = mirror.Check{State: mirror.False, Reason: "NotSaved", Message: err.Error()}
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
