package worker

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// States are what is known of the devices: in memory of now, in the store what is
// worth knowing after a restart.
type States struct {
	store mirror.Store
	log   *slog.Logger

	mu     sync.Mutex
	known  map[string]mirror.DeviceState
	behind map[string]bool // what is stored of a device is older than what is known
	locks  map[string]*sync.Mutex
	notify func(device string)
}

// NewStates knows what the store knows.
func NewStates(store mirror.Store, log *slog.Logger) *States {
	return &States{store: store, log: log, known: map[string]mirror.DeviceState{}, behind: map[string]bool{}, locks: map[string]*sync.Mutex{}}
}

// Of is what is known of a device, from memory or from the store.
func (s *States) Of(tx mirror.Tx, name string) (mirror.DeviceState, error) {
	if st, ok := s.inMemory(name); ok {
		return st, nil
	}
	st, err := tx.DeviceState(name)
	if errors.Is(err, mirror.ErrNotFound) {
		return mirror.DeviceState{Device: name, Reachable: mirror.Check{State: mirror.Unknown, Reason: mirror.ReasonNeverTried}}, nil
	}
	return st, err
}

// now is Of outside a transaction. Memory needs none.
func (s *States) now(ctx context.Context, name string) (st mirror.DeviceState, err error) {
	if st, ok := s.inMemory(name); ok {
		return st, nil
	}
	err = s.store.View(ctx, func(tx mirror.Tx) error {
		st, err = s.Of(tx, name)
		return err
	})
	return st, err
}

func (s *States) inMemory(name string) (st mirror.DeviceState, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, ok = s.known[name]
	return st, ok
}

// Known is what a running worker knows of its device, from memory.
func (s *States) Known(name string) mirror.DeviceState {
	st, _ := s.inMemory(name)
	return st
}

// lock serializes who changes what is known of one device: its worker and
// operators.
func (s *States) lock(name string) *sync.Mutex {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, ok := s.locks[name]
	if !ok {
		l = &sync.Mutex{}
		s.locks[name] = l
	}
	return l
}

// Change changes what is known of a device. It is stored when something
// worth knowing after a restart changed, not at every read; what beside writes
// is written in the same transaction, and then it is always stored. alive,
// asked when it is about to be remembered, may keep the change out of memory.
func (s *States) Change(ctx context.Context, name string, alive func() bool, change func(*mirror.DeviceState), beside func(mirror.Tx) error) error {
	lock := s.lock(name)
	lock.Lock()
	defer lock.Unlock()
	old, err := s.now(ctx, name)
	if err != nil {
		return err
	}
	st := old
	change(&st)
	st.Since(old)
	flipped := old.Reachable.State != st.Reachable.State
	if flipped {
		st.Changed = time.Now().UTC()
	}
	if beside == nil {
		s.remember(name, st, alive)
	}
	if beside == nil && sameState(old, st) && !s.isBehind(name) {
		return nil
	}
	err = s.store.Update(ctx, func(tx mirror.Tx) error {
		if flipped {
			typ := map[mirror.State]string{mirror.True: "DeviceReachable", mirror.False: "DeviceUnreachable"}[st.Reachable.State]
			if err := mirror.Tell(tx, typ, mirror.ActorSystem, "", name, "%s", st.Reachable.Message); err != nil {
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
		if beside == nil {
			s.setBehind(name, true)
		}
		return err
	}
	s.setBehind(name, false)
	if beside != nil {
		s.remember(name, st, alive)
	}
	if flipped {
		s.log.Info("device state", "device", name, "reachable", string(st.Reachable.State), "reason", st.Reachable.Reason, "detail", st.Reachable.Message)
	}
	return nil
}

// Hold is Change in the midst of something that ends with a Change: what changed
// is remembered, and stored with that. After a crash the store tells what was known
// before, and everything is read again. Whether the device answers is stored at once.
func (s *States) Hold(ctx context.Context, name string, alive func() bool, change func(*mirror.DeviceState)) error {
	lock := s.lock(name)
	lock.Lock()
	old, err := s.now(ctx, name)
	st := old
	change(&st)
	held := err == nil && old.Reachable.State == st.Reachable.State
	if held {
		s.remember(name, st, alive)
		if !sameState(old, st) {
			s.setBehind(name, true)
		}
	}
	lock.Unlock()
	if err != nil || held {
		return err
	}
	return s.Change(ctx, name, alive, change, nil)
}

// Beside stores what Hold has put off beside something else, which write does: put has to
// be called in its transaction.
func (s *States) Beside(name string, write func(put func(mirror.Tx) error) error) error {
	lock := s.lock(name)
	lock.Lock()
	defer lock.Unlock()
	st, known := s.inMemory(name)
	if !known || !s.isBehind(name) {
		return write(func(mirror.Tx) error { return nil })
	}
	err := write(func(tx mirror.Tx) error { return tx.PutDeviceState(st) })
	if err == nil {
		s.setBehind(name, false)
	}
	return err
}

func (s *States) isBehind(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.behind[name]
}

func (s *States) setBehind(name string, behind bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if behind {
		s.behind[name] = true
	} else {
		delete(s.behind, name)
	}
}

func (s *States) remember(name string, st mirror.DeviceState, alive func() bool) {
	s.mu.Lock()
	old, known := s.known[name]
	live := alive == nil || alive()
	if live {
		s.known[name] = st
	}
	notify := s.notify
	s.mu.Unlock()
	told := func(st mirror.DeviceState) [4]string {
		out := [4]string{string(st.Reachable.State), st.Reachable.Reason}
		if st.Brake != nil {
			out[2] = st.Brake.Since.String()
		}
		for _, n := range st.Observation.Natives { // it is counted whose they are
			out[3] += n.ID + "\n" + n.Mark + "\n" + n.Opaque + "\n"
		}
		return out
	}
	if live && notify != nil && (!known || told(old) != told(st)) {
		notify(name)
	}
}

// Notify has f called when it changes whether a device can be reached, why, whether its
// repairs have stopped, or which native sessions it holds. It is called before anything is remembered, and f holds nobody up.
func (s *States) Notify(f func(device string)) { s.notify = f }

// Set makes something known of a device that its caller stores.
func (s *States) Set(st mirror.DeviceState) { s.remember(st.Device, st, nil) }

// Forget forgets a device that is deleted.
func (s *States) Forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, name)
	delete(s.behind, name)
}

// Hosts are the mirror.ActorSystem names of the devices that were read since the start.
func (s *States) Hosts() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]string, len(s.known))
	for name, st := range s.known {
		out[name] = st.Facts.Hostname
	}
	return out
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
