package engine

import (
	"context"
	"errors"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Know makes something known of a device, as a worker that has read it does.
func (e *Engine) Know(st mirror.DeviceState) { e.states.Set(st) }

// Forget takes away what is not kept any more at a time.
func (e *Engine) Forget(ctx context.Context, now time.Time) error {
	return errors.Join(e.forget(ctx, now), e.forgetOperations(ctx, now))
}

// ForgetTriggered deletes what triggers have started and is over for long.
func (e *Engine) ForgetTriggered(ctx context.Context, now time.Time) error {
	return e.forgetTriggered(ctx, now)
}

// Recording is a store that keeps what is copied, as that of an engine does.
func Recording(s mirror.Store) mirror.Store { return recording{s, &bell{}} }
