package iosxe

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// The grammars of show vlan brief and show vtp status are general knowledge:
// every guide of the family prints them.
var (
	vlanHead = regexp.MustCompile(`^VLAN\s+Name\s+Status\b`)
	vlanRow  = regexp.MustCompile(`^(\d{1,4})\s+(\S.*?)\s+(active|suspended|act/\S+|sus/\S+)(?:\s.*)?$`)
	vlanMore = regexp.MustCompile(`^\s+\S`)
	vtpMode  = regexp.MustCompile(`(?i)^\s*VTP Operating Mode\s*:\s*(\S+(?: \S+)?)`)
	sviName  = regexp.MustCompile(`(?i)^vlan ?(\d{1,4})$`)
)

// parseVLANs reads show vlan brief: the VLANs that exist, without the four that
// stand for token ring and FDDI. A text without its heading is mirror.ErrParse.
func parseVLANs(text string) ([]mirror.VLAN, error) {
	var out []mirror.VLAN
	head := false
	for _, line := range textLines(text) {
		m := vlanRow.FindStringSubmatch(line)
		switch {
		case vlanHead.MatchString(line):
			head = true
		case !head, strings.TrimSpace(line) == "", strings.HasPrefix(line, "----"), vlanMore.MatchString(line):
		case m == nil:
			return nil, parseError("show vlan brief", line)
		default:
			id, err := decimal(m[1])
			if err != nil || id < 1 || id > mirror.MaxVLAN {
				return nil, parseError("show vlan brief", line)
			}
			if id < 1002 || id > 1005 {
				v := mirror.VLAN{ID: id, Name: m[2]}
				if v.Name == fmt.Sprintf("VLAN%04d", id) {
					v.Name = "" // nobody gave it one
				}
				out = append(out, v)
			}
		}
	}
	if !head {
		return nil, parseError("show vlan brief", firstLine(text))
	}
	return out, nil
}

// parseVTP says why no VLAN can be made, from show vtp status: a client takes
// its VLANs from a server. Version 3 lists modes of several features; that of
// VLANs comes first.
func parseVTP(text string) string {
	for _, line := range textLines(text) {
		if m := vtpMode.FindStringSubmatch(line); m != nil {
			if mode := strings.ToLower(m[1]); strings.HasPrefix(mode, "client") {
				return "VTP mode client"
			}
			return ""
		}
	}
	return ""
}
