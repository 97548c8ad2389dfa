package worker

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestARowMadeAnewIsNotTheOneThatWasSeen: revisions start again with a row, so
// an equal number must come with an equal goal.
func TestARowMadeAnewIsNotTheOneThatWasSeen(t *testing.T) {
	old, other := &mirror.Fragment{Session: "a", Device: "sw1"}, &mirror.Fragment{Session: "a", Device: "sw1", Force: true}
	for name, c := range map[string]struct {
		row, seen mirror.Placement
		want      bool
	}{
		"the same":          {mirror.Placement{Goal: old, GoalRev: 2}, mirror.Placement{Goal: old, GoalRev: 2}, false},
		"the goal moved on": {mirror.Placement{Goal: other, GoalRev: 3}, mirror.Placement{Goal: old, GoalRev: 2}, false},
		"made anew":         {mirror.Placement{Goal: other, GoalRev: 1}, mirror.Placement{Goal: old, GoalRev: 1}, true},
		"not moved yet":     {mirror.Placement{}, mirror.Placement{Goal: old, GoalRev: 1}, true},
	} {
		if got := remade(c.row, c.seen); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestMissingIsWhatIsNotCopied to the destination, in the directions.
func TestMissingIsWhatIsNotCopied(t *testing.T) {
	spec := func(to mirror.PortName, sources ...mirror.NativeSource) mirror.NativeSpec {
		return mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{to}, Sources: sources}
	}
	port := func(p mirror.PortName, d mirror.Direction) mirror.NativeSource {
		return mirror.NativeSource{Port: p, Direction: d}
	}
	want := spec("d1", port("p1", mirror.RX), port("p2", mirror.Both), mirror.NativeSource{VLAN: 7, Direction: mirror.RX})
	shut := want
	shut.Shut = true
	for name, c := range map[string]struct {
		is   *mirror.NativeSpec
		want []mirror.NativeSource
	}{
		"gone":                {nil, want.Sources},
		"shut down":           {&shut, want.Sources},
		"the same":            {&want, nil},
		"with others":         {ptr(spec("d1", append(want.Sources, port("p9", mirror.RX))...)), nil},
		"in two parts":        {ptr(spec("d1", port("p2", mirror.RX), port("p1", mirror.RX), port("p2", mirror.TX), want.Sources[2])), nil},
		"to elsewhere":        {ptr(spec("d2", want.Sources...)), want.Sources},
		"one direction":       {ptr(spec("d1", port("p1", mirror.TX), port("p2", mirror.TX), want.Sources[2])), []mirror.NativeSource{port("p1", mirror.RX), port("p2", mirror.RX)}},
		"a port for the VLAN": {ptr(spec("d1", port("p1", mirror.RX), port("p2", mirror.Both))), want.Sources[2:]},
		"to a remote VLAN":    {&mirror.NativeSpec{Role: mirror.RoleRSPANSource, RemoteVLAN: 900, Sources: want.Sources}, want.Sources},
	} {
		var is *mirror.NativeSession
		if c.is != nil {
			is = &mirror.NativeSession{Spec: *c.is}
		}
		if diff := cmp.Diff(mirror.NativeSpec{Sources: c.want}.Normalize().Sources, mirror.NativeSpec{Sources: missing(want, is)}.Normalize().Sources); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

func ptr[T any](v T) *T { return &v }
