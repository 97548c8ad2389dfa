package main

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// A member is a simulated switch of a wide network.
type member struct {
	name, platform, model, config string
	protocol                      string // over which it is configured, "" = its command line
	settings                      string // further ones of the device, with a leading comma
	transport                     string // further ones of its transport, with a leading comma
	users, beside                 string // ports into which equal traffic comes; the first is mirrored
}

// The traffic of users, by frames a second. Filters of the tests copy the first.
const (
	webFrames   = 10_000
	otherFrames = 5_000
	userFrames  = webFrames + otherFrames
)

// A wide network is a controller over simulated switches of many platforms, with
// traffic of users that never pauses.
type wide struct {
	*controller
	lab     *lab.Lab
	members []member
	env     []string
	before  map[string]string // by member: its configuration without us
}

// newWide starts a network. Links are pairs of "switch:port"; hosts are plugged in at
// "switch:port"; the clock of the switches' timers runs factor times as fast.
func newWide(t *testing.T, factor float64, members []member, links [][2]string, hosts []string, args ...string) *wide {
	t.Helper()
	spec := lab.Spec{Fabric: lab.FabricSpec{ClockFactor: factor}}
	for _, l := range links {
		spec.Fabric.Links = append(spec.Fabric.Links, lab.LinkSpec{A: l[0], B: l[1]})
	}
	for _, at := range hosts {
		spec.Fabric.Hosts = append(spec.Fabric.Hosts, lab.HostSpec{At: at, Name: "tool"})
	}
	for _, m := range members {
		spec.Fabric.Switches = append(spec.Fabric.Switches, m.spec())
		for _, port := range []string{m.users, m.beside} {
			if port != "" {
				at := m.name + ":" + port
				spec.Fabric.Traffic = append(spec.Fabric.Traffic,
					lab.TrafficSpec{At: at, Direction: "in", FramesPerSecond: webFrames, Packet: lab.PacketSpec{Protocol: 6, ToPort: 443}},
					lab.TrafficSpec{At: at, Direction: "in", FramesPerSecond: otherFrames, Packet: lab.PacketSpec{Protocol: 17, ToPort: 53}})
			}
		}
	}
	l, err := lab.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	w := &wide{controller: newController(t, append([]string{"--resync", "1h"}, args...)...), lab: l, members: members, env: []string{"NM_PW=demo"}, before: map[string]string{}}
	w.start(w.env...)
	w.profile("campus", "--username", "netmirror", "--password", "env:NM_PW")
	for _, m := range members {
		w.call("PUT", "/devices/"+m.name, m.entry(t, l.Switch(m.name), m.protocol), 201)
		w.call("POST", "/devices/"+m.name+":sync", "", 200)
		w.before[m.name] = w.config(m.name)
	}
	w.call("PUT", "/filters/web", `{"rules":[{"action":"permit","protocol":"tcp","source":"0.0.0.0/0","destinationPort":"443"}]}`, 201)
	return w
}

// spec is the switch of a member, with a server for each protocol that it may have.
func (m member) spec() lab.SwitchSpec {
	s := lab.SwitchSpec{Name: m.name, Platform: m.platform, Model: m.model, Config: m.config,
		SSH: lab.SSHSpec{HostKeySeed: m.name}, Credentials: []lab.CredentialSpec{{Username: "netmirror", Password: "demo"}}}
	switch m.protocol {
	case "gnmi":
		s.GNMI = &lab.GNMISpec{}
	case "netconf":
		s.NETCONF = &lab.NETCONFSpec{}
	}
	return s
}

// entry is a member's as a device over one of its protocols, "" = its command line.
func (m member) entry(t testing.TB, sw *lab.Switch, protocol string) string {
	t.Helper()
	address, more := sw.Addr(), m.transport
	switch protocol {
	case "":
		protocol = "cli"
	case "gnmi":
		address, more = sw.GNMIAddr(), more+`,"insecure":"skip-verify"`
	case "netconf":
		address = sw.NETCONFAddr()
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"platform":%q%s,"transports":{"config":{"protocol":%q,"address":%q,"port":%s,"credentials":"campus"%s}}}`, m.platform, m.settings, protocol, host, port, more)
}

// again starts the controller, which was stopped or killed.
func (w *wide) again(env ...string) { w.start(append(slices.Clone(w.env), env...)...) }

// commitTime is what a switch says of its last commit.
var commitTime = regexp.MustCompile(`(?m)^(?:! |!! |## ).*\n`)

// config is a configuration byte for byte, but for the times in it.
func (w *wide) config(name string) string {
	return commitTime.ReplaceAllString(w.lab.Switch(name).RunningConfig(), "")
}

// of is the same network for a subtest.
func (w *wide) of(t *testing.T) *wide {
	c, out := *w.controller, *w
	c.t, out.controller = t, &c
	return &out
}

// nothing finds switches, or all of them, as they were without us, and no frame of users
// lost.
func (w *wide) nothing(what string, names ...string) {
	w.t.Helper()
	for _, m := range w.members {
		if len(names) > 0 && !slices.Contains(names, m.name) {
			continue
		}
		if now := w.config(m.name); now != w.before[m.name] {
			w.t.Errorf("%s: %s is not as it was:\n%s\n%s", what, m.name, lineDiff(w.before[m.name], now), now)
		}
	}
	w.noneLost(what, names...)
}

// noneLost: see lost.
func (w *wide) noneLost(what string, names ...string) {
	w.t.Helper()
	for _, l := range w.lost(names...) {
		w.t.Errorf("%s: %s", what, l)
	}
}

// lost tells where frames of users were lost: fewer have entered the mirrored port of a
// switch than the one beside, into which the same is sent, or a list has dropped some.
// Without names all switches are looked at.
func (w *wide) lost(names ...string) (out []string) {
	w.t.Helper()
	for _, m := range w.members {
		if m.users == "" || len(names) > 0 && !slices.Contains(names, m.name) {
			continue
		}
		counters := w.lab.Switch(m.name).Counters()
		got, sent := counters[m.users], counters[m.beside]
		if sent.InFrames == 0 || got.InFrames+2 < sent.InFrames || got.InDrops != 0 {
			out = append(out, fmt.Sprintf("%s of %s: of %d frames %d have entered, and lists have dropped %d", m.users, m.name, sent.InFrames, got.InFrames, got.InDrops))
		}
	}
	return out
}

// leave is how many frames a second leave a port, "switch:port".
func (w *wide) leave(at string) uint64 {
	w.t.Helper()
	name, port, _ := strings.Cut(at, ":")
	c, ok := w.lab.Switch(name).Counters()[port]
	if !ok {
		w.t.Fatalf("there is no port %s", at)
	}
	return c.OutRate
}

// faulty sets what goes wrong on a switch, and ends what went wrong before.
func (w *wide) faulty(name string, f lab.Faults) {
	w.t.Helper()
	if err := w.lab.Switch(name).SetFaults(f); err != nil {
		w.t.Fatal(err)
	}
}

// lines counts the configuration lines that a switch gets while something is done.
func (w *wide) lines(name string, do func()) (n int) {
	sw := w.lab.Switch(name)
	var count atomic.Int64
	sw.OnConfigLine(func(int) bool { count.Add(1); return false })
	do()
	sw.OnConfigLine(nil)
	return int(count.Load())
}

// moments are 1 to n where every one is asked for, else the one given; none for 0.
func moments(n, one int) (out []int) {
	for i := 1; i <= n; i++ {
		if everything() || i == one {
			out = append(out, i)
		}
	}
	return out
}

// everything: NETMIRROR_WIDE=all (make wide) asks for every moment on every platform.
func everything() bool { return os.Getenv("NETMIRROR_WIDE") == "all" }

// isGone waits until there is no session of that name any more.
func (w *wide) isGone(name, what string) {
	w.t.Helper()
	testkit.Eventually(w.t, patience, what+": "+name+" is gone", func() bool {
		a, err := w.try("GET", "/sessions/"+name, "")
		return err == nil && a.status == 404
	})
}

// notToday are words of a refusal as a platform begins them.
func notToday(platform string) string {
	if platform == "juniper_junos" {
		return "error: Not today"
	}
	return "% Not today"
}
