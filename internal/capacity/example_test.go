package capacity_test

import (
	"fmt"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A site of one switch: what each port carries, as its speed and two shares of it.
type bench map[mirror.PortName]capacity.Port

func (b bench) Port(_ string, name mirror.PortName) capacity.Port { return b[name] }

func (bench) InVLAN(string, int) []mirror.PortName { return nil }

// steady is a port that carries the same all the time, in frames of 500 octets.
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
	q := capacity.Question{End: end, Session: "phones", Capacity: 1e9, From: "speed of the port", Feeds: []capacity.Feed{{
		Session: "phones", Device: "acc-1", Ends: []capacity.End{end},
		Sources: []mirror.NativeSource{{Port: "Gi1/0/14", Direction: mirror.Both}}}}}
	f := capacity.Judge(q, site)
	fmt.Println(f.Verdict, f.Reason)
	fmt.Println(f.Message)
	// Output:
	// refuse Oversubscribed
	// 1.9 Gbit/s offered (acc-1 Gi1/0/14 tx 1 Gbit/s, rx 900 Mbit/s) against 0.8 of 1 Gbit/s = 800 Mbit/s (speed of the port)
}
