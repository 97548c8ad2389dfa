package console_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

// each runs a test on both shapes of a candidate without a name.
func each(t *testing.T, run func(t *testing.T, r *router)) {
	for name, bound := range map[string]bool{"shared": false, "bound": true} {
		t.Run(name, func(t *testing.T) { run(t, newRouter(bound)) })
	}
}

// free fails when a candidate or a lock is left behind.
func (r *router) free(t *testing.T, l *line) {
	t.Helper()
	if l.Inside() || r.holder != nil {
		t.Errorf("the candidate was not left: in it %v, locked %v; typed %s", l.Inside(), r.holder != nil, l.said())
	}
}

func TestACandidateIsTypedReadTriedAndArmed(t *testing.T) {
	each(t, func(t *testing.T, r *router) {
		d, c, l := r.dial(t, "")
		report := push(t, d, c, creates("nm-a", "nm-b"))
		want := "configure exclusive; copy nm-a p1; top; copy nm-b p1; run show system commit; show | compare; commit check; commit confirmed 1 comment nm-tx; exit"
		if r.bound {
			want = "configure exclusive; copy nm-a p1; copy nm-b p1; show configuration; commit label nm-tx confirmed 60"
		}
		if l.said() != want || r.waiting != "nm-tx" || l.Inside() != r.bound || r.holder != nil {
			t.Errorf("typed %s; %q waits, in the candidate %v", l.said(), r.waiting, l.Inside())
		}
		if report.Blocks[0].Err != nil || report.Blocks[1].Err != nil || time.Until(report.Until) > time.Minute || time.Until(report.Until) <= 0 {
			t.Errorf("got %+v", report)
		}
		pending, err := c.Pending(t.Context())
		if err != nil || len(pending) != 1 || !pending[0].Ours || pending[0].Tx != "tx" {
			t.Errorf("pending %+v, %v", pending, err)
		}
		l.sent = nil
		known, err := c.Observe(t.Context(), mirror.Look{})
		if err != nil || len(known.Observation.Natives) != 3 || l.said() != map[bool]string{false: "list", true: "do list"}[r.bound] {
			t.Errorf("read %+v, %v; typed %s", known.Observation.Natives, err, l.said())
		}
	})
}

func TestAPushIsConfirmedOnceItWasSeenToWait(t *testing.T) {
	each(t, func(t *testing.T, r *router) {
		d, c, l := r.dial(t, "")
		push(t, d, c, creates("nm-a"))
		_, other, ol := r.dial(t, "")
		if r.bound {
			if err := other.Confirm(t.Context(), "tx"); !errors.Is(err, mirror.ErrUnsupported) || r.waiting == "" {
				t.Errorf("another connection: %v, %q waits", err, r.waiting)
			}
			other, ol, l.sent = c, l, nil
		}
		r.also["end"] = "% bye" // what leads out says nothing about the commit
		want := "configure exclusive; run show system commit; commit check; exit; show system commit"
		if r.bound {
			want = "do show configuration sessions detail; commit; end"
		}
		if err := other.Confirm(t.Context(), "tx"); err != nil || r.waiting != "" || ol.said() != want {
			t.Errorf("confirm: %v, %q waits; typed %s", err, r.waiting, ol.said())
		}
		r.free(t, l)
		r.free(t, ol)
		if err := other.Confirm(t.Context(), "tx"); !errors.Is(err, mirror.ErrNotFound) {
			t.Errorf("confirmed twice: %v", err)
		}
		r.free(t, ol)
	})
}

func TestAPushIsTakenBack(t *testing.T) {
	each(t, func(t *testing.T, r *router) {
		d, c, l := r.dial(t, "")
		push(t, d, c, creates("nm-a"))
		if err := c.Abort(t.Context(), "tx"); err != nil || r.waiting != "" || r.lines() != "copy theirs p7" {
			t.Errorf("abort: %v, %q waits, running %q; typed %s", err, r.waiting, r.lines(), l.said())
		}
		r.free(t, l)
		if err := c.Abort(t.Context(), "tx"); !errors.Is(err, mirror.ErrNotFound) {
			t.Errorf("abort again: %v", err)
		}
		r.free(t, l)
	})
}

// A candidate that is not ours, waits, or went back by itself is not ended.
func TestWhatIsNotOursIsNotEnded(t *testing.T) {
	each(t, func(t *testing.T, r *router) {
		d, c, l := r.dial(t, "")
		push(t, d, c, creates("nm-a"))
		r.running, r.waiting = r.before, map[bool]string{false: "theirs"}[r.bound] // late, and another's waits already
		l.sent = nil
		for verb, end := range map[string]func(context.Context, string) error{"confirm": c.Confirm, "abort": c.Abort} {
			if err := end(t.Context(), "tx"); !errors.Is(err, mirror.ErrNotFound) {
				t.Errorf("%s: %v", verb, err)
			}
		}
		if strings.Contains(l.said(), "commit check") || strings.Contains(l.said(), "rollback 1") || r.lines() != "copy theirs p7" || !r.bound && r.waiting != "theirs" {
			t.Errorf("typed %s; running %q", l.said(), r.lines())
		}
		r.free(t, l)
	})
}

func TestWithoutAWindowACommitStands(t *testing.T) {
	each(t, func(t *testing.T, r *router) {
		d, c, l := r.dial(t, mirror.ConfirmNone)
		report := push(t, d, c, creates("nm-a"))
		if report.Blocks[0].Err != nil || !report.Until.IsZero() || r.waiting != "" || r.lines() != "copy nm-a p1, copy theirs p7" {
			t.Errorf("got %+v, running %q; typed %s", report, r.lines(), l.said())
		}
		r.free(t, l)
	})
}

func TestAnEmptyDifferenceIsNoCommit(t *testing.T) {
	each(t, func(t *testing.T, r *router) {
		r.running["copy nm-a p1"] = true
		d, c, l := r.dial(t, "")
		report := push(t, d, c, creates("nm-a"))
		if report.Blocks[0].Err != nil || !report.Until.IsZero() || strings.Contains(l.said(), "commit ") && strings.Contains(l.said(), "nm-tx") {
			t.Errorf("got %+v; typed %s", report, l.said())
		}
		r.free(t, l)
	})
}

// A line that is refused, and a commit that is refused for a line, leave out a block and
// what stands on it, and nothing else.
func TestWhatIsRefusedIsLeftOutWithWhatStandsOnIt(t *testing.T) {
	vlan := mirror.Footing{Kind: mirror.FootingVLAN, VLAN: 99, Made: true}
	made := mirror.Change{Mark: "nm-v", After: &mirror.NativeSession{ID: vlan.ID(), Spec: vlan.Spec()}}
	changes := append([]mirror.Change{made}, creates("nm-a", "nm-b")...)
	changes[1].After.Spec.Role, changes[1].After.Spec.RemoteVLAN, changes[1].After.Spec.Destinations = mirror.RoleRSPANSource, 99, nil
	each(t, func(t *testing.T, r *router) {
		for at, set := range map[string]func(r *router){
			"typing":     func(r *router) { r.refuse = "vlan 99" },
			"committing": func(r *router) { r.mark = "vlan 99" },
		} {
			r := newRouter(r.bound)
			set(r)
			d, c, l := r.dial(t, "")
			report := push(t, d, c, changes)
			var said *mirror.DeviceError
			if err := report.Blocks[0].Err; !errors.As(err, &said) || !errors.Is(err, mirror.ErrRejected) || said.Sent != "vlan 99" || said.Answer == "" {
				t.Errorf("%s: the refused one: %v", at, err)
			}
			if err := report.Blocks[1].Err; !errors.Is(err, mirror.ErrRejected) || !strings.Contains(err.Error(), "stands on") {
				t.Errorf("%s: what stands on it: %v", at, err)
			}
			if report.Blocks[2].Err != nil || r.lines() != "copy nm-b p1, copy theirs p7" || r.waiting != "nm-tx_2" {
				t.Errorf("%s: the other: %v, running %q; typed %s", at, report.Blocks[2].Err, r.lines(), l.said())
			}
			if err := c.Confirm(t.Context(), "tx"); err != nil {
				t.Errorf("%s: confirm: %v", at, err)
			}
			r.free(t, l)
		}
		// What a session stands on stays when the session does.
		r.running["vlan 99"], r.running["copy nm-a p1"] = true, true
		for i := range changes {
			changes[i].Before, changes[i].After = changes[i].After, nil
		}
		r.refuse = "no copy nm-a"
		d, c, _ := r.dial(t, "")
		report := push(t, d, c, []mirror.Change{changes[1], changes[0]})
		if report.Blocks[0].Err == nil || report.Blocks[1].Err == nil || !r.running["vlan 99"] {
			t.Errorf("got %v and %v, running %q", report.Blocks[0].Err, report.Blocks[1].Err, r.lines())
		}
		for i := range changes {
			changes[i].Before, changes[i].After = nil, changes[i].Before
		}
	})
}

// What a session stands on goes in the commit in which the session goes, unless another
// session stands on it by then.
func TestASessionAndWhatItStandsOnGoTogether(t *testing.T) {
	vlan := mirror.Footing{Kind: mirror.FootingVLAN, VLAN: 99, Made: true}
	gone := creates("nm-a")
	gone[0].After.Spec.Role, gone[0].After.Spec.RemoteVLAN, gone[0].After.Spec.Destinations = mirror.RoleRSPANSource, 99, nil
	gone[0].Before, gone[0].After = gone[0].After, nil
	gone = append(gone, mirror.Change{Mark: "nm-v", Before: &mirror.NativeSession{ID: vlan.ID(), Spec: vlan.Spec()}})
	each(t, func(t *testing.T, r *router) {
		for _, shared := range []bool{false, true} {
			r := newRouter(r.bound)
			r.running["vlan 99"], r.running["copy nm-a p1 vlan 99"] = true, true
			if shared {
				r.running["copy theirs p7 vlan 99"] = true
			}
			d, c, l := r.dial(t, "")
			report := push(t, d, c, gone)
			if report.Blocks[0].Err != nil || shared != errors.Is(report.Blocks[1].Err, mirror.ErrChanged) || r.running["vlan 99"] != shared || r.running["copy nm-a p1 vlan 99"] {
				t.Errorf("shared %v: %v and %v, running %q; typed %s", shared, report.Blocks[0].Err, report.Blocks[1].Err, r.lines(), l.said())
			}
		}
	})
}

// Who locks the candidate, has edits in it or has a commit waiting is waited for: the
// device is busy, in its words, and nothing was typed that does anything.
func TestADoorThatIsClosed(t *testing.T) {
	for name, c := range map[string]struct {
		bound bool
		set   func(r *router)
		words string
	}{
		"dirty candidate": {false, func(r *router) {
			r.door = "Users currently editing the configuration:\n  admin terminal pts/0 (pid 31745) on since 10:00\n      [edit]\nerror: configuration database modified"
		}, "database modified"},
		"locked":               {false, func(r *router) { r.holder = &line{r: r} }, "netadmin terminal p0"},
		"another's waits":      {false, func(r *router) { r.waiting = "theirs" }, "admin via cli"},
		"locked, XR":           {true, func(r *router) { r.holder = &line{r: r} }, "locked by another agent"},
		"a trial is under way": {true, func(r *router) { r.waiting = "theirs" }, "trial commit is underway"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRouter(c.bound)
			c.set(r)
			waiting := r.waiting
			d, conn, l := r.dial(t, "")
			report := push(t, d, conn, creates("nm-a", "nm-b"))
			for _, b := range report.Blocks {
				var said *mirror.DeviceError
				if !errors.Is(b.Err, mirror.ErrBusy) || !errors.As(b.Err, &said) || !strings.Contains(said.Answer, c.words) {
					t.Errorf("got %v", b.Err)
				}
			}
			if l.Inside() || strings.Contains(l.said(), "commit check") || strings.Contains(l.said(), "confirmed") || r.waiting != waiting || !report.Until.IsZero() {
				t.Errorf("typed %s; %q waits", l.said(), r.waiting)
			}
		})
	}
}

func TestLinesOfOthersInTheCandidateRefuseTheCommit(t *testing.T) {
	r := newRouter(false)
	r.foreign = "copy other p9"
	d, c, l := r.dial(t, "")
	report := push(t, d, c, creates("nm-a"))
	if err := report.Blocks[0].Err; !errors.Is(err, mirror.ErrChanged) || !strings.Contains(err.Error(), "copy other p9") {
		t.Errorf("got %v", err)
	}
	if r.lines() != "copy theirs p7" || strings.Contains(l.said(), "commit check") {
		t.Errorf("running %q; typed %s", r.lines(), l.said())
	}
	r.free(t, l)
}

// An answer that tells nothing, or two things, is followed by asking what waits.
func TestAnAnswerThatTellsNothing(t *testing.T) {
	arms := map[bool]string{false: "commit confirmed 1 comment nm-tx", true: "commit label nm-tx confirmed 60"}
	each(t, func(t *testing.T, r *router) {
		for name, c := range map[string]struct {
			set   func(r *router)
			armed bool
		}{
			"both, and it waits": {func(r *router) { r.also[arms[r.bound]] = "error: cannot say\n% odd" }, true},
			"refused, and another's waits": {func(r *router) {
				r.answers[arms[r.bound]] = "error: no\n% Failed to commit"
				r.onLine = func(typed string) {
					if typed == arms[r.bound] {
						r.waiting = "theirs"
					}
				}
			}, false},
			"both, and nothing was":    {func(r *router) { r.answers[arms[r.bound]] = "commit complete\nerror: taken back\n% odd" }, false},
			"neither, and nothing was": {func(r *router) { r.answers[arms[r.bound]] = "% hm" }, false},
		} {
			r := newRouter(r.bound)
			c.set(r)
			d, conn, l := r.dial(t, "")
			report := push(t, d, conn, creates("nm-a"))
			if c.armed != (report.Blocks[0].Err == nil) || c.armed == report.Until.IsZero() || c.armed != (r.waiting == "nm-tx") {
				t.Errorf("%s: %v until %v; typed %s", name, report.Blocks[0].Err, report.Until, l.said())
			}
			if !c.armed {
				r.free(t, l)
			}
		}
	})
}

// A window is one that the device has room for.
func TestAWindowIsRoundedUp(t *testing.T) {
	each(t, func(t *testing.T, r *router) {
		d, c, l := r.dialWithin(t, mirror.ConfirmTimer, 31*time.Second)
		report := push(t, d, c, creates("nm-a"))
		want := map[bool]string{false: "confirmed 1 ", true: "confirmed 60"}[r.bound]
		if left := time.Until(report.Until); left < 50*time.Second || !strings.Contains(l.said(), want) {
			t.Errorf("it waits for %v; typed %s", left, l.said())
		}
	})
}

// What went back over the connection that stayed in the candidate is left before the next
// push, and what goes back while it is confirmed was not confirmed.
func TestATrialThatWentBack(t *testing.T) {
	r := newRouter(true)
	d, c, l := r.dial(t, "")
	push(t, d, c, creates("nm-a"))
	r.running, r.waiting = r.before, ""
	if report := push(t, d, c, creates("nm-a")); report.Blocks[0].Err != nil || r.waiting == "" {
		t.Errorf("pushed again: %v; typed %s", report.Blocks[0].Err, l.said())
	}
	r.onLine = func(typed string) {
		if typed == "commit" {
			r.running, r.waiting, l.cand = r.before, "", r.before
		}
	}
	if err := c.Confirm(t.Context(), "tx"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("confirm: %v; typed %s", err, l.said())
	}
	r.free(t, l)
}

// A trial that is taken back shows for some seconds more.
func TestTakingBackIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRouter(true)
		d, c, l := r.dial(t, "")
		push(t, d, c, creates("nm-a"))
		r.lingers = 2
		start := time.Now()
		if err := c.Abort(t.Context(), "tx"); err != nil || time.Since(start) != 2*time.Second {
			t.Errorf("abort: %v after %v; typed %s", err, time.Since(start), l.said())
		}
	})
}

// A push that nobody can tell the end of ends the connection, whose candidate goes.
func TestAnEndThatNobodyCanTell(t *testing.T) {
	each(t, func(t *testing.T, r *router) {
		d, c, l := r.dial(t, "")
		r.onLine = func(typed string) {
			if strings.Contains(typed, "confirmed") {
				r.answers[typed], r.untold = "% odd", true
			}
		}
		p, err := d.Render(mirror.Facts{}, mirror.Observation{}, creates("nm-a"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Push(t.Context(), "tx", p); !errors.Is(err, mirror.ErrParse) || !l.gone {
			t.Errorf("push: %v, closed %v", err, l.gone)
		}
		r.free(t, l)
	})
}

func TestWhatStandsOnWhat(t *testing.T) {
	side := func(id string, n mirror.NativeSpec) *mirror.NativeSession {
		return &mirror.NativeSession{ID: id, Spec: n}
	}
	list := mirror.Footing{Kind: mirror.FootingFilter, Name: "nm-l", Session: "nm-a", Made: true}.Spec()
	session := mirror.NativeSpec{Role: mirror.RoleLocal, Options: mirror.Options{Filter: "nm-l"}}
	made, madeList := mirror.Change{After: side("nm-a", session)}, mirror.Change{After: side("filter-nm-l", list)}
	gone, goneList := mirror.Change{Before: side("nm-a", session)}, mirror.Change{Before: side("filter-nm-l", list)}
	other := mirror.Change{After: side("nm-b", mirror.NativeSpec{Role: mirror.RoleLocal})}
	for name, c := range map[string]struct {
		a, b mirror.Change
		want bool
	}{
		"a session on its list":                 {made, madeList, true},
		"a list on the session it copies to":    {madeList, made, true},
		"a list's end on its session's":         {goneList, gone, true},
		"a session's end on its list's":         {gone, goneList, false},
		"another session on the list":           {other, madeList, false},
		"the list on another session":           {madeList, other, false},
		"a list that is made on a session gone": {madeList, gone, false},
		"a session on another":                  {made, other, false},
	} {
		if got := console.StandsOn(c.a, c.b); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A device that asks for another time is asked again, once a second, while there is time.
func TestADeviceThatAsksForAnotherTime(t *testing.T) {
	for _, tries := range []int{3, 1000} {
		synctest.Test(t, func(t *testing.T) {
			r := newRouter(true)
			n := 0
			r.onLine = func(typed string) {
				if strings.HasPrefix(typed, "commit label") {
					if n++; n <= tries {
						r.answers[typed] = "% try again"
					}
				}
			}
			d, c, l := r.dial(t, "")
			p, err := d.Render(mirror.Facts{}, mirror.Observation{}, creates("nm-a", "nm-b"))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			start := time.Now()
			report, err := c.Push(ctx, "tx", p)
			if err != nil {
				t.Fatal(err)
			}
			took := time.Since(start)
			switch tries {
			case 3:
				if report.Blocks[0].Err != nil || r.waiting == "" || took != 3*time.Second {
					t.Errorf("got %v after %v; typed %s", report.Blocks[0].Err, took, l.said())
				}
			default:
				if !errors.Is(report.Blocks[0].Err, mirror.ErrBusy) || took > time.Minute || took < 50*time.Second || strings.Contains(l.said(), "nm-tx_2") {
					t.Errorf("got %v after %v", report.Blocks[0].Err, took)
				}
				r.free(t, l)
			}
		})
	}
}

// A candidate that another has locked when ours is to be confirmed is waited for until
// our time is over.
func TestALockThatKeepsFromConfirming(t *testing.T) {
	for _, frees := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			r := newRouter(false)
			d, c, l := r.dial(t, "")
			push(t, d, c, creates("nm-a"))
			r.holder = &line{r: r}
			tries := 0
			r.onLine = func(typed string) {
				if typed == "configure exclusive" {
					if tries++; frees && tries == 4 {
						r.holder = nil
					}
				}
			}
			start := time.Now()
			err := c.Confirm(t.Context(), "tx")
			if took := time.Since(start); frees && (err != nil || r.waiting != "" || took != 3*time.Second) || !frees && (!errors.Is(err, mirror.ErrBusy) || took > time.Minute) {
				t.Errorf("confirm: %v after %v, %q waits", err, took, r.waiting)
			}
			if l.Inside() {
				t.Error("it stays in the candidate")
			}
		})
	}
}

// A connection that is lost at any line of a push, before it is heard or behind it: the
// error is of the connection, nothing is locked, and another connection tells what waits.
func TestAConnectionLostInAPush(t *testing.T) {
	each(t, func(t *testing.T, r *router) {
		d, c, l := r.dial(t, "")
		push(t, d, c, creates("nm-a"))
		for _, at := range l.sent {
			for _, heard := range []string{"", "+"} {
				r := newRouter(r.bound)
				d, c, l := r.dial(t, "")
				r.lost = at + heard
				p, err := d.Render(mirror.Facts{}, mirror.Observation{}, creates("nm-a"))
				if err != nil {
					t.Fatal(err)
				}
				if _, err = c.Push(t.Context(), "tx", p); !errors.Is(err, mirror.ErrUnreachable) || !l.gone || r.holder != nil {
					t.Errorf("lost at %s%s: %v, locked %v", at, heard, err, r.holder != nil)
				}
				if ordered := strings.Contains(at, "confirmed") || at == "exit"; errors.Is(err, mirror.ErrNotSent) == ordered {
					t.Errorf("lost at %s%s: %v", at, heard, err) // before the commit it is known not to have happened
				}
				_, other, _ := r.dial(t, "")
				pending, err := other.Pending(t.Context())
				if err != nil || len(pending) != map[bool]int{true: 1}[r.waiting != ""] {
					t.Errorf("lost at %s%s: pending %+v, %v", at, heard, pending, err)
				}
				armed := strings.Contains(at, "confirmed") && heard == "+" || at == "exit"
				if armed != (r.waiting != "") {
					t.Errorf("lost at %s%s: %q waits", at, heard, r.waiting)
				}
			}
		}
	})
}

// A candidate that cannot be left is left by ending the connection, which frees it.
func TestACandidateThatCannotBeLeft(t *testing.T) {
	each(t, func(t *testing.T, r *router) {
		r.stuck, r.refuse = true, "copy nm-a p1"
		d, c, l := r.dial(t, "")
		p, err := d.Render(mirror.Facts{}, mirror.Observation{}, creates("nm-a"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Push(t.Context(), "tx", p); !errors.Is(err, mirror.ErrUnreachable) || !l.gone {
			t.Errorf("push: %v, closed %v", err, l.gone)
		}
		r.free(t, l)
	})
	r := newRouter(false)
	d, c, l := r.dial(t, "")
	push(t, d, c, creates("nm-a"))
	r.stuck = true
	if err := c.Confirm(t.Context(), "tx"); !errors.Is(err, mirror.ErrUnreachable) || !l.gone {
		t.Errorf("confirm: %v, closed %v", err, l.gone)
	}
	r.free(t, l)
}

// A confirmation that the device refuses leaves the push to be taken back.
func TestAConfirmationThatIsRefused(t *testing.T) {
	each(t, func(t *testing.T, r *router) {
		d, c, l := r.dial(t, "")
		push(t, d, c, creates("nm-a"))
		r.answers["commit check"], r.answers["commit"] = "error: permission denied", "% Failed to confirm"
		if err := c.Confirm(t.Context(), "tx"); !errors.Is(err, mirror.ErrRejected) || r.waiting == "" {
			t.Errorf("confirm: %v, %q waits", err, r.waiting)
		}
		delete(r.answers, "commit")
		if err := c.Abort(t.Context(), "tx"); err != nil || r.lines() != "copy theirs p7" {
			t.Errorf("abort: %v, running %q", err, r.lines())
		}
		r.free(t, l)
	})
}

// What a Commit lacks is said when the platform is made.
func TestACommitThatLacksSomething(t *testing.T) {
	k := boundCommit()
	k.Do, k.Plain = "", nil
	_, err := console.New(console.Platform{Key: "cisco_iosxe", Commit: k}, nil)
	if !errors.Is(err, mirror.ErrInvalid) || !strings.Contains(err.Error(), "Commit.Do") || !strings.Contains(err.Error(), "Commit.Plain") {
		t.Errorf("got %v", err)
	}
}
