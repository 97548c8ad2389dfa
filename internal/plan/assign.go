package plan

import (
	"fmt"
	"strconv"

	"github.com/netmirror/netmirror/internal/mirror"
)

// AssignIDs gives every created native session of a numbered platform an id:
// its pin, or the highest number that neither the device nor the ledger uses
// (people type 1). It returns the changes with ids, and for each an error:
// ErrConflict when its pin is taken, its number holds another's session or no
// number is left. On other platforms it changes nothing.
func AssignIDs(changes []mirror.Change, pins map[string]string, info DeviceInfo) ([]mirror.Change, []error) {
	errs := make([]error, len(changes))
	from, to, numbered := numbersOf(info)
	if !numbered {
		return changes, errs
	}
	lost := Lost(info)
	ledger, taken := map[string]string{}, map[string]bool{}
	for _, n := range info.Observation.Natives {
		taken[n.ID] = true
	}
	for _, l := range info.Ledger {
		taken[l.ID] = true
		ledger[l.Mark] = l.ID
	}
	out := make([]mirror.Change, len(changes))
	for i, c := range changes {
		out[i] = c
		if c.After == nil || c.After.ID != "" {
			continue
		}
		after := *c.After
		switch id, claimed := ledger[c.Mark]; {
		case claimed && lost[c.Mark] == id:
			errs[i] = fmt.Errorf("native session %s of %s is somebody else's now: %w", id, info.Device.Name, mirror.ErrConflict)
			continue
		case claimed: // claimed before a push whose end we did not see, or deleted by hand
			after.ID = id
		case pins[c.Mark] != "":
			if taken[pins[c.Mark]] {
				errs[i] = fmt.Errorf("native session %s of %s is in use: %w", pins[c.Mark], info.Device.Name, mirror.ErrConflict)
				continue
			}
			after.ID = pins[c.Mark]
		default:
			for n := to; n >= from && after.ID == ""; n-- {
				if !taken[strconv.Itoa(n)] {
					after.ID = strconv.Itoa(n)
				}
			}
			if after.ID == "" {
				errs[i] = fmt.Errorf("device %s has no free native session from %d to %d: %w", info.Device.Name, from, to, mirror.ErrConflict)
				continue
			}
		}
		taken[after.ID] = true
		out[i].After = &after
	}
	return out, errs
}

// numbersOf are the first and the last number that netmirror may give to native sessions of
// a device: those of its platform that its entry leaves to netmirror.
func numbersOf(info DeviceInfo) (from, to int, numbered bool) {
	ids := info.Capabilities.NativeIDs
	if ids == nil || info.Capabilities.NamedBy() != mirror.Numbered {
		return 0, 0, false
	}
	from, to = ids.From, ids.To
	if r := info.Device.NativeIDs; r != nil {
		from, to = max(from, r.From), min(to, r.To)
	}
	return from, to, true
}
