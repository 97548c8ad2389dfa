package iosxe

import (
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
)

// What a switch prints after a line that it took. Everything else that begins
// like a refusal is one; what begins like none is shown to the operator in the
// transcript of the operation, and the read that follows tells what it meant.

// harmless are the words of remarks that look like refusals: NED cisco-ios lists
// them as warnings (IOSNedCli.java, staticWarning), the first is also in a
// recorded dialogue ("IOU1"), at the line that leaves the VLAN mode.
// "port-range not supported", which is on that list, too, stays a refusal: the
// session then lacks its ports.
var harmless = []string{
	"applying vlan changes may take few minutes",
	"access vlan does not exist",
	"portfast has been configured on",
}

// later are the words of a switch that is busy, and takes the line another time
// (the same source, isCliRetry and ENTER_CONFIG_PATTERN). Its "is in use" is left
// out: here a port or a session may be in use for good.
var later = []string{
	"wait for it to complete",
	"wait for the current operation to complete",
	"config update in progress",
	"being configured in another session",
	"try again later",
	"please try later",
	"vtp feature not yet initialized",
	"config mode cannot be entered",
}

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
