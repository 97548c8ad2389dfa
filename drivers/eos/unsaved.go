package eos

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
)

// A difference is one line that only one of running and startup configuration has.
type difference struct {
	block string // the line at the margin that it stands below, where that is shown
	inner bool   // it stands below a line that is not shown
	line  string
	gone  bool // running does not have it any more
}

var hunk = regexp.MustCompile(`^@@ .* @@`)

// parseDiffs reads "show running-config diffs": a unified difference of startup to
// running, no text when both are equal. Comments are no configuration.
// mirror.ErrParse when it is anything else.
func parseDiffs(reply string) ([]difference, error) {
	var out []difference
	head, block := 0, ""
	for line := range text.Raw(reply) {
		switch {
		case head < 2 && strings.HasPrefix(line, [2]string{"--- ", "+++ "}[head]):
			head++
		case head < 2:
			return nil, text.ParseError(showUnsaved, line)
		case hunk.MatchString(line):
			block = ""
		case strings.ContainsAny(line[:1], " +-"):
			body := line[1:]
			inner := strings.HasPrefix(body, " ")
			if !inner {
				block = ""
			}
			if d := (difference{block: block, inner: inner && block == "", line: strings.TrimSpace(body), gone: line[0] == '-'}); line[0] != ' ' && d.line != "" && d.line[0] != '!' {
				out = append(out, d)
			}
			if !inner {
				block = body
			}
		default:
			return nil, text.ParseError(showUnsaved, line)
		}
	}
	if head == 1 {
		return nil, text.ParseError(showUnsaved, reply)
	}
	return out, nil
}

// session is the name of the session that a line belongs to, "" for none.
func (d difference) session() string {
	words := strings.Fields(d.line)
	if d.block != "" || d.inner || len(words) < 4 || words[0] != "monitor" || words[1] != "session" || words[2] == "default" && words[3] == "encapsulation" {
		return ""
	}
	return words[2]
}

// subject names what a difference is about without quoting it: a line of a
// configuration may hold a secret.
func (d difference) subject() string {
	line := d.line
	if d.block != "" {
		line = d.block
	}
	words := strings.Fields(line)
	switch {
	case len(words) == 0:
		return "a blank line"
	case d.session() != "":
		return "monitor session " + text.Quote(d.session())
	case len(words) > 1 && (words[0] == "interface" || words[0] == "vlan"):
		return text.Quote(line)
	}
	return text.Quote(words[0])
}
