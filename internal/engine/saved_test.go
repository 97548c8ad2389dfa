package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

func TestSavingIsTriedAgainAndNeverSavesAnother(t *testing.T) {
	switches := one()
	sw := switches["sw1"]
	sw.facts.Model = "saves"
	sw.foreignDirt = true
	b := newBench(t, nil, switches)
	b.submit("a", "sw1:d1", "sw1:p1")
	persisted := func() mirror.Condition {
		v, err := b.Session(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		return v.Record.Condition(mirror.CondPersisted)
	}
	if c := persisted(); c.Status != mirror.False || c.Reason != "ForeignUnsavedChanges" || sw.saves != 0 {
		t.Errorf("%+v, %d saves", c, sw.saves)
	}
	// What is ours is known after a restart, and saved once the other has saved.
	b.stop()
	sw.quietly(func() { sw.foreignDirt = false })
	b.start()
	testkit.Eventually(t, patience, "saved", func() bool {
		_, err := b.Sync(t.Context(), admin, "sw1")
		return err == nil && persisted().Status == mirror.True
	})
	if len(sw.savedWhat) != 1 || !sw.savedWhat[0].Set {
		t.Errorf("saved as ours: %+v", sw.savedWhat)
	}
	view, err := b.Device(t.Context(), "sw1")
	if err != nil || len(view.State.Unsaved) != 0 {
		t.Errorf("still unsaved: %+v, %v", view.State.Unsaved, err)
	}
}

// What another hand typed too late to keep us from saving is told, and is not
// called clean.
func TestForeignChangesThatWereSavedAreTold(t *testing.T) {
	switches := one()
	switches["sw1"].facts.Model, switches["sw1"].foreignLate = "saves", "saved with a line of another hand, about \"hostname\""
	b := newBench(t, nil, switches)
	b.submit("a", "sw1:d1", "sw1:p1")
	v := b.reach("a", mirror.Active)
	if c := v.Record.Condition(mirror.CondPersisted); c.Status != mirror.True || c.Reason != "SavedForeignChanges" || !strings.Contains(c.Message, "hostname") {
		t.Errorf("condition %+v", c)
	}
	events, err := b.Events(t.Context(), 0, 0)
	if err != nil || !slices.ContainsFunc(events, func(e mirror.Event) bool { return e.Type == "ForeignChangesSaved" && e.Device == "sw1" }) {
		t.Errorf("no event: %v", err)
	}
}

// A push of whose end nobody heard was taken and not saved: that the session was
// saved before says nothing of it.
func TestWhatWasPushedUnheardIsNotCalledSaved(t *testing.T) {
	switches := one()
	sw := switches["sw1"]
	sw.facts.Model = "saves"
	b := newBench(t, nil, switches)
	b.submit("a", "sw1:d1", "sw1:p1")
	sw.quietly(func() { sw.foreignDirt, sw.dropAfter = true, 1 })
	if op := b.submit("a", "sw1:d1", "sw1:p2"); op.State != mirror.OpSucceeded {
		t.Fatalf("%s: %s", op.State, op.Message)
	}
	v := b.reach("a", mirror.Active)
	if c := v.Record.Condition(mirror.CondPersisted); c.Status != mirror.False || c.Reason != "ForeignUnsavedChanges" || sw.saves != 1 {
		t.Errorf("%+v after %d saves", c, sw.saves)
	}
}

// A session that finds its copies on the device already, because another one shares
// them, is as saved as that one.
func TestWhatASharerSavedIsSaved(t *testing.T) {
	switches := one()
	switches["sw1"].facts.Model = "saves"
	b := newBench(t, nil, switches)
	b.submit("a", "sw1:d1", "sw1:p1")
	b.submit("b", "sw1:d1", "sw1:p1 rx")
	v := b.reach("b", mirror.Active)
	if c := v.Record.Condition(mirror.CondPersisted); c.Status != mirror.True || c.Reason != "Saved" {
		t.Errorf("%+v", c)
	}
}
