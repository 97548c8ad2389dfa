package plan_test

import (
	"slices"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// expandFiltered is the one fragment of a session with a filter on a device.
func expandFiltered(t *testing.T, device string, rules ...mirror.FilterRule) mirror.Fragment {
	t.Helper()
	info := switchInfo(func(i *plan.DeviceInfo) { i.Device.Name, i.Capabilities.Filter = device, yes })
	s := wish("d1", port("p1"))
	s.Sources[0].Device, s.Destinations[0].Device, s.Filter = device, device, "web"
	ex, reasons := plan.Expand(s, plan.Site{Devices: map[string]plan.DeviceInfo{device: info}, Filter: &mirror.Filter{Name: "web", Rules: rules}})
	if len(reasons) > 0 || len(ex.Fragments) != 1 {
		t.Fatalf("%d fragments, %v", len(ex.Fragments), codes(reasons))
	}
	return ex.Fragments[0]
}

// On a device a filter is an access list that goes by its meaning: another meaning
// is another list, and another native session points to it.
func TestAFilterIsKnownByItsMeaning(t *testing.T) {
	https := mirror.FilterRule{Action: "permit", Protocol: "tcp", DestinationPort: "443"}
	first := expandFiltered(t, "sw", https)
	same := expandFiltered(t, "sw", mirror.FilterRule{Action: "permit", Protocol: "6", DestinationPort: "443-443"})
	if first.Spec.Options.Filter == "" || first.Spec.Options.Filter != same.Spec.Options.Filter || !first.Spec.Equal(same.Spec) {
		t.Errorf("one meaning, lists %q and %q", first.Spec.Options.Filter, same.Spec.Options.Filter)
	}
	from, to := expandFiltered(t, "sw", mirror.FilterRule{Action: "permit", Source: "0.0.0.0/0"}), expandFiltered(t, "sw", mirror.FilterRule{Action: "permit", Destination: "0.0.0.0/0"})
	if !from.Spec.Equal(to.Spec) {
		t.Errorf("any of IPv4 said once and said twice: %+v, %+v", from.Spec.Rules, to.Spec.Rules)
	}
	names := []string{first.Spec.Options.Filter}
	marks := []string{mirror.Mark(me, "sw", first.Spec)}
	for what, f := range map[string]mirror.Fragment{
		"another port":   expandFiltered(t, "sw", mirror.FilterRule{Action: "permit", Protocol: "tcp", DestinationPort: "444"}),
		"one more rule":  expandFiltered(t, "sw", https, mirror.FilterRule{Action: "permit", Protocol: "udp"}),
		"another order":  expandFiltered(t, "sw", mirror.FilterRule{Action: "permit", Protocol: "udp"}, https),
		"another device": expandFiltered(t, "sw9", https),
	} {
		name, mark := f.Spec.Options.Filter, mirror.Mark(me, "sw", f.Spec)
		if slices.Contains(names, name) || slices.Contains(marks, mark) {
			t.Errorf("%s: list %s, mark %s are taken", what, name, mark)
		}
		names, marks = append(names, name), append(marks, mark)
	}
	// The native session names its list and does not hold the rules.
	session := first.Spec.Parts()[0]
	if session.Rules != nil || session.Options.Filter != first.Spec.Options.Filter || mirror.Mark(me, "sw", session) != marks[0] {
		t.Errorf("the native session is %+v", session)
	}
}

func TestAFilterIsRefusedWhereItCannotBe(t *testing.T) {
	s := wish("d1", port("p1"))
	s.Filter = "web"
	if _, reasons := plan.Expand(s, plan.Site{Devices: map[string]plan.DeviceInfo{"sw": switchInfo()}}); len(reasons) != 1 ||
		reasons[0].Code != "unknown-filter" || reasons[0].Message != `there is no filter "web"` {
		t.Errorf("without the filter: %v", reasons)
	}
	for _, c := range []struct {
		filter mirror.Support
		source string
		want   []string
	}{
		{mirror.Support{Remark: "the switch has no filters", Source: "sheet 9"}, "10.0.0.0/8", []string{"/filter unsupported"}},
		{yes, "10.0.0.0/8", nil},
		{yes, "2001:db8::/32", []string{"/filter not-served"}},
		{yes, "", []string{"/filter several-families"}},
	} {
		info := switchInfo(func(i *plan.DeviceInfo) { i.Capabilities.Filter = c.filter })
		ex, reasons := plan.Expand(s, plan.Site{Devices: map[string]plan.DeviceInfo{"sw": info},
			Filter: &mirror.Filter{Name: "web", Rules: []mirror.FilterRule{{Action: "permit", Source: c.source}}}})
		if len(reasons) > 0 {
			t.Fatal(reasons)
		}
		if got := codes(plan.Check(ex.Fragments[0], ex, nil, info)); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.filter, got, c.want)
		}
	}
}

// An access list is made before the session points to it, made anew when somebody
// edited it, and goes with the last session that needs it.
func TestAnAccessListIsAFooting(t *testing.T) {
	f := expandFiltered(t, "sw", mirror.FilterRule{Action: "permit", Protocol: "tcp", Source: "10.0.0.0/8"})
	parts := f.Spec.Parts()
	list := parts[len(parts)-1].Footing
	if list == nil || list.Kind != mirror.FootingFilter || list.Name != f.Spec.Options.Filter || len(list.Rules) != 1 {
		t.Fatalf("parts: %+v", parts)
	}
	mark := mirror.Mark(me, "sw", list.Spec())
	ours := *list
	ours.Made = true
	edited := *list
	edited.Rules = append([]mirror.Entry{{Protocol: mirror.ProtoUDP, Source: mirror.IPv4.Any(), Destination: mirror.IPv4.Any()}}, list.Rules...)
	for _, c := range []struct {
		name   string
		ledger bool
		device []mirror.Footing
		wanted bool
		want   string // what becomes of the list
	}{
		{"nothing there", false, nil, true, "create"},
		{"ours, as made", true, []mirror.Footing{*list}, true, ""},
		{"ours, edited", true, []mirror.Footing{edited}, true, "change"},
		{"ours, emptied", true, []mirror.Footing{{Kind: list.Kind, Name: list.Name}}, true, "change"},
		{"ours, forgotten", false, []mirror.Footing{*list}, true, ""},
		{"ours, forgotten and edited", false, []mirror.Footing{edited}, true, "change"},
		{"ours, taken away", true, nil, true, "create"},
		{"not wanted any more", true, []mirror.Footing{*list}, false, "delete"},
		{"not wanted, edited", true, []mirror.Footing{edited}, false, "delete"},
		{"not wanted, gone", true, nil, false, ""},
		{"of another hand", false, []mirror.Footing{{Kind: mirror.FootingFilter, Name: "SECURITY"}}, false, ""},
	} {
		info := switchInfo(func(i *plan.DeviceInfo) { i.Observation.Footings = c.device })
		if c.ledger {
			info.Ledger = []mirror.Native{{Device: "sw", Mark: mark, ID: ours.ID(), Spec: ours.Spec()}}
		}
		var fragments []mirror.Fragment
		if c.wanted {
			fragments = append(fragments, f)
		}
		got := ""
		changes := plan.Diff(plan.Compose(me, "sw", fragments), info)
		for _, change := range changes {
			if change.Mark == mark {
				got = change.Verb()
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if first := plan.Stage(changes, false); (c.want == "create" || c.want == "change") && (len(first) != 1 || first[0].Mark != mark) {
			t.Errorf("%s: not the list first: %+v", c.name, first)
		}
	}
}

// A list of ours that stands at some of a port's sub-interfaces is held there, and nowhere
// else of that port.
func TestAListIsHeldWhereItStands(t *testing.T) {
	list := mirror.Footing{Kind: mirror.FootingFilter, Name: "ours", Ports: []mirror.PortName{"p1", "p1.1", "p2"}, Made: true}
	port := func(name, parent mirror.PortName, lists ...string) mirror.Port {
		return mirror.Port{Name: name, Parent: parent, Lists: lists}
	}
	for name, c := range map[string]struct {
		ports []mirror.Port
		want  []mirror.PortName
	}{
		"at the ports":     {[]mirror.Port{port("p1", "", "ours"), port("p1.0", "p1", "ours"), port("p1.1", "p1", "ours"), port("p2", "", "ours")}, []mirror.PortName{"p1", "p1.1", "p2"}},
		"in part":          {[]mirror.Port{port("p1", "", "theirs"), port("p1.0", "p1", "theirs"), port("p1.1", "p1", "ours"), port("p2", "", "ours")}, []mirror.PortName{"p1.1", "p2"}},
		"at another port":  {[]mirror.Port{port("p1", ""), port("p3", "", "ours"), port("p3.0", "p3", "ours")}, nil},
		"nowhere any more": {[]mirror.Port{port("p1", ""), port("p1.0", "p1"), port("p2", "")}, nil},
	} {
		o := mirror.Observation{Ports: c.ports, Footings: []mirror.Footing{{Kind: list.Kind, Name: list.Name}}}
		if got := plan.Held(mirror.Native{Spec: list.Spec()}, o); !slices.Equal(got.Ports, c.want) || !got.Made {
			t.Errorf("%s: %+v, want ports %v", name, got, c.want)
		}
	}
}
