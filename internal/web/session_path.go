package web

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/client"
)

// A drawing is the path of the copies, as a picture and as a list of hops that says the
// same.
type drawing struct {
	W, H  int
	Lines []drawnLine
	Boxes []drawnBox
	Texts []drawnText
	Hops  []hop
}

type drawnLine struct{ D, Width, Class string }

type drawnBox struct {
	X, Y, W, H int
	Class      string
}

type drawnText struct {
	X, Y        int
	Class, Text string
}

// A hop is a place, or a way between two.
type hop struct {
	Name, Port, Text, Note, Shape string
	Link                          bool
}

// flow is what passes a line of the picture.
type flow struct {
	bits           int64
	known          bool
	label, text    string
	note, shape    string
	cut            bool // nothing comes out
	dashed         bool
	fromID, intoID string
}

// place is a device or a destination in the picture.
type place struct {
	id, name, note, class string
	tool                  bool
	column, y             int
	rows                  []sourceRow
}

// sourceRow is a source port, with what of it is copied.
type sourceRow struct {
	name, direction, text, class string
	bits                         int64
}

// strokes are √load: 118 Mb/s are 2.8 wide, 10 Gb/s are 12.
func stroke(bits int64) string {
	return fmt.Sprintf("%.1f", min(12, 1.5+0.12*math.Sqrt(float64(max(0, bits))/1e6)))
}

// drawingOf is nil where there is nothing to draw.
func drawingOf(x client.Session, load client.SessionLoad) *drawing {
	g := newPathGraph(x, load)
	if len(g.places) == 0 {
		return nil
	}
	return g.draw()
}

const (
	boxW, boxH  = 150, 54
	firstX      = 316
	rowH        = 26
	shownRows   = 8
	narrowW     = 958
	wideW       = 1310
	sourceTextX = 188
)

func (g *pathGraph) draw() *drawing {
	d := &drawing{W: narrowW}
	last := g.layout()
	if last > 1 {
		d.W = wideW
	}
	step := (d.W - firstX - boxW - 2) / max(1, last)
	x := func(p *place) int { return firstX + p.column*step }
	for _, p := range g.places {
		d.H = max(d.H, p.y+max(boxH/2, len(p.rows)*rowH/2)+14)
	}
	for _, p := range g.places {
		for i, r := range p.rows {
			y := p.y - (len(p.rows)-1)*rowH/2 + i*rowH
			d.Texts = append(d.Texts, drawnText{0, y + 4, "m", cut(strings.TrimSpace(r.name+" "+r.direction), 14)}, drawnText{sourceTextX - 6, y + 4, "q e " + r.class, r.text})
			into := p.y + clamp((2*i-len(p.rows)+1)*6, boxH/2-8)
			d.Lines = append(d.Lines, drawnLine{fmt.Sprintf("M%d %dC%d %d %d %d %d %d", sourceTextX, y, sourceTextX+70, y, x(p)-70, into, x(p), into), widthOf(r.class, r.bits), "w " + r.class})
		}
	}
	for _, f := range g.flows {
		a, b := g.place(f.fromID), g.place(f.intoID)
		if a == nil || b == nil {
			continue
		}
		d.link(f, x(a)+boxW, a.y, x(b), b.y)
	}
	for _, p := range g.places {
		class := "n " + p.class
		if p.tool {
			class += " to"
		}
		d.Boxes = append(d.Boxes, drawnBox{x(p), p.y - boxH/2, boxW, boxH, class})
		d.Texts = append(d.Texts, drawnText{x(p) + 12, p.y - 4, "b", cut(p.name, 17)}, drawnText{x(p) + 12, p.y + 14, "q", cut(p.note, 22)})
	}
	d.Hops = g.hops()
	return d
}

func widthOf(class string, bits int64) string {
	if strings.Contains(class, "un") || strings.Contains(class, "shed") {
		return "1.5"
	}
	return stroke(bits)
}

func clamp(n, most int) int { return max(-most, min(most, n)) }

func cut(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// link is an arrow with what passes written above and below.
func (d *drawing) link(f flow, x1, y1, x2, y2 int) {
	class := cmp.Or(f.shape, "")
	if f.dashed {
		class = "un"
	}
	tip, mid := x2-10, (x1+x2)/2
	shape := fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, mid, y1, mid, y2, tip, y2)
	if y1 == y2 {
		shape = fmt.Sprintf("M%d %dH%d", x1, y1, tip)
	}
	if f.cut {
		shape = fmt.Sprintf("M%d %dL%d %dM%d %dL%d %d", x1, y1, mid-11, y1+(y2-y1)/2, mid+11, y1+(y2-y1)/2, tip, y2)
	}
	d.Lines = append(d.Lines, drawnLine{shape, widthOf(class, f.bits), "w " + class},
		drawnLine{fmt.Sprintf("M%d %dl-12 -7v14z", x2-1, y2), "0", "h " + class})
	my := (y1 + y2) / 2
	if f.cut {
		d.Lines = append(d.Lines, drawnLine{fmt.Sprintf("M%d %dl12 12m0 -12l-12 12", mid-6, my-6), "2.5", "x"})
	}
	thick := 0.0
	_, _ = fmt.Sscanf(widthOf(class, f.bits), "%g", &thick)
	room := max(8, (x2-x1)/6)
	d.Texts = append(d.Texts, drawnText{mid, my - 8 - int(thick/2), "m c", cut(f.label, room)}, drawnText{mid, my + 20 + int(thick/2), "t c " + class, cut(f.text, room)})
	if f.note != "" {
		d.Texts = append(d.Texts, drawnText{mid, my + 36 + int(thick/2), "q c", cut(f.note, room)})
	}
}

// layout gives each place its column and height, and returns the last column.
func (g *pathGraph) layout() int {
	last := 0
	for changed, rounds := true, 0; changed && rounds <= len(g.places); rounds++ {
		changed = false
		for _, f := range g.flows {
			a, b := g.place(f.fromID), g.place(f.intoID)
			if a != nil && b != nil && b.column < a.column+1 {
				b.column, changed = a.column+1, true
			}
		}
	}
	for _, p := range g.places {
		last = max(last, p.column)
	}
	heights := make([]int, last+1)
	for _, p := range g.places {
		if p.tool {
			p.column = last
		}
		p.y = heights[p.column] + max(boxH+30, len(p.rows)*rowH+12)/2
		heights[p.column] += max(boxH+30, len(p.rows)*rowH+12)
	}
	tallest := slices.Max(heights)
	for _, p := range g.places {
		p.y += (tallest-heights[p.column])/2 + 8
	}
	return last
}

// hops are the same as a list, for narrow screens and for screen readers.
func (g *pathGraph) hops() (out []hop) {
	told := map[string]bool{}
	for _, p := range g.places {
		for _, r := range p.rows {
			out = append(out, hop{Name: p.name, Port: strings.TrimSpace(r.name + " " + r.direction), Text: r.text, Shape: shapeOfClass(r.class)})
		}
	}
	var walk func(p *place)
	walk = func(p *place) {
		if told[p.id] {
			return
		}
		told[p.id] = true
		out = append(out, hop{Name: p.name, Note: p.note, Shape: shapeOfClass(p.class)})
		for _, f := range g.flows {
			if f.fromID != p.id {
				continue
			}
			shape := f.shape
			if f.dashed {
				shape = shapeUnsure
			}
			out = append(out, hop{Port: f.label, Text: f.text, Note: f.note, Shape: shape, Link: true})
			if b := g.place(f.intoID); b != nil {
				walk(b)
			}
		}
	}
	for _, p := range g.places {
		walk(p)
	}
	return out
}

func shapeOfClass(class string) string {
	for _, s := range []string{shapeBad, shapeSoon, shapeUnsure, shapeMoving} {
		if slices.Contains(strings.Fields(class), s) {
			return s
		}
	}
	return ""
}
