package srl

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// bundle is the lag that a port is a member of, "" when it is none.
func (d *device) bundle(port string) string {
	return d.Running.Entry("interface", port).Text("ethernet", "aggregate-id")
}

// behind are the ports of an interface or sub-interface.
func (d *device) behind(name string) []string {
	return plant.PortsBehind(d.sw, d.bundle, cmdline.PortOf(name))
}

func enabled(n *model.Node, path ...string) bool {
	return n != nil && n.Text(append(path, "admin-state")...) == "enable"
}

// portState reads an interface. One that is not configured is down; a member of a lag
// forwards as that one does.
func (d *device) portState(name string) fabric.PortState {
	own, whole := d.Running.Entry("interface", name), cmp.Or(d.bundle(name), name)
	at := d.Running.Entry("interface", whole)
	p := fabric.PortState{Down: !enabled(own) || !enabled(at), Description: own.Text("description"), Filter: d.filter(whole)}
	if at == nil {
		return p
	}
	p.Trunk = at.Text("vlan-tagging") == "true"
	for _, s := range at.All("subinterface") {
		switch kind := s.Text("type"); {
		case kind == "local-mirror-dest":
			p.Monitor = true
		case kind == "bridged":
		default:
			p.Routed = true
		}
		if vlan := cmdline.Atoi(s.Text("vlan", "encap", "single-tagged", "vlan-id"), 0); vlan > 0 {
			p.Allowed.Add(vlan)
		}
	}
	return p
}

// publish tells the fabric what the configuration in force means, and who listens that it
// may be another.
func (d *device) publish() {
	pl := fabric.Plane{Ports: map[string]fabric.PortState{}, SystemName: d.hostname(), Capabilities: "BR", Model: d.kind.name,
		Description: "SRLinux-v" + d.kind.version + " " + d.kind.name + ", simulated by netmirror lab"}
	if enabled(d.Running, "system", "lldp") {
		pl.Speaks = []string{"lldp"}
	}
	for _, p := range d.sw.Node().Ports {
		pl.Ports[p.Name] = d.portState(p.Name)
	}
	for _, i := range instances(d.Running) {
		pl.Copies = append(pl.Copies, d.copies(i)...)
	}
	d.sw.Fabric().Configure(d.sw.Node(), pl)
	close(d.changed)
	d.changed = make(chan struct{})
}

// localOn reports whether a local destination is configured to work. It needs its
// container to be there, which is not recorded.
func localOn(i *model.Node, end string) bool {
	s := subinterface(i, end)
	return enabled(s) && enabled(s.At("local-mirror-destination"))
}

// remoteUp reports whether the far end of a tunnel is reached. Routing is not modelled: it
// is unless a fault says otherwise.
func (d *device) remoteUp(remote *model.Node) bool {
	return remote != nil && enabled(remote.WithDefaults(), "tunnel-end-points") && !d.unresolved(tunnelEnd(remote)) && enabled(d.Running.Entry("network-instance", remote.Text("network-instance")))
}

// operDown is why an instance is down, "" = it is up.
func (d *device) operDown(i *model.Node, views []plant.PortView) string {
	source, end := i.At("mirror-source"), i.Text("mirror-destination", "local")
	switch {
	case !enabled(i):
		return "mirror-inst-admin-down"
	case source == nil:
		return "no-mirror-source"
	case end != "":
		if !localOn(i, end) || !slices.ContainsFunc(views, func(v plant.PortView) bool { return v.Name == cmdline.PortOf(end) && v.Up }) {
			return "local-mirror-subif-down"
		}
	case !d.remoteUp(i.At("mirror-destination", "remote")):
		return "remote-mirror-dst-unreachable"
	}
	return ""
}

// copies is an instance as the data plane sees it: a session for each kind of source.
func (d *device) copies(i *model.Node) (out []fabric.CopySession) {
	if !enabled(i) {
		return nil
	}
	s := fabric.CopySession{}
	remote := i.At("mirror-destination", "remote")
	switch end := i.Text("mirror-destination", "local"); {
	case end != "" && localOn(i, end):
		s.ToBundles = [][]string{d.behind(end)} // a port is a bundle of one
	case d.remoteUp(remote):
		s.ToTunnel = &fabric.Tunnel{Address: tunnelEnd(remote), Overhead: overhead(remote)}
	default:
		return nil
	}
	add := func(c fabric.CopySession) {
		c.Name = fmt.Sprintf("%s/%d", i.Text("name"), len(out))
		out = append(out, c)
	}
	source := i.At("mirror-source")
	whole := s
	for _, name := range source.All("interface") {
		whole.Ports = append(whole.Ports, d.sourcePorts(name)...)
	}
	if len(whole.Ports) > 0 {
		add(whole)
	}
	full := d.full(i)
	for _, sub := range source.All("subinterface") {
		if full[sub.Text("name")] {
			continue
		}
		one := s
		one.Ports = d.sourcePorts(sub)
		if vlan := cmdline.Atoi(subinterface(sub, sub.Text("name")).Text("vlan", "encap", "single-tagged", "vlan-id"), 0); vlan > 0 {
			one.OnlyVLANs = fabric.VLANs(vlan)
		}
		add(one)
	}
	for _, list := range []string{"acl-filter", "ipv4-filter", "ipv6-filter"} {
		for _, f := range source.At("acl").All(list) {
			one := s
			filter := filterOf(f)
			for _, b := range bounds(d.Running) {
				if b.filter == filter {
					for _, p := range d.behind(b.subif) {
						one.Ports = append(one.Ports, fabric.CopySource{Port: p, RX: true})
					}
				}
			}
			one.Select = func(p fabric.Packet) bool {
				e := hit(filter, p)
				return e != nil && f.Entry("entry", e.Text("sequence-id")) != nil
			}
			add(one)
		}
	}
	return out
}

// overhead is what a tunnel adds to a copy: Ethernet 14, IP 20 and GRE 4 octets, with an
// outer address of version 6 20 more; l3ogre does not carry the inner Ethernet header.
func overhead(remote *model.Node) int {
	n := 38
	if strings.Contains(tunnelEnd(remote), ":") {
		n += 20
	}
	if remote.Text("encap") == "l3ogre" {
		n -= 14
	}
	return n
}

func (d *device) sourcePorts(source *model.Node) (out []fabric.CopySource) {
	dir := source.Text("direction")
	for _, p := range d.behind(source.Text("name")) {
		out = append(out, fabric.CopySource{Port: p, RX: dir != "egress-only", TX: dir != "ingress-only"})
	}
	return out
}

// full are the sub-interface sources for which the tables of the hardware have no room.
func (d *device) full(i *model.Node) map[string]bool {
	out := map[string]bool{}
	for n, s := range i.At("mirror-source").All("subinterface") {
		if most := d.sw.Spec().Limits.SourcePorts; most > 0 && n >= most {
			out[s.Text("name")] = true
		}
	}
	return out
}

// views lists ports and bundles.
func (d *device) views() []plant.PortView {
	var bundles []string
	for _, i := range d.Running.All("interface") {
		if strings.HasPrefix(i.Text("name"), "lag") {
			bundles = append(bundles, i.Text("name"))
		}
	}
	return plant.PortViews(d.sw, d.portState, d.bundle, bundles)
}

// mirrored is what left each port as copies: octets with the tunnel's headers and without
// the checksum, as recorded (136 for 98).
func (d *device) mirrored(views []plant.PortView) map[string]fabric.Tally {
	tallies, out := d.sw.Fabric().Tallies(d.sw.Node()), map[string]fabric.Tally{}
	up := ""
	for _, p := range d.sw.Node().Ports {
		if i := slices.IndexFunc(views, func(v plant.PortView) bool { return v.Name == p.Name }); up == "" && p.Peer != nil && views[i].Up && !views[i].Monitor {
			up = p.Name // by which tunnels leave
		}
	}
	for _, i := range instances(d.Running) {
		for _, c := range d.copies(i) {
			t, ports, more := tallies[c.Name], []string{up}, uint64(0)
			if c.ToTunnel != nil {
				more = uint64(c.ToTunnel.Overhead)
			} else {
				ports = c.ToBundles[0]
			}
			for _, p := range ports {
				sum := out[p]
				share := t.Frames / uint64(len(ports))
				sum.Frames += share
				sum.Octets += t.Octets/uint64(len(ports)) + share*more - min(share*4, t.Octets/uint64(len(ports)))
				out[p] = sum
			}
		}
	}
	return out
}

// state is the state datastore: the configuration with its defaults, and what is none.
func (d *device) state() *model.Node {
	root := d.Running.Clone()
	for _, p := range d.sw.Node().Ports {
		if root.Entry("interface", p.Name) == nil {
			root.Item("interface", p.Name).Set("admin-state", "disable") // not recorded
		}
	}
	root = root.WithDefaults()
	views := d.views()
	mirrored := d.mirrored(views)
	for n, v := range views {
		d.interfaceState(root.Entry("interface", v.Name), v, mirrored[v.Name], n)
		if enabled(d.Running, "system", "management", "openconfig") {
			openconfigState(root.Sub("interfaces").Item("interface", v.Name), v)
		}
	}
	system := root.Sub("system")
	for feature := range d.kind.has {
		system.Set("features", feature)
	}
	system.Sub("information").Fill("version", "v"+d.kind.version, "description", "SRLinux-v"+d.kind.version+" "+d.kind.name+" (simulation of the netmirror lab)")
	root.Sub("platform").Sub("chassis").Fill("type", d.kind.name, "serial-number", d.serial())
	for _, n := range root.All("network-instance") {
		n.Set("oper-state", upDown(enabled(n)))
	}
	for _, i := range instances(root) {
		d.instanceState(i, views)
	}
	return root.Tidy()
}

func (d *device) serial() string {
	return cmp.Or(d.sw.Spec().Serial, "LAB"+d.sw.Node().MAC.Groups(6, ""))
}

func upDown(up bool) string { return map[bool]string{true: "up", false: "down"}[up] }

func (d *device) interfaceState(n *model.Node, v plant.PortView, copies fabric.Tally, at int) {
	why := ""
	if !v.Up {
		why = map[bool]string{true: "port-admin-disabled", false: "lower-layer-down"}[v.Down]
	}
	n.Fill("oper-state", upDown(v.Up), "ifindex", strconv.Itoa(16382+32768*at), "oper-down-reason", why) // the index is unique; the device's scheme is not recorded
	rate := speed(v.Speed)
	if strings.HasPrefix(v.Name, "lag") {
		rate = ""
		n.Sub("lag").Count(map[string]uint64{"lag-speed": uint64(v.Speed / fabric.Mbps)})
	}
	n.Sub("ethernet").Fill("port-speed", rate, "hw-mac-address", strings.ToUpper(v.MAC.Groups(1, ":")))
	n.Sub("statistics").Count(map[string]uint64{"in-packets": v.InFrames, "in-octets": v.InOctets, "in-unicast-packets": v.InFrames, "in-broadcast-packets": 0, "in-multicast-packets": 0, "in-discarded-packets": 0,
		"in-error-packets": 0, "in-fcs-error-packets": 0, "out-packets": v.OutFrames, "out-octets": v.OutOctets, "out-mirror-octets": copies.Octets, "out-unicast-packets": v.OutFrames, "out-broadcast-packets": 0,
		"out-multicast-packets": 0, "out-discarded-packets": v.OutDrops, "out-error-packets": 0, "out-mirror-packets": copies.Frames, "carrier-transitions": 1})
	n.Sub("traffic-rate").Count(map[string]uint64{"in-bps": v.InBits, "out-bps": v.OutBits})
	for _, s := range n.All("subinterface") {
		alive := v.Up && enabled(s)
		why := map[[2]bool]string{{false, false}: "admin-disabled", {false, true}: "admin-disabled", {true, false}: "port-down"}[[2]bool{enabled(s), v.Up}]
		s.Fill("name", v.Name+"."+s.Text("index"), "oper-state", upDown(alive), "oper-down-reason", why)
		if dest := s.At("local-mirror-destination"); dest != nil {
			dest.Set("oper-state", upDown(alive && enabled(dest)))
		}
	}
}

// speed is a rate as the device writes it (recorded: 1G).
func speed(r fabric.BitRate) string {
	if r < fabric.Gbps {
		return fmt.Sprintf("%dM", r/fabric.Mbps)
	}
	return fmt.Sprintf("%dG", r/fabric.Gbps)
}

func openconfigState(n *model.Node, v plant.PortView) {
	n.Sub("state").Fill("name", v.Name, "admin-status", map[bool]string{true: "DOWN", false: "UP"}[v.Down], "oper-status", strings.ToUpper(upDown(v.Up)))
	n.Sub("state").Sub("counters").Count(map[string]uint64{"in-octets": v.InOctets, "in-pkts": v.InFrames, "in-discards": 0, "out-octets": v.OutOctets, "out-pkts": v.OutFrames, "out-discards": v.OutDrops})
	if strings.HasPrefix(v.Name, "lag") {
		n.Sub("aggregation").Sub("state").Count(map[string]uint64{"lag-speed": uint64(v.Speed / fabric.Mbps)})
		return
	}
	n.Sub("ethernet").Sub("state").Fill("mac-address", v.MAC.Groups(1, ":"), "port-speed", "openconfig-if-ethernet:SPEED_"+speed(v.Speed)+"B")
}

// instanceState adds what is known of a mirroring instance.
func (d *device) instanceState(i *model.Node, views []plant.PortView) {
	why := d.operDown(i, views)
	if d.sw.Faults().NotProgrammed && why == "" {
		why = "local-mirror-subif-down" // the word of hardware that refuses is not recorded
	}
	i.Fill("oper-state", upDown(why == ""), "oper-down-reason", why)
	full := d.full(i)
	for _, s := range i.At("mirror-source").All("subinterface") {
		lost := full[s.Text("name")]
		s.Set("oper-state", upDown(why == "" && !lost))
		s.Set("oper-down-reason", "not-applicable")
		if lost {
			s.Set("oper-down-reason", map[bool]string{true: "mirror-source-egress-table-full", false: "mirror-source-ingress-table-full"}[s.Text("direction") == "egress-only"])
		}
	}
	if remote := i.At("mirror-destination", "remote"); remote != nil {
		remote.Sub("tunnel-end-points").Set("oper-state", upDown(d.remoteUp(remote)))
	}
	if i.Def.Kid("mirror-destination").Kid("statistics") != nil {
		d.instanceStatistics(i)
	}
}

// instanceStatistics counts an instance's copies. How they are told apart by direction the
// data plane does not know: all count as of what enters, unless every source is of what
// leaves.
func (d *device) instanceStatistics(i *model.Node) {
	var sum fabric.Tally
	for name, t := range d.sw.Fabric().Tallies(d.sw.Node()) {
		if at := strings.LastIndexByte(name, '/'); at >= 0 && name[:at] == i.Text("name") {
			sum.Frames, sum.Octets = sum.Frames+t.Frames, sum.Octets+t.Octets
		}
	}
	side, other := "ingress", "egress"
	source := i.At("mirror-source")
	all := append(source.All("interface"), source.All("subinterface")...)
	if len(all) > 0 && source.At("acl") == nil && !slices.ContainsFunc(all, func(s *model.Node) bool { return s.Text("direction") != "egress-only" }) {
		side, other = other, side
	}
	i.Sub("mirror-destination").Sub("statistics").Count(map[string]uint64{side + "-mirrored-packets": sum.Frames, side + "-mirrored-octets": sum.Octets, other + "-mirrored-packets": 0, other + "-mirrored-octets": 0})
}
