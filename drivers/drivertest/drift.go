package drivertest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
	"github.com/netmirror/netmirror/internal/testkit"
)

// drift changes our session by hand: it is seen, told in words and repaired.
// Foreign sessions lie beside it all along and stay as they are.
func (s Suite) drift(t *testing.T) {
	r := s.newRig(t)
	if !s.can(t, "drift", r.dev.Manual != nil) {
		return
	}
	f := r.local("d1", from("p1", mirror.Both), from("p2", mirror.RX))
	r.apply(f)
	for i := range r.dev.Manual(r.ours()) {
		m := r.dev.Manual(r.ours())[i] // for the session as it is now
		t.Run(m.Name, func(t *testing.T) {
			r.t = t
			r.byHand(m, f)
		})
		r.t = t
	}
	t.Run("a lost ledger deletes nothing", func(t *testing.T) {
		r.t = t
		r.lostLedger(f)
	})
	r.t = t
	r.apply()
	t.Run("an engine repairs it", func(t *testing.T) {
		r.t = t
		r.repairedByEngine()
	})
}

// ours is the one native session of ours.
func (r *rig) ours() mirror.NativeSession {
	r.t.Helper()
	list := own(r.info())
	if len(list) != 1 {
		r.t.Fatalf("%d native sessions are ours, want 1", len(list))
	}
	return list[0]
}

func (r *rig) byHand(m Manual, f mirror.Fragment) {
	r.t.Helper()
	before := r.dev.Config()
	m.Do()
	if r.dev.Config() == before {
		r.t.Fatal("nothing was changed by hand")
	}
	info := r.info()
	list := plan.Diff(plan.Compose(instance, thisDevice, []mirror.Fragment{f}), info)
	if len(list) != 1 || list[0].Verb() != m.Verb {
		r.t.Fatalf("the drift is %+v, want one %s", list, m.Verb)
	}
	words := difference(list[0])
	if m.Verb == "change" && (m.Want == "" || !strings.Contains(words, m.Want)) {
		r.t.Errorf("the drift is told as %q, want %q in it", words, m.Want)
	}
	r.apply(f)
	// In place, so that not even the order of things differs.
	if m.Verb == "change" {
		if diff := cmp.Diff(before, r.dev.Config()); diff != "" {
			r.t.Errorf("after the repair the configuration is not the one before the drift (-was +is):\n%s", diff)
		}
	}
}

// lostLedger: what nobody remembers is somebody else's, unless it bears the
// mark of what is wanted.
func (r *rig) lostLedger(f mirror.Fragment) {
	r.t.Helper()
	info := r.info()
	info.Ledger = nil
	if list := plan.Diff(nil, info); len(list) > 0 {
		r.t.Errorf("with nothing wanted and nothing remembered: %+v", list)
	}
	for _, c := range plan.Diff(plan.Compose(instance, thisDevice, []mirror.Fragment{f}), info) {
		if info.Capabilities.Marks || info.Capabilities.NamedBy() == mirror.Named || c.Before != nil {
			r.t.Errorf("with nothing remembered there is to %s %+v", c.Verb(), c.Before)
		}
	}
}

// repairedByEngine changes by hand what an engine keeps.
func (r *rig) repairedByEngine() {
	r.t.Helper()
	b := r.newBench()
	b.submit(b.ask(from("p1", mirror.Both), from("p2", mirror.RX)))
	info, _ := b.info()
	ours := own(info)
	if len(ours) != 1 {
		r.t.Fatalf("%d native sessions are ours, want 1", len(ours))
	}
	r.dev.Manual(ours[0])[0].Do()
	testkit.Eventually(r.t, patience, "the engine to repair what was changed by hand", func() bool {
		info, fragments := b.info()
		events, err := b.Events(r.t.Context(), 0, 0)
		if err != nil {
			r.t.Fatal(err)
		}
		told := false
		for _, e := range events {
			told = told || e.Type == "DriftRepaired" && e.Before != e.After
		}
		return told && len(plan.Diff(plan.Compose(info.Instance, thisDevice, fragments), info)) == 0
	})
	b.settled(1)
	b.remove()
	b.settled(0)
}
