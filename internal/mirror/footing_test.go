package mirror_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
)

func drawFooting(t *rapid.T, label string) mirror.Footing {
	f := mirror.Footing{Kind: mirror.FootingVLAN, VLAN: 900, Made: rapid.Bool().Draw(t, label+" made")}
	f.Trunks = rapid.SliceOfNDistinct(rapid.SampledFrom([]mirror.PortName{"t1", "t2", "t3"}), 0, 3, rapid.ID).Draw(t, label+" trunks")
	return f.Plus(mirror.Footing{})
}

// TestPartsAddUpAndComeOff: what two have together, without what one has, is what
// the other alone has.
func TestPartsAddUpAndComeOff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawFooting(t, "a"), drawFooting(t, "b")
		if diff := cmp.Diff(b.Minus(a), a.Plus(b).Minus(a)); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(a.Plus(b), b.Plus(a)); diff != "" {
			t.Fatal(diff)
		}
		if !a.Minus(a).Empty() || a.Key().Empty() != true {
			t.Fatalf("parts are left: %+v", a.Minus(a))
		}
	})
}

// TestAPortKeepsWhatItWasBefore: it has one setup, and its former state is not lost
// when the setup changes.
func TestAPortKeepsWhatItWasBefore(t *testing.T) {
	was := mirror.Footing{Kind: mirror.FootingPort, Port: "d1", Setup: &mirror.PortSetup{Up: true, Former: " shutdown"}}
	next := mirror.Footing{Kind: mirror.FootingPort, Port: "d1", Setup: &mirror.PortSetup{Access: 5}}
	if diff := cmp.Diff(&mirror.PortSetup{Access: 5, Former: " shutdown"}, next.Plus(was).Setup); diff != "" {
		t.Error(diff)
	}
	if next.Setup.Former != "" || !was.Minus(next).Empty() {
		t.Errorf("%+v %+v", next.Setup, was.Minus(next))
	}
}

// TestFootingsOfEveryKindAreToldApart, by id and by mark; a mark does not depend on
// their parts.
func TestFootingsOfEveryKindAreToldApart(t *testing.T) {
	seen := map[string]mirror.FootingKind{}
	for _, kind := range []mirror.FootingKind{mirror.FootingVLAN, mirror.FootingPort, mirror.FootingFilter, mirror.FootingTunnel, mirror.FootingOrigin} {
		f := mirror.Footing{Kind: kind, Made: true}
		switch kind {
		case mirror.FootingVLAN:
			f.VLAN = 900
		case mirror.FootingPort:
			f.Port = "900"
		default:
			f.Name = "900"
		}
		for _, name := range []string{f.ID(), mirror.Mark("i", "d", f.Spec())} {
			if other, twice := seen[name]; twice {
				t.Errorf("%s and %s are both %s", other, kind, name)
			}
			seen[name] = kind
		}
		if mirror.Mark("i", "d", f.Spec()) != mirror.Mark("i", "d", f.Key().Spec()) {
			t.Errorf("the mark of a %s depends on its parts", kind)
		}
	}
	// As they were when they were told as native sessions: databases hold them.
	vlan := mirror.Mark("77c7d8066b52417f", "acc-2", mirror.Footing{Kind: mirror.FootingVLAN, VLAN: 907, Made: true}.Spec())
	port := mirror.Mark("77c7d8066b52417f", "acc-2", mirror.Footing{Kind: mirror.FootingPort, Port: "GigabitEthernet1/0/12"}.Spec())
	if vlan != "nm-gbytzpgvvh" || port != "nm-3qz455dcdb" {
		t.Errorf("marks %s and %s", vlan, port)
	}
}

// A copy that leaves by a port-channel leaves once, by whichever of its members.
func TestCarriersAreTrunksAndNotTheirMembers(t *testing.T) {
	trunk := &mirror.Trunk{Allowed: mirror.VLANs(900)}
	o := mirror.Observation{Ports: []mirror.Port{
		{Name: "Po1", LAG: true, Members: []mirror.PortName{"m1", "m2"}, Trunk: trunk},
		{Name: "m1", Trunk: trunk}, {Name: "m2", Trunk: trunk},
		{Name: "t1", Trunk: trunk},
		{Name: "t2", Trunk: &mirror.Trunk{Allowed: mirror.VLANs(10)}},
		{Name: "alone", Members: []mirror.PortName{"alone"}, Trunk: trunk}, // a bond of Open vSwitch with one interface
		{Name: "access", Access: 900},
	}}
	var got []mirror.PortName
	for _, p := range o.Carriers(900) {
		got = append(got, p.Name)
	}
	if want := []mirror.PortName{"Po1", "t1", "alone"}; !slices.Equal(got, want) {
		t.Errorf("carriers %v, want %v", got, want)
	}
}
