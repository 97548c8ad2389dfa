package eos

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// monitorKey begins the lines of mirror sessions.
const monitorKey = "monitor session "

// A session is one mirror session: a bag of lines under a name. A destination
// is "Cpu", a port, or the words of a tunnel. Directions of a source add up, as
// lines do: whether a second line with another direction replaces the first is
// not known, and so only a client that takes the old one away first has what it
// wants.
type session struct {
	plant.Mirror
	name    string
	acl     string            // of the whole session: "ip access-group NAME"
	acls    map[string]string // of sources, with their priorities
	options map[string]string // by key of optionOrder; "" is a key without a value
}

// optionOrder is the order of a session's last lines, as AVD writes them.
var optionOrder = []string{"truncate", "sample", "rate-limit per-ingress-chip", "rate-limit per-egress-chip", "header remove size", "encapsulation gre metadata tx"}

func newSession(name string) *session {
	return &session{Mirror: plant.NewMirror(), name: name, acls: map[string]string{}, options: map[string]string{}}
}

func (m *session) clone() *session {
	return &session{m.Clone(), m.name, m.acl, maps.Clone(m.acls), maps.Clone(m.options)}
}

// sources lists the ports in order.
func (m *session) sources() []string { return slices.SortedFunc(maps.Keys(m.Ports), compare) }

// lines are the session's lines of the configuration. A line holds one port:
// whether EOS writes ranges itself is not known. The direction is left out for
// both ways without an access list, as the difference in the fact sheet on
// transactions shows it; with one, AVD's lines have it.
func (m *session) lines() []string {
	var out []string
	add := func(words ...string) {
		words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
		out = append(out, monitorKey+m.name+" "+strings.Join(words, " "))
	}
	if m.acl != "" {
		add(m.acl)
	}
	for _, p := range m.sources() {
		direction := map[plant.Direction]string{plant.RX: "rx", plant.TX: "tx", plant.Both: "both"}[m.Ports[p]]
		if direction == "both" && m.acls[p] == "" {
			direction = ""
		}
		add("source", p, direction, m.acls[p])
	}
	for _, d := range m.Destinations {
		add("destination", d.Port)
	}
	for _, k := range optionOrder {
		if v, ok := m.options[k]; ok {
			add(k, v)
		}
	}
	return out
}

// sorted lists the sessions by name; mirrors are what they have in common with
// those of other platforms.
func (c *config) sorted() []*session {
	return slices.SortedFunc(maps.Values(c.mon), func(a, b *session) int { return strings.Compare(a.name, b.name) })
}

func (c *config) mirrors() (out []*plant.Mirror) {
	for _, m := range c.mon {
		out = append(out, &m.Mirror)
	}
	return out
}

// get is a session, or a new one that is nowhere yet.
func (c *config) get(name string) *session {
	if m := c.mon[name]; m != nil {
		return m
	}
	return newSession(name)
}

// edit changes a session, made when it is missing, and drops it when nothing
// is left of it: a session is its lines.
func (c *config) edit(name string, change func(*session)) {
	m := c.get(name)
	c.mon[name] = m
	if change(m); len(m.lines()) == 0 {
		delete(c.mon, name)
	}
}

// gre takes the far end of a tunnel out of a destination, "" for a port.
func gre(dest string) string {
	if strings.HasPrefix(dest, "tunnel ") {
		return dest[strings.LastIndexByte(dest, ' ')+1:]
	}
	return ""
}

// greOverhead is Ethernet 14, IP 20 and GRE 4 octets: a collector saw no
// sequence number and no ERSPAN header (fact sheet, 1.2). What `truncate` alone
// cuts to is the platform's and not known.
const (
	greOverhead = 38
	unknownSize = 128
)

// copies is a session as the data plane sees it. Access lists and rate limits
// are not modelled: what they would keep out is copied, too.
func (d *device) copies(m *session) (out []fabric.CopySession) {
	sink := fabric.CopySession{Sample: cmdline.Atoi(m.options["sample"], 0)}
	if v, ok := m.options["truncate"]; ok {
		sink.Truncate = cmdline.Atoi(strings.TrimPrefix(v, "size "), unknownSize)
	}
	var sinks []fabric.CopySession
	for _, dest := range m.Destinations {
		t, to := sink, gre(dest.Port)
		switch {
		case to != "" && d.routed(to):
			t.ToTunnel = &fabric.Tunnel{Address: to, Overhead: greOverhead}
			sinks = append(sinks, t)
		case to == "" && dest.Port != "Cpu":
			t.ToBundles = [][]string{plant.PortsBehind(d.sw, d.bundle, dest.Port)} // a port is a bundle of one
			sinks = append(sinks, t)
		}
	}
	for port, dir := range m.InOrder() {
		for _, t := range sinks {
			if isSub(port) { // the frames of one VLAN of the port
				t.OnlyVLANs = fabric.VLANs(cmdline.Atoi(d.Running.Block("interface "+port).Value("encapsulation dot1q vlan"), 4095))
			}
			for _, p := range plant.PortsBehind(d.sw, d.bundle, cmdline.PortOf(port)) {
				t.Ports = append(t.Ports, fabric.CopySource{Port: p, RX: dir&plant.RX != 0, TX: dir&plant.TX != 0})
			}
			out = append(out, t)
		}
	}
	return out
}

// monitorCommands are the lines of mirror sessions (fact sheet, 1.1).
func monitorCommands(g *grammar) {
	const head, list = "monitor session <name:session> ", "{ip | ipv6 | mac} access-group <acl:word>"
	both := func(pattern string, add, drop run) { g.Add(head+pattern, add); g.Add("no "+head+pattern, drop) }
	both("source <ifs:sources> [{rx | tx | both}] ["+list+" [priority <p:1-100>]]", addSources, change(func(m *session, a *args) {
		m.RemoveSources(a.Values["ifs"].([]string), fabric.VLANSet{}, plant.Both)
		maps.DeleteFunc(m.acls, func(p, _ string) bool { return m.Ports[p] == 0 })
	}))
	noEnd := change(func(m *session, a *args) { m.RemoveDestinations(destinationsOf(a)) })
	both("destination {<ifs:destinations> | cpu}", addDestinations, noEnd)
	both("destination tunnel mode gre source <from:ipv4> destination <to:ipv4>", addDestinations, noEnd)
	noACL := change(func(m *session, _ *args) { m.acl = "" })
	both(list, sessionACL, noACL)
	g.Add("no "+head+"{ip | ipv6 | mac} access-group", noACL)
	g.Add("no monitor session <name:session>", change(func(m *session, _ *args) { *m = *newSession(m.name) }))
	for key, value := range map[string]string{"truncate": "[size <v:14-65535>]", "sample": "<v:1-4000000000>", "rate-limit per-ingress-chip": "<v:1-4000000000> {bps | kbps | mbps}",
		"rate-limit per-egress-chip": "<v:1-4000000000> {bps | kbps | mbps}", "header remove size": "<v:1-9000>", "encapsulation gre metadata tx": ""} {
		without := change(func(m *session, _ *args) { delete(m.options, key) })
		both(key+" "+value, func(c *cli, a *args) reply {
			return c.add(a, func(m *session) { m.options[key] = strings.Join(a.Spoken[3+len(strings.Fields(key)):], " ") })
		}, without)
		g.Add("no "+head+key, without)
	}
	// For the whole switch: no session has the name default.
	const global = "monitor session <all:default> encapsulation gre payload"
	g.Add(global+" {full-packet | inner-packet}", only("monitor session default encapsulation"))
	g.Add("no "+global, drop)
}

// change takes something away from a session that is there; the words when
// there is none are those of an eAPI answer. To take away what it does not have
// is no error here.
func change(what func(*session, *args)) run {
	return func(c *cli, a *args) reply {
		if c.conf().mon[a.Str("name")] == nil {
			return say("% Monitor session " + a.Str("name") + " does not exist\n")
		}
		c.conf().edit(a.Str("name"), func(m *session) { what(m, a) })
		return reply{}
	}
}

// add changes a session, if there is room for it, and says what EOS says to an
// access list that is missing: it takes the line.
func (c *cli) add(a *args, what func(*session)) reply {
	name, use := a.Str("name"), useOf(a)
	if most := c.d.model.sessions; c.conf().mon[name] == nil && len(c.conf().mon) >= most && !c.d.booting {
		return notRecorded("%d sessions are the most", most)
	}
	c.conf().edit(name, what)
	if use != "" && !c.d.booting && !c.conf().Has(strings.Replace(use, "access-group", "access-list", 1)) {
		return say("! Access list " + a.Str("acl") + " not configured. Assigning anyway.\n")
	}
	return reply{}
}

func useOf(a *args) string {
	for _, kind := range []string{"ip", "ipv6", "mac"} {
		if a.Has(kind) {
			return kind + " access-group " + a.Str("acl")
		}
	}
	return ""
}

// sessionACL: AVD refuses a list of the session beside one of a source. What
// EOS says is not recorded.
func sessionACL(c *cli, a *args) reply {
	if m := c.conf().get(a.Str("name")); !c.d.booting && len(m.acls) > 0 {
		return notRecorded("sources of session %s have access lists of their own", m.name)
	}
	return c.add(a, func(m *session) { m.acl = useOf(a) })
}

// refusedBy: what EOS says to a port that is a source and a destination is not
// recorded, nor whether several sessions may have one destination.
func refusedBy(b *plant.Breach) reply {
	what := map[plant.Rule]string{plant.SourceIsDestination: "a destination", plant.DestinationIsSource: "a source", plant.DestinationOfAnother: "the destination of another session",
		plant.TooManySourcePorts: "more than the sources of a session", plant.TooManyDestinations: "more than the destinations of a session"}[b.Rule]
	return notRecorded("%s is %s", strings.Join(b.Ports, ", "), what)
}

func addSources(c *cli, a *args) reply {
	use, ports, m, dir := useOf(a), a.Values["ifs"].([]string), c.conf().get(a.Str("name")), plant.Both
	switch {
	case a.Has("rx"):
		dir = plant.RX
	case a.Has("tx"):
		dir = plant.TX
	}
	if slices.ContainsFunc(ports, func(p string) bool { return isSub(p) && m.Ports[p]|dir == plant.Both }) { // release note of 4.21.3F
		return notRecorded("both directions of a sub-interface cannot be mirrored")
	}
	if b := c.d.model.rules.Sources(c.conf().mirrors(), &m.Mirror, ports, fabric.VLANSet{}, dir); b != nil && !c.d.booting {
		return refusedBy(b)
	}
	if m.acl != "" && use != "" && !c.d.booting {
		return notRecorded("session %s has an access list of its own", m.name)
	}
	for _, p := range m.sources() {
		if has := strings.Fields(m.acls[p] + "   "); use != "" && len(has) > 2 && !c.d.booting && (!strings.HasPrefix(use, has[0]+" ") || slices.Contains(ports, p) && has[2] != a.Str("acl")) {
			return say(fmt.Sprintf("! Source %s in Session %s is applied with access list %s with type %s instead of access list %s with type %s. "+ // AVD issue 4524
				"Only one access list type per session is supported.\n", p, m.name, has[2], has[0], a.Str("acl"), strings.Fields(use)[0]))
		}
	}
	return c.add(a, func(m *session) {
		m.AddSources(ports, fabric.VLANSet{}, dir)
		for _, p := range ports {
			if a.Has("priority") {
				m.acls[p] = fmt.Sprint(use, " priority ", a.Num("p"))
			} else if use != "" {
				m.acls[p] = use
			}
		}
	})
}

func destinationsOf(a *args) []string {
	switch {
	case a.Has("cpu"):
		return []string{"Cpu"}
	case a.Has("tunnel"):
		return []string{"tunnel mode gre source " + a.Str("from") + " destination " + a.Str("to")}
	}
	return a.Values["ifs"].([]string)
}

func addDestinations(c *cli, a *args) reply {
	m, ends := c.conf().get(a.Str("name")), destinationsOf(a)
	if b := c.d.model.rules.Ends(c.conf().mirrors(), &m.Mirror, ends); b != nil && !c.d.booting && a.Values["ifs"] != nil {
		return refusedBy(b)
	}
	if a.Has("cpu") && c.d.model.noCPU { // the words are general knowledge
		return say("% Unavailable command\n")
	}
	return c.add(a, func(m *session) { m.AddDestinations(ends, "", compare) })
}

// settle is how long a destination says "unknown" after it was configured
// (about two seconds, fact sheet 2.3).
const settle = 2 * time.Second

// state of a destination, and the kernel's interface where it is the processor.
// Only "active" and "unknown" were ever seen.
func (d *device) state(m *session, dest string) (state, kernel string) {
	to := gre(dest)
	if len(m.Ports) == 0 || d.sw.Faults().NotProgrammed || time.Since(d.since[m.name]) < d.sw.Clock().Real(settle) || to != "" && !d.routed(to) {
		return "unknown", ""
	}
	if dest != "Cpu" {
		return "active", ""
	}
	kernels := slices.DeleteFunc(d.Running.sorted(), func(o *session) bool { return !o.EndsAt("Cpu") })
	return "active", fmt.Sprint("mirror", slices.Index(kernels, m))
}

// routed reports whether an address is behind a static route or on a connected
// network, as the destination of a tunnel must be.
func (d *device) routed(address string) bool {
	a, _ := netip.ParseAddr(address)
	return slices.ContainsFunc(d.Running.Blocks(), func(b cmdline.Block) bool {
		text, isRoute := strings.CutPrefix(b.Text, "ip route ")
		if !isRoute {
			text = b.Value("ip address")
		}
		first, _, _ := strings.Cut(text, " ")
		p, err := netip.ParsePrefix(first)
		return err == nil && p.Masked().Contains(a)
	})
}
