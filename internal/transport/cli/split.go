package cli

import "strings"

// Pure functions that divide what a device printed among the lines it was sent.

// isPrompt reports whether x, with the line before it, is a prompt where one is
// expected, and whether the line before belongs to it.
type isPrompt func(before, x string) (ok, two bool)

// maxPrompt bounds the search for a prompt at the start of a line.
const maxPrompt = 160

// An answer is what a device printed for one line.
type answer struct {
	prompt string // in front of the echo; "" for the first line of a write
	text   string // cleaned
}

// mark is a completed marker: the prompt it was typed at, and where the text
// after the prompt that follows it starts.
type mark struct {
	prompt string
	after  int
}

// findMark looks for the marker, echoed behind a prompt, and the same prompt
// again at the start of a later line. Early echoes of the marker, which stand
// behind no prompt, are passed over. Between the marker and the prompt may be
// text: a log line, or a device that dislikes comments.
func findMark(text, marker string, ok isPrompt) (mark, bool) {
	for from := 0; ; {
		i := strings.Index(text[from:], marker)
		if i < 0 {
			return mark{}, false
		}
		i += from
		from = i + 1
		start, before := lineAt(text, i)
		end := strings.IndexByte(text[i:], '\n')
		if end < 0 || strings.TrimSpace(seen(text[i+len(marker):i+end])) != "" {
			continue
		}
		x := strings.TrimLeft(seenPrompt(text[start:i]), " ")
		if good, _ := ok(before, x); !good {
			continue
		}
		if after, found := promptAgain(text, i+end+1, x); found {
			return mark{prompt: x, after: after}, true
		}
	}
}

// promptAgain finds the prompt x at the start of a line, from pos on.
func promptAgain(text string, pos int, x string) (after int, ok bool) {
	bare := strings.TrimRight(x, " ")
	for pos <= len(text) {
		end := strings.IndexByte(text[pos:], '\n')
		line := text[pos:]
		if end >= 0 {
			line = text[pos : pos+end]
		}
		if at := promptEnd(line, func(p string) bool { return p == bare }); at >= 0 {
			return pos + at, true
		}
		if end < 0 {
			return 0, false
		}
		pos += end + 1
	}
	return 0, false
}

// promptEnd is where a prompt at the start of a line ends, or -1. A prompt ends
// with one of the characters in use for it; good sees it without blanks around.
func promptEnd(line string, good func(string) bool) int {
	for i := 0; i < len(line) && i < maxPrompt; i++ {
		switch line[i] {
		case '#', '>', '$', '%', ']':
			if good(strings.TrimSpace(seenPrompt(line[:i+1]))) {
				return i + 1
			}
		}
	}
	return -1
}

// seenPrompt is seen, but keeps the blank that ends some prompts.
func seenPrompt(s string) string {
	if shown := seen(s); strings.HasSuffix(s, " ") && shown != "" {
		return shown + " "
	} else {
		return shown
	}
}

// lineAt is the start of the line that holds pos, and the line before it.
func lineAt(text string, pos int) (start int, before string) {
	start = strings.LastIndexByte(text[:pos], '\n') + 1
	if start > 0 {
		prev := strings.LastIndexByte(text[:start-1], '\n') + 1
		before = strings.TrimRight(seen(text[prev:start-1]), " ")
	}
	return start, before
}

// echo is the place of one echoed line.
type echo struct {
	prompt string
	start  int // of the line with the prompt, or of the prompt's first line
	after  int // of the echo
}

// findEcho looks from pos on for a line that consists of a prompt and the echo.
// With first set the prompt may be missing: it was read before.
func findEcho(text string, pos int, line string, ok isPrompt, first bool) (echo, bool) {
	for pos < len(text) {
		_, before := lineAt(text, pos)
		end := strings.IndexByte(text[pos:], '\n')
		if end < 0 {
			return echo{}, false
		}
		var e echo
		two := false
		at := promptEnd(text[pos:pos+end], func(p string) bool {
			good, t := ok(before, p)
			e.prompt, two = p, t
			return good
		})
		if at >= 0 {
			if n, found := echoed(text[pos+at:], line); found {
				e.start, e.after = pos, pos+at+n
				if two {
					e.start = strings.LastIndexByte(text[:pos-1], '\n') + 1
				}
				return e, true
			}
		}
		if first {
			if n, found := echoed(text[pos:], line); found {
				return echo{start: pos, after: pos + n}, true
			}
		}
		pos += end + 1
	}
	return echo{}, false
}

// split gives each sent line its answer. The lines are looked for in order,
// each behind a prompt and after the one before, so that equal lines keep
// apart. last is the completed marker that ended the reply, and the last of the
// lines. It fails when a line's echo is not there: then nothing is known.
func split(text string, lines []string, last mark, ok isPrompt) ([]answer, bool) {
	out := make([]answer, len(lines))
	ends := make([]int, len(lines)) // where the answer of each line starts
	pos := 0
	for i, l := range lines {
		e, found := findEcho(text, pos, l, ok, i == 0)
		if !found {
			return nil, false
		}
		if i > 0 {
			out[i-1].text = withoutEarly(clean(text[ends[i-1]:e.start]), lines)
		}
		out[i].prompt, ends[i], pos = e.prompt, e.after, e.after
	}
	return out, pos <= last.after
}

// withoutEarly drops the lines that are nothing but a marker of this write: the
// terminal echoed it before the device read it.
func withoutEarly(text string, lines []string) string {
	if !strings.Contains(text, nonceWord) {
		return text
	}
	var kept []string
	for l := range strings.Lines(text) {
		early := false
		for _, sent := range lines {
			early = early || isMarker(sent) && strings.TrimSpace(l) == sent
		}
		if !early {
			kept = append(kept, l)
		}
	}
	return strings.Trim(strings.Join(kept, ""), "\n")
}

// lastLine is the line that the device has not ended yet, as a terminal shows it.
func lastLine(text string) string { return seen(text[strings.LastIndexByte(text, '\n')+1:]) }
