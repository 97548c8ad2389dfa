package console_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// withoutReasons has a commit refused without a word about what for.
func (r *router) withoutReasons() {
	r.onLine = func(typed string) {
		if typed == "show configuration failed" {
			r.failed = ""
		} else if strings.HasPrefix(typed, "commit") && len(r.answers) == 0 && r.holder.bad() != "" {
			r.answers[typed] = map[bool]string{false: "error: configuration check-out failed", true: "% Failed to commit"}[r.bound]
		}
	}
}

// Where nobody knows for which block a commit was refused, it is halved. While one half
// waits to be confirmed, the rest is pushed again by the caller.
func TestARefusalWithoutAReasonIsHalved(t *testing.T) {
	each(t, func(t *testing.T, r *router) {
		for confirm, running := range map[string]string{
			"":                 "copy nm-a p1, copy nm-b p1, copy theirs p7",
			mirror.ConfirmNone: "copy nm-a p1, copy nm-b p1, copy nm-d p1, copy theirs p7",
		} {
			r := newRouter(r.bound)
			r.mark = "copy nm-c"
			r.withoutReasons()
			d, c, l := r.dial(t, confirm)
			report := push(t, d, c, creates("nm-a", "nm-b", "nm-c", "nm-d"))
			if r.lines() != running || report.Blocks[0].Err != nil || report.Blocks[1].Err != nil {
				t.Errorf("confirm %q: running %q, %+v; typed %s", confirm, r.lines(), report, l.said())
			}
			c3, d4 := report.Blocks[2].Err, report.Blocks[3].Err
			if confirm == "" && (!errors.Is(c3, mirror.ErrChanged) || !errors.Is(d4, mirror.ErrChanged)) || confirm != "" && (!errors.Is(c3, mirror.ErrRejected) || d4 != nil) {
				t.Errorf("confirm %q: the others: %v and %v", confirm, c3, d4)
			}
			if confirm != "" {
				r.free(t, l)
			}
		}
	})
}

// A session goes in the commit in which another takes its place, or not at all: also
// where a commit was refused and nobody knows why.
func TestASessionAndTheOneInItsPlaceAreNotParted(t *testing.T) {
	each(t, func(t *testing.T, r *router) {
		for name, change := range map[string]func([]mirror.Change) []mirror.Change{
			"beside another": func(all []mirror.Change) []mirror.Change { return all },
			"alone":          func(all []mirror.Change) []mirror.Change { return all[:2] },
		} {
			r := newRouter(r.bound)
			r.running["copy nm-a p1"], r.mark = true, "copy nm-b"
			r.withoutReasons()
			changes := creates("nm-a", "nm-b", "nm-c")
			changes[0].Before, changes[0].After = changes[0].After, nil
			changes[2].After.Spec.Destinations = []mirror.PortName{"p3"}
			d, c, l := r.dial(t, mirror.ConfirmNone)
			report := push(t, d, c, change(changes))
			if !r.running["copy nm-a p1"] || !errors.Is(report.Blocks[0].Err, mirror.ErrRejected) || !errors.Is(report.Blocks[1].Err, mirror.ErrRejected) {
				t.Errorf("%s: running %q, %+v; typed %s", name, r.lines(), report, l.said())
			}
			if len(report.Blocks) > 2 && (report.Blocks[2].Err != nil || !r.running["copy nm-c p1"]) {
				t.Errorf("%s: the other: %v, running %q", name, report.Blocks[2].Err, r.lines())
			}
			r.free(t, l)
		}
	})
}

// A device that refuses whatever it is sent is not tried without end: what was not tried
// may be pushed again.
func TestHalvingEnds(t *testing.T) {
	var names []string
	for i := range 64 {
		names = append(names, fmt.Sprintf("nm-%02d", i))
	}
	each(t, func(t *testing.T, r *router) {
		for name, within := range map[string]time.Duration{"often enough": time.Hour, "no time": 4 * time.Second} {
			r := newRouter(r.bound)
			r.mark = "copy nm-"
			r.withoutReasons()
			d, c, l := r.dial(t, mirror.ConfirmNone)
			p, err := d.Render(mirror.Facts{}, mirror.Observation{}, creates(names...))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), within)
			report, err := c.Push(ctx, "tx", p)
			if cancel(); err != nil {
				t.Fatal(err)
			}
			tried := strings.Count(l.said(), "configure exclusive")
			refused, unsent := 0, 0
			for _, b := range report.Blocks {
				switch {
				case errors.Is(b.Err, mirror.ErrRejected):
					refused++
				case errors.Is(b.Err, mirror.ErrNotSent) && errors.Is(b.Err, mirror.ErrChanged) && strings.Contains(b.Err.Error(), map[bool]string{false: "check-out failed", true: "% Failed to commit"}[r.bound]):
					unsent++
				}
			}
			if refused+unsent != len(names) || (within == time.Hour) != (refused > 0) || tried > 16 || (within < time.Hour) != (tried == 1) {
				t.Errorf("%s: %d refused, %d not sent, entered %d times", name, refused, unsent, tried)
			}
			r.free(t, l)
		}
	})
}
