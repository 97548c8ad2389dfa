package mirror

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a push makes counts as made for what goes with it, in the place of what stands, and
// what it takes away or changes does not stand in the way.
func TestWhatIsKnownBehindAPush(t *testing.T) {
	list := func(to string) Footing { return Footing{Kind: FootingFilter, Name: "nm-l", Session: to, Made: true} }
	side := func(id string, n NativeSpec) *NativeSession { return &NativeSession{ID: id, Spec: n} }
	theirs := Footing{Kind: FootingTunnel, Name: "tunnel-ip1"}
	o := Observation{Footings: []Footing{theirs, list("old")}, Natives: []NativeSession{{ID: "goes"}, {ID: "stays"}, {ID: "changes"}}}
	was := o.Footings[1]
	made := list("new")
	got := o.Behind([]Change{
		{Before: side("filter-nm-l", was.Spec()), After: side("filter-nm-l", made.Spec())},
		{After: side("vlan-9", Footing{Kind: FootingVLAN, VLAN: 9, Made: true}.Spec())}, // which has no name
		{Before: side("goes", NativeSpec{})}, {Before: side("changes", NativeSpec{}), After: side("changes", NativeSpec{})}, {After: side("comes", NativeSpec{})},
	})
	if f, ok := got.Footing(FootingFilter, "nm-l"); !ok || f.Session != "new" {
		t.Errorf("the list is %+v", f)
	}
	if _, ok := got.Footing(FootingTunnel, "tunnel-ip1"); !ok || len(got.Footings) != 3 {
		t.Errorf("footings %+v", got.Footings)
	}
	if d := cmp.Diff([]NativeSession{{ID: "stays"}}, got.Natives); d != "" {
		t.Errorf("sessions (-want +got):\n%s", d)
	}
	if len(o.Footings) != 2 || o.Footings[1].Session != "old" || len(o.Natives) != 3 || o.Natives[0].ID != "goes" {
		t.Errorf("what was observed is changed: %+v", o)
	}
}
