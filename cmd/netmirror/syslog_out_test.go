package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// A syslog server that was away, and a controller that was killed: every event is read, in
// order, and the metrics say how far it has come.
func TestSyslogOverKillsOfBothEnds(t *testing.T) {
	t.Parallel()
	ca := testkit.NewAuthority(t, "syslog")
	cert, key := ca.Issue(t, "127.0.0.1", "127.0.0.1")
	server := testkit.StartRsyslog(t, cert, key, "", "netmirror@32473", "id", "kind", "name")
	to := fmt.Sprintf("tls://127.0.0.1:%d", server.TLS)
	c := newController(t, "--syslog-to", to, "--syslog-to-ca", ca.CA, "--syslog-to-facility", "local3")
	c.start()
	var want []string
	put := func(from, to int) {
		for i := from; i < to; i++ {
			name := fmt.Sprintf("t%d", i)
			c.call("PUT", "/tools/"+name, `{"ip":"192.0.2.9"}`, 201)
			want = append(want, name)
		}
	}
	read := func() (names []string) { // each as it was read first
		for _, m := range server.Messages() {
			if name := m.Data["name"]; m.MsgID == "ToolStored" && !slices.Contains(names, name) {
				names = append(names, name)
			}
			if m.PRI != "157" && m.PRI != "158" && m.MsgID == "ToolStored" { // local3, notice or info
				t.Errorf("message %+v", m)
			}
		}
		return names
	}
	all := func(what string) {
		t.Helper()
		testkit.Eventually(t, patience, what, func() bool { return len(read()) >= len(want) })
		if got := read(); !slices.Equal(got, want) {
			t.Errorf("%s: read %v, want %v", what, got, want)
		}
	}
	metric := func(name string) string {
		_, body := c.scrape(c.token)
		for line := range strings.Lines(body) {
			if v, ok := strings.CutPrefix(line, fmt.Sprintf("netmirror_%s{to=%q} ", name, "syslog/"+to)); ok {
				return strings.TrimSpace(v)
			}
		}
		return ""
	}
	// A new server is told what happens once the controller knows it.
	testkit.Eventually(t, patience, "the server is known", func() bool { return metric("events_behind") != "" })
	put(0, 5)
	all("told")
	server.Stop()
	put(5, 10)
	testkit.Eventually(t, patience, "nothing gets through", func() bool { return metric("events_delivery_failures_total") > "0" })
	c.kill()
	server.Start()
	c.start()
	put(10, 15)
	all("told after both were away")
	testkit.Eventually(t, patience, "nothing waits", func() bool { return metric("events_behind") == "0" })
	c.stop()
	for _, setting := range [][2]string{{"http://h", "none of udp://"}, {to + "," + to, "given twice"}, {"tls://h:0", "no port"}} {
		_, err := c.cli("", "serve", "--data", t.TempDir(), "--syslog-to", setting[0])
		if err == nil || !strings.Contains(err.Error(), setting[1]) {
			t.Errorf("%s: %v", setting[0], err)
		}
	}
}
