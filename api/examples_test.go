package api

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/internal/credentials"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
)

// examplesFabric is the lab that the examples are of: somebody has a session of his own on
// the switch.
const examplesFabric = `
fabric:
  switches:
    - name: acc-3f-1
      platform: cisco_iosxe
      model: C9300-24T
      credentials: [{username: lab, password: lab, privilege: 1}]
      enableSecret: lab
      uptime: 1000h
      config: |
        monitor session 1 source interface Gi1/0/20 rx
        monitor session 1 destination interface Gi1/0/22
  hosts:
    - {at: "acc-3f-1:GigabitEthernet1/0/14", name: phone-14}
    - {at: "acc-3f-1:GigabitEthernet1/0/23", name: ids-1}
`

// A play is a request of the examples, made after those before it. {listen} stands for the
// port of the switch, {operation} and {plan} for ids that were answered last. STREAM is the
// beginning of what a GET answers that asks for a stream.
type play struct {
	name, request, body string
	status              int
}

// examplePlays are what the examples show.
var examplePlays = []play{
	{"alive", "GET /healthz", "", 200},
	{"ready", "GET /readyz", "", 200},
	{"who am I", "GET /api/v1/whoami", "", 200},
	{"as it is", "GET /api/v1/controller", "", 200},
	{"nothing held it", "POST /api/v1/controller:resume", "", 200},
	{"profiles by name", "GET /api/v1/credentials", "", 200},

	{"a switch", "PUT /api/v1/devices/acc-3f-1", `{"platform":"cisco_iosxe","labels":{"site":"berlin"},"transports":{"config":{"protocol":"cli","address":"127.0.0.1","port":{listen},"credentials":"lab"}}}`, 201},
	{"first day", "POST /api/v1/devices/acc-3f-1:check", "", 200},
	{"read it now", "POST /api/v1/devices/acc-3f-1:sync", "", 200},
	{"as it was read", "GET /api/v1/devices/acc-3f-1", "", 200},
	{"of a site", "GET /api/v1/devices?labelSelector=site%3Dberlin&limit=10", "", 200},
	{"one field", "PATCH /api/v1/devices/acc-3f-1", `{"resync":"2m"}`, 200},
	{"dry run", "PATCH /api/v1/devices/acc-3f-1?dryRun=true", `{"maintenance":true}`, 200},
	{"two of them", "GET /api/v1/devices/acc-3f-1/interfaces?limit=2", "", 200},
	{"of a switch", "GET /api/v1/devices/acc-3f-1/observed-sessions", "", 200},
	{"of others", "GET /api/v1/observed-sessions?owner=foreign", "", 200},
	{"after its repairs stopped", "POST /api/v1/devices/acc-3f-1:release", "", 200},

	{"a port", "PUT /api/v1/tools/ids-1", `{"device":"acc-3f-1","interface":"Gi1/0/23","capacity":1000000000,"owner":"security"}`, 201},
	{"one", "GET /api/v1/tools/ids-1", "", 200},
	{"all", "GET /api/v1/tools", "", 200},
	{"one field", "PATCH /api/v1/tools/ids-1", `{"maxUtilization":0.7}`, 200},
	{"dry run", "PUT /api/v1/tools/ids-2?dryRun=true", `{"device":"acc-3f-1","interface":"Gi1/0/24"}`, 200},
	{"only web", "PUT /api/v1/filters/web", `{"rules":[{"action":"permit","protocol":"tcp","destinationPort":"443"}]}`, 201},
	{"one", "GET /api/v1/filters/web", "", 200},
	{"all", "GET /api/v1/filters", "", 200},
	{"one field", "PATCH /api/v1/filters/web", `{"description":"HTTPS"}`, 200},

	{"dry run", "PUT /api/v1/sessions/phones?dryRun=true", `{"sources":[{"device":"acc-3f-1","interface":"Gi1/0/14"}],"destinations":[{"tool":"ids-1"}]}`, 200},
	{"to a tool", "POST /api/v1/sessions:propose", `{"sources":[{"device":"acc-3f-1","interface":"Gi1/0/14"}],"destinations":[{"tool":"ids-1"}]}`, 200},
	{"to an address", "POST /api/v1/sessions:propose", `{"sources":[{"device":"acc-3f-1","interface":"Gi1/0/14"}],"destinations":[{"ip":"192.0.2.50"}],"erspan":{"id":17,"origin":"192.0.2.1"}}`, 200},
	{"a port to a tool", "PUT /api/v1/sessions/phones", `{"description":"jitter on 3F-14","sources":[{"device":"acc-3f-1","interface":"Gi1/0/14","direction":"both"}],"destinations":[{"tool":"ids-1"}],"lease":{"duration":"4h"},"purpose":{"reason":"voice quality","ticket":"INC-4711"},"labels":{"team":"voice"}}`, 201},
	{"cannot be done", "PUT /api/v1/sessions/phones", `{"sources":[{"device":"acc-3f-1","interface":"Gi1/0/14"}],"destinations":[{"tool":"ids-9"}]}`, 422},
	{"a wrong word", "PUT /api/v1/sessions/phones", `{"sources":[{"device":"acc-3f-1","interface":"Gi1/0/14","direktion":"rx"}],"destinations":[{"tool":"ids-1"}]}`, 400},
	{"one", "GET /api/v1/sessions/phones", "", 200},
	{"none of this name", "GET /api/v1/sessions/fones", "", 404},
	{"of a team", "GET /api/v1/sessions?labelSelector=team%3Dvoice&limit=20", "", 200},
	{"one field", "PATCH /api/v1/sessions/phones", `{"priority":70}`, 200},
	{"off", "POST /api/v1/sessions/phones:disable", "", 200},
	{"on again", "POST /api/v1/sessions/phones:enable", "", 200},
	{"more time", "POST /api/v1/sessions/phones:renew", `{"duration":"8h"}`, 200},
	{"made by hand", "POST /api/v1/sessions/by-hand:adopt", `{"device":"acc-3f-1","nativeId":"1"}`, 201},
	{"what is measured", "GET /api/v1/sessions/phones/load", "", 200},
	{"what devices hold", "GET /api/v1/sessions/phones/holdings", "", 200},
	{"what is measured", "GET /api/v1/tools/ids-1/load", "", 200},
	{"what is measured", "GET /api/v1/devices/acc-3f-1/load", "", 200},
	{"all ends", "GET /api/v1/loads", "", 200},
	{"as asked", "POST /api/v1/sessions/phones:pin-relief", `{"rung":"none"}`, 200},
	{"the load decides", "POST /api/v1/sessions/phones:clear-relief", "", 200},

	{"how many", "GET /api/v1/summary", "", 200},
	{"what needs somebody", "GET /api/v1/problems", "", 200},
	{"of a session", "GET /api/v1/operations?session=phones&limit=1", "", 200},
	{"with transcript", "GET /api/v1/operations/{operation}", "", 200},
	{"of a session", "GET /api/v1/events?session=phones&type=SessionAccepted", "", 200},
	{"as it happens, with Accept: text/event-stream", "STREAM /api/v1/events?session=phones&type=SessionAccepted&since=2026-01-01T00:00:00Z", "", 200},

	{"a manifest", "POST /api/v1/plans", `{"sessions":[{"name":"second","sources":[{"device":"acc-3f-1","interface":"Gi1/0/15","direction":"tx"}],"destinations":[{"tool":"ids-1"}]}],"delete":{"sessions":["by-hand"]}}`, 201},
	{"newest first", "GET /api/v1/plans", "", 200},
	{"one", "GET /api/v1/plans/{plan}", "", 200},
	{"as it was shown", "POST /api/v1/plans/{plan}:apply", "", 200},

	{"dry run", "POST /api/v1/imports/containerlab?dryRun=true", `{"devices":[{"name":"leaf1","spec":{"platform":"openvswitch","transports":{"config":{"protocol":"ovsdb","address":"172.20.20.5"}},"links":[{"interface":"eth1","device":"h1","peerInterface":"eth1"}]}}],"tools":[{"name":"probe","spec":{"device":"leaf1","interface":"eth3"}}]}`, 200},
	{"a chat", "PUT /api/v1/webhooks/chat", `{"url":"https://chat.example/hooks/netmirror","filter":{"kinds":["credentials"]}}`, 201},
	{"one field", "PATCH /api/v1/webhooks/chat", `{"maxAttempts":5}`, 200},
	{"one", "GET /api/v1/webhooks/chat", "", 200},
	{"all", "GET /api/v1/webhooks", "", 200},
	{"those that wait", "GET /api/v1/webhooks/chat/deliveries?state=pending", "", 200},
	{"all that were given up", "POST /api/v1/webhooks/chat/deliveries:resend", "", 202},
	{"done", "DELETE /api/v1/webhooks/chat", "", 204},

	{"alerts of Alertmanager", "PUT /api/v1/triggers/port-errors", `{"format":"alertmanager","from":{"device":{"path":"labels.device"},"interface":{"path":"labels.ifName"},"reason":{"path":"annotations.summary"}},"allow":[{"devices":["acc-*"],"interfaces":["GigabitEthernet1/0/*"]}],"session":{"sources":[{"device":"{device}","interface":"{interface}"}],"destinations":[{"tool":"ids-1"}],"purpose":{"reason":"{reason}"}},"lease":"1h","maxSessions":2}`, 201},
	{"one field", "PATCH /api/v1/triggers/port-errors", `{"maxAge":"8h"}`, 200},
	{"what would be", "POST /api/v1/triggers/port-errors?dryRun=true", `{"version":"4","status":"firing","receiver":"netmirror","alerts":[{"status":"firing","labels":{"alertname":"PortErrors","device":"acc-3f-1","ifName":"Gi1/0/16"},"annotations":{"summary":"errors on 3F-16"}},{"status":"firing","labels":{"alertname":"PortErrors","device":"acc-3f-1","ifName":"Te1/1/1"}},{"status":"resolved","labels":{"alertname":"PortErrors","device":"acc-3f-1","ifName":"Gi1/0/17"}}]}`, 200},
	{"three alerts", "POST /api/v1/triggers/port-errors", `{"version":"4","status":"firing","receiver":"netmirror","alerts":[{"status":"firing","labels":{"alertname":"PortErrors","device":"acc-3f-1","ifName":"Gi1/0/16"},"annotations":{"summary":"errors on 3F-16"}},{"status":"firing","labels":{"alertname":"PortErrors","device":"acc-3f-1","ifName":"Te1/1/1"}},{"status":"resolved","labels":{"alertname":"PortErrors","device":"acc-3f-1","ifName":"Gi1/0/17"}}]}`, 200},
	{"of another format", "POST /api/v1/triggers/port-errors", `{"alerts":"none"}`, 422},
	{"one", "GET /api/v1/triggers/port-errors", "", 200},
	{"all", "GET /api/v1/triggers", "", 200},
	{"done", "DELETE /api/v1/triggers/port-errors", "", 204},
	{"done", "DELETE /api/v1/sessions/port-errors-acc-3f-1-gigabitethernet1-0-16", "", 204},

	{"is used", "DELETE /api/v1/tools/ids-1", "", 409},
	{"dry run", "DELETE /api/v1/sessions/phones?dryRun=true", "", 200},
	{"done", "DELETE /api/v1/sessions/phones", "", 204},
	{"done", "DELETE /api/v1/sessions/second", "", 204},
	{"dry run", "DELETE /api/v1/filters/web?dryRun=true", "", 200},
	{"done", "DELETE /api/v1/filters/web", "", 204},
	{"done", "DELETE /api/v1/tools/ids-1", "", 204},
	{"done", "DELETE /api/v1/devices/acc-3f-1", "", 204},
}

// maxUnplayed bounds the operations without an example: the document, its page and
// metrics are texts, some need a receiver of webhooks, and some may be new.
const maxUnplayed = 12

// TestExamples asks a controller with a simulated switch for everything, and compares what
// is answered with the examples of the document (go test ./api -update, make generate).
func TestExamples(t *testing.T) {
	h, port := examplesController(t)
	var list []exchange
	played := map[string]bool{}
	n := newNormal(port)
	for _, p := range examplePlays {
		x, ok := h.play(p, n)
		if !ok {
			t.Fatalf("%s: no example", p.request)
		}
		if played[x.Operation+"\n"+x.Name] {
			x.Name += " (" + strings.TrimPrefix(x.Request[strings.LastIndex(x.Request, "/"):], "/") + ")"
		}
		played[x.Operation] = true
		played[x.Operation+"\n"+x.Name] = true
		list = append(list, x)
	}
	var missing []string
	for _, item := range h.api.OpenAPI().Paths {
		for _, op := range operationsOf(item) {
			if !played[op.OperationID] {
				missing = append(missing, op.OperationID)
			}
		}
	}
	if len(missing) > maxUnplayed {
		t.Errorf("operations without an example: play them in examplePlays: %v", missing)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(list); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("examples.json", out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(string(examplesFile), "\n"), strings.Split(out.String(), "\n")); diff != "" {
		t.Errorf("the examples are not what is answered (-it is, +it would be); make generate writes them:\n%s", diff)
	}
}

// examplesController is the API over an engine with every driver, and the port of the
// simulated switch.
func examplesController(t *testing.T) (*harness, string) {
	t.Helper()
	spec, err := lab.Load(strings.NewReader(examplesFabric))
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	dir := t.TempDir()
	db, err := store.Open(t.Context(), filepath.Join(dir, "db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	profiles := credentials.Open(dir, os.LookupEnv)
	profiles.Hold(map[string]credentials.Profile{"lab": {For: mirror.Bindings{"127.0.0.0/8"}, Username: "lab", Password: "lab", Enable: "lab"}})
	e, err := engine.New(t.Context(), engine.Config{Store: db, Drivers: drivers.All(), Log: log, Resync: time.Hour, Profiles: profiles})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), func(tx mirror.Tx) error {
		return tx.PutToken(mirror.Token{ID: "admin", Name: "admin", Access: mirror.Admin, Hash: engine.HashToken(adminToken), Created: testTime})
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error)
	go func() { done <- e.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	sw := l.Switches()[0]
	_, port, _ := strings.Cut(sw.Addr(), ":")
	return &harness{server: newServer(Config{Version: "test", Log: log}, e), t: t, log: &lockedBuffer{}}, port
}

// play makes a request and tells what was asked and answered.
func (h *harness) play(p play, n *normal) (exchange, bool) {
	h.t.Helper()
	method, path, _ := strings.Cut(n.real.Replace(p.request), " ")
	body := n.real.Replace(p.body)
	media := ""
	if p.body != "" {
		media = mediaJSON
	}
	if method == "PATCH" {
		media = mediaMergePatch
	}
	headers := asAdmin("X-Request-Id", "example", "Content-Type", media)
	if method != "GET" {
		headers = append(headers, "Prefer", "wait=30")
	}
	var got *reply
	stream := method == "STREAM"
	if stream {
		method = http.MethodGet
		got = h.beginning(path, headers...)
	} else {
		got = h.do(method, path, body, headers...)
	}
	if got.status != p.status {
		h.t.Fatalf("%s: %d instead of %d: %s", p.request, got.status, p.status, got.body)
	}
	n.learn(got.body)
	match := chi.NewRouteContext()
	bare, _, _ := strings.Cut(path, "?")
	if !h.router.Match(match, method, bare) {
		return exchange{}, false
	}
	op := operationAt(h.api.OpenAPI(), method, match.RoutePattern())
	h.asAsked(op, media, body)
	x := exchange{Operation: op.OperationID, Name: p.name, Request: n.text(method + " " + path), Status: got.status}
	if body != "" {
		x.Media, x.Body = media, json.RawMessage(n.text(body))
	}
	if got.body != "" {
		x.Type, _, _ = strings.Cut(got.header.Get("Content-Type"), ";")
		x.Answer = json.RawMessage(n.text(got.body))
	}
	if stream {
		x.Answer = textOf(n.text(got.body) + "\n\n")
	}
	return x, true
}

// textOf is a text as JSON.
func textOf(s string) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil { // a string always is one
		panic(err)
	}
	return b.Bytes()
}

// beginning is what a stream tells at first: what has happened already. Then the client goes.
func (h *harness) beginning(path string, headers ...string) *reply {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	r := httptest.NewRequest(http.MethodGet, path, nil).WithContext(ctx)
	r.Header.Set("Accept", mediaStream)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := &fickle{httptest.NewRecorder(), cancel}
	h.router.ServeHTTP(w, r)
	out := &reply{h.t, w.Code, w.Result().Header, w.Body.String()}
	h.asDocumented(http.MethodGet, r.URL.EscapedPath(), out)
	return out
}

// A fickle client takes the first of an answer and goes.
type fickle struct {
	*httptest.ResponseRecorder
	leave func()
}

func (f *fickle) Write(b []byte) (int, error) {
	defer f.leave()
	return f.ResponseRecorder.Write(b)
}

// asAsked fails the test when the document does not allow what was sent; a request that
// is refused may be wrong.
func (h *harness) asAsked(op *huma.Operation, media, body string) {
	h.t.Helper()
	if body == "" || strings.Contains(body, "direktion") {
		return
	}
	content := op.RequestBody.Content[media]
	if content == nil {
		h.t.Fatalf("%s does not take %s", op.OperationID, media)
	}
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		h.t.Fatal(err)
	}
	var res huma.ValidateResult
	huma.Validate(h.registry, content.Schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, v, &res)
	for _, err := range res.Errors {
		h.t.Errorf("%s: the example of a body is not as documented: %v", op.OperationID, err)
	}
}

// TestExamplesAreShown in the document, where what they answer with is documented, and on
// its page.
func TestExamplesAreShown(t *testing.T) {
	h := newHarness(t)
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string
			RequestBody struct {
				Content map[string]struct{ Examples map[string]huma.Example }
			}
			Responses map[string]struct {
				Content map[string]struct{ Examples map[string]huma.Example }
			}
		}
	}
	if err := json.Unmarshal([]byte(h.do("GET", "/openapi.json", "").is(200).body), &doc); err != nil {
		t.Fatal(err)
	}
	bodies, answers := map[string]int{}, map[string]int{}
	for _, path := range doc.Paths {
		for _, op := range path {
			for _, c := range op.RequestBody.Content {
				bodies[op.OperationID] += len(c.Examples)
			}
			for _, r := range op.Responses {
				for _, c := range r.Content {
					answers[op.OperationID] += len(c.Examples)
				}
			}
		}
	}
	page := html.UnescapeString(h.do("GET", "/docs", "").is(200).body)
	for op, list := range exchanges() {
		var sent, got int
		for _, x := range list {
			if sent += min(1, len(x.Body)); x.Answer != nil {
				got++
			}
			if !strings.Contains(page, x.Name+": <code>"+x.Request+"</code>") || !strings.Contains(page, indented(x.Answer)) {
				t.Errorf("%s, %s is not on the page", op, x.Name)
			}
		}
		if bodies[op] != sent || answers[op] != got {
			t.Errorf("%s: the document has %d examples of bodies and %d of answers; %d and %d are there", op, bodies[op], answers[op], sent, got)
		}
	}
	if len(exchanges()) == 0 {
		t.Error("there are no examples")
	}
}
