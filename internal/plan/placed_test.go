package plan_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// rows are a device that has an entry for each source of each destination, with nothing
// that says whose it is.
type rows map[mirror.PortName]map[mirror.PortName]mirror.Direction

func (r rows) natives() []mirror.NativeSession {
	var out []mirror.NativeSession
	for dest, sources := range r {
		spec := mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{dest}}
		for src, direction := range sources {
			spec.Sources = append(spec.Sources, mirror.NativeSource{Port: src, Direction: direction})
		}
		if len(sources) > 0 {
			out = append(out, mirror.NativeSession{ID: string(dest), Spec: spec.Normalize()})
		}
	}
	return out
}

func drawRows(t *rapid.T, name string) rows {
	out := rows{}
	for _, dest := range []mirror.PortName{"d1", "d2"} {
		out[dest] = map[mirror.PortName]mirror.Direction{}
		for _, src := range rapid.SliceOfDistinct(rapid.SampledFrom([]mirror.PortName{"p1", "p2", "p3"}), rapid.ID).Draw(t, name+string(dest)) {
			out[dest][src] = rapid.SampledFrom([]mirror.Direction{mirror.RX, mirror.TX, mirror.Both}).Draw(t, "direction")
		}
	}
	return out
}

// TestRowsOfAnotherHandStay: whatever is wanted and was made, a device that does the
// changes entry by entry ends with what is wanted, and with every entry of another hand as
// it was.
func TestRowsOfAnotherHandStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		theirs, ours, wanted := drawRows(t, "theirs"), drawRows(t, "ours"), drawRows(t, "wanted")
		info := plan.DeviceInfo{Device: mirror.Device{Name: "sw"}, Instance: me, Capabilities: mirror.Capabilities{Naming: mirror.Placed}}
		device := rows{}
		for _, dest := range []mirror.PortName{"d1", "d2"} {
			device[dest] = map[mirror.PortName]mirror.Direction{}
			for src, d := range theirs[dest] {
				device[dest][src] = d
			}
			for _, of := range []rows{ours, wanted} { // what is theirs is never asked for: a submit refuses it
				for src := range of[dest] {
					if _, foreign := theirs[dest][src]; foreign {
						delete(of[dest], src)
					}
				}
			}
			for src, d := range ours[dest] {
				device[dest][src] = d
			}
		}
		fragments := func(r rows) (out []mirror.Fragment) {
			for _, n := range r.natives() {
				out = append(out, mirror.Fragment{Session: n.ID, Device: "sw", Spec: n.Spec})
			}
			return out
		}
		for _, d := range plan.Compose(me, "sw", fragments(ours)) {
			info.Ledger = append(info.Ledger, mirror.Native{Device: "sw", Mark: d.Mark, ID: string(d.Spec.Destinations[0]), Spec: d.Spec})
		}
		info.Observation.Natives = device.natives()
		lost := plan.Lost(info)
		for _, c := range plan.Diff(plan.Compose(me, "sw", fragments(wanted)), info) {
			if _, ok := lost[c.Mark]; ok {
				continue
			}
			var dest mirror.PortName
			for _, n := range []*mirror.NativeSession{c.Before, c.After} {
				if n != nil {
					if dest = n.Spec.Destinations[0]; n.ID != string(dest) {
						t.Fatalf("the session of %s is called %q", dest, n.ID)
					}
				}
			}
			if c.Before != nil {
				for _, s := range c.Before.Spec.Sources {
					delete(device[dest], s.Port)
				}
			}
			if c.After != nil {
				for _, s := range c.After.Spec.Sources {
					device[dest][s.Port] = s.Direction
				}
			}
		}
		for _, dest := range []mirror.PortName{"d1", "d2"} {
			for src, d := range theirs[dest] {
				if device[dest][src] != d {
					t.Fatalf("%s to %s was %s and is %q", src, dest, d, device[dest][src])
				}
			}
			if len(wanted[dest])+len(theirs[dest]) != len(device[dest]) {
				t.Fatalf("%v is copied to %s; theirs are %v, wanted %v", device[dest], dest, theirs[dest], wanted[dest])
			}
		}
	})
}

// TestWhatStandsBesideOursIsTold, is not repaired, and is asked for in vain.
func TestWhatStandsBesideOursIsTold(t *testing.T) {
	port := func(p mirror.PortName) mirror.NativeSource {
		return mirror.NativeSource{Port: p, Direction: mirror.RX}
	}
	spec := mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{port("p1")}, Destinations: []mirror.PortName{"d1"}}
	there := spec
	there.Sources = []mirror.NativeSource{port("p1"), port("p9")}
	mark := mirror.Mark(me, "sw", spec)
	all := map[mirror.Direction]mirror.Support{mirror.RX: {Level: mirror.Yes}}
	info := plan.DeviceInfo{Device: mirror.Device{Name: "sw"}, Instance: me,
		Capabilities: mirror.Capabilities{Naming: mirror.Placed, Roles: map[mirror.Role]mirror.Support{mirror.RoleLocal: {Level: mirror.Yes}},
			Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{mirror.SourcePort: all}},
		Ledger: []mirror.Native{{Device: "sw", Mark: mark, ID: "d1", Spec: spec}}}
	info.Observation.At = time.Unix(1, 0)
	info.Observation.Natives = []mirror.NativeSession{{ID: "d1", Spec: there}}
	info.Observation.Ports = []mirror.Port{{Name: "p1"}, {Name: "p9"}, {Name: "d1"}}
	if list := plan.Diff(plan.Compose(me, "sw", []mirror.Fragment{{Device: "sw", Spec: spec}}), info); len(list) != 0 {
		t.Errorf("there is to %s: %+v", list[0].Verb(), list)
	}
	if got := plan.Beside(info, mark); !slices.Equal(got, []mirror.NativeSource{port("p9")}) || plan.SourcesText(got) != "port p9 rx" {
		t.Errorf("%+v", got)
	}
	reasons := plan.Check(mirror.Fragment{Device: "sw", Spec: there}, plan.Expansion{}, nil, info)
	if !slices.ContainsFunc(reasons, func(r mirror.Reason) bool { return r.Code == "source-in-use" }) {
		t.Errorf("asked for what is another hand's: %+v", reasons)
	}
	info.Observation.Natives[0].Spec.Sources = []mirror.NativeSource{port("p9")} // ours was taken away
	if lost := plan.Lost(info); lost[mark] != "d1" {
		t.Errorf("%+v", lost)
	}
}
