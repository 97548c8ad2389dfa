package iosxe

import (
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// vlanBlocks lists the VLANs of the configuration; 1 always exists.
func (d *device) vlanBlocks() map[int]*cmdline.Node {
	out := map[int]*cmdline.Node{1: {Text: "vlan 1"}}
	for _, n := range d.Running.lines.Kids {
		if id, ok := vlanLine(n.Text); ok {
			out[id] = n
		}
	}
	return out
}

func showVLANs(c *cli, _ *cmdline.Args) cmdline.Reply {
	d := c.d
	var b strings.Builder
	b.WriteString("\nVLAN Name                             Status    Ports\n---- -------------------------------- --------- -------------------------------\n")
	ports := map[int][]string{}
	for _, v := range d.views("") {
		if !v.Trunk && !v.Routed && !v.Monitor {
			ports[v.Untagged()] = append(ports[v.Untagged()], shortOf(v.Name))
		}
	}
	blocks := d.vlanBlocks()
	var ids fabric.VLANSet
	for id := range blocks {
		ids.Add(id)
	}
	for _, id := range ids.List() {
		name := orDefault(valueOf(blocks[id], "name"), map[bool]string{true: "default", false: fmt.Sprintf("VLAN%04d", id)}[id == 1])
		list := ports[id]
		first := list[:min(4, len(list))]
		fmt.Fprintf(&b, "%-4d %-32s %-9s %s\n", id, name, "active", strings.Join(first, ", "))
		for list = list[len(first):]; len(list) > 0; list = list[min(4, len(list)):] {
			fmt.Fprintf(&b, "%48s%s\n", "", strings.Join(list[:min(4, len(list))], ", "))
		}
	}
	return cmdline.Reply{Text: b.String()}
}

func showRemoteVLANs(c *cli, _ *cmdline.Args) cmdline.Reply {
	var set fabric.VLANSet
	for id, n := range c.d.vlanBlocks() {
		if n.Has("remote-span") {
			set.Add(id)
		}
	}
	return cmdline.Reply{Text: "\nRemote SPAN VLANs\n" + strings.Repeat("-", 78) + "\n" + set.Format(",", "-") + "\n\n"}
}

func showVTP(c *cli, _ *cmdline.Args) cmdline.Reply {
	mode := "server"
	if m, ok := c.d.Running.lines.Value("vtp mode"); ok {
		mode = m
	}
	return cmdline.Reply{Text: fmt.Sprintf("VTP Version capable             : 1 to 3\nVTP version running             : 1\nVTP Domain Name                 : \n"+
		"VTP Pruning Mode                : Disabled\nVTP Operating Mode                : %s\nNumber of existing VLANs          : %d\n",
		strings.ToUpper(mode[:1])+mode[1:], len(c.d.vlanBlocks()))}
}

func (d *device) lldpOff() bool { return !d.Running.lines.Has("lldp run") }

func showLLDP(c *cli, _ *cmdline.Args) cmdline.Reply {
	if c.d.lldpOff() {
		return cmdline.Reply{Text: "% LLDP is not enabled\n"}
	}
	return cmdline.Reply{Text: "\nGlobal LLDP Information:\n    Status: ACTIVE\n    LLDP advertisements are sent every 30 seconds\n" +
		"    LLDP hold time advertised is 120 seconds\n    LLDP interface reinitialisation delay is 2 seconds\n"}
}

func showNeighbours(c *cli, _ *cmdline.Args) cmdline.Reply {
	if c.d.lldpOff() {
		return cmdline.Reply{Text: "% LLDP is not enabled\n"}
	}
	var b strings.Builder
	b.WriteString("\nCapability codes:\n    (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device\n" +
		"    (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other\n\n" +
		"Device ID           Local Intf     Hold-time  Capability      Port ID\n")
	list := c.d.host.Fabric().Neighbours(c.d.host.Node(), "lldp")
	for _, n := range list {
		fmt.Fprintf(&b, "%-20s%-15s%-11d%-16s%s\n", n.System[:min(len(n.System), 20)], n.Local.Short, 120, n.Capabilities, orDefault(n.PortID, dotted(n.PortMAC)))
	}
	fmt.Fprintf(&b, "\nTotal entries displayed: %d\n\n", len(list))
	return cmdline.Reply{Text: b.String()}
}

func showNeighboursDetail(c *cli, _ *cmdline.Args) cmdline.Reply {
	if c.d.lldpOff() {
		return cmdline.Reply{Text: "% LLDP is not enabled\n"}
	}
	var b strings.Builder
	list := c.d.host.Fabric().Neighbours(c.d.host.Node(), "lldp")
	for _, n := range list {
		fmt.Fprintf(&b, "------------------------------------------------\nLocal Intf: %s\nChassis id: %s\nPort id: %s\n", n.Local.Short, dotted(n.Chassis), orDefault(n.PortID, dotted(n.PortMAC)))
		if n.PortDescription != "" {
			fmt.Fprintf(&b, "Port Description: %s\n", n.PortDescription)
		} else {
			b.WriteString("Port Description - not advertised\n")
		}
		fmt.Fprintf(&b, "System Name: %s\n\nSystem Description: \n%s\n\nTime remaining: 112 seconds\nSystem Capabilities: %s\nEnabled Capabilities: %s\n",
			n.System, n.Description, n.Capabilities, n.Capabilities)
		b.WriteString("Management Addresses - not advertised\nAuto Negotiation - not supported\n" +
			"Physical media capabilities - not advertised\nMedia Attachment Unit type - not advertised\n")
		if n.VLAN > 0 {
			fmt.Fprintf(&b, "Vlan ID: %d\n", n.VLAN)
		} else {
			b.WriteString("Vlan ID: - not advertised\n")
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\nTotal entries displayed: %d\n\n", len(list))
	return cmdline.Reply{Text: b.String()}
}

// showMACs lists the addresses that hosts and the far ends of links would
// have taught the switch. A monitor port learns nothing.
func showMACs(c *cli, a *cmdline.Args) cmdline.Reply {
	var b strings.Builder
	b.WriteString("          Mac Address Table\n-------------------------------------------\n\nVlan    Mac Address       Type        Ports\n----    -----------       --------    -----\n")
	total := 0
	up := map[string]portView{}
	for _, v := range c.d.views(a.Str("if")) {
		up[v.Name] = v
	}
	for _, p := range c.d.host.Node().Ports {
		v, ok := up[p.Name]
		if !ok || !v.Up || v.Monitor || v.Routed {
			continue
		}
		if p.Peer != nil {
			fmt.Fprintf(&b, "%4d    %s    DYNAMIC     %s\n", v.Untagged(), dotted(p.Peer.MAC()), p.Short)
			total++
		}
		for _, h := range p.Hosts {
			if h.MAC != (fabric.MAC{}) {
				fmt.Fprintf(&b, "%4d    %s    DYNAMIC     %s\n", orElse(h.VLAN, v.Untagged()), dotted(h.MAC), p.Short)
				total++
			}
		}
	}
	fmt.Fprintf(&b, "Total Mac Addresses for this criterion: %d\n", total)
	return cmdline.Reply{Text: b.String()}
}

func showEtherChannel(c *cli, _ *cmdline.Args) cmdline.Reply {
	d := c.d
	var rows strings.Builder
	n := 0
	for _, k := range d.Running.lines.Kids {
		group, ok := strings.CutPrefix(k.Text, "interface Port-channel")
		if !ok {
			continue
		}
		n++
		var members []string
		for _, m := range d.members("Port-channel" + group) {
			members = append(members, shortOf(m)+"(P)")
		}
		fmt.Fprintf(&rows, "%-7s%-14s%-12s%s\n", group, "Po"+group+"(SU)", "LACP", strings.Join(members, " "))
	}
	return cmdline.Reply{Text: fmt.Sprintf("Flags:  D - down        P - bundled in port-channel\n        S - Layer2      U - in use\n\n\n"+
		"Number of channel-groups in use: %d\nNumber of aggregators:           %d\n\nGroup  Port-channel  Protocol    Ports\n"+
		"------+-------------+-----------+-----------------------------------------------\n%s\n", n, n, rows.String())}
}
