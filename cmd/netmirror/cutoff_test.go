package main

import (
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
)

// TestATunnelCutOffAtEachLine: a session with sub-modes whose push is cut off behind
// any of its lines is finished under its number, and nothing is left over. Behind its
// first line it is empty and shut down, which would not tell whose it is.
func TestATunnelCutOffAtEachLine(t *testing.T) {
	t.Parallel()
	const lines = 8 // the look, six lines and "no shutdown"
	h := newHands(t, lines, deed{before: handsBody})
	h.each(func(i int, sw *lab.Switch) {
		if err := sw.SetFaults(lab.Faults{DropAfterConfigLine: i + 1}); err != nil {
			t.Error(err)
			return
		}
		name := "/sessions/far-" + sw.Name()
		h.ask(t, "PUT", name, bodyFor(handsFar, sw, i))
		is := sw.RunningConfig()
		if n := strings.Count(is, " type erspan-source"); n != 1 || !strings.Contains(is, "  origin ip address 192.0.2.1") {
			t.Errorf("cut off behind line %d: %d tunnels\n%s", i+1, n, is[strings.Index(is, "monitor session"):])
		}
		if sw.Faults().DropAfterConfigLine != 0 {
			t.Errorf("no line %d", i+1)
		}
		h.ask(t, "DELETE", name, "")
		if is := sw.RunningConfig(); strings.Contains(is, " type erspan-source") {
			t.Errorf("cut off behind line %d: left over\n%s", i+1, is[strings.Index(is, "monitor session"):])
		}
	})
}
