package iosxr

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// layout is the order of a configuration. A line of a block that begins with one of
// Body has one value there.
var layout = &cmdline.Layout{
	Syntax: cmdline.Syntax{Comment: "!", Notes: true, End: "end"},
	Top: []string{"hostname", "logging", "domain", "username", "aaa", "vrf", "line", "ntp", "ipv6 access-list", "ipv4 access-list", "ethernet-services access-list",
		"interface", "route-policy", "router", "l2vpn", "lldp", "monitor-session", "snmp-server", "ssh"},
	Body: []string{"description", "bundle id", "mtu", "vrf", "ipv4 address", "ipv6 address", "load-interval", "shutdown", "encapsulation dot1q", "tunnel mode", "tunnel source",
		"tunnel vrf", "tunnel ttl", "tunnel tos", "tunnel destination", "monitor-session", "ipv4 access-group", "ipv6 access-group",
		"destination rx", "destination tx", "destination", "inject-interface", "discard-class", "traffic-class", "rate-limit rx", "rate-limit tx",
		"acl ipv4", "acl ipv6", "acl", "mirror first", "mirror interval", "forward-drop", "protocol-capture"},
	Compare: compareHeads,
}

func compareHeads(a, b string) int {
	switch {
	case begins(a, "interface"):
		return names.Compare(portIn(a), portIn(b))
	case begins(a, "monitor-session"), strings.Contains(a, "access-list "):
		return strings.Compare(a, b)
	}
	return 0
}

// begins reports whether a line begins with whole words.
var begins = cmdline.Begins

// word is the n-th word of a line, "" when it has fewer.
func word(line string, n int) string {
	for ; n > 0; n-- {
		_, line, _ = strings.Cut(line, " ")
	}
	first, _, _ := strings.Cut(line, " ")
	return first
}

// portIn is the interface that a block is of.
func portIn(head string) string {
	return word(strings.TrimPrefix(strings.TrimPrefix(head, "interface "), "preconfigure "), 0)
}

// keyOf are the words of a line by which it is found: what stands behind them is its
// value.
func keyOf(line string) string {
	switch first := word(line, 0); {
	case first == "interface" && word(line, 1) != "preconfigure", first == "monitor-session":
		return first + " " + word(line, 1)
	case first >= "0" && first < ":":
		return first
	case strings.HasSuffix(word(line, 1), "access-group"):
		return strings.Join([]string{first, "access-group", word(line, 3)}, " ")
	}
	for _, k := range layout.Body {
		if begins(line, k) && k != "ipv6 address" {
			return k
		}
	}
	if begins(line, "hostname") {
		return "hostname"
	}
	return line
}

// keys find lines; a recorded attachment without lines below it is not closed.
var keys = &cmdline.Keys{Layout: layout, Of: keyOf, Closed: func(n *cmdline.Node, depth int) bool {
	return depth == 0 && slices.ContainsFunc([]string{"interface", "monitor-session", "ipv4 access-list", "ipv6 access-list", "lldp"}, func(k string) bool { return begins(n.Text, k) })
}}

// A config is a whole configuration, as lines.
type config struct{ *cmdline.Keyed }

func (c *config) clone() *config { return &config{c.Clone()} }

// read reads a configuration as a restart does.
func read(text string) *config {
	c := &config{keys.New()}
	for _, b := range layout.Read(text).Blocks() {
		if full, ok := names.Canonical(portIn(b.Text)); ok && begins(b.Text, "interface") {
			b.Text = strings.Replace(b.Text, portIn(b.Text), full, 1)
		}
		if n := c.Ensure(b.Text); n.Kids == nil {
			n.Kids, n.Notes = b.Kids, b.Notes
		}
	}
	return c
}

// port is the block of an interface.
func (c *config) port(name string) cmdline.Block { return c.Find("interface " + name) }

// names are the interface names. Speeds are those of a port whose description gives
// none.
var names = &cmdline.PortNames{
	Kinds: []cmdline.PortKind{{Full: "Bundle-Ether", Short: "BE", Bundle: true}, {Full: "Loopback", Short: "Lo"}, {Full: "tunnel-ip", Short: "ti"}, {Full: "BVI", Short: "BV"},
		{Full: "MgmtEth", Short: "Mg", Speed: fabric.Gbps}, {Full: "GigabitEthernet", Short: "Gi", Speed: fabric.Gbps}, {Full: "TenGigE", Short: "Te", Speed: 10 * fabric.Gbps},
		{Full: "TwentyFiveGigE", Short: "TF", Speed: 25 * fabric.Gbps}, {Full: "FortyGigE", Short: "Fo", Speed: 40 * fabric.Gbps},
		{Full: "HundredGigE", Short: "Hu", Speed: 100 * fabric.Gbps}, {Full: "FourHundredGigE", Short: "FH", Speed: 400 * fabric.Gbps}},
	Example: "GigabitEthernet0/0/0/0-19", Subs: true, Cards: true,
}

func isSub(full string) bool { return cmdline.PortOf(full) != full }

var (
	labelForm = regexp.MustCompile(`^[A-Za-z][\w-]{0,29}$`)
	intervals = strings.Fields("2 4 8 16 32 64 128 256 512 1K 2K 4K 8K 16K")
)

// paramTypes are the parameter types of the command patterns. env is the cli.
func paramTypes() map[string]cmdline.ParamType {
	types := map[string]cmdline.ParamType{"word": cmdline.Word, "line": cmdline.RestOfLine, "number": cmdline.Number(1, 2147483647), "if": names.AnyPort,
		"session":  cmdline.WordThat(func(s string) bool { return len(s) <= 79 }),
		"label":    cmdline.WordThat(labelForm.MatchString),
		"interval": cmdline.WordThat(func(s string) bool { return slices.Contains(intervals, s) }),
	}
	for _, r := range [][2]int{{0, 2}, {0, 7}, {0, 255}, {0, 512}, {0, 600}, {0, 1000000}, {1, 100}, {1, 255}, {1, 1024}, {1, 4094}, {1, 10000}, {1, 65535}, {1, 2147483647}, {30, 65535}, {64, 65535}} {
		types[fmt.Sprintf("%d-%d", r[0], r[1])] = cmdline.Number(r[0], r[1])
	}
	return types
}

// Exists reports whether the router has a port.
func (c *cli) Exists(name string) bool { return c.d.sw.Node().ByName[name] != nil }
