package lab

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/testkit"
)

const withAgent = `
fabric:
  switches:
    - name: acc-1
      platform: cisco_iosxe
      model: C9300-24T
      uptime: 30h
      snmp: {community: read-only}
    - {name: old-1, platform: cisco_iosxe, model: C9300-24T, snmp: {community: old, only32Bits: true}}
    - {name: leaf-1, platform: arista_eos}
  hosts:
    - {at: "acc-1:Gi1/0/5", name: pc, mac: 0200.0000.0001}
  traffic:
    - {at: "acc-1:Gi1/0/5", direction: in, bitsPerSecond: 40M}
`

// netSNMP runs one of Debian's tools on a switch and gives its lines. It asks again
// where a loaded machine has been too slow.
func netSNMP(t *testing.T, sw *Switch, tool string, args ...string) []string {
	t.Helper()
	testkit.Need(t, tool)
	options := []string{"-v2c", "-c", sw.spec.SNMP.Community, "-r", "20", "-On", "-m", "", sw.SNMPAddr()}
	out, err := exec.Command(tool, append(options, args...)...).CombinedOutput()
	if err != nil && tool != "snmpset" {
		t.Fatalf("%s %s: %v: %s", tool, strings.Join(args, " "), err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

const ifX = ".1.3.6.1.2.1.31.1.1.1"

// TestDebiansToolsReadTheAgent: get, getnext, bulk, one after the other in the order
// of a walk, with what the switch counts.
func TestDebiansToolsReadTheAgent(t *testing.T) {
	l := start(t, withAgent)
	sw := l.Switch("acc-1")
	if l.Switch("leaf-1").SNMPAddr() != "" {
		t.Error("an agent where none was asked for")
	}
	get := func(sw *Switch, oids ...string) []string { return netSNMP(t, sw, "snmpget", oids...) }
	first := get(sw, ".1.3.6.1.2.1.1.5.0", ".1.3.6.1.2.1.2.2.1.2.5", ifX+".1.5", ifX+".15.5", ".1.3.6.1.2.1.2.2.1.8.5", ".1.3.6.1.2.1.2.2.1.8.6", ".1.3.6.1.6.3.10.2.1.2.0", ifX+".1.999", ".1.3.9.0")
	want := []string{`.1.3.6.1.2.1.1.5.0 = STRING: "acc-1"`, `.1.3.6.1.2.1.2.2.1.2.5 = STRING: "GigabitEthernet1/0/5"`, ifX + `.1.5 = STRING: "Gi1/0/5"`,
		ifX + ".15.5 = Gauge32: 1000", ".1.3.6.1.2.1.2.2.1.8.5 = INTEGER: 1", ".1.3.6.1.2.1.2.2.1.8.6 = INTEGER: 2", ".1.3.6.1.6.3.10.2.1.2.0 = INTEGER: 1",
		ifX + ".1.999 = No Such Instance currently exists at this OID", ".1.3.9.0 = No Such Object available on this agent at this OID"}
	if strings.Join(first, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(first, "\n"), strings.Join(want, "\n"))
	}
	// What it counts lies between what the switch counted before and after.
	octets := func(of string) uint64 {
		m := regexp.MustCompile(`Counter(?:32|64): (\d+)`).FindStringSubmatch(of)
		if m == nil {
			t.Fatal(of)
		}
		n, _ := strconv.ParseUint(m[1], 10, 64)
		return n
	}
	inside := func() uint64 { list, _ := sw.Interfaces(); return list[4].InOctets }
	before := inside()
	if got := octets(get(sw, ifX+".6.5")[0]); got < before || got > inside() {
		t.Errorf("%d octets, the switch counted %d to %d", got, before, inside())
	}
	walked, bulk := netSNMP(t, sw, "snmpwalk", "-Cc", ".1.3.6.1.2.1.2.2.1.2"), netSNMP(t, sw, "snmpbulkwalk", "-Cr25", ".1.3.6.1.2.1.2.2.1.2")
	list, _ := sw.Interfaces()
	if len(walked) != len(list) || strings.Join(walked, "\n") != strings.Join(bulk, "\n") {
		t.Errorf("%d rows by a walk, %d by bulk, %d ports", len(walked), len(bulk), len(list))
	}
	whole := netSNMP(t, sw, "snmpbulkwalk", "-Cr100", ".1")
	if n := len(whole); n < 30*len(list) || !strings.Contains(strings.Join(whole, "\n"), ifX+".13."+fmt.Sprint(len(list))) {
		t.Errorf("the whole agent has %d objects", n)
	}
	if said := strings.Join(netSNMP(t, sw, "snmpset", ifX+".18.5", "s", "x"), "\n"); !strings.Contains(said, "notWritable") {
		t.Errorf("set: %s", said)
	}
	// One that has 32 bits only.
	old := l.Switch("old-1")
	if got := get(old, ifX+".6.5", ".1.3.6.1.2.1.2.2.1.10.5"); !strings.Contains(got[0], "No Such Object") || octets(got[1]) != 0 {
		t.Errorf("%v", got)
	}
	// Another community is not answered.
	if out, err := exec.Command("snmpget", "-v2c", "-c", "public", "-r", "0", "-t", "0.2", "-m", "", sw.SNMPAddr(), ".1.3.6.1.2.1.1.5.0").CombinedOutput(); err == nil || !strings.Contains(string(out), "Timeout") {
		t.Errorf("%s %v", out, err)
	}
	testkit.Eventually(t, testkit.Patience, "it is counted", func() bool { return sw.Stats().SNMPUnknown == 1 })
	if s := sw.Stats(); s.SNMPRequests == 0 {
		t.Errorf("%+v", s)
	}
}

// TestTheAgentTellsWhatHappensToCounters: numbers, resets, restarts, wraps, sessions.
func TestTheAgentTellsWhatHappensToCounters(t *testing.T) {
	l := start(t, withAgent)
	sw := l.Switch("acc-1")
	get := func(oids ...string) (values []string) {
		for _, line := range netSNMP(t, sw, "snmpget", append([]string{"-Oq"}, oids...)...) {
			_, value, _ := strings.Cut(line, " ")
			values = append(values, value)
		}
		return values
	}
	if up := get(".1.3.6.1.2.1.1.3.0")[0]; !strings.HasPrefix(up, "1:6:0") { // 30 hours
		t.Errorf("uptime %s", up)
	}
	if at := get(".1.3.6.1.2.1.31.1.5.0")[0]; at != "0:0:00:00.00" {
		t.Errorf("the table changed at %s", at)
	}
	sw.Renumber()
	if got := get(ifX+".1.6", ".1.3.6.1.2.1.31.1.5.0"); got[0] != `"Gi1/0/5"` || !strings.HasPrefix(got[1], "1:6:0") {
		t.Errorf("after new numbers: %v", got)
	}
	if err := sw.ResetCounters("Gi1/0/5", true); err != nil {
		t.Fatal(err)
	}
	if got := get(ifX+".19.6", ifX+".19.7"); !strings.HasPrefix(got[0], "1:6:0") || got[1] != "0:0:00:00.00" {
		t.Errorf("after a reset that is told: %v", got)
	}
	if err := sw.PutCounters("Gi1/0/9", fabric.Sums{OutDrops: 1<<32 + 7, OutOctets: 1<<40 + 3}); err != nil {
		t.Fatal(err)
	}
	if got := get(".1.3.6.1.2.1.2.2.1.19.10", ifX+".10.10", ".1.3.6.1.2.1.2.2.1.16.10"); got[0] != "7" || got[1] != fmt.Sprint(uint64(1<<40+3)) || got[2] != "3" {
		t.Errorf("counters of 32 and 64 bits: %v", got)
	}
	// A destination of copies reads down on this platform, and its port is not shut.
	sw.Exec("configure terminal", "monitor session 1 source interface Gi1/0/5", "monitor session 1 destination interface Gi1/0/5", "no monitor session 1",
		"monitor session 1 source interface Gi1/0/6", "monitor session 1 destination interface Gi1/0/5", "end")
	if got := get(".1.3.6.1.2.1.2.2.1.8.6", ".1.3.6.1.2.1.2.2.1.7.6"); got[0] != "2" || got[1] != "1" {
		t.Errorf("a destination: %v", got)
	}
	sw.Reload()
	if got := get(".1.3.6.1.6.3.10.2.1.2.0", ".1.3.6.1.2.1.1.3.0", ".1.3.6.1.2.1.31.1.5.0"); got[0] != "2" || !strings.HasPrefix(got[1], "0:0:0") || got[2] != "0:0:00:00.00" {
		t.Errorf("after a restart: %v", got)
	}
}

func TestAnAgentIsDescribedWhole(t *testing.T) {
	for text, want := range map[string]string{
		"{}": "a community or a user is needed", "{users: [{name: u, password: short}]}": "shorter than 8", "{users: [{name: u, password: long-enough, auth: md4}]}": "sha512", "{community: c, listen: x}": "snmp.listen", "{community: c, port: 1}": "not found",
	} {
		_, err := Load(strings.NewReader("fabric: {switches: [{name: a, platform: cisco_iosxe, snmp: " + text + "}]}"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
