package api

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Event is something worth knowing afterwards.
type Event struct {
	ID      string    `json:"id" doc:"opaque; as cursor it continues after this event"`
	At      time.Time `json:"at"`
	Type    string    `json:"type" doc:"such as SessionAccepted, DriftRepaired"`
	Actor   string    `json:"actor" doc:"name of the token that caused it, or system"`
	Session string    `json:"session,omitempty"`
	Device  string    `json:"device,omitempty"`
	Message string    `json:"message"`
	Before  string    `json:"before,omitempty"`
	After   string    `json:"after,omitempty"`
}

// EventPage is one page of events.
type EventPage struct {
	Items      []Event `json:"items" doc:"oldest first"`
	NextCursor string  `json:"nextCursor" doc:"always there: ask again with it for what happens later"`
}

type eventsOutput struct{ Body EventPage }

const listEvents = "events"

func (s *server) registerEvents() {
	register(s, endpoint{id: "list-events", method: http.MethodGet, path: Base + "/events", tag: "events",
		summary: "List events", doc: "In the order in which they happened, from the oldest that is kept.", access: mirror.Viewer,
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[EventPage]()}}}, s.listEvents)
}

func (s *server) listEvents(ctx context.Context, in *struct{ PageParams }) (*eventsOutput, error) {
	last, err := in.after(listEvents)
	if err != nil {
		return nil, err
	}
	var after int64
	if last != "" {
		if after, err = strconv.ParseInt(last, 10, 64); err != nil || after < 0 {
			return nil, badParameter("query.cursor", "is no nextCursor of this list")
		}
	}
	events, err := s.engine.Events(ctx, after, in.Limit)
	if err != nil {
		return nil, err
	}
	page := EventPage{Items: make([]Event, len(events))}
	for i, e := range events {
		page.Items[i] = Event{ID: cursorOf(listEvents, strconv.FormatInt(e.Seq, 10)), At: e.At, Type: e.Type, Actor: e.Actor,
			Session: e.Session, Device: e.Device, Message: e.Message, Before: e.Before, After: e.After}
		after = e.Seq
	}
	page.NextCursor = cursorOf(listEvents, strconv.FormatInt(after, 10))
	return &eventsOutput{page}, nil
}
