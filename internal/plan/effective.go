package plan

import (
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Effective is the session as it shall be on devices now, and whether it shall
// be there at all: not while it is disabled or suspended by relief, and not after its
// lease. It is the only place where anything but the user changes an intent on its
// way to the devices.
func Effective(rec mirror.SessionRecord, now time.Time) (mirror.Session, bool) {
	s, on := rec.Session, rec.Session.Enabled && !Lapsed(rec, now)
	if rec.Relief == nil {
		return s, on
	}
	s, some := relieved(s, rec.Relief.Steps)
	return s, on && some
}

// AsAsked is a record without relief: what its user asked for.
func AsAsked(rec mirror.SessionRecord) mirror.SessionRecord {
	rec.Relief = nil
	return rec
}

// Lapsed reports whether the lease of a session is over.
func Lapsed(rec mirror.SessionRecord, now time.Time) bool {
	return !rec.Expires.IsZero() && !now.Before(rec.Expires)
}

// LeaseEnd is when the lease of an intent ends that is accepted now, zero for
// none. old is the record before, zero for a new session: the same lease again
// goes on and is not renewed.
func LeaseEnd(old mirror.SessionRecord, s mirror.Session, now time.Time) time.Time {
	switch {
	case s.Lease == nil:
		return time.Time{}
	case old.Session.Lease != nil && *old.Session.Lease == *s.Lease:
		return old.Expires
	case !s.Lease.Until.IsZero():
		return s.Lease.Until.UTC()
	}
	return now.Add(s.Lease.Duration)
}
