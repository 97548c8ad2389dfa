package junos

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// An analyzer is one mirror session. It is read from what is in force, so that one of
// a group is there and one that is inactive is not.
type analyzer struct {
	*cmdline.Statement
	name string
	path []string // where it stands
}

// roots are where analyzers stand: ELS and legacy.
var roots = [][]string{{"forwarding-options", "analyzer"}, {"ethernet-switching-options", "analyzer"}}

// analyzersOf lists the analyzers in the order of the configuration.
func analyzersOf(eff config) (out []analyzer) {
	for _, root := range roots {
		for _, name := range eff.Words(root...) {
			path := append(slices.Clone(root), name)
			out = append(out, analyzer{eff.At(path...), name, path})
		}
	}
	return out
}

// kinds are the kinds of outputs that it has, a VLAN or routing instance each for
// itself: one is right.
func (a analyzer) kinds() []string {
	more := append(a.Words("output", "vlan"), a.Words("output", "routing-instance")...)
	kinds := slices.DeleteFunc(a.Words("output"), func(w string) bool {
		return !slices.Contains([]string{"interface", "ip-address", "ipv6-address", "next-hop-group", "routing-instance", "vlan"}, w)
	})
	if len(more) > 1 {
		kinds = append(kinds, more[1])
	}
	return kinds
}

// inputs are the interfaces and VLANs of a direction.
func (a analyzer) inputs(direction string) (ifls, vlans []string) {
	return a.Words("input", direction, "interface"), a.Words("input", direction, "vlan")
}

// A family is one protocol family of a logical interface.
type family struct {
	*cmdline.Statement
	port, unit, name string
}

func (f family) ifl() string { return f.port + "." + f.unit }

// filter is the name of its filter in a direction, and the filter, nil where it is not
// defined.
func (f family) filter(eff config, direction string) (string, *cmdline.Statement) {
	name := f.Value("filter", direction)
	return name, eff.At("firewall", "family", f.name, "filter", name)
}

// families are those of all interfaces, or of some.
func families(eff config, ports ...string) (out []family) {
	for _, port := range eff.Words("interfaces") {
		if len(ports) > 0 && !slices.Contains(ports, port) {
			continue
		}
		for _, unit := range eff.Words("interfaces", port, "unit") {
			for _, name := range eff.Words("interfaces", port, "unit", unit, "family") {
				out = append(out, family{eff.At("interfaces", port, "unit", unit, "family", name), port, unit, name})
			}
		}
	}
	return out
}

// fedBy are the logical interfaces whose input filter copies to an analyzer.
func fedBy(eff config, analyzer string) (ifls []string) {
	for _, f := range families(eff) {
		_, list := f.filter(eff, "input")
		if slices.ContainsFunc(analyzersIn(list), func(t [2]string) bool { return t[1] == analyzer }) {
			ifls = append(ifls, f.ifl())
		}
	}
	return ifls
}

// vlanID is the number of a VLAN that is named or numbered, 0 = there is none.
func (d *device) vlanID(name string) int {
	if n := cmdline.Atoi(name, 0); n > 0 {
		return n
	}
	if id := cmdline.Atoi(d.eff.Value("vlans", name, "vlan-id"), 0); id > 0 || name != "default" {
		return id
	}
	return 1
}

// vlanName is what a VLAN is called.
func (d *device) vlanName(id int) string {
	for _, v := range d.eff.Words("vlans") {
		if d.vlanID(v) == id {
			return v
		}
	}
	if id == 1 {
		return "default"
	}
	return fmt.Sprint(id)
}

// greOverhead is Ethernet 14, IP 20 and GRE 4 octets.
const greOverhead = 38

// switching reports whether a logical interface may send copies: on an EX or QFX it
// needs the family ethernet-switching, elsewhere the unit is enough (fact sheet, 1.1).
func (d *device) switching(ifl string) bool {
	port, unit, _ := strings.Cut(ifl, ".")
	at := []string{"interfaces", port, "unit", unit}
	if !d.model.evolved {
		at = append(at, "family", "ethernet-switching")
	}
	return d.eff.At(at...) != nil
}

// behind are the ports of a logical interface.
func (d *device) behind(ifl string) []string {
	return plant.PortsBehind(d.sw, d.bundle, cmdline.PortOf(ifl))
}

// copies is an analyzer as the data plane sees it. What arrives in a remote VLAN is
// copied by an analyzer that has it as an input.
func (d *device) copies(a analyzer) (out []fabric.CopySession) {
	if len(a.kinds()) != 1 {
		return nil
	}
	s := fabric.CopySession{Sample: cmdline.Atoi(a.Value("input", "rate"), 0), Truncate: cmdline.Atoi(a.Value("input", "maximum-packet-length"), 0)}
	if d.model.legacy {
		s.Sample = cmdline.Atoi(a.Value("ratio"), 0)
	}
	switch kind := a.kinds()[0]; {
	case kind == "interface" && d.switching(a.Value("output", "interface")):
		s.ToBundles = [][]string{d.behind(a.Value("output", "interface"))} // a port is a bundle of one
	case kind == "vlan":
		s.ToVLAN = d.vlanID(a.Value("output", "vlan"))
	case kind == "ip-address" && d.routed(a.Value("output", "ip-address")):
		s.ToTunnel = &fabric.Tunnel{Address: a.Value("output", "ip-address"), Overhead: greOverhead}
	default:
		return nil
	}
	plain, marked := s, s
	marked.Marked = true
	for _, direction := range []string{"ingress", "egress"} {
		ifls, vlans := a.inputs(direction)
		for _, l := range d.all(ifls) {
			plain.Ports = append(plain.Ports, fabric.CopySource{Port: l, RX: direction == "ingress", TX: direction == "egress"})
		}
		for _, v := range vlans {
			id := d.vlanID(v)
			plain.VLANs = append(plain.VLANs, fabric.CopyVLAN{VLAN: id, RX: direction == "ingress", TX: direction == "egress"})
			if direction == "ingress" && s.ToBundles != nil {
				sink := s
				sink.FromVLAN = id
				out = append(out, sink)
			}
		}
	}
	for _, l := range d.all(fedBy(d.eff, a.name)) {
		marked.Ports = append(marked.Ports, fabric.CopySource{Port: l, RX: true})
	}
	for _, s := range []fabric.CopySession{plain, marked} {
		if len(s.Ports)+len(s.VLANs) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// all are the ports of logical interfaces; "all" are those that are switched.
func (d *device) all(ifls []string) (ports []string) {
	for _, l := range ifls {
		members := d.behind(l)
		for _, p := range d.sw.Node().Ports {
			if slices.Contains(members, p.Name) || l == "all" && d.switching(p.Name+".0") {
				ports = append(ports, p.Name)
			}
		}
	}
	return ports
}

// remote are the VLANs in which copies travel: of analyzers, and those where no
// addresses are learned.
func (d *device) remote(all []analyzer) (set fabric.VLANSet) {
	for _, a := range all {
		_, in := a.inputs("ingress")
		for _, v := range append(in, a.Words("output", "vlan")...) {
			set.Add(d.vlanID(v))
		}
	}
	for _, v := range d.eff.Words("vlans") {
		if d.eff.At("vlans", v, "no-mac-learning") != nil || d.eff.At("vlans", v, "switch-options", "no-mac-learning") != nil {
			set.Add(d.vlanID(v))
		}
	}
	return set
}

// up is the state of an analyzer. Whether it tells that the output lacks its family is
// not recorded; here it does not.
func (d *device) up(a analyzer) bool {
	if len(a.kinds()) != 1 || d.sw.Faults().NotProgrammed {
		return false
	}
	switch a.kinds()[0] {
	case "interface":
		ports := d.behind(a.Value("output", "interface"))
		counters := d.sw.Fabric().Counters(d.sw.Node())
		return slices.ContainsFunc(ports, func(p string) bool { return counters[p].Up })
	case "ip-address":
		return d.routed(a.Value("output", "ip-address"))
	case "vlan":
		return d.eff.At("vlans", d.vlanName(d.vlanID(a.Value("output", "vlan")))) != nil
	}
	return true
}

// routed reports whether an address is behind a static route or on a connected
// network, as the output of an analyzer must be.
func (d *device) routed(address string) bool {
	a, _ := netip.ParseAddr(address)
	prefixes := d.eff.Words("routing-options", "static", "route")
	for _, f := range families(d.eff) {
		prefixes = append(prefixes, f.Words("address")...)
	}
	return slices.ContainsFunc(prefixes, func(text string) bool {
		p, err := netip.ParsePrefix(text)
		return err == nil && p.Masked().Contains(a)
	})
}

// showAnalyzers as recorded (fact sheet, 2.1). That a label is repeated for each of
// several interfaces is general knowledge.
func showAnalyzers(c *cli, a *args) reply {
	var b strings.Builder
	line := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-33s: %s\n", label, value)
		}
	}
	for _, m := range analyzersOf(c.d.eff) {
		if n := a.Str("name"); n != "" && n != m.name {
			continue
		}
		line("Analyzer name", m.name)
		if !c.d.model.legacy {
			line("Mirror rate", cmp.Or(m.Value("input", "rate"), "1"))
			line("Maximum packet length", cmp.Or(m.Value("input", "maximum-packet-length"), "0"))
			line("State", map[bool]string{true: "up", false: "down"}[c.d.up(m)])
		} else {
			line("Output interface", m.Value("output", "interface"))
			line("Output VLAN", m.Value("output", "vlan"))
			line("Mirror ratio", cmp.Or(m.Value("ratio"), "1"))
			line("Loss priority", cmp.Or(m.Value("loss-priority"), "low"))
		}
		for _, direction := range []string{"ingress", "egress"} {
			ifls, vlans := m.inputs(direction)
			label := strings.ToUpper(direction[:1]) + direction[1:] + " monitored "
			for _, l := range ifls {
				line(label+"interfaces", l)
			}
			for _, v := range vlans {
				if v = c.d.vlanName(c.d.vlanID(v)); !c.d.model.legacy {
					v = "default-switch/" + v
				}
				line(label+"VLANs", v)
			}
		}
		if !c.d.model.legacy {
			line("Output interface", m.Value("output", "interface"))
			line("Output IP address", m.Value("output", "ip-address"))
			if v := m.Value("output", "vlan"); v != "" {
				line("Output VLAN", "default-switch/"+c.d.vlanName(c.d.vlanID(v)))
			}
		}
		b.WriteByte('\n')
	}
	return say(b.String())
}

// showMirroring prints the instances of port-mirroring (fact sheet, 2.2).
func showMirroring(c *cli, _ *args) reply {
	root := []string{"forwarding-options", "port-mirroring"}
	var out []string
	for i, name := range append([]string{""}, c.d.eff.Words(append(root, "instance")...)...) {
		at := append(slices.Clone(root), "instance", name)
		if name == "" {
			at = root
		}
		n := c.d.eff.At(at...)
		if n == nil || len(n.Words("family")) == 0 {
			continue
		}
		var b strings.Builder
		fmt.Fprintf(&b, "Instance Name: %s\n  Instance Id: %d\n  Input parameters:\n    Rate                  : %s\n    Run-length            : %s\n    Maximum-packet-length : %s\n",
			cmp.Or(name, "&global_instance"), i+1, cmp.Or(n.Value("input", "rate"), "1"), cmp.Or(n.Value("input", "run-length"), "0"), cmp.Or(n.Value("input", "maximum-packet-length"), "0"))
		b.WriteString("  Output parameters:\n    Family              State     Destination          Next-hop\n")
		for _, f := range n.Words("family") {
			ifl := n.Value("family", f, "output", "interface")
			fmt.Fprintf(&b, "    %-20s%-10s%-21s%s\n", f, "up", ifl, cmp.Or(n.Value("family", f, "output", "interface", ifl, "next-hop"), "NA"))
		}
		out = append(out, b.String())
	}
	return say(strings.Join(out, "\n"))
}
