package mirror

import (
	"fmt"
	"time"
)

// An Event is something worth knowing afterwards, in order, with the actor.
type Event struct {
	Seq   int64     `json:"seq"` // given by the store, from 1
	At    time.Time `json:"at"`
	Type  string    `json:"type"` // CamelCase: SessionAccepted, DriftRepaired, ...
	Actor string    `json:"actor"`
	// Object is what the event is about, where that is neither Session nor Device:
	// ask About.
	Object  Object `json:"object,omitzero"`
	Session string `json:"session,omitempty"`
	Device  string `json:"device,omitempty"`
	Message string `json:"message"` // a sentence
	// Before and After are what was copied and what is, or shall be, copied now;
	// nil = nothing, or the event is not about copies. Changed names the fields of
	// the intent that a change touched.
	Before  *Traffic `json:"was,omitempty"`
	After   *Traffic `json:"is,omitempty"`
	Changed []string `json:"changed,omitempty"`
}

// An Object is a resource by kind (ObjectDevice, ...) and name. There is one controller:
// it has no name.
type Object struct {
	Kind string `json:"kind,omitempty"`
	Name string `json:"name,omitempty"`
}

// The kinds of objects of events beside those of a manifest.
const (
	ObjectPlan        = "plan"        // by id
	ObjectToken       = "token"       // by name
	ObjectCredentials = "credentials" // by name of the profile
	ObjectController  = "controller"
	ObjectWebhook     = "webhook"
	ObjectTrigger     = "trigger"
)

// About is the object of an event: of one that concerns a session on a device it is
// the session.
func (e Event) About() Object {
	switch {
	case e.Object.Kind != "":
		return e.Object
	case e.Session != "":
		return Object{ObjectSession, e.Session}
	case e.Device != "":
		return Object{ObjectDevice, e.Device}
	}
	return Object{}
}

// An EventQuery asks for events. A field that is empty excludes none.
type EventQuery struct {
	Session string
	Device  string // that the event concerns, as what it is about or as where it happened
	Type    string
	Actor   string
	Object  Object    // a name needs a kind
	Since   time.Time // that one included
	Until   time.Time // that one left out
	// Newest has the newest first, else the oldest.
	Newest bool
	// After is the number behind which the answer begins, in the order asked for; 0 =
	// at its beginning.
	After int64
	Limit int // of events, at least 1
}

// Takes reports whether the query excludes an event by none of its fields.
func (q EventQuery) Takes(e Event) bool {
	is := func(want, have string) bool { return want == "" || want == have }
	o := e.About()
	return is(q.Session, e.Session) && is(q.Device, e.Device) && is(q.Type, e.Type) && is(q.Actor, e.Actor) &&
		is(q.Object.Kind, o.Kind) && is(q.Object.Name, o.Name) &&
		!e.At.Before(q.Since) && (q.Until.IsZero() || e.At.Before(q.Until))
}

// An EventPage answers an EventQuery.
type EventPage struct {
	Events []Event
	// Next is the After of the next page: how far was looked, which may be further
	// than the last event, since a look at many that the query does not take ends
	// after some of them.
	Next int64
	More bool // there may be more after Next already
	Lost bool // what came after After is kept in part only; of the oldest first
}

// ActorSystem is who acts when nobody asked: the controller itself.
const ActorSystem = "system"

// Tell appends an event of now.
func Tell(tx Tx, typ, actor, session, device, format string, args ...any) error {
	return tx.AppendEvent(Event{At: time.Now().UTC(), Type: typ, Actor: actor, Session: session, Device: device,
		Message: fmt.Sprintf(format, args...)})
}

// TellOf appends an event of now about an object that is neither a session nor a
// device. changed are the fields of it that were touched.
func TellOf(tx Tx, typ, actor string, about Object, changed []string, format string, args ...any) error {
	return tx.AppendEvent(Event{At: time.Now().UTC(), Type: typ, Actor: actor, Object: about, Changed: changed, Message: fmt.Sprintf(format, args...)})
}
