package engine

import (
	"cmp"
	"context"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// What is kept of the past unless Keep says otherwise.
const (
	DefaultKeepEvents     = 100_000
	DefaultKeepOperations = 100_000
	DefaultKeepFor        = 365 * 24 * time.Hour
)

// Keep bounds what is kept of the past. What is not over is always kept.
type Keep struct {
	Events     int64         // events, 0 = DefaultKeepEvents
	Operations int64         // operations, 0 = DefaultKeepOperations
	For        time.Duration // the age of what is over, 0 = DefaultKeepFor
}

func (k Keep) withDefaults() Keep {
	return Keep{Events: cmp.Or(k.Events, DefaultKeepEvents), Operations: cmp.Or(k.Operations, DefaultKeepOperations), For: cmp.Or(k.For, DefaultKeepFor)}
}

const (
	forgetEvery = time.Minute
	forgetLook  = 30                    // a look at all operations is made every so many times
	forgetBatch = 500                   // entries that one transaction takes away: others wait for it
	forgetPause = 20 * time.Millisecond // between two, for them
)

// forgetting takes away, until ctx ends, what is not kept any more.
func (e *Engine) forgetting(ctx context.Context) {
	tick := time.NewTicker(forgetEvery)
	defer tick.Stop()
	for n := 0; ; n++ {
		err := e.forget(ctx, time.Now().UTC())
		if err == nil {
			err = e.forgetTriggered(ctx, time.Now().UTC())
		}
		if err == nil && n%forgetLook == 0 {
			err = e.forgetOperations(ctx, time.Now().UTC())
		}
		if err != nil && ctx.Err() == nil {
			e.log.Error("forget the past", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// forget takes away what is too old or too much at a time, in small transactions.
func (e *Engine) forget(ctx context.Context, now time.Time) error {
	before := now.Add(-e.cfg.Keep.For)
	for _, drop := range []func(mirror.Tx) (int64, error){
		func(tx mirror.Tx) (int64, error) { return tx.DropEvents(before, e.cfg.Keep.Events, forgetBatch) },
		func(tx mirror.Tx) (int64, error) { return tx.DropCopies(before, forgetBatch) },
	} {
		for {
			var dropped int64
			err := e.store.Update(ctx, func(tx mirror.Tx) (err error) {
				dropped, err = drop(tx)
				return err
			})
			if err != nil {
				return err
			}
			if dropped < forgetBatch {
				break
			}
			if err := pause(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// pause lets others write between two transactions.
func pause(ctx context.Context) error {
	timer := time.NewTimer(forgetPause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// forgetOperations looks at all operations, a piece at a time.
func (e *Engine) forgetOperations(ctx context.Context, now time.Time) error {
	for after := int64(0); ; {
		var ids []string
		err := e.store.View(ctx, func(tx mirror.Tx) (err error) {
			ids, after, err = tx.OldOperations(now.Add(-e.cfg.Keep.For), e.cfg.Keep.Operations, after)
			return err
		})
		if err == nil && len(ids) > 0 {
			err = e.store.Update(ctx, func(tx mirror.Tx) error {
				for _, id := range ids { // what is over stays over
					if err := tx.DeleteOperation(id); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err != nil || after == 0 {
			return err
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}
