package engine_test

import (
	"slices"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// figures are what a monitoring system hears.
func (b *bench) figures() engine.Figures {
	b.t.Helper()
	f, err := b.Figures(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return f
}

// TestFiguresFollowTheSessions: through their life, past a restart, and never other
// than the API tells.
func TestFiguresFollowTheSessions(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	if f := b.figures(); len(f.Sessions.Phases) != 0 || len(f.Devices) != 1 {
		t.Errorf("at first: %+v", f)
	}
	in := func(what string, phase mirror.Phase, n int) {
		t.Helper()
		testkit.Eventually(t, patience, what, func() bool {
			return b.figures().Sessions.Phases[phase] == n
		})
	}
	b.submit("a", "sw1:d1", "sw1:p1")
	b.submit("b", "sw1:d1", "sw1:p2")
	in("two are active", mirror.Active, 2)
	if c := b.figures().Sessions.Conditions[mirror.CondConfigured]; c[mirror.True] != 2 {
		t.Errorf("configured: %v", c)
	}

	// A fault names its session, and goes with it.
	sw.quietly(func() { sw.refuse = func(mirror.Change) string { return "no" } })
	sw.edit(func() { sw.natives = map[string]mirror.NativeSession{} })
	in("both are degraded", mirror.Degraded, 2)
	var faulty []string
	for _, f := range b.figures().Sessions.Faults {
		if f.Condition == mirror.CondConfigured && f.Reason != "" {
			faulty = append(faulty, f.Session)
		}
	}
	if !slices.Equal(faulty, []string{"a", "b"}) {
		t.Errorf("faults of %v", faulty)
	}

	// What was before the restart says nothing of now.
	b.stop()
	speak := sw.quiet()
	b.start()
	in("nobody knows", mirror.Uncertain, 2)
	sw.quietly(func() { sw.refuse = nil })
	speak()
	in("both are active again", mirror.Active, 2)
	b.remove("a")
	in("one is left", mirror.Active, 1)
	b.remove("b")
	in("none is left", mirror.Active, 0)
	if f := b.figures(); len(f.Sessions.Phases) != 0 || len(f.Sessions.Faults) != 0 {
		t.Errorf("in the end: %+v", f.Sessions)
	}
}
