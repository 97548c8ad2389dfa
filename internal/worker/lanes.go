package worker

import (
	"context"
	"sync"
	"time"
)

// Lanes hold the places of devices that are being connected to: from the dial to
// the first read. Logins are what costs most of a device's work here (the key
// exchange, the first reading of everything) and what a fleet's jump hosts and
// login servers must not get from all devices at a time, at a start above all.
// A device whose connection is open needs no place: waiting for it costs
// nothing, and the store orders its writers itself.
//
// There are four lanes, so that nobody stands behind what may never move: what
// somebody waits for does not wait for resyncs, and a device that answered last
// time does not wait for those that did not. Of the others nobody knows which
// will be silent; a place is therefore held for Timeouts.Place at most, and then
// handed on while its device is waited for.
type Lanes struct {
	urgent, usual                 chan struct{} // devices that answered last time, or were never tried
	urgentDoubtful, usualDoubtful chan struct{} // devices that did not
}

// NewLanes makes lanes of that many places, of a quarter for doubtful devices.
func NewLanes(places int) Lanes {
	few := max(1, places/4)
	return Lanes{make(chan struct{}, places), make(chan struct{}, places), make(chan struct{}, few), make(chan struct{}, few)}
}

// Taken counts the places that are taken.
func (l Lanes) Taken() int {
	return len(l.urgent) + len(l.usual) + len(l.urgentDoubtful) + len(l.usualDoubtful)
}

func (l Lanes) of(urgent, doubtful bool) chan struct{} {
	switch {
	case urgent && doubtful:
		return l.urgentDoubtful
	case doubtful:
		return l.usualDoubtful
	case urgent:
		return l.urgent
	}
	return l.usual
}

// enter waits for a place among the devices that are being connected to. What is
// asked for meanwhile belongs to this run, and may make it urgent.
func (w *Worker) enter(ctx context.Context) error {
	for {
		w.atStep("its turn to be connected to")
		lane := w.s.Lanes.of(w.pressing, w.silent)
		select {
		case lane <- struct{}{}:
			leave := sync.OnceFunc(func() { <-lane })
			late := time.AfterFunc(w.s.Timeouts.Place, leave)
			w.leave = func() {
				late.Stop()
				leave()
			}
			return nil
		case <-w.wake:
			w.takeIn()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
