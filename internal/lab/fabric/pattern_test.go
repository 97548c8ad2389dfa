package fabric

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// square is high for the first part of each period and low for the rest.
func square(high, low BitRate, on, period time.Duration) Traffic {
	return Traffic{Steps: []Step{{Bits: high}, {At: on, Bits: low}}, Every: period}
}

func TestCountersAreTheIntegralOfThePattern(t *testing.T) {
	for name, tc := range map[string]struct {
		traffic Traffic
		after   time.Duration
		octets  float64 // counted then
		bits    uint64  // per second then
	}{
		// 8 Mbit/s are 10^6 octets a second.
		"square, in the high half":      {square(8*Mbps, 4*Mbps, 10*time.Second, 20*time.Second), 5 * time.Second, 5e6, 8e6},
		"square, in the low half":       {square(8*Mbps, 4*Mbps, 10*time.Second, 20*time.Second), 14 * time.Second, 12e6, 4e6},
		"square, at the very edge":      {square(8*Mbps, 4*Mbps, 10*time.Second, 20*time.Second), 20 * time.Second, 15e6, 8e6},
		"square, a day and 15 s later":  {square(8*Mbps, 4*Mbps, 10*time.Second, 20*time.Second), 24*time.Hour + 15*time.Second, 4320*15e6 + 12.5e6, 4e6},
		"burst, before":                 {Traffic{Steps: []Step{{At: 10 * time.Second, Bits: 80 * Mbps}, {At: 12 * time.Second}}}, 9 * time.Second, 0, 0},
		"burst, within":                 {Traffic{Steps: []Step{{At: 10 * time.Second, Bits: 80 * Mbps}, {At: 12 * time.Second}}}, 11 * time.Second, 10e6, 80e6},
		"burst, long after":             {Traffic{Steps: []Step{{At: 10 * time.Second, Bits: 80 * Mbps}, {At: 12 * time.Second}}}, time.Hour, 20e6, 0},
		"burst of a minute, 10 minutes": {Traffic{Steps: []Step{{At: 10 * time.Second, Bits: 80 * Mbps}, {At: 12 * time.Second}}, Every: time.Minute}, 10 * time.Minute, 200e6, 0},
		"series, the last holds":        {Traffic{Steps: []Step{{Bits: 8 * Mbps}, {At: time.Second, Bits: 16 * Mbps}, {At: 3 * time.Second, Bits: 24 * Mbps}}}, 10 * time.Second, 1e6 + 4e6 + 21e6, 24e6},
		"series of frames":              {Traffic{Steps: []Step{{Frames: 100}, {At: time.Second, Frames: 200}}, Every: 2 * time.Second}, 3 * time.Second, 500 * (100 + 200 + 100), 200 * 500 * 8},
	} {
		f, a, _, c := bench(t, Gbps, gen{"1", false, tc.traffic})
		f.Configure(a, local("1", "4", true, false))
		c.advance(tc.after)
		got := f.Counters(a)
		if src, dst := got[num("1")], got[num("4")]; !near(src.InOctets, tc.octets) || !near(dst.OutOctets, tc.octets) || src.InBits != tc.bits || dst.OutBits != tc.bits {
			t.Errorf("%s: source %d octets at %d bit/s, copies %d at %d; want %.0f at %d", name, src.InOctets, src.InBits, dst.OutOctets, dst.OutBits, tc.octets, tc.bits)
		}
	}
}

func TestADestinationDropsOnlyWhileThePatternIsTooMuch(t *testing.T) {
	// Frames of 1000 octets, 1020 on the wire: 100 Mbit/s are 12,254.9 frames/s.
	// 10 s of each minute 20,000 frames/s, else 5,000.
	wave := Traffic{Steps: []Step{{Bits: 160 * Mbps, Frames: 20000}, {At: 10 * time.Second, Bits: 40 * Mbps, Frames: 5000}}, Every: time.Minute}
	f, a, _, c := bench(t, 100*Mbps)
	fast := f.AddNode("fast", []PortSpec{{num("1"), Gbps}, {num("4"), 100 * Mbps}}, func(s string) string { return s })
	f.Plug(fast.ByName[num("4")], Host{})
	f.AddTraffic(fast.ByName[num("1")], false, wave)
	f.Configure(fast, local("1", "4", true, false))
	c.advance(time.Hour)
	fit := 100e6 / (8 * 1020)
	got := f.Counters(fast)[num("4")]
	if !near(got.OutFrames, 60*(10*fit+50*5000)) || !near(got.OutDrops, 60*10*(20000-fit)) {
		t.Errorf("%+v; want %.0f sent, %.0f dropped", got, 60*(10*fit+50*5000), 60*10*(20000-fit))
	}
	if other := f.Counters(a)[num("4")]; other.OutFrames+other.OutDrops != 0 {
		t.Errorf("another switch counted: %+v", other)
	}
}

// chance makes the same fabric of a seed each time: sources with random patterns on
// switch a, copies of them to its port 4, through the remote VLAN 999 to port 4 of b,
// and through a tunnel to port 4 of c, which no link joins.
func chance(seed uint64) (f *Fabric, nodes [3]*Node, c *clock) {
	r := rand.New(rand.NewPCG(seed, 1))
	c = &clock{time.Unix(1e9, 0)}
	f = New(c.now)
	short := func(s string) string { return s }
	speeds := func(tool BitRate) []PortSpec {
		return []PortSpec{{num("1"), Gbps}, {num("2"), Gbps}, {num("3"), 200 * Mbps}, {num("4"), tool}, {num("5"), 100 * Mbps}, {num("6"), 50 * Mbps}}
	}
	for i, name := range []string{"a", "b", "c"} {
		nodes[i] = f.AddNode(name, speeds(BitRate(50+r.IntN(200))*Mbps), short)
		for _, p := range []string{"4", "5", "6"} {
			f.Plug(nodes[i].ByName[num(p)], Host{})
		}
	}
	a, b, tool := nodes[0], nodes[1], nodes[2]
	f.Link(a.ByName[num("3")], b.ByName[num("3")])
	wave := func() Traffic {
		t := Traffic{Every: time.Duration(20+20*r.IntN(4)) * time.Second}
		for at := time.Duration(0); at < t.Every; at += time.Duration(1+r.IntN(9)) * time.Second {
			t.Steps = append(t.Steps, Step{at, BitRate(r.IntN(200)) * Mbps, float64(1 + r.IntN(20000))})
		}
		return t
	}
	for _, p := range []string{"1", "2"} {
		f.AddTraffic(a.ByName[num(p)], false, wave())
		f.AddTraffic(a.ByName[num(p)], true, wave())
	}
	trunk := PortState{Trunk: true, Allowed: VLANs(999)}
	monitor := PortState{Monitor: true}
	sources := []CopySource{{num("1"), true, r.IntN(2) == 0}, {num("2"), r.IntN(2) == 0, true}}
	tunnel := &Tunnel{Address: "192.0.2.9", ID: 7, Overhead: 50}
	f.Configure(b, Plane{Ports: map[string]PortState{num("3"): trunk, num("4"): monitor}, Remote: VLANs(999),
		Copies: []CopySession{{FromVLAN: 999, ToPorts: []string{num("4")}}}})
	f.Configure(tool, Plane{Ports: map[string]PortState{num("4"): monitor}, Copies: []CopySession{{FromTunnel: tunnel, ToPorts: []string{num("4")}}}})
	f.Configure(a, Plane{Ports: map[string]PortState{num("3"): trunk, num("4"): monitor, num("5"): monitor, num("6"): monitor}, Remote: VLANs(999),
		Copies: []CopySession{{Ports: sources, ToPorts: []string{num("4")}}, {Ports: sources, ToPorts: []string{num("4")}, Sample: 3},
			{Ports: sources, ToVLAN: 999}, {Ports: sources, ToTunnel: tunnel},
			{Ports: sources, ToBundles: [][]string{{num("5"), num("6")}}, Truncate: 100, Sample: 2}}})
	return f, nodes, c
}

// copied is what the sessions of chance make of what the sources counted.
func copied(a *Node, got map[string]PortCounters) (frames float64) {
	for _, s := range a.plane.Copies[0].Ports {
		if s.RX {
			frames += float64(got[s.Port].InFrames)
		}
		if s.TX {
			frames += float64(got[s.Port].OutFrames)
		}
	}
	return frames
}

func TestWhatIsOfferedIsSentOrDropped(t *testing.T) {
	for seed := range uint64(60) {
		f, nodes, c := chance(seed)
		c.advance(time.Duration(1+seed*seed) * time.Second * 13)
		a, b, tool := f.Counters(nodes[0]), f.Counters(nodes[1]), f.Counters(nodes[2])
		one := copied(nodes[0], a)
		same := func(what string, got uint64, want float64) {
			t.Helper()
			if math.Abs(float64(got)-want) > 8+want*1e-9 { // each counter is cut to a whole number
				t.Errorf("seed %d: %s: %d, want %.0f", seed, what, got, want)
			}
		}
		sum := func(p PortCounters) uint64 { return p.OutFrames + p.OutDrops }
		same("two sessions at one destination, one sampled", sum(a[num("4")]), one*4/3)
		same("a bundle of unequal ports, cut and sampled", sum(a[num("5")])+sum(a[num("6")]), one/2)
		same("one of its ports", sum(a[num("6")]), one/4)
		if p := a[num("5")]; p.OutOctets > 100*p.OutFrames+100 {
			t.Errorf("seed %d: copies cut to 100 octets: %+v", seed, p)
		}
		link := a[num("3")]
		same("a remote VLAN and a tunnel on the link", sum(link), 2*one)
		same("the other end of the link", b[num("3")].InFrames, float64(link.OutFrames))
		same("the tools behind it", sum(b[num("4")])+sum(tool[num("4")]), float64(link.OutFrames))
		for _, p := range []PortCounters{a[num("4")], link, b[num("4")], tool[num("4")]} {
			if wire := float64(p.OutOctets+20*p.OutFrames) * 8; wire > float64(p.Speed)*c.now().Sub(time.Unix(1e9, 0)).Seconds()+8*21 {
				t.Errorf("seed %d: a port sent more than its speed: %+v", seed, p)
			}
		}
	}
}

func TestCountersDoNotDependOnWhoReadsWhen(t *testing.T) {
	const whole = time.Hour
	for seed := range uint64(4) {
		often, on, oc := chance(seed)
		for range int(whole / (7 * time.Second)) {
			oc.advance(7 * time.Second)
			often.Counters(on[seed%3])
		}
		seldom, sn, sc := chance(seed)
		again, an, ac := chance(seed)
		sc.advance(oc.now().Sub(sc.now()))
		ac.advance(oc.now().Sub(ac.now()))
		for i := range on {
			x, y, z := often.Counters(on[i]), seldom.Counters(sn[i]), again.Counters(an[i])
			if !reflect.DeepEqual(y, z) {
				t.Errorf("seed %d: two runs differ:\n%v\n%v", seed, y, z)
			}
			for name, p := range x {
				q := y[name]
				for what, pair := range map[string][2]uint64{"in": {p.InOctets, q.InOctets}, "out": {p.OutOctets, q.OutOctets}, "frames": {p.OutFrames, q.OutFrames},
					"drops": {p.OutDrops, q.OutDrops}, "mean in": {p.Mean.InBits, q.Mean.InBits}, "mean out": {p.Mean.OutBits, q.Mean.OutBits}} {
					if !near(pair[0], float64(pair[1])) {
						t.Errorf("seed %d: port %s of switch %d, %s: %d read often, %d read once", seed, name, i, what, pair[0], pair[1])
					}
				}
			}
		}
	}
}

func TestOnePatternAtRunTimeReplacesAnother(t *testing.T) {
	f, a, _, c := bench(t, Gbps, gen{"1", false, square(8*Mbps, 0, time.Second, 2*time.Second)})
	f.Configure(a, local("1", "4", true, false))
	c.advance(10 * time.Second) // 5 s of 10^6 octets
	f.SetTraffic(a.ByName[num("1")], false, []Traffic{square(80*Mbps, 0, time.Second, 2*time.Second)})
	c.advance(9 * time.Second) // 5 s of 10^7
	if got := f.Counters(a)[num("4")]; !near(got.OutOctets, 5e6+50e6) {
		t.Errorf("%+v", got)
	}
	f.SetTraffic(a.ByName[num("1")], false, nil)
	c.advance(time.Hour)
	if got := f.Counters(a)[num("4")]; !near(got.OutOctets, 55e6) || got.OutBits != 0 {
		t.Errorf("after the end: %+v", got)
	}
}

func TestAReadLeavesOtherSwitchesAlone(t *testing.T) {
	f, a, _, c := bench(t, Gbps, gen{"1", false, square(8*Mbps, 0, time.Second, 2*time.Second)})
	other := f.AddNode("other", []PortSpec{{num("1"), Gbps}}, func(s string) string { return s })
	f.AddTraffic(other.ByName[num("1")], false, square(8*Mbps, 0, time.Second, 2*time.Second))
	f.Configure(other, Plane{})
	was := other.domain.at
	c.advance(30 * time.Second)
	f.Counters(a)
	if !other.domain.at.Equal(was) || !a.domain.at.Equal(c.now()) {
		t.Errorf("read at %v: the read switch is at %v, the other at %v", c.now(), a.domain.at, other.domain.at)
	}
}

// A thousand switches, each with ten watched ports of changing load, one of which
// is read: what a poll of the lab costs. Apart no link joins them, in a tree each is
// linked to one in the middle, with tunnels each sends its copies to one.
func BenchmarkReadOneOfAThousand(b *testing.B) {
	for _, how := range []string{"apart", "tree", "tunnels"} {
		b.Run(how, func(b *testing.B) {
			c := &clock{time.Unix(1e9, 0)}
			f := New(c.now)
			nodes := thousand(f, how)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				c.advance(10 * time.Millisecond) // 1,000 switches every 10 s
				f.Counters(nodes[i%len(nodes)])
				i++
			}
		})
	}
}

func thousand(f *Fabric, how string) (nodes []*Node) {
	const many = 1000
	short := func(s string) string { return s }
	ports := func(n int) (out []PortSpec) {
		for i := range n {
			out = append(out, PortSpec{num(fmt.Sprint(i)), Gbps})
		}
		return out
	}
	middle := f.AddNode("middle", ports(many+1), short)
	tunnel := &Tunnel{Address: "192.0.2.9", Overhead: 50}
	for i := range many {
		n := f.AddNode(fmt.Sprint(i), ports(28), short)
		nodes = append(nodes, n)
		f.Plug(n.ByName[num("27")], Host{})
		if how == "tree" {
			f.Link(n.ByName[num("26")], middle.ByName[num(fmt.Sprint(i))])
		}
	}
	f.Plug(middle.ByName[num(fmt.Sprint(many))], Host{})
	f.Configure(middle, Plane{Copies: []CopySession{{FromTunnel: tunnel, ToPorts: []string{num(fmt.Sprint(many))}}}})
	for _, n := range nodes {
		s := CopySession{ToPorts: []string{num("27")}}
		if how == "tunnels" {
			s = CopySession{ToTunnel: tunnel}
		}
		for j := range 10 {
			f.AddTraffic(n.ByName[num(fmt.Sprint(j))], false, square(300*Mbps, Mbps, time.Duration(10+j)*time.Second, time.Minute))
			s.Ports = append(s.Ports, CopySource{num(fmt.Sprint(j)), true, true})
		}
		f.Configure(n, Plane{Ports: map[string]PortState{num("27"): {Monitor: true}}, Copies: []CopySession{s}})
	}
	return nodes
}
