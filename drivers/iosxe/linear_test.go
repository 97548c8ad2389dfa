package iosxe

import (
	"runtime"
	"strings"
	"testing"
)

// long are texts that a broken or hostile device could send: a beginning, and a
// part that repeats.
var long = map[string][][2]string{
	"show_monitor": {
		{"Session 1\nType : Local Session\nSource Ports :\n  Both : Gi1/0/1,\n", "Gi1/0/2,\n"},
		{"Session 1\nType : Local Session\nSource Ports :\n  Both : Gi1/0/1-\n", "3,Gi1/0/5-\n"},
		{"Session 1\nType : Local Session\nFilter VLANs : 1,\n", "1-4094,\n"},
		{"Session 1\nType : Local Session\n", "Strange thing : of its own\n"},
		{"Session 1\nType : Service Module Session\n", "whatever\n"},
		{"", "Session 1\nType : Local Session\n"},
		{"Session 1\nType : Local Session\nSource VLANs :\n  Both : ", "1-4094,"},
	},
	"show_running-config": {
		{"interface GigabitEthernet1/0/1\n", " switchport trunk allowed vlan add 1-4094\n"},
		{"interface GigabitEthernet1/0/1\n", " description x\n"},
		{"", "interface GigabitEthernet1/0/1\n"},
		{"", "monitor session 1 source interface Gi1/0/1 - 48\n"},
		{"", "monitor session 1 filter vlan 1 - 4094\n"},
		{"", "monitor session 1 filter vlan 1 - 4093\n"},
		{"", "monitor session 1 source vlan 1 - 4093 rx\n"},
		{"monitor session 1 type erspan-source\n", " what is this\n"},
		{"!\nbanner motd ^C\n", "no end\n"},
	},
	"show_vlan_remote-span":  {{"Remote SPAN VLANs\n", "1-4094,\n"}},
	"show_vlan_brief":        {{"VLAN Name                             Status    Ports\n1    a-name-that-fills-the-column-quite active\n", "     b\n"}},
	"show_interfaces_status": {{"Port      Name               Status       Vlan       Duplex  Speed Type\n", "Gi1/0/1   full auto trunk    connected    trunk      a-full a-1000 10/100/1000BaseTX\n"}},
	"show_interfaces":        {{"", "GigabitEthernet1/0/1 is up, line protocol is up\n     1 packets input, 2 bytes\n"}},
	"show_mac_address-table": {{"Vlan    Mac Address       Type        Ports\n", "  10    0011.2233.4455    DYNAMIC     Gi1/0/1\n"}},
	"show_lldp_neighbors":    {{"Device ID           Local Intf     Hold-time  Capability      Port ID\n", "SWITCH-BUILDING-WESTGi1/0/1        120        B,R             Gi1/0/48\n"}},
	"show_cdp_neighbors":     {{"Device ID        Local Intrfce     Holdtme    Capability  Platform  Port ID\n", "access-floor-3.example.net\n                 Ten 1/1/1         170             R S I  C9300-48U Ten 1/1/2\n"}},
	"show_vtp_status":        {{"VTP Operating Mode : Server\n", "VTP Domain Name : x\n"}},
	"show_access-lists":      {{"", "Extended IP access list a\n    10 permit ip any any\n"}},
	"show_archive":           {{"!Contextual Config Diffs:\n", "+x\n +y\n"}},
	"show_version":           {{"Cisco IOS Software, x Software (x-y), Version 15.0, RELEASE\n", "sw uptime is 1 day\n"}},

	"show_platform_software_fed":             {{"Session 0\n", "  Session Type : x\n"}},
	"show_platform_software_monitor_session": {{"Span Session 1 (FED Session 0):\n", "  Type: x\n"}},
}

// What a parser takes grows no faster than the text: four times as much of it
// allocates far less than the sixteen times as much of a square. (Time would tell the same and more,
// and depends on the machine; what is quadratic in time here does not end within
// the deadline of a test.)
func TestParsersAreLinear(t *testing.T) {
	const size = 12 << 10
	for reader, texts := range long {
		for _, x := range texts {
			take := func(n int) uint64 {
				text := x[0] + strings.Repeat(x[1], n/len(x[1])) + "\n"
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				_, _ = readers[reader](text)
				runtime.ReadMemStats(&after)
				return after.TotalAlloc - before.TotalAlloc
			}
			if small, large := take(size), take(4*size); large > 8*small+256<<10 {
				t.Errorf("%s: %q: %d octets for %d, %d for %d", reader, x, small, size, large, 4*size)
			}
		}
	}
	for reader := range readers {
		if _, ok := long[reader]; !ok && reader != "running_config" && reader != "show_capability" {
			t.Errorf("%s has no long text", reader)
		}
	}
}
