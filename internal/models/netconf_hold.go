package models

import (
	"context"
	"errors"

	"github.com/netmirror/netmirror/internal/transport/netconf"
)

// Hold locks what Push edits and reads, in one round trip where nobody else has the lock.
// Where any commit confirms what waits, that is asked for, too.
func (w *netconfWire) Hold(ctx context.Context, reads []Read) (Answers, *Refusal, error) {
	w.expire(ctx)
	a := w.asking(reads)
	ops := a.ops
	if w.n.Shared != nil {
		ops = append(ops, *w.n.Waits)
	}
	var results []netconf.Result
	if w.held { // a push of ours waits
		results = w.do(ctx, ops...)
	} else {
		var err error
		if results, err = w.lockedPipeline(ctx, ops...); err != nil {
			_, refused, err := w.refusedOr(err)
			return Answers{}, refused, err
		}
	}
	if w.n.Shared != nil {
		w.asked = results[len(a.ops)]
		if refused, err := w.free(w.asked); err != nil || refused != nil {
			return Answers{}, refused, errors.Join(err, w.dropped(ctx))
		}
	}
	answers, err := w.answers(a, results[:len(a.ops)])
	if err != nil {
		return Answers{}, nil, errors.Join(err, w.Release(ctx))
	}
	return answers, nil, nil
}

// Release gives the lock back, unless a push of ours waits behind it.
func (w *netconfWire) Release(ctx context.Context) error {
	if !w.held || w.tx != "" {
		return nil
	}
	return w.unlock(ctx)
}

// lockedPipeline locks and does operations: in one round trip where nobody else has the
// lock. Those that were done without it are done again.
func (w *netconfWire) lockedPipeline(ctx context.Context, ops ...netconf.Operation) ([]netconf.Result, error) {
	results := w.do(ctx, append([]netconf.Operation{netconf.Lock(w.target())}, ops...)...)
	err := results[0].Err
	if results = results[1:]; err != nil {
		if refusal(err) == nil {
			return nil, err
		}
		if err := w.lock(ctx); err != nil {
			return nil, err
		}
		results = w.do(ctx, ops...)
	}
	w.held = true
	return results, nil
}
