package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

func TestRoutesAndDocumentAreTheSame(t *testing.T) {
	h := newHarness(t)
	var served, documented []string
	err := chi.Walk(h.router, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		served = append(served, method+" "+route)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path := range h.api.OpenAPI().Paths {
		for _, m := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodPost, http.MethodDelete} {
			if operationAt(h.api.OpenAPI(), m, path) != nil {
				documented = append(documented, m+" "+path)
			}
		}
	}
	for _, r := range served {
		if !slices.Contains(documented, r) {
			t.Errorf("%s is served and not documented", r)
		}
	}
	for _, r := range documented {
		if !slices.Contains(served, r) {
			t.Errorf("%s is documented and not served", r)
		}
	}
	if len(served) < 25 {
		t.Errorf("only %d routes: %v", len(served), served)
	}
}

func TestEveryOperationNeedsATokenExceptHealthAndDocumentation(t *testing.T) {
	h := newHarness(t)
	open := []string{"/healthz", "/readyz", "/openapi.json", "/docs"}
	for path, item := range h.api.OpenAPI().Paths {
		for _, m := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodPost, http.MethodDelete} {
			if operationAt(h.api.OpenAPI(), m, path) == nil {
				continue
			}
			url := strings.NewReplacer("{name}", "x", "{id}", "x").Replace(path)
			r := h.do(m, url, "", "Authorization", "")
			if slices.Contains(open, path) {
				r.is(http.StatusOK)
				if len(operationAt(h.api.OpenAPI(), m, path).Security) != 0 {
					t.Errorf("%s: documented as secured", path)
				}
				continue
			}
			r.is(http.StatusUnauthorized, "WWW-Authenticate", `Bearer realm="netmirror"`)
			if len(operationAt(h.api.OpenAPI(), m, path).Security) == 0 {
				t.Errorf("%s %s: not documented as secured: %v", m, path, item)
			}
		}
	}
	for _, c := range h.fake.called() {
		if c != "Ready" {
			t.Errorf("an unauthenticated request reached %s", c)
		}
	}
}

func TestAccess(t *testing.T) {
	h := newHarness(t)
	for _, c := range []struct {
		method, path, body string
		needs              mirror.Access
	}{
		{"GET", "/api/v1/devices", "", mirror.Viewer},
		{"GET", "/api/v1/sessions", "", mirror.Viewer},
		{"GET", "/api/v1/events", "", mirror.Viewer},
		{"PUT", "/api/v1/sessions/s1", plainSession, mirror.Operator},
		{"DELETE", "/api/v1/sessions/s1", "", mirror.Operator},
		{"POST", "/api/v1/sessions/s1:enable", "", mirror.Operator},
		{"PUT", "/api/v1/tools/t1", `{"ip":"192.0.2.1"}`, mirror.Operator},
		{"GET", "/api/v1/filters", "", mirror.Viewer},
		{"PUT", "/api/v1/filters/f1", `{"rules":[{"action":"permit"}]}`, mirror.Operator},
		{"PATCH", "/api/v1/filters/f1", `{}`, mirror.Operator},
		{"DELETE", "/api/v1/filters/f1", "", mirror.Operator},
		{"POST", "/api/v1/devices/d1:sync", "", mirror.Operator},
		{"POST", "/api/v1/devices/d1:check", "", mirror.Operator},
		{"GET", "/api/v1/webhooks", "", mirror.Admin},
		{"PUT", "/api/v1/webhooks/w1", `{"url":"https://x/"}`, mirror.Admin},
		{"POST", "/api/v1/webhooks/w1:test", "", mirror.Admin},
		{"POST", "/api/v1/webhooks/w1/deliveries:resend", "", mirror.Admin},
		{"GET", "/api/v1/triggers", "", mirror.Viewer},
		{"PUT", "/api/v1/triggers/ids", plainTrigger, mirror.Admin},
		{"PATCH", "/api/v1/triggers/ids", `{}`, mirror.Admin},
		{"DELETE", "/api/v1/triggers/ids", "", mirror.Admin},
		{"POST", "/api/v1/triggers/ids", `{}`, mirror.Operator},
		{"PUT", "/api/v1/devices/d1", plainDevice, mirror.Admin},
		{"PATCH", "/api/v1/devices/d1", `{}`, mirror.Admin},
		{"DELETE", "/api/v1/devices/d1", "", mirror.Admin},
	} {
		for token, access := range map[string]mirror.Access{viewerToken: mirror.Viewer, operatorToken: mirror.Operator, adminToken: mirror.Admin} {
			h.fake.calls = nil
			r := h.do(c.method, c.path, c.body, "Authorization", "Bearer "+token)
			if access.Allows(c.needs) {
				if r.status == http.StatusForbidden || r.status == http.StatusUnauthorized {
					t.Errorf("%s %s as %s: %d", c.method, c.path, access, r.status)
				}
				continue
			}
			r.problem(http.StatusForbidden, codeForbidden)
			if calls := h.fake.called(); len(calls) != 0 {
				t.Errorf("%s %s as %s reached %v", c.method, c.path, access, calls)
			}
		}
	}
}

func TestUnknownTokensAreAllAnsweredTheSame(t *testing.T) {
	h := newHarness(t)
	var first string
	for _, auth := range []string{"", "Bearer", "Bearer ", "Bearer nonsense", "Basic YTpi", viewerToken,
		"Bearer " + strings.Repeat("x", 4000), "Bearer " + viewerToken + "x"} {
		r := h.do("GET", "/api/v1/sessions", "", "Authorization", auth)
		r.problem(http.StatusUnauthorized, codeUnauthenticated)
		if first == "" {
			first = r.body
		}
		if r.body != first {
			t.Errorf("%q is answered differently: %s", auth, r.body)
		}
	}
	h.do("GET", "/api/v1/sessions", "", "Authorization", "bearer "+viewerToken).is(http.StatusOK)
}

func TestTwoTokensAreNone(t *testing.T) {
	h := newHarness(t)
	r := httptest.NewRequest("GET", "/api/v1/sessions", nil)
	r.Header["Authorization"] = []string{"Bearer " + adminToken, "Bearer " + viewerToken}
	w := httptest.NewRecorder()
	h.router.ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized {
		t.Errorf("want 401, got %d", w.Code)
	}
}

func TestBrokenAuthenticationIsAnInternalError(t *testing.T) {
	h := newHarness(t)
	h.fake.fail["Authenticate"] = errors.New("store: disk on fire at /var/lib/secret-path")
	r := h.do("GET", "/api/v1/sessions", "")
	r.problem(http.StatusInternalServerError, codeInternal)
	if strings.Contains(r.body, "fire") {
		t.Errorf("told the client: %s", r.body)
	}
	if !strings.Contains(h.log.String(), "disk on fire") {
		t.Errorf("not in the log: %s", h.log)
	}
}

func TestKindsOfErrors(t *testing.T) {
	h := newHarness(t)
	for _, c := range []struct {
		err    error
		status int
		code   string
		shown  bool // the text reaches the client
	}{
		{mirror.ErrInvalid, 400, "invalid-request", false},
		{mirror.ErrNotFound, 404, "not-found", true},
		{mirror.ErrConflict, 409, "conflict", true},
		{mirror.ErrChanged, 409, "device-changed", true},
		{mirror.ErrPrecondition, 412, "precondition-failed", true},
		{mirror.ErrUnsupported, 422, "cannot-be-done", true},
		{mirror.ErrOversubscribed, 422, "oversubscribed", true},
		{mirror.ErrAuth, 502, "device-authentication", true},
		{mirror.ErrHostKey, 502, "device-host-key", true},
		{mirror.ErrHostKeyChanged, 502, "device-host-key-changed", true},
		{mirror.ErrRejected, 502, "device-refused", true},
		{mirror.ErrParse, 502, "device-unreadable", true},
		{mirror.ErrUnreachable, 503, "device-unreachable", true},
		{mirror.ErrTimeout, 504, "device-timeout", true},
		{context.DeadlineExceeded, 504, "timed-out", true},
		{errors.New("anything else"), 500, "internal-error", false},
	} {
		t.Run(c.code, func(t *testing.T) {
			h.t = t
			h.log.buf.Reset()
			h.fake.fail["Submit"] = fmt.Errorf("engine: canary: %w", c.err)
			// PUT without a precondition, so that 412 is passed on as it is.
			r := h.do("PUT", "/api/v1/sessions/s1", plainSession)
			r.problem(c.status, c.code)
			if got := strings.Contains(r.body, "canary"); got != c.shown {
				t.Errorf("text shown: want %v, got %v: %s", c.shown, got, r.body)
			}
			if inLog := strings.Count(h.log.String(), "canary"); c.status >= 500 && inLog != 1 || c.status < 500 && inLog != 0 {
				t.Errorf("%d times in the log", inLog)
			}
		})
	}
}

func TestRefusalsComeWithEveryReason(t *testing.T) {
	h := newHarness(t)
	h.fake.fail["Submit"] = fmt.Errorf("engine: submit: %w", mirror.Refuse(mirror.ErrUnsupported, []mirror.Reason{
		{Pointer: "/sources/0/interface", Code: "no-such-port", Message: "sw1 has no such port"},
		{Pointer: "/destinations/0", Code: "in-use", Message: "is a trunk", Source: "vendor document, section 4"},
	}))
	r := h.do("PUT", "/api/v1/sessions/s1", plainSession)
	if p := r.problem(http.StatusUnprocessableEntity, "cannot-be-done"); len(p.Errors) != 2 {
		t.Errorf("want 2 reasons, got %+v", p.Errors)
	}
	r.golden("problems/refusal")
}

func TestADeviceIsQuoted(t *testing.T) {
	h := newHarness(t)
	h.fake.fail["Sync"] = fmt.Errorf("engine: sync sw1: %w", &mirror.DeviceError{Device: "sw1", Sent: "monitor session 1", Answer: "% Invalid\x07 input\ndetected"})
	p := h.do("POST", "/api/v1/devices/sw1:sync", "").problem(http.StatusBadGateway, "device-refused")
	if !strings.Contains(p.Detail, "% Invalid") || !strings.Contains(p.Detail, "monitor session 1") {
		t.Errorf("detail: %q", p.Detail)
	}
}

func TestPanicIsAnInternalErrorAndLoggedOnce(t *testing.T) {
	h := newHarness(t)
	h.fake.before = func(m string) {
		if m == "SelectSessions" {
			panic("canary of a panic")
		}
	}
	r := h.do("GET", "/api/v1/sessions", "")
	r.problem(http.StatusInternalServerError, codeInternal)
	if strings.Contains(r.body, "canary") || strings.Count(h.log.String(), "canary of a panic") != 1 {
		t.Errorf("body %s\nlog %s", r.body, h.log)
	}
	h.fake.before = nil
	h.do("GET", "/api/v1/sessions", "").is(http.StatusOK)
}

func TestUnknownPathsAndMethods(t *testing.T) {
	h := newHarness(t)
	for _, path := range []string{"/", "/api", "/api/v1", "/api/v1/nonsense", "/api/v1/sessions/", "/api/v1/sessions/a/b", "/metrics", "/schemas/Session.json", "/openapi.yaml"} {
		h.do("GET", path, "").problem(http.StatusNotFound, codeNotFound)
	}
	h.do("POST", "/api/v1/sessions", "").is(http.StatusMethodNotAllowed, "Allow", "GET, HEAD").problem(http.StatusMethodNotAllowed, codeMethodNotAllowed)
	h.do("POST", "/api/v1/sessions/s1", "").is(http.StatusMethodNotAllowed, "Allow", "GET, PUT, PATCH, DELETE, HEAD")
	h.do("TRACE", "/api/v1/sessions", "").is(http.StatusMethodNotAllowed)
	h.do("BREW", "/api/v1/sessions", "").is(http.StatusMethodNotAllowed)
	h.do("GET", "/api/v1/sessions?nonsense=1", "").golden("problems/unknown-parameter").problem(http.StatusBadRequest, codeInvalid)
	h.do("POST", "/api/v1/sessions", "").golden("problems/method-not-allowed")
	h.do("GET", "/api/v1/nonsense", "").golden("problems/no-such-path")
}

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	h := newHarness(t)
	for _, path := range []string{"/healthz", "/api/v1/sessions", "/nonsense", "/openapi.json"} {
		h.do("GET", path, "").is(map[string]int{"/nonsense": 404}[path]+map[bool]int{true: 200}[path != "/nonsense"],
			"X-Content-Type-Options", "nosniff", "Cache-Control", "no-store", "Referrer-Policy", "no-referrer", "X-Frame-Options", "DENY")
	}
}

func TestRequestID(t *testing.T) {
	h := newHarness(t)
	h.do("GET", "/healthz", "", "X-Request-Id", "abc-1.2").is(200, "X-Request-Id", "abc-1.2")
	for _, bad := range []string{"", "a b", "a\"b", strings.Repeat("x", 65), "日本"} {
		got := h.do("GET", "/healthz", "", "X-Request-Id", bad).header.Get("X-Request-Id")
		if got == bad || !requestIDPattern.MatchString(got) {
			t.Errorf("%q gives %q", bad, got)
		}
	}
}

func TestRequestLog(t *testing.T) {
	h := newHarness(t)
	h.do("PUT", "/api/v1/sessions/s1?dryRun=true", plainSession)
	h.do("GET", "/api/v1/sessions?cursor=canary-query", "")
	h.do("GET", "/api/v1/sessions/s1", "", "Authorization", "Bearer canary-token")
	log := h.log.String()
	for _, secret := range []string{"canary", operatorToken, "dryRun", "destinations"} {
		if strings.Contains(log, secret) {
			t.Errorf("%q is in the log: %s", secret, log)
		}
	}
	var line struct {
		Msg, Req, Method, Route, Actor string
		Status                         int
		Dur                            *int64
	}
	if err := json.Unmarshal([]byte(strings.SplitN(log, "\n", 2)[0]), &line); err != nil {
		t.Fatal(err)
	}
	if line.Msg != "request" || line.Req != "golden" || line.Method != "PUT" || line.Route != "/api/v1/sessions/{name}" ||
		line.Actor != "operator-actor" || line.Status != 200 || line.Dur == nil {
		t.Errorf("log line: %+v in %s", line, log)
	}
}

func TestTooManyRequestsAtATime(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.MaxInFlight = 1 })
	entered, leave := make(chan struct{}), make(chan struct{})
	h.fake.before = func(m string) {
		if m == "SelectSessions" {
			close(entered)
			<-leave
		}
	}
	done := make(chan *reply)
	go func() { done <- h.do("GET", "/api/v1/sessions", "") }()
	<-entered
	h.do("GET", "/api/v1/devices", "").is(http.StatusServiceUnavailable, "Retry-After", "1").problem(http.StatusServiceUnavailable, codeOverloaded)
	h.do("GET", "/healthz", "").is(http.StatusOK)
	close(leave)
	(<-done).is(http.StatusOK)
	h.do("GET", "/api/v1/devices", "").is(http.StatusOK)
}

func TestAControllerThatIsHeldBackSaysSoAndIsResumedByAnAdmin(t *testing.T) {
	h := newHarness(t)
	h.fake.controller = engine.ControllerView{Instance: "i1", Mode: mirror.ModeObserve, Why: "it is held back",
		Hold: &mirror.Hold{Since: testTime, Reason: "a restore"}}
	h.do("GET", "/api/v1/controller", "").golden("controller")
	if r := h.do("GET", "/readyz", "", "Authorization", "").is(200); !strings.Contains(r.body, `"mode":"observe"`) || strings.Contains(r.body, "restore") {
		t.Errorf("readyz: %s", r.body)
	}
	for _, token := range []string{viewerToken, operatorToken} {
		h.do("POST", "/api/v1/controller:resume", "", "Authorization", "Bearer "+token).is(http.StatusForbidden)
	}
	if r := h.do("POST", "/api/v1/controller:resume", "", "Authorization", "Bearer "+adminToken).is(200); !strings.Contains(r.body, `"mode":"full"`) || strings.Contains(r.body, "hold") {
		t.Errorf("resumed: %s", r.body)
	}
}

func TestReadiness(t *testing.T) {
	h := newHarness(t)
	h.do("GET", "/readyz", "", "Authorization", "").is(200)
	h.fake.fail["Ready"] = errors.New("canary of the store")
	r := h.do("GET", "/readyz", "", "Authorization", "")
	r.problem(http.StatusServiceUnavailable, codeNotReady)
	if strings.Contains(r.body, "canary") || !strings.Contains(h.log.String(), "canary") {
		t.Errorf("body %s, log %s", r.body, h.log)
	}
	h.do("GET", "/healthz", "", "Authorization", "").is(200)
	// What is wrong with the store is told, the path of its file is not.
	for _, kind := range []error{mirror.ErrStorage, mirror.ErrDamaged} {
		failure := fmt.Errorf("store: /var/lib/canary/netmirror.db: %w", kind)
		h.fake.fail["Ready"], h.fake.fail["PutTool"] = failure, failure
		if p := h.do("GET", "/readyz", "", "Authorization", "").problem(http.StatusServiceUnavailable, codeNotReady); p.Detail != kind.Error()+"; the log says more" {
			t.Errorf("%v: %+v", kind, p)
		}
		if r := h.do("PUT", "/api/v1/tools/t1", `{"ip":"192.0.2.1"}`); strings.Contains(r.body, "canary") {
			t.Errorf("%s", r.body)
		}
		h.do("PUT", "/api/v1/tools/t1", `{"ip":"192.0.2.1"}`).problem(http.StatusServiceUnavailable, codeStorage)
		if log := h.log.String(); !strings.Contains(log, "canary/netmirror.db") {
			t.Errorf("the log does not say more: %s", log)
		}
	}
}

func TestAccept(t *testing.T) {
	h := newHarness(t)
	for accept, status := range map[string]int{
		"": 200, "*/*": 200, "application/json": 200, "application/*;q=0.1": 200, "text/html, application/json;q=0.5": 200,
		"application/problem+json": 200, "text/html": 406, "application/xml, text/*": 406, "application/json;q=0": 406, "application/json;q=0.0, text/html": 406, "nonsense": 406,
	} {
		if r := h.do("GET", "/api/v1/sessions", "", "Accept", accept); r.status != status {
			t.Errorf("Accept %q: want %d, got %d", accept, status, r.status)
		}
	}
	h.do("GET", "/api/v1/sessions", "", "Accept", "text/html").golden("problems/not-acceptable").problem(406, codeNotAcceptable)
}

// Requests share the registry of schemas and the fake; the race detector looks on.
func TestConcurrentRequests(t *testing.T) {
	h := newHarness(t)
	h.do("PUT", "/api/v1/sessions/s1", plainSession).is(201)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 20 {
				r := httptest.NewRequest("PATCH", "/api/v1/sessions/s1", strings.NewReader(fmt.Sprintf(`{"labels":{"l%d":"v%d"},"sorces":%d}`, i, j, j%2)))
				if j%2 == 0 {
					r = httptest.NewRequest("GET", "/api/v1/sessions?limit=1", nil)
				}
				r.Header.Set("Authorization", "Bearer "+operatorToken)
				r.Header.Set("Content-Type", mediaMergePatch)
				w := httptest.NewRecorder()
				h.router.ServeHTTP(w, r)
				if want := cmpOr(j%2 == 0, 200, 400); w.Code != want {
					t.Errorf("want %d, got %d: %s", want, w.Code, w.Body)
				}
			}
		})
	}
	all.Wait()
}
