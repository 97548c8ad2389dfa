package iosxe

import (
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
)

// CDP is on unless the configuration says otherwise. Its layouts are general
// knowledge.
func (d *device) cdpOff() bool { return d.Running.lines.Has("no cdp run") }

func cdpDisabled() cmdline.Reply { return cmdline.Reply{Text: "% CDP is not enabled\n"} }

func showCDP(c *cli, _ *cmdline.Args) cmdline.Reply {
	if c.d.cdpOff() {
		return cdpDisabled()
	}
	return cmdline.Reply{Text: "Global CDP information:\n\tSending CDP packets every 60 seconds\n\tSending a holdtime value of 180 seconds\n" +
		"\tSending CDPv2 advertisements is  enabled\n"}
}

// showCDPNeighbours prints a name that fills its column on a line of its own.
func showCDPNeighbours(c *cli, _ *cmdline.Args) cmdline.Reply {
	if c.d.cdpOff() {
		return cdpDisabled()
	}
	var b strings.Builder
	b.WriteString("Capability Codes: R - Router, T - Trans Bridge, B - Source Route Bridge\n" +
		"                  S - Switch, H - Host, I - IGMP, r - Repeater, P - Phone, \n" +
		"                  D - Remote, C - CVTA, M - Two-port Mac Relay \n\n" +
		"Device ID        Local Intrfce     Holdtme    Capability  Platform  Port ID\n")
	list := c.d.host.Fabric().Neighbours(c.d.host.Node(), "cdp")
	for _, n := range list {
		name := n.System
		if len(name) > 16 {
			b.WriteString(name + "\n")
			name = ""
		}
		fmt.Fprintf(&b, "%-17s%-18s%-11d%10s  %-10s%s\n", name, threeLetters(n.Local.Name), 143, cdpCapability(n.Capabilities), n.Model[:min(9, len(n.Model))], threeLetters(n.PortName))
	}
	fmt.Fprintf(&b, "\nTotal cdp entries displayed : %d\n", len(list))
	return cmdline.Reply{Text: b.String()}
}

func showCDPNeighboursDetail(c *cli, _ *cmdline.Args) cmdline.Reply {
	if c.d.cdpOff() {
		return cdpDisabled()
	}
	var b strings.Builder
	list := c.d.host.Fabric().Neighbours(c.d.host.Node(), "cdp")
	for _, n := range list {
		words := strings.NewReplacer("R", "Router", "S", "Switch", "I", "IGMP", "H", "Host").Replace(cdpCapability(n.Capabilities))
		fmt.Fprintf(&b, "-------------------------\nDevice ID: %s\nEntry address(es): \nPlatform: cisco %s,  Capabilities: %s \n"+
			"Interface: %s,  Port ID (outgoing port): %s\nHoldtime : 143 sec\n\nVersion :\n%s\n\nadvertisement version: 2\nDuplex: full\n\n",
			n.System, n.Model, words, n.Local.Name, n.PortName, n.Description)
	}
	fmt.Fprintf(&b, "\nTotal cdp entries displayed : %d\n", len(list))
	return cmdline.Reply{Text: b.String()}
}

// cdpCapability turns LLDP's letters into CDP's.
func cdpCapability(lldp string) string {
	switch lldp {
	case "B":
		return "S I"
	case "B,R":
		return "R S I"
	}
	return "H"
}

// threeLetters writes a port as this table does, "Gig 1/0/1".
func threeLetters(name string) string {
	at := strings.IndexAny(name, "0123456789")
	if at < 3 || strings.Contains(name, " ") {
		return name
	}
	return name[:3] + " " + name[at:]
}
