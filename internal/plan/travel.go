package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// remote holds a fragment of an RSPAN session against its device: the remote
// VLAN must be free for copies, or made one, and the trunks must be trunks.
func (c *checker) remote() {
	v := c.f.Spec.RemoteVLAN
	if v == 0 {
		return
	}
	o, device := c.info.Observation, c.f.Device
	switch found, exists := o.VLAN(v); {
	case exists && !found.Remote && !c.madeByUs(v):
		c.add("/rspan/vlan", "vlan-in-use", "VLAN %d exists on device %s and is no remote VLAN; take another, or make it one by hand", v, device)
	case exists:
		for _, u := range found.Uses {
			c.add("/rspan/vlan", "vlan-in-use", "VLAN %d of device %s is in use (%s): %s", v, device, u.Kind, u.Detail)
		}
	case o.NoVLANs != "":
		c.add("/rspan/vlan", "vlan-not-makable", "VLAN %d does not exist on device %s and cannot be made there: %s; make it where VLANs are made, as a remote VLAN", v, device, o.NoVLANs)
	}
	for _, p := range o.Ports {
		if p.Access == v && !slices.Contains(c.f.Spec.Destinations, p.Name) {
			c.add("/rspan/vlan", "vlan-in-use", "port %s of device %s is an access port of VLAN %d and would get every copy", p.Name, device, v)
		}
	}
	for _, s := range c.f.Spec.Sources {
		switch p, _ := o.Port(s.Port); {
		case s.Port == "":
		case slices.Contains(c.f.Spec.Trunks, s.Port):
			c.add(c.ex.Pointer(device, s), "mirror-of-mirror", "port %s is a trunk that carries the copies; it cannot be their source", s.Port)
		case p.Carries(v) && !c.f.Force:
			c.add(c.ex.Pointer(device, s), "mirror-of-mirror", "port %s is a trunk that carries VLAN %d, so copies would be copied again; prune the VLAN there (force: true overrides)", s.Port, v)
		}
	}
	c.trunks(v)
}

// madeByUs: a VLAN whose property somebody took away is still the one we made.
func (c *checker) madeByUs(vlan int) bool {
	return slices.ContainsFunc(c.info.Ledger, func(l mirror.Native) bool {
		return l.Spec.Footing != nil && l.Spec.Footing.Made && l.Spec.Footing.VLAN == vlan
	})
}

func (c *checker) trunks(v int) {
	o, device := c.info.Observation, c.f.Device
	for _, t := range c.f.Spec.Trunks {
		at := c.ex.TrunkPointer(device, t)
		p, ok := o.Port(t)
		switch {
		case !ok:
			c.add(at, "unknown-port", "device %s has no port %s", device, t)
		case p.Trunk == nil:
			c.add(at, "not-a-trunk", "port %s of device %s is no trunk, so it cannot carry VLAN %d", t, device, v)
		case slices.ContainsFunc(p.Uses, func(u mirror.PortUse) bool { return u.Kind == "lag-member" }):
			c.add(at, "lag-member", "port %s of device %s is a member of a port-channel, whose members must agree; name the port-channel", t, device)
		case p.Trunk.Native == v:
			c.add(at, "native-vlan", "VLAN %d is the native VLAN of trunk %s: copies would cross it untagged", v, t)
		}
		if slices.Contains(c.f.Spec.Destinations, t) {
			c.add(at, "contradiction", "port %s is a trunk of the path and its destination", t)
		}
	}
	if len(c.f.Spec.Trunks) == 0 && !slices.ContainsFunc(o.Ports, func(p mirror.Port) bool { return p.Carries(v) && !slices.Contains(c.f.Spec.Destinations, p.Name) }) {
		c.add("/rspan/transit", "no-path", "no trunk of device %s carries VLAN %d; name the trunks of the path in rspan.transit", device, v)
	}
}

// tunnel holds a fragment of an ERSPAN session against its device.
func (c *checker) tunnel() {
	e := c.f.Spec.Options.ERSPAN
	if e == nil {
		return
	}
	for _, s := range c.f.Spec.Sources {
		p, ok := c.info.Observation.Port(s.Port)
		if s.Port == "" || !ok || c.f.Force {
			continue
		}
		for _, u := range p.Uses {
			if wayOut(u, e.Origin) {
				c.add(c.ex.Pointer(c.f.Device, s), "mirror-of-mirror", "the tunnel may leave by port %s (%s), which would copy its own copies (force: true overrides)", s.Port, u.Detail)
			}
		}
	}
}

// wayOut: a port with the tunnel's own source address, another tunnel, or an
// interface of the switch itself is where the encapsulated copies may pass.
func wayOut(u mirror.PortUse, origin string) bool {
	switch u.Kind {
	case "tunnel":
		return true
	case "addressed":
		return strings.HasPrefix(u.Detail, "internal") || origin != "" && slices.ContainsFunc(strings.Fields(u.Detail), func(w string) bool {
			address, _, _ := strings.Cut(w, "/")
			return address == origin
		})
	}
	return false
}

// CheckTunnels refuses what no tunnel carries, and an id that another session
// uses towards the same collector, which could not tell their copies apart.
// Sessions of one device with the same options share a native session and so may
// share its id.
func CheckTunnels(ex Expansion, others []mirror.Fragment) []mirror.Reason {
	var out []mirror.Reason
	no := func(is bool, at, message string) {
		if is && ex.Has(mirror.KindERSPAN) {
			out = append(out, mirror.Reason{Pointer: at, Code: "unsupported", Message: message})
		}
	}
	no(ex.asked.Tags == mirror.TagsStrip, "/tags", "a tunnel carries frames with the tags that they had where they were copied; strip them where the tool gets them, or ask for tags preserve")
	no(ex.asked.Ingress == mirror.IngressEnabled, "/ingress", "nothing comes back through a tunnel; ingress is of span and rspan")
	told := map[string]bool{}
	for _, f := range ex.Fragments {
		if f.Spec.Role != mirror.RoleERSPANSource {
			continue
		}
		if f.Spec.Options.ERSPAN.ID == 0 {
			continue // without an id the address that they come from tells copies apart
		}
		for _, o := range others {
			same := o.Spec.Role == f.Spec.Role && o.Session != f.Session && o.Spec.Options.Collector == f.Spec.Options.Collector && o.Spec.Options.ERSPAN.ID == f.Spec.Options.ERSPAN.ID
			if !same || o.Device == f.Device || told[o.Session] {
				continue
			}
			told[o.Session] = true
			out = append(out, mirror.Reason{Pointer: "/erspan/id", Code: "erspan-id-in-use",
				Message: fmt.Sprintf("session %q sends id %d to %s from device %s; the collector could not tell the copies apart", o.Session, o.Spec.Options.ERSPAN.ID, o.Spec.Options.Collector, o.Device)})
		}
	}
	return out
}

// Warnings lists what forbids nothing and should be known: where copies will
// go besides, and what they will lose on the way.
func Warnings(f mirror.Fragment, ex Expansion, info DeviceInfo) []mirror.Reason {
	w := checker{f: f, ex: ex, info: info, caps: info.Capabilities}
	if f.Spec.RemoteVLAN != 0 {
		w.floods()
	}
	if e := f.Spec.Options.ERSPAN; e != nil && f.Spec.Role == mirror.RoleERSPANSource {
		w.tooLong(*e)
	}
	w.guarded()
	if r := w.caps.Roles[f.Spec.Role]; r.Level == mirror.Unverified {
		w.add("/kind", "unverified", "%s on platform %s is documented and was never seen on recorded output", f.Spec.Role, info.Device.Platform)
	}
	if window := info.Device.Window(false); window > 0 {
		w.add("", "confirm-timer", "device %s is set to confirm: timer: a push that is not confirmed within %v goes back, and where the platform puts back its whole configuration, what others have changed meanwhile goes with it",
			info.Device.Name, window)
	}
	return w.reasons
}

// floods: a remote VLAN is flooded to every trunk that carries it, and to
// another's session that listens to it.
func (c *checker) floods() {
	v := c.f.Spec.RemoteVLAN
	var also []string
	for _, p := range c.info.Observation.Carriers(v) {
		if !slices.Contains(c.f.Spec.Trunks, p.Name) && !slices.Contains(c.f.Spec.Destinations, p.Name) && p.Up != mirror.False {
			also = append(also, string(p.Name))
		}
	}
	if n := len(also); n > 0 && len(c.f.Spec.Trunks) > 0 {
		const shown = 8
		list := strings.Join(also[:min(n, shown)], ", ")
		if n > shown {
			list += fmt.Sprintf(" and %d more", n-shown)
		}
		carry, them := "carry", "them"
		if n == 1 {
			carry, them = "carries", "it"
		}
		c.add("/rspan/vlan", "floods", "copies also leave device %s by %s, which %s VLAN %d; on the path of the copies, name %s in rspan.transit, else prune the VLAN from %s",
			c.f.Device, list, carry, v, them, them)
	}
	o := c.info.Observation
	if _, exists := o.VLAN(v); !exists && o.Spread.By != "" && v <= o.Spread.UpTo {
		c.add("/rspan/vlan", "vlan-spreads", "VLAN %d, made on device %s, is spread by %s to every switch of it, and goes from all of them at the end", v, c.f.Device, o.Spread.By)
	}
	for _, n := range c.info.Observation.Natives {
		if n.Spec.RemoteVLAN == v && !c.own(n) {
			c.add("/rspan/vlan", "shared-vlan", "native session %q of device %s, which netmirror did not create, uses VLAN %d too", n.ID, c.f.Device, v)
		}
	}
}

// SharedVLAN warns of other sessions that use the remote VLAN of this one on a
// device of its path and copy elsewhere. others are their fragments there.
func SharedVLAN(ex Expansion, others []mirror.Fragment) []mirror.Reason {
	vlan, ours := 0, map[string]bool{}
	for _, f := range ex.Fragments {
		vlan = max(vlan, f.Spec.RemoteVLAN)
		ours[f.Device+" "+f.Spec.DestinationKey()] = true
	}
	if vlan == 0 {
		return nil
	}
	sharing := map[string]bool{} // session -> its copies end where ours do
	for _, o := range others {
		if o.Spec.RemoteVLAN == vlan {
			sharing[o.Session] = sharing[o.Session] || o.Spec.Role == mirror.RoleRSPANDestination && ours[o.Device+" "+o.Spec.DestinationKey()]
		}
	}
	var names []string
	for name, together := range sharing {
		if !together {
			names = append(names, strconv.Quote(name))
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return []mirror.Reason{{Pointer: "/rspan/vlan", Code: "shared-vlan",
		Message: fmt.Sprintf("VLAN %d also carries the copies of %s, which end elsewhere: each destination gets all of them", vlan, strings.Join(names, ", "))}}
}

// Octets that a tunnel adds to a frame without its checksum: outer Ethernet,
// IPv4, GRE and ERSPAN headers (type II; III is 4 longer).
const (
	ethernetHeader = 14
	erspanOuterIP  = 20 + 8 + 8
)

// tooLong warns where the longest frame of a source does not fit the tunnel.
func (c *checker) tooLong(e mirror.ERSPAN) {
	for _, s := range c.f.Spec.Sources {
		p, ok := c.info.Observation.Port(s.Port)
		if s.Port == "" || !ok || p.MTU == 0 {
			continue
		}
		frame := p.MTU + ethernetHeader
		if t := c.f.Spec.Options.Truncate; t != 0 {
			frame = min(frame, t)
		}
		switch outer := frame + erspanOuterIP; {
		case e.MTU != 0 && frame > e.MTU:
			c.add("/erspan/mtu", "truncated", "frames of port %s are up to %d octets; copies are cut to %d", s.Port, frame, e.MTU)
		case e.MTU == 0 && outer > 1500:
			c.add("/erspan/mtu", "mtu", "copies of port %s need an IP MTU of %d all the way to %s; where it is less they are lost", s.Port, outer, c.f.Spec.Options.Collector)
		default:
			continue
		}
		return // one such port tells enough
	}
}
