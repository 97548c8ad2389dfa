package iosxe

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// An iface is what the configuration says of an interface, as far as the
// destination guard asks.
type iface struct {
	name    name
	trunk   bool
	routed  bool
	access  int    // switchport access vlan, 0 = not told
	address string // of IP, without mask
	group   int    // channel-group, 0 = none

	shutdown bool
	allowed  string   // switchport trunk allowed vlan, its lines joined; "" = not told, which is all
	native   int      // switchport trunk native vlan, 0 = not told
	lines    []string // as they are printed, without the head
}

// An svi is the interface of the switch itself in a VLAN.
type svi struct {
	vlan    int
	address string
}

// A config is what matters of a running configuration.
type config struct {
	sessions   []reading // in the order of the text, numbers once
	interfaces []iface
	svis       []svi
}

func (c config) session(id int) (reading, bool) {
	i := slices.IndexFunc(c.sessions, func(r reading) bool { return r.id == id })
	if i < 0 {
		return reading{}, false
	}
	return c.sessions[i], true
}

var (
	monitorHead   = regexp.MustCompile(`^monitor session (\d+) (.+)$`)
	interfaceHead = regexp.MustCompile(`^interface (\S.*)$`)
)

// parseConfig reads a running configuration, whole or a part of it. Lines of
// other things are passed over; a line of a monitor session that is not
// understood makes the session opaque.
func parseConfig(text string) (config, error) {
	if words, refused := showRefusal(text); refused {
		return config{}, parseError("show running-config", words)
	}
	var c config
	p := configParser{config: &c}
	for _, line := range textLines(text) {
		p.line(line)
	}
	for i := range c.sessions {
		c.sessions[i].finishConfig()
	}
	return c, nil
}

// configParser walks through lines; open is the block of a sub-mode.
type configParser struct {
	config   *config
	open     *block
	indented bool // the open block has had an indented line
}

// A block is the session or interface whose sub-mode lines follow.
type block struct {
	session int // index into config.sessions, -1 = none
	iface   int // index into config.interfaces, -1 = none
	svi     int // index into config.svis and one, 0 = none
}

func (p *configParser) line(line string) {
	text := strings.Join(strings.Fields(line), " ")
	top := line == strings.TrimLeft(line, " \t")
	switch m := monitorHead.FindStringSubmatch(text); {
	case text == "" || text == "!" || text == "end":
		if top && text != "" {
			p.open = nil
		}
	case m != nil:
		p.monitor(m[1], m[2], line)
	case p.open != nil && p.inside(text, top):
		p.child(text, line)
	case top:
		p.open = nil
		if m := interfaceHead.FindStringSubmatch(text); m != nil {
			p.startInterface(m[1])
		}
	}
}

// inside reports whether a line belongs to the open block. Where indentation
// was lost, only what a monitor session's sub-modes know does.
func (p *configParser) inside(text string, top bool) bool {
	if !top {
		p.indented = true
		return true
	}
	return !p.indented && p.open.session >= 0 && subModeLine(text)
}

// subModeWords begin the lines of the monitor sub-modes.
var subModeWords = []string{"description", "source", "destination", "filter", "header-type", "shutdown", "no shutdown", "erspan-id",
	"ip address", "ipv6 address", "origin", "ip ttl", "ip dscp", "ip prec", "mtu", "vrf", "buffer-size", "exit"}

func subModeLine(text string) bool {
	return slices.ContainsFunc(subModeWords, func(w string) bool { return text == w || strings.HasPrefix(text, w+" ") })
}

// monitor is a line of the classic form, or the head of a sub-mode.
func (p *configParser) monitor(number, rest, line string) {
	p.open, p.indented = nil, false
	id, err := strconv.Atoi(number)
	if err != nil {
		return // longer than any number of a session
	}
	i := slices.IndexFunc(p.config.sessions, func(r reading) bool { return r.id == id })
	if i < 0 {
		i = len(p.config.sessions)
		p.config.sessions = append(p.config.sessions, reading{id: id, spec: mirror.NativeSpec{Role: mirror.RoleLocal}})
	}
	r := &p.config.sessions[i]
	r.text = strings.TrimPrefix(r.text+"\n"+strings.TrimSpace(line), "\n")
	typ, ok := strings.CutPrefix(rest, "type ")
	if !ok {
		r.classic(rest)
		return
	}
	p.open = &block{session: i, iface: -1}
	switch typ {
	case "erspan-source":
		r.spec.Role = mirror.RoleERSPANSource
		r.erspan()
	case "erspan-destination":
		r.spec.Role = mirror.RoleERSPANDestination
		r.erspan()
	default:
		r.doubt("session-mode form, type %s", quote(typ))
	}
}

// classic reads what stands behind "monitor session N".
func (r *reading) classic(rest string) {
	words := strings.Fields(rest)
	after := func(n int) string { return strings.Join(words[min(n, len(words)):], " ") }
	switch {
	case strings.HasPrefix(rest, "source remote vlan "):
		r.spec.Role = mirror.RoleRSPANDestination
		r.remoteVLAN(after(3))
	case strings.HasPrefix(rest, "destination remote vlan "):
		if r.spec.Role = mirror.RoleRSPANSource; len(words) != 4 {
			r.doubt("destination %s", quote(after(1))) // a reflector port
			words = words[:min(4, len(words))]
		}
		r.remoteVLAN(after(3))
	case strings.HasPrefix(rest, "destination interface "):
		r.destination(after(2))
	default:
		r.common(rest)
	}
}

// common are the lines of sources and filters, the same in every form.
func (r *reading) common(text string) {
	words := strings.Fields(text)
	after := func(n int) string { return strings.Join(words[min(n, len(words)):], " ") }
	switch {
	case strings.HasPrefix(text, "source interface "):
		what, dir := direction(after(2))
		r.ports(what, func(p mirror.PortName) {
			r.spec.Sources = append(r.spec.Sources, mirror.NativeSource{Port: p, Direction: dir})
		})
	case strings.HasPrefix(text, "source vlan "):
		what, dir := direction(after(2))
		r.vlans(what, func(v int) {
			r.spec.Sources = append(r.spec.Sources, mirror.NativeSource{VLAN: v, Direction: dir})
		})
	case strings.HasPrefix(text, "filter vlan "):
		r.filterVLANs(after(2))
	case strings.HasPrefix(text, "filter ip access-group "):
		r.filter("", after(3))
	case strings.HasPrefix(text, "filter access-group "):
		r.filter("", after(2))
	case strings.HasPrefix(text, "filter mac access-group "):
		r.filter("mac:", after(3))
	case strings.HasPrefix(text, "filter ipv6 access-group "):
		r.filter("ipv6:", after(3))
	default:
		r.doubt("%s", quote(text))
	}
}

// direction splits off a trailing rx, tx or both; without one it is both.
func direction(text string) (string, mirror.Direction) {
	for _, d := range []mirror.Direction{mirror.RX, mirror.TX, mirror.Both} {
		if what, ok := strings.CutSuffix(text, " "+string(d)); ok {
			return what, d
		}
	}
	return text, mirror.Both
}

var destinationOptions = regexp.MustCompile(`^(.*?)\s*((?:encapsulation|ingress)(?: .*)?)?$`)

// destination reads "Gi1/0/47 , Gi1/0/48 encapsulation replicate ingress vlan 5".
func (r *reading) destination(text string) {
	m := destinationOptions.FindStringSubmatch(text)
	r.ports(m[1], func(p mirror.PortName) {
		r.spec.Destinations = append(r.spec.Destinations, p)
		r.dests = append(r.dests, destination{port: p, options: m[2]})
	})
}

// child is a line of an open block.
func (p *configParser) child(text, line string) {
	if p.open.svi > 0 {
		if address, ok := strings.CutPrefix(text, "ip address "); ok {
			p.config.svis[p.open.svi-1].address, _, _ = strings.Cut(address, " ")
		}
		return
	}
	if p.open.iface >= 0 {
		i := &p.config.interfaces[p.open.iface]
		i.lines = append(i.lines, strings.TrimRight(line, " "))
		i.line(text)
		return
	}
	r := &p.config.sessions[p.open.session]
	r.text += "\n" + strings.TrimRight(line, " ")
	first, rest, _ := strings.Cut(text, " ")
	switch {
	case text == "shutdown":
		r.admin = mirror.False
	case text == "no shutdown":
		r.admin = mirror.True
	case first == "description", text == "destination", text == "source", text == "exit":
	case strings.HasPrefix(text, "destination interface "):
		r.destination(strings.TrimPrefix(text, "destination interface "))
	case first == "header-type" && (rest == "2" || rest == "3"):
		r.number(rest, func(e *mirror.ERSPAN, n int) { e.Type = n })
	case r.tunnel(text):
	default:
		r.common(text)
	}
}

// tunnel reads a line of the inner sub-mode; false when it is none.
func (r *reading) tunnel(text string) bool {
	value := func(prefix string) (string, bool) {
		v, ok := strings.CutPrefix(text, prefix+" ")
		return strings.TrimSuffix(v, " force"), ok
	}
	for _, line := range []struct {
		prefix string
		take   func(string)
	}{
		{"erspan-id", func(v string) { r.number(v, func(e *mirror.ERSPAN, n int) { e.ID = n }) }},
		{"ip address", r.collector},
		{"ipv6 address", r.collector},
		{"origin ip address", r.origin},
		{"origin ipv6 address", r.origin},
		{"ip ttl", func(v string) { r.number(v, func(e *mirror.ERSPAN, n int) { e.TTL = n }) }},
		{"ip dscp", func(v string) { r.number(v, func(e *mirror.ERSPAN, n int) { e.DSCP = n }) }},
		{"mtu", func(v string) { r.number(v, func(e *mirror.ERSPAN, n int) { e.MTU = n }) }},
		{"vrf", func(v string) { r.erspan().VRF = v }},
	} {
		if v, ok := value(line.prefix); ok {
			line.take(v)
			return true
		}
	}
	return false
}

// finishConfig decides what only the whole session tells.
func (r *reading) finishConfig() {
	for _, d := range r.dests {
		if d.options != r.dests[0].options {
			r.doubt("destinations with different options")
		}
	}
	o := &r.spec.Options
	switch r.spec.Role {
	case mirror.RoleLocal, mirror.RoleRSPANDestination:
		if len(r.dests) > 0 {
			r.options(r.dests[0].options)
		}
		if o.ERSPAN != nil || o.Collector != "" {
			r.doubt("tunnel of ERSPAN in another type of session")
		}
	default:
		if len(r.dests) > 0 && r.dests[0].options != "" {
			r.doubt("destination options %s", quote(r.dests[0].options))
		}
	}
	if r.spec.Role == mirror.RoleRSPANSource && len(r.dests) > 0 || r.spec.Role == mirror.RoleERSPANSource && len(r.dests) > 0 {
		r.doubt("a destination port in a source session")
	}
	if r.spec.Role == mirror.RoleRSPANDestination && len(r.spec.Sources) > 0 {
		r.doubt("sources beside a remote VLAN")
	}
}

// options reads what stands behind a destination port.
func (r *reading) options(text string) {
	o := &r.spec.Options
	o.Tags, o.Ingress = mirror.TagsStrip, mirror.IngressDisabled
	words := strings.Fields(text)
	if len(words) >= 2 && words[0] == "encapsulation" {
		switch words[1] {
		case "replicate":
			o.Tags = mirror.TagsPreserve
		default:
			r.doubt("encapsulation %s", quote(words[1]))
		}
		words = words[2:]
	}
	switch {
	case len(words) == 0:
	case words[0] == "ingress":
		o.Ingress = mirror.IngressEnabled
	default:
		r.doubt("destination options %s", quote(text))
	}
}

// startInterface opens an interface's block; types that can be no port are not
// of interest.
func (p *configParser) startInterface(text string) {
	p.open, p.indented = nil, false
	if m := sviName.FindStringSubmatch(text); m != nil {
		if v, err := decimal(m[1]); err == nil {
			p.config.svis = append(p.config.svis, svi{vlan: v})
			p.open = &block{session: -1, iface: -1, svi: len(p.config.svis)}
		}
		return
	}
	n, ok := readName(text)
	if !ok {
		return
	}
	p.open = &block{session: -1, iface: len(p.config.interfaces)}
	p.config.interfaces = append(p.config.interfaces, iface{name: n})
}

func (i *iface) line(text string) {
	words := strings.Fields(text)
	switch {
	case text == "switchport mode trunk":
		i.trunk = true
	case text == "no switchport":
		i.routed = true
	case text == "shutdown":
		i.shutdown = true
	case strings.HasPrefix(text, "switchport trunk allowed vlan add "):
		i.allowed += "," + strings.TrimPrefix(text, "switchport trunk allowed vlan add ") // a long list goes on
	case strings.HasPrefix(text, "switchport trunk allowed vlan "):
		i.allowed = strings.TrimPrefix(text, "switchport trunk allowed vlan ")
	case strings.HasPrefix(text, "switchport trunk native vlan ") && len(words) == 5:
		if v, err := decimal(words[4]); err == nil {
			i.native = v
		}
	case strings.HasPrefix(text, "switchport access vlan ") && len(words) == 4:
		if v, err := decimal(words[3]); err == nil {
			i.access = v
		}
	case strings.HasPrefix(text, "ip address ") && len(words) >= 3:
		i.address = words[2]
	case strings.HasPrefix(text, "ipv6 address ") && i.address == "":
		i.address = words[2]
	case strings.HasPrefix(text, "channel-group ") && len(words) >= 2:
		if v, err := decimal(words[1]); err == nil {
			i.group = v
		}
	}
}
