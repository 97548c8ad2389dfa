package iosxe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

// A drawing is a change on its way to edits: what goes, by paths, and what is put in, as
// one tree below the session.
type drawing struct {
	at   data.Path // of the session
	gone []data.Edit
	in   *data.Node
}

// writeModel compares what is with what shall be. A session goes by its content, and as a
// whole where the command line has no other way (see write). What is put in is merged:
// nothing of a session that another hand made under the number goes with it.
func writeModel(f mirror.Facts, _ mirror.Observation, c mirror.Change) ([]data.Edit, error) {
	if n := c.After; n == nil && c.Before.Spec.Footing != nil || n != nil && n.Spec.Footing != nil {
		return writePort(c)
	}
	id, before, after := "", mirror.NativeSession{}, mirror.NativeSession{}
	if c.Before != nil {
		before, id = *c.Before, c.Before.ID
	}
	if c.After != nil {
		after, id = *c.After, c.After.ID
	}
	d := &drawing{at: inNative(data.S("monitor"), data.S("session", "id", id)), in: data.E("session")}
	old, now := before.Spec.Normalize(), after.Spec.Normalize()
	if c.After == nil && (subMode(old.Role) || old.Vacant()) {
		return []data.Edit{data.Del(d.at)}, nil
	}
	if c.Before != nil && old.Role != now.Role && (subMode(old.Role) || subMode(now.Role)) { // another form: all of the old one goes
		if err := d.leave(f, before, old); err != nil {
			return nil, err
		}
		old, before = mirror.NativeSpec{}, mirror.NativeSession{}
	}
	if err := d.content(f, before, after, old, now); err != nil {
		return nil, err
	}
	if subMode(now.Role) {
		d.tunnel(old, now)
	}
	if c.Before == nil || len(d.in.Children) > 0 {
		d.gone = append(d.gone, data.Upd(d.at, d.in.Children...))
	}
	return d.gone, nil
}

// content compares what every form has.
func (d *drawing) content(f mirror.Facts, before, after mirror.NativeSession, old, now mirror.NativeSpec) error {
	parts := partsOf(f, before)
	d.sources(f, parts, now)
	if err := d.destinations(f, parts, before, after, now); err != nil {
		return err
	}
	d.remoteVLAN(old, now)
	d.filters(f, parts, old, now)
	return nil
}

// leave takes away all that a session of one form has.
func (d *drawing) leave(f mirror.Facts, before mirror.NativeSession, old mirror.NativeSpec) error {
	if subMode(old.Role) {
		d.remove(data.Names("type", string(old.Role)))
		return nil
	}
	return d.content(f, before, mirror.NativeSession{}, old, mirror.NativeSpec{Role: old.Role})
}

// remove takes a part of the session away.
func (d *drawing) remove(at data.Path) { d.gone = append(d.gone, data.Del(d.at.To(at...))) }

// put finds or makes a container or entry below the session.
func (d *drawing) put(at data.Path) *data.Node {
	n := d.in
	for i, s := range at {
		n = below(n, s, i == 0)
	}
	return n
}

// below finds or makes a child. At the top of a value names say their module (RFC 7951
// section 4).
func below(n *data.Node, s data.Step, top bool) *data.Node {
	for _, c := range n.All(s.Name) {
		if !slices.ContainsFunc(s.Keys, func(k data.Key) bool { return c.Text(k.Name) != k.Value }) {
			return c
		}
	}
	next := data.C(s.Name)
	if len(s.Keys) > 0 {
		next = data.E(s.Name)
	}
	if top {
		next.Module = modNative
	}
	for _, k := range s.Keys {
		next.Children = append(next.Children, data.V(k.Name, keyValue(k)))
	}
	n.Children = append(n.Children, next)
	return next
}

// keyValue: keys that are numbers in the model.
func keyValue(k data.Key) any {
	if k.Name != "name" {
		if v, err := strconv.Atoi(k.Value); err == nil {
			return v
		}
	}
	return k.Value
}

// set gives a leaf of a container or entry a value.
func (d *drawing) set(at data.Path, leaf string, value any) {
	n := d.put(at)
	n.Children = append(n.Children, data.V(leaf, value))
}

// partsOf are the entries of a session: those that were read, or, where the observation is
// one of the command line, those that it would be read with.
func partsOf(f mirror.Facts, n mirror.NativeSession) []part {
	if r, ok := remembered(f, n); ok {
		return r.parts
	}
	spec := n.Spec.Normalize()
	top := home(spec.Role)
	var out []part
	for _, s := range spec.Sources {
		out = append(out, part{at: sourcePath(f, spec.Role, s), sources: []mirror.NativeSource{s}})
	}
	for _, p := range spec.Destinations {
		out = append(out, part{at: endPath(spec.Role, p), ports: []mirror.PortName{p}})
	}
	for _, v := range spec.Options.FilterVLANs {
		out = append(out, part{at: top.To(data.S("filter"), data.S("vlan", filterKey(spec.Role), strconv.Itoa(v))), filtered: v})
	}
	return out
}

// home is where the content of a session of a role stands.
func home(r mirror.Role) data.Path {
	if subMode(r) {
		return data.Names("type", string(r))
	}
	return nil
}

func filterKey(r mirror.Role) string {
	if subMode(r) {
		return "vlan1"
	}
	return "id"
}

// sourcePath is where a source stands. Before 17.15.1 a session of the classic form has
// one VLAN, in a container.
func sourcePath(f mirror.Facts, r mirror.Role, s mirror.NativeSource) data.Path {
	at, vlan := home(r).To(data.S("source")), strconv.Itoa(s.VLAN)
	switch {
	case s.VLAN == 0:
		return at.To(data.S("interface", "name", string(s.Port)))
	case subMode(r):
		return at.To(data.S("vlan", "vlan1", vlan))
	case hasVLANList(f):
		return at.To(data.S("vlan-list", "vlan_set", vlan))
	}
	return at.To(data.S("vlan"))
}

func endPath(r mirror.Role, p mirror.PortName) data.Path {
	return home(r).To(data.S("destination"), data.S("interface", "name", string(p)))
}

func samePath(a, b data.Path) bool { return a.String() == b.String() }

// sources: an entry whose direction changes keeps its place. An entry that holds more than
// is wanted goes, and what is wanted of it is put in anew.
func (d *drawing) sources(f mirror.Facts, parts []part, now mirror.NativeSpec) {
	var there []mirror.NativeSource
	for _, p := range parts {
		if len(p.sources) == 0 {
			continue
		}
		switch rest := text.Beyond(p.sources, now.Sources); {
		case len(rest) == 0:
			there = append(there, p.sources...)
		case slices.ContainsFunc(now.Sources, func(s mirror.NativeSource) bool { return samePath(sourcePath(f, now.Role, s), p.at) }):
		default:
			d.remove(p.at)
		}
	}
	for _, s := range grammar.InOrder(text.Beyond(now.Sources, there)) {
		at := sourcePath(f, now.Role, s)
		leaf := "direction"
		switch last := at[len(at)-1]; {
		case last.Name == "vlan-list":
			leaf = "direction_set"
		case s.VLAN != 0 && len(last.Keys) == 0:
			d.set(at, "vlan", s.VLAN)
		}
		d.set(at, leaf, string(s.Direction))
	}
}

// destinations: of an entry that stays only the options that differ are touched.
func (d *drawing) destinations(f mirror.Facts, parts []part, before, after mirror.NativeSession, now mirror.NativeSpec) error {
	wanted, err := endOptions(f, before, after, now)
	if err != nil {
		return err
	}
	there := map[mirror.PortName]*data.Node{}
	for _, p := range parts {
		switch {
		case len(p.ports) == 0:
		case len(p.ports) == 1 && slices.Contains(now.Destinations, p.ports[0]) && samePath(p.at, endPath(now.Role, p.ports[0])):
			if there[p.ports[0]] = p.node; p.node == nil {
				there[p.ports[0]] = plainEnd(before.Spec)
			}
		default:
			d.remove(p.at)
		}
	}
	ends := slices.Clone(now.Destinations)
	slices.SortFunc(ends, grammar.Compare)
	for _, p := range ends {
		at, is := endPath(now.Role, p), there[p]
		for _, leaf := range []string{"encapsulation", "ingress", "ingress-encap", "vlan"} {
			switch want := wanted.Child(leaf); {
			case want == nil && is.Has(leaf):
				d.remove(at.To(data.S(leaf)))
			case want != nil && (!is.Has(leaf) || is.Text(leaf) != want.Text()):
				n := d.put(at)
				n.Children = append(n.Children, want)
			}
		}
		if is == nil {
			d.put(at)
		}
	}
	return nil
}

// plainEnd is an entry as the options of a specification have it.
func plainEnd(s mirror.NativeSpec) *data.Node {
	e := data.E("interface")
	if s.Options.Tags == mirror.TagsPreserve {
		e.Children = append(e.Children, data.V("encapsulation", "replicate"))
	}
	return e
}

// endOptions are those of each destination. Ingress that is on needs a VLAN, which only
// the text of a session that was there tells.
func endOptions(f mirror.Facts, before, after mirror.NativeSession, now mirror.NativeSpec) (*data.Node, error) {
	e := plainEnd(now)
	if now.Options.Ingress != mirror.IngressEnabled {
		return e, nil
	}
	for _, n := range []mirror.NativeSession{after, before} {
		r, _ := remembered(f, n)
		for _, p := range r.parts {
			if len(p.ports) == 0 || !p.node.Has("ingress") {
				continue
			}
			e.Children = append(e.Children, data.Flag("ingress"))
			if v := p.node.Text("ingress-encap"); v != "" {
				e.Children = append(e.Children, data.V("ingress-encap", v))
			}
			if v, err := strconv.Atoi(p.node.Text("vlan")); err == nil {
				e.Children = append(e.Children, data.V("vlan", v))
			}
			return e, nil
		}
	}
	return nil, fmt.Errorf("ingress on a destination needs a VLAN, which nothing tells: %w", mirror.ErrUnsupported)
}

// remoteVLAN is the destination of an RSPAN source and the source of an RSPAN destination.
func (d *drawing) remoteVLAN(old, now mirror.NativeSpec) {
	side := func(n mirror.NativeSpec) data.Path {
		if n.Role == mirror.RoleRSPANDestination {
			return data.Names("source", "remote")
		}
		return data.Names("destination", "remote")
	}
	if old.RemoteVLAN == now.RemoteVLAN && old.Role == now.Role {
		return
	}
	if old.RemoteVLAN != 0 && (now.RemoteVLAN == 0 || !samePath(side(old), side(now))) {
		d.remove(side(old))
	}
	if now.RemoteVLAN != 0 {
		d.set(side(now), "vlan", now.RemoteVLAN)
	}
}

func (d *drawing) filters(f mirror.Facts, parts []part, old, now mirror.NativeSpec) {
	var there []int
	for _, p := range parts {
		switch {
		case p.filtered == 0:
		case slices.Contains(now.Options.FilterVLANs, p.filtered) && subMode(old.Role) == subMode(now.Role):
			there = append(there, p.filtered)
		default:
			d.remove(p.at)
		}
	}
	for _, v := range text.Beyond(now.Options.FilterVLANs, there) {
		d.put(home(now.Role).To(data.S("filter"), data.S("vlan", filterKey(now.Role), strconv.Itoa(v))))
	}
	was, is := old.Options.Filter, now.Options.Filter
	if was == is {
		return
	}
	q := quirkOf(f)
	if at, leaf, _ := listPath(q, old.Role, was); was != "" {
		if next, _, _ := listPath(q, now.Role, is); is == "" || !samePath(at, next) {
			d.remove(at.To(data.S(leaf)))
		}
	}
	if at, leaf, name := listPath(q, now.Role, is); is != "" {
		d.set(at, leaf, name)
	}
}

// listPath is where the name of an access list stands.
func listPath(q quirk, r mirror.Role, filter string) (at data.Path, leaf, name string) {
	family, name, ok := strings.Cut(filter, ":")
	top := home(r).To(data.S("filter"))
	switch {
	case ok:
		return top.To(data.Names(family, "access-group")...), "acl-name", name
	case q.PlainACL && subMode(r):
		return top, "access-group", filter
	}
	return top.To(data.Names("ip", "access-group")...), "acl-name", filter
}
