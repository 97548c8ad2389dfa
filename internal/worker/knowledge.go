package worker

import (
	"context"
	"errors"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// wholeEvery is how long what lies beside the narrow view of a device is taken for
// granted while that stays the same.
const wholeEvery = 15 * time.Minute

// A memory is what a worker knows of its device. It outlives connections, and
// its age is the worker's business: a driver is told what must be of now.
type memory struct {
	facts mirror.Facts // of the last connection
	// transport is what was learned of how the device may be spoken to.
	transport mirror.TransportState
	known     mirror.Known
	named     mirror.Look // the ports that the last read named
	loaded    bool        // what the store has was taken up
}

// recall takes up what was known at the last stop. After a push whose end was
// never seen that is worth nothing.
func (w *Worker) recall(ctx context.Context) error {
	if w.memory.loaded {
		return nil
	}
	err := w.s.Store.View(ctx, func(tx mirror.Tx) error {
		st, err := w.s.States.Of(tx, w.name)
		if err != nil {
			return err
		}
		w.memory.transport = st.Transport
		open, err := tx.Journal(w.name)
		if err != nil || len(open) > 0 {
			return err
		}
		w.memory.facts = st.Facts
		w.memory.known = mirror.Known{Observation: st.Observation, View: st.View, Read: st.Read}
		return nil
	})
	w.memory.loaded = err == nil
	return err
}

// meet compares the device of a new connection with the one that is known. One
// that was exchanged, upgraded or restarted since, that does not tell, or that was read
// over another protocol, is read whole.
func (w *Worker) meet(now mirror.Facts) {
	started := now.Started()
	restarted := started.IsZero() || started.After(w.memory.known.Read) || plan.Rebooted(w.memory.facts.Started(), started)
	over := w.memory.facts.Protocol != "" && w.memory.facts.Protocol != now.Protocol
	if restarted || over || !now.Same(w.memory.facts) {
		w.forget()
	}
	if was := w.memory.facts; over || was.Model != now.Model || was.Version != now.Version || was.Serial != now.Serial || plan.Rebooted(was.Started(), started) {
		give(w.telling.other)
	}
	w.memory.facts = now
}

// forget makes the next read one of everything.
func (w *Worker) forget() { w.memory.known = mirror.Known{} }

// fresh reports whether the last read is young enough to push on.
func (w *Worker) fresh() bool {
	return time.Since(w.memory.known.Observation.At) < w.s.Timeouts.Fresh
}

// read looks at the device and remembers what it saw. After a failure that is
// not of the connection nothing is taken for granted.
func (w *Worker) read(ctx context.Context, look mirror.Look) (mirror.Observation, error) {
	look.Known, look.Oldest = w.memory.known, time.Now().Add(-wholeEvery)
	w.atStep("its answer to a read")
	end := w.timed(Observe)
	known, err := w.conn.Observe(ctx, look)
	end(err)
	if err != nil {
		if !errors.Is(err, mirror.ErrUnreachable) && !errors.Is(err, mirror.ErrTimeout) {
			w.forget()
		}
		return mirror.Observation{}, err
	}
	w.memory.known, w.memory.named = known, look
	w.memory.named.Known, w.memory.named.Oldest = mirror.Known{}, time.Time{}
	w.lookElsewhere(ctx)
	return w.programmed(known.Observation), nil
}
