package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// An Expansion is what a session asks of each device, and where in the request
// each wish stood.
type Expansion struct {
	Kind      mirror.Kind              // mirror.KindMixed where the destinations have several
	Reason    string                   // why it is of this kind
	Kinds     []mirror.DestinationKind // of each destination, in the order of the request
	Fragments []mirror.Fragment
	asked     mirror.Session
	pointers  map[string]string // device + source -> JSON pointer
	trunks    map[string]string // device + trunk -> JSON pointer
	ports     map[string]string // device + destination port -> JSON pointer of the destination
	ends      map[string]string // device + role + ends -> that of the first destination it is for
}

// Has reports whether a destination is reached by a kind.
func (e Expansion) Has(kind mirror.Kind) bool {
	return slices.ContainsFunc(e.Kinds, func(k mirror.DestinationKind) bool { return k.Kind == kind })
}

// Several is Kinds where there are several destinations, else nil: then Kind and
// Reason say all.
func (e Expansion) Several() []mirror.DestinationKind {
	if len(e.Kinds) < 2 {
		return nil
	}
	return e.Kinds
}

// DestinationPointer finds where a destination port of a fragment stood in the
// request.
func (e Expansion) DestinationPointer(device string, port mirror.PortName) string {
	return cmp.Or(e.ports[device+"\x00"+string(port)], firstDestination)
}

// EndPointer finds where the destination stood in the request that a fragment is
// for; of several the first.
func (e Expansion) EndPointer(f mirror.Fragment) string {
	return cmp.Or(e.ends[endKey(f.Device, f.Spec)], firstDestination)
}

const firstDestination = "/destinations/0"

func endKey(device string, n mirror.NativeSpec) string {
	return device + "\x00" + string(n.Role) + "\x00" + n.Ends()
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

// Expand turns an effective session into fragments, sorted by device and role,
// and there in the order of the destinations.
// It expects a session that Validate accepts. The reasons are all that is wrong
// with names: unknown devices and tools, ports that are no ports of their
// platform, kinds that do not fit the devices.
func Expand(s mirror.Session, site Site) (Expansion, []mirror.Reason) {
	x := expander{s: s, site: site, ex: Expansion{Kind: s.Kind, asked: s, pointers: map[string]string{}, trunks: map[string]string{},
		ports: map[string]string{}, ends: map[string]string{}}}
	x.sources()
	x.destinations()
	x.transit()
	x.origins()
	if s.Filter != "" && site.Filter == nil {
		x.refuse("/filter", "unknown-filter", "there is no filter %q", s.Filter)
	}
	if len(x.reasons) > 0 {
		return x.ex, x.reasons
	}
	x.decide()
	if len(x.reasons) > 0 {
		return x.ex, x.reasons
	}
	x.span()
	x.rspan()
	x.erspan()
	x.pinned()
	if len(x.reasons) > 0 {
		x.ex.Fragments = nil
	}
	slices.SortStableFunc(x.ex.Fragments, func(a, b mirror.Fragment) int {
		return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.Spec.Role, b.Spec.Role))
	})
	return x.ex, x.reasons
}

type expander struct {
	s       mirror.Session
	site    Site
	ex      Expansion
	reasons []mirror.Reason

	from   map[string][]mirror.NativeSource // by device
	dests  []place
	via    map[string][]mirror.PortName // trunks by device, of rspan.transit
	viaAll []string                     // devices of rspan.transit
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

// add takes over what a device must hold for a destination. What several
// destinations need in common is there once.
func (x *expander) add(at, device string, spec mirror.NativeSpec) {
	caps := x.site.Devices[device].Capabilities
	if len(spec.Sources) > 0 {
		spec.Grain = caps.Grain
	}
	spec = tunnelled(caps.Plain(spec), caps)
	if spec.Options.Filter != "" { // on the device it is an access list, known by what it means
		instance := x.site.Devices[device].Instance
		spec.Rules, spec.FilterAt = listed(x.site.Filter.Entries()), caps.FilterAt
		if spec.Options.Filter = mirror.FilterList(instance, device, spec.Rules); spec.FilterAt == mirror.FilterAtSources {
			spec.Options.Filter = mirror.SessionList(instance, device, spec)
		}
	}
	f := mirror.Fragment{Session: x.s.Name, Device: device, Spec: spec.Normalize(), DriftPolicy: x.s.DriftPolicy, Force: x.s.Force}
	switch spec.Role {
	case mirror.RoleLocal, mirror.RoleRSPANSource, mirror.RoleERSPANSource:
		f.Pin = x.s.NativeID
	}
	if _, there := x.ex.ends[endKey(device, f.Spec)]; there {
		return
	}
	x.ex.ends[endKey(device, f.Spec)] = at
	x.ex.Fragments = append(x.ex.Fragments, f)
}

// tunnelled is an ERSPAN source with what it stands on where copies leave by a tunnel
// interface, or from one address of the whole device.
func tunnelled(spec mirror.NativeSpec, caps mirror.Capabilities) mirror.NativeSpec {
	way := spec.TunnelOf()
	if way == nil {
		return spec
	}
	if caps.Tunnels != nil {
		spec.Options.Tunnel = caps.Tunnels.Name(*way)
		spec.Needs = append(spec.Needs, mirror.Footing{Kind: mirror.FootingTunnel, Name: spec.Options.Tunnel, Tunnel: way})
	}
	if caps.DeviceOrigin {
		spec.Needs = append(spec.Needs, mirror.Footing{Kind: mirror.FootingOrigin, Name: way.From})
	}
	return spec
}

// listed are the entries of a filter as the access list of their family holds them,
// as they are where there are several families, see Check.
func listed(entries []mirror.Entry) []mirror.Entry {
	if of := mirror.FilterFamilies(entries); len(of) == 1 {
		return mirror.EntriesIn(entries, of[0])
	}
	return entries
}

// pinned: a native id is that of one native session.
func (x *expander) pinned() {
	pinned := 0
	for _, f := range x.ex.Fragments {
		if f.Pin != "" {
			pinned++
		}
	}
	if pinned > 1 && len(x.devices()) == 1 {
		x.refuse("/nativeId", "contradiction", "a native id is one native session's, and the destinations take %d of them", pinned)
	}
}

// sending are the options that act where copies are made.
func (x *expander) sending() mirror.Options {
	return mirror.Options{FilterVLANs: x.s.FilterVLANs, Filter: x.s.Filter, Truncate: x.s.Truncate, Sample: x.s.Sample}
}

func (x *expander) span() {
	for _, g := range x.groups(mirror.KindSPAN) {
		for _, src := range x.from[g.device] {
			if slices.Contains(g.ports, src.Port) {
				x.refuse(x.ex.Pointer(g.device, src), "source-is-destination",
					"port %s of %s is the destination (%s) too; a mirror cannot copy its own copies", src.Port, g.device, x.fieldOf(g.device, src.Port))
				return
			}
		}
		o := x.sending()
		o.Tags, o.Ingress = x.s.Tags, x.s.Ingress
		x.add(g.at, g.device, mirror.NativeSpec{Role: mirror.RoleLocal, Sources: x.from[g.device], Destinations: g.ports,
			Setup: setup(x.s, x.site.Devices[g.device], g.ports, 1), Options: o})
	}
}

func (x *expander) rspan() {
	ends := x.groups(mirror.KindRSPAN)
	if len(ends) == 0 {
		return
	}
	v, at := x.s.RSPAN.VLAN, ends[0].at
	for _, device := range x.devices() {
		x.add(at, device, mirror.NativeSpec{Role: mirror.RoleRSPANSource, Sources: x.from[device], RemoteVLAN: v, Trunks: x.via[device], Options: x.sending()})
	}
	last := map[string]bool{}
	for _, g := range ends {
		last[g.device] = true
		x.add(g.at, g.device, mirror.NativeSpec{Role: mirror.RoleRSPANDestination, Destinations: g.ports, RemoteVLAN: v, Trunks: x.via[g.device],
			Setup: setup(x.s, x.site.Devices[g.device], g.ports, v), Options: mirror.Options{Tags: x.s.Tags, Ingress: x.s.Ingress}})
	}
	for _, device := range x.viaAll {
		if !last[device] && len(x.from[device]) == 0 {
			x.add(at, device, mirror.NativeSpec{Role: mirror.RoleRSPANTransit, RemoteVLAN: v, Trunks: x.via[device]})
		}
	}
}

func (x *expander) erspan() {
	for _, d := range x.dests {
		if d.kind != mirror.KindERSPAN {
			continue
		}
		for _, device := range x.devices() {
			o := x.sending()
			tunnel := x.tunnel().From(device)
			o.ERSPAN, o.Collector = &tunnel, d.ip
			x.add(d.base, device, mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: x.from[device], Options: o})
		}
	}
	for _, g := range x.groups(mirror.KindERSPAN) {
		tunnel := x.tunnel()
		x.add(g.at, g.device, mirror.NativeSpec{Role: mirror.RoleERSPANDestination, Destinations: g.ports,
			Setup:   setup(x.s, x.site.Devices[g.device], g.ports, 1),
			Options: mirror.Options{ERSPAN: &mirror.ERSPAN{ID: tunnel.ID, VRF: tunnel.VRF}, Collector: g.ip}})
	}
}

// origins holds the addresses of single devices against the devices.
func (x *expander) origins() {
	if x.s.ERSPAN == nil {
		return
	}
	first := map[string]string{}
	for i, o := range x.s.ERSPAN.Origins {
		at := "/erspan/origins/" + strconv.Itoa(i) + "/device"
		switch _, has := x.from[o.Device]; {
		case first[o.Device] != "":
			x.refuse(at, "duplicate-device", "device %q is named at %s already", o.Device, first[o.Device])
		case !has:
			x.refuse(at, "contradiction", "device %q has no sources in this session, so it sends no copies", o.Device)
		}
		first[o.Device] = cmp.Or(first[o.Device], at)
	}
}

// tunnel is what the session says of the tunnel, as far as it is the platform's
// default without it.
func (x *expander) tunnel() mirror.ERSPAN {
	tunnel := *x.s.ERSPAN
	if tunnel.Type == 2 {
		tunnel.Type = 0 // every platform's default
	}
	if tunnel.Encapsulation == mirror.EncapERSPAN {
		tunnel.Encapsulation = ""
	}
	return tunnel
}

func (x *expander) unknownDevice(at, name string) {
	x.refuse(at, "unknown-device", "there is no device %q", name)
}

func (x *expander) badPort(at, text string, info DeviceInfo, err error) {
	why := strings.TrimSuffix(err.Error(), ": "+mirror.ErrInvalid.Error())
	x.refuse(at, "bad-port", "%q is no port of platform %s: %s", text, info.Device.Platform, why)
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
