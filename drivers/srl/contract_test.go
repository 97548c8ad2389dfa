package srl_test

import (
	"slices"
	"testing"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/drivers/srl"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

var ports = map[string]string{"p1": "ethernet-1/1", "p2": "ethernet-1/2", "p3": "ethernet-1/3", "p9": "ethernet-1/9", "up1": "ethernet-1/49",
	"lag1": "lag1", "sub1": "ethernet-1/9.100", "d1": "ethernet-1/47", "d2": "ethernet-1/48"}

func entry(t *testing.T) worker.Driver {
	t.Helper()
	catalogue := drivers.All()
	i := slices.IndexFunc(catalogue, func(d worker.Driver) bool { return d.Platform == srl.Platform && d.Protocol == srl.Protocol })
	if i < 0 {
		t.Fatal("the driver is not in the catalogue")
	}
	return catalogue[i]
}

// suite is the contract, of which TestContract proves what needs no device.
func suite(t *testing.T) drivertest.Suite {
	return drivertest.Suite{
		Driver: entry(t),
		Facts:  mirror.Facts{Model: "7220 IXR-D2L", Version: "24.7.1", Extra: map[string]string{"mirroring": "2024-03-31", "schema": "24.3"}},
		Ports:  ports,
		Observation: func(o *mirror.Observation) {
			for i := range o.Ports { // the ports are configured, with a sub-interface each
				p := &o.Ports[i]
				if p.Kind == mirror.SourceSub {
					p.Stanza = `{"index":100,"type":"srl_nokia-interfaces:bridged"}`
					continue
				}
				p.Stanza = `{"name":"` + string(p.Name) + `","admin-state":"enable"}`
				if p.Monitor = p.Name == "ethernet-1/48" || p.LAG; p.Monitor {
					p.Stanza = `{"name":"` + string(p.Name) + `","subinterface":[{"index":0,"type":"srl_nokia-interfaces:local-mirror-dest",` +
						`"srl_nokia-interfaces-local-mirror-destination:local-mirror-destination":{}}]}`
				}
			}
			o.Ports = append(o.Ports, mirror.Port{Name: "ethernet-1/1.0", Kind: mirror.SourceSub, Parent: "ethernet-1/1", Stanza: `{"index":0}`})
		},
		Refused: map[string][]string{
			"vlan-source-rx": {"unsupported"}, "several-vlans": {"unsupported"}, "port-and-vlan": {"unsupported"}, "trunk-filter-vlans": {"unsupported"},
			"truncated": {"unsupported"}, "sampled": {"unsupported"}, "rspan": {"unsupported"},
			"erspan-collector": {"unsupported"}, "erspan-device-end": {"unsupported"},
		},
		Device:  func(t *testing.T) *drivertest.Device { t.Fatal("no device is needed here"); return nil },
		Parsers: parsers,
	}
}

func TestContract(t *testing.T) {
	s := suite(t)
	s.Only = []string{"capabilities", "intents", "parsers"}
	drivertest.Run(t, s)
}

var parsers = []drivertest.Parser{
	{Name: "answers", Parse: srl.ParseAnswers, Seeds: "testdata/observe/[^c]*.txt", Kinds: []error{mirror.ErrParse, mirror.ErrUnsupported}},
	{Name: "counters", Parse: srl.ParseCounters, Seeds: "testdata/observe/counters.txt"},
}

func FuzzContract(f *testing.F) { drivertest.Fuzz(f, parsers...) }
