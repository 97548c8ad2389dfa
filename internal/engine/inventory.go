package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// PutDevice creates or replaces a device and starts its worker anew. The
// second result tells whether it was created.
func (e *Engine) PutDevice(ctx context.Context, w Write, d mirror.Device) (DeviceView, bool, error) {
	d = d.WithDefaults()
	reasons := d.Validate()
	if _, err := e.driver(d); err != nil && len(reasons) == 0 {
		reasons = append(reasons, mirror.Reason{Pointer: "/platform", Code: "no-driver",
			Message: fmt.Sprintf("%v; known are %s", err, strings.Join(e.Platforms(), ", "))})
	}
	if err := mirror.Refuse(mirror.ErrInvalid, reasons); err != nil {
		return DeviceView{}, false, err
	}
	created, same := false, false
	err := e.update(ctx, func(tx mirror.Tx) error {
		old, version, err := tx.Device(d.Name)
		if created = errors.Is(err, mirror.ErrNotFound); err != nil && !created {
			return err
		}
		if err := precondition(w, version, "device", d.Name); err != nil {
			return err
		}
		if same = !created && reflect.DeepEqual(old, d); same {
			return nil
		}
		if !created && old.ManagedBy != d.ManagedBy {
			return fmt.Errorf("device %q is managed by %s, not by %s: %w", d.Name, old.ManagedBy, d.ManagedBy, mirror.ErrConflict)
		}
		if !created && (old.Platform != d.Platform || old.Transports.Config.Bridge != d.Transports.Config.Bridge) {
			if err := e.unused(tx, d.Name, "change the platform or bridge of"); err != nil {
				return err
			}
		}
		if _, err := tx.PutDevice(d); err != nil {
			return err
		}
		return event(tx, "DeviceStored", w.Actor.Name, "", d.Name, "platform %s", d.Platform)
	})
	if err != nil {
		return DeviceView{}, false, err
	}
	if !same {
		e.mu.Lock()
		e.startLocked(d)
		e.mu.Unlock()
	}
	if d.Retired {
		if err := e.retired(ctx, d.Name); err != nil {
			return DeviceView{}, false, err
		}
	}
	view, err := e.Device(ctx, d.Name)
	return view, created, err
}

// retired says of everything on a device that nobody looks at it any more.
func (e *Engine) retired(ctx context.Context, name string) error {
	unknown := mirror.Check{State: mirror.Unknown, Reason: "Retired", Message: "the device's entry vanished from its source"}
	var rows []mirror.Placement
	err := e.update(ctx, func(tx mirror.Tx) (err error) {
		if rows, err = tx.PlacementsByDevice(name); err != nil {
			return err
		}
		for _, row := range rows {
			row.Configured, row.Programmed = unknown, mirror.Check{State: mirror.Unknown, Reason: "Retired"}
			if err := tx.PutPlacement(row); err != nil {
				return err
			}
		}
		st, err := e.state(tx, name)
		if err != nil {
			return err
		}
		st.Reachable, st.Changed = unknown, time.Now().UTC()
		e.mu.Lock()
		e.states[name] = st
		e.mu.Unlock()
		return tx.PutDeviceState(st)
	})
	for _, row := range rows {
		e.sessions.add(row.Session)
	}
	return err
}

// Platforms lists the catalogue, sorted, as platform/protocol.
func (e *Engine) Platforms() []string {
	var out []string
	for k := range e.drivers {
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
	sessions, err := tx.Sessions(mirror.Page{})
	if err != nil {
		return err
	}
	for _, rec := range sessions {
		if slices.Contains(rec.Session.Devices(), name) {
			return fmt.Errorf("cannot %s device %q: session %q names it: %w", verb, name, rec.Session.Name, mirror.ErrConflict)
		}
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
	err := e.update(ctx, func(tx mirror.Tx) error {
		d, version, err := tx.Device(name)
		if err != nil {
			return err
		}
		if err := precondition(w, version, "device", name); err != nil {
			return err
		}
		if d.ManagedBy != mirror.ManagedByAPI {
			return fmt.Errorf("device %q is managed by %s: %w", name, d.ManagedBy, mirror.ErrConflict)
		}
		if err := e.unused(tx, name, "delete"); err != nil {
			return err
		}
		if err := tx.DeleteDevice(name); err != nil {
			return err
		}
		return event(tx, "DeviceDeleted", w.Actor.Name, "", name, "forgotten; nothing on it was changed")
	})
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if worker := e.workers[name]; worker != nil {
		worker.stop()
	}
	delete(e.states, name)
	return nil
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

func (e *Engine) viewDevice(tx mirror.Tx, d mirror.Device) (DeviceView, error) {
	st, err := e.state(tx, d.Name)
	if err != nil {
		return DeviceView{}, err
	}
	v := DeviceView{Device: d, State: st, NativeUsed: len(st.Observation.Natives)}
	if drv, err := e.driver(d); err == nil {
		v.Capabilities = drv.Capabilities(st.Facts)
	}
	for _, l := range v.Capabilities.Limits {
		if l.Counts == mirror.LimitSessions {
			v.NativeTotal = l.Max
		}
	}
	return v, nil
}

// Sync reads a device now and repairs what differs, and shows what was read.
func (e *Engine) Sync(ctx context.Context, _ Write, name string) (DeviceView, error) {
	if _, err := e.Device(ctx, name); err != nil {
		return DeviceView{}, err
	}
	if e.worker(name) == nil {
		return DeviceView{}, fmt.Errorf("device %q is retired or not driven yet: %w", name, mirror.ErrConflict)
	}
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timeouts.Submit)
	defer cancel()
	if err := e.observe(ctx, name); err != nil {
		return DeviceView{}, mirror.Refuse(kindOf(err), []mirror.Reason{{Code: "device-unreadable", Message: err.Error()}})
	}
	return e.Device(ctx, name)
}

// CheckDevice is what a first day needs: is it reached, what is it, is there
// room. It reads the device; repairs follow by policy, as after any read.
func (e *Engine) CheckDevice(ctx context.Context, name string) (DeviceCheck, error) {
	view, err := e.Device(ctx, name)
	if err != nil {
		return DeviceCheck{}, err
	}
	out := DeviceCheck{Device: name, OK: true}
	add := func(item string, st mirror.State, format string, args ...any) {
		out.Items = append(out.Items, CheckItem{Name: item, State: st, Message: fmt.Sprintf(format, args...)})
		out.OK = out.OK && st != mirror.False
	}
	view, err = e.Sync(ctx, Write{}, name)
	if err != nil {
		add("reachable", mirror.False, "%v", err)
		return out, nil
	}
	o, f := view.State.Observation, view.State.Facts
	add("reachable", mirror.True, "read at %s", o.At.Format(time.RFC3339))
	add("model", mirror.True, "%s %s", f.Model, f.Version)
	add("ports", stateOf(len(o.Ports) > 0), "%d ports", len(o.Ports))
	free := mirror.True
	if view.NativeTotal > 0 && view.NativeUsed >= view.NativeTotal {
		free = mirror.False
	}
	add("slots", free, "%d of %d native sessions in use", view.NativeUsed, view.NativeTotal)
	add("mode", mirror.True, "%s", view.Device.Mode)
	return out, nil
}

func stateOf(ok bool) mirror.State {
	if ok {
		return mirror.True
	}
	return mirror.False
}

// Observed lists the native sessions last seen on a device, or with "" on all,
// with a guess whose they are.
func (e *Engine) Observed(ctx context.Context, device string) (out []ObservedSession, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		devices, err := tx.Devices(mirror.Page{})
		if device != "" {
			var d mirror.Device
			d, _, err = tx.Device(device)
			devices = []mirror.Device{d}
		}
		if err != nil {
			return err
		}
		for _, d := range devices {
			list, err := e.observedOn(tx, d)
			if err != nil {
				return err
			}
			out = append(out, list...)
		}
		return nil
	})
	return out, err
}

func (e *Engine) observedOn(tx mirror.Tx, d mirror.Device) ([]ObservedSession, error) {
	info, err := e.info(tx, d)
	if errors.Is(err, mirror.ErrUnsupported) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rows, err := tx.PlacementsByDevice(d.Name)
	if err != nil {
		return nil, err
	}
	var out []ObservedSession
	for _, n := range info.Observation.Natives {
		o := ObservedSession{Device: d.Name, Native: n, Owner: "foreign", At: info.Observation.At}
		mark, own := info.Own(n)
		switch {
		case own:
			o.Owner = "netmirror"
		case strings.HasPrefix(n.Mark, mirror.MarkPrefix):
			o.Owner = "netmirror-other"
		}
		for _, row := range rows {
			if own && row.Mark == mark {
				o.Sessions = append(o.Sessions, row.Session)
			}
		}
		out = append(out, o)
	}
	return out, nil
}

// PutTool creates or replaces a tool. Where it is connected cannot change while
// sessions copy to it.
func (e *Engine) PutTool(ctx context.Context, w Write, t mirror.Tool) (ToolView, bool, error) {
	if err := mirror.Refuse(mirror.ErrInvalid, t.Validate()); err != nil {
		return ToolView{}, false, err
	}
	if len(t.Labels) == 0 {
		t.Labels = nil
	}
	if len(t.Accepts) == 0 {
		t.Accepts = nil
	}
	created, version := false, int64(0)
	err := e.update(ctx, func(tx mirror.Tx) error {
		old, v, err := tx.Tool(t.Name)
		if created = errors.Is(err, mirror.ErrNotFound); err != nil && !created {
			return err
		}
		if err := precondition(w, v, "tool", t.Name); err != nil {
			return err
		}
		version = v
		if !created && reflect.DeepEqual(old, t) {
			return nil
		}
		if err := e.toolPort(tx, t); err != nil {
			return err
		}
		if !created && (old.Device != t.Device || old.Interface != t.Interface || old.IP != t.IP) {
			if err := toolUnused(tx, t.Name, "move"); err != nil {
				return err
			}
		}
		if version, err = tx.PutTool(t); err != nil {
			return err
		}
		return event(tx, "ToolStored", w.Actor.Name, "", t.Device, "tool %s", t.Name)
	})
	return ToolView{Tool: t, Version: version}, created, err
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

func toolUnused(tx mirror.Tx, name, verb string) error {
	sessions, err := tx.Sessions(mirror.Page{})
	if err != nil {
		return err
	}
	for _, rec := range sessions {
		if slices.ContainsFunc(rec.Session.Destinations, func(d mirror.Destination) bool { return d.Tool == name }) {
			return fmt.Errorf("cannot %s tool %q: session %q copies to it: %w", verb, name, rec.Session.Name, mirror.ErrConflict)
		}
	}
	return nil
}

// DeleteTool forgets a tool that no session copies to.
func (e *Engine) DeleteTool(ctx context.Context, w Write, name string) error {
	return e.update(ctx, func(tx mirror.Tx) error {
		_, version, err := tx.Tool(name)
		if err != nil {
			return err
		}
		if err := precondition(w, version, "tool", name); err != nil {
			return err
		}
		if err := toolUnused(tx, name, "delete"); err != nil {
			return err
		}
		if err := tx.DeleteTool(name); err != nil {
			return err
		}
		return event(tx, "ToolDeleted", w.Actor.Name, "", "", "tool %s", name)
	})
}

// Tool shows a tool.
func (e *Engine) Tool(ctx context.Context, name string) (view ToolView, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		view.Tool, view.Version, err = tx.Tool(name)
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

// HashToken is how a bearer token is stored: 256 random bits need no slow hash.
func HashToken(bearer string) string {
	sum := sha256.Sum256([]byte(bearer))
	return hex.EncodeToString(sum[:])
}

// Authenticate finds the actor of a bearer token; ErrAuth when there is none.
func (e *Engine) Authenticate(ctx context.Context, bearer string) (actor Actor, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		t, err := tx.TokenByHash(HashToken(bearer))
		if errors.Is(err, mirror.ErrNotFound) {
			return fmt.Errorf("unknown token: %w", mirror.ErrAuth)
		}
		actor = Actor{Name: t.Name, Access: t.Access}
		return err
	})
	return actor, err
}
