package iosxe_test

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/drivers/iosxe"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// modelProtocols are the transports of data models.
var modelProtocols = []string{iosxe.ProtocolGNMI, iosxe.ProtocolNETCONF}

// modelLab is the switch of the contract with servers of data models, of a release whose
// model says most. Of the lines some go into its configuration.
func modelLab(t *testing.T, lines ...string) (*drivertest.Simulated, func(protocol string) mirror.Target) {
	t.Helper()
	fabric := strings.Replace(contractLab, "      model: C9300-48T\n      credentials: [{username: contract, password: contract-login, privilege: 1}]\n",
		"      model: C9300-48T\n      version: 17.18.1\n      gnmi: {plaintext: true}\n      netconf: {}\n      credentials: [{username: contract, password: contract-login, privilege: 15}]\n", 1)
	for _, l := range lines {
		fabric = strings.Replace(fabric, "      config: |\n", "      config: |\n        "+l+"\n", 1)
	}
	s := drivertest.OnLab(t, fabric, ports, "GigabitEthernet9/0/1")
	return s, func(protocol string) mirror.Target {
		t.Helper()
		at := map[string]string{iosxe.Protocol: s.Switch.Addr(), iosxe.ProtocolGNMI: s.Switch.GNMIAddr(), iosxe.ProtocolNETCONF: s.Switch.NETCONFAddr()}[protocol]
		host, text, err := net.SplitHostPort(at)
		if err != nil {
			t.Fatal(err)
		}
		port, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		target := s.Target
		target.Transport = mirror.Transport{Protocol: protocol, Address: host, Port: port, Credentials: "contract", HostKey: "insecure"}
		if protocol == iosxe.ProtocolGNMI {
			target.Transport.HostKey, target.Transport.Insecure = "", mirror.InsecurePlaintext
		}
		return target
	}
}

// entry is a driver of the catalogue.
func entry(t *testing.T, protocol string) worker.Driver {
	t.Helper()
	catalogue := drivers.All()
	i := slices.IndexFunc(catalogue, func(d worker.Driver) bool { return d.Platform == iosxe.Platform && d.Protocol == protocol })
	if i < 0 {
		t.Fatalf("the driver over %s is not in the catalogue", protocol)
	}
	return catalogue[i]
}

// dial connects as the catalogue does.
func dial(t *testing.T, target mirror.Target) worker.Conn {
	t.Helper()
	conn, err := entry(t, target.Transport.Protocol).Connect(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// natives are the sessions of a device by their numbers.
func natives(t *testing.T, c worker.Conn) map[string]mirror.NativeSession {
	t.Helper()
	k, err := c.Observe(t.Context(), mirror.Look{Whole: true})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]mirror.NativeSession{}
	for _, n := range k.Observation.Natives {
		out[n.ID] = n
	}
	return out
}

// pushed renders changes and pushes them; it returns the verdict on each.
func pushed(t *testing.T, c worker.Conn, protocol string, changes ...mirror.Change) (errs []error) {
	t.Helper()
	p, err := entry(t, protocol).Render(c.Facts(), mirror.Observation{}, changes)
	if err != nil {
		t.Fatal(err)
	}
	report, err := c.Push(t.Context(), "tx", p)
	if err != nil || len(report.Blocks) != len(changes) {
		t.Fatalf("%v %+v", err, report)
	}
	for _, b := range report.Blocks {
		errs = append(errs, b.Err)
	}
	return errs
}

// typedSessions are sessions of every kind, as a person types them.
var typedSessions = []string{"configure terminal", "monitor session 2 source interface Gi1/0/1 - 2 , Gi1/0/9 rx", "monitor session 2 destination interface Gi1/0/20 encapsulation replicate",
	"monitor session 3 source vlan 110 , 120 - 122 tx", "monitor session 3 destination interface Gi1/0/21",
	"monitor session 4 source interface Gi1/0/3", "monitor session 4 destination remote vlan 999",
	"monitor session 5 source remote vlan 999", "monitor session 5 destination interface Gi1/0/23",
	"monitor session 6 source interface Te1/1/1", "monitor session 6 filter vlan 110 , 120", "monitor session 6 destination interface Gi1/0/24",
	"monitor session 10 type erspan-source", "source interface Gi1/0/4 tx", "no shutdown", "destination", "erspan-id 42", "ip address 192.0.2.10", "origin ip address 192.0.2.1", "mtu 1464", "vrf MGMT", "exit", "exit",
	"monitor session 11 type erspan-destination", "destination interface Gi1/0/22", "source", "erspan-id 7", "ip address 192.0.2.9", "end"}

// A device goes from the command line to NETCONF, to gNMI and back: the sessions are the
// same ones, and no line is changed. What is made, changed and taken away over one shows over
// the others.
func TestSessionsOutliveTheTransport(t *testing.T) {
	s, target := modelLab(t)
	s.Switch.Exec(typedSessions...)
	before := s.Config()
	way := []string{iosxe.Protocol, iosxe.ProtocolNETCONF, iosxe.ProtocolGNMI, iosxe.Protocol}
	conns := map[string]worker.Conn{}
	var typed map[string]mirror.NativeSession
	for _, protocol := range way {
		conns[protocol] = dial(t, target(protocol))
		seen := natives(t, conns[protocol])
		delete(seen, "1") // a service module's, which no model has
		if typed == nil {
			typed = seen
		}
		if len(seen) != 7 {
			t.Fatalf("%d sessions over %s", len(seen), protocol)
		}
		for id, n := range typed {
			is := seen[id]
			if diff := cmp.Diff(n.Spec.Normalize(), is.Spec.Normalize()); diff != "" || n.Opaque != is.Opaque || n.Mark != is.Mark {
				t.Errorf("session %s over %s: %q, %q (-typed +seen):\n%s", id, protocol, n.Opaque, is.Opaque, diff)
			}
			if protocol != iosxe.Protocol && !is.Spec.Shut && (is.Programmed != mirror.Unknown || is.ProgrammedReason == "") {
				t.Errorf("session %s over %s: programmed %v, %q", id, protocol, is.Programmed, is.ProgrammedReason)
			}
		}
	}
	if diff := cmp.Diff(before, s.Config()); diff != "" {
		t.Errorf("a line was changed:\n%s", diff)
	}
	for _, protocol := range modelProtocols {
		t.Run(protocol, func(t *testing.T) {
			over, cli := conns[protocol], conns[iosxe.Protocol]
			if f := over.Facts(); f.Model != "C9300-48T" || f.Hostname != "sw1" {
				t.Errorf("%+v", f)
			}
			was := natives(t, over)
			changed := was["2"]
			changed.Spec.Sources = slices.Clone(changed.Spec.Sources)
			changed.Spec.Sources[0].Direction = mirror.TX
			var list []mirror.Change
			for id, n := range was {
				c := mirror.Change{Mark: "nm-" + id, Before: &n}
				if id == "2" {
					c.After = &changed
				}
				list = append(list, c)
			}
			if err := errors.Join(pushed(t, over, protocol, list...)...); err != nil {
				t.Fatal(err)
			}
			left := natives(t, cli)
			if n := left["2"]; !n.Spec.Equal(changed.Spec) || n.Opaque != "" || len(left) != 2 {
				t.Errorf("%+v", left)
			}
			list = []mirror.Change{{Mark: "nm-2", Before: &changed}}
			changed = natives(t, over)["2"]
			back := was["2"]
			list[0].After = &back
			for id, n := range was {
				if id != "2" {
					list = append(list, mirror.Change{Mark: "nm-" + id, After: &n})
				}
			}
			if err := errors.Join(pushed(t, over, protocol, list...)...); err != nil {
				t.Fatal(err)
			}
			for id, n := range natives(t, cli) {
				if id != "1" && (!n.Spec.Equal(typed[id].Spec) || n.Opaque != typed[id].Opaque) {
					t.Errorf("%+v, want %+v", n, typed[id].Spec)
				}
			}
			if diff := cmp.Diff(sortedLines(before), sortedLines(s.Config())); diff != "" {
				t.Errorf("what was taken away and made again is not as it was:\n%s", diff)
			}
		})
	}
}

func sortedLines(text string) []string { return slices.Sorted(strings.Lines(text)) }

// Ports are the same over all, as far as the models tell.
func TestPortsOverModels(t *testing.T) {
	s, target := modelLab(t)
	_ = s
	look := mirror.Look{Whole: true}
	a, err := dial(t, target(iosxe.Protocol)).Observe(t.Context(), look)
	if err != nil {
		t.Fatal(err)
	}
	for _, protocol := range modelProtocols {
		b, err := dial(t, target(protocol)).Observe(t.Context(), look)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range a.Observation.Ports {
			q, ok := b.Observation.Port(p.Name)
			if !ok || p.Up != q.Up && !p.LAG || p.Admin != q.Admin || p.Access != q.Access || (p.Trunk == nil) != (q.Trunk == nil) || fmt.Sprint(p.Members) != fmt.Sprint(q.Members) {
				t.Errorf("%s:\n%+v\n%+v", protocol, p, q)
			}
		}
		if v, ok := b.Observation.VLAN(999); !ok || !v.Remote {
			t.Errorf("%s: VLAN 999: %+v", protocol, v)
		}
	}
}

// What the device refuses is refused in its own words, and nothing of it stands.
func TestRefusedOverModels(t *testing.T) {
	s, target := modelLab(t)
	s.Switch.Exec("configure terminal", "monitor session 2 source interface Gi1/0/1", "monitor session 2 destination interface Gi1/0/20", "end")
	before := s.Config()
	n := mirror.NativeSession{ID: "5", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "GigabitEthernet1/0/2", Direction: mirror.RX}},
		Destinations: []mirror.PortName{"GigabitEthernet1/0/20"}, Options: mirror.Options{Tags: mirror.TagsStrip, Ingress: mirror.IngressDisabled}}}
	for _, protocol := range modelProtocols {
		errs := pushed(t, dial(t, target(protocol)), protocol, mirror.Change{Mark: "nm-5", After: &n})
		if errs[0] == nil || !strings.Contains(errs[0].Error(), "already configured as monitor destinations") {
			t.Errorf("%s: %v", protocol, errs)
		}
		if s.Config() != before {
			t.Errorf("%s:\n%s", protocol, s.Config())
		}
	}
}

// Another hand takes a number between the last read and the push, or changes the session:
// nothing is sent then.
func TestNumbersOfAnotherHand(t *testing.T) {
	for _, protocol := range modelProtocols {
		t.Run(protocol, func(t *testing.T) {
			s, target := modelLab(t)
			s.Switch.Exec("configure terminal", "monitor session 2 source interface Gi1/0/1", "monitor session 2 destination interface Gi1/0/20", "end")
			over := dial(t, target(protocol))
			ours := natives(t, over)["2"]
			s.Switch.Exec("configure terminal", "no monitor session 2", "monitor session 2 source interface Gi1/0/9 rx", "monitor session 2 destination interface Gi1/0/21",
				"monitor session 3 source interface Gi1/0/10", "end")
			before := s.Config()
			fresh := ours
			fresh.ID = "3"
			for _, err := range pushed(t, over, protocol, mirror.Change{Mark: "nm-2", Before: &ours}, mirror.Change{Mark: "nm-3", After: &fresh}) {
				if !errors.Is(err, mirror.ErrChanged) {
					t.Errorf("%v", err)
				}
			}
			if diff := cmp.Diff(before, s.Config()); diff != "" {
				t.Errorf("another's was touched:\n%s", diff)
			}
		})
	}
}

// What waits to be confirmed is none of these transports.
func TestNothingWaitsOverModels(t *testing.T) {
	_, target := modelLab(t)
	for _, protocol := range modelProtocols {
		asked := target(protocol)
		asked.Device.Confirm = mirror.ConfirmTimer
		if _, err := entry(t, protocol).Connect(t.Context(), asked); !errors.Is(err, mirror.ErrUnsupported) {
			t.Errorf("%s: %v", protocol, err)
		}
	}
}

// Over NETCONF what runs is saved where all of it may be; over gNMI nothing is.
func TestSavingOverModels(t *testing.T) {
	s, target := modelLab(t)
	s.Switch.Exec("configure terminal", "monitor session 2 source interface Gi1/0/1", "end")
	for _, c := range []struct {
		protocol    string
		clean, save bool
	}{{iosxe.ProtocolGNMI, false, false}, {iosxe.ProtocolNETCONF, true, false}, {iosxe.ProtocolNETCONF, false, true}} {
		saved, why, err := dial(t, target(c.protocol)).(worker.Saver).Save(t.Context(), c.clean, nil)
		if saved != c.save || (why == "") != c.save || err != nil {
			t.Errorf("%+v: saved %v, %q, %v", c, saved, why, err)
		}
		if same := s.Switch.RunningConfig() == s.Switch.StartupConfig(); same != c.save {
			t.Errorf("%+v: what was saved is what runs: %v", c, same)
		}
	}
}
