package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

func leased(d time.Duration, s mirror.Session) mirror.Session {
	s.Lease = &mirror.Lease{Duration: d}
	return s
}

func TestALeaseEndsOnTheDevice(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	b.put(leased(300*time.Millisecond, intent("a", "sw1:d1", "sw1:p1")))
	v := b.reach("a", mirror.Expired)
	if len(sw.ids()) != 0 || !v.Record.Expired {
		t.Errorf("on the device %v, record %+v", sw.ids(), v.Record)
	}
	if len(b.events("LeaseExpired")) != 1 {
		t.Errorf("events %+v", b.events("LeaseExpired"))
	}
	// The same intent again does not bring it back; a renewal does.
	if res := b.accepted(leased(300*time.Millisecond, intent("a", "sw1:d1", "sw1:p1"))); !res.Unchanged || b.phase("a") != mirror.Expired {
		t.Errorf("unchanged %v, phase %s", res.Unchanged, b.phase("a"))
	}
	res, err := b.Renew(t.Context(), admin, "a", &mirror.Lease{Duration: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if op := b.wait(res.Operation.ID); op.State != mirror.OpSucceeded || len(sw.ids()) != 1 {
		t.Errorf("renewed: %s %s, on the device %v", op.State, op.Message, sw.ids())
	}
	b.reach("a", mirror.Active)
	// Expired, disabled, deleted: each goes as usual.
	b.remove("a")
}

func TestALeaseThatEndedWhileNobodyRanIsHonoured(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	op := b.put(leased(400*time.Millisecond, intent("a", "sw1:d1", "sw1:p1")))
	b.stop()
	if len(sw.ids()) != 1 {
		t.Fatalf("on the device %v after %s", sw.ids(), op.State)
	}
	timer := time.NewTimer(time.Until(op.Created.Add(500 * time.Millisecond)))
	<-timer.C
	b.start()
	b.reach("a", mirror.Expired)
	if len(sw.ids()) != 0 {
		t.Errorf("on the device %v", sw.ids())
	}
}

func TestAnIntentUnderALeaseMayChangeWithoutRenewal(t *testing.T) {
	b := newBench(t, nil, one())
	first := b.accepted(leased(time.Hour, intent("a", "sw1:d1", "sw1:p1")))
	b.wait(first.Operation.ID)
	second := b.accepted(leased(time.Hour, intent("a", "sw1:d1", "sw1:p2")))
	if !second.View.Record.Expires.Equal(first.View.Record.Expires) {
		t.Errorf("%v became %v", first.View.Record.Expires, second.View.Record.Expires)
	}
	longer := b.accepted(leased(2*time.Hour, intent("a", "sw1:d1", "sw1:p2")))
	if !longer.View.Record.Expires.After(first.View.Record.Expires) {
		t.Error("another lease did not begin")
	}
	if got := b.accepted(intent("a", "sw1:d1", "sw1:p2")); !got.View.Record.Expires.IsZero() {
		t.Errorf("without a lease it ends at %v", got.View.Record.Expires)
	}
	if _, err := b.Renew(t.Context(), admin, "a", nil); !errors.Is(err, mirror.ErrUnsupported) {
		t.Errorf("renewed without a lease: %v", err)
	}
}

func TestWhoComesBackLateIsCheckedAnew(t *testing.T) {
	b := newBench(t, nil, one())
	b.put(leased(200*time.Millisecond, intent("a", "sw1:d1", "sw1:p1")))
	b.reach("a", mirror.Expired)
	// Meanwhile another session takes the destination as its source.
	b.submit("b", "sw1:d2", "sw1:d1")
	_, err := b.Renew(t.Context(), engine.Write{Actor: admin.Actor}, "a", &mirror.Lease{Duration: time.Hour})
	var refusal *mirror.Refusal
	if !errors.As(err, &refusal) || refusal.Reasons[0].Code != "mirror-of-mirror" {
		t.Errorf("renewed: %v", err)
	}
	if b.phase("a") != mirror.Expired {
		t.Errorf("phase %s", b.phase("a"))
	}
}
