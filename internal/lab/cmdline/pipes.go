package cmdline

import (
	"fmt"
	"regexp"
	"strings"
)

// Pipes are the output filters behind "|": begin, count, exclude, include and
// section, each with a regular expression.
type Pipes struct {
	// Translate writes the platform's regular expressions in Go's; nil = they
	// are the same.
	Translate func(string) string
	// Invalid answers an expression that does not compile.
	Invalid string
	// Shell says that there are grep and egrep, which include, and no-more, which changes
	// nothing.
	Shell bool
	// Counted answers count; it has one %d.
	Counted string
	// Others are further filters by name; rest is what stands behind it.
	Others map[string]func(text, rest string) (string, *Fault)
}

// Chain applies filters one after the other, with bars between blanks between
// them: another bar is of an expression.
func (p Pipes) Chain(text, filters string) (string, *Fault) {
	for filter := range strings.SplitSeq(filters, " | ") {
		name, rest, _ := strings.Cut(strings.TrimSpace(filter), " ")
		do := p.Others[name]
		if p.Shell && (name == "grep" || name == "egrep") {
			filter = "include " + rest
		}
		if p.Shell && name == "no-more" {
			continue
		}
		if do == nil {
			do = func(text, _ string) (string, *Fault) { return p.Apply(text, filter) }
		}
		out, fault := do(text, rest)
		if fault != nil {
			return "", fault
		}
		text = out
	}
	return text, nil
}

// Apply filters a text; filter is what stands behind the "|", and the column of
// a fault counts from there.
func (p Pipes) Apply(text, filter string) (string, *Fault) {
	toks := Tokenize(filter)
	if len(toks) == 0 {
		return "", &Fault{Kind: Incomplete}
	}
	kind := ""
	for _, k := range []string{"begin", "count", "exclude", "include", "section"} {
		if strings.HasPrefix(k, strings.ToLower(toks[0].Text)) {
			kind = k
		}
	}
	if kind == "" {
		return "", BadAt(toks[0], 0)
	}
	if len(toks) == 1 {
		return "", &Fault{Kind: Incomplete}
	}
	expr := strings.TrimRight(filter[toks[1].Col:], " ")
	if p.Translate != nil {
		expr = p.Translate(expr)
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return p.Invalid, nil
	}
	return p.selectLines(text, kind, re), nil
}

// selectLines applies a filter by name.
func (p Pipes) selectLines(text, kind string, re *regexp.Regexp) string {
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
		return fmt.Sprintf(p.Counted, n)
	}
	return b.String()
}
