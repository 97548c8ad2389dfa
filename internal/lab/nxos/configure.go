package nxos

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// keptKinds are global lines that are kept as they are typed: enough for people
// to change something besides monitor sessions. blockKinds open blocks whose
// lines are kept so.
var (
	keptKinds = []string{"feature", "snmp-server", "ntp", "logging", "aaa", "username", "ip route", "ip name-server", "ip domain-name", "clock", "spanning-tree", "errdisable",
		"boot", "hardware", "copp", "rmon", "lldp", "cdp timer", "system", "cfs"}
	blockKinds = []string{"vrf context", "router", "route-map", "policy-map", "class-map", "vlan access-map", "line", "role name", "vpc domain"}
)

// conf is the configuration that lines change.
func (c *cli) conf() *config {
	if c.loads != nil {
		return c.loads
	}
	return c.d.Running
}

// leaveCommands are those of every configuration mode.
func leaveCommands(g *grammar) {
	g.Add("exit", func(c *cli, _ *args) reply {
		if c.mode == modeConfig {
			return c.leave()
		}
		c.leaveBlock()
		return reply{}
	})
	g.Add("end", func(c *cli, _ *args) reply { return c.leave() })
}

// open enters blocks, which are made when they are missing.
func (c *cli) open(m mode, suffix string, heads ...string) reply {
	c.mode, c.suffix, c.heads = m, suffix, heads
	return c.each(func(cmdline.Block) {})
}

// each changes the open blocks.
func (c *cli) each(change func(cmdline.Block)) reply {
	for _, h := range c.heads {
		change(c.conf().Ensure(h))
	}
	return reply{}
}

// lines makes the commands that every platform has.
var lines = cmdline.Commands[run]{
	Global: func(change func(*cmdline.Document, *args)) run {
		return quiet(func(c *cli, a *args) { change(c.conf().Document, a) })
	},
	Inner: func(edit cmdline.Edit) run {
		return func(c *cli, a *args) reply { return c.each(func(b cmdline.Block) { edit(b, a) }) }
	},
}

func globalCommands(g *grammar) {
	lines.Only(g, "hostname", "<h:word>")
	lines.Kept(g, keptKinds...)
	lines.Usual(g, "cdp enable", "ip domain-lookup", "system default switchport shutdown")
	for _, k := range blockKinds {
		g.Add(k+" <rest:line>", func(c *cli, a *args) reply {
			return c.open(map[bool]mode{true: modeVRF, false: modeBlock}[k == "vrf context"], "-"+firstWord(k), a.Line())
		})
		lines.Gone(g, k+" <rest:line>")
	}
	g.Add("interface <ifs:interfaces>", func(c *cli, a *args) reply {
		c.open(modeInterface, map[bool]string{true: "-if-range", false: "-if"}[len(ports(a)) > 1])
		for _, n := range ports(a) {
			c.heads = append(c.heads, "interface "+n)
		}
		return c.each(func(cmdline.Block) {})
	})
	g.Add("no interface <ifs:virtual>", lines.Global(func(d *cmdline.Document, a *args) {
		for _, n := range ports(a) {
			d.Remove("interface " + n)
		}
	}))
	heads := func(a *args) (out []string) {
		for _, v := range a.Values["list"].(fabric.VLANSet).List() {
			out = append(out, fmt.Sprintf("vlan %d", v))
		}
		return out
	}
	g.Add("vlan <list:compact>", func(c *cli, a *args) reply { return c.open(modeVLAN, "-vlan", heads(a)...) })
	g.Add("no vlan <list:compact>", quiet(func(c *cli, a *args) {
		for _, h := range heads(a) {
			c.conf().Remove(h)
		}
	}))
	for kind, suffix := range map[string]string{"ip": "-acl", "ipv6": "-ipv6-acl"} {
		g.Add(kind+" access-list <name:listname>", func(c *cli, a *args) reply { return c.open(modeACL, suffix, a.Line()) })
		lines.Gone(g, kind+" access-list <name:word>")
		g.Add("resequence "+kind+" access-list <name:word> <from:1-4294967295> <step:1-4294967295>", quiet(func(c *cli, a *args) {
			if b := c.conf().Block(kind + " access-list " + a.Str("name")); b.Node != nil {
				body := cmdline.Entries(b.Lines())
				body.Resequence(a.Num("from"), a.Num("step"))
				b.Replace(body)
			}
		}))
	}
}

func vlanCommands(g *grammar) {
	lines.Edits(g, cmdline.No.Slot("name", "<name:word>"), cmdline.No.Slot("state", "{active | suspend}"), cmdline.No.Flag("shutdown", "shutdown", "no shutdown"))
}

// interfaceCommands are the lines of ports. One that becomes a switched port loses its
// lines of routing (general knowledge).
func interfaceCommands(g *grammar) {
	lines.Edits(g, cmdline.No.Flag("shutdown", "shutdown", "no shutdown"), cmdline.Once("no switchport"), cmdline.VLANList("switchport trunk allowed vlan"),
		map[string]cmdline.Edit{"switchport": func(b cmdline.Block, _ *args) { b.Unset("no switchport"); b.Unset("vrf member"); b.Unset("ip address") }})
	for key, param := range map[string]string{"description": "<text:line>", "speed": "<speed:line>", "mtu": "<mtu:576-9216>", "load-interval counter 1": "<s:30-300>", "ip address": "<a:line>",
		"vrf member": "<v:word>", "switchport mode": "{access | trunk}", "switchport access vlan": "<v:1-4094>", "switchport trunk native vlan": "<v:1-4094>", "spanning-tree": "<rest:line>",
		"ip access-group": "<rest:line>", "ip port access-group": "<rest:line>", "storm-control": "<rest:line>", "duplex": "{auto | full}"} {
		lines.Edits(g, cmdline.No.Slot(key, param))
	}
	g.Add("switchport monitor [ingress [learning]]", prepare)
	g.Add("no switchport monitor [ingress [learning]]", lines.Inner(func(b cmdline.Block, _ *args) { b.Unset("switchport monitor") }))
	g.Add("channel-group <group:1-4096> [force] [mode {active | passive | on}]", func(c *cli, a *args) reply {
		line := strings.NewReplacer(" force", "", " mode on", "").Replace(a.Line())
		c.conf().Ensure(fmt.Sprint("interface port-channel", a.Num("group")))
		return c.each(func(b cmdline.Block) { b.Set(line, "channel-group") })
	})
	g.Add("no channel-group [<group:1-4096>]", lines.Inner(func(b cmdline.Block, _ *args) { b.Unset("channel-group") }))
}

// prepare makes ports fit for copies. The ingress forms are of Nexus 7000 (fact
// sheet, 1.1). What is said to a routed port is not recorded.
func prepare(c *cli, a *args) reply {
	if a.Has("ingress") && c.d.model.family != "n7k" {
		return c.complain("", &cmdline.Fault{Kind: cmdline.Invalid})
	}
	if slices.ContainsFunc(c.heads, func(h string) bool { return c.conf().Block(h).Has("no switchport") }) {
		return notRecorded("a port is not a switchport")
	}
	return c.each(func(b cmdline.Block) { b.Set(a.Line(), "switchport monitor") })
}

// words are the names that NX-OS prints in access lists (fact sheet on access
// lists, sections 3 and 7).
var words = cmdline.EntryWords{
	Ports: cmdline.WordsOf("7 echo 9 discard 13 daytime 19 chargen 20 ftp-data 21 ftp 23 telnet 25 smtp 37 time 43 whois 49 tacacs 53 domain " +
		"67 bootps 68 bootpc 69 tftp 70 gopher 79 finger 80 www 101 hostname 109 pop2 110 pop3 111 sunrpc 113 ident 119 nntp 123 ntp 137 netbios-ns " +
		"138 netbios-dgm 139 netbios-ss 161 snmp 162 snmptrap 179 bgp 194 irc 496 pim-auto-rp 500 isakmp 515 lpd 517 talk 520 rip 540 uucp " +
		"543 klogin 544 kshell 4500 non500-isakmp"),
	TCP:       cmdline.WordsOf("512 exec 513 login 514 cmd"),
	UDP:       cmdline.WordsOf("512 biff 513 who 514 syslog"),
	Protocols: cmdline.WordsOf("1 icmp 2 igmp 6 tcp 17 udp 47 gre 50 esp 51 ahp 88 eigrp 89 ospf 103 pim"),
	Lengths:   true,
}

// aclCommands are the lines of an access list, which take effect at once. A
// remark has a number of its own; what is said to a number that is taken is known
// from a foreign client's list of errors.
func aclCommands(g *grammar) {
	change := func(c *cli, a *args) reply {
		block := c.conf().Ensure(c.heads[0])
		body := cmdline.Entries(block.Lines())
		ok, taken := words.Change(firstWord(block.Text), &body, a)
		switch block.Replace(body); {
		case !ok:
			return c.complain("", &cmdline.Fault{Kind: cmdline.Invalid})
		case taken:
			return say("% Duplicate sequence number\n")
		}
		return reply{}
	}
	for _, action := range []string{"permit", "deny", "remark"} {
		g.Add("[no] [<n:1-4294967295>] "+action+" <rule:line>", change)
	}
	g.Add("no <n:1-4294967295>", change)
	g.Add("statistics per-entry", lines.Inner(func(b cmdline.Block, a *args) {
		b.Replace(append([]string{a.Line()}, slices.DeleteFunc(b.Lines(), func(l string) bool { return l == a.Line() })...))
	}))
	g.Add("no statistics per-entry", lines.Inner(func(b cmdline.Block, _ *args) { b.Drop("statistics per-entry") }))
}
