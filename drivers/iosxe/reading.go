package iosxe

import (
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A reading is a session on its way to a NativeSession.
type reading struct {
	text.Reading
	id    int
	admin mirror.State // False when administratively disabled, "" when not told
	text  string
	lines []string // of the configuration, the text to be
	dests []destination
}

func newReading(id int) reading { return reading{id: id, Reading: text.Reading{Ports: grammar}} }

// A destination is a port with the options that stand behind it.
type destination struct {
	port    mirror.PortName
	options string // of the configuration: "encapsulation replicate ingress vlan 5"
}

// native is the session for an observation.
func (r reading) native() mirror.NativeSession {
	n := mirror.NativeSession{ID: strconv.Itoa(r.id), Spec: r.Spec.Normalize(), Text: r.text, Programmed: mirror.Unknown}
	if r.admin == mirror.False {
		if n.Spec.Shut = subMode(r.Spec.Role); !n.Spec.Shut { // the classic form has no word for it
			r.Doubt("administratively disabled")
		}
		n.Programmed, n.ProgrammedReason = mirror.False, "Status : Admin Disabled"
	}
	if r.Disputed {
		n.Other = r.Other
	}
	n.Opaque, n.Disputed = strings.Join(r.Doubts, "; "), r.Disputed
	return n
}

// read interprets a shown session. This view tells less than the
// configuration: of an ERSPAN source not the TTL, DSCP, VRF and header type, so
// such a session is opaque until the configuration was read.
func (s shown) read() reading {
	r := newReading(s.id)
	r.text = s.text
	typ := s.value("type")
	role, known := typeRoles[strings.ToLower(typ)]
	if !known {
		r.Doubt("type %q", typ)
		return r
	}
	r.Spec.Role = role
	switch status := strings.ToLower(s.value("status")); status {
	case "":
	case "admin disabled":
		r.admin = mirror.False
	case "admin enabled":
		r.admin = mirror.True
	default:
		r.Doubt("status : %s", text.Quote(status))
	}
	for _, f := range s.fields {
		if !empty(f.Value) {
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
		r.EachPort(f.Value, func(p mirror.PortName) { r.Spec.Destinations = append(r.Spec.Destinations, p) })
	case "filter vlans":
		r.FilterVLANs(f.Value)
	case "ip access-group", "filter access-group":
		r.Filter("", f.Value)
	case "mac access-group":
		r.Filter("mac:", f.Value)
	case "ipv6 access-group":
		r.Filter("ipv6:", f.Value)
	case "source rspan vlan", "dest rspan vlan", "destination rspan vlan":
		r.RemoteVLAN(f.Value)
	case "destination ip address", "destination ipv6 address", "source ip address", "source ipv6 address":
		r.Collector(f.Value)
	case "origin ip address", "origin ipv6 address":
		r.Origin(f.Value)
	case "destination erspan id", "source erspan id":
		r.Number(f.Value, func(e *mirror.ERSPAN, n int) { e.ID = n })
	default:
		if !slices.Contains(informing, f.name) {
			r.Miss("%s : %s", f.name, text.Quote(f.Value))
		}
	}
}

// informing are the fields that say nothing of what is copied and to where. MTU
// is always printed, configured or not, so it says nothing either.
var informing = []string{"type", "status", "description", "mtu", "ingress encap", "learning", "ingress span replication state",
	"egress span replication state", "span replication state", "operational mode", "configured mode"}

// destinationField reads the options below the destination ports.
func (r *reading) destinationField(f field) {
	low := strings.ToLower(f.Value)
	switch f.name {
	case "encapsulation":
		switch low {
		case "native":
			r.Spec.Options.Tags = mirror.TagsStrip
		case "replicate":
			r.Spec.Options.Tags = mirror.TagsPreserve
		default:
			r.Doubt("encapsulation %s", text.Quote(f.Value))
		}
	case "ingress":
		switch {
		case strings.HasPrefix(low, "disabled"):
			r.Spec.Options.Ingress = mirror.IngressDisabled
		case strings.HasPrefix(low, "enabled"):
			r.Spec.Options.Ingress = mirror.IngressEnabled
		default:
			r.Doubt("ingress %s", text.Quote(f.Value))
		}
	}
}

func (r *reading) shownSources(f field) {
	dir := map[string]mirror.Direction{"rx only": mirror.RX, "tx only": mirror.TX, "both": mirror.Both}[f.name]
	switch f.head {
	case "source ports", "source subinterfaces":
		r.SourcePorts(f.Value, dir)
	case "source vlans":
		r.SourceVLANs(f.Value, dir)
	default:
		r.Miss("%s: %s : %s", f.head, f.name, text.Quote(f.Value))
	}
}

// finishShown fills what the short form leaves out.
func (r *reading) finishShown() {
	o := &r.Spec.Options
	switch r.Spec.Role {
	case mirror.RoleLocal, mirror.RoleRSPANDestination:
		if len(r.Spec.Destinations) > 0 && o.Ingress == "" {
			o.Ingress = mirror.IngressDisabled // IOSv-L2 prints no such line
		}
		if len(r.Spec.Destinations) > 0 && o.Tags == "" {
			o.Tags = mirror.TagsStrip // the default encapsulation is native
		}
	case mirror.RoleERSPANSource:
		r.Doubt("show monitor does not tell its TTL, DSCP, VRF, MTU and header type")
		r.noDestinationOptions()
	case mirror.RoleERSPANDestination:
		r.Doubt("show monitor does not tell its VRF")
		r.noDestinationOptions()
	default:
		r.noDestinationOptions()
	}
}

func (r *reading) noDestinationOptions() {
	if o := &r.Spec.Options; o.Tags != mirror.TagsPreserve && o.Ingress != mirror.IngressEnabled {
		o.Tags, o.Ingress = "", ""
		return
	}
	r.Doubt("options of a destination port")
}
