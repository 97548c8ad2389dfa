package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// TestATrialThatLostItsConnection: the switch takes back what was committed over a
// connection that is lost before the confirmation, be the controller killed or the
// connection cut. That is said, and the session is made again. A router bound it to the
// connection; over gNMI no switch lists what waits, so nobody else confirms it.
func TestATrialThatLostItsConnection(t *testing.T) {
	t.Parallel() // it does little but wait: for the window, which is 30 s at least on a router
	for _, k := range []struct {
		m   committed
		how string
	}{{routerXR, "killed"}, {routerXR, "cut"}, {switchSRL, "killed"}} {
		m, how := k.m, k.how
		if how == "cut" && !everything() {
			continue
		}
		t.Run(m.name+" "+how, func(t *testing.T) {
			t.Parallel()
			m.settings += `,"confirmWindow":"1s","confirmGrace":"1s"`
			w, sw := newCommitted(t, m)
			holds := func() bool { return strings.Contains(sw.RunningConfig(), m.made) }
			if how == "killed" {
				w.killed("confirming", "PUT", m.session())
				if !holds() {
					t.Errorf("the switch does not hold what waits:\n%s", sw.RunningConfig())
				}
			} else {
				made := w.lines(m.name, func() { w.call("PUT", "/sessions/taps", m.session(), 201) })
				w.flows("made", m)
				w.call("DELETE", "/sessions/taps", "", 204)
				lost := make(chan struct{})
				sw.OnConfigLine(func(n int) bool {
					if n == made-1 { // the confirmation, behind which one line leads out
						close(lost)
					}
					return n == made-1
				})
				if a, err := w.try("PUT", "/sessions/taps", m.session()); err != nil || a.status > 202 {
					t.Fatalf("%s %v", a, err)
				}
				testkit.Eventually(t, patience, "the connection is lost", func() bool {
					select {
					case <-lost:
						return holds()
					default:
						return false
					}
				})
				sw.OnConfigLine(nil)
			}
			w.noneLost(how)
			sw.Lapse() // as the time of the switch may run out before ours
			w.nothing(how + ", gone back")
			if how == "killed" {
				w.again()
			}
			w.flows(how, m)
			if n := w.told("DeviceWentBack"); n != 1 {
				t.Errorf("%d events that it went back: %s", n, w.events())
			}
			sw.Lapse() // nothing waits that could go back
			w.flows(how+", confirmed", m)
			w.call("DELETE", "/sessions/taps", "", 204)
			w.nothing(how + ", deleted")
			if n := w.told("PushStayed") + w.told("Contended"); n > 0 {
				t.Errorf("%d events of what did not happen: %s", n, w.events())
			}
		})
	}
}

// TestLostFramesAreSeen: a list of ours whose last entry, which lets all pass, is taken
// away by hand drops frames of users, and that is found.
func TestLostFramesAreSeen(t *testing.T) {
	t.Parallel()
	w, sw := newCommitted(t, routerXR)
	w.call("PUT", "/sessions/taps", routerXR.session(), 201)
	w.flows("made", routerXR)
	entries := func() uint64 { return sw.Counters()[routerXR.users].InFrames }
	before := entries()
	testkit.Eventually(t, patience, "frames enter", func() bool { return entries() > before+100 })
	w.noneLost("the list is whole")
	list := regexp.MustCompile(`(?m)^ipv4 access-list (nm-\S+)\n((?: .*\n)+)`).FindStringSubmatch(sw.RunningConfig())
	if list == nil {
		t.Fatalf("there is no list of ours:\n%s", sw.RunningConfig())
	}
	lines := strings.Split(strings.TrimSpace(list[2]), "\n")
	last := strings.Fields(lines[len(lines)-1])
	sw.Exec("configure terminal", "ipv4 access-list "+list[1], "no "+last[0], "commit", "end")
	testkit.Eventually(t, patience, "lost frames are seen", func() bool { return len(w.lost()) > 0 })
}
