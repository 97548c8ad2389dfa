package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Whoami is what a token is.
type Whoami struct {
	Name   string `json:"name" doc:"of the token; events and operations name it as their actor"`
	Access string `json:"access" doc:"viewer, operator or admin; each may do what those before may"`
}

type whoamiOutput struct{ Body Whoami }

func (s *server) registerWhoami() {
	register(s, endpoint{id: "whoami", method: http.MethodGet, path: Base + "/whoami", tag: "controller",
		summary: "Show whose token this is", doc: "The token's name and access, never its value.", access: mirror.Viewer,
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[Whoami]()}}},
		func(ctx context.Context, _ *struct{}) (*whoamiOutput, error) {
			a := actorOf(ctx)
			return &whoamiOutput{Whoami{Name: a.Name, Access: string(a.Access)}}, nil
		})
}
