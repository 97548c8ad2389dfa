package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// guardBody is a session onto Gi1/0/30 of the first switch.
const guardBody = `{"sources":[{"device":"acc-0","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/30"}]}`

// trunk makes, or unmakes, Gi1/0/30 a trunk by hand.
func trunk(sw *lab.Switch, on bool) {
	line := "switchport mode trunk"
	if !on {
		line = "no switchport mode"
	}
	sw.Exec("configure terminal", "interface GigabitEthernet1/0/30", line, "end")
}

func (c *controller) configured(name, word string) {
	c.t.Helper()
	var last string
	testkit.Eventually(c.t, patience, name+" says "+word, func() bool {
		last = fmt.Sprint(c.session(name).Status.Conditions)
		return strings.Contains(last, word)
	})
}

// TestTheGuardDecidesOnFactsOfNow: a person makes a port a trunk, adds an address
// or connects a machine, at each moment at which an older read could be believed.
func TestTheGuardDecidesOnFactsOfNow(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, false, 1, "--resync", "1h")
	sw := f.switches[0]
	clean := sw.RunningConfig()
	nothing := func(what string) {
		t.Helper()
		if now := sw.RunningConfig(); strings.Contains(now, "monitor session 66") {
			t.Errorf("%s: a session was made all the same:\n%s", what, lineDiff(clean, now))
		}
	}
	f.call("POST", "/devices/acc-0:sync", "", 200)

	byHand := func(lines ...string) {
		sw.Exec(append(append([]string{"configure terminal", "interface GigabitEthernet1/0/30"}, lines...), "end")...)
	}
	for _, x := range []struct{ what, do, undo string }{
		{"switchport mode trunk", "switchport mode trunk", "no switchport mode"},
		{"member of Port-channel5", "channel-group 5 mode on", "no channel-group"},
		{"ip address 192.0.2.1", "no switchport\nip address 192.0.2.1 255.255.255.0", "no ip address\nswitchport"},
	} {
		byHand(strings.Split(x.do, "\n")...)
		if a := f.call("PUT", "/sessions/s", guardBody, 409).String(); !strings.Contains(a, "destination-guard") || !strings.Contains(a, x.what) {
			t.Errorf("%s: %s", x.what, a)
		}
		nothing(x.what)
		byHand(strings.Split(x.undo, "\n")...)
	}

	// Between the accepted write and the push that had to wait.
	maintenance := func(on bool) {
		t.Helper()
		f.call("PATCH", "/devices/acc-0", fmt.Sprintf(`{"maintenance":%t}`, on), 200)
	}
	maintenance(true)
	if a, err := f.try("PUT", "/sessions/s", guardBody); err != nil || a.status >= 300 {
		t.Fatal(a, err)
	}
	f.configured("s", "NotPushed")
	trunk(sw, true)
	maintenance(false)
	f.reach("s", "Failed")
	f.configured("s", "switchport mode trunk")
	nothing("queued")
	if a := f.call("GET", "/events?limit=500", "", 200).String(); !strings.Contains(a, "looks in use (trunk)") {
		t.Errorf("the reasons are in no event: %s", a)
	}
	trunk(sw, false)
	f.call("DELETE", "/sessions/s", "", 204)

	// Before a repair, which goes on when the port is as it was.
	f.call("PUT", "/sessions/s", guardBody, 201)
	good := sw.RunningConfig()
	trunk(sw, true)
	sw.Exec("configure terminal", "no monitor session 66", "end")
	f.call("POST", "/devices/acc-0:sync", "", 200)
	f.configured("s", "DestinationInUse")
	f.configured("s", "switchport mode trunk")
	nothing("repair")
	trunk(sw, false)
	f.call("POST", "/devices/acc-0:sync", "", 200)
	testkit.Eventually(t, patience, "the repair", func() bool { return sw.RunningConfig() == good })
	f.reach("s", "Active")

	// What passes a port stops no repair, but the first session there.
	traffic := lab.TrafficSpec{BitsPerSecond: 90000, FramesPerSecond: 50}
	if err := sw.SetTraffic("Gi1/0/30", "in", traffic); err != nil {
		t.Fatal(err)
	}
	sw.Exec("configure terminal", "no monitor session 66", "end")
	f.call("POST", "/devices/acc-0:sync", "", 200)
	testkit.Eventually(t, patience, "the second repair", func() bool { return sw.RunningConfig() == good })
	f.reach("s", "Active")
	f.call("DELETE", "/sessions/s", "", 204)
	sw.SteadyMeans() // it has received for long again
	if a := f.call("PUT", "/sessions/s", guardBody, 409).String(); !strings.Contains(a, "5 minute input rate 90000 bits/sec") {
		t.Errorf("received traffic: %s", a)
	}
	f.call("PUT", "/tools/probe", `{"device":"acc-0","interface":"gi1/0/30"}`, 201)
	if a := f.call("PUT", "/sessions/s", guardBody, 201).String(); strings.Contains(a, "destination-guard") {
		t.Errorf("a tool's port: %s", a)
	}
	f.reach("s", "Active")

	// The word of a person goes before everything.
	f.call("DELETE", "/sessions/s", "", 204)
	trunk(sw, true)
	f.call("PUT", "/sessions/s", guardBody, 409)
	f.call("PUT", "/sessions/s", strings.Replace(guardBody, `{"sources"`, `{"force":true,"sources"`, 1), 201)
	f.reach("s", "Active")
}
