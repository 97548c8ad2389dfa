package mib

import (
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// ParseTables reads a walk as text, a line for each object: its identifier, type and value
// as in a Block ("1.3.6.1.2.1.2.2.1.3.7 i 6"), empty lines and what is behind # left out.
// The objects of columns are kept.
func ParseTables(text string, columns []snmp.OID) (Tables, error) {
	t := Tables{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		o, err := parseObject(line)
		if err != nil {
			return nil, fmt.Errorf("line %q: %w", line, err)
		}
		for _, c := range columns {
			index, below := c.Below(o.Name)
			if !below {
				continue
			}
			if _, err := Numbers(index); err != nil {
				return nil, fmt.Errorf("line %q: %w", line, mirror.ErrParse)
			}
			if t[c] == nil {
				t[c] = map[snmp.OID]snmp.Value{}
			}
			t[c][index] = o.Value
		}
	}
	return t, nil
}

// ReadTables makes an observation of tables as a read of everything does, with columns
// beside those of the platform where it needs them.
func (p Platform) ReadTables(f mirror.Facts, text string) (o mirror.Observation, err error) {
	columns := append(p.Narrow(f), p.Wide(f)...)
	for _, group := range around {
		columns = append(columns, group...)
	}
	t, err := ParseTables(text, columns)
	if err != nil {
		return o, err
	}
	if o.Ports, err = PortsOf(t); err != nil {
		return o, err
	}
	sortPorts(o.Ports)
	o.Handles = map[string]string{}
	if err := p.Around(f, t, &o); err != nil {
		return o, err
	}
	return o, p.Sessions(f, t, &o)
}
