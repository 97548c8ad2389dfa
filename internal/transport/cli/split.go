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
	next   string // the prompt behind it, where only some answers are known
	known  bool   // the line was echoed as it was sent, and answered
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

// locate is findEcho, or an earlier line that consists of the echo alone although
// a prompt stands alone in a line before it: text for everybody, such as a log
// message, came between them without a new prompt. What is sent twice in one
// write is not told apart by its text, so the first place counts.
func locate(text string, pos int, line string, ok isPrompt, first bool) (echo, bool) {
	e, proper := findEcho(text, pos, line, ok, first)
	before := text
	if proper {
		before = text[:e.start]
	}
	if pushed, found := pushedEcho(before, pos, line, ok); found {
		return pushed, true
	}
	return e, proper
}

func pushedEcho(text string, pos int, line string, ok isPrompt) (echo, bool) {
	var bare echo // the last prompt that stands alone
	found := false
	for pos < len(text) {
		end := strings.IndexByte(text[pos:], '\n')
		if end < 0 {
			return echo{}, false
		}
		if n, same := echoed(text[pos:], line); found && same {
			bare.after = pos + n
			return bare, true
		}
		if start, prompt, alone := promptLine(text, pos, ok); alone {
			bare, found = echo{prompt: prompt, start: start}, true
		}
		pos += end + 1
	}
	return echo{}, false
}

// promptLine reports whether the line at pos begins with a prompt and has
// nothing behind it, and where the prompt starts.
func promptLine(text string, pos int, ok isPrompt) (start int, prompt string, alone bool) {
	start, prompt, end := promptAt(text, pos, ok)
	return start, prompt, end >= 0 && strings.TrimSpace(seen(lineOf(text, end))) == ""
}

// promptAt is the prompt that begins the line at pos: where it starts (a line
// before, when it has two), what it is, and where it ends, -1 for none.
func promptAt(text string, pos int, ok isPrompt) (start int, prompt string, end int) {
	_, before := lineAt(text, pos)
	two := false
	at := promptEnd(lineOf(text, pos), func(p string) bool {
		good, t := ok(before, p)
		prompt, two = p, t
		return good
	})
	if at < 0 {
		return 0, "", -1
	}
	start = pos
	if two && pos > 0 {
		start = strings.LastIndexByte(text[:pos-1], '\n') + 1
	}
	return start, prompt, pos + at
}

// lineOf is the rest of the line at pos.
func lineOf(text string, pos int) string {
	if end := strings.IndexByte(text[pos:], '\n'); end >= 0 {
		return text[pos : pos+end]
	}
	return text[pos:]
}

// holdsPrompt reports whether a line of text begins with a prompt.
func holdsPrompt(text string, ok isPrompt) bool {
	for pos := 0; pos < len(text); {
		if _, _, end := promptAt(text, pos, ok); end >= 0 {
			return true
		}
		pos += len(lineOf(text, pos)) + 1
	}
	return false
}

// split gives each sent line its answer. The lines are looked for in order,
// each behind a prompt and after the one before, so that equal lines keep
// apart. last is the completed marker that ended the reply, and the last of the
// lines. It fails when a line's echo is not there: then nothing is known.
func split(text string, lines []string, last mark, ok isPrompt) ([]answer, bool) {
	out := make([]answer, len(lines))
	early := &earlyEchoes{lines: lines}
	after, pos := 0, 0 // where the answer of the line before starts, and the search
	for i, l := range lines {
		e, found := locate(text, pos, l, ok, i == 0)
		if !found {
			return nil, false
		}
		if i > 0 {
			out[i-1].text = early.without(clean(text[after:e.start]), i-1)
		}
		out[i].prompt, out[i].known = e.prompt, true
		after, pos = e.after, e.after
	}
	return out, pos <= last.after
}

// sift finds what is known of lines when a reply is not whole: which were echoed
// as they were sent and answered by a prompt, with what was said between. What
// was run together or cut short is found by nobody and stays unknown.
func sift(text string, lines []string, ok isPrompt) []answer {
	out := make([]answer, len(lines))
	early := &earlyEchoes{lines: lines}
	pos := 0
	for i, l := range lines {
		e, found := locate(text, pos, l, ok, i == 0)
		if !found {
			continue
		}
		pos = e.after
		for at := e.after; at < len(text); at += len(lineOf(text, at)) + 1 {
			if start, prompt, end := promptAt(text, at, ok); end >= 0 {
				out[i] = answer{prompt: e.prompt, next: prompt, known: true, text: early.without(clean(text[e.after:start]), i)}
				break
			}
		}
	}
	return out
}

// earlyEchoes drops from the answers of one write the lines that the terminal
// echoed before the device read them: sent lines, each once and in order.
type earlyEchoes struct {
	lines []string
	next  int // the first line that was not echoed early yet
}

// without is the answer to line i of the write, as clean gives it.
func (e *earlyEchoes) without(text string, i int) string {
	e.next = max(e.next, i+1)
	var kept []string
	dropped := false
	for l := range strings.Lines(text) {
		words := strings.TrimSpace(l)
		switch {
		case words != "" && e.next < len(e.lines) && words == strings.TrimSpace(e.lines[e.next]):
			e.next++
			dropped = true
		case dropped && i == 0 && len(kept) == 0 && words == strings.TrimSpace(e.lines[0]):
			// The first line was echoed early itself; this is its real echo.
		default:
			kept = append(kept, l)
		}
	}
	if !dropped {
		return text
	}
	return strings.Trim(strings.Join(kept, ""), "\n")
}

// lastLine is the line that the device has not ended yet, as a terminal shows it.
func lastLine(text string) string { return seen(text[strings.LastIndexByte(text, '\n')+1:]) }
