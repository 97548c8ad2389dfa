package engine

import (
	"context"
	"sync"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A bell rings for all who wait for it.
type bell struct {
	mu sync.Mutex
	c  chan struct{}
}

// next is closed when the bell rings next.
func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c == nil {
		b.c = make(chan struct{})
	}
	return b.c
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c != nil {
		close(b.c)
		b.c = nil
	}
}

// A recording is the store as engine and workers write it: who follows events hears of
// each that is stored.
type recording struct {
	mirror.Store
	bell *bell
}

// Update is that of the store.
func (r recording) Update(ctx context.Context, fn func(mirror.Tx) error) error {
	var seen *recordingTx
	err := r.Store.Update(ctx, func(tx mirror.Tx) error {
		seen = &recordingTx{Tx: tx} // a second run begins anew
		return fn(seen)
	})
	if err == nil && seen.events > 0 {
		r.bell.ring()
	}
	return err
}

// Healthy reports what keeps the store from being written, where it tells.
func (r recording) Healthy(ctx context.Context) error {
	if s, ok := r.Store.(interface{ Healthy(context.Context) error }); ok {
		return s.Healthy(ctx)
	}
	return nil
}

// A recordingTx counts the events that are appended.
type recordingTx struct {
	mirror.Tx
	events int
}

// AppendEvent stores it, and counts it.
func (t *recordingTx) AppendEvent(e mirror.Event) error {
	t.events++
	return t.Tx.AppendEvent(e)
}
