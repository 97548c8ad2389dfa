package capacity_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// spell is an interval that begins so many seconds after noon.
func spell(from, seconds float64, in, out capacity.Flow) capacity.Interval {
	at := func(s float64) time.Time { return noon.Add(time.Duration(s * float64(time.Second))) }
	n := func(f capacity.Flow) uint64 { return uint64(math.Round(f.Frames * seconds)) }
	return capacity.Interval{From: at(from), To: at(from + seconds), Seconds: seconds, In: in, Out: out, InFrames: n(in), OutFrames: n(out)}
}

func TestStatOf(t *testing.T) {
	flow := func(n float64) capacity.Flow { return capacity.Flow{Octets: 500 * n, Frames: n} }
	var list []capacity.Interval
	for k := range 100 { // 1, 2, ... 100 frames a second, in no order
		n := float64(k*37%100 + 1)
		list = append(list, spell(float64(k)*10, 10, flow(n), flow(2*n)))
	}
	list = append(list, capacity.Interval{Gap: "lost", Seconds: 10, In: flow(1e9)})
	in, out := capacity.StatOf(list)
	if in.P95 != flow(95) || in.Peak != flow(100) || out.P95 != flow(190) || out.Peak != flow(200) {
		t.Errorf("in %+v, out %+v", in, out)
	}
	// 94 s of 1 and 6 s of 9 frames: for more than 5 % of the time it is 9.
	in, _ = capacity.StatOf([]capacity.Interval{spell(0, 6, flow(9), nothing), spell(6, 94, flow(1), nothing)})
	if in.P95 != flow(9) {
		t.Errorf("6 %% of the time: %+v", in)
	}
	in, _ = capacity.StatOf([]capacity.Interval{spell(0, 4, flow(9), nothing), spell(4, 96, flow(1), nothing)})
	if in.P95 != flow(1) || in.Peak != flow(9) {
		t.Errorf("4 %% of the time: %+v", in)
	}
	// What takes more of the wire is more, though its octets are fewer: 84 x 10 > 520 + ...
	short, long := capacity.Flow{Octets: 640, Frames: 10}, capacity.Flow{Octets: 800, Frames: 1}
	if in, _ = capacity.StatOf([]capacity.Interval{spell(0, 10, short, nothing), spell(10, 10, long, nothing)}); in.Peak != short {
		t.Errorf("the peak is %+v", in.Peak)
	}
	if in, out = capacity.StatOf(nil); in != (capacity.Stat{}) || out != (capacity.Stat{}) {
		t.Errorf("of nothing: %+v, %+v", in, out)
	}
}

func TestWindow(t *testing.T) {
	var w capacity.Window
	if p := w.Port(noon); p.Known || p.Why == "" {
		t.Errorf("an empty one says %+v", p)
	}
	flow := capacity.Flow{Octets: 1e9 / 7, Frames: 1e6 / 7}
	for k := range 1000 { // 10,000 s, of which 3,600 are kept
		f := flow
		if k < 640 {
			f = capacity.Flow{Octets: 1e12, Frames: 1e9} // forgotten
		}
		w.Add(spell(float64(k)*10, 10, f, flow))
		w.Add(capacity.Interval{Gap: "lost"})
	}
	now := noon.Add(10_000 * time.Second)
	p := w.Port(now)
	if !p.Known || p.How != "the last hour, 360 readings" || math.Abs(p.In.Peak.Octets/flow.Octets-1) > 1e-6 || math.Abs(p.Out.P95.Frames/flow.Frames-1) > 1e-6 {
		t.Errorf("%+v", p)
	}
	list := w.Since(now.Add(-time.Minute))
	if len(list) != 6 || !list[5].To.Equal(now) || !list[0].From.Equal(now.Add(-time.Minute)) {
		t.Errorf("the last minute: %+v", list)
	}
	if want := flow.Frames * 10; math.Abs(float64(list[5].InFrames)/want-1) > 1e-6 {
		t.Errorf("%d frames, want %.0f", list[5].InFrames, want)
	}
	if p := w.Port(now.Add(2 * time.Hour)); p.Known {
		t.Errorf("two hours later: %+v", p)
	}
	if p := w.Port(now.Add(50 * time.Minute)); p.How != "the last hour, 60 readings" {
		t.Errorf("50 minutes later: %+v", p)
	}
}

func TestFold(t *testing.T) {
	one, three := capacity.Flow{Octets: 100, Frames: 1}, capacity.Flow{Octets: 300, Frames: 3}
	got := capacity.Fold([]capacity.Interval{
		spell(0, 30, one, three), spell(30, 60, three, one), // 30 s here, 30 s in the next minute
		{From: noon.Add(90 * time.Second), To: noon.Add(170 * time.Second), Gap: "lost"},
		spell(170, 10, one, one)})
	want := []capacity.Minute{
		{From: noon, Seconds: 60, In: capacity.Flow{Octets: 200, Frames: 2}, Out: capacity.Flow{Octets: 200, Frames: 2}, InPeak: three, OutPeak: three},
		{From: noon.Add(time.Minute), Seconds: 30, In: three, Out: one, InPeak: three, OutPeak: one},
		{From: noon.Add(2 * time.Minute), Seconds: 10, In: one, Out: one, InPeak: one, OutPeak: one}}
	if fmt.Sprint(got) != fmt.Sprint(want) || fmt.Sprintf("%+v", got[1].OutPeak) != fmt.Sprintf("%+v", want[1].OutPeak) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// Minutes hold all that intervals hold, and nothing else.
func TestFoldKeepsTheSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []capacity.Interval
		from, octets, drops := 0.0, 0.0, 0.0
		for range rapid.IntRange(1, 30).Draw(t, "intervals") {
			i := spell(from, float64(rapid.IntRange(1, 200).Draw(t, "seconds")), line(float64(rapid.IntRange(0, 1e9).Draw(t, "bits")), 500), nothing)
			i.Drops = float64(rapid.IntRange(0, 100).Draw(t, "drops"))
			list, from = append(list, i), from+i.Seconds
			octets, drops = octets+i.In.Octets*i.Seconds, drops+i.Drops*i.Seconds
		}
		seconds := 0.0
		for k, m := range capacity.Fold(list) {
			if m.Seconds > 60+1e-6 || m.From.Truncate(time.Minute) != m.From || !m.From.Equal(noon.Add(time.Duration(k)*time.Minute)) {
				t.Fatalf("minute %d: %+v", k, m)
			}
			seconds, octets, drops = seconds+m.Seconds, octets-m.In.Octets*m.Seconds, drops-m.Drops
		}
		if math.Abs(seconds-from) > 1e-6 || math.Abs(octets) > 1 || math.Abs(drops) > 1e-3 {
			t.Fatalf("%g of %g s, %g octets and %g drops astray", seconds, from, octets, drops)
		}
	})
}

func TestAlarm(t *testing.T) {
	for _, tt := range []struct {
		name  string
		steps string // a digit a sample, tenths of the capacity; A is all of it, 9 is 95 % of it
		want  string // ! = oversubscribed
	}{
		{"three samples raise it", "AAA", "..!"},
		{"two do not, nor two and two", "AA5AA5", "......"},
		{"95 % is not above 95 %", "9999999", "......."},
		{"six samples below 80 % clear it", "AAA777777", "..!!!!!!."},
		{"80 % is not below 80 %", "AAA8888888888", "..!!!!!!!!!!!"},
		{"five do not, nor five and five", "AAA777778777778", "..!!!!!!!!!!!!!"},
		{"raised again by three", "AAA777777AAA", "..!!!!!!...!"},
		{"a capacity that is not known changes nothing", "AAA??????7777777", "..!!!!!!!!!!!!.."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var a capacity.Alarm
			got := ""
			for _, c := range tt.steps {
				offered, most := mirror.BitsPerSecond(c-'0')*100e6, mirror.BitsPerSecond(1e9)
				switch c {
				case 'A':
					offered = 1e9
				case '9':
					offered = 950e6
				case '?':
					most = 0
				}
				if a.Step(offered, most) {
					got += "!"
				} else {
					got += "."
				}
			}
			if got != tt.want {
				t.Errorf("%s: %s, want %s", tt.steps, got, tt.want)
			}
		})
	}
}

// A square wave does not make the alarm flap over 1,000 periods: where it stays at one
// threshold, or is faster than the hysteresis, the alarm changes once at most; and no
// wave changes it more often than it changes itself.
func TestAlarmDoesNotFlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low, high := rapid.IntRange(0, 1050).Draw(t, "low"), rapid.IntRange(0, 1050).Draw(t, "high") // thousandths
		low, high = min(low, high), max(low, high)
		lows, highs := rapid.IntRange(1, 12).Draw(t, "samples low"), rapid.IntRange(1, 12).Draw(t, "samples high")
		var a capacity.Alarm
		changes, was := 0, false
		for range 1000 {
			for k := range highs + lows {
				level := high
				if k >= highs {
					level = low
				}
				if on := a.Step(mirror.BitsPerSecond(level)*1e6, 1e9); on != was {
					changes, was = changes+1, on
				}
			}
		}
		most := 2000
		if high <= 950 || low >= 800 || highs < capacity.RaiseAfter || lows < capacity.ClearAfter {
			most = 1
		}
		if changes > most {
			t.Fatalf("%d changes", changes)
		}
	})
}

func TestDrops(t *testing.T) {
	var d capacity.Drops
	step := func(n uint64) bool { return d.Step(capacity.Interval{DropFrames: n}) }
	if step(0) || !step(1) || !d.On() {
		t.Error("one frame that is dropped tells")
	}
	for k := range 5 {
		if !step(0) {
			t.Errorf("over after %d samples", k+1)
		}
	}
	d.Step(capacity.Interval{Gap: "lost"})
	if !d.On() || step(0) {
		t.Error("not over after six samples")
	}
}
