package capacity_test

import (
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A site of one switch.
type bench map[mirror.PortName]capacity.Port

func (b bench) Port(_ string, name mirror.PortName) capacity.Port { return b[name] }

func (bench) InVLAN(string, int) []mirror.PortName { return nil }

// steady is a port that carries the same all the time, in bits per second on the wire,
// in frames of 500 octets.
func steady(speed mirror.BitsPerSecond, in, out float64) capacity.Port {
	stat := func(bits float64) capacity.Stat {
		f := capacity.Flow{Octets: bits / 8 * 500 / 520, Frames: bits / 8 / 520}
		return capacity.Stat{P95: f, Peak: f}
	}
	return capacity.Port{Speed: speed, Known: true, How: "the last hour, 360 readings", In: stat(in), Out: stat(out)}
}

// Both directions of one port do not fit through a port of its speed.
func ExampleJudge() {
	site := bench{"Gi1/0/14": steady(1e9, 900e6, 1e9)}
	end := capacity.End{Device: "acc-1", Port: "Gi1/0/24", Tool: "ids-1"}
	f := capacity.Judge(capacity.Question{End: end, Session: "phones", Capacity: 1e9, From: "speed of the port", Feeds: []capacity.Feed{{
		Session: "phones", Device: "acc-1", Ends: []capacity.End{end},
		Sources: []mirror.NativeSource{{Port: "Gi1/0/14", Direction: mirror.Both}}}}}, site)
	fmt.Println(f.Verdict, f.Reason)
	fmt.Println(f.Message)
	// Output:
	// refuse Oversubscribed
	// 1.9 Gbit/s offered (acc-1 Gi1/0/14 tx 1 Gbit/s, rx 900 Mbit/s) against 0.8 of 1 Gbit/s = 800 Mbit/s (speed of the port)
}

// Two sessions that share a native session share the copies, too.
func ExampleOffer() {
	site := bench{"Gi1/0/14": steady(1e9, 300e6, 100e6)}
	feed := func(session string, d mirror.Direction) capacity.Feed {
		return capacity.Feed{Session: session, Device: "acc-1", Native: "to Gi1/0/24", Sources: []mirror.NativeSource{{Port: "Gi1/0/14", Direction: d}}}
	}
	terms, offered, _ := capacity.Offer([]capacity.Feed{feed("phones", mirror.Both), feed("audit", mirror.RX)},
		capacity.End{Device: "acc-1", Port: "Gi1/0/24"}, site, mirror.BasisMeasured)
	for _, t := range terms {
		fmt.Println(t.Source, t.Direction, capacity.Rate(t.Offered), t.Session, t.Others)
	}
	fmt.Println(capacity.Rate(offered))
	// Output:
	// Gi1/0/14 rx 300 Mbit/s audit [phones]
	// Gi1/0/14 tx 100 Mbit/s phones []
	// 400 Mbit/s
}

// What would fit instead.
func ExamplePropose() {
	site := bench{"Gi1/0/14": steady(1e9, 500e6, 900e6)}
	end := capacity.End{Device: "acc-1", Port: "Gi1/0/24", Tool: "ids-1"}
	asked := mirror.Session{Name: "phones", Destinations: []mirror.Destination{{Tool: "ids-1"}},
		Sources: []mirror.Source{{Device: "acc-1", Interface: "Gi1/0/14", Direction: mirror.Both}}}
	proposals := capacity.Propose(asked, nil, func(s mirror.Session) ([]capacity.Forecast, bool) {
		if s.Truncate != 0 || s.Sample != 0 {
			return nil, false // not on this platform
		}
		feed := capacity.Feed{Session: s.Name, Device: "acc-1", Sources: []mirror.NativeSource{{Port: "Gi1/0/14", Direction: s.Sources[0].Direction}}}
		return []capacity.Forecast{capacity.Judge(capacity.Question{End: end, Session: s.Name, Capacity: 1e9, Feeds: []capacity.Feed{feed}}, site)}, true
	})
	for _, p := range proposals {
		fmt.Println(p.Kind+":", p.Message)
	}
	// Output:
	// rx-only: copy rx alone of the sources in both directions: 500 Mbit/s against 800 Mbit/s at tool ids-1 at acc-1 Gi1/0/24
}

// Rates from counters: the device's own clock counts, and a reboot makes a gap.
func ExampleMeter() {
	var m capacity.Meter
	start := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	add := func(after, uptime time.Duration, octets, frames uint64) {
		i, ok := m.Add(mirror.CounterRead{At: start.Add(after), Uptime: uptime},
			mirror.PortCounters{InOctets: octets, InPackets: frames, Complete: true})
		switch {
		case !ok:
			fmt.Println("no interval yet")
		case i.Gap != "":
			fmt.Println("gap:", i.Gap)
		default:
			fmt.Printf("%.2f s: %s\n", i.Seconds, capacity.Rate(i.In.Wire()))
		}
	}
	day := 24*time.Hour + 10*time.Millisecond
	add(0, day, 1e9, 2e6)
	add(11*time.Second, day+10*time.Second, 1e9+125e6, 2e6+250_000) // the answer came a second late
	add(60*time.Second, 30*time.Second, 4000, 10)
	// Output:
	// no interval yet
	// 10.00 s: 104 Mbit/s
	// gap: the device, or what counts on it, was started anew
}

// Oversubscribed begins with the third sample above 95 % of the capacity.
func ExampleAlarm() {
	var a capacity.Alarm
	for _, offered := range []mirror.BitsPerSecond{960e6, 970e6, 980e6, 900e6} {
		fmt.Print(a.Step(offered, 1e9), " ")
	}
	// Output: false false true true
}

// The configuration is right and nothing arrives.
func ExampleDeliver() {
	start := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	counted := func(in, out uint64) (list []capacity.Interval) {
		for k := range 6 {
			from := start.Add(time.Duration(k) * 10 * time.Second)
			list = append(list, capacity.Interval{From: from, To: from.Add(10 * time.Second), Seconds: 10, InFrames: in, OutFrames: out})
		}
		return list
	}
	d := capacity.Deliver(capacity.Delivering{
		Picks: []capacity.Pick{{Device: "acc-1", Source: "Gi1/0/14", Direction: mirror.RX, Ports: []mirror.PortName{"Gi1/0/14"}}},
		Carried: func(string, mirror.PortName) []capacity.Interval {
			return counted(5000, 0)
		},
		Counted:  []capacity.Series{{Name: "acc-1 Gi1/0/24", Intervals: counted(0, 0)}},
		Counting: mirror.Counting{At: mirror.CountedOutOctets}, Now: start.Add(time.Minute)})
	fmt.Println(d.State, d.Reason, *d.Ratio, d.Confidence)
	fmt.Println(d.Message)
	// Output:
	// False CopiesNotFlowing 0 0.99
	// 0 of 30000 expected copies were counted in 1m0s
}
