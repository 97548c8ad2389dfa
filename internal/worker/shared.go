package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Desk is what a worker needs of the front desk: it knows the sessions that
// several devices are part of.
type Desk interface {
	// Update runs a store transaction in which operations may be written; who
	// waits for one of them is told.
	Update(ctx context.Context, fn func(mirror.Tx) error) error
	// Record is Update of what was found out about a device. fn gives the sessions whose
	// placements changed: their rollouts make their next step, with beside in the same
	// transaction where they can. goOn is to be called once the device is judged: it has
	// everybody else go on.
	Record(ctx context.Context, beside bool, fn func(mirror.Tx) (sessions []string, err error)) (goOn func(), err error)
	// Target is how a device is reached, with its credentials.
	Target(d mirror.Device) (mirror.Target, error)
	// HeldBack says why nothing is pushed to any device, "" when it is.
	HeldBack() string
	// StepLater has the next step of a session's rollout made, behind what somebody
	// waits for.
	StepLater(session string)
	// Returned says that a device was read, for whoever waits for that.
	Returned(device string)
}

// Shared is what the workers of one controller share.
type Shared struct {
	Store    mirror.Store
	Desk     Desk
	Log      *slog.Logger
	Drivers  map[string]Driver // platform/protocol
	Instance string
	Owner    string // of claims: this process
	Timeouts Timeouts
	// Resync is the interval at which an undisturbed device is read, 0 = what its
	// platform asks for. A device's own setting wins over it.
	Resync time.Duration
	// Failpoint is called between the steps of a reconcile with the name of the
	// step that was just made.
	Failpoint func(step string)

	// Meter hears what dealing with devices takes, nil = nobody does.
	Meter Meter

	Lanes  Lanes
	Logins *Logins
	States *States
	Reads  *Reads

	vanished vanishings
}

// Timeouts bounds everything that waits for a device.
type Timeouts struct {
	// Dial is for connecting, login included, Read for silence while output is
	// waited for (it moves while output arrives), Push for one write of
	// configuration. A device's own settings win over them.
	Dial, Read, Push time.Duration
	// Idle is how long a connection that nothing needs stays open, where the
	// platform does not tell of changes. A device's own setting wins over it.
	Idle time.Duration
	// Busy is how long a device that asks to come back later is asked again.
	Busy time.Duration
	// Observe is the most that a whole read may take however much arrives.
	Observe time.Duration
	// Settle is how long a device may leave a session it accepted without
	// programming it before the rollout counts as failed.
	Settle time.Duration
	// Fresh is how old a read may be that a goal is pushed on without another.
	Fresh time.Duration
	// SaveRetry is the pause before what could not be saved is tried again.
	SaveRetry time.Duration
	// Calm is the shortest time between two reads caused by device events.
	Calm time.Duration
	// Place is how long a device that is being connected to keeps others from it.
	Place time.Duration
	// Backoff is the longest pause before a device that keeps failing is tried
	// again without being asked for.
	Backoff time.Duration
	// Window is the longest that a device may let a push wait to be confirmed, whatever
	// its setting was when somebody was cut off in one.
	Window time.Duration
}

// WithDefaults gives zero durations their defaults.
func (t Timeouts) WithDefaults() Timeouts {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&t.Dial, time.Minute)
	def(&t.Read, 3*time.Minute)
	def(&t.Idle, 2*time.Minute)
	def(&t.Observe, 15*time.Minute)
	def(&t.Push, 5*time.Minute)
	def(&t.Busy, time.Minute)
	def(&t.Settle, 30*time.Second)
	def(&t.Fresh, 2*time.Second)
	def(&t.Calm, time.Second)
	def(&t.SaveRetry, 15*time.Minute)
	def(&t.Place, 2*time.Second)
	def(&t.Backoff, 10*time.Minute)
	def(&t.Window, mirror.MaxConfirmWindow)
	return t
}

// Driver finds the driver of a device's config transport.
func (s *Shared) Driver(d mirror.Device) (Driver, error) {
	drv, ok := s.Drivers[d.Platform+"/"+d.Transports.Config.Protocol]
	if !ok {
		return Driver{}, fmt.Errorf("no driver for platform %s over %s: %w", d.Platform, d.Transports.Config.Protocol, mirror.ErrUnsupported)
	}
	return drv, nil
}

// ConfirmFaults says why a device's setting of confirming cannot be.
func (d Driver) ConfirmFaults(device mirror.Device) []mirror.Reason {
	switch {
	case device.Confirm == mirror.ConfirmTimer && d.Confirms == nil:
	case device.Confirm == "" && device.ConfirmWindow+device.ConfirmGrace != 0 && (d.Confirms == nil || !d.Confirms.Usual):
		return []mirror.Reason{{Pointer: "/confirm", Code: "contradiction",
			Message: fmt.Sprintf("window and grace are of confirm: timer on platform %s, whose pushes stand at once otherwise", d.Platform)}}
	default:
		return nil
	}
	return []mirror.Reason{{Pointer: "/confirm", Code: "unsupported",
		Message: fmt.Sprintf("a push to platform %s over %s stands at once; there is nothing to confirm", d.Platform, d.Protocol)}}
}

// window is within how long a push to a device must be confirmed, 0 where it stands.
func (d Driver) window(device mirror.Device) time.Duration {
	if d.Confirms == nil {
		return 0
	}
	return device.Window(d.Confirms.Usual)
}

// tuning is how a device is spoken to: its own settings over the controller's.
func (s *Shared) tuning(d mirror.Device) mirror.Tuning {
	t := s.Timeouts
	return d.Transports.Config.Tuning.Over(mirror.Tuning{IdleClose: mirror.Duration(t.Idle), Timeouts: mirror.WaitingLimits{
		Dial: mirror.Duration(t.Dial), Read: mirror.Duration(t.Read), Push: mirror.Duration(t.Push)}})
}

// judge says that a worker has found out about its device, good or bad. What is
// stored about it counts from now on. The first time after a start the status of
// everything on the device is looked at again.
func (s *Shared) judge(ctx context.Context, device string) {
	if !s.Reads.judge(device) {
		return
	}
	err := s.Store.View(ctx, func(tx mirror.Tx) error {
		rows, err := tx.PlacementsByDevice(device)
		for _, row := range rows {
			s.Desk.StepLater(row.Session)
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.Log.Error("store", "device", device, "err", err)
	}
}
