package engine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

func webFilter() mirror.Filter {
	return mirror.Filter{Name: "web", Rules: []mirror.FilterRule{{Action: "permit", Protocol: "tcp", DestinationPort: "443"}}}
}

func TestAFilterHasVersions(t *testing.T) {
	b := newBench(t, nil, one())
	put := func(f mirror.Filter, created bool, version int64) {
		t.Helper()
		v, isNew, err := b.PutFilter(t.Context(), admin, f)
		if err != nil || isNew != created || v.Version != version {
			t.Errorf("created %v, version %d, %v; want %v, %d", isNew, v.Version, err, created, version)
		}
	}
	put(webFilter(), true, 1)
	put(webFilter(), false, 1)
	changed := webFilter()
	changed.Rules[0].DestinationPort = "443-444"
	put(changed, false, 2)
	if err := b.DeleteFilter(t.Context(), admin, "web"); err != nil {
		t.Error(err)
	}
	put(webFilter(), true, 3) // a version is not given twice
	old := int64(2)
	if _, _, err := b.PutFilter(t.Context(), engine.Write{Actor: admin.Actor, IfMatch: &old}, webFilter()); !errors.Is(err, mirror.ErrPrecondition) {
		t.Errorf("on an old version: %v", err)
	}
	if err := b.DeleteFilter(t.Context(), engine.Write{Actor: admin.Actor, IfMatch: &old}, "web"); !errors.Is(err, mirror.ErrPrecondition) {
		t.Errorf("delete of an old version: %v", err)
	}
	if _, _, err := b.PutFilter(t.Context(), admin, mirror.Filter{Name: "none"}); !errors.Is(err, mirror.ErrInvalid) {
		t.Errorf("without rules: %v", err)
	}
	if err := b.DeleteFilter(t.Context(), admin, "none"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("delete of none: %v", err)
	}
	if n := len(b.events("FilterStored")); n != 3 {
		t.Errorf("%d were stored", n)
	}
	if n := len(b.events("FilterDeleted")); n != 1 {
		t.Errorf("%d were deleted", n)
	}
}

// A filter that a session names stays, although the session is off.
func TestAFilterInUseStays(t *testing.T) {
	b := newBench(t, nil, one())
	if _, _, err := b.PutFilter(t.Context(), admin, webFilter()); err != nil {
		t.Fatal(err)
	}
	s := intent("off", "sw1:d1", "sw1:p1")
	s.Filter, s.Enabled = "web", false
	b.put(s)
	err := b.DeleteFilter(t.Context(), admin, "web")
	if !errors.Is(err, mirror.ErrConflict) || !strings.Contains(err.Error(), `cannot delete filter "web": session "off"`) {
		t.Errorf("deleted: %v", err)
	}
	f := webFilter()
	f.Description = "of another meaning"
	f.Rules[0].DestinationPort = "444"
	if v, _, err := b.PutFilter(t.Context(), admin, f); err != nil || v.Version != 2 || len(v.Started) != 0 {
		t.Errorf("changed: version %d, %d rollouts, %v", v.Version, len(v.Started), err)
	}
	b.remove("off")
	if err := b.DeleteFilter(t.Context(), admin, "web"); err != nil {
		t.Errorf("when nobody names it: %v", err)
	}
}

func TestAFilterThatCannotBeIsRefused(t *testing.T) {
	b := newBench(t, nil, one())
	s := intent("s", "sw1:d1", "sw1:p1")
	s.Filter = "web"
	_, err := b.Submit(t.Context(), admin, s)
	if refusal := (*mirror.Refusal)(nil); !errors.As(err, &refusal) || len(refusal.Reasons) != 1 || refusal.Reasons[0].Code != "unknown-filter" ||
		!strings.Contains(refusal.Reasons[0].Message, `"web"`) {
		t.Errorf("without the filter: %v", err)
	}
	if _, _, err := b.PutFilter(t.Context(), admin, webFilter()); err != nil {
		t.Fatal(err)
	}
	if got := b.refused(s); len(got) != 1 || got[0] != "/filter unsupported" {
		t.Errorf("on a platform that has none: %v", got)
	}
}
