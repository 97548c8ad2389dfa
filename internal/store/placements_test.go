package store

import (
	"reflect"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestFragmentsOfAPlacement are read as they were stored, and what is the same is decoded
// once.
func TestFragmentsOfAPlacement(t *testing.T) {
	some := func(port mirror.PortName) *mirror.Fragment {
		return &mirror.Fragment{Session: "s", Device: "d", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{port}}}
	}
	p := mirror.Placement{Session: "s", Device: "d", Role: mirror.RoleLocal, GoalRev: 3, Failure: "% Invalid input", Configured: mirror.Check{State: mirror.True}}
	settled, moving, apart := p, p, p
	settled.Target, settled.Good, settled.Goal, settled.Applied = some("p1"), some("p1"), some("p1"), some("p1")
	moving.Target, moving.Goal, moving.Applied = some("p2"), some("p2"), some("p1")
	apart.Target, apart.Asked, apart.Good, apart.Goal, apart.Applied = some("p1"), some("p2"), some("p3"), some("p4"), some("p5")
	for name, want := range map[string]mirror.Placement{"none": p, "settled": settled, "moving": moving, "apart": apart} {
		doc, err := encode(name, want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodePlacement(name, doc)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
		if name == "settled" && (got.Good != got.Target || got.Goal != got.Target || got.Applied != got.Target) {
			t.Errorf("%s: decoded more than once", name)
		}
	}
	for _, doc := range []string{`{"goal":7}`, `{"goalRev":"x"}`, `{"goal":{}`} {
		if got, err := decodePlacement("x", doc); err == nil {
			t.Errorf("%s gave %+v", doc, got)
		}
	}
}
