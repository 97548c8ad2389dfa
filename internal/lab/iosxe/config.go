package iosxe

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// syntax is how the configuration is written. A banner runs to its
// delimiter.
var syntax = cmdline.Syntax{Comment: "!", End: "end", Delimiter: bannerDelimiter}

func parseConf(text string) *cmdline.Node { return syntax.Parse(text) }

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
func topPlace(root *cmdline.Node, text string) int {
	r := topRank(text)
	if r == unknownRank {
		r = topRank("line")
		if at := root.Index(func(s string) bool { return topRank(s) >= r }); at >= 0 {
			return at
		}
		return len(root.Kids)
	}
	at := 0
	for i, k := range root.Kids {
		if kr := topRank(k.Text); kr != unknownRank && (kr < r || kr == r && !sortsAfter(k.Text, text)) {
			at = i + 1
		}
	}
	for at > 0 && at < len(root.Kids) && topRank(root.Kids[at].Text) == unknownRank && r != topRank(root.Kids[at-1].Text) {
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
func (d *device) vtpClient() bool {
	m, _ := d.Running.lines.Value("vtp mode")
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
func (d *device) ensureBlock(text string) *cmdline.Node {
	if n := d.Running.lines.Find(func(s string) bool { return s == text }); n != nil {
		return n
	}
	n := &cmdline.Node{Text: text}
	d.Running.lines.Insert(topPlace(d.Running.lines, text), n)
	return n
}

// everyConfigMode are the commands of all configuration modes.
func everyConfigMode(g *cmdline.Grammar[run]) {
	g.Add("exit", func(c *cli, _ *cmdline.Args) cmdline.Reply {
		if c.mode == modeConfig {
			return c.leave()
		}
		c.mode = c.mode.parent()
		return cmdline.Reply{}
	})
	g.Add("end", func(c *cli, _ *cmdline.Args) cmdline.Reply { return c.leave() })
	g.Add("do <cmd:line>", func(c *cli, a *cmdline.Args) cmdline.Reply {
		m := c.mode
		c.mode = modeExec
		r := c.execLine(a.Str("cmd"))
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

func globalCommands(g *cmdline.Grammar[run]) {
	g.Add("hostname <h:word>", func(c *cli, a *cmdline.Args) cmdline.Reply {
		c.d.Running.lines.Set("hostname "+a.Str("h"), func(s string) bool { return strings.HasPrefix(s, "hostname ") }, topRank)
		return cmdline.Reply{}
	})
	g.Add("interface <if:newif>", enterInterface)
	g.Add("interface range <ifs:ifs>", func(c *cli, a *cmdline.Args) cmdline.Reply {
		c.mode, c.at = modeIfRange, nil
		for _, name := range a.Values["ifs"].([]string) {
			c.at = append(c.at, blocks.Block(c.d.ensureBlock("interface "+name)))
		}
		return cmdline.Reply{}
	})
	g.Add("no interface <if:newif>", func(c *cli, a *cmdline.Args) cmdline.Reply {
		name := a.Str("if")
		if c.d.ports[name] {
			return cmdline.Reply{Text: "% Removal of physical interfaces is not permitted\n"}
		}
		c.d.Running.lines.Remove(func(s string) bool { return s == "interface "+name })
		return cmdline.Reply{}
	})
	g.Add("vlan <list:compact>", func(c *cli, a *cmdline.Args) cmdline.Reply {
		if c.d.vtpClient() {
			return cmdline.Reply{Text: vtpRefusal}
		}
		c.mode, c.at = modeVLAN, nil
		for _, v := range a.Values["list"].(fabric.VLANSet).List() {
			c.at = append(c.at, blocks.Block(c.d.ensureBlock(fmt.Sprintf("vlan %d", v))))
		}
		return cmdline.Reply{}
	})
	g.Add("no vlan <list:compact>", func(c *cli, a *cmdline.Args) cmdline.Reply {
		if c.d.vtpClient() {
			return cmdline.Reply{Text: vtpRefusal}
		}
		set := a.Values["list"].(fabric.VLANSet)
		c.d.Running.lines.Remove(func(s string) bool { v, ok := vlanLine(s); return ok && set.Has(v) })
		return cmdline.Reply{}
	})
	g.Add("line {con | vty} <range:line>", func(c *cli, a *cmdline.Args) cmdline.Reply {
		c.mode, c.at = modeLine, []cmdline.Block{blocks.Block(c.d.ensureBlock(a.Line()))}
		return cmdline.Reply{}
	})
	g.Add("archive", enterBlock(modeArchive))
	g.Add("no archive", removeLine(1))
	g.Add("ip access-list extended <name:word>", enterBlock(modeACL))
	g.Add("no ip access-list extended <name:word>", removeLine(1))
	g.Add("ip access-list resequence <name:word> <from:1-2147483647> <step:1-2147483647>", resequence)
	g.Add("mac access-list extended <name:word>", enterBlock(modeMACACL))
	g.Add("no mac access-list extended <name:word>", removeLine(1))
	g.Add("vtp mode {server | client | transparent | off}", func(c *cli, a *cmdline.Args) cmdline.Reply {
		c.d.Running.lines.Set(strings.Join(a.Spoken, " "), func(s string) bool { return strings.HasPrefix(s, "vtp mode ") }, topRank)
		return cmdline.Reply{Text: "Setting device to VTP " + strings.ToUpper(a.Spoken[2][:1]) + a.Spoken[2][1:] + " mode.\n"}
	})
	g.Add("cdp run", removeKeyLine("no cdp run")) // the default, which is not shown
	g.Add("no cdp run", setLine)
	for _, line := range []string{"lldp run", "ip routing"} {
		g.Add(line, setLine)
		g.Add("no "+line, removeLine(1))
	}
	for _, k := range globalKinds {
		g.Add(k+" <rest:line>", setLine)
		g.Add("no "+k+" <rest:line>", removeLine(1))
	}
	g.Add("ipv6 unicast-routing", setLine)
	g.Add("banner {motd | login | exec} <text:line>", setLine)
	g.Add("no banner {motd | login | exec}", removeLine(1))
}

// setLine keeps a global line as it is typed, once.
func setLine(c *cli, a *cmdline.Args) cmdline.Reply {
	text := strings.Join(a.Spoken, " ")
	c.d.Running.lines.Remove(func(s string) bool { return s == "no "+text })
	c.d.ensureBlock(text)
	return cmdline.Reply{}
}

// removeKeyLine removes one global line.
func removeKeyLine(line string) run {
	return func(c *cli, _ *cmdline.Args) cmdline.Reply {
		c.d.Running.lines.Remove(func(s string) bool { return s == line })
		return cmdline.Reply{}
	}
}

// removeLine removes the line that is spoken after "no", and longer lines
// that begin with it, as `no snmp-server community x` does.
func removeLine(skip int) run {
	return func(c *cli, a *cmdline.Args) cmdline.Reply {
		text := strings.Join(a.Spoken[skip:], " ")
		c.d.Running.lines.Remove(func(s string) bool { return s == text || strings.HasPrefix(s, text+" ") })
		return cmdline.Reply{}
	}
}

func enterBlock(m mode) run {
	return func(c *cli, a *cmdline.Args) cmdline.Reply {
		c.mode, c.at = m, []cmdline.Block{blocks.Block(c.d.ensureBlock(a.Line()))}
		return cmdline.Reply{}
	}
}

// enterInterface opens a port, or makes a virtual interface.
func enterInterface(c *cli, a *cmdline.Args) cmdline.Reply {
	name := a.Str("if")
	n, _ := names.Parse(name)
	if names.Kinds[n.Kind].Speed != 0 && !c.d.ports[name] {
		return c.unsupported()
	}
	c.mode, c.at = modeIf, []cmdline.Block{blocks.Block(c.d.ensureBlock("interface " + name))}
	return cmdline.Reply{}
}

func vlanCommands(g *cmdline.Grammar[run]) {
	edits(g, cmdline.No.Slot("name", "<name:word>"))
	edits(g, cmdline.No.Flag("remote-span", "remote-span", "no remote-span"))
	edits(g, cmdline.No.Flag("shutdown", "shutdown", "no shutdown"))
}

func lineCommands(g *cmdline.Grammar[run]) {
	for _, k := range []string{"login", "transport", "exec-timeout", "length", "width", "stopbits", "logging", "access-class", "privilege", "password"} {
		edits(g, cmdline.No.Any(k))
	}
}

func archiveCommands(g *cmdline.Grammar[run]) {
	edits(g, cmdline.No.Slot("path", "<path:word>"))
	edits(g, cmdline.No.Slot("maximum", "<max:word>"))
	edits(g, cmdline.No.Flag("write-memory", "write-memory", "no write-memory"))
	edits(g, cmdline.No.Slot("time-period", "<minutes:word>"))
}

// words are the names that IOS prints in access lists (fact sheet on access lists,
// section 7).
var words = cmdline.EntryWords{
	Ports: cmdline.WordsOf("7 echo 9 discard 13 daytime 19 chargen 20 ftp-data 21 ftp 23 telnet 25 smtp 37 time 43 whois 49 tacacs 53 domain " +
		"67 bootps 68 bootpc 69 tftp 70 gopher 79 finger 80 www 101 hostname 109 pop2 110 pop3 111 sunrpc 113 ident 119 nntp 123 ntp 137 netbios-ns " +
		"138 netbios-dgm 139 netbios-ss 161 snmp 162 snmptrap 179 bgp 194 irc 496 pim-auto-rp 500 isakmp 515 lpd 517 talk 520 rip 540 uucp " +
		"543 klogin 544 kshell 4500 non500-isakmp"),
	TCP:       cmdline.WordsOf("512 exec 513 login 514 cmd"),
	UDP:       cmdline.WordsOf("512 biff 513 who 514 syslog"),
	Protocols: cmdline.WordsOf("1 icmp 2 igmp 4 ipinip 6 tcp 17 udp 47 gre 50 esp 51 ahp 88 eigrp 89 ospf 103 pim"),
	Wildcards: true, Padded: true,
}

// ipACLCommands are the entries of an IP access list, which take effect at once. A
// remark shares the number of the entry behind it.
func ipACLCommands(g *cmdline.Grammar[run]) {
	change := func(add bool) run {
		return func(c *cli, a *cmdline.Args) cmdline.Reply {
			text := strings.TrimPrefix(a.Line(), "no ")
			if a.Num("seq") > 0 {
				_, text, _ = strings.Cut(text, " ")
			}
			entry, ok := words.Entry("ip", text)
			body := cmdline.Entries(c.at[0].Lines())
			switch {
			case !add:
				body.Remove(a.Num("seq"), entry)
			case !ok:
				return c.unsupported()
			case body.Taken(a.Num("seq")) && !strings.HasPrefix(entry, "remark "):
				return cmdline.Reply{Text: "% Duplicate sequence number\n"}
			default:
				body.Add(a.Num("seq"), entry)
			}
			c.at[0].Replace(body)
			return cmdline.Reply{}
		}
	}
	for _, action := range []string{"permit", "deny", "remark"} {
		g.Add(action+" <rule:line>", change(true))
		g.Add("<seq:1-2147483647> "+action+" <rule:line>", change(true))
		g.Add("no "+action+" <rule:line>", change(false))
	}
	g.Add("no <seq:1-2147483647>", change(false))
}

// resequence numbers an IP access list anew.
func resequence(c *cli, a *cmdline.Args) cmdline.Reply {
	if b := blocks.Block(c.d.Running.lines.Find(func(s string) bool { return s == "ip access-list extended "+a.Str("name") })); b.Node != nil {
		body := cmdline.Entries(b.Lines())
		body.ResequenceEntries(a.Num("from"), a.Num("step"))
		b.Replace(body)
	}
	return cmdline.Reply{}
}

// aclCommands keep entries as they are typed, with or without numbers.
func aclCommands(g *cmdline.Grammar[run]) {
	for _, action := range []string{"permit", "deny", "remark"} {
		edits(g, cmdline.Once(action+" <rule:line>"))
		edits(g, cmdline.Once("<seq:word> "+action+" <rule:line>"))
		g.Add("no "+action+" <rule:line>", edit(func(b cmdline.Block, a *cmdline.Args) { b.Drop(strings.Join(a.Spoken[1:], " ")) }))
	}
	g.Add("no <seq:word>", func(c *cli, a *cmdline.Args) cmdline.Reply {
		c.at[0].Remove(func(s string) bool { return strings.HasPrefix(s, a.Str("seq")+" ") })
		return cmdline.Reply{}
	})
}

// edits adds lines of blocks: they change every block that is open.
func edits(g *cmdline.Grammar[run], lines map[string]cmdline.Edit) {
	for pattern, change := range lines {
		g.Add(pattern, edit(change))
	}
}

func edit(change cmdline.Edit) run {
	return func(c *cli, a *cmdline.Args) cmdline.Reply {
		for _, b := range c.at {
			change(b, a)
		}
		return cmdline.Reply{}
	}
}

// setKey puts the spoken line in place of the one with the same key.
func setKey(key string) run {
	return edit(func(b cmdline.Block, a *cmdline.Args) { b.Set(a.Line(), key) })
}

func removeKey(key string) run {
	return edit(func(b cmdline.Block, _ *cmdline.Args) { b.Unset(key) })
}

// blocks is the order of lines in interface blocks; lines of other blocks all
// rank alike and keep the order in which they were typed.
var blocks = &cmdline.Layout{Body: []string{"description", "no switchport", "switchport access", "switchport trunk", "switchport mode",
	"switchport", "ip address", "no ip address", "load-interval", "shutdown", "speed", "duplex", "channel-group", "spanning-tree"}}
