package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/netmirror/netmirror/internal/store"
	"github.com/spf13/pflag"

	"github.com/netmirror/netmirror/internal/testkit"
)

// asHost asks for the sessions under a name of the server.
func (c *controller) asHost(host string) int {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.url+"/api/v1/sessions", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Host = host
	req.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// A web page that makes its own name point to loopback gets nowhere, with any
// token; names of proxies are told by flag or file.
func TestTheNameOfAControllerOnLoopback(t *testing.T) {
	t.Parallel()
	c := newController(t, "--allowed-host", "mirror.example.net", "--allowed-host", "nm,other.example", "--config", configFile(t, "resync: 1h\n"))
	c.start()
	for host, want := range map[string]int{"": 200, "localhost:1": 200, "mirror.example.net:443": 200, "nm": 200, "other.example": 200, "rebound.example:8420": http.StatusMisdirectedRequest} {
		if got := c.asHost(host); got != want {
			t.Errorf("%q: %d, want %d", host, got, want)
		}
	}
	c.stop()
	c.args = []string{"--config", configFile(t, "allowed-host: [from.file.example, 192.0.2.9]\n")}
	c.start()
	for host, want := range map[string]int{"from.file.example": 200, "192.0.2.9:80": 200, "mirror.example.net": http.StatusMisdirectedRequest} {
		if got := c.asHost(host); got != want {
			t.Errorf("%q: %d, want %d", host, got, want)
		}
	}
	if _, err := c.cli("", "serve", "--data", t.TempDir(), "--allowed-host", "http://x/"); err == nil || !strings.Contains(err.Error(), "allowed-host") {
		t.Errorf("a URL as a name: %v", err)
	}
}

func TestPaddedNumbersAreRefused(t *testing.T) {
	c := &controller{t: t}
	out, err := c.cli("sessions:\n  - name: x\n    sources: [{device: sw1, vlan: 0110}]\n    destinations: [{tool: t}]\n", "apply", "-f", "-")
	if err == nil || !strings.Contains(err.Error(), "standard input: ") || !strings.Contains(err.Error(), "line 3, column 35: 0110") || exitCode(err) != 2 {
		t.Errorf("%v %s", err, out)
	}
	_, err = c.cli("", "serve", "--data", t.TempDir(), "--config", configFile(t, "resync: 1m\nparallel: 010\n"))
	if err == nil || !strings.Contains(err.Error(), "line 2, column 11: 010") {
		t.Errorf("%v", err)
	}
	for _, padded := range []string{"010", "08", "0x10", "0b1", "1_0"} {
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		serveFlags(flags)
		if err := flags.Parse([]string{"--parallel", padded}); err == nil || !strings.Contains(err.Error(), "leading zeros") {
			t.Errorf("--parallel %s: %v", padded, err)
		}
		t.Setenv("NETMIRROR_PARALLEL", padded)
		if cfg, err := loadConfig(flags); err == nil || !strings.Contains(err.Error(), "parallel: ") || !strings.Contains(err.Error(), "leading zeros") {
			t.Errorf("NETMIRROR_PARALLEL=%s: %d, %v", padded, cfg.Parallel, err)
		}
	}
	_, err = c.cli("", "lab", "-f", configFile(t, "switches:\n  - {name: a, vlans: [0110]}\n"))
	if err == nil || !strings.Contains(err.Error(), "line 2, column 23: 0110") {
		t.Errorf("%v", err)
	}
}

// A token that nobody saw is an error, and is not kept: the next start makes
// another.
func TestATokenThatCannotBeShownIsAnError(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		testkit.Skip(t, "/dev/full")
	}
	defer full.Close()
	c := newController(t)
	failing := func(args ...string) {
		t.Helper()
		cmd := programCommand(t, args...)
		cmd.Stdout = full
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Run(); err == nil || cmd.ProcessState.ExitCode() < 1 || !strings.Contains(stderr.String(), "could not be shown, and was not stored") {
			t.Errorf("%v: %v\n%s", args, err, stderr.String())
		}
	}
	failing("serve", "--data", c.data, "--listen", "127.0.0.1:0")
	if c.start(); c.token == "" {
		t.Fatal("the first token is lost")
	}
	failing("token", "create", "two", "--data", c.data)
	out, err := c.cli("", "token", "list", "--data", c.data)
	if err != nil || strings.Count(out, "\n") != 2 || !strings.Contains(out, "admin") {
		t.Errorf("%v\n%s", err, out)
	}
	c.call("GET", "/sessions", "", 200)
}

// Who may write in the folder may put another database in the place of ours.
func TestAFolderThatOthersMayWriteIsRefused(t *testing.T) {
	t.Parallel()
	c := newController(t)
	c.start()
	c.stop()
	for path, mode := range map[string]os.FileMode{c.data: 0o770, c.data + "/": 0o702, databasePath(c.data): 0o620} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"serve", "--data", c.data, "--listen", "127.0.0.1:0"}, {"token", "list", "--data", c.data}} {
			if out, err := c.cli("", args...); err == nil || !strings.Contains(err.Error(), "chmod go-w") {
				t.Errorf("%s %v: %v: %v %s", path, mode, args, err, out)
			}
		}
		if err := os.Chmod(path, mode&^0o077); err != nil {
			t.Fatal(err)
		}
	}
	c.start() // a folder that others may read is one for its owner to judge
	c.stop()
	c.data += "/new/folder"
	c.start()
	if info, err := os.Stat(c.data); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
}

// The lock is one on the folder: without its file a second controller is
// refused all the same, and the first goes on.
func TestASecondControllerIsRefusedWithoutTheLockFile(t *testing.T) {
	t.Parallel()
	c := newController(t)
	c.start()
	for _, name := range []string{store.LockName, "netmirror.db-lock"} {
		if err := os.Remove(filepath.Join(c.data, name)); err != nil {
			t.Fatal(err)
		}
		for _, data := range []string{c.data, c.data + "/../" + filepath.Base(c.data)} {
			cmd := programCommand(t, "serve", "--data", data, "--listen", "127.0.0.1:0")
			if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "in use by another netmirror") {
				t.Errorf("%v\n%s", err, out)
			}
		}
	}
	c.call("PUT", "/tools/t1", `{"ip":"192.0.2.1"}`, 201)
	c.kill()
	c.start()
	c.call("GET", "/tools/t1", "", 200)
}

// ready is the status and the text of /readyz.
func (c *controller) ready() (int, string) {
	c.t.Helper()
	resp, err := http.Get(c.url + "/readyz")
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

// A controller whose disk is full says that it is not ready, refuses writes with
// a reason, and goes on when there is room again.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	testkit.NeedRoot(t)
	c := newController(t)
	c.data = t.TempDir()
	if err := syscall.Mount("tmpfs", c.data, "tmpfs", 0, "size=8m,mode=0700"); err != nil {
		testkit.Skip(t, "the right to mount a tmpfs")
	}
	t.Cleanup(func() {
		c.stop()
		if err := syscall.Unmount(c.data, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	c.start()
	testkit.Eventually(t, patience, "it is ready", func() bool { status, _ := c.ready(); return status == 200 })
	filler := filepath.Join(c.data, "filler")
	if err := os.WriteFile(filler, make([]byte, 16<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if status, text := c.ready(); status != 503 || !strings.Contains(text, "the store cannot be written") || strings.Contains(text, c.data) {
		t.Errorf("%d %s", status, text)
	}
	big := `{"ip":"192.0.2.1","description":"` + strings.Repeat("x", 500) + `"}`
	refused := false
	for i := range 5000 { // SQLite has some room of its own
		a := c.call("PUT", fmt.Sprintf("/tools/t%d", i), big, 201, 503)
		if refused = a.status == 503; refused {
			if !strings.Contains(a.String(), "not-stored") {
				t.Errorf("%s", a)
			}
			break
		}
	}
	if !refused {
		t.Error("a full disk took everything")
	}
	c.call("GET", "/tools", "", 200)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, patience, "it is ready again", func() bool { status, _ := c.ready(); return status == 200 })
	c.call("PUT", "/tools/again", big, 201)
}

// A damaged database is no ground to act on: the start is refused, and says what
// to do.
func TestADamagedDatabase(t *testing.T) {
	t.Parallel()
	c := newController(t)
	c.start()
	for i := range 200 {
		c.call("PUT", fmt.Sprintf("/tools/t%d", i), `{"ip":"192.0.2.1","description":"`+strings.Repeat("x", 500)+`"}`, 201)
	}
	backup := t.TempDir() + "/backup.db"
	if out, err := c.cli("", "backup", backup, "--data", c.data); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	c.stop()
	raw, err := os.ReadFile(databasePath(c.data))
	if err != nil {
		t.Fatal(err)
	}
	for at := len(raw) / 2; at+4096 <= len(raw); at += 4096 {
		copy(raw[at:], bytes.Repeat([]byte{0xa5}, 64))
	}
	damaged := t.TempDir() + "/damaged.db"
	for _, path := range []string{databasePath(c.data), damaged} {
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"serve", "--data", c.data, "--listen", "127.0.0.1:0"}, {"restore", "--data", t.TempDir() + "/x", damaged}} {
		out, err := c.cli("", args...)
		if err == nil || !strings.Contains(err.Error(), "damaged") || !strings.Contains(err.Error(), "netmirror restore --replace") {
			t.Errorf("%v: %v %s", args, err, out)
		}
	}
	if out, err := c.cli("", "restore", "--data", c.data, "--replace", backup); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	c.start()
	c.call("GET", "/tools/t199", "", 200)
}
