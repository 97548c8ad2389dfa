package iosxe

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Keys of Facts.Extra.
const (
	factFamily = "family" // of the image: CAT9K_IOSXE
	// factERSPAN is what show capability feature monitor erspan-source says:
	// the number of sessions, or erspanNo; absent where the device has no such
	// command.
	factERSPAN = "erspan"
	erspanNo   = "no"
)

// The grammar of show version is general knowledge; what is not found stays
// empty, except that a text without any version is not understood.
var (
	versionXE     = regexp.MustCompile(`(?m)^\s*Cisco IOS[ -]XE Software, Version (\S+)`)
	versionIOS    = regexp.MustCompile(`(?m)^\s*Cisco IOS Software.*?\(([A-Za-z0-9_-]+)\),? (?:Experimental )?Version ([^\s,]+)`)
	versionOldIOS = regexp.MustCompile(`(?m)^\s*IOS \(tm\) .*?\(([A-Za-z0-9_-]+)\),? (?:Experimental )?Version ([^\s,]+)`)
	uptimeLine    = regexp.MustCompile(`(?m)^(\S+) uptime is (.+?)\s*$`)
	modelNumber   = regexp.MustCompile(`(?mi)^\s*Model Number\s*:\s*(\S+)`)
	// "cisco WS-C3560-24PS (PowerPC405) processor (revision D0) with 131072K bytes of
	// memory.", and of routers "Cisco 2811 (revision 53.50) with ...".
	processorLine = regexp.MustCompile(`(?mi)^\s*cisco (\S+)\s(?:.*\d+K bytes of memory|.*?\(.*?\)\s+processor)`)
	serialNumber  = regexp.MustCompile(`(?mi)^\s*System Serial Number\s*:\s*([A-Za-z0-9-]+)`)
	boardID       = regexp.MustCompile(`(?mi)^\s*Processor board ID ([A-Za-z0-9-]+)`)
)

// parseVersion reads show version.
func parseVersion(reply string) (mirror.Facts, error) {
	reply = strings.Join(noise.Lines(reply), "\n")
	first := func(re *regexp.Regexp, group int) string {
		if m := re.FindStringSubmatch(reply); m != nil {
			return m[group]
		}
		return ""
	}
	f := mirror.Facts{
		Version:  cmp.Or(first(versionXE, 1), first(versionIOS, 2), first(versionOldIOS, 2)),
		Hostname: first(uptimeLine, 1),
		Model:    cmp.Or(first(modelNumber, 1), first(processorLine, 1)),
		Serial:   cmp.Or(first(serialNumber, 1), first(boardID, 1)),
		Uptime:   text.Uptime(first(uptimeLine, 2)), // told in whole minutes
		Extra:    map[string]string{},
	}
	f.Version = strings.TrimSuffix(f.Version, ",")
	if f.Version == "" {
		return mirror.Facts{}, text.ParseError("show version", text.FirstLine(reply))
	}
	if family := cmp.Or(first(versionIOS, 1), first(versionOldIOS, 1)); family != "" {
		f.Extra[factFamily] = family
	}
	return f, nil
}

var (
	diffHead   = regexp.MustCompile(`(?i)^!?\s*(Contextual Config Diffs|List of Commands|No changes were found)`)
	diffNone   = regexp.MustCompile(`(?i)No changes were found`)
	diffFailed = regexp.MustCompile(`(?i)^%|error opening|not enabled`)
)

// parseDifferences reads show archive config differences A B: "+" lines are
// only in B, "-" only in A; a line without sign is the block that the next
// ones, indented, stand in. mirror.ErrParse when it is not such a text, as when
// the device does not have the command.
func parseDifferences(reply string) ([]console.Difference, error) {
	var out []console.Difference
	head, none, block := false, false, ""
	for line := range strings.SplitSeq(strings.ReplaceAll(reply, "\r", "\n"), "\n") {
		line = strings.TrimRight(line, " \t\x00")
		body := strings.TrimSpace(line)
		// A signed line is never an interruption or an echo, whatever it looks
		// like: "-hostname sw#".
		signed := strings.HasPrefix(body, "+") || strings.HasPrefix(body, "-")
		switch {
		case body == "" || !signed && (noise.Interrupts(line) || noise.Echoed(line)) || traceLine.MatchString(line):
		case diffHead.MatchString(body):
			head, none = true, none || diffNone.MatchString(body)
		case diffFailed.MatchString(body) || !head:
			return nil, text.ParseError("show archive config differences", withoutSecrets(line))
		case body[0] == '!':
		case signed:
			d := console.Difference{Line: body}
			if len(body) > 1 && body[1] == ' ' || line[0] == ' ' {
				if d.Block = block; block == "" {
					return nil, text.ParseError("show archive config differences: a line of no block", withoutSecrets(line))
				}
			} else if block = strings.TrimSpace(body[1:]); classicMonitor(block) {
				block = "" // it has no lines below it
			}
			out = append(out, d)
		case !configWord.MatchString(body):
			return nil, text.ParseError("show archive config differences", line)
		default:
			block = body
		}
	}
	if !head {
		return nil, text.ParseError("show archive config differences", withoutSecrets(text.FirstLine(reply)))
	}
	if none && len(out) > 0 {
		return nil, fmt.Errorf("show archive config differences: %d lines, and the words that there are none: %w", len(out), mirror.ErrParse)
	}
	return out, nil
}
