package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// TestDryRunsOfEntries tell what a write of a device, a tool or a filter would do, refuse what
// the write would, and do nothing.
func TestDryRunsOfEntries(t *testing.T) {
	switches := one()
	b := newBench(t, nil, switches)
	if _, _, err := b.PutTool(t.Context(), admin, mirror.Tool{Name: "ids", Device: "sw1", Interface: "d1"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.PutFilter(t.Context(), admin, rules("web", "80")); err != nil {
		t.Fatal(err)
	}
	s := intent("a", "sw1:d1", "sw1:p1 rx")
	s.Destinations = []mirror.Destination{{Tool: "ids"}}
	b.put(s)
	b.maintain("sw1", true)
	switches["sw1"].quietly(func() { clear(switches["sw1"].natives) })
	b.settle("sw1")
	held, events := switches["sw1"].config(), len(must(b.Events(t.Context(), 0, 0)))

	d := must(b.Device(t.Context(), "sw1")).Device
	device := func(change func(*mirror.Device)) mirror.Device { x := d; change(&x); return x }
	is := func(p engine.EntryPlan, err error) func(action, changed string, sent ...string) engine.EntryPlan {
		t.Helper()
		return func(action, changed string, sent ...string) engine.EntryPlan {
			t.Helper()
			var verbs []string
			for _, d := range p.Devices {
				for i, c := range d.Changes {
					if verbs = append(verbs, d.Device+" "+c.Verb()); d.Forward.Blocks[i].Text == "" {
						t.Errorf("%s of %s has no text", c.Verb(), d.Device)
					}
				}
			}
			if err != nil || p.Action != action || strings.Join(p.Changed, " ") != changed || !slices.Equal(verbs, sent) {
				t.Errorf("%v: %s %q, %q instead of %s %q, %q", err, p.Action, p.Changed, verbs, action, changed, sent)
			}
			return p
		}
	}
	is(b.PlanDevice(t.Context(), admin, d))("unchanged", "")
	is(b.PlanDevice(t.Context(), admin, device(func(d *mirror.Device) { d.Labels = map[string]string{"site": "berlin"} })))("changed", "labels")
	is(b.PlanDevice(t.Context(), admin, device(func(d *mirror.Device) { d.Maintenance = false })))("changed", "maintenance", "sw1 create")
	is(b.PlanDevice(t.Context(), admin, device(func(d *mirror.Device) { d.Maintenance, d.Mode = false, mirror.ModeObserve })))("changed", "maintenance mode")
	if p := is(b.PlanDevice(t.Context(), admin, device(func(d *mirror.Device) { d.Name = "new" })))("created", ""); !p.NotRead || p.Before != nil || !strings.Contains(string(p.After), `"new"`) {
		t.Errorf("a new device: %+v", p)
	}
	is(b.PlanTool(t.Context(), admin, mirror.Tool{Name: "ids", Device: "sw1", Interface: "d1", Owner: "soc"}))("changed", "owner")
	is(b.PlanTool(t.Context(), admin, mirror.Tool{Name: "other", IP: "192.0.2.9"}))("created", "")
	is(b.PlanDelete(t.Context(), admin, mirror.ObjectFilter, "web"))("deleted", "")

	at := func(version int64) engine.Write { w := admin; w.IfMatch = &version; return w }
	for name, x := range map[string]struct {
		err  error
		want error
	}{
		"a platform in use":   {second(b.PlanDevice(t.Context(), admin, device(func(d *mirror.Device) { d.Platform = "numbered" }))), mirror.ErrConflict},
		"no platform":         {second(b.PlanDevice(t.Context(), admin, device(func(d *mirror.Device) { d.Platform = "toaster" }))), mirror.ErrInvalid},
		"another version":     {second(b.PlanDevice(t.Context(), at(99), d)), mirror.ErrPrecondition},
		"a tool moves":        {second(b.PlanTool(t.Context(), admin, mirror.Tool{Name: "ids", Device: "sw1", Interface: "d2"})), mirror.ErrConflict},
		"a tool at nothing":   {second(b.PlanTool(t.Context(), admin, mirror.Tool{Name: "ids-2", Device: "nowhere", Interface: "d2"})), mirror.ErrUnsupported},
		"a device in use":     {second(b.PlanDelete(t.Context(), admin, mirror.ObjectDevice, "sw1")), mirror.ErrConflict},
		"a tool in use":       {second(b.PlanDelete(t.Context(), admin, mirror.ObjectTool, "ids")), mirror.ErrConflict},
		"no such filter":      {second(b.PlanDelete(t.Context(), admin, mirror.ObjectFilter, "none")), mirror.ErrNotFound},
		"a filter's version":  {second(b.PlanDelete(t.Context(), at(99), mirror.ObjectFilter, "web")), mirror.ErrPrecondition},
		"a device of no name": {second(b.PlanDelete(t.Context(), admin, mirror.ObjectDevice, "none")), mirror.ErrNotFound},
	} {
		if !errors.Is(x.err, x.want) {
			t.Errorf("%s: %v", name, x.err)
		}
	}
	switches["sw1"].quietly(func() { switches["sw1"].down = true })
	p := is(b.PlanDevice(t.Context(), admin, device(func(d *mirror.Device) { d.Maintenance = false })))("changed", "maintenance", "sw1 create")
	if len(p.Warnings) != 1 || p.Warnings[0].Code != "device-unreadable" {
		t.Errorf("of a device that is away: %+v", p.Warnings)
	}

	if got := switches["sw1"].config(); got != held {
		t.Errorf("the switch holds %s", got)
	}
	if got := must(b.Device(t.Context(), "sw1")).Device; !got.Maintenance || len(got.Labels) > 0 {
		t.Errorf("device %+v", got)
	}
	if _, err := b.Filter(t.Context(), "web"); err != nil {
		t.Error(err)
	}
	for _, e := range must(b.Events(t.Context(), int64(events), 0)) {
		if e.Actor != mirror.ActorSystem {
			t.Errorf("event %s: %s", e.Type, e.Message)
		}
	}
}

func second[T any](_ T, err error) error { return err }
