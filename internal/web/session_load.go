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

// loadPart is the load of a session: a picture and the arithmetic for each destination.
type loadPart struct {
	Off  bool
	None string // why there is nothing to show
	Ends []endPart
}

// endPart is one destination.
type endPart struct {
	Name, ToolAt string
	Chart        *chart
	Terms        []termRow
	More         string
	Sum          string // Mb/s
	LimitText    string // capacity × part
	Limit        string
	Priority     bool // a term has one to tell
	P95          bool
}

// A termRow is a source with its share.
type termRow struct {
	Source, Direction, Session string
	Priority                   string
	P95, Now                   string
	Note                       string
	Left                       bool
}

// maxEnds is how many destinations have a picture of their own.
const maxEnds = 6

func loadPartOf(x client.Session, load client.SessionLoad, events []client.Event, now time.Time) loadPart {
	out := loadPart{Off: off(x)}
	for _, e := range load.Ends {
		if e.Link || len(out.Ends) == maxEnds {
			continue
		}
		p := endPart{Name: cmp.Or(e.Tool, e.IP, strings.TrimSpace(e.Device+" "+e.Interface))}
		if e.Tool != "" {
			p.ToolAt = "/tools#" + e.Tool
		}
		limit := limitOf(x, e)
		p.Chart = chartOf(e, limit, load.History, events, x.Status.Created, now)
		p.arithmetic(x, e, limit, load.History)
		out.Ends = append(out.Ends, p)
	}
	if len(out.Ends) == 0 {
		out.None = noLoad(x)
	}
	return out
}

func noLoad(x client.Session) string {
	if off(x) {
		return "Nothing is copied: it is off."
	}
	for _, f := range x.Status.Forecast {
		if !f.Link {
			return "No load yet. The forecast is " + of(f.Offered, f.Limit) + "."
		}
	}
	return "No load yet."
}

// limitOf is what the destination may be filled to, as admission had it.
type limitedTo struct {
	limit int64
	part  float64
}

func limitOf(x client.Session, e client.EndLoad) limitedTo {
	for _, f := range x.Status.Forecast {
		if !f.Link && f.Device == e.Device && f.IP == e.IP && f.Interface == e.Interface && f.Limit != nil {
			return limitedTo{*f.Limit, f.MaxUtilization}
		}
	}
	return limitedTo{}
}

func (p *endPart) arithmetic(x client.Session, e client.EndLoad, l limitedTo, history []client.LoadPoint) {
	sum := int64(0)
	for _, t := range e.Terms {
		row := termRow{Source: strings.TrimSpace(t.Device + " " + t.Source), Direction: t.Direction, Session: t.Session, Now: mbit(t.Offered), P95: "–"}
		if t.Unknown != "" {
			row.Now, row.Note = "not known", t.Unknown
		}
		if t.UpperBound {
			row.Note = "or less"
		}
		if t.Session == "" {
			row.Note = "what the link carries beside"
		}
		if t.Session == x.Name || slices.Contains(t.Others, x.Name) {
			row.Priority = priorityOf(x, t)
			if bits, known := p95(history, t); known {
				row.P95, p.P95 = mbit(bits), true
			}
		}
		p.Priority = p.Priority || row.Priority != ""
		sum += t.Offered
		p.Terms = append(p.Terms, row)
	}
	p.Terms = append(p.Terms, shedRows(x)...)
	if rest := e.Offered - sum; rest > 0 {
		p.More = mbit(rest)
	}
	p.Sum = mbit(e.Offered)
	if !e.OfferedKnown {
		p.Sum += " known"
	}
	if l.limit > 0 && e.Capacity != nil {
		p.LimitText, p.Limit = mbit(e.Capacity)+" × "+percent(l.part), mbit(l.limit)
	} else if e.Capacity != nil {
		p.LimitText, p.Limit = "Capacity, "+e.CapacityFrom, mbit(e.Capacity)
	}
}

// shedRows are sources that relief leaves out.
func shedRows(x client.Session) (out []termRow) {
	if x.Status.Relief == nil {
		return nil
	}
	for _, step := range x.Status.Relief.Steps {
		for _, s := range step.Shed {
			out = append(out, termRow{Source: s.Device + " " + sourceName(s), Direction: cmp.Or(s.Direction, "both"), Session: x.Name, P95: "–", Now: "left out", Left: true,
				Priority: count(priorityOr(s))})
		}
	}
	return out
}

func priorityOr(s client.Source) int64 {
	if s.Priority == nil {
		return 50
	}
	return *s.Priority
}

// priorityOf is the priority of the term's source: by its name, or that of all where all
// have the same.
func priorityOf(x client.Session, t client.Term) string {
	say := func(s client.Source) string {
		text := count(priorityOr(s))
		if s.Essential != nil && *s.Essential {
			text += ", essential"
		}
		return text
	}
	same := map[string]bool{}
	for _, s := range x.Spec.Sources {
		same[say(s)] = true
		if s.Device == t.Device && tail(sourceName(s)) == tail(t.Source) {
			return say(s)
		}
	}
	if len(same) == 1 {
		return say(x.Spec.Sources[0])
	}
	return ""
}

// tail is a port's name from its first digit on: Gi1/0/1 and its long form have the same.
func tail(name string) string {
	if i := strings.IndexAny(name, "0123456789"); i >= 0 {
		return name[i:]
	}
	return name
}

// p95 is of the readings of the last hour, where copies are as long as what is copied.
func p95(history []client.LoadPoint, t client.Term) (bits int64, known bool) {
	if math.Abs(t.Carried.Octets-t.Copied.Octets) > 1 || t.Unknown != "" {
		return 0, false
	}
	var all []float64
	for _, point := range history {
		if point.Place != t.Device {
			continue
		}
		for _, p := range point.Ports {
			if p.Interface != t.Source {
				continue
			}
			if t.Direction == "tx" {
				all = append(all, wire(p.OutOctets, p.OutFrames))
			} else {
				all = append(all, wire(p.InOctets, p.InFrames))
			}
		}
	}
	if len(all) < 3 {
		return 0, false
	}
	slices.Sort(all)
	return int64(all[int(math.Ceil(0.95*float64(len(all))))-1]), true
}

// wire is bits per second on the wire: each frame has 20 octets of preamble and gap.
func wire(octets, frames float64) float64 { return octets*8 + frames*160 }

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
