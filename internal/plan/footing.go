package plan

import (
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// footingChanges lists what leads to the footings that are wanted. A part (the
// remote VLAN, one trunk, the port's setup) that is there without us satisfies
// and stays another's; what netmirror added goes with the last session that
// needs it:
//
//	part wanted | there | ours by the ledger | result
//	------------+-------+--------------------+---------------------------
//	yes         | yes   | any                | nothing
//	yes         | no    | any                | made, and ours
//	no          | yes   | yes                | taken away, once no other's session uses the VLAN
//	no          | any   | no                 | nothing, ever
func footingChanges(desired []Desired, info DeviceInfo) []mirror.Change {
	held := ownFootings(info)
	wanted := map[string]bool{}
	var out []mirror.Change
	change := func(mark string, before, after *mirror.NativeSession) {
		switch {
		case before == nil && after == nil, before != nil && after != nil && before.Spec.Equal(after.Spec):
			return
		}
		c := mirror.Change{Mark: mark, Before: before, After: after}
		if before != nil {
			c.Was = mark
		}
		out = append(out, c)
	}
	for _, d := range desired {
		if !d.Spec.Role.Footing() {
			continue
		}
		wanted[d.Mark] = true
		before, after := info.whole(held[d.Mark]), info.footing(d.Mark, owed(d, info))
		change(d.Mark, before, after)
	}
	for _, l := range info.Ledger {
		if l.Spec.Role.Footing() && !wanted[l.Mark] && !usedByOthers(l.Spec.RemoteVLAN, info) {
			change(l.Mark, held[l.Mark], nil)
		}
	}
	return out
}

// usedByOthers: another's session stands on a remote VLAN, which therefore stays
// until that is gone too, whoever made it.
func usedByOthers(vlan int, info DeviceInfo) bool {
	return vlan != 0 && slices.ContainsFunc(info.Observation.Natives, func(n mirror.NativeSession) bool {
		_, own := info.Own(n)
		return !own && n.Spec.RemoteVLAN == vlan
	})
}

// ownFootings maps marks to what the device holds of the footings in the
// ledger: the parts that netmirror added and that are still there. A footing of
// which nothing is left is not in it.
func ownFootings(info DeviceInfo) map[string]*mirror.NativeSession {
	out := map[string]*mirror.NativeSession{}
	for _, l := range info.Ledger {
		if !l.Spec.Role.Footing() {
			continue
		}
		if n := info.footing(l.Mark, Held(l, info.Observation)); n != nil {
			out[l.Mark] = n
		}
	}
	return out
}

// Held is what a device holds of a footing that netmirror added. Where the push
// that made a VLAN broke off it is no remote VLAN yet and bears the mark as its
// name, or no name. One that bears another name was made anew, or taken over, by
// another hand.
func Held(l mirror.Native, o mirror.Observation) mirror.NativeSpec {
	line := l.Spec
	out := line
	if line.Role == mirror.RoleRSPANTransit {
		v, ok := o.VLAN(line.RemoteVLAN)
		out.VLANMade = line.VLANMade && ok && (v.Name == l.Mark || v.Name == "")
		out.Trunks = nil
		for _, t := range line.Trunks {
			// On a trunk that carries every VLAN ours is no addition any more, and
			// taking it away would be one.
			if p, ok := o.Port(t); ok && p.Carries(line.RemoteVLAN) && !carriesAll(p) {
				out.Trunks = append(out.Trunks, t)
			}
		}
		return out
	}
	for _, d := range line.Destinations {
		if p, ok := o.Port(d); !ok || line.Setup == nil || !line.Setup.FitsPort(p) {
			out.Setup = nil
		}
	}
	return out
}

// owed is what of a footing shall be netmirror's: what is already, and what is
// missing on the device.
func owed(d Desired, info DeviceInfo) mirror.NativeSpec {
	o := info.Observation
	var line mirror.NativeSpec
	if i := slices.IndexFunc(info.Ledger, func(l mirror.Native) bool { return l.Mark == d.Mark }); i >= 0 {
		line = info.Ledger[i].Spec
	}
	out := d.Spec
	if d.Spec.Role == mirror.RoleRSPANTransit {
		out.VLANMade = line.VLANMade || !remoteThere(o, d.Spec.RemoteVLAN)
		out.Trunks = nil
		for _, t := range d.Spec.Trunks {
			p, ok := o.Port(t)
			added := slices.Contains(line.Trunks, t) && !(ok && carriesAll(p))
			if added || !ok || !p.Carries(d.Spec.RemoteVLAN) {
				out.Trunks = append(out.Trunks, t)
			}
		}
		return out
	}
	setup := *d.Spec.Setup
	out.Setup = &setup
	if line.Setup != nil {
		setup.Former = line.Setup.Former
		return out
	}
	for _, name := range d.Spec.Destinations {
		p, ok := o.Port(name)
		if ok && setup.FitsPort(p) {
			out.Setup = nil
			return out
		}
		setup.Former = p.Stanza
	}
	return out
}

func remoteThere(o mirror.Observation, vlan int) bool {
	v, ok := o.VLAN(vlan)
	return ok && v.Remote
}

func carriesAll(p mirror.Port) bool {
	return p.Trunk != nil && p.Trunk.Allowed.String() == mirror.AllVLANs().String()
}

// footing is a native session of a footing's spec, nil when nothing of it is
// netmirror's.
func (d DeviceInfo) footing(mark string, spec mirror.NativeSpec) *mirror.NativeSession {
	if !spec.VLANMade && len(spec.Trunks) == 0 && spec.Setup == nil {
		return nil
	}
	return &mirror.NativeSession{ID: mirror.FootingID(spec), Mark: mark, Instance: d.Instance, Spec: spec.Normalize()}
}

// whole is a footing without the part that is not as it shall be: a VLAN of ours
// that is no remote VLAN has to be made one.
func (d DeviceInfo) whole(n *mirror.NativeSession) *mirror.NativeSession {
	if n == nil || !n.Spec.VLANMade || remoteThere(d.Observation, n.Spec.RemoteVLAN) {
		return n
	}
	rest := n.Spec
	rest.VLANMade = false
	return d.footing(n.Mark, rest)
}

// Unfooted says why a footing cannot be made on the device as it is now; nil
// when it can. Nothing of another hand may be turned into a remote VLAN.
func Unfooted(c mirror.Change, info DeviceInfo) error {
	o := info.Observation
	if c.After == nil || c.After.Spec.Role != mirror.RoleRSPANTransit {
		return nil
	}
	spec := c.After.Spec
	made := false
	for _, l := range info.Ledger {
		made = made || l.Mark == c.Mark && Held(l, o).VLANMade
	}
	if v, ok := o.VLAN(spec.RemoteVLAN); ok && !v.Remote && spec.VLANMade && !made {
		return fmt.Errorf("VLAN %d exists and is no remote VLAN; netmirror does not make another's VLAN one: %w", spec.RemoteVLAN, mirror.ErrConflict)
	}
	for _, t := range spec.Trunks {
		if p, ok := o.Port(t); ok && p.Trunk == nil {
			return fmt.Errorf("port %s is no trunk, so it cannot carry remote VLAN %d: %w", t, spec.RemoteVLAN, mirror.ErrUnsupported)
		}
	}
	return nil
}

// Stage keeps the changes that may be pushed next: footings that are to be
// made, then sessions, then footings that are to go. What stands on a footing
// is pushed only when that was read back, and the other way round.
func Stage(changes []mirror.Change) []mirror.Change {
	stage := func(c mirror.Change) int {
		switch {
		case !footed(c):
			return 1
		case c.After != nil:
			return 0
		}
		return 2
	}
	first := 3
	for _, c := range changes {
		first = min(first, stage(c))
	}
	return slices.DeleteFunc(slices.Clone(changes), func(c mirror.Change) bool { return stage(c) != first })
}

// footed reports whether a change is of a footing.
func footed(c mirror.Change) bool {
	if c.After != nil {
		return c.After.Spec.Role.Footing()
	}
	return c.Before != nil && c.Before.Spec.Role.Footing()
}
