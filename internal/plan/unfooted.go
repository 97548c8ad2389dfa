package plan

import (
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Unfooted says why a footing cannot be made on the device as it is now; nil
// when it can. Nothing of another hand may be turned into a remote VLAN, a tunnel
// interface or an origin of ours, and a port keeps the access list that it has.
func Unfooted(c mirror.Change, info DeviceInfo) error {
	if c.After == nil || c.After.Spec.Footing == nil {
		return nil
	}
	f, why := *c.After.Spec.Footing, ""
	switch f.Kind {
	case mirror.FootingVLAN:
		return info.unfit(f, c.Mark)
	case mirror.FootingFilter:
		for _, p := range putAt(c) {
			if why = info.listAt(p, f.Name); why != "" {
				break
			}
		}
	case mirror.FootingTunnel:
		why = info.otherWay(f)
	case mirror.FootingOrigin:
		why = info.otherOrigin(f.Name)
	}
	if why == "" {
		return nil
	}
	return fmt.Errorf("%s: %w", why, mirror.ErrConflict)
}

// unfit is Unfooted of a remote VLAN.
func (d DeviceInfo) unfit(f mirror.Footing, mark string) error {
	o := d.Observation
	made := false
	for _, l := range d.Ledger {
		made = made || l.Mark == mark && Held(l, o).Made
	}
	if v, ok := o.VLAN(f.VLAN); ok && !v.Remote && f.Made && !made {
		return fmt.Errorf("VLAN %d exists and is no remote VLAN; netmirror does not make another's VLAN one: %w", f.VLAN, mirror.ErrConflict)
	}
	for _, t := range f.Trunks {
		if p, ok := o.Port(t); ok && p.Trunk == nil {
			return fmt.Errorf("port %s is no trunk, so it cannot carry remote VLAN %d: %w", t, f.VLAN, mirror.ErrUnsupported)
		}
	}
	return nil
}

// madeFooting reports whether the ledger says that netmirror made a footing which has a
// name, and put it at the ports.
func (d DeviceInfo) madeFooting(kind mirror.FootingKind, name string, at ...mirror.PortName) bool {
	return slices.ContainsFunc(d.Ledger, func(l mirror.Native) bool {
		f := l.Spec.Footing
		return f != nil && f.Kind == kind && f.Name == name && f.Made &&
			!slices.ContainsFunc(at, func(p mirror.PortName) bool { return !slices.Contains(f.Ports, p) })
	})
}

// listAt says which access list of another hand stands at the ingress of a port, ""
// for none. own is the name of the list that is to stand there.
func (d DeviceInfo) listAt(port mirror.PortName, own string) string {
	p, _ := d.Observation.Port(port)
	for _, name := range p.Lists {
		switch {
		case name == own, d.madeFooting(mirror.FootingFilter, name, port):
		case name == "?":
			return fmt.Sprintf("an access list whose name is not told stands at the ingress of port %s; a port has one, and netmirror changes no list of another hand", port)
		default:
			return fmt.Sprintf("access list %q stands at the ingress of port %s, and netmirror did not put it there; a port has one, and netmirror changes no list of another hand", name, port)
		}
	}
	return ""
}

// otherWay says that a tunnel interface of another hand has the name of one that is
// wanted and leads elsewhere, "" = none does.
func (d DeviceInfo) otherWay(f mirror.Footing) string {
	is, there := d.Observation.Footing(f.Kind, f.Name)
	if !there || d.madeFooting(f.Kind, f.Name) || d.sameWay(is, f) {
		return ""
	}
	return fmt.Sprintf("tunnel interface %s exists, leads %s, and netmirror did not make it; it shall lead %s", f.Name, is.Tunnel, f.Tunnel)
}

// otherOrigin says why the device cannot be told to send copies from an address, "" =
// it can: it sends from one address for all sessions, so that nobody else may depend on
// which that is.
func (d DeviceInfo) otherOrigin(address string) string {
	var now mirror.Footing
	for _, f := range d.Observation.Footings {
		if f.Kind == mirror.FootingOrigin {
			now = f
		}
	}
	if now.Name == address {
		return ""
	}
	if now.Name != "" && !d.madeFooting(mirror.FootingOrigin, now.Name) {
		return fmt.Sprintf("device %s sends copies from %s, which netmirror did not set; one address serves all sessions of the device, so name that one as origin", d.Device.Name, now.Name)
	}
	for _, n := range d.Observation.Natives {
		if _, own := d.Own(n); !own && n.Spec.Role == mirror.RoleERSPANSource && !n.Spec.Shut {
			return fmt.Sprintf("one address serves all sessions of device %s, and native session %q, which netmirror did not create, would send from %s then", d.Device.Name, n.ID, address)
		}
	}
	return ""
}
