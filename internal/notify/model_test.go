package notify

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A mailbox is a receiver: what it makes of each attempt is drawn.
type mailbox struct {
	t     *rapid.T
	shelf *shelf
	got   []mirror.Event // that it took, in order
}

func (m *mailbox) Close() error { return nil }

func (m *mailbox) carry(_ context.Context, e mirror.Event) verdict {
	switch rapid.SampledFrom([]string{"take", "take", "take", "refuse", "take, and we crash", "crash"}).Draw(m.t, "fate") {
	case "refuse":
		return verdict{err: errors.New("no"), after: time.Duration(rapid.IntRange(0, 3).Draw(m.t, "after")) * time.Second}
	case "crash":
		m.shelf.dead = true
		return verdict{err: errors.New("cut off")}
	case "take, and we crash":
		m.shelf.dead = true
	}
	m.got = append(m.got, e)
	return verdict{}
}

// TestNothingIsPassedOver plays couriers that crash at any step, receivers that refuse,
// and a log that forgets, and compares what was told with what happened: every event that
// the filter takes was taken by the receiver, is a dead letter, or is within a gap that
// the receiver was told of or will be. What is told first comes in order, and the same
// event has always the same id.
func TestNothingIsPassedOver(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newShelf()
		s.tell(time.Unix(1, 0), "Before")
		s.hang(mirror.Webhook{Name: "w", URL: "https://x/", MaxAttempts: 2, Filter: mirror.EventFilter{Types: []string{"A"}}})
		box := &mailbox{t: rt, shelf: s}
		now := time.Unix(1000, 0)
		var happened []mirror.Event // that the filter takes
		n := New(Config{Now: func() time.Time { return now }, Pause: func(int) time.Duration { return time.Second }})
		route := func(tx mirror.Tx) (route, error) {
			r, err := n.hookRoute("w")(tx)
			r.open = func() carrier { return box }
			return r, err
		}
		var c *courier
		restart := func() { s.dead = false; c = newCourier(n, s, mirror.WebhookOutlet("w"), route) }
		restart()
		step := func() {
			if _, err := c.step(rt.Context()); s.dead {
				restart()
			} else if err != nil && !errors.Is(err, errFull) {
				rt.Fatal(err)
			}
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(rt, "later")) * 100 * time.Millisecond)
		}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"tell", "tell", "step", "step", "step", "drop", "full", "restart", "end"}).Draw(rt, "do") {
			case "tell":
				typ := rapid.SampledFrom([]string{"A", "A", "B"}).Draw(rt, "type")
				full := s.full // it is the courier's writes that fail
				s.full = 0
				s.tell(now, typ)
				if s.full = full; typ == "A" {
					happened = append(happened, s.kept.events[len(s.kept.events)-1])
				}
			case "drop":
				s.drop(rapid.IntRange(0, 3).Draw(rt, "many"))
			case "step":
				step()
			case "full":
				s.full = rapid.IntRange(1, 3).Draw(rt, "writes")
			case "restart": // as after kill -9
				restart()
			case "end": // as after a signal
				if err := c.flush(rt.Context()); err != nil && !errors.Is(err, errOver) && !errors.Is(err, errFull) && c.out.Name != "" {
					rt.Fatal(err)
				}
				restart()
			}
		}
		for i := 0; s.kept.outlets["webhook/w"].Cursor < s.kept.last || s.kept.outlets["webhook/w"].Gap != nil; i++ {
			step()
			if now = now.Add(time.Minute); i > 1000 {
				rt.Fatalf("it does not end: %+v", s.kept.outlets)
			}
		}
		check(rt, s, box.got, happened)
	})
}

func check(rt *rapid.T, s *shelf, got, happened []mirror.Event) {
	var gaps []mirror.EventGap
	ids, first := map[string]mirror.Event{}, []int64{}
	note := func(e mirror.Event) {
		if e.Type == TypeLost {
			var g mirror.EventGap
			if n := numbers(e.Message); len(n) == 3 {
				g.From, g.To = n[1], n[2]
			}
			gaps = append(gaps, g)
			return
		}
		before, there := ids[eventID(e)]
		if !there {
			first = append(first, e.Seq)
		} else if before.Seq != e.Seq {
			rt.Fatalf("two events have the id %s", eventID(e))
		}
		ids[eventID(e)] = e
	}
	for _, e := range got {
		if note(e); e.Type != TypeLost && e.Type != "A" {
			rt.Fatalf("the filter does not take %s", e.Type)
		}
	}
	if !slices.IsSorted(first) {
		rt.Fatalf("told in the order %v", first)
	}
	for _, l := range s.kept.letters {
		note(l.Event)
	}
	for _, e := range happened {
		_, told := ids[eventID(e)]
		if !told && !slices.ContainsFunc(gaps, func(g mirror.EventGap) bool { return g.From <= e.Seq && e.Seq <= g.To }) {
			rt.Fatalf("event %d was passed over; told %v, gaps %v", e.Seq, first, gaps)
		}
	}
}

// numbers are those of a text, in order.
func numbers(text string) (out []int64) {
	n, in := int64(0), false
	for _, r := range text + " " {
		switch {
		case r >= '0' && r <= '9':
			n, in = n*10+int64(r-'0'), true
		case in:
			out, n, in = append(out, n), 0, false
		}
	}
	return out
}
