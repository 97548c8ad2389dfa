package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// PutTool creates or replaces a tool. Where it is connected cannot change while
// sessions copy to it.
func (e *Engine) PutTool(ctx context.Context, w Write, t mirror.Tool) (ToolView, bool, error) {
	t, err := acceptTool(t)
	if err != nil {
		return ToolView{}, false, err
	}
	created, view := false, ToolView{Tool: t}
	err = e.update(ctx, func(tx mirror.Tx) (err error) {
		if view.Version, created, _, err = e.storeTool(tx, w, t); err == nil {
			view.Author, err = tx.Authorship(mirror.ResourceTool, t.Name)
		}
		return err
	})
	if err == nil {
		e.readmitTool(ctx, t)
		e.cfg.Watch.ToolChanged(t.Name)
	}
	return view, created, err
}

// acceptTool refuses what needs no look at the store.
func acceptTool(t mirror.Tool) (mirror.Tool, error) {
	if err := mirror.Refuse(mirror.ErrInvalid, t.Validate()); err != nil {
		return t, err
	}
	if len(t.Labels) == 0 {
		t.Labels = nil
	}
	if len(t.Accepts) == 0 {
		t.Accepts = nil
	}
	return t, nil
}

// storeTool writes a tool unless it is there as it is.
func (e *Engine) storeTool(tx mirror.Tx, w Write, t mirror.Tool) (version int64, created, same bool, err error) {
	old, version, err := tx.Tool(t.Name)
	if created = errors.Is(err, mirror.ErrNotFound); err != nil && !created {
		return 0, false, false, err
	}
	if err := precondition(w, version, "tool", t.Name); err != nil {
		return 0, false, false, err
	}
	if !created && reflect.DeepEqual(old, t) {
		return version, false, true, nil
	}
	if !created && old.ManagedBy != t.ManagedBy {
		return 0, false, false, managedBy("tool", t.Name, old.ManagedBy)
	}
	if err := e.toolPort(tx, t); err != nil {
		return 0, false, false, err
	}
	if !created && (old.Device != t.Device || old.Interface != t.Interface || old.IP != t.IP) {
		if err := toolUnused(tx, t.Name, "move"); err != nil {
			return 0, false, false, err
		}
	}
	if version, err = tx.PutTool(t); err != nil {
		return 0, false, false, err
	}
	if err := mirror.Sign(tx, mirror.ResourceTool, t.Name, w.Actor.Name, created); err != nil {
		return 0, false, false, err
	}
	event := objectEvent("ToolStored", w, mirror.ObjectTool, t.Name, "tool %s", t.Name)
	if event.Device = t.Device; !created {
		event.Changed = changedFields(old, t)
	}
	return version, created, false, tx.AppendEvent(event)
}

// readmitTool has the load of a tool reckoned again, which takes more or less from now
// on.
func (e *Engine) readmitTool(ctx context.Context, t mirror.Tool) {
	if t.Device == "" {
		e.readmits.add(capacity.End{IP: t.IP})
		return
	}
	err := e.store.View(ctx, func(tx mirror.Tx) error {
		d, _, err := tx.Device(t.Device)
		if err != nil {
			return err
		}
		drv, err := e.driver(d)
		if err != nil {
			return err
		}
		ports, err := drv.Ports(t.Interface)
		for _, p := range ports {
			e.readmits.add(capacity.End{Device: t.Device, Port: p})
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		e.log.Warn("the load of a tool is not reckoned again", "tool", t.Name, "err", err)
	}
}

// toolPort refuses a tool on a device or a port that cannot be.
func (e *Engine) toolPort(tx mirror.Tx, t mirror.Tool) error {
	if t.Device == "" {
		return nil
	}
	d, _, err := tx.Device(t.Device)
	if errors.Is(err, mirror.ErrNotFound) {
		return mirror.Refuse(mirror.ErrUnsupported, []mirror.Reason{{Pointer: "/device", Code: "unknown-device", Message: fmt.Sprintf("there is no device %q", t.Device)}})
	}
	if err != nil {
		return err
	}
	drv, err := e.driver(d)
	if err != nil {
		return err
	}
	ports, err := drv.Ports(t.Interface)
	if err != nil || len(ports) != 1 {
		return mirror.Refuse(mirror.ErrUnsupported, []mirror.Reason{{Pointer: "/interface", Code: "bad-port",
			Message: fmt.Sprintf("%q is not one port of platform %s", t.Interface, d.Platform)}})
	}
	return nil
}

// managedBy refuses a write of an entry that belongs to another door.
func managedBy(kind, name, door string) error {
	return fmt.Errorf("%s %q is managed by %s: %w", kind, name, cmp.Or(door, mirror.ManagedByAPI), mirror.ErrConflict)
}

func toolUnused(tx mirror.Tx, name, verb string) error {
	for rec, err := range usingTool(tx, name) {
		if err != nil {
			return err
		}
		return fmt.Errorf("cannot %s tool %q: session %q copies to it: %w", verb, name, rec.Session.Name, mirror.ErrConflict)
	}
	return nil
}

// DeleteTool forgets a tool that no session copies to.
func (e *Engine) DeleteTool(ctx context.Context, w Write, name string) error {
	var old mirror.Tool
	err := e.update(ctx, func(tx mirror.Tx) (err error) {
		old, err = dropTool(tx, w, name)
		return err
	})
	if err == nil {
		e.readmitTool(ctx, old)
	}
	return err
}

func dropTool(tx mirror.Tx, w Write, name string) (mirror.Tool, error) {
	old, version, err := tx.Tool(name)
	if err != nil {
		return old, err
	}
	if err := precondition(w, version, "tool", name); err != nil {
		return old, err
	}
	if old.ManagedBy != "" && !old.Retired {
		return old, managedBy("tool", name, old.ManagedBy)
	}
	if err := toolUnused(tx, name, "delete"); err != nil {
		return old, err
	}
	if err := tx.DeleteTool(name); err != nil {
		return old, err
	}
	event := objectEvent("ToolDeleted", w, mirror.ObjectTool, name, "tool %s", name)
	event.Device = old.Device
	return old, tx.AppendEvent(event)
}

// Tool shows a tool.
func (e *Engine) Tool(ctx context.Context, name string) (view ToolView, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		if view.Tool, view.Version, err = tx.Tool(name); err == nil {
			view.Author, err = tx.Authorship(mirror.ResourceTool, name)
		}
		return err
	})
	return view, err
}

// Tools lists tools by name. Their Version is left out.
func (e *Engine) Tools(ctx context.Context, p mirror.Page) (views []ToolView, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		tools, err := tx.Tools(p)
		for _, t := range tools {
			views = append(views, ToolView{Tool: t})
		}
		return err
	})
	return views, err
}
