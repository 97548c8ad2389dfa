package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestApplyDoesNotFollowWhatIsQueued: the rollout of a session that waits for a
// device may take days; what was accepted is said, and why it waits.
func TestApplyDoesNotFollowWhatIsQueued(t *testing.T) {
	t.Parallel()
	const why = "accepted on what was last known, decided when the device is back: device sw1: connect: no route to host"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.URL.Path == "/api/v1/sessions/a" {
			w.WriteHeader(http.StatusNotFound)
			_ = json.NewEncoder(w).Encode(map[string]any{"status": 404, "code": "not-found"})
			return
		}
		if r.Method != http.MethodPut {
			t.Errorf("%s %s: the rollout is followed", r.Method, r.URL.Path)
		}
		w.Header().Set("Location", "/api/v1/operations/op-1")
		w.WriteHeader(http.StatusAccepted)
		body := map[string]any{"name": "a", "status": map[string]any{"phase": "Pending", "generation": 1,
			"conditions": []map[string]string{{"type": "Admitted", "status": "Unknown", "reason": "DeviceUnreachable", "message": why}}}}
		if err := json.NewEncoder(w).Encode(body); err != nil {
			t.Error(err)
		}
	}))
	defer srv.Close()
	c := &controller{t: t, url: srv.URL, token: "t"}
	text, err := c.cli("sessions: [{name: a}]", "apply", "-f", "-")
	if err != nil || !strings.Contains(text, "session/a created: Pending, generation 1") || !strings.Contains(text, "queued: "+why) {
		t.Errorf("%q %v", text, err)
	}
}

// TestADeletionThatWaitsSaysWhy: on which device it waits, and the way out.
func TestADeletionThatWaitsSaysWhy(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := map[string]any{"state": "running"}
		if r.Method == http.MethodDelete {
			w.Header().Set("Location", "/api/v1/operations/op-1")
			w.WriteHeader(http.StatusAccepted)
		} else if r.URL.Path == "/api/v1/sessions/a" {
			body = map[string]any{"name": "a", "status": map[string]any{"phase": "Deleting", "generation": 2,
				"conditions": []map[string]string{{"type": "Configured", "status": "Unknown", "reason": "Unreachable", "message": "sw1: no route to host"},
					{"type": "Persisted", "status": "False", "reason": "NotSaved", "message": "an old story"}}}}
		}
		if err := json.NewEncoder(w).Encode(body); err != nil {
			t.Error(err)
		}
	}))
	defer srv.Close()
	c := &controller{t: t, url: srv.URL, token: "t"}
	out, err := c.cli("", "delete", "session", "a", "--timeout", "300ms")
	if err == nil || !strings.Contains(out, "sw1: no route to host") || !strings.Contains(out, "--orphan") || strings.Contains(out, "old story") {
		t.Errorf("%v\n%s", err, out)
	}
}
