package worker

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// askedAgain is when a device that refused to tell of changes is asked anew, unless it was
// exchanged, upgraded or restarted before.
const askedAgain = time.Hour

// A telling is how the device tells of changes.
type telling struct {
	listening atomic.Bool   // it does now
	reached   chan struct{} // holds a token once a connection was made
	other     chan struct{} // holds a token when the device may have other manners than before
}

func newTelling() telling {
	return telling{reached: make(chan struct{}, 1), other: make(chan struct{}, 1)}
}

// met says that the device was reached.
func (t *telling) met() { give(t.reached) }

// give puts a token into a channel that has room for one.
func give(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// watch keeps the driver's event channel open: hints that save waiting for the next
// resync. It begins when the device was reached: one that is away is not dialled twice, and
// one that lets nobody in soon after somebody else is not pressed.
func (w *Worker) watch(ctx context.Context) {
	select {
	case <-w.telling.reached:
	case <-ctx.Done():
	}
	said := ""
	for failures := 0; ctx.Err() == nil; failures++ {
		device, err := w.load(ctx)
		var drv Driver
		var target mirror.Target
		if err == nil {
			drv, target, err = w.target(device)
		}
		if err == nil && drv.Watch == nil {
			return
		}
		start, told := time.Now(), false
		select {
		case <-w.telling.other: // it is asked now
		default:
		}
		if err == nil {
			err = drv.Watch(ctx, target, func() { w.telling.listening.Store(true); w.Hint() })
			if told = w.telling.listening.Swap(false); told {
				w.ask(func() {}) // the connection may be closed now
			}
		}
		if time.Since(start) > time.Minute {
			failures = 0
		}
		pause := backoff(failures+1, w.s.resync(device), w.s.Timeouts.Backoff)
		if !told && refuses(err) {
			pause = jitter(askedAgain)
			if text := err.Error(); text != said && ctx.Err() == nil {
				said = text
				w.s.Log.Info("device tells of no changes; they are seen when it is read", "device", w.name, "every", w.s.resync(device), "err", err)
			}
		} else {
			w.s.Log.Debug("device events lost", "device", w.name, "err", err)
		}
		select {
		case <-ctx.Done():
		case <-w.telling.other:
		case <-time.After(pause):
		}
	}
}

// refuses tells a device that does not want to be watched, or cannot, from one that was lost.
func refuses(err error) bool {
	if errors.Is(err, mirror.ErrUnreachable) || errors.Is(err, mirror.ErrTimeout) || errors.Is(err, mirror.ErrLoginRefused) {
		return false
	}
	for _, kind := range []error{mirror.ErrUnsupported, mirror.ErrRejected, mirror.ErrInvalid, mirror.ErrAuth, mirror.ErrParse} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
