package main

import (
	"bytes"
	"fmt"
	"net"
	"slices"
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
	return watchedSwitchWith(t, watching, platform, model, source, destination)
}

// watchedSwitchWith is watchedSwitch of a controller with other settings.
func watchedSwitchWith(t *testing.T, settings []string, platform, model, source, destination string) (*controller, *lab.Switch) {
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
	c := newController(t, settings...)
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

// tells waits for an event of a session, of one of some types.
func (c *controller) tells(types, session, words string) {
	c.t.Helper()
	testkit.Eventually(c.t, patience, "event "+types, func() bool {
		var page struct {
			Items []struct{ Type, Session, Message string }
		}
		a, err := c.try("GET", "/events?limit=500", "")
		if err != nil || a.status != 200 {
			return false
		}
		a.into(c.t, &page)
		for _, e := range page.Items {
			if slices.Contains(strings.Fields(types), e.Type) && e.Session == session && strings.Contains(e.Message, words) {
				return true
			}
		}
		return false
	})
}

// TestSilentDeathsAreSeen: a switch that copies nothing although it is configured, and a
// destination that goes down, on every simulated platform.
func TestSilentDeathsAreSeen(t *testing.T) {
	t.Parallel()
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
			// On a busy machine nothing may be known for a moment in between.
			c.tells("CopiesFlowing CopiesUnknown", "copies", "was False")

			sw.Exec("configure terminal", p.at, "shutdown", "end")
			c.becomes("copies", "DestinationHealthy", "False", "DestinationDown", "Degraded")
			c.tells("DestinationUnhealthy", "copies", "DestinationDown")
			sw.Exec("configure terminal", p.at, "no shutdown", "end")
			c.becomes("copies", "DestinationHealthy", "True", "Fits", "Active")
			c.tells("DestinationHealthy DestinationUnknown", "copies", "was False")
		})
	}
}

// loads is what is asked for at .../load.
type loads struct {
	Ends []struct {
		Tool                         string
		Offered, Capacity            float64
		Oversubscribed, OfferedKnown bool
		Terms                        []struct{ Source, Direction string }
	}
	History []struct{ Place string }
}

// loadIs waits until what is told at a path is right. Readings stand close together
// here, and a busy machine makes some of them wrong.
func (c *controller) loadIs(path string, right func(loads) bool) {
	c.t.Helper()
	var load loads
	defer func() {
		if c.t.Failed() {
			c.t.Logf("%s: %+v", path, load)
		}
	}()
	testkit.Eventually(c.t, patience, path, func() bool {
		load = loads{}
		c.call("GET", path, "", 200).into(c.t, &load)
		return right(load)
	})
}

// TestAnOversubscribedDestination is told with the figures, at the session and at its
// tool, and when it is over.
func TestAnOversubscribedDestination(t *testing.T) {
	t.Parallel()
	c, sw := watchedSwitch(t, "cisco_iosxe", "C9300-24T", "Gi1/0/14", "Gi1/0/23")
	c.call("PUT", "/tools/ids", `{"device":"acc-1","interface":"Gi1/0/23","capacity":1000000000}`, 201)
	c.call("PUT", "/sessions/copies", `{"sources":[{"device":"acc-1","interface":"Gi1/0/14"}],"destinations":[{"tool":"ids"}]}`, 200)
	c.becomes("copies", "DestinationHealthy", "True", "Fits", "Active")

	// 83.2 Mbit/s on the wire, of a tool that takes 50 from now on.
	c.call("PUT", "/tools/ids", `{"device":"acc-1","interface":"Gi1/0/23","capacity":50000000}`, 200)
	c.becomes("copies", "DestinationHealthy", "False", "Oversubscribed", "Degraded")
	c.tells("DestinationUnhealthy", "copies", "Mbit/s of 50 Mbit/s (capacity of tool ids)")
	for _, path := range []string{"/sessions/copies/load?history=hour", "/tools/ids/load?history=hour", "/devices/acc-1/load?history=hour"} {
		c.loadIs(path, func(load loads) bool {
			if len(load.Ends) != 1 || len(load.History) == 0 {
				return false
			}
			e := load.Ends[0]
			return e.Tool == "ids" && e.Offered > 60e6 && e.Offered < 110e6 && e.Capacity == 50e6 && e.Oversubscribed && len(e.Terms) == 2
		})
	}
	for _, direction := range []string{"in", "out"} {
		if err := sw.SetTraffic("Gi1/0/14", direction, lab.TrafficSpec{BitsPerSecond: 4e6, FramesPerSecond: 1000}); err != nil {
			t.Fatal(err)
		}
	}
	c.becomes("copies", "DestinationHealthy", "True", "Fits", "Active")
	c.becomes("copies", "Effective", "True", "CopiesFlow", "Active")
}

// TestAfterARestartNothingIsTakenForGranted: what was found before is not told as of now.
func TestAfterARestartNothingIsTakenForGranted(t *testing.T) {
	t.Parallel()
	c, sw := watchedSwitch(t, "cisco_iosxe", "C9300-24T", "Gi1/0/14", "Gi1/0/23")
	c.becomes("copies", "Effective", "True", "CopiesFlow", "Active")
	c.stop()
	if err := sw.UpdateFaults(func(f *lab.Faults) { f.Silent = true }); err != nil {
		t.Fatal(err)
	}
	sw.DropConnections()
	c.start("NM_PW=demo")
	for _, is := range c.session("copies").Status.Conditions {
		if (is.Type == "Effective" || is.Type == "DestinationHealthy") && is.Status != "Unknown" {
			t.Errorf("right after the start: %+v", is)
		}
	}
	if err := sw.UpdateFaults(func(f *lab.Faults) { f.Silent = false }); err != nil {
		t.Fatal(err)
	}
	sw.DropConnections()
	c.call("POST", "/devices/acc-1:sync", "", 200, 502, 503, 504)
	c.becomes("copies", "Effective", "True", "CopiesFlow", "Active")
}
