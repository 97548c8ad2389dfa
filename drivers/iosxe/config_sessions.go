package iosxe

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// classicMonitor reports a line of a monitor session that opens no sub-mode.
func classicMonitor(line string) bool {
	m := monitorHead.FindStringSubmatch(line)
	return m != nil && !strings.HasPrefix(m[2], "type ")
}

// classic reads what stands behind "monitor session N".
func (r *reading) classic(rest string) {
	words := strings.Fields(rest)
	after := func(n int) string { return strings.Join(words[min(n, len(words)):], " ") }
	switch {
	case strings.HasPrefix(rest, "source remote vlan "):
		r.Spec.Role = mirror.RoleRSPANDestination
		r.RemoteVLAN(after(3))
	case strings.HasPrefix(rest, "destination remote vlan "):
		if r.Spec.Role = mirror.RoleRSPANSource; len(words) != 4 {
			r.Doubt("destination %s", text.Quote(after(1))) // a reflector port
			words = words[:min(4, len(words))]
		}
		r.RemoteVLAN(after(3))
	case strings.HasPrefix(rest, "destination interface "):
		r.destination(after(2))
	default:
		r.common(rest)
	}
}

// common are the lines of sources and filters, the same in every form.
func (r *reading) common(line string) {
	for prefix, take := range map[string]func(string){
		"source interface ":         func(v string) { r.SourcePorts(direction(v)) },
		"source vlan ":              func(v string) { r.SourceVLANs(direction(v)) },
		"filter vlan ":              r.FilterVLANs,
		"filter ip access-group ":   func(v string) { r.Filter("", v) },
		"filter access-group ":      func(v string) { r.Filter("", v) },
		"filter mac access-group ":  func(v string) { r.Filter("mac:", v) },
		"filter ipv6 access-group ": func(v string) { r.Filter("ipv6:", v) },
	} {
		if v, ok := strings.CutPrefix(line, prefix); ok {
			take(v)
			return
		}
	}
	r.Doubt("%s", text.Quote(line))
}

// direction splits off a trailing rx, tx or both; without one it is both.
func direction(reply string) (string, mirror.Direction) {
	for _, d := range []mirror.Direction{mirror.RX, mirror.TX, mirror.Both} {
		if what, ok := strings.CutSuffix(reply, " "+string(d)); ok {
			return what, d
		}
	}
	return reply, mirror.Both
}

var destinationOptions = regexp.MustCompile(`^(.*?)\s*((?:encapsulation|ingress)(?: .*)?)?$`)

// destination reads "Gi1/0/47 , Gi1/0/48 encapsulation replicate ingress vlan 5".
func (r *reading) destination(reply string) {
	m := destinationOptions.FindStringSubmatch(reply)
	r.EachPort(m[1], func(p mirror.PortName) {
		r.Spec.Destinations = append(r.Spec.Destinations, p)
		r.dests = append(r.dests, destination{port: p, options: m[2]})
	})
}

// tunnel reads a line of the inner sub-mode; false when it is none.
func (r *reading) tunnel(reply string) bool {
	for _, line := range []struct {
		prefix string
		take   func(string)
	}{
		{"erspan-id", func(v string) { r.Number(v, func(e *mirror.ERSPAN, n int) { e.ID = n }) }},
		{"ip address", r.Collector},
		{"ipv6 address", r.Collector},
		{"origin ip address", r.Origin},
		{"origin ipv6 address", r.Origin},
		{"ip ttl", func(v string) { r.Number(v, func(e *mirror.ERSPAN, n int) { e.TTL = n }) }},
		{"ipv6 ttl", func(v string) { r.Number(v, func(e *mirror.ERSPAN, n int) { e.TTL = n }) }},
		{"ipv6 dscp", func(v string) { r.Number(v, func(e *mirror.ERSPAN, n int) { e.DSCP = n }) }},
		{"ip dscp", func(v string) { r.Number(v, func(e *mirror.ERSPAN, n int) { e.DSCP = n }) }},
		{"mtu", func(v string) { r.Number(v, func(e *mirror.ERSPAN, n int) { e.MTU = n }) }},
		{"vrf", func(v string) { r.ERSPAN().VRF = v }},
	} {
		if v, ok := strings.CutPrefix(reply, line.prefix+" "); ok {
			line.take(strings.TrimSuffix(v, " force"))
			return true
		}
	}
	return false
}

// finishConfig decides what only the whole session tells.
func (r *reading) finishConfig() {
	r.text = strings.Join(r.lines, "\n")
	for _, d := range r.dests {
		if d.options != r.dests[0].options {
			r.Doubt("destinations with different options")
		}
	}
	o := &r.Spec.Options
	switch r.Spec.Role {
	case mirror.RoleLocal, mirror.RoleRSPANDestination:
		if len(r.dests) > 0 {
			r.options(r.dests[0].options)
		}
		if o.ERSPAN != nil || o.Collector != "" {
			r.Doubt("tunnel of ERSPAN in another type of session")
		}
	default:
		if len(r.dests) > 0 && r.dests[0].options != "" {
			r.Doubt("destination options %s", text.Quote(r.dests[0].options))
		}
	}
	if r.Spec.Role == mirror.RoleRSPANSource && len(r.dests) > 0 || r.Spec.Role == mirror.RoleERSPANSource && len(r.dests) > 0 {
		r.Doubt("a destination port in a source session")
	}
	if r.Spec.Role == mirror.RoleRSPANDestination && len(r.Spec.Sources) > 0 {
		r.Doubt("sources beside a remote VLAN")
	}
}

// options reads what stands behind a destination port.
func (r *reading) options(reply string) {
	o := &r.Spec.Options
	o.Tags, o.Ingress = mirror.TagsStrip, mirror.IngressDisabled
	words := strings.Fields(reply)
	if len(words) >= 2 && words[0] == "encapsulation" {
		switch words[1] {
		case "replicate":
			o.Tags = mirror.TagsPreserve
		default:
			r.Doubt("encapsulation %s", text.Quote(words[1]))
		}
		words = words[2:]
	}
	switch {
	case len(words) == 0:
	case words[0] == "ingress":
		o.Ingress = mirror.IngressEnabled
	default:
		r.Doubt("destination options %s", text.Quote(reply))
	}
}
