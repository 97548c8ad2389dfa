package iosxr

import (
	"strconv"
	"strings"
	"sync"

	yang "github.com/netmirror/netmirror/internal/lab/model"
)

// module is one of Cisco's, with the revision of release 7.9.21 where the lab was checked
// against its text, else the one that a public hello of that release has.
func module(name, revision string) *yang.Module {
	return &yang.Module{Name: name, Namespace: "http://cisco.com/ns/yang/" + name, Revision: revision, Organization: "Cisco Systems, Inc."}
}

// The modules that the lab has. Of those behind the first four public programs tell the
// names of nodes (Cisco's own provider of Terraform, napalm); their texts were not there
// to be checked against.
var (
	umSessions    = module("Cisco-IOS-XR-um-monitor-session-cfg", "2022-10-17")
	umInterface   = module("Cisco-IOS-XR-um-interface-cfg", "2022-07-11")
	umL2transport = module("Cisco-IOS-XR-um-if-l2transport-cfg", "2022-07-11")
	spanOper      = module("Cisco-IOS-XR-Ethernet-SPAN-oper", "2022-09-08")

	umAddress    = module("Cisco-IOS-XR-um-if-ip-address-cfg", "2022-07-11")
	umGroups     = module("Cisco-IOS-XR-um-if-access-group-cfg", "2022-07-11")
	umBundle     = module("Cisco-IOS-XR-um-if-bundle-cfg", "2022-07-11")
	umTunnel     = module("Cisco-IOS-XR-um-if-tunnel-cfg", "2022-07-11")
	umL2Ethernet = module("Cisco-IOS-XR-um-l2-ethernet-cfg", "2022-07-11")
	umVRF        = module("Cisco-IOS-XR-um-if-vrf-cfg", "2022-07-11")
	inventory    = module("Cisco-IOS-XR-invmgr-oper", "2022-07-11")
	shellUtil    = module("Cisco-IOS-XR-shellutil-oper", "2022-07-11")
	openConfig   = &yang.Module{Name: "openconfig-interfaces", Namespace: "http://openconfig.net/yang/interfaces", Revision: "2021-04-06", Organization: "OpenConfig working group"}
	openEthernet = &yang.Module{Name: "openconfig-if-ethernet", Namespace: "http://openconfig.net/yang/interfaces/ethernet", Revision: "2021-06-09", Organization: "OpenConfig working group"}
)

// The types of the modules.
var (
	sessionType  = yang.String("1..79")
	portType     = yang.String("", `[a-zA-Z0-9.:_/-]+`)
	listType     = yang.String("1..80", `[\w\-\.:,_@#%$\+=\| ;]+`)
	classType    = yang.Enum(strings.ReplaceAll(classes, " | ", " "))
	intervalType = yang.Enum(strings.Join(intervals, " "))
)

// schemas are shared by all routers: with the model of sessions, and without it.
var schemas = sync.OnceValue(func() map[bool]*yang.Schema {
	return map[bool]*yang.Schema{true: schemaOf(true), false: schemaOf(false)}
})

// Schema is what the router has as data.
func (d *device) Schema() *yang.Schema { return schemas()[d.model.unified()] }

// unified reports whether a release has the model of sessions: the unified models are
// those of releases from 7 on, and this one was seen from 7.4 on (fact sheet, 3.1).
func (m model) unified() bool { return m.from(7, 4) }

// schemaOf defines the part of the models that the lab has; sessions says that there is a
// model of mirror sessions.
func schemaOf(sessions bool) *yang.Schema {
	all := []*yang.Def{
		yang.Container("interfaces", interfaceList("interface", sessions), interfaceList("interface-preconfigure", sessions)).In(umInterface),
		spanState(), portsState(), inventoryState(),
		yang.Container("system-time", yang.Container("uptime", leaves("host-name uptime")...)).In(shellUtil).ReadOnly(),
	}
	if sessions {
		all = append([]*yang.Def{yang.Container("monitor-sessions", sessionList()).In(umSessions)}, all...)
	}
	return yang.NewSchema(all...)
}

// leaves are texts.
func leaves(names string) (out []*yang.Def) {
	for name := range strings.FieldsSeq(names) {
		out = append(out, yang.Leaf(name, yang.String("")))
	}
	return out
}

// counts are counters.
func counts(names string) (out []*yang.Def) {
	for name := range strings.FieldsSeq(names) {
		out = append(out, yang.Leaf(name, yang.Uint(64, "")))
	}
	return out
}

// there reports whether one of some nodes stands beside a node: "a/b" below its parent.
func there(n *yang.Node, beside ...string) bool {
	for _, path := range beside {
		if n.Up().At(strings.Split(path, "/")...) != nil {
			return true
		}
	}
	return false
}

// excludes is a must statement: none of some nodes stands beside it.
func excludes(d *yang.Def, beside ...string) *yang.Def {
	return d.Must(func(n *yang.Node) string {
		if there(n, beside...) {
			return "'" + n.Def.Name + "' must not stand beside one of " + strings.Join(beside, ", ")
		}
		return ""
	})
}

// ofTypes is a when statement about the traffic-type of a session, that many levels above.
func ofTypes(d *yang.Def, up int, types ...string) *yang.Def {
	return d.Must(func(n *yang.Node) string {
		session := n
		for range up {
			session = session.Up()
		}
		is := session.Text("traffic-type")
		for _, t := range types {
			if t == is {
				return ""
			}
		}
		return "'" + n.Def.Name + "' is for sessions of " + strings.Join(types, ", ") + " alone"
	})
}

// sessionList is the list of sessions. Copies to UDP and to sFlow collectors, an ERSPAN id,
// CloudSPAN, what the traffic manager drops, and what is of all sessions at once have no
// words in the lab's command line: the schema does not have them, so that they are refused.
func sessionList() *yang.Def {
	mpls := []string{"ethernet", "mpls-ipv4", "mpls-ipv6"}
	ends := func(more ...string) []*yang.Def {
		return []*yang.Def{
			ofTypes(excludes(yang.Leaf("interface", portType), append([]string{"pseudowire", "next-hop/ipv4-address", "next-hop/ipv6-address"}, more...)...), 2, mpls...),
			ofTypes(excludes(yang.Presence("pseudowire"), append([]string{"interface", "next-hop/ipv4-address", "next-hop/ipv6-address"}, more...)...), 2, "ethernet"),
		}
	}
	hop := yang.Container("next-hop",
		ofTypes(yang.Leaf("ipv4-address", yang.String("", `[0-9.]*`)), 3, "ethernet", "ipv4"), ofTypes(yang.Leaf("ipv6-address", yang.String("", `[0-9a-fA-F:\.]*`)), 3, "ethernet", "ipv6"),
		yang.Leaf("vrf", yang.String("1..32")).Must(func(n *yang.Node) string {
			return map[bool]string{false: "'vrf' is of an address"}[there(n, "ipv4-address", "ipv6-address")]
		}))
	file := excludes(yang.Presence("file", yang.Leaf("size", yang.Uint(32, "1..16777216")), yang.Container("buffer-type", yang.Presence("linear")), yang.Container("format", yang.Presence("pcapng"))),
		"interface", "pseudowire", "next-hop/ipv4-address", "next-hop/ipv6-address")
	way := func(name string) *yang.Def {
		return yang.Presence(name, excludes(yang.Presence("rx"), "tx"), excludes(yang.Presence("tx"), "rx"))
	}
	return yang.List("monitor-session", "session-name",
		yang.Leaf("session-name", sessionType), yang.Leaf("traffic-type", classType).Required(),
		yang.Container("destination", append(ends("file"), hop, file)...),
		yang.Container("rx", ends()...), yang.Container("tx", ends()...),
		yang.Leaf("inject-interface", portType), yang.Leaf("discard-class", yang.Uint(32, "0..2")), yang.Leaf("traffic-class", yang.Uint(32, "0..7")),
		mirrorDef(), way("forward-drop"), way("protocol-capture"),
		yang.Container("rate-limit", yang.Leaf("rx", yang.Uint(32, "")), yang.Leaf("tx", yang.Uint(32, ""))))
}

func mirrorDef() *yang.Def {
	return yang.Container("mirror", yang.Leaf("first", yang.Uint(32, "1..10000")), yang.Leaf("interval", intervalType))
}

// attachmentList is what makes an interface a source.
func attachmentList() *yang.Def {
	kinds := strings.Split(classes, " | ")
	var kids []*yang.Def
	for i, k := range kinds {
		kids = append(kids, excludes(yang.Presence(k), append(append([]string{}, kinds[:i]...), kinds[i+1:]...)...))
	}
	list := yang.List("monitor-session", "session-name", append(append([]*yang.Def{yang.Leaf("session-name", sessionType)}, kids...),
		yang.Container("direction", excludes(yang.Presence("rx-only"), "tx-only"), excludes(yang.Presence("tx-only"), "rx-only")),
		yang.Presence("port-level"), yang.Presence("acl", yang.Leaf("acl-name", listType)),
		yang.Container("acl-ipv4", yang.Leaf("acl-name", listType)), yang.Container("acl-ipv6", yang.Leaf("acl-name", listType)), mirrorDef())...)
	list.Must(func(n *yang.Node) string {
		for _, k := range kinds {
			if n.At(k) != nil {
				return ""
			}
		}
		return "one of " + strings.Join(kinds, ", ") + " is missing"
	})
	return yang.Container("monitor-sessions", list).In(umSessions)
}

// interfaceList is a list of interfaces: those that are there, or those whose hardware is not.
func interfaceList(name string, sessions bool) *yang.Def {
	address := yang.Container("address", leaves("address netmask")...)
	groups := func() *yang.Def {
		return yang.Container("access-group", yang.Container("ingress", yang.Container("access-list-name-1", yang.Leaf("name", listType))),
			yang.Container("egress", yang.Container("access-list-name", yang.Leaf("name", listType)))).In(umGroups)
	}
	dot1q := func(name string) *yang.Def {
		return yang.Container(name, yang.Container("dot1q", yang.Leaf("vlan-id", yang.Uint(16, "1..4094")))).In(umL2Ethernet)
	}
	kids := []*yang.Def{
		yang.Leaf("interface-name", portType),
		yang.Container("sub-interface-type", yang.Presence("l2transport")),
		yang.Container("ipv4", yang.Container("addresses", address, yang.Leaf("unnumbered", portType)).In(umAddress), groups()),
		yang.Container("ipv6", yang.Container("addresses", yang.List("ipv6-address", "address", yang.Leaf("address", yang.String("")), yang.Leaf("prefix-length", yang.Uint(8, "0..128")))).In(umAddress),
			yang.Leaf("enable", yang.Empty()).In(umAddress), groups()),
		yang.Presence("shutdown"), yang.Leaf("mtu", yang.Uint(32, "64..65535")), yang.Leaf("description", yang.String("1..1024")),
		yang.Leaf("vrf", yang.String("1..32")).In(umVRF), dot1q("encapsulation"), dot1q("l2transport-encapsulation"),
		yang.Container("bundle", yang.Container("id", yang.Leaf("bundle-id", yang.Uint(32, "1..65535")), yang.Leaf("mode", yang.Enum("on active passive")))).In(umBundle),
		yang.Container("tunnel", yang.Container("mode", yang.Container("gre", yang.Presence("ipv4"), yang.Presence("ipv6"))),
			yang.Container("source", leaves("interface-name ipv4-address")...), yang.Container("destination", leaves("ipv4-address")...),
			yang.Leaf("vrf", yang.String("1..32")), yang.Leaf("tos", yang.Uint(8, "")), yang.Container("ttl", yang.Leaf("ttl-value", yang.Uint(8, "1..255")))).In(umTunnel),
	}
	l2 := yang.Presence("l2transport").In(umL2transport)
	if sessions {
		l2.Kids = []*yang.Def{attachmentList()}
		kids = append(kids, attachmentList())
	}
	return yang.List(name, "interface-name", append(kids, l2)...)
}

// spanState is the state of mirror sessions. Lists that have no key in the module have one
// here, which stands before the rest.
func spanState() *yang.Def {
	end := func(name string) *yang.Def { return yang.Container(name, leaves("interface-name interface-state")...) }
	six := "rx-packets-mirrored rx-octets-mirrored tx-packets-mirrored tx-octets-mirrored packets-not-mirrored octets-not-mirrored"
	bundle := yang.Container("bundle-data", leaves("bundle-name bundle-state")...)
	session := yang.List("global-session", "session", append(leaves("session name session-class"),
		yang.Container("destination-data", append([]*yang.Def{end("interface-data"), end("gre-tunnel-data"), bundle}, leaves("destination-class")...)...))...)
	attachment := yang.List("attachment", "session interface", append(leaves("session interface name global-class local-class source-interface source-interface-state"),
		append(counts("pfi-error config-error"), yang.Leaf("session-is-configured", yang.Bool()), yang.Leaf("source-interface-is-a-destination", yang.Bool()),
			yang.Container("traffic-parameters", append(leaves("traffic-direction"), yang.Leaf("port-level", yang.Bool()))...))...)...)
	held := yang.List("interface", "interface", append(leaves("interface source-interface"),
		append(counts("platform-error"), yang.List("attachment", "name", leaves("name class")...))...)...)
	set := yang.List("hardware-session", "name", append(leaves("name session-class-xr"), counts("platform-error")...)...)
	return yang.Container("span-monitor-session",
		yang.Container("global",
			yang.Container("statistics", yang.List("statistic", "session interface", append(leaves("session interface"), counts(six)...)...)),
			yang.Container("global-sessions", session),
			yang.Container("session-statistics", yang.List("session-statistic", "session", append(leaves("session"), counts(six)...)...))),
		yang.Container("nodes", yang.List("node", "node", yang.Leaf("node", yang.String("")), yang.Container("attachments", attachment),
			yang.Container("hardware-sessions", set), yang.Container("interfaces", held)))).In(spanOper).ReadOnly()
}

// portsState is the state of interfaces by OpenConfig.
func portsState() *yang.Def {
	counters := yang.Container("counters", counts("in-octets in-pkts out-octets out-pkts out-discards")...)
	return yang.Container("interfaces", yang.List("interface", "name", yang.Leaf("name", yang.String("")),
		yang.Container("state", append(leaves("name description admin-status oper-status"), counters)...),
		yang.Container("ethernet", yang.Container("state", leaves("port-speed")...)).In(openEthernet))).In(openConfig).ReadOnly()
}

// inventoryState is what the chassis tells of itself.
func inventoryState() *yang.Def {
	return yang.Container("inventory", yang.Container("entities", yang.List("entity", "name", yang.Leaf("name", yang.String("")),
		yang.Container("attributes", yang.Container("inv-basic-bag", leaves("software-revision model-name serial-number")...))))).In(inventory).ReadOnly()
}

// number is a number as it is written.
func number(n uint64) string { return strconv.FormatUint(n, 10) }
