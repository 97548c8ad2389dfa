package watch

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A device is what is watched of one.
type device struct {
	name string
	info capacity.WatchedDevice

	at    time.Time // when it is due
	index int       // in the queue, from 1; 0 = it is not there
	busy  bool      // it is being read

	ports    map[mirror.PortName]*port
	natives  map[string]*native // by mark
	sessions map[string]bool    // of which something is on it
	wanted   []mirror.PortName  // that are read, as long as it is not stale
	stale    bool
	all      time.Time // when all ports were last read
	failures int       // readings in a row that failed
	fault    error     // of the last
	counts   bool      // it was seen to count copies where nobody knew that it does
}

// A port is what is measured at one.
type port struct {
	meter  capacity.Meter
	window capacity.Window
	drops  capacity.Drops
	last   mirror.PortCounters
	at     time.Time         // of the last reading
	is     capacity.Interval // the last
	known  bool              // it is one of which something is known
	why    string            // why it is not
}

// A native is a native session with its counters.
type native struct {
	is       capacity.WatchedNative
	sessions map[string]bool
	since    time.Time // since when it is what it is
	meter    capacity.Meter
	window   capacity.Window
	waits    waiting
}

// A place names an end.
type place struct {
	device string
	port   mirror.PortName
	ip     string
}

func placeOf(e capacity.End) place {
	if e.Port != "" {
		return place{device: e.Device, port: e.Port}
	}
	return place{ip: e.IP}
}

// An end is where copies come to.
type end struct {
	is      capacity.End
	feeds   map[string][]capacity.Feed        // by session
	asked   map[string][]capacity.Feed        // without relief, of sessions that have some
	tools   map[string][]capacity.WatchedTool // by session
	since   time.Time                         // since when it is fed so
	alarm   capacity.Alarm
	drops   capacity.Drops
	dropped time.Time // the interval that drops has seen last
	newest  time.Time // the newest measurement that the alarm has seen
	stepped time.Time // when it has
	load    capacity.EndLoad
	check   mirror.Check
	series  series
}

// A session is one with what was found of it.
type session struct {
	is    capacity.WatchedSession
	found bool
	load  capacity.SessionLoad
}

// chunk is how many changes are taken at a time, so that devices are read between them.
const chunk = 200

// refresh asks for what may have changed, and reports whether there is more.
func (w *Watcher) refresh(ctx context.Context, desk Desk) (more bool) {
	w.mu.Lock()
	devices, sessions, reads := some(w.changed.devices), some(w.changed.sessions), some(w.changed.reads)
	more = len(w.changed.devices)+len(w.changed.sessions)+len(w.changed.reads) > 0
	w.mu.Unlock()
	for _, name := range devices {
		info, err := desk.Device(ctx, name)
		if w.failed(ctx, err, "device", name) {
			w.DeviceChanged(name)
			return false
		}
		w.mu.Lock()
		w.setDevice(name, info, err == nil)
		w.mu.Unlock()
	}
	for _, name := range sessions {
		is, err := desk.Session(ctx, name)
		if w.failed(ctx, err, "session", name) {
			w.SessionChanged(name)
			return false
		}
		is.Name = name
		w.mu.Lock()
		w.setSession(is)
		w.mu.Unlock()
	}
	for _, name := range reads {
		w.judge(desk, name, func(d *device) {
			if d == nil { // it is gone, or not asked for yet
				return
			}
			d.stale = true
			if d.failures > 0 { // it answers again
				d.failures = 0
				w.due.set(d, w.cfg.Now())
			}
		})
	}
	return more
}

// failed: the store did not answer; it is asked again.
func (w *Watcher) failed(ctx context.Context, err error, what, name string) bool {
	if err == nil || errors.Is(err, mirror.ErrNotFound) {
		return false
	}
	if ctx.Err() == nil {
		w.cfg.Log.Error("watch", what, name, "err", err)
	}
	return true
}

func some(set map[string]bool) (out []string) {
	for name := range set {
		if len(out) == chunk {
			break
		}
		out = append(out, name)
		delete(set, name)
	}
	return out
}

// setDevice takes over what a device is.
func (w *Watcher) setDevice(name string, info capacity.WatchedDevice, there bool) {
	d := w.devices[name]
	if !there {
		if d != nil {
			w.due.remove(d)
			delete(w.devices, name)
		}
		return
	}
	if d == nil {
		d = w.device(name)
	}
	before := w.every(d)
	d.info, d.stale, d.failures = info, true, 0
	if every := w.every(d); every != before || d.index == 0 {
		now := w.cfg.Now()
		w.due.set(d, now.Add(rand.N(min(w.pause(d), 10*time.Second)+1)))
	}
}

// device finds a device, or makes it: a session may be known before its devices.
func (w *Watcher) device(name string) *device {
	d := w.devices[name]
	if d == nil {
		d = &device{name: name, ports: map[mirror.PortName]*port{}, natives: map[string]*native{}, sessions: map[string]bool{}}
		w.devices[name] = d
	}
	return d
}

// setSession takes over what a session consists of.
func (w *Watcher) setSession(is capacity.WatchedSession) {
	s := w.sessions[is.Name]
	var old capacity.WatchedSession
	if s != nil {
		old = s.is
	}
	if reflect.DeepEqual(old, is) || s == nil && is.Nothing() {
		return
	}
	now := w.cfg.Now()
	ends := map[place]*end{} // to which copies come as before: their alarms and history go on
	for _, p := range placesOf(is) {
		if e := w.ends[p]; e != nil {
			ends[p] = e
		}
	}
	w.take(old, now)
	maps.Copy(w.ends, ends)
	delete(w.sessions, is.Name)
	if is.Nothing() {
		return
	}
	if s == nil {
		s = &session{}
		w.sessions[is.Name] = s
	}
	w.sessions[is.Name] = s
	s.is = is
	w.give(is, now)
	if s.found && !sameCopies(old, is) {
		s.found = false // what was found was of other copies
	}
}

// sameCopies: nothing has changed but tools.
func sameCopies(a, b capacity.WatchedSession) bool {
	a.Tools, b.Tools = nil, nil
	return reflect.DeepEqual(a, b)
}

// take takes a session out of its ends and devices.
func (w *Watcher) take(is capacity.WatchedSession, now time.Time) {
	for _, p := range placesOf(is) {
		if e := w.ends[p]; e != nil {
			delete(e.feeds, is.Name)
			delete(e.asked, is.Name)
			delete(e.tools, is.Name)
			e.since = now
			if len(e.feeds) == 0 {
				delete(w.ends, p)
			}
		}
	}
	for _, n := range is.Natives {
		d := w.devices[n.Device]
		if d == nil {
			continue
		}
		if of := d.natives[n.Mark]; of != nil {
			delete(of.sessions, is.Name)
			of.since = now
			if len(of.sessions) == 0 {
				delete(d.natives, n.Mark)
			}
		}
	}
	for _, name := range devicesOf(is) {
		if d := w.devices[name]; d != nil {
			delete(d.sessions, is.Name)
			d.stale = true
		}
	}
}

// give puts a session to its ends and devices, which are read soon.
func (w *Watcher) give(is capacity.WatchedSession, now time.Time) {
	for _, f := range is.Feeds {
		for _, at := range f.Ends {
			e := w.end(at, is.Name, now)
			if !slices.ContainsFunc(e.feeds[is.Name], func(o capacity.Feed) bool { return reflect.DeepEqual(o, f) }) {
				e.feeds[is.Name] = append(e.feeds[is.Name], f)
			}
		}
	}
	for _, f := range is.Asked {
		for _, at := range f.Ends {
			e := w.end(at, is.Name, now)
			e.asked[is.Name] = append(e.asked[is.Name], f)
		}
	}
	for _, t := range is.Tools {
		if e := w.ends[placeOf(t.End)]; e != nil {
			e.tools[is.Name] = append(e.tools[is.Name], t)
		}
	}
	for _, n := range is.Natives {
		d := w.device(n.Device)
		of := d.natives[n.Mark]
		if of == nil {
			of = &native{sessions: map[string]bool{}}
			d.natives[n.Mark] = of
		}
		of.is, of.since = n, now
		of.sessions[is.Name] = true
	}
	for _, name := range devicesOf(is) {
		d := w.device(name)
		d.sessions[is.Name], d.stale = true, true
		if d.index > 0 {
			w.due.set(d, earlier(d.at, now))
		}
	}
}

// end finds an end to which a session comes from now on, or makes it.
func (w *Watcher) end(at capacity.End, session string, now time.Time) *end {
	p := placeOf(at)
	e := w.ends[p]
	if e == nil {
		e = &end{is: at, feeds: map[string][]capacity.Feed{}, asked: map[string][]capacity.Feed{}, tools: map[string][]capacity.WatchedTool{}}
		w.ends[p] = e
	}
	if _, there := e.feeds[session]; !there {
		e.feeds[session] = nil
	}
	e.is.Link = e.is.Link && at.Link
	e.since = now
	return e
}

func placesOf(is capacity.WatchedSession) (out []place) {
	for _, f := range slices.Concat(is.Feeds, is.Asked) {
		for _, e := range f.Ends {
			out = append(out, placeOf(e))
		}
	}
	return out
}

// devicesOf are the devices with sources, destinations or links of a session, sorted.
func devicesOf(is capacity.WatchedSession) []string {
	set := map[string]bool{}
	for _, f := range slices.Concat(is.Feeds, is.Asked) {
		set[f.Device] = true
		for _, e := range f.Ends {
			if e.Port != "" {
				set[e.Device] = true
			}
		}
	}
	for _, n := range is.Natives {
		set[n.Device] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// wants are the ports of a device whose counters matter, sorted: sources with members,
// those that carry a VLAN that is copied, and ends.
func (w *Watcher) wants(d *device) []mirror.PortName {
	if !d.stale {
		return d.wanted
	}
	site := w.site()
	set := map[mirror.PortName]bool{}
	add := func(p mirror.PortName) {
		set[p] = true
		for _, m := range site.Port(d.name, p).Members {
			set[m] = true
		}
	}
	for name := range d.sessions {
		s := w.sessions[name]
		if s == nil {
			continue
		}
		for _, f := range slices.Concat(s.is.Feeds, s.is.Asked) {
			for _, e := range f.Ends {
				if e.Device == d.name && e.Port != "" {
					add(e.Port)
				}
			}
			if f.Device != d.name {
				continue
			}
			for _, src := range f.Sources {
				switch {
				case src.Port != "":
					add(src.Port)
				case src.VLAN != 0:
					for _, p := range site.InVLAN(d.name, src.VLAN) {
						add(p)
					}
				}
			}
		}
		for _, n := range s.is.Natives {
			if n.Device == d.name {
				for _, p := range n.Ports {
					add(p)
				}
			}
		}
	}
	delete(set, "")
	d.wanted, d.stale = slices.SortedFunc(maps.Keys(set), func(a, b mirror.PortName) int { return strings.Compare(string(a), string(b)) }), false
	return d.wanted
}
