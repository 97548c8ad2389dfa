package main

import (
	"strings"
	"testing"
)

// TestAPathWithAHoleIsToldBeforeAnyPush: the hop between is forgotten. Where the
// switches' neighbours prove it the session is refused, a remote VLAN made by hand
// there a moment ago is legal, and where the hop is not managed it is named in the
// plan, the answer and the status.
func TestAPathWithAHoleIsToldBeforeAnyPush(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 3, false, 1, "--resync", "1h")
	f.sync()
	hub := f.switches[0]
	before := hub.RunningConfig()
	const s = `{"sources":[{"device":"acc-1","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-2","interface":"Gi1/0/30"}],
		"rspan":{"vlan":905,"transit":[{"device":"acc-1","trunks":["Te1/1/1"]},{"device":"acc-2","trunks":["Te1/1/1"]}]}}`
	for _, path := range []string{"/sessions/s1?dryRun=true", "/sessions/s1"} {
		a := f.call("PUT", path, s, 422)
		for _, want := range []string{"path-hop-missing", "/rspan/transit/0/trunks/0", "leads to device acc-0"} {
			if !strings.Contains(a.String(), want) {
				t.Errorf("%q is missing: %s", want, a)
			}
		}
	}
	// Nobody tells netmirror of it: it looks again before it refuses.
	hub.Exec("configure terminal", "vlan 905", "remote-span", "interface GigabitEthernet1/0/23", "switchport trunk allowed vlan add 905",
		"interface GigabitEthernet1/0/22", "switchport trunk allowed vlan add 905", "end")
	if a := f.call("PUT", "/sessions/s1", s, 201); strings.Contains(a.String(), "path-") {
		t.Errorf("a path by hand that is whole: %s", a)
	}
	f.reach("s1", "Active")
	f.call("DELETE", "/sessions/s1", "", 204)
	hub.Exec("configure terminal", "no vlan 905", "interface GigabitEthernet1/0/23", "switchport trunk allowed vlan remove 905",
		"interface GigabitEthernet1/0/22", "switchport trunk allowed vlan remove 905", "end")
	if after := hub.RunningConfig(); stripTimes(after) != stripTimes(before) {
		t.Errorf("the hub is not as it was:\n%s", lineDiff(before, after))
	}
	f.call("DELETE", "/devices/acc-0", "", 204)
	const warning = `leads to \"acc-0\", which is no device that netmirror manages and has read`
	for _, a := range []answer{f.call("PUT", "/sessions/s1?dryRun=true", s, 200), f.call("PUT", "/sessions/s1", s, 201), f.call("GET", "/sessions/s1", "", 200)} {
		if !strings.Contains(a.String(), "path-unmanaged") || !strings.Contains(a.String(), warning) {
			t.Errorf("%q is missing: %s", warning, a)
		}
	}
	f.call("DELETE", "/sessions/s1", "", 204)
}
