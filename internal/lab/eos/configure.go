package eos

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// keptKinds are global lines that are kept as they are typed: enough for people
// to change something besides mirror sessions. blockKinds open blocks whose
// lines are kept so.
var (
	keptKinds = []string{"!!", "snmp-server", "ntp", "logging", "aaa", "username", "ip route", "ip name-server", "dns", "clock", "spanning-tree", "service", "errdisable",
		"queue-monitor", "enable"}
	blockKinds = []string{"management", "router", "vrf instance", "daemon", "route-map", "policy-map", "class-map", "event-handler"}
)

// conf is the configuration that lines change.
func (c *cli) conf() *config {
	if c.cand != nil {
		return c.cand.Work
	}
	return c.d.Running
}

// leaveCommands are those of every configuration mode.
func leaveCommands(g *grammar) {
	g.Add("exit", quiet(func(c *cli, _ *args) {
		if c.mode == modeConfig {
			c.leave()
		} else {
			c.toConfig()
		}
	}))
	g.Add("end", quiet(func(c *cli, _ *args) { c.leave() }))
	g.Add("abort", func(c *cli, _ *args) reply {
		if c.cand != nil {
			return c.abort(c.cand)
		}
		c.quit() // a group change is dropped
		return reply{}
	})
}

// toConfig leaves a block for the global mode; an access list takes effect.
func (c *cli) toConfig() {
	if c.acl != nil {
		c.conf().Ensure(c.acl.head).Replace(c.acl.body)
	}
	c.mode, c.heads, c.suffix, c.acl = modeConfig, nil, "", nil
}

// leave ends configuration. A named session stays as it is, pending.
func (c *cli) leave() {
	if c.mode != modeExec {
		c.toConfig()
	}
	if c.cand != nil && c.cand.Holder == c.holder() {
		c.cand.Holder = ""
	}
	c.mode, c.cand = modeExec, nil
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

// keep and drop add and remove a global line; only keeps one of its kind.
var (
	keep = quiet(func(c *cli, a *args) { c.conf().Ensure(a.Line()) })
	drop = quiet(func(c *cli, a *args) { c.conf().Remove(strings.TrimPrefix(a.Line(), "no ")) })
)

func only(key string) run {
	return quiet(func(c *cli, a *args) { c.conf().Remove(key); c.conf().Ensure(a.Line()) })
}

func globalCommands(g *grammar) {
	g.Add("hostname <h:word>", only("hostname"))
	g.Add("service configuration session max pending <n:1-100>", only("service configuration session max"))
	g.Add("service configuration session commit merge", keep)
	for _, k := range keptKinds {
		g.Add(k+" <rest:line>", keep)
		g.Add("no "+k+" <rest:line>", drop)
	}
	for line, on := range map[string]bool{"ip routing": false, "lldp run": true} { // on: it holds when nothing is said
		g.Add("[no] "+line, quiet(func(c *cli, a *args) {
			c.conf().Remove(line)
			c.conf().Remove("no " + line)
			if a.Has("no") == on {
				c.conf().Ensure(a.Line())
			}
		}))
	}
	for _, k := range blockKinds {
		g.Add(k+" <rest:line>", func(c *cli, a *args) reply { return c.open(modeBlock, "-"+a.Spoken[0], a.Line()) })
		g.Add("no "+k+" <rest:line>", drop)
	}
	g.Add("interface <ifs:interfaces>", func(c *cli, a *args) reply {
		list, heads := a.Values["ifs"].([]string), []string(nil)
		suffix := "-if-" + names.ShortOf(list[0])
		if last := list[len(list)-1]; len(list) > 1 {
			suffix += "-" + cmdline.NumberOf(last)
		}
		for _, n := range list {
			heads = append(heads, "interface "+n)
		}
		return c.open(modeInterface, suffix, heads...)
	})
	g.Add("no interface <ifs:virtual>", quiet(func(c *cli, a *args) {
		for _, n := range a.Values["ifs"].([]string) {
			c.conf().Remove("interface " + n)
		}
	}))
	heads := func(a *args) (out []string) {
		for _, v := range a.Values["list"].(fabric.VLANSet).List() {
			out = append(out, fmt.Sprintf("vlan %d", v))
		}
		return out
	}
	g.Add("vlan <list:vlans>", func(c *cli, a *args) reply { return c.open(modeVLAN, "-vlan-"+a.Spoken[1], heads(a)...) })
	g.Add("no vlan <list:vlans>", quiet(func(c *cli, a *args) {
		for _, h := range heads(a) {
			c.conf().Remove(h)
		}
	}))
	for _, kind := range []string{"ip", "ipv6", "mac"} {
		g.Add(kind+" access-list <name:word>", quiet(func(c *cli, a *args) {
			c.mode, c.suffix, c.acl = modeACL, "-acl-"+a.Str("name"), &aclEdit{head: a.Line(), kind: kind, body: c.conf().Block(a.Line()).Lines()}
		}))
		g.Add("no "+kind+" access-list <name:word>", drop)
	}
}

func vlanHead(head string) (int, bool) {
	rest, ok := strings.CutPrefix(head, "vlan ")
	v := cmdline.Atoi(rest, 0)
	return v, ok && v > 0
}

// edits adds lines of blocks to a grammar.
func edits(g *grammar, lines map[string]cmdline.Edit) {
	for pattern, edit := range lines {
		g.Add(pattern, func(c *cli, a *args) reply { return c.each(func(b cmdline.Block) { edit(b, a) }) })
	}
}

func vlanCommands(g *grammar) {
	edits(g, cmdline.Slot("name", "<name:word>"))
	edits(g, cmdline.Slot("state", "{active | suspend}"))
}

// allowedKey is the list of a trunk.
const allowedKey = "switchport trunk allowed vlan"

// interfaceCommands are the lines of ports.
func interfaceCommands(g *grammar) {
	edits(g, cmdline.Flag("shutdown", "shutdown", "no shutdown"))
	edits(g, cmdline.Flag("switchport", "no switchport", "switchport"))
	edits(g, cmdline.VLANList(allowedKey))
	for key, param := range map[string]string{"description": "<text:line>", "speed": "<speed:line>", "mtu": "<mtu:68-9216>", "load-interval": "<s:0-600>", "ip address": "<a:line>",
		"vrf": "<v:word>", "encapsulation dot1q vlan": "<v:1-4094>", "switchport mode": "{access | trunk | dot1q-tunnel}", "switchport access vlan": "<v:1-4094>",
		"switchport trunk native vlan": "<v:1-4094>", "channel-group": "<group:1-2000> mode {active | passive | on}", "spanning-tree": "<rest:line>",
		"ip access-group": "<rest:line>", "storm-control": "<rest:line>"} {
		edits(g, cmdline.Slot(key, param))
	}
}

// words are the names that EOS prints in access lists (fact sheet on access
// lists, section 7).
var words = cmdline.EntryWords{
	Ports: cmdline.WordsOf("7 echo 9 discard 13 daytime 19 chargen 20 ftp-data 21 ftp 22 ssh 23 telnet 25 smtp 37 time 43 whois 49 tacacs 53 domain " +
		"67 bootps 68 bootpc 69 tftp 70 gopher 79 finger 80 www 101 hostname 109 pop2 110 pop3 111 sunrpc 113 ident 119 nntp 123 ntp 137 netbios-ns " +
		"138 netbios-dgm 139 netbios-ss 143 imap 161 snmp 162 snmptrap 179 bgp 194 irc 389 ldap 443 https 496 pim-auto-rp 500 isakmp 515 lpd " +
		"517 talk 520 rip 540 uucp 543 klogin 544 kshell 639 msdp 646 ldp 1812 radius 1813 radius-acct 2049 nfs 4500 non500-isakmp"),
	TCP:       cmdline.WordsOf("512 exec 513 login 514 cmd"),
	UDP:       cmdline.WordsOf("512 biff 513 who 514 syslog"),
	Protocols: cmdline.WordsOf("1 icmp 2 igmp 6 tcp 17 udp 47 gre 50 esp 51 ah 58 icmpv6 88 eigrp 89 ospf 103 pim"),
}

// An aclEdit is an access list while it is being edited: a group change, which
// takes effect when the mode is left (general knowledge).
type aclEdit struct {
	head string // "ip access-list NM-41"
	kind string
	body cmdline.Entries
}

// entry writes an entry as EOS gives it back. Those of MAC lists stay as they
// are typed.
func (e *aclEdit) entry(a *args) (string, bool) {
	text := strings.TrimPrefix(a.Line(), "no ")
	if a.Num("n") > 0 {
		_, text, _ = strings.Cut(text, " ")
	}
	if e.kind == "mac" {
		return text, true
	}
	return words.Entry(e.kind, text)
}

// aclCommands are the lines of an access list.
func aclCommands(g *grammar) {
	add := func(c *cli, a *args) reply {
		entry, ok := c.acl.entry(a)
		switch {
		case !ok:
			return say(invalidInput)
		case c.acl.body.Has(a.Num("n")):
			return say("% Duplicate sequence number\n")
		}
		c.acl.body.Add(a.Num("n"), entry)
		return reply{}
	}
	remove := quiet(func(c *cli, a *args) {
		entry, _ := c.acl.entry(a)
		c.acl.body.Remove(a.Num("n"), entry)
	})
	for _, action := range []string{"permit", "deny", "remark"} {
		g.Add(action+" <rule:line>", add)
		g.Add("<n:1-999999> "+action+" <rule:line>", add)
		g.Add("no "+action+" <rule:line>", remove)
	}
	g.Add("no <n:1-999999>", remove)
	g.Add("resequence <from:1-999999> <step:1-999999>", quiet(func(c *cli, a *args) { c.acl.body.Resequence(a.Num("from"), a.Num("step")) }))
	g.Add("{counters per-entry | statistics per-entry | fragment-rules}", quiet(func(c *cli, a *args) {
		if !slices.Contains(c.acl.body, a.Line()) {
			c.acl.body = slices.Insert(c.acl.body, 0, a.Line())
		}
	}))
}
