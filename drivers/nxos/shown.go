package nxos

import (
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// shown is a session as "show monitor session" tells it: its state, and what it copies.
// The configuration alone says what a session is; this view differs between families,
// and says nothing of a description.
type shown struct {
	text.Reading
	id    string
	state string // "up", "down (No operational src/dst)", "error"
}

var (
	shownHead  = regexp.MustCompile(`(?i)^session (\d{1,4})$`)
	shownField = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9 /.-]*?)\s*:(?:\s+(.*))?$`)
	// features heads a table of what the modules support, with a legend; both are of no
	// session (cisco-nxos.md 2.1).
	features   = regexp.MustCompile(`^Feature\s`)
	noSessions = regexp.MustCompile(`(?i)\bno (?:monitor )?sessions?\b|\bsessions? (?:\d+ )?(?:is |are )?not (?:configured|found|present)`)
	// flags stand behind a destination, with a legend (general knowledge).
	flags = regexp.MustCompile(`\s*\((?:[fl],? ?){1,2}\)`)
	// unsaid stands where there is nothing.
	unsaid = regexp.MustCompile(`(?i)\bnot specified$`)
)

// shownReader takes the lines of all sessions.
type shownReader struct {
	out    []shown
	inside bool   // a session, and not the table behind it
	head   string // the field that rx, tx and both belong to, whatever their indentation
	name   string // of the last field
	text.Wrapped
}

// parseShown reads "show monitor session", of one or all. A list of ports or VLANs may go
// on in further lines. What is not known is passed over, and noted where it may be of
// what is copied: this view tells of states. mirror.ErrParse for a text without any
// session that does not say that there is none.
func parseShown(reply string) ([]shown, error) { return readShown(reply, "") }

// readShown is parseShown of which only one session is read further than its number; "" =
// all are. Each is asked for on its own.
func readShown(reply, only string) ([]shown, error) {
	r := shownReader{}
	none := false
	for _, line := range said(reply) {
		line = strings.TrimSpace(line)
		m := shownHead.FindStringSubmatch(line)
		switch {
		case m != nil:
			r.field("")
			r.out, r.inside = append(r.out, shown{id: m[1], Reading: text.Reading{Ports: grammar}}), only == "" || m[1] == only
		case features.MatchString(line):
			r.field("")
			r.inside = false
		case r.inside:
			r.line(line)
		case len(r.out) == 0 && noSessions.MatchString(line):
			none = true
		case len(r.out) == 0:
			return nil, text.ParseError(showState, line)
		}
	}
	r.field("")
	if len(r.out) == 0 && !none && len(said(reply)) > 0 {
		return nil, text.ParseError(showState, reply)
	}
	return r.out, nil
}

func (r *shownReader) line(line string) {
	if m := shownField.FindStringSubmatch(line); m != nil {
		r.field(strings.ToLower(m[1]))
		r.Wrapped = text.Wrapped{Value: flags.ReplaceAllString(m[2], "")}
		return
	}
	if r.name != "" && r.Takes(flags.ReplaceAllString(line, ""), grammar) || strings.Contains(line, " = ") { // a legend
		return
	}
	s := &r.out[len(r.out)-1]
	s.Miss("%s", text.Quote(line))
}

// field ends the field before the one that begins. A source of both directions is listed
// three times, under rx, tx and both, which together are both.
func (r *shownReader) field(next string) {
	name := r.name
	if r.name = next; name == "" {
		return
	}
	r.Join()
	s, value := &r.out[len(r.out)-1], strings.TrimSpace(r.Value)
	if unsaid.MatchString(value) {
		value = ""
	}
	switch d := mirror.Direction(name); {
	case slices.Contains([]mirror.Direction{mirror.RX, mirror.TX, mirror.Both}, d):
		switch {
		case value == "":
		case r.head == "source intf":
			s.SourcePorts(value, d)
		case r.head == "source vlans":
			s.SourceVLANs(strings.Join(strings.FieldsFunc(value, func(c rune) bool { return c == ' ' || c == ',' }), ","), d)
		default:
			s.Miss("%s : %s", r.head, text.Quote(value))
		}
		return
	case name == "type":
		s.Spec.Role = roles[strings.ToLower(value)]
	case (name == "source intf" || name == "source vlans") && value != "": // without a direction
		s.Miss("%s : %s", name, text.Quote(value))
	case name == "state":
		s.state = value
	case name == "destination ports" && value != "":
		s.EachPort(value, func(p mirror.PortName) { s.Spec.Destinations = append(s.Spec.Destinations, p) })
	}
	r.head = name
}

// waiting are reasons to be down that pass by themselves; every other one is a fault, of
// the configuration or of the hardware (cisco-nxos.md 2.2).
var waiting = []string{"no operational src/dst", "no route to destination ip address", "arp not resolved", "egress interface not resolved"}

// verdict is the state of a session in the hardware. One that is up, and does not list
// what is configured, is not known to copy it.
func (s shown) verdict(n mirror.NativeSpec) console.Verdict {
	state := strings.ToLower(s.state)
	v := console.Verdict{Programmed: mirror.Unknown, Reason: "state : " + text.Quote(s.state)}
	switch {
	case state == "up":
		v.Programmed = mirror.True
		if missing := s.missing(n); missing != "" {
			v.Programmed, v.Reason = mirror.Unknown, v.Reason+", without "+text.Quote(missing)
		}
	case text.Says(state, waiting):
		v.Waits = text.Quote(s.state)
	case strings.HasPrefix(state, "down"), strings.HasPrefix(state, "error"):
		v.Programmed = mirror.False
	}
	return v
}

// missing are the ports of a configuration that the view does not list, where it was
// understood; some families list VLANs in directions of their own.
func (s shown) missing(n mirror.NativeSpec) string {
	if s.Unread || s.Spec.Role != n.Role {
		return ""
	}
	view := s.Spec.Normalize()
	lacks := mirror.NativeSpec{Destinations: text.Beyond(n.Destinations, view.Destinations)}
	for _, src := range n.Sources {
		at := slices.IndexFunc(view.Sources, func(o mirror.NativeSource) bool { return o.Port == src.Port && o.VLAN == src.VLAN })
		if at < 0 || src.VLAN == 0 && src.Direction.Union(view.Sources[at].Direction) != view.Sources[at].Direction {
			lacks.Sources = append(lacks.Sources, src)
		}
	}
	words := text.SourceText(lacks.Sources)
	for _, d := range lacks.Destinations {
		words += " " + string(d)
	}
	return strings.TrimSpace(words)
}
