package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// Admission takes what ports carry from whoever watches them (Config.Rates). Of a port
// that nobody has watched yet it reads the counters once, while the devices of an intent
// are read, and takes the device's own means; where the device tells none, two readings
// make an interval. What cannot be known in time is not known, and refuses nothing.

// Rates tells what ports carried within the last hour or so.
type Rates interface {
	// Port gives what is known of a port; ok is false where nobody has looked at it.
	Port(device string, name mirror.PortName) (port capacity.Port, ok bool)
}

const (
	// measuredFor is how long figures of a reading are taken for those of now.
	measuredFor = 5 * time.Minute
	// secondReading is when counters are read again that tell no means: the interval of
	// two readings at least.
	secondReading = 10 * time.Second
	// shortestInterval of two readings that is an interval still: some platforms bring
	// their counters up to date every five seconds.
	shortestInterval = 6 * time.Second
	// maxMeasured bounds the ports of one device that are read for one intent, each of
	// which may be a command.
	maxMeasured = 64
)

type portKey struct {
	device string
	port   mirror.PortName
}

// measured are the figures of readings that admission made itself.
type measured struct {
	mu     sync.Mutex
	ports  map[portKey]*measurement
	swept  time.Time
	second map[string]bool // devices of which a second reading is due
}

type measurement struct {
	port  capacity.Port
	at    time.Time
	meter capacity.Meter
	first time.Time // of the reading at which the interval began that goes on
}

// carried is what is known of the load of a port.
func (e *Engine) carried(device string, name mirror.PortName) capacity.Port {
	var out capacity.Port
	if e.cfg.Rates != nil {
		p, ok := e.cfg.Rates.Port(device, name)
		if ok && p.Known {
			return p
		}
		out.Why = p.Why
	}
	e.measured.mu.Lock()
	defer e.measured.mu.Unlock()
	if m := e.measured.ports[portKey{device, name}]; m != nil && time.Since(m.at) < measuredFor {
		return m.port
	}
	return out
}

// tried reports whether a port was read lately, whatever came of it.
func (m *measured) tried(k portKey, within time.Duration) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	x := m.ports[k]
	return x != nil && time.Since(x.at) < within
}

// note takes over a reading, or why there is none, of ports that were asked for, and
// reports whether some of them need a second one.
func (m *measured) note(device string, asked []mirror.PortName, read mirror.CounterRead, err error) (again []mirror.PortName) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if m.ports == nil {
		m.ports, m.second = map[portKey]*measurement{}, map[string]bool{}
	}
	if now.Sub(m.swept) > measuredFor {
		m.swept = now
		for k, x := range m.ports {
			if now.Sub(x.at) > 2*measuredFor {
				delete(m.ports, k)
			}
		}
	}
	for _, name := range asked {
		k := portKey{device, name}
		x := m.ports[k]
		if x == nil {
			x = &measurement{}
			m.ports[k] = x
		}
		x.at = now
		i := slices.IndexFunc(read.Ports, func(c mirror.PortCounters) bool { return c.Port == name })
		switch {
		case err != nil:
			x.port = capacity.Port{Why: unread(err)}
		case i < 0:
			x.port = capacity.Port{Why: "device " + device + " does not tell its counters"}
		case x.take(read, read.Ports[i]):
			again = append(again, name)
		}
	}
	return again
}

// unread says why counters were not read.
func unread(err error) string {
	switch {
	case errors.Is(err, mirror.ErrUnsupported):
		return "the platform does not count"
	case errors.Is(err, mirror.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return "its counters were not read in time"
	}
	return "its counters could not be read: " + reasonsText(err)
}

// take makes figures of a reading of the port, and reports whether another is needed.
func (m *measurement) take(read mirror.CounterRead, c mirror.PortCounters) bool {
	if c.In != nil && c.Out != nil {
		over := "some time"
		if d := cmp.Or(c.In.Over, c.Out.Over); d != 0 {
			over = fmt.Sprint(d)
			if d%time.Minute == 0 {
				over = fmt.Sprintf("%d minutes", d/time.Minute)
			}
		}
		m.port = capacity.Port{Known: true, In: still(*c.In), Out: still(*c.Out), How: "the device's own mean over " + over}
		return false
	}
	if !m.first.IsZero() && read.At.Sub(m.first) < shortestInterval {
		return !m.port.Known
	}
	interval, ok := m.meter.Add(read, c)
	m.first = read.At
	if ok && interval.Gap == "" && interval.Seconds > 0 {
		m.port = capacity.Port{Known: true, In: capacity.Stat{P95: interval.In, Peak: interval.In}, Out: capacity.Stat{P95: interval.Out, Peak: interval.Out},
			How: fmt.Sprintf("two readings, %.0f s apart", interval.Seconds)}
		return false
	}
	m.port = capacity.Port{Why: "it was read once, and a rate takes two readings"}
	return c.Complete
}

// still is a mean as if it had always been so.
func still(r mirror.MeanRate) capacity.Stat {
	f := capacity.Flow{Octets: float64(r.Bits) / 8, Frames: r.Packets}
	return capacity.Stat{P95: f, Peak: f}
}

// measure reads the counters of the ports that the decision about an intent rests on,
// as far as their load is not known. The channel is closed when that is done.
func (e *Engine) measure(ctx context.Context, s mirror.Session) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		var asks map[string][]mirror.PortName
		err := e.store.View(ctx, func(tx mirror.Tx) (err error) {
			asks, err = e.unmeasured(tx, s)
			return err
		})
		if err != nil {
			e.log.Warn("which loads an intent rests on is not known", "session", s.Name, "err", err)
			return
		}
		var wait sync.WaitGroup
		for device, ports := range asks {
			wait.Go(func() { e.readCounters(ctx, device, ports) })
		}
		wait.Wait()
	}()
	return done
}

// measuredInTime waits for a measure, if there is one, as long as is fair.
func (e *Engine) measuredInTime(ctx context.Context, measured <-chan struct{}) {
	if measured == nil {
		return
	}
	timer := time.NewTimer(e.cfg.Timeouts.Measure)
	defer timer.Stop()
	select {
	case <-measured:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// readCounters reads the counters of ports once, and has them read again where a rate
// takes two readings.
func (e *Engine) readCounters(ctx context.Context, device string, ports []mirror.PortName) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timeouts.Submit)
	defer cancel()
	read, err := e.Counters(ctx, device, mirror.CounterAsk{Ports: ports})
	if again := e.measured.note(device, ports, read, err); len(again) > 0 {
		e.readAgain(device, again)
	}
}

// readAgain has counters read a second time after a while, once a device.
func (e *Engine) readAgain(device string, ports []mirror.PortName) {
	e.mu.Lock()
	ctx := e.ctx
	e.mu.Unlock()
	e.measured.mu.Lock()
	defer e.measured.mu.Unlock()
	if ctx == nil || ctx.Err() != nil || e.measured.second[device] {
		return
	}
	e.measured.second[device] = true
	time.AfterFunc(secondReading, func() {
		e.measured.mu.Lock()
		delete(e.measured.second, device)
		e.measured.mu.Unlock()
		if ctx.Err() != nil {
			return
		}
		within, cancel := context.WithTimeout(ctx, e.cfg.Timeouts.Submit)
		defer cancel()
		read, err := e.Counters(within, device, mirror.CounterAsk{Ports: ports})
		e.measured.note(device, ports, read, err)
	})
}

// unmeasured are the ports, by device, that the load of an intent's ends depends on and
// of which nothing is known, where they can be counted.
func (e *Engine) unmeasured(tx mirror.Tx, s mirror.Session) (map[string][]mirror.PortName, error) {
	if a := s.Admission; a != nil && (a.Mode == mirror.AdmissionOff || a.Basis == mirror.BasisWorstCase) {
		return nil, nil
	}
	tx = remembering(tx)
	site, err := e.site(tx, s)
	if err != nil {
		return nil, err
	}
	ex, reasons := plan.Expand(s, site)
	if len(reasons) > 0 {
		return nil, nil
	}
	see := e.sight(tx)
	crowds, err := see.crowds(s, ex.Fragments)
	if err != nil {
		return nil, err
	}
	out := map[string][]mirror.PortName{}
	add := func(device string, ports ...mirror.PortName) {
		for _, p := range ports {
			if len(out[device]) < maxMeasured && !slices.Contains(out[device], p) && !e.carried(device, p).Known &&
				!e.measured.tried(portKey{device, p}, shortestInterval) {
				out[device] = append(out[device], p)
			}
		}
	}
	for _, c := range crowds {
		if c.end.Link {
			add(c.end.Device, c.end.Port)
		}
		for _, f := range c.feeds {
			for _, src := range f.Sources {
				if src.VLAN != 0 {
					add(f.Device, see.InVLAN(f.Device, src.VLAN)...)
				} else {
					add(f.Device, src.Port)
				}
			}
		}
	}
	for device := range out {
		_, named := site.Devices[device]
		if len(out[device]) == 0 || !named && e.states.Known(device).Reachable.State != mirror.True {
			delete(out, device)
		}
	}
	return out, nil
}
