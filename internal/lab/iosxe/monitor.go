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

// direction and its values are those of plant.
type direction = plant.Direction

const (
	rx   = plant.RX
	tx   = plant.TX
	both = plant.Both
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
func suffix(d direction) string { return map[direction]string{rx: " rx", tx: " tx", both: ""}[d] }

// A monSession is one monitor session. Its lines add up; only an explicit
// "no" takes anything away.
type monSession struct {
	plant.Mirror
	id   int
	kind sessionKind

	filterACL map[string]string // ip, ipv6, mac, and "" on routers
	reflector string

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
	s := &monSession{Mirror: plant.NewMirror(), id: id, kind: kind, filterACL: map[string]string{}, tunnel: map[string]string{}, shutdown: kind != kindClassic}
	s.Slot, s.Foreign = s.erspan(), kind == kindNative
	return s
}

func nativeSession(n plant.NativeSession) *monSession {
	s := newSession(n.ID, kindNative)
	s.typeText, s.fields = n.Type, n.Fields
	s.raw = parseConf(strings.Join(n.Config, "\n")).Kids
	return s
}

func (s *monSession) clone() *monSession {
	c := *s
	c.Mirror, c.filterACL, c.tunnel, c.raw = s.Mirror.Clone(), maps.Clone(s.filterACL), maps.Clone(s.tunnel), slices.Clone(s.raw)
	return &c
}

func (s *monSession) erspan() bool { return s.kind == kindERSource || s.kind == kindERDest }

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
	return len(s.Ports)+len(s.VLANs)+len(s.Destinations)+s.FromVLAN+s.ToVLAN == 0 && s.FilterVLANs.Empty() && len(s.filterACL) == 0
}

// usedByService: the recorded title has a placeholder for the number.
func (d *device) usedByService(s *monSession) string {
	return fmt.Sprintf("%% Session %d Used by Service Module\n", s.id)
}

// spanFailed is the second line of refusals by a router's switch module.
const spanFailed = "SPAN Session Validation failed.\n"

// mirrors are all sessions, for the rules.
func (d *device) mirrors() []*plant.Mirror {
	var all []*plant.Mirror
	for _, s := range d.Running.sessions {
		all = append(all, &s.Mirror)
	}
	return all
}

// addSources adds ports or VLANs to a session, or returns the refusal.
func (d *device) addSources(s *monSession, ports []string, vlans fabric.VLANSet, dir direction) string {
	if b := d.model.rules.Sources(d.mirrors(), &s.Mirror, ports, vlans, dir); b != nil {
		return d.words(s.id, b)
	}
	s.AddSources(ports, vlans, dir)
	return ""
}

// addDests adds destination ports, or returns the refusal.
func (d *device) addDests(s *monSession, ports []string, options string) string {
	if b := d.model.rules.Ends(d.mirrors(), &s.Mirror, ports); b != nil {
		return d.words(s.id, b)
	}
	s.AddDestinations(ports, options, compareIfNames)
	return ""
}

// words are what a switch says to the line of a session that breaks a rule.
func (d *device) words(id int, b *plant.Breach) string {
	switch b.Rule {
	case plant.MixedSources: // the rule is documented, the wording is not recorded
		return fmt.Sprintf("%% Session %d cannot have both interfaces and VLANs as sources\n", id)
	case plant.FilterOnVLANs: // rule documented, wording not recorded
		return filterOnVLANs
	case plant.SourcesBesideRemote: // an RSPAN destination session has no other source; wording not recorded
		return fmt.Sprintf("%% Session %d already has a remote VLAN as source\n", id)
	case plant.SourceIsDestination:
		return "% Interface(s) " + compactIfs(b.Ports, ",", "-") + " already configured as monitor destinations\n"
	case plant.SourceOfAnother:
		return "% Src port is already be used in session\n" + spanFailed
	case plant.TooManySourcePorts:
		return "% Exceed the maximum source port number per session\n" + spanFailed
	case plant.TooManySessions:
		if d.model.router {
			return "% Exceed the maximum SPAN session number\n" + spanFailed
		}
		return "% Local Session limit has been exceeded\n"
	case plant.BundleIsDestination: // rule documented, wording not recorded
		return "% Port-channel cannot be a SPAN destination\n"
	case plant.DestinationIsSource:
		return "% Interface(s) " + compactIfs(b.Ports, ",", "-") + " already configured as monitor sources\n"
	case plant.DestinationOfAnother:
		if d.model.router {
			return "% Dst port is already be used in session\n" + spanFailed
		}
		return "% Interface(s) " + compactIfs(b.Ports, ",", "-") + " already configured as monitor destinations\n"
	case plant.PortsBesideRemote: // general knowledge, wording not recorded
		return fmt.Sprintf("%% Session %d already has a remote VLAN as destination\n", id)
	}
	return "% Only one Dst port is supported\n" + spanFailed
}

// filterOnVLANs refuses a VLAN filter beside VLAN sources.
const filterOnVLANs = "% VLAN filter cannot be combined with VLAN sources\n"

func atoiOr(s string, def int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return def
}
