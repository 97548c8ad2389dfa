package main

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

const leafFabric = `
fabric:
  clockFactor: %v
  switches:
    - name: leaf-1
      platform: arista_eos
      version: %s
      credentials: [{username: netmirror, password: demo, privilege: 1}]
      enableSecret: demo-enable
      config: |
        interface Port-Channel1
           switchport mode trunk
        monitor session theirs source Ethernet20 rx
        monitor session theirs destination Ethernet21
`

// leaf is a controller over one simulated Arista switch.
type leaf struct {
	*controller
	sw *lab.Switch
}

func newLeaf(t *testing.T, release string, factor float64, settings string, args ...string) *leaf {
	t.Helper()
	l := startLab(t, fmt.Sprintf(leafFabric, factor, release))
	c := &leaf{newController(t, append([]string{"--resync", "1h"}, args...)...), l.Switch("leaf-1")}
	c.start("NM_PW=demo", "NM_EN=demo-enable")
	host, port, err := net.SplitHostPort(c.sw.Addr())
	if err != nil {
		t.Fatal(err)
	}
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW", "--enable", "env:NM_EN")
	c.call("PUT", "/devices/leaf-1", fmt.Sprintf(`{"platform":"arista_eos"%s,"transports":{"config":{"protocol":"cli","address":%q,"port":%s,"credentials":"campus"}}}`, settings, host, port), 201)
	return c
}

const taps = `{"sources":[{"device":"leaf-1","interface":"Et1-2","direction":"rx"},{"device":"leaf-1","interface":"po1","direction":"tx"}],
	"destinations":[{"device":"leaf-1","interface":"Ethernet47"},{"device":"leaf-1","interface":"Ethernet48"}],"truncate":128}`

// TestAristaByREST: a session with two destinations over SSH, a change by hand and its
// repair, another option, a refusal in the switch's words, and a switch as it was; by
// lines that stand, and by commits that are confirmed, in both ways in which switches
// list what waits.
func TestAristaByREST(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, release, settings string }{
		{"lines", "4.30.4M", ""}, {"commits before 4.32", "4.30.4M", `,"confirm":"timer"`}, {"commits from 4.32", "4.35.0F", `,"confirm":"timer"`},
	} {
		t.Run(c.name, func(t *testing.T) { aristaByREST(t, newLeaf(t, c.release, 0, c.settings)) })
	}
}

func aristaByREST(t *testing.T, c *leaf) {
	before := c.sw.RunningConfig()
	c.call("PUT", "/sessions/taps", taps, 201)
	c.reach("taps", "Active")
	for _, line := range []string{" source Ethernet1 rx\n", " source Ethernet2 rx\n", " source Port-Channel1 tx\n", " destination Ethernet47\n", " destination Ethernet48\n", " truncate size 128\n",
		"monitor session theirs destination Ethernet21\n"} {
		if !strings.Contains(c.sw.RunningConfig(), line) {
			t.Errorf("the switch lacks %q:\n%s", line, c.sw.RunningConfig())
		}
	}
	good := c.sw.RunningConfig()
	if c.sw.StartupConfig() != good {
		t.Error("what was made was not saved, and nothing else was unsaved")
	}
	name, _, _ := strings.Cut(good[strings.Index(good, "monitor session nm-")+len("monitor session "):], " ")
	c.sw.Exec("configure", "no monitor session "+name, "end")
	c.call("POST", "/devices/leaf-1:sync", "", 200)
	testkit.Eventually(t, patience, "the session is repaired", func() bool { return c.sw.RunningConfig() == good })
	c.reach("taps", "Active")

	c.call("PUT", "/sessions/taps", strings.Replace(taps, "128", "256", 1), 200)
	c.reach("taps", "Active")
	changed := c.sw.RunningConfig()
	if strings.Contains(changed, name) || !strings.Contains(changed, " truncate size 256\n") {
		t.Errorf("with another option:\n%s", changed)
	}
	words := "% Unavailable command (not supported on this hardware platform)"
	if err := c.sw.UpdateFaults(func(f *lab.Faults) { f.Refuse = []lab.Refusal{{Line: `source Ethernet9`, Answer: words}} }); err != nil {
		t.Fatal(err)
	}
	var got session
	c.call("PUT", "/sessions/taps", strings.Replace(strings.Replace(taps, "128", "256", 1), "po1", "Et9", 1), 200).into(t, &got)
	if got.Status.Phase != "Degraded" || !strings.Contains(fmt.Sprint(got.Status.Conditions), words) {
		t.Errorf("status %+v", got.Status)
	}
	if c.sw.RunningConfig() != changed {
		t.Errorf("a refused change left something:\n%s", lineDiff(changed, c.sw.RunningConfig()))
	}
	c.call("DELETE", "/sessions/taps", "", 204)
	if after := c.sw.RunningConfig(); after != before {
		t.Errorf("the switch is not as it was:\n%s", lineDiff(before, after))
	}
	if waits := c.sw.Exec("show configuration sessions"); strings.Contains(waits, "pending  ") {
		t.Errorf("something still waits:\n%s", waits)
	}
}
