package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// TestAPreviewIsNotKept, and is the same as long as nothing that it tells is another.
func TestAPreviewIsNotKept(t *testing.T) {
	b := newBench(t, nil, numbered())
	m := mirror.Manifest{Sessions: []mirror.Session{intent("a", "sw1:d1", "sw1:p1")}}
	shown := must(b.PreviewPlan(t.Context(), admin, m))
	if again := must(b.PreviewPlan(t.Context(), admin, m)); again.Fingerprint != shown.Fingerprint || shown.Fingerprint == "" {
		t.Errorf("fingerprints %q and %q", shown.Fingerprint, again.Fingerprint)
	}
	if list := b.planPage("", 10); shown.ID != "" || len(list) != 0 || len(b.events("PlanMade")) != 0 {
		t.Errorf("a preview is kept: %q, %v", shown.ID, list)
	}
	other := mirror.Manifest{Sessions: []mirror.Session{intent("a", "sw1:d1", "sw1:p2")}}
	stale := func(what string, m mirror.Manifest, words string) {
		t.Helper()
		_, err := b.KeepPlan(t.Context(), admin, m, shown.Fingerprint)
		if !errors.Is(err, mirror.ErrPlanStale) || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", what, err)
		}
	}
	stale("another manifest", other, "is not what was shown")
	kept := must(b.KeepPlan(t.Context(), admin, m, shown.Fingerprint))
	if got := must(b.PlanOf(t.Context(), kept.ID)); got.Fingerprint != shown.Fingerprint || got.State != engine.PlanHolds {
		t.Errorf("kept: %q %s", got.Fingerprint, got.State)
	}
	b.switches["sw1"].foreign("66", "d3", "p3")
	stale("a changed device", m, `the mirror configuration of device "sw1"`)
	if _, ops := b.apply(must(b.KeepPlan(t.Context(), admin, m, must(b.PreviewPlan(t.Context(), admin, m)).Fingerprint)).ID); ops[0].State != mirror.OpSucceeded {
		t.Errorf("applied: %+v", ops)
	}
}

// planPage is one page of the list of plans.
func (b *bench) planPage(before string, limit int) []engine.PlanHead {
	b.t.Helper()
	heads, _, err := b.Plans(b.t.Context(), before, limit)
	if err != nil {
		b.t.Fatal(err)
	}
	return heads
}

// TestAListOfPlansTellsWhetherTheyHold, each, in pages of a bounded cost.
func TestAListOfPlansTellsWhetherTheyHold(t *testing.T) {
	b := newBench(t, nil, numbered())
	make1 := func(name, dest string) engine.PlanRecord {
		return b.planned(mirror.Manifest{Sessions: []mirror.Session{intent(name, "sw1:"+dest, "sw1:p1")}})
	}
	done, old, stale := make1("a", "d1"), make1("b", "d2"), make1("c", "d3")
	b.apply(done.ID)
	holds := make1("e", "d3")
	many := mirror.Manifest{}
	for i := range 2000 {
		many.Tools = append(many.Tools, mirror.Tool{Name: "tool-" + string(rune('a'+i/26/26)) + string(rune('a'+i/26%26)) + string(rune('a'+i%26)), IP: "192.0.2.1"})
	}
	large := b.planned(many)
	expire := func(id string) {
		t.Helper()
		if err := b.db.Update(t.Context(), func(tx mirror.Tx) error {
			p, err := tx.Plan(id)
			if err != nil {
				return err
			}
			for _, doc := range []*[]byte{(*[]byte)(&p.Head), (*[]byte)(&p.Document)} {
				*doc = []byte(strings.ReplaceAll(string(*doc), old.Expires.Format(time.RFC3339Nano), time.Now().Add(-time.Hour).UTC().Format(time.RFC3339Nano)))
			}
			return tx.PutPlan(p)
		}); err != nil {
			t.Fatal(err)
		}
	}
	expire(old.ID)
	want := map[string]engine.PlanState{done.ID: engine.PlanDone, old.ID: engine.PlanExpired, stale.ID: engine.PlanStale, holds.ID: engine.PlanHolds, large.ID: engine.PlanHolds}
	var pages []int
	var all []string
	for before, more := "", true; more; {
		var heads []engine.PlanHead
		var err error
		if heads, more, err = b.Plans(t.Context(), before, 10); err != nil || len(heads) == 0 {
			t.Fatal(heads, err)
		}
		pages = append(pages, len(heads))
		for _, h := range heads {
			before, all = h.ID, append(all, h.ID)
			if h.State != want[h.ID] {
				t.Errorf("%s: %s, want %s", h.ID, h.State, want[h.ID])
			}
			if full := must(b.PlanOf(t.Context(), h.ID)); full.State != h.State {
				t.Errorf("%s: %s in the list, and %s", h.ID, h.State, full.State)
			}
		}
	}
	// the newest has 2,000 objects, so that nothing else is looked at in its page
	if ids := []string{large.ID, holds.ID, stale.ID, old.ID, done.ID}; !slices.Equal(all, ids) || !slices.Equal(pages, []int{1, 4}) {
		t.Errorf("%v in pages of %v, want %v", all, pages, ids)
	}
	heads, more, err := b.Plans(t.Context(), large.ID, 3)
	if err != nil || len(heads) != 3 || !more {
		t.Errorf("%v %t %v", heads, more, err)
	}
}
