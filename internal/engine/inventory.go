package engine

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
	"github.com/netmirror/netmirror/internal/worker"
)

// stateFaults refuses a transport for the state of sessions that the platform has no
// driver for.
func (e *Engine) stateFaults(d mirror.Device) []mirror.Reason {
	t := d.Transports.State
	if t == nil || e.shared.Drivers[d.Platform+"/"+t.Protocol].Connect != nil {
		return nil
	}
	var there []string
	for _, drv := range e.shared.Drivers {
		if drv.Platform == d.Platform {
			there = append(there, drv.Protocol)
		}
	}
	slices.Sort(there)
	return []mirror.Reason{{Pointer: "/transports/state/protocol", Code: "unsupported",
		Message: fmt.Sprintf("the state of sessions of platform %s is not read over %s; served are %s", d.Platform, t.Protocol, strings.Join(there, ", "))}}
}

// PutDevice creates or replaces a device and starts its worker anew. The
// second result tells whether it was created.
func (e *Engine) PutDevice(ctx context.Context, w Write, d mirror.Device) (DeviceView, bool, error) {
	d, err := e.acceptDevice(d)
	if err != nil {
		return DeviceView{}, false, err
	}
	created, same := false, false
	unknown := e.unknownProfiles(d)
	err = e.update(ctx, func(tx mirror.Tx) (err error) {
		d, created, same, err = e.storeDevice(tx, w, d, unknown)
		return err
	})
	if err != nil {
		return DeviceView{}, false, err
	}
	if err := e.deviceStored(ctx, d, same); err != nil {
		return DeviceView{}, false, err
	}
	view, err := e.Device(ctx, d.Name)
	return view, created, err
}

// acceptDevice refuses what needs no look at the store.
func (e *Engine) acceptDevice(d mirror.Device) (mirror.Device, error) {
	d = d.WithDefaults()
	reasons := slices.Concat(d.Validate(), e.counterFaults(d), e.stateFaults(d))
	if drv, err := e.driver(d); err == nil {
		reasons = slices.Concat(reasons, drv.ConfirmFaults(d), linkFaults(drv, d))
	} else if len(reasons) == 0 {
		reasons = append(reasons, mirror.Reason{Pointer: "/platform", Code: "no-driver",
			Message: fmt.Sprintf("%v; known are %s", err, strings.Join(e.Platforms(), ", "))})
	}
	return d, mirror.Refuse(mirror.ErrInvalid, reasons)
}

// linkFaults refuses cables at what is no port of the platform.
func linkFaults(drv worker.Driver, d mirror.Device) (reasons []mirror.Reason) {
	for i, l := range d.Links {
		if ports, err := drv.Ports(l.Interface); err != nil || len(ports) != 1 {
			reasons = append(reasons, mirror.Reason{Pointer: fmt.Sprintf("/links/%d/interface", i), Code: "bad-port",
				Message: fmt.Sprintf("%q is not one port of platform %s", l.Interface, d.Platform)})
		}
	}
	return reasons
}

// storeDevice writes an entry unless it is there as it is.
func (e *Engine) storeDevice(tx mirror.Tx, w Write, d mirror.Device, unknown map[string]string) (_ mirror.Device, created, same bool, err error) {
	old, version, err := tx.Device(d.Name)
	if created = errors.Is(err, mirror.ErrNotFound); err != nil && !created {
		return d, false, false, err
	}
	if err := precondition(w, version, "device", d.Name); err != nil {
		return d, false, false, err
	}
	if err := refuseUnknown(unknown, old); err != nil {
		return d, false, false, err
	}
	keepFormer(&d, old)
	if same = !created && reflect.DeepEqual(old, d); same {
		return d, false, true, nil
	}
	if !created && old.ManagedBy != d.ManagedBy {
		return d, false, false, fmt.Errorf("device %q is managed by %s, not by %s: %w", d.Name, old.ManagedBy, d.ManagedBy, mirror.ErrConflict)
	}
	if !created && (old.Platform != d.Platform || old.Transports.Config.Bridge != d.Transports.Config.Bridge) {
		if err := e.unused(tx, d.Name, "change the platform or bridge of"); err != nil {
			return d, false, false, err
		}
	}
	if !created && old.Transports.Config.Protocol != d.Transports.Config.Protocol {
		if err := e.carries(tx, d); err != nil {
			return d, false, false, err
		}
	}
	if _, err := tx.PutDevice(d); err != nil {
		return d, false, false, err
	}
	if err := mirror.Sign(tx, mirror.ResourceDevice, d.Name, w.Actor.Name, created); err != nil {
		return d, false, false, err
	}
	event := objectEvent("DeviceStored", w, mirror.ObjectDevice, d.Name, "platform %s", d.Platform)
	if event.Device = d.Name; !created {
		event.Changed = changedFields(old, d)
	}
	return d, created, false, tx.AppendEvent(event)
}

// deviceStored has a device driven as its entry says now.
func (e *Engine) deviceStored(ctx context.Context, d mirror.Device, same bool) error {
	if !same {
		e.mu.Lock()
		e.startLocked(d)
		e.mu.Unlock()
	}
	e.senders.touch()
	e.cfg.Watch.DeviceChanged(d.Name)
	if d.Retired {
		return e.retired(ctx, d.Name)
	}
	return nil
}

// retired says of everything on a device that nobody looks at it any more.
func (e *Engine) retired(ctx context.Context, name string) error {
	unknown := mirror.Check{State: mirror.Unknown, Reason: mirror.ReasonRetired, Message: "the device's entry vanished from its source"}
	var rows []mirror.Placement
	err := e.update(ctx, func(tx mirror.Tx) (err error) {
		if rows, err = tx.PlacementsByDevice(name); err != nil {
			return err
		}
		for _, row := range rows {
			row.Configured, row.Programmed = unknown, mirror.Check{State: mirror.Unknown, Reason: mirror.ReasonRetired}
			if err := tx.PutPlacement(row); err != nil {
				return err
			}
		}
		st, err := e.states.Of(tx, name)
		if err != nil {
			return err
		}
		st.Reachable, st.Changed = unknown, time.Now().UTC()
		e.states.Set(st)
		return tx.PutDeviceState(st)
	})
	for _, row := range rows {
		e.sessions.add(row.Session)
	}
	e.returned(name) // nobody waits for it any more
	return err
}

// Platforms lists the catalogue, sorted, as platform/protocol.
func (e *Engine) Platforms() []string {
	var out []string
	for k := range e.shared.Drivers {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// unused refuses to pull a device from under its sessions.
func (e *Engine) unused(tx mirror.Tx, name, verb string) error {
	rows, err := tx.PlacementsByDevice(name)
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		return fmt.Errorf("cannot %s device %q: %d sessions are on it, %q among them: %w", verb, name, len(rows), rows[0].Session, mirror.ErrConflict)
	}
	for rec, err := range usingDevice(tx, name) {
		if err != nil {
			return err
		}
		return fmt.Errorf("cannot %s device %q: session %q names it: %w", verb, name, rec.Session.Name, mirror.ErrConflict)
	}
	tools, err := tx.Tools(mirror.Page{})
	if err != nil {
		return err
	}
	for _, t := range tools {
		if t.Device == name {
			return fmt.Errorf("cannot %s device %q: tool %q is connected to it: %w", verb, name, t.Name, mirror.ErrConflict)
		}
	}
	return nil
}

// DeleteDevice forgets a device that no session and no tool uses. Nothing on
// the device changes.
func (e *Engine) DeleteDevice(ctx context.Context, w Write, name string) error {
	if err := e.update(ctx, func(tx mirror.Tx) error { return e.dropDevice(tx, w, name) }); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if w := e.workers[name]; w != nil {
		w.Stop()
	}
	e.endLineLocked(name)
	e.states.Forget(name)
	e.reads.Forget(name)
	e.senders.touch()
	e.cfg.Watch.DeviceChanged(name)
	return nil
}

// dropDevice takes the entry of a device away that nothing uses.
func (e *Engine) dropDevice(tx mirror.Tx, w Write, name string) error {
	d, version, err := tx.Device(name)
	if err != nil {
		return err
	}
	if err := precondition(w, version, "device", name); err != nil {
		return err
	}
	if d.ManagedBy != mirror.ManagedByAPI && !d.Retired { // its source would bring it back
		return managedBy("device", name, d.ManagedBy)
	}
	if err := e.unused(tx, name, "delete"); err != nil {
		return err
	}
	if err := tx.DeleteDevice(name); err != nil {
		return err
	}
	return mirror.Tell(tx, "DeviceDeleted", w.Actor.Name, "", name, "forgotten; nothing on it was changed")
}

// Device shows a device with what is known of it.
func (e *Engine) Device(ctx context.Context, name string) (view DeviceView, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		d, version, err := tx.Device(name)
		if err != nil {
			return err
		}
		view, err = e.viewDevice(tx, d)
		view.Version = version
		return err
	})
	return view, err
}

// Devices lists devices by name. Their Version is left out.
func (e *Engine) Devices(ctx context.Context, p mirror.Page) (views []DeviceView, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		devices, err := tx.Devices(p)
		if err != nil {
			return err
		}
		views = make([]DeviceView, len(devices))
		for i, d := range devices {
			if views[i], err = e.viewDevice(tx, d); err != nil {
				return err
			}
		}
		return nil
	})
	return views, err
}

// toldState is what may be told of a device: what was before the start says nothing of
// now.
func (e *Engine) toldState(tx mirror.Tx, name string) (mirror.DeviceState, error) {
	st, err := e.states.Of(tx, name)
	if err != nil {
		return st, err
	}
	last, err := e.reads.Last(tx, name)
	if err != nil {
		return st, err
	}
	if !e.reads.Seen(name) && st.Reachable.Reason != mirror.ReasonRetired && st.Reachable.Reason != mirror.ReasonNeverTried {
		st.Reachable, st.Changed = plan.NotReadYet(last), e.started
	}
	if last.After(st.Observation.At) && !st.Observation.At.IsZero() {
		st.Observation.At = last // what was read then was the same
	}
	return st, nil
}

func (e *Engine) viewDevice(tx mirror.Tx, d mirror.Device) (DeviceView, error) {
	st, err := e.toldState(tx, d.Name)
	if err != nil {
		return DeviceView{}, err
	}
	v := DeviceView{Device: d, State: st}
	if v.Author, err = tx.Authorship(mirror.ResourceDevice, d.Name); err != nil {
		return DeviceView{}, err
	}
	if drv, err := e.driver(d); err == nil {
		v.Capabilities = drv.Capabilities(st.Facts).On(d)
		v.Cables = plan.Cables(d, drv.Ports)
	}
	v.Slots = plan.Slots(v.Capabilities, st.Observation)
	v.Binding, _ = plan.Binding(v.Slots)
	if w := e.worker(d.Name); w != nil && st.Reachable.State == mirror.False {
		v.NextRead = w.NextRun()
	}
	return v, nil
}

// Sync reads all of a device now and repairs what differs, and shows what was read.
func (e *Engine) Sync(ctx context.Context, _ Write, name string) (DeviceView, error) {
	if _, err := e.Device(ctx, name); err != nil {
		return DeviceView{}, err
	}
	e.awaitStart(ctx)
	if e.worker(name) == nil {
		return DeviceView{}, fmt.Errorf("device %q is retired or not driven yet: %w", name, mirror.ErrConflict)
	}
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timeouts.Submit)
	defer cancel()
	if err := e.observe(ctx, name, mirror.Look{Whole: true}); err != nil {
		return DeviceView{}, mirror.Refuse(kindOf(err), []mirror.Reason{{Code: "device-unreadable", Message: err.Error()}})
	}
	return e.Device(ctx, name)
}
