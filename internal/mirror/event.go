package mirror

import (
	"fmt"
	"time"
)

// An Event is something worth knowing afterwards, in order, with the actor.
type Event struct {
	Seq     int64     `json:"seq"` // given by the store, from 1
	At      time.Time `json:"at"`
	Type    string    `json:"type"` // CamelCase: SessionAccepted, DriftRepaired, ...
	Actor   string    `json:"actor"`
	Session string    `json:"session,omitempty"`
	Device  string    `json:"device,omitempty"`
	Message string    `json:"message"` // a sentence
	// Before and After are what was copied and what is, or shall be, copied now;
	// nil = nothing, or the event is not about copies. Changed names the fields of
	// the intent that a change touched.
	Before  *Traffic `json:"was,omitempty"`
	After   *Traffic `json:"is,omitempty"`
	Changed []string `json:"changed,omitempty"`
}

// ActorSystem is who acts when nobody asked: the controller itself.
const ActorSystem = "system"

// Tell appends an event of now.
func Tell(tx Tx, typ, actor, session, device, format string, args ...any) error {
	return tx.AppendEvent(Event{At: time.Now().UTC(), Type: typ, Actor: actor, Session: session, Device: device,
		Message: fmt.Sprintf(format, args...)})
}
