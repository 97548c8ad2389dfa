package iosxe

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A name that fills LLDP's column may go on; CDP tells it whole, and may add a
// serial number.
func TestANeighbourIsTheSystemThatItSays(t *testing.T) {
	const long = "distribution-switch-of-building-4"
	lldp, cdp := text.Neighbour{Device: long[:lldpTable.Cut], Protocol: "LLDP", Cut: true}, text.Neighbour{Device: long, Protocol: "CDP"}
	for name, c := range map[string]struct {
		heard []text.Neighbour
		want  []mirror.Neighbour
	}{
		"short":        {[]text.Neighbour{{Device: "core-1", Protocol: "LLDP"}}, []mirror.Neighbour{{System: "core-1"}}},
		"cut":          {[]text.Neighbour{lldp}, []mirror.Neighbour{{System: long[:lldpTable.Cut], Cut: true}}},
		"told by both": {[]text.Neighbour{lldp, cdp}, []mirror.Neighbour{{System: long}}},
		"with serial":  {[]text.Neighbour{{Device: "core-1.campus(FOC1)", Protocol: "CDP"}}, []mirror.Neighbour{{System: "core-1.campus"}}},
	} {
		n, ok := grammar.Read("Gi1/0/1")
		if !ok {
			t.Fatal("no port")
		}
		for i := range c.heard {
			c.heard[i].Port = n
		}
		p := portOf(text.PortRow{Name: n, VLAN: "1"}, newSurroundings(nil, console.Heard(c.heard)))
		if diff := cmp.Diff(c.want, p.Neighbours); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
