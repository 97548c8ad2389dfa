package api

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestFilters(t *testing.T) {
	h := newHarness(t)
	const f1 = "/api/v1/filters/f1"
	full := `{"description":"web","rules":[{"action":"deny","protocol":"UDP","source":"10.1.0.0/16","destination":"10.0.0.5","sourcePort":"5060-5061","destinationPort":5060,"vlan":110},
		{"action":"permit","protocol":89},{"action":"permit"}],"labels":{"a":"b"}}`
	h.do("PUT", f1, full).is(201, "Location", f1, "ETag", `"1"`)
	want := mirror.Filter{Name: "f1", Description: "web", Labels: map[string]string{"a": "b"}, Rules: []mirror.FilterRule{
		{Action: "deny", Protocol: "udp", Source: "10.1.0.0/16", Destination: "10.0.0.5", SourcePort: "5060-5061", DestinationPort: "5060", VLAN: 110},
		{Action: "permit", Protocol: "89"}, {Action: "permit"}}}
	if diff := cmp.Diff(want, h.fake.filters["f1"].Filter); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, filterSpecOf(want).domain("f1")); diff != "" {
		t.Errorf("what is read cannot be written back: %s", diff)
	}
	h.do("GET", f1, "").is(200, "ETag", `"1"`).golden("filter")
	h.do("GET", "/api/v1/filters", "").is(200)
	h.do("PUT", f1, full, "If-Match", `"2"`).problem(412, codePrecondition)
	h.do("PUT", f1, `{"rules":[{"action":"permit"}]}`, "If-Match", `"1"`).is(200, "ETag", `"2"`)
	h.do("PATCH", f1, `{"description":"all"}`, "If-Match", `"1"`).problem(412, codePrecondition)
	h.do("PATCH", f1, `{"description":"all"}`, "If-Match", `"2"`).is(200, "ETag", `"3"`)
	if got := h.fake.filters["f1"].Filter; got.Description != "all" || len(got.Rules) != 1 {
		t.Errorf("patched: %+v", got)
	}
	h.fake.started = []mirror.Operation{{ID: "op-1", Session: "s1", State: mirror.OpRunning}}
	h.do("PATCH", f1, `{"description":"web"}`).is(202, "ETag", `"4"`).golden("filter-changed")
	h.fake.started = nil
	h.do("PUT", f1+"?dryRun=true", full).is(200).golden("filter-plan")
	h.do("PATCH", f1+"?dryRun=true", `{"description":"x"}`, "If-Match", `"3"`).problem(412, codePrecondition)
	if v := h.fake.filters["f1"]; v.Version != 4 {
		t.Errorf("a plan is stored: %+v", v)
	}
	h.do("PATCH", f1, `{"rules":null}`).problem(400, codeInvalid)
	h.fake.fail["DeleteFilter"] = mirror.Refuse(mirror.ErrConflict, []mirror.Reason{{Code: "in-use", Message: "session s1 is filtered by it"}})
	h.do("DELETE", f1, "").problem(409, codeConflict)
	delete(h.fake.fail, "DeleteFilter")
	h.do("DELETE", f1, "", "If-Match", "*").is(204)
	h.do("DELETE", f1, "", "If-Match", "*").problem(412, codePrecondition)
	h.do("DELETE", f1, "").problem(404, codeNotFound)
	h.do("GET", f1, "").problem(404, codeNotFound)
}

func TestEveryFaultOfAFilterIsRefusedWithItsPlace(t *testing.T) {
	h := newHarness(t)
	for body, want := range map[string]string{
		`{}`:                            "/rules missing",
		`{"rules":[]}`:                  "/rules missing",
		`{"rules":[{"action":"deny"}]}`: "/rules copies-nothing",
		`{"rules":[{"action":"permit","protocol":true,"destinationPort":1.5,"vlan":0},{"action":"permit","protocol":"","sourcePort":[]}]}`: "/rules/0/protocol wrong-type, /rules/0/vlan out-of-range, /rules/1/protocol empty, " +
			"/rules/1/sourcePort wrong-type, /rules/0/destinationPort out-of-range",
		`{"rules":[{"action":"allow","protocol":"ip","source":"10.0.0.0/33","port":1},{"vlan":4095}]}`: "/rules/0/port unknown-field, /rules/1/vlan out-of-range, /rules/1/action missing, " +
			"/rules/0/action bad-value, /rules/0/protocol bad-value, /rules/0/source bad-address",
		`{"rules":[` + strings.TrimSuffix(strings.Repeat(`{"action":"permit"},`, 257), ",") + `]}`: "/rules too-many",
	} {
		var got []string
		for _, e := range h.do("PUT", "/api/v1/filters/f1", body).problem(400, codeInvalid).Errors {
			got = append(got, e.Pointer+" "+e.Code)
		}
		if all := strings.Join(got, ", "); all != want {
			t.Errorf("%.100s:\n got %s\nwant %s", body, all, want)
		}
	}
	if len(h.fake.filters) != 0 {
		t.Errorf("stored: %v", h.fake.filters)
	}
}
