package engine

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

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
// each that is stored, and what is copied is kept with whatever changes it.
type recording struct {
	mirror.Store
	bell *bell
}

// Update is that of the store.
func (r recording) Update(ctx context.Context, fn func(mirror.Tx) error) error {
	var seen *recordingTx
	err := r.Store.Update(ctx, func(tx mirror.Tx) error {
		seen = &recordingTx{Tx: tx} // a second run begins anew
		if err := fn(seen); err != nil {
			return err
		}
		return seen.keep(time.Now().UTC().Truncate(time.Microsecond))
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

// A recordingTx counts the events that are appended, and remembers of which sessions
// devices hold something else now, or it is held for another reason. What was read in the
// same transaction tells what has not changed.
type recordingTx struct {
	mirror.Tx
	events int
	placed map[string]bool // sessions; true: what a device holds for it is let go of
	held   map[mirror.PlacementKey]heldThere
	terms  map[string]terms
}

// heldThere is what a device was last seen to hold for a placement.
type heldThere struct {
	applied  *mirror.Fragment
	missing  []mirror.NativeSource
	nativeID string
}

func heldOf(p mirror.Placement) heldThere { return heldThere{p.Applied, p.Missing, p.NativeID} }

// terms are what copies tell of their session.
type terms struct {
	there   bool
	lease   time.Time
	purpose mirror.Purpose
}

func termsOf(rec mirror.SessionRecord) terms {
	t := terms{there: true, lease: rec.Expires}
	if rec.Session.Purpose != nil {
		t.purpose = *rec.Session.Purpose
	}
	return t
}

func (t *recordingTx) place(session string, released bool) {
	if t.placed == nil {
		t.placed = map[string]bool{}
	}
	t.placed[session] = t.placed[session] || released
}

// keep brings the record of copies up to date, of the sessions that changed.
func (t *recordingTx) keep(now time.Time) error {
	for _, session := range slices.Sorted(maps.Keys(t.placed)) {
		if err := keepCopies(t.Tx, session, t.placed[session], now); err != nil {
			return err
		}
	}
	return nil
}

func (t *recordingTx) hold(rows ...mirror.Placement) {
	if t.held == nil {
		t.held = make(map[mirror.PlacementKey]heldThere, len(rows))
	}
	for _, p := range rows {
		t.held[p.Key()] = heldOf(p)
	}
}

func (t *recordingTx) seen(rows []mirror.Placement, err error) ([]mirror.Placement, error) {
	t.hold(rows...)
	return rows, err
}

// Placements reads them, and remembers what is held.
func (t *recordingTx) Placements(session string) ([]mirror.Placement, error) {
	return t.seen(t.Tx.Placements(session))
}

// PlacementsByDevice reads them, and remembers what is held.
func (t *recordingTx) PlacementsByDevice(device string) ([]mirror.Placement, error) {
	return t.seen(t.Tx.PlacementsByDevice(device))
}

// PutPlacement stores it, and remembers its session unless the same was held before.
func (t *recordingTx) PutPlacement(p mirror.Placement) error {
	if was, known := t.held[p.Key()]; !known || !reflect.DeepEqual(was, heldOf(p)) {
		t.place(p.Session, false)
		t.hold(p)
	}
	return t.Tx.PutPlacement(p)
}

// DeletePlacement deletes it, and remembers its session unless nothing was held. Who lets go
// of what is held has read it.
func (t *recordingTx) DeletePlacement(k mirror.PlacementKey) error {
	if was, known := t.held[k]; !known || was.applied != nil {
		t.place(k.Session, known)
	}
	return t.Tx.DeletePlacement(k)
}

// Session reads it, and remembers what copies tell of it.
func (t *recordingTx) Session(name string) (mirror.SessionRecord, error) {
	rec, err := t.Tx.Session(name)
	switch {
	case err == nil:
		t.know(name, termsOf(rec))
	case errors.Is(err, mirror.ErrNotFound):
		t.know(name, terms{})
	}
	return rec, err
}

func (t *recordingTx) know(session string, is terms) {
	if t.terms == nil {
		t.terms = map[string]terms{}
	}
	t.terms[session] = is
}

// PutSession stores it, and remembers it where what is told of its copies may have changed.
func (t *recordingTx) PutSession(rec mirror.SessionRecord) error {
	was, known := t.terms[rec.Session.Name]
	if is := termsOf(rec); !known || was.there && (!was.lease.Equal(is.lease) || was.purpose != is.purpose) {
		t.place(rec.Session.Name, false)
	}
	return t.Tx.PutSession(rec)
}

// DeleteSession deletes it, and remembers it.
func (t *recordingTx) DeleteSession(name string) error {
	t.place(name, false)
	return t.Tx.DeleteSession(name)
}

// AppendEvent stores it, and counts it.
func (t *recordingTx) AppendEvent(e mirror.Event) error {
	t.events++
	return t.Tx.AppendEvent(e)
}
