package text

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// VLANTable is a table of VLANs with the columns number, name, status, ports.
type VLANTable struct {
	Command string // for errors
	Noise   *Noise
	Head    *regexp.Regexp
	Row     *regexp.Regexp // number, name, status, ports
	Status  *regexp.Regexp // its words
	End     *regexp.Regexp // heads further tables, which tell nothing about names
	Longest int            // name that a VLAN can have
	Default func(id int) string
	Unreal  func(id int) bool // it stands for something else
}

var vlanNumber = regexp.MustCompile(`^(\d{1,4})\s+(\S.*)$`)

// Read lists the VLANs that exist. A long name goes on in the next line, with the
// status behind it or before it. A text without heading, a line that is no part
// of a row, and a row without a status are mirror.ErrParse.
func (t *VLANTable) Read(reply string) ([]mirror.VLAN, error) {
	p := vlanParser{table: t}
	for _, line := range t.Noise.Lines(reply) {
		if t.End.MatchString(line) && p.status > 0 {
			break
		}
		if !p.line(line) && !t.Noise.Echoed(line) {
			return nil, ParseError(t.Command, line)
		}
	}
	if p.status == 0 {
		return nil, ParseError(t.Command, FirstLine(reply))
	}
	if p.open {
		return nil, fmt.Errorf("%s: VLAN %d has no status: %w", t.Command, p.out[len(p.out)-1].ID, mirror.ErrParse)
	}
	var out []mirror.VLAN
	for _, v := range p.out {
		if v.Name == t.Default(v.ID) {
			v.Name = "" // nobody gave it one
		}
		if !t.Unreal(v.ID) {
			out = append(out, v)
		}
	}
	return out, nil
}

type vlanParser struct {
	table               *VLANTable
	out                 []mirror.VLAN
	name, status, ports int  // columns of the heading, 0 = no heading yet
	open                bool // the last row has no status yet
	filled              bool // the last row's name fills its column
}

// line takes one line; false when it is not understood.
func (p *vlanParser) line(line string) bool {
	switch {
	case p.table.Head.MatchString(line):
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
	m := p.table.Row.FindStringSubmatch(line)
	if m == nil {
		if m = vlanNumber.FindStringSubmatch(line); m == nil {
			return false
		}
		p.open = true // its name fills the column
	} else if m[4] != "" && !portList(m[4]) {
		return false
	}
	id, err := Decimal(m[1])
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
			if p.table.Status.MatchString(w) {
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
	name, ports := Cut(line, 0, p.status), Cut(line, p.status, len(line))
	return p.goOn(name) && (ports == "" || portList(ports))
}

// goOn adds to the name of the last row; false when no name is that long.
func (p *vlanParser) goOn(part string) bool {
	name := &p.out[len(p.out)-1].Name
	*name += part
	return len(*name) <= p.table.Longest
}

// portList reports whether a text is what stands in the column of ports.
func portList(reply string) bool {
	for part := range strings.SplitSeq(strings.TrimSuffix(strings.TrimSpace(reply), ","), ",") {
		if !PortWord.MatchString(strings.TrimSpace(part)) {
			return false
		}
	}
	return true
}
