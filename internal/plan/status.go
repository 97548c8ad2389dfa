package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Status computes conditions and phase of a session from what its workers
// found. Since moves only when a condition's status does.
func Status(rec mirror.SessionRecord, rows []mirror.Placement, op mirror.Operation, now time.Time) mirror.SessionRecord {
	held := 0
	for _, r := range rows {
		if r.Goal != nil || r.Applied != nil {
			held++
		}
	}
	if held == 0 {
		rec.Measured = nil // it was of what is no more
	}
	found := map[string]mirror.Check{
		mirror.CondAdmitted:           Admitted(rec),
		mirror.CondEffective:          measured(rec, held, func(m mirror.Measured) mirror.Check { return m.Effective }),
		mirror.CondDestinationHealthy: measured(rec, held, func(m mirror.Measured) mirror.Check { return m.Healthy }),
		mirror.CondConfigured:         merge(rows, func(p mirror.Placement) mirror.Check { return p.Configured }),
		mirror.CondProgrammed:         merge(rows, func(p mirror.Placement) mirror.Check { return p.Programmed }),
		mirror.CondPersisted:          merge(rows, func(p mirror.Placement) mirror.Check { return p.Persisted }),
	}
	if rec.Refused != 0 && rec.Refused == rec.Generation {
		found[mirror.CondConfigured] = mirror.Check{State: mirror.False, Reason: "RolloutFailed",
			Message: fmt.Sprintf("generation %d was refused and undone: %s", rec.Refused, op.Message)}
		if len(op.Steps) == 0 { // before any device was touched
			found[mirror.CondAdmitted] = mirror.Check{State: mirror.False, Reason: "Refused", Message: op.Message}
		}
	}
	if rec.Relief.Suspends() && held == 0 {
		found[mirror.CondConfigured] = mirror.Check{State: mirror.Unknown, Reason: "Relieved", Message: told("suspended by relief", rec.Relief.Reason)}
	}
	if w := rec.Waiting; w != nil {
		undecided := mirror.Check{State: mirror.Unknown, Reason: w.Reason, Message: w.Message}
		found[mirror.CondAdmitted] = undecided
		if held == 0 {
			found[mirror.CondConfigured] = undecided
		}
	}
	old := map[string]mirror.Condition{}
	for _, c := range rec.Conditions {
		old[c.Type] = c
	}
	rec.Conditions = make([]mirror.Condition, 0, len(mirror.ConditionTypes))
	for _, typ := range mirror.ConditionTypes {
		f := found[typ]
		c := mirror.Condition{Type: typ, Status: f.State, Reason: f.Reason, Message: f.Message, Since: now}
		if prev, ok := old[typ]; ok && prev.Status == c.Status {
			c.Since = prev.Since
		}
		rec.Conditions = append(rec.Conditions, c)
	}
	rec.Phase = Phase(rec, op.State.Open(), len(op.Steps) > 0, held > 0)
	return rec
}

// measured is what the watch found, as long as devices hold something.
func measured(rec mirror.SessionRecord, held int, of func(mirror.Measured) mirror.Check) mirror.Check {
	switch {
	case held == 0:
		return mirror.Check{State: mirror.Unknown, Reason: "NothingConfigured"}
	case rec.Measured == nil:
		return mirror.NotWatchedYet()
	}
	return of(*rec.Measured)
}

// Phase sums up: rolling says a rollout is open, moved that it has set a goal,
// holds that some device holds or shall hold something.
func Phase(rec mirror.SessionRecord, rolling, moved, holds bool) mirror.Phase {
	switch {
	case rec.Deleting:
		return mirror.Deleting
	case rolling && !moved:
		return mirror.Undecided
	case rolling:
		return mirror.Applying
	case rec.Refused == rec.Generation && !holds:
		return mirror.Failed
	case rec.Expired && !holds:
		return mirror.Expired
	case (!rec.Session.Enabled || rec.Relief.Suspends()) && !holds:
		return mirror.Suspended
	case slices.ContainsFunc(degrading, func(typ string) bool { return rec.Condition(typ).Status == mirror.False }):
		return mirror.Degraded
	case rec.Condition(mirror.CondConfigured).Status == mirror.True:
		return mirror.Active
	}
	return mirror.Uncertain
}

// degrading are the conditions whose False makes a session Degraded.
var degrading = []string{mirror.CondConfigured, mirror.CondProgrammed, mirror.CondEffective, mirror.CondDestinationHealthy}

// Worst is the condition that explains the phase: the first that makes a session
// Degraded, else Configured.
func Worst(rec mirror.SessionRecord) mirror.Condition {
	for _, typ := range degrading {
		if c := rec.Condition(typ); c.Status == mirror.False {
			return c
		}
	}
	return rec.Condition(mirror.CondConfigured)
}

// Remembered are placements as they may be told: of a device that was not read
// since the start, nothing is known any more, whatever was found before. last
// tells whether that is so, and when it was last read, zero for never.
func Remembered(rows []mirror.Placement, last func(device string) (at time.Time, unread bool)) (told []mirror.Placement, unread bool) {
	told = slices.Clone(rows)
	for i := range told {
		row := &told[i]
		if row.Goal == nil && row.Applied == nil || row.Configured.Reason == mirror.ReasonRetired {
			continue
		}
		at, not := last(row.Device)
		if !not {
			continue
		}
		unread = true
		row.Configured = NotReadYet(at)
		row.Programmed, row.Persisted = row.Configured, row.Configured
	}
	return told, unread
}

// NotReadYet says that nothing is known of a device, and since when; zero for
// ever.
func NotReadYet(last time.Time) mirror.Check {
	c := mirror.Check{State: mirror.Unknown, Reason: mirror.ReasonNotReadYet, Message: "not read since the controller started; it was never read before"}
	if !last.IsZero() {
		c.Message = "not read since the controller started; last read at " + last.UTC().Format(time.RFC3339)
	}
	return c
}

// merge takes the worst of all placements: False, then Unknown, then True. Rows
// that hold nothing have nothing to say.
func merge(rows []mirror.Placement, get func(mirror.Placement) mirror.Check) mirror.Check {
	worst := mirror.Check{State: mirror.Unknown, Reason: "NothingConfigured"}
	rank := map[mirror.State]int{mirror.True: 1, mirror.Unknown: 2, mirror.False: 3}
	seen := 0
	var messages []string
	for _, r := range rows {
		if r.Goal == nil && r.Applied == nil {
			continue
		}
		c := get(r)
		if c.State == "" {
			c = mirror.Check{State: mirror.Unknown, Reason: mirror.ReasonNotReadYet, Message: "not read back yet"}
		}
		if rank[c.State] > seen {
			seen, worst, messages = rank[c.State], c, nil
		}
		message := ofDevice(r.Device, c.Message)
		if rank[c.State] == seen && c.Message != "" && !slices.Contains(messages, message) {
			messages = append(messages, message)
		}
	}
	worst.Message = strings.Join(messages, "; ")
	return worst
}

// told joins what is known: "what", or "what: more".
func told(what, more string) string {
	if more == "" {
		return what
	}
	return what + ": " + more
}

// ofDevice names the device before what is said of it, once.
func ofDevice(device, message string) string {
	return device + ": " + strings.TrimPrefix(message, "device "+device+": ")
}
