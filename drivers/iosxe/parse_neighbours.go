package iosxe

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A neighbour is a row of show lldp neighbors or show cdp neighbors.
type neighbour struct {
	port     text.Name
	device   string
	protocol string // LLDP or CDP
}

// The two tables differ in their words. CDP prints a name that fills its column
// on a line of its own, above the rest of its row; LLDP cuts it, and the port
// follows without a blank. Both grammars are general knowledge.
var (
	neighbourHead = regexp.MustCompile(`^\s*Device[ -]ID\s+Local Int\S+\s+H(?:old-?)?[Ttl]\S*me?\b`)
	neighbourOff  = regexp.MustCompile(`(?i)^\s*% ?(?:LLDP|CDP) is not enabled`)
	neighbourEnd  = regexp.MustCompile(`(?i)^\s*Total (?:cdp )?entries displayed\s*:\s*(\d{1,6})`)
	// The explanation of the capabilities stands above the heading.
	capabilityCodes = regexp.MustCompile(`^\s*Capability [Cc]odes:`)

	// A local port ("Gi1/0/1"; CDP writes "Gig 1/0/1") with the hold time behind it.
	portAndTime = regexp.MustCompile(`^\s*([A-Za-z][A-Za-z-]* ?\d[\d/.:]*)\s+\d{1,5}(?:\s|$)`)
	// The same where the row does not stand under its heading.
	wordAndTime = regexp.MustCompile(`^(.*?)(\S+(?: \d[\d/.]*)?)\s+\d{1,5}(?:\s|$)`)
)

// lldpName is where LLDP's table cuts the name of a device.
const lldpName = 20

// together makes one neighbour of what both protocols tell of the same device.
func together(list []neighbour) []neighbour {
	var out []neighbour
	for _, n := range list {
		i := slices.IndexFunc(out, func(o neighbour) bool {
			return o.protocol != n.protocol && (o.device == n.device || len(o.device) == lldpName && strings.HasPrefix(n.device, o.device))
		})
		if i < 0 {
			out = append(out, n)
			continue
		}
		out[i].protocol, out[i].device = out[i].protocol+" and "+n.protocol, n.device
	}
	return out
}

// system is who is heard, for the planner. CDP of some systems adds a serial
// number in brackets (general knowledge).
func (n neighbour) system() mirror.Neighbour {
	name, _, _ := strings.Cut(n.device, "(")
	return mirror.Neighbour{System: name, Cut: n.protocol == "LLDP" && len(n.device) >= lldpName}
}

// parseNeighbours reads show lldp neighbors or show cdp neighbors, protocol
// being LLDP or CDP. One that is off has no neighbours. mirror.ErrParse for a
// text without heading, for a line that is no row, and where the device counts
// more neighbours than it lists.
func parseNeighbours(protocol, reply string) ([]neighbour, error) {
	p := neighbourParser{protocol: protocol}
	for _, line := range noise.Lines(reply) {
		if neighbourOff.MatchString(line) {
			return nil, nil
		}
		if !p.line(line) && !noise.Echoed(line) {
			return nil, text.ParseError(p.what(), line)
		}
	}
	switch {
	case p.port == 0:
		return nil, text.ParseError(p.what(), text.FirstLine(reply))
	case p.name != "":
		return nil, text.ParseError(p.what()+": a name without its row", p.name)
	case len(p.out) < p.counted:
		return nil, fmt.Errorf("%s: %d rows, and the words that there are %d: %w", p.what(), len(p.out), p.counted, mirror.ErrParse)
	}
	return p.out, nil
}

type neighbourParser struct {
	protocol string
	out      []neighbour
	port     int    // where the column of local ports begins, 0 = no heading yet
	legend   bool   // in the explanation of capabilities
	name     string // of a row that comes in the next line
	counted  int    // by the device
}

func (p *neighbourParser) what() string { return "show " + strings.ToLower(p.protocol) + " neighbors" }

// line takes one line; false when it is not understood.
func (p *neighbourParser) line(line string) bool {
	indented := line[0] == ' ' || line[0] == '\t'
	switch {
	case neighbourHead.MatchString(line):
		p.port = strings.Index(line, "Local")
		return true
	case p.port == 0 && noise.Echoed(line):
		return true
	case p.port == 0:
		p.legend = capabilityCodes.MatchString(line) || p.legend && indented
		return p.legend
	case neighbourEnd.MatchString(line):
		n, err := strconv.Atoi(neighbourEnd.FindStringSubmatch(line)[1])
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
		n, known := grammar.Read(port)
		if !known {
			n = grammar.Unnamed(strings.Join(strings.Fields(port), ""))
		}
		p.out = append(p.out, neighbour{port: n, device: device, protocol: p.protocol})
		return true
	}
	name := strings.TrimSpace(line)
	if indented || p.name != "" || noise.Echoed(line) || p.protocol == "LLDP" && strings.Contains(name, " ") {
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
		if n, ok := grammar.Read(m[2][i:]); ok && n.Listed() {
			return strings.TrimSpace(m[1] + m[2][:i]), m[2][i:], true
		}
	}
	return "", "", false
}
