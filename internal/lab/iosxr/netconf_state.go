package iosxr

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	yang "github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// State is the configuration in force and what is none.
func (s *session) State() *yang.Node {
	d := s.d
	defer d.locked()()
	root := d.tree(d.Running)
	views := map[string]plant.PortView{}
	ports := root.Sub(openConfig.Name + ":interfaces")
	for _, v := range d.views() {
		views[v.Name] = v
		portState(ports.Item("interface", v.Name), v)
	}
	d.spanState(root.Sub("span-monitor-session"), views)
	chassis := sub(root.Sub("inventory").Sub("entities").Item("entity", "Rack 0"), "attributes/inv-basic-bag")
	chassis.Fill("software-revision", d.model.version, "model-name", d.model.pid, "serial-number", cmp.Or(d.sw.Spec().Serial, "SIMULATED"))
	sub(root, "system-time/uptime").Fill("host-name", d.hostname(), "uptime", number(uint64(d.sw.Uptime()/time.Second)))
	return root.Tidy()
}

// speeds are the identities of OpenConfig.
var speeds = map[fabric.BitRate]string{fabric.Gbps: "SPEED_1GB", 10 * fabric.Gbps: "SPEED_10GB", 25 * fabric.Gbps: "SPEED_25GB", 40 * fabric.Gbps: "SPEED_40GB",
	100 * fabric.Gbps: "SPEED_100GB", 400 * fabric.Gbps: "SPEED_400GB"}

func portState(n *yang.Node, v plant.PortView) {
	up := func(is bool) string { return map[bool]string{true: "UP", false: "DOWN"}[is] }
	n.Sub("state").Fill("name", v.Name, "description", v.Description, "admin-status", up(!v.Down), "oper-status", up(v.Up && !v.Down))
	n.Sub("state").Sub("counters").Count(map[string]uint64{"in-octets": v.InOctets, "in-pkts": v.InFrames, "out-octets": v.OutOctets, "out-pkts": v.OutFrames, "out-discards": v.OutDrops})
	if word := speeds[v.Speed]; word != "" && !isSub(v.Name) {
		sub(n, "ethernet/state").Set("port-speed", word)
	}
}

// imState is the state of an interface in the words of the model; which of them stands for
// one that is not configured is not recorded.
func imState(down string) string {
	return map[string]string{"": "im-state-up", "down": "im-state-down", "admin-down": "im-state-admin-down", "not configured": "im-state-unknown"}[down]
}

// cardOf is the card that has an interface: bundles and what has no hardware are on the
// route processor (general knowledge).
func (d *device) cardOf(port string) string {
	if parts := strings.Split(strings.TrimLeft(port, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-"), "/"); len(parts) > 2 {
		return parts[0] + "/" + parts[1] + "/CPU0"
	}
	return "0/" + d.model.node()
}

// spanState is what show monitor-session tells, as data. A source is in the tables of the
// hardware when it is operational (the module's own words about them).
func (d *device) spanState(root *yang.Node, views map[string]plant.PortView) {
	d.seen = views
	defer func() { d.seen = nil }()
	tallies := d.sw.Fabric().Tallies(d.sw.Node())
	for _, m := range d.Running.spans() {
		n := root.Sub("global").Sub("global-sessions").Item("global-session", m.name)
		n.Fill("name", m.name, "session-class", cmp.Or(word(m.Text, 2), "ethernet")+"-class")
		end := m.Value("destination interface")
		kind := map[bool]string{isTunnel(end): "gre-tunnel", isBundle(end): "bundle"}[true]
		if end != "" {
			name := map[string]string{"bundle": "bundle"}[kind]
			sub(n, "destination-data").Set("destination-class", cmp.Or(kind, "interface")+"-class")
			sub(n, "destination-data/"+cmp.Or(kind, "interface")+"-data").Fill(cmp.Or(name, "interface")+"-name", end, cmp.Or(name, "interface")+"-state", imState(d.down(end)))
		}
	}
	for _, a := range d.Running.attachments() {
		m, status := d.Running.span(a.name), d.status(a)
		class := cmp.Or(word(a.Text, 2), "ethernet") + "-class"
		node := root.Sub("nodes").Item("node", d.cardOf(a.port))
		n := node.Sub("attachments").Item("attachment", a.name, a.port)
		n.Fill("name", a.name, "local-class", class, "source-interface", a.port, "source-interface-state", imState(d.down(a.port)), "pfi-error", "0", "config-error", "0",
			"session-is-configured", fmt.Sprint(m != nil), "source-interface-is-a-destination", fmt.Sprint(d.isEnd(a.port)))
		if m != nil {
			n.Set("global-class", cmp.Or(word(m.Text, 2), "ethernet")+"-class")
		}
		n.Sub("traffic-parameters").Fill("traffic-direction", map[plant.Direction]string{plant.RX: "rx-only", plant.TX: "tx-only", plant.Both: "both"}[a.direction()],
			"port-level", fmt.Sprint(a.has("port-level")))
		d.hardware(node, a, class, status)
		one := tallied(tallies, a)
		if d.model.family != cisco8000 { // it counts sessions alone (fact sheet, 2.3)
			root.Sub("global").Sub("statistics").Item("statistic", a.name, a.port).Count(one)
		}
		total := root.Sub("global").Sub("session-statistics").Item("session-statistic", a.name)
		for name, count := range one {
			total.Set(name, number(count+uint64(cmdline.Atoi(total.Text(name), 0))))
		}
	}
}

// hardware is what the tables of the hardware have of a source.
func (d *device) hardware(node *yang.Node, a attachment, class, status string) {
	fault := map[bool]string{true: "1", false: "0"}[strings.HasPrefix(status, "Error")] // of the figures no list is public
	if status != "Operational" && fault == "0" {
		return
	}
	held := node.Sub("interfaces").Item("interface", a.port)
	held.Fill("source-interface", a.port, "platform-error", fault)
	held.Item("attachment", a.name).Set("class", class)
	node.Sub("hardware-sessions").Item("hardware-session", a.name).Fill("session-class-xr", class, "platform-error", fault)
}

// isEnd reports whether copies of a session leave by an interface.
func (d *device) isEnd(port string) bool {
	for _, m := range d.Running.spans() {
		for _, p := range m.ports() {
			if p == port {
				return true
			}
		}
	}
	return false
}

// tallied are the six counters of a source.
func tallied(all map[string]fabric.Tally, a attachment) map[string]uint64 {
	rx, tx := all[tallyOf(a, plant.RX)], all[tallyOf(a, plant.TX)]
	return map[string]uint64{"rx-packets-mirrored": rx.Frames, "rx-octets-mirrored": rx.Octets, "tx-packets-mirrored": tx.Frames, "tx-octets-mirrored": tx.Octets,
		"packets-not-mirrored": rx.LostFrames + tx.LostFrames, "octets-not-mirrored": rx.LostOctets + tx.LostOctets}
}
