package worker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// stateRetry is how long a transport for state that failed is left alone: whoever waits
// for a push must not wait for it each time.
const stateRetry = time.Minute

// A stateLine is the connection over which a device is asked whether its sessions are in
// the hardware, where the transport of its configuration has no answer to that
// (transports.state). The goroutine of the worker's loop alone uses it.
type stateLine struct {
	conn  Conn
	known mirror.Known       // over conn
	seen  mirror.Observation // of the last read
	read  bool               // it was read; Worker.mu guards it and why
	why   error              // why the last read failed
	again time.Time          // when it is tried again after that
}

func (l *stateLine) close() {
	if l.conn != nil {
		_ = l.conn.Close() // nothing was said that could be lost
	}
	l.conn, l.known = nil, mirror.Known{}
}

// lookElsewhere reads over the transport for state, where there is one.
func (w *Worker) lookElsewhere(ctx context.Context) {
	l, over := &w.elsewhere, w.device.Transports.State
	if over == nil || l.why != nil && time.Now().Before(l.again) {
		return
	}
	known, err := w.askState(ctx, l, *over)
	w.mu.Lock()
	l.read, l.why = true, err
	w.mu.Unlock()
	if err != nil {
		l.close()
		l.again = time.Now().Add(stateRetry)
		w.s.Log.Debug("state of sessions is not told", "device", w.name, "err", err)
		return
	}
	l.known, l.seen = known, known.Observation
}

// State tells how the last read over transports.state ended; false: there was none.
func (w *Worker) State() (read bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.elsewhere.read, w.elsewhere.why
}

// programmed is an observation with what the transport for state told of its sessions,
// by their ids: both transports know a session under one. What it does not tell is
// Unknown, with the reason: a read of the configuration is never spoilt by it.
func (w *Worker) programmed(o mirror.Observation) mirror.Observation {
	if w.device.Transports.State == nil {
		return o
	}
	l := &w.elsewhere
	o.Natives = slices.Clone(o.Natives)
	for i := range o.Natives {
		n := &o.Natives[i]
		at := slices.IndexFunc(l.seen.Natives, func(s mirror.NativeSession) bool { return s.ID == n.ID })
		switch {
		case l.why != nil:
			n.Programmed, n.ProgrammedReason, n.Waits = mirror.Unknown, fmt.Sprintf("transports.state: %v", l.why), ""
		case at < 0:
			n.Programmed, n.ProgrammedReason, n.Waits = mirror.Unknown, "transports.state does not show the session", ""
		default:
			s := l.seen.Natives[at]
			n.Programmed, n.ProgrammedReason, n.Waits = s.Programmed, s.ProgrammedReason, s.Waits
		}
	}
	return o
}

func (w *Worker) askState(ctx context.Context, l *stateLine, over mirror.Transport) (mirror.Known, error) {
	device := w.device
	device.Transports.Config = over
	if l.conn != nil {
		known, err := l.conn.Observe(ctx, mirror.Look{Known: l.known, Oldest: time.Now().Add(-wholeEvery)})
		if err == nil {
			return known, nil
		}
		l.close() // it may have been closed by the device while it was idle
	}
	drv, target, err := w.target(device)
	if err != nil {
		return mirror.Known{}, err
	}
	if err := w.s.Logins.closed(ctx, target, ""); err != nil {
		return mirror.Known{}, err
	}
	dial, cancel := context.WithTimeout(ctx, target.Transport.Timeouts.Dial.Std())
	defer cancel()
	if l.conn, err = drv.Connect(dial, target); err != nil {
		l.conn = nil
		return mirror.Known{}, err
	}
	return l.conn.Observe(ctx, mirror.Look{})
}
