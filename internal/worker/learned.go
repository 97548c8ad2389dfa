package worker

import (
	"context"
	"errors"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// learned is how a device is spoken to: its settings, and over them what was
// learned of what it does not bear.
func (w *Worker) learned(t mirror.Tuning) mirror.Tuning {
	st := w.memory.transport
	if st.TypeAhead != "" {
		t.TypeAhead = st.TypeAhead
	}
	if st.NoKeepalive {
		t.Keepalive = 0
	}
	return t
}

// learn takes from an error how the device must not be spoken to, and reports
// whether trying once more is of use. The connection is gone then.
func (w *Worker) learn(ctx context.Context, err error) bool {
	now := w.learned(w.s.tuning(w.device))
	st := w.memory.transport
	switch {
	case errors.Is(err, mirror.ErrInputLost) && now.TypeAhead != mirror.TypeAheadOff:
		st.TypeAhead = mirror.TypeAheadOff
	case errors.Is(err, mirror.ErrProbed) && now.Keepalive != 0:
		st.NoKeepalive = true
	default:
		return false
	}
	st.Reason, st.Since = err.Error(), time.Now().UTC()
	w.disconnect()
	w.forget()
	w.s.Log.Warn("device is spoken to another way from now on", "device", w.name, "typeAhead", st.TypeAhead, "keepalive", !st.NoKeepalive, "err", err)
	w.saveLearned(ctx, st)
	return true
}

// saveLearned stores what was learned, with an event.
func (w *Worker) saveLearned(ctx context.Context, st mirror.TransportState) {
	w.memory.transport = st
	change := func(d *mirror.DeviceState) { d.Transport = st }
	err := w.s.States.Change(ctx, w.name, func() bool { return !w.Stopped() }, change, func(tx mirror.Tx) error {
		return mirror.Tell(tx, "TransportLearned", mirror.ActorSystem, "", w.name, "%s", st.Words())
	})
	if err != nil {
		w.s.Log.Error("store", "device", w.name, "err", err)
	}
}
