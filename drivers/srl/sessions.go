package srl

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

var (
	// markName is the name of an instance that netmirror made, and of its lists.
	markName = regexp.MustCompile(`^` + mirror.MarkPrefix + `[a-z2-7]{10}$`)
	// described is the description of one: which controller's it is.
	described = regexp.MustCompile(`^netmirror (\S+)$`)
)

// defaultInstance is the network-instance that a tunnel starts in where no VRF is asked
// for.
const defaultInstance = "default"

var (
	directions = map[string]mirror.Direction{"ingress-only": mirror.RX, "egress-only": mirror.TX, "ingress-egress": mirror.Both}
	adminState = map[string]bool{"enable": true, "disable": false}
)

// A reading is an instance on its way to neutral words.
type reading struct {
	spec   mirror.NativeSpec
	doubts []string // why it has none
	refs   []listRef
	local  bool
}

// A listRef is an access list of which an instance copies entries.
type listRef struct {
	name, kind string
	entries    []int
}

func (r *reading) doubt(format string, args ...any) {
	r.doubts = append(r.doubts, fmt.Sprintf(format, args...))
}

// strange doubts children of other names: what they mean is not known.
func (r *reading) strange(n *data.Node, at string, known ...string) {
	for _, c := range n.Children {
		if !slices.Contains(known, c.Name) && !operational[c.Name] {
			r.doubt("%s%s is not known", at, c.Name)
		}
	}
}

// operational are nodes of the state (config false), which some answers hold as well.
var operational = map[string]bool{"oper-state": true, "oper-down-reason": true, "statistics": true}

// instances reads the mirroring instances of a configuration. mirror.ErrParse for what is
// no configuration of the model.
func instances(system *data.Node) (map[string]*data.Node, error) {
	m := system.Child("mirroring")
	if m == nil {
		return nil, nil
	}
	for _, c := range m.Children {
		if c.Name != "mirroring-instance" {
			return nil, fmt.Errorf("%q in /system/mirroring: %w", c.Name, mirror.ErrParse)
		}
	}
	return entries(m, "mirroring-instance", "name")
}

// readInstance takes one apart.
func readInstance(n *data.Node) (*reading, error) {
	r := &reading{}
	r.strange(n, "", "name", "admin-state", "description", "mirror-source", "mirror-destination")
	up, err := enum(n, "admin-state", true, adminState)
	if err != nil {
		return nil, err
	}
	r.spec.Shut = !up
	if err := r.sources(n.Child("mirror-source")); err != nil {
		return nil, err
	}
	return r, r.destination(n.Child("mirror-destination"))
}

// sources reads them; without a direction what leaves is copied (sheet 1).
func (r *reading) sources(n *data.Node) error {
	if n == nil {
		return nil
	}
	r.strange(n, "mirror-source ", "interface", "subinterface", "acl")
	for _, list := range []string{"interface", "subinterface"} {
		for _, e := range n.All(list) {
			r.strange(e, list+" ", "name", "direction")
			name := mirror.PortName(e.Text("name"))
			if _, index := base(name); !mirrors(name) || index >= 0 != (list == "subinterface") {
				return fmt.Errorf("%s %q is no source: %w", list, name, mirror.ErrParse)
			}
			way, err := enum(e, "direction", mirror.TX, directions)
			if err != nil {
				return err
			}
			r.spec.Sources = append(r.spec.Sources, mirror.NativeSource{Port: name, Direction: way})
		}
	}
	return r.lists(n.Child("acl"))
}

// lists reads the access lists, in the names of either model.
func (r *reading) lists(n *data.Node) error {
	if n == nil {
		return nil
	}
	for list, kind := range map[string]string{"acl-filter": "", "ipv4-filter": "ipv4", "ipv6-filter": "ipv6"} {
		for _, e := range n.All(list) {
			ref := listRef{name: e.Text("name"), kind: cmp.Or(kind, e.Text("type"))}
			if ref.name == "" || ref.kind == "" {
				return fmt.Errorf("an %s without its name or type: %w", list, mirror.ErrParse)
			}
			for _, entry := range e.All("entry") {
				id, err := strconv.Atoi(entry.Text("sequence-id"))
				if err != nil {
					return fmt.Errorf("entry %q of %s %s: %w", entry.Text("sequence-id"), list, ref.name, mirror.ErrParse)
				}
				ref.entries = append(ref.entries, id)
			}
			r.strange(e, list+" ", "name", "type", "entry")
			r.refs = append(r.refs, ref)
		}
	}
	r.strange(n, "acl ", "acl-filter", "ipv4-filter", "ipv6-filter")
	slices.SortFunc(r.refs, func(a, b listRef) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.kind, b.kind))
	})
	return nil
}

func (r *reading) destination(n *data.Node) error {
	s := &r.spec
	s.Role = mirror.RoleLocal
	if n == nil {
		return nil
	}
	r.strange(n, "mirror-destination ", "slice-size", "local", "remote")
	if t := n.Text("slice-size"); t != "" {
		size, err := strconv.Atoi(t)
		if err != nil || size < 0 {
			return fmt.Errorf("slice-size %q: %w", t, mirror.ErrParse)
		}
		s.Options.Truncate = size
	}
	if t := n.Text("local"); t != "" {
		port, index := base(mirror.PortName(t))
		if !mirrors(port) || index < 0 {
			return fmt.Errorf("local destination %q: %w", t, mirror.ErrParse)
		}
		if r.local = true; index != 0 {
			r.doubt("its destination is sub-interface %d of the port, and not 0", index)
		}
		s.Destinations = []mirror.PortName{port}
	}
	remote := n.Child("remote")
	if remote == nil {
		return nil
	}
	if r.local {
		r.doubt("a local and a remote destination")
	}
	s.Role = mirror.RoleERSPANSource
	return r.remote(remote)
}

// ends are the names of a tunnel's addresses, from 24.3 and before.
var ends = [][2]string{{"source-address", "destination-address"}, {"src-ipv4", "dst-ipv4"}, {"src-ipv6", "dst-ipv6"}}

func (r *reading) remote(n *data.Node) error {
	o := &r.spec.Options
	o.ERSPAN = &mirror.ERSPAN{Encapsulation: mirror.EncapGRE}
	r.strange(n, "remote ", "encap", "network-instance", "tunnel-end-points")
	if t := n.Text("encap"); t != "l2ogre" {
		r.doubt("encapsulation %q, of which there is no Ethernet frame in GRE", t)
	}
	if o.ERSPAN.VRF = n.Text("network-instance"); o.ERSPAN.VRF == defaultInstance {
		o.ERSPAN.VRF = ""
	}
	t := n.Child("tunnel-end-points")
	if t == nil {
		return nil
	}
	up, err := enum(t, "admin-state", true, adminState)
	if err != nil {
		return err
	}
	r.spec.Shut = r.spec.Shut || !up
	known := []string{"admin-state"}
	for _, pair := range ends {
		known = append(known, pair[:]...)
		for i, to := range []*string{&o.ERSPAN.Origin, &o.Collector} {
			text := t.Text(pair[i])
			if text == "" {
				continue
			}
			a, err := netip.ParseAddr(text)
			if err != nil {
				return fmt.Errorf("%s %q: %w", pair[i], text, mirror.ErrParse)
			}
			if *to != "" {
				r.doubt("several addresses of one end")
			}
			*to = a.String()
		}
	}
	r.strange(t, "tunnel-end-points ", known...)
	return nil
}

// native is the instance as it is told.
func (r *reading) native(name string, config, state *data.Node, a *acls) mirror.NativeSession {
	s := &r.spec
	if s.Role == mirror.RoleLocal {
		s.Options.Tags, s.Options.Ingress = mirror.TagsPreserve, mirror.IngressDisabled
	}
	for _, ref := range r.refs {
		switch {
		case !markName.MatchString(ref.name):
			r.doubt("fed by %s access list %q", ref.kind, ref.name)
		case len(s.Sources) > 0 && s.Options.Filter != ref.name:
			r.doubt("also fed by %s access list %q", ref.kind, ref.name)
		}
		if s.Options.Filter != ref.name {
			s.Options.Filter = ref.name
			for _, p := range a.stands(ref.name) {
				s.Sources = append(s.Sources, mirror.NativeSource{Port: p, Direction: mirror.RX})
			}
		}
	}
	n := mirror.NativeSession{ID: name, Spec: s.Normalize(), Opaque: strings.Join(r.doubts, "; "), Text: string(config.Indented("", "  "))}
	if markName.MatchString(name) {
		n.Mark = name
		if m := described.FindStringSubmatch(config.Text("description")); m != nil {
			n.Instance = m[1]
		}
	}
	n.Programmed, n.ProgrammedReason, n.Waits = programmed(state)
	return n
}

// waits are reasons of the device for which nothing is wrong with the instance: a port
// without a link, a collector without a route (sheet 1).
var waits = []string{"local-mirror-subif-down", "remote-mirror-dst-unreachable"}

// programmed is the state of an instance. One that is up says nothing of a source for
// which a table had no room.
func programmed(n *data.Node) (state mirror.State, reason, wait string) {
	why := n.Text("oper-down-reason")
	switch oper := n.Text("oper-state"); {
	case oper == "":
		return mirror.Unknown, "", ""
	case oper != "up" && slices.Contains(waits, why):
		return mirror.Unknown, "", why
	case oper != "up":
		return mirror.False, "oper-state " + oper + map[bool]string{true: ": " + why}[why != ""], ""
	}
	var full []string
	for _, s := range n.Child("mirror-source").All("subinterface") {
		if s.Text("oper-state") == "down" {
			full = append(full, fmt.Sprintf("%s: %s", s.Text("name"), cmp.Or(s.Text("oper-down-reason"), "down")))
		}
	}
	if len(full) > 0 {
		slices.Sort(full)
		return mirror.False, strings.Join(full, "; "), ""
	}
	return mirror.True, "", ""
}
