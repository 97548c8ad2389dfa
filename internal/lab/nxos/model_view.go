package nxos

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	yang "github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// kinds are the types of the model.
var kinds = map[string]string{local: "local", erspanSource: "erspan-source", erspanEnd: "erspanDst"}

// leaves are the lines of a session that the model has, with the value that stands where
// there is none.
var leaves = []struct{ key, leaf, usual string }{{"description", "description", ""}, {"vrf", "vrfName", ""}, {"filter access-group", "aclName", ""}, {"mtu", "mtu", "10240"},
	{"erspan-id", "erspanId", "0"}, {"ip ttl", "ipTtl", "255"}, {"ip dscp", "ipDscp", "0"}, {"destination ip", "destinationIp", "0.0.0.0"}, {"source ip", "sourceIp", "0.0.0.0"}}

// kept marks a session that was there when a change began: a type cannot be changed, but
// one that was deleted, or replaced, is made anew.
var kept = map[string]string{"session": "kept"}

// short is a port in the model's words: eth1/1, po10.
func short(name string) string { return strings.ToLower(names.ShortOf(name)) }

// dmeView is the configuration as the model has it.
func (d *device) dmeView() yang.View[*config] {
	return yang.View[*config]{Schema: d.schema, Tree: d.tree, Apply: d.apply}
}

func (d *device) tree(c *config) *yang.Node {
	root := d.schema.New()
	sys := root.Sub("System")
	sys.Set("name", cmp.Or(c.Value("hostname"), "switch"))
	span := sys.Sub("span-items")
	span.Sub("originip-items").Fill("originIp", strings.TrimSuffix(c.Value(originKey), " global"))
	for _, m := range c.sorted() {
		if m.id <= 32 {
			sessionTree(span.Sub("monitor-items").Item("Monitor-list", strconv.Itoa(m.id)), m)
		}
	}
	intf := sys.Sub("intf-items")
	for _, p := range d.sw.Node().Ports {
		if p.Name != "mgmt0" {
			d.portTree(intf.Sub("phys-items").Item("PhysIf-list", short(p.Name)), c, p.Name)
		}
	}
	for _, po := range reader.Bundles(c.Document) {
		n := intf.Sub("aggr-items").Item("AggrIf-list", short(po))
		d.portTree(n, c, po)
		for _, p := range d.sw.Node().Ports {
			if reader.BundleOf(c.Document, p.Name) == po {
				n.Sub("rsmbrIfs-items").Item("RsMbrIfs-list", "/System/intf-items/phys-items/PhysIf-list[id='"+short(p.Name)+"']")
			}
		}
	}
	return root.Tidy()
}

func sessionTree(n *yang.Node, m *session) {
	n.Marks = kept
	n.Fill("type", kinds[m.kind], "configState", map[bool]string{true: "up", false: "down"}[m.open])
	for _, l := range leaves {
		n.Fill(l.leaf, m.options[l.key])
	}
	if m.kind == erspanSource {
		n.Fill("headerType", "v"+cmp.Or(m.options["header-type"], "2"))
		every, marks := m.options["marker-packet"]
		n.Fill("isMarkerPacket", strconv.FormatBool(marks), "markerPktInt", every)
		drops := m.options["source forward-drops"]
		n.Fill("isFwdDropsRx", strconv.FormatBool(drops != ""), "isFwdDropsRxLowPriority", strconv.FormatBool(strings.HasSuffix(drops, "priority-low")))
	}
	var ends []string
	for _, e := range m.Destinations {
		ends = append(ends, short(e.Port))
	}
	n.Fill("destinationPorts", strings.Join(ends, ",")) // how several are told is not recorded
	for p, dir := range m.Ports {
		n.Sub("srcintf-items").Item("SourceIntf-list", short(p)).Set("direction", dir.String())
	}
	for v, dir := range m.VLANs {
		n.Sub("src-items").Item("SourceVlan-list", vlanKey(v)).Set("direction", dir.String())
	}
	for _, v := range m.FilterVLANs.List() {
		n.Sub("filter-items").Item("FilterVlan-list", vlanKey(v))
	}
}

func vlanKey(v int) string { return "vlan-" + strconv.Itoa(v) }

func (d *device) portTree(n *yang.Node, c *config, name string) {
	b := c.Block("interface " + name)
	choose := func(is bool, yes, no string) string { return map[bool]string{true: yes, false: no}[is] }
	allowed := b.VLANs("switchport trunk allowed vlan")
	n.Fill("adminSt", choose(b.Has("shutdown"), "down", "up"), "layer", choose(b.Has("no switchport"), "Layer3", "Layer2"), "descr", b.Value("description"),
		"mode", choose(b.Value("switchport mode") == "trunk", "trunk", "access"), "accessVlan", "vlan-"+cmp.Or(b.Value("switchport access vlan"), "1"),
		"nativeVlan", "vlan-"+cmp.Or(b.Value("switchport trunk native vlan"), "1"), "trunkVlans", allowed.Format(",", "-"))
	mode := "not-a-span-dest"
	if hasMonitor(b) {
		mode = map[string]string{"": "span-dest", "ingress": "span-dest-fwd", "ingress learning": "span-dest-fwd-learn"}[b.Value("switchport monitor")]
	}
	n.Set("spanMode", mode)
}

// refused words a refusal, see notRecorded.
func refused(n *yang.Node, format string, a ...any) error {
	return &yang.Error{Tag: yang.TagFailed, At: n.Path(), Name: n.Def.Name, Text: strings.TrimSpace(notRecorded(format, a...).Text)}
}

// apply makes the configuration of a tree. What the model does not have stays.
func (d *device) apply(was *config, root *yang.Node) (*config, error) {
	c, old := was.clone(), d.tree(was)
	span, before := root.At("System", "span-items"), old.At("System", "span-items")
	if host := root.Text("System", "name"); host != old.Text("System", "name") {
		c.Remove("hostname")
		c.Ensure("hostname " + host)
	}
	c.Remove(originKey)
	if at := span.Text("originip-items", "originIp"); at != "" {
		c.Ensure(originKey + " " + at + " global")
	}
	var changed []*yang.Node
	there := map[int]bool{}
	for _, n := range span.At("monitor-items").All("Monitor-list") {
		id := cmdline.Atoi(n.Text("id"), 0)
		there[id] = true
		if o := before.At("monitor-items").Entry("Monitor-list", n.Text("id")); !n.Equal(o) {
			changed = append(changed, n)
			if err := d.openSession(c, n, id); err != nil {
				return nil, err
			}
		}
	}
	for id := range c.mon {
		if !there[id] && id <= 32 {
			delete(c.mon, id)
		}
	}
	for _, n := range changed {
		if err := d.fillSession(c, n, c.mon[cmdline.Atoi(n.Text("id"), 0)]); err != nil {
			return nil, err
		}
	}
	return c, d.applyPorts(c, root.At("System", "intf-items"), old.At("System", "intf-items"))
}

// openSession makes a session, or empties one that becomes another.
func (d *device) openSession(c *config, n *yang.Node, id int) error {
	kind := ""
	for k, name := range kinds {
		if name == n.Text("type") {
			kind = k
		}
	}
	m := c.mon[id]
	switch fresh := m == nil || len(n.Marks) == 0; {
	case kind == "":
		return refused(n, "type %s", n.Text("type"))
	case fresh:
		c.mon[id] = newSession(id, kind)
	case m.kind != kind:
		return refused(n, "session %d is of type %s, which cannot be changed", id, m.kind)
	default:
		m.Mirror = plant.NewMirror()
	}
	return nil
}

// fillSession gives a session what its entry has, by the rules of the command line.
func (d *device) fillSession(c *config, n *yang.Node, m *session) error {
	m.open = n.Text("configState") == "up"
	for _, l := range leaves {
		value := n.Text(l.leaf)
		delete(m.options, l.key)
		if value == "" || value == l.usual {
			continue
		}
		i := slices.IndexFunc(options, func(o option) bool { return o.key == l.key })
		switch mtu := cmdline.Atoi(value, 0); {
		case !options[i].in(m.kind):
			return refused(n, "%s in a session of type %s", l.leaf, m.kind)
		case l.key == "mtu" && (mtu < d.model.mtu[0] || mtu > d.model.mtu[1]):
			return refused(n, "mtu %d is not %d to %d", mtu, d.model.mtu[0], d.model.mtu[1])
		}
		m.options[l.key] = value
	}
	if err := fillTunnel(n, m); err != nil {
		return err
	}
	return d.fillSources(c, n, m)
}

func fillTunnel(n *yang.Node, m *session) error {
	header, marks, drops := n.Text("headerType"), n.Text("isMarkerPacket") == "true", n.Text("isFwdDropsRx") == "true"
	for _, key := range []string{"header-type", "marker-packet", "source forward-drops"} {
		delete(m.options, key)
	}
	if m.kind != erspanSource && (header != "" && header != "v2" || marks || drops) || header == "v3-rfc-compliant" {
		return refused(n, "headerType %s, isMarkerPacket and isFwdDropsRx in a session of type %s", header, m.kind)
	}
	if header == "v3" {
		m.options["header-type"] = "3"
	}
	if marks {
		m.options["marker-packet"] = strings.TrimSuffix(n.Text("markerPktInt"), "100")
	}
	if drops {
		m.options["source forward-drops"] = strings.TrimSpace("rx " + map[string]string{"true": "priority-low"}[n.Text("isFwdDropsRxLowPriority")])
	}
	return nil
}

// full is a port by the model's name of it.
func (d *device) full(c *config, id string) (string, bool) {
	name, ok := names.Canonical(id)
	there := d.sw.Node().ByName[name] != nil || slices.Contains(reader.Bundles(c.Document), name) || name == "sup-eth0"
	return name, ok && there && short(name) == id && isPort(nil, name)
}

func vlanOf(key string) (set fabric.VLANSet, ok bool) {
	v := cmdline.Atoi(strings.TrimPrefix(key, "vlan-"), 0)
	set.Add(v)
	return set, v >= 1 && v <= 4094 && vlanKey(v) == key
}

func (d *device) fillSources(c *config, n *yang.Node, m *session) error {
	for _, e := range slices.Concat(n.At("srcintf-items").All("SourceIntf-list"), n.At("src-items").All("SourceVlan-list")) {
		var ports []string
		key := e.KeyValues()[0]
		vlans, isVLAN := fabric.VLANSet{}, e.Def.Name == "SourceVlan-list"
		dir := map[string]plant.Direction{"rx": plant.RX, "tx": plant.TX, "both": plant.Both}[e.Text("direction")]
		name, ok := d.full(c, key)
		if ports = []string{name}; isVLAN {
			ports = nil
			vlans, ok = vlanOf(key)
		}
		switch {
		case !ok || dir == 0 || m.kind == erspanEnd:
			return refused(e, "%s %s as a source", key, e.Text("direction"))
		case isVLAN && dir != plant.RX && !(d.model.sendingVLANs && m.kind == local):
			return refused(e, "VLAN sources copy what enters alone")
		case name == "sup-eth0" && dir != plant.RX:
			return refused(e, "sup-eth0 copies what enters alone")
		}
		if b := d.model.rules.Sources(c.mirrors(), &m.Mirror, ports, vlans, dir); b != nil {
			return refused(e, "%s", strings.TrimPrefix(strings.TrimSpace(refusedBy(b).Text), "ERROR: "))
		}
		m.AddSources(ports, vlans, dir)
	}
	for _, e := range n.At("filter-items").All("FilterVlan-list") {
		vlans, ok := vlanOf(e.Text("vlan"))
		if !ok || len(m.VLANs) > 0 || m.kind == erspanEnd {
			return refused(e, "a VLAN filter %s beside VLAN sources, or none", e.Text("vlan"))
		}
		m.FilterVLANs.Union(vlans)
	}
	if n.Text("destinationPorts") == "" {
		return nil
	}
	for id := range strings.SplitSeq(n.Text("destinationPorts"), ",") {
		name, ok := d.full(c, id)
		if !ok || m.kind == erspanSource {
			return refused(n, "%s as a destination", id)
		}
		if b := d.model.rules.Ends(c.mirrors(), &m.Mirror, []string{name}); b != nil {
			return refused(n, "%s", strings.TrimPrefix(strings.TrimSpace(refusedBy(b).Text), "ERROR: "))
		}
		if reader.BundleOf(c.Document, name) != "" { // as on the command line
			return refused(n, "%s is a member of a port-channel", name)
		}
		m.AddDestinations([]string{name}, "", names.Compare)
	}
	return nil
}

// applyPorts changes what the lab takes of a port: spanMode and adminSt.
func (d *device) applyPorts(c *config, intf, old *yang.Node) error {
	for _, list := range [][2]string{{"phys-items", "PhysIf-list"}, {"aggr-items", "AggrIf-list"}} {
		is, was := intf.At(list[0]).All(list[1]), old.At(list[0]).All(list[1])
		if len(is) != len(was) {
			return refused(cmp.Or(intf, old), "ports are not made or deleted here")
		}
		for i, n := range is {
			if n.Equal(was[i]) {
				continue
			}
			same := was[i].Clone()
			for _, leaf := range []string{"spanMode", "adminSt"} {
				same.Set(leaf, n.Text(leaf))
			}
			probe := n.Clone()
			probe.Set("spanMode", n.Text("spanMode"))
			probe.Set("adminSt", n.Text("adminSt"))
			name, _ := names.Canonical(n.Text("id"))
			b, mode := c.Ensure("interface "+name), n.Text("spanMode")
			switch {
			case !probe.Equal(same):
				return refused(n, "of a port spanMode and adminSt alone are changed here")
			case mode != "not-a-span-dest" && b.Has("no switchport"):
				return refused(n, "a port is not a switchport")
			case strings.HasPrefix(mode, "span-dest-fwd") && d.model.family != "n7k" && mode != was[i].Text("spanMode"):
				return refused(n, "%s", fmt.Sprintf("spanMode %s", mode))
			}
			if b.Unset("shutdown"); n.Text("adminSt") == "down" {
				b.Set("shutdown", "shutdown")
			}
			line := map[string]string{"span-dest": "switchport monitor", "span-dest-fwd": "switchport monitor ingress", "span-dest-fwd-learn": "switchport monitor ingress learning"}[mode]
			if b.Unset("switchport monitor"); line != "" {
				b.Set(line, "switchport monitor")
			}
		}
	}
	return nil
}
