package fabric

import (
	"math"
	"time"
)

// portCounters are the running sums of a port since the switch was started, and
// the mean rates that a switch reckons itself. They are floats: 2^53 octets are
// 20 hours at 1 Tbit/s, and rounding happens once, when they are read.
type portCounters struct {
	in, out flow // octets and frames
	drops   float64
	// meanIn and meanOut are exponential means over the load interval.
	meanIn, meanOut flow
}

// PortCounters is what a port counted.
type PortCounters struct {
	Port                 string
	Up                   bool
	Speed                BitRate
	InOctets, InFrames   uint64
	OutOctets, OutFrames uint64
	OutDrops             uint64 // frames that did not fit
	InBits, OutBits      uint64 // per second, now; octets of frames
	InRate, OutRate      uint64 // frames per second, now
	// Mean are the rates that the switch shows: means over the load interval.
	Mean Means
}

// Means are mean rates of a port.
type Means struct {
	InBits, OutBits uint64 // per second
	InRate, OutRate uint64 // frames per second
	Over            time.Duration
}

// defaultLoadInterval is what means are over on a port that does not say.
const defaultLoadInterval = 5 * time.Minute

func (p PortState) loadInterval() time.Duration {
	if p.LoadInterval > 0 {
		return p.LoadInterval
	}
	return defaultLoadInterval
}

// settle adds what flowed since the last change. The caller holds fabric.mu.
func (p *Port) settle(now time.Time) {
	dt := now.Sub(p.since).Seconds()
	if dt <= 0 {
		return
	}
	p.since = now
	p.ctr.in = p.ctr.in.plus(p.in.times(dt))
	p.ctr.out = p.ctr.out.plus(p.out.times(dt))
	p.ctr.drops += p.drop * dt
	left := math.Exp(-dt / p.state.loadInterval().Seconds())
	p.ctr.meanIn = p.ctr.meanIn.towards(p.in, left)
	p.ctr.meanOut = p.ctr.meanOut.towards(p.out, left)
}

// towards is a mean after a time in which a rate held: left is how much of the
// mean is left.
func (f flow) towards(rate flow, left float64) flow {
	return flow{rate.octets + (f.octets-rate.octets)*left, rate.frames + (f.frames-rate.frames)*left}
}

// repeat adds further rounds that count what the one since before has counted.
func (p *Port) repeat(before portCounters, round time.Duration, more time.Duration) {
	times, now := float64(more), p.ctr
	p.ctr.in = now.in.plus(now.in.minus(before.in).times(times))
	p.ctr.out = now.out.plus(now.out.minus(before.out).times(times))
	p.ctr.drops += (now.drops - before.drops) * times
	// One round makes a x mean + b of a mean; many come near b / (1-a).
	exponent := -round.Seconds() / p.state.loadInterval().Seconds()
	a, rest := math.Exp(exponent), -math.Expm1(exponent)
	far := func(was, is float64) float64 {
		end := (is - a*was) / rest
		return max(0, end+(is-end)*math.Exp(exponent*times))
	}
	p.ctr.meanIn = flow{far(before.meanIn.octets, now.meanIn.octets), far(before.meanIn.frames, now.meanIn.frames)}
	p.ctr.meanOut = flow{far(before.meanOut.octets, now.meanOut.octets), far(before.meanOut.frames, now.meanOut.frames)}
	p.since = p.since.Add(more * round)
}

// Counters reads all ports of a switch at one instant, as its command line shows
// them: since boot or the last clear.
func (f *Fabric) Counters(n *Node) map[string]PortCounters {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	f.forward(n.domain, now)
	out := make(map[string]PortCounters, len(n.Ports))
	for _, p := range n.Ports {
		p.settle(now)
		out[p.Name] = p.read()
	}
	return out
}

// read is what a port has counted up to the last settling.
func (p *Port) read() PortCounters {
	c := PortCounters{Port: p.Name, Up: p.up(), Speed: p.speed,
		InOctets: uint64(p.ctr.in.octets), InFrames: uint64(p.ctr.in.frames),
		OutOctets: uint64(p.ctr.out.octets), OutFrames: uint64(p.ctr.out.frames),
		OutDrops: uint64(p.ctr.drops)}
	c.InBits, c.InRate = rateOf(p.in)
	c.OutBits, c.OutRate = rateOf(p.out)
	c.Mean.InBits, c.Mean.InRate = rateOf(p.ctr.meanIn)
	c.Mean.OutBits, c.Mean.OutRate = rateOf(p.ctr.meanOut)
	c.Mean.Over = p.state.loadInterval()
	return c
}

// ClearCounters sets one port (or all, with an empty name) back to zero.
func (f *Fabric) ClearCounters(n *Node, name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	f.forward(n.domain, now)
	for _, p := range n.Ports {
		if name == "" || p.Name == name {
			p.settle(now)
			p.ctr = portCounters{meanIn: p.ctr.meanIn, meanOut: p.ctr.meanOut}
		}
	}
}

// SteadyMeans makes the mean rates of a switch those of this moment, as if
// what flows now had flowed for long.
func (f *Fabric) SteadyMeans(n *Node) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	f.forward(n.domain, now)
	for _, p := range n.Ports {
		p.settle(now)
		p.ctr.meanIn, p.ctr.meanOut = p.in, p.out
	}
}

// rateOf turns octets per second into the bits per second that a switch shows.
func rateOf(f flow) (bits, frames uint64) {
	return uint64(math.Round(f.octets * 8)), uint64(math.Round(f.frames))
}
