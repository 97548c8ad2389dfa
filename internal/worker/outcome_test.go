package worker

import (
	"testing"

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
