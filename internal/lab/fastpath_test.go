package lab

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab/mib"
	"github.com/netmirror/netmirror/internal/testkit"
)

const fastpathSwitches = `
fabric:
  switches:
    - name: fp-1
      platform: snmp_fastpath
      snmp: {community: read-only, writeCommunity: read-write, firstIndex: 101}
      settings: {%s}
      config: |
        vlan 10 office
        vlan 900 mirror
        port 1/0/3 access 10
        port 1/0/25 trunk 10,900
    - name: fp-2
      platform: snmp_fastpath
      snmp: {writeCommunity: read-write}
      config: |
        vlan 900
        remote-vlan 900
        port 1/0/25 trunk 900
        mirror 1 from-remote 900
        mirror 1 destination 1/0/24
        mirror 1 enable
  links:
    - {a: "fp-1:1/0/25", b: "fp-2:1/0/25"}
  hosts:
    - {at: "fp-1:1/0/1", name: a}
    - {at: "fp-1:1/0/3", name: c}
    - {at: "fp-1:1/0/24", name: probe}
    - {at: "fp-2:1/0/24", name: far}
  traffic:
    - {at: "fp-1:1/0/1", direction: in, bitsPerSecond: 40M}
    - {at: "fp-1:1/0/1", direction: out, bitsPerSecond: 20M}
    - {at: "fp-1:1/0/3", direction: in, bitsPerSecond: 5M}
`

const mirrorGroup = ".1.3.6.1.4.1.4526.10.1.2.10"

func cell(column int) string { return fmt.Sprintf("%s.4.1.%d.1", mirrorGroup, column) }

// setAll sets values and gives the error status and its binding.
func (r rowed) setAll(bindings ...any) [2]int {
	r.t.Helper()
	var list []mib.Binding
	for i := 0; i < len(bindings); i += 2 {
		b := mib.Binding{Name: mib.Must(bindings[i].(string))}
		switch v := bindings[i+1].(type) {
		case int:
			b.Value = mib.Int(v)
		case uint:
			b.Value = mib.Unsigned(uint64(v))
		case string:
			b.Value = mib.Text(v)
		}
		list = append(list, b)
	}
	status, index := r.device.(mib.Agent).Set(list)
	return [2]int{int(status), index}
}

// TestSessionsOfAFixedSet: masks, directions, and what does not go together.
func TestSessionsOfAFixedSet(t *testing.T) {
	l := start(t, fmt.Sprintf(fastpathSwitches, "sessions: 2"))
	sw := rowed{l.Switch("fp-1"), t}
	must := func(bindings ...any) {
		t.Helper()
		if got := sw.setAll(bindings...); got != [2]int{} {
			t.Fatalf("%v: %v", bindings, got)
		}
	}
	types := mirrorGroup + ".5.1.2"
	if got := sw.rows(mirrorGroup + ".4.1.4"); got != "1=2 2=2" {
		t.Errorf("out of the box: %s", got)
	}
	must(cell(2), uint(24), cell(3), "\xa0\x00\x00\x00", cell(4), 1, types+".1.1", 2)
	if got := sw.rows(types); got != "1.1=2 1.3=3" || sw.copied("1/0/24") != 45 {
		t.Errorf("%s, %d Mbit/s", got, sw.copied("1/0/24"))
	}
	must(cell(3), "\x80\x00\x00\x00") // port 1 keeps its direction
	must(types+".1.1", 1)
	if got := sw.rows(types); got != "1.1=1" || sw.copied("1/0/24") != 20 {
		t.Errorf("%s, %d Mbit/s", got, sw.copied("1/0/24"))
	}
	before := sw.RunningConfig()
	for _, c := range []struct {
		name   string
		status mib.Status
		index  int
		set    []any
	}{
		{"a short mask", mib.WrongLength, 1, []any{cell(3), "\x80"}},
		{"a long mask", mib.WrongLength, 1, []any{cell(3), "\x80\x00\x00\x00\x00"}},
		{"the destination among the sources", mib.InconsistentValue, 1, []any{cell(3), "\x80\x00\x01\x00"}},
		{"an INTEGER as port", mib.WrongType, 1, []any{cell(2), 24}},
		{"no such port", mib.InconsistentValue, 1, []any{cell(2), uint(99)}},
		{"no such session", mib.NoCreation, 1, []any{mirrorGroup + ".4.1.4.3", 1}},
		{"no such mode", mib.WrongValue, 1, []any{cell(4), 4}},
		{"VLAN 1", mib.WrongValue, 1, []any{cell(5), uint(1)}},
		{"ports and a VLAN", mib.InconsistentValue, 1, []any{cell(5), uint(10)}},
		{"the direction of no source", mib.InconsistentName, 1, []any{types + ".1.2", 1}},
		{"a remote VLAN alone", mib.InconsistentValue, 2, []any{cell(2), uint(0), cell(7), uint(900)}},
		{"a remote VLAN that is none", mib.InconsistentValue, 2, []any{cell(2), uint(0), cell(7), uint(900), cell(8), uint(23)}},
		{"the other's destination", mib.InconsistentValue, 1, []any{mirrorGroup + ".4.1.2.2", uint(24)}},
		{"a list", mib.InconsistentValue, 1, []any{cell(10), uint(5)}},
		{"a VLAN that is not there", mib.InconsistentValue, 1, []any{mirrorGroup + ".7.1.2.901", 4}},
		{"the number of a session", mib.NotWritable, 1, []any{cell(1), uint(1)}},
	} {
		if got := sw.setAll(c.set...); got != [2]int{int(c.status), c.index} {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if got := sw.RunningConfig(); got != before {
		t.Errorf("refused, and something stayed:\n%s", got)
	}
	must(cell(4), 3)
	if got := sw.RunningConfig(); strings.Contains(got, "mirror 1") || sw.copied("1/0/24") != 0 {
		t.Errorf("deleted, and %s", got)
	}
	must(cell(2), uint(24), cell(5), uint(10), cell(4), 1)
	if got := sw.copied("1/0/24"); got != 5 {
		t.Errorf("%d Mbit/s of a VLAN", got)
	}
	// Over a remote VLAN to another switch.
	must(cell(4), 3, mirrorGroup+".7.1.2.900", 4)
	must(cell(3), "\x80\x00\x00\x00", cell(7), uint(900), cell(8), uint(23), cell(4), 1)
	if got := int(l.Switch("fp-2").Counters()["1/0/24"].OutBits / 1e6); got < 58 || got > 62 {
		t.Errorf("%d Mbit/s arrive at the far switch", got)
	}
	if got := sw.setAll(mirrorGroup+".7.1.2.900", 6); got != [2]int{int(mib.InconsistentValue), 1} {
		t.Errorf("a remote VLAN in use goes: %v", got)
	}
	if got := start(t, strings.Replace(fmt.Sprintf(fastpathSwitches, "sessions: 2"), "        vlan 10 office\n        vlan 900 mirror\n        port 1/0/3 access 10\n        port 1/0/25 trunk 10,900\n",
		"        "+strings.ReplaceAll(strings.TrimSpace(sw.RunningConfig()), "\n", "\n        ")+"\n", 1)).Switch("fp-1").RunningConfig(); got != sw.RunningConfig() {
		t.Errorf("read back:\n%s\nwant\n%s", got, sw.RunningConfig())
	}
	must(cell(4), 3)
	must(mirrorGroup+".7.1.2.900", 6)
}

// TestOlderAndOtherBrands: another number, fewer columns, a longer mask.
func TestOlderAndOtherBrands(t *testing.T) {
	sw := rowed{start(t, fmt.Sprintf(fastpathSwitches, "older: true, brand: edgeswitch, maskOctets: 8")).Switch("fp-1"), t}
	group := ".1.3.6.1.4.1.4413.1.1.1.2.10"
	testkit.Need(t, "snmpset", "snmpwalk")
	tool := func(name string, args ...string) string {
		out, err := exec.Command(name, append([]string{"-v2c", "-c", "read-write", "-r", "5", "-t", "2", "-Onx", "-m", "", sw.SNMPAddr()}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v %s", err, out)
		}
		return string(out)
	}
	tool("snmpset", group+".4.1.2.1", "u", "24", group+".4.1.3.1", "x", "8000000000000000", group+".4.1.4.1", "i", "1")
	if got := sw.copied("1/0/24"); got != 60 {
		t.Errorf("%d Mbit/s", got)
	}
	out := tool("snmpwalk", group)
	want := "%[1]s.4.1.2.1 = Gauge32: 24\n%[1]s.4.1.3.1 = Hex-STRING: 80 00 00 00 00 00 00 00 \n%[1]s.4.1.4.1 = INTEGER: 1\n%[1]s.5.1.2.1.1 = INTEGER: 3\n"
	if out != fmt.Sprintf(want, group) {
		t.Errorf("%s", out)
	}
	if got := tool("snmpget", group+".4.1.5.1", ".1.3.6.1.2.1.1.2.0"); !strings.Contains(got, "No Such Object") || !strings.Contains(got, "OID: .1.3.6.1.4.1.4413") {
		t.Errorf("%s", got)
	}
	if got := sw.setAll(group+".4.1.5.1", uint(10)); got[0] != int(mib.NotWritable) {
		t.Errorf("%v", got)
	}
	for settings, want := range map[string]string{"brand: acme": "edgeswitch", "sessions: 5": "1 to 4", "sessions: 2, mask: 3": "mask"} {
		if _, err := Load(strings.NewReader(fmt.Sprintf(fastpathSwitches, settings))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", settings, err)
		}
	}
}
