package lab

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// nexusFixture reads a recording of shared/fixtures.
func nexusFixture(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(testkit.Shared(t, "fixtures"), "cisco-nxos", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// recordedNexus has the ports of the recordings.
func recordedNexus(t *testing.T, model, config string) *Switch {
	t.Helper()
	return startSpec(t, Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "sw", Platform: "cisco_nxos", Model: model, Config: config,
		Ports: []PortSpec{{Name: "Ethernet1/1-48"}, {Name: "Ethernet3/1-48"}, {Name: "Ethernet4/1-8"}, {Name: "Ethernet111/1/1-8"}}}},
		Hosts: []HostSpec{{At: "sw:Eth1/29", Name: "far"}, {At: "sw:Eth1/31", Name: "near"}, {At: "sw:Eth4/8", Name: "ids"}}}}).Switch("sw")
}

// What was recorded of a configuration is what it gives back, the origin last.
func TestNexusConfigurationsOfTheFixtures(t *testing.T) {
	for _, file := range []string{"running_config_monitor__n7k_local_and_erspan.txt", "running_config_monitor__n7k_erspan_blog.txt"} {
		text := nexusFixture(t, file)
		typedIn := recordedNexus(t, "N7K-C7009", "")
		if out := typedIn.Exec(append([]string{"configure terminal"}, strings.Split(strings.TrimSpace(text), "\n")...)...); strings.Contains(out, "% ") || strings.Contains(out, "ERROR") {
			t.Errorf("%s:\n%s", file, out)
		}
		loaded := recordedNexus(t, "N7K-C7009", text)
		sorted := func(text string) []string { return slices.Sorted(strings.SplitSeq(strings.TrimSpace(text), "\n")) }
		for _, sw := range []*Switch{typedIn, loaded} {
			got := spans(sw)
			if !slices.Equal(sorted(got), sorted(text)) || !strings.HasPrefix(got[strings.LastIndex(strings.TrimSpace(got), "\n")+1:], "monitor erspan origin ip-address ") {
				t.Errorf("%s:\n%s", file, got)
			}
		}
	}
}

func TestNexusShowsAnERSPANSourceAsRecorded(t *testing.T) {
	sw := recordedNexus(t, "N9K-C93180YC-EX", "interface Ethernet1/29\n  no switchport\n  ip address 11.11.11.2/24\n")
	lines := []string{"configure terminal"}
	for l := range strings.Lines(nexusFixture(t, "config_transcript__n9k_erspan_source_type3.txt")) {
		if _, line, ok := strings.Cut(l, "# "); ok {
			lines = append(lines, strings.TrimRight(line, " \n"))
		}
	}
	if out := sw.Exec(lines...); strings.Contains(out, "% ") || strings.Contains(out, "ERROR") || len(lines) < 9 {
		t.Fatalf("%s", out)
	}
	want := nexusFixture(t, "show_monitor_session_3__n9k_erspan_source_type3.txt")
	if got := told(sw, "show monitor session 3"); words(got) != words(want) {
		t.Errorf("%s\nrecorded\n%s", got, want)
	}
}

// fieldsOf are the lines of a session above the table of features, without blanks that
// do not count.
func fieldsOf(text string) (out []string) {
	text, _, _ = strings.Cut(text[strings.Index(text, "session 2\n"):], "Feature ")
	for l := range strings.Lines(text) {
		if name, value, ok := strings.Cut(l, ":"); ok {
			out = append(out, strings.TrimSpace(name)+": "+strings.TrimSpace(value))
		}
	}
	return out
}

func TestNexus7000ShowsSessionsAsRecorded(t *testing.T) {
	sw := recordedNexus(t, "N7K-C7009", "ip route 9.1.1.0/24 5.5.5.1\n")
	sw.Exec(typed("monitor erspan origin ip-address 5.5.5.5 global; interface e4/8; switchport; switchport monitor; monitor session 2 type erspan-destination; erspan-id 1; vrf default; source ip 9.1.1.2; destination interface e4/8; no shut")...)
	got, want := told(sw, "show monitor session 2"), nexusFixture(t, "show_monitor_session_2__n7k_erspan_destination.txt")
	if !slices.Equal(fieldsOf(got), fieldsOf(want)) {
		t.Errorf("%s\nrecorded\n%s", got, want)
	}
	contains(t, got, "\nsession 2\n"[1:], "\nFeature       Enabled   Value   Modules Supported       Modules Not-Supported\n", "\nType-II       Yes       -       ")

	sw.Exec(typed("no monitor session 2; monitor session 2 type erspan-source; mode extended; source interface e1/31; filter vlan 100; erspan-id 1; vrf default; destination ip 9.1.1.2; no shut")...)
	got, want = told(sw, "show monitor session 2"), nexusFixture(t, "show_monitor_session_2__n7k_erspan_source_extended.txt")
	recorded := fieldsOf(want)
	for _, f := range fieldsOf(got) {
		name, value, _ := strings.Cut(f, ": ")
		if !slices.ContainsFunc(recorded, func(r string) bool { return r == f || value == "Eth1/31" && strings.HasPrefix(r, name+":") }) {
			t.Errorf("%q is not recorded in\n%s", f, want)
		}
	}
	for _, row := range []string{"MTU-Trunc     No", "rate-limit-rx No", "rate-limit-tx No", "Sampling      No", "MCBE          No", "Legend:", "MCBE   = Multicast Best Effort"} {
		if !strings.Contains(want, row+"\n") || !strings.Contains(got, row+"\n") {
			t.Errorf("no %q in\n%s", row, got)
		}
	}
}

func TestNexusShowInterfaceHasTheRecordedFields(t *testing.T) {
	want, got := nexusFixture(t, "show_interface__output_discard_counters.txt"), told(recordedNexus(t, "", ""), "show interface Ethernet1/31")
	for _, field := range []string{`^Ethernet1/\d+ is up\nadmin state is up, Dedicated Interface\n  Hardware: [\d/]+ Ethernet, address: [0-9a-f.]{14} \(bia [0-9a-f.]{14}\)\n  MTU 1500 bytes, BW \d+ Kbit , DLY 10 usec\n`,
		`\n  reliability 255/255, txload \d+/255, rxload \d+/255\n  Encapsulation ARPA, medium is broadcast\n  Port mode is access\n  full-duplex, \d+ [MG]b/s\n`, `\n  Switchport monitor is off \n`,
		`\n  Last clearing of "show interface" counters never\n  \d+ interface resets\n  Load-Interval #1: 30 seconds\n    30 seconds input rate \d+ bits/sec, \d+ packets/sec\n    30 seconds output rate \d+ bits/sec, \d+ packets/sec\n    input rate [\d.]+ \w?bps, \d+ pps; output rate [\d.]+ \w?bps, \d+ pps\n`,
		`\n  Load-Interval #2: 5 minute \(300 seconds\)\n    300 seconds input rate `, `\n  RX\n    \d+ unicast packets  \d+ multicast packets  \d+ broadcast packets\n    \d+ input packets  \d+ bytes\n`,
		`\n  TX\n    \d+ unicast packets  \d+ multicast packets  \d+ broadcast packets\n    \d+ output packets  \d+ bytes\n`, `\n    \d+ lost carrier  \d+ no carrier  \d+ babble  \d+ output discard\n`} {
		re := regexp.MustCompile(strings.ReplaceAll(field, `\w?bps`, `(?:[KMG])?bps`))
		if !re.MatchString(want) {
			t.Errorf("the recording lacks %s", field)
		}
		if !re.MatchString(got) {
			t.Errorf("the lab lacks %s in\n%s", field, got)
		}
	}
}

// Every file of the recordings is compared, or it is said why not.
func TestNexusRecordingsAreAllLookedAt(t *testing.T) {
	files, err := os.ReadDir(filepath.Join(testkit.Shared(t, "fixtures"), "cisco-nxos"))
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"README.md", "config_transcript__n9k_erspan_source_type3.txt", "running_config_monitor__n7k_erspan_blog.txt", "running_config_monitor__n7k_local_and_erspan.txt",
		"show_interface__output_discard_counters.txt", "show_monitor_session_2__n7k_erspan_destination.txt", "show_monitor_session_2__n7k_erspan_source_extended.txt", "show_monitor_session_3__n9k_erspan_source_type3.txt",
		"running_config_monitor__parser_test_directions.txt"} // the last is a parser's test and of no device: destinations have directions
	for _, f := range files {
		if !slices.Contains(known, f.Name()) {
			t.Errorf("%s is not compared", f.Name())
		}
	}
}

func TestNexusTables(t *testing.T) {
	sw := start(t, strings.Replace(oneNexus, "  hosts: [", "  traffic: [{at: \"n9:Eth1/1\", direction: in, framesPerSecond: 10}]\n  hosts: [{at: \"n9:Eth1/5\", name: phone, mac: \"0011.2233.4466\", lldp: true, cdp: true}, ", 1)).Switch("n9")
	sw.Exec(typed("vlan 7; name phones; vlan 10-11; interface e1/2; switchport mode trunk; switchport trunk allowed vlan 7,10; description to the core; interface e1/7; channel-group 5 mode active; interface po5; switchport access vlan 7; interface e1/9; shutdown; interface e1/48; switchport monitor; " +
		"interface e1/3; no switchport; ip access-list L; permit tcp host 10.0.0.5 any eq 80; remark why")...)
	for command, want := range map[string][]string{
		"show interface status":                                         {"\nEth1/1        --                 connected 1         full    10G     10Gbase-SR\n", "\nEth1/2        to the core        connected trunk     full ", "\nEth1/3        --                 notconnec routed    full ", "\nEth1/9        --                 disabled  1 "},
		"show interface Ethernet1/2 switchport":                         {"Name: Ethernet1/2\n  Switchport: Enabled\n  Switchport Monitor: Not enabled \n  Operational Mode: trunk\n  Access Mode VLAN: 1 (default)\n", "\n  Trunking VLANs Allowed: 7,10\n"},
		"show interface e1/48 switchport":                               {"  Switchport Monitor: Enabled \n"},
		"show interface e1/1 counters errors":                           {"\nPort              Align-Err        FCS-Err       Xmit-Err        Rcv-Err      UnderSize    OutDiscards\n"},
		"show interface counters":                                       {"\nPort               InOctets    InUcastPkts\n", "\nPort              OutOctets   OutUcastPkts\n"},
		"show vlan":                                                     {"\n1    default                          active    Eth1/1, Eth1/2, Eth1/4, Eth1/5\n", "\n7    phones                           active    Eth1/2, Po5\n"},
		"show port-channel summary":                                     {"\n5     Po5(SD)     Eth      LACP      Eth1/7(D)\n"},
		"show lldp neighbors":                                           {"\nphone                Eth1/5 ", "\nTotal entries displayed: 1\n"},
		"show cdp neighbors":                                            {"\nphone               Eth1/5 ", "\nTotal entries displayed: 1\n"},
		"show mac address-table":                                        {"\n*    1     0011.2233.4466   dynamic  0          F      F    Eth1/5\n"},
		"show mac address-table dynamic interface e1/48":                {"---+----"},
		"show access-lists":                                             {"\nIP access list L\n        10 permit tcp 10.0.0.5/32 any eq www \n        20 remark why \n"},
		"show running-config | section '^ip(v6)* access-list'":          {"ip access-list L\n  10 permit tcp 10.0.0.5/32 any eq www\n  20 remark why\n"},
		"show running-config interface e1/2, e1/48":                     {"!Command: show running-config interface e1/2, e1/48\n", "\ninterface Ethernet1/2\n  description to the core\n  switchport mode trunk\n  switchport trunk allowed vlan 7,10\ninterface Ethernet1/48\n  switchport monitor\n"},
		"show running-config vlan":                                      {"\nvlan 1,7,10-11\nvlan 7\n  name phones\n"},
		"show running-config | include \"channel-group|no switchport\"": {"  no switchport\n  channel-group 5 mode active\n"},
		"show interface e1/9":                                           {"Ethernet1/9 is down (Administratively down)\nadmin state is down, "},
		"show interface e1/7":                                           {"Ethernet1/7 is down (Link not connected)\nadmin state is up, ", "\n  Belongs to Po5\n"},
		"show inventory":                                                {"PID: N9K-C93180YC-EX "},
		"show version | json":                                           {`"chassis_id":"Nexus9000 C93180YC-EX Chassis"`, `"host_name":"n9"`},
	} {
		contains(t, told(sw, command), want...)
	}
	if got := told(sw, "show mac address-table dynamic interface e1/48"); strings.Contains(got, "dynamic") {
		t.Errorf("a port for copies learns nothing:\n%s", got)
	}
	if got := told(sw, "configure terminal", "no feature lldp", "show lldp neighbors"); !strings.HasSuffix(got, "^\n% Invalid command at '^' marker.\n") {
		t.Errorf("%q", got)
	}
	// One row stands without a list, several with one.
	for ports, want := range map[string]string{"e1/1": "map", "e1/1-2": "list"} {
		var data map[string]map[string]any
		if err := json.Unmarshal([]byte(told(sw, "show interface "+ports+" | json")), &data); err != nil {
			t.Fatal(err)
		}
		_, isList := data["TABLE_interface"]["ROW_interface"].([]any)
		if isList != (want == "list") {
			t.Errorf("%s: %v", ports, data)
		}
	}
	sw.Exec("clear counters interface e1/1")
	contains(t, told(sw, "show interface e1/1"), `  Last clearing of "show interface" counters 00:0`)
	contains(t, told(sw, "show interface e1/2"), `counters never`)
	contains(t, told(nexus(t, "N7K-C7009"), "show version"), "\n  system:    version 8.2(10)\n", "\n  cisco Nexus7000 C7009 (9 Slot) Chassis (\"Supervisor Module-2\") \n")
}
