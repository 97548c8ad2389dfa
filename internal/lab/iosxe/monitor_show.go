package iosxe

import (
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// nothingConfigured is general knowledge, not recorded.
const nothingConfigured = "No SPAN configuration is present in the system.\n"

func (s *monSession) typeName() string {
	switch {
	case s.kind == kindNative:
		return s.typeText
	case s.kind == kindERSource:
		return "ERSPAN Source Session"
	case s.kind == kindERDest:
		return "ERSPAN Destination Session"
	case s.FromVLAN != 0:
		return "Remote Destination Session"
	case s.ToVLAN != 0:
		return "Remote Source Session"
	}
	return "Local Session"
}

// showMonitor is `show monitor session ...`.
func showMonitor(c *cli, a *cmdline.Args) cmdline.Reply {
	d := c.d
	var b strings.Builder
	for _, id := range sortedIDs(d.Running.sessions) {
		s := d.Running.sessions[id]
		r, _ := a.Values["r"].(fabric.VLANSet)
		if n := a.Num("n"); n != 0 && n != id || a.Has("range") && !r.Has(id) ||
			a.Has("local") && s.typeName() != "Local Session" ||
			a.Has("remote") && !strings.HasPrefix(s.typeName(), "Remote ") ||
			a.Has("erspan-source") && s.kind != kindERSource || a.Has("erspan-destination") && s.kind != kindERDest {
			continue
		}
		w := monitorWriter{b: &b, d: d, m: d.model.show}
		fmt.Fprintf(&b, "Session %d\n---------\n", id)
		switch {
		case s.kind == kindNative:
			w.head("Type", s.typeText)
			b.WriteString(cmdline.Ended(strings.Join(s.fields, "\n")))
		case a.Has("detail"):
			w.detail(s)
		default:
			w.short(s)
		}
		b.WriteString(strings.Repeat("\n", w.m.tailBlank))
	}
	if b.Len() == 0 {
		return cmdline.Reply{Text: nothingConfigured}
	}
	return cmdline.Reply{Text: b.String()}
}

// A monitorWriter prints sessions in the layout of a model's release.
type monitorWriter struct {
	b *strings.Builder
	d *device
	m monitorDialect
}

func (w monitorWriter) field(width int, name, value string) {
	fmt.Fprintf(w.b, "%-*s: %s\n", width, name, value)
}

func (w monitorWriter) head(name, value string) { w.field(w.m.headWidth, name, value) }
func (w monitorWriter) rest(name, value string) { w.field(w.m.restWidth, name, value) }

func (w monitorWriter) some(name, value string) {
	if value != "" && value != "0" {
		w.rest(name, value)
	}
}

func (s *monSession) portList(dir direction) string {
	var names []string
	for p, d := range s.Ports {
		if d == dir {
			names = append(names, p)
		}
	}
	return compactIfs(names, ",", "-")
}

func (s *monSession) destList() string {
	var names []string
	for _, p := range s.Destinations {
		names = append(names, p.Port)
	}
	return compactIfs(names, ",", "-")
}

var directionNames = []struct {
	dir  direction
	name string
}{{rx, "RX Only"}, {tx, "TX Only"}, {both, "Both"}}

// short is the form without detail: empty fields are left out.
func (w monitorWriter) short(s *monSession) {
	w.head("Type", s.typeName())
	if s.erspan() || w.m.rspanAdm && (s.FromVLAN != 0 || s.ToVLAN != 0) {
		w.head("Status", s.status())
	}
	if s.description != "" {
		w.head("Description", s.description)
	}
	if len(s.Ports) > 0 {
		w.head("Source Ports", "")
		for _, n := range directionNames {
			if l := s.portList(n.dir); l != "" {
				w.head("    "+n.name, l)
			}
		}
	}
	if len(s.VLANs) > 0 {
		w.head("Source VLANs", "")
		for _, n := range directionNames {
			if set := s.vlanSet(n.dir); !set.Empty() {
				w.head("    "+n.name, set.Format(",", "-"))
			}
		}
	}
	if s.kind == kindERDest {
		w.some("Destination Ports", s.destList())
		w.tunnelEnd(s)
		return
	}
	w.some("Source RSPAN VLAN", fmt.Sprint(s.FromVLAN))
	if len(s.Destinations) > 0 {
		w.rest("Destination Ports", s.destList())
		w.destOptions(s)
	}
	w.some("Reflector Port", shortOf(s.reflector))
	filter := s.FilterVLANs.Format(",", "-")
	if filter == "" && w.m.allVLANs && s.FromVLAN == 0 && s.ToVLAN == 0 {
		filter = "1-4094"
	}
	w.some("Filter VLANs", filter)
	w.some("Dest RSPAN VLAN", fmt.Sprint(s.ToVLAN))
	w.some("IP Access-group", s.filterACL["ip"])
	w.some("MAC Access-group", s.filterACL["mac"])
	w.some("IPv6 Access-group", s.filterACL["ipv6"])
	w.some("Filter Access-Group", s.filterACL[""])
	switch {
	case s.kind == kindERSource:
		w.tunnelStart(s)
	case w.m.rspanAdm && (s.FromVLAN != 0 || s.ToVLAN != 0):
		w.rest("MTU", "1464")
	}
}

func (s *monSession) status() string {
	if s.shutdown {
		return "Admin Disabled"
	}
	return "Admin Enabled"
}

// destOptions are the lines below the destination ports. Those of ports with
// other options than the first are not printed apart: no recording shows how.
func (w monitorWriter) destOptions(s *monSession) {
	encap, ingress := destOptionWords(s.Destinations[0].Options)
	w.rest("    Encapsulation", encap)
	if !w.m.ingress {
		return
	}
	w.rest("          Ingress", ingress[0])
	for _, l := range ingress[1:] {
		w.rest("    Ingress encap", l)
	}
}

// destOptionWords: the words for enabled ingress are general knowledge, not
// recorded.
func destOptionWords(options string) (encap string, ingress []string) {
	encap, ingress = "Native", []string{"Disabled"}
	words := strings.Fields(options)
	for i, w := range words {
		switch {
		case w == "encapsulation":
			encap = map[string]string{"replicate": "Replicate", "dot1q": "DOT1Q", "isl": "ISL"}[words[i+1]]
		case w == "ingress":
			ingress = []string{"Enabled"}
			for j, o := range words[i:] {
				if o == "vlan" {
					ingress[0] += ", default VLAN = " + words[i+j+1]
				}
			}
			if i+1 < len(words) && words[i+1] == "dot1q" {
				ingress = append(ingress, "DOT1Q")
			} else {
				ingress = append(ingress, "Untagged")
			}
			return encap, ingress
		}
	}
	return encap, ingress
}

func (w monitorWriter) tunnelStart(s *monSession) {
	w.some("Destination IP Address", s.addr("ip address"))
	w.some("Destination IPv6 Address", s.addr("ipv6 address"))
	w.rest("MTU", s.mtuText(w.d.model))
	w.some("Destination ERSPAN ID", s.tunnel["erspan-id"])
	w.some("Origin IP Address", s.addr("origin ip address"))
	w.some("Origin IPv6 Address", s.addr("origin ipv6 address"))
}

func (w monitorWriter) tunnelEnd(s *monSession) {
	w.some("Source IP Address", s.addr("ip address"))
	w.some("Source IPv6 Address", s.addr("ipv6 address"))
	w.some("Source ERSPAN ID", s.tunnel["erspan-id"])
	w.rest("MTU", s.mtuText(w.d.model))
}

func (s *monSession) mtuText(m model) string {
	if v := s.tunnel["mtu"]; v != "" {
		return v
	}
	return fmt.Sprint(m.mtu)
}

// detail prints every field; the order is that of the recorded local session.
// ERSPAN's own fields follow at the end: no recording shows where they stand.
func (w monitorWriter) detail(s *monSession) {
	w.head("Type", s.typeName())
	if s.erspan() {
		w.head("Status", s.status())
	}
	description := s.description
	if description == "" {
		description = "-"
	}
	w.head("Description", description)
	w.threeLines("Source Ports", s.portList)
	w.threeLines("Source Subinterfaces", nil)
	w.threeLines("Source VLANs", func(dir direction) string { return s.vlanSet(dir).Format(",", "-") })
	w.none("Source Drop-cause", "")
	w.threeLines("Source EFPs", nil)
	w.none("Source RSPAN VLAN", zeroIsEmpty(s.FromVLAN))
	w.none("Destination Ports", s.destList())
	if len(s.Destinations) > 0 {
		w.destOptions(s)
	}
	w.none("Filter VLANs", s.FilterVLANs.Format(",", "-"))
	w.none("Filter SGT", "")
	w.none("Dest RSPAN VLAN", zeroIsEmpty(s.ToVLAN))
	w.none("IP Access-group", s.filterACL["ip"])
	w.none("MAC Access-group", s.filterACL["mac"])
	w.none("IPv6 Access-group", s.filterACL["ipv6"])
	switch s.kind {
	case kindERSource:
		w.tunnelStart(s)
	case kindERDest:
		w.tunnelEnd(s)
	}
}

func (w monitorWriter) threeLines(head string, list func(direction) string) {
	fmt.Fprintf(w.b, "%-*s:\n", w.m.headWidth, head)
	for _, n := range directionNames {
		value := ""
		if list != nil {
			value = list(n.dir)
		}
		if value == "" {
			value = "None"
		}
		w.head("    "+n.name, value)
	}
}

func (w monitorWriter) none(name, value string) {
	if value == "" {
		value = "None"
	}
	w.head(name, value)
}

func zeroIsEmpty(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}
