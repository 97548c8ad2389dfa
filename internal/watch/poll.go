package watch

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// poll reads the counters of a device once and judges what they tell.
func (w *Watcher) poll(ctx context.Context, desk Desk, d *device, places chan struct{}) {
	w.mu.Lock()
	ask, all := w.ask(d)
	w.mu.Unlock()
	var read mirror.CounterRead
	var err error
	asked := len(ask.Ports) > 0 || ask.All || ask.Natives
	if asked {
		if read, err = w.read(ctx, desk, d.name, ask, places); ctx.Err() != nil {
			return
		}
	}
	w.judge(desk, d.name, func(now *device) {
		d.busy = false
		switch {
		case now != d || !asked:
		case err != nil:
			d.fault = err
			d.failures++
		default:
			d.fault, d.failures = nil, 0
			w.ingest(d, read)
			if all {
				d.all = w.cfg.Now()
			}
		}
	})
}

// ask is what is to be read of a device now; all says that it is of every port.
func (w *Watcher) ask(d *device) (ask mirror.CounterAsk, all bool) {
	if w.every(d) == 0 {
		return ask, false
	}
	ask.Ports = w.wants(d)
	all = d.info.Cheap && !w.cfg.Now().Before(d.all.Add(w.cfg.AllPorts*9/10))
	ask.All = all
	switch d.info.Counting.At {
	case mirror.CountedMirror, mirror.CountedSession:
		ask.Natives = len(d.natives) > 0
	}
	return ask, all
}

// read asks a device when it has a place. A device that is slow to answer keeps nobody
// else from one.
func (w *Watcher) read(ctx context.Context, desk Desk, name string, ask mirror.CounterAsk, places chan struct{}) (mirror.CounterRead, error) {
	select {
	case places <- struct{}{}:
	case <-ctx.Done():
		return mirror.CounterRead{}, ctx.Err()
	}
	leave := sync.OnceFunc(func() { <-places })
	defer leave()
	defer time.AfterFunc(w.cfg.Place, leave).Stop()
	ctx, cancel := context.WithTimeout(ctx, w.cfg.Timeout)
	defer cancel()
	return desk.Counters(ctx, name, ask)
}

// ingest takes over what a device told.
func (w *Watcher) ingest(d *device, read mirror.CounterRead) {
	site := w.site()
	for _, c := range read.Ports {
		p := d.ports[c.Port]
		if p == nil {
			p = &port{}
			d.ports[c.Port] = p
		}
		p.last, p.at = c, read.At
		p.meter.Speed, p.meter.Refresh = site.speed(d.name, c.Port), w.refreshed()
		i, ok := p.meter.Add(read, c)
		if !ok {
			continue
		}
		if i.Gap != "" {
			p.known, p.why = false, i.Gap
			continue
		}
		p.is, p.known = i, true
		p.window.Add(i)
	}
	for _, c := range read.Natives {
		for _, n := range d.natives {
			if c.Mark != "" && c.Mark != n.is.Mark || c.Mark == "" && c.ID != n.is.ID {
				continue
			}
			n.meter.Refresh = w.refreshed()
			if i, ok := n.meter.AddNative(read, c); ok {
				n.window.Add(i)
			}
		}
	}
}

// refreshed is how long counters may stand still under traffic.
func (w *Watcher) refreshed() time.Duration { return min(capacity.DefaultRefresh, w.cfg.Window/2) }

// unreachable tells why a device cannot be relied upon now, "" = it can.
func (w *Watcher) unreachable(d *device) string {
	if st, _ := w.desk.State(d.name); st.Reachable.State == mirror.False {
		return st.Reachable.Message
	}
	if d.fault != nil && !errors.Is(d.fault, mirror.ErrUnsupported) {
		return d.fault.Error()
	}
	return ""
}

// judge changes something about a device and judges everything at it anew; nil stands
// for one that is not watched.
func (w *Watcher) judge(desk Desk, name string, change func(*device)) {
	w.mu.Lock()
	d := w.devices[name]
	var found []string
	var measured []capacity.EndLoad
	if change(d); d != nil && len(d.sessions) > 0 {
		found, measured = w.evaluate(d)
	}
	w.mu.Unlock()
	if len(measured) > 0 {
		desk.Measured(measured)
	}
	for _, s := range found {
		desk.Found(s)
	}
}
