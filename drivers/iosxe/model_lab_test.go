package iosxe_test

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/drivers/iosxe"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/gnmi"
)

// modelLab is the switch of the contract with a gNMI server, of a release whose model says
// most.
func modelLab(t *testing.T) (*drivertest.Simulated, mirror.Target) {
	fabric := strings.Replace(contractLab, "      model: C9300-48T\n      credentials: [{username: contract, password: contract-login, privilege: 1}]\n",
		"      model: C9300-48T\n      version: 17.18.1\n      gnmi: {plaintext: true}\n      credentials: [{username: contract, password: contract-login, privilege: 15}]\n", 1)
	s := drivertest.OnLab(t, fabric, ports, "GigabitEthernet9/0/1")
	host, text, err := net.SplitHostPort(s.Switch.GNMIAddr())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	target := s.Target
	target.Transport = mirror.Transport{Protocol: "gnmi", Address: host, Port: port, Insecure: "plaintext", Credentials: "contract"}
	return s, target
}

// What is made over the command line is the same session over gNMI, and the other way round.
func TestSessionsOutliveTheTransport(t *testing.T) {
	s, target := modelLab(t)
	cli, err := iosxe.Connect(t.Context(), s.Target, iosxe.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer cli.Close()
	over, err := iosxe.ConnectGNMI(t.Context(), target, gnmi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer over.Close()
	if f := over.Facts(); f.Model != "C9300-48T" || f.Hostname != "sw1" {
		t.Errorf("%+v", f)
	}
	s.Switch.Exec("configure terminal", "monitor session 2 source interface Gi1/0/1 - 2 , Gi1/0/9 rx", "monitor session 2 destination interface Gi1/0/20 encapsulation replicate",
		"monitor session 3 source vlan 110 , 120 - 122 tx", "monitor session 3 destination interface Gi1/0/21",
		"monitor session 4 source interface Gi1/0/3", "monitor session 4 destination remote vlan 999",
		"monitor session 10 type erspan-source", "source interface Gi1/0/4 tx", "no shutdown", "destination", "erspan-id 42", "ip address 192.0.2.10", "origin ip address 192.0.2.1", "mtu 1464", "exit", "exit",
		"monitor session 11 type erspan-destination", "destination interface Gi1/0/22", "source", "erspan-id 7", "ip address 192.0.2.9", "end")
	natives := func(observe func() (mirror.Known, error)) map[string]mirror.NativeSession {
		t.Helper()
		k, err := observe()
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]mirror.NativeSession{}
		for _, n := range k.Observation.Natives {
			out[n.ID] = n
		}
		return out
	}
	look := mirror.Look{Whole: true}
	a := natives(func() (mirror.Known, error) { return cli.Observe(t.Context(), look) })
	b := natives(func() (mirror.Known, error) { return over.Observe(t.Context(), look) })
	delete(a, "1") // a service module's, which no model has
	if len(a) != len(b) || len(b) != 5 {
		t.Fatalf("%d sessions over the command line, %d over gNMI", len(a), len(b))
	}
	for id, n := range a {
		if !n.Spec.Equal(b[id].Spec) || n.Opaque != b[id].Opaque {
			t.Errorf("session %s:\n%+v %q\n%+v %q", id, n.Spec, n.Opaque, b[id].Spec, b[id].Opaque)
		}
	}
	// One made over the command line goes over gNMI, and the other way round.
	push := func(o mirror.Observation, changes ...mirror.Change) {
		t.Helper()
		p, err := iosxe.RenderGNMI(over.Facts(), o, changes)
		if err != nil {
			t.Fatal(err)
		}
		report, err := over.Push(t.Context(), "tx", p)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range report.Blocks {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
		}
	}
	two, three, ten := b["2"], b["3"], b["10"]
	changed := two
	changed.Spec.Sources = slices.Clone(two.Spec.Sources)
	changed.Spec.Sources[0].Direction = mirror.TX
	push(mirror.Observation{}, mirror.Change{Mark: "nm-2", Before: &two, After: &changed}, mirror.Change{Mark: "nm-3", Before: &three}, mirror.Change{Mark: "nm-10", Before: &ten})
	a = natives(func() (mirror.Known, error) { return cli.Observe(t.Context(), look) })
	if n := a["2"]; !n.Spec.Equal(changed.Spec) || n.Opaque != "" {
		t.Errorf("%+v", n)
	}
	if _, there := a["3"]; there || a["10"].ID != "" {
		t.Errorf("%v is still there", a)
	}
	again := three
	push(mirror.Observation{}, mirror.Change{Mark: "nm-3", After: &again}, mirror.Change{Mark: "nm-10", After: &ten})
	a = natives(func() (mirror.Known, error) { return cli.Observe(t.Context(), look) })
	for _, want := range []mirror.NativeSession{three, ten} {
		if n := a[want.ID]; !n.Spec.Equal(want.Spec) || n.Opaque != "" {
			t.Errorf("%+v, want %+v", n, want.Spec)
		}
	}
}

// Ports are the same over both, as far as the model tells.
func TestPortsOverGNMI(t *testing.T) {
	s, target := modelLab(t)
	over, err := iosxe.ConnectGNMI(t.Context(), target, gnmi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer over.Close()
	cli, err := iosxe.Connect(t.Context(), s.Target, iosxe.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer cli.Close()
	a, err := cli.Observe(t.Context(), mirror.Look{Whole: true})
	if err != nil {
		t.Fatal(err)
	}
	b, err := over.Observe(t.Context(), mirror.Look{Whole: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range a.Observation.Ports {
		q, ok := b.Observation.Port(p.Name)
		if !ok || p.Up != q.Up && !p.LAG || p.Admin != q.Admin || p.Access != q.Access || (p.Trunk == nil) != (q.Trunk == nil) || fmt.Sprint(p.Members) != fmt.Sprint(q.Members) {
			t.Errorf("%+v\n%+v", p, q)
		}
	}
	if v, ok := b.Observation.VLAN(999); !ok || !v.Remote {
		t.Errorf("VLAN 999: %+v", v)
	}
}

// What the device refuses is refused in its own words, and nothing of it stands.
func TestRefusedOverGNMI(t *testing.T) {
	s, target := modelLab(t)
	over, err := iosxe.ConnectGNMI(t.Context(), target, gnmi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer over.Close()
	s.Switch.Exec("configure terminal", "monitor session 2 source interface Gi1/0/1", "monitor session 2 destination interface Gi1/0/20", "end")
	before := s.Config()
	n := mirror.NativeSession{ID: "5", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "GigabitEthernet1/0/2", Direction: mirror.RX}},
		Destinations: []mirror.PortName{"GigabitEthernet1/0/20"}, Options: mirror.Options{Tags: mirror.TagsStrip, Ingress: mirror.IngressDisabled}}}
	p, err := iosxe.RenderGNMI(over.Facts(), mirror.Observation{}, []mirror.Change{{Mark: "nm-5", After: &n}})
	if err != nil {
		t.Fatal(err)
	}
	report, err := over.Push(t.Context(), "tx", p)
	if err != nil || len(report.Blocks) != 1 || report.Blocks[0].Err == nil || !regexp.MustCompile("already configured as monitor destinations").MatchString(report.Blocks[0].Err.Error()) {
		t.Errorf("%v %+v", err, report)
	}
	if s.Config() != before {
		t.Errorf("%s", s.Config())
	}
}
