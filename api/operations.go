package api

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Operation is one rollout: bringing one generation of one session to its
// devices.
type Operation struct {
	ID           string     `json:"id"`
	Session      string     `json:"session"`
	Generation   int64      `json:"generation" doc:"of the session"`
	Type         string     `json:"type" doc:"apply or delete"`
	Actor        string     `json:"actor" doc:"name of the token that asked, or system"`
	State        string     `json:"state" doc:"running, rolling-back, succeeded, failed or superseded"`
	Message      string     `json:"message,omitempty"`
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
	Action       string    `json:"action" doc:"apply, remove or undo"`
	State        string    `json:"state" doc:"moving, done or failed"`
	Message      string    `json:"message,omitempty"`
	At           time.Time `json:"at"`
}

// Exchange is one dialogue with a device.
type Exchange struct {
	Device string    `json:"device"`
	Mark   string    `json:"mark" doc:"ownership mark of the native session"`
	Sent   string    `json:"sent"`
	Answer string    `json:"answer,omitempty"`
	Error  string    `json:"error,omitempty"`
	At     time.Time `json:"at"`
}

// OperationList is the newest operations of a session.
type OperationList struct {
	Items []Operation `json:"items" doc:"newest first"`
}

type (
	operationOutput  struct{ Body Operation }
	operationsOutput struct{ Body OperationList }
)

func operationPath(id string) string { return Base + "/operations/" + id }

func operationOf(o mirror.Operation) Operation {
	out := Operation{ID: o.ID, Session: o.Session, Generation: o.Generation, Type: o.Type, Actor: o.Actor,
		State: string(o.State), Message: o.Message, Code: o.Code, Plan: o.Plan, SupersededBy: o.Superseded, Created: o.Created,
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
		summary: "Get an operation", doc: "One rollout with its steps and what was said to each device.", access: mirror.Viewer,
		answers:  []answer{{status: http.StatusOK, body: reflect.TypeFor[Operation]()}},
		problems: []int{http.StatusNotFound}}, s.getOperation)
	register(s, endpoint{id: "list-operations", method: http.MethodGet, path: Base + "/operations", tag: "operations",
		summary: "List the newest operations of a session", doc: "Newest first.", access: mirror.Viewer,
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
	Session string `query:"session" required:"true" maxLength:"63" pattern:"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" doc:"name of the session"`
	Limit   int    `query:"limit" minimum:"1" maximum:"500" default:"20" doc:"how many at most"`
}

func (s *server) listOperations(ctx context.Context, in *operationsInput) (*operationsOutput, error) {
	ops, err := s.engine.Operations(ctx, in.Session, in.Limit)
	if err != nil {
		return nil, err
	}
	out := OperationList{Items: make([]Operation, len(ops))}
	for i, o := range ops {
		out.Items[i] = operationOf(o)
	}
	return &operationsOutput{out}, nil
}
