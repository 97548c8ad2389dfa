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

// parseConfig reads a configuration of "display set". whole is the same with what it
// inherits from groups ("display inheritance"), "" where that was not asked for.
// mirror.ErrParse for a line that is none of a configuration.
func parseConfig(command, own, whole string) (*text.Tree, error) {
	t := &text.Tree{}
	for i, reply := range []string{own, whole} {
		if strange := t.Read(said(reply), i == 1); strange != "" {
			return nil, text.ParseError(command, strange)
		}
	}
	return t, nil
}

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
func readAnalyzers(t *text.Tree, a around) []mirror.NativeSession {
	found := map[string]*reading{}
	in := func(id, path string, above bool, n *text.Tree, group string) {
		r := found[id]
		if r == nil {
			r = &reading{Reading: text.Reading{Ports: grammar}, outputs: map[string]bool{}, mirrors: strings.HasPrefix(id, instances)}
			found[id] = r
		}
		if above {
			r.Doubt("what it stands in is deactivated")
		}
		r.Spec.Shut = r.Spec.Shut || n.Off
		n.Walk(func(words []string, leaf *text.Tree, off bool) { r.statement(path, words, leaf.Added, off, group, a) })
	}
	each := func(root *text.Tree, group string) {
		for _, h := range []string{hierarchyELS, hierarchyOld} {
			above := root.Has(h) && (root.At(h).Off || root.Has(h, "analyzer") && root.At(h, "analyzer").Off)
			for _, n := range root.Below(h, "analyzer") {
				if n.Word != "" && !strings.ContainsAny(n.Word, "<> ") { // no pattern of a group
					in(n.Word, h+" analyzer "+n.Word, above, n, group)
				}
			}
		}
		for _, n := range root.Below(hierarchyELS, instances) {
			path := hierarchyELS + " " + instances + " " + n.Word
			if n.Word != "instance" {
				in(instances, path, false, n, group)
				continue
			}
			for _, i := range n.Kids {
				in(instances+" "+i.Word, path+" "+i.Word, false, i, group)
			}
		}
	}
	each(t, "")
	for _, g := range t.Below("groups") {
		each(g, g.Word)
	}
	out := make([]mirror.NativeSession, 0, len(found))
	for id, r := range found {
		r.fed(id, a)
		out = append(out, r.native(id, a))
	}
	slices.SortFunc(out, func(a, b mirror.NativeSession) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// statement takes one that stands below the analyzer.
func (r *reading) statement(path string, leaf []string, added, off bool, group string, a around) {
	line := strings.Join(leaf, " ")
	r.lines = append(r.lines, strings.TrimSpace("set "+path+" "+line))
	line = text.Quote(line)
	switch {
	case group != "":
		r.Doubt("it stands in group %s", text.Quote(group))
	case added:
		r.Doubt("inherited from a group: %s", line)
	default:
		r.own = true
	}
	if off {
		r.Doubt("deactivated: %s", line)
	}
	switch at := slices.Index(leaf, "output"); {
	case !r.mirrors:
		if !r.leaf(leaf, a) {
			r.Doubt("%s", line)
		}
	case at >= 0 && len(leaf) > at+2 && leaf[at+1] == "interface":
		if n, ok := grammar.Read(leaf[at+2]); ok {
			r.Spec.Destinations = append(r.Spec.Destinations, n.Full())
		}
	}
}

var ways = map[string]mirror.Direction{"ingress": mirror.RX, "egress": mirror.TX}

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
	o := &r.Spec.Options
	switch path := strings.Join(words[:max(0, len(words)-1)], " "); path {
	case "apply-groups", "apply-groups-except": // what comes of them is shown as inherited
	case "": // the name alone, or a container that is empty
		return slices.Contains([]string{"", "input", "output"}, value)
	case "input":
		return value == "ingress" || value == "egress"
	case "input rate", "ratio":
		return number(value, &o.Sample)
	case "input maximum-packet-length":
		return number(value, &o.Truncate)
	case "input ingress interface", "input egress interface":
		if value != "all" {
			r.SourcePorts(value, ways[words[1]])
			break
		}
		r.Spec.Sources = append(r.Spec.Sources, mirror.NativeSource{All: true, Direction: ways[words[1]]}) // of legacy switches
	case "input ingress vlan", "input egress vlan":
		id, ok := a.vlanID(value)
		if ok {
			r.Spec.Sources = append(r.Spec.Sources, mirror.NativeSource{VLAN: id, Direction: ways[words[1]]})
		}
		return ok
	case "loss-priority":
		return value == "high" // as netmirror writes it where the output is a VLAN
	case "output interface":
		r.outputs["interface"] = true
		r.EachPort(value, func(p mirror.PortName) { r.Spec.Destinations = append(r.Spec.Destinations, p) })
	case "output vlan":
		r.outputs["vlan"] = true
		id, ok := a.vlanID(value)
		ok = ok && (r.Spec.RemoteVLAN == 0 || r.Spec.RemoteVLAN == id)
		r.Spec.RemoteVLAN = id
		return ok
	case "output ip-address", "output ipv6-address":
		r.outputs["address"] = true
		r.gre()
		return address(value, &o.Collector)
	case "output source-ip-address", "output source-ipv6-address":
		return address(value, &r.gre().Origin)
	case "output dscp":
		return number(value, &r.gre().DSCP)
	default:
		return false
	}
	return true
}

func (r *reading) gre() *mirror.ERSPAN {
	e := r.ERSPAN()
	e.Encapsulation = mirror.EncapGRE
	return e
}

func number(value string, to *int) bool {
	v, err := text.Decimal(value)
	*to = v
	return err == nil
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
	var ports []mirror.NativeSource
	for _, name := range a.feeds[id] {
		switch {
		case len(r.Spec.Sources) > 0 || r.Spec.Options.Filter != "":
			r.Doubt("also fed by firewall filter %s", text.Quote(name))
		case !text.OwnList.MatchString(name):
			r.Doubt("fed by firewall filter %s", text.Quote(name))
		}
		r.Spec.Options.Filter = name
		for _, p := range a.at[name] {
			ports = append(ports, mirror.NativeSource{Port: p, Direction: mirror.RX})
		}
	}
	r.Spec.Sources = append(r.Spec.Sources, ports...)
}

func (r *reading) native(id string, a around) mirror.NativeSession {
	s := &r.Spec
	if s.Options.Sample == 1 { // one of one is every one
		s.Options.Sample = 0
	}
	if r.mirrors {
		r.Doubts = slices.Insert(r.Doubts, 0, "an instance of port-mirroring, which firewall filters feed")
	} else if len(r.outputs) > 1 {
		r.Doubt("several kinds of outputs")
	}
	switch remote := a.remote(s.Sources); {
	case r.outputs["vlan"]:
		s.Role = mirror.RoleRSPANSource
	case s.Options.ERSPAN != nil:
		s.Role = mirror.RoleERSPANSource
	default:
		s.Role, s.Options.Tags, s.Options.Ingress = mirror.RoleLocal, mirror.TagsPreserve, mirror.IngressDisabled
		if remote != 0 && r.outputs["interface"] && s.Options.Filter == "" {
			s.Role, s.RemoteVLAN, s.Sources = mirror.RoleRSPANDestination, remote, nil
		}
	}
	n := mirror.NativeSession{ID: id, Text: strings.Join(r.lines, "\n"), Programmed: mirror.Unknown, Spec: s.Normalize(), Opaque: strings.Join(r.Doubts, "; ")}
	switch own := markName.MatchString(id); {
	case own && r.own:
		n.Mark = id
	case own: // a group gave it this name
		n.ID = "inherited " + id
	}
	if s.Shut {
		n.Text += "\n(deactivated)"
	}
	return n
}
