package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A dry run of a whole file stores none of its devices, so its sessions do not find
// them; it says so.
func TestADryRunSaysWhyItFindsNothing(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !r.URL.Query().Has("dryRun") {
			t.Errorf("sent %s %s", r.Method, r.URL)
		}
		w.WriteHeader(http.StatusUnprocessableEntity)
		_ = json.NewEncoder(w).Encode(map[string]any{"title": "This cannot be done here", "status": 422, "code": "cannot-be-done",
			"errors": []any{map[string]any{"pointer": "/sources/0/device", "message": `there is no device "a"`}}})
	}))
	defer api.Close()
	c := &controller{t: t, url: api.URL, token: "t"}
	const session = "sessions: [{name: x, sources: [{device: a, interface: b}], destinations: [{tool: t}]}]\n"
	const hint = "a dry run stores nothing"
	for file, told := range map[string]bool{session: false, "devices: [{name: a, platform: openvswitch}]\n" + session: true} {
		if _, err := c.cli(file, "apply", "--dry-run", "-f", "-"); err == nil || strings.Contains(err.Error(), hint) != told {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestAnObservedTunnelTellsItsCollector(t *testing.T) {
	tunnel := resource{"native": map[string]any{"destinations": []any{}, "collector": "192.0.2.50"}}
	local := resource{"native": map[string]any{"destinations": []any{"Ethernet47", "Ethernet48"}}}
	for _, c := range tables["observed-sessions"] {
		if c.head != "DESTINATIONS" {
			continue
		}
		if a, b := c.text(tunnel), c.text(local); a != "192.0.2.50" || b != "Ethernet47, Ethernet48" {
			t.Errorf("%q, %q", a, b)
		}
		return
	}
	t.Error("there is no column of destinations")
}
