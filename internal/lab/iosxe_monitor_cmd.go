package lab

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

const destOptions = "[encapsulation {replicate | dot1q | isl}] [ingress [{dot1q vlan <iv:1-4094> | untagged vlan <iv:1-4094> | vlan <iv:1-4094>}]]"

// monitorCommands are the global lines of the classic form, and those that
// open or delete a session of any form.
func monitorCommands(g *grammar[iosxeRun]) {
	const n = "monitor session <n:sid> "
	g.add(n+"source interface <ifs:ifs> [both | rx | tx]", monSource)
	g.add(n+"source vlan <vl:vlans> [both | rx | tx]", monSource)
	g.add(n+"source remote vlan <rv:rspan>", monSourceRemote)
	g.add(n+"destination interface <ifs:ifs> "+destOptions, monDest)
	g.add(n+"destination remote vlan <rv:rspan> [reflector-port <rp:if>]", monDestRemote)
	g.add(n+"filter vlan <vl:vlans>", monFilterVLAN)
	g.add(n+"filter {ip | ipv6 | mac} access-group <acl:word>", monFilterACL)
	g.add(n+"type {erspan-source | erspan-destination}", monType)
	g.add("no monitor session {<n:sid> | all | local | remote | range <r:sidrange>}", monDelete)
	g.add("no "+n+"type {erspan-source | erspan-destination}", monDelete)
	g.add("no "+n+"source interface <ifs:ifs> [both | rx | tx]", monNoSource)
	g.add("no "+n+"source vlan <vl:vlans> [both | rx | tx]", monNoSource)
	g.add("no "+n+"source remote vlan <rv:rspan>", monNoRemote)
	g.add("no "+n+"destination interface <ifs:ifs> "+destOptions, monNoDest)
	g.add("no "+n+"destination remote vlan <rv:rspan> [reflector-port <rp:if>]", monNoRemote)
	g.add("no "+n+"filter vlan [<vl:vlans>]", monNoFilter)
	g.add("no "+n+"filter {ip | ipv6 | mac} access-group [<acl:word>]", monNoFilter)
}

// with runs change on the session of a classic line; a refused first line
// leaves no session behind.
func (c *iosxeCLI) with(a *args, change func(*monSession) string) reply {
	id := a.num("n")
	s, msg := c.d.session(id)
	if msg == "" {
		msg = change(s)
	}
	c.d.discard(id)
	return reply{text: msg}
}

// existing runs change on a session that must be there already. Removing
// from a session that is not there is silent, as with other IOS lines
// (general knowledge).
func (c *iosxeCLI) existing(a *args, change func(*monSession)) reply {
	s := c.d.mon[a.num("n")]
	switch {
	case s == nil:
		return reply{}
	case s.kind == kindNative:
		return reply{text: c.d.usedByService(s)}
	}
	change(s)
	if f, _ := c.d.sw.currentFaults(); !f.KeepShells {
		c.d.discard(s.id)
	}
	return reply{}
}

func sourceArgs(a *args) ([]string, fabric.VLANSet) {
	ports, _ := a.values["ifs"].([]string)
	vlans, _ := a.values["vl"].(fabric.VLANSet)
	return ports, vlans
}

func monSource(c *iosxeCLI, a *args) reply {
	ports, vlans := sourceArgs(a)
	return c.with(a, func(s *monSession) string { return c.d.addSources(s, ports, vlans, directionOf(a)) })
}

func monSourceRemote(c *iosxeCLI, a *args) reply {
	return c.with(a, func(s *monSession) string {
		if s.isSource() || s.to != 0 { // wording not recorded
			return fmt.Sprintf("%% Session %d already has other sources\n", s.id)
		}
		s.from = a.num("rv")
		return ""
	})
}

func monDest(c *iosxeCLI, a *args) reply {
	ports, _ := sourceArgs(a)
	if c.d.model.family == "vios_l2" && a.has("untagged") {
		// Public lab notes: IOSv-L2 refuses "ingress untagged vlan".
		return c.unsupported()
	}
	return c.with(a, func(s *monSession) string { return c.d.addDests(s, ports, destOptionsText(a)) })
}

// destOptionsText spells the options of a destination as they are stored.
func destOptionsText(a *args) string {
	var w []string
	if at := slices.Index(a.spoken, "encapsulation"); at >= 0 {
		w = append(w, a.spoken[at:at+2]...)
	}
	if a.has("ingress") {
		w = append(w, a.spoken[slices.Index(a.spoken, "ingress"):]...)
	}
	return strings.Join(w, " ")
}

func monDestRemote(c *iosxeCLI, a *args) reply {
	return c.with(a, func(s *monSession) string {
		if len(s.dests) > 0 || s.from != 0 { // general knowledge, wording not recorded
			return fmt.Sprintf("%% Session %d already has other destinations\n", s.id)
		}
		s.to, s.reflector = a.num("rv"), a.str("rp")
		return ""
	})
}

func monFilterVLAN(c *iosxeCLI, a *args) reply {
	_, vlans := sourceArgs(a)
	return c.with(a, func(s *monSession) string {
		if len(s.vlans) > 0 { // rule documented, wording not recorded
			return "% VLAN filter cannot be combined with VLAN sources\n"
		}
		s.filterVLANs.Union(vlans)
		return ""
	})
}

func aclFamily(a *args) string {
	for _, f := range []string{"ipv6", "ip", "mac"} {
		if a.has(f) {
			return f
		}
	}
	return ""
}

func monFilterACL(c *iosxeCLI, a *args) reply {
	return c.with(a, func(s *monSession) string {
		s.filterACL[aclFamily(a)] = a.str("acl")
		return ""
	})
}

func monNoSource(c *iosxeCLI, a *args) reply {
	return c.existing(a, func(s *monSession) { s.removeSources(a) })
}

// removeSources takes sources away. Without a direction the source goes
// whatever its direction; with one only that half does (general knowledge).
func (s *monSession) removeSources(a *args) {
	ports, vlans := sourceArgs(a)
	dir := directionOf(a)
	for _, p := range ports {
		if s.ports[p] &^= dir; s.ports[p] == 0 {
			delete(s.ports, p)
		}
	}
	for _, v := range vlans.List() {
		if s.vlans[v] &^= dir; s.vlans[v] == 0 {
			delete(s.vlans, v)
		}
	}
}

func monNoRemote(c *iosxeCLI, a *args) reply {
	return c.existing(a, func(s *monSession) {
		if a.has("source") && s.from == a.num("rv") {
			s.from = 0
		}
		if a.has("destination") && s.to == a.num("rv") {
			s.to, s.reflector = 0, ""
		}
	})
}

func monNoDest(c *iosxeCLI, a *args) reply {
	return c.existing(a, func(s *monSession) { s.removeDests(a) })
}

func (s *monSession) removeDests(a *args) {
	ports, _ := sourceArgs(a)
	s.dests = slices.DeleteFunc(s.dests, func(d destPort) bool { return slices.Contains(ports, d.name) })
}

func monNoFilter(c *iosxeCLI, a *args) reply {
	return c.existing(a, func(s *monSession) { s.removeFilter(a) })
}

func (s *monSession) removeFilter(a *args) {
	if !a.has("vlan") {
		delete(s.filterACL, aclFamily(a))
		return
	}
	if set, given := a.values["vl"].(fabric.VLANSet); given {
		s.filterVLANs.Minus(set)
	} else {
		s.filterVLANs = fabric.VLANSet{}
	}
}

// monDelete removes sessions by number or kind. A session of a service module
// cannot be removed; "all" and the like pass it over.
func monDelete(c *iosxeCLI, a *args) reply {
	d := c.d
	if n := a.num("n"); n != 0 {
		s := d.mon[n]
		if s != nil && s.kind == kindNative && strings.Contains(s.typeText, "Service Module") {
			return reply{text: d.usedByService(s)}
		}
		delete(d.mon, n)
		return reply{}
	}
	r, _ := a.values["r"].(fabric.VLANSet)
	for id, s := range d.mon {
		gone := s.kind != kindNative && (a.has("all") || a.has("range") && r.Has(id) ||
			a.has("local") && s.typeName() == "Local Session" || a.has("remote") && strings.HasPrefix(s.typeName(), "Remote "))
		if gone {
			delete(d.mon, id)
		}
	}
	return reply{}
}

// monType opens an ERSPAN session. Its number and type can not be changed.
func monType(c *iosxeCLI, a *args) reply {
	kind, m := kindERSource, modeERSource
	if a.has("erspan-destination") {
		kind, m = kindERDest, modeERDest
	}
	d, id := c.d, a.num("n")
	s := d.mon[id]
	switch {
	case !d.model.erspan:
		return c.unsupported()
	case s != nil && s.kind == kindNative:
		return reply{text: d.usedByService(s)}
	case s != nil && s.kind != kind: // rule documented, wording not recorded
		return reply{text: fmt.Sprintf("%% Session %d is of another type\n", id)}
	case s == nil:
		if d.model.sourceSessions > 0 && d.countSources(func(*monSession) bool { return true }) >= d.model.sourceSessions {
			return reply{text: d.tooManySessions()}
		}
		s = newSession(id, kind)
		d.mon[id] = s
	}
	c.mode, c.sess, c.at = m, s, nil
	return reply{}
}

// subSession runs change on the session of the sub-mode.
func subSession(change func(d *iosxe, s *monSession, a *args) string) iosxeRun {
	return func(c *iosxeCLI, a *args) reply { return reply{text: change(c.d, c.sess, a)} }
}

func silent(change func(s *monSession, a *args)) iosxeRun {
	return subSession(func(_ *iosxe, s *monSession, a *args) string {
		change(s, a)
		return ""
	})
}

func sessionCommon(g *grammar[iosxeRun]) {
	g.add("description <text:word>", subSession(func(_ *iosxe, s *monSession, a *args) string {
		if len(a.str("text")) > 240 { // up to 240 characters; wording not recorded
			return "% Description is too long\n"
		}
		s.description = a.str("text")
		return ""
	}))
	g.add("no description [<text:word>]", silent(func(s *monSession, _ *args) { s.description = "" }))
	g.add("shutdown", silent(func(s *monSession, _ *args) { s.shutdown = true }))
	g.add("no shutdown", silent(func(s *monSession, _ *args) { s.shutdown = false }))
}

func erspanSourceCommands(g *grammar[iosxeRun]) {
	sessionCommon(g)
	add := subSession(func(d *iosxe, s *monSession, a *args) string {
		ports, vlans := sourceArgs(a)
		return d.addSources(s, ports, vlans, directionOf(a))
	})
	g.add("source interface <ifs:ifs> [both | rx | tx]", add)
	g.add("source vlan <vl:vlans> [both | rx | tx]", add)
	gone := silent(func(s *monSession, a *args) { s.removeSources(a) })
	g.add("no source interface <ifs:ifs> [both | rx | tx]", gone)
	g.add("no source vlan <vl:vlans> [both | rx | tx]", gone)
	g.add("filter vlan <vl:vlans>", subSession(func(_ *iosxe, s *monSession, a *args) string {
		if len(s.vlans) > 0 {
			return "% VLAN filter cannot be combined with VLAN sources\n"
		}
		_, vlans := sourceArgs(a)
		s.filterVLANs.Union(vlans)
		return ""
	}))
	g.add("filter [{ip | ipv6 | mac}] access-group <acl:word>", func(c *iosxeCLI, a *args) reply {
		// Routers take the form without a family, Catalyst the one with it.
		if (aclFamily(a) == "") != (c.d.model.family == "ASR1000" || c.d.model.router) {
			return c.unsupported()
		}
		c.sess.filterACL[aclFamily(a)] = a.str("acl")
		return reply{}
	})
	g.add("no filter vlan [<vl:vlans>]", silent(func(s *monSession, a *args) { s.removeFilter(a) }))
	g.add("no filter [{ip | ipv6 | mac}] access-group [<acl:word>]", silent(func(s *monSession, a *args) { s.removeFilter(a) }))
	g.add("header-type <h:2-3>", silent(func(s *monSession, a *args) { s.header3 = a.num("h") == 3 }))
	g.add("no header-type [<h:2-3>]", silent(func(s *monSession, _ *args) { s.header3 = false }))
	g.add("destination", enterInner(modeERSourceDest))
	g.add("no destination", silent(func(s *monSession, _ *args) { s.inner, s.tunnel = false, map[string]string{} }))
}

func erspanDestCommands(g *grammar[iosxeRun]) {
	sessionCommon(g)
	g.add("destination interface <ifs:ifs>", subSession(func(d *iosxe, s *monSession, a *args) string {
		ports, _ := sourceArgs(a)
		return d.addDests(s, ports, "")
	}))
	g.add("no destination interface <ifs:ifs>", silent(func(s *monSession, a *args) { s.removeDests(a) }))
	g.add("source", enterInner(modeERDestSource))
	g.add("no source", silent(func(s *monSession, _ *args) { s.inner, s.tunnel = false, map[string]string{} }))
}

func enterInner(m mode) iosxeRun {
	return func(c *iosxeCLI, _ *args) reply {
		c.sess.inner = true
		c.mode = m
		return reply{}
	}
}

// tunnelLine sets or clears one line of the inner sub-mode; key is the line
// without its value.
func tunnelLine(g *grammar[iosxeRun], key, param, suffix string) {
	name := strings.SplitN(strings.Trim(param, "<>"), ":", 2)[0]
	g.add(key+" "+param+suffix, subSession(func(_ *iosxe, s *monSession, a *args) string {
		v := a.values[name]
		if n, ok := v.(int); ok {
			v = strconv.Itoa(n)
		}
		text := v.(string)
		if a.has("force") {
			text += " force"
		}
		other := map[string]string{"ip prec": "ip dscp", "ip dscp": "ip prec"}[key]
		if other != "" && s.tunnel[other] != "" { // rule documented, wording not recorded
			return "% ip dscp and ip prec cannot be configured together\n"
		}
		s.tunnel[key] = text
		return ""
	}))
	g.add("no "+key+" ["+param+suffix+"]", silent(func(s *monSession, _ *args) { delete(s.tunnel, key) }))
}

func erspanSourceDestCommands(g *grammar[iosxeRun]) {
	tunnelLine(g, "erspan-id", "<id:1-1023>", "")
	tunnelLine(g, "ip address", "<addr:ipv4>", "")
	tunnelLine(g, "ipv6 address", "<addr6:ipv6>", "")
	tunnelLine(g, "origin ip address", "<addr:ipv4>", " [force]")
	tunnelLine(g, "origin ipv6 address", "<addr6:ipv6>", " [force]")
	tunnelLine(g, "ip ttl", "<ttl:2-255>", "")
	tunnelLine(g, "ip dscp", "<dscp:0-63>", "")
	tunnelLine(g, "ip prec", "<prec:0-7>", "")
	tunnelLine(g, "ipv6 ttl", "<ttl:2-255>", "")
	tunnelLine(g, "ipv6 dscp", "<dscp:0-63>", "")
	tunnelLine(g, "mtu", "<mtu:mtu>", "")
	tunnelLine(g, "vrf", "<vrf:word>", "")
}

func erspanDestSourceCommands(g *grammar[iosxeRun]) {
	tunnelLine(g, "erspan-id", "<id:1-1023>", "")
	tunnelLine(g, "ip address", "<addr:ipv4>", " [force]")
	tunnelLine(g, "ipv6 address", "<addr6:ipv6>", "")
	tunnelLine(g, "vrf", "<vrf:word>", "")
}
