package engine

import (
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// An Actor is who asks: the name of a token, or "system".
type Actor struct {
	Name   string
	Access mirror.Access
	// Trigger is the one that the holder of access mirror.Firer may fire.
	Trigger string
}

// A Slot is a limit of native sessions with how much of it is taken.
type Slot = plan.Slot

// DeviceView is a device with what is known of it.
type DeviceView struct {
	Device       mirror.Device
	Version      int64 // the ETag
	Author       mirror.Authorship
	State        mirror.DeviceState
	Capabilities mirror.Capabilities
	// Slots are the limits of native sessions, as far as they are taken; Binding
	// is the one that will be full first, its Max 0 where no limit is known.
	Slots   []Slot
	Binding Slot
	// NextRead is when a device that could not be reached is tried again by itself, zero =
	// not known.
	NextRead time.Time
	// Cables are the declared links of the entry, by port.
	Cables map[mirror.PortName][]mirror.Link
}

// ToolView is a tool with its version.
type ToolView struct {
	Tool    mirror.Tool
	Version int64
	Author  mirror.Authorship
}

// SessionView is a session with its placements. What it reaches is shared with other views:
// who wants to change something copies it first.
type SessionView struct {
	Record     mirror.SessionRecord
	Placements []mirror.Placement
	// Load is what is measured of it, nil before anything was since the start.
	Load *capacity.SessionLoad
}

// ObservedSession is a native session of a device with a guess whose it is.
type ObservedSession struct {
	Device   string
	Native   mirror.NativeSession
	Owner    string   // "netmirror" (this controller), "netmirror-other" or "foreign"
	Guess    string   // what speaks for that, and who else it may be
	Sessions []string // that it carries, when ours
	At       time.Time
	// FirstSeen is when this controller first read it, zero where that is not known.
	FirstSeen time.Time
}

// A Write carries what every write of the API has.
type Write struct {
	Actor   Actor
	IfMatch *int64 // refused with ErrPrecondition unless it is the present version
	// Wait is how long a write waits for its devices to be read; then the intent
	// is stored and decided later. 0: Timeouts.Submit.
	Wait time.Duration

	gate gate // of a trigger, nil = somebody else writes
}

// SubmitResult tells what a PUT or DELETE of a session did.
type SubmitResult struct {
	View      SessionView
	Operation mirror.Operation // the rollout that was started, or the newest one when nothing changed
	Created   bool
	Unchanged bool // same body, same generation: nothing was started
	// Forecasts are what was reckoned of the load, of an intent that was decided just now.
	Forecasts []capacity.Forecast

	crowded []capacity.End // to which others copy, too
	moved   []refiltered   // sessions whose goals moved already
}

// Planned is a plan with what was reckoned of the load.
type Planned struct {
	mirror.Plan
	Forecasts []capacity.Forecast
}

// DeviceCheck is the first-day check of a device: each line with its verdict.
type DeviceCheck struct {
	Device string
	OK     bool
	Items  []CheckItem
}

// CheckItem is one line of a DeviceCheck.
type CheckItem = mirror.CheckItem
