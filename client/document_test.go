package client_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/api"
	"github.com/netmirror/netmirror/client"
)

// A node is a part of the OpenAPI document.
type node map[string]any

func (n node) at(path ...string) node {
	for _, p := range path {
		next, _ := n[p].(map[string]any)
		n = next
	}
	return n
}

func (n node) text(key string) string { s, _ := n[key].(string); return s }

func openAPI(t *testing.T) node {
	t.Helper()
	w := httptest.NewRecorder()
	api.New(api.Config{}).ServeHTTP(w, httptest.NewRequest("GET", "/openapi.json", nil))
	var doc node
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// example is a value of a schema with every field in it.
func (doc node) example(s node) any {
	if ref := s.text("$ref"); ref != "" {
		return doc.example(doc.at("components", "schemas", ref[strings.LastIndex(ref, "/")+1:]))
	}
	switch s.text("type") {
	case "object":
		if values := s.at("additionalProperties"); values != nil {
			return map[string]any{"Some/Key.1": doc.example(values)}
		}
		out := map[string]any{}
		for name := range s.at("properties") {
			out[name] = doc.example(s.at("properties", name))
		}
		return out
	case "array":
		return []any{doc.example(s.at("items")), doc.example(s.at("items"))}
	case "integer":
		return json.Number("9007199254740993") // more than a float64 holds
	case "number":
		return json.Number("0.25")
	case "boolean":
		return true
	case "string":
		return map[string]any{"date-time": "2030-01-31T18:00:00Z", "go-duration": "1h30m0s"}[s.text("format")]
	}
	if of, ok := s["anyOf"].([]any); ok {
		return doc.example(of[1].(map[string]any))
	}
	return map[string]any{"any": []any{json.Number("1"), "thing"}}
}

// A recorder answers every request with what the test has set, and keeps it.
type recorder struct {
	status int
	body   any
	got    *http.Request
	sent   []byte
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.got = req.Clone(req.Context())
	r.sent, _ = io.ReadAll(req.Body)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("ETag", `"7"`)
	w.Header().Set("Location", client.Base+"/operations/op-1%2F2")
	w.WriteHeader(r.status)
	if r.body != nil {
		_ = json.NewEncoder(w).Encode(r.body)
	}
}

// texts replaces what example has left open: texts that need escaping.
func texts(v any) any {
	switch v := v.(type) {
	case nil:
		return "Gi1/0/1 <ä> #%?"
	case map[string]any:
		for k := range v {
			v[k] = texts(v[k])
		}
	case []any:
		for i := range v {
			v[i] = texts(v[i])
		}
	}
	return v
}

// methodName is the name of an operation's method, reckoned apart from the generator.
func methodName(c *client.Client, operation string) string {
	typ := reflect.TypeOf(c)
	for i := range typ.NumMethod() {
		if strings.EqualFold(typ.Method(i).Name, strings.ReplaceAll(operation, "-", "")) {
			return typ.Method(i).Name
		}
	}
	return ""
}

// TestEveryOperationCanBeCalled calls each operation of the document as a program
// would, once for every status of success, with every parameter. The request
// must be the document's, and what is answered must lose nothing on its way into
// our types and back.
func TestEveryOperationCanBeCalled(t *testing.T) {
	doc := openAPI(t)
	n := 0
	for path, item := range doc.at("paths") {
		for method := range item.(map[string]any) {
			op := doc.at("paths", path, method)
			n++
			t.Run(op.text("operationId"), func(t *testing.T) { callOperation(t, doc, strings.ToUpper(method), path, op) })
		}
	}
	if n < 40 {
		t.Errorf("the document has %d operations", n)
	}
}

func callOperation(t *testing.T, doc node, method, path string, op node) {
	r := &recorder{}
	srv := httptest.NewServer(r)
	defer srv.Close()
	c, err := client.New(client.Options{URL: srv.URL + "/below", Token: "nmt_x"})
	if err != nil {
		t.Fatal(err)
	}
	name := methodName(c, op.text("operationId"))
	if name == "" {
		t.Fatal("the client has no such method")
	}
	var calls int
	for status := range op.at("responses") {
		content := op.at("responses", status, "content")
		code, err := strconv.Atoi(status)
		if err != nil || code >= 300 {
			continue
		}
		bodies := []node{nil}
		if s := content.at("application/json", "schema"); s != nil {
			bodies = []node{s}
			if of, ok := s["oneOf"].([]any); ok {
				bodies = nil
				for _, s := range of {
					bodies = append(bodies, node(s.(map[string]any)))
				}
			}
		}
		for _, s := range bodies {
			r.status, r.body = code, nil
			if s != nil {
				r.body = texts(doc.example(s))
			} else if len(content) > 0 {
				r.body = "as it is"
			}
			called := name
			out := invoke(t, c, called, doc, op, s)
			if out == nil { // it answers with something else: what a dry run says
				called = "DryRun" + name
				if out = invoke(t, c, called, doc, op, s); out == nil {
					t.Fatalf("neither %s nor its dry run answers with %v", name, s)
				}
			}
			calls++
			r.compare(t, doc, op, method, path, strings.HasPrefix(called, "DryRun"))
			if s != nil && !out.same(t, r.body) {
				t.Errorf("%s loses something of what is answered", called)
			}
			if out.meta != nil && (out.meta.Status != code || out.meta.ETag != `"7"` || out.meta.Operation != "op-1/2") {
				t.Errorf("%s: %+v", called, out.meta)
			}
		}
	}
	if calls == 0 {
		t.Error("no status of success was tried")
	}
}

type outcome struct {
	value any
	meta  *client.Meta
}

func (o outcome) same(t *testing.T, want any) bool {
	a, b := tree(t, want), tree(t, o.value)
	diff := cmp.Diff(a, b)
	if diff != "" {
		t.Error(diff)
	}
	return diff == ""
}

func tree(t *testing.T, v any) any {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var out any
	if err := d.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// invoke calls a method with every argument filled; nil where its value is not
// of the schema s.
func invoke(t *testing.T, c *client.Client, name string, doc, op, s node) *outcome {
	t.Helper()
	m := reflect.ValueOf(c).MethodByName(name)
	if !m.IsValid() {
		return nil
	}
	if s != nil && (m.Type().NumOut() == 1 || !answersWith(m.Type().Out(0), s.text("$ref"))) {
		return nil
	}
	args := []reflect.Value{reflect.ValueOf(t.Context())}
	for i := 1; i < m.Type().NumIn(); i++ {
		typ := m.Type().In(i)
		switch {
		case typ.Kind() == reflect.String:
			args = append(args, reflect.ValueOf("a/ä%"))
		case strings.HasSuffix(typ.Name(), "Options"):
			args = append(args, filledOptions(t, typ))
		case typ.Kind() == reflect.Interface:
			args = append(args, reflect.ValueOf(map[string]any{"labels": nil}))
		default:
			v := reflect.New(typ)
			content := op.at("requestBody", "content", "application/json", "schema")
			raw, err := json.Marshal(texts(doc.example(content)))
			if err == nil {
				err = json.Unmarshal(raw, v.Interface())
			}
			if err != nil {
				t.Fatal(err)
			}
			args = append(args, v.Elem())
		}
	}
	out := m.Call(args)
	if err, _ := out[len(out)-1].Interface().(error); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	o := &outcome{}
	if len(out) == 1 {
		return o
	}
	v := out[0]
	if v.Kind() == reflect.Struct && v.FieldByName("Meta").IsValid() {
		meta := v.FieldByName("Meta").Interface().(client.Meta)
		o.meta, v = &meta, v.FieldByName("Value")
	}
	o.value = v.Interface()
	return o
}

// answersWith reports whether a result is of the schema, itself or in an Answer.
func answersWith(result reflect.Type, ref string) bool {
	if value, ok := result.FieldByName("Value"); ok && strings.HasPrefix(result.Name(), "Answer[") {
		result = value.Type
	}
	return result.Name() == ref[strings.LastIndex(ref, "/")+1:]
}

func filledOptions(t *testing.T, typ reflect.Type) reflect.Value {
	v := reflect.New(typ).Elem()
	for i := range typ.NumField() {
		f := v.Field(i)
		switch f.Interface().(type) {
		case time.Duration:
			f.SetInt(int64(7500 * time.Millisecond))
		case time.Time:
			f.Set(reflect.ValueOf(time.Date(2030, 1, 31, 18, 0, 0, 0, time.UTC)))
		case string:
			f.SetString("x,y=z &")
		case []string:
			f.Set(reflect.ValueOf([]string{"x", "y"}))
		case int64:
			f.SetInt(3)
		case float64:
			f.SetFloat(0.5)
		case bool:
			f.SetBool(true)
		default:
			t.Fatalf("%s.%s: nothing to fill it with", typ, typ.Field(i).Name)
		}
	}
	return v
}

// compare holds the request against the document.
func (r *recorder) compare(t *testing.T, doc, op node, method, path string, dry bool) {
	t.Helper()
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if before, after, ok := strings.Cut(s, "{"); ok {
			_, after, _ = strings.Cut(after, "}")
			segments[i] = before + url.PathEscape("a/ä%") + after
		}
	}
	if want := "/below" + strings.Join(segments, "/"); r.got.Method != method || r.got.URL.EscapedPath() != want {
		t.Errorf("%s %s was asked, not %s %s", r.got.Method, r.got.URL.EscapedPath(), method, want)
	}
	query := r.got.URL.Query()
	params, _ := op["parameters"].([]any)
	for _, p := range params {
		p := node(p.(map[string]any))
		switch name := p.text("name"); p.text("in") {
		case "query":
			if name == "dryRun" && !dry {
				continue
			}
			if !query.Has(name) {
				t.Errorf("query parameter %s is not sent", name)
			}
			query.Del(name)
		case "header":
			if r.got.Header.Get(name) == "" || name == "Prefer" && r.got.Header.Get(name) != "wait=7" {
				t.Errorf("header %s is %q", name, r.got.Header.Get(name))
			}
		}
	}
	if len(query) > 0 {
		t.Errorf("query parameters %v are not the operation's", slices.Collect(maps.Keys(query)))
	}
	if r.got.Header.Get("Authorization") != "Bearer nmt_x" {
		t.Error("no token")
	}
	content := op.at("requestBody", "content")
	switch {
	case content == nil:
		if len(r.sent) > 0 {
			t.Errorf("a body was sent: %s", r.sent)
		}
	case content["application/merge-patch+json"] != nil:
		if r.got.Header.Get("Content-Type") != "application/merge-patch+json" || strings.TrimSpace(string(r.sent)) != `{"labels":null}` {
			t.Errorf("%s %s", r.got.Header.Get("Content-Type"), r.sent)
		}
	default:
		want := tree(t, texts(doc.example(content.at("application/json", "schema"))))
		if diff := cmp.Diff(want, tree(t, json.RawMessage(r.sent))); diff != "" {
			t.Errorf("the body (-the document's +sent):\n%s", diff)
		}
	}
}

// TestARefusalLosesNothing: a Problem bears all that its schema has.
func TestARefusalLosesNothing(t *testing.T) {
	doc := openAPI(t)
	body := texts(doc.example(doc.at("components", "schemas", "Problem"))).(map[string]any)
	body["status"] = json.Number("422")
	r := &recorder{status: 422, body: body}
	srv := httptest.NewServer(r)
	defer srv.Close()
	c, err := client.New(client.Options{URL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.GetSession(t.Context(), "x")
	var p *client.Problem
	if !errors.As(err, &p) {
		t.Fatalf("%T %v", err, err)
	}
	outcome{value: p}.same(t, body)
	if text := fmt.Sprint(err); !strings.Contains(text, "422") || strings.Count(text, "Gi1/0/1") < 6 {
		t.Error(text)
	}
}
