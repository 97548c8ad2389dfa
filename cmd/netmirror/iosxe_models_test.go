package main

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

const modelsLab = `
fabric:
  switches:
    - name: acc-1
      platform: cisco_iosxe
      model: C9300-24T
      version: 17.18.1
      credentials: [{username: netmirror, password: demo}]
      gnmi: {folder: %q}
      netconf: {}
      config: |
        vlan 999
         remote-span
        monitor session 1 source interface Gi1/0/20 rx
        monitor session 1 destination interface Gi1/0/21
        interface TenGigabitEthernet1/1/1
         switchport mode trunk
    - name: acc-2
      platform: cisco_iosxe
      model: C9300-24T
      credentials: [{username: netmirror, password: demo}]
      config: |
        vlan 999
         remote-span
        interface TenGigabitEthernet1/1/1
         switchport mode trunk
  links: [{a: "acc-1:Te1/1/1", b: "acc-2:Te1/1/1"}]
`

// TestIOSXEOverModelsByREST: a device goes from the command line to NETCONF, to gNMI and
// back. Its sessions are the same ones, and no line is changed by that; what a person takes
// away is repaired over each, and what is changed over one is found over the next.
func TestIOSXEOverModelsByREST(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	l := startLab(t, fmt.Sprintf(modelsLab, folder))
	sw := l.Switch("acc-1")
	c := newController(t, "--resync", "1h", "--device-ca", folder+"/ca.pem")
	c.start("NM_PW=demo")
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	over := func(protocol, settings string, status int) answer {
		t.Helper()
		address, more := map[string]string{"cli": sw.Addr(), "netconf": sw.NETCONFAddr(), "gnmi": sw.GNMIAddr()}[protocol], `,"hostKey":"insecure"`
		if protocol == "gnmi" {
			more = ""
		}
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			t.Fatal(err)
		}
		return c.call("PUT", "/devices/acc-1", fmt.Sprintf(`{"platform":"cisco_iosxe"%s,"transports":{"config":{"protocol":%q,"address":%q,"port":%s,"credentials":"campus"%s}}}`, settings, protocol, host, port, more), status)
	}
	before := sw.RunningConfig()
	over("cli", "", 201)
	host, port, err := net.SplitHostPort(l.Switch("acc-2").Addr())
	if err != nil {
		t.Fatal(err)
	}
	c.call("PUT", "/devices/acc-2", fmt.Sprintf(`{"platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":%q,"port":%s,"credentials":"campus","hostKey":"insecure"}}}`, host, port), 201)
	local := func(direction string) string {
		return fmt.Sprintf(`{"sources":[{"device":"acc-1","interface":"Gi1/0/1","direction":%q}],"destinations":[{"device":"acc-1","interface":"Gi1/0/24"}]}`, direction)
	}
	tunnel := `{"kind":"erspan","sources":[{"device":"acc-1","interface":"Gi1/0/2","direction":"both"}],"destinations":[{"ip":"198.51.100.7"}],"erspan":{"id":42,"origin":"192.0.2.1","vrf":"MGMT"}}`
	remote := `{"kind":"rspan","sources":[{"device":"acc-1","interface":"Gi1/0/3","direction":"rx"}],"destinations":[{"device":"acc-2","interface":"Gi1/0/23"}],"rspan":{"vlan":999,"transit":[{"device":"acc-1","trunks":["Te1/1/1"]},{"device":"acc-2","trunks":["Te1/1/1"]}]}}`
	names := []string{"local", "tunnel", "remote"}
	for i, body := range []string{local("rx"), tunnel, remote} {
		c.call("PUT", "/sessions/"+names[i], body, 201)
	}
	active := func() {
		t.Helper()
		for _, name := range names {
			c.reach(name, "Active")
		}
	}
	active()
	c.call("PUT", "/filters/web", `{"rules":[{"action":"permit","protocol":"tcp","source":"0.0.0.0/0","destinationPort":"443"}]}`, 201)
	c.call("PUT", "/sessions/filtered", strings.Replace(strings.Replace(tunnel, "{", `{"filter":"web",`, 1), `"id":42`, `"id":43`, 1), 201)
	c.reach("filtered", "Active")
	for _, protocol := range []string{"netconf", "gnmi"} {
		if said := fmt.Sprint(over(protocol, "", 422)); !strings.Contains(said, "filtered") || !strings.Contains(said, "no access list is made") {
			t.Errorf("over %s: %s", protocol, said)
		}
	}
	c.call("DELETE", "/sessions/filtered", "", 204)
	good, sent, directions := sw.RunningConfig(), sw.Stats().ConfigLines, []string{"tx", "both", "rx"}
	for i, protocol := range []string{"netconf", "gnmi", "cli"} {
		over(protocol, "", 200)
		c.call("POST", "/devices/acc-1:sync", "", 200)
		active()
		if now := sw.RunningConfig(); now != good || sw.Stats().ConfigLines != sent {
			t.Fatalf("over %s %d lines were sent:\n%s", protocol, sw.Stats().ConfigLines-sent, lineDiff(good, now))
		}
		sw.Exec("configure terminal", "no monitor session 66", "end")
		if sw.RunningConfig() == good {
			t.Fatalf("there is no session 66:\n%s", good)
		}
		c.call("POST", "/devices/acc-1:sync", "", 200)
		testkit.Eventually(t, patience, "what a person took away is repaired over "+protocol, func() bool { return sw.RunningConfig() == good })
		c.call("PUT", "/sessions/local", local(directions[i]), 200)
		active()
		if now := sw.RunningConfig(); now == good {
			t.Errorf("over %s nothing was changed", protocol)
		}
		good, sent = sw.RunningConfig(), sw.Stats().ConfigLines
	}
	if said := fmt.Sprint(over("netconf", `,"confirm":"timer"`, 400)); !strings.Contains(said, "a push to platform cisco_iosxe over netconf stands at once") {
		t.Error(said)
	}
	over("netconf", "", 200)
	c.call("POST", "/devices/acc-1:sync", "", 200)
	active()
	testkit.Eventually(t, patience, "no model tells whether a session is programmed", func() bool {
		var got session
		c.call("GET", "/sessions/local", "", 200).into(t, &got)
		return slices.ContainsFunc(got.Status.Conditions, func(x struct{ Type, Status, Reason, Message string }) bool {
			return x.Type == "Programmed" && x.Status == "Unknown"
		})
	})
	for _, name := range names {
		c.call("DELETE", "/sessions/"+name, "", 204)
	}
	if after := sw.RunningConfig(); after != before {
		t.Errorf("the switch is not as it was:\n%s", lineDiff(before, after))
	}
}
