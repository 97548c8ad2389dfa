package doctest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// anything stands for any text within a line, and alone on a line for any lines.
const anything = "..."

// Match holds an output against the pattern that a page shows of it. With open it may go on
// behind the end. nil: it is as shown; the error names the first line of the pattern that is
// not there.
func Match(pattern, output string, open bool) error {
	want, have := plain(pattern), plain(output)
	if open {
		want = append(want, anything)
	}
	missing := 0
	if matchLines(want, have, 0, &missing) {
		return nil
	}
	if missing >= len(want) {
		return fmt.Errorf("the output goes on behind what is shown")
	}
	return fmt.Errorf("the output lacks %q", want[missing])
}

// plain are the lines of a text, with single blanks and without empty ones.
func plain(text string) (lines []string) {
	for l := range strings.Lines(text) {
		if l = strings.Join(strings.Fields(l), " "); l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

// matchLines tells in far the line of the pattern that was reached at best.
func matchLines(want, have []string, at int, far *int) bool {
	*far = max(*far, at)
	switch {
	case len(want) == 0:
		return len(have) == 0
	case want[0] == anything:
		for skip := range len(have) + 1 {
			if matchLines(want[1:], have[skip:], at+1, far) {
				return true
			}
		}
		return false
	case len(have) == 0 || !matchLine(want[0], have[0]):
		return false
	}
	return matchLines(want[1:], have[1:], at+1, far)
}

func matchLine(want, have string) bool {
	if !strings.Contains(want, anything) {
		return want == have
	}
	parts := strings.Split(want, anything)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$").MatchString(have)
}

// MatchJSON holds an output that is JSON against the part of it that a page shows: members
// that are not shown may be there, and so may elements of lists between those that are.
func MatchJSON(pattern, output string) error {
	var want, have any
	if err := json.Unmarshal([]byte(pattern), &want); err != nil {
		return fmt.Errorf("what is shown is no JSON: %w", err)
	}
	if err := json.Unmarshal([]byte(output), &have); err != nil {
		return fmt.Errorf("the output is no JSON: %w", err)
	}
	return within(want, have, "")
}

func within(want, have any, at string) error {
	switch w := want.(type) {
	case map[string]any:
		h, ok := have.(map[string]any)
		if !ok {
			return fmt.Errorf("%s is no object", at)
		}
		for name, value := range w {
			v, ok := h[name]
			if !ok {
				return fmt.Errorf("the output lacks %s/%s", at, name)
			}
			if err := within(value, v, at+"/"+name); err != nil {
				return err
			}
		}
		return nil
	case []any:
		h, ok := have.([]any)
		if !ok {
			return fmt.Errorf("%s is no list", at)
		}
		next := 0
		for i, value := range w {
			var last error
			found := false
			for ; next < len(h) && !found; next++ {
				last = within(value, h[next], fmt.Sprintf("%s/%d", at, next))
				found = last == nil
			}
			if !found && last == nil {
				last = fmt.Errorf("%s has %d elements", at, len(h))
			}
			if !found {
				return fmt.Errorf("element %d as shown is not in %s: %w", i, at, last)
			}
		}
		return nil
	case string:
		h, ok := have.(string)
		if !ok || !matchLine(strings.Join(strings.Fields(w), " "), strings.Join(strings.Fields(h), " ")) {
			return fmt.Errorf("%s is %v, and %q is shown", at, have, w)
		}
		return nil
	}
	if want != have {
		return fmt.Errorf("%s is %v, and %v is shown", at, have, want)
	}
	return nil
}
