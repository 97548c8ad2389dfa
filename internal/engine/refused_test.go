package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

func TestARefusedSessionFailsInTheDevicesWords(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	words := "% Local Session limit has been exceeded"
	sw.refuse = func(c mirror.Change) string { return words }
	op := b.submit("a", "sw1:d1", "sw1:p1")
	if op.State != mirror.OpFailed || !strings.Contains(op.Message, words) {
		t.Fatalf("operation %+v", op)
	}
	v := b.reach("a", mirror.Failed)
	if !strings.Contains(v.Record.Condition(mirror.CondConfigured).Message, words) || len(v.Placements) != 0 {
		t.Errorf("status %+v", v)
	}
	// The same body again is a wish to try again.
	sw.edit(func() { sw.refuse = nil })
	if op := b.submit("a", "sw1:d1", "sw1:p1"); op.State != mirror.OpSucceeded {
		t.Errorf("second try %+v", op)
	}
}

func TestARefusedChangeGoesBackToTheLastGood(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	sw.edit(func() {
		sw.refuse = func(c mirror.Change) string {
			if c.After != nil && len(c.After.Spec.Sources) > 1 {
				return "% too many"
			}
			return ""
		}
	})
	op := b.submit("a", "sw1:d1", "sw1:p1", "sw1:p2")
	if op.State != mirror.OpFailed || sw.sources("d1") != "p1 both" {
		t.Fatalf("operation %+v; device has %s", op, sw.sources("d1"))
	}
	v := b.reach("a", mirror.Degraded)
	if v.Record.ObservedGeneration != 1 || v.Record.Generation != 2 {
		t.Errorf("generations %+v", v.Record)
	}
	// Repair of the good generation still works.
	sw.edit(func() { clear(sw.natives) })
	testkit.Eventually(t, patience, "the good generation is repaired", func() bool { return sw.sources("d1") == "p1 both" })
}

func TestOneRefusedSessionDoesNotTakeItsNeighbourAlong(t *testing.T) {
	sw := newSwitch("p1", "p2", "p3", "d1")
	b := newBench(t, nil, map[string]*fakeSwitch{"sw1": sw})
	b.submit("base", "sw1:d1", "sw1:p3")
	sw.edit(func() {
		sw.refuse = func(c mirror.Change) string {
			if c.After != nil && slices.ContainsFunc(c.After.Spec.Sources, func(s mirror.NativeSource) bool { return s.Port == "p1" }) {
				return "% p1 is not for you"
			}
			return ""
		}
	})
	// Under maintenance both goals wait, so that one run meets both.
	b.maintain("sw1", true)
	for name, port := range map[string]string{"bad": "sw1:p1", "good": "sw1:p2"} {
		if _, err := b.Submit(t.Context(), admin, intent(name, "sw1:d1", port)); err != nil {
			t.Fatal(err)
		}
		b.reach(name, mirror.Applying)
	}
	b.maintain("sw1", false)
	b.reach("bad", mirror.Failed)
	b.reach("good", mirror.Active)
	b.reach("base", mirror.Active)
	if got := sw.sources("d1"); got != "p2 both, p3 both" {
		t.Errorf("device has %s", got)
	}
}

func TestAcceptedButNotHeldIsAFailure(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	sw.edit(func() { sw.deaf = true })
	op := b.submit("a", "sw1:d1", "sw1:p1")
	if op.State != mirror.OpFailed || !strings.Contains(op.Message, "not held") {
		t.Fatalf("operation %+v", op)
	}
}

func TestNotProgrammedIsWaitedForThenFails(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Timeouts.Settle = 300 * time.Millisecond }, one())
	sw := b.switches["sw1"]
	sw.edit(func() { sw.programmed = mirror.False })
	op := b.submit("a", "sw1:d1", "sw1:p1")
	if op.State != mirror.OpFailed || !strings.Contains(op.Message, "not programmed") || len(sw.ids()) != 0 {
		t.Fatalf("operation %+v, device %v", op, sw.ids())
	}
	sw.edit(func() { sw.programmed = mirror.True })
	if op := b.submit("a", "sw1:d1", "sw1:p1"); op.State != mirror.OpSucceeded {
		t.Fatalf("operation %+v", op)
	}
}

func TestEveryReasonAtOnce(t *testing.T) {
	b := newBench(t, nil, one())
	b.switches["sw1"].foreign("theirs", "d2", "p3")
	if _, err := b.Sync(t.Context(), admin, "sw1"); err != nil {
		t.Fatal(err)
	}
	s := intent("a", "sw1:d2", "sw1:nope", "sw1:p1")
	s.Sample, s.Ingress = 100, mirror.IngressEnabled
	_, err := b.Submit(t.Context(), admin, s)
	var refusal *mirror.Refusal
	if !errors.As(err, &refusal) {
		t.Fatal(err)
	}
	var codes []string
	for _, r := range refusal.Reasons {
		codes = append(codes, r.Pointer+" "+r.Code)
	}
	want := []string{"/ingress unsupported", "/sample unsupported", "/sources/0 unknown-port", "/destinations/0 destination-in-use"}
	if diff := cmp.Diff(want, codes); diff != "" {
		t.Error(diff)
	}
	if b.switches["sw1"].pushes != 0 {
		t.Error("something was sent")
	}
}
