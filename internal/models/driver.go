package models

import (
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

// A Driver is a platform over one protocol.
type Driver struct {
	p      Platform
	format string
	encode func([]data.Edit) string
}

// Ports turns a port, a list or a range in the words of the platform into canonical
// names; mirror.ErrInvalid for anything else.
func (d *Driver) Ports(list string) ([]mirror.PortName, error) { return d.p.Ports(list) }

// Capabilities of a device with these facts; zero facts give what every device of the
// platform can do.
func (d *Driver) Capabilities(f mirror.Facts) mirror.Capabilities { return d.p.Can(f) }

// Render makes one block per change, in the same order. mirror.ErrUnsupported (a Refusal
// with every reason) when a session cannot be expressed, mirror.ErrInvalid when a
// change has no id or several.
func (d *Driver) Render(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	p := mirror.Payload{Format: d.format}
	later := o.Behind(changes)
	for _, c := range changes {
		b, err := d.block(f, o, later, c)
		if err != nil {
			return mirror.Payload{}, fmt.Errorf("%s %s: %w", c.Verb(), c.Mark, err)
		}
		p.Blocks = append(p.Blocks, b)
	}
	return p, nil
}

func (d *Driver) block(f mirror.Facts, o, later mirror.Observation, c mirror.Change) (mirror.Block, error) {
	if c.After != nil && c.After.Spec.Footing == nil {
		reasons := d.p.Can(f).Forbids(c.After.Spec, o.Ports...)
		if d.p.Against != nil {
			reasons = append(reasons, d.p.Against(f, later, c.After.Spec)...)
		}
		if err := mirror.Refuse(mirror.ErrUnsupported, reasons); err != nil {
			return mirror.Block{}, err
		}
	}
	edits, err := d.p.Write(f, o, c)
	if err != nil {
		return mirror.Block{}, err
	}
	if d.p.Spaces != nil {
		return mirror.Block{Change: c, Text: data.XML(edits, d.p.Spaces(f))}, nil
	}
	return mirror.Block{Change: c, Text: d.encode(edits)}, nil
}
