package capacity_test

import (
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// passing are intervals of so many frames a second in and out over five minutes.
func passing(seconds, in, out float64) (list []capacity.Interval) {
	for from := 0.0; from < 300; from += seconds {
		list = append(list, spell(from, seconds, capacity.Flow{Octets: 500 * in, Frames: in}, capacity.Flow{Octets: 500 * out, Frames: out}))
	}
	return list
}

func shifted(list []capacity.Interval, by time.Duration) []capacity.Interval {
	for k := range list {
		list[k].From, list[k].To = list[k].From.Add(by), list[k].To.Add(by)
	}
	return list
}

func stretched(list []capacity.Interval) []capacity.Interval {
	for k := range list {
		list[k].From = list[k].From.Add(-200 * time.Millisecond)
		list[k].InFrames = list[k].InFrames * 51 / 50
	}
	return list
}

func TestDeliver(t *testing.T) {
	out := mirror.Counting{At: mirror.CountedOutOctets}
	counted := func(list []capacity.Interval) []capacity.Series {
		return []capacity.Series{{Name: "sw tool", Intervals: list}}
	}
	gaps := func(list []capacity.Interval, from, to int) []capacity.Interval {
		for k := from; k < to; k++ {
			list[k] = capacity.Interval{From: list[k].From, To: list[k].To, Gap: "lost"}
		}
		return list
	}
	const yes, no, unknown = mirror.True, mirror.False, mirror.Unknown
	for _, tt := range []struct {
		name     string
		sources  []mirror.NativeSource
		change   func(*capacity.Feed)
		carried  map[mirror.PortName][]capacity.Interval
		counted  []capacity.Series
		counting mirror.Counting
		once     bool
		later    time.Duration // now, after the five minutes
		since    time.Duration // when the copies began, after noon

		state  mirror.State
		reason string
		ratio  float64 // -1 = none
		least  float64 // confidence
		most   float64
		says   string
	}{
		// 1,000 + 500 frames/s are expected, 1,500 are counted: 90,000 of 90,000 in 60 s.
		{name: "all copies", sources: []mirror.NativeSource{both("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1000, 500)},
			counted: counted(passing(10, 0, 1500)), counting: out, state: yes, reason: capacity.ReasonCopiesFlow, ratio: 1, least: 0.99, most: 1, says: "90000 of 90000 expected copies were counted in 1m0s"},
		{name: "rx alone", sources: []mirror.NativeSource{rx("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1000, 500)},
			counted: counted(passing(10, 0, 1000)), counting: out, state: yes, reason: capacity.ReasonCopiesFlow, ratio: 1, least: 0.99, most: 1},
		{name: "half of them", sources: []mirror.NativeSource{both("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1000, 500)},
			counted: counted(passing(10, 0, 750)), counting: out, state: yes, reason: capacity.ReasonCopiesLost, ratio: 0.5, least: 0.99, most: 1},
		// 100 of 1,000 frames/s.
		{name: "one of ten frames", sources: []mirror.NativeSource{rx("p")}, change: func(f *capacity.Feed) { f.Sample = 10 },
			carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1000, 0)}, counted: counted(passing(10, 0, 100)), counting: out,
			state: yes, reason: capacity.ReasonCopiesFlow, ratio: 1, least: 0.95, most: 0.99},
		{name: "none", sources: []mirror.NativeSource{both("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1000, 500)},
			counted: counted(passing(10, 0, 0)), counting: out, state: no, reason: capacity.ReasonCopiesNotFlowing, ratio: 0, least: 0.99, most: 1, says: "0 of 90000 expected"},
		// 0.9 % is below 1 %, 1.1 % is not.
		{name: "nearly none", sources: []mirror.NativeSource{rx("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1000, 0)},
			counted: counted(passing(10, 0, 9)), counting: out, state: no, reason: capacity.ReasonCopiesNotFlowing, ratio: 0.009, least: 0.99, most: 1},
		{name: "a hundredth", sources: []mirror.NativeSource{rx("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1000, 0)},
			counted: counted(passing(10, 0, 11)), counting: out, state: yes, reason: capacity.ReasonCopiesLost, ratio: 0.011, least: 0.99, most: 1},
		{name: "idle sources", sources: []mirror.NativeSource{both("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 0, 0)},
			counted: counted(passing(10, 0, 0)), counting: out, state: unknown, reason: capacity.ReasonSourcesIdle, ratio: -1, says: "the sources were idle"},
		// 0.5 frames/s: 150 in five minutes are too few for 1 % of them.
		{name: "nearly idle sources", sources: []mirror.NativeSource{rx("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 0.5, 0)},
			counted: counted(passing(10, 0, 0)), counting: out, state: unknown, reason: capacity.ReasonSourcesIdle, ratio: 0, most: 0.6, says: "too few"},
		// 1 frame/s: 300 in five minutes are enough.
		{name: "slow sources", sources: []mirror.NativeSource{rx("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1, 0)},
			counted: counted(passing(10, 0, 0)), counting: out, state: no, reason: capacity.ReasonCopiesNotFlowing, ratio: 0, least: 0.7, most: 0.8, says: "in 5m0s"},
		// Busy for the last 20 s alone: what counts the copies may be late.
		{name: "sources that have just begun", sources: []mirror.NativeSource{rx("p")},
			carried: map[mirror.PortName][]capacity.Interval{"p": append(passing(10, 0, 0)[:28], passing(10, 1000, 0)[28:]...)},
			counted: counted(passing(10, 0, 0)), counting: out, state: unknown, reason: capacity.ReasonSourcesIdle, ratio: 0, most: 1},
		// Read every minute: two minutes of it.
		{name: "read every minute", sources: []mirror.NativeSource{rx("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(60, 1000, 0)},
			counted: counted(passing(60, 0, 1000)), counting: out, state: yes, reason: capacity.ReasonCopiesFlow, ratio: 1, least: 0.99, most: 1, says: "in 2m0s"},
		// 5 s of 60 at each end lie in intervals that reach beyond.
		{name: "read at other times", sources: []mirror.NativeSource{rx("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": shifted(passing(10, 1000, 0), 5*time.Second)},
			counted: counted(passing(10, 0, 1000)), counting: out, state: yes, reason: capacity.ReasonCopiesFlow, ratio: 1, least: 0.8, most: 0.9},
		// 20 s of 60 were not measured: the rest stands for them.
		{name: "gaps", sources: []mirror.NativeSource{rx("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": gaps(passing(10, 1000, 0), 26, 28)},
			counted: counted(passing(10, 0, 1000)), counting: out, state: yes, reason: capacity.ReasonCopiesFlow, ratio: 1, least: 0.6, most: 0.7},
		// By the clock of what counts each interval is 10.2 s long, and they overlap: it is still one frame a copy.
		{name: "clocks that differ", sources: []mirror.NativeSource{rx("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": stretched(passing(10, 1000, 0))},
			counted: counted(passing(10, 0, 1000)), counting: out, state: yes, reason: capacity.ReasonCopiesFlow, ratio: 1, least: 0.9, most: 1},
		{name: "nothing but gaps", sources: []mirror.NativeSource{rx("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": gaps(passing(10, 1000, 0), 0, 30)},
			counted: counted(passing(10, 0, 0)), counting: out, state: unknown, reason: capacity.ReasonNotMeasured, ratio: -1, says: "sw p was disturbed"},
		{name: "a source that was not measured", sources: []mirror.NativeSource{rx("p"), rx("q")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1000, 0)},
			counted: counted(passing(10, 0, 0)), counting: out, state: unknown, reason: capacity.ReasonNotMeasured, ratio: -1, says: "sw q was not measured"},
		{name: "a destination that was not measured", sources: []mirror.NativeSource{rx("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1000, 0)},
			counting: out, state: unknown, reason: capacity.ReasonNotMeasured, ratio: -1},
		{name: "long ago", sources: []mirror.NativeSource{rx("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1000, 0)},
			counted: counted(passing(10, 0, 0)), counting: out, later: 10 * time.Minute, state: unknown, reason: capacity.ReasonNotMeasured, ratio: -1, says: "since 12:05:00"},
		{name: "copies that have just begun", sources: []mirror.NativeSource{rx("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1000, 0)},
			counted: counted(passing(10, 0, 0)), counting: out, since: 241 * time.Second, state: unknown, reason: capacity.ReasonJustBegun, ratio: -1, says: "less than 1m0s before"},
		{name: "copies that began a minute ago", sources: []mirror.NativeSource{rx("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1000, 0)},
			counted: counted(append(passing(10, 0, 0)[:24], passing(10, 0, 1000)[24:]...)), counting: out, since: 240 * time.Second, state: yes, reason: capacity.ReasonCopiesFlow, ratio: 1, least: 0.99, most: 1},
		{name: "a platform that counts nowhere", sources: []mirror.NativeSource{rx("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1000, 0)},
			counted: counted(passing(10, 0, 0)), counting: mirror.Counting{Remark: "no counter of it was found"}, state: unknown, reason: capacity.ReasonNotCounted, ratio: -1, says: "no counter of it was found"},
		{name: "a platform that counts nobody knows where", sources: []mirror.NativeSource{rx("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1000, 0)},
			counted: counted(passing(10, 0, 0)), counting: mirror.Counting{At: mirror.CountedUnverified}, state: unknown, reason: capacity.ReasonUnverified, ratio: 0, most: 1},
		{name: "a filter", sources: []mirror.NativeSource{rx("p")}, change: filtered, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1000, 0)},
			counted: counted(passing(10, 0, 0)), counting: out, state: unknown, reason: capacity.ReasonFiltered, ratio: -1, says: "of sw p a part is copied"},
		// Of the VLAN nobody knows; port p alone makes 1,000 frames/s.
		{name: "a VLAN beside a port, and none arrive", sources: []mirror.NativeSource{rx("p"), vlan(110)},
			carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1000, 0), "v": passing(10, 50, 0)},
			counted: counted(passing(10, 0, 0)), counting: out, state: no, reason: capacity.ReasonCopiesNotFlowing, ratio: -1, says: "60000 expected at least"},
		{name: "a VLAN beside a port, and some arrive", sources: []mirror.NativeSource{rx("p"), vlan(110)},
			carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 1000, 0), "v": passing(10, 50, 0)},
			counted: counted(passing(10, 0, 1020)), counting: out, state: unknown, reason: capacity.ReasonFiltered, ratio: -1},
		{name: "a VLAN alone", sources: []mirror.NativeSource{vlan(110)}, carried: map[mirror.PortName][]capacity.Interval{"v": passing(10, 1000, 0)},
			counted: counted(passing(10, 0, 0)), counting: out, state: unknown, reason: capacity.ReasonFiltered, ratio: -1},
		{name: "more than copies", sources: []mirror.NativeSource{rx("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 100, 0)},
			counted: counted(passing(10, 0, 1000)), counting: out, state: unknown, reason: capacity.ReasonOtherTraffic, ratio: -1, says: "other traffic is among it"},
		// Two native sessions, each with a counter of its own: 600 + 400.
		{name: "counters of mirrors", sources: []mirror.NativeSource{both("p")}, carried: map[mirror.PortName][]capacity.Interval{"p": passing(10, 600, 400)},
			counted:  []capacity.Series{{Name: "m1", Intervals: passing(10, 0, 600)}, {Name: "m2", Intervals: passing(10, 0, 400)}},
			counting: mirror.Counting{At: mirror.CountedMirror}, state: yes, reason: capacity.ReasonCopiesFlow, ratio: 1, least: 0.99, most: 1},
		// A port-channel by its members: 400 + 600.
		{name: "a port-channel", sources: []mirror.NativeSource{rx("Po1")}, carried: map[mirror.PortName][]capacity.Interval{"m1": passing(10, 400, 0), "m2": passing(10, 600, 0)},
			counted: counted(passing(10, 0, 1000)), counting: out, state: yes, reason: capacity.ReasonCopiesFlow, ratio: 1, least: 0.99, most: 1},
		{name: "a port-channel that counts itself", sources: []mirror.NativeSource{rx("Po1")}, carried: map[mirror.PortName][]capacity.Interval{"Po1": passing(10, 1000, 0)},
			counted: counted(passing(10, 0, 1000)), counting: out, state: yes, reason: capacity.ReasonCopiesFlow, ratio: 1, least: 0.99, most: 1},
		// a and b talk to each other: 100 + 50 + 50 + 100 in the sum, 150 copies.
		{name: "both ends, where a frame is copied once", sources: []mirror.NativeSource{both("a"), both("b")}, once: true,
			carried: map[mirror.PortName][]capacity.Interval{"a": passing(10, 100, 50), "b": passing(10, 50, 100)},
			counted: counted(passing(10, 0, 150)), counting: out, state: yes, reason: capacity.ReasonCopiesFlow, ratio: 1, least: 0.4, most: 0.5, says: "9000 to 18000 expected"},
		{name: "both ends, where a frame is copied twice", sources: []mirror.NativeSource{both("a"), both("b")},
			carried: map[mirror.PortName][]capacity.Interval{"a": passing(10, 100, 50), "b": passing(10, 50, 100)},
			counted: counted(passing(10, 0, 150)), counting: out, state: yes, reason: capacity.ReasonCopiesLost, ratio: 0.5, least: 0.9, most: 1},
		{name: "one port, where a frame is copied once", sources: []mirror.NativeSource{both("a")}, once: true,
			carried: map[mirror.PortName][]capacity.Interval{"a": passing(10, 100, 50)},
			counted: counted(passing(10, 0, 75)), counting: out, state: yes, reason: capacity.ReasonCopiesLost, ratio: 0.5, least: 0.9, most: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := from(tt.sources...)
			if tt.change != nil {
				tt.change(&f)
			}
			site := plant{map[string]capacity.Port{"sw Po1": {Members: []mirror.PortName{"m1", "m2"}}}, map[string][]mirror.PortName{"sw": {"v"}}}
			tt.counting.Once = tt.once
			var since time.Time
			if tt.since != 0 {
				since = noon.Add(tt.since)
			}
			got := capacity.Deliver(capacity.Delivering{Picks: capacity.Picks([]capacity.Feed{f}, tool, site),
				Carried: func(_ string, p mirror.PortName) []capacity.Interval { return tt.carried[p] },
				Counted: tt.counted, Counting: tt.counting, Since: since, Now: noon.Add(300*time.Second + tt.later)})
			ratio := -1.0
			if got.Ratio != nil {
				ratio = *got.Ratio
			}
			if got.State != tt.state || got.Reason != tt.reason || ratio < tt.ratio-1e-9 || ratio > tt.ratio+1e-9 {
				t.Errorf("%s, %s, ratio %g; want %s, %s, %g", got.State, got.Reason, ratio, tt.state, tt.reason, tt.ratio)
			}
			if got.Confidence < tt.least || got.Confidence > tt.most {
				t.Errorf("confidence %g, want %g to %g", got.Confidence, tt.least, tt.most)
			}
			if got.Message == "" || !strings.Contains(got.Message, tt.says) {
				t.Errorf("%q, want %q", got.Message, tt.says)
			}
			t.Log(got.Message)
		})
	}
}
