package nxos

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

// What a log, a mail or another editor did to the indentation of a configuration takes
// nothing away from a session: its lines are its own, or nobody's.
func TestSessionsWithoutTheirIndentation(t *testing.T) {
	const text = "version 9.3(8)\nmonitor session 1 \n  source interface Ethernet1/1 rx\n  source interface Ethernet101/1/2 both\n  destination interface Ethernet1/49/2\n  mode extended\n  no shut\n" +
		"monitor session 2 type erspan-source\n  erspan-id 7\n  vrf default\n  destination ip 198.51.100.7\nmonitor erspan origin ip-address 192.0.2.1 global\n"
	want, origin, err := parseConfig(n9k, text)
	if err != nil || len(want) != 2 || origin != "192.0.2.1" || len(want[0].Spec.Sources) != 2 || want[0].Opaque == "" {
		t.Fatalf("%+v, %q, %v", want, origin, err)
	}
	for name, blanks := range map[string]string{"tabs": "\t", "none": "", "one": " "} {
		got, from, err := parseConfig(n9k, strings.ReplaceAll(text, "\n  ", "\n"+blanks))
		if d := cmp.Diff(want, got); d != "" || from != origin || err != nil {
			t.Errorf("%s: %q, %v (-want +got):\n%s", name, from, err, d)
		}
	}
	if got, _, err := parseConfig(n9k, "monitor session 1\nno monitor session 2\n"); err != nil || len(got) != 1 || got[0].ID != "1" {
		t.Errorf("a session that is not there: %+v, %v", got, err)
	}
	// What the guard decides on of a port.
	for _, line := range []string{"switchport mode trunk", "channel-group 1 mode active", "no switchport", "ip address 192.0.2.1/24", "shutdown"} {
		if got, err := parseStanzas("interface Ethernet1/1\n" + line + "\n"); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%s: %v, %v", line, got, err)
		}
		got, err := parseStanzas("interface Ethernet1/1\n\t" + line + "\n")
		if err != nil || !got["Ethernet1/1"].has(line) {
			t.Errorf("%s behind a tab: %v, %v", line, got, err)
		}
	}
}

// One address is sent from, whatever stands behind it; one of IPv6 is not ours to set.
func TestOriginsOfERSPAN(t *testing.T) {
	for text, want := range map[string]string{
		"monitor erspan origin ip-address 192.0.2.1\n":                                                                  "192.0.2.1",
		"monitor erspan origin ip-address 192.0.2.1 global\nmonitor erspan origin ipv6-address 2001:db8::1 global\n":    "192.0.2.1",
		"monitor erspan origin ipv6-address 2001:db8::1 global\nmonitor erspan origin ip-address 192.0.2.1 vrf tools\n": "192.0.2.1",
		"monitor erspan origin ipv6-address 2001:db8::1 global\n":                                                       "2001:db8::1",
		"monitor erspan granularity 100_ns\n":                                                                           "",
	} {
		if _, got, err := parseConfig(n9k, text); got != want || err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	got, _, err := parseConfig(n9k, "monitor session 1 type erspan-source\n  vrf a b\n")
	if err != nil || !strings.Contains(got[0].Opaque, "VRF a b") {
		t.Errorf("%+v, %v", got, err)
	}
}

// Sources that are listed without a direction are not missed, and not taken for any.
func TestSourcesWithoutADirection(t *testing.T) {
	got, err := parseShown("   Session 1\n---------------\ntype : local\nstate : up\nsource intf : Eth1/1\nsource VLANs : 10,20\ndestination ports : Eth1/2 (f)\n")
	if err != nil || len(got) != 1 || !got[0].Unread || len(got[0].Spec.Sources) > 0 || len(got[0].Spec.Destinations) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	n := mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{VLAN: 10, Direction: mirror.RX}}}
	if v := got[0].verdict(n); v.Programmed != mirror.True {
		t.Errorf("%+v", v)
	}
}

// The explanations above a table of addresses differ, and some addresses are behind
// another switch.
func TestAddressesOfOtherReleases(t *testing.T) {
	const legend = "Note: MAC table entries displayed are getting read from software.\n Use the 'hardware-age' keyword to get information related to 'Age'\n\nLegend: \n" +
		"        * - primary entry, G - Gateway MAC, (R) - Routed MAC, O - Overlay MAC\n        age - seconds since last seen,+ - primary entry using vPC Peer-Link,\n" +
		"        (T) - True, (F) - False, C - ControlPlane MAC, ~ - vsan,\n        (NA)- Not Applicable A - ESI Active Path, S - ESI Standby Path\n" +
		"   VLAN     MAC Address      Type      age     Secure NTFY Ports/SWID.SSID.LID\n---------+-----------------+--------+---------+------+----+------------------\n"
	got, err := macTable.Count(legend + "*    1     0000.5e00.5301   dynamic  0         F      F    Eth101/1/2\n+    1     0000.5e00.5302   dynamic  0         F      F    vPC Peer-Link\n" +
		"*    1     0000.5e00.5303   dynamic  ~~~       F      F    101.0.34\nC    1     0000.5e00.5304   dynamic  0         F      F    nve1(192.0.2.9)\n*    1     0000.5e00.5305   dynamic  0         F      F    Po10\n")
	if d := cmp.Diff(map[mirror.PortName]int{"Ethernet101/1/2": 1, "port-channel10": 1}, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	for _, row := range []string{"*    1     0000.5e00.5301   dynamic  0         F      F    words of tomorrow", "(NA) words", "A - an unknown row 0000.5e00.5301 dynamic"} {
		if got, err := macTable.Count(legend + row + "\n"); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%q: %v, %v", row, got, err)
		}
	}
}

func TestModelsOfOtherReleases(t *testing.T) {
	for text, want := range map[string]mirror.Facts{
		"  NXOS: version 10.3(2) [Feature Release]\n  Host NXOS: version 10.3(1)\n  cisco Nexus9000 C93180YC-FX3 Chassis \n":                     {Model: "Nexus9000 C93180YC-FX3", Version: "10.3(2)"},
		"  kickstart: version 7.3(0)D1(1)\n  system:    version 7.3(0)D1(2)\n  cisco NX-OSv Chassis (\"NX-OSv Supervisor Module\")\n":            {Model: "NX-OSv", Version: "7.3(0)D1(2)"},
		"  kickstart: version 6.0(2)A8(11)\n  system:    version 6.0(2)A8(11)\n  cisco Nexus 3548 Chassis (\"48x10GE Supervisor\")\n":            {Model: "Nexus 3548", Version: "6.0(2)A8(11)"},
		"  kickstart: version 7.3(7)N1(1)\n  system:    version 7.3(7)N1(1)\n  cisco Nexus 5672UP 16G-FC Chassis (\"6 slots\")\n":                {Model: "Nexus 5672UP 16G-FC", Version: "7.3(7)N1(1)"},
		"  kickstart: version 8.2(1)\n  system:    version 8.2(1)\n  cisco Nexus7700 C7706 (6 Slot) Chassis (\"Supervisor Module-3\")\n":         {Model: "Nexus7700 C7706", Version: "8.2(1)"},
		"  BIOS: version 07.66\n  NXOS: version 7.0(3)I7(8)\n  cisco Nexus9000 9000v Chassis \nKernel uptime is 0 day(s), 0 hour(s), 0 minute\n": {Model: "Nexus9000 9000v", Version: "7.0(3)I7(8)", Uptime: 1e6},
	} {
		got, err := parseFacts(text)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, d)
		}
	}
}

func TestFabricExtendersAreNoDestinations(t *testing.T) {
	for model, refused := range map[string]bool{"Nexus9000 C93180YC-EX": true, "Nexus7000 C7010": false} {
		for port, extender := range map[mirror.PortName]bool{"Ethernet101/1/2": true, "Ethernet1/49/2": false, "port-channel120": false} {
			n := mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{port}, Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}
			if got := against(mirror.Facts{Model: model}, mirror.Observation{}, n); len(got) > 0 != (refused && extender) {
				t.Errorf("%s, %s: %+v", model, port, got)
			}
		}
	}
}
