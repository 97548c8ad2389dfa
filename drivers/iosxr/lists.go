package iosxr

import (
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// lists are the access lists of filters (access-lists.md 4 and 7): what an entry with
// "capture" matches is copied, and every entry permits. Numbers are sent; which names of
// ports are printed is general knowledge but for ssh and www.
var lists = &text.FilterLists{
	Form: text.ListForm{
		Every:     map[mirror.Family]string{mirror.IPv4: "ipv4"},
		Wildcards: true,
		Protocols: map[mirror.Family]map[string]int{mirror.IPv4: text.Numbers("1 icmp 2 igmp 4 ipinip 6 tcp 17 udp 47 gre 50 esp 51 ahp 58 icmpv6 88 eigrp 89 ospf 103 pim")},
		TCP:       text.Numbers(text.TCPNames + " 22 ssh"),
		UDP:       text.Numbers(text.UDPNames),
	},
	Head: "ipv4 access-list", Remarks: true,
	// The list decides about the live traffic of its ports as well.
	Copied: "capture", At: "ipv4 access-group NAME ingress",
}
