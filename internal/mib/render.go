package mib

import (
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// Render makes one block a change, in the form of Block, as one is written by itself.
func Render(changes []mirror.Change, one func(mirror.Change) (Block, error)) (mirror.Payload, error) {
	p := mirror.Payload{Format: Format}
	for _, c := range changes {
		block, err := one(c)
		if err != nil {
			return mirror.Payload{}, fmt.Errorf("%s %s: %w", c.Verb(), c.Mark, err)
		}
		p.Blocks = append(p.Blocks, mirror.Block{Change: c, Text: block.String()})
	}
	return p, nil
}

// Grounds collect what a block rests on while it is written, each check once, and why it
// cannot be.
type Grounds struct {
	Observed mirror.Observation
	Checks   []Object
	Reasons  []mirror.Reason
}

// Check has an object be as it was read.
func (g *Grounds) Check(o Object) {
	for _, has := range g.Checks {
		if has.Name == o.Name {
			return
		}
	}
	g.Checks = append(g.Checks, o)
}

// Refuse adds a reason why the block cannot be.
func (g *Grounds) Refuse(r mirror.Reason) { g.Reasons = append(g.Reasons, r) }

// Port is the interface of a port, whose name is checked; false where it is not known, as
// in a preview without a device, and where the name is of several, which is a reason.
func (g *Grounds) Port(name mirror.PortName) (Interface, bool) {
	p, _ := g.Observed.Port(name)
	row, known := InterfaceOf(p)
	if !known {
		for _, u := range p.Uses {
			if u.Kind == "unknown" {
				g.Refuse(mirror.Reason{Code: "ambiguous-port", Message: fmt.Sprintf("port %s: %s", name, u.Detail)})
			}
		}
		g.Check(Set(IfName+"."+Unknown(string(name)), snmp.Octets(string(name)), "ifName"))
		return row, false
	}
	note := "ifName"
	if row.Column != IfName {
		note = "ifDescr"
	}
	g.Check(Set(row.Column.Row(row.Index), snmp.Octets(string(name)), note))
	return row, true
}

// Ports are those whose names a block checks, by ifIndex: which interface is which port.
func (b Block) Ports() map[uint32]mirror.PortName {
	out := map[uint32]mirror.PortName{}
	for _, o := range b.Checks {
		if i, ok := InterfaceOf(mirror.Port{Handle: string(o.Name)}); ok {
			out[i.Index] = Name(o.Text)
		}
	}
	return out
}

// Only refuses a block that would set, or set back, what is none of its change.
func (b Block) Only(own func(Object) bool) error {
	for _, m := range b.Messages {
		for _, list := range [][]Object{m.Set, m.Back} {
			for _, o := range list {
				if !own(o) {
					return fmt.Errorf("the block sets %s, which is no object of its change: %w", o.Name, mirror.ErrInvalid)
				}
			}
		}
	}
	return nil
}
