package text

import (
	"regexp"
	"strconv"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Figures is how the counters of ports are printed: a heading at the margin for each
// interface, its figures below.
type Figures struct {
	Command   string // for errors
	Noise     *Noise
	Ports     *Grammar
	Head      *regexp.Regexp // its first group is the name
	Up        func(head []string) bool
	Bandwidth *regexp.Regexp // in kbit/s
	Drops     *regexp.Regexp // frames that were to go out and were not sent
	In, Out   *regexp.Regexp // packets, octets
}

// Read reads the counters of one interface or all. Interfaces that can be no port are
// left out, and so is what stands under a heading that is not understood: whatever
// begins at the margin is one. Figures before the first heading belong to a port whose
// name was cut off, and are returned without one. A text without any interface is
// mirror.ErrParse.
func (f *Figures) Read(reply string) ([]mirror.PortCounters, error) {
	p := figureParser{table: f}
	lines := f.Noise.Lines(reply)
	for _, line := range lines {
		p.indented = p.indented || line[0] == ' '
	}
	for _, line := range lines {
		if !f.Noise.Echoed(line) {
			p.line(line)
		}
	}
	p.end()
	if !p.any {
		return nil, ParseError(f.Command, FirstLine(reply))
	}
	return p.out, nil
}

type figureParser struct {
	table *Figures
	out   []mirror.PortCounters
	now   mirror.PortCounters
	seen  [4]bool // bandwidth, drops, input, output
	named bool    // a heading was seen, whether or not of a port
	port  bool    // of a port
	any   bool    // an interface was found

	indented bool // the text kept its indentation
}

func (p *figureParser) end() {
	figures := p.seen != [4]bool{}
	if p.named && p.port || !p.named && figures {
		p.now.Complete = p.seen[1] && p.seen[2] && p.seen[3]
		p.out, p.any = append(p.out, p.now), true
	}
	p.now, p.seen = mirror.PortCounters{}, [4]bool{}
}

func (p *figureParser) line(line string) {
	if m := p.table.Head.FindStringSubmatch(line); m != nil {
		p.end()
		p.named, p.any = true, true
		n, ok := p.table.Ports.Read(m[1])
		if p.port = ok; !ok {
			return
		}
		p.now = mirror.PortCounters{Port: n.Full(), Up: mirror.False}
		if p.table.Up(m) {
			p.now.Up = mirror.True
		}
		return
	}
	if p.indented && line[0] != ' ' && line[0] != '\t' {
		p.end()
		p.named, p.port = true, false
		return
	}
	var kbit uint64
	p.take(0, p.table.Bandwidth, line, &kbit)
	if kbit > 0 && kbit < 1<<50 {
		p.now.Bandwidth = mirror.BitsPerSecond(kbit * 1000)
	}
	p.take(1, p.table.Drops, line, &p.now.OutDrops)
	p.take(2, p.table.In, line, &p.now.InPackets, &p.now.InOctets)
	p.take(3, p.table.Out, line, &p.now.OutPackets, &p.now.OutOctets)
}

func (p *figureParser) take(i int, re *regexp.Regexp, line string, to ...*uint64) {
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
