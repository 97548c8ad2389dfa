package junos

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// switching is the family of units that are ports of the switch.
const switching = "family ethernet-switching"

// deactivated begins what is told of a port with statements that are.
const deactivated = "deactivated: "

// An interfaces is the hierarchy of that name, as far as it is in force, and with what is
// deactivated. Ranges of them are shown as what they stand for, where inheritance is asked for.
type interfaces struct{ inForce, shown *text.Tree }

func readInterfaces(t *text.Tree) interfaces {
	return interfaces{t.At("interfaces").InForce(), t.At("interfaces")}
}

// lists are the filters at the ingress of a unit.
func lists(unit *text.Tree) []string {
	out := slices.Concat(unit.Words("filter", "input"), unit.Words("filter", "input-list")) // of any family
	for _, family := range unit.Below("family") {
		out = slices.Concat(out, family.Words("filter", "input"), family.Words("filter", "input-list"))
	}
	return out
}

// at lists, by filter, the ports at whose ingress it stands.
func (all interfaces) at() map[string][]mirror.PortName {
	out := map[string][]mirror.PortName{}
	for _, i := range all.inForce.Below() {
		for _, u := range i.Below("unit") {
			for _, f := range lists(u) {
				if n, ok := grammar.Read(i.Word + "." + u.Word); ok {
					out[f] = append(out[f], n.Full())
				}
			}
		}
	}
	for _, ports := range out {
		slices.SortFunc(ports, grammar.Compare)
	}
	return out
}

// bundle is the aggregated interface that one is a member of, "" = it is none.
func bundle(i *text.Tree) string {
	return cmp.Or(i.Value("gigether-options", "802.3ad"), i.Value("ether-options", "802.3ad"), i.Value("fastether-options", "802.3ad"))
}

// ports lists the ports that the device shows, and those of its configuration, with what
// speaks against them as a destination.
func (a around) ports(all interfaces, rows []row) []mirror.Port {
	known := map[mirror.PortName]row{}
	add := func(name string, r row) {
		if n, ok := grammar.Read(name); ok {
			if _, listed := known[n.Full()]; !listed {
				known[n.Full()] = r
			}
		}
	}
	for _, r := range rows {
		add(r.name, r)
	}
	for _, i := range all.shown.Below() {
		add(i.Word, row{})
		for _, u := range i.Words("unit") {
			add(i.Word+"."+u, row{})
		}
	}
	out := make([]mirror.Port, 0, len(known))
	for p, r := range known {
		out = append(out, a.port(p, r, all))
	}
	text.Sort(grammar, out, func(p mirror.Port) mirror.PortName { return p.Name })
	return out
}

// port is what an observation has of a port.
func (a around) port(p mirror.PortName, r row, all interfaces) mirror.Port {
	n := grammar.Named(p)
	name, number := unit(p)
	whole, st, shown := all.inForce.At(name), all.inForce.At(name, "unit", number), all.shown.At(name)
	eth := st.At(strings.Fields(switching)...)
	out := mirror.Port{Name: p, Up: cmp.Or(r.up, mirror.Unknown), Speed: r.speed, Admin: mirror.True, Lists: lists(st),
		Stanza: strings.Join(shown.Own().Lines(), "\n"), Monitor: eth != nil}
	use := func(is bool, kind, format string, args ...any) {
		if is {
			out.Uses = append(out.Uses, mirror.PortUse{Kind: kind, Detail: fmt.Sprintf(format, args...)})
		}
	}
	if r.disabled || whole.Has("disable") || st.Has("disable") {
		out.Admin = mirror.False
	}
	switch {
	case n.Sub >= 0:
		parent := n
		parent.Sub = -1
		out.Kind, out.Parent, out.Stanza = mirror.SourceSub, parent.Full(), strings.Join(shown.At("unit", number).Own().Lines(), "\n")
	case n.LAG():
		out.LAG = true
		for _, i := range all.inForce.Below() {
			if m, ok := grammar.Read(i.Word); ok && bundle(i) == name {
				out.Members = append(out.Members, m.Full())
			}
		}
		slices.SortFunc(out.Members, grammar.Compare)
	}
	var carried mirror.VLANSet
	for _, v := range slices.Concat(eth.Words("vlan", "members"), a.memberOf[logical(p)]) {
		carried = carried.Union(a.vlanSet(v))
	}
	mode := cmp.Or(eth.Value("interface-mode"), eth.Value("port-mode"))
	if mode == "trunk" {
		native, _ := a.vlanID(cmp.Or(whole.Value("native-vlan-id"), eth.Value("native-vlan-id")))
		out.Trunk = &mirror.Trunk{Allowed: carried, Native: native}
	} else if out.Monitor {
		out.Access, _ = text.Decimal(carried.String()) // where it is one
	}
	use(out.Trunk != nil, "trunk", "interface-mode trunk")
	use(mode != "" && mode != "trunk" && mode != "access", "unknown", "mode %s", text.Quote(mode))
	use(bundle(whole) != "", "lag-member", "member of %s", text.Quote(bundle(whole)))
	use(!out.Monitor && len(shown.Inactive()) > 0, "unknown", deactivated+"%s", text.Quote(strings.Join(shown.Inactive(), ", "))) // nothing is built on it
	others := slices.DeleteFunc(st.Words("family"), func(f string) bool { return slices.Contains([]string{"ethernet-switching", "inet", "inet6"}, f) })
	use(len(others) > 0, "unknown", "family %s", text.Quote(strings.Join(others, ", ")))
	use(whole.Has("encapsulation") || whole.Has("flexible-vlan-tagging") || st.Has("encapsulation"), "unknown", "an encapsulation of its own")
	address := cmp.Or(st.Value("family", "inet", "address"), st.Value("family", "inet6", "address"))
	use(address != "", "addressed", "address %s", text.Quote(address))
	use(address == "" && (routed(n) || st.Has("family", "inet") || st.Has("family", "inet6")), "addressed", "a routed interface")
	for _, u := range whole.Words("unit") {
		use(u != "0" && n.Sub < 0 && !routed(n), "subinterface", "unit %s", text.Quote(u))
	}
	out.Neighbours = a.neighbours[p]
	use(a.macs[p] > 0, "learned", "%s", console.Learned(a.macs[p]))
	for _, nb := range out.Neighbours {
		use(true, "neighbour", "LLDP neighbour %s", text.Quote(nb.System))
	}
	use(a.received[p] != "", "receiving", "%s", a.received[p])
	return out
}
