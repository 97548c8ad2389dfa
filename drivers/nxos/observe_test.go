package nxos

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

func fixture(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "observe", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSessionsOfAConfiguration(t *testing.T) {
	got, origin, err := parseConfig(n9k, fixture(t, "config"))
	if err != nil || origin != "192.0.2.1" {
		t.Fatalf("origin %q, %v", origin, err)
	}
	const our = "192.0.2.1"
	for i, w := range []want{
		{id: "1", sources: "rx Ethernet1/1 110 120-122; both port-channel10", to: []mirror.PortName{"Ethernet1/47"}},
		{id: "2", sources: "rx sup-eth0", to: []mirror.PortName{"Ethernet1/46"}, shut: true},
		{id: "9", role: mirror.RoleERSPANSource, sources: "rx Ethernet1/9", options: tunnel("", mirror.ERSPAN{VRF: noVRF, Origin: our}), shut: true,
			opaque: []string{"source forward-drops rx priority-low", "marker-packet 500", "rate-limit auto"}},
		{id: "30", role: mirror.RoleERSPANSource, sources: "both Ethernet1/1/1", mark: "nm-abcdefghij",
			options: mirror.Options{Collector: "198.51.100.7", FilterVLANs: []int{5, 6, 7}, Filter: "nm-klmnopqrst", Truncate: 256,
				ERSPAN: &mirror.ERSPAN{ID: 42, VRF: "tools", Origin: our, TTL: 32, DSCP: 8, Type: 3}}},
		{id: "31", role: mirror.RoleERSPANDestination, to: []mirror.PortName{"Ethernet1/48"}, options: tunnel("198.51.100.8", mirror.ERSPAN{ID: 43})},
	} {
		w.check(t, got[i])
	}
	if n := got[5]; len(got) != 6 || n.ID != "32" || n.Spec.Role != "" || !strings.Contains(n.Opaque, "type acl-capture") {
		t.Errorf("%d sessions, the last %+v", len(got), n)
	}
	if words := "monitor session 1\n  description to the IDS\n"; !strings.HasPrefix(got[0].Text, words) {
		t.Errorf("the text is %q", got[0].Text)
	}
}

// With "all" the device shows what holds without a line.
func TestDefaultsAreNoDifference(t *testing.T) {
	got, _, err := parseConfig(n9k, fixture(t, "config_all"))
	if err != nil || len(got) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	n := got[0]
	n.Spec = Capabilities(n9k).Plain(n.Spec)
	want{id: "7", role: mirror.RoleERSPANSource, sources: "tx Ethernet1/1", options: tunnel("198.51.100.7", mirror.ERSPAN{ID: 1}), shut: true}.check(t, n)
}

func TestWhatIsNoConfiguration(t *testing.T) {
	for _, text := range []string{"", fixture(t, "config_none"), "version 9.3(8)\nmonitor erspan granularity 100_ns erspan-id\n"} {
		if got, _, err := parseConfig(n9k, text); err != nil || len(got) > 0 {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"% Permission denied for the role", "                 ^\n% Invalid command at '^' marker.", "ERROR: later", "  source interface Ethernet1/1", "Session 1\n---------", "monitor session 1\nSomething Else", "monitor session x"} {
		if got, _, err := parseConfig(n9k, text); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

// Lines of a session that have forms of their own. The plain form of a source is of both
// directions; that of a VLAN is what arrives, where nothing else can be copied.
func TestLinesOfASession(t *testing.T) {
	local := want{id: "1", shut: true}
	with := func(change func(*want)) want { w := local; change(&w); return w }
	for text, w := range map[string]want{
		"monitor session 1\n  shut\n":                                                     local,
		"monitor session 1\n  no shut\nmonitor session 1 shut\n":                          local,
		"no monitor session 1 shut\n":                                                     with(func(w *want) { w.shut = false }),
		"monitor session 1\n  description\n":                                              local,
		"monitor session 1\n  source interface eth 1/1-3 , po7 tx\n":                      with(func(w *want) { w.sources = "tx Ethernet1/1 Ethernet1/2 Ethernet1/3 port-channel7" }),
		"monitor session 1\n  source interface Ethernet1/1\n":                             with(func(w *want) { w.sources = "both Ethernet1/1" }),
		"monitor session 1\n  source interface Eth1/1 rx\n  source interface Eth1/1 tx\n": with(func(w *want) { w.sources = "both Ethernet1/1" }),
		"monitor session 1\n  filter vlan 1-4094\n":                                       local,
		"monitor session 1\n  source interface fc1/1 rx\n":                                with(func(w *want) { w.opaque = []string{"fc1/1"} }),
		"monitor session 1\n  source interface all\n":                                     with(func(w *want) { w.opaque = []string{"ports all"} }),
		"monitor session 1 rx\n":                                                          with(func(w *want) { w.opaque = []string{"monitor session 1 rx"} }),
		"monitor session 1\n  mode extended\n":                                            with(func(w *want) { w.opaque = []string{"mode extended"} }),
		"monitor session 1\n  mtu big\n":                                                  with(func(w *want) { w.opaque = []string{"number big"} }),
		"monitor session 1\n  destination interface sup-eth 0\n":                          with(func(w *want) { w.to = []mirror.PortName{supEth} }),
		"monitor session 1\n  erspan-id 7\n": with(func(w *want) {
			w.options, w.opaque = tunnel("", mirror.ERSPAN{ID: 7}), []string{"a tunnel in a local session"}
		}),
		"monitor session 1\n  filter access-group a\n  filter access-group b\n":             with(func(w *want) { w.options.Filter, w.opaque = "a", []string{"several access lists"} }),
		"monitor session 1\n  sampling 100\n  mtu 64\n":                                     with(func(w *want) { w.options = mirror.Options{Sample: 100, Truncate: 64} }),
		"leaf-1(config)# monitor session 1\nleaf-1(config-monitor)#   source vlan 7 both\n": with(func(w *want) { w.sources = "both 7" }),
	} {
		got, _, err := parseConfig(n9k, text)
		if err != nil || len(got) != 1 {
			t.Errorf("%q: %+v, %v", text, got, err)
			continue
		}
		w.check(t, got[0])
	}
	for model, sources := range map[string]string{"Nexus 5672": "rx 7-8", "": "rx 7-8", "Nexus9000 C92160YC-X": "both 7-8"} {
		got, _, err := parseConfig(mirror.Facts{Model: model}, "monitor session 1\n  source vlan 7-8\n")
		if err != nil || len(got) != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		with(func(w *want) { w.sources = sources }).check(t, got[0])
	}
}

func TestSessionsAsTheyAreShown(t *testing.T) {
	type is struct {
		id, state, sources string
		to                 []mirror.PortName
		unread             bool
	}
	for name, list := range map[string][]is{
		"monitor": {
			{"1", "down (No operational src/dst)", "VLAN rx, VLAN rx, VLAN rx, VLAN rx, Ethernet1/1 rx, Ethernet1/2 both, Ethernet1/3 rx, Ethernet1/4 rx, port-channel10 both", []mirror.PortName{"Ethernet1/47"}, false},
			{"30", "down (No route to destination IP address)", "Ethernet1/1/1 both", nil, false},
			{"31", "up", "", []mirror.PortName{"Ethernet1/48"}, false},
		},
		"monitor_7000": {
			{"1", "up", "VLAN rx, VLAN rx, VLAN rx, VLAN rx, VLAN rx, VLAN rx, Ethernet3/30 tx", []mirror.PortName{"Ethernet3/2", "Ethernet3/3"}, false},
			{"2", "down (No hardware resource)", "", nil, false},
		},
		"monitor_none": nil,
	} {
		got, err := parseShown(fixture(t, name))
		if err != nil || len(got) != len(list) {
			t.Fatalf("%s: %d sessions, %v", name, len(got), err)
		}
		for i, w := range list {
			s := got[i]
			if d := cmp.Diff(w.to, s.Spec.Destinations); s.id != w.id || s.state != w.state || sourceWords(s.Spec) != w.sources || d != "" || s.Unread != w.unread {
				t.Errorf("%s: session %s is %q, %q, %v, %v", name, s.id, s.state, sourceWords(s.Spec), s.Spec.Destinations, s.Doubts)
			}
		}
	}
	for _, text := range []string{"something else", "% Invalid command", "session x"} {
		if _, err := parseShown(text); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The reasons of the fact sheet: some pass by themselves, the others are faults.
func TestStates(t *testing.T) {
	for reason, waits := range map[string]bool{
		"No hardware resource": false, "No operational src/dst": true, "Generic error": false, "No sources configured": false, "No dest configured": false, "No src/dst configured": false,
		"Session admin shut": false, "Dst in wrong mode": false, "Src in wrong mode": false, "No erspan-id specified": false, "Multi-dst not allowed": false, "No valid VRF": false, "No valid IP address": false,
		"No route to destination IP address": true, "ARP not resolved": true, "Egress interface not resolved": true, "Unsupported route (e.g. tunnel, lo, ranger)": false,
		"SPAN destination resource allocation failure": false, "UDF not qualified for TCAM region": false, "Hardware error": false, "words of tomorrow": false,
	} {
		words := "down (" + reason + ")"
		v := shown{state: words}.verdict(mirror.NativeSpec{})
		w := console.Verdict{Programmed: mirror.False, Reason: "state : " + words}
		if waits {
			w.Programmed, w.Waits = mirror.Unknown, words
		}
		if d := cmp.Diff(w, v); d != "" {
			t.Error(d)
		}
	}
	for words, want := range map[string]mirror.State{"up": mirror.True, "error": mirror.False, "": mirror.Unknown, "pending": mirror.Unknown} {
		if v := (shown{state: words}).verdict(mirror.NativeSpec{}); v.Programmed != want {
			t.Errorf("%q: %+v", words, v)
		}
	}
}

// One that is up without what is configured is not known to copy it.
func TestASessionThatLacksASource(t *testing.T) {
	natives, _, err := parseConfig(n9k, fixture(t, "config"))
	if err != nil {
		t.Fatal(err)
	}
	state := func(text string) console.Verdict {
		return judge(n9k, natives[0], "", console.Replies{showState: text})
	}
	up := strings.Replace(fixture(t, "monitor"), "down (No operational src/dst)", "up", 1)
	for text, want := range map[string]console.Verdict{
		up:                                     {Programmed: mirror.True, Reason: "state : up"},
		strings.ReplaceAll(up, "Po10", "Po11"): {Programmed: mirror.Unknown, Reason: "state : up, without port-channel10 both"},
		strings.ReplaceAll(up, "Eth1/47", "Eth1/46"):      {Programmed: mirror.Unknown, Reason: "state : up, without Ethernet1/47"},
		strings.Replace(up, "110,120-122", "110", 1):      {Programmed: mirror.Unknown, Reason: "state : up, without VLAN 120 rx, VLAN 121 rx, VLAN 122 rx"},
		strings.Replace(up, "Po10 ", "Po10 new words", 1): {Programmed: mirror.True, Reason: "state : up"}, // not understood
		"% Permission denied for the role":                {Programmed: mirror.Unknown, Reason: "the device does not tell: % Permission denied for the role"},
		fixture(t, "monitor_none"):                        {Programmed: mirror.Unknown, Reason: "the device shows no state of it"},
	} {
		if d := cmp.Diff(want, state(text)); d != "" {
			t.Errorf("(-want +got):\n%s\n%s", d, text)
		}
	}
	if v := judge(n9k, natives[0], "", console.Replies{}); v.Ask != showState {
		t.Errorf("%+v", v)
	}
}

func replies(t testing.TB) console.Replies {
	return console.Replies{showSessions: fixture(t, "config"), showState: fixture(t, "monitor"), showStanzas: fixture(t, "interfaces"), showStatus: fixture(t, "status"),
		showLists: fixture(t, "lists"), showMACs: fixture(t, "macs"), showLLDP: fixture(t, "lldp"), showCDP: fixture(t, "cdp")}
}

func observed(t testing.TB, f mirror.Facts, r console.Replies) mirror.Observation {
	t.Helper()
	a, err := surroundingsOf(nil, mirror.Look{}, r)
	if err != nil {
		t.Fatal(err)
	}
	o, err := observe(f, r, a)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// portWords is what matters of a port in one line.
func portWords(p mirror.Port) string {
	out := fmt.Sprintf("%s %s %s %d", p.Name, p.Up, p.Admin, p.Speed/1e6)
	if p.Access > 0 {
		out += fmt.Sprintf(" access %d", p.Access)
	}
	if p.Trunk != nil {
		out += fmt.Sprintf(" trunk %s native %d", p.Trunk.Allowed, p.Trunk.Native)
	}
	if p.Monitor {
		out += " monitor"
	}
	if p.Kind != "" {
		out += " " + string(p.Kind) + " " + string(p.Parent)
	}
	if p.LAG {
		out += fmt.Sprint(" of ", p.Members)
	}
	for _, u := range p.Uses {
		out += "; " + u.Kind + ": " + u.Detail
	}
	return out
}

func TestPortsOfASwitch(t *testing.T) {
	var got []string
	o := observed(t, n9k, replies(t))
	for _, p := range o.Ports {
		got = append(got, portWords(p))
	}
	want := []string{
		"Ethernet1/1 True True 10000 access 110; learned: 2 learned MAC addresses; neighbour: LLDP neighbour a-very-long-name-of-a-leaf.example.net",
		"Ethernet1/2 True True 1000 trunk 1-4094 native 1; trunk: switchport mode trunk; lag-member: member of port-channel10; neighbour: LLDP neighbour spine-1; neighbour: CDP neighbour spine-1(FDO1234ABCD)",
		"Ethernet1/3 True True 40000; addressed: ip address 198.51.100.1/30",
		"Ethernet1/3.100 True True 40000 subinterface Ethernet1/3; addressed: a routed port",
		"Ethernet1/4 False False 0 access 1",
		"Ethernet1/5 False True 0; unknown: its configuration is not shown; addressed: a routed port",
		"Ethernet1/46 False True 0 access 1; unknown: its configuration is not shown",
		"Ethernet1/47 True True 10000 access 1 monitor",
		"Ethernet1/48 False True 0 access 1 monitor",
		"Ethernet101/1/1 False True 0 trunk 1-4094 native 1; unknown: its configuration is not shown; trunk: switchport mode trunk",
		"port-channel10 True True 1000 trunk 1-5,110,120-122 native 7 of [Ethernet1/2]; trunk: switchport mode trunk; learned: 1 learned MAC address",
		"sup-eth0 Unknown  0 cpu ",
		"mgmt0 True True 1000; management: a port for management; addressed: ip address 203.0.113.5/24",
		"san-po1 True True 0 access 1; unknown: this name of a port is not understood",
	}
	slices.Sort(got)
	slices.Sort(want)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	// Where routed ports are the default, that is not shown; it is part of what is put back.
	if p, _ := o.Port("Ethernet1/5"); p.Stanza != noSwitchport {
		t.Errorf("the stanza is %q", p.Stanza)
	}
	if d := cmp.Diff([]mirror.Footing{{Kind: mirror.FootingOrigin, Name: "192.0.2.1"}}, o.Footings[:1]); d != "" {
		t.Error(d)
	}
	list, made := o.Footing(mirror.FootingFilter, "nm-klmnopqrst")
	if !made || len(list.Rules) != 3 || o.Handles[handleLists] != "nm-klmnopqrst,theirs" {
		t.Errorf("%+v, %v", list, o.Handles)
	}
}

// A port of a look is read as the whole tables have it.
func TestOnePort(t *testing.T) {
	r := replies(t)
	a, err := surroundingsOf(nil, mirror.Look{}, r)
	if err != nil {
		t.Fatal(err)
	}
	old, _ := observed(t, n9k, r).Port("port-channel10")
	one := console.Replies{
		showPortStanza(old.Name): "\n!Time: now\ninterface port-channel10\n  switchport mode trunk\n  switchport monitor\n",
		showPortStatus(old.Name): "Port          Name               Status    Vlan      Duplex  Speed   Type\nPo10          --                 connected trunk     full    a-1000  --\n"}
	p, ok, err := readPort(n9k, old, one, a)
	if err != nil || !ok || portWords(p) != "port-channel10 True True 1000 trunk 1-4094 native 1 monitor of [Ethernet1/2]; trunk: switchport mode trunk" {
		t.Errorf("%s, %v, %v", portWords(p), ok, err)
	}
	if _, ok, err := readPort(n9k, old, console.Replies{}, a); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

func TestWhatIsAskedForALook(t *testing.T) {
	look := mirror.Look{Ports: []mirror.PortName{"Ethernet1/1"}, Traffic: []mirror.PortName{"Ethernet1/1"}}
	want := []string{"show running-config interface Ethernet1/1", "show interface Ethernet1/1 status", "show interface Ethernet1/1", "show mac address-table dynamic interface Ethernet1/1", showLLDP, showCDP}
	if d := cmp.Diff(want, named(look, false, false)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(want[2:3], named(look, true, true)); d != "" {
		t.Error(d)
	}
}

func TestFacts(t *testing.T) {
	for name, want := range map[string]mirror.Facts{
		"version":      {Hostname: "leaf-1", Model: "Nexus9000 C93180YC-EX", Version: "9.3(8)", Serial: "FDO00000001", Uptime: 126*24*time.Hour + time.Hour + 20*time.Minute + 23*time.Second},
		"version_7000": {Hostname: "core-1", Model: "Nexus7000 C7009", Version: "6.2(8)", Serial: "JAF00000001", Uptime: time.Millisecond},
	} {
		got, err := parseFacts(fixture(t, name))
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, d)
		}
	}
	if _, err := parseFacts("Cisco IOS Software"); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("%v", err)
	}
	for model, want := range map[string]family{"": nexus9000, "Nexus9000 9000v": nexus9000, "Nexus9000 C9396PX": nexus9000, "Nexus 3064": nexus3000, "Nexus3000 C3172PQ": nexus3000, "Nexus9000 C34180YC": nexus3000,
		"Nexus 3548": nexus3548, "Nexus3000 C3548P-10G": nexus3548, "Nexus 5548": nexus5000, "Nexus5020": nexus5000, "Nexus 5672UP": nexus5600, "Nexus 56128P": nexus5600, "Nexus 6001": nexus5600,
		"Nexus7000 C7010": nexus7000, "Nexus7700 C7710": nexus7000} {
		if got := familyOf(mirror.Facts{Model: model}); got != want {
			t.Errorf("%q is a %s", model, got)
		}
	}
}

func TestCounters(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	got, err := interfaceFigures.Read(fixture(t, "figures"), now)
	want := []mirror.PortCounters{
		{Port: "Ethernet1/1", Up: mirror.True, Bandwidth: 1e10, Complete: true, InOctets: 827345973, InPackets: 6392635, OutOctets: 16581146467, OutPackets: 138299756, OutDrops: 33,
			In: &mirror.MeanRate{Over: 30 * time.Second}, Out: &mirror.MeanRate{Bits: 5320, Packets: 1, Over: 30 * time.Second},
			Cleared: &mirror.Span{From: now.Add(-27*time.Hour - 2*time.Second), To: now.Add(-26*time.Hour + 2*time.Second)}},
		{Port: "port-channel10", Up: mirror.False, Bandwidth: 1e8, Complete: true, InPackets: 1, InOctets: 2, OutPackets: 3, OutOctets: 4, Discontinuity: "never"},
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if words, err := parseReceived(fixture(t, "figures")); err != nil || words != "300 seconds input rate 160 bits/sec, 2 packets/sec" {
		t.Errorf("%q, %v", words, err)
	}
	// Figures whose heading was lost are nobody's.
	lost := strings.Replace(fixture(t, "figures"), "port-channel10 is down (No operational members)\n", "", 1)
	if got, err := interfaceFigures.Read(lost, now); err != nil || len(got) != 1 || got[0].OutOctets != 16581146467 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestRefusals(t *testing.T) {
	for answer, want := range map[string]string{
		"                ^\n% Invalid command at '^' marker.": "% Invalid command at '^' marker.",
		"% Invalid parameter detected at '^' marker.":         "% Invalid parameter detected at '^' marker.",
		"% Invalid value/range":                               "% Invalid value/range",
		"% Incomplete command at '^' marker.":                 "% Incomplete command at '^' marker.",
		"% Permission denied for the role":                    "% Permission denied for the role",
		"ERROR: a port is in another session":                 "ERROR: a port is in another session",
		"%ACLMGR-3-ACLMGR_VERIFY_FAIL Verify failed: client 8200016E, Sufficient free entries are not available in TCAM bank": "%ACLMGR-3-ACLMGR_VERIFY_FAIL Verify failed: client 8200016E, Sufficient free entries are not available in TCAM bank",
		"Warning: this port leaves switching":                                           "",
		"2026 Nov 28 10:11:12 leaf-1 %VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty": "",
		"": "",
	} {
		if words, refused := refusal(answer); words != want || refused != (want != "") {
			t.Errorf("%q: %q, %v", answer, words, refused)
		}
	}
	for answer, want := range map[string]bool{"          ^\n% Invalid command at '^' marker.\n": true, "% Permission denied for the role": true, "ERROR: feature is not enabled": true,
		"% strange": false, "monitor session 1\n% Invalid command": false, "": false} {
		if absent(answer) != want {
			t.Errorf("%q: %v", answer, !want)
		}
	}
	if _, refused := showRefusal("version 9.3(8)\nbanner motd @\n% Invalid command\n@"); refused {
		t.Error("what a configuration holds is no refusal")
	}
}

func TestSecretsAreNotInTranscripts(t *testing.T) {
	for text, want := range map[string]string{
		"username admin password 5 $5$abc  role network-admin":                        "username admin password 5 ********  role network-admin",
		"snmp-server user admin network-admin auth md5 0xabc priv 0xdef localizedkey": "snmp-server user admin network-admin auth md5 ******** priv ******** localizedkey",
		"snmp-server user a auth sha 0xabc priv aes-128 0xdef":                        "snmp-server user a auth sha ******** priv aes-128 ********",
		"snmp-server community public group network-operator":                         "snmp-server community ******** group network-operator",
		"tacacs-server host 192.0.2.9 key 7 \"abc\"":                                  "tacacs-server host 192.0.2.9 key 7 ********",
	} {
		if got := platform.Hello.Redact.ReplaceAllString(text, "$1 ********"); got != want {
			t.Errorf("%q", got)
		}
	}
}
