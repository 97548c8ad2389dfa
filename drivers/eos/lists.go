package eos

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

var listHead = regexp.MustCompile(`^(ip|ipv6|mac) access-list (standard )?(\S+)$`)

// parseLists finds the names of the IP access lists of a configuration; standard,
// IPv6 and MAC lists are of other kinds. mirror.ErrParse for a refusal.
func parseLists(reply string) (names []string, err error) {
	for _, line := range withoutBanners(reply) {
		if strings.HasPrefix(line, "%") {
			return nil, text.ParseError(showLists, line)
		}
		if m := listHead.FindStringSubmatch(line); m != nil && m[1] == "ip" && m[2] == "" {
			names = append(names, m[3])
		}
	}
	return names, nil
}

// lists are the access lists of filters (access-lists.md 2 and 7). Remarks have
// numbers of their own; options have none. Whether a list of a mirror session honours a
// VLAN is not known.
var lists = &text.FilterLists{
	Form: text.ListForm{
		Every:     map[mirror.Family]string{mirror.IPv4: "ip"},
		VLAN:      "vlan %d 0x000",
		Protocols: map[mirror.Family]map[string]int{mirror.IPv4: text.Numbers("1 icmp 2 igmp 6 tcp 17 udp 47 gre 50 esp 51 ah 58 icmpv6 88 eigrp 89 ospf 103 pim")},
		TCP:       text.Numbers(text.TCPNames + portNames),
		UDP:       text.Numbers(text.UDPNames + portNames),
	},
	Head: "ip access-list", Renumber: "resequence 10 10",
	Remarks: true, Options: regexp.MustCompile(`^(?:counters per-entry|statistics per-entry|fragment-rules)$`),
}

const portNames = " 22 ssh 139 netbios-ssn 143 imap 389 ldap 443 https 639 msdp 646 ldp 1812 radius 1813 radius-acct 2049 nfs"
