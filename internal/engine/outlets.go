package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// lateAfter is how long an event may wait to be told before that is a problem.
const lateAfter = 5 * time.Minute

// An OutletView is how far one receiver of events has come.
type OutletView struct {
	Outlet mirror.Outlet
	About  mirror.Object // the webhook, or the controller: of syslog
	Off    bool          // it is told nothing at present
	Dead   int           // dead letters
	Behind int64         // events that it has not come to
	Oldest time.Time     // of the first of them
}

// outlets are all receivers of events that there are, by name.
func outlets(tx mirror.Tx) (out []OutletView, err error) {
	all, err := tx.Outlets()
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		if o.Off {
			continue // a syslog server that the settings do not name any more
		}
		v := OutletView{Outlet: o, About: mirror.Object{Kind: mirror.ObjectController}}
		if name, ok := strings.CutPrefix(o.Name, mirror.WebhookOutlet("")); ok {
			h, _, err := tx.Webhook(name)
			if err != nil {
				return nil, err
			}
			v.About, v.Off = mirror.Object{Kind: mirror.ObjectWebhook, Name: name}, h.Disabled
		}
		if v.Dead, err = tx.CountDeadLetters(o.Name); err != nil {
			return nil, err
		}
		if v.Behind, v.Oldest, err = behind(tx, o); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// outletProblems has those whose receivers are not told what they should be.
func (e *Engine) outletProblems(ctx context.Context, now time.Time) (out []Problem, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		out = nil
		views, err := outlets(tx)
		for _, v := range views {
			if p, there := v.problem(now); there {
				out = append(out, p.place(rankTold))
			}
		}
		return err
	})
	return out, err
}

// problem is the worst of a receiver of events.
func (v OutletView) problem(now time.Time) (Problem, bool) {
	p := Problem{Object: v.About, Severity: Warning}
	look := "GET /api/v1/webhooks/" + v.About.Name + " tells more"
	if v.About.Kind != mirror.ObjectWebhook {
		look = "The log says more"
	}
	switch {
	case !v.Outlet.Gone.IsZero() && v.Off:
		p.Reason, p.Since, p.Message = ProblemGone, v.Outlet.Gone, "the receiver answered 410 Gone"
		p.Means, p.Do = "The receiver says that it is gone for good, and the webhook was disabled.", "Delete the webhook, or give it its new URL and enable it."
	case v.Dead > 0:
		p.Reason, p.Since, p.Message = ProblemDeadLetters, v.Outlet.Failing, fmt.Sprintf("%d events were given up", v.Dead)
		if v.Outlet.Error != "" {
			p.Message += "; the last attempt: " + v.Outlet.Error
		}
		p.Means = "The receiver did not take them at any attempt. They are kept, and are not sent again by themselves."
		p.Do = look + ". When the receiver is well: POST /api/v1/webhooks/" + v.About.Name + "/deliveries:resend."
	case !v.Off && !v.Oldest.IsZero() && now.Sub(v.Oldest) > lateAfter && (v.Outlet.Attempts > 0 || v.Behind > 1000):
		p.Reason, p.Since, p.Message = ProblemEventsBehind, v.Oldest, fmt.Sprintf("%d events for %s wait since %s", v.Behind, v.Outlet.Name, v.Oldest.UTC().Format(time.RFC3339))
		if v.Outlet.Error != "" {
			p.Message += "; the last attempt: " + v.Outlet.Error
		}
		p.Means, p.Do = "The receiver does not take events, or takes them more slowly than they come. What is not kept any more until then is lost to it.", look+"."
	default:
		return p, false
	}
	return p, true
}
