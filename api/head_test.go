package api

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// HEAD answers as GET does, without its body; where there is no GET there is no HEAD.
func TestHeadIsGetWithoutItsBody(t *testing.T) {
	h, addr, _ := served(t, func(*Config) {})
	h.do("PUT", s1, plainSession).is(201)
	ask := func(method, path string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+addr+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+viewerToken)
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		return resp
	}
	for _, path := range []string{s1, "/api/v1/sessions", "/api/v1/sessions/none", "/api/v1/summary", "/healthz", "/openapi.json", "/nowhere"} {
		get, head := ask("GET", path), ask("HEAD", path)
		if head.StatusCode != get.StatusCode || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") || head.Header.Get("ETag") != get.Header.Get("ETag") {
			t.Errorf("%s: HEAD %d %v, GET %d %v", path, head.StatusCode, head.Header, get.StatusCode, get.Header)
		}
	}
	h.do("POST", s1, "").is(405, "Allow", "GET, PUT, PATCH, DELETE, HEAD")
}

// Each token has a rate of its own, and is told when to come again.
func TestRequestsOfATokenAreBounded(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.RateLimit = 0.5 })
	now := testTime
	h.rates.now = func() time.Time { return now }
	for range 10 {
		h.do("GET", "/api/v1/whoami", "").is(200)
	}
	h.do("GET", "/api/v1/whoami", "").is(429, "Retry-After", "2").problem(429, codeRateLimited)
	h.do("GET", "/api/v1/whoami", "", asAdmin()...).is(200)
	h.do("GET", "/healthz", "").is(200)
	now = now.Add(2 * time.Second)
	h.do("GET", "/api/v1/whoami", "").is(200)
	h.do("GET", "/api/v1/whoami", "").problem(429, codeRateLimited)
}

// A deprecated operation says so in the document and in its answers.
func TestDeprecatedOperationsSaySo(t *testing.T) {
	h := newHarness(t)
	type output struct{ Body Count }
	since := time.Date(2030, 1, 31, 0, 0, 0, 0, time.UTC)
	register(h.server, endpoint{id: "old-count", method: http.MethodGet, path: Base + "/old-count", tag: "controller", summary: "Count", doc: "Counts.", access: mirror.Viewer,
		deprecated: &deprecation{since: since, sunset: since.AddDate(0, 6, 0), link: "/docs#get-summary"},
		answers:    []answer{{status: http.StatusOK, body: reflect.TypeFor[Count]()}}},
		func(context.Context, *struct{}) (*output, error) { return &output{}, nil })
	h.do("GET", Base+"/old-count", "").is(200, "Deprecation", "@1896048000", "Sunset", "Wed, 31 Jul 2030 00:00:00 GMT", "Link", `</docs#get-summary>; rel="deprecation"`)
	op := h.api.OpenAPI().Paths[Base+"/old-count"].Get
	if !op.Deprecated || !strings.Contains(op.Description, "Deprecated since 2030-01-31, and there until 2030-07-31 at least") {
		t.Errorf("documented: %v %q", op.Deprecated, op.Description)
	}
	if got := h.do("GET", "/api/v1/whoami", "").is(200); got.header.Get("Deprecation") != "" {
		t.Error("what stays is told to be deprecated")
	}
	if s := h.registry.Map()["SessionStatus"]; !s.Properties["created"].Deprecated || s.Properties["createdAt"].Deprecated {
		t.Error("fields of the status are not marked")
	}
}
