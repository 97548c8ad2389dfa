package iosxr

import (
	"cmp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A span is a mirror session: it has destinations alone. Its sources are attachments of
// interfaces, which need not have a session.
type span struct {
	cmdline.Block
	name string
}

// An attachment is an interface as a source of a session.
type attachment struct {
	cmdline.Block
	port, name string
}

// spans are the sessions that are configured globally, by name.
func (c *config) spans() (out []*span) {
	for _, b := range c.Blocks() {
		if begins(b.Text, "monitor-session") {
			out = append(out, &span{b, word(b.Text, 1)})
		}
	}
	return out
}

// span is a session by name, or nil.
func (c *config) span(name string) *span {
	if b := c.Find("monitor-session " + name); b.Node != nil {
		return &span{b, name}
	}
	return nil
}

// attachments are those of all interfaces that are there.
func (c *config) attachments() (out []attachment) {
	for _, b := range c.Blocks() {
		if !begins(b.Text, "interface") || begins(b.Text, "interface preconfigure") {
			continue
		}
		for _, k := range b.Kids {
			if begins(k.Text, "monitor-session") {
				out = append(out, attachment{layout.Block(k), portIn(b.Text), word(k.Text, 1)})
			}
		}
	}
	return out
}

// destination is where copies of a direction go: an interface, "" where none is said.
func (m *span) destination(dir plant.Direction) string {
	own := map[plant.Direction]string{plant.RX: "destination rx interface", plant.TX: "destination tx interface"}[dir]
	return cmp.Or(m.Value(own), m.Value("destination interface"))
}

// split reports that each direction has a destination of its own.
func (m *span) split() bool {
	return m.Value("destination rx interface") != "" || m.Value("destination tx interface") != ""
}

// ports are the interfaces that copies leave by.
func (m *span) ports() (out []string) {
	for _, dir := range []plant.Direction{plant.RX, plant.TX} {
		if p := m.destination(dir); p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// has reports whether a word stands in an attachment's first line.
func (a attachment) has(w string) bool { return slices.Contains(strings.Fields(a.Text), w) }

// listed reports that only what a list marks is copied.
func (a attachment) listed() bool {
	return a.has("acl") || a.Has("acl") || a.Value("acl") != ""
}

// direction is which half of the traffic is copied.
func (a attachment) direction() plant.Direction {
	switch {
	case a.has("rx-only"):
		return plant.RX
	case a.has("tx-only"):
		return plant.TX
	}
	return plant.Both
}

// option is an option of the attachment, or else of its session, "" for neither.
func (a attachment) option(m *span, key string) string {
	if m == nil {
		return a.Value(key)
	}
	return cmp.Or(a.Value(key), m.Value(key))
}

func (a attachment) truncate(m *span) int { return cmdline.Atoi(a.option(m, "mirror first"), 0) }

func (a attachment) sample(m *span) int {
	if i := slices.Index(intervals, a.option(m, "mirror interval")); i >= 0 {
		return 2 << i
	}
	return 0
}

// A tunnel's copies have Ethernet 14, IP 20, GRE 8 with a sequence number and ERSPAN 8
// octets before them. The session's id is a default that is not recorded.
const greOverhead = 50

// tunnel is the collector of a tunnel interface. It is up when both its ends are said;
// routing is not modelled.
func (c *config) tunnel(port string) (to string, up bool) {
	b := c.port(port)
	to = b.Value("tunnel destination")
	return to, b.Node != nil && to != "" && b.Value("tunnel source") != "" && !b.Has("shutdown") && strings.HasPrefix(b.Value("tunnel mode"), "gre")
}

func isTunnel(port string) bool { return cmdline.KindOf(port) == "tunnel-ip" }
func isBundle(port string) bool { return cmdline.KindOf(port) == "Bundle-Ether" }

// tallyOf is the name that the copies of a source and a direction are counted by.
func tallyOf(a attachment, dir plant.Direction) string {
	return a.name + " " + a.port + " " + directions[dir]
}

// copies are the sessions as the data plane sees them. Rate limits are not modelled.
func (d *device) copies() (out []fabric.CopySession) {
	for _, a := range d.Running.attachments() {
		m := d.Running.span(a.name)
		if m == nil {
			continue
		}
		for _, dir := range []plant.Direction{plant.RX, plant.TX} {
			end := m.destination(dir)
			to, up := d.Running.tunnel(end)
			off := end == "" || isTunnel(end) && !up || d.shut(end) || d.shut(a.port)
			if off || a.direction()&dir == 0 || cmdline.PortOf(end) == cmdline.PortOf(a.port) {
				continue
			}
			one := fabric.CopySession{Name: tallyOf(a, dir), OnlyVLANs: d.vlansOf(a), Marked: a.listed(), Truncate: a.truncate(m), Sample: a.sample(m)}
			for _, p := range plant.PortsBehind(d.sw, d.bundle, cmdline.PortOf(a.port)) {
				one.Ports = append(one.Ports, fabric.CopySource{Port: p, RX: dir == plant.RX, TX: dir == plant.TX})
			}
			if up {
				one.ToTunnel = &fabric.Tunnel{Address: to, Overhead: greOverhead}
			} else {
				one.ToBundles = [][]string{plant.PortsBehind(d.sw, d.bundle, cmdline.PortOf(end))}
			}
			out = append(out, one)
		}
	}
	return out
}

// vlansOf are the VLANs that an attachment copies: that of a sub-interface; of a main
// interface those without one of their own, or all with port-level.
func (d *device) vlansOf(a attachment) fabric.VLANSet {
	const never = 4095
	tag := func(port string) int {
		return cmdline.Atoi(d.Running.port(port).Value("encapsulation dot1q"), never)
	}
	if isSub(a.port) {
		return fabric.VLANs(tag(a.port))
	}
	all := fabric.AllVLANs()
	for _, b := range d.Running.Blocks() {
		if sub := portIn(b.Text); begins(b.Text, "interface") && isSub(sub) && cmdline.PortOf(sub) == a.port && !a.has("port-level") {
			all.Minus(fabric.VLANs(tag(sub)))
		}
	}
	return all
}

// down is the state of an interface that is not up: "down", "admin-down", or "not
// configured" for one that is not there.
func (d *device) down(port string) string {
	if v, there := d.view(port); there {
		return strings.TrimPrefix(link(v, "admin-down"), "up")
	}
	return "not configured"
}

// view finds a port.
func (d *device) view(port string) (v plant.PortView, there bool) {
	if d.seen != nil {
		v, there = d.seen[port]
		return v, there
	}
	for _, v := range d.views() {
		if v.Name == port {
			return v, true
		}
	}
	return v, false
}

// shut reports whether an interface, or that of a sub-interface, is shut down.
func (d *device) shut(port string) bool {
	return d.Running.port(port).Has("shutdown") || d.Running.port(cmdline.PortOf(port)).Has("shutdown")
}

// end is why copies do not leave by an interface, in the words of the status; "" = they
// do.
func (d *device) end(port string) string {
	switch state := d.down(port); state {
	case "":
		return ""
	case "not configured":
		return "Destination interface " + port + " is not configured"
	default:
		return "Destination interface " + port + " (" + state + ")"
	}
}

// status is the status of a source (fact sheet, 2.2; some of its words are general
// knowledge).
func (d *device) status(a attachment) string {
	m := d.Running.span(a.name)
	no := func(why string) string { return "Not operational (" + why + ")" }
	if m == nil {
		return no("Session is not configured globally")
	}
	known, active, same := false, false, false
	for _, dir := range []plant.Direction{plant.RX, plant.TX} {
		if end := m.destination(dir); a.direction()&dir != 0 && end != "" {
			state := d.down(end)
			known, active, same = known || state != "not configured", active || state == "", same || end == a.port
		}
	}
	switch state := d.down(a.port); {
	case d.sw.Faults().NotProgrammed:
		return "Error: see detailed output for explanation"
	case same:
		return no("source same as destination")
	case !known:
		return no("destination not known")
	case !active:
		return no("destination not active")
	case state != "":
		return no("source interface " + state)
	}
	return "Operational"
}

// classes are the kinds of traffic that a session may be of.
const classes = "ethernet | ipv4 | ipv6 | mpls-ipv4 | mpls-ipv6"

// classOf is the class that was typed: ethernet when none was (general knowledge).
func classOf(a *args, before string) string {
	for _, k := range strings.Split(classes, " | ") {
		if a.Has(k) {
			return k
		}
	}
	return cmp.Or(before, "ethernet")
}

// monitorCommands open sessions (fact sheet, 1.1). There is neither a description nor a
// shutdown.
func monitorCommands(g *grammar) {
	g.Add("monitor-session <name:session> [{"+classes+"}]", quiet(func(c *cli, a *args) {
		name, before := a.Str("name"), ""
		if m := c.now().span(name); m != nil {
			before = word(m.Text, 2)
		}
		c.enter(modeMonitor, "mon", "monitor-session "+name+" "+classOf(a, before))
	}))
	g.Add("no monitor-session <name:session> [{"+classes+"}]", quiet(func(c *cli, a *args) { c.drop("monitor-session " + a.Str("name")) }))
}

// spanCommands are the lines of a session.
func spanCommands(g *grammar) {
	for _, to := range []string{"interface <if:if>", "pseudowire", "next-hop <rest:line>", "file [<rest:line>]"} {
		slot(g, "destination", to)
	}
	for _, way := range []string{"rx", "tx"} {
		slot(g, "destination "+way, "interface <if:if>", func(c *cli, _ *args) bool { return c.d.model.family == ncs && c.d.model.from(7, 4) })
		slot(g, "rate-limit "+way, "<n:1-2147483647>")
	}
	for key, param := range map[string]string{"inject-interface": "<if:if>", "discard-class": "<n:0-2>", "traffic-class": "<n:0-7>", "forward-drop": "<rest:line>", "protocol-capture": "<rest:line>"} {
		slot(g, key, param)
	}
	portions(g)
}

// portions are the lines that copy less than everything. Partial copies of an ASR 9000
// have 64 to 256 octets (general knowledge).
func portions(g *grammar) {
	slot(g, "mirror interval", "<n:interval>")
	slot(g, "mirror first", "<n:1-10000>", func(c *cli, a *args) bool {
		return c.d.model.family != asr9000 || a.Num("n") >= 64 && a.Num("n") <= 256
	})
}

// attachCommands make an interface a source. The first line is one setting: typed again
// without its options it has none. A list without a name stands in it as recorded on an
// NCS 5500, or below it as in the guides of the ASR 9000.
func attachCommands(g *grammar) {
	g.Add("monitor-session <name:session> [{"+classes+"}] [direction {rx-only | tx-only}] [port-level] [acl]", quiet(func(c *cli, a *args) {
		line := "monitor-session " + a.Str("name") + " " + classOf(a, "")
		for _, w := range []string{"direction", "rx-only", "tx-only", "port-level"} {
			if a.Has(w) {
				line += " " + w
			}
		}
		below := c.d.model.family == asr9000
		if a.Has("acl") && !below {
			line += " acl"
		}
		if !c.d.model.from(7, 4) { // up to then an interface has one session of a class
			for _, k := range c.now().At(c.lines()).Lines() {
				if begins(k, "monitor-session") && word(k, 1) != a.Str("name") && word(k, 2) == classOf(a, "") {
					c.drop(keyOf(k))
				}
			}
		}
		if c.enter(modeAttachment, "if-mon", line); a.Has("acl") && below {
			c.put("acl")
		}
	}))
	g.Add("no monitor-session <name:session> [<rest:line>]", quiet(func(c *cli, a *args) { c.drop("monitor-session " + a.Str("name")) }))
}

// attachmentCommands are the lines of an attachment.
func attachmentCommands(g *grammar) {
	portions(g)
	slot(g, "acl ipv4", "<acl:word>")
	slot(g, "acl ipv6", "<acl:word>")
	g.Add("acl <acl:word>", put)
	// bare puts the word into the attachment's first line, or takes it out of it.
	bare := func(on bool) run {
		return quiet(func(c *cli, _ *args) {
			at := &c.path[len(c.path)-1]
			switch line, had := strings.CutSuffix(at.line, " acl"); {
			case c.d.model.family == asr9000 && on:
				c.put("acl")
				return
			case on && !had:
				at.line += " acl"
			case !on:
				c.drop("acl")
				at.line = line
			}
			c.putBelow(c.lines()[:len(c.path)-1], at.line)
		})
	}
	g.Add("acl", bare(true))
	g.Add("no acl [<acl:word>]", bare(false))
}
