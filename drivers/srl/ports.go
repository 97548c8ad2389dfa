package srl

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
)

// mirrorDest is the type of a sub-interface that takes copies.
const mirrorDest = "local-mirror-dest"

// interfaces are those of a device on their way to ports.
type interfaces struct {
	config, state map[string]*data.Node
	subs          map[mirror.PortName][]mirror.PortName
	members       map[string][]mirror.PortName           // of a LAG
	within        map[mirror.PortName][]mirror.PortUse   // network-instances of a sub-interface
	neighbours    map[mirror.PortName][]mirror.Neighbour // heard on a port
	acls          *acls
}

func readInterfaces(a models.Answers) (*interfaces, error) {
	r := &interfaces{subs: map[mirror.PortName][]mirror.PortName{}, members: map[string][]mirror.PortName{}}
	var err error
	if r.config, err = entries(a.Config, "interface", "name"); err != nil {
		return nil, err
	}
	if r.state, err = entries(a.State, "interface", "name"); err != nil {
		return nil, err
	}
	for name, n := range r.config {
		for _, s := range n.All("subinterface") {
			index := s.Text("index")
			if _, err := strconv.ParseUint(index, 10, 32); err != nil {
				return nil, fmt.Errorf("sub-interface %q of %s: %w", index, name, mirror.ErrParse)
			}
			port := mirror.PortName(name)
			r.subs[port] = append(r.subs[port], sub(port, index))
		}
		if lag := n.Text("ethernet", "aggregate-id"); lag != "" {
			r.members[lag] = append(r.members[lag], mirror.PortName(name))
		}
	}
	for _, list := range r.members {
		slices.SortFunc(list, byName)
	}
	if r.within, err = readNetworks(a.Config); err != nil {
		return nil, err
	}
	r.neighbours, err = readNeighbours(a.State.At("system", "lldp"))
	return r, err
}

// readNetworks tells which network-instances sub-interfaces are in.
func readNetworks(config *data.Node) (map[mirror.PortName][]mirror.PortUse, error) {
	out := map[mirror.PortName][]mirror.PortUse{}
	all, err := entries(config, "network-instance", "name")
	for name, n := range all {
		use := mirror.PortUse{Kind: "addressed", Detail: "in network-instance " + strconv.Quote(name)}
		if n.Identity("type") == "mac-vrf" {
			use = mirror.PortUse{Kind: "trunk", Detail: "bridged in network-instance " + strconv.Quote(name)}
		}
		for _, i := range n.All("interface") {
			at := mirror.PortName(i.Text("name")) // a free label from 24.7, where interface-ref says what is meant
			if port := i.Text("interface-ref", "interface"); port != "" {
				at = sub(mirror.PortName(port), i.Text("interface-ref", "subinterface"))
			}
			out[at] = append(out[at], use)
		}
	}
	return out, err
}

func readNeighbours(lldp *data.Node) (map[mirror.PortName][]mirror.Neighbour, error) {
	out := map[mirror.PortName][]mirror.Neighbour{}
	all, err := entries(lldp, "interface", "name")
	for name, n := range all {
		for _, heard := range n.All("neighbor") {
			if system := heard.Text("system-name"); system != "" {
				out[mirror.PortName(name)] = append(out[mirror.PortName(name)], mirror.Neighbour{System: system})
			}
		}
		slices.SortFunc(out[mirror.PortName(name)], func(a, b mirror.Neighbour) int { return strings.Compare(a.System, b.System) })
	}
	return out, err
}

// ports are the interfaces, and the sub-interfaces that are configured.
func (r *interfaces) ports() (out []mirror.Port, err error) {
	names := maps.Clone(r.state)
	maps.Copy(names, r.config)
	for name := range names {
		p, err := r.port(name)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
		for _, s := range r.config[name].All("subinterface") {
			out = append(out, r.sub(p, s))
		}
	}
	slices.SortFunc(out, func(a, b mirror.Port) int { return byName(a.Name, b.Name) })
	return out, nil
}

func (r *interfaces) port(name string) (mirror.Port, error) {
	config, state := r.config[name], r.state[name]
	p := mirror.Port{Name: mirror.PortName(name), LAG: isLAG(mirror.PortName(name)), Members: r.members[name], Up: operState(state), Neighbours: r.neighbours[mirror.PortName(name)]}
	var err error
	if p.Speed, err = speed(first(state, config, "ethernet", "port-speed")); err != nil {
		return p, fmt.Errorf("interface %s: %w", name, err)
	}
	if p.MTU, err = strconv.Atoi(first(state, config, "mtu")); err != nil {
		p.MTU = 0 // not told
	}
	switch first(state, config, "admin-state") {
	case "enable":
		p.Admin = mirror.True
	case "disable":
		p.Admin = mirror.False
	case "":
		if config != nil { // the default of the model
			p.Admin = mirror.True
		}
	}
	if config != nil {
		p.Stanza = string(config.JSON())
	}
	p.Monitor = takesCopies(zero(config))
	p.Lists = r.acls.names(p.Name)
	r.uses(&p, config, state)
	return p, nil
}

// first is a leaf of the state, else of the configuration.
func first(state, config *data.Node, path ...string) string {
	if t := state.Text(path...); t != "" {
		return t
	}
	return config.Text(path...)
}

// zero is sub-interface 0 of an interface, nil where there is none.
func zero(n *data.Node) *data.Node {
	for _, s := range n.All("subinterface") {
		if s.Text("index") == "0" {
			return s
		}
	}
	return nil
}

// takesCopies: a sub-interface is a destination that is in service.
func takesCopies(n *data.Node) bool {
	d := n.Child("local-mirror-destination")
	return n.Identity("type") == mirrorDest && n.Text("admin-state") != "disable" && d != nil && d.Text("admin-state") != "disable"
}

func operState(n *data.Node) mirror.State {
	switch n.Text("oper-state") {
	case "up":
		return mirror.True
	case "down":
		return mirror.False
	}
	return mirror.Unknown
}

// speed reads 1G, 100M, 1T; "" is not told.
func speed(text string) (mirror.BitsPerSecond, error) {
	if text == "" {
		return 0, nil
	}
	unit := map[byte]mirror.BitsPerSecond{'M': 1e6, 'G': 1e9, 'T': 1e12}[text[len(text)-1]]
	n, err := strconv.ParseUint(text[:len(text)-1], 10, 32)
	if err != nil || unit == 0 {
		return 0, fmt.Errorf("port-speed %q: %w", text, mirror.ErrParse)
	}
	return mirror.BitsPerSecond(n) * unit, nil
}

// uses are what speaks against the port as a destination.
func (r *interfaces) uses(p *mirror.Port, config, state *data.Node) {
	use := func(is bool, kind, format string, args ...any) {
		if is {
			p.Uses = append(p.Uses, mirror.PortUse{Kind: kind, Detail: fmt.Sprintf(format, args...)})
		}
	}
	name := string(p.Name)
	use(strings.HasPrefix(name, "mgmt0"), "management", "the port for management")
	use(!mirrors(p.Name) && !strings.HasPrefix(name, "mgmt0"), "addressed", "no port, but an interface of the system")
	lag := config.Text("ethernet", "aggregate-id")
	use(lag != "", "lag-member", "member of %s", lag)
	use(config.Has("breakout-mode"), "unknown", "it is broken out into other ports")
	for _, s := range config.All("subinterface") {
		at := sub(p.Name, s.Text("index"))
		for _, u := range r.within[at] {
			use(true, u.Kind, "sub-interface %s is %s", at, u.Detail)
		}
		use(address(s) != "", "addressed", "sub-interface %s has address %s", at, address(s))
		use(s.Identity("type") != mirrorDest && s.Text("index") != "0", "trunk", "it has sub-interface %s", at)
	}
	for _, n := range p.Neighbours {
		use(true, "neighbour", "LLDP: %s", n.System)
	}
	bps, err := strconv.ParseUint(state.Text("traffic-rate", "in-bps"), 10, 64)
	use(err == nil && bps > 0, "receiving", "%d bit/s", bps)
}

// address is one of a sub-interface, "" for none.
func address(s *data.Node) string {
	for _, family := range []string{"ipv4", "ipv6"} {
		for _, a := range s.Child(family).All("address") {
			return a.Text("ip-prefix")
		}
	}
	return ""
}

// sub is a sub-interface of a port.
func (r *interfaces) sub(of mirror.Port, n *data.Node) mirror.Port {
	p := mirror.Port{Name: sub(of.Name, n.Text("index")), Kind: mirror.SourceSub, Parent: of.Name, Speed: of.Speed, MTU: of.MTU, Up: of.Up, Admin: mirror.True,
		Monitor: n.Identity("type") == mirrorDest, Stanza: string(n.JSON())}
	if n.Text("admin-state") == "disable" {
		p.Admin = mirror.False
	}
	for _, s := range r.state[string(of.Name)].All("subinterface") {
		if s.Text("index") == n.Text("index") && operState(s) != mirror.Unknown {
			p.Up = operState(s)
		}
	}
	p.Lists = r.acls.names(p.Name)
	for _, u := range r.within[p.Name] {
		p.Uses = append(p.Uses, u)
	}
	if a := address(n); a != "" {
		p.Uses = append(p.Uses, mirror.PortUse{Kind: "addressed", Detail: "address " + a})
	}
	return p
}
