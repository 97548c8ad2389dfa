package web

import (
	"cmp"
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
		row := termRow{Source: strings.TrimSpace(t.Device + " " + shortPort(t.Source)), Direction: t.Direction, Session: t.Session, Now: mbit(t.Offered), P95: "–"}
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
		p.Sum = "not known"
		if sum > 0 {
			p.Sum = mbit(e.Offered) + " known"
		}
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
