package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/testkit"
)

// A thief is an SSH server that keeps whatever is shown to it and lets nobody in.
type thief struct {
	addr string
	mu   sync.Mutex
	seen []string
}

func newThief(t *testing.T) *thief {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	th := &thief{addr: l.Addr().String()}
	cfg := &ssh.ServerConfig{
		NoClientAuth: true, // the first method that is tried shows the user's name
		NoClientAuthCallback: func(m ssh.ConnMetadata) (*ssh.Permissions, error) {
			th.keep(m.User())
			return nil, fmt.Errorf("no")
		},
		PasswordCallback: func(m ssh.ConnMetadata, pw []byte) (*ssh.Permissions, error) {
			th.keep(string(pw))
			return nil, fmt.Errorf("no")
		},
		BannerCallback: func(m ssh.ConnMetadata) string { return "hello " + m.User() + "\n" },
	}
	cfg.AddHostKey(signer)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				_, _, _, _ = ssh.NewServerConn(c, cfg)
				c.Close()
			})
		}
	})
	t.Cleanup(func() { l.Close(); serving.Wait() })
	return th
}

func (th *thief) keep(s string) {
	th.mu.Lock()
	defer th.mu.Unlock()
	th.seen = append(th.seen, s)
}

func (th *thief) loot() string {
	th.mu.Lock()
	defer th.mu.Unlock()
	return strings.Join(th.seen, " ")
}

func cliDevice(host, addr, credentials string) string {
	_, port, _ := net.SplitHostPort(addr)
	return fmt.Sprintf(`{"platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":%q,"port":%s,"credentials":%s}}}`, host, port, credentials)
}

// everywhere is all that anybody may read: the API, the log, the data folder.
func (c *controller) everywhere() string {
	c.t.Helper()
	var all strings.Builder
	for _, path := range []string{"/devices", "/events?limit=500", "/credentials", "/sessions", "/observed-sessions"} {
		all.WriteString(c.call("GET", path, "", 200).String())
	}
	all.WriteString(c.stderr.String())
	err := filepath.WalkDir(c.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		all.Write(raw)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return all.String()
}

// TestAReferenceInARequestIsNeverResolved: neither does a file's content come
// back as the name of a refused user, nor does one's own SSH server receive what
// a variable or a file of the host holds.
func TestAReferenceInARequestIsNeverResolved(t *testing.T) {
	t.Parallel()
	th := newThief(t)
	shadow := filepath.Join(t.TempDir(), "shadow")
	if err := os.WriteFile(shadow, []byte("root:CANARY-FILE:19000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newController(t)
	c.start("OTHER_PW=CANARY-ENV")
	for _, credentials := range []string{
		fmt.Sprintf(`{"username":%q,"password":"env:OTHER_PW"}`, "file:"+shadow),
		fmt.Sprintf(`{"username":"me","password":%q}`, "file:"+shadow),
		fmt.Sprintf("%q", "file:"+shadow), `"env:OTHER_PW"`,
	} {
		a, err := c.try("PUT", "/devices/mine", cliDevice("127.0.0.1", th.addr, credentials))
		if err != nil || a.status != 400 || !strings.Contains(a.String(), `"/transports/config/credentials"`) {
			t.Errorf("%s: %s %v", credentials, a, err)
		}
	}
	if a, err := c.try("PUT", "/devices/mine", cliDevice("127.0.0.1", th.addr, `"nobody"`)); err != nil || a.status != 422 || !strings.Contains(a.String(), "unknown-credentials") {
		t.Errorf("an unknown profile: %s %v", a, err)
	}
	if loot := th.loot(); loot != "" {
		t.Errorf("shown to a stranger: %s", loot)
	}
	if all := c.everywhere(); strings.Contains(all, "CANARY") {
		t.Errorf("told: %s", all[strings.Index(all, "CANARY"):][:40])
	}
}

// TestAProfileIsShownToNobodyElse: a device's entry chooses the address, the
// profile's binding says who may see it, and a name is judged by where it leads.
func TestAProfileIsShownToNobodyElse(t *testing.T) {
	t.Parallel()
	th := newThief(t)
	c := newController(t)
	c.start("NM_PW=CANARY-ENV")
	for name, bound := range map[string]string{"core": "192.0.2.0/24", "named": "sw1.example.net"} {
		if out, err := c.cli("", "credentials", "set", name, "--data", c.data, "--for", bound, "--username", "CANARY-USER", "--password", "env:NM_PW"); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	for name, host := range map[string]string{"core": "127.0.0.1", "named": "localhost"} {
		for _, address := range []string{host, "localhost"} { // localhost leads to 127.0.0.1 or ::1, which neither may see
			c.call("PUT", "/devices/"+name, cliDevice(address, th.addr, fmt.Sprintf("%q", name)), 200, 201)
			a := c.call("POST", "/devices/"+name+":check", "", 200).String()
			if !strings.Contains(a, `"ok":false`) || !strings.Contains(a, `credentials profile \"`+name) || !strings.Contains(a, "may not be shown to") {
				t.Errorf("%s at %s: %s", name, address, a)
			}
		}
		if a := c.call("GET", "/devices/"+name, "", 200).String(); !strings.Contains(a, "CredentialsNotBound") {
			t.Errorf("condition: %s", a)
		}
	}
	if loot := th.loot(); loot != "" {
		t.Errorf("shown to a stranger: %s", loot)
	}
	// A server that is its own may see it, and what it says of it is not told.
	if out, err := c.cli("", "credentials", "set", "core", "--data", c.data, "--for", "127.0.0.0/8", "--username", "CANARY-USER", "--password", "env:NM_PW"); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	testkit.Eventually(t, patience, "a changed binding counts at once", func() bool {
		a, err := c.try("POST", "/devices/core:sync", "")
		return err == nil && a.status == 502 && strings.Contains(a.String(), "login refused") && strings.Contains(th.loot(), "CANARY-USER CANARY-ENV")
	})
	own := func(s string) string { // the profile itself holds its user's name
		raw, err := os.ReadFile(filepath.Join(c.data, "credentials", "core.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		named, err := os.ReadFile(filepath.Join(c.data, "credentials", "named.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(strings.ReplaceAll(s, string(raw), ""), string(named), "")
	}
	if all := own(c.everywhere()); strings.Contains(all, "CANARY") {
		t.Errorf("told: %s", all[max(0, strings.Index(all, "CANARY")-200):][:300])
	}
}
