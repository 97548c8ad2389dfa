package iosxe

import (
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	hyphenMACs     = "show mac-address-table dynamic"
	addressesFirst = "Destination Address  Address Type  VLAN  Destination Port\n-------------------  ------------  ----  --------------------\n"
	emptyLLDP      = "Device ID           Local Intf     Hold-time  Capability      Port ID\n"
	emptyCDP       = "Device ID        Local Intrfce     Holdtme    Capability  Platform  Port ID\n"
)

func usesOf(t *testing.T, o mirror.Observation, p mirror.PortName) string {
	t.Helper()
	port, ok := o.Port(p)
	if !ok {
		t.Fatalf("no port %s among %+v", p, o.Ports)
	}
	var out []string
	for _, u := range port.Uses {
		out = append(out, u.Kind+": "+u.Detail)
	}
	return strings.Join(out, "; ")
}

// A switch that knows the older command alone is asked with it, at once and
// from then on, for one port as well.
func TestLearnedAddressesByTheOlderCommand(t *testing.T) {
	const port1 = mirror.PortName("GigabitEthernet1/0/1")
	c, s := scripted(t, map[string]string{
		showMACs:   unknownCommand,
		hyphenMACs: addressesFirst + "0011.2233.4455       Dynamic          1  GigabitEthernet1/0/1\n",
		hyphenMACs + " interface " + string(port1): addressesFirst,
		showPortRates(port1):                       "GigabitEthernet1/0/1 is up, line protocol is up (connected) \n  5 minute input rate 0 bits/sec, 0 packets/sec\n",
	})
	k, err := c.Observe(t.Context(), mirror.Look{})
	if err != nil {
		t.Fatal(err)
	}
	if got := usesOf(t, k.Observation, port1); got != "learned: 1 learned MAC address" {
		t.Errorf("uses %q", got)
	}
	k, err = c.Observe(t.Context(), mirror.Look{Known: k, Ports: []mirror.PortName{port1}, Traffic: []mirror.PortName{port1}})
	if err != nil {
		t.Fatal(err)
	}
	if got := usesOf(t, k.Observation, port1); got != "" {
		t.Errorf("uses %q when the address is gone", got)
	}
	for _, write := range s.asked[len(s.asked)-1:] {
		if strings.Contains(write, platform.Reads.Older[0]) || !strings.Contains(write, platform.Reads.Older[1]) {
			t.Errorf("asked %q", write)
		}
	}
}

// Of what was stored nobody knows which command the device has: a named look
// finds out, instead of taking a refusal for an idle port.
func TestANamedLookFindsTheOlderCommand(t *testing.T) {
	const port1 = mirror.PortName("GigabitEthernet1/0/1")
	answers := map[string]string{
		showMACs:             unknownCommand,
		hyphenMACs:           addressesFirst + "0011.2233.4455       Dynamic          1  GigabitEthernet1/0/1\n",
		showPortRates(port1): "GigabitEthernet1/0/1 is up, line protocol is up (connected) \n",
	}
	c, _ := scripted(t, answers)
	k, err := c.Observe(t.Context(), mirror.Look{})
	if err != nil {
		t.Fatal(err)
	}
	stored := mirror.Known{Observation: k.Observation, View: k.View, Read: time.Now()}
	for i := range stored.Observation.Ports {
		stored.Observation.Ports[i].Uses = nil
	}
	c, _ = scripted(t, answers)
	if k, err = c.Observe(t.Context(), mirror.Look{Known: stored, Traffic: []mirror.PortName{port1}}); err != nil {
		t.Fatal(err)
	}
	if got := usesOf(t, k.Observation, port1); got != "learned: 1 learned MAC address" {
		t.Errorf("uses %q", got)
	}
}

// CDP is on where LLDP is not: its neighbours count as well, those of one look
// replace those of the last, and either protocol may be missing.
func TestNeighboursOfEitherProtocolCount(t *testing.T) {
	const port1 = mirror.PortName("GigabitEthernet1/0/1")
	lldp, cdp := emptyLLDP+"sw-2                Gi1/0/1        120        B               Gi1/0/2\n", emptyCDP+"sw-3             Gig 1/0/1         143              S I  WS-C3750X Gig 1/0/2\n"
	for name, x := range map[string]struct {
		answers map[string]string
		want    string
	}{
		"CDP alone, LLDP off":     {map[string]string{showLLDP: "% LLDP is not enabled\n", showCDP: cdp}, "neighbour: CDP neighbour sw-3"},
		"CDP alone, LLDP unknown": {map[string]string{showCDP: cdp}, "neighbour: CDP neighbour sw-3"},
		"LLDP alone, CDP off":     {map[string]string{showLLDP: lldp, showCDP: "% CDP is not enabled\n"}, "neighbour: LLDP neighbour sw-2"},
		"both":                    {map[string]string{showLLDP: lldp, showCDP: cdp}, "neighbour: LLDP neighbour sw-2; neighbour: CDP neighbour sw-3"},
		"both, the same device": {map[string]string{showLLDP: strings.Replace(lldp, "sw-2                Gi", "switch-in-the-entranGi", 1),
			showCDP: strings.Replace(cdp, "sw-3             Gig", "switch-in-the-entrance-hall\n                 Gig", 1)}, "neighbour: LLDP and CDP neighbour switch-in-the-entrance-hall"},
		"both, and nobody is there":      {map[string]string{showLLDP: emptyLLDP, showCDP: emptyCDP}, ""},
		"neither is known to the device": {map[string]string{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			x.answers[showPortRates(port1)] = "GigabitEthernet1/0/1 is up, line protocol is up (connected) \n"
			c, s := scripted(t, x.answers)
			k, err := c.Observe(t.Context(), mirror.Look{})
			if err != nil {
				t.Fatal(err)
			}
			if got := usesOf(t, k.Observation, port1); got != x.want {
				t.Errorf("uses %q, want %q", got, x.want)
			}
			s.answers[showCDP], s.answers[showLLDP] = emptyCDP, emptyLLDP
			look := mirror.Look{Known: k, Ports: []mirror.PortName{port1}, Traffic: []mirror.PortName{port1}}
			s.answers[showPortConfig(port1)] = "Building configuration...\n\nCurrent configuration : 38 bytes\n!\ninterface GigabitEthernet1/0/1\nend\n"
			s.answers[showPortStatus(port1)] = s.answers[showStatus]
			if k, err = c.Observe(t.Context(), look); err != nil {
				t.Fatal(err)
			}
			if got := usesOf(t, k.Observation, port1); got != "" {
				t.Errorf("uses %q when nobody is there any more", got)
			}
		})
	}
}
