package iosxe

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	yang "github.com/netmirror/netmirror/internal/lab/model"
)

// The modules of a switch, as far as the lab has them. What Cisco-IOS-XE-switch, -ethernet and
// -vlan add to the native model is general knowledge, and read only here.
func (m model) modules() (native, sw, eth, vlan, oc *yang.Module) {
	of := func(name string) *yang.Module {
		return &yang.Module{Name: "Cisco-IOS-XE-" + name, Namespace: "http://cisco.com/ns/yang/Cisco-IOS-XE-" + name, Revision: m.revision(), Organization: "Cisco Systems, Inc."}
	}
	oc = &yang.Module{Name: "openconfig-interfaces", Namespace: "http://openconfig.net/yang/interfaces", Revision: "2018-01-05", Organization: "OpenConfig working group"}
	return of("native"), of("switch"), of("ethernet"), of("vlan"), oc
}

// release is the minor number of 17.N.
func (m model) release() int {
	parts := strings.Split(m.version, ".")
	if len(parts) < 2 || parts[0] != "17" {
		return 0
	}
	n, _ := strconv.Atoi(parts[1])
	return n
}

// revision of the native module: three a year, 17.12.1 has that of 2023-07-01 (YangModels,
// revisions to 17.18.1).
func (m model) revision() string {
	third := 2023*3 + 1 + m.release() - 12
	return fmt.Sprintf("%d-%s-01", third/3, []string{"03", "07", "11"}[third%3])
}

func ipv4() *yang.Type {
	return yang.String("").Where(func(v string) string {
		if a, err := netip.ParseAddr(v); err != nil || !a.Is4() {
			return "not an address"
		}
		return ""
	})
}

func numberLeaf(leaf string, bits int, within string) *yang.Def {
	return yang.Leaf(leaf, yang.Uint(bits, within))
}

func wordLeaf(leaf string) *yang.Def { return yang.Leaf(leaf, yang.String("")) }

func directionLeaf(leaf string) *yang.Def { return yang.Leaf(leaf, yang.Enum("both rx tx")) }

func accessGroup(family string) *yang.Def {
	return yang.Container(family, yang.Container("access-group", wordLeaf("acl-name")))
}

func sourcesOf(vlans ...*yang.Def) *yang.Def {
	return yang.Container("source", append([]*yang.Def{yang.List("interface", "name", wordLeaf("name"), directionLeaf("direction"))}, vlans...)...)
}

// newSchema is the part of the models that the lab has: monitor sessions as in 17.12.1 and
// 17.18.1, and around them what tells of ports.
func (m model) newSchema() *yang.Schema {
	native, sw, eth, vlan, oc := m.modules()
	const v = "1..4094"
	low, sources := "1006..4094", []*yang.Def{yang.Container("vlan", numberLeaf("vlan", 16, v), directionLeaf("direction")), yang.Container("remote", numberLeaf("vlan", 16, "1..1001 | 1006..4094"))}
	filter := []*yang.Def{yang.Container("packet-type", yang.Leaf("status", yang.Enum("good bad")), yang.Leaf("direction", yang.Enum("rx tx"))), accessGroup("ip")}
	if m.release() >= 15 {
		low, sources = "2..1001 | 1006..4094", append(sources, yang.List("vlan-list", "vlan_set", numberLeaf("vlan_set", 16, v), directionLeaf("direction_set")))
	}
	if m.release() >= 18 {
		filter = append(filter, yang.List("vlan", "id", numberLeaf("id", 16, v)))
	}
	ingress := func(n *yang.Node) string {
		if n.Up().At("ingress") == nil {
			return "a leaf of a port that takes no traffic"
		}
		return ""
	}
	session := yang.List("session", "id", numberLeaf("id", 8, "1..66"),
		yang.Container("destination", yang.List("interface", "name", wordLeaf("name"), yang.Leaf("encapsulation", yang.Enum("dot1q isl replicate")),
			yang.Leaf("ingress", yang.Empty()), yang.Leaf("ingress-encap", yang.Enum("dot1q isl untagged")).Must(ingress), numberLeaf("vlan", 16, v).Must(ingress)),
			yang.Container("remote", numberLeaf("vlan", 16, low))),
		yang.Container("filter", filter...), sourcesOf(sources...),
		yang.Container("type",
			yang.Presence("erspan-source", wordLeaf("description"), sourcesOf(yang.List("vlan", "vlan1", numberLeaf("vlan1", 16, v), directionLeaf("direction"))),
				yang.Container("filter", yang.List("vlan", "vlan1", numberLeaf("vlan1", 16, v)), accessGroup("ip"), accessGroup("ipv6"), accessGroup("mac"), numberLeaf("sgt", 16, "")),
				numberLeaf("header-type", 8, "2..3"), yang.Leaf("shutdown-source", yang.Bool()).Defaults("true"),
				yang.Presence("destination", yang.Container("ip", yang.Leaf("address", ipv4()), numberLeaf("ttl", 16, "2..255"), numberLeaf("dscp", 16, "0..63")),
					numberLeaf("erspan-id", 16, "1..1023"), numberLeaf("mtu", 16, "176..9000"), wordLeaf("vrf"), yang.Container("origin", yang.Container("ip", yang.Leaf("address", ipv4()))))),
			yang.Presence("erspan-destination", wordLeaf("description"), yang.Container("destination", yang.List("interface", "name", wordLeaf("name"))),
				yang.Leaf("shutdown-destination", yang.Bool()).Defaults("true"),
				yang.Presence("source", yang.Container("ip", yang.Leaf("address", ipv4())), numberLeaf("erspan-id", 16, "1..1023")))))
	var kinds []*yang.Def
	for _, k := range names.Kinds {
		kinds = append(kinds, yang.List(yangKind(k.Full), "name", wordLeaf("name"), wordLeaf("description"),
			yang.Container("switchport-conf", yang.Leaf("switchport", yang.Bool())),
			yang.Container("switchport-config", yang.Container("switchport",
				yang.Container("mode", yang.Container("access"), yang.Presence("trunk")).In(sw),
				yang.Container("access", yang.Container("vlan", numberLeaf("vlan", 16, v))).In(sw),
				yang.Container("trunk", yang.Container("allowed", yang.Container("vlan", wordLeaf("vlans"))), yang.Container("native", yang.Container("vlan", numberLeaf("vlan-id", 16, v)))).In(sw))),
			yang.Container("channel-group", numberLeaf("number", 16, "1..512")).In(eth),
			yang.Leaf("shutdown", yang.Empty()),
			yang.Container("ip", yang.Container("address", yang.Container("primary", yang.Leaf("address", ipv4()), yang.Leaf("mask", ipv4()))))))
	}
	top := yang.Container("native", wordLeaf("version"), wordLeaf("hostname"), yang.Container("license", yang.Container("udi", wordLeaf("pid"), wordLeaf("sn"))),
		yang.Container("vlan", yang.List("vlan-list", "id", numberLeaf("id", 16, v), wordLeaf("name"), yang.Leaf("remote-span", yang.Empty())).In(vlan)),
		yang.Container("interface", kinds...), yang.Container("monitor", session)).In(native)
	link := yang.Container("interfaces", yang.List("interface", "name", wordLeaf("name"), yang.Container("state", wordLeaf("name"), wordLeaf("oper-status"), wordLeaf("admin-status")),
		yang.Container("ethernet", yang.Container("state", wordLeaf("port-speed"))))).In(oc).ReadOnly()
	return yang.NewSchema(top, link)
}

// yangKind is how the model calls a kind of interface.
func yangKind(full string) string {
	if full == "FiftyGigE" {
		return "FiftyGigabitEthernet"
	}
	return full
}
