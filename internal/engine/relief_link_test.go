package engine_test

import (
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A link that copies pass is relieved like a destination. What it sends has the copies
// in it, which are not counted twice: relief ends when all of them fit beside the rest.
func TestALinkIsRelievedOfCopiesAndTheyComeBack(t *testing.T) {
	b := newLoadedBench(t, map[string]*fakeSwitch{"sw1": newSwitch("p1", "t1"), "sw2": newSwitch("t1", "d1")})
	s := intent("a", "sw2:d1", "sw1:p1")
	s.Kind = mirror.KindRSPAN
	s.RSPAN = &mirror.RSPAN{VLAN: 900, Transit: []mirror.Transit{{Device: "sw1", Trunks: []string{"t1"}}, {Device: "sw2", Trunks: []string{"t1"}}}}
	b.carries("p1", 3, 3)
	b.put(relievable(s, 50, "rx-only"))
	b.settled()
	sw := b.switches["sw1"]
	copied := func() (d mirror.Direction) {
		sw.mu.Lock()
		defer sw.mu.Unlock()
		for _, n := range sw.natives {
			for _, source := range n.Spec.Sources {
				d = d.Union(source.Direction)
			}
		}
		return d
	}
	const beside = 5.0 // Mbit/s that the link of 10 carries besides
	each := 3.0        // Mbit/s in each direction of the source
	measure := func() {
		sent := beside + each
		if copied() == mirror.Both {
			sent += each
		}
		b.carries("p1", each, each)
		b.carries("t1", 0, sent)
		b.Measured([]capacity.EndLoad{{End: capacity.End{Device: "sw1", Port: "t1", Link: true}, At: time.Now(), Sessions: []string{"a"},
			Capacity: 10 * megabit, Offered: mirror.BitsPerSecond(sent * megabit), Known: true}},
			func(_ string, port mirror.PortName) (in, out capacity.Flow, known bool) {
				return b.flow(string(port), mirror.RX, 0), b.flow(string(port), mirror.TX, 0), true
			})
	}
	b.until("what enters alone is copied", func() bool { measure(); return copied() == mirror.RX })
	b.settled()
	// 5 besides and 2 of copies are 7 of 10 Mbit/s, less than 80 %.
	each = 1
	b.until("all is copied again", func() bool { measure(); return copied() == mirror.Both })
	b.settled()
	if got := b.inForce("a"); got != "" {
		t.Errorf("left in force: %s", got)
	}
}
