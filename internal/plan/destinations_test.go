package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

func toAll(d ...mirror.Destination) func(*mirror.Session) {
	return func(s *mirror.Session) { s.Destinations = d }
}

func at(device, port string) mirror.Destination {
	return mirror.Destination{Device: device, Interface: port}
}

// perSession sets how many destinations a native session of every device takes.
func perSession(max int) func(map[string]*plan.DeviceInfo) {
	return func(infos map[string]*plan.DeviceInfo) {
		for _, i := range infos {
			i.Capabilities.Limits = append(i.Capabilities.Limits, mirror.Limit{Counts: mirror.LimitDestinations, Scope: "device", Max: max, Source: "sheet 3"})
		}
	}
}

// TestSeveralDestinations: those on one device are in one native session where the
// platform takes several, else in one each; each is reached in its own way.
func TestSeveralDestinations(t *testing.T) {
	for name, c := range map[string]struct {
		session   mirror.Session
		max       int
		fragments string
		kinds     string
		codes     []string
	}{
		"in one native session": {far(toAll(at("acc1", "d1"), at("acc1", "d2"))), 2, "acc1 local d1,d2", "span span", nil},
		"in one each":           {far(toAll(at("acc1", "d2"), at("acc1", "d1"))), 1, "acc1 local d2; acc1 local d1", "span span", nil},
		"one too many":          {far(toAll(at("acc1", "d1"), at("acc1", "d2"), at("acc1", "d3"))), 2, "", "span span span", []string{"/destinations/2 limit"}},
		"here and far away": {far(path, toAll(at("acc1", "d1"), at("acc2", "d1"))), 2,
			"acc1 local d1; acc1 rspan-source ; acc2 rspan-destination d1; core rspan-transit ", "span rspan", nil},
		"one remote VLAN, two ends": {far(path, toAll(at("acc2", "d2"), at("core", "d1"), at("acc2", "d1"))), 2,
			"acc1 rspan-source ; acc2 rspan-destination d1,d2; core rspan-destination d1", "rspan rspan rspan", nil},
		"two collectors": {far(tunnel, toAll(mirror.Destination{IP: "192.0.2.9"}, mirror.Destination{IP: "192.0.2.8"}, at("acc1", "d1"))), 2,
			"acc1 erspan-source 192.0.2.9; acc1 erspan-source 192.0.2.8; acc1 local d1", "erspan erspan span", nil},

		"the same twice":        {far(toAll(at("acc1", "d1"), at("acc1", "d1"))), 2, "", "", []string{"/destinations/1 duplicate-destination"}},
		"an unknown one":        {far(toAll(at("acc1", "d1"), mirror.Destination{Tool: "none"}, at("acc1", "p1-3"))), 2, "", "", []string{"/destinations/1/tool unknown-tool", "/destinations/2/interface bad-port"}},
		"no way to one":         {far(toAll(at("acc1", "d1"), at("acc2", "d1"))), 2, "", "span auto", []string{"/destinations/1 kind-impossible"}},
		"asked for, impossible": {far(kind(mirror.KindSPAN), toAll(at("acc1", "d1"), at("acc2", "d1"))), 2, "", "span span", []string{"/destinations/1 kind-impossible"}},
		"a way for nobody":      {far(path, toAll(at("acc1", "d1"), at("acc1", "d2"))), 2, "", "span span", []string{"/rspan contradiction"}},
		"a source too":          {far(toAll(at("acc1", "d1"), at("acc1", "p1"))), 2, "", "span span", []string{"/sources/0 source-is-destination"}},
		"a pin for one each": {far(toAll(at("acc1", "d1"), at("acc1", "d2")), func(s *mirror.Session) { s.NativeID = "5" }), 1, "", "span span",
			[]string{"/nativeId contradiction"}},
	} {
		ex, reasons := plan.Expand(c.session, farSite(perSession(c.max)))
		if diff := cmp.Diff(append([]string{}, c.codes...), codes(reasons)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		var fragments, kinds []string
		for _, f := range ex.Fragments {
			fragments = append(fragments, fmt.Sprintf("%s %s %s", f.Device, f.Spec.Role, f.Spec.Ends()))
		}
		for _, k := range ex.Kinds {
			kinds = append(kinds, string(k.Kind))
			if k.Kind != mirror.KindAuto && k.Reason == "" {
				t.Errorf("%s: nothing says why it is %s", name, k.Kind)
			}
		}
		if got := strings.Join(fragments, "; "); got != c.fragments {
			t.Errorf("%s: fragments %s", name, got)
		}
		if got := strings.Join(kinds, " "); got != c.kinds {
			t.Errorf("%s: kinds %s", name, got)
		}
		slices.Sort(kinds)
		if mixed := len(slices.Compact(kinds)) > 1; len(reasons) == 0 && mixed != (ex.Kind == mirror.KindMixed) {
			t.Errorf("%s: as a whole %s", name, ex.Kind)
		}
	}
}

// TestDestinationsOverlap: two sessions whose sets of destinations differ and
// overlap are held against each other at every port that both have, and every
// reason points at its own destination.
func TestDestinationsOverlap(t *testing.T) {
	two := at("sw", "d2")
	for name, c := range map[string]struct {
		theirs []mirror.PortName
		other  func(*mirror.NativeSpec)
		shared bool // the platform takes a port in several native sessions
		codes  []string
	}{
		"other options":                      {[]mirror.PortName{"d2"}, func(n *mirror.NativeSpec) { n.Options.Truncate = 128 }, false, []string{"/destinations/1 options-differ"}},
		"other options, shared":              {[]mirror.PortName{"d1", "d2", "d3"}, func(n *mirror.NativeSpec) { n.Options.Truncate = 128 }, true, []string{"/destinations/0 options-differ", "/destinations/1 options-differ"}},
		"another set":                        {[]mirror.PortName{"d2", "d3"}, nil, false, []string{"/destinations/1 destination-in-use"}},
		"another set, shared":                {[]mirror.PortName{"d2", "d3"}, nil, true, nil},
		"another way":                        {[]mirror.PortName{"d1"}, func(n *mirror.NativeSpec) { n.Role, n.Sources, n.RemoteVLAN = mirror.RoleRSPANDestination, nil, 900 }, false, []string{"/destinations/0 destination-in-use"}},
		"the same set with other options":    {[]mirror.PortName{"d2", "d1"}, func(n *mirror.NativeSpec) { n.Options.Truncate = 128 }, false, []string{"/destinations/0 options-differ"}},
		"the same set":                       {[]mirror.PortName{"d2", "d1"}, nil, false, nil},
		"nothing in common":                  {[]mirror.PortName{"d3"}, func(n *mirror.NativeSpec) { n.Options.Truncate = 128 }, false, nil},
		"theirs copies from our destination": {[]mirror.PortName{"d3"}, func(n *mirror.NativeSpec) { n.Sources[0].Port = "d2" }, false, []string{"/destinations/1 mirror-of-mirror"}},
	} {
		info := switchInfo(func(i *plan.DeviceInfo) {
			i.Capabilities.Limits = nil
			if c.shared {
				i.Capabilities.SharedDestination = yes
			}
		})
		s := wish("d1", port("p1"))
		s.Destinations = append(s.Destinations, two)
		ex, reasons := plan.Expand(s, plan.Site{Devices: map[string]plan.DeviceInfo{"sw": info}})
		if len(reasons) > 0 {
			t.Fatal(reasons)
		}
		theirs := ex.Fragments[0]
		theirs.Session = "other"
		theirs.Spec.Destinations = c.theirs
		theirs.Spec.Sources = []mirror.NativeSource{{Port: "p2", Direction: mirror.Both}}
		if c.other != nil {
			c.other(&theirs.Spec)
		}
		got := codes(plan.Check(ex.Fragments[0], ex, []mirror.Fragment{theirs}, info))
		if diff := cmp.Diff(append([]string{}, c.codes...), got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestEveryDestinationIsHeldAgainstItsDevice, and its reasons say which it is.
func TestEveryDestinationIsHeldAgainstItsDevice(t *testing.T) {
	info := switchInfo(func(i *plan.DeviceInfo) {
		i.Capabilities.Limits = []mirror.Limit{{Counts: mirror.LimitDestinations, Scope: "device", Max: 1, Source: "sheet 3"},
			{Counts: mirror.LimitSessions, Scope: "device", Max: 3, Source: "sheet 1"}}
	})
	info.Observation.Ports = append(info.Observation.Ports, mirror.Port{Name: "lag", LAG: true})
	s := wish("d1", port("p1"))
	s.Destinations = append(s.Destinations, at("sw", "trunk"), at("sw", "gone"), at("sw", "d2"), at("sw", "lag"))
	ex, reasons := plan.Expand(s, plan.Site{Devices: map[string]plan.DeviceInfo{"sw": info}})
	for _, f := range ex.Fragments {
		reasons = append(reasons, plan.Check(f, ex, nil, info)...)
	}
	got := codes(reasons)
	slices.Sort(got)
	want := []string{"/destinations/1 destination-guard", "/destinations/1 destination-guard", "/destinations/2 unknown-port", "/destinations/3 limit", "/destinations/4 limit", "/destinations/4 unsupported"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestASetOfDestinationsThatChanges is a change of the native session, whichever
// way it changes; copies go on to the ports that stay.
func TestASetOfDestinationsThatChanges(t *testing.T) {
	spec := func(ports ...mirror.PortName) mirror.NativeSpec {
		return mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.Both}}, Destinations: ports}
	}
	for name, c := range map[string]struct {
		have, want [][]mirror.PortName
		verbs      string
	}{
		"one more":     {[][]mirror.PortName{{"d1"}}, [][]mirror.PortName{{"d1", "d2"}}, "change"},
		"one less":     {[][]mirror.PortName{{"d1", "d2"}}, [][]mirror.PortName{{"d2"}}, "change"},
		"another":      {[][]mirror.PortName{{"d1"}}, [][]mirror.PortName{{"d2"}}, "delete create"},
		"taken apart":  {[][]mirror.PortName{{"d1", "d2"}}, [][]mirror.PortName{{"d1"}, {"d2"}}, "change create"},
		"put together": {[][]mirror.PortName{{"d1"}, {"d2"}}, [][]mirror.PortName{{"d1", "d2"}}, "delete change"},
	} {
		info := plan.DeviceInfo{Device: mirror.Device{Name: "sw"}, Instance: me, Capabilities: mirror.Capabilities{NativeIDs: &mirror.IDRange{From: 1, To: 9}}}
		for i, ports := range c.have {
			mark, id := mirror.Mark(me, "sw", spec(ports...)), fmt.Sprint(i+1)
			info.Ledger = append(info.Ledger, mirror.Native{Device: "sw", Mark: mark, ID: id, Spec: spec(ports...)})
			info.Observation.Natives = append(info.Observation.Natives, mirror.NativeSession{ID: id, Spec: spec(ports...)})
		}
		var fragments []mirror.Fragment
		for _, ports := range c.want {
			fragments = append(fragments, mirror.Fragment{Session: "s", Device: "sw", Spec: spec(ports...)})
		}
		var verbs []string
		for _, change := range plan.Diff(plan.Compose(me, "sw", fragments), info) {
			verbs = append(verbs, change.Verb())
		}
		if got := strings.Join(verbs, " "); got != c.verbs {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestEachDeviceSendsFromItsOwnAddress, and the others from the common one.
func TestEachDeviceSendsFromItsOwnAddress(t *testing.T) {
	both := func(s *mirror.Session) {
		s.Sources = append(s.Sources, mirror.Source{Device: "acc2", Interface: "p1"}, mirror.Source{Device: "core", Interface: "p1"})
	}
	origins := func(o ...mirror.Origin) func(*mirror.Session) {
		return byTunnel(mirror.ERSPAN{ID: 7, Origin: "192.0.2.1", Origins: o})
	}
	ex, reasons := plan.Expand(far(both, away, origins(mirror.Origin{Device: "acc2", Address: "192.0.2.2"}, mirror.Origin{Device: "core", Address: "192.0.2.3"})), farSite())
	var got []string
	for _, f := range ex.Fragments {
		got = append(got, f.Device+" "+f.Spec.Options.ERSPAN.Origin)
		if f.Spec.Options.ERSPAN.Origins != nil {
			t.Errorf("a device is told of the others: %+v", f.Spec.Options.ERSPAN)
		}
	}
	if diff := cmp.Diff([]string{"acc1 192.0.2.1", "acc2 192.0.2.2", "core 192.0.2.3"}, got); len(reasons) > 0 || diff != "" {
		t.Errorf("%v %s", reasons, diff)
	}
	_, reasons = plan.Expand(far(away, origins(mirror.Origin{Device: "acc1", Address: "192.0.2.2"}, mirror.Origin{Device: "acc1", Address: "192.0.2.3"}, mirror.Origin{Device: "core", Address: "192.0.2.3"})), farSite())
	if diff := cmp.Diff([]string{"/erspan/origins/1/device duplicate-device", "/erspan/origins/2/device contradiction"}, codes(reasons)); diff != "" {
		t.Error(diff)
	}
	faults := far(away, origins(mirror.Origin{Device: "X", Address: "here"})).Validate()
	if diff := cmp.Diff([]string{"/erspan/origins/0/device bad-name", "/erspan/origins/0/address bad-address"}, codes(faults)); diff != "" {
		t.Error(diff)
	}
}
