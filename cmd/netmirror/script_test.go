package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

var updateScripts = flag.Bool("update", false, "rewrite what scripts compare with")

// TestScripts plays testdata/script/*.txtar: what people type, and what they read. The
// README there lists the commands beside those of testscript. The program runs as a process
// of its own; what is new with every run (times, ids, ports) is made the same.
func TestScripts(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, filepath.Join(bin, "netmirror"))
	}
	if err != nil {
		t.Fatal(err)
	}
	stage := &scripts{t: t, shared: sharedWorld(t)}
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: *updateScripts,
		Setup: func(e *testscript.Env) error {
			e.Values[playKey{}] = &play{same: newSame()}
			e.Setenv("PATH", bin+string(filepath.ListSeparator)+e.Getenv("PATH"))
			e.Setenv("HOME", e.WorkDir)
			// The race detector otherwise sleeps a second at every exit.
			e.Vars = append(e.Vars, "NETMIRROR_TEST_PROGRAM=1", "GORACE=atexit_sleep_ms=10", "TZ=UTC", "NM_PW=demo", "NM_EN=demo-enable")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"world": stage.world, "netmirror": stage.netmirror, "exits": stage.exits, "until": stage.until,
			"api": stage.api, "byhand": stage.byhand, "expand": stage.expand,
		},
	})
}

// scripts are what all of them share.
type scripts struct {
	t      *testing.T
	shared *scriptWorld // for those that only read
}

// A scriptWorld is a running controller, and the simulated switches it knows.
type scriptWorld struct {
	*controller
	lab *lab.Lab
}

type playKey struct{}

// A play is one run of one script.
type play struct {
	same  *same
	world *scriptWorld
	code  int // exit code of the last command
}

func playOf(ts *testscript.TestScript) *play { return ts.Value(playKey{}).(*play) }

// world gives the script a controller: shared, which nobody may write to; empty, its own; or
// lab, its own that knows the switches of the demo.
func (s *scripts) world(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: world shared|empty|lab [FLAG OF serve...]")
	}
	var w *scriptWorld
	switch args[0] {
	case "shared":
		w = s.shared
	case "empty", "lab":
		w = newWorld(s.t, args[0] == "lab", args[1:]...)
		ts.Defer(w.stop)
	}
	if w == nil {
		ts.Fatalf("there is no world %s", args[0])
	}
	p := playOf(ts)
	p.world = w
	ts.Setenv("NETMIRROR_URL", w.url)
	ts.Setenv("NETMIRROR_TOKEN", w.token)
	ts.Setenv("NETMIRROR_DATA", w.data)
	p.same.fixed(w.data, "/data")
	p.same.port(w.url, "18420")
	if w.lab == nil {
		return
	}
	for i, sw := range w.lab.Switches() {
		_, port, _ := net.SplitHostPort(sw.Addr())
		ts.Setenv("PORT_"+strings.ReplaceAll(sw.Name(), "-", "_"), port)
		p.same.port(sw.Addr(), fmt.Sprint(22001+i))
	}
}

// newWorld starts a controller, over the switches of the demo where they are wanted.
func newWorld(t *testing.T, switches bool, args ...string) *scriptWorld {
	w := &scriptWorld{controller: newController(t, append([]string{"--resync", "1h"}, args...)...)}
	if switches {
		w.lab = startLab(t, string(demoFabric))
	}
	w.start("NM_PW=demo", "NM_EN=demo-enable")
	if !switches {
		return w
	}
	w.profile("campus", "--username", "netmirror", "--password", "env:NM_PW", "--enable", "env:NM_EN")
	for _, sw := range w.lab.Switches() {
		platform := "cisco_iosxe"
		if strings.HasPrefix(sw.Name(), "leaf") {
			platform = "arista_eos"
		}
		host, port, err := net.SplitHostPort(sw.Addr())
		if err != nil {
			t.Fatal(err)
		}
		w.call("PUT", "/devices/"+sw.Name(), fmt.Sprintf(`{"platform":%q,"labels":{"site":"lab"},"transports":{"config":{"protocol":"cli","address":%q,"port":%s,"credentials":"campus"}}}`, platform, host, port), 201)
		w.call("POST", "/devices/"+sw.Name()+":sync", "", 200) // what happens first is the same each time
	}
	return w
}

// sharedWorld holds one of everything that people look at.
func sharedWorld(t *testing.T) *scriptWorld {
	w := newWorld(t, true)
	for _, x := range []struct{ path, body string }{
		{"/tools/ids-1", `{"device":"acc-1","interface":"Gi1/0/23","capacity":1000000000,"maxUtilization":0.8,"owner":"soc","labels":{"team":"soc"}}`},
		{"/tools/recorder", `{"ip":"192.0.2.50","owner":"noc"}`},
		{"/filters/web", `{"description":"what browsers ask","rules":[{"action":"deny","source":"10.0.0.0/8"},{"action":"permit","protocol":"tcp","destinationPort":443}]}`},
		{"/sessions/phones", `{"description":"jitter on 3F phones","labels":{"team":"voice","env":"lab"},"purpose":{"reason":"jitter","ticket":"INC-4711"},` +
			`"sources":[{"device":"acc-1","interface":"Gi1/0/14"},{"device":"acc-1","interface":"Gi1/0/2-4","direction":"rx"}],"destinations":[{"tool":"ids-1"}]}`},
		{"/sessions/parked", `{"enabled":false,"labels":{"team":"voice"},"sources":[{"device":"acc-1","interface":"Gi1/0/15"}],"destinations":[{"tool":"ids-1"}]}`},
		{"/sessions/server-5-to-the-intrusion-detection", `{"lease":{"duration":"720h"},"sources":[{"device":"dist-1","interface":"Gi1/0/5","direction":"rx"}],"destinations":[{"device":"acc-1","interface":"Gi1/0/22"}],` +
			`"rspan":{"vlan":900,"transit":[{"device":"dist-1","trunks":["Te1/1/1"]},{"device":"acc-1","trunks":["Te1/1/1"]}]}}`},
		{"/sessions/server-7", `{"driftPolicy":"report","labels":{"team":"web"},"sources":[{"device":"leaf-1","interface":"Et7"}],"destinations":[{"device":"leaf-1","interface":"Et47"}]}`},
	} {
		w.call("PUT", x.path, x.body, 201)
	}
	// A device that is away.
	w.call("PUT", "/devices/away-1", `{"platform":"openvswitch","transports":{"config":{"protocol":"ovsdb","address":"127.0.0.1","port":1}}}`, 201)
	testkit.Eventually(t, patience, "away-1 is found to be away", func() bool {
		return strings.Contains(w.call("GET", "/devices/away-1", "", 200).String(), `"Unreachable"`)
	})
	// A change by hand that is reported and not repaired.
	w.lab.Switch("leaf-1").Exec("configure", "no monitor session "+w.native("leaf-1")+" source Ethernet7", "end")
	w.call("POST", "/devices/leaf-1:sync", "", 200)
	w.reach("server-7", "Degraded")
	return w
}

// native is the name of our only native session on a device.
func (w *scriptWorld) native(device string) string {
	var page struct {
		Items []struct{ ID, Owner string }
	}
	w.call("GET", "/devices/"+device+"/observed-sessions", "", 200).into(w.t, &page)
	for _, x := range page.Items {
		if x.Owner == "netmirror" {
			return x.ID
		}
	}
	w.t.Fatalf("nothing on %s is ours", device)
	return ""
}

// netmirror runs the program. ! says that it must fail.
func (s *scripts) netmirror(ts *testscript.TestScript, neg bool, args []string) {
	p := playOf(ts)
	stdout, stderr, err := p.run(ts, args)
	_, _ = io.WriteString(ts.Stdout(), stdout)
	_, _ = io.WriteString(ts.Stderr(), stderr)
	switch {
	case neg && err == nil:
		ts.Fatalf("it did not fail")
	case !neg && err != nil:
		ts.Fatalf("%v\n%s", err, stderr)
	}
}

// run runs the program once; what it wrote is made the same.
func (p *play) run(ts *testscript.TestScript, args []string) (stdout, stderr string, err error) {
	err = ts.Exec("netmirror", args...)
	p.code = 0
	if e := (*exec.ExitError)(nil); errors.As(err, &e) {
		p.code = e.ExitCode()
	}
	if p.world != nil {
		p.same.instances(p.world)
	}
	return p.same.text(ts.ReadFile("stdout")), p.same.text(ts.ReadFile("stderr")), err
}

// exits compares the exit code of the last command.
func (s *scripts) exits(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: exits CODE")
	}
	if code := playOf(ts).code; fmt.Sprint(code) != args[0] {
		ts.Fatalf("it ended with %d, not %s", code, args[0])
	}
}

// until runs the program until its output holds a text.
func (s *scripts) until(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || neg {
		ts.Fatalf("usage: until TEXT ARG...")
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		stdout, stderr, _ := playOf(ts).run(ts, args[1:])
		if strings.Contains(stdout+stderr, args[0]) {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			ts.Fatalf("%q never came; the last was\n%s%s", args[0], stdout, stderr)
		}
	}
}

// api asks the controller itself: METHOD PATH [FILE]. The answer is the output.
func (s *scripts) api(ts *testscript.TestScript, neg bool, args []string) {
	p := playOf(ts)
	if len(args) < 2 || p.world == nil {
		ts.Fatalf("usage: api METHOD PATH [FILE], of a world")
	}
	body := ""
	if len(args) > 2 {
		body = ts.ReadFile(args[2])
	}
	a, err := p.world.try(args[0], args[1], body, "Prefer", "wait=60")
	ts.Check(err)
	_, _ = io.WriteString(ts.Stdout(), p.same.text(a.String()))
	if (a.status >= 400) != neg {
		ts.Fatalf("%s", a)
	}
}

// byhand types lines at a simulated switch: SWITCH LINE...
func (s *scripts) byhand(ts *testscript.TestScript, neg bool, args []string) {
	p := playOf(ts)
	if len(args) < 2 || neg || p.world == nil || p.world.lab == nil {
		ts.Fatalf("usage: byhand SWITCH LINE..., of world lab")
	}
	_, _ = io.WriteString(ts.Stdout(), p.world.lab.Switch(args[0]).Exec(args[1:]...))
}

// expand puts the values of variables into files, as $PORT_acc_1.
func (s *scripts) expand(ts *testscript.TestScript, _ bool, files []string) {
	for _, f := range files {
		ts.Check(os.WriteFile(ts.MkAbs(f), []byte(os.Expand(ts.ReadFile(f), ts.Getenv)), 0o600))
	}
}
