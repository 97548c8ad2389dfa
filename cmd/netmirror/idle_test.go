package main

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// loginCommands are those that make a terminal fit: its length and its width.
const loginCommands = 2

// TestAResyncOverANewConnection: a terminal line is given back when nothing needs
// it; over the next one a switch that is the same is asked who it is and for the
// narrow view, after the login, also when the controller was away. Nothing of that
// shows in a status.
func TestAResyncOverANewConnection(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, false, 1, "--resync", "2s", "--idle-close", "1s")
	sw := f.switches[0]
	f.call("PUT", "/sessions/s", `{"sources":[{"device":"acc-0","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/30"}]}`, 201)
	f.reach("s", "Active")
	free := func() (seen lab.Stats) { // what the switch had seen when no line was in use
		t.Helper()
		testkit.Eventually(t, patience, "the line is given back", func() bool {
			seen = sw.Stats()
			return seen.ConnectionsOpen == 0
		})
		return seen
	}
	resync := func(what string, before lab.Stats) {
		t.Helper()
		var now lab.Stats
		testkit.Eventually(t, patience, "another connection that is given back", func() bool {
			now = sw.Stats()
			return now.ConnectionsOpen == 0 && now.Logins > before.Logins
		})
		logins, commands := now.Logins-before.Logins, now.Commands-before.Commands
		if commands != logins*(loginCommands+2) {
			t.Errorf("%s: %d commands over %d connections, want %d and 2 over each", what, commands, logins, loginCommands)
		}
	}
	resync("an undisturbed switch", free())
	f.stop()
	before := free()
	f.startWith()
	resync("a controller that came back", before)
	if a := f.call("GET", "/events?limit=500", "", 200).String(); strings.Contains(a, "DeviceUnreachable") {
		t.Errorf("events %s", a)
	}
	f.reach("s", "Active")
}

// TestASwitchThatHangsUp on an idle line is dialled again without a word.
func TestASwitchThatHangsUp(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, false, 1, "--resync", "1h")
	sw := f.switches[0]
	f.call("PUT", "/sessions/s", `{"sources":[{"device":"acc-0","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/30"}]}`, 201)
	f.reach("s", "Active")
	hangUp := func(limit time.Duration) {
		t.Helper()
		if err := sw.UpdateFaults(func(f *lab.Faults) { f.Terminal.IdleTimeout = lab.Duration(limit) }); err != nil {
			t.Fatal(err)
		}
	}
	hungUp := func() {
		t.Helper()
		hangUp(time.Millisecond)
		testkit.Eventually(t, patience, "the switch to hang up", func() bool { return sw.Stats().ConnectionsOpen == 0 })
		hangUp(0)
	}
	hungUp()
	f.call("POST", "/devices/acc-0:sync", "", 200)
	f.call("PUT", "/sessions/s2", `{"sources":[{"device":"acc-0","interface":"Gi1/0/3"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/31"}]}`, 201)
	f.reach("s2", "Active")
	hungUp() // and what was read a moment ago is still good to push on
	f.call("DELETE", "/sessions/s2", "", 204)
	events := f.call("GET", "/events?limit=500", "", 200).String()
	if strings.Contains(events, "DeviceUnreachable") {
		t.Errorf("events %s", events)
	}
	// All lines in use is said as it is.
	sw.DropConnections()
	testkit.Eventually(t, patience, "every line to be free", func() bool { return sw.Stats().ConnectionsOpen == 0 })
	if err := sw.UpdateFaults(func(f *lab.Faults) { f.Terminal.Lines = 1 }); err != nil {
		t.Fatal(err)
	}
	holder, err := net.Dial("tcp", sw.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close()
	testkit.Eventually(t, patience, "the line is taken", func() bool { return sw.Stats().ConnectionsOpen == 1 })
	a, err := f.try("POST", "/devices/acc-0:sync", "")
	if err != nil || !strings.Contains(a.String(), "no terminal line is free") {
		t.Errorf("%v %s", err, a)
	}
	holder.Close()
	testkit.Eventually(t, patience, "the device is reached again", func() bool {
		a, err := f.try("POST", "/devices/acc-0:sync", "")
		return err == nil && a.status == 200
	})
}
