package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// queued is a session on acc-0 that waits for a switch that is away.
func queued(source, destination, more string) string {
	return fmt.Sprintf(`{"onUnreachable":"queue"%s,"sources":[{"device":"acc-0","interface":%q}],"destinations":[{"device":"acc-0","interface":%q}]}`, more, source, destination)
}

// A gate is an address of a switch at which it listens while the gate is open.
// While it is shut a connection is refused, as where nothing listens.
type gate struct {
	t    testing.TB
	addr string
	to   string

	mu    sync.Mutex
	l     net.Listener
	conns []net.Conn
}

// newGate is a gate beside a switch: the same port of another loopback address,
// on which nobody else can listen.
func newGate(t testing.TB, sw *lab.Switch) *gate {
	t.Helper()
	_, port, err := net.SplitHostPort(sw.Addr())
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{t: t, addr: net.JoinHostPort("127.0.0.2", port), to: sw.Addr()}
	t.Cleanup(g.shut)
	return g
}

func (g *gate) open() {
	g.t.Helper()
	l, err := net.Listen("tcp", g.addr)
	if err != nil {
		g.t.Fatal(err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.l = l
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return // shut
			}
			out, err := net.Dial("tcp", g.to)
			if err != nil {
				in.Close()
				continue
			}
			g.mu.Lock()
			shut := g.l != l
			if !shut {
				g.conns = append(g.conns, in, out)
			}
			g.mu.Unlock()
			if shut {
				in.Close()
				out.Close()
				return
			}
			for _, pair := range [][2]net.Conn{{in, out}, {out, in}} {
				go func() {
					_, _ = io.Copy(pair[0], pair[1])
					pair[0].Close()
				}()
			}
		}
	}()
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.l != nil {
		g.l.Close()
	}
	for _, c := range g.conns {
		c.Close()
	}
	g.l, g.conns = nil, nil
}

// leave restarts a switch, which refuses connections until it returns.
func leave(sw *lab.Switch) {
	sw.SetTiming(lab.Timing{BootTime: lab.Duration(time.Hour)})
	sw.Reload()
}

// comeBack ends the restart. What was not saved is lost.
func comeBack(sw *lab.Switch) {
	sw.SetTiming(lab.Timing{})
	sw.Reload()
}

// away waits until the controller knows that a device is not there.
func (c *controller) away(device string) {
	c.t.Helper()
	testkit.Eventually(c.t, patience, device+" is away", func() bool {
		var d struct {
			Status struct{ Reachable struct{ Status string } }
		}
		a, err := c.try("GET", "/devices/"+device, "")
		if err != nil || a.status != 200 {
			return false
		}
		a.into(c.t, &d)
		return d.Status.Reachable.Status == "False"
	})
}

// waits checks that a session is not decided, and that its device is the reason.
func (c *controller) waits(what, name string) {
	c.t.Helper()
	var v session
	c.call("GET", "/sessions/"+name, "", 200).into(c.t, &v)
	c.pending(what, v)
}

func (c *controller) pending(what string, v session) {
	c.t.Helper()
	if v.Status.Phase != "Pending" || v.Status.Generation == v.Status.ObservedGeneration {
		c.t.Errorf("%s: %+v", what, v.Status)
	}
	for _, cond := range v.Status.Conditions {
		if cond.Type == "Admitted" && (cond.Status != "Unknown" || cond.Reason != "DeviceUnreachable" || !strings.Contains(cond.Message, "acc-0")) {
			c.t.Errorf("%s: %+v", what, cond)
		}
	}
}

// queue writes a session that must be accepted and left undecided.
func (c *controller) queue(what, name, body string) {
	c.t.Helper()
	a := c.call("PUT", "/sessions/"+name, body, 202)
	if !strings.HasPrefix(a.header.Get("Location"), "/api/v1/operations/") {
		c.t.Errorf("%s: no operation is named: %v", what, a.header)
	}
	var v session
	a.into(c.t, &v)
	c.pending(what, v)
}

// TestAnIntentIsQueuedForASwitchThatIsAway, in each way in which one can be away,
// outlives a crash, and is made and saved when the switch is back.
func TestAnIntentIsQueuedForASwitchThatIsAway(t *testing.T) {
	t.Parallel()
	silent := func(sw *lab.Switch, on bool) {
		if err := sw.SetFaults(lab.Faults{Silent: on}); err != nil {
			t.Error(err)
		}
		sw.DropConnections()
	}
	for _, c := range []struct {
		name     string
		tries    int // writes that are refused meanwhile
		goAway   func(*lab.Switch, *gate)
		comeBack func(*lab.Switch, *gate)
	}{
		{"silent", 1, func(sw *lab.Switch, _ *gate) { silent(sw, true) }, func(sw *lab.Switch, _ *gate) { silent(sw, false) }},
		{"restarts", 12, func(sw *lab.Switch, _ *gate) { leave(sw) }, func(sw *lab.Switch, _ *gate) { comeBack(sw) }},
		{"does not listen", 12, func(_ *lab.Switch, g *gate) { g.shut() }, func(_ *lab.Switch, g *gate) { g.open() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, 1, false, 1, "--resync", "1h", "--dial-timeout", "5s")
			sw := f.switches[0]
			g := newGate(t, sw)
			g.open()
			f.call("PATCH", "/devices/acc-0", `{"transports":{"config":{"address":"127.0.0.2"}}}`, 200)
			f.sync()
			before := sw.RunningConfig()
			c.goAway(sw, g)
			body := queued("Gi1/0/2", "Gi1/0/30", "")
			f.queue("accepted", "s", body)
			f.queue("the same again", "s", body)
			f.kill()
			f.startWith()
			f.waits("after a crash", "s")
			f.away("acc-0")
			f.waits("after a crash, tried again", "s")
			// Writes that try it meanwhile do not put off the next try of its own.
			for range c.tries {
				if a := f.call("PUT", "/sessions/other", strings.Replace(body, "queue", "refuse", 1), 503, 504); !strings.Contains(a.String(), "/sources/0/device") {
					t.Errorf("not asked to be queued: %s", a)
				}
			}
			if now := sw.RunningConfig(); stripTimes(now) != stripTimes(before) {
				t.Errorf("something was pushed:\n%s", lineDiff(before, now))
			}
			c.comeBack(sw, g)
			f.reach("s", "Active")
			for _, line := range []string{"monitor session 66 source interface Gi1/0/2\n", "monitor session 66 destination interface Gi1/0/30"} {
				if !strings.Contains(sw.RunningConfig(), line) || !strings.Contains(sw.StartupConfig(), line) {
					t.Errorf("%q is not held or not saved:\n%s", line, sw.RunningConfig())
				}
			}
			f.call("DELETE", "/sessions/s", "", 204)
			if after := sw.RunningConfig(); stripTimes(after) != stripTimes(before) {
				t.Errorf("not as before:\n%s", lineDiff(before, after))
			}
		})
	}
}

// TestWhatIsQueuedIsDecidedOnReturn by what the switch is then, and can be taken
// back until then.
func TestWhatIsQueuedIsDecidedOnReturn(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, false, 1, "--resync", "1h")
	sw := f.switches[0]
	g := newGate(t, sw)
	g.open()
	f.call("PATCH", "/devices/acc-0", `{"transports":{"config":{"address":"127.0.0.2"}}}`, 200)
	f.sync()
	before := stripTimes(sw.RunningConfig())
	nothing := func(what string) {
		t.Helper()
		if after := stripTimes(sw.RunningConfig()); after != before {
			t.Errorf("%s: not as before:\n%s", what, lineDiff(before, after))
		}
	}
	refused := func(name, why string) {
		t.Helper()
		v := f.reach(name, "Failed")
		if text := fmt.Sprint(v.Status.Conditions); !strings.Contains(text, "{Admitted False Refused") || !strings.Contains(text, why) {
			t.Errorf("%s: %s", name, text)
		}
	}

	// Of two that fit each but not together one is made, whatever is known.
	for _, known := range []bool{true, false} {
		g.shut()
		if !known {
			f.call("DELETE", "/devices/acc-0", "", 204)
			_, port, _ := net.SplitHostPort(g.addr)
			f.call("PUT", "/devices/acc-0", fmt.Sprintf(`{"platform":"cisco_iosxe","persist":"always","transports":{"config":{"protocol":"cli","address":"127.0.0.2","port":%s,"credentials":"campus"}}}`, port), 201)
			f.queue("no such port", "wrong", queued("Gi9/0/9", "Gi1/0/33", ""))
			if a := f.call("PUT", "/sessions/a?dryRun=true", queued("Gi1/0/2", "Gi1/0/30", ""), 200); !strings.Contains(a.String(), `"undecided"`) {
				t.Errorf("a preview: %s", a)
			}
		}
		f.queue("the first", "a", queued("Gi1/0/2", "Gi1/0/30", `,"tags":"strip"`))
		f.queue("the second", "b", queued("Gi1/0/2", "Gi1/0/30", `,"tags":"preserve"`))
		f.kill()
		f.startWith()
		f.waits("after a crash", "a")
		f.waits("after a crash", "b")
		g.open()
		made, other := "a", "b"
		testkit.Eventually(t, patience, "one is made", func() bool {
			if f.session("b").Status.Phase == "Active" {
				made, other = "b", "a"
			}
			return f.session(made).Status.Phase == "Active"
		})
		refused(other, "other options")
		if n := strings.Count(sw.RunningConfig(), "destination interface Gi1/0/30"); n != 1 {
			t.Errorf("%d sessions:\n%s", n, sw.RunningConfig())
		}
		if !known {
			refused("wrong", "no port GigabitEthernet9/0/9")
			f.call("DELETE", "/sessions/wrong", "", 204)
		}
		f.call("DELETE", "/sessions/"+other, "", 204)
		f.call("DELETE", "/sessions/"+made, "", 204)
		nothing("two that do not fit")
	}

	// Taken back while it waits.
	f.call("PUT", "/sessions/held", queued("Gi1/0/3", "Gi1/0/32", ""), 201)
	g.shut()
	f.queue("deleted soon", "a", queued("Gi1/0/2", "Gi1/0/30", ""))
	f.queue("disabled soon", "b", queued("Gi1/0/2", "Gi1/0/31", ""))
	f.queue("a change", "held", queued("Gi1/0/4", "Gi1/0/32", ""))
	f.call("DELETE", "/sessions/a", "", 204)
	if a := f.call("POST", "/sessions/b:disable", "", 200); !strings.Contains(a.String(), `"phase":"Suspended"`) {
		t.Errorf("disabled: %s", a)
	}
	if a, err := f.try("DELETE", "/sessions/held", ""); err != nil || a.status != 202 {
		t.Errorf("%s %v", a, err)
	}
	g.open()
	f.sync()
	testkit.Eventually(t, patience, "what was held is gone", func() bool { a, err := f.try("GET", "/sessions/held", ""); return err == nil && a.status == 404 })
	f.reach("b", "Suspended")
	f.call("GET", "/sessions/a", "", 404)
	nothing("taken back")
	g.shut()
	f.call("POST", "/sessions/b:enable", "", 202)
	f.waits("enabled", "b")
	g.open()
	f.reach("b", "Active")
	f.call("DELETE", "/sessions/b", "", 204)
	nothing("enabled and deleted")

	// The guard looks at what is there on return.
	g.shut()
	f.queue("onto a port that becomes a trunk", "guarded", queued("Gi1/0/2", "Gi1/0/30", ""))
	trunk(sw, true)
	g.open()
	refused("guarded", "switchport mode trunk")
	trunk(sw, false)
	nothing("the guard refused")
	f.call("PUT", "/sessions/guarded", queued("Gi1/0/2", "Gi1/0/30", ""), 200)
	f.reach("guarded", "Active")
	f.call("DELETE", "/sessions/guarded", "", 204)

	// Of a path nothing is made before all of it is there.
	far := f.switches[1]
	clean := stripTimes(far.RunningConfig())
	g.shut()
	f.queue("a path", "path", `{"onUnreachable":"queue","sources":[{"device":"acc-1","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/30"}],
		"rspan":{"vlan":905,"transit":[{"device":"acc-1","trunks":["Te1/1/1"]},{"device":"acc-0","trunks":["Gi1/0/23"]}]}}`)
	f.call("POST", "/devices/acc-1:sync", "", 200)
	if now := stripTimes(far.RunningConfig()); now != clean {
		t.Errorf("half of a path:\n%s", lineDiff(clean, now))
	}
	g.open()
	f.reach("path", "Active")
	if !strings.Contains(far.RunningConfig(), "destination remote vlan 905") || !strings.Contains(sw.RunningConfig(), "source remote vlan 905") {
		t.Errorf("not all of it:\n%s\n%s", sw.RunningConfig(), far.RunningConfig())
	}
	f.call("DELETE", "/sessions/path", "", 204)
	nothing("the path")
}
