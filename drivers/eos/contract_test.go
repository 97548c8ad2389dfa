package eos_test

import (
	"context"
	"flag"
	"testing"

	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/drivers/eos"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

var _ = flag.Bool("update", false, "rewrite the golden files of the contract")

var ports = map[string]string{"p1": "Ethernet1", "p2": "Ethernet2", "p3": "Ethernet3", "p9": "Ethernet9", "up1": "Ethernet49/1",
	"lag1": "Port-Channel1", "sub1": "Ethernet9.100", "d1": "Ethernet47", "d2": "Ethernet48"}

func TestContract(t *testing.T) {
	drivertest.Run(t, drivertest.Suite{
		Driver: worker.Driver{Platform: eos.Platform, Protocol: eos.Protocol, Ports: eos.Ports, Capabilities: eos.Capabilities, Render: eos.Render,
			Connect: func(context.Context, mirror.Target) (worker.Conn, error) { return nil, mirror.ErrUnsupported }},
		Device: func(t *testing.T) *drivertest.Device { t.Fatal("these parts need no device"); return nil },
		Facts:  mirror.Facts{Model: "DCS-7280SR2-48YC6", Version: "4.29.3M"},
		Ports:  ports,
		Refused: map[string][]string{
			"vlan-source-rx": {"unsupported"}, "several-vlans": {"unsupported"}, "port-and-vlan": {"unsupported"}, "trunk-filter-vlans": {"unsupported"},
			"rspan": {"unsupported"}, "erspan-collector": {"unsupported"}, "erspan-device-end": {"unsupported"},
			// Not by the switch, but by this version of the planner.
			"acl-filter": {"not-served"},
		},
		Parsers: contractParsers,
		Only:    []string{"capabilities", "intents", "parsers"},
	})
}

var contractParsers = []drivertest.Parser{
	{Name: "sessions", Parse: eos.ParseSessions, Seeds: "testdata/observe/sessions*.txt"},
	{Name: "state", Parse: eos.ParseState, Seeds: "testdata/observe/state*.txt"},
	{Name: "stanzas", Parse: eos.ParseStanzas, Seeds: "testdata/observe/interfaces*.txt"},
	{Name: "diffs", Parse: eos.ParseDiffs, Seeds: "testdata/observe/diffs*.txt"},
}

func FuzzContract(f *testing.F) { drivertest.Fuzz(f, contractParsers...) }
