package worker

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
)

// failing is a store whose writes fail while broken is set.
type failing struct {
	mirror.Store
	broken error
}

func (f *failing) Update(ctx context.Context, fn func(mirror.Tx) error) error {
	if f.broken != nil {
		return f.broken
	}
	return f.Store.Update(ctx, fn)
}

// What is held is known at once, and stored with the next change, whatever that is.
func TestWhatIsHeldIsStoredWithTheNextChange(t *testing.T) {
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "netmirror.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	broken := &failing{Store: db}
	states := NewStates(broken, slog.New(slog.DiscardHandler))
	stored := func() (st mirror.DeviceState) {
		t.Helper()
		err := db.View(t.Context(), func(tx mirror.Tx) (err error) { st, err = tx.DeviceState("sw"); return err })
		if err != nil && !errors.Is(err, mirror.ErrNotFound) {
			t.Fatal(err)
		}
		return st
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(db.Update(t.Context(), func(tx mirror.Tx) error { _, err := tx.PutDevice(mirror.Device{Name: "sw"}); return err }))
	view := func(v string) func(*mirror.DeviceState) {
		return func(st *mirror.DeviceState) { st.Reachable.State, st.View = mirror.True, v }
	}
	nothing := func(*mirror.DeviceState) {}

	do(states.Hold(t.Context(), "sw", nil, view("first")))
	if got := stored().View; got != "first" {
		t.Errorf("that the device answers is not stored at once: %q", got)
	}
	do(states.Hold(t.Context(), "sw", nil, view("second")))
	if known, kept := states.Known("sw").View, stored().View; known != "second" || kept != "first" {
		t.Errorf("held: known %q, stored %q", known, kept)
	}
	do(states.Change(t.Context(), "sw", nil, nothing, nil))
	if got := stored().View; got != "second" {
		t.Errorf("a change that changes nothing left %q stored", got)
	}
	do(states.Hold(t.Context(), "sw", nil, view("third")))
	do(states.Change(t.Context(), "sw", nil, nothing, func(mirror.Tx) error { return nil }))
	if got := stored().View; got != "third" {
		t.Errorf("a change with something beside left %q stored", got)
	}

	broken.broken = mirror.ErrStorage
	if err := states.Change(t.Context(), "sw", nil, view("fourth"), nil); !errors.Is(err, mirror.ErrStorage) {
		t.Errorf("broken: %v", err)
	}
	broken.broken = nil
	do(states.Change(t.Context(), "sw", nil, nothing, nil))
	if got := stored().View; got != "fourth" {
		t.Errorf("what could not be stored once is not stored later: %q", got)
	}
}
