package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// TestDryRunsOfVerbs tell what the verbs would send, and do nothing.
func TestDryRunsOfVerbs(t *testing.T) {
	switches := one()
	switches["sw1"].foreign("mine", "d2", "p3")
	whole := switches["sw1"].natives["mine"]
	whole.Spec.Options = mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}
	switches["sw1"].natives["mine"] = whole
	b := newBench(t, nil, switches)
	s := intent("a", "sw1:d1", "sw1:p1 rx")
	s.Lease = &mirror.Lease{Duration: time.Hour}
	b.put(s)
	before, events := switches["sw1"].config(), len(must(b.Events(t.Context(), 0, 0)))
	verbs := func(p engine.Planned, err error) (out []string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range p.Devices {
			for i, c := range d.Changes {
				out = append(out, c.Verb())
				if len(d.Forward.Blocks) <= i || d.Forward.Blocks[i].Text == "" || len(d.Undo.Blocks) != len(d.Forward.Blocks) {
					t.Errorf("device %s: %d blocks, %d to undo them", d.Device, len(d.Forward.Blocks), len(d.Undo.Blocks))
				}
			}
		}
		return out
	}
	if got := verbs(b.PlanRemove(t.Context(), admin, "a", "")); !slices.Equal(got, []string{"delete"}) {
		t.Errorf("removal: %q", got)
	}
	if got := verbs(b.PlanRemove(t.Context(), admin, "a", mirror.DeleteOrphan)); len(got) != 0 {
		t.Errorf("letting go: %q", got)
	}
	if got := verbs(b.PlanRenew(t.Context(), admin, "a", nil)); len(got) != 0 {
		t.Errorf("renewal: %q", got)
	}
	off := s
	off.Enabled = false
	if got := verbs(b.Plan(t.Context(), admin, off)); !slices.Equal(got, []string{"delete"}) {
		t.Errorf("disabling: %q", got)
	}
	adopted := must(b.PlanAdopt(t.Context(), admin, "sw1", "mine", mirror.Session{Name: "taken"}))
	if len(adopted.Fragments) != 1 || adopted.Session.Sources[0].Interface != "p3" {
		t.Errorf("adoption: %+v", adopted)
	}
	if part := must(b.PlanRelease(t.Context(), "sw1")); len(part.Changes) != 0 {
		t.Errorf("release of a device on which nothing differs: %+v", part.Changes)
	}
	b.maintain("sw1", true)
	switches["sw1"].quietly(func() {
		for id := range switches["sw1"].natives {
			if id != "mine" {
				delete(switches["sw1"].natives, id)
			}
		}
	})
	if part := must(b.PlanRelease(t.Context(), "sw1")); len(part.Changes) != 1 || part.Changes[0].Verb() != "create" || part.Forward.Blocks[0].Text == "" {
		t.Errorf("release of a device that has lost its session: %+v", part.Changes)
	}
	b.maintain("sw1", false)
	b.settle("sw1")
	if got := switches["sw1"].config(); got != before {
		t.Errorf("the switch holds %s", got)
	}
	if v := must(b.Session(t.Context(), "a")); v.Record.Generation != 1 || v.Record.Deleting {
		t.Errorf("session a: %+v", v.Record)
	}
	if got := len(must(b.Events(t.Context(), 0, 0))); got < events {
		t.Errorf("%d events", got)
	}
}
