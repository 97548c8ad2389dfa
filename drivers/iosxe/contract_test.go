package iosxe_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/drivers/iosxe"
	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

var ports = map[string]string{"p1": "GigabitEthernet1/0/1", "p2": "GigabitEthernet1/0/2", "p3": "GigabitEthernet1/0/3",
	"p9": "GigabitEthernet1/0/9", "up1": "TenGigabitEthernet1/1/1", "lag1": "Port-channel1",
	"d1": "GigabitEthernet1/0/47", "d2": "GigabitEthernet1/0/48"}

func TestContract(t *testing.T) { contract(t, mirror.TypeAheadAuto) }

// The same over a command line to which one line is typed at a time; the parts
// that take minutes under the race detector with `make faults` only.
func TestContractLineByLine(t *testing.T) {
	if os.Getenv("NETMIRROR_FAULTS") != "" {
		contract(t, mirror.TypeAheadOff)
		return
	}
	contract(t, mirror.TypeAheadOff, "refusals", "cancellation", "drift")
}

func contract(t *testing.T, typeAhead string, only ...string) {
	catalogue := drivers.All()
	i := slices.IndexFunc(catalogue, func(d worker.Driver) bool { return d.Platform == iosxe.Platform && d.Protocol == iosxe.Protocol })
	drivertest.Run(t, drivertest.Suite{
		Driver: catalogue[i],
		Facts:  mirror.Facts{Model: "C9300-48T", Version: "17.9.4"},
		Ports:  ports,
		Refused: map[string][]string{
			"lag-destination": {"unsupported"}, "port-and-vlan": {"unsupported"}, "truncated": {"unsupported"}, "sampled": {"unsupported"},
		},
		Device: func(t *testing.T) *drivertest.Device {
			d := contractDevice(t)
			d.Target.Transport.TypeAhead = typeAhead
			return d
		},
		Parsers: contractParsers,
		Only:    only,
	})
}

const contractLab = `
fabric:
  switches:
    - name: sw1
      platform: cisco_iosxe
      model: C9300-48T
      credentials: [{username: contract, password: contract-login, privilege: 1}]
      enableSecret: contract-enable
      nativeSessions:
        - {id: 1, type: Service Module Session, fields: ["Modules allowed          : 1-9"], config: ["monitor session 1 service-module"]}
      config: |
        snmp-server community kept RO
        vlan 110
         name phones
        vlan 999
         name RSPAN
         remote-span
        ip access-list extended contract-filter
         permit udp any any eq 5060
        interface Port-channel1
         switchport mode trunk
        interface GigabitEthernet1/0/23
         switchport mode trunk
         channel-group 1 mode on
        interface TenGigabitEthernet1/1/1
         switchport mode trunk
  hosts: [{at: "sw1:Gi1/0/1", name: one}, {at: "sw1:Gi1/0/2", name: two}, {at: "sw1:Gi1/0/47", name: ids-1}, {at: "sw1:Gi1/0/48", name: ids-2}]
`

// contractDevice is a virtual switch behind real SSH. It is a simulation: the
// recordings in fixtures_test.go outrank it.
func contractDevice(t *testing.T) *drivertest.Device {
	s := drivertest.OnLab(t, contractLab, ports, "GigabitEthernet9/0/1")
	sw := s.Switch
	configure := func(lines ...string) string {
		return sw.Exec(slices.Concat([]string{"configure terminal"}, lines, []string{"end"})...)
	}
	s.Target.Enable = mirror.NewSecret("contract-enable")
	s.Others = others
	s.Foreign = func() (sessions, opaque int) {
		configure("monitor session 2 source interface Gi1/0/1 - 2 , Gi1/0/9 rx", "monitor session 2 destination interface Gi1/0/20 encapsulation replicate",
			"monitor session 40 source vlan 110 , 120 - 122", "monitor session 40 destination interface Gi1/0/21")
		return 3, 1 // with the service module's
	}
	s.Refusals = func(b mirror.Block) []drivertest.Refusal { return contractRefusals(b, s.Faults) }
	s.Manual = func(n mirror.NativeSession) []drivertest.Manual { return contractManual(n, configure) }
	return &s.Device
}

// others is a running configuration without our sessions, and without the
// separators ("!"), of which a session with a sub-mode brings one; nor the access lists
// that bear our names.
func others(config string, own []mirror.NativeSession) string {
	var out strings.Builder
	ours := false
	for line := range strings.Lines(config) {
		if line == "!\n" {
			continue
		}
		if !strings.HasPrefix(line, " ") {
			ours = slices.ContainsFunc(own, func(n mirror.NativeSession) bool {
				return strings.HasPrefix(line, "monitor session "+n.ID+" ")
			}) || strings.HasPrefix(line, "ip access-list extended nm-")
		}
		if !ours {
			out.WriteString(line)
		}
	}
	return out.String()
}

// contractRefusals refuses each line of a block in turn, in words of real
// devices: with a percent sign and without one (vendors' refusals differ).
func contractRefusals(b mirror.Block, faults func(func(*lab.Faults))) []drivertest.Refusal {
	var out []drivertest.Refusal
	for i, line := range strings.Split(strings.TrimSpace(b.Text), "\n") {
		for _, words := range []string{"% Local Session limit has been exceeded", "Only NGIO switch is supported for Local SPAN.\nSPAN Session Validation failed."} {
			out = append(out, drivertest.Refusal{Name: fmt.Sprintf("line %d %.6s", i+1, words), Words: strings.Split(words, "\n")[0],
				Arm: func() (disarm func()) {
					faults(func(f *lab.Faults) {
						f.Refuse = []lab.Refusal{{Line: "^" + regexp.QuoteMeta(strings.TrimSpace(line)) + "$", Answer: words, Times: 1}}
					})
					return func() { faults(func(f *lab.Faults) { f.Refuse = nil }) }
				}})
		}
	}
	return out
}

// contractManual is what a person may type about our session. Another destination
// makes it theirs (plan.DeviceInfo.Own).
func contractManual(n mirror.NativeSession, configure func(...string) string) []drivertest.Manual {
	session := "monitor session " + n.ID + " "
	typed := func(name, want string, lines ...string) drivertest.Manual {
		return drivertest.Manual{Name: name, Verb: "change", Want: want, Do: func() { configure(lines...) }}
	}
	return []drivertest.Manual{
		typed("a source taken away", "missing port GigabitEthernet1/0/1 both", "no "+session+"source interface Gi1/0/1"),
		typed("a source put in", "too much port GigabitEthernet1/0/9 tx", session+"source interface Gi1/0/9 tx"),
		typed("another direction", "missing port GigabitEthernet1/0/2 rx; too much port GigabitEthernet1/0/2 tx",
			"no "+session+"source interface Gi1/0/2", session+"source interface Gi1/0/2 tx"),
		typed("no destination", "destination [] instead of [GigabitEthernet1/0/47]", "no "+session+"destination interface Gi1/0/47"),
		typed("a second destination", "destination [GigabitEthernet1/0/22 GigabitEthernet1/0/47] instead of", session+"destination interface Gi1/0/22 encapsulation replicate"),
		typed("tags lost", "tags strip against preserve", "no "+session+"destination interface Gi1/0/47", session+"destination interface Gi1/0/47"),
		typed("narrowed", "filterVlans [110] against []", session+"filter vlan 110"),
		{Name: "deleted", Verb: "create", Do: func() { configure("no monitor session " + n.ID) }},
	}
}

var contractParsers = []drivertest.Parser{
	{Name: "monitor", Parse: iosxe.ParseMonitor, Seeds: "testdata/observe/monitor*.txt"},
	{Name: "config", Parse: iosxe.ParseConfig, Seeds: "testdata/observe/running*.txt"},
	{Name: "status", Parse: iosxe.ParseStatus, Seeds: "testdata/observe/interfaces*.txt"},
	{Name: "differences", Parse: iosxe.ParseDifferences, Seeds: "testdata/observe/archive*.txt"},
}

func FuzzContract(f *testing.F) { drivertest.Fuzz(f, contractParsers...) }
