package main

import (
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/testkit"
)

// TestAPinnedSessionChangesItsShapeOnCisco: another kind, other tags, back, and
// with the controller killed in the middle, always in the number it pins.
func TestAPinnedSessionChangesItsShapeOnCisco(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, false, 1, "--resync", "1h")
	sw := f.switches[1]
	before := stripTimes(sw.RunningConfig())
	const source = `{"sources":[{"device":"acc-1","interface":"Gi1/0/2"}],"nativeId":"50",`
	span := source + `"destinations":[{"device":"acc-1","interface":"Gi1/0/30"}]}`
	shapes := []struct{ body, line string }{
		{span, "destination interface Gi1/0/30 encapsulation replicate"},
		{strings.TrimSuffix(span, "}") + `,"tags":"strip","force":true}`, "destination interface Gi1/0/30\n"},
		{source + `"destinations":[{"device":"acc-0","interface":"Gi1/0/31"}],
			"rspan":{"vlan":905,"transit":[{"device":"acc-1","trunks":["Te1/1/1"]},{"device":"acc-0","trunks":["Gi1/0/23"]}]}}`, "destination remote vlan 905"},
	}
	check := func(what, line string) {
		t.Helper()
		testkit.Eventually(t, patience, what+" is settled", func() bool {
			s := f.session("s1")
			return s.Status.Phase == "Active" && s.Status.ObservedGeneration == s.Status.Generation
		})
		config := sw.RunningConfig()
		if !strings.Contains(config, "monitor session 50 "+line) || strings.Count(config, "monitor session 50 destination") != 1 || strings.Contains(config, "monitor session 66") {
			t.Errorf("%s: the switch lacks %q:\n%s", what, line, config)
		}
	}
	for i := range 2 * len(shapes) { // round and round
		s := shapes[i%len(shapes)]
		f.call("PUT", "/sessions/s1", s.body, 200, 201)
		check("shape "+s.line, s.line)
	}
	if log := f.stderr.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("errors in the log:\n%s", log)
	}
	for _, step := range []string{"goal-moved", "pushed", "pushed:2"} {
		f.stop()
		f.startWith("NETMIRROR_FAILPOINT=" + step)
		killed := f.ended
		_, _ = f.try("PUT", "/sessions/s1", shapes[0].body, "Prefer", "wait=30")
		select {
		case <-killed:
		case <-time.After(patience):
			t.Fatal("it was not killed at " + step)
		}
		f.died()
		f.startWith()
		check("killed at "+step, shapes[0].line)
		f.call("PUT", "/sessions/s1", shapes[2].body, 200)
		check("after "+step, shapes[2].line)
	}
	f.call("DELETE", "/sessions/s1", "", 204)
	if after := stripTimes(sw.RunningConfig()); after != before {
		t.Errorf("the switch is not as it was:\n%s", lineDiff(before, after))
	}
}
