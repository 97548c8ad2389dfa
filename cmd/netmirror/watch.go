package main

import (
	"context"
	"log/slog"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/watch"
)

// A watcher is the watch of a controller; nil inside where it is told not to watch.
type watcher struct{ *watch.Watcher }

func newWatcher(cfg Config, db mirror.Store, log *slog.Logger) watcher {
	if !cfg.Watch {
		return watcher{}
	}
	return watcher{watch.New(watch.Config{Interval: cfg.WatchInterval, CLIInterval: cfg.WatchCLI, AllPorts: cfg.WatchAllPorts,
		Window: cfg.WatchWindow, Store: db, Log: log})}
}

// engine is what an engine is told of it.
func (w watcher) engine() engine.Watcher {
	if w.Watcher == nil {
		return nil
	}
	return w.Watcher
}

// rates are those of the last hour, for admission.
func (w watcher) rates() engine.Rates {
	if w.Watcher == nil {
		return nil
	}
	return w.Watcher
}

// run watches until ctx ends; then over is closed.
func (w watcher) run(ctx context.Context, eng *engine.Engine) (over <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if w.Watcher != nil {
			w.Run(ctx, eng.WatchDesk())
		}
	}()
	return done
}
