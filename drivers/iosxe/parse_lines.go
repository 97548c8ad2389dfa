package iosxe

import (
	"regexp"

	"github.com/netmirror/netmirror/internal/console/text"
)

// The parsers are pure: text in, values out. Text is a reply of the transport,
// or something pasted from a terminal: carriage returns, messages to the
// terminal, the echo of the command and prompts may be in it. What may stand
// between the lines of any output is in the one table below, and blank lines;
// every other line that a parser does not know is mirror.ErrParse.

const month = `(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)`

var traceLine = regexp.MustCompile(`^\s*-(?:Traceback|Process) ?=`)

// noise is no part of any answer, wherever it stands. Sources: the recordings, and
// for broadcasts and the notes of IOS-XE the patterns of Unicon and of the NSO driver
// (public, by Cisco). A prompt has no colon and no percent sign.
var noise = &text.Noise{
	Interruptions: []text.Interruption{
		// "*Nov 22 12:00:01.123: %SYS-5-CONFIG_I: ...", with a sequence number,
		// without a time, with an uptime ("1w2d:"), or of a tool that logged a dialogue.
		{What: "log message", Has: "%", Line: regexp.MustCompile(`^\s*(?:(?:[^%]*(?:\d\d:\d\d:\d\d|\b\d+[ywdh]\d+)[^%]*|\d+|<\d+>):\s*)?%[A-Z][A-Z0-9_]*(?:-[A-Z0-9_]+)+:`)},
		{What: "line of a debug command", Has: ":", Line: regexp.MustCompile(`^\s*(?:\d+: )?[*.]?` + month + ` +\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?(?: [A-Z]{2,5})?: `)},
		{What: "trace of a log message", Has: "=", Line: traceLine},
		// "terminal exec prompt timestamp" prints these before each output.
		{What: "load", Has: "Load for", Line: regexp.MustCompile(`^\s*Load for five secs:`)},
		{What: "clock", Has: "ime source", Line: regexp.MustCompile(`^\s*(?:Time source is|No time source,)`)},
		// "*** Message from tty2 to all terminals:", "*** --- SHUTDOWN in 0:05:00 ---".
		{What: "broadcast", Has: "***", Line: regexp.MustCompile(`^\s*\*\*\*`)},
		{What: "note of the platform", Has: "", Line: regexp.MustCompile(`^(?:yang-infra:|Applying config on Switch \d|SECURITY WARNING\b)`)},
	},
	Echoes: []*regexp.Regexp{
		regexp.MustCompile(`^\s*[^\s:%!][^:%!]*[#>]\s*((do\s+)?sho?w?\s.*)?$`),
		regexp.MustCompile(`^\s*(do\s+)?sho?w?\s+[a-z].*$`),
	},
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
