package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A place is where copies end: a port of a device, an address, or both.
type place struct {
	device    string
	port      mirror.PortName
	ip        string
	addressed bool   // the session itself, not its tool, names the address
	base, at  string // JSON pointers: of the destination, and of the field that names the place
	kind      mirror.Kind
	reason    string // why it is of this kind
}

func (x *expander) destinations() {
	first := map[place]string{}
	for i, d := range x.s.Destinations {
		p, ok := x.place(d, "/destinations/"+strconv.Itoa(i))
		if !ok {
			continue
		}
		same := place{device: p.device, port: p.port, ip: p.ip}
		if at, twice := first[same]; twice {
			x.refuse(p.base, "duplicate-destination", "the destination is named at %s already", at)
			continue
		}
		first[same] = p.base
		if p.port != "" && x.ex.ports[p.device+"\x00"+string(p.port)] == "" {
			x.ex.ports[p.device+"\x00"+string(p.port)] = p.base
		}
		x.dests = append(x.dests, p)
	}
}

func (x *expander) place(d mirror.Destination, base string) (p place, ok bool) {
	device, iface, field := d.Device, d.Interface, base+"/interface"
	p = place{ip: d.IP, addressed: d.IP != "", base: base, at: base}
	if d.Tool != "" {
		tool, ok := x.site.Tools[d.Tool]
		if !ok {
			x.refuse(base+"/tool", "unknown-tool", "there is no tool %q", d.Tool)
			return p, false
		}
		device, iface, field = tool.Device, tool.Interface, base+"/tool"
		p.ip, p.at = tool.IP, field
	}
	if device == "" {
		return p, true // an address alone
	}
	info, ok := x.site.Devices[device]
	if !ok {
		x.unknownDevice(base+"/device", device)
		return p, false
	}
	ports, err := info.Ports(iface)
	if err != nil {
		x.badPort(field, iface, info, err)
		return p, false
	}
	if len(ports) != 1 {
		x.refuse(field, "bad-port", "%q are %d ports; a destination is one", iface, len(ports))
		return p, false
	}
	p.device, p.port, p.at = device, ports[0], field
	return p, true
}

// fieldOf is the pointer of the field that names a destination port.
func (x *expander) fieldOf(device string, port mirror.PortName) string {
	i := slices.IndexFunc(x.dests, func(p place) bool { return p.device == device && p.port == port })
	return x.dests[i].at
}

// A group is the destination ports of one native session.
type group struct {
	device string
	ip     string // at which a tunnel ends
	ports  []mirror.PortName
	at     string // pointer of the first destination
}

// groups are the destinations of a kind that end at ports of devices: united
// where the platform takes several destinations in a native session, one each
// where it takes one. More than it takes are refused.
func (x *expander) groups(kind mirror.Kind) []group {
	var out []group
	for _, d := range x.dests {
		if d.kind != kind || d.device == "" {
			continue
		}
		limit := x.perSession(d.device)
		i := slices.IndexFunc(out, func(g group) bool { return g.device == d.device && g.ip == d.ip })
		switch {
		case i < 0 || limit.Max == 1:
			out = append(out, group{device: d.device, ip: d.ip, ports: []mirror.PortName{d.port}, at: d.base})
		case limit.Max > 0 && len(out[i].ports) >= limit.Max:
			x.reasons = append(x.reasons, mirror.Reason{Pointer: d.base, Code: "limit", Source: limit.Source,
				Message: fmt.Sprintf("device %s copies to %d ports in one native session; port %s is one too many", d.device, limit.Max, d.port)})
		default:
			out[i].ports = append(out[i].ports, d.port)
		}
	}
	return out
}

// perSession is the device's limit of destinations in one native session; its Max
// is 0 where none is known.
func (x *expander) perSession(device string) mirror.Limit {
	limits := x.site.Devices[device].Capabilities.Limits
	i := slices.IndexFunc(limits, func(l mirror.Limit) bool { return l.Counts == mirror.LimitDestinations })
	if i < 0 {
		return mirror.Limit{}
	}
	return limits[i]
}

// decide settles what auto becomes for each destination, with the reason, and
// refuses a kind that the devices cannot be joined by.
func (x *expander) decide() {
	devices := x.devices()
	for i := range x.dests {
		p := &x.dests[i]
		p.kind = x.s.Kind
		one := len(devices) == 1 && devices[0] == p.device
		switch k := x.s.Kind; {
		case k != mirror.KindAuto:
			p.reason = "kind " + string(k) + " was asked for"
		case len(x.dests) > 1 && one && !p.addressed:
			p.kind, p.reason = mirror.KindSPAN, "sources and destination are on device "+p.device
		case x.s.RSPAN != nil:
			p.kind, p.reason = mirror.KindRSPAN, "rspan names a remote VLAN"
		case x.s.ERSPAN != nil:
			p.kind, p.reason = mirror.KindERSPAN, "erspan says how a tunnel carries the copies"
		case one && !p.addressed:
			p.kind, p.reason = mirror.KindSPAN, "sources and destination are on device "+p.device
		case p.device == "" || p.addressed:
			x.refuse(x.of(*p, "/erspan"), "kind-impossible", "the destination is the address %s, which only erspan reaches; say erspan with an id and an origin", p.ip)
			continue
		default:
			x.refuse(x.of(*p, "/kind"), "kind-impossible",
				"the sources are on %s and the destination is on %s; say how the copies travel: rspan with a remote VLAN and its trunks, or erspan with an id and an address",
				strings.Join(devices, ", "), p.device)
			continue
		}
		x.fits(*p, devices, one)
	}
	x.sum()
	if x.s.NativeID != "" && len(devices) > 1 {
		x.refuse("/nativeId", "contradiction", "a native id is one device's, and the session takes native sessions on several")
	}
}

// sum says of what kind the session as a whole is.
func (x *expander) sum() {
	for i, p := range x.dests {
		x.ex.Kinds = append(x.ex.Kinds, mirror.DestinationKind{Kind: p.kind, Reason: p.reason})
		switch {
		case i == 0:
			x.ex.Kind, x.ex.Reason = p.kind, p.reason
		case x.ex.Kind != p.kind:
			x.ex.Kind, x.ex.Reason = mirror.KindMixed, "its destinations are reached in different ways"
		}
	}
	for _, k := range []struct {
		kind  mirror.Kind
		at    string
		asked bool
	}{{mirror.KindRSPAN, "/rspan", x.s.RSPAN != nil}, {mirror.KindERSPAN, "/erspan", x.s.ERSPAN != nil}} {
		if k.asked && len(x.dests) > 1 && len(x.reasons) == 0 && !x.ex.Has(k.kind) {
			x.refuse(k.at, "contradiction", "no destination is reached by %s", k.kind)
		}
	}
}

// of is the pointer of a reason about how a destination is reached: the field of
// the session where there is one destination, else the destination.
func (x *expander) of(p place, field string) string {
	if len(x.s.Destinations) == 1 {
		return field
	}
	return p.base
}

// fits refuses a kind by which the copies cannot come from the sources to a
// destination.
func (x *expander) fits(p place, devices []string, one bool) {
	switch p.kind {
	case mirror.KindSPAN, mirror.KindRSPAN:
		switch {
		case p.device == "":
			x.refuse(x.of(p, "/kind"), "kind-impossible", "%s ends at a port of a device; the destination is the address %s", p.kind, p.ip)
			return
		case p.addressed:
			x.refuse(p.base+"/ip", "contradiction", "%s ends at a port and uses no address", p.kind)
			return
		}
	case mirror.KindERSPAN:
		if p.ip == "" {
			x.refuse(p.at, "missing", "an erspan session ends at an IP address: that of a collector, or of the device that takes the copies out of the tunnel")
			return
		}
	}
	switch inside := slices.Contains(devices, p.device); {
	case p.kind == mirror.KindSPAN && !one:
		x.refuse(x.of(p, "/kind"), "kind-impossible", "span copies within one device, but the sources are on %s and the destination is on %s; say kind rspan or erspan and how the copies travel",
			strings.Join(devices, ", "), p.device)
	case p.kind != mirror.KindSPAN && inside:
		x.refuse(x.of(p, "/kind"), "kind-impossible", "%s copies from device to device, but device %s has sources and the destination; its own sources take a session of kind span", p.kind, p.device)
	}
}

// setup is what has to be made of destination ports: what the platform wants of
// every one, what was made of one already for a session that is there, or, with
// force, what one lacks. What another has
// already is left as it is there. access is the VLAN that an access port is made
// of.
func setup(s mirror.Session, info DeviceInfo, ports []mirror.PortName, access int) *mirror.PortSetup {
	var want mirror.PortSetup
	for _, port := range ports {
		want = want.With(portSetup(s, info, port, access))
	}
	if want == (mirror.PortSetup{}) {
		return nil
	}
	return &want
}

func portSetup(s mirror.Session, info DeviceInfo, port mirror.PortName, access int) (want mirror.PortSetup) {
	want = info.Capabilities.DestinationSetup
	p, known := info.Observation.Port(port)
	var made mirror.PortSetup
	for _, l := range info.Ledger {
		if f := l.Spec.Footing; f != nil && f.Port == port && f.Setup != nil {
			made = *f.Setup
		}
	}
	if !known || !info.Capabilities.PortSetup.OK() {
		return want
	}
	want.Up = want.Up || made.Up || s.Force && p.Admin == mirror.False
	switch tags := s.Tags; {
	case !info.Capabilities.AccessUntags:
	case tags == mirror.TagsStrip && made.Access != 0:
		want.Access = made.Access
	case tags == mirror.TagsStrip && p.Access == 0 && !made.Tagged && s.Force:
		want.Access = access
	case tags == mirror.TagsPreserve && (made.Tagged || p.Access != 0 && made.Access == 0 && s.Force):
		want.Tagged = true
	}
	return want
}
