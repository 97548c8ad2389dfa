package eos

import (
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// shown is what "show monitor session" tells of the state of a session. It tells
// nothing of access lists, truncation and sampling, so the configuration alone says
// what a session is.
type shown struct {
	id      string
	targets []target
}

// A target is a destination with its state, in the device's words.
type target struct{ name, state string }

// parseShown reads "show monitor session", as JSON or as text. mirror.ErrParse
// when it is neither.
func parseShown(reply string) ([]shown, error) {
	if lines := unwarned(reply); len(lines) > 0 && strings.HasPrefix(lines[0], "{") {
		return parseShownJSON(reply)
	}
	return parseShownText(reply)
}

// parseShownJSON: arista-eos.md 2.3. Fields that are not known say nothing of the
// state.
func parseShownJSON(reply string) ([]shown, error) {
	var told struct {
		Sessions map[string]struct {
			TargetInterfaces []struct{ Name, OperState string }
		}
	}
	if err := object(showState, reply, &told, func() bool { return told.Sessions != nil }); err != nil {
		return nil, err
	}
	var out []shown
	for id, s := range told.Sessions {
		next := shown{id: id}
		for _, t := range s.TargetInterfaces {
			next.targets = append(next.targets, target{t.Name, t.OperState})
		}
		out = append(out, next)
	}
	slices.SortFunc(out, func(a, b shown) int { return strings.Compare(a.id, b.id) })
	return out, nil
}

var (
	shownHead   = regexp.MustCompile(`^Session (\S+)$`)
	shownTarget = regexp.MustCompile(`^(\S+(?: \S+)*?)\s*:\s+(.*?)(?: *\(mirror\d+\))?$`)
	shownLabel  = regexp.MustCompile(`^([A-Z][A-Za-z -]*?)s?\s*:`)
	noSessions  = regexp.MustCompile(`(?i)^no (?:monitor )?sessions?\b`)
	dashes      = regexp.MustCompile(`^-+$`)
)

// parseShownText: arista-eos.md 2.2. Below "Destination Ports:" stands a
// destination with its state a line; of other fields, which "detail" adds, the
// configuration tells.
func parseShownText(reply string) ([]shown, error) {
	var out []shown
	head, none, below := false, false, -1 // below: the indentation of "Destination Ports:"
	for _, line := range said(reply) {
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		line = line[indent:]
		if indent <= below {
			below = -1
		}
		m, t := shownHead.FindStringSubmatch(line), shownTarget.FindStringSubmatch(line)
		switch {
		case m != nil:
			out, head = append(out, shown{id: m[1]}), true
		case dashes.MatchString(line):
		case !head && noSessions.MatchString(line):
			none = true
		case !head || line[0] == '%' || below >= 0 && t == nil:
			return nil, text.ParseError(showState, line)
		case strings.EqualFold(line, "Destination Ports:"):
			below = indent
		case below >= 0:
			s := &out[len(out)-1]
			s.targets = append(s.targets, target{t[1], t[2]})
		case !shownLabel.MatchString(line) && !goesOnWith(line):
			return nil, text.ParseError(showState, line)
		}
	}
	if len(out) == 0 && !none && len(said(reply)) > 0 {
		return nil, text.ParseError(showState, reply)
	}
	return out, nil
}

// goesOnWith reports a line of ports: the list of the line above goes on.
func goesOnWith(line string) bool {
	_, err := grammar.List(line, true)
	return err == nil
}

// verdict is the state of a session in the hardware. A destination that is not
// "active" waits for something: "unknown" was seen for about two seconds behind a
// configuration, other words are not known (arista-eos.md 2.3), and whether the device
// lacks a route, a link or the ability, only these words tell.
func (s shown) verdict() console.Verdict {
	var all, waits []string
	for _, t := range s.targets {
		words := t.name + ": " + t.state
		if all = append(all, words); !strings.EqualFold(t.state, "active") {
			waits = append(waits, words)
		}
	}
	v := console.Verdict{Programmed: mirror.True, Reason: text.Quote(strings.Join(all, ", ")), Waits: text.Quote(strings.Join(waits, ", "))}
	if len(waits) > 0 || len(all) == 0 {
		v.Programmed = mirror.Unknown
	}
	return v
}
