package text

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Reading is a mirror session on its way from a device's words to neutral ones. What
// cannot be expressed is a doubt, which makes it opaque.
type Reading struct {
	Ports    *Grammar
	Spec     mirror.NativeSpec
	Doubts   []string
	Unread   bool               // something of what is copied, and to where, was not understood
	Disputed bool               // two views differ about it
	Other    *mirror.NativeSpec // how the other view shows a disputed one
}

// Bounds of what is told of one session, and of what one is read to have: so of the
// work for a text that repeats itself.
const (
	maxDoubts = 20
	mostParts = 16 << 10
)

// Doubt notes what cannot be expressed.
func (r *Reading) Doubt(format string, args ...any) {
	if len(r.Doubts) >= maxDoubts {
		return
	}
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.Doubts, text) {
		r.Doubts = append(r.Doubts, text)
	}
}

// Miss is doubt about ports, VLANs, or where copies go.
func (r *Reading) Miss(format string, args ...any) {
	r.Unread = true
	r.Doubt(format, args...)
}

// Dispute is doubt where two views differ.
func (r *Reading) Dispute(format string, args ...any) {
	r.Disputed = true
	r.Doubt(format, args...)
}

// few reports whether a session may have more.
func (r *Reading) few() bool {
	if len(r.Spec.Sources)+len(r.Spec.Destinations)+len(r.Spec.Options.FilterVLANs) < mostParts {
		return true
	}
	r.Miss("more ports and VLANs than a session has")
	return false
}

// EachPort visits the ports of a list.
func (r *Reading) EachPort(list string, visit func(mirror.PortName)) {
	names, err := r.Ports.List(list, true)
	if err != nil {
		r.Miss("ports %s", Quote(list))
		return
	}
	if r.few() {
		for _, p := range FullNames(names) {
			visit(p)
		}
	}
}

// SourcePorts adds the ports of a list.
func (r *Reading) SourcePorts(list string, d mirror.Direction) {
	r.EachPort(list, func(p mirror.PortName) {
		r.Spec.Sources = append(r.Spec.Sources, mirror.NativeSource{Port: p, Direction: d})
	})
}

// SourceVLANs adds the VLANs of a list.
func (r *Reading) SourceVLANs(list string, d mirror.Direction) {
	r.eachVLAN(list, func(v int) {
		r.Spec.Sources = append(r.Spec.Sources, mirror.NativeSource{VLAN: v, Direction: d})
	})
}

// FilterVLANs adds the VLANs of a list to those that are copied alone. A list of all
// that there are narrows nothing.
func (r *Reading) FilterVLANs(list string) {
	before := len(r.Spec.Options.FilterVLANs)
	r.eachVLAN(list, func(v int) { r.Spec.Options.FilterVLANs = append(r.Spec.Options.FilterVLANs, v) })
	if len(r.Spec.Options.FilterVLANs)-before == mirror.MaxVLAN {
		r.Spec.Options.FilterVLANs = r.Spec.Options.FilterVLANs[:before]
	}
}

func (r *Reading) eachVLAN(list string, visit func(int)) {
	vlans, err := VLANs(strings.Trim(list, ", "))
	if err != nil {
		r.Miss("VLANs %s", Quote(list))
		return
	}
	if r.few() {
		for _, v := range vlans {
			visit(v)
		}
	}
}

// ListName is how access lists are called that a session may refer to.
var ListName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:-]*$`)

// Filter takes the name of an access list, family in front of it: "", "mac:", "ipv6:".
func (r *Reading) Filter(family, list string) {
	switch o := &r.Spec.Options; {
	case !ListName.MatchString(list):
		r.Doubt("access list %s", Quote(list))
	case o.Filter != "":
		r.Doubt("several access lists (%s and %s%s)", o.Filter, family, list)
	default:
		o.Filter = family + list
	}
}

// RemoteVLAN takes the VLAN that copies travel in.
func (r *Reading) RemoteVLAN(number string) {
	v, err := Decimal(number)
	if err != nil || v < 1 || v > mirror.MaxVLAN || r.Spec.RemoteVLAN != 0 && r.Spec.RemoteVLAN != v {
		r.Miss("remote VLAN %s", Quote(number))
		return
	}
	r.Spec.RemoteVLAN = v
}

// ERSPAN is the tunnel, made when it is needed.
func (r *Reading) ERSPAN() *mirror.ERSPAN {
	if r.Spec.Options.ERSPAN == nil {
		r.Spec.Options.ERSPAN = &mirror.ERSPAN{}
	}
	return r.Spec.Options.ERSPAN
}

// Number takes a number of the tunnel.
func (r *Reading) Number(number string, set func(*mirror.ERSPAN, int)) {
	n, err := Decimal(number)
	if err != nil {
		r.Doubt("number %s", Quote(number))
		return
	}
	set(r.ERSPAN(), n)
}

// Collector takes the address where the tunnel ends.
func (r *Reading) Collector(address string) { r.address(address, &r.Spec.Options.Collector) }

// Origin takes the address where it begins.
func (r *Reading) Origin(address string) { r.address(address, &r.ERSPAN().Origin) }

// address: a session may have one of each family; the neutral words have room for one,
// and the IPv4 address leads.
func (r *Reading) address(address string, to *string) {
	a, err := netip.ParseAddr(address)
	if err != nil {
		r.Doubt("address %s", Quote(address))
		return
	}
	if *to != "" && *to != a.String() {
		if first, _ := netip.ParseAddr(*to); !first.Is4() && a.Is4() {
			a, *to = first, a.String()
		}
		r.Doubt("a second address, %s", a)
		return
	}
	*to = a.String()
}

// Compare doubts a session that another view shows with other ports, VLANs or ends;
// disagree begins what is said of it. Filters count where the other view shows any.
func (r *Reading) Compare(view *Reading, disagree string) {
	a, b := r.Spec.Normalize(), view.Spec.Normalize()
	tell := func(what, configured, shown string) {
		if configured != shown {
			r.Dispute("%s about %s: %q is shown, %q configured", disagree, what, Quote(shown), Quote(configured))
		}
	}
	tell("sources", SourceText(a.Sources), SourceText(b.Sources))
	tell("destinations", fmt.Sprint(a.Destinations), fmt.Sprint(b.Destinations))
	tell("the remote VLAN", fmt.Sprint(a.RemoteVLAN), fmt.Sprint(b.RemoteVLAN))
	if b.Options.Filter != "" || len(b.Options.FilterVLANs) > 0 {
		tell("filters", filterText(a.Options), filterText(b.Options))
	}
}

func filterText(o mirror.Options) string {
	return strings.Trim(o.Filter+" "+strings.Trim(fmt.Sprint(o.FilterVLANs), "[]"), " ")
}

// SourceText names sources with their directions.
func SourceText(sources []mirror.NativeSource) string {
	var out []string
	for _, s := range sources {
		what := string(s.Port)
		if s.VLAN != 0 {
			what = fmt.Sprintf("VLAN %d", s.VLAN)
		}
		out = append(out, what+" "+string(s.Direction))
	}
	return strings.Join(out, ", ")
}
