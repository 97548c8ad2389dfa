package lab

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/testkit"
)

// The prompts of oneXR.
const (
	xrExec   = "RP/0/RP0/CPU0:r1#"
	xrConfig = "RP/0/RP0/CPU0:r1(config)#"
)

// xrShell is a terminal on a router, without time stamps.
func xrShell(t *testing.T, sw *Switch) *term {
	t.Helper()
	x := shell(t, dial(t, sw, "admin", "pw"), 0)
	x.until(`RP/0/RP0/CPU0:r1#$`)
	x.send("terminal exec prompt no-timestamp\n")
	x.until(`no-timestamp\r\nRP/0/RP0/CPU0:r1#$`)
	x.cmd("terminal length 0", xrExec)
	return x
}

// xrArm commits a change with a window from a terminal.
func xrArm(t *testing.T, x *term, commit string) {
	t.Helper()
	x.cmd("configure exclusive", xrConfig)
	x.cmd("hostname r1", xrConfig)
	x.cmd("snmp-server contact trial", xrConfig)
	if out := x.cmd(commit, xrConfig); out != "" {
		t.Fatalf("%q", out)
	}
}

// xrSlow is a router whose timers never fire in a test.
func xrSlow(t *testing.T) *Switch {
	t.Helper()
	return start(t, strings.Replace(oneXR, "clockFactor: 100", "clockFactor: 1", 1)).Switch("r1")
}

func inForce(sw *Switch, line string) bool { return strings.Contains(sw.RunningConfig(), line+"\n") }

const trialLine = "snmp-server contact trial"

func TestXRTrialIsConfirmedByItsSession(t *testing.T) {
	for _, commit := range []string{"commit confirmed 30", "commit confirmed minutes 2", "commit label nm-4f2a17 confirmed 120", "commit confirmed 50 label TestLabel comment I am a test"} {
		sw := xrSlow(t)
		x := xrShell(t, sw)
		xrArm(t, x, commit)
		if !inForce(sw, trialLine) || strings.Contains(sw.StartupConfig(), trialLine) {
			t.Errorf("%s: in force while it waits, and not for good", commit)
		}
		detail := x.cmd("do show configuration sessions detail", xrConfig)
		if !strings.Contains(detail, "Client: CLI  Process: config") || !strings.Contains(detail, "Client: commit-confirm  Process: cfgmgr_trial_co") || strings.Count(detail, "Session: 00001000-") != 2 || strings.Contains(detail, "*") {
			t.Errorf("what waits has a row of its own, and the lock is off:\n%s", detail)
		}
		if out := x.cmd("commit", xrConfig); out != "% Confirming commit for trial session.\n" {
			t.Errorf("%q", out)
		}
		if out := x.cmd("commit", xrConfig); out != "No configuration changes to commit.\n" {
			t.Errorf("%q", out)
		}
		x.cmd("end", xrExec)
		if !strings.Contains(sw.StartupConfig(), trialLine) || x.cmd("show configuration sessions", xrExec) != "" {
			t.Errorf("%s: confirmed is not for good", commit)
		}
	}
}

// Whoever is not the arming session can neither confirm nor commit nor lock (fact sheet on
// transactions, 3.2).
func TestXRTrialBlocksOthers(t *testing.T) {
	sw := xrSlow(t)
	x := xrShell(t, sw)
	xrArm(t, x, "commit confirmed 120")
	id := regexp.MustCompile(`Session: (\S+)`).FindStringSubmatch(x.cmd("do show configuration sessions detail", xrConfig))[1]
	for _, tc := range []struct {
		want  string
		lines []string
	}{
		{"No configuration changes to commit.\n", []string{"configure", "commit"}},
		{"No configuration changes to commit.\n", []string{"configure", "commit confirmed 60"}},
		{"% Cannot commit because there is an unexpired trial/rollback session '" + id + "'.\n", []string{"configure", "logging 10.0.0.1", "commit"}},
		{"Cannot enter exclusive mode. A trial commit is underway in another configuration session.\n", []string{"configure exclusive"}},
		{"No changes will be saved because there is a concurrent trial configuration session.\n", []string{"configure", "logging 10.0.0.1", "end"}},
	} {
		if got := xrSaid(sw, tc.lines...); got != tc.want {
			t.Errorf("%q: %q, want %q", tc.lines, got, tc.want)
		}
	}
	if !inForce(sw, trialLine) || inForce(sw, "logging 10.0.0.1") {
		t.Errorf("%s", sw.RunningConfig())
	}
	// The trial goes on for its own session alone.
	if out := x.cmd("commit", xrConfig); out != "% Confirming commit for trial session.\n" {
		t.Errorf("%q", out)
	}
}

func TestXRLeavingATrialTakesItBackAtOnce(t *testing.T) {
	sw := xrSlow(t)
	for _, leave := range []string{"end", "exit"} {
		x := xrShell(t, sw)
		xrArm(t, x, "commit confirmed 120")
		question := "You are exiting after a 'commit confirm' with an active rollback session.  If you exit the configuration awaiting confirmation\n" +
			"will not be confirmed and the router will immediately rollback to the previous configuration.\nDo you wish to exit? [no]:"
		for _, answer := range []string{"", "no"} {
			x.send(leave + "\n")
			if got := x.until(`\[no\]:$`); !strings.HasSuffix(got, question) {
				t.Errorf("%q", got)
			}
			x.send(answer + "\n")
			x.until(`\(config\)#$`)
			if !inForce(sw, trialLine) {
				t.Fatalf("%s, %q: taken back", leave, answer)
			}
		}
		x.send(leave + "\n")
		x.until(`\[no\]:$`)
		x.send("yes\n")
		x.until(`r1#$`)
		if inForce(sw, trialLine) {
			t.Errorf("%s: not taken back", leave)
		}
		if list := x.cmd("show configuration commit list", xrExec); !regexp.MustCompile(`(?m)^1 +\d+ +admin +vty\d+:node0_RP0_CPU0 +Rollback `).MatchString(list) {
			t.Errorf("%s", list)
		}
	}
	x := xrShell(t, sw) // Ctrl-Z asks the same
	xrArm(t, x, "commit confirmed 120")
	x.send("\x1a")
	x.until(`\[no\]:$`)
	x.send("yes\n")
	x.until(`r1#$`)
	if inForce(sw, trialLine) {
		t.Error("Ctrl-Z: not taken back")
	}
}

// A trial whose connection is lost runs on, cannot be confirmed, and is taken back late.
func TestXRTrialOfALostConnection(t *testing.T) {
	sw := xrSlow(t)
	x := xrShell(t, sw)
	xrArm(t, x, "commit label nm-1 confirmed 120")
	sw.DropConnections()
	x.eof()
	testkit.Eventually(t, testkit.Patience, "the end of the session", func() bool {
		return strings.Count(said(sw, "show configuration sessions detail"), "Client: CLI") == 1 // its row lingers
	})
	if got := xrSaid(sw, "configure", "commit"); got != "No configuration changes to commit.\n" || !inForce(sw, trialLine) {
		t.Errorf("%q", got)
	}
	sw.Lapse()
	if inForce(sw, trialLine) || strings.Contains(sw.StartupConfig(), trialLine) {
		t.Error("not taken back")
	}
	list := xrSaid(sw, "show configuration commit list")
	if !regexp.MustCompile(`(?m)^1 +1000000002 .* Rollback .*\n2 +nm-1 .* CLI `).MatchString(list) {
		t.Errorf("%s", list)
	}
	if got := xrSaid(sw, "configure exclusive", "snmp-server contact again", "commit"); got != "" || !inForce(sw, "snmp-server contact again") {
		t.Errorf("the lock went with its session: %q", got)
	}
}

func TestXRTrialExpiresByItself(t *testing.T) {
	sw := start(t, oneXR).Switch("r1") // a hundred times faster
	began := time.Now()
	sw.Exec("configure", trialLine, "commit confirmed 60")
	testkit.Eventually(t, testkit.Patience, "the end of the trial", func() bool { return !inForce(sw, trialLine) })
	if took := time.Since(began); took < 620*time.Millisecond {
		t.Errorf("it is taken back about 2 s late: %v", took)
	}
}

// After the end of its trial the arming session is as any other.
func TestXRTrialThatExpiredIsNotConfirmed(t *testing.T) {
	sw := xrSlow(t)
	x := xrShell(t, sw)
	xrArm(t, x, "commit confirmed 120")
	sw.Lapse()
	if out := x.cmd("commit", xrConfig); out != "No configuration changes to commit.\n" || inForce(sw, trialLine) {
		t.Errorf("%q", out)
	}
	x.cmd("end", xrExec) // and leaving asks nothing
}

func TestXRExclusiveLocksOthersOut(t *testing.T) {
	for version, word := range map[string]string{"6.6.3": "Can not", "7.5.2": "Cannot"} {
		sw := start(t, strings.Replace(oneXR, "platform: cisco_iosxr", "platform: cisco_iosxr\n      version: "+version, 1)).Switch("r1")
		x := xrShell(t, sw)
		x.cmd("configure exclusive", xrConfig)
		got := xrSaid(sw, "configure exclusive")
		if !strings.HasPrefix(got, "Session ") || !regexp.MustCompile(`(?m) vty\d+ +admin .* \*$`).MatchString(got) || !strings.HasSuffix(got, word+" enter exclusive mode. The Configuration Namespace is locked by another agent.\n") {
			t.Errorf("%s: %s", version, got)
		}
		if got := xrSaid(sw, "configure", "logging 10.0.0.1", "commit"); !strings.HasPrefix(got, "% Failed to commit") || inForce(sw, "logging 10.0.0.1") {
			t.Errorf("others may edit and not commit: %q", got)
		}
		x.cmd("abort", xrExec)
		if got := xrSaid(sw, "configure exclusive", "logging 10.0.0.1", "commit"); got != "" || !inForce(sw, "logging 10.0.0.1") {
			t.Errorf("%q", got)
		}
	}
}

// A commit of others in between is asked about, and what they changed stays.
func TestXRCommitsInBetween(t *testing.T) {
	sw := xrSlow(t)
	x := xrShell(t, sw)
	x.cmd("configure", xrConfig)
	x.cmd("logging 10.0.0.1", xrConfig)
	sw.Exec("configure", "ntp server 10.0.0.2", "commit")
	for _, answer := range []string{"", "no"} {
		x.send("commit\n")
		if got := x.until(`\[no\]:$`); !strings.Contains(got, "One or more commits have occurred from other configuration sessions since this session started") || !strings.HasSuffix(got, "\nDo you wish to proceed with this commit anyway? [no]:") {
			t.Errorf("%q", got)
		}
		x.send(answer + "\n")
		x.until(`\(config\)#$`)
		if inForce(sw, "logging 10.0.0.1") {
			t.Errorf("%q: committed", answer)
		}
	}
	x.send("commit\n")
	x.until(`\[no\]:$`)
	x.send("yes\n")
	x.until(`\(config\)#$`)
	if !inForce(sw, "logging 10.0.0.1") || !inForce(sw, "ntp server 10.0.0.2") {
		t.Errorf("%s", sw.RunningConfig())
	}
	x.cmd("no logging 10.0.0.1", xrConfig)
	if out := x.cmd("commit", xrConfig); out != "" || inForce(sw, "logging 10.0.0.1") {
		t.Errorf("nobody committed since: %q", out)
	}
}

func TestXRLeavingWithEditsAsks(t *testing.T) {
	const question = "Uncommitted changes found, commit them before exiting(yes/no/cancel)? [cancel]:"
	for answer, want := range map[string]struct {
		prompt    string
		committed bool
	}{"": {xrConfig, false}, "cancel": {xrConfig, false}, "no": {xrExec, false}, "yes": {xrExec, true}} {
		sw := xrSlow(t)
		x := xrShell(t, sw)
		x.cmd("configure", xrConfig)
		x.cmd(trialLine, xrConfig)
		x.send("end\n")
		x.until(regexp.QuoteMeta(question) + `$`)
		x.send(answer + "\n")
		x.until(regexp.QuoteMeta(want.prompt) + `$`)
		if inForce(sw, trialLine) != want.committed {
			t.Errorf("%q: committed is %t", answer, !want.committed)
		}
	}
}

// Each line that cannot be put in force fails the commit as a whole; the buffer stays.
func TestXRFailedCommit(t *testing.T) {
	const tells = "% Failed to commit one or more configuration items during a pseudo-atomic operation. All changes made have been reverted. Please issue 'show configuration failed [inheritance]' from this session to view the errors\n"
	for name, tc := range map[string]struct {
		model, version string
		lines          []string
		line           string // with the reason below it
	}{
		"a list that is attached":           {"NCS-5501", "7.5.2", []string{"no ipv4 access-list L"}, "no ipv4 access-list L"},
		"a session too many":                {"NCS-5501", "7.5.2", []string{"monitor-session a", "monitor-session b", "monitor-session c", "monitor-session d", "monitor-session e"}, "monitor-session e ethernet"},
		"port-level on a Cisco 8000":        {"8201", "7.5.2", []string{"interface FH0/0/0/1", "monitor-session a ethernet direction rx-only port-level"}, " monitor-session a ethernet direction rx-only port-level"},
		"a local session that copies tx":    {"8201", "7.5.2", []string{"monitor-session a", "destination interface FH0/0/0/9", "interface FH0/0/0/1", "monitor-session a"}, " monitor-session a ethernet"},
		"a destination as source":           {"8201", "7.5.2", []string{"monitor-session a", "destination interface FH0/0/0/9", "interface FH0/0/0/9", "monitor-session b ethernet direction rx-only"}, " monitor-session b ethernet direction rx-only"},
		"a member of a bundle as source":    {"8201", "7.5.2", []string{"interface FH0/0/0/1", "bundle id 5 mode on", "monitor-session a ethernet direction rx-only"}, " monitor-session a ethernet direction rx-only"},
		"a bundle as end of an old ASR":     {"ASR-9006", "6.3.2", []string{"monitor-session a", "destination interface Bundle-Ether1"}, " destination interface Bundle-Ether1"},
		"a member of a bundle as end, 8000": {"8201", "7.5.2", []string{"interface FH0/0/0/9", "bundle id 5 mode on", "root", "monitor-session a", "destination interface FH0/0/0/9"}, " destination interface FourHundredGigE0/0/0/9"},
	} {
		sw := startSpec(t, Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "r1", Platform: "cisco_iosxr", Model: tc.model, Version: tc.version,
			Config: "ipv4 access-list L\n 10 permit ipv4 any any\ninterface Loopback7\n ipv4 access-group L ingress\n"}}}}).Switch("r1")
		before := sw.RunningConfig()
		typed := append([]string{"configure", trialLine}, tc.lines...)
		if got := xrSaid(sw, append(typed, "commit")...); got != tells || sw.RunningConfig() != before {
			t.Errorf("%s: %q", name, got)
		}
		failed := xrSaid(sw, append(typed, "commit", "show configuration failed")...)
		if !strings.HasPrefix(failed, "!! SEMANTIC ERRORS: ") || !strings.Contains(failed, "\n"+tc.line+"\n!!% ") || strings.Contains(failed, trialLine) {
			t.Errorf("%s: %s", name, failed)
		}
		if got := xrSaid(sw, append(typed, "commit show-error")...); !strings.HasPrefix(got, tells) || !strings.HasSuffix(got, failed) {
			t.Errorf("%s: %s", name, got)
		}
		if got := xrSaid(sw, append(typed, "commit", "show configuration")...); !strings.Contains(got, trialLine+"\n") {
			t.Errorf("%s: the buffer is empty: %s", name, got)
		}
		if sw.Exec("configure", trialLine, "commit"); !inForce(sw, trialLine) {
			t.Errorf("%s: nothing can be committed any more", name)
		}
	}
}

func TestXRCommitWords(t *testing.T) {
	old := "6.3.2"
	for _, tc := range []struct{ version, commit, want string }{
		{"7.5.2", "commit confirmed 29", "Invalid input"}, {"7.5.2", "commit confirmed 65536", "Invalid input"}, {"7.5.2", "commit confirmed minutes 1025", "Invalid input"},
		{"7.5.2", "commit label 4you", "Invalid input"}, {"7.5.2", "commit label a.b", "Invalid input"}, {"7.5.2", "commit label a-b_c comment two words", ""},
		{old, "commit label a confirmed 30", "Invalid input"}, {old, "commit confirmed 30 comment x", "Invalid input"}, {old, "commit label a", ""}, {old, "commit comment \"x y\"", ""},
		{"7.5.2", "commit label used", "% Failed to commit"},
	} {
		sw := start(t, strings.Replace(oneXR, "platform: cisco_iosxr", "platform: cisco_iosxr\n      version: "+tc.version, 1)).Switch("r1")
		sw.Exec("configure", "logging 10.0.0.1", "commit label used")
		got := xrSaid(sw, "configure", trialLine, tc.commit)
		if !strings.Contains(got, tc.want) || (tc.want == "") != (got == "") || inForce(sw, trialLine) != (tc.want == "") {
			t.Errorf("%s: %q", tc.commit, got)
		}
	}
}

// A commit takes seconds; it is in force before it is answered.
func TestXRCommitTakesTime(t *testing.T) {
	sw := xrSlow(t)
	sw.SetTiming(Timing{CommitTime: Duration(80 * time.Millisecond)})
	x := xrShell(t, sw)
	x.cmd("configure", xrConfig)
	x.cmd(trialLine, xrConfig)
	began := time.Now()
	if x.cmd("commit", xrConfig); time.Since(began) < 80*time.Millisecond || !inForce(sw, trialLine) {
		t.Errorf("answered after %v", time.Since(began))
	}
}
