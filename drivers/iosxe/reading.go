package iosxe

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// disabledOpaque says of an ERSPAN session that it is shut down, which nothing
// of ours is for longer than a push takes.
const disabledOpaque = "administratively disabled"

// A reading is a session in neutral words, on its way to a NativeSession.
type reading struct {
	id       int
	spec     mirror.NativeSpec
	opaque   []string           // why it cannot be expressed
	admin    mirror.State       // False when administratively disabled, "" when not told
	unread   bool               // something of what is copied, and to where, was not understood
	disputed bool               // the two views differ about it
	other    *mirror.NativeSpec // how the other view shows a disputed one
	text     string
	lines    []string // of the configuration, the text to be
	dests    []destination
}

// A destination is a port with the options that stand behind it.
type destination struct {
	port    mirror.PortName
	options string // of the configuration: "encapsulation replicate ingress vlan 5"
}

// maxDoubts bounds what is told of one session, and the work for it.
const maxDoubts = 20

func (r *reading) doubt(format string, args ...any) {
	if len(r.opaque) >= maxDoubts {
		return
	}
	if reply := fmt.Sprintf(format, args...); !slices.Contains(r.opaque, reply) {
		r.opaque = append(r.opaque, reply)
	}
}

// miss is doubt about ports, VLANs, or where copies go.
func (r *reading) miss(format string, args ...any) {
	r.unread = true
	r.doubt(format, args...)
}

// native is the session for an observation.
func (r reading) native() mirror.NativeSession {
	n := mirror.NativeSession{ID: strconv.Itoa(r.id), Spec: r.spec.Normalize(), Text: r.text, Programmed: mirror.Unknown}
	if r.admin == mirror.False {
		r.doubt(disabledOpaque)
		n.Programmed, n.ProgrammedReason = mirror.False, "Status : Admin Disabled"
	}
	if r.disputed {
		n.Other = r.other
	}
	n.Opaque, n.Disputed = strings.Join(r.opaque, "; "), r.disputed
	return n
}

// read interprets a shown session. This view tells less than the
// configuration: of an ERSPAN source not the TTL, DSCP, VRF and header type, so
// such a session is opaque until the configuration was read.
func (s shown) read() reading {
	r := reading{id: s.id, text: s.text}
	typ := s.value("type")
	role, known := typeRoles[strings.ToLower(typ)]
	if !known {
		r.doubt("type %q", typ)
		return r
	}
	r.spec.Role = role
	switch status := strings.ToLower(s.value("status")); status {
	case "":
	case "admin disabled":
		r.admin = mirror.False
	case "admin enabled":
		r.admin = mirror.True
	default:
		r.doubt("status : %s", text.Quote(status))
	}
	for _, f := range s.fields {
		if !empty(f.value) {
			r.shownField(f)
		}
	}
	r.finishShown()
	return r
}

// shownField takes one field that is not empty.
func (r *reading) shownField(f field) {
	switch f.name {
	case "encapsulation", "ingress":
		r.destinationField(f)
	case "rx only", "tx only", "both":
		r.shownSources(f)
	case "destination ports":
		r.ports(f.value, func(p mirror.PortName) { r.spec.Destinations = append(r.spec.Destinations, p) })
	case "filter vlans":
		r.filterVLANs(f.value)
	case "ip access-group", "filter access-group":
		r.filter("", f.value)
	case "mac access-group":
		r.filter("mac:", f.value)
	case "ipv6 access-group":
		r.filter("ipv6:", f.value)
	case "source rspan vlan", "dest rspan vlan", "destination rspan vlan":
		r.remoteVLAN(f.value)
	case "destination ip address", "destination ipv6 address", "source ip address", "source ipv6 address":
		r.collector(f.value)
	case "origin ip address", "origin ipv6 address":
		r.origin(f.value)
	case "destination erspan id", "source erspan id":
		r.number(f.value, func(e *mirror.ERSPAN, n int) { e.ID = n })
	default:
		if !slices.Contains(informing, f.name) {
			r.miss("%s : %s", f.name, text.Quote(f.value))
		}
	}
}

// informing are the fields that say nothing of what is copied and to where. MTU
// is always printed, configured or not, so it says nothing either.
var informing = []string{"type", "status", "description", "mtu", "ingress encap", "learning", "ingress span replication state",
	"egress span replication state", "span replication state", "operational mode", "configured mode"}

// destinationField reads the options below the destination ports.
func (r *reading) destinationField(f field) {
	low := strings.ToLower(f.value)
	switch f.name {
	case "encapsulation":
		switch low {
		case "native":
			r.spec.Options.Tags = mirror.TagsStrip
		case "replicate":
			r.spec.Options.Tags = mirror.TagsPreserve
		default:
			r.doubt("encapsulation %s", text.Quote(f.value))
		}
	case "ingress":
		switch {
		case strings.HasPrefix(low, "disabled"):
			r.spec.Options.Ingress = mirror.IngressDisabled
		case strings.HasPrefix(low, "enabled"):
			r.spec.Options.Ingress = mirror.IngressEnabled
		default:
			r.doubt("ingress %s", text.Quote(f.value))
		}
	}
}

func (r *reading) shownSources(f field) {
	dir := map[string]mirror.Direction{"rx only": mirror.RX, "tx only": mirror.TX, "both": mirror.Both}[f.name]
	switch f.head {
	case "source ports", "source subinterfaces":
		r.ports(f.value, func(p mirror.PortName) {
			r.spec.Sources = append(r.spec.Sources, mirror.NativeSource{Port: p, Direction: dir})
		})
	case "source vlans":
		r.vlans(f.value, func(v int) {
			r.spec.Sources = append(r.spec.Sources, mirror.NativeSource{VLAN: v, Direction: dir})
		})
	default:
		r.miss("%s: %s : %s", f.head, f.name, text.Quote(f.value))
	}
}

// finishShown fills what the short form leaves out.
func (r *reading) finishShown() {
	o := &r.spec.Options
	switch r.spec.Role {
	case mirror.RoleLocal, mirror.RoleRSPANDestination:
		if len(r.spec.Destinations) > 0 && o.Ingress == "" {
			o.Ingress = mirror.IngressDisabled // IOSv-L2 prints no such line
		}
		if len(r.spec.Destinations) > 0 && o.Tags == "" {
			o.Tags = mirror.TagsStrip // the default encapsulation is native
		}
	case mirror.RoleERSPANSource:
		r.doubt("show monitor does not tell its TTL, DSCP, VRF, MTU and header type")
		r.noDestinationOptions()
	case mirror.RoleERSPANDestination:
		r.doubt("show monitor does not tell its VRF")
		r.noDestinationOptions()
	default:
		r.noDestinationOptions()
	}
}

func (r *reading) noDestinationOptions() {
	if o := &r.spec.Options; o.Tags != mirror.TagsPreserve && o.Ingress != mirror.IngressEnabled {
		o.Tags, o.Ingress = "", ""
		return
	}
	r.doubt("options of a destination port")
}

func (r *reading) ports(reply string, add func(mirror.PortName)) {
	names, err := grammar.List(reply, true)
	if err != nil {
		r.miss("ports %s", text.Quote(reply))
		return
	}
	if r.few() {
		for _, p := range text.FullNames(names) {
			add(p)
		}
	}
}

// mostParts bounds what one session is read to have, and so what a text that
// repeats itself costs.
const mostParts = 16 << 10

// few reports whether a session may have more.
func (r *reading) few() bool {
	if len(r.spec.Sources)+len(r.spec.Destinations)+len(r.dests)+len(r.spec.Options.FilterVLANs) < mostParts {
		return true
	}
	r.miss("more ports and VLANs than a session has")
	return false
}

func (r *reading) vlans(reply string, add func(int)) {
	list, err := text.VLANs(strings.Trim(reply, ", "))
	if err != nil {
		r.miss("VLANs %s", text.Quote(reply))
		return
	}
	if r.few() {
		for _, v := range list {
			add(v)
		}
	}
}

// allVLANs is what IOSv-L2 prints when nothing is filtered.
const allVLANs = 4094

func (r *reading) filterVLANs(reply string) {
	before := len(r.spec.Options.FilterVLANs)
	r.vlans(reply, func(v int) { r.spec.Options.FilterVLANs = append(r.spec.Options.FilterVLANs, v) })
	if len(r.spec.Options.FilterVLANs)-before == allVLANs {
		r.spec.Options.FilterVLANs = r.spec.Options.FilterVLANs[:before]
	}
}

var accessList = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:-]*$`)

func (r *reading) filter(family, acl string) {
	switch o := &r.spec.Options; {
	case !accessList.MatchString(acl):
		r.doubt("access list %s", text.Quote(acl))
	case o.Filter != "":
		r.doubt("several access lists (%s and %s%s)", o.Filter, family, acl)
	default:
		o.Filter = family + acl
	}
}

func (r *reading) remoteVLAN(reply string) {
	v, err := text.Decimal(reply)
	if err != nil || v < 1 || v > 4094 || r.spec.RemoteVLAN != 0 && r.spec.RemoteVLAN != v {
		r.miss("remote VLAN %s", text.Quote(reply))
		return
	}
	r.spec.RemoteVLAN = v
}

func (r *reading) erspan() *mirror.ERSPAN {
	if r.spec.Options.ERSPAN == nil {
		r.spec.Options.ERSPAN = &mirror.ERSPAN{}
	}
	return r.spec.Options.ERSPAN
}

func (r *reading) number(reply string, set func(*mirror.ERSPAN, int)) {
	n, err := text.Decimal(reply)
	if err != nil {
		r.doubt("number %s", text.Quote(reply))
		return
	}
	set(r.erspan(), n)
}

// collector takes the address where the tunnel ends. A session has one of each
// family; the neutral words have room for one.
func (r *reading) collector(reply string) { r.address(reply, &r.spec.Options.Collector) }

func (r *reading) origin(reply string) { r.address(reply, &r.erspan().Origin) }

func (r *reading) address(reply string, to *string) {
	a, err := netip.ParseAddr(reply)
	if err != nil {
		r.doubt("address %s", text.Quote(reply))
		return
	}
	if *to != "" && *to != a.String() {
		if first, _ := netip.ParseAddr(*to); !first.Is4() && a.Is4() { // the IPv4 address leads
			a, *to = first, a.String()
		}
		r.doubt("a second address, %s", a)
		return
	}
	*to = a.String()
}
