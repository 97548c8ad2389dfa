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
	found := checks{
		{mirror.CondAdmitted, Admitted(rec)},
		{mirror.CondEffective, measured(rec, held, func(m mirror.Measured) mirror.Check { return m.Effective })},
		{mirror.CondDestinationHealthy, measured(rec, held, func(m mirror.Measured) mirror.Check { return m.Healthy })},
		{mirror.CondConfigured, merge(rows, func(p *mirror.Placement) mirror.Check { return p.Configured })},
		{mirror.CondProgrammed, merge(rows, func(p *mirror.Placement) mirror.Check { return p.Programmed })},
		{mirror.CondPersisted, merge(rows, func(p *mirror.Placement) mirror.Check { return p.Persisted })},
	}
	if rec.Refused != 0 && rec.Refused == rec.Generation {
		*found.of(mirror.CondConfigured) = mirror.Check{State: mirror.False, Reason: "RolloutFailed",
			Message: fmt.Sprintf("generation %d was refused and undone: %s", rec.Refused, op.Message)}
		if len(op.Steps) == 0 { // before any device was touched
			*found.of(mirror.CondAdmitted) = mirror.Check{State: mirror.False, Reason: "Refused", Message: op.Message}
		}
	}
	if rec.Relief.Suspends() && held == 0 {
		*found.of(mirror.CondConfigured) = mirror.Check{State: mirror.Unknown, Reason: "Relieved", Message: told("suspended by relief", rec.Relief.Reason)}
	}
	if w := rec.Waiting; w != nil {
		undecided := mirror.Check{State: mirror.Unknown, Reason: w.Reason, Message: w.Message}
		*found.of(mirror.CondAdmitted) = undecided
		if held == 0 {
			*found.of(mirror.CondConfigured) = undecided
		}
	}
	old := rec.Conditions
	rec.Conditions = make([]mirror.Condition, 0, len(mirror.ConditionTypes))
	for _, typ := range mirror.ConditionTypes {
		f := found.of(typ)
		c := mirror.Condition{Type: typ, Status: f.State, Reason: f.Reason, Message: f.Message, Since: now}
		for i := range old {
			if old[i].Type == typ && old[i].Status == c.Status {
				c.Since = old[i].Since
			}
		}
		rec.Conditions = append(rec.Conditions, c)
	}
	rec.Phase = Phase(rec, op.State.Open(), len(op.Steps) > 0, held > 0)
	return rec
}

// checks are the conditions of a session with what was found. They are few, and made for
// every session of a list: a map would cost more than all the rest.
type checks [6]struct {
	condition string
	check     mirror.Check
}

// of is the one of a condition, an empty one where there is none.
func (c *checks) of(condition string) *mirror.Check {
	for i := range c {
		if c[i].condition == condition {
			return &c[i].check
		}
	}
	return &mirror.Check{}
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
func merge(rows []mirror.Placement, get func(*mirror.Placement) mirror.Check) mirror.Check {
	worst := mirror.Check{State: mirror.Unknown, Reason: "NothingConfigured"}
	seen := 0
	var messages []string
	for i := range rows {
		r := &rows[i]
		if r.Goal == nil && r.Applied == nil {
			continue
		}
		c := get(r)
		if c.State == "" {
			c = mirror.Check{State: mirror.Unknown, Reason: mirror.ReasonNotReadYet, Message: "not read back yet"}
		}
		if badness(c.State) > seen {
			seen, worst, messages = badness(c.State), c, nil
		}
		if badness(c.State) != seen || c.Message == "" {
			continue
		}
		if message := ofDevice(r.Device, c.Message); !slices.Contains(messages, message) {
			messages = append(messages, message)
		}
	}
	worst.Message = strings.Join(messages, "; ")
	return worst
}

// badness sorts states, 0 for what is none.
func badness(s mirror.State) int {
	switch s {
	case mirror.True:
		return 1
	case mirror.Unknown:
		return 2
	case mirror.False:
		return 3
	}
	return 0
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
