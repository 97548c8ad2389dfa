package lab

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	sshdoor "github.com/netmirror/netmirror/internal/lab/door/ssh"
	"github.com/netmirror/netmirror/internal/testkit"
	"golang.org/x/crypto/ssh"
)

// privileged logs in with privilege 15, paging off, in configuration mode if
// config is set.
func privileged(t *testing.T, sw *Switch, config bool) *term {
	t.Helper()
	x := shell(t, dial(t, sw, "admin", "pw"), 24)
	x.until(`acc-1#$`)
	x.cmd("terminal length 0", "acc-1#")
	if config {
		x.cmd("configure terminal", "acc-1(config)#")
	}
	return x
}

func faulty(t *testing.T, f Faults) *Switch {
	t.Helper()
	sw := start(t, oneSwitch).Switch("acc-1")
	if err := sw.SetFaults(f); err != nil {
		t.Fatal(err)
	}
	return sw
}

func TestRefusedLineAnswersAndChangesNothing(t *testing.T) {
	sw := faulty(t, Faults{Refuse: []Refusal{{Line: `^monitor session \d+ destination`, Answer: "% No more resources", Times: 1}}})
	x := privileged(t, sw, true)
	if out := x.cmd("mon sess 1 dest int gi1/0/9", "acc-1(config)#"); out != "% No more resources\n" {
		t.Errorf("%q: the spelled-out form is matched too", out)
	}
	if monitorLines(sw) != "" {
		t.Error("the refused line was carried out")
	}
	x.cmd("mon sess 1 dest int gi1/0/9", "acc-1(config)#")
	if monitorLines(sw) == "" {
		t.Error("refused a second time, want once")
	}
}

func TestConnectionLostAtConfigurationLine(t *testing.T) {
	block := "configure terminal\nmonitor session 1 source interface Gi1/0/1\nmonitor session 1 source interface Gi1/0/2\nmonitor session 1 destination interface Gi1/0/9\nend\n"
	for _, tc := range []struct {
		faults Faults
		want   string
	}{
		{Faults{DropAtConfigLine: 1}, ""},
		{Faults{DropAtConfigLine: 2}, "monitor session 1 source interface Gi1/0/1\n"},
		{Faults{DropAfterConfigLine: 2}, "monitor session 1 source interface Gi1/0/1 - 2\n"},
		{Faults{DropAfterBytes: len("configure terminal\nmonitor session 1 source interface Gi1/0/1\nmonitor s")}, "monitor session 1 source interface Gi1/0/1\n"},
	} {
		sw := start(t, oneSwitch).Switch("acc-1")
		x := privileged(t, sw, false)
		if err := sw.SetFaults(tc.faults); err != nil {
			t.Fatal(err)
		}
		x.send(block)
		x.eof()
		if got := monitorLines(sw); got != tc.want {
			t.Errorf("%+v left %q, want %q", tc.faults, got, tc.want)
		}
		// It happens once: the next connection works.
		y := privileged(t, sw, true)
		y.cmd("no monitor session all", "acc-1(config)#")
	}
}

func TestWrongPasswordAndChangedHostKey(t *testing.T) {
	sw := faulty(t, Faults{WrongPassword: true})
	if _, err := tryDial(sw, "admin", ssh.Password("pw")); err == nil || !strings.Contains(err.Error(), "unable to authenticate") {
		t.Errorf("login: %v", err)
	}
	if sw.Stats().LoginFailures == 0 {
		t.Error("no failure counted")
	}
	before := sw.HostKey()
	sw.SetFaults(Faults{ChangedHostKey: "stolen"})
	changed := sw.HostKey()
	dial(t, sw, "admin", "pw")
	sw.SetFaults(Faults{})
	if before == changed || sw.HostKey() == changed {
		t.Error("the host key did not change and change back")
	}
}

func TestHostKeySeedGivesTheSameKeyAgain(t *testing.T) {
	y := strings.Replace(oneSwitch, "model:", "ssh: {hostKeySeed: a}\n      model:", 1)
	if a, b := start(t, y).Switch("acc-1").HostKey(), start(t, y).Switch("acc-1").HostKey(); a != b {
		t.Errorf("%s\n%s", a, b)
	}
}

func TestPagingAndForcedPaging(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	x := shell(t, dial(t, sw, "admin", "pw"), 10)
	x.until(`acc-1#$`)
	x.send("show version\n")
	first := x.until(` --More-- $`)
	if n := strings.Count(first, "\n"); n != 10 { // the echo and nine lines
		t.Errorf("%d lines on a screen of 10:\n%s", n, first)
	}
	x.send("\n")
	if line := x.until(` --More-- $`); strings.Count(line, "\n") != 1 {
		t.Errorf("Enter shows %q", line)
	}
	x.send("q")
	x.until(`acc-1#$`)
	x.cmd("terminal length 0", "acc-1#")
	if out := x.cmd("show version", "acc-1#"); strings.Contains(out, "More") {
		t.Error("paged with length 0")
	}
	sw.SetFaults(Faults{ForcePaging: true})
	x.send("show running-config\n")
	x.until(` --More-- $`)
	x.send(" ")
	x.until(` --More-- $`)
	x.send("q")
	x.until(`acc-1#$`)
}

func TestNoiseReplacementAndConsoleLog(t *testing.T) {
	sw := faulty(t, Faults{
		Noise:      []Noise{{Command: `^show version`, Line: "rack 12#", After: 2}},
		Replace:    []Replacement{{Command: `^show monitor`, Output: "SPAN-SESSION-TABLE v2 {}"}},
		ConsoleLog: true})
	x := privileged(t, sw, false)
	x.send("show version\n")
	if out := x.until(`Configuration register`); !strings.Contains(out, "\nrack 12#\nTechnical Support") {
		t.Errorf("no noise after two lines:\n%s", out)
	}
	x.until(`acc-1#$`)
	if out := x.cmd("sh mon sess all", "acc-1#"); out != "SPAN-SESSION-TABLE v2 {}\n" {
		t.Errorf("%q", out)
	}
	x.cmd("conf t", "acc-1(config)#")
	x.cmd("monitor session 1 source vlan 4", "acc-1(config)#")
	if out := x.cmd("end", "acc-1#"); !strings.Contains(out, "%SYS-5-CONFIG_I: Configured from console by admin on vty0") {
		t.Errorf("%q", out)
	}
}

func TestBannersWithAPromptInThem(t *testing.T) {
	y := strings.Replace(oneSwitch, "model:", "banner: \"welcome to\\nacc-1#\\nbehave\"\n      loginBanner: \"acc-1#\"\n      model:", 1)
	sw := start(t, y).Switch("acc-1")
	said := ""
	c, err := ssh.Dial("tcp", sw.Addr(), &ssh.ClientConfig{User: "admin", Auth: []ssh.AuthMethod{ssh.Password("pw")}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
		BannerCallback: func(m string) error { said = m; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	x := shell(t, c, 24)
	x.until(`behave\r\n\r\nacc-1#$`)
	if said != "acc-1#\n" {
		t.Errorf("login banner %q", said)
	}
}

func TestAuthenticationMethods(t *testing.T) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, _ := ssh.NewSignerFromKey(key)
	sshPub, _ := ssh.NewPublicKey(pub)
	l := startSpec(t, Spec{Fabric: FabricSpec{Switches: []SwitchSpec{
		{Name: "ki", Platform: "cisco_iosxe", SSH: SSHSpec{Auth: []string{"keyboard-interactive"}}},
		{Name: "pk", Platform: "cisco_iosxe", SSH: SSHSpec{Auth: []string{"publickey"}}, Credentials: []CredentialSpec{{Username: "admin", PublicKeys: []string{sshdoor.AuthorizedLine(sshPub)}}}},
		{Name: "old", Platform: "cisco_iosxe", Model: "WS-C2960X-48", SSH: SSHSpec{LegacyAlgorithms: true}},
	}}})
	if _, err := tryDial(l.Switch("ki"), "admin", ssh.Password("admin")); err == nil {
		t.Error("password accepted where only keyboard-interactive is offered")
	}
	good := map[string]ssh.AuthMethod{
		"ki": ssh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
			return []string{"admin"}[:len(questions)], nil
		}),
		"pk": ssh.PublicKeys(signer),
	}
	for name, m := range good {
		c, err := tryDial(l.Switch(name), "admin", m)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c.Close()
	}
	if _, err := tryDial(l.Switch("old"), "admin", ssh.Password("admin")); err == nil {
		t.Error("a modern client got through to a switch with old algorithms only")
	}
	old := &ssh.ClientConfig{User: "admin", Auth: []ssh.AuthMethod{ssh.Password("admin")}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
		HostKeyAlgorithms: []string{ssh.KeyAlgoRSA}, Config: ssh.Config{KeyExchanges: []string{ssh.InsecureKeyExchangeDH1SHA1}, Ciphers: []string{ssh.InsecureCipherTripleDESCBC}}}
	c, err := ssh.Dial("tcp", l.Switch("old").Addr(), old)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func TestExecRequestRunsOneCommand(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	s, err := dial(t, sw, "admin", "pw").NewSession()
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Output("show running-config | include ^hostname")
	if err != nil || string(out) != "hostname acc-1\r\n" {
		t.Errorf("%q %v", out, err)
	}
}

func TestReloadDropsConnectionsAndForgets(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	sw.SetTiming(Timing{BootTime: Duration(50 * time.Millisecond)})
	clean := sw.RunningConfig()
	x := privileged(t, sw, true)
	x.cmd("monitor session 1 source interface Gi1/0/1", "acc-1(config)#")
	x.cmd("end", "acc-1#")
	x.send("reload\n")
	x.until(`\[yes/no\]: $`)
	x.send("no\n")
	x.until(`\[confirm\]$`)
	x.send("\n")
	x.eof()
	testkit.Eventually(t, testkit.Patience, "the switch takes connections again", func() bool {
		c, err := tryDial(sw, "admin", ssh.Password("pw"))
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	if sw.RunningConfig() != clean {
		t.Errorf("unsaved lines survived:\n%s", monitorLines(sw))
	}
	if out := sw.Exec("show version"); !strings.Contains(out, "Reload Command") {
		t.Error("show version does not tell the reason")
	}
}

func TestLatencyIsPerRoundTripAndCounted(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	const rtt = 40 * time.Millisecond
	sw.SetTiming(Timing{Latency: Duration(rtt)})
	began := time.Now()
	c := dial(t, sw, "admin", "pw")
	if cold := time.Since(began); cold < 4*rtt {
		t.Errorf("the SSH handshake took %v, want at least 4 round trips", cold)
	}
	x := shell(t, c, 0)
	x.until(`acc-1#$`)
	x.cmd("terminal length 0", "acc-1#")
	before := sw.Stats()
	began = time.Now()
	x.send("conf t\nmonitor session 1 source vlan 3\nmonitor session 1 destination int gi1/0/9\nend\n! nm0\n")
	x.until(`! nm0\r\n(?m:^acc-1#$)`)
	took := time.Since(began)
	if trips := sw.Stats().RoundTrips - before.RoundTrips; trips != 1 {
		t.Errorf("a block counted %d round trips", trips)
	}
	if took < rtt {
		t.Errorf("a block took %v, want at least one round trip of %v", took, rtt)
	}
	before = sw.Stats()
	for _, l := range []string{"show clock", "show privilege", "show users"} {
		x.cmd(l, "acc-1#")
	}
	if s := sw.Stats(); s.RoundTrips-before.RoundTrips != 3 || s.Commands-before.Commands != 3 {
		t.Errorf("three commands counted as %+v after %+v", s, before)
	}
}

func TestThinkingAndSavingTakeTheirTime(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	x := privileged(t, sw, false)
	sw.SetTiming(Timing{ThinkTime: Duration(30 * time.Millisecond), SaveTime: Duration(60 * time.Millisecond), PromptDelay: Duration(10 * time.Millisecond)})
	began := time.Now()
	x.cmd("write memory", "acc-1#")
	if took := time.Since(began); took < 100*time.Millisecond {
		t.Errorf("took %v, want at least 100ms", took)
	}
	if sw.Stats().Saves != 1 {
		t.Error("no save counted")
	}
}

func TestEditingKeysAndControlCharacters(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	x := privileged(t, sw, false)
	x.send("show clocj\bk\r\n")
	x.until(`UTC`)
	x.until(`acc-1#$`)
	x.send("rubbish\x15show privilege\r")
	x.until(`Current privilege level is 15`)
	x.until(`acc-1#$`)
	x.send("show ver\t")
	x.until(`acc-1#show version $`)
	x.send("\x03")
	x.until(`acc-1#$`)
	x.send("show monitor session ?")
	x.until(`all\r\n`)
	x.until(`acc-1#show monitor session $`)
	x.send("\x15conf t\n")
	x.until(`\(config\)#$`)
	x.send("monitor session 8 source vlan 3\x1a")
	x.until(`acc-1#$`)
	if monitorLines(sw) == "" {
		t.Error("Ctrl-Z at the end of a line does not carry it out")
	}
	x.send("exit\n")
	x.eof()
}

func TestMirrorsNothingIsSeenOnlyInCounters(t *testing.T) {
	y := oneSwitch + `
  hosts: [{at: "acc-1:Gi1/0/9", name: ids}]
  traffic: [{at: "acc-1:Gi1/0/1", direction: in, bitsPerSecond: 80M}]
`
	sw := start(t, y).Switch("acc-1")
	conf := []string{"configure terminal", "monitor session 1 source interface Gi1/0/1", "monitor session 1 destination interface Gi1/0/9",
		"monitor session 2 type erspan-source", "source interface Gi1/0/2", "no shutdown", "destination", "erspan-id 1", "ip address 10.0.0.1", "origin ip address 10.0.0.2", "end"}
	sw.Exec(conf...)
	if sw.Counters()[gi("9")].OutBits != 80_000_000 {
		t.Errorf("no copies: %+v", sw.Counters()[gi("9")])
	}
	const fed = "show platform software fed switch active monitor 2"
	healthy := sw.Exec(fed)
	sw.SetFaults(Faults{MirrorsNothing: true})
	if c := sw.Counters()[gi("9")]; c.OutBits != 0 || c.OutOctets == 0 {
		t.Errorf("copies flow on: %+v", c)
	}
	if sw.Exec(fed) != healthy || !strings.Contains(healthy, "ERSPAN Hw Programmed : 1") {
		t.Error("the hardware view gives the fault away")
	}
	sw.SetFaults(Faults{NotProgrammed: true})
	if out := sw.Exec(fed); !strings.Contains(out, "ERSPAN Hw Programmed : 0") {
		t.Error("the hardware view hides the fault")
	}
	sw.SetFaults(Faults{})
	if sw.Counters()[gi("9")].OutBits != 80_000_000 {
		t.Error("copies do not come back")
	}
}

func TestSilentSwitchAcceptsAndSaysNothing(t *testing.T) {
	sw := faulty(t, Faults{Silent: true})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		c, err := tryDial(sw, "admin", ssh.Password("pw"))
		if err == nil {
			c.Close()
		}
		done <- err
	}()
	select {
	case err := <-done:
		t.Errorf("handshake ended: %v", err)
	case <-ctx.Done():
	}
	sw.DropConnections()
	<-done
}

// control calls the control API; status is what it must answer.
func control(t *testing.T, l *Lab) (call func(method, path, body string, status int) string) {
	t.Helper()
	base := "http://" + l.ControlAddr() + "/switches"
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return func(method, path, body string, status int) string {
		t.Helper()
		req, _ := http.NewRequestWithContext(t.Context(), method, base+path, bytes.NewBufferString(body))
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != status {
			t.Errorf("%s %s: %d %s, want %d", method, path, resp.StatusCode, b, status)
		}
		return string(b)
	}
}

func TestControlAPI(t *testing.T) {
	l := start(t, oneSwitch+"  control: 127.0.0.1:0\n")
	call := control(t, l)
	var list []struct{ Name, Address, HostKey string }
	if err := json.Unmarshal([]byte(call("GET", "", "", 200)), &list); err != nil || len(list) != 1 || list[0].Address != l.Switch("acc-1").Addr() {
		t.Errorf("%v %v", list, err)
	}
	call("PUT", "/acc-1/faults", `{"mirrorsNothing": true, "refuse": [{"line": "x", "answer": "no"}]}`, 200)
	if f := l.Switch("acc-1").Faults(); !f.MirrorsNothing || len(f.Refuse) != 1 {
		t.Errorf("%+v", f)
	}
	call("PUT", "/acc-1/faults", `{"nonsense": true}`, 400)
	call("PUT", "/acc-1/faults", `{"refuse": [{"line": "("}]}`, 422)
	call("PUT", "/acc-1/timing", `{"latency": "20ms"}`, 200)
	if l.Switch("acc-1").Timing().Latency != Duration(20*time.Millisecond) {
		t.Error("timing not set")
	}
	if out := call("POST", "/acc-1/exec", "configure terminal\nmonitor session 1 source vlan 3\n", 200); !strings.Contains(out, "acc-1(config)#") {
		t.Errorf("%s", out)
	}
	if out := call("GET", "/acc-1/running-config", "", 200); !strings.Contains(out, "monitor session 1 source vlan 3\n") {
		t.Errorf("%s", out)
	}
	call("POST", "/acc-1/reload", "", 204)
	if out := call("GET", "/acc-1/running-config", "", 200); strings.Contains(out, "monitor session") {
		t.Error("reload kept unsaved lines")
	}
	call("GET", "/nobody/stats", "", 404)
	call("GET", "/acc-1/stats", "", 200)
}
