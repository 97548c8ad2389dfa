package fabric

import (
	"container/heap"
	"slices"
	"time"
)

// A Step is what a generator sends from a moment of its pattern on.
type Step struct {
	At     time.Duration // since the pattern began
	Bits   BitRate
	Frames float64
}

// A generator is traffic: constant, or stepping through a pattern.
type generator struct {
	port   *Port
	vlan   int
	packet Packet
	flow   flow // now

	steps []step        // the first at 0, in order; none: constant
	every time.Duration // the pattern begins again after so long, 0 = never
	cycle time.Time     // when the pattern began, or began again
	next  int           // the step that comes next
	due   time.Time     // when it does; zero: nothing changes any more
}

// A step is a Step as the generator needs it.
type step struct {
	at   time.Duration
	flow flow
}

// defaultFrame is the mean frame of a generator that does not say, in octets.
const defaultFrame = 500

// flowOf fills in what is not said by frames of 500 octets.
func flowOf(bits BitRate, frames float64) flow {
	f := flow{octets: float64(bits) / 8, frames: frames}
	switch {
	case f.frames == 0:
		f.frames = f.octets / defaultFrame
	case f.octets == 0:
		f.octets = f.frames * defaultFrame
	}
	return f
}

// newGenerator makes one whose pattern begins at from. Until its first step
// nothing flows, in each round of the pattern.
func newGenerator(p *Port, t Traffic, from time.Time) *generator {
	g := &generator{port: p, vlan: t.VLAN, packet: t.Packet, flow: flowOf(t.Bits, t.Frames), cycle: from}
	if len(t.Steps) == 0 {
		return g
	}
	if t.Steps[0].At > 0 {
		g.steps = append(g.steps, step{})
	}
	for _, s := range t.Steps {
		g.steps = append(g.steps, step{s.At, flowOf(s.Bits, s.Frames)})
	}
	if g.every = t.Every; g.every <= g.steps[len(g.steps)-1].at {
		g.every = 0
	}
	g.step()
	return g
}

// step goes on to the next step.
func (g *generator) step() {
	if g.next == len(g.steps) {
		g.next, g.cycle = 0, g.cycle.Add(g.every)
	}
	g.flow = g.steps[g.next].flow
	g.next++
	switch {
	case g.next < len(g.steps):
		g.due = g.cycle.Add(g.steps[g.next].at)
	case g.every > 0 && len(g.steps) > 1:
		g.due = g.cycle.Add(g.every)
	default:
		g.due = time.Time{}
	}
}

// A domain is a set of switches whose traffic depends on each other's: those
// that links join. It knows when something changes in it by itself, so that a
// read costs what has happened there since the last one and nothing for all
// the other switches. Domains with tunnels go together.
type domain struct {
	nodes []*Node
	at    time.Time // its rates are those of this moment
	waves waves     // the generators that will change, by when
	// tunnels are its switches where tunnels begin or end.
	tunnels int
}

// waves is a heap by the moment of the next change.
type waves []*generator

func (w waves) Len() int           { return len(w) }
func (w waves) Less(i, j int) bool { return w[i].due.Before(w[j].due) }
func (w waves) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *waves) Push(x any)        { *w = append(*w, x.(*generator)) }
func (w *waves) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}

// plant starts a generator, uproot ends one.
func (d *domain) plant(g *generator) {
	if !g.due.IsZero() {
		heap.Push(&d.waves, g)
	}
}

func (d *domain) uproot(g *generator) {
	if i := slices.Index(d.waves, g); i >= 0 {
		heap.Remove(&d.waves, i)
	}
}

// merge makes one domain of two.
func (d *domain) merge(o *domain) {
	if d == o {
		return
	}
	for _, n := range o.nodes {
		n.domain = d
	}
	d.nodes = append(d.nodes, o.nodes...)
	for _, g := range o.waves {
		heap.Push(&d.waves, g)
	}
}

// tunnels reports whether a tunnel begins or ends at a switch.
func (pl Plane) tunnels() bool {
	return slices.ContainsFunc(pl.Copies, func(s CopySession) bool { return s.FromTunnel != nil || s.ToTunnel != nil })
}

func (pl *Plane) endsTunnel() bool {
	return slices.ContainsFunc(pl.Copies, func(s CopySession) bool { return s.FromTunnel != nil })
}

// join notes whether tunnels begin or end at a switch, and so which domains go
// together.
func (f *Fabric) join(n *Node, tunnels bool) {
	d := n.domain
	switch {
	case tunnels:
		f.tunnels[n] = true
		if d.tunnels++; d.tunnels == 1 {
			f.joined = append(f.joined, d)
		}
	default:
		delete(f.tunnels, n)
		if d.tunnels--; d.tunnels == 0 {
			f.joined = slices.DeleteFunc(f.joined, func(o *domain) bool { return o == d })
		}
	}
}

// together are the domains that are brought forward with d: those that tunnels
// may join to it.
func (f *Fabric) together(d *domain) []*domain {
	if d.tunnels > 0 {
		return f.joined
	}
	return []*domain{d}
}

// forward brings the rates of a domain, and of those that go with it, up to a
// moment: every change of a generator on the way is worked in at its own time,
// so that counters are exact however seldom they are read. The caller holds f.mu.
func (f *Fabric) forward(d *domain, now time.Time) {
	group := f.together(d)
	f.skip(group, now)
	f.play(group, now)
}

// play works in the changes up to a moment one by one.
func (f *Fabric) play(group []*domain, until time.Time) {
	for {
		at, ok := nextChange(group)
		if !ok || at.After(until) {
			break
		}
		w := newWork()
		for _, d := range group {
			for len(d.waves) > 0 && !d.waves[0].due.After(at) {
				g := d.waves[0]
				g.step()
				w.rebase(g.port)
				if g.due.IsZero() {
					heap.Pop(&d.waves)
				} else {
					heap.Fix(&d.waves, 0)
				}
			}
		}
		f.reckon(w, at)
	}
	for _, d := range group {
		d.at = until
	}
}

func nextChange(group []*domain) (at time.Time, ok bool) {
	for _, d := range group {
		if len(d.waves) > 0 && (!ok || d.waves[0].due.Before(at)) {
			at, ok = d.waves[0].due, true
		}
	}
	return at, ok
}

// skip leaps over whole rounds of the patterns: when all of them repeat, so do
// the rates, and what was counted in one round is counted in each. A lab that
// nobody has read for a day costs no more than one that was read just now.
func (f *Fabric) skip(group []*domain, now time.Time) {
	const worth = time.Minute // less is played in no time
	start := group[0].at
	if now.Sub(start) < worth {
		return
	}
	round := commonRound(group)
	if round == 0 || now.Sub(start)/round < 2 {
		return
	}
	var ports []*Port
	for _, d := range group {
		for _, n := range d.nodes {
			ports = append(ports, n.Ports...)
			n.beginTallies(start)
		}
	}
	before := make([]portCounters, len(ports))
	for i, p := range ports {
		p.settle(start)
		before[i] = p.ctr
	}
	f.play(group, start.Add(round))
	more := now.Sub(start)/round - 1
	for i, p := range ports {
		p.settle(start.Add(round))
		p.repeat(before[i], round, more)
	}
	for _, d := range group {
		for _, n := range d.nodes {
			n.repeatTallies(start.Add(round), round, more)
		}
		d.at = d.at.Add(more * round)
		for _, g := range d.waves {
			g.cycle, g.due = g.cycle.Add(more*round), g.due.Add(more*round)
		}
	}
}

// commonRound is the time after which all patterns of a group are where they were, 0
// when there is none worth the name.
func commonRound(group []*domain) time.Duration {
	const longest = 24 * time.Hour
	var round time.Duration
	for _, d := range group {
		for _, g := range d.waves {
			if g.every == 0 {
				return 0
			}
			if round == 0 {
				round = g.every
				continue
			}
			a, b := round, g.every
			for b > 0 {
				a, b = b, a%b
			}
			if g.every/a > longest/round {
				return 0
			}
			round *= g.every / a
		}
	}
	return round
}
