package eos

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A view is what show commands tell of a port or a Port-Channel.
type view struct{ plant.PortView }

// views lists ports and Port-Channels.
func (d *device) views() []plant.PortView {
	return plant.PortViews(d.sw, d.portState, d.bundle, reader.Bundles(d.Running.Document))
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

// link is the state of a port, and that of its protocol.
func (v view) link() (state, protocol string) {
	switch {
	case v.Down:
		return "disabled", "down"
	case v.Up:
		return "connected", "up"
	}
	return "notconnect", "down"
}

// vlan is the column of `show interfaces status` and what JSON says of it.
func (v view) vlan() (string, object) {
	text, mode, model := fmt.Sprint(v.Untagged()), "bridged", "bridged"
	switch {
	case v.Bundle != "":
		text, mode, model = "in "+names.ShortOf(v.Bundle), "inactive", "dataLink"
	case v.Routed:
		text, mode, model = "routed", "routed", "routed"
	case v.Trunk:
		text, mode = "trunk", "trunk"
	default:
		return text, object{"interfaceMode": mode, "interfaceForwardingModel": model, "vlanId": v.Untagged()}
	}
	return text, object{"interfaceMode": mode, "interfaceForwardingModel": model, "vlanExplanation": text}
}

// media is the type of a port and how fast it is.
func (v view) media() (kind, speed string) {
	if v.Speed < fabric.Gbps {
		return "1000BASE-T", fmt.Sprintf("%dM", v.Speed/fabric.Mbps)
	}
	speed = fmt.Sprintf("%dG", v.Speed/fabric.Gbps)
	return map[bool]string{true: "1000BASE-T", false: speed + "BASE-SR"}[speed == "1G"], speed
}

// allowed is the list of a trunk; all and none are the words for every VLAN and
// for no one.
func (v view) allowed(all, none string) string {
	if !v.Trunk || v.Allowed == fabric.AllVLANs() {
		return all
	}
	return cmp.Or(v.Allowed.Format(",", "-"), none)
}

func showStatus(c *cli, a *args) (string, object) {
	t, rows := cmdline.Columns{Format: "%-10s %-24.24s %-12s %-8s %-6s %-6s %-15s %s"}, object{}
	t.Row("Port", "Name", "Status", "Vlan", "Duplex", "Speed", "Type", "Flags Encapsulation")
	for _, v := range c.views(a) {
		vlan, info := v.vlan()
		link, protocol := v.link()
		media, speed := v.media()
		t.Row(names.ShortOf(v.Name), v.Description, link, vlan, "full", speed, media, "")
		rows[v.Name] = object{"vlanInformation": info, "bandwidth": int64(v.Speed), "interfaceType": media, "description": v.Description,
			"autoNegotiateActive": false, "duplex": "duplexFull", "linkStatus": link, "lineProtocolStatus": protocol}
	}
	return t.String(), object{"interfaceStatuses": rows}
}

// showSwitchport prints the fields that public parsers read, and no more.
func showSwitchport(c *cli, a *args) (string, object) {
	text, rows := "", object{}
	for _, v := range c.views(a) {
		if v.Routed || v.Bundle != "" {
			continue
		}
		mode, access, native := "access", v.Untagged(), 1
		if v.Trunk {
			mode, access, native = "trunk", cmdline.Atoi(c.d.Running.Block("interface "+v.Name).Value("switchport access vlan"), 1), v.Untagged()
		}
		text += fmt.Sprintf("Name: %s\nSwitchport: Enabled\nAdministrative Mode: %s\nOperational Mode: %s\nMAC Address Learning: enabled\nAccess Mode VLAN: %d (%s)\n"+
			"Trunking Native Mode VLAN: %d (%s)\nAdministrative Native VLAN tagging: disabled\nAdministrative private VLAN mapping: ALL\nTrunking VLANs Enabled: %s\nTrunk Groups:\n\n",
			names.ShortOf(v.Name), mode, mode, access, c.d.Running.VLANName(access), native, c.d.Running.VLANName(native), v.allowed("ALL", "NONE"))
		rows[v.Name] = object{"enabled": true, "switchportInfo": object{"mode": mode, "accessVlanId": access, "accessVlanName": c.d.Running.VLANName(access),
			"trunkingNativeVlanId": native, "trunkingNativeVlanName": c.d.Running.VLANName(native), "trunkAllowedVlans": v.allowed("ALL", "NONE"), "macLearning": true}}
	}
	return text, object{"switchports": rows}
}

// showTrunk: the layout is general knowledge, a JSON form is not known.
func showTrunk(c *cli, a *args) (string, object) {
	t, lists := cmdline.Columns{Format: "%-15s %-15s %-15s %v"}, cmdline.Columns{Format: "%-15s %s"}
	t.Row("Port", "Mode", "Status", "Native vlan")
	lists.Row("Port", "Vlans allowed")
	for _, v := range c.views(a) {
		if v.Trunk && v.Bundle == "" {
			t.Row(names.ShortOf(v.Name), "trunk", map[bool]string{true: "trunking", false: "not-trunking"}[v.Up], v.Untagged())
			lists.Row(names.ShortOf(v.Name), v.allowed("All", "None"))
		}
	}
	return t.String() + "\n" + lists.String(), nil
}

func showVLAN(c *cli, _ *args) (string, object) {
	t, set, rows, views := cmdline.Columns{Format: "%-5v %-32s %-9s %s"}, fabric.VLANs(1), object{}, c.views(&args{})
	t.Row("VLAN", "Name", "Status", "Ports")
	t.Row("-----", "--------------------------------", "---------", "-------------------------------")
	for _, h := range c.d.Running.Heads() {
		if v, ok := vlanHead(h); ok {
			set.Add(v)
		}
	}
	for _, id := range set.List() {
		var in []string
		ports, status := object{}, "active"
		for _, v := range views {
			if v.Up && v.Bundle == "" && !v.Routed && !v.Monitor && (v.Untagged() == id || v.Trunk && v.Allowed.Has(id)) {
				in, ports[v.Name] = append(in, v.Name), object{"privatePromoted": false}
			}
		}
		if c.d.Running.Block(fmt.Sprintf("vlan %d", id)).Value("state") == "suspend" {
			status = "suspended"
		}
		t.Row(id, c.d.Running.VLANName(id), status, names.ShortList(in, ", "))
		rows[fmt.Sprint(id)] = object{"name": c.d.Running.VLANName(id), "status": status, "interfaces": ports, "dynamic": false}
	}
	return t.String(), object{"sourceDetail": "", "vlans": rows}
}

func showLLDP(c *cli, _ *args) (string, object) {
	t, list := cmdline.Columns{Format: "%-10s %-30s %-26s %v"}, []any{}
	t.Row("Port", "Neighbor Device ID", "Neighbor Port ID", "TTL")
	for _, n := range c.d.sw.Fabric().Neighbours(c.d.sw.Node(), "lldp") {
		port := n.PortName
		if n.PortID == "" { // a host names its port by address
			port = n.PortMAC.Groups(2, ".")
		}
		t.Row(n.Local.Short, n.System, port, 120)
		list = append(list, object{"port": n.Local.Name, "neighborDevice": n.System, "neighborPort": port, "ttl": 120})
	}
	return fmt.Sprintf("Last table change time   : 0:00:02 ago\nNumber of table inserts  : %d\nNumber of table deletes  : 0\nNumber of table drops    : 0\nNumber of table age-outs : 0\n\n", len(list)) + t.String(),
		object{"tablesAgeOuts": 0, "tablesInserts": len(list), "tablesDeletes": 0, "tablesDrops": 0, "lldpNeighbors": list}
}

func showMACs(c *cli, a *args) (string, object) {
	only, named := a.Values["ifs"].([]string)
	t, entries := cmdline.Columns{Format: "%4v    %-17s %-11s %-10s %-7v %s"}, []any{}
	t.Row("Vlan", "Mac Address", "Type", "Ports", "Moves", "Last Move")
	t.Row("----", "-----------", "----", "-----", "-----", "---------")
	others := func(l plant.Learned) bool { return named && !slices.Contains(only, l.Port) }
	for _, l := range slices.DeleteFunc(plant.LearnedMACs(c.d.sw, c.d.views()), others) {
		t.Row(l.VLAN, l.MAC.Groups(2, "."), "DYNAMIC", names.ShortOf(l.Port), 1, "0:01:00 ago")
		entries = append(entries, object{"vlanId": l.VLAN, "macAddress": l.MAC.Groups(1, ":"), "entryType": "dynamic", "interface": l.Port, "moves": 1})
	}
	return "          Mac Address Table\n------------------------------------------------------------------\n\n" + t.String() + fmt.Sprintf("Total Mac Addresses for this criterion: %d\n", len(entries)),
		object{"unicastTable": object{"tableEntries": entries}, "multicastTable": object{"tableEntries": []any{}}}
}

// showCounters prints sums, rates or discards.
func showCounters(c *cli, a *args) (string, object) {
	t, rows, discards := cmdline.Columns{Format: "%-10s %16v %16v %16v %16v"}, object{}, uint64(0)
	by := func(n uint64, unit float64) string { return fmt.Sprintf("%.1f", float64(n)/unit) }
	heads := []any{"Port", "InOctets", "InUcastPkts", "OutOctets", "OutUcastPkts"}
	line := func(v view) ([]any, object) {
		return []any{v.InOctets, v.InFrames, v.OutOctets, v.OutFrames}, v.counters()
	}
	switch {
	case a.Has("rates"):
		heads = []any{"Port", "In Mbps", "In Kpps", "Out Mbps", "Out Kpps"}
		line = func(v view) ([]any, object) {
			return []any{by(v.Mean.InBits, 1e6), by(v.Mean.InRate, 1e3), by(v.Mean.OutBits, 1e6), by(v.Mean.OutRate, 1e3)},
				object{"interval": v.Mean.Over.Seconds(), "inBpsRate": v.Mean.InBits, "inPpsRate": v.Mean.InRate, "outBpsRate": v.Mean.OutBits, "outPpsRate": v.Mean.OutRate}
		}
	case a.Has("discards"):
		heads = []any{"Port", "InDiscards", "OutDiscards", "", ""}
		line = func(v view) ([]any, object) {
			return []any{0, v.OutDrops, "", ""}, object{"inDiscards": 0, "outDiscards": v.OutDrops}
		}
	}
	t.Row(heads...)
	for _, v := range c.views(a) {
		cells, data := line(v)
		t.Row(append([]any{names.ShortOf(v.Name)}, cells...)...)
		rows[v.Name], discards = data, discards+v.OutDrops
	}
	data := object{"interfaces": rows}
	if a.Has("discards") {
		data["inDiscardsTotal"], data["outDiscardsTotal"] = 0, discards
	}
	return t.String(), data
}

// counters: lastClear is missing until somebody clears them (general knowledge).
func (v view) counters() object {
	o := object{"inOctets": v.InOctets, "inUcastPkts": v.InFrames, "inMulticastPkts": 0, "inBroadcastPkts": 0, "inDiscards": 0,
		"outOctets": v.OutOctets, "outUcastPkts": v.OutFrames, "outMulticastPkts": 0, "outBroadcastPkts": 0, "outDiscards": v.OutDrops}
	if !v.Cleared.IsZero() {
		o["lastClear"] = epoch(v.Cleared)
	}
	return o
}

// showInterfaces prints of the recorded layout what the lab has to tell.
func showInterfaces(c *cli, a *args) (string, object) {
	text, rows := "", object{}
	for _, v := range c.views(a) {
		link, protocol := v.link()
		media, speed := v.media()
		over := cmdline.Interval(v.Mean.Over) + "s"
		state := map[bool]string{true: "administratively down", false: protocol}[v.Down]
		text += fmt.Sprintf("%s is %s, line protocol is %s (%s)\n  Hardware is Ethernet, address is %[5]s (bia %[5]s)\n", v.Name, state, protocol, link, v.MAC.Groups(2, "."))
		if v.Description != "" {
			text += "  Description: " + v.Description + "\n"
		}
		text += fmt.Sprintf("  Ethernet MTU 9214 bytes, BW %d kbit\n  Full-duplex, %sb/s, auto negotiation: off, uni-link: n/a\n  %s input rate %d bps, %d packets/sec\n"+
			"  %s output rate %d bps, %d packets/sec\n     %d packets input, %d bytes\n     %d packets output, %d bytes\n     0 late collision, 0 deferred, %d output discards\n",
			int64(v.Speed)/1000, speed, over, v.Mean.InBits, v.Mean.InRate, over, v.Mean.OutBits, v.Mean.OutRate, v.InFrames, v.InOctets, v.OutFrames, v.OutOctets, v.OutDrops)
		rows[v.Name] = object{"name": v.Name, "description": v.Description, "hardware": "ethernet", "physicalAddress": v.MAC.Groups(1, ":"), "bandwidth": int64(v.Speed), "mtu": 9214,
			"duplex": "duplexFull", "interfaceType": media, "interfaceStatus": link, "lineProtocolStatus": protocol, "interfaceAddress": []any{}, "interfaceCounters": v.counters(),
			"forwardingModel":     map[bool]string{true: "routed", false: "bridged"}[v.Routed],
			"interfaceStatistics": object{"updateInterval": v.Mean.Over.Seconds(), "inBitsRate": v.Mean.InBits, "inPktsRate": v.Mean.InRate, "outBitsRate": v.Mean.OutBits, "outPktsRate": v.Mean.OutRate}}
	}
	return text, object{"interfaces": rows}
}
