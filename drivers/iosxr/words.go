package iosxr

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
)

// noise is what a terminal shows beside answers: the time stamp above each of them
// (cisco-iosxr.md 2), log messages, and the words of a configuration that is being put
// together (transactions.md 3.1, general knowledge).
var noise = &text.Noise{
	Interruptions: []text.Interruption{
		{What: "time stamp", Has: ":", Line: regexp.MustCompile(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d(?:\.\d+)? [\w+:-]+(?: \d{4})?$`)},
		{What: "log message", Has: "%", Line: regexp.MustCompile(`^(?:RP|LC|\d+)/\w+(?:/\w+){0,2}: ?.*%[A-Z0-9_]+-[A-Z0-9_-]+-\d-[A-Z0-9_]+ *:`)},
		{What: "place of an error", Has: "^", Line: regexp.MustCompile(`^\s*\^$`)},
		{What: "notice", Has: "Building configuration", Line: regexp.MustCompile(`^Building configuration\.*$`)},
	},
	Echoes: []*regexp.Regexp{regexp.MustCompile(`^[\w.@/:-]*(?:\(config[\w.@/:+-]*\))?#\s*(?:(?:do )?show\s.*)?$`), regexp.MustCompile(`^(?:do )?show\s.*$`)},
}

// said are the lines of a reply that say something.
func said(reply string) []string { return noise.Said(reply) }

// nothing are the words for a part of the configuration that is empty (general
// knowledge).
var nothing = regexp.MustCompile(`(?i)^% ?no such configuration item`)

// harmless are answers that begin like a refusal and are none (transactions.md 3.1).
var harmless = regexp.MustCompile(`(?i)^(?:% ?confirming commit for trial session|% ?warning\b)`)

// percent is the beginning of a refusal (cisco-iosxr.md 1.5).
func percent(line string) bool {
	return strings.HasPrefix(line, "%") && !harmless.MatchString(line) && !nothing.MatchString(line)
}

// refused are refusals that begin with no percent sign (transactions.md 3.2 and 3.4).
var refused = regexp.MustCompile(`(?i)^(?:can ?not enter exclusive mode|no changes will be saved because)`)

// refusal finds the device's words when it refused a line.
func refusal(answer string) (words string, bad bool) {
	for line := range text.Raw(answer) {
		if line = strings.TrimSpace(line); percent(line) || refused.MatchString(line) {
			return text.Quote(line), true
		}
	}
	return "", false
}

// showRefusal finds the device's words in the answer to a command that shows something.
func showRefusal(reply string) (words string, bad bool) {
	lines := said(reply)
	if len(lines) == 0 {
		return "", false
	}
	first := strings.TrimSpace(lines[0])
	return text.Quote(first), percent(first)
}

// notHere are the words of a device that does not have a command, has what it shows
// switched off, or does not let this account use it (cisco-iosxr.md 1.5 and 5).
var notHere = regexp.MustCompile(`(?i)^% ?(?:invalid input|incomplete command|ambiguous command|unknown command|this command is not authorized|` +
	`.*\b(?:not (?:supported|enabled|available|running|configured|authorized)))`)

// absent reports that a command tells nothing on this device.
func absent(reply string) bool {
	words, bad := showRefusal(reply)
	return bad && notHere.MatchString(words)
}

// busy are the words of a device that asks for another time: another's lock or trial, and
// what ends by itself (transactions.md 3.2 and 3.4).
var busy = regexp.MustCompile(`(?i)enter exclusive mode|locked by another|unexpired trial|concurrent trial|try again|resource (?:busy|temporarily)|` +
	`has not been verified|may try the 'commit' command again`)

func later(words string) bool { return busy.MatchString(words) }
