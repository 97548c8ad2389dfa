package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// TestThePageInABrowser runs the checks of internal/web/browser in Chromium, over a
// controller with the demo's switches.
func TestThePageInABrowser(t *testing.T) {
	testkit.Need(t, "node", "chromium", "pdftotext")
	modules := filepath.Join(testkit.Root(t), "bin", "browser")
	if _, err := os.Stat(filepath.Join(modules, "node_modules", "playwright-core")); err != nil {
		testkit.Skip(t, "playwright-core and axe-core (make test-deps)")
	}
	f := newPageFleet(t)
	cmd := exec.CommandContext(t.Context(), "node", filepath.Join(testkit.Root(t), "internal", "web", "browser", "run.mjs"))
	tokens, err := json.Marshal(map[string]string{"admin": f.c.token, "operator": f.token("op", "operator"), "viewer": f.token("eye", "viewer")})
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "CHECK_URL="+f.c.url, "CHECK_TOKENS="+string(tokens), "CHECK_CONTROL="+f.control.URL, "CHECK_MODULES="+modules)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	checks := 0
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for ; lines.Scan(); checks++ {
		var check struct {
			Name, Error string
			OK          bool
			Told        []string
			Seconds     float64
		}
		if err := json.Unmarshal(lines.Bytes(), &check); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		t.Run(check.Name, func(t *testing.T) {
			t.Logf("%.1f s", check.Seconds)
			for _, figure := range check.Told {
				t.Log(figure)
			}
			if !check.OK {
				t.Error(check.Error)
			}
		})
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v after %d checks\n%s", err, checks, said.String())
	}
	if checks == 0 {
		t.Error("no check was made")
	}
}

// A pageFleet is what the checks look at, and what they may do to it.
type pageFleet struct {
	t       *testing.T
	c       *controller
	lab     *lab.Lab
	control *httptest.Server
}

func newPageFleet(t *testing.T) *pageFleet {
	spec, err := lab.Load(bytes.NewReader(demoFabric))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"acc-1:Gi1/0/22", "leaf-1:Et10", "leaf-1:Et16", "leaf-1:Et18", "leaf-1:Et22", "leaf-1:Et48"} {
		spec.Fabric.Hosts = append(spec.Fabric.Hosts, lab.HostSpec{At: at, Name: "tool at " + at}) // plugged in
	}
	l, err := lab.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	f := &pageFleet{t: t, lab: l, c: newController(t, "--resync", "2s", "--relief-hold", "10ms", "--watch-cli-interval", "200ms", "--watch-interval", "200ms", "--watch-window", "2s")}
	f.c.start()
	f.c.profile("demo", "--username", "netmirror", "--password", "env:DEMO_PASSWORD", "--enable", "env:DEMO_ENABLE")
	f.c.stop()
	f.start()
	for i, sw := range l.Switches() {
		f.device(sw, spec.Fabric.Switches[i].Platform)
	}
	f.c.call("PUT", "/tools/ids-1", `{"device":"acc-1","interface":"Gi1/0/23","owner":"secops"}`, 201)
	f.c.call("PUT", "/tools/ids-2", `{"device":"acc-1","interface":"Gi1/0/22","capacity":1000000000}`, 201)
	f.c.call("PUT", "/sessions/phones", `{"description":"jitter on 3F phones","purpose":{"reason":"one-way audio","ticket":"INC-4711"},"labels":{"team":"voice"},"lease":{"duration":"4h"},`+labSession[1:], 201)
	f.c.call("PUT", "/sessions/server-5", strings.Replace(farSession, "ids-1", "ids-2", 1), 201)
	f.c.call("PUT", "/sessions/off", `{"sources":[{"device":"leaf-1","interface":"Et7"}],"destinations":[{"device":"leaf-1","interface":"Et48"}],"enabled":false}`, 201)
	f.c.reach("phones", "Active")
	f.c.reach("server-5", "Active")
	f.control = httptest.NewServer(f.routes())
	t.Cleanup(f.control.Close)
	return f
}

// start starts the controller again where it was.
func (f *pageFleet) start() {
	if addr, ok := strings.CutPrefix(f.c.url, "http://"); ok {
		f.c.args = append(f.c.args, "--listen", addr)
	}
	token := f.c.token
	f.c.start("DEMO_PASSWORD=demo", "DEMO_ENABLE=demo-enable")
	f.c.token = token
}

func (f *pageFleet) token(name, role string) string {
	out, err := f.c.cli("", "token", "create", name, "--role", role, "--data", f.c.data)
	if err != nil {
		f.t.Errorf("%v\n%s", err, out)
	}
	return strings.TrimSpace(out)
}

// more are further switches like leaf-1, of no fabric.
func (f *pageFleet) more(names []string) error {
	spec, err := lab.Load(bytes.NewReader(demoFabric))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(spec.Fabric.Switches, func(s lab.SwitchSpec) bool { return s.Name == "leaf-1" })
	leaf := spec.Fabric.Switches[i]
	spec.Fabric.Switches, spec.Fabric.Links, spec.Fabric.Hosts, spec.Fabric.Traffic = nil, nil, nil, nil
	for _, name := range names {
		leaf.Name = name
		spec.Fabric.Switches = append(spec.Fabric.Switches, leaf)
		spec.Fabric.Hosts = append(spec.Fabric.Hosts, lab.HostSpec{At: name + ":Et48", Name: "tool at " + name})
	}
	l, err := lab.Start(f.t.Context(), spec)
	if err != nil {
		return err
	}
	f.t.Cleanup(l.Close)
	for _, sw := range l.Switches() {
		f.device(sw, leaf.Platform)
	}
	return nil
}

// device tells the controller of a switch.
func (f *pageFleet) device(sw *lab.Switch, platform string) {
	host, port, err := net.SplitHostPort(sw.Addr())
	if err != nil {
		f.t.Error(err)
		return
	}
	f.c.call("PUT", "/devices/"+sw.Name(), fmt.Sprintf(`{"platform":%q,"labels":{"site":"hq"},"transports":{"config":{"protocol":"cli","address":%q,"port":%s,"credentials":"demo"}}}`, platform, host, port), 201)
}

// routes are what a check may do to the fleet.
func (f *pageFleet) routes() http.Handler {
	mux := http.NewServeMux()
	do := func(what string, act func(r *http.Request) (string, error)) {
		mux.HandleFunc("POST /"+what, func(w http.ResponseWriter, r *http.Request) {
			out, err := act(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			_, _ = io.WriteString(w, out)
		})
	}
	do("kill", func(*http.Request) (string, error) { f.c.kill(); return "", nil })
	do("start", func(*http.Request) (string, error) { f.start(); return "", nil })
	do("freeze", func(*http.Request) (string, error) { return "", f.c.cmd.Process.Signal(syscall.SIGSTOP) })
	do("thaw", func(*http.Request) (string, error) { return "", f.c.cmd.Process.Signal(syscall.SIGCONT) })
	do("more", func(r *http.Request) (string, error) { return "", f.more(strings.Fields(r.FormValue("names"))) })
	do("token", func(r *http.Request) (string, error) { return f.token(r.FormValue("name"), r.FormValue("role")), nil })
	do("revoke", func(r *http.Request) (string, error) {
		list, err := f.c.cli("", "token", "list", "--data", f.c.data)
		if err != nil {
			return list, err
		}
		for line := range strings.Lines(list) {
			if words := strings.Fields(line); len(words) > 1 && slices.Contains(words, r.FormValue("name")) {
				return f.c.cli("", "token", "revoke", words[0], "--data", f.c.data)
			}
		}
		return "", fmt.Errorf("no such token in:\n%s", list)
	})
	do("silent", func(r *http.Request) (string, error) { // its copies stop, or go on
		return "", f.lab.Switch(r.FormValue("device")).UpdateFaults(func(all *lab.Faults) { all.MirrorsNothing = r.FormValue("on") == "true" })
	})
	do("leave", func(r *http.Request) (string, error) { leave(f.lab.Switch(r.FormValue("device"))); return "", nil })
	do("back", func(r *http.Request) (string, error) { comeBack(f.lab.Switch(r.FormValue("device"))); return "", nil })
	do("traffic", func(r *http.Request) (string, error) { // bits per second into a port
		bits, err := strconv.ParseInt(r.FormValue("bits"), 10, 64)
		if err != nil {
			return "", err
		}
		return "", f.lab.Switch(r.FormValue("device")).SetTraffic(r.FormValue("port"), "in", lab.TrafficSpec{BitsPerSecond: lab.BitRate(bits), FramesPerSecond: float64(bits) / 8000})
	})
	do("refuse", func(r *http.Request) (string, error) { // lines that begin so; "" = none
		var faults []lab.Refusal
		if line := r.FormValue("line"); line != "" {
			faults = []lab.Refusal{{Line: line, Answer: r.FormValue("answer")}}
		}
		return "", f.lab.Switch(r.FormValue("device")).UpdateFaults(func(all *lab.Faults) { all.Refuse = faults })
	})
	do("exec", func(r *http.Request) (string, error) {
		lines, err := io.ReadAll(r.Body)
		f.lab.Switch(r.URL.Query().Get("device")).Exec(strings.Split(strings.TrimSpace(string(lines)), "\n")...)
		return "", err
	})
	do("config", func(r *http.Request) (string, error) {
		return f.lab.Switch(r.FormValue("device")).RunningConfig(), nil
	})
	return mux
}
