package iosxr

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

func TestFacts(t *testing.T) {
	const older = "Cisco IOS XR Software, Version 6.1.4.10I[Default]\nCopyright\n\nr1 uptime is 2 weeks, 3 days, 4 hours, 5 minutes\n" +
		"cisco ASR9K Series (Intel 686 F6M14S4) processor with 12582912K bytes of memory.\n"
	for name, tt := range map[string]struct {
		version, hostname string
		want              mirror.Facts
		family            family
	}{
		"an NCS 5500": {observed(t, "version.txt"), "Tue Sep  1 10:24:50.937 UTC\nhostname edge-1\n",
			mirror.Facts{Hostname: "edge-1", Model: "NCS-5500", Version: "7.5.2", Uptime: 30*24*time.Hour + time.Hour + 8*time.Minute}, ncs},
		"an ASR 9000": {older, "% No such configuration item(s)\n",
			mirror.Facts{Hostname: "r1", Model: "ASR9K Series", Version: "6.1.4.10I", Uptime: 17*24*time.Hour + 4*time.Hour + 5*time.Minute}, asr9000},
		"an 8000": {"Cisco IOS XR Software, Version 7.11.1 LNT\ncisco 8201 (VXR)\n", "hostname r\n",
			mirror.Facts{Hostname: "r", Model: "8201", Version: "7.11.1"}, cisco8000},
		"a CRS": {"Cisco IOS XR Software, Version 6.1.2[Default]\ncisco CRS-16/S-B (Intel 686 F6M14S4) processor with 12582912K bytes of memory.\n", "",
			mirror.Facts{Model: "CRS-16/S-B", Version: "6.1.2"}, anyFamily},
		"a fixed 8000": {"Cisco IOS XR Software, Version 7.3.15 LNT\ncisco 8000 (Intel(R) Xeon(R) CPU D-1530 @ 2.40GHz)\ncisco 8201-SYS (Intel(R) Xeon(R) CPU D-1530 @ 2.40GHz) processor with 32GB of memory\n", "",
			mirror.Facts{Model: "8201-SYS", Version: "7.3.15"}, cisco8000},
		"a small virtual one": {"Cisco IOS XR Software, Version 6.6.1\ncisco IOS XRv Series (Intel Core i7) processor with 4193911K bytes of memory.\n", "",
			mirror.Facts{Model: "IOS XRv Series", Version: "6.6.1"}, anyFamily},
		"a virtual one": {"Cisco IOS XR Software, Version 24.3.1 LNT\ncisco IOS-XRv 9000 () processor\n", "",
			mirror.Facts{Model: "IOS-XRv 9000", Version: "24.3.1"}, anyFamily},
	} {
		got, err := parseFacts(tt.version, tt.hostname)
		if d := cmp.Diff(tt.want, got); d != "" || err != nil || familyOf(got) != tt.family {
			t.Errorf("%s: %v, family %q (-want +got):\n%s", name, err, familyOf(got), d)
		}
	}
	if f, err := parseFacts("% Invalid input detected at '^' marker.\n", ""); err == nil {
		t.Errorf("%+v without a version", f)
	}
	for model, want := range map[string]family{"ASR-9006": asr9000, "N540X-12Z16G-SYS-A": ncs, "NCS-560-4": ncs, "NCS-57C3-MOD": ncs, "8808": cisco8000, "NCS-6008": anyFamily} {
		if got := familyOf(mirror.Facts{Model: model}); got != want {
			t.Errorf("%s is of %q, want %q", model, got, want)
		}
	}
}

func TestSessionsPerSourceByRelease(t *testing.T) {
	for version, many := range map[string]bool{"": false, "6.5.3": false, "7.2.1": false, "7.3.2": false, "7.4.1": false, "7.4.2": true, "7.5.1": true, "7.11.1": true, "24.3.1": true} {
		one := slices.ContainsFunc(Capabilities(mirror.Facts{Version: version}).Limits, func(l mirror.Limit) bool { return l.Counts == mirror.LimitSessionsPerSource })
		if one == many {
			t.Errorf("%s: one session per source is %v", version, one)
		}
	}
}

func TestPortsOfADevice(t *testing.T) {
	replies := console.Replies{showSessions: observed(t, "formal.txt"), showConfig: observed(t, "config.txt"), showPorts: observed(t, "interfaces.txt"),
		showLLDP: observed(t, "lldp.txt"), showCDP: "% CDP is not enabled\n", showLists: observed(t, "config.txt")}
	known, err := surroundings(nil, mirror.Look{}, replies)
	if err != nil {
		t.Fatal(err)
	}
	o, err := observe(ncs5500, replies, known)
	if err != nil {
		t.Fatal(err)
	}
	port := func(name mirror.PortName) mirror.Port {
		p, ok := o.Port(name)
		if !ok {
			t.Fatalf("no %s among %+v", name, o.Ports)
		}
		p.Stanza = ""
		return p
	}
	learned := mirror.PortUse{Kind: "neighbour", Detail: "LLDP neighbour core-1"}
	for _, want := range []mirror.Port{
		{Name: "TenGigE0/0/0/1", Up: mirror.True, Admin: mirror.True, Speed: 10e9, Lists: []string{"nm-bbbbbbbbbb"},
			Uses: []mirror.PortUse{learned}, Neighbours: []mirror.Neighbour{{System: "core-1"}}},
		{Name: "TenGigE0/0/0/7", Up: mirror.Unknown, Admin: mirror.False},
		{Name: "TenGigE0/0/0/6", Up: mirror.Unknown, Admin: mirror.True, Uses: []mirror.PortUse{{Kind: "trunk", Detail: "l2transport"}}},
		{Name: "TenGigE0/0/0/5.100", Up: mirror.Unknown, Admin: mirror.True, Kind: mirror.SourceSub, Parent: "TenGigE0/0/0/5"},
		{Name: "Bundle-Ether1", Up: mirror.Unknown, Admin: mirror.True, LAG: true, Members: []mirror.PortName{"TenGigE0/0/0/2"}},
	} {
		if d := cmp.Diff(want, port(want.Name)); d != "" {
			t.Errorf("%s (-want +got):\n%s", want.Name, d)
		}
	}
	if p := port("TenGigE0/0/0/2"); !slices.ContainsFunc(p.Uses, func(u mirror.PortUse) bool { return u.Kind == "lag-member" }) || p.Neighbours[0].System != "a-name-that-is-longer-than-its-column" {
		t.Errorf("a member of a bundle: %+v", p)
	}
	if f, ok := o.Footing(mirror.FootingFilter, "nm-bbbbbbbbbb"); !ok || !slices.Equal(f.Ports, []mirror.PortName{"TenGigE0/0/0/1"}) {
		t.Errorf("the access list of ours: %+v", f)
	}
	if got := beside(o); !slices.Equal(got, []string{showGroups, showTunnels, showLists}) {
		t.Errorf("beside the narrow view %q is asked", got)
	}
}

// One access list stands at the ingress of a port, and one that it inherits from a group
// would give way to ours: the live traffic would pass another list.
func TestListsAtPorts(t *testing.T) {
	const config = "interface TenGigE0/0/0/1\n ipv4 access-group EDGE ingress hardware-count interface-statistics\n ipv4 access-group OUT egress\n ipv6 access-group EDGE6 ingress\n!\n" +
		"interface TenGigE0/0/0/2\n ipv4 access-group common ALL EDGE ingress\n!\ninterface TenGigE0/0/0/3\n l2transport\n  ethernet-services access-group L2 ingress\n !\n!\n"
	for groups, inherited := range map[string][]string{
		"": nil, "interface TenGigE0/0/0/1 ipv4 access-group EDGE ingress\n": nil, "group ACLS interface 'TenGigE.*' ipv4 access-group OUT egress\n": nil,
		"Tue Sep  1 10:24:50.937 UTC\r\ngroup ACLS interface 'TenGigE.*' ipv4 access-group BASE ingress\r\n": {"BASE of group ACLS"},
	} {
		replies := console.Replies{showSessions: "", showConfig: config, showPorts: observed(t, "interfaces.txt"), showGroups: groups}
		known, err := surroundings(nil, mirror.Look{}, replies)
		if err != nil {
			t.Fatal(err)
		}
		o, err := observe(ncs5500, replies, known)
		if err != nil {
			t.Fatal(err)
		}
		for port, own := range map[mirror.PortName][]string{"TenGigE0/0/0/1": {"EDGE", "ipv6:EDGE6"}, "TenGigE0/0/0/2": {"?"}, "TenGigE0/0/0/3": {"ethernet-services:L2"}} {
			if p, _ := o.Port(port); !slices.Equal(p.Lists, slices.Concat(own, inherited)) {
				t.Errorf("%q: %s has %q", groups, port, p.Lists)
			}
		}
	}
	if _, err := surroundings(nil, mirror.Look{}, console.Replies{showGroups: "nothing to see here\n"}); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("a text that is no configuration: %v", err)
	}
}

func TestSecretsOfAConfiguration(t *testing.T) {
	for line, want := range map[string]string{" key-string password 070C285F": " key-string password X", " secret 10 $6$abc": " secret 10 X", "snmp-server host 192.0.2.1 traps version 2c encrypted 0822": "snmp-server host 192.0.2.1 traps version 2c encrypted X"} {
		if got := platform.Hello.Redact.ReplaceAllString(line, "$1 X"); got != want {
			t.Errorf("%q is shown as %q", line, got)
		}
	}
}

func TestCounters(t *testing.T) {
	at := time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC)
	got, err := readCounters(observed(t, "interfaces.txt"), at)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if p := got[0]; p.OutDrops != 7 || p.OutPackets != 900 || p.InPackets != 1000 || !p.Complete || p.Cleared == nil {
		t.Errorf("%+v", p)
	}
	if p := got[1]; p.Port != "TenGigE0/0/0/2" || p.Up != mirror.False || !p.Complete {
		t.Errorf("%+v", p)
	}
	if words, err := parseReceived(observed(t, "interfaces.txt")); err != nil || words != "input rate 2000 bits/sec, 3 packets/sec" {
		t.Errorf("%q, %v", words, err)
	}
	if words, err := parseReceived("\nSat Nov 28 23:01:20.459 UTC\n"); err != nil || words != "" {
		t.Errorf("of a port that is not there: %q, %v", words, err)
	}
}

func TestPortNames(t *testing.T) {
	for list, want := range map[string][]mirror.PortName{
		"Te0/0/0/1": {"TenGigE0/0/0/1"}, "tengige 0/0/0/1-3": {"TenGigE0/0/0/1", "TenGigE0/0/0/2", "TenGigE0/0/0/3"},
		"BE1, Hu0/0/1/0.100": {"Bundle-Ether1", "HundredGigE0/0/1/0.100"}, "HundredGigE0/0/0/0/1": {"HundredGigE0/0/0/0/1"},
		"TF0/0/0/1": {"TwentyFiveGigE0/0/0/1"}, "tunnel-ip1": nil, "MgmtEth0/RP0/CPU0/0": nil, "T0/0/0/1": nil, "Bundle-Ether1/1": nil, "Te0/0/0/1;": nil,
	} {
		got, err := Ports(list)
		if !slices.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%q: %q, %v", list, got, err)
		}
	}
}

// A time stamp and a message to the terminal belong to no answer.
func TestNoise(t *testing.T) {
	for _, line := range []string{"Tue Sep  1 10:24:50.937 UTC", "Thu Sep 17 10:00:00.000 UTC", "Wed Nov 23 11:08:30.275 CET", "Sun Nov  1 00:00:00 UTC", "Building configuration...",
		"RP/0/RP0/CPU0:Oct  9 11:17:12.345 : config[65712]: %MGBL-CONFIG-6-DB_COMMIT : Configuration committed by user 'x'.",
		"RP/0/RP0/CPU0:2026 Oct  9 11:17:12.345 UTC: SSHD_[67890]: %SECURITY-SSHD-6-INFO_GENERAL : x"} {
		if !noise.Interrupts(line) {
			t.Errorf("%q is taken for an answer", line)
		}
	}
	for _, line := range []string{"monitor-session Tue ethernet", "interface TenGigE0/0/0/1", "% Invalid input detected at '^' marker."} {
		if noise.Interrupts(line) || noise.Echoed(line) {
			t.Errorf("%q is taken for noise", line)
		}
	}
}

func TestRefusals(t *testing.T) {
	for answer, want := range map[string]string{
		"": "", "Tue Sep  1 10:24:50.937 UTC": "", "% Confirming commit for trial session.": "", "% WARNING: Policy object x exists!": "",
		"        ^\n% Invalid input detected at '^' marker.": "% Invalid input detected at '^' marker.", "% Incomplete command.": "% Incomplete command.",
		"Cannot enter exclusive mode. A trial commit is underway in another configuration session.":          "Cannot enter exclusive mode. A trial commit is underway in another configuration session.",
		"Can not enter exclusive mode. The Configuration Namespace is locked by another agent.":              "Can not enter exclusive mode. The Configuration Namespace is locked by another agent.",
		"% Cannot commit because there is an unexpired trial/rollback session '00001000-00005b40-00000000'.": "% Cannot commit because there is an unexpired trial/rollback session '00001000-00005b40-00000000'.",
	} {
		words, bad := refusal(answer)
		if words != want || bad != (want != "") {
			t.Errorf("%q is refused with %q", answer, words)
		}
	}
}
