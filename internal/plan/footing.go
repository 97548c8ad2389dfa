package plan

import (
	"cmp"
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
//
// An access list bears a name of netmirror's that is made of its entries: one of a
// wanted name is ours, whatever the ledger forgot. One that somebody edited is
// changed into what its name says: taken away and made anew, it would let every
// frame be copied in between on some devices. Of the ports at which it stands those
// are parts at which netmirror put it; one that another hand put at a port of theirs
// stays there. A tunnel interface of netmirror's that leads elsewhere is changed too.
func footingChanges(desired []Desired, info DeviceInfo) []mirror.Change {
	wanted := map[string]bool{}
	for _, d := range desired {
		wanted[d.Mark] = wanted[d.Mark] || d.Spec.Footing != nil
	}
	held := ownFootings(info, wanted)
	var out []mirror.Change
	change := func(mark string, before, after *mirror.NativeSession) {
		switch {
		case before == nil && after == nil, before != nil && after != nil && info.alike(before.Spec, after.Spec):
			return
		}
		c := mirror.Change{Mark: mark, Before: before, After: after}
		if before != nil {
			c.Was = mark
		}
		out = append(out, c)
	}
	for _, d := range desired {
		if d.Spec.Footing == nil {
			continue
		}
		before, after := info.whole(held[d.Mark]), info.footing(d.Mark, owed(d, info))
		change(d.Mark, before, after)
	}
	for _, l := range info.Ledger {
		if f := l.Spec.Footing; f != nil && !wanted[l.Mark] && !usedByOthers(*f, info) {
			change(l.Mark, held[l.Mark], info.left(held[l.Mark]))
		}
	}
	return out
}

// alike reports whether what is held of a footing is what is owed. The entries of an
// access list that do not name their native session are those of the right one.
func (d DeviceInfo) alike(held, owed mirror.NativeSpec) bool {
	f, want := *held.Footing, *owed.Footing
	f.Session = cmp.Or(f.Session, want.Session)
	return d.Capabilities.Plain(f.Spec()).Equal(d.Capabilities.Plain(want.Spec()))
}

// left is what stays of a footing that nobody of ours needs: an access list that
// another hand put at a port, taken from the ports at which we did.
func (d DeviceInfo) left(held *mirror.NativeSession) *mirror.NativeSession {
	if held == nil || held.Spec.Footing.Kind != mirror.FootingFilter {
		return nil
	}
	f := *held.Spec.Footing
	theirs := slices.ContainsFunc(standsAt(d.Observation, f.Name), func(p mirror.PortName) bool { return !slices.Contains(f.Ports, p) })
	if !theirs || !f.Made {
		return nil
	}
	f.Ports = nil
	return d.footing(held.Mark, f)
}

// standsAt are the ports at whose ingress an access list stands.
func standsAt(o mirror.Observation, list string) (out []mirror.PortName) {
	if f, ok := o.Footing(mirror.FootingFilter, list); ok {
		out = slices.Clone(f.Ports)
	}
	for _, p := range o.Ports {
		if slices.Contains(p.Lists, list) && !slices.Contains(out, p.Name) {
			out = append(out, p.Name)
		}
	}
	return out
}

// usedByOthers: another's session stands on a footing, which therefore stays until
// that is gone too, whoever made it. A port is put back as it was, but for one that is
// for copies and has others now.
func usedByOthers(f mirror.Footing, info DeviceInfo) bool {
	if f.Kind == mirror.FootingPort && (f.Setup == nil || !f.Setup.Monitor) {
		return false
	}
	return slices.ContainsFunc(info.Observation.Natives, func(n mirror.NativeSession) bool {
		_, own := info.Own(n)
		return !own && f.Under(n.Spec)
	})
}

// ownFootings maps marks to what the device holds of the footings in the
// ledger: the parts that netmirror added and that are still there. A footing of
// which nothing is left is not in it. An access list that bears the name of a wanted
// one is ours even when the ledger forgot it.
func ownFootings(info DeviceInfo, wanted map[string]bool) map[string]*mirror.NativeSession {
	out := map[string]*mirror.NativeSession{}
	for _, l := range info.Ledger {
		if l.Spec.Footing == nil {
			continue
		}
		if n := info.footing(l.Mark, Held(l, info.Observation)); n != nil {
			out[l.Mark] = n
		}
	}
	for _, f := range info.Observation.Footings {
		if f.Kind != mirror.FootingFilter {
			continue
		}
		f.Made, f.Ports = true, nil // where we put it, nobody knows any more
		if mark := mirror.Mark(info.Instance, info.Device.Name, f.Spec()); wanted[mark] && out[mark] == nil {
			out[mark] = info.footing(mark, f)
		}
	}
	return out
}

// Held is what a device holds of a footing that netmirror added. Where the push
// that made a VLAN broke off it is no remote VLAN yet and bears the mark as its
// name, or no name. One that bears another name was made anew, or taken over, by
// another hand. An access list has the entries that it has now.
func Held(l mirror.Native, o mirror.Observation) mirror.Footing {
	out := *l.Spec.Footing
	switch out.Kind {
	case mirror.FootingVLAN:
		v, ok := o.VLAN(out.VLAN)
		out.Made = out.Made && ok && (v.Name == l.Mark || v.Name == "")
		trunks := out.Trunks
		out.Trunks = nil
		for _, t := range trunks {
			// On a trunk that carries every VLAN ours is no addition any more, and
			// taking it away would be one.
			if p, ok := o.Port(t); ok && p.Carries(out.VLAN) && !carriesAll(p) {
				out.Trunks = append(out.Trunks, t)
			}
		}
	case mirror.FootingPort:
		if p, ok := o.Port(out.Port); !ok || out.Setup == nil || !out.Setup.FitsPort(p) {
			out.Setup = nil
		}
	default:
		is, ok := o.Footing(out.Kind, out.Name)
		if out.Made = out.Made && ok; ok {
			out.Rules, out.Session, out.Tunnel = is.Rules, is.Session, is.Tunnel
		}
		at := standsAt(o, out.Name)
		put := out.Ports
		out.Ports = nil
		for _, p := range put {
			out.Ports = append(out.Ports, of(o, p, at)...)
		}
		slices.Sort(out.Ports)
		out.Ports = slices.Compact(out.Ports)
	}
	return out
}

// of is a port where it is among those at which an access list stands, else what of its
// sub-interfaces is: a list that shall stand at all of them stands there in part.
func of(o mirror.Observation, p mirror.PortName, at []mirror.PortName) (out []mirror.PortName) {
	if slices.Contains(at, p) {
		return []mirror.PortName{p}
	}
	for _, sub := range o.Ports {
		if sub.Parent == p && slices.Contains(at, sub.Name) {
			out = append(out, sub.Name)
		}
	}
	return out
}

// Kept is what of a footing stays netmirror's in the ledger after a read. What was
// made of a port stays, with the former state that has to come back, even while
// another hand has changed the port; so do the entries of an access list.
func Kept(l mirror.Native, o mirror.Observation) mirror.Footing {
	if l.Spec.Footing.Kind == mirror.FootingPort {
		return *l.Spec.Footing
	}
	out := Held(l, o)
	out.Rules, out.Session, out.Tunnel = l.Spec.Footing.Rules, l.Spec.Footing.Session, l.Spec.Footing.Tunnel
	return out
}

// owed is what of a footing shall be netmirror's: what is already, and what is
// missing on the device.
func owed(d Desired, info DeviceInfo) mirror.Footing {
	o := info.Observation
	var line mirror.Footing
	if i := slices.IndexFunc(info.Ledger, func(l mirror.Native) bool { return l.Mark == d.Mark && l.Spec.Footing != nil }); i >= 0 {
		line = *info.Ledger[i].Spec.Footing
	}
	out := *d.Spec.Footing
	switch out.Kind {
	case mirror.FootingVLAN:
		out.Made = line.Made || !remoteThere(o, out.VLAN)
		out.Trunks = nil
		for _, t := range d.Spec.Footing.Trunks {
			p, ok := o.Port(t)
			added := slices.Contains(line.Trunks, t) && !(ok && carriesAll(p))
			if added || !ok || !p.Carries(out.VLAN) {
				out.Trunks = append(out.Trunks, t)
			}
		}
	case mirror.FootingPort:
		setup := *out.Setup
		out.Setup = &setup
		p, ok := o.Port(out.Port)
		switch {
		case line.Setup != nil:
			setup.Former = line.Setup.Former
		case ok && setup.FitsPort(p):
			out.Setup = nil
		default:
			setup.Former = p.Stanza
		}
	case mirror.FootingFilter:
		out.Made = true // its name is ours alone
	default: // another's tunnel that leads elsewhere cannot be made ours, and is refused as that, see Unfooted
		out.Made = line.Made || !info.holds(out)
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

// footing is a native session of a footing, nil when nothing of it is netmirror's.
func (d DeviceInfo) footing(mark string, f mirror.Footing) *mirror.NativeSession {
	if f.Empty() {
		return nil
	}
	return &mirror.NativeSession{ID: f.ID(), Mark: mark, Instance: d.Instance, Spec: f.Spec().Normalize()}
}

// whole is a footing without the part that is not as it shall be: a VLAN of ours
// that is no remote VLAN has to be made one.
func (d DeviceInfo) whole(n *mirror.NativeSession) *mirror.NativeSession {
	if n == nil {
		return nil
	}
	f := *n.Spec.Footing
	if f.Kind != mirror.FootingVLAN || !f.Made || remoteThere(d.Observation, f.VLAN) {
		return n
	}
	return d.footing(n.Mark, f.Minus(mirror.Footing{Made: true}))
}
