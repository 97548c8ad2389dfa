package nxos

import (
	"cmp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A model is what differs between switches. Figures are those of the fact
// sheet's table of limits (section 4); what it does not tell is a neighbour's.
type model struct {
	sku, version, chassis string
	ports                 []fabric.PortSpec
	family                string // n9k, n3k, n3548, n5k, n6k (5600, too), n7k
	maxID                 int    // the highest session number
	// active sessions with sources, of those that copy what leaves, and of
	// ERSPAN destinations; 0 = no limit.
	active, sending, ends int
	oneEnd                bool // a session with several destinations stays down
	mtu                   [2]int
	sendingVLANs          bool // VLAN sources have directions
	rules                 plant.Rules
}

func modelOf(s plant.Spec) model {
	m := model{sku: cmp.Or(strings.ToUpper(s.Model), "N9K-C93180YC-EX"), family: "n9k", version: "9.3(10)", maxID: 32, active: 4, sending: 3, oneEnd: true, mtu: [2]int{320, 1518},
		ports: []fabric.PortSpec{{Name: "Ethernet1/1-48"}, {Name: "Ethernet1/49-54", Speed: 100 * fabric.Gbps}, {Name: "mgmt0"}},
		rules: plant.Rules{Mixed: true, BundleDestinations: true, SourcePorts: 48}}
	_, chassis, _ := strings.Cut(m.sku, "-")
	begins := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(m.sku, p) })
	}
	switch m.chassis = "Nexus9000 " + chassis + " Chassis"; {
	case begins("N3K-C35"):
		m.family, m.version, m.mtu, m.chassis = "n3548", "6.0(2)A8(11)", [2]int{64, 1518}, "Nexus 3548 Chassis"
	case begins("N3K"):
		m.family, m.mtu, m.chassis = "n3k", [2]int{64, 10240}, "Nexus3000 "+chassis+" Chassis"
	case begins("N7"):
		m.family, m.version, m.maxID, m.active, m.sending, m.ends, m.oneEnd, m.mtu = "n7k", "8.2(10)", 48, 2, 0, 23, false, [2]int{64, 10240}
		m.chassis = `Nexus7000 ` + chassis + ` (9 Slot) Chassis ("Supervisor Module-2")`
		m.ports = []fabric.PortSpec{{Name: "Ethernet1/1-48"}, {Name: "Ethernet3/1-48"}, {Name: "mgmt0"}}
		m.rules.SourcePorts, m.rules.DestinationPorts = 128, 32
	case begins("N5K-C56", "N6K"):
		m.family, m.version, m.active, m.sending, m.oneEnd, m.mtu = "n6k", "7.3(13)N1(1)", 16, 0, false, [2]int{64, 10240}
		m.chassis = "Nexus " + strings.TrimPrefix(chassis, "C") + " Chassis"
		m.rules = plant.Rules{Mixed: true, SourceOnce: true, SourcePorts: 128, DestinationPorts: 16}
	case begins("N5K"):
		m.family, m.version, m.sending, m.mtu, m.chassis = "n5k", "7.3(13)N1(1)", 0, [2]int{64, 10240}, "Nexus "+strings.TrimPrefix(chassis, "C")+" Chassis"
		m.rules = plant.Rules{Mixed: true, SourcePorts: 128}
	}
	m.sendingVLANs = begins("N9K-C92", "N9K-C9508")
	m.version = cmp.Or(s.Version, m.version)
	m.active = cmp.Or(s.Limits.SourceSessions, m.active)
	m.rules.SourcePorts = cmp.Or(s.Limits.SourcePorts, m.rules.SourcePorts)
	m.rules.DestinationPorts = cmp.Or(s.Limits.Destinations, m.rules.DestinationPorts)
	m.rules.Bundle = isLAG
	return m
}

// layered reports that the software is a kickstart and a system image. Such switches
// have no output as JSON: Nexus 9000 and 3000 have (general knowledge).
func (m model) layered() bool { return m.family == "n7k" || m.family == "n6k" || m.family == "n5k" }

// portsOf expands a description's port list, or gives the model's.
func portsOf(s plant.Spec) ([]fabric.PortSpec, error) {
	if len(s.Ports) == 0 {
		return names.Expand(modelOf(s).ports)
	}
	return names.Expand(s.Ports)
}
