package plan_test

import (
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

func TestTheBrakesBounds(t *testing.T) {
	for _, c := range []struct {
		touched, created, owned int
		stops                   bool
	}{
		{touched: 3, owned: 3}, // more than 3
		{touched: 4, owned: 4, stops: true},
		{touched: 4, owned: 13, stops: true}, // 30.8 %
		{touched: 4, owned: 14},              // 28.6 %
		{touched: 6, owned: 20},              // 30 %, not more
		{touched: 7, owned: 20, stops: true},
		{created: 50, owned: 50}, // making again what is missing changes nothing
		{touched: 3, created: 9, owned: 3},
	} {
		var repairs []mirror.Change
		for range c.touched {
			repairs = append(repairs, mirror.Change{Before: &mirror.NativeSession{}})
		}
		for range c.created {
			repairs = append(repairs, mirror.Change{After: &mirror.NativeSession{}})
		}
		if got := plan.TooMuch(repairs, c.owned); (got != "") != c.stops {
			t.Errorf("%+v: %q", c, got)
		}
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
		if got := plan.Fought(c.repairs, now); got != c.fought {
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
