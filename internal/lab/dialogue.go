package lab

import "strings"

// A dialogue is one user at one command line. It is used by one goroutine.
type dialogue interface {
	// greeting is printed before the first prompt.
	greeting() string
	// prompt is printed before a line is read.
	prompt() string
	// configuring reports that lines now change the configuration.
	configuring() bool
	// canonical is the line with its words spelled out, for faults that match
	// commands; it is the line itself where it does not parse.
	canonical(line string) string
	// run carries a line out.
	run(line string) reply
	// control handles a key that cancels the line or leaves a mode.
	control(key byte) reply
	// help answers a question mark after the text typed so far.
	help(partial string) string
	// complete spells out the last word of partial where it is unique.
	complete(partial string) string
	// screen is the number of lines asked for by command; ok is false while
	// the client's own window size holds.
	screen() (lines int, ok bool)
	// close ends the dialogue.
	close()
}

// A reply is what a line led to.
type reply struct {
	text   string // lines end in \n
	ask    *question
	hangup bool
	save   bool // the time for a save passes before text is printed
	reboot bool // the switch restarts after text was printed
}

// A question is asked before the next prompt.
type question struct {
	prompt string
	secret bool // do not echo the answer
	anyKey bool // one key is enough ([confirm])
	then   func(answer string) reply
}

// A style is how the terminal of a platform looks and which keys it knows.
type style struct {
	// version is how the SSH server introduces itself (RFC 4253, 4.2).
	version string
	// comment begins lines that are read and ignored; "" = there are none.
	comment string
	// more is printed when a screen is full, and wiped with wipe.
	more, wipe string
	// keys are the keys that do not stand for themselves.
	keys map[byte]keyAction
}

// ignores reports whether a line is a comment.
func (s style) ignores(line string) bool {
	return s.comment != "" && strings.HasPrefix(line, s.comment)
}

// A keyAction is what a key does to the line that is being typed.
type keyAction int

// What keys may do. Letters without an action stand for themselves, other
// control characters are ignored.
const (
	eraseLetter  keyAction = iota + 1
	eraseWord              // back to the blank before the last word
	eraseLine              // all that was typed
	completeWord           // spell out the last word
	helpWord               // list what may follow
	cancelLine             // forget the line, see Dialogue.Control
	leaveModes             // carry the line out, then the same
)
