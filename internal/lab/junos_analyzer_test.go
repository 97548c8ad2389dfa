package lab

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/testkit"
)

// Every recording of the fixtures is what a switch prints that is configured so.
func TestJunosPrintsTheRecordings(t *testing.T) {
	for _, tc := range []struct{ model, config, command, fixture string }{
		{"acx7100", "config_set__acx7k_analyzer_in_group.txt", "show forwarding-options analyzer", "show_forwarding-options_analyzer__acx7k.txt"},
		{"ex4300-48t", "config_set__ex4300_vlan_source.txt", "show forwarding-options analyzer", "show_forwarding-options_analyzer__ex4300_vlan_source.txt"},
		{"mx204", "", "show forwarding-options port-mirroring", "show_forwarding-options_port-mirroring__mx_instance.txt"},
	} {
		read := func(name string) string {
			raw, err := os.ReadFile(testkit.Shared(t, "fixtures/juniper-junos/"+name))
			if err != nil {
				t.Fatal(err)
			}
			return string(raw)
		}
		config := "set forwarding-options port-mirroring instance INGRESS family any output interface et-0/0/2.999"
		if tc.config != "" {
			config = read(tc.config)
		}
		_, want, _ := strings.Cut(read(tc.fixture), "\n")
		probe := map[byte]string{'a': "et-0/0/25", 'e': "ge-0/0/47", 'm': "et-0/0/2"}[tc.model[0]]
		sw := startSpec(t, Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "sw", Platform: "juniper_junos", Model: tc.model}}, Hosts: []HostSpec{{At: "sw:" + probe, Name: "probe"}}}}).Switch("sw")
		sw.Exec(append(append([]string{"configure"}, strings.Split(config, "\n")...), "set apply-groups ANALYZER", "commit")...)
		if got := answered(sw, tc.command); strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%s:\n%s\nwant\n%s", tc.fixture, got, want)
		}
	}
}

// The recorded configurations are read, and written as they were.
func TestJunosReadsTheRecordedConfigurations(t *testing.T) {
	for name, model := range map[string]string{"config_set__acx7k_analyzer_in_group.txt": "acx7100", "config_set__analyzer_among_other_forwarding_options.txt": "qfx5100", "config_set__legacy_ex_virtual_chassis_analyzer.txt": "ex4200-48t"} {
		raw, err := os.ReadFile(testkit.Shared(t, "fixtures/juniper-junos/"+name))
		if err != nil {
			t.Fatal(err)
		}
		sw, n := junosSwitch(t, model), 0
		lines := []string{"configure"}
		for _, l := range strings.Split(string(raw), "\n") {
			if l = strings.TrimSpace(l); strings.HasPrefix(l, "set ") {
				lines = append(lines, l)
			}
		}
		if out := sw.Exec(append(lines, "commit")...); strings.Contains(out, "^") || strings.Contains(out, "error") {
			t.Errorf("%s: %s", name, out)
		}
		is := sw.RunningConfig()
		for _, l := range lines[1:] {
			if n++; !strings.Contains(is, l+"\n") {
				t.Errorf("%s: no %q", name, l)
			}
		}
		if n < 6 {
			t.Errorf("%s: %d lines", name, n)
		}
	}
}

func TestJunosRefusesAtTheCommit(t *testing.T) {
	const (
		failed = "error: configuration check-out failed\n"
		local  = "set forwarding-options analyzer A input ingress interface P1.0; set forwarding-options analyzer A output interface P9.0; "
	)
	for name, tc := range map[string]struct{ models, typed, want string }{
		"two kinds of output":            {"els", local + "set forwarding-options analyzer A output vlan default", "[edit forwarding-options analyzer A output]\n  'vlan'\n"},
		"two VLANs":                      {"els", "set forwarding-options analyzer A output vlan default; set forwarding-options analyzer A output vlan v5", "an analyzer has one kind of output"},
		"a unit that is not 0":           {"acx", "set forwarding-options analyzer A output interface P9.5", "only unit 0 can be an output"},
		"an output of another":           {"els", local + "set forwarding-options analyzer B output interface P9.0", "[edit forwarding-options analyzer B output]\n  'interface P9.0'\n    output interface of analyzer A"},
		"an output that is an input":     {"els", local + "set forwarding-options analyzer B input egress interface P9.0", "[edit forwarding-options analyzer A output]\n  'interface P9.0'\n    output interface is an input"},
		"an output of a port that feeds": {"ex", local + "set firewall family ethernet-switching filter F term a then analyzer A; set interfaces P9 unit 0 family ethernet-switching filter input F", "'interface P9.0'\n    output interface is an input"},
		"a filter that is not there":     {"all", "set interfaces P1 unit 0 family inet filter input F", "[edit interfaces P1 unit 0 family inet]\n  'filter'\n    Referenced filter 'F' is not defined\n" + failed},
		"an analyzer that is not there":  {"all", "set firewall family inet filter F term a then analyzer A", "[edit firewall family inet filter F term a then]\n  'analyzer A'\n    Referenced analyzer 'A' is not defined\n" + failed},
		"an analyzer of what leaves":     {"els", local + "set firewall family inet filter F term a then analyzer A; set interfaces P2 unit 0 family inet filter output F", "analyzer is an action of input filters"},
		"five analyzers":                 {"qfx ex", "A; B; C; D; E", "4 analyzers are the most"},
		"three with ingress":             {"qfx", "A ingress P1.0; B ingress P2.0; C ingress P3.0", "2 analyzers with ingress inputs are the most"},
		"three with egress":              {"qfx", "A egress P1.0; B egress P2.0; C egress P3.0", "2 analyzers with egress inputs are the most"},
		"four with egress":               {"acx", "A egress P1.0; B egress P2.0; C egress P3.0; D egress P4.0", "3 analyzers with egress inputs are the most"},
		"a second one on a legacy EX":    {"old", "set ethernet-switching-options analyzer A ratio 2; set ethernet-switching-options analyzer B ratio 2", "1 analyzers are the most"},
		"no password of root":            {"acx", "delete system root-authentication", "Missing mandatory statement: 'root-authentication'\n" + failed},
		"no reason":                      {"els", local + "set vlans v vlan-id 5", ""},
		"an inactive one does not count": {"els", local + "set forwarding-options analyzer B output interface P9.0; deactivate forwarding-options analyzer B", ""},
		"an inherited one counts":        {"els", local + "set groups G forwarding-options analyzer B output interface P9.0; set apply-groups G", "output interface of analyzer"},
	} {
		t.Run(name, func(t *testing.T) {
			for key, model := range map[string]string{"ex": "ex4300-48t", "qfx": "qfx5100-48s", "acx": "acx7100", "old": "ex4200-48t"} {
				if !strings.Contains(tc.models, key) && tc.models != "all" && (tc.models != "els" || key == "old") {
					continue
				}
				port := map[string]string{"ex": "ge-0/0/", "qfx": "xe-0/0/", "acx": "et-0/0/", "old": "ge-0/0/"}[key]
				sw := junosSwitch(t, model)
				was, lines := sw.RunningConfig(), []string{"configure exclusive"}
				for _, l := range strings.Split(strings.ReplaceAll(strings.TrimSuffix(tc.typed, "; "), "P", port), "; ") {
					switch words := strings.Fields(l); {
					case len(words) == 1:
						l = "set forwarding-options analyzer " + l
					case strings.HasSuffix(words[1], "gress"):
						l = "set forwarding-options analyzer " + words[0] + " input " + words[1] + " interface " + words[2]
					}
					lines = append(lines, l)
				}
				for _, commit := range []string{"commit check", "commit confirmed 2", "commit"} {
					got := answered(sw, append(lines, commit)...)
					refused := strings.HasSuffix(got, failed) && strings.Contains(got, "[edit ")
					if want := strings.ReplaceAll(tc.want, "P", port); !strings.Contains(got, want) || refused != (tc.want != "") {
						t.Errorf("%s, %s: %q", model, commit, got)
					}
					if tc.want != "" && (sw.RunningConfig() != was || strings.Contains(answered(sw, "show system commit"), "pending")) {
						t.Errorf("%s, %s: a refused commit changes something", model, commit)
					}
				}
			}
		})
	}
	if sw := junosSwitch(t, "ex4300-48t"); !strings.Contains(answered(sw, "configure", "set forwarding-options analyzer A output source-ip-address 192.0.2.1"), "syntax error") {
		t.Error("an EX knows the leaf of a QFX")
	}
	if sw := junosSwitch(t, "qfx5100-48s"); strings.Contains(answered(sw, "configure", "set forwarding-options analyzer A output source-ip-address 192.0.2.1"), "error") {
		t.Error("a QFX of 23.4R2 does not know its leaf")
	}
}

const junosFabric = `
fabric:
  switches:
    - {name: a, platform: juniper_junos, model: ex4300-48t, ports: ["ge-0/0/0-9"]}
    - {name: b, platform: juniper_junos, model: qfx5100-48s, ports: ["ge-0/0/0-9"]}
    - {name: c, platform: juniper_junos, model: ex4200-48t, ports: ["ge-0/0/0-9"]}
  links: [{a: "a:ge-0/0/9", b: "b:ge-0/0/8"}, {a: "b:ge-0/0/9", b: "c:ge-0/0/8"}]
  hosts: [{at: "a:ge-0/0/5", name: p1}, {at: "b:ge-0/0/5", name: p2}, {at: "c:ge-0/0/5", name: p3}, {at: "c:ge-0/0/6", name: p4}]
  traffic:
    - {at: "a:ge-0/0/1", direction: in, framesPerSecond: 100}
    - {at: "a:ge-0/0/1", direction: out, framesPerSecond: 10}
    - {at: "a:ge-0/0/2", direction: in, framesPerSecond: 1000, packet: {protocol: 6, from: 10.0.0.5, toPort: 443}}
`

// outRate are the frames a second that leave a port.
func outRate(l *Lab, sw, port string) uint64 { return l.Switch(sw).Counters()[port].OutRate }

func TestJunosCopiesFollowTheConfiguration(t *testing.T) {
	l := start(t, junosFabric)
	a := l.Switch("a")
	commit := func(sw *Switch, lines ...string) {
		t.Helper()
		if got := answered(sw, append(append([]string{"configure exclusive"}, lines...), "commit")...); got != "commit complete\n" {
			t.Fatalf("%q", got)
		}
	}
	const an = "set forwarding-options analyzer A "
	commit(a, "set vlans v20 vlan-id 20", "set interfaces ge-0/0/2 unit 0 family ethernet-switching vlan members v20")
	for _, step := range []struct {
		typed string
		want  uint64
	}{
		{an + "input ingress interface ge-0/0/1.0; " + an + "output interface ge-0/0/5.0", 100},
		{an + "input egress interface ge-0/0/1.0", 110},
		{an + "input rate 10", 11},
		{"delete forwarding-options analyzer A input rate; deactivate forwarding-options analyzer A", 0},
		{"activate forwarding-options analyzer A; delete forwarding-options analyzer A input; " + an + "input ingress vlan v20", 1000},
		{an + "input ingress vlan 1", 1100},
		{"delete interfaces ge-0/0/5 unit 0 family ethernet-switching", 0}, // the unit is not enough here
		{"set interfaces ge-0/0/5 unit 0 family ethernet-switching; delete forwarding-options analyzer A; set groups G forwarding-options analyzer A input ingress interface ge-0/0/2.0; " +
			"set groups G forwarding-options analyzer A output interface ge-0/0/5.0; set apply-groups G", 1000},
		{"delete apply-groups", 0},
		{"set interfaces ge-0/0/1 ether-options 802.3ad ae0; set interfaces ge-0/0/2 ether-options 802.3ad ae0; set interfaces ae0 unit 0 family ethernet-switching; " +
			an + "input ingress interface ae0.0; " + an + "output interface ge-0/0/5.0", 1100},
	} {
		commit(a, strings.Split(step.typed, "; ")...)
		if got := outRate(l, "a", "ge-0/0/5"); got != step.want {
			t.Errorf("%s: %d frames a second, want %d", step.typed, got, step.want)
		}
	}
}

// A remote VLAN goes over trunks, and over a switch between only where it learns nothing
// in it; the last switch has an analyzer that listens to it.
func TestJunosRemoteVLANOverThreeSwitches(t *testing.T) {
	l := start(t, junosFabric)
	for name, lines := range map[string]string{
		"a": "set interfaces ge-0/0/9 unit 0 family ethernet-switching interface-mode trunk; set interfaces ge-0/0/9 unit 0 family ethernet-switching vlan members remote; " +
			"set forwarding-options analyzer A input ingress interface ge-0/0/1.0; set forwarding-options analyzer A output vlan remote",
		"b": "set interfaces ge-0/0/8 unit 0 family ethernet-switching interface-mode trunk; set interfaces ge-0/0/8 unit 0 family ethernet-switching vlan members all; " +
			"set interfaces ge-0/0/9 unit 0 family ethernet-switching interface-mode trunk; set interfaces ge-0/0/9 unit 0 family ethernet-switching vlan members 998-999",
		"c": "set interfaces ge-0/0/8 unit 0 family ethernet-switching port-mode trunk; set interfaces ge-0/0/8 unit 0 family ethernet-switching vlan members 999; " +
			"set ethernet-switching-options analyzer Z input ingress vlan remote; set ethernet-switching-options analyzer Z output interface ge-0/0/5.0; " +
			"set interfaces ge-0/0/6 unit 0 family ethernet-switching vlan members remote",
	} {
		got := answered(l.Switch(name), append(append([]string{"configure", "set vlans remote vlan-id 999"}, strings.Split(lines, "; ")...), "commit")...)
		if got != "commit complete\n" {
			t.Fatalf("%s: %q", name, got)
		}
	}
	if got := outRate(l, "c", "ge-0/0/5"); got != 0 || outRate(l, "a", "ge-0/0/9") != 100 {
		t.Errorf("over a switch that learns: %d", got)
	}
	l.Switch("b").Exec("configure", "set vlans remote switch-options no-mac-learning", "commit")
	if got, access := outRate(l, "c", "ge-0/0/5"), outRate(l, "c", "ge-0/0/6"); got != 100 || access != 100 {
		t.Errorf("%d frames a second arrive, %d at an access port", got, access)
	}
	if got := answered(l.Switch("a"), "show forwarding-options analyzer"); !strings.Contains(got, "  Output VLAN                      : default-switch/remote\n") || !strings.Contains(got, ": up\n") {
		t.Errorf("%s", got)
	}
	if got := answered(l.Switch("c"), "show analyzer"); !strings.Contains(got, "  Analyzer name                    : Z\n") || !strings.Contains(got, "  Ingress monitored VLANs          : remote\n") {
		t.Errorf("%s", got)
	}
}

func TestJunosTunnelNeedsARoute(t *testing.T) {
	l := start(t, junosFabric)
	a := l.Switch("a")
	a.Exec("configure", "set forwarding-options analyzer A input ingress interface ge-0/0/1.0", "set forwarding-options analyzer A output ip-address 192.0.2.9", "commit")
	state := func() string { return answered(a, "show forwarding-options analyzer | match State|IP") }
	if got := state(); got != "  State                            : down\n  Output IP address                : 192.0.2.9\n" || outRate(l, "a", "ge-0/0/9") != 0 {
		t.Errorf("without a route: %q", got)
	}
	a.Exec("configure", "set routing-options static route 192.0.2.0/24 next-hop 10.0.0.1", "commit")
	if got := state(); !strings.Contains(got, ": up\n") || outRate(l, "a", "ge-0/0/9") != 100 {
		t.Errorf("with a route: %q", got)
	}
	if err := a.UpdateFaults(func(f *Faults) { f.NotProgrammed = true }); err != nil || !strings.Contains(state(), ": down\n") || outRate(l, "a", "ge-0/0/9") != 0 {
		t.Errorf("not programmed: %q %v", state(), err)
	}
}

// A filter copies what its terms say, and drops what none lets pass: users lose frames.
func TestJunosFilterCopiesAndDrops(t *testing.T) {
	l, advance := turned(t, junosFabric)
	a := l.Switch("a")
	drops := func() uint64 { return a.Counters()["ge-0/0/1"].InDrops + a.Counters()["ge-0/0/2"].InDrops }
	const f = "set firewall family ethernet-switching filter F term "
	do := func(lines string) {
		t.Helper()
		if got := answered(a, append(append([]string{"configure"}, strings.Split(lines, "; ")...), "commit")...); got != "commit complete\n" {
			t.Fatalf("%q", got)
		}
		advance(time.Second)
	}
	do("set forwarding-options analyzer A output interface ge-0/0/5.0; " + f + "r10 from ip-source-address 10.0.0.5; " + f + "r10 from ip-protocol tcp; " + f + "r10 from destination-port 440-443; " + f + "r10 then analyzer A; " +
		f + "r10 then accept; " + f + "zz then accept; set interfaces ge-0/0/1 unit 0 family ethernet-switching filter input F; set interfaces ge-0/0/2 unit 0 family ethernet-switching filter input F")
	if got := outRate(l, "a", "ge-0/0/5"); got != 1000 || drops() != 0 {
		t.Errorf("one term copies: %d copied, %d dropped", got, drops())
	}
	do("delete firewall family ethernet-switching filter F term zz")
	if got := outRate(l, "a", "ge-0/0/5"); got != 1000 || drops() < 100 || a.Counters()["ge-0/0/2"].InDrops != 0 {
		t.Errorf("without a last term: %d copied, %d dropped", got, drops())
	}
	do("delete interfaces ge-0/0/1 unit 0 family ethernet-switching filter; delete interfaces ge-0/0/2 unit 0 family ethernet-switching filter; delete firewall; delete forwarding-options")
	was := drops()
	advance(time.Second)
	if got := drops(); got != was || a.Counters()["ge-0/0/5"].OutRate != 0 {
		t.Errorf("gone: %d dropped, then %d", was, got)
	}
}
