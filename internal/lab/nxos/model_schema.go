package nxos

import (
	"net/netip"
	"strings"

	yang "github.com/netmirror/netmirror/internal/lab/model"
)

// dme is the device's own model, of which the lab has what concerns sessions and ports.
var dme = &yang.Module{Name: "Cisco-NX-OS-device", Namespace: "http://cisco.com/ns/yang/cisco-nx-os-device", Revision: "2019-11-13", Organization: "Cisco Systems, Inc."}

// address is address_Ip. That nothing is written as 0.0.0.0 is general knowledge.
func address() *yang.Type {
	return yang.String("").Where(func(v string) string {
		if _, err := netip.ParseAddr(v); err != nil {
			return "not an address"
		}
		return ""
	})
}

// enums are the states of the YANG by the words that show commands have for them (fact
// sheet, 2.2).
var enums = map[string]string{"The session is up": "active", "No hardware resource": "no-hw-res", "No operational src/dst": "no-oper-src-dst", genericErr: "error",
	"No sources configured": "no-src", "No dest configured": "no-dst", "No src/dst configured": "no-src-dst", "Session admin shut": "shut", "Dst in wrong mode": "invalid-dst-mode",
	"Src in wrong mode": "invalid-src-mode", "No erspan-id specified": "no-flow-id", "Multi-dst not allowed": "multi-dest-not_allowed", "No valid VRF": "invalid-vrf",
	"No valid IP address": "invalid-ip", "No route to destination IP address": "no-route", "ARP not resolved": "arp-not-resolved", "Egress interface not resolved": "no-eg-intf",
	"Hardware error": "hw-err"}

// newSchema is Monitor-list as the YANG of 9.3(2) has it. Of what is around it only
// spanMode is documented where ours comes from; the names of other leaves are those that
// public clients read.
func newSchema() *yang.Schema {
	direction := func() *yang.Def {
		return yang.Leaf("direction", yang.Enum("invalid rx tx both any")).Defaults("both")
	}
	text := func(name string) *yang.Def { return yang.Leaf(name, yang.String("")) }
	state := func(name string) *yang.Def { return text(name).ReadOnly() }
	var reasons []string
	for _, e := range enums {
		reasons = append(reasons, e)
	}
	monitor := yang.List("Monitor-list", "id", yang.Leaf("id", yang.Uint(16, "1..32")),
		yang.Leaf("type", yang.Enum("local erspan-source erspanDst aclCapture fcIsolaLocal ethSpanWarp spanWarp invalid")).Defaults("local"),
		yang.Leaf("operState", yang.Enum(strings.Join(reasons, " "))).ReadOnly(),
		yang.Leaf("configState", yang.Enum("up down")).Defaults("down"),
		yang.Leaf("description", yang.String("0..32")), yang.Leaf("vrfName", yang.String("0..32")), yang.Leaf("aclName", yang.String("0..64")),
		yang.Leaf("mtu", yang.Uint(16, "64..10240")).Defaults("10240"), yang.Leaf("headerType", yang.Enum("v2 v3 v3-rfc-compliant")),
		// The defaults that the YANG has for these are not those of devices (fact sheet, 3).
		yang.Leaf("isMarkerPacket", yang.Bool()), yang.Leaf("isFwdDropsRx", yang.Bool()), yang.Leaf("isFwdDropsRxLowPriority", yang.Bool()),
		yang.Leaf("erspanId", yang.Uint(16, "0..1023")).Defaults("0"), yang.Leaf("ipTtl", yang.Uint(16, "1..255")).Defaults("255"), yang.Leaf("ipDscp", yang.Uint(16, "0..63")).Defaults("0"),
		yang.Leaf("markerPktInt", yang.Uint(16, "100..1000")).Defaults("100"),
		text("destinationPorts"), yang.Leaf("destinationIp", address()), yang.Leaf("sourceIp", address()), yang.Leaf("shutError", yang.Uint(16, "0..32")).ReadOnly(),
		yang.Container("srcintf-items", yang.List("SourceIntf-list", "id", text("id"), direction(), yang.Leaf("error", yang.Uint(16, "0..32")).ReadOnly())),
		yang.Container("src-items", yang.List("SourceVlan-list", "vlan", text("vlan"), direction())),
		yang.Container("filter-items", yang.List("FilterVlan-list", "vlan", text("vlan"))))
	port := func(list, oper string, more ...*yang.Def) *yang.Def {
		return yang.List(list, "id", append([]*yang.Def{text("id"), text("descr"), yang.Leaf("adminSt", yang.Enum("up down")).Defaults("up"), yang.Leaf("layer", yang.Enum("Layer2 Layer3")),
			yang.Leaf("mode", yang.Enum("access trunk")), text("accessVlan"), text("nativeVlan"), text("trunkVlans"),
			yang.Leaf("spanMode", yang.Enum("not-a-span-dest span-dest span-dest-fwd span-dest-fwd-learn")).Defaults("not-a-span-dest"),
			yang.Container(oper, state("operSt"), state("operSpeed")).ReadOnly()}, more...)...)
	}
	heard := func(items string) *yang.Def {
		return yang.Container(items, yang.Container("inst-items", yang.Container("if-items",
			yang.List("If-list", "id", text("id"), yang.Container("adj-items", yang.List("AdjEp-list", "id", text("id"), text("sysName"))))))).ReadOnly()
	}
	s := yang.NewSchema(yang.Container("System", text("name"), state("serial"),
		yang.Container("ch-items", state("model")).ReadOnly(), yang.Container("showversion-items", state("nxosVersion")).ReadOnly(),
		yang.Container("span-items", yang.Container("originip-items", yang.Leaf("originIp", address())), yang.Container("monitor-items", monitor)),
		yang.Container("intf-items", yang.Container("phys-items", port("PhysIf-list", "phys-items")),
			yang.Container("aggr-items", port("AggrIf-list", "aggrif-items", yang.Container("rsmbrIfs-items", yang.List("RsMbrIfs-list", "tDn", text("tDn")))))),
		heard("lldp-items"), heard("cdp-items"),
		yang.Container("mac-items", yang.Container("table-items", yang.Container("vlan-items",
			yang.List("MacAddressEntry-list", "vlan macAddress", text("vlan"), text("macAddress"), text("port"), text("type"))))).ReadOnly(),
	).In(dme))
	s.BareNames = true
	return s
}
