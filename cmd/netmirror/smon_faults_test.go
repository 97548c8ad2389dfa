package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

const (
	fromGi1 = ".49.72" // the row of gi1 to gi24
	fromGi2 = ".50.72"
)

// A plainSite is a controller over a switch that version 3 alone configures.
type plainSite struct {
	*controller
	sw    *lab.Switch
	empty string // its configuration without ours
}

func newPlainSite(t *testing.T, keeps bool, args ...string) *plainSite {
	t.Helper()
	s := &plainSite{controller: newController(t, append([]string{"--resync", "1h"}, args...)...), sw: plainLab(t, keeps).Switch("sm-1")}
	s.empty = s.sw.RunningConfig()
	s.start("NM_AUTH=writer-pass", "NM_PRIV=secret-pass")
	s.profile("agent", "--snmp", "3", "--username", "writer", "--auth", "sha256", "--auth-password", "env:NM_AUTH", "--privacy", "aes128", "--privacy-password", "env:NM_PRIV")
	s.call("PUT", "/devices/sm-1", agentDevice("snmp_smon", s.sw.SNMPAddr(), `,"timeouts":{"read":"1s"}`), 201)
	return s
}

func (s *plainSite) faults(f lab.Faults) {
	s.t.Helper()
	if err := s.sw.SetFaults(f); err != nil {
		s.t.Fatal(err)
	}
}

// ours are the lines that are not of the beginning.
func (s *plainSite) ours() string { return lineDiff(s.empty, s.sw.RunningConfig()) }

const bothRows = "+ portCopy gi1 gi24 rx active\n+ portCopy gi2 gi24 tx active"

func (s *plainSite) resync() { _, _ = s.try("POST", "/devices/sm-1:sync", "") }

// told is all that the device and the session say of themselves.
func (s *plainSite) told() string {
	a, err := s.try("GET", "/devices/sm-1", "")
	b, err2 := s.try("GET", "/sessions/copies", "")
	return fmt.Sprint(a, err, b, err2)
}

// says waits until they say something, and has the device read until then.
func (s *plainSite) says(what, want string) {
	s.t.Helper()
	said := ""
	defer func() {
		if s.t.Failed() {
			s.t.Logf("%s: wanted %q in %s", what, want, said)
		}
	}()
	testkit.Eventually(s.t, patience, what+" is told", func() bool {
		s.resync()
		said = s.told()
		return strings.Contains(said, want)
	})
}

func (s *plainSite) converges(what string) {
	s.t.Helper()
	defer func() {
		if s.t.Failed() {
			s.t.Logf("%s: %s\n%s", what, s.ours(), s.told())
		}
	}()
	testkit.Eventually(s.t, patience, "all is well after "+what, func() bool {
		s.resync()
		return s.ours() == bothRows && s.session("copies").Status.Phase == "Active"
	})
}

var goroutines = regexp.MustCompile(`(?m)^go_goroutines (\d+)`)

func (s *plainSite) goroutines() int {
	_, body := s.scrape(s.token)
	m := goroutines.FindStringSubmatch(body)
	if m == nil {
		s.t.Fatal("the number of goroutines is not told")
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// TestFaultsOfAnAgent: while a row of a session is missing, or the agent is not as it was,
// each fault is told in its own words, and all is well when it is over. The row of another
// hand stays throughout.
func TestFaultsOfAnAgent(t *testing.T) {
	t.Parallel()
	s := newPlainSite(t, true)
	s.call("PUT", "/sessions/copies", copying("sm-1", "gi24", "gi1 rx", "gi2 tx"), 201)
	s.reach("copies", "Active")
	s.resync()
	begun := s.goroutines()
	for _, c := range []struct {
		name   string
		faults lab.Faults
		says   string // "" = it is repaired while the fault is there
	}{
		{"too big", lab.Faults{SNMP: lab.SNMPFaults{MaxBindings: 2}}, ""},
		{"the request of a Set is lost", lab.Faults{DropAtConfigLine: 1}, ""},
		{"the reply of a Set is lost", lab.Faults{DropAfterConfigLine: 1}, ""},
		{"not even one object", lab.Faults{SNMP: lab.SNMPFaults{MaxBindings: 1}}, "the answer does not fit into a message"},
		{"not writable", lab.Faults{SNMP: lab.SNMPFaults{NotWritable: []string{copyStatus}}}, "notWritable"},
		{"a commit that fails", lab.Faults{SNMP: lab.SNMPFaults{CommitFails: 9}}, "commitFailed"},
		{"half a commit", lab.Faults{SNMP: lab.SNMPFaults{CommitFails: 3, HalfDone: true}}, "commitFailed"},
		{"a spare with another engine", lab.Faults{SNMP: lab.SNMPFaults{Engine: "spare"}}, ""},
		{"another time", lab.Faults{SNMP: lab.SNMPFaults{EngineTime: lab.Duration(1e13)}}, ""},
		{"a time window that always jumps", lab.Faults{SNMP: lab.SNMPFaults{EngineJumps: true}}, "its SNMP engine is another one than before"},
		{"other passwords", lab.Faults{WrongPassword: true}, "the SNMP authentication password or protocol is wrong"},
		{"silence", lab.Faults{SNMP: lab.SNMPFaults{LosesRequests: 1}}, "no answer within 1s to 3 messages"},
		{"one of five lost", lab.Faults{SNMP: lab.SNMPFaults{LosesRequests: 0.2, LosesReplies: 0.2, Seed: 7}}, ""},
	} {
		s.call("POST", "/devices/sm-1:release", "", 200) // three in ten minutes would be a fight
		if err := setNumber(s.sw, copyStatus+fromGi1, 6); err != nil {
			t.Fatal(err)
		}
		if err := setNumber(s.sw, copyStatus+fromGi2, 6); err != nil {
			t.Fatal(err)
		}
		s.faults(c.faults)
		if c.says != "" {
			s.says(c.name, c.says)
			// What an agent does by half and does not take back, either, stays so long.
			if got := s.ours(); got != "" && !(c.faults.SNMP.HalfDone && got == "+ portCopy gi1 gi24 rx active") {
				t.Errorf("%s: %s stays", c.name, got)
			}
			if c.faults.SNMP.EngineJumps {
				s.bounded()
			}
			s.faults(lab.Faults{})
			if c.faults.WrongPassword { // it is not shown again by itself
				s.profile("agent", "--snmp", "3", "--username", "writer", "--auth", "sha256", "--auth-password", "env:NM_AUTH", "--privacy", "aes128", "--privacy-password", "env:NM_PRIV")
			}
		}
		s.converges(c.name)
		s.faults(lab.Faults{})
	}
	s.sw.Reload() // its boots count on, and its rows stay
	s.converges("a restart")
	testkit.Eventually(t, patience, "nothing waits that did not before", func() bool { s.resync(); return s.goroutines() <= begun+2 })
	s.call("DELETE", "/sessions/copies", "", 204)
	if got := s.ours(); got != "" {
		t.Errorf("not as it was:\n%s", got)
	}
}

// bounded demands that one read of an agent whose clock always jumps ends after few
// messages: two sessions at most, of which each begins anew and is told the time.
func (s *plainSite) bounded() {
	s.t.Helper()
	const notInTimeWindow = "1.3.6.1.6.3.15.1.1.2.0"
	before := s.sw.SNMPReports("." + notInTimeWindow)
	s.resync()
	if n := s.sw.SNMPReports("."+notInTimeWindow) - before; n < 1 || n > 12 {
		s.t.Errorf("a read of an agent whose clock jumps was answered %d times with a report", n)
	}
}

// TestRefusalsOfAnAgent: what a user asks for and the agent refuses leaves nothing, says
// why in the agent's words, and can be had when the agent takes it.
func TestRefusalsOfAnAgent(t *testing.T) {
	t.Parallel()
	s := newPlainSite(t, false)
	for _, c := range []struct {
		faults lab.SNMPFaults
		says   string
	}{
		{lab.SNMPFaults{NotWritable: []string{copyStatus + fromGi2}}, "notWritable"},
		{lab.SNMPFaults{CommitFails: 4}, "commitFailed"},
	} {
		s.faults(lab.Faults{SNMP: c.faults})
		var got session
		s.call("PUT", "/sessions/copies", copying("sm-1", "gi24", "gi1 rx", "gi2 tx"), 200, 201).into(t, &got)
		if got.Status.Phase == "Active" || !strings.Contains(fmt.Sprint(got.Status.Conditions), c.says) {
			t.Errorf("%+v: %+v", c.faults, got.Status)
		}
		if got := s.ours(); got != "" {
			t.Errorf("%+v: %s stays", c.faults, got)
		}
		s.faults(lab.Faults{})
		s.call("PUT", "/sessions/copies", copying("sm-1", "gi24", "gi1 rx", "gi2 tx"), 200)
		s.converges(c.says)
		s.call("DELETE", "/sessions/copies", "", 204)
		if got := s.ours(); got != "" {
			t.Errorf("%+v: not as it was: %s", c.faults, got)
		}
	}
}

// TestAnAgentThatDoesHalf: of a message that it refuses it does a part, and does not take
// that back either. It is told, and made good when the agent takes it.
func TestAnAgentThatDoesHalf(t *testing.T) {
	t.Parallel()
	s := newPlainSite(t, false)
	s.faults(lab.Faults{SNMP: lab.SNMPFaults{CommitFails: 3, HalfDone: true}})
	if a, err := s.try("PUT", "/sessions/copies", copying("sm-1", "gi24", "gi1 rx", "gi2 tx"), "Prefer", "wait=1"); err != nil || a.status >= 300 {
		t.Fatalf("%v %s", err, a)
	}
	testkit.Eventually(t, patience, "it is told", func() bool { return strings.Contains(s.told(), "commitFailed") })
	if s.ours() != "+ portCopy gi1 gi24 rx active" {
		t.Errorf("%s", s.ours())
	}
	s.faults(lab.Faults{})
	testkit.Eventually(t, patience, "what was half done is gone", func() bool { s.resync(); return s.ours() == "" })
	s.reach("copies", "Failed") // the rollout ends when the device is clean
	s.call("DELETE", "/sessions/copies", "", 204)
	s.call("PUT", "/sessions/copies", copying("sm-1", "gi24", "gi1 rx", "gi2 tx"), 201)
	s.converges("half a commit")
	s.call("DELETE", "/sessions/copies", "", 204)
	if got := s.ours(); got != "" {
		t.Errorf("not as it was: %s", got)
	}
}

// TestARowThatAnotherHandMakesMeanwhile: it comes while a session is about to take that
// source, too. The session says so, the row stays when the session goes.
func TestARowThatAnotherHandMakesMeanwhile(t *testing.T) {
	t.Parallel()
	s := newPlainSite(t, false)
	s.call("PUT", "/sessions/copies", copying("sm-1", "gi24", "gi1 rx"), 201)
	s.reach("copies", "Active")
	made := make(chan error, 1)
	s.sw.OnConfigLine(func(int) bool {
		select {
		case made <- errFirst(setNumber(s.sw, copyStatus+fromGi2, 5), setNumber(s.sw, copyDirection+fromGi2, 2), setNumber(s.sw, copyStatus+fromGi2, 1)):
		default:
		}
		return false
	})
	var got session
	s.call("PUT", "/sessions/copies", copying("sm-1", "gi24", "gi1 rx", "gi2 tx"), 200).into(t, &got)
	if err := <-made; err != nil {
		t.Fatal(err)
	}
	if got.Status.Phase == "Active" || !strings.Contains(fmt.Sprint(got.Status.Conditions), "another hand copies gi2 to gi24 already") {
		t.Errorf("%+v", got.Status)
	}
	if s.ours() != bothRows {
		t.Errorf("%s", s.ours())
	}
	s.call("DELETE", "/sessions/copies", "", 204)
	if s.ours() != "+ portCopy gi2 gi24 tx active" {
		t.Errorf("theirs went with ours: %q", s.ours())
	}
}

func errFirst(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestALinkThatGoesDownIsSeenAtOnce: the agent says so by a trap or an inform, which
// Debian's tools send here as the user of its profile; the row of that port waits, and goes
// on with it. One with another password is counted and wakes nobody.
func TestALinkThatGoesDownIsSeenAtOnce(t *testing.T) {
	t.Parallel()
	s := newPlainSite(t, false, "--snmp-traps", "127.0.0.1:0")
	s.call("PUT", "/sessions/copies", copying("sm-1", "gi24", "gi1 rx", "gi2 tx"), 201)
	s.reach("copies", "Active")
	notify := func(tool string, generic int, options ...string) {
		t.Helper()
		testkit.Need(t, tool)
		args := append(options, "-m", "", s.messages["SNMP notifications"], "", fmt.Sprintf(".1.3.6.1.6.3.1.1.5.%d", generic), ".1.3.6.1.2.1.2.2.1.1.72", "i", "72")
		cmd := exec.Command(tool, args...)
		cmd.Env = append(cmd.Environ(), "SNMP_PERSISTENT_DIR="+t.TempDir())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	user := []string{"-v3", "-l", "authPriv", "-u", "writer", "-a", "SHA-256", "-A", "writer-pass", "-x", "AES", "-X", "secret-pass"}
	waits := func() bool { return strings.Contains(s.told(), "port gi24 is down") }
	s.faults(lab.Faults{Unplugged: []string{"gi24"}})
	// Who sends from where is known a little after the device is.
	refused := regexp.MustCompile(`netmirror_snmp_notifications_refused_total\{reason="wrong-digest"\} [1-9]`)
	testkit.Eventually(t, patience, "it is counted", func() bool {
		notify("snmptrap", 3, append(user, "-A", "another-pass")...) // linkDown
		_, body := s.scrape(s.token)
		return refused.MatchString(body)
	})
	if waits() {
		t.Error("it was believed")
	}
	notify("snmptrap", 3, user...)
	testkit.Eventually(t, patience, "the rows wait for the port", waits)
	if got := s.session("copies"); !strings.Contains(fmt.Sprint(got.Status.Conditions), "Programmed") {
		t.Errorf("%+v", got)
	}
	s.faults(lab.Faults{})
	notify("snmpinform", 4, user...) // linkUp
	s.reach("copies", "Active")
	s.faults(lab.Faults{Unplugged: []string{"gi24"}})
	notify("snmptrap", 3, "-v2c", "-c", "public")
	testkit.Eventually(t, patience, "the rows wait again", waits)
	if s.ours() != bothRows {
		t.Errorf("%s", s.ours())
	}
}
