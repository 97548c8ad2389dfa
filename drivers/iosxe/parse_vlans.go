package iosxe

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// The grammars of show vlan brief and show vtp status are general knowledge:
// every guide of the family prints them.
var (
	vlanHead   = regexp.MustCompile(`^VLAN\s+Name\s+Status\b`)
	vlanRow    = regexp.MustCompile(`^(\d{1,4})\s+(\S.*?)\s+(active|suspend(?:ed)?|(?:act|sus)/\S+)(?:\s+(.*))?$`)
	vlanNumber = regexp.MustCompile(`^(\d{1,4})\s+(\S.*)$`)
	vlanStatus = regexp.MustCompile(`^(?:active|suspend(?:ed)?|(?:act|sus)/\S+)$`)
	// show vlan prints further tables below, which tell nothing about names.
	vlanEnd = regexp.MustCompile(`^VLAN\s+Type\s+SAID\b`)
	sviName = regexp.MustCompile(`(?i)^vlan ?(\d{1,4})$`)
)

// parseVLANs reads show vlan brief: the VLANs that exist, without the four that
// stand for token ring and FDDI. A long name goes on in the next line, with the
// status behind it or before it. A text without heading, a line that is no part
// of a row, and a row without a status are mirror.ErrParse.
func parseVLANs(reply string) ([]mirror.VLAN, error) {
	p := vlanParser{}
	for _, line := range noise.Lines(reply) {
		if vlanEnd.MatchString(line) && p.status > 0 {
			break
		}
		if !p.line(line) && !noise.Echoed(line) {
			return nil, text.ParseError("show vlan brief", line)
		}
	}
	if p.status == 0 {
		return nil, text.ParseError("show vlan brief", text.FirstLine(reply))
	}
	if p.open {
		return nil, fmt.Errorf("show vlan brief: VLAN %d has no status: %w", p.out[len(p.out)-1].ID, mirror.ErrParse)
	}
	var out []mirror.VLAN
	for _, v := range p.out {
		if v.Name == fmt.Sprintf("VLAN%04d", v.ID) {
			v.Name = "" // nobody gave it one
		}
		if v.ID < 1002 || v.ID > 1005 {
			out = append(out, v)
		}
	}
	return out, nil
}

type vlanParser struct {
	out                 []mirror.VLAN
	name, status, ports int  // columns of the heading, 0 = no heading yet
	open                bool // the last row has no status yet
	filled              bool // the last row's name fills its column
}

// line takes one line; false when it is not understood.
func (p *vlanParser) line(line string) bool {
	switch {
	case vlanHead.MatchString(line):
		p.name, p.status, p.ports = strings.Index(line, "Name"), strings.Index(line, "Status"), strings.Index(line, "Ports")
		if p.ports < 0 {
			p.ports = p.status + len("suspended ")
		}
		return true
	case p.status == 0:
		return false
	case strings.Trim(line, "- \t") == "":
		return true
	case line[0] == ' ' || line[0] == '\t':
		return p.more(line)
	}
	if p.open {
		return false // the row above has no status
	}
	m := vlanRow.FindStringSubmatch(line)
	if m == nil {
		if m = vlanNumber.FindStringSubmatch(line); m == nil {
			return false
		}
		p.open = true // its name fills the column
	} else if m[4] != "" && !portList(m[4]) {
		return false
	}
	id, err := text.Decimal(m[1])
	if err != nil || id < 1 || id > mirror.MaxVLAN {
		return false
	}
	p.out = append(p.out, mirror.VLAN{ID: id, Name: m[2]})
	p.filled = len(m[2]) >= p.status-p.name-1
	return true
}

// more takes a line that carries the last row on: its name, the status, or ports.
func (p *vlanParser) more(line string) bool {
	if len(p.out) == 0 {
		return false
	}
	if p.open { // name, then the status, wherever they stand
		words := strings.Fields(line)
		for i, w := range words {
			if vlanStatus.MatchString(w) {
				p.open, p.filled = false, false
				rest := strings.Join(words[i+1:], " ")
				return p.goOn(strings.Join(words[:i], " ")) && (rest == "" || portList(rest))
			}
		}
		return p.goOn(strings.TrimSpace(line))
	}
	if !p.filled { // then only ports can go on
		return portList(line)
	}
	name, ports := text.Cut(line, 0, p.status), text.Cut(line, p.status, len(line))
	return p.goOn(name) && (ports == "" || portList(ports))
}

// longestName of a VLAN that any release of the family takes.
const longestName = 128

// goOn adds to the name of the last row; false when no name is that long.
func (p *vlanParser) goOn(part string) bool {
	name := &p.out[len(p.out)-1].Name
	*name += part
	return len(*name) <= longestName
}

// portList reports whether a text is what stands in the column of ports.
func portList(reply string) bool {
	for part := range strings.SplitSeq(strings.TrimSuffix(strings.TrimSpace(reply), ","), ",") {
		if !portWord.MatchString(strings.TrimSpace(part)) {
			return false
		}
	}
	return true
}

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
