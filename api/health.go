package api

import (
	"context"
	"net/http"
	"reflect"
)

// Health says that the process answers.
type Health struct {
	Status  string `json:"status" doc:"ok, or ready"`
	Version string `json:"version" doc:"of netmirror"`
}

type healthOutput struct{ Body Health }

func (s *server) registerHealth() {
	answers := []answer{{status: http.StatusOK, body: reflect.TypeFor[Health]()}}
	register(s, endpoint{id: "healthz", method: http.MethodGet, path: "/healthz", tag: "health",
		summary: "Is the process alive", doc: "Looks at nothing else.", answers: answers},
		func(context.Context, *struct{}) (*healthOutput, error) {
			return &healthOutput{Health{Status: "ok", Version: s.version}}, nil
		})
	register(s, endpoint{id: "readyz", method: http.MethodGet, path: "/readyz", tag: "health",
		summary: "Can requests be served", doc: "503 while the store does not answer or the engine is not running.",
		answers: answers, problems: []int{http.StatusServiceUnavailable}},
		func(ctx context.Context, _ *struct{}) (*healthOutput, error) {
			if err := s.engine.Ready(ctx); err != nil {
				// Anyone may ask, so only the log says why.
				req := requestOf(ctx)
				req.log.WarnContext(ctx, "not ready", "req", req.id, "err", err)
				return nil, newProblem(codeNotReady, "the log says why")
			}
			return &healthOutput{Health{Status: "ready", Version: s.version}}, nil
		})
}
