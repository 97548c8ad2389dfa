package fabric

import "math"

// recompute brings the rates up to date after a change at n. Only three kinds
// of ports can be affected: those of n, their peers, and those that carry
// copies which leave some switch; those are looked at only when n is on
// somebody's way, or was (wasOnTheWay). The caller holds f.mu.
func (f *Fabric) recompute(n *Node, wasOnTheWay bool) {
	again := map[*Node]bool{n: true}
	if wasOnTheWay || n.onTheWay() {
		for r := range f.remote {
			again[r] = true
		}
	}
	changed := map[*Port]bool{}
	for _, p := range n.Ports {
		p.base = p.baseFlow()
		changed[p] = true
		if q := p.Peer; q != nil {
			q.base = q.baseFlow()
			changed[q] = true
		}
	}
	// A link that drops squeezes what comes after it, and what comes after it
	// may be a link again: a few rounds settle paths of that many hops.
	const rounds = 4
	for i := range rounds {
		leaves := false
		for m := range again {
			for p := range m.touched {
				delete(p.copies, m)
				changed[p] = true
			}
			clear(m.touched)
			if f.spread(m) {
				leaves = true
				f.remote[m] = true
			} else {
				delete(f.remote, m)
			}
			for p := range m.touched {
				changed[p] = true
			}
		}
		for p := range changed {
			p.ratio = p.offered().fit(p.speed)
		}
		if !leaves || i == rounds-1 {
			break
		}
	}
	f.settleRates(changed)
}

// onTheWay reports whether copies of other switches may end at n or pass it.
func (n *Node) onTheWay() bool {
	if !n.plane.Remote.Empty() {
		return true
	}
	for _, s := range n.plane.Copies {
		if s.FromTunnel != nil {
			return true
		}
	}
	for _, p := range n.Ports {
		for origin := range p.copies {
			if origin != n {
				return true
			}
		}
	}
	return false
}

// settleRates puts new rates in force on the changed ports and their peers.
func (f *Fabric) settleRates(changed map[*Port]bool) {
	now := f.now()
	for p := range changed {
		p.settle(now)
		p.out = p.offered().times(p.ratio)
		p.drop = p.offered().frames * (1 - p.ratio)
		if q := p.Peer; q != nil {
			q.settle(now)
			q.in = p.out
		} else {
			p.in = p.enteringFlow()
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
	for _, c := range p.copies {
		total = total.plus(c)
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

// seen is the traffic of a port in one direction within the given VLANs.
func (p *Port) seen(rx bool, only VLANSet) flow {
	var total flow
	if !p.up() || p.state.Monitor {
		return total
	}
	gens, ratio := p.generators, p.ratio
	if rx {
		gens, ratio = p.entering, 1
		if p.Peer != nil {
			gens, ratio = p.Peer.generators, p.Peer.ratio
		}
	}
	for _, g := range gens {
		vlan := g.vlan
		if vlan == 0 {
			vlan = p.state.Untagged()
		}
		if p.state.carries(g.vlan) && (only.Empty() || only.Has(vlan)) {
			total = total.plus(g.flow)
		}
	}
	return total.times(ratio)
}

// spread computes the copies that the sessions of n make and puts them on the
// ports they leave by. It reports whether any leave the switch. Copies of
// copies are not modelled: a mirrored port that carries copies mirrors only
// its own traffic.
func (f *Fabric) spread(n *Node) (leaves bool) {
	if n.dead {
		return false
	}
	for _, s := range n.plane.Copies {
		if s.FromVLAN != 0 || s.FromTunnel != nil {
			continue // a sink: filled by the switch that makes the copies
		}
		load := n.collect(s).truncated(s.Truncate).times(1 / float64(max(s.Sample, 1)))
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

// collect is the sum of a session's sources.
func (n *Node) collect(s CopySession) flow {
	var total flow
	for _, src := range s.Ports {
		p := n.ByName[src.Port]
		if p == nil {
			continue
		}
		if src.RX {
			total = total.plus(p.seen(true, s.OnlyVLANs))
		}
		if src.TX {
			total = total.plus(p.seen(false, s.OnlyVLANs))
		}
	}
	for _, v := range s.VLANs {
		only := VLANs(v.VLAN)
		for _, p := range n.Ports {
			if v.RX {
				total = total.plus(p.seen(true, only))
			}
			if v.TX {
				total = total.plus(p.seen(false, only))
			}
		}
	}
	return total
}

// deliver puts copies made by origin on the destination ports of a session of
// n: whole on each port and each bundle, shared by the ports of a bundle.
func (n *Node) deliver(origin *Node, s CopySession, load flow) {
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
		if p := n.ByName[name]; p != nil && p.wired && !p.state.Down {
			out = append(out, p)
		}
	}
	return out
}

func (p *Port) carry(origin *Node, load flow) {
	if p.copies == nil {
		p.copies = map[*Node]flow{}
	}
	p.copies[origin] = p.copies[origin].plus(load)
	origin.touched[p] = true
}

// flood sends copies in a remote VLAN: to every session that ends here, and
// out of every trunk that carries the VLAN. A switch is visited once, as if
// spanning tree had cut the loops.
func (f *Fabric) flood(origin, n *Node, from *Port, vlan int, load flow, visited map[*Node]bool) {
	visited[n] = true
	if !n.dead {
		for _, s := range n.plane.Copies {
			if s.FromVLAN == vlan && n != origin {
				n.deliver(origin, s, load)
			}
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

// send puts copies into a tunnel.
func (f *Fabric) send(n *Node, t *Tunnel, load flow) {
	load = load.truncated(t.MTU)
	ratio := 1.0
	if up := n.uplink(); up != nil {
		up.carry(n, load.wider(t.Overhead))
		ratio = up.ratio
	}
	for m := range f.ends {
		for _, s := range m.plane.Copies {
			if s.FromTunnel != nil && s.FromTunnel.Address == t.Address && s.FromTunnel.ID == t.ID && !m.dead {
				m.deliver(n, s, load.times(ratio))
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

// rateOf turns octets per second into the bits per second that a switch shows.
func rateOf(f flow) (bits, frames uint64) {
	return uint64(math.Round(f.octets * 8)), uint64(math.Round(f.frames))
}
