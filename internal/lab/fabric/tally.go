package fabric

import "time"

// A Tally is what a session with a name has copied since it began or was cleared.
type Tally struct {
	Octets, Frames uint64
	// LostOctets and LostFrames are copies that did not fit where they go.
	LostOctets, LostFrames uint64
}

// A tally is a Tally while it is counted.
type tally struct {
	sum, lost       flow
	rate, losing    flow // now
	sumWas, lostWas flow // when a round of patterns began
}

// Tallies are the tallies of a switch's sessions by name.
func (f *Fabric) Tallies(n *Node) map[string]Tally {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	f.forward(n.domain, now)
	n.tallied(now)
	out := map[string]Tally{}
	for name, t := range n.tallies {
		out[name] = Tally{uint64(t.sum.octets), uint64(t.sum.frames), uint64(t.lost.octets), uint64(t.lost.frames)}
	}
	return out
}

// ClearTallies lets them begin anew.
func (f *Fabric) ClearTallies(n *Node) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	f.forward(n.domain, now)
	n.tallied(now)
	for _, t := range n.tallies {
		t.sum, t.lost = flow{}, flow{}
	}
}

// tallied brings the sums up to a moment.
func (n *Node) tallied(at time.Time) {
	dt := at.Sub(n.talliedAt).Seconds()
	if n.talliedAt = at; dt <= 0 {
		return
	}
	for _, t := range n.tallies {
		t.sum, t.lost = t.sum.plus(t.rate.times(dt)), t.lost.plus(t.losing.times(dt))
	}
}

// tally puts the rates of this moment in force.
func (n *Node) tally(at time.Time) {
	if len(n.tallies) == 0 && !n.plane.named() {
		return
	}
	n.tallied(at)
	before := n.tallies
	n.tallies = map[string]*tally{}
	for i := range n.plane.Copies {
		s := &n.plane.Copies[i]
		if s.Name == "" {
			continue
		}
		t := before[s.Name]
		if t == nil {
			t = &tally{}
		}
		n.tallies[s.Name] = t
		all := n.collect(s).times(1 / float64(max(s.Sample, 1)))
		if n.trouble.Lost == 1 { // nothing is copied at all
			all = flow{}
		}
		t.rate = all.times(n.room(s))
		t.losing = all.minus(t.rate)
	}
}

func (pl *Plane) named() bool {
	for i := range pl.Copies {
		if pl.Copies[i].Name != "" {
			return true
		}
	}
	return false
}

// room is the part of a session's copies that the ports they leave by can send.
func (n *Node) room(s *CopySession) float64 {
	ports := s.ToPorts
	for _, b := range s.ToBundles {
		ports = append(ports[:len(ports):len(ports)], b...)
	}
	out := n.open(ports)
	if up := n.uplink(); s.ToTunnel != nil && up != nil {
		out = []*Port{up}
	}
	part := 0.0
	for _, p := range out {
		part += p.ratio / float64(len(out))
	}
	if s.ToTunnel != nil && len(out) == 0 || s.ToVLAN != 0 {
		return 1 // the way is not modelled
	}
	return part
}

// beginTallies and repeatTallies add further rounds of patterns that tally what one has tallied.
func (n *Node) beginTallies(at time.Time) {
	n.tallied(at)
	for _, t := range n.tallies {
		t.sumWas, t.lostWas = t.sum, t.lost
	}
}

func (n *Node) repeatTallies(at time.Time, round, more time.Duration) {
	n.tallied(at)
	for _, t := range n.tallies {
		t.sum = t.sum.plus(t.sum.minus(t.sumWas).times(float64(more)))
		t.lost = t.lost.plus(t.lost.minus(t.lostWas).times(float64(more)))
	}
	n.talliedAt = n.talliedAt.Add(more * round)
}
