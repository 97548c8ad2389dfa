package console

import (
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A step is one thing that a footing's block does.
type step struct {
	// make, unmake, add, remove; prepare, open, shut, restore; fill, at, off, drop; build,
	// dissolve; set, unset
	verb string
	vlan int
	port mirror.PortName
	name string            // of a list, a tunnel or an origin
	off  []mirror.PortName // ports at which the block itself puts the list, or takes it away
}

func (g Ground) steps() (out []step) {
	each := func(verb string, ports []mirror.PortName) {
		for _, p := range ports {
			out = append(out, step{verb: verb, vlan: g.VLAN, port: p, name: g.List})
		}
	}
	one := func(does bool, s step) {
		if does {
			out = append(out, s)
		}
	}
	one(g.Make, step{verb: "make", vlan: g.VLAN})
	each("add", g.Add)
	each("remove", g.Remove)
	one(g.Unmake, step{verb: "unmake", vlan: g.VLAN})
	each("prepare", portsOf(g.Prepare))
	each("open", g.Open)
	each("shut", g.Shut)
	each("restore", portsOf(g.Restore))
	one(len(g.Edits) > 0, step{verb: "fill", name: g.List, off: g.At})
	each("at", g.At)
	each("off", g.Off)
	one(g.Drop, step{verb: "drop", name: g.List, off: g.Off})
	one(g.Build, step{verb: "build", name: g.Tunnel})
	one(g.Dissolve, step{verb: "dissolve", name: g.Tunnel})
	one(g.SetOrigin, step{verb: "set", name: g.Origin})
	one(g.Unset, step{verb: "unset", name: g.Origin})
	return out
}

func portsOf(prepared []Prepared) (out []mirror.PortName) {
	for _, p := range prepared {
		out = append(out, p.Port)
	}
	return out
}

// footing is what a step is about.
func (s step) footing() mirror.Footing {
	switch s.verb {
	case "fill", "at", "off", "drop":
		return mirror.Footing{Kind: mirror.FootingFilter, Name: s.name}
	case "build", "dissolve":
		return mirror.Footing{Kind: mirror.FootingTunnel, Name: s.name}
	case "set", "unset":
		return mirror.Footing{Kind: mirror.FootingOrigin, Name: s.name}
	case "prepare", "open", "shut", "restore":
		return mirror.Footing{Kind: mirror.FootingPort, Port: s.port}
	}
	return mirror.Footing{Kind: mirror.FootingVLAN, VLAN: s.vlan}
}

// seen is what a step is about as an observation has it.
func (s step) seen(o mirror.Observation) string {
	v, exists := o.VLAN(s.vlan)
	p, _ := o.Port(s.port)
	switch s.verb {
	case "make", "unmake":
		return fmt.Sprint(exists, v.Remote, v.Name)
	case "add", "remove":
		return fmt.Sprint(p.Trunk != nil, p.Carries(s.vlan))
	case "prepare", "restore":
		return fmt.Sprint(p.Monitor, p.Stanza)
	case "at", "off":
		return fmt.Sprint(p.Lists)
	case "fill", "drop":
		l, exists := o.Footing(mirror.FootingFilter, s.name)
		return fmt.Sprint(exists, l.Rules, l.Session, o.Handles[text.HandleList(s.name)])
	case "build", "dissolve":
		f, exists := o.Footing(mirror.FootingTunnel, s.name)
		return fmt.Sprint(exists, f.Tunnel)
	case "set", "unset":
		return originOf(o)
	}
	return fmt.Sprint(p.Admin)
}

// originOf is the address that a device sends copies from, "" = none.
func originOf(o mirror.Observation) string {
	for _, f := range o.Footings {
		if f.Kind == mirror.FootingOrigin {
			return f.Name
		}
	}
	return ""
}

// fits reports whether a step makes sense on the device as it is. No list is ever put
// in the place of one that does not bear a name of netmirror's.
func (s step) fits(o mirror.Observation) bool {
	p, known := o.Port(s.port)
	switch s.verb {
	case "add", "remove":
		return known && p.Trunk != nil
	case "open", "shut", "prepare", "restore", "off":
		return known
	case "at":
		return known && !slices.ContainsFunc(p.Lists, func(l string) bool { return !text.OwnList.MatchString(l) })
	}
	return true
}

// about says what a step is about.
func (s step) about() string {
	switch s.verb {
	case "make", "unmake":
		return fmt.Sprintf("VLAN %d", s.vlan)
	case "fill", "drop":
		return "access list " + s.name
	case "at", "off":
		return fmt.Sprintf("access list %s at port %s", s.name, s.port)
	case "build", "dissolve":
		return "tunnel interface " + s.name
	case "set", "unset":
		return "the origin of copies, " + s.name
	case "prepare", "restore":
		return "port " + string(s.port)
	}
	return fmt.Sprintf("VLAN %d or port %s", s.vlan, s.port)
}

// takesAway: the thing itself goes, with whatever stands on it by then.
func (s step) takesAway() bool {
	return slices.Contains([]string{"unmake", "drop", "dissolve", "unset"}, s.verb)
}

// harms: a step takes away what another hand uses by now, see under.
func (s step) harms(o mirror.Observation, changes ...mirror.Change) bool {
	return (s.takesAway() || s.verb == "restore") && s.under(o, changes...)
}

// under: a session stands on what a step is about, or a port of another hand on the
// list. changes of sessions in the same commit count as made.
func (s step) under(o mirror.Observation, changes ...mirror.Change) bool {
	f := s.footing()
	leaves := func(n mirror.NativeSession) bool {
		return slices.ContainsFunc(changes, func(c mirror.Change) bool {
			return c.Footing() == nil && c.Before != nil && c.Before.ID == n.ID && (c.After == nil || !f.Under(c.After.Spec))
		})
	}
	if slices.ContainsFunc(o.Natives, func(n mirror.NativeSession) bool { return f.Under(n.Spec) && !leaves(n) }) {
		return true
	}
	if f.Kind != mirror.FootingFilter {
		return false
	}
	given := slices.Clone(s.off) // ports that have another list behind the commit
	for _, c := range changes {
		if c.Footing() != nil && c.After != nil && c.After.ID != f.ID() {
			given = append(given, c.After.Spec.Footing.Ports...)
		}
	}
	theirs := func(p mirror.PortName) bool { return !slices.Contains(given, p) }
	l, _ := o.Footing(f.Kind, f.Name)
	return slices.ContainsFunc(l.Ports, theirs) ||
		slices.ContainsFunc(o.Ports, func(p mirror.Port) bool { return slices.Contains(p.Lists, f.Name) && theirs(p.Name) })
}
