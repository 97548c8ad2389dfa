package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
)

// everyField holds every field of a session that DESIGN.md knows but rspan and
// an end of the lease, which stand in otherFields: they contradict its erspan
// and duration.
const everyField = `{ "description": "jitter on 3F phones",
  "sources": [ {"device": "acc-3f-1", "interface": "Gi1/0/14", "direction": "both", "priority": 50, "essential": true},
               {"device": "acc-3f-1", "interface": "Gi1/0/15-18", "direction": "rx"},
               {"device": "acc-3f-1", "vlan": 110} ],
  "destinations": [ {"tool": "ids-1"} ],
  "kind": "auto", "tags": "preserve", "ingress": "disabled", "filterVlans": [110], "enabled": true, "priority": 50,
  "filter": "voice", "truncate": 128, "sample": 10, "nativeId": "66", "force": true,
  "erspan": {"id": 7, "origin": "192.0.2.1", "vrf": "mgmt", "ttl": 64, "dscp": 8, "mtu": 1500, "type": 3, "origins": [{"device": "sw1", "address": "192.0.2.7"}]},
  "admission": {"mode": "enforce", "basis": "measured", "maxUtilization": 0.8},
  "onOverload": {"action": "relieve", "ladder": ["truncate", "suspend"]},
  "driftPolicy": "repair", "deletePolicy": "remove", "onFailure": "rollback", "onUnreachable": "queue",
  "lease": {"duration": "4h"}, "purpose": {"reason": "...", "ticket": "INC-4711"}, "labels": {"team": "voice"} }`

const otherFields = `{ "sources": [ {"device": "acc-3f-1", "interface": "Gi1/0/14"} ], "destinations": [ {"tool": "ids-1"} ],
  "rspan": {"vlan": 900, "transit": [{"device": "agg-1", "trunks": ["Te1/1/1"]}]}, "lease": {"until": "2030-01-31T18:00:00Z"} }`

func TestEveryFieldOfASessionReachesTheEngine(t *testing.T) {
	h := newHarness(t)
	h.do("PUT", "/api/v1/sessions/s2", otherFields).is(http.StatusCreated)
	other := h.fake.sessions["s2"].Record.Session
	if other.RSPAN == nil || other.RSPAN.VLAN != 900 || other.RSPAN.Transit[0].Trunks[0] != "Te1/1/1" || other.Lease.Until.IsZero() {
		t.Errorf("other fields: %+v", other)
	}
	h.do("PUT", "/api/v1/sessions/s1", everyField).is(http.StatusCreated)
	got := h.fake.sessions["s1"].Record.Session
	got.RSPAN = other.RSPAN
	if err := json.NewDecoder(strings.NewReader(everyField)).Decode(new(map[string]json.RawMessage)); err != nil {
		t.Fatal(err)
	}
	// Every field of the domain's type is set to something: none was dropped.
	b, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(b, &fields); err != nil {
		t.Fatal(err)
	}
	for key := range h.registry.SchemaFromRef("#/components/schemas/SessionSpec").Properties {
		if _, ok := fields[key]; !ok {
			t.Errorf("%s did not reach the domain", key)
		}
	}
	if len(fields) != len(h.registry.SchemaFromRef("#/components/schemas/SessionSpec").Properties)+1 { // and the name
		t.Errorf("the domain has %d fields, the wire %d", len(fields), len(h.registry.SchemaFromRef("#/components/schemas/SessionSpec").Properties))
	}
	h.do("GET", "/api/v1/sessions/s1", "").is(200).golden("session-every-field")
}

func TestEnabledDefaultsToTrue(t *testing.T) {
	h := newHarness(t)
	for body, want := range map[string]bool{plainSession: true, with("enabled", false): false, with("enabled", true): true} {
		if r := h.do("PUT", "/api/v1/sessions/s1", body); r.status >= 300 {
			t.Fatal(r.body)
		}
		if got := h.fake.sessions["s1"].Record.Session.Enabled; got != want {
			t.Errorf("%s: want enabled %v, got %v", body, want, got)
		}
	}
}

func cmpOr[V any](c bool, a, b V) V {
	if c {
		return a
	}
	return b
}

// with is plainSession with one field set, or taken away when v is nil.
func with(field string, v any) string {
	var m map[string]any
	if err := json.Unmarshal([]byte(plainSession), &m); err != nil {
		panic(err)
	}
	if m[field] = v; v == nil {
		delete(m, field)
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func sources(n int, source string) string {
	return `{"sources":[` + strings.TrimSuffix(strings.Repeat(source+",", n), ",") + `],"destinations":[{"tool":"t1"}]}`
}

func oneSource(fields string) string { return sources(1, `{"device":"sw1",`+fields+`}`) }

// Every body is refused with exactly these reasons, as pointer and code, before
// the engine is asked.
func TestBadSessions(t *testing.T) {
	const canary = "CANARY-7f3a"
	h := newHarness(t)
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"not-json", `{"sources": [`, []string{" malformed-json"}},
		{"not-json-quoting", `{"description": ` + canary + `}`, []string{" malformed-json"}},
		{"trailing-garbage", plainSession + ` {"sources":1}`, []string{" malformed-json"}},
		{"not-utf8", "{\"description\":\"\xff\xfe\"}", []string{" malformed-json"}},
		{"byte-order-mark", "\ufeff" + plainSession, []string{" malformed-json"}},
		{"not-an-object", `["` + canary + `"]`, []string{" wrong-type"}},
		{"null", `null`, []string{" null"}},
		{"empty-object", `{}`, []string{"/destinations missing", "/sources missing"}},
		{"too-deep", `{"sources":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, []string{" too-deep"}},
		{"duplicate-field", `{"kind":"span","kind":"` + canary + `",` + plainSession[1:], []string{"/kind duplicate-field"}},
		{"duplicate-field-below", oneSource(`"interface":"p1","interface":"p2"`), []string{"/sources/0/interface duplicate-field"}},
		{"unknown-fields", `{"sorces":["` + canary + `"],"Kind":"span",` + plainSession[1:], []string{"/Kind unknown-field", "/sorces unknown-field"}},
		{"unknown-field-below", oneSource(`"interface":"p1","secret":"` + canary + `"`), []string{"/sources/0/secret unknown-field"}},
		{"unknown-field-that-is-no-name", oneSource(`"interface":"p1","` + canary + ` ?":1`), []string{"/sources/0 unknown-field"}},
		{"wrong-types", `{"sources":"` + canary + `","destinations":[7],"enabled":"yes","filterVlans":["` + canary + `",1.5,1e3],"priority":"9","labels":["x"],"description":1}`,
			[]string{"/description wrong-type", "/destinations/0 wrong-type", "/enabled wrong-type", "/filterVlans/0 wrong-type", "/filterVlans/1 wrong-type",
				"/filterVlans/2 wrong-type", "/labels wrong-type", "/priority wrong-type", "/sources wrong-type"}},
		{"nulls", `{"sources":null,"destinations":[null],"labels":{"a":null},"kind":null}`,
			[]string{"/destinations/0 null", "/kind null", "/labels/a null", "/sources null"}},
		{"numbers-too-large", `{"priority":99999999999999999999,"admission":{"maxUtilization":1e999},` + plainSession[1:],
			[]string{"/admission/maxUtilization wrong-type", "/priority wrong-type"}},
		{"empty-texts", oneSource(`"interface":"","direction":""`), []string{"/sources/0/direction empty", "/sources/0/interface empty"}},
		{"zeros-that-mean-nothing", oneSource(`"vlan":0,"priority":0`), []string{"/sources/0/priority out-of-range", "/sources/0/vlan out-of-range"}},
		{"bad-duration", with("lease", map[string]any{"duration": "4 hours " + canary, "until": "tomorrow"}),
			[]string{"/lease/duration bad-duration", "/lease/until bad-time"}},
		{"negative-duration", with("lease", map[string]any{"duration": "-4h"}), []string{"/lease/duration bad-duration"}},
		{"shape-and-value-at-once", `{"sorces":1,"kind":"` + canary + `","sources":[{"device":"SW","interface":"p1"},7],"destinations":[{"tool":"t1"}]}`,
			[]string{"/sorces unknown-field", "/sources/1 wrong-type", "/kind bad-value", "/sources/0/device bad-name"}},
		{"513-sources", sources(513, `{"device":"sw1","interface":"p1"}`), []string{"/sources too-many"}},
		{"10000-sources", sources(10000, `{"device":"sw1","interface":"p1"}`), []string{" too-many"}},
		{"newline", oneSource(`"interface":"p1\nno shutdown ` + canary + `"`), []string{"/sources/0/interface bad-characters"}},
		{"semicolon", oneSource(`"interface":"p1;` + canary + `"`), []string{"/sources/0/interface bad-characters"}},
		{"pipe", oneSource(`"interface":"p1|` + canary + `"`), []string{"/sources/0/interface bad-characters"}},
		{"question-mark", oneSource(`"interface":"p1?"`), []string{"/sources/0/interface bad-characters"}},
		{"control-byte", oneSource(`"interface":"p\u0007"`), []string{"/sources/0/interface bad-characters"}},
		{"look-alike", oneSource(`"interface":"\u0435th1"`), []string{"/sources/0/interface bad-characters"}},
		{"lone-surrogate", oneSource(`"interface":"\ud800"`), []string{"/sources/0/interface bad-characters"}},
		{"name-in-capitals", sources(1, `{"device":"SW1","interface":"p1"}`), []string{"/sources/0/device bad-name"}},
		{"invisible-description", with("description", "a\u202eb"), []string{"/description bad-characters"}},
		{"port-and-vlan", oneSource(`"interface":"p1","vlan":7`), []string{"/sources/0 contradiction"}},
		{"several-at-once", `{"sources":[{"device":"sw1","interface":"a;b"},{"device":"sw1","vlan":5000},{"device":"sw1","interface":"p1","direction":"up"}],"destinations":[{}],"truncate":1,"tags":"maybe"}`,
			[]string{"/sources/1/vlan out-of-range", "/sources/0/interface bad-characters", "/sources/2/direction bad-value", "/destinations/0 missing", "/tags bad-value", "/truncate out-of-range"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.t, h.fake.calls = t, nil
			r := h.do("PUT", "/api/v1/sessions/s1", c.body)
			p := r.problem(http.StatusBadRequest, codeInvalid)
			var got []string
			for _, reason := range p.Errors {
				got = append(got, reason.Pointer+" "+reason.Code)
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
			if strings.Contains(r.body, canary) || strings.Contains(h.log.String(), canary) {
				t.Errorf("a rejected value came back: %s\n%s", r.body, h.log)
			}
			if calls := h.fake.called(); len(calls) != 0 {
				t.Errorf("the engine was asked: %v", calls)
			}
			r.golden("problems/session-" + c.name)
		})
	}
}

func TestManyFaultsAreCounted(t *testing.T) {
	h := newHarness(t)
	p := h.do("PUT", "/api/v1/sessions/s1", sources(400, `7`)).problem(400, codeInvalid)
	if most := mirror.MaxReasons; len(p.Errors) != most+1 || p.Errors[most].Code != "more" || p.Errors[most].Message != "and 300 more" {
		t.Errorf("%d reasons, the last %+v", len(p.Errors), p.Errors[len(p.Errors)-1])
	}
}

func TestBadNamesInThePath(t *testing.T) {
	h := newHarness(t)
	for _, name := range []string{"A", "a_b", "-a", "a-", "a%0Ab", "a%3Bb", "a%7Cb", "a%3Fb", "a%00b", "a%07", "%D0%B0bc", "a%2Fb", "..%2F..", "a%20b", strings.Repeat("a", 64)} {
		for _, kind := range []string{"sessions", "tools", "filters", "devices"} {
			r := h.do("PUT", "/api/v1/"+kind+"/"+name, "{}", asAdmin()...)
			p := r.problem(http.StatusBadRequest, codeInvalid)
			if len(p.Errors) == 0 || p.Errors[0].Parameter != "path.name" {
				t.Errorf("%s: %+v", name, p)
			}
			if len(name) > 3 && strings.Contains(r.body, name) || strings.Contains(r.body, "\\u0007") {
				t.Errorf("%s came back: %s", name, r.body)
			}
			h.do("GET", "/api/v1/"+kind+"/"+name, "").is(http.StatusBadRequest)
			if calls := h.fake.called(); len(calls) != 0 {
				t.Errorf("%s: the engine was asked: %v", name, calls)
			}
		}
	}
	h.do("PUT", "/api/v1/sessions/Canary_7", plainSession).golden("problems/bad-name")
}

// The pattern in the document and the domain's rule are the same.
func TestNamePatternIsTheDomains(t *testing.T) {
	h := newHarness(t)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-c0A_.-]{1,65}`).Draw(t, "name")
		r := h.do("GET", "/api/v1/sessions/"+name, "")
		if want := cmpOr(mirror.ValidName(name), 404, 400); r.status != want && name != "." && name != ".." {
			t.Fatalf("%q: want %d, got %d", name, want, r.status)
		}
	})
}

func TestBodiesAreBounded(t *testing.T) {
	h := newHarness(t)
	huge := `{"description":"` + strings.Repeat("x", DefaultMaxBody) + `"}`
	h.do("PUT", "/api/v1/sessions/s1", huge).problem(http.StatusRequestEntityTooLarge, codeTooLarge)
	exact := plainSession + strings.Repeat(" ", DefaultMaxBody-len(plainSession))
	h.do("PUT", "/api/v1/sessions/s1", exact).is(http.StatusCreated)
	h.do("PUT", "/api/v1/sessions/s1", exact+" ").golden("problems/too-large").problem(http.StatusRequestEntityTooLarge, codeTooLarge)
}

func TestMediaTypes(t *testing.T) {
	h := newHarness(t)
	h.do("PUT", "/api/v1/sessions/s1", plainSession).is(201)
	for _, c := range []struct {
		method, media string
		ok            bool
	}{
		{"PUT", "application/json", true}, {"PUT", "application/json; charset=UTF-8", true}, {"PUT", "application/merge-patch+json", false},
		{"PUT", "application/json; charset=latin1", false}, {"PUT", "text/plain", false}, {"PUT", "", false}, {"PUT", ";;", false},
		{"PUT", "application/x-www-form-urlencoded", false}, {"PUT", "application/yaml", false},
		{"PATCH", "application/merge-patch+json", true}, {"PATCH", "application/json", true}, {"PATCH", "application/json-patch+json", false},
	} {
		r := h.do(c.method, "/api/v1/sessions/s1", plainSession, "Content-Type", c.media)
		if c.ok {
			r.is(200)
		} else {
			r.problem(http.StatusUnsupportedMediaType, codeMediaType)
		}
	}
	h.do("PUT", "/api/v1/sessions/s1", plainSession, "Content-Encoding", "gzip").problem(http.StatusUnsupportedMediaType, codeMediaType)
	h.do("PUT", "/api/v1/sessions/s1", "", "Content-Type", mediaJSON).problem(400, codeInvalid)
	h.do("PUT", "/api/v1/sessions/s1", "  \n", "Content-Type", mediaJSON).golden("problems/no-body").problem(400, codeInvalid)
}

func TestSecretsAndRejectedValuesNeverComeBack(t *testing.T) {
	const secret = "hunter2-CANARY"
	h := newHarness(t)
	bodies := []string{
		`{"platform":"openvswitch","transports":{"config":{"protocol":"cli","address":"192.0.2.1","credentials":{"username":"u","password":"` + secret + `","enable":"` + secret + `","key":"` + secret + `"}}}}`,
		`{"platform":"openvswitch","password":"` + secret + `","transports":{"config":{"protocol":"cli","address":"192.0.2.1"}}}`,
		`{"platform":7,"transports":{"config":{"protocol":"cli","address":"192.0.2.1","credentials":"` + secret + `"}}}`,
		`{"platform":"openvswitch","transports":{"config":{"credentials":{"password":["` + secret + `"]}}}}`,
		`{"platform":"` + secret + `","transports":"` + secret + `"}`,
		`{"platform":"openvswitch" "password":"` + secret + `"}`,
	}
	for _, body := range bodies {
		r := h.do("PUT", "/api/v1/devices/d1", body, asAdmin()...)
		r.problem(400, codeInvalid)
		if strings.Contains(r.body, "CANARY") {
			t.Errorf("%s\ncame back: %s", body, r.body)
		}
	}
	h.do("PUT", "/api/v1/devices/d1", bodies[0], asAdmin()...).golden("problems/credentials-by-value")
	for _, url := range []string{"/api/v1/sessions?limit=" + secret, "/api/v1/sessions?cursor=" + secret, "/api/v1/sessions?" + secret + "=1", "/api/v1/sessions?labelSelector=" + secret,
		"/api/v1/sessions?phase=" + secret, "/api/v1/sessions/" + secret, "/api/v1/operations/" + secret + "%00", "/" + secret} {
		if r := h.do("GET", url, ""); strings.Contains(r.body, secret) && !strings.Contains(url, "?"+secret) {
			t.Errorf("%s came back: %s", url, r.body)
		}
	}
	if strings.Contains(h.log.String(), "CANARY") {
		t.Errorf("in the log: %s", h.log)
	}
	if len(h.fake.writes) != 0 {
		t.Error("something was written")
	}
}

func TestCredentialsAreReturnedByName(t *testing.T) {
	h := newHarness(t)
	body := `{"platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":"192.0.2.1","credentials":"campus","jumpHost":{"address":"192.0.2.9","credentials":"jump"}}}}`
	h.do("PUT", "/api/v1/devices/d1", body, asAdmin()...).is(201)
	h.do("GET", "/api/v1/devices/d1", "").is(200).golden("device")
}

// The checker knows every keyword that the document puts on request bodies, so
// that the document is true.
func TestEveryDocumentedConstraintIsChecked(t *testing.T) {
	h := newHarness(t)
	seen := map[string]bool{}
	var visit func(at string, s *huma.Schema)
	visit = func(at string, s *huma.Schema) {
		if s.Ref != "" {
			if seen[s.Ref] {
				return
			}
			seen[s.Ref] = true
			visit(s.Ref, h.registry.SchemaFromRef(s.Ref))
			return
		}
		if unknown := unknownKeywords(s); len(unknown) > 0 {
			t.Errorf("%s uses %v, which the checker does not know", at, unknown)
		}
		for name, field := range s.Properties {
			visit(at+"/"+name, field)
		}
		if s.Items != nil {
			visit(at+"/items", s.Items)
		}
		if values, ok := s.AdditionalProperties.(*huma.Schema); ok {
			visit(at+"/values", values)
		}
		if len(s.AnyOf) > 0 {
			visit(at, s.AnyOf[0])
		}
	}
	bodies := 0
	for path, item := range h.api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Put, item.Patch, item.Post} {
			if op != nil && op.RequestBody != nil {
				bodies++
				for _, m := range op.RequestBody.Content {
					visit(path, m.Schema)
				}
			}
		}
	}
	if bodies != 19 {
		t.Errorf("%d operations with a body", bodies)
	}
}

// unknownKeywords lists the constraints of a schema that the checker ignores.
func unknownKeywords(s *huma.Schema) []string {
	var out []string
	for name, used := range map[string]bool{
		"pattern": s.Pattern != "", "enum": len(s.Enum) > 0, "multipleOf": s.MultipleOf != nil,
		"exclusiveMinimum": s.ExclusiveMinimum != nil, "exclusiveMaximum": s.ExclusiveMaximum != nil,
		"maxLength": s.MaxLength != nil, "minItems": s.MinItems != nil, "uniqueItems": s.UniqueItems,
		"minProperties": s.MinProperties != nil, "oneOf": s.OneOf != nil, "allOf": s.AllOf != nil, "not": s.Not != nil,
		"dependentRequired": len(s.DependentRequired) > 0, "anyOf": len(s.AnyOf) != 0 && (len(s.AnyOf) != 2 || s.AnyOf[1].Type != "null" && s.AnyOf[1].Type != huma.TypeInteger),
		"format": !slices.Contains([]string{"", formatDuration, "date-time", "int64", "double"}, s.Format),
	} {
		if used {
			out = append(out, name)
		}
	}
	return out
}

func TestBoundsAreTheDomains(t *testing.T) {
	h := newHarness(t)
	p := h.registry.SchemaFromRef("#/components/schemas/SessionSpec").Properties
	if *p["sources"].MaxItems != mirror.MaxSources || *p["filterVlans"].MaxItems != mirror.MaxFilterVLANs {
		t.Errorf("sources %d, filterVlans %d", *p["sources"].MaxItems, *p["filterVlans"].MaxItems)
	}
	if rules := h.registry.SchemaFromRef("#/components/schemas/FilterSpec").Properties["rules"]; *rules.MaxItems != mirror.MaxFilterRules {
		t.Errorf("rules %d", *rules.MaxItems)
	}
	protocol := h.registry.SchemaFromRef("#/components/schemas/FilterRule").Properties["protocol"]
	if all := strings.Join(mirror.Protocols(), ", "); !strings.Contains(protocol.Description, all) {
		t.Errorf("protocols: %q, which lacks %s", protocol.Description, all)
	}
}

// A decoded session survives encoding: what a client reads it can write back.
func FuzzSession(f *testing.F) {
	h := newHarness(f)
	for _, seed := range []string{plainSession, everyField, `{}`, `[`, `{"a":1,"a":2}`, with("lease", map[string]any{"until": "9999-12-31T23:59:59-23:59"}),
		with("lease", map[string]any{"duration": "1ns"}), with("admission", map[string]any{"maxUtilization": 1e-300}), with("labels", map[string]any{"a/b": "c"})} {
		f.Add([]byte(seed))
	}
	none := func(SessionSpec) []mirror.Reason { return nil }
	f.Fuzz(func(t *testing.T, body []byte) {
		first, err := decode(h.server, body, none)
		if err != nil {
			if p := translate(err); p.Status != http.StatusBadRequest || len(p.Errors) == 0 {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		want := first.domain("s")
		again, err := json.Marshal(sessionSpecOf(want))
		if err != nil {
			t.Fatal(err)
		}
		second, err := decode(h.server, again, none)
		if err != nil {
			t.Fatalf("%q was encoded as %s: %v", body, again, err)
		}
		if diff := cmp.Diff(want, second.domain("s"), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%q (-first +second):\n%s", body, diff)
		}
	})
}

func FuzzPatch(f *testing.F) {
	h := newHarness(f)
	for _, seed := range []string{`{}`, `null`, `{"labels":null}`, `{"labels":{"team":null,"x":"y"}}`, `{"rspan":{"vlan":null}}`, everyField} {
		f.Add([]byte(seed))
	}
	base, err := decode(h.server, []byte(everyField), func(SessionSpec) []mirror.Reason { return nil })
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, patch []byte) {
		out, err := decodePatch(h.server, patch, base, checkSessionSpec("s"))
		if err != nil {
			if p := translate(err); p.Status != http.StatusBadRequest || len(p.Errors) == 0 {
				t.Fatalf("%q: %v", patch, err)
			}
			return
		}
		// The same patch on its own result changes nothing (RFC 7396).
		twice, err := decodePatch(h.server, patch, out, checkSessionSpec("s"))
		if err != nil {
			t.Fatalf("%q twice: %v", patch, err)
		}
		if diff := cmp.Diff(out, twice, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%q twice:\n%s", patch, diff)
		}
	})
}

// The examples of RFC 7396, appendix A, that are about objects.
func TestMergePatch(t *testing.T) {
	for _, c := range []struct{ target, patch, want string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
	} {
		var f faults
		got, err := json.Marshal(mergePatch(f.parse([]byte(c.target)), f.parse([]byte(c.patch))))
		if err != nil || string(got) != c.want {
			t.Errorf("%s with %s: want %s, got %s %v", c.target, c.patch, c.want, got, err)
		}
	}
}

// The scanner reads what encoding/json reads.
func TestScannerReadsJSON(t *testing.T) {
	value := rapid.Deferred(func() *rapid.Generator[string] { return jsonText(3) })
	rapid.Check(t, func(t *rapid.T) {
		text := value.Draw(t, "json")
		var want any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&want); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		var f faults
		if diff := cmp.Diff(want, f.parse([]byte(text))); diff != "" || f.fatal {
			t.Fatalf("%s (-want +got):\n%s", text, diff)
		}
	})
}

// jsonText draws JSON with white space where it may stand.
func jsonText(depth int) *rapid.Generator[string] {
	space := rapid.SampledFrom([]string{"", " ", "\n\t", "\r\n"})
	plain := rapid.OneOf(rapid.SampledFrom([]string{"0", "-1", "1.5e+3", "true", "false", "null", `""`, `"\\"`, `"\""`, `"a\\"`, `"\u00e9\ud83d\ude00"`, `"\ud800"`, `",]}{["`, `"ä"`}),
		rapid.Map(rapid.String(), func(s string) string { b, _ := json.Marshal(s); return string(b) }))
	return rapid.Custom(func(t *rapid.T) string {
		pad := func(s string) string { return space.Draw(t, "space") + s + space.Draw(t, "space") }
		kind := rapid.IntRange(0, 2).Draw(t, "kind")
		if depth == 0 || kind == 0 {
			return pad(plain.Draw(t, "plain"))
		}
		var parts []string
		for i := range rapid.IntRange(0, 4).Draw(t, "entries") {
			v := jsonText(depth-1).Draw(t, "entry")
			if kind == 2 {
				v = pad(fmt.Sprintf(`"k\u0030%d"`, i)) + ":" + v
			}
			parts = append(parts, v)
		}
		if kind == 1 {
			return pad("[" + pad(strings.Join(parts, ",")) + "]")
		}
		return pad("{" + pad(strings.Join(parts, ",")) + "}")
	})
}

func TestPositionOfASyntaxError(t *testing.T) {
	var f faults
	f.parse([]byte("{\n \"a\": 1,\n  x}"))
	if got := f.reasons[0].Message; !strings.Contains(got, "line 3, column 3") {
		t.Error(got)
	}
	for n := range 40 { // no prefix of a good body makes it panic or pass
		var f faults
		body := bytes.Repeat([]byte(plainSession), 1)[:n]
		if f.parse(body); !f.fatal {
			t.Errorf("%s passes", strconv.Quote(string(body)))
		}
	}
}
