package capacity

import (
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Octets that each copy is longer than the frame that was copied, both with checksum;
// the checksum of the inner frame does not travel (IEEE 802.1Q, RFC 2784, RFC 8086,
// draft-foschiano-erspan).
const (
	overheadTag       = 4                   // of the remote VLAN
	overheadGRE       = 14 + 20 + 4         // Ethernet, IPv4, GRE without key and sequence number
	overheadKey       = 4                   // of a GRE header with a key
	overheadERSPAN2   = 14 + 20 + 8 + 8     // GRE with sequence number, header of type II
	overheadERSPAN3   = overheadERSPAN2 + 4 // header of type III without a subheader
	overheadIPv6Outer = 20                  // an IPv6 header is that much longer than one of IPv4
)

// maxWalk bounds the devices that the copies of one source are followed over.
const maxWalk = 256

// A Way tells what is known of the links between switches.
type Way interface {
	// Leads lists the devices at the other end of a trunk, nil = not known.
	Leads(device string, trunk mirror.PortName) []string
	// Carrying lists the trunks of a device that carry a VLAN now. It is asked of
	// devices for which a session names none.
	Carrying(device string, vlan int) []mirror.PortName
	// Retags reports whether the tag of a remote VLAN takes the place of the one that
	// the frames of a source have, so that their copies are not longer.
	Retags(device string, source mirror.NativeSource) bool
}

// FeedsOf lists what a session copies to which ends, by what its fragments ask of
// devices: one feed for each fragment with sources, or several where its copies are
// not all of one kind. way, which may be nil, follows the copies of an RSPAN session over the links
// between switches; each link is the end at the port by which copies leave a
// switch. Where nobody tells which trunk that is, both ends of what lies between are
// named if one device has all sources, since then each link carries all copies; with
// sources on several devices the feed of such links is an upper bound (Filtered).
//
// Ends bear no name of a tool: a port or an address is the same end whether a session
// names it or the tool there.
func FeedsOf(session string, fragments []mirror.Fragment, way Way) []Feed {
	if way == nil {
		way = noWay{}
	}
	var out []Feed
	for _, f := range fragments {
		if len(f.Spec.Sources) == 0 {
			continue
		}
		o := f.Spec.Options
		feed := Feed{Session: session, Device: f.Device, Native: nativeOf(f.Spec), Sources: f.Spec.Sources, Truncate: o.Truncate, Sample: o.Sample,
			Filtered: len(o.FilterVLANs) > 0 || o.Filter != ""}
		switch f.Spec.Role {
		case mirror.RoleLocal:
			feed.Ends = portEnds(f.Device, f.Spec.Destinations)
			out = append(out, feed)
		case mirror.RoleRSPANSource:
			out = append(out, remoteFeeds(feed, f.Spec.RemoteVLAN, fragments, way)...)
		case mirror.RoleERSPANSource:
			out = append(out, tunnelFeeds(feed, f.Spec, fragments)...)
		}
	}
	return out
}

// nativeOf names the native session that a fragment is part of. Where its platform
// holds it as several, a source and direction is in one of them alone: together they
// count as one.
func nativeOf(n mirror.NativeSpec) string {
	n.Grain, n.Part = mirror.PerDestination, ""
	return n.ShareKey()
}

type noWay struct{}

func (noWay) Leads(string, mirror.PortName) []string  { return nil }
func (noWay) Carrying(string, int) []mirror.PortName  { return nil }
func (noWay) Retags(string, mirror.NativeSource) bool { return false }

func portEnds(device string, ports []mirror.PortName) []End {
	out := make([]End, len(ports))
	for i, p := range ports {
		out[i] = End{Device: device, Port: p}
	}
	return out
}

// Overhead is by how many octets the copies of a tunnel are longer than the frames.
func Overhead(collector string, tunnel mirror.ERSPAN) int {
	n := overheadERSPAN2
	switch {
	case tunnel.Encapsulation == mirror.EncapGRE && tunnel.ID != 0:
		n = overheadGRE + overheadKey
	case tunnel.Encapsulation == mirror.EncapGRE:
		n = overheadGRE
	case tunnel.Type == 3:
		n = overheadERSPAN3
	}
	if strings.Contains(collector, ":") {
		n += overheadIPv6Outer
	}
	return n
}

// tunnelFeeds are what comes to the collector, and, where a device of the session
// takes the copies out of the tunnel, what comes to its ports.
func tunnelFeeds(feed Feed, spec mirror.NativeSpec, fragments []mirror.Fragment) []Feed {
	tunnel := mirror.ERSPAN{}
	if spec.Options.ERSPAN != nil {
		tunnel = *spec.Options.ERSPAN
	}
	feed.Overhead = Overhead(spec.Options.Collector, tunnel)
	feed.Ends = []End{{IP: spec.Options.Collector}}
	out := []Feed{feed}
	var ports []End
	for _, f := range fragments {
		o := f.Spec.Options
		if f.Spec.Role == mirror.RoleERSPANDestination && o.Collector == spec.Options.Collector && o.ERSPAN != nil && o.ERSPAN.ID == tunnel.ID {
			ports = append(ports, portEnds(f.Device, f.Spec.Destinations)...)
		}
	}
	if len(ports) > 0 {
		feed.Native += " unpacked"
		feed.Overhead, feed.Ends = 0, ports
		out = append(out, feed)
	}
	return out
}

// remoteFeeds are what comes to the destinations of a remote VLAN and over the links
// on the way, apart for the sources whose frames change their tag for that of the VLAN.
func remoteFeeds(feed Feed, vlan int, fragments []mirror.Fragment, way Way) []Feed {
	var ends []End
	feed.RemoteVLAN = vlan
	w := walk{vlan: vlan, way: way, trunks: map[string][]mirror.PortName{}}
	sources := 0
	for _, f := range fragments {
		if f.Spec.RemoteVLAN != vlan {
			continue
		}
		if _, seen := w.trunks[f.Device]; !seen {
			w.devices = append(w.devices, f.Device)
		}
		w.trunks[f.Device] = append(w.trunks[f.Device], f.Spec.Trunks...)
		switch f.Spec.Role {
		case mirror.RoleRSPANSource:
			sources++
		case mirror.RoleRSPANDestination:
			ends = append(ends, portEnds(f.Device, f.Spec.Destinations)...)
		}
	}
	sure, maybe := w.from(feed.Device)
	if sources == 1 {
		sure, maybe = append(sure, maybe...), nil
	}
	ends = append(ends, sure...)

	var out []Feed
	kept, longer := []mirror.NativeSource{}, []mirror.NativeSource{}
	for _, s := range feed.Sources {
		if way.Retags(feed.Device, s) {
			kept = append(kept, s)
		} else {
			longer = append(longer, s)
		}
	}
	add := func(sources []mirror.NativeSource, overhead int) {
		if len(sources) == 0 {
			return
		}
		f := feed
		f.Sources, f.Overhead, f.Ends = sources, overhead, ends
		if overhead != overheadTag {
			f.Native += " retagged"
		}
		out = append(out, f)
		if len(maybe) > 0 {
			f.Native += " maybe"
			f.Ends, f.Filtered = maybe, true
			out = append(out, f)
		}
	}
	add(longer, overheadTag)
	add(kept, 0)
	return out
}

// A walk follows the copies of one source device, which are flooded over every trunk
// that carries their VLAN.
type walk struct {
	vlan    int
	way     Way
	devices []string                     // of the session, in the order of its fragments
	trunks  map[string][]mirror.PortName // that the session names
}

func (w walk) of(device string) []mirror.PortName {
	out := slices.Clone(w.trunks[device])
	if len(out) == 0 {
		out = slices.Clone(w.way.Carrying(device, w.vlan))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// from tells by which trunks of the session's devices the copies leave: for sure, or
// maybe, where nobody tells by which they came.
func (w walk) from(source string) (sure, maybe []End) {
	came := map[string][]string{source: nil} // by device, those that it gets the copies from
	queue := []string{source}
	for len(queue) > 0 && len(came) < maxWalk {
		at := queue[0]
		queue = queue[1:]
		for _, p := range w.of(at) {
			if w.leadsTo(at, p, came[at]) {
				continue // there they came from
			}
			for _, next := range w.way.Leads(at, p) {
				if _, seen := came[next]; !seen {
					came[next] = append(came[next], at)
					queue = append(queue, next)
				}
			}
		}
	}
	for _, device := range w.devices {
		s, m := w.out(device, source, came)
		for _, p := range s {
			sure = append(sure, End{Device: device, Port: p, Link: true})
		}
		for _, p := range m {
			maybe = append(maybe, End{Device: device, Port: p, Link: true})
		}
	}
	return sure, maybe
}

func (w walk) leadsTo(device string, trunk mirror.PortName, to []string) bool {
	return slices.ContainsFunc(w.way.Leads(device, trunk), func(d string) bool { return slices.Contains(to, d) })
}

// out are the trunks of one device by which the copies leave it. All but one: they
// come in by one.
func (w walk) out(device, source string, came map[string][]string) (sure, maybe []mirror.PortName) {
	trunks := w.of(device)
	if device == source {
		return trunks, nil
	}
	if len(trunks) < 2 {
		return nil, nil // they came in by it
	}
	from, reached := came[device]
	var untold []mirror.PortName // of which nobody tells where they lead
	in := false
	for _, p := range trunks {
		switch {
		case reached && w.leadsTo(device, p, from):
			in = true
		case len(w.way.Leads(device, p)) == 0:
			untold = append(untold, p)
		default:
			sure = append(sure, p)
		}
	}
	switch {
	case in:
		return append(sure, untold...), nil
	case reached && len(untold) == 1:
		return sure, nil // that is the one
	case reached:
		return sure, untold
	}
	return nil, trunks
}
