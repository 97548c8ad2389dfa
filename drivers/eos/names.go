package eos

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// grammar lists the interface types that "monitor session NAME source ?" offered on
// a switch (arista-eos.md 1.1), with the abbreviation that show commands print.
// Management ports, VLANs and loopbacks are not among them.
var grammar = &text.Grammar{
	Kinds:  []text.Kind{{Full: "Ethernet", Short: "Et"}, {Full: "Port-Channel", Short: "Po", LAG: true}, {Full: "Recirc-Channel", Short: "Re"}},
	Number: regexp.MustCompile(`^[0-9]{1,6}(/[0-9]{1,5}){0,3}(\.[0-9]{1,10})?$`),
	Bare:   true,
}

// Ports turns a port, a list or a range in the words of the platform into
// canonical names: "Et3/1", "ethernet 5", "Ethernet10-15", "Po7, Ethernet1.100",
// "Ethernet1-3,7". It is mirror.ErrInvalid for anything else. A range runs over the
// last number alone. A name twice in a list is one port. "cpu" is the processor.
func Ports(list string) ([]mirror.PortName, error) {
	if strings.EqualFold(list, string(cpu)) {
		return []mirror.PortName{cpu}, nil
	}
	return grammar.Ports(list)
}
