package plan_test

import (
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// TestTheLimitThatBinds: on a small Catalyst two sessions with sources are all,
// whatever the numbers go up to; RSPAN destinations take none of the two.
func TestTheLimitThatBinds(t *testing.T) {
	source := mirror.NativeSession{Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "Gi1/0/1", Direction: mirror.RX}}}}
	arriving := mirror.NativeSession{Spec: mirror.NativeSpec{Role: mirror.RoleRSPANDestination, RemoteVLAN: 900}}
	limit := func(counts string, max int) mirror.Limit { return mirror.Limit{Counts: counts, Max: max} }
	small := []mirror.Limit{limit(mirror.LimitSessions, 66), limit(mirror.LimitSourceSessions, 2), limit(mirror.LimitDestinations, 1)}
	for name, c := range map[string]struct {
		limits  []mirror.Limit
		natives []mirror.NativeSession
		want    plan.Slot
		none    bool
	}{
		"nothing there":              {small, nil, plan.Slot{Limit: limit(mirror.LimitSourceSessions, 2)}, false},
		"full":                       {small, []mirror.NativeSession{source, source}, plan.Slot{Limit: limit(mirror.LimitSourceSessions, 2), Used: 2}, false},
		"copies that arrive":         {small, []mirror.NativeSession{source, arriving}, plan.Slot{Limit: limit(mirror.LimitSourceSessions, 2), Used: 1}, false},
		"by direction":               {[]mirror.Limit{limit(mirror.LimitRXSessions, 2), limit(mirror.LimitTXSessions, 4)}, []mirror.NativeSession{source}, plan.Slot{Limit: limit(mirror.LimitRXSessions, 2), Used: 1}, false},
		"the total is short":         {[]mirror.Limit{limit(mirror.LimitSourceSessions, 4), limit(mirror.LimitSessions, 4)}, []mirror.NativeSession{source, arriving}, plan.Slot{Limit: limit(mirror.LimitSessions, 4), Used: 2}, false},
		"no limit of sessions known": {[]mirror.Limit{limit(mirror.LimitDestinations, 1)}, []mirror.NativeSession{source}, plan.Slot{}, true},
	} {
		got, ok := plan.Binding(plan.Slots(mirror.Capabilities{Limits: c.limits}, mirror.Observation{Natives: c.natives}))
		if got != c.want || ok == c.none {
			t.Errorf("%s: %+v %v, want %+v", name, got, ok, c.want)
		}
	}
}
