package engine_test

import (
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// TestSessionsOfOthersTellSinceWhenTheyAreSeen, also after a restart; what takes the number
// of another is seen anew.
func TestSessionsOfOthersTellSinceWhenTheyAreSeen(t *testing.T) {
	b := newBench(t, nil, numbered())
	sw := b.switches["sw1"]
	seen := func(id string) time.Time {
		t.Helper()
		for _, o := range must(b.Observed(t.Context(), engine.ObservedQuery{Device: "sw1"})) {
			if o.Native.ID == id {
				return o.FirstSeen
			}
		}
		return time.Time{}
	}
	before := time.Now()
	sw.foreign("5", "d3", "p3")
	testkit.Eventually(t, patience, "5 is seen", func() bool { return !seen("5").IsZero() })
	first := seen("5")
	if first.Before(before) || first.After(time.Now()) {
		t.Errorf("first seen %v, made at %v", first, before)
	}
	sw.foreign("6", "d2", "p3")
	testkit.Eventually(t, patience, "6 is seen", func() bool { return !seen("6").IsZero() })
	if got := seen("5"); !got.Equal(first) || !seen("6").After(first) {
		t.Errorf("5 is seen since %v, then %v; 6 since %v", first, got, seen("6"))
	}
	b.stop()
	b.start()
	b.settle("sw1")
	if got := seen("5"); !got.Equal(first) {
		t.Errorf("after a restart 5 is seen since %v, not %v", got, first)
	}
	sw.edit(func() {
		n := sw.natives["5"]
		n.Spec.Sources = []mirror.NativeSource{{Port: "p1", Direction: mirror.RX}}
		sw.natives["5"] = n
	})
	b.settle("sw1")
	if got := seen("5"); !got.Equal(first) {
		t.Errorf("with another source 5 is seen since %v, not %v", got, first)
	}
	sw.foreign("5", "d1", "p3")
	b.settle("sw1")
	if got := seen("5"); !got.After(first) {
		t.Errorf("another session under number 5 is seen since %v", got)
	}
	sw.edit(func() { delete(sw.natives, "5") })
	b.settle("sw1")
	if got := seen("5"); !got.IsZero() {
		t.Errorf("what is gone is seen since %v", got)
	}
}
