package eos

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	someStanzas = `interface Port-Channel1
   description uplink
   switchport mode trunk
   switchport trunk native vlan 7
   switchport trunk allowed vlan 10-11,20
!
interface Ethernet1
   switchport access vlan 110
!
interface Ethernet2
   channel-group 1 mode active
interface Ethernet3
   shutdown
   no switchport
   ip address 192.0.2.1/31
!
interface Ethernet3.100
   encapsulation dot1q vlan 100
!
interface Ethernet4
!
interface Ethernet5
   switchport mode tool
!
interface Management1
   ip address 10.73.255.122/24
interface Vlan110
   ip address 192.0.2.9/24
`
	someStatus = `{"interfaceStatuses":{
"Ethernet1":{"vlanInformation":{"interfaceMode":"bridged","vlanId":110,"interfaceForwardingModel":"bridged"},"bandwidth":10000000000,"linkStatus":"connected"},
"Ethernet2":{"vlanInformation":{"interfaceMode":"dataLink","vlanExplanation":"in Po1"},"bandwidth":10000000000,"linkStatus":"connected"},
"Ethernet3":{"vlanInformation":{"interfaceMode":"routed"},"bandwidth":1000000000,"linkStatus":"disabled"},
"Ethernet4":{"vlanInformation":{"interfaceMode":"bridged","vlanId":1},"bandwidth":0,"linkStatus":"notconnect"},
"Ethernet5":{"vlanInformation":{"interfaceMode":"tool"},"bandwidth":0,"linkStatus":"something"},
"Ethernet6":{"vlanInformation":{"interfaceMode":"bridged","vlanId":1},"bandwidth":0,"linkStatus":"errdisabled"},
"Port-Channel1":{"vlanInformation":{"interfaceMode":"trunk"},"bandwidth":20000000000,"linkStatus":"connected"},
"Management1":{"vlanInformation":{"interfaceMode":"routed"},"bandwidth":1000000000,"linkStatus":"connected"}}}`
	someLLDP = `{"tablesLastChangeTime":1.5,"lldpNeighbors":[{"port":"Ethernet1","neighborDevice":"phone.example","neighborPort":"x","ttl":120}]}`
	someMACs = `{"multicastTable":{"tableEntries":[]},"unicastTable":{"tableEntries":[{"macAddress":"00:1c:73:00:00:01","interface":"Ethernet1","vlanId":110,"entryType":"dynamic"},
{"macAddress":"00:1c:73:00:00:02","interface":"Ethernet1","vlanId":110,"entryType":"dynamic"}]}}`
)

func use(kind, detail string) mirror.PortUse { return mirror.PortUse{Kind: kind, Detail: detail} }

func TestPortsOfADevice(t *testing.T) {
	stanzas, err := parseStanzas(someStanzas)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := parseStatus(someStatus)
	if err != nil {
		t.Fatal(err)
	}
	s := around{received: map[mirror.PortName]string{"Ethernet4": "1000 bits/s in"}}
	if s.neighbours, err = parseLLDP(someLLDP); err != nil {
		t.Fatal(err)
	}
	if s.macs, err = parseMACs(someMACs); err != nil {
		t.Fatal(err)
	}
	allowed, err := mirror.ParseVLANs("10-11,20")
	if err != nil {
		t.Fatal(err)
	}
	want := []mirror.Port{
		{Name: "Ethernet1", Up: mirror.True, Admin: mirror.True, Speed: 10e9, Access: 110, Stanza: "switchport access vlan 110", Neighbours: []mirror.Neighbour{{System: "phone.example"}},
			Uses: []mirror.PortUse{use("learned", "2 learned MAC addresses"), use("neighbour", "LLDP neighbour phone.example")}},
		{Name: "Ethernet2", Up: mirror.True, Admin: mirror.True, Speed: 10e9, Stanza: "channel-group 1 mode active", Uses: []mirror.PortUse{use("lag-member", "member of Port-Channel1")}},
		{Name: "Ethernet3", Up: mirror.False, Admin: mirror.False, Speed: 1e9, Stanza: "shutdown\nno switchport\nip address 192.0.2.1/31", Uses: []mirror.PortUse{use("addressed", "ip address 192.0.2.1/31")}},
		{Name: "Ethernet3.100", Kind: mirror.SourceSub, Parent: "Ethernet3", Up: mirror.Unknown, Admin: mirror.True, Stanza: "encapsulation dot1q vlan 100", Uses: []mirror.PortUse{use("addressed", "a routed port")}},
		{Name: "Ethernet4", Up: mirror.False, Admin: mirror.True, Access: 1, Uses: []mirror.PortUse{use("receiving", "1000 bits/s in")}},
		{Name: "Ethernet5", Up: mirror.Unknown, Admin: mirror.True, Stanza: "switchport mode tool", Uses: []mirror.PortUse{use("unknown", "switchport mode tool")}},
		{Name: "Ethernet6", Up: mirror.False, Admin: mirror.True, Access: 1, Uses: []mirror.PortUse{use("unknown", "its configuration is not shown")}},
		{Name: "Port-Channel1", Up: mirror.True, Admin: mirror.True, Speed: 20e9, LAG: true, Members: []mirror.PortName{"Ethernet2"}, Trunk: &mirror.Trunk{Allowed: allowed, Native: 7},
			Stanza: "description uplink\nswitchport mode trunk\nswitchport trunk native vlan 7\nswitchport trunk allowed vlan 10-11,20", Uses: []mirror.PortUse{use("trunk", "switchport mode trunk")}},
		{Name: cpu, Kind: mirror.SourceCPU, Up: mirror.Unknown},
		{Name: "Management1", Up: mirror.True, Admin: mirror.True, Speed: 1e9, Stanza: "ip address 10.73.255.122/24",
			Uses: []mirror.PortUse{use("management", "a port for management"), use("addressed", "ip address 10.73.255.122/24")}},
	}
	same := cmp.Comparer(func(a, b mirror.VLANSet) bool { return a.String() == b.String() })
	if d := cmp.Diff(want, s.ports(stanzas, rows), same); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestFacts(t *testing.T) {
	const version = `{"mfgName":"Arista","modelName":"DCS-7280SR2-48YC6-M-F","serialNumber":"JPE1","version":"4.29.3M","uptime":3600.5,"memTotal":1}`
	got, err := parseFacts(version, `{"fqdn":"sw1.example","hostname":"sw1"}`)
	want := mirror.Facts{Hostname: "sw1", Model: "DCS-7280SR2-48YC6-M-F", Version: "4.29.3M", Serial: "JPE1", Uptime: 3600500 * time.Millisecond}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if got, err = parseFacts(version, "% Invalid input"); err != nil || got.Hostname != "" {
		t.Errorf("without a name: %+v, %v", got, err)
	}
}

func TestWhatIsNoJSONOfTheCommand(t *testing.T) {
	for _, text := range []string{"", "{}", "% Invalid input", "{", `{"errors":["x"]}`, "null", "[]"} {
		for name, read := range map[string]func() error{
			"facts":  func() error { _, err := parseFacts(text, ""); return err },
			"status": func() error { _, err := parseStatus(text); return err },
			"lldp":   func() error { _, err := parseLLDP(text); return err },
			"macs":   func() error { _, err := parseMACs(text); return err },
		} {
			if err := read(); !errors.Is(err, mirror.ErrParse) {
				t.Errorf("%s of %q: %v, want ErrParse", name, text, err)
			}
		}
	}
	if _, err := parseStanzas("% Invalid input"); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("a refusal is read as no interfaces: %v", err)
	}
}
