// Package drivers is the catalogue: one explicit list of the built-in
// platforms. It puts a driver package's functions together and does nothing
// else.
package drivers

import (
	"context"
	"time"

	"github.com/netmirror/netmirror/drivers/eos"
	"github.com/netmirror/netmirror/drivers/fastpath"
	"github.com/netmirror/netmirror/drivers/ifmib"
	"github.com/netmirror/netmirror/drivers/iosxe"
	"github.com/netmirror/netmirror/drivers/iosxr"
	"github.com/netmirror/netmirror/drivers/junos"
	"github.com/netmirror/netmirror/drivers/nxos"
	"github.com/netmirror/netmirror/drivers/ocif"
	"github.com/netmirror/netmirror/drivers/ovs"
	"github.com/netmirror/netmirror/drivers/smon"
	"github.com/netmirror/netmirror/drivers/srl"
	"github.com/netmirror/netmirror/internal/mib"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/certs"
	"github.com/netmirror/netmirror/internal/transport/gnmi"
	"github.com/netmirror/netmirror/internal/transport/netconf"
	"github.com/netmirror/netmirror/internal/worker"
)

// Options are what the controller's host gives to connections with devices.
type Options struct {
	TLS certs.Files // for devices that are spoken to over TLS
}

// All lists every driver, sorted by platform.
func All() []worker.Driver { return With(Options{}) }

// With is All with settings.
func With(o Options) []worker.Driver {
	return withNotices([]worker.Driver{
		{
			Platform: "arista_eos", Protocol: "cli", Resync: 5 * time.Minute, CountEvery: time.Minute,
			Ports: eos.Ports, Capabilities: eos.Capabilities, Render: eos.Render, Hints: eos.Hints,
			// Taking a timed commit back puts the whole configuration back, and with it what
			// others changed since.
			Confirms: &worker.Confirms{Wait: mirror.WaitTimer, Keep: true},
			Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
				return eos.Connect(ctx, t, eos.Options{HostKeys: t.HostKeys})
			},
		},
		{
			Platform: "arista_eos", Protocol: "gnmi", Resync: 5 * time.Minute, CountEvery: time.Minute,
			Ports: eos.Ports, Capabilities: eos.CapabilitiesOverGNMI, Render: eos.RenderOverGNMI, Hints: eos.Hints,
			Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
				return eos.ConnectOverGNMI(ctx, t, o.TLS)
			},
			Watch: func(ctx context.Context, t mirror.Target, changed func()) error {
				return eos.WatchOverGNMI(ctx, t, o.TLS, changed)
			},
		},
		{
			Platform: "cisco_iosxe", Protocol: "cli", Resync: 5 * time.Minute, CountEvery: time.Minute,
			Ports: iosxe.Ports, Capabilities: iosxe.Capabilities, Render: iosxe.Render, Hints: iosxe.Hints,
			CopiesReadDown: true, // status "monitoring"
			Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
				return iosxe.Connect(ctx, t, iosxe.Options{HostKeys: t.HostKeys})
			},
		},
		{
			Platform: "cisco_iosxe", Protocol: "gnmi", Resync: 5 * time.Minute,
			Ports: iosxe.Ports, Capabilities: iosxe.ModelCapabilities, Render: iosxe.RenderGNMI, Hints: iosxe.Hints,
			CopiesReadDown: true,
			Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
				return iosxe.ConnectGNMI(ctx, t, gnmi.Options{TLS: o.TLS})
			},
		},
		{
			Platform: "cisco_iosxe", Protocol: "netconf", Resync: 5 * time.Minute,
			Ports: iosxe.Ports, Capabilities: iosxe.ModelCapabilities, Render: iosxe.RenderNETCONF, Hints: iosxe.Hints,
			CopiesReadDown: true,
			Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
				return iosxe.ConnectNETCONF(ctx, t, netconf.Options{})
			},
			Watch: func(ctx context.Context, t mirror.Target, changed func()) error {
				return iosxe.WatchNETCONF(ctx, t, netconf.Options{}, changed)
			},
		},
		{
			Platform: "cisco_iosxr", Protocol: "cli", Resync: 5 * time.Minute, CountEvery: time.Minute,
			Ports: iosxr.Ports, Capabilities: iosxr.Capabilities, Render: iosxr.Render, Hints: iosxr.Hints,
			Confirms: &worker.Confirms{Wait: mirror.WaitTrial, Usual: true},
			Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
				return iosxr.Connect(ctx, t, iosxr.Options{HostKeys: t.HostKeys})
			},
		},
		{
			Platform: "cisco_iosxr", Protocol: "netconf", Resync: 5 * time.Minute, CountEvery: time.Minute,
			Ports: iosxr.Ports, Capabilities: iosxr.CapabilitiesNETCONF, Render: iosxr.RenderNETCONF, Hints: iosxr.Hints,
			Confirms: &worker.Confirms{Wait: mirror.WaitTimer, Usual: true, Unlisted: true},
			Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
				return iosxr.ConnectNETCONF(ctx, t, iosxr.NETCONFOptions{})
			},
			Watch: func(ctx context.Context, t mirror.Target, changed func()) error {
				return iosxr.WatchNETCONF(ctx, t, iosxr.NETCONFOptions{}, changed)
			},
		},
		{
			Platform: "cisco_nxos", Protocol: "cli", Resync: 5 * time.Minute, CountEvery: time.Minute,
			Ports: nxos.Ports, Capabilities: nxos.Capabilities, Render: nxos.Render, Hints: nxos.Hints,
			Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
				return nxos.Connect(ctx, t, nxos.Options{HostKeys: t.HostKeys})
			},
		},
		{
			Platform: "cisco_nxos", Protocol: "gnmi", Resync: 5 * time.Minute,
			Ports: nxos.Ports, Capabilities: nxos.CapabilitiesGNMI, Render: nxos.RenderGNMI, Hints: nxos.Hints,
			Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
				return nxos.ConnectGNMI(ctx, t, gnmi.Options{TLS: o.TLS, Port: nxos.GNMIPort})
			},
			Watch: func(ctx context.Context, t mirror.Target, changed func()) error {
				return nxos.WatchGNMI(ctx, t, gnmi.Options{TLS: o.TLS, Port: nxos.GNMIPort}, changed)
			},
		},
		{
			Platform: "juniper_junos", Protocol: "cli", Resync: 5 * time.Minute, CountEvery: time.Minute,
			Ports: junos.Ports, Capabilities: junos.Capabilities, Render: junos.Render, Hints: junos.Hints,
			Confirms: &worker.Confirms{Wait: mirror.WaitTimer, Usual: true},
			Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
				return junos.Connect(ctx, t, junos.Options{HostKeys: t.HostKeys})
			},
		},
		{
			Platform: "juniper_junos", Protocol: "netconf", Resync: 5 * time.Minute, CountEvery: time.Minute,
			Ports: junos.Ports, Capabilities: junos.CapabilitiesNETCONF, Render: junos.RenderNETCONF, Hints: junos.Hints,
			Confirms: &worker.Confirms{Wait: mirror.WaitTimer, Usual: true},
			Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
				return junos.ConnectNETCONF(ctx, t, junos.NETCONFOptions{})
			},
			Watch: func(ctx context.Context, t mirror.Target, changed func()) error {
				return junos.WatchNETCONF(ctx, t, junos.NETCONFOptions{}, changed)
			},
		},
		{
			Platform: "nokia_srl", Protocol: "gnmi", Resync: 5 * time.Minute, CountEvery: 30 * time.Second,
			Ports: srl.Ports, Capabilities: srl.Capabilities, Render: srl.Render, Hints: srl.Hints,
			Confirms: &worker.Confirms{Wait: mirror.WaitTimer},
			Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
				return srl.Connect(ctx, t, o.TLS)
			},
			Watch: func(ctx context.Context, t mirror.Target, changed func()) error {
				return srl.Watch(ctx, t, o.TLS, changed)
			},
		},
		{
			Platform: "openvswitch", Protocol: "ovsdb", CountEvery: 10 * time.Second, CountAll: true,
			Ports: ovs.Ports, Capabilities: ovs.Capabilities, Render: ovs.Render, Hints: ovs.Hints,
			Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
				return ovs.Connect(ctx, t, ovs.Options{TLS: o.TLS})
			},
			Watch: func(ctx context.Context, t mirror.Target, changed func()) error {
				return ovs.Watch(ctx, t, ovs.Options{TLS: o.TLS}, changed)
			},
		},
		{
			Platform: fastpath.Platform, Protocol: fastpath.Protocol, Resync: time.Minute, CountEvery: ifmib.Every, CountAll: true,
			Ports: fastpath.Ports, Capabilities: fastpath.Capabilities, Render: fastpath.Render, Hints: fastpath.Hints,
			Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
				return fastpath.Connect(ctx, t, mib.Options{Count: ifmib.Over(fastpath.Ports)})
			},
		},
		{
			Platform: smon.Platform, Protocol: smon.Protocol, Resync: time.Minute, CountEvery: ifmib.Every, CountAll: true,
			Ports: smon.Ports, Capabilities: smon.Capabilities, Render: smon.Render, Hints: smon.Hints,
			Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
				return smon.Connect(ctx, t, mib.Options{Count: ifmib.Over(smon.Ports)})
			},
		},
	})
}

// Counters lists what reads counters over a transport of its own, for devices of any
// platform.
func Counters() []worker.CounterDriver { return CountersWith(Options{}) }

// CountersWith is Counters with settings.
func CountersWith(o Options) []worker.CounterDriver {
	return []worker.CounterDriver{
		{
			Protocol: "gnmi", Every: ocif.Every,
			Connect: func(ctx context.Context, t mirror.Target, p worker.Driver) (worker.CounterConn, error) {
				return ocif.Connect(ctx, t, ocif.Platform{Ports: p.Ports, CopiesReadDown: p.CopiesReadDown}, o.TLS)
			},
		},
		{
			Protocol: "snmp", Every: ifmib.Every,
			Connect: func(ctx context.Context, t mirror.Target, p worker.Driver) (worker.CounterConn, error) {
				return ifmib.Connect(ctx, t, ifmib.Platform{Ports: p.Ports, CopiesReadDown: p.CopiesReadDown})
			},
		},
	}
}
