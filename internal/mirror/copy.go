package mirror

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Copy is a stretch of time in which the traffic of one port or VLAN was copied to one
// place for one session, as devices were read.
type Copy struct {
	ID         int64         `json:"id"` // given by the store, from 1
	Session    string        `json:"session"`
	Generation int64         `json:"generation"`
	Actor      string        `json:"actor"`  // who asked for it
	Source     Source        `json:"source"` // canonical; device, interface or VLAN, and direction
	To         []Destination `json:"to,omitempty"`
	RemoteVLAN int           `json:"remoteVlan,omitempty"` // that it goes through
	NativeID   string        `json:"nativeId,omitempty"`
	Purpose    Purpose       `json:"purpose,omitzero"`
	Lease      time.Time     `json:"lease,omitzero"` // end of the lease, as it was last
	// Began is when a device was first read to copy it. Earlier says that it did so
	// before that already, when nothing was recorded or the session was another hand's.
	Began   time.Time `json:"began"`
	Earlier bool      `json:"earlier,omitempty"`
	// Ended is when a device was first read not to copy it any more, or was let go
	// of; zero while it is copied. Ending says why.
	Ended  time.Time `json:"ended,omitzero"`
	Ending string    `json:"ending,omitempty"` // one of the words below
}

// Why a copy ended.
const (
	EndChanged  = "changed"  // the session was: what it copies, to where, or why
	EndDisabled = "disabled" // the session was
	EndExpired  = "expired"  // its lease was over
	EndRelief   = "relief"   // relief took it off
	EndDrift    = "drift"    // a device was found not to copy it, which nobody had asked netmirror for
	EndDeleted  = "deleted"  // the session was
	EndReleased = "released" // the session was deleted and the device not touched: it may still be copied
)

// Key is equal of two copies that are one as long as nobody stops it in between.
func (c Copy) Key() string {
	parts := []string{c.Source.Device, c.Source.Interface, strconv.Itoa(c.Source.VLAN), string(c.Source.Direction), strconv.Itoa(c.RemoteVLAN), c.Purpose.Reason, c.Purpose.Ticket}
	for _, d := range c.To {
		parts = append(parts, d.Device, d.Interface, d.IP)
	}
	return strings.Join(parts, "\x00")
}

// Everything stands in the place of an interface where a native session copies all that
// goes through a device.
const Everything = "everything"

// Place is the source as the store finds it: an interface, or "vlan N".
func (s Source) Place() string {
	if s.VLAN != 0 {
		return "vlan " + strconv.Itoa(s.VLAN)
	}
	return s.Interface
}

// A CopyQuery asks for copies, in the order in which they began. A field that is empty
// excludes none.
type CopyQuery struct {
	Session   string
	Device    string // of the source
	Interface string // of the source, canonical, or "vlan N"; needs Device
	Actor     string
	Since     time.Time // not what had ended by then
	Until     time.Time // not what began then or later
	After     int64     // ID behind which the answer begins
	Limit     int       // at least 1
}

// Takes reports whether the query excludes a copy by none of its fields.
func (q CopyQuery) Takes(c Copy) bool {
	is := func(want, have string) bool { return want == "" || want == have }
	return is(q.Session, c.Session) && is(q.Device, c.Source.Device) && is(q.Interface, c.Source.Place()) && is(q.Actor, c.Actor) &&
		(q.Since.IsZero() || c.Ended.IsZero() || c.Ended.After(q.Since)) && (q.Until.IsZero() || c.Began.Before(q.Until))
}

// A CopyPage answers a CopyQuery.
type CopyPage struct {
	Copies []Copy
	Next   int64 // After of the next page
	More   bool  // there may be more after Next
	// Whole is since when nothing is missing: what had ended before may be gone, and
	// before the first recording nothing was kept.
	Whole time.Time
}

// CopiesOf is what is copied for a session now, as its devices were last read: of each
// source that a device holds and copies, to where the session's copies end on whichever
// device. It names no tools.
func CopiesOf(rec SessionRecord, rows []Placement) (out []Copy) {
	var ends []Fragment
	for _, p := range rows {
		if p.Applied != nil && (p.Role == RoleRSPANDestination || p.Role == RoleERSPANDestination) {
			ends = append(ends, *p.Applied)
		}
	}
	for _, p := range rows {
		if !p.Copies() {
			continue
		}
		spec := p.Applied.Spec.Normalize()
		var to []Destination
		for _, s := range spec.Sources {
			direction := s.Direction
			for _, m := range p.Missing {
				if m.Of(s) {
					direction = direction.Without(m.Direction)
				}
			}
			if direction == "" {
				continue
			}
			if to == nil {
				to = endsOf(*p.Applied, ends)
			}
			c := Copy{Session: rec.Session.Name, Generation: rec.Generation, NativeID: p.NativeID, RemoteVLAN: spec.RemoteVLAN, To: to, Lease: rec.Expires,
				Source: s.At(p.Device)}
			if c.Source.Direction = direction; rec.Session.Purpose != nil {
				c.Purpose = *rec.Session.Purpose
			}
			if !slices.ContainsFunc(out, func(o Copy) bool { return o.Key() == c.Key() }) {
				out = append(out, c)
			}
		}
	}
	return out
}

// endsOf are where the copies of a fragment end, sorted: on its device, or where what it
// sends is taken in.
func endsOf(f Fragment, ends []Fragment) []Destination {
	path := []Fragment{f}
	for _, e := range ends {
		if f.Spec.Role == RoleRSPANSource && e.Spec.Role == RoleRSPANDestination && e.Spec.RemoteVLAN == f.Spec.RemoteVLAN ||
			f.Spec.Role == RoleERSPANSource && e.Spec.Role == RoleERSPANDestination && e.Spec.Options.Collector == f.Spec.Options.Collector {
			path = append(path, e)
		}
	}
	to := TrafficHeld(path).Destinations
	slices.SortFunc(to, func(a, b Destination) int {
		return cmp.Or(strings.Compare(a.Device, b.Device), strings.Compare(a.Interface, b.Interface), strings.Compare(a.IP, b.IP))
	})
	return to
}

// NameTools writes to where the copies end what is known there as a tool.
func (c *Copy) NameTools(tools []Tool) {
	c.To = slices.Clone(c.To)
	for i, d := range c.To {
		for _, t := range tools {
			if t.Device != "" && d.Device == t.Device && d.Interface == t.Interface || t.Device == "" && t.IP != "" && d.IP == t.IP {
				c.To[i].Tool = t.Name
			}
		}
	}
}

// Copies reports whether the device was seen to hold a native session of the placement
// that has sources and copies them.
func (p Placement) Copies() bool {
	switch p.Role {
	case RoleLocal, RoleRSPANSource, RoleERSPANSource:
		return p.Applied != nil && !p.Applied.Spec.Shut
	}
	return false
}

// At is a source of a device's native session as a source of a session.
func (s NativeSource) At(device string) Source {
	src := Source{Device: device, Interface: string(s.Port), VLAN: s.VLAN, Direction: s.Direction}
	if s.All {
		src.Interface = Everything
	}
	return src
}

// Of reports whether both are of one port or VLAN, in whatever direction.
func (s NativeSource) Of(o NativeSource) bool {
	return s.Port == o.Port && s.VLAN == o.VLAN && s.All == o.All
}

// CopiesFrom reports whether a fragment, which may be nil, copies some of the traffic of
// a source.
func (f *Fragment) CopiesFrom(src Source) bool {
	return f != nil && f.Device == src.Device && !f.Spec.Shut && slices.ContainsFunc(f.Spec.Sources, func(s NativeSource) bool {
		is := s.At(f.Device)
		return is.Interface == src.Interface && is.VLAN == src.VLAN && is.Direction.Without(src.Direction) != is.Direction
	})
}
