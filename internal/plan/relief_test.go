package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

func reliefSession(ladder string) mirror.Session {
	s := mirror.Session{Name: "s", Enabled: true, Sources: []mirror.Source{
		{Device: "sw1", Interface: "p1", Direction: mirror.Both, Essential: true}, {Device: "sw1", Interface: "p2", Direction: mirror.TX},
		{Device: "sw2", Interface: "p1", Direction: mirror.RX}, {Device: "sw1", VLAN: 10, Direction: mirror.Both}},
		Destinations: []mirror.Destination{{IP: "192.0.2.9"}},
		ERSPAN:       &mirror.ERSPAN{ID: 7, Origins: []mirror.Origin{{Device: "sw1", Address: "192.0.2.1"}, {Device: "sw2", Address: "192.0.2.2"}}}}
	if ladder != "" {
		s.OnOverload = &mirror.OnOverload{Action: mirror.OverloadRelieve, Ladder: strings.Fields(ladder)}
	}
	return s.WithDefaults()
}

// sourcesOf reads "sw1 p1 both, sw1 VLAN 10 rx".
func sourcesOf(s mirror.Session) string {
	var out []string
	for _, src := range s.Sources {
		at := src.Interface
		if src.VLAN != 0 {
			at = "VLAN"
		}
		out = append(out, src.Device+" "+at+" "+string(src.Direction))
	}
	return strings.Join(out, ", ")
}

func shed(sources ...mirror.Source) mirror.ReliefStep {
	return mirror.ReliefStep{Rung: mirror.RungShedSources, Shed: sources}
}

// Relief changes what is effective, and nothing of what is stored.
func TestReliefChangesWhatIsEffective(t *testing.T) {
	const asked = "sw1 p1 both, sw1 p2 tx, sw2 p1 rx, sw1 VLAN both"
	all := reliefSession("").Sources
	for name, c := range map[string]struct {
		steps   []mirror.ReliefStep
		want    string // sources, "" = not on
		change  func(*mirror.Session)
		options [2]int
	}{
		"none":                        {nil, asked, nil, [2]int{}},
		"truncated":                   {[]mirror.ReliefStep{{Rung: mirror.RungTruncate, Truncate: 128}}, asked, nil, [2]int{128, 0}},
		"truncated less than asked":   {[]mirror.ReliefStep{{Rung: mirror.RungTruncate, Truncate: 128}}, asked, func(s *mirror.Session) { s.Truncate = 64 }, [2]int{64, 0}},
		"truncated more than asked":   {[]mirror.ReliefStep{{Rung: mirror.RungTruncate, Truncate: 128}}, asked, func(s *mirror.Session) { s.Truncate = 256 }, [2]int{128, 0}},
		"sampled":                     {[]mirror.ReliefStep{{Rung: mirror.RungSample, Sample: 10}}, asked, func(s *mirror.Session) { s.Sample = 2 }, [2]int{0, 10}},
		"sampled less than asked":     {[]mirror.ReliefStep{{Rung: mirror.RungSample, Sample: 10}}, asked, func(s *mirror.Session) { s.Sample = 20 }, [2]int{0, 20}},
		"what enters":                 {[]mirror.ReliefStep{{Rung: mirror.RungRXOnly}}, "sw1 p1 rx, sw2 p1 rx, sw1 VLAN rx", nil, [2]int{}},
		"an essential one that sends": {[]mirror.ReliefStep{{Rung: mirror.RungRXOnly}}, "sw1 p1 rx, sw1 p2 tx, sw2 p1 rx, sw1 VLAN rx", func(s *mirror.Session) { s.Sources[1].Essential = true }, [2]int{}},
		"shed":                        {[]mirror.ReliefStep{shed(all[3]), shed(all[1])}, "sw1 p1 both, sw2 p1 rx", nil, [2]int{}},
		"never an essential one":      {[]mirror.ReliefStep{shed(all[0])}, asked, nil, [2]int{}},
		"suspended":                   {[]mirror.ReliefStep{{Rung: mirror.RungRXOnly}, {Rung: mirror.RungSuspend}}, "", nil, [2]int{}},
		"disabled":                    {[]mirror.ReliefStep{{Rung: mirror.RungRXOnly}}, "", func(s *mirror.Session) { s.Enabled = false }, [2]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := reliefSession("")
			if c.change != nil {
				c.change(&s)
			}
			before := s
			before.Sources = slices.Clone(s.Sources)
			rec := mirror.SessionRecord{Session: s, Relief: &mirror.Relief{Steps: c.steps}}
			got, on := plan.Effective(rec, time.Time{})
			if on != (c.want != "") || on && (sourcesOf(got) != c.want || [2]int{got.Truncate, got.Sample} != c.options) {
				t.Errorf("on %v, %s, truncate %d, sample %d", on, sourcesOf(got), got.Truncate, got.Sample)
			}
			if diff := cmp.Diff(before, rec.Session); diff != "" {
				t.Errorf("the intent changed: %s", diff)
			}
			if asked, on := plan.Effective(plan.AsAsked(rec), time.Time{}); on != s.Enabled || cmp.Diff(asked, s) != "" {
				t.Errorf("as asked is %+v", asked)
			}
		})
	}
}

// A device whose sources are all shed sends no copies, and has no address to send them
// from.
func TestWhatIsShedTakesItsOriginAlong(t *testing.T) {
	s := reliefSession("")
	rec := mirror.SessionRecord{Session: s, Relief: &mirror.Relief{Steps: []mirror.ReliefStep{shed(s.Sources[2])}}}
	got, _ := plan.Effective(rec, time.Time{})
	if len(got.ERSPAN.Origins) != 1 || got.ERSPAN.Origins[0].Device != "sw1" || len(s.ERSPAN.Origins) != 2 {
		t.Errorf("origins %+v, asked %+v", got.ERSPAN.Origins, s.ERSPAN.Origins)
	}
}

// Of a changed intent those steps stay that its ladder has and that change something.
func TestStepsThatMakeNoSenseGo(t *testing.T) {
	all := reliefSession("").Sources
	truncate, rx, suspend := mirror.ReliefStep{Rung: mirror.RungTruncate, Truncate: 128}, mirror.ReliefStep{Rung: mirror.RungRXOnly}, mirror.ReliefStep{Rung: mirror.RungSuspend}
	for name, c := range map[string]struct {
		ladder string
		relief mirror.Relief
		change func(*mirror.Session)
		want   string
	}{
		"all stay":                  {"truncate rx-only", mirror.Relief{Steps: []mirror.ReliefStep{truncate, rx}}, nil, "truncate to 128 octets, rx-only"},
		"the ladder lost a rung":    {"rx-only", mirror.Relief{Steps: []mirror.ReliefStep{truncate, rx}}, nil, "rx-only"},
		"only reported now":         {"", mirror.Relief{Steps: []mirror.ReliefStep{truncate, rx}}, nil, ""},
		"a pin needs no ladder":     {"", mirror.Relief{Pinned: true, Steps: []mirror.ReliefStep{truncate, rx}}, nil, "truncate to 128 octets, rx-only"},
		"truncated by the user now": {"truncate rx-only", mirror.Relief{Steps: []mirror.ReliefStep{truncate, rx}}, func(s *mirror.Session) { s.Truncate = 64 }, "rx-only"},
		"nothing left to leave out": {"rx-only", mirror.Relief{Steps: []mirror.ReliefStep{rx}}, func(s *mirror.Session) { s.Sources, s.ERSPAN.Origins = s.Sources[2:3], s.ERSPAN.Origins[1:] }, ""},
		"the shed source is gone":   {"shed-sources", mirror.Relief{Steps: []mirror.ReliefStep{shed(all[1]), shed(all[2])}}, func(s *mirror.Session) { s.Sources = slices.Delete(s.Sources, 1, 2) }, "shed-sources (sw2 p1)"},
		"essential now":             {"shed-sources", mirror.Relief{Steps: []mirror.ReliefStep{shed(all[1])}}, func(s *mirror.Session) { s.Sources[1].Essential = true }, ""},
		"switched off":              {"suspend", mirror.Relief{Steps: []mirror.ReliefStep{suspend}}, func(s *mirror.Session) { s.Enabled = false }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := reliefSession(c.ladder)
			if c.change != nil {
				c.change(&s)
			}
			var got []string
			for _, step := range plan.Fitting(s, c.relief) {
				got = append(got, step.String())
			}
			if text := strings.Join(got, ", "); text != c.want {
				t.Errorf("%s, want %s", text, c.want)
			}
		})
	}
}

// What an intent asks for stays its own while relief makes less of it, or nothing.
func TestWhatIsAskedForIsKept(t *testing.T) {
	fragment := func(end mirror.PortName, d mirror.Direction) mirror.Fragment {
		return mirror.Fragment{Session: "s", Device: "sw1", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{end},
			Sources: []mirror.NativeSource{{Port: "p1", Direction: d}}}}
	}
	asked := []mirror.Fragment{fragment("d1", mirror.Both), fragment("d2", mirror.Both)}
	rows, _ := plan.Aim("s", nil, []mirror.Fragment{fragment("d1", mirror.RX)})
	rows = plan.Ask("s", rows, asked)
	if len(rows) != 2 {
		t.Fatalf("%+v", rows)
	}
	for i, r := range rows {
		if !plan.SameFragment(r.Intended(), &asked[i]) || r.Empty() || r.Ends != []string{"d1", "d2"}[i] {
			t.Errorf("row %d: %+v", i, r)
		}
	}
	if rows[0].Target.Spec.Sources[0].Direction != mirror.RX || rows[1].Target != nil {
		t.Errorf("targets %+v, %+v", rows[0].Target, rows[1].Target)
	}
	if p := plan.Advance(rows[1:]); !p.Done() {
		t.Errorf("what is asked for and not wanted now moves: %+v", p)
	}
	rows, renamed := plan.Aim("s", rows, asked)
	rows = plan.Ask("s", rows, asked)
	if len(rows) != 2 || len(renamed) != 0 || rows[0].Asked != nil || rows[1].Asked != nil {
		t.Errorf("as asked again: %+v, renamed %v", rows, renamed)
	}
	rows, _ = plan.Aim("s", rows, nil)
	for _, r := range plan.Ask("s", rows, nil) {
		if !r.Empty() {
			t.Errorf("left: %+v", r)
		}
	}
}
