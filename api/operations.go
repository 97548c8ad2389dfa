package api

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Operation is one rollout: bringing one generation of one session to its
// devices; or a repair of what a session has on one device, or a save of a device's
// running configuration.
type Operation struct {
	ID           string     `json:"id"`
	Session      string     `json:"session,omitempty" doc:"none of a save"`
	Device       string     `json:"device,omitempty" doc:"of a repair and a save; the steps of a rollout have theirs"`
	Generation   int64      `json:"generation,omitempty" doc:"of the session, of a rollout"`
	Type         string     `json:"type" doc:"apply, delete, expire, adopt or relief, which are rollouts; repair or save"`
	Actor        string     `json:"actor" doc:"name of the token that asked, or system"`
	State        string     `json:"state" doc:"running, rolling-back, succeeded, failed or superseded"`
	Message      string     `json:"message,omitempty"`
	Waits        string     `json:"waits,omitempty" doc:"why a running one goes on no further until somebody acts: a device, or the controller, is in observe mode, under maintenance or held back; not told in lists"`
	Code         string     `json:"code,omitempty" doc:"plan-stale: it was turned back, since a device would have been sent what its plan does not say"`
	Plan         string     `json:"plan,omitempty" doc:"id of the plan that was applied"`
	Steps        []Step     `json:"steps"`
	Transcript   []Exchange `json:"transcript" doc:"what was sent to devices and what they answered, without secrets"`
	SupersededBy string     `json:"supersededBy,omitempty" doc:"id of the operation that took over"`
	Created      time.Time  `json:"created"`
	Finished     *time.Time `json:"finished,omitempty"`
}

// Step moves one device's part of a session.
type Step struct {
	Device       string    `json:"device"`
	Role         string    `json:"role" doc:"local, rspan-source, ..."`
	Destinations []string  `json:"destinations,omitempty" doc:"where the copies end that it makes, as in a session's fragments"`
	Action       string    `json:"action" doc:"apply, remove, undo or repair"`
	State        string    `json:"state" doc:"moving, done or failed"`
	Message      string    `json:"message,omitempty"`
	At           time.Time `json:"at"`
}

// Exchange is one dialogue with a device.
type Exchange struct {
	Device string    `json:"device"`
	Mark   string    `json:"mark,omitempty" doc:"ownership mark of the native session; none of a save"`
	Sent   string    `json:"sent"`
	Answer string    `json:"answer,omitempty"`
	Error  string    `json:"error,omitempty"`
	At     time.Time `json:"at"`
}

// OperationList is one page of operations.
type OperationList struct {
	Items      []Operation `json:"items" doc:"newest first"`
	NextCursor string      `json:"nextCursor,omitempty"`
}

const listOperations = "operations"

type (
	operationOutput  struct{ Body Operation }
	operationsOutput struct{ Body OperationList }
)

func operationPath(id string) string { return Base + "/operations/" + id }

func operationOf(o mirror.Operation) Operation {
	out := Operation{ID: o.ID, Session: o.Session, Device: o.Device, Generation: o.Generation, Type: o.Type, Actor: o.Actor,
		State: string(o.State), Message: o.Message, Waits: o.Waits, Code: o.Code, Plan: o.Plan, SupersededBy: o.Superseded, Created: o.Created,
		Finished: timeOrNil(o.Finished), Steps: make([]Step, len(o.Steps)), Transcript: make([]Exchange, len(o.Transcript))}
	for i, s := range o.Steps {
		out.Steps[i] = Step{Device: s.Device, Role: string(s.Role), Destinations: s.Destinations(), Action: s.Action, State: s.State, Message: s.Message, At: s.At}
	}
	for i, e := range o.Transcript {
		out.Transcript[i] = Exchange(e)
	}
	return out
}

// timeOrNil leaves a time that never was out of the answer.
func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (s *server) registerOperations() {
	register(s, endpoint{id: "get-operation", method: http.MethodGet, path: Base + "/operations/{id}", tag: "operations",
		summary: "Get an operation", doc: "One rollout, repair or save, with its steps and what was said to each device.", access: mirror.Viewer,
		answers:  []answer{{status: http.StatusOK, body: reflect.TypeFor[Operation]()}},
		problems: []int{http.StatusNotFound}}, s.getOperation)
	register(s, endpoint{id: "list-operations", method: http.MethodGet, path: Base + "/operations", tag: "operations",
		summary: "List operations", doc: "Newest first: rollouts, repairs and saves.", access: mirror.Viewer,
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[OperationList]()}}}, s.listOperations)
}

type operationInput struct {
	ID string `path:"id" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$" doc:"id of the operation"`
}

func (s *server) getOperation(ctx context.Context, in *operationInput) (*operationOutput, error) {
	op, err := s.engine.Operation(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &operationOutput{operationOf(op)}, nil
}

type operationsInput struct {
	Session string `query:"session" maxLength:"63" doc:"only operations of this session"`
	Device  string `query:"device" maxLength:"63" doc:"only operations that have to do with this device"`
	Type    string `query:"type" enum:"rollout,repair,save" doc:"only operations of this type; rollout: of all types that are rollouts"`
	Limit   int    `query:"limit" minimum:"1" maximum:"500" default:"20" doc:"how many entries a page holds at most"`
	Cursor  string `query:"cursor" maxLength:"400" doc:"nextCursor of the page before; opaque"`
}

func (s *server) listOperations(ctx context.Context, in *operationsInput) (*operationsOutput, error) {
	before, err := PageParams{Cursor: in.Cursor}.number(listOperations)
	if err != nil {
		return nil, err
	}
	page, err := s.engine.FindOperations(ctx, mirror.OperationQuery{Session: in.Session, Device: in.Device, Kind: in.Type, Before: before, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := OperationList{Items: make([]Operation, len(page.Operations))}
	for i, o := range page.Operations {
		out.Items[i] = operationOf(o)
	}
	if page.Next > 0 {
		out.NextCursor = cursorOf(listOperations, strconv.FormatInt(page.Next, 10))
	}
	return &operationsOutput{out}, nil
}
