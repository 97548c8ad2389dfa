package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A harness is the API over a fake engine. Every answer that passes through do
// is compared with what the OpenAPI document says of it.
type harness struct {
	*server
	t    testing.TB
	fake *fake
	log  *lockedBuffer
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func newHarness(t testing.TB, change ...func(*Config)) *harness {
	log := &lockedBuffer{}
	c := Config{Version: "test", Log: slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, f := range change {
		f(&c)
	}
	f := newFake()
	return &harness{server: newServer(c, f), t: t, fake: f, log: log}
}

type reply struct {
	t      testing.TB
	status int
	header http.Header
	body   string
}

// do sends a request as operator unless the headers say otherwise: pairs of
// name and value, an empty value takes a default away.
func (h *harness) do(method, path, body string, headers ...string) *reply {
	h.t.Helper()
	more := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		more.Del(headers[i])
		if headers[i+1] == "" {
			more[http.CanonicalHeaderKey(headers[i])] = nil
		} else {
			more.Set(headers[i], headers[i+1])
		}
	}
	return h.send(method, path, body, more)
}

// send is do with headers as they are; one without values is left out.
func (h *harness) send(method, path, body string, more http.Header) *reply {
	h.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+operatorToken)
	r.Header.Set("X-Request-Id", "golden")
	if body != "" {
		r.Header.Set("Content-Type", mediaJSON)
	}
	maps.Copy(r.Header, more)
	w := httptest.NewRecorder()
	h.router.ServeHTTP(w, r)
	b, err := io.ReadAll(w.Result().Body)
	if err != nil {
		h.t.Fatal(err)
	}
	out := &reply{h.t, w.Code, w.Result().Header, string(b)}
	h.asDocumented(method, r.URL.EscapedPath(), out)
	return out
}

func asAdmin(more ...string) []string {
	return append([]string{"Authorization", "Bearer " + adminToken}, more...)
}

// asDocumented fails the test when the document does not know the status, the
// media type or the shape of an answer.
func (h *harness) asDocumented(method, path string, got *reply) {
	h.t.Helper()
	match := chi.NewRouteContext()
	if !h.router.Match(match, method, path) {
		return // 404 and 405 belong to no operation
	}
	op := operationAt(h.api.OpenAPI(), method, match.RoutePattern())
	if op == nil {
		h.t.Fatalf("%s %s is served and not documented", method, match.RoutePattern())
	}
	doc := op.Responses[strconv.Itoa(got.status)]
	if doc == nil {
		h.t.Fatalf("%s answers %d, which is not documented: %s", op.OperationID, got.status, got.body)
	}
	if got.body == "" {
		if len(doc.Content) > 0 {
			h.t.Errorf("%s answers %d without the documented body", op.OperationID, got.status)
		}
		return
	}
	media, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
	content := doc.Content[media]
	if content == nil {
		h.t.Fatalf("%s answers %d as %q, which is not documented", op.OperationID, got.status, media)
	}
	if media != mediaJSON && media != mediaProblem {
		return
	}
	var v any
	if err := json.Unmarshal([]byte(got.body), &v); err != nil {
		h.t.Fatalf("%s answers no JSON: %v", op.OperationID, err)
	}
	var res huma.ValidateResult
	huma.Validate(h.registry, content.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, v, &res)
	for _, err := range res.Errors {
		h.t.Errorf("%s answers %d not as documented: %v", op.OperationID, got.status, err)
	}
}

func operationAt(doc *huma.OpenAPI, method, path string) *huma.Operation {
	item := doc.Paths[path]
	if item == nil {
		return nil
	}
	return map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPut: item.Put, http.MethodPatch: item.Patch,
		http.MethodPost: item.Post, http.MethodDelete: item.Delete}[method]
}

// is asserts status and, where given, headers: pairs of name and value.
func (r *reply) is(status int, headers ...string) *reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status: want %d, got %d: %s", status, r.status, r.body)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if got := r.header.Get(headers[i]); got != headers[i+1] {
			r.t.Errorf("header %s: want %q, got %q", headers[i], headers[i+1], got)
		}
	}
	return r
}

// problem asserts a problem document with this code and gives it.
func (r *reply) problem(status int, code string) Problem {
	r.t.Helper()
	r.is(status, "Content-Type", mediaProblem)
	p := decodeReply[Problem](r)
	if p.Code != code || p.Status != status || p.Type != problemType+code || p.Title == "" {
		r.t.Errorf("problem: want code %s and status %d, got %+v", code, status, p)
	}
	if p.RequestID != r.header.Get("X-Request-Id") || p.RequestID == "" {
		r.t.Errorf("request id: header %q, document %q", r.header.Get("X-Request-Id"), p.RequestID)
	}
	return p
}

// golden compares the body with a file under testdata.
func (r *reply) golden(name string) *reply {
	r.t.Helper()
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(r.body), "", "  "); err != nil {
		r.t.Fatal(err)
	}
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(path, indented.Bytes(), 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), indented.String()); diff != "" {
		r.t.Errorf("%s (-want +got; -update rewrites):\n%s", path, diff)
	}
	return r
}

func decodeReply[V any](r *reply) V {
	r.t.Helper()
	var v V
	d := json.NewDecoder(strings.NewReader(r.body))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		r.t.Fatalf("%v: %s", err, r.body)
	}
	return v
}

const plainSession = `{"sources":[{"device":"sw1","interface":"p1"}],"destinations":[{"device":"sw1","interface":"p9"}]}`

const plainDevice = `{"platform":"openvswitch","transports":{"config":{"protocol":"ovsdb","address":"/run/ovs/db.sock"}}}`
