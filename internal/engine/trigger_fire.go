package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/alert"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// What became of an alert.
const (
	AlertStarted = "started"
	AlertRenewed = "renewed"
	AlertEnded   = "ended"
	AlertRefused = "refused"
	AlertIgnored = "ignored"
)

// A Fired tells what became of one alert.
type Fired struct {
	Result    string
	Device    string
	Interface mirror.PortName
	Session   string    // of the port, "" where none was made out
	Expires   time.Time // of what was started or renewed
	Operation string    // id of the rollout that was started
	Waiting   string    // for what device, of a session that is not decided yet
	Reasons   []mirror.Reason
}

// FiredAll tells what became of the alerts of a body, in their order.
type FiredAll struct {
	Alerts []Fired
	Wait   time.Duration // until there is room for another start, where the rate refused one
}

// A TriggerBusy refuses a body because of the rate: nothing of it was started or renewed.
type TriggerBusy struct {
	Wait    time.Duration // until there is room
	Reasons []mirror.Reason
}

// Error tells when there is room again.
func (b *TriggerBusy) Error() string {
	return fmt.Sprintf("the trigger has started as many sessions in an hour as its rate allows; there is room in %v", b.Wait.Round(time.Second))
}

// parallelAlerts bounds the sessions that one body has decided about at one time: each may
// wait for a switch.
const parallelAlerts = 4

// alertWait is how long an alert waits for its devices to be read; then it is answered, and
// decided behind the answer. Alerting programs give up early, and send the same again.
const alertWait = 5 * time.Second

// A firing is the work on one body of alerts.
type firing struct {
	e       *Engine
	w       Write // by trigger and token
	t       mirror.Trigger
	version int64
	dry     bool

	mu  sync.Mutex
	out FiredAll
}

// A firingJob is what is asked about one session.
type firingJob struct {
	at  int // of the alert
	end bool
	on  mirror.Triggered
	s   mirror.Session
}

// FireTrigger reads a body of alerts, and starts or renews a session for each port that
// the trigger allows, as a PUT would. With dryRun everything is decided on freshly read
// devices, and nothing is stored. A body that is none of the trigger's format is refused as
// mirror.ErrUnsupported, one that the rate alone refuses is a *TriggerBusy.
func (e *Engine) FireTrigger(ctx context.Context, w Write, name string, body []byte, dryRun bool) (FiredAll, error) {
	f := &firing{e: e, w: Write{Actor: w.Actor, Wait: alertWait}, dry: dryRun}
	f.w.Actor.Name = mirror.TriggerActor(name, w.Actor.Name)
	err := e.store.View(ctx, func(tx mirror.Tx) (err error) {
		f.t, f.version, err = tx.Trigger(name)
		return err
	})
	if err != nil {
		return FiredAll{}, err
	}
	if f.t.Disabled {
		return FiredAll{}, mirror.Refuse(mirror.ErrConflict, []mirror.Reason{{Code: "disabled", Message: fmt.Sprintf("trigger %q is disabled", name)}})
	}
	alerts, err := alert.Read(f.t.Format, body)
	if err != nil {
		f.unread(ctx, err)
		return FiredAll{}, err
	}
	f.out.Alerts = make([]Fired, len(alerts))
	jobs, err := f.read(ctx, alerts)
	if err != nil {
		return FiredAll{}, err
	}
	f.run(ctx, jobs)
	f.conclude(ctx)
	return f.answer()
}

// answer is a TriggerBusy where the rate stood against everything that was asked for.
func (f *firing) answer() (FiredAll, error) {
	var reasons []mirror.Reason
	for _, x := range f.out.Alerts {
		if x.Result != AlertRefused && x.Result != AlertIgnored {
			return f.out, nil
		}
		if x.Result == AlertRefused {
			reasons = append(reasons, x.Reasons...)
		}
	}
	if f.out.Wait > 0 {
		return FiredAll{}, &TriggerBusy{Wait: f.out.Wait, Reasons: reasons}
	}
	return f.out, nil
}

func (f *firing) set(at int, result string, reasons ...mirror.Reason) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.out.Alerts[at].Result, f.out.Alerts[at].Reasons = result, reasons
}

// run decides about each session, a few at a time.
func (f *firing) run(ctx context.Context, jobs []firingJob) {
	places := make(chan struct{}, parallelAlerts)
	var all sync.WaitGroup
	for _, j := range jobs {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			if j.end {
				f.finish(ctx, j)
			} else {
				f.fire(ctx, j)
			}
		})
	}
	all.Wait()
}

// fire starts or renews the session of an alert.
func (f *firing) fire(ctx context.Context, j firingJob) {
	now := time.Now().UTC()
	fate, err := f.fate(ctx, j, now)
	if err == nil {
		switch fate.Act {
		case plan.FireRefuse:
			f.set(j.at, AlertRefused, fate.Reason)
			return
		case plan.FireKeep:
			f.set(j.at, AlertIgnored, fate.Reason)
			return
		}
		if f.dry {
			_, err = f.e.preview(ctx, f.w, j.s, &fate.Ends)
		} else {
			err = f.submit(ctx, j, fate)
		}
	}
	var kept *keptError
	switch {
	case errors.As(err, &kept):
		f.set(j.at, AlertIgnored, kept.reason)
	case err != nil:
		f.set(j.at, AlertRefused, f.reasonsOf(j, err)...)
	case f.dry:
		f.done(j, fate, fate.Ends, "")
	}
}

// fate decides, and, of a start, takes one of those that the rate allows: it is taken
// before the devices are asked, so that what they refuse is bounded, too.
func (f *firing) fate(ctx context.Context, j firingJob, now time.Time) (fate plan.Firing, err error) {
	decide := func(tx mirror.Tx) error {
		rec, err := sessionIn(tx, j.s.Name)
		if err != nil {
			return err
		}
		if fate = plan.Fire(f.t, rec, j.on, now); fate.Act == plan.FireStart {
			return roomFor(tx, f.t, j.s.Name, now)
		}
		return nil
	}
	if err := f.e.store.View(ctx, decide); err != nil || fate.Act != plan.FireStart {
		return fate, err
	}
	take := func(tx mirror.Tx) error {
		if err := decide(tx); err != nil || fate.Act != plan.FireStart {
			return err
		}
		return f.take(tx, now)
	}
	if f.dry { // it takes, and gives back
		giveBack, refused := errors.New("not stored"), error(nil)
		err = f.e.store.Update(ctx, func(tx mirror.Tx) error {
			refused = take(tx)
			return giveBack
		})
		if errors.Is(err, giveBack) {
			err = refused
		}
		return fate, err
	}
	return fate, f.e.update(ctx, take)
}

// take counts a start, or refuses it with a TriggerBusy.
func (f *firing) take(tx mirror.Tx, now time.Time) error {
	state, err := triggerState(tx, f.t.Name)
	if err != nil {
		return err
	}
	state, wait, ok := state.Take(f.t.Rate, now)
	if !ok {
		return &TriggerBusy{Wait: wait}
	}
	return tx.PutTriggerState(state)
}

func sessionIn(tx mirror.Tx, name string) (*mirror.SessionRecord, error) {
	rec, err := tx.Session(name)
	if errors.Is(err, mirror.ErrNotFound) {
		return nil, nil
	}
	return &rec, err
}

// A keptError is a session that needs nothing after all: another alert was faster.
type keptError struct{ reason mirror.Reason }

// Error gives the reason.
func (k *keptError) Error() string { return k.reason.Message }

// submit hands the session to the engine as a PUT would. What was decided is decided again
// in the transaction that stores it.
func (f *firing) submit(ctx context.Context, j firingJob, fate plan.Firing) error {
	w, taken := f.w, fate.Act == plan.FireStart
	var last plan.Firing
	w.gate = func(tx mirror.Tx, old, rec *mirror.SessionRecord, now time.Time) error {
		if _, version, err := tx.Trigger(f.t.Name); err != nil || version != f.version {
			return mirror.Refuse(mirror.ErrConflict, []mirror.Reason{{Code: "trigger-changed", Message: "the trigger was changed or deleted meanwhile"}})
		}
		switch last = plan.Fire(f.t, old, j.on, now); last.Act {
		case plan.FireRefuse:
			return mirror.Refuse(mirror.ErrConflict, []mirror.Reason{last.Reason})
		case plan.FireKeep:
			return &keptError{last.Reason}
		case plan.FireStart:
			if err := roomFor(tx, f.t, j.s.Name, now); err != nil {
				return err
			}
			if !taken { // it was to be renewed, and its lease has ended since
				if err := f.take(tx, now); err != nil {
					return err
				}
			}
		}
		on := j.on
		if on.Started = last.Started; last.Act == plan.FireStart && fate.Act == plan.FireStart {
			on.Started = fate.Started // of which the lease was reckoned: maxAge is reached at its end
		}
		rec.Triggered = &on
		return tx.AppendEvent(f.event(last, j, rec.Expires))
	}
	res, err := f.e.submit(ctx, w, j.s, &fate.Ends)
	if err != nil {
		return err
	}
	f.done(j, last, res.View.Record.Expires, res.Operation.ID)
	if waiting := res.View.Record.Waiting; waiting != nil {
		f.mu.Lock()
		f.out.Alerts[j.at].Waiting = waiting.Message
		f.mu.Unlock()
	}
	return nil
}

func (f *firing) event(fate plan.Firing, j firingJob, expires time.Time) mirror.Event {
	typ, did := "TriggerFired", "started"
	if fate.Act == plan.FireRenew {
		typ, did = "TriggerRenewed", "renewed"
	}
	event := objectEvent(typ, f.w, mirror.ObjectTrigger, f.t.Name, "trigger %s %s session %s for %s of %s, until %s at the latest", f.t.Name, did,
		j.s.Name, j.on.Interface, j.on.Device, expires.Format(time.RFC3339))
	if p := j.s.Purpose; p != nil && p.Reason != "" {
		event.Message += ": " + p.Reason
	}
	event.Session, event.Device = j.s.Name, j.on.Device
	return event
}

func (f *firing) done(j firingJob, fate plan.Firing, expires time.Time, op string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	x := &f.out.Alerts[j.at]
	x.Result, x.Expires, x.Operation = AlertStarted, expires, op
	if fate.Act == plan.FireRenew {
		x.Result = AlertRenewed
	}
}

// finish ends the session of an alert that is resolved.
func (f *firing) finish(ctx context.Context, j firingJob) {
	var rec *mirror.SessionRecord
	err := f.e.store.View(ctx, func(tx mirror.Tx) (err error) {
		rec, err = sessionIn(tx, j.s.Name)
		return err
	})
	by := func() bool {
		return rec.Triggered != nil && rec.Triggered.Trigger == f.t.Name && rec.Triggered.Device == j.on.Device && rec.Triggered.Interface == j.on.Interface
	}
	switch {
	case err != nil:
	case rec == nil || rec.Deleting || plan.Lapsed(*rec, time.Now()):
		f.set(j.at, AlertIgnored, mirror.Reason{Code: "resolved", Message: "it is resolved, and has no session that could end"})
		return
	case !by():
		f.set(j.at, AlertIgnored, mirror.Reason{Code: "not-ours", Message: fmt.Sprintf("it is resolved; session %q is not of this trigger any more, and goes on", j.s.Name)})
		return
	case !f.dry:
		w := f.w
		w.IfMatch = &rec.Generation
		var res SubmitResult
		if res, err = f.e.Remove(ctx, w, j.s.Name, ""); err == nil {
			f.out.Alerts[j.at].Operation = res.Operation.ID // nobody else writes this one
		}
	}
	if err != nil {
		f.set(j.at, AlertRefused, f.reasonsOf(j, err)...)
		return
	}
	f.set(j.at, AlertEnded)
}

// reasonsOf tells why a session was refused, each reason as a PUT would tell it.
func (f *firing) reasonsOf(j firingJob, err error) []mirror.Reason {
	var refusal *mirror.Refusal
	if errors.As(err, &refusal) {
		return mirror.CutReasons(refusal.Reasons)
	}
	var busy *TriggerBusy
	if errors.As(err, &busy) {
		f.mu.Lock()
		f.out.Wait = max(f.out.Wait, busy.Wait)
		f.mu.Unlock()
		return []mirror.Reason{{Code: "rate", Message: busy.Error()}}
	}
	for _, k := range []struct {
		kind error
		code string
	}{{mirror.ErrConflict, "conflict"}, {mirror.ErrPrecondition, "conflict"}, {mirror.ErrNotFound, "not-found"}, {mirror.ErrUnreachable, "device-unreachable"},
		{mirror.ErrTimeout, "device-timeout"}, {mirror.ErrUnsupported, "cannot-be-done"}, {context.DeadlineExceeded, "timed-out"}, {context.Canceled, "timed-out"}} {
		if errors.Is(err, k.kind) {
			return []mirror.Reason{{Code: k.code, Message: strings.TrimPrefix(err.Error(), "engine: ")}}
		}
	}
	f.e.log.Error("trigger", "trigger", f.t.Name, "session", j.s.Name, "err", err)
	return []mirror.Reason{{Code: "internal-error", Message: "internal error; the log says more"}}
}
