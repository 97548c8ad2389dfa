package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Whoami is what a token is.
type Whoami struct {
	Name   string `json:"name" doc:"of the token; events and operations name it as their actor"`
	Access string `json:"access" doc:"viewer, operator or admin; each may do what those before may. Or trigger: it may fire one, and nothing else"`

	Trigger string `json:"trigger,omitempty" doc:"of access trigger: which one it may fire"`
}

type whoamiOutput struct{ Body Whoami }

func (s *server) registerWhoami() {
	register(s, endpoint{id: "whoami", method: http.MethodGet, path: Base + "/whoami", tag: "controller",
		summary: "Show whose token this is", doc: "The token's name and access, never its value.", access: mirror.Viewer, anyToken: true,
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[Whoami]()}}},
		func(ctx context.Context, _ *struct{}) (*whoamiOutput, error) {
			a := actorOf(ctx)
			return &whoamiOutput{Whoami{Name: a.Name, Access: string(a.Access), Trigger: a.Trigger}}, nil
		})
}

// accessOf is what a token may do, in words.
func accessOf(a engine.Actor) string {
	if a.Trigger != "" {
		return string(a.Access) + " of " + a.Trigger
	}
	return string(a.Access)
}
