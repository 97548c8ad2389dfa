package lab

import (
	"strings"
)

// monitorPlane adds what the sessions mean for frames.
func (d *iosxe) monitorPlane(pl *plane) {
	for _, id := range sortedIDs(d.mon) {
		s := d.mon[id]
		for _, p := range s.dests {
			pp := pl.ports[p.name]
			pp.monitor, pp.ingress = true, strings.Contains(p.options, "ingress")
			pl.ports[p.name] = pp
		}
		if c, ok := d.copySession(s); ok {
			pl.copies = append(pl.copies, c)
		}
	}
}

// copySession is a session as the data plane sees it; ok is false while it
// is incomplete or shut down.
func (d *iosxe) copySession(s *monSession) (copySession, bool) {
	c := copySession{onlyVLANs: s.filterVLANs, fromVLAN: s.from, toVLAN: s.to}
	for _, p := range s.dests {
		c.toPorts = append(c.toPorts, p.name)
	}
	for name, dir := range s.ports {
		for _, member := range d.members(name) {
			c.ports = append(c.ports, copySource{member, dir&rx != 0, dir&tx != 0})
		}
	}
	for v, dir := range s.vlans {
		c.vlans = append(c.vlans, copyVLAN{v, dir&rx != 0, dir&tx != 0})
	}
	switch s.kind {
	case kindERSource:
		if !d.tunnelReady(s) || len(c.ports)+len(c.vlans) == 0 {
			return c, false
		}
		c.toTun = &tunnel{address: s.addr("ip address"), id: atoiOr(s.tunnel["erspan-id"], 0),
			overhead: s.overhead(), mtu: atoiOr(s.tunnel["mtu"], d.model.mtu)}
	case kindERDest:
		if !d.tunnelReady(s) || len(c.toPorts) == 0 {
			return c, false
		}
		c.fromTun = &tunnel{address: s.addr("ip address"), id: atoiOr(s.tunnel["erspan-id"], 0)}
	case kindNative:
		return c, false
	}
	sink, source := len(c.toPorts) > 0 || c.toVLAN != 0 || c.toTun != nil, len(c.ports)+len(c.vlans) > 0 || c.fromVLAN != 0 || c.fromTun != nil
	return c, sink && source
}

// addr is an address of the inner sub-mode without "force".
func (s *monSession) addr(key string) string { return strings.TrimSuffix(s.tunnel[key], " force") }

// overhead is what ERSPAN adds to a frame: Ethernet 14, IP 20, GRE 8 and the
// ERSPAN header of 8 (type II) or 12 octets (type III).
func (s *monSession) overhead() int {
	if s.header3 {
		return 54
	}
	return 50
}

// tunnelReady: enabled, complete, and routing is on ("Disabling the ip
// routing command stops ERSPAN traffic", Network Management guides).
func (d *iosxe) tunnelReady(s *monSession) bool {
	return !s.shutdown && d.tunnelComplete(s) && d.conf.has("ip routing")
}

func (d *iosxe) tunnelComplete(s *monSession) bool {
	ok := s.tunnel["erspan-id"] != "" && s.tunnel["ip address"] != ""
	return ok && (s.kind == kindERDest || s.tunnel["origin ip address"] != "")
}

// members are the ports behind a name: the port itself, or a bundle's ports.
func (d *iosxe) members(name string) []string {
	group, ok := strings.CutPrefix(name, "Port-channel")
	if !ok {
		return []string{name}
	}
	var out []string
	for _, p := range d.sw.node.ports {
		if n := d.iface(p.name); n != nil {
			if g, ok := n.value("channel-group"); ok && strings.Fields(g)[0] == group {
				out = append(out, p.name)
			}
		}
	}
	return out
}
