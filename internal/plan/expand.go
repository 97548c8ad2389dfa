package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// An Expansion is what a session asks of each device, and where in the request
// each wish stood.
type Expansion struct {
	Kind      mirror.Kind
	Reason    string // why it is of this kind
	Fragments []mirror.Fragment
	asked     mirror.Session
	pointers  map[string]string // device + source -> JSON pointer
	trunks    map[string]string // device + trunk -> JSON pointer
}

// Pointer finds where a source of a fragment stood in the request.
func (e Expansion) Pointer(device string, src mirror.NativeSource) string {
	if p, ok := e.pointers[sourceKey(device, src)]; ok {
		return p
	}
	return "/sources"
}

// TrunkPointer finds where a trunk of a fragment stood in the request.
func (e Expansion) TrunkPointer(device string, trunk mirror.PortName) string {
	if p, ok := e.trunks[device+"\x00"+string(trunk)]; ok {
		return p
	}
	return "/rspan/transit"
}

func sourceKey(device string, src mirror.NativeSource) string {
	return fmt.Sprintf("%s\x00%s\x00%d", device, src.Port, src.VLAN)
}

// Expand turns an effective session into fragments, sorted by device and role.
// It expects a session that Validate accepts. The reasons are all that is wrong
// with names: unknown devices and tools, ports that are no ports of their
// platform, kinds that do not fit the devices.
func Expand(s mirror.Session, site Site) (Expansion, []mirror.Reason) {
	x := expander{s: s, site: site, ex: Expansion{Kind: s.Kind, asked: s, pointers: map[string]string{}, trunks: map[string]string{}}}
	x.sources()
	x.destination()
	x.transit()
	if len(x.reasons) > 0 {
		return x.ex, x.reasons
	}
	x.decide()
	if len(x.reasons) > 0 {
		return x.ex, x.reasons
	}
	switch x.ex.Kind {
	case mirror.KindSPAN:
		x.span()
	case mirror.KindRSPAN:
		x.rspan()
	case mirror.KindERSPAN:
		x.erspan()
	}
	if len(x.reasons) > 0 {
		x.ex.Fragments = nil
	}
	slices.SortFunc(x.ex.Fragments, func(a, b mirror.Fragment) int {
		return strings.Compare(a.Device+"\x00"+string(a.Spec.Role), b.Device+"\x00"+string(b.Spec.Role))
	})
	return x.ex, x.reasons
}

type expander struct {
	s       mirror.Session
	site    Site
	ex      Expansion
	reasons []mirror.Reason

	from   map[string][]mirror.NativeSource // by device
	dest   place
	at     string                       // where the destination stood
	via    map[string][]mirror.PortName // trunks by device, of rspan.transit
	viaAll []string                     // devices of rspan.transit
}

// place is where copies end: a port of a device, an address, or both.
type place struct {
	device string
	port   mirror.PortName
	ip     string
}

func (x *expander) refuse(at, code, format string, args ...any) {
	x.reasons = append(x.reasons, mirror.Reason{Pointer: at, Code: code, Message: fmt.Sprintf(format, args...)})
}

// devices are those with sources, sorted.
func (x *expander) devices() []string {
	out := make([]string, 0, len(x.from))
	for d := range x.from {
		out = append(out, d)
	}
	slices.Sort(out)
	return out
}

func (x *expander) sources() {
	x.from = map[string][]mirror.NativeSource{}
	for i, src := range x.s.Sources {
		at := "/sources/" + strconv.Itoa(i)
		info, ok := x.site.Devices[src.Device]
		if !ok {
			x.unknownDevice(at+"/device", src.Device)
			continue
		}
		found := []mirror.NativeSource{{VLAN: src.VLAN, Direction: src.Direction}}
		if src.VLAN == 0 {
			ports, err := info.Ports(src.Interface)
			if err != nil {
				x.badPort(at+"/interface", src.Interface, info, err)
				continue
			}
			found = found[:0]
			for _, p := range ports {
				found = append(found, mirror.NativeSource{Port: p, Direction: src.Direction})
			}
		}
		for _, f := range found {
			if first, twice := x.ex.pointers[sourceKey(src.Device, f)]; twice {
				x.refuse(at, "duplicate-source", "%s is named at %s already", sourceText(f), first)
				continue
			}
			x.ex.pointers[sourceKey(src.Device, f)] = at
			x.from[src.Device] = append(x.from[src.Device], f)
		}
	}
}

func (x *expander) destination() {
	if len(x.s.Destinations) == 0 {
		return
	}
	d, at := x.s.Destinations[0], "/destinations/0"
	device, iface, field := d.Device, d.Interface, at+"/interface"
	x.dest.ip, x.at = d.IP, at
	if d.Tool != "" {
		tool, ok := x.site.Tools[d.Tool]
		if !ok {
			x.refuse(at+"/tool", "unknown-tool", "there is no tool %q", d.Tool)
			return
		}
		device, iface, field = tool.Device, tool.Interface, at+"/tool"
		x.dest.ip, x.at = tool.IP, field
	}
	if device == "" {
		return // an address alone
	}
	info, ok := x.site.Devices[device]
	if !ok {
		x.unknownDevice(at+"/device", device)
		return
	}
	ports, err := info.Ports(iface)
	if err != nil {
		x.badPort(field, iface, info, err)
		return
	}
	if len(ports) != 1 {
		x.refuse(field, "bad-port", "%q are %d ports; a destination is one", iface, len(ports))
		return
	}
	x.dest.device, x.dest.port, x.at = device, ports[0], field
}

func (x *expander) transit() {
	x.via = map[string][]mirror.PortName{}
	if x.s.RSPAN == nil {
		return
	}
	for i, t := range x.s.RSPAN.Transit {
		at := "/rspan/transit/" + strconv.Itoa(i)
		info, ok := x.site.Devices[t.Device]
		if !ok {
			x.unknownDevice(at+"/device", t.Device)
			continue
		}
		if slices.Contains(x.viaAll, t.Device) {
			x.refuse(at+"/device", "duplicate-device", "device %q is named twice", t.Device)
			continue
		}
		x.viaAll = append(x.viaAll, t.Device)
		for j, text := range t.Trunks {
			at := at + "/trunks/" + strconv.Itoa(j)
			ports, err := info.Ports(text)
			if err != nil {
				x.badPort(at, text, info, err)
				continue
			}
			for _, p := range ports {
				x.ex.trunks[t.Device+"\x00"+string(p)] = at
				x.via[t.Device] = append(x.via[t.Device], p)
			}
		}
	}
}

// decide settles what auto becomes, with the reason, and refuses a kind that
// the devices cannot be joined by.
func (x *expander) decide() {
	devices := x.devices()
	one := len(devices) == 1 && devices[0] == x.dest.device
	switch k := x.s.Kind; {
	case k != mirror.KindAuto:
		x.ex.Reason = "kind " + string(k) + " was asked for"
	case x.s.RSPAN != nil:
		x.ex.Kind, x.ex.Reason = mirror.KindRSPAN, "rspan names a remote VLAN"
	case x.s.ERSPAN != nil:
		x.ex.Kind, x.ex.Reason = mirror.KindERSPAN, "erspan says how a tunnel carries the copies"
	case one && !x.addressed():
		x.ex.Kind, x.ex.Reason = mirror.KindSPAN, "sources and destination are on device "+x.dest.device
	case x.dest.device == "" || x.addressed():
		x.refuse("/erspan", "kind-impossible", "the destination is the address %s, which only erspan reaches; say erspan with an id and an origin", x.dest.ip)
		return
	default:
		x.refuse("/kind", "kind-impossible",
			"the sources are on %s and the destination is on %s; say how the copies travel: rspan with a remote VLAN and its trunks, or erspan with an id and an address",
			strings.Join(devices, ", "), x.dest.device)
		return
	}
	x.fits(devices, one)
	if x.s.NativeID != "" && len(devices) > 1 {
		x.refuse("/nativeId", "contradiction", "a native id is one device's, and the session takes native sessions on several")
	}
}

// addressed reports whether the session itself, not its tool, names an address.
func (x *expander) addressed() bool { return x.s.Destinations[0].IP != "" }

// fits refuses a kind by which the copies cannot come from the sources to the
// destination.
func (x *expander) fits(devices []string, one bool) {
	switch x.ex.Kind {
	case mirror.KindSPAN, mirror.KindRSPAN:
		switch {
		case x.dest.device == "":
			x.refuse("/kind", "kind-impossible", "%s ends at a port of a device; the destination is the address %s", x.ex.Kind, x.dest.ip)
			return
		case x.addressed():
			x.refuse("/destinations/0/ip", "contradiction", "%s ends at a port and uses no address", x.ex.Kind)
			return
		}
	case mirror.KindERSPAN:
		if x.dest.ip == "" {
			x.refuse(x.at, "missing", "an erspan session ends at an IP address: that of a collector, or of the device that takes the copies out of the tunnel")
			return
		}
	}
	switch inside := slices.Contains(devices, x.dest.device); {
	case x.ex.Kind == mirror.KindSPAN && !one:
		x.refuse("/kind", "kind-impossible", "span copies within one device, but the sources are on %s and the destination is on %s; say kind rspan or erspan and how the copies travel",
			strings.Join(devices, ", "), x.dest.device)
	case x.ex.Kind != mirror.KindSPAN && inside:
		x.refuse("/kind", "kind-impossible", "%s copies from device to device, but device %s has sources and the destination; its own sources take a session of kind span", x.ex.Kind, x.dest.device)
	}
}

func (x *expander) add(device string, spec mirror.NativeSpec) {
	spec = x.site.Devices[device].Capabilities.Plain(spec)
	f := mirror.Fragment{Session: x.s.Name, Device: device, Spec: spec.Normalize(), DriftPolicy: x.s.DriftPolicy, Force: x.s.Force}
	if x.ex.Kind == mirror.KindSPAN || spec.Role == mirror.RoleRSPANSource || spec.Role == mirror.RoleERSPANSource {
		f.Pin = x.s.NativeID
	}
	x.ex.Fragments = append(x.ex.Fragments, f)
}

// sending are the options that act where copies are made.
func (x *expander) sending() mirror.Options {
	return mirror.Options{FilterVLANs: x.s.FilterVLANs, Filter: x.s.Filter, Truncate: x.s.Truncate, Sample: x.s.Sample}
}

func (x *expander) span() {
	d := x.dest
	for _, src := range x.from[d.device] {
		if src.Port == d.port {
			x.refuse(x.ex.Pointer(d.device, src), "source-is-destination",
				"port %s of %s is the destination (%s) too; a mirror cannot copy its own copies", src.Port, d.device, x.at)
			return
		}
	}
	o := x.sending()
	o.Tags, o.Ingress = x.s.Tags, x.s.Ingress
	x.add(d.device, mirror.NativeSpec{Role: mirror.RoleLocal, Sources: x.from[d.device], Destinations: []mirror.PortName{d.port},
		Setup: setup(x.s, x.site.Devices[d.device], d.port, 1), Options: o})
}

func (x *expander) rspan() {
	v := x.s.RSPAN.VLAN
	for _, device := range x.devices() {
		x.add(device, mirror.NativeSpec{Role: mirror.RoleRSPANSource, Sources: x.from[device], RemoteVLAN: v, Trunks: x.via[device], Options: x.sending()})
	}
	x.add(x.dest.device, mirror.NativeSpec{Role: mirror.RoleRSPANDestination, Destinations: []mirror.PortName{x.dest.port}, RemoteVLAN: v, Trunks: x.via[x.dest.device],
		Setup: setup(x.s, x.site.Devices[x.dest.device], x.dest.port, v), Options: mirror.Options{Tags: x.s.Tags, Ingress: x.s.Ingress}})
	for _, device := range x.viaAll {
		if device != x.dest.device && len(x.from[device]) == 0 {
			x.add(device, mirror.NativeSpec{Role: mirror.RoleRSPANTransit, RemoteVLAN: v, Trunks: x.via[device]})
		}
	}
}

func (x *expander) erspan() {
	tunnel := *x.s.ERSPAN
	if tunnel.Type == 2 {
		tunnel.Type = 0 // every platform's default
	}
	if tunnel.Encapsulation == mirror.EncapERSPAN {
		tunnel.Encapsulation = ""
	}
	for _, device := range x.devices() {
		o := x.sending()
		o.ERSPAN, o.Collector = &tunnel, x.dest.ip
		x.add(device, mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: x.from[device], Options: o})
	}
	if x.dest.device == "" {
		return
	}
	x.add(x.dest.device, mirror.NativeSpec{Role: mirror.RoleERSPANDestination, Destinations: []mirror.PortName{x.dest.port},
		Setup:   setup(x.s, x.site.Devices[x.dest.device], x.dest.port, 1),
		Options: mirror.Options{ERSPAN: &mirror.ERSPAN{ID: tunnel.ID, VRF: tunnel.VRF}, Collector: x.dest.ip}})
}

// setup is what has to be made of a destination port: what was made of it
// already for a session that is there, or, with force, what it lacks. access is
// the VLAN that an access port is made of.
func setup(s mirror.Session, info DeviceInfo, port mirror.PortName, access int) *mirror.PortSetup {
	p, known := info.Observation.Port(port)
	var made, want mirror.PortSetup
	for _, l := range info.Ledger {
		if l.Spec.Role == mirror.RoleDestinationPort && slices.Contains(l.Spec.Destinations, port) && l.Spec.Setup != nil {
			made = *l.Spec.Setup
		}
	}
	if !known || !info.Capabilities.PortSetup.OK() {
		return nil
	}
	want.Up = made.Up || s.Force && p.Admin == mirror.False
	switch tags := s.Tags; {
	case !info.Capabilities.AccessUntags:
	case tags == mirror.TagsStrip && made.Access != 0:
		want.Access = made.Access
	case tags == mirror.TagsStrip && p.Access == 0 && !made.Tagged && s.Force:
		want.Access = access
	case tags == mirror.TagsPreserve && (made.Tagged || p.Access != 0 && made.Access == 0 && s.Force):
		want.Tagged = true
	}
	if want == (mirror.PortSetup{}) {
		return nil
	}
	return &want
}

func (x *expander) unknownDevice(at, name string) {
	x.refuse(at, "unknown-device", "there is no device %q", name)
}

func (x *expander) badPort(at, text string, info DeviceInfo, err error) {
	x.refuse(at, "bad-port", "%q is no port of platform %s: %v", text, info.Device.Platform, err)
}

func sourceText(s mirror.NativeSource) string {
	switch {
	case s.All:
		return "everything"
	case s.VLAN != 0:
		return "VLAN " + strconv.Itoa(s.VLAN)
	}
	return "port " + string(s.Port)
}
