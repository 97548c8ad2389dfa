package nxos_test

import (
	"flag"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/drivers/nxos"
	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
)

var update = flag.Bool("update", false, "rewrite the golden files of the contract")

var ports = map[string]string{"p1": "Ethernet1/1", "p2": "Ethernet1/2", "p3": "Ethernet1/3", "p9": "Ethernet1/9", "up1": "Ethernet1/49",
	"lag1": "port-channel1", "d1": "Ethernet1/47", "d2": "Ethernet1/48"}

func TestContract(t *testing.T) {
	drivertest.Run(t, drivertest.Suite{
		Driver:  entry(t, nxos.Protocol),
		Sampled: true,
		Facts:   mirror.Facts{Model: "Nexus9000 C93180YC-EX", Version: "9.3(10)"},
		Ports:   ports,
		Refused: map[string][]string{
			"rspan": {"unsupported"}, "sampled": {"unsupported"},
			"truncated": {"out-of-range"}, // this model begins with 320 octets
		},
		Device:  contractDevice,
		Parsers: contractParsers,
	})
}

const contractLab = `
fabric:
  switches:
    - name: sw1
      platform: cisco_nxos
      model: N9K-C93180YC-EX
      ports: [Ethernet1/1-14, Ethernet1/20-23, Ethernet1/47-49, mgmt0]
      credentials: [{username: contract, password: contract-login}]
      config: |
        snmp-server community kept group network-operator
        vlan 110
          name phones
        ip access-list contract-filter
          10 permit udp any any eq 5060
        interface port-channel1
          switchport mode trunk
        interface Ethernet1/20
          switchport monitor
        interface Ethernet1/23
          switchport mode trunk
          channel-group 1 mode active
        interface Ethernet1/49
          switchport mode trunk
        ip route 198.51.100.0/24 192.0.2.254
  hosts: [{at: "sw1:Ethernet1/1", name: one}, {at: "sw1:Ethernet1/2", name: two}, {at: "sw1:Ethernet1/3", name: three}, {at: "sw1:Ethernet1/47", name: ids-1}, {at: "sw1:Ethernet1/48", name: ids-2}]
`

// contractDevice is a virtual switch behind real SSH. It is a simulation: the
// recordings in fixtures_test.go outrank it.
func contractDevice(t *testing.T) *drivertest.Device { return &contractSwitch(t, contractLab).Device }

func contractSwitch(t *testing.T, fabric string) *drivertest.Simulated {
	s := drivertest.OnLab(t, fabric, ports, "Ethernet1/60")
	sw := s.Switch
	configure := func(lines ...string) string {
		return sw.Exec(slices.Concat([]string{"configure terminal"}, lines, []string{"end"})...)
	}
	s.Others = others
	s.Foreign = func() (sessions, opaque int) {
		configure("monitor session 1", "description voice", "source interface Ethernet1/10-12 , Ethernet1/14 rx", "destination interface Ethernet1/20", "no shut",
			"monitor session 32", "source interface Ethernet1/5", "destination interface Ethernet1/21",
			"monitor session 7", "source interface Ethernet1/6", "filter access-group _theirs")
		return 3, 1
	}
	s.Refusals = func(b mirror.Block) []drivertest.Refusal { return contractRefusals(b, s.Faults) }
	s.Manual = func(n mirror.NativeSession) []drivertest.Manual { return contractManual(n, configure) }
	return s
}

// others is a running configuration without our sessions, and without what they stand
// on: lists that bear our names, ports that are ones for copies, the address that copies
// are sent from. One of the ports is so without us.
func others(config string, own []mirror.NativeSession) string {
	var out strings.Builder
	ours, port := false, ""
	for line := range strings.Lines(config) {
		if line == "\n" {
			continue
		}
		if !strings.HasPrefix(line, " ") {
			ours = slices.ContainsFunc(own, func(n mirror.NativeSession) bool {
				return strings.HasPrefix(line+" ", "monitor session "+n.ID+"\n") || strings.HasPrefix(line, "monitor session "+n.ID+" ")
			}) || strings.HasPrefix(line, "ip access-list nm-") || strings.HasPrefix(line, "monitor erspan origin ")
			port = line
		}
		if !ours && (line != "  switchport monitor\n" || port == "interface Ethernet1/20\n") {
			out.WriteString(line)
		}
	}
	return out.String()
}

// contractRefusals refuses each line of a block in turn, in both forms of words.
func contractRefusals(b mirror.Block, faults func(func(*lab.Faults))) []drivertest.Refusal {
	var out []drivertest.Refusal
	for i, line := range strings.Split(strings.TrimSpace(b.Text), "\n") {
		words := []string{"% Invalid value/range", "ERROR: the hardware does not take it"}[i%2]
		out = append(out, drivertest.Refusal{Name: fmt.Sprintf("line %d %.6s", i+1, words), Words: words,
			Arm: func() (disarm func()) {
				faults(func(f *lab.Faults) {
					f.Refuse = []lab.Refusal{{Line: "^" + regexp.QuoteMeta(strings.TrimSpace(line)) + "$", Answer: words, Times: 1}}
				})
				return func() { faults(func(f *lab.Faults) { f.Refuse = nil }) }
			}})
	}
	return out
}

// contractManual is what a person may type about our session.
func contractManual(n mirror.NativeSession, configure func(...string) string) []drivertest.Manual {
	typed := func(name, want string, lines ...string) drivertest.Manual {
		return drivertest.Manual{Name: name, Verb: "change", Want: want, Do: func() { configure(append([]string{"monitor session " + n.ID}, lines...)...) }}
	}
	return []drivertest.Manual{
		typed("a source taken away", "missing port Ethernet1/1 both", "no source interface Ethernet1/1"),
		typed("a source put in", "too much port Ethernet1/9 tx", "source interface Ethernet1/9 tx"),
		typed("another direction", "missing port Ethernet1/2 rx; too much port Ethernet1/2 tx", "no source interface Ethernet1/2", "source interface Ethernet1/2 tx"),
		typed("no destination", "destination [] instead of [Ethernet1/47]", "no destination interface Ethernet1/47"),
		typed("a second destination", "destination [Ethernet1/22 Ethernet1/47] instead of", "destination interface Ethernet1/22"),
		typed("cut short", "truncate 400 against 0", "mtu 400"),
		typed("narrowed", "filter contract-filter against", "filter access-group contract-filter"),
		typed("shut", "shut", "shut"),
		typed("another description", "mark", "description mine"),
		{Name: "deleted", Verb: "create", Do: func() { configure("no monitor session " + n.ID) }},
	}
}

var contractParsers = []drivertest.Parser{
	{Name: "configuration", Parse: nxos.ParseConfig, Seeds: "testdata/observe/config*.txt"},
	{Name: "states", Parse: nxos.ParseShown, Seeds: "testdata/observe/monitor*.txt"},
	{Name: "stanzas", Parse: nxos.ParseStanzas, Seeds: "testdata/observe/interfaces*.txt"},
	{Name: "status", Parse: nxos.ParseStatus, Seeds: "testdata/observe/status*.txt"},
	{Name: "figures", Parse: nxos.ParseFigures, Seeds: "testdata/observe/figures*.txt"},
}

func FuzzContract(f *testing.F) { drivertest.Fuzz(f, contractParsers...) }
