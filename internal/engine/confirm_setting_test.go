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

// A window without a setting is of platforms whose pushes are confirmed as a rule; there
// none turns that off, and a window with it says two things. None may be said everywhere.
func TestWhereAWindowMayStandAlone(t *testing.T) {
	for _, usual := range []bool{true, false} {
		switches := one()
		switches["sw8"] = newSwitch("p1", "d1")
		switches["sw8"].later = true
		b := newBench(t, func(c *engine.Config) { c.Drivers[1].Confirms = &worker.Confirms{Wait: mirror.WaitTimer, Usual: usual} }, switches)
		put := func(platform, confirm string, window time.Duration) error {
			_, _, err := b.PutDevice(t.Context(), admin, mirror.Device{Name: "sw8", Platform: platform, Confirm: confirm, ConfirmWindow: mirror.Duration(window),
				Transports: mirror.Transports{Config: mirror.Transport{Protocol: "fake", Address: "127.0.0.1"}}})
			return err
		}
		for _, c := range []struct {
			platform, confirm string
			window            time.Duration
			refused           string
		}{
			{"numbered", "", time.Second, map[bool]string{false: "are of confirm: timer"}[usual]},
			{"numbered", mirror.ConfirmNone, time.Second, "are of pushes that are confirmed"},
			{"numbered", mirror.ConfirmNone, 0, ""},
			{"fake", mirror.ConfirmNone, 0, ""},
			{"fake", "", time.Second, "are of confirm: timer"},
			{"numbered", "always", 0, "must be timer or none"},
		} {
			err := put(c.platform, c.confirm, c.window)
			if (err != nil) != (c.refused != "") || err != nil && !strings.Contains(err.Error(), c.refused) {
				t.Errorf("usual %v, %s with confirm %q, window %v: %v", usual, c.platform, c.confirm, c.window, err)
			}
		}
	}
}
