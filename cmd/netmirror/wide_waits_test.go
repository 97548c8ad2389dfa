package main

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// A committed member is one whose pushes wait to be confirmed as a rule.
type committed struct {
	member
	tool string // the port to which it copies
	made string // what its configuration holds of a session of ours
}

func (m committed) session() string {
	return fmt.Sprintf(`{"sources":[{"device":%q,"interface":%q,"direction":"rx"}],"destinations":[{"device":%q,"interface":%q}],"filter":"web"}`, m.name, m.users, m.name, m.tool)
}

var (
	routerXR = committed{member{name: "xr", platform: "cisco_iosxr", users: "TenGigE0/0/0/1", beside: "TenGigE0/0/0/2",
		config: "interface TenGigE0/0/0/1\n description users\ninterface TenGigE0/0/0/2\n description users\n"}, "TenGigE0/0/0/46", "monitor-session nm-"}
	switchJunos = committed{member{name: "jn", platform: "juniper_junos", model: "ex4300-48t", settings: `,"confirmGrace":"1s"`, users: "ge-0/0/1", beside: "ge-0/0/2"}, "ge-0/0/46", "analyzer nm-"}
	switchSRL   = committed{member{name: "srl", platform: "nokia_srl", protocol: "gnmi", settings: `,"confirm":"timer"`, users: "ethernet-1/1", beside: "ethernet-1/2",
		config: "set / interface ethernet-1/1 subinterface 0 type bridged\nset / interface ethernet-1/2 subinterface 0 type bridged\n"}, "ethernet-1/46", "mirroring-instance nm-"}
)

// over is a member that is configured over another protocol.
func (m committed) over(protocol string) committed {
	m.name += "-" + protocol
	m.protocol = protocol
	return m
}

// newCommitted is a wide network of one such member, whose timers run a hundred times
// slower: no push goes back by itself, however slow the machine is, but by Lapse.
func newCommitted(t *testing.T, m committed) (*wide, *lab.Switch) {
	t.Helper()
	w := newWide(t, 0.01, []member{m.member}, nil, []string{m.name + ":" + m.tool})
	return w, w.lab.Switch(m.name)
}

// flows: the session is there whole, and copies what it is to copy.
func (w *wide) flows(what string, m committed) {
	w.t.Helper()
	w.reach("taps", "Active")
	if got := w.leave(m.name + ":" + m.tool); got != webFrames {
		w.t.Errorf("%s: %d frames a second are copied\n%s", what, got, w.config(m.name))
	}
	w.noneLost(what)
}

// told is how often an event was told.
func (w *wide) told(typ string) int { return strings.Count(w.events(), `"type":"`+typ+`"`) }

// killed has the controller die at a step of a request about the session.
func (w *wide) killed(step, method, body string) {
	w.t.Helper()
	w.stop()
	w.again("NETMIRROR_FAILPOINT=" + step)
	// A slow machine may answer 202 before the step is reached.
	if a, err := w.try(method, "/sessions/taps", body, "Prefer", "wait=60"); err == nil && a.status != 202 {
		w.t.Fatalf("killed at %q: answered %s", step, a)
	}
	w.died()
}

// TestKilledWhileACommitWaits: the controller is killed between a push and its end, over
// each transport on which a switch that has lost us still waits. Started again it confirms
// what the switch holds, and says nothing of it; no frame of users is lost meanwhile.
func TestKilledWhileACommitWaits(t *testing.T) {
	t.Parallel()
	for _, m := range []committed{switchJunos, switchJunos.over("netconf")} {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			w, sw := newCommitted(t, m)
			for _, step := range []string{"claimed", "pushed", "confirming", "confirmed"} {
				for _, method := range []string{"PUT", "DELETE"} {
					// At the other steps nobody knows whether the push got through, which is waited for.
					if !everything() && (step != "pushed" || method != "PUT") && (step != "confirming" || method != "DELETE") {
						continue
					}
					w.endsAfter(m, sw, step, method)
				}
			}
			if n := w.told("DeviceWentBack") + w.told("Contended"); n > 0 {
				t.Errorf("%d events of what did not happen: %s", n, w.events())
			}
		})
	}
}

// endsAfter: a session is made or deleted although the controller is killed at a step of it.
func (w *wide) endsAfter(m committed, sw *lab.Switch, step, method string) {
	w.t.Helper()
	what, body := fmt.Sprintf("%s killed at %q", method, step), m.session()
	if method == "DELETE" {
		w.call("PUT", "/sessions/taps", body, 201)
		body = ""
	}
	w.killed(step, method, body)
	w.noneLost(what)
	w.again()
	if method == "PUT" {
		w.flows(what, m)
		sw.Lapse() // nothing waits that could go back
		w.flows(what+", confirmed", m)
		w.call("DELETE", "/sessions/taps", "", 204)
	}
	w.isGone("taps", what)
	sw.Lapse()
	w.nothing(what)
}

// TestWhatOthersHaveOnCandidates: while another hand has the configuration, nothing is
// sent and the session says who; what they have is neither confirmed nor lost, and when
// they have ended the session is made.
func TestWhatOthersHaveOnCandidates(t *testing.T) {
	t.Parallel()
	overNETCONF := switchJunos.over("netconf")
	overNETCONF.transport = `,"timeouts":{"push":"4s"}` // for half of it a lock is waited for
	for _, m := range []committed{switchJunos, overNETCONF, routerXR} {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			w, sw := newCommitted(t, m)
			var held *cli.Conn
			lock := func(line string) func() {
				return func() { held = w.locks(m, line) }
			}
			shut := func() int { return strings.Count(w.stderr.String(), "device asks to come back later") }
			release := func() { _ = held.Close() }
			for _, h := range map[string][]struct {
				name, says string
				do, undo   func()
				theirs     string // a line that stays when they have ended
			}{
				"jn": {
					{"a commit that waits", "another's commit waits to be confirmed (", func() { sw.Exec("configure", "set vlans theirs vlan-id 77", "commit confirmed 65535 comment change-7") },
						func() { sw.Exec("configure", "commit") }, "set vlans theirs vlan-id 77\n"},
					{"an exclusive lock", "", lock("set snmp contact theirs"), release, ""},
					{"a dirty candidate", "", func() { sw.Exec("configure", "set vlans dirty vlan-id 78") },
						func() { sw.Exec("configure", "commit") }, "set vlans dirty vlan-id 78\n"},
				},
				"jn-netconf": {
					{"a commit that waits", "another's commit waits to be confirmed (", func() { sw.Exec("configure", "set vlans theirs vlan-id 77", "commit confirmed 65535 comment change-7") },
						func() { sw.Exec("configure", "commit") }, "set vlans theirs vlan-id 77\n"},
					{"a lock of another NETCONF session", "", func() {
						if err := sw.HoldLock("candidate"); err != nil {
							t.Error(err)
						}
					}, sw.ReleaseLock, ""},
					{"a dirty candidate", "", func() { sw.Exec("configure", "set vlans dirty vlan-id 78") },
						func() { sw.Exec("configure", "commit") }, "set vlans dirty vlan-id 78\n"},
				},
				"xr": {
					{"a trial", "another's trial commit waits to be confirmed (", func() { sw.Exec("configure exclusive", "snmp-server contact theirs", "commit confirmed 65535") }, sw.Lapse, ""},
					{"an exclusive lock", "the configuration is locked (", lock("snmp-server contact theirs"), release, ""},
				},
			}[m.name] {
				h.do()
				before, met := w.config(m.name), shut()
				if a, err := w.try("PUT", "/sessions/taps", m.session()); err != nil || a.status != 202 {
					t.Fatalf("%s: %s %v", h.name, a, err)
				}
				if h.says == "" { // the switch does not tell when it is asked: its door is shut
					testkit.Eventually(t, patience, h.name+" is met", func() bool { return shut() > met })
				} else {
					testkit.Eventually(t, patience, h.name+" is said", func() bool {
						return strings.Contains(fmt.Sprint(w.session("taps").Status.Conditions), h.says)
					})
				}
				if phase := w.session("taps").Status.Phase; phase != "Applying" || w.config(m.name) != before {
					t.Errorf("%s: phase %s\n%s", h.name, phase, lineDiff(before, w.config(m.name)))
				}
				w.noneLost(h.name)
				h.undo()
				w.call("POST", "/devices/"+m.name+":sync", "", 200)
				w.flows(h.name, m)
				if h.theirs != "" && !strings.Contains(sw.RunningConfig(), h.theirs) {
					t.Errorf("%s: theirs is lost:\n%s", h.name, sw.RunningConfig())
				}
				w.before[m.name] = strings.ReplaceAll(w.before[m.name], h.theirs, "")
				w.call("DELETE", "/sessions/taps", "", 204)
				if after := slices.Sorted(strings.Lines(w.config(m.name))); !slices.Equal(after, slices.Sorted(strings.Lines(w.before[m.name]+h.theirs))) {
					t.Errorf("%s: not as it was:\n%s", h.name, lineDiff(w.before[m.name]+h.theirs, w.config(m.name)))
				}
				w.before[m.name] = w.config(m.name)
			}
			if n := w.told("Contended") + w.told("UnknownPushWaits") + w.told("DeviceWentBack"); n > 0 {
				t.Errorf("alarms: %s", w.events())
			}
		})
	}
}

// locks has a person hold the configuration of a member until the terminal is closed.
func (w *wide) locks(m committed, line string) *cli.Conn {
	w.t.Helper()
	p, err := cli.LoadPlatform(m.platform)
	if err != nil {
		w.t.Fatal(err)
	}
	host, text, err := net.SplitHostPort(w.lab.Switch(m.name).Addr())
	if err != nil {
		w.t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		w.t.Fatal(err)
	}
	login := mirror.Login{For: mirror.Bindings{mirror.Any}, Username: mirror.NewSecret("netmirror"), Password: mirror.NewSecret("demo")}
	term, err := cli.Open(w.t.Context(), cli.Config{Platform: p, Target: mirror.Target{Login: login,
		Transport: mirror.Transport{Protocol: "cli", Address: host, Port: port, HostKey: cli.HostKeyInsecure}}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = term.Close() })
	if r, err := term.Configure(w.t.Context(), []cli.Block{{Enter: []string{"configure exclusive"}, Stay: true, Lines: cli.Lines(line)}}); err != nil || r[0].Err != nil {
		w.t.Fatal(r, err)
	}
	return term
}
