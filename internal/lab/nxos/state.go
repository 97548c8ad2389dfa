package nxos

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// Why a session is down, in the words of the object model (fact sheet, 2.2).
const (
	isShut       = "Session admin shut"
	noEnds       = "No src/dst configured"
	noSource     = "No sources configured"
	noEnd        = "No dest configured"
	wrongEnd     = "Dst in wrong mode"
	wrongSource  = "Src in wrong mode"
	noID         = "No erspan-id specified"
	severalEnds  = "Multi-dst not allowed"
	noVRF        = "No valid VRF"
	noAddress    = "No valid IP address"
	noRoute      = "No route to destination IP address"
	noARP        = "ARP not resolved"
	noEgress     = "Egress interface not resolved"
	noHardware   = "No hardware resource"
	hardwareErr  = "Hardware error"
	notOperating = "No operational src/dst"
	genericErr   = "Generic error"
)

// state of a session, and why it is not up.
func (d *device) state(m *session) (state, reason string) {
	switch reason = d.fault(m); {
	case reason == genericErr:
		return "error", reason
	case reason != "":
	case !d.held[m.id]:
		reason = noHardware
	case d.sw.Faults().NotProgrammed:
		reason = hardwareErr
	case !d.operates(m):
		reason = notOperating
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
	switch {
	case !m.open:
		return isShut
	case !from && !to:
		return noEnds
	case !from:
		return noSource
	case !to:
		return noEnd
	case d.model.oneEnd && len(m.Destinations) > 1:
		return severalEnds
	case slices.ContainsFunc(m.Destinations, func(e plant.Destination) bool { return e.Port != "sup-eth0" && !d.prepared(e.Port) }):
		return wrongEnd
	case d.clashes(m):
		return genericErr // which state it has then is not recorded
	}
	for p := range m.Ports {
		if d.prepared(p) {
			return wrongSource
		}
	}
	if m.kind != local {
		return d.tunnelFault(m)
	}
	return ""
}

func (d *device) prepared(port string) bool {
	own, _ := d.block(port)
	return hasMonitor(own)
}

// tunnelFault is what ERSPAN sessions need besides (fact sheet, 1.4).
func (d *device) tunnelFault(m *session) string {
	vrf := m.options["vrf"]
	known := vrf == "default" || vrf == "management" || d.Running.Has("vrf context "+vrf)
	switch {
	case m.options["erspan-id"] == "":
		return noID
	case vrf == "" || !known:
		return noVRF
	case m.kind == erspanEnd:
		return ""
	case d.origin() == "":
		return noAddress
	}
	next, port := d.route(vrf, m.options["destination ip"])
	switch {
	case next == "":
		return noRoute
	case slices.Contains(d.sw.Faults().Unresolved, next):
		return noARP
	case port == "mgmt0" && d.model.family == "n7k":
		return noEgress
	}
	return ""
}

// origin is the address that all ERSPAN copies come from.
func (d *device) origin() string { return strings.TrimSuffix(d.Running.Value(originKey), " global") }

// route is the next hop to an address in a VRF, and the port to it where that is
// known: over a connected network or the longest static route.
func (d *device) route(vrf, to string) (next, port string) {
	a, _ := netip.ParseAddr(to)
	connected := func(a netip.Addr) (port string) {
		for _, b := range d.Running.Blocks() {
			name, isPort := strings.CutPrefix(b.Text, "interface ")
			p, err := netip.ParsePrefix(firstWord(b.Value("ip address")))
			of := b.Value("vrf member")
			if of == "" {
				of = map[bool]string{true: "management", false: "default"}[name == "mgmt0"]
			}
			if isPort && err == nil && of == vrf && p.Masked().Contains(a) {
				port = name
			}
		}
		return port
	}
	if port = connected(a); port != "" {
		return to, port
	}
	routes := d.Running.Block("vrf context " + vrf).Lines()
	if vrf == "default" {
		routes = d.Running.Heads()
	}
	longest := -1
	for _, l := range routes {
		f := strings.Fields(strings.TrimPrefix(l, "ip route "))
		p, err := netip.ParsePrefix(f[0])
		if strings.HasPrefix(l, "ip route ") && len(f) > 1 && err == nil && p.Masked().Contains(a) && p.Bits() > longest {
			longest, next = p.Bits(), f[len(f)-1]
		}
	}
	if hop, err := netip.ParseAddr(next); err == nil {
		port = connected(hop)
	}
	return next, port
}

func firstWord(s string) string { first, _, _ := strings.Cut(s, " "); return first }

// clashes: on Nexus 9000 a port may be a source of several sessions, but then all
// have different filters or none has one, and none has a VLAN filter (fact sheet,
// 4).
func (d *device) clashes(m *session) bool {
	if d.model.family != "n9k" {
		return false
	}
	for _, o := range d.Running.sorted() {
		shared := false
		for p := range m.Ports {
			shared = shared || o.Ports[p] != 0
		}
		a, b := m.options["filter access-group"], o.options["filter access-group"]
		if o.id != m.id && o.open && shared && (!m.FilterVLANs.Empty() || !o.FilterVLANs.Empty() || a != b && (a == "" || b == "") || a == b && a != "") {
			return true
		}
	}
	return false
}

// place gives the hardware to sessions: who has it keeps it, the rest is taken in
// the order of numbers. A session too many is not refused (fact sheet, 1.6).
func (d *device) place() {
	before := d.held
	d.held = map[int]bool{}
	active, sending, ends := 0, 0, 0
	full := func(n, limit int) bool { return limit > 0 && n >= limit }
	for _, again := range []bool{true, false} {
		for _, m := range d.Running.sorted() {
			sends := m.Directions()&plant.TX != 0
			switch {
			case before[m.id] != again || d.fault(m) != "":
			case m.kind == erspanEnd && d.model.ends > 0:
				if !full(ends, d.model.ends) {
					d.held[m.id], ends = true, ends+1
				}
			case !full(active, d.model.active) && !(sends && full(sending, d.model.sending)):
				d.held[m.id], active = true, active+1
				if sends {
					sending++
				}
			}
		}
	}
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

// What ERSPAN adds to a frame: Ethernet 14, IP 20, GRE 8 and the ERSPAN header of
// 8 (type II) or 12 octets (type III).
const (
	overhead2 = 50
	overhead3 = 54
)

// copies is a session as the data plane sees it. Marker packets and sampling on
// the models that have it are counted; drops that are copied are not modelled.
func (d *device) copies(m *session) fabric.CopySession {
	c, _ := m.Copy(d.behind)
	c.Truncate, c.Sample = cmdline.Atoi(m.options["mtu"], 0), cmdline.Atoi(m.options["sampling"], 0)
	tunnel := &fabric.Tunnel{ID: cmdline.Atoi(m.options["erspan-id"], 0), Overhead: overhead2}
	if m.options["header-type"] == "3" {
		tunnel.Overhead = overhead3
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
