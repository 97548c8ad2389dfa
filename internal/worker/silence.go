package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// unreachable records that the device could not be read or driven, and that
// nobody knows what it holds.
func (w *Worker) unreachable(ctx context.Context, cause error) {
	if ctx.Err() != nil {
		return
	}
	w.silent = true
	w.unknown(ctx, mirror.Check{State: mirror.False, Reason: reasonOf(cause), Message: cause.Error()})
}

// tellSilence says so when a read takes longer than the resync interval: what
// was read before is old by then, however long the device may take. stop ends
// the watch; what was told stands until the read is over.
func (w *Worker) tellSilence(ctx context.Context) (stop func()) {
	var mu sync.Mutex
	over := false
	after := w.s.resync(w.device)
	timer := time.AfterFunc(after, func() {
		mu.Lock()
		defer mu.Unlock()
		if !over && ctx.Err() == nil {
			w.unknown(ctx, mirror.Check{State: mirror.False, Reason: "NotAnswering",
				Message: fmt.Sprintf("device %s has not answered a read for %v; it is waited for", w.name, after)})
		}
	})
	return func() {
		timer.Stop()
		mu.Lock()
		defer mu.Unlock()
		over = true
	}
}

// unknown records why the device is not to be relied upon, and that nobody knows
// what it holds.
func (w *Worker) unknown(ctx context.Context, check mirror.Check) {
	w.saveState(ctx, func(st *mirror.DeviceState) { st.Reachable = check })
	unknown := check
	unknown.State = mirror.Unknown
	var touched []string
	write := func(tx mirror.Tx) error {
		touched = touched[:0]
		rows, err := tx.PlacementsByDevice(w.name)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if row.Goal == nil && row.Applied == nil || row.Configured == unknown {
				continue
			}
			row.Configured, row.CheckedAt = unknown, time.Now().UTC()
			row.Programmed = mirror.Check{State: mirror.Unknown, Reason: unknown.Reason}
			if err := tx.PutPlacement(row); err != nil {
				return err
			}
			touched = append(touched, row.Session)
		}
		return nil
	}
	// As in record: most tries of a silent device find nothing new.
	if w.s.Store.View(ctx, write) != nil {
		if err := w.s.Desk.Update(ctx, write); err != nil {
			w.s.Log.Error("store", "device", w.name, "err", err)
		}
	}
	w.s.judge(ctx, w.name)
	for _, s := range touched {
		w.s.Desk.StepLater(s)
	}
}

// reasonOf is the CamelCase reason of a condition for a kind of error.
func reasonOf(err error) string {
	if own := (*mirror.CredentialsError)(nil); errors.As(err, &own) {
		return own.Reason
	}
	for _, k := range []struct {
		kind   error
		reason string
	}{
		{mirror.ErrHostKeyChanged, "HostKeyChanged"}, {mirror.ErrHostKey, "HostKeyUnknown"},
		{mirror.ErrAuth, "AuthenticationFailed"}, {mirror.ErrTimeout, "TimedOut"}, {mirror.ErrParse, "NotUnderstood"},
		{mirror.ErrRejected, "Rejected"}, {mirror.ErrUnsupported, "Unsupported"}, {mirror.ErrConflict, "Conflict"},
		{mirror.ErrInputLost, "InputLost"}, {mirror.ErrBusy, "Busy"}, {mirror.ErrChanged, "ChangedMeanwhile"}, {mirror.ErrInvalid, "Invalid"},
	} {
		if errors.Is(err, k.kind) {
			return k.reason
		}
	}
	return "Unreachable"
}

// saveState changes what is known of the device, unless the worker was replaced
// or let go meanwhile.
func (w *Worker) saveState(ctx context.Context, change func(*mirror.DeviceState)) {
	if err := w.s.States.Change(ctx, w.name, w.alive, change, nil); err != nil {
		w.s.Log.Error("store", "device", w.name, "err", err)
	}
}

// keepState stores what is known of the device where that was put off.
func (w *Worker) keepState(ctx context.Context) { w.saveState(ctx, func(*mirror.DeviceState) {}) }

func (w *Worker) alive() bool { return !w.Stopped() }
