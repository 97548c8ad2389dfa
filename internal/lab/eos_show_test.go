package lab

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// eosFixture reads a recording of shared/fixtures.
func eosFixture(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(testkit.Shared(t, "fixtures"), "arista-eos", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// words is a text with single blanks and without empty lines.
func words(text string) string {
	var out []string
	for l := range strings.Lines(text) {
		if f := strings.Fields(l); len(f) > 0 {
			out = append(out, strings.Join(f, " "))
		}
	}
	return strings.Join(out, "\n")
}

// What a switch was configured with is what it shows, a port on a line.
func TestEOSConfigurationsOfTheFixtures(t *testing.T) {
	for file, want := range map[string]map[string]string{
		"running_config__avd_rendered_four_sessions.txt": {
			"Ethernet3, Ethernet5 rx": "Ethernet3 rx\nmonitor session NAME source Ethernet5 rx",
			"Ethernet10-15 rx":        "Ethernet10 rx\nmonitor session NAME source Ethernet11 rx\nmonitor session NAME source Ethernet12 rx\nmonitor session NAME source Ethernet13 rx\nmonitor session NAME source Ethernet14 rx\nmonitor session NAME source Ethernet15 rx",
			// Without a direction it is both; with a list the word stands there.
			"Ethernet0 ipv6": "Ethernet0 both ipv6",
		},
		"running_config_section__avd_rendered_port_channel_truncate_ratelimit.txt": {},
	} {
		text := eosFixture(t, file)
		var expected []string
		for l := range strings.Lines(text) {
			if f := strings.Fields(l); len(f) > 2 && f[0] == "monitor" {
				line := strings.TrimSpace(l)
				for old, new := range want {
					line = strings.ReplaceAll(line, old, strings.ReplaceAll(new, "NAME", f[2]))
				}
				for part := range strings.SplitSeq(line, "\n") {
					if !slices.Contains(expected, part) { // Ethernet12 stands twice
						expected = append(expected, part)
					}
				}
			}
		}
		spec := Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "sw", Platform: "arista_eos", Config: text, Ports: []PortSpec{{Name: "Ethernet0-60"}, {Name: "Management1"}}}}}}
		sw := startSpec(t, spec).Switch("sw")
		section := said(sw, "show running-config section monitor session")
		if got := strings.Split(strings.TrimSpace(section), "\n"); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(expected))) {
			t.Errorf("%s:\n%s\nwant\n%s", file, section, strings.Join(expected, "\n"))
		}
	}
}

func TestEOSShowsTheCPUAsRecorded(t *testing.T) {
	sw := startSpec(t, Spec{Fabric: FabricSpec{ClockFactor: 20, Switches: []SwitchSpec{{Name: "sw", Platform: "arista_eos", Ports: []PortSpec{{Name: "Ethernet3/1-4"}}}}}}).Switch("sw")
	sw.Exec("configure", "monitor session factum2 source Ethernet3/1", "monitor session factum2 destination cpu")
	want := eosFixture(t, "show_monitor_session__text_cpu_destination_abbreviated.txt")
	testkit.Eventually(t, testkit.Patience, "the end of the two seconds", func() bool { return strings.Contains(said(sw, "show monitor session"), "active") })
	if got := said(sw, "show monitor session"); words(got) != words(want) || !strings.Contains(got, "\n   Cpu :  active (mirror0)\n") {
		t.Errorf("%s\nrecorded\n%s", got, want)
	}
	session := at(shown(t, sw, "show monitor session"), "sessions", "factum2")
	target := at(session, "targetInterfaces").([]any)[0]
	if at(session, "mirrorDeviceName") != "mirror0" || at(target, "name") != "Cpu" || at(target, "operState") != "active" {
		t.Errorf("%v", session)
	}
	keys := slices.Sorted(maps.Keys(session.(map[string]any)))
	if !slices.Equal(keys, []string{"mirrorDeviceName", "sourceBothInterfaces", "sourceRxInterfaces", "sourceTxInterfaces", "targetInterfaces"}) {
		t.Errorf("%q", keys)
	}
}

// Just after the configuration a destination says unknown, and the kernel's
// interface has no name yet.
func TestEOSDestinationIsUnknownAtFirst(t *testing.T) {
	sw := startSpec(t, Spec{Fabric: FabricSpec{ClockFactor: 0.001, Switches: []SwitchSpec{{Name: "sw", Platform: "arista_eos"}}}}).Switch("sw")
	sw.Exec("configure", "monitor session a source et1", "monitor session a destination cpu", "monitor session b source et2", "monitor session b destination et9")
	for _, name := range []string{"a", "b"} {
		session := at(shown(t, sw, "show monitor session"), "sessions", name)
		if at(session, "mirrorDeviceName") != "" || at(session.(map[string]any)["targetInterfaces"].([]any)[0], "operState") != "unknown" {
			t.Errorf("%s: %v", name, session)
		}
	}
	if got := said(sw, "show monitor session b"); !strings.HasPrefix(got, "\nSession b\n------------------------\nSource Ports:\n   Both: Et2\nDestination Ports:\n   Et9 :  unknown\n") || strings.Contains(got, "Session a") {
		t.Errorf("%s", got)
	}
	if got := shown(t, sw, "show monitor session none"); len(got["sessions"].(map[string]any)) != 0 {
		t.Errorf("%v", got)
	}
}

func TestEOSRefusesTheCPUWhereItIsNotUsable(t *testing.T) {
	sw := startSpec(t, Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "sw", Platform: "arista_eos", Model: "CCS-720XP-48Y6"}}}}).Switch("sw")
	if got := said(sw, "configure", "monitor session a destination cpu"); got != "% Unavailable command\n" {
		t.Errorf("%q", got)
	}
}

const eosFabric = `
fabric:
  clockFactor: 1000
  switches:
    - name: leaf1
      platform: arista_eos
      serial: SIM1
      config: |
        vlan 30
           name phones
        vlan 31
           state suspend
        interface Ethernet1
           description phone
           switchport access vlan 30
        interface Ethernet2
           switchport mode trunk
           switchport trunk native vlan 7
           switchport trunk allowed vlan 30-32
        interface Ethernet3
           shutdown
        interface Ethernet4
           no switchport
           ip address 10.0.0.1/24
        interface Ethernet5
           channel-group 5 mode active
        interface Ethernet6
           channel-group 5 mode active
        interface Port-Channel5
           switchport mode trunk
    - {name: leaf2, platform: arista_eos}
    - {name: acc, platform: cisco_iosxe}
  links:
    - {a: "leaf1:Ethernet2", b: "leaf2:et2"}
    - {a: "leaf1:Et5", b: "acc:Te1/1/1"}
  hosts:
    - {at: "leaf1:Ethernet1", name: phone-1, mac: 0011.2233.4455, lldp: true}
    - {at: "leaf1:Ethernet6", name: h6}
    - {at: "leaf1:Ethernet9", name: ids}
    - {at: "leaf1:Ethernet10", name: ids}
  traffic:
    - {at: "leaf1:Ethernet1", direction: in, bitsPerSecond: 8M, framesPerSecond: 1000}
    - {at: "leaf1:Ethernet1", direction: out, bitsPerSecond: 4M, framesPerSecond: 500}
    - {at: "leaf1:Ethernet5", direction: in, bitsPerSecond: 2M, framesPerSecond: 250}
    - {at: "leaf1:Ethernet6", direction: in, bitsPerSecond: 6M, framesPerSecond: 750}
    - {at: "leaf1:Ethernet2", direction: in, vlan: 30, bitsPerSecond: 1M, framesPerSecond: 100}
    - {at: "leaf1:Ethernet2", direction: in, vlan: 31, bitsPerSecond: 3M, framesPerSecond: 100}
`

func TestEOSShowsPorts(t *testing.T) {
	sw := start(t, eosFabric).Switch("leaf1")
	sw.Exec("configure", "monitor session a source et1", "monitor session a destination et9")
	status := said(sw, "show interfaces status")
	for _, row := range []string{"Port Name Status Vlan Duplex Speed Type Flags Encapsulation", "Et1 phone connected 30 full 10G 10GBASE-SR", "Et2 connected trunk full 10G 10GBASE-SR", "Et3 disabled 1 full 10G 10GBASE-SR",
		"Et4 notconnect routed full 10G 10GBASE-SR", "Et5 connected in Po5 full 10G 10GBASE-SR", "Et49 notconnect 1 full 100G 100GBASE-SR", "Ma1 notconnect routed full 1G 1000BASE-T", "Po5 connected trunk full 20G 20GBASE-SR"} {
		if !slices.Contains(strings.Split(words(status), "\n"), row) {
			t.Errorf("no %q in\n%s", row, status)
		}
	}
	statuses := shown(t, sw, "show interfaces status")["interfaceStatuses"]
	for port, want := range map[string][]any{"Ethernet1": {"bridged", 30.0, nil}, "Ethernet2": {"trunk", nil, "trunk"}, "Ethernet5": {"inactive", nil, "in Po5"}, "Ethernet4": {"routed", nil, "routed"}, "Port-Channel5": {"trunk", nil, "trunk"}} {
		info := at(statuses, port, "vlanInformation")
		if got := []any{at(info, "interfaceMode"), at(info, "vlanId"), at(info, "vlanExplanation")}; !slices.Equal(got, want) {
			t.Errorf("%s: %v", port, got)
		}
	}
	if at(statuses, "Ethernet1", "linkStatus") != "connected" || at(statuses, "Ethernet1", "description") != "phone" || at(statuses, "Ethernet1", "bandwidth") != 1e10 || at(statuses, "Ethernet3", "linkStatus") != "disabled" {
		t.Errorf("%v", at(statuses, "Ethernet1"))
	}
	if got := said(sw, "show vlan"); got != `VLAN  Name                             Status    Ports
----- -------------------------------- --------- -------------------------------
1     default                          active    Et10, Po5
30    phones                           active    Et1, Et2, Po5
31    VLAN0031                         suspended Et2, Po5
` {
		t.Errorf("%s", got)
	}
	vlans := shown(t, sw, "show vlan")["vlans"]
	if at(vlans, "30", "name") != "phones" || at(vlans, "30", "status") != "active" || at(vlans, "30", "interfaces", "Ethernet1") == nil || at(vlans, "31", "status") != "suspended" {
		t.Errorf("%v", vlans)
	}
	info := at(shown(t, sw, "show interfaces switchport"), "switchports", "Ethernet2", "switchportInfo")
	if at(info, "mode") != "trunk" || at(info, "trunkingNativeVlanId") != 7.0 || at(info, "trunkAllowedVlans") != "30-32" {
		t.Errorf("%v", info)
	}
	if got := said(sw, "show interfaces et1 switchport"); !strings.Contains(got, "Name: Et1\nSwitchport: Enabled\nAdministrative Mode: access\n") || !strings.Contains(got, "Access Mode VLAN: 30 (phones)\n") || !strings.Contains(got, "Trunking VLANs Enabled: ALL\n") {
		t.Errorf("%s", got)
	}
	if got := words(said(sw, "show interfaces trunk")); got != "Port Mode Status Native vlan\nEt2 trunk trunking 7\nPo5 trunk trunking 1\nPort Vlans allowed\nEt2 30-32\nPo5 All" {
		t.Errorf("%s", got)
	}
}

func TestEOSShowsWhatItHears(t *testing.T) {
	sw := start(t, eosFabric).Switch("leaf1")
	if got := words(said(sw, "show lldp neighbors")); !strings.HasSuffix(got, "Port Neighbor Device ID Neighbor Port ID TTL\nEt1 phone-1 0011.2233.4455 120\nEt2 leaf2 Ethernet2 120\nEt5 acc TenGigabitEthernet1/1/1 120") {
		t.Errorf("%s", got)
	}
	heard := shown(t, sw, "show lldp neighbors")["lldpNeighbors"].([]any)
	if len(heard) != 3 || at(heard[1], "port") != "Ethernet2" || at(heard[1], "neighborDevice") != "leaf2" || at(heard[1], "neighborPort") != "Ethernet2" {
		t.Errorf("%v", heard)
	}
	if got := said(sw, "show mac address-table"); !strings.Contains(got, "\n  30    0011.2233.4455    DYNAMIC     Et1        1       0:01:00 ago\n") || !strings.Contains(got, "\nTotal Mac Addresses for this criterion: 3\n") {
		t.Errorf("%s", got)
	}
	learned := at(shown(t, sw, "show mac address-table dynamic"), "unicastTable", "tableEntries").([]any)
	if len(learned) != 3 || at(learned[0], "interface") != "Ethernet1" || at(learned[0], "vlanId") != 30.0 || at(learned[0], "macAddress") != "00:11:22:33:44:55" || at(learned[2], "interface") != "Port-Channel5" {
		t.Errorf("%v", learned)
	}
	for port, want := range map[string]int{"Ethernet1": 1, "Port-Channel5": 1, "Ethernet9": 0} {
		if got := at(shown(t, sw, "show mac address-table dynamic interface "+port), "unicastTable", "tableEntries").([]any); len(got) != want {
			t.Errorf("%s: %v", port, got)
		}
	}
	if got := said(sw, "show running-config interfaces et1, et3"); got != "interface Ethernet1\n   description phone\n   switchport access vlan 30\ninterface Ethernet3\n   shutdown\n" {
		t.Errorf("%q", got)
	}
	if got := said(sw, "show running-config interfaces po9"); got != "" {
		t.Errorf("one that is not there: %q", got)
	}
	sw.Exec("configure", "no lldp run")
	if far := said(sw.lab.Switch("leaf2"), "show lldp neighbors"); strings.Contains(far, "leaf1") {
		t.Errorf("a switch that does not speak is heard:\n%s", far)
	}
	version := shown(t, sw, "show version")
	if version["modelName"] != "DCS-7050SX3-48YC8" || version["version"] != "4.30.4M" || version["serialNumber"] != "SIM1" || version["uptime"].(float64) > 1e9 {
		t.Errorf("%v", version)
	}
}

// sends is what a port sends, in bits per second.
func sends(sw *Switch, port string) uint64 { return sw.Counters()[port].OutBits }

func TestEOSCopiesFollowTheConfiguration(t *testing.T) {
	for name, tc := range map[string]struct {
		lines string
		nine  uint64 // what Ethernet9 sends, and Ethernet10
		ten   uint64
	}{
		"both ways":               {lines: "source et1; destination et9", nine: 12e6},
		"rx":                      {lines: "source et1 rx; destination et9", nine: 8e6},
		"tx":                      {lines: "source et1 tx; destination et9", nine: 4e6},
		"several destinations":    {lines: "source et1 rx; destination et9; destination et10", nine: 8e6, ten: 8e6},
		"a bundle as source":      {lines: "source po5 rx; destination et9", nine: 8e6},
		"a bundle as destination": {lines: "source et1 rx; destination po9", nine: 4e6, ten: 4e6},
		"truncated":               {lines: "source et1 rx; destination et9; truncate size 100", nine: 8e5},
		"sampled":                 {lines: "source et1 rx; destination et9; sample 50", nine: 160e3},
		"to the processor":        {lines: "source et1 rx; destination cpu"},
		"a sub-interface":         {lines: "source et2.30 rx; destination et9", nine: 1e6},
		"no source":               {lines: "destination et9"},
		"no destination":          {lines: "source et1"},
	} {
		sw := start(t, eosFabric).Switch("leaf1")
		lines := []string{"configure", "interface et2.30", "encapsulation dot1q vlan 30", "exit"}
		if strings.Contains(tc.lines, "po9") {
			lines = append(lines, "interface et9-10", "channel-group 9 mode active", "exit")
		}
		for l := range strings.SplitSeq(tc.lines, "; ") {
			lines = append(lines, "monitor session a "+l)
		}
		out := sw.Exec(lines...)
		if nine, ten := sends(sw, "Ethernet9"), sends(sw, "Ethernet10"); nine != tc.nine || ten != tc.ten || strings.Contains(out, "%") {
			t.Errorf("%s: %d and %d, want %d and %d\n%s", name, nine, ten, tc.nine, tc.ten, out)
		}
		if sw.Exec("configure", "no monitor session a"); sends(sw, "Ethernet9") != 0 {
			t.Errorf("%s: copies go on", name)
		}
	}
}

func TestEOSTunnelNeedsARoute(t *testing.T) {
	sw := start(t, eosFabric).Switch("leaf1")
	state := func() any {
		return at(at(shown(t, sw, "show monitor session"), "sessions", "a", "targetInterfaces").([]any)[0], "operState")
	}
	sw.Exec("configure", "monitor session a source et1 rx", "monitor session a destination tunnel mode gre source 10.0.0.1 destination 10.2.2.2")
	if got := state(); got != "unknown" {
		t.Errorf("without a route: %v", got)
	}
	for _, route := range []string{"ip route 10.2.2.2/32 30.1.1.1", "ip route 0.0.0.0/0 30.1.1.1"} {
		sw.Exec("configure", route)
		testkit.Eventually(t, testkit.Patience, "the tunnel", func() bool { return state() == "active" })
		sw.Exec("configure", "no "+route)
	}
	sw.Exec("configure", "no monitor session a destination tunnel mode gre source 10.0.0.1 destination 10.2.2.2", "monitor session a destination tunnel mode gre source 10.0.0.1 destination 10.0.0.9")
	testkit.Eventually(t, testkit.Patience, "the tunnel to a connected network", func() bool { return state() == "active" })
}

func TestEOSCounts(t *testing.T) {
	sw := start(t, eosFabric).Switch("leaf1")
	sw.Exec("configure", "monitor session a source et1 rx", "monitor session a destination et9")
	sw.SteadyMeans()
	rates := at(shown(t, sw, "show interfaces et9,et1 counters rates"), "interfaces")
	if at(rates, "Ethernet9", "outBpsRate") != 8e6 || at(rates, "Ethernet1", "inPpsRate") != 1000.0 {
		t.Errorf("%v", rates)
	}
	if err := sw.SetTraffic("Ethernet1", "in", TrafficSpec{BitsPerSecond: 20 * Gbps, FramesPerSecond: 1e6}); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, testkit.Patience, "frames that do not fit", func() bool {
		drops := shown(t, sw, "show interfaces counters discards")
		n, _ := at(drops, "interfaces", "Ethernet9", "outDiscards").(float64)
		total, _ := drops["outDiscardsTotal"].(float64)
		return n > 0 && total >= n
	})
	counts := at(shown(t, sw, "show interfaces et9"), "interfaces", "Ethernet9")
	if at(counts, "interfaceCounters", "outDiscards").(float64) == 0 || at(counts, "interfaceStatus") != "connected" || at(counts, "bandwidth") != 1e10 {
		t.Errorf("%v", counts)
	}
	sw.Exec("clear counters et9")
	if got := words(said(sw, "show interfaces et3 counters")); got != "Port InOctets InUcastPkts OutOctets OutUcastPkts\nEt3 0 0 0 0" {
		t.Errorf("%s", got)
	}
	sw.UpdateFaults(func(f *Faults) { f.MirrorsNothing = true })
	if got := sends(sw, "Ethernet9"); got != 0 {
		t.Errorf("%d", got)
	}
}

func TestEOSSaysWhatIsNotProgrammed(t *testing.T) {
	sw := start(t, eosFabric).Switch("leaf1")
	sw.Exec("configure", "monitor session a source et1 rx", "monitor session a destination et9")
	active := func() bool { return strings.Contains(said(sw, "show monitor session"), "Et9 :  active") }
	testkit.Eventually(t, testkit.Patience, "the destination", active)
	sw.UpdateFaults(func(f *Faults) { f.NotProgrammed = true })
	if active() || sends(sw, "Ethernet9") != 0 {
		t.Error("it copies, or says so")
	}
}
