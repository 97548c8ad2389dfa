package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// xrFabric is a router with traffic: a flow of HTTPS and one of DNS, 4 Mbit/s that leave,
// and 1 Mbit/s in VLAN 30 of port 2.
const xrFabric = oneXR + `
      config: |
        interface Bundle-Ether5
         description twins
        interface TenGigE0/0/0/5
         bundle id 5 mode active
        interface TenGigE0/0/0/6
         bundle id 5 mode active
        lldp
  hosts: [{at: "r1:Te0/0/0/9", name: ids}, {at: "r1:Te0/0/0/10", name: ids2}, {at: "r1:Te0/0/0/1", name: pc, mac: 0011.2233.4455, lldp: true}, {at: "r1:Te0/0/0/2", name: trunk}]
  traffic:
    - {at: "r1:Te0/0/0/1", direction: in, bitsPerSecond: 8M, framesPerSecond: 1000, packet: {protocol: 6, from: 10.0.0.5, to: 10.9.9.9, toPort: 443}}
    - {at: "r1:Te0/0/0/1", direction: in, bitsPerSecond: 2M, framesPerSecond: 500, packet: {protocol: 17, from: 10.1.2.3, to: 10.9.9.9, toPort: 53}}
    - {at: "r1:Te0/0/0/1", direction: out, bitsPerSecond: 4M, framesPerSecond: 500}
    - {at: "r1:Te0/0/0/2", direction: in, vlan: 30, bitsPerSecond: 1M, framesPerSecond: 100}
    - {at: "r1:Te0/0/0/2", direction: in, bitsPerSecond: 3M, framesPerSecond: 300}
    - {at: "r1:Te0/0/0/5", direction: in, bitsPerSecond: 5M, framesPerSecond: 500}
    - {at: "r1:Te0/0/0/6", direction: in, bitsPerSecond: 6M, framesPerSecond: 500}
`

// xrTyped splits lines at ";" and types them into a session.
func xrTyped(sw *Switch, lines string) string {
	return sw.Exec(append(append([]string{"terminal exec prompt no-timestamp", "configure"}, strings.Split(lines, "; ")...), "commit")...)
}

// xrClean takes back what the tests of xrFabric type.
func xrClean(t *testing.T, sw *Switch, fresh string) {
	t.Helper()
	lines := "no monitor-session a; no ipv4 access-list L; no ipv6 access-list L; interface Bundle-Ether5; no monitor-session a"
	for _, port := range strings.Fields("Te0/0/0/1 Te0/0/0/2 Te0/0/0/2.30 Te0/0/0/9") {
		lines += "; no interface " + port
	}
	if xrTyped(sw, lines); sw.RunningConfig() != fresh {
		t.Fatalf("not as before:\n%s", sw.RunningConfig())
	}
}

const xrSession = "monitor-session a; destination interface Te0/0/0/9; "

func TestXRCopiesFollowTheConfiguration(t *testing.T) {
	const nine, ten = "TenGigE0/0/0/9", "TenGigE0/0/0/10"
	sw := start(t, xrFabric).Switch("r1")
	fresh := sw.RunningConfig()
	for name, tc := range map[string]struct {
		lines     string
		nine, ten uint64
	}{
		"both ways":               {lines: xrSession + "interface Te0/0/0/1; monitor-session a ethernet port-level", nine: 14e6},
		"rx":                      {lines: xrSession + "interface Te0/0/0/1; monitor-session a ethernet direction rx-only", nine: 10e6},
		"tx":                      {lines: xrSession + "interface Te0/0/0/1; monitor-session a ethernet direction tx-only", nine: 4e6},
		"the last line counts":    {lines: xrSession + "interface Te0/0/0/1; monitor-session a ethernet direction tx-only; monitor-session a", nine: 14e6},
		"a sub-interface":         {lines: xrSession + "interface Te0/0/0/2.30 l2transport; encapsulation dot1q 30; monitor-session a ethernet direction rx-only", nine: 1e6},
		"all but sub-interfaces":  {lines: xrSession + "interface Te0/0/0/2.30; encapsulation dot1q 30; interface Te0/0/0/2; monitor-session a ethernet direction rx-only", nine: 3e6},
		"port-level":              {lines: xrSession + "interface Te0/0/0/2.30; encapsulation dot1q 30; interface Te0/0/0/2; monitor-session a ethernet direction rx-only port-level", nine: 4e6},
		"a bundle as source":      {lines: xrSession + "interface Bundle-Ether5; monitor-session a ethernet direction rx-only", nine: 0}, // nothing is plugged into its ports but traffic
		"first":                   {lines: xrSession + "interface Te0/0/0/1; monitor-session a ethernet direction tx-only; mirror first 100", nine: 4e5},
		"first of the session":    {lines: "monitor-session a; destination interface Te0/0/0/9; mirror first 100; interface Te0/0/0/1; monitor-session a ethernet direction tx-only", nine: 4e5},
		"interval":                {lines: xrSession + "interface Te0/0/0/1; monitor-session a ethernet direction tx-only; mirror interval 2", nine: 2e6},
		"a way for each":          {lines: "monitor-session a; destination rx interface Te0/0/0/9; destination tx interface Te0/0/0/10; interface Te0/0/0/1; monitor-session a", nine: 10e6, ten: 4e6},
		"no session":              {lines: "interface Te0/0/0/1; monitor-session a"},
		"no destination":          {lines: "monitor-session a; interface Te0/0/0/1; monitor-session a"},
		"shut down":               {lines: "interface Te0/0/0/9; shutdown; root; " + xrSession + "interface Te0/0/0/1; monitor-session a"},
		"of no list nothing":      {lines: xrSession + "interface Te0/0/0/1; monitor-session a ethernet acl"},
		"what a list marks":       {lines: xrSession + "ipv4 access-list L; 10 permit tcp any any eq 443 capture; 20 permit ipv4 any any; interface Te0/0/0/1; ipv4 access-group L ingress; monitor-session a; acl", nine: 8e6},
		"denied and marked":       {lines: xrSession + "ipv4 access-list L; 10 deny udp any any eq domain capture; 20 permit ipv4 any any; interface Te0/0/0/1; ipv4 access-group L ingress; monitor-session a ethernet direction rx-only acl", nine: 2e6},
		"a list that marks none":  {lines: xrSession + "ipv4 access-list L; 10 permit ipv4 any any; interface Te0/0/0/1; ipv4 access-group L ingress; monitor-session a ethernet acl"},
		"an egress list":          {lines: xrSession + "ipv4 access-list L; 10 permit ipv4 any any capture; interface Te0/0/0/1; ipv4 access-group L egress; monitor-session a ethernet acl"},
		"a list and all the same": {lines: xrSession + "ipv4 access-list L; 10 permit ipv4 any any; interface Te0/0/0/1; ipv4 access-group L ingress; monitor-session a ethernet direction rx-only", nine: 10e6},
	} {
		out := xrTyped(sw, tc.lines)
		want := tc.nine
		if name == "a bundle as source" {
			want = 11e6
		}
		if a, b := sends(sw, nine), sends(sw, ten); a != want || b != tc.ten || strings.Contains(out, "%") {
			t.Errorf("%s: %d and %d, want %d and %d\n%s", name, a, b, want, tc.ten, out)
		}
		if xrTyped(sw, "no monitor-session a"); sends(sw, nine)+sends(sw, ten) != 0 {
			t.Errorf("%s: copies go on", name)
		}
		xrClean(t, sw, fresh)
	}
}

// The list of an interface filters live traffic: what no entry lets pass is lost, be it
// for the moment between two commits.
func TestXRListsDropLiveTraffic(t *testing.T) {
	const port = "TenGigE0/0/0/1"
	for name, tc := range map[string]struct {
		lines string
		lost  bool
	}{
		"forward all at the end":   {"ipv4 access-list L; 10 permit tcp any any eq 443 capture; 20 permit ipv4 any any; interface Te0/0/0/1; ipv4 access-group L ingress", false},
		"the implicit deny":        {"ipv4 access-list L; 10 permit tcp any any eq 443 capture; interface Te0/0/0/1; ipv4 access-group L ingress", true},
		"a deny":                   {"ipv4 access-list L; 10 deny udp any any; 20 permit ipv4 any any; interface Te0/0/0/1; ipv4 access-group L ingress", true},
		"for a moment":             {"ipv4 access-list L; 10 permit tcp any any; interface Te0/0/0/1; ipv4 access-group L ingress; commit; no ipv4 access-group L ingress", true},
		"a list of another family": {"ipv6 access-list L; 10 permit tcp any any; interface Te0/0/0/1; ipv6 access-group L ingress", false},
		"a list that is not there": {"interface Te0/0/0/1; ipv4 access-group L ingress", false},
		"a list without entries":   {"ipv4 access-list L; interface Te0/0/0/1; ipv4 access-group L ingress", true},
		"not attached":             {"ipv4 access-list L; 10 deny ipv4 any any", false},
	} {
		sw := start(t, xrFabric).Switch("r1")
		out := xrTyped(sw, tc.lines)
		if got := sw.Counters()[port].InDrops; (got > 0) != tc.lost || strings.Contains(out, "%") {
			t.Errorf("%s: %d frames are lost\n%s", name, got, out)
		}
	}
}

func TestXRTunnelIsADestination(t *testing.T) {
	l := start(t, strings.Replace(xrFabric, "switches:", "switches:\n    - {name: core, platform: cisco_iosxr}", 1)+"  links: [{a: \"r1:Te0/0/0/20\", b: \"core:Te0/0/0/20\"}]\n")
	sw := l.Switch("r1")
	const tunnel = "interface tunnel-ip20017; ipv4 address 10.255.0.1 255.255.255.252; tunnel mode gre ipv4; tunnel source 10.0.0.1; tunnel ttl 64; tunnel tos 32; tunnel destination 10.2.2.2; "
	xrTyped(sw, tunnel+"root; monitor-session a; destination interface tunnel-ip20017; interface Te0/0/0/1; monitor-session a ethernet direction tx-only")
	const overhead = 50 * 8 * 500
	if got := sends(sw, "TenGigE0/0/0/20"); got != 4e6+overhead {
		t.Errorf("%d bits per second leave by the uplink", got)
	}
	contains(t, xrSaid(sw, "show monitor-session a status"), "\nDestination interface tunnel-ip20017\n", "Te0/0/0/1             Both"[:22])
	contains(t, xrSaid(sw, "show interfaces tunnel-ip20017"), "tunnel-ip20017 is up, line protocol is up", "Tunnel source 10.0.0.1", "Tunnel destination 10.2.2.2/32", "Internet address is 10.255.0.1/30")
	xrTyped(sw, "interface tunnel-ip20017; no tunnel source")
	if got := sends(sw, "TenGigE0/0/0/20"); got != 0 {
		t.Errorf("half a tunnel sends %d", got)
	}
	contains(t, xrSaid(sw, "show monitor-session status"), "Destination interface tunnel-ip20017 (down)\n", "Not operational (destination not active)")
}

func TestXRStatus(t *testing.T) {
	const head = "================================================================================\n" +
		"Source Interface      Dir   Status\n--------------------- ----  ----------------------------------------------------\n"
	sw := start(t, xrFabric).Switch("r1")
	fresh := sw.RunningConfig()
	for lines, want := range map[string]string{
		xrSession + "interface Te0/0/0/1; monitor-session a ethernet direction rx-only port-level":                                        "Destination interface TenGigE0/0/0/9\n" + head + "Te0/0/0/1 (port)      Rx    Operational\n",
		"interface Te0/0/0/1; monitor-session a":                                                                                          "Session is not configured globally\n" + head + "Te0/0/0/1             Both  Not operational (Session is not configured globally)\n",
		"monitor-session a; interface Te0/0/0/1; monitor-session a ethernet direction tx-only":                                            "Destination is not specified\n" + head + "Te0/0/0/1             Tx    Not operational (destination not known)\n",
		"monitor-session a; destination interface Te0/0/0/8; interface Te0/0/0/1; monitor-session a":                                      "Destination interface TenGigE0/0/0/8 (down)\n" + head + "Te0/0/0/1             Both  Not operational (destination not active)\n",
		"interface Te0/0/0/9; shutdown; root; " + xrSession + "interface Te0/0/0/1; monitor-session a":                                    "Destination interface TenGigE0/0/0/9 (admin-down)\n" + head + "Te0/0/0/1             Both  Not operational (destination not active)\n",
		"monitor-session a; destination interface tunnel-ip7; interface Te0/0/0/1; monitor-session a":                                     "Destination interface tunnel-ip7 is not configured\n" + head + "Te0/0/0/1             Both  Not operational (destination not known)\n",
		xrSession + "interface Te0/0/0/9; monitor-session a":                                                                              "Destination interface TenGigE0/0/0/9\n" + head + "Te0/0/0/9             Both  Not operational (source same as destination)\n",
		xrSession + "interface Te0/0/0/1; shutdown; monitor-session a":                                                                    "Destination interface TenGigE0/0/0/9\n" + head + "Te0/0/0/1             Both  Not operational (source interface admin-down)\n",
		"monitor-session a; destination rx interface tunnel-ip5; interface Te0/0/0/1; monitor-session a":                                  "Destination interface tunnel-ip5 is not configured\ntx destination is not specified\n" + head + "Te0/0/0/1             Both  Not operational (destination not known)\n",
		"monitor-session a; destination rx interface Te0/0/0/9; interface Te0/0/0/1; monitor-session a ethernet direction rx-only":        "rx destination interface TenGigE0/0/0/9\ntx destination is not specified\n" + head + "Te0/0/0/1             Rx    Operational\n",
		xrSession + "interface Te0/0/0/1; monitor-session a; interface BE5; monitor-session a; interface Te0/0/0/2.30; monitor-session a": "Destination interface TenGigE0/0/0/9\n" + head + "BE5                   Both  Operational\nTe0/0/0/1             Both  Operational\nTe0/0/0/2.30          Both  Operational\n",
	} {
		xrClean(t, sw, fresh)
		out := xrTyped(sw, lines)
		if got := xrSaid(sw, "show monitor-session status"); got != "Monitor-session a\n"+want+"\n" {
			t.Errorf("%s:\n%s\nwant\n%s\n%s", lines, got, want, out)
		}
	}
}

func TestXRHardwareFaults(t *testing.T) {
	sw := start(t, xrFabric).Switch("r1")
	xrTyped(sw, xrSession+"interface Te0/0/0/1; monitor-session a ethernet direction tx-only")
	if err := sw.UpdateFaults(func(f *Faults) { f.NotProgrammed = true }); err != nil {
		t.Fatal(err)
	}
	contains(t, xrSaid(sw, "show monitor-session status"), "Error: see detailed output for explanation\n")
	contains(t, xrSaid(sw, "show monitor-session a status detail"), "    Direction:  Tx\n", "    Status:     Error: ")
	if got := sends(sw, "TenGigE0/0/0/9"); got != 0 {
		t.Errorf("%d", got)
	}
	if err := sw.UpdateFaults(func(f *Faults) { f.NotProgrammed, f.MirrorsNothing = false, true }); err != nil {
		t.Fatal(err)
	}
	contains(t, xrSaid(sw, "show monitor-session status"), "Operational\n")
	if got := sends(sw, "TenGigE0/0/0/9"); got != 0 {
		t.Errorf("%d", got)
	}
}

func TestXRCounters(t *testing.T) {
	l, advance := turned(t, xrFabric)
	sw := l.Switch("r1")
	xrTyped(sw, xrSession+"interface Te0/0/0/1; monitor-session a; interface Te0/0/0/2; monitor-session b")
	advance(10e9)
	want := "Monitor-session a\n  TenGigE0/0/0/1\n    Rx replicated: 15000 packets, 12500000 octets\n    Tx replicated: 5000 packets, 5000000 octets\n    Non-replicated: 0 packets, 0 octets\n" +
		"Monitor-session b\n  TenGigE0/0/0/2\n    Rx replicated: 0 packets, 0 octets\n    Tx replicated: 0 packets, 0 octets\n    Non-replicated: 0 packets, 0 octets\n"
	if got := xrSaid(sw, "show monitor-session counters"); got != want {
		t.Errorf("%s", got)
	}
	contains(t, xrSaid(sw, "show interfaces Te0/0/0/9"), "     20000 packets output, 17500000 bytes, 0 total output drops\n", "  5 minute output rate ")
	if err := sw.SetTraffic("Te0/0/0/1", "in", TrafficSpec{BitsPerSecond: 8 * Gbps, FramesPerSecond: 1e6}, TrafficSpec{BitsPerSecond: 8 * Gbps, FramesPerSecond: 1e6}); err != nil {
		t.Fatal(err)
	}
	sw.Exec("clear monitor-session counters")
	advance(10e9)
	got := xrSaid(sw, "show monitor-session a counters")
	var copied, lost [2]float64
	m := regexp.MustCompile(`Rx replicated: (\d+) packets, \d+ octets\n    Tx replicated: \d+ packets, \d+ octets\n    Non-replicated: (\d+) packets`).FindStringSubmatch(got)
	if m == nil {
		t.Fatalf("%s", got)
	}
	fmt.Sscan(m[1], &copied[0])
	fmt.Sscan(m[2], &lost[0])
	if total := copied[0] + lost[0]; lost[0] < 7e6 || total < 19.9e6 || total > 20.1e6 {
		t.Errorf("what does not fit is not replicated: %s", got)
	}
	sum := start(t, strings.Replace(strings.ReplaceAll(oneXR, "cisco_iosxr", "cisco_iosxr\n      model: \"8201\""), "name: r1", "name: r1", 1)).Switch("r1")
	xrTyped(sum, "monitor-session a; destination interface FH0/0/0/9; interface FH0/0/0/1; monitor-session a ethernet direction rx-only")
	if got := xrSaid(sum, "show monitor-session counters"); strings.Contains(got, "FourHundred") || !strings.Contains(got, "Rx replicated: ") {
		t.Errorf("a Cisco 8000 counts sessions alone: %s", got)
	}
}

func TestXRShows(t *testing.T) {
	sw := start(t, xrFabric).Switch("r1")
	xrTyped(sw, "interface Te0/0/0/1; description to the pc; ! kept; monitor-session a; interface Te0/0/0/2.30 l2transport; encapsulation dot1q 30; ipv4 access-list L; permit tcp 10.0.0.5/32 any eq 443; deny udp 10.1.0.0/16 any range 5060 5061; ipv6 access-list L; permit 58 any any; 5 remark x y")
	for command, want := range map[string][]string{
		"show running-config interface tenGigE 0/0/0/1":        {"interface TenGigE0/0/0/1\n description to the pc\n ! kept\n monitor-session a ethernet\n!\n"},
		"show running-config monitor-session a":                {"% No such configuration item(s)\n"},
		"show running-config hostname":                         {"hostname r1\n"},
		"show running-config formal | include monitor-session": {"interface TenGigE0/0/0/1 monitor-session a ethernet\n"},
		"show running-config | include l2transport":            {"interface TenGigE0/0/0/2.30 l2transport\n"},
		"show running-config interface formal | include dot1q": {"interface TenGigE0/0/0/2.30 l2transport encapsulation dot1q 30\n"},
		"show running-config ipv4 access-list L":               {"ipv4 access-list L\n 10 permit tcp host 10.0.0.5 any eq 443\n 20 deny udp 10.1.0.0 0.0.255.255 any range 5060 5061\n!\n"},
		"show access-lists afi-all":                            {"ipv4 access-list L\n 10 permit", "ipv6 access-list L\n 5 remark x y\n 10 permit icmpv6 any any\n"},
		"show interfaces description | include Te0/0/0/1 ":     {"Te0/0/0/1          up          up          to the pc\n"},
		"show interfaces brief":                                {"Te0/0/0/2.30          up          up           802.1Q   1514   10000000\n", "BE5          up          up             ARPA   1514   20000000\n"},
		"show bundle":                                          {"\nBundle-Ether5\n  Status:                                    Up\n  Local links <active/standby/configured>:   2 / 0 / 2\n", "  Te0/0/0/5             Local            Active       0x8000, 0x0001    10000000\n"},
		"show lldp neighbors":                                  {"pc              TenGigE0/0/0/1           120              S               0011.2233.4455\n", "Total entries displayed: 1\n"},
		"show clock | include nm1234":                          {""},
		"show version | utility head -n 1":                     {"Cisco IOS XR Software, Version 7.5.2\n"},
		"show inventory":                                       {"PID: NCS-5501, VID: V01, SN: SIM"},
		"show cdp neighbors":                                   {"% CDP is not enabled\n"},
		"show interfaces Bundle-Ether5":                        {"Bundle-Ether5 is up, line protocol is up \n", "  Hardware is Aggregated Ethernet interface(s), address is "},
	} {
		got := xrSaid(sw, command)
		contains(t, got, want...)
		if len(want) == 1 && want[0] == "" && got != "" {
			t.Errorf("%s: %q", command, got)
		}
	}
	for line, want := range map[string]string{"monitor-session x": "% Invalid input", "show": "% Incomplete command.\n", "show i": "% Ambiguous command:  \"show i\"\n",
		"show foo": strings.Repeat(" ", len(xrExec+"show ")) + "^\n% Invalid input detected at '^' marker.\n"} {
		if got := xrSaid(sw, line); !strings.Contains(got, want) {
			t.Errorf("%s: %q", line, got)
		}
	}
	for _, line := range []string{"description a", "shutdown", "source interface Te0/0/0/1"} { // a session has none of these
		if got := xrSaid(sw, "configure", "monitor-session a", line); !strings.HasSuffix(got, "^\n% Invalid input detected at '^' marker.\n") {
			t.Errorf("%s: %q", line, got)
		}
	}
}

func TestXRModels(t *testing.T) {
	for model, tc := range map[string]struct{ prompt, version, attached string }{
		"NCS-5501": {"RP/0/RP0/CPU0:r1#", "cisco NCS-5500 () processor\n", " monitor-session a ethernet acl\n!"},
		"ASR-9006": {"RP/0/RSP0/CPU0:r1#", "cisco ASR9K () processor\n", " monitor-session a ethernet\n  acl\n !\n!"},
		"8201":     {"RP/0/RP0/CPU0:r1#", "cisco 8000 () processor\n", " monitor-session a ethernet acl\n!"},
	} {
		sw := startSpec(t, Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "r1", Platform: "cisco_iosxr", Model: model}}}}).Switch("r1")
		out := sw.Exec("show version")
		contains(t, out, tc.version)
		if !strings.HasSuffix(out, tc.prompt) {
			t.Errorf("%s: %s", model, out)
		}
		for _, typed := range []string{"monitor-session a ethernet acl", "monitor-session a; acl"} {
			out := xrTyped(sw, "interface Loopback1; "+typed)
			contains(t, sw.RunningConfig(), "interface Loopback1\n"+tc.attached)
			xrTyped(sw, "interface Loopback1; monitor-session a; no acl")
			if contains(t, sw.RunningConfig(), "interface Loopback1\n monitor-session a ethernet\n!"); strings.Contains(out, "%") {
				t.Errorf("%s", out)
			}
		}
	}
	for line, model := range map[string]string{"destination rx interface Lo1": "8201", "mirror first 300": "ASR-9006"} {
		sw := startSpec(t, Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "r1", Platform: "cisco_iosxr", Model: model}}}}).Switch("r1")
		contains(t, xrSaid(sw, "configure", "monitor-session a", line), "% Invalid input")
	}
	// Up to 7.2 an interface has one session of a class.
	for version, want := range map[string]string{"7.2.1": " monitor-session b ethernet\n!", "7.4.2": " monitor-session a ethernet\n monitor-session b ethernet\n!"} {
		sw := startSpec(t, Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "r1", Platform: "cisco_iosxr", Version: version}}}}).Switch("r1")
		xrTyped(sw, "interface Loopback1; monitor-session a; interface Loopback1; monitor-session b")
		contains(t, sw.RunningConfig(), "interface Loopback1\n"+want)
	}
	_, err := Start(t.Context(), Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "r1", Platform: "cisco_iosxr", Config: "monitor-session a\n source interface x\n"}}}})
	if err == nil || !strings.Contains(err.Error(), "source interface x") {
		t.Errorf("%v", err)
	}
}

// What was typed as a comment is kept with the next line, and stays.
func TestXRCommentsAreKept(t *testing.T) {
	sw := start(t, oneXR).Switch("r1")
	xrTyped(sw, "! above the session; monitor-session a; ! marker nm123; destination interface Te0/0/0/9; !; !! not kept; discard-class 1")
	const want = "! above the session\nmonitor-session a ethernet\n ! marker nm123\n destination interface TenGigE0/0/0/9\n discard-class 1\n!\n"
	if contains(t, sw.RunningConfig(), want); strings.Contains(sw.RunningConfig(), "not kept") {
		t.Errorf("%s", sw.RunningConfig())
	}
	xrTyped(sw, "monitor-session a; destination interface Te0/0/0/8")
	sw.Reload()
	contains(t, sw.RunningConfig(), "! marker nm123\n destination interface TenGigE0/0/0/8\n")
}

func TestXRDifferences(t *testing.T) {
	sw := start(t, oneXR).Switch("r1")
	xrTyped(sw, xrSession+"interface Te0/0/0/1; description old; monitor-session a ethernet direction rx-only; mirror first 100")
	typed := []string{"configure", "interface Te0/0/0/1", "no description", "monitor-session a", "mirror first 200", "monitor-session b", "no monitor-session a", "hostname r1"}
	for ask, want := range map[string]string{
		"show configuration": "interface TenGigE0/0/0/1\n no description old\n monitor-session a ethernet\n  mirror first 200\n !\n monitor-session b ethernet\n!\nno monitor-session a ethernet\n",
		"show commit changes diff": "-  monitor-session a ethernet\n-   destination interface TenGigE0/0/0/9\n-  !\n   interface TenGigE0/0/0/1\n-   description old\n-   monitor-session a ethernet direction rx-only\n-    mirror first 100\n-   !\n" +
			"+   monitor-session a ethernet\n+    mirror first 200\n+   !\n+   monitor-session b ethernet\n   !\n",
	} {
		typed[6] = "root"
		got := xrSaid(sw, append(typed, "no monitor-session a", ask)...)
		body := strings.TrimSuffix(strings.TrimPrefix(got, "Building configuration...\n!! IOS XR Configuration 7.5.2\n"), "end\n\n")
		if sorted(body) != sorted(want) {
			t.Errorf("%s:\n%s\nwant\n%s", ask, body, want)
		}
	}
	if got := xrSaid(sw, "configure", "hostname r1", "show configuration"); got != "Building configuration...\n!! IOS XR Configuration 7.5.2\nend\n\n" {
		t.Errorf("nothing was changed: %s", got)
	}
}

// sorted is a text with its lines in order: where what goes and what comes stands is not
// recorded.
func sorted(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		for j := i; j > 0 && lines[j] < lines[j-1]; j-- {
			lines[j], lines[j-1] = lines[j-1], lines[j]
		}
	}
	return strings.Join(lines, "\n")
}

// What a router was configured with is what it shows.
func TestXRConfigurationsOfTheFixtures(t *testing.T) {
	for _, file := range []string{"running_config__ncs5500_erspan_gre_tunnel.txt", "running_config__pseudowire_session_definition.txt", "show_running-config_interface__acl_capture.txt"} {
		raw, err := os.ReadFile(filepath.Join(filepath.Dir(testkit.Shared(t, "fixtures/cisco-iosxr/README.md")), file))
		if err != nil {
			t.Fatal(err)
		}
		var blocks []string
		_, text, _ := strings.Cut("\n"+string(raw), "UTC\n")
		if text == "" {
			text = string(raw)
		}
		for b := range strings.SplitSeq(text, "!\n") {
			if strings.TrimSpace(b) != "" {
				blocks = append(blocks, b+"!\n")
			}
		}
		sw := startSpec(t, Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "r1", Platform: "cisco_iosxr", Config: text}}}}).Switch("r1")
		typed := start(t, oneXR).Switch("r1")
		out := typed.Exec(append(append([]string{"configure"}, strings.Split(strings.ReplaceAll(text, "!", "root"), "\n")...), "commit")...)
		for _, b := range blocks {
			head, _, _ := strings.Cut(b, "\n")
			if got := xrSaid(sw, "show running-config "+head); got != b+"\n" {
				t.Errorf("%s: %q\nrecorded\n%q", file, got, b)
			}
			if got := xrSaid(typed, "show running-config "+head); words(got) != words(b) {
				t.Errorf("%s, typed: %q\nrecorded\n%q\n%s", file, got, b, out)
			}
		}
	}
}

func TestXRShapesOfTheFixtures(t *testing.T) {
	dir := filepath.Dir(testkit.Shared(t, "fixtures/cisco-iosxr/README.md"))
	read := func(file string) string {
		raw, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	l := start(t, strings.Replace(xrFabric, "name: r1\n", "name: r1\n      ports: [TenGigE0/0/0/0-30, MgmtEth0/RP0/CPU0/0]\n", 1)+"    - {at: \"r1:Te0/0/0/23\", direction: in, bitsPerSecond: 1M}\n")
	sw := l.Switch("r1")
	xrTyped(sw, "interface tunnel-ip5; tunnel mode gre ipv4; tunnel source 1.1.1.1; tunnel destination 2.2.2.2; root; monitor-session 5; destination rx interface tunnel-ip5; interface Te0/0/0/23; monitor-session 5 ethernet direction rx-only port-level")
	want := read("show_monitor-session_status__ncs560_tx_rx_split_doc_sample.txt")
	if got := words(xrSaid(sw, "show monitor-session status")); "# show monitor-session status\n"+got != words(want) {
		t.Errorf("%s\nrecorded\n%s", got, want)
	}
	// Each kind of line of the recording is printed, with other figures.
	form := func(text string) map[string]bool {
		out := map[string]bool{}
		figures := regexp.MustCompile(`\d[\d.:/w]*[dw]?\d*`)
		for line := range strings.Lines(text) {
			out[figures.ReplaceAllString(strings.TrimSpace(line), "N")] = true
		}
		return out
	}
	recorded := form(read("show_interfaces__physical_output_drops.txt"))
	for line := range form(xrSaid(sw, "show interfaces Te0/0/0/23")) {
		known := recorded[line]
		for _, start := range []string{"TenGigE", "Hardware is", "Internet address", "N minute", "MTU", "Last clearing", "Full-duplex"} {
			known = known || strings.HasPrefix(line, start)
		}
		if !known {
			t.Errorf("%q is not of the recording", line)
		}
	}
}
