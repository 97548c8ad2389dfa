package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// outcomeOf is what a caller hears: accepted, or the kind and the codes of the refusal.
func outcomeOf(err error) string {
	if err == nil {
		return "accepted"
	}
	for _, kind := range []error{mirror.ErrInvalid, mirror.ErrConflict, mirror.ErrUnsupported, mirror.ErrUnreachable, mirror.ErrTimeout, mirror.ErrPrecondition, mirror.ErrNotFound} {
		if errors.Is(err, kind) {
			return kind.Error()
		}
	}
	return err.Error()
}

// TestDryRunsAnswerAsTheirVerbsDo beside what the devices may have come to: whether a verb is
// taken, and what it sends, is told by its dry run.
func TestDryRunsAnswerAsTheirVerbsDo(t *testing.T) {
	a := intent("a", "sw1:d1", "sw1:p1")
	a.Lease = &mirror.Lease{Duration: time.Hour}
	off := a
	off.Enabled = false
	verbs := []struct {
		name string
		dry  func(*bench) (engine.Planned, error)
		real func(*bench) (engine.SubmitResult, error)
		off  bool // a is switched off before
	}{
		{"disable", func(b *bench) (engine.Planned, error) { return b.Plan(b.t.Context(), admin, off) },
			func(b *bench) (engine.SubmitResult, error) { return b.Submit(b.t.Context(), admin, off) }, false},
		{"delete", func(b *bench) (engine.Planned, error) { return b.PlanRemove(b.t.Context(), admin, "a", "") },
			func(b *bench) (engine.SubmitResult, error) { return b.Remove(b.t.Context(), admin, "a", "") }, false},
		{"let go", func(b *bench) (engine.Planned, error) {
			return b.PlanRemove(b.t.Context(), admin, "a", mirror.DeleteOrphan)
		}, func(b *bench) (engine.SubmitResult, error) {
			return b.Remove(b.t.Context(), admin, "a", mirror.DeleteOrphan)
		}, false},
		{"renew", func(b *bench) (engine.Planned, error) { return b.PlanRenew(b.t.Context(), admin, "a", nil) },
			func(b *bench) (engine.SubmitResult, error) { return b.Renew(b.t.Context(), admin, "a", nil) }, false},
		{"enable", func(b *bench) (engine.Planned, error) { return b.Plan(b.t.Context(), admin, a) },
			func(b *bench) (engine.SubmitResult, error) { return b.Submit(b.t.Context(), admin, a) }, true},
	}
	states := []struct {
		name string
		make func(b *bench, sw *fakeSwitch)
		away bool
	}{
		{"undisturbed", func(*bench, *fakeSwitch) {}, false},
		{"its number is another hand's", func(b *bench, sw *fakeSwitch) { take(b, sw, "a", "d1") }, false},
		{"the number of another is another hand's", func(b *bench, sw *fakeSwitch) { take(b, sw, "b", "d2") }, false},
		{"no number is left for another", func(b *bench, sw *fakeSwitch) {
			for n := 1; n <= 66; n++ {
				if id := fmt.Sprint(n); !slices.Contains(sw.ids(), id) {
					sw.foreign(id, "x"+id)
				}
			}
			b.change("sw1", func(d *mirror.Device) { d.Maintenance = true })
			b.settle("sw1")
		}, false},
		{"its device is away", func(b *bench, sw *fakeSwitch) {
			sw.edit(func() { sw.down = true })
			testkit.Eventually(b.t, patience, "sw1 is away", func() bool { return b.reachable("sw1").State == mirror.False })
		}, true},
	}
	for _, state := range states {
		for _, verb := range verbs {
			t.Run(state.name+"/"+verb.name, func(t *testing.T) {
				b := newBench(t, func(c *engine.Config) { c.Resync = 50 * time.Millisecond }, numbered())
				sw := b.switches["sw1"]
				b.put(a)
				b.submit("b", "sw1:d2", "sw1:p2")
				if verb.off {
					b.put(off)
				}
				state.make(b, sw)
				before := sw.config()
				planned, dry := verb.dry(b)
				if got := sw.config(); got != before {
					t.Fatalf("the dry run has changed the switch:\n%s\nto\n%s", before, got)
				}
				pushed := len(sw.order)
				res, real := verb.real(b)
				if outcomeOf(dry) != outcomeOf(real) {
					t.Fatalf("the dry run: %v\nthe verb: %v", dry, real)
				}
				if real != nil {
					return
				}
				var told []string
				for _, part := range planned.Devices {
					for _, c := range part.Changes {
						told = append(told, c.Verb()+" "+string(roleOf(c)))
					}
				}
				if state.away {
					if !slices.ContainsFunc(planned.Warnings, func(r mirror.Reason) bool { return r.Code == "device-unreadable" }) && verb.name != "let go" {
						t.Errorf("nothing is said of the device: %+v", planned.Warnings)
					}
					sw.edit(func() { sw.down = false })
				}
				b.change("sw1", func(d *mirror.Device) { d.Maintenance = false })
				b.wait(res.Operation.ID)
				b.settle("sw1")
				if got := sw.order[pushed:]; !slices.Equal(got, told) {
					t.Errorf("told %q, sent %q; warned: %v", told, got, planned.Warnings)
				}
				if stays := verb.name == "renew" || verb.name == "disable" && strings.Contains(state.name, "of another"); stays && strings.Contains(state.name, "another hand's") &&
					!slices.ContainsFunc(planned.Warnings, func(r mirror.Reason) bool { return r.Code == "ownership-lost" }) {
					t.Errorf("nobody says whose the native session is: %v", planned.Warnings)
				}
			})
		}
	}
}

// take gives the number of a session to what another hand made, and waits until that is seen.
func take(b *bench, sw *fakeSwitch, session, dest string) {
	b.t.Helper()
	for _, id := range sw.ids() {
		if slices.Contains(sw.native(id).Spec.Destinations, mirror.PortName(dest)) {
			sw.foreign(id, "d3", "p3")
			b.gives(session, "OwnershipLost")
			return
		}
	}
}
