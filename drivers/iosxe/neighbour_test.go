package iosxe

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A name that fills LLDP's column may go on; CDP tells it whole, and may add a
// serial number.
func TestANeighbourIsTheSystemThatItSays(t *testing.T) {
	const long = "distribution-switch-of-building-4"
	lldp, cdp := neighbour{device: long[:lldpName], protocol: "LLDP"}, neighbour{device: long, protocol: "CDP"}
	for name, c := range map[string]struct {
		heard []neighbour
		want  []mirror.Neighbour
	}{
		"short":        {[]neighbour{{device: "core-1", protocol: "LLDP"}}, []mirror.Neighbour{{System: "core-1"}}},
		"cut":          {[]neighbour{lldp}, []mirror.Neighbour{{System: long[:lldpName], Cut: true}}},
		"told by both": {[]neighbour{lldp, cdp}, []mirror.Neighbour{{System: long}}},
		"with serial":  {[]neighbour{{device: "core-1.campus(FOC1)", protocol: "CDP"}}, []mirror.Neighbour{{System: "core-1.campus"}}},
	} {
		n, ok := grammar.Read("Gi1/0/1")
		if !ok {
			t.Fatal("no port")
		}
		for i := range c.heard {
			c.heard[i].port = n
		}
		p := status{name: n, vlan: "1"}.port(newSurroundings(nil, around{neighbours: c.heard}))
		if diff := cmp.Diff(c.want, p.Neighbours); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
