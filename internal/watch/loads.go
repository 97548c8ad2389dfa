package watch

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Load is what is measured of a session; false before anything was since the start, or
// since the session came to its devices.
func (w *Watcher) Load(name string) (capacity.SessionLoad, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.sessions[name]
	if s == nil || !s.found {
		return capacity.SessionLoad{}, false
	}
	return s.load, true
}

// EndLoads are all ends, sorted by device, port and address.
func (w *Watcher) EndLoads() []capacity.EndLoad {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]capacity.EndLoad, 0, len(w.ends))
	for _, p := range slices.SortedFunc(maps.Keys(w.ends), comparePlaces) {
		if l := w.ends[p].load; l.Sessions != nil {
			out = append(out, l)
		}
	}
	return out
}

// PortLoads are the ports of a device of which counters were read, sorted by name.
func (w *Watcher) PortLoads(name string) (out []capacity.PortLoad) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.devices[name]
	if d == nil || w.desk == nil {
		return nil
	}
	site := w.site()
	for _, p := range slices.Sorted(maps.Keys(d.ports)) {
		carries := site.Port(name, p)
		out = append(out, capacity.PortLoad{Port: p, At: d.ports[p].at, Up: carries.Up, Speed: carries.Speed, In: carries.In.P95,
			Out: carries.Out.P95, Drops: d.ports[p].is.Drops, NoDrops: d.ports[p].is.NoDrops, Known: carries.Known, Why: carries.Why})
	}
	return out
}

// Port is what a port carried in the last hour.
func (w *Watcher) Port(device string, name mirror.PortName) (capacity.Port, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.devices[device]
	if d == nil || d.ports[name] == nil {
		return capacity.Port{}, false
	}
	p := d.ports[name].window.Port(w.cfg.Now())
	return p, p.Known
}

// Carried is what a port carried in the newest interval.
func (w *Watcher) Carried(device string, name mirror.PortName) (in, out capacity.Flow, known bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.desk == nil {
		return in, out, false
	}
	p := w.site().Port(device, name)
	return p.In.P95, p.Out.P95, p.Known
}

// A series is what was offered to an end in the last hour, a ring once it is full.
type series struct {
	at   []offer
	next int
}

type offer struct {
	seconds int64 // since 1970, in milliseconds
	rate    float32
}

func (s *series) add(at time.Time, rate mirror.BitsPerSecond) {
	o := offer{at.UnixMilli(), float32(rate)}
	if len(s.at) < capacity.MaxReadings {
		s.at = append(s.at, o)
		return
	}
	s.at[s.next] = o
	s.next = (s.next + 1) % len(s.at)
}

// between lists what was offered from a time on and before another, the oldest first.
func (s *series) between(from, to time.Time) (out []offer) {
	for i := range s.at {
		o := s.at[(s.next+i)%len(s.at)]
		if o.seconds >= from.UnixMilli() && o.seconds < to.UnixMilli() {
			out = append(out, o)
		}
	}
	return out
}

// History is what was measured since a time at a device, or with its address at a
// collector: reading by reading within the last hour, else by the minute.
func (w *Watcher) History(ctx context.Context, at string, since time.Time, minutes bool) (out []mirror.LoadMinute, err error) {
	if minutes {
		if w.cfg.Store == nil {
			return nil, nil
		}
		err = w.cfg.Store.View(ctx, func(tx mirror.Tx) error {
			out, err = tx.LoadMinutes(at, since)
			return err
		})
		return out, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	rows := map[time.Time]*mirror.LoadMinute{}
	row := func(t time.Time) *mirror.LoadMinute {
		t = t.Truncate(100 * time.Millisecond).UTC() // as precise as windows are
		if rows[t] == nil {
			rows[t] = &mirror.LoadMinute{Place: at, At: t}
		}
		return rows[t]
	}
	if d := w.devices[at]; d != nil {
		for _, name := range slices.Sorted(maps.Keys(d.ports)) {
			for _, i := range d.ports[name].window.Since(since) {
				r := row(i.To)
				r.Ports = append(r.Ports, minuteOf(name, i.In, i.Out, i.Drops))
			}
		}
	}
	now := w.cfg.Now()
	for _, p := range slices.SortedFunc(maps.Keys(w.ends), comparePlaces) {
		if p.device != at && p.ip != at {
			continue
		}
		e := w.ends[p]
		for _, o := range e.series.between(since.Add(time.Millisecond), now.Add(time.Hour)) {
			r := row(time.UnixMilli(o.seconds))
			rate := mirror.BitsPerSecond(o.rate)
			r.Ends = append(r.Ends, mirror.EndMinute{Port: p.port, Offered: rate, Peak: rate, Capacity: e.load.Capacity})
		}
	}
	for _, r := range rows {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b mirror.LoadMinute) int { return a.At.Compare(b.At) })
	return out, nil
}

func minuteOf(name mirror.PortName, in, out capacity.Flow, drops float64) mirror.PortMinute {
	return mirror.PortMinute{Port: name, InOctets: in.Octets, InFrames: in.Frames, OutOctets: out.Octets, OutFrames: out.Frames, Drops: drops}
}

// day is how long minutes are kept.
const day = 24 * time.Hour

// late is how long after its end a minute is written: until then an interval may end
// that began in it.
const late = time.Minute

// batch is how many places are written at a time, so that nobody waits long.
const batch = 200

// keep writes the minutes of what is watched, and deletes what is older than a day.
func (w *Watcher) keep(ctx context.Context) {
	if w.cfg.Store == nil {
		return
	}
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := w.write(ctx, w.minute(w.cfg.Now().Add(-late-time.Minute).Truncate(time.Minute))); err != nil && ctx.Err() == nil {
			w.cfg.Log.Error("store", "what", "loads of a minute", "err", err)
		}
	}
}

// minute is what was measured in the minute that begins at a time.
func (w *Watcher) minute(from time.Time) (out []mirror.LoadMinute) {
	w.mu.Lock()
	defer w.mu.Unlock()
	to := from.Add(time.Minute)
	rows := map[string]*mirror.LoadMinute{}
	row := func(at string) *mirror.LoadMinute {
		if rows[at] == nil {
			rows[at] = &mirror.LoadMinute{Place: at, At: from.UTC()}
		}
		return rows[at]
	}
	for _, d := range w.devices {
		if len(d.sessions) == 0 || w.desk == nil {
			continue
		}
		for _, name := range w.wants(d) {
			p := d.ports[name]
			if p == nil {
				continue
			}
			for _, m := range capacity.Fold(p.window.Since(from)) {
				if m.From.Equal(from) {
					row(d.name).Ports = append(row(d.name).Ports, minuteOf(name, m.In, m.Out, m.Drops/m.Seconds))
				}
			}
		}
	}
	for p, e := range w.ends {
		list := e.series.between(from, to)
		if len(list) == 0 {
			continue
		}
		m := mirror.EndMinute{Port: p.port, Capacity: e.load.Capacity}
		sum := 0.0
		for _, o := range list {
			sum += float64(o.rate)
			m.Peak = max(m.Peak, mirror.BitsPerSecond(o.rate))
		}
		m.Offered = mirror.BitsPerSecond(sum / float64(len(list)))
		r := row(cmp.Or(p.device, p.ip))
		r.Ends = append(r.Ends, m)
	}
	for _, at := range slices.Sorted(maps.Keys(rows)) {
		r := *rows[at]
		slices.SortFunc(r.Ends, func(a, b mirror.EndMinute) int { return cmp.Compare(a.Port, b.Port) })
		out = append(out, r)
	}
	return out
}

func (w *Watcher) write(ctx context.Context, minutes []mirror.LoadMinute) error {
	for some := range slices.Chunk(minutes, batch) {
		err := w.cfg.Store.Update(ctx, func(tx mirror.Tx) error {
			for _, m := range some {
				if err := tx.PutLoadMinute(m); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return w.cfg.Store.Update(ctx, func(tx mirror.Tx) error { return tx.DeleteLoadMinutes(w.cfg.Now().Add(-day)) })
}
