package plan

import (
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// The bounds of repairing without asking, DESIGN.md section 5.
const (
	brakeChanges = 3  // more than so many removals, changes or new creations in one run,
	brakeShare   = 30 // and more than this percentage of what is ours on the device
	brakeDevices = 5  // or more than so many devices of a platform that lost everything
	// BrakeWindow is within which those devices are counted, and the repairs of a
	// contended session on a device that is read often.
	BrakeWindow = 10 * time.Minute
	// maxRepairs of one thing within the window; then somebody else is at it.
	maxRepairs = 3
	// bootJitter is how much the start of a device may seem to move although it
	// did not: uptimes are told in minutes, and clocks drift.
	bootJitter = 2 * time.Minute
)

// TooMuch says why one run's repairs of a device are too many to be made
// without asking, "" when they are not: what would be removed, changed or made
// anew, against what the ledger says is ours there. Native sessions and what
// they stand on are counted apart, and each once, whatever its repair takes.
func TooMuch(repairs []mirror.Change, ledger []mirror.Native) string {
	for _, footings := range []bool{false, true} {
		touched, anew := map[string]bool{}, 0
		for _, c := range repairs {
			if footed(c) == footings && !touched[c.Mark] {
				touched[c.Mark] = true
				if c.Before == nil {
					anew++
				}
			}
		}
		owned := 0
		for _, l := range ledger {
			if (l.Spec.Footing != nil) == footings {
				owned++
			}
		}
		if n := len(touched); n > brakeChanges && n*100 > owned*brakeShare {
			what := "native sessions"
			if footings {
				what = "things that they stand on (remote VLANs, destination ports, ...)"
			}
			return fmt.Sprintf("repairing would remove, change or make anew %d of %d %s at once, %d of them missing", n, owned, what, anew)
		}
	}
	return ""
}

// TooMany says why the devices of a platform that lost everything of ours
// within the window are too many to be a coincidence, "" when they are not.
func TooMany(platform string, devices int) string {
	if devices <= brakeDevices {
		return ""
	}
	return fmt.Sprintf("everything that is ours vanished from %d devices of platform %s within %v", devices, platform, BrakeWindow)
}

// Fought reports whether a native session was repaired so often within a while
// that somebody else must be changing it back.
func Fought(repairs []time.Time, now time.Time, within time.Duration) bool {
	recent := 0
	for _, t := range repairs {
		if now.Sub(t) < within {
			recent++
		}
	}
	return recent >= maxRepairs
}

// Repaired adds a repair to those that are remembered.
func Repaired(repairs []time.Time, now time.Time) []time.Time {
	out := append(append([]time.Time(nil), repairs...), now)
	return out[max(0, len(out)-maxRepairs):]
}

// Rebooted reports whether a device has started after it was last seen to hold
// what it shall: then it may have come back with an older configuration.
func Rebooted(settled, started time.Time) bool {
	return !settled.IsZero() && !started.IsZero() && started.Sub(settled) > bootJitter
}
