package iosxr

import (
	"slices"
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

// aclCommands are the lines of an access list. An entry with the number of another takes
// its place.
func aclCommands(family string) func(g *grammar) {
	line := func(c *cli, a *args) reply {
		if ok, _ := entryWords.Change(family, &cmdline.Entries{}, a); !ok {
			return c.complain("", &cmdline.Fault{Col: len(a.Spoken[0]) + 1})
		}
		c.change(func(b cmdline.Block) {
			list := cmdline.Entries(b.Lines())
			if _, taken := entryWords.Change(family, &list, a); taken {
				list.Remove(a.Num("n"), "")
				entryWords.Change(family, &list, a)
			}
			b.Replace(list)
		})
		return reply{}
	}
	return func(g *grammar) {
		for _, pattern := range []string{"[<n:number>] {permit | deny | remark} <rule:line>", "no {permit | deny | remark} <rule:line>", "no <n:number>"} {
			g.Add(pattern, line)
		}
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
				if b := d.Running.Find(family + " access-list " + word(l, 2)); b.Node != nil {
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
		entry, hit := entryWords.First(list.Lines(), p)
		return fabric.Verdict{Drop: !hit || begins(entry, "deny"), Copy: slices.Contains(strings.Fields(entry), "capture")}
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
