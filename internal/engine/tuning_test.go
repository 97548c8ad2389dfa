package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// A driver is told the settings that count: the device's own, and the
// controller's where it has none.
func TestADriverGetsTheSettingsThatCount(t *testing.T) {
	got := make(chan mirror.Target, 1)
	deadline := make(chan time.Duration, 1)
	b := newBench(t, func(c *engine.Config) {
		c.Timeouts.Dial, c.Timeouts.Read = 20*time.Second, 30*time.Second
		connect := c.Drivers[0].Connect
		c.Drivers[0].Connect = func(ctx context.Context, target mirror.Target) (worker.Conn, error) {
			end, _ := ctx.Deadline()
			select {
			case got <- target:
				deadline <- time.Until(end)
			default:
			}
			return connect(ctx, target)
		}
	}, map[string]*fakeSwitch{})
	b.switches["sw1"] = newSwitch("p1")
	_, _, err := b.PutDevice(t.Context(), admin, mirror.Device{Name: "sw1", Platform: "fake", Transports: mirror.Transports{Config: mirror.Transport{
		Protocol: "fake", Address: "127.0.0.1", Tuning: mirror.Tuning{TypeAhead: mirror.TypeAheadOff, Timeouts: mirror.WaitingLimits{Dial: mirror.Duration(40 * time.Second)}}}}})
	if err != nil {
		t.Fatal(err)
	}
	want := mirror.Tuning{TypeAhead: mirror.TypeAheadOff, IdleClose: mirror.Duration(2 * time.Minute), Timeouts: mirror.WaitingLimits{Dial: mirror.Duration(40 * time.Second),
		Read: mirror.Duration(30 * time.Second), Push: mirror.Duration(5 * time.Minute)}}
	if target := <-got; target.Transport.Tuning != want {
		t.Errorf("the driver was told %+v", target.Transport.Tuning)
	}
	if d := <-deadline; d <= 20*time.Second || d > 40*time.Second {
		t.Errorf("%v to connect", d)
	}
}
