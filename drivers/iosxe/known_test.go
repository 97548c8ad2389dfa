package iosxe

import (
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// again opens another connection to the device of a script, which forgets what
// it was asked.
func (s *script) again(t *testing.T, known mirror.Facts) *held {
	t.Helper()
	s.asked = nil
	return s.open(t, s, known)
}

func see(t *testing.T, c *held, look mirror.Look) mirror.Known {
	t.Helper()
	known, err := c.Observe(t.Context(), look)
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// Over a new connection to a device that is the same, who it is and the narrow
// view are asked, and nothing else; also after a restart of the controller, which
// keeps no private part.
func TestWhatIsKnownOutlivesTheConnection(t *testing.T) {
	c, s := scripted(t, nil)
	first := see(t, c, mirror.Look{})
	stored := first
	stored.Private = nil
	for name, known := range map[string]mirror.Known{"in memory": first, "from the store": stored} {
		s.answers[showMonitor], s.answers[showConfig] = noSessions, "interface GigabitEthernet1/0/1\n"
		next := s.again(t, c.Facts())
		got := see(t, next, mirror.Look{Known: known})
		if want := []string{showVersion, showMonitor}; !slices.Equal(s.asked, want) {
			t.Errorf("%s: asked %q, want %q", name, s.asked, want)
		}
		if len(got.Observation.Ports) != 1 || !got.Read.Equal(first.Read) || !got.Observation.At.After(first.Observation.At) {
			t.Errorf("%s: %+v", name, got)
		}
		// The view differs: everything is read, without guessing what is missing.
		s.answers[showMonitor] = "Session 1\n---------\nType : Local Session\nSource Ports :\n    Both : Gi1/0/1\n"
		s.answers[showConfig] += "monitor session 1 source interface Gi1/0/1\n"
		if changed := see(t, next, mirror.Look{Known: got}); len(changed.Observation.Natives) != 1 || !strings.Contains(s.last(), showConfig) {
			t.Errorf("%s: after a change %+v, asked %q", name, changed, s.last())
		}
		if around := strings.Contains(s.last(), showMACs); around != (known.Private == nil) {
			t.Errorf("%s: surroundings read %v", name, around)
		}
	}
	if len(first.Observation.Natives) != 0 {
		t.Error("a later read changed what was handed out before")
	}
}

// A device with other software is asked again what the software decides.
func TestAnotherSoftwareIsAskedAgain(t *testing.T) {
	c, s := scripted(t, nil)
	old := c.Facts()
	s.answers[showVersion] = strings.ReplaceAll(s.answers[showVersion], "15.0(2)SE11", "15.2(4)E10")
	s.again(t, old)
	if want := []string{showVersion, showCapability}; !slices.Equal(s.asked, want) {
		t.Errorf("asked %q, want %q", s.asked, want)
	}
}

// The ports that a look names are asked for beside the narrow view, in one write.
func TestNamedPortsAreOfNow(t *testing.T) {
	const p = mirror.PortName("GigabitEthernet1/0/1")
	head := "Port      Name               Status       Vlan       Duplex  Speed Type\n"
	rate := "GigabitEthernet1/0/1 is up, line protocol is up (connected)\n  5 minute input rate 2000 bits/sec, 3 packets/sec\n"
	c, s := scripted(t, map[string]string{
		showPortConfig(p): "Building configuration...\n\nCurrent configuration : 60 bytes\n!\ninterface GigabitEthernet1/0/1\n switchport mode trunk\nend\n",
		showPortStatus(p): head + "Gi1/0/1                      connected    trunk      a-full a-1000 10/100/1000BaseTX\n",
		showPortRates(p):  rate,
		showPortMACs(p):   "Vlan    Mac Address       Type        Ports\n----    -----------       --------    -----\n   1    0011.2233.4455    DYNAMIC     Gi1/0/1\n",
		showLLDP:          "Device ID           Local Intf     Hold-time  Capability      Port ID\nsw2                 Gi1/0/1        120        B               Gi1/0/7\n",
	})
	first := see(t, c, mirror.Look{})
	uses := func(k mirror.Known) string {
		port, _ := k.Observation.Port(p)
		var kinds []string
		for _, u := range port.Uses {
			kinds = append(kinds, u.Kind)
		}
		return strings.Join(kinds, " ")
	}
	if got := uses(first); got != "neighbour" {
		t.Errorf("at first: %q", got)
	}
	s.asked = nil
	look := mirror.Look{Ports: []mirror.PortName{p}, Known: first}
	if got := uses(see(t, c, look)); got != "trunk neighbour" || len(s.asked) != 1 || strings.Contains(s.last(), showPortMACs(p)) {
		t.Errorf("configuration alone: %q, asked %q", got, s.asked)
	}
	look.Traffic, s.asked = look.Ports, nil
	all := see(t, c, look)
	if got := uses(all); got != "trunk learned neighbour receiving" || len(s.asked) != 1 {
		t.Errorf("with traffic: %q, asked %q", got, s.asked)
	}
	// What falls silent is seen to.
	s.answers[showPortRates(p)] = strings.Replace(rate, "2000 bits/sec, 3 packets", "0 bits/sec, 0 packets", 1)
	s.answers[showPortMACs(p)] = "Vlan    Mac Address       Type        Ports\n"
	s.answers[showLLDP] = "% LLDP is not enabled\n"
	look.Known = all
	if got := uses(see(t, c, look)); got != "trunk" {
		t.Errorf("silent: %q", got)
	}
	// A device that does not answer such questions is read whole.
	delete(s.answers, showPortConfig(p))
	s.asked = nil
	see(t, c, look)
	if len(s.asked) != 2 || !strings.Contains(s.last(), showConfig) {
		t.Errorf("a device without the questions: asked %q", s.asked)
	}
	// Output that is not understood is an error, as everywhere.
	for _, command := range []string{showPortStatus(p), showPortRates(p)} {
		c, s := scripted(t, s.answers)
		s.answers[showPortConfig(p)] = "interface GigabitEthernet1/0/1\n"
		known := see(t, c, mirror.Look{})
		s.answers[command] = "the control plane is busy"
		if _, err := c.Observe(t.Context(), mirror.Look{Ports: look.Ports, Traffic: look.Ports, Known: known}); err == nil {
			t.Errorf("%s: no error", command)
		}
	}
}
