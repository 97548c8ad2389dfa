package text

import (
	"regexp"
	"strconv"
	"time"

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
	Cleared   *regexp.Regexp // an age of the counters, or that they never were cleared
	// InRate and OutRate are the device's own means: over how many of which unit, bits and
	// packets per second.
	InRate, OutRate *regexp.Regexp
	// DropsLast: the drops stand behind the packets, maybe in their line, and not before
	// the rates.
	DropsLast bool
	// Intervals: the means are told over several intervals; the first counts.
	Intervals bool
	// Beside are lines at the margin that head nothing. May be nil.
	Beside *regexp.Regexp
}

// Read reads the counters of one interface or all, as they stood at now. Interfaces that
// can be no port are left out, and so is what stands under a heading that is not
// understood: whatever begins at the margin is one. Figures before the first heading
// belong to a port whose name was cut off, and are returned without one. A text without
// any interface is mirror.ErrParse.
func (f *Figures) Read(reply string, now time.Time) ([]mirror.PortCounters, error) {
	p := figureParser{table: f, at: now}
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
	at    time.Time
	out   []mirror.PortCounters
	now   mirror.PortCounters
	seen  [4]bool // bandwidth, drops, input, output
	next  int     // the place of the next figure in the order in which they are printed
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
	p.now, p.seen, p.next = mirror.PortCounters{}, [4]bool{}, 0
}

// inOrder takes the figure with a place in the order in which each interface prints
// them. One that goes back in it is of another interface, whose heading was lost: it
// and what follows are nobody's.
func (p *figureParser) inOrder(place int) bool {
	if place < p.next {
		p.end()
		p.named, p.port = true, false
	}
	p.next = place + 1
	return p.port || !p.named
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
	t := p.table
	if t.Beside != nil && t.Beside.MatchString(line) {
		return
	}
	if p.indented && line[0] != ' ' && line[0] != '\t' {
		p.end()
		p.named, p.port = true, false
		return
	}
	var kbit uint64
	if p.take(0, 0, t.Bandwidth, line, &kbit); kbit > 0 && kbit < 1<<50 {
		p.now.Bandwidth = mirror.BitsPerSecond(kbit * 1000)
	}
	p.cleared(1, line)
	if !t.DropsLast {
		p.take(1, 2, t.Drops, line, &p.now.OutDrops)
	}
	p.mean(3, t.InRate, line, &p.now.In)
	p.mean(4, t.OutRate, line, &p.now.Out)
	p.take(2, 5, t.In, line, &p.now.InPackets, &p.now.InOctets)
	p.take(3, 6, t.Out, line, &p.now.OutPackets, &p.now.OutOctets)
	if t.DropsLast { // maybe in the same line
		p.take(1, 7, t.Drops, line, &p.now.OutDrops)
	}
}

func (p *figureParser) take(i, place int, re *regexp.Regexp, line string, to ...*uint64) {
	m := re.FindStringSubmatch(line)
	if m == nil || !p.inOrder(place) {
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

// mean reads a rate, "5 minute input rate 2000 bits/sec, 3 packets/sec".
func (p *figureParser) mean(place int, re *regexp.Regexp, line string, to **mirror.MeanRate) {
	m := re.FindStringSubmatch(line)
	if m == nil || p.table.Intervals && *to != nil || !p.inOrder(place) {
		return
	}
	const most = 1 << 50 // no port carries as much, and nothing overflows below it
	n, err1 := strconv.ParseUint(m[1], 10, 16)
	bits, err2 := strconv.ParseUint(m[3], 10, 64)
	packets, err3 := strconv.ParseUint(m[4], 10, 64)
	if err1 != nil || err2 != nil || err3 != nil || bits > most || packets > most {
		return
	}
	*to = &mirror.MeanRate{Bits: mirror.BitsPerSecond(bits), Packets: float64(packets), Over: time.Duration(n) * units[m[2]]}
}

var units = map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour}

// cleared reads since when the counters are what they are.
func (p *figureParser) cleared(place int, line string) {
	m := p.table.Cleared.FindStringSubmatch(line)
	if m == nil || !p.inOrder(place) {
		return
	}
	if m[1] == never {
		p.now.Discontinuity = never
		return
	}
	if least, most, ok := Age(m[1]); ok {
		p.now.Cleared = &mirror.Span{From: p.at.Add(-most), To: p.at.Add(-least)}
	}
}

const never = "never"

// The forms of an age: "00:04:17", "1d02h", "2w3d", "1y12w".
var (
	clockAge = regexp.MustCompile(`^(\d{1,3}):(\d\d):(\d\d)$`)
	unitsAge = regexp.MustCompile(`^(\d{1,2})([ywd])(\d{1,3})([wdh])$`)
	ageUnits = map[string]time.Duration{"y": 365 * 24 * time.Hour, "w": 7 * 24 * time.Hour, "d": 24 * time.Hour, "h": time.Hour}
)

// ageSlack is how far a device's clock may be from where its age says that it is.
const ageSlack = 2 * time.Second

// Age reads how long ago something was, which is told in units that become coarser: it
// is between least and most. ok is false for any other text.
func Age(told string) (least, most time.Duration, ok bool) {
	if m := clockAge.FindStringSubmatch(told); m != nil {
		for i, unit := range []time.Duration{time.Hour, time.Minute, time.Second} {
			n, _ := strconv.Atoi(m[i+1]) // digits, three at most
			least += time.Duration(n) * unit
		}
		return max(0, least-ageSlack), least + time.Second + ageSlack, true
	}
	m := unitsAge.FindStringSubmatch(told)
	if m == nil || ageUnits[m[4]] >= ageUnits[m[2]] {
		return 0, 0, false
	}
	for i := 1; i < len(m); i += 2 {
		n, _ := strconv.Atoi(m[i])
		least += time.Duration(n) * ageUnits[m[i+1]]
	}
	return least - ageSlack, least + ageUnits[m[4]] + ageSlack, true
}
