package iosxe

import (
	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// names are the interface names: full name, the abbreviation that show
// commands print, and the speed. The order is that of the configuration.
var names = &cmdline.PortNames{
	Kinds: []cmdline.PortKind{
		{Full: "Port-channel", Short: "Po", Bundle: true},
		{Full: "Loopback", Short: "Lo"},
		{Full: "FastEthernet", Short: "Fa", Speed: 100 * fabric.Mbps},
		{Full: "Ethernet", Short: "Et", Speed: 10 * fabric.Mbps},
		{Full: "GigabitEthernet", Short: "Gi", Speed: fabric.Gbps},
		{Full: "TwoGigabitEthernet", Short: "Tw", Speed: 2500 * fabric.Mbps},
		{Full: "FiveGigabitEthernet", Short: "Fi", Speed: 5 * fabric.Gbps},
		{Full: "TenGigabitEthernet", Short: "Te", Speed: 10 * fabric.Gbps},
		{Full: "TwentyFiveGigE", Short: "Twe", Speed: 25 * fabric.Gbps},
		{Full: "FortyGigabitEthernet", Short: "Fo", Speed: 40 * fabric.Gbps},
		{Full: "FiftyGigE", Short: "Fif", Speed: 50 * fabric.Gbps},
		{Full: "HundredGigE", Short: "Hu", Speed: 100 * fabric.Gbps},
		{Full: "Vlan", Short: "Vl"},
	},
	Example: "GigabitEthernet1/0/1-24",
}

func canonical(s string) (string, bool) { return names.Canonical(s) }

func shortOf(full string) string { return names.ShortOf(full) }

// sortIfNames orders full names.
func sortIfNames(list []string) { names.Sort(list) }

func compareIfNames(a, b string) int { return names.Compare(a, b) }

// compactIfs writes a list of full names abbreviated.
func compactIfs(list []string, sep, dash string) string { return names.Compact(list, sep, dash) }

// portsOf expands a description's port list, or gives the model's.
func portsOf(s plant.Spec) ([]fabric.PortSpec, error) {
	list := s.Ports
	if len(list) == 0 {
		list = modelOf(s).ports
	}
	return names.Expand(list)
}
