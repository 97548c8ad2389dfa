package nxos

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A reading is a session on its way from configuration lines to neutral words.
type reading struct {
	text.Reading
	id          int
	kind        string // behind "type", "" = local
	vrf         string
	description string
	open        bool // "no shut"
	indented    bool // its lines are, as a device shows them
	lines       []string
}

// roles are the types of sessions that can be expressed.
var roles = map[string]mirror.Role{"": mirror.RoleLocal, "local": mirror.RoleLocal,
	"erspan-source": mirror.RoleERSPANSource, "erspan-destination": mirror.RoleERSPANDestination}

const (
	defaultVRF = "default"
	// noVRF stands where a tunnel has no VRF at all: the device needs one, if only
	// "default", which is not said.
	noVRF = "-"
	// wholeFrames is the truncation of a session that truncates nothing.
	wholeFrames = 10240
)

var (
	// typed is a prompt in front of a line, of a recorded dialogue.
	typed       = regexp.MustCompile(`^\S+\(config[^)]*\)# ?`)
	sessionHead = regexp.MustCompile(`^monitor session (\d{1,4})(?: (.+))?$`)
	originLine  = regexp.MustCompile(`^monitor erspan origin ip(v6)?-address (\S+)(?: .+)?$`)
	configWord  = regexp.MustCompile(`^(?:no )?[a-z][a-z0-9-]*(?: |$)`)
	markName    = regexp.MustCompile(`^` + mirror.MarkPrefix + `[a-z2-7]{10}$`)
)

// parseConfig reads the sessions and the origin of ERSPAN of "show running-config
// monitor", with "all" or without, or of a whole configuration. What is not understood
// of a session makes it opaque. Where the indentation was lost, what stands behind the
// line of a session is its own. mirror.ErrParse for a refusal, and for a text that is no
// configuration: nothing but one without lines says that there is no session.
func parseConfig(f mirror.Facts, reply string) (natives []mirror.NativeSession, origin string, err error) {
	all := map[int]*reading{}
	var now *reading
	margin := false // a line at the margin was seen
	for _, line := range said(reply) {
		line = typed.ReplaceAllString(line, "")
		inner := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
		line = strings.Join(strings.Fields(line), " ")
		bare, negated := strings.CutPrefix(line, "no ")
		m := sessionHead.FindStringSubmatch(bare)
		lost := now != nil && !now.indented && configWord.MatchString(line) && !strings.HasPrefix(bare, "monitor ")
		switch {
		case line == "", negated && m != nil && m[2] == "": // there is none
		case inner && now != nil, lost:
			now.indented = now.indented || inner
			now.lines = append(now.lines, "  "+line)
			now.line(f, line)
		case inner && margin: // of something else
		case inner, !configWord.MatchString(line):
			return nil, "", text.ParseError(showSessions, line)
		default:
			margin, now = true, nil
			if o := originLine.FindStringSubmatch(line); o != nil && (o[1] == "" || origin == "") {
				origin = o[2]
			}
			if m == nil && !strings.HasPrefix(line, "monitor session") {
				continue
			}
			id := 0
			if m != nil {
				id, err = text.Decimal(m[1])
			}
			if m == nil || err != nil {
				return nil, "", text.ParseError(showSessions, line)
			}
			if all[id] == nil {
				all[id] = &reading{Reading: text.Reading{Ports: grammar}, id: id}
			}
			all[id].head(line, m[2], negated)
			now = all[id]
		}
	}
	for _, r := range all {
		natives = append(natives, r.native(origin))
	}
	slices.SortFunc(natives, func(a, b mirror.NativeSession) int {
		return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(a.ID, b.ID))
	})
	return natives, origin, nil
}

// head takes a line that names the session. Behind the number may stand its type, and
// "shut", which is a line of it.
func (r *reading) head(line, rest string, negated bool) {
	r.lines = append(r.lines, line)
	words := strings.Fields(rest)
	if len(words) > 1 && words[0] == "type" {
		r.kind, words = words[1], words[2:]
	}
	switch {
	case slices.Equal(words, []string{"shut"}):
		r.open = negated
	case len(words) > 0:
		r.Doubt("%s", text.Quote(line))
	}
}

// line takes a line of the session.
func (r *reading) line(f mirror.Facts, line string) {
	o := &r.Spec.Options
	for _, of := range []struct {
		prefix string
		take   func(string)
	}{
		{"description", func(v string) { r.description = v }},
		{"source interface ", func(v string) { r.SourcePorts(direction(v, mirror.Both)) }},
		{"source vlan ", func(v string) { r.SourceVLANs(direction(v, usualOfVLANs(f))) }},
		{"source ip ", r.Collector},
		{"destination ip ", r.Collector},
		{"destination interface ", func(v string) {
			r.EachPort(v, func(p mirror.PortName) { r.Spec.Destinations = append(r.Spec.Destinations, p) })
		}},
		{"filter vlan ", r.FilterVLANs},
		{"filter access-group ", func(v string) { r.Filter("", v) }},
		{"erspan-id ", func(v string) { r.Number(v, func(e *mirror.ERSPAN, n int) { e.ID = n }) }},
		{"ip ttl ", func(v string) { r.Number(v, func(e *mirror.ERSPAN, n int) { e.TTL = n }) }},
		{"ip dscp ", func(v string) { r.Number(v, func(e *mirror.ERSPAN, n int) { e.DSCP = n }) }},
		{"header-type ", func(v string) { r.Number(v, func(e *mirror.ERSPAN, n int) { e.Type = n }) }},
		{"vrf ", func(v string) { r.vrf = v }},
		{"mtu ", func(v string) { r.number(v, &o.Truncate) }},
		{"sampling ", func(v string) { r.number(v, &o.Sample) }},
		{"shut", func(string) { r.open = false }},
		{"no shut", func(string) { r.open = true }},
		{"no ", func(string) {}}, // what is not there, as "all" shows it
	} {
		if v, ok := strings.CutPrefix(line, of.prefix); ok {
			of.take(strings.TrimSpace(v))
			return
		}
	}
	r.Doubt("%s", text.Quote(line)) // modes, rate limits, marker packets, what is new
}

func (r *reading) number(v string, to *int) {
	n, err := text.Decimal(v)
	if err != nil {
		r.Doubt("number %s", text.Quote(v))
		return
	}
	*to = n
}

// direction splits off a trailing rx, tx or both.
func direction(line string, usual mirror.Direction) (string, mirror.Direction) {
	for _, d := range []mirror.Direction{mirror.RX, mirror.TX, mirror.Both} {
		if what, ok := strings.CutSuffix(line, " "+string(d)); ok {
			return what, d
		}
	}
	return line, usual
}

// usualOfVLANs is the direction of a VLAN whose line has none: what arrives, where nothing
// else can be copied, and on families that have no word for it (cisco-nxos.md 1.2).
func usualOfVLANs(f mirror.Facts) mirror.Direction {
	if vlanSources(f, mirror.Support{})[mirror.Both].OK() {
		return mirror.Both
	}
	return mirror.RX
}

// native is the session for an observation.
func (r *reading) native(origin string) mirror.NativeSession {
	role, known := roles[r.kind]
	if !known {
		r.Doubt("type %s", text.Quote(r.kind))
	}
	o := &r.Spec.Options
	r.Spec.Role, r.Spec.Shut = role, !r.open
	if o.Truncate == wholeFrames {
		o.Truncate = 0
	}
	switch role {
	case mirror.RoleLocal:
		if o.ERSPAN != nil || o.Collector != "" || r.vrf != "" {
			r.Doubt("lines of a tunnel in a local session")
		}
		o.Tags, o.Ingress = mirror.TagsPreserve, mirror.IngressDisabled
	case mirror.RoleERSPANSource, mirror.RoleERSPANDestination:
		t := r.ERSPAN()
		if t.VRF = cmp.Or(r.vrf, noVRF); t.VRF == defaultVRF {
			t.VRF = ""
		}
		if t.Type != 0 && t.Type != 2 && t.Type != 3 {
			r.Doubt("header-type %d", t.Type)
		}
		if t.VRF != "" && t.VRF != noVRF && !vrfName.MatchString(t.VRF) {
			r.Doubt("VRF %s", text.Quote(t.VRF))
		}
		if role == mirror.RoleERSPANSource {
			t.Origin = origin
		}
	}
	n := mirror.NativeSession{ID: strconv.Itoa(r.id), Spec: r.Spec.Normalize(), Opaque: strings.Join(r.Doubts, "; "),
		Text: strings.Join(r.lines, "\n"), Programmed: mirror.Unknown}
	if markName.MatchString(r.description) {
		n.Mark = r.description
	}
	return n
}
