package iosxe

import (
	"iter"
	"regexp"
	"strings"
)

// The parsers are pure: text in, values out. Text is a reply of the transport,
// or something pasted from a terminal: carriage returns, messages to the
// terminal, the echo of the command and prompts may be in it. What may stand
// between the lines of any output is in the one table below, and blank lines;
// every other line that a parser does not know is mirror.ErrParse.

// An interruption is a line that a terminal shows between those of an answer.
type interruption struct {
	what string
	has  string // is in every such line: spares the search in others
	line *regexp.Regexp
}

const month = `(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)`

var traceLine = regexp.MustCompile(`^\s*-(?:Traceback|Process) ?=`)

// interruptions are no part of any answer, wherever they stand. Sources: the
// recordings, and for broadcasts and the notes of IOS-XE the patterns of Unicon
// and of the NSO driver (public, by Cisco).
var interruptions = []interruption{
	// "*Nov 22 12:00:01.123: %SYS-5-CONFIG_I: ...", with a sequence number,
	// without a time, with an uptime ("1w2d:"), or of a tool that logged a dialogue.
	{"log message", "%", regexp.MustCompile(`^\s*(?:(?:[^%]*(?:\d\d:\d\d:\d\d|\b\d+[ywdh]\d+)[^%]*|\d+|<\d+>):\s*)?%[A-Z][A-Z0-9_]*(?:-[A-Z0-9_]+)+:`)},
	{"line of a debug command", ":", regexp.MustCompile(`^\s*(?:\d+: )?[*.]?` + month + ` +\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?(?: [A-Z]{2,5})?: `)},
	{"trace of a log message", "=", traceLine},
	// "terminal exec prompt timestamp" prints these before each output.
	{"load", "Load for", regexp.MustCompile(`^\s*Load for five secs:`)},
	{"clock", "ime source", regexp.MustCompile(`^\s*(?:Time source is|No time source,)`)},
	// "*** Message from tty2 to all terminals:", "*** --- SHUTDOWN in 0:05:00 ---".
	{"broadcast", "***", regexp.MustCompile(`^\s*\*\*\*`)},
	{"note of the platform", "", regexp.MustCompile(`^(?:yang-infra:|Applying config on Switch \d|SECURITY WARNING\b)`)},
}

func interrupts(line string) bool {
	for _, i := range interruptions {
		if strings.Contains(line, i.has) && i.line.MatchString(line) {
			return true
		}
	}
	return false
}

var (
	// promptLine is a prompt, alone or with a show command behind it. It has no
	// colon and no percent sign.
	promptLine = regexp.MustCompile(`^\s*[^\s:%!][^:%!]*[#>]\s*((do\s+)?sho?w?\s.*)?$`)
	echoLine   = regexp.MustCompile(`^\s*(do\s+)?sho?w?\s+[a-z].*$`)
)

// echoed reports a prompt or the echo of a command. A row of a table or a line
// of a configuration can look like one, so a parser asks this only of what it
// does not know.
func echoed(line string) bool {
	return promptLine.MatchString(line) || echoLine.MatchString(line)
}

// rawLines splits text, without carriage returns and blanks at the ends.
func rawLines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
			if line = strings.TrimRight(line, " \t\x00"); strings.TrimSpace(line) != "" && !yield(line) {
				return
			}
		}
	}
}

// textLines are the lines that may say something: not blank, and no interruption.
func textLines(text string) []string {
	var out []string
	for line := range rawLines(text) {
		if !interrupts(line) {
			out = append(out, line)
		}
	}
	return out
}

// quiet is a text as it is compared with another of the same command.
func quiet(text string) string {
	var out []string
	for _, line := range textLines(text) {
		if !echoed(line) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// notHere are the words of a device that does not have a command, has what it
// shows switched off, or does not let this account use it.
var notHere = regexp.MustCompile(`(?im)^\s*(?:% ?(?:invalid input|unknown command|unrecognized command|incomplete command|ambiguous command|bad command|` +
	`authorization failed|access denied|permission denied|no such)|command authorization failed|command rejected|` +
	`% .*\b(?:not (?:supported|enabled|available|running|configured|allowed|authorized)|unsupported|unavailable)\b)`)

// absent reports that a command tells nothing on this device. What begins like a
// refusal and is none of that, such as that of a device that is busy, is not
// understood, and tells nothing about the device.
func absent(reply string) bool {
	words, refused := showRefusal(reply)
	return refused && notHere.MatchString(words)
}

// cut is the part of a row between two columns, of which the second may be
// beyond its end; "" when the row ends before the first.
func cut(line string, from, to int) string {
	if from >= len(line) {
		return ""
	}
	return strings.TrimSpace(line[from:min(to, len(line))])
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
