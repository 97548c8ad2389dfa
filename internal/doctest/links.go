package doctest

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
)

// Links are those of a page that lead to files and headings of the project.
func Links(page string) (to []string) {
	for _, m := range link.FindAllStringSubmatch(withoutBlocks(page), -1) {
		if !strings.Contains(m[1], "://") {
			to = append(to, m[1])
		}
	}
	return to
}

// Anchors are the names by which links lead to the headings of a page.
func Anchors(page string) map[string]bool {
	out := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(withoutBlocks(page), -1) {
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1])
		out[name] = true
	}
	return out
}

// withoutBlocks is a page without its fenced blocks.
func withoutBlocks(page string) string {
	var out strings.Builder
	inside := false
	for l := range strings.Lines(page) {
		if strings.HasPrefix(strings.TrimSpace(l), "```") {
			inside = !inside
			continue
		}
		if !inside {
			out.WriteString(l)
		}
	}
	return out.String()
}

var (
	code        = regexp.MustCompile("`([^`\n]+)`")
	projectFile = regexp.MustCompile(`^(?:api|client|cmd|docs|drivers|examples|internal|inventory|templates)/[\w./-]*\w$`)
)

// Files are those of the project that a page names, as code, in its text.
func Files(page string) (names []string) {
	for _, m := range code.FindAllStringSubmatch(withoutBlocks(page), -1) {
		if projectFile.MatchString(m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// A Command is one of netmirror that a page names, as code, in its text.
type Command struct {
	Verbs []string // the words in front of arguments and flags
	Flags []string
}

var (
	verb     = regexp.MustCompile(`^[a-z][a-z-]*$`)
	flagWord = regexp.MustCompile(`^--[a-z-]+`)
)

// Commands are those of a page's text.
func Commands(page string) (list []Command) {
	for _, m := range code.FindAllStringSubmatch(withoutBlocks(page), -1) {
		words := strings.Fields(m[1])
		if len(words) < 2 || words[0] != "netmirror" && words[0] != "bin/netmirror" {
			continue
		}
		var c Command
		begun := false
		for _, w := range words[1:] {
			switch {
			case flagWord.MatchString(w):
				c.Flags = append(c.Flags, flagWord.FindString(w))
				begun = true
			case !begun && verb.MatchString(w):
				c.Verbs = append(c.Verbs, w)
			default:
				begun = true
			}
		}
		list = append(list, c)
	}
	return list
}
