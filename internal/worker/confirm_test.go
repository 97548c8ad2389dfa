package worker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A push is confirmed when all of it is held, after a second connection where it
// touched a port, and saved only then. Without the setting nothing is confirmed.
func TestAPushThatIsHeldIsConfirmed(t *testing.T) {
	for name, rules := range map[string]Confirms{"EOS": asEOS, "Junos": asJunos, "XR": asXR} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, rules)
			r.want("a", "d1")
			r.run()
			r.applied("a")
			if got := r.b.words(); got != "connect, push, connect, confirm, save" {
				t.Errorf("said %q", got)
			}
			if r.events() != "" || len(r.journal()) != 0 {
				t.Errorf("events %s, journal %v", r.events(), r.journal())
			}
			r.want("a", "")
			r.run() // takes away, and cuts no way
			if got := r.b.words(); got != "connect, push, connect, confirm, save, push, confirm, save" || r.b.ends() != "" {
				t.Errorf("said %q, left %q", got, r.b.ends())
			}
		})
	}
	for name, c := range map[string]struct {
		rules   Confirms
		setting string
		said    string
	}{
		"EOS, no setting":   {asEOS, "", "connect, push, save"},
		"Junos, no setting": {usual(asJunos), "", "connect, push, connect, confirm, save"},
		"XR, no setting":    {usual(asXR), "", "connect, push, connect, confirm, save"},
		"Junos, none":       {usual(asJunos), mirror.ConfirmNone, "connect, push, save"},
	} {
		r := newRig(t, c.rules, func(d *mirror.Device) { d.Confirm, d.ConfirmGrace = c.setting, 0 })
		r.want("a", "d1")
		r.run()
		r.applied("a")
		if got := r.b.words(); got != c.said {
			t.Errorf("%s: said %q", name, got)
		}
	}
}

// usual are rules of a platform whose pushes are confirmed without a setting.
func usual(c Confirms) Confirms { c.Usual = true; return c }

// What the device accepts and does not hold is not confirmed: it is taken back, or
// confirmed and its lines removed. Its neighbour in the same push is made all the
// same.
func TestAPushThatIsNotHeldIsUndone(t *testing.T) {
	for name, c := range map[string]struct {
		rules  Confirms
		said   string
		events string
	}{
		"Junos": {asJunos, "connect, push, abort, push, connect, confirm, save", "PushTakenBack, PushTakenBack"},
		"XR":    {asXR, "connect, push, abort, push, connect, confirm, save", "PushTakenBack, PushTakenBack"},
		"EOS":   {asEOS, "connect, push, confirm, save", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, c.rules)
			r.b.deaf = "d2"
			r.want("a", "d1")
			r.want("b", "d2")
			r.run()
			r.applied("a")
			if row := r.row("b"); !row.FailedGoal() || row.Configured.Reason != "NotHeld" || !strings.Contains(row.Failure, "accepted, and not held") {
				t.Errorf("%s", jsonOf(row))
			}
			if got := r.b.words(); got != c.said || r.events() != c.events {
				t.Errorf("said %q, events %q", got, r.events())
			}
			if r.b.ends() != "d1" || len(r.journal()) != 0 {
				t.Errorf("left %q, journal %v", r.b.ends(), r.journal())
			}
		})
	}
}

// A platform that has to try a push in parts sends a few blocks at a time. However many
// rounds that takes, none of them is given up for it.
func TestBlocksThatWereNotSentGoInLaterRounds(t *testing.T) {
	r := newRig(t, asJunos)
	r.b.one = true
	for _, d := range []string{"d1", "d2", "d3", "d4", "d5"} {
		r.want("to "+d, d)
	}
	r.run()
	for _, d := range []string{"d1", "d2", "d3", "d4", "d5"} {
		r.applied("to " + d)
	}
	if got := strings.Count(r.b.words(), "push"); got != 5 || len(r.journal()) != 0 {
		t.Errorf("%d pushes, journal %v", got, r.journal())
	}
}

// What is not programmed at once is waited for; what never is goes again, its lines
// one by one where taking back would replace everything.
func TestAPushIsConfirmedWhenItIsProgrammed(t *testing.T) {
	for name, c := range map[string]struct {
		rules Confirms
		reads int // for which nothing is programmed
		said  string
		ends  string
	}{
		"soon":         {asJunos, 2, "connect, push, connect, confirm, save", "d1"},
		"never, Junos": {asJunos, 1 << 30, "connect, push, abort", ""},
		"never, EOS":   {asEOS, 1 << 30, "connect, push, confirm, push, confirm, save", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, c.rules)
			if r.b.idle = c.reads; c.ends != "" {
				r.s.Timeouts.Settle = time.Second
			}
			r.want("a", "d1")
			r.run()
			row := r.row("a")
			if got := r.b.words(); got != c.said || r.b.ends() != c.ends || row.FailedGoal() == (c.ends != "") {
				t.Errorf("said %q, left %q: %s", got, r.b.ends(), jsonOf(row))
			}
			if c.ends == "" && !strings.Contains(row.Failure, "not programmed in time: no route") {
				t.Errorf("failed for %q", row.Failure)
			}
		})
	}
}

// When no new connection can be made after a push, it is taken back as a whole on
// every platform: the way to the device is worth more than what others changed
// within the minute. A server that answers and refuses is reachable.
func TestAPushThatCutsTheWayIsTakenBack(t *testing.T) {
	for name, rules := range map[string]Confirms{"EOS": asEOS, "Junos": asJunos, "XR": asXR} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, rules, func(d *mirror.Device) { d.ConfirmWindow = mirror.Duration(100 * time.Millisecond) })
			r.b.onPush = func() { r.b.down = true }
			r.want("a", "d1")
			r.run()
			row := r.row("a")
			if !row.FailedGoal() || !strings.Contains(row.Failure, "no new connection could be made") || r.b.ends() != "" {
				t.Errorf("left %q: %s", r.b.ends(), jsonOf(row))
			}
			if got := strings.ReplaceAll(r.b.words(), "connect, connect", "connect"); got != "connect, push, connect, abort" {
				t.Errorf("said %q", got)
			}
		})
	}
}

// A device may have room for a longer window only: of a push of which nothing more is
// heard nobody knows which one it took.
func TestAPushThatMayWaitLonger(t *testing.T) {
	r := newRig(t, asXR, func(d *mirror.Device) { d.ConfirmWindow = mirror.Duration(time.Second) })
	r.b.onPush = func() {
		if e := r.journal(); len(e) != 1 || e[0].Until.Sub(e[0].At) <= mirror.MaxConfirmWindow {
			t.Errorf("the journal says %+v", e)
		}
	}
	r.want("a", "d1")
	r.run()
	r.applied("a")
}

// A device that answers a confirmation with another word than yes.
func TestAnAnswerToAConfirmation(t *testing.T) {
	refused := &mirror.DeviceError{Sent: "commit", Answer: "% Authorization denied for command 'commit'"}
	gone := fmt.Errorf("box: %w", mirror.ErrNotFound)
	for name, c := range map[string]struct {
		answer error
		goes   bool // the device has taken it back
		late   bool // after its time
		said   string
		events string
		ends   string
	}{
		"refused":                          {refused, false, false, "connect, push, connect, confirm, abort", "PushTakenBack", ""},
		"another has confirmed it":         {gone, false, false, "connect, push, connect, confirm, save", "", "d1"},
		"another has taken it back":        {gone, true, false, "connect, push, connect, confirm, push, connect, confirm, save", "DeviceWentBack", "d1"},
		"another locks it":                 {fmt.Errorf("box: locked: %w", mirror.ErrBusy), false, false, "connect, push, connect, confirm, abort, push, connect, confirm, save", "PushTakenBack", "d1"},
		"after its time nobody knows that": {gone, false, true, "connect, push, connect, confirm", "", "d1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, asJunos, func(d *mirror.Device) {
				if c.late {
					d.ConfirmWindow = mirror.Duration(time.Nanosecond)
				}
			})
			r.b.confirms = c.answer
			pushes := 0
			r.b.onPush = func() {
				if pushes++; pushes > 1 {
					r.b.confirms = nil
				} else if c.goes {
					r.b.goes = true
				}
			}
			r.want("a", "d1")
			r.run()
			if got := r.b.words(); got != c.said || r.events() != c.events || r.b.ends() != c.ends {
				t.Errorf("said %q, events %q, left %q", got, r.events(), r.b.ends())
			}
			row := r.row("a")
			switch {
			case name == "refused":
				if !row.FailedGoal() || !strings.Contains(row.Failure, "Authorization denied") {
					t.Errorf("%s", jsonOf(row))
				}
			case c.late:
				if len(r.journal()) != 1 || row.Settled() || row.Configured.Reason != "Unconfirmed" {
					t.Errorf("journal %v: %s", r.journal(), jsonOf(row))
				}
			default:
				r.applied("a")
			}
		})
	}
}

// Another hand locks a device on which taking back would put back what that hand has
// changed: the confirmation is tried again while there is time, and then left to the
// device, which is told in its words. Nothing of the push is at fault.
func TestALockWhereTakingBackReplacesEverything(t *testing.T) {
	locked := &mirror.DeviceError{Sent: "commit", Answer: "% locked by alice", Kind: mirror.ErrBusy}
	for _, frees := range []bool{true, false} {
		t.Run(fmt.Sprint("frees ", frees), func(t *testing.T) {
			r := newRig(t, asEOS, func(d *mirror.Device) {
				if !frees {
					d.ConfirmWindow = mirror.Duration(100 * time.Millisecond)
				}
			})
			r.s.Timeouts.Busy = busyTries * 10 * time.Millisecond
			r.b.confirms = locked
			r.b.onConfirm = func(times int) {
				if frees && times == 3 {
					r.b.confirms = nil
				}
			}
			r.want("a", "d1")
			r.run()
			if frees {
				r.applied("a")
				if got := r.b.words(); got != "connect, push, connect, confirm, confirm, confirm, save" || r.events() != "" {
					t.Errorf("said %q, events %q", got, r.events())
				}
				return
			}
			row := r.row("a")
			if got := r.b.words(); strings.Contains(got, "abort") || !strings.HasPrefix(got, "connect, push, connect, confirm, confirm") || strings.Count(got, "push") != 1 {
				t.Errorf("said %q", got)
			}
			if row.FailedGoal() || row.Settled() || row.Configured.Reason != "Unconfirmed" || !strings.Contains(row.Configured.Message, "% locked by alice") || len(r.journal()) != 1 {
				t.Errorf("journal %v: %s", r.journal(), jsonOf(row))
			}
			r.b.edit(func() { r.b.goBack(); r.b.confirms, r.b.onConfirm = nil, nil })
			r.pass()
			r.run()
			r.applied("a")
			if r.events() != "DeviceWentBack" {
				t.Errorf("events %q", r.events())
			}
		})
	}
}

// A connection that is lost at any word about a push: a new one ends it.
func TestAConnectionLostAboutAPush(t *testing.T) {
	for name, c := range map[string]struct {
		rules Confirms
		word  string
		goes  bool // the device takes it back before the next run
		said  string
	}{
		"EOS, at the push":              {asEOS, "push", false, "connect, push, connect, confirm, save"},
		"EOS, before the confirmation":  {asEOS, "before confirm", false, "connect, push, connect, confirm, connect, confirm, save"},
		"named, at the push":            {asXRNamed, "push", false, "connect, push, connect, confirm, save"},
		"named, before it is confirmed": {asXRNamed, "before confirm", false, "connect, push, connect, confirm, connect, confirm, save"},
		"Junos, at the push":            {asJunos, "push", false, "connect, push, connect, confirm, save"},
		"Junos, when it is read":        {asJunos, "read", false, "connect, push, connect, confirm, save"},
		"XR, at the push":               {asXR, "push", true, "connect, push, connect, push, connect, confirm, save"},
		"XR, when it is read":           {usual(asXR), "read", true, "connect, push, connect, push, connect, confirm, save"},
		"XR, before the confirmation":   {asXR, "before confirm", true, "connect, push, connect, confirm, connect, push, connect, confirm, save"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, c.rules)
			r.b.lost = c.word
			r.want("a", "d1")
			r.run()
			if len(r.journal()) != 1 || r.w.conn != nil {
				t.Fatalf("journal %v", r.journal())
			}
			if c.goes {
				r.pass()
				r.b.edit(func() { r.b.goBack(); r.b.others = nil })
			}
			r.run()
			r.applied("a")
			if got := r.b.words(); got != c.said {
				t.Errorf("said %q, want %q", got, c.said)
			}
			if want := map[bool]string{true: "DeviceWentBack"}[c.goes]; r.events() != want {
				t.Errorf("events %q", r.events())
			}
		})
	}
}

// The controller is killed around a confirmation, and started again at once or when
// the device has gone back.
func TestKilledAroundAConfirmation(t *testing.T) {
	for _, step := range []string{"pushed", "confirming", "confirmed"} {
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprint(step, " late ", late), func(t *testing.T) {
				r := newRig(t, asEOS)
				r.stops = step
				r.want("a", "d1")
				if r.run() {
					t.Fatalf("%s was not passed", step)
				}
				if late && step != "confirmed" {
					r.b.edit(r.b.goBack)
				}
				if late || step == "confirmed" {
					r.pass()
				}
				r.restart(false)
				r.run()
				r.applied("a")
				want := ""
				switch {
				case step == "confirmed":
					want = "PushStayed"
				case late:
					want = "DeviceWentBack"
				}
				if r.events() != want || r.b.ends() != "d1" || len(r.journal()) != 0 {
					t.Errorf("events %q, left %q, journal %v", r.events(), r.b.ends(), r.journal())
				}
			})
		}
	}
}

// The controller is killed while a commit waits that only its connection could confirm:
// nothing is pushed before the device has taken it back, and that is told. One that was
// confirmed stays.
func TestKilledWhileATrialWaits(t *testing.T) {
	for _, step := range []string{"pushed", "verified", "confirming", "confirmed"} {
		t.Run(step, func(t *testing.T) {
			r := newRig(t, usual(asXR), func(d *mirror.Device) { d.Confirm = "" })
			r.stops = step
			r.want("a", "d1")
			if r.run() {
				t.Fatalf("%s was not passed", step)
			}
			r.b.edit(r.b.hangUp)
			r.restart(false)
			said := r.b.words()
			r.run()
			if got := r.b.words(); got != said+", connect" || r.events() != "" || len(r.journal()) != 1 {
				t.Errorf("said %q, events %q, journal %v", got, r.events(), r.journal())
			}
			want := "PushStayed"
			if step != "confirmed" {
				r.b.edit(func() { r.b.goBack(); r.b.others = nil })
				want = "DeviceWentBack"
			}
			r.pass()
			r.run()
			r.applied("a")
			if r.events() != want || r.b.ends() != "d1" || len(r.journal()) != 0 {
				t.Errorf("events %q, left %q, journal %v", r.events(), r.b.ends(), r.journal())
			}
		})
	}
}

// A trial whose connection was lost may show for minutes after the device has taken it
// back. Nothing waits for that.
func TestATrialThatStillShows(t *testing.T) {
	r := newRig(t, usual(asXR), func(d *mirror.Device) { d.Confirm = "" })
	r.stops = "pushed"
	r.want("a", "d1")
	if r.run() {
		t.Fatal("pushed was not passed")
	}
	r.b.edit(func() { r.b.goBack(); r.b.lingers = true })
	r.restart(false)
	r.run()
	r.pass()
	r.run()
	r.applied("a")
	r.want("b", "d2") // over a later run, in which the journal knows nothing of it
	r.run()
	r.applied("b")
	if r.events() != "DeviceWentBack" || r.b.ends() != "d1 d2" || len(r.journal()) != 0 {
		t.Errorf("events %q, left %q, journal %v", r.events(), r.b.ends(), r.journal())
	}
}

// A removal that goes back is ours still, also where nothing but the ledger says
// so, and is made again.
func TestARemovalThatGoesBackIsOursStill(t *testing.T) {
	for _, numbered := range []bool{false, true} {
		t.Run(fmt.Sprint("numbered ", numbered), func(t *testing.T) {
			r := newRig(t, asXR)
			r.restart(numbered)
			r.want("a", "d1")
			r.run()
			r.applied("a")
			r.want("a", "")
			r.b.edit(func() { r.b.lost = "push" })
			r.run() // lost: gone for now
			r.run() // and not known to stay so
			if len(r.journal()) != 1 || r.b.ends() != "" {
				t.Fatalf("journal %v, left %q", r.journal(), r.b.ends())
			}
			r.pass()
			r.b.edit(func() { r.b.goBack(); r.b.others = nil })
			r.run()
			if r.b.ends() != "" || !strings.Contains(r.events(), "DeviceWentBack") {
				t.Errorf("left %q, events %q", r.b.ends(), r.events())
			}
			if row := r.row("a"); !row.Settled() {
				t.Errorf("%s", jsonOf(row))
			}
		})
	}
}
