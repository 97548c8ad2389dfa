package eos

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// cpu is the destination of copies that go to the switch's own processor, as the
// device shows it (arista-eos.md 1.1).
const cpu mirror.PortName = "Cpu"

// Bounds of what one session is read to have, and of what is told of it.
const (
	mostParts  = 16 << 10
	mostDoubts = 20
)

// A reading is a session on its way from configuration lines to neutral words.
type reading struct {
	spec   mirror.NativeSpec
	tunnel bool
	doubts []string // what of it cannot be expressed: the session is opaque then
	lines  []string
}

func (r *reading) doubt(format string, args ...any) {
	if words := fmt.Sprintf(format, args...); len(r.doubts) < mostDoubts && !slices.Contains(r.doubts, words) {
		r.doubts = append(r.doubts, words)
	}
}

var (
	// sessionLine is a line of a session; "show ... | include" and recorded
	// dialogues may leave a prompt before it.
	sessionLine = regexp.MustCompile(`^(?:\S+\(config[^)]*\)# ?)?monitor session(?: (.*))?$`)
	// markName is the name of a session that netmirror made.
	markName = regexp.MustCompile(`^` + mirror.MarkPrefix + `[a-z2-7]{10}$`)
	listName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,127}$`)
)

// configWord begins a line of a configuration.
var configWord = regexp.MustCompile(`^(?:no )?[a-z][a-z0-9-]*(?: |$)`)

// parseSessions reads the lines "monitor session ..." of a running configuration,
// of a section or whole; other lines are of other sections. A session holds what
// is not understood as a doubt, which makes it opaque. mirror.ErrParse for a
// refusal, for a line of no session's name, and for a text that is no
// configuration: nothing but a text without lines says that there is no session.
func parseSessions(reply string) ([]mirror.NativeSession, error) {
	found := map[string]*reading{}
	config, first := false, ""
	for _, line := range withoutBanners(reply) {
		inner, comment := line[0] == ' ', line[0] == '!'
		line = strings.Join(strings.Fields(line), " ")
		about := strings.Contains(line, "monitor session")
		if first == "" && !comment {
			first = line
		}
		config = config || about || line == "end" || strings.HasPrefix(line, "interface ")
		m := sessionLine.FindStringSubmatch(line)
		switch {
		case line[0] == '%', m == nil && about && !inner && !comment && !configWord.MatchString(line):
			return nil, text.ParseError(showSessions, line)
		case m == nil || inner || comment:
			continue
		}
		words := strings.Fields(m[1])
		if len(words) == 0 {
			return nil, text.ParseError(showSessions, line)
		}
		id, tail := words[0], words[1:]
		if id == "default" && len(tail) > 0 && tail[0] == "encapsulation" {
			continue // of the whole switch, no session (arista-eos.md 1.1)
		}
		r := found[id]
		if r == nil {
			r = &reading{}
			found[id] = r
		}
		r.lines = append(r.lines, "monitor session "+strings.Join(words, " "))
		r.line(tail)
	}
	if !config && first != "" {
		return nil, text.ParseError(showSessions, first)
	}
	var out []mirror.NativeSession
	for id, r := range found {
		out = append(out, r.native(id))
	}
	slices.SortFunc(out, func(a, b mirror.NativeSession) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// line takes what stands behind the name of a session.
func (r *reading) line(words []string) {
	o := &r.spec.Options
	switch {
	case len(words) == 0:
		r.doubt("a line of its name alone")
	case words[0] == "source" && len(words) > 1:
		r.source(words[1:])
	case words[0] == "destination" && len(words) > 1 && words[1] == "tunnel":
		r.gre(words[2:])
	case words[0] == "destination" && len(words) > 1:
		r.destination(words[1:])
	case len(words) == 3 && words[1] == "access-group" && slices.Contains([]string{"ip", "ipv6", "mac"}, words[0]):
		name := strings.TrimPrefix(words[0]+":", "ip:") + words[2]
		if o.Filter != "" && o.Filter != name || !listName.MatchString(words[2]) {
			r.doubt("%s", text.Quote(strings.Join(words, " ")))
		}
		o.Filter = name
	case words[0] == "truncate" && len(words) == 3 && words[1] == "size":
		r.number(words, &o.Truncate)
	case words[0] == "sample" && len(words) == 2:
		r.number(words, &o.Sample)
	default: // truncate to the platform's own size, rate-limit, header, encapsulation, what is new
		r.doubt("%s", text.Quote(strings.Join(words, " ")))
	}
}

func (r *reading) number(words []string, to *int) {
	v, err := text.Decimal(words[len(words)-1])
	if err != nil || v == 0 || *to != 0 && *to != v {
		r.doubt("%s", text.Quote(strings.Join(words, " ")))
		return
	}
	*to = v
}

// ports reads the list that words begin with; behind it stand the words of an
// option. nil where there is no list, which is doubted.
func (r *reading) ports(what string, words []string) (list []mirror.PortName, rest []string) {
	n := 1
	for n < len(words) && goesOn(words[n-1], words[n]) {
		n++
	}
	names, err := grammar.List(strings.Join(words[:n], " "), false)
	switch {
	case err != nil:
		r.doubt("%s %s", what, text.Quote(strings.Join(words, " ")))
	case len(r.spec.Sources)+len(r.spec.Destinations)+len(names) > mostParts:
		r.doubt("more ports than a session has")
	default:
		return text.FullNames(names), words[n:]
	}
	return nil, nil
}

// goesOn reports whether a list of ports goes on with the next word:
// "Ethernet3, Ethernet5", "Ethernet1 - 3", "ethernet 5".
func goesOn(word, next string) bool {
	return strings.ContainsAny(word[len(word)-1:], ",-") || strings.ContainsAny(next[:1], ",-") ||
		!strings.ContainsAny(word, "0123456789") && grammar.Kind(word) >= 0 && next[0] >= '0' && next[0] <= '9'
}

// source: "IFS [rx|tx|both] [{ip|ipv6|mac} access-group ACL [priority N]]". A
// source without a direction is one of both.
func (r *reading) source(words []string) {
	ports, rest := r.ports("source", words)
	direction := mirror.Both
	if len(rest) > 0 && slices.Contains([]string{"rx", "tx", "both"}, rest[0]) {
		direction, rest = mirror.Direction(rest[0]), rest[1:]
	}
	for _, p := range ports {
		r.spec.Sources = append(r.spec.Sources, mirror.NativeSource{Port: p, Direction: direction})
	}
	if len(rest) > 0 {
		r.doubt("source %s", text.Quote(strings.Join(words, " ")))
	}
}

func (r *reading) destination(words []string) {
	if strings.EqualFold(words[0], string(cpu)) && len(words) == 1 {
		r.spec.Destinations = append(r.spec.Destinations, cpu)
		return
	}
	ports, rest := r.ports("destination", words)
	r.spec.Destinations = append(r.spec.Destinations, ports...)
	if len(rest) > 0 {
		r.doubt("destination %s", text.Quote(strings.Join(words, " ")))
	}
}

// gre: "mode gre source A destination B", the addresses in either order.
func (r *reading) gre(words []string) {
	line := text.Quote("tunnel " + strings.Join(words, " "))
	if r.tunnel {
		r.doubt("a second tunnel: %s", line)
		return
	}
	r.tunnel = true
	if len(words) < 6 || words[0] != "mode" || words[1] != "gre" {
		r.doubt("%s", line)
		return
	}
	r.spec.Options.ERSPAN = &mirror.ERSPAN{Encapsulation: mirror.EncapGRE}
	for _, pair := range [][]string{words[2:4], words[4:6]} {
		to := map[string]*string{"source": &r.spec.Options.ERSPAN.Origin, "destination": &r.spec.Options.Collector}[pair[0]]
		address, err := netip.ParseAddr(pair[1])
		if to == nil || *to != "" || err != nil {
			r.doubt("%s", line)
			return
		}
		*to = address.String()
	}
	if len(words) > 6 { // what these mean is not known (arista-eos.md 1.2)
		r.doubt("tunnel options %s", text.Quote(strings.Join(words[6:], " ")))
	}
}

func (r *reading) native(id string) mirror.NativeSession {
	n := mirror.NativeSession{ID: id, Text: strings.Join(r.lines, "\n"), Programmed: mirror.Unknown}
	if markName.MatchString(id) {
		n.Mark = id
	}
	r.spec.Role = mirror.RoleLocal
	if r.tunnel {
		r.spec.Role = mirror.RoleERSPANSource
		if len(r.spec.Destinations) > 0 {
			r.doubt("a tunnel beside ports as destinations")
		}
	} else {
		r.spec.Options.Tags, r.spec.Options.Ingress = mirror.TagsPreserve, mirror.IngressDisabled
	}
	n.Spec, n.Opaque = r.spec.Normalize(), strings.Join(r.doubts, "; ")
	return n
}
