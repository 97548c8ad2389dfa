package plan_test

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// asked is a session from a port, into a tunnel from an origin where that is said.
func asked(name, port, dest, origin string) mirror.Session {
	s := mirror.Session{Name: name, Enabled: true, Sources: []mirror.Source{{Device: "sw", Interface: port, Direction: mirror.RX}},
		Destinations: []mirror.Destination{{Device: "sw", Interface: dest}}}
	if origin != "" {
		s.Kind, s.ERSPAN, s.Destinations = mirror.KindERSPAN, &mirror.ERSPAN{ID: 7, Origin: origin}, []mirror.Destination{{IP: dest}}
	}
	return s
}

func web(port int) *mirror.Filter {
	return &mirror.Filter{Name: "web", Rules: []mirror.FilterRule{anchorEntry(port)}}
}

// words tells changes as "create tunnel", in their order.
func words(changes []mirror.Change) string {
	var out []string
	for _, c := range changes {
		what := "session"
		if f := cmp.Or(c.After, c.Before).Spec.Footing; f != nil {
			what = string(f.Kind)
		}
		out = append(out, c.Verb()+" "+what)
	}
	return strings.Join(out, ", ")
}

func newAnchored(caps mirror.Capabilities) *anchored {
	return &anchored{caps: caps, ledger: map[string]mirror.Native{}, wanted: map[string]mirror.Fragment{},
		device: anchors{natives: map[string]mirror.NativeSpec{}, tunnels: map[string]mirror.Tunnel{}, lists: map[string]mirror.Footing{"SECURITY": {}}, at: map[mirror.PortName]string{}}}
}

// TestOneCommitBringsASessionAndItsGround: where a push is one commit, all of it goes
// in one, in the order in which each rests on the one before; elsewhere in stages that
// are read between.
func TestOneCommitBringsASessionAndItsGround(t *testing.T) {
	for name, c := range map[string]struct {
		tunnels, atomic bool
		want            []string // pushes: of a create, of a change of filter and way, of a delete
	}{
		"a commit, tunnels": {true, true, []string{"create filter, create tunnel, create session",
			"create filter, create tunnel, delete session, create session, delete filter, delete tunnel", "delete session, delete filter, delete tunnel"}},
		"stages, tunnels": {true, false, []string{"create filter, create tunnel; create session",
			"create filter, create tunnel; delete session, create session; delete filter, delete tunnel", "delete session; delete filter, delete tunnel"}},
		// The former origin is gone when the new one is set.
		"a commit, an origin": {false, true, []string{"create filter, create origin, create session",
			"create filter, create origin, delete session, create session, delete filter", "delete session, delete filter, delete origin"}},
		"stages, an origin": {false, false, []string{"create filter, create origin; create session",
			"create filter, create origin; delete session, create session; delete filter", "delete session; delete filter, delete origin"}},
	} {
		a := newAnchored(anchorCaps(c.tunnels, c.atomic))
		pushes := func() string {
			var out []string
			for due := a.due(); len(due) > 0 && len(out) < 6; due = a.due() {
				slices.SortStableFunc(due, func(x, y mirror.Change) int { // marks decide between equals
					kind := func(c mirror.Change) string { return words([]mirror.Change{c}) }
					if (x.After == nil) != (y.After == nil) || strings.HasSuffix(kind(x), "session") || strings.HasSuffix(kind(y), "session") {
						return 0
					}
					return cmp.Compare(kind(x), kind(y))
				})
				out = append(out, words(due))
				a.commit(due)
				a.sweep()
			}
			return strings.Join(out, "; ")
		}
		for i, step := range []func() []mirror.Reason{
			func() []mirror.Reason {
				s := asked("a", "p1", "198.51.100.1", "192.0.2.1")
				s.Filter = "web"
				return a.ask(s, web(443))
			},
			func() []mirror.Reason {
				s := asked("a", "p1", "198.51.100.1", "192.0.2.2")
				s.Filter = "web"
				return a.ask(s, web(80))
			},
			func() []mirror.Reason { clear(a.wanted); return nil },
		} {
			if reasons := step(); len(reasons) > 0 {
				t.Fatalf("%s: %v", name, reasons)
			}
			if got := pushes(); got != c.want[i] {
				t.Errorf("%s, step %d:\n got %s\nwant %s", name, i, got, c.want[i])
			}
		}
		if len(a.ledger)+len(a.device.natives)+len(a.device.tunnels)+len(a.device.at) > 0 || a.device.origin != "" {
			t.Errorf("%s: left over %s", name, a.device)
		}
	}
}

// TestWhatIsLeftOutLeavesOutWhatNeedsIt: of one commit.
func TestWhatIsLeftOutLeavesOutWhatNeedsIt(t *testing.T) {
	a := newAnchored(anchorCaps(true, true))
	s := asked("a", "p1", "198.51.100.1", "192.0.2.1")
	s.Filter = "web"
	if reasons := a.ask(s, web(443)); len(reasons) > 0 {
		t.Fatal(reasons)
	}
	for _, left := range []string{"create tunnel", "create filter"} {
		rest := slices.DeleteFunc(a.due(), func(c mirror.Change) bool { return words([]mirror.Change{c}) == left })
		if got := words(plan.Grounded(rest, a.desired(), a.info())); strings.Contains(got, "session") || !strings.HasPrefix(got, "create ") {
			t.Errorf("without %s: %s", left, got)
		}
	}
	a.commit(a.due())
	a.sweep()
	s.ERSPAN.Origin = "192.0.2.2" // another tunnel, and with another filter another list
	if reasons := a.ask(s, web(80)); len(reasons) > 0 {
		t.Fatal(reasons)
	}
	for _, left := range []string{"create tunnel", "create filter", "create session"} {
		rest := slices.DeleteFunc(a.due(), func(c mirror.Change) bool { return words([]mirror.Change{c}) == left })
		if got := words(plan.Grounded(rest, a.desired(), a.info())); strings.Contains(got, "session") || strings.Contains(got, "delete") {
			t.Errorf("of a change, without %s: %s", left, got)
		}
	}
	clear(a.wanted)
	rest := slices.DeleteFunc(a.due(), func(c mirror.Change) bool { return words([]mirror.Change{c}) == "delete session" })
	if got := words(plan.Grounded(rest, a.desired(), a.info())); got != "" {
		t.Errorf("without the session's delete: %s", got)
	}
}

// TestWhatStandsInTheWayIsRefusedByName: when it is asked for, and again when another
// hand came in between.
func TestWhatStandsInTheWayIsRefusedByName(t *testing.T) {
	way := mirror.Tunnel{From: "192.0.2.1", To: "198.51.100.1"}
	caps := anchorCaps(true, true)
	name := caps.Tunnels.Name(way)
	foreign := mirror.NativeSpec{Role: mirror.RoleERSPANSource, Options: mirror.Options{ERSPAN: &mirror.ERSPAN{}, Collector: "203.0.113.9"}}
	filtered := asked("a", "p1", "d1", "")
	filtered.Filter = "web"
	for title, c := range map[string]struct {
		tunnels bool
		device  func(*anchors)
		want    mirror.Session
		code    string
		said    string
	}{
		"a list at the port": {true, func(d *anchors) { d.at["p1"] = "SECURITY" }, filtered, "/sources/0 list-in-use", `"SECURITY" stands at the ingress of port p1`},
		"an unknown list":    {true, func(d *anchors) { d.at["p1"] = "?" }, filtered, "/sources/0 list-in-use", "whose name is not told"},
		"a tunnel of the name": {true, func(d *anchors) { d.tunnels[name] = mirror.Tunnel{From: "192.0.2.1", To: "203.0.113.9"} },
			asked("a", "p1", way.To, way.From), "/erspan tunnel-in-use", name + " exists, leads from 192.0.2.1 to 203.0.113.9"},
		"a tunnel that leads there": {true, func(d *anchors) { d.tunnels[name] = way }, asked("a", "p1", way.To, way.From), "", ""},
		"another's origin": {false, func(d *anchors) { d.origin = "192.0.2.9" }, asked("a", "p1", way.To, way.From), "/erspan/origin origin-in-use",
			"device sw sends copies from 192.0.2.9, which netmirror did not set"},
		"the same origin": {false, func(d *anchors) { d.origin = way.From }, asked("a", "p1", way.To, way.From), "", ""},
		"another's session that waits for one": {false, func(d *anchors) { d.natives["theirs"] = foreign }, asked("a", "p1", way.To, way.From), "/erspan/origin origin-in-use",
			`native session "theirs", which netmirror did not create, would send from 192.0.2.1`},
	} {
		a := newAnchored(anchorCaps(c.tunnels, true))
		c.device(&a.device)
		reasons := a.ask(c.want, web(443))
		if got := strings.Join(codes(reasons), ", "); got != c.code || len(reasons) > 0 && !strings.Contains(reasons[0].Message, c.said) {
			t.Errorf("%s: %v", title, reasons)
		}
		b := newAnchored(a.caps)
		if reasons := b.ask(c.want, web(443)); len(reasons) > 0 {
			t.Fatalf("%s, on an idle device: %v", title, reasons)
		}
		c.device(&b.device)
		info, refused := b.info(), ""
		for _, change := range plan.Diff(b.desired(), info) {
			err := plan.Unfooted(change, info)
			if err != nil && !errors.Is(err, mirror.ErrConflict) {
				t.Errorf("%s: %v", title, err)
			} else if err != nil {
				refused += err.Error()
			}
		}
		if !strings.Contains(refused, c.said) || (refused == "") != (c.said == "") {
			t.Errorf("%s, before the push: %q", title, refused)
		}
	}
}

// TestSessionsThatWantOneThingAlikeShareIt, and others are refused, each naming the
// other.
func TestSessionsThatWantOneThingAlikeShareIt(t *testing.T) {
	filtered := func(name, port, dest string) mirror.Session {
		s := asked(name, port, dest, "")
		s.Filter = "web"
		return s
	}
	twice := filtered("b", "p1", "d1")
	twice.Destinations = append(twice.Destinations, mirror.Destination{Device: "sw", Interface: "d2"})
	second := asked("b", "p2", "198.51.100.1", "192.0.2.1")
	second.ERSPAN.ID = 8
	for title, c := range map[string]struct {
		tunnels bool
		a, b    mirror.Session
		filters [2]int
		code    string
		lists   int // footings that have a name, when both are there
	}{
		"two origins":                      {false, asked("a", "p1", "198.51.100.1", "192.0.2.1"), asked("b", "p2", "198.51.100.2", "192.0.2.2"), [2]int{}, "/erspan/origin origin-in-use", 1},
		"one origin":                       {false, asked("a", "p1", "198.51.100.1", "192.0.2.1"), asked("b", "p2", "198.51.100.2", "192.0.2.1"), [2]int{}, "", 1},
		"one tunnel, two native sessions":  {true, asked("a", "p1", "198.51.100.1", "192.0.2.1"), second, [2]int{}, "", 1},
		"two filters on one port":          {true, filtered("a", "p1", "d1"), filtered("b", "p1", "d2"), [2]int{443, 80}, "/sources/0 list-in-use", 1},
		"one filter, two destinations":     {true, filtered("a", "p1", "d1"), filtered("b", "p1", "d2"), [2]int{443, 443}, "/sources/0 list-in-use", 1},
		"one filter, one destination":      {true, filtered("a", "p1", "d1"), filtered("b", "p1", "d1"), [2]int{443, 443}, "", 1},
		"two filters on two ports":         {true, filtered("a", "p1", "d1"), filtered("b", "p2", "d2"), [2]int{443, 443}, "", 2},
		"a filter beside none":             {true, asked("a", "p1", "d1", ""), filtered("b", "p1", "d2"), [2]int{443, 443}, "", 1},
		"two destinations of one session":  {true, asked("a", "p2", "198.51.100.1", "192.0.2.1"), twice, [2]int{443, 443}, "/sources/0 list-in-use", 1},
		"one filter on a part of the port": {true, filtered("a", "p1", "d1"), filtered("b", "p2", "d1"), [2]int{443, 443}, "", 1},
	} {
		caps := anchorCaps(c.tunnels, true)
		caps.Limits = []mirror.Limit{{Counts: mirror.LimitDestinations, Max: 1, Source: "a sheet"}}
		a := newAnchored(caps)
		if reasons := a.ask(c.a, web(c.filters[0])); len(reasons) > 0 {
			t.Fatalf("%s: %v", title, reasons)
		}
		reasons := a.ask(c.b, web(c.filters[1]))
		if got := strings.Join(slices.Compact(codes(reasons)), ", "); got != c.code {
			t.Errorf("%s: %v", title, reasons)
		}
		if c.code != "" && c.b.Destinations[0].Interface != "d1" && !strings.Contains(reasons[0].Message, `session "a"`) {
			t.Errorf("%s does not name the other: %v", title, reasons)
		}
		a.commit(a.due())
		a.sweep()
		if got := len(a.info().Observation.Footings); got != c.lists {
			t.Errorf("%s: %d footings, want %d: %s", title, got, c.lists, a.device)
		}
		// One leaves, and what the other stands on stays, at its ports alone.
		delete(a.wanted, "a")
		for due := a.due(); len(due) > 0; due = a.due() {
			a.commit(due)
			a.sweep()
		}
		for _, rest := range plan.Diff(a.desired(), a.info()) {
			t.Errorf("%s: %s is left to do", title, rest.Verb())
		}
		ports := slices.Sorted(maps.Keys(a.device.at))
		if f, there := a.wanted["b"]; there && f.Spec.Options.Filter != "" && !slices.Equal(ports, []mirror.PortName{f.Spec.Sources[0].Port}) {
			t.Errorf("%s: lists at %v", title, ports)
		}
	}
}

// TestAFilterAtSourcesIsOfWhatArrivesAtPorts.
func TestAFilterAtSourcesIsOfWhatArrivesAtPorts(t *testing.T) {
	a := newAnchored(anchorCaps(true, true))
	for _, c := range []struct {
		source mirror.Source
		want   string
	}{
		{mirror.Source{Device: "sw", Interface: "p1", Direction: mirror.RX}, ""},
		{mirror.Source{Device: "sw", Interface: "p1", Direction: mirror.TX}, "/sources/0/direction unsupported"},
		{mirror.Source{Device: "sw", Interface: "p1", Direction: mirror.Both}, "/sources/0/direction unsupported"},
		{mirror.Source{Device: "sw", VLAN: 9, Direction: mirror.RX}, "/sources/0 unsupported"},
	} {
		s := asked("a", "p1", "d1", "")
		s.Sources, s.Filter = []mirror.Source{c.source}, "web"
		if got := strings.Join(codes(a.ask(s, web(443))), ", "); got != c.want {
			t.Errorf("%+v: %s", c.source, got)
		}
	}
}
