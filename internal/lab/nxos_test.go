package lab

import (
	"strings"
	"testing"
)

// oneNexus is a Nexus 9000 with something plugged into four ports, and a user of each
// role.
const oneNexus = `
fabric:
  switches:
    - name: n9
      platform: cisco_nxos
      credentials: [{username: admin, password: pw}, {username: op, password: pw, privilege: 1}]
  hosts: [{at: "n9:Eth1/1", name: one}, {at: "n9:Eth1/2", name: two}, {at: "n9:Ethernet1/47", name: ids-1}, {at: "n9:Ethernet1/48", name: ids-2, mac: "0011.2233.4455"}]
`

// nexus is such a switch of another model.
func nexus(t *testing.T, model string) *Switch {
	t.Helper()
	return start(t, strings.Replace(oneNexus, "platform: cisco_nxos", "platform: cisco_nxos\n      model: "+model, 1)).Switch("n9")
}

// told is what a Nexus answers to the last of the lines typed on its console.
func told(sw *Switch, lines ...string) string {
	out := sw.Exec(lines...)
	_, out, _ = strings.Cut(out[strings.LastIndex(out, "# "+lines[len(lines)-1]+"\n"):], "\n")
	return strings.TrimSuffix(out, out[strings.LastIndexByte(out, '\n')+1:])
}

// typed is lines of a configuration, with "; " between them.
func typed(lines string) []string {
	return append([]string{"configure terminal"}, strings.Split(lines, "; ")...)
}

// spans are the lines of monitor sessions in force.
func spans(sw *Switch) string {
	_, text, _ := strings.Cut(told(sw, "show running-config monitor"), "\nversion")
	_, text, _ = strings.Cut(text, "\n")
	return strings.TrimSuffix(text, "\n")
}

func TestNexusSessionsAreTheirLines(t *testing.T) {
	const end = "  destination interface Ethernet1/48\n"
	for name, tc := range map[string]struct{ lines, want string }{
		"born shut, and no line says so":            {"monitor session 1; source interface e1/1; destination interface e1/48", "monitor session 1\n  source interface Ethernet1/1 both\n" + end},
		"opened":                                    {"monitor session 1 type local; source interface ethernet 1/1 rx; destination interface e1/48; no shut", "monitor session 1\n  source interface Ethernet1/1 rx\n" + end + "  no shut\n"},
		"shut again":                                {"monitor session 1; no shut; shut", "monitor session 1\n"},
		"opened and shut by a global line":          {"monitor session 1; no monitor session 1 shut; monitor session 2; no shut; monitor session 2 shut", "monitor session 1\n  no shut\nmonitor session 2\n"},
		"lists and ranges":                          {"monitor session 1; source interface ethernet 1/1-2 , ethernet 1/9 tx", "monitor session 1\n  source interface Ethernet1/1 tx\n  source interface Ethernet1/2 tx\n  source interface Ethernet1/9 tx\n"},
		"directions add up":                         {"monitor session 1; source interface e1/1 rx; source interface e1/1 tx", "monitor session 1\n  source interface Ethernet1/1 both\n"},
		"a source goes, with a direction and not":   {"monitor session 1; source interface e1/1-2; no source interface e1/1; no source interface e1/2 rx", "monitor session 1\n  source interface Ethernet1/2 tx\n"},
		"VLANs are one list, and come in":           {"monitor session 1; source vlan 1 2-5 6; source vlan 9; no source vlan 3-4", "monitor session 1\n  source vlan 1-2,5-6,9 rx\n"},
		"ports and VLANs, a port-channel":           {"interface po5; monitor session 1; source interface po5; source vlan 7", "monitor session 1\n  source interface port-channel5 both\n  source vlan 7 rx\n"},
		"filters":                                   {"monitor session 1; filter vlan 100; filter vlan 101,103; filter access-group L", "monitor session 1\n  filter access-group L\n  filter vlan 100-101,103\n"},
		"filters go":                                {"monitor session 1; filter vlan 100; filter access-group L; no filter vlan; no filter access-group", "monitor session 1\n"},
		"an option replaces, an empty description":  {"monitor session 1; description a b; mtu 400; mtu 512; description", "monitor session 1\n  description\n  mtu 512\n"},
		"the processor":                             {"monitor session 1; source interface sup-eth0 rx; no monitor session 1; monitor session 2; destination interface sup-eth 0", "monitor session 2\n  destination interface sup-eth0\n"},
		"usual values are not shown":                {"monitor session 2 type erspan-source; ip ttl 255; ip dscp 0; header-type 2", "monitor session 2 type erspan-source\n"},
		"ERSPAN, and the origin behind all of them": {"monitor erspan origin ip-address 192.0.2.1 global; monitor session 2 type erspan-source; vrf default; erspan-id 42; destination ip 198.51.100.7; ip ttl 32; ip dscp 8; header-type 3; no shut", "monitor session 2 type erspan-source\n  header-type 3\n  erspan-id 42\n  vrf default\n  destination ip 198.51.100.7\n  ip ttl 32\n  ip dscp 8\n  no shut\nmonitor erspan origin ip-address 192.0.2.1 global\n"},
		"ERSPAN ends":                               {"monitor session 3 type erspan-destination; erspan-id 42; vrf default; source ip 198.51.100.7; destination interface e1/48", "monitor session 3 type erspan-destination\n  erspan-id 42\n  vrf default\n  source ip 198.51.100.7\n" + end},
		"sessions go":                               {"monitor session 1; monitor session 2; monitor session 3; monitor session 9; no monitor session range 1-2,7; no monitor session 9", "monitor session 3\n"},
		"all go":                                    {"monitor session 1; monitor session 9; no monitor session all", ""},
		"a deleted one has another type":            {"monitor session 1; no monitor session 1; monitor session 1 type erspan-source", "monitor session 1 type erspan-source\n"},
	} {
		sw := start(t, oneNexus).Switch("n9")
		out := sw.Exec(typed(tc.lines)...)
		if got := spans(sw); got != tc.want || strings.Contains(out, "% ") || strings.Contains(out, "ERROR") {
			t.Errorf("%s:\n%s\nleft\n%s", name, out, got)
		}
		before := sw.RunningConfig()
		sw.Exec("copy running-config startup-config")
		if sw.Reload(); sw.RunningConfig() != before {
			t.Errorf("%s: after a restart\n%s\nbefore\n%s", name, sw.RunningConfig(), before)
		}
	}
}

func TestNexusRefusals(t *testing.T) {
	const invalid, incomplete, ambiguous, number, unsaid = "% Invalid command at '^' marker.\n", "% Incomplete command at '^' marker.\n", "% Ambiguous command at '^' marker.\n", "% Invalid number at '^' marker.\n", "ERROR: "
	for name, tc := range map[string]struct{ lines, want string }{
		"a word":                         {"monitor sesion 1", invalid},
		"half a line":                    {"monitor session 1; source interface", incomplete},
		"two ways to go on":              {"interface e1/1; sp", ambiguous},
		"no such port":                   {"monitor session 1; source interface e1/99", "% Invalid parameter detected at '^' marker.\n"},
		"a number too high":              {"monitor session 33", "% Invalid value/range\n"},
		"an id too high":                 {"monitor session 1 type erspan-source; erspan-id 1024", number},
		"a copy too short":               {"monitor session 1; mtu 128", number},
		"the long word":                  {"monitor session 1; no shutdown", invalid},
		"another type":                   {"monitor session 1; monitor session 1 type erspan-source", unsaid},
		"a local session is not ERSPAN":  {"monitor session 1 type erspan-source; monitor session 1", unsaid},
		"a local session has no tunnel":  {"monitor session 1; erspan-id 5", invalid},
		"no such session":                {"no monitor session 5", unsaid},
		"the management port":            {"monitor session 1; source interface mgmt0", invalid},
		"a sub-interface":                {"interface e1/1.5; monitor session 1; source interface e1/1.5", "% Invalid parameter detected at '^' marker.\n"},
		"what leaves a VLAN":             {"monitor session 1; source vlan 5 both", unsaid},
		"what leaves the processor":      {"monitor session 1; source interface sup-eth0", unsaid},
		"a source that is an end":        {"monitor session 1; destination interface e1/1; monitor session 2; source interface e1/1", unsaid},
		"an end that is a source":        {"monitor session 1; source interface e1/1; monitor session 2; destination interface e1/1", unsaid},
		"an end of another":              {"monitor session 1; destination interface e1/1; monitor session 2; destination interface e1/1", unsaid},
		"an end in a port-channel":       {"interface e1/7; channel-group 7; monitor session 1; destination interface e1/7", unsaid},
		"a VLAN filter and VLAN sources": {"monitor session 1; source vlan 5; filter vlan 6", unsaid},
		"a description too long":         {"monitor session 1; description 123456789012345678901234567890123", "% String exceeded max length of (32) at '^' marker.\n"},
		"sampling of another model":      {"monitor session 1; sampling 5", invalid},
		"ingress of another model":       {"interface e1/48; switchport monitor ingress", invalid},
		"copies to a routed port":        {"interface e1/48; no switchport; switchport monitor", unsaid},
		"a number that is taken":         {"ip access-list L; 10 permit ip any any; 10 deny ip any any", "% Duplicate sequence number\n"},
		"two ports behind eq":            {"ip access-list L; permit tcp any any range 1; permit ip any", invalid},
		"ports of a numeric protocol":    {"ip access-list L; permit 6 any any eq 80", invalid},
		"do, which there is not":         {"do show version", invalid},
		"sessions as JSON":               {"show monitor session all | json", unsaid},
	} {
		sw := start(t, oneNexus).Switch("n9")
		lines := typed(tc.lines)
		before := sw.Exec(lines[:len(lines)-1]...)
		got := told(sw, lines...)
		if _, words, marked := strings.Cut(got, "^\n"); marked {
			got = words
		}
		if got != tc.want && !(tc.want == unsaid && strings.HasPrefix(got, unsaid)) {
			t.Errorf("%s: %q, want %q, after\n%s", name, got, tc.want, before)
		}
	}
}

func TestNexusPromptsAndRoles(t *testing.T) {
	sw := start(t, oneNexus).Switch("n9")
	x := shell(t, dial(t, sw, "admin", "pw"), 24)
	x.until(`n9# $`)
	for _, step := range [][2]string{{"terminal length 0", ""}, {"configure terminal", "(config)"}, {"interface e1/1", "(config-if)"}, {"interface e1/1-4", "(config-if-range)"}, {"vlan 7", "(config-vlan)"},
		{"ip access-list NM-41", "(config-acl)"}, {"monitor session 1", "(config-monitor)"}, {"show monitor", "(config-monitor)"}, {"monitor session 2 type erspan-source", "(config-erspan-src)"},
		{"monitor session 3 type erspan-destination", "(config-erspan-dst)"}, {"exit", "(config)"}, {"exit", ""}, {"configure", "(config)"}, {"! nothing", "(config)"}, {"vrf context blue", "(config-vrf)"}, {"end", ""}} {
		x.send(step[0] + "\n")
		x.until(`\r\x1b\[Kn9` + strings.NewReplacer("(", `\(`, ")", `\)`).Replace(step[1]) + `# $`)
	}
	// Lines end in CR CR LF, and what is typed ahead is echoed at once.
	x.send("show hostname\nshow clock | count U\n")
	x.until(`^show hostname\r\r\nshow clock \| count U\r\r\nn9\r\r\n\r\x1b\[Kn9# show clock \| count U\r\r\n1\r\r\n\r\x1b\[Kn9# $`)

	y := shell(t, dial(t, sw, "op", "pw"), 24)
	y.until(`n9# $`)
	for line, want := range map[string]string{"configure terminal": "% Permission denied for the role", "copy running-config startup-config": "% Permission denied for the role", "show hostname": "n9", "foo": "% Invalid command at '^' marker."} {
		y.send(line + "\n")
		if out := y.until(`n9# $`); !strings.Contains(out, want) {
			t.Errorf("%s: %q", line, out)
		}
	}
}

func TestNexusSavesWithABar(t *testing.T) {
	sw := start(t, oneNexus).Switch("n9")
	sw.Exec(typed("monitor session 1; description kept")...)
	if got := told(sw, "copy running-config startup-config"); !strings.HasPrefix(got, "\r[  ") || !strings.HasSuffix(got, "####] 100%\nCopy complete.\n") {
		t.Errorf("%q", got)
	}
	sw.Exec(typed("monitor session 2; description lost")...)
	if diff := told(sw, "show running-config diff"); !strings.Contains(diff, "+monitor session 2\n+  description lost\n") {
		t.Errorf("unsaved:\n%s", diff)
	}
	contains(t, told(sw, "show startup-config monitor"), "!Command: show startup-config monitor\n!Startup config saved at: ", "monitor session 1\n  description kept\n")
	sw.Exec("terminal dont-ask", "reload")
	if got := spans(sw); got != "monitor session 1\n  description kept\n" {
		t.Errorf("after a restart: %q", got)
	}
}
