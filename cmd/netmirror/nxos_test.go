package main

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

const nexusFabric = `
fabric:
  switches:
    - name: nx-1
      platform: cisco_nxos
      credentials: [{username: netmirror, password: demo}]
      config: |
        ip route 198.51.100.0/24 192.0.2.2
        interface Ethernet1/20
          no switchport
          ip address 192.0.2.1/24
        interface Ethernet1/40
          switchport monitor
        monitor session 32
          description theirs
          source interface Ethernet1/10 rx
          destination interface Ethernet1/40
          no shut
  hosts: [{at: "nx-1:Ethernet1/1", name: one}, {at: "nx-1:Ethernet1/2", name: two}, {at: "nx-1:Ethernet1/20", name: up}, {at: "nx-1:Ethernet1/47", name: ids}]
`

const (
	nexusTaps = `{"sources":[{"device":"nx-1","interface":"Eth1/1-2","direction":"rx"}],"destinations":[{"device":"nx-1","interface":"Ethernet1/47"}]}`
	nexusFar  = `{"sources":[{"device":"nx-1","interface":"eth1/1","direction":"rx"}],"erspan":{"id":42,"origin":"192.0.2.1","ttl":32},"destinations":[{"ip":"198.51.100.7"}]}`
)

// TestNexusByREST: a session to a port that becomes one for copies, and one to a collector
// from the address of the switch; what is shut by hand is opened, what waits for ARP is no
// failure, and in the end the switch is as it was.
func TestNexusByREST(t *testing.T) {
	t.Parallel()
	l := startLab(t, nexusFabric)
	sw, c := l.Switch("nx-1"), newController(t, "--resync", "1h")
	c.start("NM_PW=demo")
	host, port, err := net.SplitHostPort(sw.Addr())
	if err != nil {
		t.Fatal(err)
	}
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	c.call("PUT", "/devices/nx-1", fmt.Sprintf(`{"platform":"cisco_nxos","transports":{"config":{"protocol":"cli","address":%q,"port":%s,"credentials":"campus"}}}`, host, port), 201)
	before := sw.RunningConfig()

	c.call("PUT", "/sessions/taps", nexusTaps, 201)
	c.reach("taps", "Active")
	if err := sw.UpdateFaults(func(f *lab.Faults) { f.Unresolved = []string{"192.0.2.2"} }); err != nil {
		t.Fatal(err)
	}
	c.call("PUT", "/sessions/far", nexusFar, 201)
	testkit.Eventually(t, patience, "the tunnel waits", func() bool {
		return strings.Contains(fmt.Sprint(c.session("far").Status.Conditions), "ARP not resolved")
	})
	good := sw.RunningConfig()
	for _, line := range []string{"interface Ethernet1/47\n  switchport monitor\n", "monitor session 31\n", "  source interface Ethernet1/2 rx\n", "monitor session 30 type erspan-source\n", "  erspan-id 42\n",
		"monitor erspan origin ip-address 192.0.2.1 global\n", "  description theirs\n"} {
		if !strings.Contains(good, line) {
			t.Errorf("the switch lacks %q:\n%s", line, good)
		}
	}
	if sw.StartupConfig() != good {
		t.Errorf("what was made was not saved, and nothing else was unsaved:\n%s", lineDiff(good, sw.StartupConfig()))
	}
	if err := sw.UpdateFaults(func(f *lab.Faults) { f.Unresolved = nil }); err != nil {
		t.Fatal(err)
	}
	c.call("POST", "/devices/nx-1:sync", "", 200)
	c.reach("far", "Active")

	sw.Exec("configure terminal", "monitor session 31", "shut", "end")
	c.call("POST", "/devices/nx-1:sync", "", 200)
	testkit.Eventually(t, patience, "the session is opened again", func() bool { return sw.RunningConfig() == good })
	c.reach("taps", "Active")

	c.call("DELETE", "/sessions/far", "", 204)
	c.call("DELETE", "/sessions/taps", "", 204)
	if after := sw.RunningConfig(); after != before {
		t.Errorf("the switch is not as it was:\n%s", lineDiff(before, after))
	}
}
