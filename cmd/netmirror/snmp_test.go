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
	t.Parallel()
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

// TestAPasswordOfSNMPThatIsRefused: an agent of version 3 that refuses it is left alone
// after two logins; what configures the switch goes on, and the right password is taken
// up at once.
func TestAPasswordOfSNMPThatIsRefused(t *testing.T) {
	t.Parallel()
	agent := testkit.StartSNMPD(t, "createUser CANARY-user SHA-256 CANARY-right AES-256-C CANARY-privacy", "rouser CANARY-user priv")
	row := newRow(t, 1)
	c := newController(t, "--resync", "1h")
	c.start("NM_PW=demo", "NM_RIGHT=CANARY-right", "NM_WRONG=CANARY-wrong", "NM_PRIVACY=CANARY-privacy")
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	v3 := func(password string) {
		c.profile("counters", "--snmp", "3", "--username", "CANARY-user", "--auth", "sha256", "--auth-password", "env:"+password, "--privacy", "aes256-c", "--privacy-password", "env:NM_PRIVACY")
	}
	v3("NM_WRONG")
	host, port, _ := net.SplitHostPort(row[0].Addr())
	c.call("PUT", "/devices/acc-0", fmt.Sprintf(`{"platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":%q,"port":%s,"credentials":"campus"},
		"counters":{"protocol":"snmp","address":"127.0.0.1","port":%d,"credentials":"counters","timeouts":{"read":"1m"}}}}`, host, port, agent.Port), 201)
	says := func(what, want string) {
		t.Helper()
		said := ""
		defer func() {
			if t.Failed() {
				t.Log(said)
			}
		}()
		testkit.Eventually(t, patience, what, func() bool {
			said = c.call("POST", "/devices/acc-0:check", "", 200).String()
			return strings.Contains(said, want)
		})
	}
	says("the refusal is told", "the SNMP authentication password or protocol is wrong")
	says("it is left alone", `credentials profile \"counters\": nothing logs in to 127.0.0.1`)
	if !c.reachable("acc-0") {
		t.Error("the switch is not reached for its agent's sake")
	}
	v3("NM_RIGHT")
	says("the right password is taken up", "snmp to 127.0.0.1: the counters of ") // those of another machine, whatever they are
	if strings.Contains(c.everywhere(), "CANARY-right") || strings.Contains(c.everywhere(), "CANARY-wrong") || strings.Contains(c.everywhere(), "CANARY-privacy") {
		t.Error("a password is where people can read it")
	}
	if strings.Contains(c.stderr.String(), "CANARY") {
		t.Error("the log names the user")
	}
}
