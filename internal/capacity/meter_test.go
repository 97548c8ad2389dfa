package capacity_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// at is a read so many seconds after noon.
func at(seconds float64, uptime time.Duration) mirror.CounterRead {
	return mirror.CounterRead{At: noon.Add(time.Duration(seconds * float64(time.Second))), Uptime: uptime}
}

func counters(inOctets, inFrames, outOctets, outFrames uint64) mirror.PortCounters {
	return mirror.PortCounters{InOctets: inOctets, InPackets: inFrames, OutOctets: outOctets, OutPackets: outFrames, Complete: true}
}

func TestMeter(t *testing.T) {
	const hour = 3600 * time.Second
	type step struct {
		read mirror.CounterRead
		c    mirror.PortCounters
		want string // in and out octets a second, "gap: ...", "" = no interval
	}
	dropped := func(c mirror.PortCounters, n uint64) mirror.PortCounters { c.OutDrops = n; return c }
	untold := func(c mirror.PortCounters) mirror.PortCounters { c.NoDrops = true; return c }
	cleared := func(c mirror.PortCounters, when string) mirror.PortCounters { c.Discontinuity = when; return c }
	speed := func(c mirror.PortCounters, bits mirror.BitsPerSecond) mirror.PortCounters {
		c.Bandwidth = bits
		return c
	}
	booted := func(r mirror.CounterRead, name string) mirror.CounterRead { r.Boot = name; return r }
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"two readings make an interval", []step{{at(0, 0), counters(0, 0, 0, 0), ""}, {at(10, 0), counters(5000, 10, 1000, 2), "500 100"}}},
		{"the device's clock counts", []step{{at(0, hour), counters(0, 0, 0, 0), ""},
			// the answer came 2 s late: 5000 octets in 10.01 s, not in 12
			{at(12, hour+10*time.Second+10*time.Millisecond), counters(5005, 10, 0, 0), "500 0"}}},
		{"a clock in seconds is too coarse", []step{{at(0, hour), counters(0, 0, 0, 0), ""}, {at(10, hour+11*time.Second), counters(5000, 10, 0, 0), "500 0"}}},
		{"a clock in minutes even more", []step{{at(0, hour), counters(0, 0, 0, 0), ""}, {at(10, hour), counters(5000, 10, 0, 0), "500 0"}}},
		{"clocks that disagree", []step{{at(0, hour), counters(0, 0, 0, 0), ""},
			{at(100, hour+10*time.Millisecond), counters(5000, 10, 0, 0), "gap: by the clock of what counts 10ms passed, by ours 1m40s"}}},
		{"the device's clock goes over", []step{{at(0, (1<<32-500)*10*time.Millisecond), counters(0, 0, 0, 0), ""},
			{at(10.01, 501*10*time.Millisecond), counters(5005, 10, 0, 0), "500 0"}, {at(20.01, 1501*10*time.Millisecond), counters(10005, 20, 0, 0), "500 0"}}},
		{"a reboot", []step{{at(0, hour), counters(9000, 90, 0, 0), ""}, {at(30, 20*time.Second), counters(100, 1, 0, 0), "gap: the device, or what counts on it, was started anew"},
			{at(40, 30*time.Second), counters(5100, 11, 0, 0), "500 0"}}},
		{"a reboot by its name", []step{{booted(at(0, 0), "a"), counters(100, 1, 0, 0), ""}, {booted(at(10, 0), "b"), counters(9000, 90, 0, 0), "gap: the device, or what counts on it, was started anew"}}},
		{"a boot that is told late is none", []step{{at(0, 0), counters(0, 0, 0, 0), ""}, {booted(at(10, 0), "b"), counters(5000, 10, 0, 0), "500 0"}}},
		{"counters set back, told", []step{{at(0, 0), cleared(counters(100, 1, 0, 0), "1"), ""}, {at(10, 0), cleared(counters(9000, 90, 0, 0), "2"), "gap: the counters of the port were set back"}}},
		{"counters set back, untold", []step{{at(0, 0), counters(90000, 900, 5000, 50), ""}, {at(10, 0), counters(100, 1, 100, 1), "gap: a counter went back"},
			{at(20, 0), counters(5100, 11, 100, 1), "500 0"}}},
		{"the same twice", []step{{at(0, hour), counters(0, 0, 0, 0), ""}, {at(0, hour), counters(0, 0, 0, 0), ""}, {at(10, hour+9999*time.Millisecond), counters(4999, 10, 0, 0), "499 0"},
			{at(10, hour+9999*time.Millisecond), counters(4999, 10, 0, 0), ""}}},
		{"a late answer", []step{{at(0, hour+time.Millisecond), counters(0, 0, 0, 0), ""}, {at(20, hour+20*time.Second+time.Millisecond), counters(10000, 20, 0, 0), "500 0"},
			{at(20.1, hour+10*time.Second+time.Millisecond), counters(5000, 10, 0, 0), ""}, {at(30, hour+30*time.Second+time.Millisecond), counters(15000, 30, 0, 0), "500 0"}}},
		{"a clock that was set back", []step{{at(0, 9*hour), counters(0, 0, 0, 0), ""}, {at(10, hour), counters(5000, 10, 0, 0), ""}, {at(20, hour+10*time.Second), counters(10000, 20, 0, 0), ""},
			{at(30, hour+20*time.Second), counters(15000, 30, 0, 0), "gap: the clock of what counts went back"}, {at(40, hour+30*time.Second), counters(20000, 40, 0, 0), "500 0"}}},
		{"one that was missed", []step{{at(0, 0), counters(0, 0, 0, 0), ""}, {at(20, 0), counters(10000, 20, 0, 0), "500 0"}}},
		{"missed for long", []step{{at(0, 0), counters(0, 0, 0, 0), ""}, {at(1000, 0), counters(10000, 20, 0, 0), "gap: nothing was read for more than 15m0s"}}},
		{"not every figure", []step{{at(0, 0), counters(0, 0, 0, 0), ""}, {at(10, 0), mirror.PortCounters{InOctets: 5}, ""}, {at(20, 0), counters(10000, 20, 0, 0), "500 0"}}},
		{"more than the link can carry", []step{{at(0, 0), speed(counters(0, 0, 0, 0), 1e9), ""},
			// 2e9 octets in 10 s are 1.6 Gbit/s
			{at(10, 0), speed(counters(2e9, 2e6, 0, 0), 1e9), "gap: 1.632 Gbit/s in is more than 1 Gbit/s can carry"}, {at(20, 0), speed(counters(2e9+5000, 2e6+10, 0, 0), 1e9), "500 0"}}},
		{"a full link", []step{{at(0, 0), speed(counters(0, 0, 0, 0), 1e9), ""}, {at(10, 0), speed(counters(1_200_000_000, 2_500_000, 0, 0), 1e9), "120000000 0"}}},
		{"more than any link can carry", []step{{at(0, 0), counters(0, 0, 0, 0), ""}, {at(10, 0), counters(1e15, 1e12, 0, 0), "gap: 816 Tbit/s in is more than 4 Tbit/s can carry"}}},
		{"64 bits go over", []step{{at(0, 0), counters(math.MaxUint64-1999, 1000, 0, 0), ""}, {at(10, 0), counters(3000, 1010, 0, 0), "500 0"}}},
		{"64 bits that are 32", []step{{at(0, 0), speed(counters(1<<32-2000, 1000, 0, 0), 1e9), ""}, {at(10, 0), speed(counters(3000, 1010, 0, 0), 1e9), "500 0"},
			// 40 s at 1 Gbit/s are 5e9 octets: they may go over twice
			{at(50, 0), speed(counters(23000, 1050, 0, 0), 1e9), "gap: the counters are 32 bits wide and may go over more than once in an interval"}}},
		{"frames of 32 bits go over", []step{{at(0, 0), counters(1<<40, 1<<32-5, 0, 0), ""}, {at(10, 0), counters(1<<40+5000, 5, 0, 0), "500 0"}}},
		// As if 4.29e9 octets in 100 frames had come.
		{"a reset that looks like going over", []step{{at(0, 0), counters(150_000, 100, 0, 0), ""}, {at(10, 0), counters(12_800, 200, 0, 0), "gap: a counter went back"}}},
		{"discards go over", []step{{at(0, 0), dropped(counters(0, 0, 0, 0), 1<<32-30), ""}, {at(10, 0), dropped(counters(5000, 10, 0, 0), 70), "500 0 drops 100"}}},
		{"discards set back", []step{{at(0, 0), dropped(counters(0, 0, 0, 0), 500), ""}, {at(10, 0), dropped(counters(5000, 10, 0, 0), 0), "gap: a counter went back"}}},
		{"discards that are not told", []step{{at(0, 0), dropped(counters(0, 0, 0, 0), 500), ""}, {at(10, 0), untold(counters(5000, 10, 0, 0)), "500 0"},
			{at(20, 0), dropped(counters(10000, 20, 0, 0), 600), "500 0"}, {at(30, 0), dropped(counters(15000, 30, 0, 0), 601), "500 0 drops 1"}}},
		{"discards that cannot be", []step{{at(0, 0), speed(counters(0, 0, 0, 0), 1e9), ""}, {at(10, 0), speed(dropped(counters(5000, 10, 0, 0), 1<<40), 1e9), "gap: 1.1e+11 dropped frames a second cannot be"}}},
		// Brought up to date every 30 s, read every 10: 30,000 octets in 30 s.
		{"counters that stand still for a while", []step{{at(0, 0), counters(0, 0, 0, 0), ""}, {at(10, 0), counters(0, 0, 0, 0), ""}, {at(20, 0), counters(0, 0, 0, 0), ""},
			{at(30, 0), counters(30000, 60, 0, 0), "1000 0"}, {at(40, 0), counters(30000, 60, 0, 0), ""}, {at(50, 0), counters(30000, 60, 0, 0), ""}, {at(60, 0), counters(60000, 120, 0, 0), "1000 0"}}},
		{"an idle port", []step{{at(0, 0), counters(7, 1, 0, 0), ""}, {at(10, 0), counters(7, 1, 0, 0), ""}, {at(20, 0), counters(7, 1, 0, 0), ""}, {at(30, 0), counters(7, 1, 0, 0), ""},
			{at(40, 0), counters(7, 1, 0, 0), "0 0"}, {at(50, 0), counters(5007, 11, 0, 0), "500 0"}}},
		{"an idle port read every minute", []step{{at(0, 0), counters(7, 1, 0, 0), ""}, {at(60, 0), counters(7, 1, 0, 0), "0 0"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var m capacity.Meter
			for k, s := range tt.steps {
				got := ""
				if i, ok := m.Add(s.read, s.c); ok {
					got = fmt.Sprintf("%.0f %.0f", math.Floor(i.In.Octets+1e-6), i.Out.Octets)
					switch {
					case i.Gap != "":
						got = "gap: " + i.Gap
						if i.Seconds != 0 || i.In != nothing || i.Out != nothing || i.DropFrames != 0 {
							t.Errorf("a gap with figures: %+v", i)
						}
					case i.NoDrops != (s.c.NoDrops || k > 0 && tt.steps[k-1].c.NoDrops):
						t.Errorf("reading %d: drops not told: %v", k, i.NoDrops)
					case i.DropFrames > 0:
						got += fmt.Sprintf(" drops %d", i.DropFrames)
					}
				}
				if got != s.want {
					t.Fatalf("reading %d: %q, want %q", k, got, s.want)
				}
			}
		})
	}
}

// The speed that is known better allows what the set bandwidth does not.
func TestMeterKnowsSpeed(t *testing.T) {
	m := capacity.Meter{Speed: 1e9}
	first, second := counters(0, 0, 0, 0), counters(1e9, 1e6, 0, 0)
	first.Bandwidth, second.Bandwidth = 10e6, 10e6
	m.Add(at(0, 0), first)
	if i, ok := m.Add(at(10, 0), second); !ok || i.Gap != "" {
		t.Errorf("%+v, %v", i, ok)
	}
}

func TestMeterOfNative(t *testing.T) {
	var m capacity.Meter
	copies := func(frames uint64, known bool) mirror.NativeCopies {
		return mirror.NativeCopies{ID: "1", Copies: mirror.Copies{Known: known, Packets: frames, Octets: 100 * frames}}
	}
	if _, ok := m.AddNative(at(0, 0), copies(5, true)); ok {
		t.Error("an interval of one reading")
	}
	if _, ok := m.AddNative(at(10, 0), copies(0, false)); ok {
		t.Error("an interval of what is not known")
	}
	if i, ok := m.AddNative(at(20, 0), copies(45, true)); !ok || i.OutFrames != 40 || i.Out.Frames != 2 {
		t.Errorf("%+v", i)
	}
	if i, ok := m.AddNative(at(30, 0), copies(3, true)); !ok || i.Gap == "" {
		t.Errorf("made anew: %+v", i)
	}
}

// A model of a port: what it truly carried at the time of each reading.
type model struct {
	when                 time.Duration // since the device started
	octets, frames       uint64        // since the counters began
	outOctets, outFrames uint64
	epoch                int // of the counters: it grows when they begin anew
}

// visible reports whether counters that begin anew go back for everyone to see.
func visible(c mirror.PortCounters) bool {
	return c.InOctets > 0 && c.InPackets > 0 && c.OutOctets > 0 && c.OutPackets > 0
}

// Rates of tortured counters are never impossible, undisturbed stretches match what
// was truly carried within 1 %, and disturbed intervals are gaps.
func TestMeterUnderTorture(t *testing.T) {
	intervals, gaps := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		const speed = 1e9
		narrow := rapid.Bool().Draw(t, "narrow") // 64-bit columns that are 32 bits
		clock := rapid.SampledFrom([]string{"none", "fine", "seconds"}).Draw(t, "clock")
		told := rapid.Bool().Draw(t, "resets are told")
		now := model{when: time.Duration(rapid.IntRange(1, 1000).Draw(t, "uptime")) * time.Hour}
		if clock == "fine" { // and seen to be so
			now.when += 10 * time.Millisecond
		}
		now.octets, now.frames = 1<<62, 1<<52 // so that what is set back goes back
		now.outOctets, now.outFrames = 1<<62, 1<<52
		if !narrow && rapid.Bool().Draw(t, "at the end of 64 bits") {
			now.octets = math.MaxUint64 - uint64(rapid.IntRange(0, 5e9).Draw(t, "left"))
		}
		wall := noon
		boot := 1
		type reading struct {
			model
			read mirror.CounterRead
			c    mirror.PortCounters
		}
		shown := func(n uint64) uint64 {
			if narrow {
				return n & math.MaxUint32
			}
			return n
		}
		take := func() reading {
			r := reading{model: now, read: mirror.CounterRead{At: wall}}
			switch clock {
			case "fine":
				r.read.Uptime = now.when.Truncate(10 * time.Millisecond)
				r.read.At = wall.Add(time.Duration(rapid.IntRange(0, 900).Draw(t, "late")) * time.Millisecond)
			case "seconds":
				r.read.Uptime = now.when.Truncate(time.Second)
			}
			r.c = mirror.PortCounters{InOctets: shown(now.octets), InPackets: shown(now.frames), OutOctets: shown(now.outOctets), OutPackets: shown(now.outFrames),
				Bandwidth: speed, Complete: true}
			if told {
				r.c.Discontinuity, r.read.Boot = fmt.Sprint(now.epoch), fmt.Sprint(boot)
			}
			return r
		}
		pass := func() {
			long := time.Duration(rapid.IntRange(500, 1200).Draw(t, "interval")) * 10 * time.Millisecond
			size := rapid.SampledFrom([]float64{64, 300, 1518}).Draw(t, "size")
			frames := uint64(rapid.SampledFrom([]float64{0.01, 0.3, 1}).Draw(t, "use") * speed / 8 / (size + 20) * long.Seconds())
			out := frames / uint64(rapid.IntRange(1, 5).Draw(t, "out"))
			now.frames, now.octets = now.frames+frames, now.octets+frames*uint64(size)
			now.outFrames, now.outOctets = now.outFrames+out, now.outOctets+out*uint64(size)
			now.when, wall = now.when+long, wall.Add(long)
		}
		arrived := []reading{take()} // in the order of arrival
		var late *reading
		skipped := 0 // readings in a row that did not come, or not in time
		for range rapid.IntRange(5, 40).Draw(t, "readings") {
			pass()
			// Octets that went over twice unseen look like few.
			lose := !narrow || skipped == 0
			skipped++
			switch event := rapid.IntRange(0, 19).Draw(t, "event"); {
			case event == 0 && (told || visible(arrived[len(arrived)-1].c)): // set back
				now.octets, now.frames, now.outOctets, now.outFrames, now.epoch = 0, 0, 0, 0, now.epoch+1
			case event == 1 && (clock == "fine" && now.when > time.Minute || told): // reboot, not while it starts
				now.octets, now.frames, now.outOctets, now.outFrames, now.epoch, boot = 0, 0, 0, 0, now.epoch+1, boot+1
				now.when = time.Duration(rapid.IntRange(10, 4000).Draw(t, "since")) * time.Millisecond
			case event == 2 && lose: // missed
				continue
			case event == 3: // the same once more
				again := arrived[len(arrived)-1]
				arrived = append(arrived, again)
			case event == 4 && clock == "fine" && late == nil && lose: // overtaken by the next
				r := take()
				late = &r
				continue
			}
			skipped = 0
			arrived = append(arrived, take())
			if late != nil && late.epoch == now.epoch {
				late.read.At = arrived[len(arrived)-1].read.At.Add(time.Millisecond)
				arrived = append(arrived, *late)
			}
			late = nil
		}
		var m capacity.Meter
		byTime := map[time.Time]reading{}
		for _, r := range arrived {
			byTime[r.read.At] = r
			i, ok := m.Add(r.read, r.c)
			if !ok {
				continue
			}
			intervals++
			a, b := byTime[i.From], byTime[i.To]
			if i.Gap != "" {
				gaps++
				if a.epoch == b.epoch && a.when < b.when && !strings.Contains(i.Gap, "32 bits") {
					t.Fatalf("nothing disturbed %v to %v: %s", a.when, b.when, i.Gap)
				}
				continue
			}
			for _, f := range []capacity.Flow{i.In, i.Out} {
				if float64(f.Wire()) > 1.1*speed || f.Octets < 0 || f.Frames < 0 || math.IsNaN(f.Octets) {
					t.Fatalf("impossible: %+v", i)
				}
			}
			if a.epoch != b.epoch {
				t.Fatalf("the counters began anew between, and it is no gap: %+v to %+v: %+v", a.model, b.model, i)
			}
			long := (b.when - a.when).Seconds()
			for _, x := range []struct{ got, want float64 }{{i.In.Octets, float64(b.octets-a.octets) / long}, {i.In.Frames, float64(b.frames-a.frames) / long},
				{i.Out.Octets, float64(b.outOctets-a.outOctets) / long}, {i.Out.Frames, float64(b.outFrames-a.outFrames) / long}} {
				if math.Abs(x.got-x.want) > 0.01*x.want {
					t.Fatalf("%g a second, truly %g: %+v to %+v", x.got, x.want, a, b)
				}
			}
		}
	})
	t.Logf("%d intervals, %d gaps", intervals, gaps)
	if intervals == 0 || gaps == 0 {
		t.Errorf("%d intervals, %d gaps", intervals, gaps)
	}
}

// Counters that are brought up to date at other times than they are read tell the
// right load over a while.
func TestMeterOfSlowAgents(t *testing.T) {
	for _, refresh := range []float64{5, 7, 30} {
		var m capacity.Meter
		octets, seconds := 0.0, 0.0
		for at10 := 0.0; at10 <= 3600; at10 += 10 {
			n := uint64(math.Floor(at10/refresh)) * uint64(refresh) * 1000
			i, ok := m.Add(at(at10, 0), counters(n*500, n, 0, 0))
			if ok && i.Gap == "" {
				octets, seconds = octets+i.In.Octets*i.Seconds, seconds+i.Seconds
			}
		}
		if mean := octets / seconds; math.Abs(mean-500_000) > 5000 || seconds < 3500 {
			t.Errorf("refreshed every %.0f s: %.0f octets/s in %.0f s", refresh, mean, seconds)
		}
	}
}

// Whatever comes, nothing is impossible.
func FuzzMeter(f *testing.F) {
	f.Add([]byte("\x0a\x00\x00\x10\x00\x00\x0a\x00\x01\x20\x01\x01"))
	f.Add([]byte("\x0a\xff\x00\x10\xff\xff\x0a\x00\xff\x20\x01\x01\x05\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := capacity.Meter{Speed: 1e9}
		read := at(0, 0)
		var c mirror.PortCounters
		// Six bytes a reading: seconds, and where each counter is on a scale of powers.
		for ; len(data) >= 6; data = data[6:] {
			read.At = read.At.Add(time.Duration(int8(data[0])) * time.Second)
			read.Uptime = time.Duration(data[1]) * time.Minute << (data[1] % 32)
			c.InOctets += uint64(data[2]) << (data[2] % 64)
			c.InPackets = uint64(data[3]) << (data[3] % 64)
			c.OutOctets, c.OutPackets = uint64(data[4])<<(data[3]%64), uint64(data[5])
			c.OutDrops, c.Complete = uint64(data[5])<<(data[4]%64), data[0]%16 != 0
			i, ok := m.Add(read, c)
			switch {
			case !ok:
			case !i.To.After(i.From):
				t.Fatalf("from %v to %v", i.From, i.To)
			case i.Gap == "" && (i.Seconds <= 0 || float64(i.In.Wire()) > 1.1e9 || float64(i.Out.Wire()) > 1.1e9 || i.Drops < 0):
				t.Fatalf("%+v", i)
			}
		}
	})
}
