package console_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

// The device's timer fires between the question whether ours waits and any line that takes
// it back: what was before the last commit is ours then, and is not put in force again.
func TestAPushThatGoesBackWhileItIsTakenBack(t *testing.T) {
	for at := range 7 { // configure exclusive; ask; rollback 1; ask; commit; exit; ask
		r := newRouter(false)
		d, c, _ := r.dial(t, "")
		push(t, d, c, creates("nm-a"))
		_, other, l := r.dial(t, "")
		lines := 0
		r.onLine = func(string) {
			if lines++; lines == at+1 && r.waiting != "" {
				r.running, r.before, r.waiting = r.before, r.running, "" // a commit like any other
			}
		}
		if err := other.Abort(t.Context(), "tx"); err != nil && !errors.Is(err, mirror.ErrNotFound) {
			t.Errorf("the timer before line %d: %v", at, err)
		}
		if r.lines() != "copy theirs p7" || r.waiting != "" || at > 1 && !strings.Contains(l.said(), "rollback 1") {
			t.Errorf("the timer before line %d: running %q, %q waits; typed %s", at, r.lines(), r.waiting, l.said())
		}
		r.free(t, l)
	}
}

// Where trials are not listed, the connection that armed one knows that it waits, and the
// answer to its confirmation tells whether it did.
func TestATrialThatIsNotListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		armed := func() (*router, *console.Conn, *line) {
			r := newRouter(true)
			r.short = true
			d, c, l := r.dial(t, "")
			push(t, d, c, creates("nm-a"))
			return r, c, l
		}
		r, c, l := armed()
		if p, err := c.Pending(t.Context()); err != nil || len(p) != 1 || p[0].Kind != mirror.WaitTrial || !p[0].Ours || p[0].Tx != "tx" {
			t.Errorf("pending %+v, %v", p, err)
		}
		_, other, _ := r.dial(t, "")
		if err := other.Confirm(t.Context(), "tx"); !errors.Is(err, mirror.ErrUnsupported) || r.waiting == "" {
			t.Errorf("over another connection: %v, %q waits", err, r.waiting)
		}
		if err := c.Confirm(t.Context(), "tx"); err != nil || r.waiting != "" || r.lines() != "copy nm-a p1, copy theirs p7" {
			t.Errorf("confirm: %v, %q waits, running %q; typed %s", err, r.waiting, r.lines(), l.said())
		}
		r.free(t, l)
		if p, err := c.Pending(t.Context()); err != nil || len(p) != 0 {
			t.Errorf("then pending %+v, %v", p, err)
		}

		r, c, l = armed()
		r.running, r.waiting, l.cand = r.before, "", r.before // its time was over
		if err := c.Confirm(t.Context(), "tx"); !errors.Is(err, mirror.ErrNotFound) || !strings.Contains(err.Error(), "No configuration changes to commit") {
			t.Errorf("confirmed too late: %v; typed %s", err, l.said())
		}
		r.free(t, l)

		r, c, l = armed()
		r.answers["commit"] = "% Failed to confirm"
		if err := c.Confirm(t.Context(), "tx"); !errors.Is(err, mirror.ErrRejected) || !strings.Contains(err.Error(), "% Failed to confirm") || r.waiting == "" {
			t.Errorf("refused: %v, %q waits", err, r.waiting)
		}
		r.back = 3 // it takes the device seconds
		start := time.Now()
		if err := c.Abort(t.Context(), "tx"); err != nil || time.Since(start) != 3*time.Second || r.lines() != "copy theirs p7" {
			t.Errorf("abort: %v after %v, running %q; typed %s", err, time.Since(start), r.lines(), l.said())
		}
		r.free(t, l)
	})
}
