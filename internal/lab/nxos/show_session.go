package nxos

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A field is a line of a session: a name, a colon in its column, a value.
func field(name, value string) string { return fmt.Sprintf("%-18s: %s\n", name, value) }

// shown is a session as `show monitor session` prints it. The layouts of Nexus
// 9000 and 7000 are recorded; the others' is that of 9000 without what only it has.
func (d *device) shown(m *session, brief bool) string {
	old := d.model.family == "n7k"
	text := "   session " + fmt.Sprint(m.id) + "\n---------------\n"
	if old {
		text = strings.TrimLeft(text, " ")
	}
	add := func(when bool, name, value string) {
		if when {
			text += field(name, value)
		}
	}
	state, reason := d.state(m)
	if state == "down" {
		state += " (" + reason + ")"
	}
	o, tunnel := m.options, m.kind != local
	v3 := o["header-type"] == "3"
	add(true, "type", m.kind)
	add(tunnel && d.model.family == "n9k" && m.kind == erspanSource, "version", map[bool]string{true: "3", false: "2"}[v3])
	add(old && o["mode"] != "", "mode", o["mode"])
	add(old && m.HasSources(), "ssn direction", m.Directions().String())
	add(o["description"] != "", "description", o["description"])
	add(true, "state", state)
	add(tunnel && !brief, "erspan-id", o["erspan-id"])
	add(tunnel && !brief, "vrf-name", o["vrf"])
	add(m.kind != erspanEnd && !brief, "acl-name", cmp.Or(o["filter access-group"], "acl-name not specified"))
	add(m.kind == erspanSource && !brief, "ip-ttl", cmp.Or(o["ip ttl"], "255"))
	add(m.kind == erspanSource && !brief, "ip-dscp", cmp.Or(o["ip dscp"], "0"))
	add(v3 && !brief, "header-type", "3")
	add(o["mtu"] != "" && !brief, "mtu", o["mtu"])
	add(m.kind == erspanSource && !brief, "destination-ip", o["destination ip"])
	add(m.kind == erspanSource && !brief, "origin-ip", cmp.Or(strings.Replace(d.Running.Value(originKey), "global", "(global)", 1), "origin-ip not specified"))
	add(m.kind == erspanEnd, "source-ip", o["source ip"])
	if m.kind != erspanEnd {
		text += d.shownSources(m)
	}
	ends, flags := d.shownEnds(m)
	add(m.kind != erspanSource, "destination ports", ends)
	switch {
	case old:
		text += flags + "\n" + features(m)
	case m.kind == erspanSource && d.model.family == "n9k":
		_, port := d.route(o["vrf"], o["destination ip"])
		interval, on := o["marker-packet"]
		text += "\n" + field("marker-packet", map[bool]string{true: "enabled", false: "disabled"}[on]) + field("packet interval", cmp.Or(interval, "100")) + field("packet sent", "0") + field("packet failed", "0")
		add(state == "up", "egress-intf", names.ShortOf(port))
	}
	if d.model.family == "n9k" && m.kind != erspanEnd {
		text += field("source VSANs", "") + field("    rx", "")
	}
	return text
}

// shownSources: a source of both directions stands under all three (fact sheet,
// 2.1), names are wrapped where the line is full.
func (d *device) shownSources(m *session) string {
	under := func(dir plant.Direction) (text string) {
		for i, p := range m.PortsOf(dir, names.Compare) {
			if i > 0 && i%4 == 0 {
				text += "\n" + strings.Repeat(" ", 20)
			}
			text += fmt.Sprintf("%-14s", names.ShortOf(p))
		}
		return text
	}
	vlans := func(dir plant.Direction) string {
		set := m.VLANsOf(plant.Both)
		if dir != plant.Both {
			set.Union(m.VLANsOf(dir))
		}
		return set.Format(",", "-")
	}
	text := field("source intf", "") + field("    rx", under(plant.RX)) + field("    tx", under(plant.TX)) + field("    both", under(plant.Both)) +
		field("source VLANs", "") + field("    rx", vlans(plant.RX)) + field("    tx", vlans(plant.TX)) + field("    both", vlans(plant.Both))
	text += field("filter VLANs", cmp.Or(m.FilterVLANs.Format(",", "-"), "filter not specified"))
	if d.model.family == "n9k" {
		text += field("source fwd drops", m.options["source forward-drops"])
	}
	return text
}

// shownEnds lists destinations with what a port for copies lets in, and the
// meaning of these letters (general knowledge).
func (d *device) shownEnds(m *session) (list, legend string) {
	var out []string
	for _, e := range m.Destinations {
		name := names.ShortOf(e.Port) + map[string]string{"ingress": " (f)", "ingress learning": " (fl)"}[d.Running.Block("interface "+e.Port).Value("switchport monitor")]
		if strings.HasSuffix(name, ")") {
			legend = "\nLegend: f = forwarding enabled, l = learning enabled\n"
		}
		out = append(out, name)
	}
	return strings.Join(out, "  "), legend
}

// features is the table that Nexus 7000 prints below a session, whose rows depend
// on its type.
func features(m *session) string {
	const head = "Feature       Enabled   Value   Modules Supported       Modules Not-Supported\n-----------------------------------------------------------------------------\n"
	if m.kind == erspanEnd {
		return head + "Type-II       Yes       -       1  3                    -\nType-III      Yes       -       1  3                    -\n"
	}
	row := func(name, key string) string {
		if v, ok := m.options[key]; ok {
			return fmt.Sprintf("%-13s Yes       %-7s 1  3                    -\n", name, cmp.Or(firstWord(v), "-"))
		}
		return name + " No\n"
	}
	return head + row("MTU-Trunc    ", "mtu") + row("rate-limit-rx", "rate-limit") + row("rate-limit-tx", "rate-limit") + row("Sampling     ", "sampling") + row("MCBE         ", "multicast") +
		"L3-TX         -         -       1  3                    -\nERSPAN-V2     Yes       -       1  3                    -\n\nLegend:\nMCBE   = Multicast Best Effort\nL3-TX  = L3 Multicast Egress SPAN\n"
}
