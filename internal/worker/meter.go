package worker

import (
	"context"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Meter hears what dealing with devices takes. Many goroutines call it, and it
// holds none of them up.
type Meter interface {
	// Dealt says that one attempt of a deed with a device of a platform has ended, and
	// how: err is that of the connection, nil where the device answered, whatever it said.
	Dealt(deed Deed, platform string, took time.Duration, err error)
	// RoundTrip says that something was sent to a device of a platform whose answer is
	// waited for before anything else is done with it.
	RoundTrip(platform string)
}

// A Deed is what is done with a device.
type Deed string

// The deeds.
const (
	Connect Deed = "connect" // login included
	Observe Deed = "observe"
	Push    Deed = "push"
	Save    Deed = "save"
	Count   Deed = "count" // a reading of counters
)

// Deeds lists them.
var Deeds = []Deed{Connect, Observe, Push, Save, Count}

// Metered has the round trips to a device of a platform counted that are made under the
// context.
func Metered(ctx context.Context, m Meter, platform string) context.Context {
	if m == nil {
		return ctx
	}
	return mirror.WithRoundTrips(ctx, func() { m.RoundTrip(platform) })
}

// metered has the round trips counted that are made under the context.
func (w *Worker) metered(ctx context.Context, device mirror.Device) context.Context {
	return Metered(ctx, w.s.Meter, device.Platform)
}

// timed starts to time a deed; end says how it ended.
func (w *Worker) timed(deed Deed) (end func(error)) {
	m, platform, start := w.s.Meter, w.device.Platform, time.Now()
	return func(err error) {
		if m != nil {
			m.Dealt(deed, platform, time.Since(start), err)
		}
	}
}
