package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// CheckDevice is what a first day needs: is it reached, does the login work and
// may it do enough, what is it, is there room, and would anything be pushed. It
// reads the device; repairs follow by policy, as after any read. A device that
// may be written to is tried for what its driver relies on, in configuration mode
// where the platform has one, which changes nothing. What it came to is kept.
func (e *Engine) CheckDevice(ctx context.Context, w Write, name string) (DeviceCheck, error) {
	out, err := e.checkDevice(ctx, name)
	if err != nil || ctx.Err() != nil { // who has left may be what failed
		return out, err
	}
	last := mirror.LastCheck{At: time.Now().UTC(), Actor: w.Actor.Name, OK: out.OK, Items: slices.Clone(out.Items)}
	for i := range last.Items {
		last.Items[i].Message = inShort(last.Items[i].Message)
	}
	// Something beside: a device that was deleted meanwhile is not remembered.
	err = e.states.Change(ctx, name, nil, func(st *mirror.DeviceState) { st.LastCheck = &last }, func(mirror.Tx) error { return nil })
	if err != nil { // whoever looks for a fault shall have what was found
		e.log.Warn("a check is not kept", "device", name, "err", err)
	}
	return out, nil
}

// maxFinding is how many characters are kept of a line of a check.
const maxFinding = 240

func inShort(text string) string {
	if runes := []rune(text); len(runes) > maxFinding {
		return string(runes[:maxFinding]) + " ..."
	}
	return text
}

func (e *Engine) checkDevice(ctx context.Context, name string) (DeviceCheck, error) {
	view, err := e.Device(ctx, name)
	if err != nil {
		return DeviceCheck{}, err
	}
	out := DeviceCheck{Device: name, OK: true}
	add := func(item string, st mirror.State, format string, args ...any) {
		out.Items = append(out.Items, CheckItem{Name: item, State: st, Message: fmt.Sprintf(format, args...)})
		out.OK = out.OK && st != mirror.False
	}
	// A connection that is open proves nothing about the next login.
	target, err := e.target(view.Device)
	for _, l := range []mirror.Login{target.Jump, target.Login} {
		if err == nil {
			err = e.logins.Paused(ctx, l, "")
		}
	}
	if err != nil {
		add("credentials", mirror.False, "%v", err)
		return out, nil
	}
	view, err = e.Sync(ctx, Write{}, name)
	if err != nil {
		checkFailure(add, err)
		return out, nil
	}
	o, f := view.State.Observation, view.State.Facts
	add("reachable", mirror.True, "read at %s", o.At.Format(time.RFC3339))
	add("login", mirror.True, "accepted")
	add("privilege", mirror.True, "the configuration could be read")
	if err := e.addHostKeys(ctx, view.Device, add); err != nil {
		return out, err
	}
	add("model", mirror.True, "%s", strings.TrimSpace(f.Model+" "+f.Version))
	add("ports", stateOf(len(o.Ports) > 0), "%d ports", len(o.Ports))
	addSlots(add, view)
	observed, err := e.Observed(ctx, ObservedQuery{Device: name})
	if err != nil {
		return out, err
	}
	foreign := 0
	for _, n := range observed {
		if n.Owner != "netmirror" {
			foreign++
		}
	}
	add("ownership", mirror.True, "%d native sessions are ours, %d are not", len(observed)-foreign, foreign)
	held := e.heldBack()
	switch {
	case held != "":
		add("mode", mirror.Unknown, "%s: nothing is pushed", held)
	case view.Device.Mode == mirror.ModeObserve || view.Device.Maintenance:
		add("mode", mirror.Unknown, "%s, maintenance %t: nothing is pushed", view.Device.Mode, view.Device.Maintenance)
	default:
		add("mode", mirror.True, "%s", view.Device.Mode)
		e.addProofs(ctx, name, add)
	}
	e.addCounters(ctx, view, add)
	if t := view.Device.Transports.State; t != nil {
		e.addState(view, *t, add)
	}
	if b := view.State.Brake; b != nil {
		add("brake", mirror.False, "%s", b.Message)
	}
	return out, nil
}

// addHostKeys tells the keys that are pinned for a device.
func (e *Engine) addHostKeys(ctx context.Context, d mirror.Device, add func(string, mirror.State, string, ...any)) error {
	return e.store.View(ctx, func(tx mirror.Tx) error {
		keys, err := tx.HostKeys()
		for _, k := range keys {
			if k.Of(d) {
				add("host-key", mirror.True, "%s is pinned for %s", k.Fingerprint(), k.Host)
			}
			if k.OfJumpHost(d) {
				add("host-key", mirror.True, "%s is pinned for %s, the jump host on its way", k.Fingerprint(), k.Host)
			}
		}
		return err
	})
}

// addProofs adds to a check what the device was tried for.
func (e *Engine) addProofs(ctx context.Context, name string, add func(string, mirror.State, string, ...any)) {
	w := e.worker(name)
	if w == nil {
		return
	}
	p, err := w.Proofs(ctx)
	for _, item := range p.Items {
		add(item.Name, item.State, "%s", item.Message)
	}
	if err != nil {
		st := mirror.False
		if errors.Is(err, worker.ErrStopped) || errors.Is(err, mirror.ErrTimeout) && ctx.Err() != nil {
			st = mirror.Unknown
		}
		add("tried", st, "%v", err)
	}
}

// addState tells whether the transport for the state of sessions was read.
func (e *Engine) addState(view DeviceView, t mirror.Transport, add func(string, mirror.State, string, ...any)) {
	w := e.worker(view.Device.Name)
	if w == nil {
		return
	}
	read, err := w.State()
	switch {
	case err != nil:
		add("state", mirror.False, "%s to %s: %s", t.Protocol, t.Address, reasonsText(err))
	case !read:
		add("state", mirror.Unknown, "%s to %s was not read yet", t.Protocol, t.Address)
	default:
		add("state", mirror.True, "%s to %s tells whether sessions are programmed", t.Protocol, t.Address)
	}
}

// checkedPorts is of how many ports a check reads the counters.
const checkedPorts = 8

// addCounters tells what is read over a transport for counters.
func (e *Engine) addCounters(ctx context.Context, view DeviceView, add func(string, mirror.State, string, ...any)) {
	t := view.Device.Transports.Counters
	if t == nil {
		return
	}
	e.mu.Lock()
	line := e.lines[view.Device.Name]
	e.mu.Unlock()
	if line == nil {
		add("counters", mirror.Unknown, "%s to %s is stored, and this version reads nothing over it", t.Protocol, t.Address)
		return
	}
	ask := mirror.CounterAsk{}
	for _, p := range view.State.Observation.Ports {
		if p.Up == mirror.True && len(p.Members) == 0 && len(ask.Ports) < checkedPorts {
			ask.Ports = append(ask.Ports, p.Name)
		}
	}
	ask.All = len(ask.Ports) == 0
	read, err := line.read(ctx, ask, true)
	if err != nil {
		add("counters", mirror.False, "%s to %s: %s", t.Protocol, t.Address, reasonsText(err))
		return
	}
	whole := 0
	for _, p := range read.Ports {
		if p.Complete {
			whole++
		}
	}
	told := fmt.Sprintf("%d ports that are up", whole)
	if !ask.All {
		told = fmt.Sprintf("%d of the first %d ports that are up", whole, len(ask.Ports))
	}
	add("counters", stateOf(whole > 0), "%s to %s: the counters of %s were read%s", t.Protocol, t.Address, told, missing(read))
}

// missing says of ports why they were not told, the first by name.
func missing(read mirror.CounterRead) string {
	names := slices.Sorted(maps.Keys(read.Missing))
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("; %s was not: %s", names[0], read.Missing[names[0]])
}

// addSlots tells how much room there is: the limit that binds first.
func addSlots(add func(string, mirror.State, string, ...any), view DeviceView) {
	b := view.Binding
	if b.Max == 0 {
		add("slots", mirror.Unknown, "%d native sessions in use; no limit of this device is known", len(view.State.Observation.Natives))
		return
	}
	add("slots", stateOf(b.Used < b.Max), "%d of %d %s in use (limit of the %s: %s)", b.Used, b.Max, b.Counted(), b.Scope, b.Source)
}

// checkFailure says how far the way into the device led.
func checkFailure(add func(string, mirror.State, string, ...any), err error) {
	why := reasonsText(err) // the name of the check says the kind
	switch {
	case errors.Is(err, mirror.ErrCredentials): // nothing was tried
		add("credentials", mirror.False, "%s", why)
	case errors.Is(err, mirror.ErrHostKey): // nothing was shown to it
		add("reachable", mirror.True, "it answered")
		add("host-key", mirror.False, "%s", why)
	case errors.Is(err, mirror.ErrAuth) && strings.Contains(err.Error(), "enable"):
		add("reachable", mirror.True, "it answered")
		add("login", mirror.True, "accepted")
		add("privilege", mirror.False, "%s", why)
	case errors.Is(err, mirror.ErrAuth):
		add("reachable", mirror.True, "it answered")
		add("login", mirror.False, "%s", why)
	case errors.Is(err, mirror.ErrUnsupported):
		add("usable", mirror.False, "%s", why)
	case errors.Is(err, mirror.ErrParse), errors.Is(err, mirror.ErrRejected):
		add("reachable", mirror.True, "it answered")
		add("login", mirror.True, "accepted")
		add("readable", mirror.False, "%s", why)
	default:
		add("reachable", mirror.False, "%s", why)
	}
}

func stateOf(ok bool) mirror.State {
	if ok {
		return mirror.True
	}
	return mirror.False
}
