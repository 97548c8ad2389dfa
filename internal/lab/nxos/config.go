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

// layout is how NX-OS writes a configuration: two blanks a level, empty lines
// between blocks, the origin of ERSPAN behind the sessions (fact sheet, 2.3). The
// rest of the order is general knowledge.
var layout = &cmdline.Layout{
	Syntax: cmdline.Syntax{Comment: "!", Step: "  "},
	Top: []string{"version", "hostname", "vdc", "feature", "cfs", "no feature", "username", "no ip domain-lookup", "ip domain-lookup", "ip name-server", "errdisable", "no system",
		"system", "ip access-list", "ipv6 access-list", "vlan access-map", "class-map", "policy-map", "copp", "snmp-server", "rmon", "ntp", "aaa", "spanning-tree", "vlan", "route-map", "vrf",
		"hardware", "ip route", "interface", "line", "boot", "router", "no cdp", "cdp", "lldp", "logging", "monitor session", "monitor erspan"},
	Body: []string{"description", "no switchport", "switchport mode", "switchport access", "switchport trunk native", "switchport trunk allowed", "switchport monitor", "mtu",
		"speed", "vrf member", "ip address", "channel-group", "no shutdown", "shutdown"},
	Compare: compareHeads,
	Apart:   []string{"interface", "vlan"},
	Blank:   true,
}

func compareHeads(a, b string) int {
	if x, ok := strings.CutPrefix(a, "interface "); ok {
		return names.Compare(x, strings.TrimPrefix(b, "interface "))
	}
	if strings.Contains(a, "access-list ") {
		return strings.Compare(a, b)
	}
	return numberIn(a) - numberIn(b)
}

// numberIn is the number of a VLAN (the first of a list) or a session, 0 of all other
// lines.
func numberIn(head string) (n int) {
	kind, rest, _ := strings.Cut(strings.TrimPrefix(head, "monitor "), " ")
	for ; (kind == "vlan" || kind == "session") && rest != "" && rest[0] >= '0' && rest[0] <= '9'; rest = rest[1:] {
		n = 10*n + int(rest[0]-'0')
	}
	return n
}

// A config is a whole configuration. Monitor sessions are kept as data, because
// their lines add up; everything else as lines.
type config struct {
	*cmdline.Document
	mon map[int]*session
}

func newConfig() *config { return &config{layout.New(), map[int]*session{}} }

func (c *config) clone() *config {
	n := &config{c.Clone(), map[int]*session{}}
	for id, m := range c.mon {
		n.mon[id] = m.clone()
	}
	return n
}

// whole is the configuration as it is written: with the sessions, and one line
// of all VLANs before the blocks of those that have something to say.
func (c *config) whole() *cmdline.Document {
	all, vlans := layout.New(), fabric.VLANSet{}
	for _, b := range c.Blocks() {
		if v := numberIn(b.Text); v > 0 {
			vlans.Add(v)
		}
	}
	if !vlans.Empty() {
		all.Ensure("vlan " + vlans.Format(",", "-"))
	}
	for _, b := range c.Blocks() {
		if numberIn(b.Text) == 0 || len(b.Kids) > 0 {
			all.Put(b)
		}
	}
	return c.sessions(all, false)
}

// sessions adds the monitor sessions to what is written; defaults adds what holds without
// a line.
func (c *config) sessions(to *cmdline.Document, defaults bool) *cmdline.Document {
	for _, m := range c.sorted() {
		to.Ensure(m.head()).Replace(m.lines(defaults))
	}
	return to
}

func (c *config) text() string { return c.whole().Text() }

// sorted lists the sessions by number; mirrors are what they have in common with
// those of other platforms.
func (c *config) sorted() []*session {
	return slices.SortedFunc(maps.Values(c.mon), func(a, b *session) int { return a.id - b.id })
}

func (c *config) mirrors() (out []*plant.Mirror) {
	for _, m := range c.mon {
		out = append(out, &m.Mirror)
	}
	return out
}

// names are the interface names, in the order of a configuration. Speeds are
// those of a port whose description gives none. A line card, or a fabric
// extender, is a further number before the port's.
var names = &cmdline.PortNames{
	Kinds: []cmdline.PortKind{{Full: "Vlan", Short: "Vlan"}, {Full: "port-channel", Short: "Po", Bundle: true}, {Full: "Ethernet", Short: "Eth", Speed: 10 * fabric.Gbps},
		{Full: "mgmt", Short: "mgmt", Speed: fabric.Gbps}, {Full: "loopback", Short: "Lo"}, {Full: "sup-eth", Short: "sup-eth"}},
	Example: "Ethernet1/1-48", Subs: true,
}

func isLAG(full string) bool { return cmdline.KindOf(full) == "port-channel" && !isSub(full) }

func isSub(full string) bool { return cmdline.PortOf(full) != full }

// isPort reports that a name is of what copies can come from and go to: a port or a
// port-channel, but no sub-interface of one nor the management port (fact sheet, 4).
func isPort(_ any, full string) bool {
	kind := cmdline.KindOf(full)
	return (kind == "Ethernet" || kind == "port-channel" || full == "sup-eth0") && !isSub(full)
}

// paramTypes are the parameter types of the command patterns. env is the cli.
func paramTypes() map[string]cmdline.ParamType {
	types := map[string]cmdline.ParamType{"word": cmdline.Word, "line": cmdline.RestOfLine, "ipv4": cmdline.IPv4, "vlans": cmdline.VLANWords, "compact": cmdline.VLANCompact,
		"listname":   cmdline.WordThat(func(s string) bool { return len(s) <= 64 }),
		"interfaces": names.Lists(func(any, string) bool { return true }), "ends": names.Lists(isPort),
		"virtual": names.Lists(func(env any, full string) bool { return !env.(*cli).Exists(full) }),
		"sid": func(env any, toks []cmdline.Token) (any, int, *cmdline.Fault) {
			return cmdline.Number(1, env.(*cli).d.model.maxID)(env, toks)
		},
		"sids": func(env any, toks []cmdline.Token) (any, int, *cmdline.Fault) {
			set, ok := fabric.ParseVLANs(toks[0].Text)
			if list := set.List(); !ok || list[len(list)-1] > env.(*cli).d.model.maxID {
				return nil, 0, cmdline.BadAt(toks[0], 0)
			}
			return set, 1, nil
		},
		"mtu": func(env any, toks []cmdline.Token) (any, int, *cmdline.Fault) {
			r := env.(*cli).d.model.mtu
			return cmdline.Number(r[0], r[1])(env, toks)
		},
	}
	for _, r := range [][2]int{{0, 63}, {0, 511}, {1, 100}, {1, 255}, {1, 1023}, {1, 4094}, {1, 4096}, {1, 4294967295}, {2, 1023}, {24, 511}, {30, 300}, {100, 1000}, {576, 9216}} {
		types[fmt.Sprintf("%d-%d", r[0], r[1])] = cmdline.Number(r[0], r[1])
	}
	return types
}

func firstWord(s string) string { first, _, _ := strings.Cut(s, " "); return first }

// ports are the ports that a line names, nil for none.
func ports(a *args) []string { list, _ := a.Values["ifs"].([]string); return list }

// vlansOf are the VLANs, or the numbers of sessions, that a line names.
func vlansOf(a *args) fabric.VLANSet { list, _ := a.Values["list"].(fabric.VLANSet); return list }

// Exists reports whether the switch has a port.
func (c *cli) Exists(name string) bool { return c.d.sw.Node().ByName[name] != nil }
