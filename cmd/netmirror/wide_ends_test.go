package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
)

// TestTunnelsToEveryEnd: copies of a switch leave a tunnel at a port of another switch, of
// every platform that can be its end, as one session. A line of either that is refused
// undoes it on both; a lost connection undoes nothing.
func TestTunnelsToEveryEnd(t *testing.T) {
	t.Parallel()
	from := tunnelledMembers()
	xe, nx := from[0], from[1]
	endXE := member{name: "end-xe", platform: "cisco_iosxe", model: "C9300-48T", config: fleetConfig}
	endNX := member{name: "end-nx", platform: "cisco_nxos"}
	w := newWide(t, 1, []member{xe.member, nx.member, endXE, endNX}, [][2]string{{"xe:" + xe.uplink, "end-nx:Ethernet1/20"}, {"nx:" + nx.uplink, "end-nx:Ethernet1/21"}},
		[]string{"end-xe:GigabitEthernet1/0/36", "end-nx:Ethernet1/47"})
	for _, path := range []struct {
		source  tunnelled
		end     member
		tool    string
		address string
		lines   [2][]string // that are refused: of the source, of the end
	}{
		{nx, endXE, "GigabitEthernet1/0/36", "198.51.100.61", [2][]string{{"destination ip"}, {"destination interface"}}},
		{xe, endNX, "Ethernet1/47", "198.51.100.62", [2][]string{{"origin ip address"}, {"source ip"}}},
	} {
		t.Run(path.end.platform, func(t *testing.T) {
			w := w.of(t)
			name, both := "tunnel-"+path.end.name, []string{path.source.name, path.end.name}
			session := strings.Replace(path.source.session(path.address), `"destinations":[{`, fmt.Sprintf(`"destinations":[{"device":%q,"interface":%q,`, path.end.name, path.tool), 1)
			flows := func(what string) {
				t.Helper()
				w.reach(name, "Active")
				if got := w.leave(path.end.name + ":" + path.tool); got != userFrames {
					t.Errorf("%s: %d frames a second arrive at the tool, want %d\n%s\n%s", what, got, userFrames, w.config(path.source.name), w.config(path.end.name))
				}
				w.noneLost(what)
			}
			made := map[string]int{}
			made[both[1]] = w.lines(both[1], func() {
				made[both[0]] = w.lines(both[0], func() { w.call("PUT", "/sessions/"+name, session, 201) })
			})
			flows("made")
			w.call("DELETE", "/sessions/"+name, "", 204)
			w.nothing("deleted", both...)
			for i, m := range []member{path.source.member, path.end} {
				for _, line := range path.lines[i] {
					what := fmt.Sprintf("%s refuses %q", m.name, line)
					w.faulty(m.name, lab.Faults{Refuse: []lab.Refusal{{Line: line, Answer: notToday(m.platform), Times: 1}}})
					if a := w.call("PUT", "/sessions/"+name, session, 201).String(); !strings.Contains(a, `"phase":"Failed"`) || !strings.Contains(a, "Not today") {
						t.Errorf("%s: %s", what, a)
					}
					w.faulty(m.name, lab.Faults{})
					w.nothing(what, both...)
					w.call("DELETE", "/sessions/"+name, "", 204)
					w.nothing(what+", deleted", both...)
				}
				for _, n := range moments(made[m.name], (made[m.name]+1)/2) {
					what := fmt.Sprintf("%s loses the connection at line %d of %d", m.name, n, made[m.name])
					w.faulty(m.name, lab.Faults{DropAtConfigLine: n})
					w.call("PUT", "/sessions/"+name, session, 201, 202)
					flows(what)
					w.faulty(m.name, lab.Faults{})
					w.call("DELETE", "/sessions/"+name, "", 204)
					w.nothing(what+", deleted", both...)
				}
			}
		})
	}
}
