package iosxe_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/drivers/iosxe"
	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/gnmi"
	"github.com/netmirror/netmirror/internal/worker"
)

// overGNMI is the driver as the catalogue would have it. It is not in it yet.
var overGNMI = worker.Driver{
	Platform: iosxe.Platform, Protocol: iosxe.ProtocolGNMI, Resync: 5 * time.Minute,
	Ports: iosxe.Ports, Capabilities: iosxe.ModelCapabilities, Render: iosxe.RenderGNMI, CopiesReadDown: true,
	Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
		return iosxe.ConnectGNMI(ctx, t, gnmi.Options{})
	},
}

func TestContractOverGNMI(t *testing.T) {
	drivertest.Run(t, drivertest.Suite{
		Driver: overGNMI, Goldens: "gnmi", Sampled: true,
		Facts: mirror.Facts{Model: "C9300-48T", Version: "17.18", Extra: map[string]string{"native": "2025-07-01", "links": "openconfig-interfaces"}},
		Ports: ports,
		Refused: map[string][]string{
			"lag-destination": {"unsupported"}, "port-and-vlan": {"unsupported"}, "truncated": {"unsupported"}, "sampled": {"unsupported"},
			"acl-filter": {"unsupported"}, "rspan": {"unsupported"},
		},
		Device: func(t *testing.T) *drivertest.Device {
			s, target := modelLab(t)
			configure := func(lines ...string) string {
				return s.Switch.Exec(slices.Concat([]string{"configure terminal"}, lines, []string{"end"})...)
			}
			s.Target, s.Wires, s.Others = target, nil, others
			s.Target.Login = mirror.Login{For: mirror.Bindings{mirror.Any}, Username: mirror.NewSecret("contract"), Password: mirror.NewSecret("contract-login")}
			s.Foreign = func() (sessions, opaque int) {
				configure("monitor session 2 source interface Gi1/0/1 - 2 , Gi1/0/9 rx", "monitor session 2 destination interface Gi1/0/20 encapsulation isl",
					"monitor session 40 source vlan 110 , 120 - 122", "monitor session 40 destination interface Gi1/0/21")
				return 2, 1 // no model has the service module's
			}
			s.Refusals = func(mirror.Block) []drivertest.Refusal {
				return []drivertest.Refusal{{Name: "a part of the Set", Words: "% Local Session limit has been exceeded", Arm: func() (disarm func()) {
					s.Faults(func(f *lab.Faults) {
						f.Refuse = []lab.Refusal{{Line: "^(update|delete) .*monitor/session", Answer: "% Local Session limit has been exceeded", Times: 2}}
					})
					return func() { s.Faults(func(f *lab.Faults) { f.Refuse = nil }) }
				}}}
			}
			s.Manual = func(n mirror.NativeSession) []drivertest.Manual { return contractManual(n, configure) }
			return &s.Device
		},
		Parsers: contractParsers,
		// Not "cancellation": a call over gNMI can end by its own deadline a moment before the
		// context has, which that part takes for a call that came back by itself.
		Only: []string{"capabilities", "intents", "parsers", "converge", "refusals", "outages", "drift", "confirms", "counts"},
	})
}
