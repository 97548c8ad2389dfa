package plan

import (
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// What an alert does to the session of its port.
const (
	FireStart  = "start"
	FireRenew  = "renew"
	FireKeep   = "keep"   // it goes on long enough already
	FireRefuse = "refuse" // Reason says why
)

// A Firing is what becomes of an alert about a port.
type Firing struct {
	Act     string
	Started time.Time // when the session was, or is, started
	Ends    time.Time // of a start or a renewal: when its lease ends
	Reason  mirror.Reason
}

// Fire decides what an alert of now does about the session that has the name of its port,
// nil where there is none. It does not count: how many and how often is asked elsewhere.
func Fire(t mirror.Trigger, rec *mirror.SessionRecord, on mirror.Triggered, now time.Time) Firing {
	start := Firing{Act: FireStart, Started: now, Ends: t.Ends(now, now)}
	if rec == nil {
		return start
	}
	refuse := func(code, format string, args ...any) Firing {
		return Firing{Act: FireRefuse, Reason: mirror.Reason{Code: code, Message: fmt.Sprintf(format, args...)}}
	}
	name, by := rec.Session.Name, rec.Triggered
	switch {
	case by == nil || by.Trigger != t.Name:
		return refuse("not-ours", "session %q is not of this trigger: %s", name, whose(*rec))
	case by.Device != on.Device || by.Interface != on.Interface:
		return refuse("name-taken", "session %q copies %s of %s; sessionName does not tell it from this port", name, by.Interface, by.Device)
	case rec.Deleting:
		return refuse("being-deleted", "session %q is being deleted", name)
	case !Lapsed(*rec, now):
		return renew(t, *rec, now)
	case t.MaxAge > 0 && !rec.Expires.Before(by.Started.Add(t.MaxAge)) && now.Before(rec.Expires.Add(t.Rest)):
		return refuse("rests", "session %q was copied for %v, as long as maxAge allows, and rests until %s", name, t.MaxAge, rec.Expires.Add(t.Rest).Format(time.RFC3339))
	}
	return start
}

// renew lets a session live on. A renewal that gains next to nothing is none: alerts come
// by the hundred, and each renewal has its switch read.
func renew(t mirror.Trigger, rec mirror.SessionRecord, now time.Time) Firing {
	out := Firing{Act: FireRenew, Started: rec.Triggered.Started, Ends: t.Ends(rec.Triggered.Started, now)}
	if out.Ends.Sub(rec.Expires) >= min(t.Lease/10, time.Minute) {
		return out
	}
	out.Act, out.Ends = FireKeep, rec.Expires
	out.Reason = mirror.Reason{Code: "fresh", Message: fmt.Sprintf("session %q goes on until %s already", rec.Session.Name, rec.Expires.Format(time.RFC3339))}
	if t.MaxAge > 0 && !rec.Expires.Before(rec.Triggered.Started.Add(t.MaxAge)) {
		out.Reason = mirror.Reason{Code: "max-age", Message: fmt.Sprintf("session %q ends at %s, however many alerts come: maxAge is %v", rec.Session.Name, rec.Expires.Format(time.RFC3339), t.MaxAge)}
	}
	return out
}

func whose(rec mirror.SessionRecord) string {
	switch {
	case rec.Triggered != nil:
		return "trigger " + rec.Triggered.Trigger + " started it"
	case rec.UpdatedBy != "":
		return rec.UpdatedBy + " wrote it last"
	}
	return "somebody else wrote it"
}
