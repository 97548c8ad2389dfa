package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/client"
)

// TestTheTableOfInterfaces is in the order of the numbers and says which mirror
// sessions end at a port, whoever made them.
func TestTheTableOfInterfaces(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		items := []map[string]any{{"name": "Gi1/0/1", "uses": []any{}}, {"name": "Gi1/0/10", "uses": []any{map[string]any{"kind": "trunk", "detail": "by hand"}}}, {"name": "Gi1/0/2"}}
		if strings.HasSuffix(r.URL.Path, "/observed-sessions") {
			items = []map[string]any{
				{"id": "1", "owner": "foreign", "native": map[string]any{"destinations": []string{"Gi1/0/10"}}},
				{"id": "66", "owner": "netmirror", "sessions": []string{"phones"}, "native": map[string]any{"destinations": []string{"Gi1/0/2"}}}}
		}
		var answer any = map[string]any{"items": items}
		if r.URL.Path == client.Base+"/devices/sw1" {
			answer = map[string]any{"name": "sw1", "status": map[string]any{"observedAt": "2030-01-31T18:00:00Z", "reachable": map[string]any{"status": "True"}}}
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	defer srv.Close()
	cl, err := dial(client.Options{URL: srv.URL, Token: "token"})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	g := getting{f: &clientFlags{console: console{out: &out, env: func(string) (string, bool) { return "", false }}}, output: "wide"}
	if err := g.run(t.Context(), cl, []asking{{"interfaces", []string{"sw1"}}}); err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, line := range strings.Split(out.String(), "\n")[1:] {
		rows = append(rows, strings.Join(strings.Fields(line), " "))
	}
	want := []string{"Gi1/0/1", "Gi1/0/2 destination: native session 66 (phones)", "Gi1/0/10 trunk: by hand; destination: native session 1 (foreign)", ""}
	if fmt.Sprint(rows) != fmt.Sprint(want) {
		t.Errorf("rows %q", rows)
	}
}

func TestPortsInTheOrderOfTheirNumbers(t *testing.T) {
	t.Parallel()
	for _, names := range [][2]string{{"Gi1/0/2", "Gi1/0/10"}, {"Gi1/0/48", "Te1/1/1"}, {"Gi1/0/1", "Gi2/0/1"}, {"eth1", "eth1.5"}, {"a", "b"}} {
		if byNumbers(names[0], names[1]) >= 0 || byNumbers(names[1], names[0]) <= 0 || byNumbers(names[0], names[0]) != 0 {
			t.Errorf("%v", names)
		}
	}
}
