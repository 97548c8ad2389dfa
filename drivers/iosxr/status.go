package iosxr

import (
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A status is what "show monitor-session status" tells of a session.
type status struct {
	id    string
	words []string // of the session
	rows  []row
}

// A row is a source, with its status in the device's words.
type row struct {
	port  mirror.PortName
	words string
}

var (
	statusHead  = regexp.MustCompile(`^Monitor-session (\S+)(?: \(.*\))?$`)
	statusRule  = regexp.MustCompile(`^[-=][-= ]*$`)
	statusTitle = regexp.MustCompile(`^Source Interface\s+Dir\s+Status$`)
	statusRow   = regexp.MustCompile(`^(\S+)(?: \(port\))?\s+(?:Rx|Tx|Both)\s+(\S.*)$`)
	noSessions  = regexp.MustCompile(`(?i)^(?:% ?)?no monitor[ -]sessions?\b`)
)

// parseStatus reads "show monitor-session status" (cisco-iosxr.md 2.1). mirror.ErrParse
// for what is not understood. A device without sessions says nothing, or so.
func parseStatus(reply string) ([]status, error) {
	var out []status
	below := false // the rule above the sources
	for _, raw := range said(reply) {
		line := strings.TrimSpace(raw)
		m, r := statusHead.FindStringSubmatch(line), statusRow.FindStringSubmatch(line)
		switch {
		case m != nil:
			out, below = append(out, status{id: m[1]}), false
		case len(out) == 0 && noSessions.MatchString(line):
		case len(out) == 0 || line[0] == '%':
			return nil, text.ParseError(showStatus, line)
		case statusRule.MatchString(line), statusTitle.MatchString(line):
			below = true
		case !below:
			out[len(out)-1].words = append(out[len(out)-1].words, line)
		case r == nil && raw[0] == ' ' && len(out[len(out)-1].rows) > 0: // goes on, behind a long name or in a long status
			rows := out[len(out)-1].rows
			rows[len(rows)-1].words += " " + line
		default:
			out[len(out)-1].rows = append(out[len(out)-1].rows, row{words: line})
		}
	}
	for _, s := range out {
		for i, whole := range s.rows {
			r := statusRow.FindStringSubmatch(whole.words)
			if r == nil {
				return nil, text.ParseError(showStatus, whole.words)
			}
			s.rows[i] = row{portNamed(r[1]), r[2]}
		}
	}
	return out, nil
}

// waiting are reasons of the device for not copying that end by themselves, or with what
// is wired to it: a link or a tunnel that is down (cisco-iosxr.md 2.2). A destination that
// is not known is one whose interface is not there yet.
var waiting = regexp.MustCompile(`(?i)\b(?:destination (?:interface )?not (?:known|active)|source interface .*|(?:admin-)?down|not ready|pending)\b`)

// broken are reasons in the configuration of the session itself.
var broken = regexp.MustCompile(`(?i)not configured globally|same as destination|is a destination|^error`)

// endless are the words of a session whose destination is down, or is not there
// (cisco-iosxr.md 2.2): whatever stands at its sources, no copies arrive.
var endless = regexp.MustCompile(`(?i)^(?:[rt]x )?destination (?:interface|pseudowire)\b.*(?:\(.+\)| is not configured)$`)

// verdict is the state of a session in the hardware. "Operational" alone is up; "Not
// operational (...)" is down with its reason; "Error" is a failure of the platform.
func (s status) verdict(want []mirror.NativeSource) console.Verdict {
	var bad, waits, unclear []string
	for _, src := range want {
		if !slices.ContainsFunc(s.rows, func(r row) bool { return r.port == src.Port }) {
			unclear = append(unclear, string(src.Port)+" is not listed")
		}
	}
	for _, words := range s.words {
		if endless.MatchString(words) {
			waits = append(waits, words)
		}
	}
	ends := len(waits)
	for _, r := range s.rows {
		words := string(r.port) + ": " + r.words
		switch {
		case r.words == "Operational":
		case broken.MatchString(r.words):
			bad = append(bad, words)
		case !strings.HasPrefix(r.words, "Not operational"):
			unclear = append(unclear, words)
		case waiting.MatchString(r.words):
			waits = append(waits, words)
		default:
			bad = append(bad, words)
		}
	}
	all := strings.Join(slices.Concat(s.words, bad, waits[ends:], unclear), "; ")
	v := console.Verdict{Programmed: mirror.True, Reason: text.Quote(all), By: showStatus}
	switch {
	case len(bad) > 0 || slices.ContainsFunc(s.words, broken.MatchString):
		v.Programmed = mirror.False
	case len(waits) > 0:
		v.Programmed, v.Waits = mirror.Unknown, text.Quote(strings.Join(waits, "; "))
	case len(unclear) > 0 || len(s.rows) == 0:
		v.Programmed = mirror.Unknown
	}
	return v
}

// judge reads the state of a session. What is not understood leaves it unknown, and the
// configuration says what there is.
func judge(_ mirror.Facts, n mirror.NativeSession, _ string, r console.Replies) console.Verdict {
	reply, asked := r[showStatus]
	if !asked {
		return console.Verdict{Ask: showStatus}
	}
	if words, refused := showRefusal(reply); refused && !noSessions.MatchString(words) {
		return console.Verdict{Programmed: mirror.Unknown, Reason: "the device does not tell: " + words, By: showStatus}
	}
	all, err := parseStatus(reply)
	if err != nil {
		return console.Verdict{Programmed: mirror.Unknown, Reason: err.Error()}
	}
	if i := slices.IndexFunc(all, func(s status) bool { return s.id == n.ID }); i >= 0 {
		return all[i].verdict(n.Spec.Sources)
	}
	return console.Verdict{Programmed: mirror.Unknown, Reason: text.Quote(showStatus) + " does not tell of it", By: showStatus}
}
