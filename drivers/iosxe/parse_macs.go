package iosxe

import (
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
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
//
// The type follows the address in every layout. One that is not known counts as
// learned: a device that speaks is no idle port.
var (
	macHead    = regexp.MustCompile(`(?i)^\s*(?:vlan|bd)\s+mac addr(?:ess)?\s+type\b|^\s*destination address\s+address type\s+vlan\b`)
	macAddress = regexp.MustCompile(`(?i)^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$`)
	notLearned = regexp.MustCompile(`(?i)^(?:static|self|system|permanent|igmp|multicast|drop|blackhole)$`)
	// Lines around the rows: captions, rules, legends and counts.
	macAround = regexp.MustCompile(`(?i)^\s*(?:` +
		`[-+]{3,}[-+\s]*` + `|` +
		`(?:\w+ )*mac address (?:table|entries)|mac entries for vlan \d+\s*:?|unicast entries|multicast entries|(?:non-)?static address table:?` + `|` +
		`legend:.*|\s+\S+ - .*|no entries (?:present|found).*` + `|` +
		`[a-z][a-z /()-]*(?:count|addresses)[a-z ()-]*:\s*\d+` + `|` +
		`(?:displaying entries from|active supervisor|standby supervisor|module|switch|slot|line ?card)\b[^%]*:` + `|` +
		`total mac addresses .*:\s*\d+` +
		`)\s*$`)
	noEntries = regexp.MustCompile(`(?i)^\s*no entries`)
	portWord  = regexp.MustCompile(`^[A-Za-z][A-Za-z-]*\d[\d/.]*$`)
	// The switch itself, and nothing, stand where a port would.
	noPortWord = regexp.MustCompile(`(?i)^(?:router|switch|cpu|stby-switch|drop|vlan\d+|vl\d+|-|n/a|tu\S*|tunnel\S*)$`)
)

// parseMACs counts learned addresses by port. An answer without any line is an
// empty table; a text without heading, or with a line that is neither a row nor
// known to stand around rows, is mirror.ErrParse. The device's total is no
// check: addresses come and go while it prints.
func parseMACs(reply string) (map[mirror.PortName]int, error) {
	out := map[mirror.PortName]int{}
	head, more := false, false // more: the ports of the last row may go on
	for _, line := range noise.Lines(reply) {
		ports, learned, ok := macRow(line)
		switch {
		case ok && !head:
			return nil, text.ParseError("show mac address-table", line)
		case ok:
			more = !learned
			for _, p := range ports {
				out[p]++
			}
		case macHead.MatchString(line):
			head = true
		case macAround.MatchString(line):
			head = head || noEntries.MatchString(line)
		case more && morePorts(line):
		case !noise.Echoed(line):
			return nil, text.ParseError("show mac address-table", line)
		}
	}
	if !head && noise.Quiet(reply) != "" {
		return nil, text.ParseError("show mac address-table", text.FirstLine(reply))
	}
	return out, nil
}

// macRow reads a row, and the ports of a learned address. It is no row without
// an address and a type, or where a learned address has no port.
func macRow(line string) (ports []mirror.PortName, learned, ok bool) {
	words := strings.Fields(line)
	at := slices.IndexFunc(words, macAddress.MatchString)
	if at < 0 || at > 3 || at+1 >= len(words) {
		return nil, false, false
	}
	if notLearned.MatchString(words[at+1]) {
		return nil, false, true
	}
	if at+2 >= len(words) {
		return nil, false, false
	}
	for part := range strings.SplitSeq(strings.Trim(words[len(words)-1], ","), ",") {
		n, known := grammar.Read(part)
		switch {
		case known:
			ports = append(ports, n.Full())
		case portWord.MatchString(part) && !noPortWord.MatchString(part):
			ports = append(ports, grammar.Unnamed(part).Full())
		case !noPortWord.MatchString(part):
			return nil, false, false
		}
	}
	return ports, true, true
}

// morePorts reports a further line of the ports of an address that was not
// learned.
func morePorts(line string) bool {
	return (line[0] == ' ' || line[0] == '\t') && !slices.ContainsFunc(strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' }),
		func(w string) bool { return !portWord.MatchString(w) && !noPortWord.MatchString(w) })
}
