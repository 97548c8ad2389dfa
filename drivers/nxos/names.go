package nxos

import (
	"regexp"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// supEth is the switch's own processor: a source of what it receives on some models
// (cisco-nxos.md 1.1, 1.2), and no destination that a tool stands behind.
const supEth mirror.PortName = "sup-eth0"

// grammar lists the interface types that can be mirrored or receive copies, with the
// abbreviation that show commands print. Ports of fabric extenders have three numbers,
// parts of a port that was broken out too. Management ports, VLANs and loopbacks are
// not among them.
var grammar = &text.Grammar{
	Kinds:  []text.Kind{{Full: "Ethernet", Short: "Eth"}, {Full: "port-channel", Short: "Po", LAG: true}, {Full: "sup-eth", Short: "sup-eth"}},
	Number: regexp.MustCompile(`^[0-9]{1,4}(/[0-9]{1,4}){0,2}(\.[0-9]{1,10})?$`),
}

// Ports turns a port, a list or a range in the words of the platform into canonical
// names: "Eth1/1", "ethernet 1/1-4 , ethernet 1/9", "Po10". It is mirror.ErrInvalid for
// anything else. A range stays within one slot. A name twice in a list is one port.
func Ports(list string) ([]mirror.PortName, error) { return grammar.Ports(list) }

// portNamed is the name of what a device calls a port.
func portNamed(name string) mirror.PortName { return grammar.Called(name) }
