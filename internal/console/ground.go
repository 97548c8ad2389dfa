package console

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A Ground is a change of a footing as a template sees it: what netmirror added
// compared with what it shall have added.
type Ground struct {
	VLAN         int
	Name         string // the VLAN's: our mark
	Make, Unmake bool
	Add, Remove  []mirror.PortName // trunks, in a person's order
	Open, Shut   []mirror.PortName // destination ports to switch on and off

	List  string   // name of an access list
	Edits []string // lines of the list, of which each one takes effect at once
	// Renumber is the line that numbers a list anew which stands already, "" = none does.
	Renumber string
	Drop     bool // the list goes
	// At and Off are ports at which the list is put and from which it is taken, where lists
	// stand at ports; Session is the one that its entries copy to.
	At, Off []mirror.PortName
	Session string

	Prepare, Restore []Prepared // ports that become ones for copies, and that are put back

	Origin           string // address that the device sends copies from
	SetOrigin, Unset bool

	Tunnel          string // name of a tunnel interface
	Way             mirror.Tunnel
	Build, Dissolve bool // the tunnel is made or changed; it goes
}

// Prepared is a port that becomes one for copies, with its stanza as it was before.
type Prepared struct {
	Port   mirror.PortName
	Former string
}

// Had reports whether the former stanza has a line.
func (p Prepared) Had(line string) bool {
	return slices.ContainsFunc(strings.Split(p.Former, "\n"), func(l string) bool { return strings.TrimSpace(l) == line })
}

// ground compares the two sides of a change of a footing on a device as it is observed.
// mirror.ErrInvalid for a change that is none, mirror.ErrUnsupported for what the platform
// cannot do.
func (d *Driver) ground(o mirror.Observation, c mirror.Change) (Ground, error) {
	var before, after mirror.Footing
	for _, n := range []struct {
		from *mirror.NativeSession
		to   *mirror.Footing
	}{{c.Before, &before}, {c.After, &after}} {
		if n.from == nil {
			continue
		}
		if n.from.Spec.Footing != nil {
			*n.to = *n.from.Spec.Footing
		}
		if n.from.ID != n.to.ID() {
			return Ground{}, fmt.Errorf("%q is no name of a footing: %w", n.from.ID, mirror.ErrInvalid)
		}
	}
	if c.Before != nil && c.After != nil && c.Before.ID != c.After.ID {
		return Ground{}, fmt.Errorf("footing %s cannot become %s: %w", c.Before.ID, c.After.ID, mirror.ErrInvalid)
	}
	g := Ground{VLAN: max(before.VLAN, after.VLAN), Name: c.Mark}
	if d.p.Footing == nil {
		return g, mirror.Unsupported("this platform changes nothing but sessions")
	}
	for _, p := range slices.Concat(before.Trunks, after.Trunks, []mirror.PortName{before.Port, after.Port}) {
		if p != "" && !d.p.Ports.Canonical(p) {
			return g, mirror.Unsupported("%q is no port of this platform", p)
		}
	}
	switch kind := cmp.Or(before.Kind, after.Kind); kind {
	case mirror.FootingVLAN:
	case mirror.FootingPort:
		return g, d.setUp(&g, before, after)
	case mirror.FootingFilter:
		return g, d.list(&g, o, before, after)
	default:
		return g, mirror.Unsupported("this platform has no footing of kind %s", kind)
	}
	if d.p.Footing.VLAN == nil || !d.p.Footing.VLAN(g.VLAN) {
		return g, mirror.Unsupported("VLAN %d cannot be a remote VLAN on this platform", g.VLAN)
	}
	g.Make, g.Unmake = after.Made && !before.Made, before.Made && !after.Made
	g.Add, g.Remove = d.minus(after.Trunks, before.Trunks), d.minus(before.Trunks, after.Trunks)
	return g, nil
}

// setUp: the one way to make a destination port fit is to switch it on.
func (d *Driver) setUp(g *Ground, before, after mirror.Footing) error {
	for _, s := range []*mirror.PortSetup{before.Setup, after.Setup} {
		if s != nil && (s.Access != 0 || s.Tagged || s.Monitor || d.p.Footing.Shut == nil) {
			return mirror.Unsupported("the VLAN of a destination port is not changed on this platform")
		}
	}
	switch {
	case after.Setup != nil && after.Setup.Up && (before.Setup == nil || !before.Setup.Up):
		g.Open = []mirror.PortName{after.Port}
	case before.Setup != nil && before.Setup.Up && (after.Setup == nil || !after.Setup.Up) && d.p.Footing.Shut(before.Setup.Former):
		g.Shut = []mirror.PortName{before.Port}
	}
	return nil
}

func (d *Driver) minus(a, b []mirror.PortName) []mirror.PortName {
	out := slices.DeleteFunc(slices.Clone(a), func(p mirror.PortName) bool { return slices.Contains(b, p) })
	slices.SortFunc(out, d.p.Ports.Compare)
	return out
}

// footingStage writes the change of a footing.
func (d *Driver) footingStage(o mirror.Observation, c mirror.Change) (stage, error) {
	g, err := d.ground(o, c)
	if err != nil {
		return stage{}, err
	}
	s := stage{change: c}
	if s.text, err = d.execute("footing.tmpl", g); err != nil {
		return s, err
	}
	err = d.lines(&s)
	return s, err
}

// A step is one thing that a footing's block does.
type step struct {
	verb string // make, unmake, add, remove, open, shut, fill or drop
	vlan int
	port mirror.PortName
	list string
}

func (g Ground) steps() (out []step) {
	each := func(verb string, ports []mirror.PortName) {
		for _, p := range ports {
			out = append(out, step{verb: verb, vlan: g.VLAN, port: p})
		}
	}
	if g.Make {
		out = append(out, step{verb: "make", vlan: g.VLAN})
	}
	each("add", g.Add)
	each("remove", g.Remove)
	if g.Unmake {
		out = append(out, step{verb: "unmake", vlan: g.VLAN})
	}
	each("open", g.Open)
	each("shut", g.Shut)
	if len(g.Edits) > 0 {
		out = append(out, step{verb: "fill", list: g.List})
	}
	if g.Drop {
		out = append(out, step{verb: "drop", list: g.List})
	}
	return out
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
	case "fill", "drop":
		l, exists := o.Footing(mirror.FootingFilter, s.list)
		return fmt.Sprint(exists, l.Rules, o.Handles[text.HandleList(s.list)])
	}
	return fmt.Sprint(p.Admin)
}

// fits reports whether a step makes sense on the device as it is.
func (s step) fits(o mirror.Observation) bool {
	p, known := o.Port(s.port)
	switch s.verb {
	case "add", "remove":
		return known && p.Trunk != nil
	case "open", "shut":
		return known
	}
	return true
}

// about says what a step is about.
func (s step) about() string {
	switch s.verb {
	case "make", "unmake":
		return fmt.Sprintf("VLAN %d", s.vlan)
	case "fill", "drop":
		return "access list " + s.list
	}
	return fmt.Sprintf("VLAN %d or port %s", s.vlan, s.port)
}
