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
		want   string
	}{
		{mirror.Support{Remark: "the switch has no filters", Source: "sheet 9"}, "/filter unsupported"},
		{yes, "/filter not-served"},
	} {
		info := switchInfo(func(i *plan.DeviceInfo) { i.Capabilities.Filter = c.filter })
		ex, reasons := plan.Expand(s, plan.Site{Devices: map[string]plan.DeviceInfo{"sw": info},
			Filter: &mirror.Filter{Name: "web", Rules: []mirror.FilterRule{{Action: "permit"}}}})
		if len(reasons) > 0 {
			t.Fatal(reasons)
		}
		if got := codes(plan.Check(ex.Fragments[0], ex, nil, info)); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%+v: %v, want %s", c.filter, got, c.want)
		}
	}
}
