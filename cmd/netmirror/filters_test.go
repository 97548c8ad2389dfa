package main

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// A filtered switch is one whose sessions are filtered by access lists of netmirror's.
type filtered struct {
	name, platform, model, config, settings string

	head   string   // that begins a list
	points string   // of the line of a session that points to one
	edit   []string // of another hand in a list, below its head
	ports  [2]string
}

var filteredSwitches = []filtered{
	{"Arista", "arista_eos", "DCS-7050SX3-48YC8", "ip access-list voice\n   10 permit udp any any eq 5060\n", "",
		"ip access-list ", " ip access-group ", []string{"5 permit ip any any", "no 20"}, [2]string{"Ethernet1", "Ethernet47"}},
	{"Arista, confirmed", "arista_eos", "DCS-7050SX3-48YC8", "ip access-list voice\n   10 permit udp any any eq 5060\n", `,"confirm":"timer"`,
		"ip access-list ", " ip access-group ", []string{"5 permit ip any any", "no 20"}, [2]string{"Ethernet1", "Ethernet47"}},
	{"Catalyst", "cisco_iosxe", "C9300-48T", "ip access-list extended voice\n 10 permit udp any any eq 5060\n", "",
		"ip access-list extended ", " filter ip access-group ", []string{"5 permit ip any any", "no 20"}, [2]string{"Gi1/0/1", "Gi1/0/47"}},
	{"Nexus", "cisco_nxos", "N9K-C93180YC-EX", "ip access-list voice\n  10 permit udp any any eq 5060\n", "",
		"ip access-list ", "  filter access-group ", []string{"5 permit ip any any", "no 20"}, [2]string{"Eth1/1", "Eth1/47"}},
}

// TestFiltersByREST: a filter becomes an access list that the session points to, is
// mended when another hand edited it, gives way to that of another filter, and goes with
// the session; the list of another hand stays as it was.
func TestFiltersByREST(t *testing.T) {
	t.Parallel()
	for _, f := range filteredSwitches {
		t.Run(f.name, func(t *testing.T) { f.byREST(t) })
	}
}

func (f filtered) byREST(t *testing.T) {
	l, err := lab.Start(t.Context(), lab.Spec{Fabric: lab.FabricSpec{Switches: []lab.SwitchSpec{{Name: "sw", Platform: f.platform, Model: f.model, Config: f.config}}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	sw, c := l.Switch("sw"), newController(t, "--resync", "1h")
	c.start("NM_PW=admin")
	host, port, err := net.SplitHostPort(sw.Addr())
	if err != nil {
		t.Fatal(err)
	}
	c.profile("campus", "--username", "admin", "--password", "env:NM_PW")
	c.call("PUT", "/devices/sw", fmt.Sprintf(`{"platform":%q%s,"transports":{"config":{"protocol":"cli","address":%q,"port":%s,"credentials":"campus"}}}`, f.platform, f.settings, host, port), 201)
	for name, port := range map[string]string{"web": "443", "mail": "25"} {
		c.call("PUT", "/filters/"+name, `{"rules":[{"action":"deny","protocol":"tcp","source":"10.9.0.0/16"},{"action":"permit","protocol":"tcp","source":"0.0.0.0/0","destinationPort":`+port+`}]}`, 201)
	}
	c.call("POST", "/devices/sw:sync", "", 200)
	before := sw.RunningConfig()
	session := func(filter string) string {
		return fmt.Sprintf(`{"sources":[{"device":"sw","interface":%q,"direction":"rx"}],"destinations":[{"device":"sw","interface":%q}],"filter":%q}`, f.ports[0], f.ports[1], filter)
	}
	c.call("PUT", "/sessions/taps", session("web"), 201)
	c.reach("taps", "Active")
	good := sw.RunningConfig()
	list := f.list(t, good)
	if sw.StartupConfig() != good {
		t.Error("what was made was not saved, and nothing else was unsaved")
	}
	if said := sw.Exec(append(append([]string{"configure terminal", f.head + list}, f.edit...), "end")...); strings.Contains(said, "% ") {
		t.Fatal(said)
	}
	c.call("POST", "/devices/sw:sync", "", 200)
	testkit.Eventually(t, patience, "the list is mended", func() bool { return sw.RunningConfig() == good })
	c.reach("taps", "Active")

	c.call("PUT", "/sessions/taps", session("mail"), 200)
	c.reach("taps", "Active")
	testkit.Eventually(t, patience, "the list of before goes", func() bool { return !strings.Contains(sw.RunningConfig(), list) })
	if f.list(t, sw.RunningConfig()) == list {
		t.Error("another filter is the same list")
	}
	f.byFile(t, c, sw)
	c.call("DELETE", "/sessions/taps", "", 204)
	if after := sw.RunningConfig(); after != before {
		t.Errorf("the switch is not as it was:\n%s", lineDiff(before, after))
	}
	if waits := sw.Exec("show configuration sessions"); strings.Contains(waits, "pending  ") {
		t.Errorf("something still waits:\n%s", waits)
	}
}

// byFile changes the filter of the session with the command line, which shows before what
// it would send and waits for the session.
func (f filtered) byFile(t *testing.T, c *controller, sw *lab.Switch) {
	t.Helper()
	was := sw.RunningConfig()
	file := "filters:\n  - name: mail\n    rules:\n      - {action: permit, protocol: tcp, source: 0.0.0.0/0, destinationPort: 587}\n"
	said, err := c.cli(file, "apply", "--dry-run", "-f", "-")
	if err != nil || !strings.Contains(said, "session/taps  changed") || !strings.Contains(said, "nothing was stored or sent") || !strings.Contains(said, "\n     "+f.head+"nm-") || sw.RunningConfig() != was {
		t.Errorf("%v\n%s", err, said)
	}
	said, err = c.cli(file, "apply", "--wait", "-f", "-")
	if err != nil || !strings.Contains(said, "filter/mail configured; changed with it: taps") {
		t.Errorf("%v\n%s", err, said)
	}
	if now := sw.RunningConfig(); f.list(t, now) == f.list(t, was) {
		t.Error("the session is at the list of before")
	}
}

// list is the one list of ours in a configuration, to which a session points.
func (f filtered) list(t *testing.T, config string) string {
	t.Helper()
	_, rest, found := strings.Cut(config, "\n"+f.head+"nm-")
	name, _, _ := strings.Cut(rest, "\n")
	if !found || !strings.Contains(config, f.points+"nm-"+name+"\n") || strings.Count(config, f.head+"nm-") != 1 {
		t.Fatalf("no list to which a session points, or several:\n%s", config)
	}
	return "nm-" + name
}
