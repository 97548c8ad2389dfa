package iosxe

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
)

// interfaceFigures is show interfaces. The mean rates are over the load interval of the
// port, 5 minutes unless somebody set another. Older systems count drops beside the
// queue, "Output queue 0/40, 0 drops" (general knowledge: IOS 12).
var interfaceFigures = &text.Figures{
	Command: "show interfaces", Noise: noise, Ports: grammar,
	Head: regexp.MustCompile(`^(\S+) is (.+?), *line protocol is (\w+)(?: *\((.*?)\))?`),
	// A destination's line protocol is down, "(monitoring)" or "(monitoring
	// routed)": it sends.
	Up:        func(m []string) bool { return m[2] == "up" && (m[3] == "up" || strings.HasPrefix(m[4], "monitoring")) },
	Bandwidth: regexp.MustCompile(`\bBW (\d+) Kbit`),
	Drops:     regexp.MustCompile(`(?:Total output drops: |Output queue:? \d+/\d+, )(\d+)`),
	In:        regexp.MustCompile(`^\s*(\d+) packets input, (\d+) bytes`),
	Out:       regexp.MustCompile(`^\s*(\d+) packets output, (\d+) bytes`),
	InRate:    regexp.MustCompile(`^\s*(\d+) (minute|second)s? input rate (\d+) bits/sec, (\d+) packets/sec`),
	OutRate:   regexp.MustCompile(`^\s*(\d+) (minute|second)s? output rate (\d+) bits/sec, (\d+) packets/sec`),
	Cleared:   regexp.MustCompile(`^\s*Last clearing of "show interface" counters (\S+)`),
}
