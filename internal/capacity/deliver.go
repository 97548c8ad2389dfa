package capacity

import (
	"cmp"
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Series is what one port, or the counter of one native session, counted.
type Series struct {
	Name string // for people
	// Intervals are the newest, the oldest first; gaps may be among them.
	Intervals []Interval
}

// A Delivering is what copies are judged by: those of one native session or, where a
// destination whose counters cannot tell them apart is shared, of all that end there.
type Delivering struct {
	// Picks are the sources of all of them, see Picks.
	Picks []Pick
	// Carried tells what a port counted, nil = nothing.
	Carried func(device string, port mirror.PortName) []Interval
	// Counted is what counts the copies: the destination port, of which what goes out
	// counts, or the counters of the native sessions, one series each (Meter.AddNative).
	Counted  []Series
	Counting mirror.Counting
	// Span is the shortest window that is judged, 0 = a minute.
	Span time.Duration
	// Since is when the copies began as they are now, zero = long ago: nothing before it
	// counts.
	Since, Now time.Time
}

// A Delivery says how many of the expected copies were counted.
type Delivery struct {
	// State is True: copies flow; False: they do not; Unknown: nobody can tell.
	State   mirror.State     `json:"state"`
	Reason  string           `json:"reason"`
	Message string           `json:"message"`
	At      mirror.CountedAt `json:"countedAt,omitempty"`
	// Ratio is counted copies by expected ones, in frames; nil = not known.
	Ratio *float64 `json:"ratio,omitempty"`
	// Confidence in it is 0..1: few frames, gaps and polls at different times lower it.
	Confidence float64   `json:"confidence"`
	Expected   float64   `json:"expected"` // frames in the window, at most
	Counted    float64   `json:"counted"`  // frames in the window
	From       time.Time `json:"from,omitzero"`
	To         time.Time `json:"to,omitzero"` // the window
}

// The reasons of a Delivery.
const (
	ReasonCopiesFlow       = "CopiesFlow"
	ReasonCopiesLost       = "CopiesLost"       // some, by the ratio
	ReasonCopiesNotFlowing = "CopiesNotFlowing" // below 1 % while sources are busy
	ReasonNotCounted       = "NotCounted"       // the platform counts copies nowhere
	ReasonUnverified       = "CountingUnverified"
	ReasonSourcesIdle      = "SourcesIdle"
	ReasonFiltered         = "Filtered" // how many copies there should be is not known
	ReasonNotMeasured      = "NotMeasured"
	ReasonJustBegun        = "JustBegun"    // less than a minute ago
	ReasonOtherTraffic     = "OtherTraffic" // more is counted than copies
)

// Bounds of what a Delivery rests on.
const (
	// dead is the ratio below which copies do not flow, lost that below which some are
	// told to be lost.
	dead, lost = 0.01, 0.9
	// busy is how many copies must be expected in each half of the window before it is
	// said that none flow: of fewer, 1 % is no whole frame. In both halves, since what
	// counts the copies may be brought up to date later than what counts the sources.
	busy = 100
	// fewest copies make a ratio.
	fewest = 20
	// foreign is how many times the expected copies are more than copies alone.
	foreign = 1.25
	// covered is the least part of a window that must have been measured.
	covered = 0.5
	// stale is how long ago the window may have ended, beside twice its longest
	// interval.
	stale = 2 * time.Minute
)

// spans are the windows that are tried, in shortest ones: the first in which sources are
// busy is taken, else the last.
var spans = []time.Duration{1, 2, 5}

// Deliver reckons the delivery ratio over the newest minute, or some more where few
// frames pass.
func Deliver(d Delivering) Delivery {
	out := Delivery{State: mirror.Unknown, At: d.Counting.At}
	unknown := func(reason, format string, args ...any) Delivery {
		out.Reason, out.Message = reason, fmt.Sprintf(format, args...)
		return out
	}
	if d.Counting.At == mirror.CountedNowhere {
		return unknown(ReasonNotCounted, "%s", cmp.Or(d.Counting.Remark, "the platform counts copies nowhere, or nobody knows where"))
	}
	flows, soft := d.flows()
	end, long, late := d.newest(flows)
	switch {
	case late != "":
		return unknown(ReasonNotMeasured, "%s was not measured", late)
	case d.Now.Sub(end) > stale+2*long:
		return unknown(ReasonNotMeasured, "nothing was measured since %s", end.UTC().Format(time.TimeOnly))
	}
	room, shortest := end.Sub(d.Since), max(cmp.Or(d.Span, time.Minute), 2*long)
	if room < shortest {
		return unknown(ReasonJustBegun, "the copies began less than %s before the last reading", shortest)
	}
	var w window
	for _, times := range spans {
		if span := max(times*cmp.Or(d.Span, time.Minute), shortest); w.span == 0 || span > w.span && span <= room {
			w = d.window(flows, end, span)
		}
		if w.busy() {
			break
		}
	}
	out.From, out.To, out.Expected, out.Counted = end.Add(-w.span), end, w.most, w.counted
	if w.lacking != "" {
		return unknown(ReasonNotMeasured, "%s was disturbed for most of %s", w.lacking, w.long())
	}
	return w.judged(out, d.Counting, soft)
}

// judged says what a window shows.
func (w window) judged(out Delivery, counting mirror.Counting, soft string) Delivery {
	figures := fmt.Sprintf("%.0f of %.0f expected copies were counted in %s", w.counted, w.most, w.long())
	out.Message = figures
	if soft == "" && w.most >= fewest {
		likely := min(max(w.counted, w.least), w.most)
		ratio := w.counted / likely
		out.Ratio, out.Confidence = &ratio, w.confidence()
		if w.least < w.most {
			out.Message = fmt.Sprintf("%.0f copies were counted in %s and %.0f to %.0f expected, since a frame that several sources match is copied once", w.counted, w.long(), w.least, w.most)
		}
	}
	switch {
	case counting.At == mirror.CountedUnverified:
		out.Reason, out.Message = ReasonUnverified, figures+", but nobody has seen that the platform counts them there"
	case w.busy() && w.counted < dead*w.least:
		out.State, out.Reason = mirror.False, ReasonCopiesNotFlowing
		if soft != "" {
			out.Message = fmt.Sprintf("%.0f copies were counted in %s and %.0f expected at least", w.counted, w.long(), w.least)
		}
	case soft != "":
		out.Reason, out.Message = ReasonFiltered, fmt.Sprintf("%.0f copies were counted in %s; how many there should be is not known: %s", w.counted, w.long(), soft)
	case w.most < fewest:
		out.Reason, out.Message = ReasonSourcesIdle, fmt.Sprintf("the sources were idle: %.0f copies were expected in %s", w.most, w.long())
	case w.counted > foreign*w.most+busy:
		out.Reason, out.Ratio, out.Confidence = ReasonOtherTraffic, nil, 0
		out.Message = figures + ": other traffic is among it"
	case w.counted < dead*w.least:
		out.Reason, out.Message = ReasonSourcesIdle, figures+": too few, or not for long enough, to say that copies do not flow"
	case *out.Ratio < lost:
		out.State, out.Reason = mirror.True, ReasonCopiesLost
	default:
		out.State, out.Reason = mirror.True, ReasonCopiesFlow
	}
	return out
}

// A flow is one source in one direction with the intervals that it was counted in.
type flow struct {
	name      string
	direction mirror.Direction
	series    [][]Interval // added up
	part      bool         // only a part of it may be copied
	sample    float64
}

// flows are the sources; soft says why the number of their copies is not known, ""
// = it is.
func (d Delivering) flows() (out []flow, soft string) {
	for _, p := range d.Picks {
		f := flow{name: p.Device + " " + p.Source, direction: p.Direction, part: p.Part, sample: float64(max(1, p.Sample))}
		switch {
		case p.Lacking != "":
			soft = cmp.Or(soft, f.name+": "+p.Lacking)
			continue
		case p.Part:
			soft = cmp.Or(soft, "of "+f.name+" a part is copied")
		}
		for _, name := range p.Ports {
			f.series = append(f.series, d.port(p, name)...)
		}
		out = append(out, f)
	}
	return out, soft
}

// port is what was counted of a port, of a port-channel by its members where all of
// them were.
func (d Delivering) port(p Pick, name mirror.PortName) (out [][]Interval) {
	for _, m := range p.Members[name] {
		list := d.Carried(p.Device, m)
		if len(list) == 0 {
			return [][]Interval{d.Carried(p.Device, name)}
		}
		out = append(out, list)
	}
	if len(out) == 0 {
		out = append(out, d.Carried(p.Device, name))
	}
	return out
}

// newest is when the last interval ended of which all tell, and how long the longest
// of them are; late names what has none.
func (d Delivering) newest(flows []flow) (end time.Time, long time.Duration, late string) {
	look := func(name string, list []Interval) {
		if len(list) == 0 {
			late = cmp.Or(late, name)
			return
		}
		last := list[len(list)-1]
		if end.IsZero() || last.To.Before(end) {
			end = last.To
		}
		if last.Gap == "" {
			long = max(long, last.To.Sub(last.From))
		}
	}
	for _, f := range flows {
		for _, s := range f.series {
			look(f.name, s)
		}
	}
	for _, s := range d.Counted {
		look(s.Name, s.Intervals)
	}
	if len(d.Counted) == 0 {
		late = cmp.Or(late, "what counts the copies")
	}
	return end, long, late
}

// A window is what a while shows: how many copies must and may have been made, and how
// many were counted.
type window struct {
	span                 time.Duration
	least, most, counted float64
	halves               [2]float64 // of least
	known                float64    // the least part of it that was measured, of all series
	off                  float64    // the largest part by which a series begins and ends beside it
	lacking              string     // what was measured for less than covered of it
}

// long is the window for people.
func (w window) long() time.Duration { return w.span.Round(100 * time.Millisecond) }

// busy reports whether enough copies are expected for sure, all the while.
func (w window) busy() bool { return w.halves[0] >= busy && w.halves[1] >= busy }

func (w window) confidence() float64 {
	c := w.most / (w.most + busy) * w.known * (1 - w.off)
	if w.least < w.most {
		c /= 2
	}
	return float64(int(c*100)) / 100
}

func (d Delivering) window(flows []flow, end time.Time, span time.Duration) window {
	w := window{span: span, known: 1}
	from, middle := end.Add(-span), end.Add(-span/2)
	frames := func(name string, list []Interval, of func(Interval) uint64, from, to time.Time) float64 {
		n, known, off := within(list, of, from, to)
		w.known, w.off = min(w.known, known), max(w.off, off)
		if known < covered {
			w.lacking = cmp.Or(w.lacking, name)
		}
		return n
	}
	bounds := func(from, to time.Time) (least, most float64) {
		var rx, tx, topTX float64
		for _, f := range flows {
			n := 0.0
			for _, s := range f.series {
				n += frames(f.name, s, f.of, from, to) / f.sample
			}
			most += n
			switch {
			case f.part:
			case f.direction == mirror.RX:
				rx += n
			default:
				tx, topTX = tx+n, max(topTX, n)
			}
		}
		if least = rx + tx; d.Counting.Once && several(flows) {
			least = max(rx, topTX)
		}
		return least, most
	}
	w.halves[0], _ = bounds(from, middle)
	w.halves[1], _ = bounds(middle, end)
	w.known, w.off, w.lacking = 1, 0, "" // of the whole alone
	w.least, w.most = bounds(from, end)
	for _, s := range d.Counted {
		w.counted += frames(s.Name, s.Intervals, func(i Interval) uint64 { return i.OutFrames }, from, end)
	}
	return w
}

func (f flow) of(i Interval) uint64 {
	if f.direction == mirror.RX {
		return i.InFrames
	}
	return i.OutFrames
}

// several reports whether a frame may match two sources: it enters by one and leaves by
// another, or is flooded to two.
func several(flows []flow) bool {
	for _, a := range flows {
		for _, b := range flows {
			if a.name != b.name && a.direction == mirror.TX {
				return true
			}
		}
	}
	return false
}

// within counts the frames of a while: the part of each interval that lies in it.
// What was not measured is taken for the mean of what was. known is the part that was
// measured, off the part by which intervals reach over its ends.
func within(list []Interval, of func(Interval) uint64, from, to time.Time) (frames, known, off float64) {
	var measured, over time.Duration
	for _, i := range list {
		long := i.To.Sub(i.From)
		begin, end := i.From, i.To
		if from.After(begin) {
			begin = from
		}
		if to.Before(end) {
			end = to
		}
		part := end.Sub(begin)
		if i.Gap != "" || long <= 0 || part <= 0 {
			continue
		}
		frames += float64(of(i)) * part.Seconds() / long.Seconds()
		measured += part
		over += min(part, long-part)
	}
	span := to.Sub(from).Seconds()
	known = measured.Seconds() / span
	if known > 0 {
		frames /= known // where clocks differ, intervals may overlap a little
	}
	return frames, min(1, known), min(1, over.Seconds()/span)
}
