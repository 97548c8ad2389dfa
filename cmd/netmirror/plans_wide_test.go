package main

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// usersOfXR are the ports that are copied, which keep a stanza of their own when nothing of
// ours is in it.
const usersOfXR = `config: "interface TenGigE0/0/0/1\n description user\ninterface TenGigE0/0/0/2\n description user\n` +
	`interface TenGigE0/0/0/3\n description user\ninterface TenGigE0/0/0/4\n description user\n"`

// waysToSwitches are all platforms of the lab over each of their transports: the spec of a
// switch, the name of port %d, and what its entry says beside.
var waysToSwitches = []struct{ platform, protocol, spec, port, settings string }{
	{"cisco_iosxe", "cli", "model: C9300-24T", "GigabitEthernet1/0/%d", ""},
	{"cisco_iosxe", "netconf", "model: C9300-24T, version: 17.18.1, netconf: {}", "GigabitEthernet1/0/%d", ""},
	{"cisco_iosxe", "gnmi", "model: C9300-24T, version: 17.18.1, gnmi: {}", "GigabitEthernet1/0/%d", ""},
	{"cisco_nxos", "cli", "model: N9K-C93180YC-EX", "Ethernet1/%d", ""},
	{"cisco_nxos", "gnmi", "model: N9K-C93180YC-EX, version: 10.6(2), gnmi: {}", "Ethernet1/%d", ""},
	{"cisco_iosxr", "cli", "model: NCS-5501, " + usersOfXR, "TenGigE0/0/0/%d", ""},
	{"cisco_iosxr", "netconf", "model: NCS-5501, netconf: {}, " + usersOfXR, "TenGigE0/0/0/%d", ""},
	{"arista_eos", "cli", "model: DCS-7050SX3-48YC8", "Ethernet%d", ""},
	{"arista_eos", "gnmi", "model: DCS-7050SX3-48YC8, gnmi: {}", "Ethernet%d", ""},
	{"juniper_junos", "cli", "model: ex4300-48t", "ge-0/0/%d", ""},
	{"juniper_junos", "netconf", "model: ex4300-48t, netconf: {}", "ge-0/0/%d", `"confirm":"none",`},
	{"nokia_srl", "gnmi", `gnmi: {}, config: "set / interface ethernet-1/1 subinterface 0 type bridged\nset / interface ethernet-1/2 subinterface 0 type bridged\n` +
		`set / interface ethernet-1/3 subinterface 0 type bridged\nset / interface ethernet-1/4 subinterface 0 type bridged\n"`, "ethernet-1/%d", ""},
	{"snmp_fastpath", "snmp", "model: FASTPATH switch", "1/0/%d", ""},
	{"snmp_smon", "snmp", "model: SMON switch", "gi%d", ""},
}

// everySwitch starts a lab with a switch for each way, and a controller that has read them.
func everySwitch(t *testing.T) (*controller, *lab.Lab) {
	t.Helper()
	var spec, hosts strings.Builder
	spec.WriteString("fabric:\n  switches:\n")
	for i, w := range waysToSwitches {
		login := ", credentials: [{username: netmirror, password: demo, privilege: 15}]"
		if w.protocol == "snmp" {
			login = ", snmp: {community: public, writeCommunity: CANARY-write}"
		}
		fmt.Fprintf(&spec, "    - {name: sw%d, platform: %s, %s%s}\n", i, w.platform, w.spec, login)
		for _, port := range []int{1, 2, 3, 4, 23} { // some take a port that is up, and no other
			fmt.Fprintf(&hosts, "    - {at: \"sw%d:%s\", name: on-%d-%d}\n", i, fmt.Sprintf(w.port, port), i, port)
		}
	}
	l := startLab(t, spec.String()+"  hosts:\n"+hosts.String())
	c := newController(t, "--resync", "1h", "--watch=false")
	c.start("NM_PW=demo", "NM_COMMUNITY=CANARY-write")
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	c.profile("agent", "--snmp", "2c", "--community", "env:NM_COMMUNITY")
	for i, w := range waysToSwitches {
		sw := l.Switch(fmt.Sprintf("sw%d", i))
		address, profile, more := sw.Addr(), "campus", `,"hostKey":"insecure"`
		switch w.protocol {
		case "gnmi":
			address, more = sw.GNMIAddr(), `,"insecure":"skip-verify"`
		case "netconf":
			address = sw.NETCONFAddr()
		case "snmp":
			address, profile, more = sw.SNMPAddr(), "agent", ""
		}
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			t.Fatal(err)
		}
		c.call("PUT", "/devices/"+sw.Name(), fmt.Sprintf(`{"platform":%q,%s"transports":{"config":{"protocol":%q,"address":%q,"port":%s,"credentials":%q%s}}}`,
			w.platform, w.settings, w.protocol, host, port, profile, more), 201)
		c.call("POST", "/devices/"+sw.Name()+":sync", "", 200)
	}
	return c, l
}

// TestWhatAPlanSaysIsSentEverywhere: on every platform, over each of its transports, what a
// plan says is what its worker sends, number and text, since it would send nothing else:
// sessions that share a native session are made, changed and taken away at once.
func TestWhatAPlanSaysIsSentEverywhere(t *testing.T) {
	t.Parallel()
	c, l := everySwitch(t)
	config := func() map[string]string {
		out := map[string]string{}
		for _, sw := range l.Switches() {
			out[sw.Name()] = commitTime.ReplaceAllString(stripTimes(sw.RunningConfig()), "")
		}
		return out
	}
	before := config()
	type object = map[string]any
	session := func(i int, name string, direction string, ports ...int) object {
		device := fmt.Sprintf("sw%d", i)
		var sources []object
		for _, p := range ports {
			sources = append(sources, object{"device": device, "interface": fmt.Sprintf(waysToSwitches[i].port, p), "direction": direction})
		}
		return object{"name": fmt.Sprintf("%s-%d", name, i), "sources": sources, "destinations": []object{{"device": device, "interface": fmt.Sprintf(waysToSwitches[i].port, 23)}}}
	}
	for _, round := range []struct {
		what string
		make func(i int) []object
		gone []string
	}{
		{"two sessions in one native session", func(i int) []object { return []object{session(i, "a", "rx", 1), session(i, "b", "both", 2, 3)} }, nil},
		{"one changes, one goes, one comes", func(i int) []object { return []object{session(i, "a", "both", 1), session(i, "c", "rx", 4)} }, []string{"b"}},
		{"all is gone", func(int) []object { return nil }, []string{"a", "c"}},
	} {
		sessions, gone := []object{}, []string{}
		for i := range waysToSwitches {
			sessions = append(sessions, round.make(i)...)
			for _, g := range round.gone {
				gone = append(gone, fmt.Sprintf("%s-%d", g, i))
			}
		}
		manifest, err := json.Marshal(object{"sessions": sessions, "delete": object{"sessions": gone}})
		if err != nil {
			t.Fatal(err)
		}
		var p struct {
			ID    string
			Steps []struct {
				Device  string
				NotRead bool
			}
			Applied struct {
				Objects []struct{ Name, Action, Operation string }
			}
		}
		c.call("POST", "/plans", string(manifest), 201).into(t, &p)
		told := map[string]bool{}
		for _, s := range p.Steps {
			told[s.Device] = !s.NotRead
		}
		if len(told) != len(waysToSwitches) {
			t.Errorf("%s: the plan tells of %v", round.what, told)
		}
		c.call("POST", "/plans/"+p.ID+":apply", "", 200, 202).into(t, &p)
		if n := len(p.Applied.Objects); n != len(sessions)+len(gone) {
			t.Errorf("%s: %d objects were applied", round.what, n)
		}
		for _, o := range p.Applied.Objects {
			ended := c.endOf(o.Operation)
			if ended.State != "succeeded" {
				t.Errorf("%s: %s %s: %+v", round.what, o.Name, o.Action, ended)
			}
		}
	}
	for name, now := range config() {
		if now != before[name] {
			t.Errorf("%s is not as it was:\n%s", name, lineDiff(before[name], now))
		}
	}
}

type endedOperation struct{ State, Message, Code string }

// endOf waits for the end of an operation.
func (c *controller) endOf(id string) (op endedOperation) {
	c.t.Helper()
	testkit.Eventually(c.t, patience, "operation "+id+" ends", func() bool {
		a := c.call("GET", "/operations/"+id, "", 200)
		a.into(c.t, &op)
		return op.State != "running" && op.State != "rolling-back"
	})
	return op
}
