package iosxr

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// grammar lists the interfaces that can be mirrored or receive copies. The sheet shows
// Gi, Te and BE as show commands print them; the other abbreviations are general
// knowledge. Tunnels, loopbacks, BVI and management ports are not among them.
var grammar = &text.Grammar{
	Kinds: []text.Kind{
		{Full: "GigabitEthernet", Short: "Gi"}, {Full: "TenGigE", Short: "Te"}, {Full: "TwentyFiveGigE", Short: "TF"},
		{Full: "FortyGigE", Short: "Fo"}, {Full: "FiftyGigE", Short: "Fi"}, {Full: "HundredGigE", Short: "Hu"},
		{Full: "TwoHundredGigE", Short: "TH"}, {Full: "FourHundredGigE", Short: "FH"}, {Full: "EightHundredGigE", Short: "EH"},
		{Full: "Bundle-Ether", Short: "BE", LAG: true},
	},
	Number: regexp.MustCompile(`^[0-9]{1,6}(/[0-9]{1,5}){0,5}(\.[0-9]{1,10})?$`),
}

// Ports turns a port, a list or a range in the words of the platform into canonical
// names: "Te0/0/0/1", "TenGigE 0/0/0/1-4", "BE1, Gi0/0/0/2.100". It is
// mirror.ErrInvalid for anything else. A range runs over the last number alone.
func Ports(list string) ([]mirror.PortName, error) { return grammar.Ports(list) }

// tunnelPrefix begins the names of tunnel interfaces.
const tunnelPrefix = "tunnel-ip"

// isTunnel reports whether an interface is one that ERSPAN copies leave by.
func isTunnel(name string) bool {
	number, ok := strings.CutPrefix(name, tunnelPrefix)
	_, err := text.Decimal(number)
	return ok && err == nil
}

// portNamed is the name of what a device calls a port.
func portNamed(name string) mirror.PortName { return grammar.Called(name) }

// parent is the port that a subinterface is a part of.
func parent(n text.Name) mirror.PortName {
	n.Sub = -1
	return n.Full()
}
