package iosxr

import (
	"fmt"
	"regexp"
	"time"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// interfaceFigures is show interfaces (fixtures/cisco-iosxr, one interface). The mean
// rates are over the load interval of the port.
var interfaceFigures = &text.Figures{
	Command: showPorts, Noise: noise, Ports: grammar,
	Head:      regexp.MustCompile(`^(\S+) is (.+?), line protocol is (.+?)\s*$`),
	Up:        func(m []string) bool { return m[2] == "up" && m[3] == "up" },
	Bandwidth: regexp.MustCompile(`\bBW (\d+) Kbit`),
	Drops:     regexp.MustCompile(`, (\d+) total output drops`), DropsLast: true,
	In:      regexp.MustCompile(`^\s*(\d+) packets input, (\d+) bytes`),
	Out:     regexp.MustCompile(`^\s*(\d+) packets output, (\d+) bytes`),
	InRate:  regexp.MustCompile(`^\s*(\d+) (minute|second)s? input rate (\d+) bits/sec, (\d+) packets/sec`),
	OutRate: regexp.MustCompile(`^\s*(\d+) (minute|second)s? output rate (\d+) bits/sec, (\d+) packets/sec`),
	Cleared: regexp.MustCompile(`^\s*Last clearing of "show interface" counters (\S+)`),
}

// readCounters reads the ports of show interfaces. No answer at all is about an interface
// that is not there.
func readCounters(reply string, now time.Time) ([]mirror.PortCounters, error) {
	if len(said(reply)) == 0 {
		return nil, nil
	}
	return interfaceFigures.Read(reply, now)
}

// parseReceived says what a port receives: the device's own figures, "" for nothing, and of
// a port that is not there.
func parseReceived(reply string) (words string, err error) {
	all, err := readCounters(reply, time.Time{})
	for _, p := range all {
		if p.In != nil && (p.In.Bits > 0 || p.In.Packets > 0) {
			words = fmt.Sprintf("input rate %d bits/sec, %.0f packets/sec", p.In.Bits, p.In.Packets)
		}
	}
	return words, err
}
