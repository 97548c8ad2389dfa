package plan_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

func endingAt(ports ...mirror.PortName) mirror.Fragment {
	return mirror.Fragment{Session: "s", Device: "sw", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: ports}}
}

// TestAChangedDestinationRenamesItsRow, with what it holds; one that stays keeps
// its row.
func TestAChangedDestinationRenamesItsRow(t *testing.T) {
	first, _ := plan.Aim("s", nil, []mirror.Fragment{endingAt("d1"), endingAt("d2")})
	for i := range first {
		first[i].Goal, first[i].Applied, first[i].Good, first[i].GoalRev = first[i].Target, first[i].Target, first[i].Target, int64(i)+7
	}
	next, renamed := plan.Aim("s", slices.Clone(first), []mirror.Fragment{endingAt("d3", "d4"), endingAt("d2")})
	if len(next) != 2 || next[0].Ends != "d3,d4" || next[0].GoalRev != 7 || next[1].Ends != "d2" || next[1].GoalRev != 8 {
		t.Errorf("%+v", next)
	}
	if len(renamed) != 1 || renamed[0] != first[0].Key() {
		t.Errorf("renamed %v", renamed)
	}
	gone, renamed := plan.Aim("s", slices.Clone(first), []mirror.Fragment{endingAt("d2")})
	if len(gone) != 2 || gone[0].Target != nil || gone[0].Ends != "d1" || gone[1].Target == nil || renamed != nil {
		t.Errorf("%+v %v", gone, renamed)
	}
}

// TestRowsHaveDifferentNames whatever is asked, ends well or is turned back.
func TestRowsHaveDifferentNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []mirror.Placement
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"ask", "ask", "end", "back"}).Draw(t, "step") {
			case "ask":
				var wanted []mirror.Fragment
				for _, p := range rapid.SliceOfNDistinct(rapid.SampledFrom([]mirror.PortName{"d1", "d2", "d3", "d4"}), 0, 3, rapid.ID).Draw(t, "ports") {
					wanted = append(wanted, endingAt(p))
				}
				rows, _ = plan.Aim("s", rows, wanted)
				for _, f := range wanted {
					if !slices.ContainsFunc(rows, func(r mirror.Placement) bool { return r.Target != nil && r.Target.Spec.Ends() == f.Spec.Ends() }) {
						t.Fatalf("nothing aims at %s: %+v", f.Spec.Ends(), rows)
					}
				}
			case "end":
				for i := range rows {
					rows[i].Good = rows[i].Target
				}
				rows = slices.DeleteFunc(rows, func(r mirror.Placement) bool { return r.Target == nil })
			case "back":
				for i := range rows {
					rows[i].Aim(rows[i].Good)
				}
			}
			seen := map[mirror.PlacementKey]bool{}
			for _, r := range rows {
				if seen[r.Key()] {
					t.Fatalf("two rows are named %v: %+v", r.Key(), rows)
				}
				seen[r.Key()] = true
				if r.Target != nil && r.Target.Spec.Ends() != r.Ends {
					t.Fatalf("a row is named %q and aims at %q", r.Ends, r.Target.Spec.Ends())
				}
			}
		}
	})
}
