package plan

import (
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Site is what the planner knows of the inventory and of the devices'
// present state.
type Site struct {
	Devices map[string]DeviceInfo
	Tools   map[string]mirror.Tool
	Filter  *mirror.Filter    // that the session names; nil = there is none of the name
	Tunnels []mirror.Fragment // of other sessions, to the collector of this one
	Around  Around            // of an RSPAN session
}

// DeviceInfo is one device as the planner sees it.
type DeviceInfo struct {
	Device mirror.Device
	// Ports canonicalises a port or a range, see worker.Driver.
	Ports        func(text string) ([]mirror.PortName, error)
	Capabilities mirror.Capabilities
	Observation  mirror.Observation
	Ledger       []mirror.Native
	Instance     string // this controller's id
	// Unheard are the marks of pushes whose end nobody heard of; Begun are those of
	// them that were to create a native session.
	Unheard, Begun []string
	// Tools are the ports of declared tools, Taken those at which copies of ours
	// end already; the destination guard asks.
	Tools, Taken []mirror.PortName
}

// Observed reports whether the device was ever read.
func (d DeviceInfo) Observed() bool { return !d.Observation.At.IsZero() }

// Own reports whether an observed native session is this controller's, and its
// mark in the ledger. The ledger says what we created; what the native session
// bears proves that it is still that:
//
//	it bears    | ours when
//	------------+---------------------------------------------------------------
//	a mark      | it is that of the ledger's line, or the one before a change whose end
//	            | nobody heard of; of this instance or of none told
//	a handle    | it is that of the line: a row whose mark was wiped is still ours
//	an id alone | it is that of the line, and the content is related (see related); where
//	            | it is the destination (mirror.Placed), one source is the line's
func (d DeviceInfo) Own(n mirror.NativeSession) (mark string, own bool) {
	for _, l := range d.Ledger {
		if l.Spec.Footing == nil && d.made(n, l) {
			return l.Mark, true
		}
	}
	for _, l := range d.Ledger {
		if l.Was != "" && d.Bears(n, l.Was) {
			return l.Mark, true
		}
	}
	return "", false
}

// made: the observed native session is the one of a line of the ledger.
func (d DeviceInfo) made(n mirror.NativeSession, l mirror.Native) bool {
	naming := d.Capabilities.NamedBy()
	switch {
	case n.Mark != "":
		return n.Mark == l.Mark && d.Bears(n, l.Mark)
	case n.Handle != "" && l.Handle != "":
		return n.Handle == l.Handle
	case naming == mirror.Keyed && l.ID == l.Mark: // its key was not read back yet
		return !d.keyed(n) && d.Capabilities.Plain(n.Spec).Equal(l.Spec)
	case naming == mirror.Named && n.Handle != "": // rows may share a name
		return false
	case naming == mirror.Placed:
		return n.ID == l.ID && len(madeOf(n.Spec, l).Sources) > 0
	}
	return n.ID == l.ID && d.related(n, l)
}

// Bears reports whether a native session bears a mark of this controller. A mark is
// made of the instance, so that where the device has no room to tell whose it is,
// the ledger, or what is wanted, proves it.
func (d DeviceInfo) Bears(n mirror.NativeSession, mark string) bool {
	return mark != "" && n.Mark == mark && (n.Instance == d.Instance || n.Instance == "")
}

// madeOf is what of a native session's content a line of the ledger names.
func madeOf(n mirror.NativeSpec, l mirror.Native) mirror.NativeSpec {
	return n.Within(l.Spec.With(l.Sent))
}

// Beside are the sources of the native session of a mark that are another hand's, where
// sessions are told apart by their destination; nil elsewhere.
func Beside(info DeviceInfo, mark string) []mirror.NativeSource {
	if info.Capabilities.NamedBy() != mirror.Placed {
		return nil
	}
	for _, n := range info.Observation.Natives {
		if own, ours := info.Own(n); !ours || own != mark {
			continue
		}
		for _, l := range info.Ledger {
			if l.Mark == mark {
				return n.Spec.Beyond(l.Spec.With(l.Sent)).Sources
			}
		}
	}
	return nil
}

// keyed: a line of the ledger knows a native session by what the device calls it.
func (d DeviceInfo) keyed(n mirror.NativeSession) bool {
	return slices.ContainsFunc(d.Ledger, func(l mirror.Native) bool {
		return l.ID == n.ID || l.Handle != "" && l.Handle == n.Handle
	})
}

// byIDAlone: nothing but its number says whose a native session is.
func (d DeviceInfo) byIDAlone(n mirror.NativeSession) bool {
	return d.Capabilities.NamedBy() == mirror.Numbered && n.Mark == ""
}

// related compares with what we made, in each way that the device shows a session.
// What holds more than a create was to put in, of which nobody heard the end, is
// another hand's into which some of our lines may have fallen: the number was free
// before the push.
func (d DeviceInfo) related(n mirror.NativeSession, l mirror.Native) bool {
	if slices.Contains(d.Begun, l.Mark) && !n.Spec.Beyond(l.Spec.With(l.Sent)).Vacant() {
		return false
	}
	unheard := slices.Contains(d.Unheard, l.Mark)
	return related(n.Spec, l.Spec, n.Opaque, unheard) || n.Other != nil && related(*n.Other, l.Spec, n.Opaque, unheard)
}

// Certain reports whether what is ours in a disputed session is shown in both ways
// or in none, and can be taken out by name. A tunnel goes by its number alone.
func (d DeviceInfo) Certain(n mirror.NativeSession, ours mirror.NativeSpec) bool {
	if n.Other == nil || n.Other.Role != n.Spec.Role || n.Spec.Options.ERSPAN != nil || n.Spec.Options.Collector != "" ||
		!d.byIDAlone(n) {
		return false
	}
	both, either := n.Spec.Within(*n.Other), n.Spec.With(*n.Other)
	return !ours.Within(both).Vacant() && ours.Within(either).Beyond(both).Vacant()
}

// related: a native session at our id that bears no mark is ours only while its
// copies end where ours did (see decision 7). One whose destination was taken away,
// or not made yet, is known by a source, and an empty shell by its role; neither
// may hold a filter that we did not set. An empty one that is shut down (as each tunnel
// is at first) or cannot be expressed is ours only where a push was cut off: otherwise
// it is the beginning of another hand's. One of a kind that nobody
// understands is never ours.
func related(have, made mirror.NativeSpec, opaque string, cutOff bool) bool {
	ends, share := endsOf(have), func(a, b []string) bool {
		return slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
	}
	switch {
	case have.Role == "":
		return false
	case len(ends) > 0:
		return share(ends, endsOf(made))
	case share(beginsOf(have), beginsOf(made)):
		return true
	case len(beginsOf(have)) > 0 || (opaque != "" || have.Shut) && !cutOff:
		return false
	case have.Role != made.Role && (have.Role != mirror.RoleLocal || made.RemoteVLAN == 0): // an RSPAN session without its VLAN looks local
		return false
	}
	for _, v := range have.Options.FilterVLANs {
		if !slices.Contains(made.Options.FilterVLANs, v) {
			return false
		}
	}
	return have.Options.Filter == "" || have.Options.Filter == made.Options.Filter
}

// endsOf names where the copies of a native session go.
func endsOf(n mirror.NativeSpec) []string {
	var out []string
	for _, d := range n.Destinations {
		out = append(out, "port "+string(d))
	}
	if n.RemoteVLAN != 0 && n.Role != mirror.RoleRSPANDestination {
		out = append(out, fmt.Sprintf("remote VLAN %d", n.RemoteVLAN))
	}
	if n.Options.Collector != "" && n.Role == mirror.RoleERSPANSource {
		out = append(out, "collector "+n.Options.Collector)
	}
	return out
}

// beginsOf names where the copies of a native session come from.
func beginsOf(n mirror.NativeSpec) []string {
	var out []string
	for _, s := range n.Sources {
		out = append(out, fmt.Sprintf("port %s, VLAN %d", s.Port, s.VLAN))
	}
	if n.RemoteVLAN != 0 && n.Role == mirror.RoleRSPANDestination {
		out = append(out, fmt.Sprintf("remote VLAN %d", n.RemoteVLAN))
	}
	if n.Options.Collector != "" && n.Role == mirror.RoleERSPANDestination {
		out = append(out, "tunnel to "+n.Options.Collector)
	}
	return out
}

// Lost maps the marks of ledger lines whose native id holds something that is
// not ours any more to that id, unless ours is found elsewhere by its mark. Nothing
// is done under such a mark until a person frees the id or deletes the session.
// Where rows have handles, another's row of the same name takes nothing away.
func Lost(info DeviceInfo) map[string]string {
	out, held := map[string]string{}, map[string]bool{}
	for _, n := range info.Observation.Natives {
		if mark, own := info.Own(n); own {
			held[mark] = true
		}
	}
	numbered := info.Capabilities.NamedBy() == mirror.Numbered
	for _, n := range info.Observation.Natives {
		if _, own := info.Own(n); own || n.Handle != "" && !numbered {
			continue
		}
		for _, l := range info.Ledger {
			if l.ID == n.ID && !held[l.Mark] {
				out[l.Mark] = n.ID
			}
		}
	}
	return out
}

// Present is a fragment without the ports that the device does not have any
// more and that its native session does not name either, and which those are.
// It is nil when the destination is gone, or every source. Where the device
// lists no ports nothing is known to be missing.
func Present(f mirror.Fragment, held mirror.NativeSpec, o mirror.Observation) (present *mirror.Fragment, missing []string) {
	gone := func(p mirror.PortName) bool {
		_, ok := o.Port(p)
		return !ok
	}
	if len(o.Ports) == 0 {
		return &f, nil
	}
	for _, d := range f.Spec.Destinations {
		if gone(d) && !slices.Contains(held.Destinations, d) {
			missing = append(missing, string(d))
		}
	}
	if len(missing) > 0 {
		return nil, missing
	}
	var trunks []mirror.PortName
	for _, t := range f.Spec.Trunks {
		if gone(t) {
			missing = append(missing, string(t))
			continue
		}
		trunks = append(trunks, t)
	}
	f.Spec.Trunks = trunks
	var sources []mirror.NativeSource
	for _, s := range f.Spec.Sources {
		named := slices.ContainsFunc(held.Sources, func(h mirror.NativeSource) bool { return h.Port == s.Port })
		if s.Port != "" && gone(s.Port) && !named {
			missing = append(missing, string(s.Port))
			continue
		}
		sources = append(sources, s)
	}
	if len(sources) == 0 && len(f.Spec.Sources) > 0 {
		return nil, missing
	}
	f.Spec.Sources = sources
	return &f, missing
}
