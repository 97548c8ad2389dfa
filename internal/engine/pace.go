package engine

import (
	"context"
	"errors"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// defaultResync is how often a device is read whose platform says nothing else.
const defaultResync = time.Minute

// resync is the interval at which an undisturbed device is read: its own
// setting, else the controller's, else what reading costs on its platform.
func (e *Engine) resync(d mirror.Device) time.Duration {
	if d.Resync != 0 {
		return d.Resync.Std()
	}
	if e.cfg.Resync != 0 {
		return e.cfg.Resync
	}
	if drv, err := e.driver(d); err == nil && drv.Resync != 0 {
		return drv.Resync
	}
	return defaultResync
}

// rest sets the alarm that closes a connection which nothing needs. Terminal
// lines of a switch are few; a platform that tells of changes keeps its
// connection.
func (w *worker) rest(alarm *time.Timer) {
	drv, err := w.e.driver(w.device)
	if w.conn == nil || err != nil || drv.Watch != nil {
		alarm.Stop()
		return
	}
	alarm.Reset(w.e.tuning(w.device).IdleClose.Std())
}

// firstRead is the read of a run. A connection that the device closed while it
// was idle is made anew without a word: nothing but a question can have been
// lost with it.
func (p *pass) firstRead(ctx context.Context, look mirror.Look) error {
	err := p.observe(ctx, look)
	if err == nil || !p.w.reused || !errors.Is(err, mirror.ErrUnreachable) || ctx.Err() != nil {
		return err
	}
	p.e.log.Debug("connection was closed while idle", "device", p.w.name, "err", err)
	p.w.disconnect()
	if err := p.w.connect(ctx, p.info.Device); err != nil {
		return deviceFault{err}
	}
	p.introduce()
	return p.observe(ctx, look)
}

// introduce takes up who the device of the connection is.
func (p *pass) introduce() {
	p.facts = p.w.memory.facts
	p.info.Capabilities = p.driver.Capabilities(p.facts)
}
