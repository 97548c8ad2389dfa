package api

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Controller is the controller itself.
type Controller struct {
	Instance string `json:"instance" doc:"its identity, which its marks on devices bear"`
	Mode     string `json:"mode" doc:"full, or observe: everything is read and nothing is pushed"`
	Message  string `json:"message,omitempty" doc:"why nothing is pushed"`
	Hold     *Hold  `json:"hold,omitempty" doc:"there after a restore, until :resume"`
}

// Hold keeps a controller from pushing anything.
type Hold struct {
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"`
}

type controllerOutput struct{ Body Controller }

func (s *server) registerController() {
	ok := []answer{{status: http.StatusOK, body: reflect.TypeFor[Controller]()}}
	register(s, endpoint{id: "get-controller", method: http.MethodGet, path: Base + "/controller", tag: "controller",
		summary: "Show the controller", doc: "Whether it pushes anything, and why not.", access: mirror.Viewer, answers: ok}, s.getController)
	register(s, endpoint{id: "resume-controller", method: http.MethodPost, path: Base + "/controller:resume", tag: "controller",
		summary: "Let a restored controller go on", doc: "Ends the hold that a restore sets. Be sure first that no controller runs on the original of the database: two with one ledger undo each other's work.",
		access: mirror.Admin, answers: ok}, s.resumeController)
}

func (s *server) getController(ctx context.Context, _ *struct{}) (*controllerOutput, error) {
	return controllerAnswer(s.engine.Controller(ctx))
}

func (s *server) resumeController(ctx context.Context, _ *struct{}) (*controllerOutput, error) {
	return controllerAnswer(s.engine.Resume(ctx, engine.Write{Actor: actorOf(ctx)}))
}

func controllerAnswer(v engine.ControllerView, err error) (*controllerOutput, error) {
	if err != nil {
		return nil, err
	}
	out := Controller{Instance: v.Instance, Mode: v.Mode, Message: v.Why}
	if v.Hold != nil {
		out.Hold = &Hold{Since: v.Hold.Since, Reason: v.Hold.Reason}
	}
	return &controllerOutput{out}, nil
}
