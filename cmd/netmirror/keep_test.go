package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/ovslab"
	"github.com/netmirror/netmirror/internal/store"
	"github.com/netmirror/netmirror/internal/testkit"
)

// TestADestinationPortIsMadeFitAndPutBack on a simulated Cisco switch: a port
// that is shut down is refused, switched on with force, kept on for a second
// session, and shut down again with the last one.
func TestADestinationPortIsMadeFitAndPutBack(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, false, 1, "--resync", "1h")
	sw := f.switches[0]
	sw.Exec("configure terminal", "interface GigabitEthernet1/0/30", "description spare", "shutdown", "end", "write memory")
	f.sync()
	before := stripTimes(sw.RunningConfig())
	session := func(source, more string) string {
		return fmt.Sprintf(`{"sources":[{"device":"acc-0","interface":%q}],"destinations":[{"device":"acc-0","interface":"Gi1/0/30"}]%s}`, source, more)
	}
	if a := f.call("PUT", "/sessions/s1", session("Gi1/0/2", ""), 409); !strings.Contains(a.String(), "shut down by configuration") || !strings.Contains(a.String(), "force") {
		t.Errorf("%s", a)
	}
	f.call("PUT", "/sessions/s1", session("Gi1/0/2", `,"force":true`), 201)
	f.reach("s1", "Active")
	if strings.Contains(sw.RunningConfig(), "description spare\n shutdown") {
		t.Errorf("the port is still off:\n%s", sw.RunningConfig())
	}
	// The former stanza is in the ledger, and outlives a crash.
	f.kill()
	f.startWith()
	f.call("PUT", "/sessions/s2", session("Gi1/0/3", ""), 201)
	f.call("DELETE", "/sessions/s1", "", 204)
	if strings.Contains(sw.RunningConfig(), "description spare\n shutdown") {
		t.Error("the port was shut down under the second session")
	}
	f.call("DELETE", "/sessions/s2", "", 204)
	if after := stripTimes(sw.RunningConfig()); after != before {
		t.Errorf("the switch is not as it was:\n%s", lineDiff(before, after))
	}
}

// TestADestinationPortOfOpenVSwitchIsMadeFitAndPutBack, with real packets: tags
// are stripped at a port that was a trunk.
func TestADestinationPortOfOpenVSwitchIsMadeFitAndPutBack(t *testing.T) {
	t.Parallel()
	s := newSite(t, "--resync", "1h")
	s.vsctl("set", "Port", s.tool.Port, "trunks=10,20", "vlan_mode=native-tagged", "tag=10")
	before := s.dump()
	s.start()
	s.addDevice()
	strip := strings.TrimSuffix(body(s.tool, s.a.Port+" both"), "}") + `,"tags":"strip"}`
	if a := s.call("PUT", "/sessions/watch", strip, 409, 422); !strings.Contains(a.String(), "force: true changes the port") {
		t.Errorf("%s", a)
	}
	s.call("PUT", "/sessions/watch", strings.TrimSuffix(strip, "}")+`,"force":true}`, 201)
	s.reach("watch", "Active")
	if got := s.vsctl("get", "Port", s.tool.Port, "tag", "trunks", "vlan_mode"); got != "1\n[]\n[]" {
		t.Errorf("the port is %q", got)
	}
	s.copies(map[*ovslab.Host]int{s.tool: 6})
	s.call("DELETE", "/sessions/watch", "", 204)
	if after := s.dump(); after != before {
		t.Errorf("the database changed:\n%s", lineDiff(before, after))
	}
}

// TestAReloadLosesNothingOfOurs: another engineer's unsaved work keeps us from
// saving; a reload forgets both; ours is back after one read, theirs is not ours
// to bring back.
func TestAReloadLosesNothingOfOurs(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, false, 1, "--resync", "1h")
	sw := f.switches[0]
	f.call("PATCH", "/devices/acc-0", `{"persist":"if-clean"}`, 200)
	for i := range 5 {
		f.call("PUT", fmt.Sprintf("/sessions/s%d", i), fmt.Sprintf(`{"sources":[{"device":"acc-0","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/%d"}]}`, 30+i), 201)
	}
	sw.Exec("configure terminal", "interface GigabitEthernet1/0/7", "description not saved yet", "end")
	for i := range 5 { // each gets another source, which stays unsaved
		f.call("PUT", fmt.Sprintf("/sessions/s%d", i), fmt.Sprintf(`{"sources":[{"device":"acc-0","interface":"Gi1/0/3"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/%d"}]}`, 30+i), 200)
		if v := f.session(fmt.Sprintf("s%d", i)); !strings.Contains(fmt.Sprint(v.Status.Conditions), "ForeignUnsavedChanges") {
			t.Fatalf("conditions %+v", v.Status.Conditions)
		}
	}
	if strings.Contains(sw.StartupConfig(), "not saved yet") || strings.Contains(sw.StartupConfig(), "monitor session 66 source interface Gi1/0/3") {
		t.Error("something was saved")
	}
	f.call("DELETE", "/sessions/s4?deletePolicy=orphan", "", 202, 204) // nobody's any more, in whatever state it comes back
	sw.Reload()                                                        // an older configuration comes back: sessions to be changed, which a reboot explains
	testkit.Eventually(t, patience, "one read repairs it", func() bool {
		_, err := f.try("POST", "/devices/acc-0:sync", "")
		return err == nil && strings.Count(sw.RunningConfig(), "source interface Gi1/0/3\n") == 4
	})
	if !strings.Contains(sw.RunningConfig(), "destination interface Gi1/0/34") {
		t.Error("what was let go of is gone")
	}
	for i := range 4 {
		f.reach(fmt.Sprintf("s%d", i), "Active")
	}
	if a := f.call("GET", "/devices/acc-0", "", 200); strings.Contains(a.String(), `"brake"`) {
		t.Errorf("the brake is on: %s", a)
	}
	if strings.Contains(sw.RunningConfig(), "not saved yet") {
		t.Error("another's work came back")
	}
	testkit.Eventually(t, patience, "now it is saved", func() bool {
		f.call("POST", "/devices/acc-0:sync", "", 200)
		return strings.Contains(sw.StartupConfig(), "monitor session 66 source interface Gi1/0/3")
	})
}

// TestBackupAndRestore: the ledger of numbers is in the backup; what was made
// later is foreign to it, is shown, and can be adopted.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, false, 1, "--resync", "1h")
	sw := f.switches[0]
	session := func(n int) string {
		return fmt.Sprintf(`{"sources":[{"device":"acc-0","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/%d"}]}`, 30+n)
	}
	f.call("PUT", "/sessions/s1", session(1), 201)
	copyAt := filepath.Join(t.TempDir(), "copy.db")
	if out, err := f.cli("", "backup", copyAt, "--data", f.data); err != nil || !strings.Contains(out, "1 devices, 1 sessions, 1 native sessions") {
		t.Fatalf("%v %s", err, out)
	}
	if out, err := f.cli("", "backup", copyAt, "--data", f.data); err == nil {
		t.Errorf("a backup was overwritten: %s", out)
	}
	f.call("PUT", "/sessions/s2", session(2), 201)
	if out, err := f.cli("", "restore", copyAt, "--data", f.data); err == nil {
		t.Errorf("restored under a running controller: %s", out)
	}
	f.stop()
	if out, err := f.cli("", "restore", copyAt, "--data", f.data); err == nil || !strings.Contains(err.Error(), "--replace") {
		t.Errorf("%v %s", err, out)
	}
	if out, err := f.cli("", "restore", filepath.Join(t.TempDir(), "none"), "--data", f.data, "--replace"); err == nil {
		t.Errorf("restored nothing: %s", out)
	}
	if out, err := f.cli("", "restore", copyAt, "--data", f.data, "--replace"); err != nil || !strings.Contains(out, "before-restore") {
		t.Fatalf("%v %s", err, out)
	}
	before := stripTimes(sw.RunningConfig())
	f.startWith()
	f.sync()
	f.reach("s1", "Active")
	f.call("GET", "/sessions/s2", "", 404)
	out, err := f.cli("", "get", "observed-sessions", "-o", "wide")
	if err != nil || strings.Count(out, "foreign") != 2 { // session 1 of the fleet, and the one that the backup does not know
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := f.cli("", "adopt", "s2", "acc-0", "65"); err != nil {
		t.Errorf("%v %s", err, out)
	}
	if after := stripTimes(sw.RunningConfig()); after != before {
		t.Errorf("changed:\n%s", lineDiff(before, after))
	}
	if out, err := f.cli("", "resume"); err != nil || !strings.Contains(out, "resumed") {
		t.Errorf("%v %s", err, out)
	}
	if out, err := f.cli("", "resume"); err != nil || !strings.Contains(out, "nothing was held back") {
		t.Errorf("resume once more: %q, %v", out, err)
	}
	for _, name := range []string{"s1", "s2"} {
		f.call("DELETE", "/sessions/"+name, "", 204)
	}
	f.invariants("at the end")
}

// TestARestoredCopyBesideTheOriginal reads what the original does, says of every
// difference why it is left alone, and pushes nothing until an admin resumes it.
func TestARestoredCopyBesideTheOriginal(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, false, 1, "--resync", "1h")
	sw := f.switches[0]
	const s1 = `{"sources":[{"device":"acc-0","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/31"}]}`
	const s2 = `{"sources":[{"device":"acc-0","interface":"Gi1/0/3"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/32"}]}`
	f.call("PUT", "/sessions/s1", s1, 201)
	f.call("PUT", "/sessions/gone", strings.Replace(s1, "/31", "/34", 1), 201)
	copyAt := filepath.Join(t.TempDir(), "copy.db")
	if out, err := f.cli("", "backup", copyAt, "--data", f.data); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	twin := newController(t, "--resync", "1h")
	if out, err := f.cli("", "restore", copyAt, "--data", twin.data); err != nil || !strings.Contains(out, "netmirror resume") {
		t.Fatalf("%v %s", err, out)
	}
	twin.start("NM_PW=demo")
	twin.token = f.token
	twin.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	f.call("PUT", "/sessions/s2", s2, 201) // by the original
	f.call("DELETE", "/sessions/s1", "", 204)
	f.call("DELETE", "/sessions/gone", "", 204)
	before := stripTimes(sw.RunningConfig())
	held := func(when string) {
		t.Helper()
		twin.call("POST", "/devices/acc-0:sync", "", 200)
		testkit.Eventually(t, patience, when+": what differs is said", func() bool {
			a, err := twin.try("GET", "/sessions/s1", "")
			return err == nil && strings.Contains(a.String(), "NotPushed") && strings.Contains(a.String(), "netmirror resume")
		})
		if out, err := twin.cli("", "get", "controller", "-o", "wide"); err != nil || !strings.Contains(out, "observe") || !strings.Contains(out, "restored from a backup") {
			t.Errorf("%s: %v %s", when, err, out)
		}
		if out, err := twin.cli("", "devices", "check"); err != nil || !strings.Contains(out, "held back") {
			t.Errorf("%s: %v %s", when, err, out)
		}
		resp, err := http.Get(twin.url + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 200 || !strings.Contains(string(text), `"mode":"observe"`) {
			t.Errorf("%s: readyz %d %s %v", when, resp.StatusCode, text, err)
		}
		if !strings.Contains(twin.stderr.String(), "nothing is pushed until an operator resumes") {
			t.Errorf("%s: not in the log", when)
		}
		if after := stripTimes(sw.RunningConfig()); after != before {
			t.Errorf("%s: the copy pushed:\n%s", when, lineDiff(before, after))
		}
	}
	held("at first")
	s3 := strings.Replace(strings.Replace(s2, "/32", "/33", 1), "Gi1/0/3\"", "Gi1/0/4\"", 1)
	if a, err := twin.try("PUT", "/sessions/s3", s3); err != nil || a.status != 202 {
		t.Fatalf("%v %v", a, err)
	}
	twin.call("DELETE", "/sessions/gone", "", 204) // what is on no switch is forgotten without a push
	twin.stop()
	twin.start("NM_PW=demo")
	held("after another start")
	f.stop() // the original is gone for good
	if out, err := twin.cli("", "resume"); err != nil || !strings.Contains(out, "resumed") {
		t.Fatalf("%v %s", err, out)
	}
	twin.reach("s1", "Active")
	twin.reach("s3", "Active")
	out, err := twin.cli("", "get", "events", "-o", "wide")
	if err != nil || !strings.Contains(out, "ControllerResumed") {
		t.Errorf("%v %s", err, out)
	}
	twin.stop()
	twin.start("NM_PW=demo")
	if out, err := twin.cli("", "get", "controller", "-o", "wide"); err != nil || !strings.Contains(out, "full") {
		t.Errorf("it stays resumed: %v %s", err, out)
	}
	// What the original made after the backup is nobody's to the copy, and stays.
	if config := sw.RunningConfig(); !strings.Contains(config, "source interface Gi1/0/3\n") && !strings.Contains(config, "source interface Gi1/0/3 ") {
		t.Errorf("a session that the backup does not know is gone:\n%s", config)
	}
}

// TestTheFirstDayWithADevice: what the check says when things are wrong.
func TestTheFirstDayWithADevice(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, false, 1, "--resync", "1h")
	out, err := f.cli("", "devices", "check")
	for _, want := range []string{"reachable", "login", "privilege", "C9300-48T", "1 of 8 native sessions with sources", "0 native sessions are ours, 1 are not", "full"} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%q is missing (%v):\n%s", want, err, out)
		}
	}
	f.profile("away", "--username", "a", "--password", "env:NM_PW")
	f.call("PUT", "/devices/away", `{"platform":"cisco_iosxe","mode":"observe","transports":{"config":{"protocol":"cli","address":"127.0.0.1","port":1,"credentials":"away"}}}`, 201)
	out, err = f.cli("", "devices", "check", "acc-0", "away")
	if err == nil || !strings.Contains(err.Error(), "1 of 2 devices fail") || !strings.Contains(out, "FAILED") || !strings.Contains(out, "refused") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := f.cli("", "devices", "check", "nope"); err == nil {
		t.Errorf("%s", out)
	}
}

// TestObserveModePushesNothing, of a device and of the whole controller.
func TestObserveModePushesNothing(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, false, 1, "--resync", "1h")
	sw := f.switches[0]
	const s = `{"sources":[{"device":"acc-0","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/30"}]}`
	f.call("PUT", "/sessions/s1", s, 201)
	sw.Exec("configure terminal", "no monitor session 66", "end")
	drifted := sw.RunningConfig()
	f.call("PATCH", "/devices/acc-0", `{"mode":"observe"}`, 200)
	f.call("POST", "/devices/acc-0:sync", "", 200)
	f.reach("s1", "Degraded")
	f.stop()
	f.args = append(f.args, "--mode", "observe")
	f.startWith()
	f.call("PATCH", "/devices/acc-0", `{"mode":"full"}`, 200)
	f.call("POST", "/devices/acc-0:sync", "", 200)
	got := f.reach("s1", "Degraded")
	if !strings.Contains(fmt.Sprint(got.Status.Conditions), "NotPushed") || sw.RunningConfig() != drifted {
		t.Errorf("%+v\n%s", got.Status.Conditions, lineDiff(drifted, sw.RunningConfig()))
	}
	f.stop()
	f.args = f.args[:len(f.args)-2]
	f.startWith()
	f.call("POST", "/devices/acc-0:sync", "", 200, 409, 503)
	f.reach("s1", "Active")
}

// TestARestoreAfterOneThatWasKilled: the log that the killed one left is not that
// of the file which is restored now.
func TestARestoreAfterOneThatWasKilled(t *testing.T) {
	t.Parallel()
	open := func(path, device string) *store.Store {
		db, err := store.Open(t.Context(), path, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		if err := db.Update(t.Context(), func(tx mirror.Tx) error { _, err := tx.PutDevice(mirror.Device{Name: device}); return err }); err != nil {
			t.Fatal(err)
		}
		return db
	}
	data, backup := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "wanted.db")
	if err := open(filepath.Join(t.TempDir(), "a", "netmirror.db"), "wanted").Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	killed := filepath.Join(t.TempDir(), "b", "netmirror.db")
	open(killed, "killed")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		raw, err := os.ReadFile(killed + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(data, ".netmirror-restore.db"+suffix), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := newController(t).cli("", "restore", backup, "--data", data); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	db, err := store.Open(t.Context(), databasePath(data), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.View(t.Context(), func(tx mirror.Tx) error { _, _, err := tx.Device("wanted"); return err }); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(data, ".netmirror-restore*")); err != nil || len(left) > 0 {
		t.Errorf("left over: %v %v", left, err)
	}
}
