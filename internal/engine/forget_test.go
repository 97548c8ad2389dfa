package engine_test

import (
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// TestThePastIsForgotten: by number, then by age, over several batches, while whoever
// follows hears that something is gone.
func TestThePastIsForgotten(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Keep = engine.Keep{Events: 1500, For: time.Hour} }, map[string]*fakeSwitch{"sw1": newSwitch("p1", "d1")})
	now := time.Now().UTC()
	b.settle("sw1") // nothing else is told from now on
	if err := b.db.Update(t.Context(), func(tx mirror.Tx) error {
		for i := range 3000 {
			if err := tx.AppendEvent(mirror.Event{At: now.Add(time.Duration(i-3000) * time.Second), Type: "Old"}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	kept := func() (n int, lost bool) {
		n = len(must(b.Events(t.Context(), 0, 0)))
		return n, must(b.FindEvents(t.Context(), mirror.EventQuery{After: 1, Limit: 1})).Lost
	}
	if err := b.Forget(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if n, lost := kept(); n != 1500 || !lost {
		t.Errorf("%d are kept, lost %t", n, lost)
	}
	if err := b.Forget(t.Context(), now.Add(time.Hour-time.Minute)); err != nil {
		t.Fatal(err)
	}
	if n, _ := kept(); n != 60 {
		t.Errorf("of the last minute %d are kept", n)
	}
}

// TestWhoFollowsEventsHearsOfEach, whoever in the program stores it.
func TestWhoFollowsEventsHearsOfEach(t *testing.T) {
	b := newBench(t, nil, map[string]*fakeSwitch{"sw1": newSwitch("p1", "d1")})
	var after int64
	seen := map[string]bool{}
	b.accepted(intent("s", "sw1:d1", "sw1:p1 rx"))
	for !seen["RolloutSucceeded"] {
		added := b.EventAdded()
		page := must(b.FindEvents(t.Context(), mirror.EventQuery{After: after, Session: "s", Limit: 10}))
		for _, e := range page.Events {
			seen[e.Type] = true
		}
		if after = page.Next; len(page.Events) > 0 {
			continue
		}
		select {
		case <-added:
		case <-time.After(patience):
			t.Fatalf("nothing is heard after %v", seen)
		}
	}
}
