package fabric

import "testing"

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
