package plant

import "github.com/netmirror/netmirror/internal/lab/fabric"

// Rules are what a model lets its mirror sessions do. Figures of 0 are no limit.
type Rules struct {
	Sessions               int // with sources, at a time
	RXSessions, TXSessions int // with sources of one direction, at a time
	SourcePorts            int // of one session
	DestinationPorts       int // of one session
	// SourceOnce keeps a source port to one session.
	SourceOnce bool
	// Mixed lets a session have ports and VLANs as sources.
	Mixed bool
	// BundleDestinations lets copies leave by a bundle of ports; Bundle tells
	// what is one.
	BundleDestinations bool
	Bundle             func(port string) bool
}

// A Rule is one that a change may break.
type Rule int

// The rules, in the order in which they are looked at.
const (
	MixedSources         Rule = iota + 1 // ports and VLANs as sources
	FilterOnVLANs                        // a VLAN filter beside VLAN sources
	SourcesBesideRemote                  // a remote VLAN is the source already
	SourceIsDestination                  // of a session
	SourceOfAnother                      // the port is a source elsewhere
	TooManySourcePorts                   // in the session
	TooManySessions                      // with sources
	BundleIsDestination                  // copies cannot leave by a bundle
	DestinationIsSource                  // of a session
	DestinationOfAnother                 // the port is a destination elsewhere
	PortsBesideRemote                    // a remote VLAN is the destination already
	TooManyDestinations                  // in the session
)

// A Breach is a rule that a change breaks, with the ports that do.
type Breach struct {
	Rule  Rule
	Ports []string
}

// Sources tells which rule it breaks to add sources to m; all are the switch's
// sessions, m among them. Nil: none.
func (r Rules) Sources(all []*Mirror, m *Mirror, ports []string, vlans fabric.VLANSet, dir Direction) *Breach {
	switch used := portsIn(ports, all, nil, (*Mirror).EndsAt); {
	case !r.Mixed && (len(ports) > 0 && len(m.VLANs) > 0 || !vlans.Empty() && len(m.Ports) > 0):
		return &Breach{Rule: MixedSources}
	case !vlans.Empty() && !m.FilterVLANs.Empty():
		return &Breach{Rule: FilterOnVLANs}
	case m.FromVLAN != 0:
		return &Breach{Rule: SourcesBesideRemote}
	case len(used) > 0:
		return &Breach{SourceIsDestination, used}
	}
	if r.SourceOnce {
		if used := portsIn(ports, all, m, (*Mirror).copies); len(used) > 0 {
			return &Breach{SourceOfAnother, used}
		}
	}
	if n := len(m.Ports) + len(ports); r.SourcePorts > 0 && n > r.SourcePorts {
		return &Breach{TooManySourcePorts, ports}
	}
	return r.room(all, m, dir)
}

// Session tells whether there is room for one more session with sources.
func (r Rules) Session(all []*Mirror) *Breach { return r.room(all, &Mirror{}, 0) }

// room looks at the limits of sessions.
func (r Rules) room(all []*Mirror, m *Mirror, dir Direction) *Breach {
	count := func(has func(*Mirror) bool) (n int) {
		for _, o := range all {
			if has(o) {
				n++
			}
		}
		return n
	}
	if r.Sessions > 0 && !m.HasSources() && count((*Mirror).HasSources) >= r.Sessions {
		return &Breach{Rule: TooManySessions}
	}
	for _, half := range []struct {
		dir   Direction
		limit int
	}{{RX, r.RXSessions}, {TX, r.TXSessions}} {
		if half.limit > 0 && dir&half.dir != 0 && m.Directions()&half.dir == 0 &&
			count(func(o *Mirror) bool { return o.Foreign || o.Directions()&half.dir != 0 }) >= half.limit {
			return &Breach{Rule: TooManySessions}
		}
	}
	return nil
}

// Ends tells which rule it breaks to add destination ports to m. Nil: none.
func (r Rules) Ends(all []*Mirror, m *Mirror, ports []string) *Breach {
	total := len(m.Destinations)
	for _, p := range ports {
		if !m.EndsAt(p) {
			total++
		}
		if r.Bundle != nil && r.Bundle(p) && !r.BundleDestinations {
			return &Breach{BundleIsDestination, []string{p}}
		}
	}
	sources := portsIn(ports, all, nil, (*Mirror).copies)
	switch ends := portsIn(ports, all, m, (*Mirror).EndsAt); {
	case len(sources) > 0:
		return &Breach{DestinationIsSource, sources}
	case len(ends) > 0:
		return &Breach{DestinationOfAnother, ends}
	case m.ToVLAN != 0:
		return &Breach{Rule: PortsBesideRemote}
	case r.DestinationPorts > 0 && total > r.DestinationPorts:
		return &Breach{TooManyDestinations, ports}
	}
	return nil
}

// copies reports whether a port is a source.
func (m *Mirror) copies(port string) bool { return m.Ports[port] != 0 }

// portsIn are the ports that some session but one has in a role.
func portsIn(ports []string, all []*Mirror, but *Mirror, has func(*Mirror, string) bool) (out []string) {
	for _, p := range ports {
		for _, o := range all {
			if o != but && has(o, p) {
				out = append(out, p)
				break
			}
		}
	}
	return out
}
