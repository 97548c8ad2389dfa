package worker

import (
	"context"
	"errors"
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
)

func (w *Worker) target(device mirror.Device) (Driver, mirror.Target, error) {
	drv, err := w.s.Driver(device)
	if err != nil {
		return Driver{}, mirror.Target{}, err
	}
	target, err := w.s.Desk.Target(device)
	if err != nil {
		return Driver{}, mirror.Target{}, fmt.Errorf("device %s: %w", w.name, err)
	}
	target.Transport.Tuning = w.s.tuning(device)
	return drv, target, nil
}

func (w *Worker) connect(ctx context.Context, device mirror.Device) error {
	if w.conn != nil {
		return nil
	}
	drv, target, err := w.target(device)
	if err != nil {
		return err
	}
	// The gate would stop a paused login in time, but only behind a connection
	// that is for nothing.
	if err := w.s.Logins.closed(ctx, target, w.pausedAt); err != nil {
		return fmt.Errorf("device %s: %w", w.name, err)
	}
	if p := w.memory.facts.Protocol; p == "" || p == drv.Protocol { // another driver keeps other things in them
		target.Facts = w.memory.facts
	}
	target.Transport.Tuning = w.learned(target.Transport.Tuning)
	ctx, cancel := context.WithTimeout(ctx, target.Transport.Timeouts.Dial.Std())
	defer cancel()
	w.atStep("its connection")
	w.greeted = false
	end := w.timed(Connect)
	w.conn, err = drv.Connect(ctx, target)
	end(err)
	if err != nil {
		w.conn = nil
		if paused := (*mirror.CredentialsError)(nil); errors.As(err, &paused) {
			w.pausedAt = paused.Server
		}
		return fmt.Errorf("device %s: %w", w.name, err)
	}
	facts := w.conn.Facts()
	facts.Protocol = drv.Protocol
	w.meet(facts)
	w.telling.met()
	return nil
}

func (w *Worker) disconnect() {
	w.elsewhere.close()
	if w.conn == nil {
		return
	}
	if err := w.conn.Close(); err != nil {
		w.s.Log.Debug("close", "device", w.name, "err", err)
	}
	w.conn = nil
}

// mayRedial reports whether a connection that ended with err may be made anew
// within the run. Once is enough for what the device closed while it was idle. One
// that ended at a keepalive is made anew after that was learned.
func (p *pass) mayRedial(ctx context.Context, err error) bool {
	return !p.redialled && ctx.Err() == nil && !errors.Is(err, mirror.ErrProbed)
}

// redial makes a connection anew that the device had closed.
func (p *pass) redial(ctx context.Context, cause error) error {
	p.redialled = true
	p.s.Log.Debug("connection was closed by the device", "device", p.w.name, "err", cause)
	p.w.disconnect()
	if err := p.w.connect(ctx, p.info.Device); err != nil {
		return deviceFault{err}
	}
	p.facts, p.asked = p.w.memory.facts, false
	p.info.Capabilities = p.driver.Capabilities(p.facts).On(p.info.Device)
	return nil
}
