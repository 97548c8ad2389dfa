package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/client"
)

// A refusal for load is told with its terms and with what would be accepted; the load
// of a session, end by end.
func TestTheLoadIsTold(t *testing.T) {
	t.Parallel()
	var p client.Problem
	err := json.Unmarshal([]byte(`{"title":"The destination cannot carry the copies","status":422,"code":"oversubscribed",
		"errors":[{"pointer":"/destinations/0","message":"sw1 d1: 900 Mbit/s offered"}],
		"forecast":[{"device":"sw1","interface":"d1","verdict":"refuse","terms":[
			{"session":"a","device":"sw1","source":"p1","direction":"rx","offered":500000000,"how":"the last hour"},
			{"session":"a","device":"sw1","source":"p2","direction":"rx","unknown":"nobody counts"}]}],
		"proposals":[{"kind":"rx-only","message":"copy rx alone","patch":{"truncate":64},"offered":500000000,"limit":800000000}]}`), &p)
	if err != nil {
		t.Fatal(err)
	}
	text := explained(&p).Error()
	for _, want := range []string{"load of sw1 d1:", "sw1 p1 rx, session a: 500 Mbit/s (the last hour)", "sw1 p2 rx, session a: not known: nobody counts",
		"would be accepted (rx-only): copy rx alone", `patch: {"truncate":64}`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	var out strings.Builder
	if err := loadOf(json.RawMessage(`{"status":{"forecast":[{"tool":"ids","device":"sw1","interface":"d1","admitted":"True","message":"500 Mbit/s offered"},{"ip":"192.0.2.9","admitted":"Unknown","message":"not known"}]}}`), &out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "load: tool ids at sw1 d1, fits: 500 Mbit/s offered\nload: 192.0.2.9, not known whether it fits: not known\n" {
		t.Errorf("%s", got)
	}
}

func TestWhatAToolTakesIsTold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		spec map[string]any
		want string
	}{
		{map[string]any{}, ""},
		{map[string]any{"capacity": 5e8}, "500M"},
		{map[string]any{"maxUtilization": 0.5}, "x 0.5"},
		{map[string]any{"capacity": 1e10, "maxUtilization": 0.5}, "10G x 0.5"},
	} {
		if got := toolTakes(resource{"spec": tt.spec}); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.spec, got, tt.want)
		}
	}
}
