package mirror

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
)

// Forbids lists everything about a native session that the platform cannot say or
// would not do, whatever state the device is in: it is the one place of "cannot be
// said". The planner refuses with it, a driver's Render refuses the same.
//
// ports are those of the device, as far as they are known: of what kind a source or
// destination is. A port that is not among them counts as a plain one. A pointer is
// that of a session's field; sources and destinations go by their place in the spec.
// A platform's own rules carry its source. Footings ask for nothing but their role.
func (c Capabilities) Forbids(n NativeSpec, ports ...Port) []Reason {
	f := forbids{caps: c, spec: n, ports: map[PortName]Port{}}
	for _, p := range ports {
		f.ports[p.Name] = p
	}
	if n.Footing != nil {
		f.footing(*n.Footing)
		return f.reasons
	}
	f.need(c.Roles[n.Role], "/kind", "serve as "+string(n.Role))
	if n.Role.OnlyFootings() {
		return f.reasons
	}
	if n.Shut {
		f.need(c.Shut, "/enabled", "shut a native session down")
	}
	f.sources()
	f.destinations()
	f.options()
	f.remote()
	f.tunnel()
	return f.reasons
}

type forbids struct {
	caps    Capabilities
	spec    NativeSpec
	ports   map[PortName]Port
	reasons []Reason
}

func (f *forbids) footing(n Footing) {
	switch n.Kind {
	case FootingVLAN:
		f.need(f.caps.Roles[n.Role()], "/kind", "serve as "+string(n.Role()))
	case FootingPort:
		if n.Setup == nil || n.Setup.Beyond(f.caps.DestinationSetup) != (PortSetup{}) {
			f.need(f.caps.PortSetup, "/force", "change a destination port")
		}
	case FootingTunnel:
		f.never(n.Tunnel == nil, "/erspan", "tunnel interface %s leads nowhere", n.Name)
		if f.caps.Tunnels == nil || !f.caps.Tunnels.Ours(n.Name) {
			f.need(Support{}, "/erspan", fmt.Sprintf("make a tunnel interface %q", n.Name))
		}
	case FootingOrigin:
		f.address(n.Name, "/erspan/origin", "as origin")
		if !f.caps.DeviceOrigin {
			f.need(Support{}, "/erspan/origin", "set one origin for the whole device")
		}
	case FootingFilter:
		if len(n.Ports) > 0 && f.caps.FilterAt != FilterAtSources {
			f.need(Support{}, "/filter", "put the list of a filter at source ports")
		}
	}
}

// need refuses what the platform cannot do, with its remark and source.
func (f *forbids) need(s Support, pointer, what string) {
	if s.OK() {
		return
	}
	msg := "cannot " + what
	if s.Remark != "" {
		msg += ": " + s.Remark
	}
	f.reasons = append(f.reasons, Reason{Pointer: pointer, Code: "unsupported", Message: msg, Source: s.Source})
}

// allow refuses a number that the platform does not take, source saying where that
// is written.
func (f *forbids) allow(v Values, n int, pointer, what, source string) {
	if !v.Allow(n) {
		f.reasons = append(f.reasons, Reason{Pointer: pointer, Code: "out-of-range", Message: fmt.Sprintf("%s %d is not %s", what, n, v), Source: source})
	}
}

func (f *forbids) vlan(id int, pointer string) {
	v := f.caps.Ranges.VLAN
	if !v.Known() {
		v = Values{From: 1, To: MaxVLAN}
	}
	f.allow(v, id, pointer, "VLAN", "")
}

// never refuses what no platform could hold.
func (f *forbids) never(bad bool, pointer, format string, args ...any) {
	if bad {
		f.reasons = append(f.reasons, Reason{Pointer: pointer, Code: "contradiction", Message: fmt.Sprintf(format, args...)})
	}
}

// limit holds a limit of one native session.
func (f *forbids) limit(counts, pointer, of string, n int) {
	for _, l := range f.caps.Limits {
		if l.Counts == counts && n > l.Max {
			f.reasons = append(f.reasons, Reason{Pointer: pointer, Code: "limit", Source: l.Source,
				Message: fmt.Sprintf("the native session would have %d %s; %d are allowed", n, of, l.Max)})
		}
	}
}

func (f *forbids) sends() bool {
	return f.spec.Role == RoleLocal || f.spec.Role == RoleRSPANSource || f.spec.Role == RoleERSPANSource
}

func (f *forbids) ends() bool {
	return f.spec.Role == RoleLocal || f.spec.Role == RoleRSPANDestination || f.spec.Role == RoleERSPANDestination
}

func (f *forbids) sources() {
	n := f.spec
	if f.sends() && len(n.Sources) == 0 && !f.caps.Sources[SourceNone][Both].OK() {
		f.never(true, "/sources", "role %s needs a source", n.Role)
	}
	f.never(!f.sends() && len(n.Sources) > 0, "/sources", "role %s has no sources of its own", n.Role)
	ports, vlans := "", ""
	for i, s := range n.Sources {
		at := "/sources/" + strconv.Itoa(i)
		f.never(!slices.Contains([]Direction{RX, TX, Both}, s.Direction), at+"/direction", "direction %q", s.Direction)
		f.never(s.All, at, "a source of everything is never made")
		if s.VLAN != 0 {
			vlans = at
			f.vlan(s.VLAN, at+"/vlan")
			if s.VLAN == n.RemoteVLAN {
				f.reasons = append(f.reasons, Reason{Pointer: at, Code: "mirror-of-mirror", Message: fmt.Sprintf("VLAN %d is the remote VLAN itself", s.VLAN)})
			}
			f.source(SourceVLAN, s.Direction, at)
			if f.listed() {
				f.need(Support{Source: f.caps.Filter.Source}, at, "filter a VLAN source: the list of a filter stands at source ports")
			}
			continue
		}
		ports = at
		f.never(s.Port == "" && !s.All, at, "a source without a port")
		f.never(slices.Contains(n.Destinations, s.Port), at, "port %s is source and destination", s.Port)
		if base := f.ports[s.Port].Parent; base != "" {
			f.never(slices.Contains(n.Destinations, base), at, "subinterface %s is a part of the destination %s", s.Port, base)
		}
		f.source(f.ports[s.Port].Is(), s.Direction, at)
		if f.listed() && s.Direction != RX && s.Direction != "" {
			f.need(Support{Source: f.caps.Filter.Source}, at+"/direction",
				"filter what a port sends: the list of a filter stands at the ingress of the source ports; ask for direction rx, or take the filter away")
		}
	}
	if ports != "" && vlans != "" {
		f.need(f.caps.MixedSources, vlans, "mirror ports and VLANs in one session")
	}
	f.never(vlans != "" && len(n.Options.FilterVLANs) > 0, "/filterVlans", "filterVlans narrows port sources; it cannot stand beside a VLAN source")
	most := 0
	for _, part := range n.split() {
		most = max(most, len(part.Sources))
	}
	f.limit(LimitSourcesPerSession, "/sources", "sources", most)
}

// listed: the session has a filter whose list stands at its sources.
func (f *forbids) listed() bool {
	return f.spec.Options.Filter != "" && f.caps.Filter.OK() && f.caps.FilterAt == FilterAtSources
}

func (f *forbids) source(kind SourceKind, d Direction, at string) {
	f.need(f.caps.Sources[kind][d], at+"/direction", "mirror "+kind.text()+" in direction "+string(d))
}

func (f *forbids) destinations() {
	n := f.spec
	f.never(f.ends() && len(n.Destinations) == 0, "/destinations", "role %s needs a destination port", n.Role)
	f.never(!f.ends() && len(n.Destinations) > 0, "/destinations", "role %s has no destination port", n.Role)
	f.limit(LimitDestinations, "/destinations", "destinations", len(n.Destinations))
	for i, d := range n.Destinations {
		at := "/destinations/" + strconv.Itoa(i)
		switch f.ports[d].Is() {
		case SourceLAG:
			f.need(f.caps.LAGDestination, at, "copy to a port-channel ("+string(d)+")")
		case SourceCPU:
			f.need(f.caps.CPUDestination, at, "copy to the processor ("+string(d)+")")
		case SourceSub:
			f.need(Support{}, at, "copy to a subinterface ("+string(d)+")")
		}
	}
}

func (f *forbids) options() {
	n, o, c := f.spec, f.spec.Options, f.caps
	atPort := n.Role == RoleLocal || n.Role == RoleRSPANDestination
	f.never(!atPort && o.Tags != "", "/tags", "role %s has no option for tags", n.Role)
	f.never(!atPort && o.Ingress != "", "/ingress", "role %s has no option for what arrives on a destination port", n.Role)
	switch o.Tags {
	case "":
	case TagsPreserve:
		f.need(c.TagsPreserve, "/tags", "preserve tags")
	case TagsStrip:
		f.need(c.TagsStrip, "/tags", "strip tags")
	default:
		f.never(true, "/tags", "tags %q", o.Tags)
	}
	if o.Ingress == IngressEnabled {
		f.need(c.IngressEnabled, "/ingress", "accept traffic from a destination port")
	}
	f.never(!slices.Contains([]string{"", IngressDisabled, IngressEnabled}, o.Ingress), "/ingress", "ingress %q", o.Ingress)
	narrows := len(o.FilterVLANs) > 0 || o.Filter != "" || o.Truncate != 0 || o.Sample != 0
	f.never(!f.sends() && narrows, "/kind", "role %s has no filter, truncation or sampling: they belong where copies are made", n.Role)
	if len(o.FilterVLANs) > 0 {
		f.need(c.FilterVLANs, "/filterVlans", "filter by VLAN")
	}
	for i, v := range o.FilterVLANs {
		f.vlan(v, "/filterVlans/"+strconv.Itoa(i))
	}
	if o.Filter != "" {
		f.need(c.Filter, "/filter", "filter by rules")
	}
	if c.Filter.OK() && slices.ContainsFunc(n.Rules, func(e Entry) bool { return e.VLAN != 0 }) {
		f.need(c.RuleVLANs, "/filter", "filter by a rule of one VLAN")
	}
	f.number(c.Truncate, c.Ranges.Truncate, o.Truncate, "/truncate", "truncate copies", "truncation to octets:")
	f.number(c.Sample, c.Ranges.Sample, o.Sample, "/sample", "sample", "sampling of one frame in")
}

// number holds an option that is a number, 0 = not asked for.
func (f *forbids) number(s Support, v Values, n int, pointer, can, what string) {
	switch {
	case n == 0:
	case !s.OK():
		f.need(s, pointer, can)
	default:
		f.allow(v, n, pointer, what, s.Source)
	}
}

func (f *forbids) remote() {
	n := f.spec
	if n.Role != RoleRSPANSource && n.Role != RoleRSPANDestination {
		f.never(n.RemoteVLAN != 0, "/rspan", "role %s has no remote VLAN", n.Role)
		return
	}
	f.never(n.RemoteVLAN < 1 || n.RemoteVLAN > MaxVLAN, "/rspan/vlan", "remote VLAN %d is not between 1 and %d", n.RemoteVLAN, MaxVLAN)
	f.allow(f.caps.Ranges.RemoteVLAN, n.RemoteVLAN, "/rspan/vlan", "remote VLAN", f.caps.Roles[n.Role].Source)
}

func (f *forbids) tunnel() {
	n, o, c := f.spec, f.spec.Options, f.caps
	source := n.Role == RoleERSPANSource
	if !source && n.Role != RoleERSPANDestination {
		f.never(o.ERSPAN != nil || o.Collector != "" || o.Tunnel != "", "/erspan", "role %s has no tunnel", n.Role)
		return
	}
	if o.ERSPAN == nil {
		f.never(true, "/erspan", "role %s needs a tunnel", n.Role)
		return
	}
	if !c.Roles[n.Role].OK() {
		return // nothing is told of tunnels where there are none
	}
	e, from := *o.ERSPAN, c.Roles[n.Role].Source
	collector := f.address(o.Collector, "/destinations/0/ip", "where the copies end")
	switch {
	case e.VRF == "":
	case !source && c.EndVRF != nil:
		f.need(*c.EndVRF, "/erspan/vrf", "end a tunnel in a VRF")
	default:
		f.need(c.VRF, "/erspan/vrf", "route a tunnel in a VRF")
	}
	if e.Encapsulation == EncapGRE {
		f.allow(c.Ranges.GREKey, e.ID, "/erspan/id", "the key of plain GRE", c.GRE.Source)
	} else {
		f.allow(c.Ranges.ERSPANID, e.ID, "/erspan/id", "ERSPAN id", from)
	}
	out := source && c.Tunnels != nil
	f.never(!out && o.Tunnel != "", "/erspan", "copies leave by no tunnel interface here")
	f.never(out && !c.Tunnels.Ours(o.Tunnel), "/erspan", "%q is no tunnel interface of netmirror's, which copies have to leave by", o.Tunnel)
	if !source {
		f.never(e.Origin != "" || e.TTL != 0 || e.DSCP != 0 || e.MTU != 0 || e.Type != 0 || e.Encapsulation != "", "/erspan",
			"origin, TTL, DSCP, MTU, type and encapsulation are of the sending side")
		return
	}
	f.header(e)
	if e.Origin == "" {
		f.never(c.NeedsOrigin || c.DeviceOrigin || out, "/erspan/origin", "the platform needs an origin, an address of the device itself")
	} else if c.NoOrigin != "" {
		f.need(Support{Remark: c.NoOrigin, Source: from}, "/erspan/origin", "send copies from an address that is asked for")
	} else if origin := f.address(e.Origin, "/erspan/origin", "as origin"); origin.IsValid() && collector.IsValid() {
		f.never(origin.Is4() != collector.Is4(), "/erspan/origin", "origin %s and collector %s are of two families", e.Origin, o.Collector)
	}
	f.number(c.TTL, c.Ranges.TTL, e.TTL, "/erspan/ttl", "set the TTL of a tunnel", "TTL")
	f.number(c.DSCP, c.Ranges.DSCP, e.DSCP, "/erspan/dscp", "set the DSCP of a tunnel", "DSCP")
	f.number(c.MTU, c.Ranges.MTU, e.MTU, "/erspan/mtu", "set the MTU of a tunnel", "MTU")
}

// header is what stands behind the GRE header.
func (f *forbids) header(e ERSPAN) {
	switch e.Encapsulation {
	case "", EncapERSPAN:
		f.need(f.caps.ERSPANHeader, "/erspan/encapsulation", "send an ERSPAN header")
		if e.Type != 0 {
			f.allow(f.caps.Ranges.Type, e.Type, "/erspan/type", "ERSPAN type", f.caps.Roles[RoleERSPANSource].Source)
		}
	case EncapGRE:
		f.need(f.caps.GRE, "/erspan/encapsulation", "send plain GRE")
		f.never(e.Type != 0, "/erspan/type", "plain GRE has no ERSPAN header")
	default:
		f.never(true, "/erspan/encapsulation", "encapsulation %q", e.Encapsulation)
	}
}

// address reads an address in its usual form, of a family that the platform routes.
func (f *forbids) address(text, pointer, what string) netip.Addr {
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" || a.String() != text {
		f.never(true, pointer, "%q is no IP address in its usual form %s", text, what)
		return netip.Addr{}
	}
	if !a.Is4() {
		f.need(f.caps.IPv6, pointer, "send a tunnel over IPv6")
	}
	return a
}
