package iosxr

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// The grammar of show version is general knowledge; what is not found stays empty,
// except that a text without any version is not understood.
var (
	versionLine   = regexp.MustCompile(`(?m)^\s*Cisco IOS[ -]XR Software,? Version ([0-9][^\s,\[]*)`)
	uptimeLine    = regexp.MustCompile(`(?m)^(\S+) uptime is (.+?)\s*$`)
	processorLine = regexp.MustCompile(`(?mi)^\s*cisco ((?:IOS )?[A-Za-z0-9/-]+(?: (?:Series|9000))?)\s*\(.*?\)\s*processor`)
	chassisLine   = regexp.MustCompile(`(?mi)^\s*cisco ([A-Za-z0-9-]+) \(.*\)\s*$`)
	boardID       = regexp.MustCompile(`(?mi)^\s*Processor board ID (\S+)`)
	hostnameLine  = regexp.MustCompile(`(?m)^hostname (\S+)\s*$`)
)

// parseFacts reads "show version" and "show running-config hostname".
func parseFacts(version, hostname string) (mirror.Facts, error) {
	version = strings.Join(noise.Lines(version), "\n")
	first := func(re *regexp.Regexp, group int, in string) string {
		if m := re.FindStringSubmatch(in); m != nil {
			return m[group]
		}
		return ""
	}
	f := mirror.Facts{
		Version: first(versionLine, 1, version),
		Model:   cmp.Or(first(processorLine, 1, version), first(chassisLine, 1, version)),
		Serial:  first(boardID, 1, version),
		Uptime:  text.Uptime(first(uptimeLine, 2, version)),
	}
	name := first(uptimeLine, 1, version)
	if name == "System" { // newer releases say nothing but that
		name = ""
	}
	f.Hostname = cmp.Or(first(hostnameLine, 1, strings.Join(noise.Lines(hostname), "\n")), name)
	if f.Version == "" {
		return mirror.Facts{}, text.ParseError(showVersion, text.FirstLine(version))
	}
	return f, nil
}

// A family of devices, see capabilities.go.
type family string

// The families that the sheet tells apart.
const (
	anyFamily family = ""
	asr9000   family = "ASR 9000"
	ncs       family = "NCS 540, 560, 5500, 5700"
	cisco8000 family = "Cisco 8000"
)

var families = []struct {
	model *regexp.Regexp
	family
}{
	{regexp.MustCompile(`(?i)^asr-?9`), asr9000},
	{regexp.MustCompile(`(?i)^(?:ncs-?(?:540|560|55|57)|n540|n560)`), ncs},
	{regexp.MustCompile(`^8\d{3}`), cisco8000},
}

// familyOf tells the family of a device by its model.
func familyOf(f mirror.Facts) family {
	for _, k := range families {
		if k.model.MatchString(f.Model) {
			return k.family
		}
	}
	return anyFamily
}

// portLevel reports whether a source port is written so that its subinterfaces are
// copied with it (cisco-iosxr.md 1.2). The Cisco 8000 cannot.
func portLevel(f mirror.Facts) bool { return familyOf(f) != cisco8000 }
