package iosxe

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A status is a row of show interfaces status.
type status struct {
	name   text.Name
	word   string // connected, notconnect, disabled, monitoring, ...
	vlan   string // a number, trunk, routed, ...
	speed  mirror.BitsPerSecond
	access int
}

var (
	statusHead = regexp.MustCompile(`^\s*Port\s+Name\s+Status\s+Vlan\b`)
	statusWord = regexp.MustCompile(`(?i)^(?:connected:?|notconnect?|disabled|err-disabled|monitor(?:ing)?|inactive|suspended|faulty|sfpAbsent|xcvrAbsent)$`)
	duplexWord = regexp.MustCompile(`(?i)^(?:a-full|a-half|full|half|auto)$`)
	vlanWord   = regexp.MustCompile(`(?i)^(?:pvlan \S+|\d[\d,-]*|trunk|routed|unassigned|none|--|)$`)
	// Where a row does not stand under its heading it is read from its end, since
	// the description may hold anything: status, VLAN (a private VLAN has two
	// words), duplex, speed, and the type. Words of status and VLAN that are not
	// known are tried when the known ones fail.
	statusRows = []*regexp.Regexp{
		statusRow(`connected:?|notconnect?|disabled|err-disabled|monitoring|inactive|suspended|faulty|sfpAbsent|xcvrAbsent`,
			`pvlan \S+|\d[\d,-]*|trunk|routed|unassigned|none|--`),
		statusRow(`\S+`, `pvlan \S+|\d[\d,-]*|trunk|routed|unassigned|none|--`),
		statusRow(`\S+`, `\S+`),
	}
)

func statusRow(status, vlan string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)^\s*(\S+)\s+(?:.*\s)?(` + status + `)\s+(` + vlan +
		`)\s+(?:a-full|a-half|full|half|auto)\s+(a-\S+|auto|\d+(?:\.\d+)?[GM]?)(?:\s.*)?$`)
}

// parseStatus reads show interfaces status. A port whose name is not understood
// is a row as well. A text without its heading, or with a line that is no row,
// is mirror.ErrParse.
func parseStatus(reply string) ([]status, error) {
	var out []status
	column := -1 // where the status begins
	for _, line := range noise.Lines(reply) {
		if statusHead.MatchString(line) {
			column = strings.Index(line, "Status")
			continue
		}
		s, ok := status{}, false
		if column > 0 {
			if s, ok = statusAt(line, column); !ok {
				s, ok = statusFromEnd(line)
			}
		}
		switch {
		case ok:
			out = append(out, s)
		case !noise.Echoed(line):
			return nil, text.ParseError("show interfaces status", line)
		}
	}
	if column < 0 {
		return nil, text.ParseError("show interfaces status", text.FirstLine(reply))
	}
	return out, nil
}

// statusAt reads a row that stands under its heading: what is behind the
// beginning of the status column are status, VLAN, duplex, speed and type.
func statusAt(line string, column int) (status, bool) {
	if len(line) <= column || line[column] == ' ' {
		return status{}, false
	}
	words := strings.Fields(line[column:])
	if line[column-1] != ' ' && !statusWord.MatchString(words[0]) { // a description may fill its column
		return status{}, false
	}
	duplex := slices.IndexFunc(words, duplexWord.MatchString)
	if duplex < 1 || duplex > 3 || duplex+1 >= len(words) {
		return status{}, false
	}
	port, _, _ := strings.Cut(strings.TrimSpace(line[:column]), " ")
	return newStatus(port, words[0], strings.Join(words[1:duplex], " "), words[duplex+1])
}

func statusFromEnd(line string) (status, bool) {
	for _, re := range statusRows {
		if m := re.FindStringSubmatch(line); m != nil {
			return newStatus(m[1], m[2], m[3], m[4])
		}
	}
	return status{}, false
}

// newStatus: some releases end the status in a colon, and some say "monitoring
// routed" in front of the VLAN.
func newStatus(port, word, vlan, rate string) (status, bool) {
	if port == "" {
		return status{}, false
	}
	n, ok := grammar.Read(port)
	if !ok {
		n = grammar.Unnamed(port)
	}
	if strings.HasPrefix(vlan, "routed ") {
		vlan = "routed"
	}
	s := status{name: n, word: strings.ToLower(strings.TrimSuffix(word, ":")), vlan: vlan, speed: speed(rate)}
	if strings.HasPrefix(s.word, "monitor") {
		s.word = "monitoring"
	}
	if v, err := text.Decimal(vlan); err == nil {
		s.access = v
	}
	return s, true
}

var speedText = regexp.MustCompile(`(?i)^(?:a-)?(\d+(?:\.\d+)?)(G|M)?`)

// speed reads "a-1000" (Mb/s), "10G", "auto" (not told).
func speed(reply string) mirror.BitsPerSecond {
	m := speedText.FindStringSubmatch(reply)
	if m == nil {
		return 0
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0
	}
	if strings.EqualFold(m[2], "G") {
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
func parseRemoteVLANs(reply string) ([]int, error) {
	head := false
	var list strings.Builder
	last := byte(',') // of the list so far
	for _, line := range noise.Lines(reply) {
		part := strings.TrimSpace(line)
		switch {
		case remoteHead.MatchString(line):
			head = true
		case dashes.MatchString(line):
		case head && remoteList.MatchString(part) && (list.Len() == 0 || last == ',' || last == '-' || part[0] == ','):
			list.WriteString(part)
			last = part[len(part)-1]
		case head && list.Len() == 0 && empty(part):
		case !noise.Echoed(line):
			return nil, text.ParseError("show vlan remote-span", line)
		}
	}
	switch {
	case !head:
		return nil, text.ParseError("show vlan remote-span", text.FirstLine(reply))
	case list.Len() == 0:
		return nil, nil
	}
	vlans, err := text.VLANs(strings.Trim(list.String(), ","))
	if err != nil {
		return nil, text.ParseError("show vlan remote-span", list.String())
	}
	return vlans, nil
}

var remoteList = regexp.MustCompile(`^[0-9 ,-]*[0-9][0-9 ,-]*$`)
