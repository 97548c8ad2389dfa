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
