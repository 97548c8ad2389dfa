package lab

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/testkit"
)

// eosOf is a lab of one switch of a release.
func eosOf(t *testing.T, version string) *Switch {
	t.Helper()
	return start(t, strings.Replace(oneEOS, "platform: arista_eos", "platform: arista_eos\n      version: "+version, 1)).Switch("leaf1")
}

const (
	before432 = "4.30.4M"
	from432   = "4.35.0F"
)

// arm commits a session with a timer.
func arm(t *testing.T, sw *Switch, name, timer string, lines ...string) {
	t.Helper()
	out := sw.Exec(append(append([]string{"configure session " + name}, lines...), "commit timer "+timer)...)
	if strings.Contains(out, "%") || !strings.HasSuffix(out, "leaf1#") {
		t.Fatalf("%s", out)
	}
}

// gone waits until nothing waits to be confirmed.
func gone(t *testing.T, sw *Switch, name string) {
	t.Helper()
	testkit.Eventually(t, testkit.Patience, "the end of the timer", func() bool {
		return !strings.Contains(said(sw, "show configuration sessions detail"), name)
	})
}

func TestEOSSessionIsACopyThatIsCommitted(t *testing.T) {
	sw := eosOf(t, from432)
	sw.Exec("configure session nm-4f2a17", "monitor session nm-1 source Ethernet1 both", "monitor session nm-1 destination Ethernet9", "ip access-list L", "permit ip any any")
	if got := mirrors(sw); got != "" {
		t.Errorf("before the commit: %q", got)
	}
	// Another connection goes back in, and looks from outside.
	for _, ask := range [][]string{{"show session-config named nm-4f2a17 diffs"}, {"configure session nm-4f2a17", "show session-config diffs"}} {
		diff := said(sw, ask...)
		if !strings.HasPrefix(diff, "--- system:/running-config\n+++ session:/nm-4f2a17-session-config\n@@ ") ||
			!strings.Contains(diff, "+monitor session nm-1 source Ethernet1\n+monitor session nm-1 destination Ethernet9\n") || strings.Contains(diff, "\n-") {
			t.Errorf("%s", diff)
		}
	}
	if whole := said(sw, "show session-config named nm-4f2a17"); !strings.Contains(whole, "monitor session nm-1 source Ethernet1\n") || !strings.HasSuffix(whole, "end\n") {
		t.Errorf("%s", whole)
	}
	// It is a copy: a plain commit puts back what somebody else changed since.
	sw.Exec("configure", "monitor session other source et5", "snmp-server community x")
	if out := sw.Exec("configure session nm-4f2a17 commit"); strings.Contains(out, "%") {
		t.Errorf("%s", out)
	}
	if got := mirrors(sw); got != "nm-1 source Ethernet1\nnm-1 destination Ethernet9\n" || strings.Contains(sw.RunningConfig(), "snmp-server") {
		t.Errorf("after the commit: %q", got)
	}
	if diff := said(sw, "configure session empty-1", "show session-config diffs"); diff != "" {
		t.Errorf("nothing was changed: %q", diff)
	}
	if got := said(sw, "configure session nm-4f2a17"); !strings.HasPrefix(got, "% Error: ") {
		t.Errorf("a name is used once: %q", got)
	}
}

func TestEOSAccessListOfASessionCountsAtTheCommit(t *testing.T) {
	sw := eosOf(t, from432)
	sw.Exec("configure session nm-1", "ip access-list L", "permit ip any any", "commit")
	if got := said(sw, "show ip access-lists"); got != "IP Access List L\n        10 permit ip any any\n" {
		t.Errorf("%q", got)
	}
}

func TestEOSConfirmedByAnyConnection(t *testing.T) {
	for _, version := range []string{before432, from432} {
		sw := eosOf(t, version)
		x := shell(t, dial(t, sw, "admin", "pw"), 24)
		x.until(`leaf1#$`)
		x.cmd("configure session nm-4f2a17", "leaf1(config-s-nm-4f2)#")
		x.cmd("monitor session nm-1 source et1", "leaf1(config-s-nm-4f2)#")
		x.cmd("commit timer 20:00:00", "leaf1#")
		sw.DropConnections()
		x.eof()
		if got := mirrors(sw); got != "nm-1 source Ethernet1\n" {
			t.Errorf("%s: in force while it waits: %q", version, got)
		}
		if out := sw.Exec("configure session nm-4f2a17 commit"); out != "leaf1#configure session nm-4f2a17 commit\nleaf1#" {
			t.Errorf("%s: confirmed: %q", version, out)
		}
		data := shown(t, sw, "show configuration sessions detail")
		state := map[string]string{before432: "completed", from432: "committed"}[version]
		if at(data, "sessions", "nm-4f2a17", "state") != state || at(data, "commitTimerSessionName") != nil || at(data, "sessions", "nm-4f2a17", "commitBy") != nil {
			t.Errorf("%s: nothing waits: %v", version, data)
		}
		if got := said(sw, "configure session nm-4f2a17 commit"); !strings.HasPrefix(got, "% Error: ") {
			t.Errorf("%s: confirmed twice: %q", version, got)
		}
	}
}

func TestEOSExpiryReplacesTheWholeConfiguration(t *testing.T) {
	for _, version := range []string{before432, from432} {
		var sw *Switch
		var began time.Time
		window := 50 * time.Second
		for waits := false; !waits; window *= 2 { // on a machine so slow that it expired before somebody else came
			sw, began = eosOf(t, version), time.Now()
			out := sw.Exec("configure", "monitor session old source et9", "end", "write memory",
				"configure session nm-4f2a17", "no monitor session old", "monitor session nm-1 source et1", "commit timer "+time.Time{}.Add(window).Format(time.TimeOnly),
				"configure", "monitor session other source et5", // lost, too
				"show configuration sessions detail", "end")
			waits = strings.Contains(out[strings.LastIndex(out, "#show"):], "nm-4f2a17")
		}
		gone(t, sw, "nm-4f2a17")
		if took := time.Since(began); took < (window/2+6*time.Second)/100 { // the clock runs a hundred times faster
			t.Errorf("%s: gone after %v", version, took)
		}
		if got := mirrors(sw); got != "old source Ethernet9\n" {
			t.Errorf("%s: after the expiry: %q", version, got)
		}
		if log := said(sw, "show logging"); !strings.Contains(log, "%SYS-5-CONFIG_SESSION_COMMIT_TIMER_STARTED: User console committed session nm-4f2a17") || !strings.Contains(log, "with timer 0:") ||
			!strings.Contains(log, "%SYS-3-CONFIG_SESSION_COMMIT_TIMER_TIMEDOUT: ") {
			t.Errorf("%s: %s", version, log)
		}
		if got := said(sw, "configure session nm-4f2a17 commit"); !strings.HasPrefix(got, "% Error: ") {
			t.Errorf("%s: too late: %q", version, got)
		}
	}
}

func TestEOSAbortTakesBackWhatWaits(t *testing.T) {
	for _, version := range []string{before432, from432} {
		sw := eosOf(t, version)
		arm(t, sw, "nm-4f2a17", "20:00:00", "monitor session nm-1 source et1")
		sw.Exec("configure", "monitor session other source et5")
		if out := sw.Exec("configure session nm-4f2a17 abort"); strings.Contains(out, "%") {
			t.Errorf("%s", out)
		}
		if got := mirrors(sw); got != "" {
			t.Errorf("%s: after the abort: %q", version, got)
		}
		row := at(shown(t, sw, "show configuration sessions detail"), "sessions", "nm-4f2a17", "state")
		if want := map[string]any{before432: nil, from432: "aborted"}[version]; row != want {
			t.Errorf("%s: listed as %v", version, row)
		}
		// One that is pending goes without a trace in the configuration.
		sw.Exec("configure session x-2", "monitor session nm-2 source et2", "abort")
		if got := mirrors(sw); got != "" {
			t.Errorf("%s: %q", version, got)
		}
	}
}

func TestEOSOneTimerASwitch(t *testing.T) {
	sw := eosOf(t, from432)
	sw.Exec("configure session nm-2", "monitor session nm-2 source et2")
	arm(t, sw, "CVP-configtask-7", "20:00:00", "monitor session cv source et7")
	for _, line := range []string{"configure session nm-2 commit", "configure session nm-2 commit timer 00:02:00", "configure session CVP-configtask-7 commit timer 00:02:00"} {
		if got := said(sw, line); !strings.HasPrefix(got, "% Cannot commit") {
			t.Errorf("%s: %q", line, got)
		}
	}
	// Flat lines go on; they would be lost at the expiry.
	sw.Exec("configure", "monitor session flat source et3")
	sw.Exec("configure session CVP-configtask-7", "no commit timer")
	if got := mirrors(sw); got != "cv source Ethernet7\nflat source Ethernet3\n" {
		t.Errorf("confirmed, and nothing lost: %q", got)
	}
	if out := sw.Exec("configure session nm-2 commit timer 00:02:00", "configure session nm-2 commit"); strings.Contains(out, "%") {
		t.Errorf("%s", out)
	}
}

func TestEOSSessionsFillUp(t *testing.T) {
	sw := eosOf(t, from432)
	x := shell(t, dial(t, sw, "admin", "pw"), 24)
	x.until(`leaf1#$`)
	for i := range 5 {
		x.cmd(fmt.Sprintf("configure session nm-%d", i), fmt.Sprintf("leaf1(config-s-nm-%d)#", i))
	}
	if got := x.cmd("configure session nm-5", "leaf1(config-s-nm-4)#"); !strings.Contains(got, "Maximum number of pending sessions has been reached") {
		t.Errorf("a sixth: %q", got)
	}
	x.cmd("configure session nm-2", "leaf1(config-s-nm-2)#")
	data := shown(t, sw, "show configuration sessions detail")
	if at(data, "maxOpenSessions") != 5.0 || at(data, "maxSavedSessions") != 1.0 || at(data, "mergeOnCommit") != false || at(data, "sessions", "nm-1", "state") != "pending" {
		t.Errorf("%v", data)
	}
	inside, _ := at(data, "sessions", "nm-2", "instances").(map[string]any)
	if len(inside) != 1 {
		t.Fatalf("who is in nm-2: %v", data)
	}
	for _, who := range inside {
		if at(who, "user") != "admin" || at(who, "terminal") != "vty1" || at(who, "currentTerminal") != false {
			t.Errorf("%v", who)
		}
	}
	if got := x.cmd("show configuration sessions", "leaf1(config-s-nm-2)#"); !strings.Contains(got, "\n* nm-2             pending   admin vty1\n") || !strings.Contains(got, "\n  nm-1             pending\n") {
		t.Errorf("%s", got)
	}
	sw.DropConnections() // they stay
	x.eof()
	sw.Exec("configure session nm-0 abort")
	if out := sw.Exec("configure session nm-5", "end"); strings.Contains(out, "%") {
		t.Errorf("a place is free: %s", out)
	}
	if out := sw.Exec("configure", "service configuration session max pending 1", "configure session nm-6"); !strings.Contains(out, "Maximum number of pending sessions") {
		t.Errorf("%s", out)
	}
	sw.Reload()
	if got := shown(t, sw, "show configuration sessions"); len(at(got, "sessions").(map[string]any)) != 0 {
		t.Errorf("after a restart: %v", got)
	}
}

func TestEOSListsWhatWaitsAsItsReleaseDoes(t *testing.T) {
	old, later := eosOf(t, before432), eosOf(t, from432)
	for _, sw := range []*Switch{old, later} {
		arm(t, sw, "nm-4f2a17", "20:00:00", "monitor session nm-1 source et1")
	}
	if text := said(old, "show configuration sessions detail"); !regexp.MustCompile(`\n  nm-4f2a17                pendingCommitTimer {43}1\d\d\dm\d+s\n`).MatchString(text) {
		t.Errorf("before 4.32:\n%s", text)
	}
	data := shown(t, old, "show configuration sessions detail")
	by, _ := at(data, "sessions", "nm-4f2a17", "commitBy").(float64)
	if left := by - float64(time.Now().Unix()); at(data, "sessions", "nm-4f2a17", "state") != "pendingCommitTimer" || left < 60_000 || left > 72_001 || at(data, "commitTimerSessionName") != nil {
		t.Errorf("before 4.32: %v", data)
	}
	text := said(later, "show configuration sessions detail")
	for _, want := range []string{`Merge on commit is disabled\nAutosave to startup-config on commit is disabled\n\nSession with pending commit timer: nm-4f2a17\nTime left until commit timer expiry: in 1\d:\d\d:\d\d\n`,
		`\n  nm-4f2a17        committed                \d{4}-\d\d-\d\d \d\d:\d\d:\d\d console\n`} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("from 4.32: no %q in\n%s", want, text)
		}
	}
	data = shown(t, later, "show configuration sessions detail")
	at2, _ := data["commitTimerExpireTime"].(float64)
	if left := at2 - float64(time.Now().Unix()); data["commitTimerSessionName"] != "nm-4f2a17" || left < 60_000 || left > 72_001 || at(data, "sessions", "nm-4f2a17", "state") != "committed" || at(data, "sessions", "nm-4f2a17", "completedTime") == nil {
		t.Errorf("from 4.32: %v", data)
	}
}

func TestEOSMergesWhereItIsTold(t *testing.T) {
	sw := eosOf(t, from432)
	sw.Exec("configure", "service configuration session commit merge", "monitor session old source et9", "interface et2", "description a")
	sw.Exec("configure session nm-1", "monitor session nm-1 source et1", "no monitor session old")
	sw.Exec("configure session nm-2", "interface et2", "description b")
	sw.Exec("configure", "monitor session other source et5")
	if out := sw.Exec("configure session nm-1 commit"); strings.Contains(out, "%") || mirrors(sw) != "nm-1 source Ethernet1\nother source Ethernet5\n" {
		t.Errorf("%s%s", out, mirrors(sw))
	}
	if at(shown(t, sw, "show configuration sessions"), "mergeOnCommit") != true {
		t.Error("merge is not told")
	}
	sw.Exec("configure", "interface et2", "description c")
	if got := said(sw, "configure session nm-2 commit"); !strings.HasPrefix(got, "% Cannot commit") {
		t.Errorf("a conflict: %q", got)
	}
}

func TestEOSLockKeepsOthersOut(t *testing.T) {
	sw := eosOf(t, from432)
	sw.Exec("configure session nm-1", "monitor session nm-1 source et1")
	x := shell(t, dial(t, sw, "admin", "pw"), 24)
	x.until(`leaf1#$`)
	x.cmd("configure lock transaction doublezero maintenance of the core", "leaf1#")
	for _, line := range []string{"configure", "configure session nm-2", "configure session nm-1 commit", "configure lock", "configure unlock", "configure unlock transaction mine"} {
		if got := said(sw, line); !strings.HasPrefix(got, "% Error: ") {
			t.Errorf("%s: %q", line, got)
		}
	}
	data := shown(t, sw, "show configuration lock")
	if at(data, "userInfo", "username") != "admin" || at(data, "userInfo", "transactionName") != "doublezero" || at(data, "userInfo", "userTty") != "vty2" {
		t.Errorf("%v", data)
	}
	x.cmd("configure", "leaf1(config)#") // who holds it may
	sw.Exec("configure unlock transaction doublezero")
	if out := sw.Exec("configure session nm-1 commit"); strings.Contains(out, "%") {
		t.Errorf("%s", out)
	}
	x.cmd("configure lock", "leaf1(config)#")
	sw.Exec("configure unlock force")
	if got := said(sw, "configure unlock"); !strings.HasPrefix(got, "% Error: ") {
		t.Errorf("unlocked twice: %q", got)
	}
}

func TestEOSRestartLosesWhatIsNotSaved(t *testing.T) {
	sw := eosOf(t, from432)
	sw.Exec("configure", "monitor session kept source et9", "end", "copy running-config startup-config")
	arm(t, sw, "nm-1", "00:00:30", "no monitor session kept", "monitor session nm-1 source et1")
	sw.Exec("reload now")
	if got := mirrors(sw); got != "kept source Ethernet9\n" {
		t.Errorf("after a restart in the window: %q", got)
	}
	sw.Exec("configure", "monitor session after source et2")
	if text := said(sw, "show configuration sessions"); strings.Contains(text, "nm-1") {
		t.Errorf("the timer outlived the restart:\n%s", text)
	}
	if got := mirrors(sw); got != "after source Ethernet2\nkept source Ethernet9\n" {
		t.Errorf("%q", got)
	}
}

func TestControlAPIPlaysAnotherController(t *testing.T) {
	sw := eosOf(t, from432)
	srv := httptest.NewServer(sw.lab.ControlHandler())
	defer srv.Close()
	r, err := http.Post(srv.URL+"/switches/leaf1/exec", "text/plain", strings.NewReader("configure session CVP-configtask-1\nmonitor session cv source et7\ncommit timer 04:00:00\n"))
	if err != nil {
		t.Fatal(err)
	}
	out, _ := io.ReadAll(r.Body)
	r.Body.Close()
	if r.StatusCode != http.StatusOK || strings.Contains(string(out), "%") || shown(t, sw, "show configuration sessions detail")["commitTimerSessionName"] != "CVP-configtask-1" {
		t.Errorf("%d %s", r.StatusCode, out)
	}
}
