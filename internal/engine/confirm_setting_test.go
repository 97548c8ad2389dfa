package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// confirm: timer is refused where a push has nothing to be confirmed, and warned
// of in a plan where it has.
func TestWhereConfirmTimerMayBeSet(t *testing.T) {
	switches := one()
	switches["sw9"] = newSwitch("p1", "d1")
	switches["sw9"].later = true
	b := newBench(t, func(c *engine.Config) { c.Drivers[1].Confirms = &worker.Confirms{Wait: mirror.WaitTimer} }, switches)
	set := func(name, platform string) mirror.Device {
		return mirror.Device{Name: name, Platform: platform, Confirm: mirror.ConfirmTimer, ConfirmWindow: mirror.Duration(20 * time.Second),
			Transports: mirror.Transports{Config: mirror.Transport{Protocol: "fake", Address: "127.0.0.1"}}}
	}
	refusedFor := func(err error, pointer string) bool {
		refusal := (*mirror.Refusal)(nil)
		return errors.As(err, &refusal) && slices.ContainsFunc(refusal.Reasons, func(r mirror.Reason) bool {
			return r.Pointer == pointer && strings.Contains(r.Message, "stands at once")
		})
	}
	if _, _, err := b.PutDevice(t.Context(), admin, set("sw8", "fake")); !refusedFor(err, "/confirm") {
		t.Errorf("on a platform that has nothing to confirm: %v", err)
	}
	if err := b.Import(t.Context(), mirror.ManagedByFile, []mirror.Device{set("sw8", "fake")}, nil); !refusedFor(err, "/devices/0/confirm") {
		t.Errorf("from a file: %v", err)
	}
	if _, _, err := b.PutDevice(t.Context(), admin, set("sw9", "numbered")); err != nil {
		t.Fatal(err)
	}
	p, err := b.Plan(t.Context(), admin, intent("s", "sw9:d1", "sw9:p1"))
	if err != nil {
		t.Fatal(err)
	}
	told := slices.ContainsFunc(p.Warnings, func(r mirror.Reason) bool {
		return r.Code == "confirm-timer" && strings.Contains(r.Message, "within 20s goes back")
	})
	if !told {
		t.Errorf("the plan warns of %+v", p.Warnings)
	}
}
