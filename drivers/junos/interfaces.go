package junos

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A row is a physical interface as "show interfaces" tells of it.
type row struct {
	name     string
	up       mirror.State
	disabled bool
	speed    mirror.BitsPerSecond
	cleared  string
	figures  map[string]uint64 // "Input bytes", "Input bps", ..., and drops
}

// The layout of "show interfaces", with or without "extensive", is general knowledge: no
// sheet has a recording of them. What is not told stays unknown.
var (
	physical  = regexp.MustCompile(`^Physical interface: ([^\s,]+)(?:.*?, (Enabled|Administratively down|Disabled))?(?:.*?Physical link is (\w+))?`)
	unitHead  = regexp.MustCompile(`^\s*Logical interface `)
	speedText = regexp.MustCompile(`\bSpeed: (\d{1,6}(?:\.\d)?)([mMgG])bps`)
	cleared   = regexp.MustCompile(`^\s*Statistics last cleared: (\S.*?)\s*(?:\(.* ago\))?$`)
	figure    = regexp.MustCompile(`^\s*(Input|Output) +(bytes|packets) *: +(\d{1,20})(?: +(\d{1,18}) ?(bps|pps))?`)
	rateText  = regexp.MustCompile(`^\s*(Input|Output) rate +: (\d{1,18}) bps \((\d{1,18}) pps\)`)
	drops     = regexp.MustCompile(`\bDrops: (\d{1,20})\b`)
)

// parseInterfaces reads the physical interfaces; figures of their units are left out.
// mirror.ErrParse for a text without any.
func parseInterfaces(command, reply string) ([]row, error) {
	var out []row
	unit, part := false, ""
	for _, line := range said(reply) {
		if m := physical.FindStringSubmatch(line); line[0] == 'P' && m != nil {
			out = append(out, row{name: m[1], figures: map[string]uint64{}, disabled: strings.HasPrefix(m[2], "Admin") || m[2] == "Disabled", up: cmp.Or(links[m[3]], mirror.Unknown)})
			unit, part = false, ""
			continue
		}
		if unit = unit || unitHead.MatchString(line); unit || len(out) == 0 {
			continue
		}
		if strings.HasSuffix(line, "put errors:") {
			part = strings.Fields(line)[0]
		}
		out[len(out)-1].line(line, part)
	}
	if len(out) == 0 {
		return nil, text.ParseError(command, text.FirstLine(reply))
	}
	return out, nil
}

// links are the words of "Physical link is"; others are not known.
var links = map[string]mirror.State{"Up": mirror.True, "Down": mirror.False}

func (r *row) line(line, part string) {
	match := func(has string, re *regexp.Regexp) (m []string) { // most lines tell nothing, and patterns take their time
		if strings.Contains(line, has) {
			m = re.FindStringSubmatch(line)
		}
		return m
	}
	if m := match("Speed: ", speedText); m != nil && r.speed == 0 {
		r.speed = text.Speed(m[1] + strings.ToUpper(m[2]))
	}
	if m := match("last cleared", cleared); m != nil && r.cleared == "" {
		r.cleared = strings.ToLower(m[1])
	}
	if m := match("Drops: ", drops); m != nil && part == "Output" {
		r.take("drops", m[1])
	}
	if m := match("put rate", rateText); m != nil {
		r.take(m[1]+" bps", m[2])
		r.take(m[1]+" pps", m[3])
	}
	if m := match("put ", figure); m != nil {
		r.take(m[1]+" "+m[2], m[3])
		r.take(m[1]+" "+m[5], m[4])
	}
}

// take keeps the first of a figure: further ones are of parts of the interface.
func (r *row) take(name, digits string) {
	v, err := strconv.ParseUint(digits, 10, 64)
	if _, told := r.figures[name]; err == nil && !told {
		r.figures[name] = v
	}
}

// receives says what a port receives by the device's own figures, "" for nothing.
func (r row) receives() string {
	bits, packets := r.figures["Input bps"], r.figures["Input pps"]
	if bits+packets == 0 {
		return ""
	}
	return fmt.Sprintf("input rate %d bps, %d pps", bits, packets)
}

// readCounters reads the counters of the ports among the interfaces. Over which time the
// device's rates are means is not told, so they are none to plan with.
func readCounters(reply string, _ time.Time) (out []mirror.PortCounters, err error) {
	rows, err := parseInterfaces(showCounters, reply)
	for _, r := range rows {
		n, ok := grammar.Read(r.name)
		if !ok {
			continue
		}
		p := mirror.PortCounters{Port: n.Full(), Up: r.up, Bandwidth: r.speed, Discontinuity: r.cleared, Complete: true}
		for name, to := range map[string]*uint64{"Input bytes": &p.InOctets, "Input packets": &p.InPackets,
			"Output bytes": &p.OutOctets, "Output packets": &p.OutPackets, "drops": &p.OutDrops} {
			v, told := r.figures[name]
			*to, p.Complete = v, p.Complete && told
		}
		out = append(out, p)
	}
	return out, err
}
