package iosxe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
)

// noState is said of every session: there is no operational model of SPAN in the model set
// (YangModels vendor/cisco/xe, all releases to 26.1.1).
const noState = "no model of the device tells whether a session is in the hardware; transports.state may name a transport that does"

// modelAround is what the destination guard asks beside VLANs: ports, links.
func modelAround(f mirror.Facts) []models.Read {
	reads := []models.Read{nativeRead("interface")}
	switch f.Extra[factLinks] {
	case modOpenConfig:
		reads = append(reads, models.Read{Path: data.Names(modOpenConfig + ":interfaces"), State: true})
	case modIETF:
		reads = append(reads, models.Read{Path: data.Names(modIETF + ":interfaces-state"), State: true})
	}
	return reads
}

// observeModel makes an observation of the native configuration and of what tells of
// links. Neighbours, learned addresses and what a port receives are not told by a model
// that is read.
func observeModel(f mirror.Facts, a models.Answers) (o mirror.Observation, err error) {
	n := a.Config.Child("native")
	sessions, err := modelSessions(f, n.Child("monitor"))
	if err != nil {
		return o, err
	}
	for _, s := range sessions {
		o.Natives = append(o.Natives, s.modelled())
	}
	slices.SortFunc(o.Natives, func(x, y mirror.NativeSession) int {
		return numberOf(x.ID) - numberOf(y.ID)
	})
	cfg, err := modelConfig(n.Child("interface"))
	if err != nil {
		return mirror.Observation{}, err
	}
	if o.VLANs, err = modelVLANs(n.Child("vlan")); err != nil {
		return mirror.Observation{}, err
	}
	o.VLANs = usedVLANs(o.VLANs, cfg)
	links := readLinks(a.State)
	copies := map[mirror.PortName]bool{}
	for _, s := range sessions {
		for _, p := range s.Spec.Destinations {
			copies[p] = true
		}
	}
	o.Ports = modelPorts(quirkOf(f), cfg, links, copies)
	return o, nil
}

func numberOf(id string) int { n, _ := strconv.Atoi(id); return n }

// modelled is the session for an observation: nothing tells of the hardware.
func (r modelReading) modelled() mirror.NativeSession {
	n := r.native()
	if n.Programmed == mirror.False {
		n.ProgrammedReason = "the session is shut down"
	} else {
		n.ProgrammedReason = noState
	}
	return n
}

// A link is the state of an interface.
type link struct {
	word  string // as show interfaces status has it
	speed mirror.BitsPerSecond
}

// modelPorts lists the ports with what speaks against using them as a destination.
func modelPorts(q quirk, cfg *config, links map[mirror.PortName]link, copies map[mirror.PortName]bool) []mirror.Port {
	s := newSurroundings(cfg, console.Traffic{})
	all := slices.Clone(cfg.interfaces)
	slices.SortFunc(all, func(a, b iface) int { return a.name.Compare(b.name) })
	var out []mirror.Port
	for _, i := range all {
		l := links[i.name.Full()]
		row := text.PortRow{Name: i.name, Word: l.word, Speed: l.speed}
		switch {
		case i.trunk:
			row.VLAN = "trunk"
		case i.routed:
			row.VLAN = "routed"
		case !q.NoLocal && !q.PlainACL: // a switch
			row.Access = max(i.access, 1)
			row.VLAN = strconv.Itoa(row.Access)
		}
		if copies[i.name.Full()] && row.Word != "" && row.Word != "disabled" {
			row.Word = "monitoring" // a destination sends, though its line protocol is down
		}
		out = append(out, portOf(row, s))
	}
	return out
}

// modelConfig reads the interfaces of the native configuration: a list for each kind. What
// is augmented into a port by Cisco-IOS-XE-switch and -ethernet is read by its local name
// (YangModels vendor/cisco/xe/17121). Every device has interfaces.
func modelConfig(n *data.Node) (*config, error) {
	c := &config{byID: map[int]int{}, byName: map[mirror.PortName]int{}}
	if n == nil {
		return nil, fmt.Errorf("%s: no interface is shown: %w", modNative, mirror.ErrParse)
	}
	for _, e := range n.Children {
		number := e.Text("name")
		if number == "" {
			continue // a container of subinterfaces, or an empty one
		}
		called := portOfModel(e.Name, number)
		if e.Name == "Vlan" {
			v, err := text.Decimal(number)
			if err != nil {
				return nil, fmt.Errorf("%s: interface Vlan %q: %w", modNative, text.Quote(number), mirror.ErrParse)
			}
			c.svis = append(c.svis, svi{vlan: v, address: modelAddress(e)})
			continue
		}
		if noPorts.MatchString(called) {
			continue
		}
		name, ok := grammar.Read(called)
		if !ok {
			name = grammar.Unnamed(strings.ReplaceAll(called, " ", ""))
		}
		if _, twice := c.byName[name.Full()]; twice {
			return nil, fmt.Errorf("%s: interface %s twice: %w", modNative, name.Full(), mirror.ErrParse)
		}
		c.byName[name.Full()] = len(c.interfaces)
		c.interfaces = append(c.interfaces, modelInterface(name, e))
	}
	if len(c.interfaces)+len(c.svis) == 0 {
		return nil, fmt.Errorf("%s: no interface is shown, which an account of low privilege does not see: %w", modNative, mirror.ErrParse)
	}
	return c, nil
}

// modelInterface is what the configuration says of an interface. Its lines are in the words
// of the command line, as far as they are asked for.
func modelInterface(name text.Name, e *data.Node) iface {
	i := iface{name: name, shutdown: e.Has("shutdown"), address: modelAddress(e), routed: e.Text("switchport-conf", "switchport") == "false"}
	line := func(is bool, format string, args ...any) {
		if is {
			i.lines = append(i.lines, fmt.Sprintf(" "+format, args...))
		}
	}
	for _, port := range []*data.Node{e.At("switchport-config", "switchport"), e.Child("switchport"), e.At("switchport-wrapper", "switchport")} {
		if port.Text("mode") == "trunk" || port.Has("mode", "trunk") || port.Has("mode", "private-vlan", "trunk") {
			i.trunk = true
		}
		for _, access := range []string{port.Text("access", "vlan", "vlan"), port.Text("access", "vlan")} {
			if v, err := text.Decimal(access); err == nil && v > 0 {
				i.access = v
			}
		}
		for _, own := range []string{port.Text("trunk", "native", "vlan", "vlan-id"), port.Text("trunk", "native", "vlan")} {
			if v, err := text.Decimal(own); err == nil && v > 0 {
				i.native = v
			}
		}
		if list, told := carried(port.At("trunk", "allowed")); told {
			i.allowed = list
		}
	}
	if v, err := text.Decimal(e.Text("channel-group", "number")); err == nil {
		i.group = v
	}
	line(i.routed, "no switchport")
	line(i.access > 0, "switchport access vlan %d", i.access)
	line(i.native > 0, "switchport trunk native vlan %d", i.native)
	line(i.allowed != "", "switchport trunk allowed vlan %s", i.allowed)
	line(i.trunk, "switchport mode trunk")
	line(i.group > 0, "channel-group %d", i.group)
	line(i.address != "", "ip address %s", i.address)
	line(i.shutdown, "shutdown")
	return i
}

// carried is the list of VLANs that a trunk is limited to. Of a list in a form that is not
// known nothing is told, which is all VLANs (iface.carries).
func carried(allowed *data.Node) (list string, told bool) {
	var all []string
	for _, name := range []string{"vlan", "vlan-config", "vlan-v2"} {
		v := allowed.Child(name)
		if v.Has("none") {
			return "none", true
		}
		for _, leaf := range []string{"vlans", "add"} {
			for _, l := range v.All(leaf) {
				all = append(all, l.Text())
			}
		}
	}
	return strings.Join(all, ","), len(all) > 0
}

// modelAddress is the first address of an interface, of IP or IPv6.
func modelAddress(e *data.Node) string {
	if a := e.Text("ip", "address", "primary", "address"); a != "" {
		return a
	}
	if v6 := e.At("ipv6", "address"); v6 != nil {
		for _, a := range v6.All("prefix-list") {
			return a.Text("prefix")
		}
		if len(v6.Children) > 0 {
			return "of IPv6"
		}
	}
	switch {
	case e.Has("ip", "address", "dhcp"):
		return "by DHCP"
	case e.Text("ip", "unnumbered") != "":
		return "of " + e.Text("ip", "unnumbered")
	}
	if u := e.At("ip", "address"); u != nil && len(u.Children) > 0 {
		return "of another form"
	}
	return ""
}

// modelVLANs lists the VLANs of the configuration (Cisco-IOS-XE-vlan, list vlan-list); nil
// where it has none, as on a server or client of VTP.
func modelVLANs(n *data.Node) ([]mirror.VLAN, error) {
	var out []mirror.VLAN
	for _, e := range n.All("vlan-list") {
		id, err := text.Decimal(e.Text("id"))
		if err != nil || id < 1 || id > mirror.MaxVLAN {
			return nil, fmt.Errorf("%s: VLAN %q: %w", modNative, text.Quote(e.Text("id")), mirror.ErrParse)
		}
		out = append(out, mirror.VLAN{ID: id, Name: e.Text("name"), Remote: e.Has("remote-span") && e.Text("remote-span") != "false"})
	}
	slices.SortFunc(out, func(a, b mirror.VLAN) int { return a.ID - b.ID })
	return out, nil
}

// readLinks reads the state of interfaces, by their names.
func readLinks(state *data.Node) map[mirror.PortName]link {
	out := map[mirror.PortName]link{}
	for _, e := range state.Child("interfaces").All("interface") {
		s := e.Child("state")
		name := e.Text("name")
		if name == "" {
			name = s.Text("name")
		}
		out[grammar.Called(name)] = link{word: linkWord(s.Text("oper-status"), s.Text("admin-status")), speed: speedOf(e)}
	}
	for _, e := range state.Child("interfaces-state").All("interface") {
		l := link{word: linkWord(e.Text("oper-status"), e.Text("admin-status"))}
		if n, err := strconv.ParseInt(e.Text("speed"), 10, 64); err == nil && n > 0 {
			l.speed = mirror.BitsPerSecond(n)
		}
		out[grammar.Called(e.Text("name"))] = l
	}
	return out
}

func linkWord(oper, admin string) string {
	switch {
	case strings.EqualFold(admin, "down"):
		return "disabled"
	case strings.EqualFold(oper, "up"):
		return "connected"
	case oper == "":
		return ""
	}
	return "notconnect"
}

// speeds are the identities of OpenConfig that have a figure.
var speeds = map[string]mirror.BitsPerSecond{"SPEED_10MB": 10e6, "SPEED_100MB": 100e6, "SPEED_1GB": 1e9, "SPEED_2500MB": 2500e6, "SPEED_5GB": 5e9,
	"SPEED_10GB": 10e9, "SPEED_25GB": 25e9, "SPEED_40GB": 40e9, "SPEED_50GB": 50e9, "SPEED_100GB": 100e9, "SPEED_200GB": 200e9, "SPEED_400GB": 400e9}

// speedOf is what a port runs at: what it negotiated, else what it is set to; of a bundle
// what its members have together, in Mbit/s.
func speedOf(e *data.Node) mirror.BitsPerSecond {
	for _, leaf := range []string{"negotiated-port-speed", "port-speed"} {
		if s, ok := speeds[e.At("ethernet", "state").Identity(leaf)]; ok {
			return s
		}
	}
	if n, err := strconv.ParseInt(e.Text("aggregation", "state", "lag-speed"), 10, 64); err == nil && n > 0 {
		return mirror.BitsPerSecond(n) * 1e6
	}
	return 0
}
