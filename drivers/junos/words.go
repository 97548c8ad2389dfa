package junos

import (
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
)

// noise is what a terminal shows between the lines of any answer: the place in the
// configuration and the role of a member above prompts, and broadcasts (juniper-junos.md
// 2.4, transactions.md 2.4).
var noise = &text.Noise{
	Interruptions: []text.Interruption{
		{What: "banner", Has: "{", Line: regexp.MustCompile(`^\{[^{}]{1,60}\}(?:\[edit[^\]]*\])?$`)},
		{What: "banner", Has: "[edit", Line: regexp.MustCompile(`^\[edit\]$`)},
		{What: "banner", Has: "# commit confirmed", Line: regexp.MustCompile(`^# commit confirmed will be (?:automatically )?rolled back`)},
		{What: "broadcast", Has: "Broadcast Message", Line: regexp.MustCompile(`^\s*Broadcast Message from `)},
		{What: "broadcast", Has: ") at ", Line: regexp.MustCompile(`^\s*\((?:no tty|[\w/]+)\) at \d`)},
		{What: "broadcast", Has: "Commit was not confirmed", Line: regexp.MustCompile(`^\s*Commit was not confirmed; automatic rollback (?:complete|in progress)`)},
		{What: "log message", Has: ": %", Line: regexp.MustCompile(`^(?:Message from syslogd@|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d .*: %[A-Z])`)},
	},
	Echoes: []*regexp.Regexp{regexp.MustCompile(`^[\w.@/:()-]{1,63}[>#](?:\s.*)?$`), regexp.MustCompile(`^(?:# )?(?:run )?show\s.*$`),
		regexp.MustCompile(`^(?:Entering|Exiting) configuration mode$`)},
}

// said are the lines of a reply that say something.
func said(reply string) []string { return noise.Said(reply) }

// bad are the words of a refusal, at the beginning of a line or in it (juniper-junos.md
// 1.5 and 5). A warning is none, but that what a command would show is not running.
var (
	bad   = regexp.MustCompile(`^\s*error:|^\s*warning: .* not running\b|^\s*(?:syntax error|unknown command)\b|\bis ambiguous\b|\bNo valid completions\b|\bmissing mandatory argument\b|\binvalid numeric value\b`)
	caret = regexp.MustCompile(`^\s*\^\s*$`)
)

// refusal finds the device's words when it refused a line: with a caret below what it is
// about, whatever the words, or with words that are known. What stands before "error:"
// says what it is about, so it is quoted with it.
func refusal(answer string) (words string, refused bool) {
	var about, said []string
	pointed := false
	for _, line := range noise.Lines(answer) {
		line = strings.TrimSpace(line)
		known := bad.MatchString(line)
		switch pointed = pointed || caret.MatchString(line); {
		case caret.MatchString(line), strings.HasPrefix(line, "warning:") && !known:
		case known || pointed || len(said) > 0:
			said = append(said, line)
		default:
			about = append(about, line)
		}
	}
	if !pointed && len(said) == 0 {
		return "", false
	}
	return text.QuoteBehind(strings.Join(about, " "), strings.Join(said, " ")), true
}

// showRefusal finds the device's words in the answer to a command that shows something:
// they come first, below a caret. What a configuration holds is none, but that something
// of it is not shown.
func showRefusal(reply string) (words string, refused bool) {
	lines := slices.DeleteFunc(said(reply), caret.MatchString)
	if slices.ContainsFunc(lines, func(l string) bool { return strings.HasSuffix(l, denied) }) {
		return denied, true
	}
	first := strings.Join(lines[:min(1, len(lines))], "")
	return text.Quote(first), bad.MatchString(first)
}

// denied stands for what an account may not see of a configuration.
const denied = "/* ACCESS-DENIED */"

// notHere are the words of a device that does not have a command, has what it shows
// switched off, or does not let this account use it (cli-transport.md 5).
var notHere = regexp.MustCompile(`(?i)syntax error|unknown command|permission denied|ACCESS-DENIED|not valid on|not (?:supported|running|enabled|configured)`)

// missing are those of a device that does not know a statement.
var missing = regexp.MustCompile(`(?i)syntax error|unknown command`)

// absent reports that a command tells nothing on this device.
func absent(reply string) bool {
	words, refused := showRefusal(reply)
	return refused && notHere.MatchString(words)
}
