package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// ControllerView is the controller itself.
type ControllerView struct {
	Instance string
	Mode     string       // full or observe
	Why      string       // what holds it back, "" in mode full
	Hold     *mirror.Hold // that Resume ends, nil when there is none
}

// loadHold takes up what holds the controller back since before this start.
func (e *Engine) loadHold(tx mirror.Tx) error {
	h, err := tx.Hold()
	switch {
	case errors.Is(err, mirror.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	e.hold.Store(&h)
	e.log.Warn("nothing is pushed until an operator resumes the controller", "since", h.Since, "reason", h.Reason)
	return nil
}

// heldBack says why the controller pushes nothing to any device, "" when it does.
func (e *Engine) heldBack() string {
	if h := e.hold.Load(); h != nil {
		return fmt.Sprintf("the controller is held back since %s: %s; `netmirror resume` lets it go on", h.Since.Format(time.RFC3339), h.Reason)
	}
	if e.cfg.Mode == mirror.ModeObserve {
		return "the controller runs in observe mode"
	}
	return ""
}

// Controller shows the controller itself.
func (e *Engine) Controller(context.Context) (ControllerView, error) {
	view := ControllerView{Instance: e.instance, Mode: mirror.ModeFull, Why: e.heldBack(), Hold: e.hold.Load()}
	if view.Why != "" {
		view.Mode = mirror.ModeObserve
	}
	return view, nil
}

// Resume lets a controller push that was held back since its database was
// restored. Its devices are read at once, and what differs is brought about. It
// changes nothing where nothing holds the controller back, and does not end the
// observe mode that its configuration asks for.
func (e *Engine) Resume(ctx context.Context, w Write) (ControllerView, error) {
	h := e.hold.Load()
	if h == nil {
		return e.Controller(ctx)
	}
	err := e.update(ctx, func(tx mirror.Tx) error {
		if err := tx.DeleteHold(); err != nil {
			return err
		}
		return tx.AppendEvent(objectEvent("ControllerResumed", w, mirror.ObjectController, "", "by %s; it was held back since %s: %s", w.Actor.Name, h.Since.Format(time.RFC3339), h.Reason))
	})
	if err != nil {
		return ControllerView{}, err
	}
	e.hold.Store(nil)
	e.log.Info("controller resumed", "actor", w.Actor.Name)
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, w := range e.workers {
		w.Hint() // what is read decides
		w.Kick()
	}
	return ControllerView{Instance: e.instance, Mode: e.cfg.Mode}, nil
}
