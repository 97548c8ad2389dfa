package iosxe_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/drivers/iosxe"
	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
)

func TestContractOverGNMI(t *testing.T) {
	contractOver(t, iosxe.ProtocolGNMI, "^(update|delete) .*monitor/session")
}

func TestContractOverNETCONF(t *testing.T) {
	contractOver(t, iosxe.ProtocolNETCONF, "^edit-config ")
}

// The same where the switch has a candidate: what would be refused when it is committed is
// there too.
func TestContractOverNETCONFWithCandidate(t *testing.T) {
	contractOver(t, iosxe.ProtocolNETCONF, "^commit ", "netconf-yang feature candidate-datastore")
}

// contractOver is the contract over a transport of data models. refused is the part of a
// push that the device refuses; lines are of its configuration.
func contractOver(t *testing.T, protocol, refused string, lines ...string) {
	suite := drivertest.Suite{
		Driver: entry(t, protocol), Goldens: protocol, Sampled: true,
		Facts: mirror.Facts{Model: "C9300-48T", Version: "17.18", Extra: map[string]string{"native": "2025-07-01", "links": "openconfig-interfaces"}},
		Ports: ports,
		Observation: func(o *mirror.Observation) { // it is not made over these transports
			o.VLANs = append(o.VLANs, mirror.VLAN{ID: drivertest.RemoteVLAN, Name: "RSPAN", Remote: true})
		},
		Refused: map[string][]string{
			"lag-destination": {"unsupported"}, "port-and-vlan": {"unsupported"}, "truncated": {"unsupported"}, "sampled": {"unsupported"}, "acl-filter": {"unsupported"},
		},
		Device:  func(t *testing.T) *drivertest.Device { return modelDevice(t, protocol, refused, lines...) },
		Parsers: slices.Concat(contractParsers, modelParsers),
	}
	if len(lines) > 0 { // what does not differ has been proved
		suite.Only = []string{"converge", "refusals", "outages", "drift"}
	}
	drivertest.Run(t, suite)
}

// modelDevice is the switch of the contract over such a transport; others and people type.
func modelDevice(t *testing.T, protocol, refused string, lines ...string) *drivertest.Device {
	s, target := modelLab(t, lines...)
	configure := func(lines ...string) string {
		return s.Switch.Exec(slices.Concat([]string{"configure terminal"}, lines, []string{"end"})...)
	}
	s.Target, s.Wires, s.Others = target(protocol), nil, others
	s.Foreign = func() (sessions, opaque int) {
		configure("monitor session 2 source interface Gi1/0/1 - 2 , Gi1/0/9 rx", "monitor session 2 destination interface Gi1/0/20 encapsulation isl",
			"monitor session 40 source vlan 110 , 120 - 122", "monitor session 40 destination interface Gi1/0/21")
		return 2, 1 // no model has the service module's
	}
	s.Refusals = func(mirror.Block) (out []drivertest.Refusal) {
		for _, words := range []string{"% Local Session limit has been exceeded", "Only NGIO switch is supported for Local SPAN. SPAN Session Validation failed."} {
			out = append(out, drivertest.Refusal{Name: strings.Trim(refused, "^ ") + " " + words[:6], Words: words, Arm: func() (disarm func()) {
				s.Faults(func(f *lab.Faults) { f.Refuse = []lab.Refusal{{Line: refused, Answer: words, Times: 2}} })
				return func() { s.Faults(func(f *lab.Faults) { f.Refuse = nil }) }
			}})
		}
		return out
	}
	s.Manual = func(n mirror.NativeSession) []drivertest.Manual { return contractManual(n, configure) }
	return &s.Device
}

var modelParsers = []drivertest.Parser{
	{Name: "native in JSON", Parse: iosxe.ParseNativeJSON, Seeds: "testdata/observe/native*.json"},
	{Name: "native in XML", Parse: iosxe.ParseNativeXML, Seeds: "testdata/observe/native*.xml"},
}
