package fabric

import "net/netip"

// A Packet is what the lists at a port look at in the frames of a generator. Fields
// with their zero value are not known: they fit what is said of any packet, and
// nothing else. Without addresses it is one of IPv4.
type Packet struct {
	Protocol         int // of IP
	From, To         netip.Addr
	FromPort, ToPort int
}

// Is6 reports whether it is one of IPv6.
func (p Packet) Is6() bool { return p.From.Is6() || p.To.Is6() }

// A Verdict is what the lists at a port decide about a packet that enters.
type Verdict struct {
	Drop bool // it goes no further
	Copy bool // sessions that copy only what is marked copy it
}

// A Filter is the lists at a port.
type Filter func(Packet) Verdict

// arrivals are the generators whose frames enter a port, and the part of them that
// the far end can send.
func (p *Port) arrivals() (gens []*generator, ratio float64) {
	if p.Peer != nil {
		return p.Peer.generators, p.Peer.ratio
	}
	return p.entering, 1
}

// verdict is what the port decides about the frames of a generator.
func (p *Port) verdict(g *generator) Verdict {
	if p.state.Filter == nil {
		return Verdict{}
	}
	return p.state.Filter(g.packet)
}

// sieve reckons how many frames a second the lists of a port keep from users. When
// that begins one frame is counted at once: however short it is, it is seen.
func (p *Port) sieve() {
	was := p.sieved
	p.sieved = 0
	gens, ratio := p.arrivals()
	for _, g := range gens {
		if p.up() && p.state.carries(g.vlan) && p.verdict(g).Drop {
			p.sieved += g.flow.frames * ratio
		}
	}
	if was == 0 && p.sieved > 0 {
		p.ctr.sieved++
	}
}
