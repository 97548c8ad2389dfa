package junos

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// The filter of a session is a firewall filter of the switch's ports, in which every term
// forwards: those of a permitting rule also copy, the last forwards all that is left
// (access-lists.md 0 and 5). A push is one commit, so nobody's frame ever meets half of it.
const filterFamily = "ethernet-switching"

// entryForm reads a term that was put into the words of an access list; the names are
// those that Junos prints for protocols and ports (access-lists.md 7), numbers are sent.
var entryForm = text.ListForm{
	Every: map[mirror.Family]string{mirror.IPv4: "ip"}, VLAN: "vlan %d 0x000",
	Protocols: map[mirror.Family]map[string]int{mirror.IPv4: text.Numbers("1 icmp 2 igmp 4 ipip 6 tcp 17 udp 47 gre 50 esp 51 ah 58 icmp6 88 eigrp 89 ospf 103 pim")},
	TCP:       text.Numbers(portNames + "512 exec 513 login 514 cmd"),
	UDP:       text.Numbers(portNames + "512 biff 513 who 514 syslog"),
}

const portNames = "20 ftp-data 21 ftp 22 ssh 23 telnet 25 smtp 49 tacacs 53 domain 67 bootps 67 dhcp 68 bootpc 69 tftp 79 finger 80 http 110 pop3 111 sunrpc 113 ident " +
	"119 nntp 123 ntp 137 netbios-ns 138 netbios-dgm 139 netbios-ssn 143 imap 161 snmp 162 snmptrap 179 bgp 389 ldap 443 https 515 printer 517 talk " +
	"520 rip 543 klogin 544 kshell 639 msdp 646 ldp 1812 radius 1813 radacct 2049 nfsd "

// terms writes the terms of a filter whose permitting rules copy to an analyzer.
func terms(rules []mirror.Entry, analyzer string) ([]string, error) {
	var out []string
	for i, e := range rules {
		term := "term r" + strconv.Itoa((i+1)*text.EntryStep)
		add := func(is bool, format string, args ...any) {
			if is {
				out = append(out, term+" "+fmt.Sprintf(format, args...))
			}
		}
		some := func(p netip.Prefix) bool { return p.IsValid() && p.Bits() > 0 }
		if !slices.Contains(e.Families(), mirror.IPv4) {
			return nil, mirror.Unsupported("a filter of IPv6 is not written on this platform")
		}
		add(e.VLAN != 0, "from user-vlan-id %d", e.VLAN)
		add(some(e.Source), "from ip-source-address %s", e.Source)
		add(some(e.Destination), "from ip-destination-address %s", e.Destination)
		add(e.Protocol != mirror.AnyProtocol, "from ip-protocol %d", e.Protocol)
		add(!e.SourcePort.Any(), "from source-port %s", e.SourcePort)
		add(!e.DestinationPort.Any(), "from destination-port %s", e.DestinationPort)
		add(e.Permit, "then analyzer %s", analyzer)
		add(true, "then accept")
	}
	return append(out, "term zz then accept"), nil
}

// readFilters reads the hierarchy "firewall": the filters that bear names of
// netmirror's, and which filters copy to which analyzers. A filter that holds what no
// rule can is told without its rules, so that it is equal to none that is wanted.
func readFilters(t *text.Tree) (lists []mirror.Footing, feeds map[string][]string) {
	feeds = map[string][]string{}
	for _, family := range t.Below("firewall", "family") {
		for _, filter := range family.Below("filter") {
			for _, term := range filter.Below("term") {
				if a := term.Value("then", "analyzer"); a != "" && !slices.Contains(feeds[a], filter.Word) {
					feeds[a] = append(feeds[a], filter.Word)
				}
			}
			if family.Word == filterFamily && text.OwnList.MatchString(filter.Word) {
				lists = append(lists, listOf(filter))
			}
		}
	}
	return lists, feeds
}

// listOf is a filter of netmirror's as a footing.
func listOf(filter *text.Tree) mirror.Footing {
	f := mirror.Footing{Kind: mirror.FootingFilter, Name: filter.Word}
	all := filter.Below("term")
	if len(all) == 0 || len(filter.Kids) > 1 || !slices.Equal(all[len(all)-1].Lines(), []string{"then accept"}) {
		return f
	}
	for _, term := range all[:len(all)-1] {
		e, err := entry(term)
		a := term.Value("then", "analyzer")
		if err != nil || e.Permit && f.Session != "" && f.Session != a {
			f.Rules = nil
			return f
		}
		if e.Permit {
			f.Session = a
		}
		f.Rules = append(f.Rules, e.Entry)
	}
	return f
}

// conditions are those of a term, by their place in an entry of an access list.
var conditions = [6][]string{{"user-vlan-id", "vlan"}, {"ip-protocol"}, {"ip-source-address"}, {"source-port"}, {"ip-destination-address"}, {"destination-port"}}

// entry is the rule that a term is. mirror.ErrParse where it is none: it must forward,
// and has at most one value for a condition.
func entry(term *text.Tree) (text.ListEntry, error) {
	then, words, known := term.Words("then"), [6]string{"", "ip", "any", "", "any", ""}, 0
	for i, names := range conditions {
		for _, name := range names {
			if v := term.Words("from", name); len(v) == 1 {
				known, words[i] = known+1, v[0]
			}
		}
	}
	copied := term.Words("then", "analyzer")
	if known != len(term.Below("from")) || !slices.Contains(then, "accept") || len(then) != 1+len(copied) || len(copied) > 1 {
		return text.ListEntry{}, text.ParseError(showFilters, term.Word)
	}
	if words[0] != "" {
		words[0] = "vlan " + words[0] + " 0x000"
	}
	for _, i := range []int{3, 5} {
		low, high, ranged := strings.Cut(words[i], "-")
		if _, err := text.Decimal(low); ranged && err == nil {
			words[i] = "range " + low + " " + high
		} else if words[i] != "" {
			words[i] = "eq " + words[i]
		}
		if words[i-1] != "any" && !strings.Contains(words[i-1], "/") {
			words[i-1] += "/32"
		}
	}
	action := mirror.FilterDeny
	if len(copied) > 0 {
		action = mirror.FilterPermit
	}
	return entryForm.Read(action+" "+strings.Join(words[:], " "), mirror.IPv4)
}

// footings are the filters of netmirror's with the ports at which they stand.
func (a around) footings() []mirror.Footing {
	out := slices.Clone(a.lists)
	for i := range out {
		out[i].Ports = a.at[out[i].Name]
	}
	return out
}
