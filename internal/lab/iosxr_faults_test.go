package lab

import (
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// Faults of the lab meet a router as they meet a switch: what was typed when the
// connection is lost was never in force, what was committed is.
func TestXRConnectionsLostAtALine(t *testing.T) {
	typed := []string{trialLine, "monitor-session a", "destination interface Te0/0/0/9"}
	for n := 1; n <= 4; n++ { // the fourth is the commit
		for _, before := range []bool{true, false} {
			sw := xrSlow(t)
			x := xrShell(t, sw)
			x.cmd("configure exclusive", xrConfig)
			if err := sw.UpdateFaults(func(f *Faults) {
				if before {
					f.DropAtConfigLine = n
				} else {
					f.DropAfterConfigLine = n
				}
			}); err != nil {
				t.Fatal(err)
			}
			x.send(strings.Join(append(typed, "commit confirmed 120"), "\n") + "\n")
			x.eof()
			armed := n == 4 && !before
			if got := inForce(sw, trialLine); got != armed {
				t.Errorf("line %d, lost before it is %t: in force is %t", n, before, got)
			}
			// The lock goes with the session; the trial stays until it is over.
			testkit.Eventually(t, testkit.Patience, "the end of the session", func() bool {
				return !strings.Contains(xrSaid(sw, "show configuration sessions"), "*")
			})
			if got := xrSaid(sw, "configure exclusive"); (got != "") != armed {
				t.Errorf("line %d, lost before it is %t: %q", n, before, got)
			}
			if sw.Lapse(); inForce(sw, trialLine) {
				t.Errorf("line %d: not taken back", n)
			}
		}
	}
}

func TestXRFaultsOfTheTerminal(t *testing.T) {
	sw := xrSlow(t)
	const prompt = "RP/0/RP0/CPU0:r1(config-mon)#"
	err := sw.SetFaults(Faults{Refuse: []Refusal{{Line: `^destination interface`, Answer: "% no room", Times: 1}, {Line: "^commit$", Answer: "% Failed to commit by order", Times: 1}},
		Replace: []Replacement{{Command: "^show configuration failed", Output: "!!% by order"}}, Noise: []Noise{{Command: "^show monitor-session status$", Line: "rack 12#", After: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	x := xrShell(t, sw)
	x.cmd("configure", xrConfig)
	x.cmd("monitor-session a", prompt)
	if out := x.cmd("destination interface Te0/0/0/9", prompt); out != "% no room\n" {
		t.Errorf("%q", out)
	}
	if out := x.cmd("commit", prompt); out != "% Failed to commit by order\n" || inForce(sw, "monitor-session a ethernet") {
		t.Errorf("%q", out)
	}
	if out := x.cmd("show configuration failed", prompt); out != "!!% by order\n" {
		t.Errorf("%q", out)
	}
	x.cmd("destination interface Te0/0/0/9", prompt)
	if x.cmd("commit", prompt); !inForce(sw, " destination interface TenGigE0/0/0/9") {
		t.Error("the buffer goes on without what was refused")
	}
	if out := x.cmd("do show monitor-session status", prompt); !strings.HasPrefix(out, "Monitor-session a\nrack 12#\nDestination interface ") {
		t.Errorf("%q", out)
	}
}

// Who may only look may not configure.
func TestXRUsersNeedRights(t *testing.T) {
	sw := xrSlow(t)
	x := shell(t, dial(t, sw, "op", "pw"), 0)
	x.until(`#$`)
	x.cmd("terminal exec prompt no-timestamp", xrExec)
	if out := x.cmd("configure", xrExec); out != "% This command is not authorized\n" {
		t.Errorf("%q", out)
	}
	if out := x.cmd("show running-config hostname", xrExec); !strings.HasPrefix(out, "hostname r1\n") {
		t.Errorf("%q", out)
	}
	x.send("exit\n")
	x.eof()
}
