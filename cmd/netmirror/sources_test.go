package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// labFile is topology-data.json of a lab of virtual switches with these names.
func labFile(t *testing.T, dir string, names ...string) {
	t.Helper()
	var nodes []string
	for i, name := range names {
		nodes = append(nodes, fmt.Sprintf(`%q: {"index": "%d", "shortname": %[1]q, "longname": "clab-shop-%[3]s", "kind": "linux", "mgmt-ipv4-address": "127.0.0.%[4]d", "labels": {"netmirror-driver": "openvswitch:1"}}`, name, i, name, i+10))
	}
	text := `{"name": "shop", "type": "clab", "nodes": {` + strings.Join(nodes, ", ") + `}, "links": []}`
	if err := os.WriteFile(filepath.Join(dir, "topology-data.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The controller itself follows a lab and a NetBox, and what either does not tell for a while
// changes nothing.
func TestTheControllerFollowsItsSources(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	box := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer nbt_key.S3cret":
			w.WriteHeader(http.StatusForbidden)
		case strings.HasSuffix(r.URL.Path, "/devices/"):
			fmt.Fprint(w, `{"count": 1, "next": null, "results": [{"id": 1, "name": "core-1", "display": "core-1", "status": {"value": "active"}, "platform": {"id": 1, "slug": "openvswitch"}, "primary_ip": {"address": "127.0.0.99/8"}}]}`)
		case strings.HasSuffix(r.URL.Path, "/interfaces/") && broken.Load():
			w.WriteHeader(http.StatusForbidden)
		default:
			fmt.Fprint(w, `{"count": 0, "next": null, "results": []}`)
		}
	}))
	t.Cleanup(box.Close)
	dir, token := t.TempDir(), filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("nbt_key.S3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	labFile(t, dir, "sw1", "sw2")
	c := newController(t, "--containerlab", dir, "--netbox", box.URL, "--netbox-token-file", token, "--netbox-interval", "10s")
	c.start()
	devices := func() string {
		out, err := c.cli("", "get", "devices", "-o", "name")
		if err != nil {
			return err.Error()
		}
		return strings.Join(strings.Fields(out), " ")
	}
	eventually := func(what, want string) {
		t.Helper()
		testkit.Eventually(t, patience, what, func() bool { return devices() == want })
	}
	eventually("both are taken", "device/core-1 device/sw1 device/sw2")
	out, err := c.cli("", "import", "netbox", box.URL, "--netbox-token-file", token, "--platform", "openvswitch=cisco_iosxe", "--dry-run")
	want := "device/core-1 would be changed: platform, transports\nno credentials profile for core-1; on the controller's host, and then import again:\n  netmirror credentials set netbox --for 127.0.0.99 --username USER\n1 would be changed\n"
	if err != nil || out != want {
		t.Errorf("%q %v", out, err)
	}
	out, err = c.cli("", "import", "netbox", box.URL, "--netbox-token-file", token, "--oob", "--dry-run")
	if err == nil || !strings.Contains(err.Error(), "1 of the 1 devices") || !strings.Contains(err.Error(), "--shrink says that it is right") || out != "skipped core-1: it has no out-of-band address\n" {
		t.Errorf("%q %v", out, err)
	}
	for _, args := range [][]string{{"--netbox-token-file", filepath.Join(dir, "none")}, {"--netbox-token-file", token, "--netbox-ca", token}} {
		_, err := c.cli("", append([]string{"import", "netbox", box.URL}, args...)...)
		if err == nil || !strings.Contains(err.Error(), "netbox: the file of ") {
			t.Errorf("%v: %v", args, err)
		}
	}
	broken.Store(true)
	if out, err := c.cli("", "import", "netbox", box.URL, "--netbox-token-file", token); err == nil || !strings.Contains(err.Error(), "answers 403") {
		t.Errorf("%q %v", out, err)
	}
	// A file that is being written, then the lab with another switch and without one.
	if err := os.WriteFile(filepath.Join(dir, "topology-data.json"), []byte(`{"name": "sh`), 0o600); err != nil {
		t.Fatal(err)
	}
	labFile(t, dir, "sw2", "sw3")
	eventually("the lab changes", "device/core-1 device/sw1 device/sw2 device/sw3")
	testkit.Eventually(t, patience, "what vanished is retired", func() bool {
		out, _ := c.cli("", "describe", "device", "sw1")
		return strings.Contains(out, "retired")
	})
	if err := os.Remove(filepath.Join(dir, "topology-data.json")); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, patience, "it is told that there is no lab", func() bool { return strings.Contains(c.stderr.String(), "waiting for a lab") })
	testkit.Eventually(t, patience, "it is told that the inventory refuses", func() bool { return strings.Contains(c.stderr.String(), "answers 403") })
	for _, name := range []string{"core-1", "sw2"} {
		if out, err := c.cli("", "describe", "device", name); err != nil || strings.Contains(out, "retired") {
			t.Errorf("%s: %s %v", name, out, err)
		}
	}
	if log := c.stderr.String(); strings.Contains(log, "S3cret") || strings.Contains(log, "nbt_") {
		t.Error("the token is in the log")
	}
	for _, args := range [][]string{{"--netbox", "http://netbox.example", "--netbox-token-file", token}, {"--netbox", box.URL}, {"--netbox", box.URL, "--netbox-token-file", token, "--netbox-filter", "colour=red"},
		{"--netbox", box.URL, "--netbox-token-file", token, "--netbox-interval", "1s"}} {
		if _, err := c.cli("", append([]string{"serve", "--data", t.TempDir()}, args...)...); err == nil || !strings.Contains(err.Error(), "netbox") {
			t.Errorf("%v: %v", args, err)
		}
	}
}
