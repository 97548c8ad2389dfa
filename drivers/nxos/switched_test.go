package nxos_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/worker"
)

// What is typed shows over gNMI as the same sessions and ports, what is set there shows on
// the command line, and a session that is another by now is left alone.
func TestSessionsAreTheSameOverBothTransports(t *testing.T) {
	s := contractSwitch(t, withGNMI)
	ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience)
	defer cancel()
	connect := func(protocol string, target mirror.Target) worker.Conn {
		conn, err := entry(t, protocol).Connect(ctx, target)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	typed, set := connect("cli", s.Target), connect(models.ProtocolGNMI, overGNMI(t, s.Switch, s.Target))
	read := func(c worker.Conn) mirror.Observation {
		known, err := c.Observe(ctx, mirror.Look{Whole: true})
		if err != nil {
			t.Fatal(err)
		}
		return known.Observation
	}
	s.Switch.Exec("configure terminal", "monitor erspan origin ip-address 192.0.2.1 global", "monitor session 3", "description nm-abcdefghij", "source interface Ethernet1/1 both",
		"source vlan 110,120-121 rx", "destination interface Ethernet1/20", "mtu 400", "no shut", "monitor session 4 type erspan-source", "description theirs", "header-type 3", "vrf default",
		"erspan-id 7", "destination ip 198.51.100.7", "ip ttl 32", "ip dscp 8", "source interface port-channel1 rx", "filter vlan 5-6",
		"monitor session 5 type erspan-destination", "erspan-id 9", "source ip 192.0.2.1", "destination interface Ethernet1/21", "no shut", "end")
	same := func() {
		t.Helper()
		a, b := read(typed), read(set)
		for i := range a.Ports { // the mode of a bundle is not asked for over gNMI
			a.Ports[i].Stanza = strings.TrimSuffix(a.Ports[i].Stanza, " mode active")
		}
		for _, o := range []*mirror.Observation{&a, &b} {
			for i := range o.Natives {
				o.Natives[i].Text, o.Natives[i].ProgrammedReason, o.Natives[i].Waits = "", "", ""
			}
			o.Ports = slices.DeleteFunc(o.Ports, func(p mirror.Port) bool { return p.Name == "mgmt0" })
		}
		if diff := cmp.Diff(a.Natives, b.Natives); diff != "" || len(a.Natives) < 3 {
			t.Errorf("sessions (-typed +over gNMI):\n%s", diff)
		}
		if diff := cmp.Diff(a.Ports, b.Ports, cmp.Comparer(func(a, b mirror.VLANSet) bool { return a.String() == b.String() })); diff != "" {
			t.Errorf("ports (-typed +over gNMI):\n%s", diff)
		}
	}
	same()

	push := func(c mirror.Change) error {
		p, err := entry(t, models.ProtocolGNMI).Render(set.Facts(), mirror.Observation{}, []mirror.Change{c})
		if err != nil {
			t.Fatal(err)
		}
		report, err := set.Push(ctx, "tx", p)
		if err != nil || len(report.Blocks) != 1 {
			t.Fatal(report, err)
		}
		return report.Blocks[0].Err
	}
	was := read(set).Natives[0]
	now := was
	now.Spec.Sources = []mirror.NativeSource{{Port: "Ethernet1/1", Direction: mirror.RX}, {VLAN: 110, Direction: mirror.RX}, {Port: "Ethernet1/2", Direction: mirror.TX}}
	now.Spec.Options.Truncate = 0
	if err := push(mirror.Change{Mark: was.Mark, Before: &was, After: &now}); err != nil {
		t.Fatal(err)
	}
	if got := read(typed).Natives[0]; !got.Spec.Equal(now.Spec) || got.Mark != was.Mark {
		t.Errorf("typed: %+v\nwant %+v", got.Spec, now.Spec)
	}
	same()

	now = read(set).Natives[0]
	s.Switch.Exec("configure terminal", "no monitor session 3", "monitor session 3", "description somebody's", "source interface Ethernet1/9", "end")
	config := s.Switch.RunningConfig()
	if err := push(mirror.Change{Mark: now.Mark, Before: &now}); !errors.Is(err, mirror.ErrChanged) {
		t.Errorf("a number that another hand took: %v", err)
	}
	fresh := mirror.NativeSession{ID: "3", Mark: "nm-bbbbbbbbbb", Spec: now.Spec}
	if err := push(mirror.Change{Mark: fresh.Mark, After: &fresh}); !errors.Is(err, mirror.ErrChanged) {
		t.Errorf("made under a number that is taken: %v", err)
	}
	if diff := cmp.Diff(config, s.Switch.RunningConfig()); diff != "" {
		t.Errorf("something was touched:\n%s", diff)
	}
	saved, why, err := set.(worker.Saver).Save(ctx, true, nil)
	if saved || why == "" || err != nil || s.Switch.RunningConfig() == s.Switch.StartupConfig() {
		t.Errorf("saved %v, %q, %v", saved, why, err)
	}
	target := overGNMI(t, s.Switch, s.Target)
	target.Device.Confirm = mirror.ConfirmTimer
	if _, err := entry(t, models.ProtocolGNMI).Connect(ctx, target); !errors.Is(err, mirror.ErrUnsupported) {
		t.Errorf("a device whose pushes are to be confirmed: %v", err)
	}
}
