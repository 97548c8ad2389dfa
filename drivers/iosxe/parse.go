package iosxe

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// The parsers are pure: text in, values out. Text is a reply of the transport,
// or something pasted from a terminal: carriage returns, log messages, load
// banners, the echo of the command and prompts may be in it.

var (
	// logMessage is a message of the console: "*Nov 22 12:00:01.123:
	// %SYS-5-CONFIG_I: ...", or of a test tool that logged a dialogue.
	logMessage = regexp.MustCompile(`(^|[\s:*.])%[A-Z][A-Z0-9_]*(-[A-Z0-9_]+)+:`)
	// loadBanner is what "terminal exec prompt timestamp" and "exec prompt
	// timestamp" print before each output.
	loadBanner = regexp.MustCompile(`^\s*(Load for five secs:|Time source is|No time source,)`)
	// promptLine is a prompt, alone or with a show command behind it. It has no
	// colon and no percent sign.
	promptLine = regexp.MustCompile(`^\s*[^\s:%!][^:%!]*[#>]\s*((do\s+)?sho?w?\s.*)?$`)
	echoLine   = regexp.MustCompile(`^\s*(do\s+)?sho?w?\s+[a-z].*$`)
)

// noise reports a line that no show command means as an answer.
func noise(line string) bool {
	return logMessage.MatchString(line) || loadBanner.MatchString(line) || promptLine.MatchString(line) || echoLine.MatchString(line)
}

// textLines splits text, without carriage returns, blanks at the ends, and noise.
func textLines(text string) []string {
	var out []string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r", "\n"), "\n") {
		line = strings.TrimRight(line, " \t\x00")
		if !noise(line) {
			out = append(out, line)
		}
	}
	return out
}

// refusal finds the device's words when it refused a line: a line that begins
// with "% ", or "Validation failed", which follows refusals without a percent
// sign; and what AAA, parsers and a VTP client say. A log message has no blank
// after the percent sign.
func refusal(answer string) (words string, refused bool) {
	for line := range strings.SplitSeq(answer, "\n") {
		line = strings.TrimSpace(line)
		low := strings.ToLower(line)
		if strings.HasPrefix(line, "% ") || strings.HasPrefix(line, "%Error") || strings.Contains(low, "validation failed") ||
			strings.Contains(low, "command authorization failed") || strings.HasPrefix(low, "command rejected") || strings.HasPrefix(low, "vtp vlan configuration not allowed") {
			return strings.TrimSpace(answer), true
		}
	}
	return "", false
}

// showRefusal is refusal for a command that shows something: only a line that
// begins with the words counts, because what is shown may hold them anywhere.
func showRefusal(reply string) (words string, refused bool) {
	for line := range strings.SplitSeq(reply, "\n") {
		line = strings.TrimSpace(line)
		low := strings.ToLower(line)
		if strings.HasPrefix(line, "% ") || strings.HasPrefix(line, "%Error") ||
			strings.HasPrefix(low, "command authorization failed") || strings.HasPrefix(low, "command rejected") {
			return strings.TrimSpace(reply), true
		}
	}
	return "", false
}

// quotable bounds what an error quotes of a device's output.
const quotable = 120

func quote(line string) string {
	line = strings.TrimSpace(line)
	if len(line) > quotable {
		line = line[:quotable] + "..."
	}
	return line
}

func parseError(what, line string) error {
	return fmt.Errorf("%s: %q is not understood: %w", what, quote(line), mirror.ErrParse)
}
