package console

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

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
	// stand at ports; Session is the one that its entries copy to. In a template they come
	// in the order Edits, At, Off, Drop, so that a port never has a list without its last
	// entry, which forwards all, and no list goes that a port has.
	At, Off []mirror.PortName
	Session string

	Prepare, Restore []Prepared // ports that become ones for copies, and that are put back

	Origin           string // address that the device sends copies from
	SetOrigin, Unset bool

	Tunnel          string // name of a tunnel interface
	Way             mirror.Tunnel
	Address         string // of the interface itself, see Footing.Address
	Build, Dissolve bool   // the tunnel is made or changed; it goes

	// Handles are those of the observation: what the platform's driver keeps of the device.
	Handles map[string]string

	// Anew: a list of which Footing.Entries writes the lines, or a tunnel, stands and shall
	// be another. What is there goes first, in the same commit.
	Anew bool
}

// Prepared is a port that becomes one for copies, with its stanza as it was before.
type Prepared struct {
	Port   mirror.PortName
	Former string
	Back   []string // of one that is put back: what Footing.Back says
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
	g := Ground{VLAN: max(before.VLAN, after.VLAN), Name: c.Mark, Handles: o.Handles}
	if d.p.Footing == nil {
		return g, mirror.Unsupported("this platform changes nothing but sessions")
	}
	for _, p := range slices.Concat(before.Trunks, after.Trunks, before.Ports, after.Ports, []mirror.PortName{before.Port, after.Port}) {
		if p != "" && !d.p.Ports.Canonical(p) {
			return g, mirror.Unsupported("%q is no port of this platform", p)
		}
	}
	switch kind := cmp.Or(before.Kind, after.Kind); kind {
	case mirror.FootingVLAN:
	case mirror.FootingPort:
		return g, d.setUp(&g, o, before, after)
	case mirror.FootingFilter:
		return g, d.list(&g, o, before, after)
	case mirror.FootingTunnel:
		return g, d.tunnel(&g, o, before, after)
	case mirror.FootingOrigin:
		return g, d.origin(&g, before, after)
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

// setUp: a destination port is made fit by making it one for copies, where the platform
// has such, and by switching it on.
func (d *Driver) setUp(g *Ground, o mirror.Observation, before, after mirror.Footing) error {
	var was, is mirror.PortSetup
	for _, s := range []struct {
		from *mirror.PortSetup
		to   *mirror.PortSetup
	}{{before.Setup, &was}, {after.Setup, &is}} {
		if s.from == nil {
			continue
		}
		*s.to = *s.from
		if s.to.Access != 0 || s.to.Tagged || s.to.Monitor && !d.p.Footing.Monitor || s.to.Up && d.p.Footing.Shut == nil {
			return mirror.Unsupported("the VLAN of a destination port is not changed on this platform")
		}
	}
	port := cmp.Or(after.Port, before.Port)
	switch {
	case is.Monitor && !was.Monitor:
		g.Prepare = []Prepared{{Port: port, Former: is.Former}}
	case was.Monitor && !is.Monitor:
		g.Restore = []Prepared{{Port: port, Former: was.Former}}
		if now, _ := o.Port(port); d.p.Footing.Back != nil {
			g.Restore[0].Back = d.p.Footing.Back(was.Former, now.Stanza)
		}
	}
	switch {
	case is.Up && !was.Up:
		g.Open = []mirror.PortName{port}
	case was.Up && !is.Up && d.p.Footing.Shut(was.Former):
		g.Shut = []mirror.PortName{port}
	}
	return nil
}

// tunnel is the ground of a tunnel interface.
func (d *Driver) tunnel(g *Ground, o mirror.Observation, before, after mirror.Footing) error {
	g.Tunnel = cmp.Or(after.Name, before.Name)
	if d.p.Footing.Tunnel == nil || !d.p.Footing.Tunnel(g.Tunnel) {
		return mirror.Unsupported("%q is no tunnel interface that copies leave by on this platform", g.Tunnel)
	}
	if g.Dissolve = before.Made && !after.Made; g.Dissolve || !after.Made || before.Made && before.Tunnel.Same(after.Tunnel) {
		return nil
	}
	if after.Tunnel == nil {
		return mirror.Unsupported("tunnel interface %s led %s, which cannot be written", g.Tunnel, after.Tunnel)
	}
	for _, a := range []string{after.Tunnel.From, after.Tunnel.To} {
		if _, err := netip.ParseAddr(a); err != nil {
			return fmt.Errorf("%q is no address of an end of tunnel interface %s: %w", a, g.Tunnel, mirror.ErrInvalid)
		}
	}
	_, stands := o.Footing(mirror.FootingTunnel, g.Tunnel)
	if g.Way, g.Build, g.Anew = *after.Tunnel, true, stands; d.p.Footing.Address != nil {
		g.Address = d.p.Footing.Address(g.Tunnel)
	}
	return nil
}

// origin is the ground of the address that the device sends copies from. Setting it
// takes the place of the one before.
func (d *Driver) origin(g *Ground, before, after mirror.Footing) error {
	g.Origin = cmp.Or(after.Name, before.Name)
	if _, err := netip.ParseAddr(g.Origin); err != nil {
		return fmt.Errorf("%q is no address to send copies from: %w", g.Origin, mirror.ErrInvalid)
	}
	if !d.p.Footing.Origin {
		return mirror.Unsupported("this platform has no origin of the whole device")
	}
	g.SetOrigin, g.Unset = after.Made && !before.Made, before.Made && !after.Made
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
