package eos_test

import (
	"flag"
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/drivers/eos"
	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

var _ = flag.Bool("update", false, "rewrite the golden files of the contract")

var ports = map[string]string{"p1": "Ethernet1", "p2": "Ethernet2", "p3": "Ethernet3", "p9": "Ethernet9", "up1": "Ethernet49/1",
	"lag1": "Port-Channel1", "sub1": "Ethernet9.100", "d1": "Ethernet47", "d2": "Ethernet48"}

func TestContract(t *testing.T) { contract(t, eos.Protocol, "") }

// TestContractOverGNMI holds the same golden files against the other transport.
func TestContractOverGNMI(t *testing.T) { contract(t, eos.ProtocolGNMI, "") }

// An engine finishes what was cut off also where pushes are to be confirmed. Each one
// waits until it is sure that the switch has gone back, so this takes minutes.
func TestContractOfConfirmedPushes(t *testing.T) {
	if os.Getenv("NETMIRROR_FAULTS") != "" { // make faults
		contract(t, eos.Protocol, mirror.ConfirmTimer, "outages")
	}
}

func contract(t *testing.T, protocol, confirm string, only ...string) {
	catalogue := drivers.All()
	i := slices.IndexFunc(catalogue, func(d worker.Driver) bool { return d.Platform == eos.Platform && d.Protocol == protocol })
	drivertest.Run(t, drivertest.Suite{
		Driver: catalogue[i],
		Facts:  mirror.Facts{Model: "DCS-7050SX3-48YC8", Version: "4.30.4M"},
		Ports:  ports,
		Refused: map[string][]string{
			"vlan-source-rx": {"unsupported"}, "several-vlans": {"unsupported"}, "port-and-vlan": {"unsupported"}, "trunk-filter-vlans": {"unsupported"},
			"rspan": {"unsupported"}, "erspan-collector": {"unsupported"}, "erspan-device-end": {"unsupported"},
		},
		Device: func(t *testing.T) *drivertest.Device {
			d := contractDevice(t, protocol)
			if d.Target.Device.Confirm = confirm; confirm != "" {
				d.Target.Device.ConfirmWindow, d.Target.Device.ConfirmGrace = mirror.Duration(4*time.Second), mirror.Duration(time.Second)
			}
			return d
		},
		Parsers: contractParsers,
		Only:    only,
	})
}

// contractLab has timers that run out after (4 s + 6 s of lateness) / 5.
const contractLab = `
fabric:
  clockFactor: 5
  switches:
    - name: sw1
      platform: arista_eos
      model: DCS-7050SX3-48YC8
      ports: [Ethernet1-48, Ethernet49/1, Management1]
      credentials: [{username: contract, password: contract-login, privilege: 1}, {username: api, password: api-login}]
      gnmi: {}
      enableSecret: contract-enable
      config: |
        snmp-server community kept ro
        vlan 110
           name phones
        ip access-list contract-filter
           10 permit udp any any eq 5060
        interface Port-Channel1
           switchport mode trunk
        interface Ethernet23
           switchport mode trunk
           channel-group 1 mode on
        interface Ethernet9.100
           encapsulation dot1q vlan 100
        interface Ethernet49/1
           switchport mode trunk
        ip route 198.51.100.0/24 192.0.2.254
  hosts: [{at: "sw1:Ethernet1", name: one}, {at: "sw1:Ethernet2", name: two}, {at: "sw1:Ethernet47", name: ids-1}, {at: "sw1:Ethernet48", name: ids-2}]
`

// contractDevice is a virtual switch behind real SSH or a real gNMI server. It is a
// simulation: the recordings in fixtures_test.go outrank it.
func contractDevice(t *testing.T, protocol string) *drivertest.Device {
	s := drivertest.OnLab(t, contractLab, ports, "Ethernet60")
	sw := s.Switch
	if protocol == eos.ProtocolGNMI { // where nobody can enable
		s.Target.Username, s.Target.Password = mirror.NewSecret("api"), mirror.NewSecret("api-login")
		s.Target.Transport = overGNMI(t, sw)
	}
	configure := func(lines ...string) string {
		return sw.Exec(slices.Concat([]string{"configure terminal"}, lines, []string{"end"})...)
	}
	s.Target.Enable = mirror.NewSecret("contract-enable")
	s.Others = others
	s.Foreign = func() (sessions, opaque int) {
		configure("monitor session voice source Ethernet1-2,9 rx", "monitor session voice destination Ethernet20",
			"monitor session TAP source Ethernet5 both", "monitor session TAP destination Cpu", "monitor session TAP rate-limit per-ingress-chip 10 mbps")
		return 2, 1
	}
	s.Refusals = func(b mirror.Block) []drivertest.Refusal { return contractRefusals(b, protocol, s.Faults) }
	s.Manual = func(n mirror.NativeSession) []drivertest.Manual { return contractManual(n, configure) }
	s.Expire = sw.Lapse
	s.Occupy = func() (release func()) {
		sw.Exec("configure session CVP-configtask-1", "vlan 77", "commit timer 00:04:00")
		return func() { sw.Exec("configure session CVP-configtask-1 abort") }
	}
	return &s.Device
}

// overGNMI is how the gNMI server of a virtual switch is reached.
func overGNMI(t *testing.T, sw *lab.Switch) mirror.Transport {
	t.Helper()
	host, text, err := net.SplitHostPort(sw.GNMIAddr())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return mirror.Transport{Protocol: eos.ProtocolGNMI, Address: host, Port: port, Insecure: mirror.InsecureSkipVerify, Credentials: "contract"}
}

// others is a running configuration without our sessions, and without the
// separators ("!"), of which the first session brings one; nor the access lists that
// bear our names.
func others(config string, own []mirror.NativeSession) string {
	var out strings.Builder
	list := false
	for line := range strings.Lines(config) {
		list = strings.HasPrefix(line, "ip access-list nm-") || list && line[0] == ' '
		ours := slices.ContainsFunc(own, func(n mirror.NativeSession) bool { return strings.HasPrefix(line, "monitor session "+n.ID+" ") })
		if line != "!\n" && !ours && !list {
			out.WriteString(line)
		}
	}
	return out.String()
}

// contractRefusals refuses each line of a block in turn: once, or over gNMI as often as it
// is asked, because a refusal that does not name the line has blocks tried apart.
func contractRefusals(b mirror.Block, protocol string, faults func(func(*lab.Faults))) []drivertest.Refusal {
	var out []drivertest.Refusal
	times := 1
	if protocol == eos.ProtocolGNMI {
		times = 0
	}
	for i, line := range strings.Split(strings.TrimSpace(b.Text), "\n") {
		for _, words := range []string{"% Invalid input", "% Unavailable command (not supported on this hardware platform)"} {
			out = append(out, drivertest.Refusal{Name: fmt.Sprintf("line %d %.9s", i+1, words), Words: words,
				Arm: func() (disarm func()) {
					faults(func(f *lab.Faults) {
						f.Refuse = []lab.Refusal{{Line: "^" + regexp.QuoteMeta(strings.TrimSpace(line)) + "$", Answer: words, Times: times}}
					})
					return func() { faults(func(f *lab.Faults) { f.Refuse = nil }) }
				}})
		}
	}
	return out
}

// contractManual is what a person may type about our session.
func contractManual(n mirror.NativeSession, configure func(...string) string) []drivertest.Manual {
	session := "monitor session " + n.ID + " "
	typed := func(name, want string, lines ...string) drivertest.Manual {
		return drivertest.Manual{Name: name, Verb: "change", Want: want, Do: func() { configure(lines...) }}
	}
	return []drivertest.Manual{
		typed("a source taken away", "missing port Ethernet1 both", "no "+session+"source Ethernet1"),
		typed("a source put in", "too much port Ethernet9 tx", session+"source Ethernet9 tx"),
		typed("another direction", "missing port Ethernet2 rx; too much port Ethernet2 tx", "no "+session+"source Ethernet2", session+"source Ethernet2 tx"),
		typed("no destination", "destination [] instead of [Ethernet47]", "no "+session+"destination Ethernet47"),
		typed("a second destination", "destination [Ethernet22 Ethernet47] instead of", session+"destination Ethernet22"),
		typed("cut short", "truncate 128 against 0", session+"truncate size 128"),
		typed("narrowed", "filter contract-filter against", session+"ip access-group contract-filter"),
		{Name: "deleted", Verb: "create", Do: func() { configure("no monitor session " + n.ID) }},
	}
}

var contractParsers = []drivertest.Parser{
	{Name: "sessions", Parse: eos.ParseSessions, Seeds: "testdata/observe/sessions*.txt"},
	{Name: "state", Parse: eos.ParseState, Seeds: "testdata/observe/state*.txt"},
	{Name: "stanzas", Parse: eos.ParseStanzas, Seeds: "testdata/observe/interfaces*.txt"},
	{Name: "diffs", Parse: eos.ParseDiffs, Seeds: "testdata/observe/diffs*.txt"},
}

func FuzzContract(f *testing.F) { drivertest.Fuzz(f, contractParsers...) }
