package nxos

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// The types of sessions, as they are typed and shown.
const (
	local        = "local"
	erspanSource = "erspan-source"
	erspanEnd    = "erspan-destination"
)

// originKey begins the line of the address from which all ERSPAN copies of the
// switch are sent.
const originKey = "monitor erspan origin ip-address"

// A session is one monitor session: everything that is typed in its mode adds to
// it, and what is typed as a slot replaces. Directions of a source add up; whether
// a second line with another direction replaces the first is not known, and so
// only a client that takes the old one away first has what it wants.
type session struct {
	plant.Mirror
	id      int
	kind    string
	open    bool // not shut; a new session is
	options map[string]string
	plain   bool // its VLAN sources have no word for a direction
}

// An option is a line of a session that has one value: where it may be typed, and
// the value that is not shown.
type option struct {
	key, param, usual string
	kinds, families   string // "" = all
	bare              bool   // the key alone is a line, too
}

// options are in the order in which a session has them.
var options = []option{
	{key: "description", param: "<text:line>", bare: true},
	{key: "mode", param: "extended", families: "n7k", kinds: "local erspan-source"},
	{key: "header-type", param: "{2 | 3}", usual: "2", kinds: erspanSource},
	{key: "erspan-id", param: "<n:1-1023>", kinds: "erspan-source erspan-destination"},
	{key: "vrf", param: "<vrf:word>", kinds: "erspan-source erspan-destination"},
	{key: "destination ip", param: "<to:ipv4>", kinds: erspanSource},
	{key: "source ip", param: "<from:ipv4>", kinds: erspanEnd},
	{key: "ip ttl", param: "<n:1-255>", usual: "255", kinds: erspanSource},
	{key: "ip dscp", param: "<n:0-63>", usual: "0", kinds: erspanSource},
	{key: "mtu", param: "<n:mtu>", kinds: "local erspan-source"},
	{key: "sampling", param: "<n:2-1023>", families: "n3548", kinds: "local erspan-source"},
	{key: "rate-limit", param: "{auto | <n:1-100>} [{rx | tx}]", families: "n7k", kinds: "local erspan-source"},
	{key: "multicast", param: "best-effort", families: "n7k", kinds: "local erspan-source"},
	{key: "filter access-group", param: "<acl:word>", kinds: "local erspan-source"},
	{key: "source forward-drops", param: "rx [priority-low]", families: "n9k", kinds: erspanSource},
	{key: "marker-packet", param: "<n:100-1000>", families: "n9k", kinds: erspanSource, bare: true},
}

func newSession(id int, kind string) *session {
	return &session{Mirror: plant.NewMirror(), id: id, kind: kind, options: map[string]string{}}
}

func (m *session) clone() *session {
	return &session{m.Clone(), m.id, m.kind, m.open, maps.Clone(m.options), m.plain}
}

// head is the line that a session begins with.
func (m *session) head() string {
	if m.kind == local {
		return fmt.Sprintf("monitor session %d", m.id)
	}
	return fmt.Sprintf("monitor session %d type %s", m.id, m.kind)
}

// lines are the session's lines of the configuration: one for each source, with
// its direction, and no line that says that it is shut (fact sheet, 2.3). all adds
// what holds without a line (general knowledge).
func (m *session) lines(all bool) (out []string) {
	for _, o := range options {
		v, has := m.options[o.key]
		if !has && all && o.in(m.kind) {
			v, has = o.usual, o.usual != ""
		}
		if has {
			out = append(out, strings.TrimSpace(o.key+" "+v))
		}
	}
	for _, p := range m.PortsOf(0, names.Compare) {
		out = append(out, "source interface "+p+" "+m.Ports[p].String())
	}
	for _, d := range []plant.Direction{plant.RX, plant.TX, plant.Both} {
		if set := m.VLANsOf(d); !set.Empty() {
			line := "source vlan " + set.Format(",", "-")
			if !m.plain {
				line += " " + d.String()
			}
			out = append(out, line)
		}
	}
	if !m.FilterVLANs.Empty() {
		out = append(out, "filter vlan "+m.FilterVLANs.Format(",", "-"))
	}
	for _, d := range m.Destinations {
		out = append(out, "destination interface "+d.Port)
	}
	if m.open {
		out = append(out, "no shut")
	} else if all {
		out = append(out, "shut")
	}
	return out
}

func (o option) in(kind string) bool {
	return o.kinds == "" || slices.Contains(strings.Fields(o.kinds), kind)
}

// monitorCommands are the global lines of monitor sessions.
func monitorCommands(g *grammar) {
	g.Add("monitor session <id:sid> [type {local | erspan-source | erspan-destination}]", enterSession)
	g.Add("[no] monitor session <id:sid> shut", func(c *cli, a *args) reply { // general knowledge
		m := c.conf().mon[a.Num("id")]
		if m == nil {
			return missing(a.Num("id"))
		}
		m.open = a.Has("no")
		return reply{}
	})
	g.Add("no monitor session {<id:sid> | all | range <list:sids>} [type {local | erspan-source | erspan-destination}]", func(c *cli, a *args) reply {
		list := vlansOf(a)
		if !a.Has("range") && !a.Has("all") && c.conf().mon[a.Num("id")] == nil {
			return missing(a.Num("id"))
		}
		maps.DeleteFunc(c.conf().mon, func(id int, _ *session) bool { return a.Has("all") || list.Has(id) || id == a.Num("id") })
		return reply{}
	})
	g.Add(originKey+" <a:ipv4> [global]", quiet(func(c *cli, a *args) {
		c.conf().Remove(originKey)
		c.conf().Ensure(originKey + " " + a.Str("a") + " global")
	}))
	g.Add("no "+originKey+" [<a:ipv4>] [global]", quiet(func(c *cli, _ *args) { c.conf().Remove(originKey) }))
}

// missing: what is said of a session that is not there is not recorded.
func missing(id int) reply { return notRecorded("session %d does not exist", id) }

// enterSession makes a session or goes into one. Its type cannot be changed (fact
// sheet, 1.2); the words are not recorded. A line without a type means a local one.
func enterSession(c *cli, a *args) reply {
	kind := local
	for _, k := range []string{erspanSource, erspanEnd} {
		if a.Has(k) {
			kind = k
		}
	}
	id := a.Num("id")
	switch m := c.conf().mon[id]; {
	case m == nil:
		m = newSession(id, kind)
		m.plain = c.d.model.family == "n6k"
		c.conf().mon[id] = m
	case m.kind != kind:
		return notRecorded("session %d is of type %s, which cannot be changed", id, m.kind)
	}
	at := map[string]struct {
		mode   mode
		suffix string
	}{local: {modeLocal, "-monitor"}, erspanSource: {modeERSource, "-erspan-src"}, erspanEnd: {modeEREnd, "-erspan-dst"}}[kind]
	c.id, c.mode, c.suffix = id, at.mode, at.suffix
	return reply{}
}

// on makes a command of a change of the session in whose mode it is typed.
func on(change func(c *cli, m *session, a *args) reply) run {
	return func(c *cli, a *args) reply {
		m := c.conf().mon[c.id]
		if m == nil { // somebody else deleted it meanwhile
			return missing(c.id)
		}
		return change(c, m, a)
	}
}

// does is such a change that says nothing.
func does(change func(m *session, a *args)) run {
	return on(func(_ *cli, m *session, a *args) reply { change(m, a); return reply{} })
}

func localCommands(g *grammar)  { sessionCommands(g, local); sourceLines(g); endLines(g) }
func sourceCommands(g *grammar) { sessionCommands(g, erspanSource); sourceLines(g) }
func endCommands(g *grammar)    { sessionCommands(g, erspanEnd); endLines(g) }

// sessionCommands are the lines with one value. The long word of shut is refused
// (fact sheet, 1.2).
func sessionCommands(g *grammar, kind string) {
	g.Add("[no] shut", does(func(m *session, a *args) { m.open = a.Has("no") }))
	for _, o := range options {
		if !o.in(kind) {
			continue
		}
		param := o.param
		if o.bare {
			param = "[" + param + "]"
		}
		g.Add(o.key+" "+param, on(func(c *cli, m *session, a *args) reply {
			value := strings.TrimPrefix(strings.TrimPrefix(a.Line(), o.key), " ")
			switch {
			case o.families != "" && o.families != c.d.model.family || o.key == "filter access-group" && strings.HasPrefix(c.d.model.sku, "N3K-C34180"): // fact sheet on access lists, 3
				return c.complain("", &cmdline.Fault{Kind: cmdline.Invalid})
			case o.key == "description" && len(value) > 32: // general knowledge
				return say("% String exceeded max length of (32) at '^' marker.\n")
			case value == o.usual && o.usual != "":
				delete(m.options, o.key)
			default:
				m.options[o.key] = value
			}
			return reply{}
		}))
		g.Add("no "+o.key+" ["+o.param+"]", does(func(m *session, _ *args) { delete(m.options, o.key) }))
	}
}

// sourceLines are those of what is copied. Of VLANs only what enters is copied on
// most models, and some offer no direction (fact sheet, 1.2); the words for another
// are not recorded.
func sourceLines(g *grammar) {
	const direction = "[{rx | tx | both}]"
	g.Add("source interface <ifs:ends> "+direction, on(func(c *cli, m *session, a *args) reply { return c.addSources(m, a, plant.DirectionOf(a.Has)) }))
	g.Add("no source {interface <ifs:ends> | vlan <list:vlans>} "+direction, does(func(m *session, a *args) { m.RemoveSources(ports(a), vlansOf(a), plant.DirectionOf(a.Has)) }))
	g.Add("source vlan <list:vlans> "+direction, on(func(c *cli, m *session, a *args) reply {
		dir, sending := plant.DirectionOf(a.Has), c.d.model.sendingVLANs && m.kind == local
		switch {
		case !sending && !a.Has("rx") && !a.Has("tx") && !a.Has("both"):
			dir = plant.RX
		case c.d.booting || sending:
		case m.plain:
			return c.complain("", &cmdline.Fault{Kind: cmdline.Invalid})
		case dir != plant.RX:
			return notRecorded("VLAN sources copy what enters alone")
		}
		return c.addSources(m, a, dir)
	}))
	g.Add("filter vlan <list:vlans>", on(func(c *cli, m *session, a *args) reply {
		if len(m.VLANs) > 0 && !c.d.booting {
			return notRecorded("a VLAN filter beside VLAN sources")
		}
		m.FilterVLANs.Union(vlansOf(a))
		return reply{}
	}))
	g.Add("no filter vlan <list:vlans>", does(func(m *session, a *args) { m.FilterVLANs.Minus(vlansOf(a)) }))
	g.Add("no filter vlan", does(func(m *session, _ *args) { m.FilterVLANs = fabric.VLANSet{} }))
}

// refusedBy: no refusal of NX-OS about sessions is recorded. That a destination
// which is used elsewhere gives an ERROR line is general knowledge.
func refusedBy(b *plant.Breach) reply {
	what := map[plant.Rule]string{plant.FilterOnVLANs: "VLAN sources beside a VLAN filter", plant.SourceIsDestination: "a destination of a session", plant.DestinationIsSource: "a source of a session",
		plant.SourceOfAnother: "a source of another session", plant.DestinationOfAnother: "a destination of another session", plant.BundleIsDestination: "a port-channel",
		plant.TooManySourcePorts: "more than the sources of a session", plant.TooManyDestinations: "more than the destinations of a session"}[b.Rule]
	return notRecorded("%s", strings.TrimSpace(strings.Join(b.Ports, ", ")+" "+what))
}

func (c *cli) addSources(m *session, a *args, dir plant.Direction) reply {
	if slices.Contains(ports(a), "sup-eth0") && dir != plant.RX && !c.d.booting {
		return notRecorded("sup-eth0 copies what enters alone")
	}
	if b := c.d.model.rules.Sources(c.conf().mirrors(), &m.Mirror, ports(a), vlansOf(a), dir); b != nil && !c.d.booting {
		return refusedBy(b)
	}
	m.AddSources(ports(a), vlansOf(a), dir)
	return reply{}
}

// endLines are those of where copies leave.
func endLines(g *grammar) {
	g.Add("destination interface <ifs:ends>", on(func(c *cli, m *session, a *args) reply {
		if b := c.d.model.rules.Ends(c.conf().mirrors(), &m.Mirror, ports(a)); b != nil && !c.d.booting {
			return refusedBy(b)
		}
		for _, p := range ports(a) {
			if po := c.conf().Block("interface " + p).Value("channel-group"); po != "" && !c.d.booting { // general knowledge
				return notRecorded("%s is a member of a port-channel", p)
			}
		}
		m.AddDestinations(ports(a), "", names.Compare)
		return reply{}
	}))
	g.Add("no destination interface <ifs:ends>", does(func(m *session, a *args) { m.RemoveDestinations(ports(a)) }))
}
