package iosxe

import (
	"regexp"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// grammar lists the interface types that can be mirrored or receive copies, with
// the abbreviation that show commands print. Any unambiguous beginning is understood
// as well ("Gig0/1" of Packet Tracer, "g1/0/1"); "Tw" is TwoGigabitEthernet, "Twe"
// TwentyFiveGigE. An Ethernet type that is not listed is a port by its whole name.
var grammar = &text.Grammar{
	Kinds: []text.Kind{
		{Full: "Port-channel", Short: "Po", LAG: true},
		{Full: "FastEthernet", Short: "Fa"},
		{Full: "Ethernet", Short: "Et"},
		{Full: "GigabitEthernet", Short: "Gi"},
		{Full: "TwoGigabitEthernet", Short: "Tw", Also: "Two"},
		{Full: "FiveGigabitEthernet", Short: "Fi"},
		{Full: "TenGigabitEthernet", Short: "Te"},
		{Full: "TwentyFiveGigE", Short: "Twe"},
		{Full: "FortyGigabitEthernet", Short: "Fo"},
		{Full: "FiftyGigE", Short: "Fif"},
		{Full: "HundredGigE", Short: "Hu"},
		{Full: "TwoHundredGigE", Short: "TwoH"}, // no source has its abbreviation; this one is unambiguous
		{Full: "FourHundredGigE", Short: "Fou"},
		{Full: "AppGigabitEthernet", Short: "Ap"},
		{Full: "Wlan-GigabitEthernet", Short: "Wl"},
	},
	Other:  regexp.MustCompile(`^(?:[A-Z][a-z]+-?)+(?:GigE|GigabitEthernet)$`),
	Number: regexp.MustCompile(`^[0-9]{1,4}(/[0-9]{1,4}){0,3}(\.[0-9]{1,10})?$`),
}

// Ports turns a port, a list or a range in the words of the platform into
// canonical names: "Gi1/0/15-18", "gi 1/0/14", "Gi1/0/1 - 4 , Gi1/0/9". It is
// mirror.ErrInvalid for anything else. A range stays within one slot, as on the
// device. A name twice in a list is one port.
func Ports(list string) ([]mirror.PortName, error) { return grammar.Ports(list) }
