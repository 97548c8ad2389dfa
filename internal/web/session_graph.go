package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/client"
)

// pathGraph is where the copies pass: devices, destinations, and what flows between.
type pathGraph struct {
	x      client.Session
	load   client.SessionLoad
	places []*place
	flows  []flow
}

func newPathGraph(x client.Session, load client.SessionLoad) *pathGraph {
	g := &pathGraph{x: x, load: load}
	for _, s := range x.Spec.Sources {
		g.device(s.Device)
	}
	for _, p := range g.places {
		p.rows = g.sources(p.id)
	}
	g.transits()
	g.destinations()
	return g
}

func (g *pathGraph) place(id string) *place {
	for _, p := range g.places {
		if p.id == id {
			return p
		}
	}
	return nil
}

// device is the place of a device, which is made where it is new.
func (g *pathGraph) device(name string) *place {
	if p := g.place(name); p != nil {
		return p
	}
	p := &place{id: name, name: name}
	for _, f := range g.x.Status.Fragments {
		if f.Device != name {
			continue
		}
		shape, word := holds(g.x, f)
		if p.note == "" {
			p.note = cmp.Or(f.NativeID, f.Role)
		}
		if shape != shapeOK && shape != shapeOff {
			p.class, p.note = shape, word
		}
	}
	g.places = append(g.places, p)
	return p
}

// sources are the source ports on a device: as they are measured, and as asked before that.
func (g *pathGraph) sources(device string) (out []sourceRow) {
	rows := map[string]*sourceRow{}
	var order []string
	add := func(name, direction string) *sourceRow {
		r := rows[name]
		if r == nil {
			r = &sourceRow{name: shortPort(name), direction: direction}
			rows[name] = r
			order = append(order, name)
		} else if r.direction != direction {
			r.direction = "both"
		}
		return r
	}
	for _, t := range ownTerms(g.x, g.load) {
		if t.Device != device {
			continue
		}
		r := add(t.Source, t.Direction)
		if t.Unknown != "" {
			r.class, r.text = shapeUnsure, "not known"
			continue
		}
		r.bits += t.Offered
		if r.class != shapeUnsure {
			r.text = rate(r.bits)
		}
	}
	if len(order) == 0 {
		for _, s := range g.x.Spec.Sources {
			if s.Device == device {
				r := add(sourceName(s), cmp.Or(s.Direction, "both"))
				r.class, r.text = shapeUnsure, g.idle()
			}
		}
	}
	if r := g.x.Status.Relief; r != nil {
		for _, step := range r.Steps {
			for _, s := range step.Shed {
				if s.Device == device && rows[sourceName(s)] == nil {
					l := add(sourceName(s), cmp.Or(s.Direction, "both"))
					l.class, l.text = "shed", "left out"
				}
			}
		}
	}
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(rows[b].bits, rows[a].bits) })
	for i, name := range order {
		if i == shownRows-1 && len(order) > shownRows {
			rest := sourceRow{name: "and " + count(len(order)-i) + " more"}
			for _, name := range order[i:] {
				rest.bits += rows[name].bits
			}
			rest.text = rate(rest.bits)
			return append(out, rest)
		}
		out = append(out, *rows[name])
	}
	return out
}

// idle says why nothing is measured of a source.
func (g *pathGraph) idle() string {
	switch {
	case off(g.x):
		return "off"
	case moving(g.x):
		return "waiting"
	}
	return "not measured"
}

// ownTerms are those of the session at the end that has the most of them.
func ownTerms(x client.Session, load client.SessionLoad) (out []client.Term) {
	for _, e := range load.Ends {
		var own []client.Term
		for _, t := range e.Terms {
			if t.Session == x.Name || slices.Contains(t.Others, x.Name) {
				own = append(own, t)
			}
		}
		if !e.Link && len(own) > len(out) {
			out = own
		}
	}
	return out
}

// shortKinds are kinds of ports as people type them.
var shortKinds = map[string]string{"GigabitEthernet": "Gi", "TenGigabitEthernet": "Te", "TwentyFiveGigE": "Twe", "FortyGigabitEthernet": "Fo", "HundredGigE": "Hu", "FastEthernet": "Fa",
	"Ethernet": "Et", "Port-channel": "Po", "Port-Channel": "Po", "port-channel": "Po"}

// shortPort is a port's name for a narrow place: its kind as people type it, or without its
// middle.
func shortPort(name string) string {
	i := strings.IndexAny(name, "0123456789")
	switch {
	case i > 0 && shortKinds[name[:i]] != "":
		return shortKinds[name[:i]] + name[i:]
	case len(name) <= 13 || i <= 2:
		return name
	}
	return name[:2] + "…" + name[i:]
}

// transits are the devices between, in the order of the intent.
func (g *pathGraph) transits() {
	if g.x.Spec.RSPAN == nil {
		return
	}
	for _, t := range g.x.Spec.RSPAN.Transit {
		g.device(t.Device)
	}
	for _, f := range g.x.Status.Fragments {
		g.device(f.Device)
	}
}

// destinations adds where copies go, and the ways there.
func (g *pathGraph) destinations() {
	sources := map[string]bool{}
	for _, s := range g.x.Spec.Sources {
		sources[s.Device] = true
	}
	for i, d := range g.x.Spec.Destinations {
		e := g.end(i, d)
		dest := &place{id: "\x00" + count(i), tool: true, name: cmp.Or(d.Tool, d.IP, d.Interface), class: g.endClass(e), note: g.takes(e)}
		device := cmp.Or(e.Device, d.Device)
		if device == "" || cmp.Or(e.IP, d.IP) != "" { // to a collector, by the network
			for name := range sources {
				g.flows = append(g.flows, g.lastFlow(name, dest.id, e, "to "+cmp.Or(e.IP, d.IP, "the tool")))
			}
			g.places = append(g.places, dest)
			continue
		}
		if !sources[device] {
			g.chain(sources, device)
		}
		g.device(device)
		g.places = append(g.places, dest)
		g.flows = append(g.flows, g.lastFlow(device, dest.id, e, shortPort(cmp.Or(e.Interface, d.Interface))))
	}
	slices.SortStableFunc(g.flows, func(a, b flow) int {
		return cmp.Or(cmp.Compare(a.fromID, b.fromID), cmp.Compare(a.intoID, b.intoID))
	})
	g.flows = slices.CompactFunc(g.flows, func(a, b flow) bool { return a.fromID == b.fromID && a.intoID == b.intoID })
}

// chain leads from each device with sources, by those between, to the last.
func (g *pathGraph) chain(sources map[string]bool, last string) {
	var between []string
	if g.x.Spec.RSPAN != nil {
		for _, t := range g.x.Spec.RSPAN.Transit {
			if !sources[t.Device] && t.Device != last && !g.ends(t.Device) && !slices.Contains(between, t.Device) {
				between = append(between, t.Device)
			}
		}
	}
	way := append(between, last)
	for _, p := range g.places {
		if sources[p.id] {
			g.flows = append(g.flows, g.linkFlow(p.id, way[0]))
		}
	}
	for i := 1; i < len(way); i++ {
		g.flows = append(g.flows, g.linkFlow(way[i-1], way[i]))
	}
}

// ends reports whether copies end on the device.
func (g *pathGraph) ends(device string) bool {
	for _, e := range g.load.Ends {
		if !e.Link && e.Device == device {
			return true
		}
	}
	return slices.ContainsFunc(g.x.Spec.Destinations, func(d client.Destination) bool { return d.Device == device })
}

// linkFlow is what passes a link between two switches.
func (g *pathGraph) linkFlow(from, into string) flow {
	f := flow{fromID: from, intoID: into, dashed: true, text: g.idle()}
	for _, e := range g.load.Ends {
		if e.Link && e.Device == from {
			f.label, f.dashed, f.bits, f.text = shortPort(e.Interface), !e.OfferedKnown || off(g.x), e.Offered, of(e.Offered, e.Capacity)
			if e.Oversubscribed {
				f.shape = shapeSoon
			}
			if e.Drops != nil && *e.Drops > 0 {
				f.shape, f.note = shapeBad, count(e.Drops)+" drops/s"
			}
			return f
		}
	}
	a, b := g.trunks(from), g.trunks(into)
	if len(a) > 0 && len(b) > 0 {
		f.label = shortPort(a[len(a)-1]) + " › " + shortPort(b[0])
	}
	return f
}

func (g *pathGraph) trunks(device string) []string {
	if g.x.Spec.RSPAN != nil {
		for _, t := range g.x.Spec.RSPAN.Transit {
			if t.Device == device {
				return t.Trunks
			}
		}
	}
	return nil
}

// end is what is measured at a destination; before that, what the forecast says of it.
func (g *pathGraph) end(i int, d client.Destination) client.EndLoad {
	var ends []client.EndLoad
	for _, e := range g.load.Ends {
		if !e.Link {
			ends = append(ends, e)
			if d.Tool != "" && e.Tool == d.Tool || d.IP != "" && e.IP == d.IP {
				return e
			}
		}
	}
	if len(ends) == len(g.x.Spec.Destinations) && d.Tool == "" && d.IP == "" && ends[i].Device == d.Device {
		return ends[i]
	}
	for _, f := range g.x.Status.Forecast {
		if !f.Link && (d.Tool != "" && f.Tool == d.Tool || d.IP != "" && f.IP == d.IP || d.Device != "" && f.Device == d.Device) {
			return client.EndLoad{Device: f.Device, Interface: f.Interface, IP: f.IP, Tool: f.Tool, Capacity: f.Capacity}
		}
	}
	return client.EndLoad{Device: d.Device, Interface: d.Interface, IP: d.IP, Tool: d.Tool}
}

func (g *pathGraph) endClass(e client.EndLoad) string {
	switch {
	case g.down(e):
		return shapeBad
	case e.MeasuredAt == nil || truths(g.x)[2].Shape == shapeUnsure:
		return shapeUnsure
	}
	return ""
}

// down reports whether the link of a destination is down now, and not only when it was last
// read.
func (g *pathGraph) down(e client.EndLoad) bool {
	return e.Up == "False" && condition(g.x, "DestinationHealthy").Status != "Unknown"
}

func (g *pathGraph) takes(e client.EndLoad) string {
	switch {
	case g.down(e):
		return "its link is down"
	case e.Up == "False":
		return "its link was down"
	}
	for _, f := range g.x.Status.Forecast {
		if !f.Link && f.Device == e.Device && f.IP == e.IP && (f.Interface == e.Interface || e.Interface == "") && f.Limit != nil {
			return "takes " + rate(f.Limit)
		}
	}
	if e.Capacity != nil {
		return "takes " + rate(e.Capacity)
	}
	return "capacity not known"
}

// lastFlow is what leaves for the destination, and whether it arrives.
func (g *pathGraph) lastFlow(from, into string, e client.EndLoad, label string) flow {
	f := flow{fromID: from, intoID: into, label: label, bits: e.Offered}
	eff := effective(g.x)
	switch {
	case off(g.x):
		f.dashed, f.text = true, "off"
	case e.MeasuredAt == nil || !e.OfferedKnown:
		f.dashed, f.text = true, g.idle()
		for _, fc := range g.x.Status.Forecast {
			if !fc.Link && fc.Device == e.Device && fc.IP == e.IP {
				f.text = "forecast " + rate(fc.Offered)
			}
		}
	case g.down(e):
		f.shape, f.cut, f.text = shapeBad, true, "the link is down"
		f.note = of(e.Offered, e.Capacity) + " offered"
	case eff.Verdict == "Not arriving":
		f.shape, f.cut = shapeBad, true
		f.text, f.note = "nothing comes out", of(e.Offered, e.Capacity)+" offered"
		for _, c := range g.load.Copies {
			if c.State == "False" && c.Device == from {
				f.text = count(c.Counted) + " of " + count(c.Expected) + " frames"
				f.note = "nothing comes out"
				if c.Counted > 0 {
					f.note, f.cut = "hardly anything comes out", false
				}
			}
		}
	default:
		f.text = of(e.Offered, e.Capacity)
		if e.UpperBound {
			f.note = "or less"
		}
		if eff.Shape == shapeUnsure {
			f.note = "not known whether they arrive"
		}
		if e.Oversubscribed || eff.Shape == shapeSoon {
			f.shape = shapeSoon
		}
		if e.Drops != nil && *e.Drops > 0 {
			f.shape, f.note = shapeBad, count(e.Drops)+" drops/s"
		}
	}
	return f
}
