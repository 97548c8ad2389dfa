package srl_test

import (
	"context"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

const contractLab = `
fabric:
  clockFactor: 5
  switches:
    - name: sw1
      platform: nokia_srl
      gnmi: {plaintext: true}
      credentials: [{username: contract, password: contract-login, privilege: 15}]
      config: |
        set / system information contact kept
        set / interface ethernet-1/1 subinterface 0 type bridged
        set / interface ethernet-1/2 subinterface 0 type bridged
        set / interface ethernet-1/3 admin-state enable
        set / interface ethernet-1/9 vlan-tagging true
        set / interface ethernet-1/9 subinterface 100 type bridged
        set / interface ethernet-1/9 subinterface 100 vlan encap single-tagged vlan-id 100
        set / interface ethernet-1/10 subinterface 0 type bridged
        set / interface ethernet-1/11 subinterface 0 type bridged
        set / interface ethernet-1/20 subinterface 0 type local-mirror-dest
        set / interface ethernet-1/20 subinterface 0 local-mirror-destination admin-state enable
        set / interface ethernet-1/22 subinterface 0 type local-mirror-dest
        set / interface ethernet-1/22 subinterface 0 local-mirror-destination admin-state enable
        set / interface ethernet-1/23 ethernet aggregate-id lag1
        set / interface ethernet-1/49 admin-state enable
        set / interface lag1 admin-state enable
        set / network-instance default type default
        set / network-instance default interface ethernet-1/12.0
        set / interface ethernet-1/12 subinterface 0 ipv4 admin-state enable
        set / interface ethernet-1/12 subinterface 0 ipv4 address 192.0.2.1/31
        set / acl acl-filter theirs type ipv4 entry 10 action accept
        set / acl interface label interface-ref interface ethernet-1/10
        set / acl interface label interface-ref subinterface 0
        set / acl interface label input acl-filter theirs type ipv4
        set / system mirroring
  hosts: [{at: "sw1:ethernet-1/1", name: one}, {at: "sw1:ethernet-1/2", name: two}, {at: "sw1:ethernet-1/47", name: ids-1}, {at: "sw1:ethernet-1/48", name: ids-2}]
`

func contractDevice(t *testing.T) *drivertest.Device {
	d, _ := contractSwitch(t)
	return d
}

// contractSwitch is a virtual switch behind a real gNMI server. It is a simulation:
// recordings outrank it.
func contractSwitch(t *testing.T) (*drivertest.Device, *lab.Switch) {
	s := drivertest.OnLab(t, contractLab, ports, "ethernet-5/1")
	sw := s.Switch
	host, port, err := net.SplitHostPort(sw.GNMIAddr())
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	s.Target.Transport = mirror.Transport{Protocol: "gnmi", Address: host, Port: number, Insecure: mirror.InsecurePlaintext, Credentials: "contract"}
	s.Target.Device.Confirm = mirror.ConfirmNone
	configure := func(lines ...string) string {
		return sw.Exec(slices.Concat([]string{"enter candidate private"}, lines, []string{"commit now"})...)
	}
	s.Config = func() string { return strings.Join(slices.Sorted(strings.Lines(sw.RunningConfig())), "") }
	s.Others = others
	s.Foreign = func() (sessions, opaque int) {
		configure("set / system mirroring mirroring-instance voice mirror-source interface ethernet-1/10 direction ingress-egress",
			"set / system mirroring mirroring-instance voice mirror-destination local ethernet-1/20.0",
			"set / system mirroring mirroring-instance lists mirror-source acl acl-filter theirs type ipv4 entry 10",
			"set / system mirroring mirroring-instance lists mirror-destination local ethernet-1/22.0")
		return 2, 1
	}
	s.Refusals = func(b mirror.Block) []drivertest.Refusal { return contractRefusals(t, b, s.Faults) }
	s.Manual = func(n mirror.NativeSession) []drivertest.Manual { return contractManual(n, configure) }
	s.Expire = sw.Lapse
	s.Wires.Clear = nil
	return &s.Device, sw
}

// others is a configuration without our instances and what bears our names.
func others(config string, own []mirror.NativeSession) string {
	var out strings.Builder
	for line := range strings.Lines(config) {
		ours := slices.ContainsFunc(own, func(n mirror.NativeSession) bool { return strings.Contains(line, " mirroring-instance "+n.ID+" ") })
		if !ours && !strings.Contains(line, " nm-") && !strings.Contains(line, "interface ethernet-1/47") && !strings.Contains(line, "interface ethernet-1/48") &&
			!strings.Contains(line, "interface lag1 subinterface") {
			out.WriteString(line)
		}
	}
	return out.String()
}

// contractRefusals refuses each operation of a block in turn.
func contractRefusals(t *testing.T, b mirror.Block, faults func(func(*lab.Faults))) []drivertest.Refusal {
	var out []drivertest.Refusal
	for i, op := range operations(t, b.Text) {
		words := "Path not valid - " + strconv.Itoa(i)
		path := op.Delete + op.Replace + op.Update
		out = append(out, drivertest.Refusal{Name: "operation " + strconv.Itoa(i+1), Words: words, Arm: func() (disarm func()) {
			faults(func(f *lab.Faults) {
				f.Refuse = []lab.Refusal{{Line: "^(update|replace|delete) " + regexp.QuoteMeta(path) + `( |$)`, Answer: words, Times: 2}} // together, and alone
			})
			return func() { faults(func(f *lab.Faults) { f.Refuse = nil }) }
		}})
	}
	return out
}

// contractManual is what a person may type about our session.
func contractManual(n mirror.NativeSession, configure func(...string) string) []drivertest.Manual {
	at := "/ system mirroring mirroring-instance " + n.ID + " "
	typed := func(name, want string, lines ...string) drivertest.Manual {
		return drivertest.Manual{Name: name, Verb: "change", Want: want, Do: func() { configure(lines...) }}
	}
	return []drivertest.Manual{
		typed("a source taken away", "missing port ethernet-1/1 both", "delete "+at+"mirror-source interface ethernet-1/1"),
		typed("a source put in", "too much port ethernet-1/3 tx", "set "+at+"mirror-source interface ethernet-1/3 direction egress-only"),
		typed("another direction", "missing port ethernet-1/2 rx; too much port ethernet-1/2 tx", "set "+at+"mirror-source interface ethernet-1/2 direction egress-only"),
		typed("no destination", "destination [] instead of [ethernet-1/47]", "delete "+at+"mirror-destination local"),
		typed("out of service", "shut down", "set "+at+"admin-state disable"),
		{Name: "deleted", Verb: "create", Do: func() { configure("delete " + strings.TrimSpace(at)) }},
	}
}

func TestContractOnADevice(t *testing.T) {
	s := suite(t)
	s.Device, s.Sampled = contractDevice, true
	s.Only = []string{"converge", "refusals", "outages", "cancellation", "drift", "confirms", "counts"}
	s.Unproved = map[string]string{"occupied": "gNMI tells of no lock and of no commit of another", "listed": "gNMI lists no commit that waits",
		"clear": "the lab's switch does not tell last-clear"}
	drivertest.Run(t, s)
}

// What a hand does on the command line is told over gNMI at once.
func TestWatchTellsOfAHand(t *testing.T) {
	d := contractDevice(t)
	ctx, cancel := context.WithCancel(t.Context())
	news, done := make(chan struct{}, 100), make(chan error, 1)
	go func() { done <- entry(t).Watch(ctx, d.Target, func() { news <- struct{}{} }) }()
	next := func(what string) {
		t.Helper()
		select {
		case <-news:
		case err := <-done:
			t.Fatalf("%s: the watch ended: %v", what, err)
		case <-time.After(testkit.Patience):
			t.Fatalf("%s was not told", what)
		}
	}
	next("that it listens")
	d.Foreign()
	next("a session by hand")
	cancel()
	if err := <-done; err != nil {
		t.Errorf("the watch ended with %v", err)
	}
}
