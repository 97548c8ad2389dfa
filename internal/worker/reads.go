package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// readsKept is how often the times of the last reads are stored: a crash makes
// them older by so much.
const readsKept = time.Minute

// Reads knows when devices were read, and of which of them everything was found
// out since the start.
type Reads struct {
	store mirror.Store
	log   *slog.Logger

	mu     sync.Mutex
	seen   map[string]bool      // devices that were read since the start
	judged map[string]bool      // devices about which everything is recorded since then
	last   map[string]time.Time // last good reads that are not stored yet
	notify func(device string)
}

// NewReads knows of no read since the start.
func NewReads(store mirror.Store, log *slog.Logger) *Reads {
	return &Reads{store: store, log: log, seen: map[string]bool{}, judged: map[string]bool{}, last: map[string]time.Time{}}
}

// Judged reports whether everything about a device is recorded since the start.
func (r *Reads) Judged(device string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.judged[device]
}

// Seen reports whether a device was read, or found out not to answer, since the
// start.
func (r *Reads) Seen(device string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen[device] || r.judged[device]
}

// Forget forgets a device that is deleted.
func (r *Reads) Forget(device string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.seen, device)
	delete(r.judged, device)
	delete(r.last, device)
}

// judge notes that everything about a device is recorded, and reports whether
// that is so for the first time since the start.
func (r *Reads) judge(device string) (first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	first = !r.judged[device]
	r.judged[device] = true
	if first && r.notify != nil {
		r.notify(device)
	}
	return first
}

// Notify has f called when a device is read, or found out not to answer, for the first
// time. It is called before any is, and f holds nobody up.
func (r *Reads) Notify(f func(device string)) { r.notify = f }

// Last tells when a device was last read well, zero for never.
func (r *Reads) Last(tx mirror.Tx, device string) (time.Time, error) {
	r.mu.Lock()
	at := r.last[device]
	r.mu.Unlock()
	if !at.IsZero() {
		return at, nil
	}
	at, err := tx.DeviceRead(device)
	if errors.Is(err, mirror.ErrNotFound) {
		return time.Time{}, nil
	}
	return at, err
}

// note notes a good read, to be stored with others.
func (r *Reads) note(device string, at time.Time) {
	r.mu.Lock()
	first := !r.seen[device]
	r.seen[device], r.last[device] = true, at
	r.mu.Unlock()
	if first && r.notify != nil {
		r.notify(device)
	}
}

// Keep stores the times of the last reads now and then, until ctx ends.
func (r *Reads) Keep(ctx context.Context) {
	tick := time.NewTicker(readsKept)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.Save(ctx)
		}
	}
}

// Save stores the times of the last reads.
func (r *Reads) Save(ctx context.Context) {
	r.mu.Lock()
	reads := r.last
	r.last = map[string]time.Time{}
	r.mu.Unlock()
	if len(reads) == 0 {
		return
	}
	err := r.store.Update(ctx, func(tx mirror.Tx) error {
		for device, at := range reads {
			if err := tx.PutDeviceRead(device, at); err != nil && !errors.Is(err, mirror.ErrNotFound) { // deleted meanwhile
				return err
			}
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		r.log.Error("store", "what", "times of the last reads", "err", err)
	}
}
