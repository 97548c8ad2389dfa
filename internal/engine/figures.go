package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// Figures are what a monitoring system wants to know of the controller at one
// moment.
type Figures struct {
	Sessions Sums
	Devices  []DeviceView
	Ends     []EndView // see Loads
	Outlets  []OutletView
	// Queue counts the sessions that the coordinator is yet to look at, Connecting the
	// devices that are being connected to.
	Queue, Connecting int
	// Held says that the controller pushes nothing to any device.
	Held bool
}

// Figures gathers them.
func (e *Engine) Figures(ctx context.Context) (Figures, error) {
	devices, err := e.Devices(ctx, mirror.Page{})
	if err != nil {
		return Figures{}, err
	}
	sessions, err := e.count(ctx)
	if err != nil {
		return Figures{}, err
	}
	var told []OutletView
	if err := e.store.View(ctx, func(tx mirror.Tx) (err error) { told, err = outlets(tx); return err }); err != nil {
		return Figures{}, err
	}
	return Figures{Outlets: told, Sessions: sessions, Devices: devices, Ends: e.Loads(), Queue: e.sessions.length(), Connecting: e.shared.Lanes.Taken(), Held: e.heldBack() != ""}, nil
}

// A Meter hears what the engine's work takes. Many goroutines call it, and it holds
// none of them up.
type Meter interface {
	worker.Meter
	// Decided says what admission said of an intent that was to be stored.
	Decided(capacity.Verdict)
}

// decided tells the meter what admission said of an intent: of one that is stored, what
// was judged of its ends, else why it is not. Where nothing was judged there is nothing
// to tell.
func (e *Engine) decided(judged []mirror.Judged, refused error) {
	m := e.cfg.Meter
	switch {
	case m == nil:
	case errors.Is(refused, mirror.ErrOversubscribed):
		m.Decided(capacity.Refuse)
	case refused != nil || len(judged) == 0:
	case slices.ContainsFunc(judged, func(j mirror.Judged) bool { return j.Admitted != mirror.True }):
		m.Decided(capacity.Warn)
	default:
		m.Decided(capacity.Admit)
	}
}
