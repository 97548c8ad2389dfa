package mirror

import "slices"

// The content of a native session is what can be taken out of it by name:
// sources, destinations, filters, the remote VLAN, the collector and the tunnel interface. On platforms
// whose lines add up one by one, it tells apart what several hands put into the
// same session.

// Within is the part of the content that o names too. A source is the same
// whatever its direction, since it can only be taken out whole. Role and the other
// options stay.
func (n NativeSpec) Within(o NativeSpec) NativeSpec { return n.keep(o, true) }

// Beyond is the part of the content that o does not name, see Within.
func (n NativeSpec) Beyond(o NativeSpec) NativeSpec { return n.keep(o, false) }

func (n NativeSpec) keep(o NativeSpec, named bool) NativeSpec {
	n = n.Normalize()
	n.Sources = slices.DeleteFunc(n.Sources, func(s NativeSource) bool {
		return named != slices.ContainsFunc(o.Sources, func(x NativeSource) bool { return x.Port == s.Port && x.VLAN == s.VLAN && x.All == s.All })
	})
	n.Destinations = slices.DeleteFunc(n.Destinations, func(p PortName) bool { return named != slices.Contains(o.Destinations, p) })
	n.Options.FilterVLANs = slices.DeleteFunc(n.Options.FilterVLANs, func(v int) bool { return named != slices.Contains(o.Options.FilterVLANs, v) })
	if named != (n.RemoteVLAN == o.RemoteVLAN) {
		n.RemoteVLAN = 0
	}
	if named != (n.Options.Filter == o.Options.Filter) {
		n.Options.Filter = ""
	}
	if named != (n.Options.Collector == o.Options.Collector) {
		n.Options.Collector = ""
	}
	if named != (n.Options.Tunnel == o.Options.Tunnel) {
		n.Options.Tunnel = ""
	}
	return n.Normalize()
}

// With adds the content of o. Where only one value can stand (remote VLAN, filter,
// collector, tunnel interface), that of n goes before.
func (n NativeSpec) With(o NativeSpec) NativeSpec {
	n.Sources = slices.Concat(n.Sources, o.Sources)
	n.Destinations = slices.Concat(n.Destinations, o.Destinations)
	n.Options.FilterVLANs = slices.Concat(n.Options.FilterVLANs, o.Options.FilterVLANs)
	if n.RemoteVLAN == 0 {
		n.RemoteVLAN = o.RemoteVLAN
	}
	if n.Options.Filter == "" {
		n.Options.Filter = o.Options.Filter
	}
	if n.Options.Collector == "" {
		n.Options.Collector = o.Options.Collector
	}
	if n.Options.Tunnel == "" {
		n.Options.Tunnel = o.Options.Tunnel
	}
	return n.Normalize()
}

// Bare reports whether nothing is left that copies: no source, no destination,
// no remote VLAN, no collector and no tunnel interface. A filter alone copies nothing.
func (n NativeSpec) Bare() bool {
	return len(n.Sources)+len(n.Destinations)+n.RemoteVLAN == 0 && n.Options.Collector == "" && n.Options.Tunnel == ""
}

// Vacant reports whether the session has no content at all: it is a shell.
func (n NativeSpec) Vacant() bool {
	return n.Bare() && len(n.Options.FilterVLANs) == 0 && n.Options.Filter == ""
}
