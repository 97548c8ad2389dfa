package eos

import (
	"encoding/json"
	"errors"
	"net"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/certs"
)

// overGNMIBench is a virtual switch that is spoken to over gNMI.
func overGNMIBench(t *testing.T, change func(*lab.SwitchSpec)) *bench {
	t.Helper()
	b := startLab(t, 1, func(s *lab.SwitchSpec) {
		s.GNMI = &lab.GNMISpec{}
		if change != nil {
			change(s)
		}
	})
	b.known = mirror.Known{}
	conn, err := b.dialGNMI("admin")
	if err != nil {
		t.Fatal(err)
	}
	b.conn = conn
	return b
}

func (b *bench) dialGNMI(user string) (*Conn, error) {
	b.t.Helper()
	host, port, err := net.SplitHostPort(b.sw.GNMIAddr())
	if err != nil {
		b.t.Fatal(err)
	}
	n, _ := strconv.Atoi(port)
	conn, err := ConnectOverGNMI(b.ctx(), mirror.Target{Device: b.device,
		Login:     mirror.Login{For: mirror.Bindings{mirror.Any}, Username: mirror.NewSecret(user), Password: mirror.NewSecret("admin")},
		Transport: mirror.Transport{Protocol: ProtocolGNMI, Address: host, Port: n, Insecure: mirror.InsecureSkipVerify}}, certs.Files{})
	if err == nil {
		b.t.Cleanup(func() { _ = conn.Close() })
	}
	return conn, err
}

// gnmiSession is one of ours.
func gnmiSession(id string, to mirror.PortName, sources ...mirror.NativeSource) *mirror.NativeSession {
	return &mirror.NativeSession{ID: id, Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Sources: sources, Destinations: []mirror.PortName{to},
		Options: mirror.Options{Tags: "preserve", Ingress: "disabled"}}.Normalize()}
}

// TestBothTransportsReadTheSame: facts, sessions, ports and what is around.
func TestBothTransportsReadTheSame(t *testing.T) {
	b := overGNMIBench(t, nil)
	look := mirror.Look{Whole: true, Ports: []mirror.PortName{"Ethernet5", "Ethernet30"}, Traffic: []mirror.PortName{"Ethernet5"}}
	b.mustPush("tx1", mirror.Change{Mark: "nm-a", After: gnmiSession("nm-a", "Ethernet47", mirror.NativeSource{Port: "Ethernet1", Direction: mirror.RX})})
	// A destination that was just configured has no state yet; the states of both are compared.
	var over mirror.Observation
	testkit.Eventually(t, testkit.Patience, "every session to have a state", func() bool {
		over = b.read(look)
		return !slices.ContainsFunc(over.Natives, func(n mirror.NativeSession) bool { return n.Programmed == mirror.Unknown })
	})
	facts := b.conn.Facts()
	b.connect()
	b.known = mirror.Known{}
	typed := b.read(look)
	over.At = typed.At
	if !reflect.DeepEqual(typed, over) || len(over.Natives) != 2 || len(over.Ports) < 50 {
		a, _ := json.MarshalIndent(typed, "", " ")
		b, _ := json.MarshalIndent(over, "", " ")
		t.Errorf("%d sessions, %d ports (-typed +gNMI):\n%s", len(over.Natives), len(over.Ports), cmp.Diff(string(a), string(b)))
	}
	f := b.conn.Facts()
	f.LearnedAt, f.Uptime, facts.Uptime = facts.LearnedAt, 0, 0
	if !reflect.DeepEqual(f, facts) {
		t.Errorf("typed %+v, over gNMI %+v", f, facts)
	}
}

// TestAReleaseWithoutText is refused in plain words when it is met.
func TestAReleaseWithoutText(t *testing.T) {
	for version, want := range map[string]bool{"4.29.1F": false, "4.28.9.1M": false, "4.29.2F": true, "4.30.0F": true, "4.34.1F-41757195 (engineering build)": true, "5.0.0F": true, "internal": true} {
		if got := showsText(version); got != want {
			t.Errorf("%s: %v", version, got)
		}
	}
	b := startLab(t, 1, func(s *lab.SwitchSpec) { s.GNMI, s.Version = &lab.GNMISpec{}, "4.29.1F" })
	_, err := b.dialGNMI("admin")
	if !errors.Is(err, mirror.ErrUnsupported) || !strings.Contains(err.Error(), "EOS 4.29.1F does not show its configuration over gNMI, which takes 4.29.2F or later") {
		t.Error(err)
	}
}

// TestASetWhoseReplyIsLost: it may have been carried out; what is there tells.
func TestASetWhoseReplyIsLost(t *testing.T) {
	for _, done := range []bool{false, true} {
		b := overGNMIBench(t, nil)
		b.observe()
		if err := b.sw.UpdateFaults(func(f *lab.Faults) {
			if f.DropAtConfigLine = 2; done {
				f.DropAtConfigLine, f.DropAfterConfigLine = 0, 2
			}
		}); err != nil {
			t.Fatal(err)
		}
		changes := []mirror.Change{{Mark: "nm-a", After: gnmiSession("nm-a", "Ethernet47", mirror.NativeSource{Port: "Ethernet1", Direction: mirror.RX})},
			{Mark: "nm-b", After: gnmiSession("nm-b", "Ethernet46", mirror.NativeSource{Port: "Ethernet2", Direction: mirror.Both})}}
		p, err := RenderOverGNMI(b.conn.Facts(), b.observe(), changes)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.conn.Push(b.ctx(), "tx", p); !errors.Is(err, mirror.ErrUnreachable) || errors.Is(err, mirror.ErrNotSent) {
			t.Errorf("done %v: %v", done, err)
		}
		if _, err := b.conn.Push(b.ctx(), "tx", p); !errors.Is(err, mirror.ErrNotSent) {
			t.Errorf("done %v: over what is lost: %v", done, err)
		}
		if b.conn, err = b.dialGNMI("admin"); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"nm-a", "nm-b"} {
			if _, there := b.session(id); there != done {
				t.Errorf("done %v: %s is there: %v", done, id, there)
			}
		}
	}
}

// TestARefusalOverGNMI is of its block alone, whether it names the line or not.
func TestARefusalOverGNMI(t *testing.T) {
	for _, words := range []string{"% Unavailable command", "CLI command 2 of 4 'monitor session nm-a destination Ethernet47' failed: % Unavailable command"} {
		b := overGNMIBench(t, nil)
		b.observe()
		if err := b.sw.UpdateFaults(func(f *lab.Faults) {
			f.Refuse = []lab.Refusal{{Line: "^monitor session nm-a destination Ethernet47$", Answer: words}}
		}); err != nil {
			t.Fatal(err)
		}
		before := b.sw.Stats().Commands
		report := b.push("tx", mirror.Change{Mark: "nm-a", After: gnmiSession("nm-a", "Ethernet47", mirror.NativeSource{Port: "Ethernet1", Direction: mirror.RX})},
			mirror.Change{Mark: "nm-b", After: gnmiSession("nm-b", "Ethernet46", mirror.NativeSource{Port: "Ethernet2", Direction: mirror.Both})})
		said := (*mirror.DeviceError)(nil)
		if !errors.As(report.Blocks[0].Err, &said) || said.Answer != words || !errors.Is(said, mirror.ErrRejected) || report.Blocks[1].Err != nil {
			t.Errorf("%v, %v", report.Blocks[0].Err, report.Blocks[1].Err)
		}
		if named := strings.Contains(words, "'"); named != (said != nil && said.Sent == "monitor session nm-a destination Ethernet47") {
			t.Errorf("sent %q", said.Sent)
		}
		_, a := b.session("nm-a")
		_, other := b.session("nm-b")
		if a || !other {
			t.Errorf("%q: a %v, b %v, %d requests", words, a, other, b.sw.Stats().Commands-before)
		}
	}
}

// TestAListThatIsGoneIsNotFilteredBy: no warning is told over gNMI, and without its list a
// session copies everything.
func TestAListThatIsGoneIsNotFilteredBy(t *testing.T) {
	b := overGNMIBench(t, nil)
	n := gnmiSession("nm-a", "Ethernet47", mirror.NativeSource{Port: "Ethernet1", Direction: mirror.RX})
	n.Spec.Options.Filter = "voice"
	p, err := RenderOverGNMI(b.conn.Facts(), b.observe(), []mirror.Change{{Mark: "nm-a", After: n}})
	if err != nil {
		t.Fatal(err)
	}
	b.sw.Exec("configure terminal", "no ip access-list voice", "end")
	report, err := b.conn.Push(b.ctx(), "tx", p)
	if err != nil || !errors.Is(report.Blocks[0].Err, mirror.ErrChanged) || !strings.Contains(report.Blocks[0].Err.Error(), "there is no IP access list voice") {
		t.Errorf("%v, %v", report.Blocks[0].Err, err)
	}
	if _, there := b.session("nm-a"); there {
		t.Error("the session was made")
	}
}

// TestWhatASetLeavesUnsaved is told with what would save it; where the switch saves each
// Set it is saved.
func TestWhatASetLeavesUnsaved(t *testing.T) {
	for _, saves := range []bool{false, true} {
		b := overGNMIBench(t, func(s *lab.SwitchSpec) {
			if s.Config += "management api gnmi\n   transport grpc default\n"; saves {
				s.Config += "   operation set persistence\n"
			}
		})
		b.mustPush("tx", mirror.Change{Mark: "nm-a", After: gnmiSession("nm-a", "Ethernet47", mirror.NativeSource{Port: "Ethernet1", Direction: mirror.RX})})
		b.read(mirror.Look{})
		saved, why, err := b.conn.Save(b.ctx(), true, nil)
		if saved != saves || why != "" || saves != (err == nil) || !saves && (!errors.Is(err, mirror.ErrUnsupported) || !strings.Contains(err.Error(), "operation set persistence")) {
			t.Errorf("saves %v: %v %q %v", saves, saved, why, err)
		}
		if strings.Contains(b.sw.StartupConfig(), "nm-a") != saves {
			t.Errorf("saves %v:\n%s", saves, b.sw.StartupConfig())
		}
	}
}

// TestAnAccountThatMayNotConfigure is told so, and nothing is there.
func TestAnAccountThatMayNotConfigure(t *testing.T) {
	b := overGNMIBench(t, func(s *lab.SwitchSpec) {
		s.Credentials = []lab.CredentialSpec{{Username: "admin", Password: "admin"}, {Username: "op", Password: "admin", Privilege: 1}}
	})
	conn, err := b.dialGNMI("op")
	if err != nil {
		t.Fatal(err)
	}
	known, err := conn.Observe(b.ctx(), mirror.Look{Whole: true})
	if err == nil || !strings.Contains(err.Error(), "privileged mode required") {
		t.Errorf("%d sessions, %v", len(known.Observation.Natives), err)
	}
}
