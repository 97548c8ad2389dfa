package iosxr

import (
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// entryWords are the names that IOS-XR prints in access lists: www and ssh are recorded,
// 443 as a number; the others are those of IOS (general knowledge).
var entryWords = cmdline.EntryWords{
	Ports: cmdline.WordsOf("7 echo 9 discard 13 daytime 19 chargen 20 ftp-data 21 ftp 22 ssh 23 telnet 25 smtp 37 time 43 whois 49 tacacs 53 domain " +
		"67 bootps 68 bootpc 69 tftp 70 gopher 79 finger 80 www 101 hostname 109 pop2 110 pop3 111 sunrpc 113 ident 119 nntp 123 ntp 137 netbios-ns " +
		"138 netbios-dgm 139 netbios-ss 161 snmp 162 snmptrap 179 bgp 194 irc 496 pim-auto-rp 500 isakmp 515 lpd 517 talk 520 rip 540 uucp 543 klogin 544 kshell"),
	TCP:       cmdline.WordsOf("512 exec 513 login 514 cmd"),
	UDP:       cmdline.WordsOf("512 biff 513 who 514 syslog"),
	Protocols: cmdline.WordsOf("1 icmp 2 igmp 4 ipinip 6 tcp 17 udp 47 gre 50 esp 51 ahp 58 icmpv6 88 eigrp 89 ospf 103 pim"),
	Wildcards: true, Prefixes: true,
}

// aclCommands are the lines of an access list. An entry with the number of another
// takes its place.
func aclCommands(family string) func(g *grammar) {
	edit := func(c *cli, change func(*cmdline.Entries)) {
		path, typed := c.lines(), c.notes
		c.notes = nil
		c.target.Add(func(cfg *config) {
			b, notes := cfg.at(path), map[string][]string{}
			for _, k := range b.Kids {
				notes[k.Text] = append(k.Notes, "")
			}
			list := cmdline.Entries(b.Lines())
			change(&list)
			b.Replace(list)
			for _, k := range b.Kids {
				if had := notes[k.Text]; had != nil {
					k.Notes = had[:len(had)-1]
				} else {
					k.Notes = typed
				}
			}
		})
	}
	entry := func(a *args) (string, bool) {
		text := strings.TrimPrefix(a.Line(), "no ")
		if a.Num("n") > 0 {
			_, text, _ = strings.Cut(text, " ")
		}
		return entryWords.Entry(family, text)
	}
	add := func(c *cli, a *args) reply {
		text, ok := entry(a)
		if !ok {
			return c.complain("", &cmdline.Fault{Col: len(a.Spoken[0]) + 1})
		}
		edit(c, func(list *cmdline.Entries) {
			if a.Num("n") > 0 {
				list.Remove(a.Num("n"), "")
			}
			list.Add(a.Num("n"), text)
		})
		return reply{}
	}
	remove := quiet(func(c *cli, a *args) {
		text, _ := entry(a)
		edit(c, func(list *cmdline.Entries) { list.Remove(a.Num("n"), text) })
	})
	return func(g *grammar) {
		for _, action := range []string{"permit", "deny", "remark"} {
			g.Add(action+" <rule:line>", add)
			g.Add("<n:1-2147483647> "+action+" <rule:line>", add)
			g.Add("no "+action+" <rule:line>", remove)
		}
		g.Add("no <n:1-2147483647>", remove)
	}
}

// filter is what the lists of an interface decide about frames that enter: the first
// entry that fits, and what fits none is dropped. A list that is not there lets all pass
// (not recorded); one without entries nothing.
func (d *device) filter(port string) fabric.Filter {
	lists := map[bool]cmdline.Block{}
	for is6, family := range map[bool]string{false: "ipv4", true: "ipv6"} {
		for _, l := range d.Running.port(port).Lines() {
			if keyOf(l) == family+" access-group ingress" {
				if b := d.Running.find(family + " access-list " + word(l, 2)); b.Node != nil {
					lists[is6] = b
				}
			}
		}
	}
	if len(lists) == 0 {
		return nil
	}
	return func(p fabric.Packet) fabric.Verdict {
		list, filtered := lists[p.Is6()]
		if !filtered {
			return fabric.Verdict{}
		}
		for _, l := range list.Lines() {
			if _, entry, _ := strings.Cut(l, " "); entryWords.Hits(entry, p) {
				return fabric.Verdict{Drop: begins(entry, "deny"), Copy: strings.HasSuffix(entry, " capture") || strings.Contains(entry, " capture ")}
			}
		}
		return fabric.Verdict{Drop: true}
	}
}

// attachedTo are the interfaces that have a list.
func (c *config) attachedTo(list string) (ports []string) {
	family, name := word(list, 0), word(list, 2)
	for _, b := range c.Blocks() {
		for _, l := range b.Lines() {
			if begins(b.Text, "interface") && begins(l, family+" access-group "+name) {
				ports = append(ports, portIn(b.Text))
			}
		}
	}
	return ports
}
