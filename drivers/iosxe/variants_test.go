package iosxe

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Forms of the recorded grammar that no recording has together: other
// interface types and dashes, lists wrapped over lines, prompts and log
// messages in the text, several sessions, IPv6 twins, filters.
func TestMonitorVariants(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		wants []want
	}{
		"nothing, in words":   {"No SPAN configuration is present in the system.\n", nil},
		"nothing, with echo":  {"SW1#show monitor session all detail\r\nNo SPAN configuration is present in the system.\r\n\r\nSW1#", nil},
		"nothing, no words":   {"\n\n", nil},
		"nothing, with clock": {"Load for five secs: 1%/0%; one minute: 1%; five minutes: 1%\nTime source is NTP, 17:34:06.635 EST Fri Oct 21 2016\n\nNo SPAN configuration is present in the system.", nil},
		"long lists over lines": {`Session 3
----------
Type : Local Session
Source Ports :
    RX Only : Gi1/0/1,Gi1/0/3,
              Gi1/0/5-7
    TX Only : Te1/1/1
              ,Te1/1/2
    Both : Po1,Po5-6
Destination Ports : Fo1/1/1
    Encapsulation : Replicate
Filter VLANs : 1,5-7,
   100
`, []want{{id: "3", spec: filtered(local("FortyGigabitEthernet1/1/1", preserve, port("GigabitEthernet1/0/1", "rx"), port("GigabitEthernet1/0/3", "rx"),
			port("GigabitEthernet1/0/5", "rx"), port("GigabitEthernet1/0/6", "rx"), port("GigabitEthernet1/0/7", "rx"),
			port("TenGigabitEthernet1/1/1", "tx"), port("TenGigabitEthernet1/1/2", "tx"),
			port("Port-channel1", "both"), port("Port-channel5", "both"), port("Port-channel6", "both")), "", 1, 5, 6, 7, 100)}}},
		"lists with blanks": {"Session 1\n-------\nType: ERSPAN Destination Session\nStatus: Admin Enabled\nDestination Ports      : Gi0/1/6 Gi0/1/2\nSource IP Address : 10.1.1.1\nSource ERSPAN ID : 7\nMTU : 1464\n",
			[]want{{id: "1", opaque: unseenDest, spec: mirror.NativeSpec{Role: mirror.RoleERSPANDestination,
				Destinations: []mirror.PortName{"GigabitEthernet0/1/6", "GigabitEthernet0/1/2"},
				Options:      mirror.Options{Collector: "10.1.1.1", ERSPAN: &mirror.ERSPAN{ID: 7}}}}}},
		"IPv6 alone": {"Session 4\n---------\nType : ERSPAN Source Session\nStatus : Admin Enabled\nSource Ports :\n    Both : Hu1/0/1\nDestination IPv6 Address : 2001:DB8::7\nMTU : 9000\nDestination ERSPAN ID : 9\nOrigin IPv6 Address : 2001:db8::1\n",
			[]want{{id: "4", opaque: unseen, spec: mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: []mirror.NativeSource{port("HundredGigE1/0/1", "both")},
				Options: mirror.Options{Collector: "2001:db8::7", ERSPAN: &mirror.ERSPAN{ID: 9, Origin: "2001:db8::1"}}}}}},
		"IPv6 twin": {"Session 4\n---------\nType : ERSPAN Source Session\nStatus : Admin Disabled\nSource VLANs :\n    RX Only : 10\nDestination IPv6 Address : 2001:db8::7\nDestination IP Address : 10.0.0.7\nDestination ERSPAN ID : 9\nOrigin IP Address : 10.0.0.1\nOrigin IPv6 Address : 2001:db8::1\n",
			[]want{{id: "4", opaque: "a second address, 2001:db8::7", spec: mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: vlanSources("rx", 10), Shut: true,
				Options: mirror.Options{Collector: "10.0.0.7", ERSPAN: &mirror.ERSPAN{ID: 9, Origin: "10.0.0.1"}}}}}},
		"service module, ingress and reflector": {`switch#sh mon
*Mar  1 00:01:02.345: %LINK-3-UPDOWN: Interface GigabitEthernet1/0/2, changed state to up
Session 1
---------
Type                   : Service Module Session
Modules allowed        : 1-9
Modules active         : 5
some text of its own
BPDUs allowed          : Yes

Session 2
---------
Type                   : Local Session
Source Ports           :
    Both               : Fa0/1
Destination Ports      : Fa0/24
    Encapsulation      : DOT1Q
          Ingress      : Enabled, default VLAN = 5
    Ingress encap      : Untagged

Session 3
---------
Type              : Remote Source Session
Source Ports      :
    Both          : Fa0/1
Reflector Port    : Gi0/3
Dest RSPAN VLAN   : 400
Session 4
---------
Type : Local Session
Source Ports :
    RX Only : CPU
Destination Ports : Fa0/23
Egress SPAN Replication State:
Operational mode       : Distributed
Session 5
---------
Type : Local Session
Source Ports :
    Both : Fa0/2
Destination Ports : Fa0/22
    Encapsulation : Native
          Ingress : Enabled, default VLAN = 7
Filter SGT : 10
switch#
`, []want{
			{id: "1", opaque: `type "Service Module Session"`},
			{id: "2", opaque: "encapsulation DOT1Q", spec: mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{port("FastEthernet0/1", "both")},
				Destinations: []mirror.PortName{"FastEthernet0/24"}, Options: mirror.Options{Ingress: mirror.IngressEnabled, Tags: strip}}},
			{id: "3", opaque: "reflector port : Gi0/3", spec: mirror.NativeSpec{Role: mirror.RoleRSPANSource, RemoteVLAN: 400,
				Sources: []mirror.NativeSource{port("FastEthernet0/1", "both")}}},
			{id: "4", opaque: "ports CPU", spec: local("FastEthernet0/23", strip)},
			{id: "5", opaque: "filter sgt : 10", spec: mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{port("FastEthernet0/2", "both")},
				Destinations: []mirror.PortName{"FastEthernet0/22"}, Options: mirror.Options{Ingress: mirror.IngressEnabled, Tags: strip}}},
		}},
		"a line that looks like a prompt": {"Session 9\n-----\nType : Local Session\nrack 12#\nSource VLANs :\n    Both : 7\nDestination Ports : Et0/1\n    Encapsulation : Native\n",
			[]want{{id: "9", spec: local("Ethernet0/1", strip, vlanSources("both", 7)...)}}},
		"source subinterfaces": {"Session 1\n---------\nType : ERSPAN Source Session\nStatus : Admin Enabled\nSource Subinterfaces :\n    Both : Gi2/2/0.100\nDestination IP Address : 10.0.0.7\nFilter Access-Group: 100\n",
			[]want{{id: "1", opaque: unseen, spec: mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: []mirror.NativeSource{port("GigabitEthernet2/2/0.100", "both")},
				Options: mirror.Options{Collector: "10.0.0.7", Filter: "100"}}}}},
		"two access lists, EFPs": {"Session 1\nType : Local Session\nSource EFPs :\n    Both : Gi0/0/1\nSource Drop-cause : foo\nDestination Ports : Gi0/0/2\nIP Access-group : a\nMAC Access-group : b\n",
			[]want{{id: "1", opaque: "several access lists", spec: filtered(local("GigabitEthernet0/0/2", strip), "a")}}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, text := range []string{c.text, strings.ReplaceAll(c.text, "\n", "\r\n"), flushLeft(c.text)} {
				views, err := parseMonitor(text)
				if err != nil {
					t.Fatal(err)
				}
				checkSessions(t, merge(views, nil), c.wants)
			}
		})
	}
}

func TestMonitorOutputThatIsNotUnderstood(t *testing.T) {
	for name, text := range map[string]string{
		"refused":             "show monitor session all detail\n       ^\n% Invalid input detected at '^' marker.\n",
		"prose":               "The system is not ready.\n",
		"cut head":            "Session 1\n---------\n",
		"cut before the type": "Session 1\n---------\nStatus : Admin Enabled\n",
		"garbage in a list":   "Session 1\n---------\nType : Local Session\nSource Ports :\n    Both : Gi1/0/1\n!@ what\nDestination Ports : Gi1/0/2\n",
		"a half name":         "Session 1\n---------\nType : Local Session\nSource Ports :\n    Both : Gi1/0/1,Gi1/\n0/2x y\nDestination Ports : Gi1/0/2\n",
		"both answers":        "No SPAN configuration is present in the system.\nSession 1\n---------\nType : Local Session\n",
		"no number":           "Session one\n---------\nType : Local Session\n",
		"pager":               "Session 1\n---------\nType : Local Session\n --More-- \n",
	} {
		if got, err := parseMonitor(text); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%s: %+v, %v, want ErrParse", name, got, err)
		}
	}
}

func TestConfigVariants(t *testing.T) {
	local47 := func(tags string, s ...mirror.NativeSource) mirror.NativeSpec {
		return local("GigabitEthernet1/0/47", tags, s...)
	}
	for name, c := range map[string]struct {
		text  string
		wants []want
	}{
		"the sheet's": {`Building configuration...

Current configuration : 1234 bytes
!
vlan 999
 remote-span
!
interface GigabitEthernet1/0/1
 description monitor session 5 source interface Gi1/0/9
!
monitor session 1 source interface Gi1/0/1 - 4 , Gi1/0/9 rx
monitor session 1 source interface Po1
monitor session 1 destination interface Gi1/0/47 encapsulation replicate
monitor session 2 source vlan 20 , 30 - 31 tx
monitor session 2 destination remote vlan 999
monitor session 3 source remote vlan 998
monitor session 3 destination interface Gi1/0/48 ingress untagged vlan 5
end
`, []want{
			{id: "1", spec: local47(preserve, port("GigabitEthernet1/0/1", "rx"), port("GigabitEthernet1/0/2", "rx"), port("GigabitEthernet1/0/3", "rx"),
				port("GigabitEthernet1/0/4", "rx"), port("GigabitEthernet1/0/9", "rx"), port("Port-channel1", "both"))},
			{id: "2", spec: mirror.NativeSpec{Role: mirror.RoleRSPANSource, RemoteVLAN: 999, Sources: vlanSources("tx", 20, 30, 31)}},
			{id: "3", spec: mirror.NativeSpec{Role: mirror.RoleRSPANDestination, RemoteVLAN: 998, Destinations: []mirror.PortName{"GigabitEthernet1/0/48"},
				Options: mirror.Options{Tags: strip, Ingress: mirror.IngressEnabled}}},
		}},
		"halves unite, filters": {"monitor session 66 source interface Gi1/0/1 rx\r\nmonitor session 66 source interface Gi1/0/1 tx\r\n" +
			"monitor session 66 destination interface Gi1/0/47\r\nmonitor session 66 filter vlan 10 , 20 - 22\r\nmonitor session 66 filter ip access-group VOICE\r\n",
			[]want{{id: "66", spec: filtered(local47(strip, port("GigabitEthernet1/0/1", "both")), "VOICE", 10, 20, 21, 22)}}},
		"erspan, indented": {`monitor session 10 type erspan-source
 description nm
 header-type 3
 no shutdown
 source interface Gi1/0/3 , Gi1/0/5 rx
 filter ip access-group A
 destination
  erspan-id 101
  ip address 192.0.2.10
  ip ttl 32
  ip dscp 8
  mtu 1464
  vrf MGMT
  origin ip address 192.0.2.1 force
monitor session 11 type erspan-destination
 no shutdown
 destination interface Gi1/0/48
 source
  erspan-id 7
  ip address 192.0.2.1
  vrf MGMT
`, []want{
			{id: "10", spec: mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: []mirror.NativeSource{port("GigabitEthernet1/0/3", "rx"), port("GigabitEthernet1/0/5", "rx")},
				Options: mirror.Options{Filter: "A", Collector: "192.0.2.10",
					ERSPAN: &mirror.ERSPAN{ID: 101, TTL: 32, DSCP: 8, MTU: 1464, VRF: "MGMT", Origin: "192.0.2.1", Type: 3}}}},
			{id: "11", spec: mirror.NativeSpec{Role: mirror.RoleERSPANDestination, Destinations: []mirror.PortName{"GigabitEthernet1/0/48"},
				Options: mirror.Options{Collector: "192.0.2.1", ERSPAN: &mirror.ERSPAN{ID: 7, VRF: "MGMT"}}}},
		}},
		"what follows a block is not in it": {"monitor session 10 type erspan-source\n source interface Gi1/0/3\n!\nvrf definition X\n source vlan 9\nmtu 1500\n",
			[]want{{id: "10", spec: mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: []mirror.NativeSource{port("GigabitEthernet1/0/3", "both")},
				Options: mirror.Options{ERSPAN: &mirror.ERSPAN{}}}}}},
		"what cannot be said": {`monitor session 1 source cpu rx
monitor session 2 destination interface Gi1/0/1 encapsulation dot1q
monitor session 3 type local
 source interface Gi1/0/1
 destination interface Gi1/0/2
!
monitor session 4 destination remote vlan 5 reflector-port Gi0/3
monitor session 5 filter packet-type good rx
monitor session 6 source interface Gi1/0/1
monitor session 6 destination interface Gi1/0/2
monitor session 6 destination interface Gi1/0/3 encapsulation replicate
monitor session 7 type erspan-source
 shutdown
 ip prec 3
`, []want{
			{id: "1", opaque: "source cpu rx", spec: mirror.NativeSpec{Role: mirror.RoleLocal}},
			{id: "2", opaque: "encapsulation dot1q", spec: local("GigabitEthernet1/0/1", strip)},
			{id: "3", opaque: "type local", spec: local("GigabitEthernet1/0/2", strip, port("GigabitEthernet1/0/1", "both"))},
			{id: "4", opaque: "reflector-port", spec: mirror.NativeSpec{Role: mirror.RoleRSPANSource, RemoteVLAN: 5}},
			{id: "5", opaque: "packet-type", spec: mirror.NativeSpec{Role: mirror.RoleLocal}},
			{id: "6", opaque: "different options", spec: mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{port("GigabitEthernet1/0/1", "both")},
				Destinations: []mirror.PortName{"GigabitEthernet1/0/2", "GigabitEthernet1/0/3"}, Options: mirror.Options{Tags: strip, Ingress: mirror.IngressDisabled}}},
			{id: "7", opaque: "ip prec 3", spec: mirror.NativeSpec{Role: mirror.RoleERSPANSource, Shut: true, Options: mirror.Options{ERSPAN: &mirror.ERSPAN{}}}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := parseConfig(c.text)
			if err != nil {
				t.Fatal(err)
			}
			checkSessions(t, merge(nil, &cfg), c.wants)
		})
	}
	if _, err := parseConfig("       ^\n% Invalid input detected at '^' marker.\n"); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("refused: %v", err)
	}
}

// The states and words of the two views meet: the configuration says what a
// session is, show monitor whether it is enabled, and which ones stand nowhere
// else.
func TestViewsMeet(t *testing.T) {
	cfg, err := parseConfig("monitor session 10 type erspan-source\n source interface Gi1/0/3\n destination\n  erspan-id 1\n  ip address 192.0.2.10\n  origin ip address 192.0.2.1\n" +
		"monitor session 5 source interface Gi1/0/1\nmonitor session 5 destination interface Gi1/0/2\nmonitor session 6 source interface Gi1/0/9\n")
	if err != nil {
		t.Fatal(err)
	}
	views, err := parseMonitor("Session 1\n---\nType : Service Module Session\nSession 5\n---\nType : Remote Source Session\nSession 10\n---\nType : ERSPAN Source Session\nStatus : Admin Disabled\nSource Ports :\n Both : Gi1/0/3\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range merge(views, &cfg) {
		got = append(got, n.ID+": "+n.Opaque+" ["+string(n.Programmed)+"]")
	}
	want := []string{`1: type "Service Module Session" [Unknown]`, `5: shown as "Remote Source Session" [Unknown]`, "6:  [Unknown]", "10:  [False]"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestStatusVariants(t *testing.T) {
	text := "sw#show interfaces status\r\n\r\nPort      Name               Status       Vlan       Duplex  Speed Type\r\n" +
		"Gi1/0/1   connected 1 full   connected    trunk      a-full a-1000 10/100/1000BaseTX\r\n" +
		"Gi1/0/2                      notconnect   1            auto   auto 10/100/1000BaseTX\r\n" +
		"Te1/1/1   uplink to core     err-disabled routed       full    10G SFP-10GBase-LR\r\n" +
		"Te1/1/2                      notconnect   1            auto   auto Not Present\r\n" +
		"Tw1/0/1   x                  connected    10         a-full a-2500 100/1000/2.5G/5G/10GBaseTX\r\n" +
		"Po1                          connected    trunk      a-full a-1000 N/A\r\n" +
		"Ap1/0/1                      connected    1          a-full a-1000 App-hosting port\r\n" +
		"Xx1/0/1                      connected    1          a-full a-1000 \r\n" +
		"Gi1/0/3                      strange      1          a-full a-1000\r\n"
	got, err := statusTable.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, s := range got {
		rows = append(rows, strings.Join([]string{string(s.Name.Full()), s.Word, s.VLAN, string(up(s.Word))}, " "))
	}
	want := []string{"GigabitEthernet1/0/1 connected trunk True", "GigabitEthernet1/0/2 notconnect 1 False", "TenGigabitEthernet1/1/1 err-disabled routed False",
		"TenGigabitEthernet1/1/2 notconnect 1 False", "TwoGigabitEthernet1/0/1 connected 10 True", "Port-channel1 connected trunk True",
		"AppGigabitEthernet1/0/1 connected 1 True", "Xx1/0/1 connected 1 True", "GigabitEthernet1/0/3 strange 1 Unknown"}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got[4].Speed != 2.5e9 || got[2].Speed != 1e10 || got[1].Speed != 0 {
		t.Errorf("speeds %v %v %v", got[4].Speed, got[2].Speed, got[1].Speed)
	}
	for _, bad := range []string{"", "% Invalid input detected", "Port      Name               Status       Vlan       Duplex  Speed Type\nGi1/0/1 half a row\n"} {
		if _, err := statusTable.Read(bad); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestRemoteVLANVariants(t *testing.T) {
	const head = "\nRemote SPAN VLANs\n-----------------------------\n"
	for text, want := range map[string][]int{head: nil, head + "7\n": {7}, head + "7,9-11,\n   20\r\n": {7, 9, 10, 11, 20}, "sw#show vlan remote-span" + head + "1\nsw#": {1}} {
		got, err := parseRemoteVLANs(text)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", head + "x", head + "1\n2\n", "% Invalid input"} {
		if got, err := parseRemoteVLANs(bad); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%q: %v, %v", bad, got, err)
		}
	}
}

func TestNeighbours(t *testing.T) {
	text := `
Capability codes:
    (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device
    (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other

Device ID           Local Intf     Hold-time  Capability      Port ID
core-1              Te1/1/1        120        B,R             Te1/0/1
very-long-name-of-aTe1/1/2         120        B,R             Te1/0/1
                    Gi1/0/9        120                        0011.2233.4455
phone 7             Gi1/0/14       120        B,T             7

Total entries displayed: 4
`
	got, err := lldpTable.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, n := range got {
		rows = append(rows, string(n.Port.Full())+" "+n.Device)
	}
	want := []string{"TenGigabitEthernet1/1/1 core-1", "TenGigabitEthernet1/1/2 very-long-name-of-a", "GigabitEthernet1/0/9 ", "GigabitEthernet1/0/14 phone 7"}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got, err := lldpTable.Read("% LLDP is not enabled\n"); err != nil || got != nil {
		t.Errorf("off: %v, %v", got, err)
	}
	if _, err := lldpTable.Read("% Invalid input"); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("refused: %v", err)
	}
}

func TestVersions(t *testing.T) {
	day, minute := 24*time.Hour, time.Minute
	for text, want := range map[string]mirror.Facts{
		"Cisco IOS XE Software, Version 17.09.04a\nCisco IOS Software [Cupertino], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.9.4a, RELEASE SOFTWARE (fc3)\n" +
			"acc-3f-1 uptime is 1 year, 2 weeks, 3 days, 4 hours, 5 minutes\ncisco C9300-48T (X86) processor with 1331514K/6147K bytes of memory.\nProcessor board ID FCW1\n" +
			"Model Number                       : C9300-48T\nSystem Serial Number               : FOC2\n": {Hostname: "acc-3f-1", Model: "C9300-48T", Version: "17.09.04a", Serial: "FOC2",
			Uptime: 365*day + 14*day + 3*day + 4*time.Hour + 5*minute, Extra: map[string]string{factFamily: "CAT9K_IOSXE"}},
		"Cisco IOS Software, C3750E Software (C3750E-UNIVERSALK9-M), Version 15.0(2)SE11, RELEASE SOFTWARE (fc3)\nold uptime is 1 minute\ncisco WS-C3750X-24 (PowerPC405) processor (revision A0) with 262144K bytes of memory.\nProcessor board ID FDO1\n": {
			Hostname: "old", Model: "WS-C3750X-24", Version: "15.0(2)SE11", Serial: "FDO1", Uptime: minute, Extra: map[string]string{factFamily: "C3750E-UNIVERSALK9-M"}},
		"Cisco IOS Software, vios_l2 Software (vios_l2-ADVENTERPRISEK9-M), Experimental Version 15.2(20170321:233949)\nSW1 uptime is 2 hours, 1 minute\nCisco IOSv () processor (revision 1.0) with 984313K/62464K bytes of memory.\n": {
			Hostname: "SW1", Model: "IOSv", Version: "15.2(20170321:233949)", Uptime: 2*time.Hour + minute, Extra: map[string]string{factFamily: "vios_l2-ADVENTERPRISEK9-M"}},
	} {
		for _, text := range []string{text, "sw#show version\r\n" + strings.ReplaceAll(text, "\n", "\r\n")} {
			got, err := parseVersion(text)
			if d := cmp.Diff(want, got); err != nil || d != "" {
				t.Errorf("%v (-want +got):\n%s", err, d)
			}
		}
	}
	if _, err := parseVersion("% Invalid input"); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("refused: %v", err)
	}
}

func TestDifferences(t *testing.T) {
	text := `
!Contextual Config Diffs:
interface GigabitEthernet1/0/9
 +description foo
+monitor session 66 source interface Gi1/0/1
+vlan 300
 +name x
-hostname old
`
	got, err := parseDifferences(text)
	want := []console.Difference{{Block: "interface GigabitEthernet1/0/9", Line: "+description foo"}, {Block: "", Line: "+monitor session 66 source interface Gi1/0/1"},
		{Block: "", Line: "+vlan 300"}, {Block: "vlan 300", Line: "+name x"}, {Block: "", Line: "-hostname old"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := parseDifferences("!Contextual Config Diffs:\n!No changes were found\n"); err != nil || got != nil {
		t.Errorf("none: %v, %v", got, err)
	}
	for _, bad := range []string{"", "% Invalid input detected", "%Error opening nvram:startup-config (No such file or directory)", "interface Gi1/0/1\n"} {
		if got, err := parseDifferences(bad); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%q: %v, %v", bad, got, err)
		}
	}
}

func TestMACsAndAccessLists(t *testing.T) {
	macs, err := macTable.Count("          Mac Address Table\n----\n\nVlan    Mac Address       Type        Ports\n" +
		"  10    0011.2233.4455    DYNAMIC     Gi1/0/1\n  10    0011.2233.4456    DYNAMIC     Gi1/0/1\n All    0100.0ccc.cccc    STATIC      CPU\n*   20    0011.2233.4457   dynamic ip,ipx,assigned,other Po1\nTotal Mac Addresses for this criterion: 3\n")
	if d := cmp.Diff(map[mirror.PortName]int{"GigabitEthernet1/0/1": 2, "Port-channel1": 1}, macs); err != nil || d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	acls, err := parseAccessLists("Standard IP access list 10\nExtended IP access list SPAN-ACL\n    10 permit ip any any\nExtended MAC access list m\nIPv6 access list six\n")
	if err != nil || !slices.Equal(acls, []string{"10", "SPAN-ACL"}) {
		t.Errorf("%v", acls)
	}
}

func TestLimitsByModel(t *testing.T) {
	limit := func(model, counts string) int {
		for _, l := range Capabilities(mirror.Facts{Model: model}).Limits {
			if l.Counts == counts {
				if l.Source == "" {
					t.Errorf("%s: %s has no source", model, counts)
				}
				return l.Max
			}
		}
		return 0
	}
	for _, c := range []struct {
		model, counts string
		max           int
	}{
		{"", mirror.LimitSourceSessions, 2}, {"", mirror.LimitSessions, 66}, {"WS-C3560-24PS-S", mirror.LimitSourceSessions, 2},
		{"WS-C3750G-24T", mirror.LimitSourceSessions, 2}, {"WS-C2960X-48TS-L", mirror.LimitSourceSessions, 4}, {"WS-C2960-24TC-L", mirror.LimitSourceSessions, 2},
		{"WS-C3650-24TS", mirror.LimitSourceSessions, 8}, {"c9300-24t", mirror.LimitSourceSessions, 8}, {"WS-C4510R-E", mirror.LimitRXSessions, 2},
		{"WS-C4510R-E", mirror.LimitTXSessions, 4}, {"WS-C4510R-E", mirror.LimitDestinations, 1}, {"C9500-24Y4C", mirror.LimitSourceSessions, 0},
		{"ASR1002-X", mirror.LimitSourcesPerSession, 128},
	} {
		if got := limit(c.model, c.counts); got != c.max {
			t.Errorf("%q %s: %d, want %d", c.model, c.counts, got, c.max)
		}
	}
	caps := Capabilities(mirror.Facts{})
	if caps.Marks || caps.NativeIDs == nil || *caps.NativeIDs != (mirror.IDRange{From: 1, To: 66}) || caps.Persistent {
		t.Errorf("marks %v, ids %v, persistent %v", caps.Marks, caps.NativeIDs, caps.Persistent)
	}
	if caps.Roles[mirror.RoleERSPANSource].OK() || caps.LAGDestination.OK() || caps.Filter.OK() {
		t.Error("an unknown model can what not every model can")
	}
}

// Whatever may be asked for says where that is known from.
func TestEveryCapabilityHasASource(t *testing.T) {
	for _, q := range quirks {
		caps := Capabilities(mirror.Facts{Model: q.Prefix})
		all := map[string]mirror.Support{"mixed": caps.MixedSources, "lag destination": caps.LAGDestination, "preserve": caps.TagsPreserve,
			"strip": caps.TagsStrip, "ingress": caps.IngressEnabled, "filter vlans": caps.FilterVLANs, "filter": caps.Filter,
			"truncate": caps.Truncate, "sample": caps.Sample}
		for r, s := range caps.Roles {
			all[string(r)] = s
		}
		for kind, each := range caps.Sources {
			for d, s := range each {
				all[string(kind)+" "+string(d)] = s
			}
		}
		for what, s := range all {
			if s.Source == "" || !s.OK() && s.Remark == "" {
				t.Errorf("%s: %s: %+v", q.Name, what, s)
			}
		}
	}
}
