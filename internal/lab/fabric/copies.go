package fabric

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// work is what a change has left to be reckoned anew.
type work struct {
	nodes map[*Node]bool // their copies
	ports map[*Port]bool // what leaves them
}

func newWork() work { return work{map[*Node]bool{}, map[*Port]bool{}} }

func (w work) with(o work) work {
	maps.Copy(w.nodes, o.nodes)
	maps.Copy(w.ports, o.ports)
	return w
}

// respread has the copies of a switch reckoned again, if it may make any.
func (w work) respread(n *Node) {
	if len(n.plane.Copies) > 0 || len(n.touched) > 0 {
		w.nodes[n] = true
	}
}

// rebase has all that depends on the generators of a port reckoned again.
func (w work) rebase(p *Port) {
	w.ports[p] = true
	w.recopy(p)
}

// recopy has the copies of what passes a port reckoned again.
func (w work) recopy(p *Port) {
	w.respread(p.node)
	if p.Peer != nil {
		w.respread(p.Peer.node)
	}
}

// reach is what a change of a switch can affect: its ports and their peers, the
// copies of it and of its neighbours, and, when it is on somebody's way, those
// that leave some switch.
func (f *Fabric) reach(n *Node) work {
	w := newWork()
	for _, p := range n.Ports {
		w.rebase(p)
		if p.Peer != nil {
			w.rebase(p.Peer)
		}
	}
	w.respread(n)
	if n.onTheWay() {
		for r := range f.remote {
			if r.domain == n.domain || n.domain.tunnels > 0 && r.domain.tunnels > 0 {
				w.respread(r)
			}
		}
	}
	return w
}

// reckon puts the rates in force that follow from a change at the moment at. What
// a port cannot send squeezes what comes after it, which may be a port that
// cannot send all again: it goes on until nothing is squeezed otherwise.
func (f *Fabric) reckon(w work, at time.Time) {
	const rounds = 16 // a session that copies its own copies' way may never settle
	changed, origins := map[*Port]bool{}, map[*Node]bool{}
	for p := range w.ports {
		p.base = p.baseFlow()
	}
	for range rounds {
		for _, m := range w.inOrder() {
			origins[m] = true
			for p := range m.touched {
				p.uncarry(m)
				w.ports[p] = true
			}
			clear(m.touched)
			if f.spread(m) {
				f.remote[m] = true
			} else {
				delete(f.remote, m)
			}
			for p := range m.touched {
				w.ports[p] = true
			}
		}
		clear(w.nodes)
		for p := range w.ports {
			changed[p] = true
			ratio := p.offered().fit(p.speed)
			if math.Abs(ratio-p.ratio) < 1e-12 {
				continue
			}
			p.ratio = ratio
			w.recopy(p)
			for _, s := range p.copies {
				w.respread(s.origin)
			}
		}
		clear(w.ports)
		if len(w.nodes) == 0 {
			break
		}
	}
	f.settleRates(changed, at)
	for p := range changed {
		for _, s := range p.copies {
			origins[s.origin] = true
		}
	}
	for n := range origins {
		n.tally(at)
	}
}

// inOrder are the switches in the order of AddNode: sums of floats come out the
// same in every run.
func (w work) inOrder() []*Node {
	return slices.SortedFunc(maps.Keys(w.nodes), func(a, b *Node) int { return cmp.Compare(a.id, b.id) })
}

// onTheWay reports whether copies of other switches may end at n or pass it.
func (n *Node) onTheWay() bool {
	if !n.plane.Remote.Empty() {
		return true
	}
	if n.plane.endsTunnel() {
		return true
	}
	for _, p := range n.Ports {
		for _, s := range p.copies {
			if s.origin != n {
				return true
			}
		}
	}
	return false
}

// settleRates puts new rates in force on the changed ports and their peers.
func (f *Fabric) settleRates(changed map[*Port]bool, now time.Time) {
	for p := range changed {
		p.settle(now)
		p.out = p.offered().times(p.ratio)
		p.drop = p.offered().frames * (1 - p.ratio)
		if q := p.Peer; q != nil {
			q.settle(now)
			q.in = p.out
			q.sieve()
		} else {
			p.in = p.enteringFlow()
			p.sieve()
		}
	}
}

// fit is the part of a flow that a port can send, 0 to 1.
func (f flow) fit(speed BitRate) float64 {
	if wire := f.wireBits(); wire > float64(speed) {
		return float64(speed) / wire
	}
	return 1
}

func (p *Port) offered() flow {
	total := p.base
	for _, s := range p.copies {
		total = total.plus(s.flow)
	}
	return total
}

// baseFlow is what leaves a port without copies.
func (p *Port) baseFlow() flow {
	var total flow
	if !p.up() || p.state.Monitor {
		return total
	}
	for _, g := range p.generators {
		if p.state.carries(g.vlan) {
			total = total.plus(g.flow)
		}
	}
	return total
}

// enteringFlow is what hosts send into a port that is not linked.
func (p *Port) enteringFlow() flow {
	var total flow
	for _, g := range p.entering {
		if p.up() && (!p.state.Monitor || p.state.Ingress) && p.state.carries(g.vlan) {
			total = total.plus(g.flow)
		}
	}
	return total
}

// seen is what a session copies of a port in one direction within the given VLANs (nil:
// all); marked: only what its lists mark. The frames of each generator are cut by
// themselves: short ones beside long ones stay whole.
func (p *Port) seen(s *CopySession, rx bool, only *VLANSet, marked bool) flow {
	var total flow
	cut := s.cut()
	if !p.up() || p.state.Monitor {
		return total
	}
	gens, ratio := p.generators, p.ratio
	if rx {
		gens, ratio = p.arrivals()
	}
	for _, g := range gens {
		vlan := g.vlan
		if vlan == 0 {
			vlan = p.state.Untagged()
		}
		if p.state.carries(g.vlan) && (only == nil || only.Has(vlan)) && (!marked || p.verdict(g).Copy) && (s.Select == nil || s.Select(g.packet)) {
			total = total.plus(g.flow.truncated(cut))
		}
	}
	return total.times(ratio)
}

// spread computes the copies that the sessions of n make and puts them on the
// ports they leave by. It reports whether any leave the switch. Copies of
// copies are not modelled: a mirrored port that carries copies mirrors only
// its own traffic.
func (f *Fabric) spread(n *Node) (leaves bool) {
	for i := range n.plane.Copies {
		s := &n.plane.Copies[i]
		if s.FromVLAN != 0 || s.FromTunnel != nil {
			continue // a sink: filled by the switch that makes the copies
		}
		load := n.collect(s).times((1 - n.trouble.Lost) / float64(max(s.Sample, 1)))
		switch {
		case s.ToVLAN != 0:
			leaves = true
			if n.plane.Remote.Has(s.ToVLAN) {
				f.flood(n, n, nil, s.ToVLAN, load, map[*Node]bool{})
			}
		case s.ToTunnel != nil:
			leaves = true
			f.send(n, s.ToTunnel, load)
		default:
			n.deliver(n, s, load)
		}
	}
	return leaves
}

// cut is the longest copy that a session makes, 0 = whole frames.
func (s *CopySession) cut() int {
	cut := s.Truncate
	if t := s.ToTunnel; t != nil && t.MTU > 0 && (cut == 0 || t.MTU < cut) {
		cut = t.MTU
	}
	return cut
}

// collect is the sum of a session's sources.
func (n *Node) collect(s *CopySession) flow {
	var total flow
	filter := &s.OnlyVLANs
	if filter.Empty() {
		filter = nil
	}
	for _, src := range s.Ports {
		p := n.ByName[src.Port]
		if p == nil {
			continue
		}
		if src.RX {
			total = total.plus(p.seen(s, true, filter, s.Marked))
		}
		if src.TX && !s.Marked {
			total = total.plus(p.seen(s, false, filter, false))
		}
	}
	for _, v := range s.VLANs {
		one := VLANs(v.VLAN)
		for _, p := range n.Ports {
			if v.RX {
				total = total.plus(p.seen(s, true, &one, false))
			}
			if v.TX {
				total = total.plus(p.seen(s, false, &one, false))
			}
		}
	}
	return total
}

// deliver puts copies made by origin on the destination ports of a session of
// n: whole on each port and each bundle, shared by the ports of a bundle.
func (n *Node) deliver(origin *Node, s *CopySession, load flow) {
	for _, p := range n.open(s.ToPorts) {
		p.carry(origin, load)
	}
	for _, bundle := range s.ToBundles {
		members := n.open(bundle)
		for _, p := range members {
			p.carry(origin, load.times(1/float64(len(members))))
		}
	}
}

// open lists those of the named ports that can send.
func (n *Node) open(names []string) []*Port {
	var out []*Port
	for _, name := range names {
		if p := n.ByName[name]; p != nil && p.up() {
			out = append(out, p)
		}
	}
	return out
}

// carry has copies of origin leave by a port, uncarry no more.
func (p *Port) carry(origin *Node, load flow) {
	origin.touched[p] = true
	i, found := p.shareOf(origin)
	if !found {
		p.copies = slices.Insert(p.copies, i, share{origin: origin})
	}
	p.copies[i].flow = p.copies[i].flow.plus(load)
}

func (p *Port) uncarry(origin *Node) {
	if i, found := p.shareOf(origin); found {
		p.copies = slices.Delete(p.copies, i, i+1)
	}
}

func (p *Port) shareOf(origin *Node) (i int, found bool) {
	return slices.BinarySearchFunc(p.copies, origin.id, func(s share, id int) int { return cmp.Compare(s.origin.id, id) })
}

// flood sends copies in a remote VLAN: to every session that ends here, and
// out of every trunk that carries the VLAN. A switch is visited once, as if
// spanning tree had cut the loops.
func (f *Fabric) flood(origin, n *Node, from *Port, vlan int, load flow, visited map[*Node]bool) {
	visited[n] = true
	for i := range n.plane.Copies {
		s := &n.plane.Copies[i]
		if s.FromVLAN == vlan && n != origin {
			n.deliver(origin, s, load.times(1-n.trouble.Lost))
		}
	}
	for _, p := range n.Ports {
		if p == from || !p.up() || !p.state.Trunk || p.state.Monitor || !p.state.Allowed.Has(vlan) {
			continue
		}
		tagged := load.wider(4)
		p.carry(origin, tagged)
		q := p.Peer
		if q == nil || visited[q.node] || !q.state.Trunk || !q.state.Allowed.Has(vlan) || !q.node.plane.Remote.Has(vlan) {
			continue
		}
		f.flood(origin, q.node, q, vlan, load.times(p.ratio), visited)
	}
}

// send puts copies into a tunnel; they are cut already.
func (f *Fabric) send(n *Node, t *Tunnel, load flow) {
	if up := n.uplink(); up != nil {
		up.carry(n, load.wider(t.Overhead))
		load = load.times(up.ratio)
	}
	for m := range f.ends {
		for i := range m.plane.Copies {
			s := &m.plane.Copies[i]
			if s.FromTunnel != nil && s.FromTunnel.Address == t.Address && s.FromTunnel.ID == t.ID {
				m.deliver(n, s, load.times(1-m.trouble.Lost))
			}
		}
	}
}

// uplink is the port by which encapsulated copies leave: the first link that
// is up. Routing is not modelled.
func (n *Node) uplink() *Port {
	for _, p := range n.Ports {
		if p.Peer != nil && p.up() && !p.state.Monitor {
			return p
		}
	}
	return nil
}
