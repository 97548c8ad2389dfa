package iosxr

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// views lists ports, bundles, and what else is configured: sub-interfaces are up with
// their port.
func (d *device) views() []plant.PortView {
	var others []string
	for _, b := range d.Running.Blocks() {
		if name := portIn(b.Text); begins(b.Text, "interface") && !begins(b.Text, "interface preconfigure") && d.sw.Node().ByName[name] == nil {
			others = append(others, name)
		}
	}
	views := plant.PortViews(d.sw, func(name string) fabric.PortState { return d.states[name] }, d.bundle, others)
	for i, v := range views {
		if _, up := d.Running.tunnel(v.Name); up || cmdline.KindOf(v.Name) == "Loopback" {
			views[i].Up = true
		}
	}
	return views
}

// views lists that which is named, or all.
func (c *cli) views(a *args) (out []plant.PortView) {
	for _, v := range c.d.views() {
		if only := a.Str("if"); only == "" || only == v.Name {
			out = append(out, v)
		}
	}
	return out
}

// link is the state of an interface; down is the word of what is shut down.
func link(v plant.PortView, down string) string {
	if v.Down {
		return down
	}
	return map[bool]string{true: "up", false: "down"}[v.Up]
}

// showInterfaces prints of the recorded layout what the lab has to tell.
func showInterfaces(c *cli, a *args) string {
	var b strings.Builder
	for _, v := range c.views(a) {
		p := func(format string, a ...any) { fmt.Fprintf(&b, format+"\n", a...) }
		kbit, over := int64(v.Speed)/1000, cmdline.Interval(v.Mean.Over)
		p("%s is %s, line protocol is %[2]s \n  Interface state transitions: 1", v.Name, link(v, "administratively down"))
		if isTunnel(v.Name) {
			to, _ := c.d.Running.tunnel(v.Name)
			p("  Hardware is Tunnel-IP\n  Tunnel TOS 0\n  Tunnel mode GRE IPV4\n  Tunnel source %s\n  Tunnel destination %s/32", c.d.Running.port(v.Name).Value("tunnel source"), to)
		} else {
			p("  Hardware is %s, address is %[2]s (bia %[2]s)", hardware(v.Name), v.MAC.Groups(2, "."))
		}
		if v.Description != "" {
			p("  Description: %s", v.Description)
		}
		p("  Internet address is %s", cmp.Or(cmdline.WithLength(c.d.Running.port(v.Name).Value("ipv4 address")), "Unknown"))
		p("  MTU %d bytes, BW %d Kbit (Max: %d Kbit)\n     reliability 255/255, txload 0/255, rxload 0/255\n  Encapsulation ARPA,", mtu(c.d.Running.port(v.Name)), kbit, kbit)
		p("  Full-duplex, %dMb/s, link type is force-up\n  loopback not set,\n  Last clearing of \"show interface\" counters %s", kbit/1000, cmdline.Ago(v.Cleared, v.ClearedAgo))
		p("  %s input rate %d bits/sec, %d packets/sec\n  %s output rate %d bits/sec, %d packets/sec", over, v.Mean.InBits, v.Mean.InRate, over, v.Mean.OutBits, v.Mean.OutRate)
		p("     %d packets input, %d bytes, 0 total input drops\n     0 drops for unrecognized upper-level protocol\n     Received 0 broadcast packets, 0 multicast packets", v.InFrames, v.InOctets)
		p("              0 runts, 0 giants, 0 throttles, 0 parity\n     0 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored, 0 abort")
		p("     %d packets output, %d bytes, %d total output drops\n     Output 0 broadcast packets, 0 multicast packets", v.OutFrames, v.OutOctets, v.OutDrops)
		p("     0 output errors, 0 underruns, 0 applique, 0 resets\n     0 output buffer failures, 0 output buffers swapped out\n     1 carrier transitions\n")
	}
	return b.String()
}

func hardware(port string) string {
	if isSub(port) {
		return "VLAN sub-interface(s)"
	}
	return strings.ReplaceAll(cmdline.KindOf(port), "Bundle-Ether", "Aggregated Ethernet interface(s)")
}

func mtu(b cmdline.Block) int { return cmdline.Atoi(b.Value("mtu"), 1514) }

// showBrief and showDescription: the layouts are general knowledge.
func showBrief(c *cli, a *args) string {
	t := cmdline.Columns{Format: "%19s %11s %11s %16s %6v %10v"}
	t.Row("Intf", "Intf", "LineP", "Encap", "MTU", "BW")
	t.Row("Name", "State", "State", "Type", "(byte)", "(Kbps)")
	t.WriteString(strings.Repeat("-", 80) + "\n")
	for _, v := range c.views(a) {
		encap := map[bool]string{isSub(v.Name): "802.1Q", isTunnel(v.Name): "TUNNEL_IP"}[true]
		t.Row(names.ShortOf(v.Name), link(v, "admin-down"), link(v, "admin-down"), cmp.Or(encap, "ARPA"), mtu(c.d.Running.port(v.Name)), int64(v.Speed)/1000)
	}
	return "\n" + t.String() + "\n"
}

func showDescription(c *cli, a *args) string {
	t := cmdline.Columns{Format: "%-18s %-11s %-11s %s"}
	t.Row("Interface", "Status", "Protocol", "Description")
	t.WriteString(strings.Repeat("-", 80) + "\n")
	for _, v := range c.views(a) {
		t.Row(names.ShortOf(v.Name), link(v, "admin-down"), link(v, "admin-down"), v.Description)
	}
	return "\n" + t.String() + "\n"
}

// showBundle: of the layout, which is general knowledge, what the lab has to tell.
func showBundle(c *cli, a *args) string {
	text, members := "", map[string][]plant.PortView{}
	for _, v := range c.d.views() {
		members[v.Bundle] = append(members[v.Bundle], v)
	}
	for _, v := range c.views(a) {
		if !isBundle(v.Name) || isSub(v.Name) {
			continue
		}
		kbit := int64(v.Speed) / 1000
		text += fmt.Sprintf("\n%s\n  Status:                                    %s\n  Local links <active/standby/configured>:   %d / 0 / %d\n  Local bandwidth <effective/available>:     %d (%d) kbps\n  MAC address (source):                      %s (Chassis pool)\n\n",
			v.Name, map[string]string{"up": "Up", "down": "Down", "admin-down": "Admin down"}[link(v, "admin-down")], len(v.Members), len(members[v.Name]), kbit, kbit, v.MAC.Groups(2, "."))
		t := cmdline.Columns{Format: "  %-20s  %-15s  %-11s  %-14s  %10v"}
		t.Row("Port", "Device", "State", "Port ID", "B/W, kbps")
		t.Row(strings.Repeat("-", 20), strings.Repeat("-", 15), strings.Repeat("-", 11), strings.Repeat("-", 14), strings.Repeat("-", 10))
		for i, m := range members[v.Name] {
			t.Row(names.ShortOf(m.Name), "Local", map[bool]string{true: "Active", false: "Configured"}[m.Up], fmt.Sprintf("0x8000, 0x%04x", i+1), int64(m.Speed)/1000)
		}
		text += t.String()
	}
	return text + "\n"
}

// showLLDP is off unless it is configured (general knowledge, as the layout).
func showLLDP(c *cli, _ *args) string {
	if !c.d.Running.Has("lldp") {
		return "% LLDP is not enabled\n"
	}
	t, n := cmdline.Columns{Format: "%-15s %-24s %-16v %-15s %s"}, 0
	t.WriteString("Capability codes:\n        (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device\n        (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other\n\n")
	t.Row("Device ID", "Local Intf", "Hold-time", "Capability", "Port ID")
	for _, o := range c.d.sw.Fabric().Neighbours(c.d.sw.Node(), "lldp") {
		port := cmp.Or(o.PortName, o.PortMAC.Groups(2, "."))
		if o.PortID == "" { // a host names its port by address
			port = o.PortMAC.Groups(2, ".")
		}
		t.Row(o.System, o.Local.Name, 120, o.Capabilities, port)
		n++
	}
	return t.String() + fmt.Sprintf("\nTotal entries displayed: %d\n\n", n)
}

// showCounters: the wording is general knowledge. A Cisco 8000 counts sessions alone.
func showCounters(c *cli, a *args) string {
	var b strings.Builder
	all := c.d.sw.Fabric().Tallies(c.d.sw.Node())
	c.each(a.Str("name"), func(name string, _ *span, from []attachment) {
		var total [3]fabric.Tally // rx, tx, and what did not fit
		fmt.Fprintf(&b, "Monitor-session %s\n", name)
		for _, s := range from {
			one := [3]fabric.Tally{all[tallyOf(s, plant.RX)], all[tallyOf(s, plant.TX)]}
			one[2] = fabric.Tally{Frames: one[0].LostFrames + one[1].LostFrames, Octets: one[0].LostOctets + one[1].LostOctets}
			if c.d.model.family != cisco8000 {
				b.WriteString("  " + s.port + "\n" + replicated(one))
			}
			for i := range total {
				total[i].Frames, total[i].Octets = total[i].Frames+one[i].Frames, total[i].Octets+one[i].Octets
			}
		}
		if c.d.model.family == cisco8000 {
			b.WriteString(replicated(total))
		}
	})
	return b.String()
}

func replicated(t [3]fabric.Tally) (text string) {
	for i, what := range []string{"Rx replicated", "Tx replicated", "Non-replicated"} {
		text += fmt.Sprintf("    %s: %d packets, %d octets\n", what, t[i].Frames, t[i].Octets)
	}
	return text
}
