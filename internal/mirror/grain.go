package mirror

import (
	"fmt"
	"slices"
)

// Grain says how much of what ends at one destination a native session holds.
type Grain string

// The grains.
const (
	PerDestination Grain = ""          // everything that is copied there
	PerDirection   Grain = "direction" // one direction of it: rx and tx are two native sessions
	PerSource      Grain = "source"    // one source of it
)

// part names the part of a whole that a native session of these sources is; "" where
// it is the whole, or where its sources tell no single part.
func (g Grain) part(sources []NativeSource) string {
	out := ""
	for _, s := range sources {
		part := ""
		switch g {
		case PerDirection:
			part = string(s.Direction)
		case PerSource:
			part = string(s.Port)
			if s.VLAN != 0 {
				part = fmt.Sprintf("vlan %d", s.VLAN)
			}
		}
		if out != "" && part != out {
			return ""
		}
		out = part
	}
	return out
}

// split divides a fragment's mirror session into the native sessions that its grain
// asks for, sorted by part. A source in both directions is, by direction, in two.
func (n NativeSpec) split() []NativeSpec {
	grain := n.Grain
	n.Grain = PerDestination
	if grain == PerDestination || len(n.Sources) == 0 {
		return []NativeSpec{n}
	}
	byPart := map[string][]NativeSource{}
	var parts []string
	for _, s := range n.Normalize().Sources {
		each := []NativeSource{s}
		if grain == PerDirection && s.Direction == Both {
			rx, tx := s, s
			rx.Direction, tx.Direction = RX, TX
			each = []NativeSource{rx, tx}
		}
		for _, one := range each {
			part := grain.part([]NativeSource{one})
			if _, known := byPart[part]; !known {
				parts = append(parts, part)
			}
			byPart[part] = append(byPart[part], one)
		}
	}
	slices.Sort(parts)
	var out []NativeSpec
	for _, part := range parts {
		one := n
		one.Part, one.Sources = part, byPart[part]
		out = append(out, one)
	}
	return out
}
