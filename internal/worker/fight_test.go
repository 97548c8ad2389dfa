package worker

import (
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// Repairs count as a fight within the longer of ten minutes and four intervals at
// which the device is read: its own, the controller's, the platform's.
func TestWithinHowLongRepairsAreAFight(t *testing.T) {
	slow := Driver{Platform: "slow", Protocol: "cli", Resync: 5 * time.Minute}
	quick := Driver{Platform: "quick", Protocol: "cli"}
	device := func(platform string, own time.Duration) mirror.Device {
		return mirror.Device{Platform: platform, Resync: mirror.Duration(own), Transports: mirror.Transports{Config: mirror.Transport{Protocol: "cli"}}}
	}
	for what, x := range map[string]struct {
		controller   time.Duration
		device       mirror.Device
		resync, want time.Duration
	}{
		"quick platform":  {0, device("quick", 0), time.Minute, plan.BrakeWindow},
		"slow platform":   {0, device("slow", 0), 5 * time.Minute, 20 * time.Minute},
		"the controller":  {time.Hour, device("quick", 0), time.Hour, 4 * time.Hour},
		"the device":      {time.Hour, device("slow", 2*time.Minute), 2 * time.Minute, plan.BrakeWindow},
		"a slow device":   {0, device("quick", 10*time.Minute), 10 * time.Minute, 40 * time.Minute},
		"no such drivers": {0, device("none", 0), time.Minute, plan.BrakeWindow},
	} {
		s := &Shared{Resync: x.controller, Drivers: map[string]Driver{"slow/cli": slow, "quick/cli": quick}}
		if got := s.resync(x.device); got != x.resync {
			t.Errorf("%s: read every %v, want %v", what, got, x.resync)
		}
		if got := s.fight(x.device); got != x.want {
			t.Errorf("%s: within %v, want %v", what, got, x.want)
		}
	}
	now := time.Unix(1e9, 0)
	seldom := []time.Time{now.Add(-18 * time.Minute), now.Add(-9 * time.Minute), now.Add(-time.Minute)}
	if plan.Fought(seldom, now, plan.BrakeWindow) || !plan.Fought(seldom, now, 20*time.Minute) {
		t.Error("three repairs within twenty minutes are a fight on a device that is read every five")
	}
}
