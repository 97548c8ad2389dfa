package lab

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab/mib"
	"github.com/netmirror/netmirror/internal/testkit"
)

// smonSwitch is a switch with an analyser on gi24 and hosts on gi1 to gi4, whose ports
// begin at ifIndex 49. More settings may be put in.
const smonSwitch = `
fabric:
  switches:
    - name: sm-1
      platform: snmp_smon
      snmp:
        community: read-only
        writeCommunity: read-write
        firstIndex: 49
        users:
          - {name: reader, auth: sha, password: reader-pass}
          - {name: writer, auth: sha256, password: writer-pass, privacy: secret-pass, write: true}
          - {name: older, auth: sha, password: older-pass-, privacy: secret-pass, write: true}
      settings: {%s}
      config: |
        vlan 10 office
        port gi3 access 10
        port gi4 trunk 10
  hosts:
    - {at: "sm-1:gi1", name: a, mac: 0200.0000.0001, lldp: true}
    - {at: "sm-1:gi2", name: b}
    - {at: "sm-1:gi3", name: c}
    - {at: "sm-1:gi23", name: second}
    - {at: "sm-1:gi24", name: probe}
  traffic:
    - {at: "sm-1:gi1", direction: in, bitsPerSecond: 40M}
    - {at: "sm-1:gi1", direction: out, bitsPerSecond: 20M}
    - {at: "sm-1:gi2", direction: in, bitsPerSecond: 10M}
    - {at: "sm-1:gi3", direction: in, bitsPerSecond: 5M}
`

const (
	portCopy      = ".1.3.6.1.2.1.16.22.1.3.1.1"
	copyDirection = portCopy + ".4"
	copyStatus    = portCopy + ".5"
	copySession   = ".1.3.6.1.4.1.9.9.103.1.2.1.1"
)

// a rowed is a switch with a portCopyTable, read and written as by a manager that
// knows no faults.
type rowed struct {
	*Switch
	t *testing.T
}

func startSMON(t *testing.T, settings string) rowed {
	t.Helper()
	return rowed{start(t, fmt.Sprintf(smonSwitch, settings)).Switch("sm-1"), t}
}

// set sets numbers by their names and gives the error status and its binding.
func (r rowed) set(bindings ...any) (out [2]int) {
	r.t.Helper()
	var list []mib.Binding
	for i := 0; i < len(bindings); i += 2 {
		list = append(list, mib.Binding{Name: mib.Must(bindings[i].(string)), Value: mib.Int(bindings[i+1].(int))})
	}
	status, index := r.device.(mib.Agent).Set(list)
	return [2]int{int(status), index}
}

func (r rowed) must(bindings ...any) {
	r.t.Helper()
	if got := r.set(bindings...); got != [2]int{} {
		r.t.Fatalf("%v: error status %d at %d", bindings, got[0], got[1])
	}
}

// rows are what is read of a column, as "49.72=1".
func (r rowed) rows(column string) string {
	var out []string
	p := r.device.(mib.Agent).Show()
	for _, b := range p.Instances {
		if index, in := mib.Must(column).Below(b.Name); in {
			out = append(out, fmt.Sprintf("%s=%d", index.String()[1:], b.Value.N))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// copied is the rate that leaves by a port, in Mbit/s.
func (r rowed) copied(port string) int { return int(r.Counters()[port].OutBits / 1e6) }

// TestRowsOfPortCopyTable: the rules of RFC 2613 and RFC 2579, and copies that flow.
func TestRowsOfPortCopyTable(t *testing.T) {
	sw := startSMON(t, "")
	sw.must(copyDirection+".49.72", 1, copyStatus+".49.72", int(mib.CreateAndGo))
	if got := sw.copied("gi24"); got != 40 {
		t.Errorf("%d Mbit/s of what arrives", got)
	}
	sw.must(copyDirection+".49.72", 3) // an active row may change
	sw.must(copyStatus+".50.72", int(mib.CreateAndWait), copyDirection+".50.72", 1)
	if got := sw.rows(copyStatus); got != "49.72=1 50.72=2" || sw.copied("gi24") != 60 {
		t.Errorf("%s, %d Mbit/s", got, sw.copied("gi24"))
	}
	sw.must(copyStatus+".50.72", int(mib.Active))
	if got := sw.copied("gi24"); got != 70 {
		t.Errorf("%d Mbit/s of two rows", got)
	}
	sw.must(copyStatus+".20000010.72", int(mib.CreateAndGo)) // a VLAN
	if got := sw.copied("gi24"); got != 75 {
		t.Errorf("%d Mbit/s with a VLAN", got)
	}
	// A cable that is out, and a port that is shut: not ready, and back by itself.
	if err := sw.UpdateFaults(func(f *Faults) { f.Unplugged = []string{"gi1"} }); err != nil {
		t.Fatal(err)
	}
	sw.must(".1.3.6.1.2.1.2.2.1.7.50", 2)
	if got := sw.rows(copyStatus); got != "20000010.72=1 49.72=3 50.72=3" {
		t.Errorf("down: %s", got)
	}
	if got := sw.set(copyStatus+".49.72", 1); got != [2]int{int(mib.InconsistentValue), 1} {
		t.Errorf("activated while down: %v", got)
	}
	sw.must(".1.3.6.1.2.1.2.2.1.7.50", 1)
	if err := sw.UpdateFaults(func(f *Faults) { f.Unplugged = nil }); err != nil {
		t.Fatal(err)
	}
	if got := sw.rows(copyStatus); got != "20000010.72=1 49.72=1 50.72=1" {
		t.Errorf("up again: %s", got)
	}
	for _, c := range []struct {
		name   string
		status mib.Status
		index  int
		set    []any
	}{
		{"again", mib.InconsistentValue, 1, []any{copyStatus + ".49.72", 4}},
		{"itself", mib.InconsistentValue, 1, []any{copyStatus + ".51.51", 4}},
		{"a destination as source", mib.InconsistentValue, 1, []any{copyStatus + ".72.71", 4}},
		{"a source as destination", mib.InconsistentValue, 1, []any{copyStatus + ".51.49", 4}},
		{"no such port", mib.NoCreation, 1, []any{copyStatus + ".5.72", 4}},
		{"to a VLAN", mib.NoCreation, 1, []any{copyStatus + ".51.20000010", 4}},
		{"a port that is down", mib.InconsistentValue, 1, []any{copyStatus + ".60.72", 4}},
		{"without a status", mib.InconsistentName, 1, []any{copyDirection + ".51.72", 1}},
		{"a direction there is not", mib.WrongValue, 2, []any{copyStatus + ".51.72", 4, copyDirection + ".51.72", 4}},
		{"drops", mib.NotWritable, 1, []any{portCopy + ".3.49.72", 1}},
		{"a key of one part", mib.NoCreation, 1, []any{copyStatus + ".51", 4}},
		{"twice", mib.InconsistentValue, 2, []any{copyDirection + ".49.72", 1, copyDirection + ".49.72", 2}},
		{"one of two", mib.InconsistentValue, 2, []any{copyStatus + ".51.72", 4, copyStatus + ".49.72", 4}},
		{"of a session", mib.NotWritable, 1, []any{copySession + ".6.49.72", 4}},
	} {
		if got := sw.set(c.set...); got != [2]int{int(c.status), c.index} {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if got := sw.rows(copyStatus); got != "20000010.72=1 49.72=1 50.72=1" {
		t.Errorf("refused, and something stayed: %s", got)
	}
	sw.must(copyStatus+".49.72", 2, copyStatus+".50.72", 6, copyStatus+".51.72", 6) // the last one is no row
	if got := sw.rows(copyStatus); got != "20000010.72=1 49.72=2" || sw.copied("gi24") != 5 {
		t.Errorf("%s, %d Mbit/s", got, sw.copied("gi24"))
	}
	// Nothing is saved by itself, and what a description has stays.
	sw.Reload()
	if got := sw.rows(copyStatus); got != "" || !strings.Contains(sw.RunningConfig(), "vlan 10 office\nport gi3 access 10") {
		t.Errorf("after a restart: %s\n%s", got, sw.RunningConfig())
	}
}

// TestWhatAgentsDifferIn: the settings.
func TestWhatAgentsDifferIn(t *testing.T) {
	refused := func(sw rowed, want mib.Status, set ...any) {
		t.Helper()
		if got := sw.set(set...); got[0] != int(want) {
			t.Errorf("%v: %v, want %d", set, got, want)
		}
	}
	sw := startSMON(t, "noCreateAndGo: true, fixedDirection: true, maxRows: 2, keeps: true")
	refused(sw, mib.InconsistentValue, copyStatus+".49.72", 4)
	sw.must(copyStatus+".49.72", 5)
	sw.must(copyDirection+".49.72", 1)
	sw.must(copyStatus+".49.72", 1)
	refused(sw, mib.InconsistentValue, copyDirection+".49.72", 2)
	sw.must(copyDirection+".49.72", 1) // what it is already
	sw.must(copyStatus+".50.72", 5)
	refused(sw, mib.ResourceUnavailable, copyStatus+".51.72", 5)
	sw.Reload()
	if got := sw.rows(copyStatus); got != "49.72=1 50.72=2" {
		t.Errorf("kept: %s", got)
	}

	sw = startSMON(t, "acceptsDown: true, maxDestinations: 1, noVLANs: true, noCapabilities: true, monitorOnly: true, noCreateAndWait: true")
	refused(sw, mib.WrongValue, copyStatus+".49.72", 5)
	refused(sw, mib.NoCreation, copyStatus+".20000010.72", 4)
	sw.must(copyStatus+".60.72", 4)
	refused(sw, mib.ResourceUnavailable, copyStatus+".49.71", 4)
	if got := sw.rows(copyStatus); got != "60.72=3" || sw.rows(".1.3.6.1.2.1.16.22.1.1.1.1.4") != "" {
		t.Errorf("%s", got)
	}
	if err := sw.SetTraffic("gi24", "out", TrafficSpec{BitsPerSecond: 30 * Mbps}); err != nil {
		t.Fatal(err)
	}
	if got := sw.copied("gi24"); got != 0 {
		t.Errorf("a destination sends %d Mbit/s that are no copies", got)
	}
	sw.must(copyStatus+".60.72", 6)
	if got := sw.copied("gi24"); got != 30 {
		t.Errorf("no destination any more, and %d Mbit/s", got)
	}
	for settings, want := range map[string]string{"maxRows: -1": "negative", "noCreateAndGo: true, noCreateAndWait: true": "no row", "fast: true": "fast"} {
		if _, err := Load(strings.NewReader(fmt.Sprintf(smonSwitch, settings))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", settings, err)
		}
	}
}

// TestSideEffectsOfSessions: what the text of CISCO-RMON-CONFIG-MIB says.
func TestSideEffectsOfSessions(t *testing.T) {
	sw := startSMON(t, "joins: true")
	sw.must(copyStatus+".49.72", 4)
	sw.must(copyStatus+".50.72", 4)
	sw.must(copyStatus+".50.71", 4, copySession+".6.50.71", 1, copyDirection+".50.71", 1) // joins session 1 by its number
	if got := sw.rows(copyStatus); got != "49.71=1 49.72=1 50.71=1 50.72=1" {
		t.Errorf("all sources to all destinations: %s", got)
	}
	if got := sw.rows(copyDirection); got != "49.71=1 49.72=1 50.71=1 50.72=1" {
		t.Errorf("the last direction is that of all: %s", got)
	}
	if got := sw.rows(copySession + ".6"); got != "49.71=1 49.72=1 50.71=1 50.72=1" {
		t.Errorf("sessions %s", got)
	}
	if got := sw.set(copySession+".6.49.72", 2); got[0] != int(mib.InconsistentValue) {
		t.Errorf("another number for an active row: %v", got)
	}
	sw.must(copyDirection+".49.71", 2)
	if got := sw.rows(copyDirection); got != "49.71=2 49.72=2 50.71=2 50.72=2" {
		t.Errorf("one direction of a session: %s", got)
	}
	sw.must(copyStatus+".49.72", 6)
	if got := sw.rows(copyStatus); got != "50.71=1 50.72=1" {
		t.Errorf("by its source: %s", got)
	}
	sw.must(copyStatus+".49.72", 4)
	sw.must(copySession+".8.50.71", 2)
	sw.must(copyStatus+".50.71", 6)
	if got := sw.rows(copyStatus); got != "49.72=1 50.72=1" {
		t.Errorf("by its destination: %s", got)
	}
	sw.must(copyStatus+".49.72", 2)
	if got := sw.rows(copyStatus); got != "49.72=2 50.72=1" {
		t.Errorf("out of service: %s", got)
	}
	if got := sw.set(copyStatus+".51.71", 4, copySession+".6.51.71", 1); got[0] != int(mib.InconsistentValue) {
		t.Errorf("neither end is in the session: %v", got)
	}
	want := sw.RunningConfig()
	spec := fmt.Sprintf(smonSwitch, "joins: true") + "\n"
	spec = strings.Replace(spec, "        vlan 10 office\n        port gi3 access 10\n        port gi4 trunk 10\n", "        "+strings.ReplaceAll(strings.TrimSpace(want), "\n", "\n        ")+"\n", 1)
	if got := start(t, spec).Switch("sm-1").RunningConfig(); got != want {
		t.Errorf("read back:\n%s\nwant\n%s", got, want)
	}
}

// TestDropEventsAreOfADestination: all its rows tell the same.
func TestDropEventsAreOfADestination(t *testing.T) {
	sw := startSMON(t, "")
	for _, port := range []string{"gi1", "gi2"} {
		if err := sw.SetTraffic(port, "in", TrafficSpec{BitsPerSecond: 800 * Mbps}); err != nil {
			t.Fatal(err)
		}
	}
	sw.must(copyStatus+".49.72", 4, copyStatus+".50.72", 4, copyStatus+".51.71", 4)
	testkit.Eventually(t, testkit.Patience, "copies are dropped", func() bool { return !strings.Contains(sw.rows(portCopy+".3"), "49.72=0") })
	got := strings.Fields(sw.rows(portCopy + ".3"))
	if len(got) != 3 || strings.TrimPrefix(got[0], "49.72") != strings.TrimPrefix(got[1], "50.72") || got[2] != "51.71=0" {
		t.Errorf("%v", got)
	}
}

// TestDebiansToolsWriteRows over versions 2c and 3, and read what a switch can.
func TestDebiansToolsWriteRows(t *testing.T) {
	testkit.Need(t, "snmpset", "snmpget", "snmpwalk")
	sw := startSMON(t, "")
	tool := func(name string, options string, args ...string) (string, error) {
		all := append(append(strings.Fields(options), "-r", "5", "-t", "2", "-On", "-m", "", sw.SNMPAddr()), args...)
		out, err := exec.Command(name, all...).CombinedOutput()
		return string(out), err
	}
	const (
		v2     = "-v2c -c read-write"
		writer = "-v3 -l authPriv -u writer -a SHA-256 -A writer-pass -x AES -X secret-pass"
		older  = "-v3 -l authPriv -u older -a SHA -A older-pass- -x AES -X secret-pass"
		reader = "-v3 -l authNoPriv -u reader -a SHA -A reader-pass"
	)
	for i, options := range []string{v2, writer, older} {
		index := fmt.Sprintf(".%d.72", 49+i)
		out, err := tool("snmpset", options, copyDirection+index, "i", "1", copyStatus+index, "i", "4")
		if err != nil || !strings.Contains(out, copyStatus+index+" = INTEGER: 4") {
			t.Fatalf("%s: %v %s", options, err, out)
		}
	}
	if got := sw.copied("gi24"); got != 55 {
		t.Errorf("%d Mbit/s", got)
	}
	for _, options := range []string{"-v2c -c read-only", writer, reader} {
		if out, err := tool("snmpwalk", options, copyStatus); err != nil || strings.Count(out, "= INTEGER: 1") != 3 {
			t.Errorf("%s: %v %s", options, err, out)
		}
	}
	out, err := tool("snmpget", reader+" -Ox", ".1.3.6.1.2.1.16.19.15.0", ".1.3.6.1.2.1.16.22.1.1.1.1.3.1.3.6.1.2.1.2.2.1.1.49", ".1.3.6.1.2.1.16.22.1.1.1.1.4.1.3.6.1.2.1.16.22.1.4.1.10",
		".1.3.6.1.2.1.2.2.1.3.20000010", ".1.3.6.1.2.1.31.1.1.1.1.49", ".1.3.6.1.2.1.17.1.4.1.2.1", ".1.3.6.1.2.1.17.7.1.4.2.1.4.0.10", ".1.0.8802.1.1.2.1.4.1.1.9.0.1.1", copyStatus+".60.72")
	want := []string{"= Hex-STRING: 28", "= Hex-STRING: F9", "= INTEGER: 20000010", "= INTEGER: 53", "= Hex-STRING: 67 69 31", "= INTEGER: 49", "= Hex-STRING: 30 00 00", "= Hex-STRING: 61", "= No Such Instance"}
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if i >= len(want) || !strings.Contains(line, want[i]) {
			t.Errorf("%v %s", err, line)
		}
	}
	for _, c := range []struct{ name, options, want string }{
		{"one who may read", "-v2c -c read-only", "authorizationError"},
		{"a user who may read", reader, "authorizationError"},
		{"no protection", "-v3 -l noAuthNoPriv -u writer", "authorizationError"},
		{"no privacy", "-v3 -l authNoPriv -u writer -a SHA-256 -A writer-pass", "authorizationError"},
		{"a wrong password", "-v3 -l authNoPriv -u reader -a SHA -A other-pass", "Authentication failure"},
		{"a wrong privacy", "-v3 -l authPriv -u writer -a SHA-256 -A writer-pass -x AES -X other-pass", "Decryption error"},
		{"nobody", "-v3 -l authNoPriv -u nobody -a SHA -A reader-pass", "Unknown user name"},
		{"more than he has", "-v3 -l authPriv -u reader -a SHA -A reader-pass -x AES -X secret-pass", "Unsupported security level"},
	} {
		if out, err := tool("snmpset", c.options, copyStatus+".49.72", "i", "6"); err == nil || !strings.Contains(out, c.want) {
			t.Errorf("%s: %v %s", c.name, err, out)
		}
	}
	if out, err := tool("snmpset", writer, copyStatus+".60.72", "i", "4"); err == nil || !strings.Contains(out, "inconsistentValue") || !strings.Contains(out, copyStatus+".60.72") {
		t.Errorf("a port that is down: %v %s", err, out)
	}
	if out, err := tool("snmpset", writer, copyStatus+".49.72", "s", "x"); err == nil || !strings.Contains(out, "wrongType") {
		t.Errorf("a text: %v %s", err, out)
	}
	if out, err := tool("snmpset", writer, ".1.3.6.1.2.1.31.1.1.1.18.49", "s", "uplink", copyStatus+".49.72", "i", "6"); err != nil || !strings.Contains(sw.RunningConfig(), "port gi1 alias uplink") {
		t.Errorf("two tables in one: %v %s", err, out)
	}
	if got := sw.Stats(); got.ConfigLines != 6 || sw.SNMPReports("1.3.6.1.6.3.15.1.1.5.0") == 0 && sw.SNMPReports(".1.3.6.1.6.3.15.1.1.5.0") == 0 {
		t.Errorf("%+v", got)
	}
	if sw.Addr() != "" || sw.HostKey() != "" || !strings.Contains(sw.Exec("show"), "no command line") {
		t.Error("it has a terminal")
	}
}
