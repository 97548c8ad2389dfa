package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// TestAnOversubscribedToolIsRelieved over a simulated switch: 10,000 frames of 500 octets
// a second each way are 83 Mbit/s on the wire, and the tool takes 60.
func TestAnOversubscribedToolIsRelieved(t *testing.T) {
	t.Parallel()
	// On a busy machine the interval between two readings is known to some milliseconds:
	// of short ones, rates would be too rough for steps to be decided on.
	watching := append(slices.Clone(watching), "--relief-hold", "10ms", "--watch-cli-interval", "250ms")
	c, sw := watchedSwitchWith(t, watching, "cisco_iosxe", "C9300-24T", "Gi1/0/14", "Gi1/0/23")
	c.call("DELETE", "/sessions/copies", "", 204)
	c.call("PUT", "/tools/ids", `{"device":"acc-1","interface":"Gi1/0/23","capacity":60000000}`, 201)
	const body = `{"sources":[{"device":"acc-1","interface":"Gi1/0/14"}],"destinations":[{"tool":"ids"}],"priority":%d,
		"admission":{"mode":"off"},"onOverload":{"action":"relieve","ladder":[%s]}}`
	c.call("PUT", "/sessions/low", fmt.Sprintf(body, 10, `"rx-only","suspend"`), 201)
	source := func(words string) {
		t.Helper()
		testkit.Eventually(t, patience, fmt.Sprintf("the switch copies Gi1/0/14%q", words), func() bool {
			return strings.Contains(sw.RunningConfig(), "source interface Gi1/0/14"+words)
		})
	}
	c.tells("ReliefTaken", "low", "with rx-only it will be")
	source(" rx")
	c.becomes("low", "Configured", "True", "ReadBack", "Active")

	sw.Exec("configure terminal", "no monitor session 66", "end")
	c.call("POST", "/devices/acc-1:sync", "", 200)
	source(" rx")

	if err := sw.SetTraffic("Gi1/0/14", "in", lab.TrafficSpec{Direction: "in", BitsPerSecond: 400_000_000}); err != nil {
		t.Fatal(err)
	}
	c.becomes("low", "Configured", "Unknown", "Relieved", "Suspended")

	for _, direction := range []string{"in", "out"} {
		if err := sw.SetTraffic("Gi1/0/14", direction, lab.TrafficSpec{Direction: direction, BitsPerSecond: 1_000_000}); err != nil {
			t.Fatal(err)
		}
	}
	c.tells("ReliefReleased", "low", "in force: nothing, it is as asked")
	source("\n")
	c.becomes("low", "Configured", "True", "ReadBack", "Active")

	c.call("POST", "/sessions/low:pin-relief", `{"rung":"rx-only"}`, 200)
	source(" rx")
	c.call("POST", "/sessions/low:clear-relief", "", 200)
	source("\n")
}
