package plan_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

func TestTheBrakesBounds(t *testing.T) {
	for _, c := range []struct {
		touched, missing, owned int
		stops                   bool
	}{
		{touched: 3, owned: 3}, // more than 3
		{touched: 4, owned: 4, stops: true},
		{touched: 4, owned: 13, stops: true}, // 30.8 %
		{touched: 4, owned: 14},              // 28.6 %
		{touched: 6, owned: 20},              // 30 %, not more
		{touched: 7, owned: 20, stops: true},
		{missing: 3, owned: 3},
		{missing: 8, owned: 8, stops: true}, // what vanished counts like what changed
		{touched: 2, missing: 2, owned: 4, stops: true},
		{touched: 2, missing: 2, owned: 14},
	} {
		for role, spec := range map[string]mirror.NativeSpec{"local": {Role: mirror.RoleLocal}, "footing": mirror.Footing{Kind: mirror.FootingVLAN, VLAN: 9}.Spec()} {
			n := &mirror.NativeSession{Spec: spec}
			var repairs []mirror.Change
			for i := range c.touched {
				// Deleted and made anew under its mark: one session, two changes.
				repairs = append(repairs, mirror.Change{Mark: fmt.Sprint("changed", i), Before: n}, mirror.Change{Mark: fmt.Sprint("changed", i), After: n})
			}
			for i := range c.missing {
				repairs = append(repairs, mirror.Change{Mark: fmt.Sprint("missing", i), After: n})
			}
			ledger := make([]mirror.Native, c.owned)
			for i := range ledger {
				ledger[i].Spec = spec
			}
			if got := plan.TooMuch(repairs, ledger); (got != "") != c.stops {
				t.Errorf("%s %+v: %q", role, c, got)
			}
		}
	}
	// Two sessions over a remote VLAN each are two, not four.
	local, vlan := &mirror.NativeSession{Spec: mirror.NativeSpec{Role: mirror.RoleRSPANSource}}, &mirror.NativeSession{Spec: mirror.Footing{Kind: mirror.FootingVLAN, VLAN: 9}.Spec()}
	repairs := []mirror.Change{{Mark: "a", After: local}, {Mark: "b", After: local}, {Mark: "c", After: vlan}, {Mark: "d", After: vlan}}
	ledger := []mirror.Native{{Spec: local.Spec}, {Spec: local.Spec}, {Spec: vlan.Spec}, {Spec: vlan.Spec}}
	if why := plan.TooMuch(repairs, ledger); why != "" {
		t.Errorf("two sessions with their remote VLANs: %s", why)
	}
	if plan.TooMany("p", 5) != "" || plan.TooMany("p", 6) == "" {
		t.Error("more than five devices of a platform stop its repairs, no fewer")
	}
}

func TestThreeRepairsWithinTheWindowAreAFight(t *testing.T) {
	now := time.Unix(1e9, 0)
	ago := func(ds ...time.Duration) []time.Time {
		var out []time.Time
		for _, d := range ds {
			out = append(out, now.Add(-d))
		}
		return out
	}
	for _, c := range []struct {
		repairs []time.Time
		fought  bool
	}{
		{nil, false},
		{ago(time.Minute, time.Second), false},
		{ago(9*time.Minute, time.Minute, time.Second), true},
		{ago(10*time.Minute, time.Minute, time.Second), false},
	} {
		if got := plan.Fought(c.repairs, now, plan.BrakeWindow); got != c.fought {
			t.Errorf("%v: %v", c.repairs, got)
		}
	}
	var remembered []time.Time
	for i := range 10 {
		remembered = plan.Repaired(remembered, now.Add(time.Duration(i)*time.Second))
	}
	if len(remembered) != 3 || !remembered[2].Equal(now.Add(9*time.Second)) {
		t.Errorf("the last three are remembered: %v", remembered)
	}
}

func TestAStartThatMovesIsAReboot(t *testing.T) {
	settled := time.Unix(1e9, 0)
	for _, c := range []struct {
		settled, started time.Time
		rebooted         bool
	}{
		{settled, settled.Add(time.Hour), true},
		{settled, settled.Add(2 * time.Minute), false}, // uptimes are told in minutes
		{settled, settled.Add(-time.Hour), false},
		{settled, time.Time{}, false},
		{time.Time{}, settled, false},
	} {
		if got := plan.Rebooted(c.settled, c.started); got != c.rebooted {
			t.Errorf("settled %v, started %v: %v", c.settled, c.started, got)
		}
	}
}

func TestTheEndOfALease(t *testing.T) {
	now := time.Unix(1e9, 0).UTC()
	until := now.Add(5 * time.Hour)
	hour, day := &mirror.Lease{Duration: time.Hour}, &mirror.Lease{Duration: 24 * time.Hour}
	old := mirror.SessionRecord{Session: mirror.Session{Lease: hour}, Expires: now.Add(10 * time.Minute)}
	for name, c := range map[string]struct {
		old   mirror.SessionRecord
		lease *mirror.Lease
		want  time.Time
	}{
		"none":                    {lease: nil},
		"none any more":           {old: old},
		"a duration":              {lease: hour, want: now.Add(time.Hour)},
		"an end":                  {lease: &mirror.Lease{Until: until}, want: until},
		"the same goes on":        {old: old, lease: &mirror.Lease{Duration: time.Hour}, want: old.Expires},
		"another begins":          {old: old, lease: day, want: now.Add(24 * time.Hour)},
		"an end for a duration":   {old: old, lease: &mirror.Lease{Until: until}, want: until},
		"one where there is none": {old: mirror.SessionRecord{}, lease: day, want: now.Add(24 * time.Hour)},
	} {
		if got := plan.LeaseEnd(c.old, mirror.Session{Lease: c.lease}, now); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	for _, c := range []struct {
		expires time.Time
		lapsed  bool
	}{{time.Time{}, false}, {now.Add(1), false}, {now, true}, {now.Add(-1), true}} {
		rec := mirror.SessionRecord{Session: mirror.Session{Enabled: true}, Expires: c.expires}
		if _, on := plan.Effective(rec, now); plan.Lapsed(rec, now) != c.lapsed || on == c.lapsed {
			t.Errorf("expires %v: lapsed %v", c.expires, plan.Lapsed(rec, now))
		}
	}
}
