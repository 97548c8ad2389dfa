package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
)

// TestTheCommandLine applies, shows and deletes a session from YAML.
func TestTheCommandLine(t *testing.T) {
	t.Parallel()
	s := newSite(t, "--resync", "1h")
	s.start()
	manifest := fmt.Sprintf(`
devices:
  - name: sw1
    platform: openvswitch
    transports: {config: {protocol: ovsdb, address: %s, bridge: %s}}
tools:
  - {name: ids-1, device: sw1, interface: %s}
filters:
  - name: web
    rules:
      - {action: deny, source: 10.0.0.0/8, vlan: 110}
      - {action: permit, protocol: tcp, destinationPort: 443}
      - {action: permit, protocol: 89}
sessions:
  - name: phones
    labels: {team: voice}
    sources: [{device: sw1, interface: %s, direction: rx}]
    destinations: [{tool: ids-1}]
`, s.lab.Socket(), s.bridge, s.tool.Port, s.a.Port)
	expect := func(stdin string, want []string, args ...string) {
		t.Helper()
		out, err := s.cli(stdin, args...)
		if err != nil {
			t.Errorf("netmirror %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("netmirror %s: %q is missing in\n%s", strings.Join(args, " "), w, out)
			}
		}
	}
	expect(manifest, []string{"device/sw1 created", "tool/ids-1 created", "filter/web created", "session/phones created: Active, generation 1", "4 objects: 4 created"}, "apply", "-f", "-")
	expect(manifest, []string{"device/sw1 unchanged", "session/phones unchanged: Active, generation 1", "4 objects: 4 unchanged"}, "apply", "-f", "-")
	expect(strings.Replace(manifest, "direction: rx", "direction: both", 1), []string{"nothing was stored or sent", "select_dst_port"}, "apply", "--dry-run", "-f", "-")
	expect("", []string{"phones", "Active", "sw1:" + s.a.Port + " rx", "ids-1"}, "get", "sessions", "-o", "wide")
	expect("", []string{"name: phones", "phase: Active", "team: voice"}, "get", "session", "phones", "-o", "yaml", "--status")
	expect("", []string{`"openvswitch"`}, "get", "devices", "-o", "json")
	expect("", []string{"sw1", "openvswitch", "True", "Open vSwitch", "3."}, "get", "devices", "-o", "wide")
	expect("", []string{"ids-1", s.tool.Port}, "get", "tools")
	expect("", []string{"web", "deny all from 10.0.0.0/8 to any in VLAN 110; permit tcp from any to any port 443; permit 89 from any to any"}, "get", "filters", "-o", "wide")
	expect("", []string{s.a.Port, "addressed"}, "get", "interfaces", "sw1", "-o", "wide")
	expect("", []string{"netmirror", "phones"}, "get", "observed-sessions", "-o", "wide")
	expect("", []string{"succeeded", "phones"}, "get", "operations", "phones")
	expect("", []string{"SessionAccepted", "RolloutSucceeded", "copies sw1 " + s.a.Port + " (rx) to tool ids-1 at sw1 " + s.tool.Port + ", span"}, "get", "events", "-o", "wide")
	expect("", []string{"session/phones deleted"}, "delete", "session", "phones")
	if got := s.mirrors(); len(got) != 0 {
		t.Errorf("mirrors %v", got)
	}

	for what, c := range map[string]struct {
		stdin string
		args  []string
		want  string
	}{
		"no filter":     {strings.Replace(manifest, "destinations:", "filter: ftp\n    destinations:", 1), []string{"apply", "-f", "-"}, `there is no filter "ftp"`},
		"no filtering":  {strings.Replace(manifest, "destinations:", "filter: web\n    destinations:", 1), []string{"apply", "-f", "-"}, "platform openvswitch cannot filter by rules"},
		"gone":          {"", []string{"get", "session", "phones"}, "404"},
		"unknown field": {"colour: red", []string{"apply", "-f", "-"}, "colour"},
		"no name":       {"sessions: [{kind: span}]", []string{"apply", "-f", "-"}, "sessions[0] has no name"},
		"empty":         {"", []string{"apply", "-f", "-"}, "no devices, tools, filters, sessions, webhooks or triggers"},
		"no file":       {"", []string{"apply", "-f", "/does/not/exist"}, "no such file"},
		"refused":       {strings.Replace(manifest, s.a.Port, "nope", 1), []string{"apply", "-f", "-"}, "1 of 4 objects refused or failed"},
		"no such kind":  {"", []string{"get", "nonsense"}, "observed-sessions"},
		"of which":      {"", []string{"get", "interfaces"}, "of which device"},
		"no such role":  {"", []string{"token", "create", "x", "--role", "king", "--data", s.data}, "king"},
	} {
		out, err := s.cli(c.stdin, c.args...)
		if err == nil || !strings.Contains(err.Error()+out, c.want) {
			t.Errorf("%s: %v\n%s", what, err, out)
		}
	}
	expect("", []string{"filter/web deleted"}, "delete", "filter", "web")
}

// TestTheLabTakesTheFileOfItsHelp, so that it can be copied from there.
func TestTheLabTakesTheFileOfItsHelp(t *testing.T) {
	t.Parallel()
	spec, err := lab.Load(strings.NewReader(labExample))
	if err != nil || len(spec.Fabric.Switches) != 9 {
		t.Errorf("%+v %v", spec, err)
	}
	for _, p := range lab.Platforms() {
		if !slices.ContainsFunc(spec.Fabric.Switches, func(s lab.SwitchSpec) bool { return s.Platform == p }) {
			t.Errorf("no switch of %s is in it", p)
		}
	}
	var out strings.Builder
	if err := run(t.Context(), []string{"lab", "--help"}, console{strings.NewReader(""), &out, io.Discard, func(string) (string, bool) { return "", false }}); err != nil || !strings.Contains(out.String(), shifted(labExample)) {
		t.Errorf("%v %s", err, out.String())
	}
}

// TestTheInventoryFile brings in devices that the API must not change, and
// retires what vanishes.
func TestTheInventoryFile(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/inventory.yaml"
	write := func(names ...string) {
		text := "devices:\n"
		for _, n := range names {
			text += fmt.Sprintf("  - {name: %s, platform: openvswitch, transports: {config: {protocol: ovsdb, address: 127.0.0.1, port: 1}}}\n", n)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one", "two")
	c := newController(t, "--inventory", path)
	c.start()
	if a := c.call("GET", "/devices", "", 200); !strings.Contains(a.String(), `"managedBy":"file"`) {
		t.Errorf("devices %s", a)
	}
	c.call("PUT", "/devices/one", `{"platform":"openvswitch","transports":{"config":{"protocol":"ovsdb","address":"127.0.0.1","port":2}}}`, 409)
	c.stop()
	write("one")
	c.start()
	if a := c.call("GET", "/devices/two", "", 200); !strings.Contains(a.String(), `"retired":true`) {
		t.Errorf("device %s", a)
	}
	c.stop()
	if err := os.WriteFile(path, []byte("devices: [{name: BAD}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := c.cli("", "serve", "--data", c.data, "--inventory", path, "--listen", "127.0.0.1:0")
	if err == nil || !strings.Contains(err.Error(), "/devices/0/name") || !strings.Contains(err.Error(), "/devices/0/platform") {
		t.Errorf("a faulty file: %v %s", err, out)
	}
}

// TestTwoControllersNeverShareOneDatabase and other faults of the start.
func TestFaultsOfTheStart(t *testing.T) {
	t.Parallel()
	c := newController(t)
	c.start()
	for what, args := range map[string][]string{
		"in use by another": {"serve", "--data", c.data, "--listen", "127.0.0.1:0"},
		"tls-cert":          {"serve", "--data", t.TempDir(), "--listen", "0.0.0.0:0"},
		"neither full nor":  {"serve", "--data", t.TempDir(), "--mode", "maybe"},
		"no setting":        {"serve", "--data", t.TempDir(), "--config", configFile(t, "colour: red\n")},
		"shorter than":      {"serve", "--data", t.TempDir(), "--config", configFile(t, "resync: 1ms\n")},
	} {
		out, err := c.cli("", args...)
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%v: %v %s; want %q", args, err, out, what)
		}
	}
}

func configFile(t *testing.T, text string) string {
	t.Helper()
	path := t.TempDir() + "/netmirror.yaml"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
