package ansible

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestALeaseBeginsAnew: as the task says, and only where the write has not done it already; in
// check mode nothing is written.
func TestALeaseBeginsAnew(t *testing.T) {
	t.Parallel()
	needPython(t)
	leased := func(phase string) string {
		return strings.Replace(session(phase, `,"observedGeneration":2`), `"spec":{`, `"spec":{"lease":{"duration":"4h"},`, 1)
	}
	for name, c := range map[string]struct {
		renew, phase string
		etag         string // of the answer to the write
		check        bool
		renewed      bool
		changed      bool
	}{
		"never":                     {"never", "Expired", `"1"`, false, false, false},
		"expired":                   {"expired", "Expired", `"1"`, false, true, true},
		"expired, and it lives":     {"expired", "Active", `"1"`, false, false, false},
		"always":                    {"always", "Active", `"1"`, false, true, true},
		"always, and it is new":     {"always", "Active", `"2"`, false, false, true},
		"expired, in check mode":    {"expired", "Expired", `"1"`, true, false, true},
		"nothing to do, as a check": {"expired", "Active", `"1"`, true, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stored := leased(c.phase)
			plan := answer(200, "", strings.Replace(strings.Replace(stored, `"status":`, `"was":`, 1), `{`, `{"devices":[],"fragments":[],`, 1))
			f := newFake(t, httptest.NewServer, map[string][]http.HandlerFunc{
				"GET /sessions/s": {answer(200, `"1"`, stored)}, "PUT /sessions/s": {answer(200, c.etag, stored)},
				"PUT /sessions/s?dryRun=true": {plan}, "POST /sessions/s:renew?dryRun=true": {plan}, "POST /sessions/s:renew": {answer(200, `"2"`, leased("Active"))}})
			args := map[string]any{"url": f.URL, "renew": c.renew, "lease": map[string]any{"duration": "4h"}}
			if c.check {
				args["_ansible_check_mode"] = true
			}
			got, raw := module(t, "session", args)
			if changed, _ := got["changed"].(bool); changed != c.changed || got["failed"] == true {
				t.Errorf("changed %v, want %v: %s", changed, c.changed, raw)
			}
			if n := f.count("POST /sessions/s:renew {") == 1; n != c.renewed {
				t.Errorf("renewed %v, want %v: %q", n, c.renewed, f.asked)
			}
			if c.check && (f.count("PUT /sessions/s {") > 0 || f.count("POST /sessions/s:renew {") > 0) {
				t.Errorf("check mode wrote: %q", f.asked)
			}
		})
	}
}
