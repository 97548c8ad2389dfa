package eos

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
)

// noise is what a terminal shows between the lines of any answer: log messages,
// which "terminal monitor" asks for, and broadcasts (general knowledge).
var noise = &text.Noise{
	Interruptions: []text.Interruption{
		{What: "log message", Has: "%", Line: regexp.MustCompile(`^(?:[A-Z][a-z]{2} +\d{1,2} |\d{4}-\d\d-\d\dT).*: (?:\d+: )?%[A-Z][A-Z0-9_]*-\d-[A-Z0-9_]+:`)},
		{What: "broadcast", Has: "Broadcast message from", Line: regexp.MustCompile(`^\s*Broadcast message from`)},
	},
	Echoes: []*regexp.Regexp{regexp.MustCompile(`^[\w.@/:-]+(?:\([\w.@/:-]+\))*[>#]\s*(?:show\s.*)?$`), regexp.MustCompile(`^show\s.*$`)},
}

// said are the lines of a reply that say something.
func said(reply string) []string {
	var out []string
	for _, line := range noise.Lines(reply) {
		if !noise.Echoed(line) {
			out = append(out, line)
		}
	}
	return out
}

// withoutBanners are the lines of a configuration but for the free text of banners,
// which ends with "EOF". Where an end is missing nothing is left out.
func withoutBanners(reply string) []string {
	all, inside := said(reply), false
	var out []string
	for _, line := range all {
		begins := strings.HasPrefix(line, "banner ")
		if begins && inside {
			return all
		}
		if inside = inside || begins; !inside {
			out = append(out, line)
		}
		inside = inside && line != "EOF"
	}
	if inside {
		return all
	}
	return out
}

// gone are the words for a session that is not there: what shall be deleted is
// deleted already (arista-eos.md 1.3).
var gone = regexp.MustCompile(`(?i)^% ?monitor session \S+ (?:does not exist|not found)`)

// unfiltered are warnings after which an access list is not the one that was asked
// for, or is missing, so that nobody knows what is copied (access-lists.md 2). They
// begin with "!" instead of "%".
var unfiltered = regexp.MustCompile(`(?i)^! .*(?:access list .* not configured|instead of access list)`)

// unfilteredBy reports whether an answer is such a warning: the line is in force.
func unfilteredBy(answer string) bool {
	for line := range text.Raw(answer) {
		if unfiltered.MatchString(strings.TrimSpace(line)) {
			return true
		}
	}
	return false
}

// refusal finds the device's words when it refused a line. Errors begin with a
// percent sign (arista-eos.md 1.4); other text is a warning.
func refusal(answer string) (words string, refused bool) {
	for line := range text.Raw(answer) {
		line = strings.TrimSpace(line)
		if line[0] == '%' && !gone.MatchString(line) || unfiltered.MatchString(line) {
			return text.Quote(line), true
		}
	}
	return "", false
}

// showRefusal finds the device's words in the answer to a command that shows
// something. With "| json" they are said to stand in "errors", as eAPI has them
// (arista-eos.md 3.1).
func showRefusal(reply string) (words string, refused bool) {
	var told map[string][]string
	alone := func() bool { return len(told) == 1 && len(told["errors"]) > 0 }
	if strings.Contains(reply, `"errors"`) && object("", reply, &told, alone) == nil {
		return text.Quote("% " + strings.TrimPrefix(told["errors"][0], "% ")), true
	}
	lines := said(reply)
	if len(lines) == 0 {
		return "", false
	}
	first := strings.TrimSpace(lines[0])
	return text.Quote(first), first[0] == '%'
}

// notHere are the words of a device that does not have a command, has what it shows
// switched off, or does not let this account use it (arista-eos.md 1.4,
// cli-transport.md 5). An API puts its own before them, and "invalid command" in their place.
var notHere = regexp.MustCompile(`(?i)^% ?(?:incomplete command|ambiguous command|unavailable command|authorization denied|` +
	`.*\b(?:not (?:supported|enabled|available|running|configured)|invalid (?:input|command)|unconverted command))`)

// absent reports that a command tells nothing on this device. What begins like a
// refusal and is none of that is not understood.
func absent(reply string) bool {
	words, refused := showRefusal(reply)
	return refused && notHere.MatchString(words)
}
