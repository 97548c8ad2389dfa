package iosxe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// programmed reports whether the hardware copies: the session is complete and
// no fault keeps it from the hardware. MirrorsNothing is not seen here: then
// the switch believes that all is well.
func (d *device) programmed(s *monSession) bool {
	f := d.host.Faults()
	_, complete := d.copySession(s)
	return complete && !f.NotProgrammed
}

// fedIndex is the hardware's number of a session: its place among all.
func (d *device) fedIndex(id int) int { return slices.Index(sortedIDs(d.Running.sessions), id) }

func (s *monSession) fullNames(half direction) []string {
	var names []string
	for p, dir := range s.Ports {
		if dir&half != 0 {
			names = append(names, p)
		}
	}
	sortIfNames(names)
	return names
}

func noneIfEmpty(words []string) string {
	if len(words) == 0 {
		return "None"
	}
	return strings.Join(words, " ")
}

// showFED is `show platform software fed [switch] active monitor N`. The
// fields Ipv6 flow label, Dst Ipv6 and Org Ipv6 come with some releases only;
// which ones is not recorded, so that all are printed.
func showFED(c *cli, a *cmdline.Args) cmdline.Reply {
	d := c.d
	var b strings.Builder
	for _, id := range sortedIDs(d.Running.sessions) {
		if n := a.Num("n"); n == 0 || n == id {
			d.fedSession(&b, d.Running.sessions[id])
		}
	}
	return cmdline.Reply{Text: b.String()}
}

func (d *device) fedSession(b *strings.Builder, s *monSession) {
	field := func(name, format string, v ...any) { fmt.Fprintf(b, "  %-21s: %s\n", name, fmt.Sprintf(format, v...)) }
	fmt.Fprintf(b, "Session %d\n---------\n", d.fedIndex(s.id))
	dests := []string{}
	for _, p := range s.Destinations {
		dests = append(dests, p.Port)
	}
	vlans := func(half direction) []string {
		var out []string
		for _, v := range union(s.vlanSet(both), s.vlanSet(half)).List() {
			out = append(out, fmt.Sprintf("VLAN-%d", v))
		}
		return out
	}
	encap, ingress := "Native", "Disabled"
	if len(s.Destinations) > 0 {
		e, in := destOptionWords(s.Destinations[0].Options)
		encap, ingress = e, strings.SplitN(in[0], ",", 2)[0]
	}
	field("Session Type", "%s", s.typeName())
	field("Source Ports", "RX: %s TX: %s", noneIfEmpty(s.fullNames(rx)), noneIfEmpty(s.fullNames(tx)))
	field("Destination Ports", "%s", noneIfEmpty(dests))
	field("Source VLANs", "%s", noneIfEmpty(vlans(rx)))
	field("Destination VLANs", "%s", noneIfEmpty(vlans(tx)))
	field("Source RSPAN VLAN", "%d", s.FromVLAN)
	field("DST RSPAN VLAN", "%d", s.ToVLAN)
	field("Encap", "%s", encap)
	field("Ingress Forwarding", "%s", ingress)
	field("Filter VLANs", "%s", strings.ReplaceAll(noneIfEmpty(strings.Fields(s.FilterVLANs.Format(",", "-"))), ",", ", "))
	d.fedTunnel(field, s)
}

// fedTunnel: in a recording of a session that the hardware did not take,
// every ERSPAN field is 0.
func (d *device) fedTunnel(field func(string, string, ...any), s *monSession) {
	enabled, done, complete := 0, 0, 0
	id, gre, mtu, tos, ttl, tun := "0", "0", "0", 0, "0", 0
	dst, org, dst6, org6 := "0.0.0.0", "0.0.0.0", "::", "::"
	if s.erspan() {
		if d.tunnelComplete(s) {
			complete = 1
		}
		if !s.shutdown {
			enabled = 1
		}
		if d.programmed(s) {
			done, gre, tun = 1, "88be", 64+s.id
			id, mtu, ttl = s.tunnel["erspan-id"], s.mtuText(d.model), "255"
			if v := s.tunnel["ip ttl"]; v != "" {
				ttl = v
			}
			tos = atoiOr(s.tunnel["ip dscp"], 0)*4 + atoiOr(s.tunnel["ip prec"], 0)*32
			dst, org = orDefault(s.addr("ip address"), dst), orDefault(s.addr("origin ip address"), org)
			dst6, org6 = orDefault(s.addr("ipv6 address"), dst6), orDefault(s.addr("origin ipv6 address"), org6)
		}
	}
	field("ERSPAN Enable", "%d", enabled)
	field("ERSPAN Hw Programmed", "%d", done)
	field("ERSPAN Mandatory Cfg", "%d", complete)
	field("ERSPAN Id", "%s", id)
	field("Gre Prot", "%s", gre)
	field("MTU", "%s", mtu)
	field("Ip Tos", "%d (DSCP:%d)", tos, tos/4)
	field("Ip Ttl", "%s", ttl)
	field("Ipv6 flow label", "0")
	field("Cos", "0")
	field("Vrf Id", "0")
	field("Tunnel IfId", "%d", tun)
	field("Dst Ip", "%s", dst)
	field("Org Ip", "%s", org)
	field("Dst Ipv6", "%s", dst6)
	field("Org Ipv6", "%s", org6)
	field("SGT count", "0")
	field("SGT Tag(s)", "")
}

func orDefault(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

func union(a, b fabric.VLANSet) fabric.VLANSet { a.Union(b); return a }

// showPlatformSession is `show platform software monitor session N`.
func showPlatformSession(c *cli, a *cmdline.Args) cmdline.Reply {
	d := c.d
	s := d.Running.sessions[a.Num("n")]
	if s == nil {
		return cmdline.Reply{}
	}
	var b strings.Builder
	line := func(format string, v ...any) { fmt.Fprintf(&b, "  "+format+"\n", v...) }
	fed := "NotMapped" // the word for a session without hardware: fact sheet, section 2
	if d.programmed(s) {
		fed = fmt.Sprint(d.fedIndex(s.id))
	}
	shorts := func(names []string) string {
		for i, n := range names {
			names[i] = shortOf(n)
		}
		return strings.Join(names, " ")
	}
	var dests []string
	for _, p := range s.Destinations {
		dests = append(dests, p.Port)
	}
	fmt.Fprintf(&b, "Span Session %d (FED Session %s):\n", s.id, fed)
	line("Type:      %s", strings.TrimSuffix(s.typeName(), " Session"))
	line("Prev type: Unknown")
	line("Ingress Src Ports: %s", shorts(s.fullNames(rx)))
	line("Egress Src Ports: %s", shorts(s.fullNames(tx)))
	line("Ingress Local Src Ports: (null)\n  Egress Local Src Ports: (null)")
	line("Destination Ports: %s", shorts(dests))
	line("Ingress Src Vlans: %s", union(s.vlanSet(both), s.vlanSet(rx)).Format(" ", "-"))
	line("Egress Src Vlans: %s", union(s.vlanSet(both), s.vlanSet(tx)).Format(" ", "-"))
	line("Ingress Up Src Vlans: (null)\n  Egress Up Src Vlans:  (null)")
	line("Src Trunk filter Vlans: %s", s.FilterVLANs.Format(" ", "-"))
	line("RSPAN dst vlan: %d\n  RSPAN src vlan: %d\n  RSPAN src vlan sav: 0", s.ToVLAN, s.FromVLAN)
	line("Dest port encap = 0x%04x\n  Dest port ingress encap = 0x0000\n  Dest port ingress vlan = 0x0", boolBit(s.kind == kindERDest)*4)
	src, dst := boolBit(s.kind != kindERDest && s.FromVLAN == 0), boolBit(s.kind == kindERDest || s.FromVLAN != 0)
	line("SrcSess: %d  DstSess: %d DstPortCfgd: %d  RspnDstCfg: %d  RspnSrcVld: %d", src, dst, boolBit(len(dests) > 0), boolBit(s.ToVLAN != 0), boolBit(s.FromVLAN != 0))
	line("DstCliCfg: 0  DstPrtInit: %d  PsLclCfgd: 0", boolBit(len(dests) > 0))
	if src == 1 {
		line("Flags: 0x00000001 PSPAN")
	} else {
		line("Flags: 0x00000000")
	}
	line("Remote dest port: 0   Dest port group: 0\n  FSPAN disabled\n  FSPAN not notified")
	platformTunnel(line, d, s)
	return cmdline.Reply{Text: b.String()}
}

func platformTunnel(line func(string, ...any), d *device, s *monSession) {
	if !s.erspan() {
		return
	}
	line("ERSPAN Id    : %s", orDefault(s.tunnel["erspan-id"], "0"))
	some := func(name, v string) {
		if v != "" {
			line("%s: %s", name, v)
		}
	}
	if s.kind == kindERDest {
		some("ERSPAN Dst Ip", s.addr("ip address"))
		some("ERSPAN Dst Ipv6", s.addr("ipv6 address"))
		line("ERSPAN Vrf   : 0")
		return
	}
	some("ERSPAN Org Ip", s.addr("origin ip address"))
	some("ERSPAN Dst Ip", s.addr("ip address"))
	some("ERSPAN Org Ipv6", s.addr("origin ipv6 address"))
	some("ERSPAN Dst Ipv6", s.addr("ipv6 address"))
	line("ERSPAN Ip Ttl: %s", orDefault(s.tunnel["ip ttl"], "255"))
	line("ERSPAN DSCP  : %s", orDefault(s.tunnel["ip dscp"], "0"))
	line("ERSPAN Ipv6 flow label: 0\n  ERSPAN VRFID   : 0")
	state := "Enabled"
	if s.shutdown {
		state = "Disabled"
	}
	line("ERSPAN State : %s", state)
	line("ERSPAN Tun id: %d", 1250+d.fedIndex(s.id)+1)
}

func boolBit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// showCapability is `show capability feature monitor ...`, with the recorded
// figures of a Catalyst 9300.
func showCapability(c *cli, a *cmdline.Args) cmdline.Reply {
	if a.Has("erspan-destination") {
		return cmdline.Reply{Text: "ERSPAN Destination Session:ERSPAN Destination Session Supported: TRUE\n" +
			"Maximum No of ERSPAN destination session: 8\nERSPAN Header Type supported: II and III\n"}
	}
	return cmdline.Reply{Text: "ERSPAN Source Session:ERSPAN Source Session Supported: TRUE\nNo of Rx ERSPAN source session: 8\n" +
		"No of Tx ERSPAN source session: 8\nERSPAN Header Type supported: II and III\nACL filter Supported: TRUE\n" +
		"SGT filter Supported: TRUE\nFragmentation Supported: TRUE\nTruncation Supported: TRUE\n" +
		"Sequence number Supported: FALSE\nQOS Supported: TRUE\n"}
}
