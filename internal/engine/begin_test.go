package engine_test

import (
	"context"
	"sync"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// heldStore lets the test hold the first list of devices, which Run makes at its
// start.
type heldStore struct {
	mirror.Store
	once        sync.Once
	asked, goOn chan struct{}
}

func (s *heldStore) View(ctx context.Context, fn func(mirror.Tx) error) error {
	return s.Store.View(ctx, func(tx mirror.Tx) error { return fn(heldTx{tx, s}) })
}

type heldTx struct {
	mirror.Tx
	s *heldStore
}

func (t heldTx) Devices(p mirror.Page) ([]mirror.Device, error) {
	t.s.once.Do(func() {
		t.s.asked <- struct{}{}
		<-t.s.goOn
	})
	return t.Tx.Devices(p)
}

// While the workers of what was stored are not started yet, a write waits for
// them: it is not decided on what was read before the stop, and a sync is no
// conflict.
func TestWhoComesDuringTheStartWaitsForIt(t *testing.T) {
	b := newBench(t, nil, one())
	b.settle("sw1")
	b.stop()
	held := &heldStore{asked: make(chan struct{}), goOn: make(chan struct{})}
	b.config = func(c *engine.Config) {
		held.Store = c.Store
		c.Store = held
	}
	ready, synced := make(chan error, 1), make(chan error, 1)
	go func() {
		<-held.asked
		ready <- b.Ready(context.Background())
		go func() {
			_, err := b.Sync(context.WithoutCancel(t.Context()), admin, "sw1")
			synced <- err
		}()
		close(held.goOn)
	}()
	b.start()
	if err := <-ready; err == nil {
		t.Error("an engine without workers calls itself ready")
	}
	if err := <-synced; err != nil {
		t.Error(err)
	}
}
