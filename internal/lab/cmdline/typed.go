package cmdline

import (
	"strings"
)

// EditingKeys are the usual keys: Ctrl-C, Ctrl-Z, backspace, Ctrl-U, Ctrl-W,
// tab and the question mark.
func EditingKeys() map[byte]KeyAction {
	return map[byte]KeyAction{3: CancelLine, 26: LeaveModes, 8: EraseLetter, 127: EraseLetter, 21: EraseLine, 23: EraseWord, 9: CompleteWord, '?': HelpWord}
}

// Typed is what a Dialogue does with lines before they mean anything: spelling
// them out, help, completion, and the page length. A Dialogue embeds one.
type Typed[H any] struct {
	// Lock takes the lock of the switch and returns what gives it back.
	Lock func() (unlock func())
	// Tables are those that may have a line now; Env is their parameters'.
	Tables func() Tables[H]
	Env    any
	// Shows is the first word of the commands whose output can be filtered.
	Shows string
	// Unknown answers a question mark where nothing may follow.
	Unknown string
	// Rows is the page length that was asked for, where Asked.
	Rows  int
	Asked bool
}

// Screen is the page length that was asked for by command.
func (t *Typed[H]) Screen() (rows int, asked bool) { return t.Rows, t.Asked }

// Cut takes what stands behind the first bar off a line that shows something;
// elsewhere a bar is text.
func (t *Typed[H]) Cut(line string) (command, filters string, piped bool) {
	first, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "do "), " ")
	if len(first) < 2 || !strings.HasPrefix(t.Shows, strings.ToLower(first)) {
		return line, "", false
	}
	return strings.Cut(line, "|")
}

// Canonical is a line with its keywords spelled out and without a "do" before
// it, or the line itself where no table has it.
func (t *Typed[H]) Canonical(line string) string {
	defer t.Lock()()
	command, filters, piped := t.Cut(line)
	spelled := t.Tables().Spell(t.Env, strings.TrimPrefix(strings.TrimSpace(command), "do "))
	if piped {
		spelled += " | " + strings.TrimSpace(filters)
	}
	return spelled
}

// Help lists what may follow, a line each.
func (t *Typed[H]) Help(partial string) string {
	defer t.Lock()()
	words, _ := t.Tables().Choices(t.Env, partial)
	if len(words) == 0 {
		return t.Unknown
	}
	return "  " + strings.Join(words, "\n  ")
}

// Complete spells out the last word of a partial line.
func (t *Typed[H]) Complete(partial string) string {
	defer t.Lock()()
	return t.Tables().Complete(t.Env, partial)
}
