package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// overOther is the fake platform over a second transport, which can say all but
// truncation.
func overOther(switches map[string]*fakeSwitch, met *[]mirror.Facts) worker.Driver {
	d := fakeDriver(switches, "fake", false)
	d.Protocol = "other"
	render, connect := d.Render, d.Connect
	d.Render = func(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
		for _, c := range changes {
			if c.After != nil && c.After.Spec.Options.Truncate > 0 {
				return mirror.Payload{}, mirror.Refuse(mirror.ErrUnsupported, []mirror.Reason{{Pointer: "/truncate", Code: "unsupported", Message: "the model has no truncation"}})
			}
		}
		return render(f, o, changes)
	}
	d.Connect = func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
		*met = append(*met, t.Facts)
		return connect(ctx, t)
	}
	return d
}

// A device may change the transport that it is configured over: its sessions stay as
// they are, and one that cannot be said over the new transport refuses the change.
func TestADeviceChangesItsTransport(t *testing.T) {
	switches := one()
	var met []mirror.Facts
	b := newBench(t, func(c *engine.Config) { c.Drivers = append(c.Drivers, overOther(switches, &met)) }, switches)
	cut := intent("cut", "sw1:d1", "sw1:p1")
	cut.Truncate = 64
	b.put(cut)
	b.submit("plain", "sw1:d2", "sw1:p2")
	b.reach("cut", mirror.Active)
	b.reach("plain", mirror.Active)
	before := switches["sw1"].config()

	view, err := b.Device(t.Context(), "sw1")
	if err != nil {
		t.Fatal(err)
	}
	view.Device.Transports.Config.Protocol = "other"
	_, _, err = b.PutDevice(t.Context(), admin, view.Device)
	refusal := (*mirror.Refusal)(nil)
	if !errors.Is(err, mirror.ErrUnsupported) || !errors.As(err, &refusal) || len(refusal.Reasons) != 1 ||
		!strings.Contains(refusal.Reasons[0].Message, "session cut: device sw1: the model has no truncation") || refusal.Reasons[0].Pointer != "/transports/config/protocol" {
		t.Fatalf("with a session that the transport cannot say: %v", err)
	}
	b.remove("cut")
	standing := switches["sw1"].config()
	if standing == before {
		t.Fatal("the session is still there")
	}
	if _, _, err := b.PutDevice(t.Context(), admin, view.Device); err != nil {
		t.Fatal(err)
	}
	b.settle("sw1")
	b.reach("plain", mirror.Active)
	if got := switches["sw1"].config(); got != standing {
		t.Errorf("the change of transport changed the switch:\n%s\nwas\n%s", got, standing)
	}
	if len(met) == 0 || met[0].Protocol != "" || met[0].Model != "" {
		t.Errorf("the first connection was handed facts of another transport: %+v", met)
	}
	b.submit("second", "sw1:d1", "sw1:p1")
	b.reach("second", mirror.Active)
	view.Device.Transports.Config.Protocol = "fake"
	if _, _, err := b.PutDevice(t.Context(), admin, view.Device); err != nil {
		t.Fatal(err)
	}
	b.settle("sw1")
	b.reach("second", mirror.Active)
}
