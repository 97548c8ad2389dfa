package plant

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// A PortView is what show commands tell of a port, or of a bundle of ports.
type PortView struct {
	fabric.PortCounters
	fabric.PortState
	Name string
	MAC  fabric.MAC // of a bundle, that of its last port
	// Bundle is the one that a port is a member of, "" = none.
	Bundle string
	// Members are the ports of a bundle that are up.
	Members []string
}

// VLANWord is the VLAN of untagged frames, or why there is no one.
func (v PortView) VLANWord() string {
	switch {
	case v.Routed:
		return "routed"
	case v.Trunk:
		return "trunk"
	}
	return strconv.Itoa(v.Untagged())
}

// PortViews lists the ports of a switch, and after them the bundles: a bundle
// is up while a port of it is, has their speed together, and counts what they
// count. A sub-interface among them is up with its port and counts nothing. state is
// what the configuration says of a port or bundle, bundleOf of which bundle a port is.
func PortViews(h Host, state func(name string) fabric.PortState, bundleOf func(port string) string, bundles []string) []PortView {
	counters, members := h.Fabric().Counters(h.Node()), map[string][]PortView{}
	out := make([]PortView, 0, len(h.Node().Ports)+len(bundles))
	for _, p := range h.Node().Ports {
		v := PortView{PortCounters: counters[p.Name], PortState: state(p.Name), Name: p.Name, MAC: p.MAC(), Bundle: bundleOf(p.Name)}
		out = append(out, v)
		if v.Bundle != "" {
			members[v.Bundle] = append(members[v.Bundle], v)
		}
	}
	for _, name := range bundles {
		v := PortView{PortState: state(name), Name: name}
		v.Mean.Over = v.Interval()
		for _, m := range members[name] {
			v.add(m)
		}
		main, _, isSub := strings.Cut(name, ".") // up with its port
		for i := 0; isSub && i < len(out); i++ {
			if m := out[i]; m.Name == main {
				v.Up, v.Speed, v.MAC = m.Up && !v.Down, m.Speed, m.MAC
			}
		}
		out = append(out, v)
	}
	return out
}

// add counts a port of a bundle in. What one counted that is down stays counted.
func (v *PortView) add(m PortView) {
	v.MAC = m.MAC
	v.Sums, v.Mean = v.Sums.Plus(m.Sums), v.Mean.Plus(m.Mean)
	v.InBits, v.InRate, v.OutBits, v.OutRate = v.InBits+m.InBits, v.InRate+m.InRate, v.OutBits+m.OutBits, v.OutRate+m.OutRate
	if m.Up && !v.Down {
		v.Up, v.Members, v.Speed = true, append(v.Members, m.Name), v.Speed+m.Speed
	}
}

// PortsBehind are the ports behind a name: those of a bundle, or the port.
func PortsBehind(h Host, bundleOf func(port string) string, name string) (out []string) {
	for _, p := range h.Node().Ports {
		if p.Name == name || bundleOf(p.Name) == name {
			out = append(out, p.Name)
		}
	}
	return out
}

// A Learned is an address that a switch has learned on a port.
type Learned struct {
	VLAN int
	MAC  fabric.MAC
	Port string // or the bundle that it is a member of
}

// LearnedMACs are the addresses that hosts and the far ends of links would have
// taught a switch. A port that copies leave by, and a routed one, learns nothing.
func LearnedMACs(h Host, views []PortView) (out []Learned) {
	byName := map[string]PortView{}
	for _, v := range views {
		byName[v.Name] = v
	}
	for _, p := range h.Node().Ports {
		v, hosts := byName[p.Name], p.Hosts
		if p.Peer != nil {
			hosts = append([]fabric.Host{{MAC: p.Peer.MAC()}}, hosts...)
		}
		for _, host := range hosts {
			if host.MAC != (fabric.MAC{}) && v.Up && !v.Monitor && !v.Routed {
				out = append(out, Learned{cmp.Or(host.VLAN, v.Untagged()), host.MAC, cmp.Or(v.Bundle, v.Name)})
			}
		}
	}
	return out
}
