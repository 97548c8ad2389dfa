package plant

import (
	"iter"
	"maps"
	"slices"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// A Direction is a set of the two halves of a port's traffic.
type Direction int

// The directions, seen from the switch.
const (
	RX Direction = 1 << iota
	TX
	Both = RX | TX
)

// String is the word for a direction.
func (d Direction) String() string { return map[Direction]string{RX: "rx", TX: "tx", Both: "both"}[d] }

// DirectionOf is the direction that a line has a word for, both without one.
func DirectionOf(has func(word string) bool) Direction {
	for _, d := range []Direction{RX, TX} {
		if has(d.String()) {
			return d
		}
	}
	return Both
}

// A Mirror is a mirror session as far as every platform has one; a platform
// embeds it in its own.
type Mirror struct {
	Ports map[string]Direction // sources, by full name
	VLANs map[int]Direction    // sources
	// FromVLAN and ToVLAN are remote VLANs that copies come from and go to.
	FromVLAN, ToVLAN int
	Destinations     []Destination
	// FilterVLANs are those of which a trunk's copies are made; empty = all.
	FilterVLANs fabric.VLANSet
	// Slot makes the session take the place of one with sources before it has
	// any. Foreign is a session that nobody can type: the hardware does not care
	// who owns it, and it takes the place of one in both directions.
	Slot, Foreign bool
}

// A Destination is a port that copies leave by, with its options as they are
// configured.
type Destination struct{ Port, Options string }

// NewMirror is a session without sources and destinations.
func NewMirror() Mirror { return Mirror{Ports: map[string]Direction{}, VLANs: map[int]Direction{}} }

// Clone copies a session.
func (m *Mirror) Clone() Mirror {
	c := *m
	c.Ports, c.VLANs, c.Destinations = maps.Clone(m.Ports), maps.Clone(m.VLANs), slices.Clone(m.Destinations)
	return c
}

// HasSources reports whether it takes the place of a session with sources.
func (m *Mirror) HasSources() bool { return m.Slot || m.Foreign || len(m.Ports)+len(m.VLANs) > 0 }

// Directions are those of all its sources.
func (m *Mirror) Directions() Direction {
	var all Direction
	for _, d := range m.Ports {
		all |= d
	}
	for _, d := range m.VLANs {
		all |= d
	}
	return all
}

// PortsOf are the source ports, in order, of which all of a direction is copied.
func (m *Mirror) PortsOf(d Direction, compare func(a, b string) int) []string {
	return slices.DeleteFunc(slices.SortedFunc(maps.Keys(m.Ports), compare), func(p string) bool { return m.Ports[p]&d != d })
}

// VLANsOf are the source VLANs of which a direction is copied and no other.
func (m *Mirror) VLANsOf(d Direction) (set fabric.VLANSet) {
	for v, dir := range m.VLANs {
		if dir == d {
			set.Add(v)
		}
	}
	return set
}

// EndsAt reports whether a port is a destination.
func (m *Mirror) EndsAt(port string) bool {
	return slices.ContainsFunc(m.Destinations, func(d Destination) bool { return d.Port == port })
}

// AddSources adds ports and VLANs; directions add up.
func (m *Mirror) AddSources(ports []string, vlans fabric.VLANSet, dir Direction) {
	for _, p := range ports {
		m.Ports[p] |= dir
	}
	for _, v := range vlans.List() {
		m.VLANs[v] |= dir
	}
}

// RemoveSources takes a direction of ports and VLANs away; a source without any
// left is none.
func (m *Mirror) RemoveSources(ports []string, vlans fabric.VLANSet, dir Direction) {
	for _, p := range ports {
		if m.Ports[p] &^= dir; m.Ports[p] == 0 {
			delete(m.Ports, p)
		}
	}
	for _, v := range vlans.List() {
		if m.VLANs[v] &^= dir; m.VLANs[v] == 0 {
			delete(m.VLANs, v)
		}
	}
}

// AddDestinations adds ports, or gives those that are there other options.
func (m *Mirror) AddDestinations(ports []string, options string, compare func(a, b string) int) {
	for _, p := range ports {
		m.RemoveDestinations([]string{p})
		m.Destinations = append(m.Destinations, Destination{p, options})
	}
	slices.SortFunc(m.Destinations, func(a, b Destination) int { return compare(a.Port, b.Port) })
}

// RemoveDestinations takes ports away.
func (m *Mirror) RemoveDestinations(ports []string) {
	m.Destinations = slices.DeleteFunc(m.Destinations, func(d Destination) bool { return slices.Contains(ports, d.Port) })
}

// InOrder are the ports that are sources, by name: sums of floats come out the same
// in every run.
func (m *Mirror) InOrder() iter.Seq2[string, Direction] {
	return func(yield func(string, Direction) bool) {
		for _, name := range slices.Sorted(maps.Keys(m.Ports)) {
			if !yield(name, m.Ports[name]) {
				return
			}
		}
	}
}

// Copy is the session as the data plane sees it, without tunnels; members are
// the ports behind a name: more or others than the name itself are a bundle, and
// share the copies. ok is false while a source or a sink is missing.
func (m *Mirror) Copy(members func(port string) []string) (c fabric.CopySession, ok bool) {
	c = fabric.CopySession{OnlyVLANs: m.FilterVLANs, FromVLAN: m.FromVLAN, ToVLAN: m.ToVLAN}
	for _, d := range m.Destinations {
		if ports := members(d.Port); slices.Equal(ports, []string{d.Port}) {
			c.ToPorts = append(c.ToPorts, d.Port)
		} else {
			c.ToBundles = append(c.ToBundles, ports)
		}
	}
	for name, dir := range m.InOrder() {
		for _, p := range members(name) {
			c.Ports = append(c.Ports, fabric.CopySource{Port: p, RX: dir&RX != 0, TX: dir&TX != 0})
		}
	}
	for _, v := range slices.Sorted(maps.Keys(m.VLANs)) {
		dir := m.VLANs[v]
		c.VLANs = append(c.VLANs, fabric.CopyVLAN{VLAN: v, RX: dir&RX != 0, TX: dir&TX != 0})
	}
	return c, (len(c.ToPorts)+len(c.ToBundles) > 0 || c.ToVLAN != 0) && (len(c.Ports)+len(c.VLANs) > 0 || c.FromVLAN != 0)
}
