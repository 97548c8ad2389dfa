package junos

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A shown is what the device tells of an analyzer in operation, by its own labels.
type shown struct {
	name   string
	fields map[string][]string // "State", "Output interface"; lists of ports and VLANs have several
}

var (
	shownField = regexp.MustCompile(`^\s*([A-Z][A-Za-z ,/-]*?)\s*: ?(.*)$`)
	shownMore  = regexp.MustCompile(`^\s+(?:: )?(\S+(?:,? +\S+)*)$`)
	shownHeads = map[string]string{"analyzer name": "", "instance name": instances + " "} // and how ids begin
)

// parseShown reads "show forwarding-options analyzer", "show analyzer" of legacy switches,
// and "show forwarding-options port-mirroring". How several ports are laid out was never
// seen (juniper-junos.md 2.1): lines that go on, labels that are repeated, and commas are
// all read. No output: there is none. mirror.ErrParse for anything else.
func parseShown(reply string) ([]shown, error) {
	var out []shown
	label := ""
	for _, line := range said(reply) {
		m, more := shownField.FindStringSubmatch(line), shownMore.FindStringSubmatch(line)
		prefix, head := "", false
		if m != nil {
			prefix, head = shownHeads[strings.ToLower(m[1])]
		}
		switch {
		case head:
			out, label = append(out, shown{name: prefix + m[2], fields: map[string][]string{}}), m[1]
		case len(out) == 0 || m == nil && more == nil:
			return nil, text.ParseError(showState, line)
		case m != nil:
			label = m[1]
			out[len(out)-1].take(label, m[2])
		default:
			out[len(out)-1].take(label, more[1])
		}
	}
	return out, nil
}

func (s shown) take(label, value string) {
	for _, v := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' }) {
		s.fields[label] = append(s.fields[label], v)
	}
}

// stateOf is the command that tells the state of a session.
func stateOf(n mirror.NativeSession) string {
	if strings.HasPrefix(n.ID, instances) {
		return showInstances
	}
	return showState
}

// judge reads the state of an analyzer. One that sends to an address is down while the
// route there does not resolve (juniper-junos.md 1.1): it waits. An analyzer of a legacy
// switch has no line of its state.
func judge(f mirror.Facts, n mirror.NativeSession, _ string, r console.Replies) console.Verdict {
	command := stateOf(n)
	reply, asked := r[command]
	switch {
	case !asked:
		return console.Verdict{Ask: command}
	case absent(reply):
		return console.Verdict{}
	}
	all, err := parseShown(reply)
	if err != nil {
		return console.Verdict{Programmed: mirror.Unknown, Reason: err.Error()}
	}
	for _, s := range all {
		if s.name != n.ID {
			continue
		}
		return s.verdict(n)
	}
	if n.Spec.Shut {
		return console.Verdict{Programmed: mirror.False, Reason: "deactivated"}
	}
	return console.Verdict{Programmed: mirror.Unknown, Reason: "\"" + spell(f, command) + "\" does not tell of it"}
}

func (s shown) verdict(n mirror.NativeSession) console.Verdict {
	states := s.fields["State"]
	for _, word := range s.fields["Output parameters"] { // of an instance, a table
		if word == "up" || word == "down" {
			states = append(states, word)
		}
	}
	words := "State: " + text.Quote(strings.Join(states, ", "))
	down := strings.Contains(strings.ToLower(words), "down")
	switch {
	case len(states) == 0:
		return console.Verdict{Programmed: mirror.Unknown, Reason: "its state is not told"}
	case down && n.Spec.Options.Collector != "":
		return console.Verdict{Programmed: mirror.Unknown, Reason: words, Waits: words + ", while the route to " + n.Spec.Options.Collector + " does not resolve"}
	case down:
		return console.Verdict{Programmed: mirror.False, Reason: words}
	case strings.EqualFold(states[0], "up"):
		return console.Verdict{Programmed: mirror.True, Reason: words}
	}
	return console.Verdict{Programmed: mirror.Unknown, Reason: words}
}
