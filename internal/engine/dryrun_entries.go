package engine

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/netmirror/netmirror/internal/mirror"
)

// An EntryPlan is what a write of an entry would do: a device, a tool or a filter. Nothing
// was stored, and nothing was sent.
type EntryPlan struct {
	PlanObject
	// Devices are what devices would be sent because of it: a device that nothing was pushed
	// to and that may be pushed to again.
	Devices []mirror.PlanPart
}

// PlanDevice is the dry run of PutDevice. Where the entry lets the device be pushed to again
// (mode, maintenance), it is read, and what it would be sent then is told; one that does not
// answer is taken for what was last known of it, which is warned of.
func (e *Engine) PlanDevice(ctx context.Context, w Write, d mirror.Device) (out EntryPlan, err error) {
	if d, err = e.acceptDevice(d); err != nil {
		return out, err
	}
	old, err := e.Device(ctx, d.Name)
	if err != nil && !errors.Is(err, mirror.ErrNotFound) {
		return out, err
	}
	wakes := err == nil && !pushable(old.Device) && pushable(d)
	var warnings []mirror.Reason
	if wakes && e.worker(d.Name) != nil {
		reading, cancel := context.WithTimeout(ctx, e.cfg.Timeouts.Submit)
		defer cancel()
		if err := e.observe(reading, d.Name, mirror.Look{}); err != nil {
			warnings = append(warnings, mirror.Reason{Code: "device-unreadable", Message: err.Error() + "; this is by what was last known of it"})
		}
	}
	out, err = e.planEntry(ctx, w, mirror.ObjectDevice, d.Name, func(wr *writing, out *EntryPlan) error {
		if err := wr.device(&out.PlanObject, d); err != nil || !wakes {
			return err
		}
		part, beside, err := e.planDevice(wr.tx, d.Name, nil)
		warnings = append(warnings, beside...)
		if err == nil && len(part.Changes) > 0 {
			out.Devices = append(out.Devices, part)
		}
		return err
	})
	if err == nil {
		out.Warnings = warnings
	}
	return out, err
}

// pushable reports whether the entry of a device lets netmirror push to it.
func pushable(d mirror.Device) bool {
	return d.Mode != mirror.ModeObserve && !d.Maintenance && !d.Retired
}

// PlanTool is the dry run of PutTool. No device is sent anything because of a tool.
func (e *Engine) PlanTool(ctx context.Context, w Write, t mirror.Tool) (out EntryPlan, err error) {
	if t, err = acceptTool(t); err != nil {
		return out, err
	}
	return e.planEntry(ctx, w, mirror.ObjectTool, t.Name, func(wr *writing, out *EntryPlan) error { return wr.tool(&out.PlanObject, t) })
}

// PlanWebhook is the dry run of PutWebhook: nothing is sent to its receiver.
func (e *Engine) PlanWebhook(ctx context.Context, w Write, h mirror.Webhook) (out EntryPlan, err error) {
	if h, err = e.acceptWebhook(h); err != nil {
		return out, err
	}
	return e.planEntry(ctx, w, mirror.ObjectWebhook, h.Name, func(wr *writing, out *EntryPlan) error {
		old, created, err := replacesWebhook(wr.tx, w, h)
		out.is(created, reflect.DeepEqual(old, h), old, h)
		return err
	})
}

// PlanTrigger is the dry run of PutTrigger.
func (e *Engine) PlanTrigger(ctx context.Context, w Write, t mirror.Trigger) (out EntryPlan, err error) {
	if t, err = acceptTrigger(t); err != nil {
		return out, err
	}
	return e.planEntry(ctx, w, mirror.ObjectTrigger, t.Name, func(wr *writing, out *EntryPlan) error {
		old, created, err := replacesTrigger(wr.tx, w, t)
		out.is(created, reflect.DeepEqual(old, t), old, t)
		return err
	})
}

// PlanDelete is the dry run of DeleteDevice, DeleteTool, DeleteFilter, DeleteWebhook or
// DeleteTrigger, by kind, which is mirror.ObjectDevice and so on.
func (e *Engine) PlanDelete(ctx context.Context, w Write, kind, name string) (EntryPlan, error) {
	return e.planEntry(ctx, w, kind, name, func(wr *writing, out *EntryPlan) error {
		out.Action = ActionDeleted
		switch kind {
		case mirror.ObjectDevice:
			d, _, err := wr.tx.Device(name)
			if err != nil {
				return err
			}
			out.Before = entryOf(d)
			return e.dropDevice(wr.tx, w, name)
		case mirror.ObjectTool:
			t, err := dropTool(wr.tx, w, name)
			out.Before = entryOf(t)
			return err
		case mirror.ObjectWebhook:
			h, version, err := wr.tx.Webhook(name)
			if err != nil {
				return err
			}
			out.Before = entryOf(h)
			return precondition(w, version, kind, name)
		case mirror.ObjectTrigger:
			t, version, err := wr.tx.Trigger(name)
			if err != nil {
				return err
			}
			out.Before = entryOf(t)
			return precondition(w, version, kind, name)
		case mirror.ObjectFilter:
			f, _, err := wr.tx.Filter(name)
			if err != nil {
				return err
			}
			out.Before = entryOf(f)
			return dropFilter(wr.tx, w, name)
		}
		return fmt.Errorf("engine: a %s is not deleted so", kind)
	})
}

// planEntry does a write of one entry on a scratch.
func (e *Engine) planEntry(ctx context.Context, w Write, kind, name string, write func(*writing, *EntryPlan) error) (out EntryPlan, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		out = EntryPlan{PlanObject: PlanObject{Kind: kind, Name: name}}
		return write(&writing{e: e, tx: newScratch(tx, false), w: w}, &out)
	})
	if err != nil {
		return EntryPlan{}, err
	}
	return out, nil
}
