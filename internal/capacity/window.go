package capacity

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Hour is how far back the figures of admission go, and MaxReadings how many
// intervals of it are kept: 10 s x 1 h.
const (
	Hour        = time.Hour
	MaxReadings = 360
)

// A Window holds the intervals of the last hour of one port, in little memory: 28
// octets each. The zero value is empty.
type Window struct {
	first   time.Time // the end of the first sample; others count from it
	samples []sample  // a ring once it is full
	next    int
}

type sample struct {
	to                   uint32 // tenths of a second after first
	seconds              float32
	inOctets, inFrames   float32
	outOctets, outFrames float32
	drops                float32
}

// Add takes an interval; gaps are left out.
func (w *Window) Add(i Interval) {
	if i.Gap != "" || i.Seconds <= 0 {
		return
	}
	if len(w.samples) == 0 {
		w.first = i.To
	}
	tenths := max(0, i.To.Sub(w.first)/(100*time.Millisecond))
	s := sample{to: uint32(min(tenths, math.MaxUint32)), seconds: float32(i.Seconds), inOctets: float32(i.In.Octets), inFrames: float32(i.In.Frames),
		outOctets: float32(i.Out.Octets), outFrames: float32(i.Out.Frames), drops: float32(i.Drops)}
	if len(w.samples) < MaxReadings {
		w.samples = append(w.samples, s)
		return
	}
	w.samples[w.next] = s
	w.next = (w.next + 1) % MaxReadings
}

// Since lists the intervals that ended after a time, the oldest first. The counts of
// frames in them are what the rates make of them.
func (w *Window) Since(from time.Time) []Interval {
	out := make([]Interval, 0, len(w.samples))
	for k := range w.samples {
		s := w.samples[(w.next+k)%len(w.samples)]
		to := w.first.Add(time.Duration(s.to) * 100 * time.Millisecond)
		if !to.After(from) {
			continue
		}
		sec := float64(s.seconds)
		out = append(out, Interval{From: to.Add(-time.Duration(sec * float64(time.Second))), To: to, Seconds: sec,
			In: Flow{float64(s.inOctets), float64(s.inFrames)}, Out: Flow{float64(s.outOctets), float64(s.outFrames)}, Drops: float64(s.drops),
			InFrames: frames(s.inFrames, sec), OutFrames: frames(s.outFrames, sec), DropFrames: frames(s.drops, sec)})
	}
	return out
}

func frames(rate float32, seconds float64) uint64 { return uint64(math.Round(float64(rate) * seconds)) }

// Port is what the last hour before now says of a port; Known is false where it says
// nothing.
func (w *Window) Port(now time.Time) Port {
	list := w.Since(now.Add(-Hour))
	if len(list) == 0 {
		return Port{Why: "it was not measured in the last hour"}
	}
	in, out := StatOf(list)
	return Port{In: in, Out: out, Known: true, How: "the last hour, " + count(len(list), "reading")}
}

// StatOf sums up intervals, gaps left out: the flow that is not passed for 95 % of
// the time, and the highest.
func StatOf(list []Interval) (in, out Stat) {
	return statOf(list, func(i Interval) Flow { return i.In }), statOf(list, func(i Interval) Flow { return i.Out })
}

func statOf(list []Interval, of func(Interval) Flow) Stat {
	type weighed struct {
		wire, seconds float64
		at            int
	}
	all := make([]weighed, 0, len(list))
	total := 0.0
	for k, i := range list {
		if i.Gap != "" || i.Seconds <= 0 {
			continue
		}
		f := of(i)
		all = append(all, weighed{f.Octets + gap*f.Frames, i.Seconds, k})
		total += i.Seconds
	}
	if len(all) == 0 {
		return Stat{}
	}
	slices.SortFunc(all, func(a, b weighed) int { return cmp.Or(cmp.Compare(a.wire, b.wire), cmp.Compare(a.at, b.at)) })
	peak := of(list[all[len(all)-1].at])
	out := Stat{P95: peak, Peak: peak}
	passed := 0.0
	for _, x := range all {
		if passed += x.seconds; passed >= 0.95*total*(1-1e-9) {
			out.P95 = of(list[x.at])
			break
		}
	}
	return out
}

// A Minute is what a port carried in one minute.
type Minute struct {
	From time.Time `json:"from"` // on the minute
	// Seconds are those of which something is known, 0..60.
	Seconds float64 `json:"seconds"`
	In      Flow    `json:"in"` // means over these
	Out     Flow    `json:"out"`
	InPeak  Flow    `json:"inPeak"` // of the highest interval
	OutPeak Flow    `json:"outPeak"`
	Drops   float64 `json:"drops"` // frames
}

// Fold makes minutes of intervals: the part of each that lies in a minute counts
// there. Minutes of which nothing is known are left out; the others are sorted.
func Fold(list []Interval) []Minute {
	at := map[time.Time]*Minute{}
	for _, i := range list {
		long := i.To.Sub(i.From).Seconds()
		if i.Gap != "" || long <= 0 {
			continue
		}
		for from := i.From.Truncate(time.Minute); from.Before(i.To); from = from.Add(time.Minute) {
			begin, end := i.From, i.To
			if from.After(begin) {
				begin = from
			}
			if next := from.Add(time.Minute); next.Before(end) {
				end = next
			}
			m := at[from]
			if m == nil {
				m = &Minute{From: from}
				at[from] = m
			}
			m.add(i, end.Sub(begin).Seconds())
		}
	}
	out := make([]Minute, 0, len(at))
	for _, m := range at {
		m.In, m.Out = m.In.times(1/m.Seconds), m.Out.times(1/m.Seconds)
		out = append(out, *m)
	}
	slices.SortFunc(out, func(a, b Minute) int { return a.From.Compare(b.From) })
	return out
}

// add counts sec seconds of an interval; the means are sums until the end.
func (m *Minute) add(i Interval, sec float64) {
	m.Seconds += sec
	m.In, m.Out = m.In.Plus(i.In.times(sec)), m.Out.Plus(i.Out.times(sec))
	m.InPeak, m.OutPeak = higher(m.InPeak, i.In), higher(m.OutPeak, i.Out)
	m.Drops += i.Drops * sec
}

func (f Flow) times(x float64) Flow { return Flow{f.Octets * x, f.Frames * x} }

func higher(a, b Flow) Flow {
	if b.Octets+gap*b.Frames > a.Octets+gap*a.Frames {
		return b
	}
	return a
}

// String reads "12:04, 60 s: in 1 Mbit/s, out 2 Mbit/s".
func (m Minute) String() string {
	return fmt.Sprintf("%s, %.0f s: in %s, out %s", m.From.Format("15:04"), m.Seconds, Rate(m.In.Wire()), Rate(m.Out.Wire()))
}
