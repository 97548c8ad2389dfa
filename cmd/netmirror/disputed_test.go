package main

import (
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
)

// TestADisputedSessionHoldsUpNothing: of a session that a switch shows in two ways
// the status says what differs; others on the switch come and go meanwhile, and its
// own deletion goes on because what is ours in it is shown alike.
func TestADisputedSessionHoldsUpNothing(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, false, 1, "--resync", "1s")
	sw := f.switches[0]
	session := func(name, source, destination string) {
		t.Helper()
		f.call("PUT", "/sessions/"+name, `{"sources":[{"device":"acc-0","interface":"`+source+`"}],"destinations":[{"device":"acc-0","interface":"`+destination+`"}]}`, 201)
		f.reach(name, "Active")
	}
	session("s", "Gi1/0/2", "Gi1/0/30")
	if !strings.Contains(sw.RunningConfig(), "monitor session 66 source") {
		t.Fatal("session s is not number 66")
	}
	err := sw.UpdateFaults(func(fs *lab.Faults) {
		fs.Noise = append(fs.Noise, lab.Noise{Command: "^show running-config", Line: "monitor session 66 source interface Gi1/0/7"})
	})
	if err != nil {
		t.Fatal(err)
	}
	f.call("POST", "/devices/acc-0:sync", "", 200)
	f.reach("s", "Unknown")
	status := f.call("GET", "/sessions/s", "", 200).String()
	if !strings.Contains(status, "NotUnderstood") || !strings.Contains(status, "disagree about sources") {
		t.Errorf("status %s", status)
	}
	session("s2", "Gi1/0/3", "Gi1/0/31")
	f.call("DELETE", "/sessions/s2", "", 204)
	f.call("DELETE", "/sessions/s", "", 204)
	if left := sw.RunningConfig(); strings.Contains(left, "monitor session 66") || strings.Contains(left, "monitor session 65") {
		t.Errorf("left:\n%s", left)
	}
	if a := f.call("GET", "/events?limit=500", "", 200).String(); strings.Contains(a, "DeviceUnreachable") || strings.Contains(a, "DriftRepaired") {
		t.Errorf("events %s", a)
	}
}
