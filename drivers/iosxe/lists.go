package iosxe

import (
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// filterLists are the access lists of filters (access-lists.md 1 and 7). A remark has the
// number of the entry behind it, and older systems print none. An entry takes effect at
// once.
var filterLists = &text.FilterLists{
	Form: text.ListForm{
		Every: map[mirror.Family]string{mirror.IPv4: "ip"}, Wildcards: true,
		Protocols: map[mirror.Family]map[string]int{mirror.IPv4: text.Numbers("1 icmp 2 igmp 4 ipinip 6 tcp 17 udp 47 gre 50 esp 51 ahp 88 eigrp 89 ospf 103 pim")},
		TCP:       text.Numbers(text.TCPNames), UDP: text.Numbers(text.UDPNames),
	},
	Head: "ip access-list extended", Renumber: "ip access-list resequence NAME 10 10",
}

// showLists is read beside the sessions where a list of ours is: its text tells that
// somebody edited one.
const showLists = "show running-config | section ^ip access-list extended " + mirror.MarkPrefix
