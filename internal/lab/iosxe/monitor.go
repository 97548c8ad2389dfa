package iosxe

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

type sessionKind int

const (
	kindClassic sessionKind = iota // local, or either end of RSPAN, by its lines
	kindERSource
	kindERDest
	kindNative // nobody can type it
)

// A direction is a set of the two halves of a port's traffic.
type direction int

const (
	rx direction = 1 << iota
	tx
	both = rx | tx
)

func directionOf(a *cmdline.Args) direction {
	switch {
	case a.Has("rx"):
		return rx
	case a.Has("tx"):
		return tx
	}
	return both
}

// suffix is how the configuration writes a direction: both is omitted.
func (d direction) suffix() string { return map[direction]string{rx: " rx", tx: " tx", both: ""}[d] }

// A destPort is a destination with its options as they are configured.
type destPort struct{ name, options string }

// A monSession is one monitor session. Its lines add up; only an explicit
// "no" takes anything away.
type monSession struct {
	id    int
	kind  sessionKind
	ports map[string]direction
	vlans map[int]direction
	from  int // source remote VLAN
	to    int // destination remote VLAN
	dests []destPort

	filterVLANs fabric.VLANSet
	filterACL   map[string]string // ip, ipv6, mac, and "" on routers
	reflector   string

	// sub-mode sessions
	description string
	shutdown    bool
	header3     bool
	tunnel      map[string]string // erspan-id, ip address, origin ip address, mtu, ip ttl, ...
	inner       bool              // the destination or source sub-mode was entered

	// native sessions
	typeText string
	fields   []string
	raw      []*cmdline.Node
}

func newSession(id int, kind sessionKind) *monSession {
	return &monSession{id: id, kind: kind, ports: map[string]direction{}, vlans: map[int]direction{},
		filterACL: map[string]string{}, tunnel: map[string]string{}, shutdown: kind != kindClassic}
}

func nativeSession(n plant.NativeSession) *monSession {
	s := newSession(n.ID, kindNative)
	s.typeText, s.fields = n.Type, n.Fields
	s.raw = parseConf(strings.Join(n.Config, "\n")).Kids
	return s
}

func (s *monSession) clone() *monSession {
	c := *s
	c.ports, c.vlans, c.filterACL, c.tunnel = maps.Clone(s.ports), maps.Clone(s.vlans), maps.Clone(s.filterACL), maps.Clone(s.tunnel)
	c.dests, c.raw = slices.Clone(s.dests), slices.Clone(s.raw)
	return &c
}

func (s *monSession) erspan() bool { return s.kind == kindERSource || s.kind == kindERDest }

// isSource reports whether the session takes one of the source-session slots.
func (s *monSession) isSource() bool {
	return len(s.ports)+len(s.vlans) > 0 || s.kind == kindERSource || s.kind == kindERDest
}

func sortedIDs(m map[int]*monSession) []int { return slices.Sorted(maps.Keys(m)) }

var monitorLine = regexp.MustCompile(`^monitor session (\d+)( type (\S+))?`)

func sessionID(line string) int {
	if m := monitorLine.FindStringSubmatch(line); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	return 0
}

// opaqueSession reports whether a configuration line belongs to a session
// that no command can make, and its number (0 when it has none).
func opaqueSession(line string) (int, bool) {
	m := monitorLine.FindStringSubmatch(line)
	if m == nil {
		return 0, true
	}
	id, _ := strconv.Atoi(m[1])
	return id, m[3] != "" && m[3] != "erspan-source" && m[3] != "erspan-destination"
}

// session returns the session for a classic line, made when it is new. The
// caller drops it again with discard when the line is refused.
func (d *device) session(id int) (s *monSession, refusal string) {
	s = d.Running.sessions[id]
	switch {
	case s == nil:
		s = newSession(id, kindClassic)
		d.Running.sessions[id] = s
	case s.kind == kindNative:
		return nil, d.usedByService(s)
	case s.kind != kindClassic: // wording not recorded
		return nil, fmt.Sprintf("%% Session %d is of another type\n", id)
	}
	return s, ""
}

// discard forgets a session that a refused first line would have made.
func (d *device) discard(id int) {
	if s := d.Running.sessions[id]; s != nil && s.kind == kindClassic && s.emptyClassic() {
		delete(d.Running.sessions, id)
	}
}

func (s *monSession) emptyClassic() bool {
	return len(s.ports)+len(s.vlans)+len(s.dests)+s.from+s.to == 0 && s.filterVLANs.Empty() && len(s.filterACL) == 0
}

// usedByService: the recorded title has a placeholder for the number.
func (d *device) usedByService(s *monSession) string {
	return fmt.Sprintf("%% Session %d Used by Service Module\n", s.id)
}

// spanFailed is the second line of refusals by a router's switch module.
const spanFailed = "SPAN Session Validation failed.\n"

// addSources adds ports or VLANs to a session, or returns the refusal.
func (d *device) addSources(s *monSession, ports []string, vlans fabric.VLANSet, dir direction) string {
	if msg := d.sourceRefusal(s, ports, vlans, dir); msg != "" {
		return msg
	}
	for _, p := range ports {
		s.ports[p] |= dir
	}
	for _, v := range vlans.List() {
		s.vlans[v] |= dir
	}
	return ""
}

func (d *device) sourceRefusal(s *monSession, ports []string, vlans fabric.VLANSet, dir direction) string {
	if len(ports) > 0 && len(s.vlans) > 0 || !vlans.Empty() && len(s.ports) > 0 {
		// The rule is documented, the wording is not recorded.
		return fmt.Sprintf("%% Session %d cannot have both interfaces and VLANs as sources\n", s.id)
	}
	if !vlans.Empty() && !s.filterVLANs.Empty() { // rule documented, wording not recorded
		return "% VLAN filter cannot be combined with VLAN sources\n"
	}
	if s.from != 0 { // an RSPAN destination session has no other source; wording not recorded
		return fmt.Sprintf("%% Session %d already has a remote VLAN as source\n", s.id)
	}
	var used []string
	for _, p := range ports {
		if d.isDestination(p, nil) {
			used = append(used, p)
		}
	}
	if len(used) > 0 {
		return "% Interface(s) " + compactIfs(used, ",", "-") + " already configured as monitor destinations\n"
	}
	return d.sourceLimit(s, ports, dir)
}

// sourceLimit checks the model's limits.
func (d *device) sourceLimit(s *monSession, ports []string, dir direction) string {
	m := d.model
	if m.router {
		for _, p := range ports {
			for _, o := range d.Running.sessions {
				if o != s && o.ports[p] != 0 {
					return "% Src port is already be used in session\n" + spanFailed
				}
			}
		}
	}
	if n := len(s.ports) + len(ports); m.sourcePorts > 0 && n > m.sourcePorts {
		return "% Exceed the maximum source port number per session\n" + spanFailed
	}
	if !s.isSource() && m.sourceSessions > 0 && d.countSources(func(*monSession) bool { return true }) >= m.sourceSessions {
		return d.tooManySessions()
	}
	with := func(dir direction) func(o *monSession) bool {
		return func(o *monSession) bool { return o.directions()&dir != 0 }
	}
	for _, half := range []struct {
		dir   direction
		limit int
	}{{rx, m.rxSessions}, {tx, m.txSessions}} {
		if half.limit > 0 && dir&half.dir != 0 && s.directions()&half.dir == 0 && d.countSources(with(half.dir)) >= half.limit {
			return d.tooManySessions()
		}
	}
	return ""
}

func (d *device) tooManySessions() string {
	if d.model.router {
		return "% Exceed the maximum SPAN session number\n" + spanFailed
	}
	return "% Local Session limit has been exceeded\n"
}

func (s *monSession) directions() direction {
	var all direction
	for _, dir := range s.ports {
		all |= dir
	}
	for _, dir := range s.vlans {
		all |= dir
	}
	return all
}

// countSources counts the sessions that take a source slot. Native sessions
// take one too: the hardware does not care who owns it.
func (d *device) countSources(match func(*monSession) bool) int {
	n := 0
	for _, s := range d.Running.sessions {
		if s.isSource() && match(s) || s.kind == kindNative {
			n++
		}
	}
	return n
}

func (d *device) isDestination(port string, except *monSession) bool {
	for _, s := range d.Running.sessions {
		if s != except && slices.ContainsFunc(s.dests, func(p destPort) bool { return p.name == port }) {
			return true
		}
	}
	return false
}

func (d *device) isSourcePort(port string) bool {
	for _, s := range d.Running.sessions {
		if s.ports[port] != 0 {
			return true
		}
	}
	return false
}

// addDests adds destination ports, or returns the refusal.
func (d *device) addDests(s *monSession, ports []string, options string) string {
	var asSource, asDest []string
	for _, p := range ports {
		switch {
		case strings.HasPrefix(p, "Port-channel") && !d.model.lagDestination: // rule documented, wording not recorded
			return "% Port-channel cannot be a SPAN destination\n"
		case d.isSourcePort(p):
			asSource = append(asSource, p)
		case d.isDestination(p, s):
			asDest = append(asDest, p)
		}
	}
	switch {
	case len(asSource) > 0:
		return "% Interface(s) " + compactIfs(asSource, ",", "-") + " already configured as monitor sources\n"
	case len(asDest) > 0 && d.model.router:
		return "% Dst port is already be used in session\n" + spanFailed
	case len(asDest) > 0:
		return "% Interface(s) " + compactIfs(asDest, ",", "-") + " already configured as monitor destinations\n"
	case s.to != 0: // general knowledge, wording not recorded
		return fmt.Sprintf("%% Session %d already has a remote VLAN as destination\n", s.id)
	}
	total := len(s.dests)
	for _, p := range ports {
		if !slices.ContainsFunc(s.dests, func(o destPort) bool { return o.name == p }) {
			total++
		}
	}
	if d.model.destinations > 0 && total > d.model.destinations {
		return "% Only one Dst port is supported\n" + spanFailed
	}
	for _, p := range ports {
		s.dests = slices.DeleteFunc(s.dests, func(o destPort) bool { return o.name == p })
		s.dests = append(s.dests, destPort{p, options})
	}
	slices.SortFunc(s.dests, func(a, b destPort) int { return compareIfNames(a.name, b.name) })
	return ""
}

func atoiOr(s string, def int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return def
}
