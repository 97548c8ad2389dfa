package cmdline

import "strings"

// Untyped is what a Dialogue does with lines that nothing spells out: a platform that does
// not cut words short embeds one.
type Untyped struct {
	// Words answer every question mark.
	Words []string
}

// Control drops the line.
func (Untyped) Control(byte) Reply { return Reply{} }

// Canonical is the line.
func (Untyped) Canonical(line string) string { return strings.TrimSpace(line) }

// Help lists the words.
func (u Untyped) Help(string) string { return "  " + strings.Join(u.Words, "\n  ") }

// Complete leaves the line as it is.
func (Untyped) Complete(partial string) string { return partial }

// Screen leaves the page length to the terminal.
func (Untyped) Screen() (rows int, asked bool) { return 0, false }
