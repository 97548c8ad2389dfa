package iosxe

import (
	"regexp"

	"github.com/netmirror/netmirror/internal/console/text"
)

// The two tables differ in their words. CDP prints a name that fills its column
// on a line of its own, above the rest of its row; LLDP cuts it, and the port
// follows without a blank. CDP of some systems adds a serial number in brackets. All
// of it is general knowledge.
var lldpTable, cdpTable = neighbourTable("LLDP", 20), neighbourTable("CDP", 0)

func neighbourTable(protocol string, cut int) *text.Neighbours {
	return &text.Neighbours{
		Command: map[string]string{"LLDP": showLLDP, "CDP": showCDP}[protocol], Protocol: protocol, Noise: noise, Ports: grammar,
		Head:   regexp.MustCompile(`^\s*Device[ -]ID\s+Local Int\S+\s+H(?:old-?)?[Ttl]\S*me?\b`),
		Column: "Local",
		Off:    regexp.MustCompile(`(?i)^\s*% ?(?:LLDP|CDP) is not enabled`),
		Total:  regexp.MustCompile(`(?i)^\s*Total (?:cdp )?entries displayed\s*:\s*(\d{1,6})`),
		// The explanation of the capabilities.
		Legend: regexp.MustCompile(`^\s*Capability [Cc]odes:`),
		Cut:    cut, OneWord: cut > 0,
	}
}
