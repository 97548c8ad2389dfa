package iosxr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
)

// keptKinds are global lines that are kept as they are typed: enough for people to
// change something besides mirrors. blockKinds open blocks whose lines are kept so,
// innerKinds blocks within those.
var (
	keptKinds  = []string{"snmp-server", "ntp", "logging", "aaa", "domain", "ssh", "clock", "cdp", "telnet"}
	blockKinds = []string{"router", "vrf", "l2vpn", "line", "lldp", "username", "class-map", "policy-map", "route-policy", "ethernet-services access-list"}
	innerKinds = []string{"xconnect group", "p2p", "bridge group", "bridge-domain", "neighbor", "address-family"}
)

// lines are those of the blocks that a terminal is in.
func (c *cli) lines() (out []string) {
	for _, l := range c.path {
		out = append(out, l.line)
	}
	return out
}

// put types a line into the block that the terminal is in, with the comments before it.
func (c *cli) put(line string) { c.putBelow(c.lines(), line) }

func (c *cli) putBelow(path []string, line string) {
	notes := c.notes
	c.notes = nil
	c.target.Add(func(cfg *config) { n := cfg.Put(path, line); n.Notes = append(n.Notes, notes...) })
}

// change types a change of the block that the terminal is in; comments before it are of
// the block.
func (c *cli) change(what func(b cmdline.Block)) {
	path, notes := c.lines(), c.notes
	c.notes = nil
	c.target.Add(func(cfg *config) { b := cfg.At(path); b.Notes = append(b.Notes, notes...); what(b) })
}

// drop types that what begins so goes.
func (c *cli) drop(key string) {
	path := c.lines()
	c.target.Add(func(cfg *config) { cfg.Drop(path, key) })
}

// enter types the first line of a block and goes into it.
func (c *cli) enter(m mode, suffix, line string) {
	c.put(line)
	c.path = append(c.path, level{m, suffix, line})
}

// keep types a line of a block that is not modelled.
func (c *cli) keep(typed string) {
	line := strings.Join(strings.Fields(typed), " ")
	if rest, no := strings.CutPrefix(line, "no "); no {
		c.drop(rest)
		return
	}
	for _, k := range innerKinds {
		if begins(line, k) {
			c.enter(modeBlock, strings.Fields(k)[0], line)
			return
		}
	}
	c.put(line)
}

// now is the configuration as it would be with what was typed.
func (c *cli) now() *config { return c.d.With(c.target) }

// leaveCommands are those of every configuration mode.
func leaveCommands(g *grammar) {
	g.Add("exit", func(c *cli, _ *args) reply {
		if n := len(c.path); n > 0 {
			c.path = c.path[:n-1]
			return reply{}
		}
		return c.end()
	})
	g.Add("root", quiet(func(c *cli, _ *args) { c.path = nil }))
	g.Add("end", func(c *cli, _ *args) reply { return c.end() })
}

var (
	put  = quiet(func(c *cli, a *args) { c.put(typed(a)) })
	drop = quiet(func(c *cli, a *args) { c.drop(strings.TrimPrefix(a.Line(), "no ")) })
)

// typed is a line with its words spelled out, and with the full name of the interface
// that it may end with.
func typed(a *args) string {
	name := a.Str("if")
	if name == "" {
		return a.Line()
	}
	n := 0
	for a.Has(a.Spoken[n]) {
		n++
	}
	return strings.Join(append(slices.Clone(a.Spoken[:n]), name), " ")
}

// slot adds a line with one value: "no" takes it away with the value or without. Not
// every router has the value.
func slot(g *grammar, key, param string, has ...func(c *cli, a *args) bool) {
	g.Add(strings.TrimSpace(key+" "+param), func(c *cli, a *args) reply {
		for _, right := range has {
			if !right(c, a) {
				return c.complain("", &cmdline.Fault{Col: len(key) + 1})
			}
		}
		return put(c, a)
	})
	g.Add("no "+key+" ["+param+"]", quiet(func(c *cli, _ *args) { c.drop(key) }))
}

func globalCommands(g *grammar) {
	slot(g, "hostname", "<h:word>")
	for _, k := range keptKinds {
		g.Add(k+" <rest:line>", put)
		g.Add("no "+k+" <rest:line>", drop)
	}
	for _, k := range blockKinds {
		g.Add(k+" [<rest:line>]", quiet(func(c *cli, a *args) { c.enter(modeBlock, a.Spoken[0], a.Line()) }))
		g.Add("no "+k+" [<rest:line>]", drop)
	}
	g.Add("interface [preconfigure] <if:if> [l2transport]", quiet(func(c *cli, a *args) {
		name := a.Str("if")
		line, suffix := "interface "+name, map[bool]string{true: "subif", false: "if"}[isSub(name)]
		switch head := c.now().port(name); {
		case c.ghost(name): // the card is not there: kept for when it comes (general knowledge)
			line = "interface preconfigure " + name
		case a.Has("l2transport") && isSub(name):
			line += " l2transport"
		case head.Node != nil:
			line = head.Text
		}
		c.enter(modeInterface, suffix, line)
	}))
	g.Add("no interface [preconfigure] <if:if> [l2transport]", quiet(func(c *cli, a *args) {
		if name := a.Str("if"); c.ghost(name) {
			c.drop("interface preconfigure " + name)
		} else {
			c.drop("interface " + name)
		}
	}))
	for _, family := range []string{"ipv4", "ipv6"} {
		g.Add(family+" access-list <name:word>", quiet(func(c *cli, a *args) {
			c.enter(map[string]mode{"ipv4": modeACL4, "ipv6": modeACL6}[family], family+"-acl", a.Line())
		}))
		g.Add("no "+family+" access-list <name:word>", drop)
	}
}

// ghost reports whether a name is of a port that the router lacks.
func (c *cli) ghost(name string) bool {
	n, _ := names.Parse(name)
	return names.Kinds[n.Kind].Speed > 0 && !c.Exists(strings.Split(name, ".")[0])
}

// interfaceCommands are the lines of interfaces.
func interfaceCommands(g *grammar) {
	slot(g, "shutdown", "")
	slot(g, "ipv6 enable", "")
	slot(g, "ipv4 unnumbered", "<if:if>")
	for key, param := range map[string]string{"description": "<text:line>", "mtu": "<mtu:64-65535>", "load-interval": "<s:0-600>", "ipv4 address": "<a:line>", "vrf": "<v:word>",
		"encapsulation dot1q": "<v:1-4094>", "bundle id": "<n:1-65535> mode {active | passive | on}", "tunnel mode": "gre {ipv4 | ipv6}", "tunnel source": "<a:line>",
		"tunnel destination": "<a:word>", "tunnel vrf": "<v:word>", "tunnel ttl": "<n:1-255>", "tunnel tos": "<n:0-255>"} {
		slot(g, key, param)
	}
	for _, k := range []string{"ipv6 address", "tunnel", "carrier-delay", "speed", "lldp", "service-policy", "rewrite", "negotiation"} {
		g.Add(k+" <rest:line>", put)
		g.Add("no "+k+" <rest:line>", drop)
	}
	g.Add("l2transport", quiet(func(c *cli, _ *args) { c.enter(modeBlock, "if-l2", "l2transport") }))
	g.Add("no l2transport", drop)
	for _, family := range []string{"ipv4", "ipv6"} {
		for _, way := range []string{"ingress", "egress"} {
			g.Add(fmt.Sprintf("%s access-group <acl:word> %s", family, way), put)
			g.Add(fmt.Sprintf("no %s access-group [<acl:word>] %s", family, way), quiet(func(c *cli, _ *args) { c.drop(family + " access-group " + way) }))
		}
	}
	attachCommands(g)
}
