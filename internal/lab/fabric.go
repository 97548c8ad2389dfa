package lab

import (
	"slices"
	"sync"
	"time"
)

// A fabric is the neutral data plane: every port of every switch, the links,
// the generators and the rates that follow from them. Control planes tell it
// what their configuration means (configure) and read counters from it. Rates
// are constant between two changes, so counters need no clock of their own:
// they are brought up to date when they are read and before a rate changes.
type fabric struct {
	mu    sync.Mutex
	now   func() time.Time
	nodes map[string]*node
	// remote holds the nodes whose copies leave the switch: a change on their
	// way may lengthen, shorten or squeeze it.
	remote map[*node]bool
	// ends holds the nodes where tunnels end.
	ends map[*node]bool
}

// A node is one switch in the fabric.
type node struct {
	name   string
	mac    mac // base address, the last octet is 0
	ports  []*port
	byName map[string]*port
	plane  plane
	dead   bool // copies nothing although configured: a fault
	// touched are the ports that carry copies of this node's sessions.
	touched map[*port]bool
}

// A port is one physical port. Fields below the line change with the
// configuration or the load, under fabric.mu.
type port struct {
	node  *node
	name  string
	short string // as the platform abbreviates it
	index int    // position on the switch, from 0
	speed rate
	peer  *port // other end of a link
	hosts []host
	wired bool // something is plugged in

	generators []generator // leaving; frames entering a linked port leave its peer
	entering   []generator // entering from a host

	state   planePort
	base    flow           // leaving without copies
	copies  map[*node]flow // leaving copies, by the switch that made them
	in, out flow           // in force since "since"; out is what is really sent
	drop    float64        // frames per second that do not fit
	ratio   float64        // part of the offered frames that is sent
	since   time.Time
	ctr     portCounters
}

// A generator is constant traffic.
type generator struct {
	vlan int
	flow flow
}

// A flow is traffic per second: octets of frames including the checksum, and
// frames.
type flow struct{ octets, frames float64 }

func (f flow) plus(o flow) flow      { return flow{f.octets + o.octets, f.frames + o.frames} }
func (f flow) times(r float64) flow  { return flow{f.octets * r, f.frames * r} }
func (f flow) wider(octets int) flow { return flow{f.octets + f.frames*float64(octets), f.frames} }
func (f flow) wireBits() float64     { return (f.octets + 20*f.frames) * 8 } // preamble and gap: 20 octets
func (f flow) truncated(max int) flow {
	if max > 0 && f.frames > 0 && f.octets/f.frames > float64(max) {
		f.octets = f.frames * float64(max)
	}
	return f
}

// A plane is what a control plane's configuration means for frames.
type plane struct {
	ports  map[string]planePort // absent: the zero planePort
	remote vlanSet              // VLANs that flood without learning
	copies []copySession
	speaks []string // discovery protocols, by name
	sysCap string   // system capabilities, in the letters of LLDP
	host   string   // system name
	descr  string   // system description
	model  string   // what the switch is
}

// A planePort is one port's forwarding state.
type planePort struct {
	down    bool // administratively
	trunk   bool
	routed  bool
	access  int     // VLAN of untagged frames; 0 means 1
	allowed vlanSet // tagged VLANs of a trunk, and voice VLANs
	monitor bool    // destination of a session: nothing else leaves
	ingress bool    // a monitor port that still accepts frames
	descr   string
}

func (p planePort) untagged() int { return max(p.access, 1) }

// carries reports whether frames of a VLAN pass (0 = untagged).
func (p planePort) carries(vlan int) bool {
	return vlan == 0 || p.routed || vlan == p.untagged() && !p.trunk || p.allowed.has(vlan)
}

// A copySession copies frames; one of the three sinks is set.
type copySession struct {
	ports     []copySource
	vlans     []copyVLAN
	fromVLAN  int     // copies that arrive in this remote VLAN
	fromTun   *tunnel // copies that arrive through a tunnel
	onlyVLANs vlanSet // empty: no filter
	toPorts   []string
	toVLAN    int
	toTun     *tunnel
}

type copySource struct {
	port   string
	rx, tx bool
}

type copyVLAN struct {
	vlan   int
	rx, tx bool
}

// A tunnel is one stream of encapsulated copies. The intermediate network is
// not modelled: it delivers to every session that terminates the same address
// and id, and every other address is a collector somewhere out there.
type tunnel struct {
	address  string
	id       int
	overhead int // octets per frame
	mtu      int // longest copy, 0 = no truncation
}

func newFabric(now func() time.Time) *fabric {
	return &fabric{now: now, nodes: map[string]*node{}, remote: map[*node]bool{}, ends: map[*node]bool{}}
}

// addNode registers a switch before links and traffic are.
func (f *fabric) addNode(name string, ports []portSpec, short func(string) string) *node {
	n := &node{name: name, mac: macFor(name), byName: map[string]*port{}, touched: map[*port]bool{}}
	for i, p := range ports {
		pt := &port{node: n, name: p.name, short: short(p.name), index: i, speed: p.speed, since: f.now(), ratio: 1}
		n.ports = append(n.ports, pt)
		n.byName[p.name] = pt
	}
	f.nodes[name] = n
	return n
}

// link joins two ports.
func (f *fabric) link(a, b *port) { a.peer, b.peer, a.wired, b.wired = b, a, true, true }

// plug puts a host on a port.
func (f *fabric) plug(p *port, h host) { p.hosts, p.wired = append(p.hosts, h), true }

// defaultFrame is the mean frame of a generator that does not say, in octets.
const defaultFrame = 500

// addTraffic adds a generator to a port; out is seen from the switch.
func (p *port) addTraffic(out bool, t traffic) {
	g := generator{vlan: t.vlan, flow: flow{octets: float64(t.bits) / 8, frames: t.frames}}
	if g.flow.frames == 0 {
		g.flow.frames = g.flow.octets / defaultFrame
	}
	p.wired = true
	switch {
	case out:
		p.generators = append(p.generators, g)
	case p.peer != nil:
		p.peer.generators = append(p.peer.generators, g)
	default:
		p.entering = append(p.entering, g)
	}
}

// up reports whether the link of a port is up: something is plugged in and
// neither end is shut down.
func (p *port) up() bool {
	return p.wired && !p.state.down && (p.peer == nil || !p.peer.state.down)
}

// configure tells the fabric what a switch's configuration means now.
func (f *fabric) configure(n *node, pl plane) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := n.onTheWay()
	n.plane = pl
	for _, p := range n.ports {
		p.state = pl.ports[p.name]
	}
	delete(f.ends, n)
	for _, s := range pl.copies {
		if s.fromTun != nil {
			f.ends[n] = true
		}
	}
	f.recompute(n, before)
}

// setDead makes a switch accept sessions and copy nothing.
func (f *fabric) setDead(n *node, dead bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n.dead != dead {
		n.dead = dead
		f.recompute(n, false)
	}
}

// setTraffic replaces the generators of one port and direction.
func (f *fabric) setTraffic(p *port, out bool, ts []traffic) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case out:
		p.generators = nil
	case p.peer != nil:
		p.peer.generators = nil
	default:
		p.entering = nil
	}
	for _, t := range ts {
		p.addTraffic(out, t)
	}
	f.recompute(p.node, false)
	if p.peer != nil {
		f.recompute(p.peer.node, false)
	}
}

// A neighbour is what a discovery protocol tells about the other end of a
// port. A host names its port by address: then portID is empty.
type neighbour struct {
	local            *port
	system, portID   string
	portMAC, chassis mac
	cap              string // capabilities, in the letters of LLDP
	descr, portDescr string
	vlan             int
	model, portName  string
}

// neighbours lists what a switch hears over a discovery protocol, in port
// order.
func (f *fabric) neighbours(n *node, protocol string) []neighbour {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []neighbour
	for _, p := range n.ports {
		if !p.up() || p.state.monitor && !p.state.ingress {
			continue
		}
		if q := p.peer; q != nil && slices.Contains(q.node.plane.speaks, protocol) && !q.state.monitor {
			out = append(out, neighbour{local: p, system: q.node.plane.host, portID: q.short, chassis: q.node.mac,
				cap: q.node.plane.sysCap, descr: q.node.plane.descr, portDescr: q.state.descr, vlan: q.state.untagged(),
				model: q.node.plane.model, portName: q.name})
		}
		for _, h := range p.hosts {
			if slices.Contains(h.speaks, protocol) {
				out = append(out, neighbour{local: p, system: h.name, portMAC: h.mac, chassis: h.mac, cap: "S", descr: "host", model: "host", portName: "Port 1"})
			}
		}
	}
	return out
}
