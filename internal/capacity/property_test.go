package capacity_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// drawQuestion is a question about an end of some plant.
func drawQuestion(t *rapid.T) (capacity.Question, plant) {
	p := plant{map[string]capacity.Port{}, map[string][]mirror.PortName{"sw": {"p0", "p1", "Po1"}}}
	for i := range 6 {
		port := carrying(line(rapid.Float64Range(0, 2e9).Draw(t, "in"), rapid.Float64Range(64, 9018).Draw(t, "size")), line(rapid.Float64Range(0, 1e9).Draw(t, "out"), 500))
		port.Known = rapid.IntRange(0, 4).Draw(t, "known") > 0
		p.ports[fmt.Sprintf("sw p%d", i)] = port
	}
	p.ports["sw Po1"] = capacity.Port{Members: []mirror.PortName{"p4", "p5"}}
	p.ports["sw up"] = carrying(nothing, line(rapid.Float64Range(0, 1e9).Draw(t, "link"), 500))
	q := capacity.Question{End: rapid.SampledFrom([]capacity.End{tool, uplink, collector}).Draw(t, "end"), Session: "s",
		Mode:     rapid.SampledFrom([]string{"", mirror.AdmissionEnforce, mirror.AdmissionWarn, mirror.AdmissionOff}).Draw(t, "mode"),
		Basis:    rapid.SampledFrom([]string{"", mirror.BasisMeasured, worst}).Draw(t, "basis"),
		Capacity: mirror.BitsPerSecond(rapid.SampledFrom([]int{0, 1e8, 1e9, 1e10}).Draw(t, "capacity")), MaxUtilization: rapid.Float64Range(0, 1).Draw(t, "use")}
	for range rapid.IntRange(0, 4).Draw(t, "feeds") {
		q.Feeds = append(q.Feeds, drawFeed(t))
	}
	return q, p
}

func drawFeed(t *rapid.T) capacity.Feed {
	f := capacity.Feed{Session: rapid.SampledFrom([]string{"s", "t", "u"}).Draw(t, "session"), Device: "sw",
		Native: rapid.SampledFrom([]string{"", "n1", "n2"}).Draw(t, "native"), Overhead: rapid.SampledFrom([]int{0, 4, 50}).Draw(t, "overhead"),
		Truncate: rapid.SampledFrom([]int{0, 64, 128}).Draw(t, "truncate"), Sample: rapid.SampledFrom([]int{0, 10}).Draw(t, "sample"),
		Filtered: rapid.Bool().Draw(t, "filtered")}
	if f.Native != "" { // what shares a native session has its options
		f.Overhead, f.Truncate, f.Sample, f.Filtered = 4, 0, 0, f.Native == "n2"
	}
	for range rapid.IntRange(1, 3).Draw(t, "sources") {
		s := mirror.NativeSource{Direction: rapid.SampledFrom([]mirror.Direction{mirror.RX, mirror.TX, mirror.Both}).Draw(t, "direction")}
		if n := rapid.IntRange(0, 7).Draw(t, "source"); n < 6 {
			s.Port = mirror.PortName(fmt.Sprintf("p%d", n))
		} else if n == 6 {
			s.Port = "Po1"
		} else {
			s.VLAN = 110
		}
		f.Sources = append(f.Sources, s)
	}
	return f
}

// More load, be it of a port, of the link, or of one more feed, never makes a milder
// verdict of refuse, nor less of what is offered.
func TestMoreLoadIsNeverAdmittedSooner(t *testing.T) {
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		q, p := drawQuestion(t)
		before := capacity.Judge(q, p)
		switch rapid.SampledFrom([]string{"port", "link", "feed"}).Draw(t, "more") {
		case "port":
			name := fmt.Sprintf("sw p%d", rapid.IntRange(0, 5).Draw(t, "port"))
			port := p.ports[name]
			more := line(rapid.Float64Range(0, 1e9).Draw(t, "by"), 64)
			port.In.P95, port.Out.P95, port.Speed = port.In.P95.Plus(more), port.Out.P95.Plus(more), port.Speed+1e9
			port.In.Peak, port.Out.Peak = port.In.Peak.Plus(more), port.Out.Peak.Plus(more)
			p.ports[name] = port
		case "link":
			port := p.ports["sw up"]
			port.Out.P95 = port.Out.P95.Plus(line(1e8, 500))
			port.Out.Peak = port.Out.Peak.Plus(line(1e8, 500))
			p.ports["sw up"] = port
		case "feed":
			q.Feeds = append(q.Feeds, drawFeed(t))
		}
		after := capacity.Judge(q, p)
		if before.Verdict == capacity.Refuse {
			refused++
			if after.Verdict != capacity.Refuse {
				t.Fatalf("%s: %s\nthen %s: %s", before.Verdict, before.Message, after.Verdict, after.Message)
			}
		}
		if before.Reason == over && after.Reason != over || after.Offered+1 < before.Offered {
			t.Fatalf("%s\nthen %s", before.Message, after.Message)
		}
	})
	if refused == 0 {
		t.Error("nothing was ever refused")
	}
}

// A forecast hangs together: its terms make its sums, the largest first, and its
// verdict its figures.
func TestForecastHangsTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, p := drawQuestion(t)
		f := capacity.Judge(q, p)
		terms, offered, peak := capacity.Offer(q.Feeds, q.End, p, f.Basis)
		if offered != f.Offered || peak != f.Peak || len(terms) != len(f.Terms) {
			t.Fatalf("offered %d and %d, judged %d and %d", offered, peak, f.Offered, f.Peak)
		}
		var sum mirror.BitsPerSecond
		for i, term := range f.Terms {
			sum += term.Offered
			if i > 0 && (term.Offered > f.Terms[i-1].Offered || term.Unknown == "" && f.Terms[i-1].Unknown != "") {
				t.Fatalf("term %d is before a larger one", i-1)
			}
		}
		mode := q.Mode
		switch {
		case sum != f.Offered || f.Own > f.Offered:
			t.Fatalf("sum %d, offered %d, own %d", sum, f.Offered, f.Own)
		case f.Verdict == capacity.Refuse && (mode == mirror.AdmissionWarn || mode == mirror.AdmissionOff || f.Offered <= f.Limit || f.Capacity == 0):
			t.Fatalf("refused under %q: %s", mode, f.Message)
		case f.Reason == fits && (f.Offered > f.Limit || f.Verdict != capacity.Admit):
			t.Fatalf("fits: %s", f.Message)
		case f.Message == "":
			t.Fatal("no sentence")
		}
	})
}
