package srl

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

// The list of a session is an acl-filter at the ingress of sub-interfaces. It decides
// about live traffic there, so every entry accepts; the instance copies what those
// entries match that a permitting rule stands for, and the last entry accepts what is
// left (access-lists.md 0 and 6).
const entryStep = 10

// A binding is the entry of /acl/interface that is about a sub-interface. Its id is a
// free label (sheet 2).
type binding struct {
	id    string
	lists []listRef // that stand at the ingress, without their entries
	alone bool      // nothing else is in it than lists at the ingress
}

// acls are the access lists of a device, from 24.3.
type acls struct {
	at   map[mirror.PortName][]binding         // by sub-interface
	subs map[mirror.PortName][]mirror.PortName // sub-interfaces of each port
	own  []mirror.Footing                      // lists that bear names of netmirror's
}

// readACLs reads /acl of a configuration; subs are the sub-interfaces of each port.
func readACLs(acl *data.Node, subs map[mirror.PortName][]mirror.PortName, refs map[string][]listRef) (*acls, error) {
	a := &acls{at: map[mirror.PortName][]binding{}, subs: subs}
	for _, e := range acl.All("interface") {
		b := binding{id: e.Text("interface-id"), alone: true}
		if b.id == "" {
			return nil, fmt.Errorf("an entry of /acl/interface without interface-id: %w", mirror.ErrParse)
		}
		for _, c := range e.Children {
			b.alone = b.alone && slices.Contains([]string{"interface-id", "interface-ref", "input"}, c.Name)
		}
		for _, f := range e.Child("input").All("acl-filter") {
			b.lists = append(b.lists, listRef{name: f.Text("name"), kind: f.Text("type")})
		}
		port, index := e.Text("interface-ref", "interface"), e.Text("interface-ref", "subinterface")
		at := sub(mirror.PortName(port), index)
		if index == "" { // the whole port
			at = mirror.PortName(port)
		}
		a.at[at] = append(a.at[at], b)
	}
	names := map[string][]*data.Node{}
	for _, e := range acl.All("acl-filter") {
		if name := e.Text("name"); markName.MatchString(name) {
			names[name] = append(names[name], e)
		}
	}
	for name, lists := range names {
		f := footingOf(name, lists, refs)
		f.Ports = a.stands(name)
		a.own = append(a.own, f)
	}
	slices.SortFunc(a.own, func(x, y mirror.Footing) int { return strings.Compare(x.Name, y.Name) })
	return a, nil
}

// names lists the lists at the ingress of a sub-interface, or of a port: of other hands
// those at any of its sub-interfaces, of netmirror's those at all of them.
func (a *acls) names(p mirror.PortName) (out []string) {
	for _, at := range append([]mirror.PortName{p}, a.subs[p]...) {
		for _, b := range a.at[at] {
			for _, l := range b.lists {
				if at == p || !markName.MatchString(l.name) || a.everywhere(p, l.name) {
					out = append(out, l.name)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// has: a list stands at the ingress of a sub-interface.
func (a *acls) has(at mirror.PortName, name string) bool {
	return slices.ContainsFunc(a.at[at], func(b binding) bool {
		return slices.ContainsFunc(b.lists, func(l listRef) bool { return l.name == name })
	})
}

// everywhere: a list stands at the ingress of all sub-interfaces of a port.
func (a *acls) everywhere(port mirror.PortName, name string) bool {
	subs := a.subs[port]
	return len(subs) > 0 && !slices.ContainsFunc(subs, func(s mirror.PortName) bool { return !a.has(s, name) })
}

// stands are the places of a list: a port where it stands at all its sub-interfaces,
// else each of them.
func (a *acls) stands(name string) []mirror.PortName {
	var out []mirror.PortName
	for at := range a.at {
		if !a.has(at, name) {
			continue
		}
		if port, _ := base(at); a.everywhere(port, name) {
			at = port
		}
		out = append(out, at)
	}
	slices.SortFunc(out, byName)
	return slices.Compact(out)
}

// footingOf is a list of netmirror's. One that holds what no rule can, or of which several
// instances copy, is told without rules, so that it is equal to none that is wanted.
func footingOf(name string, lists []*data.Node, refs map[string][]listRef) mirror.Footing {
	f := mirror.Footing{Kind: mirror.FootingFilter, Name: name}
	if len(lists) != 1 {
		return f
	}
	kind := lists[0].Text("type")
	copied := map[int]bool{}
	for instance, list := range refs {
		for _, ref := range list {
			if ref.name != name {
				continue
			}
			if f.Session != "" && f.Session != instance || ref.kind != kind {
				return mirror.Footing{Kind: f.Kind, Name: name}
			}
			f.Session = instance
			for _, id := range ref.entries {
				copied[id] = true
			}
		}
	}
	rules, err := readEntries(lists[0], mirror.Family(kind), copied)
	if err == nil {
		f.Rules = rules
	}
	return f
}

// readEntries reads the entries of a list in their order; the last must accept all and
// is no rule. mirror.ErrParse for what is no rule.
func readEntries(list *data.Node, family mirror.Family, copied map[int]bool) ([]mirror.Entry, error) {
	type numbered struct {
		id   int
		node *data.Node
	}
	var all []numbered
	for _, e := range list.All("entry") {
		id, err := strconv.Atoi(e.Text("sequence-id"))
		if err != nil {
			return nil, notRule(e)
		}
		all = append(all, numbered{id, e})
	}
	slices.SortFunc(all, func(a, b numbered) int { return a.id - b.id })
	if len(all) == 0 || family != mirror.IPv4 && family != mirror.IPv6 {
		return nil, notRule(list)
	}
	var out []mirror.Entry
	for i, n := range all {
		e, err := readEntry(n.node, family)
		if err != nil {
			return nil, err
		}
		if e.Permit = copied[n.id]; i < len(all)-1 {
			out = append(out, e)
		} else if every, _ := (mirror.Entry{Protocol: mirror.AnyProtocol}).In(family); e != every {
			return nil, notRule(n.node)
		}
	}
	return out, nil
}

func notRule(n *data.Node) error {
	return fmt.Errorf("%s %s is no rule: %w", n.Name, n.Text("sequence-id"), mirror.ErrParse)
}

// only reports whether a node has no children but these.
func only(n *data.Node, names ...string) bool {
	return n == nil || !slices.ContainsFunc(n.Children, func(c *data.Node) bool { return !slices.Contains(names, c.Name) && !operational[c.Name] })
}

// readEntry reads one of a list, without whether it is copied.
func readEntry(n *data.Node, family mirror.Family) (mirror.Entry, error) {
	e := mirror.Entry{Protocol: mirror.AnyProtocol}
	match, action := n.Child("match"), n.Child("action")
	ip, l4 := match.Child(string(family)), match.Child("transport")
	accept := action.Child("accept")
	sound := accept != nil && len(accept.Children) == 0 && only(action, "accept") && only(match, string(family), "transport") &&
		only(ip, "protocol", "next-header", "source-ip", "destination-ip") && only(l4, "source-port", "destination-port") &&
		only(n, "sequence-id", "description", "match", "action", "tcam-entries", "last-clear", "collect-stats", "log") &&
		n.Text("log") != "true"
	if !sound {
		return e, notRule(n)
	}
	for _, leaf := range []string{"protocol", "next-header"} {
		if t := ip.Text(leaf); t != "" {
			v, ok := number(t, protocols, 255)
			if e.Protocol = v; !ok {
				return e, notRule(n)
			}
		}
	}
	for _, end := range []struct {
		name string
		to   *netip.Prefix
	}{{"source-ip", &e.Source}, {"destination-ip", &e.Destination}} {
		c := ip.Child(end.name)
		text := c.Text("prefix")
		p, err := netip.ParsePrefix(text)
		if !only(c, "prefix") || text != "" && err != nil {
			return e, notRule(n)
		}
		*end.to = p.Masked()
		if text == "" {
			*end.to = family.Any()
		}
	}
	var err error
	for name, to := range map[string]*mirror.PortRange{"source-port": &e.SourcePort, "destination-port": &e.DestinationPort} {
		if *to, err = readPorts(l4.Child(name)); err != nil {
			return e, notRule(n)
		}
	}
	return e, nil
}

const highestPort = 65535

// readPorts reads a condition on TCP or UDP ports.
func readPorts(n *data.Node) (r mirror.PortRange, err error) {
	if n == nil {
		return r, nil
	}
	start, end, value := n.Text("range", "start"), n.Text("range", "end"), n.Text("value")
	number := func(text string) int {
		v, ok := number(text, portNumbers, highestPort)
		if !ok {
			err = mirror.ErrParse
		}
		return v
	}
	switch op := n.Text("operator"); {
	case !only(n, "operator", "value", "range") || !only(n.Child("range"), "start", "end"):
		return r, mirror.ErrParse
	case start != "" && end != "" && value == "" && op == "":
		return mirror.PortRange{From: number(start), To: number(end)}, err
	case start != "" || end != "" || value == "" && op != "":
		return r, mirror.ErrParse
	case value == "":
		return r, nil
	case op == "eq":
		return mirror.PortRange{From: number(value), To: number(value)}, err
	case op == "ge":
		return mirror.PortRange{From: number(value), To: highestPort}, err
	case op == "le":
		return mirror.PortRange{To: number(value)}, err
	}
	return r, mirror.ErrParse
}

// writeEntries are the entries of a list.
func writeEntries(rules []mirror.Entry, family mirror.Family) (out []*data.Node) {
	protocol := map[mirror.Family]string{mirror.IPv4: "protocol", mirror.IPv6: "next-header"}[family]
	prefix := func(name string, p netip.Prefix) *data.Node {
		if !p.IsValid() || p.Bits() == 0 {
			return nil
		}
		return data.C(name, data.V("prefix", p.String()))
	}
	accept := data.C("action", data.C("accept"))
	for i, e := range rules {
		var ip, l4 []*data.Node
		if e.Protocol != mirror.AnyProtocol {
			ip = append(ip, data.V(protocol, e.Protocol))
		}
		for _, n := range []*data.Node{prefix("source-ip", e.Source), prefix("destination-ip", e.Destination)} {
			if n != nil {
				ip = append(ip, n)
			}
		}
		for name, r := range map[string]mirror.PortRange{"source-port": e.SourcePort, "destination-port": e.DestinationPort} {
			if !r.Any() {
				l4 = append(l4, writePorts(name, r))
			}
		}
		slices.SortFunc(l4, func(a, b *data.Node) int { return strings.Compare(b.Name, a.Name) })
		var match []*data.Node
		if len(ip) > 0 {
			match = append(match, data.C(string(family), ip...))
		}
		if len(l4) > 0 {
			match = append(match, data.C("transport", l4...))
		}
		entry := data.E("entry", data.V("sequence-id", (i+1)*entryStep))
		if len(match) > 0 {
			entry.Children = append(entry.Children, data.C("match", match...))
		}
		entry.Children = append(entry.Children, accept)
		out = append(out, entry)
	}
	return append(out, data.E("entry", data.V("sequence-id", (len(rules)+1)*entryStep), accept))
}

func writePorts(name string, r mirror.PortRange) *data.Node {
	if r.From == r.To {
		return data.C(name, data.V("operator", "eq"), data.V("value", r.From))
	}
	return data.C(name, data.C("range", data.V("start", r.From), data.V("end", r.To)))
}

// permits are the numbers of the entries that are copied.
func permits(rules []mirror.Entry) (out []*data.Node) {
	for i, e := range rules {
		if e.Permit {
			out = append(out, data.E("entry", data.V("sequence-id", (i+1)*entryStep)))
		}
	}
	return out
}
