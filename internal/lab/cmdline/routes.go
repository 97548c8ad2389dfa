package cmdline

import (
	"net/netip"
	"strings"
)

// Route is the next hop to an address in a table of routes, and the port to it where
// that is known: over a connected network, or else over the longest static route.
// routes are the lines in which "ip route NETWORK ... HOP" may stand, of tells to which
// table the block of an interface belongs.
func (d *Document) Route(to string, routes []string, table string, of func(name string, b Block) string) (next, port string) {
	connected := func(address string) (port string) {
		a, _ := netip.ParseAddr(address)
		for _, b := range d.Blocks() {
			name, isPort := strings.CutPrefix(b.Text, "interface ")
			network, _, _ := strings.Cut(b.Value("ip address"), " ")
			if p, err := netip.ParsePrefix(network); isPort && err == nil && of(name, b) == table && p.Masked().Contains(a) {
				port = name
			}
		}
		return port
	}
	if port = connected(to); port != "" {
		return to, port
	}
	a, _ := netip.ParseAddr(to)
	longest := -1
	for _, l := range routes {
		f := strings.Fields(l)
		if len(f) < 4 || f[0] != "ip" || f[1] != "route" {
			continue
		}
		if p, err := netip.ParsePrefix(f[2]); err == nil && p.Masked().Contains(a) && p.Bits() > longest {
			longest, next = p.Bits(), f[3]
			port = connected(next)
		}
	}
	return next, port
}
