package plan

import (
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Aim gives the rows of a session the fragments as their targets, and the names
// that go with them. A fragment finds the row that last ended well where its
// copies end, else the one that bears its name, else one of its device and role
// that no other fragment finds: then the set of destinations has changed, and the
// row is renamed with all that it holds. renamed are the former keys, which have
// to be deleted before the rows are stored.
//
// That what ended well goes first keeps the names apart for the way back, see
// Placement.Good: no row takes the name that another one may have to go back to.
func Aim(session string, rows []mirror.Placement, fragments []mirror.Fragment) (aimed []mirror.Placement, renamed []mirror.PlacementKey) {
	before := len(rows)
	for i := range rows {
		rows[i].Target = nil
	}
	taken, found := make([]bool, len(rows)), make([]bool, len(fragments))
	for _, fits := range []func(mirror.Placement, string) bool{
		func(r mirror.Placement, ends string) bool { return r.Good != nil && r.Good.Spec.Ends() == ends },
		func(r mirror.Placement, ends string) bool { return r.Ends == ends },
		func(mirror.Placement, string) bool { return true },
	} {
		for j, f := range fragments {
			for i := range rows[:before] {
				r := &rows[i]
				if found[j] || taken[i] || r.Device != f.Device || r.Role != f.Spec.Role || !fits(*r, f.Spec.Ends()) {
					continue
				}
				taken[i], found[j] = true, true
				if key := r.Key(); f.Spec.Ends() != r.Ends {
					renamed = append(renamed, key)
				}
				r.Aim(&f)
			}
		}
	}
	for j, f := range fragments {
		if !found[j] {
			row := mirror.Placement{Session: session, Device: f.Device, Role: f.Spec.Role}
			row.Aim(&f)
			rows = append(rows, row)
		}
	}
	return rows, renamed
}

// Ask notes in the rows of a session, once they are aimed, what the intent wants
// where relief makes another thing of it: it stays the session's.
func Ask(session string, rows []mirror.Placement, asked []mirror.Fragment) []mirror.Placement {
	for i := range rows {
		rows[i].Asked = nil
	}
	for _, f := range asked {
		i := slices.IndexFunc(rows, func(r mirror.Placement) bool {
			return r.Device == f.Device && r.Role == f.Spec.Role && r.Ends == f.Spec.Ends()
		})
		if i < 0 {
			rows = append(rows, mirror.Placement{Session: session, Device: f.Device, Role: f.Spec.Role, Ends: f.Spec.Ends()})
			i = len(rows) - 1
		}
		if !SameFragment(rows[i].Target, &f) {
			rows[i].Asked = &f
		}
	}
	return rows
}
