package iosxe

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	statusWords = `connected:?|notconnect?|disabled|err-disabled|monitor(?:ing)?|inactive|suspended|faulty|sfpAbsent|xcvrAbsent`
	vlanWords   = `pvlan \S+|\d[\d,-]*|trunk|routed|unassigned|none|--`
)

var vlanWord = regexp.MustCompile(`(?i)^(?:` + vlanWords + `|)$`)

// statusTable is show interfaces status. Some releases end the status in a colon, and
// some say "monitoring routed" in front of the VLAN; a private VLAN has two words.
var statusTable = text.NewPortTable(showStatus, noise, grammar, regexp.MustCompile(`^\s*Port\s+Name\s+Status\s+Vlan\b`), "Status", statusWords, vlanWords,
	func(word, vlan string) (string, string) {
		if word = strings.TrimSuffix(word, ":"); strings.HasPrefix(word, "monitor") {
			word = "monitoring"
		}
		if strings.HasPrefix(vlan, "routed ") {
			vlan = "routed"
		}
		return word, vlan
	})

// up: a destination that is "monitoring" sends copies, though IF-MIB may call
// it down.
func up(word string) mirror.State {
	switch word {
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
