package smon_test

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/drivers/smon"
	"github.com/netmirror/netmirror/internal/lab/mib"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

var _ = flag.Bool("update", false, "rewrite the golden files of the contract")

// ports: the lab's switch has no port-channel, so that what is one in the golden files is
// a port there.
var ports = map[string]string{"p1": "gi1", "p2": "gi2", "p3": "gi3", "p9": "gi9", "up1": "gi22", "lag1": "gi21", "d1": "gi23", "d2": "gi24"}

const vlanIndex = 20000000 // of the lab

func TestContract(t *testing.T) { contract(t, drivertest.Community(), "") }

// TestContractOfVersion3: what passes is signed and encrypted.
func TestContractOfVersion3(t *testing.T) {
	contract(t, drivertest.User(), "", drivertest.OnDevice()...)
}

// TestContractOfAnAgentThatKnowsLess: no createAndGo, no other direction for an active
// row.
func TestContractOfAnAgentThatKnowsLess(t *testing.T) {
	contract(t, drivertest.Community(), "noCreateAndGo: true, fixedDirection: true", "converge", "refusals")
}

func contract(t *testing.T, login mirror.SNMPLogin, settings string, only ...string) {
	catalogue := drivers.All()
	i := slices.IndexFunc(catalogue, func(d worker.Driver) bool { return d.Platform == smon.Platform && d.Protocol == smon.Protocol })
	drivertest.Run(t, drivertest.Suite{
		Driver: catalogue[i],
		Facts:  mirror.Facts{Model: "simulation of the netmirror lab: snmp_smon SMON switch", Version: "lab", Extra: map[string]string{"portCopyTable": "smonCapabilities", "vlanSources": "yes"}},
		Ports:  ports,
		Observation: func(o *mirror.Observation) {
			o.Handles = map[string]string{}
			for i, p := range o.Ports {
				n, _ := strconv.Atoi(strings.TrimPrefix(string(p.Name), "gi"))
				o.Ports[i].Handle = fmt.Sprintf("1.3.6.1.2.1.31.1.1.1.1.%d", n)
			}
			for _, vid := range []int{110, 120, 121, 122, drivertest.RemoteVLAN} {
				o.Handles[fmt.Sprintf("vlan %d", vid)] = strconv.Itoa(vlanIndex + vid)
			}
		},
		Refused: map[string][]string{
			"trunk-filter-vlans": {"unsupported"}, "acl-filter": {"unsupported"}, "truncated": {"unsupported"}, "sampled": {"unsupported"},
			"rspan": {"unsupported"}, "erspan-collector": {"unsupported"}, "erspan-device-end": {"unsupported"},
		},
		Device:   func(t *testing.T) *drivertest.Device { return contractDevice(t, login, settings) },
		Unproved: map[string]string{"clear": "nothing clears the counters of an agent but its start"},
		Parsers:  []drivertest.Parser{contractParser},
		Only:     only,
	})
}

var contractParser = drivertest.Parser{Name: "observe", Parse: smon.ParseTables, Seeds: "testdata/observe/*.txt", Kinds: []error{mirror.ErrParse, mirror.ErrInvalid, mirror.ErrRejected, mirror.ErrNotFound}}

func FuzzContract(f *testing.F) { drivertest.Fuzz(f, contractParser) }

const contractLab = `
fabric:
  switches:
    - name: sw1
      platform: snmp_smon
      model: SMON switch
      snmp: {firstIndex: 49, ` + drivertest.AgentLogins + `}
      settings: {%s}
      config: |
        vlan 110 phones
        vlan 120
        vlan 121
        vlan 122
        port gi22 trunk 110,120
        portCopy gi6 gi6 rx active
  hosts: [{at: "sw1:gi1"}, {at: "sw1:gi2"}, {at: "sw1:gi3"}, {at: "sw1:gi9"}, {at: "sw1:gi21"}, {at: "sw1:gi22"}, {at: "sw1:gi23"}, {at: "sw1:gi24"}, {at: "sw1:gi5"}, {at: "sw1:gi20"}]
`

func contractDevice(t *testing.T, login mirror.SNMPLogin, settings string) *drivertest.Device {
	s := drivertest.OnAgent(t, login, fmt.Sprintf(contractLab, settings), ports, "gi99")
	column := func(c int, src, dst string) mib.OID {
		index := func(name string) int {
			if vid, is := strings.CutPrefix(name, "vlan"); is {
				n, _ := strconv.Atoi(vid)
				return vlanIndex + n
			}
			n, _ := strconv.Atoi(strings.TrimPrefix(name, "gi"))
			return n + 48
		}
		return mib.Must(fmt.Sprintf(".1.3.6.1.2.1.16.22.1.3.1.1.%d.%d.%d", c, index(src), index(dst)))
	}
	set := func(bindings ...mib.Binding) {
		t.Helper()
		if err := s.Switch.SNMPSet(bindings...); err != nil {
			t.Error(err)
		}
	}
	row := func(src, dst string, direction int) {
		t.Helper()
		set(mib.Binding{Name: column(5, src, dst), Value: mib.Int(5)}, mib.Binding{Name: column(4, src, dst), Value: mib.Int(direction)})
		set(mib.Binding{Name: column(5, src, dst), Value: mib.Int(1)})
	}
	s.Others = others
	s.Foreign = func() (sessions, opaque int) {
		row("gi5", "gi20", 1)
		row("gi1", "gi20", 2)
		row("vlan1", "gi20", 1)
		return 2, 1 // gi6, which the switch began with, is copied to itself
	}
	s.Manual = func(mirror.NativeSession) []drivertest.Manual {
		return []drivertest.Manual{
			{Name: "a source taken away", Verb: "change", Want: "missing port gi1 both",
				Do: func() { set(mib.Binding{Name: column(5, "gi1", "gi23"), Value: mib.Int(6)}) }},
			{Name: "another direction", Verb: "change", Want: "gi2",
				Do: func() {
					set(mib.Binding{Name: column(5, "gi2", "gi23"), Value: mib.Int(6)})
					row("gi2", "gi23", 2)
				}},
			{Name: "stopped", Verb: "change", Want: "shut",
				Do: func() {
					set(mib.Binding{Name: column(5, "gi1", "gi23"), Value: mib.Int(2)}, mib.Binding{Name: column(5, "gi2", "gi23"), Value: mib.Int(2)})
				}},
			{Name: "deleted", Verb: "create",
				Do: func() {
					set(mib.Binding{Name: column(5, "gi1", "gi23"), Value: mib.Int(6)}, mib.Binding{Name: column(5, "gi2", "gi23"), Value: mib.Int(6)})
				}},
		}
	}
	return &s.Device
}

// others is a configuration without the rows of our sessions.
func others(config string, own []mirror.NativeSession) string {
	var out strings.Builder
	for line := range strings.Lines(config) {
		words := strings.Fields(line)
		ours := len(words) > 2 && words[0] == "portCopy" && slices.ContainsFunc(own, func(n mirror.NativeSession) bool { return words[2] == n.ID })
		if !ours {
			out.WriteString(line)
		}
	}
	return out.String()
}
