package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// endLoad is what the command line shows of the load at one end.
type endLoad struct {
	Device         string     `json:"device"`
	Interface      string     `json:"interface"`
	IP             string     `json:"ip"`
	Tool           string     `json:"tool"`
	Link           bool       `json:"link"`
	MeasuredAt     *time.Time `json:"measuredAt"`
	Sessions       []string   `json:"sessions"`
	Capacity       float64    `json:"capacity"`
	Offered        float64    `json:"offered"`
	OfferedKnown   bool       `json:"offeredKnown"`
	UpperBound     bool       `json:"upperBound"`
	Up             string     `json:"up"`
	Drops          *float64   `json:"drops"`
	Oversubscribed bool       `json:"oversubscribed"`
	Sent           *struct {
		Bits float64 `json:"bitsPerSecond"`
	} `json:"sent"`
	Copies []struct {
		State  string   `json:"state"`
		Reason string   `json:"reason"`
		Ratio  *float64 `json:"ratio"`
	} `json:"copies"`
}

// name is what the destination is called: its tool, else its port or address.
func (e endLoad) name() string {
	return cmp.Or(e.Tool, e.place())
}

func (e endLoad) place() string {
	if e.IP != "" {
		return e.IP
	}
	return e.Device + ":" + e.Interface
}

// answersTo reports whether it is meant by what somebody typed.
func (e endLoad) answersTo(what string) bool {
	return what != "" && (what == e.Tool || what == e.place() || what == e.Device)
}

// use is the share of the capacity that is offered; false when it is not known.
func (e endLoad) use() (share float64, ok bool) {
	if e.Capacity <= 0 || e.MeasuredAt == nil {
		return 0, false
	}
	return e.Offered / e.Capacity, true
}

// ratio is the least of what is delivered of its copies; false when nobody knows.
func (e endLoad) ratio() (least float64, ok bool) {
	least = math.Inf(1)
	for _, c := range e.Copies {
		if r := c.Ratio; r != nil {
			least, ok = min(least, *r), true
		}
	}
	return least, ok
}

// state is what is wrong, the worst first, or that nothing is.
func (e endLoad) state() string {
	lost := ""
	for _, c := range e.Copies {
		if c.State == "False" {
			lost = plain(c.Reason)
		}
	}
	switch {
	case e.Up == "False":
		return "Down"
	case e.Oversubscribed:
		return "Oversubscribed"
	case e.Drops != nil && *e.Drops > 0:
		return "Drops"
	case lost != "":
		return lost
	case e.MeasuredAt == nil:
		return "NotMeasured"
	case !e.OfferedKnown:
		return "LoadUnknown"
	case e.Capacity == 0:
		return "CapacityUnknown"
	}
	return "Fits"
}

// A topColumn is a column of the table. On a narrow screen those go first whose need
// is the least; the first column never goes, and is cut at last.
type topColumn struct {
	head  string
	need  int
	right bool
	text  func(endLoad) string
}

var topColumns = []topColumn{
	{"DESTINATION", 9, false, func(e endLoad) string {
		name := e.name()
		if e.Tool != "" {
			name += " (" + e.place() + ")"
		}
		if e.Link {
			name += ", a link"
		}
		return plain(name)
	}},
	{"OFFERED", 7, true, func(e endLoad) string {
		switch {
		case e.MeasuredAt == nil:
			return "-"
		case !e.OfferedKnown:
			return "≥" + brief(e.Offered)
		case e.UpperBound:
			return "≤" + brief(e.Offered)
		}
		return brief(e.Offered)
	}},
	{"CAPACITY", 4, true, func(e endLoad) string {
		if e.Capacity == 0 {
			return "-"
		}
		return brief(e.Capacity)
	}},
	{"USE", 8, true, func(e endLoad) string {
		if share, ok := e.use(); ok {
			return percent(share)
		}
		return "-"
	}},
	{"DROPS/S", 5, true, func(e endLoad) string {
		if e.Drops == nil {
			return "-"
		}
		return brief(*e.Drops)
	}},
	{"COPIES", 6, true, func(e endLoad) string {
		if ratio, ok := e.ratio(); ok {
			return percent(ratio)
		}
		return "-"
	}},
	{"STATE", 8, false, func(e endLoad) string { return e.state() }},
	{"SENT", 3, true, func(e endLoad) string {
		if e.Sent == nil {
			return "-"
		}
		return brief(e.Sent.Bits)
	}},
	{"SESSIONS", 2, false, func(e endLoad) string {
		names := e.Sessions
		if len(names) > 3 {
			names = append(slices.Clone(names[:3]), fmt.Sprintf("and %d more", len(e.Sessions)-3))
		}
		return plain(strings.Join(names, ", "))
	}},
}

// brief is a figure as engineers write it, in three digits: 9.41M.
func brief(v float64) string {
	for _, unit := range []struct {
		from float64
		word string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if v >= unit.from*0.9995 {
			return digits(v/unit.from) + unit.word
		}
	}
	if v > 0 && v < 0.995 {
		return "<1"
	}
	return digits(v)
}

func digits(v float64) string {
	switch {
	case v >= 99.95 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case v >= 9.995:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
	}
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".")
}

func percent(share float64) string {
	switch p := share * 100; {
	case p > 0 && p < 1:
		return "<1%"
	case share < 1 && p >= 99.5:
		return "99%" // all of it is 100
	default:
		return fmt.Sprintf("%.0f%%", p)
	}
}

// topTable is the table of destinations, the fullest first, in at most that many
// columns and lines; 0 = there is no end.
func topTable(ends []endLoad, width, height int) []string {
	if len(ends) == 0 {
		return []string{"no load is known of any: nothing is copied, or nothing was measured yet"}
	}
	ends = slices.Clone(ends)
	slices.SortStableFunc(ends, func(a, b endLoad) int {
		useA, _ := a.use()
		useB, _ := b.use()
		return cmp.Or(-cmp.Compare(rank(a), rank(b)), -cmp.Compare(useA, useB), -cmp.Compare(a.Offered, b.Offered), cmp.Compare(a.name(), b.name()))
	})
	hidden := 0
	if room := height - 1; height > 0 && len(ends) > room {
		hidden = len(ends) - max(0, room-1)
		ends = ends[:len(ends)-hidden]
	}
	columns := fitting(ends, width)
	lines := make([]string, 0, len(ends)+2)
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = pad(c.head, c.width, c.right)
	}
	lines = append(lines, strings.TrimRight(strings.Join(cells, "  "), " "))
	for _, e := range ends {
		for i, c := range columns {
			cells[i] = pad(c.text(e), c.width, c.right)
		}
		lines = append(lines, strings.TrimRight(strings.Join(cells, "  "), " "))
	}
	if hidden > 0 {
		lines = append(lines, cut(fmt.Sprintf("and %d more", hidden), width))
	}
	return lines
}

// rank puts what somebody must look at before what is merely full.
func rank(e endLoad) int {
	switch e.state() {
	case "Fits", "NotMeasured", "LoadUnknown", "CapacityUnknown":
		return 0
	}
	return 1
}

type fittedColumn struct {
	topColumn
	width int
}

// fitting chooses the columns for a width.
func fitting(ends []endLoad, width int) []fittedColumn {
	var out []fittedColumn
	for _, c := range topColumns {
		f := fittedColumn{c, utf8.RuneCountInString(c.head)}
		for _, e := range ends {
			f.width = max(f.width, utf8.RuneCountInString(c.text(e)))
		}
		out = append(out, f)
	}
	const least = 12 // columns of the name
	for width > 0 && len(out) > 1 && total(out)-out[0].width+min(out[0].width, least) > width {
		i := 1
		for j := range out[1:] {
			if out[j+1].need < out[i].need {
				i = j + 1
			}
		}
		out = slices.Delete(out, i, i+1)
	}
	if over := total(out) - width; width > 0 && over > 0 {
		out[0].width -= over
	}
	return out
}

func total(columns []fittedColumn) int {
	n := 2 * (len(columns) - 1)
	for _, c := range columns {
		n += c.width
	}
	return n
}

// pad fills a cell, or cuts what does not fit.
func pad(s string, width int, right bool) string {
	s = cut(s, width)
	fill := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
	if right {
		return fill + s
	}
	return s + fill
}

// cut shortens a text that is too long; 0 = nothing is.
func cut(s string, width int) string {
	if width <= 0 || utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:max(0, width-1)]) + "…"
}
