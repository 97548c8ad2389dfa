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
	Before  *Traffic  `json:"before,omitempty" doc:"what was copied; left out when that was nothing"`
	After   *Traffic  `json:"after,omitempty" doc:"what is, or shall be, copied; left out when that is nothing"`
	Changed []string  `json:"changed,omitempty" doc:"the fields of the intent that a change touched"`
}

// Traffic is what is copied from where to where, and how: by a whole session, or,
// with a role, by one native session of a device.
type Traffic struct {
	Text         string               `json:"text" doc:"in one sentence"`
	Kind         string               `json:"kind,omitempty" doc:"span, rspan or erspan"`
	Role         string               `json:"role,omitempty" doc:"of a native session"`
	NativeID     string               `json:"nativeId,omitempty"`
	Sources      []TrafficSource      `json:"sources,omitempty"`
	Destinations []TrafficDestination `json:"destinations,omitempty"`
	RemoteVLAN   int                  `json:"remoteVlan,omitempty"`
	Trunks       []string             `json:"trunks,omitempty" doc:"that must carry the remote VLAN; of what a session stands on"`
	ERSPANID     int                  `json:"erspanId,omitempty"`
	Tags         string               `json:"tags,omitempty"`
	Ingress      string               `json:"ingress,omitempty"`
	FilterVLANs  []int                `json:"filterVlans,omitempty"`
	Filter       string               `json:"filter,omitempty"`
	Truncate     int                  `json:"truncate,omitempty" doc:"octets kept of each frame"`
	Sample       int                  `json:"sample,omitempty"`
	Off          string               `json:"off,omitempty" doc:"why nothing of it is copied"`
	Expires      *time.Time           `json:"expires,omitempty"`
}

// TrafficSource is an interface or a VLAN of a device.
type TrafficSource struct {
	Device    string `json:"device"`
	Interface string `json:"interface,omitempty"`
	VLAN      int    `json:"vlan,omitempty"`
	Direction string `json:"direction" doc:"rx, tx or both"`
}

// TrafficDestination is where copies go: a tool with the port or address that it
// had then, a port, or an address.
type TrafficDestination struct {
	Tool      string `json:"tool,omitempty"`
	Device    string `json:"device,omitempty"`
	Interface string `json:"interface,omitempty"`
	IP        string `json:"ip,omitempty"`
}

func trafficOf(t *mirror.Traffic) *Traffic {
	if t == nil {
		return nil
	}
	out := &Traffic{Text: t.String(), Kind: string(t.Kind), Role: string(t.Role), NativeID: t.NativeID, RemoteVLAN: t.RemoteVLAN,
		Tags: t.Tags, Ingress: t.Ingress, FilterVLANs: t.FilterVLANs, Filter: t.Filter, Truncate: t.Truncate, Sample: t.Sample, Off: t.Off}
	for _, s := range t.Sources {
		out.Sources = append(out.Sources, TrafficSource{Device: s.Device, Interface: s.Interface, VLAN: s.VLAN, Direction: string(s.Direction)})
	}
	for _, d := range t.Destinations {
		out.Destinations = append(out.Destinations, TrafficDestination(d))
	}
	for _, p := range t.Trunks {
		out.Trunks = append(out.Trunks, string(p))
	}
	if t.ERSPAN != nil {
		out.ERSPANID = t.ERSPAN.ID
	}
	if !t.Expires.IsZero() {
		out.Expires = &t.Expires
	}
	return out
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
			Session: e.Session, Device: e.Device, Message: e.Message, Before: trafficOf(e.Before), After: trafficOf(e.After), Changed: e.Changed}
		after = e.Seq
	}
	page.NextCursor = cursorOf(listEvents, strconv.FormatInt(after, 10))
	return &eventsOutput{page}, nil
}
