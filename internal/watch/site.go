package watch

import (
	"fmt"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A site is what ports carry now, by their newest interval, see capacity.Site. It is of
// one evaluation, under Watcher.mu.
type site struct {
	w      *Watcher
	now    time.Time
	newest time.Time // the end of the newest interval that was looked at
	told   map[string]mirror.Observation
}

func (w *Watcher) site() *site {
	return &site{w: w, now: w.cfg.Now(), told: map[string]mirror.Observation{}}
}

func (s *site) observation(device string) mirror.Observation {
	o, ok := s.told[device]
	if !ok {
		st, _ := s.w.desk.State(device)
		o = st.Observation
		s.told[device] = o
	}
	return o
}

// speed is that of a port as it was last read, and of a port-channel that of its members
// that are up; 0 = not known.
func (s *site) speed(device string, name mirror.PortName) mirror.BitsPerSecond {
	o := s.observation(device)
	p, _ := o.Port(name)
	var sum mirror.BitsPerSecond
	for _, m := range p.Members {
		if member, ok := o.Port(m); ok && member.Up != mirror.False {
			sum += member.Speed
		}
	}
	if sum > 0 {
		return sum
	}
	if d := s.w.devices[device]; p.Speed == 0 && d != nil && d.ports[name] != nil {
		return d.ports[name].last.Bandwidth
	}
	return p.Speed
}

// Port tells what a port carried in its newest interval.
func (s *site) Port(device string, name mirror.PortName) capacity.Port {
	seen, _ := s.observation(device).Port(name)
	out := capacity.Port{Speed: s.speed(device, name), Up: seen.Up, Members: seen.Members}
	d := s.w.devices[device]
	if d == nil {
		out.Why = "its device is not watched"
		return out
	}
	p := d.ports[name]
	if p != nil && p.last.Up != "" && p.last.Up != mirror.Unknown { // what does not tell does not take away what was told
		out.Up = p.last.Up
	}
	switch {
	case s.w.every(d) == 0:
		out.Why = d.info.Why
	case p == nil && d.fault != nil:
		out.Why = d.fault.Error()
	case p == nil && d.all.IsZero() && len(d.ports) == 0:
		out.Why = "its counters were not read yet"
	case p == nil:
		out.Why = "the device tells no counters of it"
	case p.is.To.IsZero() && p.why == "":
		out.Why = "its counters were not read for long enough yet"
	case !p.known && p.why != "":
		out.Why = p.why
	case s.now.Sub(p.at) > s.w.old(d):
		out.Why = fmt.Sprintf("its counters were last read %v ago", s.now.Sub(p.at).Round(time.Second))
		if d.fault != nil {
			out.Why += ": " + d.fault.Error()
		}
	default:
		out.Known, out.How = true, fmt.Sprintf("the last %.3g s", p.is.Seconds)
		out.In, out.Out = capacity.Stat{P95: p.is.In, Peak: p.is.In}, capacity.Stat{P95: p.is.Out, Peak: p.is.Out}
		if p.is.To.After(s.newest) {
			s.newest = p.is.To
		}
	}
	return out
}

// old is how long a reading of a device counts.
func (w *Watcher) old(d *device) time.Duration { return max(3*w.every(d), 5*time.Second) }

// InVLAN lists the ports of a device that carry a VLAN.
func (s *site) InVLAN(device string, vlan int) (out []mirror.PortName) {
	for _, p := range s.observation(device).Ports {
		if p.Access == vlan || p.Carries(vlan) {
			out = append(out, p.Name)
		}
	}
	return out
}

// carried are the intervals of a port that lie within a time, for capacity.Deliver,
// which asks for each port in each direction.
func (s *site) carried(since time.Time) func(device string, name mirror.PortName) []capacity.Interval {
	known := map[place][]capacity.Interval{}
	return func(device string, name mirror.PortName) []capacity.Interval {
		d := s.w.devices[device]
		if d == nil || d.ports[name] == nil {
			return nil
		}
		at := place{device: device, port: name}
		list, ok := known[at]
		if !ok {
			list = within(&d.ports[name].window, since, s.now.Add(-s.w.reach(d)))
			known[at] = list
		}
		return list
	}
}

// reach is how far back copies are judged by: the longest window that capacity.Deliver
// tries, and the intervals at its ends.
func (w *Watcher) reach(d *device) time.Duration { return 6*w.cfg.Window + 3*w.every(d) }

// within are the intervals that began after both times.
func within(w *capacity.Window, a, b time.Time) []capacity.Interval {
	if b.After(a) {
		a = b
	}
	return slices.DeleteFunc(w.Since(a), func(i capacity.Interval) bool { return i.From.Before(a) })
}
