package lab

import (
	"slices"

	"github.com/netmirror/netmirror/internal/lab/plant"

	"github.com/netmirror/netmirror/internal/lab/eos"
	"github.com/netmirror/netmirror/internal/lab/fastpath"
	"github.com/netmirror/netmirror/internal/lab/iosxe"
	"github.com/netmirror/netmirror/internal/lab/iosxr"
	"github.com/netmirror/netmirror/internal/lab/junos"
	"github.com/netmirror/netmirror/internal/lab/nxos"
	"github.com/netmirror/netmirror/internal/lab/smon"
	"github.com/netmirror/netmirror/internal/lab/srl"
)

// platforms is the catalogue: one line per kind of switch.
func platforms() []plant.Platform {
	return []plant.Platform{
		eos.Platform(),
		fastpath.Platform(),
		iosxe.Platform(),
		iosxr.Platform(),
		junos.Platform(),
		nxos.Platform(),
		smon.Platform(),
		srl.Platform(),
	}
}

func platformByName(name string) (plant.Platform, bool) {
	for _, p := range platforms() {
		if p.Name == name {
			return p, true
		}
	}
	return plant.Platform{}, false
}

// Platforms are the names of the kinds of switches, sorted.
func Platforms() []string {
	var names []string
	for _, p := range platforms() {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return names
}
