package iosxe

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// counterCommands ask for the counters of ports, of all where none is named.
func counterCommands(ports []mirror.PortName) []string {
	if len(ports) == 0 {
		return []string{"show interfaces"}
	}
	var out []string
	for _, p := range ports {
		out = append(out, "show interfaces "+string(p))
	}
	return out
}

// readCounters leaves out ports whose figures are not all told.
func readCounters(reply string) ([]mirror.PortCounters, error) {
	found, err := parseInterfaces(reply)
	var out []mirror.PortCounters
	for _, p := range found {
		if p.Complete && p.Port != "" {
			out = append(out, p)
		}
	}
	return out, err
}

var (
	interfaceLine = regexp.MustCompile(`^(\S+) is (.+?), *line protocol is (\w+)(?: *\((.*?)\))?`)
	bandwidthText = regexp.MustCompile(`\bBW (\d+) Kbit`)
	dropsText     = regexp.MustCompile(`Total output drops: (\d+)`)
	inputText     = regexp.MustCompile(`^\s*(\d+) packets input, (\d+) bytes`)
	outputText    = regexp.MustCompile(`^\s*(\d+) packets output, (\d+) bytes`)
)

// parseInterfaces reads show interfaces, of one or all. Interfaces that can be
// no port are left out, and so is what stands under a heading that is not
// understood: whatever begins at the margin is one. Figures before the first
// heading belong to a port whose name was cut off, and are returned without one.
// A text without any interface is mirror.ErrParse.
func parseInterfaces(reply string) ([]mirror.PortCounters, error) {
	p := interfaceParser{}
	lines := noise.Lines(reply)
	for _, line := range lines {
		p.indented = p.indented || line[0] == ' '
	}
	for _, line := range lines {
		if !noise.Echoed(line) {
			p.line(line)
		}
	}
	p.end()
	if !p.any {
		return nil, text.ParseError("show interfaces", text.FirstLine(reply))
	}
	return p.out, nil
}

type interfaceParser struct {
	out   []mirror.PortCounters
	now   mirror.PortCounters
	seen  [4]bool // bandwidth, drops, input, output
	named bool    // a heading was seen, whether or not of a port
	port  bool    // of a port
	any   bool    // an interface was found

	indented bool // the text kept its indentation
}

func (p *interfaceParser) end() {
	figures := p.seen != [4]bool{}
	if p.named && p.port || !p.named && figures {
		p.now.Complete = p.seen[1] && p.seen[2] && p.seen[3]
		p.out, p.any = append(p.out, p.now), true
	}
	p.now, p.seen = mirror.PortCounters{}, [4]bool{}
}

func (p *interfaceParser) line(line string) {
	if m := interfaceLine.FindStringSubmatch(line); m != nil {
		p.end()
		p.named, p.any = true, true
		n, ok := grammar.Read(m[1])
		if p.port = ok; !ok {
			return
		}
		p.now = mirror.PortCounters{Port: n.Full(), Up: mirror.False}
		// A destination's line protocol is down, "(monitoring)" or "(monitoring
		// routed)": it sends.
		if m[2] == "up" && (m[3] == "up" || strings.HasPrefix(m[4], "monitoring")) {
			p.now.Up = mirror.True
		}
		return
	}
	if p.indented && line[0] != ' ' && line[0] != '\t' {
		p.end()
		p.named, p.port = true, false
		return
	}
	take := func(i int, re *regexp.Regexp, to ...*uint64) {
		m := re.FindStringSubmatch(line)
		if m == nil {
			return
		}
		for j, t := range to {
			v, err := strconv.ParseUint(m[j+1], 10, 64)
			if err != nil {
				return
			}
			*t = v
		}
		p.seen[i] = true
	}
	var kbit uint64
	take(0, bandwidthText, &kbit)
	if kbit > 0 && kbit < 1<<50 {
		p.now.Bandwidth = mirror.BitsPerSecond(kbit * 1000)
	}
	take(1, dropsText, &p.now.OutDrops)
	take(2, inputText, &p.now.InPackets, &p.now.InOctets)
	take(3, outputText, &p.now.OutPackets, &p.now.OutOctets)
}
