package srl

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/model"
)

// protocols are the names of IP protocols, as of the YANG.
var protocols = map[string]int{"ipv6-hop": 0, "icmp": 1, "igmp": 2, "ggp": 3, "ipv4": 4, "st": 5, "tcp": 6, "egp": 8, "igp": 9, "udp": 17, "ipv6": 41, "idrp": 45, "rsvp": 46, "gre": 47, "esp": 50, "ah": 51, "icmp6": 58,
	"no-next-hdr": 59, "ipv6-dest-opts": 60, "eigrp": 88, "ospf": 89, "pim": 103, "vrrp": 112, "l2tp": 115, "sctp": 132, "mpls-in-ip": 137, "rohc": 142}

// services are names of ports; the YANG has more.
var services = map[string]int{"ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23, "domain": 53, "bootps": 67, "bootpc": 68, "tftp": 69, "http": 80, "ntp": 123, "snmp": 161, "bgp": 179, "https": 443, "syslog": 514}

func enumOf(m map[string]int) *model.Type {
	var all []string
	for name := range m {
		all = append(all, name)
	}
	return model.Enum(strings.Join(all, " "))
}

// acl is the schema of access lists.
func (k kind) acl() *model.Def {
	m := k.module("acl", "acl:acl")
	filter := func(list, keys string, kids ...*model.Def) *model.Def {
		return model.List(list, keys, append(append([]*model.Def{model.Leaf("name", name())}, kids...), model.Leaf("description", description()), entries())...)
	}
	if !k.from(24, 3) {
		// How older releases match is general knowledge.
		return model.Container("acl", filter("ipv4-filter", "name"), filter("ipv6-filter", "name")).In(m)
	}
	return model.Container("acl", filter("acl-filter", "name type", model.Leaf("type", model.Enum("ipv4 ipv6 mac"))), binding()).In(m)
}

// binding is where lists are in use: the id is a free label, interface-ref is what counts.
func binding() *model.Def {
	there := func(n *model.Node) bool {
		return n.Root().At("acl").Entry("acl-filter", n.Up().KeyValues()...) != nil
	}
	side := func(name string) *model.Def {
		return model.Container(name, model.List("acl-filter", "name type", model.Leaf("name", model.String("").Ref("/acl/acl-filter/name", there)),
			model.Leaf("type", model.Enum("ipv4 ipv6 mac").Ref("/acl/acl-filter/type", there))).AtMost(4).OrderedByUser())
	}
	return model.List("interface", "interface-id", model.Leaf("interface-id", name()),
		model.Container("interface-ref",
			model.Leaf("interface", model.String("").Ref("/interface/name", func(n *model.Node) bool { return n.Root().Entry("interface", n.Value) != nil })),
			model.Leaf("subinterface", model.Uint(32, "").Ref("/interface/subinterface/index", func(n *model.Node) bool {
				return n.Root().Entry("interface", n.Up().Text("interface")).Entry("subinterface", n.Value) != nil
			})).Must(func(n *model.Node) string {
				switch ref := n.Up(); {
				case ref.At("interface") == nil:
					return "interface must be configured when subinterface is set"
				case n.Root().Entry("interface", ref.Text("interface")).Entry("subinterface", n.Value).Text("type") == "local-mirror-dest":
					return "ACL allowed with subinterface type bridged or routed"
				}
				return ""
			})),
		side("input"), side("output"))
}

// oldBinding is how releases before 24.3 bind lists to a sub-interface: general knowledge.
func (k kind) oldBinding() *model.Def {
	side := func(name string) *model.Def {
		out := model.Container(name)
		for _, list := range []string{"ipv4-filter", "ipv6-filter"} {
			out.Kids = append(out.Kids, model.Leaf(list, model.String("").Ref("/acl/"+list+"/name", func(n *model.Node) bool { return n.Root().At("acl").Entry(list, n.Value) != nil })))
		}
		return out
	}
	return model.Container("acl", side("input"), side("output")).In(k.module("acl", "acl:acl"))
}

func entries() *model.Def {
	family := func(kinds ...string) func(*model.Node) string {
		return func(n *model.Node) string {
			for ; n != nil; n = n.Up() {
				if strings.HasSuffix(n.Def.Name, "-filter") {
					kind := n.Text("type") + strings.TrimSuffix(n.Def.Name, "-filter") // older lists have it in their name
					for _, k := range kinds {
						if strings.HasPrefix(kind, k) {
							return ""
						}
					}
				}
			}
			return "The acl-filter must be of type " + strings.Join(kinds, " or ")
		}
	}
	mac := func(name string) *model.Def {
		octets := func() *model.Type { return model.String("", `[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}`) }
		return model.Container(name, model.Leaf("address", octets()).Must(family("mac")), model.Leaf("mask", octets()).Must(family("mac")))
	}
	ip := func(name string, four bool, kinds string) *model.Def {
		return model.Container(name, model.Leaf("prefix", prefix(four)).Must(family(kinds)))
	}
	protocol := func() *model.Type { return model.Union(model.Uint(8, ""), enumOf(protocols)) }
	port := func(name string) *model.Def {
		number := func() *model.Type { return model.Union(model.Uint(16, ""), enumOf(services)) }
		transport := func(n *model.Node) string {
			match := n
			for match.Def.Name != "match" {
				match = match.Up()
			}
			for _, p := range []string{match.Text("ipv4", "protocol"), match.Text("ipv6", "next-header")} {
				if p == "6" || p == "17" || p == "tcp" || p == "udp" {
					return ""
				}
			}
			return "The protocol or next-header must be TCP or UDP to use port value"
		}
		return model.Container(name, model.Leaf("operator", model.Enum("le ge eq")), model.Leaf("value", number()).Must(transport),
			model.Container("range", model.Leaf("start", number()).Must(transport), model.Leaf("end", number()).Must(transport)))
	}
	return model.List("entry", "sequence-id",
		model.Leaf("sequence-id", model.Uint(32, "0..65535")), model.Leaf("description", description()),
		model.Container("match",
			model.Container("l2", mac("destination-mac"), model.Leaf("ethertype", model.Union(model.String("", "0x[0-9a-fA-F]{1,4}"), model.Enum("ipv4 arp ipv6 lldp"))).Must(family("mac")), mac("source-mac")),
			model.Container("ipv4", ip("destination-ip", true, "ipv4"), model.Leaf("protocol", protocol()).Must(family("ipv4")), ip("source-ip", true, "ipv4")),
			model.Container("ipv6", ip("destination-ip", false, "ipv6"), model.Leaf("next-header", protocol()).Must(family("ipv6")), ip("source-ip", false, "ipv6")),
			model.Container("transport", port("destination-port"), port("source-port"))),
		model.Container("action", model.Presence("accept").Of("action", "accept"), model.Presence("drop").Of("action", "drop"), model.Leaf("log", model.Bool()).Defaults("false")))
}

// A bound is a list that is in use on what enters a sub-interface.
type bound struct {
	subif  string
	filter *model.Node
}

// bounds are the lists in use on what enters.
func bounds(c config) (out []bound) {
	for _, b := range c.At("acl").All("interface") {
		ref := b.At("interface-ref")
		for _, f := range b.At("input").All("acl-filter") {
			out = append(out, bound{ref.Text("interface") + "." + ref.Text("subinterface"), c.At("acl").Entry("acl-filter", f.KeyValues()...)})
		}
	}
	for _, port := range c.All("interface") {
		for _, s := range port.All("subinterface") {
			for _, list := range []string{"ipv4-filter", "ipv6-filter"} {
				if f := s.At("acl", "input", list); f != nil {
					out = append(out, bound{port.Text("name") + "." + s.Text("index"), c.At("acl").Entry(list, f.Value)})
				}
			}
		}
	}
	return out
}

// hit is the first entry of a list that a packet fits, nil = none. A list of another
// family than the packet has none.
func hit(filter *model.Node, p fabric.Packet) *model.Node {
	if kind := filter.Text("type") + filter.Def.Name; strings.HasPrefix(kind, "ipv6") != p.Is6() && !strings.HasPrefix(kind, "mac") {
		return nil
	}
	for _, e := range filter.All("entry") {
		if fits(e.At("match"), p) {
			return e
		}
	}
	return nil
}

// fits looks at what is known of a packet: of addresses of hardware nothing is.
func fits(match *model.Node, p fabric.Packet) bool {
	if match == nil {
		return true
	}
	l2 := match.At("l2")
	if t := l2.Text("ethertype"); l2 != nil && (l2.At("source-mac") != nil || l2.At("destination-mac") != nil || t != "" && t != map[bool]string{true: "ipv6", false: "ipv4"}[p.Is6()]) {
		return false
	}
	for _, family := range []string{"ipv4", "ipv6"} {
		ip := match.At(family)
		proto := ip.Text("protocol") + ip.Text("next-header")
		if !inside(ip.Text("source-ip", "prefix"), p.From) || !inside(ip.Text("destination-ip", "prefix"), p.To) || proto != "" && number(proto, protocols) != p.Protocol {
			return false
		}
	}
	return portFits(match.At("transport", "source-port"), p.FromPort) && portFits(match.At("transport", "destination-port"), p.ToPort)
}

func inside(prefix string, a netip.Addr) bool {
	p, err := netip.ParsePrefix(prefix)
	return prefix == "" || err == nil && a.IsValid() && p.Contains(a)
}

func number(text string, known map[string]int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return known[text]
}

func portFits(n *model.Node, port int) bool {
	if n == nil {
		return true
	}
	if r := n.At("range"); r != nil {
		return port >= number(r.Text("start"), services) && port <= number(r.Text("end"), services) && port > 0
	}
	value := number(n.Text("value"), services)
	switch n.Text("operator") {
	case "le":
		return port <= value && port > 0
	case "ge":
		return port >= value
	}
	return n.At("value") == nil || port == value
}

// filter is what the lists of a port decide about what enters, nil where it has none. What
// a list does with a packet that no entry fits is not recorded: it drops it.
func (d *device) filter(port string) fabric.Filter {
	var lists []*model.Node
	for _, b := range bounds(d.Running) {
		if cmdline.PortOf(b.subif) == port && b.filter != nil {
			lists = append(lists, b.filter)
		}
	}
	if len(lists) == 0 {
		return nil
	}
	return func(p fabric.Packet) (v fabric.Verdict) {
		for _, l := range lists {
			kind := l.Text("type") + l.Def.Name
			if !strings.HasPrefix(kind, "mac") && strings.HasPrefix(kind, "ipv6") != p.Is6() {
				continue
			}
			e := hit(l, p)
			v.Drop = v.Drop || e == nil || e.At("action", "accept") == nil
		}
		return v
	}
}
