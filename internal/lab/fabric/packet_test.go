package fabric

import (
	"net/netip"
	"testing"
	"time"
)

// A list at a port drops what it does not let pass and marks what is copied. A drop is
// counted even where no time passes before it ends.
func TestListsDropAndMark(t *testing.T) {
	const frames = 1000
	web := Packet{Protocol: 6, From: netip.MustParseAddr("10.0.0.5"), ToPort: 443}
	f, a, _, c := bench(t, Gbps, gen{"1", false, Traffic{Frames: frames, Packet: web}}, gen{"1", false, Traffic{Frames: 10 * frames}}, gen{"1", true, Traffic{Frames: 7 * frames}})
	copies := []CopySession{{Ports: []CopySource{{Port: num("1"), RX: true, TX: true}}, Marked: true, ToPorts: []string{num("4")}}}
	listed := func(filter Filter) {
		f.Configure(a, Plane{Ports: map[string]PortState{num("1"): {Filter: filter}}, Copies: copies})
	}
	counts := func() (copied, dropped uint64) {
		all := f.Counters(a)
		return all[num("4")].OutRate, all[num("1")].InDrops
	}
	listed(nil)
	if copied, dropped := counts(); copied != 0 || dropped != 0 {
		t.Errorf("without a list %d are copied, %d dropped", copied, dropped)
	}
	listed(func(p Packet) Verdict { return Verdict{Copy: p.Protocol == 6} })
	if copied, dropped := counts(); copied != frames || dropped != 0 {
		t.Errorf("of the one flow %d are copied, %d dropped", copied, dropped)
	}
	listed(func(p Packet) Verdict { return Verdict{Drop: p.Protocol != 6} })
	listed(nil)
	if copied, dropped := counts(); copied != 0 || dropped != 1 {
		t.Errorf("between two changes at one moment %d are copied, %d dropped", copied, dropped)
	}
	listed(func(p Packet) Verdict { return Verdict{Drop: p.Protocol == 6, Copy: p.Protocol == 6} })
	c.advance(10 * time.Second)
	if copied, dropped := counts(); copied != frames || dropped != 2+10*frames {
		t.Errorf("dropped and marked: %d are copied, %d dropped", copied, dropped)
	}
}

// Through a link the far end's frames are looked at.
func TestListsLookAtWhatComesOverALink(t *testing.T) {
	f, _, b, c := bench(t, Gbps, gen{"3", true, Traffic{Frames: 100}})
	f.Configure(b, Plane{Ports: map[string]PortState{num("3"): {Filter: func(Packet) Verdict { return Verdict{Drop: true} }}}})
	c.advance(time.Second)
	if got := f.Counters(b)[num("3")]; got.InDrops != 101 || !near(got.InFrames, 100) {
		t.Errorf("%d dropped of %d", got.InDrops, got.InFrames)
	}
}

// A session that selects copies nothing else, in both directions and of VLANs, and users
// lose nothing.
func TestASessionSelects(t *testing.T) {
	web := Packet{Protocol: 6, ToPort: 443}
	f, a, _, _ := bench(t, Gbps, gen{"1", false, Traffic{Frames: 100, Packet: web}}, gen{"1", true, Traffic{Frames: 20, Packet: web}}, gen{"1", false, Traffic{Frames: 7000}})
	for name, tc := range map[string]struct {
		session CopySession
		want    uint64
	}{
		"a port":             {CopySession{Ports: []CopySource{{Port: num("1"), RX: true, TX: true}}}, 120},
		"a VLAN":             {CopySession{VLANs: []CopyVLAN{{VLAN: 1, RX: true}}}, 100},
		"with a VLAN filter": {CopySession{Ports: []CopySource{{Port: num("1"), RX: true}}, OnlyVLANs: VLANs(9)}, 0},
	} {
		tc.session.Select, tc.session.ToPorts = func(p Packet) bool { return p.ToPort == 443 }, []string{num("4")}
		f.Configure(a, Plane{Copies: []CopySession{tc.session}})
		if got := f.Counters(a); got[num("4")].OutRate != tc.want || got[num("1")].InDrops != 0 {
			t.Errorf("%s: %d are copied, want %d", name, got[num("4")].OutRate, tc.want)
		}
	}
}
