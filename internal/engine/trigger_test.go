package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// ids mirrors the port of an alert to sw1:d1.
func ids(lease time.Duration) mirror.Trigger {
	return mirror.Trigger{Name: "ids", Format: mirror.FormatJSON, Lease: lease,
		From:    map[string]mirror.Pick{"device": {Path: "device"}, "interface": {Path: "port"}, "reason": {Path: "why"}, "direction": {Path: "dir", Value: "both"}},
		Allow:   []mirror.Allowed{{Devices: []string{"sw*"}, Interfaces: []string{"p*"}}},
		Session: triggered(),
	}
}

func triggered() mirror.Session {
	return mirror.Session{Enabled: true, Purpose: &mirror.Purpose{Reason: "{reason}"}, Labels: map[string]string{"by": "{trigger}"},
		Sources:      []mirror.Source{{Device: "{device}", Interface: "{interface}", Direction: "{direction}"}},
		Destinations: []mirror.Destination{{Device: "sw1", Interface: "d1"}}}
}

func (b *bench) trigger(t mirror.Trigger) {
	b.t.Helper()
	if _, _, err := b.PutTrigger(b.t.Context(), admin, t); err != nil {
		b.t.Fatal(err)
	}
}

// fire posts alerts such as "sw1:p1", and tells of each what became of it, such as
// "started", or "refused not-allowed".
func (b *bench) fire(ports ...string) string {
	b.t.Helper()
	out, err := b.FireTrigger(b.t.Context(), alerter, "ids", alerts(ports...), false)
	return outcome(out, err)
}

var alerter = engine.Write{Actor: engine.Actor{Name: "alertmanager", Access: mirror.Operator}}

func alerts(ports ...string) []byte {
	var list []string
	for _, p := range ports {
		device, port, _ := strings.Cut(p, ":")
		list = append(list, fmt.Sprintf(`{"device":%q,"port":%q,"why":"scan seen"}`, device, port))
	}
	return []byte("[" + strings.Join(list, ",") + "]")
}

func outcome(out engine.FiredAll, err error) string {
	var busy *engine.TriggerBusy
	if errors.As(err, &busy) {
		return "busy"
	}
	if err != nil {
		return err.Error()
	}
	var all []string
	for _, x := range out.Alerts {
		words := []string{x.Result}
		for _, r := range x.Reasons {
			words = append(words, r.Code)
		}
		all = append(all, strings.Join(words, " "))
	}
	return strings.Join(all, ", ")
}

func TestAnAlertMirrorsItsPortAndNoMore(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	b.trigger(ids(time.Hour))
	if got := b.fire("sw1:p1"); got != "started" {
		t.Fatal(got)
	}
	v := b.reach("ids-sw1-p1", mirror.Active)
	if got := sw.sources("d1"); got != "p1 both" {
		t.Errorf("on the device: %s", got)
	}
	rec := v.Record
	if rec.CreatedBy != "trigger/ids/alertmanager" || rec.Session.Purpose.Reason != "scan seen" || rec.Session.Labels["by"] != "ids" || rec.Triggered == nil || rec.Triggered.Interface != "p1" {
		t.Errorf("record %+v", rec)
	}
	if left := time.Until(rec.Expires); left > time.Hour || left < 50*time.Minute {
		t.Errorf("it ends in %v", left)
	}
	generation := rec.Generation
	if got := b.fire("sw1:p1", "sw1:p1"); got != "ignored fresh, ignored same-port" {
		t.Errorf("at once again: %s", got)
	}
	if got := b.phaseOf("ids-sw1-p1").Record.Generation; got != generation {
		t.Errorf("generation %d became %d", generation, got)
	}
	if got := b.fire("sw1:d2", "sw9:p1", "sw1:p 1;", "SW1:p1", "sw1:p2"); got != "refused not-allowed, refused unknown-device, refused bad-interface, refused bad-device, started" {
		t.Error(got)
	}
	b.reach("ids-sw1-p2", mirror.Active)
	if got := sw.sources("d1"); got != "p1 both, p2 both" {
		t.Errorf("on the device: %s", got)
	}
	fired, refused := b.events("TriggerFired"), b.events("TriggerRefused")
	if len(fired) != 2 || fired[0].Session != "ids-sw1-p1" || fired[0].About() != (mirror.Object{Kind: "trigger", Name: "ids"}) || !strings.Contains(fired[0].Message, "scan seen") {
		t.Errorf("events %+v", fired)
	}
	if len(refused) != 4 || !strings.Contains(refused[0].Message, "does not allow d2 of sw1") {
		t.Errorf("events %+v", refused)
	}
	view, err := b.Trigger(t.Context(), "ids")
	if err != nil || view.State.Started != 2 || view.State.Refused != 4 || view.State.Ignored != 2 || view.State.Posts != 3 || !slices.Equal(view.Alive, []string{"ids-sw1-p1", "ids-sw1-p2"}) {
		t.Errorf("state %+v, alive %v, %v", view.State, view.Alive, err)
	}
}

func (b *bench) phaseOf(name string) engine.SessionView {
	b.t.Helper()
	v, err := b.Session(b.t.Context(), name)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// age has the session of a port started, and its lease end, at other times than they did.
func (b *bench) age(name string, started, expires time.Duration) {
	b.t.Helper()
	err := b.db.Update(b.t.Context(), func(tx mirror.Tx) error {
		rec, err := tx.Session(name)
		if err != nil {
			return err
		}
		by, now := *rec.Triggered, time.Now().UTC()
		by.Started = now.Add(started)
		rec.Triggered, rec.Expires, rec.Expired = &by, now.Add(expires), expires < 0
		return tx.PutSession(rec)
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func TestAnAlertRenewsAndTheLeaseEnds(t *testing.T) {
	b := newBench(t, nil, one())
	b.trigger(ids(time.Hour))
	if got := b.fire("sw1:p1"); got != "started" {
		t.Fatal(got)
	}
	b.reach("ids-sw1-p1", mirror.Active)
	b.age("ids-sw1-p1", -30*time.Minute, 30*time.Minute)
	before := b.phaseOf("ids-sw1-p1").Record
	if got := b.fire("sw1:p1"); got != "renewed" {
		t.Error(got)
	}
	rec := b.phaseOf("ids-sw1-p1").Record
	if left := time.Until(rec.Expires); left > time.Hour || left < 50*time.Minute || !rec.Triggered.Started.Equal(before.Triggered.Started) || len(b.events("TriggerRenewed")) != 1 {
		t.Errorf("%+v became %+v", before, rec)
	}
	b.trigger(ids(time.Second))
	if got := b.fire("sw1:p2"); got != "started" {
		t.Fatal(got)
	}
	b.reach("ids-sw1-p2", mirror.Expired)
	if got := b.switches["sw1"].sources("d1"); got != "p1 both" {
		t.Errorf("on the device %s", got)
	}
	b.trigger(ids(time.Hour))
	if got := b.fire("sw1:p2"); got != "started" {
		t.Errorf("after the lease: %s", got)
	}
	b.reach("ids-sw1-p2", mirror.Active)
}

// A renewal asks again whether its port is allowed.
func TestWhatIsNoLongerAllowedIsNotRenewed(t *testing.T) {
	b := newBench(t, nil, one())
	trigger := ids(time.Hour)
	b.trigger(trigger)
	b.fire("sw1:p1")
	b.age("ids-sw1-p1", -30*time.Minute, 30*time.Minute)
	trigger.Allow = []mirror.Allowed{{Devices: []string{"sw1"}, Interfaces: []string{"p2"}}}
	b.trigger(trigger)
	before := b.phaseOf("ids-sw1-p1").Record.Expires
	for range 30 {
		if got := b.fire("sw1:p1"); got != "refused not-allowed" {
			t.Fatal(got)
		}
	}
	if got := b.phaseOf("ids-sw1-p1").Record.Expires; !got.Equal(before) {
		t.Errorf("the end %v became %v", before, got)
	}
	// Alerts by the hundred do not wash everything else out of the log.
	if view, err := b.Trigger(t.Context(), "ids"); err != nil || view.State.Refused != 30 || len(b.events("TriggerRefused")) >= 30 {
		t.Errorf("state %+v, %v; %d events of it", view.State, err, len(b.events("TriggerRefused")))
	}
}

func TestBoundsInNumberAndRate(t *testing.T) {
	b := newBench(t, nil, one())
	trigger := ids(time.Hour)
	trigger.MaxSessions, trigger.Rate = 2, 3
	b.trigger(trigger)
	if got := b.fire("sw1:p1", "sw1:p2", "sw1:p3"); strings.Count(got, "started") != 2 || strings.Count(got, "refused too-many-sessions") != 1 {
		t.Fatal(got)
	}
	for _, name := range []string{"ids-sw1-p1", "ids-sw1-p2", "ids-sw1-p3"} {
		if _, err := b.Session(t.Context(), name); err == nil {
			b.remove(name)
		}
	}
	b.stop()
	b.start() // what was started is remembered
	got := b.fire("sw1:p1")
	for got == "started" { // the one that was refused has taken a start, or has not
		got = b.fire("sw1:p2")
	}
	if got != "busy" {
		t.Errorf("beyond the rate: %s", got)
	}
	_, err := b.FireTrigger(t.Context(), alerter, "ids", alerts("sw1:p3"), false)
	var busy *engine.TriggerBusy
	if !errors.As(err, &busy) || busy.Wait <= 50*time.Minute || busy.Wait > time.Hour || busy.Reasons[0].Code != "rate" {
		t.Errorf("busy %+v", busy)
	}
}

func TestASessionThatSomebodyChangedIsLeftAlone(t *testing.T) {
	b := newBench(t, nil, one())
	b.trigger(ids(time.Hour))
	b.submit("ids-sw1-p2", "sw1:d2", "sw1:p2") // it only has the name
	if got := b.fire("sw1:p1", "sw1:p2"); got != "started, refused not-ours" {
		t.Fatal(got)
	}
	v := b.phaseOf("ids-sw1-p1")
	if _, err := b.Renew(t.Context(), admin, "ids-sw1-p1", nil); err != nil {
		t.Fatal(err)
	}
	if got := b.phaseOf("ids-sw1-p1").Record.Triggered; got == nil || got.Trigger != "ids" {
		t.Errorf("a renewal by hand takes it away: %+v", got)
	}
	s := v.Record.Session
	s.Lease = nil
	b.put(s)
	if got := b.fire("sw1:p1"); got != "refused not-ours" {
		t.Error(got)
	}
	if view, err := b.Trigger(t.Context(), "ids"); err != nil || len(view.Alive) != 0 {
		t.Errorf("alive %v, %v", view.Alive, err)
	}
}

func TestMaxAgeEndsWhatAlertsRenewForEver(t *testing.T) {
	b := newBench(t, nil, one())
	trigger := ids(time.Hour)
	trigger.MaxAge, trigger.Rest = 90*time.Minute, 30*time.Minute
	b.trigger(trigger)
	b.fire("sw1:p1")
	for _, c := range []struct {
		started, expires time.Duration
		want             string
	}{
		{-80 * time.Minute, 2 * time.Minute, "renewed"},
		{-80 * time.Minute, 10 * time.Minute, "ignored max-age"},
		{-100 * time.Minute, -10 * time.Minute, "refused rests"},
		{-100 * time.Minute, -40 * time.Minute, "started"}, // its lease had ended before
		{-150 * time.Minute, -60 * time.Minute, "started"}, // it has rested
	} {
		b.age("ids-sw1-p1", c.started, c.expires)
		if got := b.fire("sw1:p1"); got != c.want {
			t.Errorf("started %v, ends %v: %s, want %s", c.started, c.expires, got, c.want)
		}
		rec := b.phaseOf("ids-sw1-p1").Record
		if rec.Expires.After(rec.Triggered.Started.Add(trigger.MaxAge + time.Second)) {
			t.Errorf("started %v, ends %v: %+v", c.started, c.expires, rec)
		}
	}
}

func TestAResolvedAlertEndsItsSessionWhereItIsAskedFor(t *testing.T) {
	b := newBench(t, nil, one())
	trigger := ids(time.Hour)
	trigger.Format = mirror.FormatAlertmanager
	trigger.From = map[string]mirror.Pick{"device": {Path: "labels.device"}, "interface": {Path: "labels.port"}}
	body := func(status string) []byte {
		return fmt.Appendf(nil, `{"version":"4","alerts":[{"status":%q,"labels":{"device":"sw1","port":"p1"}}]}`, status)
	}
	fire := func(status string) string {
		t.Helper()
		return outcome(b.FireTrigger(t.Context(), alerter, "ids", body(status), false))
	}
	b.trigger(trigger)
	if a, r := fire("firing"), fire("resolved"); a != "started" || r != "ignored resolved" {
		t.Fatal(a, r)
	}
	b.reach("ids-sw1-p1", mirror.Active)
	trigger.EndOnResolve = true
	b.trigger(trigger)
	if got := fire("resolved"); got != "ended" {
		t.Fatal(got)
	}
	testkit.Eventually(t, patience, "gone", func() bool {
		_, err := b.Session(t.Context(), "ids-sw1-p1")
		return errors.Is(err, mirror.ErrNotFound)
	})
	if got := fire("resolved"); got != "ignored resolved" || len(b.events("TriggerEnded")) != 1 || len(b.switches["sw1"].ids()) != 0 {
		t.Errorf("%s, events %+v", got, b.events("TriggerEnded"))
	}
}

func TestWhatADeviceOrAdmissionRefusesIsToldWithAllReasons(t *testing.T) {
	b := newBench(t, nil, one())
	b.trigger(ids(time.Hour))
	b.submit("a", "sw1:p1", "sw1:p3") // p1 is where copies end
	if got := b.fire("sw1:p1"); got != "refused mirror-of-mirror" {
		t.Error(got)
	}
	b.switches["sw1"].quietly(func() { b.switches["sw1"].down = true })
	if got := b.fire("sw1:p2"); got != "refused device-unreadable" {
		t.Error(got)
	}
	if got := outcome(b.FireTrigger(t.Context(), alerter, "ids", []byte(`{"a":`), false)); !strings.Contains(got, "no JSON") {
		t.Error(got)
	}
	trigger := ids(time.Hour)
	trigger.Disabled = true
	b.trigger(trigger)
	if _, err := b.FireTrigger(t.Context(), alerter, "ids", alerts("sw1:p2"), false); !errors.Is(err, mirror.ErrConflict) {
		t.Error(err)
	}
}

func TestADryRunStoresNothing(t *testing.T) {
	b := newBench(t, nil, one())
	trigger := ids(time.Hour)
	trigger.Rate = 1
	b.trigger(trigger)
	for range 2 { // it takes no start away
		out, err := b.FireTrigger(t.Context(), alerter, "ids", alerts("sw1:p1", "sw1:d1"), true)
		if got := outcome(out, err); got != "started, refused not-allowed" {
			t.Fatal(got)
		}
	}
	if _, err := b.Session(t.Context(), "ids-sw1-p1"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("a session is there: %v", err)
	}
	for _, typ := range []string{"TriggerFired", "TriggerRefused", "SessionAccepted"} {
		if events := b.events(typ); len(events) > 0 {
			t.Errorf("events %+v", events)
		}
	}
	if view, err := b.Trigger(t.Context(), "ids"); err != nil || view.State.Posts != 0 || view.Starts != 0 {
		t.Errorf("state %+v, %v", view.State, err)
	}
}

// Whatever comes: no port that is not allowed, no more sessions than may be, no more
// starts than may be.
func TestNoAlertGetsAnythingBeyondItsTrigger(t *testing.T) {
	b := newBench(t, nil, map[string]*fakeSwitch{"sw1": newSwitch("p1", "p2", "p3", "p4", "d1"), "sw2": newSwitch("p1", "p2", "d1")})
	testkit.Fewer(t, 25)
	ports := rapid.SampledFrom([]string{"sw1:p1", "sw1:p2", "sw1:p3", "sw1:p4", "sw1:d1", "sw2:p1", "sw2:p2", "sw3:p1", "sw1:*", "sw*:p1"})
	rapid.Check(t, func(r *rapid.T) {
		trigger := ids(time.Hour)
		trigger.Name = rapid.StringMatching(`[a-z]{8}`).Draw(r, "name")
		trigger.MaxSessions, trigger.Rate = rapid.IntRange(1, 4).Draw(r, "number"), rapid.IntRange(1, 6).Draw(r, "rate")
		trigger.Allow = []mirror.Allowed{{Devices: []string{"sw1"}, Interfaces: []string{rapid.SampledFrom([]string{"p*", "p1", "p2", "*3"}).Draw(r, "allowed")}}}
		b.trigger(trigger)
		starts := 0
		for range rapid.IntRange(1, 4).Draw(r, "bodies") {
			if view, err := b.Trigger(t.Context(), trigger.Name); err == nil && len(view.Alive) > 0 && rapid.Bool().Draw(r, "remove") {
				b.remove(view.Alive[0])
			}
			out, err := b.FireTrigger(t.Context(), alerter, trigger.Name, alerts(rapid.SliceOfN(ports, 1, 6).Draw(r, "alerts")...), false)
			if busy := (*engine.TriggerBusy)(nil); err != nil && !errors.As(err, &busy) {
				r.Fatal(err)
			}
			for _, x := range out.Alerts {
				if x.Result == engine.AlertStarted {
					starts++
				}
			}
			view, err := b.Trigger(t.Context(), trigger.Name)
			if err != nil || len(view.Alive) > trigger.MaxSessions || starts > trigger.Rate {
				r.Fatalf("%d alive of %d, %d starts of %d, %v", len(view.Alive), trigger.MaxSessions, starts, trigger.Rate, err)
			}
			for _, name := range view.Alive {
				src := b.phaseOf(name).Record.Session.Sources[0]
				allowed := trigger.Allow[0].Interfaces[0]
				fits := src.Interface == allowed || allowed == "p*" && src.Interface[0] == 'p' || allowed == "*3" && src.Interface == "p3"
				if src.Device != "sw1" || !fits {
					r.Fatalf("%s copies %s of %s; allowed is %s", name, src.Interface, src.Device, allowed)
				}
			}
		}
		view, err := b.Trigger(t.Context(), trigger.Name)
		if err != nil {
			r.Fatal(err)
		}
		for _, name := range view.Alive {
			b.remove(name)
		}
		if err := b.DeleteTrigger(t.Context(), admin, trigger.Name); err != nil {
			r.Fatal(err)
		}
	})
}
