package cli

import (
	"regexp"
	"strings"
)

// What a terminal does with the bytes of a device, as far as text is concerned.
// All functions here are pure.

// defaultPager matches the line of the usual pagers.
var defaultPager = regexp.MustCompile(`(?i)-{2,}\s*\(?more\b[^\n]{0,40}?\)?\s*-{2,}|<-{2,}\s*more\s*-{2,}>`)

// eraseLine stands for "erase to the end of the line" in tidied text.
const eraseLine = '\x01'

// tidy turns raw output into text in which only carriage returns, backspaces
// and eraseLine still move the cursor: escape sequences are gone, and a line
// ends with a single newline. An escape sequence that has not fully arrived is
// returned apart. Tidying twice changes nothing.
func tidy(raw []byte) (text string, unfinished []byte) {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		switch b := raw[i]; b {
		case '\n':
			for len(out) > 0 && out[len(out)-1] == '\r' {
				out = out[:len(out)-1]
			}
			out = append(out, b)
		case '\x1b':
			n, effect := escape(raw[i:])
			if n == 0 {
				return string(out), raw[i:]
			}
			out = append(out, effect...)
			i += n - 1
		case '\r', '\b', '\t', eraseLine:
			out = append(out, b)
		default:
			if b >= ' ' && b != 0x7f { // no NUL, no bell; bytes above ASCII stay
				out = append(out, b)
			}
		}
	}
	return string(out), nil
}

// maxEscape bounds an escape sequence; a longer one is taken for text.
const maxEscape = 128

// escape measures the escape sequence at the start of b (ECMA-48) and tells
// what it does to a line; 0 means that more is to come.
func escape(b []byte) (n int, effect string) {
	if len(b) < 2 {
		return 0, ""
	}
	switch b[1] {
	case '[': // CSI parameters intermediates final
		for i := 2; i < len(b) && i < maxEscape; i++ {
			if b[i] < 0x40 || b[i] > 0x7e {
				continue
			}
			switch body := string(b[2:i]); {
			case b[i] == 'K' && (body == "" || body == "0"), b[i] == 'J' && (body == "" || body == "0"):
				return i + 1, string(eraseLine)
			case b[i] == 'D' && (body == "" || body == "1"):
				return i + 1, "\b"
			}
			return i + 1, ""
		}
	case ']': // OSC text BEL, or ESC \
		for i := 2; i < len(b) && i < maxEscape; i++ {
			if b[i] == '\a' {
				return i + 1, ""
			}
			if b[i] == '\\' && b[i-1] == '\x1b' {
				return i + 1, ""
			}
		}
	case '(', ')', '#', '%': // character sets and the like take one byte more
		if len(b) >= 3 {
			return 3, ""
		}
		return 0, ""
	default:
		return 2, ""
	}
	if len(b) >= maxEscape {
		return 1, "" // not a sequence: drop the escape, keep the text
	}
	return 0, ""
}

// seen is what a terminal shows for one tidied line: a carriage return goes to
// its start, a backspace one to the left, and what follows overwrites. Blanks
// at the end are dropped.
func seen(line string) string {
	if !strings.ContainsAny(line, "\r\b\x01") {
		return strings.TrimRight(line, " ")
	}
	var cells []byte
	at := 0
	for i := 0; i < len(line); i++ {
		switch b := line[i]; b {
		case '\r':
			at = 0
		case '\b':
			at = max(0, at-1)
		case eraseLine:
			cells = cells[:min(at, len(cells))]
		default:
			if at < len(cells) {
				cells[at] = b
			} else {
				cells = append(cells, b)
			}
			at++
		}
	}
	return strings.TrimRight(string(cells), " ")
}

// clean is what a terminal shows for tidied text, without empty lines at the
// start and the end.
func clean(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = seen(l)
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// scrolledTail is the least that must be visible of a line which the device
// scrolled to the left, to take it for the echo of the line that was sent.
const scrolledTail = 8

// echoed reports whether text begins with the echo of a line, and where the
// line after it starts. Three forms are understood: the line itself, possibly
// redrawn; a line that the device scrolled to the left ("$ 101 permit ...",
// "Using the Cisco IOS Command-Line Interface", scrolling down a line); and a
// line broken at the terminal's width. An echo without a newline behind it has
// not been accepted by the device yet and does not count.
func echoed(text, line string) (after int, ok bool) {
	line = strings.TrimSpace(line)
	end := strings.IndexByte(text, '\n')
	if end < 0 {
		return 0, false
	}
	shown := strings.TrimLeft(seen(text[:end]), " ")
	if shown == line {
		return end + 1, true
	}
	if tail, cut := strings.CutPrefix(shown, "$"); cut {
		tail = strings.TrimSpace(tail)
		if len(tail) >= scrolledTail && len(tail) < len(line) && strings.HasSuffix(line, tail) {
			return end + 1, true
		}
	}
	return wrapped(text, line)
}

// wrapped matches an echo that was broken at the terminal's width, either by a
// newline, or the way of GNU readline: the terminal wraps by itself, and a
// blank or the next character, then a carriage return settle the cursor.
func wrapped(text, line string) (after int, ok bool) {
	i := 0
	for i < len(text) && (text[i] == ' ' || text[i] == '\r') {
		i++
	}
	for j := 0; j < len(line); {
		switch {
		case i >= len(text):
			return 0, false
		case text[i] == '\r', text[i] == '\b' && j > 0, text[i] == '\n' && j > 0:
			i++
		case i+1 < len(text) && text[i+1] == '\r' && (text[i] == ' ' || i+2 < len(text) && text[i] == line[j] && text[i+2] == line[j]):
			i += 2
		case text[i] == line[j]:
			i++
			j++
		default:
			return 0, false
		}
	}
	for ; i < len(text); i++ {
		switch text[i] {
		case '\n':
			return i + 1, true
		case ' ', '\r', eraseLine:
		default:
			return 0, false
		}
	}
	return 0, false
}
