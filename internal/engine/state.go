package engine

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// state is what is known of a device, from memory or from the store.
func (e *Engine) state(tx mirror.Tx, name string) (mirror.DeviceState, error) {
	e.mu.Lock()
	st, ok := e.states[name]
	e.mu.Unlock()
	if ok {
		return st, nil
	}
	st, err := tx.DeviceState(name)
	if errors.Is(err, mirror.ErrNotFound) {
		return mirror.DeviceState{Device: name, Reachable: mirror.Check{State: mirror.Unknown, Reason: mirror.ReasonNeverTried}}, nil
	}
	return st, err
}

// known is what a running worker knows of its device, from memory.
func (e *Engine) known(name string) mirror.DeviceState {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.states[name]
}

// stateLock serializes who changes what is known of one device: its worker and
// operators.
func (e *Engine) stateLock(name string) *sync.Mutex {
	e.mu.Lock()
	defer e.mu.Unlock()
	l, ok := e.stateLocks[name]
	if !ok {
		l = &sync.Mutex{}
		e.stateLocks[name] = l
	}
	return l
}

// changeState changes what is known of a device. It is stored when something
// worth knowing after a restart changed, not at every read; what beside writes
// is written in the same transaction, and then it is always stored. alive,
// asked under e.mu, may keep the change out of memory.
func (e *Engine) changeState(ctx context.Context, name string, alive func() bool, change func(*mirror.DeviceState), beside func(mirror.Tx) error) error {
	lock := e.stateLock(name)
	lock.Lock()
	defer lock.Unlock()
	var old mirror.DeviceState
	err := e.store.View(ctx, func(tx mirror.Tx) (err error) {
		old, err = e.state(tx, name)
		return err
	})
	if err != nil {
		return err
	}
	st := old
	change(&st)
	flipped := old.Reachable.State != st.Reachable.State
	if flipped {
		st.Changed = time.Now().UTC()
	}
	if beside == nil {
		e.remember(name, st, alive)
	}
	if beside == nil && sameState(old, st) {
		return nil
	}
	err = e.update(ctx, func(tx mirror.Tx) error {
		if flipped {
			typ := map[mirror.State]string{mirror.True: "DeviceReachable", mirror.False: "DeviceUnreachable"}[st.Reachable.State]
			if err := event(tx, typ, system, "", name, "%s", st.Reachable.Message); err != nil {
				return err
			}
		}
		if beside != nil {
			if err := beside(tx); err != nil {
				return err
			}
		}
		return tx.PutDeviceState(st)
	})
	if err != nil {
		return err
	}
	if beside != nil {
		e.remember(name, st, alive)
	}
	if flipped {
		e.log.Info("device state", "device", name, "reachable", string(st.Reachable.State), "reason", st.Reachable.Reason, "detail", st.Reachable.Message)
	}
	return nil
}

func (e *Engine) remember(name string, st mirror.DeviceState, alive func() bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if alive == nil || alive() {
		e.states[name] = st
	}
}

// sameState compares what is worth storing: everything but the clock and
// counters.
func sameState(a, b mirror.DeviceState) bool {
	still := func(st mirror.DeviceState) mirror.DeviceState {
		st.Observation.At, st.Read = time.Time{}, time.Time{}
		st.Facts.LearnedAt, st.Facts.Uptime = time.Time{}, 0
		st.Observation.Natives = slices.Clone(st.Observation.Natives)
		for i := range st.Observation.Natives {
			st.Observation.Natives[i].Copies = mirror.Copies{}
		}
		return st
	}
	return reflect.DeepEqual(still(a), still(b)) && a.Observation.At.IsZero() == b.Observation.At.IsZero()
}

// vanishings remembers which devices of a platform lost everything of ours, and
// when.
type vanishings struct {
	mu   sync.Mutex
	seen map[string]map[string]time.Time // platform, device
}

// note adds a device and counts those of its platform within the window.
func (v *vanishings) note(platform, device string, now time.Time) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.seen == nil {
		v.seen = map[string]map[string]time.Time{}
	}
	if v.seen[platform] == nil {
		v.seen[platform] = map[string]time.Time{}
	}
	devices := v.seen[platform]
	devices[device] = now
	for d, at := range devices {
		if now.Sub(at) > plan.BrakeWindow {
			delete(devices, d)
		}
	}
	return len(devices)
}
