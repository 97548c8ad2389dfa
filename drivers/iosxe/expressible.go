package iosxe

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Keys of Observation.Handles.
const (
	handleACLs = "access-lists" // IP access lists by name, ",a,b,"
)

// vrfName and the patterns of names keep anything that is not a word away from
// the command line, whatever was validated before.
var vrfName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$`)

// against refuses what Capabilities.Forbids does not know: names that are none, and
// what the device lacks.
func against(_ mirror.Facts, o mirror.Observation, n mirror.NativeSpec) (reasons []mirror.Reason) {
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			reasons = append(reasons, mirror.Reason{Code: "unsupported", Message: fmt.Sprintf(format, args...)})
		}
	}
	for _, s := range n.Sources {
		refuse(s.Port != "" && !grammar.Canonical(s.Port), "%q is no port of this platform", s.Port)
	}
	for _, d := range n.Destinations {
		refuse(!grammar.Canonical(d), "%q is no port of this platform", d)
	}
	atPort := n.Role == mirror.RoleLocal || n.Role == mirror.RoleRSPANDestination
	refuse(atPort && (n.Options.Tags == "" || n.Options.Ingress == ""), "tags %q and ingress %q: a destination port has one of each", n.Options.Tags, n.Options.Ingress)
	if v, read := o.VLAN(n.RemoteVLAN); read {
		refuse(!v.Remote, "VLAN %d is no remote-span VLAN on the device", v.ID)
	}
	if list := n.Options.Filter; list != "" {
		refuse(!text.ListName.MatchString(list) || strings.Contains(list, ":"), "%q is no name of an IP access list", list)
		known, read := o.Handles[handleACLs]
		_, made := o.Footing(mirror.FootingFilter, list)
		refuse(read && !slices.Contains(strings.Split(known, ","), list) && !made, "there is no IP access list %s on the device", list)
	}
	vrf := tunnelOf(n).VRF
	refuse(vrf != "" && !vrfName.MatchString(vrf), "%q is no name of a VRF", vrf)
	return reasons
}
