package iosxe

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// disabledOpaque says of an ERSPAN session that it is shut down, which nothing
// of ours is for longer than a push takes.
const disabledOpaque = "administratively disabled"

// The types of sessions that are understood, as show monitor prints them.
var typeRoles = map[string]mirror.Role{
	"local session":              mirror.RoleLocal,
	"remote source session":      mirror.RoleRSPANSource,
	"remote destination session": mirror.RoleRSPANDestination,
	"erspan source session":      mirror.RoleERSPANSource,
	"erspan destination session": mirror.RoleERSPANDestination,
}

// A field is one "name : value" of a session, with the head above it where the
// name repeats ("source ports" above "both").
type field struct {
	head, name, value string
	more              []string // lines of a list below the first
}

// A shown session is a block of show monitor session, not yet interpreted.
type shown struct {
	id     int
	fields []field
	lines  []string
	text   string // the lines
}

var (
	sessionHead = regexp.MustCompile(`^\s*Session (\d+)\s*:?\s*$`)
	dashes      = regexp.MustCompile(`^\s*-+\s*$`)
	fieldLine   = regexp.MustCompile(`^\s*([A-Za-z][A-Za-z0-9 /_-]*?)\s*:\s*(.*)$`)
	nothing     = regexp.MustCompile(`(?i)^\s*No SPAN configuration is present in the system\.?\s*$`)
)

// repeated are the names whose meaning hangs on the head above them.
var repeated = []string{"rx only", "tx only", "both"}

// lists are the fields that a long list may carry over several lines.
var lists = append([]string{"destination ports", "filter vlans"}, repeated...)

// parseMonitor reads show monitor [session all] [detail]. A number may appear
// twice. It is mirror.ErrParse when a line is not understood, when a session
// has no type (a cut output) or what it can have once twice (the head of the
// next one is missing), and when there is text without any session that does not
// say that there is none. No session is an empty slice, never nil.
func parseMonitor(text string) ([]shown, error) {
	out := []shown{}
	head, none := "", false
	for _, line := range textLines(text) {
		if m := sessionHead.FindStringSubmatch(line); m != nil {
			id, err := strconv.Atoi(m[1])
			if err != nil {
				return nil, parseError("show monitor", line)
			}
			out, head = append(out, shown{id: id}), ""
			continue
		}
		switch {
		case dashes.MatchString(line):
		case nothing.MatchString(line):
			none = true
		case len(out) == 0:
			if !echoed(line) {
				return nil, parseError("show monitor", line)
			}
		default:
			if err := out[len(out)-1].add(line, &head); err != nil {
				return nil, err
			}
		}
	}
	if len(out) > 0 && none {
		return nil, fmt.Errorf("show monitor: sessions, and the words that there are none: %w", mirror.ErrParse)
	}
	for i := range out {
		if err := out[i].finish(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// add reads one line of a session's block.
func (s *shown) add(line string, head *string) error {
	m := fieldLine.FindStringSubmatch(line)
	if m == nil {
		return s.carryOn(line)
	}
	s.lines = append(s.lines, line)
	f := field{name: strings.ToLower(strings.Join(strings.Fields(m[1]), " ")), value: strings.TrimSpace(m[2])}
	if slices.Contains(repeated, f.name) {
		f.head = *head
	} else {
		*head = f.name
	}
	s.fields = append(s.fields, f)
	return nil
}

// carryOn takes a line without a name: it belongs to the list above it. In a
// session of an unknown type any line may stand.
func (s *shown) carryOn(line string) error {
	if n := len(s.fields); n > 0 && slices.Contains(lists, s.fields[n-1].name) && s.fields[n-1].takes(line) {
		s.lines = append(s.lines, line)
		return nil
	}
	if echoed(line) {
		return nil
	}
	if typ := s.value("type"); typ != "" && typeRoles[strings.ToLower(typ)] == "" {
		s.lines = append(s.lines, line)
		return nil
	}
	return parseError(fmt.Sprintf("show monitor: session %d", s.id), line)
}

// finish closes the block: lists of several lines become one value.
func (s *shown) finish() error {
	s.text = strings.Join(s.lines, "\n")
	seen := map[[2]string]bool{}
	for i := range s.fields {
		f := &s.fields[i]
		f.join()
		if key := [2]string{f.head, f.name}; f.name == "type" || f.head != "" {
			if seen[key] {
				return fmt.Errorf("show monitor: session %d has %q twice: %w", s.id, f.name, mirror.ErrParse)
			}
			seen[key] = true
		}
	}
	if s.value("type") == "" {
		return fmt.Errorf("show monitor: session %d has no type: %w", s.id, mirror.ErrParse)
	}
	return nil
}

// takes adds a further line to a list, which may have been broken inside a
// range; false when it is none.
func (f *field) takes(line string) bool {
	line = strings.TrimSpace(line)
	last := f.value
	if n := len(f.more); n > 0 {
		last = f.more[n-1]
	}
	whole := line
	if strings.HasSuffix(last, "-") {
		at := strings.LastIndexByte(last, ',') + 1
		whole = last[at:] + line
	}
	if !isList(strings.TrimSuffix(whole, "-")) {
		return false
	}
	f.more = append(f.more, line)
	return true
}

// join puts the lines of a list together.
func (f *field) join() {
	if len(f.more) == 0 {
		return
	}
	var b strings.Builder
	b.WriteString(f.value)
	broken := strings.HasSuffix(f.value, "-")
	for _, line := range f.more {
		if !broken {
			b.WriteByte(' ')
		}
		b.WriteString(line)
		broken = strings.HasSuffix(line, "-")
	}
	f.value, f.more = strings.TrimSpace(b.String()), nil
}

// isList reports whether a line is part of a list of ports or VLANs.
func isList(line string) bool {
	line = strings.Trim(line, " \t,")
	if _, err := list(line, true); err == nil {
		return true
	}
	return vlanRanges(line, func(_, _ int) {}) == nil
}

// value is that of the first field of a name, "" for none. What says that a
// field is empty counts as none.
func (s shown) value(name string) string {
	for _, f := range s.fields {
		if f.name == name && !empty(f.value) {
			return f.value
		}
	}
	return ""
}

func empty(v string) bool { return v == "" || v == "-" || strings.EqualFold(v, "none") }

// A reading is a session in neutral words, on its way to a NativeSession.
type reading struct {
	id     int
	spec   mirror.NativeSpec
	opaque []string     // why it cannot be expressed
	admin  mirror.State // False when administratively disabled, "" when not told
	unread bool         // something of what is copied, and to where, was not understood
	text   string
	lines  []string // of the configuration, the text to be
	dests  []destination
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
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.opaque, text) {
		r.opaque = append(r.opaque, text)
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
	n.Opaque = strings.Join(r.opaque, "; ")
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
		r.doubt("status : %s", quote(status))
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
			r.miss("%s : %s", f.name, quote(f.value))
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
			r.doubt("encapsulation %s", quote(f.value))
		}
	case "ingress":
		switch {
		case strings.HasPrefix(low, "disabled"):
			r.spec.Options.Ingress = mirror.IngressDisabled
		case strings.HasPrefix(low, "enabled"):
			r.spec.Options.Ingress = mirror.IngressEnabled
		default:
			r.doubt("ingress %s", quote(f.value))
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
		r.miss("%s: %s : %s", f.head, f.name, quote(f.value))
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

func (r *reading) ports(text string, add func(mirror.PortName)) {
	names, err := list(text, true)
	if err != nil {
		r.miss("ports %s", quote(text))
		return
	}
	if r.few() {
		for _, p := range fullNames(names) {
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

func (r *reading) vlans(text string, add func(int)) {
	list, err := vlanList(strings.Trim(text, ", "))
	if err != nil {
		r.miss("VLANs %s", quote(text))
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

func (r *reading) filterVLANs(text string) {
	before := len(r.spec.Options.FilterVLANs)
	r.vlans(text, func(v int) { r.spec.Options.FilterVLANs = append(r.spec.Options.FilterVLANs, v) })
	if len(r.spec.Options.FilterVLANs)-before == allVLANs {
		r.spec.Options.FilterVLANs = r.spec.Options.FilterVLANs[:before]
	}
}

var accessList = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:-]*$`)

func (r *reading) filter(family, acl string) {
	switch o := &r.spec.Options; {
	case !accessList.MatchString(acl):
		r.doubt("access list %s", quote(acl))
	case o.Filter != "":
		r.doubt("several access lists (%s and %s%s)", o.Filter, family, acl)
	default:
		o.Filter = family + acl
	}
}

func (r *reading) remoteVLAN(text string) {
	v, err := decimal(text)
	if err != nil || v < 1 || v > 4094 || r.spec.RemoteVLAN != 0 && r.spec.RemoteVLAN != v {
		r.miss("remote VLAN %s", quote(text))
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

func (r *reading) number(text string, set func(*mirror.ERSPAN, int)) {
	n, err := decimal(text)
	if err != nil {
		r.doubt("number %s", quote(text))
		return
	}
	set(r.erspan(), n)
}

// collector takes the address where the tunnel ends. A session has one of each
// family; the neutral words have room for one.
func (r *reading) collector(text string) { r.address(text, &r.spec.Options.Collector) }

func (r *reading) origin(text string) { r.address(text, &r.erspan().Origin) }

func (r *reading) address(text string, to *string) {
	a, err := netip.ParseAddr(text)
	if err != nil {
		r.doubt("address %s", quote(text))
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
