package main

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/testkit"
)

// TestADeviceBehindAJumpHostIsAdded: the keys of a real OpenSSH on the way and of the switch
// behind it are shown one after the other, and those that were accepted are pinned and no
// others; a jump host that answers in the place of the device is found out.
func TestADeviceBehindAJumpHostIsAdded(t *testing.T) {
	t.Parallel()
	jump := testkit.StartOpenSSH(t, func(*testkit.OpenSSH) string { return "AllowTcpForwarding yes\n" })
	jump.Write(t, "key", jump.Key)
	l := startLab(t, "fabric:\n  switches: [{name: acc-1, platform: cisco_iosxe, credentials: [{username: netmirror, password: demo, privilege: 15}]}]\n")
	sw := l.Switch("acc-1")
	c := newController(t, "--resync", "1h")
	c.start("NM_PW=demo")
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	c.profile("bastion", "--username", jump.User, "--key-file", filepath.Join(jump.Dir, "key"))
	ofJump, behind := ssh.FingerprintSHA256(jump.Public), sw.Addr()+" via "+jump.Addr
	stored := func(name string) bool {
		a, err := c.try("GET", "/devices/"+name, "")
		return err == nil && a.status == 200
	}
	pinned := func() string {
		t.Helper()
		said, err := c.cli("", "hostkey", "list", "--data", c.data)
		if err != nil {
			t.Fatal(said, err)
		}
		return said
	}
	ask := [][2]string{{"Name of the device", "acc-1"}, {"Platform: ", "cisco_iosxe"}, {"Protocol (cli", "cli"}, {"Address", sw.Addr()}, {"Jump host", jump.Addr},
		{"Profile: ", "campus"}, {"Profile of the jump host: ", "bastion"}}
	wizard := func(failed bool, answers []string, want ...string) string {
		t.Helper()
		steps := ask
		for _, a := range answers {
			steps = append(steps[:len(steps):len(steps)], [2]string{"Is that its key?", a})
		}
		out, err := c.wizard(t, steps...)
		text := out.String()
		if err != nil {
			text += err.Error()
		}
		for _, w := range append(want, "through "+jump.Addr) {
			if !strings.Contains(text, w) {
				t.Errorf("%q is missing in\n%s", w, text)
			}
		}
		if (err != nil) != failed || stored("acc-1") == failed {
			t.Errorf("failed %v, stored %v:\n%s", err, stored("acc-1"), text)
		}
		return text
	}
	wizard(true, []string{"n"}, "the jump host shows the host key "+ofJump, "nothing was said to the jump host", "device acc-1 is not stored")
	if keys := pinned(); strings.Contains(keys, "SHA256:") || jump.Started() == 0 {
		t.Errorf("pinned, though nobody accepted it:\n%s", keys)
	}
	wizard(true, []string{"y", "n"}, "the device shows the host key SHA256:", "nothing was said to the device")
	if keys := pinned(); !strings.Contains(keys, ofJump) || strings.Contains(keys, behind) {
		t.Errorf("pinned:\n%s", keys)
	}
	text := wizard(false, []string{"y"}, "is pinned for "+behind, ofJump+" is pinned for "+jump.Addr+", the jump host on its way", "device/acc-1 added, in mode observe")
	if a, err := c.try("GET", "/devices/acc-1", ""); err != nil || strings.Contains(a.String(), "hostKey") || !strings.Contains(a.String(), `"jumpHost":{"address":"`+jump.Addr+`","credentials":"bastion"}`) {
		t.Errorf("%v %s", err, a)
	}
	_, rest, _ := strings.Cut(text, "the device shows the host key ")
	ofDevice, _, _ := strings.Cut(rest, "\n")
	if keys := pinned(); !strings.Contains(keys, ofDevice) || !strings.Contains(keys, behind) {
		t.Errorf("pinned:\n%s", keys)
	}

	// By flags.
	flags := func(name, address string, more ...string) (string, error) {
		said, err := c.cli("", append([]string{"devices", "add", name, "--platform", "cisco_iosxe", "--address", address, "--credentials", "campus",
			"--jump-host", jump.Addr, "--jump-credentials", "bastion"}, more...)...)
		if err != nil {
			said += err.Error()
		}
		return said, err
	}
	for _, bad := range []struct {
		address string
		args    []string
		want    string
	}{
		{sw.Addr(), []string{"--host-key", ofDevice, "--jump-host-key", ofDevice}, "another key than " + ofDevice + " is pinned (" + ofJump},
		{jump.Addr, []string{"--yes"}, "shows the key of its jump host"},
	} {
		if said, err := flags("acc-2", bad.address, bad.args...); err == nil || !strings.Contains(said, bad.want) || stored("acc-2") {
			t.Errorf("%v: %v\n%s", bad, err, said)
		}
	}
	for _, host := range []string{behind, jump.Addr} {
		if said, err := c.cli("", "hostkey", "forget", host, "--data", c.data); err != nil {
			t.Fatal(said, err)
		}
	}
	if said, err := flags("acc-2", sw.Addr(), "--host-key", ofDevice, "--jump-host-key", "SHA256:another"); err == nil || !strings.Contains(said, "that is not SHA256:another: another machine answers at "+jump.Addr) {
		t.Errorf("%v\n%s", err, said)
	}
	if said, err := flags("acc-2", sw.Addr(), "--host-key", ofDevice, "--jump-host-key", ofJump); err != nil || !strings.Contains(said, "device/acc-2 added") {
		t.Errorf("%v\n%s", err, said)
	}
	if keys := pinned(); !strings.Contains(keys, ofJump) || !strings.Contains(keys, ofDevice) {
		t.Errorf("pinned:\n%s", keys)
	}
}
