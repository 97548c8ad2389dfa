package nxos

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// handleLists is the key of Observation.Handles under which the IP access lists of the
// device stand, by name, with commas between.
const handleLists = "access-lists"

// parseLists finds the names of the IP access lists of a configuration. mirror.ErrParse
// for a refusal.
func parseLists(reply string) (names []string, err error) {
	for _, line := range said(reply) {
		if refuses(line) {
			return nil, text.ParseError(showLists, line)
		}
		if name := lists.Named(line); name != "" {
			names = append(names, name)
		}
	}
	return names, nil
}

// lists are the access lists of filters (access-lists.md 3 and 7). Remarks have numbers of
// their own. An entry takes effect at once. An address is shown with its length, never as
// a host. One of a VLAN is known from the help of a device alone.
var lists = &text.FilterLists{
	Form: text.ListForm{
		Every:     map[mirror.Family]string{mirror.IPv4: "ip"},
		Protocols: map[mirror.Family]map[string]int{mirror.IPv4: text.Numbers("1 icmp 2 igmp 4 ipinip 6 tcp 17 udp 47 gre 50 esp 51 ahp 88 eigrp 89 ospf 103 pim")},
		TCP:       text.Numbers(text.TCPNames), UDP: text.Numbers(text.UDPNames),
	},
	Head: "ip access-list", Renumber: "resequence ip access-list NAME 10 10",
	Remarks: true, Options: regexp.MustCompile(`^(?:statistics per-entry|fragments \S+)$`),
}

// ownLists: the text of the access lists tells whether ours have changed, where there is
// one.
func ownLists(o mirror.Observation) []string {
	for _, f := range o.Footings {
		if f.Kind == mirror.FootingFilter && strings.HasPrefix(f.Name, mirror.MarkPrefix) {
			return []string{showLists}
		}
	}
	return nil
}
