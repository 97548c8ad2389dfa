package capacity_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A bed plans sessions of one switch to its tools, in the plainest way.
type bed struct {
	plant
	tools    map[string]mirror.Tool
	overhead int
	others   []capacity.Feed // of other sessions
	link     mirror.BitsPerSecond
	// What the platform cannot.
	whole, all bool // truncate, sample
}

func (b bed) end(tool string) capacity.End {
	return capacity.End{Device: "sw", Port: mirror.PortName(tool), Tool: tool}
}

// try is a Try.
func (b bed) try(s mirror.Session) ([]capacity.Forecast, bool) {
	if s.Truncate != 0 && b.whole || s.Sample != 0 && b.all || len(s.Sources) == 0 {
		return nil, false
	}
	f := capacity.Feed{Session: s.Name, Device: "sw", Native: "n", Truncate: s.Truncate, Sample: s.Sample, Overhead: b.overhead}
	for _, src := range s.Sources {
		f.Sources = append(f.Sources, mirror.NativeSource{Port: mirror.PortName(src.Interface), VLAN: src.VLAN, Direction: src.Direction})
	}
	a := mirror.Admission{}
	if s.Admission != nil {
		a = *s.Admission
	}
	var out []capacity.Forecast
	judge := func(end capacity.End, most mirror.BitsPerSecond) {
		out = append(out, capacity.Judge(capacity.Question{End: end, Session: s.Name, Mode: a.Mode, Basis: a.Basis, Capacity: most,
			MaxUtilization: a.MaxUtilization, Feeds: append([]capacity.Feed{f}, b.others...)}, b))
	}
	for _, d := range s.Destinations {
		tool, ok := b.tools[d.Tool]
		if !ok {
			return nil, false
		}
		f.Ends = []capacity.End{b.end(d.Tool)}
		judge(b.end(d.Tool), tool.Capacity)
	}
	if b.link != 0 {
		f.Ends = []capacity.End{uplink}
		judge(uplink, b.link)
	}
	return out, true
}

// merged is a session after a JSON merge patch.
func merged(t interface{ Fatal(...any) }, s mirror.Session, patch any) mirror.Session {
	decode := func(v any) (out map[string]any) {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	var merge func(into, by map[string]any) map[string]any
	merge = func(into, by map[string]any) map[string]any {
		if into == nil {
			into = map[string]any{}
		}
		for k, v := range by {
			if inner, ok := v.(map[string]any); ok {
				old, _ := into[k].(map[string]any)
				v = merge(old, inner)
			}
			into[k] = v
		}
		return into
	}
	text, err := json.Marshal(merge(decode(s), decode(patch)))
	if err != nil {
		t.Fatal(err)
	}
	var out mirror.Session
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func asking(sources ...mirror.Source) mirror.Session {
	return mirror.Session{Name: "s", Sources: sources, Destinations: []mirror.Destination{{Tool: "ids-1"}}}
}

func source(port string, d mirror.Direction) mirror.Source {
	return mirror.Source{Device: "sw", Interface: port, Direction: d}
}

func gigabitTools(names ...string) map[string]mirror.Tool {
	out := map[string]mirror.Tool{}
	for _, n := range names {
		out[n] = mirror.Tool{Name: n, Capacity: 1e9}
	}
	return out
}

// Overloads with the proposal that an engineer would look for, and what is proposed
// beside it.
func TestOverloads(t *testing.T) {
	accessPorts := map[string]capacity.Port{}
	var access []mirror.Source
	for i := range 12 {
		name := fmt.Sprintf("a%d", i)
		accessPorts["sw "+name] = carrying(line(100e6, 500), nothing)
		s := source(name, mirror.RX)
		s.Priority = 10 + i // a0, a1, ... are the least
		access = append(access, s)
	}
	essential := source("p", mirror.RX)
	essential.Essential = true
	guests := source("g", mirror.RX)
	guests.Priority = 1

	for _, tt := range []struct {
		name   string
		bed    bed
		asked  mirror.Session
		others []string
		want   []string // kinds, the best first
		first  string   // of its message
	}{
		// rx 500e6 <= 800e6; tx 900e6 is more.
		{"both directions of an uplink", bed{plant: plant{ports: map[string]capacity.Port{"sw p": carrying(line(500e6, 64), line(900e6, 64))}}, tools: gigabitTools("ids-1"), all: true},
			asking(source("p", mirror.Both)), nil, []string{"rx-only"}, "copy rx alone of the sources in both directions: 500 Mbit/s against 800 Mbit/s"},
		// rx 900e6 is too much, tx 300e6 fits.
		{"a server that is mostly written to", bed{plant: plant{ports: map[string]capacity.Port{"sw p": carrying(line(900e6, 64), line(300e6, 64))}}, tools: gigabitTools("ids-1"), all: true},
			asking(source("p", mirror.Both)), nil, []string{"tx-only"}, "copy tx alone of the sources in both directions: 300 Mbit/s"},
		// 1e9 x (512 + 20) / 1538 = 346e6; 1024: 679e6 fits first.
		{"full frames to a tool of the same speed", bed{plant: plant{ports: map[string]capacity.Port{"sw p": carrying(line(1e9, 1518), nothing)}}, tools: gigabitTools("ids-1"), all: true},
			asking(essential), nil, []string{"truncate"}, "copy the first 1024 octets of each frame: 678.8 Mbit/s against 800 Mbit/s"},
		// 9.9e9 x (256 + 50 + 20) / 9038 = 357e6; 512: 637e6; 1024: 1.198e9 does not.
		{"jumbo frames in a tunnel", bed{plant: plant{ports: map[string]capacity.Port{"sw p": carrying(line(9.9e9, 9018), nothing)}}, tools: gigabitTools("ids-1"), overhead: 50, all: true},
			asking(essential), nil, []string{"truncate"}, "copy the first 512 octets of each frame: 637.5 Mbit/s"},
		// 12 x 100e6 against 800e6: four must go, the least ones.
		{"twelve access ports", bed{plant: plant{ports: accessPorts}, tools: gigabitTools("ids-1"), whole: true, all: true},
			asking(access...), nil, []string{"shed-sources"}, "leave out sw a0, sw a1, sw a2, sw a3: 800 Mbit/s against 800 Mbit/s"},
		// 10e9 of the shortest frames against 800e6: one of 12.5 at most.
		{"10 Gbit/s of short frames", bed{plant: plant{ports: map[string]capacity.Port{"sw p": carrying(line(10e9, 64), nothing)}}, tools: gigabitTools("ids-1")},
			asking(essential), nil, []string{"sample"}, "copy one of 20 frames: 500 Mbit/s"},
		{"a busy tool beside a free one", bed{plant: plant{ports: map[string]capacity.Port{"sw p": carrying(line(700e6, 64), nothing), "sw q": carrying(line(600e6, 64), nothing)}},
			tools: gigabitTools("ids-1", "ids-2"), whole: true, all: true, others: []capacity.Feed{{Session: "t", Device: "sw", Native: "m", Sources: []mirror.NativeSource{rx("q")}, Ends: []capacity.End{{Device: "sw", Port: "ids-1"}}}}},
			asking(essential), []string{"ids-2"}, []string{"other-tool"}, "copy to tool ids-2: 700 Mbit/s"},
		// 850e6 of 1e9.
		{"a little over the margin", bed{plant: plant{ports: map[string]capacity.Port{"sw p": carrying(line(850e6, 64), nothing)}}, tools: gigabitTools("ids-1"), whole: true, all: true},
			asking(essential), nil, []string{"max-utilization"}, "use up to 0.85 of the capacity: 850 Mbit/s against 850 Mbit/s"},
		// At worst 10e9, measured 100e6.
		{"a fast port with little traffic", bed{plant: plant{ports: map[string]capacity.Port{"sw p": {Speed: 10e9, Known: true, In: capacity.Stat{P95: line(100e6, 500)}}}}, tools: gigabitTools("ids-1"), whole: true, all: true},
			func() mirror.Session {
				s := asking(essential)
				s.Admission = &mirror.Admission{Basis: worst}
				return s
			}(), nil, []string{"measured"}, "judge by what was measured, without a guarantee: 100 Mbit/s"},
		// Both cut to 64: 2 x 54.6e6 against 80e6; rx cut to 64: 54.6e6.
		{"neither is enough alone", bed{plant: plant{ports: map[string]capacity.Port{"sw p": carrying(line(1e9, 1518), line(1e9, 1518))}}, tools: map[string]mirror.Tool{"ids-1": {Capacity: 100e6}}, all: true},
			asking(source("p", mirror.Both)), nil, []string{"rx-only+truncate"}, "copy rx alone of the sources in both directions, and copy the first 64 octets of each frame: 54.62 Mbit/s"},
		// The essential port's 700e6 stay, the guests' 300e6 go.
		{"guests beside what matters", bed{plant: plant{ports: map[string]capacity.Port{"sw p": carrying(line(700e6, 64), nothing), "sw g": carrying(line(300e6, 64), nothing)}}, tools: gigabitTools("ids-1"), whole: true, all: true},
			asking(guests, essential), nil, []string{"shed-sources"}, "leave out sw g: 700 Mbit/s"},
		// The tool takes 10e9, the link on the way has 700e6 left of 0.8e9: 2 x 400e6 x 524/520 do not fit, one does.
		{"a link on the way", bed{plant: plant{ports: map[string]capacity.Port{"sw p": carrying(line(400e6, 500), line(400e6, 500)), "sw up": carrying(nothing, line(100e6, 500))}},
			tools: map[string]mirror.Tool{"ids-1": {Capacity: 10e9}}, overhead: 4, link: 1e9, whole: true, all: true},
			asking(source("p", mirror.Both)), nil, []string{"rx-only", "tx-only", "max-utilization"}, "copy rx alone of the sources in both directions: 503.1 Mbit/s against 800 Mbit/s at link sw up"},
		// Others fill the tool: nothing that s can leave out helps.
		{"full of others", bed{plant: plant{ports: map[string]capacity.Port{"sw p": carrying(line(10e6, 64), nothing), "sw q": carrying(line(1e9, 64), nothing)}},
			tools: gigabitTools("ids-1"), others: []capacity.Feed{{Session: "t", Device: "sw", Native: "m", Sources: []mirror.NativeSource{rx("q")}}}},
			asking(essential), nil, nil, ""},
		{"it fits", bed{plant: plant{ports: map[string]capacity.Port{"sw p": carrying(line(10e6, 64), nothing)}}, tools: gigabitTools("ids-1")},
			asking(essential), nil, nil, ""},
		// A tool of unknown capacity is no proposal.
		{"a tool that nobody knows", bed{plant: plant{ports: map[string]capacity.Port{"sw p": carrying(line(1e9, 64), nothing)}}, tools: map[string]mirror.Tool{"ids-1": {Capacity: 1e9}, "ids-2": {}}, whole: true, all: true},
			asking(essential), []string{"ids-2"}, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var kinds []string
			got := capacity.Propose(tt.asked, tt.others, tt.bed.try)
			for _, p := range got {
				t.Log(p.Kind, p.Message)
				kinds = append(kinds, p.Kind)
				admitted(t, tt.bed, tt.asked, p)
			}
			if !slices.Equal(kinds, tt.want) {
				t.Fatalf("proposed %v, want %v", kinds, tt.want)
			}
			if len(got) > 0 && !strings.HasPrefix(got[0].Message, tt.first) {
				t.Errorf("%q, want %q", got[0].Message, tt.first)
			}
		})
	}
}

// Of sources of one priority, that with the most load is left out, whatever its user
// calls it.
func TestShedsTheLargest(t *testing.T) {
	terms := []capacity.Term{}
	for _, x := range []struct {
		port    string
		offered mirror.BitsPerSecond
	}{{"GigabitEthernet1/0/4", 500e6}, {"GigabitEthernet1/0/14", 100e6}, {"GigabitEthernet1/0/15", 200e6}, {"GigabitEthernet1/0/16", 190e6}} {
		terms = append(terms, capacity.Term{Session: "s", Device: "sw", Source: x.port, Direction: mirror.RX, Offered: x.offered})
	}
	try := func(s mirror.Session) ([]capacity.Forecast, bool) {
		f := capacity.Forecast{End: tool, Verdict: capacity.Refuse, Reason: over, Offered: 990e6, Own: 990e6, Limit: 800e6, Capacity: 1e9, Terms: terms}
		if len(s.Sources) < 4 {
			f.Verdict, f.Reason, f.Offered = capacity.Admit, fits, 700e6
		}
		return []capacity.Forecast{f}, s.Truncate == 0 && s.Sample == 0 && s.Admission == nil
	}
	for _, tt := range []struct {
		sources []string
		want    string
	}{
		{[]string{"Gi1/0/14", "gi 1/0/4", "Gi1/0/15", "Gi1/0/16"}, "gi 1/0/4"},
		{[]string{"Gi1/0/14", "Gi1/0/15-16", "Te1/0/4", "Gi1/0/1"}, "Gi1/0/15-16"},
		{[]string{"Gi1/0/1", "Gi1/0/2", "Gi1/0/3", "Gi1/0/14-15"}, "Gi1/0/14-15"},
	} {
		var asked []mirror.Source
		for _, name := range tt.sources {
			asked = append(asked, source(name, mirror.RX))
		}
		got := capacity.Propose(asking(asked...), nil, try)
		if len(got) != 1 || !strings.HasPrefix(got[0].Message, "leave out sw "+tt.want+":") {
			t.Errorf("of %v: %+v, want %s", tt.sources, got, tt.want)
		}
	}
}

// admitted asks for what is proposed.
func admitted(t interface {
	Fatal(...any)
	Fatalf(string, ...any)
}, b bed, asked mirror.Session, p capacity.Proposal) {
	s := merged(t, asked.WithDefaults(), p.Patch)
	list, legal := b.try(s)
	if !legal {
		t.Fatalf("%s is not legal: %+v", p.Kind, s)
	}
	found := false
	for _, f := range list {
		if f.Verdict == capacity.Refuse || f.Reason == over {
			t.Fatalf("%s is refused: %s", p.Kind, f.Message)
		}
		found = found || f.Offered == p.Offered && f.Limit == p.Limit
	}
	if !found {
		t.Fatalf("%s: no end has the figures %d and %d", p.Kind, p.Offered, p.Limit)
	}
}

// Whatever is asked for, each proposal is admitted when it is asked for, and few are
// tried.
func TestProposalsAreAdmitted(t *testing.T) {
	some := 0
	rapid.Check(t, func(t *rapid.T) {
		speed := rapid.SampledFrom([]float64{100e6, 1e9, 10e9})
		flow := func(name string) capacity.Flow {
			return line(speed.Draw(t, name+" speed")*rapid.Float64Range(0, 1).Draw(t, name+" use"), rapid.SampledFrom([]float64{64, 500, 1518, 9018}).Draw(t, name+" size"))
		}
		b := bed{plant: plant{ports: map[string]capacity.Port{}, vlans: map[string][]mirror.PortName{"sw": {"p0", "p1"}}}, tools: map[string]mirror.Tool{},
			overhead: rapid.SampledFrom([]int{0, 4, 50}).Draw(t, "overhead"), whole: rapid.Bool().Draw(t, "whole"), all: rapid.Bool().Draw(t, "all")}
		s := mirror.Session{Name: "s", Destinations: []mirror.Destination{{Tool: "ids-1"}}}
		for i := range rapid.IntRange(1, 9).Draw(t, "sources") {
			src := source(fmt.Sprintf("p%d", i), rapid.SampledFrom([]mirror.Direction{mirror.RX, mirror.TX, mirror.Both}).Draw(t, "direction"))
			b.ports["sw "+src.Interface] = carrying(flow("in"), flow("out"))
			if rapid.IntRange(0, 9).Draw(t, "unknown") == 0 {
				b.ports["sw "+src.Interface] = capacity.Port{Speed: 1e9, Why: "no reading"}
			}
			src.Priority, src.Essential = rapid.IntRange(1, 100).Draw(t, "priority"), rapid.Bool().Draw(t, "essential")
			s.Sources = append(s.Sources, src)
		}
		if rapid.Bool().Draw(t, "vlan") {
			s.Sources = append(s.Sources, mirror.Source{Device: "sw", VLAN: 110, Direction: mirror.RX})
		}
		for _, name := range []string{"ids-1", "ids-2", "ids-3"} {
			b.tools[name] = mirror.Tool{Capacity: mirror.BitsPerSecond(rapid.SampledFrom([]int{0, 10e6, 100e6, 1e9, 10e9}).Draw(t, name))}
		}
		if rapid.Bool().Draw(t, "others") {
			b.ports["sw q"] = carrying(flow("q"), nothing)
			b.others = []capacity.Feed{{Session: "t", Device: "sw", Native: "n", Sources: []mirror.NativeSource{rx("q"), rx("p0")}, Ends: []capacity.End{b.end("ids-1")}, Overhead: b.overhead}}
		}
		if rapid.Bool().Draw(t, "link") {
			b.link = 1e9
			b.ports["sw up"] = carrying(nothing, flow("up"))
		}
		s.Admission = &mirror.Admission{Mode: rapid.SampledFrom([]string{"", mirror.AdmissionWarn}).Draw(t, "mode"),
			Basis: rapid.SampledFrom([]string{"", worst}).Draw(t, "basis"), MaxUtilization: rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "use")}
		tries := 0
		got := capacity.Propose(s, []string{"ids-2", "ids-3", "none"}, func(s mirror.Session) ([]capacity.Forecast, bool) {
			tries++
			return b.try(s)
		})
		some += len(got)
		if tries > 56 {
			t.Fatalf("%d tries", tries)
		}
		for _, p := range got {
			admitted(t, b, s, p)
			if after := merged(t, s.WithDefaults(), p.Patch); strings.Contains(p.Kind, "shed") {
				for _, src := range s.Sources {
					if src.Essential && !slices.ContainsFunc(after.Sources, func(o mirror.Source) bool { return o.Interface == src.Interface && o.VLAN == src.VLAN }) {
						t.Fatalf("essential %s is left out", src.Interface)
					}
				}
			}
		}
	})
	if some == 0 {
		t.Error("nothing was ever proposed")
	}
}
