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
	sieved  float64
	// meanIn and meanOut are exponential means over the load interval.
	meanIn, meanOut flow
}

// Sums are the columns of a port's counters. They wrap at 2^64.
type Sums struct {
	InOctets, InFrames   uint64
	OutOctets, OutFrames uint64
	OutDrops             uint64 // frames that did not fit
	InDrops              uint64 // frames of users that a list at the port dropped
}

func (s Sums) each(o Sums, f func(a, b uint64) uint64) Sums {
	return Sums{f(s.InOctets, o.InOctets), f(s.InFrames, o.InFrames), f(s.OutOctets, o.OutOctets), f(s.OutFrames, o.OutFrames), f(s.OutDrops, o.OutDrops), f(s.InDrops, o.InDrops)}
}

// Plus adds the columns.
func (s Sums) Plus(o Sums) Sums { return s.each(o, func(a, b uint64) uint64 { return a + b }) }

// Minus takes the columns of another away.
func (s Sums) Minus(o Sums) Sums { return s.each(o, func(a, b uint64) uint64 { return a - b }) }

// PortCounters is what a port counted.
type PortCounters struct {
	Port  string
	Up    bool
	Speed BitRate
	Sums
	InBits, OutBits uint64 // per second, now; octets of frames
	InRate, OutRate uint64 // frames per second, now
	// Mean are the rates that the switch shows: means over the load interval.
	Mean Means
	// Cleared is when a person cleared the counters, zero = never since the start;
	// ClearedAgo is how long ago.
	Cleared    time.Time     `json:",omitzero"`
	ClearedAgo time.Duration `json:"-"`
}

// An Interface is a port as a management agent counts it. It counts since the
// start: what a person clears on the command line does not concern it (general
// knowledge; the fact sheets are silent).
type Interface struct {
	PortCounters
	Short       string // its name as the platform abbreviates it
	Index       int    // the number of the port, which Renumber changes
	Down        bool
	Monitor     bool // a destination of a session, see PortState
	Description string
	MAC         MAC `json:"-"`
	// Discontinuity is when the counters began anew and the agent said so, zero
	// = not since the start.
	Discontinuity time.Time `json:",omitzero"`
}

// Means are mean rates of a port.
type Means struct {
	InBits, OutBits uint64 // per second
	InRate, OutRate uint64 // frames per second
	Over            time.Duration
}

// Plus adds rates over the same time.
func (m Means) Plus(o Means) Means {
	return Means{m.InBits + o.InBits, m.OutBits + o.OutBits, m.InRate + o.InRate, m.OutRate + o.OutRate, m.Over}
}

// defaultLoadInterval is what means are over on a port that does not say.
const defaultLoadInterval = 5 * time.Minute

// Interval is what the mean rates of a port are over.
func (p *PortState) Interval() time.Duration {
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
	p.ctr.sieved += p.sieved * dt
	left := math.Exp(-dt / p.state.Interval().Seconds())
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
	p.ctr.sieved += (now.sieved - before.sieved) * times
	// One round makes a x mean + b of a mean; many come near b / (1-a).
	exponent := -round.Seconds() / p.state.Interval().Seconds()
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
// them: since the start or since somebody cleared them.
func (f *Fabric) Counters(n *Node) map[string]PortCounters {
	out := make(map[string]PortCounters, len(n.Ports))
	f.read(n, func(p *Port, c PortCounters) {
		c.Sums = n.shown(c.Sums.Minus(p.cleared))
		if c.Cleared = p.clearedAt; !c.Cleared.IsZero() {
			c.ClearedAgo = f.now().Sub(c.Cleared)
		}
		out[p.Name] = c
	})
	return out
}

// Interfaces reads all ports of a switch at one instant, as a management agent
// counts them, by their numbers; renumbered is when those changed last, zero =
// not since the start.
func (f *Fabric) Interfaces(n *Node) (list []Interface, renumbered time.Time) {
	list = make([]Interface, len(n.Ports))
	f.read(n, func(p *Port, c PortCounters) {
		renumbered = n.renumbered
		c.Sums = n.shown(c.Sums)
		i := n.indexOf(p)
		list[i-1] = Interface{PortCounters: c, Index: i, Short: p.Short, Down: p.state.Down, Monitor: p.state.Monitor, Description: p.state.Description, MAC: p.MAC(), Discontinuity: p.toldAt}
	})
	return list, renumbered
}

// read gives what each port has counted since the start, in the order of ports.
func (f *Fabric) read(n *Node, each func(*Port, PortCounters)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, c := range f.counted(n) {
		each(n.Ports[i], c)
	}
}

// counted is what is known of the ports, in their order: as they stand now, or as
// they stood when they were refreshed last.
func (f *Fabric) counted(n *Node) []PortCounters {
	at := f.now()
	if every := n.trouble.Refresh; every > 0 {
		refreshed := at.Add(-(at.Sub(f.born) % every))
		if !refreshed.After(n.countedAt) {
			return n.counted
		}
		n.countedAt = refreshed
		if !refreshed.Before(n.domain.at) {
			at = refreshed
		}
	}
	f.settle(n, at)
	n.counted = n.counted[:0]
	for _, p := range n.Ports {
		n.counted = append(n.counted, p.count())
	}
	return n.counted
}

// settle brings the sums of a switch's ports up to a moment.
func (f *Fabric) settle(n *Node, at time.Time) {
	f.forward(n.domain, at)
	for _, p := range n.Ports {
		p.settle(at)
	}
}

// count is what a port has counted since the start up to the last settling.
func (p *Port) count() PortCounters {
	c := PortCounters{Port: p.Name, Up: p.up(), Speed: p.speed, Sums: p.ctr.sums().Plus(p.ahead)}
	c.InBits, c.InRate = rateOf(p.in)
	c.OutBits, c.OutRate = rateOf(p.out)
	c.Mean.InBits, c.Mean.InRate = rateOf(p.ctr.meanIn)
	c.Mean.OutBits, c.Mean.OutRate = rateOf(p.ctr.meanOut)
	c.Mean.Over = p.state.Interval()
	return c
}

func (c *portCounters) sums() Sums {
	return Sums{uint64(c.in.octets), uint64(c.in.frames), uint64(c.out.octets), uint64(c.out.frames), uint64(c.drops), uint64(c.sieved)}
}

// shown are sums as they are told: agents that keep 32 bits tell no more.
func (n *Node) shown(s Sums) Sums {
	if n.trouble.Bits32 {
		s = s.each(s, func(a, _ uint64) uint64 { return a & math.MaxUint32 })
	}
	return s
}

// change has f change the counters of one port (or all, with an empty name), which
// are up to date then.
func (f *Fabric) change(n *Node, name string, what func(p *Port, now time.Time)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	f.settle(n, now)
	n.countedAt = time.Time{}
	for _, p := range n.Ports {
		if name == "" || p.Name == name {
			what(p, now)
		}
	}
}

// ClearCounters lets the command line show one port (or all, with an empty name)
// from zero on. It says when that was; a management agent goes on counting.
func (f *Fabric) ClearCounters(n *Node, name string) {
	f.change(n, name, func(p *Port, now time.Time) { p.cleared, p.clearedAt = p.count().Sums, now })
}

// ResetCounters has one port (or all, with an empty name) count from zero again, on
// the command line and for an agent. Told says that the agent tells it; the
// command line never does.
func (f *Fabric) ResetCounters(n *Node, name string, told bool) {
	f.change(n, name, func(p *Port, now time.Time) {
		p.ctr = portCounters{meanIn: p.ctr.meanIn, meanOut: p.ctr.meanOut}
		p.ahead, p.cleared = Sums{}, Sums{}
		if told {
			p.toldAt = now
		}
	})
}

// PutCounters makes the columns of one port (or all, with an empty name) what
// they are said to be, so that they soon wrap.
func (f *Fabric) PutCounters(n *Node, name string, to Sums) {
	f.change(n, name, func(p *Port, _ time.Time) { p.ahead, p.cleared = to.Minus(p.ctr.sums()), Sums{} })
}

// Restart is what a restart does to counters: everything begins anew, and nothing
// was ever cleared.
func (f *Fabric) Restart(n *Node) {
	f.ClearTallies(n)
	f.change(n, "", func(p *Port, _ time.Time) {
		p.ctr, p.ahead, p.cleared, p.clearedAt, p.toldAt = portCounters{}, Sums{}, Sums{}, time.Time{}, time.Time{}
	})
}

// Renumber gives each port the number of the next one, as agents may that do not
// keep numbers.
func (f *Fabric) Renumber(n *Node) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n.shift++
	n.renumbered = f.now()
}

// indexOf is the number of a port, from 1.
func (n *Node) indexOf(p *Port) int { return (p.index+n.shift)%len(n.Ports) + 1 }

// SteadyMeans makes the mean rates of a switch those of this moment, as if
// what flows now had flowed for long.
func (f *Fabric) SteadyMeans(n *Node) {
	f.change(n, "", func(p *Port, _ time.Time) { p.ctr.meanIn, p.ctr.meanOut = p.in, p.out })
}

// rateOf turns octets per second into the bits per second that a switch shows.
func rateOf(f flow) (bits, frames uint64) {
	return uint64(math.Round(f.octets * 8)), uint64(math.Round(f.frames))
}
