package iosxe

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A status is a row of show interfaces status.
type status struct {
	name   name
	word   string // connected, notconnect, disabled, monitoring, ...
	vlan   string // a number, trunk, routed, ...
	speed  mirror.BitsPerSecond
	access int
}

var (
	statusHead = regexp.MustCompile(`^\s*Port\s+Name\s+Status\s+Vlan\b`)
	// The description may hold anything, so a row is read from its end: status,
	// VLAN (a private VLAN has two words), duplex, speed, and the type. Words of
	// status and VLAN that are not known are tried when the known ones fail.
	statusRows = []*regexp.Regexp{
		statusRow(`connected|notconnect?|disabled|err-disabled|monitoring|inactive|suspended|faulty|sfpAbsent|xcvrAbsent`,
			`pvlan \S+|\d[\d,-]*|trunk|routed|unassigned|none|--`),
		statusRow(`\S+`, `pvlan \S+|\d[\d,-]*|trunk|routed|unassigned|none|--`),
		statusRow(`\S+`, `\S+`),
	}
)

func statusRow(status, vlan string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)^\s*(\S+)\s+(?:.*\s)?(` + status + `)\s+(` + vlan +
		`)\s+(?:a-full|a-half|full|half|auto)\s+(a-\S+|auto|\d+(?:\.\d+)?[GM]?)(?:\s.*)?$`)
}

func matchStatus(line string) []string {
	for _, re := range statusRows {
		if m := re.FindStringSubmatch(line); m != nil {
			return m
		}
	}
	return nil
}

// parseStatus reads show interfaces status. Rows of interfaces that can be no
// port (an unknown type) are left out; a text without its heading is
// mirror.ErrParse.
func parseStatus(text string) ([]status, error) {
	var out []status
	head := false
	for _, line := range textLines(text) {
		switch {
		case statusHead.MatchString(line):
			head = true
		case !head || strings.TrimSpace(line) == "":
		default:
			m := matchStatus(line)
			if m == nil {
				return nil, parseError("show interfaces status", line)
			}
			n, ok := readName(m[1])
			if !ok {
				continue
			}
			s := status{name: n, word: strings.ToLower(m[2]), vlan: m[3], speed: speed(m[4])}
			if v, err := decimal(m[3]); err == nil {
				s.access = v
			}
			out = append(out, s)
		}
	}
	if !head {
		return nil, parseError("show interfaces status", firstLine(text))
	}
	return out, nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

var speedText = regexp.MustCompile(`^(?:a-)?(\d+(?:\.\d+)?)(G|M)?`)

// speed reads "a-1000" (Mb/s), "10G", "auto" (not told).
func speed(text string) mirror.BitsPerSecond {
	m := speedText.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0
	}
	if m[2] == "G" {
		v *= 1000
	}
	return mirror.BitsPerSecond(v * 1e6)
}

// up: a destination that is "monitoring" sends copies, though IF-MIB may call
// it down.
func (s status) up() mirror.State {
	switch s.word {
	case "connected", "monitoring":
		return mirror.True
	case "notconnect", "notconnec", "disabled", "err-disabled", "sfpabsent", "xcvrabsent", "inactive", "suspended", "faulty":
		return mirror.False
	}
	return mirror.Unknown
}

var remoteHead = regexp.MustCompile(`^\s*Remote SPAN VLANs`)

// parseRemoteVLANs reads show vlan remote-span: a list, which may be wrapped.
func parseRemoteVLANs(text string) ([]int, error) {
	head, rest := false, ""
	for _, line := range textLines(text) {
		switch {
		case remoteHead.MatchString(line):
			head = true
		case strings.TrimSpace(line) == "" || dashes.MatchString(line):
		case !head:
			return nil, parseError("show vlan remote-span", line)
		default:
			if rest != "" && !strings.HasSuffix(rest, ",") && !strings.HasPrefix(strings.TrimSpace(line), ",") {
				return nil, parseError("show vlan remote-span", line)
			}
			rest += strings.TrimSpace(line)
		}
	}
	switch {
	case !head:
		return nil, parseError("show vlan remote-span", firstLine(text))
	case empty(rest):
		return nil, nil
	}
	vlans, err := vlanList(strings.Trim(rest, ","))
	if err != nil {
		return nil, parseError("show vlan remote-span", rest)
	}
	return vlans, nil
}

// A neighbour is a row of show lldp neighbors.
type neighbour struct {
	port   name
	device string
}

var (
	neighbourHead = regexp.MustCompile(`^\s*Device ID\s+Local Intf\s+Hold-time`)
	noLLDP        = regexp.MustCompile(`(?i)% LLDP is not enabled`)
	// The name may have blanks and runs into the next column when it is long.
	neighbourRow = regexp.MustCompile(`^(.*?)\s*([A-Z][A-Za-z-]*[0-9][0-9/]*)\s+(\d+)\s+(?:([A-Z](?:,[A-Z])*)\s+)?(\S.*)?$`)
	totalEntries = regexp.MustCompile(`^\s*Total (entries|cdp)`)
)

// parseNeighbours reads show lldp neighbors; LLDP that is off is no neighbours.
func parseNeighbours(text string) ([]neighbour, error) {
	var out []neighbour
	head := false
	for _, line := range textLines(text) {
		switch {
		case noLLDP.MatchString(line):
			return nil, nil
		case neighbourHead.MatchString(line):
			head = true
		case !head || strings.TrimSpace(line) == "" || totalEntries.MatchString(line):
		default:
			m := neighbourRow.FindStringSubmatch(line)
			if m == nil {
				continue // the second line of a long name
			}
			if n, ok := readName(m[2]); ok {
				out = append(out, neighbour{port: n, device: strings.TrimSpace(m[1])})
			}
		}
	}
	if !head {
		return nil, parseError("show lldp neighbors", firstLine(text))
	}
	return out, nil
}

// macRow is a learned address: "  10    0011.2233.4455    DYNAMIC     Gi1/0/1".
var macRow = regexp.MustCompile(`(?i)^[\s*]*(\d+|All)\s+([0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})\s+dynamic\s+(?:.*\s)?(\S+)$`)

// parseMACs counts learned addresses by port. Its grammar is general knowledge:
// what is not a row of a learned address is passed over.
func parseMACs(text string) map[mirror.PortName]int {
	out := map[mirror.PortName]int{}
	for _, line := range textLines(text) {
		if m := macRow.FindStringSubmatch(line); m != nil {
			if n, ok := readName(m[3]); ok {
				out[n.full()]++
			}
		}
	}
	return out
}

var accessListHead = regexp.MustCompile(`^\s*(Standard|Extended|Reflexive)\s+(IP|IPv6|MAC)\s+access list\s+(\S+)|^\s*(IPv6)\s+access list\s+(\S+)`)

// parseAccessLists lists the names of IP access lists that show access-lists
// heads with "Extended IP access list NAME".
func parseAccessLists(text string) []string {
	var out []string
	for _, line := range textLines(text) {
		if m := accessListHead.FindStringSubmatch(line); m != nil && m[2] == "IP" {
			out = append(out, m[3])
		}
	}
	return out
}
