package iosxr

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// markName is the name of a session that netmirror made.
var markName = regexp.MustCompile(`^` + mirror.MarkPrefix + `[a-z2-7]{10}$`)

// A reading is a session on its way from configuration lines to neutral words. The
// session itself holds where copies go; what is copied stands at the sources.
type reading struct {
	text.Reading
	global  bool // the session itself is configured
	tunnel  string
	sources map[mirror.PortName]*attachment
	lines   []string
}

// An attachment is a source of a session.
type attachment struct {
	direction       mirror.Direction
	portLevel, acl  bool
	first, interval int
}

// classes are the kinds of sessions; ethernet is that of frames, and the default.
var classes = []string{"ethernet", "ipv4", "ipv6", "mpls-ipv4", "mpls-ipv6"}

// parseSessions reads the sessions of a configuration, whole or in part, indented or
// "formal"; other lines are of other things. What stands at an interface for a session that
// is not configured is a session as well. at are the interfaces of the device, nil where
// they were not read; port-level says that the platform copies subinterfaces with it
// alone. A session holds what is not understood as a doubt, which makes it opaque.
// mirror.ErrParse for a text that is no configuration.
func parseSessions(reply string, at map[string]*iface, portLevel bool) ([]mirror.NativeSession, error) {
	all, err := statements(showSessions, reply)
	if err != nil {
		return nil, err
	}
	return sessionsOf(all, at, portLevel)
}

// sessionsOf reads the sessions of lines that each stand for themselves, see parseSessions.
func sessionsOf(all [][]string, at map[string]*iface, portLevel bool) ([]mirror.NativeSession, error) {
	found := map[string]*reading{}
	session := func(name string, words []string) *reading {
		r := found[name]
		if r == nil {
			r = &reading{Reading: text.Reading{Ports: grammar}, sources: map[mirror.PortName]*attachment{}}
			found[name] = r
		}
		if len(r.lines) < mostLines {
			r.lines = append(r.lines, strings.Join(words, " "))
		}
		return r
	}
	for _, words := range all {
		switch {
		case words[0] == "monitor-session" && len(words) > 1 && !ofTheDevice(words):
			r := session(words[1], words)
			r.global = true
			r.destination(r.class(words[2:]))
		case words[0] == "destination": // indentation is lost, and with it what belongs together
			return nil, text.ParseError(showSessions, strings.Join(words, " "))
		case words[0] == "interface":
			header, rest := headerOf(words)
			nested := len(rest) > 0 && rest[0] == "l2transport" // of a port; of a subinterface the header says it
			if nested {
				rest = rest[1:]
			}
			if len(rest) < 2 || rest[0] != "monitor-session" {
				continue
			}
			r := session(rest[1], words)
			if nested {
				r.Miss("a source under l2transport of %s", text.Quote(header.name))
			}
			r.source(header, r.class(rest[2:]))
		case words[0] == "group":
			if i := inherited(words, "monitor-session"); i > 0 && len(words) > i+1 {
				session(words[i+1], words).Miss("what group %s gives it", text.Quote(words[1]))
			}
		}
	}
	var out []mirror.NativeSession
	for _, id := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[id].native(id, at, portLevel))
	}
	return out, nil
}

// mostLines bounds what is told of one session in the device's words.
const mostLines = 4 << 10

// ofTheDevice: "monitor-session" begins lines of the whole device too (cisco-iosxr.md 3.1
// and 7: router-id, mirror-interval, what is captured).
func ofTheDevice(words []string) bool {
	return deviceWide[words[1]] && (len(words) == 2 || !slices.Contains(classes, words[2]))
}

var deviceWide = map[string]bool{"router-id": true, "mirror-interval": true, "default-capture-disable": true, "local-capture": true}

// inherited finds a word that a group of the configuration gives to what the group is
// applied to (general knowledge: "group G interface 'TenGigE.*' ..."), 0 = none. What is
// inherited so, the configuration shows nowhere else.
func inherited(words []string, word string) int {
	for i, w := range words {
		switch {
		case w == word && i >= 2:
			return i
		case w == "description", w == "remark":
			return 0
		}
	}
	return 0
}

// class takes the kind of a session, which may be left out.
func (r *reading) class(words []string) []string {
	if len(words) == 0 || !slices.Contains(classes, words[0]) {
		return words
	}
	if words[0] != classes[0] {
		r.Doubt("a session of kind %s", words[0])
	}
	return words[1:]
}

// destination takes what stands in a session itself. One that sends what arrives and
// what leaves to two places is none of ours, nor is one whose copies go to a pseudowire,
// an address or a file; but every port that copies go to is told. What a session truncates
// for all of its sources, or limits, netmirror never writes.
func (r *reading) destination(words []string) {
	switch {
	case len(words) == 0:
	case len(words) == 3 && words[0] == "destination" && words[1] == "interface":
		name, ports := words[2], r.Spec.Destinations
		n, port := grammar.Read(name)
		switch {
		case !port && !isTunnel(name):
			r.Miss("destination %s", text.Quote(name))
		case r.tunnel != "" && r.tunnel != name, len(ports) > 0 && ports[0] != n.Full(), port && r.tunnel != "", !port && len(ports) > 0:
			r.Miss("a second destination, %s", text.Quote(name))
			if port {
				r.Spec.Destinations = append(ports, n.Full())
			}
		case port:
			r.Spec.Destinations = []mirror.PortName{n.Full()}
		default:
			r.tunnel = name
		}
	case words[0] == "destination", words[0] == "inject-interface":
		r.Miss("%s", text.Quote(strings.Join(words, " ")))
		for i, w := range words[1:] {
			if n, port := grammar.Read(w); port && strings.HasSuffix(words[i], "interface") && !slices.Contains(r.Spec.Destinations, n.Full()) {
				r.Spec.Destinations = append(r.Spec.Destinations, n.Full())
			}
		}
	default:
		r.Doubt("%s", text.Quote(strings.Join(words, " ")))
	}
}

// source takes what stands for a session at an interface.
func (r *reading) source(at header, words []string) {
	n, ok := grammar.Read(at.name)
	if !ok || at.preconfigured {
		r.Miss("source %s", text.Quote(at.name))
		return
	}
	a := r.sources[n.Full()]
	if a == nil {
		if len(r.sources) >= mirror.MaxSources {
			r.Miss("more sources than a session has")
			return
		}
		a = &attachment{direction: mirror.Both}
		r.sources[n.Full()] = a
	}
	for len(words) > 0 {
		took := 1
		switch {
		case words[0] == "direction" && len(words) > 1 && directions[words[1]] != "":
			a.direction, took = directions[words[1]], 2
		case words[0] == "port-level":
			a.portLevel = true
		case words[0] == "acl" && (len(words) == 1 || words[1] == "mirror"):
			a.acl = true
		case words[0] == "mirror" && len(words) > 2 && number(words[1], words[2], a):
			took = 3
		default: // an access list by name: which one decides is not settled (access-lists.md 4)
			r.Doubt("source %s", text.Quote(at.name+" "+strings.Join(words, " ")))
			return
		}
		words = words[took:]
	}
}

var directions = map[string]mirror.Direction{"rx-only": mirror.RX, "tx-only": mirror.TX}

// number takes "first 128" and "interval 1K".
func number(what, value string, a *attachment) bool {
	to := map[string]*int{"first": &a.first, "interval": &a.interval}[what]
	thousands, kilo := strings.CutSuffix(value, "K")
	n, err := text.Decimal(thousands)
	if to == nil || err != nil || n == 0 || n > 1<<20 {
		return false
	}
	if *to = n; kilo {
		*to *= 1024
	}
	return true
}

// native puts together what the lines say.
func (r *reading) native(id string, at map[string]*iface, portLevel bool) mirror.NativeSession {
	n := mirror.NativeSession{ID: id, Text: strings.Join(r.lines, "\n"), Programmed: mirror.Unknown}
	if markName.MatchString(id) {
		n.Mark = id
	}
	o := &r.Spec.Options
	if r.Spec.Role = mirror.RoleLocal; r.tunnel != "" {
		r.way(at)
	} else {
		o.Tags, o.Ingress = mirror.TagsPreserve, mirror.IngressDisabled
	}
	lists := map[string]bool{}
	first := true
	for _, p := range slices.SortedFunc(maps.Keys(r.sources), grammar.Compare) {
		a := r.sources[p]
		r.Spec.Sources = append(r.Spec.Sources, mirror.NativeSource{Port: p, Direction: a.direction})
		if first {
			o.Truncate, o.Sample = a.first, a.interval
		} else if o.Truncate != a.first || o.Sample != a.interval {
			r.Doubt("its sources are truncated or sampled in several ways")
		}
		first = false
		if portLevel && !a.portLevel && at[string(p)] != nil && at[string(p)].subinterfaces {
			r.Doubt("source %s without its subinterfaces", p)
		}
		lists[r.list(p, a, at)] = true
	}
	switch names := slices.Sorted(maps.Keys(lists)); {
	case len(names) == 1:
		o.Filter = names[0]
	case len(names) > 1:
		r.Doubt("its sources have several access lists, or some have none")
	}
	n.Spec, n.Opaque = r.Spec.Normalize(), strings.Join(r.Doubts, "; ")
	return n
}

// list is the access list that selects what of a source is copied, "" where all is. One
// that copies by a list that is not there copies nothing (cisco-iosxr.md 1.2).
func (r *reading) list(p mirror.PortName, a *attachment, at map[string]*iface) string {
	if !a.acl {
		return ""
	}
	if a.direction != mirror.RX {
		r.Doubt("source %s %s by an access list, which selects from what arrives alone", p, a.direction)
	}
	if i := at[string(p)]; i != nil {
		if lists := i.lists(); len(lists) == 1 && text.ListName.MatchString(lists[0]) {
			return lists[0]
		}
	}
	r.Doubt("source %s by an access list that does not stand there alone", p)
	return ""
}

// way: the session sends into a tunnel, which says where to.
func (r *reading) way(at map[string]*iface) {
	r.Spec.Role = mirror.RoleERSPANSource
	r.Spec.Options.Tunnel = r.tunnel
	e := r.ERSPAN()
	i := at[r.tunnel]
	if i == nil {
		r.Doubt("its tunnel %s is not configured", r.tunnel)
		return
	}
	t, strange := i.tunnel()
	if strange != "" {
		r.Doubt("its tunnel %s: %s", r.tunnel, strange)
	}
	r.Spec.Options.Collector = t.To
	e.Origin, e.VRF, e.TTL, e.DSCP = t.From, t.VRF, t.TTL, t.DSCP
}
