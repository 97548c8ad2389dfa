package iosxe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
)

const destOptions = "[encapsulation {replicate | dot1q | isl}] [ingress [{dot1q vlan <iv:1-4094> | untagged vlan <iv:1-4094> | vlan <iv:1-4094>}]]"

// monitorCommands are the global lines of the classic form, and those that
// open or delete a session of any form.
func monitorCommands(g *cmdline.Grammar[run]) {
	const n = "monitor session <n:sid> "
	g.Add(n+"source interface <ifs:ifs> [both | rx | tx]", monSource)
	g.Add(n+"source vlan <vl:vlans> [both | rx | tx]", monSource)
	g.Add(n+"source remote vlan <rv:rspan>", monSourceRemote)
	g.Add(n+"destination interface <ifs:ifs> "+destOptions, monDest)
	g.Add(n+"destination remote vlan <rv:rspan> [reflector-port <rp:if>]", monDestRemote)
	g.Add(n+"filter vlan <vl:vlans>", monFilterVLAN)
	g.Add(n+"filter {ip | ipv6 | mac} access-group <acl:word>", monFilterACL)
	g.Add(n+"type {erspan-source | erspan-destination}", monType)
	g.Add("no monitor session {<n:sid> | all | local | remote | range <r:sidrange>}", monDelete)
	g.Add("no "+n+"type {erspan-source | erspan-destination}", monDelete)
	g.Add("no "+n+"source interface <ifs:ifs> [both | rx | tx]", monNoSource)
	g.Add("no "+n+"source vlan <vl:vlans> [both | rx | tx]", monNoSource)
	g.Add("no "+n+"source remote vlan <rv:rspan>", monNoRemote)
	g.Add("no "+n+"destination interface <ifs:ifs> "+destOptions, monNoDest)
	g.Add("no "+n+"destination remote vlan <rv:rspan> [reflector-port <rp:if>]", monNoRemote)
	g.Add("no "+n+"filter vlan [<vl:vlans>]", monNoFilter)
	g.Add("no "+n+"filter {ip | ipv6 | mac} access-group [<acl:word>]", monNoFilter)
}

// with runs change on the session of a classic line; a refused first line
// leaves no session behind.
func (c *cli) with(a *cmdline.Args, change func(*monSession) string) cmdline.Reply {
	id := a.Num("n")
	s, msg := c.d.session(id)
	if msg == "" {
		msg = change(s)
	}
	c.d.discard(id)
	return cmdline.Reply{Text: msg}
}

// existing runs change on a session that must be there already. Removing
// from a session that is not there is silent, as with other IOS lines
// (general knowledge).
func (c *cli) existing(a *cmdline.Args, change func(*monSession)) cmdline.Reply {
	s := c.d.Running.sessions[a.Num("n")]
	switch {
	case s == nil:
		return cmdline.Reply{}
	case s.kind == kindNative:
		return cmdline.Reply{Text: c.d.usedByService(s)}
	}
	change(s)
	if f := c.d.host.Faults(); !f.KeepShells {
		c.d.discard(s.id)
	}
	return cmdline.Reply{}
}

func sourceArgs(a *cmdline.Args) ([]string, fabric.VLANSet) {
	ports, _ := a.Values["ifs"].([]string)
	vlans, _ := a.Values["vl"].(fabric.VLANSet)
	return ports, vlans
}

func monSource(c *cli, a *cmdline.Args) cmdline.Reply {
	ports, vlans := sourceArgs(a)
	return c.with(a, func(s *monSession) string { return c.d.addSources(s, ports, vlans, directionOf(a)) })
}

func monSourceRemote(c *cli, a *cmdline.Args) cmdline.Reply {
	return c.with(a, func(s *monSession) string {
		if s.HasSources() || s.ToVLAN != 0 { // wording not recorded
			return fmt.Sprintf("%% Session %d already has other sources\n", s.id)
		}
		s.FromVLAN = a.Num("rv")
		return ""
	})
}

func monDest(c *cli, a *cmdline.Args) cmdline.Reply {
	ports, _ := sourceArgs(a)
	if c.d.model.family == "vios_l2" && a.Has("untagged") {
		// Public lab notes: IOSv-L2 refuses "ingress untagged vlan".
		return c.unsupported()
	}
	return c.with(a, func(s *monSession) string { return c.d.addDests(s, ports, destOptionsText(a)) })
}

// destOptionsText spells the options of a destination as they are stored.
func destOptionsText(a *cmdline.Args) string {
	var w []string
	if at := slices.Index(a.Spoken, "encapsulation"); at >= 0 {
		w = append(w, a.Spoken[at:at+2]...)
	}
	if a.Has("ingress") {
		w = append(w, a.Spoken[slices.Index(a.Spoken, "ingress"):]...)
	}
	return strings.Join(w, " ")
}

func monDestRemote(c *cli, a *cmdline.Args) cmdline.Reply {
	return c.with(a, func(s *monSession) string {
		if len(s.Destinations) > 0 || s.FromVLAN != 0 { // general knowledge, wording not recorded
			return fmt.Sprintf("%% Session %d already has other destinations\n", s.id)
		}
		s.ToVLAN, s.reflector = a.Num("rv"), a.Str("rp")
		return ""
	})
}

func monFilterVLAN(c *cli, a *cmdline.Args) cmdline.Reply {
	_, vlans := sourceArgs(a)
	return c.with(a, func(s *monSession) string {
		if len(s.VLANs) > 0 { // rule documented, wording not recorded
			return filterOnVLANs
		}
		s.FilterVLANs.Union(vlans)
		return ""
	})
}

func aclFamily(a *cmdline.Args) string {
	for _, f := range []string{"ipv6", "ip", "mac"} {
		if a.Has(f) {
			return f
		}
	}
	return ""
}

func monFilterACL(c *cli, a *cmdline.Args) cmdline.Reply {
	return c.with(a, func(s *monSession) string {
		s.filterACL[aclFamily(a)] = a.Str("acl")
		return ""
	})
}

func monNoSource(c *cli, a *cmdline.Args) cmdline.Reply {
	return c.existing(a, func(s *monSession) { s.removeSources(a) })
}

// removeSources takes sources away. Without a direction the source goes
// whatever its direction; with one only that half does (general knowledge).
func (s *monSession) removeSources(a *cmdline.Args) {
	ports, vlans := sourceArgs(a)
	s.RemoveSources(ports, vlans, directionOf(a))
}

func monNoRemote(c *cli, a *cmdline.Args) cmdline.Reply {
	return c.existing(a, func(s *monSession) {
		if a.Has("source") && s.FromVLAN == a.Num("rv") {
			s.FromVLAN = 0
		}
		if a.Has("destination") && s.ToVLAN == a.Num("rv") {
			s.ToVLAN, s.reflector = 0, ""
		}
	})
}

func monNoDest(c *cli, a *cmdline.Args) cmdline.Reply {
	return c.existing(a, func(s *monSession) { s.removeDests(a) })
}

func (s *monSession) removeDests(a *cmdline.Args) {
	ports, _ := sourceArgs(a)
	s.RemoveDestinations(ports)
}

func monNoFilter(c *cli, a *cmdline.Args) cmdline.Reply {
	return c.existing(a, func(s *monSession) { s.removeFilter(a) })
}

func (s *monSession) removeFilter(a *cmdline.Args) {
	if !a.Has("vlan") {
		delete(s.filterACL, aclFamily(a))
		return
	}
	if set, given := a.Values["vl"].(fabric.VLANSet); given {
		s.FilterVLANs.Minus(set)
	} else {
		s.FilterVLANs = fabric.VLANSet{}
	}
}

// monDelete removes sessions by number or kind. A session of a service module
// cannot be removed; "all" and the like pass it over.
func monDelete(c *cli, a *cmdline.Args) cmdline.Reply {
	d := c.d
	if n := a.Num("n"); n != 0 {
		s := d.Running.sessions[n]
		if s != nil && s.kind == kindNative && strings.Contains(s.typeText, "Service Module") {
			return cmdline.Reply{Text: d.usedByService(s)}
		}
		delete(d.Running.sessions, n)
		return cmdline.Reply{}
	}
	r, _ := a.Values["r"].(fabric.VLANSet)
	for id, s := range d.Running.sessions {
		gone := s.kind != kindNative && (a.Has("all") || a.Has("range") && r.Has(id) ||
			a.Has("local") && s.typeName() == "Local Session" || a.Has("remote") && strings.HasPrefix(s.typeName(), "Remote "))
		if gone {
			delete(d.Running.sessions, id)
		}
	}
	return cmdline.Reply{}
}

// monType opens an ERSPAN session. Its number and type can not be changed.
func monType(c *cli, a *cmdline.Args) cmdline.Reply {
	kind, m := kindERSource, modeERSource
	if a.Has("erspan-destination") {
		kind, m = kindERDest, modeERDest
	}
	d, id := c.d, a.Num("n")
	s := d.Running.sessions[id]
	switch {
	case !d.model.erspan:
		return c.unsupported()
	case s != nil && s.kind == kindNative:
		return cmdline.Reply{Text: d.usedByService(s)}
	case s != nil && s.kind != kind: // rule documented, wording not recorded
		return cmdline.Reply{Text: fmt.Sprintf("%% Session %d is of another type\n", id)}
	case s == nil:
		if b := d.model.rules.Session(d.mirrors()); b != nil {
			return cmdline.Reply{Text: d.words(id, b)}
		}
		s = newSession(id, kind)
		d.Running.sessions[id] = s
	}
	c.mode, c.sess, c.at = m, s, nil
	return cmdline.Reply{}
}

// subSession runs change on the session of the sub-mode.
func subSession(change func(d *device, s *monSession, a *cmdline.Args) string) run {
	return func(c *cli, a *cmdline.Args) cmdline.Reply { return cmdline.Reply{Text: change(c.d, c.sess, a)} }
}

func silent(change func(s *monSession, a *cmdline.Args)) run {
	return subSession(func(_ *device, s *monSession, a *cmdline.Args) string {
		change(s, a)
		return ""
	})
}

func sessionCommon(g *cmdline.Grammar[run]) {
	g.Add("description <text:word>", subSession(func(_ *device, s *monSession, a *cmdline.Args) string {
		if len(a.Str("text")) > 240 { // up to 240 characters; wording not recorded
			return "% Description is too long\n"
		}
		s.description = a.Str("text")
		return ""
	}))
	g.Add("no description [<text:word>]", silent(func(s *monSession, _ *cmdline.Args) { s.description = "" }))
	g.Add("shutdown", silent(func(s *monSession, _ *cmdline.Args) { s.shutdown = true }))
	g.Add("no shutdown", silent(func(s *monSession, _ *cmdline.Args) { s.shutdown = false }))
}

func erspanSourceCommands(g *cmdline.Grammar[run]) {
	sessionCommon(g)
	add := subSession(func(d *device, s *monSession, a *cmdline.Args) string {
		ports, vlans := sourceArgs(a)
		return d.addSources(s, ports, vlans, directionOf(a))
	})
	g.Add("source interface <ifs:ifs> [both | rx | tx]", add)
	g.Add("source vlan <vl:vlans> [both | rx | tx]", add)
	gone := silent(func(s *monSession, a *cmdline.Args) { s.removeSources(a) })
	g.Add("no source interface <ifs:ifs> [both | rx | tx]", gone)
	g.Add("no source vlan <vl:vlans> [both | rx | tx]", gone)
	g.Add("filter vlan <vl:vlans>", subSession(func(_ *device, s *monSession, a *cmdline.Args) string {
		if len(s.VLANs) > 0 {
			return filterOnVLANs
		}
		_, vlans := sourceArgs(a)
		s.FilterVLANs.Union(vlans)
		return ""
	}))
	g.Add("filter [{ip | ipv6 | mac}] access-group <acl:word>", func(c *cli, a *cmdline.Args) cmdline.Reply {
		// Routers take the form without a family, Catalyst the one with it.
		if (aclFamily(a) == "") != (c.d.model.family == "ASR1000" || c.d.model.router) {
			return c.unsupported()
		}
		c.sess.filterACL[aclFamily(a)] = a.Str("acl")
		return cmdline.Reply{}
	})
	g.Add("no filter vlan [<vl:vlans>]", silent(func(s *monSession, a *cmdline.Args) { s.removeFilter(a) }))
	g.Add("no filter [{ip | ipv6 | mac}] access-group [<acl:word>]", silent(func(s *monSession, a *cmdline.Args) { s.removeFilter(a) }))
	g.Add("header-type <h:2-3>", silent(func(s *monSession, a *cmdline.Args) { s.header3 = a.Num("h") == 3 }))
	g.Add("no header-type [<h:2-3>]", silent(func(s *monSession, _ *cmdline.Args) { s.header3 = false }))
	g.Add("destination", enterInner(modeERSourceDest))
	g.Add("no destination", silent(func(s *monSession, _ *cmdline.Args) { s.inner, s.tunnel = false, map[string]string{} }))
}

func erspanDestCommands(g *cmdline.Grammar[run]) {
	sessionCommon(g)
	g.Add("destination interface <ifs:ifs>", subSession(func(d *device, s *monSession, a *cmdline.Args) string {
		ports, _ := sourceArgs(a)
		return d.addDests(s, ports, "")
	}))
	g.Add("no destination interface <ifs:ifs>", silent(func(s *monSession, a *cmdline.Args) { s.removeDests(a) }))
	g.Add("source", enterInner(modeERDestSource))
	g.Add("no source", silent(func(s *monSession, _ *cmdline.Args) { s.inner, s.tunnel = false, map[string]string{} }))
}

func enterInner(m mode) run {
	return func(c *cli, _ *cmdline.Args) cmdline.Reply {
		c.sess.inner = true
		c.mode = m
		return cmdline.Reply{}
	}
}

// tunnelLine sets or clears one line of the inner sub-mode; key is the line
// without its value.
func tunnelLine(g *cmdline.Grammar[run], key, param, suffix string) {
	name := strings.SplitN(strings.Trim(param, "<>"), ":", 2)[0]
	g.Add(key+" "+param+suffix, subSession(func(_ *device, s *monSession, a *cmdline.Args) string {
		v := a.Values[name]
		if n, ok := v.(int); ok {
			v = strconv.Itoa(n)
		}
		text := v.(string)
		if a.Has("force") {
			text += " force"
		}
		other := map[string]string{"ip prec": "ip dscp", "ip dscp": "ip prec"}[key]
		if other != "" && s.tunnel[other] != "" { // rule documented, wording not recorded
			return "% ip dscp and ip prec cannot be configured together\n"
		}
		s.tunnel[key] = text
		return ""
	}))
	g.Add("no "+key+" ["+param+suffix+"]", silent(func(s *monSession, _ *cmdline.Args) { delete(s.tunnel, key) }))
}

func erspanSourceDestCommands(g *cmdline.Grammar[run]) {
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

func erspanDestSourceCommands(g *cmdline.Grammar[run]) {
	tunnelLine(g, "erspan-id", "<id:1-1023>", "")
	tunnelLine(g, "ip address", "<addr:ipv4>", " [force]")
	tunnelLine(g, "ipv6 address", "<addr6:ipv6>", "")
	tunnelLine(g, "vrf", "<vrf:word>", "")
}
