package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

const plainTrigger = `{"format":"alertmanager","from":{"device":{"path":"labels.device"},"interface":{"path":"labels.ifName"}},"allow":[{"devices":["acc-*"],"interfaces":["*"]}],
	"session":{"sources":[{"device":"{device}","interface":"{interface}"}],"destinations":[{"tool":"ids-1"}]},"lease":"1h"}`

const fullTrigger = `{"description":"scans","format":"eve","from":{"device":{"path":"/src_ip","map":{"10.0.0.5":"acc-1"}},"interface":{"path":"in.port","pattern":"^port (.*)$","value":"Gi1/0/1"},
		"direction":{"value":"rx"},"reason":{"path":"alert.signature"}},
	"match":{"alert.severity":["1","2"]},"allow":[{"devices":["acc-1"],"interfaces":["Gi1/0/1-24"]}],
	"session":{"description":"{reason} on {interface}","sources":[{"device":"{device}","interface":"{interface}","direction":"{direction}"}],"destinations":[{"device":"{device}","interface":"Gi1/0/48"}],
		"purpose":{"reason":"{reason}","ticket":"{trigger}"},"labels":{"port":"{interface}"}},
	"sessionName":"x-{device}-{interface}","lease":"30m","maxAge":"4h","rest":"2h","keep":"6h","maxSessions":3,"rate":20,"enabled":false,"labels":{"a":"b"}}`

func TestTriggers(t *testing.T) {
	h := newHarness(t)
	const path = "/api/v1/triggers/ids"
	h.do("PUT", path, fullTrigger, asAdmin()...).is(201, "Location", path, "ETag", `"1"`)
	got := h.fake.triggers["ids"].Trigger
	want := mirror.Trigger{Name: "ids", Description: "scans", Format: mirror.FormatEVE,
		From: map[string]mirror.Pick{"device": {Path: "/src_ip", Map: map[string]string{"10.0.0.5": "acc-1"}}, "interface": {Path: "in.port", Pattern: "^port (.*)$", Value: "Gi1/0/1"},
			"direction": {Value: "rx"}, "reason": {Path: "alert.signature"}},
		Match: map[string][]string{"alert.severity": {"1", "2"}}, Allow: []mirror.Allowed{{Devices: []string{"acc-1"}, Interfaces: []string{"Gi1/0/1-24"}}},
		Session: mirror.Session{Description: "{reason} on {interface}", Sources: []mirror.Source{{Device: "{device}", Interface: "{interface}", Direction: "{direction}"}},
			Destinations: []mirror.Destination{{Device: "{device}", Interface: "Gi1/0/48"}}, Purpose: &mirror.Purpose{Reason: "{reason}", Ticket: "{trigger}"},
			Labels: map[string]string{"port": "{interface}"}, Enabled: true}.WithDefaults(),
		SessionName: "x-{device}-{interface}", Lease: 30 * time.Minute, MaxAge: 4 * time.Hour, Rest: 2 * time.Hour, Keep: 6 * time.Hour, MaxSessions: 3, Rate: 20, Disabled: true, Labels: map[string]string{"a": "b"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, triggerSpecOf(want).domain("ids")); diff != "" {
		t.Errorf("what is read cannot be written back: %s", diff)
	}
	v := h.fake.triggers["ids"]
	v.Alive, v.Starts = []string{"x-acc-1-gi1-0-1"}, 1
	v.State = mirror.TriggerState{Posts: 7, Started: 2, Renewed: 3, Refused: 1, Ignored: 9, Last: testTime, LastBy: "trigger/ids/suricata", RefuseAt: testTime, Refusal: []mirror.Reason{{Code: "not-allowed", Message: "m"}}}
	h.fake.triggers["ids"] = v
	h.do("GET", path, "").is(200, "ETag", `"1"`).golden("trigger")
	h.do("GET", "/api/v1/triggers", "").is(200)
	h.do("PATCH", path, `{"enabled":true,"maxAge":null,"rest":null}`, asAdmin("If-Match", `"1"`)...).is(200, "ETag", `"2"`)
	if got := h.fake.triggers["ids"].Trigger; got.Disabled || got.MaxAge != 0 || got.Rest != 0 || got.Lease != want.Lease {
		t.Errorf("patched: %+v", got)
	}
	h.do("PUT", path, plainTrigger, asAdmin("If-Match", `"1"`)...).problem(412, codePrecondition)
	h.do("DELETE", path, "", asAdmin("If-Match", `"9"`)...).problem(412, codePrecondition)
	h.do("DELETE", path, "", asAdmin()...).is(204)
	h.do("GET", path, "").problem(404, codeNotFound)
	h.do("POST", path, `{}`).problem(404, codeNotFound)
}

func TestAFiredTriggerTellsOfEachAlert(t *testing.T) {
	h := newHarness(t)
	const path = "/api/v1/triggers/ids"
	h.do("PUT", path, plainTrigger, asAdmin()...).is(201)
	h.fake.fired = engine.FiredAll{Wait: 90500 * time.Millisecond, Alerts: []engine.Fired{
		{Result: engine.AlertStarted, Device: "acc-1", Interface: "GigabitEthernet1/0/14", Session: "ids-acc-1-gigabitethernet1-0-14", Expires: testTime, Operation: "op-1"},
		{Result: engine.AlertRefused, Device: "acc-1", Interface: "GigabitEthernet1/0/15", Session: "ids-acc-1-gigabitethernet1-0-15", Reasons: []mirror.Reason{{Code: "rate", Message: "m"}}},
		{Result: engine.AlertIgnored, Reasons: []mirror.Reason{{Code: "resolved", Message: "m"}}}}}
	h.do("POST", path, `{"version":"4"}`).is(200, "Retry-After", "91").golden("fired")
	h.fake.fired = engine.FiredAll{}
	if got := decodeReply[FiredAlerts](h.do("POST", path+"?dryRun=true", `[]`).is(200, "Retry-After", "")); !got.DryRun || got.Alerts == nil {
		t.Errorf("dry run: %+v", got)
	}
	h.fake.fail["FireTrigger"] = &engine.TriggerBusy{Wait: 20 * time.Minute, Reasons: []mirror.Reason{{Code: "rate", Message: "m"}}}
	p := h.do("POST", path, `{}`).is(http.StatusTooManyRequests, "Retry-After", "1200", "Content-Type", mediaProblem).problem(http.StatusTooManyRequests, codeTriggerRate)
	if len(p.Errors) != 1 || p.RequestID == "" || !strings.Contains(p.Detail, "20m") {
		t.Errorf("busy: %+v", p)
	}
	h.fake.fail["FireTrigger"] = mirror.Refuse(mirror.ErrUnsupported, []mirror.Reason{{Pointer: "/version", Code: "bad-value", Message: "m"}})
	h.do("POST", path, `{}`).problem(http.StatusUnprocessableEntity, "cannot-be-done")
	h.do("POST", path, "", "Content-Type", mediaJSON).problem(http.StatusBadRequest, codeInvalid)
}

// A token of a trigger fires that, learns what it is, and nothing else.
func TestATokenOfATriggerDoesNothingElse(t *testing.T) {
	h := newHarness(t)
	for _, name := range []string{"ids", "soc"} {
		h.do("PUT", "/api/v1/triggers/"+name, plainTrigger, asAdmin()...).is(201)
	}
	as := []string{"Authorization", "Bearer " + firerToken}
	h.do("POST", "/api/v1/triggers/ids", `{}`, as...).is(200)
	h.do("GET", "/api/v1/whoami", "", as...).is(200)
	h.fake.calls = nil
	for route, item := range h.api.OpenAPI().Paths {
		path := strings.NewReplacer("{name}", "ids", "{source}", "netbox", "{id}", "1").Replace(route)
		for method, op := range map[string]bool{"GET": item.Get != nil, "PUT": item.Put != nil, "PATCH": item.Patch != nil, "POST": item.Post != nil, "DELETE": item.Delete != nil} {
			if !op || !strings.HasPrefix(path, Base) || path == Base+"/whoami" || method == "POST" && path == Base+"/triggers/ids" {
				continue
			}
			if p := h.do(method, path, `{}`, as...).problem(http.StatusForbidden, codeForbidden); !strings.Contains(p.Detail, "the token has trigger of ids") {
				t.Errorf("%s %s: %s", method, path, p.Detail)
			}
		}
	}
	h.do("POST", "/api/v1/triggers/soc", `{}`, as...).problem(http.StatusForbidden, codeForbidden)
	if calls := slices.DeleteFunc(h.fake.called(), func(c string) bool { return c == "Authenticate" }); len(calls) > 0 {
		t.Errorf("it reached %v", calls)
	}
}

func TestEveryFaultOfATriggerIsRefusedWithItsPlace(t *testing.T) {
	h := newHarness(t)
	with := func(old, new string) string {
		if !strings.Contains(plainTrigger, old) {
			t.Fatalf("the trigger has no %s", old)
		}
		return strings.Replace(plainTrigger, old, new, 1)
	}
	for body, want := range map[string]string{
		`{}`:                                                                    "/allow missing, /format missing, /from missing, /lease missing, /session missing",
		with(`"alertmanager"`, `"nagios"`):                                      "/format bad-value",
		with(`"1h"`, `"500ms"`):                                                 "/lease out-of-range",
		with(`"1h"`, `"1h","maxAge":"30m"`):                                     "/maxAge out-of-range",
		with(`"1h"`, `"1h","rest":"30m"`):                                       "/rest contradiction",
		with(`"1h"`, `"1h","maxSessions":1000`):                                 "/maxSessions out-of-range",
		with(`[{"devices":["acc-*"],"interfaces":["*"]}]`, `[]`):                "/allow missing",
		with(`["acc-*"]`, `["acc?"]`):                                           "/allow/0/devices/0 bad-characters",
		with(`["*"]`, `["Gi1;reload"]`):                                         "/allow/0/interfaces/0 bad-characters",
		with(`["*"]`, `[]`):                                                     "/allow/0/interfaces out-of-range",
		with(`{"path":"labels.ifName"}`, `{}`):                                  "/from/interface missing",
		with(`{"path":"labels.ifName"}`, `{"path":"x","pattern":"("}`):          "/from/interface/pattern bad-value",
		with(`{"path":"labels.ifName"}`, `{"value":"Gi1/0/1","map":{"a":"b"}}`): "/from/interface contradiction",
		with(`"interface":"{interface}"`, `"interface":"Gi1/0/1"`):              "/session/sources missing, /session/sources/0 contradiction, /session/sources/0/device bad-name",
		with(`"sources":[{"device":"{device}","interface":"{interface}"}]`, `"sources":[]`): "/session/sources missing",
		with(`{"tool":"ids-1"}`, `{"device":"{device}","interface":"{interface}"}`):         "/session/destinations/0/interface bad-characters",
		with(`"destinations"`, `"lease":{"duration":"1h"},"destinations"`):                  "/session/lease contradiction",
		with(`"destinations"`, `"enabled":false,"destinations"`):                            "/session/enabled contradiction",
		with(`"destinations"`, `"nativeId":"7","destinations"`):                             "/session/nativeId contradiction",
		with(`"destinations"`, `"description":"{port}","destinations"`):                     "/session/description unknown-placeholder",
		with(`"destinations"`, `"labels":{"why":"{reason}"},"destinations"`):                "/session/labels/why unknown-placeholder",
		with(`"1h"`, `"1h","sessionName":"one"`):                                            "/sessionName contradiction",
		with(`"1h"`, `"1h","sessionName":"{reason}"`):                                       "/sessionName unknown-placeholder",
		strings.Replace(with(`"1h"`, `"1h","endOnResolve":true`), "alertmanager", "eve", 1): "/endOnResolve contradiction",
	} {
		var got []string
		for _, e := range h.do("PUT", "/api/v1/triggers/ids", body, asAdmin()...).problem(400, codeInvalid).Errors {
			got = append(got, e.Pointer+" "+e.Code)
		}
		slices.Sort(got)
		if got := strings.Join(got, ", "); got != want {
			t.Errorf("%s: %s\nwant %s", body, got, want)
		}
	}
}
