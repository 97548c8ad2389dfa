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

// lastTerm forwards all.
const lastTerm = "zz"

// The names that Junos prints for protocols and ports (access-lists.md 7); numbers are
// sent.
var (
	protocols = text.Numbers("1 icmp 2 igmp 4 ipip 6 tcp 17 udp 47 gre 50 esp 51 ah 58 icmp6 88 eigrp 89 ospf 103 pim")
	portNames = "20 ftp-data 21 ftp 22 ssh 23 telnet 25 smtp 49 tacacs 53 domain 67 bootps 67 dhcp 68 bootpc 69 tftp 79 finger 80 http 110 pop3 111 sunrpc 113 ident " +
		"119 nntp 123 ntp 137 netbios-ns 138 netbios-dgm 139 netbios-ssn 143 imap 161 snmp 162 snmptrap 179 bgp 389 ldap 443 https 515 printer 517 talk " +
		"520 rip 543 klogin 544 kshell 639 msdp 646 ldp 1812 radius 1813 radacct 2049 nfsd "
	tcpNames = text.Numbers(portNames + "512 exec 513 login 514 cmd")
	udpNames = text.Numbers(portNames + "512 biff 513 who 514 syslog")
)

// terms writes the terms of a filter whose permitting rules copy to an analyzer.
func terms(rules []mirror.Entry, analyzer string) ([]string, error) {
	var out []string
	for i, e := range rules {
		if !slices.Contains(e.Families(), mirror.IPv4) {
			return nil, mirror.Unsupported("a filter of IPv6 is not written on this platform")
		}
		term := "term r" + strconv.Itoa((i+1)*text.EntryStep)
		add := func(is bool, format string, args ...any) {
			if is {
				out = append(out, term+" "+fmt.Sprintf(format, args...))
			}
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
	return append(out, "term "+lastTerm+" then accept"), nil
}

func some(p netip.Prefix) bool { return p.IsValid() && p.Bits() > 0 }

// A term is one of a filter as it is read.
type term struct {
	name      string
	from      map[string]string
	analyzers []string
	accepts   bool
	strange   bool // it holds what no rule can
}

// readFilters reads the hierarchy "firewall": the filters that bear names of
// netmirror's, and which filters copy to which analyzers. A filter that holds what no
// rule can is told without its rules, so that it is equal to none that is wanted.
func readFilters(c config) (lists []mirror.Footing, feeds map[string][]string) {
	feeds = map[string][]string{}
	found, order := map[string][]*term{}, []string(nil)
	c.all(func(rest []string) {
		at := slices.Index(rest, "filter")
		if at < 0 || len(rest) < at+2 {
			return
		}
		name, words := rest[at+1], rest[at+2:]
		if _, known := found[name]; !known {
			order, found[name] = append(order, name), nil
		}
		own := at == 2 && rest[0] == "family" && rest[1] == filterFamily
		t := &term{from: map[string]string{}}
		if len(words) > 1 && words[0] == "term" {
			i := slices.IndexFunc(found[name], func(t *term) bool { return t.name == words[1] })
			if i < 0 {
				t.name = words[1]
				i, found[name] = len(found[name]), append(found[name], t)
			}
			t, words = found[name][i], words[2:]
		} else {
			found[name] = append(found[name], t)
		}
		t.take(words, own)
		if n := len(t.analyzers); n > 0 && !slices.Contains(feeds[t.analyzers[n-1]], name) {
			feeds[t.analyzers[n-1]] = append(feeds[t.analyzers[n-1]], name)
		}
	}, "firewall")
	for _, name := range order {
		if text.OwnList.MatchString(name) {
			lists = append(lists, listOf(name, found[name]))
		}
	}
	return lists, feeds
}

func (t *term) take(words []string, own bool) {
	switch {
	case own && len(words) == 3 && words[0] == "from" && t.from[words[1]] == "":
		t.from[words[1]] = words[2]
	case len(words) == 3 && words[0] == "then" && words[1] == "analyzer":
		t.analyzers = append(t.analyzers, words[2])
		t.strange = t.strange || !own || len(t.analyzers) > 1
	case own && slices.Equal(words, []string{"then", "accept"}):
		t.accepts = true
	default:
		t.strange = true
	}
}

// listOf is a filter of netmirror's as a footing.
func listOf(name string, all []*term) mirror.Footing {
	f := mirror.Footing{Kind: mirror.FootingFilter, Name: name}
	last := len(all) - 1
	if last < 0 || !all[last].accepts || all[last].strange || len(all[last].from)+len(all[last].analyzers) > 0 {
		return f
	}
	for _, t := range all[:last] {
		e, ok := t.entry()
		if e.Permit && f.Session != "" && f.Session != t.analyzers[0] {
			ok = false
		}
		if !ok {
			f.Rules = nil
			return f
		}
		if e.Permit {
			f.Session = t.analyzers[0]
		}
		f.Rules = append(f.Rules, e)
	}
	return f
}

// entry is the rule that a term is; ok is false where it is none.
func (t *term) entry() (e mirror.Entry, ok bool) {
	e = mirror.Entry{Permit: len(t.analyzers) > 0, Protocol: mirror.AnyProtocol, Source: mirror.IPv4.Any(), Destination: mirror.IPv4.Any()}
	ok = t.accepts && !t.strange
	number := func(word string, names map[string]int) int {
		if n, named := names[word]; named {
			return n
		}
		n, err := text.Decimal(word)
		ok = ok && err == nil
		return n
	}
	prefix := func(word string) netip.Prefix {
		if !strings.Contains(word, "/") {
			word += "/32"
		}
		p, err := netip.ParsePrefix(word)
		ok = ok && err == nil && p.Addr().Is4()
		return p.Masked()
	}
	ports := map[string]*mirror.PortRange{"source-port": &e.SourcePort, "destination-port": &e.DestinationPort}
	for condition, value := range t.from {
		switch condition {
		case "user-vlan-id", "vlan":
			e.VLAN = number(value, nil)
		case "ip-source-address":
			e.Source = prefix(value)
		case "ip-destination-address":
			e.Destination = prefix(value)
		case "ip-protocol":
			e.Protocol = number(value, protocols)
		case "source-port", "destination-port":
		default:
			ok = false
		}
	}
	names := tcpNames
	if e.Protocol == mirror.ProtoUDP {
		names = udpNames
	}
	for condition, to := range ports {
		if value := t.from[condition]; value != "" {
			from, through, ranged := strings.Cut(value, "-")
			if n, named := names[value]; named {
				from, ranged = strconv.Itoa(n), false
			}
			if to.From = number(from, names); ranged {
				to.To = number(through, names)
			} else {
				to.To = to.From
			}
			ok = ok && to.From <= to.To && to.To <= 65535 && to.To > 0
		}
	}
	return e, ok
}

// footings are the filters of netmirror's with the ports at which they stand.
func (a around) footings() []mirror.Footing {
	out := slices.Clone(a.lists)
	for i := range out {
		out[i].Ports = a.at[out[i].Name]
	}
	return out
}
