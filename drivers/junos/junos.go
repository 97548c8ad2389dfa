package junos

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Platform and Protocol are the catalogue key.
const (
	Platform = "juniper_junos"
	Protocol = console.Protocol
)

// The commands that are sent. What a configuration inherits from groups and ranges is
// asked for, and told apart by what it is without.
const (
	displayed     = " | display inheritance | display set"
	showVersion   = "show version"
	showUptime    = "show system uptime"
	probeELS      = "show configuration forwarding-options analyzer"
	probeOld      = "show configuration ethernet-switching-options"
	showAnalyzers = "show configuration forwarding-options" + displayed
	showOwn       = "show configuration forwarding-options | display set"
	showState     = "show forwarding-options analyzer"
	showInstances = "show forwarding-options port-mirroring"
	showPorts     = "show configuration interfaces" + displayed
	showOwnPorts  = "show configuration interfaces | display set"
	showAtPorts   = showPorts + ` | match " filter "`
	showVLANs     = "show configuration vlans" + displayed
	showFilters   = "show configuration firewall" + displayed
	showStatus    = "show interfaces"
	showCounters  = "show interfaces extensive"
	showLLDP      = "show lldp neighbors"
	showMACs      = "show ethernet-switching table"
	showCommits   = "show system commit"
)

// spell is a command as a device has it: switches before ELS have their analyzers
// elsewhere.
func spell(f mirror.Facts, command string) string {
	if !legacy(f) {
		return command
	}
	if command == showState {
		return "show analyzer"
	}
	if command == showAnalyzers || command == showOwn {
		return strings.Replace(command, hierarchyELS, hierarchyOld, 1)
	}
	return command
}

// secrets are those that a configuration shows, behind the words that stay.
var secrets = regexp.MustCompile(`(?i)\b((?:encrypted-password|plain-text-password-value|secret|(?:pre-shared-|authentication-)?key|community|password)(?: (?:ascii-text|hexadecimal))?) \S+`)

// platform is what differs from other command lines.
var platform = console.Platform{
	Key:   Platform,
	Ports: grammar,
	Noise: noise,
	Can:   Capabilities,
	Hello: console.Hello{
		Ask:   []string{showVersion, showUptime},
		Facts: func(r console.Replies) (mirror.Facts, error) { return parseFacts(r[showVersion], r[showUptime]) },
		More:  []string{probeELS, probeOld}, Learn: learn, Kept: []string{extraHierarchy},
		Redact: secrets,
	},
	Reads: console.Reads{
		Narrow: showAnalyzers, Views: []string{showOwn, showState}, Ports: []string{showPorts, showOwnPorts, showStatus},
		Around: []string{showVLANs, showFilters, showLLDP, showMACs}, Grounds: []string{showVLANs, showFilters}, Beside: beside,
		Spell:   spell,
		Refused: showRefusal, Absent: absent,
		Surroundings: surroundingsOf, Observe: observe,
		Ask: func(_ mirror.Facts, n mirror.NativeSession, _ string) []string { return []string{stateOf(n)} }, Judge: judge,
	},
	Words: console.Words{
		Write:   func(f mirror.Facts, c mirror.Change) (string, any, error) { return "session.tmpl", edits(f, c), nil },
		Against: against, ID: analyzerName.MatchString,
	},
	Send: console.Send{Refused: refusal, Allowed: allowed},
	Footing: &console.Footing{
		VLAN:    func(id int) bool { return id > 1 && id < mirror.MaxVLAN },
		Shut:    func(former string) bool { return slices.Contains(strings.Split(former, "\n"), "disable") },
		Entries: terms, Monitor: true, Back: back,
	},
	Count:  &console.Count{One: func(p mirror.PortName) string { port, _ := unit(p); return showStatus + " " + port + " extensive" }, All: showCounters, Read: readCounters},
	Commit: &commit,
}

var driver = console.Must(platform)

// A Conn is an open command line of one device.
type Conn = console.Conn

// Options of a connection beside the target.
type Options = console.Options

// Connect logs in and reads who the device is, see console.Driver.Connect.
func Connect(ctx context.Context, t mirror.Target, o Options) (*Conn, error) {
	return driver.Connect(ctx, t, o)
}

// Render writes changes with the embedded templates, see console.Driver.Render.
func Render(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	return driver.Render(f, o, changes)
}

// beside: filters of ours, and the ports at which filters stand, tell whether they have
// changed, where there are such.
func beside(o mirror.Observation) []string {
	if len(o.Footings) > 0 {
		return []string{showFilters, showAtPorts}
	}
	return nil
}

// back tells what goes of a destination port: the family of unit 0, and with it the unit,
// or the whole interface, where it is seen that netmirror made that and nobody has put
// more there. What another hand has built on the family stays, and the family with it.
func back(former, now string) []string {
	ours, is := "unit 0 "+switching, strings.Split(now, "\n")
	out := []string{""}
	for _, l := range slices.Concat(strings.Split(former, "\n"), is) {
		switch {
		case strings.HasPrefix(l, ours+" "):
			return nil
		case l == "unit 0" || strings.HasPrefix(l, "unit 0 ") && l != ours || !slices.Contains(is, ours):
			out = []string{ours}
		case l != "" && l != ours && out[0] == "":
			out = []string{"unit 0"}
		}
	}
	return out
}

// against lists reasons beside those of the capabilities.
func against(_ mirror.Facts, observed mirror.Observation, s mirror.NativeSpec) (reasons []mirror.Reason) {
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			reasons = append(reasons, mirror.Reason{Code: "unsupported", Message: fmt.Sprintf(format, args...)})
		}
	}
	for _, src := range s.Sources {
		n, ok := grammar.Read(string(src.Port))
		refuse(src.Port != "" && (!ok || n.Full() != src.Port), "%q is no port of this platform", src.Port)
		v, _ := observed.VLAN(src.VLAN)
		refuse(v.Remote && len(s.Sources) == 1 && src.Direction == mirror.RX, "VLAN %d is a remote VLAN: what arrives in it is taken out by a session of kind rspan", src.VLAN)
		p, read := observed.Port(src.Port)
		refuse(s.Options.Filter != "" && ok && (n.Sub >= 0 || routed(n)), "a filter of copies stands in unit 0 of a port, and %s is none", src.Port)
		refuse(s.Options.Filter != "" && read && !p.Monitor, "port %s has no family ethernet-switching for a filter to stand in", src.Port)
	}
	for _, d := range s.Destinations {
		n, ok := grammar.Read(string(d))
		refuse(!ok || n.Full() != d || n.Sub >= 0 || routed(n), "%q is no port that can be a destination", d)
		p, _ := observed.Port(d)
		for _, u := range p.Uses {
			refuse(strings.HasPrefix(u.Detail, deactivated), "port %s has statements that are %s; activate or delete them, so that it can be put back as it was", d, u.Detail)
		}
	}
	return reasons
}

// allowed: nothing but lines of the one analyzer is ever sent, or those of the one thing
// that it stands on.
func allowed(c mirror.Change, within, line string) bool {
	n := c.After
	if n == nil {
		n = c.Before
	}
	verb, words, _ := strings.Cut(line, " ")
	begins := func(path string) bool { return words == path || strings.HasPrefix(words, path+" ") }
	member, onPort := strings.CutPrefix(words, "interfaces ")
	port, rest, _ := strings.Cut(member, " ")
	onPort = onPort && grammar.Canonical(mirror.PortName(port))
	set := verb == "set" || verb == "delete"
	switch f := n.Spec.Footing; {
	case within != "":
		return false
	case f == nil:
		return (set || verb == "activate" || verb == "deactivate") && (begins(hierarchyELS+" analyzer "+n.ID) || begins(hierarchyOld+" analyzer "+n.ID))
	case f.Kind == mirror.FootingVLAN:
		return set && (begins("vlans "+c.Mark) || onPort && rest == fmt.Sprintf("unit 0 %s vlan members %d", switching, f.VLAN))
	case f.Kind == mirror.FootingFilter:
		return set && (begins("firewall family "+filterFamily+" filter "+f.Name) || onPort && rest == "unit 0 "+switching+" filter input "+f.Name)
	}
	return set && onPort && mirror.PortName(port) == n.Spec.Footing.Port &&
		(rest == "disable" || rest == "unit 0 "+switching || verb == "delete" && (rest == "unit 0" || rest == ""))
}
