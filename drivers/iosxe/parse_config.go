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

// A config is what matters of a running configuration.
type config struct {
	sessions   []reading // in the order of the text, numbers once
	interfaces []iface   // in the order of the text, names once
	svis       []svi

	byID   map[int]int             // index into sessions
	byName map[mirror.PortName]int // index into interfaces
}

func (c *config) session(id int) (reading, bool) {
	i, ok := c.byID[id]
	if !ok {
		return reading{}, false
	}
	return c.sessions[i], true
}

// port is what is configured of a port; told is false where nothing is, or where
// the device does not show its configuration.
func (c *config) port(p mirror.PortName) (i iface, told bool) {
	if c == nil {
		return iface{}, false
	}
	at, told := c.byName[p]
	if told {
		i = c.interfaces[at]
	}
	return i, told
}

var (
	monitorHead   = regexp.MustCompile(`^monitor session (\d+) (.+)$`)
	monitorOther  = regexp.MustCompile(`^monitor session [a-z]`) // of no number: servicemodule
	interfaceHead = regexp.MustCompile(`^interface (\S.*)$`)
	// configNote stands above a configuration.
	configNote = regexp.MustCompile(`^(?:Building configuration|Current configuration ?:|Using \d+ out of \d+ bytes|Uncompressed configuration from)`)
	// configSign is a line that every whole configuration has.
	configSign = regexp.MustCompile(`^(?:!|version \S|hostname \S|end$)`)
	// configWord begins a line of any configuration: its words are written small.
	// Quotes, braces and @ stand in macros.
	configWord = regexp.MustCompile(`^[a-z0-9"{}@]`)
	// bannerHead begins a text that goes on until its mark stands again, which
	// the device writes as the two characters ^C or as the one that was typed.
	bannerHead = regexp.MustCompile(`^banner \S+ (\^C|\S)`)
)

// parseConfig reads a running configuration, or a part of it that has nothing
// but interfaces and monitor sessions. Of a whole one (which has a heading, or
// "!" lines, a host name, an end) lines of other things are passed over. A line
// of a monitor session that is not understood makes the session opaque. A text
// that is no configuration, even in part, is mirror.ErrParse, an empty one too:
// every device has interfaces.
func parseConfig(reply string) (config, error) {
	return readLines(reply, slices.ContainsFunc(noise.Lines(reply), func(line string) bool {
		return configNote.MatchString(line) || configSign.MatchString(line)
	}))
}

// withoutSecrets is what an error may quote of a line that can be one of a
// configuration: its first word. What begins with a capital letter is none.
func withoutSecrets(line string) string {
	words := strings.Fields(line)
	if len(words) < 2 || !configWord.MatchString(strings.TrimLeft(words[0], "+-")) {
		return line
	}
	return words[0] + " ..."
}

// parseSection reads the answer to showConfig: nothing but interfaces, monitor
// sessions and access lists may be in it, so that a stray line cannot end a block unseen. Every
// device has interfaces: an account that sees none does not see the configuration.
func parseSection(reply string) (config, error) {
	c, err := readLines(reply, false)
	if err == nil && len(c.interfaces)+len(c.svis) == 0 {
		err = fmt.Errorf("show running-config: no interface is shown, which an account of low privilege does not see: %w", mirror.ErrParse)
	}
	return c, err
}

func readLines(reply string, whole bool) (config, error) {
	if !whole { // of a whole one a banner may say anything
		for line := range text.Raw(reply) {
			if words, refused := showRefusal(line); refused { // the line alone: others may hold a secret
				return config{}, text.ParseError("show running-config", words)
			}
		}
	}
	c := config{byID: map[int]int{}, byName: map[mirror.PortName]int{}}
	p := configParser{config: &c, whole: whole}
	if whole {
		p.open = otherBlock // a text may begin anywhere
	}
	for line := range text.Raw(reply) {
		switch {
		case p.banner != "":
			if strings.Contains(line, p.banner) {
				p.banner = ""
			}
		case !noise.Interrupts(line) && !p.line(line):
			return config{}, text.ParseError("show running-config", withoutSecrets(line))
		}
	}
	switch {
	case p.banner != "":
		return config{}, fmt.Errorf("show running-config: a banner does not end: %w", mirror.ErrParse)
	case !p.any || !whole && len(c.interfaces)+len(c.svis)+len(c.sessions) == 0:
		return config{}, fmt.Errorf("show running-config: no interface and no session in %q: %w", text.Quote(withoutSecrets(text.FirstLine(reply))), mirror.ErrParse)
	}
	for i := range c.sessions {
		c.sessions[i].finishConfig()
	}
	for i := range c.interfaces {
		c.interfaces[i].allowed = strings.Join(c.interfaces[i].lists, ",")
	}
	return c, nil
}

// configParser walks through lines; open is the block of a sub-mode.
type configParser struct {
	config   *config
	whole    bool   // lines of other things may stand in the text
	open     *block // nil = no line may go on
	indented bool   // the open block has had an indented line
	banner   string // the mark that ends the text we are in
	any      bool   // something was read that only a configuration has
}

// A block is the session or interface whose sub-mode lines follow; none of them
// for a block of something else.
type block struct {
	session int // index into config.sessions, -1 = none
	iface   int // index into config.interfaces, -1 = none
	svi     int // index into config.svis and one, 0 = none
}

var otherBlock = &block{session: -1, iface: -1}

// line takes one line; false when no configuration has it.
func (p *configParser) line(line string) bool {
	reply := strings.Join(strings.Fields(line), " ")
	top := line[0] != ' ' && line[0] != '\t'
	switch m := monitorHead.FindStringSubmatch(reply); {
	case reply[0] == '!' || reply == "end":
		if p.any = true; top {
			p.open = nil
			if p.whole {
				p.open = otherBlock
			}
		}
		return true
	case m != nil && (top || p.open == nil || p.open.iface < 0 && p.open.svi == 0):
		p.any = true
		return p.monitor(m[1], m[2], line)
	case p.open != nil && p.inside(reply, top):
		p.child(reply, line)
		return true
	case !top:
		return false
	case noise.Echoed(line) && !bannerHead.MatchString(reply): // it ends no block
		return true
	}
	p.open, p.indented = nil, false
	return p.head(reply)
}

// head takes a line at the margin that belongs to no open block.
func (p *configParser) head(reply string) bool {
	m := interfaceHead.FindStringSubmatch(reply)
	switch {
	case m != nil:
		p.any = true
		p.startInterface(m[1])
	case monitorOther.MatchString(reply), strings.HasPrefix(reply, filterLists.Head+" "):
		p.open, p.any = otherBlock, true
	case configNote.MatchString(reply):
		p.open = otherBlock
	case !p.whole || !configWord.MatchString(reply):
		return false
	default:
		p.open, p.any = otherBlock, true
		if m := bannerHead.FindStringSubmatch(reply); m != nil && !strings.Contains(reply[len(m[0]):], m[1]) {
			p.banner = m[1]
		}
	}
	return true
}

// inside reports whether a line belongs to the open block. Where indentation
// was lost, only what a monitor session's sub-modes know does.
func (p *configParser) inside(reply string, top bool) bool {
	if !top {
		p.indented = true
		return true
	}
	return !p.indented && p.open.session >= 0 && subModeLine(reply)
}

// subModeWords begin the lines of the monitor sub-modes.
var subModeWords = []string{"description", "source", "destination", "filter", "header-type", "shutdown", "no shutdown", "erspan-id",
	"ip address", "ipv6 address", "origin", "ip ttl", "ip dscp", "ip prec", "ipv6 ttl", "ipv6 dscp", "mtu", "vrf", "buffer-size", "exit"}

func subModeLine(reply string) bool {
	return slices.ContainsFunc(subModeWords, func(w string) bool { return reply == w || strings.HasPrefix(reply, w+" ") })
}

// monitor is a line of the classic form, or the head of a sub-mode.
func (p *configParser) monitor(number, rest, line string) bool {
	p.open, p.indented = nil, false
	id, err := strconv.Atoi(number)
	if err != nil {
		return false // longer than any number of a session
	}
	i, ok := p.config.byID[id]
	if !ok {
		i = len(p.config.sessions)
		p.config.byID[id] = i
		made := newReading(id)
		made.Spec.Role = mirror.RoleLocal
		p.config.sessions = append(p.config.sessions, made)
	}
	r := &p.config.sessions[i]
	r.lines = append(r.lines, strings.TrimSpace(line))
	typ, ok := strings.CutPrefix(rest, "type ")
	if !ok {
		r.classic(rest)
		return true
	}
	p.open = &block{session: i, iface: -1}
	switch typ {
	case "erspan-source":
		r.Spec.Role = mirror.RoleERSPANSource
		r.ERSPAN()
	case "erspan-destination":
		r.Spec.Role = mirror.RoleERSPANDestination
		r.ERSPAN()
	default:
		r.Doubt("session-mode form, type %s", text.Quote(typ))
	}
	return true
}

// child is a line of an open block.
func (p *configParser) child(reply, line string) {
	if p.open.svi > 0 {
		if s := &p.config.svis[p.open.svi-1]; s.address == "" {
			s.address = address(reply)
		}
		return
	}
	if p.open.iface >= 0 {
		i := &p.config.interfaces[p.open.iface]
		i.lines = append(i.lines, strings.TrimRight(line, " "))
		i.line(reply)
		return
	}
	if p.open.session < 0 {
		return
	}
	r := &p.config.sessions[p.open.session]
	r.lines = append(r.lines, strings.TrimRight(line, " "))
	first, rest, _ := strings.Cut(reply, " ")
	switch {
	case reply == "shutdown":
		r.admin = mirror.False
	case reply == "no shutdown":
		r.admin = mirror.True
	case first == "description", reply == "destination", reply == "source", reply == "exit":
	case strings.HasPrefix(reply, "destination interface "):
		r.destination(strings.TrimPrefix(reply, "destination interface "))
	case first == "header-type" && (rest == "2" || rest == "3"):
		r.Number(rest, func(e *mirror.ERSPAN, n int) { e.Type = n })
	case r.tunnel(reply):
	default:
		r.common(reply)
	}
}

// noPorts are the interfaces that are no place on the box: nothing is plugged
// into them.
var noPorts = regexp.MustCompile(`(?i)^(?:loopback|tunnel|bdi|bvi|dialer|virtual-\S+|virtualportgroup|null|nvi|lisp|nve|multilink|group-async|async|pseudowire|vasi\S*|overlay|sdwan\S*|mfr|ima|port-group|fcpa|vfc|l2vpn\S*) ?\d`)

// startInterface opens an interface's block. A port whose name is not understood
// has one as well.
func (p *configParser) startInterface(reply string) {
	if m := sviName.FindStringSubmatch(reply); m != nil {
		if v, err := text.Decimal(m[1]); err == nil {
			p.config.svis = append(p.config.svis, svi{vlan: v})
			p.open = &block{session: -1, iface: -1, svi: len(p.config.svis)}
			return
		}
	}
	if noPorts.MatchString(reply) {
		p.open = otherBlock
		return
	}
	n, ok := grammar.Read(reply)
	if !ok {
		n = grammar.Unnamed(strings.ReplaceAll(reply, " ", ""))
	}
	i, there := p.config.byName[n.Full()]
	if !there {
		i = len(p.config.interfaces)
		p.config.byName[n.Full()] = i
		p.config.interfaces = append(p.config.interfaces, iface{name: n})
	}
	p.open = &block{session: -1, iface: i}
}
