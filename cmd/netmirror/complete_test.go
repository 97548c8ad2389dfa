package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestTheTabKey asks as a shell does: kinds, names of the controller, contexts.
func TestTheTabKey(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := map[string]any{"items": []any{map[string]any{"name": "web-1"}, map[string]any{"name": "voice"}}, "nextCursor": "x"}
		if r.URL.Query().Get("cursor") == "x" {
			page = map[string]any{"items": []any{map[string]any{"name": "web-2"}}}
		}
		if r.URL.Path == "/api/v1/devices" {
			page = map[string]any{"items": []any{map[string]any{"name": "sw1"}, map[string]any{"name": "sw2"}}}
		}
		if err := json.NewEncoder(w).Encode(page); err != nil {
			t.Error(err)
		}
	}))
	defer srv.Close()
	d := newDesk(t)
	d.env["NETMIRROR_TOKEN"] = "t"
	d.says([]string{"context", "set", "lab", "--server", srv.URL})
	for line, want := range map[string]string{
		"get ":            "controller credentials devices events filters interfaces observed-sessions operations plans sessions tools triggers webhooks all",
		"get sessions ":   "web-1 voice web-2",
		"get session web": "web-1 web-2",
		"get interfaces ": "sw1 sw2",
		"get events ":     "",
		"delete ":         "device filter session tool trigger webhook",
		"watch v":         "voice", "watch voice ": "web-1 web-2", "events ": "session/ device/ tool/ filter/ webhook/ trigger/", "events session/w": "session/web-1 session/web-2",
		"events session/voice ": "", "platforms open": "openvswitch",
		"describe ":                   "device filter session tool trigger webhook",
		"describe tool web-":          "web-1 web-2",
		"delete session v":            "voice",
		"enable v":                    "voice",
		"enable voice ":               "",
		"release sw1 ":                "sw2",
		"devices check ":              "sw1 sw2",
		"adopt new ":                  "sw1 sw2",
		"context use ":                "lab",
		"get sessions --context ":     "lab",
		"get sessions --server x:1 ":  "", // that is none: silence
		"get sessions --context lab ": "web-1 voice web-2",
	} {
		out, err := d.run(append([]string{"__complete"}, strings.Split(line, " ")...)...)
		lines := strings.Split(strings.TrimSpace(out), "\n")
		var got []string
		for _, l := range lines {
			if !strings.HasPrefix(l, ":") && !strings.HasPrefix(l, "Completion ended") {
				name, _, _ := strings.Cut(l, "\t")
				got = append(got, name)
			}
		}
		if text := strings.TrimSpace(strings.Join(got, " ")); err != nil || text != want {
			t.Errorf("%q offers %q (%v), want %q", line, text, err, want)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		d.says([]string{"completion", shell}, "netmirror")
	}
	d.says([]string{"--help"}, "completion")
}
