package text

import (
	"iter"
	"regexp"
	"slices"
	"strings"
)

// A Noise is what a terminal shows that is no part of any answer. Text is a reply
// of the transport, or something pasted from a terminal: carriage returns, messages
// to the terminal, the echo of the command and prompts may be in it.
type Noise struct {
	Interruptions []Interruption
	// Echoes match a prompt, alone or with a command behind it, and the echo of a
	// command. A row of a table or a line of a configuration can look like one, so a
	// parser asks Echoed only of what it does not know.
	Echoes []*regexp.Regexp
}

// An Interruption is a line that a terminal shows between those of an answer, such
// as a log message.
type Interruption struct {
	What string
	Has  string // is in every such line: spares the search in others
	Line *regexp.Regexp
}

// Interrupts reports whether a line is an interruption.
func (n *Noise) Interrupts(line string) bool {
	for _, i := range n.Interruptions {
		if strings.Contains(line, i.Has) && i.Line.MatchString(line) {
			return true
		}
	}
	return false
}

// Echoed reports a prompt or the echo of a command.
func (n *Noise) Echoed(line string) bool {
	for _, e := range n.Echoes {
		if e.MatchString(line) {
			return true
		}
	}
	return false
}

// Raw splits a text at line feeds and carriage returns, without blanks at the ends
// of lines, and without blank lines.
func Raw(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
			if line = strings.TrimRight(line, " \t\x00"); strings.TrimSpace(line) != "" && !yield(line) {
				return
			}
		}
	}
}

// Lines are the lines that may say something: not blank, and no interruption.
func (n *Noise) Lines(text string) []string {
	var out []string
	for line := range Raw(text) {
		if !n.Interrupts(line) {
			out = append(out, line)
		}
	}
	return out
}

// Said are the lines that say something, without prompts and echoes. Where a row of an
// answer can look like an echo, Lines are read instead.
func (n *Noise) Said(text string) []string {
	return slices.DeleteFunc(n.Lines(text), n.Echoed)
}

// Quiet is a text as it is compared with another of the same command.
func (n *Noise) Quiet(text string) string { return strings.Join(n.Said(text), "\n") }
