package iosxe

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

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
	head, name string
	text.Wrapped
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
func parseMonitor(reply string) ([]shown, error) {
	out := []shown{}
	head, none := "", false
	for _, line := range noise.Lines(reply) {
		if m := sessionHead.FindStringSubmatch(line); m != nil {
			id, err := strconv.Atoi(m[1])
			if err != nil {
				return nil, text.ParseError("show monitor", line)
			}
			out, head = append(out, shown{id: id}), ""
			continue
		}
		switch {
		case dashes.MatchString(line):
		case nothing.MatchString(line):
			none = true
		case len(out) == 0:
			if !noise.Echoed(line) {
				return nil, text.ParseError("show monitor", line)
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
	f := field{name: strings.ToLower(strings.Join(strings.Fields(m[1]), " ")), Wrapped: text.Wrapped{Value: strings.TrimSpace(m[2])}}
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
	if n := len(s.fields); n > 0 && slices.Contains(lists, s.fields[n-1].name) && s.fields[n-1].Takes(line, grammar) {
		s.lines = append(s.lines, line)
		return nil
	}
	if noise.Echoed(line) {
		return nil
	}
	if typ := s.value("type"); typ != "" && typeRoles[strings.ToLower(typ)] == "" {
		s.lines = append(s.lines, line)
		return nil
	}
	return text.ParseError(fmt.Sprintf("show monitor: session %d", s.id), line)
}

// finish closes the block: lists of several lines become one value.
func (s *shown) finish() error {
	s.text = strings.Join(s.lines, "\n")
	seen := map[[2]string]bool{}
	for i := range s.fields {
		f := &s.fields[i]
		f.Join()
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

// value is that of the first field of a name, "" for none. What says that a
// field is empty counts as none.
func (s shown) value(name string) string {
	for _, f := range s.fields {
		if f.name == name && !empty(f.Value) {
			return f.Value
		}
	}
	return ""
}

func empty(v string) bool { return v == "" || v == "-" || strings.EqualFold(v, "none") }
