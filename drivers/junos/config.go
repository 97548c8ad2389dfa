package junos

import (
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
)

// A statement is one line of a configuration as "display set" shows it.
type statement struct {
	words     []string // behind "set" and the group
	inherited bool     // from a group, or it stands in one; group is its name where it is told
	group     string
}

func (s statement) String() string { return strings.Join(s.words, " ") }

// under cuts the words that a statement begins with; false where it begins otherwise.
func (s statement) under(words ...string) ([]string, bool) {
	if len(s.words) < len(words) || !slices.Equal(s.words[:len(words)], words) {
		return nil, false
	}
	return s.words[len(words):], true
}

// A config is a part of a configuration.
type config struct {
	statements []statement
	off        map[string]bool // what is deactivated, by its words
}

// parseConfig reads a configuration of "display set". whole is the same with what it
// inherits from groups ("display inheritance"), "" where that was not asked for.
// mirror.ErrParse for a line that is none of a configuration.
func parseConfig(command, own, whole string) (config, error) {
	c := config{off: map[string]bool{}}
	have := map[string]bool{}
	for i, reply := range []string{own, whole} {
		for _, line := range said(reply) {
			words, ok := fields(line)
			switch {
			case !ok:
				return config{}, text.ParseError(command, line)
			case len(words) == 0 || words[0] == "protect": // a comment
			case len(words) == 1:
				return config{}, text.ParseError(command, line)
			case words[0] == "deactivate":
				c.off[strings.Join(words[1:], " ")] = true
			case words[0] != "set":
				return config{}, text.ParseError(command, line)
			default:
				s := statement{words: words[1:], inherited: i == 1}
				if s.words[0] == "groups" && len(s.words) > 2 {
					s = statement{words: s.words[2:], inherited: true, group: s.words[1]}
				}
				if key := s.group + "\n" + s.String(); !have[key] {
					have[key] = true
					c.statements = append(c.statements, s)
				}
			}
		}
	}
	return c, nil
}

// fields are the words of a line, quotes taken off; none of a comment. ok is false for a
// quote without an end.
func fields(line string) (words []string, ok bool) {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "/*") {
		return nil, true
	}
	for line != "" {
		word, rest := line, ""
		if line[0] == '"' {
			end := 1
			for end < len(line) && line[end] != '"' {
				if line[end] == '\\' {
					end++
				}
				end++
			}
			if end >= len(line) {
				return nil, false
			}
			word, rest = line[1:end], line[end+1:]
		} else {
			word, rest, _ = strings.Cut(line, " ")
		}
		words, line = append(words, word), strings.TrimLeft(rest, " ")
	}
	return words, true
}

// isOff reports what of a statement is deactivated: how many of its words lead there, 0 =
// nothing.
func (c config) isOff(s statement) int {
	if len(c.off) == 0 {
		return 0
	}
	for n := 1; n <= len(s.words); n++ {
		if c.off[strings.Join(s.words[:n], " ")] {
			return n
		}
	}
	return 0
}

// all visits the statements below some words that are in force.
func (c config) all(visit func(rest []string), words ...string) {
	for _, s := range c.statements {
		if rest, ok := s.under(words...); ok && s.group == "" && c.isOff(s) == 0 {
			visit(rest)
		}
	}
}
