package ovs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/drivers/ovs"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

func TestSwitchProcessStoppedAndBack(t *testing.T) {
	r := newRig(t)
	f := span(r.tool, mirror.Options{}, port(r.a, mirror.Both))
	r.lab.StopSwitchd()
	p, _ := r.changes(f)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // it is waited for until then
	defer cancel()
	report, err := r.conn.Push(ctx, "tx", p)
	if err != nil || report.Blocks[0].Err != nil {
		t.Fatalf("the push gave %v and %+v; that nobody confirms is no error", err, report.Blocks)
	}
	n := r.observe().Natives[0]
	if n.Programmed != mirror.False || !strings.HasPrefix(n.ProgrammedReason, "ovs-vswitchd has not confirmed (cur_cfg ") {
		t.Errorf("got %s %q", n.Programmed, n.ProgrammedReason)
	}
	if err := r.lab.StartSwitchd(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := r.observe().Natives[0]; n.Programmed != mirror.True {
		t.Errorf("with the switch back: %s %q", n.Programmed, n.ProgrammedReason)
	}
	if got, _ := r.copies(r.tool, 6); got.Echoes() != 6 {
		t.Errorf("with the switch back: %+v, want 6 echoes", got)
	}
}

func TestDatabaseServerStoppedAndBack(t *testing.T) {
	r := newRig(t)
	f := span(r.tool, mirror.Options{}, port(r.a, mirror.Both))
	p, _ := r.changes(f)
	r.lab.StopDB()
	if _, err := r.conn.Observe(t.Context(), mirror.Look{}); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("Observe gave %v, want ErrUnreachable", err)
	}
	if _, err := r.conn.Push(t.Context(), "tx", p); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("Push gave %v, want ErrUnreachable", err)
	}
	if _, err := ovs.Connect(t.Context(), r.target(), ovs.Options{}); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("Connect gave %v, want ErrUnreachable", err)
	}
	if err := r.lab.StartDB(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.connect()
	r.apply(f)
	if err := r.conn.Close(); err != nil {
		t.Error(err)
	}
	if _, err := r.conn.Observe(t.Context(), mirror.Look{}); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("a closed connection gave %v, want ErrUnreachable", err)
	}
}

func TestWatchWakes(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	woke, ended := make(chan struct{}, 100), make(chan error, 1)
	go func() { ended <- ovs.Watch(ctx, r.target(), ovs.Options{}, func() { woke <- struct{}{} }) }()
	wakes := func(what string) {
		t.Helper()
		select {
		case <-woke:
		case err := <-ended:
			t.Fatalf("%s: the watch ended: %v", what, err)
		case <-time.After(testkit.Patience):
			t.Fatalf("%s: no wake", what)
		}
		for len(woke) > 0 {
			<-woke
		}
	}
	// The watch needs a moment to be set up: change until it tells.
	i := 0
	testkit.Eventually(t, testkit.Patience, "the first wake", func() bool {
		i++
		r.vsctl("set", "Port", r.a.Port, fmt.Sprintf("tag=%d", 1+i%100))
		return len(woke) > 0
	})
	wakes("tag")
	r.foreign("theirs")
	wakes("mirror made")
	r.vsctl("set", "Mirror", "theirs", "snaplen=100")
	wakes("mirror changed")
	r.vsctl("clear", "Bridge", r.bridge, "mirrors")
	wakes("mirror removed")
	r.vsctl("del-port", r.bridge, r.tool.Port)
	wakes("port removed")
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("a cancelled watch gave %v", err)
	}

	go func() { ended <- ovs.Watch(t.Context(), r.target(), ovs.Options{}, func() {}) }()
	r.lab.StopDB()
	if err := <-ended; !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("a watch that lost its connection gave %v, want ErrUnreachable", err)
	}
}

func TestFactsAndBridgeChoice(t *testing.T) {
	r := bareRig(t)
	r.device.Transports.Config = mirror.Transport{Protocol: "ovsdb", Address: "127.0.0.1", Port: r.lab.TCPPort()}
	r.connect() // over TCP, the only bridge not named
	f := r.conn.Facts()
	if f.Model != "Open vSwitch" || f.Version == "" || f.Hostname != "ovslab" || f.Extra["bridge"] != r.bridge ||
		f.Extra["schema"] == "" || f.Extra["filter"] == "" || f.Extra["datapath"] != "netdev" {
		t.Errorf("facts are %+v", f)
	}
	second := must(r.lab.AddBridge(t.Context()))(t)
	if o := r.observe(); slices.ContainsFunc(o.Ports, func(p mirror.Port) bool { return p.Switch != r.bridge }) {
		t.Errorf("ports of another bridge: %+v", o.Ports)
	}
	_, err := ovs.Connect(t.Context(), r.target(), ovs.Options{})
	if !errors.Is(err, mirror.ErrNotFound) || !strings.Contains(err.Error(), r.bridge) || !strings.Contains(err.Error(), second) {
		t.Errorf("two bridges and none named: %v, want both names", err)
	}
	r.device.Transports.Config.Bridge = "nope"
	if _, err := ovs.Connect(t.Context(), r.target(), ovs.Options{}); !errors.Is(err, mirror.ErrNotFound) || !strings.Contains(err.Error(), second) {
		t.Errorf("a bridge that is not there: %v", err)
	}
	r.device.Transports.Config = mirror.Transport{Protocol: "ovsdb", Address: "unix:" + r.lab.Socket(), Bridge: second}
	r.connect()
}
