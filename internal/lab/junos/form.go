package junos

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// names are the interface names: type, slot, module and number.
var names = &cmdline.PortNames{
	Kinds: []cmdline.PortKind{{Full: "ge-", Short: "ge-", Speed: fabric.Gbps}, {Full: "mge-", Short: "mge-", Speed: 2500 * fabric.Mbps}, {Full: "xe-", Short: "xe-", Speed: 10 * fabric.Gbps},
		{Full: "et-", Short: "et-", Speed: 100 * fabric.Gbps}, {Full: "ae", Short: "ae", Bundle: true}, {Full: "irb", Short: "irb"}, {Full: "vlan", Short: "vlan"},
		{Full: "gr-", Short: "gr-"}, {Full: "lo", Short: "lo"}, {Full: "me", Short: "me", Speed: fabric.Gbps}, {Full: "em", Short: "em", Speed: fabric.Gbps},
		{Full: "vme", Short: "vme"}, {Full: "fxp", Short: "fxp", Speed: fabric.Gbps}},
	Example: "ge-0/0/0-47", Subs: true,
}

func isLAG(name string) bool {
	return cmdline.KindOf(name) == "ae" && cmdline.PortOf(name) == name
}

// spellings are how values and names are kept.
var spellings = map[string]cmdline.Spelling{
	"ifl":    ifl,
	"iflall": func(w string) (string, bool) { kept, ok := ifl(w); return kept, ok || w == "all" },
	"ae": func(w string) (string, bool) {
		full, ok := names.Canonical(w)
		return w, ok && full == w && isLAG(w)
	},
	"name":   func(w string) (string, bool) { return w, len(w) <= 63 },
	"letter": func(w string) (string, bool) { return w, regexp.MustCompile(`^[A-Za-z].{0,124}$`).MatchString(w) },
	"loss":   func(w string) (string, bool) { return w, w == "low" || w == "high" },
	"ipv4":   func(w string) (string, bool) { a, err := netip.ParseAddr(w); return w, err == nil && a.Is4() },
	"ipv6":   func(w string) (string, bool) { a, err := netip.ParseAddr(w); return w, err == nil && a.Is6() },
	// A prefix without a length is one address; bits behind the length stay (general
	// knowledge).
	"prefix": func(w string) (string, bool) {
		if a, err := netip.ParseAddr(w); err == nil {
			return netip.PrefixFrom(a, a.BitLen()).String(), true
		}
		_, err := netip.ParsePrefix(w)
		return w, err == nil
	},
}

// ifl is a logical interface; a port stands for its unit 0 (general knowledge).
func ifl(w string) (string, bool) {
	if full, ok := names.Canonical(w); !ok || full != w {
		return "", false
	}
	if cmdline.PortOf(w) == w {
		w += ".0"
	}
	return w, true
}

// The hierarchies, as far as mirroring and its surroundings need them; whatever else
// people have stands below words that keep it as it is typed.
const (
	physical = `interfaces{#{description= disable! mtu=:256-9216 speed= native-vlan-id=:1-4094 encapsulation= vlan-tagging! flexible-vlan-tagging!
		ether-options{802.3ad=:ae ~} gigether-options{802.3ad=:ae ~} aggregated-ether-options{~} unit#:0-16385{description= disable! encapsulation= vlan-id=:1-4094
		family#{port-mode= interface-mode= native-vlan-id=:1-4094 vlan{members+} filter{input= output= input-list+} address#:prefix ~} ~} ~}} `
	head = `groups{#{@}} version= system{host-name= domain-name= time-zone= root-authentication{~} authentication-order+ login{~} services{~} syslog{~} ntp{~} name-server+
		license{~} ports{~} processes{~} commit{~} internet-options{~} radius-server{~} tacplus-server{~}} chassis{~} virtual-chassis{~} ` + physical + `snmp{~} `
	tail = `routing-options{static{route#:prefix{next-hop+ ~}} ~} protocols{~} policy-options{~} class-of-service{~}
		firewall{family{any{FILTERS} inet{FILTERS} inet6{FILTERS} ethernet-switching{FILTERS} bridge{FILTERS} ccc{FILTERS} mpls{FILTERS} vpls{FILTERS}} policer#{~}}
		routing-instances{~} ethernet-switching-options{LEGACY} security{~} event-options{~} poe{~}
		vlans{#{description= vlan-id=:1-4094 vlan-id-list+ interface#:ifl l3-interface= no-mac-learning! switch-options{no-mac-learning! ~} forwarding-options{filter{input= output=}} ~}}`
	// firewall are the filters of a family, which is nothing without them (it is a container in
	// Juniper's models).
	firewall = `filter*{interface-specific! term*{from{source-address#:prefix destination-address#:prefix ip-source-address#:prefix ip-destination-address#:prefix
		protocol+ ip-protocol+ next-header+ source-port+ destination-port+ vlan+ user-vlan-id+ ~} then{analyzer= port-mirror! port-mirror-instance= l2-mirror! count= log! syslog! policer= forwarding-class= loss-priority= accept! discard! reject!}}}`
	side   = `{interface*:ifl vlan* routing-instance*{vlan*}}`
	mirror = `analyzer*:name{input{rate=:1-65535 maximum-packet-length=:0-9216 ingress` + side + ` egress` + side + `}
		output{interface=:ifl ip-address=:ipv4 V6 next-hop-group= routing-instance*{ip-address=:ipv4 vlan*} vlan*{no-tag!} OUTER}} `
	instances = `port-mirroring{input{PM} family#{output{PMOUT}} instance*{input{PM} family#{output{PMOUT}}}} next-hop-group#{~} `
	others    = `dhcp-relay{~} helpers{~} load-balance{~} multicast{~} sampling{~} storm-control-profiles{~} enhanced-hash-key{~}`
	old       = `analyzer*:letter{ratio=:1-2047 loss-priority=:loss input{ingress{interface*:iflall vlan*} egress{interface*:iflall}} output{interface=:ifl vlan*}}
		storm-control{~} secure-access-port{~} voip{~} unknown-unicast-forwarding{~} redundant-trunk-group{~} bpdu-block{~} dot1q-tunneling{~}`
)

// formOf is the form of a model's configuration (fact sheet, 1.1 and 1.2).
func formOf(m product) *cmdline.Form {
	fill := []string{"PMOUT", "interface*:ifl{next-hop*} next-hop-group= no-filter-check!", "PM", "rate=:1-65535 run-length=:0-20 maximum-packet-length=:0-9216", "V6 ", "", "OUTER", "", "LEGACY", old, "FILTERS", firewall}
	text := head + "forwarding-options{" + others + "} " + tail
	if !m.legacy {
		if m.from(21, 4, 1) {
			fill[5] = "ipv6-address=:ipv6 "
		}
		if m.qfx && m.from(23, 4, 2) {
			fill[7] = "source-ip-address=:ipv4 source-ipv6-address=:ipv6 dscp=:0-63 forwarding-class="
		}
		own := mirror + instances
		if m.router {
			own = instances
		}
		text = head + "forwarding-options{" + own + others + "} " + strings.Replace(tail, "ethernet-switching-options{LEGACY} ", "", 1)
	}
	return cmdline.NewForm(strings.NewReplacer(fill...).Replace(text), spellings)
}
