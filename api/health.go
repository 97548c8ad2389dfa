package api

import (
	"context"
	"errors"
	"net/http"
	"reflect"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Health says that the process answers.
type Health struct {
	Status  string `json:"status" doc:"ok, or ready"`
	Version string `json:"version" doc:"of netmirror"`
	Mode    string `json:"mode,omitempty" doc:"of readyz: full, or observe: nothing is pushed to any device"`
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
		summary: "Can requests be served", doc: "503 while the store does not answer, cannot be written (a full disk) or is damaged, or the engine is not running.",
		answers: answers, problems: []int{http.StatusServiceUnavailable}},
		func(ctx context.Context, _ *struct{}) (*healthOutput, error) {
			if err := s.engine.Ready(ctx); err != nil {
				// Anyone may ask, so only the log says more.
				req := requestOf(ctx)
				req.log.WarnContext(ctx, "not ready", "req", req.id, "err", err)
				return nil, newProblem(codeNotReady, notReady(err))
			}
			c, err := s.engine.Controller(ctx)
			return &healthOutput{Health{Status: "ready", Version: s.version, Mode: c.Mode}}, err
		})
}

// notReady is a reason that tells a stranger nothing of this machine.
func notReady(err error) string {
	for _, kind := range []error{mirror.ErrDamaged, mirror.ErrStorage} {
		if errors.Is(err, kind) {
			return kind.Error() + "; the log says more"
		}
	}
	return "the log says why"
}
