package junos_test

import (
	"flag"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/drivers/junos"
	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

var _ = flag.Bool("update", false, "rewrite the golden files of the contract")

var ports = map[string]string{"p1": "ge-0/0/1", "p2": "ge-0/0/2", "p3": "ge-0/0/3", "p9": "ge-0/0/9", "up1": "xe-0/2/0",
	"lag1": "ae1", "sub1": "ge-0/0/9.100", "d1": "ge-0/0/46", "d2": "ge-0/0/47"}

func TestContract(t *testing.T) {
	catalogue := drivers.All()
	i := slices.IndexFunc(catalogue, func(d worker.Driver) bool { return d.Platform == junos.Platform && d.Protocol == junos.Protocol })
	drivertest.Run(t, drivertest.Suite{
		Driver:      catalogue[i],
		Sampled:     true,
		Facts:       mirror.Facts{Model: "ex4300-48t", Version: "21.4R3"},
		Ports:       ports,
		Observation: monitors, Refused: refusedIntents,
		Device:  contractDevice,
		Parsers: contractParsers,
	})
}

// TestContractOverNETCONF is the same over NETCONF: the same sessions, of the same virtual
// switch, whose other hands work at its command line.
func TestContractOverNETCONF(t *testing.T) {
	catalogue := drivers.All()
	i := slices.IndexFunc(catalogue, func(d worker.Driver) bool { return d.Platform == junos.Platform && d.Protocol == junos.ProtocolNETCONF })
	drivertest.Run(t, drivertest.Suite{
		Driver: catalogue[i], Sampled: true, Goldens: "netconf",
		Facts: mirror.Facts{Model: "ex4300-48t", Version: "21.4R3", Extra: map[string]string{"yang": "http://yang.juniper.net/junos-ex/conf/"}},
		Ports: ports, Observation: monitors, Refused: refusedIntents, Parsers: contractParsers,
		Device: func(t *testing.T) *drivertest.Device {
			d := contractSwitch(t)
			d.Target.Transport.Protocol = junos.ProtocolNETCONF
			d.Refusals = func(mirror.Block) []drivertest.Refusal { return d.operations() }
			return &d.Device
		},
	})
}

// monitors are the ports of a switch out of its box.
func monitors(o *mirror.Observation) {
	for i := range o.Ports {
		o.Ports[i].Monitor = o.Ports[i].Name != mirror.PortName(ports["d1"])
	}
}

var refusedIntents = map[string][]string{
	"lag-destination": {"unsupported"}, "trunk-filter-vlans": {"unsupported"}, "erspan-collector": {"unsupported"}, "erspan-device-end": {"unsupported"},
}

const contractLab = `
fabric:
  clockFactor: 5
  switches:
    - name: sw1
      platform: juniper_junos
      model: ex4300-48t
      version: 21.4R3-S4.9
      netconf: {}
      ports: [ge-0/0/1-3, ge-0/0/9-12, ge-0/0/20-23, ge-0/0/46-47, xe-0/2/0]
      credentials: [{username: contract, password: contract-login, privilege: 15}]
      config: |
        set snmp community kept authorization read-only
        set vlans phones vlan-id 110
        set vlans more vlan-id 120
        delete interfaces ge-0/0/46
        set interfaces ge-0/0/9 unit 100 description tagged
        delete interfaces ge-0/0/23
        set interfaces ge-0/0/23 ether-options 802.3ad ae1
        set interfaces ae1 unit 0 family ethernet-switching interface-mode trunk
        set interfaces ae1 unit 0 family ethernet-switching vlan members phones
        set interfaces xe-0/2/0 unit 0 family ethernet-switching interface-mode trunk
        set interfaces xe-0/2/0 unit 0 family ethernet-switching vlan members all
        set routing-options static route 198.51.100.0/24 next-hop 192.0.2.254
  hosts: [{at: "sw1:ge-0/0/1", name: one}, {at: "sw1:ge-0/0/2", name: two}, {at: "sw1:ge-0/0/46", name: ids-1}, {at: "sw1:ge-0/0/47", name: ids-2}]
`

// contractDevice is a virtual switch behind real SSH. It is a simulation: the recordings
// in fixtures_test.go outrank it.
func contractDevice(t *testing.T) *drivertest.Device { return &contractSwitch(t).Device }

func contractSwitch(t *testing.T) contracted {
	s := drivertest.OnLab(t, contractLab, ports, "ge-5/0/0")
	sw := s.Switch
	configure := func(lines ...string) string {
		return sw.Exec(slices.Concat([]string{"configure"}, lines, []string{"commit and-quit"})...)
	}
	s.Target.Device.Confirm = mirror.ConfirmNone
	s.Config = func() string { // the order of the inputs of an analyzer means nothing
		return strings.Join(slices.Sorted(strings.Lines(sw.RunningConfig())), "")
	}
	s.Others = others
	s.Foreign = func() (sessions, opaque int) {
		configure("set forwarding-options analyzer voice input ingress interface ge-0/0/10.0", "set forwarding-options analyzer voice input egress interface ge-0/0/11.0",
			"set forwarding-options analyzer voice output interface ge-0/0/20.0",
			"set groups G forwarding-options analyzer nm-aaaaaaaaaa input ingress interface ge-0/0/12.0", "set groups G forwarding-options analyzer nm-aaaaaaaaaa output interface ge-0/0/21.0", "set apply-groups G")
		return 2, 1
	}
	s.Refusals = func(b mirror.Block) []drivertest.Refusal { return contractRefusals(b, s.Faults) }
	s.Manual = func(n mirror.NativeSession) []drivertest.Manual { return contractManual(n, configure) }
	s.Expire = sw.Lapse
	s.Occupy = func() (release func()) {
		sw.Exec("configure", "set vlans theirs vlan-id 77", "commit confirmed 65535 comment change-7")
		return func() { configure("delete vlans theirs") }
	}
	return contracted{s}
}

type contracted struct{ *drivertest.Simulated }

// operations refuses what a push asks for, in turn.
func (s contracted) operations() (out []drivertest.Refusal) {
	// A commit that is refused once is tried again, block by block: so it is refused for as
	// long as it is asked for.
	for operation, times := range map[string]int{"commit-configuration": 0, "edit-config": 1} {
		for _, words := range []string{"syntax error", "permission denied: analyzer"} {
			out = append(out, drivertest.Refusal{Name: operation + " " + words, Words: words, Arm: func() (disarm func()) {
				s.Faults(func(f *lab.Faults) {
					f.Refuse = []lab.Refusal{{Line: "^" + operation + " ", Answer: words, Times: times}}
				})
				return func() { s.Faults(func(f *lab.Faults) { f.Refuse = nil }) }
			}})
		}
	}
	return out
}

var ownFilter = regexp.MustCompile(` filter input nm-[a-z2-7]{10}`)

// others is a configuration without our analyzers, and without what bears our names.
func others(config string, own []mirror.NativeSession) string {
	var out strings.Builder
	for line := range strings.Lines(config) {
		line = ownFilter.ReplaceAllString(line, "") // it stands below what is theirs
		ours := slices.ContainsFunc(own, func(n mirror.NativeSession) bool {
			return strings.HasPrefix(line, "set forwarding-options analyzer "+n.ID+" ")
		})
		mark := strings.Contains(line, " nm-") && !strings.HasPrefix(line, "set groups")
		footing := strings.HasPrefix(line, "set interfaces ge-0/0/46 ") || strings.HasSuffix(line, " vlan members 999\n")
		if !ours && !mark && !footing {
			out.WriteString(line)
		}
	}
	return out.String()
}

// contractRefusals refuses each line of a block in turn, and a commit.
func contractRefusals(b mirror.Block, faults func(func(*lab.Faults))) []drivertest.Refusal {
	var out []drivertest.Refusal
	for i, line := range strings.Split(strings.TrimSpace(b.Text), "\n") {
		for _, words := range []string{"syntax error.", "error: permission denied: analyzer"} {
			out = append(out, drivertest.Refusal{Name: fmt.Sprintf("line %d %.9s", i+1, words), Words: words,
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

// contractManual is what a person may type about our session.
func contractManual(n mirror.NativeSession, configure func(...string) string) []drivertest.Manual {
	session := "forwarding-options analyzer " + n.ID + " "
	typed := func(name, want string, lines ...string) drivertest.Manual {
		return drivertest.Manual{Name: name, Verb: "change", Want: want, Do: func() { configure(lines...) }}
	}
	return []drivertest.Manual{
		typed("a source taken away", "missing port ge-0/0/1 both", "delete "+session+"input ingress interface ge-0/0/1.0", "delete "+session+"input egress interface ge-0/0/1.0"),
		typed("a source put in", "too much port ge-0/0/9 tx", "set "+session+"input egress interface ge-0/0/9.0"),
		typed("another direction", "missing port ge-0/0/2 rx; too much port ge-0/0/2 tx", "delete "+session+"input ingress interface ge-0/0/2.0", "set "+session+"input egress interface ge-0/0/2.0"),
		typed("no destination", "destination [] instead of [ge-0/0/46]", "delete "+session+"output"),
		typed("another destination", "destination [ge-0/0/22] instead of", "set "+session+"output interface ge-0/0/22.0"),
		typed("cut short", "truncate 128 against 0", "set "+session+"input maximum-packet-length 128"),
		typed("sampled", "sample 7 against 0", "set "+session+"input rate 7"),
		typed("out of service", "shut down", "deactivate "+strings.TrimSpace(session)),
		{Name: "deleted", Verb: "create", Do: func() { configure("delete " + strings.TrimSpace(session)) }},
	}
}

var contractParsers = []drivertest.Parser{
	{Name: "analyzers", Parse: junos.ParseAnalyzers, Seeds: "testdata/observe/analyzers*.txt"},
	{Name: "state", Parse: junos.ParseState, Seeds: "testdata/observe/state*.txt"},
	{Name: "ports", Parse: junos.ParsePorts, Seeds: "testdata/observe/interfaces*.txt"},
	{Name: "vlans", Parse: junos.ParseVLANs, Seeds: "testdata/observe/vlans*.txt"},
	{Name: "filters", Parse: junos.ParseFilters, Seeds: "testdata/observe/filters*.txt"},
	{Name: "counters", Parse: junos.ParseCounters, Seeds: "testdata/observe/counters*.txt"},
}

func FuzzContract(f *testing.F) { drivertest.Fuzz(f, contractParsers...) }
