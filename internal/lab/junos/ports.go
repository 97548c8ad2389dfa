package junos

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// bundle is the aggregated interface that a port is a member of, "" when it is none.
func (d *device) bundle(port string) string {
	return cmp.Or(d.eff.Value("interfaces", port, "ether-options", "802.3ad"), d.eff.Value("interfaces", port, "gigether-options", "802.3ad"))
}

// bundles lists the aggregated interfaces.
func (d *device) bundles() (out []string) {
	for _, name := range d.eff.Words("interfaces") {
		if isLAG(name) {
			out = append(out, name)
		}
	}
	return out
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
	for _, unit := range at.Words("unit") {
		eth := at.At("unit", unit, "family", "ethernet-switching")
		if eth == nil {
			continue
		}
		p.Routed = false
		vlans := d.vlanSet(eth.Words("vlan", "members"))
		for _, v := range d.eff.Words("vlans") {
			if slices.Contains(d.eff.Words("vlans", v, "interface"), whole+"."+unit) {
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
	for _, unit := range d.eff.Words("interfaces", port, "unit") {
		for _, family := range d.eff.Words("interfaces", port, "unit", unit, "family") {
			name := d.eff.Value("interfaces", port, "unit", unit, "family", family, "filter", "input")
			if f := d.eff.At("firewall", "family", family, "filter", name); name != "" && f != nil {
				filters[family] = f
			}
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
			if term := f.At("term", t); selects(term.At("from"), p) {
				then := term.At("then")
				return fabric.Verdict{Drop: then.At("discard") != nil || then.At("reject") != nil, Copy: then.At("analyzer") != nil}
			}
		}
		return fabric.Verdict{Drop: true}
	}
}

// selects reports whether a packet fits all conditions of a term. What is not known of
// a packet fits no condition.
func selects(from *cmdline.Statement, p fabric.Packet) bool {
	if from == nil {
		return true
	}
	return !slices.ContainsFunc(from.Kids, func(k *cmdline.Statement) bool {
		return !slices.ContainsFunc(k.Words(), func(w string) bool {
			switch k.Word {
			case "source-address", "ip-source-address":
				return inside(w, p.From)
			case "destination-address", "ip-destination-address":
				return inside(w, p.To)
			case "protocol", "ip-protocol", "next-header":
				return p.Protocol > 0 && number(w, protocols) == p.Protocol
			case "source-port":
				return within(w, p.FromPort)
			case "destination-port":
				return within(w, p.ToPort)
			}
			return false
		})
	})
}

func inside(prefix string, a netip.Addr) bool {
	p, err := netip.ParsePrefix(prefix)
	return err == nil && p.Contains(a)
}

func within(ports string, n int) bool {
	low, high, ranged := strings.Cut(ports, "-")
	if !ranged {
		high = low
	}
	return n > 0 && n >= number(low, portNames) && n <= number(high, portNames)
}

// number is what a word stands for (fact sheet on access lists, 7).
func number(word string, table map[string]string) int {
	for n, name := range table {
		if name == word {
			return cmdline.Atoi(n, 0)
		}
	}
	return cmdline.Atoi(word, 0)
}

var (
	protocols = cmdline.WordsOf("1 icmp 2 igmp 4 ipip 6 tcp 17 udp 47 gre 50 esp 51 ah 58 icmp6 88 eigrp 89 ospf 103 pim")
	portNames = cmdline.WordsOf("20 ftp-data 21 ftp 22 ssh 23 telnet 25 smtp 49 tacacs 53 domain 67 bootps 68 bootpc 69 tftp 79 finger 80 http 110 pop3 111 sunrpc 113 ident " +
		"119 nntp 123 ntp 137 netbios-ns 138 netbios-dgm 139 netbios-ssn 143 imap 161 snmp 162 snmptrap 179 bgp 389 ldap 443 https 513 login 514 syslog 515 printer 520 rip " +
		"543 klogin 544 kshell 639 msdp 646 ldp 1812 radius 1813 radacct 2049 nfsd")
)
