package drivertest

import (
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A Simulated is a switch of the lab behind real SSH, with what the contract needs of
// every one of them. The rest of its Device is the platform's own.
type Simulated struct {
	Device
	Switch *lab.Switch
	t      *testing.T
}

// OnLab starts a fabric, a description as the lab takes it, and gives its switch sw1 in
// front of the user contract. ports are the names of the symbols on it, nowhere is a port
// that it does not have. It is a simulation: recordings outrank it.
func OnLab(t *testing.T, fabric string, ports map[string]string, nowhere mirror.PortName) *Simulated {
	t.Helper()
	s := simulated(t, fabric, ports, nowhere)
	sw := s.Switch
	host, text, err := net.SplitHostPort(sw.Addr())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	s.Target = mirror.Target{Transport: mirror.Transport{Protocol: "cli", Address: host, Port: port, HostKey: "insecure", Credentials: "contract"},
		Login: mirror.Login{For: mirror.Bindings{mirror.Any}, Username: mirror.NewSecret("contract"), Password: mirror.NewSecret("contract-login")}}
	s.Drop = func(n int, after bool) {
		s.Faults(func(f *lab.Faults) {
			f.DropAtConfigLine, f.DropAfterConfigLine = n, 0
			if after {
				f.DropAtConfigLine, f.DropAfterConfigLine = 0, n
			}
		})
	}
	s.Stall = func() (release func()) {
		usual := sw.Timing()
		slow := usual
		slow.ThinkTime = lab.Duration(time.Hour)
		sw.SetTiming(slow)
		return func() {
			sw.DropConnections()
			sw.SetTiming(usual)
		}
	}
	s.Wires.Clear = func() {
		if err := sw.ClearCounters(ports["p1"]); err != nil {
			t.Error(err)
		}
	}
	return s
}

// simulated starts a fabric; what is behind whichever door of sw1 the contract needs is
// filled in.
func simulated(t *testing.T, fabric string, ports map[string]string, nowhere mirror.PortName) *Simulated {
	t.Helper()
	spec, err := lab.Load(strings.NewReader(fabric))
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	sw := l.Switch("sw1")
	s := &Simulated{Switch: sw, t: t}
	s.Device = Device{
		Config: sw.RunningConfig,
		Writes: func() int { return int(sw.Stats().ConfigLines) },
		Wires: &Wires{
			Nowhere: nowhere,
			Send:    func() { s.traffic(0.2, ports["p1"]) },
			Unplug:  func() { s.Faults(func(f *lab.Faults) { f.Unplugged = []string{ports["d1"]} }) },
			Flood:   func() { s.traffic(0.8, ports["p1"], ports["p2"]) },
		},
	}
	return s
}

// Faults changes what goes wrong on the switch.
func (s *Simulated) Faults(change func(*lab.Faults)) {
	s.t.Helper()
	if err := s.Switch.UpdateFaults(change); err != nil {
		s.t.Fatal(err)
	}
}

// traffic has a share of its speed arrive at each port.
func (s *Simulated) traffic(share float64, ports ...string) {
	for _, port := range ports {
		speed := float64(s.Switch.Counters()[port].Speed)
		if err := s.Switch.SetTraffic(port, "in", lab.TrafficSpec{BitsPerSecond: lab.BitRate(share * speed)}); err != nil {
			s.t.Error(err)
		}
	}
}
