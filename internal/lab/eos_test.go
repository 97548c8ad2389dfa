package lab

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// oneEOS is a switch whose timers run a hundred times faster.
const oneEOS = `
fabric:
  clockFactor: 100
  switches:
    - name: leaf1
      platform: arista_eos
      credentials: [{username: admin, password: pw}, {username: op, password: pw, privilege: 1}]
      enableSecret: en
`

// said is what a switch answers to the last of the lines typed on its console.
func said(sw *Switch, lines ...string) string {
	out := sw.Exec(lines...)
	_, out, _ = strings.Cut(out[strings.LastIndex(out, "#"+lines[len(lines)-1]):], "\n")
	return strings.TrimSuffix(out, out[strings.LastIndexByte(out, '\n')+1:])
}

// mirrors are the lines of mirror sessions in force.
func mirrors(sw *Switch) string {
	var b strings.Builder
	for l := range strings.Lines(sw.RunningConfig()) {
		if strings.HasPrefix(l, "monitor session ") {
			b.WriteString(strings.TrimPrefix(l, "monitor session "))
		}
	}
	return b.String()
}

// shown reads what a command prints with "| json".
func shown(t *testing.T, sw *Switch, command string) map[string]any {
	t.Helper()
	var data map[string]any
	text := said(sw, command+" | json")
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		t.Fatalf("%s: %v in %q", command, err, text)
	}
	return data
}

// at follows keys into what was read.
func at(data any, keys ...string) any {
	for _, k := range keys {
		m, _ := data.(map[string]any)
		data = m[k]
	}
	return data
}

func TestEOSMonitorLinesAddUp(t *testing.T) {
	for name, tc := range map[string]struct{ typed, want string }{
		"both ways without a word, each port on a line": {"monitor session a source Ethernet1, et3 both; monitor session a source eth 5-6 rx", "a source Ethernet1\na source Ethernet3\na source Ethernet5 rx\na source Ethernet6 rx\n"},
		"the order of AVD": {"monitor session a truncate size 64; monitor session a destination et48; monitor session a source Po7 tx; monitor session a source et9 rx; monitor session a header remove size 32",
			"a source Ethernet9 rx\na source Port-Channel7 tx\na destination Ethernet48\na truncate size 64\na header remove size 32\n"},
		"directions add up":                          {"monitor session a source et1 rx; monitor session a source et1 tx", "a source Ethernet1\n"},
		"a direction is changed by taking it away":   {"monitor session a source et1 rx; no monitor session a source et1; monitor session a source et1 tx", "a source Ethernet1 tx\n"},
		"several destinations":                       {"monitor session a destination et48; monitor session a destination cpu; monitor session a destination po9", "a destination Cpu\na destination Ethernet48\na destination Port-Channel9\n"},
		"a tunnel":                                   {"monitor session a destination tunnel mode gre source 10.1.1.1 destination 10.2.2.2", "a destination tunnel mode gre source 10.1.1.1 destination 10.2.2.2\n"},
		"options":                                    {"monitor session a truncate; monitor session a sample 50; monitor session a rate-limit per-ingress-chip 10 mbps; monitor session a encapsulation gre metadata tx", "a truncate\na sample 50\na rate-limit per-ingress-chip 10 mbps\na encapsulation gre metadata tx\n"},
		"options go":                                 {"monitor session a truncate size 64; monitor session a sample 5; no monitor session a truncate", "a sample 5\n"},
		"a session without a line is none":           {"monitor session a source et1; no monitor session a source et1", ""},
		"a whole session goes":                       {"monitor session a source et1; monitor session b source et2; no monitor session a", "b source Ethernet2\n"},
		"a list of a source, and what takes it away": {"ip access-list L; permit ip any any; exit; monitor session a source et1 rx ip access-group L priority 10; monitor session a source et2 ip access-group L; no monitor session a source et1", "a source Ethernet2 both ip access-group L\n"},
		"a list of the session":                      {"monitor session a ip access-group L; monitor session a source et1", "a ip access-group L\na source Ethernet1\n"},
		"the whole switch's payload is no session":   {"monitor session default encapsulation gre payload inner-packet; monitor session default encapsulation gre payload full-packet", "default encapsulation gre payload full-packet\n"},
	} {
		sw := start(t, oneEOS).Switch("leaf1")
		lines := append([]string{"configure"}, strings.Split(tc.typed, "; ")...)
		out := sw.Exec(lines...)
		if got := mirrors(sw); got != tc.want || strings.Contains(out, "% ") {
			t.Errorf("%s:\n%s\nleft\n%s", name, out, got)
		}
	}
}

func TestEOSRefusals(t *testing.T) {
	const (
		invalid   = "% Invalid input\n"
		uncertain = "% Error: "
	)
	for name, tc := range map[string]struct{ typed, want string }{
		"a word":                        {"monitor sesion a source et1", invalid},
		"half a line":                   {"monitor session a", "% Incomplete command\n"},
		"two ways to go on":             {"interface et1; sp", "% Ambiguous command\n"},
		"no such port":                  {"monitor session a source et99", invalid},
		"a VLAN as source":              {"monitor session a source vlan 5", invalid},
		"the management port":           {"monitor session a source ma1", invalid},
		"a sub-interface not there":     {"monitor session a source et1.100 rx", invalid},
		"both ways of a sub-interface":  {"interface et1.100; monitor session a source et1.100", uncertain},
		"one way, then the other":       {"interface et1.100; monitor session a source et1.100 rx; monitor session a source et1.100 tx", uncertain},
		"a sub-interface as the end":    {"interface et1.100; monitor session a destination et1.100", invalid},
		"no such session":               {"no monitor session a", "% Monitor session a does not exist\n"},
		"a source that is an end":       {"monitor session a destination et1; monitor session b source et1", uncertain},
		"an end that is a source":       {"monitor session a source et1; monitor session b destination et1", uncertain},
		"an end of another":             {"monitor session a destination et1; monitor session b destination et1", uncertain},
		"too many":                      {"monitor session a truncate; monitor session b truncate; monitor session c truncate; monitor session d truncate; monitor session e truncate", uncertain},
		"a list that is missing":        {"monitor session a source et1 rx ip access-group abcd", "! Access list abcd not configured. Assigning anyway.\n"},
		"a list of another type":        {"monitor session m1 source et1 rx ip access-group ipv4ACL; monitor session m1 source et2 rx ipv6 access-group abcd", "! Source Ethernet1 in Session m1 is applied with access list ipv4ACL with type ip instead of access list abcd with type ipv6. Only one access list type per session is supported.\n"},
		"another list of the same port": {"monitor session m1 source et1 rx ip access-group L; monitor session m1 source et1 rx ip access-group M", "! Source Ethernet1 in Session m1 is applied with access list L with type ip instead of access list M with type ip. Only one access list type per session is supported.\n"},
		"lists of both kinds":           {"monitor session a source et1 ip access-group L; monitor session a ip access-group L", uncertain},
		"lists of both kinds, turned":   {"monitor session a ip access-group L; monitor session a source et1 ip access-group L", uncertain},
		"an entry of no sense":          {"ip access-list L; permit tcp any", invalid},
		"a number that is taken":        {"ip access-list L; 10 permit ip any any; 10 deny ip any any", "% Duplicate sequence number\n"},
		"a session that is not there":   {"configure session nm-1 commit", uncertain},
		"a timer of nothing":            {"configure session nm-1; commit timer 00:00:00", invalid},
		"what has no JSON":              {"show running-config | json", "% This is an unconverted command\n"},
	} {
		sw := start(t, oneEOS).Switch("leaf1")
		lines := append([]string{"configure"}, strings.Split(tc.typed, "; ")...)
		before := sw.Exec(lines[:len(lines)-1]...)
		if got := said(sw, lines...); got != tc.want && !(tc.want == uncertain && strings.HasPrefix(got, uncertain)) {
			t.Errorf("%s: %q, want %q, after\n%s", name, got, tc.want, before)
		}
	}
}

func TestEOSLimitsOfTheDescription(t *testing.T) {
	const limited = "platform: arista_eos\n      limits: {sourceSessions: 2, destinations: 1, sourcePorts: 3}"
	sw := start(t, strings.Replace(oneEOS, "platform: arista_eos", limited, 1)).Switch("leaf1")
	for _, typed := range []string{"monitor session a source et1-4", "monitor session a destination et8-9", "monitor session c truncate"} {
		if got := said(sw, "configure", "monitor session a source et1-2", "monitor session b truncate", typed); !strings.HasPrefix(got, "% Error: ") {
			t.Errorf("%s: %q", typed, got)
		}
	}
	_, err := Load(strings.NewReader(strings.Replace(oneEOS, "platform: arista_eos", "platform: arista_eos\n      nativeSessions: [{id: 1, type: x}]", 1)))
	if err == nil || !strings.Contains(err.Error(), "nativeSessions") {
		t.Errorf("%v", err)
	}
}

func TestEOSUsersNeedPrivilege(t *testing.T) {
	sw := start(t, oneEOS).Switch("leaf1")
	x := shell(t, dial(t, sw, "op", "pw"), 24)
	x.until(`leaf1>$`)
	for line, want := range map[string]string{"configure": "% Invalid input (privileged mode required)\n", "show running-config": "% Invalid input (privileged mode required)\n", "show hostname": "Hostname: leaf1\nFQDN:     leaf1\n",
		"terminal length 0": "Pagination disabled.\n", "terminal width 511": "Width set to 511 columns.\n", "foo": "% Invalid input\n"} {
		if got := x.cmd(line, "leaf1>"); got != want {
			t.Errorf("%s: %q", line, got)
		}
	}
	x.send("enable\n")
	x.until(`Password: $`)
	x.send("wrong\n")
	if out := x.until(`leaf1>$`); !strings.Contains(out, "% Bad secret") {
		t.Errorf("a wrong secret: %q", out)
	}
	x.send("enable\n")
	x.until(`Password: $`)
	x.send("en\n")
	x.until(`leaf1#$`)
	for _, step := range [][2]string{{"configure", "leaf1(config)#"}, {"interface ethernet 1", "leaf1(config-if-Et1)#"}, {"interface et1-4", "leaf1(config-if-Et1-4)#"}, {"vlan 7", "leaf1(config-vlan-7)#"},
		{"ip access-list NM-41", "leaf1(config-acl-NM-41)#"}, {"exit", "leaf1(config)#"}, {"end", "leaf1#"}, {"configure session nm-4f2a17", "leaf1(config-s-nm-4f2)#"},
		{"interface et22", "leaf1(config-s-nm-4f2-if-Et22)#"}, {"show hostname", "leaf1(config-s-nm-4f2-if-Et22)#"}, {"abort", "leaf1#"}, {"configure session ab", "leaf1(config-s-ab)#"}, {"end", "leaf1#"}, {"disable", "leaf1>"}} {
		x.cmd(step[0], step[1])
	}
}

func TestEOSPagesAndFilters(t *testing.T) {
	sw := start(t, oneEOS).Switch("leaf1")
	x := shell(t, dial(t, sw, "admin", "pw"), 10)
	x.until(`leaf1#$`)
	x.send("show version\n")
	if n := strings.Count(x.until(`--More--$`), "\n"); n != 10 {
		t.Errorf("%d lines on a screen of 10", n)
	}
	x.send("q")
	x.until(`leaf1#$`)
	x.cmd("terminal length 0", "leaf1#")
	for line, want := range map[string]string{
		"show version | include Arista":                         "Arista DCS-7050SX3-48YC8\n",
		"show version | grep image v":                           "Software image version: 4.30.4M\n",
		"show version | json | include modelName":               "    \"modelName\": \"DCS-7050SX3-48YC8\",\n",
		"show version | json version 1 | grep mfg":              "    \"mfgName\": \"Arista\",\n",
		"show version | no-more | include ^Arista | count a":    "1\n",
		"show running-config section ethernet4[78]":             "interface Ethernet47\ninterface Ethernet48\n",
		"show running-config | section hostname":                "hostname leaf1\n",
		"show version | what":                                   "% Invalid input\n",
		"show version | include (":                              "% Invalid input\n",
		"show running-config diffs":                             "",
		"do show hostname":                                      "% Invalid input\n",
		"bash timeout 5 cat /mnt/flash/boot-config":             "SWI=flash:/EOS.swi\n",
		"show startup-config | include ^! Startup-config|^host": "hostname leaf1\n",
	} {
		if got := x.cmd(line, "leaf1#"); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestEOSConfigurationIsInItsOrderAndSaved(t *testing.T) {
	sw := start(t, oneEOS).Switch("leaf1")
	sw.Exec("configure", "monitor session a source et2", "ip route 10.2.2.2/32 30.1.1.1", "ip access-list L", "permit tcp 10.0.0.5/32 any eq 443", "remark netmirror:1",
		"interface et2", "switchport mode trunk", "description phone", "switchport trunk allowed vlan 10,20-22", "switchport trunk allowed vlan remove 21", "shutdown",
		"interface po5", "vlan 20", "name phones", "vlan 10", "hostname core", "router bgp 65000", "neighbor 10.0.0.1 remote-as 1", "end")
	want := `!
vlan 10
!
vlan 20
   name phones
!
interface Port-Channel5
!
interface Ethernet1
!
interface Ethernet2
   description phone
   shutdown
   switchport trunk allowed vlan 10,20,22
   switchport mode trunk
!
interface Ethernet3
`
	tail := `!
ip access-list L
   10 permit tcp host 10.0.0.5 any eq https
   20 remark netmirror:1
!
monitor session a source Ethernet2
!
ip route 10.2.2.2/32 30.1.1.1
!
router bgp 65000
   neighbor 10.0.0.1 remote-as 1
!
end
`
	if got := sw.RunningConfig(); !strings.Contains(got, want) || !strings.HasSuffix(got, tail) || !strings.Contains(got, "hostname core\n") {
		t.Errorf("%s", got)
	}
	if diff := said(sw, "show running-config diffs"); !strings.HasPrefix(diff, "--- flash:/startup-config\n+++ system:/running-config\n@@ ") || !strings.Contains(diff, "+monitor session a source Ethernet2\n") ||
		!strings.Contains(diff, "-hostname leaf1\n+hostname core\n") {
		t.Errorf("unsaved:\n%s", diff)
	}
	if got := said(sw, "write memory"); got != "Copy completed successfully.\n" || sw.Stats().Saves != 1 || sw.StartupConfig() != sw.RunningConfig() {
		t.Errorf("saved: %q", got)
	}
	if diff := said(sw, "show running-config diffs"); diff != "" {
		t.Errorf("after the save:\n%s", diff)
	}
	if got := said(sw, "show startup-config"); !strings.HasPrefix(got, "! Command: show startup-config\n! Startup-config last modified at ") {
		t.Errorf("%s", got)
	}
	sw.Exec("configure", "monitor session b source et3")
	sw.Reload()
	if got := mirrors(sw); got != "a source Ethernet2\n" {
		t.Errorf("a restart keeps what was saved: %q", got)
	}
}

// EOS keeps comments that begin "!!", so a client must not mark its lines so.
func TestEOSKeepsCommentsOfTwoMarks(t *testing.T) {
	sw := start(t, oneEOS).Switch("leaf1")
	x := shell(t, dial(t, sw, "admin", "pw"), 24)
	x.until(`leaf1#$`)
	x.cmd("!! nothing", "leaf1#")
	for _, line := range []string{"configure", "! nothing", "!nothing", "!! of the network team"} {
		x.cmd(line, "leaf1(config)#")
	}
	x.cmd("end", "leaf1#")
	x.cmd("write memory", "leaf1#")
	sw.Reload()
	if got := sw.RunningConfig(); strings.Contains(got, "nothing") || !strings.HasPrefix(got, "!! of the network team\n!\n") {
		t.Errorf("%s", got)
	}
	if got := said(sw, "configure", "no !! of the network team"); got != "" || strings.Contains(sw.RunningConfig(), "!!") {
		t.Errorf("%q", got)
	}
}

func TestEOSAccessListsAreGroupChanges(t *testing.T) {
	sw := start(t, oneEOS).Switch("leaf1")
	list := func() string { return said(sw, "show ip access-lists") }
	x := shell(t, dial(t, sw, "admin", "pw"), 24)
	x.until(`leaf1#$`)
	for _, l := range []string{"configure", "ip access-list L", "permit ip any any"} {
		x.send(l + "\n")
		x.until(`\)#$`)
	}
	if got := list(); got != "" {
		t.Errorf("before the mode is left: %q", got)
	}
	x.cmd("exit", "leaf1(config)#")
	if got := list(); got != "IP Access List L\n        10 permit ip any any\n" {
		t.Errorf("after exit: %q", got)
	}
	x.cmd("ip access-list L", "leaf1(config-acl-L)#")
	x.cmd("no 10", "leaf1(config-acl-L)#")
	x.cmd("abort", "leaf1#")
	x.cmd("configure", "leaf1(config)#")
	x.cmd("ip access-list L", "leaf1(config-acl-L)#")
	x.cmd("5 deny udp any any range 5060 5061", "leaf1(config-acl-L)#")
	sw.DropConnections()
	x.eof()
	testkit.Eventually(t, testkit.Patience, "the end of the connection", func() bool { return sw.Stats().ConnectionsOpen == 0 })
	if got := list(); got != "IP Access List L\n        10 permit ip any any\n" {
		t.Errorf("after abort and a lost connection: %q", got)
	}
	sw.Exec("configure", "ip access-list L", "5 deny udp any any range 5060 5061", "counters per-entry", "no permit ip any any", "permit tcp any any eq 22", "resequence 100 10", "interface et1")
	if got := list(); got != "IP Access List L\n        counters per-entry\n        100 deny udp any any range 5060 5061\n        110 permit tcp any any eq ssh\n" {
		t.Errorf("changed: %q", got)
	}
	sw.Exec("configure", "no ip access-list L")
	if got := list(); got != "" {
		t.Errorf("removed: %q", got)
	}
}
