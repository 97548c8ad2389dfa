package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/inventory"
)

// A picky is an importer that refuses some devices, and counts what it was asked.
type picky struct {
	refuses map[string]bool
	asked   int
	err     error
}

func (g *picky) ImportFrom(_ context.Context, _ engine.Write, in engine.Imported, _ bool) (out []engine.PlanObject, err error) {
	g.asked++
	for _, d := range in.Devices {
		o := engine.PlanObject{Kind: mirror.ObjectDevice, Name: d.Name, Action: engine.ActionUnchanged}
		if g.refuses[d.Name] {
			o.Action, o.Reasons = engine.ActionRefused, []mirror.Reason{{Code: "managed-elsewhere", Message: "another door has it"}}
		}
		out = append(out, o)
	}
	return out, g.err
}

type noProfiles struct{}

func (noProfiles) List() ([]mirror.Profile, error) { return nil, nil }

// What was refused is tried again, more and more rarely, though the source tells the same;
// what was taken is not.
func TestRefusedEntriesAreTriedAgain(t *testing.T) {
	devices := []mirror.Device{{Name: "sw1"}, {Name: "sw2"}}
	g := &picky{refuses: map[string]bool{"sw1": true}}
	now := time.Unix(1000, 0)
	var log strings.Builder
	f := following{source: source{name: "lab", every: 5 * time.Second, ask: func(context.Context, []mirror.Profile) (inventory.Found, error) {
		return inventory.Found{Devices: devices}, nil
	}}, engine: g, profiles: noProfiles{}, log: slog.New(slog.NewTextHandler(&log, nil)), now: func() time.Time { return now }}
	begun := now
	var at []time.Duration // of each import
	look := func(many int) {
		for range many {
			before := g.asked
			if f.once(t.Context()); g.asked > before {
				at = append(at, now.Sub(begun))
			}
			now = now.Add(f.every)
		}
	}
	look(8)
	// At once, after 5 s, then after 10 and 20.
	for i, want := range []time.Duration{0, 5, 15, 35} {
		if i >= len(at) || at[i] != want*time.Second {
			t.Fatalf("imported after %v", at)
		}
	}
	if n := strings.Count(log.String(), "another door has it"); n != 1 {
		t.Errorf("the refusal is told %d times:\n%s", n, log.String())
	}
	look(2000)
	if gap := at[len(at)-1] - at[len(at)-2]; gap != lastRetry {
		t.Errorf("the last two are %v apart", gap)
	}
	g.refuses = nil // its reason is gone
	look(200)
	asked := g.asked
	if look(500); g.asked != asked {
		t.Error("what was taken is imported again")
	}
	devices = devices[:1]
	if look(1); g.asked != asked+1 {
		t.Error("what the source tells anew is not imported")
	}
	// What failed as a whole is tried at the next look.
	devices, g.err = append(devices, mirror.Device{Name: "sw3"}), errors.New("the store is away")
	look(3)
	if g.asked != asked+4 {
		t.Errorf("%d attempts at what fails", g.asked-asked-1)
	}
}

func TestSettingsOfALabBelongToIt(t *testing.T) {
	if _, err := (Config{ContainerlabPrefix: true}).sources(); err == nil || !strings.Contains(err.Error(), "belong to containerlab") {
		t.Error(err)
	}
	dir := t.TempDir()
	labFile(t, dir, "sw1")
	list, err := Config{Containerlab: dir, ContainerlabPrefix: true, ContainerlabProfile: "lab"}.sources()
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	found, err := list[0].ask(t.Context(), nil)
	if err != nil || len(found.Devices) != 1 || found.Devices[0].Name != "shop-sw1" {
		t.Errorf("%+v %v", found, err)
	}
}
