package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// A having is what another hand has on a switch, and how that ends. Each line is typed
// over a connection of its own, its parts one after the other.
type having struct {
	name     string
	do, undo []string
	says     string // of it in the session's status, "" = it keeps nobody from pushing
	flat     string // the same where pushes simply stand
}

// others are CloudVision, a controller that died, colleagues and a colleague with a
// lock, as the switch knows them.
func others() []having {
	room := having{name: "five candidates", says: "there is no room for a candidate (5 pending sessions, as many as the switch takes"}
	for i := range 5 {
		room.do = append(room.do, fmt.Sprintf("configure session other-%d; vlan 7%d; end", i, i))
		room.undo = append(room.undo, fmt.Sprintf("configure session other-%d abort", i))
	}
	timer := "another's commit waits to be confirmed (CVP-configtask-1"
	lock := "the configuration is locked (by console on"
	return []having{
		{"CloudVision's timer", []string{"configure session CVP-configtask-1; vlan 77; commit timer 00:04:00"}, []string{"configure session CVP-configtask-1 commit"}, timer, timer},
		{"a candidate without its controller", []string{"configure session nm-abcdefghijklmnop; vlan 78; end"}, nil, "", ""},
		room,
		{"a lock", []string{"configure lock transaction change-7 maintenance"}, []string{"configure unlock transaction change-7"}, lock, lock},
	}
}

// TestWhatOthersHaveOnASwitch: while another hand has the switch, nothing is sent to it
// and the session says who has it; no alarm is raised, what another hand changed is not
// touched, and when it has ended the session is made.
func TestWhatOthersHaveOnASwitch(t *testing.T) {
	t.Parallel()
	for _, mode := range []struct{ name, release, settings string }{
		{"lines", "4.30.4M", ""}, {"commits", "4.35.0F", `,"confirm":"timer"`},
	} {
		t.Run(mode.name, func(t *testing.T) {
			c := newLeaf(t, mode.release, 0, mode.settings)
			typed := func(lines []string) {
				t.Helper()
				for _, line := range lines {
					if said := c.sw.Exec(strings.Split(line, "; ")...); strings.Contains(said, "%") {
						t.Fatal(said)
					}
				}
			}
			for _, h := range others() {
				says := h.says
				if mode.settings == "" {
					says = h.flat
				}
				typed(h.do)
				before := c.sw.RunningConfig()
				if says == "" {
					c.call("PUT", "/sessions/taps", taps, 201)
				} else {
					c.kept(h.name, says, before)
				}
				typed(h.undo)
				c.call("POST", "/devices/leaf-1:sync", "", 200)
				c.reach("taps", "Active")
				for _, line := range []string{" destination Ethernet48\n", "monitor session theirs destination Ethernet21\n"} {
					if !strings.Contains(c.sw.RunningConfig(), line) {
						t.Errorf("%s, afterwards: no %q in\n%s", h.name, line, c.sw.RunningConfig())
					}
				}
				c.call("DELETE", "/sessions/taps", "", 204)
				if after := c.sw.RunningConfig(); after != before {
					t.Errorf("%s: not as it was:\n%s", h.name, lineDiff(before, after))
				}
				if list := c.sw.Exec("show configuration sessions"); strings.Contains(list, "nm-abcd") || pendingRow.MatchString(list) {
					t.Errorf("%s: still there:\n%s", h.name, list)
				}
			}
			if told := c.events(); slices.ContainsFunc([]string{"Contended", "Brake", "UnknownPushWaits", "DeviceWentBack"}, func(typ string) bool { return strings.Contains(told, typ) }) {
				t.Errorf("events %s", told)
			}
		})
	}
}

// pendingRow is a candidate in the list, before and from 4.32.
var pendingRow = regexp.MustCompile(`(?m)^[ *] +\S+ +pending `)

// kept makes a session while another hand has the switch.
func (c *leaf) kept(what, says, before string) {
	c.t.Helper()
	a, err := c.try("PUT", "/sessions/taps", taps)
	if err != nil || a.status != 202 {
		c.t.Fatalf("%s: %s %v", what, a, err)
	}
	testkit.Eventually(c.t, patience, what+" is said", func() bool {
		return strings.Contains(fmt.Sprint(c.session("taps").Status.Conditions), says)
	})
	if phase := c.session("taps").Status.Phase; phase != "Applying" {
		c.t.Errorf("%s: phase %s", what, phase)
	}
	if after := c.sw.RunningConfig(); after != before {
		c.t.Errorf("%s: something was sent:\n%s", what, lineDiff(before, after))
	}
}

// events are all that were told, as the API gives them.
func (c *controller) events() string {
	c.t.Helper()
	return string(c.call("GET", "/events?limit=500", "", 200).body)
}
