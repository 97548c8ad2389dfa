package engine

import (
	"context"

	"github.com/netmirror/netmirror/internal/mirror"
)

// stepTogether makes the next step of several rollouts in one transaction: a device is
// driven to the goals of all of them then, and not of the first alone.
func (e *Engine) stepTogether(ctx context.Context, names []string) {
	var steps []rollout
	err := e.update(ctx, func(tx mirror.Tx) error {
		steps = nil
		for _, name := range names {
			r, err := e.stepIn(tx, name)
			if err != nil {
				return err
			}
			steps = append(steps, r)
		}
		return nil
	})
	for i, name := range names {
		if err != nil {
			e.sessions.add(name) // the coordinator makes it, or tells why it cannot
		} else {
			e.stepped(ctx, name, steps[i], true)
		}
	}
}

// stepsBeside is how many rollouts take a step in the transaction of another write; of
// more each has its own, so that nobody waits for all of them.
const stepsBeside = 4

// record is desk.Record. A step that cannot be made holds up nothing of what was found
// out: it is left to the coordinator, which tells of it.
func (e *Engine) record(ctx context.Context, beside bool, fn func(mirror.Tx) ([]string, error)) (goOn func(), err error) {
	var touched []string
	var steps []rollout
	var failed error
	write := func(tx mirror.Tx) (err error) {
		steps = nil
		if touched, err = fn(tx); err != nil || !beside || len(touched) > stepsBeside {
			return err
		}
		for _, name := range touched {
			var r rollout
			if r, failed = e.stepIn(tx, name); failed != nil {
				return failed
			}
			steps = append(steps, r)
		}
		return nil
	}
	if err = e.update(ctx, write); err != nil && failed != nil && ctx.Err() == nil {
		beside = false
		err = e.update(ctx, write)
	}
	return func() {
		for i, name := range touched {
			if i < len(steps) {
				e.stepped(ctx, name, steps[i], true)
			} else {
				e.sessions.add(name)
			}
		}
	}, err
}
