package nxos

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A view is what show commands tell of a port or a port-channel.
type view struct{ plant.PortView }

// views lists ports and port-channels.
func (d *device) views() []plant.PortView {
	return plant.PortViews(d.sw, d.portState, d.bundle, reader.Bundles(d.Running.Document))
}

// views lists those that are named, or all.
func (c *cli) views(a *args) (out []view) {
	for _, v := range c.d.views() {
		if ports(a) == nil || slices.Contains(ports(a), v.Name) {
			out = append(out, view{v})
		}
	}
	return out
}

// short is the name that show commands print.
func (v view) short() string { return names.ShortOf(v.Name) }

// media is the type of a port and how fast it is, in two spellings.
func (v view) media() (kind, speed, words string) {
	if n := int64(v.Speed / fabric.Gbps); n > 1 {
		return fmt.Sprintf("%dGbase-SR", n), fmt.Sprintf("%dG", n), fmt.Sprintf("%d Gb/s", n)
	}
	n := int64(v.Speed / fabric.Mbps)
	return "1000base-T", fmt.Sprint(n), fmt.Sprintf("%d Mb/s", n)
}

// link is the state of a port as `show interface status` says it, why the one that
// `show interface` adds to "down".
func (v view) link() (state, why string) {
	if v.Down {
		return "disabled", " (Administratively down)"
	}
	return map[bool]string{true: "connected", false: "notconnec"}[v.Up], map[bool]string{false: " (Link not connected)"}[v.Up]
}

const rule = "--------------------------------------------------------------------------------\n"

// The layouts below are general knowledge where no fixture holds them.

func showStatus(c *cli, a *args) (string, object) {
	t, rows := cmdline.Columns{Format: "%-13s %-18.18s %-9s %-9s %-7s %-7s %s"}, []any{}
	t.WriteString(rule)
	t.Row("Port", "Name", "Status", "Vlan", "Duplex", "Speed", "Type")
	t.WriteString(rule)
	for _, v := range c.views(a) {
		kind, speed, _ := v.media()
		state, _ := v.link()
		t.Row(v.short(), cmp.Or(v.Description, "--"), state, v.VLANWord(), "full", speed, kind)
		rows = append(rows, object{"interface": v.Name, "name": cmp.Or(v.Description, "--"), "state": state, "vlan": v.VLANWord(), "duplex": "full", "speed": speed, "type": kind})
	}
	return t.String(), table("interface", rows)
}

func showSwitchport(c *cli, a *args) (text string) {
	name := c.d.Running.VLANName
	for _, v := range c.views(a) {
		if v.Routed {
			text += fmt.Sprintf("Name: %s\n  Switchport: Disabled\n", v.Name)
		}
		if v.Routed || v.Bundle != "" {
			continue
		}
		mode, monitor, access, native, allowed := "access", map[bool]string{true: "Enabled", false: "Not enabled"}[v.Monitor], v.Untagged(), 1, fabric.AllVLANs()
		if v.Trunk {
			own := c.d.Running.Block("interface " + v.Name)
			mode, access, native, allowed = "trunk", cmdline.Atoi(own.Value("switchport access vlan"), 1), v.Untagged(), v.Allowed
		}
		text += fmt.Sprintf("Name: %s\n  Switchport: Enabled\n  Switchport Monitor: %s \n  Operational Mode: %s\n  Access Mode VLAN: %d (%s)\n  Trunking Native Mode VLAN: %d (%s)\n  Trunking VLANs Allowed: %s\n",
			v.Name, monitor, mode, access, name(access), native, name(native), cmp.Or(allowed.Format(",", "-"), "none"))
	}
	return text
}

func showVLAN(c *cli, _ *args) string {
	t, views := cmdline.Columns{Format: "%-4v %-32s %-9s %s"}, c.views(&args{})
	t.Row("VLAN", "Name", "Status", "Ports")
	t.Row("----", "--------------------------------", "---------", "-------------------------------")
	for _, b := range c.d.Running.Blocks() {
		id, in := numberIn(b.Text), []string(nil)
		if id == 0 {
			continue
		}
		for _, v := range views {
			if v.Bundle == "" && !v.Routed && !v.Monitor && (v.Untagged() == id || v.Trunk && v.Allowed.Has(id)) {
				in = append(in, v.short())
			}
		}
		first := min(4, len(in))
		t.Row(id, c.d.Running.VLANName(id), map[bool]string{true: "suspended", false: "active"}[b.Value("state") == "suspend"], strings.Join(in[:first], ", "))
		for more := range slices.Chunk(in[first:], 4) {
			t.Row("", "", "", strings.Join(more, ", "))
		}
	}
	return "\n" + t.String()
}

func showBundles(c *cli, _ *args) string {
	const flags = "Flags:  D - Down        P - Up in port-channel (members)\n        I - Individual  H - Hot-standby (LACP only)\n        s - Suspended   r - Module-removed\n        S - Switched    R - Routed\n        U - Up (port-channel)\n"
	t, views := cmdline.Columns{Format: "%-5s %-11s %-8s %-9s %s"}, c.views(&args{})
	t.WriteString(flags + rule + "Group Port-       Type     Protocol  Member Ports\n      Channel\n" + rule)
	for _, po := range views {
		protocol, members := "NONE", ""
		for _, v := range views {
			if v.Bundle == po.Name && isLAG(po.Name) {
				if strings.Contains(c.d.Running.Block("interface "+v.Name).Value("channel-group"), "mode") {
					protocol = "LACP"
				}
				members += fmt.Sprintf("%-13s", v.short()+map[bool]string{true: "(P)", false: "(D)"}[v.Up])
			}
		}
		if isLAG(po.Name) {
			t.Row(cmdline.NumberOf(po.Name), po.short()+map[bool]string{true: "(R", false: "(S"}[po.Routed]+map[bool]string{true: "U)", false: "D)"}[po.Up], "Eth", protocol, members)
		}
	}
	return t.String()
}

func showNeighbours(c *cli, a *args) string {
	protocol, t := "cdp", cmdline.Columns{Format: "%-19s %-14s %-6v %-11s %-13s %s"}
	switch {
	case a.Has("cdp"):
		t.WriteString("Capability Codes: R - Router, T - Trans-Bridge, B - Source-Route-Bridge\n                  S - Switch, H - Host, I - IGMP, r - Repeater,\n" +
			"                  V - VoIP-Phone, D - Remotely-Managed-Device,\n                  s - Supports-STP-Dispute\n\n")
		t.Row("Device-ID", "Local Intrfce", "Hldtme", "Capability", "Platform", "Port ID")
	case !c.d.Running.Has("feature lldp"): // the command comes with the feature
		return c.complain("show", &cmdline.Fault{Kind: cmdline.Invalid, Col: len("show ")}).Text
	default:
		protocol, t.Format = "lldp", "%-20s %-15s %-10v %-11s%.0s %s"
		t.WriteString("Capability codes:\n  (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device\n  (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other\n")
		t.Row("Device ID", "Local Intf", "Hold-time", "Capability", "", "Port ID")
	}
	list := c.d.sw.Fabric().Neighbours(c.d.sw.Node(), protocol)
	for _, e := range list {
		port, does := cmp.Or(e.PortID, e.PortMAC.Groups(2, ".")), e.Capabilities
		if protocol == "cdp" {
			port, does = cmp.Or(e.PortName, port), map[string]string{"B": "S", "S": "H"}[does]
		}
		t.Row(e.System, e.Local.Short, 120, does, e.Model, port)
	}
	return t.String() + fmt.Sprintf("\nTotal entries displayed: %d\n", len(list))
}

func showMACs(c *cli, a *args) string {
	t := cmdline.Columns{Format: "* %4v     %-14s   %-8s %-10v %-6s %-4s %s"}
	t.WriteString("Legend: \n        * - primary entry, G - Gateway MAC, (R) - Routed MAC, O - Overlay MAC\n        age - seconds since last seen,+ - primary entry using vPC Peer-Link,\n" +
		"        (T) - True, (F) - False, C - ControlPlane MAC, ~ - vsan\n   VLAN     MAC Address      Type      age     Secure NTFY Ports\n" +
		"---------+-----------------+--------+---------+------+----+------------------\n")
	for _, l := range plant.LearnedMACs(c.d.sw, c.d.views()) {
		if ports(a) == nil || slices.Contains(ports(a), l.Port) {
			t.Row(l.VLAN, l.MAC.Groups(2, "."), "dynamic", 0, "F", "F", names.ShortOf(l.Port))
		}
	}
	return t.String()
}

// showCounters prints sums, or what was discarded.
func showCounters(c *cli, a *args) (text string) {
	part := func(cells func(v view) []any, heads ...any) {
		t := cmdline.Columns{Format: "%-12s" + strings.Repeat(" %14v", len(heads))}
		t.WriteString("\n" + rule)
		t.Row(append([]any{"Port"}, heads...)...)
		t.WriteString(rule)
		for _, v := range c.views(a) {
			t.Row(append([]any{v.short()}, cells(v)...)...)
		}
		text += t.String()
	}
	if a.Has("errors") {
		part(func(v view) []any { return []any{0, 0, 0, 0, 0, v.OutDrops} }, "Align-Err", "FCS-Err", "Xmit-Err", "Rcv-Err", "UnderSize", "OutDiscards")
		return text
	}
	part(func(v view) []any { return []any{v.InOctets, v.InFrames} }, "InOctets", "InUcastPkts")
	part(func(v view) []any { return []any{v.OutOctets, v.OutFrames} }, "OutOctets", "OutUcastPkts")
	return text
}

// scaled is a rate as NX-OS shortens it: "5.32 Kbps".
func scaled(n uint64) string {
	for i, name := range []string{"Gbps", "Mbps", "Kbps"} {
		if by := uint64([]float64{1e9, 1e6, 1e3}[i]); n >= by {
			return fmt.Sprintf("%.2f %s", float64(n)/float64(by), name)
		}
	}
	return fmt.Sprintf("%d bps", n)
}

// showInterface prints the recorded fields. The lab keeps one mean of a port: the
// second load interval says the same as the first.
func showInterface(c *cli, a *args) (text string, data object) {
	var rows []any
	for _, v := range c.views(a) {
		_, why := v.link()
		_, _, speed := v.media()
		state, adminState, mode, in, out := "up", map[bool]string{true: "down", false: "up"}[v.Down], map[bool]string{true: "trunk", false: "access"}[v.Trunk], v.Mean.InBits, v.Mean.OutBits
		if why != "" {
			state = "down"
		}
		if v.Routed {
			mode = "routed"
		}
		monitor, over, cleared := map[bool]string{true: "on", false: "off"}[v.Monitor], int(v.Mean.Over.Seconds()), cmdline.Ago(v.Cleared, v.ClearedAgo)
		text += fmt.Sprintf("%s is %s%s\nadmin state is %s, Dedicated Interface\n", v.Name, state, why, adminState)
		if v.Bundle != "" {
			text += "  Belongs to " + names.ShortOf(v.Bundle) + "\n"
		}
		if text += fmt.Sprintf("  Hardware: 1000/10000 Ethernet, address: %[1]s (bia %[1]s)\n", v.MAC.Groups(2, ".")); v.Description != "" {
			text += "  Description: " + v.Description + "\n"
		}
		text += fmt.Sprintf("  MTU 1500 bytes, BW %d Kbit , DLY 10 usec\n  reliability 255/255, txload %d/255, rxload %d/255\n  Encapsulation ARPA, medium is broadcast\n  Port mode is %s\n  full-duplex, %s\n"+
			"  Beacon is turned off\n  Auto-Negotiation is turned on  FEC mode is Auto\n  Input flow-control is off, output flow-control is off\n  Switchport monitor is %s \n  EtherType is 0x8100 \n"+
			"  Last clearing of \"show interface\" counters %s\n  0 interface resets\n", int64(v.Speed)/1000, share(out, v.Speed), share(in, v.Speed), mode, speed, monitor, cleared)
		for i, seconds := range []int{over, 300} {
			text += fmt.Sprintf("  Load-Interval #%d: %s\n    %[3]d seconds input rate %d bits/sec, %d packets/sec\n    %[3]d seconds output rate %[6]d bits/sec, %d packets/sec\n    input rate %[8]s, %[5]d pps; output rate %[9]s, %[7]d pps\n",
				i+1, []string{fmt.Sprintf("%d seconds", seconds), "5 minute (300 seconds)"}[i], seconds, in, v.Mean.InRate, out, v.Mean.OutRate, scaled(in), scaled(out))
		}
		text += fmt.Sprintf("  RX\n    %d unicast packets  0 multicast packets  0 broadcast packets\n    %[1]d input packets  %[2]d bytes\n    0 jumbo packets  0 storm suppression bytes\n    0 runts  0 giants  0 CRC  0 no buffer\n"+
			"    0 input error  0 short frame  0 overrun   0 underrun  0 ignored\n    0 input with dribble  0 input discard\n    0 Rx pause\n  TX\n    %[3]d unicast packets  0 multicast packets  0 broadcast packets\n"+
			"    %[3]d output packets  %[4]d bytes\n    0 jumbo packets\n    0 output error  0 collision  0 deferred  0 late collision\n    0 lost carrier  0 no carrier  0 babble  %[5]d output discard\n    0 Tx pause\n\n",
			v.InFrames, v.InOctets, v.OutFrames, v.OutOctets, v.OutDrops)
		rows = append(rows, object{"interface": v.Name, "state": state, "admin_state": adminState, "desc": v.Description, "eth_hw_addr": v.MAC.Groups(2, "."), "eth_bw": int64(v.Speed) / 1000, "eth_mode": mode,
			"eth_speed": speed, "eth_swt_monitor": monitor, "eth_clear_counters": cleared, "eth_load_interval1_rx": over, "eth_inrate1_bits": fmt.Sprint(in), "eth_outrate1_bits": fmt.Sprint(out),
			"eth_inpkts": v.InFrames, "eth_inbytes": v.InOctets, "eth_outpkts": v.OutFrames, "eth_outbytes": v.OutOctets, "eth_outdiscard": v.OutDrops})
	}
	return text, table("interface", rows)
}

// share is a load in 255ths.
func share(bits uint64, speed fabric.BitRate) int {
	return min(255, max(1, int(float64(bits)/max(1, float64(speed))*255)))
}
