package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/ovslab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// patience bounds every wait of these tests.
const patience = testkit.Patience

// TestMain lets the test binary be the program itself, so that it can be
// killed.
func TestMain(m *testing.M) {
	if os.Getenv("NETMIRROR_TEST_PROGRAM") == "1" {
		main()
		return
	}
	os.Exit(m.Run())
}

// A controller is a running program with its address and token.
type controller struct {
	messages map[string]string // where it listens for messages of devices
	t        testing.TB
	data     string
	args     []string
	url      string
	token    string
	cmd      *exec.Cmd
	ended    chan struct{}
	stderr   *lockedBuffer
}

func newController(t testing.TB, args ...string) *controller {
	t.Helper()
	c := &controller{t: t, data: t.TempDir(), args: args, messages: map[string]string{}}
	t.Cleanup(c.stop)
	return c
}

// start runs the program as a child and waits until it listens. env are
// further variables.
func (c *controller) start(env ...string) {
	c.t.Helper()
	args := append([]string{"serve", "--listen", "127.0.0.1:0", "--data", c.data, "--log-level", "debug"}, c.args...)
	if !slices.ContainsFunc(c.args, func(a string) bool { return strings.HasPrefix(a, "--watch") }) {
		args = append(args, "--watch=false") // most analysers of these tests are not plugged in
	}
	c.emptyStore()
	c.cmd = exec.Command(os.Args[0], args...)
	// The race detector otherwise sleeps a second at every exit.
	c.cmd.Env = append(append(os.Environ(), "NETMIRROR_TEST_PROGRAM=1", "GORACE=atexit_sleep_ms=10"), env...)
	c.stderr = &lockedBuffer{}
	c.cmd.Stderr = c.stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	lines := make(chan string)
	c.ended = make(chan struct{})
	cmd, ended := c.cmd, c.ended
	go func() {
		defer close(ended)
		sc := bufio.NewScanner(out)
		for sc.Scan() {
			lines <- sc.Text()
		}
		close(lines)
		_ = cmd.Wait()
	}()
	timeout := time.After(patience)
	for c.url = ""; c.url == ""; {
		select {
		case line, ok := <-lines:
			if !ok {
				c.t.Fatalf("the program ended: %s", c.stderr.String())
			}
			if v, ok := strings.CutPrefix(line, "admin token, shown this once: "); ok {
				c.token = v
			}
			if v, ok := strings.CutPrefix(line, "listening on "); ok {
				c.url = v
			}
			if v, ok := strings.CutPrefix(line, "listening for "); ok {
				what, addr, _ := strings.Cut(v, " on ")
				c.messages[what] = addr
			}
		case <-timeout:
			c.t.Fatalf("the program does not listen: %s", c.stderr.String())
		}
	}
	go func() {
		for range lines { // drain
		}
	}()
}

// stop ends the program as a service manager would.
func (c *controller) stop() { c.end(syscall.SIGTERM) }

// kill is kill -9.
func (c *controller) kill() { c.end(syscall.SIGKILL) }

func (c *controller) end(sig syscall.Signal) {
	if c.cmd == nil {
		return
	}
	_ = c.cmd.Process.Signal(sig)
	c.died()
}

// died waits for the end of the program.
func (c *controller) died() {
	c.t.Helper()
	select {
	case <-c.ended:
	case <-time.After(patience):
		_ = c.cmd.Process.Kill()
		c.t.Error("the program did not end")
		<-c.ended
	}
	if log := c.stderr.String(); strings.Contains(log, "DATA RACE") {
		c.t.Errorf("a data race in the program:\n%s", log[strings.Index(log, "DATA RACE"):])
	}
	if c.t.Failed() {
		c.t.Logf("the program's log:\n%s", tail(c.stderr.String(), 200))
	}
	c.cmd = nil
}

// tail is the end of a log without what the test itself asked again and again.
func tail(s string, n int) string {
	lines := slices.DeleteFunc(strings.Split(s, "\n"), func(l string) bool {
		return strings.Contains(l, "method=GET") || strings.Contains(l, ":sync") || strings.Contains(l, ":release")
	})
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// lockedBuffer is written by the child's output and read by the test.
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

// An answer is a response of the API.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, a.body) }

// into decodes the body.
func (a answer) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%v in %s", err, a)
	}
}

// try makes a request and may fail, for tests that kill the program.
func (c *controller) try(method, path, body string, header ...string) (answer, error) {
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.url+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, raw}, err
}

// call makes a request and expects one of the statuses. A rollout that outlasts the
// wait of its request, as on a slow machine, is followed to its end.
func (c *controller) call(method, path, body string, want ...int) answer {
	c.t.Helper()
	a, err := c.try(method, path, body, "Prefer", "wait=60")
	if err != nil {
		c.t.Fatalf("%s %s: %v\n%s", method, path, err, tail(c.stderr.String(), 40))
	}
	if a.status == 202 && !slices.Contains(want, 202) {
		a = c.outlasted(a, path, want)
	}
	if !slices.Contains(want, a.status) {
		c.t.Fatalf("%s %s: %s\n%s", method, path, a, tail(c.stderr.String(), 40))
	}
	return a
}

// outlasted is what a request would have been answered at the end of its rollout: 204
// where the session is gone, else the wanted status of success with the session.
func (c *controller) outlasted(a answer, path string, want []int) answer {
	c.t.Helper()
	operation, ok := strings.CutPrefix(a.header.Get("Location"), "/api/v1/operations/")
	if !ok {
		return a
	}
	testkit.Eventually(c.t, patience, "the end of "+operation, func() bool {
		o, err := c.try("GET", "/operations/"+operation, "")
		return err == nil && (o.status == 404 || strings.Contains(o.String(), `"finished":`))
	})
	path, _, _ = strings.Cut(path, ":")
	path, _, _ = strings.Cut(path, "?")
	now, err := c.try("GET", path, "")
	if err != nil {
		return a
	}
	success := slices.IndexFunc(want, func(status int) bool { return status < 300 && status != 204 })
	switch {
	case now.status == 404:
		now.status = 204
	case now.status == 200 && success >= 0:
		now.status = want[success]
	default:
		return a
	}
	return now
}

// session is what the tests look at.
type session struct {
	Name string `json:"name"`
	Spec struct {
		Enabled *bool `json:"enabled"`
	} `json:"spec"`
	Status struct {
		Phase              string `json:"phase"`
		Generation         int64  `json:"generation"`
		ObservedGeneration int64  `json:"observedGeneration"`
		Conditions         []struct{ Type, Status, Reason, Message string }
	} `json:"status"`
}

func (c *controller) session(name string) session {
	var s session
	if a, err := c.try("GET", "/sessions/"+name, ""); err == nil {
		_ = json.Unmarshal(a.body, &s)
	}
	return s
}

func (c *controller) reach(name, phase string) session {
	c.t.Helper()
	var s session
	defer func() {
		if c.t.Failed() {
			c.t.Logf("%+v\n%s", s, tail(c.stderr.String(), 40))
		}
	}()
	testkit.Eventually(c.t, patience, name+" becomes "+phase, func() bool { s = c.session(name); return s.Status.Phase == phase })
	return s
}

// A site is a real Open vSwitch with four hosts under a controller.
type site struct {
	*controller
	lab               *ovslab.Lab
	bridge            string
	a, b, tool, tool2 *ovslab.Host
}

func newSite(t testing.TB, args ...string) *site {
	t.Helper()
	testkit.Need(t, "ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-appctl", "ip", "ping", "ethtool")
	testkit.NeedRoot(t)
	s := &site{}
	var err error
	check := func() {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s.lab, err = ovslab.Start(t.Context(), t.TempDir())
	check()
	t.Cleanup(func() {
		if err := s.lab.Close(); err != nil {
			t.Error(err)
		}
	})
	s.bridge, err = s.lab.AddBridge(t.Context())
	check()
	for i, h := range []**ovslab.Host{&s.a, &s.b, &s.tool, &s.tool2} {
		*h, err = s.lab.AddHost(t.Context(), s.bridge, fmt.Sprintf("h%d", i), fmt.Sprintf("10.20.0.%d/24", i+1))
		check()
	}
	s.controller = newController(t, args...) // its cleanup comes before the lab's
	return s
}

func (s *site) addDevice() {
	s.t.Helper()
	s.call("PUT", "/devices/sw1", fmt.Sprintf(`{"platform":"openvswitch","transports":{"config":{"protocol":"ovsdb","address":%q,"bridge":%q}}}`,
		s.lab.Socket(), s.bridge), 200, 201)
}

// body of a session from port with direction to host.
func body(dest *ovslab.Host, sources ...string) string {
	var list []string
	for _, src := range sources {
		port, dir, _ := strings.Cut(src, " ")
		list = append(list, fmt.Sprintf(`{"device":"sw1","interface":%q,"direction":%q}`, port, dir))
	}
	return fmt.Sprintf(`{"sources":[%s],"destinations":[{"device":"sw1","interface":%q}]}`, strings.Join(list, ","), dest.Port)
}

// copies pings three times from a to b and counts the ICMP copies at each host.
func (s *site) copies(want map[*ovslab.Host]int) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	testkit.Eventually(s.t, patience, "the switch process has taken the database", func() bool {
		return s.vsctl("get", "Open_vSwitch", ".", "cur_cfg") == s.vsctl("get", "Open_vSwitch", ".", "next_cfg")
	})
	// An address request that is lost is repeated after a second, longer than
	// the three pings last: let the hosts know each other before they count.
	if err := s.lab.Reach(ctx, s.a, s.b); err != nil {
		s.t.Fatal(err)
	}
	captures := map[*ovslab.Host]*ovslab.Capture{}
	for h := range want {
		c, err := h.StartCapture()
		if err != nil {
			s.t.Fatal(err)
		}
		defer c.Close()
		captures[h] = c
	}
	for _, c := range captures { // what is still on its way is not of these pings
		if _, err := c.Wait(ctx, 0, 100*time.Millisecond); err != nil {
			s.t.Fatal(err)
		}
		c.Reset()
	}
	if got, err := s.lab.Ping(ctx, s.a, s.b, 3); err != nil || got != 3 {
		s.t.Fatalf("%d of 3 pings came back: %v", got, err)
	}
	for h, n := range want {
		got, err := captures[h].Wait(ctx, n, 100*time.Millisecond)
		if err != nil {
			s.t.Fatal(err)
		}
		if got.Echoes() != n {
			s.t.Errorf("%d copies at %s, want %d", got.Echoes(), h.Name, n)
		}
	}
}

func (s *site) vsctl(args ...string) string {
	s.t.Helper()
	out, err := s.lab.Vsctl(s.t.Context(), args...)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func (s *site) dump() string {
	s.t.Helper()
	d, err := s.lab.Dump(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// foreignMirror is somebody else's mirror of a's port at tool2.
func (s *site) foreignMirror(name string) {
	s.t.Helper()
	s.vsctl("--", "--id=@s", "get", "Port", s.a.Port, "--", "--id=@d", "get", "Port", s.tool2.Port,
		"--", "--id=@m", "create", "Mirror", "name="+name, "select_src_port=@s", "select_dst_port=@s", "output_port=@d",
		"--", "add", "Bridge", s.bridge, "mirrors", "@m")
}

func (s *site) mirrors() []string {
	s.t.Helper()
	return strings.Fields(s.vsctl("--bare", "--columns=name", "list", "Mirror"))
}

// profile makes a credentials profile for devices on loopback.
func (c *controller) profile(name string, args ...string) {
	c.t.Helper()
	if out, err := c.cli("", append([]string{"credentials", "set", name, "--data", c.data, "--for", "127.0.0.0/8"}, args...)...); err != nil {
		c.t.Fatalf("%v\n%s", err, out)
	}
}

// cli runs the command line against the controller.
func (c *controller) cli(stdin string, args ...string) (string, error) {
	c.t.Helper()
	var out, errs bytes.Buffer
	env := func(k string) (string, bool) {
		v, ok := map[string]string{"NETMIRROR_URL": c.url, "NETMIRROR_TOKEN": c.token}[k]
		return v, ok
	}
	err := run(c.t.Context(), args, console{strings.NewReader(stdin), &out, &errs, env})
	return out.String() + errs.String(), err
}
