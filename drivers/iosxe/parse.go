package iosxe

import (
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
)

// refusal finds the device's words when it refused a line: a line that begins
// with "% ", or "Validation failed", which follows refusals without a percent
// sign; and what AAA, parsers and a VTP client say, and a switch that asks for
// another time. A log message has no blank after the percent sign.
func refusal(answer string) (words string, refused bool) {
	for line := range strings.SplitSeq(answer, "\n") {
		line = strings.TrimSpace(line)
		low := strings.ToLower(line)
		if text.Says(line, harmless) {
			continue
		}
		if strings.HasPrefix(line, "% ") || strings.HasPrefix(line, "%Error") || strings.Contains(low, "validation failed") || text.Says(line, later) ||
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
