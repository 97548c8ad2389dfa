package main

import (
	"fmt"
	"maps"
	"net"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/lab/mib"
	"github.com/netmirror/netmirror/internal/snmplab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// Columns of portCopyTable (RFC 2613), by source and destination.
const (
	copyDirection = ".1.3.6.1.2.1.16.22.1.3.1.1.4"
	copyStatus    = ".1.3.6.1.2.1.16.22.1.3.1.1.5"
)

// agentDevice is a device that is configured over SNMP.
func agentDevice(platform, address, more string) string {
	host, port, _ := net.SplitHostPort(address)
	return fmt.Sprintf(`{"platform":%q,"transports":{"config":{"protocol":"snmp","address":%q,"port":%s,"credentials":"agent"%s}}}`, platform, host, port, more)
}

// copying is a session of a device's ports, each "name direction", to a port.
func copying(device, dest string, sources ...string) string {
	var list []string
	for _, src := range sources {
		port, direction, _ := strings.Cut(src, " ")
		list = append(list, fmt.Sprintf(`{"device":%q,"interface":%q,"direction":%q}`, device, port, direction))
	}
	return fmt.Sprintf(`{"sources":[%s],"destinations":[{"device":%q,"interface":%q}]}`, strings.Join(list, ","), device, dest)
}

// TestCopiesOfDebiansAgentByREST: Debian's snmpd with a portCopyTable that copies frames,
// over version 3 with privacy. What is asked for by REST is captured; a change, a row that
// another hand destroys, and the end. Rows of others stay as they are.
func TestCopiesOfDebiansAgentByREST(t *testing.T) {
	t.Parallel()
	sw := snmplab.Start(t, 5)
	probe := sw.Host(4).Capture()
	row := func(src, dst int) string { return fmt.Sprintf("%d.%d", sw.Index(src), sw.Index(dst)) }
	set := func(bindings ...string) {
		t.Helper()
		if out, err := sw.Tool("snmpset", bindings...); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	table := func() string {
		t.Helper()
		out, err := sw.Tool("snmpwalk", copyDirection)
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return fmt.Sprint(sw.Rows()) + out
	}
	copied := func(what string, requests, replies int) {
		t.Helper()
		sw.Host(0).Ping(sw.Host(1), 10)
		if a, b := probe.Counts(requests + replies); a != requests || b != replies {
			t.Errorf("%s: %d requests and %d replies, want %d and %d", what, a, b, requests, replies)
		}
	}
	theirs, beside := row(1, 2), row(3, 4)
	set(copyDirection+"."+theirs, "i", "2", copyStatus+"."+theirs, "i", "4")
	before := table()
	copied("nothing is asked for", 0, 0)

	c := newController(t, "--resync", "1h")
	c.start("NM_AUTH="+snmplab.Password, "NM_PRIV="+snmplab.Privacy)
	c.profile("agent", "--snmp", "3", "--username", snmplab.User, "--auth", "sha256", "--auth-password", "env:NM_AUTH", "--privacy", "aes128", "--privacy-password", "env:NM_PRIV")
	c.call("PUT", "/devices/sw1", agentDevice("snmp_smon", fmt.Sprintf("127.0.0.1:%d", sw.Port), ""), 201)
	if out, err := c.cli("", "devices", "check", "sw1"); err != nil || !strings.Contains(out, "0 native sessions are ours, 1 are not") || !strings.Contains(out, "reachable") {
		t.Errorf("%v\n%s", err, out)
	}
	c.call("PUT", "/sessions/watch", copying("sw1", "port5", "port1 rx"), 201)
	c.reach("watch", "Active")
	copied("what arrives", 10, 0)
	c.call("PUT", "/sessions/watch", copying("sw1", "port5", "port1 both"), 200)
	c.reach("watch", "Active")
	copied("both directions", 10, 10)
	c.call("PUT", "/sessions/watch", copying("sw1", "port5", "port2 tx"), 200)
	c.reach("watch", "Active")
	copied("another port", 10, 0)

	set(copyStatus+"."+row(1, 4), "i", "6")
	c.call("POST", "/devices/sw1:sync", "", 200)
	testkit.Eventually(t, patience, "the row is there again", func() bool { return sw.Rows()[row(1, 4)] == 1 })
	c.reach("watch", "Active")
	copied("repaired", 10, 0)

	// Another hand copies to our destination, too.
	set(copyDirection+"."+beside, "i", "1", copyStatus+"."+beside, "i", "4")
	c.call("POST", "/devices/sw1:sync", "", 200)
	c.becomes("watch", "Configured", "False", "ForeignSources", "Degraded")
	if a := c.call("PUT", "/sessions/watch", copying("sw1", "port5", "port2 tx", "port4 rx"), 409, 422); !strings.Contains(a.String(), "source-in-use") {
		t.Errorf("%s", a)
	}
	c.call("DELETE", "/sessions/watch", "", 204)
	if rows := sw.Rows(); !maps.Equal(rows, map[string]int{theirs: 1, beside: 1}) {
		t.Errorf("%v stays", rows)
	}
	set(copyStatus+"."+beside, "i", "6")
	if after := table(); after != before {
		t.Errorf("the table was\n%s\nand is\n%s", before, after)
	}
	copied("all is gone", 0, 0)
	for _, secret := range []string{snmplab.Password, snmplab.Privacy} {
		if strings.Contains(c.everywhere(), secret) {
			t.Error("a password is where people can read it")
		}
	}
}

const plainFabric = `
fabric:
  switches:
    - name: sm-1
      platform: snmp_smon
      snmp: {community: only-read, writeCommunity: CANARY-write, firstIndex: 49, users: [{name: writer, auth: sha256, password: writer-pass, privacy: secret-pass, write: true}]}
      settings: {keeps: %v}
      config: |
        portCopy gi7 gi22 tx active
    - name: fp-1
      platform: snmp_fastpath
      snmp: {community: only-read, writeCommunity: CANARY-write, firstIndex: 101}
      settings: {sessions: 2}
      config: |
        mirror 1 source 1/0/7 rx
        mirror 1 destination 1/0/22
        mirror 1 enable
  hosts:
    - {at: "sm-1:gi1"}
    - {at: "sm-1:gi2"}
    - {at: "sm-1:gi3"}
    - {at: "sm-1:gi7"}
    - {at: "sm-1:gi22"}
    - {at: "sm-1:gi24"}
    - {at: "fp-1:1/0/1"}
    - {at: "fp-1:1/0/2"}
    - {at: "fp-1:1/0/24"}
  traffic:
    - {at: "sm-1:gi1", direction: in, bitsPerSecond: 40M}
    - {at: "sm-1:gi1", direction: out, bitsPerSecond: 20M}
    - {at: "sm-1:gi2", direction: in, bitsPerSecond: 10M}
    - {at: "fp-1:1/0/1", direction: in, bitsPerSecond: 40M}
    - {at: "fp-1:1/0/1", direction: out, bitsPerSecond: 20M}
    - {at: "fp-1:1/0/2", direction: in, bitsPerSecond: 10M}
`

func plainLab(t *testing.T, keeps bool) *lab.Lab {
	t.Helper()
	l := startLab(t, fmt.Sprintf(plainFabric, keeps))
	return l
}

// TestPlainSwitchesByREST: switches without a command line, over version 2c: what is
// copied counts at the destination, a change by hand is repaired, and the switch is as it
// was in the end.
func TestPlainSwitchesByREST(t *testing.T) {
	t.Parallel()
	l := plainLab(t, false)
	c := newController(t, "--resync", "1h")
	c.start("NM_COMMUNITY=CANARY-write")
	c.profile("agent", "--snmp", "2c", "--community", "env:NM_COMMUNITY")
	for _, s := range []struct {
		name, platform, one, other, dest string
		damage                           func(*lab.Switch) error
	}{
		{"sm-1", "snmp_smon", "gi1", "gi2", "gi24", func(sw *lab.Switch) error { return setNumber(sw, copyStatus+".49.72", 6) }},
		{"fp-1", "snmp_fastpath", "1/0/1", "1/0/2", "1/0/24", func(sw *lab.Switch) error { return setNumber(sw, ".1.3.6.1.4.1.4526.10.1.2.10.4.1.4.2", 2) }},
	} {
		sw := l.Switch(s.name)
		before := sw.RunningConfig()
		mbit := func(want int) {
			t.Helper()
			if got := int(sw.Counters()[s.dest].OutBits / 1e6); got != want {
				t.Errorf("%s: %d Mbit/s leave %s, want %d", s.name, got, s.dest, want)
			}
		}
		c.call("PUT", "/devices/"+s.name, agentDevice(s.platform, sw.SNMPAddr(), ""), 201)
		out := ""
		testkit.Eventually(t, patience, "the check of "+s.name+" is good", func() bool {
			var err error
			out, err = c.cli("", "devices", "check", s.name)
			return err == nil
		})
		for _, want := range []string{"reachable", "simulation of the netmirror lab", "0 native sessions are ours, 1 are not", "full"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: %q is missing:\n%s", s.name, want, out)
			}
		}
		c.call("PUT", "/sessions/"+s.name, copying(s.name, s.dest, s.one+" both"), 201)
		c.reach(s.name, "Active")
		mbit(60)
		c.call("PUT", "/sessions/"+s.name, copying(s.name, s.dest, s.one+" rx", s.other+" both"), 200)
		c.reach(s.name, "Active")
		mbit(50)
		good := sw.RunningConfig()
		if err := s.damage(sw); err != nil {
			t.Fatal(err)
		}
		if sw.RunningConfig() == good {
			t.Fatal("nothing was damaged")
		}
		c.call("POST", "/devices/"+s.name+":sync", "", 200)
		testkit.Eventually(t, patience, "it is repaired", func() bool { return sw.RunningConfig() == good })
		c.reach(s.name, "Active")
		mbit(50)
		c.call("DELETE", "/sessions/"+s.name, "", 204)
		mbit(0)
		if after := sw.RunningConfig(); after != before {
			t.Errorf("%s is not as it was:\n%s", s.name, lineDiff(before, after))
		}
	}
	if strings.Contains(c.everywhere(), "CANARY") {
		t.Error("the community is where people can read it")
	}
}

// setNumber sets an object as another manager does.
func setNumber(sw *lab.Switch, object string, n int) error {
	return sw.SNMPSet(mib.Binding{Name: mib.Must(object), Value: mib.Int(n)})
}
