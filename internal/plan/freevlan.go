package plan

import (
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// usualTop is the highest remote VLAN that is proposed where nobody says which may be. That
// some platforms keep VLANs above it for themselves and take internal ones from 1006 upwards
// is general knowledge without a source here, and nothing rests on it but where a search
// downwards begins: what a platform takes is said by its capabilities, and what is there by
// the devices. 1002 to 1005 are left out: command lines whose range has a source take 2-1001
// and 1006-4094.
const usualTop = 3967

// UsualVLANs are the remote VLANs that are proposed where nobody says which may be.
func UsualVLANs() mirror.VLANSet {
	out, err := mirror.ParseVLANs(fmt.Sprintf("2-1001,1006-%d", usualTop))
	if err != nil {
		panic(err)
	}
	return out
}

// vlan finds a remote VLAN for a tree, the highest first: one that no session names and
// that is on none of the devices around, or, where there is no such or a device cannot make
// one, a remote VLAN that is on them for copies and that nobody uses. made says which of
// both it is. What a session asks for itself is not searched for.
func (x *search) vlan(t *tree) (vlan int, made string, why []mirror.Reason) {
	if r := x.Session.RSPAN; r != nil && r.VLAN != 0 {
		return r.VLAN, "was asked for", nil
	}
	allowed := x.VLANs
	if allowed.Empty() {
		allowed = UsualVLANs()
	}
	for v := mirror.MaxVLAN; v > 0; v-- {
		if allowed.Has(v) && x.free(t, v) {
			return v, "is used by nobody, and on no device around as far as it was read", nil
		}
	}
	for v := mirror.MaxVLAN; v > 0; v-- {
		if allowed.Has(v) && x.idle(t, v) {
			return v, "is a remote VLAN that is there, and that nobody uses", nil
		}
	}
	return 0, "", []mirror.Reason{reason("/rspan/vlan", "no-free-vlan",
		"no VLAN of %s is free: each is used by a session, is there as a VLAN of a device around, or cannot be made or carried on the way%s", allowed, x.noMaking(t))}
}

// noMaking names a device that makes no VLANs.
func (x *search) noMaking(t *tree) string {
	for _, device := range t.devices() {
		if no := x.Network.Devices[device].Observation.NoVLANs; no != "" {
			return fmt.Sprintf("; device %s makes none (%s)", device, no)
		}
	}
	return ""
}

// carriable: a VLAN may carry the copies over a tree, whatever is in it.
func (x *search) carriable(t *tree, v int) bool {
	if x.banned.vlans[v] || x.Network.Taken[v] != "" {
		return false
	}
	for _, device := range t.devices() {
		info := x.Network.Devices[device]
		if !info.Capabilities.Ranges.RemoteVLAN.Allow(v) {
			return false
		}
		for _, p := range info.Observation.Ports {
			if p.Access == v || p.Trunk != nil && p.Trunk.Native == v {
				return false
			}
		}
	}
	for _, device := range x.from() { // a source that carries the VLAN would copy the copies
		for _, port := range x.sourcePorts(device) {
			if p, _ := x.Site.Devices[device].Observation.Port(port); p.Carries(v) && !x.Session.Force {
				return false
			}
		}
	}
	return !x.heldSource(v)
}

// heldSource: the session itself copies the VLAN.
func (x *search) heldSource(v int) bool {
	return slices.ContainsFunc(x.Session.Sources, func(s mirror.Source) bool { return s.VLAN == v })
}

// free: it is nowhere, and every device of the tree can make it. Devices beside the tree
// count too: over a trunk that carries every VLAN the copies would come to the ports of
// theirs.
func (x *search) free(t *tree, v int) bool {
	if x.occupied()[v] || !x.carriable(t, v) {
		return false
	}
	return x.noMaking(t) == ""
}

// occupied are the VLANs that are on a device around, or that its native sessions use.
func (x *search) occupied() map[int]bool {
	if x.busy != nil {
		return x.busy
	}
	x.busy = map[int]bool{}
	for _, info := range x.Network.Devices {
		for _, v := range info.Observation.VLANs {
			x.busy[v.ID] = true
		}
		for v := range inUse(info.Observation) {
			x.busy[v] = true
		}
	}
	return x.busy
}

// idle: it is a remote VLAN wherever it is, is on every device of the tree that cannot make
// it, and nothing is copied into it.
func (x *search) idle(t *tree, v int) bool {
	if !x.occupied()[v] || !x.carriable(t, v) {
		return false
	}
	for device, info := range x.Network.Devices {
		found, exists := info.Observation.VLAN(v)
		_, ours := t.depth[device]
		switch {
		case exists && (!found.Remote || len(found.Uses) > 0), inUse(info.Observation)[v], !exists && ours && info.Observation.NoVLANs != "":
			return false
		}
	}
	return true
}

// inUse are the VLANs that native sessions of a device copy into or out of.
func inUse(o mirror.Observation) map[int]bool {
	out := map[int]bool{}
	for _, n := range o.Natives {
		if n.Spec.RemoteVLAN != 0 {
			out[n.Spec.RemoteVLAN] = true
		}
		for _, s := range n.Spec.Sources {
			if s.VLAN != 0 {
				out[s.VLAN] = true
			}
		}
	}
	return out
}
