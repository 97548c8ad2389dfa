package main

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A desk is somebody's home with its environment, and what he types.
type desk struct {
	t    *testing.T
	home string
	env  map[string]string
}

func newDesk(t *testing.T) *desk {
	home := t.TempDir()
	return &desk{t, home, map[string]string{"HOME": home}}
}

func (d *desk) file(name, text string) string {
	d.t.Helper()
	path := filepath.Join(d.home, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return path
}

func (d *desk) run(args ...string) (string, error) {
	var out bytes.Buffer
	err := run(d.t.Context(), args, console{strings.NewReader(""), &out, io.Discard, func(k string) (string, bool) { v, ok := d.env[k]; return v, ok }})
	return out.String(), err
}

// says runs a command that must succeed and say all of want.
func (d *desk) says(args []string, want ...string) string {
	d.t.Helper()
	out, err := d.run(args...)
	if err != nil {
		d.t.Errorf("%v: %v", args, err)
	}
	for _, w := range want {
		if !strings.Contains(out, w) {
			d.t.Errorf("%v: %q is missing in\n%s", args, w, out)
		}
	}
	return out
}

// fails runs a command that must end with a code and say want.
func (d *desk) fails(code int, want string, args ...string) {
	d.t.Helper()
	out, err := d.run(args...)
	if err == nil || exitCode(err) != code || !strings.Contains(err.Error(), want) {
		d.t.Errorf("%v: %v %s; want code %d and %q", args, err, out, code, want)
	}
}

// fakeController tells whoever asks which token it was shown.
func fakeController(t *testing.T) *httptest.Server {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		answer := map[string]any{"status": "ok", "version": "v9"}
		if strings.HasSuffix(r.URL.Path, "/whoami") {
			answer = map[string]any{"name": strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), "access": "viewer"}
		} else if r.Header.Get("Authorization") != "" {
			t.Errorf("a token is shown to %s", r.URL.Path)
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

func TestContexts(t *testing.T) {
	t.Parallel()
	lab, prod := fakeController(t), fakeController(t)
	d := newDesk(t)
	labToken := d.file("lab-token", "of-lab\n")
	prodToken := d.file("prod-token", "of-prod\n")

	d.says([]string{"context", "list"}, "there are none")
	d.says([]string{"context", "set", "lab", "--server", lab.URL, "--token-file", labToken}, "context lab set, and used")
	d.says([]string{"context", "set", "prod", "--server", prod.URL, "--token-file", prodToken})
	config := filepath.Join(d.home, ".config", "netmirror", "config.yaml")
	if info, err := os.Stat(config); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if raw, err := os.ReadFile(config); err != nil || bytes.Contains(raw, []byte("of-lab")) {
		t.Errorf("%s %v", raw, err)
	}
	d.says([]string{"whoami"}, "token    of-lab\n", "access   viewer\n", "server   "+lab.URL+"\n", "context  lab\n")
	d.says([]string{"whoami", "--context", "prod"}, "of-prod", "context  prod")
	d.says([]string{"context", "use", "prod"}, prod.URL)
	d.says([]string{"whoami"}, "of-prod")
	if out := d.says([]string{"context", "list"}, "lab", prod.URL, labToken); !strings.Contains(out, "*     prod") {
		t.Error(out)
	}
	d.says([]string{"context", "set", "prod", "--token-file", labToken}, "context prod set\n") // the server stays
	d.says([]string{"whoami"}, "of-lab", prod.URL)
	d.says([]string{"context", "set", "prod", "--token-file", prodToken})

	d.env["NETMIRROR_CONTEXT"] = "lab"
	d.says([]string{"whoami"}, "of-lab", "context  lab")
	d.says([]string{"whoami", "--context", "prod"}, "of-prod")
	d.says([]string{"version"}, "client  dev", "server  v9 at "+lab.URL)

	// The token of a context goes nowhere else.
	d.env["NETMIRROR_TOKEN"] = "of-env"
	if out := d.says([]string{"whoami", "--server", prod.URL}, "of-env"); strings.Contains(out, "context") {
		t.Error(out)
	}
	d.fails(2, "two controllers", "whoami", "--server", prod.URL, "--context", "lab")
	d.env["NETMIRROR_URL"] = prod.URL
	d.fails(2, "NETMIRROR_URL and NETMIRROR_CONTEXT", "whoami")
	delete(d.env, "NETMIRROR_CONTEXT")
	d.says([]string{"whoami"}, "of-env", prod.URL)
	d.says([]string{"whoami", "--context", "lab"}, "of-lab", lab.URL)
	delete(d.env, "NETMIRROR_URL")

	d.says([]string{"context", "delete", "prod"}, "none is now")
	d.fails(2, `no context "prod"; there are lab`, "context", "use", "prod")
	d.fails(2, `no context "prod"`, "context", "delete", "prod")
	d.fails(2, `no context "prod"`, "get", "sessions", "--context", "prod")
	if _, err := os.Stat(prodToken); err != nil {
		t.Error(err)
	}
}

func TestFaultyContexts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fails(2, "is no name of a context", "context", "set", "a b", "--server", "http://x")
	d.fails(2, "needs --server", "context", "set", "a", "--ca", "x")
	d.fails(2, "no http:// or https://", "context", "set", "a", "--server", "x:1")
	d.fails(2, "no such file", "context", "set", "a", "--server", "https://x", "--token-file", d.home+"/none")
	d.fails(2, "CA file", "context", "set", "a", "--server", "https://x", "--ca", d.home+"/none")
	if _, err := os.Stat(filepath.Join(d.home, ".config", "netmirror")); err == nil {
		t.Error("something was written")
	}
	dir := filepath.Join(d.home, "xdg", "netmirror")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	d.env["XDG_CONFIG_HOME"] = filepath.Join(d.home, "xdg")
	for text, want := range map[string]string{
		"contexts: [{name: a, server: 'http://x', token: nmt_secret}]": "token",
		"contexts: [{name: a}]": "has no server",
		"contexts: [{name: a, server: 'http://x'}, {name: a, server: 'http://y'}]":     "stands there twice",
		"current: b\ncontexts: [{name: a, server: 'http://x', tokenFile: /nowhere/t}]": `no context "b"; there are a`,
		"[": "config.yaml",
	} {
		d.file("xdg/netmirror/config.yaml", text)
		d.fails(2, want, "whoami")
		if _, err := d.run("whoami"); strings.Contains(err.Error(), "nmt_secret") {
			t.Error(err)
		}
	}
	path := d.file("xdg/netmirror/config.yaml", "current: a\ncontexts: [{name: a, server: 'http://x'}]")
	if err := os.Chmod(path, 0o664); err != nil {
		t.Fatal(err)
	}
	d.fails(2, "may be written by others", "whoami")
	d.fails(1, "may be written by others", "context", "list")
	d.env = map[string]string{}
	d.fails(1, "neither XDG_CONFIG_HOME nor HOME", "context", "list")
	d.fails(2, "no token", "whoami") // at the default address; no home is needed for it
	d.fails(2, "neither XDG_CONFIG_HOME nor HOME", "whoami", "--context", "a")
}

// TestExitCodes: what is wrong with the command line itself is 2, what failed is 1.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("X-Request-Id", "r-77")
		if r.URL.Path == "/healthz" {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"title":"Internal error","status":500,"code":"internal-error","detail":"internal error"}`)
			return
		}
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = io.WriteString(w, `{"title":"This cannot be done here","status":422,"code":"cannot-be-done","detail":"refused for one reason","errors":[{"pointer":"/sources/0","code":"x","message":"sw1 has no such port"}]}`)
	}))
	defer srv.Close()
	d := newDesk(t)
	d.env["NETMIRROR_URL"], d.env["NETMIRROR_TOKEN"] = srv.URL, "t"
	for _, args := range [][]string{{"gett"}, {"get"}, {"get", "nonsense"}, {"get", "sessions", "--no-such-flag"}, {"apply"}, {"apply", "-f"}, {"context", "nonsense"}, {"token", "nonsense"},
		{"whoami", "too", "many"}, {"delete", "session"}, {"version", "-o", "xml"}, {"get", "sessions", "-o", "xml"}, {"top", "--interval", "nonsense"}, {"--no-such-flag"}} {
		if out, err := d.run(args...); exitCode(err) != 2 || err == nil {
			t.Errorf("%v: %v %s", args, err, out)
		}
	}
	d.fails(2, "usage: netmirror get KIND [NAME...]", "get")
	d.fails(1, "This cannot be done here (422 cannot-be-done): sw1 has no such port [/sources/0]", "get", "sessions")
	d.fails(1, "request r-77", "version")
	srv.Close()
	d.fails(1, "no connection to "+srv.URL+": connect: connection refused\n  is it running there?", "get", "sessions")
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	d.fails(1, "--ca FILE", "version", "--server", secure.URL)
	ca := d.file("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})))
	d.fails(1, "is this its address?", "version", "--server", secure.URL, "--ca", ca)
	d.fails(1, "not other.test", "version", "--server", secure.URL, "--ca", ca, "--server-name", "other.test")
	d.says([]string{"version", "--client"}, "client  dev")
	d.says([]string{"help", "exit-codes"}, "0  done", "1  failed", "2  usage", "3  there is a difference")
	d.says([]string{"token"}, "create") // help, of a group alone
}

// TestOneDataFolder: every command that works on the database takes the same one.
func TestOneDataFolder(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.env["NETMIRROR_DATA"] = filepath.Join(d.home, "data")
	for _, args := range [][]string{{"token", "list"}, {"hostkey", "list"}, {"backup", d.home + "/copy"}} {
		d.fails(1, "no database in "+d.env["NETMIRROR_DATA"], args...)
	}
	for _, args := range [][]string{{"credentials", "list"}, {"restore"}} {
		if out := d.says(append(args, "--help")); !strings.Contains(out, d.env["NETMIRROR_DATA"]) {
			t.Errorf("%v: %s", args, out)
		}
	}
}
