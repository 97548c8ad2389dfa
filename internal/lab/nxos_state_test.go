package lab

import (
	"strings"
	"testing"
	"time"
)

// down is why a session is not up, "" when it is.
func down(sw *Switch, id string) string {
	_, state, _ := strings.Cut(told(sw, "show monitor session "+id), "\nstate             : ")
	state, _, _ = strings.Cut(state, "\n")
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(state, "up"), "down ("), ")")
}

// prepared are the lines that make ports fit for copies.
const prepared = "interface e1/47-48; switchport; switchport monitor; no shutdown; "

func TestNexusSessionsSayWhyTheyAreDown(t *testing.T) {
	const tunnel = "monitor erspan origin ip-address 192.0.2.1 global; monitor session 1 type erspan-source; source interface e1/1; erspan-id 42; vrf default; destination ip 198.51.100.7; no shut; "
	for name, tc := range map[string]struct{ lines, want string }{
		"born shut":                   {prepared + "monitor session 1; source interface e1/1; destination interface e1/48", "Session admin shut"},
		"nothing":                     {"monitor session 1; no shut", "No src/dst configured"},
		"no source":                   {prepared + "monitor session 1; destination interface e1/48; no shut", "No sources configured"},
		"no destination":              {"monitor session 1; source interface e1/1; no shut", "No dest configured"},
		"the port is not prepared":    {"monitor session 1; source interface e1/1; destination interface e1/48; no shut", "Dst in wrong mode"},
		"it is not any more":          {prepared + "monitor session 1; source interface e1/1; destination interface e1/48; no shut; interface e1/48; no switchport monitor", "Dst in wrong mode"},
		"a source is prepared":        {prepared + "monitor session 1; source interface e1/47; destination interface e1/48; no shut", "Src in wrong mode"},
		"two destinations":            {prepared + "monitor session 1; source interface e1/1; destination interface e1/47-48; no shut", "Multi-dst not allowed"},
		"nothing is plugged in":       {prepared + "monitor session 1; source interface e1/9; destination interface e1/48; no shut", "No operational src/dst"},
		"the destination is off":      {prepared + "monitor session 1; source interface e1/1; destination interface e1/48; no shut; interface e1/48; shutdown", "No operational src/dst"},
		"up":                          {prepared + "monitor session 1; source interface e1/1; destination interface e1/48; no shut", ""},
		"up, of a VLAN":               {prepared + "monitor session 1; source vlan 1; destination interface e1/48; no shut", ""},
		"a shared source":             {prepared + "monitor session 1; source interface e1/1; destination interface e1/48; no shut; monitor session 2; source interface e1/1; destination interface e1/47; no shut", ""},
		"shared, and one has a list":  {prepared + "monitor session 1; source interface e1/1; destination interface e1/48; no shut; monitor session 2; source interface e1/1; filter access-group L; destination interface e1/47; no shut", "error"},
		"shared, both have one":       {prepared + "monitor session 1; source interface e1/1; filter access-group M; destination interface e1/48; no shut; monitor session 2; source interface e1/1; filter access-group L; destination interface e1/47; no shut", ""},
		"shared, with a VLAN filter":  {prepared + "monitor session 1; source interface e1/1; destination interface e1/48; filter vlan 7; no shut; monitor session 2; source interface e1/1; destination interface e1/47; no shut", "error"},
		"a tunnel without a number":   {tunnel + "no erspan-id", "No erspan-id specified"},
		"without a VRF":               {tunnel + "no vrf", "No valid VRF"},
		"with one that is not there":  {tunnel + "vrf blue", "No valid VRF"},
		"without the switch's origin": {tunnel + "no monitor erspan origin ip-address", "No valid IP address"},
		"without a collector":         {tunnel + "no destination ip", "No dest configured"},
		"without a route":             {tunnel + "vrf default", "No route to destination IP address"},
		"routed in another VRF":       {tunnel + "vrf context blue; ip route 198.51.100.0/24 192.0.2.254", "No route to destination IP address"},
		"the hop is silent":           {tunnel + "ip route 198.51.100.0/24 192.0.2.66", "ARP not resolved"},
		"routed":                      {tunnel + "ip route 198.51.100.0/24 192.0.2.254", ""},
		"routed in its VRF":           {tunnel + "vrf blue; vrf context blue; ip route 198.51.100.0/24 192.0.2.254", ""},
		"connected":                   {tunnel + "interface e1/2; no switchport; ip address 198.51.100.1/24", ""},
		"an end without an address":   {prepared + "monitor session 1 type erspan-destination; erspan-id 42; vrf default; destination interface e1/48; no shut", "No sources configured"},
		"an end":                      {prepared + "monitor session 1 type erspan-destination; erspan-id 42; vrf default; source ip 198.51.100.7; destination interface e1/48; no shut", ""},
	} {
		sw := start(t, oneNexus).Switch("n9")
		if err := sw.UpdateFaults(func(f *Faults) { f.Unresolved = []string{"192.0.2.66"} }); err != nil {
			t.Fatal(err)
		}
		if out := sw.Exec(typed(tc.lines)...); strings.Contains(out, "% ") || strings.Contains(out, "ERROR") {
			t.Errorf("%s:\n%s", name, out)
		}
		if got := down(sw, "1"); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
		if table := told(sw, "show monitor"); tc.want != "" && tc.want != "error" && !strings.Contains(table, "\n1        down         "+tc.want) {
			t.Errorf("%s:\n%s", name, table)
		}
	}
	if err := start(t, oneNexus).Switch("n9").SetFaults(Faults{Unresolved: []string{"nobody"}}); err == nil {
		t.Error("an address that is none was taken")
	}
}

// One session too many is taken and stays down; who is in the hardware keeps the place.
func TestNexusHardwareHasSoMuchRoom(t *testing.T) {
	fill := func(n int, direction string) string {
		lines := ""
		for i := range n {
			id := string(rune('1' + i))
			lines += "interface e1/1" + id + "; switchport monitor; monitor session " + id + "; source interface e1/1 " + direction + "; destination interface e1/1" + id + "; no shut; "
		}
		return lines + "end"
	}
	for _, tc := range []struct {
		model, direction string
		room             int
	}{{"N9K-C93180YC-EX", "rx", 4}, {"N9K-C93180YC-EX", "both", 3}, {"N7K-C7009", "both", 2}, {"N5K-C5548UP", "both", 4}} {
		sw := nexus(t, tc.model)
		if out := sw.Exec(typed(fill(tc.room+1, tc.direction))...); strings.Contains(out, "% ") || strings.Contains(out, "ERROR") {
			t.Errorf("%s: refused:\n%s", tc.model, out)
		}
		last := string(rune('1' + tc.room))
		if first, over := down(sw, "1"), down(sw, last); first != "No operational src/dst" || over != "No hardware resource" {
			t.Errorf("%s, %s: %q, %q", tc.model, tc.direction, first, over)
		}
		sw.Exec("configure terminal", "monitor session 1", "shut")
		sw.Exec("configure terminal", "monitor session 1", "no shut")
		if first, over := down(sw, "1"), down(sw, last); over != "No operational src/dst" || first != "No hardware resource" {
			t.Errorf("%s: the place that became free: %q, %q", tc.model, first, over)
		}
	}
	sw := nexus(t, "N9K-C93180YC-EX\n      limits: {sourceSessions: 1, sourcePorts: 2}")
	sw.Exec(typed(fill(2, "rx"))...)
	if got := down(sw, "2"); got != "No hardware resource" {
		t.Errorf("a limit of the description: %q", got)
	}
	if got := told(sw, "configure terminal", "monitor session 1", "source interface e1/2-3"); !strings.HasPrefix(got, "ERROR: ") {
		t.Errorf("%q", got)
	}
}

func TestNexusModelsDiffer(t *testing.T) {
	for _, tc := range []struct{ model, lines, want string }{
		{"N7K-C7009", "monitor session 48", ""}, {"N7K-C7009", "monitor session 49", "Invalid value/range"},
		{"N7K-C7009", "interface e1/48; switchport monitor ingress learning", ""}, {"N7K-C7009", "monitor session 1; mode extended", ""},
		{"N7K-C7009", "show version | json", "Invalid command"},
		{"N5K-C5672UP", "monitor session 1; source vlan 5", ""}, {"N5K-C5672UP", "monitor session 1; source vlan 5 rx", "Invalid command"},
		{"N6K-C6001", "monitor session 1; source interface e1/1; monitor session 2; source interface e1/1", "ERROR: Ethernet1/1 a source of another"},
		{"N6K-C6001", "interface po5; monitor session 1; destination interface po5", "ERROR: port-channel5 a port-channel"},
		{"N3K-C3548P", "monitor session 1; sampling 2; mtu 64", ""}, {"N3K-C3548P", "monitor session 1; mtu 1519", "Invalid number"},
		{"N3K-C3064PQ", "monitor session 1; mtu 64", ""}, {"N9K-C9236C", "monitor session 1; source vlan 5 tx", ""},
	} {
		sw := nexus(t, tc.model)
		got := told(sw, typed(tc.lines)...)
		if !strings.Contains(got, tc.want) || tc.want == "" && got != "" {
			t.Errorf("%s, %s: %q", tc.model, tc.lines, got)
		}
	}
	sw := nexus(t, "N5K-C5672UP") // no direction is offered: what enters is copied
	sw.Exec(append(typed("monitor session 1; source vlan 5; end"), "copy running-config startup-config")...)
	shown := told(sw, "show monitor session 1")
	sw.Reload()
	if got := spans(sw); got != "monitor session 1\n  source vlan 5\n" || told(sw, "show monitor session 1") != shown || !strings.Contains(shown, "\n    rx            : 5\n    tx            : \n") {
		t.Errorf("%q\n%s\nafter a restart\n%s", got, shown, told(sw, "show monitor session 1"))
	}
	_, err := Load(strings.NewReader(strings.Replace(oneNexus, "platform: cisco_nxos", "platform: cisco_nxos\n      nativeSessions: [{id: 1, type: x}]", 1)))
	if err == nil || !strings.Contains(err.Error(), "nativeSessions") {
		t.Errorf("%v", err)
	}
}

// wiredNexus has traffic of two kinds at a port, and a second switch where tunnels end.
const wiredNexus = `
fabric:
  switches:
    - {name: n9, platform: cisco_nxos}
    - {name: n7, platform: cisco_nxos, model: N7K-C7009}
  links: [{a: "n9:Eth1/49", b: "n7:Eth1/1"}]
  hosts: [{at: "n9:Eth1/47", name: ids-1}, {at: "n9:Eth1/48", name: ids-2}, {at: "n7:Eth1/48", name: collector}]
  traffic:
    - {at: "n9:Eth1/1", direction: in, framesPerSecond: 100, packet: {protocol: 6, from: 10.0.0.5, to: 10.9.9.9, toPort: 443}}
    - {at: "n9:Eth1/1", direction: out, framesPerSecond: 20, packet: {protocol: 6, from: 10.9.9.9, to: 10.0.0.5, fromPort: 443}}
    - {at: "n9:Eth1/1", direction: in, framesPerSecond: 7000, packet: {protocol: 17, from: 10.0.0.5, to: 10.9.9.9, toPort: 53}}
    - {at: "n9:Eth1/2", direction: in, vlan: 7, framesPerSecond: 3000}
`

func TestNexusCopiesWhatItIsTold(t *testing.T) {
	const web = "ip access-list WEB; 10 remark nm; 20 permit tcp any any eq 443; 30 permit tcp any eq 443 any; 40 deny ip any any; "
	for name, tc := range map[string]struct {
		lines string
		want  uint64
	}{
		"rx":               {"monitor session 1; source interface e1/1 rx; destination interface e1/48; no shut", 7100},
		"tx":               {"monitor session 1; source interface e1/1 tx; destination interface e1/48; no shut", 20},
		"both":             {"monitor session 1; source interface e1/1; destination interface e1/48; no shut", 7120},
		"shut":             {"monitor session 1; source interface e1/1; destination interface e1/48; no shut; shut", 0},
		"a list":           {web + "monitor session 1; source interface e1/1; filter access-group WEB; destination interface e1/48; no shut", 120},
		"a list changes":   {web + "monitor session 1; source interface e1/1; filter access-group WEB; destination interface e1/48; no shut; ip access-list WEB; no 20", 20},
		"a missing list":   {"monitor session 1; source interface e1/1; filter access-group NONE; destination interface e1/48; no shut", 7120},
		"a VLAN":           {"interface e1/2; switchport mode trunk; monitor session 1; source vlan 7; destination interface e1/48; no shut", 3000},
		"a VLAN filter":    {"interface e1/2; switchport mode trunk; monitor session 1; source interface e1/1-2; filter vlan 7; destination interface e1/48; no shut", 3000},
		"another filter":   {"monitor session 1; source interface e1/1; filter vlan 8; destination interface e1/48; no shut", 0},
		"nothing prepared": {"interface e1/48; no switchport monitor; monitor session 1; source interface e1/1; destination interface e1/48; no shut", 0},
	} {
		sw := start(t, wiredNexus).Switch("n9")
		if out := sw.Exec(typed(prepared + tc.lines)...); strings.Contains(out, "% ") || strings.Contains(out, "ERROR") {
			t.Errorf("%s:\n%s", name, out)
		}
		if got := sw.Counters()["Ethernet1/48"].OutRate; got != tc.want {
			t.Errorf("%s: %d frames a second, want %d", name, got, tc.want)
		}
	}
}

// Copies go through a tunnel from the one origin to where a session ends it.
func TestNexusERSPANReachesItsEnd(t *testing.T) {
	l, advance := turned(t, wiredNexus)
	from, to := l.Switch("n9"), l.Switch("n7")
	to.Exec(typed("interface e1/48; switchport; switchport monitor; monitor session 45 type erspan-destination; erspan-id 42; vrf default; source ip 198.51.100.7; destination interface e1/48; no shut")...)
	from.Exec(typed("monitor session 1 type erspan-source; source interface e1/1 rx; erspan-id 42; vrf default; destination ip 198.51.100.7; mtu 512; no shut; monitor erspan origin ip-address 192.0.2.1 global; ip route 198.51.100.0/24 192.0.2.254")...)
	if got := down(from, "1") + down(to, "45"); got != "" {
		t.Fatalf("down: %s", got)
	}
	rates := func() [2]uint64 {
		return [2]uint64{from.Counters()["Ethernet1/49"].OutRate, to.Counters()["Ethernet1/48"].OutRate}
	}
	if got := rates(); got != [2]uint64{7100, 7100} {
		t.Errorf("%d", got)
	}
	plain := from.Counters()["Ethernet1/49"].OutBits
	from.Exec(typed("monitor session 1 type erspan-source; header-type 3")...)
	if more := from.Counters()["Ethernet1/49"].OutBits - plain; more != 7100*4*8 {
		t.Errorf("type III adds %d bits a second", more)
	}
	contains(t, told(from, "show monitor session 1"), "\negress-intf       : ", "\norigin-ip         : 192.0.2.1 (global)\n", "\nversion           : 3\n")
	for what, change := range map[string]func(on bool){
		"a silent hop": func(on bool) {
			f := Faults{}
			if on {
				f.Unresolved = []string{"192.0.2.254"}
			}
			if err := from.SetFaults(f); err != nil {
				t.Fatal(err)
			}
		},
		"no origin": func(on bool) {
			from.Exec("configure terminal", map[bool]string{true: "no "}[on]+"monitor erspan origin ip-address 192.0.2.1 global")
		},
		"hardware": func(on bool) {
			if err := from.SetFaults(Faults{NotProgrammed: on}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		change(true)
		if got := rates(); got != [2]uint64{} || down(from, "1") == "" {
			t.Errorf("%s: %d, %q", what, got, down(from, "1"))
		}
		if change(false); rates() != [2]uint64{7100, 7100} || down(from, "1") != "" {
			t.Errorf("%s, over: %d, %q", what, rates(), down(from, "1"))
		}
	}
	advance(time.Minute)
	contains(t, told(to, "show interface Ethernet1/48"), "Ethernet1/48 is up\n", "Switchport monitor is on \n", "    426000 output packets  ")
}
