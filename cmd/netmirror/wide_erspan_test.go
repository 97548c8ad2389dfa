package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
)

// A tunnelled member sends copies into tunnels.
type tunnelled struct {
	member
	uplink string // by which they leave
	erspan string // parameters of its tunnels; COLLECTOR is in none of them
	filter string // of its session, "" = none
	copied uint64 // frames a second of those that enter the mirrored port
	lines  []string
	noID   bool // the platform has no command for an id
	waits  bool // its pushes wait to be confirmed
}

// tunnelledMembers are one switch of each platform that can be the source of a tunnel. In
// lines a refusal is tried at the first line that matches.
func tunnelledMembers() []tunnelled {
	return []tunnelled{
		{member: member{name: "xe", platform: "cisco_iosxe", model: "C9300-48T", users: "GigabitEthernet1/0/2", beside: "GigabitEthernet1/0/3", config: fleetConfig},
			uplink: "TenGigabitEthernet1/1/1", erspan: `{"id":101,"origin":"192.0.2.1"}`, copied: userFrames,
			lines: []string{"type erspan-source", "^ *source interface", "erspan-id"}},
		{member: member{name: "nx", platform: "cisco_nxos", users: "Ethernet1/1", beside: "Ethernet1/2", config: "ip route 198.51.100.0/24 192.0.2.254\n"},
			uplink: "Ethernet1/50", erspan: `{"id":102,"origin":"192.0.2.2"}`, copied: userFrames,
			lines: []string{"erspan origin", "source interface", "destination ip"}},
		{member: member{name: "xr", platform: "cisco_iosxr", settings: `,"confirmWindow":"30s","confirmGrace":"5s"`, users: "TenGigE0/0/0/1", beside: "TenGigE0/0/0/2",
			config: "interface TenGigE0/0/0/1\n description users\ninterface TenGigE0/0/0/2\n description users\n"},
			uplink: "HundredGigE0/0/1/0", erspan: `{"id":0,"origin":"192.0.2.3"}`, filter: "web", copied: webFrames,
			lines: []string{"tunnel destination", "permit", "^ *monitor-session nm-.* ethernet"}, noID: true, waits: true},
		{member: member{name: "eos", platform: "arista_eos", model: "DCS-7050SX3-48YC8", users: "Ethernet1", beside: "Ethernet2", config: "ip route 198.51.100.0/24 192.0.2.254\n"},
			uplink: "Ethernet49", erspan: `{"id":0,"encapsulation":"gre","origin":"192.0.2.4"}`, copied: userFrames,
			lines: []string{"source Ethernet1", "destination tunnel"}, noID: true},
		{member: member{name: "jn", platform: "juniper_junos", model: "qfx5100-48s", settings: `,"confirmGrace":"10s"`, users: "xe-0/0/1", beside: "xe-0/0/2",
			config: "set routing-options static route 198.51.100.0/24 next-hop 192.0.2.254\n"},
			uplink: "et-0/0/48", erspan: `{"id":0,"encapsulation":"gre","origin":"192.0.2.5"}`, filter: "web", copied: webFrames,
			lines: []string{"output ip-address", "term .* then", "filter input"}, noID: true, waits: true},
	}
}

func (m tunnelled) session(collector string) string {
	filter := ""
	if m.filter != "" {
		filter = fmt.Sprintf(`,"filter":%q`, m.filter)
	}
	return fmt.Sprintf(`{"sources":[{"device":%q,"interface":%q,"direction":"rx"}],"destinations":[{"ip":%q}],"erspan":%s%s}`, m.name, m.users, collector, m.erspan, filter)
}

// newTunnels is a wide network of all platforms with tunnels, and of the device ends that
// there are, to which their uplinks go.
func newTunnels(t *testing.T) (*wide, []tunnelled) {
	t.Helper()
	members := []member{{name: "end-xe", platform: "cisco_iosxe", model: "C9300-48T", config: fleetConfig}, {name: "end-nx", platform: "cisco_nxos"}}
	from := tunnelledMembers()
	var links [][2]string
	for i, m := range from {
		members = append(members, m.member)
		links = append(links, [2]string{m.name + ":" + m.uplink, fmt.Sprintf("end-nx:Ethernet1/%d", 20+i)})
	}
	return newWide(t, 1, members, links, []string{"end-xe:GigabitEthernet1/0/36", "end-nx:Ethernet1/47"}), from
}

// Each platform has collectors of its own: some send without an id, or with id 0 alone,
// and one collector takes an id from one session.
var collectors = map[string][2]string{"xe": {"198.51.100.10", "198.51.100.11"}, "nx": {"198.51.100.20", "198.51.100.21"},
	"xr": {"198.51.100.30", "198.51.100.31"}, "eos": {"198.51.100.40", "198.51.100.41"}, "jn": {"198.51.100.50", "198.51.100.51"}}

// TestTunnelsFromEveryPlatform: copies of one switch of each platform go to a collector.
// The session is made, changed and deleted, each while something goes wrong: a line is
// refused, or the connection is lost. The session is there whole in the end or not at
// all, the switches are as they were without it, and no frame of users is lost, not even
// where a list at the port decides what is copied.
func TestTunnelsFromEveryPlatform(t *testing.T) {
	t.Parallel()
	w, from := newTunnels(t)
	for _, m := range from {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			w.of(t).tunnel(m)
		})
	}
}

func (w *wide) tunnel(m tunnelled) {
	t, far := w.t, "/sessions/far-"+m.name
	at, collector, another := m.name+":"+m.uplink, collectors[m.name][0], collectors[m.name][1]
	// flows: exactly what is to be copied is.
	flows := func(what string) {
		t.Helper()
		w.reach("far-"+m.name, "Active")
		if got := w.leave(at); got != m.copied {
			t.Errorf("%s: %d frames a second leave, want %d\n%s", what, got, m.copied, w.config(m.name))
		}
		w.noneLost(what, m.name)
	}
	gone := func(what string) {
		t.Helper()
		w.call("DELETE", far, "", 204)
		w.nothing(what+", deleted", m.name)
		if got := w.leave(at); got != 0 {
			t.Errorf("%s, deleted: %d frames a second leave", what, got)
		}
	}
	if m.noID {
		a := w.call("PUT", far, strings.Replace(m.session(collector), `"id":0`, `"id":7`, 1), 422).String()
		if !strings.Contains(a, `"pointer":"/erspan/id"`) {
			t.Errorf("an id: %s", a)
		}
		w.nothing("an id is refused", m.name)
	}

	made := w.lines(m.name, func() { w.call("PUT", far, m.session(collector), 201) })
	flows("made")
	changed := w.lines(m.name, func() { w.call("PUT", far, m.session(another), 200) })
	flows("changed")
	deleted := w.lines(m.name, func() { gone("undisturbed") })

	for _, line := range m.lines {
		what := fmt.Sprintf("%q is refused", line)
		w.faulty(m.name, lab.Faults{Refuse: []lab.Refusal{{Line: line, Answer: notToday(m.platform), Times: 1}}})
		if a := w.call("PUT", far, m.session(collector), 201).String(); !strings.Contains(a, `"phase":"Failed"`) || !strings.Contains(a, "Not today") {
			t.Errorf("%s: %s", what, a)
		}
		w.faulty(m.name, lab.Faults{})
		w.nothing(what, m.name)
		w.call("DELETE", far, "", 204)
		w.nothing(what+", deleted", m.name)
	}
	making, changing, deleting := moments(made, (made+1)/2), moments(changed, changed), moments(deleted, 1)
	if m.waits {
		// What is lost in a window of a router is waited for, behind the commit; the tests
		// lose it before.
		early := func(n int) (out []int) {
			for i := 3; i < n; i++ {
				if i == 3 || everything() && (m.platform != "cisco_iosxr" || i%8 == 3) {
					out = append(out, i)
				}
			}
			return out
		}
		making, changing, deleting = early(made), early(changed), early(deleted)
	}
	for _, n := range making {
		what := fmt.Sprintf("the connection is lost at line %d of %d of the making", n, made)
		w.faulty(m.name, lab.Faults{DropAtConfigLine: n})
		w.call("PUT", far, m.session(collector), 201, 202)
		flows(what)
		w.faulty(m.name, lab.Faults{})
		gone(what)
	}
	for _, n := range changing {
		what := fmt.Sprintf("the connection is lost behind line %d of %d of the change", n, changed)
		w.call("PUT", far, m.session(collector), 201)
		w.faulty(m.name, lab.Faults{DropAfterConfigLine: n})
		w.call("PUT", far, m.session(another), 200, 202)
		flows(what)
		w.faulty(m.name, lab.Faults{})
		gone(what)
	}
	for _, n := range deleting {
		what := fmt.Sprintf("the connection is lost at line %d of %d of the deletion", n, deleted)
		w.call("PUT", far, m.session(collector), 201)
		flows(what)
		w.faulty(m.name, lab.Faults{DropAtConfigLine: n})
		w.call("DELETE", far, "", 202, 204)
		w.isGone("far-"+m.name, what)
		w.faulty(m.name, lab.Faults{})
		w.nothing(what, m.name)
	}
}
