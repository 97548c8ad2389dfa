package iosxe

import (
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Tables of learned addresses differ by family: the VLAN or the address leads,
// the type comes before or after the VLAN, protocols, an age and stars stand
// between; the port comes last everywhere. All of it is general knowledge.
//
//	Vlan    Mac Address       Type        Ports                      3560 to 9600
//	  10    0011.2233.4455    DYNAMIC     Gi1/0/1
//	 vlan     mac address     type        protocols         port     4500
//	  10      0011.2233.4455   dynamic ip,ipx,assigned      GigabitEthernet1/1
//	  vlan   mac address     type    learn     age     ports         6500
//	*   10  0011.2233.4455   dynamic  Yes         25   Gi1/1
//	Destination Address  Address Type  VLAN  Destination Port        2950 and older, switch modules
//	0011.2233.4455       Dynamic         10  FastEthernet0/1
var (
	macHead    = regexp.MustCompile(`(?i)^\s*(?:vlan|bd)\s+mac address\s+type\b|^\s*destination address\s+address type\s+vlan\b`)
	macAddress = regexp.MustCompile(`(?i)^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$`)
	macType    = regexp.MustCompile(`(?i)^(?:dynamic|static|secure|self|system|permanent|igmp|multicast|cp_learn|drop|blackhole|unknown)$`)
	// Lines around the rows: captions, rules, legends and counts.
	macAround = regexp.MustCompile(`(?i)^\s*(?:` +
		`[-+]{3,}[-+\s]*` + `|` +
		`(?:mac address table|unicast entries|multicast entries|(?:non-)?static address table:?)\s*` + `|` +
		`legend:.*|\s+\S+ - .*|no entries (?:present|found).*` + `|` +
		`[a-z][a-z /()-]*(?:count|addresses)[a-z ()-]*:\s*\d+` + `|` +
		`(?:displaying entries from|active supervisor|standby supervisor|module|switch|slot|line ?card)\b[^%]*:` + `|` +
		`total mac addresses .*:\s*\d+` +
		`)$`)
)

// parseMACs counts learned addresses by port. An answer without any line is an
// empty table; a text without heading, or with a line that is neither a row nor
// known to stand around rows, is mirror.ErrParse. The device's total is no
// check: addresses come and go while it prints.
func parseMACs(text string) (map[mirror.PortName]int, error) {
	out := map[mirror.PortName]int{}
	head, row, multicast := false, false, false
	for _, line := range textLines(text) {
		port, learned, ok := macRow(line)
		switch {
		case ok && !head:
			return nil, parseError("show mac address-table", line)
		case ok:
			row = true
			multicast = !learned
			if learned {
				out[port]++
			}
		case macHead.MatchString(line):
			head = true
		case macAround.MatchString(line):
			head = head || noEntries.MatchString(line)
		case multicast && row && morePorts(line):
		case !echoed(line):
			return nil, parseError("show mac address-table", line)
		}
	}
	if !head && quiet(text) != "" {
		return nil, parseError("show mac address-table", firstLine(text))
	}
	return out, nil
}

var noEntries = regexp.MustCompile(`(?i)^\s*no entries`)

// macRow reads a row. It is no row without an address and a type; a learned
// address whose port is missing is none either.
func macRow(line string) (port mirror.PortName, learned, ok bool) {
	words := strings.Fields(line)
	address := slices.IndexFunc(words, macAddress.MatchString)
	kind := slices.IndexFunc(words, macType.MatchString)
	if address < 0 || kind < address || address > 3 {
		return "", false, false
	}
	last := words[len(words)-1]
	if low := strings.ToLower(words[kind]); low != "dynamic" && low != "cp_learn" {
		return "", false, true
	}
	if kind == len(words)-1 {
		return "", false, false
	}
	n, known := readName(last)
	if !known {
		n = unnamed(last)
	}
	return n.full(), true, true
}

// morePorts reports a further line of the ports of a group address.
func morePorts(line string) bool {
	return (line[0] == ' ' || line[0] == '\t') && !slices.ContainsFunc(strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' }),
		func(w string) bool { return !portWord.MatchString(w) })
}

var portWord = regexp.MustCompile(`^(?:[A-Za-z][A-Za-z-]*\d[\d/.]*|Router|Switch|CPU|Stby-Switch)$`)
