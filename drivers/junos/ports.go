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

// A stanza is what the configuration says of an interface or of one of its units, a
// statement a line.
type stanza struct {
	lines []string
	units []string // of an interface, those that are not 0
}

// value is what stands behind the words of a statement, "" when there is none.
func (s stanza) value(words ...string) string {
	if v := s.values(words...); len(v) > 0 {
		return v[0]
	}
	return ""
}

func (s stanza) values(words ...string) (out []string) {
	for _, l := range s.lines {
		for _, w := range words {
			if rest, ok := strings.CutPrefix(l, w+" "); ok {
				out = append(out, rest)
			}
		}
	}
	return out
}

func (s stanza) has(words string) bool {
	return slices.ContainsFunc(s.lines, func(l string) bool { return l == words || strings.HasPrefix(l, words+" ") })
}

// An interfaces is the hierarchy of that name: interfaces by their names, units by
// "ge-0/0/1.0".
type interfaces map[string]stanza

// readInterfaces sorts the statements of the hierarchy "interfaces". Ranges of them are
// shown as what they stand for, where inheritance is asked for.
func readInterfaces(c config) interfaces {
	out := interfaces{}
	c.all(func(rest []string) {
		if len(rest) < 1 || rest[0] == "interface-range" || rest[0] == "apply-groups" {
			return
		}
		name, words := rest[0], rest[1:]
		s := out[name]
		if len(words) > 0 {
			s.lines = append(s.lines, strings.Join(words, " "))
		}
		if len(words) > 1 && words[0] == "unit" {
			if words[1] != "0" && !slices.Contains(s.units, words[1]) {
				s.units = append(s.units, words[1])
			}
			u := out[name+"."+words[1]]
			u.lines = append(u.lines, strings.Join(words[2:], " "))
			out[name+"."+words[1]] = u
		}
		out[name] = s
	}, "interfaces")
	return out
}

// at lists, by filter, the ports at whose ingress it stands.
func (all interfaces) at() map[string][]mirror.PortName {
	out := map[string][]mirror.PortName{}
	for name, s := range all {
		n, ok := grammar.Read(name)
		if !ok || !strings.Contains(name, ".") {
			continue
		}
		for _, f := range s.lists() {
			out[f] = append(out[f], n.Full())
		}
	}
	for _, ports := range out {
		slices.SortFunc(ports, grammar.Compare)
	}
	return out
}

// lists are the filters at the ingress of a unit.
func (s stanza) lists() (out []string) {
	for _, l := range s.lines {
		w := strings.Fields(l)
		if i := slices.Index(w, "filter"); i >= 0 && len(w) > i+2 && (w[i+1] == "input" || w[i+1] == "input-list") {
			out = append(out, w[i+2])
		}
	}
	return out
}

// ports lists the ports that the device shows, and the units of its configuration, with
// what speaks against them as a destination.
func (a around) ports(all interfaces, rows []row) []mirror.Port {
	known := map[mirror.PortName]row{}
	for _, r := range rows {
		if n, ok := grammar.Read(r.name); ok {
			known[n.Full()] = r
		}
	}
	for name := range all {
		if n, ok := grammar.Read(name); ok {
			known[n.Full()] = known[n.Full()] // a unit has no row of its own
		}
	}
	out := make([]mirror.Port, 0, len(known))
	for p, r := range known {
		out = append(out, a.port(p, r, all))
	}
	slices.SortFunc(out, func(a, b mirror.Port) int { return grammar.Compare(a.Name, b.Name) })
	return out
}

// port is what an observation has of a port.
func (a around) port(p mirror.PortName, r row, all interfaces) mirror.Port {
	n := grammar.Named(p)
	name, number := unit(p)
	whole, st := all[name], all[name+"."+number]
	out := mirror.Port{Name: p, Up: cmp.Or(r.up, mirror.Unknown), Speed: r.speed, MTU: r.mtu, Admin: mirror.True, Lists: st.lists(),
		Stanza: strings.Join(whole.lines, "\n"), Monitor: st.has(switching)}
	use := func(is bool, kind, format string, args ...any) {
		if is {
			out.Uses = append(out.Uses, mirror.PortUse{Kind: kind, Detail: fmt.Sprintf(format, args...)})
		}
	}
	if r.disabled || whole.has("disable") || st.has("disable") {
		out.Admin = mirror.False
	}
	switch {
	case n.Sub >= 0:
		parent := n
		parent.Sub = -1
		out.Kind, out.Parent, out.Stanza = mirror.SourceSub, parent.Full(), strings.Join(st.lines, "\n")
	case n.LAG():
		out.LAG, out.Members = true, all.members(name)
	}
	var carried mirror.VLANSet
	for _, v := range slices.Concat(st.values(switching+" vlan members"), a.memberOf[logical(p)]) {
		carried = carried.Union(a.vlanSet(v))
	}
	mode := st.value(switching+" interface-mode", switching+" port-mode")
	switch {
	case mode == "trunk":
		native, _ := text.Decimal(cmp.Or(whole.value("native-vlan-id"), st.value(switching+" native-vlan-id")))
		out.Trunk = &mirror.Trunk{Allowed: carried, Native: native}
	case out.Monitor:
		out.Access, _ = text.Decimal(carried.String()) // where it is one
	}
	bundle := whole.value("gigether-options 802.3ad", "ether-options 802.3ad")
	use(out.Trunk != nil, "trunk", "interface-mode trunk")
	use(mode != "" && mode != "trunk" && mode != "access", "unknown", "mode %s", text.Quote(mode))
	use(bundle != "", "lag-member", "member of %s", text.Quote(bundle))
	address := st.value("family inet address", "family inet6 address")
	use(address != "", "addressed", "address %s", text.Quote(address))
	use(address == "" && (routed(n) || st.has("family inet") || st.has("family inet6")), "addressed", "a routed interface")
	for _, u := range whole.units {
		use(n.Sub < 0 && !routed(n), "subinterface", "unit %s", text.Quote(u))
	}
	out.Neighbours = a.neighbours[p]
	use(a.macs[p] > 0, "learned", "%s", console.Learned(a.macs[p]))
	for _, nb := range out.Neighbours {
		use(true, "neighbour", "LLDP neighbour %s", text.Quote(nb.System))
	}
	use(a.received[p] != "", "receiving", "%s", a.received[p])
	return out
}

// members are the ports of a bundle.
func (all interfaces) members(bundle string) (out []mirror.PortName) {
	for name, s := range all {
		if n, ok := grammar.Read(name); ok && s.value("gigether-options 802.3ad", "ether-options 802.3ad") == bundle {
			out = append(out, n.Full())
		}
	}
	slices.SortFunc(out, grammar.Compare)
	return out
}
