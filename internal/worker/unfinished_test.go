package worker

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// The ways of three platforms, and that of one over a transport that tells nothing of what
// waits.
var (
	asXRNamed = Confirms{Wait: mirror.WaitTimer, Unlisted: true}

	asEOS   = Confirms{Wait: mirror.WaitTimer, Keep: true}
	asJunos = Confirms{Wait: mirror.WaitTimer}
	asXR    = Confirms{Wait: mirror.WaitTrial}
)

// Every row of the table of endings: a push was cut off, and a new connection finds
// what the device made of it.
func TestAPushThatWasCutOffIsEnded(t *testing.T) {
	const (
		ahead = 10 * time.Second
		past  = -time.Second
	)
	for name, c := range map[string]struct {
		rules       Confirms
		held, waits bool
		until       time.Duration // from now
		grace       time.Duration // 0 = short
		beside      []mirror.Pending
		said        string // to the device, in the first run
		events      string
		open        bool   // the entry stays open, and nothing is known of the session
		ends        string // what the device holds then
	}{
		"EOS: ours waits, held":                   {asEOS, true, true, ahead, 0, nil, "connect, confirm, save", "", false, "d1"},
		"Junos: ours waits, held":                 {asJunos, true, true, ahead, 0, nil, "connect, confirm, save", "", false, "d1"},
		"Junos: ours waits, not held":             {asJunos, false, true, ahead, 0, nil, "connect, abort, push, connect, confirm, save", "PushTakenBack", false, "d1"},
		"EOS: ours waits, not held":               {asEOS, false, true, ahead, 0, nil, "connect, confirm, push, connect, confirm, save", "", false, "d1"},
		"XR: ours waits, held":                    {asXR, true, true, ahead, 0, nil, "connect", "", true, "d1"},
		"XR: ours waits, not held":                {asXR, false, true, ahead, 0, nil, "connect", "", true, ""},
		"XR: its time is past, not held":          {asXR, false, false, past, 0, nil, "connect, push, connect, confirm, save", "DeviceWentBack", false, "d1"},
		"XR: its time is past, the row lingers":   {asXR, false, true, past, 0, nil, "connect, push, connect, confirm, save", "DeviceWentBack", false, "d1"},
		"named: ours waits, held":                 {asXRNamed, true, true, ahead, 0, nil, "connect, confirm, save", "", false, "d1"},
		"named: ours waits, not held":             {asXRNamed, false, true, ahead, 0, nil, "connect, abort, push, connect, confirm, save", "PushTakenBack", false, "d1"},
		"named: it never was":                     {asXRNamed, false, false, ahead, 0, nil, "connect, abort", "", true, ""},
		"named: its time is past":                 {asXRNamed, false, false, past, 0, nil, "connect, push, connect, confirm, save", "DeviceWentBack", false, "d1"},
		"named: another has the lock":             {asXRNamed, true, false, past, 0, []mirror.Pending{{Kind: mirror.WaitLock, Holder: "alice"}}, "connect", "PushStayed", false, "d1"},
		"EOS: nothing waits yet, held":            {asEOS, true, false, ahead, 0, nil, "connect", "", true, "d1"},
		"EOS: nothing waits yet, not held":        {asEOS, false, false, ahead, 0, nil, "connect", "", true, ""},
		"EOS: within grace":                       {asEOS, true, false, past, time.Minute, nil, "connect", "", true, "d1"},
		"EOS: the candidate is left":              {asEOS, false, false, ahead, 0, []mirror.Pending{{Kind: mirror.WaitCandidate, Tx: "cut", Ours: true}}, "connect, drop", "", true, ""},
		"EOS: the candidate is left, its user in": {asEOS, false, false, ahead, 0, []mirror.Pending{{Kind: mirror.WaitCandidate, Tx: "cut", Ours: true, Holder: "admin vty8"}}, "connect, drop", "", true, ""},
		"EOS: its time is past, not held":         {asEOS, false, false, past, 0, nil, "connect, push, connect, confirm, save", "DeviceWentBack", false, "d1"},
		"EOS: its time is past, held":             {asEOS, true, false, past, 0, nil, "connect, save", "PushStayed", false, "d1"},
		"Junos: its time is past, not held":       {asJunos, false, false, past, 0, nil, "connect, push, connect, confirm, save", "DeviceWentBack", false, "d1"},
		"Junos: held after a restart":             {asJunos, true, false, past, 0, nil, "connect, save", "PushStayed", false, "d1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, c.rules, func(d *mirror.Device) { d.ConfirmGrace = cmp.Or(mirror.Duration(c.grace), d.ConfirmGrace) })
			r.cutOff(c.held, c.waits, time.Now().Add(c.until))
			r.b.edit(func() { r.b.others = append(r.b.others, c.beside...) })
			r.run()
			if got := r.b.words(); got != c.said {
				t.Errorf("said %q, want %q", got, c.said)
			}
			if got := r.events(); got != c.events {
				t.Errorf("events %q, want %q", got, c.events)
			}
			if got := r.b.ends(); got != c.ends {
				t.Errorf("the device copies to %q, want %q", got, c.ends)
			}
			row, open := r.row("a"), len(r.journal()) > 0
			if open != c.open || c.open && (row.Settled() || row.Configured.State != mirror.Unknown || row.Configured.Reason != "Unconfirmed") {
				t.Errorf("journal open %v: %s", open, jsonOf(row))
			}
			if left := time.Until(time.Now().Add(r.w.again)); c.open && (left <= 0 || left > c.until+max(grace, c.grace)) {
				t.Errorf("looked at again in %v", left)
			}
			if strings.HasSuffix(c.said, "save") {
				r.applied("a")
			}
		})
	}
}

// What was not committed when its connection was gone will not be, whether a candidate
// of it is left or not: what was committed goes within the window of now, however long a
// push may take. Looking again does not put that off.
func TestALostConnectionCommitsNothingMore(t *testing.T) {
	for name, left := range map[string][]mirror.Pending{"nothing": nil, "a candidate": {{Kind: mirror.WaitCandidate, Tx: "cut", Ours: true}}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, asEOS)
			r.cutOff(false, false, time.Now().Add(10*time.Minute))
			r.b.edit(func() { r.b.others = left })
			r.run()
			e := r.journal()
			if len(e) != 1 || time.Until(e[0].Until) > mirror.MaxConfirmWindow || r.w.again > mirror.MaxConfirmWindow+grace {
				t.Errorf("journal %v, looked at again in %v", e, r.w.again)
			}
			r.run()
			if again := r.journal(); len(again) != 1 || !again[0].Until.Equal(e[0].Until) {
				t.Errorf("journal %v, was %v", again, e)
			}
		})
	}
}

// What is left for later is ended later, over the same connection.
func TestAPushThatWasLeftIsEndedInTime(t *testing.T) {
	r := newRig(t, asXR)
	r.cutOff(true, true, time.Now().Add(time.Minute))
	r.run()
	if len(r.journal()) != 1 || r.w.again <= 0 {
		t.Fatalf("journal %v, again in %v", r.journal(), r.w.again)
	}
	r.pass()
	r.b.edit(func() { clear(r.b.natives); r.b.others = nil })
	r.run()
	if got := r.events(); got != "DeviceWentBack" {
		t.Errorf("events %q", got)
	}
	r.applied("a")
	if got := r.b.words(); got != "connect, push, connect, confirm, save" {
		t.Errorf("said %q", got)
	}
}

// In observe mode nothing is confirmed or taken back; what goes back is told.
func TestNothingIsEndedInObserveMode(t *testing.T) {
	r := newRig(t, asJunos)
	r.held = "the controller is held back"
	r.cutOff(true, true, time.Now().Add(time.Minute))
	r.run()
	if got := r.b.words(); got != "connect" || len(r.journal()) != 1 {
		t.Errorf("said %q, journal %v", got, r.journal())
	}
	r.pass()
	r.b.edit(r.b.goBack)
	r.run()
	if got := r.b.words(); got != "connect" || r.events() != "DeviceWentBack" || len(r.journal()) != 0 {
		t.Errorf("said %q, events %q", got, r.events())
	}
}

// While something of another hand waits or locks, nothing is pushed; it is said
// who and until when, no alarm is raised, and it is tried again.
func TestNothingIsPushedWhileAnotherHandIsAtIt(t *testing.T) {
	until, orphan := time.Now().Add(20*time.Second).UTC(), newTx()
	for name, c := range map[string]struct {
		wait   mirror.Pending
		says   string
		events string
		pushed bool
	}{
		"a timer":                {mirror.Pending{Kind: mirror.WaitTimer, Holder: "cvpadmin", Until: until}, "another's commit waits to be confirmed (cvpadmin), until " + until.Format(time.RFC3339), "", false},
		"a trial":                {mirror.Pending{Kind: mirror.WaitTrial}, "another's trial commit waits to be confirmed;", "", false},
		"a lock":                 {mirror.Pending{Kind: mirror.WaitLock, Holder: "netadmin terminal p0"}, "the configuration is locked (netadmin terminal p0);", "", false},
		"a dirty candidate":      {mirror.Pending{Kind: mirror.WaitCandidate, Holder: "alice"}, "another's changes in the candidate are not committed (alice)", "", false},
		"no room":                {mirror.Pending{Kind: mirror.WaitFull, Holder: "5 pending sessions"}, "there is no room for a candidate (5 pending sessions);", "", false},
		"a push nobody knows":    {mirror.Pending{Kind: mirror.WaitTimer, Ours: true, Tx: "other"}, "a push of netmirror's waits to be confirmed: other", "UnknownPushWaits", false},
		"an orphaned candidate":  {mirror.Pending{Kind: mirror.WaitCandidate, Ours: true, Tx: orphan}, "", "", true},
		"a person's candidate":   {mirror.Pending{Kind: mirror.WaitCandidate, Ours: true, Tx: "vlan-work"}, "", "", true},
		"a candidate in the use": {mirror.Pending{Kind: mirror.WaitCandidate, Ours: true, Tx: "busy", Holder: "netmirror vty3"}, "", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, asEOS)
			r.b.edit(func() { r.b.others = []mirror.Pending{c.wait} })
			r.want("a", "d1")
			r.run()
			r.run() // an event is told once
			if pushed := strings.Contains(r.b.words(), "push"); pushed != c.pushed || strings.Contains(r.b.words(), "drop") != (c.wait.Tx == orphan) {
				t.Fatalf("said %q", r.b.words())
			}
			if r.events() != c.events {
				t.Errorf("events %q, want %q", r.events(), c.events)
			}
			if !c.pushed {
				if row := r.row("a"); row.Configured.Reason != "NotPushed" || !strings.Contains(row.Configured.Message, c.says) || row.FailedGoal() {
					t.Errorf("%s", jsonOf(row))
				}
				if r.w.again <= 0 || r.w.again > time.Minute {
					t.Errorf("tried again in %v", r.w.again)
				}
			}
			r.b.edit(func() { r.b.others = nil })
			r.run()
			r.applied("a")
			if r.w.again != 0 || r.w.occupied {
				t.Errorf("looked at again in %v although all is well", r.w.again)
			}
		})
	}
}

// A lock that begins while the connection is open is seen before the next push.
func TestALockIsSeenBeforeEachPush(t *testing.T) {
	r := newRig(t, asEOS, func(d *mirror.Device) { d.Confirm, d.ConfirmGrace = "", 0 })
	r.want("a", "d1")
	r.run()
	r.applied("a")
	r.b.edit(func() { r.b.others = []mirror.Pending{{Kind: mirror.WaitLock, Holder: "alice"}} })
	r.want("b", "d2")
	r.run()
	if got := r.b.ends(); got != "d1" {
		t.Errorf("the device copies to %q", got)
	}
	if got := r.b.words(); got != "connect, push, save" {
		t.Errorf("said %q", got)
	}
}

// What a device does not list may be what locks it, and is ended first. A lock that is there
// behind that is another hand's, and nothing is pushed into it.
func TestALockBehindAPushThatWasNotListed(t *testing.T) {
	r := newRig(t, asXRNamed)
	r.restart(true)
	r.want("s1", "d1")
	r.b.edit(func() { r.b.lost = "before confirm" })
	r.run()
	r.want("s2", "d2")
	r.b.edit(func() {
		r.b.lost, r.b.others = "", append(r.b.others, mirror.Pending{Kind: mirror.WaitLock, Holder: "alice"})
	})
	r.run()
	if got := r.b.ends(); got != "d1" {
		t.Errorf("the device copies to %s; said %s", got, r.b.words())
	}
	r.b.edit(func() { r.b.others = nil })
	r.run()
	if got := r.b.ends(); got != "d1 d2" || len(r.b.wrong) > 0 {
		t.Errorf("the device copies to %s, %v; said %s", got, r.b.wrong, r.b.words())
	}
}

// Where pushes simply stand, candidates of others are in nobody's way.
func TestLinesThatStandNeedNoCandidate(t *testing.T) {
	r := newRig(t, asEOS, func(d *mirror.Device) { d.Confirm, d.ConfirmGrace = "", 0 })
	r.b.edit(func() { r.b.others = []mirror.Pending{{Kind: mirror.WaitFull, Holder: "5 pending sessions"}} })
	r.want("a", "d1")
	r.run()
	r.applied("a")
	if r.w.again != 0 || r.w.occupied {
		t.Errorf("looked at again in %v although all is well", r.w.again)
	}
}

// What begins to wait between the question and the push makes the device busy; it
// is asked again, and the rollout waits instead of failing.
func TestABusyDeviceIsAskedAgain(t *testing.T) {
	r := newRig(t, asEOS)
	r.b.busy = []mirror.Pending{{Kind: mirror.WaitTimer, Holder: "CVP-configtask-1"}}
	r.s.Timeouts.Busy = 30 * time.Millisecond
	r.want("a", "d1")
	r.run()
	if row := r.row("a"); row.FailedGoal() || !strings.Contains(row.Configured.Message, "CVP-configtask-1") || r.b.words() != "connect, push" {
		t.Errorf("said %q: %s", r.b.words(), jsonOf(row))
	}
	r.b.edit(func() { r.b.others = nil })
	r.run()
	r.applied("a")
}

// A person may stay in the one candidate of a device for hours. Where it does not tell
// that when it is asked what waits, the rollout waits all the same.
func TestACandidateThatIsHeldIsWaitedFor(t *testing.T) {
	r := newRig(t, usual(asJunos), func(d *mirror.Device) { d.Confirm, d.ConfirmGrace = "", 0 })
	r.b.shut, r.s.Timeouts.Busy = true, 30*time.Millisecond
	r.want("a", "d1")
	for range 2 {
		r.run()
		if row := r.row("a"); row.FailedGoal() || !strings.Contains(row.Configured.Message, "not to be configured now: box") || r.w.again == 0 || r.w.again > time.Minute {
			t.Errorf("looked at again in %v: %s", r.w.again, jsonOf(row))
		}
	}
	tried := strings.Count(r.b.words(), "push")
	if r.run(); strings.Count(r.b.words(), "push") != tried+1 {
		t.Errorf("it is tried over and over: %s", r.b.words())
	}
	r.b.edit(func() { r.b.shut = false })
	r.run()
	if r.applied("a"); r.w.again != 0 || r.w.occupied {
		t.Errorf("looked at again in %v although all is well", r.w.again)
	}
}

// What the device took back by itself is no repair: neither a fight nor a loss that
// sets the brake.
func TestGoingBackCountsForNothing(t *testing.T) {
	r := newRig(t, asJunos)
	const sessions = 5 // of which all missing would set the brake
	for i := range sessions {
		r.want(fmt.Sprint("s", i), fmt.Sprint("d", i+1))
	}
	r.run()
	for round := range 5 { // as many repairs would be a fight
		r.b.edit(func() { clear(r.b.natives) })
		if round == 0 {
			r.update(func(tx mirror.Tx) error { // somebody took all; an operator lets it be repaired
				st, err := tx.DeviceState("sw")
				st.Released = time.Now()
				r.s.States.Set(st)
				return err
			})
		}
		r.b.edit(func() { r.b.lost = "push" })
		r.run() // the repair is pushed, and its end is not heard
		if len(r.journal()) != 1 {
			t.Fatalf("round %d: journal %v, events %s", round, r.journal(), r.events())
		}
		r.b.edit(r.b.goBack)
		r.pass()
	}
	r.update(func(tx mirror.Tx) error {
		st, err := tx.DeviceState("sw")
		st.Released = time.Time{} // from here on the brake would act
		r.s.States.Set(st)
		return err
	})
	r.run()
	if strings.Contains(r.events(), "Contended") || strings.Contains(r.events(), "Brake") {
		t.Errorf("events %s", r.events())
	}
	for i := range sessions {
		r.applied(fmt.Sprint("s", i))
	}
	r.update(func(tx mirror.Tx) error {
		lines, err := tx.Natives("sw")
		for _, l := range lines {
			if len(l.Repairs) > 1 { // the last, which stayed
				t.Errorf("repairs of %s: %v", l.Mark, l.Repairs)
			}
		}
		return err
	})
}

// What goes back after the device was read, and before it is asked what waits, did
// not stay.
func TestGoingBackBetweenTwoQuestions(t *testing.T) {
	r := newRig(t, asJunos)
	r.cutOff(true, false, time.Now().Add(-time.Minute))
	r.b.onAsk = func() { clear(r.b.natives); r.b.onAsk = nil }
	r.run()
	r.applied("a")
	if r.events() != "DeviceWentBack" || r.b.ends() != "d1" {
		t.Errorf("events %q, left %q", r.events(), r.b.ends())
	}
}

// Nothing is saved while a commit of another hand waits: it would be saved too.
func TestNothingIsSavedWhileACommitWaits(t *testing.T) {
	r := newRig(t, asEOS)
	r.run()
	err := r.s.States.Change(t.Context(), "sw", nil, func(st *mirror.DeviceState) {
		st.Unsaved = []mirror.Unsaved{{ID: "1", Mark: "1", At: time.Now()}}
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.b.edit(func() { r.b.others = []mirror.Pending{{Kind: mirror.WaitTimer, Holder: "alice"}} })
	r.run()
	if got := r.b.words(); got != "connect" {
		t.Errorf("said %q", got)
	}
	r.b.edit(func() { r.b.others = nil })
	r.run()
	if got := r.b.words(); got != "connect, save" {
		t.Errorf("said %q", got)
	}
}

// A device that does not let itself be asked is pushed to as long as pushes simply
// stand; whose pushes wait, or whose answer is not understood, is not.
func TestADeviceThatDoesNotTellWhatWaits(t *testing.T) {
	denied := &mirror.DeviceError{Sent: "show configuration sessions", Answer: "% Authorization denied"}
	for name, c := range map[string]struct {
		confirm string
		answer  error
		pushed  bool
	}{
		"denied":                    {"", denied, true},
		"denied, confirmed pushes":  {mirror.ConfirmTimer, denied, false},
		"not understood":            {"", fmt.Errorf("box: %w", mirror.ErrParse), false},
		"the connection is lost":    {"", fmt.Errorf("box: %w", mirror.ErrUnreachable), false},
		"no such thing on this one": {"", mirror.ErrUnsupported, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, asEOS, func(d *mirror.Device) { d.Confirm, d.ConfirmGrace = c.confirm, 0 })
			r.b.untold = c.answer
			r.want("a", "d1")
			r.run()
			if pushed := strings.Contains(r.b.words(), "push"); pushed != c.pushed {
				t.Errorf("said %q: %s", r.b.words(), jsonOf(r.row("a")))
			}
			if away := errors.Is(c.answer, mirror.ErrUnreachable); away != (r.w.conn == nil) {
				t.Error("the connection is kept, or not")
			}
			r.b.edit(func() { r.b.untold = nil })
			r.run()
			r.applied("a")
		})
	}
}

// A first-day check says what keeps from pushing.
func TestACheckTellsWhatWaits(t *testing.T) {
	r := newRig(t, asEOS)
	r.run()
	check := func() mirror.Proof {
		reply := make(chan proved, 1)
		r.w.provers = append(r.w.provers, reply)
		r.w.prove(t.Context(), nil)
		p := <-reply
		if p.err != nil || len(p.proofs.Items) != 1 || p.proofs.Items[0].Name != "waits" {
			t.Fatalf("%+v", p)
		}
		return p.proofs.Items[0]
	}
	if p := check(); p.State != mirror.True {
		t.Errorf("%+v", p)
	}
	r.b.edit(func() { r.b.others = []mirror.Pending{{Kind: mirror.WaitLock, Holder: "alice"}} })
	if p := check(); p.State != mirror.False || p.Message != "the configuration is locked (alice)" {
		t.Errorf("%+v", p)
	}
	r.b.edit(func() { r.b.untold = mirror.ErrParse })
	if p := check(); p.State != mirror.Unknown {
		t.Errorf("%+v", p)
	}
	drv := r.s.Drivers["box/memory"]
	drv.Confirms = nil // nobody knows of such a platform what waits
	r.s.Drivers["box/memory"] = drv
	reply := make(chan proved, 1)
	r.w.provers = append(r.w.provers, reply)
	r.w.prove(t.Context(), nil)
	if p := <-reply; len(p.proofs.Items) != 0 {
		t.Errorf("%+v", p)
	}
}

// What was asked for and cannot be pushed yet is no drift: nobody changed the device.
// What somebody changed meanwhile is.
func TestAPushThatWaitsIsNoDrift(t *testing.T) {
	r := newRig(t, asEOS)
	drifts := func() (n int) {
		r.update(func(tx mirror.Tx) error {
			events, err := tx.Events(0, 0)
			for _, e := range events {
				if e.Type == "DriftSeen" {
					n++
				}
			}
			return err
		})
		return n
	}
	lock := func(is bool) {
		r.b.edit(func() {
			r.b.others = nil
			if is {
				r.b.others = []mirror.Pending{{Kind: mirror.WaitLock, Holder: "alice"}}
			}
		})
	}
	for _, dest := range []string{"d1", ""} {
		lock(true)
		r.want("a", dest)
		r.run()
		if r.run(); r.row("a").Settled() || drifts() != 0 {
			t.Errorf("to %q: settled is %v, %d times drift", dest, r.row("a").Settled(), drifts())
		}
		lock(false)
		r.run()
		if r.applied("a"); drifts() != 0 {
			t.Errorf("to %q, pushed: %d times drift", dest, drifts())
		}
	}
	r.want("a", "d1")
	r.run()
	lock(true)
	r.b.edit(func() { clear(r.b.natives) })
	r.run()
	if r.run(); drifts() != 1 {
		t.Errorf("%d times drift", drifts())
	}
}
