package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// TestKilledAroundAConfirmation: the controller is killed between a push and its
// confirmation. Started again in time it confirms; later, the switch has gone back by
// itself, which is said, and the session is made again. The switch's clock runs four
// times as fast.
func TestKilledAroundAConfirmation(t *testing.T) {
	t.Parallel()
	c := newLeaf(t, "4.35.0F", 4, `,"confirm":"timer","confirmGrace":"1s"`)
	before := c.sw.RunningConfig()
	secrets := []string{"NM_PW=demo", "NM_EN=demo-enable"}
	told := map[string]int{}
	for _, k := range []struct {
		step string
		late bool
		says string
	}{
		{"pushed", false, ""}, {"confirming", false, ""}, {"confirmed", true, "PushStayed"},
		{"pushed", true, "DeviceWentBack"}, {"confirming", true, "DeviceWentBack"},
	} {
		what := fmt.Sprintf("killed at %q, late %v", k.step, k.late)
		window := "1m"
		if k.late {
			window = "3s"
		}
		c.call("PATCH", "/devices/leaf-1", fmt.Sprintf(`{"confirmWindow":%q}`, window), 200)
		c.stop()
		c.start(append(secrets, "NETMIRROR_FAILPOINT="+k.step)...)
		// A slow machine may answer 202 before the step is reached.
		if a, err := c.try("PUT", "/sessions/taps", taps, "Prefer", "wait=60"); err == nil && a.status != 202 {
			t.Fatalf("%s: answered %s", what, a)
		}
		c.died()
		held := c.sw.RunningConfig()
		if k.says == "DeviceWentBack" {
			testkit.Eventually(t, patience, what+": the switch goes back", func() bool { return c.sw.RunningConfig() == before })
		} else if !strings.Contains(held, " destination Ethernet48\n") {
			t.Errorf("%s: the switch does not hold what was pushed:\n%s", what, held)
		}
		c.start(secrets...)
		c.reach("taps", "Active")
		if k.says != "" {
			told[k.says]++
		}
		for _, typ := range []string{"PushStayed", "DeviceWentBack"} {
			if n := strings.Count(c.events(), `"type":"`+typ+`"`); n < told[typ] || k.says == "" && n > told[typ] {
				t.Errorf("%s: %d events %s, want %d: %s", what, n, typ, told[typ], c.events())
			} else {
				told[typ] = n
			}
		}
		if after := c.sw.RunningConfig(); after != held && k.says != "DeviceWentBack" || strings.Count(after, " destination Ethernet48\n") != 1 {
			t.Errorf("%s: the switch holds\n%s", what, after)
		}
		c.call("DELETE", "/sessions/taps", "", 204)
		if after := c.sw.RunningConfig(); after != before {
			t.Errorf("%s: not as it was:\n%s", what, lineDiff(before, after))
		}
	}
	if told := c.events(); strings.Contains(told, "Contended") || strings.Contains(told, "Brake") {
		t.Errorf("events %s", told)
	}
}
