package iosxe

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// vlanTable is show vlan brief. Its grammar and that of show vtp status are general
// knowledge: every guide of the family prints them. 1002 to 1005 stand for token ring
// and FDDI.
var vlanTable = &text.VLANTable{
	Command: showVLANs, Noise: noise,
	Head:   regexp.MustCompile(`^VLAN\s+Name\s+Status\b`),
	Row:    regexp.MustCompile(`^(\d{1,4})\s+(\S.*?)\s+(active|suspend(?:ed)?|(?:act|sus)/\S+)(?:\s+(.*))?$`),
	Status: regexp.MustCompile(`^(?:active|suspend(?:ed)?|(?:act|sus)/\S+)$`),
	// show vlan prints further tables below.
	End:     regexp.MustCompile(`^VLAN\s+Type\s+SAID\b`),
	Longest: 128, // that any release of the family takes
	Default: func(id int) string { return fmt.Sprintf("VLAN%04d", id) },
	Unreal:  func(id int) bool { return id >= 1002 && id <= 1005 },
}

var sviName = regexp.MustCompile(`(?i)^vlan ?(\d{1,4})$`)

// Several tables by port. A long list of VLANs goes on in the next line.
var (
	trunkHead = regexp.MustCompile(`^\s*Port\s+(?:Mode|Vlans)\b`)
	trunkRow  = regexp.MustCompile(`^\s*[A-Za-z][A-Za-z-]*\d[\d/.]*(?:\s|$)|^\s+[\d,-]+$`)
)

// checkTrunks looks at show interfaces trunk, of which only the text is compared:
// mirror.ErrParse where it is no such table. Without a trunk it is empty.
func checkTrunks(reply string) error {
	head := false
	for _, line := range noise.Lines(reply) {
		switch {
		case trunkHead.MatchString(line):
			head = true
		case head && trunkRow.MatchString(line):
		case !noise.Echoed(line):
			return text.ParseError("show interfaces trunk", line)
		}
	}
	return nil
}

var (
	vtpField = regexp.MustCompile(`(?i)^\s*([a-z][a-z0-9 ()/-]*?)\s*:\s*(.*)$`)
	// Older systems say "VTP Version : 2", or "running VTP1 (VTP2 capable)".
	vtpVersion = regexp.MustCompile(`(?i)^(?:running VTP)?(\d)\b`)
	// What has no colon: the last change, the updater, rules, and the digest,
	// which goes on in the next line.
	vtpAround = regexp.MustCompile(`(?i)^\s*(?:configuration last modified by .*|local updater id is .*|preferred interface name is .*|-+|(?:0x[0-9a-f]{2}\s*)+)$`)
)

// vtp is what show vtp status tells.
type vtp struct{ version, domain, mode string }

// parseVTP says why no VLAN can be made, from show vtp status, and where one
// that is made goes by itself: a client takes its VLANs from a server, and so
// does a server of version 3 that is not the primary one (Catalyst 3750-X and
// 3560-X Command Reference OL-29704-01, vtp primary). Without a domain name
// nothing is sent (Catalyst 3650 VLAN guide, Configuring VTP); versions 1 and 2
// send the normal range only (Catalyst 3560 guide, Configuring VTP). A text that
// does not tell the mode, and of a server version and domain, is mirror.ErrParse.
func parseVTP(reply string) (none string, spread mirror.VLANSpread, err error) {
	v, err := readVTP(reply)
	if err != nil {
		return "", spread, err
	}
	switch mode := strings.ToLower(v.mode); {
	case strings.HasPrefix(mode, "client"):
		return "VTP mode client", spread, nil
	case mode == "transparent", mode == "off":
		return "", spread, nil
	case mode == "server" && v.version == "3":
		return "VTP version 3, and not the primary server", spread, nil
	case mode != "server" && mode != "primary server":
		return "", spread, text.ParseError("show vtp status: operating mode", v.mode)
	}
	if v.domain == "" {
		return "", spread, nil
	}
	spread = mirror.VLANSpread{By: "VTP domain " + v.domain, UpTo: 1005}
	if v.version == "3" {
		spread.UpTo = mirror.MaxVLAN
	}
	return "", spread, nil
}

// readVTP finds the three in any order: the mode stands before the domain in
// older layouts. Version 3 lists the modes of several features; that of VLANs
// comes first.
func readVTP(reply string) (vtp, error) {
	var v vtp
	seen := map[string]bool{}
	for _, line := range noise.Lines(reply) {
		m := vtpField.FindStringSubmatch(line)
		if m == nil {
			if !vtpAround.MatchString(line) && !noise.Echoed(line) {
				return v, text.ParseError("show vtp status", line)
			}
			continue
		}
		field := strings.ToLower(m[1])
		switch value := strings.TrimSpace(m[2]); {
		case field == "vtp version" || field == "vtp version running":
			if n := vtpVersion.FindStringSubmatch(value); n != nil && !seen["version"] {
				v.version, seen["version"] = n[1], true
			}
		case field == "vtp domain name" && !seen["domain"]:
			v.domain, seen["domain"] = value, true
		case field == "vtp operating mode" && !seen["mode"]:
			v.mode, seen["mode"] = value, true
		}
	}
	server := strings.HasSuffix(strings.ToLower(v.mode), "server") // only of one the others matter
	for _, what := range []string{"mode", "version", "domain"} {
		if !seen[what] && (what == "mode" || server) {
			return v, fmt.Errorf("show vtp status: no %s in %q: %w", what, text.Quote(text.FirstLine(reply)), mirror.ErrParse)
		}
	}
	return v, nil
}

// accessListHead begins an access list: "Extended IP access list NAME",
// "IPv6 access list NAME", "Extended MAC access list NAME", "Role-based IP
// access list NAME", "Bridge address access list 700".
var accessListHead = regexp.MustCompile(`^\s*((?:\S+ )*)access list (\S+)(?:\s+\(.*\))?$`)

// parseAccessLists lists the names of the standard and extended IP access lists
// that show access-lists heads. No list at all is a legal answer; a line at the
// margin that heads none is mirror.ErrParse.
func parseAccessLists(reply string) ([]string, error) {
	var out []string
	for _, line := range noise.Lines(reply) {
		m := accessListHead.FindStringSubmatch(line)
		switch {
		case m != nil:
			if kind := strings.TrimSpace(m[1]); kind == "Standard IP" || kind == "Extended IP" {
				out = append(out, m[2])
			}
		case line[0] == ' ' || line[0] == '\t': // an entry
		case !noise.Echoed(line):
			return nil, text.ParseError("show access-lists", line)
		}
	}
	return out, nil
}
