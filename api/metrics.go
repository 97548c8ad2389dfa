package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/netmirror/netmirror/internal/mirror"
)

// registerMetrics serves what Config.Metrics tells. It names sessions and devices,
// and so asks for a token as every other read of them does, on loopback too.
func (s *server) registerMetrics(metrics http.Handler) {
	if metrics == nil {
		return
	}
	register(s, endpoint{id: "metrics", method: http.MethodGet, path: "/metrics", tag: "health", access: mirror.Viewer,
		summary: "Figures for Prometheus", doc: "In Prometheus' text format, or in OpenMetrics or protobuf where the client asks for it.",
		answers: []answer{{status: http.StatusOK}}, rawAnswer: "text/plain",
		rawAlso: []string{"application/openmetrics-text", "application/vnd.google.protobuf"}},
		func(context.Context, *struct{}) (*huma.StreamResponse, error) {
			return &huma.StreamResponse{Body: func(ctx huma.Context) {
				r, w := humachi.Unwrap(ctx)
				metrics.ServeHTTP(w, r)
			}}, nil
		})
}
