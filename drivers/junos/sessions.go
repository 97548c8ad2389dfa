package junos

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

var (
	// markName is the name of an analyzer that netmirror made.
	markName = regexp.MustCompile(`^` + mirror.MarkPrefix + `[a-z2-7]{10}$`)
	// analyzerName: letters, digits, hyphen and underscore are what Juniper's own
	// configlet keeps (juniper-junos.md 6).
	analyzerName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$`)
)

// instances begin the ids of port-mirroring instances, which no analyzer can have.
const instances = "port-mirroring"

// A reading is an analyzer on its way from statements to neutral words.
type reading struct {
	text.Reading
	lines   []string
	outputs map[string]bool // the kinds that it has
	own     bool            // something of it is not inherited
	mirrors bool            // it is an instance of port-mirroring
}

// readAnalyzers finds the analyzers of a configuration, and the instances of
// port-mirroring, which nobody changes. What is not understood of one is a doubt, which
// makes it opaque; so is what it inherits from a group, since that cannot be deleted
// here (juniper-junos.md 1.4).
func readAnalyzers(c config, a around) []mirror.NativeSession {
	found := map[string]*reading{}
	var order []string
	for _, s := range c.statements {
		id, leaf, ok := owner(s)
		if !ok {
			continue
		}
		r := found[id]
		if r == nil {
			r = &reading{Reading: text.Reading{Ports: grammar}, outputs: map[string]bool{}, mirrors: strings.HasPrefix(id, instances)}
			found[id], order = r, append(order, id)
		}
		r.statement(c, s, leaf, a)
	}
	out := make([]mirror.NativeSession, 0, len(order))
	for _, id := range order {
		r := found[id]
		r.fed(id, a)
		out = append(out, r.native(id, a))
	}
	slices.SortFunc(out, func(a, b mirror.NativeSession) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// owner is the analyzer, or the instance, that a statement is of, and what it says of
// it.
func owner(s statement) (id string, leaf []string, ok bool) {
	for _, h := range []string{hierarchyELS, hierarchyOld} {
		if rest, is := s.under(h, "analyzer"); is && len(rest) > 0 {
			return rest[0], rest[1:], rest[0] != "" && !strings.ContainsAny(rest[0], "<> ")
		}
	}
	rest, is := s.under(hierarchyELS, instances)
	switch {
	case !is || len(rest) == 0:
		return "", nil, false
	case rest[0] == "instance" && len(rest) > 1:
		return instances + " " + rest[1], rest[2:], true
	}
	return instances, rest, true
}

func (r *reading) statement(c config, s statement, leaf []string, a around) {
	r.lines = append(r.lines, "set "+s.String())
	said := text.Quote(strings.Join(leaf, " "))
	switch {
	case s.group != "":
		r.Doubt("it stands in group %s", text.Quote(s.group))
	case s.inherited:
		r.Doubt("inherited from a group: %s", said)
	default:
		r.own = true
	}
	switch off, name := c.isOff(s), len(s.words)-len(leaf); {
	case off == 0:
	case off == name:
		r.Spec.Shut = true
	case off > name:
		r.Doubt("deactivated: %s", said)
	default:
		r.Doubt("what it stands in is deactivated")
	}
	if r.mirrors {
		r.instance(leaf)
	} else if !r.leaf(leaf, a) {
		r.Doubt("%s", said)
	}
}

// instance takes where the copies of a port-mirroring instance go.
func (r *reading) instance(leaf []string) {
	if at := slices.Index(leaf, "output"); at >= 0 && len(leaf) > at+2 && leaf[at+1] == "interface" {
		if n, ok := grammar.Read(leaf[at+2]); ok {
			r.Spec.Destinations = append(r.Spec.Destinations, n.Full())
		}
	}
}

// leaf takes what stands behind the name of an analyzer; false when it is not
// understood.
func (r *reading) leaf(words []string, a around) bool {
	value := ""
	if len(words) > 0 {
		value = words[len(words)-1]
	}
	if len(words) == 4 && value == "no-tag" { // what that does to copies has no word here
		r.leaf(words[:3], a)
		return false
	}
	switch path := strings.Join(words[:max(0, len(words)-1)], " "); path {
	case "apply-groups", "apply-groups-except": // what comes of them is shown as inherited
		return true
	case "": // the name alone, or a container that is empty
		return slices.Contains([]string{"", "input", "output"}, value)
	case "input":
		return value == "ingress" || value == "egress"
	case "input rate", "ratio":
		return r.number(value, &r.Spec.Options.Sample)
	case "input maximum-packet-length":
		return r.number(value, &r.Spec.Options.Truncate)
	case "input ingress interface":
		return r.source(value, mirror.RX)
	case "input egress interface":
		return r.source(value, mirror.TX)
	case "input ingress vlan":
		return r.sourceVLAN(value, mirror.RX, a)
	case "input egress vlan":
		return r.sourceVLAN(value, mirror.TX, a)
	case "loss-priority":
		return value == "high" // as netmirror writes it where the output is a VLAN
	case "output interface":
		r.outputs["interface"] = true
		r.EachPort(value, func(p mirror.PortName) { r.Spec.Destinations = append(r.Spec.Destinations, p) })
		return true
	case "output vlan":
		r.outputs["vlan"] = true
		id, ok := a.vlanID(value)
		ok = ok && (r.Spec.RemoteVLAN == 0 || r.Spec.RemoteVLAN == id)
		r.Spec.RemoteVLAN = id
		return ok
	case "output ip-address", "output ipv6-address":
		r.outputs["address"] = true
		r.gre()
		return address(value, &r.Spec.Options.Collector)
	case "output source-ip-address", "output source-ipv6-address":
		return address(value, &r.gre().Origin)
	case "output dscp":
		return r.number(value, &r.gre().DSCP)
	}
	return false
}

func (r *reading) gre() *mirror.ERSPAN {
	e := r.ERSPAN()
	e.Encapsulation = mirror.EncapGRE
	return e
}

func (r *reading) number(value string, to *int) bool {
	v, err := text.Decimal(value)
	*to = v
	return err == nil
}

func (r *reading) source(value string, d mirror.Direction) bool {
	if value == "all" { // of legacy switches
		r.Spec.Sources = append(r.Spec.Sources, mirror.NativeSource{All: true, Direction: d})
		return true
	}
	r.SourcePorts(value, d)
	return true
}

func (r *reading) sourceVLAN(value string, d mirror.Direction, a around) bool {
	id, ok := a.vlanID(value)
	if ok {
		r.Spec.Sources = append(r.Spec.Sources, mirror.NativeSource{VLAN: id, Direction: d})
	}
	return ok
}

func address(value string, to *string) bool {
	a, err := netip.ParseAddr(value)
	if err != nil || *to != "" && *to != a.String() {
		return false
	}
	*to = a.String()
	return true
}

// fed adds what firewall filters feed an analyzer with.
func (r *reading) fed(id string, a around) {
	var ports []mirror.PortName
	for _, name := range a.feeding(id) {
		switch {
		case len(r.Spec.Sources) > 0 || r.Spec.Options.Filter != "":
			r.Doubt("also fed by firewall filter %s", text.Quote(name))
		case !text.OwnList.MatchString(name):
			r.Doubt("fed by firewall filter %s", text.Quote(name))
		}
		r.Spec.Options.Filter, ports = name, append(ports, a.at[name]...)
	}
	for _, p := range ports {
		r.Spec.Sources = append(r.Spec.Sources, mirror.NativeSource{Port: p, Direction: mirror.RX})
	}
}

func (r *reading) native(id string, a around) mirror.NativeSession {
	s := &r.Spec
	if s.Options.Sample == 1 { // one of one is every one
		s.Options.Sample = 0
	}
	switch {
	case r.mirrors:
		r.Doubts = slices.Insert(r.Doubts, 0, "an instance of port-mirroring, which firewall filters feed")
	case len(r.outputs) > 1:
		r.Doubt("several kinds of outputs")
	}
	s.Role = mirror.RoleLocal
	switch remote := a.remote(s.Sources); {
	case r.outputs["vlan"]:
		s.Role = mirror.RoleRSPANSource
	case s.Options.ERSPAN != nil:
		s.Role = mirror.RoleERSPANSource
	case remote != 0 && r.outputs["interface"] && s.Options.Filter == "":
		s.Role, s.RemoteVLAN, s.Sources = mirror.RoleRSPANDestination, remote, nil
	}
	if s.Role == mirror.RoleLocal || s.Role == mirror.RoleRSPANDestination {
		s.Options.Tags, s.Options.Ingress = mirror.TagsPreserve, mirror.IngressDisabled
	}
	n := mirror.NativeSession{ID: id, Text: strings.Join(r.lines, "\n"), Programmed: mirror.Unknown, Spec: s.Normalize(), Opaque: strings.Join(r.Doubts, "; ")}
	switch own := markName.MatchString(id); {
	case own && r.own:
		n.Mark = id
	case own: // a group gave it this name
		n.ID = "inherited " + id
	}
	if s.Shut {
		n.Text += "\n" + deactivated
	}
	return n
}

// deactivated ends the text of an analyzer that is out of service.
const deactivated = "(deactivated)"
