package junos

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// grammar is how Junos calls the interfaces that can be mirrored or receive copies:
// ge-0/0/1, xe-0/0/48:3, ae5, irb.100. Unit 0 of a port is the port itself, other units
// are subinterfaces: ge-0/0/1.100. Interfaces of management and of the switch's inside
// are not among them.
var grammar = &text.Grammar{
	Kinds: []text.Kind{
		{Full: "ge-", Short: "ge-", Parts: 3}, {Full: "mge-", Short: "mge-", Parts: 3}, {Full: "xe-", Short: "xe-", Parts: 3},
		{Full: "et-", Short: "et-", Parts: 3}, {Full: "fe-", Short: "fe-", Parts: 3}, {Full: "xle-", Short: "xle-", Parts: 3},
		{Full: "fte-", Short: "fte-", Parts: 3}, {Full: "ae", Short: "ae", LAG: true}, {Full: irb, Short: irb, Parts: 1}, {Full: vlanUnit, Short: vlanUnit, Parts: 1},
	},
	Number:   regexp.MustCompile(`^[0-9]{1,5}(?:/[0-9]{1,4}){0,2}(?::[0-9]{1,2})?(?:\.[0-9]{1,7})?$`),
	UnitZero: true,
}

// The routed interfaces of VLANs: of ELS, and of legacy EX switches.
const (
	irb      = "irb."
	vlanUnit = "vlan."
)

// Ports turns a port, a list or a range ("ge-0/0/1-4,ae1") into canonical names.
// mirror.ErrInvalid for anything else.
func Ports(list string) ([]mirror.PortName, error) { return grammar.Ports(list) }

// routed reports whether a name is that of the routed interface of a VLAN.
func routed(n text.Name) bool { return n.Word == irb || n.Word == vlanUnit }

// logical is the logical interface that a configuration names for a port.
func logical(p mirror.PortName) string {
	if n, ok := grammar.Read(string(p)); ok && (n.Sub >= 0 || routed(n)) {
		return string(p)
	}
	return string(p) + ".0"
}

// unit takes a port's name apart into the interface and the number of its unit, as the
// hierarchy "interfaces" has them.
func unit(p mirror.PortName) (port, number string) {
	text := logical(p)
	i := strings.LastIndexByte(text, '.')
	return text[:i], text[i+1:]
}

// portNamed is the name of what a device calls a port.
func portNamed(name string) mirror.PortName { return grammar.Called(name) }
