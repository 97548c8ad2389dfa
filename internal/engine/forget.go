package engine

import (
	"cmp"
	"context"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// What is kept of the past unless Keep says otherwise.
const (
	DefaultKeepEvents = 100_000
	DefaultKeepFor    = 365 * 24 * time.Hour
)

// Keep bounds what is kept of the past. What is not over is always kept.
type Keep struct {
	Events int64         // events, 0 = DefaultKeepEvents
	For    time.Duration // the age of what is over, 0 = DefaultKeepFor
}

func (k Keep) withDefaults() Keep {
	return Keep{Events: cmp.Or(k.Events, DefaultKeepEvents), For: cmp.Or(k.For, DefaultKeepFor)}
}

const (
	forgetEvery = time.Minute
	forgetBatch = 500                   // entries that one transaction takes away: others wait for it
	forgetPause = 20 * time.Millisecond // between two, for them
)

// forgetting takes away, until ctx ends, what is not kept any more.
func (e *Engine) forgetting(ctx context.Context) {
	tick := time.NewTicker(forgetEvery)
	defer tick.Stop()
	for {
		if err := e.forget(ctx, time.Now().UTC()); err != nil && ctx.Err() == nil {
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
			pause := time.NewTimer(forgetPause)
			select {
			case <-pause.C:
			case <-ctx.Done():
				pause.Stop()
				return ctx.Err()
			}
		}
	}
	return nil
}
