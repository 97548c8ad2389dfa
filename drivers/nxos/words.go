package nxos

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
)

// noise is what a terminal shows between the lines of any answer: log messages, which
// "terminal monitor" asks for (general knowledge), and comments. Those that head a
// configuration hold the time of day.
var noise = &text.Noise{
	Interruptions: []text.Interruption{
		{What: "log message", Has: "%", Line: regexp.MustCompile(`^\d{4} [A-Z][a-z]{2} +\d{1,2} .*%[A-Z][A-Z0-9_-]*-\d-[A-Z0-9_]+:`)},
		{What: "comment", Has: "!", Line: regexp.MustCompile(`^\s*!`)},
	},
	// A prompt, alone or with a command; the echo of a command; a rule of a table.
	Echoes: []*regexp.Regexp{regexp.MustCompile(`^[\w.@/:-]+(?:\([\w.@/:-]+\))*[>#]\s*(?:(?:show|copy)\s.*)?$`), regexp.MustCompile(`^(?:show|copy)\s.*$`), regexp.MustCompile(`^[-+ ]{5,}$`)},
}

// said are the lines of a reply that say something.
func said(reply string) []string { return noise.Said(reply) }

// marker points at the word of a refused line, which is quoted below it.
const marker = "^"

// refuses: errors of the parser begin with a percent sign, those of what a line means
// with "ERROR:" (cisco-nxos.md 1.6). A log message has no blank behind the sign, but
// one may be the only sign that an access list does not fit into the hardware
// (access-lists.md 3).
func refuses(line string) bool {
	low := strings.ToLower(line)
	return strings.HasPrefix(low, "% ") || strings.HasPrefix(low, "error:") || strings.HasPrefix(low, "%error") || text.Says(line, noRoom)
}

var noRoom = []string{"free entries are not available in tcam", "tcam will be overused", "insertion of tcam entry failed", "aclmgr_verify_fail"}

// refusal finds the device's words when it refused a line.
func refusal(answer string) (words string, refused bool) {
	for line := range text.Raw(answer) {
		if line = strings.TrimSpace(line); refuses(line) {
			return text.Quote(line), true
		}
	}
	return "", false
}

// later are the words of a switch that is busy (cli-transport.md 2, general knowledge).
var later = []string{"try again later", "please try later", "another session is in progress"}

// showRefusal is refusal for a command that shows something: only its first line counts,
// below the one that points at a word, because what is shown may hold the words anywhere.
func showRefusal(reply string) (words string, refused bool) {
	for _, line := range said(reply) {
		if line = strings.TrimSpace(line); line == marker {
			continue
		}
		return text.Quote(line), refuses(line)
	}
	return "", false
}

// notHere are the words of a device that does not have a command, has its feature
// switched off, or does not let this account use it (cisco-nxos.md 1.6,
// cli-transport.md 5).
var notHere = regexp.MustCompile(`(?i)^(?:%|error:) ?(?:invalid (?:command|parameter|number|interface|value|input)|incomplete command|ambiguous command|unknown command|permission denied|` +
	`.*\bnot (?:supported|enabled|available|running|allowed))`)

// absent reports that a command tells nothing on this device. What begins like a refusal
// and is none of that is not understood.
func absent(reply string) bool {
	words, refused := showRefusal(reply)
	return refused && notHere.MatchString(words)
}
