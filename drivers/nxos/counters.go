package nxos

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
)

// interfaceFigures is show interface. Discards stand last, and the rates are told over
// two load intervals (fixtures/cisco-nxos/show_interface__output_discard_counters.txt).
var interfaceFigures = &text.Figures{
	Command: showPorts, Noise: noise, Ports: grammar,
	Head:      regexp.MustCompile(`^(\S+) is (up|down)\b`),
	Beside:    regexp.MustCompile(`^(?:admin state is|Belongs to|Dedicated) `),
	DropsLast: true, Intervals: true,
	Up:        func(m []string) bool { return m[2] == "up" },
	Bandwidth: regexp.MustCompile(`\bBW (\d+) Kbit`),
	Drops:     regexp.MustCompile(`\s(\d+) output discards?\b`),
	In:        regexp.MustCompile(`^\s*(\d+) input packets\s+(\d+) bytes`),
	Out:       regexp.MustCompile(`^\s*(\d+) output packets\s+(\d+) bytes`),
	InRate:    inputRate,
	OutRate:   regexp.MustCompile(`^\s*(\d+) (second|minute)s? output rate (\d+) bits/sec, (\d+) packets/sec`),
	Cleared:   regexp.MustCompile(`^\s*Last clearing of "show interface" counters (\S+)`),
}

var inputRate = regexp.MustCompile(`^\s*(\d+) (second|minute)s? input rate (\d+) bits/sec, (\d+) packets/sec`)

// parseReceived finds what a port receives in show interface of it, over either interval:
// the device's words for a rate above zero, "" for none. A text without any interface is
// mirror.ErrParse.
func parseReceived(reply string) (words string, err error) {
	head := false
	for _, line := range noise.Lines(reply) {
		head = head || interfaceFigures.Head.MatchString(line)
		if m := inputRate.FindStringSubmatch(line); m != nil && words == "" && (m[3] != "0" || m[4] != "0") {
			words = strings.TrimSpace(line)
		}
	}
	if !head {
		return "", text.ParseError(showPorts, text.FirstLine(reply))
	}
	return words, nil
}
