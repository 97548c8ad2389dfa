package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// refusals bounds the events of refused alerts: alerts come by the hundred, and would
// wash everything else out of the log.
type refusals struct {
	mu sync.Mutex
	of map[string]tellings // by trigger
}

type tellings struct {
	since  time.Time // the minute in which was told
	n      int       // how often, in it
	untold int       // refused since, without a word
}

// refusalsTold is how many are told in a minute, of one trigger.
const refusalsTold = 10

// tell reports whether a refusal of now is told, and how many before it were not.
func (r *refusals) tell(trigger string, now time.Time) (untold int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = map[string]tellings{}
	}
	t := r.of[trigger]
	if now.Sub(t.since) >= time.Minute || now.Before(t.since) {
		t.since, t.n = now, 0
	}
	if ok = t.n < refusalsTold; ok {
		t.n++
		untold, t.untold = t.untold, 0
	} else {
		t.untold++
	}
	r.of[trigger] = t
	return untold, ok
}

// conclude counts what became of the alerts, and tells of those that were refused. What
// was started is started: that it cannot be counted is logged alone.
func (f *firing) conclude(ctx context.Context) {
	if f.dry {
		return
	}
	now := time.Now().UTC()
	var events []mirror.Event
	for _, x := range f.out.Alerts {
		switch x.Result {
		case AlertRefused:
			events = append(events, f.refused(x, now)...)
		case AlertEnded:
			event := objectEvent("TriggerEnded", f.w, mirror.ObjectTrigger, f.t.Name, "trigger %s ended session %s: the alert about %s of %s is resolved", f.t.Name, x.Session, x.Interface, x.Device)
			event.Session, event.Device = x.Session, x.Device
			events = append(events, event)
		}
	}
	f.write(ctx, func(s *mirror.TriggerState) {
		for _, x := range f.out.Alerts {
			switch x.Result {
			case AlertStarted:
				s.Started++
			case AlertRenewed:
				s.Renewed++
			case AlertEnded:
				s.Ended++
			case AlertIgnored:
				s.Ignored++
			case AlertRefused:
				s.Refused++
				s.Refusal, s.RefuseAt = mirror.CutReasons(x.Reasons), now
			}
		}
	}, events)
}

// write changes the state of the trigger and tells events, as far as the trigger is still
// there.
func (f *firing) write(ctx context.Context, change func(*mirror.TriggerState), events []mirror.Event) {
	err := f.e.update(context.WithoutCancel(ctx), func(tx mirror.Tx) error {
		state, err := triggerState(tx, f.t.Name)
		if err != nil {
			return err
		}
		state.Posts++
		state.Last, state.LastBy = time.Now().UTC(), f.w.Actor.Name
		change(&state)
		if err := tx.PutTriggerState(state); err != nil {
			if errors.Is(err, mirror.ErrNotFound) {
				return nil // it was deleted meanwhile
			}
			return err
		}
		for _, event := range events {
			if err := tx.AppendEvent(event); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		f.e.log.Error("trigger", "trigger", f.t.Name, "err", err)
	}
}

// unread tells of a body that could not be read.
func (f *firing) unread(ctx context.Context, err error) {
	var refusal *mirror.Refusal
	if f.dry || !errors.As(err, &refusal) {
		return
	}
	now := time.Now().UTC()
	f.write(ctx, func(s *mirror.TriggerState) {
		s.Refused++
		s.Refusal, s.RefuseAt = mirror.CutReasons(refusal.Reasons), now
	}, f.refused(Fired{Reasons: refusal.Reasons}, now))
}

// refused is the event of a refused alert, none where there were too many of them.
func (f *firing) refused(x Fired, now time.Time) []mirror.Event {
	untold, ok := f.e.refusals.tell(f.t.Name, now)
	if !ok {
		return nil
	}
	what := "an alert"
	if x.Device != "" && x.Interface != "" {
		what = fmt.Sprintf("an alert about %s of %s", x.Interface, x.Device)
	} else if x.Device != "" {
		what = "an alert about device " + x.Device
	}
	var why []string
	for _, r := range mirror.CutReasons(x.Reasons) {
		why = append(why, r.Message)
	}
	event := objectEvent("TriggerRefused", f.w, mirror.ObjectTrigger, f.t.Name, "trigger %s refused %s: %s", f.t.Name, what, strings.Join(why, "; "))
	if untold > 0 {
		event.Message += fmt.Sprintf(" (%d before it were refused without an event: there were too many)", untold)
	}
	event.Session = x.Session
	return []mirror.Event{event}
}
