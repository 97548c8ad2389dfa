package cmdline

import "strings"

// A Speaker is a switch with a command line.
type Speaker interface {
	// Style is that of its terminals; it never changes.
	Style() Style
	// Login opens a command line for a user that has authenticated.
	Login(user string, privilege int, from string) Dialogue
}

// A Dialogue is one user at one command line. It is used by one goroutine.
type Dialogue interface {
	// Greeting is printed before the first prompt.
	Greeting() string
	// Prompt is printed before a line is read.
	Prompt() string
	// Configuring reports that lines now change the configuration.
	Configuring() bool
	// Canonical is the line with its words spelled out, for faults that match
	// commands; it is the line itself where it does not parse.
	Canonical(line string) string
	// Run carries a line out.
	Run(line string) Reply
	// Control handles a key that cancels the line or leaves a mode.
	Control(key byte) Reply
	// Help answers a question mark after the text typed so far.
	Help(partial string) string
	// Complete spells out the last word of partial where it is unique.
	Complete(partial string) string
	// Screen is the number of lines asked for by command; ok is false while
	// the client's own window size holds.
	Screen() (lines int, ok bool)
	// Close ends the dialogue.
	Close()
}

// A Reply is what a line led to.
type Reply struct {
	Text   string // lines end in \n
	Ask    *Question
	Hangup bool
	Save   bool // the time for a save passes before text is printed
	Commit bool // the time for a commit does
	Reboot bool // the switch restarts after text was printed
}

// A Question is asked before the next prompt.
type Question struct {
	Prompt string
	Secret bool // do not echo the answer
	AnyKey bool // one key is enough ([confirm])
	Then   func(answer string) Reply
}

// A Style is how the terminal of a platform looks and which keys it knows.
type Style struct {
	// Version is how the SSH server introduces itself (RFC 4253, 4.2).
	Version string
	// Comment begins lines that are read and ignored; "" = there are none.
	Comment string
	// Kept begins comments that are part of a configuration all the same; "" =
	// there are none.
	Kept string
	// More is printed when a screen is full, and wiped with wipe.
	More, Wipe string
	// Newline ends a line on the wire; "" = CR LF.
	Newline string
	// BeforePrompt is sent before each prompt and no part of it: escape sequences.
	BeforePrompt string
	// EarlyEcho is when what is typed ahead is echoed where no fault says otherwise,
	// see the faults of terminals; "" = when it is read.
	EarlyEcho string
	// Keys are the keys that do not stand for themselves.
	Keys map[byte]KeyAction
}

// Ignores reports whether a line is a comment.
func (s Style) Ignores(line string) bool {
	return commented(line, s.Comment, s.Kept)
}

// A KeyAction is what a key does to the line that is being typed.
type KeyAction int

// What keys may do. Letters without an action stand for themselves, other
// control characters are ignored.
const (
	EraseLetter  KeyAction = iota + 1
	EraseWord              // back to the blank before the last word
	EraseLine              // all that was typed
	CompleteWord           // spell out the last word
	HelpWord               // list what may follow
	CancelLine             // forget the line, see Dialogue.Control
	LeaveModes             // carry the line out, then the same
)

// Ended is a text that ends its last line; an empty text has none.
func Ended(text string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}
