package engine

import (
	"context"
	"errors"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// readsKept is how often the times of the last reads are stored: a crash makes
// them older by so much.
const readsKept = time.Minute

// judge says that a worker has found out about its device, good or bad. What is
// stored about it counts from now on. The first time after a start the status of
// everything on the device is looked at again.
func (e *Engine) judge(ctx context.Context, device string) {
	e.mu.Lock()
	first := !e.judged[device]
	e.judged[device] = true
	e.mu.Unlock()
	if !first {
		return
	}
	err := e.store.View(ctx, func(tx mirror.Tx) error {
		rows, err := tx.PlacementsByDevice(device)
		for _, row := range rows {
			e.sessions.addLater(row.Session)
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		e.log.Error("store", "device", device, "err", err)
	}
}

// lastRead tells when a device was last read well, zero for never.
func (e *Engine) lastRead(tx mirror.Tx, device string) (time.Time, error) {
	e.mu.Lock()
	at := e.reads[device]
	e.mu.Unlock()
	if !at.IsZero() {
		return at, nil
	}
	at, err := tx.DeviceRead(device)
	if errors.Is(err, mirror.ErrNotFound) {
		return time.Time{}, nil
	}
	return at, err
}

// remembered are placements as they may be told, see plan.Remembered.
func (e *Engine) remembered(tx mirror.Tx, rows []mirror.Placement) (told []mirror.Placement, unread bool, err error) {
	told, unread = plan.Remembered(rows, func(device string) (time.Time, bool) {
		e.mu.Lock()
		judged := e.judged[device]
		e.mu.Unlock()
		if judged {
			return time.Time{}, false
		}
		at, fault := e.lastRead(tx, device)
		err = errors.Join(err, fault)
		return at, true
	})
	return told, unread, err
}

// noteRead notes a good read, to be stored with others.
func (e *Engine) noteRead(device string, at time.Time) {
	e.mu.Lock()
	e.seen[device], e.reads[device] = true, at
	e.mu.Unlock()
}

// keepReads stores the times of the last reads now and then, until ctx ends.
func (e *Engine) keepReads(ctx context.Context) {
	tick := time.NewTicker(readsKept)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			e.storeReads(ctx)
		}
	}
}

func (e *Engine) storeReads(ctx context.Context) {
	e.mu.Lock()
	reads := e.reads
	e.reads = map[string]time.Time{}
	e.mu.Unlock()
	if len(reads) == 0 {
		return
	}
	err := e.store.Update(ctx, func(tx mirror.Tx) error {
		for device, at := range reads {
			if err := tx.PutDeviceRead(device, at); err != nil && !errors.Is(err, mirror.ErrNotFound) { // deleted meanwhile
				return err
			}
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		e.log.Error("store", "what", "times of the last reads", "err", err)
	}
}
