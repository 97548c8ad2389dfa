package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// TestOnePathOverThreeDevicesOfTwoPlatforms: source on one simulated switch, transit on
// another, destination on Open vSwitch. Every step is made to fail once: by a
// refusal, by a lost connection, by a crash of the controller. The end is all or
// nothing, and a device that was rolled back holds what it held before. With
// NETMIRROR_FAULTS (make faults) at every line and every passage of a step, else at
// some of them.
func TestOnePathOverThreeDevicesOfTwoPlatforms(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, true, 1, "--resync", "1h")
	acc0, acc1 := f.switches[0], f.switches[1]
	f.ovs.vsctl("set", "Port", f.ovs.b.Port, "trunks=1,10")                                                                                                    // the real switch's trunk towards acc-0
	acc0.Exec("configure terminal", "interface TenGigabitEthernet1/1/1", "switchport trunk allowed vlan 1,10", "switchport mode trunk", "end", "write memory") // after it was read: seen all the same
	session := fmt.Sprintf(`{"sources":[{"device":"acc-1","interface":"Gi1/0/2"},{"device":"acc-1","interface":"Gi1/0/3","direction":"rx"}],
		"destinations":[{"device":"ovs","interface":%q}],
		"rspan":{"vlan":907,"transit":[{"device":"acc-1","trunks":["Te1/1/1"]},{"device":"acc-0","trunks":["Gi1/0/23","Te1/1/1"]},{"device":"ovs","trunks":[%q]}]}}`,
		f.ovs.tool.Port, f.ovs.b.Port)
	config := func() string {
		return stripTimes(acc0.RunningConfig()) + "\n" + stripTimes(acc1.RunningConfig()) + "\n" + f.ovs.dump()
	}
	stride := 3
	if os.Getenv("NETMIRROR_FAULTS") != "" {
		stride = 1
	}
	before := config()
	nothing := func(what string) {
		t.Helper()
		if after := config(); after != before {
			t.Errorf("%s: not as before:\n%s", what, lineDiff(before, after))
		}
	}
	all := func(what string) {
		t.Helper()
		v := f.reach("path", "Active")
		if !strings.Contains(acc1.RunningConfig(), "destination remote vlan 907") || !strings.Contains(acc0.RunningConfig(), "allowed vlan 1,10,907") ||
			f.ovs.vsctl("get", "Port", f.ovs.b.Port, "trunks") != "[1, 10, 907]" {
			t.Errorf("%s: not all of it: %+v\n%s", what, v, config())
		}
		f.call("DELETE", "/sessions/path", "", 204)
		nothing(what + ", deleted")
	}

	f.call("PUT", "/sessions/path", session, 201)
	all("undisturbed")

	// A refusal at each line of the two switches undoes everything.
	for sw, lines := range map[*lab.Switch][]string{
		acc1: {"^vlan 907", "^remote-span", "name nm-", "source interface .*1/0/2", "source interface .*1/0/3", "destination remote"},
		acc0: {"^vlan 907", "^remote-span", "interface GigabitEthernet1/0/23", "allowed vlan add"},
	} {
		for _, line := range lines {
			what := fmt.Sprintf("%s refuses %q", sw.Name(), line)
			if err := sw.SetFaults(lab.Faults{Refuse: []lab.Refusal{{Line: line, Answer: "% Not today", Times: 1}}}); err != nil {
				t.Fatal(err)
			}
			a := f.call("PUT", "/sessions/path", session, 200, 201)
			if !strings.Contains(a.String(), `"phase":"Failed"`) || !strings.Contains(a.String(), "Not today") {
				t.Errorf("%s: %s", what, a)
			}
			nothing(what)
			f.call("DELETE", "/sessions/path", "", 204)
		}
		if err := sw.SetFaults(lab.Faults{}); err != nil {
			t.Fatal(err)
		}
	}
	// A connection lost at each line is taken up again.
	for _, sw := range []*lab.Switch{acc1, acc0} {
		for line := 1; line <= 6; line += stride {
			if err := sw.SetFaults(lab.Faults{DropAtConfigLine: line}); err != nil {
				t.Fatal(err)
			}
			f.call("PUT", "/sessions/path", session, 201, 202)
			all(fmt.Sprintf("%s: connection lost at line %d", sw.Name(), line))
		}
		if err := sw.SetFaults(lab.Faults{}); err != nil {
			t.Fatal(err)
		}
	}
	f.ovs.lab.StopDB()
	testkit.Eventually(t, patience, "the loss is noticed", func() bool {
		a, err := f.try("POST", "/devices/ovs:sync", "")
		return err == nil && a.status == 503
	})
	if a, err := f.try("PUT", "/sessions/path", session); err != nil || a.status != 503 {
		t.Errorf("a path over a device that is away: %s %v", a, err)
	}
	if err := f.ovs.lab.StartDB(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.sync()

	// The controller dies at each step of each device, on the way there and back.
	// Until the step is passed no more often than that.
	crashes := 0
	for _, step := range steps {
		for _, method := range []string{"PUT", "DELETE"} {
			body := session
			if method == "DELETE" {
				body = ""
			}
			for nth, died := 1, true; died && nth < 20; nth += stride {
				if method == "DELETE" {
					f.call("PUT", "/sessions/path", session, 200, 201)
				}
				f.stop()
				f.startWith(fmt.Sprintf("NETMIRROR_FAILPOINT=%s:%d", step, nth))
				what := fmt.Sprintf("%s killed after %s %d", method, step, nth)
				if died = f.diesDuring(what, method, "/sessions/path", body); died {
					crashes++
				} else if nth == 1 {
					t.Errorf("%s: the step was never passed", what)
				}
				f.stop()
				f.startWith()
				if method == "PUT" {
					f.reach("path", "Active")
					f.call("DELETE", "/sessions/path", "", 204)
				}
				testkit.Eventually(t, patience, what+": gone", func() bool { a, err := f.try("GET", "/sessions/path", ""); return err == nil && a.status == 404 })
				nothing(what)
			}
		}
	}
	t.Logf("%d crashes", crashes)
}

// diesDuring makes a write and follows it to its end. It reports whether the
// controller died on the way.
func (f *fleet) diesDuring(what, method, path, body string) bool {
	f.t.Helper()
	var a answer
	var err error
	testkit.Eventually(f.t, patience, what+": the write ends", func() bool {
		a, err = f.try(method, path, body, "Prefer", "wait=20")
		return err != nil || a.status != 202
	})
	switch {
	case err != nil:
		f.died()
		return true
	case a.status >= 300:
		f.fail("%s: %s", what, a)
	}
	return false
}
