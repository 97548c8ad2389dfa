package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/internal/testkit"
)

// A fake is a controller that answers what it is told to, one answer after the other, and
// keeps what it was asked.
type fake struct {
	mu      sync.Mutex
	answers map[string][]reply // by method and path, the last again and again
	asked   []string           // method, path and query, If-Match, body
	third   func()             // is called when it is asked the third time; nil = nothing is
}

// lost is the status of a reply whose connection breaks off.
const lost = 0

type reply struct {
	status int
	etag   string
	body   string
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, strings.TrimSpace(fmt.Sprintf("%s %s %s%s %s", r.Method, strings.TrimPrefix(r.URL.RequestURI(), client.Base), r.Header.Get("If-Match"), r.Header.Get("If-None-Match"), body)))
	if len(f.asked) == 3 && f.third != nil {
		f.third()
	}
	list := f.answers[r.Method+" "+strings.TrimPrefix(r.URL.Path, client.Base)]
	if len(list) == 0 {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"status": 404, "code": "not-found", "title": "Not found"}`)
		return
	}
	if len(list) > 1 {
		f.answers[r.Method+" "+strings.TrimPrefix(r.URL.Path, client.Base)] = list[1:]
	}
	if list[0].status == lost {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	if list[0].etag != "" {
		w.Header().Set("ETag", list[0].etag)
	}
	w.WriteHeader(list[0].status)
	_, _ = io.WriteString(w, list[0].body)
}

// resourceOn is a resource of a kind that speaks to a fake.
func resourceOn(t *testing.T, k kind, answers map[string][]reply) (*managed, *fake) {
	t.Helper()
	f := &fake{answers: answers}
	srv := httptest.NewServer(f)
	t.Cleanup(srv.Close)
	c, err := client.New(client.Options{URL: srv.URL, Token: "t", Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	return &managed{kind: k, shared: &shared{client: c}}, f
}

func problem(status int, code string, reasons ...client.Reason) reply {
	raw, _ := json.Marshal(client.Problem{Status: int64(status), Code: code, Title: "No", Detail: "refused", Errors: reasons})
	return reply{status, "", string(raw)}
}

func spec(t *testing.T, text string) tree {
	t.Helper()
	s, err := decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func told(diags diag.Diagnostics) string {
	var lines []string
	for _, d := range diags {
		at := ""
		if p, ok := d.(diag.DiagnosticWithPath); ok {
			at = " at " + p.Path().String()
		}
		lines = append(lines, fmt.Sprintf("%s%s: %s: %s", d.Severity(), at, d.Summary(), d.Detail()))
	}
	return strings.Join(lines, "\n")
}

const one = `{"sources": [{"device": "sw1", "interface": "p1"}], "destinations": [{"tool": "ids"}]}`

// TestWhatAPlanIsTold: reasons at their attributes; what is not stored yet and what cannot be
// told now are warnings.
func TestWhatAPlanIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		answer reply
		want   []string
	}{
		"reasons": {problem(422, "cannot-be-done", client.Reason{Pointer: "/sources/0/interface", Message: "no such port", Source: "a manual"}, client.Reason{Pointer: "/truncate", Message: "whole frames only"}),
			[]string{"Error at sources[0]: session s is refused: sources[0].interface: no such port (source: a manual)", "Error at truncate: session s is refused: whole frames only"}},
		"not stored yet": {problem(422, "cannot-be-done", client.Reason{Pointer: "/destinations/0/tool", Code: "unknown-tool", Message: "there is no tool"}, client.Reason{Pointer: "/filter", Code: "unknown-filter", Message: "there is no filter"}),
			[]string{"Warning at destinations[0].tool: session s names what is not stored yet: there is no tool;", "Warning at filter: session s names"}},
		"both": {problem(422, "cannot-be-done", client.Reason{Pointer: "/sources/0/device", Code: "unknown-device", Message: "none"}, client.Reason{Pointer: "/kind", Message: "no"}),
			[]string{"Warning at sources[0].device", "Error at kind"}},
		"no place":     {problem(409, "conflict", client.Reason{Message: "it is deleted"}), []string{"Error: session s is refused: it is deleted"}},
		"a parameter":  {problem(400, "invalid-request", client.Reason{Parameter: "query.x", Message: "unknown"}), []string{"Error: session s is refused: unknown", "(query.x)"}},
		"away":         {problem(503, "device-unreachable", client.Reason{Pointer: "/sources/0", Message: "silent"}), []string{"Warning: session s: the controller cannot tell", "silent"}},
		"no right":     {problem(403, "forbidden"), []string{"Error: session s is refused", "403 forbidden"}},
		"another host": {reply{502, "", "<html>"}, []string{"Warning: session s: the controller cannot tell"}},
	} {
		o, _ := resourceOn(t, sessionKind, map[string][]reply{"PUT /sessions/s": {c.answer}})
		_, err := o.ask(t.Context(), "s", spec(t, one))
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		var diags diag.Diagnostics
		o.refuseAtPlan("s", err, &diags)
		for _, want := range c.want {
			if !strings.Contains(told(diags), want) {
				t.Errorf("%s: %s\nlacks %s", name, told(diags), want)
			}
		}
		if len(c.want) > 0 && strings.HasPrefix(c.want[0], "Warning") && name != "both" && diags.HasError() {
			t.Errorf("%s is an error: %s", name, told(diags))
		}
	}
	o, _ := resourceOn(t, sessionKind, nil)
	o.client, _ = client.New(client.Options{URL: "http://127.0.0.1:1", Token: "t", Retries: -1})
	_, err := o.ask(t.Context(), "s", spec(t, one))
	var diags diag.Diagnostics
	if o.refuseAtPlan("s", err, &diags); diags.HasError() || diags.WarningsCount() != 1 {
		t.Errorf("nobody there: %s", told(diags))
	}
}

// TestWhatIsPlannedTogether: a session is planned with the tool, the device and the filter of
// the same file that it names, with sessions to the same end and those that go, and with
// nothing else; a refusal of others is not its own.
func TestWhatIsPlannedTogether(t *testing.T) {
	refusal := problem(422, "cannot-be-done", client.Reason{Pointer: "/sessions/0/sources/0/interface", Message: "no such port"}, client.Reason{Pointer: "/tools/0/interface", Message: "nor this"})
	others := problem(422, "cannot-be-done", client.Reason{Pointer: "/tools/0/interface", Message: "nor this"})
	o, f := resourceOn(t, sessionKind, map[string][]reply{"POST /plans": {refusal, others}, "PUT /sessions/s": {{200, "", `{"devices": []}`}}})
	for _, p := range []pendingObject{
		{word: "tool", name: "ids", spec: tree{"device": "sw2", "interface": "p9"}},
		{word: "tool", name: "other", spec: tree{"ip": "192.0.2.1"}},
		{word: "device", name: "sw2", spec: tree{"platform": "x"}},
		{word: "device", name: "sw3", spec: tree{"platform": "x"}},
		{word: "filter", name: "web", spec: tree{}},
		{word: "session", name: "same-end", spec: spec(t, one)},
		{word: "session", name: "elsewhere", spec: tree{"destinations": []any{tree{"tool": "other"}}}},
		{word: "session", name: "goes", was: tree{}},
	} {
		o.pending.note(p)
	}
	_, err := o.ask(t.Context(), "s", spec(t, one))
	if err == nil || !strings.Contains(err.Error(), "no such port [/sources/0/interface]") || strings.Contains(err.Error(), "nor this") {
		t.Errorf("the refusal is %v", err)
	}
	var m manifest
	if err := json.Unmarshal([]byte(f.asked[0][len("POST /plans "):]), &m); err != nil {
		t.Fatal(err)
	}
	names := func(list []tree) (all string) {
		for _, x := range list {
			all += fmt.Sprint(x["name"], " ")
		}
		return all
	}
	if got := names(m.Sessions) + "/ " + names(m.Tools) + "/ " + names(m.Devices) + "/ " + names(m.Filters) + "/ " + fmt.Sprint(m.Delete); got != "s same-end / ids / sw2 / / map[sessions:[goes]]" {
		t.Errorf("planned together: %s", got)
	}
	if _, err := o.ask(t.Context(), "s", spec(t, one)); err != nil || !strings.HasPrefix(f.asked[len(f.asked)-1], "PUT /sessions/s?dryRun=true") {
		t.Errorf("refused for others alone: %v, asked %q", err, f.asked)
	}
	o.pending = pending{}
	o.pending.note(pendingObject{word: "tool", name: "other", spec: tree{}})
	if _, err := o.ask(t.Context(), "s", spec(t, one)); err != nil || !strings.HasPrefix(f.asked[len(f.asked)-1], "PUT /sessions/s?dryRun=true") {
		t.Errorf("beside what it does not name: %v, asked %q", err, f.asked)
	}
}

// TestOnlyIfNobodyElseWrote: a version that another intent has is told; one that only a filter
// has made new is taken.
func TestOnlyIfNobodyElseWrote(t *testing.T) {
	ok := reply{200, `"5"`, `{"name": "s", "spec": ` + one + `, "status": {}}`}
	theirs := reply{200, `"4"`, `{"name": "s", "spec": {"sources": [], "description": "theirs"}, "status": {}}`}
	same := reply{200, `"4"`, `{"name": "s", "spec": ` + one + `, "status": {}}`}
	for name, c := range map[string]struct {
		get  []reply
		want string
	}{
		"another intent": {[]reply{theirs}, "somebody else changed it since Terraform read it (description, destinations, sources)"},
		"the same":       {[]reply{same}, ""},
		"gone":           {nil, "somebody else deleted it"},
	} {
		o, f := resourceOn(t, sessionKind, map[string][]reply{"PUT /sessions/s": {problem(412, "precondition-failed"), ok}, "GET /sessions/s": c.get,
			"DELETE /sessions/s": {problem(412, "precondition-failed"), {204, "", ""}}})
		_, err := o.door().writtenFrom(t.Context(), "s", spec(t, one), tree{"description": "ours"}, `"3"`)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s, written: %v", name, err)
		}
		if last := f.asked[len(f.asked)-1]; c.want == "" && last != `PUT /sessions/s "4" {"description":"ours"}` {
			t.Errorf("%s: asked %s", name, last)
		}
		_, err = o.deleted(t.Context(), "s", spec(t, one), `"3"`)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s, deleted: %v", name, err)
		}
	}
}

// TestWaiting: a write is followed until the session is Active or it is known why not.
func TestWaiting(t *testing.T) {
	status := func(text string) reply {
		return reply{200, `"1"`, `{"name": "s", "spec": {}, "status": ` + text + `}`}
	}
	applying := status(`{"phase": "Applying", "generation": 1}`)
	for name, c := range map[string]struct {
		last  reply
		error string
		warns string
	}{
		"active":           {status(`{"phase": "Active", "generation": 1}`), "", ""},
		"off":              {status(`{"phase": "Suspended", "generation": 1}`), "", ""},
		"failed":           {status(`{"phase": "Failed", "generation": 1, "operation": "op-1"}`), "sw1: % Invalid input", ""},
		"refused, undone":  {status(`{"phase": "Active", "generation": 2, "refusedGeneration": 2, "operation": "op-1"}`), "sw1: % Invalid input", ""},
		"refused before":   {status(`{"phase": "Active", "generation": 3, "refusedGeneration": 2}`), "", ""},
		"copies are lost":  {status(`{"phase": "Degraded", "generation": 1, "conditions": [{"type": "Effective", "status": "False", "reason": "NoCopies", "message": "none arrive"}]}`), "", "Effective is False (NoCopies): none arrive"},
		"a device is away": {status(`{"phase": "Pending", "generation": 1, "conditions": [{"type": "Admitted", "status": "False", "reason": "DeviceUnreachable", "message": "silent"}]}`), "", "silent"},
		"the time is over": {status(`{"phase": "Applying", "generation": 1, "conditions": [{"type": "Configured", "status": "False", "reason": "Rolling", "message": "half"}]}`), "it is Applying after the time that timeouts gives, and goes on by itself\nConfigured is False (Rolling): half", ""},
	} {
		o, f := resourceOn(t, sessionKind, map[string][]reply{"GET /sessions/s": {applying, c.last}, "GET /operations/op-1": {{200, "", `{"id": "op-1", "state": "failed", "message": "sw1: % Invalid input"}`}}})
		ctx := t.Context()
		if name == "the time is over" {
			ctx, f.third = testkit.Expiring(ctx)
		}
		var diags diag.Diagnostics
		_, err := o.follow(ctx, "s", stored{raw: []byte(applying.body)}, &diags)
		if c.error == "" && err != nil || c.error != "" && (err == nil || !strings.Contains(err.Error(), c.error)) {
			t.Errorf("%s: %v, want %q", name, err, c.error)
		}
		if !strings.Contains(told(diags), c.warns) || c.warns == "" && len(diags) > 0 {
			t.Errorf("%s: %s, want %q", name, told(diags), c.warns)
		}
		if len(f.asked) < 2 {
			t.Errorf("%s: it did not wait", name)
		}
	}
}

// TestAFilterWaitsForItsSessions: what a rollout of one of them ends with is told.
func TestAFilterWaitsForItsSessions(t *testing.T) {
	o, _ := resourceOn(t, filterKind, map[string][]reply{
		"GET /operations/a": {{200, "", `{"id": "a", "state": "running"}`}, {200, "", `{"id": "a", "state": "succeeded"}`}},
		"GET /operations/b": {{200, "", `{"id": "b", "state": "failed", "message": "sw1: % no room"}`}}})
	s := stored{raw: []byte(`{"status": {"rollouts": [{"session": "x", "operation": "a", "state": "running"}, {"session": "y", "operation": "b", "state": "running"}]}}`)}
	if err := o.followFilter(t.Context(), s); err == nil || err.Error() != "session y: sw1: % no room" {
		t.Error(err)
	}
}

// TestGone: a session is gone when it is not found any more.
func TestGone(t *testing.T) {
	deleting := reply{200, `"1"`, `{"name": "s", "spec": {}, "status": {"phase": "Deleting", "conditions": [{"type": "Configured", "status": "False", "reason": "Unreachable", "message": "sw1 is silent"}]}}`}
	o, _ := resourceOn(t, sessionKind, map[string][]reply{"GET /sessions/s": {deleting, deleting, problem(404, "not-found")}})
	if err := o.gone(t.Context(), "s", stored{}); err != nil {
		t.Error(err)
	}
	o, f := resourceOn(t, sessionKind, map[string][]reply{"GET /sessions/s": {deleting}})
	var ctx context.Context
	ctx, f.third = testkit.Expiring(t.Context())
	if err := o.gone(ctx, "s", stored{}); err == nil || !strings.Contains(err.Error(), "still being removed") || !strings.Contains(err.Error(), "sw1 is silent") {
		t.Error(err)
	}
	interrupted, interrupt := context.WithCancel(t.Context())
	o, f = resourceOn(t, sessionKind, map[string][]reply{"GET /sessions/s": {deleting}})
	f.third = interrupt
	if err := o.gone(interrupted, "s", stored{}); err == nil || !strings.Contains(err.Error(), "interrupted: it is still being removed") {
		t.Error(err)
	}
}

// TestWhatIsShownIsShort: of a long text of a device the beginning is shown, and how much more
// there is.
func TestWhatIsShownIsShort(t *testing.T) {
	var long telling
	long.send("sw1", client.Payload{Blocks: []client.Block{{Text: strings.Repeat("line\n", 100)}}})
	if lines := strings.Split(long.String(), "\n"); len(lines) != mostLines+1 || lines[0] != "sw1:" || lines[mostLines] != "and 71 more lines" {
		t.Errorf("%d lines, %q", len(lines), lines[len(lines)-1])
	}
	var p telling
	p.plainPlan(client.Plan{Warnings: []client.Reason{{Code: "load-unknown", Message: "x"}, {Code: "other-trunks", Message: "they will flood", Pointer: "/rspan"}}, Forecast: []client.Forecast{{Tool: "ids", Message: "much"}}})
	if p.String() != "note: they will flood" {
		t.Errorf("%q", p.String())
	}
}
