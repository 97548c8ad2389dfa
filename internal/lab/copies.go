package lab

import "math"

// recompute brings the rates up to date after a change at n. Only three kinds
// of ports can be affected: those of n, their peers, and those that carry
// copies which leave some switch; those are looked at only when n is on
// somebody's way, or was (wasOnTheWay). The caller holds f.mu.
func (f *fabric) recompute(n *node, wasOnTheWay bool) {
	again := map[*node]bool{n: true}
	if wasOnTheWay || n.onTheWay() {
		for r := range f.remote {
			again[r] = true
		}
	}
	changed := map[*port]bool{}
	for _, p := range n.ports {
		p.base = p.baseFlow()
		changed[p] = true
		if q := p.peer; q != nil {
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
func (n *node) onTheWay() bool {
	if !n.plane.remote.empty() {
		return true
	}
	for _, s := range n.plane.copies {
		if s.fromTun != nil {
			return true
		}
	}
	for _, p := range n.ports {
		for origin := range p.copies {
			if origin != n {
				return true
			}
		}
	}
	return false
}

// settleRates puts new rates in force on the changed ports and their peers.
func (f *fabric) settleRates(changed map[*port]bool) {
	now := f.now()
	for p := range changed {
		p.settle(now)
		p.out = p.offered().times(p.ratio)
		p.drop = p.offered().frames * (1 - p.ratio)
		if q := p.peer; q != nil {
			q.settle(now)
			q.in = p.out
		} else {
			p.in = p.enteringFlow()
		}
	}
}

// fit is the part of a flow that a port can send, 0 to 1.
func (f flow) fit(speed rate) float64 {
	if wire := f.wireBits(); wire > float64(speed) {
		return float64(speed) / wire
	}
	return 1
}

func (p *port) offered() flow {
	total := p.base
	for _, c := range p.copies {
		total = total.plus(c)
	}
	return total
}

// baseFlow is what leaves a port without copies.
func (p *port) baseFlow() flow {
	var total flow
	if !p.up() || p.state.monitor {
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
func (p *port) enteringFlow() flow {
	var total flow
	for _, g := range p.entering {
		if p.up() && (!p.state.monitor || p.state.ingress) && p.state.carries(g.vlan) {
			total = total.plus(g.flow)
		}
	}
	return total
}

// seen is the traffic of a port in one direction within the given VLANs.
func (p *port) seen(rx bool, only vlanSet) flow {
	var total flow
	if !p.up() || p.state.monitor {
		return total
	}
	gens, ratio := p.generators, p.ratio
	if rx {
		gens, ratio = p.entering, 1
		if p.peer != nil {
			gens, ratio = p.peer.generators, p.peer.ratio
		}
	}
	for _, g := range gens {
		vlan := g.vlan
		if vlan == 0 {
			vlan = p.state.untagged()
		}
		if p.state.carries(g.vlan) && (only.empty() || only.has(vlan)) {
			total = total.plus(g.flow)
		}
	}
	return total.times(ratio)
}

// spread computes the copies that the sessions of n make and puts them on the
// ports they leave by. It reports whether any leave the switch. Copies of
// copies are not modelled: a mirrored port that carries copies mirrors only
// its own traffic.
func (f *fabric) spread(n *node) (leaves bool) {
	if n.dead {
		return false
	}
	for _, s := range n.plane.copies {
		if s.fromVLAN != 0 || s.fromTun != nil {
			continue // a sink: filled by the switch that makes the copies
		}
		load := n.collect(s)
		switch {
		case s.toVLAN != 0:
			leaves = true
			if n.plane.remote.has(s.toVLAN) {
				f.flood(n, n, nil, s.toVLAN, load, map[*node]bool{})
			}
		case s.toTun != nil:
			leaves = true
			f.send(n, s.toTun, load)
		default:
			n.deliver(n, s.toPorts, load)
		}
	}
	return leaves
}

// collect is the sum of a session's sources.
func (n *node) collect(s copySession) flow {
	var total flow
	for _, src := range s.ports {
		p := n.byName[src.port]
		if p == nil {
			continue
		}
		if src.rx {
			total = total.plus(p.seen(true, s.onlyVLANs))
		}
		if src.tx {
			total = total.plus(p.seen(false, s.onlyVLANs))
		}
	}
	for _, v := range s.vlans {
		only := vlansOf(v.vlan)
		for _, p := range n.ports {
			if v.rx {
				total = total.plus(p.seen(true, only))
			}
			if v.tx {
				total = total.plus(p.seen(false, only))
			}
		}
	}
	return total
}

// deliver puts copies made by origin on destination ports of n.
func (n *node) deliver(origin *node, ports []string, load flow) {
	for _, name := range ports {
		if p := n.byName[name]; p != nil && p.wired && !p.state.down {
			p.carry(origin, load)
		}
	}
}

func (p *port) carry(origin *node, load flow) {
	if p.copies == nil {
		p.copies = map[*node]flow{}
	}
	p.copies[origin] = p.copies[origin].plus(load)
	origin.touched[p] = true
}

// flood sends copies in a remote VLAN: to every session that ends here, and
// out of every trunk that carries the VLAN. A switch is visited once, as if
// spanning tree had cut the loops.
func (f *fabric) flood(origin, n *node, from *port, vlan int, load flow, visited map[*node]bool) {
	visited[n] = true
	if !n.dead {
		for _, s := range n.plane.copies {
			if s.fromVLAN == vlan && n != origin {
				n.deliver(origin, s.toPorts, load)
			}
		}
	}
	for _, p := range n.ports {
		if p == from || !p.up() || !p.state.trunk || p.state.monitor || !p.state.allowed.has(vlan) {
			continue
		}
		tagged := load.wider(4)
		p.carry(origin, tagged)
		q := p.peer
		if q == nil || visited[q.node] || !q.state.trunk || !q.state.allowed.has(vlan) || !q.node.plane.remote.has(vlan) {
			continue
		}
		f.flood(origin, q.node, q, vlan, load.times(p.ratio), visited)
	}
}

// send puts copies into a tunnel.
func (f *fabric) send(n *node, t *tunnel, load flow) {
	load = load.truncated(t.mtu)
	ratio := 1.0
	if up := n.uplink(); up != nil {
		up.carry(n, load.wider(t.overhead))
		ratio = up.ratio
	}
	for m := range f.ends {
		for _, s := range m.plane.copies {
			if s.fromTun != nil && s.fromTun.address == t.address && s.fromTun.id == t.id && !m.dead {
				m.deliver(n, s.toPorts, load.times(ratio))
			}
		}
	}
}

// uplink is the port by which encapsulated copies leave: the first link that
// is up. Routing is not modelled.
func (n *node) uplink() *port {
	for _, p := range n.ports {
		if p.peer != nil && p.up() && !p.state.monitor {
			return p
		}
	}
	return nil
}

// rateOf turns octets per second into the bits per second that a switch shows.
func rateOf(f flow) (bits, frames uint64) {
	return uint64(math.Round(f.octets * 8)), uint64(math.Round(f.frames))
}
