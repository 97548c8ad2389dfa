package main

import (
	"context"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/notify"
)

// tell tells events to those outside until ctx ends; then over is closed.
func tell(ctx context.Context, n *notify.Notifier, eng *engine.Engine) (over <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.Run(ctx, notify.Source{Store: eng.Recorded(), Added: eng.EventAdded})
	}()
	return done
}
