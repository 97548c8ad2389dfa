package fabric

import (
	"testing"
	"time"
)

func TestBundlesShareCopiesAndCopiesAreCutAndSampled(t *testing.T) {
	// 1000 frames of 1000 octets a second on port 1; copies go to ports 3 and 4.
	traffic := gen{"1", false, Traffic{Bits: 8 * Mbps, Frames: 1000}}
	from := []CopySource{{Port: num("1"), RX: true, TX: true}}
	both := []string{num("3"), num("4")}
	for name, tc := range map[string]struct {
		session      CopySession
		bits, frames uint64 // on each of the two
	}{
		"each port has all":       {CopySession{Ports: from, ToPorts: both}, 8e6, 1000},
		"a bundle shares":         {CopySession{Ports: from, ToBundles: [][]string{both}}, 4e6, 500},
		"two bundles of one":      {CopySession{Ports: from, ToBundles: [][]string{both[:1], both[1:]}}, 8e6, 1000},
		"copies are cut":          {CopySession{Ports: from, ToPorts: both, Truncate: 100}, 8e5, 1000},
		"short frames stay whole": {CopySession{Ports: from, ToPorts: both, Truncate: 2000}, 8e6, 1000},
		"one in ten":              {CopySession{Ports: from, ToPorts: both, Sample: 10}, 8e5, 100},
	} {
		f, a, _, _ := bench(t, Gbps, traffic)
		f.Configure(a, Plane{Ports: map[string]PortState{num("3"): {Monitor: true}, num("4"): {Monitor: true}}, Copies: []CopySession{tc.session}})
		for _, p := range both {
			if got := f.Counters(a)[p]; got.OutBits != tc.bits || got.OutRate != tc.frames {
				t.Errorf("%s: port %s sends %d bit/s, %d frames/s; want %d, %d", name, p, got.OutBits, got.OutRate, tc.bits, tc.frames)
			}
		}
	}
	// A member that is down takes no share.
	f, a, _, _ := bench(t, Gbps, traffic)
	f.Configure(a, Plane{Ports: map[string]PortState{num("3"): {Monitor: true}, num("4"): {Monitor: true, Down: true}},
		Copies: []CopySession{{Ports: from, ToBundles: [][]string{both}}}})
	if got := f.Counters(a); got[num("3")].OutBits != 8e6 || got[num("4")].OutBits != 0 {
		t.Errorf("with one member down: %+v, %+v", got[num("3")], got[num("4")])
	}
}

func TestEachFrameIsCutByItself(t *testing.T) {
	// 1000 frames of 64 octets and 1000 of 1500: cut at 128 they are 64 and 128 long.
	for name, session := range map[string]CopySession{
		"cut by the session": {Truncate: 128, ToPorts: []string{num("4")}},
		"cut by the tunnel":  {ToTunnel: &Tunnel{Address: "192.0.2.9", MTU: 128}},
		"cut by the shorter": {Truncate: 128, ToTunnel: &Tunnel{Address: "192.0.2.9", MTU: 1464}},
	} {
		f, a, _, c := bench(t, Gbps, gen{"1", false, Traffic{Bits: 64 * 8000, Frames: 1000}}, gen{"1", false, Traffic{Bits: 1500 * 8000, Frames: 1000}})
		session.Ports = []CopySource{{Port: num("1"), RX: true}}
		f.Configure(a, Plane{Ports: map[string]PortState{num("4"): {Monitor: true}}, Copies: []CopySession{session}})
		c.advance(time.Second)
		got := f.Counters(a)
		if sent := got[num("3")].OutOctets + got[num("4")].OutOctets; sent != 192000 {
			t.Errorf("%s: %d octets sent, want 192000", name, sent)
		}
	}
}

func TestANeighboursCopiesFollowTheLink(t *testing.T) {
	// 90 Mbit/s leave a by port 3; b copies what comes in there to its port 4.
	f, a, b, c := bench(t, 100*Mbps, gen{"3", true, Traffic{Bits: 90 * Mbps, Frames: 10000}}, gen{"1", false, Traffic{Bits: 90 * Mbps, Frames: 10000}})
	f.Configure(b, local("3", "4", true, false))
	c.advance(time.Second)
	if got := f.Counters(b)[num("4")]; !near(got.OutFrames, 10000) {
		t.Errorf("at first: %+v", got)
	}
	// Copies of a's own in a remote VLAN take half of the link.
	trunk := PortState{Trunk: true, Allowed: VLANs(999)}
	f.Configure(a, Plane{Ports: map[string]PortState{num("3"): trunk}, Remote: VLANs(999),
		Copies: []CopySession{{Ports: []CopySource{{num("1"), true, false}}, ToVLAN: 999}}})
	f.ClearCounters(a, "")
	f.ClearCounters(b, "")
	c.advance(time.Second)
	link, tool := f.Counters(a)[num("3")], f.Counters(b)[num("4")]
	if want := float64(link.OutFrames) / 2; link.OutDrops == 0 || !near(tool.OutFrames, want) {
		t.Errorf("a link that is too full: %+v, tool %+v, want %.0f frames", link, tool, want)
	}
	f.Configure(a, Plane{Ports: map[string]PortState{num("3"): {Down: true}}})
	f.ClearCounters(b, "")
	c.advance(time.Second)
	if got := f.Counters(b)[num("4")]; got.OutFrames != 0 || got.OutBits != 0 {
		t.Errorf("copies of a link that is down: %+v", got)
	}
}

func TestCopiesCanGetLostInPart(t *testing.T) {
	f, a, _, c := bench(t, Gbps, gen{"1", false, Traffic{Bits: 80 * Mbps, Frames: 10000}})
	f.Configure(a, local("1", "4", true, false))
	for _, lost := range []float64{0.25, 1, 0} {
		f.ClearCounters(a, "")
		f.SetTrouble(a, Trouble{Lost: lost})
		c.advance(time.Second)
		got := f.Counters(a)
		if p := got[num("4")]; !near(p.OutFrames, 10000*(1-lost)) || p.OutDrops != 0 {
			t.Errorf("lost %g: %+v", lost, p)
		}
		if p := got[num("1")]; !near(p.InFrames, 10000) {
			t.Errorf("lost %g: the source counts %+v", lost, p)
		}
	}
}
