package plan_test

import (
	"slices"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// TestANativeSessionHoldsWhatItsGrainSays: per direction and per source a session takes
// several native sessions, each with a mark of its own, which are shared, counted and
// compared like others.
func TestANativeSessionHoldsWhatItsGrainSays(t *testing.T) {
	for name, c := range map[string]struct {
		grain mirror.Grain
		want  []string
	}{
		"per destination": {mirror.PerDestination, []string{"p1 both, p2 rx"}},
		"per direction":   {mirror.PerDirection, []string{"p1 rx, p2 rx", "p1 tx"}},
		"per source":      {mirror.PerSource, []string{"p1 both", "p2 rx"}},
	} {
		info := switchInfo(func(i *plan.DeviceInfo) { i.Capabilities.Grain = c.grain })
		rx := mirror.Source{Interface: "p2", Direction: mirror.RX}
		ex, reasons := plan.Expand(wish("d1", port("p1"), rx), plan.Site{Devices: map[string]plan.DeviceInfo{"sw": info}})
		if len(reasons) > 0 || len(ex.Fragments) != 1 {
			t.Fatalf("%s: %+v %+v", name, reasons, ex.Fragments)
		}
		desired := plan.Compose(me, "sw", ex.Fragments)
		var got, marks []string
		for _, d := range desired {
			text := ""
			for _, s := range d.Spec.Sources {
				if text != "" {
					text += ", "
				}
				text += string(s.Port) + " " + string(s.Direction)
			}
			got = append(got, text)
			marks = append(marks, d.Mark)
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if all := mirror.Marks(me, "sw", ex.Fragments[0].Spec); !slices.Contains(all, mirror.Mark(me, "sw", ex.Fragments[0].Spec)) || len(all) != len(marks) {
			t.Errorf("%s: marks %v, of the native sessions %v", name, all, marks)
		}
		if reasons := plan.Check(ex.Fragments[0], ex, nil, info); len(reasons) > 0 {
			t.Errorf("%s: %+v", name, reasons)
		}
		info.Capabilities.Limits = []mirror.Limit{{Counts: mirror.LimitSessions, Scope: "device", Max: 1, Source: "sheet"}}
		if refused := len(plan.Check(ex.Fragments[0], ex, nil, info)) > 0; refused != (len(c.want) > 1) {
			t.Errorf("%s: one native session is all that fits, and it is refused: %v", name, refused)
		}
	}
}

// TestANameForLife: where a native session is known by its name alone, other options,
// and with them another mark, take another session. A row is renamed.
func TestANameForLife(t *testing.T) {
	cut := oursMade
	cut.Options.Truncate = 128
	for _, handle := range []string{"", "row-1"} {
		mark := mirror.Mark(me, "sw", oursMade)
		info, _ := owning(mirror.Capabilities{Naming: mirror.Named, Marks: handle != ""}, mirror.Native{Handle: handle},
			mirror.NativeSession{ID: mark, Mark: mark, Handle: handle, Spec: oursMade})
		var got []string
		for _, c := range plan.Diff([]plan.Desired{{Mark: mirror.Mark(me, "sw", cut), Spec: cut, Sessions: []string{"s"}}}, info) {
			got = append(got, c.Verb())
		}
		want := []string{"delete", "create"}
		if handle != "" {
			want = []string{"change"}
		}
		if !slices.Equal(got, want) {
			t.Errorf("handle %q: %v, want %v", handle, got, want)
		}
	}
}

// TestASourceStandsInSoManySessions: the limit counts foreign sessions and ours, by
// source, and united sessions once.
func TestASourceStandsInSoManySessions(t *testing.T) {
	frag := func(session, dest string, sources ...mirror.NativeSource) mirror.Fragment {
		return mirror.Fragment{Session: session, Device: "sw", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Sources: sources, Destinations: []mirror.PortName{mirror.PortName(dest)},
			Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}}
	}
	p1, p2, vlan := mirror.NativeSource{Port: "p1", Direction: mirror.RX}, mirror.NativeSource{Port: "p2", Direction: mirror.Both}, mirror.NativeSource{VLAN: 5, Direction: mirror.RX}
	theirs := mirror.NativeSession{ID: "theirs", Spec: frag("", "d3", mirror.NativeSource{Port: "p1", Direction: mirror.TX}, mirror.NativeSource{VLAN: 6, Direction: mirror.RX}).Spec}
	for name, c := range map[string]struct {
		mine    mirror.Fragment
		others  []mirror.Fragment
		foreign bool
		refused bool
	}{
		"alone":                            {mine: frag("s", "d1", p1, p2)},
		"in another of ours":               {mine: frag("s", "d1", p1), others: []mirror.Fragment{frag("o", "d2", p1)}, refused: true},
		"in the same with another session": {mine: frag("s", "d1", p1), others: []mirror.Fragment{frag("o", "d1", p1)}},
		"in a foreign one":                 {mine: frag("s", "d1", p1), foreign: true, refused: true},
		"another source":                   {mine: frag("s", "d1", p2), foreign: true},
		"another VLAN":                     {mine: frag("s", "d1", vlan), foreign: true},
	} {
		info := switchInfo(func(i *plan.DeviceInfo) {
			i.Capabilities.Limits = []mirror.Limit{{Counts: mirror.LimitSessionsPerSource, Scope: "device", Max: 1, Source: "sheet 3"}}
			if c.foreign {
				i.Observation.Natives = []mirror.NativeSession{theirs}
			}
		})
		reasons := plan.Check(c.mine, plan.Expansion{}, c.others, info)
		limited := slices.ContainsFunc(reasons, func(r mirror.Reason) bool { return r.Code == "limit" && r.Source == "sheet 3" })
		if limited != c.refused || len(reasons) > 0 != c.refused {
			t.Errorf("%s: %+v, want refused %v", name, reasons, c.refused)
		}
	}
}

// TestASubinterfaceIsAPartOfItsPort: what is copied from a subinterface crosses its port,
// so that neither may be a source where the other carries copies.
func TestASubinterfaceIsAPartOfItsPort(t *testing.T) {
	frag := func(session, dest, source string) mirror.Fragment {
		return mirror.Fragment{Session: session, Device: "sw", Spec: mirror.NativeSpec{Role: mirror.RoleLocal,
			Sources: []mirror.NativeSource{{Port: mirror.PortName(source), Direction: mirror.RX}}, Destinations: []mirror.PortName{mirror.PortName(dest)},
			Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}}
	}
	for name, c := range map[string]struct {
		mine, other mirror.Fragment
		foreign     bool
		refused     bool
	}{
		"of another port":            {mine: frag("s", "d1", "p1.7"), other: frag("o", "d2", "p3")},
		"of another's destination":   {mine: frag("s", "d1", "p1.7"), other: frag("o", "p1", "p3"), refused: true},
		"of a foreign destination":   {mine: frag("s", "d1", "p1.7"), other: frag("o", "p1", "p3"), foreign: true, refused: true},
		"into the port of a source":  {mine: frag("s", "p1", "p3"), other: frag("o", "d2", "p1.7"), refused: true},
		"into that of a foreign one": {mine: frag("s", "p1", "p3"), other: frag("o", "d2", "p1.7"), foreign: true, refused: true},
	} {
		info := switchInfo(func(i *plan.DeviceInfo) {
			i.Capabilities.Limits = nil
			i.Capabilities.Sources[mirror.SourceSub] = i.Capabilities.Sources[mirror.SourcePort]
			i.Observation.Ports = append(i.Observation.Ports, mirror.Port{Name: "p1.7", Kind: mirror.SourceSub, Parent: "p1"})
			if c.foreign {
				i.Observation.Natives = []mirror.NativeSession{{ID: "theirs", Spec: c.other.Spec}}
			}
		})
		others := []mirror.Fragment{c.other}
		if c.foreign {
			others = nil
		}
		reasons := plan.Check(c.mine, plan.Expansion{}, others, info)
		if refused := slices.ContainsFunc(reasons, func(r mirror.Reason) bool { return r.Code == "mirror-of-mirror" }); refused != c.refused || len(reasons) > 0 != c.refused {
			t.Errorf("%s: %+v, want refused %v", name, reasons, c.refused)
		}
	}
}
