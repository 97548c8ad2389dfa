package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

const s1 = "/api/v1/sessions/s1"

// succeed makes every rollout that is waited for end well.
func succeed(op mirror.Operation, f *fake) mirror.OperationState {
	v := f.sessions[op.Session]
	v.Record.Phase, v.Record.ObservedGeneration = mirror.Active, v.Record.Generation
	f.sessions[op.Session] = v
	if op.Type == "delete" {
		delete(f.sessions, op.Session)
	}
	return mirror.OpSucceeded
}

func TestPutSession(t *testing.T) {
	h := newHarness(t)
	h.fake.openOps = true
	h.do("PUT", s1, plainSession).is(http.StatusAccepted, "Location", "/api/v1/operations/op1", "ETag", `"1"`, "Preference-Applied", "").golden("session-accepted")
	h.do("GET", "/api/v1/operations/op1", "").is(http.StatusOK).golden("operation")

	op := h.fake.ops["op1"]
	op.State = mirror.OpSucceeded
	h.fake.ops["op1"] = op
	h.do("PUT", s1, plainSession).is(http.StatusOK, "ETag", `"1"`, "Location", "")
	if n := len(h.fake.ops); n != 1 {
		t.Errorf("the same body started a rollout: %d", n)
	}
	h.do("PUT", s1, with("description", "x")).is(http.StatusAccepted, "ETag", `"2"`, "Location", "/api/v1/operations/op2")
	h.do("PUT", s1, with("description", "x")).is(http.StatusAccepted, "ETag", `"2"`, "Location", "/api/v1/operations/op2") // still running
	for _, w := range h.fake.writes {
		if w.Actor.Name != "operator-actor" || w.IfMatch != nil {
			t.Errorf("write: %+v", w)
		}
	}
}

func TestPreferWait(t *testing.T) {
	h := newHarness(t)
	h.fake.openOps, h.fake.finish = true, succeed
	var asked time.Duration
	h.fake.waiting = func(_ context.Context, _ string, d time.Duration) { asked = d }
	r := h.do("PUT", s1, plainSession, "Prefer", "respond-async, wait=30").
		is(http.StatusCreated, "Location", s1, "Preference-Applied", "wait=30", "ETag", `"1"`)
	if asked != 30*time.Second {
		t.Errorf("waited %v", asked)
	}
	if got := decodeReply[Session](r); got.Status.Phase != "Active" || got.Operation.State != "succeeded" {
		t.Errorf("not the final state: %+v", got)
	}
	h.do("PUT", s1, with("description", "x"), "Prefer", "wait=3600").is(http.StatusOK, "Preference-Applied", "wait=60", "Location", "")
	if asked != MaxWait {
		t.Errorf("waited %v", asked)
	}
	h.fake.finish = nil // it does not end in time
	h.do("PUT", s1, with("description", "y"), "Prefer", "wait=1").is(http.StatusAccepted, "Preference-Applied", "wait=1", "Location", "/api/v1/operations/op3")
	// A rollout that fails is told with the state it left.
	h.fake.finish = func(mirror.Operation, *fake) mirror.OperationState { return mirror.OpFailed }
	r = h.do("PUT", s1, with("description", "z"), "Prefer", "wait=1").is(http.StatusOK)
	if got := decodeReply[Session](r); got.Operation.State != "failed" {
		t.Errorf("%+v", got.Operation)
	}
}

func TestPreferredWait(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"": 0, "wait=5": 5 * time.Second, `WAIT="7"; x=y`: 7 * time.Second, "return=minimal,wait=1": time.Second,
		"wait=61": MaxWait, "wait=-1": 0, "wait=soon": 0, "wait": 0, "wait=99999999999999999999": 0, "waiting=5": 0,
	} {
		if got := preferredWait([]string{header}); got != want {
			t.Errorf("%q: want %v, got %v", header, want, got)
		}
	}
}

// A wait outlives the deadline for bodies and the server's own read timeout,
// either of which net/http would take for a client that has gone.
func TestAWaitOutlivesReadDeadlines(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.BodyTimeout = 30 * time.Millisecond })
	h.fake.openOps, h.fake.finish = true, succeed
	cut := make(chan error, 1)
	h.fake.waiting = func(ctx context.Context, _ string, _ time.Duration) {
		timer := time.NewTimer(250 * time.Millisecond)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			cut <- ctx.Err()
		case <-timer.C:
			cut <- nil
		}
	}
	srv := httptest.NewUnstartedServer(h.router)
	srv.Config.ReadTimeout = 100 * time.Millisecond
	srv.Start()
	defer srv.Close()
	for _, method := range []string{http.MethodPut, http.MethodDelete} {
		req, err := http.NewRequest(method, srv.URL+s1, strings.NewReader(plainSession))
		if err != nil {
			t.Fatal(err)
		}
		if method == http.MethodDelete {
			req.Body, req.ContentLength = http.NoBody, 0
		}
		req.Header = http.Header{"Authorization": {"Bearer " + operatorToken}, "Content-Type": {mediaJSON}, "Prefer": {"wait=30"}}
		resp, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if err := <-cut; err != nil || resp.StatusCode != map[string]int{http.MethodPut: 201, http.MethodDelete: 204}[method] {
			t.Errorf("%s: %d, cut off by %v", method, resp.StatusCode, err)
		}
	}
}

func TestABodyMustArriveInTime(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.BodyTimeout = 50 * time.Millisecond })
	srv := httptest.NewServer(h.router)
	defer srv.Close()
	body := &stalled{start: plainSession[:10], end: make(chan struct{})}
	defer close(body.end)
	req, err := http.NewRequest(http.MethodPut, srv.URL+s1, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Authorization": {"Bearer " + operatorToken}, "Content-Type": {mediaJSON}}
	resp, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestTimeout {
		t.Errorf("want 408, got %d", resp.StatusCode)
	}
}

// stalled is a body that begins and then never goes on.
type stalled struct {
	start string
	end   chan struct{}
}

func (s *stalled) Read(p []byte) (int, error) {
	if s.start == "" {
		<-s.end
		return 0, context.Canceled
	}
	n := copy(p, s.start)
	s.start = s.start[n:]
	return n, nil
}

func TestARequestEndsAtItsDeadline(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.RequestTimeout = 20 * time.Millisecond })
	h.fake.openOps = true
	// A second of wait comes on top of the request's own time.
	h.fake.waiting = func(ctx context.Context, _ string, _ time.Duration) {
		if d, ok := ctx.Deadline(); !ok || time.Until(d) < 500*time.Millisecond || time.Until(d) > 1500*time.Millisecond {
			t.Errorf("deadline in %v", time.Until(d))
		}
	}
	h.do("PUT", s1, plainSession, "Prefer", "wait=1").is(http.StatusAccepted)
	h.fake.fail["SelectSessions"] = context.DeadlineExceeded
	h.do("GET", "/api/v1/sessions", "").problem(http.StatusGatewayTimeout, "timed-out")
}

func TestPreconditions(t *testing.T) {
	h := newHarness(t)
	h.do("PUT", s1, plainSession, "If-Match", "*").problem(412, codePrecondition)
	h.do("PUT", s1, plainSession, "If-Match", `"1"`).problem(412, codePrecondition)
	h.do("PUT", s1, plainSession, "If-None-Match", "*").is(201, "ETag", `"1"`)
	h.do("PUT", s1, plainSession, "If-None-Match", "*").golden("problems/precondition").problem(412, codePrecondition)
	for header, status := range map[string]int{
		`"1"`: 200, `*`: 200, ` * `: 200, `"7", "1"`: 200, `W/"1", "1"`: 200,
		`"2"`: 412, `W/"1"`: 412, `"01"`: 412, `"+1"`: 412, `"0"`: 412, `"abc"`: 412, `"a,b"`: 412, `"2", "3"`: 412, `""`: 412, `"-1"`: 412,
		`1`: 400, `"1`: 400, `"1" "2"`: 400, `"1",`: 400, `W/1`: 400, `*, "1"`: 400,
	} {
		if r := h.do("PUT", s1, plainSession, "If-Match", header); r.status != status {
			t.Errorf("If-Match %s: want %d, got %d %s", header, status, r.status, r.body)
		}
		if r := h.do("DELETE", s1, "", "If-Match", header); r.status != map[bool]int{true: 204, false: status}[status == 200] {
			t.Errorf("DELETE with If-Match %s: got %d %s", header, r.status, r.body)
		}
		if status == 200 {
			h.do("PUT", s1, plainSession).is(201)
		}
	}
	h.do("PUT", s1, plainSession, "If-None-Match", `"1"`).problem(400, codeInvalid)
	h.do("PUT", s1, plainSession, "If-None-Match", "*", "If-Match", "*").problem(400, codeInvalid)
}

func TestDryRunStoresNothing(t *testing.T) {
	h := newHarness(t)
	h.do("PUT", s1+"?dryRun=true", plainSession).is(200, "ETag", "", "Location", "").golden("plan")
	h.do("PUT", s1+"?dryRun=nonsense", plainSession).problem(400, codeInvalid)
	h.do("PUT", s1+"?dryrun=true", plainSession).problem(400, codeInvalid) // and is not a write
	if got := h.fake.called(); !slices.Equal(got, []string{"Plan"}) {
		t.Errorf("the engine was asked: %v", got)
	}
	h.do("PUT", s1, plainSession).is(201)
	h.do("PATCH", s1+"?dryRun=true", `{"description":"x"}`).is(200)
	if h.fake.sessions["s1"].Record.Generation != 1 {
		t.Error("a dry run was stored")
	}
	// Verbs that have no plan refuse to be dry rather than being wet.
	for _, c := range [][2]string{{"POST", "/api/v1/webhooks/chat:test"}, {"POST", "/api/v1/devices/sw1:sync"}} {
		h.do(c[0], c[1]+"?dryRun=true", "", asAdmin()...).problem(400, codeInvalid)
	}
	if !h.fake.sessions["s1"].Record.Session.Enabled {
		t.Error("it was disabled")
	}
}

func TestPatchSession(t *testing.T) {
	h := newHarness(t)
	h.do("PATCH", s1, `{"description":"x"}`).problem(404, codeNotFound)
	h.do("PUT", s1, everyField).is(201)
	h.do("PATCH", s1, `{"description":null,"labels":{"team":null,"site":"x"},"lease":{"until":null},"sources":[{"device":"sw1","interface":"p1"}],"enabled":false}`,
		"Content-Type", mediaMergePatch).is(200, "ETag", `"2"`)
	got := h.fake.sessions["s1"].Record.Session
	if got.Description != "" || len(got.Sources) != 1 || got.Enabled || got.Labels["site"] != "x" || len(got.Labels) != 1 ||
		got.Lease.Duration != 4*time.Hour || !got.Lease.Until.IsZero() || got.Filter != "voice" {
		t.Errorf("%+v", got)
	}
	h.do("PATCH", s1, `{}`).is(200, "ETag", `"2"`)
	h.do("PATCH", s1, `{"description":"x"}`, "If-Match", `"1"`).problem(412, codePrecondition)
	h.do("PATCH", s1, `{"description":"x"}`, "If-Match", `"2"`).is(200, "ETag", `"3"`)

	before := len(h.fake.writes)
	p := h.do("PATCH", s1, `{"sources":null,"sorces":null,"rspan":{"vlan":null},"erspan":null,"kind":7,"tags":"maybe"}`).problem(400, codeInvalid)
	var pointers []string
	for _, r := range p.Errors {
		pointers = append(pointers, r.Pointer)
	}
	slices.Sort(pointers)
	if want := []string{"/kind", "/rspan/vlan", "/sorces", "/sources", "/tags"}; !slices.Equal(pointers, want) {
		t.Errorf("want %v, got %+v", want, p.Errors)
	}
	for _, patch := range []string{`[]`, `7`, `null`, `"x"`} {
		h.do("PATCH", s1, patch).problem(400, codeInvalid)
	}
	if len(h.fake.writes) != before {
		t.Error("a refused patch was written")
	}
}

func TestPatchIsRetriedWhenSomebodyElseWrote(t *testing.T) {
	h := newHarness(t)
	h.do("PUT", s1, plainSession).is(201)
	disturb := 2
	h.fake.before = func(m string) {
		if m == "Submit" && disturb > 0 {
			disturb--
			h.fake.mu.Lock()
			v := h.fake.sessions["s1"]
			v.Record.Generation++
			v.Record.Session.Truncate = 100 + disturb
			h.fake.sessions["s1"] = v
			h.fake.mu.Unlock()
		}
	}
	h.do("PATCH", s1, `{"description":"x"}`).is(200, "ETag", `"4"`)
	if got := h.fake.sessions["s1"].Record.Session; got.Truncate != 100 || got.Description != "x" {
		t.Errorf("the other's write was lost: %+v", got)
	}
	disturb = 100
	h.do("PATCH", s1, `{"description":"y"}`).problem(409, codeConflict)
	disturb = 1
	tag := h.do("GET", s1, "").header.Get("ETag")
	h.do("PATCH", s1, `{"description":"y"}`, "If-Match", tag).problem(412, codePrecondition)
}

func TestEnableAndDisable(t *testing.T) {
	h := newHarness(t)
	h.do("POST", s1+":disable", "").problem(404, codeNotFound)
	h.do("PUT", s1, everyField).is(201)
	h.fake.openOps = true
	h.do("POST", s1+":disable", "").is(202, "ETag", `"2"`, "Location", "/api/v1/operations/op2")
	if h.fake.sessions["s1"].Record.Session.Enabled {
		t.Error("still enabled")
	}
	h.fake.openOps = false
	h.do("POST", s1+":enable", "", "If-Match", `"2"`).is(200, "ETag", `"3"`)
	h.do("POST", s1+":enable", "").is(200, "ETag", `"3"`)
	if got := h.fake.sessions["s1"].Record.Session; !got.Enabled || got.Filter != "voice" {
		t.Errorf("%+v", got)
	}
	h.do("POST", s1+":nonsense", "").is(405)
}

func TestDeleteSession(t *testing.T) {
	h := newHarness(t)
	h.do("DELETE", s1, "").problem(404, codeNotFound)
	h.fake.openOps, h.fake.finish = true, succeed
	h.do("PUT", s1, plainSession).is(202)
	r := h.do("DELETE", s1, "").is(202, "Location", "/api/v1/operations/op2")
	if got := decodeReply[Session](r); got.Status.Phase != "Deleting" || !got.Status.Deleting {
		t.Errorf("%+v", got.Status)
	}
	h.do("DELETE", s1, "", "Prefer", "wait=5").is(204, "Preference-Applied", "wait=5", "Location", "")
	h.do("DELETE", s1, "").problem(404, codeNotFound)

	// The device refuses: the operation has ended, the session is still there.
	h.do("PUT", s1, plainSession).is(202)
	h.fake.finish = func(mirror.Operation, *fake) mirror.OperationState { return mirror.OpFailed }
	h.do("DELETE", s1, "", "Prefer", "wait=5").is(202, "Location", "/api/v1/operations/op5")
	h.fake.openOps = false
	h.do("DELETE", s1, "").is(204)
}

func TestASupersededRolloutPointsToItsSuccessor(t *testing.T) {
	h := newHarness(t)
	h.fake.openOps = true
	h.fake.waiting = func(_ context.Context, id string, _ time.Duration) {
		h.fake.mu.Lock()
		defer h.fake.mu.Unlock()
		op := h.fake.ops[id]
		op.State, op.Superseded = mirror.OpSuperseded, "op77"
		h.fake.ops[id] = op
	}
	h.do("PUT", s1, plainSession, "Prefer", "wait=5").is(202, "Location", "/api/v1/operations/op77")
}

func TestListSessions(t *testing.T) {
	h := newHarness(t)
	for name, labels := range map[string]string{"a": `{"team":"voice","site":"x"}`, "b": `{"team":"data"}`, "c": `{"team":"voice"}`, "d": `{}`} {
		h.do("PUT", "/api/v1/sessions/"+name, strings.Replace(plainSession, "{", `{"labels":`+labels+`,`, 1)).is(201)
	}
	v := h.fake.sessions["c"]
	v.Record.Phase = mirror.Active
	h.fake.sessions["c"] = v
	for query, want := range map[string]string{
		"": "abcd", "?labelSelector=team%3Dvoice": "ac", "?labelSelector=team!%3Dvoice": "bd", "?labelSelector=team%3Dvoice,site!%3Dx": "c",
		"?labelSelector=team%3Dvoice,team%3Ddata": "", "?phase=Active": "c", "?phase=Applying&labelSelector=team%3Dvoice": "a", "?limit=2": "ab",
		"?labelSelector=nobody%3Dknows": "", "?labelSelector=site%3D": "",
	} {
		got := ""
		for _, s := range decodeReply[SessionList](h.do("GET", "/api/v1/sessions"+query, "").is(200)).Items {
			got += s.Name
		}
		if got != want {
			t.Errorf("%s: want %q, got %q", query, want, got)
		}
	}
	for _, query := range []string{"?labelSelector=te%20am", "?labelSelector==x", "?labelSelector=a%3Db,", "?labelSelector=a%3Bb%3Dc",
		"?phase=nonsense", "?limit=0", "?limit=501", "?limit=x", "?limit=-1", "?cursor=%00", "?cursor=AAAA", "?page=2"} {
		h.do("GET", "/api/v1/sessions"+query, "").problem(400, codeInvalid)
	}
	h.do("GET", "/api/v1/sessions?labelSelector=a%20b", "").golden("problems/bad-selector")
}
