package iosxe

import (
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// interfaceFigures is show interfaces.
var interfaceFigures = &text.Figures{
	Command: "show interfaces", Noise: noise, Ports: grammar,
	Head: regexp.MustCompile(`^(\S+) is (.+?), *line protocol is (\w+)(?: *\((.*?)\))?`),
	// A destination's line protocol is down, "(monitoring)" or "(monitoring
	// routed)": it sends.
	Up:        func(m []string) bool { return m[2] == "up" && (m[3] == "up" || strings.HasPrefix(m[4], "monitoring")) },
	Bandwidth: regexp.MustCompile(`\bBW (\d+) Kbit`),
	Drops:     regexp.MustCompile(`Total output drops: (\d+)`),
	In:        regexp.MustCompile(`^\s*(\d+) packets input, (\d+) bytes`),
	Out:       regexp.MustCompile(`^\s*(\d+) packets output, (\d+) bytes`),
}

// counterCommands ask for the counters of ports, of all where none is named.
func counterCommands(ports []mirror.PortName) []string {
	if len(ports) == 0 {
		return []string{"show interfaces"}
	}
	var out []string
	for _, p := range ports {
		out = append(out, showPortRates(p))
	}
	return out
}

// readCounters leaves out ports whose interfaceFigures are not all told.
func readCounters(reply string) ([]mirror.PortCounters, error) {
	found, err := interfaceFigures.Read(reply)
	return slices.DeleteFunc(found, func(p mirror.PortCounters) bool { return !p.Complete || p.Port == "" }), err
}
