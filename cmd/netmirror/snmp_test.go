package main

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

const agentFabric = `
fabric:
  switches:
    - {name: acc-1, platform: cisco_iosxe, model: C9300-24T, credentials: [{username: netmirror, password: demo}], snmp: {community: CANARY-community}}
    - {name: acc-2, platform: cisco_iosxe, model: C9300-24T, credentials: [{username: netmirror, password: demo}], snmp: {community: another}}
  hosts:
    - {at: "acc-1:Gi1/0/5", name: pc, mac: 0200.0000.0001}
    - {at: "acc-1:Gi1/0/23", name: tool}
    - {at: "acc-2:Gi1/0/5", name: pc2, mac: 0200.0000.0002}
  traffic:
    - {at: "acc-1:Gi1/0/5", direction: in, bitsPerSecond: 40M, framesPerSecond: 10000}
`

// TestCountersComeBySNMP: the whole program reads the counters of a switch that is
// configured over SSH from its SNMP agent, also when its indexes have changed, and
// admission reckons with them. A wrong community is told as what it may be.
func TestCountersComeBySNMP(t *testing.T) {
	spec, err := lab.Load(strings.NewReader(agentFabric))
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.Start(context.Background(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	c := newController(t, "--resync", "1h")
	c.start("NM_PW=demo", "NM_COMMUNITY=CANARY-community")
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	c.profile("counters", "--snmp", "2c", "--community", "env:NM_COMMUNITY")
	device := func(sw *lab.Switch, more string) string {
		host, ssh, _ := net.SplitHostPort(sw.Addr())
		_, snmp, _ := net.SplitHostPort(sw.SNMPAddr())
		return fmt.Sprintf(`{"platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":%q,"port":%s,"credentials":"campus"},
			"counters":{"protocol":"snmp","address":%q,"port":%s,"credentials":"counters"%s}}}`, host, ssh, host, snmp, more)
	}
	acc := l.Switch("acc-1")
	c.call("PUT", "/devices/acc-1", device(acc, ""), 201)
	c.call("PUT", "/devices/acc-2", device(l.Switch("acc-2"), `,"timeouts":{"read":"1s"}`), 201)
	type checked struct {
		Items []struct{ Name, State, Message string }
	}
	check := func(name string) (state, message string) {
		t.Helper()
		var got checked
		c.call("POST", "/devices/"+name+":check", "", 200).into(t, &got)
		for _, i := range got.Items {
			if i.Name == "counters" {
				return i.State, i.Message
			}
		}
		t.Fatalf("%+v says nothing of counters", got)
		return "", ""
	}
	read := func(what string) {
		t.Helper()
		said := ""
		testkit.Eventually(t, patience, what, func() bool { // once the ports are read over SSH
			var state string
			state, said = check("acc-1")
			return state == "True" && strings.Contains(said, "the counters of 2 of the first 2 ports that are up were read")
		})
	}
	read("the counters are read")
	acc.Renumber()
	read("the counters are read after the indexes changed")
	acc.Reload()
	read("the counters are read after a restart")
	if state, said := check("acc-2"); state != "False" || !strings.Contains(said, "neither a wrong community is answered") {
		t.Errorf("%s: %s", state, said)
	}

	// 10,000 frames of 500 octets, with preamble and gap: 41.6 Mbit/s.
	const want = 41.6e6
	var plan struct {
		Forecast []struct {
			Basis, Message string
			Offered        float64
		}
	}
	testkit.Eventually(t, patience, "the forecast knows the load", func() bool {
		c.call("PUT", "/sessions/s?dryRun=true", `{"sources":[{"device":"acc-1","interface":"Gi1/0/5"}],"destinations":[{"device":"acc-1","interface":"Gi1/0/23"}]}`, 200).into(t, &plan)
		return len(plan.Forecast) > 0 && plan.Forecast[0].Offered > 0
	})
	if f := plan.Forecast[0]; f.Basis != "measured" || f.Offered < 0.8*want || f.Offered > 1.2*want {
		t.Errorf("%+v, want about %g", f, want)
	}
	if acc.Stats().SNMPRequests == 0 || l.Switch("acc-2").Stats().SNMPUnknown == 0 {
		t.Errorf("%+v", acc.Stats())
	}
	if strings.Contains(c.everywhere(), "CANARY") {
		t.Error("the community is where people can read it")
	}
}
