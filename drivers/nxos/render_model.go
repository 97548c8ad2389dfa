package nxos

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

// types of sessions, by their roles.
var modelTypes = map[mirror.Role]string{mirror.RoleLocal: "local", mirror.RoleERSPANSource: "erspan-source", mirror.RoleERSPANDestination: "erspanDst"}

// writeModel compares what is with what shall be. A Set is one transaction, so a session
// needs not be shut while it changes. What goes is deleted leaf by leaf and entry by
// entry; a session goes as a whole, as on the command line, and one of another type takes
// its place, since a type cannot be changed (cisco-nxos.md 1.2).
func writeModel(_ mirror.Facts, _ mirror.Observation, c mirror.Change) ([]data.Edit, error) {
	if c.Before == nil && c.After == nil {
		return nil, fmt.Errorf("a change of nothing: %w", mirror.ErrInvalid)
	}
	if f := c.Footing(); f != nil {
		return writeModelFooting(c)
	}
	for _, n := range []*mirror.NativeSession{c.Before, c.After} {
		if n != nil && !isModelNumber(n.ID) || c.Before != nil && c.After != nil && c.Before.ID != c.After.ID {
			return nil, fmt.Errorf("%q is no number of a session: %w", n.ID, mirror.ErrInvalid)
		}
	}
	if c.After == nil {
		return []data.Edit{data.Del(sessionPath(c.Before.ID))}, nil
	}
	at := sessionPath(c.After.ID)
	is, err := contentOf(*c.After)
	if err != nil {
		return nil, err
	}
	if c.Before == nil {
		return []data.Edit{data.Upd(at, is.nodes(c.After.ID)...)}, nil
	}
	if c.Before.Spec.Role != c.After.Spec.Role {
		return []data.Edit{data.Rep(at, is.nodes(c.After.ID)...)}, nil
	}
	was, err := contentOf(*c.Before)
	if err != nil {
		return nil, err
	}
	return was.to(is, at, c.After.ID), nil
}

func isModelNumber(id string) bool {
	n, err := strconv.Atoi(id)
	return err == nil && n >= 1 && n <= lastModelID && strconv.Itoa(n) == id
}

// A content is what a session is made of, in the model's words.
type content struct {
	leaves []modelLeaf // in the order of the payload
	lists  []modelList
}

// A modelLeaf has a value of nil where the device's default holds.
type modelLeaf struct {
	name  string
	value any
}

// A modelList is a list of what is copied.
type modelList struct {
	items, list, key string
	entries          []modelEntry
}

// A modelEntry has a direction, or none.
type modelEntry struct{ key, direction string }

// leafNames are those of settings.
var leafNames = map[string]string{"header-type": "headerType", "vrf": "vrfName", "erspan-id": "erspanId", "destination ip": "destinationIp", "source ip": "sourceIp",
	"ip ttl": "ipTtl", "ip dscp": "ipDscp", "mtu": "mtu"}

// contentOf is a session in the model's words; mirror.ErrUnsupported for what it has none for.
func contentOf(n mirror.NativeSession) (content, error) {
	spec := n.Spec.Normalize()
	role, ok := modelTypes[spec.Role]
	switch {
	case !ok:
		return content{}, mirror.Unsupported("a session of role %q has no words here", spec.Role)
	case spec.Options.Sample != 0:
		return content{}, mirror.Unsupported("the data model of a session has no sampling")
	}
	state := "up"
	if spec.Shut {
		state = "down"
	}
	c := content{leaves: []modelLeaf{{"type", role}, {"configState", state}, leafOf("description", describedBy(n))}}
	if spec.Role == mirror.RoleERSPANSource {
		for _, name := range switchedOff {
			c.leaves = append(c.leaves, modelLeaf{name, false})
		}
	}
	for _, s := range settings(spec) {
		switch name := leafNames[s.key]; {
		case name == "": // sampling
		case s.value == "", name == "vrfName", name == "destinationIp", name == "sourceIp":
			c.leaves = append(c.leaves, leafOf(name, s.value))
		case name == "headerType":
			c.leaves = append(c.leaves, modelLeaf{name, "v" + s.value})
		default:
			number, err := strconv.Atoi(s.value)
			if err != nil {
				return content{}, fmt.Errorf("%s %q: %w", s.key, s.value, mirror.ErrInvalid)
			}
			c.leaves = append(c.leaves, modelLeaf{name, number})
		}
	}
	var to []string // one, unless another hand made it: the leaf has room for one alone
	for _, d := range spec.Destinations {
		to = append(to, modelPort(d))
	}
	c.leaves = append(c.leaves, leafOf("aclName", spec.Options.Filter), leafOf("destinationPorts", strings.Join(to, ",")))
	ports, vlans, narrowed := modelList{items: "srcintf-items", list: "SourceIntf-list", key: "id"}, modelList{items: "src-items", list: "SourceVlan-list", key: "vlan"},
		modelList{items: "filter-items", list: "FilterVlan-list", key: "vlan"}
	for _, s := range grammar.InOrder(spec.Sources) {
		if s.Port != "" {
			ports.entries = append(ports.entries, modelEntry{modelPort(s.Port), string(s.Direction)})
			continue
		}
		vlans.entries = append(vlans.entries, modelEntry{modelVLAN(s.VLAN), string(s.Direction)})
	}
	for _, v := range spec.Options.FilterVLANs {
		narrowed.entries = append(narrowed.entries, modelEntry{key: modelVLAN(v)})
	}
	c.lists = []modelList{ports, vlans, narrowed}
	return c, nil
}

// switchedOff are leaves of an ERSPAN source that send more than copies, and whose defaults
// the YANG says to be true: so they are always written (cisco-nxos.md 3).
var switchedOff = []string{"isMarkerPacket", "isFwdDropsRx"}

func leafOf(name, value string) modelLeaf {
	if value == "" {
		return modelLeaf{name: name}
	}
	return modelLeaf{name, value}
}

func modelVLAN(v int) string { return "vlan-" + strconv.Itoa(v) }

// nodes are those of a session that is made.
func (c content) nodes(id string) []*data.Node {
	n, _ := strconv.Atoi(id) // it is one, see writeModel
	out := []*data.Node{data.V("id", n)}
	for _, l := range c.leaves {
		if l.value != nil {
			out = append(out, data.V(l.name, l.value))
		}
	}
	for _, l := range c.lists {
		out = append(out, l.node(l.entries))
	}
	return out
}

// node is the container of a list with entries, nil for none.
func (l modelList) node(entries []modelEntry) *data.Node {
	if len(entries) == 0 {
		return nil
	}
	var list []*data.Node
	for _, e := range entries {
		list = append(list, data.E(l.list, e.nodes(l.key)...))
	}
	return data.C(l.items, list...)
}

func (e modelEntry) nodes(key string) []*data.Node {
	if e.direction == "" {
		return []*data.Node{data.V(key, e.key)}
	}
	return []*data.Node{data.V(key, e.key), data.V("direction", e.direction)}
}

// to leads from one content to another of the same type.
func (c content) to(is content, at data.Path, id string) []data.Edit {
	var gone []data.Edit
	more := content{}
	for i, l := range is.leaves {
		switch {
		case l == c.leaves[i]:
		case l.value == nil:
			gone = append(gone, data.Del(at.To(data.S(l.name))))
		default:
			more.leaves = append(more.leaves, l)
		}
	}
	for i, l := range is.lists {
		had, has := map[string]string{}, map[string]bool{}
		for _, e := range c.lists[i].entries {
			had[e.key] = e.direction
		}
		added := l
		added.entries = nil
		for _, e := range l.entries {
			has[e.key] = true
			if d, is := had[e.key]; !is || d != e.direction {
				added.entries = append(added.entries, e)
			}
		}
		for _, e := range c.lists[i].entries {
			if !has[e.key] {
				gone = append(gone, data.Del(at.To(data.S(l.items), data.S(l.list, l.key, e.key))))
			}
		}
		more.lists = append(more.lists, added)
	}
	if nodes := more.nodes(id); len(nodes) > 1 && hasNode(nodes[1:]) {
		gone = append(gone, data.Upd(at, nodes...))
	}
	return gone
}

func hasNode(nodes []*data.Node) bool {
	for _, n := range nodes {
		if n != nil {
			return true
		}
	}
	return false
}

// writeModelFooting writes the change of a destination port, or of the address that copies
// are sent from.
func writeModelFooting(c mirror.Change) ([]data.Edit, error) {
	var before, after mirror.Footing
	for n, to := range map[*mirror.NativeSession]*mirror.Footing{c.Before: &before, c.After: &after} {
		if n == nil {
			continue
		}
		if n.Spec.Footing != nil {
			*to = *n.Spec.Footing
		}
		if n.ID != to.ID() {
			return nil, fmt.Errorf("%q is no name of a footing: %w", n.ID, mirror.ErrInvalid)
		}
	}
	if c.Before != nil && c.After != nil && c.Before.ID != c.After.ID {
		return nil, fmt.Errorf("footing %s cannot become %s: %w", c.Before.ID, c.After.ID, mirror.ErrInvalid)
	}
	switch f := c.Footing(); f.Kind {
	case mirror.FootingOrigin:
		if _, err := netip.ParseAddr(f.Name); err != nil {
			return nil, fmt.Errorf("%q is no address to send copies from: %w", f.Name, mirror.ErrInvalid)
		}
		switch {
		case after.Made && !before.Made:
			return []data.Edit{data.Set(originIP, f.Name)}, nil
		case before.Made && !after.Made:
			return []data.Edit{data.Del(originIP)}, nil
		}
		return nil, nil
	case mirror.FootingPort:
		return writeModelPort(f.Port, before.Setup, after.Setup)
	default:
		return nil, mirror.Unsupported("a footing of kind %s has no words over gNMI", f.Kind)
	}
}

// writeModelPort makes a port one for copies, switches it on, and puts both back.
func writeModelPort(port mirror.PortName, before, after *mirror.PortSetup) (out []data.Edit, err error) {
	if !grammar.Canonical(port) {
		return nil, mirror.Unsupported("%q is no port of this platform", port)
	}
	var was, is mirror.PortSetup
	for from, to := range map[*mirror.PortSetup]*mirror.PortSetup{before: &was, after: &is} {
		if from == nil {
			continue
		}
		if *to = *from; to.Access != 0 || to.Tagged {
			return nil, mirror.Unsupported("the VLAN of a destination port is not changed on this platform")
		}
	}
	at := portPath(port)
	set := func(when bool, leaf, value string) {
		if when {
			out = append(out, data.Set(at.To(data.S(leaf)), value))
		}
	}
	if was.Monitor != is.Monitor && isRouted(was.Former+"\n"+is.Former) {
		return nil, mirror.Unsupported("port %s was a routed one, and what goes with that is not written over gNMI: use the command line", port)
	}
	set(is.Monitor && !was.Monitor, "spanMode", spanDestination)
	set(was.Monitor && !is.Monitor, "spanMode", spanNone)
	set(is.Up && !was.Up, "adminSt", "up")
	set(was.Up && !is.Up && platform.Footing.Shut(was.Former), "adminSt", "down")
	return out, nil
}

// The modes of a port (cisco-nxos.md 3).
const (
	spanNone        = "not-a-span-dest"
	spanDestination = "span-dest"
)
