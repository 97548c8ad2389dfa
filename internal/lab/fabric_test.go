package lab

import (
	"math"
	"testing"
	"time"
)

// clock is a hand-turned clock.
type clock struct{ t time.Time }

func (c *clock) now() time.Time          { return c.t }
func (c *clock) advance(d time.Duration) { c.t = c.t.Add(d) }

// gen is traffic at a port of switch a.
type gen struct {
	at  string
	out bool
	traffic
}

// bench is two switches, joined by port 3 of each, with a clock.
func bench(t *testing.T, speed rate, traffic ...gen) (*fabric, *node, *node, *clock) {
	t.Helper()
	c := &clock{time.Unix(1e9, 0)}
	f := newFabric(c.now)
	var ports []portSpec
	for _, n := range []string{"1", "2", "3", "4"} {
		ports = append(ports, portSpec{name: num(n), speed: speed})
	}
	short := func(name string) string { return "p" + name }
	a, b := f.addNode("a", ports, short), f.addNode("b", ports, short)
	f.link(a.byName[num("3")], b.byName[num("3")])
	f.plug(a.byName[num("4")], host{})
	f.plug(b.byName[num("4")], host{})
	for _, g := range traffic {
		a.byName[num(g.at)].addTraffic(g.out, g.traffic)
	}
	f.configure(a, plane{})
	f.configure(b, plane{})
	return f, a, b, c
}

func near(got uint64, want float64) bool { return math.Abs(float64(got)-want) <= 1+want*1e-9 }

// num names a port of a switch by its number.
func num(n string) string { return "1/" + n }

func TestCountersFollowTimeAndRateChanges(t *testing.T) {
	f, a, _, c := bench(t, gbps, gen{"1", false, traffic{bits: 80 * mbps, frames: 1000}})
	c.advance(10 * time.Second)
	got := f.counters(a)[num("1")]
	if !near(got.InOctets, 10*10e6) || !near(got.InFrames, 10*1000) || got.OutOctets != 0 || got.InBits != 80_000_000 {
		t.Errorf("after 10 s: %+v", got)
	}
	f.setTraffic(a.byName[num("1")], false, []traffic{{bits: 8 * mbps, frames: 100}})
	c.advance(10 * time.Second)
	if got := f.counters(a)[num("1")]; !near(got.InOctets, 10*10e6+10*1e6) {
		t.Errorf("after the change: %+v", got)
	}
	f.configure(a, plane{ports: map[string]planePort{num("1"): {down: true}}})
	c.advance(time.Hour)
	if got := f.counters(a)[num("1")]; !near(got.InOctets, 10*10e6+10*1e6) || got.Up {
		t.Errorf("a port that is shut down counted: %+v", got)
	}
	f.clearCounters(a, "")
	if got := f.counters(a)[num("1")]; got.InOctets != 0 {
		t.Errorf("after clear: %+v", got)
	}
}

func local(src, dst string, rx, tx bool) plane {
	return plane{ports: map[string]planePort{num(dst): {monitor: true}},
		copies: []copySession{{ports: []copySource{{num(src), rx, tx}}, toPorts: []string{num(dst)}}}}
}

func TestLocalCopiesCountOnTheDestinationByDirection(t *testing.T) {
	in := gen{"1", false, traffic{bits: 80 * mbps, frames: 10000}}
	out := gen{"1", true, traffic{bits: 8 * mbps, frames: 1000}}
	for _, tc := range []struct {
		rx, tx bool
		frames float64
	}{{true, false, 10000}, {false, true, 1000}, {true, true, 11000}} {
		f, a, _, c := bench(t, gbps, in, out)
		f.configure(a, local("1", "4", tc.rx, tc.tx))
		c.advance(time.Second)
		if got := f.counters(a)[num("4")]; !near(got.OutFrames, tc.frames) || got.OutDrops != 0 {
			t.Errorf("rx %v tx %v: %+v, want %v frames", tc.rx, tc.tx, got, tc.frames)
		}
		f.setDead(a, true)
		c.advance(time.Second)
		if got := f.counters(a)[num("4")]; !near(got.OutFrames, tc.frames) {
			t.Errorf("a dead switch copies: %+v", got)
		}
	}
}

func TestOversubscribedDestinationDropsWhatDoesNotFit(t *testing.T) {
	// 2 x 80 Mbit/s of 1000-octet frames = 20,000 frames/s into 100 Mbit/s:
	// a frame takes 8 x 1020 bits, so 12,254.9 frames/s fit.
	f, a, _, c := bench(t, 100*mbps,
		gen{"1", false, traffic{bits: 80 * mbps, frames: 10000}},
		gen{"1", true, traffic{bits: 80 * mbps, frames: 10000}})
	f.configure(a, local("1", "4", true, true))
	c.advance(10 * time.Second)
	got := f.counters(a)[num("4")]
	fit := 100e6 / (8 * 1020)
	if !near(got.OutFrames, fit*10) || !near(got.OutDrops, (20000-fit)*10) {
		t.Errorf("%+v, want %.0f sent and %.0f dropped", got, fit*10, (20000-fit)*10)
	}
}

func TestVLANSourcesAndFilterSelectByTag(t *testing.T) {
	f, a, _, c := bench(t, gbps,
		gen{"1", false, traffic{vlan: 10, bits: 8 * mbps, frames: 1000}},
		gen{"1", false, traffic{vlan: 20, bits: 8 * mbps, frames: 300}},
		gen{"2", true, traffic{bits: 8 * mbps, frames: 50}})
	ports := map[string]planePort{num("1"): {trunk: true, allowed: vlansOf(10, 20)}, num("2"): {access: 10}, num("4"): {monitor: true}}
	f.configure(a, plane{ports: ports, copies: []copySession{{vlans: []copyVLAN{{10, true, true}}, toPorts: []string{num("4")}}}})
	c.advance(time.Second)
	if got := f.counters(a)[num("4")]; !near(got.OutFrames, 1050) {
		t.Errorf("VLAN source: %+v", got)
	}
	f.clearCounters(a, "")
	f.configure(a, plane{ports: ports, copies: []copySession{{ports: []copySource{{num("1"), true, true}}, onlyVLANs: vlansOf(20), toPorts: []string{num("4")}}}})
	c.advance(time.Second)
	if got := f.counters(a)[num("4")]; !near(got.OutFrames, 300) {
		t.Errorf("VLAN filter: %+v", got)
	}
}

func TestRemoteCopiesCrossTheTrunkAndObeyItsList(t *testing.T) {
	f, a, b, c := bench(t, gbps, gen{"1", false, traffic{bits: 80 * mbps, frames: 10000}})
	trunk := planePort{trunk: true, allowed: vlansOf(999)}
	pa := plane{ports: map[string]planePort{num("3"): trunk}, remote: vlansOf(999),
		copies: []copySession{{ports: []copySource{{num("1"), true, false}}, toVLAN: 999}}}
	pb := plane{ports: map[string]planePort{num("3"): trunk, num("4"): {monitor: true}}, remote: vlansOf(999),
		copies: []copySession{{fromVLAN: 999, toPorts: []string{num("4")}}}}
	f.configure(a, pa)
	f.configure(b, pb)
	c.advance(time.Second)
	link, far := f.counters(a)[num("3")], f.counters(b)
	if !near(link.OutOctets, 10e6+4*10000) || !near(far[num("3")].InFrames, 10000) || !near(far[num("4")].OutOctets, 10e6) {
		t.Errorf("link %+v, far end %+v, tool %+v", link, far[num("3")], far[num("4")])
	}
	pb.ports = map[string]planePort{num("3"): {trunk: true, allowed: vlansOf(10)}, num("4"): {monitor: true}}
	f.configure(b, pb)
	c.advance(time.Second)
	if got := f.counters(b)[num("4")]; !near(got.OutOctets, 10e6) {
		t.Errorf("copies pass a trunk that does not carry the VLAN: %+v", got)
	}
}

func TestCongestedLinkSqueezesRemoteCopies(t *testing.T) {
	f, a, b, c := bench(t, 100*mbps,
		gen{"1", false, traffic{bits: 90 * mbps, frames: 10000}},
		gen{"2", false, traffic{bits: 90 * mbps, frames: 10000}})
	trunk := planePort{trunk: true, allowed: vlansOf(999)}
	f.configure(b, plane{ports: map[string]planePort{num("3"): trunk, num("4"): {monitor: true}}, remote: vlansOf(999),
		copies: []copySession{{fromVLAN: 999, toPorts: []string{num("4")}}}})
	f.configure(a, plane{ports: map[string]planePort{num("3"): trunk}, remote: vlansOf(999),
		copies: []copySession{{ports: []copySource{{num("1"), true, false}, {num("2"), true, false}}, toVLAN: 999}}})
	c.advance(10 * time.Second)
	link, tool := f.counters(a)[num("3")], f.counters(b)[num("4")]
	if link.OutDrops == 0 || math.Abs(float64(tool.OutFrames)-float64(link.OutFrames)) > 1+float64(link.OutFrames)*1e-6 {
		t.Errorf("link %+v, tool %+v: the tool gets what the link passed", link, tool)
	}
}

func TestTunnelledCopiesCarryOverheadAndAreTruncated(t *testing.T) {
	f, a, b, c := bench(t, gbps, gen{"1", false, traffic{bits: 80 * mbps, frames: 10000}}) // 1000 octets
	f.configure(b, plane{ports: map[string]planePort{num("4"): {monitor: true}},
		copies: []copySession{{fromTun: &tunnel{address: "192.0.2.9", id: 7}, toPorts: []string{num("4")}}}})
	f.configure(a, plane{copies: []copySession{{ports: []copySource{{num("1"), true, false}},
		toTun: &tunnel{address: "192.0.2.9", id: 7, overhead: 50, mtu: 200}}}})
	c.advance(time.Second)
	if up, tool := f.counters(a)[num("3")], f.counters(b)[num("4")]; !near(up.OutOctets, 10000*250) || !near(tool.OutOctets, 10000*200) {
		t.Errorf("uplink %+v, tool %+v", up, tool)
	}
}
