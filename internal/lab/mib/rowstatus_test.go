package mib

import "testing"

// TestRowsLiveByTheTableOfRFC2579: every status with every wish.
func TestRowsLiveByTheTableOfRFC2579(t *testing.T) {
	states := []RowStatus{Absent, NotReady, NotInService, Active}
	type end struct {
		at     RowStatus
		status Status
	}
	same := func(want Status) (out [4]end) {
		for i, s := range states {
			out[i] = end{s, want}
		}
		return out
	}
	all := func(at RowStatus) [4]end { return [4]end{{at, NoError}, {at, NoError}, {at, NoError}, {at, NoError}} }
	refused := func(first end) [4]end { e := same(InconsistentValue); e[0] = first; return e }
	for _, c := range []struct {
		name     string
		row      Row
		want     RowStatus
		complete bool
		ends     [4]end // from absent, notReady, notInService, active
	}{
		{"created", Row{}, CreateAndGo, true, refused(end{Active, NoError})},
		{"created without all", Row{}, CreateAndGo, false, same(InconsistentValue)},
		{"not created at once", Row{NoCreateAndGo: true}, CreateAndGo, true, same(InconsistentValue)},
		{"created to wait", Row{}, CreateAndWait, true, refused(end{NotInService, NoError})},
		{"created to wait without all", Row{}, CreateAndWait, false, refused(end{NotReady, NoError})},
		{"never waits", Row{NoCreateAndWait: true}, CreateAndWait, true, refused(end{Absent, WrongValue})},
		{"active", Row{}, Active, true, [4]end{{Absent, InconsistentValue}, {Active, NoError}, {Active, NoError}, {Active, NoError}}},
		{"active without all", Row{}, Active, false, [4]end{{Absent, InconsistentValue}, {NotReady, InconsistentValue}, {NotInService, InconsistentValue}, {Active, NoError}}},
		{"out of service", Row{}, NotInService, true, [4]end{{Absent, InconsistentValue}, {NotInService, NoError}, {NotInService, NoError}, {NotInService, NoError}}},
		{"out of service without all", Row{}, NotInService, false, [4]end{{Absent, InconsistentValue}, {NotReady, InconsistentValue}, {NotInService, NoError}, {NotInService, NoError}}},
		{"stays in service", Row{Stays: true}, NotInService, true, [4]end{{Absent, InconsistentValue}, {NotInService, NoError}, {NotInService, NoError}, {Active, WrongValue}}},
		{"destroyed", Row{}, Destroy, false, all(Absent)},
		{"not ready", Row{}, NotReady, true, same(WrongValue)},
		{"unknown", Row{}, 7, true, same(WrongValue)},
	} {
		for i, at := range states {
			if got, status := c.row.Next(at, c.want, c.complete); got != c.ends[i].at || status != c.ends[i].status {
				t.Errorf("%s: from %d to %d with %d, want %+v", c.name, at, got, status, c.ends[i])
			}
		}
	}
}
