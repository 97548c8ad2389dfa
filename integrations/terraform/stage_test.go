package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/internal/testkit"
)

// A stage is what all tests of this package play on: simulated switches and a controller, which
// speaks TLS, as processes, and the provider as a program. Each test has a switch of its own.
type stage struct {
	dir      string
	url      string
	token    string
	lab      string            // address of its control API
	ports    map[string]string // of the switches
	ca       string            // file of who has signed its certificate
	cert     [2]string
	client   *client.Client
	programs []*program
}

// switches are those of the stage, and the test that each belongs to.
var switches = []string{"apply", "refused", "drift", "between", "away", "whole", "import", "rejects", "many-1", "many-2"}

var (
	once   sync.Once
	raised *stage
	failed error
)

func TestMain(m *testing.M) {
	code := m.Run()
	if raised != nil {
		if err := raised.end(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// onStage is the stage, raised by the first test that asks.
func onStage(t *testing.T) *stage {
	t.Helper()
	testkit.Need(t, "terraform", "go")
	once.Do(func() {
		raised = &stage{ports: map[string]string{}}
		failed = raised.raise(t)
	})
	if failed != nil {
		t.Fatal(failed)
	}
	return raised
}

func (s *stage) raise(t *testing.T) (err error) {
	if s.dir, err = os.MkdirTemp("/tmp", "nm-terraform"); err != nil {
		return err
	}
	for what, dir := range map[string]string{"./cmd/netmirror": "../..", ".": "."} {
		build := exec.Command("go", "build", raceDetector, "-buildvcs=false", "-o", s.dir+"/", what)
		build.Dir = dir
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	// go build names it after the module's folder.
	if err := os.Rename(filepath.Join(s.dir, "terraform"), filepath.Join(s.dir, "terraform-provider-netmirror")); err != nil {
		return err
	}
	ca := testkit.NewAuthorityIn(t, s.dir, "ours")
	s.ca = ca.CA
	s.cert[0], s.cert[1] = ca.Issue(t, "controller", "127.0.0.1")
	rc := fmt.Sprintf("provider_installation {\n  dev_overrides { %q = %q }\n  direct {}\n}\n", "netmirror.local/netmirror/netmirror", s.dir)
	if err := os.WriteFile(filepath.Join(s.dir, "terraformrc"), []byte(rc), 0o600); err != nil {
		return err
	}
	return errors.Join(s.raiseLab(), s.raiseController())
}

func (s *stage) raiseLab() error {
	var text strings.Builder
	text.WriteString("fabric:\n  control: 127.0.0.1:0\n  switches:\n")
	for _, name := range switches {
		fmt.Fprintf(&text, "    - name: %s\n      platform: cisco_iosxe\n      model: C9300-24T\n      credentials: [{username: netmirror, password: demo, privilege: 15}]\n", name)
	}
	text.WriteString("  hosts:\n")
	for _, name := range switches {
		fmt.Fprintf(&text, "    - {at: \"%s:Gi1/0/14\", name: %s-phone}\n    - {at: \"%s:Gi1/0/23\", name: %s-ids}\n", name, name, name, name)
	}
	file := filepath.Join(s.dir, "fabric.yaml")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		return err
	}
	return s.start(func(line string) bool {
		if rest, ok := strings.CutPrefix(line, "control API for faults on http://"); ok {
			s.lab, _, _ = strings.Cut(rest, " ")
		}
		if f := strings.Fields(line); len(f) > 1 && strings.HasPrefix(f[1], "127.0.0.1:") {
			s.ports[f[0]] = strings.TrimPrefix(f[1], "127.0.0.1:")
		}
		return strings.HasPrefix(line, "simulated switches")
	}, "lab", "-f", file)
}

func (s *stage) raiseController() error {
	data := filepath.Join(s.dir, "data")
	profile := exec.Command(filepath.Join(s.dir, "netmirror"), "credentials", "set", "lab", "--data", data, "--for", "127.0.0.1", "--username", "netmirror")
	profile.Stdin = strings.NewReader("demo\n")
	if out, err := profile.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	if err := s.serve("127.0.0.1:0"); err != nil {
		return err
	}
	var err error
	s.client, err = client.New(client.Options{URL: s.url, Token: s.token, CAFile: s.ca})
	return err
}

// serve starts the controller.
func (s *stage) serve(listen string) error {
	return s.start(func(line string) bool {
		if token, ok := strings.CutPrefix(line, "admin token, shown this once: "); ok {
			s.token = token
		}
		url, ok := strings.CutPrefix(line, "listening on ")
		s.url = url
		return ok
	}, "serve", "--listen", listen, "--tls-cert", s.cert[0], "--tls-key", s.cert[1], "--data", filepath.Join(s.dir, "data"), "--watch=false", "--dial-timeout", "2s")
}

// killed kills the controller, which was started last, and starts it anew at its address.
func (s *stage) killed(t *testing.T) {
	t.Helper()
	p := s.programs[len(s.programs)-1]
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.ended
	if err := s.serve(strings.TrimPrefix(s.url, "https://")); err != nil {
		t.Fatal(err)
	}
}

// A program is a process of the stage.
type program struct {
	cmd   *exec.Cmd
	ended chan struct{}
	log   lockedBuffer
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// start runs netmirror and reads its lines until one of them says that it is ready.
func (s *stage) start(ready func(line string) bool, args ...string) error {
	p := &program{cmd: exec.Command(filepath.Join(s.dir, "netmirror"), args...), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=10")
	p.cmd.Stderr = &p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	s.programs = append(s.programs, p)
	is := make(chan bool, 1)
	go func() {
		defer close(p.ended)
		lines, told := bufio.NewScanner(out), false
		for lines.Scan() {
			if !told && ready(lines.Text()) {
				told = true
				is <- true
			}
		}
		if !told {
			is <- false
		}
		_ = p.cmd.Wait()
	}()
	select {
	case ok := <-is:
		if !ok {
			return fmt.Errorf("netmirror %s ended: %s", args[0], p.log.String())
		}
		return nil
	case <-time.After(testkit.Patience):
		return fmt.Errorf("netmirror %s is not ready: %s", args[0], p.log.String())
	}
}

// end ends the programs; a race that was seen in one of them is an error.
func (s *stage) end() error {
	var faults []error
	for _, p := range s.programs {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.ended:
		case <-time.After(testkit.Patience):
			_ = p.cmd.Process.Kill()
			faults = append(faults, errors.New("a program of the stage did not end"))
		}
		if log := p.log.String(); strings.Contains(log, "DATA RACE") {
			faults = append(faults, errors.New(log))
		}
	}
	return errors.Join(append(faults, os.RemoveAll(s.dir))...)
}

// control asks the lab.
func (s *stage) control(t *testing.T, method, path, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.lab+"/switches/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s %v", method, path, resp.StatusCode, raw, err)
	}
	return string(raw)
}

// sees reports whether a switch has a line.
func (s *stage) sees(t *testing.T, name, line string) bool {
	t.Helper()
	return strings.Contains(s.control(t, http.MethodGet, name+"/running-config", ""), line)
}

// A project is a folder with a configuration.
type project struct {
	t   *testing.T
	s   *stage
	dir string
	sw  string
}

// project makes a folder for a configuration that names the switch of a test as @SWITCH@ and
// its port as @PORT@.
func (s *stage) project(t *testing.T, sw string) *project {
	return &project{t: t, s: s, dir: t.TempDir(), sw: sw}
}

const head = `terraform {
  required_providers {
    netmirror = {
      source = "netmirror.local/netmirror/netmirror"
    }
  }
}
`

// device and tool are what most configurations begin with.
const device = `
resource "netmirror_device" "sw" {
  name     = "@SWITCH@"
  platform = "cisco_iosxe"
  transports = {
    config = { protocol = "cli", address = "127.0.0.1", port = @PORT@, credentials = "lab" }
  }
}
`

const tool = `
resource "netmirror_tool" "ids" {
  name      = "@SWITCH@-ids"
  device    = netmirror_device.sw.name
  interface = "Gi1/0/23"
}
`

func (p *project) text(parts ...string) string {
	return strings.NewReplacer("@SWITCH@", p.sw, "@PORT@", p.s.ports[p.sw]).Replace(strings.Join(parts, ""))
}

func (p *project) write(parts ...string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "main.tf"), []byte(p.text(append([]string{head}, parts...)...)), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// terraform runs it and gives what it wrote, and its exit code.
func (p *project) terraform(args ...string) (string, int) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 2*testkit.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "terraform", args...)
	cmd.Dir = p.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "TF_CLI_CONFIG_FILE=" + filepath.Join(p.s.dir, "terraformrc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
		"TF_CLI_ARGS=-no-color", "NETMIRROR_URL=" + p.s.url, "NETMIRROR_TOKEN=" + p.s.token, "NETMIRROR_CA=" + p.s.ca, "GORACE=atexit_sleep_ms=10"}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatalf("terraform %v: %v\n%s", args, err, out)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// does expects an exit code and texts, whose blanks count as one: terraform breaks lines.
func (p *project) does(code int, args []string, texts ...string) string {
	p.t.Helper()
	out, got := p.terraform(args...)
	if got != code {
		p.t.Fatalf("terraform %v: exit code %d, want %d\n%s", args, got, code, out)
	}
	said := strings.Join(strings.Fields(strings.ReplaceAll(out, "│", " ")), " ")
	for _, text := range texts {
		if !strings.Contains(said, text) {
			p.t.Errorf("terraform %v does not say %q:\n%s", args, text, out)
		}
	}
	return out
}

var (
	plan    = []string{"plan", "-detailed-exitcode", "-input=false"}
	apply   = []string{"apply", "-auto-approve", "-input=false"}
	destroy = []string{"destroy", "-auto-approve", "-input=false"}
)

// session is one as the controller has it.
func (s *stage) session(t *testing.T, name string) client.Session {
	t.Helper()
	a, err := s.client.GetSession(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return a.Value
}

// synced has a device read.
func (s *stage) synced(t *testing.T, name string) {
	t.Helper()
	if _, err := s.client.SyncDevice(t.Context(), name); err != nil {
		t.Fatal(err)
	}
}

// state is what Terraform holds of a resource.
func (p *project) state(address string) map[string]any {
	p.t.Helper()
	out := p.does(0, []string{"show", "-json"})
	var all struct {
		Values struct {
			Root struct {
				Resources []struct {
					Address string         `json:"address"`
					Values  map[string]any `json:"values"`
				} `json:"resources"`
			} `json:"root_module"`
		} `json:"values"`
	}
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		p.t.Fatalf("%v\n%s", err, out)
	}
	for _, r := range all.Values.Root.Resources {
		if r.Address == address {
			return r.Values
		}
	}
	p.t.Fatalf("there is no %s in %s", address, out)
	return nil
}

// deleteSession is what somebody else does.
func (s *stage) deleteSession(t *testing.T, name string) {
	t.Helper()
	a, err := s.client.DeleteSession(t.Context(), name, client.DeleteSessionOptions{})
	if err == nil {
		_, err = client.Settle(t.Context(), s.client, a)
	}
	if err != nil {
		t.Fatal(err)
	}
}
