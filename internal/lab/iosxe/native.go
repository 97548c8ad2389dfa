package iosxe

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/fabric"
	yang "github.com/netmirror/netmirror/internal/lab/model"
)

// A modelled switch is one as its data model shows it: a view of the one configuration. What
// is set is carried out as the lines that the command line has for it, so that both have the
// same rules and the same refusals; real devices do as much (general knowledge).

// Schema is what the release has.
func (d *device) Schema() *yang.Schema { return d.schema }

// About tells of the switch.
func (d *device) About() yang.About {
	a := yang.About{Encodings: []string{"JSON_IETF", "JSON"}, GNMI: "0.8.0"}
	for _, m := range d.schema.Modules() {
		a.Models = append(a.Models, yang.ModelName{Name: m.Name, Organization: m.Organization, Version: m.Revision})
	}
	return a
}

// Config is the configuration in force.
func (d *device) Config() *yang.Node {
	d.Lock()
	defer d.Unlock()
	return d.nativeTree()
}

// State is the configuration, and the state of links.
func (d *device) State() *yang.Node {
	d.Lock()
	defer d.Unlock()
	root := d.nativeTree()
	for _, p := range d.host.Node().Ports {
		c := d.host.Fabric().Counters(d.host.Node())[p.Name]
		n := root.Sub("interfaces").Item("interface", p.Name)
		n.Sub("state").Fill("name", p.Name, "oper-status", map[bool]string{true: "UP", false: "DOWN"}[c.Up], "admin-status", map[bool]string{true: "DOWN", false: "UP"}[d.planePort(p.Name).Down])
		if speed := ocSpeeds[c.Speed]; speed != "" {
			n.Sub("ethernet").Sub("state").Set("port-speed", speed)
		}
	}
	return root
}

var ocSpeeds = map[fabric.BitRate]string{fabric.Gbps: "SPEED_1GB", 10 * fabric.Gbps: "SPEED_10GB", 25 * fabric.Gbps: "SPEED_25GB", 40 * fabric.Gbps: "SPEED_40GB", 100 * fabric.Gbps: "SPEED_100GB"}

// Changed is closed at the next change.
func (d *device) Changed() <-chan struct{} {
	d.Lock()
	defer d.Unlock()
	return d.altered
}

// Put carries out what changes a copy of the configuration. There are no trials.
func (d *device) Put(user string, change func(*yang.Node) (*yang.Node, error), t yang.Trial) error {
	d.Lock()
	defer d.Unlock()
	if t.Window > 0 {
		return &yang.Error{Tag: yang.TagFailed, Text: "commit confirmed is not supported"}
	}
	return d.put(user, change)
}

// put is Put with the lock held.
func (d *device) put(user string, change func(*yang.Node) (*yang.Node, error)) error {
	was := d.nativeTree()
	next, err := change(was.Clone())
	if err != nil {
		return err
	}
	if wrong := d.schema.Validate(next); len(wrong) > 0 {
		return wrong
	}
	lines, err := d.linesOf(was, next)
	if err != nil {
		return err
	}
	before := d.Running.clone()
	if words := d.typed(user, lines); words != "" {
		d.Running = before
		d.publish()
		return &yang.Error{Tag: yang.TagFailed, Text: words}
	}
	d.publish()
	return nil
}

// typed carries lines out; words is the first refusal.
func (d *device) typed(user string, lines []string) (words string) {
	c := &cli{d: d, user: user, privilege: 15, mode: modeConfig}
	for _, l := range lines {
		if r := c.configLine(l); refused(r.Text) {
			return strings.TrimSpace(r.Text)
		}
	}
	return ""
}

// Confirm and the like: there are no trials.
func (d *device) Confirm(string, string) error { return yang.ErrNothing }

// Cancel ends no trial.
func (d *device) Cancel(string, string) error { return yang.ErrNothing }

// Extend extends none.
func (d *device) Extend(string, time.Duration) error { return yang.ErrNothing }

// nativeTree is the configuration as a tree. What no model has, such as a session of a
// service module, is not in it.
func (d *device) nativeTree() *yang.Node {
	root := d.schema.New()
	n := root.Sub("native")
	n.Fill("version", majorMinor(d.model.version), "hostname", d.hostname())
	n.Sub("license").Sub("udi").Fill("pid", d.model.sku, "sn", "FOC00000LAB")
	for _, k := range d.Running.lines.Kids {
		if id, ok := vlanLine(k.Text); ok {
			v := n.Sub("vlan").Item("vlan-list", strconv.Itoa(id))
			v.Fill("name", valueOf(k, "name"))
			if k.Has("remote-span") {
				v.Set("remote-span", "")
			}
		}
		if name, ok := strings.CutPrefix(k.Text, "interface "); ok {
			i := strings.IndexAny(name, "0123456789")
			if i < 0 {
				continue
			}
			e := n.Sub("interface").Item(yangKind(name[:i]), name[i:])
			if e == nil {
				continue
			}
			if k.Has("shutdown") {
				e.Set("shutdown", "")
			}
			if k.Has("no switchport") {
				e.Sub("switchport-conf").Set("switchport", "false")
			}
			port := e.Sub("switchport-config").Sub("switchport")
			if k.Has("switchport mode trunk") {
				port.Sub("mode").Sub("trunk")
				port.Sub("trunk").Sub("allowed").Sub("vlan").Fill("vlans", valueOf(k, "switchport trunk allowed vlan"))
				port.Sub("trunk").Sub("native").Sub("vlan").Fill("vlan-id", valueOf(k, "switchport trunk native vlan"))
			}
			port.Sub("access").Sub("vlan").Fill("vlan", valueOf(k, "switchport access vlan"))
			if group := strings.Fields(valueOf(k, "channel-group")); len(group) > 0 {
				e.Sub("channel-group").Set("number", group[0])
			}
			if a := strings.Fields(valueOf(k, "ip address")); len(a) == 2 {
				e.Sub("ip").Sub("address").Sub("primary").Fill("address", a[0], "mask", a[1])
			}
		}
	}
	for _, id := range sortedIDs(d.Running.sessions) {
		if s := d.Running.sessions[id]; s.kind != kindNative && id <= 66 {
			d.sessionTree(n.Sub("monitor").Item("session", strconv.Itoa(id)), s)
		}
	}
	return root.Tidy()
}

var directionWords = map[direction]string{rx: "rx", tx: "tx", both: "both"}

func (d *device) sessionTree(n *yang.Node, s *monSession) {
	vlans, dir := "vlan-list", "direction_set"
	at := n
	switch s.kind {
	case kindERSource:
		at = n.Sub("type").Sub("erspan-source")
		at.Set("shutdown-source", strconv.FormatBool(s.shutdown))
		vlans, dir = "vlan", "direction"
	case kindERDest:
		at = n.Sub("type").Sub("erspan-destination")
		at.Set("shutdown-destination", strconv.FormatBool(s.shutdown))
	}
	at.Fill("description", s.description)
	for p, which := range s.Ports {
		at.Sub("source").Item("interface", p).Set("direction", directionWords[which])
	}
	for _, v := range slices.Sorted(maps.Keys(s.VLANs)) {
		if s.kind == kindClassic && d.model.release() < 15 { // one alone has a place
			at.Sub("source").Sub("vlan").Fill("vlan", strconv.Itoa(v), "direction", directionWords[s.VLANs[v]])
			break
		}
		at.Sub("source").Item(vlans, strconv.Itoa(v)).Set(dir, directionWords[s.VLANs[v]])
	}
	for _, e := range s.Destinations {
		i := at.Sub("destination").Item("interface", e.Port)
		w := strings.Fields(e.Options)
		for j := 0; j < len(w); j++ {
			switch {
			case w[j] == "encapsulation":
				i.Set("encapsulation", w[j+1])
				j++
			case w[j] == "ingress":
				i.Set("ingress", "")
			case w[j] == "vlan":
				i.Set("vlan", w[j+1])
				j++
			default:
				i.Set("ingress-encap", w[j])
			}
		}
	}
	for _, v := range s.FilterVLANs.List() {
		if s.kind == kindERSource || d.model.release() >= 18 {
			at.Sub("filter").Item("vlan", strconv.Itoa(v))
		}
	}
	for _, family := range []string{"ip", "ipv6", "mac"} {
		at.Sub("filter").Sub(family).Sub("access-group").Fill("acl-name", s.filterACL[family])
	}
	if s.kind == kindClassic {
		if s.ToVLAN != 0 {
			at.Sub("destination").Sub("remote").Set("vlan", strconv.Itoa(s.ToVLAN))
		}
		if s.FromVLAN != 0 {
			at.Sub("source").Sub("remote").Set("vlan", strconv.Itoa(s.FromVLAN))
		}
		return
	}
	if s.header3 {
		at.Set("header-type", "3")
	}
	if s.inner {
		in := at.Sub(map[sessionKind]string{kindERSource: "destination", kindERDest: "source"}[s.kind])
		in.Fill("erspan-id", s.tunnel["erspan-id"], "mtu", s.tunnel["mtu"], "vrf", s.tunnel["vrf"])
		in.Sub("ip").Fill("address", s.addr("ip address"), "ttl", s.tunnel["ip ttl"], "dscp", s.tunnel["ip dscp"])
		in.Sub("origin").Sub("ip").Fill("address", s.addr("origin ip address"))
	}
}

// linesOf are the lines that make one tree of another: of sessions, and of ports that are
// switched on and off. Anything else is not for a model here.
func (d *device) linesOf(was, next *yang.Node) (lines []string, err error) {
	a, b := was.At("native"), next.At("native")
	for _, id := range sessionIDs(a, b) {
		x, y := a.At("monitor").Entry("session", id), b.At("monitor").Entry("session", id)
		if !x.Equal(y) {
			lines = append(lines, sessionLines(id, x, y)...)
		}
	}
	for _, k := range names.Kinds {
		kind := yangKind(k.Full)
		for _, y := range b.At("interface").All(kind) {
			x := a.At("interface").Entry(kind, y.KeyValues()...)
			was, is := x.At("shutdown") != nil, y.At("shutdown") != nil
			if was != is && x != nil {
				lines = append(lines, "interface "+k.Full+y.Text("name"), map[bool]string{true: "shutdown", false: "no shutdown"}[is], "exit")
			}
		}
	}
	strip := func(n *yang.Node) *yang.Node {
		c := n.Clone()
		c.At("native", "monitor").Remove()
		for _, k := range names.Kinds {
			for _, e := range c.At("native", "interface").All(yangKind(k.Full)) {
				e.At("shutdown").Remove()
			}
		}
		return c.Tidy()
	}
	if !strip(was).Equal(strip(next)) {
		return nil, &yang.Error{Tag: yang.TagFailed, Text: "the lab takes sessions and shutdown of ports over a model"}
	}
	return lines, nil
}

func sessionIDs(a, b *yang.Node) []string {
	seen := map[int]bool{}
	for _, n := range append(a.At("monitor").All("session"), b.At("monitor").All("session")...) {
		id, _ := strconv.Atoi(n.Text("id"))
		seen[id] = true
	}
	var out []string
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		out = append(out, strconv.Itoa(id))
	}
	return out
}

// sessionLines make one session of another; either may be nil.
func sessionLines(id string, was, is *yang.Node) []string {
	head := "monitor session " + id
	if is == nil {
		return []string{"no " + head}
	}
	a, b := statements(was), statements(is)
	kind := ""
	for _, k := range []string{"erspan-source", "erspan-destination"} {
		if is.At("type", k) != nil {
			kind = k
		}
	}
	var out []string
	if had := was.At("type"); had != nil && had.At(kind) == nil || kind != "" && was != nil && was.At("type") == nil {
		out, a = append(out, "no "+head), nil // the type of a number cannot be changed
	}
	prefix := head + " "
	if kind != "" {
		out, prefix = append(out, head+" type "+kind), ""
	}
	inner := map[string]string{"erspan-source": "destination", "erspan-destination": "source"}[kind]
	outer := func(list []statement, no bool) {
		for _, s := range list {
			switch {
			case s.inner:
				out = append(out, inner, strings.TrimSpace(map[bool]string{true: "no "}[no]+s.text), "exit")
			case no && s.key == "shutdown":
				out = append(out, s.key)
			case no:
				out = append(out, "no "+prefix+s.key)
			default:
				out = append(out, prefix+s.text)
			}
		}
	}
	outer(without(a, b), true)
	outer(without(b, a), false)
	if kind != "" {
		out = append(out, "exit")
	}
	return out
}

// A statement is a line of a session; key is what takes it away.
type statement struct {
	key, text string
	inner     bool
}

func without(a, b []statement) []statement {
	return slices.DeleteFunc(slices.Clone(a), func(s statement) bool { return slices.Contains(b, s) })
}

// statements are what a session says, as lines.
func statements(n *yang.Node) (out []statement) {
	if n == nil {
		return nil
	}
	add := func(inner bool, key, rest string) {
		out = append(out, statement{key, strings.TrimSpace(key + " " + rest), inner})
	}
	at := n
	for _, k := range []string{"erspan-source", "erspan-destination"} {
		if t := n.At("type", k); t != nil {
			at = t
		}
	}
	src, dst, filter := at.At("source"), at.At("destination"), at.At("filter")
	for _, e := range src.All("interface") {
		add(false, "source interface "+e.Text("name"), e.Text("direction"))
	}
	for _, list := range []string{"vlan-list", "vlan"} {
		for _, e := range src.All(list) {
			id := fmt.Sprint(e.Text("vlan_set"), e.Text("vlan1"), e.Text("vlan"))
			add(false, "source vlan "+id, e.Text("direction_set")+e.Text("direction"))
		}
	}
	if v := src.Text("remote", "vlan"); v != "" {
		add(false, "source remote vlan "+v, "")
	}
	for _, e := range dst.All("interface") {
		words := ""
		if v := e.Text("encapsulation"); v != "" {
			words = "encapsulation " + v
		}
		if e.At("ingress") != nil {
			words += " ingress " + e.Text("ingress-encap")
			if v := e.Text("vlan"); v != "" {
				words += " vlan " + v
			}
		}
		add(false, "destination interface "+e.Text("name"), strings.Join(strings.Fields(words), " "))
	}
	if v := dst.Text("remote", "vlan"); v != "" {
		add(false, "destination remote vlan "+v, "")
	}
	for _, e := range filter.All("vlan") {
		add(false, "filter vlan "+e.Text("id")+e.Text("vlan1"), "")
	}
	for _, family := range []string{"ip", "ipv6", "mac"} {
		if acl := filter.Text(family, "access-group", "acl-name"); acl != "" {
			add(false, "filter "+family+" access-group", acl)
		}
	}
	if at == n {
		return out
	}
	if d := at.Text("description"); d != "" {
		add(false, "description", d)
	}
	if at.Text("header-type") == "3" {
		add(false, "header-type", "3")
	}
	in := dst
	if at.Def.Name == "erspan-destination" {
		in = src
	}
	for _, l := range [][2]string{{"erspan-id", in.Text("erspan-id")}, {"ip address", in.Text("ip", "address")}, {"ip ttl", in.Text("ip", "ttl")},
		{"ip dscp", in.Text("ip", "dscp")}, {"mtu", in.Text("mtu")}, {"vrf", in.Text("vrf")}, {"origin ip address", in.Text("origin", "ip", "address")}} {
		if l[1] != "" {
			out = append(out, statement{l[0], l[0] + " " + l[1], true})
		}
	}
	if at.Text("shutdown-source")+at.Text("shutdown-destination") == "false" {
		out = append(out, statement{"shutdown", "no shutdown", false})
	}
	return out
}
