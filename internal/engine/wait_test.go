package engine

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
	"github.com/netmirror/netmirror/internal/testkit"
)

// viewed counts what is read from a store.
type viewed struct {
	mirror.Store
	times atomic.Int32
}

func (v *viewed) View(ctx context.Context, fn func(mirror.Tx) error) error {
	defer v.times.Add(1)
	return v.Store.View(ctx, fn)
}

// countedEngine is an engine over a store whose reads are counted.
func countedEngine(t *testing.T) (*Engine, *viewed) {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "netmirror.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	read := &viewed{Store: db}
	e, err := New(t.Context(), Config{Store: read, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return e, read
}

// Who waits for an operation reads it when it begins to wait and when it is over,
// whatever is written to it meanwhile.
func TestWhoWaitsReadsItsOperationTwice(t *testing.T) {
	e, read := countedEngine(t)
	op := mirror.Operation{ID: "op-1", Session: "s", State: mirror.OpRunning, Created: time.Now().UTC()}
	write := func() {
		t.Helper()
		if err := e.update(t.Context(), func(tx mirror.Tx) error { return tx.PutOperation(op) }); err != nil {
			t.Fatal(err)
		}
	}
	write()
	read.times.Store(0)
	ended := make(chan mirror.Operation, 1)
	go func() {
		op, err := e.WaitOperation(t.Context(), "op-1", testkit.Patience)
		if err != nil {
			t.Error(err)
		}
		ended <- op
	}()
	testkit.Eventually(t, testkit.Patience, "the first read", func() bool { return read.times.Load() == 1 })
	for i := range 20 {
		op.Message = fmt.Sprint(i)
		write()
	}
	op.State, op.Message = mirror.OpSucceeded, "over"
	write()
	if got := <-ended; got.State != mirror.OpSucceeded || got.Message != "over" {
		t.Errorf("waited for %+v", got)
	}
	if n := read.times.Load(); n != 2 {
		t.Errorf("read %d times", n)
	}
}

// Who does not wait for the end hears how far it came.
func TestWhoStopsWaitingHearsHowFarItCame(t *testing.T) {
	e, read := countedEngine(t)
	op := mirror.Operation{ID: "op-1", Session: "s", State: mirror.OpRunning, Created: time.Now().UTC()}
	write := func(message string) {
		t.Helper()
		op.Message = message
		if err := e.update(t.Context(), func(tx mirror.Tx) error { return tx.PutOperation(op) }); err != nil {
			t.Fatal(err)
		}
	}
	write("begun")
	read.times.Store(0)
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan mirror.Operation, 1)
	go func() {
		op, err := e.WaitOperation(ctx, "op-1", testkit.Patience)
		if err != nil {
			t.Error(err)
		}
		told <- op
	}()
	testkit.Eventually(t, testkit.Patience, "the first read", func() bool { return read.times.Load() == 1 })
	write("half way")
	cancel()
	if got := <-told; got.Message != "half way" {
		t.Errorf("told of %q", got.Message)
	}
}
