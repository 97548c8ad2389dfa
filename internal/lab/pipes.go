package lab

import (
	"fmt"
	"regexp"
	"strings"
)

// pipes are the output filters behind "|": begin, count, exclude, include and
// section, each with a regular expression.
type pipes struct {
	// translate writes the platform's regular expressions in Go's; nil = they
	// are the same.
	translate func(string) string
	// invalid answers an expression that does not compile.
	invalid string
	// counted answers count; it has one %d.
	counted string
}

// apply filters a text; filter is what stands behind the "|", and the column of
// a fault counts from there.
func (p pipes) apply(text, filter string) (string, *parseFault) {
	toks := tokenize(filter)
	if len(toks) == 0 {
		return "", &parseFault{kind: incompleteCommand}
	}
	kind := ""
	for _, k := range []string{"begin", "count", "exclude", "include", "section"} {
		if strings.HasPrefix(k, strings.ToLower(toks[0].text)) {
			kind = k
		}
	}
	if kind == "" {
		return "", badAt(toks[0], 0)
	}
	if len(toks) == 1 {
		return "", &parseFault{kind: incompleteCommand}
	}
	expr := strings.TrimRight(filter[toks[1].col:], " ")
	if p.translate != nil {
		expr = p.translate(expr)
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return p.invalid, nil
	}
	return p.selectLines(text, kind, re), nil
}

// selectLines applies a filter by name.
func (p pipes) selectLines(text, kind string, re *regexp.Regexp) string {
	var b strings.Builder
	n, started, depth := 0, false, -1
	for _, l := range strings.SplitAfter(text, "\n") {
		if l == "" {
			continue
		}
		hit := re.MatchString(strings.TrimRight(l, "\n"))
		indent := len(l) - len(strings.TrimLeft(l, " "))
		keep := false
		switch kind {
		case "include":
			keep = hit
		case "exclude":
			keep = !hit
		case "begin":
			started = started || hit
			keep = started
		case "section": // a matching line and what is indented below it
			if depth >= 0 && indent > depth {
				keep = true
			} else if depth = -1; hit {
				keep, depth = true, indent
			}
		case "count":
			if hit {
				n++
			}
		}
		if keep {
			b.WriteString(l)
		}
	}
	if kind == "count" {
		return fmt.Sprintf(p.counted, n)
	}
	return b.String()
}
