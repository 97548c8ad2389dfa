package api

import (
	"io"
	"net/http"
	"testing"
)

// TestMetricsNeedATokenAsEveryReadDoes: a viewer's is enough, and no Accept header
// that a scraper may send is refused.
func TestMetricsNeedATokenAsEveryReadDoes(t *testing.T) {
	h := newHarness(t, func(c *Config) {
		c.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain; version=0.0.4")
			_, _ = io.WriteString(w, "netmirror_sessions 1\n")
		})
	})
	h.do("GET", "/metrics", "", "Authorization", "").problem(http.StatusUnauthorized, codeUnauthenticated)
	h.do("GET", "/metrics", "", "Authorization", "Bearer of-nothing").problem(http.StatusUnauthorized, codeUnauthenticated)
	for _, accept := range []string{"", "text/plain", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "application/openmetrics-text"} {
		got := h.do("GET", "/metrics", "", "Authorization", "Bearer "+viewerToken, "Accept", accept).is(http.StatusOK, "Content-Type", "text/plain; version=0.0.4", "Cache-Control", "no-store")
		if got.body != "netmirror_sessions 1\n" {
			t.Errorf("Accept %q: %q", accept, got.body)
		}
	}
	h.do("POST", "/metrics", "").problem(http.StatusMethodNotAllowed, codeMethodNotAllowed)
	newHarness(t).do("GET", "/metrics", "").problem(http.StatusNotFound, codeNotFound)
}
