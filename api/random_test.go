package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"pgregory.net/rapid"
)

// rapidTB has the harness fail the case and not the test, so that it is made smaller.
type rapidTB struct {
	testing.TB
	rt *rapid.T
}

func (t rapidTB) Helper()                   {}
func (t rapidTB) Fatal(args ...any)         { t.rt.Fatal(args...) }
func (t rapidTB) Fatalf(f string, a ...any) { t.rt.Fatalf(f, a...) }
func (t rapidTB) Error(args ...any)         { t.rt.Error(args...) }
func (t rapidTB) Errorf(f string, a ...any) { t.rt.Errorf(f, a...) }

// A random run draws requests from the document alone, with words that make some of
// them acceptable.
type randomRun struct {
	h       *harness
	ops     []*huma.Operation
	ids     []string // of operations and plans that were answered
	called  map[string]int
	success map[string]bool
	backs   int // of what was accepted
}

// words are values of fields and parameters by name; without them next to everything
// would be refused at the same check.
var words = map[string][]any{
	"platform": {"memory"}, "protocol": {"memory"}, "address": {"192.0.2.1", "192.0.2.2"}, "device": {"sw1"}, "interface": {"p1", "p2", "p9", "p1"},
	"ip": {"192.0.2.9"}, "action": {"permit"}, "kind": {"auto", "span"}, "direction": {"rx", "tx", "both"}, "filter": {"f1"}, "tool": {"a"},
	"tags": {"preserve"}, "ingress": {"disabled"}, "mode": {"enforce", "off", "full", "observe"}, "basis": {"measured"}, "driftPolicy": {"repair", "report"}, "deletePolicy": {"remove", "orphan"},
	"onFailure": {"rollback"}, "onUnreachable": {"refuse", "queue"}, "nativeId": {"nm-1"}, "duration": {"4h", "90m"}, "until": {"2090-01-31T18:00:00Z"}, "protocolOfRule": {"tcp"},
	"labelSelector": {"team=voice", "k!=v,team", "k in (a,b)", "!k"}, "cursor": {""}, "since": {"2026-01-01T00:00:00Z"}, "window": {"1h"}, "step": {"1m"}, "session": {"a", "b"}, "owner": {"foreign", "netmirror"},
	"persist": {"if-clean", "never"}, "accepts": {"tagged"}, "source": {"10.0.0.0/8"}, "destination": {"10.0.0.1"},
}

var hostile = []any{"", "\x00", "../../etc/passwd", "'; DROP TABLE sessions; --", "<script>", strings.Repeat("x", 5000), "ä\u202e", "%s%n", -1, 0, 1e300, 9223372036854775807, true, nil, []any{}, map[string]any{}, []any{nil}, map[string]any{"": ""}, "NaN"}

func odds(t *rapid.T, oneIn int) bool { return rapid.IntRange(1, oneIn).Draw(t, "odds") == 1 }

// value draws what a schema allows, and now and then something else.
func (r *randomRun) value(t *rapid.T, name string, s *huma.Schema, depth, badOneIn int) any {
	if badOneIn > 0 && odds(t, badOneIn) {
		return rapid.SampledFrom(hostile).Draw(t, "hostile")
	}
	for s.Ref != "" {
		s = r.h.registry.SchemaFromRef(s.Ref)
	}
	if len(s.AnyOf) > 0 {
		return r.value(t, name, rapid.SampledFrom(s.AnyOf).Draw(t, "any of"), depth, badOneIn)
	}
	if s.Type != huma.TypeObject && s.Type != huma.TypeArray {
		if known := words[name]; known != nil && !odds(t, 20) && s.Type == huma.TypeString {
			return rapid.SampledFrom(known).Draw(t, name)
		}
	}
	switch s.Type {
	case huma.TypeObject:
		out := map[string]any{}
		if values, ok := s.AdditionalProperties.(*huma.Schema); ok {
			for range rapid.IntRange(0, 2).Draw(t, "entries") {
				out[rapid.SampledFrom([]string{"team", "k", "Config"}).Draw(t, "key")] = r.value(t, "", values, depth+1, badOneIn)
			}
			return out
		}
		for _, key := range sortedKeys(s.Properties) {
			needed := slices.Contains(s.Required, key)
			if (needed && !(badOneIn > 0 && odds(t, 30))) || !needed && odds(t, 3+3*depth) || usual[key] && !odds(t, 4) {
				out[key] = r.value(t, key, s.Properties[key], depth+1, badOneIn)
			}
		}
		if badOneIn > 0 && odds(t, 25) {
			out["unheardOf"] = 1
		}
		return out
	case huma.TypeArray:
		out := []any{}
		for range rapid.IntRange(0, 2).Draw(t, "items") {
			out = append(out, r.value(t, name, s.Items, depth+1, badOneIn))
		}
		if len(out) == 0 && !odds(t, 5) {
			out = append(out, r.value(t, name, s.Items, depth+1, badOneIn))
		}
		return out
	case huma.TypeBoolean:
		return rapid.Bool().Draw(t, "bool")
	case huma.TypeInteger:
		return rapid.IntRange(1, 66).Draw(t, "integer")
	case huma.TypeNumber:
		return rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "number")
	case "null":
		return nil
	}
	if len(s.Enum) > 0 {
		return rapid.SampledFrom(s.Enum).Draw(t, "enum")
	}
	return rapid.SampledFrom([]string{"a", "voice", "INC-1", "1"}).Draw(t, "text")
}

// usual are fields that are optional by the document, and without which little is accepted.
var usual = map[string]bool{"interface": true, "device": true, "ip": false}

// request draws a request for an operation.
func (r *randomRun) request(t *rapid.T, op *huma.Operation) (method, path string, body []byte, header http.Header) {
	method, path, header = op.Method, op.Path, http.Header{"Authorization": {"Bearer " + adminToken}, "X-Request-Id": {"random"}}
	badOneIn := rapid.SampledFrom([]int{0, 0, 30, 8}).Draw(t, "bad one in")
	query := url.Values{}
	for _, p := range op.Parameters {
		switch p.In {
		case "path":
			names := []string{"a", "b", "sw1", "f1"}
			if p.Name == "id" {
				names = append([]string{"op-none", "plan-none"}, r.ids...)
			}
			if badOneIn > 0 && odds(t, 10) {
				names = []string{"A", "%00", strings.Repeat("x", 64), "-", "a%2Fb", "ä"}
			}
			path = strings.ReplaceAll(path, "{"+p.Name+"}", rapid.SampledFrom(names).Draw(t, p.Name))
		case "query":
			if p.Required || odds(t, 4) {
				query.Set(p.Name, fmt.Sprint(r.value(t, p.Name, p.Schema, 1, badOneIn)))
			}
		case "header":
			if (p.Name == "If-Match" || p.Name == "If-None-Match") && odds(t, 5) {
				header.Set(p.Name, rapid.SampledFrom([]string{`"1"`, `"2"`, `*`, `W/"1"`, `"1", "3"`, `nonsense`}).Draw(t, p.Name))
			}
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	if op.RequestBody != nil {
		media := rapid.SampledFrom(sortedKeys(op.RequestBody.Content)).Draw(t, "media")
		header.Set("Content-Type", media)
		v := r.value(t, "", op.RequestBody.Content[media].Schema, 0, badOneIn)
		if m, ok := v.(map[string]any); ok && (badOneIn == 0 || odds(t, 2)) {
			r.likely(t, op, m)
		}
		body, _ = json.Marshal(v)
		if badOneIn > 0 && odds(t, 20) && len(body) > 1 {
			body = body[:len(body)-1]
		}
	}
	return method, path, body, header
}

// likely gives a body the parts that must go together to be accepted here, and leaves the
// rest as it was drawn.
func (r *randomRun) likely(t *rapid.T, op *huma.Operation, body map[string]any) {
	decoded := func(text string) (v any) {
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	drop := func(oneIn int, fields ...string) {
		for _, f := range fields {
			if odds(t, oneIn) {
				delete(body, f)
			}
		}
	}
	switch op.Path {
	case Base + "/devices/{name}":
		body["platform"], body["transports"] = "memory", decoded(`{"config":{"protocol":"memory","address":"192.0.2.1"}}`)
		drop(1, "confirm", "confirmWindow", "confirmGrace", "mode", "maintenance")
		drop(2, "nativeIds", "resync", "persist")
	case Base + "/tools/{name}":
		body["ip"] = "192.0.2.9"
		drop(1, "device", "interface")
	case Base + "/filters/{name}":
		body["rules"] = decoded(`[{"action":"permit","protocol":"tcp","destinationPort":443},{"action":"deny","source":"10.0.0.0/8"},{"action":"permit"}]`)
	case Base + "/sessions/{name}":
		body["sources"] = decoded(rapid.SampledFrom([]string{`[{"device":"sw1","interface":"p1"}]`, `[{"device":"sw1","interface":"p2","direction":"rx","priority":7}]`}).Draw(t, "sources"))
		body["destinations"] = decoded(`[{"device":"sw1","interface":"p9"}]`)
		drop(1, "kind", "erspan", "rspan", "nativeId", "filter", "tags", "ingress", "filterVlans", "truncate", "sample", "force", "lease", "onUnreachable", "onOverload")
	case Base + "/sessions/{name}:adopt":
		body["device"] = "sw1"
	case Base + "/plans":
		for field := range body {
			delete(body, field)
		}
		body["tools"] = decoded(`[{"name":"planned","ip":"192.0.2.8"}]`)
	}
}

var anID = regexp.MustCompile(`\b(op|plan)-[a-z0-9]{16}\b`)

// TestRandomRequests sends requests that are drawn from the OpenAPI document to the real
// engine: valid ones, nearly valid ones, hostile ones. Every status and every answer is as
// documented (the harness sees to it), none is an internal error, what was accepted is
// what is read afterwards, and ETags are kept to.
func TestRandomRequests(t *testing.T) {
	if runs := flag.Lookup("rapid.checks"); runs.Value.String() == runs.DefValue {
		if err := runs.Value.Set("150"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = runs.Value.Set(runs.DefValue) })
	}
	h, _ := newEngineHarness(t)
	h.do("PUT", "/api/v1/filters/f1", `{"rules":[{"action":"permit"}]}`).is(201)
	r := &randomRun{h: h, called: map[string]int{}, success: map[string]bool{}}
	for _, path := range sortedKeys(h.api.OpenAPI().Paths) {
		item := h.api.OpenAPI().Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Patch, item.Post, item.Delete} {
			if op != nil {
				r.ops = append(r.ops, op)
			}
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		h.t = rapidTB{t, rt}
		// What earlier cases may have deleted.
		h.do("PUT", "/api/v1/devices/sw1", `{"platform":"memory","transports":{"config":{"protocol":"memory","address":"192.0.2.1"}}}`, asAdmin()...)
		h.do("PUT", "/api/v1/sessions/b", plainSession, asAdmin()...)
		h.do("PUT", "/api/v1/tools/a", `{"ip":"192.0.2.7"}`)
		for range 25 {
			r.step(rt, rapid.SampledFrom(r.ops).Draw(rt, "operation"))
		}
	})
	h.t = t
	t.Logf("%d of %d accepted: %v, read back %d", len(r.success), len(r.ops), sortedKeys(r.success), r.backs)
	for _, op := range r.ops {
		if r.called[op.OperationID] == 0 {
			t.Errorf("%s was never called", op.OperationID)
		}
	}
	if n := len(r.success); n < len(r.ops)*3/4 || r.backs < 50 {
		t.Errorf("only %d of %d operations were ever accepted: %v", n, len(r.ops), sortedKeys(r.success))
	}
}

func (r *randomRun) step(t *rapid.T, op *huma.Operation) {
	method, path, body, header := r.request(t, op)
	got := r.h.send(method, path, string(body), header)
	r.called[op.OperationID]++
	if got.status == http.StatusInternalServerError {
		t.Fatalf("%s %s %s: %d %s", method, path, body, got.status, got.body)
	}
	if got.status >= 300 {
		return
	}
	r.success[op.OperationID] = true
	if ids := anID.FindAllString(got.body, 2); len(ids) > 0 {
		r.ids = append(r.ids, ids...)
		r.ids = r.ids[max(0, len(r.ids)-8):]
	}
	written := (method == http.MethodPut || method == http.MethodPatch) && strings.HasSuffix(op.Path, "/{name}") && !strings.Contains(path, "dryRun=true")
	if written {
		r.readBack(t, strings.Split(path, "?")[0], method, body, got)
	}
}

// readBack compares what was accepted with what is read, and looks after the ETag.
func (r *randomRun) readBack(t *rapid.T, path, method string, body []byte, wrote *reply) {
	r.backs++
	type resource struct {
		Spec map[string]any `json:"spec"`
	}
	decoded := func(text string) (v resource) {
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	read := r.h.do("GET", path, "", asAdmin()...).is(200, "ETag", wrote.header.Get("ETag"))
	spec := decoded(read.body).Spec
	if !reflect.DeepEqual(decoded(wrote.body).Spec, spec) {
		t.Fatalf("%s: answered %s, then read %s", path, wrote.body, read.body)
	}
	var sent map[string]any
	if err := json.Unmarshal(body, &sent); err != nil {
		t.Fatalf("accepted: %s", body)
	}
	if at, held := holds(sent, spec); !held {
		t.Fatalf("%s %s: %s was accepted and is read as %s (at %s)", method, path, body, read.body, at)
	}
	again, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	tag := read.header.Get("ETag")
	r.h.do("PUT", path, string(again), asAdmin("If-None-Match", "*")...).problem(412, codePrecondition)
	r.h.do("PUT", path, string(again), asAdmin("If-Match", `"987654321"`)...).problem(412, codePrecondition)
	if same := r.h.do("PUT", path, string(again), asAdmin("If-Match", tag)...); same.status < 300 && same.header.Get("ETag") != tag {
		t.Fatalf("%s: the same again became version %s after %s", path, same.header.Get("ETag"), tag)
	} else if same.status == http.StatusBadRequest {
		t.Fatalf("%s: what is read cannot be written: %s", path, same.body)
	}
}

// holds reports whether everything that was sent is there, beside defaults. What means
// nothing may be missing; durations and times may be written in another way.
func holds(sent, got any) (at string, held bool) {
	switch s := sent.(type) {
	case nil:
		return "", true
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok && len(s) > 0 {
			return "", slices.IndexFunc(sortedKeys(s), func(k string) bool { _, held := holds(s[k], nil); return !held }) < 0
		}
		for _, key := range sortedKeys(s) {
			if at, held := holds(s[key], g[key]); !held {
				return "/" + key + at, false
			}
		}
		return "", true
	case []any:
		g, _ := got.([]any)
		if len(g) != len(s) {
			return "", false
		}
		for i := range s {
			if at, held := holds(s[i], g[i]); !held {
				return fmt.Sprintf("/%d%s", i, at), false
			}
		}
		return "", true
	case string:
		g, _ := got.(string)
		return "", s == g || sameTime(s, g)
	case bool:
		return "", got == sent || !s && got == nil
	case float64:
		return "", got == sent || s == 0 && got == nil || fmt.Sprint(got) == string(bytes.TrimSpace(must(json.Marshal(sent))))
	}
	return "", false
}

func must(b []byte, _ error) []byte { return b }

func sameTime(a, b string) bool {
	x, err1 := time.ParseDuration(a)
	y, err2 := time.ParseDuration(b)
	if err1 == nil && err2 == nil {
		return x == y
	}
	u, err1 := time.Parse(time.RFC3339, a)
	v, err2 := time.Parse(time.RFC3339, b)
	return err1 == nil && err2 == nil && u.Equal(v)
}
