package nxos

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// genericErr is the one reason with which a session is in error and not down.
const genericErr = "Generic error"

// state of a session, and why it is not up, in the words of the object model (fact
// sheet, 2.2).
func (d *device) state(m *session) (state, reason string) {
	switch reason = d.fault(m); {
	case reason == genericErr:
		return "error", reason
	case reason != "":
	case !d.held[m.id]:
		reason = "No hardware resource"
	case d.sw.Faults().NotProgrammed:
		reason = "Hardware error"
	case !d.operates(m):
		reason = "No operational src/dst"
	default:
		return "up", "The session is up"
	}
	return "down", reason
}

// fault is what keeps a session from being programmed, as far as the
// configuration and the routes say; the order is not recorded.
func (d *device) fault(m *session) string {
	from := m.kind == erspanEnd && m.options["source ip"] != "" || len(m.Ports)+len(m.VLANs) > 0 || m.options["source forward-drops"] != ""
	to := len(m.Destinations) > 0 || m.options["destination ip"] != ""
	return first(
		why{!m.open, "Session admin shut"}, why{!from && !to, "No src/dst configured"}, why{!from, "No sources configured"}, why{!to, "No dest configured"},
		why{d.model.oneEnd && len(m.Destinations) > 1, "Multi-dst not allowed"},
		why{slices.ContainsFunc(m.Destinations, func(e plant.Destination) bool { return e.Port != "sup-eth0" && !d.prepared(e.Port) }), "Dst in wrong mode"},
		why{d.clashes(m), genericErr}, // which state it has then is not recorded
		why{slices.ContainsFunc(m.PortsOf(0, names.Compare), d.prepared), "Src in wrong mode"},
		why{m.kind != local, d.tunnelFault(m)})
}

// A why is a reason, if it is one; "" is none.
type why struct {
	is    bool
	words string
}

// first is the first reason that is one.
func first(all ...why) string {
	for _, w := range all {
		if w.is {
			return w.words
		}
	}
	return ""
}

func (d *device) prepared(port string) bool {
	return hasMonitor(d.Running.Block("interface " + port))
}

// tunnelFault is what ERSPAN sessions need besides (fact sheet, 1.4).
func (d *device) tunnelFault(m *session) string {
	vrf := m.options["vrf"]
	known := vrf == "default" || vrf == "management" || d.Running.Has("vrf context "+vrf)
	next, port := d.route(vrf, m.options["destination ip"])
	return first(why{m.options["erspan-id"] == "", "No erspan-id specified"}, why{vrf == "" || !known, "No valid VRF"}, why{m.kind == erspanEnd, ""}, why{d.origin() == "", "No valid IP address"},
		why{next == "", "No route to destination IP address"}, why{slices.Contains(d.sw.Faults().Unresolved, next), "ARP not resolved"},
		why{port == "mgmt0" && d.model.family == "n7k", "Egress interface not resolved"})
}

// origin is the address that all ERSPAN copies come from.
func (d *device) origin() string { return strings.TrimSuffix(d.Running.Value(originKey), " global") }

// route is the next hop to an address in a VRF, and the port to it.
func (d *device) route(vrf, to string) (next, port string) {
	routes := d.Running.Block("vrf context " + vrf).Lines()
	if vrf == "default" {
		routes = d.Running.Heads()
	}
	return d.Running.Route(to, routes, vrf, func(name string, b cmdline.Block) string {
		return cmp.Or(b.Value("vrf member"), map[bool]string{true: "management", false: "default"}[name == "mgmt0"])
	})
}

// clashes: on Nexus 9000 a port may be a source of several sessions, but then all
// have different filters or none has one, and none has a VLAN filter (fact sheet,
// 4).
func (d *device) clashes(m *session) bool {
	return d.model.family == "n9k" && slices.ContainsFunc(d.Running.sorted(), func(o *session) bool {
		shared := false
		for p := range m.Ports {
			shared = shared || o.Ports[p] != 0
		}
		a, b := m.options["filter access-group"], o.options["filter access-group"]
		return o.id != m.id && o.open && shared && (!m.FilterVLANs.Empty() || !o.FilterVLANs.Empty() || (a != "" || b != "") && (a == "" || b == "" || a == b))
	})
}

// place gives the hardware to sessions. One too many is not refused (fact sheet, 1.6).
func (d *device) place() {
	active, sending, ends := 0, 0, 0
	free := func(n, limit int) bool { return limit == 0 || n < limit }
	d.held = plant.Place(slices.Sorted(maps.Keys(d.Running.mon)), d.held, func(id int) bool {
		m := d.Running.mon[id]
		sends := m.Directions()&plant.TX != 0
		switch apart := m.kind == erspanEnd && d.model.ends > 0; {
		case d.fault(m) != "" || apart && !free(ends, d.model.ends) || !apart && !free(active, d.model.active) || sends && !free(sending, d.model.sending):
			return false
		case apart:
			ends++
		default:
			active++
		}
		if sends {
			sending++
		}
		return true
	})
}

// operates reports that a source and a destination of a session are up.
func (d *device) operates(m *session) bool {
	counters := d.sw.Fabric().Counters(d.sw.Node())
	up := func(name string) bool {
		return name == "sup-eth0" || slices.ContainsFunc(d.behind(name), func(p string) bool { return counters[p].Up })
	}
	from, to := m.kind == erspanEnd || len(m.VLANs) > 0 || len(m.Ports) == 0, len(m.Destinations) == 0
	for p := range m.Ports {
		from = from || up(p)
	}
	for _, e := range m.Destinations {
		to = to || up(e.Port)
	}
	return from && to
}

// behind are the ports behind a name.
func (d *device) behind(name string) []string { return plant.PortsBehind(d.sw, d.bundle, name) }

// selects tells which packets a list permits. A list that is missing or empty selects
// all: what NX-OS does then is not known, and so a careless client copies too much.
func (d *device) selects(acl string) func(fabric.Packet) bool {
	var entries cmdline.Entries
	for _, kind := range []string{"ip", "ipv6"} {
		entries = append(entries, d.Running.Block(kind+" access-list "+acl).Lines()...)
	}
	return func(p fabric.Packet) bool { return len(entries) == 0 || words.Permits(entries, p) }
}

// copies is a session as the data plane sees it. Marker packets and sampling on
// the models that have it are counted; drops that are copied are not modelled.
func (d *device) copies(m *session) fabric.CopySession {
	c, _ := m.Copy(d.behind)
	c.Truncate, c.Sample = cmdline.Atoi(m.options["mtu"], 0), cmdline.Atoi(m.options["sampling"], 0)
	// Ethernet 14, IP 20, GRE 8 and the ERSPAN header of 8 (type II) or 12 octets.
	if acl := m.options["filter access-group"]; acl != "" {
		c.Select = d.selects(acl)
	}
	tunnel := &fabric.Tunnel{ID: cmdline.Atoi(m.options["erspan-id"], 0), Overhead: 50}
	if m.options["header-type"] == "3" {
		tunnel.Overhead = 54
	}
	switch m.kind {
	case erspanSource:
		tunnel.Address = m.options["destination ip"]
		c.ToTunnel = tunnel
	case erspanEnd:
		tunnel.Address = m.options["source ip"]
		c.FromTunnel = tunnel
	}
	return c
}
