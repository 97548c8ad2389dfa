package main

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// TestJunosOverNETCONFByREST: a device whose session was made on the command line goes on
// over NETCONF and back: nothing is made anew, and what is changed or taken away over one
// is found over the other.
func TestJunosOverNETCONFByREST(t *testing.T) {
	t.Parallel()
	m := switchJunos.over("netconf")
	w, sw := newCommitted(t, m)
	over := func(protocol string) {
		t.Helper()
		w.call("PUT", "/devices/"+m.name, m.entry(t, sw, protocol), 200)
		w.call("POST", "/devices/"+m.name+":sync", "", 200)
	}
	over("")
	taps := func(direction string) string {
		return fmt.Sprintf(`{"sources":[{"device":%q,"interface":%q,"direction":%q}],"destinations":[{"device":%q,"interface":%q}]}`, m.name, m.users, direction, m.name, m.tool)
	}
	w.call("PUT", "/sessions/taps", taps("rx"), 201)
	w.reach("taps", "Active")
	good := w.config(m.name)
	same := func(what string, lines int64) {
		t.Helper()
		w.reach("taps", "Active")
		if now := w.config(m.name); now != good || sw.Stats().ConfigLines != lines {
			t.Errorf("%s: %d lines were sent:\n%s", what, sw.Stats().ConfigLines-lines, lineDiff(good, now))
		}
	}
	sent := sw.Stats().ConfigLines
	over("netconf")
	same("over NETCONF", sent)

	ours := regexp.MustCompile(`set forwarding-options (analyzer nm-\S+) `).FindStringSubmatch(sw.RunningConfig())
	if ours == nil {
		t.Fatalf("there is no analyzer of ours:\n%s", sw.RunningConfig())
	}
	if said := sw.Exec("configure", "delete forwarding-options "+ours[1], "commit"); w.config(m.name) == good {
		t.Fatalf("a person could not take it away:\n%s", said)
	}
	w.call("POST", "/devices/"+m.name+":sync", "", 200)
	testkit.Eventually(t, patience, "what a person took away is repaired over NETCONF", func() bool { return w.told("DriftRepaired") == 1 })
	if sw.Stats().ConfigLines == sent {
		t.Error("nothing was sent over NETCONF")
	}
	sent = sw.Stats().ConfigLines
	over("")
	same("back on the command line", sent)

	over("netconf")
	w.call("PUT", "/sessions/taps", taps("both"), 200)
	w.reach("taps", "Active")
	good, sent = w.config(m.name), sw.Stats().ConfigLines
	over("")
	same("changed over NETCONF, and back on the command line", sent)
	w.call("DELETE", "/sessions/taps", "", 204)
	w.nothing("deleted on the command line")
}
