package lab

import "github.com/netmirror/netmirror/internal/lab/fabric"

// iosxeNames are the interface names: full name, the abbreviation that show
// commands print, and the speed. The order is that of the configuration.
var iosxeNames = &portNaming{
	kinds: []portKind{
		{full: "Port-channel", short: "Po", bundle: true},
		{full: "Loopback", short: "Lo"},
		{full: "FastEthernet", short: "Fa", speed: 100 * fabric.Mbps},
		{full: "Ethernet", short: "Et", speed: 10 * fabric.Mbps},
		{full: "GigabitEthernet", short: "Gi", speed: fabric.Gbps},
		{full: "TwoGigabitEthernet", short: "Tw", speed: 2500 * fabric.Mbps},
		{full: "FiveGigabitEthernet", short: "Fi", speed: 5 * fabric.Gbps},
		{full: "TenGigabitEthernet", short: "Te", speed: 10 * fabric.Gbps},
		{full: "TwentyFiveGigE", short: "Twe", speed: 25 * fabric.Gbps},
		{full: "FortyGigabitEthernet", short: "Fo", speed: 40 * fabric.Gbps},
		{full: "FiftyGigE", short: "Fif", speed: 50 * fabric.Gbps},
		{full: "HundredGigE", short: "Hu", speed: 100 * fabric.Gbps},
		{full: "Vlan", short: "Vl"},
	},
	example: "GigabitEthernet1/0/1-24",
}

func iosxeCanonical(s string) (string, bool) { return iosxeNames.canonical(s) }

func iosxeShort(full string) string { return iosxeNames.abbreviate(full) }

// sortIfNames orders full names.
func sortIfNames(names []string) { iosxeNames.sort(names) }

func compareIfNames(a, b string) int { return iosxeNames.compare(a, b) }

// compactIfs writes a list of full names abbreviated.
func compactIfs(names []string, sep, dash string) string { return iosxeNames.compact(names, sep, dash) }

// iosxePorts expands a description's port list, or gives the model's.
func iosxePorts(s SwitchSpec) ([]fabric.PortSpec, error) {
	var list []fabric.PortSpec
	for _, p := range s.Ports {
		list = append(list, fabric.PortSpec{Name: p.Name, Speed: fabric.BitRate(p.Speed)})
	}
	if len(list) == 0 {
		list = modelOf(s).ports
	}
	return iosxeNames.expand(list)
}
