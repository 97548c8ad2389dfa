package main

import (
	"os/exec"
	"testing"

	"github.com/netmirror/netmirror/internal/ovslab"
)

// TestTheDestinationPortDiesOnARealSwitch: shut down, unplugged at its other end, taken
// off the bridge; each is told, and over when it is over.
func TestTheDestinationPortDiesOnARealSwitch(t *testing.T) {
	t.Parallel()
	s := watchedSite(t, "--watch-window", "2s") // sources that stand still are idle soon
	s.start()
	s.addDevice()
	s.call("PUT", "/sessions/watch", body(s.tool, s.a.Port+" both"), 201)
	s.becomes("watch", "DestinationHealthy", "True", "Fits", "Active")
	port := func(down bool) {
		t.Helper()
		if err := s.lab.Shut(t.Context(), s.tool, down); err != nil {
			t.Fatal(err)
		}
	}
	inside := func(state string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), "ip", "-n", s.tool.Namespace(), "link", "set", "eth0", state).CombinedOutput(); err != nil {
			t.Fatalf("eth0 %s: %v: %s", state, err, out)
		}
	}
	for _, c := range []struct {
		how, reason string
		dies, lives func()
	}{
		{"shut down", "DestinationDown", func() { port(true) }, func() { port(false) }},
		{"unplugged", "DestinationDown", func() { inside("down") }, func() { inside("up") }},
		{"taken off the bridge", "DestinationGone", func() { s.vsctl("del-port", s.bridge, s.tool.Port) },
			func() { s.vsctl("add-port", s.bridge, s.tool.Port) }},
	} {
		t.Log(c.how)
		c.dies()
		s.becomes("watch", "DestinationHealthy", "False", c.reason, "Degraded")
		s.tells("DestinationUnhealthy", "watch", c.reason)
		c.lives()
		s.becomes("watch", "DestinationHealthy", "True", "Fits", "Active")
		s.copies(map[*ovslab.Host]int{s.tool: 6})
	}
}
