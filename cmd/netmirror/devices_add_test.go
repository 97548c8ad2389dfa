package main

import (
	"io"
	"net"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// TestDevicesAreAddedStepByStep: the wizard on a terminal, and the same by flags, against a
// simulated switch.
func TestDevicesAreAddedStepByStep(t *testing.T) {
	t.Parallel()
	l := startLab(t, "fabric:\n  switches: [{name: acc-1, platform: cisco_iosxe, credentials: [{username: netmirror, password: demo, privilege: 15}]}]\n")
	sw := l.Switch("acc-1")
	c := newController(t, "--resync", "1h")
	c.start("NM_PW=demo", "NM_WRONG=wrong")
	_, port, err := net.SplitHostPort(sw.Addr())
	if err != nil {
		t.Fatal(err)
	}
	var out *lockedBuffer
	wizard := func(steps ...[2]string) (err error) {
		t.Helper()
		out, err = c.wizard(t, steps...)
		return err
	}
	stored := func() bool { a, err := c.try("GET", "/devices/acc-1", ""); return err == nil && a.status == 200 }
	told := func(err error, want ...string) {
		t.Helper()
		text := out.String()
		if err != nil {
			text += err.Error()
		}
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%q is missing in\n%s", w, text)
			}
		}
	}
	ask := [][2]string{{"Name of the device", "ACC 1"}, {"Name of the device", "acc-1"}, {"Platform: ", "toaster"}, {"Platform: ", "cisco_iosxe"},
		{"Protocol (cli", "cli"}, {"Address", "127.0.0.1:" + port}, {"Jump host", "a b"}, {"Jump host", ""}}

	err = wizard(append(ask, [2]string{"Look again?", "n"})...)
	told(err, `"ACC 1" is no name`, `platform "toaster" is none of arista_eos`, "there is no credentials profile yet; make one on the controller's host", "no credentials profile to log in with")
	c.profile("wrong", "--username", "netmirror", "--password", "env:NM_WRONG")
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")

	ask = append(ask, [2]string{"Profile: ", "nobodys"})
	err = wizard(append(ask, [2]string{"Profile: ", "campus"}, [2]string{"Is that its key?", "n"})...)
	told(err, "profiles: campus (for 127.0.0.0/8)", `there is no credentials profile "nobodys"`, "the device shows the host key SHA256:", `"a b" is no address`, "was not accepted; nothing was said to the device", "device acc-1 is not stored")
	if stored() {
		t.Error("it is stored")
	}
	err = wizard(append(ask, [2]string{"Profile: ", "wrong"}, [2]string{"Is that its key?", "y"}, [2]string{"Try again?", "n"}, [2]string{"Keep it as it is", "n"})...)
	told(err, "login", "FAILED", "what to do about login: user name or password are not those of the device; on the controller's host: netmirror credentials set wrong --for 127.0.0.1", "fails the check")
	if stored() {
		t.Error("it is stored")
	}
	if said, err := c.cli("", "hostkey", "forget", sw.Addr(), "--data", c.data); err != nil {
		t.Fatal(said, err)
	}
	err = wizard(append(ask, [2]string{"Profile: ", "campus"}, [2]string{"Is that its key?", "yes"})...)
	told(err, "privilege   ok", "mode        note", "device/acc-1 added, in mode observe")
	if err != nil || !stored() {
		t.Error(err)
	}
	_, rest, _ := strings.Cut(out.String(), "the device shows the host key ")
	key, _, _ := strings.Cut(rest, "\n")
	if said, err := c.cli("", "hostkey", "list", "--data", c.data); err != nil || !strings.Contains(said, key) {
		t.Errorf("%v %s lacks %s", err, said, key)
	}
	if a, err := c.try("GET", "/devices/acc-1", ""); err != nil || !strings.Contains(a.String(), `"mode":"observe"`) || strings.Contains(a.String(), "strict") {
		t.Errorf("%s %v", a, err)
	}
	if sw.Stats().ConfigLines != 0 {
		t.Error("it was configured")
	}

	// By flags.
	flags := func(name string, more ...string) (string, error) {
		said, err := c.cli("", append([]string{"devices", "add", name, "--platform", "cisco_iosxe", "--address", sw.Addr()}, more...)...)
		if err != nil {
			said += err.Error()
		}
		return said, err
	}
	for _, bad := range []struct {
		name string
		code int
		args []string
		want string
	}{
		{"acc-2", exitUsage, []string{"--credentials", "campus"}, "--host-key or --yes missing"},
		{"acc-2", exitUsage, []string{"--yes"}, "--credentials missing; profiles are: campus"},
		{"acc-1", exitFailed, []string{"--yes", "--credentials", "campus"}, "device acc-1 is there already"},
		{"acc-2", exitFailed, []string{"--credentials", "campus", "--host-key", "SHA256:another"}, "another key than SHA256:another is pinned"},
		{"acc-2", exitUsage, []string{"--wizard"}, "there is no terminal"},
		{"acc-2", exitUsage, []string{"--yes", "--jump-host-key", "SHA256:x"}, "are of a --jump-host"},
		{"acc-2", exitUsage, []string{"--yes", "--credentials", "campus", "--jump-host", "127.0.0.1"}, "--jump-credentials missing"},
		{"acc-2", exitUsage, []string{"--host-key", "SHA256:x", "--credentials", "campus", "--jump-host", "127.0.0.1"}, "--jump-host-key or --yes missing"},
	} {
		if said, err := flags(bad.name, bad.args...); err == nil || exitCode(err) != bad.code || !strings.Contains(said, bad.want) {
			t.Errorf("%v: %v\n%s", bad, err, said)
		}
	}
	if said, err := flags("acc-2", "--credentials", "campus", "--host-key", key); err != nil || !strings.Contains(said, "device/acc-2 added") || strings.Contains(said, "shows the host key") {
		t.Errorf("%v\n%s", err, said)
	}
	if said, err := c.cli("", "hostkey", "forget", "acc-2", "--data", c.data); err != nil {
		t.Fatal(said, err)
	}
	said, err := flags("acc-3", "--credentials", "campus", "--host-key", "SHA256:another")
	if err == nil || !strings.Contains(said, "that is not SHA256:another") || !strings.Contains(said, "nothing was said to it") || !strings.Contains(said, "device acc-3 is not stored") {
		t.Errorf("%v\n%s", err, said)
	}
}

// wizard adds a device on a terminal: a step is what is asked, and what is typed then.
func (c *controller) wizard(t *testing.T, steps ...[2]string) (*lockedBuffer, error) {
	t.Helper()
	keys, tty := newTerminal(t)
	out, done := &lockedBuffer{}, make(chan error, 1)
	env := map[string]string{"NETMIRROR_URL": c.url, "NETMIRROR_TOKEN": c.token}
	go func() {
		done <- run(t.Context(), []string{"devices", "add", "--wizard"}, console{tty, out, out, func(k string) (string, bool) { v, ok := env[k]; return v, ok }})
	}()
	seen := 0
	for _, s := range steps {
		testkit.Eventually(t, patience, "it asks "+s[0], func() bool {
			i := strings.LastIndex(out.String(), s[0])
			if i >= seen {
				seen = i + len(s[0])
				return true
			}
			return false
		})
		if _, err := io.WriteString(keys, s[1]+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	return out, <-done
}
