package api

import (
	"net/http"
	"slices"
	"testing"
)

// TestDryRunsOfEntries: a dry run asks for a plan of the same write, and writes nothing.
func TestDryRunsOfEntries(t *testing.T) {
	h := newHarness(t)
	device := `{"platform":"test","transports":{"config":{"protocol":"cli","address":"192.0.2.1","credentials":"lab"}}}`
	h.do("PUT", "/api/v1/devices/sw1", device, asAdmin()...).is(http.StatusCreated)
	h.do("PUT", "/api/v1/tools/t1", `{"ip":"192.0.2.9"}`).is(http.StatusCreated)
	h.do("PUT", "/api/v1/filters/f1", `{"rules":[{"action":"permit"}]}`).is(http.StatusCreated)
	hook := `{"url":"https://hook.example/x"}`
	h.do("PUT", "/api/v1/webhooks/w1", hook, asAdmin()...).is(http.StatusCreated)
	trigger := `{"format":"json","from":{"device":{"path":"d"},"interface":{"path":"i"}},"allow":[{"devices":["sw1"],"interfaces":["p1"]}],"lease":"1h",
		"session":{"sources":[{"device":"{device}","interface":"{interface}"}],"destinations":[{"tool":"t1"}]}}`
	h.do("PUT", "/api/v1/triggers/tr1", trigger, asAdmin()...).is(http.StatusCreated)
	for _, x := range []struct{ method, path, body, call, kind, action string }{
		{"PUT", "/api/v1/devices/sw1", device, "PlanDevice", "device", "changed"},
		{"PUT", "/api/v1/devices/sw2", device, "PlanDevice", "device", "created"},
		{"PATCH", "/api/v1/devices/sw1", `{"mode":"observe"}`, "PlanDevice", "device", "changed"},
		{"DELETE", "/api/v1/devices/sw1", "", "PlanDelete", "device", "deleted"},
		{"PUT", "/api/v1/tools/t1", `{"ip":"192.0.2.8"}`, "PlanTool", "tool", "changed"},
		{"PUT", "/api/v1/tools/t2", `{"ip":"192.0.2.8"}`, "PlanTool", "tool", "created"},
		{"PATCH", "/api/v1/tools/t1", `{"owner":"soc"}`, "PlanTool", "tool", "changed"},
		{"DELETE", "/api/v1/tools/t1", "", "PlanDelete", "tool", "deleted"},
		{"DELETE", "/api/v1/filters/f1", "", "PlanDelete", "filter", "deleted"},
		{"PUT", "/api/v1/webhooks/w1", hook, "PlanWebhook", "webhook", "changed"},
		{"PUT", "/api/v1/webhooks/w2", hook, "PlanWebhook", "webhook", "created"},
		{"PATCH", "/api/v1/webhooks/w1", `{"enabled":false}`, "PlanWebhook", "webhook", "changed"},
		{"DELETE", "/api/v1/webhooks/w1", "", "PlanDelete", "webhook", "deleted"},
		{"PUT", "/api/v1/triggers/tr1", trigger, "PlanTrigger", "trigger", "changed"},
		{"PUT", "/api/v1/triggers/tr2", trigger, "PlanTrigger", "trigger", "created"},
		{"PATCH", "/api/v1/triggers/tr1", `{"enabled":false}`, "PlanTrigger", "trigger", "changed"},
		{"DELETE", "/api/v1/triggers/tr1", "", "PlanDelete", "trigger", "deleted"},
	} {
		calls := len(h.fake.called())
		headers := asAdmin()
		if x.method == "PATCH" {
			headers = append(headers, "Content-Type", mediaMergePatch)
		}
		got := h.do(x.method, x.path+"?dryRun=true", x.body, headers...).is(http.StatusOK)
		p := decodeReply[EntryPlan](got)
		if p.Kind != x.kind || p.Action != x.action || (p.Before == nil) != (x.action == "created") || (p.After == nil) != (x.action == "deleted") {
			t.Errorf("%s %s: %s", x.method, x.path, got.body)
		}
		if got.header.Get("ETag") != "" || got.header.Get("Location") != "" {
			t.Errorf("%s %s: %v", x.method, x.path, got.header)
		}
		if list := h.fake.called()[calls:]; list[len(list)-1] != x.call || slices.ContainsFunc(list, func(c string) bool { return c[:3] == "Put" || c[:3] == "Del" }) {
			t.Errorf("%s %s calls %q", x.method, x.path, list)
		}
		if x.action != "created" {
			h.do(x.method, x.path+"?dryRun=true", x.body, append(headers, "If-Match", `"7"`)...).problem(http.StatusPreconditionFailed, codePrecondition)
		}
	}
	h.do("PUT", "/api/v1/devices/sw1?dryRun=true", device, asAdmin()...).is(http.StatusOK).golden("device-plan")
	h.do("DELETE", "/api/v1/tools/none?dryRun=true", "").problem(http.StatusNotFound, codeNotFound)
	h.do("PUT", "/api/v1/devices/sw1?dryRun=true", device).problem(http.StatusForbidden, codeForbidden)
	h.do("PUT", "/api/v1/tools/t1?dryRun=true", `{"ip":"192.0.2.8","devise":"x"}`).problem(http.StatusBadRequest, codeInvalid)
	h.do("DELETE", "/api/v1/tools/t1?dryRun=maybe", "").problem(http.StatusBadRequest, codeInvalid)
	h.do("GET", "/api/v1/tools/t1", "").is(http.StatusOK)
}
