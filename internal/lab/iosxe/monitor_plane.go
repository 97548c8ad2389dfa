package iosxe

import (
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// monitorPlane adds what the sessions mean for frames.
func (d *device) monitorPlane(pl *fabric.Plane) {
	for _, id := range sortedIDs(d.Running.sessions) {
		s := d.Running.sessions[id]
		for _, p := range s.Destinations {
			for _, port := range d.members(p.Port) {
				pp := pl.Ports[port]
				pp.Monitor, pp.Ingress = true, strings.Contains(p.Options, "ingress")
				pl.Ports[port] = pp
			}
		}
		if c, ok := d.copySession(s); ok {
			pl.Copies = append(pl.Copies, c)
		}
	}
}

// copySession is a session as the data plane sees it; ok is false while it
// is incomplete or shut down.
func (d *device) copySession(s *monSession) (fabric.CopySession, bool) {
	c, complete := s.Copy(d.members)
	switch s.kind {
	case kindERSource:
		if !d.tunnelReady(s) || len(c.Ports)+len(c.VLANs) == 0 {
			return c, false
		}
		c.ToTunnel = &fabric.Tunnel{Address: s.addr("ip address"), ID: atoiOr(s.tunnel["erspan-id"], 0),
			Overhead: s.overhead(), MTU: atoiOr(s.tunnel["mtu"], d.model.mtu)}
		return c, true
	case kindERDest:
		if !d.tunnelReady(s) || len(c.ToPorts)+len(c.ToBundles) == 0 {
			return c, false
		}
		c.FromTunnel = &fabric.Tunnel{Address: s.addr("ip address"), ID: atoiOr(s.tunnel["erspan-id"], 0)}
		return c, true
	case kindNative:
		return c, false
	}
	return c, complete
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
func (d *device) tunnelReady(s *monSession) bool {
	return !s.shutdown && d.tunnelComplete(s) && d.Running.lines.Has("ip routing")
}

func (d *device) tunnelComplete(s *monSession) bool {
	ok := s.tunnel["erspan-id"] != "" && s.tunnel["ip address"] != ""
	return ok && (s.kind == kindERDest || s.tunnel["origin ip address"] != "")
}

// members are the ports behind a name: the port itself, or a bundle's ports.
func (d *device) members(name string) []string {
	group, ok := strings.CutPrefix(name, "Port-channel")
	if !ok {
		return []string{name}
	}
	var out []string
	for _, p := range d.host.Node().Ports {
		if n := d.iface(p.Name); n != nil {
			if g, ok := n.Value("channel-group"); ok && strings.Fields(g)[0] == group {
				out = append(out, p.Name)
			}
		}
	}
	return out
}
