package lab

import (
	"fmt"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/lab/mib"
	"github.com/netmirror/netmirror/internal/testkit"
)

const (
	asWriter = "-v3 -l authPriv -u writer -a SHA-256 -A writer-pass -x AES -X secret-pass"
	asReader = "-v3 -l authNoPriv -u reader -a SHA -A reader-pass"
)

// ask runs one of Debian's tools; attempts are how often it asks in all.
func (r rowed) ask(tool, as string, attempts int, args ...string) (string, error) {
	r.t.Helper()
	testkit.Need(r.t, tool)
	all := append(strings.Fields(as), "-r", fmt.Sprint(attempts-1), "-t", "0.4", "-On", "-m", "", r.SNMPAddr())
	out, err := exec.Command(tool, append(all, args...)...).CombinedOutput()
	return string(out), err
}

func (r rowed) faults(f Faults) {
	r.t.Helper()
	if err := r.SetFaults(f); err != nil {
		r.t.Fatal(err)
	}
}

// TestAnAgentRefuses: what is answered with an error leaves nothing, but for the fault
// that it does.
func TestAnAgentRefuses(t *testing.T) {
	sw := startSMON(t, "")
	two := []string{copyStatus + ".49.72", "i", "4", copyStatus + ".50.72", "i", "4"}
	for _, c := range []struct {
		faults SNMPFaults
		want   string
		at     string // the object at fault
		stays  string
	}{
		{SNMPFaults{MaxBindings: 1}, "tooBig", "", ""},
		{SNMPFaults{NotWritable: []string{copyStatus + ".50"}}, "notWritable", copyStatus + ".50.72", ""},
		{SNMPFaults{CommitFails: 2}, "commitFailed", copyStatus + ".50.72", ""},
		{SNMPFaults{CommitFails: 9}, "commitFailed", copyStatus + ".50.72", ""},
		{SNMPFaults{CommitFails: 2, HalfDone: true}, "commitFailed", copyStatus + ".50.72", "49.72=1"},
	} {
		sw.faults(Faults{SNMP: c.faults})
		for _, as := range []string{"-v2c -c read-write", asWriter} {
			out, err := sw.ask("snmpset", as, 20, two...)
			if err == nil || !strings.Contains(out, c.want) || !strings.Contains(out, c.at) {
				t.Errorf("%+v as %s: %v %s", c.faults, as, err, out)
			}
			if got := sw.rows(copyStatus); got != c.stays {
				t.Errorf("%+v: %s stays", c.faults, got)
			}
			sw.must(copyStatus+".49.72", 6)
		}
	}
	sw.faults(Faults{SNMP: SNMPFaults{MaxBindings: 2}})
	if out, err := sw.ask("snmpset", asWriter, 20, two...); err != nil {
		t.Errorf("two are not too many: %s", out)
	}
	for _, bad := range []SNMPFaults{{LosesReplies: 1.5}, {LosesRequests: -1}, {MaxBindings: -1}, {HalfDone: true}, {NotWritable: []string{"portCopy"}}} {
		if err := sw.SetFaults(Faults{SNMP: bad}); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// TestDatagramsGetLost: requests, replies, and the reply to a SET that was done.
func TestDatagramsGetLost(t *testing.T) {
	sw := startSMON(t, "")
	sw.faults(Faults{SNMP: SNMPFaults{LosesRequests: 0.2, LosesReplies: 0.2, Seed: 4}})
	for i := range 10 {
		want := fmt.Sprintf("walk %d", i)
		if out, err := sw.ask("snmpset", asWriter, 30, ".1.3.6.1.2.1.31.1.1.1.18.49", "s", want); err != nil {
			t.Fatalf("%s", out)
		}
		if out, err := sw.ask("snmpget", asReader, 30, ".1.3.6.1.2.1.31.1.1.1.18.49"); err != nil || !strings.Contains(out, want) {
			t.Fatalf("%v %s", err, out)
		}
	}
	sw.faults(Faults{SNMP: SNMPFaults{LosesRequests: 1}})
	if out, err := sw.ask("snmpget", asReader, 1, ".1.3.6.1.2.1.1.5.0"); err == nil || !strings.Contains(out, "Timeout") {
		t.Errorf("all are lost: %v %s", err, out)
	}
	// The same faults draw the same fates.
	draw := func(seed uint64) (s string) {
		state, err := newFaultState(Faults{SNMP: SNMPFaults{LosesRequests: 0.2, Seed: seed}})
		if err != nil {
			t.Fatal(err)
		}
		lost := 0
		for range 1000 {
			if state.datagramLost(true) {
				lost++
				s += "x"
			}
			s += "."
		}
		if lost < 150 || lost > 250 || state.datagramLost(false) {
			t.Errorf("%d of 1000 requests lost", lost)
		}
		return s
	}
	if draw(1) != draw(1) || draw(1) == draw(2) {
		t.Error("a seed does not decide")
	}
	sw.faults(Faults{DropAtConfigLine: 1})
	if out, err := sw.ask("snmpset", "-v2c -c read-write", 1, copyStatus+".49.72", "i", "4"); err == nil || sw.rows(copyStatus) != "" {
		t.Errorf("it never came: %s %s", out, sw.rows(copyStatus))
	}
	sw.faults(Faults{DropAfterConfigLine: 1})
	if out, err := sw.ask("snmpset", "-v2c -c read-write", 1, copyStatus+".49.72", "i", "4"); err == nil || sw.rows(copyStatus) != "49.72=1" {
		t.Errorf("its answer is lost: %s %s", out, sw.rows(copyStatus))
	}
	// Who asks again is told that the row is there already (RFC 2579).
	sw.must(copyStatus+".49.72", 6)
	sw.faults(Faults{DropAfterConfigLine: 1})
	if out, err := sw.ask("snmpset", "-v2c -c read-write", 20, copyStatus+".49.72", "i", "4"); err == nil || !strings.Contains(out, "inconsistentValue") {
		t.Errorf("asked again: %v %s", err, out)
	}
}

// TestTheEngineChanges: restarts, clocks, spares, passwords.
func TestTheEngineChanges(t *testing.T) {
	sw := startSMON(t, "")
	const name = ".1.3.6.1.2.1.1.5.0"
	asked := func(extra string) (string, error) { return sw.ask("snmpget", asWriter+" "+extra, 4, name) }
	id := sw.agent2engine()
	if out, err := asked(""); err != nil {
		t.Fatal(out)
	}
	// A manager that remembers boots and time is told the new ones, and goes on.
	for _, change := range []func(){sw.Reload, func() { sw.faults(Faults{SNMP: SNMPFaults{EngineTime: Duration(1e12)}}) }} {
		change()
		before := sw.SNMPReports(".1.3.6.1.6.3.15.1.1.2.0")
		if out, err := asked("-e " + id + " -Z 1,5"); err != nil || sw.SNMPReports(".1.3.6.1.6.3.15.1.1.2.0") == before {
			t.Errorf("%v %s", err, out)
		}
	}
	sw.faults(Faults{SNMP: SNMPFaults{EngineJumps: true}})
	// Debian's manager tries on without an end.
	jumped := sw.SNMPReports(".1.3.6.1.6.3.15.1.1.2.0")
	follows := exec.Command("snmpget", append(strings.Fields(asWriter), "-On", "-m", "", sw.SNMPAddr(), name)...)
	if err := follows.Start(); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, testkit.Patience, "it is never in the time window", func() bool { return sw.SNMPReports(".1.3.6.1.6.3.15.1.1.2.0") > jumped+2 })
	_ = follows.Process.Kill()
	if err := follows.Wait(); err == nil {
		t.Error("a clock that jumps is followed")
	}
	sw.faults(Faults{SNMP: SNMPFaults{Engine: "spare"}})
	before := sw.SNMPReports(".1.3.6.1.6.3.15.1.1.4.0")
	if out, err := asked(""); err != nil || sw.SNMPReports(".1.3.6.1.6.3.15.1.1.4.0") == before || sw.agent2engine() == id {
		t.Errorf("a spare: %v %s", err, out)
	}
	sw.faults(Faults{WrongPassword: true})
	if out, err := asked(""); err == nil || !strings.Contains(out, "Authentication failure") {
		t.Errorf("other passwords: %v %s", err, out)
	}
	if out, err := sw.ask("snmpget", "-v2c -c read-only", 1, name); err == nil || !strings.Contains(out, "Timeout") {
		t.Errorf("another community: %v %s", err, out)
	}
	sw.faults(Faults{})
	sw.SetTiming(Timing{ThinkTime: Duration(3600e9)})
	if out, err := sw.ask("snmpget", "-v2c -c read-only", 1, name); err == nil || !strings.Contains(out, "Timeout") {
		t.Errorf("a slow agent: %v %s", err, out)
	}
}

// agent2engine is the id of the agent's engine as net-snmp wants it.
func (r rowed) agent2engine() string {
	return fmt.Sprintf("0x%x", agentHost{r.Switch}.Engine().ID)
}

// TestASwitchWithoutTerminals: what the control API and a description say of one.
func TestASwitchWithoutTerminals(t *testing.T) {
	l := start(t, fmt.Sprintf(smonSwitch, ""))
	get := func(method, path string) (int, string) {
		w := httptest.NewRecorder()
		l.ControlHandler().ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader("show")))
		return w.Code, w.Body.String()
	}
	if code, body := get("GET", "/switches"); code != 200 || strings.Contains(body, "address") || strings.Contains(body, "hostKey") || !strings.Contains(body, `"snmp":"127.0.0.1:`) {
		t.Errorf("%d %s", code, body)
	}
	if code, body := get("POST", "/switches/sm-1/exec"); code != 422 || !strings.Contains(body, "no command line") {
		t.Errorf("%d %s", code, body)
	}
	for _, path := range []string{"/switches/sm-1/reload", "/switches/sm-1/drop"} {
		if code, body := get("POST", path); code != 204 {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	for text, want := range map[string]string{
		"platform: snmp_smon": "no other door",
		"platform: snmp_smon, snmp: {community: c}, ssh: {listen: '127.0.0.1:0'}":         "no command line",
		"platform: snmp_smon, snmp: {community: c}, credentials: [{username: x}]":         "no command line",
		"platform: snmp_smon, snmp: {community: c}, ports: [{name: 'a b'}]":               "no name of a port",
		"platform: cisco_iosxe, settings: {keeps: true}":                                  "has none",
		"platform: snmp_smon, snmp: {community: c}, nativeSessions: [{id: 1, type: odd}]": "has none",
	} {
		if _, err := Load(strings.NewReader("fabric: {switches: [{name: a, " + text + "}]}")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for config, want := range map[string]string{"vlan 5000": "no VLAN", "port gi99 shutdown": "no port", "port gi1 speed 10": "setting", "show": "unknown line",
		"portCopy gi1 gi99 rx active": "no such port", "portCopy gi1 gi2 up active": "rx|tx|both"} {
		spec, err := Load(strings.NewReader("fabric: {switches: [{name: a, platform: snmp_smon, snmp: {community: c}, config: '" + config + "'}]}"))
		if err != nil {
			t.Fatal(err)
		}
		if l, err := Start(t.Context(), spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", config, err)
			if err == nil {
				l.Close()
			}
		}
	}
}

// TestAnySET: what is refused leaves nothing, what is taken is read back the same, and
// rows end in the states that the RFC has.
func TestAnySET(t *testing.T) {
	fast := rowed{start(t, fmt.Sprintf(fastpathSwitches, "sessions: 2")).Switch("fp-1"), t}
	for name, sw := range map[string]rowed{"rows": startSMON(t, "maxRows: 4"), "sessions with side effects": startSMON(t, "joins: true"), "waits": startSMON(t, "noCreateAndGo: true, acceptsDown: true"), "fixed": fast} {
		t.Run(name, func(t *testing.T) { rapid.Check(t, func(rt *rapid.T) { anySET(rt, sw, sw.Switch == fast.Switch) }) })
	}
}

func anySET(t *rapid.T, sw rowed, fixed bool) {
	agent := sw.device.(mib.Agent)
	numbers := rapid.SampledFrom([]int{0, 1, 2, 3, 4, 5, 6, 7, 10, 23, 24, 49, 50, 51, 60, 71, 72, 900, 20000010})
	var list []mib.Binding
	for range rapid.IntRange(1, 4).Draw(t, "bindings") {
		column := rapid.SampledFrom([]string{copyDirection, copyStatus, copySession + ".6", copySession + ".8", ".1.3.6.1.2.1.2.2.1.7", ".1.3.6.1.2.1.1.5"}).Draw(t, "column")
		if fixed {
			column = rapid.SampledFrom([]string{".4.1.2", ".4.1.3", ".4.1.4", ".4.1.5", ".4.1.6", ".4.1.7", ".4.1.8", ".5.1.2", ".7.1.2"}).Draw(t, "column")
			column = mirrorGroup + column
		}
		at := mib.Must(column)
		for range rapid.IntRange(0, 3).Draw(t, "parts") {
			at = at.Under(uint32(numbers.Draw(t, "index")))
		}
		n := numbers.Draw(t, "value")
		value := rapid.SampledFrom([]mib.Value{mib.Int(n), mib.Unsigned(uint64(n)), mib.Text(string([]byte{byte(n), 0, 0, 0})), mib.Text(""), {Kind: mib.Null}}).Draw(t, "kind")
		list = append(list, mib.Binding{Name: at, Value: value})
	}
	before := sw.RunningConfig()
	status, index := agent.Set(list)
	after := sw.RunningConfig()
	if (status == mib.NoError) != (index == 0) || index > len(list) {
		t.Fatalf("status %d at %d of %d", status, index, len(list))
	}
	if status != mib.NoError && before != after {
		t.Fatalf("%v is refused with %d, and\n%sbecame\n%s", list, status, before, after)
	}
	for _, b := range agent.Show().Instances {
		if _, is := mib.Must(copyStatus).Below(b.Name); is && (b.Value.N < 1 || b.Value.N > 3) {
			t.Fatalf("%s is %d", b.Name, b.Value.N)
		}
	}
	if status == mib.NoError {
		sw.device.(interface{ Save(string) }).Save("test")
		if sw.device.Boot("test"); sw.RunningConfig() != after {
			t.Fatalf("%s\nis read back as\n%s", after, sw.RunningConfig())
		}
	}
}
