package lab

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// iosxeSyntax is how the configuration is written. A banner runs to its
// delimiter.
var iosxeSyntax = syntax{comment: "!", end: "end", delimiter: bannerDelimiter}

func parseConf(text string) *confNode { return iosxeSyntax.parse(text) }

// bannerDelimiter returns the delimiter of a banner that does not end on its
// first line, else "". "^C" written as two characters is how IOS shows ETX.
func bannerDelimiter(line string) string {
	f := strings.SplitN(line, " ", 3)
	if len(f) < 3 || f[0] != "banner" || f[2] == "" {
		return ""
	}
	delim := f[2][:1]
	if strings.HasPrefix(f[2], "^C") {
		delim = "^C"
	}
	if strings.Contains(f[2][len(delim):], delim) {
		return ""
	}
	return delim
}

// unknownRank is that of lines whose place in a configuration is not known.
const unknownRank = -1

// topRanks is the order of the kinds of global lines.
var topRanks = []string{"version", "service", "hostname", "boot", "vrf", "logging", "enable", "username", "no aaa", "aaa",
	"clock", "switch", "ip routing", "no ip routing", "ip domain", "no ip domain", "ip dhcp", "vtp", "crypto", "archive", "spanning-tree", "lldp",
	"cdp", "vlan", "interface", "ip route", "ip ssh", "ip http", "ip access-list", "mac access-list", "ipv6 access-list",
	"snmp-server", "banner", "line", "monitor session", "ntp"}

// topRank is the place of a global line among the kinds.
func topRank(text string) int {
	for i, prefix := range topRanks {
		if rest, ok := strings.CutPrefix(text, prefix); ok && (rest == "" || rest[0] == ' ') {
			return i
		}
	}
	return unknownRank
}

// topPlace is where a new global line goes: behind the last line of its kind
// or of an earlier one, interfaces and VLANs in their own order. A line of no
// known kind goes before the terminal lines.
func topPlace(root *confNode, text string) int {
	r := topRank(text)
	if r == unknownRank {
		r = topRank("line")
		if at := root.index(func(s string) bool { return topRank(s) >= r }); at >= 0 {
			return at
		}
		return len(root.kids)
	}
	at := 0
	for i, k := range root.kids {
		if kr := topRank(k.text); kr != unknownRank && (kr < r || kr == r && !sortsAfter(k.text, text)) {
			at = i + 1
		}
	}
	for at > 0 && at < len(root.kids) && topRank(root.kids[at].text) == unknownRank && r != topRank(root.kids[at-1].text) {
		at++ // unknown lines stay with the line they follow
	}
	return at
}

// sortsAfter orders interfaces and VLANs among themselves.
func sortsAfter(a, b string) bool {
	if x, ok := strings.CutPrefix(a, "interface "); ok {
		return compareIfNames(x, strings.TrimPrefix(b, "interface ")) > 0
	}
	x, ok1 := vlanLine(a)
	y, ok2 := vlanLine(b)
	return ok1 && ok2 && x > y
}

// vtpRefusal is what a client of VTP says to VLAN commands (general knowledge).
const vtpRefusal = "VTP VLAN configuration not allowed when device is in CLIENT mode.\n"

// vtpClient reports whether VLANs come from a VTP server.
func (d *iosxe) vtpClient() bool {
	m, _ := d.conf.value("vtp mode")
	return m == "client" && !d.booting
}

// vlanLine reads "vlan 10".
func vlanLine(text string) (int, bool) {
	rest, ok := strings.CutPrefix(text, "vlan ")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(rest)
	return n, err == nil
}

// ensureBlock finds or makes a global block.
func (d *iosxe) ensureBlock(text string) *confNode {
	if n := d.conf.find(func(s string) bool { return s == text }); n != nil {
		return n
	}
	n := &confNode{text: text}
	d.conf.insert(topPlace(d.conf, text), n)
	return n
}

// everyConfigMode are the commands of all configuration modes.
func everyConfigMode(g *grammar[iosxeRun]) {
	g.add("exit", func(c *iosxeCLI, _ *args) reply {
		if c.mode == modeConfig {
			return c.leave()
		}
		c.mode = c.mode.parent()
		return reply{}
	})
	g.add("end", func(c *iosxeCLI, _ *args) reply { return c.leave() })
	g.add("do <cmd:line>", func(c *iosxeCLI, a *args) reply {
		m := c.mode
		c.mode = modeExec
		r := c.execLine(a.str("cmd"))
		if c.mode == modeExec {
			c.mode = m
		}
		return r
	})
}

// globalKinds are global lines that the lab keeps as they are typed: enough
// for people to change something besides monitor sessions.
var globalKinds = []string{"snmp-server", "ntp", "logging", "aaa", "username", "enable", "service", "ip route", "ip ssh", "ip domain",
	"ip http", "ip name-server", "spanning-tree", "clock", "errdisable", "cdp", "ipv6 unicast-routing", "vrf definition", "crypto", "boot"}

func globalCommands(g *grammar[iosxeRun]) {
	g.add("hostname <h:word>", func(c *iosxeCLI, a *args) reply {
		c.d.conf.set("hostname "+a.str("h"), func(s string) bool { return strings.HasPrefix(s, "hostname ") }, topRank)
		return reply{}
	})
	g.add("interface <if:newif>", enterInterface)
	g.add("interface range <ifs:ifs>", func(c *iosxeCLI, a *args) reply {
		c.mode, c.at = modeIfRange, nil
		for _, name := range a.values["ifs"].([]string) {
			c.at = append(c.at, c.d.ensureBlock("interface "+name))
		}
		return reply{}
	})
	g.add("no interface <if:newif>", func(c *iosxeCLI, a *args) reply {
		name := a.str("if")
		if c.d.ports[name] {
			return reply{text: "% Removal of physical interfaces is not permitted\n"}
		}
		c.d.conf.remove(func(s string) bool { return s == "interface "+name })
		return reply{}
	})
	g.add("vlan <list:compact>", func(c *iosxeCLI, a *args) reply {
		if c.d.vtpClient() {
			return reply{text: vtpRefusal}
		}
		c.mode, c.at = modeVLAN, nil
		for _, v := range a.values["list"].(fabric.VLANSet).List() {
			c.at = append(c.at, c.d.ensureBlock(fmt.Sprintf("vlan %d", v)))
		}
		return reply{}
	})
	g.add("no vlan <list:compact>", func(c *iosxeCLI, a *args) reply {
		if c.d.vtpClient() {
			return reply{text: vtpRefusal}
		}
		set := a.values["list"].(fabric.VLANSet)
		c.d.conf.remove(func(s string) bool { v, ok := vlanLine(s); return ok && set.Has(v) })
		return reply{}
	})
	g.add("line {con | vty} <range:line>", func(c *iosxeCLI, a *args) reply {
		c.mode, c.at = modeLine, []*confNode{c.d.ensureBlock(strings.Join(a.spoken, " "))}
		return reply{}
	})
	g.add("archive", enterBlock(modeArchive))
	g.add("no archive", removeLine(1))
	g.add("ip access-list extended <name:word>", enterBlock(modeACL))
	g.add("no ip access-list extended <name:word>", removeLine(1))
	g.add("mac access-list extended <name:word>", enterBlock(modeMACACL))
	g.add("no mac access-list extended <name:word>", removeLine(1))
	g.add("vtp mode {server | client | transparent | off}", func(c *iosxeCLI, a *args) reply {
		c.d.conf.set(strings.Join(a.spoken, " "), func(s string) bool { return strings.HasPrefix(s, "vtp mode ") }, topRank)
		return reply{text: "Setting device to VTP " + strings.ToUpper(a.spoken[2][:1]) + a.spoken[2][1:] + " mode.\n"}
	})
	g.add("cdp run", removeKeyLine("no cdp run")) // the default, which is not shown
	g.add("no cdp run", setLine)
	for _, line := range []string{"lldp run", "ip routing"} {
		g.add(line, setLine)
		g.add("no "+line, removeLine(1))
	}
	for _, k := range globalKinds {
		g.add(k+" <rest:line>", setLine)
		g.add("no "+k+" <rest:line>", removeLine(1))
	}
	g.add("ipv6 unicast-routing", setLine)
	g.add("banner {motd | login | exec} <text:line>", setLine)
	g.add("no banner {motd | login | exec}", removeLine(1))
}

// setLine keeps a global line as it is typed, once.
func setLine(c *iosxeCLI, a *args) reply {
	text := strings.Join(a.spoken, " ")
	c.d.conf.remove(func(s string) bool { return s == "no "+text })
	c.d.ensureBlock(text)
	return reply{}
}

// removeKeyLine removes one global line.
func removeKeyLine(line string) iosxeRun {
	return func(c *iosxeCLI, _ *args) reply {
		c.d.conf.remove(func(s string) bool { return s == line })
		return reply{}
	}
}

// removeLine removes the line that is spoken after "no", and longer lines
// that begin with it, as `no snmp-server community x` does.
func removeLine(skip int) iosxeRun {
	return func(c *iosxeCLI, a *args) reply {
		text := strings.Join(a.spoken[skip:], " ")
		c.d.conf.remove(func(s string) bool { return s == text || strings.HasPrefix(s, text+" ") })
		return reply{}
	}
}

func enterBlock(m mode) iosxeRun {
	return func(c *iosxeCLI, a *args) reply {
		c.mode, c.at = m, []*confNode{c.d.ensureBlock(strings.Join(a.spoken, " "))}
		return reply{}
	}
}

// enterInterface opens a port, or makes a virtual interface.
func enterInterface(c *iosxeCLI, a *args) reply {
	name := a.str("if")
	n, _ := iosxeNames.parse(name)
	if iosxeNames.kinds[n.kind].speed != 0 && !c.d.ports[name] {
		return c.unsupported()
	}
	c.mode, c.at = modeIf, []*confNode{c.d.ensureBlock("interface " + name)}
	return reply{}
}

func vlanCommands(g *grammar[iosxeRun]) {
	slot(g, "name", "<name:word>")
	flag(g, "remote-span", false)
	flag(g, "shutdown", false)
}

func lineCommands(g *grammar[iosxeRun]) {
	for _, k := range []string{"login", "transport", "exec-timeout", "length", "width", "stopbits", "logging", "access-class", "privilege", "password"} {
		keepAny(g, k)
	}
}

func archiveCommands(g *grammar[iosxeRun]) {
	slot(g, "path", "<path:word>")
	slot(g, "maximum", "<max:word>")
	flag(g, "write-memory", false)
	slot(g, "time-period", "<minutes:word>")
}

// aclCommands keep entries as they are typed, with or without numbers.
func aclCommands(g *grammar[iosxeRun]) {
	for _, action := range []string{"permit", "deny", "remark"} {
		g.add(action+" <rule:line>", blockLine(nil))
		g.add("no "+action+" <rule:line>", noBlockLine)
		g.add("<seq:word> "+action+" <rule:line>", blockLine(nil))
	}
	g.add("no <seq:word>", func(c *iosxeCLI, a *args) reply {
		c.at[0].remove(func(s string) bool { return strings.HasPrefix(s, a.str("seq")+" ") })
		return reply{}
	})
}

// slot is a line of a block with one value: typing it again replaces it.
func slot(g *grammar[iosxeRun], key, param string) {
	g.add(key+" "+param, blockLine(func(s string) bool { return strings.HasPrefix(s, key+" ") }))
	g.add("no "+key+" ["+param+"]", removeKey(key))
}

// flag is a line without a value; keepNo keeps its negation as a line.
func flag(g *grammar[iosxeRun], key string, keepNo bool) {
	g.add(key, func(c *iosxeCLI, a *args) reply {
		for _, n := range c.at {
			n.remove(func(s string) bool { return s == "no "+key })
			if !keepNo {
				n.set(key, func(s string) bool { return s == key }, blockRank)
			}
		}
		return reply{}
	})
	g.add("no "+key, func(c *iosxeCLI, a *args) reply {
		for _, n := range c.at {
			n.remove(func(s string) bool { return s == key })
			if keepNo {
				n.set("no "+key, func(s string) bool { return s == "no "+key }, blockRank)
			}
		}
		return reply{}
	})
}

// keepAny keeps any line that begins with key, once.
func keepAny(g *grammar[iosxeRun], key string) {
	g.add(key, blockLine(nil))
	g.add(key+" <rest:line>", blockLine(nil))
	g.add("no "+key, removeKey(key))
	g.add("no "+key+" <rest:line>", noBlockLine)
}

// blockLine sets the spoken line in every open block; replaces finds the line
// it takes the place of.
func blockLine(replaces func(string) bool) iosxeRun {
	return func(c *iosxeCLI, a *args) reply {
		text := strings.Join(a.spoken, " ")
		for _, n := range c.at {
			match := replaces
			if match == nil {
				match = func(s string) bool { return s == text }
			}
			n.set(text, match, blockRank)
		}
		return reply{}
	}
}

func noBlockLine(c *iosxeCLI, a *args) reply {
	text := strings.Join(a.spoken[1:], " ")
	for _, n := range c.at {
		n.remove(func(s string) bool { return s == text })
	}
	return reply{}
}

func removeKey(key string) iosxeRun {
	return func(c *iosxeCLI, _ *args) reply {
		for _, n := range c.at {
			n.remove(func(s string) bool { return s == key || strings.HasPrefix(s, key+" ") })
		}
		return reply{}
	}
}

// blockRank is the order of lines in interface blocks; lines of other blocks
// all rank alike and keep the order in which they were typed.
func blockRank(text string) int {
	for i, prefix := range []string{"description", "no switchport", "switchport access", "switchport trunk", "switchport mode",
		"switchport", "ip address", "no ip address", "load-interval", "shutdown", "speed", "duplex", "channel-group", "spanning-tree"} {
		if strings.HasPrefix(text, prefix) {
			return i
		}
	}
	return 100
}
