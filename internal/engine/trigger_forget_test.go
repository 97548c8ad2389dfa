package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// there reports whether a session is stored.
func (b *bench) there(name string) bool {
	_, err := b.Session(b.t.Context(), name)
	return err == nil
}

func (b *bench) forgetTriggered(at time.Time) {
	b.t.Helper()
	if err := b.ForgetTriggered(b.t.Context(), at); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) alive() []string {
	b.t.Helper()
	v, err := b.Trigger(b.t.Context(), "ids")
	if err != nil {
		b.t.Fatal(err)
	}
	return v.Alive
}

// TestWhatATriggerStartedIsForgotten once its lease has been over for as long as keep says,
// and not what somebody has made his own.
func TestWhatATriggerStartedIsForgotten(t *testing.T) {
	for _, keep := range []time.Duration{0, time.Hour} {
		b := newBench(t, nil, one())
		trigger := ids(time.Second)
		trigger.Keep, trigger.MaxSessions = keep, 2
		b.trigger(trigger)
		if got := b.fire("sw1:p1", "sw1:p2"); got != "started, started" {
			t.Fatal(got)
		}
		v := b.reach("ids-sw1-p1", mirror.Expired)
		b.reach("ids-sw1-p2", mirror.Expired)
		mine := b.phaseOf("ids-sw1-p2").Record.Session
		mine.Description = "mine"
		b.accepted(mine)
		if alive := b.alive(); len(alive) != 0 {
			t.Errorf("alive: %v", alive)
		}
		after := v.Record.Expires.Add(max(keep, map[bool]time.Duration{true: mirror.DefaultTriggerKeep}[keep == 0]))
		b.forgetTriggered(after.Add(-time.Minute))
		if !b.there("ids-sw1-p1") {
			t.Error("it is forgotten early")
		}
		b.forgetTriggered(after.Add(time.Minute))
		testkit.Eventually(t, patience, "it is deleted", func() bool { return !b.there("ids-sw1-p1") })
		if !b.there("ids-sw1-p2") {
			t.Error("what somebody has changed is deleted")
		}
		for _, typ := range []string{"TriggerFired", "LeaseExpired", "SessionDeleteAccepted"} {
			if !slices.ContainsFunc(b.events(typ), func(e mirror.Event) bool { return e.Session == "ids-sw1-p1" }) {
				t.Errorf("no event %s is left", typ)
			}
		}
		if got := b.fire("sw1:p1"); got != "started" {
			t.Errorf("an alert after that: %s", got)
		}
		// The trigger goes, and what it has started is forgotten all the same.
		b.reach("ids-sw1-p1", mirror.Expired)
		if err := b.DeleteTrigger(t.Context(), admin, "ids"); err != nil {
			t.Fatal(err)
		}
		b.forgetTriggered(time.Now().Add(mirror.DefaultTriggerKeep + time.Minute))
		testkit.Eventually(t, patience, "it is deleted without its trigger", func() bool { return !b.there("ids-sw1-p1") })
	}
}

// TestAPortRestsForAsLongAsItMust, whatever keep says.
func TestAPortRestsForAsLongAsItMust(t *testing.T) {
	b := newBench(t, nil, one())
	trigger := ids(time.Second)
	trigger.Keep, trigger.MaxAge, trigger.Rest = time.Minute, time.Second, time.Hour
	b.trigger(trigger)
	if got := b.fire("sw1:p1"); got != "started" {
		t.Fatal(got)
	}
	v := b.reach("ids-sw1-p1", mirror.Expired)
	b.forgetTriggered(v.Record.Expires.Add(30 * time.Minute))
	if got := b.fire("sw1:p1"); got != "refused rests" {
		t.Error(got)
	}
	b.forgetTriggered(v.Record.Expires.Add(2 * time.Hour))
	testkit.Eventually(t, patience, "it is deleted", func() bool { return !b.there("ids-sw1-p1") })
}

func queued(lease time.Duration) mirror.Trigger {
	out := ids(lease)
	out.Session.OnUnreachable = mirror.UnreachableQueue
	return out
}

// TestAnAlertOfADeviceThatIsAway waits for it where the template says so: the lease counts,
// alerts renew it, and its end leaves nothing.
func TestAnAlertOfADeviceThatIsAway(t *testing.T) {
	b, sw := newAbsentBench(t, true)
	b.trigger(ids(time.Hour))
	if got := b.fire("sw1:p1"); got != "refused device-unreadable" {
		t.Errorf("without onUnreachable: %s", got)
	}
	trigger := queued(3 * time.Second)
	b.trigger(trigger)
	out, err := b.FireTrigger(t.Context(), alerter, "ids", alerts("sw1:p1"), false)
	if got := outcome(out, err); got != "started" || !strings.Contains(out.Alerts[0].Waiting, "sw1") || time.Until(out.Alerts[0].Expires) > 3*time.Second {
		t.Fatalf("%s: %+v", got, out)
	}
	b.pending("ids-sw1-p1", mirror.ReasonDeviceUnreachable)
	if alive := b.alive(); !slices.Equal(alive, []string{"ids-sw1-p1"}) {
		t.Errorf("alive: %v", alive)
	}
	testkit.Eventually(t, patience, "an alert renews it", func() bool {
		again, err := b.FireTrigger(t.Context(), alerter, "ids", alerts("sw1:p1"), false)
		return outcome(again, err) == "renewed" && again.Alerts[0].Expires.After(out.Alerts[0].Expires)
	})
	b.pending("ids-sw1-p1", mirror.ReasonDeviceUnreachable)
	v := b.reach("ids-sw1-p1", mirror.Expired)
	if alive := b.alive(); len(alive) != 0 {
		t.Errorf("alive: %v", alive)
	}
	sw.edit(func() { sw.down = false })
	testkit.Eventually(t, patience, "sw1 is back", func() bool { return b.reachable("sw1").State == mirror.True })
	b.settle("sw1")
	if len(sw.ids()) != 0 || len(sw.order) != 0 {
		t.Errorf("something was pushed: %v %v", sw.ids(), sw.order)
	}
	b.forgetTriggered(v.Record.Expires.Add(mirror.DefaultTriggerKeep + time.Minute))
	testkit.Eventually(t, patience, "it is deleted", func() bool { return !b.there("ids-sw1-p1") })
	trigger.Lease = time.Hour
	b.trigger(trigger)
	sw.edit(func() { sw.down = true })
	testkit.Eventually(t, patience, "sw1 is away", func() bool { return b.reachable("sw1").State == mirror.False })
	if got := b.fire("sw1:p1"); got != "started" {
		t.Error(got)
	}
	sw.edit(func() { sw.down = false })
	b.reach("ids-sw1-p1", mirror.Active)
}

// TestAnAlertIsAnsweredWhileItsDeviceIsSlow.
func TestAnAlertIsAnsweredWhileItsDeviceIsSlow(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Timeouts.Submit = time.Minute }, one())
	b.settle("sw1")
	sw := b.switches["sw1"]
	hush := make(chan struct{})
	sw.edit(func() { sw.hush = hush })
	b.trigger(ids(time.Hour))
	began := time.Now()
	out, err := b.FireTrigger(t.Context(), alerter, "ids", alerts("sw1:p1"), false)
	if got := outcome(out, err); got != "started" || out.Alerts[0].Waiting == "" || time.Since(began) > 30*time.Second {
		t.Fatalf("%s after %v: %+v", got, time.Since(began), out)
	}
	b.pending("ids-sw1-p1", mirror.ReasonReading)
	close(hush)
	sw.edit(func() { sw.hush = nil })
	b.reach("ids-sw1-p1", mirror.Active)
}
