package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Event is something worth knowing afterwards.
type Event struct {
	ID      string       `json:"id" doc:"opaque; as cursor it continues after this event"`
	At      time.Time    `json:"at"`
	Type    string       `json:"type" doc:"such as SessionAccepted, DriftRepaired"`
	Actor   string       `json:"actor" doc:"name of the token that caused it, system, or host: somebody on the controller's machine; or trigger/NAME/TOKEN: a trigger that a token fired"`
	Object  *EventObject `json:"object,omitempty" doc:"what it is about; session and device name what it concerns as well"`
	Session string       `json:"session,omitempty"`
	Device  string       `json:"device,omitempty"`
	Message string       `json:"message"`
	Before  *Traffic     `json:"before,omitempty" doc:"what was copied; left out when that was nothing"`
	After   *Traffic     `json:"after,omitempty" doc:"what is, or shall be, copied; left out when that is nothing"`
	Changed []string     `json:"changed,omitempty" doc:"the fields of the object that a change touched"`
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

// EventObject is the resource that an event is about.
type EventObject struct {
	Kind string `json:"kind" doc:"session, device, tool, filter, plan, token, credentials, controller, webhook or trigger"`
	Name string `json:"name,omitempty" doc:"of a plan its id; the controller has none"`
}

// EventPage is one page of events.
type EventPage struct {
	Items      []Event `json:"items" doc:"in the order asked for"`
	NextCursor string  `json:"nextCursor" doc:"oldest first it is always there: ask again with it for what happens later; newest first it is empty after the last page"`
	More       bool    `json:"more,omitempty" doc:"there may be a next page already; this one may even be empty"`
	Lost       bool    `json:"lost,omitempty" doc:"some of what happened after the cursor is not kept any more"`
}

// The lists that cursors of events belong to.
const (
	listEvents       = "events"
	listNewestEvents = "events-newest"
)

// maxLooks bounds how often one request for a page that would be empty looks further.
const maxLooks = 20

const mediaStream = "text/event-stream"

// EventParams are the filters of events.
type EventParams struct {
	PageParams
	Session     string `query:"session" maxLength:"63" doc:"only events that concern this session"`
	Device      string `query:"device" maxLength:"63" doc:"only events that concern this device"`
	Kind        string `query:"kind" enum:"session,device,tool,filter,plan,token,credentials,controller,webhook,trigger" doc:"only events about objects of this kind"`
	Name        string `query:"name" maxLength:"63" doc:"with kind: only events about this object"`
	Type        string `query:"type" maxLength:"63" doc:"only events of this type, such as DriftRepaired"`
	Actor       string `query:"actor" maxLength:"140" doc:"only what this token, or system, did; a trigger is trigger/NAME/TOKEN"`
	Since       string `query:"since" maxLength:"40" format:"date-time" doc:"only events of this time and later"`
	Until       string `query:"until" maxLength:"40" format:"date-time" doc:"only events before this time"`
	Order       string `query:"order" enum:"oldest,newest" doc:"newest: the newest first; a cursor goes on in the order that it is of"`
	LastEventID string `header:"Last-Event-ID" maxLength:"400" doc:"of a stream: id of the last event that was received, goes before cursor"`
}

// query is what the parameters ask of the store, from the cursor on.
func (p EventParams) query() (q mirror.EventQuery, err error) {
	q = mirror.EventQuery{Session: p.Session, Device: p.Device, Type: p.Type, Actor: p.Actor, Object: mirror.Object{Kind: p.Kind, Name: p.Name},
		Newest: p.Order == "newest", Limit: p.Limit}
	if p.Name != "" && p.Kind == "" {
		return q, badParameter("query.name", "needs kind")
	}
	if q.Since, err = timeParameter("since", p.Since); err != nil {
		return q, err
	}
	if q.Until, err = timeParameter("until", p.Until); err != nil {
		return q, err
	}
	list := listEvents
	if q.Newest {
		list = listNewestEvents
	}
	q.After, err = p.number(list)
	return q, err
}

// number reads a cursor that is a number; 0 is the beginning.
func (p PageParams) number(list string) (int64, error) {
	last, err := p.after(list)
	if err != nil || last == "" {
		return 0, err
	}
	n, err := strconv.ParseInt(last, 10, 64)
	if err != nil || n < 0 {
		return 0, badParameter("query.cursor", "is no nextCursor of this list")
	}
	return n, nil
}

func timeParameter(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, badParameter("query."+name, "is no time as 2030-01-31T18:00:00Z")
	}
	return t, nil
}

func eventID(seq int64) string { return cursorOf(listEvents, strconv.FormatInt(seq, 10)) }

func eventOf(e mirror.Event) Event {
	out := Event{ID: eventID(e.Seq), At: e.At, Type: e.Type, Actor: e.Actor, Session: e.Session, Device: e.Device, Message: e.Message,
		Before: trafficOf(e.Before), After: trafficOf(e.After), Changed: e.Changed}
	if about := e.About(); about.Kind != "" {
		out.Object = &EventObject{about.Kind, about.Name}
	}
	return out
}

func (s *server) registerEvents() {
	register(s, endpoint{id: "list-events", method: http.MethodGet, path: Base + "/events", tag: "events",
		summary: "List or follow events", doc: "In the order in which they happened, from the oldest that is kept, or from the newest. " +
			"With Accept: text/event-stream it is a stream of what happens from now on, or from since, cursor or Last-Event-ID on; the data of each is an event as in the list. " +
			"An event named lost says that some are not kept any more, one named end why the stream ends.", access: mirror.Viewer, also: mediaStream,
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[EventPage]()}}}, s.listEvents)
}

func (s *server) listEvents(ctx context.Context, in *EventParams) (*huma.StreamResponse, error) {
	if requestOf(ctx).also {
		return s.streamEvents(ctx, in)
	}
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	out, err := s.eventPage(ctx, q)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("api: encode events: %w", err)
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", mediaJSON)
		ctx.SetStatus(http.StatusOK)
		_, _ = ctx.BodyWriter().Write(append(body, '\n')) // a client that is gone needs no answer
	}}, nil
}

// eventPage looks until there is something to tell, or nothing more.
func (s *server) eventPage(ctx context.Context, q mirror.EventQuery) (EventPage, error) {
	out := EventPage{Items: []Event{}}
	for range maxLooks {
		page, err := s.engine.FindEvents(ctx, q)
		if err != nil {
			return out, err
		}
		q.After, out.More, out.Lost = page.Next, page.More, out.Lost || page.Lost
		for _, e := range page.Events {
			out.Items = append(out.Items, eventOf(e))
		}
		if len(out.Items) > 0 || !page.More {
			break
		}
	}
	switch {
	case !q.Newest:
		out.NextCursor = eventID(q.After)
	case out.More:
		out.NextCursor = cursorOf(listNewestEvents, strconv.FormatInt(q.After, 10))
	}
	return out, nil
}
