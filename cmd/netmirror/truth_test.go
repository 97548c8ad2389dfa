package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// TestKilledAtEveryLineOfAPush kills the controller at the moment at which the
// n-th line of its push arrives at the switch, in a create over two switches, a change
// and a delete. With NETMIRROR_FAULTS (make faults) n is every line, else every second.
func TestKilledAtEveryLineOfAPush(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, false, 1, "--resync", "1h")
	const over = `{"sources":[{"device":"acc-1","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/30"}],
		"rspan":{"vlan":905,"transit":[{"device":"acc-1","trunks":["Te1/1/1"]},{"device":"acc-0","trunks":["Gi1/0/23"]}]}}`
	crashes, stride := 0, 2
	if os.Getenv("NETMIRROR_FAULTS") != "" {
		stride = 1
	}
	for i, sw := range f.switches {
		for line := 1 + i%stride; ; line += stride {
			died := 0
			for _, act := range []struct{ method, body string }{
				{"PUT", over}, {"PUT", strings.Replace(over, "Gi1/0/2", "Gi1/0/3-4", 1)}, {"DELETE", ""},
			} {
				killed := make(chan struct{})
				cmd := f.cmd
				sw.OnConfigLine(func(n int) bool {
					if n != line {
						return false
					}
					_ = cmd.Process.Kill()
					close(killed)
					return true
				})
				possible := []string{act.body}
				if a, err := f.try(act.method, "/sessions/s5", act.body); err != nil {
					possible = append(possible, f.wanted["s5"].possible...)
				} else if a.status >= 300 {
					t.Fatalf("%s: %s", act.method, a)
				}
				f.wanted["s5"] = wish{possible}
				ended := make(chan struct{})
				go func() { // either the line comes, or the rollout ends without it
					defer close(ended)
					for {
						ok, _ := f.asWanted("s5")
						if ok {
							return
						}
						select {
						case <-killed:
							return
						default:
						}
					}
				}()
				<-ended
				select {
				case <-killed:
					died++
					crashes++
					f.died()
					sw.OnConfigLine(nil)
					f.startWith()
				default:
					sw.OnConfigLine(nil)
				}
				what := fmt.Sprintf("%s, line %d, %s", sw.Name(), line, act.method)
				f.settles(what)
				f.invariants(what)
			}
			if died == 0 { // no push has so many lines
				if line <= stride {
					t.Errorf("%s: no push had a line", sw.Name())
				}
				break
			}
		}
	}
	f.empty()
	fmt.Printf("%d crashes, one at each line of each push\n", crashes)
}

// TestEveryFaultOfTheLab ends in a named condition, and in convergence when the
// fault goes away; never in a hang or a wrong Active.
func TestEveryFaultOfTheLab(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, false, 1, "--resync", "1h", "--dial-timeout", "5s")
	sw := f.switches[0]
	const body = `{"sources":[{"device":"acc-0","interface":"Gi1/0/2"},{"device":"acc-0","interface":"Gi1/0/3","direction":"rx"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/30"}]}`
	const words = "% Exceed the maximum SPAN session number"
	for _, c := range []struct {
		name   string
		faults lab.Faults
		timing lab.Timing
		act    func()
		while  string // a word of the session's status or of the write's answer, "" = it works all the same
	}{
		{name: "latency", timing: lab.Timing{Latency: lab.Duration(30 * time.Millisecond)}},
		{name: "thinking time", timing: lab.Timing{ThinkTime: lab.Duration(50 * time.Millisecond), SaveTime: lab.Duration(200 * time.Millisecond)}},
		{name: "slow prompt", timing: lab.Timing{PromptDelay: lab.Duration(50 * time.Millisecond)}},
		{name: "refused line", faults: lab.Faults{Refuse: []lab.Refusal{{Line: "destination interface", Answer: words}}}, while: words},
		{name: "refused once", faults: lab.Faults{Refuse: []lab.Refusal{{Line: "source interface.*1/0/3", Answer: words, Times: 1}}}, while: words},
		{name: "refused save", faults: lab.Faults{Refuse: []lab.Refusal{{Line: "write memory", Answer: "% NVRAM is full"}}}, while: "NVRAM is full"},
		{name: "connection lost at a line", faults: lab.Faults{DropAtConfigLine: 2}},
		{name: "connection lost behind a line", faults: lab.Faults{DropAfterConfigLine: 3}},
		{name: "connection lost in the text", faults: lab.Faults{DropAfterBytes: 120}},
		{name: "reboot", act: sw.Reload},
		{name: "connections dropped", act: sw.DropConnections},
		{name: "manual change", act: func() { sw.Exec("configure terminal", "no monitor session 66", "end") }},
		{name: "wrong password", faults: lab.Faults{WrongPassword: true}, act: sw.DropConnections, while: "device-authentication"},
		{name: "changed host key", faults: lab.Faults{ChangedHostKey: "x"}, act: sw.DropConnections, while: "host key"},
		{name: "silent", faults: lab.Faults{Silent: true}, act: sw.DropConnections, while: "SSH handshake"},
		{name: "paging", faults: lab.Faults{ForcePaging: true}, act: sw.DropConnections, while: "*"},
		{name: "console log", faults: lab.Faults{ConsoleLog: true}},
		{name: "a line like a prompt", faults: lab.Faults{Noise: []lab.Noise{{Command: "show monitor", Line: "rack 12#", After: 2}}}},
		{name: "unreadable output", faults: lab.Faults{Replace: []lab.Replacement{{Command: "show monitor session", Output: "Sitzung 66: lokal"}}}, while: "device-unreadable"},
		{name: "accepted and not programmed", faults: lab.Faults{NotProgrammed: true}, while: "NotProgrammed"},
		{name: "accepts and mirrors nothing", faults: lab.Faults{MirrorsNothing: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f.t = t
			if err := sw.SetFaults(c.faults); err != nil {
				t.Fatal(err)
			}
			sw.SetTiming(c.timing)
			if c.act != nil {
				c.act()
			}
			said := ""
			testkit.Eventually(t, patience, "the write is answered", func() bool {
				a, err := f.try("PUT", "/sessions/s1", body)
				said += a.String()
				return err == nil && (a.status < 300 || c.while == "*" || c.while != "" && strings.Contains(said, c.while))
			})
			seen := func(word string) bool {
				v := f.session("s1")
				said += fmt.Sprint(v.Status.Conditions)
				return word != "*" && strings.Contains(said, word)
			}
			if c.while == "" {
				f.reach("s1", "Active")
			} else if c.while != "*" {
				testkit.Eventually(t, patience, "it is told: "+c.while, func() bool { return seen(c.while) })
				if v := f.session("s1"); v.Status.Phase == "Active" && c.name != "refused save" {
					t.Errorf("Active under the fault: %+v", v.Status)
				}
			}
			if c.name == "accepts and mirrors nothing" && !strings.Contains(fmt.Sprint(f.session("s1").Status.Conditions), "{Effective Unknown") {
				t.Errorf("effective: %+v", f.session("s1").Status.Conditions)
			}
			if err := sw.SetFaults(lab.Faults{}); err != nil {
				t.Fatal(err)
			}
			sw.SetTiming(lab.Timing{})
			f.wanted["s1"] = wish{[]string{body}}
			testkit.Eventually(t, patience, "the device is read again", func() bool {
				a, err := f.try("POST", "/devices/acc-0:sync", "")
				return err == nil && a.status == 200
			})
			if a, err := f.try("PUT", "/sessions/s1", body); err != nil || a.status >= 300 {
				t.Fatalf("%s %v", a, err)
			}
			f.settles(c.name)
			f.invariants(c.name)
			f.call("DELETE", "/sessions/s1", "", 204, 404)
			f.wanted["s1"] = wish{[]string{""}}
			f.invariants(c.name + ", deleted")
		})
	}
	f.t = t
	f.empty()
}

const fightBook = `
- hosts: lab
  gather_facts: false
  tasks:
    - cisco.ios.ios_config:
        lines:
          - no monitor session 66 source interface Gi1/0/2
          - monitor session 66 source interface Gi1/0/9 rx
`

// TestAnsibleAndUsOnOneSession: another automation that rewrites our session
// ends in Contended, not in a war.
func TestAnsibleAndUsOnOneSession(t *testing.T) {
	t.Parallel()
	ansibleAndUs(t, "auto", 4)
}

// TestAnsibleAndUsLineByLine is its first repair where one line is typed at a time.
func TestAnsibleAndUsLineByLine(t *testing.T) {
	t.Parallel()
	ansibleAndUs(t, "off", 1)
}

// ansibleAndUs has Ansible rewrite our session so many times. The fourth is one
// too many.
func ansibleAndUs(t *testing.T, typeAhead string, times int) {
	const program, systemPython = "/usr/bin/ansible-playbook", "/usr/bin/python3"
	testkit.Need(t, program)
	f := newFleet(t, 1, false, 1, "--resync", "1h")
	sw := f.switches[0]
	f.typedTo("acc-0", typeAhead)
	f.call("PUT", "/sessions/s1", `{"sources":[{"device":"acc-0","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/30"}]}`, 201)
	dir := t.TempDir()
	host, port, _ := strings.Cut(sw.Addr(), ":")
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	inventory := write("hosts", "[lab]\nsw ansible_host="+host+" ansible_port="+port+
		" ansible_connection=ansible.netcommon.network_cli ansible_network_os=cisco.ios.ios ansible_user=netmirror ansible_password=demo"+
		" ansible_python_interpreter="+systemPython+" ansible_network_cli_ssh_type=paramiko\n")
	book := write("play.yml", fightBook)
	repaired := 0
	for range times {
		cmd := exec.CommandContext(t.Context(), program, "-i", inventory, book)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=" + dir, "LANG=C.UTF-8", "ANSIBLE_HOST_KEY_CHECKING=False", "ANSIBLE_NOCOLOR=1",
			"ANSIBLE_LOCAL_TEMP=" + dir, "ANSIBLE_PERSISTENT_CONTROL_PATH_DIR=" + dir}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		f.call("POST", "/devices/acc-0:sync", "", 200)
		f.call("POST", "/devices/acc-0:sync", "", 200)
		if strings.Contains(sw.RunningConfig(), "monitor session 66 source interface Gi1/0/2\n") {
			repaired++
			f.reach("s1", "Active")
		}
	}
	if times < 4 {
		if repaired != times {
			t.Errorf("repaired %d times of %d", repaired, times)
		}
		return
	}
	got := f.reach("s1", "Degraded")
	if text := fmt.Sprint(got.Status.Conditions); repaired != 3 || !strings.Contains(text, "Contended") || !strings.Contains(text, "by netmirror") {
		t.Errorf("repaired %d times; %s", repaired, text)
	}
	out, err := f.cli("", "release", "acc-0")
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	f.reach("s1", "Active")
}

// rewriteScript has Netmiko rewrite our session, make one of its own and save.
const rewriteScript = `
import sys
from netmiko import ConnectHandler
c = ConnectHandler(device_type="cisco_ios", host=sys.argv[1], port=int(sys.argv[2]), username="netmirror", password="demo")
print(c.send_config_set(["no monitor session 66 source interface Gi1/0/2", "monitor session 66 source interface Gi1/0/9 rx",
    "monitor session 4 source interface Gi1/0/4 - 6 rx", "monitor session 4 destination interface Gi1/0/46"]))
print(c.save_config())
c.disconnect()
`

// TestNetmikoAndUsLineByLine: a script rewrites our session and makes its own, on
// a switch to which we type one line at a time. Ours is repaired, its own stays.
func TestNetmikoAndUsLineByLine(t *testing.T) {
	t.Parallel()
	const systemPython = "/usr/bin/python3"
	testkit.Need(t, systemPython)
	if exec.Command(systemPython, "-c", "import netmiko").Run() != nil {
		testkit.Need(t, "python3-netmiko") // a library: no program has this name
	}
	f := newFleet(t, 1, false, 1, "--resync", "1h")
	sw := f.switches[0]
	f.typedTo("acc-0", "off")
	f.call("PUT", "/sessions/s1", `{"sources":[{"device":"acc-0","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/30"}]}`, 201)
	host, port, _ := strings.Cut(sw.Addr(), ":")
	cmd := exec.CommandContext(t.Context(), systemPython, "-c", rewriteScript, host, port)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=" + cmd.Dir, "LANG=C.UTF-8"}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "[OK]") {
		t.Fatalf("%v\n%s", err, out)
	}
	if config := sw.RunningConfig(); !strings.Contains(config, "monitor session 66 source interface Gi1/0/9 rx\n") {
		t.Fatalf("nothing was rewritten:\n%s", config)
	}
	f.call("POST", "/devices/acc-0:sync", "", 200)
	testkit.Eventually(t, patience, "the repair", func() bool {
		return strings.Contains(sw.RunningConfig(), "monitor session 66 source interface Gi1/0/2\n")
	})
	f.reach("s1", "Active")
	f.call("DELETE", "/sessions/s1", "", 204)
	for _, line := range []string{"monitor session 4 source interface Gi1/0/4 - 6 rx\n", "monitor session 4 destination interface Gi1/0/46"} {
		if !strings.Contains(sw.RunningConfig(), line) || !strings.Contains(sw.StartupConfig(), line) {
			t.Errorf("theirs is gone: %q\n%s", line, sw.RunningConfig())
		}
	}
}

// TestAHumanTakesOurNumber: what a person puts into it is theirs, also when it
// copies from a port that ours copied from.
func TestAHumanTakesOurNumber(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, false, 1, "--resync", "1h")
	sw := f.switches[0]
	f.call("PUT", "/sessions/s1", `{"sources":[{"device":"acc-0","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/30"}]}`, 201)
	sw.Exec("configure terminal", "no monitor session 66", "monitor session 66 source interface Gi1/0/2 , Gi1/0/11", "monitor session 66 destination interface Gi1/0/12", "end")
	theirs := sw.RunningConfig()
	f.call("POST", "/devices/acc-0:sync", "", 200)
	got := f.reach("s1", "Degraded")
	if !strings.Contains(fmt.Sprint(got.Status.Conditions), "OwnershipLost") {
		t.Errorf("conditions %+v", got.Status.Conditions)
	}
	out, err := f.cli("", "get", "observed-sessions", "-o", "wide")
	if err != nil || !strings.Contains(out, "the number was netmirror's and holds something else now") {
		t.Errorf("%v\n%s", err, out)
	}
	f.call("DELETE", "/sessions/s1", "", 204)
	if sw.RunningConfig() != theirs {
		t.Errorf("theirs was changed:\n%s", lineDiff(theirs, sw.RunningConfig()))
	}
	if out, err := f.cli("", "adopt", "taken", "acc-0", "66"); err != nil || !strings.Contains(out, "Active") {
		t.Errorf("%v %s", err, out)
	}
	if sw.RunningConfig() != theirs {
		t.Errorf("adopting changed it:\n%s", lineDiff(theirs, sw.RunningConfig()))
	}
}

// TestAnUnreadablePlatformCostsNobodyASession: seven switches print their
// sessions in a way that reads as none.
func TestAnUnreadablePlatformCostsNobodyASession(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 7, false, 1, "--resync", "1h")
	for i := range f.switches {
		f.call("PUT", fmt.Sprintf("/sessions/s%d", i), fmt.Sprintf(`{"sources":[{"device":"acc-%d","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-%d","interface":"Gi1/0/30"}]}`, i, i), 201)
	}
	before := map[string]string{}
	for _, sw := range f.switches {
		before[sw.Name()] = sw.RunningConfig()
		if err := sw.SetFaults(lab.Faults{Replace: []lab.Replacement{
			{Command: "show monitor session", Output: "No SPAN configuration is present in the system.\n"},
			{Command: "show running-config", Output: "interface Vlan1\n no ip address\n"}, // a section filter of a new kind
		}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, sw := range f.switches {
		if a, err := f.try("POST", "/devices/"+sw.Name()+":sync", ""); err != nil {
			t.Fatal(a, err)
		}
	}
	testkit.Eventually(t, patience, "somebody brakes", func() bool {
		a, err := f.try("GET", "/devices/acc-6", "")
		return err == nil && strings.Contains(a.String(), `"scope":"platform"`)
	})
	for _, sw := range f.switches {
		if after := sw.RunningConfig(); stripTimes(after) != stripTimes(before[sw.Name()]) {
			t.Errorf("%s lost something:\n%s", sw.Name(), lineDiff(before[sw.Name()], after))
		}
		if err := sw.SetFaults(lab.Faults{}); err != nil {
			t.Fatal(err)
		}
	}
	f.sync()
	for i := range f.switches {
		f.reach(fmt.Sprintf("s%d", i), "Active")
	}
}

// stripTimes leaves out the comments that tell when a configuration changed.
func stripTimes(config string) string {
	var out []string
	for _, l := range strings.Split(config, "\n") {
		if !strings.HasPrefix(l, "! ") {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

// TestAHumanTakesTheNumberFirst: between our read and our push a person makes a
// session of the number that we are about to use. Theirs stays as they typed it,
// and ours gets another number.
func TestAHumanTakesTheNumberFirst(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, false, 1, "--resync", "1h")
	sw := f.switches[0]
	sw.OnConfigLine(func(n int) bool {
		if n == 1 {
			sw.Exec("configure terminal", "monitor session 66 source interface Gi1/0/2 rx", "monitor session 66 source interface Gi1/0/11", "monitor session 66 destination interface Gi1/0/12", "end")
		}
		return false
	})
	f.call("PUT", "/sessions/s1", `{"sources":[{"device":"acc-0","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/30"}]}`, 201)
	f.reach("s1", "Active")
	config := sw.RunningConfig()
	for _, line := range []string{"66 source interface Gi1/0/2 rx", "66 source interface Gi1/0/11", "66 destination interface Gi1/0/12",
		"65 source interface Gi1/0/2", "65 destination interface Gi1/0/30 encapsulation replicate"} {
		if !strings.Contains(config, "monitor session "+line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
	if strings.Count(config, "monitor session 66 ") != 3 {
		t.Errorf("theirs was changed:\n%s", config)
	}
	f.call("DELETE", "/sessions/s1", "", 204)
	if config = sw.RunningConfig(); strings.Count(config, "monitor session 66 ") != 3 || strings.Contains(config, "monitor session 65 ") {
		t.Errorf("after the deletion:\n%s", config)
	}
}
