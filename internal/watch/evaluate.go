package watch

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// evaluate judges the ends at a device, the collectors and links that it feeds, and the
// sessions on it. found are the sessions of which a condition has changed, measured the
// ends at which something new was measured. The caller holds w.mu.
func (w *Watcher) evaluate(d *device) (found []string, measured []capacity.EndLoad) {
	if w.desk == nil {
		return nil, nil
	}
	told := map[string]bool{}
	for _, p := range w.at(d) {
		e := w.ends[p]
		if w.measure(e, d) {
			measured = append(measured, e.load)
		}
		for name := range e.feeds {
			told[name] = true
		}
	}
	for name := range d.sessions {
		told[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(told)) {
		if s := w.sessions[name]; s != nil && w.sum(s) {
			found = append(found, name)
		}
	}
	return found, measured
}

// at are the ends that are judged with a device: its own, and what it feeds that is no
// port of another one.
func (w *Watcher) at(d *device) []place {
	set := map[place]bool{}
	for name := range d.sessions {
		s := w.sessions[name]
		if s == nil {
			continue
		}
		for _, f := range slices.Concat(s.is.Feeds, s.is.Asked) {
			for _, e := range f.Ends {
				if e.Port != "" && e.Device == d.name || e.Port == "" && f.Device == d.name {
					set[placeOf(e)] = true
				}
			}
		}
	}
	return slices.SortedFunc(maps.Keys(set), comparePlaces)
}

func comparePlaces(a, b place) int {
	return cmp.Or(cmp.Compare(a.device, b.device), cmp.Compare(a.port, b.port), cmp.Compare(a.ip, b.ip))
}

// all are the feeds of an end, by session.
func (e *end) all() (out []capacity.Feed) {
	for _, name := range slices.Sorted(maps.Keys(e.feeds)) {
		out = append(out, e.feeds[name]...)
	}
	return out
}

// measure reckons what is offered to an end and what becomes of it, and reports whether
// a new sample is among it.
func (w *Watcher) measure(e *end, by *device) (sample bool) {
	site := w.site()
	load := capacity.EndLoad{End: e.is, Sessions: slices.Sorted(maps.Keys(e.feeds)), Up: mirror.Unknown, Steps: e.load.Steps, Known: true}
	load.Capacity, load.CapacityFrom, load.End.Tool = w.capacity(e, site)
	var sure mirror.BitsPerSecond
	feeds := e.all() // the copies flow, and are among what a link sends
	load.Terms, load.Offered, _ = capacity.OfferInstead(feeds, feeds, e.is, site, mirror.BasisMeasured)
	for _, t := range load.Terms {
		load.Known = load.Known && t.Unknown == ""
		load.Bound = load.Bound || t.Part // all of a port-channel is copied
		if !t.Part {
			sure += t.Offered
		}
	}
	load.At = site.newest
	for _, feeds := range e.asked { // what relief has taken away is measured all the same
		capacity.Offer(feeds, e.is, site, mirror.BasisMeasured)
	}
	w.port(e, site, &load)
	// One sample a reading: an end that several devices feed is judged with each.
	if site.newest.After(e.newest) && site.now.Sub(e.stepped) >= w.every(by)*3/4 {
		e.newest, e.stepped, sample = site.newest, site.now, true
		load.Steps++
		// What is not known could be nothing, so that it cannot end the alarm.
		if load.Known || !e.alarm.On() || float64(sure) >= capacity.ClearAt*float64(load.Capacity) {
			e.alarm.Step(sure, load.Capacity)
		}
		e.series.add(site.newest, load.Offered)
	}
	load.Over, load.Losing = e.alarm.On(), e.drops.On()
	e.load = load
	e.check = w.health(e, site)
	return sample
}

// capacity is what an end can take: what the least of its tools takes, or its speed
// where that is less, or nothing is known of a tool.
func (w *Watcher) capacity(e *end, site *site) (most mirror.BitsPerSecond, from, tool string) {
	if e.is.Port != "" {
		if most = site.speed(e.is.Device, e.is.Port); most != 0 {
			from = "speed of the port"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.tools)) {
		for _, t := range e.tools[name] {
			tool = cmp.Or(tool, t.Name)
			if t.Capacity != 0 && (most == 0 || t.Capacity < most) {
				most, from = t.Capacity, "capacity of tool "+t.Name
			}
		}
	}
	return most, from, tool
}

// port brings in what is known of the port at an end.
func (w *Watcher) port(e *end, site *site, load *capacity.EndLoad) {
	if e.is.Port == "" {
		return
	}
	carries := site.Port(e.is.Device, e.is.Port)
	load.Up = cmp.Or(carries.Up, mirror.Unknown)
	d := w.devices[e.is.Device]
	if d == nil || d.ports[e.is.Port] == nil {
		return
	}
	p := d.ports[e.is.Port]
	if p.known && p.is.To.After(e.dropped) && p.is.From.After(e.since) {
		e.dropped = p.is.To
		e.drops.Step(p.is)
	}
	if carries.Known {
		load.Counted, load.Sent, load.Drops, load.NoDrops = true, carries.Out.P95, p.is.Drops, p.is.NoDrops
	}
}

// sum brings together what was found of a session, and reports whether a condition has
// another state or reason than was told.
func (w *Watcher) sum(s *session) bool {
	for _, name := range devicesOf(s.is) {
		if st, read := w.desk.State(name); !read && st.Reachable.State != mirror.False {
			return false // nothing is known of it since the start
		}
	}
	load := capacity.SessionLoad{}
	var health []mirror.Check
	for _, p := range slices.SortedFunc(maps.Keys(placeSet(s.is)), comparePlaces) {
		e := w.ends[p]
		if e == nil {
			continue
		}
		load.Ends = append(load.Ends, e.load)
		if !e.is.Link {
			health = append(health, e.check)
		}
	}
	load.Healthy = worst(health, mirror.Check{State: mirror.Unknown, Reason: "NoDestination", Message: "no device that netmirror manages holds the destination"})
	load.Copies = w.copies(s)
	var flow []mirror.Check
	for _, c := range load.Copies {
		flow = append(flow, mirror.Check{State: c.Delivery.State, Reason: c.Delivery.Reason, Message: at(c) + c.Delivery.Message})
	}
	load.Effective = worst(flow, mirror.Check{State: mirror.Unknown, Reason: capacity.ReasonNotCounted, Message: "nothing that netmirror reads counts the copies"})
	same := func(a, b mirror.Check) bool { return a.State == b.State && a.Reason == b.Reason }
	changed := !s.found || !same(s.load.Healthy, load.Healthy) || !same(s.load.Effective, load.Effective)
	s.load, s.found = load, true
	return changed
}

func placeSet(is capacity.WatchedSession) map[place]bool {
	out := map[place]bool{}
	for _, p := range placesOf(is) {
		out[p] = true
	}
	return out
}

// at names where copies were counted.
func at(c capacity.CopyLoad) string {
	if c.Port != "" {
		return c.Device + " " + string(c.Port) + ": "
	}
	return c.Device + ", native session " + c.Native + ": "
}

// worst takes False before Unknown before True, and joins the messages of the same
// state.
func worst(checks []mirror.Check, none mirror.Check) mirror.Check {
	rank := map[mirror.State]int{mirror.True: 1, mirror.Unknown: 2, mirror.False: 3}
	out, seen := none, 0
	var messages []string
	for _, c := range checks {
		weight := 2 * rank[c.State]
		if c.Reason == capacity.ReasonCopiesLost { // of copies that flow, those tell more
			weight++
		}
		if weight > seen {
			out, seen, messages = c, weight, nil
		}
		if weight == seen && !slices.Contains(messages, c.Message) {
			messages = append(messages, c.Message)
		}
	}
	if seen > 0 {
		out.Message = strings.Join(messages, "; ")
	}
	return out
}

// copies judges whether the copies of a session arrive: at each destination port whose
// counters show them, and in the counters of each native session that has such.
func (w *Watcher) copies(s *session) (out []capacity.CopyLoad) {
	for _, n := range s.is.Natives {
		d := w.devices[n.Device]
		if d == nil {
			continue
		}
		switch d.info.Counting.At {
		case mirror.CountedMirror, mirror.CountedSession:
			out = append(out, w.inNative(d, n))
			if d.info.Counting.Ports {
				out = append(out, w.left(d, n)...)
			}
		case mirror.CountedOutOctets, mirror.CountedUnverified:
			for _, p := range n.Ports {
				out = append(out, w.atPort(d, n, p))
			}
		default:
			for _, p := range n.Ports {
				out = append(out, capacity.CopyLoad{Device: d.name, Native: n.ID, Port: p, Sessions: []string{s.is.Name},
					Delivery: w.deliver(d, capacity.Delivering{Counting: d.info.Counting}, time.Time{})})
			}
		}
	}
	return out
}

// atPort is what of all copies that come to a destination port was counted there.
func (w *Watcher) atPort(d *device, n capacity.WatchedNative, name mirror.PortName) capacity.CopyLoad {
	out := capacity.CopyLoad{Device: d.name, Native: n.ID, Port: name}
	e := w.ends[place{device: d.name, port: name}]
	if e == nil {
		out.Delivery = capacity.Delivery{State: mirror.Unknown, Reason: capacity.ReasonNotMeasured, Message: "its sources are not known"}
		return out
	}
	out.Sessions = slices.Sorted(maps.Keys(e.feeds))
	site := w.site()
	carried := site.carried(e.since)
	series := capacity.Series{Name: d.name + " " + string(name), Intervals: carried(d.name, name)}
	counting := d.info.Counting
	if counting.Ports {
		counting.At = mirror.CountedOutOctets
	}
	out.Delivery = w.deliver(d, capacity.Delivering{Picks: capacity.Picks(e.all(), e.is, site), Carried: carried,
		Counted: []capacity.Series{series}, Counting: counting}, e.since)
	return out
}

// left is what of the copies left the destination ports of a native session with a
// counter of its own, which counts them where they are made. A port where that is not
// known, or where others send too, says nothing.
func (w *Watcher) left(d *device, n capacity.WatchedNative) (out []capacity.CopyLoad) {
	for _, p := range n.Ports {
		if c := w.atPort(d, n, p); c.Delivery.State != mirror.Unknown {
			out = append(out, c)
		}
	}
	return out
}

// inNative is what of the copies of a native session its own counter shows.
func (w *Watcher) inNative(d *device, is capacity.WatchedNative) capacity.CopyLoad {
	out := capacity.CopyLoad{Device: d.name, Native: is.ID}
	n := d.natives[is.Mark]
	if n == nil {
		out.Delivery = capacity.Delivery{State: mirror.Unknown, Reason: capacity.ReasonNotMeasured, Message: "it is not read yet"}
		return out
	}
	out.Sessions = slices.Sorted(maps.Keys(n.sessions))
	site := w.site()
	since, end := n.since, capacity.End{}
	var feeds []capacity.Feed
	if is.Makes {
		for _, name := range out.Sessions {
			feeds = append(feeds, w.made(name, is)...)
		}
		// Whatever ends they come to, its own counter sees each copy once.
		end = capacity.End{Device: d.name, Port: mirror.PortName(is.Mark)}
		for i := range feeds {
			feeds[i].Ends = []capacity.End{end}
		}
	} else if len(is.Ports) > 0 {
		if e := w.ends[place{device: d.name, port: is.Ports[0]}]; e != nil {
			feeds, end, since = e.all(), e.is, e.since
		}
	}
	from := site.now.Add(-w.reach(d))
	series := capacity.Series{Name: "the counter of native session " + is.ID, Intervals: within(&n.window, since, from)}
	out.Delivery = w.deliver(d, capacity.Delivering{Picks: capacity.Picks(feeds, end, site), Carried: site.carried(since),
		Counted: []capacity.Series{series}, Counting: d.info.Counting}, since)
	return out
}

// made are the feeds of a session whose copies a native session makes.
func (w *Watcher) made(name string, is capacity.WatchedNative) (out []capacity.Feed) {
	s := w.sessions[name]
	if s == nil {
		return nil
	}
	ends := func(f capacity.Feed) bool {
		switch {
		case len(is.Ports) > 0:
			return slices.ContainsFunc(f.Ends, func(e capacity.End) bool { return e.Device == is.Device && e.Port == is.Ports[0] })
		case is.Collector != "":
			return slices.ContainsFunc(f.Ends, func(e capacity.End) bool { return e.IP == is.Collector })
		}
		return true
	}
	for _, f := range s.is.Feeds {
		if f.Device == is.Device && ends(f) {
			out = append(out, f)
		}
	}
	return out
}

// deliver is capacity.Deliver for copies that are what they are since a time.
func (w *Watcher) deliver(d *device, of capacity.Delivering, since time.Time) capacity.Delivery {
	now := w.cfg.Now()
	unknown := func(reason, format string, args ...any) capacity.Delivery {
		return capacity.Delivery{State: mirror.Unknown, Reason: reason, At: of.Counting.At, Message: fmt.Sprintf(format, args...)}
	}
	if why := w.unreachable(d); why != "" {
		return unknown("DeviceUnreachable", "%s", why)
	}
	of.Now, of.Since, of.Span = now, since, w.cfg.Window
	if of.Counting.At == mirror.CountedNowhere {
		return capacity.Deliver(of)
	}
	if w.every(d) == 0 {
		return unknown(mirror.ReasonNotWatched, "%s", d.info.Why)
	}
	if now.Sub(since) < w.cfg.Window {
		return unknown(mirror.ReasonNotWatchedYet, "copied since %s; it takes %v to tell whether the copies flow", since.UTC().Format(time.TimeOnly), w.cfg.Window)
	}
	if of.Counting.At == mirror.CountedUnverified {
		return d.unverified(of)
	}
	return capacity.Deliver(of)
}

// seen is the least ratio that shows that a device counts copies.
const seen = 0.5

// unverified judges copies where a document says that the counters of the destination
// port show them and no recording does, as if it were so; the words say what that rests
// on. A destination sends nothing but copies, so that a device of which it was once
// counted what its sources carried is known to count them.
func (d *device) unverified(of capacity.Delivering) capacity.Delivery {
	of.Counting.At = mirror.CountedOutOctets
	out := capacity.Deliver(of)
	out.At = mirror.CountedUnverified
	if out.State == mirror.True && out.Ratio != nil && *out.Ratio >= seen {
		d.counts = true
	}
	if out.State == mirror.Unknown {
		return out
	}
	if d.counts {
		out.Message += "; the device was seen to count copies there"
	} else {
		out.Confidence /= 2
		out.Message += "; that the platform counts copies there is documented, and was not seen on this device since the start"
	}
	return out
}
