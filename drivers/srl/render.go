package srl

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

// Modules of nodes, where they are not those of the node above (RFC 7951 section 4).
const (
	moduleInterfaces = "srl_nokia-interfaces:"
	moduleLocalDest  = "srl_nokia-interfaces-local-mirror-destination:"
)

func instance(id string) data.Path {
	return data.P(data.S("system"), data.S("mirroring"), data.S("mirroring-instance", "name", id))
}

// words turns a map of words around.
func words[T comparable](m map[string]T, v T) string {
	for word, w := range m {
		if w == v {
			return word
		}
	}
	return ""
}

// write is one change as edits.
func write(f mirror.Facts, o mirror.Observation, c mirror.Change) ([]data.Edit, error) {
	n := c.After
	if n == nil {
		n = c.Before
	}
	switch {
	case n == nil:
		return nil, fmt.Errorf("a change from nothing to nothing: %w", mirror.ErrInvalid)
	case n.Spec.Footing != nil:
		return writeFooting(f, o, c)
	case n.ID == "" || c.Before != nil && c.After != nil && c.Before.ID != c.After.ID:
		return nil, fmt.Errorf("an instance has one name, and not %q: %w", n.ID, mirror.ErrInvalid)
	case n.Spec.Role != mirror.RoleLocal && n.Spec.Role != mirror.RoleERSPANSource:
		return nil, mirror.Unsupported("an instance of role %q has no words here", n.Spec.Role)
	}
	at := instance(n.ID)
	switch {
	case c.After == nil:
		return []data.Edit{data.Del(at)}, nil
	case c.Before != nil:
		return differ(f, at, c.Before.Spec.Normalize(), c.After.Spec.Normalize()), nil
	}
	content := whole(f, *c.After)
	if c.After.Spec.Options.Filter != "" { // its list says which entries are copied, and may have said it already
		return []data.Edit{data.Upd(at, content...)}, nil
	}
	return []data.Edit{data.Rep(at, content...)}, nil
}

// whole is a new instance.
func whole(f mirror.Facts, n mirror.NativeSession) []*data.Node {
	s := n.Spec.Normalize()
	content := []*data.Node{data.V("admin-state", words(adminState, !s.Shut))}
	if d := description(n); d != "" {
		content = append(content, data.V("description", d))
	}
	if list := sources(s); len(list) > 0 {
		content = append(content, data.C("mirror-source", list...))
	}
	return append(content, data.C("mirror-destination", ending(f, s)...))
}

// description says whose an instance is; one that another hand made gets its own back.
func description(n mirror.NativeSession) string {
	if markName.MatchString(n.ID) && n.Instance != "" {
		return "netmirror " + n.Instance
	}
	if nodes, err := data.FromJSON("", []byte(n.Text)); err == nil && len(nodes) == 1 {
		return nodes[0].Text("description")
	}
	return ""
}

// sources are those that an instance names itself.
func sources(s mirror.NativeSpec) (out []*data.Node) {
	if s.Options.Filter != "" {
		return nil
	}
	list := slices.Clone(s.Sources)
	slices.SortStableFunc(list, func(a, b mirror.NativeSource) int { return byName(a.Port, b.Port) })
	for _, kind := range []string{"interface", "subinterface"} {
		for _, src := range list {
			if sourceList(src.Port) == kind {
				out = append(out, data.E(kind, data.V("name", string(src.Port)), data.V("direction", words(directions, src.Direction))))
			}
		}
	}
	return out
}

// sourceList is the list that a source stands in.
func sourceList(p mirror.PortName) string {
	if _, index := base(p); index >= 0 {
		return "subinterface"
	}
	return "interface"
}

// ending is where copies go, and how much of them.
func ending(f mirror.Facts, s mirror.NativeSpec) (out []*data.Node) {
	if s.Options.Truncate != 0 {
		out = append(out, data.V("slice-size", s.Options.Truncate))
	}
	if l := local(s); l != "" {
		out = append(out, data.V("local", l))
	}
	if s.Options.ERSPAN != nil {
		out = append(out, data.C("remote", remote(f, s)...))
	}
	return out
}

// local is the sub-interface that takes the copies.
func local(s mirror.NativeSpec) string {
	if len(s.Destinations) == 0 {
		return ""
	}
	return string(sub(s.Destinations[0], "0"))
}

func remote(f mirror.Facts, s mirror.NativeSpec) []*data.Node {
	e, pair := s.Options.ERSPAN, ends[0]
	if !renamed(f) {
		pair = ends[1]
		if a, err := netip.ParseAddr(s.Options.Collector); err == nil && a.Is6() {
			pair = ends[2]
		}
	}
	vrf := e.VRF
	if vrf == "" {
		vrf = defaultInstance
	}
	return []*data.Node{data.V("encap", "l2ogre"), data.V("network-instance", vrf),
		data.C("tunnel-end-points", data.V(pair[0], e.Origin), data.V(pair[1], s.Options.Collector), data.V("admin-state", "enable"))}
}

// differ compares what is with what shall be, leaf by leaf.
func differ(f mirror.Facts, at data.Path, was, is mirror.NativeSpec) (out []data.Edit) {
	if was.Shut != is.Shut {
		out = append(out, data.Set(at.To(data.S("admin-state")), words(adminState, !is.Shut)))
	}
	if was.Options.Filter == "" || is.Options.Filter == "" {
		out = append(out, differSources(at.To(data.S("mirror-source")), was, is)...)
	}
	ending := at.To(data.S("mirror-destination"))
	if size := is.Options.Truncate; size != was.Options.Truncate {
		leaf := ending.To(data.S("slice-size"))
		if size == 0 {
			out = append(out, data.Del(leaf))
		} else {
			out = append(out, data.Set(leaf, size))
		}
	}
	switch l := local(is); {
	case l != "" && l != local(was):
		out = append(out, data.Set(ending.To(data.S("local")), l))
	case l == "" && local(was) != "":
		out = append(out, data.Del(ending.To(data.S("local"))))
	}
	a, b := was.Options, is.Options
	way := ending.To(data.S("remote"))
	switch {
	case b.ERSPAN == nil && a.ERSPAN != nil:
		out = append(out, data.Del(way))
	case b.ERSPAN != nil && (a.ERSPAN == nil || a.ERSPAN.VRF != b.ERSPAN.VRF || a.ERSPAN.Origin != b.ERSPAN.Origin || a.Collector != b.Collector || was.Shut && !is.Shut):
		out = append(out, data.Rep(way, remote(f, is)...))
	}
	return out
}

func differSources(at data.Path, was, is mirror.NativeSpec) (out []data.Edit) {
	before := map[mirror.PortName]mirror.Direction{}
	for _, s := range was.Sources {
		before[s.Port] = s.Direction
	}
	entry := func(p mirror.PortName) data.Path { return at.To(data.S(sourceList(p), "name", string(p))) }
	var added []data.Edit
	if is.Options.Filter == "" {
		for _, s := range is.Sources {
			if before[s.Port] != s.Direction || was.Options.Filter != "" {
				added = append(added, data.Upd(entry(s.Port), data.V("direction", words(directions, s.Direction))))
			}
			delete(before, s.Port)
		}
	}
	if was.Options.Filter == "" {
		for p := range before {
			out = append(out, data.Del(entry(p)))
		}
	}
	slices.SortFunc(out, func(a, b data.Edit) int { return strings.Compare(a.Path.String(), b.Path.String()) })
	slices.SortFunc(added, func(a, b data.Edit) int { return strings.Compare(a.Path.String(), b.Path.String()) })
	return append(out, added...)
}

// allowed keeps a block to what its change is about.
func allowed(c mirror.Change, path string) bool {
	n := c.After
	if n == nil {
		n = c.Before
	}
	within := func(root string) bool { return path == root || strings.HasPrefix(path, root+"/") }
	if n.Spec.Footing == nil {
		return within(instance(n.ID).String())
	}
	switch f := n.Spec.Footing; f.Kind {
	case mirror.FootingPort:
		return slices.Contains([]string{port(f.Port).String(), port(f.Port).String() + "/admin-state"}, path) || within(zeroOf(f.Port).String())
	case mirror.FootingFilter:
		return markName.MatchString(f.Name) && allowedList(c, *f, path)
	}
	return false
}

// standingPath is a list of netmirror's at the ingress of an entry of /acl/interface, of
// which nothing but the device tells whose it is and where.
var standingPath = regexp.MustCompile(`^/acl/interface\[interface-id=(?:\\.|[^\]\\])*\]/input/acl-filter\[name=` + mirror.MarkPrefix + `[a-z2-7]{10}\]\[type=ipv[46]\]$`)

// allowedList: the list itself, where an instance of ours copies of it, and where it
// stands. Of /acl/interface only entries that netmirror makes, for a sub-interface of the
// change, may come and go whole.
func allowedList(c mirror.Change, f mirror.Footing, path string) bool {
	key := "acl-filter[name=" + f.Name + "][type="
	return strings.HasPrefix(path, "/acl/"+key) || standingPath.MatchString(path) || ownEntry(c, path) ||
		markName.MatchString(f.Session) && strings.HasPrefix(path, instance(f.Session).String()+"/mirror-source/acl/"+key)
}

// ownEntry: a path is that of an entry that netmirror makes for one of the ports of a
// change, or for a sub-interface of one.
func ownEntry(c mirror.Change, path string) bool {
	for _, n := range []*mirror.NativeSession{c.Before, c.After} {
		if n == nil || n.Spec.Footing == nil {
			continue
		}
		for _, p := range n.Spec.Footing.Ports {
			index, below := strings.CutPrefix(strings.TrimSuffix(path, "]"), strings.TrimSuffix(entryOf(bindingPrefix+string(p)).String(), "]")+".")
			if path == entryOf(bindingPrefix+string(p)).String() || below && subIndex.MatchString(index) {
				return true
			}
		}
	}
	return false
}

var subIndex = regexp.MustCompile(`^[0-9]{1,4}$`)
