package capacity

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// shortest is the length of the shortest frame on a wire, in octets with checksum:
// what is shorter is padded.
const shortest = 64

// Offer reckons what is offered to an end: one term a source and direction, the
// largest first, those of unknown load last, and their sums. Of a link, what it
// carries beside the copies is a term too. An unknown load adds nothing to the sums
// and is named in its term. At run time the site gives the newest interval as P95.
func Offer(feeds []Feed, end End, site Site, basis string) (terms []Term, offered, peak mirror.BitsPerSecond) {
	var running []Feed
	for _, f := range feeds {
		if f.Running {
			running = append(running, f)
		}
	}
	return OfferInstead(feeds, running, end, site, basis)
}

// OfferInstead reckons like Offer what feeds would offer that come in place of others,
// whose copies flowed all the while that the figures of the site are of: what a link is
// read to send has these in it. Where they are the same feeds, a link is offered what it
// sends.
func OfferInstead(feeds, flowing []Feed, end End, site Site, basis string) (terms []Term, offered, peak mirror.BitsPerSecond) {
	for _, p := range Picks(feeds, end, site) {
		terms = append(terms, p.term(site, basis))
	}
	var running Stat // the copies that a link's own figures hold
	if end.Link {
		for _, p := range Picks(flowing, end, site) {
			measured := carries(site, p, mirror.BasisMeasured).stat
			running.P95 = running.P95.Plus(p.copied(measured.P95))
			running.Peak = running.Peak.Plus(p.copied(measured.Peak))
		}
	}
	if end.Link {
		terms = append(terms, beside(end, running, site, basis))
	}
	slices.SortStableFunc(terms, func(a, b Term) int {
		return cmp.Or(cmp.Compare(a.Unknown, "")-cmp.Compare(b.Unknown, ""), cmp.Compare(b.Offered, a.Offered))
	})
	for _, t := range terms {
		offered += t.Offered
		peak += t.Peak
	}
	return terms, offered, peak
}

func (p Pick) term(site Site, basis string) Term {
	t := Term{Session: p.Sessions[0], Others: p.Sessions[1:], Device: p.Device, Source: p.Source, Direction: p.Direction}
	if len(t.Others) == 0 {
		t.Others = nil
	}
	l := carries(site, p, basis)
	if l.why != "" {
		t.Unknown = l.why
		return t
	}
	t.Carried, t.Copied = l.stat.P95, p.copied(l.stat.P95)
	t.Offered, t.Peak = t.Copied.Wire(), p.copied(l.stat.Peak).Wire()
	t.Part, t.Bound, t.How = p.Part, p.Part || l.bound, l.how
	return t
}

// copied is what becomes of a flow: one of so many frames, of each the first octets
// alone, and what encapsulation adds. The mean of the cut frames is at most the cut
// of the mean, so that it is never too little.
func (p Pick) copied(f Flow) Flow {
	if f.Frames == 0 {
		return Flow{}
	}
	mean := f.Octets / f.Frames
	size := mean + float64(p.Overhead)
	if p.Truncate > 0 && float64(p.Truncate) < mean {
		size = max(float64(p.Truncate+p.Overhead), min(shortest, size))
	}
	frames := f.Frames / float64(max(1, p.Sample))
	return Flow{Octets: size * frames, Frames: frames}
}

// beside is what a link carries besides copies. Its speed is no measure of that:
// under worst-case it is the peak of what was measured.
func beside(end End, running Stat, site Site, basis string) Term {
	t := Term{Device: end.Device, Source: string(end.Port), Direction: mirror.TX}
	l := carriesPort(site, end.Device, end.Port, mirror.TX, mirror.BasisMeasured)
	if l.why != "" {
		t.Unknown = l.why
		return t
	}
	own := Stat{l.stat.P95.minus(running.P95), l.stat.Peak.minus(running.Peak)}
	if basis == mirror.BasisWorstCase {
		own.P95 = own.Peak
	}
	t.Carried, t.Copied, t.Offered, t.Peak = own.P95, own.P95, own.P95.Wire(), own.Peak.Wire()
	t.Bound, t.How = l.bound, "besides copies, "+l.how
	return t
}

// A load is what one source carries in one direction; why says why it is not known.
type load struct {
	stat     Stat
	bound    bool
	how, why string
}

// carries adds up what the ports of a pick carry in its direction.
func carries(site Site, p Pick, basis string) load {
	if p.Lacking != "" {
		return load{why: p.Lacking}
	}
	if len(p.Ports) == 1 && string(p.Ports[0]) == p.Source {
		return carriesPort(site, p.Device, p.Ports[0], p.Direction, basis)
	}
	sum := total(site, p.Device, p.Ports, p.Direction, basis)
	sum.bound = true
	sum.how = fmt.Sprintf("sum of %s that carry it, %s", count(len(p.Ports), "port"), sum.how)
	return sum
}

// total adds up ports; one of unknown load makes the sum unknown.
func total(site Site, device string, ports []mirror.PortName, d mirror.Direction, basis string) load {
	var sum load
	for _, name := range ports {
		l := carriesPort(site, device, name, d, basis)
		if l.why != "" {
			return load{why: fmt.Sprintf("of %s: %s", name, l.why)}
		}
		sum.stat.P95 = sum.stat.P95.Plus(l.stat.P95)
		sum.stat.Peak = sum.stat.Peak.Plus(l.stat.Peak)
		sum.bound = sum.bound || l.bound
		sum.how = l.how
	}
	return sum
}

// carriesPort is what a port carries in a direction; of a port-channel, the sum of
// its members, or what it counts itself where a member's is not known.
func carriesPort(site Site, device string, name mirror.PortName, d mirror.Direction, basis string) load {
	p := site.Port(device, name)
	if len(p.Members) > 0 && !slices.Contains(p.Members, name) {
		sum := total(site, device, p.Members, d, basis)
		if sum.why == "" {
			sum.bound = true
			sum.how = fmt.Sprintf("sum of %s, %s", count(len(p.Members), "member"), sum.how)
			return sum
		}
		if l := single(p, d, basis); l.why == "" {
			return l
		}
		return sum
	}
	return single(p, d, basis)
}

// single is what is known of one port by itself.
func single(p Port, d mirror.Direction, basis string) load {
	if basis == mirror.BasisWorstCase {
		if p.Speed == 0 {
			return load{why: "its speed is not known"}
		}
		full := fullOf(p.Speed)
		return load{stat: Stat{full, full}, how: "its speed, in frames of 64 octets"}
	}
	if !p.Known {
		return load{why: cmp.Or(p.Why, "it was not measured")}
	}
	stat := p.In
	if d == mirror.TX {
		stat = p.Out
	}
	how := p.How
	for _, f := range []*Flow{&stat.P95, &stat.Peak} {
		if f.Frames == 0 && f.Octets > 0 {
			f.Frames = f.Octets / shortest
			how = "frames not told and taken for 64 octets each; " + p.How
		}
	}
	return load{stat: stat, how: how}
}

// fullOf is a link that is full of the shortest frames: to these, encapsulation adds
// most.
func fullOf(speed mirror.BitsPerSecond) Flow {
	frames := float64(speed) / (8 * (shortest + gap))
	return Flow{Octets: shortest * frames, Frames: frames}
}
