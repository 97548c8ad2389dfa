package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
)

// TestAPathFromIOSXEToJunos: copies of a Catalyst arrive at a tool on a Junos switch,
// over a remote VLAN, as one ordinary session. A line of either that is refused undoes
// the path on both.
func TestAPathFromIOSXEToJunos(t *testing.T) {
	xe := member{name: "xe", platform: "cisco_iosxe", model: "C9300-48T", users: "GigabitEthernet1/0/2", beside: "GigabitEthernet1/0/3",
		config: fleetConfig + "interface TenGigabitEthernet1/1/1\n switchport trunk allowed vlan 1,10\n switchport mode trunk\n"}
	jn := member{name: "jn", platform: "juniper_junos", model: "ex4300-48t", config: "set vlans users vlan-id 10\n" +
		"set interfaces ge-0/0/8 unit 0 family ethernet-switching interface-mode trunk\nset interfaces ge-0/0/8 unit 0 family ethernet-switching vlan members users\n"}
	w := newWide(t, 1, []member{xe, jn}, [][2]string{{"xe:TenGigabitEthernet1/1/1", "jn:ge-0/0/8"}}, []string{"jn:ge-0/0/46"})
	const path = `{"sources":[{"device":"xe","interface":"Gi1/0/2","direction":"rx"}],"destinations":[{"device":"jn","interface":"ge-0/0/46"}],
		"rspan":{"vlan":907,"transit":[{"device":"xe","trunks":["Te1/1/1"]},{"device":"jn","trunks":["ge-0/0/8"]}]}}`
	all := func(what string) {
		t.Helper()
		w.reach("path", "Active")
		if got := w.leave("jn:ge-0/0/46"); got != userFrames {
			t.Errorf("%s: %d frames a second arrive\n%s\n%s", what, got, w.config("xe"), w.config("jn"))
		}
		w.call("DELETE", "/sessions/path", "", 204)
		w.nothing(what + ", deleted")
	}
	w.call("PUT", "/sessions/path", path, 201)
	all("undisturbed")
	for _, r := range []struct {
		m    member
		line string
	}{{xe, "^vlan 907"}, {xe, "destination remote"}, {xe, "allowed vlan add"}, {jn, "vlan-id 907"}, {jn, "vlan members"}, {jn, "output interface"}} {
		what := fmt.Sprintf("%s refuses %q", r.m.name, r.line)
		w.faulty(r.m.name, lab.Faults{Refuse: []lab.Refusal{{Line: r.line, Answer: notToday(r.m.platform), Times: 1}}})
		if a := w.call("PUT", "/sessions/path", path, 201).String(); !strings.Contains(a, `"phase":"Failed"`) || !strings.Contains(a, "Not today") {
			t.Errorf("%s: %s", what, a)
		}
		w.faulty(r.m.name, lab.Faults{})
		w.nothing(what)
		w.call("DELETE", "/sessions/path", "", 204)
		w.nothing(what + ", deleted")
	}
}
