package eos

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// layout is how EOS writes a configuration: three blanks a level, "!" between
// blocks, the kinds of lines in the order of AVD's intended configurations and
// of the recorded ones of the fact sheet.
var layout = &cmdline.Layout{
	Syntax: cmdline.Syntax{Comment: "!", Kept: "!!", End: "end", Step: "   "},
	Top: []string{"!!", "no aaa", "aaa", "username", "enable", "management", "no service", "service", "hostname", "ip name-server", "dns", "logging", "ntp",
		"snmp-server", "no lldp", "lldp", "spanning-tree", "vlan", "vrf", "interface", "mac access-list", "ip access-list", "ipv6 access-list", "monitor session",
		"ip routing", "no ip routing", "ip route"},
	Body: []string{"description", "shutdown", "load-interval", "mtu", "speed", "encapsulation", "no switchport", "switchport access", "switchport trunk native",
		"switchport trunk allowed", "switchport mode", "switchport", "channel-group", "vrf", "ip address"},
	Compare: compareHeads,
	Apart:   []string{"interface", "vlan"},
}

func compareHeads(a, b string) int {
	if x, ok := strings.CutPrefix(a, "interface "); ok {
		return names.Compare(x, strings.TrimPrefix(b, "interface "))
	}
	if strings.Contains(a, "access-list ") {
		return strings.Compare(a, b)
	}
	v, _ := vlanHead(a)
	w, _ := vlanHead(b)
	return v - w
}

// A config is a whole configuration. Mirror sessions are kept as data, because
// their lines add up; everything else as lines.
type config struct {
	*cmdline.Document
	mon map[string]*session
}

func newConfig() *config { return &config{layout.New(), map[string]*session{}} }

func (c *config) clone() *config {
	n := &config{c.Clone(), map[string]*session{}}
	for name, m := range c.mon {
		n.mon[name] = m.clone()
	}
	return n
}

// text is the configuration as `show running-config` prints it below its
// comments.
func (c *config) text() string {
	all := c.Clone()
	for _, m := range c.sorted() {
		for _, l := range m.lines() {
			all.Ensure(l)
		}
	}
	return all.Text()
}

// blocks is the text of every block by its key: a first line, or the name of a
// mirror session.
func (c *config) blocks() map[string]string {
	out := map[string]string{}
	for _, b := range c.Blocks() {
		out[b.Text] = b.Written()
	}
	for _, m := range c.mon {
		out[monitorKey+m.name] = strings.Join(m.lines(), "\n")
	}
	return out
}

// merge puts into now what changed from base to mine. It reports false when a
// block was changed on both sides in different ways.
func merge(base, mine, now *config) (*config, bool) {
	out := now.clone()
	keys, ok := cmdline.Changed(base.blocks(), mine.blocks(), now.blocks())
	for _, key := range keys {
		name, isSession := strings.CutPrefix(key, monitorKey)
		if !isSession {
			out.Take(mine.Document, key)
			continue
		}
		if delete(out.mon, name); mine.mon[name] != nil {
			out.mon[name] = mine.mon[name].clone()
		}
	}
	return out, ok
}

// names are the interface names, in the order of a configuration as AVD renders
// it. Speeds are those of a port whose description gives none.
var names = &cmdline.PortNames{
	Kinds: []cmdline.PortKind{{Full: "Port-Channel", Short: "Po", Bundle: true}, {Full: "Ethernet", Short: "Et", Speed: 10 * fabric.Gbps}, {Full: "Loopback", Short: "Lo"},
		{Full: "Management", Short: "Ma", Speed: fabric.Gbps}, {Full: "Recirc-Channel", Short: "Re"}, {Full: "Vlan", Short: "Vl"}},
	Example: "Ethernet1-48", Subs: true,
}

// compare orders full names by the kind's name, as AVD orders what a session
// holds, then by number.
func compare(a, b string) int {
	if c := strings.Compare(cmdline.KindOf(a), cmdline.KindOf(b)); c != 0 {
		return c
	}
	return names.Compare(a, b)
}

func isLAG(full string) bool { return cmdline.KindOf(full) == "Port-Channel" && !isSub(full) }

func isSub(full string) bool { return cmdline.PortOf(full) != full }

var clockForm = regexp.MustCompile(`^\d{1,2}:[0-5]\d:[0-5]\d$`)

// paramTypes are the parameter types of the command patterns. env is the cli.
func paramTypes() map[string]cmdline.ParamType {
	types := map[string]cmdline.ParamType{"word": cmdline.Word, "line": cmdline.RestOfLine, "ipv4": cmdline.IPv4, "vlans": cmdline.VLANCompact,
		"default":    cmdline.WordThat(func(s string) bool { return s == "default" }),
		"session":    cmdline.WordThat(func(s string) bool { return s != "default" }),
		"clock":      cmdline.WordThat(func(s string) bool { return clockForm.MatchString(s) && clock(s) > 0 }),
		"interfaces": names.Lists(func(any, string) bool { return true }),
		"virtual":    names.Lists(func(env any, full string) bool { return !env.(*cli).Exists(full) }),
		// `source ?` offers these three; a sub-interface from 4.21.3F on, here when it
		// is configured.
		"sources": names.Lists(func(env any, full string) bool {
			kind := cmdline.KindOf(full)
			return kind == "Recirc-Channel" || (kind == "Ethernet" || kind == "Port-Channel") && (!isSub(full) || env.(*cli).conf().Has("interface "+full))
		}),
		"destinations": names.Lists(func(_ any, full string) bool {
			return isLAG(full) || cmdline.KindOf(full) == "Ethernet" && !isSub(full)
		}),
	}
	for _, r := range [][2]int{{0, 15}, {0, 600}, {1, 100}, {1, 600}, {1, 2000}, {1, 4094}, {1, 9000}, {1, 999999}, {1, 4000000000}, {10, 32767}, {0, 32767}, {14, 65535}, {68, 9216}} {
		types[fmt.Sprintf("%d-%d", r[0], r[1])] = cmdline.Number(r[0], r[1])
	}
	return types
}

// Exists reports whether the switch has a port.
func (c *cli) Exists(name string) bool { return c.d.sw.Node().ByName[name] != nil }
