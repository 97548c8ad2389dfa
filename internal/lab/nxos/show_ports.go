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
	var bundles []string
	for _, h := range d.Running.Heads() {
		if name, ok := strings.CutPrefix(h, "interface "); ok && isLAG(name) {
			bundles = append(bundles, name)
		}
	}
	return plant.PortViews(d.sw, d.portState, d.bundle, bundles)
}

// views lists those that are named, or all.
func (c *cli) views(a *args) (out []view) {
	only, named := a.Values["ifs"].([]string)
	for _, v := range c.d.views() {
		if !named || slices.Contains(only, v.Name) {
			out = append(out, view{v})
		}
	}
	return out
}

// short is the name that show commands print.
func (v view) short() string { return names.ShortOf(v.Name) }

// media is the type of a port and how fast it is.
func (v view) media() (kind, speed string) {
	switch g := int64(v.Speed / fabric.Gbps); {
	case v.Name == "mgmt0" || g == 0:
		return "--", fmt.Sprint(int64(v.Speed / fabric.Mbps))
	case g == 1:
		return "1000base-T", "1000"
	default:
		return fmt.Sprintf("%dGbase-SR", g), fmt.Sprintf("%dG", g)
	}
}

// link is the state of a port as `show interface status` says it.
func (v view) link() string {
	switch {
	case v.Down:
		return "disabled"
	case v.Up:
		return "connected"
	}
	return "notconnec"
}

// vlan is the column of `show interface status`.
func (v view) vlan() string {
	switch {
	case v.Routed:
		return "routed"
	case v.Trunk:
		return "trunk"
	}
	return fmt.Sprint(v.Untagged())
}

const rule = "--------------------------------------------------------------------------------\n"

// The layouts below are general knowledge where no fixture holds them.

func showStatus(c *cli, a *args) (string, object) {
	t, rows := cmdline.Columns{Format: "%-13s %-18.18s %-9s %-9s %-7s %-7s %s"}, []any{}
	t.WriteString(rule)
	t.Row("Port", "Name", "Status", "Vlan", "Duplex", "Speed", "Type")
	t.WriteString(rule)
	for _, v := range c.views(a) {
		kind, speed := v.media()
		t.Row(v.short(), cmp.Or(v.Description, "--"), v.link(), v.vlan(), "full", speed, kind)
		rows = append(rows, object{"interface": v.Name, "name": cmp.Or(v.Description, "--"), "state": v.link(), "vlan": v.vlan(), "duplex": "full", "speed": speed, "type": kind})
	}
	return t.String(), table("interface", rows)
}

// vlanName is what a VLAN is called.
func (d *device) vlanName(v int) string {
	name := fmt.Sprintf("VLAN%04d", v)
	if v == 1 {
		name = "default"
	}
	return cmp.Or(d.Running.Block(fmt.Sprintf("vlan %d", v)).Value("name"), name)
}

func showSwitchport(c *cli, a *args) (string, object) {
	text, rows := "", []any{}
	for _, v := range c.views(a) {
		if v.Bundle != "" {
			continue
		}
		if v.Routed {
			text += fmt.Sprintf("Name: %s\n  Switchport: Disabled\n", v.Name)
			rows = append(rows, object{"interface": v.Name, "switchport": "Disabled"})
			continue
		}
		own, _ := c.d.block(v.Name)
		mode, monitor, access, native, allowed := "access", "Not enabled", v.Untagged(), 1, fabric.AllVLANs()
		if v.Monitor {
			monitor = "Enabled"
		}
		if v.Trunk {
			mode, access, native, allowed = "trunk", cmdline.Atoi(own.Value("switchport access vlan"), 1), v.Untagged(), v.Allowed
		}
		list := cmp.Or(allowed.Format(",", "-"), "none")
		text += fmt.Sprintf("Name: %s\n  Switchport: Enabled\n  Switchport Monitor: %s \n  Operational Mode: %s\n  Access Mode VLAN: %d (%s)\n  Trunking Native Mode VLAN: %d (%s)\n  Trunking VLANs Allowed: %s\n",
			v.Name, monitor, mode, access, c.d.vlanName(access), native, c.d.vlanName(native), list)
		rows = append(rows, object{"interface": v.Name, "switchport": "Enabled", "switchport_monitor": monitor, "oper_mode": mode, "access_vlan": access, "access_vlan_name": c.d.vlanName(access),
			"native_vlan": native, "native_vlan_name": c.d.vlanName(native), "trunk_vlans": list})
	}
	return text, table("interface", rows)
}

func showVLAN(c *cli, _ *args) (string, object) {
	t, rows, views := cmdline.Columns{Format: "%-4v %-32s %-9s %s"}, []any{}, c.views(&args{})
	t.Row("VLAN", "Name", "Status", "Ports")
	t.Row("----", "--------------------------------", "---------", "-------------------------------")
	for _, h := range c.d.Running.Heads() {
		id, status, in := numberIn(h), "active", []string(nil)
		if id == 0 || !strings.HasPrefix(h, "vlan ") {
			continue
		}
		for _, v := range views {
			if v.Bundle == "" && !v.Routed && !v.Monitor && (v.Untagged() == id || v.Trunk && v.Allowed.Has(id)) {
				in = append(in, v.short())
			}
		}
		if c.d.Running.Block(h).Value("state") == "suspend" {
			status = "suspended"
		}
		rows = append(rows, object{"vlanshowbr-vlanid": fmt.Sprint(id), "vlanshowbr-vlanname": c.d.vlanName(id), "vlanshowbr-vlanstate": status, "vlanshowplist-ifidx": strings.Join(in, ",")})
		t.Row(id, c.d.vlanName(id), status, strings.Join(in[:min(4, len(in))], ", "))
		for more := range slices.Chunk(in[min(4, len(in)):], 4) {
			t.Row("", "", "", strings.Join(more, ", "))
		}
	}
	return "\n" + t.String(), table("vlanbriefxbrief", rows)
}

func showBundles(c *cli, _ *args) (string, object) {
	text := "Flags:  D - Down        P - Up in port-channel (members)\n        I - Individual  H - Hot-standby (LACP only)\n        s - Suspended   r - Module-removed\n        S - Switched    R - Routed\n        U - Up (port-channel)\n" +
		rule + "Group Port-       Type     Protocol  Member Ports\n      Channel\n" + rule
	views, rows := c.views(&args{}), []any{}
	for _, po := range views {
		if !isLAG(po.Name) {
			continue
		}
		letter, protocol, members, list := map[bool]string{true: "U", false: "D"}[po.Up], "NONE", "", []any{}
		layer := map[bool]string{true: "R", false: "S"}[po.Routed]
		for _, v := range views {
			if v.Bundle != po.Name {
				continue
			}
			state := map[bool]string{true: "P", false: "D"}[v.Up]
			if own, _ := c.d.block(v.Name); strings.Contains(own.Value("channel-group"), "mode") {
				protocol = "LACP"
			}
			members += fmt.Sprintf("%-13s", v.short()+"("+state+")")
			list = append(list, object{"port": v.Name, "port-status": state})
		}
		text += strings.TrimRight(fmt.Sprintf("%-5s %-11s %-8s %-9s %s", cmdline.NumberOf(po.Name), po.short()+"("+layer+letter+")", "Eth", protocol, members), " ") + "\n"
		row := table("member", list)
		row["group"], row["port-channel"], row["layer"], row["status"], row["type"], row["prtcl"] = cmdline.NumberOf(po.Name), po.Name, layer, letter, "Eth", protocol
		rows = append(rows, row)
	}
	return text, table("channel", rows)
}

func showNeighbours(c *cli, a *args) (string, object) {
	protocol, t := "cdp", cmdline.Columns{Format: "%-19s %-14s %-6v %-11s %-13s %s"}
	if a.Has("lldp") {
		protocol, t.Format = "lldp", "%-20s %-15s %-10v %-11s%.0s %s"
	}
	if protocol == "lldp" && !c.d.Running.Has("feature lldp") { // the command comes with the feature
		return strings.Repeat(" ", len(c.prompt())+len("show ")) + "^\n% Invalid command at '^' marker.\n", nil
	}
	if t.WriteString("Capability codes:\n  (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device\n  (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other\n"); protocol == "cdp" {
		t.Reset()
		t.WriteString("Capability Codes: R - Router, T - Trans-Bridge, B - Source-Route-Bridge\n                  S - Switch, H - Host, I - IGMP, r - Repeater,\n" +
			"                  V - VoIP-Phone, D - Remotely-Managed-Device,\n                  s - Supports-STP-Dispute\n\n")
		t.Row("Device-ID", "Local Intrfce", "Hldtme", "Capability", "Platform", "Port ID")
	} else {
		t.Row("Device ID", "Local Intf", "Hold-time", "Capability", "", "Port ID")
	}
	n := 0
	for _, e := range c.d.sw.Fabric().Neighbours(c.d.sw.Node(), protocol) {
		port, does := cmp.Or(e.PortID, e.PortMAC.Groups(2, ".")), e.Capabilities
		if protocol == "cdp" {
			port, does = cmp.Or(e.PortName, port), map[string]string{"B": "S", "S": "H"}[e.Capabilities]
		}
		t.Row(e.System, e.Local.Short, 120, does, e.Model, port)
		n++
	}
	return t.String() + fmt.Sprintf("\nTotal entries displayed: %d\n", n), nil
}

func showMACs(c *cli, a *args) (string, object) {
	only, named := a.Values["ifs"].([]string)
	t, rows := cmdline.Columns{Format: "* %4v     %-14s   %-8s %-10v %-6s %-4s %s"}, []any{}
	for _, l := range plant.LearnedMACs(c.d.sw, c.d.views()) {
		if named && !slices.Contains(only, l.Port) {
			continue
		}
		t.Row(l.VLAN, l.MAC.Groups(2, "."), "dynamic", 0, "F", "F", names.ShortOf(l.Port))
		rows = append(rows, object{"disp_mac_addr": l.MAC.Groups(2, "."), "disp_type": "* ", "disp_vlan": fmt.Sprint(l.VLAN), "disp_is_static": "disabled", "disp_age": "0", "disp_is_secure": "disabled",
			"disp_is_ntfy": "disabled", "disp_port": l.Port})
	}
	return "Legend: \n        * - primary entry, G - Gateway MAC, (R) - Routed MAC, O - Overlay MAC\n        age - seconds since last seen,+ - primary entry using vPC Peer-Link,\n" +
		"        (T) - True, (F) - False, C - ControlPlane MAC, ~ - vsan\n   VLAN     MAC Address      Type      age     Secure NTFY Ports\n" +
		"---------+-----------------+--------+---------+------+----+------------------\n" + t.String(), table("mac_address", rows)
}

// showCounters prints sums, or what was discarded.
func showCounters(c *cli, a *args) (string, object) {
	text, views := "", c.views(a)
	part := func(format string, heads []any, cells func(v view) []any) {
		t := cmdline.Columns{Format: format}
		t.Row(heads...)
		for _, v := range views {
			t.Row(append([]any{v.short()}, cells(v)...)...)
		}
		head, rows, _ := strings.Cut(t.String(), "\n")
		text += "\n" + rule + head + "\n" + rule + rows
	}
	if a.Has("errors") {
		part("%-12s %10v %10v %10v %10v %10v %11v", []any{"Port", "Align-Err", "FCS-Err", "Xmit-Err", "Rcv-Err", "UnderSize", "OutDiscards"}, func(v view) []any { return []any{0, 0, 0, 0, 0, v.OutDrops} })
		return text, nil
	}
	part("%-16s %28v %28v", []any{"Port", "InOctets", "InUcastPkts"}, func(v view) []any { return []any{v.InOctets, v.InFrames} })
	part("%-16s %28v %28v", []any{"Port", "InMcastPkts", "InBcastPkts"}, func(v view) []any { return []any{0, 0} })
	part("%-16s %28v %28v", []any{"Port", "OutOctets", "OutUcastPkts"}, func(v view) []any { return []any{v.OutOctets, v.OutFrames} })
	part("%-16s %28v %28v", []any{"Port", "OutMcastPkts", "OutBcastPkts"}, func(v view) []any { return []any{0, 0} })
	return text, nil
}

// scaled is a rate as NX-OS shortens it: "5.32 Kbps".
func scaled(n uint64) string {
	for _, u := range []struct {
		by   uint64
		name string
	}{{1e9, "Gbps"}, {1e6, "Mbps"}, {1e3, "Kbps"}} {
		if n >= u.by {
			return fmt.Sprintf("%.2f %s", float64(n)/float64(u.by), u.name)
		}
	}
	return fmt.Sprintf("%d bps", n)
}

// showInterface prints the recorded fields. The lab keeps one mean of a port: the
// second load interval says the same as the first.
func showInterface(c *cli, a *args) (string, object) {
	text, rows := "", []any{}
	for _, v := range c.views(a) {
		state, why := "up", ""
		switch {
		case v.Down:
			state, why = "down", " (Administratively down)"
		case !v.Up:
			state, why = "down", " (Link not connected)"
		}
		adminState := map[bool]string{true: "down", false: "up"}[v.Down]
		mode := map[bool]string{true: "trunk", false: "access"}[v.Trunk]
		if v.Routed {
			mode = "routed"
		}
		monitor, over := map[bool]string{true: "on", false: "off"}[v.Monitor], int(v.Mean.Over.Seconds())
		_, speed := v.media()
		cleared := cmdline.Ago(v.Cleared, v.ClearedAgo)
		text += fmt.Sprintf("%s is %s%s\nadmin state is %s, Dedicated Interface", v.Name, state, why, adminState)
		if v.Bundle != "" {
			text += "\n  Belongs to " + names.ShortOf(v.Bundle)
		}
		text += fmt.Sprintf("\n  Hardware: %s Ethernet, address: %[2]s (bia %[2]s)\n", strings.Replace(speed, "G", "000", 1), v.MAC.Groups(2, "."))
		if v.Description != "" {
			text += "  Description: " + v.Description + "\n"
		}
		text += fmt.Sprintf("  MTU 1500 bytes, BW %d Kbit , DLY 10 usec\n  reliability 255/255, txload %d/255, rxload %d/255\n  Encapsulation ARPA, medium is broadcast\n  Port mode is %s\n  full-duplex, %s\n"+
			"  Beacon is turned off\n  Auto-Negotiation is turned on  FEC mode is Auto\n  Input flow-control is off, output flow-control is off\n  Switchport monitor is %s \n  EtherType is 0x8100 \n"+
			"  Last clearing of \"show interface\" counters %s\n  0 interface resets\n", int64(v.Speed)/1000, share(v.Mean.OutBits, v.Speed), share(v.Mean.InBits, v.Speed), mode, wordsOf(speed), monitor, cleared)
		for i, interval := range []string{fmt.Sprintf("%d seconds", over), "5 minute (300 seconds)"} {
			seconds := []int{over, 300}[i]
			text += fmt.Sprintf("  Load-Interval #%d: %s\n    %d seconds input rate %d bits/sec, %d packets/sec\n    %[3]d seconds output rate %[6]d bits/sec, %[7]d packets/sec\n    input rate %[8]s, %[5]d pps; output rate %[9]s, %[7]d pps\n",
				i+1, interval, seconds, v.Mean.InBits, v.Mean.InRate, v.Mean.OutBits, v.Mean.OutRate, scaled(v.Mean.InBits), scaled(v.Mean.OutBits))
		}
		text += fmt.Sprintf("  RX\n    %d unicast packets  0 multicast packets  0 broadcast packets\n    %[1]d input packets  %[2]d bytes\n    0 jumbo packets  0 storm suppression bytes\n    0 runts  0 giants  0 CRC  0 no buffer\n"+
			"    0 input error  0 short frame  0 overrun   0 underrun  0 ignored\n    0 input with dribble  0 input discard\n    0 Rx pause\n  TX\n    %[3]d unicast packets  0 multicast packets  0 broadcast packets\n"+
			"    %[3]d output packets  %[4]d bytes\n    0 jumbo packets\n    0 output error  0 collision  0 deferred  0 late collision\n    0 lost carrier  0 no carrier  0 babble  %[5]d output discard\n    0 Tx pause\n\n",
			v.InFrames, v.InOctets, v.OutFrames, v.OutOctets, v.OutDrops)
		rows = append(rows, object{"interface": v.Name, "state": state, "admin_state": adminState, "desc": v.Description, "eth_hw_addr": v.MAC.Groups(2, "."), "eth_bia_addr": v.MAC.Groups(2, "."), "eth_mtu": "1500",
			"eth_bw": int64(v.Speed) / 1000, "eth_mode": mode, "eth_duplex": "full", "eth_speed": wordsOf(speed), "eth_swt_monitor": monitor, "eth_clear_counters": cleared,
			"eth_load_interval1_rx": over, "eth_inrate1_bits": fmt.Sprint(v.Mean.InBits), "eth_inrate1_pkts": fmt.Sprint(v.Mean.InRate), "eth_outrate1_bits": fmt.Sprint(v.Mean.OutBits), "eth_outrate1_pkts": fmt.Sprint(v.Mean.OutRate),
			"eth_inucast": v.InFrames, "eth_inpkts": v.InFrames, "eth_inbytes": v.InOctets, "eth_outucast": v.OutFrames, "eth_outpkts": v.OutFrames, "eth_outbytes": v.OutOctets, "eth_outdiscard": v.OutDrops})
	}
	return text, table("interface", rows)
}

// wordsOf is a speed as `show interface` says it.
func wordsOf(speed string) string {
	if n, ok := strings.CutSuffix(speed, "G"); ok {
		return n + " Gb/s"
	}
	return speed + " Mb/s"
}

// share is a load in 255ths.
func share(bits uint64, speed fabric.BitRate) int {
	return min(255, max(1, int(float64(bits)/max(1, float64(speed))*255)))
}
