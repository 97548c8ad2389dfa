package lab

import (
	"cmp"
	"github.com/netmirror/netmirror/internal/testkit"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A fixtureCase configures a virtual switch so that a command must print what
// a real one printed.
type fixtureCase struct {
	model   string
	ports   []string
	config  []string
	command string
	from    string   // first line of the fixture that counts (regexp); default "Session"
	mayAdd  []string // fields that other releases print too
	vary    []string // fields whose value the configuration does not determine
}

var fixtureCases = map[string]fixtureCase{
	"show_monitor__asr_erspan_source_and_destination.txt": {
		model: "ASR1001-X", ports: []string{"GigabitEthernet0/1/0-7"}, command: "show monitor",
		config: []string{"monitor session 1 type erspan-source", "source interface Gi0/1/4 tx", "no shutdown", "destination",
			"erspan-id 1", "ip address 172.18.197.254", "origin ip address 172.18.197.254", "exit", "exit",
			"monitor session 2 type erspan-destination", "destination interface Gi0/1/6", "no shutdown", "source", "erspan-id 1", "ip address 172.18.197.254"},
	},
	"show_monitor__rspan_source_vlans_compacted.txt": {
		model: "WS-C3750X-24", command: "show monitor",
		config: []string{"vlan 400", "remote-span", "monitor session 1 source vlan 1 , 69 , 100 , 107 , 200 - 201", "monitor session 1 destination remote vlan 400"},
	},
	"show_monitor_session_1__iosvl2_replicate_filter_vlan.txt": {
		model: "IOSvL2", command: "show monitor session 1",
		config: []string{"monitor session 1 source interface Gi0/0", "monitor session 1 destination interface Gi0/1 encapsulation replicate", "monitor session 1 filter vlan 123"},
	},
	"show_monitor_session_1__iosvl2_rspan_destination.txt": {
		model: "IOSvL2", command: "sh monitor session 1",
		config: []string{"monitor session 1 source remote vlan 99", "monitor session 1 destination interface Gi0/1"},
	},
	"show_monitor_session_local__iosvl2_interface_range.txt": {
		model: "IOSvL2", command: "show monitor session local",
		config: []string{"monitor session 1 source interface Gi0/2 - 3", "monitor session 1 destination interface Gi0/1"},
	},
	"show_monitor_session_remote__iosvl2_rspan_source.txt": {
		model: "IOSvL2", command: "show monitor session remote",
		config: []string{"monitor session 1 source interface Gi0/2", "monitor session 1 destination remote vlan 99"},
	},
	"show_monitor_session_1_detail__c9k_stack_local.txt": {
		model: "C9300-24T", ports: []string{"TwentyFiveGigE1/0/1-4", "TwentyFiveGigE2/0/1-4"}, command: "show monitor session 1 detail",
		config: []string{"monitor session 1 source interface Twe2/0/3", "monitor session 1 destination interface Twe1/0/3"},
	},
	"show_monitor_session_all__c9300_local_rspan_erspan_acl.txt": {
		model: "C9300-24T", ports: []string{"GigabitEthernet1/0/1", "GigabitEthernet3/0/27-28", "GigabitEthernet4/0/2"}, command: "show monitor session all",
		config: []string{
			"monitor session 10 source interface Gi3/0/27 rx", "monitor session 10 destination interface Gi4/0/2", "monitor session 10 filter ip access-group span-filter-acl1",
			"monitor session 20 source interface Gi3/0/27 rx", "monitor session 20 destination interface Gi3/0/28", "monitor session 20 filter mac access-group span-filter-macl1",
			"monitor session 30 source interface Gi3/0/27 rx", "monitor session 30 destination interface Gi1/0/1",
			"monitor session 40 source interface Gi3/0/27 rx", "monitor session 40 destination remote vlan 300",
			"monitor session 52 type erspan-source", "description pkt-send-to-c2(9500H)", "source interface Gi3/0/27 rx", "filter vlan 123", "no shutdown",
			"destination", "erspan-id 12", "mtu 1500", "ip address 1.1.1.20", "origin ip address 1.1.1.2"},
		// Port 3/0/28 is a destination and 3/0/27 a source of several sessions.
	},
	"show_platform_software_fed_active_monitor__erspan_source.txt": {
		model: "C9500-24Y4C", ports: []string{"TwentyFiveGigE2/0/33"}, command: "show platform software fed active monitor 1",
		mayAdd: []string{"Ipv6 flow label", "Dst Ipv6", "Org Ipv6"}, vary: []string{"Tunnel IfId"},
		config: []string{"monitor session 1 type erspan-source", "source interface Twe2/0/33", "no shutdown", "destination", "erspan-id 1",
			"ip address 4.4.4.2", "origin ip address 5.5.5.5"},
	},
	"show_platform_software_fed_active_monitor__portchannel_local_replicate.txt": {
		model: "C9500-24Y4C", ports: []string{"FiftyGigE2/0/1"}, command: "show platform software fed active monitor 1", mayAdd: []string{"Dst Ipv6", "Org Ipv6"},
		config: []string{"interface port-channel 1", "monitor session 1 source interface Po1", "monitor session 1 destination interface Fif2/0/1 encapsulation replicate"},
	},
	"show_platform_software_fed_active_monitor__vlan_source_not_programmed.txt": {
		model: "C9300-24T", command: "show platform software fed active monitor 1", mayAdd: []string{"Ipv6 flow label", "Dst Ipv6", "Org Ipv6"},
		config: []string{"monitor session 1 type erspan-source", "source vlan 100"},
	},
	"show_platform_software_fed_switch_active_monitor__erspan_many_sources.txt": {
		model: "C9300-24T", command: "show platform software fed switch active monitor 1", mayAdd: []string{"SGT count", "SGT Tag(s)"}, vary: []string{"Tunnel IfId"},
		config: []string{"monitor session 1 type erspan-source", "source interface Gi1/0/1 - 3 , Te1/1/2 , Te1/1/4 rx", "no shutdown", "destination", "erspan-id 3",
			"ip address 1.1.3.2", "origin ip address 1.1.3.1"},
	},
	"show_platform_software_monitor_session__erspan_destination.txt": {
		model: "C9500-24Y4C", ports: []string{"TwentyFiveGigE1/0/7", "TwentyFiveGigE2/0/1"}, command: "show platform software monitor session 1", from: "^Span",
		config: []string{"monitor session 1 type erspan-destination", "destination interface Twe1/0/7 , Twe2/0/1", "no shutdown", "source", "erspan-id 1001",
			"ip address 40.1.1.1", "ipv6 address 2040::2"},
	},
	"show_platform_software_monitor_session__erspan_source.txt": {
		model: "C9500-24Y4C", ports: []string{"FiftyGigE1/0/7"}, command: "show platform software monitor session 1", from: "^Span",
		config: []string{"monitor session 1 type erspan-source", "source interface Fif1/0/7 rx", "no shutdown", "destination", "erspan-id 1001",
			"ip address 2.2.2.2", "origin ip address 1.1.1.1", "ipv6 address 2090::2", "origin ipv6 address 2090::1"},
	},
	"show_vlan_remote-span.txt": {
		command: "show vlan remote-span", from: "^Remote",
		config: []string{"vlan 100,400,500", "remote-span"},
	},
	"show_capability_feature_monitor_erspan-destination.txt":         {command: "show capability feature monitor erspan-destination", from: "^ERSPAN"},
	"show_capability_feature_monitor_erspan-source__type2_and_3.txt": {command: "show capability feature monitor erspan-source", from: "^ERSPAN"},
}

// notReachable are recordings that no configuration of the lab leads to.
var notReachable = map[string]string{
	"show_monitor_session_1__packet_tracer_uncompacted_list.txt": "printed by another simulator",
	"show_monitor_session_2__rspan_source_and_destination.txt":   "put together by hand: two blocks of one number, one without destination",
	"running_config__erspan_source_and_xr_style_session.txt":     "a parser's test input with lines of two operating systems",
	"show_interfaces__gigabit_output_drops.txt":                  "compared in TestShowInterfacesHasTheRecordedFields",
	"show_interfaces_status__monitoring_port.txt":                "compared in TestShowInterfacesStatusHasTheRecordedColumns",
	"config_error_messages.txt":                                  "compared in TestRefusalsAreTheRecordedTexts",
	"README.md":                                                  "",
}

func TestOutputHasTheRecordedShape(t *testing.T) {
	dir := filepath.Dir(testkit.Shared(t, "fixtures/cisco-iosxe/README.md"))
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		tc, ok := fixtureCases[f.Name()]
		if _, known := notReachable[f.Name()]; !ok && !known {
			t.Errorf("%s is neither compared nor listed as not reachable", f.Name())
		}
		if !ok {
			continue
		}
		t.Run(f.Name(), func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			want := foldRecording(string(raw), cmp.Or(tc.from, "^Session"))
			got := foldRecording(tc.output(t), cmp.Or(tc.from, "^Session"))
			compareFields(t, tc, want, got)
		})
	}
}

// output configures a switch and runs the command.
func (tc fixtureCase) output(t *testing.T) string {
	sw := SwitchSpec{Name: "sw", Platform: "cisco_iosxe", Model: tc.model}
	for _, p := range tc.ports {
		sw.Ports = append(sw.Ports, PortSpec{Name: p})
	}
	l := startSpec(t, Spec{Fabric: FabricSpec{Switches: []SwitchSpec{sw}}})
	lines := append([]string{"configure terminal"}, tc.config...)
	out := l.Switch("sw").Exec(append(lines, "end")...)
	if strings.Contains(out, "% ") {
		t.Fatalf("configuration was refused:\n%s", out)
	}
	return l.Switch("sw").Exec(tc.command)
}

var blanks = regexp.MustCompile(`\s+`)

// foldRecording drops what is not output (prompts, dashes, blank lines) and
// folds blanks, also those beside a colon and at line ends.
func foldRecording(text, from string) []string {
	start := regexp.MustCompile(from)
	var out []string
	for _, l := range strings.Split(text, "\n") {
		l = strings.TrimSpace(blanks.ReplaceAllString(l, " "))
		if len(out) == 0 && !start.MatchString(l) {
			continue
		}
		if l == "" || strings.Trim(l, "-") == "" || strings.HasSuffix(l, "#") {
			continue
		}
		l = strings.ReplaceAll(strings.ReplaceAll(l, " :", ":"), ": ", ":")
		out = append(out, strings.TrimSpace(l))
	}
	return out
}

func compareFields(t *testing.T, tc fixtureCase, want, got []string) {
	t.Helper()
	name := func(l string) string { return strings.SplitN(l, ":", 2)[0] }
	strip := func(lines []string) []string {
		var out []string
		for _, l := range lines {
			switch {
			case slices.Contains(tc.vary, name(l)) || strings.HasPrefix(l, "ERSPAN Tun id"):
				l = name(l)
			case slices.Contains(tc.mayAdd, name(l)):
				continue
			}
			out = append(out, l)
		}
		return out
	}
	want, got = strip(want), strip(got)
	if !slices.Equal(want, got) {
		t.Errorf("recorded:\n%s\n\nprinted:\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
}

func TestShowInterfacesHasTheRecordedFields(t *testing.T) {
	raw, err := os.ReadFile(testkit.Shared(t, "fixtures/cisco-iosxe/show_interfaces__gigabit_output_drops.txt"))
	if err != nil {
		t.Fatal(err)
	}
	got := fixtureCase{}.with("show interfaces Gi1/0/1").output(t)
	for _, field := range []string{
		`(?m)^  Hardware is .+, address is [0-9a-f.]{14} \(bia [0-9a-f.]{14}\)\s*$`,
		`(?m)^  MTU \d+ bytes, BW \d+ Kbit/sec, DLY \d+ usec,`,
		`(?m)^     reliability \d+/255, txload \d+/255, rxload \d+/255`,
		`(?m)^  Encapsulation ARPA, loopback not set`,
		`(?m)^  Input queue: \d+/\d+/\d+/\d+ \(size/max/drops/flushes\); Total output drops: \d+`,
		`(?m)^  Output queue: \d+/\d+ \(size/max\)`,
		`(?m)^  5 minute input rate \d+ bits/sec, \d+ packets/sec`,
		`(?m)^  5 minute output rate \d+ bits/sec, \d+ packets/sec`,
		`(?m)^     \d+ packets input, \d+ bytes, \d+ no buffer`,
		`(?m)^     \d+ packets output, \d+ bytes, \d+ underruns`,
		`(?m)^GigabitEthernet\S+ is (up|down), line protocol is (up|down) \(\w+\)`,
	} {
		re := regexp.MustCompile(field)
		if !re.Match(raw) {
			t.Errorf("the recording lacks %s", field)
		}
		if !re.MatchString(got) {
			t.Errorf("the lab lacks %s in\n%s", field, got)
		}
	}
}

func (tc fixtureCase) with(command string) fixtureCase {
	tc.command = command
	return tc
}

func TestShowInterfacesStatusHasTheRecordedColumns(t *testing.T) {
	raw, err := os.ReadFile(testkit.Shared(t, "fixtures/cisco-iosxe/show_interfaces_status__monitoring_port.txt"))
	if err != nil {
		t.Fatal(err)
	}
	l := startSpec(t, Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "sw", Platform: "cisco_iosxe", Model: "C9500-24Y4C",
		Ports: []PortSpec{{Name: "TwentyFiveGigE2/0/32", Speed: 10 * Gbps}}}}}})
	got := l.Switch("sw").Exec("conf t", "monitor session 1 destination interface Twe2/0/32", "do show interfaces status")
	for _, want := range []string{"Port ", "Twe2/0/32 "} {
		a, b := lineWith(string(raw), want), lineWith(got, want)
		if a == "" || a != b {
			t.Errorf("recorded %q\nprinted  %q", a, b)
		}
	}
}

func lineWith(text, prefix string) string {
	for _, l := range strings.Split(text, "\n") {
		if strings.HasPrefix(l, prefix) {
			return strings.TrimRight(l, " ")
		}
	}
	return ""
}

func TestRefusalsAreTheRecordedTexts(t *testing.T) {
	raw, err := os.ReadFile(testkit.Shared(t, "fixtures/cisco-iosxe/config_error_messages.txt"))
	if err != nil {
		t.Fatal(err)
	}
	src := func(id, port string) string { return "monitor session " + id + " source interface Gi0/1/" + port }
	dst := func(id, port string) string { return "monitor session " + id + " destination interface Gi0/1/" + port }
	reach := map[string]struct {
		model string
		lines []string
	}{
		"% Exceed the maximum source port number per session":               {"C8300", []string{src("1", "0 - 8")}},
		"% Only one Dst port is supported":                                  {"C8300", []string{dst("1", "0"), dst("1", "1")}},
		"% Interface(s) Gi0/1/5 already configured as monitor sources":      {"C9300", []string{src("1", "5"), dst("2", "5")}},
		"% Interface(s) Gi0/1/5 already configured as monitor destinations": {"C9300", []string{dst("1", "5"), src("2", "5")}},
		"% Src port is already be used in session":                          {"C8300", []string{src("1", "0"), src("2", "0")}},
		"% Dst port is already be used in session":                          {"C8300", []string{dst("1", "0"), dst("2", "0")}},
		"% Exceed the maximum SPAN session number":                          {"C8300", []string{src("1", "0"), src("2", "1"), src("3", "2")}},
		"% Local Session limit has been exceeded":                           {"WS-C3750X-24", []string{src("1", "0"), src("2", "1"), src("3", "2")}},
		"Only NGIO switch is supported for Local SPAN.":                     {}, // a router without the right module: not modelled
	}
	for _, block := range strings.Split(strings.TrimSpace(string(raw)), "----\n") {
		block = strings.TrimSpace(block)
		first := strings.SplitN(block, "\n", 2)[0]
		tc, ok := reach[first]
		if !ok {
			t.Errorf("no way to reach %q is written", first)
		}
		if len(tc.lines) == 0 {
			continue
		}
		l := startSpec(t, Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "sw", Platform: "cisco_iosxe", Model: tc.model,
			Ports: []PortSpec{{Name: "GigabitEthernet0/1/0-9"}}}}}})
		sw := l.Switch("sw")
		last := len(tc.lines) - 1
		sw.Exec(append([]string{"configure terminal"}, tc.lines[:last]...)...)
		before := sw.RunningConfig()
		out := sw.Exec("configure terminal", tc.lines[last])
		if !strings.Contains(out, tc.lines[last]+"\n"+block+"\n") {
			t.Errorf("want %q in\n%s", block, out)
		}
		if sw.RunningConfig() != before {
			t.Errorf("the refused line %q changed the configuration", tc.lines[last])
		}
	}
}
