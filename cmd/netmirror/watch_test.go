package main

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// watchedFabric is a switch with a host whose traffic is copied, at 10,000 frames a
// second each way, and an analyser.
const watchedFabric = `
fabric:
  switches:
    - name: acc-1
      platform: %s
      model: %s
      credentials: [{username: netmirror, password: demo, privilege: 15}]
  hosts:
    - {at: "acc-1:%s", name: host}
    - {at: "acc-1:%s", name: ids}
  traffic:
    - {at: "acc-1:%s", direction: in, bitsPerSecond: 40M, framesPerSecond: 10000}
    - {at: "acc-1:%s", direction: out, bitsPerSecond: 40M, framesPerSecond: 10000}
`

// watching reads counters often, so that tests need not wait.
var watching = []string{"--resync", "1h", "--watch-cli-interval", "50ms", "--watch-interval", "50ms", "--watch-window", "1s"}

// watchedSwitch is a controller over one simulated switch, with a session copies from
// a port with traffic to another.
func watchedSwitch(t *testing.T, platform, model, source, destination string) (*controller, *lab.Switch) {
	t.Helper()
	spec, err := lab.Load(bytes.NewReader(fmt.Appendf(nil, watchedFabric, platform, model, source, destination, source, source)))
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	c := newController(t, watching...)
	c.start("NM_PW=demo")
	sw := l.Switch("acc-1")
	host, port, err := net.SplitHostPort(sw.Addr())
	if err != nil {
		t.Fatal(err)
	}
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	c.call("PUT", "/devices/acc-1", fmt.Sprintf(`{"platform":%q,"transports":{"config":{"protocol":"cli","address":%q,"port":%s,"credentials":"campus"}}}`, platform, host, port), 201)
	c.call("PUT", "/sessions/copies", fmt.Sprintf(`{"sources":[{"device":"acc-1","interface":%q}],"destinations":[{"device":"acc-1","interface":%q}]}`, source, destination), 201)
	return c, sw
}

// becomes waits until a condition has a state and reason, and the session a phase.
func (c *controller) becomes(name, condition, state, reason, phase string) session {
	c.t.Helper()
	var s session
	defer func() {
		if c.t.Failed() {
			c.t.Logf("%+v", s)
		}
	}()
	testkit.Eventually(c.t, patience, fmt.Sprintf("%s of %s is %s (%s), phase %s", condition, name, state, reason, phase), func() bool {
		s = c.session(name)
		for _, is := range s.Status.Conditions {
			if is.Type == condition && is.Status == state && is.Reason == reason {
				return s.Status.Phase == phase
			}
		}
		return false
	})
	return s
}

// tells waits for an event of a session.
func (c *controller) tells(typ, session, words string) {
	c.t.Helper()
	testkit.Eventually(c.t, patience, "event "+typ, func() bool {
		var page struct {
			Items []struct{ Type, Session, Message string }
		}
		a, err := c.try("GET", "/events?limit=500", "")
		if err != nil || a.status != 200 {
			return false
		}
		a.into(c.t, &page)
		for _, e := range page.Items {
			if e.Type == typ && e.Session == session && strings.Contains(e.Message, words) {
				return true
			}
		}
		return false
	})
}

// TestSilentDeathsAreSeen: a switch that copies nothing although it is configured, and a
// destination that goes down, on every simulated platform.
func TestSilentDeathsAreSeen(t *testing.T) {
	for _, p := range []struct{ platform, model, source, destination, at string }{
		{"cisco_iosxe", "C9300-24T", "Gi1/0/14", "Gi1/0/23", "interface GigabitEthernet1/0/23"},
		{"arista_eos", "DCS-7050SX3-48YC8", "Et7", "Et9", "interface Ethernet9"},
	} {
		t.Run(p.platform, func(t *testing.T) {
			c, sw := watchedSwitch(t, p.platform, p.model, p.source, p.destination)
			c.becomes("copies", "Effective", "True", "CopiesFlow", "Active")
			c.becomes("copies", "DestinationHealthy", "True", "Fits", "Active")

			if err := sw.UpdateFaults(func(f *lab.Faults) { f.MirrorsNothing = true }); err != nil {
				t.Fatal(err)
			}
			c.becomes("copies", "Effective", "False", "CopiesNotFlowing", "Degraded")
			c.tells("CopiesNotFlowing", "copies", "expected copies were counted")
			if err := sw.UpdateFaults(func(f *lab.Faults) { f.MirrorsNothing = false }); err != nil {
				t.Fatal(err)
			}
			c.becomes("copies", "Effective", "True", "CopiesFlow", "Active")
			c.tells("CopiesFlowing", "copies", "was False")

			sw.Exec("configure terminal", p.at, "shutdown", "end")
			c.becomes("copies", "DestinationHealthy", "False", "DestinationDown", "Degraded")
			c.tells("DestinationUnhealthy", "copies", "DestinationDown")
			sw.Exec("configure terminal", p.at, "no shutdown", "end")
			c.becomes("copies", "DestinationHealthy", "True", "Fits", "Active")
			c.tells("DestinationHealthy", "copies", "was False")
		})
	}
}
