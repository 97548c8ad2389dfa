package srl

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/model"
)

// The patterns of names, as of the YANG.
const (
	eth    = `ethernet-[1-9]\d?(?:/m[1-6])?(?:/[1-9]\d?)?/(?:[1-9]\d?|1[01]\d|12[0-8])`
	lag    = `lag(?:[1-9]\d{0,2}|1000)`
	others = `mgmt0|mgmt0-standby|system0|sync0|(?:lo|irb)(?:0|1\d\d|2(?:[0-4]\d|5[0-5])|[1-9]\d|[1-9])`
	index  = `\.(?:0|[1-9]\d{0,3})`
	words  = "[A-Za-z0-9!@#$%^&()|+=`~.,/_:;?-][A-Za-z0-9 !@#$%^&()|+=`~.,/_:;?-]*"
)

func name() *model.Type        { return model.String("1..255", words) }
func description() *model.Type { return model.String("1..255") }
func admin() *model.Def {
	return model.Leaf("admin-state", model.Enum("enable disable")).Defaults("enable")
}
func oper() *model.Type {
	return model.Enum("up down empty downloading booting starting failed synchronizing upgrading low-power degraded warm-reboot waiting")
}
func text(leaf string) *model.Def    { return model.Leaf(leaf, model.String("")).ReadOnly() }
func counter(leaf string) *model.Def { return model.Leaf(leaf, model.Uint(64, "")).ReadOnly() }
func interfaceName() *model.Type     { return model.String("3..21", eth+"|"+lag) }
func subifName() *model.Type         { return model.String("5..26", "(?:"+eth+"|"+lag+")"+index) }

func address(four, six bool) *model.Type {
	return model.String("").Where(func(v string) string {
		if a, err := netip.ParseAddr(v); err != nil || a.Zone() != "" || !(four && a.Is4() || six && a.Is6()) {
			return "not an address"
		}
		return ""
	})
}

func prefix(four bool) *model.Type {
	return model.String("").Where(func(v string) string {
		if p, err := netip.ParsePrefix(v); err != nil || p.Addr().Is4() != four {
			return "not a prefix"
		}
		return ""
	})
}

// An area is a module with its namespace after the prefix that all have.
func (k kind) module(name, area string) *model.Module {
	m := &model.Module{Name: "srl_nokia-" + name, Organization: "Nokia", Namespace: "urn:nokia.com:srlinux:" + area, Revision: k.revision()}
	if !k.from(24, 3) { // of mirroring it is known, of the others general knowledge
		m.Namespace = "urn:srl_nokia/" + name
		if name == "mirroring" {
			m.Namespace = "urn:srl_nokia/system/mirroring"
		}
	}
	return m
}

// revision is the date of a release's modules, the last day of its month.
func (k kind) revision() string {
	day := map[int]int{3: 31, 6: 30, 7: 31, 10: 31, 11: 30}[k.minor]
	return fmt.Sprintf("20%02d-%02d-%02d", k.major, k.minor, max(day, 28))
}

// newSchema is what of a release's YANG the lab has.
func (k kind) newSchema() *model.Schema {
	s := model.NewSchema(k.interfaces(), k.acl(), k.networkInstances(), k.system(), k.platform(), openconfig())
	s.BareNames = true // fact sheet, 4; general knowledge
	s.Words = wordsOf
	return s
}

// wordsOf puts errors in the device's words, as far as they are recorded (fact sheet, 4
// and 5).
func wordsOf(e *model.Error) {
	switch {
	case e.Tag == model.TagUnknownElement:
		e.Text = fmt.Sprintf("Path not valid - unknown element '%s'. Options are [%s]", e.Name, strings.Join(e.Options, ", "))
	case e.AppTag == "no-match":
		e.Text = fmt.Sprintf("Path '%s' does not specify any existing objects", dotted(e.At))
	case e.Tag == model.TagInvalidValue && e.Pattern != "":
		e.Text = fmt.Sprintf("Failed to parse value '%s' for key '%s' (Must match the pattern '%s')", e.Value, e.Name, e.Pattern)
	}
}

// dotted is a path as errors write it.
func dotted(p model.Path) string {
	var b strings.Builder
	for _, e := range p {
		b.WriteString("." + e.Name)
		for key, value := range e.Keys {
			b.WriteString("{." + key + "==" + value + "}")
		}
	}
	return b.String()
}

func (k kind) interfaces() *model.Def {
	vlans := k.module("interfaces-vlans", "chassis:interfaces-vlans")
	plain := func(n *model.Node) bool { return !strings.HasSuffix(n.Text("type"), "routed") && n.Text("type") != "" }
	noAddresses := func(n *model.Node) string {
		if plain(n.Up()) && n.Text("admin-state") != "disable" {
			return "ipv4 configuration not allowed on bridged or local-mirror-dest subinterfaces"
		}
		return ""
	}
	stack := func(name string, four bool) *model.Def {
		noAddresses := func(n *model.Node) string { return strings.Replace(noAddresses(n), "ipv4", name, 1) }
		return model.Container(name, model.Leaf("admin-state", model.Enum("enable disable")).Defaults("disable"), model.List("address", "ip-prefix", model.Leaf("ip-prefix", prefix(four))).AtMost(64)).Must(noAddresses)
	}
	sub := model.List("subinterface", "index",
		model.Leaf("index", model.Uint(32, "0..9999")),
		model.Leaf("type", model.Identity("srl_nokia-interfaces:routed srl_nokia-interfaces:bridged srl_nokia-interfaces:local-mirror-dest")).Must(subifType),
		model.Leaf("description", description()), admin(),
		model.Leaf("ip-mtu", model.Uint(16, "1280..9486")).Must(func(n *model.Node) string {
			if plain(n.Up()) {
				return "ip-mtu not allowed with type bridged or type local-mirror-dest"
			}
			return ""
		}),
		text("name"), model.Leaf("ifindex", model.Uint(32, "")).ReadOnly(), model.Leaf("oper-state", model.Enum("up down")).ReadOnly(), text("oper-down-reason"),
		stack("ipv4", true), stack("ipv6", false),
		model.Container("vlan", model.Container("encap",
			model.Presence("single-tagged", model.Leaf("vlan-id", model.Union(model.Uint(16, "1..4094"), model.Enum("optional any"))).Must(tagging("vlan-id only configurable if vlan-tagging enabled on parent interface"))),
			model.Presence("untagged").Must(tagging("untagged only configurable if vlan-tagging enabled on parent interface")),
		)).In(vlans),
		model.Presence("local-mirror-destination", admin(), model.Leaf("oper-state", oper()).ReadOnly()).
			In(k.module("interfaces-local-mirror-destination", "mirror:interfaces-local-mirror-destination")).Must(func(n *model.Node) string {
			if n.Up().Text("type") != "local-mirror-dest" {
				return notMirrorDest
			}
			return ""
		}),
	).AtMost(4095)
	if !k.from(24, 3) {
		sub.Kids = append(sub.Kids, k.oldBinding())
	}
	statistics := []*model.Def{}
	for _, name := range strings.Fields("in-packets in-octets in-unicast-packets in-broadcast-packets in-multicast-packets in-discarded-packets in-error-packets in-fcs-error-packets out-packets out-octets " +
		"out-mirror-octets out-unicast-packets out-broadcast-packets out-multicast-packets out-discarded-packets out-error-packets out-mirror-packets carrier-transitions") {
		if k.has["mirroring-intf-stats"] || !strings.HasPrefix(name, "out-mirror") {
			statistics = append(statistics, counter(name))
		}
	}
	return model.List("interface", "name",
		model.Leaf("name", model.String("3..21", eth+"|"+lag+"|"+others)),
		model.Leaf("description", description()), admin(),
		model.Presence("breakout-mode", model.Leaf("num-breakout-ports", model.Enum("1 2 3 4 8")).Required(), model.Leaf("breakout-port-speed", model.Enum("1G 10G 25G 50G 100G 200G 400G"))),
		model.Leaf("mtu", model.Uint(16, "1450..9500")),
		model.Leaf("vlan-tagging", model.Bool()).In(vlans),
		model.Leaf("ifindex", model.Uint(32, "")).ReadOnly(), model.Leaf("oper-state", model.Enum("up down testing")).ReadOnly(), text("oper-down-reason"),
		model.Container("ethernet",
			model.Leaf("aggregate-id", model.String("").Ref("/interface/name", func(n *model.Node) bool { return n.Root().Entry("interface", n.Value) != nil })),
			model.Leaf("port-speed", model.Enum("10M 100M 1G 10G 25G 40G 50G 100G 200G 400G 800G 1T")), text("hw-mac-address")),
		model.Container("statistics", statistics...).ReadOnly(),
		model.Container("traffic-rate", counter("in-bps"), counter("out-bps")).ReadOnly(),
		// Of link aggregation no module is at hand: its names are general knowledge.
		model.Container("lag", model.Leaf("lag-type", model.Enum("static lacp")), model.Leaf("lag-speed", model.Uint(32, "")).ReadOnly()).In(k.module("interfaces-lag", "lag:interfaces-lag")),
		sub,
	).In(k.module("interfaces", "chassis:interfaces"))
}

func (k kind) networkInstances() *model.Def {
	m := k.module("network-instance", "net-inst:network-instance")
	return model.List("network-instance", "name",
		model.Leaf("name", model.String("1..247", strings.ReplaceAll(words, "/", ""))),
		model.Leaf("type", model.Identity("srl_nokia-network-instance:host srl_nokia-network-instance:default srl_nokia-network-instance:ip-vrf srl_nokia-network-instance:mac-vrf")).Defaults("default"),
		admin(), model.Leaf("oper-state", oper()).ReadOnly(), model.Leaf("description", description()),
		model.List("interface", "name", model.Leaf("name", model.String("5..26", "(?:"+eth+"|"+lag+"|"+others+")"+index)).Must(func(n *model.Node) string {
			if subinterface(n, n.Value).Text("type") == "local-mirror-dest" {
				return "subinterface with type local-mirror-dest cannot be configured on network-instance"
			}
			return ""
		})),
	).In(m)
}

func (k kind) system() *model.Def {
	grpc := model.List("grpc-server", "name", model.Leaf("name", name()), model.Leaf("admin-state", model.Enum("enable disable")).Defaults("disable"),
		// The leaves are of the vendor's YANG; where they stand is general knowledge.
		model.Container("gnmi", model.Leaf("commit-confirmed-timeout", model.Uint(32, "0..86400")).Defaults("0"), model.Leaf("commit-save", model.Bool()).Defaults("false")),
	).In(k.module("grpc", "grpc:grpc"))
	return model.Container("system",
		model.LeafList("features", name()).ReadOnly(),
		model.Container("management", model.Container("openconfig", model.Leaf("admin-state", model.Enum("enable disable")).Defaults("disable"))),
		model.Container("name", model.Leaf("host-name", model.String("1..63"))).In(k.module("system-name", "general:system-name")),
		model.Container("information", model.Leaf("contact", description()), model.Leaf("location", description()), text("version"), text("description")).In(k.module("system-info", "general:system-info")),
		model.Container("lldp", model.Leaf("admin-state", model.Enum("enable disable")).Defaults("disable")).In(k.module("lldp", "lldp:lldp")),
		grpc, k.mirroring(),
	).In(k.module("system", "general:system"))
}

// platform is what tells the hardware; where it stands is general knowledge.
func (k kind) platform() *model.Def {
	return model.Container("platform", model.Container("chassis", text("type"), text("serial-number")).In(k.module("platform-chassis", "chassis:platform-chassis"))).ReadOnly().In(k.module("platform", "chassis:platform"))
}

// openconfig is what of OpenConfig the watch of counters needs; it is there while the
// OpenConfig server is enabled.
func openconfig() *model.Def {
	of := func(name, path string) *model.Module {
		return &model.Module{Name: "openconfig-" + name, Organization: "OpenConfig working group", Namespace: "http://openconfig.net/yang/" + path}
	}
	var counters []*model.Def
	for _, name := range strings.Fields("in-octets in-pkts in-discards out-octets out-pkts out-discards") {
		counters = append(counters, counter(name))
	}
	return model.Container("interfaces", model.List("interface", "name", text("name"),
		model.Container("state", text("name"), model.Leaf("admin-status", model.Enum("UP DOWN TESTING")), model.Leaf("oper-status", model.Enum("UP DOWN")), model.Container("counters", counters...)),
		model.Container("ethernet", model.Container("state", text("mac-address"), text("port-speed"))).In(of("if-ethernet", "interfaces/ethernet")),
		model.Container("aggregation", model.Container("state", model.Leaf("lag-speed", model.Uint(32, "")))).In(of("if-aggregate", "interfaces/aggregate")),
	)).ReadOnly().In(of("interfaces", "interfaces"))
}
