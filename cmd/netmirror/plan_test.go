package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAPlanOfAWholeFile plans devices, tools and sessions that nobody has stored, applies
// the plan as it stands, and finds a plan stale that a person's hand has overtaken.
func TestAPlanOfAWholeFile(t *testing.T) {
	t.Parallel()
	l := startLab(t, "fabric:\n  switches: [{name: acc-1, platform: cisco_iosxe, credentials: [{username: netmirror, password: demo, privilege: 15}]}]\n")
	sw := l.Switch("acc-1")
	c := newController(t, "--resync", "1h")
	c.start("NM_PW=demo")
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	host, port, err := net.SplitHostPort(sw.Addr())
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("1-devices.yaml", fmt.Sprintf("devices:\n  - name: acc-1\n    platform: cisco_iosxe\n    transports: {config: {protocol: cli, address: %s, port: %s, credentials: campus, hostKey: insecure}}\n"+
		"---\ntools:\n  - {name: ids-1, device: acc-1, interface: Gi1/0/24}\n", host, port))
	session := func(direction string) string {
		return "sessions:\n  - name: phones\n    sources: [{device: acc-1, interface: Gi1/0/1, direction: " + direction + "}]\n    destinations: [{tool: ids-1}]\n"
	}
	write("2-sessions.yml", session("rx"))
	plan := func(code int, want []string, args ...string) (id string) {
		t.Helper()
		out, err := c.cli("", append([]string{"plan"}, args...)...)
		if err != nil {
			out += err.Error()
		}
		if got := 0; err != nil && exitCode(err) != code || err == nil && code != got {
			t.Errorf("plan %v: exit %v, not %d: %s", args, err, code, out)
		}
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("plan %v: %q is missing in\n%s", args, w, out)
			}
		}
		_, rest, _ := strings.Cut(out, "\nplan ")
		id, _, _ = strings.Cut(rest, ",")
		return id
	}
	before := sw.RunningConfig()
	id := plan(exitDiffers, []string{"device/acc-1", "not read", "session/phones", "monitor session 66 source interface GigabitEthernet1/0/1 rx", "netmirror apply --plan ",
		"\n   To see that it worked, type on acc-1:\n     show monitor session 66 detail\n       "}, "-f", folder)
	if sw.RunningConfig() != before || sw.Stats().ConfigLines != 0 {
		t.Error("a plan was sent")
	}
	plan(exitDiffers, []string{"1. acc-1"}, "-f", filepath.Join(folder, "1-*"), "-f", filepath.Join(folder, "2-sessions.yml"), "-o", "text")
	if out, err := c.cli("", "apply", "--plan", id); err != nil || !strings.Contains(out, "session/phones created, succeeded") {
		t.Fatal(out, err)
	}
	c.reach("phones", "Active")
	plan(0, []string{"session/phones", "unchanged"}, "-f", folder)
	if out, err := c.cli("", "describe", "device", "acc-1"); err != nil || strings.Contains(out, "Last check") {
		t.Errorf("before the first check: %v\n%s", err, out)
	}
	if out, err := c.cli("", "devices", "check", "acc-1"); err != nil {
		t.Error(out, err)
	}
	if out, err := c.cli("", "describe", "device", "acc-1"); err != nil || !strings.Contains(out, "\nLast check\n  came to       all is well, 20") || !strings.Contains(out, "\n  ok            reachable, login, ") {
		t.Errorf("after a check: %v\n%s", err, out)
	}

	changed := write("3.yaml", session("both"))
	stale := plan(exitDiffers, []string{"session/phones  changed  sources", "may interrupt copies", "no monitor session 66 source interface"}, "-f", changed)
	sw.Exec("configure terminal", "monitor session 5 source interface Gi1/0/9", "end")
	c.call("POST", "/devices/acc-1:sync", "", 200)
	if out, err := c.cli("", "apply", "--plan", stale); err == nil || exitCode(err) != 1 || !strings.Contains(err.Error(), "plan-stale") || !strings.Contains(err.Error(), "acc-1") {
		t.Error(out, err)
	}
	plan(exitDiffers, []string{"phones", "Undo", "no monitor session 66"}, "-f", write("4.yaml", "delete: {sessions: [phones]}"), "-o", "ticket")
	plan(1, []string{filepath.Join(folder, "5.yaml") + ":3: device acc-1 has no port GigabitEthernet9/9/9 [/sources/0]"}, "-f", write("5.yaml", strings.Replace(session("rx"), "Gi1/0/1,", "Gi9/9/9,", 1)))
	for _, wrong := range []struct {
		args []string
		want string
	}{
		{[]string{"plan", "-f", folder}, "sessions/phones was in "},
		{[]string{"apply", "-f", changed, "-f", filepath.Join(folder, "2-*")}, "sessions/phones was in "},
		{[]string{"apply", "-f", filepath.Join(folder, "4.yaml")}, "what is deleted is planned first"},
		{[]string{"apply", "-f", changed, "--plan", "x"}, "one of them"},
		{[]string{"plan", "-f", filepath.Join(folder, "9-*")}, "no such file"},
		{[]string{"plan", "-f", t.TempDir()}, "no *.yaml"},
		{[]string{"plan", "-f", "-", "-f", "-"}, "can be read once"},
	} {
		if out, err := c.cli("", wrong.args...); err == nil || exitCode(err) != exitUsage || !strings.Contains(err.Error(), wrong.want) {
			t.Errorf("%v: %v %s", wrong.args, err, out)
		}
	}
	if out, err := c.cli("", "get", "plans"); err != nil || !strings.Contains(out, id) {
		t.Error(out, err)
	}
}
