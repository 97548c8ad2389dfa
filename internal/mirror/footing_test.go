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
	ports := rapid.SliceOfNDistinct(rapid.SampledFrom([]mirror.PortName{"t1", "t2", "t3"}), 0, 3, rapid.ID)
	f.Trunks, f.Ports = ports.Draw(t, label+" trunks"), ports.Draw(t, label+" ports")
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

// TestWhatIsNoPartStays: the entries of a list and the way of a tunnel say what it is;
// without what netmirror added it holds nothing of netmirror's.
func TestWhatIsNoPartStays(t *testing.T) {
	way := &mirror.Tunnel{From: "192.0.2.1", To: "192.0.2.9"}
	for _, f := range []mirror.Footing{
		{Kind: mirror.FootingFilter, Name: "nm-web", Rules: []mirror.Entry{{Protocol: 6}}, Session: "nm-s", Ports: []mirror.PortName{"p2", "p1"}, Made: true},
		{Kind: mirror.FootingTunnel, Name: "tunnel-ip7", Tunnel: way, Made: true},
	} {
		rest := f.Minus(f)
		if !rest.Empty() || len(rest.Rules) != len(f.Rules) || rest.Session != f.Session || rest.Tunnel != f.Tunnel {
			t.Errorf("%+v without its parts: %+v", f, rest)
		}
		if whole := f.Key().Plus(f); !whole.Spec().Equal(f.Spec()) {
			t.Errorf("%+v added to its key: %+v", f, whole)
		}
		if f.Spec().Equal(rest.Spec()) || mirror.Mark("i", "d", f.Spec()) != mirror.Mark("i", "d", rest.Spec()) {
			t.Errorf("%+v and %+v: parts decide about the mark, or about nothing", f, rest)
		}
	}
}

// TestSessionsStandOnTheirGround: whoever made it.
func TestSessionsStandOnTheirGround(t *testing.T) {
	tunnel, origin := mirror.Footing{Kind: mirror.FootingTunnel, Name: "tunnel-ip7"}, mirror.Footing{Kind: mirror.FootingOrigin, Name: "192.0.2.1"}
	out := mirror.NativeSpec{Role: mirror.RoleERSPANSource, Options: mirror.Options{Tunnel: "tunnel-ip7", ERSPAN: &mirror.ERSPAN{Origin: "192.0.2.1"}}}
	end := mirror.NativeSpec{Role: mirror.RoleERSPANDestination, Options: mirror.Options{ERSPAN: &mirror.ERSPAN{Origin: "192.0.2.1"}}}
	if !tunnel.Under(out) || !origin.Under(out) || tunnel.Under(end) || origin.Under(end) || tunnel.Under(mirror.NativeSpec{}) {
		t.Errorf("tunnel under %v %v, origin under %v %v", tunnel.Under(out), tunnel.Under(end), origin.Under(out), origin.Under(end))
	}
}

// TestTunnelsAreNamedByTheWay: one way, one name; it is in the range that netmirror
// gives, and no other name is.
func TestTunnelsAreNamedByTheWay(t *testing.T) {
	names := mirror.Tunnels{Prefix: "tunnel-ip", From: 20000, To: 29999}
	base := mirror.Tunnel{From: "192.0.2.1", To: "192.0.2.9"}
	seen := map[string]mirror.Tunnel{}
	for _, way := range []mirror.Tunnel{base, {From: base.From, To: base.To, TTL: 9}, {From: base.From, To: base.To, DSCP: 9}, {From: base.From, To: base.To, VRF: "a"}, {From: base.To, To: base.From}} {
		name := names.Name(way)
		if other, twice := seen[name]; twice || name != names.Name(way) || !names.Ours(name) {
			t.Errorf("%v and %v: %s", way, other, name)
		}
		seen[name] = way
	}
	for _, name := range []string{"tunnel-ip19999", "tunnel-ip30000", "tunnel-ip020000", "tunnel-ip", "Tunnel20000", "tunnel-ip20000.1"} {
		if names.Ours(name) {
			t.Errorf("%s is one of netmirror's", name)
		}
	}
	// As it stands on devices.
	if got := names.Name(base); got != "tunnel-ip22738" {
		t.Errorf("named %s", got)
	}
	// One number alone, as a platform may have it.
	if one := (mirror.Tunnels{Prefix: "gr", From: 7, To: 7}).Name(base); one != "gr7" {
		t.Errorf("of one number: %s", one)
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
