package iosxe

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

// A modelReading is a session as Cisco-IOS-XE-native has it. What stands
// in it and is not known makes it opaque. Parts are its entries, each with what it says, at paths below the
// session: what is taken away is taken by them.
type modelReading struct {
	reading
	parts []part
}

// A part is an entry of a list, or a container, that says which sources or destinations a
// session has.
type part struct {
	at       data.Path
	node     *data.Node
	sources  []mirror.NativeSource
	ports    []mirror.PortName // that copies are sent to
	filtered int               // VLAN that is not left out
}

// modelSessions reads all sessions of the native configuration; n is its container monitor,
// nil where there is none. mirror.ErrParse for what is none.
func modelSessions(f mirror.Facts, n *data.Node) ([]modelReading, error) {
	var out []modelReading
	seen := map[int]bool{}
	for _, s := range n.All("session") {
		id, err := text.Decimal(s.Text("id"))
		if err != nil || !isNumber(s.Text("id")) {
			return nil, fmt.Errorf("%s: a session with id %q: %w", modNative, text.Quote(s.Text("id")), mirror.ErrParse)
		}
		if seen[id] {
			return nil, fmt.Errorf("%s: two sessions %d: %w", modNative, id, mirror.ErrParse)
		}
		seen[id] = true
		out = append(out, readModelled(f, id, s))
	}
	return out, nil
}

func readModelled(f mirror.Facts, id int, s *data.Node) modelReading {
	r := modelReading{reading: newReading(id)}
	r.text = string(listed(s).Indented("", "  ")) + "\n"
	r.only(s, "", "id", "source", "destination", "filter", "type")
	types := s.Child("type")
	r.only(types, "type", "erspan-source", "erspan-destination", "local")
	classic := r.holds(s.Child("source")) || r.holds(s.Child("destination")) || r.holds(s.Child("filter"))
	switch kinds := kindsOf(types); {
	case len(kinds) > 1:
		r.Doubt("several types: %s", strings.Join(kinds, ", "))
	case len(kinds) == 1 && classic:
		r.Doubt("lines beside those of type %s", kinds[0])
	}
	r.Spec.Role = mirror.RoleLocal
	switch {
	case types.Has("erspan-source"):
		r.erspanSource(f, types.Child("erspan-source"))
	case types.Has("erspan-destination"):
		r.erspanDestination(f, types.Child("erspan-destination"))
	case types.Has("local"):
		r.Doubt("session-mode form, type %s", text.Quote("local"))
		r.local(types.Child("local"))
	default:
		r.classicModel(s)
	}
	return r
}

func kindsOf(types *data.Node) (out []string) {
	if types == nil {
		return nil
	}
	for _, c := range types.Children {
		out = append(out, c.Name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// only doubts what else stands at a place.
func (r *modelReading) only(n *data.Node, at string, known ...string) {
	if n == nil {
		return
	}
	for _, c := range n.Children {
		if !slices.Contains(known, c.Name) {
			r.Doubt("%s %s", strings.TrimSpace(at+" "+c.Name), text.Quote(c.Text()))
		}
	}
}

// holds reports whether anything stands below: containers that hold nothing are not there.
func (r *modelReading) holds(n *data.Node) bool {
	return n != nil && slices.ContainsFunc(n.Children, func(c *data.Node) bool {
		return len(c.Children) == 0 && c.Kind == data.Leaf && (c.Text() != "" || !slices.Contains(emptyContainers, c.Name)) || r.holds(c)
	})
}

// emptyContainers may be shown though nothing is in them; in XML they look as leaves do.
var emptyContainers = []string{"ip", "ipv6", "mac", "access-group", "packet-type", "remote", "vlan", "source", "destination", "filter", "interface", "vlan-list"}

// classicModel reads the lists at the top, which the command line's classic form fills.
func (r *modelReading) classicModel(s *data.Node) {
	src, dst, filter := s.Child("source"), s.Child("destination"), s.Child("filter")
	r.only(src, "source", "interface", "vlan-list", "vlan", "remote")
	r.ports(src, data.Names("source"))
	for _, v := range src.All("vlan-list") {
		r.only(v, "source vlan-list", "vlan_set", "direction_set")
		r.sourceVLAN(v, data.P(data.S("source"), data.S("vlan-list", "vlan_set", v.Text("vlan_set"))), v.Text("vlan_set"), v.Text("direction_set"))
	}
	if v := src.Child("vlan"); r.holds(v) { // before 17.15.1, one VLAN
		r.only(v, "source vlan", "vlan", "direction")
		r.sourceVLAN(v, data.Names("source", "vlan"), v.Text("vlan"), v.Text("direction"))
	}
	r.only(dst, "destination", "interface", "remote")
	r.ends(dst, data.Names("destination"), "encapsulation", "ingress", "ingress-encap", "vlan")
	from, to := r.remote(src, "source"), r.remote(dst, "destination")
	switch {
	case from && to:
		r.Doubt("remote VLANs at both ends")
	case from:
		r.Spec.Role = mirror.RoleRSPANDestination
	case to:
		r.Spec.Role = mirror.RoleRSPANSource
	}
	r.only(filter, "filter", "packet-type", "ip", "vlan")
	if p := filter.Child("packet-type"); r.holds(p) {
		r.Doubt("filter packet-type")
	}
	r.list(filter, "", "ip")
	r.filterVLANs(filter, data.Names("filter"), "id")
	r.finishConfigured()
}

// remote reads a VLAN that copies travel in.
func (r *modelReading) remote(n *data.Node, at string) bool {
	v := n.Child("remote")
	if v.Text("vlan") == "" {
		return false
	}
	r.only(v, at+" remote", "vlan")
	r.RemoteVLAN(v.Text("vlan"))
	r.parts = append(r.parts, part{at: data.Names(at, "remote"), node: v})
	return true
}

func (r *modelReading) local(n *data.Node) {
	r.only(n, "type local", "description", "source", "destination", "filter", "shutdown")
	r.ports(n.Child("source"), nil)
	for _, v := range n.Child("source").All("vlan") {
		r.sourceVLAN(v, nil, v.Text("vlan1"), v.Text("direction"))
	}
	r.ends(n.Child("destination"), nil)
	r.filterVLANs(n.Child("filter"), nil, "vlan1")
	r.finishConfigured()
}

func (r *modelReading) erspanSource(f mirror.Facts, n *data.Node) {
	const at = "type erspan-source"
	r.Spec.Role = mirror.RoleERSPANSource
	r.only(n, at, "description", "source", "filter", "header-type", "shutdown-source", "shutdown", "destination")
	top := data.Names("type", "erspan-source")
	src, filter, dst := n.Child("source"), n.Child("filter"), n.Child("destination")
	r.only(src, at+" source", "interface", "vlan")
	r.ports(src, top.To(data.S("source")))
	for _, v := range src.All("vlan") {
		r.only(v, at+" source vlan", "vlan1", "direction")
		r.sourceVLAN(v, top.To(data.S("source"), data.S("vlan", "vlan1", v.Text("vlan1"))), v.Text("vlan1"), v.Text("direction"))
	}
	r.only(filter, at+" filter", "vlan", "ip", "ipv6", "mac", "access-group", "sgt")
	r.filterVLANs(filter, top.To(data.S("filter")), "vlan1")
	r.list(filter, "", "ip")
	r.list(filter, "mac:", "mac")
	r.list(filter, "ipv6:", "ipv6")
	if acl := filter.Text("access-group"); acl != "" {
		r.Filter("", acl)
	}
	if filter.Has("sgt") {
		r.Doubt("filter sgt %s", text.Quote(filter.Text("sgt")))
	}
	r.shut(f, n, "shutdown-source")
	r.number(n, func(e *mirror.ERSPAN, v int) { e.Type = v }, "header-type")
	r.only(dst, at+" destination", "ip", "erspan-id", "mtu", "vrf", "origin")
	ip := dst.Child("ip")
	r.only(ip, at+" destination ip", "address", "ttl", "dscp")
	r.number(dst, func(e *mirror.ERSPAN, v int) { e.ID = v }, "erspan-id")
	r.number(dst, func(e *mirror.ERSPAN, v int) { e.MTU = v }, "mtu")
	r.number(dst, func(e *mirror.ERSPAN, v int) { e.TTL = v }, "ip", "ttl")
	r.number(dst, func(e *mirror.ERSPAN, v int) { e.DSCP = v }, "ip", "dscp")
	r.ERSPAN().VRF = dst.Text("vrf")
	r.only(dst.Child("origin"), at+" destination origin", "ip")
	r.only(dst.At("origin", "ip"), at+" destination origin ip", "address")
	if a := dst.Text("origin", "ip", "address"); a != "" {
		r.Origin(a)
	}
	r.end(ip.Text("address"))
}

func (r *modelReading) erspanDestination(f mirror.Facts, n *data.Node) {
	const at = "type erspan-destination"
	r.Spec.Role = mirror.RoleERSPANDestination
	r.only(n, at, "description", "destination", "shutdown-destination", "shutdown", "source")
	dst, src := n.Child("destination"), n.Child("source")
	r.only(dst, at+" destination", "interface") // a leaf vlan is none that is understood
	r.ends(dst, data.Names("type", "erspan-destination", "destination"))
	r.shut(f, n, "shutdown-destination")
	r.only(src, at+" source", "ip", "erspan-id")
	r.only(src.Child("ip"), at+" source ip", "address")
	r.number(src, func(e *mirror.ERSPAN, v int) { e.ID = v }, "erspan-id")
	r.ERSPAN()
	r.end(src.Text("ip", "address"))
}

// end takes the address where the tunnel ends. The model has none of IPv6: a session that
// has such an address is shown without any.
func (r *modelReading) end(address string) {
	if address == "" {
		r.Doubt("no address of the tunnel is shown: there is none, or one of IPv6, which the model does not have")
		return
	}
	r.Collector(address)
}

func (r *modelReading) number(n *data.Node, set func(*mirror.ERSPAN, int), names ...string) {
	if v := n.Text(names...); v != "" {
		r.Number(v, set)
	}
}

// shut: a session is shut down unless it is told otherwise; before 17.2.1 only a leaf that
// says so.
func (r *modelReading) shut(f mirror.Facts, n *data.Node, leaf string) {
	switch v := n.Text(leaf); {
	case v == "true":
		r.admin = mirror.False
	case v == "false":
		r.admin = mirror.True
	case v != "":
		r.Doubt("%s %s", leaf, text.Quote(v))
	case n.Has("shutdown") || canEnable(f):
		r.admin = mirror.False
	}
}

// ports reads the interfaces of a container of sources. A key may be a range, as the
// command line writes one (not documented, and borne).
func (r *modelReading) ports(n *data.Node, at data.Path) {
	for _, e := range n.All("interface") {
		r.only(e, "source interface", "name", "direction")
		d, ok := modelDirection(e.Text("direction"))
		if !ok {
			r.Miss("direction %s", text.Quote(e.Text("direction")))
		}
		p := part{at: at.To(data.S("interface", "name", e.Text("name"))), node: e}
		r.EachPort(e.Text("name"), func(name mirror.PortName) {
			p.sources = append(p.sources, mirror.NativeSource{Port: name, Direction: d})
		})
		r.Spec.Sources = append(r.Spec.Sources, p.sources...)
		r.parts = append(r.parts, p)
	}
}

func (r *modelReading) sourceVLAN(n *data.Node, at data.Path, id, direction string) {
	d, ok := modelDirection(direction)
	if !ok {
		r.Miss("direction %s", text.Quote(direction))
	}
	before := len(r.Spec.Sources)
	r.SourceVLANs(id, d)
	r.parts = append(r.parts, part{at: at, node: n, sources: slices.Clone(r.Spec.Sources[before:])})
}

func modelDirection(word string) (mirror.Direction, bool) {
	switch word {
	case "", "both":
		return mirror.Both, true
	case "rx":
		return mirror.RX, true
	case "tx":
		return mirror.TX, true
	}
	return mirror.Both, false
}

// ends reads the ports that copies are sent to; their options are those of the command
// line, in its words.
func (r *modelReading) ends(n *data.Node, at data.Path, options ...string) {
	for _, e := range n.All("interface") {
		r.only(e, "destination interface", append([]string{"name"}, options...)...)
		p := part{at: at.To(data.S("interface", "name", e.Text("name"))), node: e}
		r.EachPort(e.Text("name"), func(name mirror.PortName) {
			p.ports = append(p.ports, name)
			r.Spec.Destinations = append(r.Spec.Destinations, name)
			r.dests = append(r.dests, destination{port: name, options: optionWords(e)})
		})
		r.parts = append(r.parts, p)
	}
}

// optionWords are the options of a destination as a command line has them.
func optionWords(e *data.Node) string {
	var words []string
	if v := e.Text("encapsulation"); v != "" {
		words = append(words, "encapsulation", v)
	}
	if e.Has("ingress") {
		words = append(words, "ingress")
		if v := e.Text("ingress-encap"); v != "" {
			words = append(words, v)
		}
		if v := e.Text("vlan"); v != "" {
			words = append(words, "vlan", v)
		}
	}
	return strings.Join(words, " ")
}

func (r *modelReading) list(n *data.Node, family, name string) {
	l := n.Child(name)
	r.only(l, "filter "+name, "access-group")
	r.only(l.Child("access-group"), "filter "+name+" access-group", "acl-name")
	if acl := l.Text("access-group", "acl-name"); acl != "" {
		r.Filter(family, acl)
	}
}

func (r *modelReading) filterVLANs(n *data.Node, at data.Path, key string) {
	for _, v := range n.All("vlan") {
		if !r.holds(v) { // an empty container
			continue
		}
		r.only(v, "filter vlan", key)
		before := len(r.Spec.Options.FilterVLANs)
		r.FilterVLANs(v.Text(key))
		if after := r.Spec.Options.FilterVLANs; len(after) > before {
			r.parts = append(r.parts, part{at: at.To(data.S("vlan", key, v.Text(key))), node: v, filtered: after[before]})
		}
	}
}

// finishConfigured decides what only the whole session tells, as of a configuration.
func (r *modelReading) finishConfigured() {
	kept := r.text
	r.finishConfig()
	r.text = kept
}

// listKeys tells an entry of a list from a container of the same name.
var listKeys = map[string]*regexp.Regexp{
	"session": regexp.MustCompile(`^id$`), "interface": regexp.MustCompile(`^name$`),
	"vlan-list": regexp.MustCompile(`^vlan_set$`), "vlan": regexp.MustCompile(`^(?:vlan1|id)$`),
}

// listed is a session that was read, from whatever encoding, with its lists as lists and
// without modules: the same text for the same session.
func listed(n *data.Node) *data.Node {
	out := &data.Node{Name: n.Name, Kind: n.Kind, Value: n.Value}
	if n.Kind == data.Entry {
		out.Kind = data.Container
	}
	for _, c := range n.Children {
		k := listed(c)
		if key := listKeys[k.Name]; key != nil && slices.ContainsFunc(k.Children, func(l *data.Node) bool { return key.MatchString(l.Name) }) {
			k.Kind = data.Entry
		}
		out.Children = append(out.Children, k)
	}
	return out
}

// remembered reads a session again from the text that an observation has of it; ok is
// false for a text of the command line.
func remembered(f mirror.Facts, n mirror.NativeSession) (modelReading, bool) {
	nodes, err := data.FromJSON("session", []byte(n.Text))
	if err != nil || len(nodes) != 1 || nodes[0].Text("id") != n.ID {
		return modelReading{}, false
	}
	all, err := modelSessions(f, data.C("monitor", nodes[0]))
	if err != nil {
		return modelReading{}, false
	}
	return all[0], true
}
