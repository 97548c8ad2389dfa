package client

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Pauses between looks at an operation that goes on.
const (
	firstLook = 150 * time.Millisecond
	lastLook  = 2 * time.Second
)

// Ended reports whether the operation goes on no more: it succeeded, failed, was rolled
// back, or a later one took its place.
func (o Operation) Ended() bool {
	return !slices.Contains([]string{"running", "rolling-back"}, o.State)
}

// Unfinished is the error of an operation that goes on after one's time is over, or that
// waits for somebody to act (Waits of the operation). Nothing is taken back: it goes on by itself.
type Unfinished struct {
	Operation Operation // as it was seen last
	Cause     error     // of the context; nil where it waits for somebody
}

func (e *Unfinished) Error() string {
	if e.Operation.Waits != "" {
		return fmt.Sprintf("not pushed: %s (operation %s goes on once that is over)", e.Operation.Waits, e.Operation.ID)
	}
	text := fmt.Sprintf("not finished in time, and goes on by itself (operation %s)", e.Operation.ID)
	if e.Operation.Message != "" {
		text += ": " + e.Operation.Message
	}
	return text
}

func (e *Unfinished) Unwrap() error { return e.Cause }

// Wait looks at an operation until it has ended, ever more rarely. Whether it
// succeeded, its State says. The error is an *Unfinished where ctx ended first, and, at
// once, where it goes on no further until somebody acts.
func (c *Client) Wait(ctx context.Context, operation string) (Operation, error) {
	last := Operation{ID: operation}
	for pause := firstLook; ; pause = min(pause*3/2, lastLook) {
		op, err := c.GetOperation(ctx, operation)
		switch {
		case err != nil && ctx.Err() != nil:
			return last, &Unfinished{last, context.Cause(ctx)}
		case err != nil:
			return last, err
		case op.Ended():
			return op, nil
		case op.Waits != "":
			return op, &Unfinished{Operation: op}
		}
		last = op
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return last, &Unfinished{last, context.Cause(ctx)}
		}
	}
}

// Settle waits for the operation that a write was accepted as. Where there is
// none, or the controller has waited already, it returns at once; the operation
// is zero then.
func Settle[T any](ctx context.Context, c *Client, a Answer[T]) (Operation, error) {
	if a.Status != 202 || a.Operation == "" {
		return Operation{}, nil
	}
	return c.Wait(ctx, a.Operation)
}
