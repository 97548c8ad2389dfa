package clientgen

import (
	"strings"
	"testing"
)

// document of one operation; answers is the object of its responses, rest what
// else it has.
func documentOf(method, id, rest, answers, schemas string) string {
	return `{"paths":{"/x/{name}":{"` + method + `":{"operationId":"` + id + `","summary":"Do it",` + rest + `"responses":{` + answers + `}}}},
		"components":{"schemas":{"Problem":{"type":"object","properties":{}},` + schemas + `}}}`
}

const (
	pathName = `"parameters":[{"name":"name","in":"path","required":true,"schema":{"type":"string"}}],`
	dryName  = `"parameters":[{"name":"name","in":"path","required":true,"schema":{"type":"string"}},{"name":"dryRun","in":"query","schema":{"type":"boolean"}}],`
	twoTypes = `"Thing":{"type":"object","properties":{"name":{"type":"string"}}},"Plan":{"type":"object","properties":{}}`
)

func body(schema string) string { return `{"content":{"application/json":{"schema":` + schema + `}}}` }

func TestFormsOfCalls(t *testing.T) {
	t.Parallel()
	thing, plan := body(`{"$ref":"#/components/schemas/Thing"}`), body(`{"$ref":"#/components/schemas/Plan"}`)
	for what, c := range map[string]struct {
		doc  string
		want []string
		not  string
	}{
		"one status":              {documentOf("get", "get-thing", pathName, `"200":`+thing, twoTypes), []string{"GetThing(ctx context.Context, name string) (Thing, error)", `"/x/" + segment(name)`}, "Plan"},
		"several":                 {documentOf("put", "put-thing", pathName, `"200":`+thing+`,"201":`+thing, twoTypes), []string{"PutThing(ctx context.Context, name string) (Answer[Thing], error)"}, "DryRun"},
		"nothing":                 {documentOf("delete", "delete-thing", pathName, `"204":{}`, twoTypes), []string{"DeleteThing(ctx context.Context, name string) error"}, "Thing struct"},
		"a dry run of a write":    {documentOf("put", "put-thing", dryName, `"200":`+body(`{"oneOf":[{"$ref":"#/components/schemas/Thing"},{"$ref":"#/components/schemas/Plan"}]}`)+`,"202":`+thing, twoTypes), []string{"PutThing(ctx context.Context, name string) (Answer[Thing], error)", "DryRunPutThing(ctx context.Context, name string) (Plan, error)", `r.query("dryRun", true)`}, "DryRun bool"},
		"a dry run of a deletion": {documentOf("delete", "delete-thing", dryName, `"200":`+plan+`,"204":{}`, twoTypes), []string{"DeleteThing(ctx context.Context, name string) error", "DryRunDeleteThing(ctx context.Context, name string) (Plan, error)"}, "Thing struct"},
		"and one that goes on":    {documentOf("delete", "delete-thing", dryName, `"200":`+plan+`,"202":`+thing+`,"204":{}`, twoTypes), []string{"DeleteThing(ctx context.Context, name string) (Answer[Thing], error)", "DryRunDeleteThing(ctx context.Context, name string) (Plan, error)"}, "zzz"},
		"a stream":                {documentOf("get", "watch", pathName, `"200":{"content":{"text/event-stream":{"schema":{}}}}`, twoTypes), []string{"Watch(ctx context.Context, name string) (io.ReadCloser, error)"}, "zzz"},
		"both":                    {documentOf("get", "list-things", pathName, `"200":{"content":{"text/event-stream":{"schema":{}},"application/json":{"schema":{"$ref":"#/components/schemas/Thing"}}}}`, twoTypes), []string{"ListThings(ctx context.Context, name string) (Thing, error)", "StreamThings(ctx context.Context, name string) (io.ReadCloser, error)"}, "zzz"},
		"text":                    {documentOf("get", "read", pathName, `"200":{"content":{"text/plain":{"schema":{}}}}`, twoTypes), []string{"Read(ctx context.Context, name string) ([]byte, error)"}, "zzz"},
	} {
		files, err := Generate([]byte(c.doc))
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		text := string(files[CallsFile]) + string(files[TypesFile])
		for _, w := range c.want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is missing in\n%s", what, w, text)
			}
		}
		if strings.Contains(text, c.not) {
			t.Errorf("%s: %q is in\n%s", what, c.not, text)
		}
	}
}

func TestFormsOfFields(t *testing.T) {
	t.Parallel()
	of := func(property, required string) string {
		return documentOf("get", "get-thing", pathName, `"200":`+body(`{"$ref":"#/components/schemas/Thing"}`), `"Thing":{"type":"object","required":[`+required+`],"properties":{"nativeId":`+property+`}}`)
	}
	for property, want := range map[string][2]string{ // left out or not; required
		`{"type":"string"}`:                                               {"string `json:\"nativeId,omitempty\"`", "string `json:\"nativeId\"`"},
		`{"type":"integer"}`:                                              {"*int64 `json:\"nativeId,omitempty\"`", "int64 `json:\"nativeId\"`"},
		`{"type":["integer","null"]}`:                                     {"*int64 `json:\"nativeId,omitempty\"`", "*int64 `json:\"nativeId\"`"},
		`{"type":"boolean"}`:                                              {"bool `json:\"nativeId,omitempty\"`", "bool `json:\"nativeId\"`"},
		`{"type":"string","format":"date-time"}`:                          {"*time.Time `json:\"nativeId,omitempty\"`", "time.Time `json:\"nativeId\"`"},
		`{"type":"string","format":"go-duration"}`:                        {"*Duration `json:\"nativeId,omitempty\"`", "Duration `json:\"nativeId\"`"},
		`{"type":"array","items":{"type":"number"}}`:                      {"[]float64 `json:\"nativeId,omitzero\"`", "[]float64 `json:\"nativeId,omitzero\"`"},
		`{"type":"object","additionalProperties":true}`:                   {"map[string]json.RawMessage `json:\"nativeId,omitzero\"`", "map[string]json.RawMessage `json:\"nativeId,omitzero\"`"},
		`{"type":"object"}`:                                               {"json.RawMessage `json:\"nativeId,omitempty\"`", "json.RawMessage `json:\"nativeId\"`"},
		`{"anyOf":[{"type":"string"},{"type":"integer"}]}`:                {"NumberOrName `json:\"nativeId,omitempty\"`", "NumberOrName `json:\"nativeId\"`"},
		`{"anyOf":[{"$ref":"#/x/Problem"},{"type":"null"}]}`:              {"*Problem `json:\"nativeId,omitempty\"`", "*Problem `json:\"nativeId\"`"},
		`{"$ref":"#/x/Problem"}`:                                          {"*Problem `json:\"nativeId,omitempty\"`", "Problem `json:\"nativeId\"`"},
		`{"type":"object","additionalProperties":{"$ref":"#/x/Problem"}}`: {"map[string]Problem `json:\"nativeId,omitzero\"`", "map[string]Problem `json:\"nativeId,omitzero\"`"},
	} {
		for i, required := range []string{"", `"nativeId"`} {
			files, err := Generate([]byte(of(property, required)))
			if err != nil {
				t.Errorf("%s: %v", property, err)
				continue
			}
			if text := strings.Join(strings.Fields(string(files[TypesFile])), " "); !strings.Contains(text, "NativeID "+want[i]) {
				t.Errorf("%s (required %q): want %s in\n%s", property, required, want[i], files[TypesFile])
			}
		}
	}
}

// What has no form in the client is refused, with its place.
func TestWhatHasNoForm(t *testing.T) {
	t.Parallel()
	thing := body(`{"$ref":"#/components/schemas/Thing"}`)
	for want, doc := range map[string]string{
		"the document":                 `[`,
		"operationId":                  documentOf("get", "", pathName, `"200":`+thing, twoTypes),
		"no status of success":         documentOf("get", "get-thing", pathName, `"404":{}`, twoTypes),
		"JSON of no named schema":      documentOf("get", "get-thing", pathName, `"200":`+body(`{"type":"string"}`), twoTypes),
		"success answers with":         documentOf("get", "get-thing", pathName, `"200":`+body(`{"oneOf":[{"$ref":"#/components/schemas/Thing"},{"$ref":"#/components/schemas/Plan"}]}`), twoTypes),
		"[Gone] are referred to":       documentOf("get", "get-thing", pathName, `"200":`+body(`{"$ref":"#/components/schemas/Gone"}`), twoTypes),
		"schema Thing, field x: no Go": documentOf("get", "get-thing", pathName, `"200":`+thing, `"Thing":{"type":"object","properties":{"x":{"anyOf":[{"type":"string"},{"type":"boolean"}]}}}`),
		"schema Thing is no object":    documentOf("get", "get-thing", pathName, `"200":`+thing, `"Thing":{"type":"string"}`),
		"parameter q in query of type": documentOf("get", "get-thing", `"parameters":[{"name":"q","in":"query","schema":{"type":"array","items":{"type":"integer"}}}],`, `"200":`+thing, twoTypes),
		"the body is no JSON":          documentOf("post", "do-thing", `"requestBody":{"content":{"text/plain":{"schema":{}}}},`, `"200":`+thing, twoTypes),
	} {
		if _, err := Generate([]byte(doc)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"put-session": "PutSession", "nativeId": "NativeID", "filterVlans": "FilterVLANs", "ipv6": "IPv6", "If-None-Match": "IfNoneMatch",
		"openapi": "OpenAPI", "bitsPerSecond": "BitsPerSecond", "erspanId": "ERSPANID", "x_y.z": "XYZ"} {
		if got := goName(in); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}
