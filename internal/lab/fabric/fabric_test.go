package fabric

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
	Traffic
}

// bench is two switches, joined by port 3 of each, with a clock.
func bench(t *testing.T, speed BitRate, traffic ...gen) (*Fabric, *Node, *Node, *clock) {
	t.Helper()
	c := &clock{time.Unix(1e9, 0)}
	f := New(c.now)
	var ports []PortSpec
	for _, n := range []string{"1", "2", "3", "4"} {
		ports = append(ports, PortSpec{Name: num(n), Speed: speed})
	}
	short := func(name string) string { return "p" + name }
	a, b := f.AddNode("a", ports, short), f.AddNode("b", ports, short)
	f.Link(a.ByName[num("3")], b.ByName[num("3")])
	f.Plug(a.ByName[num("4")], Host{})
	f.Plug(b.ByName[num("4")], Host{})
	for _, g := range traffic {
		f.AddTraffic(a.ByName[num(g.at)], g.out, g.Traffic)
	}
	f.Configure(a, Plane{})
	f.Configure(b, Plane{})
	return f, a, b, c
}

func near(got uint64, want float64) bool { return math.Abs(float64(got)-want) <= 1+want*1e-9 }

// num names a port of a switch by its number.
func num(n string) string { return "1/" + n }

func TestCountersFollowTimeAndRateChanges(t *testing.T) {
	f, a, _, c := bench(t, Gbps, gen{"1", false, Traffic{Bits: 80 * Mbps, Frames: 1000}})
	c.advance(10 * time.Second)
	got := f.Counters(a)[num("1")]
	if !near(got.InOctets, 10*10e6) || !near(got.InFrames, 10*1000) || got.OutOctets != 0 || got.InBits != 80_000_000 {
		t.Errorf("after 10 s: %+v", got)
	}
	f.SetTraffic(a.ByName[num("1")], false, []Traffic{{Bits: 8 * Mbps, Frames: 100}})
	c.advance(10 * time.Second)
	if got := f.Counters(a)[num("1")]; !near(got.InOctets, 10*10e6+10*1e6) {
		t.Errorf("after the change: %+v", got)
	}
	f.Configure(a, Plane{Ports: map[string]PortState{num("1"): {Down: true}}})
	c.advance(time.Hour)
	if got := f.Counters(a)[num("1")]; !near(got.InOctets, 10*10e6+10*1e6) || got.Up {
		t.Errorf("a port that is shut down counted: %+v", got)
	}
	f.ClearCounters(a, "")
	if got := f.Counters(a)[num("1")]; got.InOctets != 0 {
		t.Errorf("after clear: %+v", got)
	}
}

func local(src, dst string, rx, tx bool) Plane {
	return Plane{Ports: map[string]PortState{num(dst): {Monitor: true}},
		Copies: []CopySession{{Ports: []CopySource{{num(src), rx, tx}}, ToPorts: []string{num(dst)}}}}
}

func TestLocalCopiesCountOnTheDestinationByDirection(t *testing.T) {
	in := gen{"1", false, Traffic{Bits: 80 * Mbps, Frames: 10000}}
	out := gen{"1", true, Traffic{Bits: 8 * Mbps, Frames: 1000}}
	for _, tc := range []struct {
		rx, tx bool
		frames float64
	}{{true, false, 10000}, {false, true, 1000}, {true, true, 11000}} {
		f, a, _, c := bench(t, Gbps, in, out)
		f.Configure(a, local("1", "4", tc.rx, tc.tx))
		c.advance(time.Second)
		if got := f.Counters(a)[num("4")]; !near(got.OutFrames, tc.frames) || got.OutDrops != 0 {
			t.Errorf("rx %v tx %v: %+v, want %v frames", tc.rx, tc.tx, got, tc.frames)
		}
		f.SetTrouble(a, Trouble{Lost: 1})
		c.advance(time.Second)
		if got := f.Counters(a)[num("4")]; !near(got.OutFrames, tc.frames) {
			t.Errorf("a dead switch copies: %+v", got)
		}
	}
}

func TestOversubscribedDestinationDropsWhatDoesNotFit(t *testing.T) {
	// 2 x 80 Mbit/s of 1000-octet frames = 20,000 frames/s into 100 Mbit/s:
	// a frame takes 8 x 1020 bits, so 12,254.9 frames/s fit.
	f, a, _, c := bench(t, 100*Mbps,
		gen{"1", false, Traffic{Bits: 80 * Mbps, Frames: 10000}},
		gen{"1", true, Traffic{Bits: 80 * Mbps, Frames: 10000}})
	f.Configure(a, local("1", "4", true, true))
	c.advance(10 * time.Second)
	got := f.Counters(a)[num("4")]
	fit := 100e6 / (8 * 1020)
	if !near(got.OutFrames, fit*10) || !near(got.OutDrops, (20000-fit)*10) {
		t.Errorf("%+v, want %.0f sent and %.0f dropped", got, fit*10, (20000-fit)*10)
	}
}

func TestVLANSourcesAndFilterSelectByTag(t *testing.T) {
	f, a, _, c := bench(t, Gbps,
		gen{"1", false, Traffic{VLAN: 10, Bits: 8 * Mbps, Frames: 1000}},
		gen{"1", false, Traffic{VLAN: 20, Bits: 8 * Mbps, Frames: 300}},
		gen{"2", true, Traffic{Bits: 8 * Mbps, Frames: 50}})
	ports := map[string]PortState{num("1"): {Trunk: true, Allowed: VLANs(10, 20)}, num("2"): {Access: 10}, num("4"): {Monitor: true}}
	f.Configure(a, Plane{Ports: ports, Copies: []CopySession{{VLANs: []CopyVLAN{{10, true, true}}, ToPorts: []string{num("4")}}}})
	c.advance(time.Second)
	if got := f.Counters(a)[num("4")]; !near(got.OutFrames, 1050) {
		t.Errorf("VLAN source: %+v", got)
	}
	f.ClearCounters(a, "")
	f.Configure(a, Plane{Ports: ports, Copies: []CopySession{{Ports: []CopySource{{num("1"), true, true}}, OnlyVLANs: VLANs(20), ToPorts: []string{num("4")}}}})
	c.advance(time.Second)
	if got := f.Counters(a)[num("4")]; !near(got.OutFrames, 300) {
		t.Errorf("VLAN filter: %+v", got)
	}
}

func TestRemoteCopiesCrossTheTrunkAndObeyItsList(t *testing.T) {
	f, a, b, c := bench(t, Gbps, gen{"1", false, Traffic{Bits: 80 * Mbps, Frames: 10000}})
	trunk := PortState{Trunk: true, Allowed: VLANs(999)}
	pa := Plane{Ports: map[string]PortState{num("3"): trunk}, Remote: VLANs(999),
		Copies: []CopySession{{Ports: []CopySource{{num("1"), true, false}}, ToVLAN: 999}}}
	pb := Plane{Ports: map[string]PortState{num("3"): trunk, num("4"): {Monitor: true}}, Remote: VLANs(999),
		Copies: []CopySession{{FromVLAN: 999, ToPorts: []string{num("4")}}}}
	f.Configure(a, pa)
	f.Configure(b, pb)
	c.advance(time.Second)
	link, far := f.Counters(a)[num("3")], f.Counters(b)
	if !near(link.OutOctets, 10e6+4*10000) || !near(far[num("3")].InFrames, 10000) || !near(far[num("4")].OutOctets, 10e6) {
		t.Errorf("link %+v, far end %+v, tool %+v", link, far[num("3")], far[num("4")])
	}
	pb.Ports = map[string]PortState{num("3"): {Trunk: true, Allowed: VLANs(10)}, num("4"): {Monitor: true}}
	f.Configure(b, pb)
	c.advance(time.Second)
	if got := f.Counters(b)[num("4")]; !near(got.OutOctets, 10e6) {
		t.Errorf("copies pass a trunk that does not carry the VLAN: %+v", got)
	}
}

func TestCongestedLinkSqueezesRemoteCopies(t *testing.T) {
	f, a, b, c := bench(t, 100*Mbps,
		gen{"1", false, Traffic{Bits: 90 * Mbps, Frames: 10000}},
		gen{"2", false, Traffic{Bits: 90 * Mbps, Frames: 10000}})
	trunk := PortState{Trunk: true, Allowed: VLANs(999)}
	f.Configure(b, Plane{Ports: map[string]PortState{num("3"): trunk, num("4"): {Monitor: true}}, Remote: VLANs(999),
		Copies: []CopySession{{FromVLAN: 999, ToPorts: []string{num("4")}}}})
	f.Configure(a, Plane{Ports: map[string]PortState{num("3"): trunk}, Remote: VLANs(999),
		Copies: []CopySession{{Ports: []CopySource{{num("1"), true, false}, {num("2"), true, false}}, ToVLAN: 999}}})
	c.advance(10 * time.Second)
	link, tool := f.Counters(a)[num("3")], f.Counters(b)[num("4")]
	if link.OutDrops == 0 || math.Abs(float64(tool.OutFrames)-float64(link.OutFrames)) > 1+float64(link.OutFrames)*1e-6 {
		t.Errorf("link %+v, tool %+v: the tool gets what the link passed", link, tool)
	}
}

func TestTunnelledCopiesCarryOverheadAndAreTruncated(t *testing.T) {
	f, a, b, c := bench(t, Gbps, gen{"1", false, Traffic{Bits: 80 * Mbps, Frames: 10000}}) // 1000 octets
	f.Configure(b, Plane{Ports: map[string]PortState{num("4"): {Monitor: true}},
		Copies: []CopySession{{FromTunnel: &Tunnel{Address: "192.0.2.9", ID: 7}, ToPorts: []string{num("4")}}}})
	f.Configure(a, Plane{Copies: []CopySession{{Ports: []CopySource{{num("1"), true, false}},
		ToTunnel: &Tunnel{Address: "192.0.2.9", ID: 7, Overhead: 50, MTU: 200}}}})
	c.advance(time.Second)
	if up, tool := f.Counters(a)[num("3")], f.Counters(b)[num("4")]; !near(up.OutOctets, 10000*250) || !near(tool.OutOctets, 10000*200) {
		t.Errorf("uplink %+v, tool %+v", up, tool)
	}
}
