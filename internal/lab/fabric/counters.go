package fabric

import "time"

// portCounters are the running sums of a port. They are floats: 2^53 octets
// are 20 hours at 1 Tbit/s, and rounding happens once, when they are read.
type portCounters struct {
	inOctets, inFrames   float64
	outOctets, outFrames float64
	outDrops             float64
}

// PortCounters is what a port counted since boot or the last clear.
type PortCounters struct {
	Port                 string
	Up                   bool
	Speed                BitRate
	InOctets, InFrames   uint64
	OutOctets, OutFrames uint64
	OutDrops             uint64 // frames that did not fit
	InBits, OutBits      uint64 // per second, now; octets of frames
	InRate, OutRate      uint64 // frames per second, now
}

// settle adds what flowed since the last change. The caller holds fabric.mu.
func (p *Port) settle(now time.Time) {
	dt := now.Sub(p.since).Seconds()
	p.since = now
	if dt <= 0 {
		return
	}
	p.ctr.inOctets += p.in.octets * dt
	p.ctr.inFrames += p.in.frames * dt
	p.ctr.outOctets += p.out.octets * dt
	p.ctr.outFrames += p.out.frames * dt
	p.ctr.outDrops += p.drop * dt
}

// Counters reads all ports of a switch at one instant.
func (f *Fabric) Counters(n *Node) map[string]PortCounters {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	out := make(map[string]PortCounters, len(n.Ports))
	for _, p := range n.Ports {
		p.settle(now)
		c := PortCounters{Port: p.Name, Up: p.up(), Speed: p.speed,
			InOctets: uint64(p.ctr.inOctets), InFrames: uint64(p.ctr.inFrames),
			OutOctets: uint64(p.ctr.outOctets), OutFrames: uint64(p.ctr.outFrames),
			OutDrops: uint64(p.ctr.outDrops)}
		c.InBits, c.InRate = rateOf(p.in)
		c.OutBits, c.OutRate = rateOf(p.out)
		out[p.Name] = c
	}
	return out
}

// ClearCounters sets one port (or all, with an empty name) back to zero.
func (f *Fabric) ClearCounters(n *Node, name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	for _, p := range n.Ports {
		if name == "" || p.Name == name {
			p.settle(now)
			p.ctr = portCounters{}
		}
	}
}
