package fabric

import (
	"slices"
	"sync"
	"time"
)

// A Fabric is the neutral data plane: every port of every switch, the links,
// the generators and the rates that follow from them. Control planes tell it
// what their configuration means (Configure) and read counters from it. Rates
// are constant between two changes, so counters need no clock of their own:
// they are brought up to date when they are read and before a rate changes, and
// the changes that generators make by themselves are worked in then (forward).
type Fabric struct {
	mu    sync.Mutex
	now   func() time.Time
	born  time.Time
	nodes map[string]*Node
	// remote holds the nodes whose copies leave the switch: a change on their
	// way may lengthen, shorten or squeeze it.
	remote map[*Node]bool
	// tunnels holds the nodes where tunnels begin or end, joined their domains.
	// Ends are those where one ends.
	tunnels, ends map[*Node]bool
	joined        []*domain
}

// A Node is one switch in the fabric.
type Node struct {
	id     int // in the order of AddNode
	domain *domain
	name   string
	MAC    MAC // base address, the last octet is 0
	Ports  []*Port
	ByName map[string]*Port
	plane  Plane
	// trouble is what goes wrong; shift and renumbered are of the ports' numbers.
	trouble    Trouble
	shift      int
	renumbered time.Time
	// counted is what was read last, at countedAt where that is refreshed seldom.
	counted   []PortCounters
	countedAt time.Time
	// tallies are of its sessions with a name, brought up to talliedAt.
	tallies   map[string]*tally
	talliedAt time.Time
	// touched are the ports that carry copies of this node's sessions.
	touched map[*Port]bool
}

// A Port is one physical port. Fields below the line change with the
// configuration or the load, under Fabric.mu.
type Port struct {
	node  *Node
	Name  string
	Short string // as the platform abbreviates it
	index int    // position on the switch, from 0
	speed BitRate
	Peer  *Port // other end of a link
	Hosts []Host
	wired bool // something is plugged in
	// unplugged says that it is not any more, for this end of the link.
	unplugged bool

	generators []*generator // leaving; frames entering a linked port leave its peer
	entering   []*generator // entering from a host

	state   PortState
	base    flow    // leaving without copies
	copies  []share // leaving copies, by the switch that made them
	in, out flow    // in force since "since"; out is what is really sent
	drop    float64 // frames per second that do not fit
	ratio   float64 // part of the offered frames that is sent
	sieved  float64 // frames per second that its lists drop
	since   time.Time
	ctr     portCounters
	ahead   Sums // what is told beyond ctr
	cleared Sums // what the command line does not show of the two
	// clearedAt is when a person cleared them, toldAt when an agent said that they
	// began anew.
	clearedAt, toldAt time.Time
}

// A share is the copies of one switch that leave by a port.
type share struct {
	origin *Node
	flow   flow
}

// A flow is traffic per second: octets of frames including the checksum, and
// frames.
type flow struct{ octets, frames float64 }

func (f flow) plus(o flow) flow      { return flow{f.octets + o.octets, f.frames + o.frames} }
func (f flow) minus(o flow) flow     { return flow{f.octets - o.octets, f.frames - o.frames} }
func (f flow) times(r float64) flow  { return flow{f.octets * r, f.frames * r} }
func (f flow) wider(octets int) flow { return flow{f.octets + f.frames*float64(octets), f.frames} }
func (f flow) wireBits() float64     { return (f.octets + 20*f.frames) * 8 } // preamble and gap: 20 octets
func (f flow) truncated(max int) flow {
	if max > 0 && f.frames > 0 && f.octets/f.frames > float64(max) {
		f.octets = f.frames * float64(max)
	}
	return f
}

// A Plane is what a control plane's configuration means for frames.
type Plane struct {
	Ports        map[string]PortState // absent: the zero PortState
	Remote       VLANSet              // VLANs that flood without learning
	Copies       []CopySession
	Speaks       []string // discovery protocols, by name
	Capabilities string   // system capabilities, in the letters of LLDP
	SystemName   string   // system name
	Description  string   // system description
	Model        string   // what the switch is
}

// A PortState is one port's forwarding state.
type PortState struct {
	Down    bool // administratively
	Trunk   bool
	Routed  bool
	Access  int     // VLAN of untagged frames; 0 means 1
	Allowed VLANSet // tagged VLANs of a trunk, and voice VLANs
	Monitor bool    // destination of a session: nothing else leaves
	Ingress bool    // a monitor port that still accepts frames
	// LoadInterval is what the mean rates are over; 0 = 5 minutes.
	LoadInterval time.Duration
	Description  string
	// Filter decides about frames that enter; nil = all go on.
	Filter Filter
}

// Untagged is the VLAN of untagged frames.
func (p *PortState) Untagged() int { return max(p.Access, 1) }

// carries reports whether frames of a VLAN pass (0 = untagged).
func (p *PortState) carries(vlan int) bool {
	return vlan == 0 || p.Routed || vlan == p.Untagged() && !p.Trunk || p.Allowed.Has(vlan)
}

// A CopySession copies frames to ports and bundles, into a VLAN or into a
// tunnel: one of the three.
type CopySession struct {
	Name       string // by which it is tallied, "" = it is not
	Ports      []CopySource
	VLANs      []CopyVLAN
	FromVLAN   int     // copies that arrive in this remote VLAN
	FromTunnel *Tunnel // copies that arrive through a tunnel
	OnlyVLANs  VLANSet // empty: no filter
	Marked     bool    // of ports only what enters and is marked by their Filter
	// Select tells which packets are copied; nil = all.
	Select    func(Packet) bool
	Truncate  int // longest copy in octets, 0 = whole frames
	Sample    int // one of so many frames is copied, 0 = each
	ToPorts   []string
	ToBundles [][]string // each a destination whose ports share the copies
	ToVLAN    int
	ToTunnel  *Tunnel
}

// A CopySource is a port whose traffic is copied, by direction.
type CopySource struct {
	Port   string
	RX, TX bool
}

// A CopyVLAN is a VLAN whose traffic is copied, by direction.
type CopyVLAN struct {
	VLAN   int
	RX, TX bool
}

// A Tunnel is one stream of encapsulated copies. The intermediate network is
// not modelled: it delivers to every session that terminates the same address
// and id, and every other address is a collector somewhere out there.
type Tunnel struct {
	Address  string
	ID       int
	Overhead int // octets per frame
	MTU      int // longest copy, 0 = no truncation
}

// New is a data plane without switches; now is its clock.
func New(now func() time.Time) *Fabric {
	return &Fabric{now: now, born: now(), nodes: map[string]*Node{}, remote: map[*Node]bool{}, tunnels: map[*Node]bool{}, ends: map[*Node]bool{}}
}

// AddNode registers a switch before links and traffic are.
func (f *Fabric) AddNode(name string, ports []PortSpec, short func(string) string) *Node {
	n := &Node{id: len(f.nodes), name: name, MAC: macFor(name), ByName: map[string]*Port{}, touched: map[*Port]bool{}}
	n.domain = &domain{nodes: []*Node{n}, at: f.born}
	for i, p := range ports {
		pt := &Port{node: n, Name: p.Name, Short: short(p.Name), index: i, speed: p.Speed, since: f.born, ratio: 1}
		n.Ports = append(n.Ports, pt)
		n.ByName[p.Name] = pt
	}
	f.nodes[name] = n
	return n
}

// Link joins two ports; all links are made before the first Configure.
func (f *Fabric) Link(a, b *Port) {
	a.Peer, b.Peer, a.wired, b.wired = b, a, true, true
	a.node.domain.merge(b.node.domain)
}

// Plug puts a host on a port.
func (f *Fabric) Plug(p *Port, h Host) { p.Hosts, p.wired = append(p.Hosts, h), true }

// AddTraffic adds a generator to a port before the first Configure; out is seen
// from the switch. Its pattern begins with the fabric.
func (f *Fabric) AddTraffic(p *Port, out bool, t Traffic) { p.add(out, t, f.born) }

// add starts a generator; its pattern begins at from.
func (p *Port) add(out bool, t Traffic, from time.Time) {
	p.wired = true
	g := newGenerator(p, t, from)
	if !out && p.Peer != nil {
		g.port, out = p.Peer, true
	}
	if out {
		g.port.generators = append(g.port.generators, g)
	} else {
		p.entering = append(p.entering, g)
	}
	p.node.domain.plant(g)
}

// up reports whether the link of a port is up: something is plugged in and
// neither end is shut down.
func (p *Port) up() bool {
	return p.wired && p.on() && (p.Peer == nil || p.Peer.on())
}

// on reports whether this end of a link is.
func (p *Port) on() bool { return !p.unplugged && !p.state.Down }

// Configure tells the fabric what a switch's configuration means now.
func (f *Fabric) Configure(n *Node, pl Plane) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	f.forward(n.domain, now)
	w := f.reach(n)
	if joins := pl.tunnels(); joins != f.tunnels[n] {
		if len(f.joined) > 0 {
			f.forward(f.joined[0], now)
		}
		f.join(n, joins)
	}
	for _, p := range n.Ports {
		p.settle(now) // what the state decides holds from now on
	}
	delete(f.ends, n)
	if n.plane = pl; pl.endsTunnel() {
		f.ends[n] = true
	}
	for _, p := range n.Ports {
		p.state = pl.Ports[p.Name]
	}
	f.reckon(w.with(f.reach(n)), now)
}

// Trouble is what goes wrong in the data plane of a switch.
type Trouble struct {
	// Lost is the part of the copies that gets lost without being counted, 0 to 1.
	Lost float64
	// Unplugged are ports without a link.
	Unplugged []string
	// Bits32 has counters told as agents do that keep 32 bits: modulo 2^32.
	Bits32 bool
	// Refresh is how often the counters that are told are brought up to date, 0 =
	// whenever they are read.
	Refresh time.Duration
}

// SetTrouble replaces what goes wrong.
func (f *Fabric) SetTrouble(n *Node, t Trouble) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	f.forward(n.domain, now)
	same := n.trouble.Lost == t.Lost && slices.Equal(n.trouble.Unplugged, t.Unplugged)
	if n.trouble, n.countedAt = t, (time.Time{}); same {
		return
	}
	w := f.reach(n)
	for _, p := range n.Ports {
		p.unplugged = slices.Contains(t.Unplugged, p.Name)
	}
	f.reckon(w.with(f.reach(n)), now)
}

// SetTraffic replaces the generators of one port and direction. Patterns begin
// now.
func (f *Fabric) SetTraffic(p *Port, out bool, ts []Traffic) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	f.forward(p.node.domain, now)
	gone := &p.entering
	switch {
	case out:
		gone = &p.generators
	case p.Peer != nil:
		gone = &p.Peer.generators
	}
	for _, g := range *gone {
		p.node.domain.uproot(g)
	}
	*gone = nil
	for _, t := range ts {
		p.add(out, t, now)
	}
	w := newWork()
	w.rebase(p)
	if p.Peer != nil {
		w.rebase(p.Peer)
	}
	f.reckon(w, now)
}

// A neighbour is what a discovery protocol tells about the other end of a
// port. A host names its port by address: then portID is empty.
type neighbour struct {
	Local                        *Port
	System, PortID               string
	PortMAC, Chassis             MAC
	Capabilities                 string // capabilities, in the letters of LLDP
	Description, PortDescription string
	VLAN                         int
	Model, PortName              string
}

// Neighbours lists what a switch hears over a discovery protocol, in port
// order.
func (f *Fabric) Neighbours(n *Node, protocol string) []neighbour {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []neighbour
	for _, p := range n.Ports {
		if !p.up() || p.state.Monitor && !p.state.Ingress {
			continue
		}
		if q := p.Peer; q != nil && slices.Contains(q.node.plane.Speaks, protocol) && !q.state.Monitor {
			out = append(out, neighbour{Local: p, System: q.node.plane.SystemName, PortID: q.Short, Chassis: q.node.MAC,
				Capabilities: q.node.plane.Capabilities, Description: q.node.plane.Description, PortDescription: q.state.Description, VLAN: q.state.Untagged(),
				Model: q.node.plane.Model, PortName: q.Name})
		}
		for _, h := range p.Hosts {
			if slices.Contains(h.Speaks, protocol) {
				out = append(out, neighbour{Local: p, System: h.Name, PortMAC: h.MAC, Chassis: h.MAC, Capabilities: "S", Description: "host", Model: "host", PortName: "Port 1"})
			}
		}
	}
	return out
}
