package junos

import (
	"cmp"
	"slices"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// bundle is the aggregated interface that a port is a member of, "" when it is none.
func (d *device) bundle(port string) string {
	return cmp.Or(d.eff.Value("interfaces", port, "ether-options", "802.3ad"), d.eff.Value("interfaces", port, "gigether-options", "802.3ad"))
}

// bundles lists the aggregated interfaces.
func (d *device) bundles() []string {
	return slices.DeleteFunc(d.eff.Words("interfaces"), func(name string) bool { return !isLAG(name) })
}

// views lists ports and bundles.
func (d *device) views() []plant.PortView {
	all := analyzersOf(d.eff)
	return plant.PortViews(d.sw, func(name string) fabric.PortState { return d.portState(name, all) }, d.bundle, d.bundles())
}

// portState reads an interface. A member of a bundle forwards as that one does.
func (d *device) portState(name string, all []analyzer) fabric.PortState {
	own, whole := d.eff.At("interfaces", name), cmp.Or(d.bundle(name), name)
	at := d.eff.At("interfaces", whole)
	if own == nil {
		own = &cmdline.Statement{}
	}
	p := fabric.PortState{Down: own.At("disable") != nil, Description: own.Value("description"), Routed: true, Filter: d.filter(whole)}
	p.Monitor = slices.ContainsFunc(all, func(a analyzer) bool { return cmdline.PortOf(a.Value("output", "interface")) == whole })
	if at == nil {
		return p
	}
	p.Down = p.Down || at.At("unit", "0", "disable") != nil
	for _, eth := range families(d.eff, whole) {
		if eth.name != "ethernet-switching" {
			continue
		}
		p.Routed = false
		vlans := d.vlanSet(eth.Words("vlan", "members"))
		for _, v := range d.eff.Words("vlans") {
			if slices.Contains(d.eff.Words("vlans", v, "interface"), eth.ifl()) {
				vlans.Add(d.vlanID(v))
			}
		}
		if p.Trunk = cmp.Or(eth.Value("interface-mode"), eth.Value("port-mode")) == "trunk"; p.Trunk {
			p.Allowed, p.Access = vlans, cmdline.Atoi(cmp.Or(at.Value("native-vlan-id"), eth.Value("native-vlan-id")), 0)
		} else if list := vlans.List(); len(list) > 0 {
			p.Access = list[0]
		}
	}
	return p
}

// vlanSet are VLANs by name, number or range, or all that there are.
func (d *device) vlanSet(members []string) (set fabric.VLANSet) {
	for _, m := range members {
		if part, ok := fabric.ParseVLANs(m); ok {
			set.Union(part)
			continue
		}
		for _, v := range d.eff.Words("vlans") {
			if id := d.vlanID(v); id > 0 && (m == "all" || v == m) {
				set.Add(id)
			}
		}
	}
	return set
}

// filter is what the filters of a port's units decide about what enters, nil where it
// has none. A filter ends with a discard that nobody writes.
func (d *device) filter(port string) fabric.Filter {
	filters := map[string]*cmdline.Statement{}
	for _, f := range families(d.eff, port) {
		if _, list := f.filter(d.eff, "input"); list != nil {
			filters[f.name] = list
		}
	}
	if len(filters) == 0 {
		return nil
	}
	return func(p fabric.Packet) fabric.Verdict {
		f := filters["ethernet-switching"]
		if f == nil {
			f = filters[map[bool]string{true: "inet6", false: "inet"}[p.Is6()]]
		}
		if f == nil {
			return fabric.Verdict{}
		}
		for _, t := range f.Words("term") {
			if term := f.At("term", t); conditions.Fit(term.At("from"), p) {
				then := term.At("then")
				return fabric.Verdict{Drop: then.At("discard") != nil || then.At("reject") != nil, Copy: then.At("analyzer") != nil}
			}
		}
		return fabric.Verdict{Drop: true}
	}
}

// conditions are those of terms that are looked at; the names are those of the fact
// sheet on access lists, 7.
var conditions = cmdline.Conditions{
	From: []string{"source-address", "ip-source-address"}, To: []string{"destination-address", "ip-destination-address"}, Protocol: []string{"protocol", "ip-protocol", "next-header"},
	FromPort: []string{"source-port"}, ToPort: []string{"destination-port"},
	Protocols: cmdline.WordsOf("1 icmp 2 igmp 4 ipip 6 tcp 17 udp 47 gre 50 esp 51 ah 58 icmp6 88 eigrp 89 ospf 103 pim"),
	Ports: cmdline.WordsOf("20 ftp-data 21 ftp 22 ssh 23 telnet 25 smtp 49 tacacs 53 domain 67 bootps 68 bootpc 69 tftp 79 finger 80 http 110 pop3 111 sunrpc 113 ident " +
		"119 nntp 123 ntp 137 netbios-ns 138 netbios-dgm 139 netbios-ssn 143 imap 161 snmp 162 snmptrap 179 bgp 389 ldap 443 https 513 login 514 syslog 515 printer 520 rip " +
		"543 klogin 544 kshell 639 msdp 646 ldp 1812 radius 1813 radacct 2049 nfsd"),
}
