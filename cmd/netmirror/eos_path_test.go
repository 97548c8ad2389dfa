package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestNoPathOverAnArista: EOS has no RSPAN. Wherever on a path such a switch stands, the
// path is refused, with the switch's name and the reason, and nothing is sent; what ends
// on the switch itself is made.
func TestNoPathOverAnArista(t *testing.T) {
	t.Parallel()
	f := newWideFleet(t, 2, []string{byLines}, false, 1, "--resync", "1h")
	before := map[string]string{}
	for _, sw := range f.all() {
		before[sw.Name()] = stripTimes(sw.RunningConfig())
	}
	path := func(from, over, to string) string {
		trunk := map[string]string{"acc-0": "Gi1/0/23", "acc-1": "Te1/1/1", "leaf-0": "Et49"}
		var transit []string
		for _, d := range []string{from, over, to} {
			if d != "" {
				transit = append(transit, fmt.Sprintf(`{"device":%q,"trunks":[%q]}`, d, trunk[d]))
			}
		}
		port := map[string]string{"acc-0": "Gi1/0/30", "acc-1": "Gi1/0/2", "leaf-0": "Et7"}
		return fmt.Sprintf(`{"sources":[{"device":%q,"interface":%q}],"destinations":[{"device":%q,"interface":%q}],"rspan":{"vlan":907,"transit":[%s]}}`,
			from, port[from], to, port[to], strings.Join(transit, ","))
	}
	for where, session := range map[string]string{
		"source": path("leaf-0", "", "acc-0"), "transit": path("acc-1", "leaf-0", "acc-0"), "destination": path("acc-1", "acc-0", "leaf-0"),
	} {
		a := f.call("PUT", "/sessions/path", session, 422).String()
		if !strings.Contains(a, "leaf-0") || !strings.Contains(a, "EOS has no RSPAN") {
			t.Errorf("%s: %s", where, a)
		}
	}
	for _, sw := range f.all() {
		if after := stripTimes(sw.RunningConfig()); after != before[sw.Name()] {
			t.Errorf("%s: something was sent:\n%s", sw.Name(), lineDiff(before[sw.Name()], after))
		}
	}
	f.call("PUT", "/sessions/path", `{"sources":[{"device":"leaf-0","interface":"Et7"}],"destinations":[{"device":"leaf-0","interface":"Et47"}]}`, 201)
	f.reach("path", "Active")
	f.call("DELETE", "/sessions/path", "", 204)
}
