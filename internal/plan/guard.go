package plan

import (
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// GuardCode is the code of a refusal by the destination guard; GuardWarning that
// of what it only warns of.
const (
	GuardCode    = "destination-guard"
	GuardWarning = "destination-traffic"
)

// traffic are the kinds of PortUse that tell what passes a port, not how it is
// configured: somebody may be there. Every other kind is configuration.
var traffic = []string{"learned", "neighbour", "receiving"}

// Landings are the ports at which a change makes copies end where none of that
// native session ended before. Footings have none.
func Landings(c mirror.Change) []mirror.PortName {
	if c.After == nil || c.After.Spec.Footing != nil {
		return nil
	}
	var out []mirror.PortName
	for _, d := range c.After.Spec.Destinations {
		if c.Before == nil || !slices.Contains(c.Before.Spec.Destinations, d) {
			out = append(out, d)
		}
	}
	return out
}

// Ends reports whether traffic on a port forbids that copies end there: it
// forbids the first session there, unless the port is a tool's. A tool's network
// card may speak LLDP or DHCP, and what a port learned while a session of ours
// was missing stops no repair.
func (d DeviceInfo) Ends(port mirror.PortName) bool {
	return !slices.Contains(d.Tools, port) && !slices.Contains(d.Taken, port)
}

// Guard decides whether copies may end at a port, on the facts of the
// observation: they are as new as the read that it comes from. What is configured
// there refuses, what passes there refuses or warns. forced accepts everything. The
// reasons have no pointer.
func Guard(port mirror.PortName, forced bool, info DeviceInfo) (refused, warned []mirror.Reason) {
	p, known := info.Observation.Port(port)
	if forced || !known {
		return nil, nil
	}
	for _, u := range p.Uses {
		r := mirror.Reason{Code: GuardCode}
		if slices.Contains(traffic, u.Kind) && !info.Ends(port) {
			r.Code = GuardWarning
			r.Message = fmt.Sprintf("port %s is in use (%s): %s; as a destination it carries copies instead", port, u.Kind, u.Detail)
			warned = append(warned, r)
			continue
		}
		r.Message = fmt.Sprintf("port %s looks in use (%s): %s; a destination stops carrying its own traffic (force: true overrides)", port, u.Kind, u.Detail)
		refused = append(refused, r)
	}
	return refused, warned
}

// guard refuses a destination that does not look idle, unless force.
func (c *checker) guard() {
	for _, d := range c.f.Spec.Destinations {
		refused, _ := Guard(d, c.f.Force, c.info)
		c.reasons = append(c.reasons, c.about(d, refused)...)
		p, known := c.info.Observation.Port(d)
		if known && p.Admin == mirror.False && (c.f.Spec.Setup == nil || !c.f.Spec.Setup.Up) && !c.f.Force {
			c.add(c.end(d), GuardCode, "port %s is shut down by configuration, so nothing would leave it%s", d, c.orForce())
		}
	}
}

// guarded warns of what the guard does not refuse.
func (c *checker) guarded() {
	for _, d := range c.f.Spec.Destinations {
		_, warned := Guard(d, c.f.Force, c.info)
		c.reasons = append(c.reasons, c.about(d, warned)...)
	}
}

// about points reasons at a destination port.
func (c *checker) about(d mirror.PortName, reasons []mirror.Reason) []mirror.Reason {
	for i := range reasons {
		reasons[i].Pointer = c.end(d)
	}
	return reasons
}

// Taken are the ports at which copies of placements end, or ended before a
// rollout that is under way.
func Taken(rows []mirror.Placement) []mirror.PortName {
	var out []mirror.PortName
	for _, row := range rows {
		for _, f := range []*mirror.Fragment{row.Applied, row.Good} {
			if f != nil && !f.Spec.Role.OnlyFootings() {
				out = append(out, f.Spec.Destinations...)
			}
		}
	}
	return out
}

// LookAt is a look that names ports, and those whose traffic may forbid.
func LookAt(info DeviceInfo, ports []mirror.PortName) mirror.Look {
	look := mirror.Look{Ports: ports}
	for _, p := range ports {
		if info.Ends(p) {
			look.Traffic = append(look.Traffic, p)
		}
	}
	return look
}
