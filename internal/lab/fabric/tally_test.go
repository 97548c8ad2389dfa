package fabric

import (
	"testing"
	"time"
)

// What a session with a name copied is counted, and what did not fit where it goes.
func TestTalliesCountCopies(t *testing.T) {
	f, a, _, c := bench(t, Gbps, gen{"1", false, Traffic{Bits: 800 * Mbps, Frames: 100_000}}, gen{"2", false, Traffic{Frames: 100, Steps: []Step{{0, 0, 100}, {time.Second, 0, 0}}, Every: 2 * time.Second}})
	session := func(port string) CopySession {
		return CopySession{Name: port, Ports: []CopySource{{num(port), true, true}}, ToPorts: []string{num("4")}}
	}
	frames := func(port string) (copied, lost uint64) {
		t := f.Tallies(a)[port]
		return t.Frames, t.LostFrames
	}
	f.Configure(a, Plane{Copies: []CopySession{session("1"), session("2")}})
	c.advance(10 * time.Second)
	if copied, lost := frames("1"); !near(copied, 1_000_000) || lost != 0 {
		t.Errorf("%d copied, %d lost", copied, lost)
	}
	if copied, _ := frames("2"); !near(copied, 500) {
		t.Errorf("of a pattern %d are copied", copied)
	}
	c.advance(24 * time.Hour) // whole rounds are leapt over
	if copied, _ := frames("2"); !near(copied, 500+50*86400) {
		t.Errorf("after a day %d are copied", copied)
	}
	f.ClearTallies(a)
	f.SetTraffic(a.ByName[num("1")], false, []Traffic{{Bits: 2000 * Mbps, Frames: 100_000}})
	c.advance(10 * time.Second)
	copied, lost := frames("1")
	if fits := 1e9 / (2000e6 + 20*8*100e3); !near(copied+lost, 1_000_000) || float64(lost) < (1-fits)*0.99e6 || float64(lost) > (1-fits)*1.01e6 {
		t.Errorf("%d copied, %d lost", copied, lost)
	}
	f.SetTrouble(a, Trouble{Lost: 1})
	f.ClearTallies(a)
	c.advance(time.Second)
	if copied, lost := frames("1"); copied != 0 || lost != 0 {
		t.Errorf("nothing is copied: %d, %d", copied, lost)
	}
	f.Configure(a, Plane{Copies: []CopySession{session("2")}})
	if _, there := f.Tallies(a)["1"]; there {
		t.Error("a session that is gone is counted")
	}
}
