package web

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// A chart is the load of a destination in the last hour, 600 wide and 120 high.
type chart struct {
	Top                    string
	Offered, Sent          string // paths
	CapacityY, LimitY      string // "" = above the picture, or not known
	Capacity, Limit        string
	Drops                  []band
	Marks                  []band
	Ticks                  []string
	Sentence               string
	HasSent, HasDrop, Some bool
}

type band struct{ X, W, Text string }

const (
	chartW, chartH = 600, 120
	chartSpan      = time.Hour
	bucket         = 20 * time.Second
)

// sample is a mean over a bucket.
type sample struct {
	at            time.Time
	offered, sent float64
	drops         float64
	hasO, hasS    bool
}

func chartOf(e client.EndLoad, l limitedTo, history []client.LoadPoint, events []client.Event, from, now time.Time) *chart {
	all := samplesOf(e, history, from, now)
	c := &chart{}
	top, peak, peakAt, dropped := 0.0, 0.0, time.Time{}, 0.0
	for _, s := range all {
		if s.hasO && s.offered > peak {
			peak, peakAt = s.offered, s.at
		}
		top = max(top, s.offered, s.sent)
		dropped += s.drops * bucket.Seconds()
		c.Some = c.Some || s.hasO || s.hasS
		c.HasSent = c.HasSent || s.hasS
		c.HasDrop = c.HasDrop || s.drops > 0
	}
	capacity := 0.0
	if e.Capacity != nil {
		capacity = float64(*e.Capacity)
	}
	if capacity > 0 && top > capacity/4 {
		top = max(top, capacity)
	}
	scale := niceTop(top)
	y := func(bits float64) float64 { return chartH * (1 - min(1, bits/scale)) }
	x := func(at time.Time) float64 { return chartW * (1 - now.Sub(at).Seconds()/chartSpan.Seconds()) }
	c.Top = rate(scale)
	c.Offered = linePath(all, x, y, func(s sample) (float64, bool) { return s.offered, s.hasO })
	c.Sent = areaPath(all, x, y, func(s sample) (float64, bool) { return s.sent, s.hasS })
	if capacity > 0 {
		c.Capacity = rate(capacity)
		if capacity <= scale {
			c.CapacityY = fmt.Sprintf("%.1f", y(capacity))
		}
	}
	if l.limit > 0 {
		c.Limit = rate(l.limit)
		if float64(l.limit) <= scale {
			c.LimitY = fmt.Sprintf("%.1f", y(float64(l.limit)))
		}
	}
	for _, s := range all {
		if s.drops > 0 {
			c.Drops = append(c.Drops, band{X: fmt.Sprintf("%.1f", x(s.at)), W: fmt.Sprintf("%.1f", chartW*bucket.Seconds()/chartSpan.Seconds())})
		}
	}
	for _, ev := range events {
		if strings.HasPrefix(ev.Type, "Relief") && now.Sub(ev.At) < chartSpan {
			c.Marks = append(c.Marks, band{X: fmt.Sprintf("%.1f", x(ev.At)), Text: ev.Type})
		}
	}
	for i := range 4 {
		c.Ticks = append(c.Ticks, now.Add(-chartSpan+time.Duration(i)*chartSpan/4).Format("15:04"))
	}
	c.Ticks = append(c.Ticks, "now")
	c.Sentence = c.say(e, all, peak, peakAt, dropped, now)
	return c
}

// say is the picture in a sentence or two.
func (c *chart) say(e client.EndLoad, all []sample, peak float64, peakAt time.Time, dropped float64, now time.Time) string {
	var out []string
	switch {
	case !c.Some:
		return "Nothing was measured in the last hour."
	case e.MeasuredAt == nil:
		out = append(out, "Nothing is measured now.")
	default:
		text := rate(e.Offered) + " offered"
		if e.Sent != nil {
			text += ", " + rate(wire(e.Sent.Octets, e.Sent.Frames)) + " sent"
		}
		if now.Sub(*e.MeasuredAt) > 2*time.Minute {
			text = "As of " + at(*e.MeasuredAt, now) + ": " + text
		}
		if peak > 0 {
			text += ", peak " + rate(peak) + " at " + peakAt.In(now.Location()).Format("15:04")
		}
		out = append(out, text+".")
	}
	if dropped >= 1 {
		out = append(out, "About "+count(dropped)+" copies were dropped.")
	}
	first := all[0].at
	if now.Sub(first) < chartSpan-2*time.Minute {
		out = append(out, "No samples before "+first.In(now.Location()).Format("15:04")+".")
	}
	if n := len(c.Marks); n > 0 {
		out = append(out, "Relief changed "+plural(n, "time")+".")
	}
	return strings.Join(out, " ")
}

// samplesOf are the readings of one end, as means over a bucket; empty buckets are left out.
func samplesOf(e client.EndLoad, history []client.LoadPoint, from, now time.Time) (out []sample) {
	type sums struct{ o, s, d, no, ns float64 }
	by := map[int64]*sums{}
	place := cmp.Or(e.Device, e.IP)
	for _, p := range history {
		if p.Place != place && p.Place != e.IP || now.Sub(p.At) > chartSpan || p.At.Before(from) {
			continue
		}
		k := p.At.Unix() / int64(bucket.Seconds())
		b := by[k]
		if b == nil {
			b = &sums{}
			by[k] = b
		}
		for _, x := range p.Ends {
			if x.Interface == e.Interface {
				b.o += float64(x.Offered)
				b.no++
			}
		}
		for _, x := range p.Ports {
			if x.Interface == e.Interface && e.Interface != "" {
				b.s += wire(x.OutOctets, x.OutFrames)
				b.d += x.Drops
				b.ns++
			}
		}
	}
	for k, b := range by {
		s := sample{at: time.Unix(k*int64(bucket.Seconds()), 0), hasO: b.no > 0, hasS: b.ns > 0}
		if s.hasO {
			s.offered = b.o / b.no
		}
		if s.hasS {
			s.sent, s.drops = b.s/b.ns, b.d/b.ns
		}
		if s.hasO || s.hasS {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b sample) int { return a.at.Compare(b.at) })
	return out
}

// niceTop is the top of a scale: 1, 2 or 5 and zeros.
func niceTop(most float64) float64 {
	if most <= 0 {
		return 1e6
	}
	unit := math.Pow(10, math.Floor(math.Log10(most*1.05)))
	for _, f := range []float64{1, 1.25, 2, 2.5, 5, 10} {
		if f*unit >= most*1.05 {
			return f * unit
		}
	}
	return 10 * unit
}

// runs are stretches without a gap: where nothing was measured, nothing is drawn.
func runs(all []sample, value func(sample) (float64, bool)) (out [][]sample) {
	var have []sample
	for _, s := range all {
		if _, ok := value(s); ok {
			have = append(have, s)
		}
	}
	var steps []time.Duration
	for i := 1; i < len(have); i++ {
		steps = append(steps, have[i].at.Sub(have[i-1].at))
	}
	slices.Sort(steps)
	gap := 90 * time.Second
	if len(steps) > 0 {
		gap = max(gap, 3*steps[len(steps)/2])
	}
	for i, s := range have {
		if i == 0 || s.at.Sub(have[i-1].at) > gap {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], s)
	}
	return out
}

func linePath(all []sample, x func(time.Time) float64, y func(float64) float64, value func(sample) (float64, bool)) string {
	var b strings.Builder
	for _, run := range runs(all, value) {
		for i, s := range run {
			v, _ := value(s)
			fmt.Fprintf(&b, "%s%.1f %.1f", map[bool]string{true: "M", false: "L"}[i == 0], x(s.at), y(v))
			if len(run) == 1 {
				b.WriteString("h3")
			}
		}
	}
	return b.String()
}

func areaPath(all []sample, x func(time.Time) float64, y func(float64) float64, value func(sample) (float64, bool)) string {
	var b strings.Builder
	for _, run := range runs(all, value) {
		fmt.Fprintf(&b, "M%.1f %d", x(run[0].at), chartH)
		for _, s := range run {
			v, _ := value(s)
			fmt.Fprintf(&b, "L%.1f %.1f", x(s.at), y(v))
		}
		fmt.Fprintf(&b, "L%.1f %dz", x(run[len(run)-1].at)+3, chartH)
	}
	return b.String()
}
