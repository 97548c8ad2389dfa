package mirror

import (
	"fmt"
	"slices"
)

// A footing is what of a device, beside its mirror sessions, a mirror session
// stands on: a remote VLAN with the trunks that carry it (role rspan-transit),
// or a destination port that had to be made fit (role destination-port). It is
// composed, diffed, journalled and owned like a native session. The ledger's
// line of a footing holds only what netmirror itself added, so that what was
// there before, or what another hand added, is never taken away.

// RoleDestinationPort is the footing of a destination port that was not fit as
// it stood and was changed on request (force).
const RoleDestinationPort Role = "destination-port"

// Footing reports whether the role is one of a footing and not of a mirror
// session.
func (r Role) Footing() bool { return r == RoleRSPANTransit || r == RoleDestinationPort }

// PortSetup is what is made of a destination port that is not fit as it
// stands. Exactly one of Access and Tagged may be set beside Up.
type PortSetup struct {
	Up     bool `json:"up,omitempty"`     // administratively up
	Access int  `json:"access,omitempty"` // an access port of this VLAN: copies leave it untagged
	Tagged bool `json:"tagged,omitempty"` // no access port: copies keep their tags
	// Former is the port's stanza before the change, in the device's own
	// words; it is what is put back. Empty in what is wanted, filled in the
	// change that is pushed and in the ledger.
	Former string `json:"former,omitempty"`
}

// FitsPort reports whether the port already is as the setup asks.
func (s PortSetup) FitsPort(p Port) bool {
	return (!s.Up || p.Admin != False) && (s.Access == 0 || p.Access == s.Access) && (!s.Tagged || p.Access == 0)
}

// FootingID names a footing on its device: "vlan-999", "port-Gi1/0/24". Native
// ids of mirror sessions never look like that.
func FootingID(n NativeSpec) string {
	if n.Role == RoleRSPANTransit {
		return fmt.Sprintf("vlan-%d", n.RemoteVLAN)
	}
	id := "port"
	for _, d := range n.Destinations {
		id += "-" + string(d)
	}
	return id
}

// Parts splits what a fragment asks of its device into native sessions: those of the
// mirror session first, if there is one (several where Grain says so), then the footings it stands on.
func (n NativeSpec) Parts() []NativeSpec {
	var out []NativeSpec
	if !n.Role.Footing() {
		session := n
		session.Trunks, session.Setup, session.Rules = nil, nil, nil
		out = append(out, session.split()...)
	}
	if n.RemoteVLAN != 0 {
		out = append(out, NativeSpec{Role: RoleRSPANTransit, RemoteVLAN: n.RemoteVLAN, VLANMade: n.VLANMade, Trunks: n.Trunks})
	}
	if n.Setup != nil {
		for _, d := range n.Destinations {
			out = append(out, NativeSpec{Role: RoleDestinationPort, Destinations: []PortName{d}, Setup: n.Setup})
		}
	}
	return out
}

// Marks are those of the parts of a fragment's spec, in the order of Parts.
func Marks(instance, device string, spec NativeSpec) []string {
	var out []string
	for _, part := range spec.Parts() {
		out = append(out, Mark(instance, device, part))
	}
	return out
}

// A VLAN is a VLAN that exists on a device.
type VLAN struct {
	ID     int       `json:"id"`
	Name   string    `json:"name,omitempty"`   // "" = none, or the device's default
	Remote bool      `json:"remote,omitempty"` // for copies: nothing is learned in it
	Uses   []PortUse `json:"uses,omitempty"`   // why it is no idle VLAN, beside ports (an address, ...)
}

// A Trunk is what a port carries that is a trunk.
type Trunk struct {
	Allowed VLANSet `json:"allowed"`
	Native  int     `json:"native,omitempty"` // the VLAN of untagged frames, 0 = not told
}

// VLAN finds a VLAN of the device.
func (o Observation) VLAN(id int) (VLAN, bool) {
	i := slices.IndexFunc(o.VLANs, func(v VLAN) bool { return v.ID == id })
	if i < 0 {
		return VLAN{}, false
	}
	return o.VLANs[i], true
}

// Carries reports whether the port is a trunk that carries a VLAN.
func (p Port) Carries(vlan int) bool { return p.Trunk != nil && p.Trunk.Allowed.Has(vlan) }
