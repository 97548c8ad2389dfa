package console_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Whatever goes wrong at a line: no lock and no candidate is left, what others have and
// have waiting stays as it is, and what is said of a push is so.
func TestWhateverGoesWrongNothingIsLeftLocked(t *testing.T) {
	const rounds = 200
	each(t, func(t *testing.T, shape *router) {
		for seed := range uint64(rounds) {
			synctest.Test(t, func(t *testing.T) { randomPush(t, shape.bound, rand.New(rand.NewPCG(seed, 2))) })
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	})
}

// mishaps has something happen at the next lines, as dice say.
func (r *router) mishaps(dice *rand.Rand) {
	refusal := map[bool]string{false: "error: configuration check-out failed", true: "% Failed to commit"}[r.bound]
	left := 1 + dice.IntN(2)
	r.onLine = func(typed string) {
		if left == 0 || dice.IntN(6) > 0 || typed == "configure exclusive" || strings.Contains(typed, "show") && !strings.Contains(typed, "failed") {
			return
		}
		left--
		ends := strings.HasPrefix(typed, "commit")
		switch dice.IntN(5) {
		case 0:
			r.lost = typed + "+"
		case 1:
			if ends {
				r.answers[typed] = "% odd"
			}
		case 2:
			if ends {
				r.answers[typed] = refusal
			}
		case 3:
			if ends {
				r.also[typed] = "error: but\n% odd"
			}
		case 4:
			if strings.HasPrefix(typed, "copy") {
				r.answers[typed] = map[bool]string{false: "syntax error.", true: "% Invalid input"}[r.bound]
			}
		}
	}
}

func randomPush(t *testing.T, bound bool, dice *rand.Rand) {
	r := newRouter(bound)
	d, c, l := r.dial(t, []string{"", "", mirror.ConfirmNone}[dice.IntN(3)])
	if dice.IntN(6) == 0 {
		r.waiting = "theirs"
	}
	theirs, was := r.waiting, maps.Clone(r.running)
	names := []string{"nm-a", "nm-b", "nm-c"}
	p, err := d.Render(mirror.Facts{}, mirror.Observation{}, creates(names...))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r.mishaps(dice)
	report, err := c.Push(ctx, "tx", p)
	told := fmt.Sprintf("%+v, %v; running %q, %q waits; typed %s", report, err, r.lines(), r.waiting, l.said())
	if r.holder != nil || l.Inside() && (!bound || report.Until.IsZero()) || !r.running["copy theirs p7"] || theirs != "" && r.waiting != theirs {
		t.Errorf("left behind: %s", told)
	}
	if err != nil {
		return
	}
	for i, name := range names {
		if r.running["copy "+name+" p1"] != (report.Blocks[i].Err == nil) && !slices.Contains(l.sent, "commit label nm-tx") && !slices.Contains(l.sent, "commit comment nm-tx") {
			t.Errorf("%s is not as it is told: %s", name, told)
		}
	}
	if report.Until.IsZero() {
		return
	}
	pushed := maps.Clone(r.running)
	if dice.IntN(2) == 0 {
		if err = c.Confirm(ctx, "tx"); err == nil && (r.waiting != "" || !maps.Equal(r.running, pushed)) {
			t.Errorf("confirmed: %q waits, running %q; typed %s", r.waiting, r.lines(), l.said())
		}
	} else if err = c.Abort(ctx, "tx"); err == nil && !maps.Equal(r.running, was) {
		t.Errorf("taken back: %q waits, running %q; typed %s", r.waiting, r.lines(), l.said())
	}
	if r.holder != nil || l.Inside() && (!bound || err == nil) {
		t.Errorf("left behind an end (%v): typed %s", err, l.said())
	}
}
