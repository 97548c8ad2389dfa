package main

import (
	"fmt"
	"time"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/internal/ovslab"
)

// ovsAct is a real Open vSwitch with hosts in network namespaces.
type ovsAct struct {
	*stage
	lab    *ovslab.Lab
	bridge string
	hosts  map[string]*ovslab.Host
}

func (a *ovsAct) open(s *stage, dir string) (err error) {
	a.stage, a.hosts = s, map[string]*ovslab.Host{}
	s.say("\n=== A real Open vSwitch of our own, with the hosts alice, bob, tool and other ===\n")
	if a.lab, err = ovslab.Start(s.ctx, dir); err != nil {
		return err
	}
	if a.bridge, err = a.lab.AddBridge(s.ctx); err != nil {
		return err
	}
	for i, name := range []string{"alice", "bob", "tool", "other"} {
		if a.hosts[name], err = a.lab.AddHost(s.ctx, a.bridge, name, fmt.Sprintf("10.20.0.%d/24", i+1)); err != nil {
			return err
		}
		s.say("  %-6s %-14s on port %s of bridge %s", name, a.hosts[name].Addr, a.hosts[name].Port, a.bridge)
	}
	return nil
}

func (a *ovsAct) close() error {
	if a.lab == nil {
		return nil
	}
	return a.lab.Close()
}

// play is the guided first session.
func (a *ovsAct) play(s *stage) error {
	s.hint("nm -X PUT $NM/api/v1/sessions/mine -d '%s'", a.session(a.hosts["alice"].Port))
	s.hint("ip netns exec %s tcpdump -ni eth0 icmp &", a.hosts["tool"].Namespace())
	s.hint("ip netns exec %s ping -c 3 %s", a.hosts["alice"].Namespace(), a.hosts["bob"].Addr.Addr())
	s.hint("ovs-vsctl --db=unix:%s list Mirror", a.lab.Socket())
	steps := []func() error{a.stepDevice, a.stepSession, a.stepPing, a.stepDrift, a.stepRefusal, a.stepDelete}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (a *ovsAct) stepDevice() error {
	a.say("\n1. Tell it of the switch.")
	return a.curl("PUT", "/devices/ovs-1", fmt.Sprintf(`{"platform": "openvswitch", "transports": {"config": {"protocol": "ovsdb", "address": %q, "bridge": %q}}}`,
		a.lab.Socket(), a.bridge), 201, nil)
}

func (a *ovsAct) session(port string) string {
	return fmt.Sprintf(`{"sources": [{"device": "ovs-1", "interface": %q, "direction": "both"}], "destinations": [{"device": "ovs-1", "interface": %q}]}`,
		port, a.hosts["tool"].Port)
}

func (a *ovsAct) stepSession() error {
	a.say("\n2. Copy everything on alice's port to the tool. First what would be sent (dryRun):")
	var plan struct {
		Devices []struct {
			Forward struct{ Blocks []struct{ Text string } }
		}
	}
	if err := a.curl("PUT", "/sessions/watch-alice?dryRun=true", a.session(a.hosts["alice"].Port), 200, &plan); err != nil {
		return err
	}
	for _, d := range plan.Devices {
		for _, b := range d.Forward.Blocks {
			a.say("%s", indent(b.Text))
		}
	}
	a.say("   And now for real; the answer waits until the switch was read back:")
	return a.curl("PUT", "/sessions/watch-alice", a.session(a.hosts["alice"].Port), 201, nil)
}

func (a *ovsAct) stepPing() error {
	a.say("\n3. alice pings bob three times; the tool listens.")
	capture, err := a.hosts["tool"].StartCapture()
	if err != nil {
		return err
	}
	defer func() { _ = capture.Close() }() // it only listened
	if _, err := a.lab.Ping(a.ctx, a.hosts["alice"], a.hosts["bob"], 3); err != nil {
		return err
	}
	got, err := capture.Wait(a.ctx, 6, 200*time.Millisecond)
	if err != nil {
		return err
	}
	a.say("   The tool saw %d echo requests and %d replies: %d of 6 copies.", got.Requests, got.Replies, got.Echoes())
	return nil
}

func (a *ovsAct) stepDrift() error {
	a.say("\n4. Somebody deletes the mirror by hand:  ovs-vsctl clear bridge %s mirrors", a.bridge)
	if _, err := a.lab.Vsctl(a.ctx, "clear", "Bridge", a.bridge, "mirrors"); err != nil {
		return err
	}
	took, err := a.until("the mirror comes back", func() (bool, error) {
		out, err := a.lab.Vsctl(a.ctx, "get", "Bridge", a.bridge, "mirrors")
		return out != "[]", err
	})
	if err == nil {
		a.say("   Repaired after %v: the database told us.", took)
	}
	return err
}

func (a *ovsAct) stepRefusal() error {
	a.say("\n5. What cannot be is refused with every reason, and nothing is sent.")
	bad := fmt.Sprintf(`{"sources": [{"device": "ovs-1", "interface": %q}], "destinations": [{"device": "ovs-1", "interface": %q}], "sample": 100}`,
		a.hosts["tool"].Port, a.bridge)
	var p client.Problem
	if err := a.curl("PUT", "/sessions/bad", bad, 422, &p); err != nil {
		return err
	}
	a.say("%s", indent(explained(&p).Error()))
	return nil
}

func (a *ovsAct) stepDelete() error {
	a.say("\n6. Delete it: the switch is cleaned first, then the intent goes.")
	if err := a.curl("DELETE", "/sessions/watch-alice", "", 204, nil); err != nil {
		return err
	}
	out, err := a.lab.Vsctl(a.ctx, "get", "Bridge", a.bridge, "mirrors")
	if err == nil {
		a.say("   ovs-vsctl get bridge %s mirrors:  %s", a.bridge, out)
	}
	return err
}
