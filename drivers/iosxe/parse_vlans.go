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
	// Older systems say "VTP Version : 2", or "running VTP1 (VTP2 capable)".
	vtpVersion = regexp.MustCompile(`(?i)^\s*VTP Version(?: running)?\s*:\s*(?:running VTP)?(\d)\b`)
	vtpDomain  = regexp.MustCompile(`(?i)^\s*VTP Domain Name\s*:\s*(\S+)`)
	sviName    = regexp.MustCompile(`(?i)^vlan ?(\d{1,4})$`)
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

// parseVTP says why no VLAN can be made, from show vtp status, and where one
// that is made goes by itself: a client takes its VLANs from a server, and so
// does a server of version 3 that is not the primary one (Catalyst 3750-X and
// 3560-X Command Reference OL-29704-01, vtp primary). Without a domain name
// nothing is sent (Catalyst 3650 VLAN guide, Configuring VTP); versions 1 and 2
// send the normal range only (Catalyst 3560 guide, Configuring VTP). Version 3
// lists the modes of several features; that of VLANs comes first.
func parseVTP(text string) (none string, spread mirror.VLANSpread) {
	version, domain := "", ""
	for _, line := range textLines(text) {
		if m := vtpVersion.FindStringSubmatch(line); m != nil {
			version = m[1]
		}
		if m := vtpDomain.FindStringSubmatch(line); m != nil {
			domain = m[1]
		}
		m := vtpMode.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		switch mode := strings.ToLower(m[1]); {
		case strings.HasPrefix(mode, "client"):
			return "VTP mode client", spread
		case mode == "server" && version == "3":
			return "VTP version 3, and not the primary server", spread
		case strings.HasSuffix(mode, "server") && domain != "":
			spread = mirror.VLANSpread{By: "VTP domain " + domain, UpTo: 1005}
			if version == "3" {
				spread.UpTo = mirror.MaxVLAN
			}
		}
		return "", spread
	}
	return "", spread
}
