package iosxr

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A header begins an interface of the configuration.
type header struct {
	name          string
	preconfigured bool // its hardware is not there
}

// headerOf takes the header from a line, and leaves what stands below it. Behind the
// name of a subinterface may stand what it is.
func headerOf(words []string) (h header, rest []string) {
	words = words[1:]
	if len(words) > 1 && words[0] == "preconfigure" {
		h.preconfigured, words = true, words[1:]
	}
	if len(words) == 0 {
		return h, nil
	}
	h.name, words = words[0], words[1:]
	if n, ok := grammar.Read(h.name); ok {
		if h.name = string(n.Full()); n.Sub >= 0 && len(words) > 0 && words[0] == "l2transport" {
			words = words[1:]
		}
	}
	return h, words
}

// An iface is an interface of the running configuration.
type iface struct {
	header
	lines         []string
	subinterfaces bool
}

// parseInterfaces reads the interfaces of a configuration, by name. mirror.ErrParse for a
// text that is no configuration.
func parseInterfaces(reply string) (map[string]*iface, error) {
	all, err := statements(showConfig, reply)
	if err != nil {
		return nil, err
	}
	out := map[string]*iface{}
	for _, words := range all {
		if words[0] != "interface" || len(words) < 2 {
			continue
		}
		h, rest := headerOf(words)
		i := out[h.name]
		if i == nil {
			i = &iface{header: h}
			out[h.name] = i
		}
		if len(rest) > 0 {
			i.lines = append(i.lines, strings.Join(rest, " "))
		}
	}
	for name := range out {
		if n, ok := grammar.Read(name); ok && n.Sub >= 0 {
			if base := out[string(parent(n))]; base != nil {
				base.subinterfaces = true
			}
		}
	}
	return out, nil
}

// value is what stands behind the words of a line, "" when there is none.
func (i *iface) value(words string) string {
	for _, l := range i.all() {
		if rest, ok := strings.CutPrefix(l, words+" "); ok {
			return rest
		}
	}
	return ""
}

// all are the lines of an interface, which may not be configured.
func (i *iface) all() []string {
	if i == nil {
		return nil
	}
	return i.lines
}

func (i *iface) has(line string) bool { return slices.Contains(i.all(), line) }

// lists are the access lists at its ingress: one of IPv4 by its name, others with their
// family before it, "?" where the name is not told.
func (i *iface) lists() (out []string) {
	for _, l := range i.all() {
		words := strings.Fields(strings.TrimPrefix(l, "l2transport "))
		if len(words) < 4 || words[1] != "access-group" || !slices.Contains(words[2:], "ingress") {
			continue
		}
		name := words[2]
		if words[3] != "ingress" {
			name = "?"
		}
		if words[0] != "ipv4" {
			name = words[0] + ":" + name
		}
		out = append(out, name)
	}
	return out
}

// tunnel is the way of a tunnel interface. strange says what of it netmirror would not
// have written; "" = nothing.
func (i *iface) tunnel() (t mirror.Tunnel, strange string) {
	mode := false
	for _, l := range i.all() {
		words := strings.Fields(l)
		value, ok := words[len(words)-1], false
		switch strings.Join(words[:len(words)-1], " ") {
		case "tunnel source":
			t.From, ok = value, isAddress(value)
		case "tunnel destination":
			t.To, ok = value, isAddress(value)
		case "tunnel mode gre":
			mode = value == "ipv4"
			ok = mode
		case "tunnel vrf":
			t.VRF, ok = value, true
		case "tunnel ttl":
			var err error
			t.TTL, err = text.Decimal(value)
			ok = err == nil && t.TTL <= 255
		case "tunnel tos":
			tos, err := text.Decimal(value)
			t.DSCP, ok = tos/4, err == nil && tos <= 255 && tos%4 == 0
		default:
			ok = strings.HasPrefix(l, "ipv4 address ") && len(words) == 4 || strings.HasPrefix(l, "ipv4 unnumbered ") || words[0] == "description"
		}
		if !ok {
			return t, text.Quote(l)
		}
	}
	if !mode || t.From == "" || t.To == "" {
		return t, "it does not say where it leads"
	}
	return t, ""
}

func isAddress(word string) bool {
	a, err := netip.ParseAddr(word)
	return err == nil && a.Is4() && a.String() == word
}

// tunnels are the tunnel interfaces of the device, whoever made them. One that netmirror
// would not have written so has no way.
func tunnels(at map[string]*iface) (out []mirror.Footing) {
	for _, name := range slices.Sorted(maps.Keys(at)) {
		if !isTunnel(name) {
			continue
		}
		f := mirror.Footing{Kind: mirror.FootingTunnel, Name: name}
		if t, strange := at[name].tunnel(); strange == "" {
			f.Tunnel = &t
		}
		out = append(out, f)
	}
	return out
}

// ports lists the ports that the device shows, and those of its configuration, with
// what speaks against them as a destination.
func ports(known around, at map[string]*iface, rows []mirror.PortCounters) []mirror.Port {
	states := map[mirror.PortName]mirror.PortCounters{}
	for _, row := range rows {
		states[row.Port] = row
	}
	for name, i := range at {
		p := mirror.PortName(name)
		if _, listed := states[p]; !listed && !i.preconfigured && grammar.Canonical(p) {
			states[p] = mirror.PortCounters{Port: p, Up: mirror.Unknown}
		}
	}
	var out []mirror.Port
	for _, row := range states {
		out = append(out, port(known, at, row))
	}
	text.Sort(grammar, out, func(p mirror.Port) mirror.PortName { return p.Name })
	return out
}

// bundle is the bundle that an interface is a member of: "bundle id 1 mode active".
func (i *iface) bundle() string {
	id, _, _ := strings.Cut(i.value("bundle id"), " ")
	return id
}

// carriesParts speaks against a port with subinterfaces.
var carriesParts = mirror.PortUse{Kind: "trunk", Detail: "it has subinterfaces"}

// port is what an observation has of a port.
func port(known around, at map[string]*iface, row mirror.PortCounters) mirror.Port {
	out := mirror.Port{Name: row.Port, Up: row.Up, Speed: row.Bandwidth, Admin: mirror.True}
	i, n := at[string(row.Port)], grammar.Named(row.Port)
	use := func(is bool, kind, format string, args ...any) {
		if is {
			out.Uses = append(out.Uses, mirror.PortUse{Kind: kind, Detail: fmt.Sprintf(format, args...)})
		}
	}
	if i != nil {
		out.Stanza = strings.Join(i.lines, "\n")
		out.Lists = i.lists()
	}
	// A list that a port inherits would give way to another at the port itself.
	out.Lists = append(out.Lists, known.groups...)
	if i.has("shutdown") {
		out.Admin = mirror.False
	}
	if n.LAG() && n.Sub < 0 {
		out.LAG, out.Members = true, members(fmt.Sprint(n.Path[0]), at)
	}
	if n.Sub >= 0 {
		out.Kind, out.Parent = mirror.SourceSub, parent(n)
	}
	use(i != nil && i.subinterfaces, carriesParts.Kind, "%s", carriesParts.Detail)
	use(i.has("l2transport"), "trunk", "l2transport")
	use(i.bundle() != "", "lag-member", "member of Bundle-Ether%s", i.bundle())
	for _, family := range []string{"ipv4 address", "ipv4 unnumbered", "ipv6 address", "ipv6 enable"} {
		use(i.value(family) != "" || i.has(family), "addressed", "%s", strings.TrimSpace(family+" "+i.value(family)))
	}
	known.traffic.Tell(&out, false)
	return out
}

// members are the ports of a bundle.
func members(id string, at map[string]*iface) (out []mirror.PortName) {
	for name, i := range at {
		if i.bundle() == id {
			out = append(out, mirror.PortName(name))
		}
	}
	slices.SortFunc(out, grammar.Compare)
	return out
}
