package watch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// The reasons of DestinationHealthy.
const (
	ReasonGone            = "DestinationGone"
	ReasonDown            = "DestinationDown"
	ReasonCollector       = "CollectorUnreachable" // the device has no way to it
	ReasonOversubscribed  = "Oversubscribed"
	ReasonDrops           = "Drops"
	ReasonFits            = "Fits"
	ReasonCollectorUnseen = "CollectorNotSeen" // what becomes of copies there, no device tells
	ReasonLoadUnknown     = "LoadUnknown"
	ReasonCapacityUnknown = "CapacityUnknown"
	ReasonUpperBound      = "UpperBound"
	ReasonLinkUnknown     = "LinkUnknown"
	ReasonUnreachable     = "DeviceUnreachable"
)

// health is the condition DestinationHealthy of one end.
func (w *Watcher) health(e *end, site *site) mirror.Check {
	check := func(state mirror.State, reason, format string, args ...any) mirror.Check {
		return mirror.Check{State: state, Reason: reason, Message: e.load.End.String() + ": " + fmt.Sprintf(format, args...)}
	}
	if e.is.Port == "" {
		if waits := w.waiting(e); waits != "" {
			return check(mirror.False, ReasonCollector, "%s", waits)
		}
	}
	away := ""
	if d := w.devices[e.is.Device]; e.is.Port != "" && d != nil {
		away = w.unreachable(d)
	}
	if c, dead := w.link(e, site, away); dead {
		return c
	}
	switch load := e.load; {
	case away != "": // what was true when it was last read need not be so
		return check(mirror.Unknown, ReasonUnreachable, "%s", away)
	case load.Over:
		return check(mirror.False, ReasonOversubscribed, "%s", words(load))
	case load.Losing:
		return check(mirror.False, ReasonDrops, "frames that were to leave the port were not sent, %s a second last; %s", few(load.Drops), words(load))
	case e.is.Port != "" && load.Up != mirror.True:
		return check(mirror.Unknown, ReasonLinkUnknown, "the device does not tell its link; %s", words(load))
	case !load.Known:
		return check(mirror.Unknown, ReasonLoadUnknown, "%s", words(load))
	case load.Capacity == 0:
		return check(mirror.Unknown, ReasonCapacityUnknown, "how much it can take is not known; give its tool a capacity. %s", words(load))
	case load.Bound && float64(load.Offered) > capacity.RaiseAt*float64(load.Capacity):
		return check(mirror.Unknown, ReasonUpperBound, "%s", words(load))
	case e.is.Port == "":
		return check(mirror.Unknown, ReasonCollectorUnseen, "no device tells what becomes of copies there; %s", words(load))
	default:
		return check(mirror.True, ReasonFits, "%s", words(load))
	}
}

// link tells whether the port of an end is gone or down, by what was last read of it.
func (w *Watcher) link(e *end, site *site, away string) (c mirror.Check, dead bool) {
	if e.is.Port == "" || away != "" {
		return c, false
	}
	_, read := w.desk.State(e.is.Device)
	o := site.observation(e.is.Device)
	seen, there := o.Port(e.is.Port)
	no := func(reason, format string, args ...any) (mirror.Check, bool) {
		return mirror.Check{State: mirror.False, Reason: reason, Message: e.load.End.String() + ": " + fmt.Sprintf(format, args...)}, true
	}
	switch {
	case read && !there && len(o.Ports) > 0:
		return no(ReasonGone, "the device has no such port any more")
	case e.load.Up != mirror.False:
		return c, false
	case !read && !e.load.Counted:
		return c, false // that was before the start
	case seen.Admin == mirror.False:
		return no(ReasonDown, "the port is shut down")
	}
	return no(ReasonDown, "the port is down")
}

// words are the figures of an end.
func words(l capacity.EndLoad) string {
	text := "offered " + capacity.Rate(l.Offered)
	if l.Bound {
		text = "offered at most " + capacity.Rate(l.Offered)
	}
	if l.Capacity != 0 {
		text += fmt.Sprintf(" of %s (%s)", capacity.Rate(l.Capacity), l.CapacityFrom)
	}
	var dark []string
	for _, t := range l.Terms {
		if t.Unknown != "" {
			dark = append(dark, fmt.Sprintf("%s %s %s (%s)", t.Device, t.Source, t.Direction, t.Unknown))
		}
	}
	if len(dark) > 3 {
		dark = append(dark[:3], fmt.Sprintf("%d more", len(dark)-3))
	}
	if len(dark) > 0 {
		text += "; not known of " + strings.Join(dark, ", ")
	}
	return text
}

// waiting is what a device waits for before it copies, as far as two reads of the
// device showed it: just after a session was made that is nothing to speak of.
type waiting struct {
	words string
	first time.Time // of the read that showed it first
}

// waiting tells what a device that feeds a collector waits for.
func (w *Watcher) waiting(e *end) string {
	var out []string
	for _, f := range e.all() {
		d := w.devices[f.Device]
		if d == nil {
			continue
		}
		for _, n := range d.natives {
			if n.is.Collector != e.is.IP {
				continue
			}
			if words := n.waits.look(w.told(d.name, n.is)); words != "" && !slices.Contains(out, d.name+": "+words) {
				out = append(out, d.name+": "+words)
			}
		}
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// told finds what a device told of a native session, and when.
func (w *Watcher) told(device string, is capacity.WatchedNative) (waits string, at time.Time) {
	st, read := w.desk.State(device)
	if !read || st.Reachable.State == mirror.False {
		return "", time.Time{}
	}
	for _, n := range st.Observation.Natives {
		if n.ID == is.ID {
			return n.Waits, st.Observation.At
		}
	}
	return "", st.Observation.At
}

func (s *waiting) look(words string, at time.Time) string {
	if words == "" {
		*s = waiting{}
		return ""
	}
	if s.words == "" {
		s.first = at
	}
	s.words = words
	if at.After(s.first) {
		return words
	}
	return ""
}

// few is a number with two figures behind the point where it is small, and none else.
func few(n float64) string {
	if n < 10 {
		return strconv.FormatFloat(n, 'g', 2, 64)
	}
	return strconv.FormatFloat(n, 'f', 0, 64)
}
