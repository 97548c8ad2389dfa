package text

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Neighbour is a row of a table of neighbours.
type Neighbour struct {
	Port     Name
	Device   string
	Protocol string // by which it is heard
	Cut      bool   // the name may be cut
}

// System is who is heard, for the planner. Some systems add a serial number in
// brackets.
func (n Neighbour) System() mirror.Neighbour {
	name, _, _ := strings.Cut(n.Device, "(")
	return mirror.Neighbour{System: name, Cut: n.Cut}
}

// Together makes one neighbour of what two protocols tell of the same device.
func Together(list []Neighbour) []Neighbour {
	var out []Neighbour
	for _, n := range list {
		i := slices.IndexFunc(out, func(o Neighbour) bool {
			return o.Protocol != n.Protocol && (o.Device == n.Device || o.Cut && strings.HasPrefix(n.Device, o.Device))
		})
		if i < 0 {
			out = append(out, n)
			continue
		}
		out[i].Protocol, out[i].Device, out[i].Cut = out[i].Protocol+" and "+n.Protocol, n.Device, n.Cut
	}
	return out
}

// Neighbours is a table of neighbours with the columns device, local port, hold time. A
// name that fills its column stands on a line of its own above the rest of its row, or
// is cut, and the port follows without a blank.
type Neighbours struct {
	Command  string // for errors
	Protocol string
	Noise    *Noise
	Ports    *Grammar
	Head     *regexp.Regexp
	Column   string         // begins the heading of local ports
	Off      *regexp.Regexp // nobody is heard, because the protocol is off
	Total    *regexp.Regexp // how many rows there are; may be missing
	Legend   *regexp.Regexp // begins what stands above the heading, and goes on indented
	Cut      int            // where the name of a device is cut, 0 = it is not
	OneWord  bool           // names have no blanks
}

var (
	// A local port ("Gi1/0/1", "Gig 1/0/1", "Mg0/RP0/CPU0/0") with the hold time behind it.
	portAndTime = regexp.MustCompile(`^\s*([A-Za-z][A-Za-z-]* ?\d[\w/.:]*)\s+\d{1,5}(?:\s|$)`)
	// The same where the row does not stand under its heading.
	wordAndTime = regexp.MustCompile(`^(.*?)(\S+(?: \d[\d/.]*)?)\s+\d{1,5}(?:\s|$)`)
	// What can be nothing but an interface, of a kind that is not in the table.
	slashed = regexp.MustCompile(`^[A-Za-z][A-Za-z-]*\d+/[\w/.:]+$`)
)

// Read lists the rows. A protocol that is off has no neighbours. mirror.ErrParse for a
// text without heading, for a line that is no row, and where the device counts more
// neighbours than it lists.
func (t *Neighbours) Read(reply string) ([]Neighbour, error) {
	p := neighbourParser{table: t}
	for _, line := range t.Noise.Lines(reply) {
		if t.Off.MatchString(line) {
			return nil, nil
		}
		if !p.line(line) && !t.Noise.Echoed(line) {
			return nil, ParseError(t.Command, line)
		}
	}
	switch {
	case p.port == 0:
		return nil, ParseError(t.Command, FirstLine(reply))
	case p.name != "":
		return nil, ParseError(t.Command+": a name without its row", p.name)
	case len(p.out) < p.counted:
		return nil, fmt.Errorf("%s: %d rows, and the words that there are %d: %w", t.Command, len(p.out), p.counted, mirror.ErrParse)
	}
	return p.out, nil
}

type neighbourParser struct {
	table   *Neighbours
	out     []Neighbour
	port    int    // where the column of local ports begins, 0 = no heading yet
	legend  bool   // in the explanation of capabilities
	name    string // of a row that comes in the next line
	counted int    // by the device
}

// line takes one line; false when it is not understood.
func (p *neighbourParser) line(line string) bool {
	indented := line[0] == ' ' || line[0] == '\t'
	switch {
	case p.table.Head.MatchString(line):
		p.port = strings.Index(line, p.table.Column)
		return true
	case p.port == 0 && p.table.Noise.Echoed(line):
		return true
	case p.port == 0:
		p.legend = p.table.Legend.MatchString(line) || p.legend && indented
		return p.legend
	case p.table.Total.MatchString(line):
		n, err := strconv.Atoi(p.table.Total.FindStringSubmatch(line)[1])
		p.counted += n
		return err == nil
	}
	if device, port, ok := p.row(line); ok {
		if p.name != "" {
			if device != "" {
				return false // the row of the name above is missing
			}
			device, p.name = p.name, ""
		}
		n, known := p.table.Ports.Read(port)
		if !known {
			n = p.table.Ports.Unnamed(strings.Join(strings.Fields(port), ""))
		}
		p.out = append(p.out, Neighbour{Port: n, Device: device, Protocol: p.table.Protocol, Cut: p.table.Cut > 0 && len(device) >= p.table.Cut})
		return true
	}
	name := strings.TrimSpace(line)
	if indented || p.name != "" || p.table.Noise.Echoed(line) || p.table.OneWord && strings.Contains(name, " ") {
		return false
	}
	p.name = name
	return true
}

// row takes a row apart by the columns of the heading, and where that fails by
// its words: then what is before the hold time must end in the name of a port.
func (p *neighbourParser) row(line string) (device, port string, ok bool) {
	if len(line) > p.port {
		joined := line[p.port-1] != ' '
		if m := portAndTime.FindStringSubmatch(line[p.port:]); m != nil && (!joined || m[1][0] == line[p.port] && m[1][0] <= 'Z') {
			return strings.TrimSpace(line[:p.port]), m[1], true
		}
	}
	m := wordAndTime.FindStringSubmatch(line)
	if m == nil {
		return "", "", false
	}
	for i := range m[2] {
		if n, ok := p.table.Ports.Read(m[2][i:]); ok && n.Listed() {
			return strings.TrimSpace(m[1] + m[2][:i]), m[2][i:], true
		}
	}
	if device := strings.TrimSpace(m[1]); device != "" && slashed.MatchString(m[2]) {
		return device, m[2], true
	}
	return "", "", false
}

// headings are parted by two blanks and more.
var headings = regexp.MustCompile(`\s{2,}`)

// ReadNeighbours reads a table of neighbours whose heading begins with first, the column
// of ports; the name of a system stands below the heading system, or, where it is moved
// and no column is empty, at the end of its row; "" = it is not told. port is what a name
// of a port is. strange is a line in front of the heading, "" = there is none.
func ReadNeighbours(lines []string, first, system string, port func(string) mirror.PortName) (out map[mirror.PortName][]mirror.Neighbour, strange string) {
	out = map[mirror.PortName][]mirror.Neighbour{}
	column, columns := -1, 0
	for _, line := range lines {
		switch {
		case strings.HasPrefix(line, first):
			column, columns = strings.Index(line, system), len(headings.Split(strings.TrimSpace(line), -1))
		case column < 0:
			return nil, line
		default:
			words := strings.Fields(line)
			name := ""
			if column < len(line) && line[column-1] == ' ' && line[column] != ' ' {
				name = Cut(line, column, len(line))
			} else if len(words) >= columns {
				name = words[len(words)-1]
			}
			p := port(words[0])
			out[p] = append(out[p], mirror.Neighbour{System: name})
		}
	}
	return out, ""
}
